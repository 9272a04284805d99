# SPDX-License-Identifier: GPL-2.0
"""A server that breaks the exchange off, at each of its steps; and a client that does."""
import contextlib

import hosts
import smtp
import tap

SENT = hosts.message(b"the text\n")
BAD_KEY = b"250 XCRYPT !!! " + smtp.NONCE
FAIL = b"250 XCRYPT FAIL"

# The answers to XCRYPT lines; what sendmail gives as the reason.
GOES_ON = {
    "no-such-suite": ([b"504 5.5.4 XCRYPT FAIL"], "refused by an answer"),
    "bad-syntax": ([b"501 5.5.4 XCRYPT FAIL"], "refused by an answer"),
    "wrong-moment": ([b"503 5.5.1 XCRYPT FAIL"], "refused by an answer"),
    "inner-fault": ([b"454 4.7.0 XCRYPT FAIL"], "refused by an answer"),
    "unknown-verb": ([b"500 5.5.1 Command unrecognized"], "refused by an answer"),
    "bad-key": ([BAD_KEY, FAIL], "refused by an answer"),
    "fail-after-ok": ([smtp.REPLY, b"454 4.7.0 XCRYPT FAIL"], "refused by an answer"),
}
CLOSES = {
    "hang-up-first": ([None], "the other side has ended"),
    "hang-up-after-ok": ([smtp.REPLY, None], "the other side has ended"),
    "wrong-confirmation": ([smtp.REPLY, smtp.OK], "the other side broke the protocol"),
    "no-smtp": ([b"hello"], "the other side broke the protocol"),
    "silence": ([lambda sock: sock.recv(1) and None], "timed out"),
}
LIMIT = "time-limit 2s"


@contextlib.contextmanager
def scripted(*scripts, policy=(), **kwargs):
    """A and its xcryptd; a script in B's place."""
    with hosts.shared(daemons=(0,), lines=(LIMIT, *policy), listen=()) as h:
        server = smtp.Server(h, *scripts, **kwargs)
        try:
            yield h, server
        finally:
            server.close()
            h.a.forget()


def verbs(lines):
    """What a connection was used for, without EHLO and QUIT."""
    words = [line.split(b" ")[0].upper().decode("ascii", "replace") for line in lines]
    return [word for word in words if word not in ("EHLO", "QUIT")]


def delivered(h, server, connections):
    """Once, in the clear, on the last of these connections, and nothing waits."""
    tap.equal([verbs(lines) for lines in server.said], connections, "what was said")
    tap.equal([hosts.stripped(mail) for mail in server.mail], [SENT], "mail delivered")
    tap.equal(h.a.queued(), [], "queue")


@tap.case(*((name,) for name in GOES_ON))
def answer_goes_on(name):
    script, reason = GOES_ON[name]
    with scripted(script) as (h, server):
        h.a.submit(SENT, "bob@example.net")
        delivered(h, server, [["XCRYPT"] * len(script) + ["MAIL", "RCPT", "DATA"]])
        tap.equal(len(h.logged(h.a.tag, "XCRYPT=client", reason, "in the clear")), 1,
                  "reason in mail.log: %s" % h.log.text[h.mark:])


@tap.case(*((name,) for name in CLOSES))
def answer_closes(name):
    script, reason = CLOSES[name]
    with scripted(script, [b"503 5.5.1 XCRYPT FAIL"]) as (h, server):
        h.a.submit(SENT, "bob@example.net")
        delivered(h, server, [["XCRYPT"] * len(script), ["MAIL", "RCPT", "DATA"]])
        tap.equal(len(h.logged(h.a.tag, "XCRYPT=client", reason, "again without")), 1,
                  "reason in mail.log: %s" % h.log.text[h.mark:])


# Replies that end not only the command. What comes behind one is read by nobody.
CHANNEL = {
    "first": ([b"421 4.3.2 going down"], {}),
    "after-ok": ([smtp.REPLY, b"421 4.4.2 took too long"], {}),
    "hangs-up-behind-fail": ([b"454 4.7.0 XCRYPT FAIL"], {b"MAIL": None}),
    "closes-behind-fail": ([b"454 4.7.0 XCRYPT FAIL"], {b"MAIL": b"421 4.3.2 going down"}),
}


