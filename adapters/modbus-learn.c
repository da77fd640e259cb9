/* SPDX-License-Identifier: Apache-2.0 */
/* What is learned from exceptions: which registers a unit has not got, and how long a request may be. */
#include "modbus.h"

#define TEST_FIRST_US (15 * USEC_PER_SEC) /* doubled each time, the first included */
#define TEST_MAX_US   USEC_PER_DAY
/* What an earlier run has learned is tested within the hour; each in its turn. */
#define TEST_KNOWN_US (30 * USEC_PER_MIN)
#define TEST_APART_US (10 * USEC_PER_SEC)
/* An appliance that refuses everything while it starts is not searched for holes all the time: again
 * after this, doubled each time. */
#define FUTILE_FIRST_US USEC_PER_MIN
#define FUTILE_MAX_US   USEC_PER_HOUR

/* ---- the holes known */

static uint64_t pause_after(const struct hole *h)
{
	if (h->kind == HOLE_LIMIT)
		return TEST_MAX_US;
	return MIN(TEST_FIRST_US << MIN(h->tests, 13), TEST_MAX_US);
}

static void hole_add(struct modbus_state *s, enum hole_kind kind, const struct modbus_block *b,
	uint16_t first, uint16_t last, uint64_t now)
{
	struct modbus_hole *m = NULL;

	for (size_t i = 0; i < s->n_holes && !m; i++) {
		struct hole *h = &s->holes[i].h;

		if (h->kind != kind || h->unit != b->unit || h->function != b->function)
			continue;
		if (kind == HOLE_LIMIT || (h->first == first && h->last == last))
			m = &s->holes[i];
	}
	if (!m && s->n_holes == HOLES_MAX)
		return;
	if (!m)
		m = &s->holes[s->n_holes++];
	m->h = (struct hole){(uint8_t)kind, b->unit, b->function, 1, first, last};
	m->test_us = now + pause_after(&m->h);
}

static void hole_remove(struct modbus_state *s, struct modbus_hole *hole)
{
	*hole = s->holes[--s->n_holes];
}

size_t modbus_holes(const void *state, struct hole *ret, size_t max)
{
	const struct modbus_state *s = state;
	size_t n = MIN(s->n_holes, max);

	for (size_t i = 0; i < n; i++)
		ret[i] = s->holes[i].h;
	return n;
}

/* Grows *FIRST…*LAST until it cuts no value at its ends; false when no value is at one of them. */
static bool whole_values(
	const struct modbus_state *s, const struct hole *h, uint32_t *first, uint32_t *last)
{
	uint32_t a = *first, z = *last;
	bool begins = false, ends = false;

	for (size_t i = 0; i < s->profile->n_points; i++) {
		const struct modbus_point *m = &s->points[i];
		uint32_t to = (uint32_t)m->first + m->n - 1;

		if (m->unit != h->unit || m->function != h->function)
			continue;
		if (m->first <= *first && to >= *first) {
			begins = true;
			a = MIN(a, m->first);
		}
		if (m->first <= *last && to >= *last) {
			ends = true;
			z = MAX(z, to);
		}
	}
	*first = a;
	*last = z;
	return begins && ends;
}

static bool hole_fits(const struct modbus_state *s, const struct hole *h)
{
	uint32_t first = h->first, last = h->last;

	if (h->function < MODBUS_READ_COILS || h->function > MODBUS_READ_INPUT ||
		h->first > h->last)
		return false;
	switch ((enum hole_kind)h->kind) {
	case HOLE_LIMIT:
		return h->last > 0;
	case HOLE_REFUSED:
		/* Values as they were then, not parts of others. */
		return whole_values(s, h, &first, &last) && first == h->first && last == h->last;
	case HOLE_CUT:
		return h->first < h->last && whole_values(s, h, &first, &last);
	}
	return false;
}

void modbus_holes_load(struct modbus_state *s, const struct hole *holes, size_t n, uint64_t now)
{
	s->n_holes = 0;
	for (size_t i = 0; i < n && s->n_holes < HOLES_MAX; i++) {
		struct modbus_hole *m = &s->holes[s->n_holes];

		if (!hole_fits(s, &holes[i]))
			continue;
		*m = (struct modbus_hole){.h = holes[i]};
		m->test_us = now + pause_after(&m->h);
		if (m->h.kind != HOLE_LIMIT)
			m->test_us = MIN(m->test_us, now + TEST_KNOWN_US);
		s->n_holes++;
	}
}

