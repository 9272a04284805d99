# SPDX-License-Identifier: GPL-2.0
"""
Version 3.0 by other code than the daemon's and the kernel's: a peer that can say everything right,
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

AEADS = {"chachapoly_3.0": aead.ChaCha20Poly1305, "aes256gcm_3.0": aead.AESGCM}
PADDING, TAG, END, LONGEST = 128, 16, 65535, 16386


def b64(octets):
    return base64.b64encode(octets)


def raw(public):
    return public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def pair(private=None):
    """A key pair of X25519: (private, its public octets)."""
    private = (x25519.X25519PrivateKey.from_private_bytes(private) if private else
               x25519.X25519PrivateKey.generate())
    return private, raw(private.public_key())


def identity(seed=None):
    return (ed25519.Ed25519PrivateKey.from_private_bytes(seed) if seed else
            ed25519.Ed25519PrivateKey.generate())


def proof(signer, key_a, key_b, version=b"3.0", label=b"xcrypt3 identity"):
    """S_b."""
    lines = b"XCRYPT %s %s\r\nXCRYPT %s\r\n" % (version, b64(key_a), b64(key_b))
    return signer.sign(label + hashlib.sha256(lines).digest())


class Secrets:
    """All that follows from the lines: words is b's list, first and reply as they are in T."""

    def __init__(self, suite, private, peer, nonces, words, first, reply):
        shared = private.exchange(x25519.X25519PublicKey.from_public_bytes(peer))
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
        self.aead, self.key, self.iv, self.number = AEADS[suite](key), key, iv, 0

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
        self.nonce = hashlib.sha256(self.key).digest()[:16]
        self.signer = signer or identity()
        self.signature = proof(self.signer, self.key_a, self.key)

    def point(self):
        return raw(self.signer.public_key())

    def reply(self):
        """The first reply, without CRLF; the secrets go by what is set until now."""
        signed = b" ".join([b"XCRYPT", *map(b64, (self.key, self.nonce, self.point(), self.signature))])
        self.secrets = Secrets(self.suite, self.private, self.key_a, (self.nonce_a, self.nonce),
                               self.words, self.first, signed)
        return b"250 " + signed + b" " + b64(self.secrets.early)

    def last(self):
        return b"250 XCRYPT OK " + b64(self.secrets.confirm["S"])


class Client:
    """a."""

    def __init__(self, words, suite):
        self.words, self.suite = words, suite
        self.private, self.key = pair()
        self.nonce = hashlib.sha256(self.key).digest()[:16]

    def first(self):
        return b"XCRYPT %s %s %s" % (self.suite.encode(), b64(self.key), b64(self.nonce))

    def take(self, reply):
        """b's first reply: what is wrong with it is for us to say."""
        code, verb, *values = reply.rstrip(b"\r\n").split(b" ")
        key, nonce, point, signature, early = map(base64.b64decode, values)
        ed25519.Ed25519PublicKey.from_public_bytes(point).verify(signature, b"xcrypt3 identity" + hashlib.sha256(
            b"XCRYPT 3.0 %s\r\nXCRYPT %s\r\n" % (b64(self.key), b64(key))).digest())
        self.secrets = Secrets(self.suite, self.private, key, (self.nonce, nonce), self.words,
                               self.first(), b" ".join([verb, *values[:4]]))
        if (code, early) != (b"250", self.secrets.early):
            raise ValueError("V_b is wrong")

    def last(self):
        return b"XCRYPT OK " + b64(self.secrets.confirm["C"])
