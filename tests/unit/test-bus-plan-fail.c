/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a bus where units are silent, busy or refuse: they back off, and cost the others nothing. */
#include "bus-sim.h"

static void test_dead_unit_from_start(void **state)
{
	struct sim m = {0};
	uint64_t t0;

	sim_household(&m, SEC);
	m.state[3].dead = true;
	sim_start(&m);
	t0 = m.now;
	sim_run(&m, t0 + 10 * SEC);
	/* The first sweep: the dead one costs everybody one time-out, no more. */
	for (size_t s = 0; s < m.n; s++)
		for (size_t k = 0; s != 3 && k < BLOCKS; k++) {
			assert_true(m.state[s].blocks[k].runs >= 1);
			assert_true(m.state[s].blocks[k].first <= t0 + 7 * SEC);
		}
	sim_run(&m, t0 + 100 * SEC);
	assert_true(bus_plan_silent(m.plan, 3));
	sim_forget(&m);
	sim_run(&m, m.now + 3600 * SEC);
	assert_others(&m, 3);
	for (size_t s = 0; s < m.n; s++)
		for (size_t k = 0; s != 3 && k < BLOCKS; k++) {
			/* Each single interval too: there is a gap of a time-out in each sweep. */
			assert_within(m.state[s].blocks[k].gap_max, 10 * SEC, 0.03);
			assert_within(m.state[s].blocks[k].gap_min, 10 * SEC, 0.03);
		}
	sim_done(&m);
}

static void test_unit_dies_and_returns(void **state)
{
	struct sim m = {0};
	unsigned probes = 0;
	uint64_t t0;

	sim_household(&m, 500 * MS);
	sim_start(&m);
	sim_run(&m, m.now + 60 * SEC);
	sim_forget(&m);
	t0 = m.now;
	m.state[0].dead = true;
	sim_run(&m, t0 + 1000 * SEC);
	/* The moment of dying is in this window as well. */
	assert_others(&m, 0);
	for (size_t k = 0; k < BLOCKS; k++)
		probes += m.state[0].blocks[k].runs;
	/* Five failures, then one exchange each 100 s instead of 8 each 10 s. */
	assert_in_range(probes, 5 + 9, 5 + 10);
	assert_true(bus_plan_silent(m.plan, 0));
	assert_int_equal(bus_plan_fails(m.plan, 0), probes);

	sim_forget(&m);
	t0 = m.now;
	m.state[0].dead = false;
	sim_run(&m, t0 + 115 * SEC);
	/* Back within one probe (100 s), a wait for a gap, and one period. */
	assert_false(bus_plan_silent(m.plan, 0));
	for (size_t k = 0; k < BLOCKS; k++)
		assert_true(m.state[0].blocks[k].runs >= 1);
	sim_forget(&m);
	sim_run(&m, m.now + 300 * SEC);
	assert_others(&m, SIZE_MAX);
	sim_done(&m);
}

/* Periods that never line up, so that gaps are short and probes have to be forced. */
static void test_dead_unit_without_gaps(void **state)
{
	static const uint64_t periods[] = {900, 1000, 1100, 1300, 1700, 1900, 2300, 1000};
	struct sim m = {0};

	for (size_t s = 0; s < SOURCES; s++)
		sim_add(&m, 1, periods[s] * MS, s == 7 ? 50 * MS : periods[s] * MS * 6 / 70,
			s == 7 ? 1000 * MS : 300 * MS);
	m.state[7].dead = true;
	sim_start(&m);
	sim_run(&m, m.now + 60 * SEC);
	sim_forget(&m);
	sim_run(&m, m.now + 3600 * SEC);
	assert_others(&m, 7);
	/* No starvation: at least the guaranteed 1/50 of the line, that is one probe each 50 s. */
	assert_in_range(m.state[7].blocks[0].runs, 3600 / 50 - 2, 3600 / 10);
	sim_done(&m);
}

/* The same where a time-out is no longer than half a period: the grid absorbs it, so probes are forced
 * at nearly their full rate. */
static void test_forced_probes_that_the_grid_absorbs(void **state)
{
	struct sim m = {0};

	for (size_t s = 0; s < SOURCES; s++)
		sim_add(&m, 1, (2000 + 100 * s) * MS, 190 * MS, SEC);
	m.state[0].dead = true;
	sim_start(&m);
	sim_run(&m, m.now + 60 * SEC);
	sim_forget(&m);
	sim_run(&m, m.now + 3600 * SEC);
	assert_within(m.busy, 3600 * SEC * 0.6, 0.1);
	assert_others(&m, 0);
	assert_in_range(m.state[0].blocks[0].runs, 140, 180);
	sim_done(&m);
}

