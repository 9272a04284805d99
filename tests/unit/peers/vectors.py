#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Print what handshake-vectors-3.json has of identities and policy as C initialisers.

usage: vectors.py handshake-vectors-3.json > peers_vectors.h
"""
import json
import sys


def octets(text):
    return '(const uint8_t *)"%s"' % "".join("\\x%02x" % b for b in bytes.fromhex(text))


def truth(value):
    return "true" if value else "false"


def signatures(data):
    """Those of the worked exchanges, which are right."""
    for kind in ("v30", "v31"):
        for v in data[kind]:
            yield "\t{ %s, %s, %s, %s, %s }," % (
                json.dumps(v["suite"] + " " + v["note"]), octets(v["ed25519_seed_b"]),
                octets(v["I_b"]), octets(v["S_b"]), octets(v["signed_message"]))


def identities(data):
    for v in data["identities"]:
        kind, i = v["exchange"]
        yield "\t{ %s, %s, %s, %s, %s, %s }," % (
            json.dumps(v["note"]), octets(v["I_b"]), octets(v["S_b"]),
            octets(data[kind][i]["signed_message"]), truth(v["refused"]),
            truth(v["libcrypto"] and not v["refused"]))


def policies(data):
    for v in data["policy"]:
        state, event, decision = v["state"], v["event"], v["decision"]
        yield "\t{ .note = %s, .policy = %s, .known = %s, .highest = %s," % (
            json.dumps(v["note"]), json.dumps(state["policy"]),
            json.dumps(" ".join(k + "=" + s for k, s in state["known"].items())),
            json.dumps(state["highest"] or ""))
        yield "\t  .identity = %s, .version = %s, .end = %s, .protection = %s, .new_name = %s," % (
            json.dumps(event.get("identity", "")), json.dumps(event.get("version", "")),
            json.dumps(event.get("end", "")), json.dumps(event.get("protection", "")),
            truth(event.get("domain")))
        yield "\t  .go = %s, .warn = %s, .learn = %s }," % (
            truth(decision["go"]), json.dumps(",".join(decision["warn"])),
            json.dumps(decision["learn"] or ""))


def main(path):
    with open(path, encoding="ascii") as f:
        data = json.load(f)
    print("/* SPDX-License-Identifier: GPL-2.0 */\n/* Made by vectors.py */")
    for name, items in (("signature", signatures), ("identity", identities),
                        ("policy", policies)):
        print("static const struct %s_vector %s_vectors[] = {" % (name, name))
        print("\n".join(items(data)))
        print("};")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
