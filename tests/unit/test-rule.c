/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a rule, its bounds, and what is kept over a restart. */
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
		fail_msg("%s is not %s at %g", rule_state_name(got), rule_state_name(s),
			b->t - b->period);
}

static double when(const struct bench *b, enum rule_state s)
{
	const struct bench_event *e = bench_event(b, "r", s);

	if (!e)
		fail_msg("never %s", rule_state_name(s));
	return e ? e->t : 0;
}

static void test_for_and_clear(void **state)
{
	struct bench b;

	bench_open(&b,
		HEAD "Fault=x > 10\nFor=10 min\nClear=x < 8\nClearFor=20 min\nBlame=one:3 two:1\n",
		60);
	is_state(&b, RULE_NOT_READY);
	bench_set(&b, "x", 5);
	bench_run(&b, 600);
	is_state(&b, RULE_PASS);
	/* nine minutes are not ten */
	bench_set(&b, "x", 11);
	bench_run(&b, 600);
	is_state(&b, RULE_PENDING);
	bench_set(&b, "x", 10); /* the threshold itself is not above it */
	bench_step(&b);
	is_state(&b, RULE_PASS);
	bench_set(&b, "x", 11);
	bench_run(&b, 660);
	is_state(&b, RULE_CONFIRMED);
	assert_true(when(&b, RULE_CONFIRMED) - when(&b, RULE_PENDING) == 600);
	assert_true(bench_event(&b, "r", RULE_CONFIRMED)->share == 0.75);
	assert_string_equal(bench_event(&b, "r", RULE_CONFIRMED)->cause, "one");
	/* between the two thresholds nothing changes */
	bench_set(&b, "x", 9);
	bench_run(&b, 7200);
	is_state(&b, RULE_CONFIRMED);
	bench_set(&b, "x", 7);
	bench_run(&b, 1080);
	bench_set(&b, "x", 9);
	bench_step(&b);
	bench_set(&b, "x", 7);
	bench_run(&b, 1140);
	is_state(&b, RULE_CONFIRMED);
	bench_run(&b, 120);
	is_state(&b, RULE_PASS);
	assert_non_null(bench_event(&b, "r", RULE_CLEARED));
	assert_int_equal(rules_times(b.rules, 0), 1);
	bench_close(&b);
}

static void test_default_clear(void **state)
{
	static const struct {
		const char *fault, *point;
		double fault_at, not_clear, clear;
	} cases[] = {
		{"x > 10", "x", 11, 9.1, 8.9},
		{"x >= 10", "x", 10, 9.1, 9},
		{"x < 10", "x", 9, 10.9, 11.1},
		/* two deadbands of 0.2 K beat 10 % of 1 K */
		{"temp < 1 °C", "temp", 0.5, 1.3, 1.5},
		{"temp > 80 °C", "temp", 81, 73, 71},
		/* kPa: 5 is the deadband */
		{"pressure < 0.8 bar", "pressure", 79, 89, 91},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;
		char text[200];

		(void)snprintf(text, sizeof(text), HEAD "Fault=%s\nFor=2 min\n", cases[i].fault);
		bench_open(&b, text, 60);
		bench_set(&b, cases[i].point, cases[i].fault_at);
		bench_run(&b, 300);
		is_state(&b, RULE_CONFIRMED);
		bench_set(&b, cases[i].point, cases[i].not_clear);
		bench_run(&b, 3600);
		is_state(&b, RULE_CONFIRMED);
		bench_set(&b, cases[i].point, cases[i].clear);
		bench_run(&b, 300);
		is_state(&b, RULE_CONFIRMED); /* 3 × For */
		bench_run(&b, 180);
		is_state(&b, RULE_PASS);
		bench_close(&b);
	}
}

static void test_unknown(void **state)
{
	struct bench b;

	bench_open(&b, HEAD "Fault=x > 10\nFor=40 min\n", 60);
	bench_set(&b, "x", 11);
	bench_run(&b, 1200);
	/* a quarter of For stops the clock and no more */
	bench_set(&b, "x", NAN);
	bench_run(&b, 540);
	is_state(&b, RULE_PENDING);
	bench_set(&b, "x", 11);
	bench_run(&b, 1140);
	is_state(&b, RULE_PENDING);
	bench_run(&b, 180);
	is_state(&b, RULE_CONFIRMED);
	/* what is confirmed stays through missing data */
	bench_set(&b, "x", NAN);
	bench_run(&b, 86400);
	is_state(&b, RULE_CONFIRMED);
	bench_close(&b);
	/* longer, and it begins anew */
	bench_open(&b, HEAD "Fault=x > 10\nFor=40 min\n", 60);
	bench_set(&b, "x", 11);
	bench_run(&b, 2340);
	bench_set(&b, "x", NAN);
	bench_run(&b, 900);
	is_state(&b, RULE_NOT_EVALUABLE);
	bench_set(&b, "x", 11);
	bench_run(&b, 2340);
	is_state(&b, RULE_PENDING);
	bench_run(&b, 180);
	is_state(&b, RULE_CONFIRMED);
	bench_close(&b);
	/* absent is not ready, and says what it needs */
	char why[128];

	bench_open(&b, HEAD "Needs=x\nFault=x > 10\n", 60);
	b.values[bench_index(&b, "x")] = ABSENT;
	bench_run(&b, 600);
	is_state(&b, RULE_NOT_READY);
	rules_why(b.rules, 0, why, sizeof(why));
	assert_string_equal(why, "needs x");
	assert_int_equal(b.n_events, 0);
	bench_close(&b);
}

