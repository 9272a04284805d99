# SPDX-License-Identifier: GPL-2.0
"""
Version 3 by peers that have the real secrets and break one rule: in b's place and in a's, against a
real daemon and the kernel. What they say right is right: each has a case without a fault.
"""
import errno
import hashlib
import importlib.util
import socket
import time

import daemon
import mta
import net
import tap

SUITES = ("chachapoly_3.0", "aes256gcm_3.0")
WORDS = "chachapoly_3.0 aes256gcm_3.0 chacha20_2.0"
SAID, MORE = b"250 the last whole one\r\n", b"250 behind it\r\n"
ANSWERED = (mta.ANSWERED, errno.ECONNREFUSED)
BROKEN = (mta.CLOSED, errno.EPROTO)
FAIL = b"XCRYPT FAIL\r\n"


def three():
    """The peer's library; a Debian 13 of the tests has none (tests/vm/packages)."""
    if not importlib.util.find_spec("cryptography"):
        raise tap.Skip("python3-cryptography is not installed")
    import three as found       # pylint: disable=import-outside-toplevel
    return found


def flipped(octets, at=0):
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1:]


def as_said(one, wanted, what):
    tap.equal((one.kind, one.error), wanted, "outcome of " + what)


def reason(one, way, why):
    lines = one.logged("refused dir=" + way, "reason=%s " % why)
    tap.equal(len(lines), 1, "lines: %s" % one.lines()[-5:])


# --- b, and what of its first reply is wrong ---

def of_another_exchange(s):
    s.signature = three().proof(s.signer, s.key_a, three().pair()[1])


def of_another_client(s):
    s.signature = three().proof(s.signer, three().pair()[1], s.key)


def of_another_version(s):
    s.signature = three().proof(s.signer, s.key_a, s.key, version=b"3.1")


def without_label(s):
    s.signature = three().proof(s.signer, s.key_a, s.key, label=b"")


def by_another(s):
    s.signature = three().proof(three().identity(), s.key_a, s.key)


def with_a_greater_s(s):
    """S + L: the same signature to who does not look (RFC 8032, 5.1.7)."""
    order = (1 << 252) + 27742317777372353535851937790883648493
    value = int.from_bytes(s.signature[32:], "little") + order
    s.signature = s.signature[:32] + value.to_bytes(32, "little")


def with_the_nonce(s):
    line = b"XCRYPT 3.0 %s\r\nXCRYPT %s %s\r\n" % tuple(map(three().b64, (s.key_a, s.key, s.nonce)))
    s.signature = s.signer.sign(b"xcrypt3 identity" + hashlib.sha256(line).digest())


SIGNATURES = {one.__name__.replace("_", "-"): one for one in (
    of_another_exchange, of_another_client, of_another_version, without_label, by_another,
    with_a_greater_s, with_the_nonce)}


def list_of(words):
    def forget(s):
        s.words = words
    return forget


def other_private(s):
    s.private = three().pair()[0]


# What is set before V_b is made: the other side makes it of other lines, or of another secret.
TRANSCRIPTS = {
    "another-list": list_of(b"chachapoly_3.0 chacha20_2.0"),
    "another-order": list_of(b"aes256gcm_3.0 chachapoly_3.0 chacha20_2.0"),
    "another-secret": other_private,
}
# What is said in the place of V_b.
EARLY = {
    "a-bit": lambda s: flipped(s.secrets.early, 15),
    "of-the-confirmation": lambda s: s.secrets.confirm["S"],
    "of-the-clients-side": lambda s: s.secrets.confirm["C"],
    "zeros": lambda s: bytes(16),
}


