# SPDX-License-Identifier: GPL-2.0
"""The examples that never wait; and the code of the developers' guide, which is theirs."""
import os
import re
import signal
import socket
import subprocess

import daemon
import mta
import net
import tap

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "../..")
EXAMPLES = os.path.join(daemon.BUILD, "handshake/examples")
ADDRESS = net.ADDRESS[net.V4][1]


class Server:
    """server-event at the server's side."""
    def __init__(self, link, port):
        self.port = port
        with link.inside(1):
            self.process = subprocess.Popen(
                [os.path.join(EXAMPLES, "server-event"), ADDRESS, port], stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True)
        tap.equal(self.process.stderr.readline(), "listening\n", "the server")

    def close(self):
        self.process.kill()
        self.said = self.process.communicate(timeout=20)[0]


def start(link, server, count):
    with link.inside(0):
        return subprocess.Popen(
            [os.path.join(EXAMPLES, "client-event"), ADDRESS, server.port, str(count)],
            stdout=subprocess.PIPE, text=True)


def end(process):
    """One that does not end may have written any amount by then."""
    try:
        said = process.communicate(timeout=120)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        raise tap.Failure("clients: " + process.communicate()[0][:2000]) from None
    return process.returncode, said


def clients(link, server, count):
    return end(start(link, server, count))


def dial(link, server):
    with link.inside(0):
        return net.limit(socket.create_connection((ADDRESS, int(server.port))))


@tap.case()
def event_examples():
    """Thirty at once, beside one that is silent in the midst of its exchange."""
    with net.Link() as link:
        daemons = daemon.pair(link)
        server = link.keep(Server(link, "2530"))
        silent = dial(link, server)
        mta.reply_of(silent)
        silent.sendall(b"EHLO a.test\r\n")
        mta.reply_of(silent)
        silent.sendall(b"XCRYPT chacha20_2.0 ")
        status, said = clients(link, server, 30)
        tap.equal((status, said.splitlines()[-1]), (0, "30 of 30 encrypted"), "clients: " + said)
        tap.equal(said.count("encrypted with chacha20_2.0\n"), 30, "suites")
        silent.sendall(b"nothing\r\n")
        tap.equal(mta.reply_of(silent)[0][:4], b"501 ", "the silent one is answered")
        silent.sendall(b"QUIT\r\n")
        tap.equal(mta.reply_of(silent), [b"221 bye\r\n"], "and goes on in the clear")
        silent.close()
        link.open.remove(daemons[1])
        daemons[1].close()
        status, said = clients(link, server, 3)
        tap.equal((status, said.count("in the clear\n")), (1, 3), "without a daemon: " + said)
        link.open.remove(server)
        server.close()
        tap.equal(server.said.count("encrypted with chacha20_2.0\n"), 30, "the server's words")


@tap.case()
def event_examples_closed():
    """
    Exchanges that are shut down end their connections, each once; also while xcryptd, which is
    stopped, still has their files open.
    """
    with net.Link() as link:
        one, other = daemon.pair(link, "time-limit 2s")
        server = link.keep(Server(link, "2532"))
        other.process.send_signal(signal.SIGSTOP)
        process = start(link, server, 3)
        one.until(lambda: one.stats()["exchanges_active"] == 3)
        one.process.send_signal(signal.SIGSTOP)
        status, said = end(process)
        for stopped in (one, other):
            stopped.process.send_signal(signal.SIGCONT)
        tap.equal((status, said.splitlines()),
                  (1, 3 * ["closed: Connection timed out"] + ["0 of 3 encrypted"]), "clients")
        tap.equal(clients(link, server, 3)[0], 0, "the server has survived it")


@tap.case()
def event_example_and_check_host():
    with net.Link() as link:
        one = daemon.pair(link)[0]
        server = link.keep(Server(link, "2531"))
        with link.inside(0):
            done = subprocess.run([daemon.CTL, "-s", one.socket, "check", ADDRESS, server.port],
                                  capture_output=True, text=True, timeout=60, check=False)
        tap.equal(done.returncode, 0, done.stdout)
        tap.check("S: 250 b.test, encrypted" in done.stdout, done.stdout)


@tap.case()
def keyed_example():
    """The program of xcrypt(7)."""
    done = subprocess.run([os.path.join(EXAMPLES, "keyed")], capture_output=True, text=True,
                          timeout=60, check=False)
    tap.equal((done.returncode, done.stdout), (0, "hello, 5 octets by chacha20\n"), done.stderr)


@tap.case()
def manual_shows_the_example():
    with open(os.path.join(TOP, "userspace/man/xcrypt.7")) as file:
        shown = file.read().split(".Bd -literal -offset indent\n")[1].split(".Ed\n")[0]
    with open(os.path.join(TOP, "userspace/examples/keyed.c")) as file:
        source = file.read().split("\n", 1)[1]
    tap.equal(shown.replace("\\e", "\\"), source.replace("\t", "        "), "xcrypt(7)")


@tap.case()
def guide_shows_the_examples():
    """Each piece of C in the guide stands in one of the examples."""
    sources = ""
    for name in os.listdir(os.path.join(TOP, "userspace/examples")):
        if name.endswith((".c", ".h")):
            with open(os.path.join(TOP, "userspace/examples", name)) as file:
                sources += file.read()
    with open(os.path.join(TOP, "docs/mta-developers.md")) as file:
        pieces = re.findall(r"```c\n(.*?)```", file.read(), re.S)
    tap.check(len(pieces) >= 3, "pieces of C in the guide")
    for piece in pieces:
        tap.check(piece in sources, "in no example:\n" + piece)