/* A gap neither raises nor clears, however the rows before and after it are. */
static void test_gap(void **state)
{
	struct bench b;

	bench_open(&b, HEAD "Fault=x > 10\nFor=30 min\nClear=x < 5\nClearFor=30 min\n", 60);
	bench_set(&b, "x", 11);
	bench_run(&b, 600);
	b.t += 7200;
	bench_run(&b, 600);
	is_state(&b, RULE_PENDING);
	bench_run(&b, 1800);
	is_state(&b, RULE_CONFIRMED);
	bench_set(&b, "x", 4);
	bench_run(&b, 600);
	b.t += 7200;
	bench_run(&b, 900);
	is_state(&b, RULE_CONFIRMED);
	bench_run(&b, 600);
	is_state(&b, RULE_PASS);
	bench_close(&b);
}

static void session(struct bench *b, double x, double minutes)
{
	bench_set(b, "q", 1);
	bench_set(b, "x", x);
	bench_run(b, minutes * 60);
	bench_set(b, "q", 0);
	bench_set(b, "x", 1e9); /* nobody looks */
	bench_run(b, 20 * 60);
}

#define SESSIONS \
	HEAD "While=q\nSettled=5 min\nFault=x > 10\nFor=10 min\nClear=x < 9\nClearFor=10 min\n"

static void test_sessions(void **state)
{
	struct bench b;

	/* 3 within 5: two, two without, and the sixth forgets the first */
	bench_open(&b, SESSIONS "Confirm=3 sessions within 5\n", 60);
	session(&b, 11, 30);
	session(&b, 11, 30);
	session(&b, 1, 30);
	session(&b, 1, 30);
	session(&b, 1, 30);
	is_state(&b, RULE_PENDING);
	session(&b, 11, 30);
	is_state(&b, RULE_PENDING);
	session(&b, 11, 30);
	is_state(&b, RULE_PENDING);
	session(&b, 11, 30);
	is_state(&b, RULE_CONFIRMED);
	session(&b, 1, 30);
	is_state(&b, RULE_PASS);
	bench_close(&b);
	/* N in a row where no M is given */
	bench_open(&b, SESSIONS "Confirm=2 sessions\n", 60);
	session(&b, 11, 30);
	session(&b, 1, 30);
	is_state(&b, RULE_PASS);
	session(&b, 11, 30);
	is_state(&b, RULE_PENDING);
	session(&b, 11, 30);
	is_state(&b, RULE_CONFIRMED);
	bench_close(&b);
	/* too short to settle: no session, no judgement */
	bench_open(&b, SESSIONS "Confirm=2 sessions\n", 60);
	for (int i = 0; i < 10; i++)
		session(&b, 11, 4);
	is_state(&b, RULE_NOT_READY);
	/* a pause of 5 min does not end a session: one of them, not two */
	bench_set(&b, "q", 1);
	bench_set(&b, "x", 11);
	bench_run(&b, 1800);
	bench_set(&b, "q", 0);
	bench_run(&b, 300);
	bench_set(&b, "q", 1);
	bench_run(&b, 1800);
	is_state(&b, RULE_PENDING);
	bench_close(&b);
}

static void test_days_and_danger(void **state)
{
	struct bench b;

	bench_open(&b, HEAD "Fault=x > 10\nFor=1 h\nClear=x < 9\nConfirm=2 days within 3\n", 60);
	bench_set(&b, "x", 1);
	bench_run(&b, 3600);
	bench_set(&b, "x", 11);
	bench_run(&b, 7200);
	bench_set(&b, "x", 1);
	bench_run(&b, 86400);
	is_state(&b, RULE_PENDING);
	bench_run(&b, 86400 - 3600);
	bench_set(&b, "x", 11);
	bench_run(&b, 7200);
	is_state(&b, RULE_CONFIRMED);
	bench_close(&b);
	bench_open(&b,
		"[Rule r]\nOn=boiler\nSeverity=danger\nFault=x > 10\nFor=1 min\nClear=x < 9\nConfirm=5 days\n",
		60);
	bench_set(&b, "x", 11);
	bench_run(&b, 180);
	is_state(&b, RULE_CONFIRMED);
	bench_close(&b);
}

