/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a bus against a simulated line, on virtual time. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/bus-plan.h"

#define MS      USEC_PER_MSEC
#define SEC     USEC_PER_SEC
#define SOURCES 8
#define BLOCKS  8

/* What the line does with a block, and what it saw. */
struct sim_block {
	uint64_t cost; /* time of an answered exchange */
	enum plan_outcome outcome;
	uint64_t busy_until; /* PLAN_AGAIN before */
	unsigned runs, again;
	uint64_t first, last, gap_max, gap_min;
	uint64_t starts[64]; /* the first ones */
};

struct sim_source {
	bool dead;
	struct sim_block blocks[BLOCKS];
};

struct sim {
	struct bus_plan *plan;
	struct bus_plan_block conf[SOURCES][BLOCKS];
	struct bus_plan_source sources[SOURCES];
	struct sim_source state[SOURCES];
	size_t n;
	uint64_t now, busy;
	unsigned exchanges;
};

static void sim_add(
	struct sim *m, size_t n_blocks, uint64_t period, uint64_t cost, uint64_t timeout)
{
	size_t s = m->n++;

	for (size_t k = 0; k < n_blocks; k++) {
		m->conf[s][k] = (struct bus_plan_block){period, cost, timeout, -1, 0};
		m->state[s].blocks[k] = (struct sim_block){.cost = cost, .outcome = PLAN_OK};
	}
	m->sources[s] = (struct bus_plan_source){m->conf[s], n_blocks};
}

static void sim_start(struct sim *m)
{
	m->now = 1000 * SEC;
	assert_int_equal(bus_plan_new(m->sources, m->n, &m->plan), 0);
	bus_plan_line_opened(m->plan, m->now, true);
}

static void sim_forget(struct sim *m)
{
	for (size_t s = 0; s < m->n; s++)
		for (size_t k = 0; k < m->sources[s].n; k++) {
			struct sim_block *b = &m->state[s].blocks[k];

			b->runs = b->again = 0;
			b->gap_max = 0;
			b->gap_min = USEC_INFINITY;
		}
	m->busy = 0;
	m->exchanges = 0;
}

static void sim_exchange(struct sim *m, const struct bus_plan_pick *pick)
{
	const struct bus_plan_block *c = &m->conf[pick->source][pick->block];
	struct sim_block *b = &m->state[pick->source].blocks[pick->block];
	enum plan_outcome outcome = b->outcome;
	uint64_t start = m->now, took = b->cost;

	if (start < b->busy_until) {
		b->again++;
		bus_plan_done(m->plan, pick, PLAN_AGAIN, start, start, b->busy_until);
		return;
	}
	if (m->state[pick->source].dead)
		outcome = PLAN_FAILED;
	if (outcome == PLAN_FAILED)
		took = c->timeout_us;
	if (b->runs < ARRAY_SIZE(b->starts))
		b->starts[b->runs] = start;
	if (b->runs++ == 0)
		b->first = start;
	else {
		b->gap_max = MAX(b->gap_max, start - b->last);
		b->gap_min = MIN(b->gap_min, start - b->last);
	}
	b->last = start;
	m->exchanges++;
	m->busy += took;
	m->now += took;
	bus_plan_done(m->plan, pick, outcome, start, m->now, 0);
}

static void sim_run(struct sim *m, uint64_t until)
{
	unsigned same = 0;

	while (m->now < until) {
		struct bus_plan_pick pick;
		uint64_t wake = 0, before = m->now;

		if (bus_plan_next(m->plan, m->now, &pick, &wake))
			sim_exchange(m, &pick);
		else {
			assert_true(wake > m->now);
			m->now = MIN(wake, until);
		}
		/* Many picks at one moment would be a spin. */
		same = m->now == before ? same + 1 : 0;
		assert_true(same <= SOURCES * BLOCKS);
	}
}

static void sim_done(struct sim *m)
{
	m->plan = bus_plan_free(m->plan);
}

static double mean_period(const struct sim_block *b)
{
	return b->runs < 2 ? 0 : (double)(b->last - b->first) / (b->runs - 1);
}

#define assert_within(value, want, share) \
	do { \
		double _v = (double)(value), _w = (double)(want); \
		if (_v < _w * (1 - (share)) || _v > _w * (1 + (share))) \
			fail_msg( \
				"%s: %g is not within %g of %g", #value, _v, (double)(share), _w); \
	} while (0)

/* Others' mean period within 3 % of WANT, for every source but EXCEPT. */
static void assert_others(struct sim *m, size_t except)
{
	for (size_t s = 0; s < m->n; s++)
		for (size_t k = 0; s != except && k < m->sources[s].n; k++)
			assert_within(
				mean_period(&m->state[s].blocks[k]), m->conf[s][k].period_us, 0.03);
}

/* Eight units of eight blocks each 10 s, 94 ms a block: 60 % of the line. */
static void sim_household(struct sim *m, uint64_t timeout)
{
	for (size_t s = 0; s < SOURCES; s++)
		sim_add(m, BLOCKS, 10 * SEC, 94 * MS, timeout);
}

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

/* ---- what goes before its turn */

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
		cmocka_unit_test(test_dead_unit_from_start),
		cmocka_unit_test(test_unit_dies_and_returns),
		cmocka_unit_test(test_dead_unit_without_gaps),
		cmocka_unit_test(test_forced_probes_that_the_grid_absorbs),
		cmocka_unit_test(test_most_units_dead),
		cmocka_unit_test(test_over_full_is_fair),
		cmocka_unit_test(test_over_full_starts_with_a_round),
		cmocka_unit_test(test_over_full_with_dead_unit),
		cmocka_unit_test(test_failed_block_is_not_retried_in_place),
		cmocka_unit_test(test_refused_block_is_left_alone),
		cmocka_unit_test(test_source_that_refused_everything_is_back_soon),
		cmocka_unit_test(test_refused_blocks_come_back_together),
		cmocka_unit_test(test_busy_backs_off_but_answers),
		cmocka_unit_test(test_mute_block_backs_off_alone),
		cmocka_unit_test(test_one_round_after_suspend),
		cmocka_unit_test(test_one_round_after_suspend_in_exchange),
		cmocka_unit_test(test_again_takes_another_block_first),
		cmocka_unit_test(test_again_keeps_its_turn),
		cmocka_unit_test(test_handshake),
		cmocka_unit_test(test_keepalive_goes_on),
		cmocka_unit_test(test_listener),
		cmocka_unit_test(test_random_line),
		cmocka_unit_test(test_asked_for_out_of_turn),
		cmocka_unit_test(test_alarms_first),
		cmocka_unit_test(test_alarms_starve_nobody),
		cmocka_unit_test(test_alike_are_kept_apart),
		cmocka_unit_test(test_replaced_blocks),
		cmocka_unit_test(test_says_what_would_fit),
		cmocka_unit_test(test_order_of_sources),
		cmocka_unit_test(test_bad_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
