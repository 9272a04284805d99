# SPDX-License-Identifier: GPL-2.0
"""All kinds of messages, encrypted and in the clear: what arrives is what was sent."""
import random

import hosts
import pcap
import smtp
import tap

BOB = "bob@example.net"
PLAIN = ("-O", "XCRYPTTry=no")
MIB = 1 << 20
LONG = 25 * MIB


def text(octets, seed=1):
    """Lines of letters, as many octets of them."""
    letters = random.Random(seed).randbytes(octets * 3 // 4 + 1).hex().encode()
    lines = b"\n".join(letters[i:i + 75] for i in range(0, octets, 76))
    return lines[:octets - 1] + b"\n"


BODIES = {
    "empty": b"",
    "64KiB": text(65536),
    "lines-of-998": b"".join(bytes([c]) * 998 + b"\n" for c in b"abcdefgh"),
    "8bitmime": bytes(range(0xa0, 0x100)) + b"\n" + "Grüße aus Köln, 东京\n".encode() * 20,
    "dots": b".\n..\n...\n.x\n. \n" + b"." * 990 + b"\n.",
    "no-newline-at-the-end": b"x\n\n\nlast",
}
FIELDS = ("MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
          "Content-Transfer-Encoding: 8bit")


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
        sent = hosts.message(b"to all\n", "hundred", recipients=names)
        both_ways(h, sent, names, sent)


@tap.case()
def message_25_mib():
    """Encrypted only: what it should be is known."""
    with hosts.shared() as h:
        sent = hosts.message(text(LONG), "large")
        h.a.submit(sent, BOB)
        hosts.is_mail(h.b.take(), (BOB, sent))
        tap.equal(len(h.logged(h.a.tag, "xcrypt=", "stat=Sent")), 1, "encrypted: %s" %
                  h.log.text[h.mark:])


def queue_many(h, count):
    """By one sendmail -bs, which puts them into the queue."""
    sent = [hosts.message(b"number %d\n" % i + text(2000, i), "m%d" % i) for i in range(count)]
    lines = [b"EHLO localhost"]
    for octets in sent:
        lines += [b"MAIL FROM:<alice@example.org>", b"RCPT TO:<%s>" % BOB.encode(), b"DATA",
                  octets.rstrip(b"\n").replace(b"\n", b"\r\n"), b"."]
    lines.append(b"QUIT\r\n")
    done = h.a.run("-bs", "-odq", input=b"\r\n".join(lines))
    tap.equal(done.stdout.count(b"Message accepted for delivery"), count,
              "queued: %r" % done.stdout[-400:])
    tap.equal(len(h.a.queued()), count, "in the queue")
    return sent


@tap.case((200,))
def messages_in_one_connection(count):
    """By the queue runner, which keeps the connection in its cache."""
    with hosts.shared() as h:
        sent = queue_many(h, count)
        h.capture()
        h.a.run("-q")
        file = h.captured()
        found = pcap.connections(file)
        tap.equal([c.encrypted() for c in found], [True], "connections, encrypted")
        pcap.clean(file, [b"alice@", b"bob@", b"number ", b"Subject", b"m%d@" % (count - 1)])
        hosts.is_mail(h.b.take(), *((BOB, octets) for octets in sent))
        tap.equal(h.a.queued(), [], "queue")
        tap.equal(len(h.logged(h.a.tag, "xcrypt=", "stat=Sent")), count, "lines")


@tap.case((30,))
def pipelining(count):
    """Commands and messages in as few segments as they fit into."""
    with hosts.shared() as h:
        client = smtp.Client(h)
        client.encrypt()
        tap.check(b"PIPELINING" in client.ehlo(), "not listed on the encrypted session")
        bodies = [hosts.message(text(1500, i), "p%d" % i) for i in range(count)]
        groups = [[b"MAIL FROM:<alice@example.org>", b"RCPT TO:<bob@example.net>", b"DATA",
                   octets.rstrip(b"\n").replace(b"\n", b"\r\n"), b"."] for octets in bodies]
        client.send(*(line for group in groups for line in group), b"QUIT")
        replies = client.rest().split(b"\r\n")
        tap.equal([line[:3] for line in replies], [b"250", b"250", b"354", b"250"] * count +
                  [b"221", b""], "replies")
        hosts.is_mail(h.b.take(), *((BOB, octets) for octets in bodies))
