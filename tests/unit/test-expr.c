/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>

#include "daemon/expr/expr.h"
#include "daemon/model/model.h"

/* Points of the test: value by index. */
static struct expr_value values[32];
static const struct model_value phases[] = {{"fill", 1}, {"wash", 2}, {"drain", 3}, {"hot", 9}};
static const struct model_value modes[] = {{"off", 0}, {"heat", 4}, {"cool", 3}};
static const struct model_value demand[] = {{"element_1", 0}, {"element_2", 1}, {"pump", 5}};

static const struct {
	const char *name;
	enum expr_type type;
	const char *unit;
	const struct model_value *names;
	size_t n_names;
} points[] = {
	{"a", EXPR_NUMBER, ""}, {"b", EXPR_NUMBER, ""}, {"p", EXPR_BOOL, ""}, {"q", EXPR_BOOL, ""},
	{"flow.temperature", EXPR_NUMBER, "°C"}, {"return.temperature", EXPR_NUMBER, "°C"},
	{"outdoor", EXPR_NUMBER, "°F"}, {"pressure", EXPR_NUMBER, "kPa"},
	{"flow", EXPR_NUMBER, "m³/h"}, {"power", EXPR_NUMBER, "W"}, {"volt", EXPR_NUMBER, "V"},
	{"current", EXPR_NUMBER, "A"}, {"energy", EXPR_NUMBER, "kWh"},
	{"phase", EXPR_ENUM, "", phases, ARRAY_SIZE(phases)},
	{"mode", EXPR_ENUM, "", modes, ARRAY_SIZE(modes)},
	{"demand", EXPR_BITS, "", demand, ARRAY_SIZE(demand)}, {"modulation", EXPR_NUMBER, "%"},
	{"hot", EXPR_NUMBER, "°C"}, /* also a phase */
	{"apparent", EXPR_NUMBER, "VA"}, {"rpm", EXPR_NUMBER, "rpm"}, {"flow_f", EXPR_NUMBER, "°F"},
	{"g", EXPR_NUMBER, "*"}, /* W/V² */
};

static struct expr_unit unit(const char *name)
{
	unit_id u = UNIT_NONE;

	if (*name)
		assert_int_equal(unit_by_name(name, &u), 0);
	return expr_unit_of(u);
}

static unsigned point(const char *name)
{
	for (unsigned i = 0; i < ARRAY_SIZE(points); i++)
		if (streq(points[i].name, name))
			return i;
	fail();
	return 0;
}

static int resolve(void *userdata, const char *name, struct expr_symbol *ret)
{
	if (streq(name, "setting.swap") || streq(name, "setting.limit")) {
		*ret = (struct expr_symbol){.type = EXPR_NUMBER,
			.unit = unit(name[8] == 's' ? "" : "bar"),
			.constant = true,
			.value = 1};
		return 0;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(points); i++)
		if (streq(points[i].name, name)) {
			*ret = (struct expr_symbol){.type = points[i].type, .ref = i};
			if (*points[i].unit == '*') {
				ret->unit = unit("W");
				ret->unit.id = UNIT_NONE;
				ret->unit.dim[0] = -2;
				ret->unit.dim[1] = -1;
				ret->unit.dim[2] = 3;
				ret->unit.dim[3] = 2;
			} else {
				ret->unit = unit(points[i].unit);
			}
			ret->names = (struct expr_names){
				expr_names_model, points[i].names, points[i].n_names};
			return 0;
		}
	return -ENOENT;
}

static const char *name_at(void *userdata, size_t i)
{
	return i < ARRAY_SIZE(points) ? points[i].name : NULL;
}

