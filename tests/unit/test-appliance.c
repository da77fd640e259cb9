/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/appliance/appliance.h"

#include <math.h>

static unit_id unit(const char *name)
{
	unit_id u = UNIT_NONE;

	assert_int_equal(unit_by_name(name, &u), 0);
	return u;
}

/* The two meters of a fridge: kinds of their own, brought in by [Map]. */
static struct point meter_points[] = {
	{.name = (char *)"voltage",
		.type = POINT_U16,
		.scale = 0.1,
		.attribute = (char *)"rms_voltage"},
	{.name = (char *)"active_power",
		.type = POINT_U32,
		.scale = 0.1,
		.attribute = (char *)"active_power"},
	{.name = (char *)"energy",
		.type = POINT_U32,
		.scale = 1,
		.attribute = (char *)"energy_imported"},
	{.name = (char *)"alarm",
		.type = POINT_U16,
		.scale = 1,
		.attribute = (char *)"vendor.alarm"},
};
static struct point probe_points[] = {
	{.name = (char *)"temperature",
		.type = POINT_S16,
		.scale = 0.1,
		.attribute = (char *)"temperature",
		.period_us = 20 * USEC_PER_SEC},
	{.name = (char *)"humidity",
		.type = POINT_U16,
		.scale = 0.1,
		.attribute = (char *)"relative_humidity"},
	{.name = (char *)"raw_f", .type = POINT_S16, .scale = 0.1, .hidden = true, .attr = -1},
	{.name = (char *)"ratio", .type = POINT_U16, .scale = 1, .hidden = true, .attr = -1},
};
static struct profile meter = {
	.id = (char *)"pzem", .points = meter_points, .n_points = ARRAY_SIZE(meter_points)};
static struct profile probe = {
	.id = (char *)"xy", .points = probe_points, .n_points = ARRAY_SIZE(probe_points)};

static void profile_settle(struct profile *p, const char *kind)
{
	p->kind = model_kind_by_name(kind);
	assert_non_null(p->kind);
	for (size_t i = 0; i < p->n_points; i++) {
		struct point *point = &p->points[i];

		point->attr = point->attribute ? model_attr_index(p->kind, point->attribute) : -1;
		if (point->attr < 0)
			point->attr = -1;
		else
			point->unit = p->kind->attrs[point->attr].unit;
	}
}

static int setup(void **state)
{
	profile_settle(&meter, "electrical_meter");
	profile_settle(&probe, "temperature_humidity_sensor");
	meter_points[2].unit = unit("Wh");
	probe_points[2].unit = unit("°F");
	probe_points[3].unit = unit("%");
	return 0;
}

static struct source_conf fridge_sources[] = {
	{.name = (char *)"meter",
		.bus = (char *)"b",
		.profile_id = (char *)"pzem",
		.profile = &meter,
		.unit = 5,
		.line = 4},
	{.name = (char *)"probe",
		.bus = (char *)"b",
		.profile_id = (char *)"xy",
		.profile = &probe,
		.unit = 6,
		.line = 8},
};

#define MAP(a, s, p, l) \
	{ \
		(char *)(a), (char *)(s), (char *)(p), l \
	}

static struct appliance_config fridge(struct map_conf *maps, size_t n)
{
	return (struct appliance_config){
		.id = (char *)"fridge",
		.file = (char *)"fridge.conf",
		.kind = model_kind_by_name("refrigerator"),
		.sources = fridge_sources,
		.n_sources = 2,
		.maps = maps,
		.n_maps = n,
	};
}

static struct map_conf fridge_maps[] = {
	MAP("ambient_temperature", "probe", "temperature", 13),
	MAP("active_power", "meter", "active_power", 12),
	MAP("energy_imported", "meter", "energy", 14),
	MAP("vendor.meter_alarm", "meter", "alarm", 15),
};

struct seen {
	unsigned n;
	const char *names[16];
};

static void note(struct appliance *a, struct attribute *attr, void *userdata)
{
	struct seen *s = userdata;

	assert_true(s->n < ARRAY_SIZE(s->names));
	s->names[s->n++] = attr->name;
}

