# SPDX-License-Identifier: GPL-2.0
"""What the kernel's slab caches and free pages hold at this moment, exactly."""

import pathlib

# The kernel makes a copy of what is written here. It is long, so that the copy comes
# from a cache of large objects and hardly blurs the count of small ones.
WORD = b"1".ljust(4000)


class Shrink:
    """Objects on a processor's own slabs count as used until those are given back."""

    def __init__(self):
        # Held open: to open a file takes objects of its own.
        self.files = [path.open("wb", buffering=0)
                      for path in pathlib.Path("/sys/kernel/slab").glob("*/shrink")]

    def __call__(self):
        for file in self.files:
            file.write(WORD)


def merged():
    """Whether caches of one size share their objects, which hides whose they are."""
    return "slab_nomerge" not in pathlib.Path("/proc/cmdline").read_text()


def counted(diff, sockets):
    """What belongs to sockets: the kernel's own doings take or give a few objects."""
    return {name: change for name, change in diff.items() if abs(change[0]) >= sockets / 8}


def octets(diff, sockets):
    return sum(more * size for more, size in counted(diff, sockets).values())


def _objects():
    """Of each cache: (objects in use, octets of one)."""
    lines = pathlib.Path("/proc/slabinfo").read_text().splitlines()[2:]
    rows = (line.split() for line in lines)
    return {row[0]: (int(row[1]), int(row[3])) for row in rows}


def _free_pages():
    """Those on the processors' own lists are free, too."""
    vmstat = dict(line.split() for line in pathlib.Path("/proc/vmstat").read_text().splitlines())
    zones = pathlib.Path("/proc/zoneinfo").read_text().splitlines()
    listed = sum(int(line.split()[1]) for line in zones if line.split()[0] == "count:")
    return int(vmstat["nr_free_pages"]) + listed


class Snapshot:
    def __init__(self, shrink):
        shrink()
        pathlib.Path("/proc/sys/vm/stat_refresh").write_text("1")
        self.objects = _objects()
        self.pages = _free_pages()

    def since(self, old):
        """Of each cache that changed: (objects more than in @old, octets of one)."""
        diff = {}
        for name, (count, size) in self.objects.items():
            more = count - old.objects.get(name, (0, size))[0]
            if more:
                diff[name] = (more, size)
        return diff

    def pages_since(self, old):
        """Pages that are not free any more."""
        return old.pages - self.pages
