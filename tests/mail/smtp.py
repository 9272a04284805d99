# SPDX-License-Identifier: GPL-2.0
"""SMTP spoken by scripts: a client of host B, and servers in its place."""
import base64
import socket
import threading

import mta
import net
import tap

LIMIT = 60      # seconds
B = net.ADDRESS[net.V4][1]

# Like any other: the base point for a key.
KEY = base64.b64encode(b"\x09" + bytes(31))
NONCE = base64.b64encode(bytes(16))
CONFIRM = base64.b64encode(bytes(16))
FIRST = b"XCRYPT chacha20_2.0 " + KEY + b" " + NONCE
REPLY = b"250 XCRYPT " + KEY + b" " + NONCE
OK = b"250 XCRYPT OK " + CONFIRM


class Client:
    """On host A; lines go without their CRLF, replies come whole."""

    def __init__(self, link, family=net.V4, port=25):
        self.sock = link.socket(0, family)
        self.sock.settimeout(LIMIT)
        self.sock.connect((net.ADDRESS[family][1], port))
        self.greeting = self.reply()

    def send(self, *lines):
        self.sock.sendall(b"".join(line + b"\r\n" for line in lines))

    def reply(self):
        return b"".join(mta.reply_of(self.sock))

    def command(self, line):
        self.send(line)
        return self.reply()

    def ehlo(self):
        """The reply's words, by keyword."""
        lines = self.command(b"EHLO a.example.org").split(b"\r\n")[1:-1]
        return {line[4:].split()[0]: line[4:].split()[1:] for line in lines}

    def encrypt(self):
        """EHLO and the exchange, which succeeds."""
        words = b" ".join(self.ehlo()[b"XCRYPT"])
        mta.attach(self.sock)
        mta.ask(self.sock, mta.CLIENT, words)
        result = mta.wait(self.sock)
        tap.equal(result.kind, mta.ENCRYPTED, "outcome: %r" % result)
        return result

    def mail(self, octets, *recipients):
        """A whole transaction; octets end with CRLF and have no dots at lines' starts."""
        replies = [self.command(b"MAIL FROM:<alice@example.org>")]
        replies += [self.command(b"RCPT TO:<%s>" % name) for name in recipients]
        replies.append(self.command(b"DATA"))
        tap.equal([r[:1] for r in replies], [b"2"] * (1 + len(recipients)) + [b"3"],
                  "replies: %r" % replies)
        self.sock.sendall(octets)
        tap.equal(self.command(b".")[:3], b"250", "reply to the message")

    def rest(self):
        """What comes until the connection ends."""
        octets = b""
        while True:
            try:
                part = self.sock.recv(65536)
            except ConnectionResetError:
                break
            if not part:
                break
            octets += part
        return octets

    def close(self):
        self.sock.close()


class Server:
    """
    In B's place. Takes all mail. For each connection a list of answers to its XCRYPT lines, of
    which each is a line; None: close; or a function, called with the socket, that returns one
    of these. With no list for a connection XCRYPT is not listed. replies: to other verbs, by
    their first four octets.
    """

    def __init__(self, link, *scripts, keyword=b"XCRYPT chacha20_2.0", replies=()):
        self.scripts, self.keyword = list(scripts), keyword
        self.replies = {b"DATA": b"354 go on", b"QUIT": b"221 bye", **dict(replies)}
        self.said = []      # by connection: the client's lines
        self.mail = []
        self.listener = link.socket(1, net.V4)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((B, 25))
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        for sock in net.accepted(self.listener):
            lines = []
            self.said.append(lines)
            script = self.scripts.pop(0) if self.scripts else None
            with sock:
                sock.settimeout(LIMIT)
                try:
                    self.session(sock, lines, script)
                except OSError as error:
                    lines.append(b"! %s" % str(error).encode())

    def session(self, sock, lines, script):
        answers = iter(script or ())
        with sock.makefile("rb") as stream:
            sock.sendall(b"220 b.example.net ESMTP\r\n")
            for line in stream:
                line = line.rstrip(b"\r\n")
                lines.append(line)
                answer = self.answer(line.upper(), answers, script is not None)
                if callable(answer):
                    answer = answer(sock)
                if answer is None:
                    return
                sock.sendall(answer + b"\r\n")
                if answer.startswith(b"354"):
                    self.mail.append(self.data(stream))
                    sock.sendall(b"250 2.0.0 taken\r\n")
                if answer.startswith((b"221", b"421")):
                    return

    def answer(self, line, answers, listed):
        if line.startswith(b"XCRYPT"):
            return next(answers, b"503 5.5.1 XCRYPT FAIL")
        if line[:4] == b"EHLO" and b"EHLO" not in self.replies:
            words = [b"b.example.net", *([self.keyword] if listed else []), b"8BITMIME", b"HELP"]
            return b"\r\n".join(b"250" + (b" " if word == words[-1] else b"-") + word
                                for word in words)
        return self.replies.get(line[:4], b"250 2.0.0 ok")

    @staticmethod
    def data(stream):
        """A message as it was before it was sent."""
        lines = []
        while True:
            line = stream.readline()
            if line in (b".\r\n", b""):
                return b"".join(lines)
            lines.append((line[1:] if line[:1] == b"." else line).replace(b"\r\n", b"\n"))

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
