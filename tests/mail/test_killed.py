# SPDX-License-Identifier: GPL-2.0
"""
A daemon or an MTA dies in the middle of an exchange: the connection is closed, and the mail comes
at once on a new one in the clear, or, where encryption is required, stays in the queue.
"""
import os
import signal
import time

import hosts
import pcap
import smtp
import tap
import xcrypt

SENT = hosts.message(b"the text\n")
BOB = "bob@example.net"
REQUIRE = ("-O", "XCRYPTTry=require")
PROMPT = 15     # seconds; an exchange's own limit is 30


def children(one):
    """sendmail's processes for a connection each."""
    with open("/proc/%d/task/%d/children" % (one.process.pid, one.process.pid),
              encoding="ascii") as file:
        return [int(pid) for pid in file.read().split()]


def in_the_middle(h, then, words=()):
    """
    A submits; B's xcryptd stands still, so that the exchange waits for its reply. Then something
    happens. Returns the seconds that the submission took from there.
    """
    h.daemons[1].process.send_signal(signal.SIGSTOP)
    sending = xcrypt.Background(h.a.submit, SENT, BOB, "alice@example.org", 0, words)
    h.daemons[0].until(lambda: h.daemons[0].stats()["exchanges_active"] == 1)
    start = time.monotonic()
    then()
    sending.result()
    return time.monotonic() - start


def kill_b_daemon(h):
    h.daemons[1].kill()


def kill_a_daemon(h):
    h.daemons[0].kill()
    h.daemons[1].process.send_signal(signal.SIGCONT)


def kill_b_sendmail(h):
    pids = children(h.b)
    tap.equal(len(pids), 1, "B's processes")
    os.kill(pids[0], signal.SIGKILL)
    h.daemons[1].process.send_signal(signal.SIGCONT)


WHOM = {"daemon-of-the-receiver": kill_b_daemon, "daemon-of-the-sender": kill_a_daemon,
        "sendmail-of-the-receiver": kill_b_sendmail}


@tap.case(*((name,) for name in WHOM))
def killed(name):
    with hosts.Hosts() as h:
        h.capture()
        took = in_the_middle(h, lambda: WHOM[name](h))
        tap.check(took < PROMPT, "%.1f s" % took)
        hosts.is_mail(h.b.take(), (BOB, SENT))
        tap.equal(h.a.queued(), [], "queue")
        found = h.connections()
        tap.equal([c.encrypted() for c in found], [False, False], "connections, encrypted")
        tap.equal([pcap.words_in([b"XCRYPT chacha20", b"MAIL From"], [c.sent]) for c in found],
                  [[b"XCRYPT chacha20"], [b"MAIL From"]], "said on them")
        tap.equal(len(h.log.lines(h.a.tag, "XCRYPT=client", "again without")), 1,
                  "mail.log: %s" % h.log.text)


@tap.case(*((name,) for name in WHOM))
def killed_required(name):
    with hosts.Hosts() as h:
        in_the_middle(h, lambda: WHOM[name](h), REQUIRE)
        tap.equal(h.b.take(), [], "mail")
        tap.equal(len(h.a.queued()), 1, "queue")
        tap.equal(len(h.log.lines(h.a.tag, "stat=Deferred", "dsn=4.7.")), 1,
                  "mail.log: %s" % h.log.text)


@tap.case()
def killed_sender():
    """Its sendmail dies; what it had in its queue comes with the next run, once, encrypted."""
    with hosts.Hosts() as h:
        h.daemons[1].process.send_signal(signal.SIGSTOP)
        sending = h.a.begin(SENT, BOB)
        h.daemons[0].until(lambda: h.daemons[0].stats()["exchanges_active"] == 1)
        sending.kill()
        sending.wait()
        h.daemons[1].process.send_signal(signal.SIGCONT)
        tap.equal(h.b.take(), [], "mail")
        tap.equal(len(h.a.queued()), 1, "queue")
        h.a.run_queue()
        mail = h.b.take()
        hosts.is_mail(mail, (BOB, SENT))
        tap.check(b"using XCRYPT" in mail[0][1], "trace: %r" % mail[0][1])


@tap.case()
def killed_while_a_script_waits():
    """The server's side: the connection is closed without another word."""
    with hosts.Hosts(daemons=(1,)) as h:
        client = smtp.Client(h)
        client.ehlo()
        tap.check(client.command(smtp.FIRST).startswith(b"250 XCRYPT "), "first reply")
        h.daemons[1].kill()
        tap.equal(client.rest(), b"", "until the connection's end")
        client.close()
        h.log.wait(h.b.tag, "XCRYPT=server", "closed")
