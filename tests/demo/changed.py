# SPDX-License-Identifier: GPL-2.0
"""The same message once more, and somebody between the hosts who changes one bit of it."""
import proxy
import records
import screen

MESSAGE = 3     # the client's record, after EHLO, MAIL, RCPT with DATA


def show(link, mark):
    for line in link.log.text[mark:]:
        if any(word in line for word in ("XCRYPT=", "from=", "stat=", "lost input")):
            screen.show(line)


def behind(host):
    """B's port is the other's now."""
    host.stop()
    host.configure("DAEMON_OPTIONS(`Name=MTA, Port=%d')" % proxy.BEHIND)
    host.start(port=proxy.BEHIND)


def noticed(link, mark):
    lines = link.log.wait("XCRYPT=server", "octets were changed", since=mark)
    return len(lines) == 1


def third(hosts, letter):
    """True if the message waits, the log says why, and it comes when he has gone."""
    a, b = hosts.mta
    screen.step("a third message, and a man in the middle who flips one bit of it")
    behind(b)
    hosts.take()
    edit = records.Attack("C", MESSAGE, records.flip)
    middle = proxy.Proxy(hosts.link, edit)
    mark = hosts.link.log.mark()
    hosts.send(letter)
    good = noticed(hosts.link, mark) and len(edit.done) == 1
    show(hosts.link, mark)
    screen.step("the message waits on A, and B has nothing of it")
    screen.show(a.run("-bp").stdout.decode("utf-8", "replace"))
    good = len(a.queued()) == 1 and not hosts.take() and good
    screen.step("he changes nothing more: the queue's next run")
    mark = hosts.link.log.mark()
    a.run_queue()
    middle.close()
    show(hosts.link, mark)
    return not a.queued() and bool(hosts.take()) and good
