/* SPDX-License-Identifier: Apache-2.0 */
#include "redact.h"

#include <ctype.h>

struct word {
	const char *kind;
	char *text;
	size_t n;
	unsigned number;
};

struct redact {
	struct word *v[REDACT_WORDS_MAX];
	size_t n;
	uint64_t count;
};

struct out {
	char *text;
	size_t n, size;
	bool failed;
};

struct redact *redact_new(void)
{
	return calloc(1, sizeof(struct redact));
}

struct redact *redact_free(struct redact *r)
{
	if (r)
		for (size_t i = 0; i < r->n; i++) {
			explicit_bzero(r->v[i]->text, r->v[i]->n);
			free(r->v[i]->text);
			free(r->v[i]);
		}
	free(r);
	return NULL;
}

uint64_t redact_count(const struct redact *r)
{
	return r->count;
}

/* Longer words first, so that one inside another does not break it up. */
int redact_add(struct redact *r, const char *kind, const char *word, size_t n)
{
	unsigned number = 1;
	struct word *w;
	size_t at;

	n = strnlen(word, n); /* what is behind a NUL no text has */
	if (n < 2)
		return 0;
	for (size_t i = 0; i < r->n; i++) {
		if (r->v[i]->n == n && memcmp(r->v[i]->text, word, n) == 0)
			return 0;
		if (streq(r->v[i]->kind, kind))
			number++;
	}
	if (r->n == REDACT_WORDS_MAX)
		return -ENOBUFS;
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->text = malloc(n + 1);
	if (!w->text) {
		free(w);
		return -ENOMEM;
	}
	memcpy(w->text, word, n);
	w->text[n] = 0;
	w->kind = kind;
	w->n = n;
	w->number = number;
	for (at = 0; at < r->n && r->v[at]->n >= w->n; at++)
		;
	memmove(r->v + at + 1, r->v + at, (r->n - at) * sizeof(r->v[0]));
	r->v[at] = w;
	r->n++;
	return 0;
}

static void put(struct out *o, const char *text, size_t n)
{
	char *grown;

	if (o->failed)
		return;
	if (o->n + n + 1 > o->size) {
		o->size = MAX(o->size * 2, o->n + n + 1);
		grown = realloc(o->text, o->size);
		if (!grown) {
			o->failed = true;
			return;
		}
		o->text = grown;
	}
	memcpy(o->text + o->n, text, n);
	o->n += n;
	o->text[o->n] = 0;
}

static bool inner(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Length of the word of R that stands at P, whole, or 0. A Chinese one has no ends to look at. */
static size_t word_at(
	const struct redact *r, const char *text, size_t at, size_t n, bool begins, size_t *ret)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct word *w = r->v[i];

		if (w->n > n - at || memcmp(text + at, w->text, w->n) != 0)
			continue;
		if (!begins && inner(text[at]))
			continue;
		if (at + w->n < n && inner(text[at + w->n - 1]) && inner(text[at + w->n]))
			continue;
		*ret = i;
		return w->n;
	}
	return 0;
}

/* 192.0.2.1, but not 127.0.0.1: that is nobody's. */
static size_t ipv4_at(const char *p, size_t n)
{
	size_t i = 0;

	for (int part = 0; part < 4; part++) {
		size_t digits = 0;

		while (i < n && digits < 4 && isdigit((unsigned char)p[i])) {
			i++;
			digits++;
		}
		if (digits == 0 || digits > 3)
			return 0;
		if (part < 3 && (i == n || p[i++] != '.'))
			return 0;
	}
	if ((i < n && (inner(p[i]) ||
			      (p[i] == '.' && i + 1 < n && isdigit((unsigned char)p[i + 1])))) ||
		(n > 4 && memcmp(p, "127.", 4) == 0))
		return 0;
	return i;
}

/* At least five groups of hexadecimal digits with colons: MAC addresses and IPv6. */
static size_t colons_at(const char *p, size_t n)
{
	size_t i = 0, colons = 0, digits = 0;

	for (; i < n && (isxdigit((unsigned char)p[i]) || p[i] == ':'); i++) {
		colons += p[i] == ':';
		digits += p[i] != ':';
	}
	return colons >= 4 && digits >= 4 ? i : 0;
}

static size_t until(const char *p, size_t n, const char *ends)
{
	size_t i = 0;

	while (i < n && !strchr(ends, p[i]) && !isspace((unsigned char)p[i]) && p[i])
		i++;
	return i;
}

static bool starts(const char *p, size_t n, const char *with)
{
	size_t k = strlen(with);

	return n >= k && strncasecmp(p, with, k) == 0;
}

static size_t pem_at(const char *p, size_t n)
{
	static const char end[] = "-----END";
	const char *e;

	if (!starts(p, n, "-----BEGIN "))
		return 0;
	e = memmem(p, n, end, sizeof(end) - 1);
	if (!e)
		return n;
	e = memchr(e, '\n', n - (size_t)(e - p));
	return e ? (size_t)(e - p) : n;
}

/* What looks like a secret at P: its length, and what stays of it. */
static size_t shape_at(const char *p, size_t n, bool begins, const char **ret)
{
	static const char *const keys[] = {"password", "passwd", "secret", "token", "passphrase"};
	size_t k;

	*ret = "[key]";
	if ((k = pem_at(p, n)) > 0)
		return k;
	if (starts(p, n, "by-id/")) {
		*ret = "by-id/[adapter]";
		return strlen("by-id/") + until(p + 6, n - 6, "\",;'");
	}
	if (starts(p, n, "://") && (k = until(p + 3, n - 3, "\"/,;'")) > 0 &&
		memchr(p + 3, '@', k)) {
		*ret = "://[login]@[host]";
		return 3 + k;
	}
	*ret = "[address]";
	if (begins && ((k = ipv4_at(p, n)) > 0 || (k = colons_at(p, n)) > 0))
		return k;
	*ret = "[secret]";
	for (size_t i = 0; begins && i < ARRAY_SIZE(keys); i++) {
		size_t key = strlen(keys[i]);

		if (!starts(p, n, keys[i]) || key == n || p[key] != '=')
			continue;
		k = until(p + key + 1, n - key - 1, "");
		if (k > 0)
			return key + 1 + k;
	}
	return 0;
}

char *redact_apply(struct redact *r, const char *text, size_t n)
{
	struct out o = {};
	char name[64];
	const char *stays;
	size_t k, i, resumed = 0; /* behind what was taken out */

	put(&o, "", 0);
	for (size_t at = 0; at < n;) {
		bool begins = at == resumed || !inner(text[at - 1]);

		if ((k = word_at(r, text, at, n, begins, &i)) > 0) {
			(void)snprintf(
				name, sizeof(name), "[%s-%u]", r->v[i]->kind, r->v[i]->number);
			put(&o, name, strlen(name));
		} else if ((k = shape_at(text + at, n - at, begins, &stays)) > 0) {
			put(&o, stays, strlen(stays));
		} else {
			unsigned char c = (unsigned char)text[at];

			put(&o, (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f ? "?" : text + at,
				1);
			at++;
			continue;
		}
		r->count++;
		at += k;
		resumed = at;
	}
	if (o.failed) {
		free(o.text);
		return NULL;
	}
	return o.text;
}
