/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule counts as evidence: lost points, samples of cycles and of long windows, no cycle twice, no
 * end without evidence; and what its record says. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "rule-bench.h"

#define HEAD "[Rule r]\nOn=boiler\nSeverity=care\n"

static void is_state(const struct bench *b, enum rule_state s)
{
	enum rule_state got = bench_state(b, "r");

	if (got != s)
		fail_msg("%s is not %s at %g", rule_state_name(got), rule_state_name(s), b->t);
}

static void is_near(double got, double v, double eps)
{
	if (!(fabs(got - v) <= eps))
		fail_msg("%g is not %g", got, v);
}

static struct rule_evidence evidence(const struct bench *b)
{
	struct rule_evidence ev;

	rules_evidence(b->rules, 0, &ev);
	return ev;
}

static void test_lost(void **state)
{
	struct bench b;
	struct rule_evidence ev;

	bench_open(&b,
		HEAD
		"Fault=lost(10 poll) > 0\nFor=5 min\nClear=lost(2 poll) == 0\nClearFor=2 min\n",
		60);
	bench_set(&b, "x", 1);
	bench_set(&b, "y", 1);
	bench_set(&b, "temp", 20);
	bench_set(&b, "power", 20);
	bench_run(&b, 1800);
	/* a, b, p, q and pressure never had a value: that is no loss */
	is_state(&b, RULE_PASS);
	bench_set(&b, "x", NAN);
	bench_set(&b, "y", NAN);
	b.values[bench_index(&b, "temp")] = ABSENT;
	b.values[bench_index(&b, "power")] = expr_unknown(QUALITY_UNAVAILABLE, REASON_LINE_DOWN);
	bench_run(&b, 10 * 60);
	is_state(&b, RULE_PASS);
	bench_run(&b, 2 * 60);
	is_state(&b, RULE_PENDING);
	bench_run(&b, 5 * 60);
	is_state(&b, RULE_CONFIRMED);
	ev = evidence(&b);
	assert_int_equal(ev.n_lost, 2);
	assert_int_equal(ev.lost[0], bench_index(&b, "x"));
	assert_int_equal(ev.lost[1], bench_index(&b, "y"));
	is_near(ev.atoms[0].value, 2, 0);
	assert_int_equal(rules_lost(b.rules, 0, 0, NULL, 0), 2);
	assert_int_equal(rules_lost(b.rules, 0, 3600, NULL, 0), 0);
	/* one of them is back: the other is still away */
	bench_set(&b, "x", 1);
	bench_run(&b, 1800);
	is_state(&b, RULE_CONFIRMED);
	assert_int_equal(evidence(&b).n_lost, 1);
	bench_set(&b, "y", 1);
	bench_run(&b, 5 * 60);
	is_state(&b, RULE_PASS);
	bench_close(&b);
}

/* N periods of p, ON_S long, every hour. */
static void cycles(struct bench *b, unsigned n, double on_s)
{
	for (unsigned i = 0; i < n; i++) {
		bench_set(b, "p", 1);
		bench_run(b, on_s);
		bench_set(b, "p", 0);
		bench_run(b, 3600 - on_s);
	}
}

static void test_fed_through_let(void **state)
{
	struct bench b;
	struct rule_evidence ev;

	bench_open(&b,
		HEAD
		"Let.ran=cycle(p).len\nLet.odd=ran / 2\nFault=z(odd) > 3.5\nClear=z(odd) < 1\n",
		10);
	cycles(&b, 1, 600);
	for (unsigned day = 0; day < 5; day++) {
		cycles(&b, 3, 600);
		bench_run(&b, 21 * 3600);
	}
	/* one a cycle, not one an hour */
	ev = evidence(&b);
	assert_int_equal(ev.n_baselines, 1);
	assert_int_equal(ev.baselines[0].samples, 15); /* the first began before it was looked at */
	is_near(ev.baselines[0].mean, 300, 0.001);
	/* The floor of a time is 2 % or one poll, not the minute in which the model shows times. */
	is_near(ev.baselines[0].spread, 10, 0.001);
	is_state(&b, RULE_PASS);
	cycles(&b, 1, 660);
	is_near(evidence(&b).atoms[0].value, 3, 0.2); /* of what is learned with it */
	is_state(&b, RULE_PASS);
	bench_close(&b);
}

