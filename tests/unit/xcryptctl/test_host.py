# SPDX-License-Identifier: GPL-2.0
"""check HOST: servers that break off, and ports."""
import contextlib
import socket
import struct
import threading
import time

import ctl
import tap


@contextlib.contextmanager
def server(behave):
    """Its port; behave() gets the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve():
            with contextlib.suppress(OSError):
                with listener.accept()[0] as client:
                    behave(client)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(ctl.LIMIT)


def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def reset_before_greeting(client):
    time.sleep(0.5)     # the connection is to be there first
    reset(client)


def reset_after_greeting(client):
    client.sendall(b"220 b.test ESMTP\r\n")
    client.recv(100)
    reset(client)


def reset_in_reply(client):
    client.sendall(b"220 b.test ESMTP\r\n")
    client.recv(100)
    client.sendall(b"250-b.test\r\n250 HE")
    reset(client)


def reset_after_the_end(client):
    """To who has seen the end of the stream a reset is a broken pipe, and so a signal."""
    time.sleep(0.5)
    client.sendall(b"220 b.test ESMTP\r\n")
    client.shutdown(socket.SHUT_WR)
    reset(client)


RESETS = {"before greeting": reset_before_greeting, "after greeting": reset_after_greeting,
          "in a reply": reset_in_reply, "after the end": reset_after_the_end}


@tap.case(*((when,) for when in RESETS))
def server_resets(when):
    for _ in range(5):      # it may come a moment later than it should
        with server(RESETS[when]) as port:
            out = ctl.says("check", "127.0.0.1", str(port), status=1)[0]
        tap.check("the connection has ended: " in out, out)


@tap.case()
def server_closes():
    with server(lambda client: client.sendall(b"554 no\r\n")) as port:
        out = ctl.says("check", "127.0.0.1", str(port), status=1)[0]
    tap.check("does not want to talk" in out, out)


@tap.case()
def server_is_silent():
    """One that says nothing, and one that never comes to an end."""
    def drip(client):
        client.sendall(b"220")
        with contextlib.suppress(OSError):
            for _ in range(40):
                time.sleep(0.25)
                client.sendall(b"x")
    for behave in drip, lambda client: client.recv(100):
        with server(behave) as port:
            start = time.monotonic()
            out = ctl.says("check", "127.0.0.1", str(port), "--timeout", "1", status=1)[0]
            tap.check(time.monotonic() - start < 8, "it waits longer than it was told")
        tap.check("Connection timed out" in out, out)


@tap.case()
def server_without_end():
    def flood(client):
        with contextlib.suppress(OSError):
            while True:
                client.sendall(b"220-more\r\n" * 64)
    with server(flood) as port:
        out = ctl.says("check", "127.0.0.1", str(port), status=1)[0]
    tap.check(len(out.splitlines()) < 1000, "lines of one reply")


@tap.case()
def connection_takes_too_long():
    """A listener whose queue is full answers nobody."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        start = time.monotonic()
        err = ctl.says("check", "127.0.0.1", str(listener.getsockname()[1]), "--timeout", "1",
                       status=68)[1]
        tap.check(time.monotonic() - start < 8, "it waits longer than it was told")
    tap.check("within 1 seconds: Connection timed out" in err, err)


@tap.case(("85659",), ("65536",), ("0",), ("4294967321",), ("+25",), (" 25",), ("25x",), ("",))
def bad_port(port):
    err = ctl.says("check", "127.0.0.1", port, status=64)[1]
    tap.check("a port is 1 to 65535" in err, err)


@tap.case(("1",), ("smtp",))
def good_port(port):
    err = ctl.says("check", "127.0.0.1", port, status=68)[1]
    tap.check("127.0.0.1 port %s" % port in err, err)


@tap.case()
def unknown_service():
    err = ctl.says("check", "127.0.0.1", "nosuchservice", status=68)[1]
    tap.check("check the name and the port" in err, err)
