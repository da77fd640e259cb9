/* SPDX-License-Identifier: Apache-2.0 */
/* What each function of hearthd.rules(5) is, and when it is unknown: exact numbers on virtual time. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "rule-bench.h"

/* A rule whose evidence shows the value of EXPRESSION (a number). */
static void open_with(struct bench *b, const char *expression, const char *limit, const char *gate)
{
	char text[1200];

	(void)snprintf(text, sizeof(text),
		"[Rule r]\nOn=boiler\n%s%s\nFault=%s > %s\nClear=a < 0\nSeverity=care\n",
		gate ? "While=" : "Source=test", gate ? gate : "", expression, limit);
	bench_open(b, text, 60);
}

static double shown(const struct bench *b)
{
	struct rule_evidence ev;

	rules_evidence(b->rules, 0, &ev);
	assert_int_equal(ev.n, 1);
	return ev.atoms[0].value;
}

static void is(const struct bench *b, double v)
{
	double got = shown(b);

	if (!(fabs(got - v) <= 1e-9 * fmax(1, fabs(v))))
		fail_msg("%.15g is not %.15g at %g", got, v, b->t - b->period);
}

static void is_unknown(const struct bench *b)
{
	if (!isnan(shown(b)))
		fail_msg("%.15g is not unknown at %g", shown(b), b->t - b->period);
}

static void step_x(struct bench *b, double x)
{
	bench_set(b, "x", x);
	bench_step(b);
}

static void test_mean(void **state)
{
	struct bench b;

	open_with(&b, "mean(x,5 min)", "1e9", NULL);
	for (int i = 0; i < 5; i++) {
		step_x(&b, i);
		is_unknown(&b); /* less than w since the start */
	}
	step_x(&b, 5);
	is(&b, 2); /* 0 1 2 3 4: the sample now has not lasted yet */
	step_x(&b, 6);
	is(&b, 3);
	/* one of five missing is 80 %, two are 60 % */
	step_x(&b, NAN);
	step_x(&b, 8);
	is(&b, (3 + 4 + 5 + 6) / 4.0);
	step_x(&b, NAN);
	is(&b, (4 + 5 + 6 + 8) / 4.0);
	step_x(&b, 10);
	is_unknown(&b);
	bench_close(&b);
	/* a sample lasts at most 3 periods */
	open_with(&b, "mean(x,20 min)", "1e9", NULL);
	for (int i = 0; i < 21; i++)
		step_x(&b, 1);
	is(&b, 1);
	b.t += 240; /* five periods between two samples */
	step_x(&b, 7);
	is(&b, 1);
	bench_close(&b);
	/* irregular: 90 s of 2, 30 s of 10 */
	open_with(&b, "mean(x,2 min)", "1e9", NULL);
	b.period = 1;
	for (int i = 0; i <= 600; i++) {
		bench_set(&b, "x", b.t - floor(b.t / 120) * 120 < 90 ? 2 : 10);
		bench_step(&b);
	}
	is(&b, 4);
	bench_close(&b);
}

static void test_long_window(void **state)
{
	struct bench b;

	/* 1440 samples in 60 parts: a step ten hours ago counts to a part's exactness */
	open_with(&b, "mean(x,24 h)", "1e9", NULL);
	for (int i = 0; i < 3 * 1440; i++)
		step_x(&b, i < 3 * 1440 - 600 ? 1 : 3);
	assert_true(fabs(shown(&b) - (1 + 2 * 599 / 1440.0)) < 2.0 / 60);
	bench_close(&b);
}

static void test_extremes(void **state)
{
	static const struct {
		const char *f;
		double v;
	} cases[] = {{"min(x,4 min)", -7}, {"max(x,4 min)", 9}, {"span(x,4 min)", 16}};

	for (unsigned k = 0; k < ARRAY_SIZE(cases); k++) {
		struct bench b;

		open_with(&b, cases[k].f, "1e9", NULL);
		for (int i = 0; i < 6; i++)
			step_x(&b, i == 0 ? 100 : i);
		step_x(&b, -7);
		step_x(&b, 9); /* the one now counts */
		is(&b, cases[k].v);
		for (int i = 0; i < 5; i++)
			step_x(&b, 1);
		is(&b, k == 0 ? 1 : k == 1 ? 1 : 0);
		bench_close(&b);
	}
}

