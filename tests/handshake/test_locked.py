# SPDX-License-Identifier: GPL-2.0
"""What the users of a socket that is handed over do to it, while xcryptd is at work on it."""
import contextlib
import os
import signal
import socket
import subprocess
import time

import daemon
import mta
import net
import tap
import test_daemon
import test_load

HOLD = os.path.join(daemon.BUILD, "handshake/hold")
SOON = 3        # seconds; all that does not wait for the lock takes less
TX_ACK, SOFTWARE, OPT_ID, OPT_TSONLY = 1 << 9, 1 << 4, 1 << 7, 1 << 11
SO_TIMESTAMPING = 37


class Hold:
    """An unprivileged program that has the socket's lock from lock() to free()."""

    def __init__(self, sock):
        fd = sock.fileno()
        self.process = subprocess.Popen([HOLD, str(fd)], pass_fds=(fd,), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.heard("ready")

    def heard(self, word):
        tap.equal(self.process.stdout.readline().strip(), word, "said by hold")

    def tell(self, word):
        self.process.stdin.write("go on\n")
        self.process.stdin.flush()
        self.heard(word)

    def lock(self):
        self.tell("locked")

    def free(self):
        self.tell("free")
        self.close()

    def close(self):
        self.process.kill()
        self.process.communicate()


def taken_while_locked(link, one, timeout=0):
    """A server whose request the daemon takes when the lock is held already; and its client."""
    client, server = link.pair(net.V4)
    mta.attach(server)
    hold = link.keep(Hold(server))
    mta.ask(client, mta.CLIENT, mta.greet_attached(client, server))
    line = mta.line_of(server)
    with stopped(one):
        mta.ask(server, mta.SERVER, line, timeout=timeout)
        hold.lock()
    return client, server, hold


@contextlib.contextmanager
def stopped(one):
    one.process.send_signal(signal.SIGSTOP)
    yield
    one.process.send_signal(signal.SIGCONT)


def others_are_served(link):
    start = time.monotonic()
    test_load.good(*link.pair(net.V4))
    took = time.monotonic() - start
    tap.check(took < SOON, "another's exchange took %.1f s" % took)


@tap.case()
def locked_socket_keeps_nobody():
    """The daemon goes on without work, others are served, and its exchange ends well in the end."""
    with net.Link() as link:
        one = daemon.pair(link)[1]
        client, server, hold = taken_while_locked(link, one)
        others_are_served(link)
        before = test_daemon.processor_time(one)
        time.sleep(3)
        spent = test_daemon.processor_time(one) - before
        tap.check(spent < 0.3, "it worked for %.2f of 3 s" % spent)
        tap.equal(one.stats()["exchanges_active"], 1, "under way")
        hold.free()
        for sock in (client, server):
            tap.equal(mta.wait(sock).kind, mta.ENCRYPTED, "class")


@tap.case()
def locked_beyond_the_limit():
    """It ends in time, and what it had of the daemon is given back."""
    with net.Link() as link:
        one = daemon.pair(link)[1]
        before = one.descriptors()
        _, server, hold = taken_while_locked(link, one, timeout=1000)
        one.until(lambda: one.stats()["exchanges_active"] == 0, 5)
        tap.equal(one.descriptors(), before, "descriptors")
        others_are_served(link)
        hold.free()
        tap.equal(mta.wait(server).kind, mta.CLOSED, "class")


@tap.case()
def killed_with_a_socket_locked():
    with net.Link() as link:
        one = daemon.pair(link)[1]
        _, server, hold = taken_while_locked(link, one)
        one.until(lambda: one.stats()["exchanges_active"] == 1)
        start = time.monotonic()
        one.kill()
        one.start()
        others_are_served(link)
        took = time.monotonic() - start
        tap.check(took < 2 * SOON, "the next one served after %.1f s" % took)
        hold.free()
        tap.equal(mta.wait(server).kind, mta.CLOSED, "class")


@tap.case()
def error_queue_is_no_work():
    """An MTA that asked for timestamps: each line that is sent leaves one, and nobody reads it."""
    with net.Link() as link:
        one = daemon.pair(link)[0]
        client, server = link.pair(net.V4)
        client.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING,
                          TX_ACK | SOFTWARE | OPT_ID | OPT_TSONLY)
        mta.ask(client, mta.CLIENT, mta.greet(client, server))
        line = mta.line_of(server)
        before = test_daemon.processor_time(one)
        time.sleep(3)
        spent = test_daemon.processor_time(one) - before
        tap.check(spent < 0.3, "it worked for %.2f of 3 s" % spent)
        server.settimeout(mta.LIMIT)
        mta.ask(server, mta.SERVER, line)
        for sock in (client, server):
            tap.equal(mta.wait(sock).kind, mta.ENCRYPTED, "class")
