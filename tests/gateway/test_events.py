# SPDX-License-Identifier: GPL-2.0
"""
Connections that fail or end: what both MTAs see without a gateway, with one that encrypts nothing,
and through two that encrypt, event for event. Scripts are in the place of the MTAs.
"""
import contextlib
import time

import gateway
import net
import script
import tap

A, B = net.ADDRESS[net.V4]
SMTP = (B, 25)
GREETING = ("s", b"220 b.example.net ESMTP\r\n")
HELLO = ("c", b"EHLO a.example.org\r\n")
LISTED = ("s", b"250-b.example.net\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
BEGIN = (GREETING, HELLO, LISTED)
MAIL = (("c", b"MAIL FROM:<alice@example.org>\r\n"), ("s", b"250 fine\r\n"))
DATA = (("c", b"RCPT TO:<bob@example.net>\r\n"), ("s", b"250 fine\r\n"), ("c", b"DATA\r\n"),
        ("s", b"354 go on\r\n"), ("c", b"half of a line"))
QUIT = ("c", b"QUIT\r\n")
BYE = ("s", b"221 bye\r\n")
BUSY = ("s", b"421 4.3.2 going down\r\n")
PHASES = {"accepted": (), "greeted": BEGIN[:1], "hello": BEGIN, "mail": BEGIN + MAIL,
          "data": BEGIN + MAIL + DATA}


@contextlib.contextmanager
def way(how):
    """The host, and the address that the server's script listens at."""
    sides, daemons, address = {
        "direct": ((), (), SMTP),
        "clear": ((0,), (), SMTP),
        "encrypted": ((0, 1), (0, 1), gateway.BACKEND),
    }[how]
    with gateway.Pair(sides=sides, daemons=daemons, out=("connect 3s",)) as link:
        listener = link.listen(1, address)
        yield link, listener, how


def meet(link, listener, how):
    client = script.End(link.connect(0, SMTP))
    server = script.accept(listener)
    if how == "encrypted":
        script.header(server)
    return client, server


def play(client, server, steps):
    """Each side says its lines, and the other one has heard them when the next step begins."""
    for who, octets in steps:
        first, second = (client, server) if who == "c" else (server, client)
        first.send(octets)
        tap.equal(second.take(len(octets)), octets, "what came through")


def seen(client, server, client_ends, server_ends):
    """
    Either side may end on its own ("rst": reset, "fin": shuts down writing and reads on, "close").
    What each of those who are left sees up to its end.
    """
    for end, how in ((client, client_ends), (server, server_ends)):
        if how == "rst":
            end.reset()
        elif how == "fin":
            end.finish()
        elif how == "close":
            end.sock.close()
    events = []
    for name, end, how in (("client", client, client_ends), ("server", server, server_ends)):
        if how not in ("rst", "close"):
            events.append((name, end.rest()))
            if not how:
                end.sock.close()
    return events


def compare(play_one):
    """The same events on each way."""
    found = {}
    for how in ("direct", "clear", "encrypted"):
        with way(how) as (link, listener, _):
            found[how] = play_one(*meet(link, listener, how))
    tap.say(found["direct"])
    tap.equal(found["clear"], found["direct"], "in the clear")
    tap.equal(found["encrypted"], found["direct"], "encrypted")


@tap.case(*((who, phase) for who in ("server", "client") for phase in PHASES))
def reset_in(who, phase):
    def one(client, server):
        play(client, server, PHASES[phase])
        return seen(client, server, *((None, "rst") if who == "server" else ("rst", None)))
    compare(one)


@tap.case(("hello",), ("mail",), ("data",))
def server_ends(phase):
    """It says 421 and closes."""
    def one(client, server):
        play(client, server, (*PHASES[phase], BUSY))
        return seen(client, server, None, "fin")
    compare(one)


@tap.case(("fin",), ("close",))
def quits(how):
    """The client shuts down behind QUIT and reads the reply, as Exim does; or waits for it."""
    def one(client, server):
        play(client, server, (*BEGIN, *MAIL, QUIT))
        if how == "fin":
            client.finish()
            tap.equal(server.rest(), b"", "behind QUIT")
        play(client, server, (BYE,))
        server.sock.close()
        return seen(client, server, None, "close")
    compare(one)


@tap.case()
def both_end():
    """At the same moment."""
    def one(client, server):
        play(client, server, BEGIN + MAIL)
        return seen(client, server, "fin", "fin")
    compare(one)


def attempt(link, address):
    """How a connection fails before anything is said: True, if it does so within the limit."""
    try:
        return script.End(link.connect(0, address)).rest() is None
    except OSError as error:
        tap.say(error)
        return True


@tap.case(("direct",), ("clear",))
def refused(how):
    """The MTA finds no connection, or one that is reset before it was greeted."""
    with way(how) as (link, listener, _):
        listener.close()
        tap.check(attempt(link, SMTP), "not refused")


@tap.case(("direct",), ("clear",))
def unroutable(how):
    with way(how) as (link, *_):
        tap.check(attempt(link, ("203.0.113.1", 25)), "not refused")


@tap.case()
def no_answer():
    """After the gateway's time for a connection, which is shorter than an MTA's for a greeting."""
    with way("clear") as (link, *_):
        start = time.monotonic()
        tap.check(attempt(link, (net.NOBODY[net.V4], 25)), "not refused")
        took = time.monotonic() - start
        tap.check(2 < took < 20, "%.1f s" % took)
        tap.equal(link.a.session()["end"], '"no connection in time"', "end")
        tap.equal(link.a.stats()['unreachable_total{direction="out"}'], 1, "counted")


@tap.case()
def given_up():
    """An MTA that waits no longer for the connection ends the gateway's attempt, too."""
    with way("clear") as (link, *_):
        client = link.connect(0, (net.NOBODY[net.V4], 25))
        time.sleep(0.3)
        client.close()
        # And not "no connection in time", which it is after three seconds.
        tap.equal(link.a.session()["end"], '"the MTA gave up"', "end")
