# SPDX-License-Identifier: GPL-2.0
"""Runs the load pair in a guest and reads what it prints."""

import os
import pathlib
import statistics
import subprocess
import sys

TREE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", TREE / "build"))
LOAD = BUILD / "bench/load"
# Where results go: the runner's directory, in a guest.
OUT = pathlib.Path(os.environ.get("OUT", "/out"))


def program(path, command="make -C tests/bench"):
    """The path of what @command builds, or the end with that advice."""
    if not path.exists():
        sys.exit(f"no {path}: run '{command}' outside of the guest")
    return path


# The kernel's TLS with its fastest ciphers, which a guest does not find by itself.
KTLS_MODULES = ["tls", "ctr", "gcm", "aesni-intel", "ghash-clmulni-intel", "chacha20poly1305",
                "chacha-x86_64", "poly1305-x86_64"]


def load_modules(*more):
    """Loads xcrypt and, where they exist, @more modules."""
    subprocess.run([TREE / "tests/vm/load"], check=True)
    for module in more:
        subprocess.run(["modprobe", "-q", module], check=False)


def fields(line):
    """The fields of one line NAME=VALUE..., numbers as such."""
    pairs = (field.split("=", 1) for field in line.split())
    return {name: int(value) if value.isdigit() else value for name, value in pairs}


class Sample:
    """The rounds of one mode: ns of guest time an octet."""

    def __init__(self, lines):
        self.lines = lines

    def ns(self, field="ns"):
        return statistics.median(line[field] / line["octets"] for line in self.lines)

    def spread(self):
        values = [line["ns"] for line in self.lines]
        return max(values) / min(values) - 1


def run(modes, **options):
    """Measures each of the modes in turn: a Sample for each."""
    args = [f"--{name}={value}" for name, value in options.items()]
    out = subprocess.run([program(LOAD), *args, *modes], check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    lines = [fields(line) for line in out.splitlines()]
    return {mode: Sample([line for line in lines if line["mode"] == mode]) for mode in modes}
