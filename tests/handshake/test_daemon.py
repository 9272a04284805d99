# SPDX-License-Identifier: GPL-2.0
"""The daemon dies, hangs, comes back; the socket for xcryptctl."""
import contextlib
import ctypes
import errno
import fcntl
import os
import pwd
import resource
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import daemon
import mta
import net
import tap
import test_exchange
import test_load

COUNT = 100
PIDFD_GETFD = 438
LOAD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../vm/load")


def all_end(socks, limit, kind, error):
    start = time.monotonic()
    for sock in socks:
        result = mta.wait(sock)
        tap.equal((result.kind, result.error), (kind, error), "outcome")
    took = time.monotonic() - start
    tap.check(took < limit, "the last was told after %.1f s" % took)


@tap.case(("SIGKILL",), ("SIGTERM",))
def killed_with_a_hundred_under_way(how):
    with net.Link() as link:
        daemons = daemon.pair(link, "exchange-share 200")
        live = link.pair(net.V4)
        mta.exchange(*live)
        quiet = [test_load.silent(link) for _ in range(COUNT)]
        daemons[1].until(lambda: daemons[1].stats()["exchanges_active"] == COUNT)
        daemons[1].kill(getattr(signal, how))
        all_end([server for _, server in quiet], 1, mta.CLOSED, errno.ECONNABORTED)
        test_exchange.send_over(*live, test_exchange.message(1))
        daemons[1].start()
        for result in mta.exchange(*link.pair(net.V4)):
            tap.equal(result.kind, mta.ENCRYPTED, "class")
        test_exchange.send_over(*reversed(live), test_exchange.message(2))


@tap.case()
def killed_before_it_took_the_request():
    with net.Link() as link:
        daemons = daemon.pair(link)
        _, server = link.pair(net.V4)
        mta.attach(server)
        mta.suites(server)
        daemons[1].process.send_signal(signal.SIGSTOP)
        mta.ask(server, mta.SERVER, test_load.LINE)
        daemons[1].kill()
        all_end([server], 1, mta.NONE, errno.ESRCH)
        daemons[1].start()


@tap.case()
def mta_that_goes_away_is_forgotten():
    with net.Link() as link:
        daemons = daemon.pair(link)
        before = daemons[1].descriptors()
        client, server = test_load.silent(link)
        daemons[1].until(lambda: daemons[1].stats()["exchanges_active"] == 1)
        server.close()
        client.close()
        daemons[1].until(lambda: daemons[1].stats()["exchanges_active"] == 0)
        tap.equal(daemons[1].descriptors(), before, "descriptors")


@tap.case()
def control_socket():
    with net.Link() as link:
        daemons = daemon.pair(link)
        mta.exchange(*link.pair(net.V4))
        lines = daemons[1].control("cache list")
        tap.equal([line.split()[:2] for line in lines], [["2.0", "10.77.0.1"]], "cache")
        tap.equal(daemons[1].control("recent")[0].split()[1], "chacha20_2.0", "suite")
        daemons[1].control("cache flush")
        tap.equal(daemons[1].control("cache list"), [], "cache after flush")
        daemons[0].control("keys rotate")
        for result in mta.exchange(*link.pair(net.V4)):
            tap.equal((result.kind, result.hit), (mta.ENCRYPTED, 0), "outcome")
        tap.equal(daemons[0].stats()["key_pairs_total"], 2, "key pairs made")


UNREAD = 100
UPKEEP = 30     # seconds between two looks of the daemon at its key pairs


class Unread(daemon.Daemon):
    """Its stderr is a pipe with room for some twenty lines, which nobody reads."""

    def start(self):
        self.log = os.fdopen(self.pipe(), "r")
        self.until(self.answers)

    def pipe(self):
        end, other = os.pipe()
        fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, 4096)
        self.spawn(other)
        os.close(other)
        return end

    def answers(self):
        try:
            return self.control("status")
        except OSError:
            return False

    def lines(self):
        return []


class UnreadSyslog(daemon.Background):
    """Nobody reads /dev/log, which holds ten lines by default."""

    def start(self):
        self.syslog = syslog()
        super().start()


