# SPDX-License-Identifier: GPL-2.0
"""What xcryptd answers: whole, cut, an error, none; and who may not ask."""
import os
import socket

import ctl
import tap

STATS = b'ok\nexchanges_total{dir="in",class="none"} 4\nuptime_seconds 7\n.\n'
COMMANDS = (("status",), ("stats",), ("stats", "--json"), ("stats", "--prometheus"), ("metrics",),
            ("cache", "list"), ("cache", "flush"), ("keys", "rotate"))


@tap.case(*COMMANDS)
def cut_answer(*words):
    """However far it came, nothing is printed and the status tells."""
    for length in range(len(STATS)):
        if length % 7 and length < len(STATS) - 3:
            continue
        with ctl.daemon(STATS[:length]) as daemon:
            out, err = ctl.says("-s", daemon.path, *words, status=75)
        tap.equal(out, "", "printed of an answer that is cut")
        tap.check(("is cut after %d octets" % length if length else "gives no answer") in err, err)


@tap.case(*COMMANDS)
def whole_answer(*words):
    with ctl.daemon(STATS) as daemon:
        out = ctl.says("-s", daemon.path, *words)[0]
    tap.check(("exchanges" in out and "7" in out) and "\n.\n" not in out, out)


@tap.case(("busy", 75, "try again"), ("unknown", 76, "same release"), ("disk", 73, "log"),
          ("memory", 71, "log"), ("nosuch", 76, "another release"))
def error_answer(kind, status, advice):
    with ctl.daemon(b"error %s because of it\n.\n" % kind.encode()) as daemon:
        out, err = ctl.says("-s", daemon.path, "status", status=status)
    tap.equal(out, "", "printed of an error")
    tap.check("because of it" in err and advice in err, err)


@tap.case()
def answer_of_another_release():
    for answer in b"ok then\nx\n.\n", b"ok\nno number\n.\n", b"ok\na\0b 1\n.\n", b"\n.\n":
        with ctl.daemon(answer) as daemon:
            out, err = ctl.says("-s", daemon.path, "stats", status=76)
        tap.equal(out, "", "printed of what is not understood")
        tap.check("another release" in err, err)


@tap.case()
def long_answer():
    lines = b"".join(b"2.0 192.0.2.%d %016x\n" % (i % 256, i) for i in range(200000))
    with ctl.daemon(b"ok\n" + lines + b".\n") as daemon:
        tap.equal(ctl.run("-s", daemon.path, "cache", "list").stdout, lines, "a long answer")


@tap.case()
def no_daemon():
    with ctl.place() as path:
        name = os.path.join(path, "socket")
        err = ctl.says("-s", name, "status", status=69)[1]
        tap.check("systemctl start xcryptd" in err, err)
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(name)
        err = ctl.says("-s", name, "status", status=69)[1]
        tap.check("systemctl start xcryptd" in err, err)
        err = ctl.says("-s", "x" * 200, "status", status=64)[1]
        tap.check("name another" in err, err)


@tap.case()
def ordinary_user():
    """Permission is not absence: nothing is said to be missing, nor that it be started."""
    with ctl.daemon(STATS) as daemon:
        os.chmod(daemon.path, 0o600)
        for words in ("status",), ("stats",), ("metrics",), ("cache", "list"), ("sessions",):
            out, err = ctl.as_nobody("-s", daemon.path, *words, status=77)
            tap.equal(out, "", "printed to whoever may not ask")
            tap.check("run this as root" in err and "start xcryptd" not in err, err)
