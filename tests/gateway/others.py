# SPDX-License-Identifier: GPL-2.0
"""Exim's light daemon and OpenSMTPD, as Debian has them, on one of the hosts each."""
import glob
import os
import re
import shutil
import subprocess

import gateway
import net
import postfix
import sendmail

BUILD = os.path.join(sendmail.HERE, "../../build/mail")
BOB = "bob@example.net"
DIRECT = (net.ADDRESS[net.V4][1], 25)    # where an MTA listens that has no gateway
# As debconf leaves it for "internet site; mail is sent and received directly using SMTP".
SITE = """dc_eximconfig_configtype='internet'
dc_other_hostnames='%s'
dc_local_interfaces=''
dc_readhost=''
dc_relay_domains=''
dc_minimaldns='false'
dc_relay_nets=''
dc_smarthost=''
CFILEMODE='644'
dc_use_split_config='%s'
dc_hide_mailname=''
dc_mailname_in_oh='true'
dc_localdelivery='mail_spool'"""


def unpack(package, *leave):
    """Into the guest's memory, over what the machine has, without the names that MTAs share."""
    for deb in sorted(glob.glob(os.path.join(BUILD, package, "*.deb"))):
        subprocess.run("dpkg --fsys-tarfile '%s' | tar -C / -x --keep-directory-symlink "
                       "--skip-old-files %s" % (deb, " ".join("--exclude=" + name
                                                             for name in leave)),
                       shell=True, check=True)


def users(*names):
    with open("/etc/passwd", encoding="ascii") as file:
        known = file.read()
    for number, name in enumerate(names, 910):
        if "\n%s:" % name not in known:
            postfix.append("/etc/passwd", ("%s:x:%d:%d::/run:/bin/false" % (name, number, number),))
            postfix.append("/etc/group", ("%s:x:%d:" % (name, number),))


