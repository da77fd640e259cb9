/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../adapters/modbus-plan.h"

#define S         USEC_PER_SEC
#define HOLDING   MODBUS_READ_HOLDING
#define CHAR_9600 1042 /* µs, 10 bits, as transport_char_us() rounds it up */
#define SPANS_MAX 256

static const struct modbus_limits free_limits = {125, 2000, true, CHAR_9600, NULL, 0};

struct outcome {
	struct modbus_read b[SPANS_MAX];
	size_t n;
	uint16_t bad;
	int r;
};

static uint32_t shape(const struct modbus_read *b)
{
	return modbus_plan_shape(b->unit, b->function, (uint16_t)(b->last - b->first + 1));
}

/* Neighbours in the ring of one period differ in shape wherever no shape has more than half of it. */
static void assert_ring(const struct modbus_read *b, size_t n)
{
	size_t most = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		for (size_t j = 0; j < n; j++)
			k += shape(&b[i]) == shape(&b[j]);
		most = MAX(most, k);
	}
	if (n < 2 || 2 * most > n)
		return;
	for (size_t i = 0; i < n; i++)
		assert_int_not_equal(shape(&b[i]), shape(&b[(i + 1) % n]));
}

static int by_place(const void *pa, const void *pb)
{
	const struct modbus_read *a = pa, *b = pb;

	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	if (a->period_us != b->period_us)
		return a->period_us < b->period_us ? -1 : 1;
	return a->first < b->first ? -1 : a->first > b->first;
}

static void assert_order(struct modbus_read *b, size_t n)
{
	for (size_t from = 0, to; from < n; from = to) {
		for (to = from + 1; to < n && b[to].period_us == b[from].period_us; to++)
			;
		assert_true(to == n || b[to].period_us > b[from].period_us);
		assert_ring(b + from, to - from);
	}
	qsort(b, n, sizeof(*b), by_place);
}

/* Plans, and checks what must hold of every plan: each span in exactly one read and whole in it. */
static struct outcome plan(struct modbus_span *s, size_t n, const struct modbus_limits *l)
{
	struct outcome o = {0};
	bool seen[SPANS_MAX] = {false};

	o.r = modbus_plan(s, n, l, o.b, &o.n, &o.bad);
	if (o.r < 0)
		return o;
	for (size_t i = 0; i < o.n; i++) {
		const struct modbus_read *b = &o.b[i];
		unsigned max = b->function <= 2 ? l->max_bits : l->max_registers;

		assert_true(b->n_spans > 0);
		assert_true(b->last >= b->first);
		assert_in_range(b->last - b->first + 1 + b->slack, 1, max);
		for (size_t k = b->span; k < b->span + b->n_spans; k++) {
			assert_true(k < n);
			assert_false(seen[k]);
			seen[k] = true;
			assert_int_equal(s[k].function, b->function);
			assert_true(s[k].first >= b->first && s[k].last <= b->last);
			assert_true(s[k].period_us >= b->period_us);
		}
	}
	for (size_t k = 0; k < n; k++)
		assert_true(seen[k]);
	assert_order(o.b, o.n);
	return o;
}

static void assert_block(
	const struct modbus_read *b, unsigned first, unsigned last, uint64_t period_us)
{
	assert_int_equal(b->first, first);
	assert_int_equal(b->last, last);
	assert_int_equal(b->period_us, period_us);
}

static void test_cost(void **state)
{
	/* 13 characters and twice 3.5 at 1042 µs, and 20 ms. */
	assert_int_equal(modbus_plan_cost_us(CHAR_9600, HOLDING, 1), 20000 + 22 * 1042);
	assert_int_equal(modbus_plan_cost_us(CHAR_9600, HOLDING, 10), 20000 + 40 * 1042);
	assert_int_equal(modbus_plan_cost_us(CHAR_9600, MODBUS_READ_COILS, 8), 20000 + 21 * 1042);
	assert_int_equal(modbus_plan_cost_us(CHAR_9600, MODBUS_READ_COILS, 9), 20000 + 22 * 1042);
	/* TCP: the request count decides, whatever the data. */
	assert_true(modbus_plan_cost_us(0, HOLDING, 125) < 2 * modbus_plan_cost_us(0, HOLDING, 1));
}

