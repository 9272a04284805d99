# SPDX-License-Identifier: GPL-2.0
"""
Identity and known peers: each row and column of protocol 3's table between real daemons; what is
kept over a restart, a crash, and what the file may not have.
"""
import errno
import os
import re
import signal
import subprocess
import threading
import time

import daemon
import mta
import net
import tap

THREE = "chachapoly_3.0"
HOST = b"mx.b.test"
NAME = HOST.decode()
A = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="
B = "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="
DAY = 86400
GOES, STAYS = "goes-on", "stays-queued"


def pair(link, *lines, suites=THREE + " chacha20_2.0"):
    return daemon.pair(link, *lines, suites=suites)


def key_of(one):
    return one.control("identity")[0].split()[1]


def known(one, name=NAME):
    """The identities of a name, with their states, and the highest version."""
    for line in one.control("peers list"):
        words = line.split()
        if words[:2] == ["peer", name]:
            return words[2], {word.rsplit(":", 1)[1]: word.split(":")[0] for word in words[3:]}
    return None, {}


def warned(one, kind):
    return one.stats()['peers_warnings_total{kind="%s"}' % kind]


def meet(link, host=HOST, domain=b""):
    client, server = link.pair(net.V4)
    return mta.exchange(client, server, host=host, domain=domain)[0]


def encrypted(result, suite=THREE):
    tap.equal((result.kind, result.error, result.suite, result.text),
              (mta.ENCRYPTED, 0, suite, ""), "outcome")


def refused(result, *words):
    """The connection is gone, and the MTA knows in words why its message stays."""
    tap.equal((result.kind, result.error), (mta.CLOSED, errno.EACCES), "outcome")
    for word in words:
        tap.check(word in result.text, "%r is not in %r" % (word, result.text))


def told(link, flags, line=b"", host=HOST, domain=b""):
    """The MTA only tells of what it found; nothing may be said to the server for it."""
    client, server = link.pair(net.V4)
    mta.attach(client)
    mta.ask(client, mta.CLIENT, line, host, flags=flags, domain=domain)
    result = mta.wait(client)
    tap.equal(result.kind, mta.NONE, "class")
    client.sendall(b"QUIT\r\n")
    tap.equal(mta.line_of(server), b"QUIT\r\n", "what the server read")
    return result


def may_pass(result):
    tap.equal((result.error, result.text), (errno.EOPNOTSUPP, ""), "outcome")


def may_not(result, *words):
    tap.equal(result.error, errno.EACCES, "outcome")
    for word in words:
        tap.check(word in result.text, "%r is not in %r" % (word, result.text))


def logged(one, count, *words):
    tap.equal(len(one.logged("peer name=", *words)), count, "lines with %s" % (words,))


# --- the identity that is met ---

@tap.case(("opportunistic",), ("require",))
def nothing_known(policy):
    with net.Link() as link:
        one, two = pair(link, "policy default " + policy)
        encrypted(meet(link))
        tap.equal(known(one), ("3.0", {key_of(two): "first"}), "what was learned")
        result = meet(link, host=b"MX.b.test.")
        encrypted(result)
        tap.equal((result.hit, known(one)), (1, ("3.0", {key_of(two): "first"})), "the next time")
        tap.equal(known(two), (None, {}), "what a server learned")
        logged(one, 0)
        # Without a name it is the address.
        encrypted(meet(link, host=b""))
        tap.equal(known(one, "10.77.0.2")[1], {key_of(two): "first"}, "by address")


@tap.case(("opportunistic",), ("require",))
def another_identity(policy):
    with net.Link() as link:
        one, two = pair(link, "policy default " + policy)
        meet(link)
        old = key_of(two)
        two.control("identity replace")
        new = key_of(two)
        for times in 1, 2:
            encrypted(meet(link))
            tap.equal(known(one)[1], {old: "first", new: "unconfirmed"}, "what is known")
            logged(one, times, "warning=identity", "policy=" + policy, "identity=" + new,
                   'known="first ' + old, "message=" + GOES, "xcryptctl peers explain " + NAME)
            tap.equal(warned(one, "identity"), times, "warnings")
        one.control("peers confirm " + NAME)
        encrypted(meet(link))
        tap.equal((known(one)[1], warned(one, "identity")), ({old: "first", new: "pinned"}, 2),
                  "after it was confirmed")


