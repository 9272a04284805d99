# SPDX-License-Identifier: GPL-2.0
"""
Who sits on the wire of version 3: he has no key, but sees where each record begins and ends. An
edit for tests/mail/proxy.py.
"""
import struct

import proxy

TAG = 16
LAST = {"C": b"XCRYPT OK ", "S": b"250 XCRYPT OK "}     # behind this line records begin


class Stream:
    """Of one side: its lines in the clear, then its records."""

    def __init__(self, who):
        self.last, self.sealed, self.left = LAST[who], False, b""

    def feed(self, octets):
        """What is whole: (is it a record, octets). The rest is kept until more comes."""
        self.left += octets
        while True:
            end = self.end()
            if not end or end > len(self.left):
                return
            whole, self.left = self.left[:end], self.left[end:]
            sealed = self.sealed
            self.sealed = sealed or whole.startswith(self.last)
            yield sealed, whole

    def end(self):
        """Octets of what comes next, 0 while that is not known."""
        if not self.sealed:
            return self.left.find(b"\n") + 1
        if len(self.left) < 2:
            return 0
        return 2 + struct.unpack(">H", self.left[:2])[0] + TAG


class Attack:
    """
    attack(octets) is done to record number at of who; it returns what is passed on, or an Act.
    seen: all records that came, as (who, octets); said: the first five octets of each line; wire:
    all octets of both sides.
    """

    def __init__(self, who=None, at=None, attack=None):
        self.target, self.attack = (who, at), attack
        self.streams = {side: Stream(side) for side in "CS"}
        self.seen, self.said, self.done, self.wire = [], [], [], bytearray()

    def count(self, who):
        return sum(side == who for side, _ in self.seen)

    def __call__(self, who, octets):
        on = back = b""
        self.wire += octets
        for sealed, whole in self.streams[who].feed(octets):
            act = self.one(who, whole) if sealed else self.line(whole)
            on, back = on + act.on, back + act.back
            if act.end:
                return proxy.Act(on, back, act.end)
        return proxy.Act(on, back)

    def line(self, octets):
        """Of replies of several lines the first one."""
        if self.said[-1:] != [b"250-b"] or octets[:4] not in (b"250-", b"250 "):
            self.said.append(octets[:5])
        return proxy.Act(octets)

    def one(self, who, octets):
        number = self.count(who)
        self.seen.append((who, octets))
        if (who, number) != self.target and not self.goes_on(who):
            return proxy.Act(octets)
        if not self.done:
            self.done.append(octets)
        act = self.attack(octets)
        return act if isinstance(act, proxy.Act) else proxy.Act(act)

    def goes_on(self, who):
        """An attack on two records is not over with the first."""
        return getattr(self.attack, "held", None) is not None and who == self.target[0]


def flip(octets):
    """One bit of what is sealed."""
    at = len(octets) // 2
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1:]


def shorten(octets):
    """By the last octet."""
    return octets[:-1]


def repeat(octets):
    return octets * 2


def drop(_octets):
    return b""


def reflect(octets):
    return proxy.Act(back=octets)


class Swap:
    """The record comes behind the next one of its side."""

    def __init__(self):
        self.held = None

    def __call__(self, octets):
        if self.held is None:
            self.held = octets
            return b""
        octets, self.held = octets + self.held, None
        return octets


def cut(how):
    """Behind the record."""
    return lambda octets: proxy.Act(octets, end=how)
