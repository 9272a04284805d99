# SPDX-License-Identifier: GPL-2.0
"""A TCP peer that scapy plays, at an address that no kernel owns, so that none answers."""
import errno
import select
import socket
import time

from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

import tap
import xcrypt
from capture import ACK, ETH_P_ALL, RST, SYN, Stream, parse
from net import ADDRESS, MAC, NOBODY, V4, limit

PORT = 2525
ISN = 0xfffffc00        # sequence numbers wrap round after a kilobyte
WAIT = 5                # seconds; a retransmission takes a few tenths


class Peer:
    """self.sock is the kernel's socket, connected to us. Without cipher all is plain."""

    def __init__(self, link, family, cipher, options=(), window=65535, length=8000):
        self.family = family
        self.cipher = cipher
        self.window = window
        self.plain = xcrypt.plaintext(length)
        self.coded = xcrypt.ciphertext(cipher, 1, self.plain) if cipher else self.plain
        self.raw = link.socket(1, socket.AF_PACKET, socket.SOCK_RAW)
        with link.inside(1):
            self.raw.bind(("v1", ETH_P_ALL))
        self.segments = []
        self.acked = 0          # octets of ours that the kernel has acknowledged
        self.connect(limit(link.socket(0, family)), options)
        if cipher:
            xcrypt.attach(self.sock)
            xcrypt.set_key(self.sock, xcrypt.TX, cipher, 0)
            xcrypt.set_key(self.sock, xcrypt.RX, cipher, 1)
        else:
            # What attaching does, too.
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)

    def connect(self, sock, options):
        self.sock = sock
        for level, name, value in options:
            sock.setsockopt(level, name, value)
        sock.bind((ADDRESS[self.family][0], 0))
        self.port = sock.getsockname()[1]
        sock.setblocking(False)
        connecting = sock.connect_ex((NOBODY[self.family], PORT))
        tap.check(connecting == errno.EINPROGRESS, "connect: error %d" % connecting)
        self.wait(lambda s: s.flags & SYN, "SYN")
        self.acknowledge = (self.segments[0].seq + 1) & 0xffffffff
        self.put("SA", -1, options=[("MSS", 1000)])
        self.wait(lambda s: s.flags & ACK, "the handshake's last segment")
        sock.setblocking(True)

    def put(self, flags, at, data=b"", urgent=0, options=()):
        """A segment whose first octet is number at of our stream."""
        ip = IP if self.family == V4 else IPv6
        segment = TCP(sport=PORT, dport=self.port, flags=flags, seq=(ISN + 1 + at) & 0xffffffff,
                      ack=self.acknowledge, window=self.window, urgptr=urgent,
                      options=list(options))
        self.emit(ip(src=NOBODY[self.family], dst=ADDRESS[self.family][0]) / segment / data)

    def emit(self, packet):
        self.raw.send(bytes(Ether(dst=MAC[0], src=MAC[1]) / packet))

    def data(self, start, end, flags="PA", urgent=None):
        """Octets start to end of our stream. Octet number urgent is the last urgent one."""
        if urgent is not None:
            flags += "U"
        self.put(flags, start, self.coded[start:end],
                 0 if urgent is None else urgent - start + 1)

    def wait(self, condition, what, seconds=WAIT):
        """Collects the kernel's segments until there is one like that, and returns it."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            tap.check(left > 0 and select.select([self.raw], [], [], left)[0],
                      "no %s within %d seconds" % (what, seconds))
            segment = self.take()
            if segment and condition(segment):
                return segment

    def take(self):
        segment = parse(0, self.raw.recv(1 << 17))
        if not segment or (segment.src, segment.sport) != (ADDRESS[self.family][0], self.port):
            return None
        self.segments.append(segment)
        if segment.flags & ACK and not segment.flags & RST:
            self.acked = (segment.ack - ISN - 1) & 0xffffffff
        return segment

    def wait_acked(self, count):
        if self.acked != count:
            self.wait(lambda s: self.acked == count, "acknowledgment of octet %d" % count)

    def wait_sent(self, count):
        """Until the kernel has sent so many octets of its stream."""
        if len(self.sent()) < count:
            self.wait(lambda s: len(self.sent()) >= count, "octet %d of the kernel's" % count)

    def sent(self):
        """The kernel's stream so far. Its copies agree, else this fails."""
        return bytes(Stream(self.segments, (ADDRESS[self.family][0], self.port)).data)

    def ack(self, count):
        """We have that many octets of the kernel's stream."""
        self.acknowledge = (self.segments[0].seq + 1 + count) & 0xffffffff
        self.put("A", 0)

    def too_big(self, mtu):
        """A router tells the kernel that its first segment did not fit."""
        first = next(s for s in self.segments if s.data)
        quoted = first.frame[14:14 + 28]
        self.emit(IP(src=NOBODY[V4], dst=ADDRESS[V4][0]) /
                  ICMP(type=3, code=4, nexthopmtu=mtu) / quoted)

    def recv(self, count, flags=0):
        """What one call gives: octets, or the name of the error."""
        try:
            return self.sock.recv(count, flags)
        except OSError as error:
            return errno.errorcode[error.errno]

    def read(self, count):
        return xcrypt.receive(self.sock, count)

    def close(self):
        self.put("R", self.acked)
        self.sock.close()
        self.raw.close()
