# SPDX-License-Identifier: GPL-2.0
"""
xcryptd as another release of Debian has it, with its libraries: a chroot into the root of tests/vm/root,
which guests see whose own root is this machine's. "tests/vm/root 13 make userspace" builds it.
"""
import glob
import os
import subprocess

import daemon
import tap

TREE = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
CACHE = os.environ.get("SSMAIL_CACHE") or "/var/cache/ssmail"
SHARED = ("/dev", "/proc", "/sys", "/run", "/tmp", TREE)


def own():
    """The number of the release that this guest has."""
    with open("/etc/debian_version") as file:
        return file.read().split(".")[0].strip()


def root(release):
    """The newest, if there are some of other packages; see there."""
    found = [one for one in glob.glob("%s/root-%s-????????" % (CACHE, release)) if os.path.isdir(one)]
    if not found:
        raise tap.Skip("this guest sees no root of a Debian %s" % release)
    return max(found, key=os.path.getmtime)


def bind(what, there):
    if os.path.ismount(there):
        return
    os.makedirs(there, exist_ok=True)
    subprocess.run(["mount", "--rbind", what, there], check=True)


def prepared(release):
    """The directory to go into; the guest forgets it."""
    there = root(release)
    build = "%s/build/root-%s" % (TREE, release)
    if not os.path.exists(build + "/userspace/xcryptd/xcryptd"):
        raise tap.Skip("no xcryptd of Debian %s: tests/vm/root %s make userspace" % (release, release))
    for one in SHARED:
        bind(one, there + one)
    bind(build, there + TREE + "/build")
    return there


class Daemon(daemon.Daemon):
    """Of a release, which may be the guest's own."""

    def __init__(self, link, side, release, *lines, **options):
        self.there = prepared(release) if release != own() else None
        super().__init__(link, side, *lines, **options)

    def words(self, *words):
        if not self.there:
            return super().words(*words)
        program = TREE + "/build/userspace/xcryptd/xcryptd"
        return ["chroot", self.there, program, "-u", daemon.USER, *words, *self.options]
