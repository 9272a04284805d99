# SPDX-License-Identifier: GPL-2.0
"""The daemon dies, hangs, comes back; the socket for xcryptctl."""
import ctypes
import errno
import os
import signal
import socket
import subprocess
import time

import daemon
import mta
import net
import tap
import test_exchange
import test_load

COUNT = 100
PIDFD_GETFD = 438
LOAD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../vm/load")


def all_end(socks, limit, kind, error):
    start = time.monotonic()
    for sock in socks:
        result = mta.wait(sock)
        tap.equal((result.kind, result.error), (kind, error), "outcome")
    took = time.monotonic() - start
    tap.check(took < limit, "the last was told after %.1f s" % took)


@tap.case(("SIGKILL",), ("SIGTERM",))
def killed_with_a_hundred_under_way(how):
    with net.Link() as link:
        daemons = daemon.pair(link)
        live = link.pair(net.V4)
        mta.exchange(*live)
        quiet = [test_load.silent(link) for _ in range(COUNT)]
        daemons[1].until(lambda: daemons[1].stats()["exchanges_active"] == COUNT)
        daemons[1].kill(getattr(signal, how))
        all_end([server for _, server in quiet], 1, mta.CLOSED, errno.ECONNABORTED)
        test_exchange.send_over(*live, test_exchange.message(1))
        daemons[1].start()
        for result in mta.exchange(*link.pair(net.V4)):
            tap.equal(result.kind, mta.ENCRYPTED, "class")
        test_exchange.send_over(*reversed(live), test_exchange.message(2))


@tap.case()
def killed_before_it_took_the_request():
    with net.Link() as link:
        daemons = daemon.pair(link)
        _, server = link.pair(net.V4)
        mta.attach(server)
        mta.suites(server)
        daemons[1].process.send_signal(signal.SIGSTOP)
        mta.ask(server, mta.SERVER, test_load.LINE)
        daemons[1].kill()
        all_end([server], 1, mta.NONE, errno.ESRCH)
        daemons[1].start()


@tap.case()
def mta_that_goes_away_is_forgotten():
    with net.Link() as link:
        daemons = daemon.pair(link)
        before = daemons[1].descriptors()
        client, server = test_load.silent(link)
        daemons[1].until(lambda: daemons[1].stats()["exchanges_active"] == 1)
        server.close()
        client.close()
        daemons[1].until(lambda: daemons[1].stats()["exchanges_active"] == 0)
        tap.equal(daemons[1].descriptors(), before, "descriptors")


@tap.case()
def control_socket():
    with net.Link() as link:
        daemons = daemon.pair(link)
        mta.exchange(*link.pair(net.V4))
        lines = daemons[1].control("cache list")
        tap.equal([line.split()[:2] for line in lines], [["2.0", "10.77.0.1"]], "cache")
        tap.equal(daemons[1].control("recent")[0].split()[1], "chacha20_2.0", "suite")
        daemons[1].control("cache flush")
        tap.equal(daemons[1].control("cache list"), [], "cache after flush")
        daemons[0].control("keys rotate")
        for result in mta.exchange(*link.pair(net.V4)):
            tap.equal((result.kind, result.hit), (mta.ENCRYPTED, 0), "outcome")
        tap.equal(daemons[0].stats()["key_pairs_total"], 2, "key pairs made")


def descriptor_of(one, name):
    """A descriptor of ours of what the daemon has open under this name in /proc."""
    for fd in os.listdir("/proc/%d/fd" % one.process.pid):
        if os.readlink("/proc/%d/fd/%s" % (one.process.pid, fd)).startswith(name):
            pidfd = os.pidfd_open(one.process.pid)
            copy = ctypes.CDLL(None, use_errno=True).syscall(PIDFD_GETFD, pidfd, int(fd), 0)
            os.close(pidfd)
            yield copy


def netlink_socket(one):
    for fd in descriptor_of(one, "socket:"):
        sock = socket.socket(fileno=fd)
        if sock.family == socket.AF_NETLINK:
            return sock
        sock.close()
    raise tap.Failure("xcryptd has no netlink socket")


