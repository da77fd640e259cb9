/* SPDX-License-Identifier: Apache-2.0 */
/* [Write] sections: what is taken, what is refused with file and line, and values turned into
 * registers and back. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/expr/expr.h"
#include "daemon/profile/write-rule.h"

#include <math.h>

#define HEAD \
	"[Profile]\nKind=water_heater\nName=Tank\nSource=test\n" \
	"[Point mode]\nRead=holding:1\nType=u16\nEnum=1:eco 2:hybrid 4:heater\n" \
	"[Point target]\nRead=holding:2\nType=u16\nScale=0.5\nOffset=-15\nUnit=°C\n" \
	"[Point flags]\nRead=holding:10.8:4\nType=u16\n" \
	"[Point sensor]\nRead=input:3\nType=s16\nScale=0.1\nUnit=°C\n" \
	"[Point ratio]\nRead=holding:20\nType=f32\nOrder=little\n"
#define NUMBER "Min=38\nMax=70\nVolatile=yes\n"

static struct profile *load(const char *sections)
{
	char text[4000];
	struct problems problems = {0};
	struct profile *p = NULL;
	char line[1024];

	(void)snprintf(text, sizeof(text), HEAD "%s", sections);
	if (profile_load_buffer(text, strlen(text), "t.profile", &problems, &p) < 0)
		for (size_t i = 0; i < problems.n; i++) {
			problem_format(line, sizeof(line), &problems.v[i]);
			print_message("%s\n", line);
		}
	problems_done(&problems);
	assert_non_null(p);
	return p;
}

/* The first problem must speak of WHAT, at the line behind HEAD. */
static void refuse(const char *sections, unsigned line, const char *what)
{
	char text[4000];
	struct problems problems = {0};
	struct profile *p = NULL;
	char shown[1024];

	(void)snprintf(text, sizeof(text), HEAD "%s", sections);
	assert_int_equal(
		profile_load_buffer(text, strlen(text), "t.profile", &problems, &p), -EINVAL);
	assert_true(problems.n > 0);
	problem_format(shown, sizeof(shown), &problems.v[0]);
	if (!strstr(shown, what) || problems.v[0].line != 26 + line)
		fail_msg("expected \"%s\" at line %u, got: %s", what, 26 + line, shown);
	problems_done(&problems);
}

static int encode(const struct profile *p, const struct write_rule *w, const char *text,
	int64_t *ret, double *ret_near)
{
	struct write_value v;
	struct write_raw raw;
	int r = write_value_parse(p, w, text, &v);

	if (r == 0)
		r = write_value_encode(p, w, &v, 0, &raw, ret_near);
	if (r == 0)
		*ret = raw.raw;
	return r;
}

static void test_values(void **state)
{
	struct profile *p =
		load("[Write vendor.target]\n" NUMBER "Step=1\n"
		     "[Write vendor.mode]\nEnum=1:eco 2:hybrid\nBudget=100000\n"
		     "[Write vendor.flags]\nMin=0\nMax=15\nVolatile=yes\n"
		     "[Write vendor.ratio]\nMin=0\nMax=2\nVolatile=yes\n"
		     "[Write vendor.reset]\nTo=holding:99\nFixed=0x99C6\nVolatile=yes\n");
	const struct write_rule *w = p->writes;
	struct write_value v = {0};
	struct write_raw raw;
	int64_t got = 0;
	double near = 0;
	char text[64];

	assert_int_equal(p->n_writes, 5);
	/* temperature = raw × 0.5 − 15 of the 170 l water heater map. */
	assert_int_equal(encode(p, &w[0], "55", &got, &near), 0);
	assert_int_equal(got, 140);
	assert_int_equal(encode(p, &w[0], "55.5", &got, &near), -EDOM);
	assert_true(near == 55 || near == 56);
	assert_int_equal(encode(p, &w[0], "warm", &got, &near), -EINVAL);
	assert_int_equal(encode(p, &w[0], "nan", &got, &near), -EINVAL);
	assert_int_equal(encode(p, &w[0], "1e300", &got, &near), -ERANGE);
	assert_int_equal(encode(p, &w[0], "-16", &got, &near), -ERANGE);
	raw = (struct write_raw){.raw = 140};
	assert_true(write_raw_decode(p, &w[0], &raw, &v));
	assert_true(v.num == 55);
	write_number_format(p, &w[0], 55, text, sizeof(text));
	assert_string_equal(text, "55 °C");
	/* Fewer names than can be read. */
	assert_int_equal(encode(p, &w[1], "hybrid", &got, &near), 0);
	assert_int_equal(got, 2);
	assert_int_equal(encode(p, &w[1], "heater", &got, &near), -EINVAL);
	write_rule_choices(p, &w[1], text, sizeof(text));
	assert_string_equal(text, "eco hybrid");
	assert_int_equal(w[1].budget, 100000);
	/* A field of four bits. */
	assert_int_equal(w[2].bit, 8);
	assert_int_equal(w[2].width, 4);
	assert_int_equal(encode(p, &w[2], "15", &got, &near), 0);
	assert_int_equal(encode(p, &w[2], "16", &got, &near), -ERANGE);
	assert_int_equal(w[3].function, 16);
	assert_int_equal(w[3].n, 2);
	/* A command takes no value. */
	assert_int_equal(encode(p, &w[4], "", &got, &near), 0);
	assert_int_equal(got, 0x99C6);
	assert_int_equal(encode(p, &w[4], "1", &got, &near), -EINVAL);
	assert_int_equal(w[4].read_back, -1);
	(void)profile_unref(p);
}