static void test_exact_threshold(void **state)
{
	struct bench b;

	/* 0.2 must stay 0.2: no float in between */
	bench_open(&b,
		"[Rule r]\nOn=boiler\nFault=stuck(x,5 min,0.2)\nClear=a < 0\nSeverity=care\n", 60);
	for (int i = 0; i < 12; i++)
		step_x(&b, i & 1 ? 0.2 : 0);
	assert_int_equal(bench_state(&b, "r"), RULE_CONFIRMED);
	bench_close(&b);
	bench_open(&b,
		"[Rule r]\nOn=boiler\nFault=stuck(x,5 min,0.2)\nClear=a < 0\nSeverity=care\n", 60);
	for (int i = 0; i < 12; i++)
		step_x(&b, i & 1 ? 0.2000001 : 0);
	assert_int_equal(bench_state(&b, "r"), RULE_PASS);
	bench_close(&b);
}

static void test_slope(void **state)
{
	struct bench b;

	open_with(&b, "slope(temp,10 min)", "100 K/h", NULL);
	for (int i = 0; i < 30; i++) {
		bench_set(&b, "temp", 20 + i * 0.1); /* 6 K/h */
		bench_step(&b);
		if (i < 7)
			is_unknown(&b);
	}
	is(&b, 6); /* shown per hour */
	bench_close(&b);
	bench_open(&b,
		"[Rule r]\nOn=boiler\nFault=steady(temp,10 min,1 K)\nClear=a < 0\nSeverity=care\n",
		60);
	for (int i = 0; i < 30; i++) {
		bench_set(&b, "temp", 20 + i * 0.101); /* 1.01 K in the window */
		bench_step(&b);
	}
	assert_int_equal(bench_state(&b, "r"), RULE_PASS);
	for (int i = 0; i < 30; i++) {
		bench_set(&b, "temp", 20 + i * 0.09);
		bench_step(&b);
	}
	assert_int_equal(bench_state(&b, "r"), RULE_CONFIRMED);
	bench_close(&b);
}

static void test_energy(void **state)
{
	struct bench b;

	open_with(&b, "energy(power,1 h)", "1000 kWh", NULL);
	for (int i = 0; i <= 60; i++) {
		bench_set(&b, "power", 1500);
		bench_step(&b);
		if (i < 54)
			is_unknown(&b); /* coverage < 90 % */
		else
			is(&b, 1500 * i / 60.0);
	}
	bench_set(&b, "power", NAN);
	for (int i = 0; i < 6; i++)
		bench_step(&b);
	is(&b, 1500 * 55 / 60.0);
	bench_step(&b);
	bench_step(&b);
	is_unknown(&b);
	bench_close(&b);
}

static void set_p(struct bench *b, double p)
{
	bench_set(b, "p", p);
	bench_step(b);
}

static void test_duty_count(void **state)
{
	struct bench b;

	open_with(&b, "duty(p,10 min)", "2", NULL);
	for (int i = 0; i < 40; i++)
		set_p(&b, i % 5 < 2);
	is(&b, 0.4);
	bench_close(&b);
	open_with(&b, "count(p,10 min)", "1e9", NULL);
	for (int i = 0; i < 40; i++)
		set_p(&b, i % 5 < 2);
	is(&b, 2);
	/* on at the start of a recording is no edge, nor is one across a gap; a lost poll is no gap */
	bench_close(&b);
	open_with(&b, "count(p,20 min)", "1e9", NULL);
	for (int i = 0; i < 19; i++)
		set_p(&b, 1);
	is(&b, 0);
	set_p(&b, 0);
	set_p(&b, NAN);
	set_p(&b, 1);
	is(&b, 1);
	set_p(&b, 0);
	b.t += 150; /* longer than 3 periods */
	set_p(&b, 1);
	is(&b, 1);
	bench_close(&b);
}