static void test_most_units_dead(void **state)
{
	struct sim m = {0};

	sim_household(&m, SEC);
	for (size_t s = 1; s < SOURCES; s++)
		m.state[s].dead = true;
	sim_start(&m);
	sim_run(&m, m.now + 9 * SEC);
	/* The living one was asked first of all, and all its blocks within the first sweep. */
	for (size_t k = 0; k < BLOCKS; k++)
		assert_int_equal(m.state[0].blocks[k].runs, 1);
	sim_run(&m, m.now + 200 * SEC);
	sim_forget(&m);
	sim_run(&m, m.now + 1000 * SEC);
	for (size_t k = 0; k < BLOCKS; k++)
		assert_within(mean_period(&m.state[0].blocks[k]), 10 * SEC, 0.03);
	for (size_t s = 1; s < SOURCES; s++) {
		unsigned probes = 0;

		for (size_t k = 0; k < BLOCKS; k++)
			probes += m.state[s].blocks[k].runs;
		assert_in_range(probes, 9, 11);
	}
	sim_done(&m);
}

static void test_over_full_with_dead_unit(void **state)
{
	struct sim m = {0};
	unsigned probes = 0;

	for (size_t s = 0; s < SOURCES; s++)
		sim_add(&m, 4, SEC, 50 * MS, 500 * MS); /* 160 % */
	m.state[5].dead = true;
	sim_start(&m);
	sim_run(&m, m.now + 100 * SEC);
	sim_forget(&m);
	sim_run(&m, m.now + 1000 * SEC);
	for (size_t s = 0; s < SOURCES; s++)
		for (size_t k = 0; s != 5 && k < 4; k++)
			assert_within(mean_period(&m.state[s].blocks[k]), 1.4 * SEC / 0.98, 0.02);
	for (size_t k = 0; k < 4; k++)
		probes += m.state[5].blocks[k].runs;
	/* 1/50 of 1000 s in time-outs of 0.5 s. */
	assert_in_range(probes, 38, 42);
	sim_done(&m);
}

static void test_failed_block_is_not_retried_in_place(void **state)
{
	struct sim m = {0};
	struct sim_block *b = &m.state[0].blocks[0];

	sim_add(&m, 1, 10 * SEC, 50 * MS, 500 * MS);
	m.state[0].dead = true;
	sim_start(&m);
	sim_run(&m, m.now + 399 * SEC);
	/* 0 10 20 30 40 140 240 340 */
	assert_int_equal(b->runs, 8);
	for (unsigned k = 1; k < 8; k++)
		assert_int_equal(b->starts[k] - b->starts[k - 1], (k <= 4 ? 10 : 100) * SEC);
	sim_done(&m);
}

static void test_refused_block_is_left_alone(void **state)
{
	struct sim m = {0};

	sim_add(&m, 2, 10 * SEC, 50 * MS, 500 * MS);
	m.state[0].blocks[1].outcome = PLAN_REFUSED;
	sim_start(&m);
	sim_run(&m, m.now + 15 * SEC);
	assert_false(bus_plan_unsupported(m.plan, 0, 1));
	/* Asked again 1, 2, 4, 8, 16, 32 and then 60 minutes after it was refused. */
	sim_run(&m, m.now + 3000 * SEC);
	assert_int_equal(m.state[0].blocks[1].runs, 3 + 5);
	assert_true(bus_plan_unsupported(m.plan, 0, 1));
	assert_int_equal(bus_plan_fails(m.plan, 0), 0);
	assert_int_equal(m.state[0].blocks[0].runs, 302);
	sim_run(&m, m.now + 4 * 3600 * SEC);
	assert_int_equal(m.state[0].blocks[1].runs, 3 + 6 + 3);
	m.state[0].blocks[1].outcome = PLAN_OK;
	sim_run(&m, m.now + 3600 * SEC);
	assert_false(bus_plan_unsupported(m.plan, 0, 1));
	sim_forget(&m);
	sim_run(&m, m.now + 100 * SEC);
	assert_int_equal(m.state[0].blocks[1].runs, 10);
	sim_done(&m);
}

/* It refuses everything for a minute, as some do while they start: that is no appliance without these
 * values. */
