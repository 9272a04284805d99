/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FAULTS_RECORDS_H
#define FAULTS_RECORDS_H

void records_all(const char *only);

#endif