def refuse(link, count):
    """So many exchanges that the daemon of side 1 refuses at once, with a line each."""
    for _ in range(count):
        with contextlib.ExitStack() as stack:
            _, server = [stack.enter_context(sock) for sock in link.pair(net.V4)]
            mta.attach(server)
            mta.suites(server)
            mta.ask(server, mta.SERVER, b"XCRYPT nonsense\r\n")
            tap.equal(mta.wait(server, 5).kind, mta.ANSWERED, "class")


@tap.case()
def stderr_that_nobody_reads():
    with net.Link() as link:
        one = link.keep(Unread(link, 1))
        refuse(link, UNREAD)
        tap.check(one.stats()["log_lines_queued"] > UNREAD / 2, "the log was read")
        # Of its start it may say more than that it serves.
        told = (line for line in one.log if " event=" not in line)
        seen = [next(told) for _ in range(UNREAD)]
        tap.check(all("refused dir=in" in line for line in seen), "lines: %s" % seen)
        tap.equal(one.stats()["log_lines_lost_total"], 0, "lost")


@tap.case()
def syslog_that_nobody_reads():
    with net.Link() as link:
        one = link.keep(UnreadSyslog(link, 1, "log syslog info"))
        refuse(link, UNREAD)
        tap.check(one.stats()["log_lines_queued"] > UNREAD / 2, "the log was read")
        seen = []
        while sum(b" refused dir=in " in line for line in seen) < UNREAD:
            seen.append(one.syslog.recv(4096))
        head = b" xcryptd[%d]: " % one.process.pid
        tap.check(any(head + b"start event=serving" in line for line in seen), str(seen))
        tap.check(all(head in line and (b" refused dir=in " in line or b" event=" in line)
                      for line in seen), str(seen))


@tap.case()
def ends_though_nobody_reads_its_log():
    with net.Link() as link:
        one = link.keep(Unread(link, 1))
        refuse(link, UNREAD)
        start = time.monotonic()
        tap.equal(one.kill(signal.SIGTERM), 0, "exit status")
        tap.check(time.monotonic() - start < 10, "it took its time")


def processor_time(one):
    """Seconds."""
    with open("/proc/%d/stat" % one.process.pid) as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@tap.case()
def no_descriptor_is_left():
    """It says so once, with what to do, waits without work, and goes on once there is one."""
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 1))
        hard = resource.prlimit(one.process.pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(one.process.pid, resource.RLIMIT_NOFILE, (one.descriptors(), hard))
        waiting = []
        for _ in range(20):
            _, server = link.pair(net.V4)
            mta.attach(server)
            mta.suites(server)
            mta.ask(server, mta.SERVER, b"XCRYPT nonsense\r\n", timeout=30000)
            waiting.append(server)
        before = processor_time(one)
        time.sleep(5)
        spent = processor_time(one) - before
        said = [line for line in one.lines() if "event=accept-failed" in line]
        tap.check(spent < 0.5, "it worked for %.2f of 5 s" % spent)
        tap.equal(len(said), 1, "lines")
        tap.check("LimitNOFILE" in said[0], said[0])
        resource.prlimit(one.process.pid, resource.RLIMIT_NOFILE, (hard, hard))
        for server in waiting:
            tap.equal(mta.wait(server, 10).kind, mta.ANSWERED, "class")


@tap.case((0,), (1,), (2,))
def started_with_a_descriptor_closed(fd):
    with net.Link() as link:
        one = link.keep(daemon.Background(link, 1, before="%d<&-" % fd))
        refuse(link, 1)
        for standard in range(3):
            tap.equal(os.readlink("/proc/%d/fd/%d" % (one.process.pid, standard)), "/dev/null",
                      "descriptor %d" % standard)


@tap.case()
def nothing_is_inherited():
    """Neither descriptors, for whose end somebody may wait, nor the directory."""
    with net.Link() as link:
        end, other = os.pipe()
        one = link.keep(daemon.Background(link, 1, fds=(other,)))
        tap.equal(one.status("Seccomp"), "2", "filter when its start has returned")
        os.close(other)
        tap.check(select.select([end], [], [], 5)[0], "somebody has the pipe open")
        os.close(end)
        tap.equal(os.readlink("/proc/%d/cwd" % one.process.pid), "/", "directory")
        # What was named from there is found all the same.
        one.configure("suites aes256ctr_2.0")
        one.process.send_signal(signal.SIGHUP)
        one.until(lambda: "suites aes256ctr_2.0" in one.control("status"))


@tap.case()
def start_fails_without_the_filter():
    """Whoever started it hears of all that has to be done before it serves, the last thing too."""
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 1))
        one.kill(signal.SIGTERM)
        with link.inside(1):
            done = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null",
                                   "-e", "inject=seccomp:error=EINVAL",
                                   *one.words("-c", one.conf, "-s", one.socket)],
                                  stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        tap.equal(done.returncode, 71, "exit status")
        tap.check("event=no-seccomp" in done.stderr, done.stderr)


