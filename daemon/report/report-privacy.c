/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a finding, cut down to what a privacy level lets out. */
#include "report-internal.h"

#include <jansson.h>
#include <math.h>

/* Numbers behind a verdict: where every name of a comparison may leave, as coarse as the level wants;
 * else the comparison stays, for it says what was looked at, without its numbers. */
static int reduce_comparison(enum privacy_level level, const char *kind, json_t *c)
{
	static const char *const numbers[] = {"value", "threshold"};
	const char *of = json_string_value(json_object_get(c, "of"));
	const char *unit = json_string_value(json_object_get(c, "unit"));
	unit_id u = UNIT_NONE;
	bool may = of && privacy_may_expression(level, kind, of);
	int r = 0;

	if (unit)
		(void)unit_by_name(unit, &u);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		json_t *v = json_object_get(c, numbers[i]);

		if (!json_is_number(v))
			continue;
		r |= json_object_set_new(c, numbers[i],
			may ? json_real(privacy_round(level, json_number_value(v), u))
			    : json_null());
	}
	return r;
}

int diagnosis_reduce(enum privacy_level level, const char *kind, const char *json, char **ret)
{
	json_t *d, *evidence, *c;
	size_t i;
	int r = 0;

	if (level >= LEVEL_FULL) {
		*ret = strdup(json);
		return *ret ? 0 : -ENOMEM;
	}
	d = json_loads(json, 0, NULL);
	if (!json_is_object(d)) {
		json_decref(d);
		return -EBADMSG;
	}
	evidence = json_object_get(d, "evidence");
	json_array_foreach(json_object_get(evidence, "comparisons"), i, c)
	{
		r |= reduce_comparison(level, kind, c);
	}
	/* How much of the last hour was seen says when the appliance was switched on. */
	(void)json_object_del(evidence, "coverage");
	*ret = r < 0 ? NULL : json_dumps(d, JSON_COMPACT | JSON_REAL_PRECISION(7));
	json_decref(d);
	return *ret ? 0 : -ENOMEM;
}

bool frozen_reduce(
	enum privacy_level level, const char *kind, const struct frozen *z, struct frozen *ret)
{
	char *texts[] = {ret->value, ret->before, ret->after};
	unit_id u = UNIT_NONE;

	if (!privacy_may_reading(level, kind, z->name, (enum value_type)z->type))
		return false;
	*ret = *z;
	if (level >= LEVEL_FULL || z->type != VALUE_NUMBER)
		return true;
	if (*z->unit)
		(void)unit_by_name(z->unit, &u);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		double v;

		if (!*texts[i])
			continue;
		if (parse_double(texts[i], &v) < 0)
			texts[i][0] = '\0';
		else
			number_format(texts[i], READING_TEXT_MAX, privacy_round(level, v, u), 3);
	}
	return true;
}

struct stamp stamp_reduce(enum privacy_level level, struct stamp t)
{
	const int64_t s = (int64_t)USEC_PER_SEC;

	if (level >= LEVEL_FULL)
		return t;
	if (t.wall_us)
		t.wall_us = privacy_seconds(level, t.wall_us / s) * s;
	t.t_us = (uint64_t)privacy_seconds(level, (int64_t)(t.t_us / USEC_PER_SEC)) * USEC_PER_SEC;
	/* 0 is "not known", and the first hour is. */
	if (t.t_us == 0)
		t.t_us = 1;
	return t;
}

/* ---- an event that waits, when the level was tightened */

static void coarse_time(json_t *o, enum privacy_level level)
{
	json_t *t = json_object_get(o, "t");

	if (json_is_integer(t))
		(void)json_integer_set(t, privacy_seconds(level, json_integer_value(t)));
}

static bool reduce_reading(
	enum privacy_level level, const char *kind, const char *name, json_t *reading)
{
	static const char *const members[] = {"v", "before", "after"};
	const char *unit = json_string_value(json_object_get(reading, "unit"));
	enum value_type type = VALUE_NUMBER;
	unit_id u = UNIT_NONE;

	/* A text in JSON may have been a name of an enum: then too much goes, never too little. */
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (json_is_string(json_object_get(reading, members[i])))
			type = VALUE_STRING;
	if (!privacy_may_reading(level, kind, name, type))
		return false;
	if (unit)
		(void)unit_by_name(unit, &u);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		json_t *v = json_object_get(reading, members[i]);

		if (json_is_number(v))
			(void)json_object_set_new(reading, members[i],
				json_real(privacy_round(level, json_number_value(v), u)));
	}
	return true;
}

static int reduce_diagnosis(json_t *o, enum privacy_level level, const char *kind)
{
	json_t *d = json_object_get(o, "diagnosis");
	_cleanup_free_ char *text = NULL, *less = NULL;
	int r;

	if (!d)
		return 0;
	text = json_dumps(d, JSON_COMPACT);
	r = text ? diagnosis_reduce(level, kind, text, &less) : -ENOMEM;
	if (r < 0)
		return r;
	return json_object_set_new(o, "diagnosis", json_loads(less, 0, NULL)) < 0 ? -ENOMEM : 0;
}

static json_t *ranges(const struct seq_range *v, size_t n)
{
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(
			a, json_pack("[I,I]", (json_int_t)v[i].first, (json_int_t)v[i].last));
	return a;
}

static int new_head(json_t *o, const struct message_head *head)
{
	int r = json_object_set_new(o, "gw", json_string(head->gw));

	r |= json_object_set_new(o, "epoch", json_string(head->epoch));
	r |= json_object_set_new(o, "seq", json_integer((json_int_t)head->seq));
	r |= json_object_set_new(o, "prev", json_integer((json_int_t)head->prev));
	(void)json_object_del(o, "lost");
	(void)json_object_del(o, "withheld");
	if (head->n_lost > 0)
		r |= json_object_set_new(o, "lost", ranges(head->lost, head->n_lost));
	if (head->n_withheld > 0)
		r |= json_object_set_new(o, "withheld", ranges(head->withheld, head->n_withheld));
	return r < 0 ? -ENOMEM : 0;
}

int event_reduce(const struct message_head *head, enum privacy_level level, const void *json,
	size_t n, char **ret, size_t *ret_n)
{
	static const char *const moments[] = {"first", "last", "cleared"};
	json_t *o = json_loadb(json, n, 0, NULL), *frame, *reading, *boots, *v;
	const char *name, *kind;
	void *next;
	int r;

	if (!json_is_object(o)) {
		json_decref(o);
		return -EBADMSG;
	}
	kind = json_string_value(json_object_get(o, "kind"));
	coarse_time(o, level);
	for (size_t i = 0; i < ARRAY_SIZE(moments); i++)
		coarse_time(json_object_get(o, moments[i]), level);
	boots = json_object_get(o, "boots");
	json_object_foreach(boots, name, v)
	{
		(void)json_object_set_new(boots, name,
			json_integer(privacy_seconds(level, (int64_t)json_number_value(v))));
	}
	frame = json_object_get(o, "frame");
	json_object_foreach_safe(frame, next, name, reading)
	{
		if (!reduce_reading(level, kind, name, reading))
			(void)json_object_del(frame, name);
	}
	r = reduce_diagnosis(o, level, kind);
	if (r == 0)
		r = new_head(o, head);
	*ret = r < 0 ? NULL : json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(7));
	json_decref(o);
	if (r < 0 || !*ret)
		return r < 0 ? r : -ENOMEM;
	*ret_n = strlen(*ret);
	return 0;
}
