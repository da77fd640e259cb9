/* SPDX-License-Identifier: Apache-2.0 */
/* Samples become a history block. */
#include "report-block-internal.h"

#include <math.h>

static void put_u8(struct writer *w, uint8_t v)
{
	writer_raw(w, &v, 1);
}

static void put_varint(struct writer *w, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		put_u8(w, (uint8_t)(v | 0x80));
	put_u8(w, (uint8_t)v);
}

static void put_signed(struct writer *w, int64_t v)
{
	put_varint(w, (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0));
}

static void put_text(struct writer *w, const char *s)
{
	size_t n = MIN(strlen(s), BLOCK_TEXT_MAX);

	put_varint(w, n);
	writer_raw(w, s, n);
}

static void put_le(struct writer *w, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		put_u8(w, (uint8_t)(v >> 8 * i));
}

static void put_float(struct writer *w, double v)
{
	float f = (float)v;
	uint32_t b;

	memcpy(&b, &f, sizeof(b));
	put_le(w, b, 4);
}

/* Samples of one column: an attribute's with values of one type. Those without a value go with the
 * first type. */
struct picked {
	const struct sample **v;
	size_t n, n_values;
	uint8_t type;
};

/* The type of the first sample of ATTR that has a value none of the columns before took. */
static bool next_type(const struct sample *v, size_t n, uint16_t attr, unsigned taken, uint8_t *ret)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (v[i].attr != attr)
			continue;
		any = true;
		if (has_value(&v[i].r) && v[i].r.type < 8 && !(taken >> v[i].r.type & 1)) {
			*ret = v[i].r.type;
			return true;
		}
	}
	*ret = VALUE_NONE;
	return any && taken == 0;
}

static void pick(struct picked *p, const struct sample *v, size_t n, uint16_t attr, bool first)
{
	p->n = p->n_values = 0;
	for (size_t i = 0; i < n; i++) {
		bool value = has_value(&v[i].r);

		if (v[i].attr != attr || (value ? v[i].r.type != p->type : !first))
			continue;
		p->v[p->n++] = &v[i];
		p->n_values += value;
	}
}

static int number_encoding(const struct picked *p, const struct attribute *a)
{
	int d = number_decimals(a->resolution, a->deadband);
	bool floats = true;

	for (size_t i = 0; i < p->n; i++) {
		double v = p->v[i]->r.num;

		if (!has_value(&p->v[i]->r))
			continue;
		floats = floats && (double)(float)v == v;
		if (d >= 0 && !(fabs(v) * pow(10, d) < BLOCK_NUMBER_MAX))
			d = -1;
	}
	return d >= 0 ? ENC_DECIMAL_0 + d : floats ? ENC_FLOAT : ENC_DOUBLE;
}

static void put_numbers(struct writer *w, const struct picked *p, int encoding)
{
	double scale = encoding < ENC_FLOAT ? pow(10, encoding) : 0;
	int64_t before = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct reading *r = &p->v[i]->r;
		uint64_t bits;

		if (!has_value(r))
			continue;
		if (encoding == ENC_FLOAT)
			put_float(w, r->num);
		else if (encoding == ENC_DOUBLE) {
			memcpy(&bits, &r->num, sizeof(bits));
			put_le(w, bits, 8);
		} else {
			int64_t k = (int64_t)llround(r->num * scale);

			put_signed(w, k - before);
			before = k;
		}
	}
}

/* Distinct texts are few: a linear search. */
static int put_texts(struct writer *w, const struct picked *p, const struct attribute *a)
{
	struct writer list = {0}, indexes = {0};
	char text[BLOCK_TEXT_MAX + 1];
	size_t n = 0;
	int e = 0;

	for (size_t i = 0; i < p->n; i++) {
		size_t k = 0, at = 0;

		if (!has_value(&p->v[i]->r))
			continue;
		attribute_format(a, &p->v[i]->r, text, sizeof(text));
		for (; k < n && !streq(list.p + at, text); k++)
			at += strlen(list.p + at) + 1;
		if (k == n) {
			writer_raw(&list, text, strlen(text) + 1);
			n++;
		}
		if (list.failed)
			break;
		put_varint(&indexes, k);
	}
	if (list.failed || indexes.failed)
		e = -ENOMEM;
	else {
		put_varint(w, n);
		for (size_t k = 0, at = 0; k < n; k++) {
			put_text(w, list.p + at);
			at += strlen(list.p + at) + 1;
		}
		if (indexes.n > 0)
			writer_raw(w, indexes.p, indexes.n);
	}
	writer_done(&list);
	writer_done(&indexes);
	return e;
}

static int64_t ticks(uint64_t t_us, uint64_t t0_us)
{
	return t_us >= t0_us ? (int64_t)((t_us - t0_us + BLOCK_TICK_US / 2) / BLOCK_TICK_US)
			     : -(int64_t)((t0_us - t_us + BLOCK_TICK_US / 2) / BLOCK_TICK_US);
}