static struct reading number(uint16_t point, double v, uint64_t t)
{
	return (struct reading){.point = point, .type = VALUE_NUMBER, .num = v, .t_us = t};
}

static const char *shown(const struct attribute *attr)
{
	static char text[64];

	attribute_format(attr, &attr->value, text, sizeof(text));
	return text;
}

static void test_fridge(void **state)
{
	struct appliance_config conf = fridge(fridge_maps, ARRAY_SIZE(fridge_maps));
	struct problems p = {0};
	struct appliance *a = NULL;
	struct attribute *power, *energy, *ambient;
	struct seen seen = {0};
	struct reading r[3];
	uint64_t t = 1000 * USEC_PER_SEC;
	const struct model_attr *last = NULL;

	assert_int_equal(appliance_new(&conf, &p, &a), 0);
	assert_int_equal(p.n, 0);
	assert_int_equal(a->n_attrs, 4);
	/* The order of the model, not of [Map]; vendor last. */
	for (size_t i = 0; i < 3; i++) {
		assert_true(!last || a->attrs[i].model > last);
		last = a->attrs[i].model;
	}
	assert_string_equal(a->attrs[3].name, "vendor.meter_alarm");
	assert_null(appliance_attr(a, "rms_voltage"));
	power = appliance_attr(a, "active_power");
	energy = appliance_attr(a, "energy_imported");
	ambient = appliance_attr(a, "ambient_temperature");
	assert_true(fabs(power->resolution - 0.1) < 1e-12);
	assert_true(power->deadband == power->model->deadband);
	assert_int_equal(power->source, 0);
	assert_int_equal(ambient->source, 1);
	assert_int_equal(ambient->period_us, 20 * USEC_PER_SEC);
	assert_int_equal(power->period_us, 10 * USEC_PER_SEC);
	assert_true(fabs(energy->resolution - 0.001) < 1e-12);
	assert_false(appliance_reachable(a));

	appliance_source_state(a, 0, SOURCE_ANSWERING, REASON_NONE, t, note, &seen);
	assert_int_equal(seen.n, 0);
	assert_true(appliance_reachable(a));
	r[0] = number(1, 21.8, t);
	r[1] = number(0, 230.1, t); /* a point nobody mapped */
	r[2] = number(77, 1, t);    /* no such point */
	appliance_apply(a, 0, r, 3, note, &seen);
	appliance_apply(a, 9, r, 3, note, &seen);
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.names[0], "active_power");
	assert_int_equal(power->changed_us, t);
	assert_string_equal(shown(power), "21.8");
	assert_int_equal(a->sources[0].last_reply_us, t);

	/* The same value again: fresh, no change. One step of the register: a change. */
	r[0] = number(1, 21.8, t + 10);
	appliance_apply(a, 0, r, 1, note, &seen);
	assert_int_equal(seen.n, 1);
	assert_int_equal(power->changed_us, t);
	assert_int_equal(power->value.t_us, t + 10);
	r[0] = number(1, 21.9, t + 20);
	appliance_apply(a, 0, r, 1, note, &seen);
	assert_int_equal(seen.n, 2);
	/* The same number in another quality is a change too. */
	r[0] = (struct reading){
		.point = 1, .quality = QUALITY_SUSPECT, .reason = REASON_RANGE, .t_us = t + 30};
	appliance_apply(a, 0, r, 1, note, &seen);
	assert_int_equal(seen.n, 3);
	assert_string_equal(shown(power), "");

	/* One source silent takes its own attributes alone. */
	r[0] = number(0, 4.5, t + 40);
	appliance_apply(a, 1, r, 1, note, &seen);
	appliance_source_state(a, 1, SOURCE_ANSWERING, REASON_NONE, t + 40, note, &seen);
	seen.n = 0;
	appliance_source_state(a, 0, SOURCE_SILENT, REASON_NO_REPLY, t + 50, note, &seen);
	assert_int_equal(seen.n, 3);
	assert_int_equal(power->value.quality, QUALITY_UNAVAILABLE);
	assert_int_equal(power->value.reason, REASON_NO_REPLY);
	assert_int_equal(power->value.type, VALUE_NONE);
	assert_int_equal(energy->value.quality, QUALITY_UNAVAILABLE);
	assert_int_equal(ambient->value.quality, QUALITY_GOOD);
	assert_int_equal(a->sources[0].since_us, t + 50);
	assert_true(appliance_reachable(a));
	/* Said twice, changed once; a worse reason replaces the first. */
	appliance_source_state(a, 0, SOURCE_LINE_DOWN, REASON_LINE_DOWN, t + 60, note, &seen);
	assert_int_equal(seen.n, 3);
	assert_int_equal(power->value.reason, REASON_LINE_DOWN);
	appliance_source_state(a, 1, SOURCE_LINE_DOWN, REASON_LINE_DOWN, t + 60, note, &seen);
	assert_int_equal(seen.n, 4);
	assert_false(appliance_reachable(a));
	/* Back: good with the first value, not before. */
	appliance_source_state(a, 0, SOURCE_ANSWERING, REASON_NONE, t + 70, note, &seen);
	assert_int_equal(power->value.quality, QUALITY_UNAVAILABLE);
	r[0] = number(1, 21.9, t + 80);
	appliance_apply(a, 0, r, 1, note, &seen);
	assert_int_equal(seen.n, 5);
	assert_int_equal(power->value.quality, QUALITY_GOOD);
	assert_null(appliance_free(a));
	assert_null(appliance_free(NULL));
	problems_done(&p);
}