/* ---- the search */

void modbus_learn_begin(struct modbus_block *b)
{
	for (unsigned i = 0; i < b->n_asked; i++) {
		b->parts[i].refused = 0;
		b->parts[i].cut = CUT_NONE;
	}
	b->mode = MODE_LEARN;
	b->limit = 0;
	b->next = b->from = b->low = 0;
	b->high = b->n_asked; /* the whole was just refused */
	b->pair = b->heard = false;
	b->verify = VERIFY_NOT;
}

/* The first parts that were accepted together. */
static void accepted_run(const struct modbus_block *b, unsigned *ret_from, unsigned *ret_to)
{
	unsigned from = 0, to;

	while (from + 1 < b->n_asked && b->parts[from].refused > 0)
		from++;
	to = from + 1;
	while (to < b->n_asked && b->parts[to].cut == CUT_NONE && b->parts[to].refused == 0)
		to++;
	*ret_from = from;
	*ret_to = to;
}

void modbus_learn_range(const struct modbus_block *b, unsigned *ret_from, unsigned *ret_to)
{
	unsigned from = b->from, low = b->low;

	if (b->verify == VERIFY_WHOLE) {
		*ret_from = 0;
		*ret_to = b->n_asked;
	} else if (b->verify != VERIFY_NOT) {
		accepted_run(b, ret_from, ret_to);
	} else if (b->pair) {
		*ret_from = from + low - 1;
		*ret_to = from + low + 1;
	} else if (b->high == 0) {
		*ret_from = from;
		*ret_to = b->n_asked;
	} else {
		*ret_from = from;
		*ret_to = from + low + (b->high - low) / 2;
	}
}

/* All that is left is searched from part FROM on. */
static void search_from(struct modbus_block *b, unsigned from)
{
	b->from = (uint16_t)from;
	b->low = b->high = 0;
	b->pair = false;
}

/* The longest beginning is known: LOW parts. What is it with the next one? */
static void narrow(struct modbus_block *b)
{
	unsigned k = b->from + b->low;

	if (b->high == 0 || b->high - b->low > 1)
		return;
	if (b->low == 0) { /* alone */
		b->parts[k].refused = 1;
		b->parts[k].cut = CUT_NONE;
		search_from(b, k + 1);
	} else if (b->low == 1) { /* the two alone were refused just now */
		b->parts[k].cut = CUT_HOLE;
		search_from(b, k);
	} else {
		b->pair = true;
	}
}

static void pair_result(struct modbus_block *b, bool accepted)
{
	unsigned k = b->from + b->low;

	b->parts[k].cut = accepted ? CUT_LIMIT : CUT_HOLE;
	if (accepted) {
		uint16_t most = (uint16_t)(b->parts[k].last - b->parts[b->from].first);

		b->limit = b->limit > 0 ? MIN(b->limit, most) : most;
	}
	search_from(b, k);
}

static void remember(struct modbus_state *s, const struct modbus_block *b, uint64_t now)
{
	if (b->limit > 0)
		hole_add(s, HOLE_LIMIT, b, 0, b->limit, now);
	for (unsigned i = 0; i < b->n_asked; i++) {
		const struct modbus_part *p = &b->parts[i];

		if (p->refused > 0)
			hole_add(s, HOLE_REFUSED, b, p->first, p->last, now);
		else if (p->cut == CUT_HOLE && b->parts[i - 1].refused == 0)
			hole_add(s, HOLE_CUT, b, b->parts[i - 1].last, p->first, now);
	}
}

static bool found_any(const struct modbus_block *b)
{
	for (unsigned i = 0; i < b->n_asked; i++)
		if (b->parts[i].refused > 0 || b->parts[i].cut != CUT_NONE)
			return true;
	return false;
}

static void forget_parts(struct modbus_block *b)
{
	for (unsigned i = 0; i < b->n_asked; i++) {
		b->parts[i].refused = 0;
		b->parts[i].cut = CUT_NONE;
	}
	b->mode = MODE_WHOLE;
	b->next = 0;
}

static enum modbus_learned learn_done(
	struct modbus_state *s, struct modbus_block *b, bool holes, uint64_t now)
{
	b->exceptions = b->futile = 0;
	if (!holes) {
		forget_parts(b);
		return LEARN_NOTHING;
	}
	remember(s, b, now);
	b->mode = MODE_RUNS;
	return LEARN_DONE;
}

