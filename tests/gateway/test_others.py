# SPDX-License-Identifier: GPL-2.0
"""Debian's MTAs, unmodified, one to the other through the gateways."""
import daemon
import gateway
import hosts
import mailhost
import net
import others
import pcap
import tap
import test_postfix

A = net.ADDRESS[net.V4][0]
V3 = "chachapoly_3.0"


class Postfix(mailhost.Host):
    USER = "postfix"
    INBOUND = gateway.INBOUND

    def sent(self, mark):
        self.log.wait("postfix-%s/" % self.tag, "status=sent", since=mark)

    def kept(self, mark):
        self.log.wait("postfix-b/pipe", "status=sent", since=mark)
        return self.log.lines("postfix-b/smtpd", "client=", since=mark)


MTAS = {"postfix": Postfix, "exim": others.Exim, "exim-heavy": others.EximHeavy,
        "opensmtpd": others.OpenSMTPD, "sendmail": others.Sendmail, "patched": others.Patched}


def prepare():
    """What the MTAs' packages would have made on installation."""
    others.users(others.Exim.USER, "opensmtpd", "opensmtpq")
    test_postfix.postfix.unpack()


class Mail(gateway.Pair):
    """Both behind gateways; or none is, so that it is seen what comes without."""

    def __init__(self, first, second, direct=False, suites=daemon.ALL):
        prepare()
        super().__init__(who="user " + first.USER, inbound=second.INBOUND, suites=suites,
                         sides=() if direct else
                         [side for side, one in enumerate((first, second))
                          if one is not others.Patched])
        self.first = self.keep(first(self, 0))
        self.second = self.keep(second(self, 1, behind=False) if direct else second(self, 1))


@tap.case(("exim", "postfix"), ("postfix", "exim"), ("opensmtpd", "exim"), ("exim", "opensmtpd"),
          ("opensmtpd", "postfix"), ("exim-heavy", "opensmtpd"), ("opensmtpd", "exim-heavy"),
          ("sendmail", "postfix"), ("patched", "postfix"), ("postfix", "patched"))
def mail(first, second):
    """Delivered as it was sent, nothing of it on the wire, the true client in the MTA's log."""
    go(first, second)


@tap.case(("exim", "opensmtpd"), ("postfix", "opensmtpd"), ("opensmtpd", "exim"), ("exim-heavy", "postfix"),
          ("postfix", "exim-heavy"), ("patched", "opensmtpd"))
def mail_version3(first, second):
    """The same, where each session begins anew behind the switch."""
    go(first, second, suites=V3)


def go(first, second, **more):
    with Mail(MTAS[first], MTAS[second], **more) as link:
        file = "/run/mail/gateway.pcap"
        tcpdump = pcap.Tcpdump(link, file)
        sent = []
        for name, body in test_postfix.messages():
            if name in ("text", "dots", "eight-bit"):
                message = hosts.message(body, name="quarterly-" + name)
                mark = link.log.mark()
                link.first.submit(message, others.BOB)
                link.first.sent(mark)
                clients = link.second.kept(mark)
                tap.check(clients and A in clients[0], "client: %s" % clients)
                sent.append((others.BOB, message))
        tcpdump.stop()
        hosts.is_mail(link.second.mail(), *sent)
        pcap.clean(file, test_postfix.WORDS)
        link.encrypted()
