# SPDX-License-Identifier: GPL-2.0
"""xcryptctl: what it prints and its exit status."""
import json
import os
import re
import signal
import ssl
import subprocess
import time

import daemon
import mta
import net
import tap
import test_exchange

BOOT = "/etc/modules-load.d/xcrypt.conf"
METRICS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/metrics.md")
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
        tap.equal(rows[("exchanges_total", 'dir="in",class="encrypted"')], "1", "table")
        found = [m for m in json.loads(ctl(one, "stats", "--json"))
                 if m["name"] == "exchanges_total" and m["dir"] == "in" and m["class"] == "encrypted"]
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


def mapped_pair(link):
    """A server whose IPv6 socket has an IPv4 peer."""
    listener = link.socket(1, net.V6)
    listener.bind(("::", 0))
    listener.listen()
    client = net.limit(link.socket(0, net.V4))
    client.connect((net.ADDRESS[net.V4][1], listener.getsockname()[1]))
    return client, net.limit(link.keep(listener.accept()[0]))


@tap.case(("v4",), ("v6",), ("mapped",))
def ctl_sessions(family):
    with net.Link() as link:
        one = daemon.pair(link)[1]
        tap.check("no encrypted socket" in ctl(one, "sessions"), "sessions of nobody")
        client, server = mapped_pair(link) if family == "mapped" else link.pair(
            net.V6 if family == "v6" else net.V4)
        result = mta.exchange(client, server)[1]
        test_exchange.send_over(client, server, b"x" * 1000)
        (row,) = json.loads(ctl(one, "sessions", "--json"))
        address = net.ADDRESS[net.V6 if family == "v6" else net.V4]
        tap.equal((row["local"], row["peer"], row["suite"], row["cipher"], row["sent"],
                   row["received"], row["id"], row["error"]),
                  ("[%s]:%d" % (address[1], server.getsockname()[1]),
                   "[%s]:%d" % (address[0], client.getsockname()[1]),
                   "chacha20_2.0", "chacha20", 0, 1000, result.session.hex(), 0), "session")
        tap.equal(len(one.logged("session", "dir=in peer=[%s]:%d " % (
            address[0], client.getsockname()[1]))), 1, "lines with the same address")
        tap.check(0 <= row["age"] < 60, "age %s" % row["age"])
        tap.check("chacha20_2.0" in ctl(one, "sessions"), "table")


@tap.case()
def ctl_status_words():
    """What an administrator looks for is there."""
    with net.Link() as link:
        one = daemon.pair(link)[1]
        mta.exchange(*link.pair(net.V4))
        said = ctl(one, "status")
        for words in (r"version \d+\.\d+", r"pid \d+", r"uptime \d+", r"reload none since the start",
                      r"exchanges 0 of \d+, 0 in, 0 out; of one direction \d+ at most, with one site \d+", r"cache memory",
                      r"key-pair 2\.0 \d+ seconds old, replaced in \d+ seconds, "
                      r"1 of 4096 secrets cached in memory",
                      r"memory locked", r"log 0 lines lost", r"kernel serving", r"module \d+\.\d+"):
            tap.check(re.search("^%s$" % words, said, re.M), "%s in status: %s" % (words, said))
        age, left = map(int, re.search(r"(\d+) seconds old, replaced in (\d+)", said).groups())
        tap.check(age < 60 and abs(age + left - 7200) < 3, "a pair lives for two hours: " + said)
        with open(one.conf, "a") as file:
            file.write("exchanges many\n")
        one.process.send_signal(signal.SIGHUP)
        one.until(lambda: "reload none" not in ctl(one, "status"))
        said = ctl(one, "status")
        tap.check(re.search(r"^reload refused, \d+ seconds ago: %s:4: \"many\" must be" % one.conf, said,
                            re.M), said)
        tap.equal(one.stats()["last_reload_refused"], 1, "in the numbers, too")
        one.configure("suites " + daemon.ALL)
        one.process.send_signal(signal.SIGHUP)
        one.until(lambda: "reload done, " in ctl(one, "status"))


@tap.case()
def ctl_status_counts_directions():
    """A client that waits for an answer is one out; a server that does not get one is one in."""
    with net.Link() as link:
        daemons = daemon.pair(link)
        client, server = link.pair(net.V4)
        mta.ask(client, mta.CLIENT, mta.greet(client, server))
        daemons[0].until(lambda: ", 0 in, 1 out" in ctl(daemons[0], "status"))
        mta.ask(server, mta.SERVER, b"XCRYPT")
        client.close()
        server.close()


