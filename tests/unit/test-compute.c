/* SPDX-License-Identifier: Apache-2.0 */
/* Value= and When=: what is refused at load; when something is computed, of what age, of what quality;
 * and attributes that several points may feed. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "profile-text.h"

#include "daemon/appliance/appliance.h"

#define HEAD               "[Profile]\nKind=heat_pump\nName=Pump\nSource=a test\n"
#define RAW(name, address) "[Point " name "]\nRead=holding:" address "\nType=u16\n"

static void test_refused(void **state)
{
	/* The line is that of the key at fault. */
	profile_bad(HEAD "[Point a]\nValue=b + 1\n[Point b]\nValue=c\n[Point c]\nValue=a\n",
		"a point cannot be made of itself");
	profile_bad(HEAD "[Point a]\nValue=b + 1\n[Point b]\nValue=c\n[Point c]\nValue=a\n",
		"f:6: Point a.Value");
	profile_bad(HEAD "[Point a]\nValue=a\n",
		"f:6: Point a.Value: error: a point cannot be made of itself");
	profile_bad(HEAD RAW("a", "1") "When=b == 1\n" RAW("b", "2") "When=a == 1\n",
		"a point cannot be made of itself");
	profile_bad(HEAD RAW("alpha", "1") "[Point a]\nValue=alfa + 1\n", "alpha");
	profile_bad(HEAD "[Point t]\nRead=holding:1\nType=string\nLength=2\n[Point a]\nValue=t\n",
		"[Point t] is a text");
	profile_bad(HEAD RAW("b", "1") "[Point a]\nValue=b\nType=u16\n", "unknown key");
	profile_bad(HEAD RAW("b", "1") "[Point a]\nValue=b\nRead=holding:2\n", "unknown key");
	profile_bad(HEAD RAW("b", "1") "[Point a]\nValue=b\nAttribute=flow.temperature\n",
		"Unit= is missing; the expression is in");
	profile_bad(HEAD RAW("b", "1") "Unit=kWh\n[Point a]\nValue=b\nUnit=°C\n", "°C");
	profile_bad(HEAD RAW("b", "1") "Unit=W\n" RAW(
			    "c", "2") "Unit=V\n[Point a]\nValue=b / (c * c)\n",
		"say by Unit= what that is");
	profile_bad(HEAD RAW("b", "1") "[Point a]\nValue=b > 1\nUnit=W\n", "Point a.Value");
	profile_bad(HEAD RAW("b", "1") "Enum=0:off 1:heat\n[Point a]\nValue=b == cool\n", "cool");
	profile_bad(HEAD RAW("b", "1") "When=setting.none == 1\n", "setting.none");
	profile_bad(HEAD RAW("b", "1") "[Fault E1]\nRead=holding:1.0\nWhen=b == 1\n",
		"When= of [Fault] is over settings alone");
	profile_bad(HEAD RAW("b", "1") "[Point a]\nValue=b\nAbsent=1\n", "unknown key");
	/* Several points of one attribute need a condition each, and not two that always hold. */
	profile_bad(HEAD RAW("a", "1") "Unit=°C\nAttribute=flow.temperature\nWhen=b == 1\n" RAW(
			    "c", "2") "Unit=°C\nAttribute=flow.temperature\n" RAW("b", "3"),
		"is given by [Point a] already");
	profile_bad(HEAD
		"[Setting s]\nValues=0..1\nDefault=0\n" RAW("a",
			"1") "Unit=°C\nAttribute=flow.temperature\nWhen=setting.s == 0\n" RAW("c",
			"2") "Unit=°C\nAttribute=flow.temperature\nWhen=setting.s < 1\n",
		"both are there with these settings");
	profile_bad(HEAD "[Setting s]\nValues=0..1\nDefault=0\n" RAW(
			    "a", "1") "Attribute=vendor.x\nWhen=setting.s == 0\n" RAW("b",
			    "2") "Attribute=vendor.x\nWhen=d == 1\n" RAW("c",
			    "3") "Attribute=vendor.x\nWhen=setting.s < 1\n" RAW("d", "4"),
		"is given by [Point a] too");
	profile_bad(HEAD RAW("a", "1") "Attribute=vendor.x\nWhen=b == 1\n" RAW("c",
			    "2") "Attribute=vendor.x\nEnum=0:off 1:on\nWhen=b == 2\n" RAW("b", "3"),
		"is of another type or unit");
}