static void test_stale(void **state)
{
	struct appliance_config conf = fridge(fridge_maps, ARRAY_SIZE(fridge_maps));
	struct appliance *a = NULL;
	struct seen seen = {0};
	struct reading r;
	uint64_t t = 1000 * USEC_PER_SEC;

	assert_int_equal(appliance_new(&conf, NULL, &a), 0);
	/* What never came is not stale, it is not there. */
	appliance_expire(a, t * 10, note, &seen);
	assert_int_equal(seen.n, 0);
	r = number(1, 5, t);
	appliance_apply(a, 0, &r, 1, NULL, NULL);
	r = number(0, 5, t);
	appliance_apply(a, 1, &r, 1, NULL, NULL);
	appliance_expire(a, t - 1, note, &seen);
	appliance_expire(a, t + 30 * USEC_PER_SEC, note, &seen);
	assert_int_equal(seen.n, 0);
	appliance_expire(a, t + 30 * USEC_PER_SEC + 1, note, &seen);
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.names[0], "active_power");
	assert_int_equal(appliance_attr(a, "active_power")->value.quality, QUALITY_STALE);
	assert_string_equal(shown(appliance_attr(a, "active_power")), "5");
	assert_int_equal(appliance_attr(a, "active_power")->value.t_us, t);
	appliance_expire(a, t + 60 * USEC_PER_SEC, note, &seen);
	assert_int_equal(seen.n, 1);
	appliance_expire(a, t + 60 * USEC_PER_SEC + 1, note, &seen);
	assert_int_equal(seen.n, 2);
	assert_string_equal(seen.names[1], "ambient_temperature");
	/* The same value again ends it, which is a change. */
	r = number(1, 5, t + 61 * USEC_PER_SEC);
	appliance_apply(a, 0, &r, 1, note, &seen);
	assert_int_equal(seen.n, 3);
	assert_int_equal(appliance_attr(a, "active_power")->value.quality, QUALITY_GOOD);
	appliance_free(a);
}

