# SPDX-License-Identifier: GPL-2.0
"""
What Debian's MTAs take and keep of a client that a script speaks for, and of one another: the same
through two gateways that encrypt as without any.
"""
import re
import select
import socket
import time

import bodies
import gateway
import hosts
import net
import others
import script
import tap
from test_others import MTAS, Mail, prepare

SMTP = (net.ADDRESS[net.V4][1], 25)
RECEIVERS = ("postfix", "exim", "exim-heavy", "opensmtpd")
LIMIT = 60      # seconds


class Receiver(gateway.Pair):
    """One MTA on side 1. Of the clients on side 0 nftables leads root's to the gateway."""

    def __init__(self, name, direct, shipped=False):
        prepare()
        super().__init__(inbound=MTAS[name].INBOUND, sides=() if direct else (0, 1),
                         daemons=() if direct else (0, 1))
        self.mta = self.keep(MTAS[name](self, 1, shipped=shipped, behind=not direct))

    def client(self):
        client = script.End(self.connect(0, SMTP))
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client

    def kept(self, count):
        """So many messages, when they are there; each ends with a line's end."""
        end = time.monotonic() + LIMIT
        while True:
            found = sorted(hosts.stripped(octets) for _, octets in self.mta.mail()
                           if octets.endswith(b"\n"))
            if len(found) >= count:
                return found
            tap.check(time.monotonic() < end, "%d messages of %d: %r" % (len(found), count, found))
            time.sleep(0.05)


def both_ways(name, talk, shipped=False):
    """Without a gateway, then through both."""
    found = []
    for direct in (True, False):
        with Receiver(name, direct, shipped) as link:
            found.append(talk(link))
            link.encrypted()
    for direct, through in zip(*found):
        tap.equal(through, direct, "with gateways, and without")
    return found[0]


def codes(octets):
    """Of replies, a line each; their texts have numbers that are never the same."""
    return [line[:3] for line in octets.splitlines()]


def envelope(client):
    """Up to the reply to DATA."""
    client.reply()
    for line, code in ((b"EHLO a.example.org", b"250"), (b"MAIL FROM:<alice@example.org>", b"250"),
                       (b"RCPT TO:<bob@example.net>", b"250"), (b"DATA", b"354")):
        client.say(line)
        tap.equal(client.reply()[:3], code, "reply to %r" % line)


# --- relaying ---

def foreign(link):
    """The replies up to that to a recipient who is nobody's here, from outside."""
    client = link.client()
    client.reply()
    replies = []
    for line in (b"EHLO evil.example", b"MAIL FROM:<a@evil.example>",
                 b"RCPT TO:<victim@example.com>"):
        client.say(line)
        replies.append(client.reply())
    client.say(b"QUIT")
    client.reply()
    client.sock.close()
    for one in link.gateways:
        one.session()
    return replies


@tap.case(*((name,) for name in RECEIVERS))
def relay(name):
    """With its package's own configuration, and what the guide adds to it for the gateway, it refuses
    to relay for a client of the gateway, whose address is this host's own, as it does for any."""
    hello, sender, recipient = both_ways(name, foreign, shipped=True)
    tap.equal((hello[:3], sender[:3]), (b"250", b"250"), "replies before")
    tap.check(recipient[:3] in (b"454", b"550", b"554"), recipient)
    tap.say(recipient)


# --- ends of data ---

ENDS = (b"\n.\n", b"\r.\r\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r", b"\r\n\0.\r\n",
        b"\r\n..\r\n", b"\r\n.\r\r\n")
HEAD = (b"From: alice@example.org\r\nTo: bob@example.net\r\nSubject: %s\r\n"
        b"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-Id: <%s@a.example.org>\r\n\r\n")
QUIET = 5       # seconds without a reply: the data goes on


def begin(link, number, end, split):
    """A session whose message ends with this, or goes on behind it."""
    client = link.client()
    envelope(client)
    name = b"end-%d" % number
    client.send(HEAD % (name, name) + b"text")
    for piece in [bytes([octet]) for octet in end] if split else [end]:
        client.send(piece)
        time.sleep(0.01)
    return client


def finish(client, ended):
    """The last reply, whatever it took to get one."""
    if not ended:
        client.send(b"behind\r\n.\r\n")
    reply = client.reply()[:3]
    client.say(b"QUIT")
    client.rest()
    client.sock.close()
    return ended, reply


def variants(link, split):
    """Side by side, since it takes time to see that nothing comes."""
    clients = [begin(link, number + split * len(ENDS), end, split)
               for number, end in enumerate(ENDS)]
    time.sleep(QUIET)
    poll = select.poll()
    for client in clients:
        poll.register(client.sock, select.POLLIN)
    ready = {fd for fd, _ in poll.poll(0)}
    return [finish(client, client.sock.fileno() in ready) for client in clients]


