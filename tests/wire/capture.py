# SPDX-License-Identifier: GPL-2.0
"""What a device sends and receives, and the octet streams in it.

The frames are copied when they pass, into a ring that this process shares with the kernel:
a capture that kept references to the sender's pages would show, in both copies of a segment
that was sent twice, what was written there last.
"""
import collections
import ipaddress
import mmap
import socket
import struct
import threading
import time

import tap

SOL_PACKET = 263
PACKET_RX_RING = 5
PACKET_STATISTICS = 6
PACKET_VERSION = 10
TPACKET_V3 = 2
ETH_P_ALL = 3

BLOCK = 1 << 18
BLOCKS = 64
RETIRE = 20     # milliseconds until a block that is not full is handed out

FIN, SYN, RST, PSH, ACK, URG = (1 << bit for bit in range(6))

Segment = collections.namedtuple("Segment", "time src sport dst dport seq ack flags data frame")


def parse(when, frame):
    """A segment, or None for a frame that is not TCP."""
    kind = struct.unpack_from("!H", frame, 12)[0]
    if kind == 0x0800 and frame[23] == socket.IPPROTO_TCP:
        total = struct.unpack_from("!H", frame, 16)[0]
        src, dst = frame[26:30], frame[30:34]
        at, end = 14 + (frame[14] & 15) * 4, 14 + total
    elif kind == 0x86dd and frame[20] == socket.IPPROTO_TCP:
        src, dst = frame[22:38], frame[38:54]
        at, end = 54, 54 + struct.unpack_from("!H", frame, 18)[0]
    else:
        return None
    sport, dport, seq, ack, offset, flags = struct.unpack_from("!HHIIBB", frame, at)
    return Segment(when, str(ipaddress.ip_address(src)), sport, str(ipaddress.ip_address(dst)),
                   dport, seq, ack, flags, frame[at + (offset >> 4) * 4:end], frame)


class Capture:
    """Frames that pass device v<side> of a link, from the moment it is made."""

    def __init__(self, link, side):
        self.frames = []
        self.stop = threading.Event()
        self.block = 0
        self.sock = link.socket(side, socket.AF_PACKET, socket.SOCK_RAW)
        self.sock.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V3)
        self.sock.setsockopt(SOL_PACKET, PACKET_RX_RING, struct.pack(
            "7I", BLOCK, BLOCKS, BLOCK, BLOCKS, RETIRE, 0, 0))
        self.ring = mmap.mmap(self.sock.fileno(), BLOCK * BLOCKS)
        with link.inside(side):
            self.sock.bind(("v%d" % side, ETH_P_ALL))
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        while not self.stop.wait(RETIRE / 1000):
            self.drain()

    def drain(self):
        """Takes all blocks that the kernel has handed out."""
        while struct.unpack_from("I", self.ring, self.block * BLOCK + 8)[0] & 1:
            start = self.block * BLOCK
            count, at = struct.unpack_from("II", self.ring, start + 12)
            for _ in range(count):
                at = self.take(start, at)
            struct.pack_into("I", self.ring, start + 8, 0)
            self.block = (self.block + 1) % BLOCKS

    def take(self, start, at):
        following, sec, nsec, kept, length = struct.unpack_from("5I", self.ring, start + at)
        mac = start + at + struct.unpack_from("H", self.ring, start + at + 24)[0]
        tap.check(kept == length, "a frame of %d octets was cut to %d" % (length, kept))
        self.frames.append((sec + nsec / 1e9, self.ring[mac:mac + kept]))
        return at + following

    def segments(self):
        """Ends the capture. Returns all TCP segments in the order they passed."""
        time.sleep(3 * RETIRE / 1000)
        self.stop.set()
        self.reader.join()
        self.drain()
        dropped = struct.unpack("3I", self.sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 12))[1]
        tap.equal(dropped, 0, "frames that the capture lost")
        self.ring.close()
        self.sock.close()
        return [s for s in (parse(*frame) for frame in self.frames) if s]


class Stream:
    """One direction of a connection, put together by sequence number."""

    def __init__(self, segments, name):
        """What the socket of this address and port sent."""
        self.data = bytearray()
        self.known = bytearray()        # 255 for each octet that was seen
        self.again = 0                  # octets that were seen before
        self.sent = []                  # segments with data
        self.end = None
        self.isn = None
        for segment in segments:
            if (segment.src, segment.sport) == name:
                self.add(segment)
        tap.check(not self.known.count(0), "%d octets of the stream were never sent"
                  % self.known.count(0))

    def add(self, segment):
        if segment.flags & SYN:
            self.isn = segment.seq
        tap.check(self.isn is not None, "the capture misses the beginning of the connection")
        at = (segment.seq - self.isn - 1) & 0xffffffff
        if segment.data:
            self.sent.append(segment)
            self.put(at, segment.data)
        if segment.flags & FIN:
            end = at + len(segment.data)
            tap.check(self.end in (None, end), "FIN at octet %d and at %s" % (end, self.end))
            self.end = end

    def put(self, at, data):
        """Copies of an octet must be the same, whatever segments they come in."""
        end = at + len(data)
        room = bytes(max(0, end - len(self.data)))
        self.data += room
        self.known += room
        seen = self.known[at:end]
        self.again += len(seen) - seen.count(0)
        change = int.from_bytes(self.data[at:end], "big") ^ int.from_bytes(data, "big")
        tap.check(not change & int.from_bytes(seen, "big"),
                  "octets %d to %d were sent again and differ" % (at, end))
        self.data[at:end] = data
        self.known[at:end] = b"\xff" * len(data)

    def equals(self, wanted, what):
        """The stream is this, octet for octet, and as long; a FIN came right behind it."""
        tap.equal(bytes(self.data), wanted, what)
        if self.end is not None:
            tap.equal(self.end, len(wanted), what + ": place of FIN")


class Conversation:
    """A connection on a link, recorded from before its first segment until both ends closed."""

    def __init__(self, link, family, options=(), side=0):
        self.capture = Capture(link, side)
        self.ends = link.pair(family, options)
        self.segments = self.streams = None

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        names = [end.getsockname()[:2] for end in self.ends]
        for end in self.ends:
            end.close()
        if kind is None:
            self.segments = self.capture.segments()
            self.streams = [Stream(self.segments, name) for name in names]
