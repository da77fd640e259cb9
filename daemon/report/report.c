/* SPDX-License-Identifier: Apache-2.0 */
/* hearth.report/1: what changed, by exception. A value is told when it left the deadband around the
 * last one told, a quality when it changed, and everything once an interval. hearth.report/2: the same
 * without deadbands, numbers in columns (report-column.c). */
#include "report-state.h"
#include <math.h>

/* One attribute in the message being composed. */
struct series {
	uint32_t entry;
	uint16_t appliance, order;
	int64_t last_a, last_q; /* seconds */
	struct writer a, q;
	struct column_value *values; /* lossless: what goes into a column, unless A is begun */
	size_t n_values, values_size;
};

/* ---- the message being composed */

#define COLUMN_VALUE_BYTES 3 /* of a change, mostly less */

struct composer {
	struct report_state *state;
	struct series *series;
	size_t n_series, size;
	const char **appliances; /* aliases in order of first sight */
	size_t n_appliances;
	size_t bytes, max; /* of the message so far, rounded up */
	uint64_t repeat_us;
	bool lossless;
	int64_t t; /* seconds of its start */
	size_t values;
};

enum { MORE = 0, FULL = 1 };

static int appliance_index(struct composer *c, const char *alias)
{
	const char **p;

	for (size_t i = 0; i < c->n_appliances; i++)
		if (streq(c->appliances[i], alias))
			return (int)i;
	p = reallocarray(c->appliances, c->n_appliances + 1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	c->appliances = p;
	p[c->n_appliances] = alias;
	c->bytes += 2 * (strlen(alias) + 6); /* "ALIAS":{}, in "a" and in "q" */
	return (int)c->n_appliances++;
}

static int series_of(struct composer *c, uint32_t entry, struct series **ret)
{
	struct entry *e = &c->state->entries[entry];
	int appliance;

	if (e->series > 0) {
		*ret = &c->series[e->series - 1];
		return 0;
	}
	appliance = appliance_index(c, e->alias);
	if (appliance < 0)
		return appliance;
	if (c->n_series == c->size) {
		size_t size = MAX(64, c->size * 2);
		struct series *p = reallocarray(c->series, size, sizeof(*p));

		if (!p)
			return -ENOMEM;
		c->series = p;
		c->size = size;
	}
	c->series[c->n_series] = (struct series){
		.entry = entry,
		.appliance = (uint16_t)appliance,
		.order = e->order,
		.last_a = c->t,
		.last_q = c->t,
	};
	c->bytes += 2 * (strlen(e->name) + 6);
	*ret = &c->series[c->n_series++];
	e->series = (uint32_t)c->n_series;
	return 0;
}

static void add_step(struct writer *w, int64_t *last, int64_t seconds)
{
	/* Samples of one attribute come in order; a clock read a moment apart may say otherwise. */
	seconds = MAX(seconds, *last);
	write_signed(w, seconds - *last);
	*last = seconds;
}

/* What was meant for a column goes into the series after all. */
static void flatten(const struct composer *c, struct series *s)
{
	int64_t last = c->t;

	for (size_t i = 0; i < s->n_values; i++) {
		add_step(&s->a, &last, s->values[i].t);
		write_decimal(&s->a, s->values[i].value, c->state->entries[s->entry].decimals);
	}
	s->n_values = 0;
}

static bool add_to_column(
	struct composer *c, struct series *s, const struct told *t, int64_t seconds)
{
	const struct entry *e = &c->state->entries[s->entry];
	struct column_value v = {.t = MAX(seconds, s->last_a), .value = t->num};

	if (!c->lossless || t->type != VALUE_NUMBER || s->a.n > 0 || s->q.n > 0 ||
		!column_steps(t->num, e->step, &v.n))
		return false;
	if (s->n_values == s->values_size) {
		size_t size = MAX(32, s->values_size * 2);
		struct column_value *p = reallocarray(s->values, size, sizeof(*p));

		if (!p)
			return false;
		s->values = p;
		s->values_size = size;
	}
	s->values[s->n_values++] = v;
	s->last_a = v.t;
	c->values++;
	c->bytes += COLUMN_VALUE_BYTES;
	return true;
}

static int tell_value(struct composer *c, struct series *s, const struct told *t, int64_t seconds)
{
	size_t before = s->a.n + s->q.n;
	bool tie = s->q.n > 0 && MAX(seconds, s->last_a) <= s->last_q;

	if (add_to_column(c, s, t, seconds))
		return 0;
	flatten(c, s);
	add_step(&s->a, &s->last_a, seconds);
	switch ((enum value_type)t->type) {
	case VALUE_NUMBER:
		write_decimal(&s->a, t->num, c->state->entries[s->entry].decimals);
		break;
	case VALUE_BOOL:
		write_bool(&s->a, t->num != 0);
		break;
	case VALUE_ENUM:
	case VALUE_BITS:
	case VALUE_STRING:
		write_string(&s->a, t->text);
		break;
	case VALUE_NONE:
		write_null(&s->a);
		break;
	}
	/* Of a value and a quality at the same second the quality counts last: say it is good. */
	if (tie) {
		add_step(&s->q, &s->last_q, seconds);
		write_string(&s->q, quality_name(QUALITY_GOOD));
	}
	c->values++;
	c->bytes += s->a.n + s->q.n - before;
	return s->a.failed || s->q.failed ? -ENOMEM : 0;
}

static int tell_quality(struct composer *c, struct series *s, const struct told *t, int64_t seconds)
{
	size_t before = s->q.n;
	char text[64];

	flatten(c, s); /* a column has no qualities */
	if (t->reason != REASON_NONE)
		(void)snprintf(text, sizeof(text), "%s:%s", quality_name(t->quality),
			reason_name(t->reason));
	else
		(void)snprintf(text, sizeof(text), "%s", quality_name(t->quality));
	/* A value of this very second came before it. */
	add_step(&s->q, &s->last_q, MAX(seconds, s->a.n > 0 ? s->last_a : seconds));
	write_string(&s->q, text);
	c->values++;
	c->bytes += s->q.n - before;
	return s->q.failed ? -ENOMEM : 0;
}

static int64_t seconds_of(const struct report_block *b, uint64_t t_us)
{
	struct stamp t = {.t_us = t_us};

	if (b->t0.wall_us)
		t.wall_us = b->t0.wall_us + (int64_t)(t_us - b->t0.t_us);
	return stamp_seconds(&t);
}

/* Longest a single value can be on the wire: dt, a text of 255 bytes escaped, and the quality. */
static bool has_room(const struct composer *c, const char *text)
{
	return c->bytes + 160 + (text ? 6 * strlen(text) : 32) <= c->max;
}

static int tell(struct composer *c, const struct report_block *b, uint32_t entry, uint64_t t_us)
{
	struct told *t = &c->state->entries[entry].staged;
	struct series *s;
	int e = series_of(c, entry, &s);

	if (e < 0)
		return e;
	t->have = true;
	t->t_us = t_us;
	t->boot_id = b->t0.boot_id;
	return t->quality == QUALITY_GOOD ? tell_value(c, s, t, seconds_of(b, t_us))
					  : tell_quality(c, s, t, seconds_of(b, t_us));
}

/* What is on the wire is rounded, so the comparison is of what will be there. */
static double rounded(double v, int decimals)
{
	char text[40];

	if (decimals < 0)
		return v;
	number_format(text, sizeof(text), v, decimals);
	return strtod(text, NULL);
}

static bool must_tell(const struct composer *c, const struct told *t, const struct report_block *b,
	const struct block_column *col, const struct sample *s, double num, const char *text)
{
	bool repeat = t->boot_id != b->t0.boot_id || s->t_us < t->t_us ||
		      s->t_us - t->t_us >= c->repeat_us;

	if (!t->have || repeat || t->quality != s->r.quality)
		return true;
	if (s->r.quality != QUALITY_GOOD)
		return false;
	if (t->type != s->r.type)
		return true;
	if (text)
		return !t->text || !streq(t->text, text);
	if (s->r.type == VALUE_NUMBER)
		return fabs(num - t->num) > (c->lossless ? 0 : col->deadband * (1 + 1e-9));
	return num != t->num;
}

static int add_sample(struct composer *c, const struct report_block *b, const struct sample *s)
{
	const struct block_column *col = &b->block->columns[s->attr];
	const char *text = NULL;
	bool good = s->r.quality == QUALITY_GOOD;
	double num = 0;
	struct entry *e;
	struct told *t;
	uint32_t index;
	int r;

	if (good && s->r.type == VALUE_NONE)
		return MORE;
	if (good && s->r.type == VALUE_BOOL)
		num = s->r.code != 0;
	else if (good && s->r.type != VALUE_NUMBER)
		text = b->block->texts[s->r.code];
	if (!has_room(c, text))
		return FULL;
	r = report_state_find(c->state, b->appliance, col->name, &index);
	if (r < 0)
		return r == -ENOSPC ? MORE : r;
	e = &c->state->entries[index];
	e->order = col->order;
	e->decimals = (int8_t)number_decimals(col->resolution, col->deadband);
	e->step = col->resolution;
	if (good && s->r.type == VALUE_NUMBER)
		num = rounded(s->r.num, e->decimals);
	t = entry_current(e);
	/* A running total loses nothing by being told at the block's end alone. */
	if ((col->total && !c->lossless && good && t->have && t->quality == QUALITY_GOOD &&
		    s != &b->block->samples[col->last]) ||
		!must_tell(c, t, b, col, s, num, text)) {
		t->num_seen = num;
		return MORE;
	}
	r = entry_stage(e);
	if (r < 0)
		return r;
	t = &e->staged;
	t->quality = s->r.quality;
	t->reason = s->r.reason;
	if (good) {
		char *copy = text ? strdup(text) : NULL;

		if (text && !copy)
			return -ENOMEM;
		free(t->text);
		t->text = copy;
		t->type = s->r.type;
		t->num = t->num_seen = num;
	}
	return tell(c, b, index, s->t_us);
}

/* What has not been told for the interval is told again at the block's end. */
static int repeat_unchanged(struct composer *c, const struct report_block *b)
{
	for (uint32_t i = 0; i < c->state->n; i++) {
		struct entry *e = &c->state->entries[i];
		const struct told *t = entry_current(e);
		int r;

		if (!t->have || t->boot_id != b->t0.boot_id || b->t1_us < t->t_us ||
			b->t1_us - t->t_us < c->repeat_us || !streq(e->alias, b->appliance))
			continue;
		if (!has_room(c, t->text))
			return FULL;
		r = entry_stage(e);
		if (r < 0)
			return r;
		e->staged.num = e->staged.num_seen;
		r = tell(c, b, i, b->t1_us);
		if (r < 0)
			return r;
	}
	return MORE;
}

/* ---- the whole */

static bool same_clock(const struct report_block *a, const struct report_block *b)
{
	if (a->t0.wall_us && b->t0.wall_us)
		return true;
	return !a->t0.wall_us && !b->t0.wall_us && a->t0.boot_id == b->t0.boot_id;
}

static int64_t start_of(const struct report_block *v, size_t n)
{
	int64_t t = INT64_MAX;

	for (size_t i = 0; i < n; i++) {
		uint64_t first = v[i].t0.t_us;

		if (v[i].skip > 0)
			first = v[i].skip < v[i].block->n_samples
					? v[i].block->samples[v[i].skip].t_us
					: v[i].t1_us;
		else if (v[i].block->n_samples > 0)
			first = MIN(first, v[i].block->samples[0].t_us);
		t = MIN(t, seconds_of(&v[i], first));
	}
	return t;
}

static int by_place(const void *a, const void *b)
{
	const struct series *x = a, *y = b;

	if (x->appliance != y->appliance)
		return x->appliance < y->appliance ? -1 : 1;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->entry < y->entry ? -1 : x->entry > y->entry;
}

/* The columns of one appliance, from series FROM on; returns where the next one begins. */
static size_t write_columns(
	struct writer *w, struct composer *c, struct report_column *v, size_t from, bool *any)
{
	uint16_t appliance = c->series[from].appliance;
	struct writer text = {0};
	size_t n = 0;

	for (; from + n < c->n_series && c->series[from + n].appliance == appliance; n++) {
		const struct series *s = &c->series[from + n];
		const struct entry *e = &c->state->entries[s->entry];
		const struct told *t = &e->told;

		v[n] = (struct report_column){
			.name = e->name, .step = e->step, .v = s->values, .n = s->n_values};
		if (s->n_values == 0)
			continue;
		v[n].known = t->have && t->type == VALUE_NUMBER && t->quality == QUALITY_GOOD &&
			     column_steps(t->num, e->step, &v[n].from.n);
		v[n].from.value = t->num;
		v[n].slope = t->slope;
		v[n].anchor = !v[n].known || t->step != e->step ||
			      t->boot_id != e->staged.boot_id ||
			      e->staged.t_us - t->anchor_us >= c->repeat_us;
	}
	columns_write(&text, c->t, v, n);
	for (size_t i = 0; i < n; i++) {
		struct told *t = &c->state->entries[c->series[from + i].entry].staged;

		t->slope = v[i].told ? v[i].slope : 0;
		if (v[i].told && v[i].anchor) {
			t->step = v[i].step;
			t->anchor_us = t->t_us;
		} else if (!v[i].told)
			flatten(c, &c->series[from + i]);
	}
	if (text.n > 0) {
		if (!*any) {
			write_key(w, "s");
			write_open(w, '{');
		}
		*any = true;
		write_key(w, c->appliances[appliance]);
		write_open(w, '[');
		writer_raw(w, text.p, text.n);
		write_close(w, ']');
	}
	w->failed = w->failed || text.failed;
	writer_done(&text);
	return from + n;
}

static void write_all_columns(struct writer *w, struct composer *c)
{
	struct report_column *v = calloc(MAX(c->n_series, 1U), sizeof(*v));
	bool any = false;

	w->failed = w->failed || !v;
	for (size_t i = 0; v && i < c->n_series;)
		i = write_columns(w, c, v, i, &any);
	if (any)
		write_close(w, '}');
	free(v);
}

static void write_series(struct writer *w, const struct composer *c, const char *key, bool quality)
{
	int appliance = -1;

	for (size_t i = 0; i < c->n_series; i++) {
		const struct series *s = &c->series[i];
		const struct writer *v = quality ? &s->q : &s->a;

		if (v->n == 0)
			continue;
		if (appliance < 0) {
			write_key(w, key);
			write_open(w, '{');
		}
		if (appliance != s->appliance) {
			if (appliance >= 0)
				write_close(w, '}');
			appliance = s->appliance;
			write_key(w, c->appliances[appliance]);
			write_open(w, '{');
		}
		write_key(w, c->state->entries[s->entry].name);
		write_open(w, '[');
		writer_raw(w, v->p, v->n);
		write_close(w, ']');
	}
	if (appliance >= 0) {
		write_close(w, '}');
		write_close(w, '}');
	}
}

static int write_message(struct composer *c, const struct message_head *head,
	const struct report_block *first, struct report_text *ret)
{
	struct stamp t = {0};
	struct writer w = {0};

	if (first) {
		t = first->t0;
		if (t.wall_us)
			t.wall_us = c->t * (int64_t)USEC_PER_SEC;
		else
			t.t_us = (uint64_t)c->t * USEC_PER_SEC;
	}
	write_open(&w, '{');
	write_head(&w, c->lossless ? "hearth.report/2" : "hearth.report/1", head);
	if (first)
		write_stamp(&w, &t);
	write_head_rest(&w, head);
	if (c->lossless)
		write_all_columns(&w, c);
	write_series(&w, c, "a", false);
	write_series(&w, c, "q", true);
	write_close(&w, '}');
	return writer_take(&w, &ret->json, &ret->n);
}

static int compose_blocks(
	struct composer *c, const struct report_block *v, size_t n, struct report_text *ret)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = v[i].skip;
		int e = MORE;

		for (; e == MORE && k < v[i].block->n_samples; k++)
			e = add_sample(c, &v[i], &v[i].block->samples[k]);
		if (e == FULL)
			k--;
		if (e == MORE)
			e = repeat_unchanged(c, &v[i]);
		if (e < 0)
			return e;
		if (e == FULL) {
			ret->samples_done = k - v[i].skip;
			return 0;
		}
		ret->blocks_done++;
	}
	return 0;
}

