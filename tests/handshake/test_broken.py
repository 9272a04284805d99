# SPDX-License-Identifier: GPL-2.0
"""Peers that break the protocol's rules: plain sockets in the place of a and of b."""
import base64
import contextlib
import errno
import time

import daemon
import mta
import net
import tap

P = int("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
        "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
        "4FE1356D6D51C245E485B576625E7EC6F44C42E9A63A3620FFFFFFFFFFFFFFFF", 16)
MEMORY = 16         # KiB that the daemon may grow by in all these cases
ROUNDS = 8
SUITES = daemon.ALL + " chachapoly_3.0"
LIMIT = 2000        # milliseconds for those who never end


def b64(octets):
    return base64.b64encode(octets)


KEY = b64(b"\x09" + bytes(31))      # the base point: a key like any other
NONCE = b64(bytes(16))
CONFIRM = b64(bytes(16))
TWO = b"XCRYPT chacha20_2.0 "
FIRST = TWO + KEY + b" " + NONCE + b"\r\n"
LOW_ORDER = [bytes(32), b"\1" + bytes(31),
             bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
             bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]


def one_zero(key):
    return b"XCRYPT t32_1.0 " + b64(key.to_bytes(96, "big")) + b" " + b64(bytes(10)) + b"\r\n"


ONE = one_zero(2)
THREE = b"XCRYPT chachapoly_3.0 "
FIRST3 = THREE + KEY + b" " + NONCE + b"\r\n"
A_ANSWERED = (mta.ANSWERED, errno.ECONNREFUSED)
A_BROKEN = (mta.CLOSED, errno.EPROTO)
A_GONE = (mta.CLOSED, errno.ECONNRESET)
A_LATE = (mta.CLOSED, errno.ETIMEDOUT)

SYNTAX = b"501 5.5.4 XCRYPT FAIL\r\n"
MOMENT = b"503 5.5.1 XCRYPT FAIL\r\n"
SUITE = b"504 5.5.4 XCRYPT FAIL\r\n"
FAULT = b"454 4.7.0 XCRYPT FAIL\r\n"
LATE = b"421 4.4.2 XCRYPT took too long\r\n"

