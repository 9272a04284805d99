# SPDX-License-Identifier: GPL-2.0
"""The forms of output, and output that cannot be written."""
import json
import os
import re
import subprocess

from prometheus_client.parser import text_string_to_metric_families

import ctl
import tap

ODD = [b"plain", b'"', b"\\", b'a\\"b', b"\\n", b"\n", b"\xff\xfe", b"\x01\x1b[2J", b"\xc3\xa4", b"{}=,"]
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")


def quoted(value):
    return value.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")


def odd_answer():
    return b"ok\n" + b"".join(b'odd_total{label="%s"} %d\n' % (quoted(odd), i)
                              for i, odd in enumerate(ODD)) + b"last -1.5\n.\n"


# Octets as the characters of their numbers.
MEANT = [(odd.decode("latin-1"), i) for i, odd in enumerate(ODD)]


@tap.case()
def json_of_any_octets():
    with ctl.daemon(odd_answer()) as daemon:
        rows = json.loads(ctl.run("-s", daemon.path, "stats", "--json").stdout.decode("ascii"))
    tap.equal([(row["label"], row["value"]) for row in rows[:-1]], MEANT, "numbers")
    tap.equal(rows[-1], {"name": "last", "value": -1.5}, "the last one")


@tap.case(("stats", "--prometheus"), ("metrics",))
def prometheus_of_any_octets(*words):
    with ctl.daemon(odd_answer()) as daemon:
        text = ctl.run("-s", daemon.path, *words).stdout.decode()
    families = {f.name: f for f in text_string_to_metric_families(text)}
    tap.equal([(s.labels["label"], s.value) for s in families["xcryptd_odd"].samples], MEANT,
              "labels")
    tap.equal(families["xcryptd_odd"].type, "counter", "type")
    tap.equal(families["xcryptd_last"].samples[0].value, -1.5, "the last one")


@tap.case()
def metrics_without_a_daemon():
    """Its absence is what the metrics are to tell."""
    with ctl.place() as path:
        text = ctl.says("-s", os.path.join(path, "socket"), "metrics")[0]
    tap.equal({f.name: f.samples[0].value for f in text_string_to_metric_families(text)
               if not f.name.startswith(("xcryptd_kernel", "xcryptd_next_kernel"))},
              {"xcryptd_up": 0, "xcryptd_module_loaded": os.path.exists("/proc/net/xcrypt_stat")},
              "metrics")


@tap.case()
def metrics_file():
    with ctl.place() as path:
        name = os.path.join(path, "xcrypt.prom")
        with ctl.daemon(b"ok\nuptime_seconds 7\n.\n") as daemon:
            tap.equal(ctl.says("-s", daemon.path, "metrics", "--file", name), ("", ""), "words")
        with open(name) as file:
            before = file.read()
        tap.check("xcryptd_uptime_seconds 7\n" in before, before)
        tap.equal(os.stat(name).st_mode & 0o777, 0o644, "mode, for who collects it")
        with ctl.daemon(b"ok\nuptime_seconds 8\n") as daemon:
            ctl.says("-s", daemon.path, "metrics", "--file", name, status=75)
        with open(name) as file:
            tap.equal(file.read(), before, "the file after an answer that was cut")
        tap.equal(os.listdir(path), ["xcrypt.prom"], "files left behind")
        err = ctl.says("-s", name, "metrics", "--file", os.path.join(path, "none/x"), status=73)[1]
        tap.check("cannot be written" in err and "--file" in err, err)


@tap.case(("status",), ("stats",), ("stats", "--json"), ("stats", "--prometheus"), ("metrics",),
          ("cache", "list"), ("sessions",), ("sessions", "--json"), ("check",), ("--help",),
          ("--version",))
def full_disk(*words):
    with ctl.daemon(b"ok\na 1\n.\n") as daemon, open("/dev/full", "w") as full:
        err = ctl.says("-s", daemon.path, *words, stdout=full, status=74)[1]
        tap.check("No space left on device" in err, err)
        err = ctl.says("-s", daemon.path, *words, stdout=None, status=74,
                       preexec_fn=lambda: os.close(1))[1]
        tap.check("cannot be written" in err, err)


@tap.case()
def version_and_help():
    tap.check(re.fullmatch(r"xcryptctl \d+\.\d+\S*\n", ctl.says("--version")[0]), "--version")
    text = ctl.says("--help")[0]
    tap.equal(ctl.says(status=64)[1], text, "help without a command")
    for word in "status", "sessions", "stats", "metrics", "cache", "keys", "check":
        tap.check("\n\t" + word in text, word)


@tap.case(("nosuch",), ("cache",), ("cache", "nosuch"), ("status", "more"), ("status", "--json"),
          ("metrics", "--json"), ("sessions", "--prometheus"), ("--nosuch",), ("check", "a", "b", "c"),
          ("check", "a", "--timeout", "0"), ("check", "a", "--timeout", "3601"),
          ("check", "a", "--timeout", "1x"))
def wrong_call(*words):
    tap.equal(ctl.says(*words, status=64)[0], "", "printed")


def complete(*words):
    """What bash offers in the place of the last word."""
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
              '_xcryptctl; printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(
        ["bash", "-c", script, "bash", os.path.join(TOP, "userspace/completion/xcryptctl"),
         "xcryptctl", *words], capture_output=True, text=True, check=True)
    tap.equal(done.stderr, "", "said by the completion")
    return done.stdout.split()


@tap.case()
def completion():
    tap.equal(complete("s"), ["status", "sessions", "stats"], "commands")
    tap.equal(complete("cache", ""), ["list", "flush"], "cache")
    tap.equal(complete("-s", "/dev/null", "keys", "r"), ["rotate"], "keys behind an option")
    tap.equal(complete("stats", "--"), ["--json", "--prometheus"], "options of stats")
    tap.equal(complete("metrics", "--f"), ["--file"], "options of metrics")
    tap.check("/dev/null" in complete("-s", "/dev/nu"), "a file")
    # What it offers is what the program knows.
    text = ctl.says("--help")[0]
    for word in complete(""):
        tap.check("\n\t" + word in text, word + " is not in --help")
