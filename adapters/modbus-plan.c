/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus-plan.h"

#define TURNAROUND_US     (20 * USEC_PER_MSEC)
#define TCP_ROUND_TRIP_US (5 * USEC_PER_MSEC)
/* 8 bytes of request, 5 around the reply's data. */
#define FRAME_CHARS (8U + 5U)
/* The least silence between frames above 19200 baud, where 3.5 characters would be less. */
#define SILENCE_US 1750ULL
#define SLACK_MAX  2 /* counts n, n + 1, n + 2 tell neighbouring replies apart */

uint64_t modbus_plan_cost(const struct modbus_limits *l, uint8_t function, uint16_t count)
{
	size_t bytes = modbus_reply_bytes(function, count);
	uint64_t silence = MAX(l->char_us * 7 / 2, SILENCE_US), turnaround = l->turnaround_us;

	if (l->char_us == 0)
		return (turnaround > 0 ? turnaround : TCP_ROUND_TRIP_US) + l->quiet_us + bytes;
	if (turnaround == 0)
		turnaround = TURNAROUND_US + silence;
	return MAX(silence, l->quiet_us) + turnaround + (FRAME_CHARS + bytes) * l->char_us;
}

uint64_t modbus_plan_cost_us(uint64_t char_us, uint8_t function, uint16_t count)
{
	return modbus_plan_cost(&(struct modbus_limits){.char_us = char_us}, function, count);
}

static int cmp_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_address(const void *pa, const void *pb)
{
	const struct modbus_span *a = pa, *b = pb;
	int r = cmp_u64(a->unit, b->unit);

	if (r == 0)
		r = cmp_u64(a->function, b->function);

	if (r == 0)
		r = cmp_u64(a->first, b->first);
	if (r == 0)
		r = cmp_u64(b->last, a->last);
	return r ? r : cmp_u64(a->point, b->point);
}

static int by_period(const void *pa, const void *pb)
{
	const struct modbus_span *a = pa, *b = pb;
	int r = cmp_u64(a->unit, b->unit);

	if (r == 0)
		r = cmp_u64(a->function, b->function);

	if (r == 0)
		r = cmp_u64(a->period_us, b->period_us);
	return r ? r : by_address(pa, pb);
}

static unsigned limit_of(const struct modbus_limits *l, uint8_t function)
{
	return function <= MODBUS_READ_DISCRETE ? l->max_bits : l->max_registers;
}

/* A read of FIRST…LAST would be refused. */
static bool barred(const struct modbus_limits *l, uint8_t unit, uint8_t function, uint16_t first,
	uint16_t last)
{
	for (size_t i = 0; i < l->n_barriers; i++) {
		const struct modbus_barrier *b = &l->barriers[i];
		bool hit = false;

		if (b->unit != unit || b->function != function)
			continue;
		switch (b->kind) {
		case BARRIER_BOTH:
			hit = first <= b->first && last >= b->last;
			break;
		case BARRIER_ANY:
			hit = first <= b->last && last >= b->first;
			break;
		case BARRIER_LENGTH:
			hit = last - first >= b->last;
			break;
		}
		if (hit)
			return true;
	}
	return false;
}

/* What is read behind the block to tell replies apart may not touch what may be refused: of a cut only
 * the ends are known. */
static bool reaches_hole(const struct modbus_limits *l, const struct modbus_read *r)
{
	uint16_t last = (uint16_t)(r->last + r->slack);

	for (size_t i = 0; i < l->n_barriers; i++) {
		const struct modbus_barrier *b = &l->barriers[i];

		if (b->kind == BARRIER_BOTH && b->unit == r->unit && b->function == r->function &&
			last > b->first && r->last < b->last)
			return true;
	}
	return barred(l, r->unit, r->function, r->first, last);
}

/* ---- where a read may go: the ranges given, and, for spans in none of them, the runs they form */

struct island {
	struct modbus_range range;
	uint8_t unit;
	bool any_unit;
};