static void test_runs(void **state)
{
	struct modbus_span s[] = {{S, 10, 11, 0, HOLDING}, {S, 12, 12, 1, HOLDING},
		{S, 14, 14, 2, HOLDING}, {S, 9, 9, 3, HOLDING}, {S, 12, 12, 4, MODBUS_READ_INPUT}};
	struct outcome o = plan(s, ARRAY_SIZE(s), &free_limits);

	/* Nobody named register 13: it is never read. */
	assert_int_equal(o.n, 3);
	assert_block(&o.b[0], 9, 12, S);
	assert_block(&o.b[1], 14, 14, S);
	assert_block(&o.b[2], 12, 12, S);
	assert_int_equal(o.b[2].function, MODBUS_READ_INPUT);
	assert_int_equal(o.b[0].slack + o.b[1].slack + o.b[2].slack, 0);
}

/* At 9600 baud a request costs as much as 19.6 registers. */
static void test_gaps(void **state)
{
	static const struct modbus_range range = {0, 200, HOLDING};
	struct modbus_limits l = free_limits;
	struct modbus_span near[] = {{S, 10, 10, 0, HOLDING}, {S, 30, 30, 1, HOLDING}};
	struct modbus_span far[] = {{S, 10, 10, 0, HOLDING}, {S, 31, 31, 1, HOLDING}};
	struct outcome o;

	l.ranges = &range;
	l.n_ranges = 1;
	o = plan(near, 2, &l);
	assert_int_equal(o.n, 1);
	assert_block(&o.b[0], 10, 30, S);
	assert_int_equal(o.b[0].slack, 2);
	o = plan(far, 2, &l);
	assert_int_equal(o.n, 2);
	/* On TCP the request is all that costs. */
	l.char_us = 0;
	o = plan(far, 2, &l);
	assert_int_equal(o.n, 1);
	/* No longer than the largest read, whatever it costs. */
	l.max_registers = 21;
	o = plan(far, 2, &l);
	assert_int_equal(o.n, 2);
	l.block_reads = false;
	o = plan(near, 2, &l);
	assert_int_equal(o.n, 2);
	assert_int_equal(o.b[0].slack, 0);
}

static void test_ranges(void **state)
{
	static const struct modbus_range ranges[] = {
		{0, 99, HOLDING}, {100, 103, HOLDING}, {0, 9, MODBUS_READ_INPUT}};
	struct modbus_limits l = free_limits;
	struct modbus_span s[] = {{S, 98, 99, 0, HOLDING}, {S, 100, 100, 1, HOLDING},
		{S, 103, 103, 2, HOLDING}, {S, 104, 104, 3, HOLDING}, {S, 106, 106, 4, HOLDING}};
	struct outcome o;

	l.ranges = ranges;
	l.n_ranges = ARRAY_SIZE(ranges);
	o = plan(s, ARRAY_SIZE(s), &l);
	/* A read never leaves a range, not even into its neighbour; what lies in none is read alone. */
	assert_int_equal(o.n, 4);
	assert_block(&o.b[0], 98, 99, S);
	assert_int_equal(o.b[0].slack, 0);
	assert_block(&o.b[1], 100, 103, S);
	assert_block(&o.b[2], 104, 104, S);
	assert_block(&o.b[3], 106, 106, S);
}

static void test_never_cut(void **state)
{
	struct modbus_limits l = free_limits;
	struct modbus_span s[SPANS_MAX];
	struct outcome o;

	/* 60 values of 2 registers in a row, at most 7 a read: 3 values each, never 3 and a half. */
	for (uint16_t i = 0; i < 60; i++)
		s[i] = (struct modbus_span){
			S, (uint16_t)(2 * i), (uint16_t)(2 * i + 1), i, HOLDING};
	l.max_registers = 7;
	o = plan(s, 60, &l);
	assert_int_equal(o.n, 20);
	for (size_t i = 0; i < o.n; i++)
		assert_int_equal(o.b[i].n_spans, 3);
	l.max_registers = 1;
	o = plan(s, 60, &l);
	assert_int_equal(o.r, -ERANGE);
	assert_int_equal(o.bad, 0);
	/* A chain of overlaps longer than a read is cut between values, which stay whole. */
	for (uint16_t i = 0; i < 20; i++)
		s[i] = (struct modbus_span){S, i, (uint16_t)(i + 1), i, HOLDING};
	l.max_registers = 4;
	o = plan(s, 20, &l);
	assert_int_equal(o.r, 0);
	assert_int_equal(o.n, 7);
	/* The last address there is. */
	s[0] = (struct modbus_span){S, 65535, 65535, 0, HOLDING};
	s[1] = (struct modbus_span){S, 65534, 65534, 1, HOLDING};
	o = plan(s, 2, &free_limits);
	assert_int_equal(o.n, 1);
	assert_block(&o.b[0], 65534, 65535, S);
}

