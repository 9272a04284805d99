# SPDX-License-Identifier: GPL-2.0
"""An octet that is sent again is the same octet, however TCP cuts its segments."""
import random
import socket

import xcrypt
from capture import Conversation
from keystream import CIPHERS
from net import V4, Link
from tap import case, check, equal, say
from xcrypt import Background

LENGTH = 200 * 1000

# Every eighth segment with data from the first on; handshake and pure ACKs pass.
DROP = """
table inet wire {
	chain in {
		type filter hook prerouting priority raw;
		iifname v1 meta length > 150 numgen inc mod 8 == 0 counter drop
	}
}
"""
# The least that TCP grants: a piece that spans several buffers overruns it in the middle.
SMALL = ((socket.SOL_SOCKET, socket.SO_SNDBUF, 1), (socket.SOL_TCP, socket.TCP_MAXSEG, 536))


def sizes(seed):
    rng = random.Random(seed)
    while True:
        yield rng.choice((700, 3000, 4096, 9000, 40000))


def lossy_transfer(link, cipher, options=()):
    plain = xcrypt.plaintext(LENGTH)
    with Conversation(link, V4, options) as talk:
        first, second = talk.ends
        xcrypt.encrypt(first, second, cipher)
        link.run(1, "nft", "-f", "-", input=DROP)
        got = Background(xcrypt.receive, second, LENGTH)
        xcrypt.send_pieces(first, plain, sizes(1))
        equal(got.result(), plain, "what arrived")
    stream = talk.streams[0]
    say("%d octets were sent again" % stream.again)
    check(stream.again > 0, "nothing was sent again: %s" % link.run(1, "nft", "list", "ruleset"))
    stream.equals(xcrypt.ciphertext(cipher, 0, plain), "sent by side 0")


@case(*((cipher, "tso-" + tso) for cipher in CIPHERS for tso in ("on", "off")))
def lost_segments_are_repeated_exactly(cipher, tso):
    with Link() as link:
        if tso == "tso-off":
            link.features("tso", "off", "gso", "off")
        lossy_transfer(link, cipher)


@case(*((cipher,) for cipher in CIPHERS))
def lost_segments_after_rollbacks_are_repeated_exactly(cipher):
    with Link() as link:
        link.ip("link set v0 gso_max_segs 1", side=0)
        lossy_transfer(link, cipher, SMALL)
        count = link.stat(0)["XcryptRollback"]
    say("%d roll-backs" % count)
    check(count > 0, "the sender never rolled back")
