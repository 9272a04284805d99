// SPDX-License-Identifier: GPL-2.0
/*
 * Goes wrong in the way it is told to when it is loaded: shows that each
 * checker of the debug kernel works and that the runner sees it.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static char *how = "";
module_param(how, charp, 0444);
MODULE_PARM_DESC(how, "leak, stale, sleep, order, bounds, warn or hang");

static DEFINE_SPINLOCK(spin);
static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);
static int table[4];
static volatile int four = 4;

/* Several, as the address of one may survive by chance in a stack. */
static void leak(void)
{
	int i;

	for (i = 0; i < 10; i++)
		WRITE_ONCE(table[0], !kmalloc(100, GFP_KERNEL));
}

static void stale(void)
{
	char *gone = kmalloc(100, GFP_KERNEL);

	kfree(gone);
	pr_info("%d\n", READ_ONCE(*gone));
}

static void sleep(void)
{
	spin_lock(&spin);
	msleep(20);
	spin_unlock(&spin);
}

static void take(struct mutex *a, struct mutex *b)
{
	mutex_lock(a);
	mutex_lock(b);
	mutex_unlock(b);
	mutex_unlock(a);
}

static void order(void)
{
	take(&first, &second);
	take(&second, &first);
}

static void bounds(void)
{
	table[four]++;
	pr_info("%d\n", table[0]);
}

static void warn(void)
{
	WARN_ON(1);
}

static void hang(void)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

static const struct {
	const char *name;
	void (*go_wrong)(void);
} ways[] = {
	{ "leak", leak },
	{ "stale", stale },
	{ "sleep", sleep },
	{ "order", order },
	{ "bounds", bounds },
	{ "warn", warn },
	{ "hang", hang },
};

static int __init faulty_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		if (strcmp(how, ways[i].name))
			continue;
		ways[i].go_wrong();
		return 0;
	}
	return -EINVAL;
}

static void __exit faulty_exit(void)
{
}

module_init(faulty_init);
module_exit(faulty_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Proof that the checkers check");
