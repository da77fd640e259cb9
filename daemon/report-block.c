/* SPDX-License-Identifier: Apache-2.0 */
/* The history block, format 1. Integers are LEB128 varints, signed ones zigzag; text is a length and
 * its bytes:
 *
 *   u8 format · kind · m · m moments in 0.1 s since t0, as changes of the difference ·
 *   columns · column…
 *   column: name · unit · u8 type (+ 0x80 a running total) · u8 encoding · f32 deadband · f32 resolution · order · n
 *           n moments by number, each as the difference to the one before
 *           runs of equal quality: length, u8 quality, u8 reason
 *           a value for each sample of quality good: by encoding
 *
 * Columns because a column is alike in itself: deltas are small, and deflate finds the rest. Moments
 * are shared because points read in one transaction are. */
#include "report-internal.h"
#include <math.h>

#define BLOCK_FORMAT 1
#define TYPE_TOTAL   0x80 /* in the byte of the type: a running total */
#define TICK_US      (100 * USEC_PER_MSEC)
#define TEXT_MAX     255
#define TEXTS_MAX    65536
#define NUMBER_MAX   9e15 /* of a scaled integer: exact in a double */

enum encoding {
	ENC_DECIMAL_0, /* …9: value × 10^n, deltas */
	ENC_FLOAT = 16,
	ENC_DOUBLE,
	ENC_TEXT, /* list of texts, then an index a value */
	ENC_BOOL, /* a byte a value */
};

/* ---- writing */

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
	size_t n = MIN(strlen(s), TEXT_MAX);

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

static bool has_value(const struct reading *r)
{
	return r->quality == QUALITY_GOOD && r->type != VALUE_NONE;
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
		if (d >= 0 && !(fabs(v) * pow(10, d) < NUMBER_MAX))
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
	char text[TEXT_MAX + 1];
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
	return t_us >= t0_us ? (int64_t)((t_us - t0_us + TICK_US / 2) / TICK_US)
			     : -(int64_t)((t0_us - t_us + TICK_US / 2) / TICK_US);
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
	put_u8(w, (uint8_t)(p->type | (at->total ? TYPE_TOTAL : 0)));
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

/* ---- reading; nothing is believed */

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
	size_t n = get_count(r, TEXT_MAX);

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
		v[i] = t >= 0                            ? t0_us + (uint64_t)t * TICK_US
		       : (uint64_t)-t * TICK_US <= t0_us ? t0_us - (uint64_t)-t * TICK_US
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

	if (b->n_texts == TEXTS_MAX)
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
		char text[TEXT_MAX + 1];
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
	c->total = c->type & TYPE_TOTAL;
	c->type &= (uint8_t)~TYPE_TOTAL;
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