static void test_bounds(void **state)
{
	char text[65536];
	size_t used;

	for (int n = 16; n <= 17; n++) {
		used = 0;
		(void)str_appendf(text, sizeof(text), &used, HEAD RAW("p0", "1"));
		for (int i = 1; i <= n; i++)
			(void)str_appendf(text, sizeof(text), &used, "[Point p%d]\nValue=p%d + 1\n",
				n + 1 - i, n - i);
		/* The last is written first, so that each is reached through those before. */
		if (n == 17)
			profile_bad(text, "more than 16 computed points one behind another");
		else
			profile_unref(profile_of(text));
	}
	for (int n = 256; n <= 257; n++) {
		used = 0;
		(void)str_appendf(text, sizeof(text), &used, HEAD RAW("p0", "1"));
		for (int i = 1; i <= n; i++)
			(void)str_appendf(
				text, sizeof(text), &used, "[Point p%d]\nValue=p0 + %d\n", i, i);
		if (n == 257)
			profile_bad(text, "more than 256 points with Value= or When=");
		else
			profile_unref(profile_of(text));
	}
}

/* ---- at run time */

static struct reading number(unsigned point, double v, uint64_t t_s)
{
	return (struct reading){.point = (uint16_t)point,
		.type = VALUE_NUMBER,
		.num = v,
		.raw = (int64_t)v,
		.t_us = t_s * USEC_PER_SEC};
}

static void test_when_computed(void **state)
{
	struct profile *p = profile_of(
		HEAD RAW("a", "1") RAW("b", "2") "[Point sum]\nValue=a + b\n"
						 "[Point twice]\nValue=sum * 2\n" RAW("c", "3"));
	struct reading in[3], out[16];
	struct compute *c;

	/* Each behind those it needs. */
	assert_int_equal(p->n_derived, 2);
	assert_int_equal(p->derived[0], 2);
	assert_int_equal(p->derived[1], 3);
	assert_int_equal(compute_new(p, 0, &c), 0);
	assert_int_equal(compute_room(c, 3), 5);
	in[0] = number(0, 1, 10);
	assert_int_equal(compute_apply(c, in, 1, false, out), 1); /* b never came */
	in[0] = number(1, 2, 12);
	assert_int_equal(compute_apply(c, in, 1, false, out), 3);
	assert_int_equal(out[1].point, 2);
	assert_float_equal(out[1].num, 3, 0);
	assert_int_equal(out[1].t_us, 12 * USEC_PER_SEC); /* of the newest operand */
	assert_int_equal(out[2].point, 3);
	assert_float_equal(out[2].num, 6, 0);
	in[0] = number(4, 9, 13); /* c concerns nobody */
	assert_int_equal(compute_apply(c, in, 1, false, out), 1);
	/* Two halves of one value in two batches: nothing between them. */
	in[0] = number(0, 100, 20);
	assert_int_equal(compute_apply(c, in, 1, true, out), 1);
	in[0] = number(1, 200, 20);
	assert_int_equal(compute_apply(c, in, 1, false, out), 3);
	assert_float_equal(out[1].num, 300, 0);
	/* Qualities, and why. */
	in[0] = (struct reading){.point = 0,
		.quality = QUALITY_UNAVAILABLE,
		.reason = REASON_EXCEPTION,
		.t_us = 30 * USEC_PER_SEC};
	assert_int_equal(compute_apply(c, in, 1, false, out), 3);
	assert_int_equal(out[2].quality, QUALITY_UNAVAILABLE);
	assert_int_equal(out[2].reason, REASON_EXCEPTION);
	compute_free(c);
	profile_unref(p);
}

