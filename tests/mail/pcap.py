# SPDX-License-Identifier: GPL-2.0
"""tcpdump on the wire; the SMTP connections it wrote, and what a listener can read of them."""
import itertools
import subprocess
import time

import capture
import dump
import tap

PORT = 25
SWITCH = b"250 XCRYPT OK"


class Tcpdump:
    """On A's end of the wire, from the moment it is made."""

    def __init__(self, link, file):
        with link.inside(0):
            self.process = subprocess.Popen(
                ["tcpdump", "--immediate-mode", "-U", "-i", "v0", "-s", "0", "-B", "65536", "-w",
                 file, "tcp"], stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        tap.check("listening on" in line, "tcpdump: " + line)

    def stop(self):
        """What passed is in the file."""
        time.sleep(1)
        self.process.terminate()
        said = self.process.communicate(timeout=60)[1]
        tap.check("0 packets dropped by kernel" in said, "tcpdump: " + said)

    def close(self):
        if self.process.returncode is None:
            self.process.kill()
            self.process.communicate()


def sealed(said):
    """Is the exchange one of version 3?"""
    return any(who == "C" and line.startswith(b"XCRYPT ") and b"_3." in line.split()[1]
               for who, line in said)


class Connection:
    """One of them, in the order in which its segments passed."""

    def __init__(self, client, segments):
        self.client = client
        self.segments = [segment for segment in segments if segment.data]
        server = next((s.src, s.sport) for s in segments if s.sport == PORT)
        self.sent = bytes(capture.Stream(segments, client).data)
        self.received = bytes(capture.Stream(segments, server).data)

    def octets(self):
        return self.sent + self.received

    def parts(self):
        """
        What was said in the clear, as (who, line), and the segments that follow the switch. In
        version 3 the client's first record may come before the server's last line.
        """
        said, rest, hidden, after = [], {}, set(), []
        for segment in self.segments:
            who = "S" if segment.sport == PORT else "C"
            rest[who] = rest.get(who, b"") + segment.data
            while who not in hidden and b"\n" in rest[who]:
                line, rest[who] = rest[who].split(b"\n", 1)
                said.append((who, line.rstrip(b"\r")))
                if who == "C" and line.startswith(b"XCRYPT OK") and sealed(said):
                    hidden.add("C")
                if who == "S" and line.startswith(SWITCH):
                    hidden.update("CS")
            if who in hidden and rest[who]:
                after.append(segment)
                rest[who] = b""
        return said, after if "S" in hidden else []

    def encrypted(self):
        return bool(self.parts()[1])


def frames(file):
    for frame in dump.packets(file):
        segment = capture.parse(0, frame)
        if segment and PORT in (segment.sport, segment.dport):
            yield segment


def client_of(segment):
    if segment.dport == PORT:
        return segment.src, segment.sport
    return segment.dst, segment.dport


def connections(file):
    """Those on which anything was said, in the order in which they began."""
    found = {}
    for segment in frames(file):
        found.setdefault(client_of(segment), []).append(segment)
    return [Connection(client, segments) for client, segments in found.items()
            if any(segment.data for segment in segments)]


def words_in(words, streams):
    """Those of the words that are in one of the streams, whatever the case of their letters."""
    lower = [stream.lower() for stream in streams]
    return [word for word in words if any(word.lower() in stream for stream in lower)]


def clean(file, words):
    """None of the words is in any connection, nor anywhere else in the capture."""
    with open(file, "rb") as whole:
        streams = [whole.read()]
    streams += itertools.chain(*((c.sent, c.received) for c in connections(file)))
    tap.equal(words_in(words, streams), [], "found in the capture")
