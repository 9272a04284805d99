# SPDX-License-Identifier: GPL-2.0
"""
All kinds of messages: what arrives is what was sent, encrypted and, but for those that take long,
in the clear.
"""
import hosts
import pcap
import sendmail
import smtp
import tap
from bodies import BODIES, FIELDS, text

BOB = "bob@example.net"
PLAIN = ("-O", "XCRYPTTry=no")
MIB = 1 << 20
LONG = 25 * MIB


def both_ways(h, sent, recipients, expected):
    """Encrypted, then in the clear: the same, and what it should be."""
    got = []
    for words, name in (((), b"XCRYPT"), (PLAIN, b"plain")):
        h.a.submit(sent, *recipients, words=words)
        mail = h.b.take()
        hosts.is_mail(mail, *((r, expected) for r in recipients))
        traces = [b"using XCRYPT" in octets for _, octets in mail]
        tap.equal(traces, [name == b"XCRYPT"] * len(recipients), "trace of XCRYPT")
        got.append(sorted((r, hosts.stripped(octets)) for r, octets in mail))
    tap.equal(got[0], got[1], "encrypted and plain")


@tap.case(*((name,) for name in BODIES))
def message(name):
    with hosts.shared() as h:
        sent = hosts.message(BODIES[name], name, fields=FIELDS)
        both_ways(h, sent, [BOB], sent if sent.endswith(b"\n") else sent + b"\n")


@tap.case()
def message_hundred_recipients():
    with hosts.shared() as h:
        names = ["user%03d@example.net" % i for i in range(100)]
        sent = hosts.message(b"to all\n", "hundred")
        h.a.submit(sent, *names)
        hosts.is_mail(h.b.take(), *((name, sent) for name in names))


@tap.case()
def message_25_mib():
    with hosts.shared() as h:
        sent = hosts.message(text(LONG), "large")
        h.a.submit(sent, BOB)
        hosts.is_mail(h.b.take(), (BOB, sent))
        tap.equal(len(h.logged(h.a.tag, "xcrypt=", "stat=Sent")), 1, "encrypted: %s" %
                  h.log.text[h.mark:])


def queue_many(h, count, size=2000):
    """By one sendmail -bs, which puts them into the queue."""
    sent = [hosts.message(b"number %d\n" % i + text(size, i), "m%d" % i) for i in range(count)]
    with sendmail.Dialogue(h.a, "-odq") as local:
        local.say(b"EHLO localhost")
        for octets in sent:
            local.say(b"MAIL FROM:<alice@example.org>")
            local.say(b"RCPT TO:<%s>" % BOB.encode())
            local.say(b"DATA")
            reply = local.say(octets.replace(b"\n", b"\r\n") + b".")
            tap.equal(reply[:3], b"250", "reply: %r" % reply)
    tap.equal(len(h.a.queued()), count, "in the queue")
    return sent


@tap.case((200,))
def messages_in_one_connection(count):
    """By the queue runner, which keeps the connection in its cache."""
    with hosts.shared() as h:
        sent = queue_many(h, count)
        h.capture()
        h.a.run_queue()
        file = h.captured()
        found = pcap.connections(file)
        tap.equal([c.encrypted() for c in found], [True], "connections, encrypted")
        pcap.clean(file, [b"alice@", b"bob@", b"number ", b"Subject", b"m%d@" % (count - 1)])
        hosts.is_mail(h.b.take(), *((BOB, octets) for octets in sent))
        tap.equal(h.a.queued(), [], "queue")
        tap.equal(len(h.logged(h.a.tag, "xcrypt=", "stat=Sent")), count, "lines")


@tap.case((30,))
def pipelining(count):
    """The end of each message and the next one's commands up to DATA in one segment."""
    with hosts.shared() as h:
        client = smtp.Client(h)
        client.encrypt()
        tap.check(b"PIPELINING" in client.ehlo(), "not listed on the encrypted session")
        group = [b"MAIL FROM:<alice@example.org>", b"RCPT TO:<bob@example.net>", b"DATA"]
        sent = [hosts.message(text(1500, i), "p%d" % i) for i in range(count)]
        before = []
        for octets in sent:
            client.send(*before, *group)
            replies = [client.reply()[:3] for _ in before[-1:] + group]
            tap.equal(replies, [b"250"] * len(before[-1:]) + [b"250", b"250", b"354"], "replies")
            before = [octets.rstrip(b"\n").replace(b"\n", b"\r\n"), b"."]
        client.send(*before, b"QUIT")
        tap.equal([client.reply()[:3], client.reply()[:3]], [b"250", b"221"], "replies")
        hosts.is_mail(h.b.take(), *((BOB, octets) for octets in sent))
