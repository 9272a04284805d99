/* SPDX-License-Identifier: GPL-2.0 */
/* One number with its name, as the daemon tells it: NAME VALUE or NAME{KEY="TEXT",...} VALUE. */
#ifndef XCRYPTCTL_SAMPLE_H
#define XCRYPTCTL_SAMPLE_H

#define SAMPLE_LABELS	4

struct sample {
	char name[64];
	int labels;
	struct {
		char key[32];
		char value[128];
	} label[SAMPLE_LABELS];
	char value[32];
};

/* 0 or -EBADMSG. In a label's value \" and \\ stand for the second character, \n for LF. */
int sample_parse(struct sample *s, const char *line);

#endif