static void composer_done(struct composer *c)
{
	for (size_t i = 0; i < c->n_series; i++) {
		c->state->entries[c->series[i].entry].series = 0;
		writer_done(&c->series[i].a);
		writer_done(&c->series[i].q);
		free(c->series[i].values);
	}
	free(c->series);
	free(c->appliances);
}

int report_compose(struct report_state *s, const struct message_head *head,
	const struct report_block *v, size_t n, const struct report_limits *limits,
	struct report_text *ret)
{
	const struct report_block *first = NULL;
	struct report_text text = {0};
	struct composer c = {
		.state = s,
		.bytes = 512 + 48 * (head->n_lost + head->n_withheld + head->n_boots),
		.max = limits && limits->max_raw ? limits->max_raw : REPORT_RAW_MAX,
		.repeat_us = limits && limits->repeat_us ? limits->repeat_us : REPORT_REPEAT_US,
		.lossless = limits && limits->lossless,
	};
	bool stated = head->n_lost + head->n_withheld + head->n_boots > 0;
	size_t at = 0, same;
	int e = 0;

	/* At least one value always fits. */
	c.max = MAX(c.max, c.bytes + 4096);
	/* Blocks of one clock a message; where there is nothing to say, on to the next ones. */
	for (; e == 0 && c.values == 0 && at < n; at += same) {
		for (same = 1; at + same < n && same_clock(&v[at], &v[at + same]);)
			same++;
		first = &v[at];
		c.t = start_of(first, same);
		e = compose_blocks(&c, first, same, &text);
	}
	if (e == 0 && (c.values > 0 || stated)) {
		if (c.n_series > 0)
			qsort(c.series, c.n_series, sizeof(*c.series), by_place);
		e = write_message(&c, head, first, &text);
		text.values = c.values;
	}
	composer_done(&c);
	if (e == 0)
		*ret = text;
	return e;
}
