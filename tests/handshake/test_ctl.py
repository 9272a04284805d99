# SPDX-License-Identifier: GPL-2.0
"""xcryptctl: what it prints and its exit status."""
import json
import os
import re
import subprocess

import daemon
import mta
import net
import tap
import test_exchange

BOOT = "/etc/modules-load.d/xcrypt.conf"
HERE = os.path.dirname(os.path.abspath(__file__))


def ctl(one, *words, status=0):
    with one.link.inside(one.side):
        done = subprocess.run([daemon.CTL, "-s", one.socket, *words], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    tap.equal(done.returncode, status, "exit status of %s: %s" % (words, done.stdout + done.stderr))
    return done.stdout + done.stderr


@tap.case()
def ctl_status_stats_cache_keys():
    with net.Link() as link:
        one = daemon.pair(link)[1]
        mta.exchange(*link.pair(net.V4))
        tap.check("pid %d\n" % one.process.pid in ctl(one, "status"), "no pid in status")
        rows = {tuple(line.split()[:-1]): line.split()[-1]
                for line in ctl(one, "stats").splitlines()}
        tap.equal(rows[("exchanges_total", 'dir="in",class="keyed"')], "1", "table")
        found = [m for m in json.loads(ctl(one, "stats", "--json"))
                 if m["name"] == "exchanges_total" and m["dir"] == "in" and m["class"] == "keyed"]
        tap.equal([m["value"] for m in found], [1], "JSON")
        prometheus(ctl(one, "stats", "--prometheus"))
        tap.check(re.fullmatch(r"2\.0 10\.77\.0\.1 [0-9a-f]{16}\n", ctl(one, "cache", "list")),
                  "cache list: " + ctl(one, "cache", "list"))
        tap.equal(ctl(one, "cache", "flush") + ctl(one, "cache", "list"), "", "cache flushed")
        tap.equal(ctl(one, "keys", "rotate"), "", "keys rotate")
        mta.exchange(*link.pair(net.V4))
        tap.equal(one.stats()["key_pairs_total"], 2, "key pairs")


def prometheus(text):
    """Each line is of the format, and each metric is together under its TYPE."""
    seen = []
    for line in text.splitlines():
        match = re.fullmatch(r"# TYPE (\w+) (?:counter|gauge)", line)
        if match:
            tap.check(match.group(1) not in seen, "%s stands twice" % line)
            seen.append(match.group(1))
            continue
        match = re.fullmatch(r'(\w+)(\{\w+="[^"]*"(,\w+="[^"]*")*\})? -?\d+', line)
        tap.check(match and match.group(1) == seen[-1], "not of the format: " + line)
    tap.check("xcryptd_exchanges_total" in seen and "xcryptd_kernel_total" in seen, str(seen))


@tap.case(("v4",), ("v6",))
def ctl_sessions(family):
    with net.Link() as link:
        one = daemon.pair(link)[1]
        tap.check("no encrypted socket" in ctl(one, "sessions"), "sessions of nobody")
        client, server = link.pair(net.V4 if family == "v4" else net.V6)
        result = mta.exchange(client, server)[1]
        test_exchange.send_over(client, server, b"x" * 1000)
        (row,) = json.loads(ctl(one, "sessions", "--json"))
        address = net.ADDRESS[net.V4 if family == "v4" else net.V6]
        tap.equal((row["local"], row["peer"], row["suite"], row["cipher"], row["sent"],
                   row["received"], row["id"], row["error"]),
                  ("[%s]:%d" % (address[1], server.getsockname()[1]),
                   "[%s]:%d" % (address[0], client.getsockname()[1]),
                   "chacha20_2.0", "chacha20", 0, 1000, result.session.hex(), 0), "session")
        tap.check(0 <= row["age"] < 60, "age %s" % row["age"])
        tap.check("chacha20_2.0" in ctl(one, "sessions"), "table")


@tap.case()
def ctl_exit_status():
    with net.Link() as link:
        one = daemon.Daemon(link, 0)
        ctl(one, "nosuch", status=64)
        ctl(one, "cache", status=64)
        one.close()
        tap.check("systemctl start xcryptd" in ctl(one, "status", status=69), "advice")
        tap.check("FAIL  daemon" in ctl(one, "check", status=1), "check without a daemon")


@tap.case()
def ctl_check():
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0))
        os.makedirs(os.path.dirname(BOOT), exist_ok=True)
        if os.path.exists(BOOT):
            os.unlink(BOOT)
        said = ctl(one, "check", status=1)
        tap.equal([line.split()[1] for line in said.splitlines() if line.startswith("FAIL")],
                  ["boot"], "what is to be mended")
        with open(BOOT, "w") as file:
            file.write("xcrypt\n")
        said = ctl(one, "check")
        # The list of ULPs is not to be seen in this namespace.
        tap.equal(re.findall(r"^ok +(\S+)", said, re.M),
                  ["module", "boot", "daemon", "configuration", "exchange"], "checks passed")


def check_host(link, one, port, status):
    with link.inside(1):
        server = subprocess.Popen(
            [os.path.join(daemon.BUILD, "handshake/example-server"), net.ADDRESS[net.V4][1],
             port, os.path.join(HERE, "peer.py"), "smtp"], stderr=subprocess.PIPE, text=True)
    tap.equal(server.stderr.readline(), "listening\n", "the server")
    said = ctl(one, "check", net.ADDRESS[net.V4][1], port, status=status)
    server.communicate(timeout=60)
    return said


@tap.case()
def ctl_check_host():
    with net.Link() as link:
        daemons = daemon.pair(link)
        said = check_host(link, daemons[0], "2525", 0)
        for words in ("S: 250 XCRYPT chacha20_2.0", "-- xcryptd: encrypted, suite chacha20_2.0",
                      "S: 250 b.test, encrypted", "S: 221 bye"):
            tap.check(words in said, said)
        link.open.remove(daemons[1])
        daemons[1].close()
        said = check_host(link, daemons[0], "2526", 1)
        tap.check("does not offer XCRYPT" in said, said)
