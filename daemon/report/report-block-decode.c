/* SPDX-License-Identifier: Apache-2.0 */
/* A history block becomes samples again. It comes from a file: nothing in it is believed. */
#include "report-block-internal.h"

#include <math.h>

struct reader {
	const uint8_t *p;
	size_t left;
	bool bad;
};

static uint64_t get_le(struct reader *r, unsigned bytes)
{
	uint64_t v = 0;

	if (r->left < bytes) {
		r->bad = true;
		return 0;
	}
	for (unsigned i = 0; i < bytes; i++)
		v |= (uint64_t)r->p[i] << 8 * i;
	r->p += bytes;
	r->left -= bytes;
	return v;
}

static uint64_t get_varint(struct reader *r)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t b = (uint8_t)get_le(r, 1);

		if (shift == 63 && b > 1)
			break;
		v |= (uint64_t)(b & 0x7f) << shift;
		if (r->bad || !(b & 0x80))
			return r->bad ? 0 : v;
	}
	r->bad = true;
	return 0;
}

static int64_t get_signed(struct reader *r)
{
	uint64_t v = get_varint(r);

	return (int64_t)(v >> 1 ^ (v & 1 ? UINT64_MAX : 0));
}

/* A count of things that take at least one byte each. */
static size_t get_count(struct reader *r, size_t max)
{
	uint64_t v = get_varint(r);

	if (v > max || v > r->left)
		r->bad = true;
	return r->bad ? 0 : (size_t)v;
}

static void get_text(struct reader *r, char *dst, size_t size)
{
	size_t n = get_count(r, BLOCK_TEXT_MAX);

	if (r->bad || n >= size || !utf8_valid((const char *)r->p, n) || memchr(r->p, 0, n)) {
		r->bad = true;
		dst[0] = 0;
		return;
	}
	memcpy(dst, r->p, n);
	dst[n] = 0;
	r->p += n;
	r->left -= n;
}

/* 0.1f is not 0.1: six digits give back what was meant. */
static double six_digits(float f)
{
	/* Powers of ten up to 22 are doubles without an error, so the last step rounds once. */
	int shift = 5 - (int)floor(log10((double)f));
	double scale = pow(10, abs(shift));

	if (abs(shift) > 22)
		return (double)f;
	return shift >= 0 ? rint((double)f * scale) / scale : rint((double)f / scale) * scale;
}

static double get_float(struct reader *r)
{
	uint32_t b = (uint32_t)get_le(r, 4);
	float f;

	memcpy(&f, &b, sizeof(f));
	if (!isfinite(f) || f < 0)
		r->bad = true;
	return r->bad || f == 0 ? 0 : six_digits(f);
}

/* Difference sums that a hostile block could run out of range. */
static bool add(int64_t *sum, int64_t v)
{
	return !__builtin_add_overflow(*sum, v, sum);
}

/* Moments of the block, into *RET as boot times. */
static int get_axis(struct reader *r, uint64_t t0_us, uint64_t **ret, size_t *ret_n)
{
	size_t n = get_count(r, BLOCK_SAMPLES_MAX);
	uint64_t *v = malloc((n + 1) * sizeof(*v));
	int64_t t = 0, step = 0;

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < n && !r->bad; i++) {
		/* 50 years either way */
		if (!add(&step, get_signed(r)) || !add(&t, step) || t > (INT64_C(1) << 34) ||
			t < -(INT64_C(1) << 34)) {
			r->bad = true;
			break;
		}
		v[i] = t >= 0 ? t0_us + (uint64_t)t * BLOCK_TICK_US
		       : (uint64_t)-t * BLOCK_TICK_US <= t0_us
			       ? t0_us - (uint64_t)-t * BLOCK_TICK_US
			       : 0;
	}
	*ret = v;
	*ret_n = n;
	return r->bad ? -EBADMSG : 0;
}

static void get_times(
	struct reader *r, struct sample *v, size_t n, const uint64_t *axis, size_t n_axis)
{
	size_t at = 0;

	for (size_t i = 0; i < n && !r->bad; i++) {
		uint64_t step = get_varint(r);

		if (step >= n_axis - at) {
			r->bad = true;
			return;
		}
		at += step;
		v[i].t_us = axis[at];
	}
}