@tap.case()
def verify():
    with net.Link() as link:
        one, two = pair(link, "policy default verify")
        key = key_of(two)
        refused(meet(link), NAME + " showed an identity that is not pinned", "known: nothing",
                "xcryptctl peers explain " + NAME)
        tap.equal(known(one), (None, {}), "what was learned of it")
        logged(one, 1, "identity=" + key, "message=" + STAYS)
        tap.equal(one.stats()["peers_refused_total"], 1, "refusals")
        explained = one.control("peers explain " + NAME)
        tap.check(re.match(r"incident \d+ none queued verify 3.x 3.0 " + re.escape(key) + " -$",
                           explained[1]), explained)
        one.control("peers pin %s %s" % (NAME, key))
        encrypted(meet(link))
        two.control("identity replace")
        refused(meet(link), "known: pinned " + key + " since " + time.strftime("%Y-%m-%d"))
        tap.equal(known(one)[1], {key: "pinned"}, "what is known")
        logged(one, 1, "warning=identity", "identity=" + key_of(two), "message=" + STAYS)


@tap.case()
def verify_takes_no_first():
    with net.Link() as link:
        one, two = pair(link)
        meet(link)
        one.configure("suites " + THREE, "policy default verify")
        one.process.send_signal(signal.SIGHUP)
        one.until(lambda: one.stats()["reloads_total"] == 1)
        refused(meet(link), "known: first " + key_of(two))
        one.control("peers pin %s %s" % (NAME, key_of(two)))
        encrypted(meet(link))


@tap.case(("opportunistic", GOES), ("require", GOES), ("verify", STAYS))
def pin_does_not_match(policy, message):
    with net.Link() as link:
        one, two = pair(link, "policy default " + policy)
        one.control("peers pin %s %s" % (NAME, A))
        result = meet(link)
        if message == GOES:
            encrypted(result)
        else:
            refused(result, "known: pinned " + A)
        logged(one, 1, "warning=identity", 'known="pinned ' + A, "message=" + message)
        tap.equal(known(one)[1].get(key_of(two)), "unconfirmed" if message == GOES else None,
                  "what became of the other")


@tap.case(("opportunistic",), ("verify",))
def older_version(policy):
    with net.Link() as link:
        one, two = pair(link, "policy default " + policy)
        key = key_of(two)
        one.kill(signal.SIGTERM)
        with open(os.path.join(one.dir, "peers"), "w") as file:
            today = time.strftime("%Y-%m-%d", time.gmtime())
            file.write("peer %s 3.1 pinned:%s:%s:%s\n" % (NAME, today, today, key))
        one.start()
        encrypted(meet(link))
        logged(one, 1, "warning=version", "version=3.0", "message=" + GOES)
        tap.equal(known(one), ("3.1", {key: "pinned"}), "what is known")


# --- known for version 3, and not met in it ---

@tap.case(("opportunistic", True), ("require", False), ("verify", False))
def not_listed(policy, passes):
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0, "policy default " + policy))
        one.control("peers pin %s %s" % (NAME, A))
        for flags, line, end in ((mta.UNLISTED, b"", "clear"), (mta.TLS, b"", "tls"),
                                 (mta.TLS, b"chacha20_2.0", "tls")):
            result = told(link, flags, line)
            if passes:
                may_pass(result)
            else:
                may_not(result, NAME + " did not speak XCRYPT 3", "pinned " + A)
            tap.check(one.logged("peer name=" + NAME, "warning=stripped", "end=" + end,
                                 "message=" + (GOES if passes else STAYS)), "no line of " + end)
        tap.equal(warned(one, "stripped"), 3, "warnings")
        tap.equal(one.stats()["peers_refused_total"], 0 if passes else 3, "refusals")


@tap.case(("opportunistic", True, True), ("require", False, True), ("verify", False, False))
def not_listed_by_a_stranger(policy, clear, tls):
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0, "policy default " + policy))
        for flags, passes in (mta.UNLISTED, clear), (mta.TLS, tls):
            result = told(link, flags)
            if passes:
                may_pass(result)
            else:
                may_not(result)
        tap.equal((warned(one, "stripped"), known(one)), (0, (None, {})), "warnings, knowledge")


@tap.case()
def policy_off_tells_nothing():
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0, "policy default off"))
        one.control("peers pin %s %s" % (NAME, A))
        may_pass(told(link, mta.TLS))
        tap.equal(warned(one, "stripped"), 0, "warnings")


@tap.case()
def an_mta_may_ask_for_verify():
    with net.Link() as link:
        link.keep(daemon.Daemon(link, 0, "policy default off"))
        may_not(told(link, mta.TLS | mta.VERIFY), "did not prove an identity")


