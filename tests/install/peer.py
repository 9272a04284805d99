#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""In the other host's namespace. "sink DIR": a mail server that keeps what it gets; "tap FILE":
what goes over its link; "post HOST TO": a message. On this one: "hold HOST FILE": a session that has begun and goes on once
FILE is there. Python's minimal package is enough."""
import os
import socket
import sys
import time


def dialogue(peer, path):
    stream = peer.makefile("rb")
    stream.readline()                                   # the PROXY header
    peer.sendall(b"220 peer ESMTP\r\n")
    for line in stream:
        verb = line.strip().upper()
        if verb == b"DATA":
            peer.sendall(b"354 go on\r\n")
            with open(path, "wb") as file:
                for text in stream:
                    if text == b".\r\n":
                        break
                    file.write(text)
            os.rename(path, path + ".eml")
        if verb == b"QUIT":
            peer.sendall(b"221 bye\r\n")
            return
        peer.sendall(b"250 peer\r\n")


def sink(directory):
    os.makedirs(directory, exist_ok=True)
    server = socket.create_server(("127.0.0.1", 10025))
    number = 0
    while True:
        peer, _address = server.accept()
        number += 1
        try:
            dialogue(peer, os.path.join(directory, str(number)))
        except OSError as error:
            print("sink:", error, flush=True)
        peer.close()


def tap(path):
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    link.bind(("peer0", 0))
    with open(path, "wb", buffering=0) as file:
        while True:
            file.write(link.recv(65536))


class Client:
    def __init__(self, host, name):
        self.server = socket.create_connection((host, 25))
        self.stream = self.server.makefile("rb")
        self.reply()
        self.say(b"EHLO " + name)

    def reply(self):
        line = self.stream.readline()
        while line[3:4] == b"-":
            line = self.stream.readline()
        print(line, flush=True)

    def say(self, *lines):
        for line in lines:
            self.server.sendall(line + b"\r\n")
            self.reply()


def hold(host, path):
    client = Client(host, b"server.example.org")
    client.say(b"MAIL FROM:<alice@example.org>")
    print("ready", flush=True)
    while not os.path.exists(path):
        time.sleep(0.2)
    client.say(b"RCPT TO:<bob@example.net>", b"DATA",
               b"Subject: held-by-the-upgrade\r\n\r\nnobody else shall read this\r\n.", b"QUIT")


def post(host, recipient):
    Client(host, b"peer.example.net").say(
        b"MAIL FROM:<bob@example.net>", b"RCPT TO:<%s>" % recipient.encode(), b"DATA",
        b"Subject: posted from outside\r\n\r\ntext\r\n.", b"QUIT")


if __name__ == "__main__":
    {"sink": sink, "tap": tap, "hold": hold, "post": post}[sys.argv[1]](*sys.argv[2:])
