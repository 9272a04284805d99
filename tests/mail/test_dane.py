# SPDX-License-Identifier: GPL-2.0
"""A client with DANE: TLSA records want TLS, and where there are none policy is as ever."""
import contextlib
import hashlib
import socket
import subprocess

import dns
import hosts
import sendmail
import smtp
import tap
import test_moments
import test_overtls

BOB = "bob@example.net"
SENT = hosts.message(b"the text\n")
DOMAIN, HOST = "example.net", sendmail.NAMES[1]
OPTIONS = ("define(`confDANE', `true')", "define(`SMART_HOST', `%s')" % DOMAIN)
REQUIRED = ("Try_XCRYPT:%s\tREQUIRE" % HOST,)
NO = b"503 5.5.1 XCRYPT FAIL"


def record():
    """TLSA 3 1 1 of B's certificate."""
    done = subprocess.run("openssl x509 -in %s -noout -pubkey | openssl pkey -pubin -outform DER" %
                          test_moments.CERT, shell=True, check=True, stdout=subprocess.PIPE)
    return b"\x03\x01\x01" + hashlib.sha256(done.stdout).digest()


@contextlib.contextmanager
def dane(signed, tlsa=(), access=(), more=(), **options):
    """A looks names up in a zone where B is the MX, signed or not."""
    records = {(DOMAIN, dns.MX): [dns.mx(HOST)],
               (HOST, dns.A): [socket.inet_aton(smtp.B)]}
    if tlsa:
        records["_25._tcp." + HOST, dns.TLSA] = list(tlsa)
    with hosts.Hosts(builds=(sendmail.TEST, None), more=(OPTIONS, more), access=(access, ()),
                     **options) as h:
        h.a.write("switch", "hosts dns\n")
        server = dns.Server(h, records, signed)
        try:
            yield h
        finally:
            server.close()
        tap.check((DOMAIN, dns.MX) in server.asked, "asked for: %s" % server.asked)
        asked = ("_25._tcp." + HOST, dns.TLSA) in server.asked
        tap.equal(asked, signed, "asked for TLSA: %s" % server.asked)


@tap.case()
def dane_unsigned_requires_what_policy_says():
    """The MX is not signed, for which a TLSA record without content is stored."""
    with dane(False, access=REQUIRED, daemons=(0,), listen=()) as h:
        server = smtp.Server(h)
        h.a.submit(SENT, BOB)
        server.close()
        tap.equal([line[:4] for lines in server.said for line in lines], [b"EHLO", b"QUIT"], "said")
        tap.equal(len(h.a.queued()), 1, "queue")
        tap.equal(len(h.logged(h.a.tag, "to=" + BOB, "stat=Deferred", "not offered")), 1,
                  "A's log: %s" % h.log.text)


@tap.case(("unsigned",), ("signed",))
def dane_without_tlsa(which):
    """Encrypted as without DANE."""
    with dane(which == "signed") as h:
        h.a.submit(SENT, BOB)
        tap.equal(test_overtls.taken(h.b.take()), "XCRYPT", "taken")


@tap.case()
def dane_wants_tls():
    """Whatever the option says."""
    test_moments.certificate()
    with dane(True, [record()], more=test_moments.TLS) as h:
        h.a.submit(SENT, BOB, words=("-O", "XCRYPTOverTLS=all"))
        tap.equal(test_overtls.taken(h.b.take()), "TLS", "taken")
        tap.equal(len(h.logged(h.a.tag, "STARTTLS=client")), 1,
                  "A's log: %s" % h.log.text)


@tap.case()
def dane_takes_nothing_else():
    """TLSA records, and no STARTTLS: XCRYPT is not tried in its place, the mail waits."""
    with dane(True, [b"\x03\x01\x01" + bytes(32)], daemons=(0,), listen=()) as h:
        server = smtp.Server(h, [NO])
        h.a.submit(SENT, BOB)
        server.close()
        # 8.18 judges by recipient, behind MAIL.
        said = [line[:4] for lines in server.said for line in lines]
        tap.equal(set(said) - {b"EHLO", b"MAIL", b"RSET", b"QUIT"}, set(), "said beside these")
        tap.equal(len(h.a.queued()), 1, "queue: %s" % h.log.text)