class Served:
    """A real a, and b in our hands up to a's second line."""

    def __init__(self, link, suite=SUITES[0], fault=lambda s: None, early=None, octets=b""):
        self.one = link.keep(daemon.Daemon(link, 0, suites=WORDS))
        words = " ".join(sorted(WORDS.split(), key=lambda word: word != suite)).encode()
        self.client, self.peer = link.pair(net.V4)
        self.peer.settimeout(mta.LIMIT)
        mta.attach(self.client)
        mta.ask(self.client, mta.CLIENT, words, early=octets)
        self.b = three().Server(words, mta.line_of(self.peer).rstrip(b"\r\n"))
        fault(self.b)
        reply = self.b.reply()
        if early:
            reply = reply.rsplit(b" ", 1)[0] + b" " + three().b64(early(self.b))
        self.peer.sendall(reply + b"\r\n")
        self.line = mta.line_of(self.peer)

    def refused(self, why):
        tap.equal(self.line, FAIL, "a's second line")
        self.peer.sendall(b"250 XCRYPT FAIL\r\n")
        as_said(mta.wait(self.client), ANSWERED, "a")
        reason(self.one, "out", why)
        tap.equal(self.one.control("peers list"), [], "what a learned")

    def confirmed(self):
        tap.equal(self.line, b"XCRYPT OK " + three().b64(self.b.secrets.confirm["C"]) + b"\r\n",
                  "a's second line")


@tap.case(*((name,) for name in SIGNATURES))
def rules_signature(name):
    with net.Link() as link:
        Served(link, fault=SIGNATURES[name]).refused("identity")


@tap.case(*((name,) for name in TRANSCRIPTS))
def rules_transcript(name):
    with net.Link() as link:
        Served(link, fault=TRANSCRIPTS[name]).refused("confirmation")


@tap.case(*((name,) for name in EARLY))
def rules_early(name):
    with net.Link() as link:
        Served(link, early=EARLY[name]).refused("confirmation")


# b's last line.
LAST = {
    "a-bit": lambda s: b"250 XCRYPT OK " + three().b64(flipped(s.secrets.confirm["S"])) + b"\r\n",
    "reflected": lambda s: b"250 XCRYPT OK " + three().b64(s.secrets.confirm["C"]) + b"\r\n",
    "early": lambda s: b"250 XCRYPT OK " + three().b64(s.secrets.early) + b"\r\n",
    "bare-lf": lambda s: s.last() + b"\n",
    "another-word": lambda s: s.last() + b" x\r\n",
    "two-lines": lambda s: b"250-XCRYPT\r\n" + s.last() + b"\r\n",
    "another-code": lambda s: s.last().replace(b"250", b"251") + b"\r\n",
    "454": lambda s: b"454 4.7.0 XCRYPT FAIL\r\n",
    "504": lambda s: b"504 5.5.4 XCRYPT FAIL\r\n",
    "fail": lambda s: b"250 XCRYPT FAIL\r\n",
    "a-record": lambda s: s.secrets.sealers["S"].seal(SAID),
}


@tap.case(*((name,) for name in LAST))
def rules_last_line(name):
    """From XCRYPT OK on every answer but the right one ends the connection; nothing is learned."""
    with net.Link() as link:
        s = Served(link)
        s.confirmed()
        s.peer.sendall(LAST[name](s.b))
        # A record has no end of line, perhaps.
        s.peer.shutdown(socket.SHUT_WR)
        result = mta.wait(s.client)
        tap.equal(result.kind, mta.CLOSED, "class")
        tap.equal(s.one.control("peers list"), [], "what a learned")
        try:
            s.client.send(b"x")
        except OSError as error:
            tap.equal(error.errno, errno.ECONNABORTED, "errno of writing")
            return
        tap.check(False, "writing went on")


# --- records: what the sender does, where the reader has had one whole record before ---

def long(sealer, length):
    """A length out of its range, though the record is sealed for it."""
    return length.to_bytes(2, "big") + bytes(length + 16)


def in_the_clear(_own, _other):
    return MORE * 20


def skipped(own, _other):
    own.number += 1
    return own.seal(MORE)


def repeated(own, _other):
    own.number -= 1
    return own.seal(SAID)


def reflected(_own, other):
    other.number = 1
    return other.seal(MORE)