static void get_qualities(struct reader *r, struct sample *v, size_t n, uint8_t type)
{
	for (size_t i = 0; i < n && !r->bad;) {
		uint64_t run = get_varint(r);
		uint8_t quality = (uint8_t)get_le(r, 1), reason = (uint8_t)get_le(r, 1);

		if (run == 0 || run > n - i || quality >= _QUALITY_MAX || reason >= _REASON_MAX) {
			r->bad = true;
			return;
		}
		for (; run > 0; run--, i++) {
			v[i].r.quality = quality;
			v[i].r.reason = reason;
			v[i].r.type = quality == QUALITY_GOOD ? type : VALUE_NONE;
		}
	}
}

static double get_double(struct reader *r)
{
	uint64_t b = get_le(r, 8);
	double v;

	memcpy(&v, &b, sizeof(v));
	return v;
}

static void get_numbers(struct reader *r, struct sample *v, size_t n, unsigned encoding)
{
	double scale = encoding < ENC_FLOAT ? pow(10, encoding) : 0;
	int64_t k = 0;

	for (size_t i = 0; i < n && !r->bad; i++) {
		uint32_t b;
		float f;

		if (!has_value(&v[i].r))
			continue;
		if (encoding == ENC_FLOAT) {
			b = (uint32_t)get_le(r, 4);
			memcpy(&f, &b, sizeof(f));
			v[i].r.num = f;
		} else if (encoding == ENC_DOUBLE)
			v[i].r.num = get_double(r);
		else if (!add(&k, get_signed(r)))
			r->bad = true;
		else
			v[i].r.num = (double)k / scale;
		if (!isfinite(v[i].r.num))
			r->bad = true;
	}
}

