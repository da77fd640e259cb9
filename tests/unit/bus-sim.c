/* SPDX-License-Identifier: Apache-2.0 */
#include "bus-sim.h"

void sim_add(struct sim *m, size_t n_blocks, uint64_t period, uint64_t cost, uint64_t timeout)
{
	size_t s = m->n++;

	for (size_t k = 0; k < n_blocks; k++) {
		m->conf[s][k] = (struct bus_plan_block){period, cost, timeout, -1, 0};
		m->state[s].blocks[k] = (struct sim_block){.cost = cost, .outcome = PLAN_OK};
	}
	m->sources[s] = (struct bus_plan_source){m->conf[s], n_blocks};
}

void sim_start(struct sim *m)
{
	m->now = 1000 * SEC;
	assert_int_equal(bus_plan_new(m->sources, m->n, &m->plan), 0);
	bus_plan_line_opened(m->plan, m->now, true);
}

void sim_forget(struct sim *m)
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

void sim_run(struct sim *m, uint64_t until)
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

void sim_done(struct sim *m)
{
	m->plan = bus_plan_free(m->plan);
}

double mean_period(const struct sim_block *b)
{
	return b->runs < 2 ? 0 : (double)(b->last - b->first) / (b->runs - 1);
}

void assert_others(struct sim *m, size_t except)
{
	for (size_t s = 0; s < m->n; s++)
		for (size_t k = 0; s != except && k < m->sources[s].n; k++)
			assert_within(
				mean_period(&m->state[s].blocks[k]), m->conf[s][k].period_us, 0.03);
}

void sim_household(struct sim *m, uint64_t timeout)
{
	for (size_t s = 0; s < SOURCES; s++)
		sim_add(m, BLOCKS, 10 * SEC, 94 * MS, timeout);
}
