# SPDX-License-Identifier: GPL-2.0
"""What messages may have in them."""
import random


def text(octets, seed=1):
    """Lines of letters, as many octets of them."""
    letters = random.Random(seed).randbytes(octets * 3 // 4 + 1).hex().encode()
    lines = b"\n".join(letters[i:i + 75] for i in range(0, octets, 76))
    return lines[:octets - 1] + b"\n"


BODIES = {
    "empty": b"",
    "64KiB": text(65536),
    "lines-of-998": b"".join(bytes([c]) * 998 + b"\n" for c in b"abcdefgh"),
    "8bitmime": bytes(range(0xa0, 0x100)) + b"\n" + "Grüße aus Köln, 东京\n".encode() * 20,
    "dots": b".\n..\n...\n.x\n. \n" + b"." * 990 + b"\n.\n",
    "no-newline-at-the-end": b"x\n\n\nlast",
}
FIELDS = ("MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
          "Content-Transfer-Encoding: 8bit")