def with_padding(own, _other):
    return own.seal(MORE, fill=b"\1")


def too_many(own, _other):
    return own.seal(b"", padding=1, count=1)


def nearly_end(own, _other):
    return own.seal(b"", count=65534)


def behind_the_end(own, _other):
    return own.end() + own.seal(MORE)


def end_with_payload(own, _other):
    return own.seal(MORE, count=65535)


def changed_length(own, _other):
    return flipped(own.seal(MORE), 1)


def changed_tag(own, _other):
    record = own.seal(MORE)
    return flipped(record, len(record) - 1)


def cut_short(own, _other):
    return own.seal(MORE)[:-1]


def length_0(own, _other):
    return long(own, 0)


def length_1(own, _other):
    return long(own, 1)


def length_16387(own, _other):
    return long(own, 16387)


def nothing(_own, _other):
    return b""


BROKEN_RECORDS = {one.__name__.replace("_", "-"): one for one in (
    in_the_clear, skipped, repeated, reflected, with_padding, too_many, nearly_end, behind_the_end,
    end_with_payload, changed_length, changed_tag, cut_short, length_0, length_1, length_16387, nothing)}


def right(own, _other):
    """Any split, n = 0, any length: taken."""
    return own.seal(MORE[:1], padding=1) + own.seal(b"") + own.seal(MORE[1:], padding=4096) + own.end()


def read(sock, wanted, end):
    got = b""
    try:
        while True:
            part = sock.recv(4096)
            if not part:
                tap.equal((got, "end"), (wanted, end), "what was read")
                return
            got += part
    except OSError as error:
        tap.equal((got, errno.errorcode[error.errno]), (wanted, end), "what was read")


def play(reader, writer, own, other, fault):
    """The connection ends behind what is wrong, so that who waits for more of it is told."""
    writer.sendall(own.seal(SAID) + fault(own, other))
    writer.shutdown(socket.SHUT_WR)
    if fault == right:
        read(reader, SAID + MORE, "end")
        return
    read(reader, SAID, "EBADMSG")
    read(reader, b"", "EBADMSG")


def answers(sock, writer, sealer, fault):
    """The other direction goes on."""
    if fault in (right, behind_the_end):
        return
    sock.sendall(b"QUIT\r\n")
    record = b""
    while len(record) < 2 or len(record) < 18 + int.from_bytes(record[:2], "big"):
        part = writer.recv(4096)
        tap.check(part, "it ended: %r" % record)
        record += part
    tap.equal(sealer.open(record), b"QUIT\r\n", "what came the other way")


@tap.case(*((name, suite) for name in ["right", *BROKEN_RECORDS] for suite in SUITES))
def rules_records_of_b(name, suite):
    fault = right if name == "right" else BROKEN_RECORDS[name]
    with net.Link() as link:
        s = Served(link, suite)
        s.confirmed()
        s.peer.sendall(s.b.last() + b"\r\n")
        result = mta.wait(s.client)
        tap.equal((result.kind, result.suite, result.session),
                  (mta.ENCRYPTED, suite, s.b.secrets.session), "a's outcome")
        sealers = s.b.secrets.sealers
        play(s.client, s.peer, sealers["S"], sealers["C"], fault)
        answers(s.client, s.peer, three().Records(suite, *keys(s.b.secrets, b"c2s")), fault)


def keys(secrets, way):
    return secrets.out(way + b" key", 32), secrets.out(way + b" iv", 12)


@tap.case()
def rules_early_octets_are_the_first_record():
    """What a gave before it knew C_b is sealed, and is there behind its second line."""
    with net.Link() as link:
        s = Served(link, octets=b"EHLO a.test\r\n")
        s.confirmed()
        record = s.peer.recv(4096)
        tap.equal(s.b.secrets.sealers["C"].open(record), b"EHLO a.test\r\n", "first record")
        s.peer.sendall(s.b.last() + b"\r\n" + s.b.secrets.sealers["S"].seal(SAID))
        result = mta.wait(s.client)
        tap.equal((result.kind, result.early_sent), (mta.ENCRYPTED, 1), "a's outcome")
        tap.equal(s.client.recv(100), SAID, "what was there with the last line")