static const struct expr_accessor cycle_accessors[] = {
	{"len", EXPR_RESULT_TIME},
	{"mean", EXPR_RESULT_FIRST},
	{"sum", EXPR_RESULT_INTEGRAL},
	{NULL},
};
#define NUM EXPR_ARG_NUMBER
#define DUR EXPR_ARG_DURATION
static const struct expr_func funcs[] = {
	{"mean", 2, 2, {NUM, DUR}, EXPR_RESULT_FIRST, EXPR_F_STATE, 1},
	{"min", 2, 2, {NUM, DUR}, EXPR_RESULT_FIRST, EXPR_F_STATE, 2},
	{"span", 2, 2, {NUM, DUR}, EXPR_RESULT_DIFFERENCE, EXPR_F_STATE, 3},
	{"slope", 2, 2, {NUM, DUR}, EXPR_RESULT_RATE, EXPR_F_STATE, 4},
	{"energy", 2, 2, {NUM, DUR}, EXPR_RESULT_ENERGY, EXPR_F_STATE, 5},
	{"sum", 2, 2, {NUM, DUR}, EXPR_RESULT_INTEGRAL, EXPR_F_STATE, 6},
	{"count", 2, 2, {EXPR_ARG_BOOL, DUR}, EXPR_RESULT_PLAIN, EXPR_F_STATE, 7},
	{"run", 1, 1, {EXPR_ARG_BOOL}, EXPR_RESULT_TIME, EXPR_F_STATE, 8},
	{"steady", 3, 3, {NUM, DUR, EXPR_ARG_LIKE}, EXPR_RESULT_BOOL, EXPR_F_STATE, 9},
	{"z", 1, 1, {NUM}, EXPR_RESULT_PLAIN, EXPR_F_STATE | EXPR_F_BY, 10},
	{"cusum", 3, 3, {NUM, EXPR_ARG_CONST, EXPR_ARG_CONST}, EXPR_RESULT_PLAIN, EXPR_F_STATE, 11},
	{"fit", 1, 1, {NUM}, EXPR_RESULT_DIFFERENCE, EXPR_F_STATE | EXPR_F_FIT, 12},
	{"cycle", 1, 2, {EXPR_ARG_BOOL, NUM}, EXPR_RESULT_ACCESSOR, EXPR_F_STATE, 13,
		cycle_accessors},
	{"age", 1, 1, {EXPR_ARG_REF}, EXPR_RESULT_TIME, EXPR_F_STATE, 14},
	{"all", 1, 1, {EXPR_ARG_ANY}, EXPR_RESULT_FIRST, EXPR_F_ALL, 15},
	{"base", 1, 1, {NUM}, EXPR_RESULT_FIRST, EXPR_F_STATE | EXPR_F_BY, 16},
	{NULL},
};

static const struct expr_scope profile_scope = {.resolve = resolve, .name_at = name_at};
static const struct expr_scope rule_scope = {
	.resolve = resolve, .name_at = name_at, .funcs = funcs, .poll_s = 10};

static struct expr_value value(void *userdata, uint32_t ref)
{
	return values[ref];
}

/* The first argument, so that what is below can be looked at. */
static struct expr_value call(
	void *userdata, const struct expr *e, unsigned node, const struct expr_value *v)
{
	return v[e->args[e->nodes[node].first]];
}

static const struct expr_env env = {.value = value, .call = call};

static int setup(void **state)
{
	for (unsigned i = 0; i < ARRAY_SIZE(values); i++)
		values[i] = expr_good(0);
	return 0;
}

static void set(const char *name, double v)
{
	values[point(name)] = expr_good(v);
}

static struct expr *parse_in(const struct expr_scope *scope, const char *text)
{
	struct expr_error err = {0};
	struct expr *e = NULL;

	if (expr_parse(text, scope, NULL, &e, &err) < 0)
		fail_msg("%s: %u: %s", text, err.column, err.text);
	return e;
}

static struct expr_value eval(const char *text)
{
	_cleanup_(expr_freep) struct expr *e = parse_in(&profile_scope, text);

	return expr_eval(e, &env);
}

static void gives(const char *text, double expect)
{
	struct expr_value v = eval(text);

	if (v.quality != QUALITY_GOOD || fabs(v.v - expect) > 1e-12 * fmax(1, fabs(expect)))
		fail_msg("%s is %.17g (%s), not %.17g", text, v.v,
			quality_name((enum quality)v.quality), expect);
}

static void gives_quality(const char *text, enum quality q)
{
	struct expr_value v = eval(text);

	if (v.quality != q)
		fail_msg("%s is %s, not %s", text, quality_name((enum quality)v.quality),
			quality_name(q));
}

static void refused_in(
	const struct expr_scope *scope, const char *text, unsigned column, const char *part)
{
	struct expr_error err = {0};
	struct expr *e = NULL;

	assert_int_equal(expr_parse(text, scope, NULL, &e, &err), -EINVAL);
	assert_null(e);
	if (err.column != column || !strstr(err.text, part))
		fail_msg("%s: column %u: %s; not column %u, %s", text, err.column, err.text, column,
			part);
}

