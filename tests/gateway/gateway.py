# SPDX-License-Identifier: GPL-2.0
"""xcrypt-gateway on one of the hosts, with the rules that lead connections to it."""
import os
import re
import signal
import socket
import subprocess
import tempfile
import time

import daemon
import place
import script
import tap

PROGRAM = os.path.join(daemon.BUILD, "userspace/gateway/xcrypt-gateway")
USER = "nobody"     # it does not serve as root
OUT = ("127.0.0.1", 2526)
BACKEND = ("127.0.0.1", 10025)
MARK = 22595
LIMIT = 60      # seconds

OUTBOUND = "outbound %s:%d" % OUT
INBOUND = "inbound 0.0.0.0:25 proxy-v2 %s:%d" % BACKEND


def listening(link, side, address):
    """Somebody is, by now."""
    end = time.monotonic() + LIMIT
    while True:
        with link.inside(side), socket.socket() as sock:
            if not sock.connect_ex(address):
                return
        tap.check(time.monotonic() < end, "nobody listens at %s:%d" % address)
        time.sleep(0.05)


class Gateway:
    def __init__(self, link, side, *lines):
        self.link, self.side = link, side
        self.dir = tempfile.mkdtemp(prefix="gateway%d-" % side)
        self.conf = os.path.join(self.dir, "conf")
        self.socket = os.path.join(self.dir, "socket")
        self.configure(*lines)
        self.start()
        if any(line.startswith("redirect") for line in lines):
            self.redirect()

    def configure(self, *lines):
        with open(self.conf, "w", encoding="ascii") as file:
            file.write("\n".join((*lines, "log stderr")) + "\n")

    def start(self):
        self.log = open(os.path.join(self.dir, "log"), "a+", encoding="ascii")
        mark = len(self.lines())
        with self.link.inside(self.side):
            self.process = subprocess.Popen([PROGRAM, "-c", self.conf, "-s", self.socket, "-u", USER], stderr=self.log,
                                            stdin=subprocess.DEVNULL)
        self.serving(mark)

    def serving(self, since):
        """The process that does."""
        (line,) = self.wait("serving pid=", since=since)
        self.pid = int(line.rsplit("=", 1)[1])

    def ctl(self, *words):
        """xcryptctl gateway, which finds the gateway's program by its path."""
        path = "%s:%s" % (os.path.dirname(PROGRAM), os.environ["PATH"])
        return self.link.run(self.side, daemon.CTL, "-s", self.socket, "gateway", *words,
                             env={**os.environ, "PATH": path})

    def redirect(self):
        self.ctl("on", "--conf", self.conf)

    def reload(self):
        mark = self.mark()
        self.process.send_signal(signal.SIGHUP)
        self.serving(mark)

    def stats(self):
        """{'encrypted_total{direction="in"}': 1}"""
        return {name: int(value) for name, value in
                (line.rsplit(" ", 1) for line in self.asked("stats"))}

    def asked(self, what):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(20)
            sock.connect(self.socket)
            sock.sendall(what.encode() + b"\n")
            with sock.makefile() as answer:
                lines = answer.read().splitlines()
        tap.equal((lines[:1], lines[-1:]), (["ok"], ["."]), "answer to " + what)
        return lines[1:-1]

    def rss(self):
        with open("/proc/%d/status" % self.pid, encoding="ascii") as file:
            return int(file.read().split("VmRSS:")[1].split()[0])

    def lines(self):
        with open(self.log.name, encoding="ascii") as file:
            return file.read().splitlines()

    def mark(self):
        return len(self.lines())

    def wait(self, *words, since=0, count=1):
        """So many lines with all these words, when they are there."""
        end = time.monotonic() + LIMIT
        while True:
            found = [line for line in self.lines()[since:] if all(w in line for w in words)]
            if len(found) >= count:
                return found
            tap.check(time.monotonic() < end,
                      "no %s in the gateway's log, status %s:\n%s" % (
                          words, self.process.poll(), "\n".join(self.lines()[-20:])))
            time.sleep(0.02)

    def session(self, *words, since=0):
        """The fields of the one session that ended with these words in its line."""
        (line,) = self.wait("session id=", *words, since=since)
        return dict(re.findall(r'(\w+)=("[^"]*"|\S+)', line))

    def sessions(self):
        """The lines of all, when the last one has ended: an MTA may keep it open behind its message. A
        thread of its own writes them, so that one may be counted as ended before its line is there."""
        end = time.monotonic() + LIMIT
        while (stats := self.stats())["sessions_active"]:
            tap.check(time.monotonic() < end, "a session that does not end")
            time.sleep(0.05)
        count = sum(value for name, value in stats.items() if name.startswith("sessions_total{"))
        return self.wait("session id=", count=count)

    def close(self):
        if self.process.poll() is None:
            mark = self.mark()
            self.process.send_signal(signal.SIGTERM)
            self.wait("ending: ", since=mark)
            self.process.send_signal(signal.SIGTERM)
            tap.equal(self.process.wait(20), 0, "the gateway's exit status")
        self.log.close()


class Pair(place.Wire):
    """
    Both hosts behind a gateway: what root sends to port 25 on side 0 goes through the one, and the
    other one has a script of the test behind it.
    """

    def __init__(self, out=(), into=(), suites=daemon.ALL, daemons=(0, 1), who="user root",
                 sides=(0, 1), inbound=INBOUND, lines=()):
        super().__init__()
        self.listeners = {}
        self.gateways = []
        self.daemons = {side: self.keep(daemon.Daemon(self, side, *lines, suites=suites))
                        for side in daemons}
        if 1 in sides:
            self.b = self.keep(Gateway(self, 1, inbound, *into))
            self.gateways.append(self.b)
        if 0 in sides:
            self.a = self.keep(Gateway(self, 0, OUTBOUND, "redirect " + who, *out))
            self.gateways.append(self.a)

    def encrypted(self):
        """All sessions were."""
        for one in self.gateways:
            lines = one.sessions()
            tap.check(lines and all("suite=-" not in line for line in lines), lines)

    def listen(self, side, address):
        """The one that is there, if it is."""
        if (side, address) not in self.listeners:
            with self.inside(side):
                sock = self.keep(socket.create_server(address))
            sock.settimeout(LIMIT)
            self.listeners[side, address] = sock
        return self.listeners[side, address]

    def connect(self, side, address, direct=False):
        """direct: past the gateway."""
        with self.inside(side):
            sock = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        sock.settimeout(LIMIT)
        if direct:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, MARK)
        sock.connect(address)
        return self.keep(sock)

    def resets(self, side, address):
        """Whoever connects there finds a reset: in connect() already, if that is slow to return."""
        try:
            return script.End(self.connect(side, address)).rest() is None
        except ConnectionResetError:
            return True