static void test_run_since(void **state)
{
	struct bench b;

	open_with(&b, "run(p)", "1000 h", NULL);
	set_p(&b, 1);
	is(&b, 0);
	set_p(&b, 1);
	set_p(&b, 1);
	is(&b, 120);
	set_p(&b, NAN);
	is_unknown(&b);
	set_p(&b, 1);
	is(&b, 240); /* a lost poll breaks nothing */
	set_p(&b, NAN);
	set_p(&b, NAN);
	set_p(&b, NAN);
	set_p(&b, 1);
	is(&b, 0); /* four periods do */
	set_p(&b, 1);
	set_p(&b, 0);
	is(&b, 0);
	set_p(&b, 1);
	b.t += 600;
	set_p(&b, 1);
	is(&b, 0); /* nobody knows what was in the gap */
	bench_close(&b);
	open_with(&b, "since(p)", "1000 h", NULL);
	set_p(&b, 0);
	is_unknown(&b); /* never seen */
	set_p(&b, 1);
	is(&b, 0);
	set_p(&b, 0);
	set_p(&b, 0);
	is(&b, 120);
	set_p(&b, NAN);
	is_unknown(&b);
	set_p(&b, 0);
	is(&b, 240);
	bench_close(&b);
}

static void test_ewma_delta_hold(void **state)
{
	struct bench b;
	double v = 0;

	open_with(&b, "ewma(x,10 min)", "1e9", NULL);
	for (int i = 0; i < 30; i++) {
		step_x(&b, i < 15 ? 0 : 10);
		if (i < 10)
			is_unknown(&b);
		if (i > 15)
			v += (10 - v) * (1 - exp(-60.0 / 600));
	}
	is(&b, v);
	step_x(&b, NAN);
	is_unknown(&b);
	bench_close(&b);
	open_with(&b, "delta(x,5 min)", "1e9", NULL);
	for (int i = 0; i < 20; i++) {
		step_x(&b, i * i);
		if (i < 5)
			is_unknown(&b);
		else
			is(&b, i * i - (i - 5) * (i - 5));
	}
	bench_close(&b);
	open_with(&b, "delta(temp,5 min)", "100 K", NULL);
	for (int i = 0; i < 20; i++) {
		bench_set(&b, "temp", 20 + i);
		bench_step(&b);
	}
	is(&b, 5);
	bench_close(&b);
	open_with(&b, "hold(x,2 min)", "1e9", NULL);
	step_x(&b, 4);
	step_x(&b, NAN);
	is(&b, 4);
	step_x(&b, NAN);
	is(&b, 4);
	step_x(&b, NAN);
	is_unknown(&b);
	bench_close(&b);
}

static void cycle_of(struct bench *b, const char *accessor, const char *limit)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "cycle(p,%s).%s",
		streq(accessor, "after") ? "temp" : "power", accessor);
	open_with(b, text, limit, NULL);
}

static void test_cycle(void **state)
{
	static const struct {
		const char *accessor, *limit;
		double v;
	} cases[] = {
		{"len", "1000 h", 300},
		{"mean", "1000 kW", 120},
		{"max", "1000 kW", 140},
		{"min", "1000 kW", 100},
		{"sum", "1000 kWh", 120 * 300 / 3.6e6} /* kWh */,
		{"rest", "1000 h", 240},
		{"after", "100 K", 3},
	};

	for (unsigned k = 0; k < ARRAY_SIZE(cases); k++) {
		struct bench b;

		cycle_of(&b, cases[k].accessor, cases[k].limit);
		bench_set(&b, "temp", 50);
		bench_set(&b, "power", 0);
		/* begins in the middle of an ON period: not whole */
		set_p(&b, 1);
		set_p(&b, 1);
		for (int i = 0; i < 4; i++)
			set_p(&b, 0);
		is_unknown(&b);
		for (int i = 0; i < 5; i++) {
			bench_set(&b, "power", 100 + 10 * i);
			set_p(&b, 1);
		}
		bench_set(&b, "power", 0);
		set_p(&b, 0);
		bench_set(&b, "temp", 53);
		set_p(&b, 0);
		bench_set(&b, "temp", 51);
		bench_run(&b, 900);
		is(&b, cases[k].v);
		/* a hole in the next one leaves the last */
		for (int i = 0; i < 9; i++) {
			bench_set(&b, "power", 500);
			set_p(&b, i >= 2 && i < 5 ? NAN : 1);
		}
		set_p(&b, 0);
		bench_run(&b, 900);
		is(&b, cases[k].v);
		bench_close(&b);
	}
}

