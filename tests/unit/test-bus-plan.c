/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a bus that answers: periods, fairness on a line that is too full, time lost, blocks that need or
 * keep others alive. */
#include "bus-sim.h"

static void test_every_block_at_its_period(void **state)
{
	struct sim m = {0};

	sim_household(&m, SEC);
	sim_start(&m);
	sim_run(&m, m.now + 100 * SEC);
	sim_forget(&m);
	sim_run(&m, m.now + 600 * SEC);
	assert_within(m.busy, 360 * SEC, 0.01);
	for (size_t s = 0; s < m.n; s++)
		for (size_t k = 0; k < BLOCKS; k++) {
			struct sim_block *b = &m.state[s].blocks[k];

			assert_int_equal(b->runs, 60);
			assert_int_equal(b->gap_min, 10 * SEC);
			assert_int_equal(b->gap_max, 10 * SEC);
		}
	assert_within(bus_plan_load(m.plan, m.now), 0.6, 0.03);
	assert_int_equal(bus_plan_late_us(m.plan, m.now), 0);
	sim_done(&m);
}

static void test_over_full_is_fair(void **state)
{
	static const uint64_t periods[] = {1, 2, 5, 10, 20, 1, 3, 7};
	struct sim m = {0};
	double demand = 0;

	for (size_t s = 0; s < SOURCES; s++) {
		sim_add(&m, 2, periods[s] * SEC, 100 * MS, 500 * MS);
		demand += 2 * 0.1 / (double)periods[s];
	}
	/* 67 %: fill up to 160 %. */
	for (size_t s = 0; s < SOURCES; s++)
		for (size_t k = 0; k < 2; k++)
			m.state[s].blocks[k].cost = (uint64_t)(100 * MS * 1.6 / demand);
	sim_start(&m);
	sim_run(&m, m.now + 300 * SEC);
	sim_forget(&m);
	sim_run(&m, m.now + 3000 * SEC);
	for (size_t s = 0; s < SOURCES; s++)
		for (size_t k = 0; k < 2; k++)
			assert_within(mean_period(&m.state[s].blocks[k]),
				1.6 * (double)periods[s] * SEC, 0.08);
	assert_within(bus_plan_load(m.plan, m.now), 1.0, 0.02);
	assert_true(bus_plan_late_us(m.plan, m.now) > 100 * MS);
	sim_done(&m);
}

/* However full the line is, what is read once an hour is read at the start. */
static void test_over_full_starts_with_a_round(void **state)
{
	struct sim m = {0};

	sim_add(&m, 8, 2 * SEC, 500 * USEC_PER_MSEC, SEC); /* 4 s of work every 2 s */
	m.conf[0][7].period_us = 3600 * SEC;
	sim_start(&m);
	sim_run(&m, 1000 * SEC + 10 * SEC);
	assert_int_equal(m.state[0].blocks[7].runs, 1);
	assert_true(m.state[0].blocks[7].first < 1000 * SEC + 8 * SEC);
	sim_run(&m, 1000 * SEC + 600 * SEC);
	assert_int_equal(m.state[0].blocks[7].runs, 1); /* and then at its own pace */
	sim_done(&m);
}

static void test_one_round_after_suspend(void **state)
{
	struct sim m = {0};
	uint64_t t0;

	sim_household(&m, SEC);
	m.state[2].dead = true;
	sim_start(&m);
	sim_run(&m, m.now + 200 * SEC);
	sim_forget(&m);
	t0 = m.now += 8 * USEC_PER_HOUR;
	sim_run(&m, t0 + 9900 * MS);
	for (size_t s = 0; s < SOURCES; s++) {
		unsigned runs = 0;

		for (size_t k = 0; k < BLOCKS; k++) {
			if (s != 2)
				assert_int_equal(m.state[s].blocks[k].runs, 1);
			runs += m.state[s].blocks[k].runs;
		}
		assert_int_equal(runs, s == 2 ? 1 : BLOCKS);
	}
	assert_true(bus_plan_late_us(m.plan, m.now) < SEC);
	sim_forget(&m);
	sim_run(&m, m.now + 100 * SEC);
	assert_others(&m, 2);
	sim_done(&m);
}

