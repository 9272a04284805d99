/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FAULTS_SWEEP_H
#define FAULTS_SWEEP_H

void sweep_all(const char *only);

#endif