static void refused(const char *text, unsigned column, const char *part)
{
	refused_in(&rule_scope, text, column, part);
}

static void test_precedence(void **state)
{
	set("a", 3);
	set("b", 4);
	gives("a + b * 2", 11);
	gives("(a + b) * 2", 14);
	gives("-a * -b", 12);
	gives("--a", 3);
	gives("2 - 3 - 4", -5);
	gives("24 / 4 / 3", 2);
	gives("a < b", 1);
	gives("not a < b", 0);
	gives("not a < b or b == 4", 1);
	gives("true or true and false", 1); /* and binds closer */
	gives("not false and false", 0);    /* not binds closer */
	gives("a - 1 < b and b <= 4 and b >= 4 and a != b", 1);
	gives("65535 * a + b", 65535 * 3 + 4);
	gives("0x7FFF", 32767);
	gives("1.5e3 + 2E-1", 1500.2);
	gives("not not true", 1);
	gives("true == (a < b)", 1);
	gives("  a+b ", 7);
}

static const struct expr_value unknown = {NAN, QUALITY_UNAVAILABLE, REASON_NO_REPLY};

static void test_truth_tables(void **state)
{
	/* rows p, columns q: false, true, unknown; -1 = unknown */
	static const int and[3][3] = {{0, 0, 0}, {0, 1, -1}, {0, -1, -1}};
	static const int or [3][3] = {{0, 1, -1}, {1, 1, 1}, {-1, 1, -1}};
	const struct expr_value v[3] = {expr_good(0), expr_good(1), unknown};

	for (unsigned i = 0; i < 3; i++)
		for (unsigned j = 0; j < 3; j++) {
			values[point("p")] = v[i];
			values[point("q")] = v[j];
			if (and[i][j] < 0)
				gives_quality("p and q", QUALITY_UNAVAILABLE);
			else
				gives("p and q", and[i][j]);
			if (or [i][j] < 0)
				gives_quality("p or q", QUALITY_UNAVAILABLE);
			else
				gives("p or q", or [i][j]);
			/* De Morgan holds with unknowns too. */
			if (and[i][j] < 0)
				gives_quality("not (not p or not q)", QUALITY_UNAVAILABLE);
			else
				gives("not (not p or not q)", and[i][j]);
		}
	values[point("p")] = unknown;
	gives_quality("not p", QUALITY_UNAVAILABLE);
	gives_quality("p == p", QUALITY_UNAVAILABLE);
	assert_int_equal(eval("not p").reason, REASON_NO_REPLY);
}

static void test_quality(void **state)
{
	static const enum quality order[] = {
		QUALITY_GOOD, QUALITY_ABSENT, QUALITY_SUSPECT, QUALITY_STALE, QUALITY_UNAVAILABLE};
	static const char *const ops[] = {"a + b", "a * b", "a - b", "a < b", "min(a, b)"};

	for (unsigned i = 0; i < ARRAY_SIZE(order); i++)
		for (unsigned j = 0; j < ARRAY_SIZE(order); j++)
			for (unsigned k = 0; k < ARRAY_SIZE(ops); k++) {
				set("a", 5);
				set("b", 7);
				values[point("a")].quality = (uint8_t)order[i];
				values[point("b")].quality = (uint8_t)order[j];
				gives_quality(ops[k], order[MAX(i, j)]);
			}
	/* An absent addend is no zero. */
	set("a", 5);
	values[point("b")] = expr_unknown(QUALITY_ABSENT, REASON_NONE);
	gives_quality("a + b", QUALITY_ABSENT);
	gives("a + default(b, 0)", 5);
	gives("a + default(b, a)", 10);
	gives("present(b)", 0);
	gives("present(a)", 1);
	/* No answer now is not "not fitted". */
	values[point("b")] = unknown;
	gives_quality("default(b, 0)", QUALITY_UNAVAILABLE);
	gives_quality("present(b)", QUALITY_UNAVAILABLE);
	values[point("b")] = expr_unknown(QUALITY_UNAVAILABLE, REASON_UNSUPPORTED);
	gives("default(b, 3)", 3);
	gives("present(b)", 0);
	values[point("b")] = (struct expr_value){7, QUALITY_SUSPECT, REASON_RANGE};
	gives("present(b)", 1);
	gives_quality("default(b, 3)", QUALITY_SUSPECT);
	/* A suspect number stays to be shown. */
	assert_true(eval("a + b").v == 12);
	assert_int_equal(eval("a + b").reason, REASON_RANGE);
	set("b", 0);
	gives_quality("a / b", QUALITY_SUSPECT);
	gives_quality("a / b > 3", QUALITY_SUSPECT);
	gives_quality("b / b", QUALITY_SUSPECT);
	set("a", 1e300);
	gives_quality("a * a", QUALITY_SUSPECT);
	set("a", INFINITY); /* a decoder let it through */
	gives_quality("a", QUALITY_SUSPECT);
	gives("a > 1 or true", 1);
}