static void test_shapes(void **state)
{
	struct profile *p = load(
		"[Write vendor.sg]\nTo=holding:4001\nType=u16\nWith=holding:4000=1\nMin=0\nMax=3\n"
		"Volatile=yes\nReadBack=none\n"
		"[Write vendor.target]\nMin=38\nVolatile=yes\n"
		"Before=holding:138=1\nAfter=holding:138=0\n"
		"Max=switch(mode, 38 °C, 55 °C, 65 °C, 65 °C, 70 °C)\nIf=mode == eco or mode == hybrid\n"
		"Expires=2min\nMaxFor=6h\nSafe=before\n"
		"[Write vendor.bell]\nTo=coil:7\nPulse=500ms\nVolatile=yes\n");
	const struct write_rule *w = p->writes;
	struct write_touch touches[WRITE_CELLS_MAX];

	assert_int_equal(w[0].function, 16);
	assert_int_equal(w[0].n_with, 1);
	assert_int_equal(write_rule_touches(&w[0], touches), 2);
	assert_int_equal(w[1].function, 6);
	assert_non_null(w[1].max.expr);
	assert_non_null(w[1].condition);
	assert_int_equal(w[1].safe, SAFE_BEFORE);
	assert_int_equal(write_rule_touches(&w[1], touches), 2);
	assert_int_equal(touches[1].address, 138);
	assert_int_equal(touches[1].times, 2);
	assert_true(w[2].fixed);
	assert_int_equal(w[2].function, 5);
	assert_int_equal(write_rule_touches(&w[2], touches), 1);
	assert_int_equal(touches[0].times, 2);
	(void)profile_unref(p);
}

static void test_refused(void **state)
{
	refuse("[Write vendor.target]\nMax=70\nVolatile=yes\n", 1, "Min= is missing");
	refuse("[Write vendor.target]\nMin=38\nMax=70\n", 1, "Budget= or Volatile=yes");
	refuse("[Write vendor.target]\n" NUMBER "Budget=5\n", 5, "exclude");
	refuse("[Write vendor.target]\nMin=70\nMax=38\nVolatile=yes\n", 3, "below Min=");
	refuse("[Write vendor.target]\nMin=-40\nMax=38\nVolatile=yes\n", 2, "cannot hold");
	refuse("[Write vendor.target]\n" NUMBER "PerHours=3\n", 5, "did you mean PerHour=");
	refuse("[Write vendor.sensor]\n" NUMBER, 1, "cannot be written");
	refuse("[Write vendor.none]\n" NUMBER, 1, "To= is missing");
	refuse("[Write vendor.none]\nTo=input:4\nType=u16\n" NUMBER, 2, "cannot be written");
	refuse("[Write vendor.none]\nTo=holding:4\n" NUMBER, 1, "Type= is missing");
	refuse("[Write vendor.none]\nTo=holding:65536\nType=u16\n" NUMBER, 2, "cannot be written");
	refuse("[Write vendor.none]\nTo=holding:65535\nType=u32\n" NUMBER, 2, "beyond address");
	refuse("[Write vendor.none]\nTo=holding:5.12:8\nType=u16\n" NUMBER, 2, "reaches beyond");
	refuse("[Write vendor.target]\n" NUMBER "Function=5\n", 5, "does not write this");
	refuse("[Write vendor.target]\n" NUMBER "Function=3\n", 5, "must be 5, 6, 15, 16 or 22");
	refuse("[Write vendor.target]\n" NUMBER "With=holding:4=1\n", 5, "neighbours");
	refuse("[Write vendor.target]\n" NUMBER "With=holding:2=1\n", 5, "of To= itself");
	refuse("[Write vendor.target]\n" NUMBER "Before=holding:4\n", 5, "no register and value");
	refuse("[Write vendor.target]\n" NUMBER "MaxFor=1h\n", 5, "needs Safe= or Expires=");
	refuse("[Write vendor.target]\n" NUMBER "Safe=20\n", 5, "outside Min= and Max=");
	refuse("[Write vendor.target]\n" NUMBER "PerHour=1\nSafe=40\n", 5, "put-back");
	refuse("[Write vendor.mode]\nVolatile=yes\nSafe=off\n", 3, "neither \"before\"");
	refuse("[Write vendor.mode]\nVolatile=yes\nMin=1\n", 3, "only numbers");
	refuse("[Write vendor.target]\n" NUMBER "If=mode + 1\n", 5, "at character");
	refuse("[Write vendor.target]\nMin=switch(nothing, 1, 2)\nMax=70\nVolatile=yes\n", 2,
		"at character");
	refuse("[Write vendor.target]\n" NUMBER "ReadBack=nothing\n", 5, "there is no [Point");
	refuse("[Write vendor.reset]\nTo=holding:99\nFixed=0x10000\nVolatile=yes\n", 3,
		"does not fit");
	refuse("[Write vendor.reset]\nTo=holding:99\nPulse=1s\nVolatile=yes\n", 3, "one bit");
	refuse("[Write boost]\nTo=coil:9\nVolatile=yes\n", 1, "Fixed= is missing");
	refuse("[Write water.temperature]\n" NUMBER, 1, "");
	refuse("[Write vendor.mode]\nVolatile=yes\n[Write vendor.Mode]\nVolatile=yes\n", 3, "a-z");
}

/* Low confidence: shown, never used; it need not say what nobody knows. */
static void test_low(void **state)
{
	struct profile *p = load("[Write vendor.target]\nMin=38\nMax=70\nConfidence=low\n");

	assert_int_equal(p->writes[0].confidence, CONFIDENCE_LOW);
	(void)profile_unref(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_low),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