@tap.case()
def signals_do_not_kill():
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 1))
        for which in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGPIPE, signal.SIGIO,
                      signal.SIGVTALRM, signal.SIGPROF, signal.SIGRTMIN, signal.SIGRTMAX):
            one.process.send_signal(which)
            refuse(link, 1)
        tap.equal(one.kill(signal.SIGQUIT), 0, "exit status")
        tap.check(not os.path.exists(one.socket), "the socket is left")


@tap.case()
def process_number_in_a_file():
    with net.Link() as link:
        path = tempfile.mktemp(prefix="pid-")
        one = link.keep(daemon.Background(link, 1, options=("-p", path)))
        with open(path) as file:
            tap.equal(file.read(), "%d\n" % one.process.pid, "number")
        tap.equal(one.kill(signal.SIGTERM), 0, "exit status")
        tap.check(not os.path.exists(path) or not os.path.getsize(path), "the number is left")
        with open(path, "w") as file:
            file.write("suites chacha20_2.0\n")
        with link.inside(1):
            done = subprocess.run(one.words("-c", one.conf, "-s", one.socket),
                                  stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        tap.equal(done.returncode, 73, "exit status")
        tap.check("is left alone" in done.stderr, done.stderr)
        with open(path) as file:
            tap.equal(file.read(), "suites chacha20_2.0\n", "what was in the file")
        os.unlink(path)


def has_rwx(pid):
    with open("/proc/%s/maps" % pid) as file:
        return any("w" in mode and "x" in mode for mode in (line.split()[1] for line in file))


@tap.case()
def it_does_not_serve_as_root():
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 1))
        tap.equal(set(one.status("Uid").split()), {str(pwd.getpwnam(daemon.USER).pw_uid)}, "uid")
        tap.equal(one.status("Groups").strip(), "", "supplementary groups")
        # User-Mode Linux knows no memory without x, for this program neither.
        tap.check(has_rwx("self") or not has_rwx(one.process.pid), "RWX memory")
        one.kill(signal.SIGTERM)
        for words in ((), ("-u", "root")):
            with link.inside(1):
                done = subprocess.run([daemon.PROGRAM, "-f", "-c", one.conf, "-s", one.socket,
                                       *words], stderr=subprocess.PIPE, text=True, timeout=60,
                                      check=False)
            tap.equal(done.returncode, 77, "exit status")
            tap.check("does not serve as root" in done.stderr and "-u" in done.stderr, done.stderr)


@tap.case()
def user_by_default():
    """xcryptd, if there is one. It tidies up in /run as well."""
    net.only_in_a_guest()
    # Of the user of another case's daemon.
    shutil.rmtree("/var/lib/xcryptd", ignore_errors=True)
    with open("/etc/passwd", "a", encoding="ascii") as file:
        file.write("xcryptd:x:990:990::/nonexistent:/usr/sbin/nologin\n")
    with open("/etc/group", "a", encoding="ascii") as file:
        file.write("xcryptd:x:990:\n")
    with net.Link() as link:
        conf = os.path.join(tempfile.mkdtemp(), "conf")
        os.chmod(os.path.dirname(conf), 0o755)
        with open(conf, "w") as file:
            file.write("suites chacha20_2.0\n")
        with link.inside(1):
            process = subprocess.Popen([daemon.PROGRAM, "-f", "-c", conf], stderr=subprocess.PIPE,
                                       text=True)
        said = []
        for line in process.stderr:
            said.append(line)
            if "event=serving" in line:
                break
        else:
            tap.check(False, "it does not serve: %s" % said)
        with open("/proc/%d/status" % process.pid) as file:
            uid = [line for line in file if line.startswith("Uid:")][0].split()[1]
        tap.equal(int(uid), pwd.getpwnam("xcryptd").pw_uid, "uid")
        tap.check(os.path.exists("/run/xcryptd/socket"), "no socket")
        process.send_signal(signal.SIGTERM)
        tap.equal(process.wait(20), 0, "exit status")
        tap.check(not os.path.exists("/run/xcryptd/socket"), "the socket is left")


