# SPDX-License-Identifier: GPL-2.0
"""
The xcryptd of Debian 12, whose OpenSSL has no ML-KEM, and that of Debian 13 with its own libraries:
what they agree on, each as client and as server.
"""
import daemon
import mta
import net
import release
import tap
import test_exchange

# Suites in Debian 13's configuration and in Debian 12's ("" is the default), what they agree on.
MEETINGS = {
    "as-installed": ("", "", "3.0"),
    "2.0-only": ("", "aes256ctr_2.0 chacha20_2.0", "2.0"),
    "1.0-only": (daemon.ALL + " aes256gcm_3.1", "t32_1.0 arrsyfor_1.0", "1.0"),
}


def one(link, side, number, words):
    return link.keep(release.Daemon(link, side, number, *(["suites " + words] if words else []),
                                    suites=""))


def met(link, version, way="forth"):
    """The version, and the first of the server's suites of that version; octets go both ways."""
    client, server = link.pair(net.V4)
    if way == "back":
        client, server = server, client
    results = mta.exchange(client, server)
    offered = mta.suites(server).decode().split()
    wanted = [suite for suite in offered if suite.endswith("_" + version)][:1]
    for result in results:
        test_exchange.good(result, *wanted or [version])
    test_exchange.send_over(client, server, b"good " * 100)
    test_exchange.send_over(server, client, b"day " * 100)
    return offered


def is_hybrid(offered):
    return any(suite.endswith(".1") for suite in offered)


@tap.case(*((name, way) for name in MEETINGS for way in ("forth", "back")))
def releases(name, way):
    new, old, version = MEETINGS[name]
    with net.Link() as link:
        one(link, 0, "13", new)
        one(link, 1, "12", old)
        met(link, version, way)


@tap.case(("12", "3.0"), ("13", "3.1"))
def releases_alike(number, version):
    """Else the cases above would prove nothing: the one lacks what the other has."""
    with net.Link() as link:
        for side in (0, 1):
            one(link, side, number, "")
        tap.equal(is_hybrid(met(link, version)), number == "13", "3.1 and 2.1 offered")