static void test_long_window(void **state)
{
	struct bench b;

	bench_open(&b, HEAD "Fault=z(mean(x,1 d) floor 1) > 3\nClear=z(mean(x,1 d) floor 1) < 1\n",
		600);
	bench_set(&b, "x", 5);
	bench_run(&b, 10 * 86400);
	/* the first day fills the window */
	assert_in_range(evidence(&b).baselines[0].samples, 8, 10);
	bench_close(&b);
	/* a short one is taken by the hour, as ever */
	bench_open(&b, HEAD "Fault=z(mean(x,1 h) floor 1) > 3\nClear=z(mean(x,1 h) floor 1) < 1\n",
		600);
	bench_set(&b, "x", 5);
	bench_run(&b, 2 * 86400);
	assert_in_range(evidence(&b).baselines[0].samples, 45, 48);
	bench_close(&b);
}

/* Periods of p, within which q was on for Q_S once before. */
static void test_no_cycle_twice(void **state)
{
	struct bench b;

	bench_open(&b,
		HEAD "Fault=cycle(p).len > 1 s and cycle(q).len > 10 min\n"
		     "Clear=cycle(q).len < 5 min\nClearFor=1 min\nConfirm=2 cycles within 3\n",
		10);
	bench_set(&b, "q", 0);
	cycles(&b, 2, 600);
	bench_set(&b, "q", 1);
	bench_run(&b, 1200);
	bench_set(&b, "q", 0);
	bench_run(&b, 60);
	is_state(&b, RULE_PENDING);
	cycles(&b, 4, 600);
	assert_null(bench_event(&b, "r", RULE_CONFIRMED));
	/* A second long one is a second witness. */
	bench_set(&b, "q", 1);
	bench_run(&b, 1200);
	bench_set(&b, "q", 0);
	cycles(&b, 1, 600);
	bench_set(&b, "q", 1);
	bench_run(&b, 1200);
	bench_set(&b, "q", 0);
	cycles(&b, 1, 600);
	assert_non_null(bench_event(&b, "r", RULE_CONFIRMED));
	bench_close(&b);
}

static void session(struct bench *b, double x)
{
	bench_set(b, "q", 1);
	bench_set(b, "x", x);
	bench_run(b, 1800);
	bench_set(b, "q", 0);
	bench_run(b, 1800);
}

static void test_no_end_without_evidence(void **state)
{
	struct bench b;

	bench_open(&b, HEAD "While=q\nFault=x > 10\nConfirm=3 sessions\n", 60);
	for (int i = 0; i < 3; i++)
		session(&b, 11);
	is_state(&b, RULE_CONFIRMED);
	session(&b, 1);
	is_state(&b, RULE_CONFIRMED);
	/* one that cannot be judged is none, one with the fault begins the count anew */
	session(&b, NAN);
	is_state(&b, RULE_CONFIRMED);
	session(&b, 11);
	session(&b, 1);
	is_state(&b, RULE_CONFIRMED);
	session(&b, 1);
	session(&b, 1);
	is_state(&b, RULE_PASS);
	bench_close(&b);
	/* days */
	bench_open(&b, HEAD "Fault=x > 10\nFor=1 h\nConfirm=2 days\n", 600);
	bench_set(&b, "x", 11);
	bench_run(&b, 2 * 86400);
	is_state(&b, RULE_CONFIRMED);
	bench_set(&b, "x", 1);
	bench_run(&b, 20 * 3600);
	is_state(&b, RULE_CONFIRMED);
	bench_run(&b, 5 * 3600);
	is_state(&b, RULE_PASS);
	bench_close(&b);
	/* a sample or two; a point that is away */
	bench_open(&b, HEAD "Needs=x y\nFault=x > 10\nFor=1 min\n", 60);
	bench_set(&b, "x", 11);
	bench_set(&b, "y", 1);
	bench_run(&b, 600);
	is_state(&b, RULE_CONFIRMED);
	bench_set(&b, "x", 1);
	bench_run(&b, 120);
	is_state(&b, RULE_CONFIRMED);
	b.values[bench_index(&b, "y")] = ABSENT;
	bench_run(&b, 3600);
	is_state(&b, RULE_CONFIRMED);
	bench_set(&b, "y", 1);
	bench_run(&b, 120);
	is_state(&b, RULE_CONFIRMED);
	bench_run(&b, 240);
	is_state(&b, RULE_PASS);
	bench_close(&b);
}

