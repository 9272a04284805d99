# SPDX-License-Identifier: GPL-2.0
"""SO_BUSY_POLL: a reader that finds nothing looks at the device for a while before it sleeps."""
import socket
import struct
import time

import xcrypt
from net import V4, Link
from tap import case, check

SO_BUSY_POLL = 46
SO_INCOMING_NAPI_ID = 56
BUSY = 1.0          # seconds; the reader waits for twice as long


def computed(sock):
    """Seconds of processor time in which the socket is found to have nothing."""
    start = time.thread_time()
    try:
        sock.recv(1)
    except BlockingIOError:
        return time.thread_time() - start
    raise AssertionError("an octet, where none was sent")


@case(("plain",), ("chacha20",))
def busy_poll(cipher):
    """A veth uses NAPI, which is what can be polled, where one end has GRO and the other no TSO."""
    with Link() as link:
        link.features("tso", "off", "gro", "on")
        first, second = link.pair(V4)
        if cipher != "plain":
            xcrypt.encrypt(first, second, cipher)
        first.sendall(b"x")
        check(second.recv(1) == b"x", "the first octet did not arrive")
        check(second.getsockopt(socket.SOL_SOCKET, SO_INCOMING_NAPI_ID) > 0,
              "the socket does not know what to poll")
        second.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(2 * BUSY), 0))
        idle = computed(second)
        second.setsockopt(socket.SOL_SOCKET, SO_BUSY_POLL, int(BUSY * 1000000))
        busy = computed(second)
        check(idle < BUSY / 4, "%.2f s of processor time asleep" % idle)
        check(busy > BUSY / 4, "%.2f s of processor time while it was to poll" % busy)
