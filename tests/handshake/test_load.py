# SPDX-License-Identifier: GPL-2.0
"""A thousand exchanges at once, half of them with silent peers."""
import errno
import resource
import signal
import time

import daemon
import mta
import net
import tap

COUNT = 500
LINE = b"XCRYPT chacha20_2.0 " + b"A" * 42 + b"E= " + b"A" * 22 + b"==\r\n"
SILENCE = 25000     # milliseconds; all have to be under way at once within it
MEMORY = 16         # KiB that may stay behind


def silent(link):
    """A client that says its first line and no more."""
    client, server = link.pair(net.V4)
    mta.attach(server)
    mta.suites(server)
    mta.ask(server, mta.SERVER, LINE, timeout=SILENCE)
    return client, server


def lively(link):
    """A client that has asked; the server's MTA has not yet."""
    client, server = link.pair(net.V4)
    mta.ask(client, mta.CLIENT, mta.greet(client, server))
    return client, server


def all_at_once(link, daemons):
    """The clients' daemon stands still until the servers' has them all, and silent ones as well."""
    pairs = [lively(link) for _ in range(COUNT)]
    lines = [mta.line_of(server) for _, server in pairs]
    daemons[0].process.send_signal(signal.SIGSTOP)
    start = time.monotonic()
    quiet = [silent(link) for _ in range(COUNT)]
    for (_, server), line in zip(pairs, lines):
        mta.ask(server, mta.SERVER, line)
    daemons[1].until(lambda: daemons[1].stats()["exchanges_active"] == 2 * COUNT)
    daemons[0].process.send_signal(signal.SIGCONT)
    tap.say("%d at once after %.1f s" % (2 * COUNT, time.monotonic() - start))
    return pairs, quiet


@tap.case()
def thousand_half_of_them_silent():
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
    with net.Link() as link:
        daemons = daemon.pair(link, "time-limit 120s", suites="chacha20_2.0")
        mta.exchange(*link.pair(net.V4))
        before = [d.at_rest() for d in daemons]
        pairs, quiet = all_at_once(link, daemons)
        for pair in pairs:
            for sock in pair:
                tap.equal(mta.wait(sock).kind, mta.ENCRYPTED, "class of a lively one")
        for _, server in quiet:
            result = mta.wait(server)
            tap.equal((result.kind, result.error), (mta.CLOSED, errno.ETIMEDOUT), "a silent one")
        stats = daemons[1].stats()
        tap.equal(stats["exchanges_active_max"], 2 * COUNT, "exchanges at once")
        tap.equal(stats["exchanges_active"], 0, "exchanges left")
        tap.equal(len(daemons[1].logged("refused dir=in", "reason=timeout")), COUNT, "lines")
        for (descriptors, memory), d in zip(before, daemons):
            now = d.at_rest()
            tap.say("memory %d -> %d KiB" % (memory, now[1]))
            tap.equal(now[0], descriptors, "descriptors")
            tap.check(now[1] <= memory + MEMORY, "memory grew")
