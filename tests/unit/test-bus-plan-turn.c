/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is on a bus: what is asked for, alarms, what comes again, what looks alike. */
#include "bus-sim.h"

static void test_again_takes_another_block_first(void **state)
{
	struct sim m = {0};
	struct sim_block *b = m.state[0].blocks;

	sim_add(&m, 3, 10 * SEC, 50 * MS, 500 * MS);
	sim_start(&m);
	b[0].busy_until = m.now + 600 * MS;
	sim_run(&m, m.now + 9 * SEC);
	assert_int_equal(b[0].runs, 1);
	assert_int_equal(b[0].again, 1);
	assert_true(b[1].first < b[0].first && b[2].first < b[0].first);
	assert_int_equal(b[0].first, b[0].busy_until);
	/* Its grid stands. */
	sim_run(&m, m.now + 60 * SEC);
	assert_within(mean_period(&b[0]), 10 * SEC, 0.03);
	assert_int_equal(b[0].runs, 7);
	/* A retry time far away is not believed for longer than a second. */
	b[1].busy_until = m.now + 30 * SEC;
	sim_run(&m, m.now + 29 * SEC);
	assert_in_range(b[1].again, 15, 30);
	sim_done(&m);
}

/* Three blocks of which one can run a second, and only after an exchange that makes way for it. */
static void test_again_keeps_its_turn(void **state)
{
	struct sim m = {0};
	struct sim_block *b = m.state[0].blocks;
	struct bus_plan_pick pick;
	uint64_t wake, free_at = 0, until;
	bool way = false;

	sim_add(&m, 3, SEC, 50 * MS, 500 * MS);
	sim_start(&m);
	for (until = m.now + 300 * SEC; m.now < until;) {
		if (!bus_plan_next(m.plan, m.now, &pick, &wake)) {
			m.now = MIN(wake, until);
		} else if (m.now < free_at) {
			bus_plan_done(m.plan, &pick, PLAN_AGAIN, m.now, m.now, free_at);
		} else if (!way) {
			way = true;
			bus_plan_done(
				m.plan, &pick, PLAN_AGAIN, m.now, m.now + 50 * MS, m.now + 50 * MS);
			m.now += 50 * MS;
		} else {
			way = false;
			b[pick.block].runs++;
			bus_plan_done(m.plan, &pick, pick.block == 0 ? PLAN_MORE : PLAN_OK, m.now,
				m.now + 50 * MS, 0);
			m.now += 50 * MS;
			free_at = m.now + SEC;
		}
	}
	for (size_t k = 0; k < 3; k++)
		assert_in_range(b[k].runs, 80, 100);
	sim_done(&m);
}

static void test_asked_for_out_of_turn(void **state)
{
	struct sim m = {0};
	struct sim_block *b;
	uint64_t asked;

	sim_household(&m, SEC);
	m.conf[2][5].period_us = 3600 * SEC;
	b = &m.state[2].blocks[5];
	sim_start(&m);
	sim_run(&m, m.now + 100 * SEC);
	assert_int_equal(b->runs, 1);
	asked = m.now;
	bus_plan_due_now(m.plan, 2, 5, m.now);
	bus_plan_due_now(m.plan, 2, 5, m.now); /* once is enough */
	sim_run(&m, m.now + 10 * SEC);
	assert_int_equal(b->runs, 2);
	assert_int_equal(b->last, asked);
	/* Its grid stands. */
	sim_run(&m, 1000 * SEC + 3700 * SEC);
	assert_int_equal(b->runs, 3);
	assert_in_range(b->last - b->first, 3600 * SEC, 3601 * SEC);
	/* A source that is silent is asked at once too, once. */
	m.state[2].dead = true;
	sim_run(&m, m.now + 200 * SEC);
	assert_true(bus_plan_silent(m.plan, 2));
	sim_forget(&m);
	asked = m.now;
	bus_plan_due_now(m.plan, 2, 5, m.now);
	sim_run(&m, m.now + 9 * SEC);
	assert_int_equal(b->runs, 1);
	assert_int_equal(b->starts[0], asked);
	sim_done(&m);
}

