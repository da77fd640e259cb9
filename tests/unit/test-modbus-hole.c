/* SPDX-License-Identifier: Apache-2.0 */
/* Registers that answer with an exception: their neighbours come all the same, and what was learned is tried
 * again with patience. */
#include "modbus-rig.h"

#include "daemon/base/clock.h"

/* What the core makes of -EAGAIN: the same again, later. */
static int poll_on(struct rig *g, struct fake *f, unsigned block, struct poll_result *ret)
{
	int r = -EAGAIN;

	for (unsigned i = 0; r == -EAGAIN && i < 3; i++)
		r = poll_block(g, f, block, ret);
	return r;
}

/* What one turn of all blocks brought: values by point, and how many requests it took. */
struct turn {
	unsigned good[64], refused[64], for_good[64];
	unsigned requests;
	bool learned;
};

static void turn_of_block(struct rig *g, struct fake *f, unsigned block, struct turn *t)
{
	struct poll_result res;
	struct reading r[64];

	for (unsigned i = 0; i < 200; i++) {
		int e, n;

		f->requests = 0;
		e = poll_on(g, f, block, &res);
		t->requests += f->requests;
		t->learned = t->learned || res.learned;
		for (size_t k = 0; k < res.n_raws; k++) {
			n = adapter_modbus.decode(&g->state, &res.raws[k], r, 64);
			assert_true(n > 0);
			for (int j = 0; j < n; j++)
				if (r[j].quality == QUALITY_GOOD) {
					assert_int_equal(
						r[j].raw, g->state.points[r[j].point].first);
					t->good[r[j].point]++;
				} else if (r[j].reason == REASON_UNSUPPORTED) {
					t->for_good[r[j].point]++;
				} else {
					assert_int_equal(r[j].reason, REASON_EXCEPTION);
					t->refused[r[j].point]++;
				}
		}
		if (e == -EREMOTEIO || !res.more)
			return;
		assert_int_equal(e, 0);
	}
	fail_msg("the turn does not end");
}

static struct turn turn(struct rig *g, struct fake *f)
{
	struct turn t = {0};

	for (unsigned i = 0; i < g->blocks.n; i++)
		turn_of_block(g, f, i, &t);
	return t;
}

/* What the core does when something was learned. */
static void plan_anew(struct rig *g)
{
	struct hole holes[HOLES_MAX];
	struct source_config c = {.unit = 9, .char_us = 1042, .holes = holes};

	c.n_holes = adapter_modbus.holes(&g->state, holes, HOLES_MAX);
	blocks_done(&g->blocks);
	assert_int_equal(
		adapter_modbus.configure(&g->state, g->profile, &c, &g->blocks, &g->error), 0);
}

static void tests_due(struct rig *g)
{
	for (size_t i = 0; i < g->state.n_holes; i++)
		g->state.holes[i].test_us = 0;
	g->state.test_after_us = 0;
}

/* N points of one register at FIRST, FIRST + STEP, … */
static void rig_row(struct rig *g, const char *line, unsigned n, unsigned first, unsigned step)
{
	char points[8192] = "";
	size_t used = 0;

	for (unsigned i = 0; i < n; i++)
		assert_true(str_appendf(points, sizeof(points), &used,
			"[Point p%u]\nHidden=yes\nRead=holding:%u\nType=u16\n", i,
			first + i * step));
	rig_open(g, line, points);
	assert_int_equal(g->blocks.n, 1);
}