static void test_stale(void **state)
{
	struct profile *p = profile_of(
		HEAD RAW("a", "1") "Period=5s\n" RAW("b", "2") "Period=1min\n"
							       "[Point sum]\nValue=a + b\n");
	struct reading in[2], out[4];
	struct compute *c;

	assert_int_equal(p->points[2].period_us, USEC_PER_MIN); /* the slowest of both */
	assert_int_equal(compute_new(p, 0, &c), 0);
	in[0] = number(0, 1, 10);
	in[1] = number(1, 2, 10);
	assert_int_equal(compute_apply(c, in, 2, false, out), 3);
	assert_int_equal(compute_expire(c, 25 * USEC_PER_SEC, out), 0);
	assert_int_equal(compute_expire(c, 26 * USEC_PER_SEC, out), 1);
	assert_int_equal(out[0].quality, QUALITY_STALE);
	assert_float_equal(out[0].num, 3, 0); /* what it was last */
	assert_int_equal(compute_expire(c, 27 * USEC_PER_SEC, out), 0);
	in[0] = number(0, 5, 28);
	assert_int_equal(compute_apply(c, in, 1, false, out), 2);
	assert_int_equal(out[1].quality, QUALITY_GOOD);
	assert_float_equal(out[1].num, 7, 0);
	/* A silent source has nothing, until it speaks again. */
	compute_fail(c, REASON_NO_REPLY, 40 * USEC_PER_SEC);
	in[0] = number(0, 5, 41);
	assert_int_equal(compute_apply(c, in, 1, false, out), 2);
	assert_int_equal(out[1].quality, QUALITY_UNAVAILABLE);
	assert_int_equal(out[1].reason, REASON_NO_REPLY);
	in[0] = number(1, 6, 42);
	assert_int_equal(compute_apply(c, in, 1, false, out), 2);
	assert_float_equal(out[1].num, 11, 0);
	compute_free(c);
	profile_unref(p);
}

static void test_condition(void **state)
{
	struct profile *p = profile_of(
		HEAD RAW("mode", "1") RAW("room", "2") "When=mode == 1\n"
						       "[Point twice]\nValue=room * 2\n");
	struct reading in[2], out[8];
	struct compute *c;

	assert_int_equal(compute_new(p, 0, &c), 0);
	/* Not told before its condition is known. */
	in[0] = number(1, 21, 1);
	assert_int_equal(compute_apply(c, in, 1, false, out), 0);
	assert_int_equal(compute_exists(c, 1), -1);
	in[0] = number(0, 1, 2);
	assert_int_equal(compute_apply(c, in, 1, false, out), 3);
	assert_int_equal(out[1].point, 1);
	assert_float_equal(out[1].num, 21, 0);
	assert_float_equal(out[2].num, 42, 0);
	assert_int_equal(compute_exists(c, 1), 1);
	/* When it turns, what depends on it does, though nothing of it came. */
	in[0] = number(0, 2, 3);
	assert_int_equal(compute_apply(c, in, 1, false, out), 3);
	assert_int_equal(out[1].quality, QUALITY_ABSENT);
	assert_int_equal(out[1].t_us, 3 * USEC_PER_SEC);
	assert_int_equal(out[2].quality, QUALITY_ABSENT);
	assert_int_equal(compute_exists(c, 1), 0);
	in[0] = (struct reading){.point = 0,
		.quality = QUALITY_UNAVAILABLE,
		.reason = REASON_NO_REPLY,
		.t_us = 4 * USEC_PER_SEC};
	assert_int_equal(compute_apply(c, in, 1, false, out), 3);
	assert_int_equal(out[1].quality, QUALITY_UNAVAILABLE);
	assert_int_equal(out[1].reason, REASON_NO_REPLY);
	assert_int_equal(compute_exists(c, 1), -1);
	/* It is read on meanwhile, and taken up again. */
	in[0] = number(1, 23, 5);
	(void)compute_apply(c, in, 1, false, out);
	in[0] = number(0, 1, 6);
	assert_int_equal(compute_apply(c, in, 1, false, out), 3);
	assert_float_equal(out[1].num, 23, 0);
	compute_free(c);
	assert_int_equal(compute_exists(NULL, 0), 1);
	profile_unref(p);
}

