# SPDX-License-Identifier: GPL-2.0
"""The suite and the cache as milters and rule sets see them."""
import contextlib
import os
import socket
import struct
import threading

import hosts
import smtp
import tap

BOB = "bob@example.net"
SENT = hosts.message(b"the text\n")
PLAIN = ("-O", "XCRYPTTry=no")
PLACE = "/run/mail/milter"
FILTER = "INPUT_MAIL_FILTER(`test', `S=local:%s, F=T')" % PLACE
# Of the milter protocol, version 6: all but MAIL and the message's end is to be left out.
LEFT_OUT = 0x1 | 0x2 | 0x8 | 0x10 | 0x20 | 0x40 | 0x100 | 0x200
ONLY_ENCRYPTED = """LOCAL_RULESETS
SLocal_check_mail
R$*	$: <$&{xcrypt_suite}>
R<>	$#error $@ 5.7.1 $: "550 only with XCRYPT"
"""


class Milter:
    """Accepts all, and keeps the macros that come with MAIL."""

    def __init__(self):
        self.macros = []
        with contextlib.suppress(FileNotFoundError):
            os.unlink(PLACE)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(PLACE)
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                with self.listener.accept()[0] as sock, sock.makefile("rwb") as stream:
                    self.filter(stream)

    def filter(self, stream):
        while head := stream.read(4):
            packet = stream.read(struct.unpack("!I", head)[0])
            command, data = packet[:1], packet[1:]
            if command == b"O":
                reply = b"O" + struct.pack("!III", 6, 0, LEFT_OUT)
            elif command in (b"M", b"E"):
                reply = b"c"
            else:
                if data[:1] == b"M" and command == b"D":
                    words = data[1:].decode().split("\0")
                    self.macros.append(dict(zip(words[::2], words[1::2])))
                continue
            stream.write(struct.pack("!I", len(reply)) + reply)
            stream.flush()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(smtp.LIMIT)
        self.listener.close()


@tap.case()
def milter():
    with hosts.Hosts(more=((), (FILTER,))) as h:
        one = Milter()
        for words in ((), (), PLAIN):
            h.a.submit(SENT, BOB, words=words)
        one.close()
        hosts.is_mail(h.b.take(), *[(BOB, SENT)] * 3)
        tap.equal([(macros.get("{xcrypt_suite}", ""), macros.get("{xcrypt_cache}", ""))
                   for macros in one.macros],
                  [("chacha20_2.0", "miss"), ("chacha20_2.0", "hit"), ("", "")], "macros")


@tap.case()
def rule_set():
    with hosts.Hosts(more=((), (ONLY_ENCRYPTED,))) as h:
        h.a.submit(SENT, BOB)
        hosts.is_mail(h.b.take(), (BOB, SENT))
        h.a.submit(SENT, BOB, words=PLAIN, status=os.EX_UNAVAILABLE)
        h.log.wait(h.a.tag, "dsn=5.7.1", since=h.mark)
        tap.equal(h.b.take(), [], "mail in the clear")
