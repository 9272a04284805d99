#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A message between two hosts, once in the clear and once encrypted, and what the wire saw.

Runs in a guest (make demo): two network namespaces stand for the hosts, a veth for the wire
between them, tcpdump for whoever listens. The keys are given to both ends by this program;
to agree on them is xcryptd's work. Captures are left in /out for Wireshark.
"""

import ctypes
import os
import socket
import struct
import subprocess
import sys
import time

from scapy.all import TCP, Raw, rdpcap

SOL_XCRYPT, TX, RX = 0x5843, 1, 2
TCP_ULP = 31
CLONE_NEWNET = 0x40000000
CIPHERS = {"chacha20": (32, 12), "aes256ctr": (32, 16), "t32": (10, 0), "arrsyfor": (10, 0)}
SERVER, PORT = "192.0.2.25", 25
SECRETS = ["alice@example.org", "bob@example.net", "noon, the usual place"]
DIALOGUE = [
    ("b", "220 b.example.net ESMTP"),
    ("a", "MAIL FROM:<alice@example.org>"),
    ("b", "250 2.1.0 Ok"),
    ("a", "RCPT TO:<bob@example.net>"),
    ("b", "250 2.1.5 Ok"),
    ("a", "DATA"),
    ("b", "354 End data with <CR><LF>.<CR><LF>"),
    ("a", "Subject: Lunch\r\n\r\nMeet me at noon, the usual place.\r\n."),
    ("b", "250 2.0.0 Ok: queued"),
]


def sh(line):
    subprocess.run(line, shell=True, check=True)


def hosts():
    sh("ip netns add a; ip netns add b")
    sh("ip link add wire netns a type veth peer name wire netns b")
    for name, address in (("a", "192.0.2.7"), ("b", SERVER)):
        sh(f"ip -n {name} addr add {address}/24 dev wire; ip -n {name} link set wire up")


def enter(name):
    with open(f"/run/netns/{name}", encoding="ascii") as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")


def key(cipher, secret):
    key_len, iv_len = CIPHERS[cipher]
    return struct.pack("=HHHH16s16s32s16sQQ", 1, 0, key_len, iv_len, cipher.encode(),
                       b"demo", secret[:key_len], secret[32:32 + iv_len], 0, 0)


def encrypt(sock, cipher, tx, rx):
    sock.setsockopt(socket.SOL_TCP, TCP_ULP, b"xcrypt")
    sock.setsockopt(SOL_XCRYPT, TX, key(cipher, tx))
    sock.setsockopt(SOL_XCRYPT, RX, key(cipher, rx))


def talk(sock, me):
    stream = sock.makefile("rwb", buffering=0)
    for who, text in DIALOGUE:
        line = text.encode() + b"\r\n"
        if who == me:
            stream.write(line)
            continue
        got = b""
        while len(got) < len(line):
            octets = stream.read(len(line) - len(got))
            if not octets:
                sys.exit("demo: the other host hung up")
            got += octets
        if got != line:
            sys.exit(f"demo: {me} read {got!r} for {line!r}")


def host(name, cipher, keys):
    """One host in a process of its own. Returns its pid."""
    pid = os.fork()
    if pid:
        return pid
    enter(name)
    if name == "b":
        with socket.create_server((SERVER, PORT)) as listener:
            sock = listener.accept()[0]
    else:
        sock = connect()
    if cipher:
        encrypt(sock, cipher, *(keys if name == "a" else keys[::-1]))
    talk(sock, name)
    os._exit(0)


def connect():
    for _ in range(100):
        try:
            return socket.create_connection((SERVER, PORT))
        except ConnectionRefusedError:
            time.sleep(0.1)
    sys.exit("demo: the server does not listen")


def session(cipher, pcap):
    tap = subprocess.Popen(["ip", "netns", "exec", "a", "tcpdump", "-U", "-i", "wire", "-w", pcap,
                            "tcp"], stderr=subprocess.PIPE, text=True)
    tap.stderr.readline()
    keys = os.urandom(64), os.urandom(64)
    pids = [host("b", cipher, keys), host("a", cipher, keys)]
    failed = any([os.waitpid(pid, 0)[1] for pid in pids])
    time.sleep(1)
    tap.terminate()
    tap.wait()
    if failed:
        sys.exit("demo: a host failed, see above")


def hexdump(octets):
    for at in range(0, len(octets), 16):
        part = octets[at:at + 16]
        text = "".join(chr(c) if 0x20 <= c < 0x7f else "." for c in part)
        print(f"        {part.hex(' '):<48} {text}")


def show(pcap):
    """Prints what a listener has, and returns it."""
    wire = b""
    for packet in rdpcap(pcap):
        if packet.haslayer(Raw):
            octets = bytes(packet[Raw].load)
            arrow = "server to client" if packet[TCP].sport == PORT else "client to server"
            print(f"    {arrow}, {len(octets)} octets")
            hexdump(octets[:96])
            wire += octets
    return wire


def verdict(wire, cipher):
    found = [secret for secret in SECRETS if secret.encode() in wire]
    for secret in SECRETS:
        print(f"    {'FOUND    ' if secret in found else 'not found'}  {secret}")
    right = not found if cipher else len(found) == len(SECRETS)
    print(f"    {'as it should be' if right else 'THIS IS WRONG'}\n")
    return right, len(wire)


def main():
    suite = os.environ.get("CIPHER") or "chacha20"
    if suite not in CIPHERS:
        sys.exit(f"demo: no cipher {suite}; there are: {' '.join(CIPHERS)}")
    hosts()
    results = []
    for cipher, title in ((None, "In the clear"), (suite, f"Encrypted with {suite}")):
        pcap = f"/out/{cipher or 'plain'}.pcap"
        print(f"== {title}: what whoever listens between the hosts has\n", flush=True)
        session(cipher, pcap)
        wire = show(pcap)
        print("\n    Sender, recipient and text, searched for in the capture:")
        results.append(verdict(wire, cipher))
    (plain_ok, plain), (ok, encrypted) = results
    print(f"The same dialogue took {plain} octets in the clear and {encrypted} encrypted.")
    return not (plain_ok and ok and plain == encrypted)


sys.exit(main())
