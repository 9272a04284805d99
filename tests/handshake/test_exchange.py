# SPDX-License-Identifier: GPL-2.0
"""Each suite, both families: the exchange, a mebibyte each way, what the wire saw, the cache."""
import errno
import hashlib
import os
import socket
import re
import subprocess
import tempfile
import threading
import zlib

import daemon
import dump
import mta
import net
import tap

MIB = 1 << 20
TEXT = b"From here on nobody who listens on the wire can read a word of it.\r\n"
BASE64 = rb"[A-Za-z0-9+/]+={0,2}"
SUITES = ["chacha20_2.0", "aes256ctr_2.0", "t32_1.0", "arrsyfor_1.0", "chachapoly_3.0",
          "aes256gcm_3.0"]
HYBRID = ["chacha20_2.1", "aes256ctr_2.1", "chachapoly_3.1", "aes256gcm_3.1"]


def has_mlkem():
    return subprocess.run(["openssl", "list", "-kem-algorithms"], capture_output=True, text=True,
                          check=False).stdout.count("ML-KEM-768") > 0


def message(seed):
    return (b"%d " % seed + TEXT * (MIB // len(TEXT) + 1))[:MIB]


def receive(sock, count):
    octets = b""
    while len(octets) < count:
        part = sock.recv(count - len(octets))
        if not part:
            break
        octets += part
    return octets


def send_over(source, sink, octets):
    sender = threading.Thread(target=source.sendall, args=(octets,))
    sender.start()
    got = receive(sink, len(octets))
    sender.join()
    tap.equal(hashlib.sha256(got).hexdigest(), hashlib.sha256(octets).hexdigest(), "digest")


def good(result, suite):
    tap.equal((result.kind, result.error, result.suite), (mta.ENCRYPTED, 0, suite), "outcome")


def no_text(octets):
    """Ciphertext has no words of it, and nothing by which it could be made shorter."""
    tap.check(len(octets) >= MIB, "only %d octets of ciphertext" % len(octets))
    for at in range(0, len(TEXT) - 8, 16):
        tap.check(TEXT[at:at + 8] not in octets, "the text is on the wire")
    packed = len(zlib.compress(octets, 1))
    tap.check(packed >= len(octets), "%d octets compress to %d" % (len(octets), packed))


def table1(up, down, suite):
    """The lines of the paper's Table 1, then ciphertext."""
    confirm = b"" if suite.endswith("_1.0") else b" " + BASE64
    proof = 3 * (b" " + BASE64) if "_3." in suite else b""
    lines = (rb"EHLO a\.test\r\nXCRYPT %s %s %s\r\nXCRYPT OK%s\r\n"
             % (suite.encode(), BASE64, BASE64, confirm))
    replies = (rb"220 b\.test ESMTP\r\n250-b\.test\r\n250-XCRYPT %s\r\n250 HELP\r\n"
               rb"250 XCRYPT %s %s%s\r\n250 XCRYPT OK%s\r\n"
               % (suite.encode(), BASE64, BASE64, proof, confirm))
    for stream, pattern in ((up, lines), (down, replies)):
        match = re.match(pattern, stream)
        tap.check(match, "the lines are not those of Table 1: %r" % stream[:400])
        no_text(stream[match.end():])


@tap.case(*((suite, family) for suite in SUITES + HYBRID for family in ("v4", "v6")))
def suite(name, family):
    if name in HYBRID and not has_mlkem():
        raise tap.Skip("OpenSSL has no ML-KEM")
    file = tempfile.mktemp(suffix=".pcap")
    with net.Link() as link:
        daemon.pair(link, suites=name)
        tcpdump = dump.start(link, file)
        client, server = link.pair(net.V4 if family == "v4" else net.V6)
        ports = client.getsockname()[1], server.getsockname()[1]
        results = mta.exchange(client, server)
        for result in results:
            good(result, name)
        tap.equal(results[0].session, results[1].session, "session identifier")
        send_over(client, server, message(1))
        send_over(server, client, message(2))
        # An end record that comes to a closed socket is answered with a reset.
        client.shutdown(socket.SHUT_WR)
        tap.equal(server.recv(1), b"", "the client's end")
        server.close()
        tap.equal(client.recv(1), b"", "the server's end")
        client.close()
        dump.stop(tcpdump, file)
    streams = dump.streams(file)
    os.unlink(file)
    table1(streams[ports[0]], streams[ports[1]], name)


@tap.case()
def second_exchange_is_a_cache_hit():
    with net.Link() as link:
        daemons = daemon.pair(link)
        for expected in (0, 1, 1):
            before = [d.stats()["public_key_operations_total"] for d in daemons]
            results = mta.exchange(*link.pair(net.V4))
            after = [d.stats()["public_key_operations_total"] for d in daemons]
            tap.equal([r.hit for r in results], [expected] * 2, "cache hit")
            tap.equal([b - a for a, b in zip(before, after)], [1 - expected] * 2,
                      "public-key operations")
        for d in daemons:
            tap.equal((len(d.logged("session id=", "cache=miss")),
                       len(d.logged("session id=", "cache=hit"))), (1, 2), "lines logged")


HIGHEST = "3.1" if has_mlkem() else "3.0"

# What a has, what b has, what they agree on; the default of the daemon is "".
MIXED = {
    "new-with-1.0": ("chachapoly_3.0 chacha20_2.0 t32_1.0", "t32_1.0 arrsyfor_1.0", "t32_1.0"),
    "new-with-2.0": ("", "aes256ctr_2.0 chacha20_2.0", "aes256ctr_2.0"),
    "new-with-3.0": ("", "chacha20_2.0 chachapoly_3.0", "chachapoly_3.0"),
    # What a Debian 12 has, which lacks ML-KEM; with a Debian 13 if this is one.
    "debian-12": ("", "aes256gcm_3.0 chachapoly_3.0 aes256ctr_2.0 chacha20_2.0", "aes256gcm_3.0"),
    "2.0-with-1.0": ("chacha20_2.0 t32_1.0", "arrsyfor_1.0 t32_1.0", "t32_1.0"),
    "2.1-with-3.0": ("chacha20_2.1 chacha20_2.0" if has_mlkem() else "chacha20_2.0",
                     "chachapoly_3.0 chacha20_2.1 chacha20_2.0" if has_mlkem() else
                     "chachapoly_3.0 chacha20_2.0", "chacha20_2.1" if has_mlkem() else "chacha20_2.0"),
    "reordered": ("", "chacha20_2.0 aes256gcm_3.0 chachapoly_3.0", "aes256gcm_3.0"),
    "new-with-new": ("aes256gcm_%s chacha20_2.0" % HIGHEST, "",
                     "aes256gcm_" + HIGHEST),
}


@tap.case(*((name, way) for name in MIXED for way in ("forth", "back")))
def mixed(name, way):
    one, other, wanted = MIXED[name]
    with net.Link() as link:
        for side, words in enumerate((one, other)):
            link.keep(daemon.Daemon(link, side, *(["suites " + words] if words else []), suites=""))
        client, server = link.pair(net.V4)
        if way == "back":
            client, server = server, client
        for result in mta.exchange(client, server):
            good(result, wanted)
        send_over(client, server, b"good " * 100)
        send_over(server, client, b"day " * 100)


EARLY = b"EHLO a.test\r\n"


@tap.case(("chachapoly_3.0",), ("aes256gcm_3.0",), ("chacha20_2.0",))
def early(name):
    """In version 3 what the client would write first is there with the switch."""
    with net.Link() as link:
        daemon.pair(link, suites=name)
        client, server = link.pair(net.V4)
        results = mta.exchange(client, server, early=EARLY)
        for result in results:
            good(result, name)
        sent = "_3." in name
        tap.equal((results[0].early_sent, results[1].early_sent), (int(sent), 0), "early octets")
        if not sent:
            client.sendall(EARLY)
        tap.equal(receive(server, len(EARLY)), EARLY, "first octets")
        client.sendall(b"NOOP\r\n")
        tap.equal(receive(server, 6), b"NOOP\r\n", "what follows")


@tap.case(("unlisted",), ("tls",))
def told(name):
    """Nothing is said, and the connection goes on."""
    flags, line = (mta.UNLISTED, b"") if name == "unlisted" else (mta.TLS, b"chacha20_2.0")
    with net.Link() as link:
        link.keep(daemon.Daemon(link, 0))
        client, server = link.pair(net.V4)
        mta.attach(client)
        mta.ask(client, mta.CLIENT, line, b"mx.test", flags=flags)
        result = mta.wait(client)
        tap.equal((result.kind, result.error), (mta.NONE, errno.EOPNOTSUPP), "outcome")
        send_over(client, server, b"EHLO a.test\r\n")


@tap.case()
def roles_change_and_the_cache_serves_both():
    with net.Link() as link:
        daemon.pair(link)
        mta.exchange(*link.pair(net.V4))
        client, server = link.pair(net.V4)
        results = mta.exchange(server, client)
        tap.equal([r.hit for r in results], [1, 1], "cache hit")


def run_examples(link, address, port):
    """Those of userspace/examples that wait: each runs a program on the encrypted descriptor."""
    build = os.path.join(daemon.BUILD, "handshake/examples")
    peer = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer.py")
    with link.inside(1):
        server = subprocess.Popen([build + "/server", address, port, peer, "second"],
                                  stderr=subprocess.PIPE, text=True)
    tap.equal(server.stderr.readline(), "listening\n", "the server")
    with link.inside(0):
        client = subprocess.run([build + "/client", address, port, peer, "first"],
                                stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    said = server.communicate(timeout=120)[1]
    return (client.returncode, client.stderr), (server.returncode, said)


@tap.case(("v4",), ("v6",))
def examples(family):
    address = net.ADDRESS[net.V4 if family == "v4" else net.V6][1]
    with net.Link() as link:
        daemons = daemon.pair(link)
        for status, said in run_examples(link, address, "2525"):
            tap.check("encrypted with chacha20_2.0" in said, said)
            tap.equal((status, said.splitlines()[-1]), (0, "digest is right"), "example")
        # Without a daemon at the server XCRYPT is not listed.
        link.open.remove(daemons[1])
        daemons[1].close()
        client, server = run_examples(link, address, "2526")
        tap.check("not offered" in client[1], client[1])
        tap.equal(client[0], 0, "the client's status without XCRYPT")


def lists(words):
    return b"".join(b"250-XCRYPT %s\r\n" % w for w in words)


LISTS = {"no-list": [], "two-lists": [b"chacha20_2.0", b"aes256ctr_2.0"],
         "three-lists": [b"chacha20_2.0"] * 3}


@tap.case(*((name,) for name in LISTS))
def example_takes_as_not_offered(name):
    with net.Link() as link:
        link.keep(daemon.Daemon(link, 0))
        listener = link.socket(1, net.V4)
        listener.bind((net.ADDRESS[net.V4][1], 2527))
        listener.listen()
        with link.inside(0):
            client = subprocess.Popen(
                [os.path.join(daemon.BUILD, "handshake/examples/client"), net.ADDRESS[net.V4][1],
                 "2527", "false"], stderr=subprocess.PIPE, text=True)
        server = net.limit(listener.accept()[0])
        server.sendall(b"220 b.test ESMTP\r\n")
        mta.line_of(server)
        server.sendall(b"250-b.test\r\n" + lists(LISTS[name]) + b"250 HELP\r\n")
        said = client.communicate(timeout=60)[1]
        tap.check("not offered" in said, said)
        tap.equal((client.returncode, server.recv(1)), (0, b""), "status and octets")
        server.close()


@tap.case()
def host_mails_itself():
    """One daemon, both ends, K_a = K_b."""
    with net.Link() as link:
        link.keep(daemon.Daemon(link, 1))
        with link.inside(1):
            listener = net.socket.create_server(("127.0.0.1", 0))
            client = net.limit(link.keep(net.socket.create_connection(listener.getsockname())))
            server = net.limit(link.keep(listener.accept()[0]))
            listener.close()
        for result in mta.exchange(client, server):
            good(result, "chacha20_2.0")
        send_over(client, server, message(3))
