# SPDX-License-Identifier: GPL-2.0
"""Policy, reload, privileges, and what a newcomer is told."""
import errno
import os
import re
import signal
import socket
import struct
import subprocess
import time

import daemon
import mta
import net
import tap


def is_outcome(result, kind, error):
    tap.equal((result.kind, errno.errorcode.get(result.error, result.error)),
              (kind, errno.errorcode.get(error, error)), "outcome")


def refuse(server):
    """A server that has nothing in common with us."""
    mta.line_of(server)
    server.sendall(b"504 5.5.4 XCRYPT FAIL\r\n")


def ask_refused(link, words, host=b""):
    client, server = link.pair(net.V4)
    server.settimeout(mta.LIMIT)
    mta.attach(client)
    mta.ask(client, mta.CLIENT, words, host)
    return client, server


@tap.case()
def policy_off_is_none():
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0, "policy 10.77.0.2 off"))
        client, server = ask_refused(link, b"chacha20_2.0")
        is_outcome(mta.wait(client), mta.NONE, errno.EACCES)
        client.sendall(b"MAIL\r\n")
        tap.equal(mta.line_of(server), b"MAIL\r\n", "what the server read")
        told(one, client, class_="none", reason="policy", error="EACCES")


def told(one, client, class_, reason, error, **others):
    """One line about this connection, with all fields and the verdict; and all is counted."""
    head = "refused dir=out peer=[%s]:%d " % client.getpeername()
    lines = one.logged(head)
    tap.equal(len(lines), 1, "lines about it in %s" % lines)
    fields = dict(re.findall(r'(\S+?)=("[^"]*"|\S+)', lines[0]))
    for key, value in dict(others, reason=reason, error=error, **{"class": class_}).items():
        tap.equal(fields.get(key), value, "%s of %s" % (key, lines[0]))
    tap.equal([key for key in fields if key != "name"],
              "dir peer suite class reason code error cause time text".split(), lines[0])
    stats = one.stats()
    ended = [value for name, value in stats.items() if name.startswith("exchanges_total{")]
    begun = [value for name, value in stats.items() if name.startswith("exchanges_started_total{")]
    tap.equal(sum(ended) + stats["exchanges_active"], sum(begun), "requests counted")
    tap.check(stats['exchanges_total{dir="out",class="%s"}' % class_], "the class is not counted")
    tap.check(stats['exchanges_reason_total{reason="%s"}' % reason], "the reason is not counted")


@tap.case()
def policy_by_name():
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0, "policy .secret.test require",
                                      "policy default off"))
        client, _ = ask_refused(link, b"chacha20_2.0", b"mx.open.test")
        is_outcome(mta.wait(client), mta.NONE, errno.EACCES)
        # The rule holds, and the line has one form, however the MTA writes the name.
        for name in (b"mx.secret.test", b"MX.Secret.test."):
            client, server = ask_refused(link, b"chacha20_2.0", name)
            refuse(server)
            is_outcome(mta.wait(client), mta.CLOSED, errno.EACCES)
            told(one, client, "closed", "refused", "EACCES", name='"mx.secret.test"', code="504")


@tap.case()
def policy_require_closes():
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0, "policy default require"))
        client, server = ask_refused(link, b"chacha20_2.0")
        refuse(server)
        is_outcome(mta.wait(client), mta.CLOSED, errno.EACCES)
        told(one, client, "closed", "refused", "EACCES", code="504")
        try:
            client.send(b"MAIL\r\n")
            tap.check(False, "writing went on in the clear")
        except OSError as error:
            tap.equal(error.errno, errno.ECONNABORTED, "errno of writing")
        tap.equal(server.recv(1), b"", "what the server reads")
        # Nothing in common: nothing is said, and nothing goes in the clear either.
        client, server = ask_refused(link, b"nosuch_9.9")
        is_outcome(mta.wait(client), mta.CLOSED, errno.EACCES)
        told(one, client, "closed", "no-suite", "EACCES", code="0")
        client, server = ask_refused(link, b" ")
        is_outcome(mta.wait(client), mta.CLOSED, errno.EACCES)
        told(one, client, "closed", "no-offer", "EACCES", code="0")


def reset(server):
    server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    server.close()


BREAKS = {"reset": reset, "end": lambda server: server.close(),
          "noise": lambda server: server.sendall(b"250 XCRYPT\0\r\n"),
          "silence": lambda server: None}


