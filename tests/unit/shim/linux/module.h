/* SPDX-License-Identifier: GPL-2.0 */
#define MODULE_SOFTDEP(x)