/* A slow value from before everything was refused says nothing of now. */
static void test_tells(void **state)
{
	struct appliance_config conf = fridge(fridge_maps, ARRAY_SIZE(fridge_maps));
	struct appliance *a = NULL;
	uint64_t t = 1000 * USEC_PER_SEC;
	struct reading good, bad;
	static const struct model_attr own = {.name = "health", .type = ATTR_ENUM};
	struct attribute *health;

	assert_int_equal(appliance_new(&conf, NULL, &a), 0);
	assert_false(appliance_tells(a));
	/* hearthd's own word of it is none of the appliance's. */
	assert_int_equal(appliance_add_own(a, &own), 0);
	health = appliance_attr(a, "health");
	assert_non_null(health);
	health->seen = true;
	health->value = (struct reading){.type = VALUE_ENUM, .t_us = t};
	assert_false(appliance_tells(a));
	good = number(0, 5, t);
	appliance_apply(a, 1, &good, 1, NULL, NULL);
	assert_true(appliance_tells(a));
	bad = (struct reading){.point = 1,
		.quality = QUALITY_UNAVAILABLE,
		.reason = REASON_EXCEPTION,
		.detail = 4,
		.t_us = t + 30 * USEC_PER_SEC};
	appliance_apply(a, 0, &bad, 1, NULL, NULL);
	assert_true(appliance_tells(a));
	bad.t_us++;
	appliance_apply(a, 0, &bad, 1, NULL, NULL);
	assert_false(appliance_tells(a));
	/* That one value does not exist there is no news. */
	bad.reason = REASON_UNSUPPORTED;
	bad.t_us += USEC_PER_HOUR;
	appliance_apply(a, 0, &bad, 1, NULL, NULL);
	assert_true(appliance_tells(a));
	/* Distrusted values are values. */
	good = number(1, 5, bad.t_us);
	good.quality = QUALITY_SUSPECT;
	appliance_apply(a, 0, &good, 1, NULL, NULL);
	assert_true(appliance_tells(a));
	good.quality = QUALITY_ABSENT;
	good.t_us += USEC_PER_HOUR;
	appliance_apply(a, 0, &good, 1, NULL, NULL);
	assert_false(appliance_tells(a));
	appliance_free(a);
}

static void test_map_units(void **state)
{
	struct map_conf maps[] = {MAP("ambient_temperature", "probe", "raw_f", 20),
		MAP("vendor.power", "meter", "active_power", 21)};
	struct appliance_config conf = fridge(maps, ARRAY_SIZE(maps));
	struct appliance *a = NULL;
	struct attribute *attr;
	struct reading r;

	assert_int_equal(appliance_new(&conf, NULL, &a), 0);
	attr = appliance_attr(a, "ambient_temperature");
	assert_string_equal(unit_name(attr->unit), "°C");
	assert_true(fabs(attr->resolution - 0.1 / 1.8) < 1e-9);
	r = number(2, 71.3, 1);
	appliance_apply(a, 1, &r, 1, NULL, NULL);
	assert_true(fabs(attr->value.num - (71.3 - 32) / 1.8) < 1e-9);
	assert_string_equal(shown(attr), "21.83");
	attr = appliance_attr(a, "vendor.power");
	assert_string_equal(unit_name(attr->unit), "W");
	assert_null(attr->model);
	/* A text where a number belongs is not taken for one. */
	attr = appliance_attr(a, "ambient_temperature");
	r = (struct reading){.point = 2, .type = VALUE_STRING, .text = "hot", .t_us = 2};
	appliance_apply(a, 1, &r, 1, NULL, NULL);
	assert_int_equal(attr->value.quality, QUALITY_SUSPECT);
	assert_int_equal(attr->value.reason, REASON_DECODE);
	appliance_free(a);
}

static void expect_bad(struct appliance_config *conf, unsigned line, const char *part)
{
	struct problems p = {0};
	struct appliance *a = (void *)1;

	assert_int_equal(appliance_new(conf, &p, &a), -EINVAL);
	assert_ptr_equal(a, (void *)1);
	assert_int_equal(p.n, 1);
	if (p.v[0].line != line || !strstr(p.v[0].text, part))
		fail_msg("want line %u \"%s\", got %u: %s", line, part, p.v[0].line, p.v[0].text);
	assert_string_equal(p.v[0].file, "fridge.conf");
	problems_done(&p);
}

