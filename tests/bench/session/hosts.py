# SPDX-License-Identifier: GPL-2.0
"""Two mail hosts: network namespaces joined by virtual Ethernet, xcryptd in each."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

import load

PROGRAM = load.BUILD / "userspace/xcryptd/xcryptd"
ADDRESS = ["10.78.0.1", "10.78.0.2"]
START_LIMIT = 60        # seconds
PUBLIC_KEY = ["public_key_operations_total", "signatures_made_total", "signatures_checked_total"]


def name(side):
    return f"bench{side}"


def path(side):
    return f"/run/netns/{name(side)}"


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def connect():
    for side in (0, 1):
        ip("netns", "add", name(side))
    ip("link", "add", "v0", "netns", name(0), "type", "veth", "peer", "name", "v1", "netns",
       name(1))
    for side in (0, 1):
        ip("-n", name(side), "addr", "add", ADDRESS[side] + "/24", "dev", f"v{side}")
        ip("-n", name(side), "link", "set", "lo", "up")
        ip("-n", name(side), "link", "set", f"v{side}", "up")


def delay(milliseconds):
    """Each way; 0 for none."""
    for side in (0, 1):
        words = ["tc", "-n", name(side), "qdisc"]
        rest = ["dev", f"v{side}", "root"]
        if milliseconds:
            subprocess.run([*words, "replace", *rest, "netem", "delay", f"{milliseconds}ms"],
                           check=True)
        else:
            subprocess.run([*words, "del", *rest], check=True)


@contextlib.contextmanager
def steady_clock():
    """
    With -icount an idle machine's clock jumps to its next timer, be it ten seconds ahead, even
    if it is only waiting for its disk: programs that are not in memory yet time out. So it is
    not idle while this lasts.
    """
    with subprocess.Popen(["sh", "-c", "while :; do :; done"]) as spinner:
        os.sched_setscheduler(spinner.pid, os.SCHED_IDLE, os.sched_param(0))
        try:
            yield
        finally:
            spinner.kill()


class Daemon:
    """xcryptd in one of the namespaces."""

    def __init__(self, side, lines):
        directory = pathlib.Path(tempfile.mkdtemp(prefix=f"xcryptd{side}-"))
        shutil.chown(directory, "nobody")
        self.socket = str(directory / "socket")
        self.log = directory / "log"
        configuration = directory / "conf"
        own = [f"{name} {directory / name}" for name in ("identity", "peers")]
        configuration.write_text("\n".join([*lines, *own, ""]), encoding="ascii")
        with open(self.log, "w", encoding="ascii") as log:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", name(side), PROGRAM, "-u", "nobody", "-f", "-c",
                 configuration, "-s", self.socket], stderr=log, stdin=subprocess.DEVNULL)
        self._wait()

    def _wait(self):
        end = time.monotonic() + START_LIMIT
        while "event=serving" not in self.log.read_text(encoding="utf-8"):
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("xcryptd: " + self.log.read_text(encoding="utf-8"))
            time.sleep(0.05)

    def public_key_operations(self):
        """Agreements, and signatures made and checked."""
        with socket.socket(socket.AF_UNIX) as control, control.makefile("rw") as file:
            control.connect(self.socket)
            file.write("stats\n")
            file.flush()
            lines = file.read().splitlines()
        return sum(int(line.split()[1]) for line in lines
                   if line.split()[0] in PUBLIC_KEY)

    def cpu(self):
        """Nanoseconds that it has run."""
        schedstat = pathlib.Path(f"/proc/{self.process.pid}/schedstat")
        return int(schedstat.read_text(encoding="ascii").split()[0])

    def close(self):
        self.process.terminate()
        if self.process.wait(20):
            raise RuntimeError(f"xcryptd ended with {self.process.returncode}")


def daemons(lines):
    """One on each host, with these lines of configuration."""
    load.program(PROGRAM, "make userspace")
    return [Daemon(side, lines) for side in (0, 1)]
