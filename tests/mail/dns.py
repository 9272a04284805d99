# SPDX-License-Identifier: GPL-2.0
"""A name server for host A, with a zone of few records; who asks believes its AD bit."""
import contextlib
import socket
import struct
import threading

import net

A, MX, TLSA = 1, 15, 52
RESOLV = "/etc/resolv.conf"


def encoded(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def mx(name):
    return struct.pack("!H", 10) + encoded(name)


class Server:
    """records: (name, type) to a list of data. signed: what is answered is called authentic."""

    def __init__(self, link, records, signed):
        self.link, self.records, self.signed, self.asked = link, records, signed, []
        self.sock = link.socket(0, net.V4, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 53))
        self.before = ""
        with contextlib.suppress(FileNotFoundError), open(RESOLV, encoding="ascii") as file:
            self.before = file.read()
        with open(RESOLV, "w", encoding="ascii") as file:
            file.write("nameserver 127.0.0.1\noptions trust-ad\n")
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            query, peer = self.sock.recvfrom(4096)
            if not query:
                return
            self.sock.sendto(self.answer(query), peer)

    def answer(self, query):
        end = query.index(b"\0", 12) + 5
        kind, labels, at = struct.unpack_from("!H", query, end - 4)[0], [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += 1 + query[at]
        name = ".".join(labels)
        self.asked.append((name, kind))
        found = self.records.get((name, kind), [])
        known = any(name == other for other, _ in self.records)
        flags = 0x8180 | (0x20 if self.signed else 0) | (0 if known else 3)
        head = query[:2] + struct.pack("!HHHHH", flags, 1, len(found), 0, 0)
        return head + query[12:end] + b"".join(
            b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data for data in found)

    def close(self):
        with self.link.inside(0), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", ("127.0.0.1", 53))
        self.thread.join()
        self.sock.close()
        with open(RESOLV, "w", encoding="ascii") as file:
            file.write(self.before)