static void test_excluded(void **state)
{
	struct bench b;
	struct rule_cause causes[RULE_CAUSES_MAX];
	struct rule_evidence ev;

	bench_open(&b,
		HEAD
		"Name=Too much\nName[zh_CN]=过多\nFault=x > 10\nUnless=c\n"
		"Blame=one:3 two:3 three:3 four:1\nSign.one=y > 1\nSign.two=a > 1\nNot.three=p\n"
		"Not.four=q\n[Rule c]\nOn=boiler\nKind=context\nFault=b > 1\n",
		60);
	assert_string_equal(rules_label(b.rules, 0, false), "Too much");
	assert_string_equal(rules_label(b.rules, 0, true), "过多");
	assert_null(rules_label(b.rules, 1, false));
	bench_set(&b, "x", 11);
	bench_set(&b, "y", 2);
	bench_set(&b, "a", 0);
	bench_set(&b, "p", 1);
	bench_set(&b, "q", NAN);
	bench_set(&b, "b", 0);
	bench_run(&b, 120);
	ev = evidence(&b);
	/* two: the sign of another is there and its own is not; three: ruled out; four: nobody knows */
	assert_string_equal(ev.excluded, "two three");
	assert_string_equal(ev.not_explained_by, "c");
	assert_int_equal(ev.n_signs, 3);
	assert_string_equal(ev.signs[0].cause, "one");
	assert_true(ev.signs[0].holds && !ev.signs[0].is_not && ev.signs[2].is_not);
	assert_int_equal(rules_causes(b.rules, 0, causes), 3);
	assert_string_equal(causes[0].id, "one");
	is_near(causes[0].share, 9 / 11.0, 1e-9);
	/* No sign at all: less likely, but nothing speaks for another. */
	bench_set(&b, "y", 0);
	bench_run(&b, 60);
	assert_string_equal(evidence(&b).excluded, "three");
	bench_close(&b);
}

static void count_learned(void *userdata, const struct rule_learned *v)
{
	unsigned *n = userdata;

	assert_string_equal(v->rule, "");
	assert_string_equal(v->text, "x by y");
	assert_true(v->samples >= 20 && v->days >= 1);
	is_near(v->mean, *n == 0 ? 5 : 7, 1e-6);
	is_near(v->spread, 1, 1e-6);
	(*n)++;
}

static void test_learned(void **state)
{
	struct bench b;
	unsigned n = 0;

	bench_open(&b, HEAD "Fault=z(x by y floor 1) > 3\nClear=z(x by y floor 1) < 1\n", 600);
	for (unsigned i = 0; i < 2; i++) {
		bench_set(&b, "x", 5 + 2 * i);
		bench_set(&b, "y", 10 * i);
		bench_run(&b, 86400);
	}
	rules_each_learned(b.rules, count_learned, &n);
	assert_int_equal(n, 2);
	rules_forget(b.rules);
	n = 0;
	rules_each_learned(b.rules, count_learned, &n);
	assert_int_equal(n, 0);
	bench_close(&b);
}

/* Two appliances of a kind share what was parsed, and nothing else. */
static void test_shared(void **state)
{
	struct bench b, other;

	bench_open(&b, HEAD "Fault=mean(x,5 min) > 10\nClear=mean(x,5 min) < 9\n", 60);
	other = (struct bench){.period = 60, .local_hour = NAN, .set = b.set};
	bench_points(&other);
	bench_bind(&other, "boiler");
	assert_ptr_equal(evidence(&b).expression, evidence(&other).expression);
	bench_set(&b, "x", 11);
	bench_set(&other, "x", 1);
	bench_run(&b, 900);
	bench_run(&other, 900);
	is_state(&b, RULE_CONFIRMED);
	is_state(&other, RULE_PASS);
	rules_free(other.rules);
	bench_close(&b);
}

static void test_keep(void **state)
{
	static const char text[] =
		"[Let boiler]\nhot=temp > 50 °C\n[Rule one]\nOn=boiler\nSeverity=care\nLet.z=x + 1\n"
		"Fault=z > 10 and hot\nClear=z < 9\nBlame=c:1 d:1\nSign.c=y > 1\n[Rule two]\nOn=dishwasher\n"
		"Severity=care\nFault=true\n";
	const struct model_kind *kinds[] = {model_kind_by_name("boiler")};
	struct bench b = {.period = 60, .local_hour = NAN};
	struct problems p = {0};

	bench_points(&b);
	assert_int_equal(rule_set_load_buffer(text, strlen(text), "test", &p, &b.set), 0);
	problems_done(&p);
	rule_set_keep(b.set, kinds, 1);
	assert_int_equal(rule_set_count(b.set), 1);
	bench_bind(&b, "boiler");
	rule_set_strip(b.set);
	bench_set(&b, "x", 10);
	bench_set(&b, "y", 2);
	bench_set(&b, "temp", 60);
	bench_run(&b, 60);
	assert_int_equal(bench_state(&b, "one"), RULE_CONFIRMED);
	assert_string_equal(b.events[b.n_events - 1].cause, "c");
	bench_close(&b);
}

