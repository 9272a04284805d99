#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
A message between two mail hosts, and what whoever listens between them has. Runs in a guest,
see run. The exit status is the verdict: 0 if nothing of the message is in the capture, or, with
PLAIN=1, if all of it is.
"""
import os
import subprocess
import sys
import threading
import time

for place in ("mail", "handshake", "wire", "gateway", "attacks"):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", place))

import daemon       # noqa: E402 (where the paths say)
import gateway      # noqa: E402
import changed      # noqa: E402
import message      # noqa: E402
import pcap         # noqa: E402
import place        # noqa: E402
import screen       # noqa: E402
import sendmail     # noqa: E402

PLAIN = bool(os.environ.get("PLAIN"))
MTA = os.environ.get("MTA") or "sendmail"
SUITE = os.environ.get("SUITE") or "chacha20_2.0"
PCAP = "/out/%s.pcap" % ("plain" if PLAIN else SUITE)
DELAY = "100ms"     # of a long wire, so that there is time to look at a session
SEGMENTS, SHOWN = 4, 96     # so many encrypted segments, and octets of each


class Hosts:
    """A has the user who writes, B the one who reads."""

    def __init__(self, link):
        self.link = link
        build = sendmail.STOCK if PLAIN else sendmail.PATCHED
        self.daemons = [] if PLAIN else place.daemons(link, suites=SUITE)
        self.mta = [link.keep(sendmail.Sendmail(link, side, build)) for side in (0, 1)]

    def send(self, letter):
        self.mta[0].submit(letter.octets, sender=letter.sender)

    def take(self):
        return self.mta[1].take()

    def sessions(self):
        with self.link.inside(1):
            return subprocess.run([daemon.CTL, "-s", self.daemons[1].socket, "sessions"],
                                  stdout=subprocess.PIPE, text=True, check=False).stdout

    def ended(self):
        """sendmail's session ends with its message."""

    def slow(self):
        for side in (0, 1):
            self.link.run(side, "tc", "qdisc", "add", "dev", "v%d" % side, "root", "netem",
                          "delay", DELAY)


class Behind:
    """The same with two unmodified MTAs, each behind a gateway. B has Postfix."""

    def __init__(self, link):
        import test_others      # its cases are not run here
        self.link = link
        first, second = test_others.MTAS[MTA], test_others.MTAS["postfix"]
        test_others.prepare()
        self.daemons = [] if PLAIN else place.daemons(link, suites=SUITE)
        self.gateways = [
            link.keep(gateway.Gateway(link, 1, second.INBOUND)),
            link.keep(gateway.Gateway(link, 0, gateway.OUTBOUND, "redirect user " + first.USER)),
        ]
        self.mta = [link.keep(first(link, 0)), link.keep(second(link, 1, keeps_all=True))]

    def send(self, letter):
        mark = self.link.log.mark()
        self.mta[0].submit(letter.octets, *letter.recipients, sender=letter.sender)
        self.mta[0].sent(mark)
        self.mta[1].kept(mark)

    def take(self):
        return list(self.mta[1].mail())

    def ended(self):
        """OpenSMTPD keeps its connection for ten seconds, for another message."""
        for one in self.gateways:
            one.sessions()

    sessions, slow = Hosts.sessions, Hosts.slow


def show_log(link, mark):
    """Of mail.log what tells of the message, and xcryptd's line."""
    for line in link.log.text[mark:]:
        if any(word in line for word in ("from=", "stat=", "status=", "client=", "<= ", "=> ",
                                         "result=", "xcrypt")):
            screen.show(line)


def show_keys(hosts, number):
    for one in hosts.daemons:
        for line in one.logged("session id=")[number:number + 1]:
            screen.show("xcryptd on %s: %s" % ("AB"[one.side], line.split(">", 1)[-1]))


def first(hosts, letter):
    screen.step("a user on A hands a message to %s" % ("sendmail -t" if MTA == "sendmail" else MTA))
    tcpdump = pcap.Tcpdump(hosts.link, PCAP)
    mark = hosts.link.log.mark()
    hosts.send(letter)
    show_log(hosts.link, mark)
    show_keys(hosts, 0)
    screen.step("B has delivered it")
    for recipient, octets in hosts.take():
        print("    -- mailbox of %s" % recipient)
        screen.show(octets[:4000].decode("utf-8", "replace"))
    return tcpdump


def second(hosts, letter):
    """On a slow wire, while somebody looks at the sessions."""
    screen.step("a second message: the public-key part is in the cache")
    hosts.ended()
    hosts.slow()
    mark = hosts.link.log.mark()
    sending = threading.Thread(target=hosts.send, args=(letter,))
    sending.start()
    seen = ""
    while sending.is_alive():
        table = hosts.sessions()
        seen = table if SUITE in table and "dead" not in table else seen
        time.sleep(0.05)
    sending.join()
    show_log(hosts.link, mark)
    show_keys(hosts, 1)
    screen.step("xcryptctl sessions on B, in between")
    screen.show(seen or "NONE WAS SEEN")
    return bool(seen) and all(one.logged("session id=", "cache=hit") for one in hosts.daemons)


def show_wire():
    connection = pcap.connections(PCAP)[0]
    said, rest = connection.parts()
    screen.step("what the listener has: the beginning, C: the client, S: the server")
    screen.dialogue(said)
    if rest:
        screen.step("... and from here on, %d segments like these" % len(rest))
    for segment in rest[:SEGMENTS]:
        print("    %s, %d octets" % ("S" if segment.sport == pcap.PORT else "C",
                                     len(segment.data)))
        screen.hexdump(segment.data[:SHOWN])


def verdict(letter):
    """What of the message is in the capture. True if that is as it should be."""
    connections = pcap.connections(PCAP)
    streams = [stream for c in connections for stream in (c.sent, c.received)]
    with open(PCAP, "rb") as file:
        streams.append(file.read())
    screen.step("searched for in %d octets of %d connections" % (
        sum(map(len, streams[:-1])), len(connections)))
    right = all(c.encrypted() != PLAIN for c in connections) and bool(connections)
    for name, words in letter.secrets().items():
        found = pcap.words_in(words, streams)
        print("    %-10s %d of %d found%s" % (name, len(found), len(words), "".join(
            "\n        " + word.decode("utf-8", "replace") for word in found[:5])))
        right = right and len(found) == (len(words) if PLAIN else 0)
    return right


def main():
    letter = message.Message("/out/message.eml")
    screen.step("two hosts, %s and %s, a wire between them%s" % (
        *sendmail.NAMES, "" if PLAIN else ", xcryptd, %s on both" % (
            "the patched sendmail" if MTA == "sendmail" else
            "unmodified MTAs, %s and postfix, behind gateways" % MTA)))
    with place.Wire() as link:
        hosts = (Hosts if MTA == "sendmail" else Behind)(link)
        tcpdump = first(hosts, letter)
        good = PLAIN or second(hosts, letter)
        tcpdump.stop()
        show_wire()
        good = verdict(letter) and good
        if "_3." in SUITE and MTA == "sendmail" and not PLAIN:
            good = changed.third(hosts, letter) and good
    print("\n%s: %s\n" % ("In the clear" if PLAIN else SUITE, {
        (False, True): "a listener learns nothing of the message%s." % (
            ", and who changes it is noticed" if "_3." in SUITE else ""),
        (True, True): "a listener reads it all.",
    }.get((PLAIN, good), "THIS IS NOT AS IT SHOULD BE, see above.")))
    return not good


sys.exit(main())
