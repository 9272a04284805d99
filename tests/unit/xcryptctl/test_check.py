# SPDX-License-Identifier: GPL-2.0
"""check --root: what the next boot will find, of a system that is made up."""
import os
import struct
import subprocess

import ctl
import tap


def write(root, path, content=""):
    name = root + path
    os.makedirs(os.path.dirname(name), exist_ok=True)
    with open(name, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return name


def findings(root, status=None):
    """{what: (mark, text)}"""
    done = ctl.run("check", "--root", root)
    if status is not None:
        tap.equal(done.returncode, status, "exit status: %s" % done)
    lines = [line.split(None, 2) for line in done.stdout.decode().splitlines()
             if not line[0].isdigit()]
    return {what: (mark, text) for mark, what, text in lines}


LISTS = {
    "name": ("/etc/modules-load.d/a.conf", "# all we need\n\n  xcrypt\n", "ok"),
    "parameters": ("/etc/modules", "loop\nxcrypt debug=1\n", "ok"),
    "folder of packages": ("/usr/lib/modules-load.d/xcrypt.conf", "xcrypt", "ok"),
    "comment": ("/etc/modules", "# xcrypt\n; xcrypt\n", "FAIL"),
    "another's name": ("/etc/modules", "xcrypt2\nnot-xcrypt\n", "FAIL"),
    "parameter": ("/etc/modules", "loop xcrypt\n", "FAIL"),
    "another's end": ("/etc/modules-load.d/xcrypt.conf.disabled", "xcrypt\n", "FAIL"),
}


@tap.case(*((name,) for name in LISTS))
def loaded_at_boot(name):
    path, content, mark = LISTS[name]
    with ctl.place() as root:
        write(root, path, content)
        found = findings(root)["boot"]
    tap.equal(found[0], mark, "boot: " + found[1])
    tap.check(path in found[1] if mark == "ok" else "modules-load.d" in found[1], found[1])


@tap.case()
def list_hidden_by_another():
    with ctl.place() as root:
        write(root, "/usr/lib/modules-load.d/xcrypt.conf", "xcrypt\n")
        write(root, "/etc/modules-load.d/xcrypt.conf", "")
        tap.equal(findings(root)["boot"][0], "FAIL", "hidden by one in /etc")


# --- the kernel that boots next ---

OLD, NEW = "6.1.0-9-amd64", "6.1.0-31-amd64"

GRUB = """\
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
   set next_entry=
else
   set default="%s"
fi
function gfxmode {
	set gfxpayload="${1}"
}
menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple' {
	load_video
	if [ x$grub_platform = xxen ]; then insmod xzio; fi
	linux	/boot/vmlinuz-NEW root=/dev/sda1 ro quiet
	initrd	/boot/initrd.img-NEW
}
submenu 'Advanced options for Debian GNU/Linux' $menuentry_id_option 'gnulinux-advanced' {
	menuentry 'Debian GNU/Linux, with Linux NEW' $menuentry_id_option 'gnulinux-NEW-advanced' {
		linux	/boot/vmlinuz-NEW root=/dev/sda1 ro
	}
	menuentry 'Debian GNU/Linux, with Linux OLD' $menuentry_id_option 'gnulinux-OLD-advanced' {
		linux	/boot/vmlinuz-OLD root=/dev/sda1 ro
	}
}
menuentry "Memory test" {
	linux16 /boot/memtest86+.bin
}
""".replace("NEW", NEW).replace("OLD", OLD)


def kernels(root, *with_module, end=""):
    """Two kernels; xcrypt.ko for some of them."""
    for version in OLD, NEW:
        write(root, "/boot/vmlinuz-" + version)
        has = version in with_module
        write(root, "/lib/modules/%s/modules.dep" % version,
              "kernel/net/notxcrypt.ko:\n" + ("updates/dkms/xcrypt.ko%s:\n" % end if has else ""))
    write(root, "/lib/modules/6.99.0-1-amd64/modules.dep")      # without a kernel in /boot


DEFAULTS = {
    "first": ("0", "", NEW),
    "submenu by number": ("1>1", "", OLD),
    "submenu by id": ("gnulinux-advanced>gnulinux-OLD-advanced".replace("OLD", OLD), "", OLD),
    "by title": ("Debian GNU/Linux", "", NEW),
    "saved": ("${saved_entry}", "saved_entry=1>1\n", OLD),
    "nothing saved": ("${saved_entry}", "saved_entry=\n", NEW),
    "next boot alone": ("0", "saved_entry=0\nnext_entry=1>1\n", OLD),
}


@tap.case(*((name,) for name in DEFAULTS))
def grub_default(name):
    default, environment, version = DEFAULTS[name]
    with ctl.place() as root:
        kernels(root, version)
        write(root, "/boot/grub/grub.cfg", GRUB % default)
        write(root, "/boot/grub/grubenv", "# GRUB Environment Block\n" + environment + "#" * 500)
        found = findings(root)["kernel"]
        tap.equal((found[0], found[1].split()[0]), ("ok", version), "next kernel: " + found[1])
        tap.check("GRUB's default)" in found[1], found[1])
        kernels(root, OLD if version == NEW else NEW)
        found = findings(root)["kernel"]
        tap.check(found[0] == "FAIL" and "linux-headers-" + version in found[1], found[1])


@tap.case()
def module_missing():
    with ctl.place() as root:
        kernels(root)
        write(root, "/lib/modules/%s/build/Makefile" % NEW)
        mark, text = findings(root, status=1)["kernel"]
        tap.check(mark == "FAIL" and "/usr/lib/xcrypt-dkms/build " + NEW in text, text)


@tap.case()
def module_not_built():
    log = "/var/log/xcrypt-dkms/%s.log" % NEW
    with ctl.place() as root:
        kernels(root)
        write(root, log, "error: ...")
        mark, text = findings(root, status=1)["kernel"]
        tap.check(mark == "FAIL" and "not built, " + log in text, text)


@tap.case(("no grub.cfg", None), ("entry that is not there", "nosuch"), ("no kernel", "2"))
def newest_kernel(_name, default):
    with ctl.place() as root:
        kernels(root, NEW)
        if default:
            write(root, "/boot/grub/grub.cfg", GRUB % default)
        found = findings(root)["kernel"]
        tap.equal((found[0], found[1].split()[0]), ("ok", NEW), "next kernel: " + found[1])
        tap.check("is not known" in found[1], found[1])


@tap.case()
def no_kernel():
    with ctl.place() as root:
        tap.equal(findings(root)["kernel"][0], "--", "without a kernel")


# --- Secure Boot ---

VARIABLES = "/sys/firmware/efi/efivars/"
X509 = bytes.fromhex("a159c0a5e494a74a87b5ab155c2bf072")
SHA256 = bytes.fromhex("2616c4c14c509240aca941f936934328")


def openssl(*words, **kwargs):
    return subprocess.run(["openssl", *words], capture_output=True, check=True, **kwargs).stdout


def certificate(place, name):
    """A key and its certificate; DER."""
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-days", "1",
            "-keyout", place + "/key", "-out", place + "/cert")
    return openssl("x509", "-in", place + "/cert", "-outform", "DER")