# The first line; what follows our 250; our answer; the outcome; the reason that is logged. None:
# the end of the stream.
FAIL = b"250 XCRYPT FAIL\r\n"
SERVER_CASES = {
    "bad-base64": (TWO + b"!" * 44 + b" " + NONCE, [], SYNTAX, A_ANSWERED, "syntax"),
    "trailing-bits": (TWO + KEY[:-2] + b"B=" + b" " + NONCE, [], SYNTAX, A_ANSWERED, "syntax"),
    "short-key": (TWO + b64(bytes(31)) + b" " + NONCE, [], SYNTAX, A_ANSWERED, "syntax"),
    "long-nonce": (TWO + KEY + b" " + b64(bytes(17)), [], SYNTAX, A_ANSWERED, "syntax"),
    "no-nonce": (TWO + KEY, [], SYNTAX, A_ANSWERED, "syntax"),
    "two-spaces": (TWO + b" " + KEY + b" " + NONCE, [], SYNTAX, A_ANSWERED, "syntax"),
    "trailing-space": (TWO + KEY + b" " + NONCE + b" \r\n", [], SYNTAX, A_ANSWERED, "syntax"),
    "trailing-space-after-ok": (FIRST, [b"XCRYPT OK " + CONFIRM + b" \r\n"],
                                SYNTAX, A_ANSWERED, "syntax"),
    "first-line-of-2048": (TWO + b"A" * (2046 - len(TWO)) + b"\r\n", [],
                           SYNTAX, A_ANSWERED, "syntax"),
    "nul-at-once": (TWO + KEY + b" " + NONCE + b"\0\r\n", [], SYNTAX, A_BROKEN, "nul"),
    "noop": (FIRST, [b"NOOP\r\n"], MOMENT, A_ANSWERED, "wrong-moment"),
    "unknown-suite": (b"XCRYPT nosuch_2.0 " + KEY + b" " + NONCE, [],
                      SUITE, A_ANSWERED, "no-suite"),
    "wrong-confirmation": (FIRST, [b"XCRYPT OK " + CONFIRM + b"\r\n"],
                           FAULT, A_ANSWERED, "confirmation"),
    "no-confirmation": (FIRST, [b"XCRYPT OK\r\n"], SYNTAX, A_ANSWERED, "syntax"),
    "bare-lf": (FIRST, [b"XCRYPT OK " + CONFIRM + b"\n"], SYNTAX, A_ANSWERED, "bare-lf"),
    "fail": (FIRST, [b"XCRYPT FAIL no thanks\r\n"], FAIL, A_ANSWERED, "peer-fail"),
    "quit": (FIRST, [b"QUIT\r\n"], MOMENT, A_ANSWERED, "wrong-moment"),
    "xcrypt-again": (FIRST, [FIRST], MOMENT, A_ANSWERED, "wrong-moment"),
    "line-of-2048": (FIRST, [b"x" * 2046 + b"\r\n"], MOMENT, A_ANSWERED, "wrong-moment"),
    "line-of-2049": (FIRST, [b"x" * 2047 + b"\r\n"], SYNTAX, A_BROKEN, "too-long"),
    "nul": (FIRST, [b"XCRYPT OK \0\r\n"], SYNTAX, A_BROKEN, "nul"),
    "ten-megabytes": (FIRST, [b"x" * 10_000_000], SYNTAX, A_BROKEN, "too-long"),
    "close-at-once": (FIRST, [None], b"", A_GONE, "peer-closed"),
    "close-in-a-line": (FIRST, [b"XCRYPT O", None], b"", A_GONE, "peer-closed"),
    "fail-at-once": (b"XCRYPT FAIL\r\n", [], MOMENT, A_ANSWERED, "wrong-moment"),
    "ok-at-once": (b"XCRYPT OK " + CONFIRM, [], MOMENT, A_ANSWERED, "wrong-moment"),
    "confirmation-in-1.0": (ONE, [b"XCRYPT OK " + CONFIRM + b"\r\n"], SYNTAX, A_ANSWERED, "syntax"),
    "silence": (FIRST, [], LATE, A_LATE, "timeout"),
    "octet-by-octet": (FIRST, list(b"XCRYPT OK " + CONFIRM), LATE, A_LATE, "timeout"),
    "malformed-suite": (b"XCRYPT chacha20 " + KEY + b" " + NONCE, [], SUITE, A_ANSWERED, "no-suite"),
    # From XCRYPT OK on a may have switched: in version 3 a refusal ends the connection.
    "3-wrong-confirmation": (FIRST3, [b"XCRYPT OK " + CONFIRM + b"\r\n"],
                             FAULT, A_BROKEN, "confirmation"),
    "3-records-behind": (FIRST3, [b"XCRYPT OK " + CONFIRM + b"\r\n" + bytes(5000)],
                         FAULT, A_BROKEN, "confirmation"),
    "3-no-confirmation": (FIRST3, [b"XCRYPT OK\r\n"], SYNTAX, A_BROKEN, "syntax"),
    "3-bare-lf": (FIRST3, [b"XCRYPT OK " + CONFIRM + b"\n"], SYNTAX, A_BROKEN, "bare-lf"),
    "3-quit": (FIRST3, [b"QUIT\r\n"], MOMENT, A_BROKEN, "wrong-moment"),
    "3-ehlo": (FIRST3, [b"EHLO a.test\r\n"], MOMENT, A_BROKEN, "wrong-moment"),
    "3-fail": (FIRST3, [b"XCRYPT FAIL no thanks\r\n"], FAIL, A_ANSWERED, "peer-fail"),
    "3-line-of-2049": (FIRST3, [b"x" * 2047 + b"\r\n"], SYNTAX, A_BROKEN, "too-long"),
    "3-close": (FIRST3, [None], b"", A_GONE, "peer-closed"),
    "3-short-key": (THREE + b64(bytes(31)) + b" " + NONCE, [], SYNTAX, A_ANSWERED, "syntax"),
    "3-low-order": (THREE + b64(bytes(32)) + b" " + NONCE, [], FAULT, A_ANSWERED, "public-key"),
}
SERVER_CASES.update({"low-order-%d" % i: (TWO + b64(point) + b" " + NONCE, [],
                                          FAULT, A_ANSWERED, "public-key")
                     for i, point in enumerate(LOW_ORDER)})
