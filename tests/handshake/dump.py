# SPDX-License-Identifier: GPL-2.0
"""What one device of the link saw: the octets of each direction, as tcpdump writes them."""
import struct
import subprocess
import time

import tap

LIMIT = 30      # seconds
SYN, FIN = 2, 1


def start(link, file):
    with link.inside(0):
        process = subprocess.Popen(
            ["tcpdump", "-i", "v0", "-U", "-s", "0", "-B", "65536", "-w", file, "tcp"],
            stderr=subprocess.PIPE, text=True)
    line = process.stderr.readline()
    tap.check("listening on" in line, "tcpdump: " + line)
    return process


def stop(process, file):
    """Once it has written the end of each stream: it takes what is queued with it when it ends."""
    end = time.monotonic() + LIMIT
    while not ended(file) and time.monotonic() < end:
        time.sleep(0.1)
    process.terminate()
    said = process.communicate(timeout=30)[1]
    tap.check("0 packets dropped by kernel" in said, "tcpdump: " + said)


def packets(file):
    with open(file, "rb") as capture:
        capture.read(24)
        while True:
            head = capture.read(16)
            if len(head) < 16:
                return
            length = struct.unpack("=IIII", head)[2]
            frame = capture.read(length)
            # It may be written at this moment.
            if len(frame) < length:
                return
            yield frame


def segment(frame):
    """Source port, sequence number, payload, flags."""
    if frame[12:14] == b"\x08\x00":
        at = 14 + (frame[14] & 15) * 4
        end = 14 + struct.unpack(">H", frame[16:18])[0]
    else:
        at = 54
        end = 54 + struct.unpack(">H", frame[18:20])[0]
    port, _, sequence = struct.unpack(">HHI", frame[at:at + 8])
    return port, sequence, frame[at + (frame[at + 12] >> 4) * 4:end], frame[at + 13]


def ended(file):
    """Both ends of all connections have said so."""
    begun, over = set(), set()
    for frame in packets(file):
        port, _, _, flags = segment(frame)
        if flags & SYN:
            begun.add(port)
        if flags & FIN:
            over.add(port)
    return len(begun) > 1 and begun == over


def streams(file):
    """By source port: the whole stream, in the order of its sequence numbers."""
    first, parts = {}, {}
    for frame in packets(file):
        port, sequence, data, flags = segment(frame)
        if flags & SYN:
            first[port] = (sequence + 1) & 0xffffffff
        elif data:
            keep_longer(parts.setdefault(port, {}), (sequence - first[port]) & 0xffffffff, data)
    return {port: join(parts.get(port, {})) for port in first}


def keep_longer(parts, offset, data):
    """What is sent again may be less of it."""
    if len(data) > len(parts.get(offset, b"")):
        parts[offset] = data


def join(parts):
    stream = b""
    for offset, data in sorted(parts.items()):
        tap.check(offset <= len(stream), "octets missing in the capture at %d" % len(stream))
        stream = stream[:offset] + data if offset + len(data) > len(stream) else stream
    return stream
