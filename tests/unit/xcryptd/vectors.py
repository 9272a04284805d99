#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Print handshake vectors as a C header, to be read with hvectors.h's structures.

usage: vectors.py handshake-vectors.json handshake-vectors-3.json > handshake_vectors.h
"""
import json
import sys

V1 = ["suite", "note", "client_line", "server_line",
      "r_a", "r_b", "K_a", "K_b", "N_a", "N_b", "S", "key_c2s", "key_s2c", "session"]
LATER = ["suite", "note", "client_line", "server_line", "ehlo_line", "client_ok_line",
         "server_ok_line", "K_a", "K_b", "N_a", "N_b", "S",
         "key_c2s", "iv_c2s", "key_s2c", "iv_s2c", "session"]
V2 = LATER + ["x25519_private_a", "x25519_private_b"]
# Both halves of a's private value; of b's the one that is used, behind zeros.
V21 = LATER + ["private_a", "private_b", "mlkem_m_b", "S_rejected", "C_a", "C_b"]
IDENTITY = ["I_b", "S_b", "V_b", "ed25519_seed_b", "signed_message", "plain_c2s"]
V30 = V2 + IDENTITY + ["C_a", "C_b"]
V31 = V21 + IDENTITY
# PRK and T are steps on the way: every value that comes of them is compared.
V2_STEPS = {"PRK", "T"}
# Lines that are steps, too, and the first octets on the wire, which are the kernel's. What a
# writes first is text.
V3_STEPS = V2_STEPS | {"signed_1_line", "signed_2_line", "T_2_line", "T_3_line",
                       "wire_c2s", "plain_s2c", "wire_s2c"}
TEXT = {"suite", "note"}
NAMES = {"r_a": "private_a", "r_b": "private_b",
         "x25519_private_a": "private_a", "x25519_private_b": "private_b",
         "mlkem_m_b": "random_b", "ed25519_seed_b": "identity_seed"}


def value(key, v):
    if key == "plain_c2s":
        return json.dumps(bytes.fromhex(v).decode("ascii"))
    if key in TEXT or key.endswith("_line"):
        return json.dumps(v)
    return '(const uint8_t *)"%s"' % "".join("\\x%02x" % b for b in bytes.fromhex(v))


def vectors(items, keys, also=frozenset()):
    for v in items:
        unknown = set(v) - set(keys) - also
        if unknown:
            sys.exit("vectors.py: no test knows of " + ", ".join(unknown))
        fields = [".%s = %s" % (NAMES.get(k, k), value(k, v.get(k, ""))) for k in keys]
        yield "\t{ %s }," % ",\n\t  ".join(fields)


def hybrid(items):
    """With private values and secrets of two halves as the daemon has them."""
    for v in items:
        v = dict(v)
        v["private_a"] = v.pop("mlkem_d_a") + v.pop("mlkem_z_a") + v.pop("x25519_private_a")
        v["private_b"] = "00" * 64 + v.pop("x25519_private_b")
        v["S_rejected"] = v.pop("mlkem_secret_rejected") + v["x25519_secret"]
        if v.pop("mlkem_secret") + v.pop("x25519_secret") != v["S"]:
            sys.exit("vectors.py: S is not the two secrets")
        yield v


def refused(items):
    for v in items:
        if "K" in v:
            yield "\t{ %s, %s, %s, NULL }," % (
                json.dumps(v["why"]), json.dumps(v["version"]), value("K", v["K"]))
        else:
            yield "\t{ %s, NULL, NULL, %s }," % (json.dumps(v["why"]), json.dumps(v["base64"]))


def text(s):
    """A C string of octets, and how many."""
    octets = s.encode("latin-1")
    return '"%s", %d' % ("".join(chr(b) if 32 <= b < 127 and b not in b'"\\?' else "\\%03o" % b
                                for b in octets), len(octets))


ROLES = {"a": False, "b": True}
LINES = {("b", 1): "client_line", ("a", 2): "server_line", ("b", 3): "client_ok_line",
         ("a", 4): "server_ok_line"}


def broken(items, first):
    """first is where the exchanges of each kind begin in the table."""
    for v in items:
        line = v[LINES[v["at"], v["step"]]]
        kind, i = v.get("exchange", ("v21", 0))
        yield "\t{ %s, %s, %d, %s, %s, %s, %d, %s, %s }," % (
            json.dumps(v["reason"]), "true" if ROLES[v["at"]] else "false", v["step"],
            json.dumps(v["answer"]), "true" if v["closes"] else "false", text(line),
            first[kind] + i, json.dumps(v.get("cause", "")), json.dumps(" ".join(v.get("suites", []))))


def choices(items):
    """What a chooses of an EHLO reply's line."""
    for v in items:
        if v["offer_line"]:
            yield "\t{ %s, %s, %s, %s }," % (
                json.dumps(v["note"]), json.dumps(v["offer_line"]),
                json.dumps(" ".join(v["accept"])), json.dumps(v["suite"] or ""))