/* One register in a block answers exception 2: its neighbours come all the same. */
static void test_bad_register(void **state)
{
	struct turn t;
	struct fake f;
	struct rig g;

	fake_init(&f);
	rig_row(&g, "", 16, 100, 1);
	f.bad_first = f.bad_last = 105;
	for (unsigned i = 0; i < 2; i++) {
		t = turn(&g, &f);
		assert_int_equal(t.requests, 1);
		assert_false(t.learned);
	}
	/* It learns: every value of the others comes already now. */
	t = turn(&g, &f);
	assert_true(t.learned);
	assert_in_range(t.requests, 1, 12);
	for (unsigned i = 0; i < 16; i++)
		assert_true(i == 5 ? t.good[i] == 0 : t.good[i] >= 1);
	/* Without a new plan: two runs. */
	t = turn(&g, &f);
	assert_int_equal(t.requests, 2);
	assert_int_equal(t.refused[5], 1);
	/* With one: two blocks, and the refused one is told without asking. */
	plan_anew(&g);
	assert_int_equal(g.blocks.n, 2);
	t = turn(&g, &f);
	assert_int_equal(t.requests, 2);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(t.good[i], i != 5);
	assert_int_equal(t.refused[5], 1);
	/* A test takes one request; refused three times it is so for good. */
	for (unsigned i = 0; i < 2; i++) {
		tests_due(&g);
		t = turn(&g, &f);
		assert_int_equal(t.requests, 3);
		assert_false(t.learned);
	}
	assert_int_equal(t.for_good[5], 1);
	/* The appliance mends itself: it is read whole again. */
	f.bad_first = f.bad_last = 0;
	tests_due(&g);
	t = turn(&g, &f);
	assert_true(t.learned);
	plan_anew(&g);
	t = turn(&g, &f);
	assert_int_equal(t.requests, 1);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(t.good[i], 1);
	rig_close(&g);
}

/* Every second address is wanted; those between may be read but for one that is refused. */
static void test_hole_between(void **state)
{
	struct turn t;
	struct fake f;
	struct rig g;

	fake_init(&f);
	rig_row(&g, "[Line]\nReadable=holding:100-140", 20, 100, 2);
	f.bad_first = f.bad_last = 117;
	for (unsigned i = 0; i < 3; i++)
		t = turn(&g, &f);
	assert_true(t.learned);
	plan_anew(&g);
	assert_int_equal(g.blocks.n, 2);
	t = turn(&g, &f);
	assert_int_equal(t.requests, 2);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(t.good[i], 1);
	/* The read that tells replies apart does not reach into it. */
	for (unsigned i = 0; i < 2; i++)
		if (g.state.blocks[i].last == 116)
			assert_int_equal(g.state.blocks[i].slack, 0);
	/* Its test holds the values on both sides whole. */
	tests_due(&g);
	f.requests = 0;
	(void)turn(&g, &f);
	f.bad_first = f.bad_last = 0;
	tests_due(&g);
	t = turn(&g, &f);
	assert_true(t.learned);
	plan_anew(&g);
	assert_int_equal(g.blocks.n, 1);
	rig_close(&g);
}

/* Nothing is refused, but two neighbours may not be read together; or the reads are too long. */
static void test_learned_limits(void **state)
{
	struct turn t;
	struct fake f;
	struct rig g;

	fake_init(&f);
	rig_row(&g, "", 20, 100, 1);
	f.apart = 113;
	for (unsigned i = 0; i < 3; i++)
		t = turn(&g, &f);
	plan_anew(&g);
	assert_int_equal(g.blocks.n, 2);
	t = turn(&g, &f);
	assert_int_equal(t.requests, 2);
	rig_close(&g);

	fake_init(&f);
	rig_row(&g, "", 40, 100, 1);
	f.max = 13;
	for (unsigned i = 0; i < 3; i++)
		t = turn(&g, &f);
	assert_true(t.learned);
	assert_int_equal(g.state.n_holes, 1);
	assert_int_equal(g.state.holes[0].h.kind, HOLE_LIMIT);
	assert_int_equal(g.state.holes[0].h.last, 13);
	plan_anew(&g);
	assert_int_equal(g.blocks.n, 4);
	for (unsigned i = 0; i < 3; i++)
		t = turn(&g, &f);
	assert_int_equal(t.requests, 4);
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(t.good[i], 1);
	rig_close(&g);
}

/* Whatever is refused, at random: each value that can be had comes, none twice a turn once learned,
 * and it is learned with few requests. */
