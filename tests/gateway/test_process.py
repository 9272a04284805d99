# SPDX-License-Identifier: GPL-2.0
"""The gateway as a process: reload, death, restrictions, limits, what it tells."""
import os
import re
import resource
import signal
import threading
import time

import gateway
import net
import script
import tap
import test_script

A, B = net.ADDRESS[net.V4]
FULL = bool(os.environ.get("FULL"))
IDLE = 5000 if FULL else 500


def status(pid, word):
    with open("/proc/%d/status" % pid, encoding="ascii") as file:
        return re.search(r"^%s:\s*(.*)$" % word, file.read(), re.M).group(1)


@tap.case()
def restricted():
    """The process that peers talk to: no root, one capability, no new ones, few system calls."""
    with gateway.Pair() as link:
        for one in link.a, link.b:
            tap.check(status(one.pid, "Uid").split()[0] != "0", "serves as root")
            tap.equal(int(status(one.pid, "CapEff"), 16), 1 << 13, "CAP_NET_RAW")
            tap.equal(int(status(one.pid, "CapPrm"), 16), 1 << 13, "permitted")
            tap.equal(int(status(one.pid, "CapBnd"), 16), 0, "bounding set")
            tap.equal(status(one.pid, "NoNewPrivs"), "1", "no new privileges")
            tap.equal(status(one.pid, "Seccomp"), "2", "filter")
        client, server = test_script.begin(link)
        client.hear(*test_script.HELLO)
        test_script.talk(client, server)
        test_script.quit_(client, server)
        tap.equal(link.b.session()["suite"], "chacha20_2.0", "suite")


@tap.case()
def reload():
    """A session goes on through it, the next one is the new process's, the counters begin anew."""
    with gateway.Pair() as link:
        client, server = test_script.begin(link)
        client.hear(*test_script.HELLO)
        test_script.talk(client, server)
        old = link.b.pid
        for one in link.a, link.b:
            one.reload()
        tap.check(link.b.pid != old, "no new process")
        link.b.wait("ending: 1 sessions")
        test_script.talk(client, server)
        tap.equal(link.b.stats()['sessions_total{direction="in"}'], 0, "sessions of the new one")
        test_script.quit_(client, server)
        link.b.session()
        end = time.monotonic() + 20
        while os.path.exists("/proc/%d" % old):
            tap.check(time.monotonic() < end, "the old process stays")
            time.sleep(0.05)


@tap.case()
def reload_refused():
    """A bad configuration changes nothing."""
    with gateway.Pair() as link:
        pid = link.b.pid
        link.b.configure("inbound nonsense")
        mark = link.b.mark()
        link.b.process.send_signal(signal.SIGHUP)
        link.b.wait("reload refused", since=mark)
        tap.equal(link.b.asked("status")[1], "pid %d" % pid, "process")


@tap.case()
def reload_loses_nobody():
    """Clients that come in the midst of many reloads are all greeted."""
    with gateway.Pair(sides=(1,), daemons=()) as link:
        listener = link.listen(1, gateway.BACKEND)
        stop, failures, served = threading.Event(), [], [0]

        def server():
            for sock in net.accepted(listener):
                end = script.End(sock)
                script.header(end)
                end.say(b"220 b.example.net")
                end.rest()
                end.sock.close()

        def clients():
            while not stop.is_set():
                try:
                    end = script.End(link.connect(0, (B, 25), direct=True))
                    end.hear(b"220 b.example.net")
                    end.sock.close()
                    served[0] += 1
                except (OSError, tap.Failure) as error:
                    failures.append(error)

        threads = [threading.Thread(target=f, daemon=True) for f in (server, clients)]
        for thread in threads:
            thread.start()
        for _ in range(5):
            link.b.reload()
        stop.set()
        threads[1].join()
        tap.say("%d clients" % served[0])
        tap.equal(failures, [], "failures")
        tap.check(served[0] > 5, "%d clients" % served[0])


@tap.case()
def killed():
    """The process that serves has a successor; the listeners have stayed."""
    with gateway.Pair(daemons=()) as link:
        mark = link.b.mark()
        os.kill(link.b.pid, signal.SIGKILL)
        listener = link.listen(1, gateway.BACKEND)
        client = script.End(link.connect(0, (B, 25), direct=True))
        link.b.serving(mark)
        server = script.accept(listener)
        script.header(server)
        test_script.short_greeting(client, server)
        link.b.wait("the process that serves has ended, signal 9", since=mark)


@tap.case()
def drained():
    """SIGTERM: no new sessions, the running one goes on to its end, and that is the process's."""
    with gateway.Pair() as link:
        client, server = test_script.begin(link)
        client.hear(*test_script.HELLO)
        test_script.talk(client, server)
        link.b.process.send_signal(signal.SIGTERM)
        link.b.wait("ending: 1 sessions")
        try:
            link.connect(0, (B, 25), direct=True)
            raise tap.Failure("a new session is taken")
        except ConnectionRefusedError:
            pass
        test_script.talk(client, server)
        test_script.quit_(client, server)
        tap.equal(link.b.process.wait(20), 0, "status")