/* One hour at X, by sessions without a gate. */
static void hour(struct bench *b, double x)
{
	bench_set(b, "x", x);
	bench_run(b, 3600);
}

static void test_base(void **state)
{
	struct bench b;

	open_with(&b, "base(x)", "1e9", NULL);
	/* three samples a day */
	for (int d = 0; d < 4; d++)
		for (int h = 0; h < 24; h++)
			hour(&b, h < 3 ? 10 + (h - 1) : NAN);
	/* 12 samples of 4 days, the twelfth closed with its hour */
	is(&b, 10);
	bench_close(&b);
	open_with(&b, "base(x)", "1e9", NULL);
	for (int d = 0; d < 3; d++)
		for (int h = 0; h < 24; h++)
			hour(&b, 10);
	is_unknown(&b); /* 72 samples, but of three days */
	hour(&b, 10);
	hour(&b, 10);
	is(&b, 10);
	bench_close(&b);
}

static void test_z(void **state)
{
	struct bench b;
	double noise[] = {-1, 1};

	open_with(&b, "z(x floor 0.01)", "1e9", NULL);
	for (int h = 0; h < 24 * 10; h++)
		hour(&b, 20 + noise[h & 1]);
	/* mean deviation 1: MAD 0.8453, spread 1.2533 */
	hour(&b, 25);
	assert_true(fabs(shown(&b) - 5 / (1.4826 * 0.8453)) < 0.1);
	/* one wild sample is winsorised: the base hardly moves */
	hour(&b, 1e6);
	hour(&b, 20);
	bench_run(&b, 1200);
	assert_true(fabs(shown(&b)) < 0.1);
	bench_close(&b);
	/* the floor keeps a quiet one from crying */
	open_with(&b, "z(temp)", "1e9", NULL);
	for (int h = 0; h < 24 * 5; h++) {
		bench_set(&b, "temp", 20);
		bench_run(&b, 3600);
	}
	bench_set(&b, "temp", 20.2);
	bench_run(&b, 3600);
	bench_run(&b, 60);
	/* the model's least deadband of a temperature is 0.2 K */
	assert_true(fabs(shown(&b) - 1) < 0.05);
	bench_close(&b);
}

static void test_bins(void **state)
{
	struct bench b;

	open_with(&b, "base(x by temp)", "1e9", NULL);
	for (int h = 0; h < 24 * 6; h++) {
		bench_set(&b, "temp", h & 1 ? 2 : 12);
		hour(&b, h & 1 ? 5 : 50);
	}
	bench_set(&b, "temp", 2);
	hour(&b, 5);
	bench_step(&b);
	is(&b, 5);
	bench_set(&b, "temp", 12);
	hour(&b, 50);
	bench_run(&b, 1200);
	assert_true(fabs(shown(&b) - 50) < 0.1); /* a minute of the other in its last hour */
	/* a bin never seen */
	bench_set(&b, "temp", 28);
	hour(&b, 50);
	bench_run(&b, 1200);
	is_unknown(&b);
	bench_close(&b);
}

static void test_sessions(void **state)
{
	struct bench b;

	/* learns from sessions of q, one sample each: the mean over it, not the start */
	open_with(&b, "base(x)", "1e9", "q");
	for (int s = 0; s < 16; s++) {
		bench_set(&b, "q", 1);
		bench_set(&b, "x", s & 1 ? 10 : 30);
		bench_run(&b, 1200);
		bench_set(&b, "x", 20);
		bench_run(&b, 1200);
		bench_set(&b, "q", 0);
		bench_set(&b, "x", 1e6); /* behind the shut gate */
		bench_run(&b, 6 * 3600 - 2400);
	}
	bench_set(&b, "q", 1);
	bench_set(&b, "x", 20);
	bench_run(&b, 600);
	is(&b, 20);
	bench_close(&b);
}