/* On an over-full bus the fault codes come at their period, all else slows by one factor. */
static void test_alarms_first(void **state)
{
	struct sim m = {0};

	for (size_t s = 0; s < 4; s++) {
		sim_add(&m, 8, 4 * SEC, 200 * MS, 500 * MS); /* 32 * 0.2 / 4 = 160 % */
		m.conf[s][0].flags = PLAN_ALARM;
	}
	sim_start(&m);
	sim_run(&m, m.now + 100 * SEC);
	sim_forget(&m);
	sim_run(&m, m.now + 1000 * SEC);
	for (size_t s = 0; s < 4; s++) {
		assert_within(mean_period(&m.state[s].blocks[0]), 4 * SEC, 0.03);
		assert_true(m.state[s].blocks[0].gap_max < 5 * SEC);
		/* (1.6 - 0.2) / (1 - 0.2) */
		for (size_t k = 1; k < 8; k++)
			assert_within(mean_period(&m.state[s].blocks[k]), 1.75 * 4 * SEC, 0.05);
	}
	sim_done(&m);
}

/* Fault codes that alone would fill the line twice over: others still get every fourth exchange. */
static void test_alarms_starve_nobody(void **state)
{
	struct sim m = {0};
	unsigned others = 0;

	sim_add(&m, 8, SEC, 250 * MS, 500 * MS);
	for (size_t k = 0; k < 8; k++)
		m.conf[0][k].flags = PLAN_ALARM;
	sim_add(&m, 4, SEC, 250 * MS, 500 * MS);
	sim_start(&m);
	sim_run(&m, m.now + 100 * SEC);
	sim_forget(&m);
	sim_run(&m, m.now + 400 * SEC);
	for (size_t k = 0; k < 4; k++)
		others += m.state[1].blocks[k].runs;
	assert_in_range(others, m.exchanges / 4, m.exchanges / 2);
	sim_done(&m);
}

/* Replies that look alike do not follow each other where something else is due. */
static void test_alike_are_kept_apart(void **state)
{
	struct sim m = {0};
	struct bus_plan_pick pick;
	uint32_t last = 0;
	unsigned alike = 0;
	uint64_t wake;

	sim_add(&m, 6, SEC, 250 * MS, 500 * MS); /* 150 %: there is always another */
	for (size_t k = 0; k < 6; k++)
		m.conf[0][k].shape = k < 3 ? 7 : (uint32_t)k;
	sim_start(&m);
	for (unsigned i = 0; i < 1000; i++) {
		uint32_t shape;

		assert_true(bus_plan_next(m.plan, m.now, &pick, &wake));
		shape = m.conf[0][pick.block].shape;
		alike += i > 10 && shape == last; /* at first only one is due */
		last = shape;
		m.state[0].blocks[pick.block].runs++;
		bus_plan_done(m.plan, &pick, PLAN_OK, m.now, m.now + 250 * MS, 0);
		m.now += 250 * MS;
	}
	assert_int_equal(alike, 0);
	for (size_t k = 0; k < 6; k++)
		assert_in_range(m.state[0].blocks[k].runs, 150, 180);
	sim_done(&m);
}

/* Which unit is named first makes no difference: eight sources in two orders, one of them dead. */
static void test_order_of_sources(void **state)
{
	for (size_t dead = 0; dead < SOURCES; dead += SOURCES - 1) {
		struct sim m = {0};

		sim_household(&m, SEC);
		m.state[dead].dead = true;
		sim_start(&m);
		sim_run(&m, m.now + 100 * SEC);
		sim_forget(&m);
		sim_run(&m, m.now + 600 * SEC);
		assert_others(&m, dead);
		sim_done(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_again_takes_another_block_first),
		cmocka_unit_test(test_again_keeps_its_turn),
		cmocka_unit_test(test_asked_for_out_of_turn),
		cmocka_unit_test(test_alarms_first),
		cmocka_unit_test(test_alarms_starve_nobody),
		cmocka_unit_test(test_alike_are_kept_apart),
		cmocka_unit_test(test_order_of_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