struct islands {
	struct island *v;
	size_t n;
};

/* Ranges hold for every unit, runs for that of their spans. */
static const struct modbus_range *island_find(
	const struct islands *is, uint8_t unit, uint8_t function, uint16_t first, uint16_t last)
{
	for (size_t i = 0; i < is->n; i++) {
		const struct modbus_range *r = &is->v[i].range;

		if ((is->v[i].any_unit || is->v[i].unit == unit) && r->function == function &&
			first >= r->first && last <= r->last)
			return r;
	}
	return NULL;
}

/* SPANS sorted by address. Room: all ranges and one run a span. */
static void islands_fill(struct islands *is, const struct modbus_span *spans, size_t n,
	const struct modbus_limits *limits)
{
	size_t given;

	is->n = 0;
	for (size_t i = 0; i < limits->n_ranges; i++)
		is->v[is->n++] = (struct island){.range = limits->ranges[i], .any_unit = true};
	given = is->n;
	for (size_t i = 0; i < n; i++) {
		struct islands ranges = {is->v, given};
		struct island *island = is->n > given ? &is->v[is->n - 1] : NULL;
		struct modbus_range *run = island ? &island->range : NULL;
		const struct modbus_span *s = &spans[i];

		if (island_find(&ranges, s->unit, s->function, s->first, s->last))
			continue;
		if (run && island->unit == s->unit && run->function == s->function &&
			s->first <= (uint32_t)run->last + 1)
			run->last = MAX(run->last, s->last);
		else
			is->v[is->n++] = (struct island){
				.range = {s->first, s->last, s->function}, .unit = s->unit};
	}
}

/* ---- one unit, one function, one period */

/* Spans that overlap and so are read together: indexes into the class. */
struct atom {
	size_t span, n_spans;
	uint16_t first, last;
	const struct modbus_range *island;
};

static size_t atoms_fill(struct atom *atoms, const struct modbus_span *spans, size_t n,
	const struct islands *is, const struct modbus_limits *l)
{
	unsigned limit = limit_of(l, spans[0].function);
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		const struct modbus_span *s = &spans[i];
		struct atom *a = m > 0 ? &atoms[m - 1] : NULL;
		uint16_t last = a ? MAX(a->last, s->last) : 0;

		/* A chain of overlaps longer than one read is cut between values; what they share
		 * is then read twice. Nor does one reach from one range into the next. */
		if (a && s->first <= a->last && (uint32_t)last - a->first + 1 <= limit &&
			island_find(is, s->unit, s->function, a->first, last) &&
			!barred(l, s->unit, s->function, a->first, last)) {
			a->last = last;
			a->n_spans++;
			a->island = island_find(is, s->unit, s->function, a->first, last);
			continue;
		}
		atoms[m++] = (struct atom){i, 1, s->first, s->last,
			island_find(is, s->unit, s->function, s->first, s->last)};
	}
	return m;
}

struct best {
	uint64_t cost_us;
	size_t requests, from; /* the last block holds atoms from … i - 1 */
};

/* best[i]: the cheapest way to read the first I atoms; of equals the one with fewer requests. */
static void dp_run(const struct atom *atoms, size_t m, uint8_t unit, uint8_t function,
	const struct modbus_limits *l, struct best *best)
{
	unsigned limit = limit_of(l, function);

	best[0] = (struct best){0};
	for (size_t i = 1; i <= m; i++) {
		uint16_t last = atoms[i - 1].last;

		best[i].cost_us = USEC_INFINITY;
		for (size_t j = i; j-- > 0;) {
			const struct atom *a = &atoms[j];
			uint64_t cost;

			last = MAX(last, a->last);
			if (j + 1 < i &&
				(!l->block_reads || (uint32_t)last - a->first + 1 > limit ||
					a->island != atoms[i - 1].island ||
					barred(l, unit, function, a->first, last)))
				break;
			cost = best[j].cost_us +
			       modbus_plan_cost(l, function, (uint16_t)(last - a->first + 1));
			if (cost < best[i].cost_us ||
				(cost == best[i].cost_us &&
					best[j].requests + 1 < best[i].requests))
				best[i] = (struct best){cost, best[j].requests + 1, j};
		}
	}
}