static void test_random_holes(void **state)
{
	uint32_t seed = 12345;

	for (unsigned round = 0; round < 200; round++) {
		struct fake f;
		struct turn t;
		struct rig g;
		unsigned n = 2 + round % 40, step = 1 + round % 3, spent = 0, turns = 0;

		fake_init(&f);
		f.blind = true;
		rig_row(&g, "[Line]\nReadable=holding:10-240", n, 20, step);
		seed = seed * 1103515245 + 12345;
		f.bad_first = (uint8_t)(20 + (seed >> 16) % (n * step));
		f.bad_last = (uint8_t)(f.bad_first + (seed >> 24) % 5);
		f.max = seed & 1 << 13 ? 5 + (seed >> 20) % 20 : 0;
		for (; turns < 40; turns++) {
			t = turn(&g, &f);
			spent += t.requests;
			if (t.learned)
				plan_anew(&g);
		}
		for (unsigned i = 0; i < n; i++) {
			unsigned a = 20 + i * step;
			bool bad = a >= f.bad_first && a <= f.bad_last;
			bool alone = g.blocks.n == 1 && t.requests == 1 && bad;

			if (!alone && g.state.n_holes > 0)
				assert_int_equal(t.good[i], !bad);
		}
		assert_true(t.requests <= g.blocks.n);
		assert_true(spent <= 40 * (g.blocks.n + 2) + 60);
		rig_close(&g);
	}
}

/* Holes that another program, profile or bit error wrote: what does not fit is not believed. */
static void test_foreign_holes(void **state)
{
	static const struct hole holes[] = {{HOLE_REFUSED, 9, 3, 1, 101, 100},
		{HOLE_REFUSED, 9, 3, 9, 104, 105}, {HOLE_REFUSED, 9, 4, 1, 100, 100},
		{HOLE_REFUSED, 8, 3, 1, 100, 100}, {HOLE_REFUSED, 9, 77, 1, 100, 100},
		{99, 9, 3, 1, 100, 100}, {HOLE_CUT, 9, 3, 1, 100, 100},
		{HOLE_CUT, 9, 3, 1, 100, 4000}, {HOLE_LIMIT, 9, 3, 1, 0, 0},
		{HOLE_REFUSED, 9, 3, 255, 103, 103}, {HOLE_CUT, 9, 3, 255, 108, 109}};
	struct source_config c = {
		.unit = 9, .char_us = 1042, .holes = holes, .n_holes = ARRAY_SIZE(holes)};
	struct hole all[16];
	struct turn t;
	struct fake f;
	struct rig g;

	fake_init(&f);
	rig_row(&g, "", 16, 100, 1);
	blocks_done(&g.blocks);
	assert_int_equal(adapter_modbus.configure(&g.state, g.profile, &c, &g.blocks, &g.error), 0);
	/* 104-105 are two values, refused both: the last two are as they should be. */
	assert_int_equal(g.state.n_holes, 3);
	assert_int_equal(g.blocks.n, 3);
	t = turn(&g, &f);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(t.good[i], i < 3 || i > 5);
	/* Everything refused: then nothing is. */
	for (unsigned i = 0; i < 16; i++)
		all[i] = (struct hole){
			HOLE_REFUSED, 9, 3, 1, (uint16_t)(100 + i), (uint16_t)(100 + i)};
	c.holes = all;
	c.n_holes = 16;
	blocks_done(&g.blocks);
	assert_int_equal(adapter_modbus.configure(&g.state, g.profile, &c, &g.blocks, &g.error), 0);
	assert_int_equal(g.blocks.n, 1);
	t = turn(&g, &f);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(t.good[i], 1);
	rig_close(&g);
}

/* It refuses everything and stops doing so in the middle of the search: what was found until then is
 * no hole. */