static int add_text(struct decoded_block *b, const char *text)
{
	char **p;

	if (b->n_texts == BLOCK_TEXTS_MAX)
		return -EBADMSG;
	p = reallocarray(b->texts, b->n_texts + 1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	b->texts = p;
	p[b->n_texts] = strdup(text);
	if (!p[b->n_texts])
		return -ENOMEM;
	b->n_texts++;
	return 0;
}

static int get_texts(struct reader *r, struct decoded_block *b, struct sample *v, size_t n)
{
	size_t first = b->n_texts, count = get_count(r, n);

	for (size_t i = 0; i < count && !r->bad; i++) {
		char text[BLOCK_TEXT_MAX + 1];
		int e;

		get_text(r, text, sizeof(text));
		e = r->bad ? 0 : add_text(b, text);
		if (e < 0)
			return e;
	}
	for (size_t i = 0; i < n && !r->bad; i++) {
		uint64_t k;

		if (!has_value(&v[i].r))
			continue;
		k = get_varint(r);
		if (k >= count)
			r->bad = true;
		v[i].r.code = (int64_t)(first + k);
	}
	return 0;
}

static bool encoding_fits(uint8_t type, uint8_t encoding)
{
	switch ((enum value_type)type) {
	case VALUE_NUMBER:
		return encoding <= ENC_DECIMAL_0 + 9 || encoding == ENC_FLOAT ||
		       encoding == ENC_DOUBLE;
	case VALUE_BOOL:
		return encoding == ENC_BOOL;
	case VALUE_NONE:
	case VALUE_ENUM:
	case VALUE_BITS:
	case VALUE_STRING:
		return encoding == ENC_TEXT;
	}
	return false;
}

static int get_values(struct reader *r, struct decoded_block *b, struct sample *v, size_t n,
	uint8_t type, uint8_t encoding)
{
	bool any = false;

	for (size_t i = 0; i < n; i++)
		any = any || has_value(&v[i].r);
	if (!any || r->bad)
		return 0;
	if (type == VALUE_NUMBER)
		get_numbers(r, v, n, encoding);
	else if (type != VALUE_BOOL)
		return get_texts(r, b, v, n);
	else
		for (size_t i = 0; i < n; i++)
			if (has_value(&v[i].r))
				v[i].r.code = get_le(r, 1) != 0;
	return 0;
}

static int get_column(
	struct reader *r, struct decoded_block *b, const uint64_t *axis, size_t n_axis)
{
	struct block_column *c = &b->columns[b->n_columns];
	const struct model_kind *kind = model_kind_by_name(b->kind);
	struct sample *v;
	char unit[32];
	uint8_t encoding;
	uint64_t order;
	size_t n;
	int k;

	get_text(r, c->name, sizeof(c->name));
	get_text(r, unit, sizeof(unit));
	c->type = (uint8_t)get_le(r, 1);
	c->total = c->type & BLOCK_TYPE_TOTAL;
	c->type &= (uint8_t)~BLOCK_TYPE_TOTAL;
	encoding = (uint8_t)get_le(r, 1);
	c->deadband = get_float(r);
	c->resolution = get_float(r);
	order = get_varint(r);
	n = get_count(r, BLOCK_SAMPLES_MAX - b->n_samples);
	if (r->bad || c->name[0] == 0 || order > UINT16_MAX || !encoding_fits(c->type, encoding))
		return -EBADMSG;
	c->order = (uint16_t)order;
	if (unit_by_name(unit, &c->unit) < 0)
		c->unit = UNIT_NONE;
	k = kind ? model_attr_index(kind, c->name) : -ENOENT;
	c->model = k >= 0 ? &kind->attrs[k] : NULL;
	v = reallocarray(b->samples, b->n_samples + n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	b->samples = v;
	v += b->n_samples;
	memset(v, 0, n * sizeof(*v));
	for (size_t i = 0; i < n; i++)
		v[i].attr = (uint16_t)b->n_columns;
	get_times(r, v, n, axis, n_axis);
	get_qualities(r, v, n, c->type);
	k = get_values(r, b, v, n, c->type, encoding);
	if (k < 0)
		return k;
	for (size_t i = 0; i < n; i++)
		v[i].r.t_us = v[i].t_us;
	b->n_samples += n;
	b->n_columns++;
	return r->bad ? -EBADMSG : 0;
}

static int by_time(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	if (x->t_us != y->t_us)
		return x->t_us < y->t_us ? -1 : 1;
	if (x->attr != y->attr)
		return x->attr < y->attr ? -1 : 1;
	/* .raw held the place in the column. */
	return x->r.raw < y->r.raw ? -1 : x->r.raw > y->r.raw;
}

static void sort_samples(struct decoded_block *b)
{
	for (size_t i = 0; i < b->n_samples; i++)
		b->samples[i].r.raw = (int64_t)i;
	if (b->n_samples > 0)
		qsort(b->samples, b->n_samples, sizeof(*b->samples), by_time);
	for (size_t i = 0; i < b->n_samples; i++) {
		b->samples[i].r.raw = 0;
		b->columns[b->samples[i].attr].last = i;
	}
}

int block_decode(const void *blob, size_t n, uint64_t t0_us, struct decoded_block *ret)
{
	struct reader r = {.p = blob, .left = n};
	struct decoded_block b = {0};
	uint64_t *axis = NULL;
	size_t columns, n_axis = 0;
	int e;

	if (get_le(&r, 1) != BLOCK_FORMAT)
		return -EBADMSG;
	get_text(&r, b.kind, sizeof(b.kind));
	e = get_axis(&r, t0_us, &axis, &n_axis);
	columns = get_count(&r, BLOCK_COLUMNS_MAX);
	if (e == 0 && r.bad)
		e = -EBADMSG;
	if (e == 0) {
		b.columns = calloc(columns + 1, sizeof(*b.columns));
		if (!b.columns)
			e = -ENOMEM;
	}
	for (size_t i = 0; e == 0 && i < columns; i++)
		e = get_column(&r, &b, axis, n_axis);
	free(axis);
	if (e == 0 && r.left > 0)
		e = -EBADMSG;
	if (e < 0) {
		decoded_block_done(&b);
		return e;
	}
	sort_samples(&b);
	*ret = b;
	return 0;
}

void decoded_block_done(struct decoded_block *b)
{
	for (size_t i = 0; i < b->n_texts; i++)
		free(b->texts[i]);
	free(b->texts);
	free(b->samples);
	free(b->columns);
	*b = (struct decoded_block){0};
}