/* ---- shapes: where reads meet without a gap the cut between them costs nothing; it goes where they
 * and the others of their class differ most. */

static size_t alike(const struct modbus_read *v, size_t n)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			sum += v[i].last - v[i].first == v[k].last - v[k].first;
	return sum;
}

/* The first K of the spans of A and B go to A, the rest to B; false when they are not clear of each
 * other or a read would break a limit. */
static bool cut_pair(const struct modbus_span *spans, const struct modbus_limits *l, size_t k,
	struct modbus_read *a, struct modbus_read *b)
{
	size_t n = a->n_spans + b->n_spans, from = a->span;
	uint32_t last = 0, end = b->last;

	for (size_t i = 0; i < k; i++)
		last = MAX(last, spans[from + i].last);
	if (spans[from + k].first != last + 1)
		return false;
	a->n_spans = k;
	a->last = (uint16_t)last;
	b->span = from + k;
	b->n_spans = n - k;
	b->first = spans[b->span].first;
	b->last = (uint16_t)end;
	return last - a->first < limit_of(l, a->function) &&
	       end - b->first < limit_of(l, b->function) &&
	       !barred(l, a->unit, a->function, a->first, a->last) &&
	       !barred(l, b->unit, b->function, b->first, b->last);
}

/* V: the reads of a class by address. */
static void vary(const struct modbus_span *spans, const struct islands *is,
	const struct modbus_limits *l, struct modbus_read *v, size_t n)
{
	size_t best = alike(v, n);

	for (size_t i = 0; best > 0 && i + 1 < n; i++) {
		struct modbus_read a = v[i], b = v[i + 1], best_a = a, best_b = b;

		if (a.last + 1U != b.first || a.span + a.n_spans != b.span ||
			!island_find(is, a.unit, a.function, a.first, b.last))
			continue;
		for (size_t k = 1; k < a.n_spans + b.n_spans; k++) {
			size_t now;

			v[i] = a;
			v[i + 1] = b;
			if (!cut_pair(spans, l, k, &v[i], &v[i + 1]))
				continue;
			now = alike(v, n);
			if (now < best) {
				best = now;
				best_a = v[i];
				best_b = v[i + 1];
			}
		}
		v[i] = best_a;
		v[i + 1] = best_b;
	}
}

struct work {
	struct islands islands;
	struct atom *atoms;
	struct best *best;
	struct modbus_read *room;
};

static void give_slack(
	const struct islands *is, const struct modbus_limits *l, struct modbus_read *b)
{
	const struct modbus_range *island =
		island_find(is, b->unit, b->function, b->first, b->last);
	unsigned room = MIN(limit_of(l, b->function) - (b->last - b->first + 1U),
		island ? (unsigned)(island->last - b->last) : 0);

	b->slack = l->block_reads ? (uint16_t)MIN(room, SLACK_MAX) : 0;
	while (b->slack > 0 && reaches_hole(l, b))
		b->slack--;
}