static void test_cycles(void **state)
{
	struct bench b;

	/* of the cycle() in Fault: each long one shows, from its end to the end of the next */
	bench_open(&b, HEAD "Fault=cycle(p).len > 10 min\nConfirm=2 cycles within 3\n", 60);
	for (int i = 0; i < 5; i++) {
		bench_set(&b, "p", 0);
		bench_run(&b, 600);
		bench_set(&b, "p", 1);
		bench_run(&b, i == 1 || i == 3 ? 900 : 300);
		if (i == 2)
			is_state(&b, RULE_PENDING);
	}
	is_state(&b, RULE_CONFIRMED);
	bench_close(&b);
}

static void test_unless(void **state)
{
	static const char text[] =
		HEAD "Fault=x > 10\nFor=5 min\nUnless=ctx\n"
		     "[Rule ctx]\nOn=boiler\nKind=context\nFault=p\nClearFor=30 min\n";
	struct bench b;

	bench_open(&b, text, 60);
	bench_set(&b, "p", 1);
	bench_set(&b, "x", 11);
	bench_run(&b, 3600);
	is_state(&b, RULE_PASS);
	bench_set(&b, "p", 0);
	bench_run(&b, 1500);
	is_state(&b, RULE_PASS); /* it holds for its ClearFor */
	bench_run(&b, 900);
	is_state(&b, RULE_CONFIRMED);
	bench_set(&b, "p", 1);
	bench_run(&b, 3600);
	is_state(&b, RULE_CONFIRMED); /* what is confirmed stays */
	/* contexts are silent */
	for (size_t i = 0; i < b.n_events; i++)
		assert_string_equal(b.events[i].name, "r");
	bench_close(&b);
	/* one that cannot be judged does not suppress, and that is said */
	bench_open(&b, text, 60);
	bench_set(&b, "p", NAN);
	bench_set(&b, "x", 11);
	bench_run(&b, 3600);
	is_state(&b, RULE_CONFIRMED);
	assert_string_equal(bench_event(&b, "r", RULE_CONFIRMED)->not_judged, "ctx");
	bench_close(&b);
}

static void test_latches(void **state)
{
	struct bench b;

	bench_open(&b, HEAD "Fault=x > 10\nLatch=user\n", 60);
	bench_set(&b, "x", 11);
	bench_run(&b, 180);
	bench_set(&b, "x", 1);
	bench_run(&b, 86400);
	is_state(&b, RULE_CONFIRMED);
	assert_int_equal(rules_repair_claim(b.rules, 0), 0);
	bench_run(&b, 120);
	is_state(&b, RULE_PASS);
	bench_close(&b);
	bench_open(&b, HEAD "Fault=x > 10\nLatch=repair\nRepair=y > 5\nRepairFor=10 min\n", 60);
	bench_set(&b, "x", 11);
	bench_set(&b, "y", 0);
	bench_run(&b, 180);
	bench_set(&b, "x", 1);
	bench_run(&b, 86400);
	is_state(&b, RULE_CONFIRMED); /* code gone, feature still off: only reset, not repaired */
	bench_set(&b, "y", 6);
	bench_run(&b, 540);
	is_state(&b, RULE_CONFIRMED);
	bench_run(&b, 180);
	is_state(&b, RULE_PASS);
	bench_close(&b);
	/* by sessions */
	bench_open(
		&b, SESSIONS "Latch=repair\nRepair=mean(x,10 min) < 5\nRepairFor=2 sessions\n", 60);
	session(&b, 11, 30);
	is_state(&b, RULE_CONFIRMED);
	session(&b, 1, 30);
	is_state(&b, RULE_CONFIRMED);
	session(&b, 8, 30); /* in a row */
	session(&b, 1, 30);
	is_state(&b, RULE_CONFIRMED);
	session(&b, 1, 30);
	session(&b, 1, 30);
	is_state(&b, RULE_PASS);
	bench_close(&b);
}

static void test_each_and_sensor(void **state)
{
	static const char text[] =
		"[Rule range]\nOn=boiler\nKind=sensor\nSeverity=service\nEach=*°C\n"
		"Fault=each > 150 °C\nFor=2 min\nClear=each < 145 °C\n" HEAD
		"Fault=temp > 80 °C\nClear=temp < 70 °C\n"
		"[Rule raw]\nOn=boiler\nSeverity=care\nRaw=yes\nFault=temp > 80 °C\nClear=temp < 70 °C\n"
		"[Rule lost]\nOn=boiler\nSeverity=care\nEach=x y\nFault=age(each) > 10 poll\nFor=15 min\n"
		"Clear=age(each) < 2 poll\n";
	struct bench b;

	bench_open(&b, text, 60);
	assert_int_equal(rules_count(b.rules), 5);
	bench_set(&b, "x", 1);
	bench_set(&b, "y", 1);
	bench_set(&b, "temp", 20);
	bench_run(&b, 600);
	/* The first look past the end is one too many: then nobody believes it. */
	b.values[bench_index(&b, "temp")] = (struct expr_value){160, QUALITY_SUSPECT, REASON_RANGE};
	bench_run(&b, 600);
	assert_int_equal(bench_state(&b, "range/temp"), RULE_CONFIRMED);
	is_state(&b, RULE_NOT_EVALUABLE);
	assert_int_equal(bench_state(&b, "raw"), RULE_CONFIRMED);
	bench_set(&b, "temp", 160); /* good by its word, but the sensor rule stands */
	bench_run(&b, 600);
	is_state(&b, RULE_NOT_EVALUABLE);
	bench_set(&b, "y", NAN);
	bench_run(&b, 1380);
	assert_int_equal(bench_state(&b, "lost/y"), RULE_PENDING);
	bench_run(&b, 300);
	assert_int_equal(bench_state(&b, "lost/y"), RULE_CONFIRMED);
	assert_int_equal(bench_state(&b, "lost/x"), RULE_PASS);
	bench_close(&b);
}