class Exim:
    """Side 0 sends all mail to B, side 1 keeps what is for example.net. It has no daemon: the
    gateway starts it for each connection, and who submits a message starts it, too."""

    PACKAGE = "exim4-daemon-light"
    PROGRAM = "/usr/sbin/exim4"
    USER = "Debian-exim"
    MORE = ""
    SPLIT = "false"
    INBOUND = 'inbound 0.0.0.0:25 command /usr/sbin/exim4 -bs -oMa [%a]:%p -oMt ""'
    CONF = """
primary_hostname = %(name)s
exim_path = %(program)s
%(more)s
spool_directory = %(dir)s/spool
log_file_path = syslog
syslog_processname = exim-%(tag)s
syslog_timestamp = no
log_selector = +incoming_port
acl_smtp_rcpt = check
acl_smtp_data = accept
message_size_limit = 60M
keep_environment =
add_environment = PATH=/usr/bin:/bin
tls_advertise_hosts =
begin acl
check:
  accept domains = example.net
         condition = %(keeps)s
  deny message = relay not permitted
begin routers
keep:
  driver = accept
  domains = example.net
  condition = %(keeps)s
  transport = keep
next:
  driver = manualroute
  route_list = * %(next)s byname
  transport = next
  self = send
begin transports
keep:
  driver = appendfile
  file = %(dir)s/box/bob@example.net.$message_exim_id
  user = nobody
  create_directory = no
  message_prefix =
  message_suffix =
next:
  driver = smtp
begin retry
* * F,1h,1m
"""

    def __init__(self, link, side, shipped=False, behind=True):
        self.install()
        users(self.USER)
        self.link, self.log, self.side = link, link.log, side
        self.name = sendmail.NAMES[side]
        self.tag = self.name[0]
        self.dir = "/run/mail/exim-" + self.tag
        self.box = os.path.join(self.dir, "box")
        shutil.rmtree(self.dir, ignore_errors=True)
        for name, user in (("", "root"), ("box", "nobody"), ("spool", self.USER)):
            os.makedirs(os.path.join(self.dir, name), exist_ok=True)
            os.chmod(os.path.join(self.dir, name), 0o755)
            shutil.chown(os.path.join(self.dir, name), user)
        os.makedirs("/etc/exim4", exist_ok=True)
        text = self.shipped() if shipped else self.CONF % {
            "name": self.name, "dir": self.dir, "tag": self.tag,
            "program": self.PROGRAM, "more": self.MORE, "keeps": "yes" if side else "no",
            "next": sendmail.NAMES[1]}
        with open("/etc/exim4/exim4.conf", "w", encoding="utf-8") as file:
            file.write(text)
        self.process = None
        if side:
            self.listen(behind)

    def install(self):
        unpack(self.PACKAGE, "./usr/sbin/sendmail", "./usr/lib/sendmail")

    def shipped(self):
        """What the package makes for an Internet site, and what a heavy daemon needs here."""
        unpack("exim4-config")
        for name in ("/var/lib/exim4", "/var/spool/exim4", "/var/log/exim4"):
            os.makedirs(name, exist_ok=True)
            shutil.chown(name, self.USER)
        for name, line in (("/etc/mailname", self.name), ("/etc/exim4/update-exim4.conf.conf",
                                                          SITE % (self.name, self.SPLIT))):
            with open(name, "w", encoding="ascii") as file:
                file.write(line + "\n")
        made = "/run/mail/exim4.conf"
        net.command("update-exim4.conf", "--output", made)
        with open(made, encoding="utf-8") as file:
            return re.sub(r"^exim_path *=.*$", "exim_path = " + self.PROGRAM, file.read(),
                          flags=re.M)

    def listen(self, behind):
        """Not this one, but without a gateway."""
        if not behind:
            self.serve(DIRECT)

    def serve(self, address):
        with self.link.inside(self.side):
            self.process = subprocess.Popen([self.PROGRAM, "-bdf", "-oX", "[%s]:%d" % address])
        gateway.listening(self.link, self.side, address)

    def submit(self, message, *recipients, sender="alice@example.org"):
        with self.link.inside(self.side):
            subprocess.run([self.PROGRAM, "-i", "-f", sender, *recipients], input=message,
                           check=True)

    def sent(self, mark):
        self.log.wait("exim-%s" % self.tag, "=> " + BOB, since=mark)

    def kept(self, mark):
        """What it logs of the client."""
        self.log.wait("exim-%s" % self.tag, "=> bob", since=mark)
        return self.log.lines("exim-%s" % self.tag, "<= ", since=mark)

    def mail(self):
        for name in os.listdir(self.box):
            if not name.endswith(".lock"):
                with open(os.path.join(self.box, name), "rb") as file:
                    yield name.rsplit(".", 1)[0], file.read()

    def close(self):
        if self.process:
            self.process.terminate()
            self.process.wait(20)


class EximHeavy(Exim):
    """The daemon with all that Exim has, which takes a PROXY header."""

    PACKAGE = "exim4-daemon-heavy"
    PROGRAM = "/usr/lib/exim4-heavy"
    MORE = "hosts_proxy = 127.0.0.1"
    SPLIT = "true"
    INBOUND = gateway.INBOUND

    def install(self):
        """Beside the light one, whose base and libraries it shares."""
        unpack(Exim.PACKAGE, "./usr/sbin/sendmail", "./usr/lib/sendmail")
        unpack(self.PACKAGE, "./usr/sbin", "./usr/bin", "./usr/lib/exim4", "./usr/lib/sendmail")
        if not os.path.exists(self.PROGRAM):
            (deb,) = glob.glob(os.path.join(BUILD, self.PACKAGE, "exim4-daemon-heavy_*.deb"))
            with open(self.PROGRAM, "wb") as file:
                subprocess.run("dpkg --fsys-tarfile '%s' | tar -xO ./usr/sbin/exim4" % deb,
                               shell=True, check=True, stdout=file)
            os.chmod(self.PROGRAM, 0o4755)

    def shipped(self):
        """In Debian's split configuration, with the guide's file."""
        unpack("exim4-config")
        subprocess.run([os.path.join(sendmail.HERE, "../docs/block"), os.path.join(
            sendmail.HERE, "../../docs/install.md"), "exim-heavy"], check=True)
        return super().shipped()

    def listen(self, behind):
        self.serve(gateway.BACKEND if behind else DIRECT)


