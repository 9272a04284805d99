# SPDX-License-Identifier: GPL-2.0
"""The judge is judged first: the models' keystreams against the vectors."""
import json
import os

import keystream
import t32
from tap import case, check, equal

VECTORS = os.path.join(os.path.dirname(__file__), "../vectors/cipher-vectors.json")
MODELS = {"rc4": "arrsyfor", "chacha20": "chacha20", "aes256ctr": "aes256ctr"}


def octets(text):
    return None if text is None else bytes.fromhex(text)


def model(vector, count):
    key, nonce = octets(vector["key"]), octets(vector["nonce"])
    if vector["cipher"] == "sober-t32":
        return t32.T32(key, nonce).stream(count)
    return keystream.compute(MODELS[vector["cipher"]], key, nonce, count)


@case(("rc4",), ("sober-t32",), ("chacha20",), ("aes256ctr",))
def models_give_the_vectors(cipher):
    with open(VECTORS, encoding="utf-8") as file:
        vectors = [v for v in json.load(file)["vectors"]
                   if v["cipher"] == cipher and v["kind"] == "stream"]
    check(vectors, "no vectors for " + cipher)
    for vector in vectors:
        for piece in vector["keystream"]:
            wanted = octets(piece["hex"])
            at = piece["offset"]
            equal(model(vector, at + len(wanted))[at:], wanted, vector["name"])