/* Everything is refused: nothing was learned, and the next search waits. */
static enum modbus_learned learn_futile(struct modbus_block *b, uint64_t now)
{
	forget_parts(b);
	b->exceptions = 0;
	b->learn_after_us = now + MIN(FUTILE_FIRST_US << MIN(b->futile, 6), FUTILE_MAX_US);
	if (b->futile < UINT8_MAX)
		b->futile++;
	return LEARN_FUTILE;
}

static enum modbus_learned verify_result(
	struct modbus_state *s, struct modbus_block *b, bool accepted, uint64_t now)
{
	switch ((enum modbus_verify)b->verify) {
	case VERIFY_GOOD:
		b->verify = VERIFY_WHOLE;
		return accepted ? LEARN_GOES_ON : learn_futile(b, now);
	case VERIFY_WHOLE:
		b->verify = VERIFY_STILL;
		return accepted ? learn_done(s, b, false, now) : LEARN_GOES_ON;
	case VERIFY_STILL:
	case VERIFY_NOT:
		break;
	}
	return accepted ? learn_done(s, b, true, now) : learn_futile(b, now);
}

enum modbus_learned modbus_learn_result(
	struct modbus_state *s, struct modbus_block *b, bool accepted, uint64_t now)
{
	unsigned from, to;

	if (b->verify != VERIFY_NOT)
		return verify_result(s, b, accepted, now);
	modbus_learn_range(b, &from, &to);
	b->heard = b->heard || accepted;
	if (b->pair)
		pair_result(b, accepted);
	else if (b->high == 0 && accepted)
		search_from(b, b->n_asked);
	else if (accepted)
		b->low = (uint16_t)(to - b->from);
	else
		b->high = (uint16_t)(to - b->from);
	narrow(b);
	if (b->from < b->n_asked)
		return LEARN_GOES_ON;
	if (!b->heard)
		return learn_futile(b, now);
	if (!found_any(b))
		return learn_done(s, b, false, now);
	b->verify = accepted ? VERIFY_WHOLE : VERIFY_GOOD;
	return LEARN_GOES_ON;
}

/* ---- tested again */

struct modbus_hole *modbus_test_due(
	struct modbus_state *s, uint64_t now, struct modbus_request *ret)
{
	struct modbus_hole *m = NULL;
	uint32_t first, last;

	if (now < s->test_after_us)
		return NULL;
	for (size_t i = 0; i < s->n_holes; i++)
		if (s->holes[i].test_us <= now && (!m || s->holes[i].test_us < m->test_us))
			m = &s->holes[i];
	if (!m)
		return NULL;
	first = m->h.first;
	last = m->h.last;
	*ret = (struct modbus_request){.unit = m->h.unit, .function = m->h.function};
	if (m->h.kind == HOLE_LIMIT)
		return m;
	(void)whole_values(s, &m->h, &first, &last);
	ret->address = (uint16_t)first;
	ret->count = (uint16_t)(last - first + 1);
	return m;
}

/* What is read part by part is tried whole again. */
static void forget_cuts(struct modbus_block *b, const struct hole *h)
{
	if (b->mode != MODE_RUNS || b->unit != h->unit || b->function != h->function ||
		(h->kind != HOLE_LIMIT && (b->first > h->last || b->last < h->first)))
		return;
	forget_parts(b);
}

static void tell_tests(struct modbus_block *b, const struct hole *h)
{
	for (unsigned i = 0; i < b->n_parts; i++)
		if (b->unit == h->unit && b->function == h->function && b->parts[i].refused > 0 &&
			b->parts[i].first == h->first)
			b->parts[i].refused = h->tests;
}

bool modbus_test_result(
	struct modbus_state *s, struct modbus_hole *hole, bool accepted, uint64_t now)
{
	/* What went together comes back together. */
	s->test_after_us = accepted ? now : now + TEST_APART_US;
	if (accepted) {
		for (size_t i = 0; i < s->n_blocks; i++)
			forget_cuts(&s->blocks[i], &hole->h);
		hole_remove(s, hole);
		return true;
	}
	if (hole->h.tests < UINT8_MAX)
		hole->h.tests++;
	hole->test_us = now + pause_after(&hole->h);
	for (size_t i = 0; hole->h.kind == HOLE_REFUSED && i < s->n_blocks; i++)
		tell_tests(&s->blocks[i], &hole->h);
	return false;
}