@tap.case()
def ctl_as_ordinary_user():
    """A socket that is encrypted is not told to be none, nor a daemon that runs to be missing."""
    with net.Link() as link:
        one = daemon.pair(link)[1]
        client, server = link.pair(net.V4)
        mta.exchange(client, server)
        for words in ("sessions",), ("sessions", "--json"), ("status",), ("check",):
            with one.link.inside(one.side):
                done = subprocess.run(
                    ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
                     daemon.CTL, "-s", one.socket, *words], capture_output=True, text=True,
                    timeout=60, check=False)
            said = done.stdout + done.stderr
            tap.check("run this as root" in said, said)
            tap.check("no encrypted socket" not in said and "start xcryptd" not in said, said)
            # What the next boot finds is the machine's.
            tap.check(done.returncode == (1 if failures(said) else 77) and
                      failures(said) <= {"boot", "kernel"}, "%s: %s" % (done.returncode, said))
        client.close()
        server.close()


@tap.case()
def ctl_metrics():
    """Whatever docs/metrics.md names is there."""
    with net.Link() as link:
        one = daemon.pair(link)[1]
        mta.exchange(*link.pair(net.V4))
        text = ctl(one, "metrics")
        prometheus(text)
        with open(METRICS) as file:
            named = set(re.findall(r"\b(xcryptd_\w+)", file.read()))
        # A guest's /boot does not say which kernel is next.
        named.discard("xcryptd_next_kernel_has_module")
        tap.equal(named - set(re.findall(r"^(xcryptd_\w+)", text, re.M)), set(),
                  "what the document names and nobody writes")
        tap.check('xcryptd_exchanges_total{dir="in",class="encrypted"} 1\n' in text, text)
        tap.check("xcryptd_up 1\n" in text and "xcryptd_module_loaded 1\n" in text, text)


@tap.case()
def ctl_daemon_is_killed():
    """One that dies in the midst of an answer gives none that counts."""
    with net.Link() as link:
        one = daemon.Daemon(link, 0)
        one.process.send_signal(signal.SIGSTOP)
        with one.link.inside(one.side):
            asked = subprocess.Popen([daemon.CTL, "-s", one.socket, "stats", "--json"],
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(1)
        one.kill()
        out, err = asked.communicate(timeout=60)
        tap.equal((asked.returncode, out), (75, ""), "status and output: " + err)
        tap.check("gives no answer" in err, err)


@tap.case()
def ctl_exit_status():
    with net.Link() as link:
        one = daemon.Daemon(link, 0)
        ctl(one, "nosuch", status=64)
        ctl(one, "cache", status=64)
        one.close()
        tap.check("systemctl start xcryptd" in ctl(one, "status", status=69), "advice")
        tap.check("FAIL  daemon" in ctl(one, "check", status=1), "check without a daemon")


def failures(said):
    return set(re.findall(r"^FAIL +(\S+)", said, re.M))


@tap.case()
def ctl_check():
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0))
        os.makedirs(os.path.dirname(BOOT), exist_ok=True)
        if os.path.exists(BOOT):
            os.unlink(BOOT)
        said = ctl(one, "check", status=1)
        tap.check("boot" in failures(said) and failures(said) <= {"boot", "kernel"}, said)
        with open(BOOT, "w") as file:
            file.write("xcrypt\n")
        # The kernels that may boot next are this machine's, for which nobody installed a module.
        said = ctl(one, "check", status=1 if "kernel" in failures(said) else 0)
        # The list of ULPs is not to be seen in this namespace.
        tap.equal(re.findall(r"^ok +((?!kernel|signature|ML-KEM)\S+)", said, re.M),
                  ["module", "daemon", "configuration", "exchange", "boot"], "checks passed")
        has = tuple(map(int, ssl.OPENSSL_VERSION_INFO[:2])) >= (3, 5)
        tap.check(re.search(r"^%s +ML-KEM " % ("ok" if has else "--"), said, re.M), said)


def check_host(link, one, port, status):
    with link.inside(1):
        server = subprocess.Popen(
            [os.path.join(daemon.BUILD, "handshake/examples/server"), net.ADDRESS[net.V4][1],
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
