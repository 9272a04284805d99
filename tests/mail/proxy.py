# SPDX-License-Identifier: GPL-2.0
"""Who sits on the wire and puts in octets of his own: B's port is his, B listens on another."""
import collections
import contextlib
import select
import socket
import struct
import threading

import net
import smtp
import tap

BEHIND = 2525       # B's port
# Noise may have no end of line: then the client gives up soon, else after minutes.
SOON = tuple("define(`confTO_%s', `5s')" % name for name in ("HELO", "MAIL", "RCPT", "QUIT"))
# Of hosts.shared().
HOSTS = {"listen": (), "more": (SOON, ("DAEMON_OPTIONS(`Name=MTA, Port=%d')" % BEHIND,))}

# What becomes of octets: those that are passed on, those that go back to who sent them, and then
# perhaps the end of the connection, as both sides see it: FIN or RST. joined: the FIN is in the segment
# of what is passed on.
Act = collections.namedtuple("Act", "on back end joined", defaults=(b"", b"", None, False))
FIN, RST = "FIN", "RST"


def once(who, beginning, change):
    """
    An edit for Proxy: what change makes of the first segment of a side that begins so. Its list
    done tells if there was one.
    """
    done = []

    def edit(side, octets):
        if side == who and octets.startswith(beginning) and not done:
            done.append(octets)
            return change(octets)
        return octets
    edit.done = done
    return edit


@contextlib.contextmanager
def between(h, edit):
    """A sends to B through one."""
    if not h.b.process:
        h.b.start(port=BEHIND)
    one = Proxy(h, edit)
    try:
        yield one
        tap.equal(len(edit.done), 1, "segments changed")
    finally:
        one.close()


class Proxy:
    """
    edit(who, octets) is given what the client ("C") or server ("S") sends on the first
    connection, and returns what is passed on, or an Act. Later connections are passed on as they
    are.
    """

    def __init__(self, link, edit):
        self.link, self.edit, self.count = link, edit, 0
        self.listener = link.socket(1, net.V4)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((smtp.B, 25))
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        for client in net.accepted(self.listener):
            self.count += 1
            server = self.link.socket(1, net.V4)
            server.connect((smtp.B, BEHIND))
            # What waits to be sent when he resets the connection would be lost with it.
            for sock in (client, server):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with client, server:
                self.relay(client, server, self.edit if self.count == 1 else lambda _, o: o)

    @staticmethod
    def relay(client, server, edit):
        """Until both ways have ended."""
        ways = {client: (server, "C"), server: (client, "S")}
        while ways:
            for source in select.select(list(ways), [], [], smtp.LIMIT)[0]:
                sink, who = ways[source]
                with contextlib.suppress(OSError):
                    octets = source.recv(65536)
                    if octets:
                        act = edit(who, octets)
                        if not isinstance(act, Act):
                            act = Act(act)
                        sink.sendall(act.on, socket.MSG_MORE if act.joined else 0)
                        source.sendall(act.back)
                        if not act.end:
                            continue
                        Proxy.cut(client, server, act.end)
                        return
                # An end or a reset: the other side learns of it.
                with contextlib.suppress(OSError):
                    sink.shutdown(socket.SHUT_WR)
                del ways[source]

    @staticmethod
    def cut(client, server, how):
        """Both sides learn of it. What they still say is read by nobody."""
        for sock in (client, server):
            with contextlib.suppress(OSError):
                if how == RST:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    sock.close()
                else:
                    sock.shutdown(socket.SHUT_WR)
        for sock in (client, server) if how == FIN else ():
            with contextlib.suppress(OSError):
                while sock.recv(65536):
                    pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
