# SPDX-License-Identifier: GPL-2.0
"""Two network namespaces joined by a pair of virtual Ethernet devices."""
import contextlib
import ctypes
import os
import socket
import struct
import subprocess

import tap

CLONE_NEWNET = 0x40000000

V4 = socket.AF_INET
V6 = socket.AF_INET6
ADDRESS = {V4: ("10.77.0.1", "10.77.0.2"), V6: ("fd77::1", "fd77::2")}
NOBODY = {V4: "10.77.0.9", V6: "fd77::9"}
MAC = ("02:00:00:00:77:01", "02:00:00:00:77:02")

SOCKET_LIMIT = 60       # seconds; no call of a test may wait for longer

libc = ctypes.CDLL(None, use_errno=True)


def command(*words, **kwargs):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, **kwargs)
    tap.check(done.returncode == 0, "%s failed: %s" % (" ".join(words), done.stdout))
    return done.stdout


def only_in_a_guest():
    """For what is written below /etc and /dev, and forgotten where a guest ends."""
    tap.check(os.path.exists("/run/vm/job"),
              "it would change this machine: run it inside of tests/vm/run")


def setns(fd):
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def limit(sock):
    interval = struct.pack("ll", SOCKET_LIMIT, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, interval)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, interval)
    return sock


def accepted(listener):
    """Each connection that comes, until somebody shuts the listener down."""
    while True:
        try:
            sock = listener.accept()[0]
        except OSError:
            return
        yield sock


class Link:
    """Side 0 is namespace wire0 with device v0, side 1 wire1 with v1."""

    def __init__(self, mtu=1500):
        self.open = []
        commands = []
        for side in (0, 1):
            commands.append("netns add wire%d" % side)
        commands.append("link add v0 netns wire0 address %s mtu %d type veth "
                        "peer name v1 netns wire1 address %s mtu %d" % (MAC[0], mtu, MAC[1], mtu))
        self.delete()
        self.ip(*commands)
        for side in (0, 1):
            self.configure(side, mtu)

    def configure(self, side, mtu):
        dev = "dev v%d" % side
        commands = ["link set lo up", "link set v%d up" % side,
                    "addr add %s/24 %s" % (ADDRESS[V4][side], dev),
                    "neigh add %s lladdr %s %s" % (ADDRESS[V4][1 - side], MAC[1 - side], dev),
                    "neigh add %s lladdr %s %s" % (NOBODY[V4], MAC[1 - side], dev)]
        if mtu >= 1280:
            commands += [
                "addr add %s/64 %s nodad" % (ADDRESS[V6][side], dev),
                "neigh add %s lladdr %s %s" % (ADDRESS[V6][1 - side], MAC[1 - side], dev),
                "neigh add %s lladdr %s %s" % (NOBODY[V6], MAC[1 - side], dev)]
        self.ip(*commands, side=side)

    @staticmethod
    def ip(*commands, side=None):
        words = ["ip"] + (["-n", "wire%d" % side] if side is not None else []) + ["-batch", "-"]
        command(*words, input="\n".join(commands) + "\n")

    @staticmethod
    def delete():
        for side in (0, 1):
            if os.path.exists("/run/netns/wire%d" % side):
                command("ip", "netns", "del", "wire%d" % side)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for one in self.open:
            one.close()
        desyncs = [self.stat(side)["XcryptDesync"] for side in (0, 1)]
        self.delete()
        if kind is None:
            tap.equal(desyncs, [0, 0], "sockets out of step")

    @contextlib.contextmanager
    def inside(self, side):
        """This thread, and what it starts, is in one of the namespaces."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open("/run/netns/wire%d" % side, os.O_RDONLY)
        try:
            setns(there)
            yield
        finally:
            setns(home)
            os.close(there)
            os.close(home)

    def run(self, side, *words, **kwargs):
        with self.inside(side):
            return command(*words, **kwargs)

    def sysctl(self, name, value):
        for side in (0, 1):
            with self.inside(side), open("/proc/sys/" + name, "w") as file:
                file.write(str(value))

    def features(self, *words):
        """ethtool's words for both devices."""
        for side in (0, 1):
            self.run(side, "ethtool", "-K", "v%d" % side, *words)

    def stat(self, side):
        with self.inside(side), open("/proc/thread-self/net/xcrypt_stat") as file:
            return {name: int(value) for name, value in map(str.split, file)}

    def keep(self, one):
        self.open.append(one)
        return one

    def socket(self, side, family, kind=socket.SOCK_STREAM, protocol=0):
        with self.inside(side):
            return self.keep(socket.socket(family, kind, protocol))

    def pair(self, family, options=()):
        """Connected sockets, of side 0 and side 1. Options are set before they connect."""
        listener = self.socket(1, family)
        first = limit(self.socket(0, family))
        for one in (listener, first):
            for level, name, value in options:
                one.setsockopt(level, name, value)
        listener.bind((ADDRESS[family][1], 0))
        listener.listen()
        first.connect(listener.getsockname()[:2])
        second = limit(self.keep(listener.accept()[0]))
        listener.close()
        return first, second