/* The machine slept in the middle of an exchange. */
static void test_one_round_after_suspend_in_exchange(void **state)
{
	struct sim m = {0};
	struct bus_plan_pick pick;
	uint64_t wake, t0;

	sim_household(&m, SEC);
	sim_start(&m);
	sim_run(&m, m.now + 100 * SEC);
	while (!bus_plan_next(m.plan, m.now, &pick, &wake))
		m.now = wake;
	t0 = m.now + 8 * USEC_PER_HOUR;
	bus_plan_done(m.plan, &pick, PLAN_FAILED, m.now, t0, 0);
	m.now = t0;
	sim_forget(&m);
	sim_run(&m, t0 + 9900 * MS);
	assert_int_equal(m.exchanges, SOURCES * BLOCKS);
	sim_done(&m);
}

static void test_handshake(void **state)
{
	struct sim m = {0};
	struct sim_block *b = m.state[0].blocks;

	sim_add(&m, 3, 5 * SEC, 50 * MS, 500 * MS);
	m.conf[0][0] = (struct bus_plan_block){0, 50 * MS, 500 * MS, -1, PLAN_HANDSHAKE};
	m.conf[0][1].needs = m.conf[0][2].needs = 0;
	b[0].outcome = PLAN_FAILED;
	sim_start(&m);
	sim_run(&m, m.now + 12 * SEC);
	/* Nothing but the handshake, at its source's rate. */
	assert_int_equal(b[0].runs, 3);
	assert_int_equal(b[1].runs + b[2].runs, 0);
	assert_true(bus_plan_waits(m.plan, 0, 1));
	b[0].outcome = PLAN_OK;
	sim_run(&m, m.now + 33 * SEC);
	assert_false(bus_plan_waits(m.plan, 0, 1));
	assert_int_equal(b[0].runs, 4);
	assert_int_equal(b[1].runs, 6);
	/* Lost with the line. */
	bus_plan_line_opened(m.plan, m.now, true);
	assert_true(bus_plan_waits(m.plan, 0, 1));
	sim_run(&m, m.now + SEC);
	assert_int_equal(b[0].runs, 5);
	assert_int_equal(b[1].runs, 7);
	/* Lost because the appliance said so, with the next attempt a pause after the last one. */
	bus_plan_session_lost(m.plan, 0, 2, m.now);
	assert_true(bus_plan_waits(m.plan, 0, 1));
	sim_run(&m, m.now + 10 * SEC);
	assert_int_equal(b[0].runs, 6);
	assert_false(bus_plan_waits(m.plan, 0, 1));
	/* A connection that was made again at once: the handshake alone is due. */
	sim_forget(&m);
	bus_plan_line_opened(m.plan, m.now, false);
	sim_run(&m, m.now + 100 * MS);
	assert_int_equal(b[0].runs, 1);
	/* Lost with the appliance's power: after three failures it starts with the handshake. */
	m.state[0].dead = true;
	sim_run(&m, m.now + 60 * SEC);
	assert_true(bus_plan_silent(m.plan, 0));
	assert_true(bus_plan_waits(m.plan, 0, 2));
	m.state[0].dead = false;
	sim_forget(&m);
	sim_run(&m, m.now + 60 * SEC);
	assert_int_equal(b[0].runs, 1);
	assert_true(b[0].first < b[1].first);
	assert_true(b[1].runs >= 2 && b[2].runs >= 2);
	sim_done(&m);
}