static void test_units(void **state)
{
	set("flow.temperature", 45);
	set("return.temperature", 30);
	set("pressure", 180);
	set("flow", 1.2);
	set("power", 2000);
	set("volt", 230);
	set("current", 2);
	set("energy", 1.5);
	set("outdoor", 50);
	set("modulation", 60);
	gives("flow.temperature - return.temperature", 15);
	gives("flow.temperature - return.temperature > 12 K", 1);
	gives("flow.temperature > 40 °C", 1);
	gives("flow.temperature > 104 °F", 1);
	gives("flow.temperature > 114 °F", 0);
	gives("outdoor", 50);
	gives("outdoor == 10 °C", 1);
	gives("flow.temperature - outdoor", 35);
	gives("return.temperature + 12 K < flow.temperature", 1);
	gives("return.temperature + 15 K < flow.temperature", 0);
	gives("12 K + return.temperature", 42);
	gives("pressure < 1.8 bar", 0);
	gives("pressure < 1.81 bar", 1);
	gives("pressure == 1.8 bar", 1);
	gives("1.8 bar == pressure", 1);
	gives("pressure + 0.2 bar", 200);
	gives("flow == 20 L/min", 1);
	gives("energy == 1500 Wh", 1);
	gives("volt * current", 460);
	gives("volt * current < 0.5 kW", 1);
	gives("volt * current / power", 0.23);
	gives("pressure / 1 bar", 1.8);
	gives("power / (volt * volt)", 2000 / 52900.0);
	gives("modulation > 0.5 ratio", 1);
	gives("modulation / 100 %", 0.6);
	gives("power * modulation", 2000 * 60);
	gives("power * modulation == 1.2 kW", 1);
	gives("power * 30 min", 60000);
	gives("power * 30 min == 1 kWh", 1);
	gives("power > 0", 1);
	gives("max(0, power)", 2000);
	gives("max(1 kW, power)", 2);
	gives("0 W == 0 kW", 1);
	gives("-40 °C < flow.temperature", 1);
	gives("60 s == 1 min", 1);
	gives("1 h + 30 min == 90min", 1);
	gives("1 d == 24 h", 1);
	gives("(flow.temperature - return.temperature) / 1 h == 15 K/h", 1);
	gives("setting.limit < pressure", 1);
	refused("flow.temperature + return.temperature", 18, "cannot be added");
	refused("flow.temperature > 12 K", 20, "°C is for temperatures");
	refused("flow.temperature - return.temperature > 12 °C", 41, "K for differences");
	refused("flow.temperature > 12", 20, "12 has no unit; write 12 °C");
	refused("flow.temperature > 0", 20, "0 °C");
	refused("flow.temperature * 2", 18, "cannot be multiplied");
	refused("12 K - flow.temperature", 6, "turn the two round");
	refused("-flow.temperature", 1, "no sign to turn");
	refused("power > 12 V", 9, "the right side is V where W is wanted");
	refused("power > 12", 9, "write 12 W");
	refused("modulation > 50", 14, "write 50 %");
	refused("power + volt", 7, "wanted");
	refused("power + apparent", 7, "wanted");
	refused("rpm > 5 Hz", 7, "wanted");
	gives("volt * current / (1 VA) > 3", 1); /* but W/VA is a number */
	refused("pressure > 2 furlong", 14, "\"furlong\" is no unit");
	refused("power > 3 L/min", 9, "wanted");
	/* an absolute temperature has no size */
	refused("abs(hot)", 5, "no size");
	gives("abs(return.temperature - flow.temperature)", 15);
}

