# SPDX-License-Identifier: GPL-2.0
"""Many sessions through both gateways while one of them is killed and the other reloaded."""
import os
import re
import signal
import socket
import subprocess
import threading
import time

import gateway
import mailhost
import net
import postfix
import script
import tap

B = net.ADDRESS[net.V4][1]
SECONDS = 60 if os.environ.get("FULL") else 6
SESSIONS = 50


class Sink(threading.Thread):
    """Behind the gateway: takes mail as an MTA does, and counts how often for each recipient."""

    def __init__(self, listener):
        super().__init__(daemon=True)
        self.listener, self.got, self.lock = listener, {}, threading.Lock()
        self.strike = None      # is called once, while a message is on its way

    def run(self):
        for sock in net.accepted(self.listener):
            threading.Thread(target=self.session, args=(sock,), daemon=True).start()

    def session(self, sock):
        end = script.End(sock)
        try:
            script.header(end)
            end.say(b"220 b.example.net")
            recipient = None
            while recipient != b"":
                recipient = self.command(end, end.line().rstrip(b"\r\n"), recipient)
        except (OSError, tap.Failure):
            pass
        sock.close()

    def command(self, end, line, recipient):
        """Whom the message is for; nobody, when it is over."""
        if line.startswith(b"RCPT TO:"):
            recipient = line[9:].split(b">")[0]
        elif line == b"DATA":
            with self.lock:
                strike, self.strike = self.strike, None
            if strike:
                strike()
            end.say(b"354 go on")
            while end.line() != b".\r\n":
                pass
            with self.lock:
                self.got[recipient] = self.got.get(recipient, 0) + 1
        end.say(b"221 bye" if line == b"QUIT" else b"250 fine")
        return b"" if line == b"QUIT" else recipient


class Source(threading.Thread):
    """One message after the other, each again until it is taken."""

    def __init__(self, link, number, end):
        super().__init__(daemon=True)
        self.link, self.number, self.end = link, number, end
        self.taken, self.again = [], set()

    def run(self):
        count = 0
        while time.monotonic() < self.end:
            count += 1
            name = b"%d-%d@example.net" % (self.number, count)
            while not self.send(name):
                self.again.add(name)
                time.sleep(0.1)
            self.taken.append(name)

    def send(self, name):
        sock = None
        try:
            with self.link.inside(0):
                sock = socket.socket()
            sock.settimeout(30)
            sock.connect((B, 25))
            end = script.End(sock)
            end.reply()
            for line in (b"EHLO a.example.org", b"MAIL FROM:<a@example.org>",
                         b"RCPT TO:<%s>" % name, b"DATA"):
                end.say(line)
                tap.check(end.reply()[:1] in b"23", "refused")
            end.send(20 * (b"x" * 76 + b"\r\n") + b".\r\n")
            tap.check(end.reply().startswith(b"250"), "refused")
            end.say(b"QUIT")
            return True
        except (OSError, tap.Failure):
            return False
        finally:
            if sock:
                sock.close()


def sink_of(link):
    listener = link.listen(1, gateway.BACKEND)
    listener.listen(512)
    sink = Sink(listener)
    sink.start()
    return sink


def disturb(link, sink):
    """The server's side is killed behind a DATA and restarted, later the client's is reloaded."""
    time.sleep(SECONDS / 3)
    mark = link.b.mark()
    struck = threading.Event()

    def strike():
        os.kill(link.b.pid, signal.SIGKILL)
        struck.set()

    sink.strike = strike
    tap.check(struck.wait(gateway.LIMIT), "no message comes that could be cut")
    link.b.serving(mark)
    time.sleep(SECONDS / 3)
    link.a.reload()


@tap.case()
def load():
    """Through both gateways, one of them killed, the other one reloaded: no message is lost, and
    none comes twice but one whose reply its sender has not got."""
    with gateway.Pair(out=("sessions 500",), into=("sessions 500", "share 500")) as link:
        sink = sink_of(link)
        end = time.monotonic() + SECONDS
        sources = [Source(link, number, end) for number in range(SESSIONS)]
        for source in sources:
            source.start()
        disturb(link, sink)
        for source in sources:
            source.join()
        taken = [name for source in sources for name in source.taken]
        again = set().union(*(source.again for source in sources))
        tap.say("%d messages, %d of them sent again" % (len(taken), len(again)))
        tap.check(len(taken) > SESSIONS, "%d messages" % len(taken))
        tap.equal([name for name in taken if name not in sink.got], [], "lost")
        tap.equal([name for name, count in sink.got.items() if count > 1 and name not in again],
                  [], "doubled")
        link.a.wait("session id=", "suite=chacha20_2.0")


LOCAL = "127.0.0.1:2500"
# As many sessions as smtp-source has, and a host that has failed is tried again at once.
MORE = ("default_destination_concurrency_limit = %d" % SESSIONS, "default_process_limit = 150",
        "initial_destination_concurrency = %d" % SESSIONS, "queue_run_delay = 2s",
        "default_destination_concurrency_failed_cohort_limit = 0", "minimal_backoff_time = 2s",
        "maximal_backoff_time = 2s", "transport_retry_time = 2s", "in_flow_delay = 0")
SERVICE = LOCAL + " inet n - n - - smtpd -o mynetworks=127.0.0.0/8\n"
BATCH = 200


class SmtpSource(threading.Thread):
    """Postfix's own, into the Postfix on side 0, one batch after the other."""

    def __init__(self, link, end):
        super().__init__(daemon=True)
        self.link, self.end, self.sent, self.failed = link, end, set(), None

    def run(self):
        batch = 0
        while time.monotonic() < self.end and not self.failed:
            batch += 1
            with self.link.inside(0):
                done = subprocess.run(
                    ["/usr/sbin/smtp-source", "-N", "-s", str(SESSIONS), "-m", str(BATCH), "-l", "2000",
                     "-f", "a@example.org", "-t", "b%d@example.net" % batch, LOCAL],
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            self.failed = done.returncode and done.stdout
            self.sent |= {b"%db%d@example.net" % (number, batch) for number in range(1, BATCH + 1)}


@tap.case()
def load_smtp_source():
    """The same by an MTA: smtp-source fills its queue in as many sessions as the queue is emptied in.
    Twice comes only what the MTA says may come twice."""
    postfix.unpack()
    with gateway.Pair(who="user postfix", out=("sessions 500",),
                      into=("sessions 500", "share 500")) as link:
        sink = sink_of(link)
        link.keep(mailhost.Host(link, 0, *MORE, services=SERVICE))
        start = time.monotonic()
        source = SmtpSource(link, start + SECONDS)
        source.start()
        disturb(link, sink)
        source.join()
        tap.check(not source.failed, source.failed)
        end = time.monotonic() + gateway.LIMIT
        while set(sink.got) != source.sent and time.monotonic() < end:
            time.sleep(0.2)
        took = time.monotonic() - start
        tap.equal((source.sent - set(sink.got), set(sink.got) - source.sent), (set(), set()), "lost, not sent")
        maybe = {re.search("to=<(.*?)>", line).group(1).encode()
                 for line in link.log.lines("may be sent more than once")}
        twice = {name for name, count in sink.got.items() if count > 1}
        deferred = len(link.log.lines("postfix-a/smtp", "status=deferred"))
        tap.say("%d messages in %.0f s, %d deferred, %d twice" % (len(source.sent), took, deferred, len(twice)))
        tap.check(twice <= maybe, "twice: %s" % (twice - maybe))
        tap.check(deferred, "nothing was disturbed")
        link.a.wait("session id=", "suite=chacha20_2.0", count=11)
