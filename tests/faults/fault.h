/* SPDX-License-Identifier: GPL-2.0 */
/* Failing allocations and user copies, by the kernel's fault injection. */
#ifndef FAULTS_FAULT_H
#define FAULTS_FAULT_H

#include <stdbool.h>

/* Return: whether this kernel can inject faults. */
bool fault_setup(void);

/* The nth allocation or user copy of this thread from here on fails. */
void fault_arm(int nth);

/* No more faults. Return: whether there was one. */
bool fault_disarm(void);

/* The same, but how many allocations and user copies of @nth are still to come. */
int fault_left(void);

/* Of the slab and page allocations of a thread in the storm, this percentage fails. */
void fault_percent(int percent);

/* For this thread. */
void fault_storm(bool on);

/*
 * From here on every slab and page allocation of this thread fails, but for the first @octets of
 * each kind; until fault_drought_end().
 */
void fault_drought(int octets);
void fault_drought_end(void);

#endif
