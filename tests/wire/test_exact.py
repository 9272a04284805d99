# SPDX-License-Identifier: GPL-2.0
"""The wire shows the cipher's keystream over the plaintext, and not an octet more."""
import random

import xcrypt
from capture import Conversation
from keystream import CIPHERS
from net import V4, V6, Link
from tap import case, equal
from xcrypt import Background

LENGTH = 150 * 1000
CLEAR = b"220 mail.example ESMTP\r\n"
FAMILIES = {"v4": V4, "v6": V6}


def sizes(seed):
    """Of writes: short ones, some at the edges of blocks and pages, a few long ones."""
    rng = random.Random(seed)
    while True:
        yield rng.choice((1, 2, 15, 63, 64, 65, 1000, 4095, 4096, 4097, 20000,
                          rng.randrange(1, 9000)))


def both_ways(ends, plain):
    """Sends both plaintexts at once in pieces and returns what arrived."""
    senders = [Background(xcrypt.send_pieces, ends[i], plain[i], sizes(i)) for i in (0, 1)]
    got = [Background(xcrypt.receive, ends[1 - i], len(plain[i])) for i in (0, 1)]
    for sender in senders:
        sender.result()
    return [g.result() for g in got]


@case(*((cipher, family) for cipher in CIPHERS for family in FAMILIES))
def exact_ciphertext_both_ways(cipher, family):
    plain = [xcrypt.plaintext(LENGTH, seed) for seed in (0, 1)]
    with Link() as link:
        with Conversation(link, FAMILIES[family]) as talk:
            xcrypt.encrypt(*talk.ends, cipher)
            got = both_ways(talk.ends, plain)
            counts = [xcrypt.octets(end, option)
                      for end in talk.ends for option in (xcrypt.TX, xcrypt.RX)]
    equal(counts, [LENGTH] * 4, "octets that getsockopt counts")
    for i in (0, 1):
        equal(got[i], plain[i], "what arrived from side %d" % i)
        talk.streams[i].equals(xcrypt.ciphertext(cipher, i, plain[i]), "sent by side %d" % i)


@case(*((cipher,) for cipher in CIPHERS))
def switch_in_mid_stream_is_exact(cipher):
    """Octets before the key are clear, the first one behind it is not."""
    plain = xcrypt.plaintext(5000)
    with Link() as link:
        with Conversation(link, V4) as talk:
            first, second = talk.ends
            first.sendall(CLEAR)
            xcrypt.attach(first)
            first.sendall(CLEAR)
            xcrypt.set_key(first, xcrypt.TX, cipher, 0)
            first.sendall(plain)
            equal(xcrypt.receive(second, 2 * len(CLEAR)), 2 * CLEAR, "what came in the clear")
            xcrypt.attach(second)
            xcrypt.set_key(second, xcrypt.RX, cipher, 0)
            equal(xcrypt.receive(second, len(plain)), plain, "what came encrypted")
            second.sendall(CLEAR)
            equal(xcrypt.receive(first, len(CLEAR)), CLEAR, "the direction without key")
    talk.streams[0].equals(2 * CLEAR + xcrypt.ciphertext(cipher, 0, plain), "sent by side 0")
    talk.streams[1].equals(CLEAR, "sent by side 1")
