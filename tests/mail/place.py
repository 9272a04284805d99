# SPDX-License-Identifier: GPL-2.0
"""What the guest lacks to be two mail hosts: names without DNS; the wire between them."""
import os

import daemon
import maillog
import net
import sendmail

HOSTS = "/etc/hosts"
SWITCH = "/etc/nsswitch.conf"
MODULE = "/sys/module/xcrypt"


class Wire(net.Link):
    def __init__(self, file="/out/mail.log"):
        names()
        super().__init__()
        os.makedirs(os.path.dirname(file), exist_ok=True)
        self.log = self.keep(maillog.Maillog(file))

    def stat(self, side):
        return super().stat(side) if os.path.exists(MODULE) else {"XcryptDesync": 0}


def names():
    """Everything is local: a question to a DNS that is not there would take seconds."""
    net.only_in_a_guest()
    lines = ["127.0.0.1 vm.example.org vm localhost",
             *("%s %s %s." % (address, name, name)
               for address, name in zip(net.ADDRESS[net.V4], sendmail.NAMES))]
    with open(HOSTS, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
    with open(SWITCH, "w", encoding="ascii") as file:
        file.writelines("%s: files\n" % name for name in
                        ("passwd", "group", "hosts", "services", "protocols"))


def daemons(link, *lines, suites=daemon.ALL):
    """xcryptd on both hosts."""
    return daemon.pair(link, *lines, suites=suites)
