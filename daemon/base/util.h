/* SPDX-License-Identifier: Apache-2.0 */
/* Small helpers that every file may use. Pure; any thread; no allocation unless a name says so. */
#ifndef HEARTHD_UTIL_H
#define HEARTHD_UTIL_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARRAY_SIZE(a)  (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)      ((a) < (b) ? (a) : (b))
#define MAX(a, b)      ((a) > (b) ? (a) : (b))
#define CLAMP(x, a, b) MAX(a, MIN(x, b))
#define _printf_(f, a) __attribute__((format(printf, f, a)))
#define _unused_       __attribute__((unused))
#define _warn_unused_  __attribute__((warn_unused_result))

#define USEC_PER_MSEC 1000ULL
#define USEC_PER_SEC  1000000ULL
#define USEC_PER_MIN  (60ULL * USEC_PER_SEC)
#define USEC_PER_HOUR (60ULL * USEC_PER_MIN)
#define USEC_PER_DAY  (24ULL * USEC_PER_HOUR)
#define USEC_INFINITY UINT64_MAX

/* _cleanup_(x_freep) struct x *x = NULL; */
#define _cleanup_(f) __attribute__((cleanup(f)))
#define DEFINE_CLEANUP(type, func) \
	static inline void func##p(type *p) \
	{ \
		if (*p) \
			func(*p); \
	} \
	struct hearthd_swallow_semicolon
static inline void freep(void *p)
{
	free(*(void **)p);
}
static inline void closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}
static inline void fclosep(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}
#define _cleanup_free_   _cleanup_(freep)
#define _cleanup_close_  _cleanup_(closep)
#define _cleanup_fclose_ _cleanup_(fclosep)
#define TAKE_PTR(p) \
	({ \
		__typeof__(p) _taken = (p); \
		(p) = NULL; \
		_taken; \
	})
#define TAKE_FD(fd) \
	({ \
		int _taken = (fd); \
		(fd) = -1; \
		_taken; \
	})

static inline bool streq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}
static inline bool streq_ptr(const char *a, const char *b)
{
	return a == b || (a && b && streq(a, b));
}
static inline bool isempty(const char *s)
{
	return !s || !*s;
}
/* Message numbers [first, last] of one upstream: lost, withheld. */
struct seq_range {
	uint64_t first, last;
};

/* The rest of S behind PREFIX, or NULL. */
static inline const char *startswith(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);
	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}
bool endswith(const char *s, const char *suffix);

/* Copies as much of SRC as fits and always terminates; true when it all fitted. Never cuts a UTF-8
 * sequence in half. */
bool str_copy(char *dst, size_t size, const char *src);
/* The beginning of SRC in DST, with "..." when that is not all; returns DST. SIZE is 8 at least. */
const char *str_abbreviate(char *dst, size_t size, const char *src);
/* Appends a formatted text to DST, which holds *USED of SIZE bytes; false (and unchanged) when it
 * does not fit. */
bool str_appendf(char *dst, size_t size, size_t *used, const char *fmt, ...) _printf_(4, 5);
/* Bytes of the character at S if it acts instead of being seen, else 0: control bytes, separators of lines, and
 * what turns the direction of the text behind it, so that a line reads otherwise than it is. */
size_t utf8_acting(const char *s, size_t len);
/* Replaces those and bytes that are no UTF-8 by \xHH; always terminates; for every text from outside that
 * meets a log or a terminal. */
void str_escape(char *dst, size_t size, const char *src, size_t len);
bool utf8_valid(const char *s, size_t len);
/* Terminal columns of a UTF-8 text: 2 for East Asian wide, 0 for combining marks. */
size_t utf8_columns(const char *s);

/* Whole-string parsers: leading/trailing blanks, signs where none belong, and trailing text are
 * -EINVAL, out of range -ERANGE; *ret only on success. Integers take 0x. */
int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret);
int parse_i64(const char *s, int64_t min, int64_t max, int64_t *ret);
int parse_double(const char *s, double *ret); /* finite, C locale whatever the process has */
int parse_bool(const char *s, bool *ret);     /* yes no true false on off 1 0 */
/* "500ms" "10s" "5min" "2h" "1d", several in a row "1h30min", a bare number is seconds. */
int parse_duration(const char *s, uint64_t *ret_us);
int parse_size(const char *s, uint64_t *ret_bytes); /* "64M", base 1024, K M G */
/* [a-z0-9_-]{1,32}: every id that becomes a file name, a topic level or an object path. */
bool id_valid(const char *s);

/* "0a 1B fc" or "0a1bfc" to bytes: count, -EINVAL, or -ENOBUFS past MAX. */
int hex_decode(const char *s, uint8_t *ret, size_t max);
void hex_encode(char *dst, size_t size, const uint8_t *p, size_t n); /* "0A 1B FC" */

static inline uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}
static inline uint32_t be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}
static inline void put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

uint32_t crc32c(uint32_t crc, const void *p, size_t n); /* Castagnoli, RFC 3720; start with 0 */
int random_bytes(void *p, size_t n);                    /* getrandom; 0 or -errno */

/* Whole file with a bound: -EFBIG past MAX bytes; refuses what is not a regular file. *ret is
 * NUL-terminated and the caller's to free. */
int read_file(const char *path, size_t max, char **ret, size_t *ret_len);

#endif