@tap.case(*((name,) for name in CHANNEL))
def answer_ends_the_channel(name):
    """A 421, or the end of the connection: the mail goes at once, on another one."""
    script, replies = CHANNEL[name]

    def recover(_sock):
        server.replies.update({b"MAIL": b"250 2.1.0 ok"})
        return replies[b"MAIL"]

    with scripted(script, replies={b"MAIL": recover} if replies else {}) as (h, server):
        h.a.submit(SENT, "bob@example.net")
        delivered(h, server, [["XCRYPT"] * len(script) + ["MAIL"] * len(replies),
                              ["MAIL", "RCPT", "DATA"]])
        tap.equal(len(h.logged(h.a.tag, "XCRYPT=client", "again without")), 1,
                  "mail.log: %s" % h.log.text[h.mark:])


@tap.case()
def offer_behind_helo():
    """What a server lists though it knows no EHLO is no offer."""
    refused = {b"EHLO": b"500 5.5.1 what?",
               b"HELO": b"250-b.example.net\r\n250-XCRYPT chacha20_2.0\r\n250 HELP"}
    with scripted([b"503 5.5.1 XCRYPT FAIL"], replies=refused) as (h, server):
        h.a.submit(SENT, "bob@example.net")
        delivered(h, server, [["HELO", "MAIL", "RCPT", "DATA"]])


def kept(h, server, reason):
    """Nothing of the mail was said; it waits, and the log says why."""
    for lines in server.said:
        tap.equal([verb for verb in verbs(lines) if verb != "XCRYPT"], [], "said in the clear")
    tap.equal(len(h.a.queued()), 1, "queue")
    lines = h.logged(h.a.tag, "to=bob@example.net", "stat=Deferred")
    tap.equal(len(lines), 1, "deferred: %s" % h.log.text[h.mark:])
    tap.check("dsn=4.7." in lines[0] and reason in lines[0], lines[0])


@tap.case()
def answer_of_a_host_with_a_dot():
    """One name, with or without a dot at its end: for policy and in the log."""
    with hosts.Hosts(daemons=(0,), lines=(LIMIT,), listen=(),
                     more=(("define(`SMART_HOST', `[b.example.net.]')",), ()),
                     access=(("Try_XCRYPT:b.example.net\tREQUIRE",), ())) as h:
        server = smtp.Server(h, [None])
        h.a.submit(SENT, "bob@example.net")
        server.close()
        kept(h, server, "the other side has ended")
        tap.equal(len(h.logged(h.a.tag, "XCRYPT=client, relay=b.example.net, error=")), 1,
                  "A's log: %s" % h.log.text)
        tap.check("name=\"b.example.net\"" in h.daemons[0].logged("refused")[0], "xcryptd's log")


@tap.case(*((name,) for name in list(GOES_ON) + list(CLOSES)))
def answer_required(name):
    script, reason = GOES_ON.get(name) or CLOSES[name]
    with scripted(script, script) as (h, server):
        h.a.submit(SENT, "bob@example.net", words=("-O", "XCRYPTTry=require"))
        kept(h, server, reason)


DAEMON_REQUIRES = ("policy 10.77.0.0/24 require",)


@tap.case(*((name,) for name in ("inner-fault", *CLOSES)))
def answer_required_by_the_daemon(name):
    """xcryptd's policy holds though sendmail is content without."""
    script, _ = GOES_ON.get(name) or CLOSES[name]
    with scripted(script, script, policy=DAEMON_REQUIRES) as (h, server):
        h.a.submit(SENT, "bob@example.net")
        kept(h, server, "policy of xcryptd")


@tap.case()
def answer_policy_of_the_daemon_is_off():
    with scripted([b"503 5.5.1 XCRYPT FAIL"], policy=("policy default off",)) as (h, server):
        h.a.submit(SENT, "bob@example.net")
        delivered(h, server, [["MAIL", "RCPT", "DATA"]])
        tap.equal(len(h.logged(h.a.tag, "XCRYPT=client", "policy of xcryptd", "in the clear")), 1,
                  "mail.log: %s" % h.log.text[h.mark:])


