/* SPDX-License-Identifier: Apache-2.0 */
/* Logs and configuration on their way into a bundle. The first line names what is to be taken out, the rest is the
 * text: none of the words may be left in it as a whole word, and it must stay text. */
#include "ctl/redact.h"

#include <ctype.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inner(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *end = memchr(text, '\n', size);
	size_t n = end ? (size_t)(end - text) : 0;
	struct redact *r = redact_new();
	char word[65] = "", *out = NULL, *p;

	if (!r || !end)
		goto out;
	memcpy(word, text,
		MIN(n, sizeof(word) - 1)); /* it ends at its NUL, TEXT has none behind it */
	if (redact_add(r, "word", text, MIN(n, (size_t)64)) < 0) /* NUL and all */
		goto out;
	n = strlen(word);
	if (redact_add(r, "word", "sec", 3) < 0)
		goto out;
	out = redact_apply(r, end + 1, size - (size_t)(end + 1 - text));
	if (!out)
		goto out;
	/* A word that stands in the replacements themselves cannot be looked for. */
	if (n >= 2 &&
		!strstr("[word-1] [word-2] [secret] [key] [address] [adapter] ://[login]@[host] by-id/",
			word))
		for (p = strstr(out, word); p; p = strstr(p + 1, word))
			if (!(p > out && inner(p[-1]) && inner(*p)) &&
				!(inner(p[n - 1]) && inner(p[n])) && !strpbrk(word, "[]:/-") &&
				!memchr(word, '?', n))
				abort();
	for (p = out; *p; p++)
		if ((unsigned char)*p < 0x20 && *p != '\n' && *p != '\t')
			abort();
out:
	free(out);
	(void)redact_free(r);
	return 0;
}