class Sendmail(sendmail.Sendmail):
    """Debian's own, which sends; the gateway takes what root's processes send."""

    USER = "root"
    BUILD = sendmail.STOCK
    INBOUND = None

    def __init__(self, link, side):
        super().__init__(link, side, self.BUILD, listens=bool(side))

    def sent(self, mark):
        self.log.wait(self.tag, "stat=Sent", since=mark)

    def kept(self, mark):
        self.log.wait(self.tag, "mailer=local", "stat=Sent", since=mark)
        return self.log.lines(self.tag, "relay=", since=mark)


class Patched(Sendmail):
    """The one that needs no gateway."""

    BUILD = sendmail.PATCHED


class OpenSMTPD:
    """The same by OpenSMTPD."""

    USER = "opensmtpd"
    INBOUND = gateway.INBOUND
    CONF = """
queue ttl 1h
listen on %(listen)s port %(port)d hostname %(name)s %(proxy)s
listen on socket
action "keep" mda "/bin/dd status=none of=%(dir)s/box/%%{rcpt.user}@%%{rcpt.domain}.$$" user nobody virtual { "@" = "nobody" }
action "next" relay host smtp://%(next)s
%(matches)s
"""
    # Its package's, with the other line to listen.
    SHIPPED = """
table aliases file:/etc/aliases
listen on %(listen)s port %(port)d %(proxy)s
action "local" maildir alias <aliases>
action "relay" relay
match for local action "local"
match from local for any action "relay"
"""
    KEEP = 'match from any for domain "example.net" action "keep"'
    NEXT = 'match from local for any action "next"'

    def __init__(self, link, side, shipped=False, behind=True):
        unpack("opensmtpd", "./usr/sbin/sendmail", "./usr/lib/sendmail", "./etc/smtpd.conf")
        users(self.USER, "opensmtpq")
        # As the package's installation would leave it.
        shutil.chown("/usr/sbin/smtpctl", "root", "opensmtpq")
        os.chmod("/usr/sbin/smtpctl", 0o2555)
        self.link, self.log, self.side = link, link.log, side
        self.name = sendmail.NAMES[side]
        self.tag = self.name[0]
        self.dir = "/run/mail/opensmtpd-" + self.tag
        self.box = os.path.join(self.dir, "box")
        self.conf = os.path.join(self.dir, "smtpd.conf")
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.box)
        os.chmod(self.box, 0o777)
        shutil.rmtree("/var/spool/smtpd", ignore_errors=True)
        address = gateway.BACKEND if behind else DIRECT
        with open(self.conf, "w", encoding="ascii") as file:
            file.write((self.SHIPPED if shipped else self.CONF) % {
                "listen": address[0], "port": address[1], "name": self.name,
                "proxy": "proxy-v2" if side and behind else "", "dir": self.dir,
                "next": sendmail.NAMES[1], "matches": self.KEEP if side else self.NEXT,
            })
        # Both have to be there; that of ca-certificates has nobody here.
        for file in ("/etc/aliases", "/etc/ssl/certs/ca-certificates.crt"):
            with open(file, "a", encoding="ascii"):
                pass
        mark = self.log.mark()
        with link.inside(side):
            self.process = subprocess.Popen(["/usr/sbin/smtpd", "-F", "-f", self.conf])
        self.log.wait("smtpd", "info: OpenSMTPD", since=mark)
        gateway.listening(link, side, address)

    def submit(self, message, *recipients, sender="alice@example.org"):
        with self.link.inside(self.side):
            subprocess.run(["sendmail", "-f", sender, *recipients], input=message, check=True,
                           executable="/usr/sbin/smtpctl")

    def sent(self, mark):
        self.log.wait("smtpd", "mta delivery", 'result="Ok"', since=mark)

    def kept(self, mark):
        self.log.wait("smtpd", "mda delivery", "result=Ok", since=mark)
        return self.log.lines("smtpd", "smtp connected", since=mark)

    def mail(self):
        for name in os.listdir(self.box):
            with open(os.path.join(self.box, name), "rb") as file:
                yield name.rsplit(".", 1)[0], self.stripped(file.read())

    @staticmethod
    def stripped(octets):
        """It puts a line of its own before the trace."""
        while octets.startswith((b"Delivered-To:", b"Return-Path:")):
            octets = octets.split(b"\n", 1)[1]
        return octets

    def close(self):
        self.process.terminate()
        self.process.wait(20)
