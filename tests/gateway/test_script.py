# SPDX-License-Identifier: GPL-2.0
"""Between a script in the MTA's place on either side: what passes, and what the gateway does."""
import gateway
import mta
import net
import script
import tap

A, B = net.ADDRESS[net.V4]
SMTP = (B, 25)
HELLO = (b"250-b.example.net", b"250-PIPELINING", b"250 8BITMIME")
TLS = (b"250-b.example.net", b"250-STARTTLS", b"250 8BITMIME")


def begin(link, hello=HELLO, peer=SMTP):
    """A session up to the reply to EHLO: the MTAs at its ends."""
    listener = link.listen(1, gateway.BACKEND)
    client = script.End(link.connect(0, peer))
    server = script.accept(listener)
    address, _, _, port = script.header(server)
    tap.equal((address, port), (A, 25), "the client as the MTA sees it")
    greet(client, server)
    server.say(*hello)
    return client, server


def greet(client, server):
    server.say(b"220-b.example.net ESMTP", b"220 at your service")
    client.hear(b"220-b.example.net ESMTP", b"220 at your service")
    client.say(b"EHLO a.example.org")
    server.hear(b"EHLO a.example.org")


def short_greeting(client, server):
    server.say(b"220 b.example.net")
    client.hear(b"220 b.example.net")


def command(client, server, line, reply):
    """It passes, and so does the reply."""
    client.say(line)
    server.hear(line)
    server.say(reply)
    client.hear(reply)


def say_helo(client, server):
    command(client, server, b"HELO a.example.org", b"250 b.example.net")


def talk(client, server):
    """Both ways, on."""
    command(client, server, b"MAIL FROM:<alice@example.org>", b"250 fine")


def quit_(client, server):
    """The client's end first, then the server's."""
    client.say(b"QUIT")
    client.finish()
    server.hear(b"QUIT")
    tap.equal(server.rest(), b"", "behind QUIT")
    server.say(b"221 bye")
    server.sock.close()
    tap.equal(client.rest(), b"221 bye\r\n", "behind 221")


@tap.case()
def encrypted_ipv6():
    """Redirected to a listener on one IPv6 address, and both ends' addresses are told."""
    here, there = net.ADDRESS[net.V6]
    with gateway.Pair(out=("outbound [::1]:2526",),
                      inbound="inbound [::]:25 proxy-v2 %s:%d" % gateway.BACKEND) as link:
        listener = link.listen(1, gateway.BACKEND)
        client = script.End(link.connect(0, (there, 25)))
        server = script.accept(listener)
        client_at, _, server_at, port = script.header(server)
        tap.equal((client_at, server_at, port), (here, there, 25), "the ends as the MTA sees them")
        greet(client, server)
        server.say(*HELLO)
        client.hear(*HELLO)
        talk(client, server)
        quit_(client, server)
        for one, peer in (link.a, there), (link.b, here):
            fields = one.session()
            tap.equal(fields["suite"], "chacha20_2.0", "suite")
            tap.check(fields["peer"].startswith("[%s]:" % peer), fields["peer"])


@tap.case(("chacha20_2.0",), ("aes256ctr_2.0",), ("t32_1.0",))
def encrypted(suite):
    with gateway.Pair(suites=suite) as link:
        client, server = begin(link)
        client.hear(*HELLO)
        talk(client, server)
        quit_(client, server)
        for one in link.a, link.b:
            fields = one.session()
            tap.equal(fields["suite"], suite, "suite")
        tap.equal(link.a.session()["peer"], "[%s]:25" % B, "peer")


@tap.case()
def plain_server():
    """It lists no XCRYPT; the MTA's first command behind EHLO settles it."""
    with gateway.Pair(sides=(0,)) as link:
        listener = link.listen(1, SMTP)
        client = script.End(link.connect(0, SMTP))
        server = script.accept(listener)
        short_greeting(client, server)
        client.say(b"EHLO a.example.org")
        server.hear(b"EHLO a.example.org")
        server.say(*HELLO)
        client.hear(*HELLO)
        talk(client, server)
        quit_(client, server)
        tap.equal(link.a.session()["plain"], "not-offered", "reason")


@tap.case()
def plain_client():
    """One that knows no XCRYPT sees one line more, and goes on."""
    with gateway.Pair(sides=(1,)) as link:
        client, server = begin(link)
        lines = client.reply().split(b"\r\n")
        tap.equal(lines[:2], list(HELLO[:2]), "lines")
        tap.check(lines[2].startswith(b"250-XCRYPT chacha20_2.0 "), lines[2])
        tap.equal(lines[3:], [HELLO[2], b""], "lines")
        talk(client, server)
        quit_(client, server)
        tap.equal(link.b.session()["plain"], "not-offered", "reason")