static void test_frozen(void **state)
{
	struct bench b;

	struct rule_evidence ev;

	/* nothing is learned while another rule is pending or confirmed */
	bench_open(&b,
		"[Rule other]\nOn=boiler\nFault=p\nSeverity=care\n"
		"[Rule r]\nOn=boiler\nFault=base(x) > 1e9\nClear=a < 0\nSeverity=care\n",
		60);
	bench_set(&b, "p", 0);
	for (int h = 0; h < 24 * 5; h++)
		hour(&b, 10);
	bench_set(&b, "p", 1);
	for (int h = 0; h < 24 * 5; h++)
		hour(&b, 100);
	bench_set(&b, "p", 0);
	hour(&b, 10);
	rules_evidence(b.rules, 1, &ev);
	assert_true(ev.atoms[0].value == 10);
	bench_close(&b);
	open_with(&b, "base(x)", "1e9", NULL);
	for (int h = 0; h < 24 * 5; h++)
		hour(&b, 10);
	rules_forget(b.rules);
	bench_run(&b, 600);
	is_unknown(&b);
	bench_close(&b);
}

static void test_cusum(void **state)
{
	struct bench b;
	double s = 0;

	open_with(&b, "cusum(x,0.5,4)", "1e9", NULL);
	hour(&b, 1);
	is_unknown(&b);
	for (int h = 0; h < 10; h++) {
		hour(&b, h < 6 ? 2 : -3);
		/* the hour before has been taken */
		s = fmax(0, s + (h == 0 ? 1 : h <= 6 ? 2 : -3) - 0.5);
		is(&b, s - 4);
	}
	bench_close(&b);
}

static void test_cusum_of_z(void **state)
{
	struct bench b;

	open_with(&b, "cusum(z(x floor 1),0.5,6)", "0", NULL);
	for (int h = 0; h < 24 * 6; h++)
		hour(&b, 20 + (h & 1));
	assert_int_equal(bench_state(&b, "r"), RULE_PASS);
	/* 3 spreads up: 2.5 a sample, beyond 6 at the third */
	for (int h = 0; h < 2; h++)
		hour(&b, 20.5 + 3 * 1);
	assert_int_equal(bench_state(&b, "r"), RULE_PASS);
	for (int h = 0; h < 3; h++)
		hour(&b, 20.5 + 3 * 1);
	assert_int_equal(bench_state(&b, "r"), RULE_CONFIRMED);
	bench_close(&b);
}

static void test_fit(void **state)
{
	struct bench b;

	open_with(&b, "fit(y ~ x,a)", "1e9", NULL);
	bench_set(&b, "a", 1);
	for (int h = 0; h < 24 * 7; h++) {
		double x = 10 + h % 7, a = h % 5;

		bench_set(&b, "a", a);
		bench_set(&b, "y", 3 + 2 * x - 4 * a);
		hour(&b, x);
	}
	bench_set(&b, "a", 2);
	bench_set(&b, "y", 3 + 2 * 12 - 4 * 2 + 5);
	bench_set(&b, "x", 12);
	bench_run(&b, 1800);
	assert_true(fabs(shown(&b) - 5) < 0.01);
	bench_close(&b);
	/* a regressor that never moved: known where it stood, and nowhere else */
	open_with(&b, "fit(y ~ x)", "1e9", NULL);
	bench_set(&b, "y", 7);
	for (int h = 0; h < 24 * 7; h++)
		hour(&b, 10);
	assert_true(fabs(shown(&b)) < 0.01);
	bench_set(&b, "x", 20);
	bench_run(&b, 3000);
	is_unknown(&b);
	bench_close(&b);
}

