# SPDX-License-Identifier: GPL-2.0
"""Records (docs/protocol.md, version 3): every vector, sent and received by the kernel.

The vectors were made by other code; here is no cipher. Those that begin at another record than
the first one need a debug build of the module, as the debug kernel has it.
"""
import array
import errno
import fcntl
import hashlib
import json
import os
import socket
import struct
import time

import xcrypt
from tap import Skip, case, check, equal, say

SIOCOUTQ = 0x5411
CIPHERS = (("chachapoly",), ("aes256gcm",))
# A record of so much is always whole; longer ones end where the sender's page does.
WHOLE = 4000

with open(os.path.join(os.path.dirname(__file__), "../vectors/record-vectors.json"),
          encoding="ascii") as _file:
    VECTORS = json.load(_file)


def pair():
    with socket.create_server(("127.0.0.1", 0)) as server:
        first = socket.create_connection(server.getsockname())
        second = server.accept()[0]
    for sock in (first, second):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(20)
    return first, second


def key(sock, option, vector):
    """False: this module is no debug build and cannot begin there."""
    xcrypt.attach(sock)
    octets, iv = bytes.fromhex(vector["key"]), bytes.fromhex(vector["iv"])
    text = xcrypt.KEY.pack(1, 0, len(octets), len(iv), vector["cipher"].encode(), b"vector",
                           octets, iv, vector["number"], vector.get("padding") or 0)
    try:
        sock.setsockopt(xcrypt.SOL_XCRYPT, option, text)
    except OSError as error:
        if vector["number"] and error.errno == errno.EINVAL:
            return False
        raise
    return True


def arrived(sock):
    """All that was sent is in the peer's queue."""
    left = array.array("i", [1])
    while True:
        fcntl.ioctl(sock, SIOCOUTQ, left)
        if not left[0]:
            return
        time.sleep(0.0005)


def read_all(sock, size=1 << 16):
    """What is read, and how it ends: the name of an errno, or "end"."""
    data = bytearray()
    while True:
        try:
            part = sock.recv(size)
        except OSError as error:
            return bytes(data), errno.errorcode[error.errno]
        if not part:
            return bytes(data), "end"
        data += part


def play(vector, wire, fin=True, piece=None, size=1 << 16):
    """A raw peer sends @wire in segments of @piece octets. None: see key()."""
    raw, sock = pair()
    with raw, sock:
        if not key(sock, xcrypt.RX, vector):
            return None
        for at in range(0, len(wire), piece or max(len(wire), 1)):
            raw.sendall(wire[at:at + (piece or len(wire))])
        if fin:
            raw.shutdown(socket.SHUT_WR)
        arrived(raw)
        return read_all(sock, size)


def of(group, cipher):
    return [v for v in VECTORS[group] if v["cipher"] == cipher]


def octets_of(write):
    if "hex" in write:
        return bytes.fromhex(write["hex"])
    return bytes((31 * i + 17 * (i >> 8) + write["start"]) % 256 for i in range(write["octets"]))


def wanted(group, vector):
    if group == "invalid":
        return bytes.fromhex(vector["payload"]), vector["error"]
    if group == "receive_only":
        return bytes.fromhex(vector["payload"]), "end"
    return b"".join(map(octets_of, vector["writes"])), "end" if vector["end"] else "EBADMSG"


def base(cipher):
    return of("valid", cipher)[0]


def short(cipher):
    """Of a record of one octet and the end record every octet is tried, of others some."""
    return next(v for v in of("valid", cipher) if v["name"] == "one octet, padding 1")


def places(vector):
    octets = vector["wire_octets"]
    if octets < 64:
        return range(octets)
    return sorted({*range(0, octets, 29), *(w + d for w, _ in borders(vector) for d in (-1, 0, 1)
                                            if 0 <= w + d < octets)})


def borders(vector):
    """For each count of whole records: octets of the wire, octets of payload."""
    wire, payload, result = 0, 0, [(0, 0)]
    for record in vector["records"]:
        wire += record["octets"]
        payload += 0 if record["n"] == 65535 else record["n"]
        result.append((wire, payload))
    return result


@case(*((c, g) for (c,) in CIPHERS for g in ("valid", "receive_only", "invalid")))
def records_received(cipher, group):
    played = left_out = 0
    for vector in of(group, cipher):
        wire = bytes.fromhex(vector.get("wire") or "")
        if len(wire) != vector["wire_octets"]:
            left_out += 1           # too long to be in the file
            continue
        # Octet by octet takes its time.
        least = 1 if len(wire) < 800 else 97
        for piece, size in ((None, 1 << 16), (None, least), (least, 1 << 16), (146, 13)):
            got = play(vector, wire, piece=piece, size=size)
            if got is None:
                left_out += 1
                break
            equal(got, wanted(group, vector), "%s: pieces of %s, reads of %d" % (
                vector["name"], piece, size))
        else:
            played += 1
    say("%d played, %d too long or for a debug build" % (played, left_out))
    check(played, "no vector was played")


