# SPDX-License-Identifier: GPL-2.0
"""What the demonstration prints."""
import textwrap
import time

WIDTH = 96
START = time.monotonic()


def step(text):
    print("\n[%5.1f s] == %s" % (time.monotonic() - START, text), flush=True)


def show(text, indent="    "):
    for line in text.splitlines():
        print(indent + line)


def dialogue(said):
    """C is what the client says, S the server. The XCRYPT lines are longer than a screen."""
    for who, line in said:
        text = line.decode("utf-8", "backslashreplace")
        first, *rest = textwrap.wrap(text, WIDTH, drop_whitespace=False) or [""]
        print("    %s: %s" % (who, first))
        for part in rest:
            print("       " + part)


def hexdump(octets):
    for at in range(0, len(octets), 16):
        part = octets[at:at + 16]
        text = "".join(chr(c) if 0x20 <= c < 0x7f else "." for c in part)
        print("        %04x  %-47s  %s" % (at, part.hex(" "), text))
