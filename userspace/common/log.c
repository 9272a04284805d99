// SPDX-License-Identifier: GPL-2.0
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void xc_log(const struct xc_log *log, int level, const char *fmt, ...)
{
	char line[XC_LOG_LINE];
	va_list ap;

	if (level > log->level)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (log->to == XC_LOG_CALL)
		log->call(log->ctx, level, line);
	else if (log->writer)
		xc_logwriter_put(log->writer, log->to, level, line);
	else
		xc_log_stderr(level, line);
}

void xc_log_escape(char dst[XC_LOG_PEER_MAX + 1], const char *text, size_t len)
{
	size_t at = 0, i;

	for (i = 0; i < len; i++) {
		unsigned char c = text[i];
		int plain = c >= 0x20 && c <= 0x7e && c != '"' && c != '\\';

		if (at + (plain ? 1 : 4) > XC_LOG_PEER_MAX)
			break;
		if (plain)
			dst[at++] = c;
		else
			at += sprintf(dst + at, "\\x%02x", c);
	}
	dst[at] = '\0';
}
