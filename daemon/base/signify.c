/* SPDX-License-Identifier: Apache-2.0 */
#include "signify.h"

#include "base64.h"

#define COMMENT  "untrusted comment: "
#define KEY_SIZE (2 + 8 + 32) /* "Ed", number, key */
#define SIG_SIZE (2 + 8 + 64)

/* The line after the comment, without its end; *REST is behind it. */
static const char *second_line(const char *p, size_t n, size_t *ret_n, const char **rest)
{
	const char *end = memchr(p, '\n', MIN(n, (size_t)SIGNIFY_COMMENT_MAX)), *line;

	if (!end || n < sizeof(COMMENT) - 1 || memcmp(p, COMMENT, sizeof(COMMENT) - 1) != 0)
		return NULL;
	line = end + 1;
	end = memchr(line, '\n', MIN(n - (size_t)(line - p), (size_t)256));
	if (!end)
		return NULL;
	*ret_n = (size_t)(end - line);
	*rest = end + 1;
	return line;
}

static int decode(const char *line, size_t n, uint8_t *ret, size_t size)
{
	uint8_t raw[256];

	if (n != BASE64_SIZE(size) - 1 || base64_decode(line, n, raw) != (int)size ||
		raw[0] != 'E' || raw[1] != 'd')
		return -EBADMSG;
	memcpy(ret, raw + 2, size - 2);
	return 0;
}

int signify_parse_key_line(const char *p, size_t n, struct signify_key *ret)
{
	uint8_t raw[KEY_SIZE - 2];

	if (decode(p, n, raw, KEY_SIZE) < 0)
		return -EBADMSG;
	memcpy(ret->number, raw, sizeof(ret->number));
	memcpy(ret->key, raw + sizeof(ret->number), sizeof(ret->key));
	return 0;
}

int signify_parse_key(const char *p, size_t n, struct signify_key *ret)
{
	const char *rest, *line;
	size_t n_line;

	line = second_line(p, n, &n_line, &rest);
	if (!line || rest != p + n)
		return -EBADMSG;
	return signify_parse_key_line(line, n_line, ret);
}

int signify_parse_signed(const char *p, size_t n, struct signify_signed *ret)
{
	uint8_t raw[SIG_SIZE - 2];
	const char *rest, *line;
	size_t n_line;

	line = second_line(p, n, &n_line, &rest);
	if (!line || decode(line, n_line, raw, SIG_SIZE) < 0)
		return -EBADMSG;
	memcpy(ret->number, raw, sizeof(ret->number));
	memcpy(ret->signature, raw + sizeof(ret->number), sizeof(ret->signature));
	ret->message = rest;
	ret->n = (size_t)(p + n - rest);
	return 0;
}
