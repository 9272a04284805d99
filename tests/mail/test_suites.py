# SPDX-License-Identifier: GPL-2.0
"""Each suite: two messages, what the wire had of them, what the hosts say about it."""
import hosts
import pcap
import tap

SUITES = ("chacha20_2.0", "aes256ctr_2.0", "t32_1.0", "arrsyfor_1.0", "chachapoly_3.0",
          "aes256gcm_3.0")
BODY = b"Dear Bob,\nmeet me on Thursday at noon, behind the old bridge.\n" + b"%s\n" % (b"0" * 900)
# Envelope, header, body; what only an encrypted session says.
SECRETS = [b"alice@", b"bob@", b"Subject", b"about ", b"Message-Id", b"Thursday", b"old bridge",
           b"0" * 16, b"MAIL From", b"RCPT To", b"250 2.1.0", b"Received", b"accepted for delivery"]


def scapy_reads(file):
    """The data of all segments, by a reader that is not ours."""
    from scapy.layers.inet import TCP       # pylint: disable=import-outside-toplevel
    from scapy.utils import rdpcap          # pylint: disable=import-outside-toplevel
    return [bytes(packet[TCP].payload) for packet in rdpcap(file) if TCP in packet]


def log_names(h, suite, cache):
    """Both hosts' lines about this message, and how it was encrypted."""
    for tag, word in ((h.a.tag, "stat=Sent"), (h.b.tag, "from=<alice")):
        lines = h.log.lines(tag, word, "xcrypt=%s, cache=%s" % (suite, cache))
        tap.equal(len(lines), 1, "lines of %s, cache=%s: %s" % (tag, cache, h.log.text[-12:]))


@tap.case(*((suite,) for suite in SUITES))
def suite(name):
    with hosts.Hosts(suites=name) as h:
        h.capture()
        for cache in ("miss", "hit"):
            before = [d.stats()["public_key_operations_total"] for d in h.daemons.values()]
            sent = hosts.message(BODY, cache)
            h.a.submit(sent, "bob@example.net")
            after = [d.stats()["public_key_operations_total"] for d in h.daemons.values()]
            tap.equal([b - a for a, b in zip(before, after)], [int(cache == "miss")] * 2,
                      "public-key operations")
            mail = h.b.take()
            hosts.is_mail(mail, ("bob@example.net", sent))
            log_names(h, name, cache)
            tap.check(b"(using XCRYPT with cipher %s)" % name.encode() in
                      mail[0][1].replace(b"\n\t", b" "), "trace: %r" % mail[0][1][:600])
        file = h.captured()
        found = pcap.connections(file)
        tap.equal([c.encrypted() for c in found], [True, True], "connections, encrypted")
        pcap.clean(file, SECRETS)
        segments = scapy_reads(file)
        # What was sent again counts twice.
        tap.check(sum(map(len, segments)) >= sum(len(c.octets()) for c in found), "octets")
        tap.equal(pcap.words_in(SECRETS, [b"".join(segments)] + segments), [], "scapy finds")


@tap.case()
def control_plain_is_readable():
    """The same search finds it all where nothing is encrypted."""
    with hosts.Hosts(daemons=()) as h:
        h.capture()
        h.a.submit(hosts.message(BODY), "bob@example.net")
        file = h.captured()
        tap.equal([c.encrypted() for c in pcap.connections(file)], [False], "encrypted")
        segments = scapy_reads(file)
        tap.equal(pcap.words_in(SECRETS, [b"".join(segments)]), SECRETS, "found")
        tap.check(b"XCRYPT" not in h.b.take()[0][1], "trace of a plain session")
