/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FAULTS_STORM_H
#define FAULTS_STORM_H

void storm_all(const char *only);

#endif
