/* SPDX-License-Identifier: Apache-2.0 */
#include "util.h"

#include <ctype.h>
#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <wchar.h>

bool endswith(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && streq(s + n - m, suffix);
}

/* Length of the UTF-8 sequence at S, 0 when it is none (RFC 3629: no overlong forms, surrogates,
 * or code points past U+10FFFF). *ret is the code point. */
static size_t utf8_next(const char *str, size_t len, uint32_t *ret)
{
	const uint8_t *s = (const uint8_t *)str;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n;
	uint32_t c;

	if (len == 0)
		return 0;
	if (s[0] < 0x80) {
		*ret = s[0];
		return 1;
	}
	if ((s[0] & 0xe0) == 0xc0)
		n = 2, c = s[0] & 0x1f;
	else if ((s[0] & 0xf0) == 0xe0)
		n = 3, c = s[0] & 0x0f;
	else if ((s[0] & 0xf8) == 0xf0)
		n = 4, c = s[0] & 0x07;
	else
		return 0;
	if (n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return n;
}

bool utf8_valid(const char *s, size_t len)
{
	uint32_t c;

	for (size_t n; len > 0; s += n, len -= n) {
		n = utf8_next(s, len, &c);
		if (n == 0)
			return false;
	}
	return true;
}

static bool acts(uint32_t c)
{
	return c < ' ' || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

size_t utf8_acting(const char *s, size_t len)
{
	uint32_t c;
	size_t n = utf8_next(s, len, &c);

	return n > 0 && acts(c) ? n : 0;
}

static bool wide(uint32_t c)
{
	return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0x303e) ||
	       (c >= 0x3041 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
	       (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) ||
	       (c >= 0xff00 && c <= 0xff60) || (c >= 0xffe0 && c <= 0xffe6) ||
	       (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
}

size_t utf8_columns(const char *s)
{
	size_t len = strlen(s), columns = 0;
	uint32_t c;

	for (size_t n; len > 0; s += n, len -= n) {
		n = utf8_next(s, len, &c);
		if (n == 0)
			n = 1, c = '?';
		if ((c >= 0x300 && c <= 0x36f) || c == 0x200b)
			continue;
		columns += wide(c) ? 2 : 1;
	}
	return columns;
}

bool str_copy(char *dst, size_t size, const char *src)
{
	size_t n = strlen(src), max;

	if (size == 0)
		return false;
	if (n < size) {
		memcpy(dst, src, n + 1);
		return true;
	}
	max = size - 1;
	/* Step back to a boundary. */
	while (max > 0 && ((uint8_t)src[max] & 0xc0) == 0x80)
		max--;
	memcpy(dst, src, max);
	dst[max] = '\0';
	return false;
}

const char *str_abbreviate(char *dst, size_t size, const char *src)
{
	if (strlen(src) < size)
		return strcpy(dst, src);
	(void)str_copy(dst, size - 3, src);
	return strcat(dst, "...");
}

bool str_appendf(char *dst, size_t size, size_t *used, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (*used >= size)
		return false;
	va_start(ap, fmt);
	n = vsnprintf(dst + *used, size - *used, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= size - *used) {
		dst[*used] = '\0';
		return false;
	}
	*used += (size_t)n;
	return true;
}

void str_escape(char *dst, size_t size, const char *src, size_t len)
{
	size_t used = 0;
	uint32_t c;

	if (size == 0)
		return;
	for (size_t n; len > 0; src += n, len -= n) {
		char hex[5];
		const char *p = src;
		size_t m;

		n = m = utf8_next(src, len, &c);
		if (n == 0 || acts(c)) {
			n = MAX(n, 1u);
			snprintf(hex, sizeof(hex), "\\x%02x", (uint8_t)*src);
			p = hex, m = 4;
			if (n > 1)
				n = 1; /* byte by byte, the tail is no UTF-8 then */
		}
		if (used + m + 1 > size)
			break;
		memcpy(dst + used, p, m);
		used += m;
	}
	dst[used] = '\0';
}

static bool starts_number(const char *s, bool sign)
{
	return isdigit((unsigned char)*s) || (sign && *s == '-' && isdigit((unsigned char)s[1]));
}

int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret)
{
	unsigned long long v;
	char *end;

	if (!starts_number(s, false))
		return -EINVAL;
	errno = 0;
	v = strtoull(s, &end, startswith(s, "0x") || startswith(s, "0X") ? 16 : 10);
	if (*end)
		return -EINVAL;
	if (errno == ERANGE || v < min || v > max)
		return -ERANGE;
	*ret = v;
	return 0;
}

int parse_i64(const char *s, int64_t min, int64_t max, int64_t *ret)
{
	const char *digits = *s == '-' ? s + 1 : s;
	long long v;
	char *end;

	if (!starts_number(s, true))
		return -EINVAL;
	errno = 0;
	v = strtoll(s, &end, startswith(digits, "0x") || startswith(digits, "0X") ? 16 : 10);
	if (*end)
		return -EINVAL;
	if (errno == ERANGE || v < min || v > max)
		return -ERANGE;
	*ret = v;
	return 0;
}

int parse_double(const char *s, double *ret)
{
	static locale_t c_locale;
	locale_t l = __atomic_load_n(&c_locale, __ATOMIC_ACQUIRE);
	const char *p = s + (*s == '-');
	double v;
	char *end;

	if (!l) {
		locale_t expected = NULL;

		l = newlocale(LC_ALL_MASK, "C", NULL);
		if (!l)
			return -ENOMEM;
		if (!__atomic_compare_exchange_n(
			    &c_locale, &expected, l, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
			freelocale(l);
			l = expected;
		}
	}
	if (!isdigit((unsigned char)*p) && !(*p == '.' && isdigit((unsigned char)p[1])))
		return -EINVAL;
	errno = 0;
	v = strtod_l(s, &end, l);
	if (*end)
		return -EINVAL;
	if (!isfinite(v))
		return -ERANGE;
	*ret = v;
	return 0;
}

int parse_bool(const char *s, bool *ret)
{
	static const char *const yes[] = {"yes", "true", "on", "1"}, *const no[] = {"no", "false",
									     "off", "0"};

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (streq(s, yes[i])) {
			*ret = true;
			return 0;
		}
		if (streq(s, no[i])) {
			*ret = false;
			return 0;
		}
	}
	return -EINVAL;
}

int parse_duration(const char *s, uint64_t *ret_us)
{
	static const struct {
		const char *name;
		uint64_t us;
	} units[] = {{"ms", USEC_PER_MSEC}, {"us", 1}, {"min", USEC_PER_MIN}, {"s", USEC_PER_SEC},
		{"h", USEC_PER_HOUR}, {"d", USEC_PER_DAY}};
	uint64_t total = 0;

	if (isempty(s))
		return -EINVAL;
	while (*s) {
		uint64_t v = 0, us = USEC_PER_SEC;
		size_t n = 0;

		if (!isdigit((unsigned char)*s))
			return -EINVAL;
		for (; isdigit((unsigned char)*s); s++) {
			if (v > UINT64_MAX / 100)
				return -ERANGE;
			v = v * 10 + (uint64_t)(*s - '0');
		}
		while (*s == ' ')
			s++;
		while (isalpha((unsigned char)s[n]))
			n++;
		if (n > 0) {
			size_t i;

			for (i = 0; i < ARRAY_SIZE(units); i++)
				if (strlen(units[i].name) == n && memcmp(units[i].name, s, n) == 0)
					break;
			if (i == ARRAY_SIZE(units))
				return -EINVAL;
			us = units[i].us;
		} else if (*s)
			return -EINVAL;
		if (v > UINT64_MAX / us || v * us > UINT64_MAX - total)
			return -ERANGE;
		total += v * us;
		s += n;
		while (*s == ' ')
			s++;
	}
	*ret_us = total;
	return 0;
}

int parse_size(const char *s, uint64_t *ret_bytes)
{
	uint64_t v = 0, unit = 1;

	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	for (; isdigit((unsigned char)*s); s++) {
		if (v > UINT64_MAX / 100)
			return -ERANGE;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	if (*s) {
		switch (*s++) {
		case 'K':
			unit = 1ULL << 10;
			break;
		case 'M':
			unit = 1ULL << 20;
			break;
		case 'G':
			unit = 1ULL << 30;
			break;
		default:
			return -EINVAL;
		}
		if (*s)
			return -EINVAL;
	}
	if (v > UINT64_MAX / unit)
		return -ERANGE;
	*ret_bytes = v * unit;
	return 0;
}

bool id_valid(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return n >= 1 && n <= 32 && s[n] == '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int hex_decode(const char *s, uint8_t *ret, size_t max)
{
	size_t n = 0;

	while (*s) {
		int hi, lo;

		if (*s == ' ' || *s == '\t' || *s == ':') {
			s++;
			continue;
		}
		hi = hex_digit(s[0]);
		lo = hi < 0 ? -1 : hex_digit(s[1]);
		if (lo < 0)
			return -EINVAL;
		if (n == max)
			return -ENOBUFS;
		ret[n++] = (uint8_t)(hi << 4 | lo);
		s += 2;
	}
	return (int)n;
}

void hex_encode(char *dst, size_t size, const uint8_t *p, size_t n)
{
	size_t used = 0;

	if (size)
		*dst = '\0';
	for (size_t i = 0; i < n; i++)
		if (!str_appendf(dst, size, &used, i ? " %02X" : "%02X", p[i]))
			return;
}

uint32_t crc32c(uint32_t crc, const void *data, size_t n)
{
	static uint32_t table[256];
	static bool ready;
	const uint8_t *p = data;

	if (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE)) {
		/* Every thread computes the same words. */
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t c = i;

			for (int k = 0; k < 8; k++)
				c = c & 1 ? c >> 1 ^ 0x82f63b78u : c >> 1;
			__atomic_store_n(&table[i], c, __ATOMIC_RELAXED);
		}
		__atomic_store_n(&ready, true, __ATOMIC_RELEASE);
	}
	crc = ~crc;
	while (n--)
		crc = __atomic_load_n(&table[(crc ^ *p++) & 0xff], __ATOMIC_RELAXED) ^ crc >> 8;
	return ~crc;
}

int random_bytes(void *p, size_t n)
{
	uint8_t *b = p;

	while (n > 0) {
		ssize_t k = getrandom(b, n, 0);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -errno;
		b += k;
		n -= (size_t)k;
	}
	return 0;
}

int read_file(const char *path, size_t max, char **ret, size_t *ret_len)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	_cleanup_free_ char *buf = NULL;
	struct stat st;
	size_t len = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if ((uint64_t)st.st_size > max)
		return -EFBIG;
	buf = malloc((size_t)st.st_size + 2);
	if (!buf)
		return -ENOMEM;
	for (;;) {
		/* One byte more than expected shows a file that grew meanwhile. */
		ssize_t k = read(fd, buf + len, (size_t)st.st_size + 1 - len);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -errno;
		if (k == 0)
			break;
		len += (size_t)k;
		if (len > (size_t)st.st_size)
			return -EAGAIN;
	}
	buf[len] = '\0';
	*ret = TAKE_PTR(buf);
	if (ret_len)
		*ret_len = len;
	return 0;
}
