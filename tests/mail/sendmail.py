# SPDX-License-Identifier: GPL-2.0
"""sendmail on one of the hosts, with a directory of its own: configuration, daemon, queue."""
import collections
import contextlib
import os
import shutil
import signal
import subprocess
import time

import net
import tap

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(HERE, "../../build/mail/sendmail")
DEBIAN = os.path.join(BUILD, "stock/usr")

Build = collections.namedtuple("Build", "program cf")
PATCHED = Build(os.path.join(BUILD, "sendmail"), os.path.join(BUILD, "cf"))
# With DANE, and with suites of version 2 done as those of version 3.
TEST = Build(os.path.join(BUILD, "sendmail.test"), PATCHED.cf)
STOCK = Build(os.path.join(DEBIAN, "libexec/sendmail/sendmail"),
              os.path.join(DEBIAN, "share/sendmail/cf"))
MAKEMAP = os.path.join(DEBIAN, "libexec/sendmail/makemap")

NAMES = ("a.example.org", "b.example.net")
LIMIT = 60      # seconds
REST = 10


class Sendmail:
    def __init__(self, link, side, build, *more, access=(), listens=True):
        """
        more: lines for the .mc; access: of the access map. Side 0 sends all mail to side 1, which
        keeps all.
        """
        self.link, self.log, self.side, self.build = link, link.log, side, build
        self.name = NAMES[side]
        self.tag = "sendmail-" + self.name[0]
        self.dir = "/run/mail/" + self.name
        self.cf = os.path.join(self.dir, "sendmail.cf")
        self.process = None
        shutil.rmtree(self.dir, ignore_errors=True)
        for sub, mode in (("", 0o755), ("queue", 0o700), ("mail", 0o755)):
            os.makedirs(os.path.join(self.dir, sub), mode)
        if access:
            more = ("FEATURE(`access_db', `hash -T<TMPF> %s/access')" % self.dir, *more)
        self.configure(*more)
        if access:
            self.make_map(access)
        if listens:
            self.start()

    def make_map(self, access):
        subprocess.run([MAKEMAP, "-C", self.cf, "hash", os.path.join(self.dir, "access")],
                       check=True, input="\n".join(access).encode() + b"\n")

    def write(self, name, text):
        with open(os.path.join(self.dir, name), "w", encoding="utf-8") as file:
            file.write(text)

    def configure(self, *more):
        self.write("switch", "hosts files\n")
        self.write("more.mc", "\n".join(more) + "\n")
        macros = {"DIR": self.dir, "NAME": self.name, "NEXT": "" if self.side else NAMES[1]}
        done = subprocess.run(
            ["m4", *("-D%s=%s" % pair for pair in macros.items()), os.path.join(HERE, "host.mc")],
            cwd=self.build.cf, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, check=False)
        tap.equal(done.returncode, 0, "m4: " + done.stderr)
        self.write("sendmail.cf", done.stdout)

    def argv(self, *words):
        return [self.build.program, "-C", self.cf, "-L", self.tag, *words]

    def run(self, *words, **kwargs):
        with self.link.inside(self.side):
            return subprocess.run(self.argv(*words), stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, check=False, **kwargs)

    def start(self, *words, port=25, family=net.V4):
        """The daemon. It is there when it listens."""
        mark = self.log.mark()
        with self.link.inside(self.side):
            self.process = subprocess.Popen(self.argv("-bD", *words), start_new_session=True)
        self.log.wait(self.tag, "starting daemon", since=mark)
        self.listening(family, port)

    def listening(self, family, port):
        end = time.monotonic() + LIMIT
        while True:
            with self.link.socket(self.side, family) as sock:
                if not sock.connect_ex((net.ADDRESS[family][self.side], port)):
                    return
            tap.check(self.process.poll() is None and time.monotonic() < end,
                      "sendmail does not listen, status %s" % self.process.poll())
            time.sleep(0.05)

    def sessions(self):
        """Processes that the daemon has forked and that are not at their end."""
        for name in filter(str.isdigit, os.listdir("/proc") if self.process else ()):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError), \
                    open("/proc/%s/stat" % name, encoding="utf-8", errors="replace") as file:
                state, _, _, session = file.read().rpartition(")")[2].split()[:4]
                if int(session) == self.process.pid != int(name) and state != "Z":
                    yield int(name)

    def rest(self):
        """Until what it was at is done, and logged: not for ever, a case may hold a connection."""
        end = time.monotonic() + REST
        while any(self.sessions()) and time.monotonic() < end:
            time.sleep(0.02)

    def submit(self, message, *recipients, sender="alice@example.org", status=0, words=()):
        """As a local program would. Returns when the message is delivered, or queued."""
        done = self.run(*words, "-i", "-f", sender, *(recipients or ("-t",)), input=message)
        tap.equal(done.returncode, status, "sendmail's status: %s" % done.stdout)

    def run_queue(self, *words):
        """Once. What it said."""
        done = self.run("-q", "-v", *words)
        tap.equal(done.returncode, 0, "sendmail -q: %s" % done.stdout)
        return done.stdout.decode()

    def begin(self, message, *words, sender="alice@example.org"):
        """The same, but returns the process, which has read the message. words: options, too."""
        with self.link.inside(self.side):
            process = subprocess.Popen(self.argv("-i", "-f", sender, *words),
                                       stdin=subprocess.PIPE)
        process.stdin.write(message)
        process.stdin.close()
        return process

    def queued(self):
        """Messages that wait."""
        return sorted(name for name in os.listdir(os.path.join(self.dir, "queue"))
                      if name.startswith("qf"))

    def forget(self):
        """The queue's messages."""
        for name in os.listdir(os.path.join(self.dir, "queue")):
            os.unlink(os.path.join(self.dir, "queue", name))

    def mail(self):
        """What was delivered here: (recipient, octets), in the order of arrival."""
        place = os.path.join(self.dir, "mail")
        names = sorted(os.listdir(place), key=lambda name: (
            os.stat(os.path.join(place, name)).st_mtime_ns, name))
        for name in names:
            with open(os.path.join(place, name), "rb") as file:
                yield name.rsplit(".", 1)[0], file.read()

    def take(self):
        """The same, and the box is empty again."""
        mail = list(self.mail())
        place = os.path.join(self.dir, "mail")
        for name in os.listdir(place):
            os.unlink(os.path.join(place, name))
        return mail

    def stop(self):
        """With all that it has forked."""
        if self.process:
            for how in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(self.process.pid, how)
                    self.process.wait(10)
                except (ProcessLookupError, subprocess.TimeoutExpired):
                    pass
            self.process = None

    def close(self):
        self.stop()



class Dialogue:
    """SMTP with sendmail -bs on a host, through pipes."""

    def __init__(self, one, *words):
        with one.link.inside(one.side):
            self.process = subprocess.Popen(one.argv("-bs", *words), stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE)

    def __enter__(self):
        tap.equal(self.reply()[:3], b"220", "greeting")
        return self

    def __exit__(self, *_):
        self.process.communicate(b"QUIT\r\n", timeout=LIMIT)

    def say(self, line):
        """The reply's lines."""
        self.process.stdin.write(line + b"\r\n")
        self.process.stdin.flush()
        return self.reply()

    def reply(self):
        lines = b""
        while True:
            line = self.process.stdout.readline()
            lines += line
            if line[3:4] != b"-":
                return lines