static int plan_class(struct work *w, struct modbus_span *spans, size_t n, size_t offset,
	const struct modbus_limits *l, struct modbus_read *ret, size_t *ret_n, uint16_t *ret_bad)
{
	uint8_t function = spans[0].function;
	unsigned limit = limit_of(l, function);
	size_t m, n_blocks;

	for (size_t i = 0; i < n; i++) {
		if ((unsigned)(spans[i].last - spans[i].first) + 1 > limit) {
			*ret_bad = spans[i].point;
			return -ERANGE;
		}
	}
	m = atoms_fill(w->atoms, spans, n, &w->islands, l);
	dp_run(w->atoms, m, spans[0].unit, function, l, w->best);
	n_blocks = w->best[m].requests;
	for (size_t i = m, k = n_blocks; i > 0; i = w->best[i].from) {
		const struct atom *a = &w->atoms[w->best[i].from], *z = &w->atoms[i - 1];
		struct modbus_read *b = &ret[--k];

		*b = (struct modbus_read){.unit = spans[0].unit,
			.function = function,
			.period_us = spans[0].period_us,
			.span = offset + a->span,
			.n_spans = z->span + z->n_spans - a->span,
			.first = a->first};
		for (const struct atom *x = a; x <= z; x++)
			b->last = MAX(b->last, x->last);
	}
	if (l->block_reads && function >= MODBUS_READ_HOLDING)
		vary(spans - offset, &w->islands, l, ret, n_blocks);
	for (size_t k = 0; k < n_blocks; k++)
		give_slack(&w->islands, l, &ret[k]);
	*ret_n = n_blocks;
	return 0;
}

/* Gives spans [at, n) of the unit and function that lie inside one of BLOCKS its period, so that the next sort puts
 * them beside it. True when there was one. */
static bool ride_along(struct modbus_span *spans, size_t at, size_t n,
	const struct modbus_read *blocks, size_t n_blocks)
{
	bool any = false;

	for (size_t i = at;
		i < n && spans[i].unit == blocks[0].unit && spans[i].function == blocks[0].function;
		i++) {
		for (size_t k = 0; k < n_blocks; k++) {
			if (spans[i].first < blocks[k].first || spans[i].last > blocks[k].last)
				continue;
			spans[i].period_us = blocks[k].period_us;
			any = true;
			break;
		}
	}
	return any;
}

/* ---- in which order: neighbours should not look alike */

uint32_t modbus_plan_shape(uint8_t unit, uint8_t function, uint16_t count)
{
	return (uint32_t)unit << 24 | (uint32_t)function << 16 |
	       (uint32_t)modbus_reply_bytes(function, count);
}

static uint32_t shape_of(const struct modbus_read *r)
{
	return modbus_plan_shape(r->unit, r->function, (uint16_t)(r->last - r->first + 1));
}

static size_t count_shape(const struct modbus_read *v, size_t n, uint32_t shape)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		k += shape_of(&v[i]) == shape;
	return k;
}

static size_t neighbours_alike(const struct modbus_read *v, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; n > 1 && i < n; i++)
		k += shape_of(&v[i]) == shape_of(&v[(i + 1) % n]);
	return k;
}

/* Of the reads left, one of the most frequent shape that is not LAST; of equals the first. A ring may
 * not end as it began: what looks like FIRST goes early. */
static size_t choose_next(const struct modbus_read *left, size_t n, uint32_t last, uint32_t first)
{
	size_t best = 0, best_score = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t shape = shape_of(&left[i]);
		size_t score = 2 * count_shape(left, n, shape) + (shape == first);

		if (shape != last && score > best_score) {
			best = i;
			best_score = score;
		}
	}
	return best;
}

static void order_greedily(struct modbus_read *v, size_t n)
{
	uint32_t last = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = i + choose_next(v + i, n - i, last, i > 0 ? shape_of(&v[0]) : 0);
		struct modbus_read next = v[k];

		memmove(&v[i + 1], &v[i], (k - i) * sizeof(*v));
		v[i] = next;
		last = shape_of(&next);
	}
}

static size_t first_of_shape(const struct modbus_read *v, size_t n, uint32_t shape)
{
	for (size_t i = 0; i < n; i++)
		if (shape_of(&v[i]) == shape)
			return i;
	return n;
}

/* The reads of a shape evenly over the ring, the most frequent shape first. TO has room for N, all of
 * .function 0. */