@case(*CIPHERS)
def records_cut_at_every_octet(cipher):
    for vector in (short(cipher), base(cipher)):
        cut_everywhere(vector)


def cut_everywhere(vector):
    wire, plain = bytes.fromhex(vector["wire"]), wanted("valid", vector)[0]
    for cut in places(vector):
        payload = max(p for w, p in borders(vector) if w <= cut)
        equal(play(vector, wire[:cut]), (plain[:payload], "EBADMSG"), "cut at %d" % cut)


@case(*CIPHERS)
def records_with_one_octet_changed(cipher):
    for vector in (short(cipher), base(cipher)):
        change_everywhere(vector)


def change_everywhere(vector):
    wire, plain = bytes.fromhex(vector["wire"]), wanted("valid", vector)[0]
    for at in places(vector):
        bad = bytearray(wire)
        bad[at] ^= 1 << at % 8
        payload = max(p for w, p in borders(vector) if w <= at)
        equal(play(vector, bytes(bad)), (plain[:payload], "EBADMSG"), "octet %d" % at)


@case(*CIPHERS)
def records_split_at_every_octet(cipher):
    for vector in (short(cipher), base(cipher)):
        split_everywhere(vector)


def split_everywhere(vector):
    wire = bytes.fromhex(vector["wire"])
    for at in [place for place in places(vector) if place]:
        raw, sock = pair()
        with raw, sock:
            key(sock, xcrypt.RX, vector)
            whole = max(p for w, p in borders(vector) if w <= at)
            raw.sendall(wire[:at])
            arrived(raw)
            sock.setblocking(False)
            data, how = read_all(sock)
            equal((len(data), how), (whole, "end" if at == len(wire) else "EAGAIN"),
                  "the first %d octets" % at)
            raw.sendall(wire[at:])
            arrived(raw)
            sock.settimeout(20)
            equal((data + read_all(sock)[0]), wanted("valid", vector)[0], "split at %d" % at)


@case(*CIPHERS)
def records_and_a_reset(cipher):
    """Behind the end record it changes nothing, before it there is no end of file."""
    vector = base(cipher)
    wire, plain = bytes.fromhex(vector["wire"]), wanted("valid", vector)[0]
    for octets, payload in borders(vector):
        raw, sock = pair()
        with sock:
            key(sock, xcrypt.RX, vector)
            raw.sendall(wire[:octets])
            arrived(raw)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raw.close()
            time.sleep(0.02)
            end = octets == len(wire)
            equal(read_all(sock), (plain[:payload], "end" if end else "ECONNRESET"),
                  "reset behind %d octets" % octets)
            equal(read_all(sock)[1], "end" if end else "EBADMSG", "and from then on")


@case(*((c, g) for (c,) in CIPHERS for g in ("valid", "expired")))
def records_sent(cipher, group):
    played = left_out = 0
    for vector in of(group, cipher):
        writes = [octets_of(w) for w in vector["writes"]]
        raw, sock = pair()
        with raw, sock:
            if max(map(len, writes), default=0) > WHOLE or not key(sock, xcrypt.TX, vector):
                left_out += 1
                continue
            for number, data in enumerate(writes):
                try:
                    gave = sock.send(data)
                except OSError as error:
                    gave = errno.errorcode[error.errno]
                equal(gave, vector.get("gives", list(map(len, writes)))[number],
                      "%s: write %d" % (vector["name"], number))
            if vector.get("end", True):
                sock.shutdown(socket.SHUT_WR)
                wire = read_all(raw)[0]
            else:
                wire = xcrypt.receive(raw, vector["wire_octets"])
            equal(len(wire), vector["wire_octets"], vector["name"])
            equal(hashlib.sha256(wire).hexdigest(), vector["wire_sha256"], vector["name"])
            played += 1
    say("%d played, %d too long or for a debug build" % (played, left_out))
    if not played:
        raise Skip("no debug build of the module")


@case(*CIPHERS)
def records_of_equal_lengths(cipher):
    """What a listener sees of an address of 8 octets and of one of 60."""
    lengths = {}
    for padding in (0, 1):
        for octets in (8, 60):
            raw, sock = pair()
            with raw, sock:
                key(sock, xcrypt.TX, dict(base(cipher), padding=padding))
                sock.sendall(b"MAIL FROM:<%s>\r\n" % (b"a" * (octets - 4) + b"@b.c"))
                arrived(sock)
                lengths[padding, octets] = len(raw.recv(4096))
    equal(lengths[0, 8], lengths[0, 60], "with the default padding")
    check(lengths[1, 8] != lengths[1, 60], "without padding the lengths do not tell")