@tap.case()
def answer_required_not_offered():
    with scripted() as (h, server):
        h.a.submit(SENT, "bob@example.net", words=("-O", "XCRYPTTry=require"))
        kept(h, server, "not offered")


OFFERS = {
    "two-lines": b"XCRYPT chacha20_2.0\r\n250-XCRYPT aes256ctr_2.0",
    "line-too-long": b"XCRYPT chacha20_2.0 " + b" ".join([b"x_1.0"] * 82),
    "nothing-in-common": b"XCRYPT nosuch_9.9",
    "no-words": b"XCRYPT",
    "a-line-without-words-and-one-with": b"XCRYPT\r\n250-XCRYPT chacha20_2.0",
}


@tap.case(*((name,) for name in OFFERS))
def offer_is_none(name):
    with scripted([b"503 5.5.1 XCRYPT FAIL"], keyword=OFFERS[name]) as (h, server):
        h.a.submit(SENT, "bob@example.net")
        delivered(h, server, [["MAIL", "RCPT", "DATA"]])


TWO = b"XCRYPT chacha20_2.0 "
# The client's XCRYPT lines, and the beginnings of the replies.
OF_THE_CLIENT = {
    "fail": ([smtp.FIRST, b"XCRYPT FAIL no thanks"], [b"250 XCRYPT ", b"250 XCRYPT FAIL"]),
    "no-such-suite": ([b"XCRYPT nosuch_2.0 " + smtp.KEY + b" " + smtp.NONCE],
                      [b"504 5.5.4 XCRYPT FAIL"]),
    "bad-base64": ([TWO + b"!" * 44 + b" " + smtp.NONCE], [b"501 5.5.4 XCRYPT FAIL"]),
    "no-words": ([b"XCRYPT"], [b"501 5.5.4 XCRYPT FAIL"]),
    "wrong-confirmation": ([smtp.FIRST, b"XCRYPT OK " + smtp.CONFIRM],
                           [b"250 XCRYPT ", b"454 4.7.0 XCRYPT FAIL"]),
    "noop": ([smtp.FIRST, b"NOOP"], [b"250 XCRYPT ", b"503 5.5.1 XCRYPT FAIL"]),
}


@tap.case()
def client_fails_and_goes_on():
    """In the clear, on the same connection; a second exchange is refused."""
    with hosts.Hosts(daemons=(1,)) as h:
        for name, (lines, replies) in OF_THE_CLIENT.items():
            client = smtp.Client(h)
            client.ehlo()
            for line, reply in zip(lines, replies):
                got = client.command(line)
                tap.check(got.startswith(reply), "%s: %r" % (name, got))
            tap.equal(client.command(smtp.FIRST), b"503 5.5.1 XCRYPT FAIL\r\n", name + ": again")
            client.mail(b"From: <alice@example.org>\r\n\r\n%s\r\n" % name.encode(),
                        b"bob@example.net")
            client.close()
            ((_, octets),) = h.b.take()
            tap.check(octets.endswith(b"\n\n%s\n" % name.encode()), "%s: %r" % (name, octets))
        tap.equal(len(h.logged(h.b.tag, "XCRYPT=server", "in the clear")), len(OF_THE_CLIENT),
                  "reasons: %s" % h.log.text[h.mark:])


@tap.case()
def server_that_requires():
    with hosts.Hosts(daemons=(0, 1), more=((), ("define(`confXCRYPT_OFFER', `require')",))) as h:
        client = smtp.Client(h)
        for command, reply in ((b"NOOP", b"250"), (b"MAIL FROM:<alice@example.org>", b"530 5.7.0"),
                               (b"HELO a.example.org", b"250"), (b"RSET", b"250"),
                               (b"VRFY bob@example.net", b"530 5.7.0"),
                               (b"EHLO a.example.org", b"250"),
                               (b"MAIL FROM:<alice@example.org>", b"530 5.7.0"),
                               (b"QUIT", b"221")):
            got = client.command(command)
            tap.check(got.startswith(reply), "%r: %r" % (command, got))
        h.a.submit(SENT, "bob@example.net")
        hosts.is_mail(h.b.take(), ("bob@example.net", SENT))
