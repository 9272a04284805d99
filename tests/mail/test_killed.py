# SPDX-License-Identifier: GPL-2.0
"""
A daemon or an MTA dies in the middle of an exchange: the connection is closed, and the mail comes
at once on a new one in the clear, or, where encryption is required, stays in the queue.
"""
import contextlib
import os
import signal
import time

import hosts
import pcap
import proxy
import smtp
import tap
import test_moments

SENT = hosts.message(b"the text\n")
BOB = "bob@example.net"
REQUIRE = ("-O", "XCRYPTTry=require")
PROMPT = 20     # seconds; an exchange's own limit is 30


def children(one):
    """sendmail's processes for a connection each."""
    with open("/proc/%d/task/%d/children" % (one.process.pid, one.process.pid),
              encoding="ascii") as file:
        return [int(pid) for pid in file.read().split()]


@contextlib.contextmanager
def in_the_middle(who, beginning, kill, *words, options=None):
    """
    A submits, and when a line of the exchange that begins so is on its way somebody is killed.
    Done when the submission is.
    """
    def change(octets):
        kill(h)
        return octets

    with hosts.shared(**(options or proxy.HOSTS)) as h:
        with proxy.between(h, proxy.once(who, beginning, change)):
            h.capture()
            start = time.monotonic()
            h.process = h.a.begin(SENT, *words, BOB)
            h.process.wait(smtp.LIMIT)
            tap.check(time.monotonic() - start < PROMPT, "%.1f s" % (time.monotonic() - start))
            yield h
        h.revive()
        h.a.forget()


def kill_a_sendmail(h):
    h.process.kill()


def kill_a_daemon(h):
    h.daemons[0].kill()


def kill_b_daemon(h):
    h.daemons[1].kill()


def kill_b_sendmail(h):
    """The process of the connection, that is."""
    (pid,) = children(h.b)
    os.kill(pid, signal.SIGKILL)


WHOM = {"daemon-of-the-sender": ("S", b"250 XCRYPT ", kill_a_daemon),
        "daemon-of-the-receiver": ("C", b"XCRYPT OK", kill_b_daemon),
        "sendmail-of-the-receiver": ("C", b"XCRYPT chacha20", kill_b_sendmail),
        "sendmail-of-the-receiver-late": ("C", b"XCRYPT OK", kill_b_sendmail)}


@tap.case(*((name,) for name in WHOM))
def killed(name):
    with in_the_middle(*WHOM[name]) as h:
        tap.equal(h.process.returncode, 0, "sendmail's status")
        tap.equal(h.a.queued(), [], "queue: %s" % h.log.text[h.mark:])
        hosts.is_mail(h.b.take(), (BOB, SENT))
        found = h.connections()
        # Late, the first one may be: both daemons had done the exchange.
        encrypted = [c.encrypted() for c in found]
        tap.check(not any(encrypted[name.endswith("late"):]), "encrypted: %s" % encrypted)
        tap.equal([pcap.words_in([b"XCRYPT chacha20", b"MAIL From"], [c.sent]) for c in found],
                  [[b"XCRYPT chacha20"], [b"MAIL From"]], "said on them")
        tap.equal(len(h.logged(h.a.tag, "XCRYPT=client", "again without")), 1,
                  "mail.log: %s" % h.log.text[h.mark:])


@tap.case(*((name,) for name in WHOM))
def killed_required(name):
    with in_the_middle(*WHOM[name], *REQUIRE) as h:
        tap.equal(h.b.take(), [], "mail")
        tap.equal(len(h.a.queued()), 1, "queue")
        tap.equal(len(h.logged(h.a.tag, "stat=Deferred", "dsn=4.7.")), 1,
                  "mail.log: %s" % h.log.text[h.mark:])
        tap.equal([pcap.words_in([b"MAIL From"], [c.sent]) for c in h.connections()], [[]],
                  "said in the clear")


@tap.case()
def killed_required_goes_by_tls():
    """Encryption is required, and the server's STARTTLS is one."""
    test_moments.certificate()
    at_a, at_b = proxy.HOSTS["more"]
    options = {**proxy.HOSTS, "more": (at_a + test_moments.OVER, at_b + test_moments.TLS)}
    with in_the_middle(*WHOM["daemon-of-the-receiver"], *REQUIRE, options=options) as h:
        tap.equal(h.a.queued(), [], "queue: %s" % h.log.text[h.mark:])
        mail = h.b.take()
        hosts.is_mail(mail, (BOB, SENT))
        tap.check(b"version=TLS" in mail[0][1] and b"using XCRYPT" not in mail[0][1],
                  "trace: %r" % mail[0][1])


@tap.case()
def killed_and_queued():
    """A's sendmail: nobody is left to connect anew. The next run of the queue sends it, once."""
    with in_the_middle("S", b"250 XCRYPT ", kill_a_sendmail) as h:
        tap.equal(h.b.take(), [], "mail")
        tap.equal(len(h.a.queued()), 1, "queue: %s" % h.log.text[h.mark:])
        h.a.run_queue()
        mail = h.b.take()
        hosts.is_mail(mail, (BOB, SENT))
        tap.check(b"using XCRYPT" in mail[0][1], "trace: %r" % mail[0][1])


@tap.case()
def killed_while_a_script_waits():
    """The server's side: the connection is closed without another word."""
    with hosts.shared() as h:
        client = smtp.Client(h)
        client.ehlo()
        tap.check(client.command(smtp.FIRST).startswith(b"250 XCRYPT "), "first reply")
        h.daemons[1].kill()
        tap.equal(client.rest(), b"", "until the connection's end")
        client.close()
        h.log.wait(h.b.tag, "XCRYPT=server", "closed", since=h.mark)
        h.revive()
