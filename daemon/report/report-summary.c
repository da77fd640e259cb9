/* SPDX-License-Identifier: Apache-2.0 */
/* hearth.summary/1: one day of every appliance, from the blocks of history that begin in it. A value
 * holds from its sample to the next one or the end of its block; what lies between blocks was not
 * seen. Everything is rounded as the level daily wants, whatever the upstream's level. */
#include "report-internal.h"

#include <math.h>
#include <time.h>

#define APPLIANCES_MAX 64
#define COLUMNS_MAX    256 /* of an appliance */
#define WORDS_MAX      16  /* of an enum, in one day */

struct column {
	char name[64];
	uint8_t type;
	unit_id unit;
	bool total;
	/* as it stands, kept over midnight */
	bool good;
	double value; /* number; bool: 0 or 1 */
	char word[READING_TEXT_MAX];
	/* of the day */
	double min, max, area, seconds, sum;
	unsigned times; /* a bool became true */
	struct word {
		char name[READING_TEXT_MAX];
		double seconds;
	} * words;
	size_t n_words;
};

struct entry {
	char alias[33], kind[48];
	double seconds; /* with at least one good value */
	struct column *columns;
	size_t n_columns;
};

struct summary {
	struct entry entries[APPLIANCES_MAX];
	size_t n;
};

struct summary *summary_new(void)
{
	return calloc(1, sizeof(struct summary));
}

static void column_reset(struct column *c)
{
	c->min = INFINITY;
	c->max = -INFINITY;
	c->area = c->seconds = c->sum = 0;
	c->times = 0;
	free(TAKE_PTR(c->words));
	c->n_words = 0;
}

void summary_next_day(struct summary *s)
{
	for (size_t i = 0; i < s->n; i++) {
		s->entries[i].seconds = 0;
		for (size_t k = 0; k < s->entries[i].n_columns; k++)
			column_reset(&s->entries[i].columns[k]);
	}
}

struct summary *summary_free(struct summary *s)
{
	if (!s)
		return NULL;
	summary_next_day(s);
	for (size_t i = 0; i < s->n; i++)
		free(s->entries[i].columns);
	free(s);
	return NULL;
}

static struct entry *entry_of(struct summary *s, const char *alias, const char *kind)
{
	struct entry *e;

	for (size_t i = 0; i < s->n; i++)
		if (streq(s->entries[i].alias, alias))
			return &s->entries[i];
	if (s->n == APPLIANCES_MAX)
		return NULL;
	e = &s->entries[s->n++];
	(void)str_copy(e->alias, sizeof(e->alias), alias);
	(void)str_copy(e->kind, sizeof(e->kind), kind);
	return e;
}

static struct column *column_of(struct entry *e, const struct block_column *b)
{
	struct column *c;

	for (size_t i = 0; i < e->n_columns; i++)
		if (streq(e->columns[i].name, b->name)) {
			/* Another profile since: what was summed is of another thing. */
			if (e->columns[i].type != b->type || e->columns[i].unit != b->unit)
				break;
			return &e->columns[i];
		}
	for (size_t i = 0; i < e->n_columns; i++)
		if (streq(e->columns[i].name, b->name)) {
			column_reset(&e->columns[i]);
			e->columns[i].type = b->type;
			e->columns[i].unit = b->unit;
			e->columns[i].good = false;
			return &e->columns[i];
		}
	if (e->n_columns == COLUMNS_MAX)
		return NULL;
	c = reallocarray(e->columns, e->n_columns + 1, sizeof(*c));
	if (!c)
		return NULL;
	e->columns = c;
	c = &e->columns[e->n_columns++];
	*c = (struct column){.type = b->type, .unit = b->unit, .total = b->total};
	(void)str_copy(c->name, sizeof(c->name), b->name);
	column_reset(c);
	return c;
}

