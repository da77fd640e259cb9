/* SPDX-License-Identifier: Apache-2.0 */
/* Columns of hearth.report/2 read back: bytes from outside. */
#include "report-internal.h"
#include <inttypes.h>
#include <math.h>

#define STEPS_MAX INT64_C(1000000000000000)

static bool take_number(const char **p, const char *end, char stop, double *ret)
{
	char text[40], *rest;
	const char *z = memchr(*p, stop, (size_t)(end - *p));

	if (!z || z == *p || (size_t)(z - *p) >= sizeof(text))
		return false;
	memcpy(text, *p, (size_t)(z - *p));
	text[z - *p] = 0;
	if (strspn(text, "0123456789.-") != strlen(text))
		return false;
	*ret = strtod(text, &rest);
	*p = z + 1;
	return !*rest && isfinite(*ret);
}

/* One change: 0, a letter, or a number in brackets. */
static bool take_change(const char **p, const char *end, int64_t *ret)
{
	double v;
	char c = *(*p)++;

	if (c == '0')
		*ret = 0;
	else if (c >= 'a' && c <= 'z')
		*ret = c - 'a' + 1;
	else if (c >= 'A' && c <= 'Z')
		*ret = -(c - 'A' + 1);
	else if (c == '(' && take_number(p, end, ')', &v) && v == round(v) && fabs(v) <= STEPS_MAX)
		*ret = (int64_t)v;
	else
		return false;
	return true;
}

int column_read(const struct column_group *g, const char *p, size_t n, struct column_held *held,
	column_value_fn fn, void *userdata)
{
	const char *end = p + n;
	bool anchor = n > 0 && *p == '=', second = false;
	double step = held->step, value;
	int64_t at, slope = 0;
	bool first = true;
	unsigned k = 0;

	if (anchor) {
		p++;
		if (!take_number(&p, end, '/', &value) || !take_number(&p, end, ';', &step) ||
			!(step > 0))
			return -EBADMSG;
	} else if (!(step > 0))
		return -ENODATA;
	else
		value = held->value;
	if (!(fabs(value / step) <= STEPS_MAX))
		return -EBADMSG;
	at = (int64_t)round(value / step);
	if (p < end && *p == '~') {
		second = true;
		slope = anchor ? 0 : held->slope;
		p++;
	}
	for (; p < end && *p == '.'; p++)
		k++;
	if (k > 0 && (!anchor || k >= g->slots))
		return -EBADMSG;
	for (; k < g->slots && (p < end || slope != 0 || first); k++) {
		int64_t d = 0;

		if (p < end && !take_change(&p, end, &d))
			return -EBADMSG;
		slope = second ? slope + d : d;
		at += slope;
		if (at > STEPS_MAX || at < -STEPS_MAX || slope > STEPS_MAX || slope < -STEPS_MAX)
			return -EBADMSG;
		held->value = (double)at * step;
		held->step = step;
		if (slope != 0 || (anchor && first)) {
			int r = fn(g->t[k], held, userdata);

			if (r < 0)
				return r;
		}
		first = false;
		if (!second)
			slope = 0;
	}
	held->slope = slope;
	return p == end ? 0 : -EBADMSG;
}
