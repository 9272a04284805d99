# SPDX-License-Identifier: GPL-2.0
"""Cases, and a runner that prints TAP."""
import fnmatch
import signal
import time
import traceback

LIMIT = 400     # seconds for one case, on a busy machine

cases = []


class Skip(Exception):
    """This machine cannot do it; the text says why."""


class Failure(Exception):
    pass


def case(*variants):
    """Registers a function, once for each tuple of arguments."""
    def register(function):
        for args in variants or ((),):
            name = " ".join([function.__name__.replace("_", "-")] + [str(a) for a in args])
            cases.append((name, function, args))
        return function
    return register


def check(condition, text):
    if not condition:
        raise Failure(text)


def equal(got, wanted, what):
    """Long octet strings are told by where they differ first."""
    if got == wanted:
        return
    if isinstance(got, bytes) and isinstance(wanted, bytes):
        at = next((i for i, (a, b) in enumerate(zip(got, wanted)) if a != b),
                  min(len(got), len(wanted)))
        raise Failure("%s: %d octets, wanted %d; first difference at %d: %s, wanted %s" % (
            what, len(got), len(wanted), at, got[at:at + 8].hex(), wanted[at:at + 8].hex()))
    raise Failure("%s: got %r, wanted %r" % (what, got, wanted))


def say(text):
    for line in str(text).splitlines():
        print("# " + line, flush=True)


def too_long(_signum, _frame):
    raise Failure("not done after %d seconds" % LIMIT)


def run_one(function, args):
    """'' if it passed, a directive if it was skipped, None if it failed."""
    signal.alarm(LIMIT)
    try:
        function(*args)
    except Skip as skip:
        return " # SKIP %s" % skip
    except Exception:       # a fault of the test itself is a failure as well
        say(traceback.format_exc())
        return None
    finally:
        signal.alarm(0)
    return ""


def chosen(name, patterns):
    """Does one of the patterns match, or are there none? One that begins with ! takes away."""
    take = [p for p in patterns if p[0] != "!"] or ["*"]
    leave = [p[1:] for p in patterns if p[0] == "!"]
    return any(fnmatch.fnmatch(name, p) for p in take) and \
        not any(fnmatch.fnmatch(name, p) for p in leave)


def run(patterns):
    """Runs the cases that are chosen; the process's exit status."""
    wanted = [c for c in cases if chosen(c[0], patterns)]
    failed = 0
    signal.signal(signal.SIGALRM, too_long)
    print("TAP version 13\n1..%d" % len(wanted), flush=True)
    for number, (name, function, args) in enumerate(wanted, 1):
        start = time.monotonic()
        verdict = run_one(function, args)
        failed += verdict is None
        print("%s %d - %s%s" % ("not ok" if verdict is None else "ok", number, name,
                                verdict or ""), flush=True)
        say("%.1f s" % (time.monotonic() - start))
    return 1 if failed or not wanted else 0
