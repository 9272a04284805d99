#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
The dissector under tshark: sessions whose lines and octets are the published vectors, in captures
with segments as TCP may cut them.
"""
import base64
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../wire"))

from scapy.all import IP, TCP, Ether, Raw, wrpcap     # noqa: E402
import tap                                              # noqa: E402

LUA = os.path.join(HERE, "../../../userspace/wireshark/xcrypt.lua")
VECTORS = os.path.join(HERE, "../../vectors")
A, B = ("10.0.0.1", 40000), ("10.0.0.2", 25)


class Session:
    """Packets of one TCP connection; mss is where a write is cut."""
    def __init__(self, mss=1448):
        self.mss, self.packets, self.seq = mss, [], {A: 1000, B: 5000}
        self.packet(A, B, "S")
        self.packet(B, A, "SA")
        self.packet(A, B, "A")

    def packet(self, src, dst, flags, text=b""):
        self.packets.append(
            Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IP(src=src[0], dst=dst[0]) /
            TCP(sport=src[1], dport=dst[1], flags=flags, seq=self.seq[src], ack=self.seq[dst]) /
            Raw(text))
        self.seq[src] += len(text) + ("S" in flags)

    def say(self, src, text):
        dst = B if src == A else A
        for at in range(0, len(text), self.mss):
            self.packet(src, dst, "PA", text[at:at + self.mss])

    def line(self, src, text):
        self.say(src, text.encode() + b"\r\n")

    def greet(self, suites):
        self.line(B, "220 b.test ESMTP")
        self.line(A, "EHLO a.test")
        self.line(B, "250-b.test\r\n250-XCRYPT %s\r\n250 HELP" % suites)

    def fields(self, *names):
        """{name: values} in the order of time; the same when each packet is looked at again."""
        with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
            wrpcap(file.name, self.packets)
            os.chmod(file.name, 0o644)
            once, again = (tshark(file.name, names, *how) for how in ((), ("-2", "-Y", "tcp")))
        tap.equal(again, once, "the second look")
        return once


# Newer ones load no script for root.
AS_NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
             "env", "HOME=/nonexistent"] if os.geteuid() == 0 else []


def tshark(capture, names, *how):
    done = subprocess.run(
        [*AS_NOBODY, "tshark", *how, "-r", capture, "-X", "lua_script:" + LUA, "-T", "json"] +
        [word for name in names for word in ("-e", name)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    said = [line for line in done.stderr.splitlines() if "Running as user" not in line]
    tap.check(done.returncode == 0 and not said, "tshark: %s" % said)
    rows = [row["_source"]["layers"] for row in json.loads(done.stdout)]
    return {name: [value for row in rows for value in row.get(name, [])] for name in names}


def vectors(name):
    with open(os.path.join(VECTORS, name)) as file:
        return json.load(file)


def exchange(session, v):
    session.greet(v["suite"])
    session.line(A, v["client_line"])
    session.line(B, v["server_line"])
    session.line(A, v.get("client_ok_line", "XCRYPT OK"))


@tap.case(("v1",), ("v2",))
def stream_suites(version):
    for v in vectors("handshake-vectors.json")[version]:
        session = Session()
        exchange(session, v)
        session.line(B, v.get("server_ok_line", "250 XCRYPT OK"))
        session.say(A, b"\x99" * 100)
        session.say(B, b"250 not plain\r\n")
        got = session.fields("xcrypt.offered", "xcrypt.suite", "xcrypt.key_a", "xcrypt.nonce_b",
                             "xcrypt.encrypted", "smtp.req.command", "xcrypt.failed")
        tap.equal(got["xcrypt.offered"], [v["suite"]], "offered")
        tap.equal(got["xcrypt.suite"], [v["suite"]], "suite")
        tap.equal(got["xcrypt.key_a"], [v["client_line"].split()[2]], "K_a")
        tap.equal(got["xcrypt.nonce_b"], [v["server_line"].split()[3]], "N_b")
        tap.equal([bytes.fromhex(e) for e in got["xcrypt.encrypted"]],
                  [b"\x99" * 100, b"250 not plain\r\n"], "encrypted octets")
        tap.equal((got["smtp.req.command"], got["xcrypt.failed"]), (["EHLO"], []), "SMTP before it")


def record(length, fill=0x33):
    return length.to_bytes(2, "big") + bytes([fill]) * (length + 16)


# A write of records in one piece; cut anywhere; a's first record in the segment of its line.
CUTS = {"whole": 100000, "segments": 1448, "small": 7, "octets": 1}


@tap.case(*((name,) for name in CUTS))
def record_boundaries(name):
    lengths = [128, 2, 16386, 130, 256]
    key = base64.b64encode(b"k" * 32).decode()
    session = Session(CUTS[name] if name != "octets" else 1448)
    session.greet("chachapoly_3.0")
    session.line(A, "XCRYPT chachapoly_3.0 %s n" % key)
    session.line(B, "250 XCRYPT %s n i s v" % key)
    session.mss = CUTS[name]
    if name == "octets":
        lengths.remove(16386)       # that many packets take their time
    session.say(A, b"XCRYPT OK c\r\n" + b"".join(map(record, lengths)))
    session.say(B, b"250 XCRYPT OK c\r\n" + record(128) + record(2))
    got = session.fields("xcrypt.record.number", "xcrypt.record.length", "xcrypt.record.tag",
                         "xcrypt.identity", "xcrypt.record.bad_length")
    tap.equal(got["xcrypt.record.length"], [str(n) for n in lengths + [128, 2]], "lengths")
    tap.equal(got["xcrypt.record.number"],
              [str(n) for n in list(range(len(lengths))) + [0, 1]], "numbers")
    tap.equal(set(got["xcrypt.record.tag"]), {"33" * 16}, "tags")
    tap.equal((got["xcrypt.identity"], got["xcrypt.record.bad_length"]), (["i"], []), "the rest")


@tap.case()
def record_of_bad_length():
    for length in 0, 1, 16387, 65535:
        session = Session()
        session.greet("chachapoly_3.0")
        session.line(A, "XCRYPT chachapoly_3.0 k n")
        session.line(B, "250 XCRYPT k n i s v")
        session.say(A, b"XCRYPT OK c\r\n" + record(128) + length.to_bytes(2, "big") + b"x" * 40)
        got = session.fields("xcrypt.record.length", "xcrypt.record.bad_length")
        tap.equal((got["xcrypt.record.length"], len(got["xcrypt.record.bad_length"])),
                  (["128"], 1), "L of %d" % length)


@tap.case()
def long_line_in_segments():
    """K_a of 1216 octets, as suites of 2.1 have it."""
    key = base64.b64encode(b"k" * 1216).decode()
    session = Session(mss=500)
    session.greet("chacha20_2.1")
    session.line(A, "XCRYPT chacha20_2.1 %s n" % key)
    session.line(B, "454 4.7.0 XCRYPT FAIL")
    got = session.fields("xcrypt.key_a", "xcrypt.suite")
    tap.equal(got, {"xcrypt.key_a": [key], "xcrypt.suite": ["chacha20_2.1"]}, "the long line")


@tap.case(("250 XCRYPT FAIL",), ("504 5.5.4 XCRYPT FAIL",))
def failed_exchange(answer):
    """It goes on in the clear, and SMTP is told."""
    session = Session()
    session.greet("chacha20_2.0")
    session.line(A, "XCRYPT chacha20_2.0 k n")
    session.line(B, answer)
    session.line(A, "MAIL FROM:<x@a.test>")
    got = session.fields("xcrypt.failed", "smtp.req.command", "xcrypt.encrypted")
    tap.equal(got, {"xcrypt.failed": [answer], "smtp.req.command": ["EHLO", "MAIL"],
                    "xcrypt.encrypted": []}, "an exchange that failed")


@tap.case()
def session_without_xcrypt():
    session = Session()
    session.line(B, "220 b.test")
    session.line(A, "EHLO a.test")
    session.line(B, "250 b.test")
    session.line(A, "QUIT")
    got = session.fields("smtp.req.command", "xcrypt.line")
    tap.equal(got, {"smtp.req.command": ["EHLO", "QUIT"], "xcrypt.line": []}, "plain SMTP")


sys.exit(tap.run(sys.argv[1:]))
