# SPDX-License-Identifier: GPL-2.0
"""The SMTP that both MTAs speak before and around an exchange, and the socket options."""
import errno
import select
import socket
import struct
import time

import tap

SOL_XCRYPT = 0x5843
TX, RX, HANDSHAKE, SUITES = 1, 2, 3, 4
CLIENT, SERVER = 1, 2
ENCRYPTED, NONE, ANSWERED, CLOSED = range(4)
UNLISTED, TLS, VERIFY = 1, 2, 4
ASK = struct.Struct("=HBBIHHHH")
OUTCOME = struct.Struct("=HBBI24s16sBB6x256s")
LIMIT = 60      # seconds


class Outcome:
    def __init__(self, octets):
        (_, self.state, self.kind, self.error, suite, self.session,
         self.hit, self.early_sent, text) = OUTCOME.unpack(octets)
        self.suite = suite.rstrip(b"\0").decode()
        self.text = text.rstrip(b"\0").decode()

    def __repr__(self):
        return "class %d, %s, suite %s, hit %d" % (
            self.kind, errno.errorcode.get(self.error, self.error), self.suite, self.hit)


def attach(sock):
    sock.setsockopt(socket.IPPROTO_TCP, 31, b"xcrypt")


def suites(sock):
    return sock.getsockopt(SOL_XCRYPT, SUITES, 511).rstrip(b"\0")


def ask(sock, role, line, host=b"", timeout=0, early=b"", flags=0, domain=b""):
    """Python holds its lock in setsockopt, so the sockets are non-blocking here."""
    sock.setblocking(False)
    try:
        sock.setsockopt(SOL_XCRYPT, HANDSHAKE,
                        ASK.pack(1, role, flags, timeout, len(line), len(host), len(domain),
                                 len(early)) + line + host + domain + early)
    except OSError as error:
        if error.errno != errno.EINPROGRESS:
            raise


def outcome(sock):
    return Outcome(sock.getsockopt(SOL_XCRYPT, HANDSHAKE, OUTCOME.size))


def wait(sock, seconds=LIMIT):
    """The outcome, once there is one."""
    poll = select.poll()
    poll.register(sock, select.POLLOUT)
    end = time.monotonic() + seconds
    while True:
        result = outcome(sock)
        if result.state == 2:
            sock.settimeout(LIMIT)
            return result
        left = end - time.monotonic()
        tap.check(left > 0, "no outcome after %s seconds" % seconds)
        poll.poll(left * 1000)


def line_of(sock):
    """One line, and no octet more."""
    line = b""
    while not line.endswith(b"\n"):
        octet = sock.recv(1)
        if not octet:
            break
        line += octet
    return line


def reply_of(sock):
    """All lines of a reply."""
    lines = []
    while not lines or lines[-1][3:4] == b"-":
        lines.append(line_of(sock))
        tap.check(lines[-1], "the connection ended: %r" % lines)
    return lines


def greet(client, server, words=None):
    """Up to EHLO's reply. What the client is to hand over."""
    attach(server)
    return greet_attached(client, server, words)


def greet_attached(client, server, words=None):
    if words is None:
        words = suites(server)
    server.sendall(b"220 b.test ESMTP\r\n")
    reply_of(client)
    client.sendall(b"EHLO a.test\r\n")
    line_of(server)
    server.sendall(b"250-b.test\r\n250-XCRYPT %s\r\n250 HELP\r\n" % words)
    listed = [line for line in reply_of(client) if line[4:11] == b"XCRYPT "]
    attach(client)
    return listed[0][11:].rstrip(b"\r\n")


def begin(client, server, host=b"", timeout=0, early=b"", domain=b""):
    """Both MTAs have asked; wait() for the outcomes."""
    ask(client, CLIENT, greet(client, server), host, timeout, early, domain=domain)
    server.settimeout(LIMIT)
    ask(server, SERVER, line_of(server), timeout=timeout)


def exchange(client, server, **kwargs):
    begin(client, server, **kwargs)
    return wait(client), wait(server)