@tap.case(*((name,) for name in BREAKS))
def policy_require_however_it_breaks(name):
    """Told anything but EACCES, an MTA that does not require encryption would connect anew."""
    with net.Link() as link:
        link.keep(daemon.Daemon(link, 0, "policy default require", "time-limit 2s"))
        client, server = ask_refused(link, b"chacha20_2.0")
        mta.line_of(server)
        BREAKS[name](server)
        is_outcome(mta.wait(client), mta.CLOSED, errno.EACCES)


@tap.case()
def require_without_daemon_is_the_mta_s_matter():
    """ESRCH: only an MTA that refuses on it keeps what policy requires."""
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0, "policy default require"))
        one.kill(signal.SIGTERM)
        client, server = link.pair(net.V4)
        mta.attach(client)
        mta.attach(server)
        for sock, call in ((client, lambda: mta.ask(client, mta.CLIENT, b"chacha20_2.0")),
                           (server, lambda: mta.suites(server))):
            try:
                call()
                tap.check(False, "%r was served by nobody" % sock)
            except OSError as error:
                tap.equal(error.errno, errno.ESRCH, "errno")
        is_outcome(mta.wait(client), mta.NONE, errno.ESRCH)


@tap.case()
def nothing_in_common_is_none():
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0))
        client, server = ask_refused(link, b"nosuch_9.9")
        is_outcome(mta.wait(client), mta.NONE, errno.EOPNOTSUPP)
        told(one, client, "none", "no-suite", "EOPNOTSUPP")
        client.sendall(b"MAIL\r\n")
        tap.equal(mta.line_of(server), b"MAIL\r\n", "what the server read")


@tap.case()
def offer_too_long_is_none():
    """What b may not list is taken as no list at all."""
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0))
        client, server = ask_refused(link, b"chacha20_2.0" + b" x" * 244)
        is_outcome(mta.wait(client), mta.NONE, errno.EINVAL)
        told(one, client, "none", "no-offer", "EINVAL")
        client.sendall(b"MAIL\r\n")
        tap.equal(mta.line_of(server), b"MAIL\r\n", "what the server read")


@tap.case()
def long_word_is_passed_over():
    """A word of 33 octets, and spaces beyond one, beside a suite that both have."""
    with net.Link() as link:
        link.keep(daemon.Daemon(link, 0))
        client, server = ask_refused(link, b"x" * 33 + b"   chacha20_2.0 ")
        tap.equal(mta.line_of(server)[:20], b"XCRYPT chacha20_2.0 ", "our first line")


@tap.case()
def cache_off_agrees_anew():
    with net.Link() as link:
        daemons = daemon.pair(link, "cache off")
        for _ in range(2):
            for result in mta.exchange(*link.pair(net.V4)):
                is_outcome(result, mta.ENCRYPTED, 0)
                tap.equal(result.hit, 0, "cache hit")
        tap.equal([d.stats()["public_key_operations_total"] for d in daemons], [2, 2],
                  "public-key operations")


@tap.case()
def bad_reload_keeps_the_old():
    with net.Link() as link:
        daemons = daemon.pair(link)
        mta.exchange(*link.pair(net.V4))
        daemons[1].configure("suites nosuch_1.0")
        daemons[1].process.send_signal(signal.SIGHUP)
        daemons[1].until(lambda: daemons[1].logged("reload event=refused"))
        tap.equal(len(daemons[1].logged("conf:1: unknown suite")), 1, "faults named")
        for result in mta.exchange(*link.pair(net.V4)):
            is_outcome(result, mta.ENCRYPTED, 0)
            tap.equal(result.hit, 1, "cache hit")


@tap.case()
def good_reload_changes_what_is_offered():
    """... but not to a socket that was told before: that stays right."""
    with net.Link() as link:
        daemons = daemon.pair(link)
        client, server = link.pair(net.V4)
        mta.attach(server)
        before = mta.suites(server)
        daemons[1].configure("suites aes256ctr_2.0")
        daemons[1].process.send_signal(signal.SIGHUP)
        daemons[1].until(lambda: daemons[1].logged("reload event=done"))
        tap.equal(mta.suites(server), before, "words on the old socket")
        mta.attach(client)
        mta.ask(client, mta.CLIENT, before)
        server.settimeout(mta.LIMIT)
        mta.ask(server, mta.SERVER, mta.line_of(server))
        for result in (mta.wait(client), mta.wait(server)):
            is_outcome(result, mta.ENCRYPTED, 0)
            tap.equal(result.suite, "chacha20_2.0", "suite")
        for result in mta.exchange(*link.pair(net.V4)):
            tap.equal((result.kind, result.suite), (mta.ENCRYPTED, "aes256ctr_2.0"), "outcome")