static void test_map_errors(void **state)
{
	static const struct {
		struct map_conf map;
		const char *part;
	} cases[] = {
		{MAP("active_power", "metre", "active_power", 3), "no [Source metre]"},
		{MAP("active_power", "meter", "power", 3), "no point or attribute \"power\""},
		{MAP("ambient_temp", "probe", "temperature", 3), "no such attribute"},
		{MAP("fridge_temperature", "probe", "temperature", 3), "no such attribute"},
		{MAP("water_filter.reset", "meter", "voltage", 3), "is a command"},
		{MAP("ambient_temperature", "probe", "humidity", 3), "cannot become \"°C\""},
		{MAP("fridge.door_open", "meter", "voltage", 3), "is a number"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct map_conf m = cases[i].map;
		struct appliance_config conf = fridge(&m, 1);

		expect_bad(&conf, 3, cases[i].part);
	}
	{
		struct map_conf twice[] = {MAP("active_power", "meter", "active_power", 3),
			MAP("vendor.power", "meter", "active_power", 4)};
		struct appliance_config conf = fridge(twice, 2);

		expect_bad(&conf, 4, "already");
	}
}

/* Two sources of the appliance's kind: both claim, [Map] settles it. */
static void test_conflict(void **state)
{
	struct source_conf sources[] = {
		{.name = (char *)"l1", .profile = &meter, .line = 2},
		{.name = (char *)"l2", .profile = &meter, .line = 6},
	};
	struct map_conf maps[] = {MAP("rms_voltage", "l2", "voltage", 10),
		MAP("active_power", "l1", "active_power", 11),
		MAP("energy_imported", "l1", "energy", 12), MAP("vendor.alarm", "l2", "alarm", 13)};
	struct appliance_config conf = {.id = (char *)"m",
		.file = (char *)"fridge.conf",
		.kind = model_kind_by_name("electrical_meter"),
		.sources = sources,
		.n_sources = 1};
	struct problems p = {0};
	struct appliance *a = NULL;

	/* One source of its own kind needs no [Map]. */
	assert_int_equal(appliance_new(&conf, &p, &a), 0);
	assert_int_equal(a->n_attrs, 4);
	assert_non_null(appliance_attr(a, "vendor.alarm"));
	a = appliance_free(a);
	conf.n_sources = 2;
	assert_int_equal(appliance_new(&conf, &p, &a), -EINVAL);
	assert_int_equal(p.n, 4);
	assert_non_null(strstr(p.v[0].text, "rms_voltage=l1.voltage"));
	assert_int_equal(p.v[0].line, 6);
	problems_done(&p);
	conf.maps = maps;
	conf.n_maps = ARRAY_SIZE(maps);
	assert_int_equal(appliance_new(&conf, &p, &a), 0);
	assert_int_equal(appliance_attr(a, "rms_voltage")->source, 1);
	assert_int_equal(appliance_attr(a, "active_power")->source, 0);
	assert_int_equal(appliance_attr(a, "vendor.alarm")->source, 1);
	appliance_free(a);
	problems_done(&p);
}

static void test_empty(void **state)
{
	struct appliance_config conf = fridge(NULL, 0);
	struct problems p = {0};
	struct appliance *a = NULL;

	assert_int_equal(appliance_new(&conf, &p, &a), 0);
	assert_int_equal(a->n_attrs, 0);
	assert_int_equal(p.n, 1);
	assert_int_equal(p.n_errors, 0);
	appliance_free(a);
	problems_done(&p);
}

static void test_format_numbers(void **state)
{
	static const struct {
		double v, resolution;
		enum point_type type;
		const char *text;
	} cases[] = {
		{21.8, 0.1, POINT_S16, "21.8"},
		{218 * 0.1, 0.1, POINT_S16, "21.8"},
		{21.799999237060547, 0.1, POINT_S16, "21.8"},
		{-0.0, 0.1, POINT_S16, "0"},
		{-0.04, 0.1, POINT_S16, "-0.04"},
		{3 * 0.1, 0.1, POINT_S16, "0.3"},
		{65535 * 0.1, 0.1, POINT_U16, "6553.5"},
		{100, 1, POINT_U16, "100"},
		{1230, 10, POINT_U16, "1230"},
		{1234.5, 10, POINT_U16, "1234.5"},
		{-12.5, 0.5, POINT_S16, "-12.5"},
		{123456.789, 0.001, POINT_U32, "123456.789"},
		{21.777777777, 0.05555555, POINT_S16, "21.78"},
		{4294967295.0, 1, POINT_U32, "4294967295"},
		{(double)21.8f, 0, POINT_F32, "21.8"},
		{(double)230.123456f, 0, POINT_F32, "230.12346"},
		{(double)1e-3f, 0, POINT_F32, "0.001"},
		{0.1 + 0.2, 0, POINT_F64, "0.3"},
		{1e18, 0, POINT_F64, "1e+18"},
		{-1e300, 1, POINT_U64, "-1e+300"},
		{1e-9, 0, POINT_F64, "1e-09"},
		{0, 0, POINT_NATIVE, "0"},
	};
	struct point point = {0};
	struct attribute attr = {.point = &point};
	struct reading r = {.type = VALUE_NUMBER};
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		point.type = cases[i].type;
		attr.resolution = cases[i].resolution;
		r.num = cases[i].v;
		attribute_format(&attr, &r, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
	/* Every value a scaled register can have is told from its neighbours. */
	point.type = POINT_S16;
	attr.resolution = 0.1;
	for (int raw = -32768; raw < 32768; raw += 7) {
		r.num = raw * 0.1;
		attribute_format(&attr, &r, text, sizeof(text));
		assert_int_equal(lround(strtod(text, NULL) * 10), raw);
		assert_true(strlen(text) <= 7);
	}
}

static void test_format_words(void **state)
{
	const struct model_kind *ac = model_kind_by_name("room_air_conditioner");
	struct enum_map names[] = {{3, (char *)"low", 3}, {9, (char *)"turbo", 9}};
	struct point point = {.label = {(char *)"Own", NULL}, .enums = names, .n_enums = 2};
	struct attribute attr = {.name = (char *)"vendor.x", .point = &point};
	struct reading r = {.type = VALUE_ENUM, .code = 9};
	char text[64];

	attribute_format(&attr, &r, text, sizeof(text));
	assert_string_equal(text, "turbo");
	r.code = 0x1f;
	attribute_format(&attr, &r, text, sizeof(text));
	assert_string_equal(text, "vendor_1f");
	assert_null(attribute_enum_name(&attr, 0x1f));
	attr.model = &ac->attrs[model_attr_index(ac, "system_mode")];
	r.code = 3;
	attribute_format(&attr, &r, text, sizeof(text));
	assert_string_equal(text, "cool");
	r.code = 9;
	attribute_format(&attr, &r, text, sizeof(text));
	assert_string_equal(text, "sleep"); /* the model's, not the profile's */
	assert_string_equal(attribute_label(&attr, false), "Own");
	assert_string_equal(attribute_label(&attr, true), "模式");
	attr.model = &ac->attrs[model_attr_index(ac, "swing")];
	r = (struct reading){.type = VALUE_BITS, .code = 0x23};
	attribute_format(&attr, &r, text, sizeof(text));
	assert_string_equal(text, "rock_left_right rock_up_down vendor_bit5");
	attribute_format(&attr, &r, text, 20);
	assert_string_equal(text, "rock_left_right");
	r = (struct reading){.type = VALUE_BOOL, .code = 1};
	attribute_format(&attr, &r, text, sizeof(text));
	assert_string_equal(text, "true");
	r = (struct reading){.type = VALUE_STRING};
	memset(r.text, 'x', sizeof(r.text)); /* no terminator: by value from another thread */
	attribute_format(&attr, &r, text, sizeof(text));
	assert_int_equal(strlen(text), READING_TEXT_MAX);
	attribute_format(&attr, &r, text, 1);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fridge),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_tells),
		cmocka_unit_test(test_map_units),
		cmocka_unit_test(test_map_errors),
		cmocka_unit_test(test_conflict),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_format_numbers),
		cmocka_unit_test(test_format_words),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
