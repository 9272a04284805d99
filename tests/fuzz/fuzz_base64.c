// SPDX-License-Identifier: GPL-2.0
/* Whatever decodes is the one text that encodes to the same octets. */
#include "fuzz.h"

#include <string.h>

#include "common/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t most = size / 4 * 3, len;
	uint8_t *octets = malloc(most + 1);
	char *again = malloc(XC_BASE64_LEN(most) + 1);
	int good = 0;

	for (len = most < 3 ? 0 : most - 3; len <= most; len++) {
		if (xc_base64_decode(octets, len, text, size))
			continue;
		good++;
		xc_base64_encode(again, octets, len);
		must(strlen(again) == size && !memcmp(again, text, size));
	}
	must(good <= 1);
	free(again);
	free(octets);
	return 0;
}
