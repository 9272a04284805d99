# SPDX-License-Identifier: GPL-2.0
"""identity and peers: what is asked of the daemon, and what is made of its answers."""
import json

import ctl
import tap

A = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="
B = "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="
LIST = ("ok\n"
        "peer mx.example.org 3.1 pinned:2026-11-01:2026-11-26:%s unconfirmed:2026-11-26:2026-11-26:%s\n"
        "peer 192.0.2.7 - pinned:2026-11-20:-:%s\n"
        "domain example.org 2026-11-01:2026-11-26:mx.example.org\n.\n" % (A, B, A)).encode()
EXPLAIN = ("ok\npolicy verify\n"
           "peer mx.example.org 3.1 pinned:2026-11-01:2026-11-25:%s\n"
           "incident 1795651200 identity,version queued verify 3.x 3.0 %s example.org\n.\n"
           % (A, B)).encode()
STRIPPED = b"ok\npolicy require\nincident 1795651200 stripped queued require clear - - -\n.\n"


def asked(answer, *words, status=0):
    """What was printed, and what the daemon was asked."""
    with ctl.daemon(answer) as daemon:
        out, err = ctl.says("-s", daemon.path, *words, status=status)
        return out, err, [line.decode() for line in daemon.commands]


@tap.case()
def listed():
    out, _, commands = asked(LIST, "peers")
    tap.equal(commands, ["peers list\n"], "command")
    rows = [line.split() for line in out.splitlines()]
    tap.equal(rows[1:], [
        ["mx.example.org", "3.1", "pinned", "2026-11-01", "2026-11-26", A],
        ["mx.example.org", "3.1", "unconfirmed", "2026-11-26", "2026-11-26", B],
        ["192.0.2.7", "-", "pinned", "2026-11-20", "-", A],
        ["example.org", "-", "server", "2026-11-01", "2026-11-26", "mx.example.org"]], "rows")
    tap.check("no server was met" in asked(b"ok\n.\n", "peers", "list")[0], "an empty list")


@tap.case()
def listed_as_json():
    got = json.loads(asked(LIST, "peers", "list", "--json")[0])
    tap.equal(got["peers"][0], {
        "name": "mx.example.org", "version": "3.1", "identities": [
            {"state": "pinned", "identity": A, "since": "2026-11-01", "last_met": "2026-11-26"},
            {"state": "unconfirmed", "identity": B, "since": "2026-11-26",
             "last_met": "2026-11-26"}]}, "a name")
    tap.equal((got["peers"][1]["version"], got["peers"][1]["identities"][0]["last_met"]),
              (None, None), "one that was never met")
    tap.equal(got["domains"], [{"name": "example.org", "servers": [
        {"name": "mx.example.org", "since": "2026-11-01", "last_met": "2026-11-26"}]}], "domains")
    tap.equal(json.loads(asked(b"ok\n.\n", "peers", "--json")[0]), {"peers": [], "domains": []},
              "nothing")


@tap.case()
def explained():
    out, _, commands = asked(EXPLAIN, "peers", "explain", "mx.example.org")
    tap.equal(commands, ["peers explain mx.example.org\n"], "command")
    for words in ("policy verify", "pinned      " + A + " since 2026-11-01, last met 2026-11-25",
                  "At 2026-11-26T00:00:00Z", "mail for example.org", B + " in XCRYPT 3.0",
                  "another than those known", "older version", "stays in the queue",
                  "xcryptctl peers pin mx.example.org " + B):
        tap.check(words in out, "it lacks %r:\n%s" % (words, out))


@tap.case()
def explained_stripped():
    out = asked(STRIPPED, "peers", "explain", "mx")[0]
    for words in ("No identity is known", "in the clear", "stays in the queue",
                  "xcryptctl peers forget mx\n"):
        tap.check(words in out, "it lacks %r:\n%s" % (words, out))
    out = asked(b"ok\npolicy off\n.\n", "peers", "explain", "mx")[0]
    tap.check("Nothing went wrong" in out, out)


@tap.case()
def explained_as_json():
    got = json.loads(asked(EXPLAIN, "peers", "explain", "mx.example.org", "--json")[0])
    tap.equal((got["name"], got["policy"], got["incident"]),
              ("mx.example.org", "verify",
               {"when": "2026-11-26T00:00:00Z", "warnings": "identity,version",
                "message": "queued", "policy": "verify", "end": "3.x", "version": "3.0",
                "identity": B, "domain": "example.org"}), "incident")
    got = json.loads(asked(b"ok\npolicy off\n.\n", "peers", "explain", "mx", "--json")[0])
    tap.equal(got, {"name": "mx", "version": None, "identities": [], "policy": "off",
                    "incident": None}, "nothing known")


@tap.case(("pin", "mx", A), ("confirm", "mx"), ("confirm", "mx", A), ("forget", "mx"),
          ("forget", "mx", A), ("forget", "@example.org"))
def changed(*words):
    out, _, commands = asked(b"ok\n.\n", "peers", *words)
    tap.equal((out, commands), ("", ["peers " + " ".join(words) + "\n"]), "asked")


@tap.case(("pin",), ("pin", "mx"), ("explain",), ("forget",), ("confirm",), ("pin", "mx", A, "x"),
          ("lost",), ("pin", "m x", A), ("pin", "mx", "A\nB"), ("pin", "", A), ("pin", "m" * 600, A),
          ("pin", "mx", A, "--json"))
def called_wrongly(*words):
    out, _, commands = asked(b"ok\n.\n", "peers", *words, status=64)
    tap.equal((out, commands), ("", []), "asked")


@tap.case(("argument", 64), ("none", 1), ("several", 1), ("full", 1), ("disk", 73))
def refused(kind, status):
    out, err, _ = asked(b"error %s that is why\n.\n" % kind.encode(), "peers", "confirm", "mx",
                        status=status)
    tap.equal(out, "", "printed of an error")
    tap.check("that is why" in err, err)


@tap.case()
def identity():
    answer = b"ok\nidentity %s\nfile /var/lib/xcryptd/identity\n.\n" % A.encode()
    tap.equal(asked(answer, "identity"), (A + "\n", "", ["identity\n"]), "identity")
    tap.equal(json.loads(asked(answer, "identity", "--json")[0]),
              {"identity": A, "file": "/var/lib/xcryptd/identity"}, "as JSON")
    out, err, _ = asked(b"ok\nidentity %s\nfile -\n.\n" % A.encode(), "identity")
    tap.check(out == A + "\n" and "in memory alone" in err, err)
    tap.equal(asked(b"ok\n.\n", "identity", "replace")[2], ["identity replace\n"], "replace")


@tap.case(("peers",), ("peers", "--json"), ("peers", "explain", "mx"),
          ("peers", "explain", "mx", "--json"), ("identity",), ("identity", "--json"))
def of_another_release(*words):
    """Of an answer that is not understood nothing is printed."""
    for answer in (b"ok\nlost\n.\n", b"ok\npeer\n.\n", b"ok\npeer a 3.1 x\n.\n",
                   b"ok\nincident 1 2 3\n.\n", b"ok\ndomain\n.\n"):
        with ctl.daemon(answer) as daemon:
            done = ctl.run("-s", daemon.path, *words)
        tap.check(done.returncode in (0, 76), "status %d" % done.returncode)
        if done.returncode:
            tap.equal(done.stdout, b"", "printed of %s" % answer)
    with ctl.daemon(b"ok\nlost\n.\n") as daemon:
        tap.equal(ctl.run("-s", daemon.path, *words).returncode, 76, "status")
