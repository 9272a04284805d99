# SPDX-License-Identifier: GPL-2.0
"""STARTTLS and XCRYPT, both offered: which one is taken."""
import hosts
import proxy
import smtp
import tap
import test_moments

BOB = "bob@example.net"
SENT = hosts.message(b"the text\n")
AUTHINFO = 'AuthInfo:b.example.net\t"U:alice" "P:secret" "M:PLAIN"'
LATER = b"454 4.3.3 TLS not available"
NO = b"503 5.5.1 XCRYPT FAIL"


def taken(mail):
    """How one message came."""
    ((_, octets),) = mail
    return {(True, False): "XCRYPT", (False, True): "TLS", (False, False): "the clear"}[
        b"using XCRYPT" in octets, b"version=TLS" in octets]


@tap.case(("default", "TLS"), ("no", "TLS"), ("3", "TLS"), ("all", "XCRYPT"))
def over_tls(option, wanted):
    """Suites of version 2: the channel with integrity, unless the option says otherwise."""
    test_moments.certificate()
    words = () if option == "default" else ("-O", "XCRYPTOverTLS=" + option)
    with hosts.shared(more=((), test_moments.TLS)) as h:
        h.a.submit(SENT, BOB, words=words)
        mail = h.b.take()
        hosts.is_mail(mail, (BOB, SENT))
        tap.equal(taken(mail), wanted, "taken")


@tap.case()
def over_tls_of_the_configuration():
    """The option's name in the .mc; and where STARTTLS is not to be tried there is none."""
    test_moments.certificate()
    more = ("define(`confXCRYPT_OVER_TLS', `all')",)
    with hosts.Hosts(more=(more, test_moments.TLS)) as h:
        h.a.submit(SENT, BOB)
        tap.equal(taken(h.b.take()), "XCRYPT", "taken")
    access = (("Try_TLS:b.example.net\tNO",), ())
    with hosts.Hosts(more=((), test_moments.TLS), access=access) as h:
        h.a.submit(SENT, BOB)
        tap.equal(taken(h.b.take()), "XCRYPT", "taken with Try_TLS: NO")


@tap.case()
def over_tls_bad_option():
    with hosts.shared() as h:
        done = h.a.run("-O", "XCRYPTOverTLS=2", "-bv", BOB)
        tap.check(b'option XCRYPTOverTLS: "2" is none of no, 3, all' in done.stdout,
                  "said: %r" % done.stdout)


@tap.case(("with", "TLS"), ("without", "XCRYPT"))
def over_tls_authinfo(which, wanted):
    """A password for the server: STARTTLS, whatever the option. XCRYPT would hide AUTH PLAIN."""
    test_moments.certificate()
    server = (*test_moments.TLS, *test_moments.AUTH, "define(`confAUTH_OPTIONS', `A,p')")
    with hosts.Hosts(more=(("define(`confXCRYPT_OVER_TLS', `all')",), server),
                     access=((AUTHINFO if which == "with" else "x.example\tOK",), ())) as h:
        h.a.submit(SENT, BOB)
        mail = h.b.take()
        hosts.is_mail(mail, (BOB, SENT))
        tap.equal(taken(mail), wanted, "taken: %s" % h.log.text)


def scripted(keyword, *words):
    """The client's verbs with a server whose STARTTLS is refused."""
    with hosts.shared(daemons=(0,), listen=()) as h:
        server = smtp.Server(h, [NO], keyword=keyword, replies={b"STAR": LATER})
        h.a.submit(SENT, BOB, words=words)
        server.close()
        tap.equal([hosts.stripped(mail) for mail in server.mail], [SENT], "mail delivered")
        return [line.split(b" ")[0] for lines in server.said for line in lines]


# Suites listed by the server, options of the client.
ORDER = {"version-2": (b"chacha20_2.0", ()),
         "version-3-that-only-b-has": (b"nosuch_3.0 chacha20_2.0", ()),
         "all": (b"chacha20_2.0", ("-O", "XCRYPTOverTLS=all"))}


@tap.case(*((name,) for name in ORDER))
def over_tls_order(name):
    """What is tried first; and the other one where that was refused, not the clear."""
    suites, words = ORDER[name]
    said = scripted(b"STARTTLS\r\n250-XCRYPT " + suites, *words)
    wanted = [b"STARTTLS", b"XCRYPT"][::-1 if name == "all" else 1]
    tap.equal(said, [b"EHLO", *wanted, b"MAIL", b"RCPT", b"DATA", b"QUIT"], "said")


@tap.case()
def over_tls_refused():
    """STARTTLS is listed, but refused: XCRYPT then, on the same connection."""
    edit = proxy.once("S", b"250-b.example.net", lambda octets: octets.replace(
        b"250-8BITMIME", b"250-STARTTLS\r\n250-8BITMIME"))
    with hosts.shared(**proxy.HOSTS) as h:
        with proxy.between(h, edit) as one:
            h.a.submit(SENT, BOB)
        tap.equal(one.count, 1, "connections")
        tap.equal(taken(h.b.take()), "XCRYPT", "taken")
        tap.equal(len(h.logged(h.a.tag, "XCRYPT=client", "suite=")), 1, "A's log")
