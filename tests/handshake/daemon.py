# SPDX-License-Identifier: GPL-2.0
"""xcryptd in one of the namespaces, with a directory of its own."""
import ctypes
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import tap

BUILD = os.environ.get("BUILD") or os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                                "../../build")
PROGRAM = os.path.join(BUILD, "userspace/xcryptd/xcryptd")
OTHER = os.path.join(BUILD, "handshake/other/xcryptd/xcryptd")      # of another version
CTL = os.path.join(BUILD, "userspace/xcryptctl/xcryptctl")
START_LIMIT = 60    # seconds
USER = "nobody"     # it does not serve as root
PR_SET_CHILD_SUBREAPER = 36

ALL = "chacha20_2.0 aes256ctr_2.0 t32_1.0 arrsyfor_1.0"


class Daemon:
    def __init__(self, link, side, *lines, suites=ALL, options=()):
        self.link, self.side, self.options = link, side, options
        self.dir = tempfile.mkdtemp(prefix="xcryptd%d-" % side)
        self.socket = os.path.join(self.dir, "socket")
        self.conf = os.path.join(self.dir, "conf")
        self.process = None
        shutil.chown(self.dir, USER)
        self.configure(*(["suites " + suites] if suites else []), *lines)
        self.start()

    def configure(self, *lines):
        """With files of its own: two hosts share this machine's directories."""
        own = [line for line in (self.own("identity"), self.own("peers"))
               if not any(line.split()[0] in words.split()[:1] for words in lines)]
        with open(self.conf, "w") as file:
            file.write("\n".join([*lines, *own]) + "\n")

    def own(self, name):
        return "%s %s" % (name, os.path.join(self.dir, name))

    def start(self):
        self.log = open(os.path.join(self.dir, "log"), "a+")
        mark = len(self.lines())
        self.spawn(self.log)
        self.until(lambda: any("event=serving" in line for line in self.lines()[mark:]))

    def words(self, *words):
        return [PROGRAM, "-u", USER, *words, *self.options]

    def spawn(self, stderr):
        with self.link.inside(self.side):
            self.process = subprocess.Popen(
                self.words("-f", "-c", self.conf, "-s", self.socket),
                stderr=stderr, stdin=subprocess.DEVNULL)

    def until(self, condition, seconds=START_LIMIT):
        end = time.monotonic() + seconds
        while not condition():
            if self.process.poll() is not None or time.monotonic() > end:
                raise tap.Failure("xcryptd, status %s: %s" % (self.process.poll(),
                                                              self.lines()[-5:]))
            time.sleep(0.02)

    def lines(self):
        with open(self.log.name) as file:
            return file.read().splitlines()

    def settle(self):
        """Until what it was at is done, and its log is written."""
        while self.process.poll() is None and self.stats()["log_lines_queued"]:
            time.sleep(0.01)

    def logged(self, *words):
        """The lines that have all these words; what it was at when asked is among them."""
        self.settle()
        return [line for line in self.lines() if all(word in line for word in words)]

    def control(self, command):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(20)
            sock.connect(self.socket)
            sock.sendall(command.encode() + b"\n")
            with sock.makefile() as answer:
                lines = answer.read().splitlines()
        tap.equal((lines[:1], lines[-1:]), (["ok"], ["."]), "answer to " + command)
        return lines[1:-1]

    def stats(self):
        return {name: int(value) for name, value in
                (line.rsplit(" ", 1) for line in self.control("stats"))}

    def status(self, word):
        with open("/proc/%d/status" % self.process.pid) as file:
            return re.search(r"^%s:[ \t]*(.*)$" % word, file.read(), re.M).group(1)

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.process.pid))

    def memory(self):
        """KiB that are its own. What status has of it is not exact to the page."""
        with open("/proc/%d/smaps_rollup" % self.process.pid) as file:
            return int(re.search(r"^Anonymous:\s*(\d+)", file.read(), re.M).group(1))

    def at_rest(self):
        """Both, with no exchange left, and with what it takes to answer us there already."""
        self.until(lambda: self.stats()["exchanges_active"] == 0)
        return self.descriptors(), self.memory()

    def kill(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        return self.process.wait(20)

    def close(self):
        """For Link, which ends what it keeps."""
        if self.process.poll() is None:
            status = self.kill(signal.SIGTERM)
            tap.equal(status, 0, "xcryptd's exit status")
        self.log.close()


class Child:
    """What Popen is for a program that we started, for one that went into the background."""

    def __init__(self, pid):
        self.pid = pid
        self.pidfd = os.pidfd_open(pid)
        self.status = None

    def poll(self):
        if self.status is None and select.select([self.pidfd], [], [], 0)[0]:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def send_signal(self, how):
        signal.pidfd_send_signal(self.pidfd, how)

    def wait(self, seconds):
        if not select.select([self.pidfd], [], [], seconds)[0]:
            raise tap.Failure("xcryptd has not ended after %d seconds" % seconds)
        return self.poll()


class Background(Daemon):
    """Without -f, and from its own directory. Its orphan is our child: we see how it ends."""

    def __init__(self, *args, before="", fds=(), **kwargs):
        self.before, self.fds = before, fds     # what the shell is to do with descriptors
        super().__init__(*args, **kwargs)

    def start(self):
        self.log = open(os.path.join(self.dir, "log"), "a+")
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        with self.link.inside(self.side):
            done = subprocess.run(
                ["sh", "-c", 'exec "$@" ' + self.before, "sh",
                 *self.words("-c", "conf", "-s", "socket")], cwd=self.dir, pass_fds=self.fds, stderr=self.log,
                stdin=subprocess.DEVNULL, timeout=START_LIMIT, check=False)
        tap.equal(done.returncode, 0, "status of what was started")
        self.process = Child(int(dict(line.split(None, 1) for line in
                                      self.control("status"))["pid"]))


def pair(link, *lines, suites=ALL):
    """One on each side: of the client, of the server."""
    return [link.keep(Daemon(link, side, *lines, suites=suites)) for side in (0, 1)]