static void hold_word(struct column *c, double seconds)
{
	struct word *w;

	for (size_t i = 0; i < c->n_words; i++)
		if (streq(c->words[i].name, c->word)) {
			c->words[i].seconds += seconds;
			return;
		}
	if (c->n_words == WORDS_MAX)
		return;
	w = reallocarray(c->words, c->n_words + 1, sizeof(*w));
	if (!w)
		return;
	c->words = w;
	w[c->n_words].seconds = seconds;
	(void)str_copy(w[c->n_words++].name, READING_TEXT_MAX, c->word);
}

/* C stood as it is for SECONDS. */
static void hold(struct column *c, double seconds)
{
	if (!c->good || seconds < 0)
		return;
	switch ((enum value_type)c->type) {
	case VALUE_NUMBER:
		c->min = fmin(c->min, c->value);
		c->max = fmax(c->max, c->value);
		c->area += c->value * seconds;
		break;
	case VALUE_BOOL:
		c->sum += c->value * seconds;
		break;
	case VALUE_ENUM:
		hold_word(c, seconds);
		break;
	case VALUE_NONE:
	case VALUE_BITS:
	case VALUE_STRING:
		return;
	}
	c->seconds += seconds;
}

static void take(struct column *c, const struct sample *v, const struct decoded_block *b)
{
	bool good = v->r.quality == QUALITY_GOOD && v->r.type == c->type;

	if (good && c->type == VALUE_NUMBER) {
		/* A counter that was set back begins anew. */
		if (c->total && c->good && v->r.num > c->value)
			c->sum += v->r.num - c->value;
		c->value = v->r.num;
		c->min = fmin(c->min, c->value);
		c->max = fmax(c->max, c->value);
	} else if (good && c->type == VALUE_BOOL) {
		c->times += v->r.code != 0 && c->good && c->value == 0;
		c->value = v->r.code != 0;
	} else if (good && c->type == VALUE_ENUM) {
		(void)str_copy(c->word, sizeof(c->word),
			v->r.code >= 0 && (size_t)v->r.code < b->n_texts ? b->texts[v->r.code]
									 : "");
	}
	/* A counter goes on behind a gap; nothing else does. */
	if (good || !c->total)
		c->good = good;
}

/* The appliance stood as it is from *NOW to T. */
static void stand(struct entry *e, uint64_t *now, uint64_t t, bool heard)
{
	double seconds = (double)(t - *now) / (double)USEC_PER_SEC;
	bool seen = heard;

	for (size_t k = 0; k < e->n_columns; k++) {
		hold(&e->columns[k], seconds);
		seen = seen || (e->columns[k].good && !e->columns[k].total);
	}
	e->seconds += seen ? seconds : 0;
	*now = t;
}

int summary_add(struct summary *s, const char *alias, const struct decoded_block *b, uint64_t t0_us,
	uint64_t t1_us)
{
	_cleanup_free_ struct column **at = calloc(MAX(b->n_columns, 1u), sizeof(*at));
	struct entry *e = entry_of(s, alias, b->kind);
	uint64_t now = t0_us;
	bool heard = false; /* a good value in this block */

	if (!at)
		return -ENOMEM;
	if (!e)
		return -E2BIG;
	/* Twice, because the array may move while it grows. */
	for (unsigned round = 0; round < 2; round++)
		for (size_t i = 0; i < b->n_columns; i++)
			at[i] = column_of(e, &b->columns[i]);
	for (size_t i = 0; i < b->n_samples; i++) {
		const struct sample *v = &b->samples[i];

		stand(e, &now, CLAMP(v->t_us, now, MAX(t1_us, now)), heard);
		heard = heard || v->r.quality == QUALITY_GOOD;
		if (at[v->attr])
			take(at[v->attr], v, b);
	}
	if (t1_us > now)
		stand(e, &now, t1_us, heard);
	return 0;
}

/* ---- as a message */

static void write_hours(struct writer *w, const char *key, double seconds)
{
	write_key(w, key);
	write_unsigned(w, (uint64_t)llround(seconds / 3600));
}

static void write_rounded(struct writer *w, const char *key, const struct column *c, double v)
{
	/* A mean of whole numbers is not as coarse as they are. */
	if (c->unit == UNIT_NONE)
		v = fabs(v) < 10 ? round(v) : v;
	write_key(w, key);
	write_decimal(w, privacy_round(LEVEL_DAILY, v, c->unit), 3);
}

