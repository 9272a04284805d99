# SPDX-License-Identifier: GPL-2.0
"""Many exchanges at once, silent peers among them, and the limits that keep places for others."""
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


def silent(link, pair=None, timeout=SILENCE):
    """A client that says its first line and no more."""
    client, server = pair or link.pair(net.V4)
    mta.attach(server)
    mta.suites(server)
    mta.ask(server, mta.SERVER, LINE, timeout=timeout)
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
        daemons = daemon.pair(link, "time-limit 120s", "exchange-share 2048",
                              suites="chacha20_2.0")
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
        lines = daemons[1].logged("dir=in peer=")
        tap.equal(len(lines) + stats["log_lines_suppressed_total"], 2 * COUNT + 1, "lines")
        tap.check(len([line for line in lines if "reason=timeout" in line]) > COUNT / 10, "lines")
        for (descriptors, memory), d in zip(before, daemons):
            now = d.at_rest()
            tap.say("memory %d -> %d KiB" % (memory, now[1]))
            tap.equal(now[0], descriptors, "descriptors")
            tap.check(now[1] <= memory + MEMORY, "memory grew")


AT_ONCE = 3         # seconds; what waits for a place would wait for ten
OTHER = "10.77.0.3"


def pair_from(link, address, side=0):
    """Connected sockets, from an address of side's to the other side's."""
    listener = link.socket(1 - side, net.V4)
    listener.bind((net.ADDRESS[net.V4][1 - side], 0))
    listener.listen()
    first = net.limit(link.socket(side, net.V4))
    first.bind((address, 0))
    first.connect(listener.getsockname())
    second = net.limit(link.keep(listener.accept()[0]))
    listener.close()
    return first, second


def is_declined(result, error):
    tap.equal((result.kind, errno.errorcode.get(result.error)),
              (mta.NONE, errno.errorcode[error]), "outcome of one too many")


def good(client, server):
    for result in mta.exchange(client, server):
        tap.equal(result.kind, mta.ENCRYPTED, "class of another's exchange")


@tap.case()
def silent_peers_have_their_share():
    """One address, with more silent exchanges than there are places, harms nobody but itself."""
    with net.Link() as link:
        daemons = daemon.pair(link, "exchanges 64", "exchange-share 16", "time-limit 120s",
                              suites="chacha20_2.0")
        link.ip("addr add %s/24 dev v0" % OTHER, side=0)
        link.ip("neigh add %s lladdr %s dev v1" % (OTHER, net.MAC[0]), side=1)
        quiet = [silent(link) for _ in range(100)]
        for number, (_, server) in enumerate(quiet):
            if number >= 16:
                is_declined(mta.wait(server, AT_ONCE), errno.EDQUOT)
        tap.equal(daemons[1].stats()["exchanges_active"], 16, "exchanges under way")
        tap.equal(len(daemons[1].logged("refused dir=in peer=[10.77.0.1]:", "class=none",
                                        "reason=site-limit", "error=EDQUOT")), 84, "lines")
        # Another host to us, and we to another and to the very same.
        good(*pair_from(link, OTHER))
        good(*pair_from(link, net.ADDRESS[net.V4][1], side=1))
        good(*pair_from(link, net.ADDRESS[net.V4][1], side=1))
        for _, server in quiet[:16]:
            tap.equal(mta.outcome(server).state, 1, "state of a silent one")


@tap.case()
def a_direction_keeps_its_places():
    """Silent exchanges of many sites take three quarters; what goes out has the last."""
    with net.Link() as link:
        daemons = daemon.pair(link, "exchanges 16", "exchange-share 4", "time-limit 120s",
                              suites="chacha20_2.0")
        for last in range(10, 15):
            link.ip("addr add 10.77.0.%d/24 dev v0" % last, side=0)
            link.ip("neigh add 10.77.0.%d lladdr %s dev v1" % (last, net.MAC[0]), side=1)
        quiet = [silent(link, pair_from(link, "10.77.0.%d" % last))
                 for last in range(10, 14) for _ in range(4)]
        for _, server in quiet[12:]:
            is_declined(mta.wait(server, AT_ONCE), errno.EUSERS)
        late = silent(link, pair_from(link, "10.77.0.14"))
        is_declined(mta.wait(late[1], AT_ONCE), errno.EUSERS)
        tap.equal(len(daemons[1].logged("refused dir=in", "reason=limit", "error=EUSERS")), 5,
                  "lines")
        good(*pair_from(link, net.ADDRESS[net.V4][1], side=1))


def self_pair(link):
    listener = link.socket(0, net.V4)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    client = net.limit(link.socket(0, net.V4))
    client.connect(listener.getsockname())
    return client, net.limit(link.keep(listener.accept()[0]))


def answer(client, server):
    """The server's MTA, if a line comes: True if it was served, else it says 454 as it has to."""
    server.settimeout(AT_ONCE)
    mta.ask(server, mta.SERVER, mta.line_of(server))
    result = mta.wait(server, AT_ONCE)
    if result.kind == mta.ENCRYPTED:
        return True
    is_declined(result, errno.EUSERS)
    server.sendall(b"454 4.7.0 XCRYPT FAIL\r\n")
    tap.equal(mta.wait(client, AT_ONCE).kind, mta.ANSWERED, "the client's class")
    return False


@tap.case()
def a_host_that_mails_itself_at_the_limit():
    """Clients that had all places would wait for servers that get none, ten seconds long."""
    with net.Link() as link:
        link.keep(daemon.Daemon(link, 0, "exchanges 8", "time-limit 30s", suites="chacha20_2.0"))
        pairs = [self_pair(link) for _ in range(8)]
        start = time.monotonic()
        for client, server in pairs:
            mta.ask(client, mta.CLIENT, mta.greet(client, server))
        # The last two are told at once; the daemon takes requests in their order.
        for client, _ in pairs[6:]:
            is_declined(mta.wait(client, AT_ONCE), errno.EUSERS)
        asked = pairs[:6]
        served = sum(answer(client, server) for client, server in asked)
        spent = time.monotonic() - start
        tap.say("%d of %d encrypted after %.1f s" % (served, len(pairs), spent))
        tap.check(served >= 2, "only %d encrypted" % served)
        for client, _ in asked:
            tap.check(mta.wait(client, AT_ONCE).kind in (mta.ENCRYPTED, mta.ANSWERED), "no end")
        tap.check(spent < 10, "it waited for %.1f s" % spent)