@tap.case()
def notices_are_lost():
    """A queue for one notice, and a hundred to come: ENOBUFS."""
    with net.Link() as link:
        daemons = daemon.pair(link)
        one = daemons[1]
        before = one.descriptors()
        quiet = [test_load.silent(link) for _ in range(COUNT)]
        one.until(lambda: one.stats()["exchanges_active"] == COUNT)
        with netlink_socket(one) as queue:
            queue.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        one.process.send_signal(signal.SIGSTOP)
        for pair in quiet:
            for sock in reversed(pair):
                sock.close()
        one.process.send_signal(signal.SIGCONT)
        one.until(lambda: one.logged("event=notices-lost"))
        one.until(lambda: one.stats()["exchanges_active"] == 0)
        tap.equal(one.descriptors(), before, "descriptors")
        for result in mta.exchange(*link.pair(net.V4)):
            tap.equal(result.kind, mta.ENCRYPTED, "class")


def unload():
    """Sockets of other cases may take a moment to be gone."""
    for _ in range(200):
        done = subprocess.run(["rmmod", "xcrypt"], stderr=subprocess.PIPE, text=True, check=False)
        if not done.returncode:
            return
        time.sleep(0.1)
    raise tap.Failure(done.stderr)


@tap.case()
def module_goes_and_comes():
    """Who serves goes on serving, by itself, with the pairs and the cache that it had."""
    with net.Link() as link:
        daemons = daemon.pair(link)
        socks = link.pair(net.V4)
        mta.exchange(*socks)
        for sock in socks:
            sock.close()
        unload()
        try:
            for d in daemons:
                d.until(lambda d=d: d.logged("event=module-gone", "modprobe xcrypt"))
                tap.equal([line for line in d.control("status") if line.startswith("kernel")],
                          ["kernel the module is not loaded: modprobe xcrypt"], "status")
            # What is configured meanwhile holds when it is back.
            daemons[1].configure("suites aes256ctr_2.0 chacha20_2.0")
            daemons[1].process.send_signal(signal.SIGHUP)
            daemons[1].until(lambda: daemons[1].logged("reload event=done"))
        finally:
            subprocess.run([LOAD], check=True)
        for d in daemons:
            d.until(lambda d=d: d.logged("upcall event=serving"))
            tap.check("kernel serving" in d.control("status"), "status")
        for suite, hit in (("aes256ctr_2.0", 0), ("aes256ctr_2.0", 1)):
            for result in mta.exchange(*link.pair(net.V4)):
                tap.equal((result.kind, result.suite, result.hit), (mta.ENCRYPTED, suite, hit),
                          "outcome")


@tap.case()
def module_comes_for_another():
    """Who is too late when the module is back is not served, and ends with the status for it."""
    with net.Link() as link:
        slow = daemon.Daemon(link, 0)
        unload()
        try:
            slow.until(lambda: slow.logged("event=module-gone"))
            slow.process.send_signal(signal.SIGSTOP)
        finally:
            subprocess.run([LOAD], check=True)
        link.keep(daemon.Daemon(link, 0))
        slow.process.send_signal(signal.SIGCONT)
        tap.equal(slow.process.wait(60), 69, "exit status")
        tap.equal(len(slow.logged("another xcryptd serves this network namespace")), 1, "lines")


@tap.case()
def another_version_is_told():
    """One of another release."""
    with net.Link() as link:
        one = daemon.Daemon(link, 0)
        one.close()
        with link.inside(0):
            done = subprocess.run([daemon.OTHER, "-f", "-c", one.conf, "-s", one.socket],
                                  stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        tap.equal(done.returncode, 69, "exit status")
        for words in ("Protocol not supported", "xcrypt.ko and xcryptd are of different versions",
                      "install xcrypt.ko and xcryptd from the same release"):
            tap.check(words in done.stderr, done.stderr)