static void test_source_that_refused_everything_is_back_soon(void **state)
{
	struct sim m = {0};

	sim_add(&m, 4, 5 * SEC, 50 * MS, 500 * MS);
	sim_start(&m);
	sim_run(&m, m.now + 20 * SEC);
	for (size_t k = 0; k < 4; k++)
		m.state[0].blocks[k].outcome = PLAN_REFUSED;
	sim_run(&m, m.now + 60 * SEC);
	for (size_t k = 0; k < 4; k++)
		assert_true(bus_plan_unsupported(m.plan, 0, k));
	/* One that is missing for good brings nothing back and holds nothing up. */
	for (size_t k = 1; k < 4; k++)
		m.state[0].blocks[k].outcome = PLAN_OK;
	sim_run(&m, m.now + 51 * SEC);
	for (size_t k = 1; k < 4; k++)
		assert_false(bus_plan_unsupported(m.plan, 0, k));
	assert_true(bus_plan_unsupported(m.plan, 0, 0));
	sim_forget(&m);
	sim_run(&m, m.now + 100 * SEC);
	assert_int_equal(m.state[0].blocks[2].runs, 20);
	/* For hours: a tenth of its rate, no more. */
	for (size_t k = 0; k < 4; k++)
		m.state[0].blocks[k].outcome = PLAN_REFUSED;
	sim_run(&m, m.now + 3600 * SEC);
	sim_forget(&m);
	sim_run(&m, m.now + 1000 * SEC);
	assert_in_range(m.state[0].blocks[2].runs, 19, 21);
	sim_done(&m);
}

/* Only some are refused, and for a while: they come back with the first of them. */
static void test_refused_blocks_come_back_together(void **state)
{
	struct sim m = {0};

	sim_add(&m, 4, 5 * SEC, 50 * MS, 500 * MS);
	sim_start(&m);
	for (size_t k = 1; k < 4; k++)
		m.state[0].blocks[k].outcome = PLAN_REFUSED;
	sim_run(&m, m.now + 600 * SEC);
	for (size_t k = 1; k < 4; k++) {
		assert_true(bus_plan_unsupported(m.plan, 0, k));
		m.state[0].blocks[k].outcome = PLAN_OK;
		m.state[0].blocks[k].runs = 0;
	}
	while (m.state[0].blocks[1].runs + m.state[0].blocks[2].runs + m.state[0].blocks[3].runs ==
		0)
		sim_run(&m, m.now + SEC);
	sim_run(&m, m.now + 2 * SEC);
	for (size_t k = 1; k < 4; k++)
		assert_false(bus_plan_unsupported(m.plan, 0, k));
	sim_done(&m);
}

static void test_busy_backs_off_but_answers(void **state)
{
	static const unsigned gaps[] = {20, 40, 80, 100, 100};
	struct sim m = {0};
	struct sim_block *b = &m.state[0].blocks[1];

	sim_add(&m, 2, 10 * SEC, 50 * MS, 500 * MS);
	b->outcome = PLAN_BUSY;
	sim_start(&m);
	sim_run(&m, m.now + 345 * SEC);
	assert_int_equal(b->runs, 6);
	for (unsigned k = 0; k < ARRAY_SIZE(gaps); k++)
		assert_int_equal(b->starts[k + 1] - b->starts[k], gaps[k] * SEC);
	assert_int_equal(bus_plan_fails(m.plan, 0), 0);
	assert_false(bus_plan_silent(m.plan, 0));
	assert_int_equal(m.state[0].blocks[0].runs, 35);
	b->outcome = PLAN_OK;
	sim_run(&m, m.now + 100 * SEC);
	sim_forget(&m);
	sim_run(&m, m.now + 100 * SEC);
	assert_int_equal(b->runs, 10);
	sim_done(&m);
}

/* One block that never answers of a unit that otherwise does. */
static void test_mute_block_backs_off_alone(void **state)
{
	struct sim m = {0};

	sim_add(&m, 4, 10 * SEC, 50 * MS, 500 * MS);
	m.state[0].blocks[2].outcome = PLAN_FAILED;
	sim_start(&m);
	sim_run(&m, m.now + 1000 * SEC);
	assert_false(bus_plan_silent(m.plan, 0));
	assert_in_range(m.state[0].blocks[2].runs, 5 + 8, 5 + 10);
	for (size_t k = 0; k < 4; k++)
		if (k != 2)
			assert_int_equal(m.state[0].blocks[k].runs, 100);
	sim_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dead_unit_from_start),
		cmocka_unit_test(test_unit_dies_and_returns),
		cmocka_unit_test(test_dead_unit_without_gaps),
		cmocka_unit_test(test_forced_probes_that_the_grid_absorbs),
		cmocka_unit_test(test_most_units_dead),
		cmocka_unit_test(test_over_full_with_dead_unit),
		cmocka_unit_test(test_failed_block_is_not_retried_in_place),
		cmocka_unit_test(test_refused_block_is_left_alone),
		cmocka_unit_test(test_source_that_refused_everything_is_back_soon),
		cmocka_unit_test(test_refused_blocks_come_back_together),
		cmocka_unit_test(test_busy_backs_off_but_answers),
		cmocka_unit_test(test_mute_block_backs_off_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