SERVER_CASES.update({"dh-key-%s" % name: (one_zero(key), [], FAULT, A_ANSWERED, "public-key")
                     for name, key in (("0", 0), ("1", 1), ("p-1", P - 1), ("p", P))})

REPLY = b"250 XCRYPT " + KEY + b" " + NONCE + b"\r\n"
OK = b"250 XCRYPT OK " + CONFIRM + b"\r\n"


def reply_of(key, nonce=NONCE):
    """b's first reply with these words."""
    return b"250 XCRYPT " + key + b" " + nonce + b"\r\n"


def unusable(reply, lines=(TWO, b"XCRYPT FAIL"), why="syntax"):
    """A 250 that a cannot use is answered with FAIL, and that with 250."""
    return [reply, FAIL], list(lines), A_ANSWERED, why



POINT = b64(bytes.fromhex("5866666666666666666666666666666666666666666666666666666666666666"))
SIGNATURE = b64(bytes(64))
VALUES = KEY + b" " + NONCE + b" "


def unproven(rest, why):
    return unusable(b"250 XCRYPT " + VALUES + rest + b"\r\n", (THREE, b"XCRYPT FAIL"), why)


# b's answers, one for each line of ours, perhaps in parts; the lines of ours; the outcome; the
# reason that is logged.
CLIENT_CASES = {
    "504": ([b"504 5.5.4 XCRYPT FAIL\r\n"], [TWO], A_ANSWERED, "refused"),
    "several-lines-of-454": ([b"454-no\r\n454 XCRYPT FAIL\r\n"], [TWO], A_ANSWERED, "refused"),
    "421": ([b"421 4.3.2 closing\r\n"], [TWO], A_GONE, "peer-closing"),
    "several-lines-of-421": ([b"421-4.3.2 time\r\n421 4.3.2 to go\r\n"], [TWO], A_GONE,
                             "peer-closing"),
    "421-after-ok": ([REPLY, LATE], [TWO, b"XCRYPT OK "], A_GONE, "peer-closing"),
    "421-after-fail": ([OK, b"421 4.3.2 closing\r\n"], [TWO, b"XCRYPT FAIL"], A_GONE,
                       "peer-closing"),
    "bad-key": unusable(reply_of(b"!!!")),
    "bad-base64": unusable(reply_of(b"!" * 44)),
    "trailing-bits": unusable(reply_of(KEY[:-2] + b"B=")),
    "short-key": unusable(reply_of(b64(bytes(31)))),
    "long-nonce": unusable(reply_of(KEY, b64(bytes(17)))),
    "fail-at-once": unusable(FAIL),
    "line-of-2048": unusable(b"250 " + b"x" * 2042 + b"\r\n"),
    "ok-too-early": unusable(OK),
    "two-lines-of-250": unusable(b"250-XCRYPT\r\n" + REPLY),
    "454-after-ok": ([REPLY, b"454 4.7.0 XCRYPT FAIL\r\n"], [TWO, b"XCRYPT OK "], A_ANSWERED,
                     "refused"),
    "fail-after-ok": ([REPLY, FAIL], [TWO, b"XCRYPT OK "], A_BROKEN, "unexpected-reply"),
    "no-confirmation": ([REPLY, b"250 XCRYPT OK\r\n"], [TWO, b"XCRYPT OK "], A_BROKEN,
                        "unexpected-reply"),
    "503-after-fail": ([OK, b"503 5.5.1 no\r\n"], [TWO, b"XCRYPT FAIL"], A_ANSWERED, "syntax"),
    "wrong-confirmation": ([REPLY, OK], [TWO, b"XCRYPT OK "], A_BROKEN, "confirmation"),
    "several-lines-after-ok": ([REPLY, b"250-XCRYPT OK\r\n250 x\r\n"], [TWO, b"XCRYPT OK "],
                               A_BROKEN, "unexpected-reply"),
    "line-of-2049": ([b"250 " + b"x" * 2043 + b"\r\n"], [TWO], A_BROKEN, "too-long"),
    "ten-megabytes": ([b"250 " + b"x" * 10_000_000], [TWO], A_BROKEN, "too-long"),
    "nul": ([b"250 XCRYPT \0\r\n"], [TWO], A_BROKEN, "nul"),
    "nul-after-ok": ([REPLY, b"250 XCRYPT OK \0\r\n"], [TWO, b"XCRYPT OK "], A_BROKEN, "nul"),
    "bare-lf": ([REPLY.replace(b"\r", b"")], [TWO], A_BROKEN, "bare-lf"),
    "bare-lf-after-ok": ([REPLY, OK.replace(b"\r", b"")], [TWO, b"XCRYPT OK "], A_BROKEN,
                         "bare-lf"),
    "no-reply-at-all": ([b"hello\r\n"], [TWO], A_BROKEN, "unexpected-reply"),
    "close-at-once": ([None], [TWO], A_GONE, "peer-closed"),
    "close-in-a-line": ([(b"250 XCR", None)], [TWO], A_GONE, "peer-closed"),
    "close-after-ok": ([REPLY, None], [TWO, b"XCRYPT OK "], A_GONE, "peer-closed"),
    "silence": ([], [TWO], A_LATE, "timeout"),
    "silence-after-ok": ([REPLY], [TWO, b"XCRYPT OK "], A_LATE, "timeout"),
    "octet-by-octet": ([tuple(REPLY)], [TWO], A_LATE, "timeout"),
    "3-no-identity": unusable(REPLY, (THREE, b"XCRYPT FAIL")),
    "3-no-early": unproven(POINT + b" " + SIGNATURE, "syntax"),
    "3-short-signature": unproven(POINT + b" " + b64(bytes(63)) + b" " + CONFIRM, "syntax"),
    "3-small-order": unproven(b64(b"\1" + bytes(31)) + b" " + SIGNATURE + b" " + CONFIRM, "identity"),
    "3-y-of-p": unproven(b64(b"\xed" + b"\xff" * 30 + b"\x7f") + b" " + SIGNATURE + b" " + CONFIRM,
                         "identity"),
    "3-no-signature": unproven(POINT + b" " + SIGNATURE + b" " + CONFIRM, "identity"),
    "3-504": ([b"504 5.5.4 XCRYPT FAIL\r\n"], [THREE], A_ANSWERED, "refused"),
    "3-251": ([b"251 XCRYPT\r\n"], [THREE], A_BROKEN, "unexpected-reply"),
    "3-close": ([None], [THREE], A_GONE, "peer-closed"),
}
CLIENT_CASES.update({"low-order-%d" % i: unusable(reply_of(b64(point)), why="public-key")
                     for i, point in enumerate(LOW_ORDER)})
