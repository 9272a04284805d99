# SPDX-License-Identifier: GPL-2.0
"""
Memory fails, in the debug kernel: in every allocation of an MTA's calls in turn, and at random
in whatever the daemon asks of the kernel.
"""
import contextlib
import errno
import os

import daemon
import mta
import net
import tap

DEBUGFS = "/sys/kernel/debug/"
SETTINGS = {"verbose": "0", "ignore-gfp-wait": "N", "task-filter": "Y", "times": "-1"}
MOST = 300          # faults in one call: more means that it never ends
LIMIT = 3000        # milliseconds for an exchange that memory may have ended
PERCENT = 2
STORM = 60          # exchanges
NO_MEMORY = (errno.ENOMEM, errno.ENOBUFS, errno.EFAULT)     # EFAULT: in a copy, which may fail too


def put(path, text):
    with open(path, "w") as file:
        file.write(text)


def setup():
    if not os.path.exists(DEBUGFS + "failslab"):
        raise tap.Skip("this kernel has no fault injection: run it in the debug kernel")
    for kind in ("failslab", "fail_page_alloc"):
        for name, value in SETTINGS.items():
            put("%s%s/%s" % (DEBUGFS, kind, name), value)
    put(DEBUGFS + "fail_page_alloc/min-order", "0")
    put(DEBUGFS + "fail_usercopy/verbose", "0")


class Nth:
    """The n-th thing that can fail in this thread does."""

    def __init__(self):
        self.fd = os.open("/proc/thread-self/fail-nth", os.O_RDWR)

    def call(self, nth, function, *args):
        """What it returned, the error or None, and whether there was an n-th."""
        result = error = None
        os.pwrite(self.fd, b"%d" % nth, 0)
        try:
            result = function(*args)
        except OSError as fault:
            error = fault.errno
        return result, error, self.left() == 0

    def left(self):
        """To read and write the file copies, too, and may use up what is left."""
        left = 1
        with contextlib.suppress(OSError):
            left = int(os.pread(self.fd, 16, 0))
        while True:
            with contextlib.suppress(OSError):
                os.pwrite(self.fd, b"0", 0)
                return left


def good_exchange(link):
    for result in mta.exchange(*link.pair(net.V4)):
        tap.equal((result.kind, result.error), (mta.ENCRYPTED, 0), "outcome without a fault")


def ended_by_memory(result):
    """Encrypted after all, or an end that the header has, and no later than the time limit."""
    tap.check(result.kind == mta.ENCRYPTED or
              (result.kind, result.error) in ((mta.NONE, errno.ENOMEM),
                                              (mta.NONE, errno.ETIMEDOUT),
                                              (mta.NONE, errno.ENOTCONN),
                                              (mta.ANSWERED, errno.ECONNREFUSED),
                                              (mta.ANSWERED, errno.ENOMEM),
                                              (mta.CLOSED, errno.ENOMEM),
                                              (mta.CLOSED, errno.ETIMEDOUT),
                                              (mta.CLOSED, errno.ECONNRESET),
                                              (mta.CLOSED, errno.EPROTO)), str(result))
    return result.kind != mta.ENCRYPTED


def readable(server, client):
    """Until there is a line, or the client's exchange has ended without one."""
    poll = mta.select.poll()
    poll.register(server, mta.select.POLLIN)
    poll.register(client, mta.select.POLLOUT)
    return any(fd == server.fileno() for fd, _ in poll.poll(mta.LIMIT * 1000))


def rest_fails(client, server):
    """Whether one of the ends was not encrypted. The server may wait for a line in vain."""
    socks = [client]
    if readable(server, client) and ask_server(server, mta.line_of(server)):
        socks.append(server)
    return any([ended_by_memory(mta.wait(sock)) for sock in socks])


def ask_server(server, line):
    """False if the client has closed by then."""
    try:
        mta.ask(server, mta.SERVER, line, timeout=LIMIT)
    except OSError as fault:
        tap.equal(fault.errno, errno.ENOTCONN if line else errno.EINVAL, "errno")
        return False
    return True


def sweep(once):
    """once(nth) tells whether there was an n-th."""
    for nth in range(1, MOST):
        if not once(nth):
            tap.say("%d faults" % (nth - 1))
            tap.check(nth > 1, "no fault was injected")
            return
    tap.check(False, "it never came through")


@tap.case()
def fault_in_suites():
    setup()
    nth = Nth()
    with net.Link() as link:
        daemon.pair(link)

        def once(n):
            client, server = link.pair(net.V4)
            mta.attach(server)
            words, error, hit = nth.call(n, mta.suites, server)
            tap.check(hit and error in NO_MEMORY or error is None, "error %s" % error)
            # Nothing is remembered of a list that could not be had.
            tap.equal(mta.suites(server), words or daemon.ALL.encode(), "words")
            client.close()
            server.close()
            return hit

        sweep(once)
        good_exchange(link)


@tap.case(("client",), ("server",))
def fault_in_the_request(who):
    """A request that fails was none, and can be made again."""
    setup()
    nth = Nth()
    with net.Link() as link:
        daemon.pair(link)

        def once(n):
            client, server = link.pair(net.V4)
            words = mta.greet(client, server)
            if who == "client":
                hit = request(nth, n, client, mta.CLIENT, words)
                failed = rest_fails(client, server)
            else:
                mta.ask(client, mta.CLIENT, words, timeout=LIMIT)
                hit = request(nth, n, server, mta.SERVER, mta.line_of(server))
                failed = any([ended_by_memory(mta.wait(sock)) for sock in (client, server)])
            tap.check(hit or not failed, "it failed without a fault")
            client.close()
            server.close()
            return hit

        sweep(once)
        good_exchange(link)


def request(nth, n, sock, role, line):
    sock.setblocking(False)
    _, error, hit = nth.call(n, mta.ask, sock, role, line, b"", LIMIT)
    if error is not None:
        tap.check(hit and error in NO_MEMORY, "error %s" % error)
        tap.equal(mta.outcome(sock).state, 0, "state")
        mta.ask(sock, role, line, b"", LIMIT)
    return hit


@contextlib.contextmanager
def storm(one):
    fail = "/proc/%d/make-it-fail" % one.process.pid
    for kind in ("failslab", "fail_page_alloc"):
        put("%s%s/probability" % (DEBUGFS, kind), str(PERCENT))
    put(fail, "1")
    try:
        yield
    finally:
        put(fail, "0")
        for kind in ("failslab", "fail_page_alloc"):
            put("%s%s/probability" % (DEBUGFS, kind), "0")


@tap.case(("client",), ("server",))
def daemon_in_a_storm(who):
    """It goes on, holds no descriptor back, and is as before when memory is there again."""
    setup()
    with net.Link() as link:
        daemons = daemon.pair(link)
        one = daemons[who == "server"]
        good_exchange(link)
        before = one.descriptors()
        ended = 0
        with storm(one):
            for _ in range(STORM):
                client, server = link.pair(net.V4)
                mta.ask(client, mta.CLIENT, mta.greet(client, server), timeout=LIMIT)
                ended += rest_fails(client, server)
                client.close()
                server.close()
        tap.say("%d of %d exchanges were ended" % (ended, STORM))
        tap.check(0 < ended < STORM, "either nothing failed or everything")
        one.until(lambda: one.stats()["exchanges_active"] == 0)
        tap.equal(one.descriptors(), before, "descriptors")
        good_exchange(link)
