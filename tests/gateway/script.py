# SPDX-License-Identifier: GPL-2.0
"""Ends of an SMTP connection that a case speaks for."""
import socket
import struct

import net
import tap

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n\x21"     # PROXY v2
FAMILIES = {0x11: (socket.AF_INET, 4), 0x21: (socket.AF_INET6, 16)}


class End:
    def __init__(self, sock):
        self.sock = net.limit(sock)
        self.got = b""

    def say(self, *lines):
        self.sock.sendall(b"".join(line + b"\r\n" for line in lines))

    def send(self, octets):
        self.sock.sendall(octets)

    def take(self, count):
        while len(self.got) < count:
            more = self.sock.recv(65536)
            tap.check(more, "ended behind %r" % self.got)
            self.got += more
        octets, self.got = self.got[:count], self.got[count:]
        return octets

    def line(self):
        while b"\n" not in self.got:
            more = self.sock.recv(65536)
            tap.check(more, "ended behind %r" % self.got)
            self.got += more
        line, self.got = self.got.split(b"\n", 1)
        return line + b"\n"

    def hear(self, *lines):
        for line in lines:
            tap.equal(self.line(), line + b"\r\n", "line")

    def reply(self):
        lines = [self.line()]
        while lines[-1][3:4] == b"-":
            lines.append(self.line())
        return b"".join(lines)

    def rest(self):
        """All up to the end; a reset is one, too, told by None."""
        try:
            while True:
                more = self.sock.recv(65536)
                if not more:
                    octets, self.got = self.got, b""
                    return octets
                self.got += more
        except ConnectionResetError:
            return None

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def finish(self):
        self.sock.shutdown(socket.SHUT_WR)


def accept(listener):
    return End(listener.accept()[0])


def header(end):
    """The addresses of the PROXY header: (client, port, server, port)."""
    tap.equal(end.take(len(SIGNATURE)), SIGNATURE, "PROXY header")
    kind, length = struct.unpack("!BH", end.take(3))
    family, size = FAMILIES[kind]
    tap.equal(length, 2 * size + 4, "octets of addresses")
    client, server, port, other = struct.unpack("!%ds%dsHH" % (size, size), end.take(length))
    return socket.inet_ntop(family, client), port, socket.inet_ntop(family, server), other
