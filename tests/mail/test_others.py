# SPDX-License-Identifier: GPL-2.0
"""With mail servers that know nothing of XCRYPT all is as before, and as fast."""
import re
import time

import hosts
import pcap
import postfix
import sendmail
import tap

BOB = "bob@example.net"
SENT = hosts.message(b"the text\n.\nof the message\n")
DELAY = 5       # seconds that make a difference; the limits of an exchange are 10 and 30


def exchange(h, submit, mail):
    """One message; the lines of the client. Nothing was said of XCRYPT, nor encrypted."""
    h.capture()
    start = time.monotonic()
    submit(SENT, BOB)
    took = time.monotonic() - start
    hosts.is_mail(mail(), (BOB, SENT))
    (connection,) = h.connections()
    tap.check(not connection.encrypted(), "encrypted")
    tap.equal(pcap.words_in([b"XCRYPT"], [connection.sent]), [], "said by the client")
    tap.equal(h.log.lines("XCRYPT="), [], "mail.log")
    return connection, took


def shape(octets):
    """What changes from message to message is left out."""
    text = re.sub(rb"\b\d{2}:\d{2}:\d{2}\b", b"TIME", octets)
    return re.sub(rb"\b\w{14}\b|\(8\.\S+\)", b"ID", text).split(b"\r\n")


def between(*builds):
    with hosts.Hosts(builds=builds) as h:
        return exchange(h, h.a.submit, h.b.mail)


@tap.case()
def stock_sendmail():
    """The client's lines are the same whoever is patched."""
    connection, usual = between(sendmail.STOCK, sendmail.STOCK)
    wanted = shape(connection.sent)
    for builds in ((sendmail.PATCHED, sendmail.STOCK), (sendmail.STOCK, sendmail.PATCHED)):
        connection, took = between(*builds)
        tap.equal(shape(connection.sent), wanted, "what the client said")
        tap.check(took < usual + DELAY, "%.1f s, usually %.1f" % (took, usual))
        tap.equal(b"250-XCRYPT" in connection.received, builds[1] == sendmail.PATCHED, "listed")


@tap.case()
def postfix_sends():
    with hosts.Hosts(daemons=(1,)) as h:
        mta = h.keep(postfix.Postfix(h, 0))
        connection, took = exchange(h, mta.submit, h.b.mail)
        tap.check(b"250-XCRYPT" in connection.received, "not listed")
        tap.say("%.1f s" % took)


@tap.case()
def postfix_receives():
    with hosts.Hosts(daemons=(0,), listen=()) as h:
        mta = h.keep(postfix.Postfix(h, 1))
        _, took = exchange(h, h.a.submit, lambda: kept(mta))
        tap.check(took < DELAY, "%.1f s" % took)


def kept(mta):
    """Postfix delivers after it has answered."""
    mta.log.wait("postfix/pipe", "status=sent")
    return mta.mail()
