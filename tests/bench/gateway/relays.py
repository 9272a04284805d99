# SPDX-License-Identifier: GPL-2.0
"""What may stand between client and server, each with the processor time that it has used."""
import glob
import os
import subprocess
import sys
import tempfile

import gateway
import net

A, B = net.ADDRESS[net.V4]
OUTSIDE = (B, 25)
PACKAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../build/mail/haproxy/*.deb")
HAPROXY = """global
  nbthread 1
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  option splice-auto
listen relay
  bind %s:%d
  server mta %s:%d %s
"""


def nanoseconds(pid):
    """Of all its threads."""
    total = 0
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/schedstat" % (pid, task), encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total


class Haproxy:
    """As the gateway would stand: before the server, or (out) behind the client."""

    directory = None

    def __init__(self, link, out=False):
        self.unpack()
        self.address = gateway.OUT if out else OUTSIDE
        side, to, option = (0, OUTSIDE, "") if out else (1, gateway.BACKEND, "send-proxy-v2")
        conf = os.path.join(self.directory, "haproxy.cfg")
        with open(conf, "w", encoding="ascii") as file:
            file.write(HAPROXY % (*self.address, *to, option))
        (libraries,) = glob.glob(os.path.join(self.directory, "usr/lib/*-linux-gnu"))
        with link.inside(side):
            self.process = subprocess.Popen(
                [os.path.join(self.directory, "usr/sbin/haproxy"), "-db", "-f", conf],
                stderr=subprocess.DEVNULL, env={"LD_LIBRARY_PATH": libraries})
        gateway.listening(link, side, self.address)
        self.pid = self.process.pid

    @classmethod
    def unpack(cls):
        if cls.directory:
            return
        debs = glob.glob(PACKAGES)
        if not debs:
            sys.exit("no haproxy: run 'tests/mail/fetch haproxy' outside of the guest")
        cls.directory = tempfile.mkdtemp()
        for deb in debs:
            subprocess.run(["dpkg", "-x", deb, cls.directory], check=True)

    def close(self):
        self.process.terminate()
        self.process.wait()
