# SPDX-License-Identifier: GPL-2.0
"""xcryptctl, and a daemon that says what a test wants."""
import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading

import net
import tap

PROGRAM = os.environ["XCRYPTCTL"]
NOBODY = 65534
LIMIT = 60      # seconds


def run(*words, **kwargs):
    kwargs.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([PROGRAM, *words], stderr=subprocess.PIPE, timeout=LIMIT, check=False,
                          **kwargs)


def says(*words, status=0, **kwargs):
    """What it prints on stdout and stderr; it has to end with this status."""
    done = run(*words, **kwargs)
    out, err = (done.stdout or b"").decode(), done.stderr.decode()
    tap.equal(done.returncode, status, "exit status of %s: %s%s" % (words, out, err))
    return out, err


def as_nobody(*words, status):
    """An ordinary user. The program lies where only we may look."""
    tap.equal(os.geteuid(), 0, "these tests are run as root")
    with place() as copy:
        program = shutil.copy(PROGRAM, copy)
        os.chmod(copy, 0o755)
        done = subprocess.run([program, *words], capture_output=True, timeout=LIMIT, check=False,
                              user=NOBODY, group=NOBODY, extra_groups=[])
    tap.equal(done.returncode, status, "exit status of %s: %s" % (words, done))
    return done.stdout.decode(), done.stderr.decode()


@contextlib.contextmanager
def place():
    path = tempfile.mkdtemp(prefix="xcryptctl-")
    try:
        yield path
    finally:
        shutil.rmtree(path)


class Daemon(threading.Thread):
    """Gives each client this answer, and keeps the commands."""
    def __init__(self, path, answer):
        super().__init__(daemon=True)
        self.path, self.answer, self.commands = path, answer, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        self.start()

    def run(self):
        for client in net.accepted(self.listener):
            with client:
                self.commands.append(client.recv(256))
                with contextlib.suppress(BrokenPipeError):
                    client.sendall(self.answer)

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.join(LIMIT)
        self.listener.close()


@contextlib.contextmanager
def daemon(answer):
    with place() as path:
        one = Daemon(os.path.join(path, "socket"), answer)
        try:
            yield one
        finally:
            one.stop()