CLIENT_CASES.update({"dh-key-%s" % name: unusable(
    reply_of(b64(key.to_bytes(96, "big")), b64(bytes(10))), (ONE[:15], b"XCRYPT FAIL"),
    "public-key")
                     for name, key in (("0", 0), ("1", 1), ("p-1", P - 1), ("p", P))})


def len_of(part):
    return 1 if isinstance(part, int) else len(part)


def say(peer, part):
    """
    Octets; None: the end. Whom we talk to may be gone already, or have shut the connection down
    and take no more until its MTA closes it.
    """
    peer.settimeout(1 if part and len_of(part) > 65536 else mta.LIMIT)
    try:
        if part is None:
            peer.shutdown(1)
        elif isinstance(part, int):
            time.sleep(0.1)
            peer.sendall(bytes([part]))
        else:
            peer.sendall(part)
    except (BrokenPipeError, ConnectionResetError, TimeoutError):
        pass
    peer.settimeout(mta.LIMIT)


def in_the_clear(one, other):
    """Both streams stand at the end of a line."""
    for source, sink in ((one, other), (other, one)):
        source.sendall(b"NOOP\r\n")
        tap.equal(mta.line_of(sink), b"NOOP\r\n", "what goes on in the clear")


def shut(sock):
    try:
        sock.send(b"x")
    except OSError as error:
        tap.equal(error.errno, errno.ECONNABORTED, "errno of writing")
        return
    tap.check(False, "writing went on")


def ended(peer):
    """Nothing more comes to whom we talked to, and that at once."""
    with contextlib.suppress(ConnectionResetError):
        tap.equal(peer.recv(1), b"", "what came behind the end")