@tap.case()
def files_that_it_may_not_use():
    """A configuration elsewhere, whatever its mode; a directory for secrets of which it learns late."""
    with net.Link() as link:
        one = link.keep(daemon.Daemon(link, 1))
        if one.logged("event=no-landlock"):
            raise tap.Skip("this kernel has no Landlock")
        with tempfile.NamedTemporaryFile("w") as elsewhere:
            os.chmod(elsewhere.name, 0o644)
            elsewhere.write("suites aes256ctr_2.0\n")
            elsewhere.flush()
            os.rename(one.conf, one.conf + ".old")
            os.symlink(elsewhere.name, one.conf)
            one.process.send_signal(signal.SIGHUP)
            one.until(lambda: one.logged("reload event=refused"))
            tap.check(one.logged("Permission denied"), "lines: %s" % one.lines()[-3:])
            os.unlink(one.conf)
        other = tempfile.mkdtemp()
        shutil.chown(other, daemon.USER)
        one.configure("cache disk " + other)
        one.process.send_signal(signal.SIGHUP)
        one.until(lambda: len(one.logged("reload event=refused")) == 2)
        tap.check(one.logged("event=other-directory", "start xcryptd anew"), str(one.lines()[-3:]))
        one.kill(signal.SIGTERM)
        one.start()
        for result in mta.exchange(*two_sides(link)):
            tap.equal(result.kind, mta.ENCRYPTED, "class")
        one.kill(signal.SIGTERM)
        tap.check(os.path.getsize(os.path.join(other, "2.0")), "nothing was written")


def two_sides(link):
    link.keep(daemon.Daemon(link, 0))
    return link.pair(net.V4)


class Traced(daemon.Background):
    """Under strace, which leaves it our descendant."""

    def words(self, *words):
        self.trace = os.path.join(self.dir, "trace")
        return ["strace", "-D", "-f", "-qq", "-o", self.trace, *super().words(*words)]

    def start(self):
        self.syslog = syslog()
        super().start()

    def behind_the_filter(self):
        """What it called from when all of its threads had the filter."""
        with open(self.trace) as file:
            lines = file.read().splitlines()
        mark = [i for i, line in enumerate(lines) if "SECCOMP_SET_MODE_FILTER" in line]
        return lines[mark[-1] + 1:]


def syslog():
    net.only_in_a_guest()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    if os.path.lexists("/dev/log"):
        os.unlink("/dev/log")
    sock.bind("/dev/log")
    os.chmod("/dev/log", 0o666)
    sock.settimeout(20)
    return sock


def heard(sock, words):
    while words not in sock.recv(4096):
        pass


@tap.case()
def no_call_is_refused():
    """Whatever it does: the filter has a place for it."""
    with net.Link() as link:
        link.keep(daemon.Daemon(link, 0))
        state = tempfile.mkdtemp()
        shutil.chown(state, daemon.USER)
        one = link.keep(Traced(link, 1, "cache disk " + state, "log syslog debug"))
        for hit in (0, 1):
            for result in mta.exchange(*link.pair(net.V4)):
                tap.equal((result.kind, result.hit), (mta.ENCRYPTED, hit), "outcome")
        refuse(link, 3)
        for command in ("status", "stats", "recent", "cache list", "cache flush", "keys rotate"):
            one.control(command)
        one.configure("suites aes256ctr_2.0 t32_1.0", "cache disk " + state, "log syslog debug")
        one.process.send_signal(signal.SIGHUP)
        heard(one.syslog, b"reload event=done")
        mta.exchange(*link.pair(net.V6))
        one.syslog.close()
        one.syslog = syslog()
        one.configure("suites nonsense")
        one.process.send_signal(signal.SIGHUP)
        heard(one.syslog, b"reload event=refused")
        time.sleep(UPKEEP + 1)
        tap.equal(one.kill(signal.SIGTERM), 0, "exit status")
        calls = one.behind_the_filter()
        refused = [line for line in calls if "EPERM" in line or "ENOSYS" in line]
        tap.check(not refused, "refused: %s" % refused[:5])
        tap.say("%d calls" % len(calls))
        for name in ("recvfrom(", "sendto(", "accept4(", "openat(", "fsync(", "connect(", "futex("):
            tap.check(any(name in line for line in calls), "no %s in the trace" % name)


