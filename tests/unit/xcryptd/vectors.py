#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Print handshake-vectors.json as a C header, to be read with hvectors.h's structures.

usage: vectors.py handshake-vectors.json > handshake_vectors.h
"""
import json
import sys

V1 = ["suite", "note", "client_line", "server_line",
      "r_a", "r_b", "K_a", "K_b", "N_a", "N_b", "S", "key_c2s", "key_s2c", "session"]
V2 = ["suite", "note", "client_line", "server_line", "ehlo_line", "client_ok_line",
      "server_ok_line", "x25519_private_a", "x25519_private_b", "K_a", "K_b", "N_a", "N_b", "S",
      "key_c2s", "iv_c2s", "key_s2c", "iv_s2c", "session"]
# PRK and T are steps on the way: every value that comes of them is compared.
V2_STEPS = {"PRK", "T"}
TEXT = {"suite", "note"}
NAMES = {"r_a": "private_a", "r_b": "private_b",
         "x25519_private_a": "private_a", "x25519_private_b": "private_b"}


def value(key, v):
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


def refused(items):
    for v in items:
        if "K" in v:
            yield "\t{ %s, %s, %s, NULL }," % (
                json.dumps(v["why"]), json.dumps(v["version"]), value("K", v["K"]))
        else:
            yield "\t{ %s, NULL, NULL, %s }," % (json.dumps(v["why"]), json.dumps(v["base64"]))


def main(path):
    with open(path, encoding="ascii") as f:
        data = json.load(f)
    print("/* SPDX-License-Identifier: GPL-2.0 */\n/* Made by vectors.py */")
    print('#include "hvectors.h"\n')
    print("static const struct handshake_vector handshake_vectors[] = {")
    print("\n".join(vectors(data["v1"], V1)))
    print("\n".join(vectors(data["v2"], V2, V2_STEPS)))
    print("};\n\nstatic const struct refuse_vector refuse_vectors[] = {")
    print("\n".join(refused(data["refuse"])))
    print("};")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