static void test_keepalive_goes_on(void **state)
{
	struct sim m = {0};
	struct sim_block *b = m.state[0].blocks;

	sim_add(&m, 2, 10 * SEC, 50 * MS, 500 * MS);
	m.conf[0][1].flags = PLAN_KEEPALIVE;
	m.conf[0][1].period_us = 2 * SEC;
	b[0].outcome = PLAN_FAILED;
	b[1].outcome = PLAN_SENT;
	sim_start(&m);
	sim_run(&m, m.now + 1000 * SEC);
	/* Sending says nothing about the appliance: it is silent, and the keep-alive keeps its pace. */
	assert_true(bus_plan_silent(m.plan, 0));
	assert_int_equal(b[1].runs, 500);
	assert_in_range(b[0].runs, 5 + 8, 5 + 10);
	/* An answered one that fails does not push the probes away either. */
	b[1].outcome = PLAN_FAILED;
	sim_forget(&m);
	sim_run(&m, m.now + 1000 * SEC);
	assert_in_range(b[0].runs, 9, 11);
	assert_int_equal(b[1].runs, 500);
	sim_done(&m);
}

static void test_listener(void **state)
{
	struct sim m = {0};

	/* Listens without a period beside a unit that is asked; each takes what it needs. */
	sim_add(&m, 1, 0, SEC, SEC);
	m.conf[0][0].flags = PLAN_LISTEN;
	m.state[0].dead = true;
	sim_add(&m, 1, 10 * SEC, 100 * MS, 500 * MS);
	sim_start(&m);
	sim_run(&m, m.now + 1000 * SEC);
	assert_true(bus_plan_silent(m.plan, 0));
	assert_in_range(m.state[0].blocks[0].runs, 950, 1000);
	assert_within(mean_period(&m.state[1].blocks[0]), 10 * SEC, 0.1);
	sim_done(&m);
}

/* Any answers at random, long: nobody starves, no spin, nothing runs faster than it should. */
static void test_random_line(void **state)
{
	for (unsigned seed = 1; seed <= 20; seed++) {
		struct sim m = {0};
		uint64_t x = seed * 0x9e3779b97f4a7c15ULL;

		for (size_t s = 0; s < SOURCES; s++)
			sim_add(&m, 1 + (x >> (8 * s)) % BLOCKS, (1 + (x >> (5 * s)) % 20) * SEC,
				30 * MS, 300 * MS);
		sim_start(&m);
		for (unsigned step = 0; step < 600; step++) {
			size_t s, k;

			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			s = x % SOURCES;
			k = (x >> 8) % m.sources[s].n;
			if (x >> 60 == 0)
				m.state[s].dead = !m.state[s].dead;
			m.state[s].blocks[k].outcome =
				(x >> 20) % 4 ? PLAN_OK : (enum plan_outcome)((x >> 24) % 5);
			if ((x >> 32) % 10 == 0)
				m.state[s].blocks[k].busy_until = m.now + (x >> 40) % (2 * SEC);
			if ((x >> 50) % 100 == 0)
				bus_plan_line_opened(m.plan, m.now, true);
			sim_run(&m, m.now + SEC);
		}
		for (size_t s = 0; s < SOURCES; s++) {
			m.state[s].dead = false;
			for (size_t k = 0; k < m.sources[s].n; k++)
				m.state[s].blocks[k].outcome = PLAN_OK;
		}
		sim_run(&m, m.now + 2 * PLAN_RETEST_US);
		sim_forget(&m);
		sim_run(&m, m.now + 400 * SEC);
		assert_true(m.busy <= 400 * SEC);
		if (m.busy < 240 * SEC)
			assert_others(&m, SIZE_MAX);
		sim_done(&m);
	}
}

/* Other blocks for a source while it runs: they are read within a period, the others notice nothing. */
static void test_replaced_blocks(void **state)
{
	struct bus_plan_source conf;
	struct sim m = {0};

	sim_household(&m, SEC);
	sim_start(&m);
	sim_run(&m, m.now + 100 * SEC);
	sim_forget(&m);
	m.sources[4].n = 3;
	conf = m.sources[4];
	m.conf[4][1].needs = 2;
	assert_int_equal(bus_plan_replace(m.plan, 4, &conf, m.now), -EINVAL);
	m.conf[4][1].needs = -1;
	assert_int_equal(bus_plan_replace(m.plan, 4, &conf, m.now), 0);
	sim_run(&m, m.now + 10 * SEC);
	for (size_t k = 0; k < 3; k++)
		assert_int_equal(m.state[4].blocks[k].runs, 1);
	sim_run(&m, m.now + 300 * SEC);
	for (size_t s = 0; s < m.n; s++)
		for (size_t k = 0; k < m.sources[s].n; k++)
			assert_within(mean_period(&m.state[s].blocks[k]), 10 * SEC, 0.03);
	sim_done(&m);
}