@tap.case()
def limits():
    """So many in all, so many of one site; who is one too many is told."""
    with gateway.Pair(sides=(1,), daemons=(), into=("sessions 3", "share 2")) as link:
        listener = link.listen(1, gateway.BACKEND)
        ends = [link.connect(0, (B, 25), direct=True) for _ in range(3)]
        tap.check(script.End(ends[2]).line().startswith(b"421 "), "not told")
        link.b.wait("refused dir=in", "[%s]:" % A)
        tap.equal(link.b.stats()["turned_away_total"], 1, "counted")
        listener.close()


@tap.case()
def health():
    with gateway.Pair(sides=(1,), daemons=(), into=("health 127.0.0.1:2527",)) as link:
        end = script.End(link.connect(1, ("127.0.0.1", 2527)))
        tap.equal(end.rest(), b"ok sessions=0 draining=0\n", "answer")


@tap.case()
def counters():
    """Encrypted, plain and why, by direction; who stayed plain; as text, JSON and Prometheus."""
    with gateway.Pair() as link:
        client, server = test_script.begin(link)
        client.hear(*test_script.HELLO)
        test_script.talk(client, server)
        test_script.quit_(client, server)
        link.b.session()
        for one, way in (link.a, "out"), (link.b, "in"):
            stats = one.stats()
            tap.equal(stats['encrypted_total{direction="%s"}' % way], 1, "encrypted")
            tap.equal(sum(stats['plain_total{direction="%s",reason="%s"}' % (way, why)]
                          for why in ("not-offered", "failed", "tls", "absent")), 0, "plain")
            tap.equal(one.asked("plain"), [], "who stayed plain")
        listener = link.listen(1, gateway.BACKEND)
        client = script.End(link.connect(0, (B, 25), direct=True))
        server = script.accept(listener)
        script.header(server)
        test_script.short_greeting(client, server)
        client.say(b"EHLO a.example.org")
        server.hear(b"EHLO a.example.org")
        server.say(*test_script.HELLO)
        client.reply()
        test_script.talk(client, server)
        test_script.quit_(client, server)
        link.b.session("plain=not-offered")
        stats = link.b.stats()
        tap.equal(stats['plain_total{direction="in",reason="not-offered"}'], 1, "plain")
        (line,) = link.b.asked("plain")
        tap.check(line.startswith("in %s not-offered sessions=1 " % A), line)
        tap.check('"value": 1' in link.b.ctl("stats", "--json"), "JSON")
        tap.check('xcrypt_gateway_encrypted_total{direction="in"} 1' in
                  link.b.ctl("stats", "--prometheus"), "Prometheus")
        tap.check("in 2 sessions, 1 encrypted" in link.b.ctl("status"), link.b.ctl("status"))


@tap.case()
def rules():
    """On, off, clear; while they are off what must be encrypted does not leave."""
    with gateway.Pair(sides=(0,), daemons=(), out=("policy %s require" % B,)) as link:
        listener = link.listen(1, (B, 25))
        tap.check("dnat" in link.a.ctl("status"), "rules on")
        link.a.ctl("off", "--conf", link.a.conf)
        tap.check("dnat" not in link.a.ctl("status"), "rules off")
        try:
            link.connect(0, (B, 25))
            raise tap.Failure("it leaves in the clear")
        except ConnectionRefusedError:
            pass
        link.a.ctl("clear")
        link.connect(0, (B, 25)).close()
        link.a.ctl("on", "--conf", link.a.conf)
        tap.check("dnat" in link.a.ctl("status"), "rules on again")
        listener.close()


@tap.case()
def own_address():
    """What the MTA sends to this host itself does not go through the gateway; nor does a loop."""
    with gateway.Pair(sides=(0,), daemons=()) as link:
        listener = link.listen(0, (A, 25))
        client = script.End(link.connect(0, (A, 25)))
        server = script.accept(listener)
        server.say(b"220 a.example.org")
        client.hear(b"220 a.example.org")
        tap.check(link.resets(0, gateway.OUT), "straight to the gateway")
        tap.check("not redirected" in link.a.session()["end"], "end")


@tap.case()
def idle_sessions():
    """Memory of one, and the next one is as fast as the first."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (3 * IDLE + 200, 3 * IDLE + 200))
    with gateway.Pair(sides=(1,), daemons=(), into=("sessions 6000", "share 6000")) as link:
        listener = link.listen(1, gateway.BACKEND)
        listener.listen(1024)

        def one():
            start = time.monotonic()
            client = script.End(link.connect(0, (B, 25), direct=True))
            server = script.accept(listener)
            script.header(server)
            test_script.short_greeting(client, server)
            test_script.talk(client, server)
            return client, server, time.monotonic() - start

        before = link.b.rss()
        ends = [one() for _ in range(IDLE)]
        took = [end[2] for end in ends]
        after = link.b.rss()
        early, late = sorted(took[20:120])[50], sorted(took[-100:])[50]
        tap.say("%d sessions: %d octets each, %.2f ms at first, %.2f ms at last" % (
            IDLE, (after - before) * 1024 / IDLE, early * 1000, late * 1000))
        tap.equal(link.b.stats()["sessions_active"], IDLE, "sessions")
        tap.check((after - before) * 1024 / IDLE < 4096, "memory")
        tap.check(late < 2 * early + 0.005, "slower")
        for client, server, _ in ends:
            client.sock.close()
            server.sock.close()