/* Distinct moments of all samples, which are in time order. */
struct axis {
	int64_t *v;
	size_t n;
};

static int axis_build(struct axis *a, const struct sample *v, size_t n, uint64_t t0_us)
{
	a->v = malloc((n + 1) * sizeof(*a->v));
	if (!a->v)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int64_t t = ticks(v[i].t_us, t0_us);

		if (a->n == 0 || t > a->v[a->n - 1])
			a->v[a->n++] = t;
		else if (t < a->v[a->n - 1])
			return -EINVAL;
	}
	return 0;
}

static void put_axis(struct writer *w, const struct axis *a)
{
	int64_t before = 0, step = 0;

	put_varint(w, a->n);
	for (size_t i = 0; i < a->n; i++) {
		put_signed(w, a->v[i] - before - step);
		step = a->v[i] - before;
		before = a->v[i];
	}
}

static void put_times_and_qualities(
	struct writer *w, const struct picked *p, const struct axis *a, uint64_t t0_us)
{
	size_t at = 0, before = 0;

	for (size_t i = 0; i < p->n; i++) {
		int64_t t = ticks(p->v[i]->t_us, t0_us);

		while (a->v[at] < t)
			at++;
		put_varint(w, at - before);
		before = at;
	}
	for (size_t i = 0, k; i < p->n; i = k) {
		const struct reading *r = &p->v[i]->r;

		for (k = i + 1; k < p->n && p->v[k]->r.quality == r->quality &&
				p->v[k]->r.reason == r->reason;)
			k++;
		put_varint(w, k - i);
		put_u8(w, r->quality);
		put_u8(w, r->reason);
	}
}

static int put_column(struct writer *w, const struct appliance *a, uint16_t attr,
	const struct picked *p, const struct axis *axis, uint64_t t0_us)
{
	const struct attribute *at = &a->attrs[attr];
	int encoding = p->type == VALUE_NUMBER ? number_encoding(p, at)
		       : p->type == VALUE_BOOL ? ENC_BOOL
					       : ENC_TEXT;

	put_text(w, at->name);
	put_text(w, unit_name(at->unit));
	put_u8(w, (uint8_t)(p->type | (at->total ? BLOCK_TYPE_TOTAL : 0)));
	put_u8(w, (uint8_t)encoding);
	put_float(w, at->deadband);
	put_float(w, at->resolution);
	put_varint(w, attr);
	put_varint(w, p->n);
	put_times_and_qualities(w, p, axis, t0_us);
	if (p->n_values == 0)
		return 0;
	if (encoding == ENC_TEXT)
		return put_texts(w, p, at);
	if (encoding != ENC_BOOL) {
		put_numbers(w, p, encoding);
		return 0;
	}
	for (size_t i = 0; i < p->n; i++)
		if (has_value(&p->v[i]->r))
			put_u8(w, p->v[i]->r.code != 0);
	return 0;
}

int block_encode(const struct appliance *a, const struct sample *v, size_t n, uint64_t t0_us,
	void **ret, size_t *ret_n)
{
	struct picked p = {0};
	struct axis axis = {0};
	struct writer head = {0}, body = {0};
	size_t columns = 0;
	char *text;
	int e = 0;

	if (n > BLOCK_SAMPLES_MAX || a->n_attrs > BLOCK_COLUMNS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < n; i++)
		if (v[i].attr >= a->n_attrs)
			return -EINVAL;
	p.v = malloc((n + 1) * sizeof(*p.v));
	e = p.v ? axis_build(&axis, v, n, t0_us) : -ENOMEM;
	for (size_t attr = 0; e == 0 && attr < a->n_attrs; attr++)
		for (unsigned taken = 0; e == 0 &&
					 next_type(v, n, (uint16_t)attr, taken, &p.type) &&
					 columns < BLOCK_COLUMNS_MAX;) {
			pick(&p, v, n, (uint16_t)attr, taken == 0);
			e = put_column(&body, a, (uint16_t)attr, &p, &axis, t0_us);
			taken |= 1u << p.type;
			columns++;
			if (p.type == VALUE_NONE)
				break;
		}
	free(p.v);
	put_u8(&head, BLOCK_FORMAT);
	put_text(&head, a->conf && a->conf->kind ? a->conf->kind->name : "");
	put_axis(&head, &axis);
	free(axis.v);
	put_varint(&head, columns);
	if (body.failed)
		head.failed = true;
	else if (body.n > 0)
		writer_raw(&head, body.p, body.n);
	writer_done(&body);
	if (e < 0) {
		writer_done(&head);
		return e;
	}
	e = writer_take(&head, &text, ret_n);
	if (e == 0)
		*ret = text;
	return e;
}
