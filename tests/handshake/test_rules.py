# SPDX-License-Identifier: GPL-2.0
"""
Version 3 by peers that have the real secrets and break one rule: in b's place and in a's, against a
real daemon and the kernel. What they say right is right: each has a case without a fault.
"""
import errno
import hashlib
import importlib.util
import json
import os
import socket
import time

import daemon
import mlkem
import mta
import net
import release
import tap

SUITES = ("chachapoly_3.0", "aes256gcm_3.0")
HYBRID = ("chachapoly_3.1", "aes256gcm_3.1")
# Of both versions: what a suite of 3.1 does otherwise than one of 3.0 has to do with its keys.
EACH = (SUITES[0], HYBRID[0])
WORDS = {"3.0": " ".join(SUITES) + " chacha20_2.0", "3.1": " ".join(HYBRID) + " chacha20_2.0"}
VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../vectors/handshake-vectors-3.json")
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


def real(link, side, suite):
    """The daemon: for 3.1 that of Debian 13, whose OpenSSL has ML-KEM."""
    words = WORDS[three().version_of(suite)]
    if suite in HYBRID:
        return link.keep(release.Daemon(link, side, "13", suites=words))
    return link.keep(daemon.Daemon(link, side, suites=words))


def flipped(octets, at=0):
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1:]


def as_said(one, wanted, what):
    tap.equal((one.kind, one.error), wanted, "outcome of " + what)


def reason(one, way, why):
    lines = one.logged("refused dir=" + way, "reason=%s " % why)
    tap.equal(len(lines), 1, "lines: %s" % one.lines()[-5:])


# --- b, and what of its first reply is wrong ---

def of_another_exchange(s):
    s.sign(key_b=flipped(s.key, len(s.key) - 1))


def of_another_client(s):
    s.sign(key_a=flipped(s.key_a, len(s.key_a) - 1))


def of_another_version(s):
    s.sign(version={"3.0": "3.1", "3.1": "3.0"}[three().version_of(s.suite)])


def without_label(s):
    s.sign(label=b"")


def by_another(s):
    s.sign(signer=three().identity())


def with_a_greater_s(s):
    """S + L: the same signature to who does not look (RFC 8032, 5.1.7)."""
    order = (1 << 252) + 27742317777372353535851937790883648493
    value = int.from_bytes(s.signature[32:], "little") + order
    s.signature = s.signature[:32] + value.to_bytes(32, "little")


def with_the_nonce(s):
    line = b"XCRYPT %s %s\r\nXCRYPT %s %s\r\n" % (
        three().version_of(s.suite).encode(), *map(three().b64, (s.key_a, s.key, s.nonce)))
    s.signature = s.signer.sign(b"xcrypt3 identity" + hashlib.sha256(line).digest())


SIGNATURES = {one.__name__.replace("_", "-"): one for one in (
    of_another_exchange, of_another_client, of_another_version, without_label, by_another,
    with_a_greater_s, with_the_nonce)}


def shorter_list(s):
    s.words = b" ".join(word for word in s.words.split() if not word.startswith(b"aes256gcm_"))


def other_order(s):
    s.words = b" ".join(reversed(s.words.split()))


def other_private(s):
    s.private = three().pair()[0]


# What is set before V_b is made: the other side makes it of other lines, or of another secret.
TRANSCRIPTS = {
    "another-list": shorter_list,
    "another-order": other_order,
    "another-secret": other_private,
}


def other_mlkem_secret(s):
    s.mlkem_secret = flipped(s.mlkem_secret, 31)


def other_ciphertext(s):
    """FIPS 203's implicit rejection: a goes on with a secret that b has not."""
    s.key = flipped(s.key)
    s.sign()


def without_mlkem(s):
    """K_b and S of 3.0."""
    s.key, s.mlkem_secret = s.key[-32:], b""
    s.sign()


def longer_ciphertext(s):
    s.key = bytes(1) + s.key
    s.sign()


def zero_point(s):
    s.key = s.key[:-32] + bytes(32)
    s.sign()


