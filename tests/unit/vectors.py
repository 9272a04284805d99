#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Print cipher-vectors.json as a C header, to be read with vectors.h's structures.

usage: vectors.py cipher-vectors.json > cipher_vectors.h
"""
import json
import sys

CIPHERS = ("rc4", "sober-t32", "chacha20", "aes256ctr")


def octets(text):
    """A pointer to octets and their count; a null pointer for none at all."""
    if text is None:
        return "NULL, 0"
    data = bytes.fromhex(text)
    return '(const u8 *)"%s", %d' % ("".join("\\x%02x" % b for b in data), len(data))


def quoted(text):
    return json.dumps(text)


def common(v):
    if v["cipher"] not in CIPHERS:
        sys.exit("vectors.py: no test knows the cipher " + v["cipher"])
    return "%s, %s, %s, %s" % (quoted(v["cipher"]), quoted(v["name"]),
                               octets(v["key"]), octets(v["nonce"]))


def streams(vectors):
    for v in vectors:
        for piece in v["keystream"]:
            yield "\t{ %s, %s, %d, %s }," % (
                common(v), "0x" + v["konst"] if "konst" in v else "0",
                piece["offset"], octets(piece["hex"]))


def iterated(vectors):
    for v in vectors:
        if len(bytes.fromhex(v["expect"])) != v["buflen"]:
            sys.exit("vectors.py: %s: the answer is not as long as the buffer" % v["name"])
        yield "\t{ %s, %d, %s }," % (common(v), v["iterations"], octets(v["expect"]))


def words(name, values):
    return "static const u32 %s[] = { %s };" % (name, ", ".join("0x" + v for v in values))


def trace(t):
    yield words("trace_key", t["lfsr_after_loadkey"])
    yield words("trace_saved", t["lfsr_after_genkonst_clock(saved state)"])
    yield words("trace_konst", [t["konst"]])
    yield words("trace_nonce", t["lfsr_after_nonce_00000001"])
    yield words("trace_scw", [t["first_stutter_control_word"]])
    yield words("trace_dibits", ["%x" % d for d in t["first_16_dibits_lsb_first"]])
    yield words("trace_words", t["first_words"])


def main(path):
    with open(path, encoding="ascii") as f:
        data = json.load(f)
    kinds = {"stream": [], "iterated": []}
    for v in data["vectors"]:
        kinds[v["kind"]].append(v)
    print("/* SPDX-License-Identifier: GPL-2.0 */\n/* Made by vectors.py */")
    print('#include "vectors.h"\n')
    print("static const struct stream_vector stream_vectors[] = {")
    print("\n".join(streams(kinds["stream"])))
    print("};\n\nstatic const struct iterated_vector iterated_vectors[] = {")
    print("\n".join(iterated(kinds["iterated"])))
    print("};\n")
    print("\n".join(trace(data["trace_sober_t32"])))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