class Managed(daemon.Daemon):
    """By a service manager that listens and wants a sign of life within a second."""

    def __init__(self, link, side, name):
        with link.inside(side):     # abstract names are of a network namespace
            self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(name.replace("@", "\0"))
        self.manager.settimeout(20)
        os.environ.update(NOTIFY_SOCKET=name, WATCHDOG_USEC="1000000")
        try:
            super().__init__(link, side)
        finally:
            del os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"]

    def tells(self):
        return self.manager.recv(4096)


@tap.case(("path",), ("abstract",))
def service_manager_is_told(kind):
    with net.Link() as link:
        name = "@xcryptd-test" if kind == "abstract" else tempfile.mktemp(prefix="notify-")
        one = link.keep(Managed(link, 1, name))
        tap.equal(one.tells(), b"READY=1", "first")
        start = time.monotonic()
        tap.equal([one.tells() for _ in range(4)], [b"WATCHDOG=1"] * 4, "signs of life")
        tap.check(1 < time.monotonic() - start < 5, "not each half of a second")
        one.configure("suites nonsense")
        one.process.send_signal(signal.SIGHUP)
        for expected in (b"RELOADING=1\nMONOTONIC_USEC=", b"READY=1"):
            while (words := one.tells()) == b"WATCHDOG=1":
                pass
            tap.check(words.startswith(expected), "%r instead of %r" % (words, expected))
        # A manager that does not read.
        time.sleep(10)
        refuse(link, 1)
        one.process.send_signal(signal.SIGSTOP)
        one.manager.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while one.tells():
                pass
        one.manager.settimeout(20)
        one.process.send_signal(signal.SIGCONT)
        one.process.send_signal(signal.SIGTERM)
        while (words := one.tells()) != b"STOPPING=1":
            tap.equal(words, b"WATCHDOG=1", "words")
        tap.equal(one.process.wait(20), 0, "exit status")


class SlowDisk(Traced):
    """Each fsync() takes eight seconds."""

    def words(self, *words):
        strace, *others = super().words(*words)
        return [strace, "-e", "inject=fsync:delay_enter=8000000", *others]


@tap.case()
def disk_that_takes_its_time():
    """The upkeep writes what the exchange has brought; another exchange does not wait for it."""
    with net.Link() as link:
        link.keep(daemon.Daemon(link, 0))
        state = tempfile.mkdtemp()
        shutil.chown(state, daemon.USER)
        one = link.keep(SlowDisk(link, 1, "cache disk " + state, suites="chacha20_2.0"))
        mta.exchange(*link.pair(net.V4))
        one.until(lambda: os.path.exists(os.path.join(state, "2.0.new")))
        start = time.monotonic()
        for result in mta.exchange(*link.pair(net.V4)):
            tap.equal((result.kind, result.hit), (mta.ENCRYPTED, 1), "outcome")
        tap.check(os.path.exists(os.path.join(state, "2.0.new")), "the disk was ready already")
        tap.check(time.monotonic() - start < 4, "the exchange waited for the disk")
        one.until(lambda: not os.path.exists(os.path.join(state, "2.0.new")))
        tap.check(os.path.getsize(os.path.join(state, "2.0")), "nothing was written")


def descriptor_of(one, name):
    """A descriptor of ours of what the daemon has open under this name in /proc."""
    for fd in os.listdir("/proc/%d/fd" % one.process.pid):
        if os.readlink("/proc/%d/fd/%s" % (one.process.pid, fd)).startswith(name):
            pidfd = os.pidfd_open(one.process.pid)
            copy = ctypes.CDLL(None, use_errno=True).syscall(PIDFD_GETFD, pidfd, int(fd), 0)
            os.close(pidfd)
            yield copy