static void test_signs(void **state)
{
	struct bench b;

	bench_open(&b,
		HEAD "Fault=x > 10\nBlame=one:1 two:1 three:2\nSign.two=y > 5\nSign.three=a > 5\n",
		60);
	bench_set(&b, "y", 6);
	bench_set(&b, "x", 11);
	bench_run(&b, 180);
	/* 1, 3, 2 (not known) of 6 */
	assert_string_equal(bench_event(&b, "r", RULE_CONFIRMED)->cause, "two");
	assert_true(bench_event(&b, "r", RULE_CONFIRMED)->share == 0.5);
	assert_string_equal(bench_event(&b, "r", RULE_CONFIRMED)->not_judged, "sign.three");
	bench_close(&b);
}

static void test_sureness(void **state)
{
	struct bench b;

	/* a hair above, once: low; far above, again: high */
	bench_open(&b, HEAD "Fault=x > 10\nFor=10 min\n", 60);
	bench_set(&b, "x", 10.1);
	bench_run(&b, 1200);
	assert_int_equal(bench_event(&b, "r", RULE_CONFIRMED)->sureness, SURE_LOW);
	bench_set(&b, "x", 1);
	bench_run(&b, 7200);
	bench_set(&b, "x", 12);
	bench_run(&b, 1200);
	assert_int_equal(bench_event(&b, "r", RULE_CONFIRMED)->sureness, SURE_HIGH);
	bench_close(&b);
	bench_open(&b, HEAD "Fault=x > 10\nFor=10 min\n", 60);
	bench_set(&b, "x", 12);
	bench_run(&b, 1200);
	assert_int_equal(bench_event(&b, "r", RULE_CONFIRMED)->sureness, SURE_MEDIUM);
	bench_close(&b);
}

/* Twice, late, and the clock set back: time never runs back, nothing breaks. */
static void test_time(void **state)
{
	struct bench b;

	bench_open(&b, HEAD "Fault=mean(x,5 min) > 10 and count(p,10 min) >= 0\nClear=x < 9\n", 60);
	bench_set(&b, "x", 11);
	bench_set(&b, "p", 1);
	for (int i = 0; i < 60; i++) {
		bench_step(&b);
		b.t -= i % 3 == 0 ? 60 : i % 7 == 0 ? 90 : 0;
	}
	is_state(&b, RULE_CONFIRMED);
	rules_new_recording(b.rules, 3600 * UINT64_C(1000000));
	b.t = 0;
	bench_set(&b, "x", 1);
	bench_run(&b, 600);
	is_state(&b, RULE_PASS);
	bench_close(&b);
}

static void refused_by(const char *text, unsigned line, const char *part, bool at_load)
{
	struct problems p = {0};
	struct rule_set *set = NULL;
	bool found = false;

	if (rule_set_load_buffer(text, strlen(text), "test", &p, &set) == 0 && !at_load)
		(void)rule_set_check(set, &p);
	for (size_t i = 0; i < p.n; i++)
		found = found || (p.v[i].level == PROBLEM_ERROR && p.v[i].line == line &&
					 strstr(p.v[i].text, part));
	if (!found) {
		bench_print(&p);
		fail_msg("no error at line %u with \"%s\"", line, part);
	}
	if (at_load && set)
		assert_int_equal(rule_set_count(set), 0);
	problems_done(&p);
	rule_set_free(set);
}

