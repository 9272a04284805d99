# SPDX-License-Identifier: GPL-2.0
"""mail.log: what the mail servers of both hosts say to syslog, which one by its tag."""
import itertools
import os
import re
import socket
import threading
import time

import net
import tap

DEVICE = "/dev/log"
LIMIT = 60      # seconds
SETTLED = "settled "


class Maillog:
    def __init__(self, file):
        net.only_in_a_guest()
        self.text = []
        self.marks = itertools.count()
        self.settled = set()
        self.file = open(file, "a", encoding="utf-8")
        if os.path.exists(DEVICE):
            os.unlink(DEVICE)
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(DEVICE)
        os.chmod(DEVICE, 0o666)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        """Lines lose their priority; an empty datagram is close()'s."""
        while True:
            line = self.sock.recv(65536).decode("utf-8", "replace")
            if not line:
                break
            if line.startswith(SETTLED):
                self.settled.add(line)
                continue
            line = re.sub(r"^<\d+>", "", line.rstrip("\n\0"))
            self.text.append(line)
            self.file.write(line + "\n")
            self.file.flush()

    def mark(self):
        return len(self.text)

    def settle(self):
        """The mark behind all that was said by now, by processes that have ended, too."""
        word = SETTLED + str(next(self.marks))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(word.encode(), DEVICE)
        end = time.monotonic() + LIMIT
        while word not in self.settled:
            tap.check(time.monotonic() < end, "nobody reads what is logged")
            time.sleep(0.001)
        return self.mark()

    def read_by_now(self, words, since):
        return [line for line in self.text[since:] if all(word in line for word in words)]

    def lines(self, *words, since=0):
        """Those that have all these words. A process that has ended has said what it says."""
        self.settle()
        return self.read_by_now(words, since)

    def wait(self, *words, since=0, count=1, limit=LIMIT):
        """So many lines with all these words, when they are there."""
        end = time.monotonic() + limit
        while len(self.read_by_now(words, since)) < count:
            tap.check(time.monotonic() < end, "no %s in mail.log:\n%s" % (
                words, "\n".join(self.text[since:][-20:])))
            time.sleep(0.02)
        return self.read_by_now(words, since)

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"", DEVICE)
        self.reader.join()
        self.sock.close()
        os.unlink(DEVICE)
        self.file.close()
