# SPDX-License-Identifier: GPL-2.0
"""Devices and TCP options that make TCP cut and keep its octets in other ways."""
import xcrypt
from capture import Conversation
from keystream import CIPHERS
from net import V4, V6, Link
from tap import case, equal
from test_exact import both_ways

LENGTH = 128 * 1024

# Name: MTU, features of the devices, sysctls.
LINKS = {
    "sg-off": (1500, "sg off tso off gso off gro off", {}),
    "gso-off-gro-on": (1500, "tso off gso off gro on", {}),
    "gso-on-gro-off": (1500, "tso off gso on gro off", {}),
    "all-on": (1500, "sg on tso on gso on gro on", {}),
    "checksum-off": (1500, "tx off rx off", {}),
    "mtu-576": (576, "tso off gso off gro on", {}),
    "mtu-9000": (9000, "tso off gso off gro off", {}),
    "timestamps-off": (1500, "tso off gso off gro on", {"net/ipv4/tcp_timestamps": 0}),
    "sack-off": (1500, "gro on", {"net/ipv4/tcp_sack": 0}),
    "no-autocorking": (1500, "tso off gso off", {"net/ipv4/tcp_autocorking": 0}),
}


def transfer(link, family, cipher):
    plain = [xcrypt.plaintext(LENGTH, seed) for seed in (2, 3)]
    with Conversation(link, family) as talk:
        xcrypt.encrypt(*talk.ends, cipher)
        got = both_ways(talk.ends, plain)
    for i in (0, 1):
        equal(got[i], plain[i], "what arrived from side %d" % i)
        talk.streams[i].equals(xcrypt.ciphertext(cipher, i, plain[i]), "sent by side %d" % i)


@case(*((name,) for name in LINKS))
def right_on_every_link(name):
    mtu, features, sysctls = LINKS[name]
    with Link(mtu) as link:
        link.features(*features.split())
        for sysctl, value in sysctls.items():
            link.sysctl(sysctl, value)
        for i, cipher in enumerate(CIPHERS):
            transfer(link, V6 if i % 2 and mtu >= 1280 else V4, cipher)