@tap.case(("opportunistic",), ("require",), ("verify",))
def no_suite_of_version_3(policy):
    """Where that is refused nothing is said to the server at all."""
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0, "policy default " + policy))
        link.keep(daemon.Daemon(link, 1))
        one.control("peers pin %s %s" % (NAME, A))
        if policy == "opportunistic":
            encrypted(meet(link), "chacha20_2.0")
        else:
            client, server = link.pair(net.V4)
            mta.ask(client, mta.CLIENT, mta.greet(client, server), HOST)
            refused(mta.wait(client), "did not speak XCRYPT 3")
            tap.equal(mta.line_of(server), b"", "what the server read")
        logged(one, 1, "warning=stripped", "end=2.x")


@tap.case()
def require_takes_2_of_a_stranger():
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0, "policy default require"))
        link.keep(daemon.Daemon(link, 1))
        encrypted(meet(link), "chacha20_2.0")
        tap.equal((known(one), warned(one, "stripped")), ((None, {}), 0), "knowledge, warnings")


def no(server):
    server.sendall(b"504 5.5.4 XCRYPT FAIL\r\n")


def nonsense(server):
    server.sendall(b"250 XCRYPT x y z\r\n")


def closed(server):
    server.close()


def silent(_):
    pass


@tap.case(("no",), ("nonsense",), ("closed",), ("silent",))
def broken_off(how):
    """However it ends, it is held against what is known; require refuses, opportunistic tells."""
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0, "policy strict.test require", "time-limit 2s",
                                      suites=THREE + " chacha20_2.0"))
        for name in NAME, "strict.test":
            one.control("peers pin %s %s" % (name, A))
            client, server = link.pair(net.V4)
            server.settimeout(mta.LIMIT)
            mta.attach(client)
            mta.ask(client, mta.CLIENT, b"chachapoly_3.0 chacha20_2.0", name.encode())
            mta.line_of(server)
            {"no": no, "nonsense": nonsense, "closed": closed, "silent": silent}[how](server)
            if how == "nonsense":
                tap.equal(mta.line_of(server), b"XCRYPT FAIL\r\n", "what a said")
                server.sendall(b"250 XCRYPT FAIL\r\n")
            result = mta.wait(client)
            if name == NAME:
                tap.check(result.kind != mta.ENCRYPTED and result.error != errno.EACCES, result)
            else:
                refused(result, "strict.test did not speak XCRYPT 3")
        logged(one, 2, "warning=stripped", "end=clear")
        tap.equal(warned(one, "stripped"), 2, "warnings")


# --- domains ---

@tap.case()
def new_server_of_a_domain():
    with net.Link() as link:
        one, _ = pair(link, "policy @strict.test verify")
        encrypted(meet(link, domain=b"Known.Test"))
        logged(one, 0)
        encrypted(meet(link, host=b"mx.evil.test", domain=b"known.test"))
        logged(one, 1, "name=mx.evil.test domain=known.test warning=domain", "message=" + GOES)
        encrypted(meet(link, host=b"mx.evil.test", domain=b"known.test"))
        tap.equal(warned(one, "domain"), 1, "warnings")
        may_pass(told(link, mta.UNLISTED, host=b"mx.plain.test", domain=b"known.test"))
        logged(one, 1, "name=mx.plain.test domain=known.test warning=domain", "end=clear")
        refused(meet(link, domain=b"strict.test"), "not pinned")
        one.control("peers forget @known.test")
        encrypted(meet(link, host=b"mx.third.test", domain=b"known.test"))
        tap.equal(warned(one, "domain"), 2, "warnings")


# --- what is kept ---

@tap.case((signal.SIGTERM,), (signal.SIGKILL,))
def kept_over_a_restart(how):
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0))
        key = key_of(one)
        one.control("peers pin %s %s" % (NAME, A))
        one.kill(how)
        one.start()
        tap.equal((key_of(one), known(one)[1]), (key, {A: "pinned"}), "after a restart")
        for name in "identity", "peers":
            state = os.stat(os.path.join(one.dir, name))
            tap.equal((state.st_mode & 0o7777, state.st_nlink), (0o600, 1), "mode of " + name)