def signed(place, text=b"\x7fELF module"):
    """As scripts/sign-file of the kernel does it."""
    cms = openssl("cms", "-sign", "-binary", "-nocerts", "-noattr", "-outform", "DER", "-md",
                  "sha256", "-signer", place + "/cert", "-inkey", place + "/key", input=text)
    return text + cms + struct.pack(">BBBBB3xI", 0, 0, 2, 0, 0, len(cms)) + \
        b"~Module signature appended~\n"


def variable(*certificates):
    """Attributes, a list of hashes, and one of a certificate each."""
    text = struct.pack("<I", 6) + SHA256 + struct.pack("<III", 28 + 48, 0, 48) + b"h" * 48
    for der in certificates:
        text += X509 + struct.pack("<III", 28 + 16 + len(der), 0, 16 + len(der)) + b"o" * 16 + der
    return text


def secure_boot(root, on, **variables):
    write(root, VARIABLES + "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
          struct.pack("<IB", 6, on))
    for name, content in variables.items():
        guid = "d719b2cb-3d3a-4596-a3bc-dad00e67656f" if name == "db" else \
            "605dab50-e046-4300-abb6-3dd810dd8b23"
        write(root, VARIABLES + name + "-" + guid, content)


def signature_of(root, module, end="", pack=None):
    kernels(root, NEW, end=end)
    name = write(root, "/lib/modules/%s/updates/dkms/xcrypt.ko" % NEW, module)
    if pack:
        subprocess.run([*pack, name], check=True)
    return findings(root)["signature"]


