# SPDX-License-Identifier: GPL-2.0
"""What the ciphers cost alone, by the module in kmod/ on the running kernel."""

import os
import pathlib
import subprocess

import load

PROC = pathlib.Path("/proc/xcrypt_bench")


def costs():
    """ns an octet of each (cipher, octets in one call, way)."""
    if not PROC.exists():
        release = os.uname().release
        module = load.BUILD / f"bench/kmod-{release}/xcrypt_bench.ko"
        load.program(module, f"make -C tests/bench kmod KVER={release}")
        subprocess.run(["insmod", module], check=True)
    lines = (load.fields(line) for line in PROC.read_text(encoding="ascii").splitlines())
    return {(line["cipher"], line["size"], line["way"]): line["ns"] / line["octets"]
            for line in lines}