# --- a ---

class Asked:
    """A real b, and a in our hands, up to b's first reply, which is right."""

    def __init__(self, link, suite=SUITES[0]):
        self.one = link.keep(daemon.Daemon(link, 1, suites=WORDS))
        self.peer, self.server = link.pair(net.V4)
        self.peer.settimeout(mta.LIMIT)
        mta.attach(self.server)
        self.a = three().Client(mta.suites(self.server), suite)
        mta.ask(self.server, mta.SERVER, self.a.first() + b"\r\n")
        self.a.take(mta.line_of(self.peer))

    def last(self):
        return self.a.last() + b"\r\n"

    def answer(self):
        return mta.line_of(self.peer)


CONFIRMATIONS = {
    "a-bit": lambda a: flipped(a.secrets.confirm["C"]),
    "reflected": lambda a: a.secrets.confirm["S"],
    "early": lambda a: a.secrets.early,
}


@tap.case(*((name, octets) for name in CONFIRMATIONS for octets in (0, 60000)))
def rules_confirmation(name, octets):
    """b says so and closes; what comes behind, which may be records, does not eat the answer."""
    with net.Link() as link:
        s = Asked(link)
        s.peer.sendall(b"XCRYPT OK " + three().b64(CONFIRMATIONS[name](s.a)) + b"\r\n" + bytes(octets))
        as_said(mta.wait(s.server), BROKEN, "b")
        tap.equal(s.answer(), b"454 4.7.0 XCRYPT FAIL\r\n", "b's answer")
        tap.equal(s.peer.recv(1), b"", "what came behind it")
        reason(s.one, "in", "confirmation")


@tap.case()
def rules_fail_of_a():
    """The session goes on in the clear; there is no second exchange on it."""
    with net.Link() as link:
        s = Asked(link)
        s.peer.sendall(FAIL)
        tap.equal(s.answer(), b"250 XCRYPT FAIL\r\n", "b's answer")
        as_said(mta.wait(s.server), ANSWERED, "b")
        s.peer.sendall(b"NOOP\r\n")
        tap.equal(mta.line_of(s.server), b"NOOP\r\n", "what goes on in the clear")


@tap.case(*((name, suite) for name in ["right", *BROKEN_RECORDS] for suite in SUITES))
def rules_records_of_a(name, suite):
    """They stand right behind a's second line, where b may find them queued."""
    fault = right if name == "right" else BROKEN_RECORDS[name]
    with net.Link() as link:
        s = Asked(link, suite)
        sealers = s.a.secrets.sealers
        other = three().Records(suite, *keys(s.a.secrets, b"s2c"))
        s.peer.sendall(s.last() + sealers["C"].seal(SAID) + fault(sealers["C"], other))
        result = mta.wait(s.server)
        tap.equal((result.kind, result.suite, result.session),
                  (mta.ENCRYPTED, suite, s.a.secrets.session), "b's outcome")
        tap.equal(s.answer(), b"250 XCRYPT OK " + three().b64(s.a.secrets.confirm["S"]) + b"\r\n",
                  "b's last line")
        s.peer.shutdown(socket.SHUT_WR)
        read(s.server, SAID + MORE if fault == right else SAID, "end" if fault == right else "EBADMSG")
        answers(s.server, s.peer, sealers["S"], fault)


@tap.case()
def rules_octet_by_octet():
    """b's switch takes a's line and records in any pieces."""
    with net.Link() as link:
        s = Asked(link)
        s.peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in s.last() + s.a.secrets.sealers["C"].seal(SAID, padding=1):
            s.peer.sendall(bytes([octet]))
            time.sleep(0.002)
        tap.equal(mta.wait(s.server).kind, mta.ENCRYPTED, "b's outcome")
        tap.equal(s.server.recv(100), SAID, "what was read")
