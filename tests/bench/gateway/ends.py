# SPDX-License-Identifier: GPL-2.0
"""The ends of a measured session: a client, and a server that takes so many octets behind MAIL."""
import contextlib
import os
import socket
import threading

import mta
import net

PIECE = 1 << 20     # octets of the file that is sent over and over
HEADER = 28         # octets of PROXY v2 with IPv4 addresses
MAIL = b"MAIL FROM:<a@example.org>\r\n"
LIMIT = 100000      # seconds: an emulated clock runs on while others compute


def line_of(sock):
    line = mta.line_of(sock)
    if not line:
        raise ConnectionError("the other end is gone")
    return line


def reply_of(sock):
    lines = [line_of(sock)]
    while lines[-1][3:4] == b"-":
        lines.append(line_of(sock))
    return lines


class Server(threading.Thread):
    """@header: it is behind something that sends PROXY; @xcrypt: it lists XCRYPT itself."""

    def __init__(self, link, address, octets, header=False, xcrypt=False):
        super().__init__(daemon=True)
        self.octets, self.header, self.xcrypt = octets, header, xcrypt
        with link.inside(1):
            self.listener = socket.create_server(address)
        self.start()

    def run(self):
        for sock in net.accepted(self.listener):
            with sock, contextlib.suppress(OSError):    # a client may be gone before the last reply
                self.serve(sock)

    def serve(self, sock):
        if self.header:
            sock.recv(HEADER, socket.MSG_WAITALL)
        sock.sendall(b"220 mta\r\n")
        line_of(sock)
        if self.xcrypt:
            mta.attach(sock)
            sock.sendall(b"250-mta\r\n250 XCRYPT " + mta.suites(sock) + b"\r\n")
            mta.ask(sock, mta.SERVER, line_of(sock))
            if mta.wait(sock, LIMIT).kind != mta.ENCRYPTED:
                raise ConnectionError("not encrypted")
        else:
            sock.sendall(b"250 mta\r\n")
        line_of(sock)
        sock.sendall(b"250 fine\r\n")
        left, room = self.octets, bytearray(PIECE)
        while left:
            count = sock.recv_into(room)
            if not count:
                return
            left -= count
        sock.sendall(b"250 taken\r\n")

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.join()


def encrypt(sock, hello):
    words = [line[11:].rstrip(b"\r\n") for line in hello if line[4:11] == b"XCRYPT "]
    mta.attach(sock)
    mta.ask(sock, mta.CLIENT, words[0])
    if mta.wait(sock, LIMIT).kind != mta.ENCRYPTED:
        raise ConnectionError("not encrypted")
    sock.settimeout(None)


def lines():
    """A file of lines, of PIECE octets."""
    file = os.memfd_create("message")
    os.write(file, (b"x" * 62 + b"\r\n") * (PIECE // 64))
    return file


def send(sock, octets, file):
    sent = 0
    while sent < octets:
        sent += os.sendfile(sock.fileno(), file, sent % PIECE,
                            min(PIECE - sent % PIECE, octets - sent))


def begin(link, address):
    """Up to the reply to EHLO."""
    with link.inside(0):
        sock = socket.socket()
    sock.connect(address)
    reply_of(sock)
    sock.sendall(b"EHLO bench\r\n")
    return sock, reply_of(sock)


def session(link, address, octets, file, xcrypt=False):
    """So many octets behind MAIL, or none, and it is over when they were taken."""
    sock, hello = begin(link, address)
    with sock:
        if xcrypt:
            encrypt(sock, hello)
        sock.sendall(MAIL)
        reply_of(sock)
        send(sock, octets, file)
        reply_of(sock)


def mail(link, address, octets, file):
    """A message to an MTA."""
    sock, _ = begin(link, address)
    with sock:
        for line in (MAIL, b"RCPT TO:<b@example.net>\r\n", b"DATA\r\n"):
            sock.sendall(line)
            reply_of(sock)
        send(sock, octets, file)
        for line in (b".\r\n", b"QUIT\r\n"):
            sock.sendall(line)
            reply_of(sock)
