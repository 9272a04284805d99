# SPDX-License-Identifier: GPL-2.0
"""XCRYPT where it has no business; AUTH and STARTTLS beside it."""
import ssl
import subprocess

import hosts
import smtp
import tap

REFUSED = b"503 5.5.1 XCRYPT FAIL\r\n"
SENT = hosts.message(b"the text\n")
KEY, CERT = "/run/mail/key.pem", "/run/mail/cert.pem"
TLS = ("define(`confSERVER_KEY', `%s')" % KEY, "define(`confSERVER_CERT', `%s')" % CERT,
       "define(`confCACERT', `%s')" % CERT, "define(`confCACERT_PATH', `/run/mail')")
OVER = ("define(`confXCRYPT_OVER_TLS', `all')",)
AUTH = ("TRUST_AUTH_MECH(`PLAIN LOGIN DIGEST-MD5')",
        "define(`confAUTH_MECHANISMS', `PLAIN LOGIN DIGEST-MD5')")


def refused(client, line=smtp.FIRST):
    tap.equal(client.command(line), REFUSED, "reply to XCRYPT")


@tap.case()
def moment_before_ehlo_and_after_helo():
    with hosts.shared() as h:
        client = smtp.Client(h)
        refused(client)
        tap.check(b"XCRYPT" not in client.command(b"HELO a.example.org"), "listed after HELO")
        refused(client)
        tap.check(b"XCRYPT" in client.ehlo(), "not listed after EHLO")
        client.command(b"HELO a.example.org")
        refused(client)
        client.encrypt()
        client.close()


@tap.case()
def moment_in_a_transaction():
    with hosts.shared() as h:
        client = smtp.Client(h)
        client.ehlo()
        for line in (b"MAIL FROM:<alice@example.org>", b"RCPT TO:<bob@example.net>"):
            tap.equal(client.command(line)[:3], b"250", "reply to %r" % line)
            refused(client)
        tap.equal(client.command(b"DATA")[:3], b"354", "the transaction goes on")
        client.send(*hosts.message(b"the text").split(b"\n"))
        tap.equal(client.command(b".")[:3], b"250", "reply to the message")
        hosts.is_mail(h.b.take(), ("bob@example.net", SENT))
        client.encrypt()
        client.close()


LONG = b"XCRYPT chacha20_2.0 " + b"A" * 2048
BAD_LINE = b"501 5.5.4 XCRYPT FAIL\r\n"


@tap.case()
def refusals_are_logged():
    """One line each: the peer in brackets, what was wrong, what was done."""
    with hosts.shared() as h:
        client = smtp.Client(h)
        refused(client)
        client.ehlo()
        client.command(b"MAIL FROM:<alice@example.org>")
        refused(client)
        client.close()
        for line in (LONG, b"XCRYPT chacha\0 x y"):
            client = smtp.Client(h)
            client.ehlo()
            client.send(line)
            tap.equal(client.rest(), BAD_LINE, "until the connection's end")
            client.close()
        for why, status in (("not listed, or no EHLO yet", "refused"),
                            ("mail transaction open", "refused"),
                            ("line over 2048 octets", "closed"), ("NUL in the line", "closed")):
            lines = h.log.wait(h.b.tag, "XCRYPT=server", "error=%s, status=%s" % (why, status),
                               since=h.mark)
            tap.equal(len(lines), 1, "lines: %s" % lines)
            tap.check("[10.77.0.1], " in lines[0], lines[0])
        tap.equal(len(h.logged(h.b.tag, "XCRYPT=server")), 4,
                  "B's log: %s" % h.log.text[h.mark:])


@tap.case()
def address_is_canonical():
    """A listener of IPv6 sees an IPv4 client with another address, which nobody else writes."""
    more = ("DAEMON_OPTIONS(`Name=MTA, Family=inet6, Port=25')",)
    with hosts.Hosts(more=((), more)) as h:
        h.a.submit(SENT, "bob@example.net")
        h.b.take()
        lines = h.logged(h.b.tag, "XCRYPT=server")
        tap.check(len(lines) == 1 and "[10.77.0.1]" in lines[0], "B's log: %s" % lines)
        tap.equal(h.logged(h.b.tag, "ffff:"), [], "B's log")


