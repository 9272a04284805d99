/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for every input; ends the program, so that the input is kept. */
#define must(condition) do { if (!(condition)) abort(); } while (0)

#endif