@tap.case()
def starttls_used():
    """The MTA sees STARTTLS and takes it: the gateway stays out of the way."""
    with gateway.Pair() as link:
        client, server = begin(link, TLS)
        client.hear(*TLS)
        command(client, server, b"STARTTLS", b"220 go ahead")
        client.send(b"\x16\x03\x01\0\0")
        tap.equal(server.take(5), b"\x16\x03\x01\0\0", "TLS record")
        quit_(client, server)
        for one in link.a, link.b:
            tap.equal(one.session()["plain"], "tls", "reason")


@tap.case()
def starttls_unused():
    """The MTA sees STARTTLS and does not use it: XCRYPT before its next command."""
    with gateway.Pair() as link:
        client, server = begin(link, TLS)
        client.hear(*TLS)
        talk(client, server)
        quit_(client, server)
        for one in link.a, link.b:
            tap.equal(one.session()["suite"], "chacha20_2.0", "suite")


@tap.case()
def over_tls():
    with gateway.Pair(out=("over-tls all",)) as link:
        client, server = begin(link, TLS)
        client.hear(*TLS)
        command(client, server, b"STARTTLS", b"454 not now")
        quit_(client, server)
        for one in link.a, link.b:
            tap.equal(one.session()["suite"], "chacha20_2.0", "suite")


@tap.case()
def required_not_offered():
    with gateway.Pair(out=("policy %s require" % B,), sides=(0,)) as link:
        listener = link.listen(1, SMTP)
        client = script.End(link.connect(0, SMTP))
        server = script.accept(listener)
        short_greeting(client, server)
        client.say(b"EHLO a.example.org")
        server.hear(b"EHLO a.example.org")
        server.say(*HELLO)
        tap.check(client.reply().startswith(b"421 4.7.0 "), "not refused")
        tap.equal(client.rest(), b"", "behind 421")
        server.hear(b"QUIT")
        tap.equal(link.a.session()["end"], '"refused"', "end")


@tap.case()
def required_of_clients():
    with gateway.Pair(into=("inbound-policy default require",), sides=(1,)) as link:
        client, server = begin(link)
        client.reply()
        client.say(b"MAIL FROM:<alice@example.org>")
        client.hear(b"530 5.7.0 Must issue XCRYPT first")
        command(client, server, b"NOOP", b"250 fine")


@tap.case()
def required_without_daemon():
    """A fault that passes does not bounce mail."""
    with gateway.Pair(into=("inbound-policy default require",), sides=(1,), daemons=()) as link:
        client, server = begin(link)
        client.hear(*HELLO)
        client.say(b"MAIL FROM:<alice@example.org>")
        client.hear(b"454 4.7.0 XCRYPT not available, try later")
        server.sock.close()


@tap.case()
def injected():
    """What stands behind the XCRYPT line was put there by somebody."""
    with gateway.Pair(sides=(1,)) as link:
        client, server = begin(link)
        client.reply()
        client.send(b"XCRYPT chacha20_2.0 K N\r\nRSET\r\n")
        client.hear(b"503 5.5.1 XCRYPT FAIL")
        tap.equal(client.rest(), b"", "behind 503")
        tap.equal(server.rest(), b"", "at the MTA")
        tap.check("behind the XCRYPT line" in link.b.session()["end"], "log")


ENDS = (b".\r\n", b"\n.\n", b"\r.\r\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r", b".\n", b"\0.\r\n",
        b"..\r\n", b"\r\n.\r\nMAIL FROM:<x>\r\n")


@tap.case(("plain",), ("encrypted",))
def octets(how):
    """No end of data comes out other than it went in, however it is cut."""
    with gateway.Pair(sides=(0, 1) if how == "encrypted" else (1,)) as link:
        client, server = begin(link)
        client.reply()
        talk(client, server)
        for end in ENDS:
            for cut in range(len(end) + 1):
                client.send(b"text" + end[:cut])
                tap.equal(server.take(4 + cut), b"text" + end[:cut], "octets")
                client.send(end[cut:])
                tap.equal(server.take(len(end) - cut), end[cut:], "octets")
        long = bytes(range(256)) * 1024
        client.send(long)
        tap.equal(server.take(len(long)), long, "octets")
        quit_(client, server)


@tap.case()
def refused_connection():
    """The MTA finds a reset, before any greeting, and goes to the next host."""
    with gateway.Pair(sides=(0,), daemons=()) as link:
        tap.check(link.resets(0, SMTP), "the MTA sees no reset")
        tap.equal(link.a.session()["end"], '"cannot connect"', "end")