def cached(items):
    for v in items:
        yield "\t{ %s, %s, {" % (json.dumps(v["note"]), json.dumps(v["version"]))
        for s in v["steps"]:
            if "event" in s:
                yield "\t\t{ .replaced = true },"
            else:
                yield "\t\t{ %s, %s, %s, %s, %s, false }," % (
                    json.dumps(s["K_a"]), json.dumps(s["address"]),
                    "true" if s["ended"] == "C_a verified" else "false",
                    "true" if s["hit"] else "false", json.dumps(s["answer"]))
        yield "\t} },"


def checked(items):
    """What a's cache does: who b says it is, how that ended, and what was spared."""
    for v in items:
        yield "\t{ %s, %s, {" % (json.dumps(v["note"]), json.dumps(v["version"]))
        for s in v["steps"]:
            if "event" in s:
                yield "\t\t{ .replaced = true },"
            else:
                yield "\t\t{ %s, %s, %s, %s, %s, %s, false }," % (
                    json.dumps(s["K_b"]), json.dumps(s["I_b"] or ""), json.dumps(s["S_b"] or ""),
                    json.dumps(s["ended"]), "true" if s["saves_secret"] else "false",
                    "true" if s["saves_signature"] else "false")
        yield "\t} },"


def read(path):
    with open(path, encoding="ascii") as f:
        return json.load(f)


def main(old, new):
    data = read(old)
    later = read(new)
    first, n = {}, 0
    for kind, items in ("v1", data["v1"]), ("v2", data["v2"]), *(
            (k, later[k]) for k in ("v21", "v30", "v31")):
        first[kind] = n
        n += len(items)
    print("/* SPDX-License-Identifier: GPL-2.0 */\n/* Made by vectors.py */")
    print('#include "hvectors.h"\n')
    print("static const struct handshake_vector handshake_vectors[] = {")
    print("\n".join(vectors(data["v1"], V1)))
    print("\n".join(vectors(data["v2"], V2, V2_STEPS)))
    print("\n".join(vectors(hybrid(later["v21"]), V21, V3_STEPS | {"plain_c2s"})))
    print("\n".join(vectors(later["v30"], V30, V3_STEPS)))
    print("\n".join(vectors(hybrid(later["v31"]), V31, V3_STEPS)))
    print("};\n\nstatic const struct broken_vector broken_vectors[] = {")
    print("\n".join(broken(later["refused"], first)))
    print("};\n\nstatic const struct cache_vector cache_vectors[] = {")
    print("\n".join(cached(later["caches"]["server"])))
    print("};\n\nstatic const struct check_vector check_vectors[] = {")
    print("\n".join(checked(later["caches"]["client"])))
    print("};\n\nstatic const struct choice_vector choice_vectors[] = {")
    print("\n".join(choices(later["offers"])))
    print("};\n\nstatic const struct refuse_vector refuse_vectors[] = {")
    print("\n".join(refused(data["refuse"])))
    print("};")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