static void test_refusals(void **state)
{
#define R "[Rule r]\nOn=boiler\nSeverity=care\n"
	refused_by("[Rule r]\nSeverity=care\nFault=flame\n", 1, "On= is missing", true);
	refused_by("[Rule r]\nOn=samovar\nSeverity=care\nFault=flame\n", 2, "no kind \"samovar\"",
		true);
	refused_by("[Rule r]\nOn=boiler\nFault=flame\n", 1, "Severity= is missing", true);
	refused_by("[Rule R-1]\nOn=boiler\nSeverity=care\nFault=flame\n", 1, "no name of a rule",
		true);
	refused_by(R, 1, "Fault= is missing", true);
	refused_by(R "Fault=flame\nFor=soon\n", 5, "no time", true);
	refused_by(R "Fault=flame\nConfirm=3 weeks\n", 5, "sessions, cycles or days", true);
	refused_by(R "Fault=flame\nConfirm=4 days within 3\n", 5, "N <= M", true);
	refused_by(R "Fault=flame\nBlame=gas\n", 5, "CAUSE:WEIGHT", true);
	refused_by(R "Fault=flame\nBlame=gas:0\n", 5, "above 0", true);
	refused_by(R "Fault=flame\nBlame=gas:1\nSign.water=flame\n", 6, "no cause \"water\"", true);
	refused_by(R
		"Fault=flame\nUnless=pump_of\n[Rule pump_off]\nOn=boiler\nKind=context\nFault=flame or pump\n",
		5, "is \"pump_off\" meant", false);
	refused_by(R "Fault=flam\n", 4, "is \"flame\" meant", false);
	refused_by(R "Fault=water.pressure < 0.8\n", 4, "0.8 has no unit", false);
	refused_by(R "Fault=flow.temperature > 12 K\n", 4, "K for", false);
	refused_by(R "Fault=flame and pump\n", 1, "Clear= is missing", false);
	refused_by(R "Fault=flow.temperature > return.temperature\n", 1, "no constant", false);
	refused_by(R "Fault=mean(flow.temperature,90 d) > 3 °C\n", 4, "at most 60 d", false);
	refused_by(R "Needs=flame swing\nFault=flame\n", 4, "no point \"swing\"", false);
	refused_by(R "Helped=outdoor\nFault=flame\n", 4, "no point \"outdoor\"", false);
	refused_by(R "Fault=flame\nFreeze=x\n", 5, "no point \"x\"", false);
	refused_by(R "Each=flame *°X\nFault=age(each) > 3 h\n", 4, "\"*°X\"", false);
	refused_by(R "Param.most=0.8 bar from 1 bar to 2 bar\nFault=water.pressure < most\n", 4,
		"outside its bounds", false);
	refused_by("[Rule r]\nOn=thermostat\nSeverity=care\nFault=local_temperature > 3 °C\n"
		   "Confirm=2 cycles\n",
		1, "no cycles are known", false);
#undef R
}

static void test_limits(void **state)
{
	static char text[200000];
	struct problems p = {0};
	struct rule_set *set = NULL;
	size_t n = 0;

	/* 64 rules */
	for (unsigned i = 0; i < 65; i++)
		n += (size_t)sprintf(
			text + n, "[Rule r%u]\nOn=boiler\nSeverity=care\nFault=flame\n", i);
	refused_by(text, 64 * 4 + 1, "more than 64 rules", false);
	/* 1024 nodes: 34 of 31 */
	n = 0;
	for (unsigned i = 0; i < 34; i++) {
		n += (size_t)sprintf(
			text + n, "[Rule r%u]\nOn=boiler\nSeverity=care\nFault=flame", i);
		for (unsigned k = 0; k < 15; k++)
			n += (size_t)sprintf(text + n, " or flame");
		n += (size_t)sprintf(text + n, "\nClear=flame\n");
	}
	refused_by(text, 32 * 5 + 4, "more than 1024", false);
	/* 32 KB: windows of 60 parts with extremes, 1.5 KB each */
	n = 0;
	for (unsigned i = 0; i < 30; i++)
		n += (size_t)sprintf(text + n,
			"[Rule r%u]\nOn=boiler\nSeverity=care\nFault=max(flow.temperature,%u h) > 3 °C\n",
			i, i + 1);
	assert_int_equal(rule_set_load_buffer(text, n, "test", &p, &set), 0);
	assert_int_equal(rule_set_check(set, &p), -EINVAL);
	assert_non_null(strstr(p.v[0].text, "are left of 32768"));
	problems_done(&p);
	rule_set_free(set);
}

static const char kept_rules[] = HEAD
	"While=q\nSettled=5 min\nFault=mean(x,10 min) > 10 and count(p,1 h) >= 0 and cusum(x,0,50) > 0\n"
	"For=10 min\nClear=x < 9 and z(x by temp) < 100\nClearFor=10 min\nConfirm=2 sessions within 3\n"
	"[Rule s]\nOn=boiler\nSeverity=care\nFault=cycle(p,x).mean > 12\nClear=delta(ewma(x,10 min),1 h) < -2\n"
	"[Rule u]\nOn=boiler\nSeverity=care\nFault=slope(x,20 min) > 0.01/1 s\nLatch=user\n"
	"[Rule v]\nOn=boiler\nSeverity=care\nFault=fit(y ~ x,temp) > 3 or steady(x,10 min,1)\nClear=base(y) < 0\n";