static void order_evenly(const struct modbus_read *v, size_t n, struct modbus_read *to)
{
	size_t offset = 0;

	for (size_t m = n; m > 0; m--)
		for (size_t i = 0; i < n; i++) {
			size_t k = i;

			if (count_shape(v, n, shape_of(&v[i])) != m ||
				first_of_shape(v, n, shape_of(&v[i])) != i)
				continue;
			for (size_t j = 0; j < m; j++, k++) {
				size_t at = (offset + j * n / m) % n;

				while (shape_of(&v[k]) != shape_of(&v[i]))
					k++;
				while (to[at].function != 0)
					at = (at + 1) % n;
				to[at] = v[k];
			}
			offset++;
		}
}

/* One that has to wait for its shape comes last: what begins should look like nothing else. */
static void begin_uniquely(struct modbus_read *v, size_t n, struct modbus_read *room)
{
	size_t k = 0;

	while (k < n && count_shape(v, n, shape_of(&v[k])) > 1)
		k++;
	if (k == 0 || k == n)
		return;
	memcpy(room, v, k * sizeof(*v));
	memmove(v, v + k, (n - k) * sizeof(*v));
	memcpy(v + n - k, room, k * sizeof(*v));
}

/* The reads of one period in a ring without neighbours of one shape, as far as there is one. */
static void order_class(struct modbus_read *v, size_t n, struct modbus_read *room)
{
	memset(room, 0, n * sizeof(*room));
	order_evenly(v, n, room);
	order_greedily(v, n);
	if (neighbours_alike(room, n) <= neighbours_alike(v, n))
		memcpy(v, room, n * sizeof(*v));
	begin_uniquely(v, n, room);
}

static int faster(const void *pa, const void *pb)
{
	const struct modbus_read *a = pa, *b = pb;
	int r = cmp_u64(a->period_us, b->period_us);

	if (r == 0)
		r = cmp_u64(a->function, b->function);
	return r ? r : cmp_u64(a->first, b->first);
}

static void order(struct modbus_read *v, size_t n, struct modbus_read *room)
{
	qsort(v, n, sizeof(*v), faster);
	for (size_t from = 0, to; from < n; from = to) {
		for (to = from + 1; to < n && v[to].period_us == v[from].period_us; to++)
			;
		order_class(v + from, to - from, room);
	}
}

int modbus_plan(struct modbus_span *spans, size_t n, const struct modbus_limits *limits,
	struct modbus_read *ret, size_t *ret_n, uint16_t *ret_bad)
{
	struct work w = {0};
	size_t done = 0, n_blocks = 0;
	int r = 0;

	*ret_n = 0;
	if (n == 0)
		return 0;
	w.islands.v = calloc(n + limits->n_ranges, sizeof(*w.islands.v));
	w.atoms = calloc(n, sizeof(*w.atoms));
	w.best = calloc(n + 1, sizeof(*w.best));
	w.room = calloc(n, sizeof(*w.room));
	if (!w.islands.v || !w.atoms || !w.best || !w.room) {
		r = -ENOMEM;
		goto finish;
	}
	qsort(spans, n, sizeof(*spans), by_address);
	islands_fill(&w.islands, spans, n, limits);
	qsort(spans, n, sizeof(*spans), by_period);
	while (done < n) {
		size_t end = done + 1, k;

		while (end < n && spans[end].unit == spans[done].unit &&
			spans[end].function == spans[done].function &&
			spans[end].period_us == spans[done].period_us)
			end++;
		r = plan_class(
			&w, spans + done, end - done, done, limits, ret + n_blocks, &k, ret_bad);
		if (r < 0)
			goto finish;
		/* The riders join this class; no read grows by them, so it is planned the same. */
		if (ride_along(spans, end, n, ret + n_blocks, k)) {
			qsort(spans + done, n - done, sizeof(*spans), by_period);
			continue;
		}
		n_blocks += k;
		done = end;
	}
	order(ret, n_blocks, w.room);
	*ret_n = n_blocks;
finish:
	free(w.islands.v);
	free(w.atoms);
	free(w.best);
	free(w.room);
	return r;
}
