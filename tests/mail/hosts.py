# SPDX-License-Identifier: GPL-2.0
"""The two mail hosts of most cases: A (side 0) sends, B (side 1) receives and keeps."""
import contextlib
import itertools
import os
import sys

import daemon
import pcap
import place
import sendmail
import tap

count = itertools.count()


class Hosts(place.Wire):
    """
    xcryptd on the sides of daemons, with these suites and lines; on each side sendmail as it is
    in builds, with more lines for its .mc and the access map. What passes the wire is captured
    from capture() on.
    """

    def __init__(self, suites=daemon.ALL, daemons=(0, 1), lines=(), builds=(None, None),
                 more=((), ()), access=((), ()), listen=(1,)):
        end_shared()
        super().__init__()
        self.daemons = {side: self.keep(daemon.Daemon(self, side, *lines, suites=suites))
                        for side in daemons}
        self.a, self.b = (
            self.keep(sendmail.Sendmail(self, side, builds[side] or sendmail.PATCHED,
                                        *more[side], access=access[side],
                                        listens=side in listen))
            for side in (0, 1))
        self.tcpdump = self.pcap = None
        self.mark = 0       # where in mail.log the case begins

    def logged(self, *words):
        return self.log.lines(*words, since=self.mark)

    def capture(self):
        """From here on; what was captured before is forgotten."""
        self.end_capture()
        self.pcap = "/run/mail/%d.pcap" % next(count)
        self.tcpdump = pcap.Tcpdump(self, self.pcap)

    def revive(self):
        """The daemons that a case has ended."""
        for one in self.daemons.values():
            if one.process.poll() is not None:
                one.log.close()
                one.start()

    def captured(self):
        """The file: the capture has ended."""
        self.tcpdump.stop()
        self.tcpdump = None
        return self.pcap

    def connections(self):
        return pcap.connections(self.captured())

    def end_capture(self):
        if self.tcpdump:
            self.tcpdump.close()
            self.tcpdump = None
        if self.pcap:
            os.unlink(self.pcap)
            self.pcap = None

    def __exit__(self, *args):
        self.end_capture()
        super().__exit__(*args)


shared_hosts = {}       # one at most: by its options


def end_shared():
    while shared_hosts:
        shared_hosts.popitem()[1].__exit__(None, None, None)


@contextlib.contextmanager
def shared(**options):
    """
    Hosts that the next case with the same options finds again, since it takes seconds to start
    them; unless a case fails, which may leave behind anything.
    """
    key = repr(sorted(options.items()))
    if key not in shared_hosts:
        new = Hosts(**options)
        shared_hosts[key] = new
    h = shared_hosts[key]
    h.a.rest()
    h.b.rest()
    h.mark = h.log.settle()
    try:
        yield h
    except BaseException:
        shared_hosts.pop(key, None)
        with contextlib.suppress(Exception):
            h.__exit__(*sys.exc_info())
        raise


def message(body, name="test", recipients=("bob@example.net",), fields=()):
    """All header fields are there, so that sendmail adds nothing but its trace."""
    head = ["From: alice@example.org", "To: " + ", ".join(recipients), "Subject: about " + name,
            "Date: Mon, 23 Nov 2026 12:00:00 +0000", "Message-Id: <%s@a.example.org>" % name,
            *fields]
    return "\n".join(head).encode() + b"\n\n" + body


def stripped(octets):
    """Without what the hosts have put before it."""
    lines = octets.split(b"\n")
    at = 0
    while lines[at].startswith((b"Return-Path:", b"Received:", b"\t", b" ")):
        at += 1
    return b"\n".join(lines[at:])


def is_mail(mail, *wanted):
    """Exactly these (recipient, message) came, each once, whatever their order."""
    got = sorted((recipient, stripped(octets)) for recipient, octets in mail)
    tap.equal([recipient for recipient, _ in got], sorted(r for r, _ in wanted), "recipients")
    for (recipient, octets), (_, expected) in zip(got, sorted(wanted)):
        tap.equal(octets, expected, "what %s got" % recipient)
