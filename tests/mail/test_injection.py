# SPDX-License-Identifier: GPL-2.0
"""
Plaintext put in behind the lines of the exchange (the attack on STARTTLS of 2011, CVE-2011-0411):
never executed, and the session is closed.
"""
import contextlib
import subprocess

import hosts
import proxy
import smtp
import tap

EVIL = (b"RSET\r\nMAIL FROM:<eve@example.com>\r\nRCPT TO:<victim@example.net>\r\nDATA\r\n"
        b"Subject: evil\r\n\r\nevil\r\n.\r\n")
FAKE = b"250 2.1.0 fake\r\n" * 4
SENT = hosts.message(b"the text\n")
GIVES_UP = 30       # seconds; with its replies out of step a client may wait for an hour



def nothing_executed(h):
    tap.equal([r for r, _ in h.b.mail() if r != "bob@example.net"], [], "mail")
    tap.equal(h.logged("eve@"), [], "mail.log")


FEW = {"a-transaction": EVIL, "half-a-line": b"RSE", "an-octet": b"\n"}


@tap.case(*((name,) for name in FEW))
def injected_behind_the_first_line(name):
    with hosts.shared() as h:
        client = smtp.Client(h)
        client.ehlo()
        client.sock.sendall(smtp.FIRST + b"\r\n" + FEW[name])
        tap.equal(client.rest(), b"503 5.5.1 XCRYPT FAIL\r\n", "until the connection's end")
        client.close()
        nothing_executed(h)


def ended(process):
    """Its status; None if it had to be killed."""
    try:
        return process.wait(GIVES_UP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


@contextlib.contextmanager
def attacked(who, beginning, evil):
    """A has mail for B, and something is put in behind a segment that begins so."""
    edit = proxy.once(who, beginning, lambda octets: octets + evil)
    with hosts.shared(**proxy.HOSTS) as h, proxy.between(h, edit):
        ended(h.a.begin(SENT, "bob@example.net"))
        yield h
        h.a.forget()
        h.b.take()


TO_THE_SERVER = {"first-line": b"XCRYPT chacha20", "ok": b"XCRYPT OK "}
TO_THE_CLIENT = {"first-reply": b"250 XCRYPT ", "ok": b"250 XCRYPT OK"}


@tap.case(*((name,) for name in TO_THE_SERVER))
def injected_on_the_way_to_the_server(name):
    with attacked("C", TO_THE_SERVER[name], EVIL) as h:
        nothing_executed(h)
        tap.check(len(h.logged(h.b.tag, "XCRYPT=server", "closed")) == 1,
                  "mail.log: %s" % h.log.text[h.mark:])
        came_in_the_end(h)


@tap.case(*((name,) for name in TO_THE_CLIENT))
def injected_on_the_way_to_the_client(name):
    """Replies that the server never gave: none is believed."""
    with attacked("S", TO_THE_CLIENT[name], FAKE) as h:
        nothing_executed(h)
        came_in_the_end(h)


NOISE = {"replies": FAKE, "half-a-line": b"RSE", "an-octet": b"\n"}


@tap.case(*((name,) for name in NOISE))
def injected_noise_ends_at_once(name):
    """Not when the time for the reply to MAIL is over, which is ten minutes here."""
    edit = proxy.once("S", b"250 XCRYPT OK", lambda octets: octets + NOISE[name])
    with hosts.shared(listen=(), more=((), proxy.HOSTS["more"][1])) as h:
        with proxy.between(h, edit) as one:
            tap.equal(ended(h.a.begin(SENT, "bob@example.net")), 0, "sendmail's status")
        tap.equal(one.count, 2, "connections")
        tap.equal(h.a.queued(), [], "queue")
        hosts.is_mail(h.b.take(), ("bob@example.net", SENT))
        tap.equal(len(h.logged(h.a.tag, "XCRYPT=client", "error=noise in the place of a reply",
                               "connecting again without")), 1, "A's log: %s" %
                  h.log.text[h.mark:])


def held_back():
    """An edit: of the server nothing is passed on behind its last line."""
    def edit(who, octets):
        if who == "S" and edit.done:
            return b""
        if who == "S" and octets.startswith(b"250 XCRYPT OK"):
            edit.done.append(octets)
        return octets
    edit.done = []
    return edit


@tap.case(("opportunistic",), ("required",))
def silence_behind_the_last_line(policy):
    """A time-out after the switch is called one."""
    words = ("-O", "XCRYPTTry=require") if policy == "required" else ()
    with hosts.shared(**proxy.HOSTS) as h:
        with proxy.between(h, held_back()):
            h.a.submit(SENT, "bob@example.net", words=words)
        status = "required, mail stays queued" if words else "connecting again without"
        tap.equal(len(h.logged(h.a.tag, "XCRYPT=client", "error=timed out, status=" + status)), 1,
                  "A's log: %s" % h.log.text[h.mark:])
        tap.equal(len(h.a.queued()), len(words) // 2, "queue")
        hosts.is_mail(h.b.take(), *[("bob@example.net", SENT)] * (not words))
        h.a.forget()


@tap.case()
def injected_behind_the_reply_to_ehlo():
    """No exchange is begun there. What becomes of the mail then is up to SMTP in the clear."""
    with attacked("S", b"250-b.example.net", FAKE) as h:
        tap.equal(len(h.logged(h.a.tag, "octets behind the EHLO reply", "in the clear")), 1,
                  "mail.log: %s" % h.log.text[h.mark:])
        tap.equal(h.logged("XCRYPT=server"), [], "B's log")


def came_in_the_end(h):
    """At once, or with the next run of the queue; once, and never half."""
    said = h.a.run_queue()
    tap.equal(h.a.queued(), [], "queue: %s" % said)
    hosts.is_mail(h.b.take(), ("bob@example.net", SENT))