static void test_one_a_request(void **state)
{
	struct modbus_limits l = free_limits;
	struct modbus_span s[] = {{S, 5, 5, 0, HOLDING}, {S, 5, 5, 1, HOLDING},
		{S, 6, 6, 2, HOLDING}, {S, 7, 8, 3, HOLDING}, {S, 8, 8, 4, HOLDING}};
	struct outcome o;

	l.block_reads = false;
	o = plan(s, ARRAY_SIZE(s), &l);
	assert_int_equal(o.n, 3);
	assert_int_equal(o.b[0].n_spans, 2);
	assert_block(&o.b[1], 6, 6, S);
	assert_block(&o.b[2], 7, 8, S);
}

static void test_bits(void **state)
{
	struct modbus_limits l = free_limits;
	struct modbus_span s[200];
	struct outcome o;

	for (uint16_t i = 0; i < 200; i++)
		s[i] = (struct modbus_span){
			S, (uint16_t)(13 + i), (uint16_t)(13 + i), i, MODBUS_READ_DISCRETE};
	o = plan(s, 200, &l);
	assert_int_equal(o.n, 1);
	l.max_bits = 64;
	o = plan(s, 200, &l);
	assert_int_equal(o.n, 4);
}

static void test_periods(void **state)
{
	struct modbus_span s[] = {{10 * S, 10, 10, 0, HOLDING}, {60 * S, 11, 11, 1, HOLDING},
		{10 * S, 12, 12, 2, HOLDING}, {60 * S, 13, 13, 3, HOLDING},
		{60 * S, 14, 15, 4, HOLDING}};
	struct outcome o = plan(s, ARRAY_SIZE(s), &free_limits);

	/* 11 is passed over anyway and rides along; 13 would make the fast read longer. */
	assert_int_equal(o.n, 2);
	assert_block(&o.b[0], 10, 12, 10 * S);
	assert_int_equal(o.b[0].n_spans, 3);
	assert_block(&o.b[1], 13, 15, 60 * S);
	/* 13 is known to be readable: what follows 12 may be read to tell replies apart. */
	assert_int_equal(o.b[0].slack, 2);
}

/* ---- the bench household */

struct sum {
	double us;
	size_t requests;
};

/* Calls FN with the fields of each line of a file of the bench household. */
static void each_line(const char *name, void (*fn)(char **f, void *userdata), void *userdata)
{
	char path[512], line[256];
	const char *dir = getenv("SRCDIR");
	_cleanup_fclose_ FILE *f = NULL;

	(void)snprintf(path, sizeof(path), "%s/tests/bench/home/%s", dir ? dir : ".", name);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char *field[8] = {0}, *save = NULL;
		size_t n = 0;

		if (line[0] == '#')
			continue;
		for (char *p = strtok_r(line, "\t\n", &save); p && n < 8;
			p = strtok_r(NULL, "\t\n", &save))
			field[n++] = p;
		assert_true(n >= 5);
		fn(field, userdata);
	}
}

struct unit_map {
	const char *bus;
	unsigned unit;
	struct modbus_span spans[SPANS_MAX];
	size_t n_spans;
	struct modbus_range ranges[16];
	size_t n_ranges;
	unsigned max_read;
};

static void take_point(char **f, void *userdata)
{
	struct unit_map *m = userdata;
	uint16_t first = (uint16_t)atoi(f[3]), wide = streq(f[4], "u32");

	if (!streq(f[1], m->bus) || (unsigned)atoi(f[2]) != m->unit)
		return;
	m->spans[m->n_spans] = (struct modbus_span){
		10 * S, first, (uint16_t)(first + wide), (uint16_t)m->n_spans, HOLDING};
	m->n_spans++;
}

static void take_range(char **f, void *userdata)
{
	struct unit_map *m = userdata;

	if (!streq(f[0], m->bus) || (unsigned)atoi(f[1]) != m->unit)
		return;
	m->max_read = (unsigned)atoi(f[2]);
	m->ranges[m->n_ranges++] =
		(struct modbus_range){(uint16_t)atoi(f[3]), (uint16_t)atoi(f[4]), HOLDING};
}