/* Names and truth as results, and lists over numbers. */
static void test_types(void **state)
{
	struct profile *p = profile_of(HEAD RAW("a", "1") RAW(
		"b", "2") "[Point on]\nValue=a > 0\nAttribute=on_off\n"
			  "[Point mode]\nValue=switch(a, off, heat, cool)\nAttribute=system_mode\n"
			  "[Point word]\nValue=a * 256 + b\nEnum=0:none 257:both\n"
			  "[Point code]\nValue=a * 256 + b\nHidden=yes\nFault=code\nCode=E%03X\n"
			  "[Point version]\nValue=a * 256 + b\nFormat={8:8}.{0:8:02}\n"
			  "[Fault E101]\nMeaning=Both\n");
	struct reading in[2], out[16];
	const struct fault *f;
	struct compute *c;
	char text[48];

	assert_int_equal(compute_new(p, 0, &c), 0);
	in[0] = number(0, 1, 1);
	in[1] = number(1, 1, 1);
	assert_int_equal(compute_apply(c, in, 2, false, out), 7);
	assert_int_equal(out[2].type, VALUE_BOOL);
	assert_int_equal(out[2].code, 1);
	assert_int_equal(out[3].type, VALUE_ENUM);
	assert_string_equal(
		model_value_name(&p->kind->attrs[p->points[3].attr], out[3].code), "heat");
	assert_int_equal(out[4].type, VALUE_ENUM);
	assert_int_equal(out[4].code, 257);
	assert_true(profile_fault_shown(p, &out[5], NULL, &f, text, sizeof(text)));
	assert_string_equal(text, "E101");
	assert_string_equal(f->meaning.en, "Both");
	assert_string_equal(out[6].text, "1.01");
	in[0] = number(0, 9, 2); /* no such choice */
	(void)compute_apply(c, in, 1, false, out);
	assert_int_equal(out[2].quality, QUALITY_SUSPECT);
	compute_free(c);
	profile_unref(p);
}

/* ---- attributes with several points */

static unsigned n_changed;

static void on_changed(struct appliance *a, struct attribute *attr, void *userdata)
{
	n_changed++;
}

static void feed(struct appliance *a, const struct reading *in, size_t n)
{
	struct reading out[APPLIANCE_ROOM(4)];

	n = appliance_compute(a, 0, in, n, false, out);
	appliance_apply(a, 0, out, n, on_changed, NULL);
}

static void test_alternatives(void **state)
{
	struct profile *p = profile_of(HEAD RAW("mode", "1") RAW("old",
		"2") "Unit=kWh\nAttribute=energy_imported\nWhen=mode < 3\nPeriod=1min\n" RAW("new",
		"3") "Unit=MWh\nScale=0.01\nAttribute=energy_imported\nWhen=mode >= 3\n" RAW("x1",
		"4") "Unit=L/min\nAttribute=vendor.x\nWhen=mode < 3\n" RAW("x2",
		"5") "Unit=L/s\nAttribute=vendor.x\nWhen=mode >= 3\n");
	char name[] = "main";
	struct source_conf source = {.name = name, .profile = p, .unit = 1};
	struct appliance_config conf = {.kind = p->kind, .sources = &source, .n_sources = 1};
	struct attribute *energy, *x;
	struct reading in[4];
	struct appliance *a;

	assert_int_equal(appliance_new(&conf, NULL, &a), 0);
	energy = appliance_attr(a, "energy_imported");
	x = appliance_attr(a, "vendor.x");
	assert_non_null(energy);
	assert_true(energy->alternatives);
	assert_int_equal(a->n_attrs, 3);
	assert_int_equal(energy->period_us, USEC_PER_MIN);
	assert_float_equal(energy->resolution, 1, 1e-9); /* the finest: 1 kWh of 10 */
	in[0] = number(0, 1, 1);
	in[1] = number(1, 500, 1);
	in[2] = number(2, 7, 1);
	in[3] = number(3, 30, 1);
	n_changed = 0;
	feed(a, in, 4);
	assert_float_equal(energy->value.num, 500, 0);
	assert_float_equal(x->value.num, 30, 0);
	assert_string_equal(energy->point->name, "old");
	assert_int_equal(n_changed, 3); /* and mode */
	in[0] = number(4, 0.7, 2);
	feed(a, in, 1);
	assert_float_equal(x->value.num, 30, 0); /* not its turn */
	in[0] = number(0, 3, 3);
	feed(a, in, 1);
	assert_string_equal(energy->point->name, "new");
	assert_float_equal(energy->value.num, 7, 0); /* as it came, in the model's unit */
	assert_float_equal(x->value.num, 42, 1e-9);  /* L/s in the unit of the first */
	in[0] = (struct reading){.point = 0,
		.quality = QUALITY_UNAVAILABLE,
		.reason = REASON_NO_REPLY,
		.t_us = 4 * USEC_PER_SEC};
	feed(a, in, 1);
	assert_int_equal(energy->value.quality, QUALITY_UNAVAILABLE);
	assert_int_equal(energy->value.reason, REASON_NO_REPLY);
	appliance_free(a);
	profile_unref(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_when_computed),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_condition),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_alternatives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