static void write_number(struct writer *w, const struct column *c)
{
	if (c->total)
		write_rounded(w, "sum", c, c->sum);
	else {
		write_rounded(w, "min", c, c->min);
		write_rounded(w, "mean", c, c->seconds > 0 ? c->area / c->seconds : c->value);
		write_rounded(w, "max", c, c->max);
	}
	if (*unit_name(c->unit))
		write_member(w, "unit", unit_name(c->unit));
}

static bool is_told(const struct column *c)
{
	switch ((enum value_type)c->type) {
	case VALUE_NUMBER:
		return c->total ? c->good : isfinite(c->min);
	case VALUE_BOOL:
		return c->seconds > 0;
	case VALUE_ENUM:
		return c->n_words > 0;
	case VALUE_NONE:
	case VALUE_BITS:
	case VALUE_STRING:
		break;
	}
	return false;
}

static void write_column(struct writer *w, const struct column *c)
{
	write_key(w, c->name);
	write_open(w, '{');
	if (c->type == VALUE_NUMBER)
		write_number(w, c);
	else if (c->type == VALUE_BOOL) {
		write_hours(w, "hours", c->sum);
		write_key(w, "times");
		write_unsigned(w, c->times);
	} else {
		write_key(w, "hours");
		write_open(w, '{');
		for (size_t i = 0; i < c->n_words; i++)
			if (c->words[i].seconds >= 1800)
				write_hours(w, c->words[i].name, c->words[i].seconds);
		write_close(w, '}');
	}
	write_close(w, '}');
}

static bool has_told(const struct entry *e)
{
	for (size_t k = 0; k < e->n_columns; k++)
		if (is_told(&e->columns[k]) && (!e->columns[k].total || e->columns[k].sum > 0))
			return true;
	return e->seconds > 0;
}

size_t summary_appliances(const struct summary *s)
{
	return s->n;
}

int summary_compose(const struct summary *s, const struct message_head *head, int64_t day_s,
	unsigned hours, size_t *io_first, char **ret, size_t *ret_n)
{
	struct stamp t = {.wall_us = privacy_seconds(LEVEL_DAILY, day_s) * (int64_t)USEC_PER_SEC};
	struct writer w = {0};
	size_t i = *io_first;

	write_open(&w, '{');
	write_head(&w, "hearth.summary/1", head);
	write_stamp(&w, &t);
	write_key(&w, "hours");
	write_unsigned(&w, hours);
	write_head_rest(&w, head);
	write_key(&w, "a");
	write_open(&w, '{');
	for (; i < s->n && w.n < REPORT_RAW_MAX * 3 / 4; i++) {
		const struct entry *e = &s->entries[i];

		if (!has_told(e))
			continue;
		write_key(&w, e->alias);
		write_open(&w, '{');
		write_member(&w, "kind", e->kind);
		write_hours(&w, "seen", e->seconds);
		write_key(&w, "v");
		write_open(&w, '{');
		/* An appliance with more than this tells the rest of it to nobody. */
		for (size_t k = 0; k < e->n_columns && w.n < REPORT_RAW_MAX; k++)
			if (is_told(&e->columns[k]))
				write_column(&w, &e->columns[k]);
		write_close(&w, '}');
		write_close(&w, '}');
	}
	write_close(&w, '}');
	write_close(&w, '}');
	*io_first = i;
	return writer_take(&w, ret, ret_n);
}

/* ---- days */

int64_t summary_day(int64_t wall_s, int64_t *ret_end)
{
	time_t t = (time_t)wall_s;
	struct tm tm;

	if (!localtime_r(&t, &tm))
		return wall_s;
	tm.tm_sec = tm.tm_min = tm.tm_hour = 0;
	tm.tm_isdst = -1;
	t = mktime(&tm);
	tm.tm_mday++;
	tm.tm_hour = 0;
	tm.tm_isdst = -1;
	*ret_end = (int64_t)mktime(&tm);
	return (int64_t)t;
}