static void drive(struct bench *b, int i)
{
	/* something that moves all of it; no two periods alike */
	bench_set(b, "q", i % 97 < 60);
	bench_set(b, "p", i % 31 < 11);
	bench_set(b, "x", i % 53 == 7 ? NAN : 8 + 6 * sin(i / 40.0) + (i % 5) * 0.3);
	bench_set(b, "y", 3 + 2 * cos(i / 61.0));
	bench_set(b, "temp", 10 + 8 * sin(i / 700.0));
	bench_step(b);
}

/* Stopped and started again at any sample, it goes on as if nothing had been. */
static void test_state(void **state)
{
	struct bench a, b;

	bench_open(&a, kept_rules, 60);
	for (int i = 0; i < 4000; i++)
		drive(&a, i);
	assert_true(a.n_events > 20);
	bench_open(&b, kept_rules, 60);
	for (int i = 0; i < 4000; i++) {
		if (i > 0 && i % 37 == 0) {
			uint8_t *p;
			size_t n;

			assert_int_equal(rules_save(b.rules, &p, &n), 0);
			assert_true(n < 48 * 1024);
			rules_free(b.rules);
			bench_bind(&b, "boiler");
			assert_int_equal(rules_load(b.rules, p, n, 60 * UINT64_C(1000000)), 0);
			free(p);
		}
		drive(&b, i);
	}
	assert_int_equal(a.n_events, b.n_events);
	for (size_t i = 0; i < a.n_events; i++) {
		assert_string_equal(a.events[i].name, b.events[i].name);
		assert_int_equal(a.events[i].state, b.events[i].state);
		assert_true(a.events[i].t == b.events[i].t);
	}
	bench_close(&a);
	bench_close(&b);
}

static void test_state_hostile(void **state)
{
	struct bench b;
	uint8_t *p, *copy;
	size_t n;

	bench_open(&b, kept_rules, 60);
	for (int i = 0; i < 500; i++)
		drive(&b, i);
	assert_int_equal(rules_save(b.rules, &p, &n), 0);
	copy = malloc(n);
	for (size_t cut = 0; cut < n; cut += 1 + cut / 7)
		assert_true(rules_load(b.rules, p, cut, 0) < 0);
	for (size_t at = 0; at < n; at += 13) {
		memcpy(copy, p, n);
		copy[at] ^= 0x55;
		assert_true(rules_load(b.rules, copy, n, 0) < 0);
	}
	/* a right CRC over nonsense: taken or left out, never followed off its end */
	for (size_t at = 24; at + 4 < n; at += 5) {
		uint32_t crc;

		memcpy(copy, p, n);
		copy[at] ^= 0xff;
		crc = crc32c(0, copy, n - 4);
		memcpy(copy + n - 4, &crc, 4);
		if (rules_load(b.rules, copy, n, 60 * UINT64_C(1000000)) >= 0)
			for (int i = 0; i < 3; i++)
				drive(&b, i);
		b.n_events = 0;
	}
	free(copy);
	bench_close(&b);
	/* another text is another memory; the rest is kept */
	bench_open(&b, HEAD "While=q\nFault=mean(x,10 min) > 11\n", 60);
	assert_true(rules_load(b.rules, p, n, 0) > 0);
	free(p);
	bench_close(&b);
}

/* A mended scale: what was learned from that point begins anew, the rest stays. */
static void test_signature(void **state)
{
	static const char text[] =
		"[Let boiler]\ndouble=x + x\n" HEAD
		"Fault=mean(double,10 min) > 10 and mean(y,10 min) > 10\nClear=x < 1\n";
	struct bench b;
	uint16_t freeze[RULE_FREEZE_MAX];
	uint8_t *p;
	size_t n;

	bench_open(&b, text, 60);
	assert_int_equal(rules_freeze(b.rules, 0, freeze), 2);
	assert_int_equal(freeze[0], bench_index(&b, "x"));
	assert_int_equal(freeze[1], bench_index(&b, "y"));
	bench_set(&b, "x", 6);
	bench_set(&b, "y", 11);
	bench_run(&b, 1200);
	is_state(&b, RULE_CONFIRMED);
	assert_int_equal(rules_save(b.rules, &p, &n), 0);
	rules_free(b.rules);
	b.points[bench_index(&b, "y")].signature = 1;
	bench_bind(&b, "boiler");
	assert_int_equal(rules_load(b.rules, p, n, 0), 1);
	rules_free(b.rules);
	b.points[bench_index(&b, "x")].signature = 1;
	bench_bind(&b, "boiler");
	assert_int_equal(rules_load(b.rules, p, n, 0), 2);
	free(p);
	bench_close(&b);
}

static void test_param_and_let(void **state)
{
	struct bench b;

	bench_open(&b,
		"[Let boiler]\nhot=temp - 10 K\nboth=p and q\n" HEAD
		"Param.least=0.8 bar from 0.5 bar to 1 bar\nLet.d=hot - 20 °C\n"
		"Fault=pressure < least and d > 10 K and both\nClear=pressure > 1 bar\n",
		60);
	bench_set(&b, "p", 1);
	bench_set(&b, "q", 1);
	bench_set(&b, "pressure", 79);
	bench_set(&b, "temp", 40);
	bench_run(&b, 120);
	is_state(&b, RULE_PASS);
	bench_set(&b, "temp", 41);
	bench_run(&b, 120);
	is_state(&b, RULE_CONFIRMED);
	bench_close(&b);
}