/* Of a switch() the branch that stood at the moment is the evidence, and its margin is the sureness. */
static void test_switch(void **state)
{
	struct bench b;
	struct rule_evidence ev;

	bench_open(&b, HEAD "Fault=switch(p, x > 100, y > 10)\nClear=y < 5\n", 60);
	bench_set(&b, "p", 1);
	bench_set(&b, "x", 500);
	bench_set(&b, "y", 10.1);
	bench_run(&b, 120);
	is_state(&b, RULE_CONFIRMED);
	assert_int_equal(bench_event(&b, "r", RULE_CONFIRMED)->sureness, SURE_LOW);
	bench_close(&b);
	bench_open(&b, HEAD "Fault=switch(p, x > 100, y > 10)\nClear=x < 5\nFor=10 min\n", 60);
	bench_set(&b, "p", 0);
	bench_set(&b, "x", 500);
	bench_set(&b, "y", 10.1);
	bench_run(&b, 120);
	ev = evidence(&b);
	assert_int_equal(ev.n, 1);
	assert_string_equal(ev.atoms[0].text, "x");
	assert_true(ev.atoms[0].holds && ev.atoms[0].value == 500);
	bench_close(&b);
}

/* A rule that this appliance can never judge says what it lacks, and costs nothing else; what the others
 * remember is not touched by it. */
static void test_never_ready(void **state)
{
	static const char text[] =
		"[Rule other]\nOn=boiler\nSeverity=care\nFault=mean(x, 10 min) > 5\nClear=x < 4\n"
		"[Rule r]\nOn=boiler\nSeverity=care\nNeeds=x y\nLet.m=mean(y, 6 h)\nWhile=x > 0\n"
		"Fault=mean(x, 10 min) > 5 and z(y) > 3 and m > 0 and cycle(y > 1).len > 0 s\n"
		"Clear=mean(y, 2 h) < 3\nConfirm=2 cycles\nBlame=c:1 d:1\nSign.c=mean(y, 3 h) > 1\n"
		"[Rule last]\nOn=boiler\nSeverity=care\nFault=min(x, 20 min) > 5\nClear=x < 4\n";
	struct rules_costs with, without, alone;
	struct bench b;
	char why[64];

	bench_open(&b, text, 60);
	rules_costs(b.rules, &with);
	b.rules = rules_free(b.rules);
	b.points[bench_index(&b, "y")].present = false;
	b.values[bench_index(&b, "y")] = ABSENT;
	bench_bind(&b, "boiler");
	rules_costs(b.rules, &without);
	assert_int_equal(without.instances, 3);
	bench_set(&b, "x", 10);
	bench_run(&b, 3600);
	assert_int_equal(bench_state(&b, "other"), RULE_CONFIRMED);
	assert_int_equal(bench_state(&b, "last"), RULE_CONFIRMED);
	is_state(&b, RULE_NOT_READY);
	rules_why(b.rules, 1, why, sizeof(why));
	assert_string_equal(why, "needs y");
	/* A caller that said it was not there is taken at its word. */
	bench_set(&b, "y", 10);
	bench_run(&b, 3600);
	is_state(&b, RULE_NOT_READY);
	bench_close(&b);
	bench_open(&b,
		"[Rule other]\nOn=boiler\nSeverity=care\nFault=mean(x, 10 min) > 5\nClear=x < 4\n"
		"[Rule last]\nOn=boiler\nSeverity=care\nFault=min(x, 20 min) > 5\nClear=x < 4\n",
		60);
	rules_costs(b.rules, &alone);
	bench_close(&b);
	assert_int_equal(without.slots, alone.slots);
	assert_true(with.slots > without.slots + 4);
	assert_true(with.state_bytes > without.state_bytes + 3000);
}

/* A gate that asks for the hour, and no hour: that is what is said, and not that the night has not come. */
static void test_no_clock(void **state)
{
	struct bench b;
	char why[64];

	bench_open(&b,
		HEAD "While=local_hour() >= 5 and x > 0\nFault=mean(x, 10 min) > 5\nClear=x < 4\n",
		60);
	bench_set(&b, "x", 10);
	bench_run(&b, 86400);
	is_state(&b, RULE_NOT_READY);
	rules_why(b.rules, 0, why, sizeof(why));
	assert_string_equal(why, "the clock is not set");
	b.local_hour = 4;
	bench_run(&b, 3600);
	rules_why(b.rules, 0, why, sizeof(why));
	assert_string_equal(why, "what it looks at has not happened yet");
	b.local_hour = 6;
	bench_run(&b, 3600);
	is_state(&b, RULE_CONFIRMED);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_fed_through_let),
		cmocka_unit_test(test_long_window),
		cmocka_unit_test(test_no_cycle_twice),
		cmocka_unit_test(test_no_end_without_evidence),
		cmocka_unit_test(test_excluded),
		cmocka_unit_test(test_learned),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_never_ready),
		cmocka_unit_test(test_no_clock),
		cmocka_unit_test(test_switch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
