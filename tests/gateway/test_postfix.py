# SPDX-License-Identifier: GPL-2.0
"""Two of Debian's Postfix, unmodified, and the gateways between them."""
import os
import random
import subprocess

import gateway
import hosts
import mailhost
import net
import pcap
import postfix
import script
import tap

A, B = net.ADDRESS[net.V4]
BOB = "bob@example.net"
WORDS = (b"alice@example.org", b"bob@example.net", b"quarterly", b"reorganisation")


class Mail(gateway.Pair):
    def __init__(self, more=((), ()), **options):
        postfix.unpack()
        super().__init__(who="user postfix", **options)
        self.first = self.keep(mailhost.Host(self, 0, *more[0]))
        self.second = self.keep(mailhost.Host(self, 1, *more[1]))
        self.tcpdump = None

    def deliver(self, message):
        mark = self.log.mark()
        self.first.send(message, BOB)
        self.log.wait("postfix-b/pipe", "status=sent", since=mark)
        return self.log.lines("postfix-b/smtpd", "client=", since=mark)


def messages():
    yield "text", b"The quarterly report: reorganisation.\n"
    yield "dots", b".\n..\n.text\n\n.\n" * 3
    yield "long-lines", b"x" * 900 + b"\n" + b"y" * 998 + b"\n"
    yield "eight-bit", "Größe: 5 \u20ac\n".encode() * 20
    yield "no-end", b"no end of line"
    yield "large", b"".join(b"%064x\n" % random.getrandbits(256) for _ in range(20000))


@tap.case()
def postfix_to_postfix():
    """Nothing of it is on the wire; the true client's address is in the log."""
    with Mail() as link:
        file = "/run/mail/gateway.pcap"
        tcpdump = pcap.Tcpdump(link, file)
        message = hosts.message(b"The quarterly report: reorganisation.\n", name="quarterly")
        lines = link.deliver(message)
        tcpdump.stop()
        tap.check("client=a.example.org[%s]" % A in lines[0] or "[%s]" % A in lines[0], lines)
        hosts.is_mail(link.second.mail(), (BOB, message))
        pcap.clean(file, WORDS)
        for one in link.a, link.b:
            tap.check(one.session()["suite"] != "-", one.lines())


@tap.case()
def postfix_in_the_clear():
    """The control: without XCRYPT the same search finds all of it."""
    with Mail(daemons=()) as link:
        file = "/run/mail/gateway.pcap"
        tcpdump = pcap.Tcpdump(link, file)
        message = hosts.message(b"The quarterly report: reorganisation.\n", name="quarterly")
        link.deliver(message)
        tcpdump.stop()
        hosts.is_mail(link.second.mail(), (BOB, message))
        streams = [c.octets() for c in pcap.connections(file)]
        tap.equal(pcap.words_in(WORDS, streams), list(WORDS), "found")


@tap.case()
def postfix_messages():
    """Octet for octet what was sent."""
    with Mail() as link:
        sent = []
        for name, body in messages():
            message = hosts.message(body, name=name)
            link.deliver(message)
            sent.append((BOB, message if message.endswith(b"\n") else message + b"\n"))
        hosts.is_mail(link.second.mail(), *sent)


@tap.case()
def postfix_dead_first_host():
    """The first host of two does not answer: the second one gets it, at the same attempt."""
    with Mail(more=(("relayhost = [10.77.0.3], [b.example.net]",), ()),
              inbound="inbound %s:25 proxy-v2 %s:%d" % (B, *gateway.BACKEND)) as link:
        link.ip("addr add 10.77.0.3/32 dev v1", side=1)
        link.ip("neigh add 10.77.0.3 lladdr %s dev v0" % net.MAC[1], side=0)
        message = hosts.message(b"text\n", name="second")
        link.deliver(message)
        hosts.is_mail(link.second.mail(), (BOB, message))
        link.a.wait("peer=[10.77.0.3]:25", 'end="cannot connect"')
        tap.check(link.a.session("peer=[%s]:25" % B)["suite"] != "-", "not encrypted")


@tap.case()
def postfix_starttls():
    """Both have TLS: it is used as before, and XCRYPT stays out of the way."""
    key, cert = "/run/mail/key.pem", "/run/mail/cert.pem"
    os.makedirs("/run/mail", exist_ok=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=b.example.net", "-keyout", key,
                    "-out", cert], check=True, stderr=subprocess.DEVNULL)
    more = (("smtp_tls_security_level = may",),
            ("smtpd_tls_security_level = may", "smtpd_tls_cert_file = " + cert,
             "smtpd_tls_key_file = " + key))
    with Mail(more=more) as link:
        file = "/run/mail/gateway.pcap"
        tcpdump = pcap.Tcpdump(link, file)
        message = hosts.message(b"The quarterly report: reorganisation.\n", name="quarterly")
        link.deliver(message)
        tcpdump.stop()
        (got,) = link.second.mail()
        tap.check(b"with ESMTPS" in got[1], got[1])
        pcap.clean(file, (b"bob@example.net", b"quarterly"))
        for one in link.gateways:
            tap.equal(one.session()["plain"], "tls", "reason")


@tap.case()
def postfix_required():
    """The message waits, and leaves when the server can encrypt."""
    with Mail(out=("policy default require",), daemons=(0,)) as link:
        line = link.first.send(hosts.message(b"text\n"), BOB, status="deferred")
        tap.check("421 4.7.0" in line or "4.7.0" in line, line)
        tap.equal(list(link.second.mail()), [], "delivered")


@tap.case()
def postfix_no_relay():
    """Who comes through the gateway is a stranger, whatever the gateway's address."""
    with Mail(sides=(1,)) as link:
        client = script.End(link.connect(0, (B, 25), direct=True))
        tap.check(client.reply().startswith(b"220 "), "greeting")
        for line, code in ((b"EHLO evil.example", b"250"), (b"MAIL FROM:<a@evil.example>", b"250"),
                           (b"RCPT TO:<victim@example.com>", b"554"),
                           (b"RCPT TO:<bob@example.net>", b"250")):
            client.say(line)
            reply = client.reply()
            tap.equal(reply[:3], code, "reply to %r: %r" % (line, reply))


@tap.case()
def postfix_backend_alone():
    """Without a PROXY header the port behind the gateway serves nobody."""
    with Mail(sides=(1,)) as link:
        client = script.End(link.connect(1, gateway.BACKEND, direct=True))
        client.say(b"EHLO evil.example")
        reply = client.rest()
        tap.check(not reply or not reply.startswith(b"220"), reply)
