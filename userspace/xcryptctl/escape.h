/* SPDX-License-Identifier: GPL-2.0 */
/* Text of others inside quotes. */
#ifndef XCRYPTCTL_ESCAPE_H
#define XCRYPTCTL_ESCAPE_H

#include <stdio.h>

/*
 * A string of JSON, with its quotes; a label's value of Prometheus, with its quotes. Any octets
 * give valid ones: those from 0x80 on become the characters of these numbers.
 */
void escape_json(FILE *to, const char *text);
void escape_label(FILE *to, const char *text);

#endif
