// SPDX-License-Identifier: GPL-2.0
/* The kernel that boots next: is the module there, and will it be let in? */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"
#include "grub.h"
#include "signature.h"

#define MODULES		"/lib/modules"
#define SECURE_BOOT	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define EFI		"/sys/firmware/efi"
#define SIG_ENFORCE	"/sys/module/module/parameters/sig_enforce"
/* Why the package xcrypt-dkms has built no module for a kernel; nothing is there if it has. */
#define REASONS		"/var/log/xcrypt-dkms"

/* --- which kernel --- */

static int is_bootable(const struct doctor *d, const char *version)
{
	char path[DOCTOR_PATH], full[DOCTOR_PATH];

	snprintf(path, sizeof(path), "/boot/vmlinuz-%.200s", version);
	return !access(doctor_path(d, full, path), F_OK);
}

static int is_kernel(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The newest that has modules and lies in /boot. */
static int newest_kernel(const struct doctor *d, char version[GRUB_KERNEL])
{
	char full[DOCTOR_PATH];
	struct dirent **names;
	int n = scandir(doctor_path(d, full, MODULES), &names, is_kernel, versionsort), i;

	version[0] = '\0';
	for (i = 0; i < n; i++) {
		if (is_bootable(d, names[i]->d_name))
			snprintf(version, GRUB_KERNEL, "%.*s", GRUB_KERNEL - 1, names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return version[0] ? 0 : -ENOENT;
}

/* --- its module --- */

/* The path that modprobe finds, by modules.dep; relative to the folder unless it begins with "/". */
static int find_module(const struct doctor *d, const char *version, char path[DOCTOR_PATH])
{
	char list[DOCTOR_PATH], *line = NULL;
	size_t room = 0;
	int found = 0;
	FILE *file;

	snprintf(list, sizeof(list), MODULES "/%s/modules.dep", version);
	file = doctor_open(d, list);
	while (file && !found && getline(&line, &room, file) >= 0) {
		char *name;

		line[strcspn(line, ":")] = '\0';
		name = strrchr(line, '/');
		name = name ? name + 1 : line;
		found = !strncmp(name, "xcrypt.ko", 9) && (!name[9] || name[9] == '.');
		if (found)
			snprintf(path, DOCTOR_PATH, MODULES "/%s/%.3500s", version, line);
	}
	free(line);
	if (file)
		fclose(file);
	return found;
}

/* What has to be done, as far as the system tells. */
static void check_missing(struct doctor *d, const char *version, const char *how)
{
	char path[DOCTOR_PATH], full[DOCTOR_PATH];

	snprintf(path, sizeof(path), REASONS "/%.200s.log", version);
	if (!access(doctor_path(d, full, path), F_OK)) {
		doctor_bad(d, "kernel", "%s (%s) has no module xcrypt: it was not built, %s says why; after that is mended: /usr/lib/xcrypt-dkms/build %s",
			   version, how, path, version);
		return;
	}
	snprintf(path, sizeof(path), MODULES "/%.200s/build", version);
	if (access(doctor_path(d, full, path), F_OK))
		doctor_bad(d, "kernel", "%s (%s) has no module xcrypt and no headers to build it with: apt-get install linux-headers-%s",
			   version, how, version);
	else
		doctor_bad(d, "kernel", "%s (%s) has no module xcrypt: /usr/lib/xcrypt-dkms/build %s, or make kmod KVER=%s and install it",
			   version, how, version, version);
}

static int first_octet(const struct doctor *d, const char *path, int skip)
{
	FILE *file = doctor_open(d, path);
	int c = EOF;

	if (!file)
		return EOF;
	if (!fseek(file, skip, SEEK_SET))
		c = fgetc(file);
	fclose(file);
	return c;
}

/* Is a signature asked for, by Secure Boot or the kernel's command line? */
static int must_be_signed(const struct doctor *d, const char **why)
{
	*why = "Secure Boot is on";
	if (first_octet(d, SECURE_BOOT, 4) == 1)
		return 1;
	*why = "the kernel takes signed modules only (module.sig_enforce)";
	return first_octet(d, SIG_ENFORCE, 0) == 'Y';
}

static void check_signature(struct doctor *d, const char *path)
{
	static const char enrol[] =
		"mokutil --import /var/lib/dkms/mok.pub, and confirm it at the next boot";
	char signer[SIGNATURE_NAME], full[DOCTOR_PATH];
	const char *why;

	if (!must_be_signed(d, &why)) {
		if (access(doctor_path(d, full, EFI), F_OK))
			doctor_good("signature", "not asked for: this machine has no Secure Boot");
		else if (first_octet(d, SECURE_BOOT, 4) == EOF)
			doctor_unknown("signature", "whether Secure Boot is on cannot be told: mokutil --sb-state");
		else
			doctor_good("signature", "not asked for: Secure Boot is off");
		return;
	}
	switch (signature_check(d, path, signer)) {
	case SIGNATURE_NONE:
		doctor_bad(d, "signature", "%s and %s is not signed: let dkms sign it, then %s", why, path,
			   enrol);
		break;
	case SIGNATURE_TRUSTED:
		doctor_good("signature", "%s; \"%s\" signed it, whose key is enrolled", why, signer);
		break;
	case SIGNATURE_ENROLLING:
		doctor_good("signature", "%s; \"%s\" signed it, whose key waits to be confirmed at the next boot",
			    why, signer);
		break;
	case SIGNATURE_OTHER:
		doctor_bad(d, "signature", "%s and no key of \"%s\", who signed it, is enrolled: %s. If it is the distribution's, all is well",
			   why, signer, enrol);
		break;
	case SIGNATURE_UNREADABLE:
		doctor_hidden(d, "signature", "%s, and the signature of %s cannot be read: run this as root, and let dkms build it anew",
			      why, path);
		break;
	}
}

/* The kernel, and how that is known; 0 or a negative errno. */
static int next_kernel(const struct doctor *d, char version[GRUB_KERNEL], const char **how)
{
	int err = grub_kernel(d, version);

	*how = "which is GRUB's default";
	if (!err)
		return 0;
	*how = err == -EACCES ? "the newest; GRUB's default may not be read by this user" :
				"the newest; GRUB's default is not known";
	return newest_kernel(d, version);
}

int boot_has_module(const struct doctor *d)
{
	char version[GRUB_KERNEL], path[DOCTOR_PATH];
	const char *how;
	int err = next_kernel(d, version, &how);

	return err ? err : find_module(d, version, path);
}

void boot_check_kernel(struct doctor *d)
{
	char version[GRUB_KERNEL], path[DOCTOR_PATH];
	const char *how;

	if (next_kernel(d, version, &how)) {
		doctor_unknown("kernel", "there is none in /boot: what boots next cannot be told");
		return;
	}
	if (!find_module(d, version, path)) {
		check_missing(d, version, how);
		return;
	}
	doctor_good("kernel", "%s (%s) has the module", version, how);
	check_signature(d, path);
}
