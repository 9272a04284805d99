// SPDX-License-Identifier: GPL-2.0
/* Counters of a network namespace: /proc/net/xcrypt_stat, a name and a number a line. */
#include <linux/percpu.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include "cipher/table.h"
#include "stat.h"

static const char * const stat_name[XCRYPT_STAT_MAX] = {
	[XCRYPT_STAT_CURR_SOCKETS]	= "CurrSockets",
	[XCRYPT_STAT_SOCKETS]		= "Sockets",
	[XCRYPT_STAT_TX_OCTETS]		= "TxOctets",
	[XCRYPT_STAT_RX_OCTETS]		= "RxOctets",
	[XCRYPT_STAT_ROLLBACK]		= "Rollback",
	[XCRYPT_STAT_DESYNC]		= "Desync",
	[XCRYPT_STAT_KEY_EXPIRED]	= "KeyExpired",
	[XCRYPT_STAT_CIPHER_FAULT]	= "CipherFault",
	[XCRYPT_STAT_USER_FAULT]	= "UserFault",
	[XCRYPT_STAT_REFUSED_ATTACH]	= "RefusedAttach",
	[XCRYPT_STAT_REFUSED_KEY]	= "RefusedKey",
	[XCRYPT_STAT_REFUSED_BYPASS]	= "RefusedBypass",
	[XCRYPT_STAT_TX_RECORDS]	= "TxRecords",
	[XCRYPT_STAT_RX_RECORDS]	= "RxRecords",
	[XCRYPT_STAT_RECORD_REFUSED]	= "RecordRefused",
	[XCRYPT_STAT_RECORD_CUT]	= "RecordCut",
	[XCRYPT_STAT_RECORD_ABORTED]	= "RecordAborted",
	[XCRYPT_STAT_ENCRYPTED]		= "HandshakeEncrypted",
	[XCRYPT_STAT_NONE]		= "HandshakeNone",
	[XCRYPT_STAT_ANSWERED]		= "HandshakeAnswered",
	[XCRYPT_STAT_CLOSED]		= "HandshakeClosed",
};

/* A CPU's share. A difference may be negative on one CPU; the sum is what counts. */
struct stat_cpu {
	unsigned long stat[XCRYPT_STAT_MAX];
	unsigned long curr[XCRYPT_CIPHERS][2];	/* keyed now, [cipher][tx] */
	unsigned long ever[XCRYPT_CIPHERS][2];
};

struct stat_net {
	struct stat_cpu __percpu *cpu;
};

static unsigned int stat_net_id;

static struct stat_cpu __percpu *stat_of(const struct net *net)
{
	const struct stat_net *sn = net_generic(net, stat_net_id);

	return sn->cpu;
}

/* To count with this_cpu_add(), for as long as @sk lives: the look-up costs more than that. */
unsigned long __percpu *xcrypt_stat_of(const struct sock *sk)
{
	return stat_of(sock_net(sk))->stat;
}

void xcrypt_stat_add(const struct sock *sk, enum xcrypt_stat stat, long n)
{
	this_cpu_add(stat_of(sock_net(sk))->stat[stat], n);
}

/* A direction was keyed (@n 1) or its key is gone (-1). */
void xcrypt_stat_key(const struct sock *sk, const struct xcrypt_cipher *cipher, bool tx, int n)
{
	struct stat_cpu __percpu *cpu = stat_of(sock_net(sk));
	unsigned int i = xcrypt_cipher_index(cipher);

	this_cpu_add(cpu->curr[i][tx], n);
	if (n > 0)
		this_cpu_inc(cpu->ever[i][tx]);
}

static unsigned long stat_sum(const unsigned long __percpu *counter)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += *per_cpu_ptr(counter, cpu);
	return sum;
}

static void stat_show_cipher(struct seq_file *seq, struct stat_cpu __percpu *cpu, unsigned int i,
			     bool tx)
{
	const struct xcrypt_cipher *cipher = xcrypt_cipher_at(i);
	const char *dir = tx ? "Tx" : "Rx";

	if (!cipher)
		return;
	seq_printf(seq, "XcryptCurr%s_%-19s %lu\n", dir, cipher->name,
		   stat_sum(&cpu->curr[i][tx]));
	seq_printf(seq, "Xcrypt%s_%-23s %lu\n", dir, cipher->name, stat_sum(&cpu->ever[i][tx]));
}

static int stat_show(struct seq_file *seq, void *v)
{
	struct stat_cpu __percpu *cpu = stat_of(seq->private);
	unsigned int i, tx;

	for (i = 0; i < XCRYPT_STAT_MAX; i++)
		seq_printf(seq, "Xcrypt%-26s %lu\n", stat_name[i], stat_sum(&cpu->stat[i]));
	for (i = 0; i < XCRYPT_CIPHERS; i++)
		for (tx = 0; tx < 2; tx++)
			stat_show_cipher(seq, cpu, i, tx);
	return 0;
}

static int __net_init stat_net_init(struct net *net)
{
	struct stat_net *sn = net_generic(net, stat_net_id);

	sn->cpu = alloc_percpu(struct stat_cpu);
	if (!sn->cpu)
		return -ENOMEM;
	if (!proc_create_net_single("xcrypt_stat", 0444, net->proc_net, stat_show, NULL)) {
		free_percpu(sn->cpu);
		return -ENOMEM;
	}
	return 0;
}

static void __net_exit stat_net_exit(struct net *net)
{
	remove_proc_entry("xcrypt_stat", net->proc_net);
	free_percpu(stat_of(net));
}

static struct pernet_operations stat_net_ops = {
	.init	= stat_net_init,
	.exit	= stat_net_exit,
	.id	= &stat_net_id,
	.size	= sizeof(struct stat_net),
};

int xcrypt_stat_init(void)
{
	return register_pernet_subsys(&stat_net_ops);
}

void xcrypt_stat_exit(void)
{
	unregister_pernet_subsys(&stat_net_ops);
}
