/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FAULTS_TAP_H
#define FAULTS_TAP_H

#include <stdbool.h>

void tap_result(bool ok, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tap_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The plan, at the end. Return: the exit status. */
int tap_end(void);

#endif
