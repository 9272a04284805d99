/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FAULTS_MODULE_H
#define FAULTS_MODULE_H

void module_all(const char *path);

#endif