def play_client(link, first, parts):
    """What we answered, after the first 250 if there was one, and the outcome."""
    peer, server = link.pair(net.V4)
    mta.attach(server)
    mta.suites(server)
    mta.ask(server, mta.SERVER, first, timeout=LIMIT)
    if parts or first in (FIRST, FIRST3, ONE):
        tap.check(mta.line_of(peer).startswith(b"250 XCRYPT "), "no 250")
    for part in parts:
        say(peer, part)
    result = mta.wait(server)
    return peer, server, result


def last_words(peer):
    try:
        return mta.line_of(peer)
    except ConnectionResetError:
        return b""


class Bench:
    """
    One daemon for all cases of a side, since to start it takes longer than they do, and since
    what one peer brings about must not be seen by the next. A case that fails takes it along.
    """

    def __init__(self, side, last):
        self.side, self.last, self.link = side, last, None

    def begin(self):
        self.link = net.Link()
        self.one = self.link.keep(daemon.Daemon(self.link, self.side, suites=SUITES))

    @contextlib.contextmanager
    def case(self, name):
        if not self.link:
            self.begin()
        link, self.link = self.link, None
        if name == self.last:
            with link:
                yield link, self.one
            return
        try:
            yield link, self.one
        except Exception as fault:
            link.__exit__(type(fault))
            raise
        self.link = link


SERVERS = Bench(1, max(SERVER_CASES))
CLIENTS = Bench(0, max(CLIENT_CASES))


CLASSES = {mta.ANSWERED: "answered", mta.CLOSED: "closed"}


def one_line(one, way, sock, start, words):
    """From line start on, about the peer of this socket: another case had its port, perhaps."""
    head = "refused dir=%s peer=[%s]:%d " % (way, *sock[:2])
    one.settle()
    lines = [line for line in one.lines()[start:] if head in line]
    tap.check(len(lines) == 1, "not one line: %s" % lines)
    tap.check(words in lines[0], "not %r: %s" % (words, lines[0]))


@tap.case(*((name,) for name in sorted(SERVER_CASES)))
def broken_client(name):
    first, parts, answer, wanted, why = SERVER_CASES[name]
    with SERVERS.case(name) as (link, one):
        start = len(one.lines())
        peer, server, result = play_client(link, first, parts)
        address = peer.getsockname()
        tap.equal((result.kind, result.error), wanted, "outcome")
        # Where we close with the peer's octets unread, TCP resets and may take our words along.
        if name != "ten-megabytes":
            tap.equal(last_words(peer), answer, "answer")
        if result.kind == mta.ANSWERED:
            in_the_clear(peer, server)
        else:
            shut(server)
            if name != "ten-megabytes":
                ended(peer)
        one_line(one, "in", address, start, "class=%s reason=%s " % (CLASSES[result.kind], why))


def play_server(link, answers, lines):
    client, peer = link.pair(net.V4)
    peer.settimeout(mta.LIMIT)
    mta.attach(client)
    mta.ask(client, mta.CLIENT, lines[0].split()[1], timeout=LIMIT)
    for number, line in enumerate(lines):
        got = mta.line_of(peer)
        tap.equal(got[:len(line)], line, "our line")
        if number < len(answers):
            parts = answers[number]
            for part in parts if isinstance(parts, tuple) else (parts,):
                say(peer, part)
    return client, peer, mta.wait(client)


@tap.case(*((name,) for name in sorted(CLIENT_CASES)))
def broken_server(name):
    answers, lines, wanted, why = CLIENT_CASES[name]
    with CLIENTS.case(name) as (link, one):
        start = len(one.lines())
        client, peer, result = play_server(link, answers, lines)
        tap.equal((result.kind, result.error), wanted, "outcome")
        if result.kind == mta.ANSWERED:
            in_the_clear(client, peer)
        else:
            shut(client)
            ended(peer)
        one_line(one, "out", peer.getsockname(), start,
                 "class=%s reason=%s " % (CLASSES[result.kind], why))


def middle(link):
    """A client and a server with somebody between: (client, to it, to the server, server)."""
    client, near = link.pair(net.V4)
    far, server = link.pair(net.V4)
    for sock in (near, far):
        sock.settimeout(mta.LIMIT)
    mta.attach(server)
    words = mta.suites(server)
    mta.attach(client)
    mta.ask(client, mta.CLIENT, words)
    far.sendall(mta.line_of(near))
    mta.ask(server, mta.SERVER, first_of(server))
    near.sendall(mta.line_of(far))
    return client, near, far, server