# Of 3.1 alone; and the reason that is logged.
HYBRID_KEYS = {
    "other-mlkem-secret": (other_mlkem_secret, "confirmation"),
    "other-ciphertext": (other_ciphertext, "confirmation"),
    "without-mlkem": (without_mlkem, "syntax"),
    "longer-ciphertext": (longer_ciphertext, "syntax"),
    "zero-point": (zero_point, "public-key"),
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
        self.one = real(link, 0, suite)
        words = " ".join(sorted(WORDS[three().version_of(suite)].split(),
                                key=lambda word: word != suite)).encode()
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


@tap.case(*((name, suite) for name in SIGNATURES for suite in EACH))
def rules_signature(name, suite):
    with net.Link() as link:
        Served(link, suite, fault=SIGNATURES[name]).refused("identity")


@tap.case(*((name, suite) for name in TRANSCRIPTS for suite in EACH))
def rules_transcript(name, suite):
    with net.Link() as link:
        Served(link, suite, fault=TRANSCRIPTS[name]).refused("confirmation")


@tap.case(*((name, suite) for name in EARLY for suite in EACH))
def rules_early(name, suite):
    with net.Link() as link:
        Served(link, suite, early=EARLY[name]).refused("confirmation")


@tap.case(*((name,) for name in HYBRID_KEYS))
def rules_hybrid_key_of_b(name):
    fault, why = HYBRID_KEYS[name]
    with net.Link() as link:
        Served(link, HYBRID[0], fault=fault).refused(why)


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


# The records of 3.1 are those of 3.0, under other keys.
RECORDS = [*((name, suite) for name in ["right", *BROKEN_RECORDS] for suite in SUITES),
           *(("right", suite) for suite in HYBRID)]


@tap.case(*RECORDS)
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

    def __init__(self, link, suite=SUITES[0], one=None, before=None):
        self.one = one or real(link, 1, suite)
        self.peer, self.server = link.pair(net.V4)
        self.peer.settimeout(mta.LIMIT)
        mta.attach(self.server)
        self.a = three().Client(mta.suites(self.server), suite, before)
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


@tap.case(*((name, octets, suite) for name in CONFIRMATIONS for octets in (0, 60000) for suite in EACH))
def rules_confirmation(name, octets, suite):
    """b says so and closes; what comes behind, which may be records, does not eat the answer."""
    with net.Link() as link:
        s = Asked(link, suite)
        s.peer.sendall(b"XCRYPT OK " + three().b64(CONFIRMATIONS[name](s.a)) + b"\r\n" + bytes(octets))
        as_said(mta.wait(s.server), BROKEN, "b")
        tap.equal(s.answer(), b"454 4.7.0 XCRYPT FAIL\r\n", "b's answer")
        tap.equal(s.peer.recv(1), b"", "what came behind it")
        reason(s.one, "in", "confirmation")


# FIPS 203, 7.2: a coefficient that is not reduced. Of K_a the first two have the first three octets.
def coefficient_of_q(key):
    return mlkem.Q.to_bytes(2, "little") + bytes(1) + key[3:]


HYBRID_KEYS_OF_A = {
    "coefficient-of-q": (coefficient_of_q, b"454 4.7.0", "public-key"),
    "zero-point": (lambda key: key[:-32] + bytes(32), b"454 4.7.0", "public-key"),
    "without-mlkem": (lambda key: key[-32:], b"501 5.5.4", "syntax"),
    "an-octet-less": (lambda key: key[:-1], b"501 5.5.4", "syntax"),
    "an-octet-more": (lambda key: key + bytes(1), b"501 5.5.4", "syntax"),
}


@tap.case(*((name,) for name in HYBRID_KEYS_OF_A))
def rules_hybrid_key_of_a(name):
    """The session goes on in the clear."""
    change, code, why = HYBRID_KEYS_OF_A[name]
    with net.Link() as link:
        one = real(link, 1, HYBRID[0])
        peer, server = link.pair(net.V4)
        peer.settimeout(mta.LIMIT)
        mta.attach(server)
        a = three().Client(mta.suites(server), HYBRID[0])
        a.key = change(a.key)
        mta.ask(server, mta.SERVER, a.first() + b"\r\n")
        tap.equal(mta.line_of(peer), code + b" XCRYPT FAIL\r\n", "b's answer")
        as_said(mta.wait(server), ANSWERED, "b")
        reason(one, "in", why)


@tap.case(*((suite,) for suite in EACH))
def rules_a_known_key(suite):
    """b says the same K_b to a K_a that it knows, without an operation, and the secrets are others."""
    with net.Link() as link:
        first = Asked(link, suite)
        confirm(first)
        before = first.one.stats()["public_key_operations_total"]
        second = Asked(link, suite, first.one, first.a)
        confirm(second)
        tap.equal(second.a.key_b, first.a.key_b, "K_b")
        tap.check(second.a.secrets.session != first.a.secrets.session, "the same session twice")
        tap.equal(first.one.stats()["public_key_operations_total"], before, "public-key operations")


def confirm(s):
    s.peer.sendall(s.last())
    tap.equal(mta.wait(s.server).kind, mta.ENCRYPTED, "b's outcome")
    tap.equal(s.answer(), b"250 XCRYPT OK " + three().b64(s.a.secrets.confirm["S"]) + b"\r\n",
              "b's last line")


@tap.case()
def rules_mlkem_of_the_vectors():
    """This peer's ML-KEM is that of the vectors, what it makes of a changed ciphertext included."""
    with open(VECTORS, encoding="ascii") as file:
        all_of_them = json.load(file)
    for vector in all_of_them["v21"] + all_of_them["v31"]:
        v = {name: bytes.fromhex(vector[name]) for name in (
            "mlkem_d_a", "mlkem_z_a", "mlkem_m_b", "K_a", "K_b", "mlkem_secret", "mlkem_secret_rejected")}
        own = mlkem.Pair(v["mlkem_d_a"], v["mlkem_z_a"])
        tap.equal(own.key, v["K_a"][:mlkem.KEY], "encapsulation key")
        secret, ciphertext = mlkem.encapsulate(own.key, v["mlkem_m_b"])
        tap.equal(ciphertext, v["K_b"][:mlkem.CIPHERTEXT], "ciphertext")
        tap.equal([secret, own.decapsulate(ciphertext), own.decapsulate(flipped(ciphertext))],
                  [v["mlkem_secret"], v["mlkem_secret"], v["mlkem_secret_rejected"]], "secrets")


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


@tap.case(*RECORDS)
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
