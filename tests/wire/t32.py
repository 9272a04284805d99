# SPDX-License-Identifier: GPL-2.0
"""SOBER-t32 in plain Python, after its description alone: the judge of the module's.

A model, not a fast one. test_keystream.py holds it against the published vectors.
"""

MASK = 0xffffffff
ALPHA = 0xc2db2aa3
FIELD = 0x165656565
FLIP = 0x6996c53a

SBOX = [int(word, 16) for word in """
a3aa1887 d75e435c 0965c042 830e6ef4 f857ee20 4884fed3 f666c502 f454e8ae
b32ee9d9 211f38d4 15829b5d 785cdf3c 99864249 b12e3963 aff4429f f9432c35
e7f40325 2dc0dd70 4d973ded 8a02dc5e ce175b42 4c0012bf ca94d78c 2eaab26b
52c11b9a 95168146 d9ea8ec5 1e8ac28f 4eed5c0f 38b4101c 442db082 280929e1
0a1843de df8299fc 022fbc4b a03915dd 17a803fa f146b2de 60233342 68cee7c3
12d607ef b797ebab 7a7f859b c31f2e2f e95b71da fae2269a 3d39c3d1 53a56b36
96c9def2 84c9fc5f 6b27b3a3 baa56ddf f225b510 630f85a7 9ae82e71 19cb8816
7c951e2a aef5f6af e5cbc2b3 f54ff55d f76b6214 160b83e3 6a9ea6f5 a2e041af
392f1f17 b63b99ee 7ba65ec0 0f7016c6 c17709a4 93326e01 81b280d9 1bfb1418
eeaff227 b4548203 1a6b9d96 ea17a8c0 d0d5bf6e 91ee7888 2ffcfe64 b8a193cd
550d0184 b9ae4930 da014f36 85a87088 3fad6c2a 4122c678 bf204de7 e0c2e759
5a00248e 583b446b 800d9fc2 5f14a895 666cc3a1 0bfef170 d8c19155 907b8a66
351b5e69 d5a8623e c0bdfa35 a7f068cc 333a6acd 0655e936 65602db9 69df13c1
450bb16d 0080b83c 94b23763 56d8a911 6db6bc13 985579d7 9b5c2fa8 76f4196e
97db5476 fc64a866 b26e16ad c27fc515 b06feb3c fec8a306 db6799d9 201a9133
e12466dd ebeb5dcd d6118f50 e4afb226 ddb9cef3 47b36189 4a7a19b1 1dc73084
427ded5c ed8bc58f 9edde421 6e1e47fb 49cc715e 3cc0ff99 cd122f0f 43d25184
277a5e6c d2bf18bc 07d7c6e0 d4b7e420 de1f523f c7d9b8a2 67da1a6b 18888c02
89d1e354 cbba7d79 30cc7753 1f2d9655 8d829da1 c61590a7 8fc1c149 aa537f1c
c8779b69 7471f2b7 dc3c58fa c9dc4418 5d8c8c76 5c20d9f0 31a80d4d a474c473
709410e9 880e4211 61c8082b 2c6b334a 9ff68ed2 0d43cc1b 2b3c0ff3 87e564a0
50f55a4f 8240f8e7 54a7f15f 6400fe21 266d37d6 7dd506f1 03e00973 40bbde36
34670fa8 4b31ab9e 1cdab618 731f52f5 d158eb4f c4b9e343 fd8d77dd 3bb93da6
cc0fd52d fb5412f8 7fa63360 abe53ad0 e6700f1c 3e24ed0b 5b3dc1ec a5366795
ad549d15 04ce46d7 237abe76 9c48e0a0 14f07c02 511249b7 229ed6ba f0a47f78
29cfffbd 7907ca84 7165f4da 7e9f35da ffd2aa44 8c7452ac 0ed674a7 e261a46a
0c63152a ef12b7aa bc615927 724fb118 7551758d 6f81687b 3752f0b3 a14254ed
ecc77271 d331acab 8ef94aec 62e994cd 8b4d9e81 86623730 108a21e8 e8917f0b
08a9b5d6 7797adf8 11d30431 becac921 92b35d46 4f430a36 24194022 c5bca65e
32ec70ba 36aea8cc 9d7bae8b cf2924d5 f3098a5a a6396b81 bbde2522 ac5c1cb8
5eb8fe1d 6cb3c697 a9164f83 13c16376 5719224c 25203b35 b53ac0fe e366a19a
bdf0b24f a8fda998 3ad52d71 010896a8 05e6053f 59b0d300 2a99cbcc 465e3d40
""".split()]


def product(a, b):
    """In the field of 2^32 elements."""
    result = 0
    while b:
        if b & 1:
            result ^= a
        a <<= 1
        if a >> 32:
            a ^= FIELD
        b >>= 1
    return result


TIMES_ALPHA = [[product(ALPHA, octet << shift) for octet in range(256)]
               for shift in (0, 8, 16, 24)]


def words_of(data):
    """Big-endian words; what is left over comes first, as one short word."""
    short = len(data) % 4
    if short:
        yield int.from_bytes(data[:short], "big")
    for i in range(short, len(data), 4):
        yield int.from_bytes(data[i:i + 4], "big")


class T32:
    def __init__(self, key, nonce=None):
        self.r = [1, 1]
        while len(self.r) < 17:
            self.r.append((self.r[-1] + self.r[-2]) & MASK)
        self.konst = 0
        self.load(key)
        self.clock()
        self.konst = self.filter()
        if nonce is not None:
            self.load(nonce)
        self.stutter = []
        self.rest = b""

    def clock(self):
        r = self.r
        old = r.pop(0)
        t = TIMES_ALPHA
        r.append(r[14] ^ r[3] ^ t[0][old & 255] ^ t[1][old >> 8 & 255] ^
                 t[2][old >> 16 & 255] ^ t[3][old >> 24])

    def filter(self):
        r = self.r
        x = (r[0] + r[16]) & MASK
        x = SBOX[x >> 24] ^ (x & 0xffffff)
        return (((x + r[1] + r[6]) & MASK ^ self.konst) + r[13]) & MASK

    def mix(self):
        self.clock()
        self.r[4] ^= self.filter()

    def load(self, data):
        for word in words_of(data):
            self.r[15] = (self.r[15] + word) & MASK
            self.mix()
        self.r[15] = (self.r[15] + len(data)) & MASK
        for _ in range(17):
            self.mix()

    def dibit(self):
        if not self.stutter:
            self.clock()
            control = self.filter()
            self.stutter = [control >> shift & 3 for shift in range(0, 32, 2)]
        return self.stutter.pop(0)

    def word(self):
        while True:
            what = self.dibit()
            self.clock()
            if what == 1:
                out = self.filter() ^ FLIP
                self.clock()
                return out
            if what == 2:
                self.clock()
                return self.filter()
            if what == 3:
                return self.filter() ^ FLIP ^ MASK

    def stream(self, count):
        out = bytearray(self.rest)
        while len(out) < count:
            out += self.word().to_bytes(4, "big")
        self.rest = bytes(out[count:])
        return bytes(out[:count])