@tap.case(("peer",), ("mta",))
def reset(who):
    with gateway.Pair() as link:
        client, server = begin(link)
        client.reply()
        talk(client, server)
        first, second = (server, client) if who == "peer" else (client, server)
        first.reset()
        tap.equal(second.rest(), None, "what the other one sees")


@tap.case()
def broken_off():
    """The server's xcryptd dies in mid-exchange: the MTA's session goes on, on a new connection."""
    with gateway.Pair(sides=(0,)) as link:
        listener = link.listen(1, SMTP)
        client = script.End(link.connect(0, SMTP))
        server = script.accept(listener)
        short_greeting(client, server)
        client.say(b"EHLO a.example.org")
        server.hear(b"EHLO a.example.org")
        server.say(HELLO[0], b"250-XCRYPT chacha20_2.0", HELLO[2])
        tap.check(server.line().startswith(b"XCRYPT chacha20_2.0 "), "no exchange")
        server.sock.close()
        server = script.accept(listener)
        server.say(b"220 b.example.net")
        server.hear(b"EHLO a.example.org")
        server.say(HELLO[0], b"250-XCRYPT chacha20_2.0", HELLO[2])
        client.hear(HELLO[0], HELLO[2])
        talk(client, server)
        quit_(client, server)
        tap.equal(link.a.session()["plain"], "broken", "reason")


@tap.case()
def helo():
    with gateway.Pair() as link:
        listener = link.listen(1, gateway.BACKEND)
        client = script.End(link.connect(0, SMTP))
        server = script.accept(listener)
        script.header(server)
        short_greeting(client, server)
        say_helo(client, server)
        talk(client, server)
        quit_(client, server)


def listed(reply):
    """The words of the XCRYPT line."""
    (words,) = [line[11:] for line in reply.split(b"\r\n") if line[4:11] == b"XCRYPT "]
    return words


@tap.case()
def helo_then_xcrypt():
    """HELO leaves a session without extensions: the verb is answered 503, until there is an EHLO."""
    with gateway.Pair(sides=(1,)) as link:
        client, server = begin(link)
        words = listed(client.reply())
        say_helo(client, server)
        client.say(b"XCRYPT " + words)
        client.hear(b"503 5.5.1 XCRYPT FAIL")
        client.say(b"EHLO a.example.org")
        server.hear(b"EHLO a.example.org")
        server.say(*HELLO)
        tap.equal(listed(client.reply()), words, "the words of another EHLO")
        mta.attach(client.sock)
        mta.ask(client.sock, mta.CLIENT, words)
        tap.equal(mta.wait(client.sock).kind, mta.ENCRYPTED, "class")
        talk(client, server)
        quit_(client, server)
        tap.equal(link.b.session()["suite"], "chacha20_2.0", "suite")


@tap.case(("before-ehlo",), ("behind-helo",))
def xcrypt_unlisted(moment):
    """Where it was never listed."""
    with gateway.Pair(sides=(1,)) as link:
        listener = link.listen(1, gateway.BACKEND)
        client = script.End(link.connect(0, SMTP))
        server = script.accept(listener)
        script.header(server)
        short_greeting(client, server)
        if moment == "behind-helo":
            say_helo(client, server)
        client.say(b"XCRYPT chacha20_2.0 K N")
        client.hear(b"503 5.5.1 XCRYPT FAIL")
        talk(client, server)
        quit_(client, server)
        tap.equal(link.b.session()["plain"], "not-offered", "reason")


@tap.case()
def slow_reader():
    """30 MiB to somebody who does not read: the sender is held back, the gateway stays small."""
    with gateway.Pair() as link:
        client, server = begin(link)
        client.reply()
        talk(client, server)
        client.sock.settimeout(3)
        sent = 0
        try:
            while sent < 30 << 20:
                sent += client.sock.send(bytes(65536))
        except TimeoutError:
            pass
        tap.check(sent < 25 << 20, "%d octets went nowhere" % sent)
        for one in link.a, link.b:
            rss = one.rss()
            tap.say("%d KiB" % rss)
            tap.check(rss < 16384, "%d KiB resident" % rss)
        client.finish()
        taken = 0
        while taken < sent:
            octets_ = server.sock.recv(1 << 20)
            tap.check(octets_, "ended")
            taken += len(octets_)
        tap.equal(server.rest(), b"", "behind")


@tap.case(("clear",), ("tls",), ("tls-unused",))
def daemon_refuses(how):
    """xcryptd hears of a server without XCRYPT, which it may know better: its words are told. TLS
    does not do where it is to be verified who answers."""
    hello = HELLO if how == "clear" else TLS
    with gateway.Pair(sides=(0,), daemons=(0,), lines=("policy %s verify" % B,)) as link:
        listener = link.listen(1, SMTP)
        client = script.End(link.connect(0, SMTP))
        server = script.accept(listener)
        greet(client, server)
        server.say(*hello)
        if how != "clear":
            client.hear(*hello)
            client.say(b"STARTTLS" if how == "tls" else b"MAIL FROM:<alice@example.org>")
        reply = client.reply()
        tap.say(reply)
        tap.check(reply.startswith(b"421 4.7.0 "), "not refused")
        tap.equal(client.rest(), b"", "behind 421")
        server.hear(b"QUIT")
        tap.equal(link.a.session()["end"], '"refused"', "end")


