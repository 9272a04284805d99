# SPDX-License-Identifier: GPL-2.0
"""Queue runners of all kinds, the cache of connections, -bs on a socket, IPv6."""
import subprocess
import time

import hosts
import net
import sendmail
import smtp
import tap

BOB = "bob@example.net"
SENT = hosts.message(b"the text\n")


def all_encrypted(h, connections, count):
    found = h.connections()
    tap.equal([c.encrypted() for c in found], [True] * connections, "connections, encrypted")
    mail = h.b.take()
    hosts.is_mail(mail, *[(BOB, SENT)] * count)
    tap.equal([b"using XCRYPT" in octets for _, octets in mail], [True] * count, "traces")
    tap.equal(h.a.queued(), [], "queue")


@tap.case(("cached", 2, 1), ("uncached", 0, 3))
def queue_run(_name, cache, connections):
    with hosts.shared() as h:
        for _ in range(3):
            h.a.submit(SENT, BOB, words=("-odq",))
        h.capture()
        h.a.run_queue("-O", "ConnectionCacheSize=%d" % cache)
        all_encrypted(h, connections, 3)


@tap.case(("forking", "-q1s"), ("persistent", "-qp1s"))
def queue_daemon(_name, option):
    """In a daemon that listens, too."""
    with hosts.Hosts() as h:
        h.capture()
        h.a.start(option)
        for _ in range(2):
            h.a.submit(SENT, BOB, words=("-odq",))
        h.log.wait(h.a.tag, "stat=Sent", count=2)
        end = time.monotonic() + 20
        while h.a.queued() and time.monotonic() < end:
            time.sleep(0.1)
        h.a.stop()
        tap.check(all(c.encrypted() for c in h.connections()), "in the clear")
        hosts.is_mail(h.b.take(), *[(BOB, SENT)] * 2)


@tap.case()
def bs_on_a_socket():
    """As inetd would start it; B's own daemon does not listen."""
    with hosts.Hosts(listen=()) as h:
        h.capture()
        listener = h.socket(1, net.V4)
        listener.bind((smtp.B, 25))
        listener.listen()
        client = h.a.begin(SENT, BOB)
        sock = listener.accept()[0]
        listener.close()
        with sock, h.inside(1):
            server = subprocess.Popen(h.b.argv("-bs"), stdin=sock, stdout=sock)
        tap.equal((client.wait(60), server.wait(60)), (0, 0), "status")
        all_encrypted(h, 1, 1)


@tap.case()
def bs_on_a_pipe():
    """Nothing to encrypt, nothing offered."""
    with hosts.shared() as h:
        with sendmail.Dialogue(h.b) as local:
            listed = local.say(b"EHLO a.example.org")
            tap.check(b"250 HELP" in listed and b"XCRYPT" not in listed, "EHLO: %r" % listed)
            tap.equal(local.say(smtp.FIRST), b"503 5.5.1 XCRYPT FAIL\r\n", "the verb")


@tap.case()
def ipv6():
    more = ("DAEMON_OPTIONS(`Name=MTA6, Family=inet6, Port=25')",)
    with hosts.Hosts(listen=(), more=(("define(`SMART_HOST', `[IPv6:%s]')" %
                                       net.ADDRESS[net.V6][1],), more)) as h:
        h.b.start(family=net.V6)
        h.capture()
        h.a.submit(SENT, BOB)
        all_encrypted(h, 1, 1)


@tap.case((sendmail.NAMES[1], "NO", False), (smtp.B, "REQUIRE", True))
def access_map(key, word, encrypted):
    """Of the client: by the server's name, by its address."""
    with hosts.Hosts(access=(("Try_XCRYPT:%s\t%s" % (key, word),), ())) as h:
        h.capture()
        h.a.submit(SENT, BOB)
        tap.equal([c.encrypted() for c in h.connections()], [encrypted], "encrypted")
        hosts.is_mail(h.b.take(), (BOB, SENT))


@tap.case()
def access_map_of_the_server():
    with hosts.Hosts(access=((), ("Offer_XCRYPT:10.77.0.1\tNO",))) as h:
        client = smtp.Client(h)
        tap.check(b"XCRYPT" not in client.ehlo(), "listed")
        tap.equal(client.command(smtp.FIRST)[:3], b"503", "the verb")
