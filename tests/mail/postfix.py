# SPDX-License-Identifier: GPL-2.0
"""Debian's Postfix on one of the hosts, unpacked into the guest's own memory."""
import glob
import os
import pwd
import shutil
import subprocess

import net
import sendmail
import tap

DEB = os.path.join(sendmail.HERE, "../../build/mail/postfix/*.deb")
DIR = "/run/mail/postfix"
MAIN = """
compatibility_level = 3.6
queue_directory = /var/spool/postfix
data_directory = /var/lib/postfix
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
syslog_name = postfix
myhostname = %s
mydestination =
inet_interfaces = %s
inet_protocols = ipv4
smtp_host_lookup = native
smtp_line_length_limit = 0
mynetworks = 10.77.0.0/24
smtpd_relay_restrictions = permit_mynetworks, reject
alias_maps =
%s
"""
KEEP = "default_transport = keep"
RELAY = "relayhost = [%s]" % sendmail.NAMES[1]
MASTER = """
smtp      inet  n - n - - smtpd
smtp      unix  - - n - - smtp
pickup    unix  n - n 1 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
error     unix  - - n - - error
retry     unix  - - n - - error
proxymap  unix  - - n - - proxymap
anvil     unix  - - n - 1 anvil
tlsmgr    unix  - - n 1000? 1 tlsmgr
scache    unix  - - n - 1 scache
keep      unix  - n n - - pipe
  user=nobody argv=/bin/dd status=none conv=notrunc oflag=append of=%s/${recipient}.${queue_id}
""" % DIR
USERS = ("postfix:x:901:901::/var/spool/postfix:/bin/false",)
GROUPS = ("postfix:x:901:", "postdrop:x:902:")


def append(file, lines):
    net.only_in_a_guest()
    with open(file, "a", encoding="ascii") as database:
        database.writelines(line + "\n" for line in lines)


def unpack():
    """Once in a guest."""
    if os.path.exists("/usr/lib/postfix/sbin/smtpd"):
        return
    # dpkg -x would replace the links that /lib and its like are. Libraries lie beside it.
    for deb in glob.glob(DEB):
        subprocess.run("dpkg --fsys-tarfile '%s' | tar -C / -x --keep-directory-symlink" % deb,
                       shell=True, check=True)
    if not any(user.pw_name == "postfix" for user in pwd.getpwall()):
        append("/etc/passwd", USERS)
        append("/etc/group", GROUPS)
    permissions()


def permissions():
    """As the package's installation would leave them."""
    spool = "/var/spool/postfix"
    for name in ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
                 "private", "saved", "trace"):
        os.makedirs(os.path.join(spool, name), exist_ok=True)
        os.chmod(os.path.join(spool, name), 0o700)
        shutil.chown(os.path.join(spool, name), "postfix", "root")
    for name, mode in (("maildrop", 0o1730), ("public", 0o2710)):
        os.makedirs(os.path.join(spool, name), exist_ok=True)
        shutil.chown(os.path.join(spool, name), "postfix", "postdrop")
        os.chmod(os.path.join(spool, name), mode)
    os.makedirs("/var/lib/postfix", exist_ok=True)
    shutil.chown("/var/lib/postfix", "postfix", "postfix")
    for program in ("postdrop", "postqueue"):
        shutil.chown("/usr/sbin/" + program, "root", "postdrop")
        os.chmod("/usr/sbin/" + program, 0o2755)


class Postfix:
    """Side 0 sends all mail to B, side 1 keeps all."""

    def __init__(self, link, side):
        unpack()
        self.link, self.log, self.side = link, link.log, side
        shutil.rmtree(DIR, ignore_errors=True)
        os.makedirs(DIR)
        os.chmod(DIR, 0o777)
        self.configure()
        mark = self.log.mark()
        link.run(side, "postfix", "start")
        self.log.wait("postfix/master", "daemon started", since=mark)

    def configure(self):
        append("/etc/postfix/dynamicmaps.cf", ())
        with open("/etc/postfix/main.cf", "w", encoding="ascii") as file:
            file.write(MAIN % (sendmail.NAMES[self.side], net.ADDRESS[net.V4][self.side],
                               KEEP if self.side else RELAY))
        with open("/etc/postfix/master.cf", "w", encoding="ascii") as file:
            file.write(MASTER)

    def submit(self, message, *recipients):
        """Returns when it is sent."""
        mark = self.log.mark()
        with self.link.inside(self.side):
            subprocess.run(["/usr/sbin/sendmail", "-i", "-f", "alice@example.org", *recipients],
                           input=message, check=True)
        lines = self.log.wait("postfix/", "to=<", "status=", since=mark)
        tap.check("status=sent" in lines[0], lines[0])

    def mail(self):
        for name in os.listdir(DIR):
            with open(os.path.join(DIR, name), "rb") as file:
                yield name.rsplit(".", 1)[0], file.read()

    def close(self):
        self.link.run(self.side, "postfix", "stop")
