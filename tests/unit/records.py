#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Print record-vectors.json as a C header, to be read with test_record.c's structure.

usage: records.py record-vectors.json > record_vectors.h
"""
import hashlib
import json
import sys


def octets(data):
    return '(const u8 *)"%s", %d' % ("".join("\\x%02x" % b for b in data), len(data))


def write(w):
    if "hex" in w:
        return bytes.fromhex(w["hex"])
    return bytes((31 * i + 17 * (i >> 8) + w["start"]) % 256 for i in range(w["octets"]))


def vector(group, v):
    writes = [write(w) for w in v.get("writes", [])]
    payload = bytes.fromhex(v["payload"]) if "payload" in v else b"".join(writes)
    error = v.get("error", "0" if v.get("end", True) else "EBADMSG")
    return "\t{ %s, %s, %s, %s, %s, %d, %d, %d, %s, %s, %d, %s, %s, %s },\n" % (
        json.dumps(v["cipher"]), json.dumps(v["name"]), octets(bytes.fromhex(v["key"])),
        octets(bytes.fromhex(v["iv"])), '"%s"' % group, v.get("padding") or 0, v["number"],
        v.get("end", False), octets(b"".join(writes)),
        "{ %s }" % ", ".join([str(len(w)) for w in writes] + ["-1"]), v["wire_octets"],
        octets(bytes.fromhex(v["wire_sha256"])), octets(bytes.fromhex(v.get("wire", ""))),
        "%s, (const u8 *)\"%s\", %s" % (
            len(payload),
            "".join("\\x%02x" % b for b in hashlib.sha256(payload).digest()), error))


def main():
    with open(sys.argv[1], encoding="ascii") as file:
        vectors = json.load(file)
    print("/* Made by records.py. */\nstatic const struct record_vector record_vectors[] = {")
    for group in ("valid", "receive_only", "invalid"):
        for v in vectors[group]:
            print(vector(group, v), end="")
    print("};")


main()