def first_of(server):
    server.settimeout(mta.LIMIT)
    return mta.line_of(server)


@tap.case()
def pipelined_after_ok():
    """Commands injected behind the client's last line in the clear (CVE-2011-0411)."""
    with net.Link() as link:
        daemons = daemon.pair(link)
        client, near, far, server = middle(link)
        far.sendall(mta.line_of(near) + b"MAIL FROM:<mallory@evil.test>\r\n")
        result = mta.wait(server)
        tap.equal((result.kind, result.error), A_BROKEN, "outcome")
        tap.equal(len(daemons[1].logged("refused dir=in", "reason=pipelined")), 1, "lines")
        shut(server)
        near.close()
        tap.equal((lambda r: (r.kind, r.error))(mta.wait(client)), A_GONE, "the client's outcome")


@tap.case()
def pipelined_before_the_exchange():
    """Octets behind the first line: no exchange begins."""
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 1))
        peer, server = link.pair(net.V4)
        mta.attach(server)
        mta.suites(server)
        peer.sendall(b"MAIL FROM:<mallory@evil.test>\r\n")
        while not server.recv(1, net.socket.MSG_PEEK):
            time.sleep(0.01)
        mta.ask(server, mta.SERVER, FIRST, timeout=LIMIT)
        result = mta.wait(server)
        tap.equal((result.kind, result.error), A_BROKEN, "outcome")
        tap.equal(mta.line_of(peer), b"503 5.5.1 XCRYPT FAIL\r\n", "answer")
        shut(server)
        tap.equal(len(one.logged("refused dir=in", "reason=pipelined")), 1, "lines")


@tap.case()
def octets_behind_the_last_reply_are_ciphertext():
    """b's first encrypted octets may be there before a has its keys: they decrypt."""
    with net.Link() as link:
        daemon.pair(link)
        client, near, far, server = middle(link)
        far.sendall(mta.line_of(near))
        tap.equal(mta.wait(server).kind, mta.ENCRYPTED, "class")
        server.sendall(b"220 early\r\n")
        octets = mta.line_of(far)
        while len(octets) < len(OK) + 11:
            octets += far.recv(100)
        near.sendall(octets)
        tap.equal(mta.wait(client).kind, mta.ENCRYPTED, "class")
        tap.equal(mta.line_of(client), b"220 early\r\n", "what the client reads")


@tap.case()
def tampered_offer_is_noticed():
    """A word taken from b's list on the way: the confirmations differ."""
    with net.Link() as link:
        daemon.pair(link)
        client, near = link.pair(net.V4)
        far, server = link.pair(net.V4)
        mta.attach(server)
        words = mta.suites(server)
        tap.check(words.startswith(b"chacha20_2.0 "), "offer")
        mta.attach(client)
        mta.ask(client, mta.CLIENT, words[len(b"chacha20_2.0 "):])
        far.sendall(mta.line_of(near))
        mta.ask(server, mta.SERVER, first_of(server))
        near.sendall(mta.line_of(far))
        far.sendall(mta.line_of(near))
        near.sendall(mta.line_of(far))
        for sock in (server, client):
            result = mta.wait(sock)
            tap.equal((result.kind, result.error), A_ANSWERED, "outcome")


# What one of them takes less than a second for, by the side that is ours.
QUICK = {0: [(play_server, c[:2]) for c in CLIENT_CASES.values() if c[2] != A_LATE],
         1: [(play_client, c[:2]) for c in SERVER_CASES.values() if c[3] != A_LATE]}


@tap.case((0,), (1,))
def broken_peers_leave_no_memory(side):
    quick = QUICK[side]
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, side, suites=SUITES))

        def round_of_all():
            for play, words in quick:
                for sock in play(link, *words)[:2]:
                    sock.close()

        round_of_all()
        before = one.at_rest()
        for _ in range(ROUNDS):
            round_of_all()
        now = one.at_rest()
        tap.say("memory %d -> %d KiB after %d broken peers" % (before[1], now[1],
                                                             ROUNDS * len(quick)))
        tap.check(now[1] <= before[1] + MEMORY, "memory grew")
        tap.equal(now[0], before[0], "descriptors")
