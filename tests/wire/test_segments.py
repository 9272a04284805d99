# SPDX-License-Identifier: GPL-2.0
"""As many segments as plain TCP makes of the same writes, and no waiting for a push."""
import socket
import time

import xcrypt
from capture import Conversation
from net import V4, Link
from tap import case, check, equal, say
from xcrypt import Background

OPTIONS = {"nodelay": ((socket.SOL_TCP, socket.TCP_NODELAY, 1),), "nagle": ()}
MSS = 1448
# Seconds. A tail that is held back waits for 0.2; so does a machine that is busy with
# something else, but not each time.
STALL = 0.15
TRIES = 5


def write_all(ends, data, size, paced):
    """When each write began. Paced: it waits until the peer has read the one before."""
    first, second = ends
    begun = []
    if not paced:
        got = Background(xcrypt.receive, second, len(data))
    for at in range(0, len(data), size):
        if paced:
            got = Background(xcrypt.receive, second, size)
        begun.append(time.time())
        first.sendall(data[at:at + size])
        if paced:
            equal(got.result(), data[at:at + size], "what arrived")
    if not paced:
        equal(got.result(), data, "what arrived")
    return begun


def held_back(stream, begun, size):
    """
    The octets of the stream whose segment came long after they were written and after the
    segment before. A program that writes late, as on a busy machine, is not TCP's.
    """
    late = []
    last = 0
    for segment in stream.sent:
        at = (segment.seq - stream.isn - 1) & 0xffffffff
        if segment.time - max(last, begun[at // size]) > STALL:
            late.append(at)
        last = segment.time
    return late


def segments_of(link, cipher, size, count, options, paced):
    """How many segments the writes made, and which of them were held back."""
    data = xcrypt.plaintext(size * count)
    with Conversation(link, V4, options) as talk:
        if cipher:
            xcrypt.encrypt(*talk.ends, cipher)
        begun = write_all(talk.ends, data, size, paced)
    stream = talk.streams[0]
    return len(stream.sent), held_back(stream, begun, size)


def compare(size, count, options, paced, most):
    """most(plain) is how many segments we may make where plain TCP makes that many."""
    with Link() as link:
        link.features("tso", "off", "gso", "off", "gro", "off")
        for _ in range(TRIES):
            plain, plain_held = segments_of(link, None, size, count, options, paced)
            ours, held = segments_of(link, "chacha20", size, count, options, paced)
            say("%d segments, plain TCP %d; held back at %s, plain TCP's at %s"
                % (ours, plain, held, plain_held))
            if ours <= most(plain) and len(held) <= len(plain_held):
                return
    check(len(held) <= len(plain_held), "segments were held back, and plain TCP's were not")
    check(ours <= most(plain), "%d segments, plain TCP makes %d" % (ours, plain))


@case(*((size, count) for size, count in ((1, 20), (1448, 20), (1449, 20), (5000, 20),
                                          (16384, 20), (40000, 20), (65536, 16), (200000, 6))))
def same_segments_of_single_writes(size, count):
    compare(size, count, OPTIONS["nodelay"], True, lambda plain: plain * 1.01 + 1)


@case(*((size, count, nagle) for size, count in ((65536, 16), (16384, 32), (5000, 60), (100, 100))
        for nagle in OPTIONS))
def as_many_segments_in_a_stream_of_writes(size, count, nagle):
    """How far writes share segments is a matter of timing, but each has its natural number."""
    natural = count * -(-size // MSS)
    compare(size, count, OPTIONS[nagle], False,
            lambda plain: max(natural, plain * 1.1 + 2))


def round_trips(link, cipher, size, count):
    """Seconds that a request of this size waits for its answer, sorted."""
    request = xcrypt.plaintext(size)
    first, second = link.pair(V4)
    if cipher:
        xcrypt.encrypt(first, second, cipher)
    times = []
    for _ in range(count):
        start = time.monotonic()
        sender = Background(first.sendall, request)
        equal(xcrypt.receive(second, size), request, "the request")
        second.sendall(b"+")
        equal(xcrypt.receive(first, 1), b"+", "the answer")
        sender.result()
        times.append(time.monotonic() - start)
    return sorted(times)


@case((1,), (1449,), (4097,), (32769,), (65537,), (200001,))
def a_request_never_waits_for_a_push(size):
    with Link() as link:
        plain = round_trips(link, None, size, 15)
        ours = round_trips(link, "chacha20", size, 15)
    say("median %.1f ms, plain TCP %.1f ms" % (ours[7] * 1000, plain[7] * 1000))
    check(ours[7] < max(STALL, 2 * plain[7]), "half of the requests took %.0f ms or more"
          % (ours[7] * 1000))
