# SPDX-License-Identifier: GPL-2.0
"""mail.log: what the mail servers of both hosts say to syslog, which one by its tag."""
import os
import re
import socket
import threading
import time

import tap

DEVICE = "/dev/log"
LIMIT = 60      # seconds


class Maillog:
    def __init__(self, file):
        self.text = []
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
            line = re.sub(r"^<\d+>", "", line.rstrip("\n\0"))
            self.text.append(line)
            self.file.write(line + "\n")
            self.file.flush()

    def mark(self):
        return len(self.text)

    def lines(self, *words, since=0):
        """Those that have all these words."""
        return [line for line in self.text[since:] if all(word in line for word in words)]

    def wait(self, *words, since=0, count=1, limit=LIMIT):
        """So many lines with all these words, when they are there."""
        end = time.monotonic() + limit
        while len(self.lines(*words, since=since)) < count:
            tap.check(time.monotonic() < end, "no %s in mail.log:\n%s" % (
                words, "\n".join(self.text[since:][-20:])))
            time.sleep(0.02)
        return self.lines(*words, since=since)

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"", DEVICE)
        self.reader.join()
        self.sock.close()
        os.unlink(DEVICE)
        self.file.close()