static void test_small_ones(void **state)
{
	struct bench b;

	open_with(&b, "age(x)", "1000 h", NULL);
	bench_run(&b, 180);
	is(&b, 120); /* since the start */
	step_x(&b, 1);
	is(&b, 0);
	step_x(&b, NAN);
	step_x(&b, NAN);
	is(&b, 120);
	bench_close(&b);
	open_with(&b, "coverage(x,10 min)", "2", NULL);
	for (int i = 0; i < 30; i++)
		step_x(&b, i % 5 == 0 ? NAN : 1);
	is(&b, 0.8);
	bench_close(&b);
	open_with(&b, "tcf(temp)", "100", NULL);
	bench_set(&b, "temp", 25);
	bench_step(&b);
	is(&b, 1);
	bench_set(&b, "temp", 10);
	bench_step(&b);
	is(&b, exp(2640 * (1 / 298.15 - 1 / 283.15)));
	bench_close(&b);
	open_with(&b, "local_hour()", "100", NULL);
	bench_step(&b);
	is_unknown(&b);
	b.local_hour = 13.5;
	bench_step(&b);
	is(&b, 13.5);
	bench_close(&b);
}

static void test_gate(void **state)
{
	struct bench b;

	/* w counts open time: the 5 min span a pause */
	open_with(&b, "mean(x,5 min)", "1e9", "q");
	bench_set(&b, "q", 1);
	for (int i = 0; i < 4; i++)
		step_x(&b, 1);
	bench_set(&b, "q", 0);
	for (int i = 0; i < 30; i++)
		step_x(&b, 1000);
	bench_set(&b, "q", 1);
	for (int i = 0; i < 3; i++)
		step_x(&b, 4);
	/* open samples 1 1 1 1, 4 4: the newest five before now */
	is(&b, (1 + 1 + 1 + 4 + 4) / 5.0);
	bench_close(&b);
	/* all(...) sees every sample */
	open_with(&b, "all(mean(x,5 min))", "1e9", "q");
	bench_set(&b, "q", 1);
	for (int i = 0; i < 4; i++)
		step_x(&b, 1);
	bench_set(&b, "q", 0);
	for (int i = 0; i < 30; i++)
		step_x(&b, 1000);
	bench_set(&b, "q", 1);
	step_x(&b, 4);
	is(&b, 1000);
	bench_close(&b);
}

static void test_sharing(void **state)
{
	struct bench b;
	struct rules_costs one, two;

	open_with(&b, "mean(x,5 min)", "1e9", NULL);
	rules_costs(b.rules, &one);
	bench_close(&b);
	bench_open(&b,
		"[Rule r]\nOn=boiler\nFault=mean(x,5 min) > 3 and mean(x,5 min) < 9\nClear=mean(x,5 min) < 1\n"
		"Severity=care\n"
		"[Rule s]\nOn=boiler\nFault=mean(x,5 min) > 4\nSeverity=care\n",
		60);
	rules_costs(b.rules, &two);
	assert_int_equal(one.slots, 1);
	assert_int_equal(two.slots, 1);
	bench_close(&b);
	/* behind a gate each rule has its own */
	bench_open(&b,
		"[Rule r]\nOn=boiler\nWhile=p\nFault=mean(x,5 min) > 3\nSeverity=care\n"
		"[Rule s]\nOn=boiler\nWhile=q\nFault=mean(x,5 min) > 4\nSeverity=care\n",
		60);
	rules_costs(b.rules, &two);
	assert_int_equal(two.slots, 2);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mean),
		cmocka_unit_test(test_long_window),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_exact_threshold),
		cmocka_unit_test(test_slope),
		cmocka_unit_test(test_energy),
		cmocka_unit_test(test_duty_count),
		cmocka_unit_test(test_run_since),
		cmocka_unit_test(test_ewma_delta_hold),
		cmocka_unit_test(test_cycle),
		cmocka_unit_test(test_base),
		cmocka_unit_test(test_z),
		cmocka_unit_test(test_bins),
		cmocka_unit_test(test_sessions),
		cmocka_unit_test(test_frozen),
		cmocka_unit_test(test_cusum),
		cmocka_unit_test(test_cusum_of_z),
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_small_ones),
		cmocka_unit_test(test_gate),
		cmocka_unit_test(test_sharing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