def netlink_socket(one):
    for fd in descriptor_of(one, "socket:"):
        sock = socket.socket(fileno=fd)
        if sock.family == socket.AF_NETLINK:
            return sock
        sock.close()
    raise tap.Failure("xcryptd has no netlink socket")


@tap.case()
def notices_are_lost():
    """A queue for one notice, and a hundred to come: ENOBUFS."""
    with net.Link() as link:
        daemons = daemon.pair(link, "exchange-share 200")
        one = daemons[1]
        before = one.descriptors()
        quiet = [test_load.silent(link, timeout=10000) for _ in range(COUNT)]
        one.until(lambda: one.stats()["exchanges_active"] == COUNT)
        with netlink_socket(one) as queue:
            queue.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        one.process.send_signal(signal.SIGSTOP)
        # The kernel's own limit ends them all, and tells of each.
        for _, server in quiet:
            tap.equal(mta.wait(server).error, errno.ETIMEDOUT, "error")
        one.process.send_signal(signal.SIGCONT)
        one.until(lambda: one.logged("event=notices-lost"))
        one.until(lambda: one.stats()["exchanges_active"] == 0)
        tap.equal(one.descriptors(), before, "descriptors")
        for pair in quiet:
            for sock in pair:
                sock.close()
        for result in mta.exchange(*link.pair(net.V4)):
            tap.equal(result.kind, mta.ENCRYPTED, "class")


def unload():
    """Sockets of other cases may take a moment to be gone."""
    for _ in range(200):
        done = subprocess.run(["rmmod", "xcrypt"], stderr=subprocess.PIPE, text=True, check=False)
        if not done.returncode:
            return
        time.sleep(0.1)
    raise tap.Failure(done.stderr)


@tap.case()
def module_goes_and_comes():
    """Who serves goes on serving, by itself, with the pairs and the cache that it had."""
    with net.Link() as link:
        daemons = daemon.pair(link)
        socks = link.pair(net.V4)
        mta.exchange(*socks)
        for sock in socks:
            sock.close()
        unload()
        try:
            for d in daemons:
                d.until(lambda d=d: d.logged("event=module-gone", "modprobe xcrypt"))
                tap.equal([line for line in d.control("status") if line.startswith("kernel")],
                          ["kernel the module is not loaded: modprobe xcrypt"], "status")
            # What is configured meanwhile holds when it is back.
            daemons[1].configure("suites aes256ctr_2.0 chacha20_2.0")
            daemons[1].process.send_signal(signal.SIGHUP)
            daemons[1].until(lambda: daemons[1].logged("reload event=done"))
        finally:
            subprocess.run([LOAD], check=True)
        for d in daemons:
            d.until(lambda d=d: d.logged("upcall event=serving"))
            tap.check("kernel serving" in d.control("status"), "status")
        for suite, hit in (("aes256ctr_2.0", 0), ("aes256ctr_2.0", 1)):
            for result in mta.exchange(*link.pair(net.V4)):
                tap.equal((result.kind, result.suite, result.hit), (mta.ENCRYPTED, suite, hit),
                          "outcome")


@tap.case()
def module_comes_for_another():
    """Who is too late when the module is back is not served, and ends with the status for it."""
    with net.Link() as link:
        slow = daemon.Daemon(link, 0)
        unload()
        try:
            slow.until(lambda: slow.logged("event=module-gone"))
            slow.process.send_signal(signal.SIGSTOP)
        finally:
            subprocess.run([LOAD], check=True)
        link.keep(daemon.Daemon(link, 0))
        slow.process.send_signal(signal.SIGCONT)
        tap.equal(slow.process.wait(60), 69, "exit status")
        tap.equal(len(slow.logged("another xcryptd serves this network namespace")), 1, "lines")


@tap.case()
def another_version_is_told():
    """One of another release."""
    with net.Link() as link:
        one = daemon.Daemon(link, 0)
        one.close()
        with link.inside(0):
            done = subprocess.run([daemon.OTHER, "-u", daemon.USER, "-f", "-c", one.conf, "-s", one.socket],
                                  stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        tap.equal(done.returncode, 69, "exit status")
        for words in ("Protocol not supported", "xcrypt.ko and xcryptd are of different versions",
                      "install xcrypt.ko and xcryptd from the same release"):
            tap.check(words in done.stderr, done.stderr)