/* A file's own words for a known point count for all that is made of it. */
static void test_known_points(void **state)
{
	static const char text[] =
		"[Let heat_pump]\nrun=active_power > 1 kW\nmine=compressor and not defrost\n"
		"[Rule r]\nOn=heat_pump\nSeverity=care\nFault=mine\n";
	struct bench b = {.period = 60, .local_hour = NAN};
	struct problems p = {0};

	bench_point(&b, "active_power", EXPR_NUMBER, "W");
	bench_point(&b, "defrosting", EXPR_BOOL, "");
	bench_point(&b, "hot_water_heating", EXPR_BOOL, "");
	bench_point(&b, "compressor_running", EXPR_BOOL, "");
	bench_point(&b, "compressor_frequency", EXPR_NUMBER, "Hz");
	bench_point(&b, "outdoor_coil_temperature", EXPR_NUMBER, "°C");
	bench_point(&b, "circulation_pump", EXPR_BOOL, "");
	assert_int_equal(rule_set_load_buffer(text, strlen(text), "test", &p, &b.set), 0);
	bench_bind(&b, "heat_pump");
	bench_set(&b, "compressor_running", 1);
	bench_set(&b, "active_power", 900);
	b.values[bench_index(&b, "defrosting")] = ABSENT;
	bench_run(&b, 120);
	is_state(&b, RULE_PASS);
	bench_set(&b, "active_power", 1100);
	bench_run(&b, 120);
	is_state(&b, RULE_CONFIRMED);
	problems_done(&p);
	bench_close(&b);
}

/* A recording's own column "compressor" tells when it runs. */
static void test_known_compressor(void **state)
{
	static const char text[] =
		"[Rule r]\nOn=heat_pump room_air_conditioner\nSeverity=care\nFault=run\n";
	static const char *const kinds[] = {"heat_pump", "room_air_conditioner"};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct bench b = {.period = 60, .local_hour = NAN};
		struct problems p = {0};

		bench_point(&b, "compressor", EXPR_BOOL, "");
		bench_point(&b, "active_power", EXPR_NUMBER, "W");
		assert_int_equal(rule_set_load_buffer(text, strlen(text), "test", &p, &b.set), 0);
		bench_bind(&b, kinds[i]);
		bench_set(&b, "active_power", 900);
		bench_set(&b, "compressor", 0);
		bench_run(&b, 120);
		is_state(&b, RULE_PASS);
		bench_set(&b, "compressor", 1);
		bench_run(&b, 120);
		is_state(&b, RULE_CONFIRMED);
		problems_done(&p);
		bench_close(&b);
	}
}

static void test_tuned(void **state)
{
	static const char text[] = HEAD "Param.most=10 from 5 to 20\nFault=x > most\n";
	const struct rule_param params[] = {{"r", "most", 15}, {"r", "other", 3}, {"q", "most", 6}};
	const struct rule_param wild[] = {{"r", "most", 21}};
	struct bench b;
	struct rules_config c;
	struct problems p = {0};

	bench_open(&b, text, 60);
	rules_free(b.rules);
	c = (struct rules_config){.kind = model_kind_by_name("boiler"),
		.points = b.points,
		.n_points = b.n_points,
		.period_s = 60,
		.params = params,
		.n_params = 3};
	assert_int_equal(rules_new(b.set, &c, &p, &b.rules), 0);
	assert_int_equal(p.n, 0);
	bench_set(&b, "x", 14);
	bench_run(&b, 120);
	is_state(&b, RULE_PASS);
	bench_set(&b, "x", 16);
	bench_run(&b, 120);
	is_state(&b, RULE_CONFIRMED);
	rules_free(b.rules);
	c.params = wild;
	c.n_params = 1;
	assert_int_equal(rules_new(b.set, &c, &p, &b.rules), 0);
	assert_int_equal(p.n, 1);
	assert_non_null(strstr(p.v[0].text, "outside 5 to 20"));
	bench_set(&b, "x", 11);
	bench_run(&b, 120);
	is_state(&b, RULE_CONFIRMED);
	problems_done(&p);
	bench_close(&b);
}

/* An open gate and a hole of several periods: the hole is no time in which the fault was seen. */
static void test_gap_in_session(void **state)
{
	struct bench b;

	bench_open(&b, HEAD "While=q\nFault=x > 10\nFor=20 min\n", 60);
	bench_set(&b, "q", 1);
	bench_set(&b, "x", 11);
	bench_run(&b, 300);
	b.t += 8 * 60;
	bench_run(&b, 360);
	is_state(&b, RULE_PENDING);
	bench_run(&b, 1320);
	is_state(&b, RULE_CONFIRMED);
	bench_close(&b);
}

