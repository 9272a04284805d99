# SPDX-License-Identifier: GPL-2.0
"""An octet that is sent again is the same octet, however TCP cuts its segments."""
import contextlib
import os
import random
import socket

import test_paths
import xcrypt
from capture import Conversation
from keystream import CIPHERS
from net import V4, Link
from tap import Skip, case, check, equal, say
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


def send_in_pieces(_link, sock, plain):
    xcrypt.send_pieces(sock, plain, sizes(1))


def lossy_transfer(link, cipher, options=(), send=send_in_pieces):
    plain = xcrypt.plaintext(LENGTH)
    # On the side that drops, before it does: a capture beside a sender whose allocations
    # fail would miss frames.
    with Conversation(link, V4, options, side=1) as talk:
        first, second = talk.ends
        xcrypt.encrypt(first, second, cipher)
        link.run(1, "nft", "-f", "-", input=DROP)
        got = Background(xcrypt.receive, second, LENGTH)
        send(link, first, plain)
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


FAILSLAB = "/sys/kernel/debug/failslab"


@contextlib.contextmanager
def failing_allocations(percent):
    """In a process that asks for it, which this one is not."""
    if not os.path.isdir(FAILSLAB):
        raise Skip("this kernel has no fault injection, the debug kernel has")

    def put(name, value):
        with open(os.path.join(FAILSLAB, name), "w", encoding="ascii") as file:
            file.write(str(value))

    for name, value in (("verbose", 0), ("ignore-gfp-wait", "N"), ("task-filter", "Y"),
                        ("times", -1), ("probability", percent)):
        put(name, value)
    try:
        yield
    finally:
        put("probability", 0)


def send_while_allocations_fail(link, sock, plain):
    with failing_allocations(10):
        test_paths.write_by(link, sock, "send", plain, 30000, {"PATH_FAIL": "1"})


@case(*((cipher,) for cipher in CIPHERS))
def lost_segments_are_repeated_exactly_while_allocations_fail(cipher):
    with Link() as link:
        link.ip("link set v0 gso_max_segs 1", side=0)
        lossy_transfer(link, cipher, send=send_while_allocations_fail)
        count = link.stat(0)["XcryptRollback"]
    say("%d roll-backs" % count)
    check(count > 0, "the sender never rolled back")
