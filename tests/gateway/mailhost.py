# SPDX-License-Identifier: GPL-2.0
"""Debian's Postfix, unmodified, on each of the hosts: an instance of its own behind the gateway."""
import os
import shutil
import subprocess

import gateway
import postfix
import sendmail
import tap

MAIN = """
compatibility_level = 3.6
queue_directory = %(dir)s/queue
data_directory = %(dir)s/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
syslog_name = postfix-%(tag)s
maillog_file =
myhostname = %(name)s
mydestination =
inet_protocols = ipv4
smtp_host_lookup = native
smtp_line_length_limit = 0
mynetworks = 127.0.0.2/32
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
relay_domains = %(relay)s
message_size_limit = 60000000
alias_maps =
%(more)s
"""
# Behind the gateway: what has no PROXY header is refused, and nobody is trusted by address.
BACKEND = """%s:%d inet n - n - - smtpd
  -o smtpd_upstream_proxy_protocol=haproxy
""" % gateway.BACKEND
DIRECT = "smtp      inet  n - n - - smtpd\n"

# What Debian's package writes for "Internet Site".
SHIPPED = ("mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128",
           "smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination",
           "mydestination = $myhostname, localhost", "relay_domains =")


# Side 1 keeps whatever comes.
ALL = ("relay_domains = static:all", "transport_maps =", "default_transport = keep",
       "relay_transport = keep")


class Host:
    """Side 0 sends all mail to B, side 1 keeps all that is for example.net. Side 1 is behind a gateway or
    listens itself; services: more lines of master.cf."""

    def __init__(self, link, side, *more, shipped=False, keeps_all=False, behind=True, services=""):
        more += SHIPPED if shipped else ()
        more += ALL if keeps_all and side else ()
        postfix.unpack()
        self.link, self.log, self.side = link, link.log, side
        self.name = sendmail.NAMES[side]
        self.tag = self.name[0]
        self.dir = "/run/mail/postfix-" + self.tag
        self.box = os.path.join(self.dir, "box")
        self.etc = os.path.join(self.dir, "etc")
        shutil.rmtree(self.dir, ignore_errors=True)
        shutil.copytree("/var/spool/postfix", os.path.join(self.dir, "queue"))
        self.directories()
        self.configure(more, BACKEND if behind else DIRECT, services)
        mark = self.log.mark()
        link.run(side, "postfix", "-c", self.etc, "start")
        self.log.wait("postfix-%s/master" % self.tag, "daemon started", since=mark)

    def directories(self):
        for name in ("etc", "data", "box"):
            os.makedirs(os.path.join(self.dir, name))
        os.chmod(self.box, 0o777)
        shutil.chown(os.path.join(self.dir, "data"), "postfix", "postfix")
        queue = os.path.join(self.dir, "queue")
        for name in os.listdir(queue):
            shutil.chown(os.path.join(queue, name), "postfix", "root")
        for name, mode in (("maildrop", 0o1730), ("public", 0o2710)):
            shutil.chown(os.path.join(queue, name), "postfix", "postdrop")
            os.chmod(os.path.join(queue, name), mode)
        shutil.chown(os.path.join(queue, "pid"), "root", "root") if os.path.exists(
            os.path.join(queue, "pid")) else None

    def configure(self, more, listens, services):
        transport = ("transport_maps = inline:{ { example.net = keep: } }" if self.side else
                     postfix.RELAY)
        with open(os.path.join(self.etc, "main.cf"), "w", encoding="ascii") as file:
            file.write(MAIN % {"dir": self.dir, "tag": self.tag, "name": self.name,
                               "relay": "example.net" if self.side else "",
                               "more": "\n".join((transport, *more))})
        with open(os.path.join(self.etc, "master.cf"), "w", encoding="ascii") as file:
            master = postfix.MASTER.replace(postfix.DIR, self.box)
            file.write(master.replace(DIRECT, listens) + services)
        with open("/etc/postfix/main.cf", "w", encoding="ascii") as file:
            file.write("alternate_config_directories = /run/mail/postfix-a/etc,"
                       "/run/mail/postfix-b/etc\n")

    def submit(self, message, *recipients, sender="alice@example.org"):
        with self.link.inside(self.side):
            subprocess.run(["/usr/sbin/sendmail", "-C", self.etc, "-i", "-f", sender,
                            *recipients], input=message, check=True)

    def send(self, message, *recipients, status="sent"):
        """Returns the line that says so when it is sent, or queued."""
        mark = self.log.mark()
        self.submit(message, *recipients)
        (line,) = self.log.wait("postfix-%s/" % self.tag, "to=<", "status=", since=mark)
        tap.check("status=" + status in line, line)
        return line

    def mail(self):
        for name in os.listdir(self.box):
            with open(os.path.join(self.box, name), "rb") as file:
                yield name.rsplit(".", 1)[0], file.read()

    def close(self):
        subprocess.run(["postfix", "-c", self.etc, "abort"], check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
