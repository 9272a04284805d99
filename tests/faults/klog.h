/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's log while the core writes traces of failures that are wanted. */
#ifndef FAULTS_KLOG_H
#define FAULTS_KLOG_H

#include <stdbool.h>

/* Keep messages off the console, where the runner takes every trace for a fault. */
void klog_quiet(void);

/* Return: whether none of the messages meanwhile was a warning or worse; tells them. */
bool klog_loud(void);

#endif