static void test_unit_names(void **state)
{
	static const char *const cases[][2] = {
		{"power / (volt * volt)", "A/V"},
		{"g", "A/V"},
		{"slope(flow.temperature, 1 h)", "K/s"},
		{"5 K/h", "K/h"},
		{"volt / current", "Ω"},
		{"pressure * flow", "1000·W"},
		{"power", "W"},
		{"a", ""},
		{"a / b", ""},
		{"power / volt", "A"},
		{"cycle(p, power).len", "s"},
		{"flow / modulation", "m³/h/%"},
	};
	char buf[64];

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(expr_freep) struct expr *e = parse_in(&rule_scope, cases[i][0]);

		expr_unit_format(buf, sizeof(buf), expr_unit(e));
		if (i != 5)
			assert_string_equal(buf, cases[i][1]);
	}
}

static void test_enums(void **state)
{
	set("phase", 3);
	set("mode", 4);
	set("demand", 1 | 1 << 5);
	gives("phase == drain", 1);
	gives("drain == phase", 1);
	gives("phase != wash", 1);
	gives("mode == heat and phase == drain", 1);
	gives("has(demand, element_1)", 1);
	gives("has(demand, element_2)", 0);
	gives("has(demand, pump)", 1);
	set("phase", 9);
	gives("phase == hot", 1); /* the phase, not the point of that name */
	gives("hot == phase", 1);
	set("a", 1);
	gives("mode == switch(a, off, heat, cool)", 1);
	gives("mode == default(mode, off)", 1);
	refused("phase == heat", 10, "write one of fill, wash, drain, hot");
	refused("phase == mode", 10, "different names");
	refused("phase > wash", 1, "a number is wanted");
	refused("phase == 3", 10, "where one of several names is wanted");
}

static void test_enums_whole(void **state)
{
	static const struct model_value orders[] = {{"big", 0}, {"little", 1}};
	const struct expr_want want = {.type = EXPR_ENUM, .names = {expr_names_model, orders, 2}};
	struct expr_error err;
	_cleanup_(expr_freep) struct expr *e = NULL, *f = NULL, *g = NULL;

	assert_int_equal(
		expr_parse("switch(setting.swap, big, little)", &profile_scope, &want, &e, &err),
		0);
	assert_true(expr_is_constant(e));
	assert_int_equal(e->n_nodes, 1);
	assert_true(expr_eval(e, &env).v == 1);
	assert_int_equal(expr_parse("little", &profile_scope, &want, &f, &err), 0);
	assert_true(expr_eval(f, &env).v == 1);
	assert_int_equal(expr_parse("middle", &profile_scope, &want, &g, &err), -EINVAL);
	assert_non_null(strstr(err.text, "big, little"));
	assert_int_equal(expr_parse("1 + 2", &profile_scope, &want, &g, &err), -EINVAL);
	assert_int_equal(
		expr_parse("switch(setting.swap, big)", &profile_scope, &want, &g, &err), -EINVAL);
}

static void test_switch(void **state)
{
	set("power", 100);
	set("p", 1);
	for (unsigned i = 0; i < 3; i++) {
		set("a", i);
		gives("switch(a, 10, 20, 30)", 10 * (i + 1));
	}
	set("a", 3);
	gives_quality("switch(a, 10, 20, 30)", QUALITY_SUSPECT);
	set("a", -1);
	gives_quality("switch(a, 10, 20, 30)", QUALITY_SUSPECT);
	set("a", 0.5);
	gives_quality("switch(a, 10, 20, 30)", QUALITY_SUSPECT);
	set("a", 0);
	gives("switch(p, 1 kW, power)", 0.1);
	/* Only the branch taken counts. */
	values[point("b")] = unknown;
	gives("switch(a, 10, b)", 10);
	refused("switch(power, 1, 2)", 8, "without unit");
	refused("switch(a, 1, power)", 1, "1 has no unit; write 1 W");
	refused("switch(a)", 1, "switch(i, v0, v1, ...)");
	refused("switch(7, 1, 2)", 1, "no finite value");
	refused("1 / 0", 3, "no finite value");
}