enum knowledge { RANGES, RUNS, SINGLE };

static struct sum household(const char *bus, unsigned units, uint64_t char_us, enum knowledge k)
{
	struct sum sum = {0};

	for (unsigned unit = 1; unit <= units; unit++) {
		struct unit_map m = {.bus = bus, .unit = unit};
		struct modbus_limits l = free_limits;
		struct outcome o;

		each_line("map.tsv", take_point, &m);
		each_line("layout.tsv", take_range, &m);
		assert_int_equal(m.n_spans, streq(bus, "rtu") ? 40 : 60);
		l.max_registers = (uint16_t)m.max_read;
		l.char_us = char_us;
		l.block_reads = k != SINGLE;
		l.ranges = m.ranges;
		l.n_ranges = k == RANGES ? m.n_ranges : 0;
		o = plan(m.spans, m.n_spans, &l);
		assert_int_equal(o.r, 0);
		sum.requests += o.n;
		for (size_t i = 0; i < o.n; i++) {
			uint16_t count = (uint16_t)(o.b[i].last - o.b[i].first + 1);

			/* To the tenth of a bit; char_us is rounded up. */
			sum.us += 20000.0 + (20.0 + 2.0 * count) * 10.0 / 9600.0 * 1e6;
		}
	}
	return sum;
}

static void test_household(void **state)
{
	struct sum s = household("rtu", 8, CHAR_9600, RANGES);

	/* The least this map allows. */
	assert_int_equal(s.requests, 57);
	assert_in_range((unsigned)(s.us / 1000), 3395, 3396);
	s = household("rtu", 8, CHAR_9600, RUNS);
	assert_int_equal(s.requests, 72);
	assert_in_range((unsigned)(s.us / 1000), 3772, 3773);
	s = household("rtu", 8, CHAR_9600, SINGLE);
	assert_int_equal(s.requests, 320);
	assert_in_range((unsigned)(s.us / 1000), 13899, 13901);
	s = household("tcp", 2, 0, RANGES);
	assert_int_equal(s.requests, 14);
}

/* Against every way to cut, for small maps: the plan costs what the cheapest costs. */
static uint64_t cheapest(const struct modbus_span *s, size_t n, const struct modbus_limits *l)
{
	uint64_t best = USEC_INFINITY;

	for (unsigned cuts = 0; cuts < 1U << (n - 1); cuts++) {
		uint64_t cost = 0;
		size_t from = 0;

		for (size_t i = 1; i <= n; i++) {
			unsigned count;

			if (i < n && !(cuts >> (i - 1) & 1))
				continue;
			count = s[i - 1].last - s[from].first + 1U;
			if (count > l->max_registers) {
				cost = USEC_INFINITY;
				break;
			}
			cost += modbus_plan_cost_us(l->char_us, HOLDING, (uint16_t)count);
			from = i;
		}
		best = MIN(best, cost);
	}
	return best;
}

static void test_against_all_cuts(void **state)
{
	static const struct modbus_range range = {0, 1000, HOLDING};
	struct modbus_limits l = {40, 2000, true, CHAR_9600, &range, 1};
	unsigned seed = 1;

	for (unsigned round = 0; round < 300; round++) {
		struct modbus_span s[10];
		uint16_t at = 0;
		uint64_t cost = 0;
		struct outcome o;

		for (uint16_t i = 0; i < 10; i++) {
			seed = seed * 1103515245U + 12345U;
			at = (uint16_t)(at + (seed >> 16) % 30);
			s[i] = (struct modbus_span){
				S, at, (uint16_t)(at + (seed >> 24) % 4), i, HOLDING};
			at = (uint16_t)(s[i].last + 1);
		}
		o = plan(s, 10, &l);
		for (size_t i = 0; i < o.n; i++)
			cost += modbus_plan_cost_us(
				CHAR_9600, HOLDING, (uint16_t)(o.b[i].last - o.b[i].first + 1));
		assert_int_equal(cost, cheapest(s, 10, &l));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_never_cut),
		cmocka_unit_test(test_one_a_request),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_periods),
		cmocka_unit_test(test_household),
		cmocka_unit_test(test_against_all_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