@tap.case()
def killed_while_it_saves():
    """What a command said is done is on the disk, and the file is whole, at any instant."""
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0))
        done = []
        for _ in range(8):
            end = threading.Timer(0.05, one.process.kill)
            end.start()
            try:
                while one.process.poll() is None:
                    name = "host%d.test" % len(done)
                    one.control("peers pin %s %s" % (name, A))
                    done.append(name)
            except (OSError, tap.Failure):
                pass
            end.join()
            one.process.wait()
            one.start()
            names = {line.split()[1] for line in one.control("peers list")}
            tap.check(set(done) <= names, "lost: %s" % sorted(set(done) - names)[:5])
            tap.check(len(names) <= len(done) + 1, "there are %d of %d" % (len(names), len(done)))
            done = sorted(names, key=lambda name: int(name[4:-5]))
        tap.check(len(done) > 8, "only %d pins were made" % len(done))
        tap.equal(sorted(name for name in os.listdir(one.dir) if name.startswith("peers")),
                  ["peers"], "files")


@tap.case()
def old_ones_are_forgotten():
    def day(ago):
        return time.strftime("%Y-%m-%d", time.gmtime(time.time() - ago * DAY))

    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0, "peers-forget 10d"))
        one.kill(signal.SIGTERM)
        with open(os.path.join(one.dir, "peers"), "w") as file:
            for name, state, ago in (("old", "first", 11), ("new", "first", 9), ("kept", "pinned", 99)):
                file.write("peer %s.test 3.0 %s:%s:%s:%s\n" % (name, state, day(ago), day(ago), A))
        one.start()
        tap.equal({line.split()[1] for line in one.control("peers list")},
                  {"new.test", "kept.test"}, "names")
        tap.equal(one.stats()["peers_forgotten_total"], 1, "forgotten")


@tap.case()
def full_store():
    with net.Link() as link:
        one, two = pair(link, "peers-size 2")
        one.control("peers pin kept.test " + A)
        for name in b"first.test", b"second.test":
            encrypted(meet(link, host=name))
        tap.equal({line.split()[1] for line in one.control("peers list")},
                  {"kept.test", "second.test"}, "names")
        one.control("peers pin second.test " + key_of(two))
        encrypted(meet(link, host=b"third.test"))
        tap.equal(known(one, "third.test"), (None, {}), "one for which there is no room")
        stats = one.stats()
        tap.equal((stats["peers_names"], stats["peers_room"], stats["peers_displaced_total"]),
                  (2, 2, 1), "counters")
        tap.check(stats["peers_not_learned_total"] >= 1, "not counted")


BAD = {
    "line": ("peers", "peer a 3.1 lost\n", 0o600, "peers:1: the state must be"),
    "mode": ("peers", "", 0o644, "chmod it to 0600"),
    "identity": ("identity", "no key\n", 0o600, "openssl genpkey"),
    "identity-mode": ("identity", "", 0o640, "chmod it to 0600"),
}


@tap.case(*((name,) for name in BAD))
def bad_file(which):
    name, text, mode, say = BAD[which]
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0))
        one.kill(signal.SIGTERM)
        path = os.path.join(one.dir, name)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, mode)
        one.spawn(subprocess.PIPE)
        err = one.process.communicate(timeout=mta.LIMIT)[1].decode()
        tap.equal(one.process.returncode, 78, "status: " + err)
        tap.check(say in err, err)
        with open(path) as file:
            tap.equal(file.read(), text, "the file")
        os.unlink(path)
        one.start()


@tap.case()
def shared_identity():
    """Copied by hand to another host of the name, and read at a reload."""
    with net.Link() as link:
        one, two = pair(link)
        meet(link)
        key = key_of(two)
        tap.check(key_of(one) != key, "two hosts have one identity")
        with open(os.path.join(two.dir, "identity")) as source, \
                open(os.path.join(one.dir, "identity"), "w") as copy:
            copy.write(source.read())
        one.process.send_signal(signal.SIGHUP)
        one.until(lambda: one.stats()["reloads_total"] == 1)
        tap.equal(key_of(one), key, "identity after the reload")
        tap.equal(subprocess.run(["openssl", "pkey", "-in", os.path.join(one.dir, "identity"),
                                  "-noout"], check=False).returncode, 0, "openssl's word on the file")


@tap.case()
def files_that_take_a_start():
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 0))
        one.configure("suites chacha20_2.0", "peers %s/others" % one.dir)
        one.process.send_signal(signal.SIGHUP)
        one.until(lambda: any("take a start" in line for line in one.control("status")))
        tap.check(not os.path.exists(one.dir + "/others"), "the other file was made")