CLEAR = (b"250-b.example.net", b"250-SIZE 1", b"250 8BITMIME")
V3 = "chachapoly_3.0"


def again(server, *lines):
    """The EHLO behind the switch, and its reply."""
    server.hear(b"EHLO a.example.org")
    server.say(*lines)


@tap.case((V3,), ("aes256gcm_3.0",))
def version3(suite):
    """The MTA gets the reply of behind the switch, and nothing of the one before."""
    with gateway.Pair(suites=suite) as link:
        client, server = begin(link, CLEAR)
        again(server, *HELLO)
        client.hear(*HELLO)
        talk(client, server)
        long = bytes(range(256)) * 4096
        client.send(long)
        tap.equal(server.take(len(long)), long, "octets")
        server.send(long)
        tap.equal(client.take(len(long)), long, "octets")
        quit_(client, server)
        for one in link.gateways:
            tap.equal(one.session()["suite"], suite, "suite")


def goes_on(link, client, server, reply):
    """The MTA answers EHLO, and the session comes to a good end."""
    again(server, *reply)
    client.hear(*reply)
    talk(client, server)
    quit_(client, server)
    for one in link.gateways:
        tap.equal(one.session()["suite"], V3, "suite")


@tap.case()
def version3_over_tls():
    """It goes before STARTTLS, which the MTA may still use inside."""
    with gateway.Pair(suites=V3) as link:
        client, server = begin(link, TLS)
        goes_on(link, client, server, TLS)


@tap.case(("250",), ("421",))
def version3_one_hello(greeting):
    """An MTA that takes one EHLO a connection, as OpenSMTPD, gets another connection."""
    with gateway.Pair(suites=V3) as link:
        client, server = begin(link, CLEAR)
        again(server, b"503 5.5.1 Invalid command: Already identified")
        tap.equal(server.rest(), b"", "more on the first connection")
        second = script.accept(link.listen(1, gateway.BACKEND))
        address, _, _, port = script.header(second)
        tap.equal((address, port), (A, 25), "the client as the MTA sees it")
        if greeting == "421":
            second.say(b"421 4.3.2 too many connections")
            client.hear(b"421 4.3.2 too many connections")
            return
        second.say(b"220-b.example.net ESMTP", b"220 at your service")
        goes_on(link, client, second, HELLO)


@tap.case(("same",), ("other",))
def version3_after_tls(how):
    """The MTA had a reply in the clear: only if the one behind the switch says the same it goes on."""
    with gateway.Pair(suites=V3, out=("over-tls no",)) as link:
        client, server = begin(link, TLS)
        client.hear(*TLS)
        client.say(b"MAIL FROM:<alice@example.org>")
        again(server, *(HELLO[:1] + HELLO[2:] if how == "same" else CLEAR))
        if how == "other":
            tap.check(client.reply().startswith(b"421 4.7.0 "), "not refused")
            tap.equal(client.rest(), b"", "behind 421")
            server.hear(b"QUIT")
            return
        server.hear(b"MAIL FROM:<alice@example.org>")
        server.say(b"250 fine")
        client.hear(b"250 fine")
        quit_(client, server)
        tap.equal(link.a.session()["suite"], V3, "suite")


@tap.case()
def version3_begins_anew():
    """Inbound, what was said in the clear is forgotten: nothing goes before another EHLO."""
    with gateway.Pair(suites=V3, sides=(1,)) as link:
        client, server = begin(link)
        words = [line[11:] for line in client.reply().split(b"\r\n")
                 if line.startswith(b"250-XCRYPT ")]
        mta.attach(client.sock)
        mta.ask(client.sock, mta.CLIENT, words[0])
        tap.equal(mta.wait(client.sock).kind, mta.ENCRYPTED, "class")
        for line in (b"MAIL FROM:<alice@example.org>", b"XCRYPT " + words[0], b"STARTTLS"):
            client.say(line)
            client.hear(b"503 5.5.1 EHLO first")
        command(client, server, b"NOOP", b"250 fine")
        client.say(b"EHLO a.example.org")
        server.hear(b"EHLO a.example.org")
        server.say(*HELLO)
        client.hear(*HELLO)
        talk(client, server)
        quit_(client, server)
        tap.equal(link.b.session()["suite"], V3, "suite")
