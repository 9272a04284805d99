#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
What runs on the encrypted descriptor of the examples: a mebibyte each way and digests, of the
first or the second to send; or what answers to EHLO and QUIT.
"""
import hashlib
import random
import socket
import sys

MIB = 1 << 20


def octets(name):
    return random.Random(name).randbytes(MIB)


def receive(sock, name):
    got = b""
    while len(got) < MIB:
        part = sock.recv(MIB)
        if not part:
            break
        got += part
    if hashlib.sha256(got).digest() != hashlib.sha256(octets(name)).digest():
        sys.exit("digest is wrong: %d octets" % len(got))


def smtp(sock):
    with sock.makefile("rw", newline="\r\n") as lines:
        for line in lines:
            leave = line.startswith("QUIT")
            lines.write("221 bye\r\n" if leave else "250 b.test, encrypted\r\n")
            lines.flush()
            if leave:
                return


with socket.socket(fileno=0) as connection:
    if sys.argv[1] == "smtp":
        smtp(connection)
        sys.exit()
    if sys.argv[1] == "first":
        connection.sendall(octets("first"))
        receive(connection, "second")
    else:
        receive(connection, "first")
        connection.sendall(octets("second"))
sys.stderr.write("digest is right\n")