@tap.case(("chacha20_2.0", 1), ("chachapoly_3.0", 0))
def cache_on_disk_survives_a_kill(suite, hit):
    """What version 3 agrees on is never on disk."""
    with net.Link() as link:
        daemons = daemon.pair(link)
        for d in daemons:
            d.kill(signal.SIGTERM)
            d.configure("cache disk " + d.dir, "suites " + suite)
            d.start()
        mta.exchange(*link.pair(net.V4))
        for d in daemons:
            tap.equal(d.kill(signal.SIGTERM), 0, "exit status")
            d.start()
        for result in mta.exchange(*link.pair(net.V4)):
            tap.equal((result.kind, result.hit), (mta.ENCRYPTED, hit), "outcome")


@tap.case()
def privileges_are_dropped():
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0))
        for word, wanted in (("CapEff", "%016x" % (1 << 12)), ("CapPrm", "%016x" % (1 << 12)),
                             ("CapBnd", "0" * 16), ("NoNewPrivs", "1"), ("Seccomp", "2")):
            tap.equal(one.status(word), wanted, word)
        tap.check(one.status("VmLck") != "0 kB", "memory is not locked")
        with open("/proc/%d/limits" % one.process.pid) as file:
            limits = file.read()
        tap.check(any(line.split()[4:6] == ["0", "0"] for line in limits.splitlines()
                      if line.startswith("Max core file size")), "core dumps are not off")


@tap.case()
def second_daemon_is_told():
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0))
        with link.inside(0):
            done = subprocess.run(one.words("-f", "-c", one.conf, "-s", one.socket + "2"),
                                  stderr=subprocess.PIPE, text=True, timeout=60, check=False)
            tap.equal(done.returncode, 69, "exit status")
            tap.check("another xcryptd serves this network namespace" in done.stderr, done.stderr)
            done = subprocess.run(one.words("-f", "-c", one.conf, "-s", one.socket),
                                  stderr=subprocess.PIPE, text=True, timeout=60, check=False)
            tap.equal(done.returncode, 73, "exit status")
            tap.check("Address already in use" in done.stderr, done.stderr)


@tap.case()
def background_tells_the_shell():
    """Without -f: the parent ends once it serves, or with the child's fault."""
    with net.Link() as link:
        one = daemon.Daemon(link, 0)
        again = one.words("-c", one.conf, "-s", one.socket + "2")
        done = link_run(link, again)
        tap.equal(done.returncode, 69, "exit status while another serves")
        tap.check("another xcryptd" in done.stderr, done.stderr)
        one.close()
        done = link_run(link, again)
        # A kernel without Landlock is told of, once.
        said = [line for line in done.stderr.splitlines() if "event=no-landlock" not in line]
        tap.equal((done.returncode, said), (0, []), "exit status")
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(one.socket + "2")
            sock.sendall(b"status\n")
            pid = int(sock.makefile().read().split("pid ")[1].split()[0])
        subprocess.run(["kill", str(pid)], check=True)
        end_of(pid)


def link_run(link, words):
    with link.inside(0):
        return subprocess.run(words, stderr=subprocess.PIPE, text=True, timeout=60, check=False)


def end_of(pid):
    for _ in range(500):
        if not os.path.exists("/proc/%d" % pid):
            return
        time.sleep(0.02)
    tap.check(False, "xcryptd does not end")


@tap.case()
def without_privilege_it_says_so():
    with net.Link() as link:
        one = daemon.Daemon(link, 0)
        one.close()
        done = link_run(link, ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "--reuid",
                               "nobody", "--clear-groups", daemon.PROGRAM, "-f", "-c",
                               "/dev/null", "-s", "/tmp/nobody.sock"])
        tap.check(done.returncode in (69, 77), "exit status %d" % done.returncode)
        tap.check("cap-net-admin" in done.stderr.lower().replace("_", "-"), done.stderr)
