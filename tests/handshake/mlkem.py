# SPDX-License-Identifier: GPL-2.0
"""
ML-KEM-768 (FIPS 203) as its text has it, for peers of the tests: other code than libcrypto's, which
the daemon uses, and there where libcrypto has none. It is slow and its times tell the key.
"""
import hashlib
import os

Q, K, DU, DV = 3329, 3, 10, 4
KEY, CIPHERTEXT = 384 * K + 32, 32 * (DU * K + DV)      # octets

_REVERSED = [int("{:07b}".format(i)[::-1], 2) for i in range(128)]
ZETAS = [pow(17, i, Q) for i in _REVERSED]
GAMMAS = [pow(17, 2 * i + 1, Q) for i in _REVERSED]


# --- octets and polynomials: sections 4.1 and 4.2 ---

def G(octets):
    digest = hashlib.sha3_512(octets).digest()
    return digest[:32], digest[32:]


def H(octets):
    return hashlib.sha3_256(octets).digest()


def encode(bits, f):
    return sum(x << bits * i for i, x in enumerate(f)).to_bytes(32 * bits, "little")


def decode(bits, octets):
    number = int.from_bytes(octets, "little")
    return [number >> bits * i & (1 << bits) - 1 for i in range(256)]


def compress(bits, f):
    return [((x << bits + 1) + Q) // (2 * Q) % (1 << bits) for x in f]


def decompress(bits, f):
    return [(2 * x * Q + (1 << bits)) >> bits + 1 for x in f]


def uniform(seed):
    """SampleNTT. 2048 octets are twice what the numbers below Q take."""
    octets = hashlib.shake_128(seed).digest(2046)
    found = []
    for at in range(0, len(octets), 3):
        number = int.from_bytes(octets[at:at + 3], "little")
        found += [x for x in (number & 0xfff, number >> 12) if x < Q]
    return found[:256]


def small(seed, number):
    """SamplePolyCBD of PRF: eta is 2 for all."""
    bits = int.from_bytes(hashlib.shake_256(seed + bytes([number])).digest(128), "little")
    nibbles = [bits >> 4 * i & 15 for i in range(256)]
    return [((x & 1) + (x >> 1 & 1) - (x >> 2 & 1) - (x >> 3)) % Q for x in nibbles]


# --- the transform: section 4.3 ---

def ntt(f):
    f, number, length = list(f), 1, 128
    while length >= 2:
        for start in range(0, 256, 2 * length):
            for j in range(start, start + length):
                t = ZETAS[number] * f[j + length]
                f[j], f[j + length] = (f[j] + t) % Q, (f[j] - t) % Q
            number += 1
        length //= 2
    return f


def inverse(f):
    f, number, length = list(f), 127, 2
    while length <= 128:
        for start in range(0, 256, 2 * length):
            for j in range(start, start + length):
                f[j], f[j + length] = ((f[j] + f[j + length]) % Q,
                                       ZETAS[number] * (f[j + length] - f[j]) % Q)
            number -= 1
        length *= 2
    return [x * 3303 % Q for x in f]


def add(*summands):
    return [sum(xs) % Q for xs in zip(*summands)]


def multiply(f, g):
    h = []
    for i, gamma in enumerate(GAMMAS):
        (a0, a1), (b0, b1) = f[2 * i:2 * i + 2], g[2 * i:2 * i + 2]
        h += [(a0 * b0 + a1 * b1 * gamma) % Q, (a0 * b1 + a1 * b0) % Q]
    return h


def product(fs, gs):
    return add(*map(multiply, fs, gs))


def matrix(rho):
    return [[uniform(rho + bytes([j, i])) for j in range(K)] for i in range(K)]


# --- K-PKE and ML-KEM: sections 5 and 6 ---

def encrypt(key, message, seed):
    t = [decode(12, key[384 * i:384 * i + 384]) for i in range(K)]
    a = matrix(key[384 * K:])
    y = [ntt(small(seed, i)) for i in range(K)]
    u = [add(inverse(product(column, y)), small(seed, K + i)) for i, column in enumerate(zip(*a))]
    v = add(inverse(product(t, y)), small(seed, 2 * K), decompress(1, decode(1, message)))
    return b"".join(encode(DU, compress(DU, f)) for f in u) + encode(DV, compress(DV, v))


def encapsulate(key, message=None):
    """(the shared secret, the ciphertext)"""
    message = message or os.urandom(32)
    secret, seed = G(message + H(key))
    return secret, encrypt(key, message, seed)


class Pair:
    """key: the encapsulation key."""

    def __init__(self, d=None, z=None):
        self.z = z or os.urandom(32)
        rho, sigma = G((d or os.urandom(32)) + bytes([K]))
        self.s = [ntt(small(sigma, i)) for i in range(K)]
        e = [ntt(small(sigma, K + i)) for i in range(K)]
        t = [add(product(row, self.s), e[i]) for i, row in enumerate(matrix(rho))]
        self.key = b"".join(encode(12, f) for f in t) + rho

    def decrypt(self, ciphertext):
        u = [ntt(decompress(DU, decode(DU, ciphertext[32 * DU * i:32 * DU * (i + 1)])))
             for i in range(K)]
        v = decompress(DV, decode(DV, ciphertext[32 * DU * K:]))
        noisy = inverse(product(self.s, u))
        return encode(1, compress(1, add(v, [-x for x in noisy])))

    def decapsulate(self, ciphertext):
        message = self.decrypt(ciphertext)
        secret, seed = G(message + H(self.key))
        if encrypt(self.key, message, seed) == ciphertext:
            return secret
        return hashlib.shake_256(self.z + ciphertext).digest(32)
