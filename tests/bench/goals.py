# SPDX-License-Identifier: GPL-2.0
"""What the measures have to reach."""

import collections

import sockets
import table
import tap


class Result(collections.namedtuple("Result", "name value least most", defaults=(None, None))):
    """A ratio with a bound on one side."""

    def reached(self):
        return self.value >= self.least if self.least else self.value <= self.most

    def goal(self):
        return f"at least {self.least}" if self.least else f"at most {self.most}"


def _against_ktls(cost):
    for mode, ktls, least in [("chacha20", "ktls-chacha20poly1305", 1.82),
                              ("aes256ctr", "ktls-aes128gcm", 1.70)]:
        ratio = cost["write", 65536, ktls][0] / cost["write", 65536, mode][0]
        yield Result(f"speed of {mode} to {ktls}, write of 65536", ratio, least=least)


def _own(alone, call, size, mode):
    """The cipher's cost of both ends: only a writer's octets are encrypted in place."""
    sender = "place" if call == "write" else "move"
    return alone[mode, size, sender] + alone[mode, size, "move"]


ABOVE_PLAIN = {("write", 65536): 1.03, ("sendfile", 65536): 1.03, ("write", 1024): 1.10}


def above_plain(cost, alone, call, size):
    for mode in sockets.CIPHERS:
        above = cost[call, size, mode][0] - cost[call, size, "plain"][0]
        yield Result(f"cost above plain to cost of {mode}, {call} of {size}",
                     above / _own(alone, call, size, mode), most=ABOVE_PLAIN[call, size])


def _small(cost, alone):
    for mode in sockets.CIPHERS:
        base = cost["write", 64, "plain"][0] + _own(alone, "write", 64, mode)
        yield Result(f"cost to plain and {mode}, write of 64", cost["write", 64, mode][0] / base,
                     most=1.15)


def _sendfile(cost):
    for mode in sockets.CIPHERS:
        yield Result(f"cost of sendfile to write, {mode}, 65536",
                     cost["sendfile", 65536, mode][0] / cost["write", 65536, mode][0], most=1.0)


def results(cost, alone):
    """@cost: (both ends, ...) of each (call, size, mode); @alone: see cipher.costs()."""
    return [*_against_ktls(cost),
            *(one for load in ABOVE_PLAIN for one in above_plain(cost, alone, *load)),
            *_small(cost, alone), *_sendfile(cost)]


def judge(found, path):
    """Shows the results in TAP and writes them for the summary of all."""
    for r in found:
        tap.is_true(r.reached(), f"{r.name}: {r.value:.3f}, goal {r.goal()}")
    table.write_csv(path, ["name", "value", "goal", "reached"],
                    [[r.name, f"{r.value:.3f}", r.goal(), "yes" if r.reached() else "no"]
                     for r in found])
    return tap.done()
