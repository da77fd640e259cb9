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
