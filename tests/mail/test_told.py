# SPDX-License-Identifier: GPL-2.0
"""Sessions without an exchange: xcryptd, which may know the server, is told, and may refuse."""
import hosts
import smtp
import tap
import test_answers
import test_moments
import test_overtls

BOB = "bob@example.net"
SENT = hosts.message(b"the text\n")
REQUIRED = ("policy 10.77.0.0/24 require",)
VERIFY = ("-O", "XCRYPTTry=verify")
BY_DOMAIN = ("policy @example.net require",)


def told(h, reason):
    """How often A's daemon was, since it was started."""
    return h.daemons[0].stats()['exchanges_reason_total{reason="%s"}' % reason]


@tap.case()
def told_unlisted():
    """Once a session, not once a message; and nothing changes where policy has no say."""
    with hosts.Hosts(daemons=(0,), listen=()) as h:
        server = smtp.Server(h)
        for _ in range(2):
            h.a.submit(SENT, BOB, words=("-odq",))
        h.a.run_queue()
        server.close()
        tap.equal([hosts.stripped(mail) for mail in server.mail], [SENT] * 2, "mail delivered")
        tap.equal(len(server.said), 1, "connections")
        tap.equal(told(h, "unlisted"), 1, "told to A's daemon")


@tap.case(("address", REQUIRED), ("domain", BY_DOMAIN))
def told_unlisted_and_required(_which, policy):
    """xcryptd's own policy holds against a server, or an attacker, that lists nothing."""
    with test_answers.scripted(policy=policy) as (h, server):
        h.a.submit(SENT, BOB)
        test_answers.kept(h, server, "policy of xcryptd")
        tap.equal([verb for lines in server.said for verb in test_answers.verbs(lines)], [],
                  "said to the server")


@tap.case()
def told_of_tls():
    """Where STARTTLS takes its place; that is enough for require, not for verify."""
    test_moments.certificate()
    with hosts.Hosts(more=((), test_moments.TLS), lines=REQUIRED) as h:
        h.a.submit(SENT, BOB)
        mail = h.b.take()
        hosts.is_mail(mail, (BOB, SENT))
        tap.equal(test_overtls.taken(mail), "TLS", "taken")
        tap.equal(told(h, "tls"), 1, "told to A's daemon")
        h.capture()
        h.a.submit(SENT, BOB, words=(*VERIFY, "-O", "XCRYPTOverTLS=no"))
        tap.equal(h.b.take(), [], "mail")
        tap.equal(len(h.a.queued()), 1, "queue")


@tap.case(("option",), ("access",))
def told_to_verify(which):
    """No server has a pin here. With the module, the daemon, XCRYPT and TLS there, it stays."""
    access = (("Try_XCRYPT:b.example.net\tVERIFY",), ())
    words = VERIFY if which == "option" else ()
    with hosts.Hosts(access=access if which == "access" else ((), ())) as h:
        h.a.submit(SENT, BOB, words=words)
        tap.equal(h.b.take(), [], "mail")
        tap.equal(len(h.a.queued()), 1, "queue")
        tap.equal(len(h.logged(h.a.tag, "stat=Deferred", "dsn=4.7.")), 1, "A's log: %s" % h.log.text)


@tap.case()
def told_to_verify_without_daemon():
    """Who cannot ask keeps the mail: TLS is no substitute for an identity."""
    test_moments.certificate()
    with hosts.Hosts(daemons=(), more=((), test_moments.TLS)) as h:
        h.a.submit(SENT, BOB, words=VERIFY)
        tap.equal(h.b.take(), [], "mail")
        tap.equal(len(h.a.queued()), 1, "queue")
        tap.equal(len(h.logged(h.a.tag, "xcryptd does not run", "stays queued")), 1,
                  "A's log: %s" % h.log.text)


@tap.case()
def told_to_verify_clients():
    """Clients have no identity that a server could ask for."""
    with hosts.shared() as h:
        done = h.a.run("-O", "XCRYPTOffer=verify", "-bv", BOB)
        tap.check(b'option XCRYPTOffer: "verify" is none of no, yes, require' in done.stdout,
                  "said: %r" % done.stdout)