/* An over-full bus says who wants what, and by which periods it would fit; they do make it fit. */
static void test_says_what_would_fit(void **state)
{
	static const uint64_t periods[] = {1, 2, 5, 10, 20, 1, 3, 600};
	struct bus_plan_use use[SOURCES];
	struct sim m = {0};
	double sum = 0;

	for (size_t s = 0; s < SOURCES; s++)
		sim_add(&m, 2, periods[s] * SEC, 200 * MS, 500 * MS);
	sim_start(&m);
	sim_run(&m, m.now + 300 * SEC);
	for (size_t s = 0; s < SOURCES; s++)
		sum += 2 * 0.2 / (double)periods[s];
	assert_true(sum > 1.2);
	assert_within(bus_plan_get_use(m.plan, m.now, use), sum, 0.001);
	for (size_t s = 0; s < SOURCES; s++) {
		assert_within(use[s].demand, 0.4 / (double)periods[s], 0.001);
		assert_int_equal(use[s].period_us, periods[s] * SEC);
		/* 0.07 % of the line is not worth a change. */
		assert_int_equal(use[s].slower_us > 0, s != 7);
		assert_true(use[s].slower_us == 0 || use[s].slower_us > use[s].period_us);
		assert_true(s == 7 || use[s].late_us > 100 * MS);
		for (size_t k = 0; k < 2; k++)
			m.conf[s][k].period_us = MAX(use[s].slower_us, use[s].period_us);
	}
	sim_done(&m);
	sim_start(&m);
	sim_run(&m, m.now + 300 * SEC);
	assert_in_range((int)(100 * bus_plan_get_use(m.plan, m.now, use)), 65, 85);
	for (size_t s = 0; s < SOURCES; s++)
		assert_int_equal(use[s].slower_us, 0);
	sim_done(&m);
}

static void test_bad_needs(void **state)
{
	struct bus_plan_block blocks[2] = {{SEC, 0, 0, 1, 0}, {SEC, 0, 0, -1, 0}};
	struct bus_plan_source s = {blocks, 2};
	struct bus_plan *p = NULL;
	struct bus_plan_pick pick;
	uint64_t wake;

	assert_int_equal(bus_plan_new(&s, 1, &p), -EINVAL);
	blocks[0].needs = 2;
	assert_int_equal(bus_plan_new(&s, 1, &p), -EINVAL);
	assert_null(p);
	/* A bus without sources has nothing to do, ever. */
	assert_int_equal(bus_plan_new(NULL, 0, &p), 0);
	bus_plan_line_opened(p, SEC, true);
	assert_false(bus_plan_next(p, SEC, &pick, &wake));
	assert_true(wake == USEC_INFINITY);
	assert_false(bus_plan_next(p, 90 * SEC, &pick, &wake));
	p = bus_plan_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_block_at_its_period),
		cmocka_unit_test(test_over_full_is_fair),
		cmocka_unit_test(test_over_full_starts_with_a_round),
		cmocka_unit_test(test_one_round_after_suspend),
		cmocka_unit_test(test_one_round_after_suspend_in_exchange),
		cmocka_unit_test(test_handshake),
		cmocka_unit_test(test_keepalive_goes_on),
		cmocka_unit_test(test_listener),
		cmocka_unit_test(test_random_line),
		cmocka_unit_test(test_replaced_blocks),
		cmocka_unit_test(test_says_what_would_fit),
		cmocka_unit_test(test_bad_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
