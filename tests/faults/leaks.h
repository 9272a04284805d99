/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FAULTS_LEAKS_H
#define FAULTS_LEAKS_H

/* What kmemleak finds, but for what the core itself leaks when it fails. */
void leaks_all(void);

#endif
