// SPDX-License-Identifier: GPL-2.0
#include "signature.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/cms.h>
#include <openssl/x509.h>

#define MAGIC		"~Module signature appended~\n"
#define MODULE_MAX	(64u << 20)	/* octets */
#define VARIABLE_MAX	(1u << 20)	/* octets */
#define EFIVARS		"/sys/firmware/efi/efivars/"
#define SHIM		"-605dab50-e046-4300-abb6-3dd810dd8b23"
#define IMAGE_SECURITY	"-d719b2cb-3d3a-4596-a3bc-dad00e67656f"

/* include/linux/module_signature.h of the kernel; what was signed stands before the signature. */
struct module_signature {
	uint8_t algo, hash, id_type, signer_len, key_id_len, pad[3];
	uint32_t sig_len;	/* big endian */
};

#define PKCS7		2	/* id_type */

/* EFI_SIGNATURE_LIST: a header, then signatures of one size, each behind its owner's GUID. */
struct signature_list {
	uint8_t type[16];
	uint32_t size;		/* of it all */
	uint32_t header_size;
	uint32_t each;
} __attribute__((packed));

#define OWNER	16

/* EFI_CERT_X509_GUID */
static const uint8_t x509_type[16] = {
	0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72,
};

struct octets {
	uint8_t *at;
	size_t len;
};

/* --- files --- */

static int read_all(FILE *file, struct octets *o, size_t max)
{
	size_t room = 1 << 16, n;

	o->len = 0;
	o->at = malloc(room);
	while (o->at && (n = fread(o->at + o->len, 1, room - o->len, file)) > 0) {
		uint8_t *more;

		o->len += n;
		if (o->len < room)
			continue;
		more = room < max ? realloc(o->at, 2 * room) : NULL;
		if (!more)
			return -1;
		o->at = more;
		room *= 2;
	}
	return o->at && !ferror(file) ? 0 : -1;
}

static int signature_read(const struct doctor *d, const char *path, struct octets *o, size_t max)
{
	FILE *file = doctor_open(d, path);
	int err;

	*o = (struct octets){ 0 };
	if (!file)
		return -1;
	err = read_all(file, o, max);
	fclose(file);
	return err;
}

static const char *unpacker(const char *path)
{
	const char *end = strrchr(path, '.');

	if (end && !strcmp(end, ".xz"))
		return "xz";
	if (end && !strcmp(end, ".zst"))
		return "zstd";
	return end && !strcmp(end, ".gz") ? "gzip" : NULL;
}

/* What "PROGRAM -dc FILE" writes; no shell sees the name. */
static int unpack(const char *program, const char *path, struct octets *o)
{
	int end[2], err, status;
	FILE *from;
	pid_t pid;

	*o = (struct octets){ 0 };
	if (pipe(end))
		return -1;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		dup2(end[1], 1);
		close(end[0]);
		close(end[1]);
		execlp(program, program, "-dc", "--", path, NULL);
		_exit(127);
	}
	close(end[1]);
	from = fdopen(end[0], "r");
	err = from && pid > 0 ? read_all(from, o, MODULE_MAX) : -1;
	if (from)
		fclose(from);
	if (pid > 0 && (waitpid(pid, &status, 0) < 0 || status))
		err = -1;
	return err;
}

static int read_module(const struct doctor *d, const char *path, struct octets *o)
{
	char full[DOCTOR_PATH];
	const char *program = unpacker(path);

	return program ? unpack(program, doctor_path(d, full, path), o) :
			 signature_read(d, path, o, MODULE_MAX);
}

/* --- who signed --- */

static CMS_ContentInfo *parse_signature(const struct octets *module)
{
	const size_t tail = sizeof(struct module_signature) + strlen(MAGIC);
	struct module_signature s;
	const uint8_t *at;
	size_t len;

	memcpy(&s, module->at + module->len - tail, sizeof(s));
	len = ntohl(s.sig_len);
	if (s.id_type != PKCS7 || len > module->len - tail)
		return NULL;
	at = module->at + module->len - tail - len;
	return d2i_CMS_ContentInfo(NULL, &at, len);
}

static int is_signed(const struct octets *module)
{
	const size_t magic = strlen(MAGIC);

	return module->len > sizeof(struct module_signature) + magic &&
	       !memcmp(module->at + module->len - magic, MAGIC, magic);
}

static int is_signer(CMS_SignerInfo *signer, const uint8_t *der, size_t len)
{
	X509 *cert = d2i_X509(NULL, &der, len);
	int same = cert && !CMS_SignerInfo_cert_cmp(signer, cert);

	X509_free(cert);
	return same;
}

/* Does a variable of the firmware hold the signer's certificate? */
static int lists_signer(const struct doctor *d, const char *variable, CMS_SignerInfo *signer)
{
	struct signature_list list;
	struct octets o;
	size_t at = 4, one;	/* behind the variable's attributes */
	int found = 0;

	if (signature_read(d, variable, &o, VARIABLE_MAX))
		o.len = 0;
	for (; !found && at + sizeof(list) <= o.len; at += list.size) {
		memcpy(&list, o.at + at, sizeof(list));
		if (list.size < sizeof(list) || list.size > o.len - at || list.each <= OWNER ||
		    list.header_size > list.size - sizeof(list))
			break;
		one = sizeof(list) + list.header_size;
		for (; !found && one + list.each <= list.size; one += list.each)
			found = !memcmp(list.type, x509_type, sizeof(list.type)) &&
				is_signer(signer, o.at + at + one + OWNER, list.each - OWNER);
	}
	free(o.at);
	return found;
}

static void name_signer(CMS_SignerInfo *signer, char name[SIGNATURE_NAME])
{
	X509_NAME *issuer = NULL;

	strcpy(name, "a key without a name");
	if (CMS_SignerInfo_get0_signer_id(signer, NULL, &issuer, NULL) && issuer)
		X509_NAME_get_text_by_NID(issuer, NID_commonName, name, SIGNATURE_NAME);
}

static enum signature_verdict judge(const struct doctor *d, CMS_SignerInfo *signer)
{
	if (lists_signer(d, EFIVARS "MokListRT" SHIM, signer) ||
	    lists_signer(d, EFIVARS "db" IMAGE_SECURITY, signer))
		return SIGNATURE_TRUSTED;
	if (lists_signer(d, EFIVARS "MokNew" SHIM, signer))
		return SIGNATURE_ENROLLING;
	return SIGNATURE_OTHER;
}

enum signature_verdict signature_check(const struct doctor *d, const char *path,
				       char signer[SIGNATURE_NAME])
{
	enum signature_verdict verdict = SIGNATURE_UNREADABLE;
	STACK_OF(CMS_SignerInfo) *signers;
	CMS_ContentInfo *cms = NULL;
	struct octets module;

	signer[0] = '\0';
	if (!read_module(d, path, &module)) {
		verdict = is_signed(&module) ? verdict : SIGNATURE_NONE;
		cms = verdict == SIGNATURE_NONE ? NULL : parse_signature(&module);
	}
	signers = cms ? CMS_get0_SignerInfos(cms) : NULL;
	if (signers && sk_CMS_SignerInfo_num(signers)) {
		name_signer(sk_CMS_SignerInfo_value(signers, 0), signer);
		verdict = judge(d, sk_CMS_SignerInfo_value(signers, 0));
	}
	CMS_ContentInfo_free(cms);
	free(module.at);
	return verdict;
}