static void test_learning_words(void **state)
{
	struct bench b;
	struct rule_evidence ev;
	char why[200];

	bench_open(&b, HEAD "Fault=z(x floor 1) > 3\n", 60);
	bench_set(&b, "x", 20);
	bench_run(&b, 6 * 3600);
	rules_why(b.rules, 0, why, sizeof(why));
	assert_string_equal(why, "still learning x: 5 of 12 samples, 1 of 4 days");
	bench_run(&b, 5 * 86400);
	is_state(&b, RULE_PASS);
	bench_set(&b, "x", 26);
	bench_run(&b, 2 * 3600);
	rules_evidence(b.rules, 0, &ev);
	assert_int_equal(ev.n_baselines, 1);
	assert_string_equal(ev.baselines[0].text, "x");
	assert_true(ev.baselines[0].mean == 20 && ev.baselines[0].spread == 1);
	assert_true(ev.baselines[0].samples > 100 && ev.baselines[0].days == 6);
	bench_close(&b);
}

/* A claim is proven by what came after it, contradicted by what came after it, and neither at first. */
static void test_repair(void **state)
{
	struct bench b;
	struct rule_repair v;
	uint8_t *bytes;
	size_t n;

	bench_open(&b,
		HEAD "Fault=x > 10\nFor=10 min\nClear=x < 8\nClearFor=20 min\n"
		     "Repair=mean(x,1 h) < 7\nRepairFor=10 min\n",
		60);
	bench_set(&b, "x", 11);
	bench_run(&b, 2 * 3600);
	is_state(&b, RULE_CONFIRMED);
	rules_repair(b.rules, 0, &v);
	assert_false(v.claimed);
	assert_int_equal(rules_repair_claim(b.rules, 0), 0);
	bench_run(&b, 1800);
	rules_repair(b.rules, 0, &v);
	assert_true(v.claimed && v.own_test && v.result == REPAIR_NOT_COMPARABLE);
	assert_true(v.memory_s == 3600 && v.needed == 600);
	bench_run(&b, 2400);
	rules_repair(b.rules, 0, &v);
	assert_int_equal(v.result, REPAIR_FAILED);
	assert_true(v.n_fault == 1 && v.fault[0].value == 11 && v.fault[0].holds);
	assert_true(v.n_repair == 1 && v.repair[0].value == 11 && !v.repair[0].holds);
	/* what was seen before the next claim does not speak against it */
	assert_int_equal(rules_repair_claim(b.rules, 0), 0);
	bench_set(&b, "x", 5);
	bench_run(&b, 1800);
	rules_repair(b.rules, 0, &v);
	assert_int_equal(v.result, REPAIR_NOT_COMPARABLE);
	bench_run(&b, 3600);
	is_state(&b, RULE_PASS);
	rules_repair(b.rules, 0, &v);
	assert_int_equal(v.result, REPAIR_PASSED);
	assert_true(v.fault[0].value == 5 && v.repair[0].value == 5 && v.repair[0].holds);
	/* a restart knows of the claim; its numbers come with the next look */
	assert_int_equal(rules_save(b.rules, &bytes, &n), 0);
	rules_repair_end(b.rules, 0);
	assert_int_equal(rules_load(b.rules, bytes, n, 0), 0);
	free(bytes);
	assert_int_equal(rules_repair_watch(b.rules, 0), 0);
	bench_run(&b, 300);
	rules_repair(b.rules, 0, &v);
	assert_true(v.claimed && v.n_fault == 1 && v.fault[0].value == 5);
	/* the fault is gone and its feature is not: reset, not repaired */
	bench_set(&b, "x", 7.5);
	bench_run(&b, 2 * 3600);
	is_state(&b, RULE_PASS);
	rules_repair(b.rules, 0, &v);
	assert_int_equal(v.result, REPAIR_FAILED);
	rules_repair_end(b.rules, 0);
	bench_run(&b, 600);
	rules_repair(b.rules, 0, &v);
	assert_false(v.claimed);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_for_and_clear),
		cmocka_unit_test(test_default_clear),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_sessions),
		cmocka_unit_test(test_days_and_danger),
		cmocka_unit_test(test_cycles),
		cmocka_unit_test(test_unless),
		cmocka_unit_test(test_latches),
		cmocka_unit_test(test_each_and_sensor),
		cmocka_unit_test(test_signs),
		cmocka_unit_test(test_sureness),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_state_hostile),
		cmocka_unit_test(test_signature),
		cmocka_unit_test(test_param_and_let),
		cmocka_unit_test(test_known_points),
		cmocka_unit_test(test_known_compressor),
		cmocka_unit_test(test_tuned),
		cmocka_unit_test(test_gap_in_session),
		cmocka_unit_test(test_learning_words),
		cmocka_unit_test(test_repair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