@tap.case()
def secure_boot_off():
    with ctl.place() as root:
        found = signature_of(root, b"\x7fELF module")
        tap.check(found[0] == "ok" and "no Secure Boot" in found[1], found[1])
        os.makedirs(root + VARIABLES)
        found = signature_of(root, b"\x7fELF module")
        tap.check(found[0] == "--" and "mokutil --sb-state" in found[1], found[1])
        secure_boot(root, 0)
        found = signature_of(root, b"\x7fELF module")
        tap.check(found[0] == "ok" and "is off" in found[1], found[1])
        write(root, "/sys/module/module/parameters/sig_enforce", "Y\n")
        found = signature_of(root, b"\x7fELF module")
        tap.check(found[0] == "FAIL" and "sig_enforce" in found[1], found[1])


@tap.case(("", None), (".xz", ["xz", "-f"]), (".zst", ["zstd", "-qf", "--rm"]), (".gz", ["gzip", "-f"]))
def signature(end, pack):
    with ctl.place() as root, ctl.place() as mine, ctl.place() as others:
        ours, theirs = certificate(mine, "dkms of a.test"), certificate(others, "somebody")

        def verdict(module, **variables):
            secure_boot(root, 1, **variables)
            return signature_of(root, module, end, pack)
        found = verdict(b"\x7fELF module", MokListRT=variable(ours))
        tap.check(found[0] == "FAIL" and "is not signed" in found[1], found[1])
        found = verdict(signed(mine), MokListRT=variable(theirs))
        tap.check(found[0] == "FAIL" and '"dkms of a.test"' in found[1] and
                  "mokutil --import" in found[1], found[1])
        found = verdict(signed(mine), MokListRT=variable(theirs, ours))
        tap.check(found[0] == "ok" and "is enrolled" in found[1], found[1])
        found = verdict(signed(mine), MokListRT=variable(), db=variable(ours))
        tap.check(found[0] == "ok" and "is enrolled" in found[1], found[1])
        found = verdict(signed(mine), db=variable(), MokNew=variable(ours))
        tap.check(found[0] == "ok" and "waits to be confirmed" in found[1], found[1])


@tap.case()
def signature_that_is_damaged():
    """Whatever these files hold, it comes to an end and says so."""
    with ctl.place() as root, ctl.place() as mine:
        ours = certificate(mine, "dkms of a.test")
        module, keys = signed(mine), variable(ours)
        for length in range(0, len(keys), 97):
            secure_boot(root, 1, MokListRT=keys[:length])
            tap.equal(signature_of(root, module)[0], "FAIL", "a list of %d octets" % length)
        for bad in (struct.pack("<I", 6) + X509 + struct.pack("<III", 0, 0, 16),
                    struct.pack("<I", 6) + X509 + struct.pack("<III", 0xffffffff, 0, 17),
                    struct.pack("<I", 6) + X509 + struct.pack("<III", 28, 0xffffffff, 17)):
            secure_boot(root, 1, MokListRT=bad + b"x" * 20)
            tap.equal(signature_of(root, module)[0], "FAIL", "a list that is wrong: %r" % bad)
        for size in 0, 1, len(module) - 1, 0x7fffffff, 0xffffffff:
            tail = struct.pack(">BBBBB3xI", 0, 0, 2, 0, 0, size) + b"~Module signature appended~\n"
            found = signature_of(root, module[:-len(tail)] + tail)
            tap.check(found[0] == "?" and "cannot be read" in found[1], found[1])
        kernels(root, NEW, end=".xz")
        write(root, "/lib/modules/%s/updates/dkms/xcrypt.ko.xz" % NEW, b"no xz")
        tap.equal(findings(root)["signature"][0], "?", "what cannot be unpacked")
