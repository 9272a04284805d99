# SPDX-License-Identifier: GPL-2.0
"""The daemon dies, hangs, comes back; the socket for xcryptctl."""
import errno
import signal
import time

import daemon
import mta
import net
import tap
import test_exchange
import test_load

COUNT = 100


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
