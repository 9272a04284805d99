# SPDX-License-Identifier: GPL-2.0
"""
Version 3 by other code than the daemon's and the kernel's: a peer that can say everything right,
and so one thing wrong at a time.
"""
import base64
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519
from cryptography.hazmat.primitives.ciphers import aead
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

import mlkem

AEADS = {"chachapoly": aead.ChaCha20Poly1305, "aes256gcm": aead.AESGCM}
PADDING, TAG, END, LONGEST = 128, 16, 65535, 16386


def b64(octets):
    return base64.b64encode(octets)


def raw(public):
    return public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def version_of(suite):
    return suite.rsplit("_", 1)[1]


def is_hybrid(suite):
    return version_of(suite) == "3.1"


def pair(private=None):
    """A key pair of X25519: (private, its public octets)."""
    private = (x25519.X25519PrivateKey.from_private_bytes(private) if private else
               x25519.X25519PrivateKey.generate())
    return private, raw(private.public_key())


def exchanged(private, peer):
    return private.exchange(x25519.X25519PublicKey.from_public_bytes(peer))


def identity(seed=None):
    return (ed25519.Ed25519PrivateKey.from_private_bytes(seed) if seed else
            ed25519.Ed25519PrivateKey.generate())


def proven(key_a, key_b, version, label=b"xcrypt3 identity"):
    """What S_b signs."""
    lines = b"XCRYPT %s %s\r\nXCRYPT %s\r\n" % (version.encode(), b64(key_a), b64(key_b))
    return label + hashlib.sha256(lines).digest()


class Secrets:
    """All that follows from the lines: words is b's list, first and reply as they are in T."""

    def __init__(self, suite, shared, nonces, words, first, reply):
        self.prk = hmac.new(b"".join(nonces), shared, hashlib.sha256).digest()
        listed = b" ".join(words.lower().split())
        lines = (b"XCRYPT " + listed, first, reply)
        self.transcript = hashlib.sha256(b"".join(line + b"\r\n" for line in lines)).digest()
        self.early = self.out(b"s2c early", 16)
        self.confirm = {"C": self.out(b"c2s confirm", 16), "S": self.out(b"s2c confirm", 16)}
        self.session = self.out(b"session", 16)
        self.sealers = {who: Records(suite, self.out(way + b" key", 32), self.out(way + b" iv", 12))
                        for who, way in (("C", b"c2s"), ("S", b"s2c"))}

    def out(self, label, length):
        return HKDFExpand(hashes.SHA256(), length, b"xcrypt3 " + label + self.transcript).derive(
            self.prk)


class Records:
    """One direction."""

    def __init__(self, suite, key, iv):
        self.aead, self.key, self.iv, self.number = AEADS[suite.split("_")[0]](key), key, iv, 0

    def nonce(self):
        number = int.from_bytes(self.iv, "big") ^ self.number
        self.number += 1
        return number.to_bytes(12, "big")

    def seal_inner(self, inner):
        length = struct.pack(">H", len(inner))
        return length + self.aead.encrypt(self.nonce(), inner, length)

    def seal(self, payload, padding=PADDING, count=None, fill=b"\0"):
        """count: what is said instead of how long the payload is; fill: in the place of zeros."""
        inner = struct.pack(">H", len(payload) if count is None else count) + payload
        inner += fill * min(-len(inner) % padding, LONGEST - len(inner))
        return self.seal_inner(inner)

    def end(self):
        return self.seal(b"", count=END)

    def open(self, record):
        """The payload; None: the end record."""
        inner = self.aead.decrypt(self.nonce(), record[2:], record[:2])
        count = struct.unpack(">H", inner[:2])[0]
        if count == END:
            return None
        if any(inner[2 + count:]):
            raise ValueError("padding is not zero")
        return inner[2:2 + count]


class Server:
    """b: makes its reply to a's first line and, from a's confirmation on, records."""

    def __init__(self, words, first, signer=None):
        self.words, self.first = words, first
        _, suite, key, nonce = first.split(b" ")
        self.suite, self.key_a, self.nonce_a = suite.decode(), base64.b64decode(key), base64.b64decode(nonce)
        self.private, self.key = pair()
        self.mlkem_secret = b""
        if is_hybrid(self.suite):
            self.mlkem_secret, ciphertext = mlkem.encapsulate(self.key_a[:mlkem.KEY])
            self.key = ciphertext + self.key
        self.nonce = hashlib.sha256(self.key).digest()[:16]
        self.signer = signer or identity()
        self.sign()

    def sign(self, signer=None, key_a=None, key_b=None, **more):
        """What differs from what is right."""
        self.signature = (signer or self.signer).sign(proven(
            key_a or self.key_a, key_b or self.key, **{"version": version_of(self.suite), **more}))

    def point(self):
        return raw(self.signer.public_key())

    def shared(self):
        return self.mlkem_secret + exchanged(self.private, self.key_a[-32:])

    def reply(self):
        """The first reply, without CRLF; the secrets go by what is set until now."""
        signed = b" ".join([b"XCRYPT", *map(b64, (self.key, self.nonce, self.point(), self.signature))])
        self.secrets = Secrets(self.suite, self.shared(), (self.nonce_a, self.nonce), self.words,
                               self.first, signed)
        return b"250 " + signed + b" " + b64(self.secrets.early)

    def last(self):
        return b"250 XCRYPT OK " + b64(self.secrets.confirm["S"])


class Client:
    """a. One that has a key pair already can be given to another."""

    def __init__(self, words, suite, before=None):
        self.words, self.suite = words, suite
        if before:
            self.private, self.mlkem, self.key = before.private, before.mlkem, before.key
        else:
            self.private, self.key = pair()
            self.mlkem = mlkem.Pair() if is_hybrid(suite) else None
            self.key = (self.mlkem.key if self.mlkem else b"") + self.key
        self.nonce = hashlib.sha256(self.key + bytes([bool(before)])).digest()[:16]

    def first(self):
        return b"XCRYPT %s %s %s" % (self.suite.encode(), b64(self.key), b64(self.nonce))

    def shared(self, key_b):
        return (self.mlkem.decapsulate(key_b[:-32]) if self.mlkem else b"") + \
            exchanged(self.private, key_b[-32:])

    def take(self, reply):
        """b's first reply: what is wrong with it is for us to say."""
        code, verb, *values = reply.rstrip(b"\r\n").split(b" ")
        self.key_b, nonce, point, signature, early = map(base64.b64decode, values)
        ed25519.Ed25519PublicKey.from_public_bytes(point).verify(
            signature, proven(self.key, self.key_b, version_of(self.suite)))
        self.secrets = Secrets(self.suite, self.shared(self.key_b), (self.nonce, nonce), self.words,
                               self.first(), b" ".join([verb, *values[:4]]))
        if (code, early) != (b"250", self.secrets.early):
            raise ValueError("V_b is wrong")

    def last(self):
        return b"XCRYPT OK " + b64(self.secrets.confirm["C"])