static void test_refused_for_a_while(void **state)
{
	for (unsigned end = 1; end < 60; end++) {
		unsigned asked = 0, good = 0;
		struct poll_result res;
		struct fake f;
		struct rig g;

		fake_init(&f);
		rig_row(&g, "", 12, 100, 1);
		f.always = true;
		for (unsigned i = 0; i < 200 && good == 0; i++) {
			f.requests = 0;
			(void)poll_on(&g, &f, 0, &res);
			asked += f.requests;
			f.always = asked < end;
			good = g.state.blocks[0].mode == MODE_WHOLE && res.n_raws > 0;
		}
		assert_int_equal(good, 1);
		assert_int_equal(g.state.n_holes, 0);
		rig_close(&g);
	}
}

/* And it begins again before the search is over: nothing was learned from that either. */
static void test_refused_in_two_spells(void **state)
{
	for (unsigned end = 1; end < 40; end++)
		for (unsigned begin = end + 1; begin < end + 20; begin++) {
			unsigned asked = 0;
			struct poll_result res;
			struct fake f;
			struct rig g;

			fake_init(&f);
			rig_row(&g, "", 12, 100, 1);
			f.always = true;
			for (unsigned i = 0; i < 200 && asked < begin + 20; i++) {
				f.requests = 0;
				(void)poll_on(&g, &f, 0, &res);
				asked += f.requests;
				f.always = asked < end || asked >= begin;
				assert_int_equal(g.state.n_holes, 0);
			}
			assert_true(asked >= begin + 20);
			f.always = false;
			for (unsigned i = 0; i < 60; i++)
				(void)poll_on(&g, &f, 0, &res);
			assert_int_equal(g.state.n_holes, 0);
			assert_int_equal(g.state.blocks[0].mode, MODE_WHOLE);
			rig_close(&g);
		}
}

/* What was wrongly learned all the same is asked for again after 30 s. */
static void test_first_test_of_a_hole(void **state)
{
	struct modbus_request rq;
	struct turn t;
	struct fake f;
	struct rig g;
	uint64_t now;

	fake_init(&f);
	rig_row(&g, "", 16, 100, 1);
	f.bad_first = f.bad_last = 105;
	for (unsigned i = 0; i < 3; i++)
		t = turn(&g, &f);
	assert_true(t.learned);
	assert_int_equal(g.state.n_holes, 1);
	now = clock_boottime_us();
	assert_null(modbus_test_due(&g.state, now + 20 * USEC_PER_SEC, &rq));
	assert_non_null(modbus_test_due(&g.state, now + 30 * USEC_PER_SEC, &rq));
	assert_int_equal(rq.address, 105);
	assert_int_equal(rq.count, 1);
	rig_close(&g);
}

/* Everything refused: as many exchanges as there are, never a value, never a crash. */
static void test_all_refused(void **state)
{
	struct poll_result res;
	struct reading r[8];
	struct fake f;
	struct rig g;

	fake_init(&f);
	f.always = true;
	rig_open(&g, "",
		"[Point a]\nHidden=yes\nRead=holding:10\nType=u32\n[Point b]\nHidden=yes\n"
		"Read=holding:12\nType=u16\n[Point c]\nHidden=yes\nRead=holding:13\nType=u16\n");
	for (unsigned i = 0; i < 3000; i++) {
		int e = poll_block(&g, &f, 0, &res);

		f.requests = 0;
		assert_true(e == 0 || e == -EREMOTEIO || e == -EAGAIN);
		for (size_t k = 0; k < res.n_raws; k++) {
			int n = adapter_modbus.decode(&g.state, &res.raws[k], r, 8);

			assert_true(n >= 1);
			assert_int_equal(r[0].quality, QUALITY_UNAVAILABLE);
		}
	}
	rig_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_register),
		cmocka_unit_test(test_hole_between),
		cmocka_unit_test(test_learned_limits),
		cmocka_unit_test(test_random_holes),
		cmocka_unit_test(test_foreign_holes),
		cmocka_unit_test(test_refused_for_a_while),
		cmocka_unit_test(test_refused_in_two_spells),
		cmocka_unit_test(test_first_test_of_a_hole),
		cmocka_unit_test(test_all_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