@tap.case(("RSET",), ("HELO",), ("MAIL",))
def trace_in_spite_of(before):
    """What was said before does not keep the trace from the mail after the exchange."""
    with hosts.shared() as h:
        client = smtp.Client(h)
        client.ehlo()
        if before == "MAIL":
            client.mail(b"Subject: x\r\n\r\nthe text\r\n", b"bob@example.net")
            h.b.take()
        else:
            client.command(before.encode() + b" a.example.org")
        client.encrypt()
        client.mail(b"Subject: x\r\n\r\nthe text\r\n", b"bob@example.net")
        ((_, octets),) = h.b.take()
        tap.check(b"using XCRYPT with cipher chacha20_2.0" in octets, "trace: %r" % octets)
        client.close()


@tap.case()
def moment_twice():
    with hosts.shared() as h:
        client = smtp.Client(h)
        client.encrypt()
        refused(client)
        tap.check(b"XCRYPT" not in client.ehlo(), "listed again")
        refused(client)
        client.mail(b"Subject: x\r\n\r\nthe text\r\n", b"bob@example.net")
        tap.equal(len(h.b.take()), 1, "mail")
        client.close()


def certificate():
    done = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", KEY, "-out", CERT, "-subj", "/CN=b.example.net", "-days", "2"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    tap.equal(done.returncode, 0, "openssl: " + done.stdout)
    subprocess.run(["chmod", "600", KEY], check=True)


def starttls(client):
    tap.equal(client.command(b"STARTTLS")[:3], b"220", "reply to STARTTLS")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    client.sock = context.wrap_socket(client.sock)


@tap.case()
def moment_inside_starttls():
    certificate()
    with hosts.shared(more=((), TLS)) as h:
        client = smtp.Client(h)
        words = client.ehlo()
        tap.check(b"STARTTLS" in words and b"XCRYPT" in words, "EHLO: %r" % words)
        starttls(client)
        refused(client)
        tap.check(b"XCRYPT" not in client.ehlo(), "listed under TLS")
        refused(client)
        client.mail(b"Subject: x\r\n\r\nthe text\r\n", b"bob@example.net")
        ((_, octets),) = h.b.take()
        tap.check(b"version=TLS" in octets and b"XCRYPT" not in octets, "trace: %r" % octets)
        client.close()


@tap.case()
def starttls_required_is_not_replaced():
    certificate()
    access = ("TLS_Srv:b.example.net\tENCR:112",)
    with hosts.Hosts(more=(OVER, TLS), access=(access, ())) as h:
        h.a.submit(SENT, "bob@example.net")
        tap.equal(h.a.queued(), [], "queue: %s" % h.log.text)
        ((_, octets),) = h.b.take()
        tap.check(b"version=TLS" in octets and b"XCRYPT" not in octets, "trace: %r" % octets)
        tap.equal(h.log.lines("XCRYPT="), [], "mail.log")


@tap.case()
def starttls_meets_what_the_server_requires():
    certificate()
    with hosts.Hosts(more=((), (*TLS, "define(`confXCRYPT_OFFER', `require')"))) as h:
        client = smtp.Client(h)
        client.ehlo()
        tap.equal(client.command(b"MAIL FROM:<alice@example.org>")[:9], b"530 5.7.0", "before")
        starttls(client)
        client.ehlo()
        client.mail(b"Subject: x\r\n\r\nthe text\r\n", b"bob@example.net")
        tap.equal(len(h.b.take()), 1, "mail")
        client.close()


def auth_listed(options):
    """AUTH's words in the clear and on the encrypted session, and what PLAIN is answered there."""
    with hosts.Hosts(more=((), (*AUTH, "define(`confAUTH_OPTIONS', `%s')" % options))) as h:
        client = smtp.Client(h)
        before = client.ehlo().get(b"AUTH", [])
        client.encrypt()
        after = client.ehlo().get(b"AUTH", [])
        answer = client.command(b"AUTH PLAIN AGFsaWNlAHNlY3JldA==")
        client.close()
        return before, after, answer


@tap.case()
def auth_plain_stays_hidden():
    before, after, answer = auth_listed("A,p")
    for words in (before, after):
        tap.equal(sorted(words), [b"DIGEST-MD5"], "AUTH's words")
    tap.check(answer[:3] in (b"503", b"504"), "answer to AUTH PLAIN: %r" % answer)


@tap.case()
def auth_plain_is_listed_without_p():
    """Else the case before would prove nothing."""
    before, after, answer = auth_listed("A")
    for words in (before, after):
        tap.equal(sorted(words), [b"DIGEST-MD5", b"LOGIN", b"PLAIN"], "AUTH's words")
    tap.equal(answer[:3], b"535", "answer to AUTH PLAIN: %r" % answer)