static void whole_is(const char *text, const char *to, bool plain_ok, double expect)
{
	struct expr_want want = {
		.type = EXPR_NUMBER, .has_unit = true, .plain_ok = plain_ok, .unit = unit(to)};
	struct expr_error err = {0};
	_cleanup_(expr_freep) struct expr *e = NULL;

	if (expr_parse(text, &profile_scope, &want, &e, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	assert_true(fabs(expr_eval(e, &env).v - expect) < 1e-12 * fmax(1, fabs(expect)));
	assert_int_equal(expr_unit(e)->id, want.unit.id);
}

static void test_want(void **state)
{
	struct expr_want want = {.type = EXPR_NUMBER, .has_unit = true, .unit = unit("kPa")};
	struct expr_error err;
	struct expr *e = NULL;

	set("a", 100);
	set("energy", 0.012);
	set("pressure", 150);
	set("outdoor", 50);
	whole_is("0.5*a - 15", "°C", true, 35);
	whole_is("energy", "Wh", false, 12);
	whole_is("pressure", "bar", false, 1.5);
	whole_is("outdoor", "°C", false, 10);
	whole_is("5", "K", true, 5);
	assert_int_equal(expr_parse("a", &profile_scope, &want, &e, &err), -EINVAL);
	assert_non_null(strstr(err.text, "kPa"));
	assert_int_equal(expr_parse("power", &profile_scope, &want, &e, &err), -EINVAL);
	assert_int_equal(expr_parse("a > 1", &profile_scope, &want, &e, &err), -EINVAL);
	want = (struct expr_want){.type = EXPR_BOOL};
	assert_int_equal(expr_parse("a", &profile_scope, &want, &e, &err), -EINVAL);
	assert_string_equal(err.text, "the expression is a number where true or false is wanted; "
				      "write a comparison");
}

static void test_functions(void **state)
{
	static const char *const good[] = {
		"mean(power, 5 min) > 100 W",
		"min(power, 5 min) > 1 kW",
		"min(power, 1 kW, 2 kW) > 1 kW",
		"slope(flow.temperature, 30 min) > -0.5 K/h",
		"span(flow.temperature, 6 h) <= 0.2 K",
		"energy(power, 4 h) > base(energy(power, 4 h)) + 150 Wh",
		"count(p, 1 h) > 6 or (count(p, 3 h) > 9 and cycle(p, power).len < 5 min)",
		"steady(flow.temperature, 10 min, 1 K)",
		"steady(flow.temperature, 10 min, 0)",
		"cusum(z(flow.temperature by outdoor, a floor 0.3 K), 0.5, 6) > 0",
		"z(power floor 20 W) < -1.5",
		"fit(power ~ outdoor, a) > 5 W",
		"run(phase == drain) > 4 min",
		"age(power) > 10 poll",
		"all(count(p, 1 h)) > 2",
		"base(power by phase) > 0",
		"cycle(p, flow.temperature).mean > 40 °C",
		"cycle(p, power).sum > 1 kWh",
		"mean(power/(volt*volt), 5 min) < 0.75 * base(power/(volt*volt))",
		"max(0, flow.temperature - 3 K) > 1 °C",
	};

	for (unsigned i = 0; i < ARRAY_SIZE(good); i++) {
		struct expr_error err = {0};
		struct expr *e = NULL;
		int r = expr_parse(good[i], &rule_scope, NULL, &e, &err);

		if (i + 1 == ARRAY_SIZE(good))
			assert_int_equal(r, -EINVAL); /* 0 is no temperature */
		else if (r < 0)
			fail_msg("%s: %u: %s", good[i], err.column, err.text);
		expr_free(e);
	}
	refused("mean(power)", 1, "mean has 1 values; write 2");
	refused("mean(power, 5)", 13, "constant time");
	refused("mean(power, 5 K)", 13, "constant time");
	refused("mean(power, run(p))", 13, "constant time");
	refused("mean(power, 0 s)", 13, "constant time");
	refused("mean(p, 5 min)", 6, "mean is true or false where a number is wanted");
	refused("count(power, 5 min)", 7, "true or false is wanted");
	refused("meann(power, 5 min)", 1, "is mean() meant");
	refused("energy(volt, 5 min) > 0", 1, "wants a power");
	refused("sum(flow.temperature, 5 min) > 0", 1, "cannot be summed");
	refused("cycle(p, power)", 1, "followed by one of .len .mean .sum");
	refused("cycle(p, power).lenn", 17, "followed by one of");
	refused("cycle(p).mean", 1, "wants a second value");
	refused("mean(power, 5 min).len", 20, "has no .len");
	refused("z(power by a, b, p, q)", 21, "more than 3");
	refused("z(power floor 2 K)", 15, "write 2 W");
	refused("fit(power)", 10, "fit(y ~ x1,x2)");
	refused("age(power + 1 W)", 5, "name of a point alone");
	refused("cusum(a, b, 1)", 10, "must be constant");
	refused_in(&profile_scope, "mean(power, 5 min)", 1, "no function mean()");
	refused_in(&profile_scope, "min(power, 5 min)", 1, "where W is wanted");
	refused_in(&profile_scope, "run(p) > 10 poll", 1, "no function");
	refused_in(&profile_scope, "5 poll", 3, "no meaning here");
}

static void test_tree(void **state)
{
	_cleanup_(expr_freep) struct expr *e =
		parse_in(&rule_scope, "all(mean(power, 10 poll)) > mean(power, 100 s)");
	_cleanup_(expr_freep) struct expr *f =
		parse_in(&rule_scope, "z(flow.temperature by outdoor, a floor 0.5 K)");
	const struct expr_node *n = expr_root(f);
	unsigned calls = 0, last = 0;

	for (unsigned i = 0; i < e->n_nodes; i++)
		if (e->nodes[i].op == EXPR_OP_CALL) {
			if (calls++ == 0) {
				assert_true(e->nodes[i].all);
				last = i;
			} else {
				assert_false(e->nodes[i].all);
				/* not the same memory: one sees all samples */
				assert_false(expr_same(e, last, e, i));
				assert_true(expr_same(e, i, e, i));
			}
			assert_true(e->nodes[e->args[e->nodes[i].first + 1]].num == 100);
		}
	assert_int_equal(calls, 2);
	assert_int_equal(n->n_keys, 2);
	assert_int_equal(n->n_args, 3);
	assert_true(n->floor == 0.5);
	for (unsigned i = 0; i < f->n_nodes; i++)
		for (unsigned k = 0; k < f->nodes[i].n_args; k++)
			assert_true(f->args[f->nodes[i].first + k] < i);
}

/* What a node says of its place in the text: evidence quotes it. */
static void test_spans(void **state)
{
	static const char *const cases[][3] = {
		{"flow.temperature  -  return.temperature > 12 K",
			"flow.temperature  -  return.temperature", "12 K"},
		{"(a + b) * 2 < 1.5e2 ", "(a + b) * 2", "1.5e2"},
		{"mean(power , 5 min) >= -3 kW", "mean(power , 5 min)", "-3 kW"},
		{"phase == drain", "phase", "drain"},
		{"cycle(p, power).len < (5 min)", "cycle(p, power).len", "(5 min)"},
		{"1.8 bar < pressure", "1.8 bar", "pressure"},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(expr_freep) struct expr *e = parse_in(&rule_scope, cases[i][0]);
		const struct expr_node *n = expr_root(e);

		for (unsigned k = 0; k < 2; k++) {
			const struct expr_node *x = &e->nodes[e->args[n->first + k]];
			char part[64] = "";

			memcpy(part, e->text + x->begin, x->end - x->begin);
			assert_string_equal(part, cases[i][1 + k]);
		}
	}
}

static void test_syntax_errors(void **state)
{
	refused("", 1, "a value is missing");
	refused("a +", 4, "a value is missing");
	refused("(a", 3, "a ) is missing");
	refused("a)", 2, "a ) without its (");
	refused("a b", 3, "an operator is missing");
	refused("a < b < 3", 7, "two comparisons");
	refused("a = b", 3, "write \"==\"");
	refused("a ≤ b", 3, "write \"<=\"");
	refused("a − b", 3, "write \"-\"");
	refused("a × b", 3, "write \"*\"");
	refused("a && p", 3, "write \"and\"");
	refused("!p", 1, "write \"not\"");
	refused("'a'", 1, "no strings");
	refused("a （b）", 3, "in ASCII");
	refused("p and a", 7, "the right side is a number where true or false");
	refused("p + 1", 1, "a number is wanted");
	refused("not a", 5, "what follows \"not\"");
	refused("+a", 1, "no sign is +");
	refused("pressur > 3 bar", 1, "is \"pressure\" meant");
	refused("xyzzy > 3", 1, "there is no \"xyzzy\"");
	refused("1.", 1, "is no number");
	refused("1e999", 1, "is no number");
	refused("0xfffffffffffffffff", 1, "is no number");
	refused("a.len", 1, "there is no \"a.len\"");
	refused("min(a, )", 8, "a value is missing");
	refused("a\x01", 2, "control byte");
	refused("\xff", 1, "UTF-8");
	refused("min(a b)", 7, "is missing in min");
	/* columns are characters, not bytes */
	refused("hot > 5 °C and x", 16, "there is no \"x\"");
}

static void test_limits(void **state)
{
	char text[2 * EXPR_TEXT_MAX];
	struct expr *e = NULL;
	struct expr_error err;
	size_t n = 0;

	/* 1024 bytes and no more */
	memset(text, ' ', sizeof(text));
	text[0] = 'a';
	text[EXPR_TEXT_MAX] = 0;
	assert_int_equal(expr_parse(text, &rule_scope, NULL, &e, &err), 0);
	e = expr_free(e);
	text[EXPR_TEXT_MAX] = ' ';
	text[EXPR_TEXT_MAX + 1] = 0;
	refused(text, 1, "1025 bytes; at most 1024");
	/* 256 nodes: 128 refs and 127 additions are 255, one more pair is too many */
	for (unsigned i = 0; i < 128; i++)
		n += (size_t)sprintf(text + n, i ? "+a" : "a");
	assert_int_equal(expr_parse(text, &rule_scope, NULL, &e, &err), 0);
	assert_int_equal(e->n_nodes, 255);
	set("a", 1);
	assert_true(expr_eval(e, &env).v == 128);
	e = expr_free(e);
	(void)sprintf(text + n, "+a");
	assert_int_equal(expr_parse(text, &rule_scope, NULL, &e, &err), -EINVAL);
	assert_non_null(strstr(err.text, "more than 256"));
	/* depth 32 */
	for (n = 0; n < EXPR_DEPTH_MAX; n++)
		text[n] = '(';
	text[n++] = 'a';
	for (unsigned i = 0; i < EXPR_DEPTH_MAX; i++)
		text[n++] = ')';
	text[n] = 0;
	assert_int_equal(expr_parse(text, &rule_scope, NULL, &e, &err), 0);
	e = expr_free(e);
	memset(text, '(', EXPR_TEXT_MAX);
	text[EXPR_TEXT_MAX] = 0;
	refused(text, EXPR_DEPTH_MAX + 1, "more than 32 levels");
	memset(text, '-', EXPR_TEXT_MAX);
	refused(text, EXPR_DEPTH_MAX + 1, "more than 32 levels");
	/* functions 4 deep */
	assert_int_equal(expr_parse("abs(abs(abs(abs(a))))", &rule_scope, NULL, &e, &err), 0);
	e = expr_free(e);
	refused("abs(abs(abs(abs(abs(a)))))", 17, "more than 4 deep");
	/* many constants fold into one node */
	gives("1+2*3+4*5-6/2", 24);
	/* names of 64 bytes */
	memset(text, 'x', 65);
	text[65] = 0;
	refused(text, 1, "a name of 65 bytes");
	text[64] = 0;
	refused(text, 1, "there is no");
	/* 32 values of a call */
	n = (size_t)sprintf(text, "max(a");
	for (unsigned i = 1; i < EXPR_ARGS_MAX; i++)
		n += (size_t)sprintf(text + n, ",a");
	memcpy(text + n, ")", 2);
	gives(text, 1);
	memcpy(text + n, ",a)", 4);
	refused(text, 5 + 2 * EXPR_ARGS_MAX, "more than 32 values");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_precedence, setup),
		cmocka_unit_test_setup(test_truth_tables, setup),
		cmocka_unit_test_setup(test_quality, setup),
		cmocka_unit_test_setup(test_units, setup),
		cmocka_unit_test_setup(test_unit_names, setup),
		cmocka_unit_test_setup(test_enums, setup),
		cmocka_unit_test_setup(test_enums_whole, setup),
		cmocka_unit_test_setup(test_switch, setup),
		cmocka_unit_test_setup(test_want, setup),
		cmocka_unit_test_setup(test_functions, setup),
		cmocka_unit_test_setup(test_tree, setup),
		cmocka_unit_test_setup(test_spans, setup),
		cmocka_unit_test_setup(test_syntax_errors, setup),
		cmocka_unit_test_setup(test_limits, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