@tap.case(*((name,) for name in RECEIVERS))
def ends_of_data(name):
    """What one takes for the end and another does not may hide a message in a message: here each
    MTA sees the octets that it sees without a gateway, in one segment or in one for each."""
    def talk(link):
        replies = [*variants(link, split=False), *variants(link, split=True)]
        return replies, link.kept(sum(code == b"250" for _, code in replies))
    replies, kept = both_ways(name, talk)
    tap.check(len(kept) > 1, "%d messages" % len(kept))
    tap.say("an end: %s" % [end for end, (ended, _) in zip(ENDS, replies) if ended])


# --- extensions ---

KEYWORDS = {"postfix": {b"8BITMIME", b"SMTPUTF8", b"CHUNKING", b"PIPELINING"},
            "exim": {b"8BITMIME", b"SMTPUTF8", b"CHUNKING", b"PIPELINING"},
            "exim-heavy": {b"8BITMIME", b"SMTPUTF8", b"CHUNKING", b"PIPELINING"},
            "opensmtpd": {b"8BITMIME"}}
EIGHT = ("From: alice@example.org\r\nTo: bob@example.net\r\nSubject: Größe 5 €\r\n"
         "Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-Id: <eight@a.example.org>\r\n\r\n"
         "Zeile\r\n".encode())
PIECES = (EIGHT[:20], EIGHT[20:] + b".\r\n",
          b"\r\n.\r\nno end yet\r\n" + bytes(range(128, 256)), b"\r\nlast\r\n")


def say(client, line):
    client.say(line)
    return client.reply()


def by_bdat(client):
    replies = []
    for number, piece in enumerate(PIECES, 1):
        last = b" LAST" if number == len(PIECES) else b""
        client.send(b"BDAT %d%s\r\n" % (len(piece), last) + piece)
        replies.append(client.reply())
    return replies


def by_data(client):
    return [say(client, b"DATA"),
            say(client, b"".join(PIECES).replace(b"\r\n.", b"\r\n..") + b".")]


def words(hello):
    return {re.split(rb"[ \r]", line[4:])[0] for line in hello.splitlines()[1:]}


@tap.case(*((name,) for name in RECEIVERS))
def extensions(name):
    """The same keywords in the reply to EHLO, and their use: an envelope and a text of eight bits, and
    BDAT in pieces that a dot and ends of lines begin and end."""
    def talk(link):
        client = link.client()
        client.reply()
        hello = say(client, b"EHLO a.example.org")
        utf8 = b"SMTPUTF8" in words(hello)
        sender = ("MAIL FROM:<älice@example.org> BODY=8BITMIME SMTPUTF8" if utf8 else
                  "MAIL FROM:<alice@example.org> BODY=8BITMIME").encode()
        replies = [say(client, sender), say(client, b"RCPT TO:<bob@example.net>")]
        replies += (by_bdat if b"CHUNKING" in words(hello) else by_data)(client)
        say(client, b"QUIT")
        client.sock.close()
        return hello, [codes(one) for one in replies], link.kept(1)
    hello, replies, kept = both_ways(name, talk)
    tap.check(KEYWORDS[name] <= words(hello), hello)
    tap.equal(replies[-1][-1:], [b"250"], "reply to the last of it: %s" % replies)
    tap.equal(kept, [b"".join(PIECES).replace(b"\r\n", b"\n")], "kept")


# --- from MTA to MTA ---

LARGE = 30 << 20
PAIRS = (("postfix", "postfix"), ("exim", "postfix"), ("exim-heavy", "opensmtpd"),
         ("opensmtpd", "exim"))


def exchange(first, second, letters, direct):
    """The messages as they arrived, one after the other."""
    with Mail(MTAS[first], MTAS[second], direct) as link:
        for letter in letters:
            mark = link.log.mark()
            link.first.submit(letter, others.BOB)
            link.first.sent(mark)
            link.second.kept(mark)
        link.encrypted()
        for one in link.gateways:
            tap.check(one.rss() < 16384, "%d KiB" % one.rss())
        return sorted(hosts.stripped(octets) for _, octets in link.second.mail())


def same(first, second, letters):
    plain = exchange(first, second, letters, direct=True)
    tap.equal(len(plain), len(letters), "messages")
    tap.check(exchange(first, second, letters, direct=False) == plain,
              "something else arrives without gateways")


@tap.case(*PAIRS)
def identical(first, second):
    """All kinds of messages, octet for octet, with gateways and without."""
    same(first, second, [hosts.message(body, name, fields=bodies.FIELDS)
                         for name, body in bodies.BODIES.items()])


@tap.case(*PAIRS)
def identical_30_mib(first, second):
    """As large as mail gets."""
    same(first, second, [hosts.message(bodies.text(LARGE), "large")])
