/* SPDX-License-Identifier: Apache-2.0 */
/* A block is asked for: shapes that differ, a whole request, or parts of it while something is learned. */
#include "modbus.h"

#include "daemon/base/clock.h"

/* Exceptions 2 or 3 in a row after which a block is searched: before the core gives it up at 3. */
#define LEARN_AFTER 2
/* A test that got no answer at all. */
#define TEST_AGAIN_US USEC_PER_MIN
/* Others come back so long after the one that waits for a shape, and wait so long for it to come. */
#define WAIT_STEP_US (20 * USEC_PER_MSEC)
#define WAIT_MAX_US  (2 * USEC_PER_SEC)

static int again(struct poll_result *ret, uint64_t at_us)
{
	ret->retry_at_us = at_us;
	return -EAGAIN;
}

static bool shape_busy(
	const struct transport *t, const struct modbus_request *rq, uint64_t *ret_until_us)
{
	return transport_modbus_shape_busy(t, rq->unit, rq->function, rq->address, rq->count,
		clock_boottime_us(), ret_until_us);
}

/* Another block waits for this shape; one that no longer comes for it is not waited for. */
static bool shape_wanted(const struct modbus_state *s, unsigned block,
	const struct modbus_request *rq, uint64_t *ret_until_us)
{
	const struct modbus_wait *w = &s->wait;

	*ret_until_us = w->until_us + WAIT_STEP_US;
	return w->times > 1 && w->block != block && w->unit == rq->unit &&
	       w->function == rq->function && w->count == rq->count &&
	       clock_boottime_us() < w->until_us + WAIT_MAX_US;
}

/* BLOCK has to wait for RQ's shape; from the second time on it is kept for it. */
static void wait_for_shape(
	struct modbus_state *s, unsigned block, const struct modbus_request *rq, uint64_t until_us)
{
	struct modbus_wait *w = &s->wait;

	if (w->times > 0 && w->block == block)
		w->times = MIN(w->times + 1, 2);
	else if (w->times == 0 || clock_boottime_us() >= w->until_us + WAIT_MAX_US)
		w->times = 1;
	else
		return;
	w->block = block;
	w->unit = rq->unit;
	w->function = rq->function;
	w->count = rq->count;
	w->until_us = until_us;
}

static void wait_is_over(struct modbus_state *s, unsigned block)
{
	if (s->wait.block == block)
		s->wait.times = 0;
}

static int request(struct modbus_state *s, struct transport *t, const struct modbus_request *rq,
	uint64_t deadline_us, uint8_t reply[MODBUS_PDU_MAX], struct poll_result *ret)
{
	uint8_t pdu[MODBUS_READ_PDU];

	modbus_request_pdu(rq, pdu);
	return transport_modbus(t, rq->unit, pdu, sizeof(pdu), s->gap_us, s->late_us, deadline_us,
		reply, &ret->exception);
}

static bool is_refusal(int r, const struct poll_result *ret)
{
	return r == -EREMOTEIO && (ret->exception == 2 || ret->exception == 3);
}

/* Another shape for the line to see between two requests that look alike: the beginning of the same
 * registers, else another block. What it brings is thrown away. -EAGAIN when the way is free now;
 * 0 when there is no such shape. */
static int separate(struct modbus_state *s, struct transport *t, const struct modbus_request *like,
	uint64_t deadline_us, struct poll_result *ret)
{
	struct modbus_request rq = *like;
	uint8_t reply[MODBUS_PDU_MAX];
	uint64_t until;
	bool found = false;
	int r;

	while (!found && rq.count > 1) {
		rq.count--;
		found = !shape_busy(t, &rq, &until);
	}
	for (size_t i = 0; !found && i < s->n_blocks; i++) {
		const struct modbus_block *b = &s->blocks[i];

		rq = (struct modbus_request){.unit = b->unit,
			.function = b->function,
			.address = b->first,
			.count = (uint16_t)(b->last - b->first + 1)};
		found = b->mode == MODE_WHOLE && rq.unit == like->unit &&
			(rq.function != like->function || rq.count != like->count) &&
			!shape_busy(t, &rq, &until);
	}
	if (!found)
		return 0;
	r = request(s, t, &rq, deadline_us, reply, ret);
	if (r >= 0 || r == -EREMOTEIO || r == -EAGAIN)
		return again(ret, clock_boottime_us());
	return r;
}

/* One read of parts FROM…TO - 1, up to *SLACK longer where its shape needs it, and how much that was.
 * 0 with the raw, or as poll(). */
static int ask(struct modbus_state *s, struct transport *t, const struct modbus_block *b,
	unsigned from, unsigned to, unsigned *slack, uint64_t deadline_us, struct poll_result *ret)
{
	struct modbus_request rq = {
		.unit = b->unit, .function = b->function, .address = b->parts[from].first};
	uint16_t count = (uint16_t)(b->parts[to - 1].last - rq.address + 1);
	uint64_t until = 0, earliest = USEC_INFINITY;
	unsigned block = (unsigned)(b - s->blocks);
	uint8_t reply[MODBUS_PDU_MAX];
	struct raw *raw;
	int r;

	for (rq.count = count; rq.count <= count + *slack; rq.count++) {
		if (!shape_wanted(s, block, &rq, &until) && !shape_busy(t, &rq, &until))
			break;
		earliest = MIN(earliest, until);
	}
	if (rq.count > count + *slack) {
		rq.count = count;
		if (earliest != USEC_INFINITY) {
			wait_for_shape(s, block, &rq, earliest);
			return again(ret, earliest);
		}
		r = separate(s, t, &rq, deadline_us, ret);
		if (r < 0)
			return r;
	}
	*slack = rq.count - count;
	wait_is_over(s, block);
	r = request(s, t, &rq, deadline_us, reply, ret);
	if (r == -EAGAIN)
		return again(ret, clock_boottime_us() + s->gap_us);
	if (r < 0)
		return r;
	raw = &ret->raws[ret->n_raws++];
	raw->block = (uint16_t)(b - s->blocks);
	raw->t_us = clock_boottime_us();
	modbus_raw_put(raw,
		&(struct modbus_raw){
			.function = rq.function, .address = rq.address, .count = rq.count},
		reply + 2, (size_t)r - 2);
	return 0;
}

/* Refused parts from b->next on: told without asking, as many as there is room for. */
static void tell_refused(
	const struct modbus_state *s, struct modbus_block *b, struct poll_result *ret)
{
	while (b->next < b->n_parts && b->parts[b->next].refused > 0 && ret->n_raws < RAWS_MAX) {
		const struct modbus_part *p = &b->parts[b->next++];
		struct raw *raw = &ret->raws[ret->n_raws++];

		raw->block = (uint16_t)(b - s->blocks);
		raw->t_us = clock_boottime_us();
		modbus_raw_put(raw,
			&(struct modbus_raw){.function = b->function,
				.address = p->first,
				.count = (uint16_t)(p->last - p->first + 1),
				.exception = 2,
				.for_good = p->refused >= MODBUS_REFUSED_FOR_GOOD},
			NULL, 0);
	}
	ret->more = b->next < b->n_parts;
	if (!ret->more)
		b->next = 0;
}

static int poll_whole(struct modbus_state *s, struct transport *t, struct modbus_block *b,
	uint64_t deadline_us, struct poll_result *ret)
{
	unsigned slack = b->slack;
	int r = 0;

	if (b->next == 0) {
		r = ask(s, t, b, 0, b->n_asked, &slack, deadline_us, ret);
		if (is_refusal(r, ret) && slack > 0) {
			b->slack = 0; /* it was not for the block */
			return again(ret, clock_boottime_us());
		}
		if (is_refusal(r, ret)) {
			if (b->exceptions < UINT8_MAX)
				b->exceptions++;
			if (b->n_asked > 1 && b->exceptions >= LEARN_AFTER &&
				clock_boottime_us() >= b->learn_after_us)
				modbus_learn_begin(b);
		}
		if (r < 0)
			return r;
		b->exceptions = b->futile = 0;
		b->next = b->n_asked;
	}
	tell_refused(s, b, ret);
	return 0;
}

static int poll_learn(struct modbus_state *s, struct transport *t, struct modbus_block *b,
	uint64_t deadline_us, struct poll_result *ret)
{
	enum modbus_learned learned;
	unsigned from, to, slack = 0;
	int r;

	modbus_learn_range(b, &from, &to);
	r = ask(s, t, b, from, to, &slack, deadline_us, ret);
	if (r < 0 && !is_refusal(r, ret))
		return r;
	learned = modbus_learn_result(s, b, r == 0, clock_boottime_us());
	ret->more = learned == LEARN_GOES_ON;
	ret->learned = learned == LEARN_DONE;
	return learned == LEARN_FUTILE ? r : 0;
}

/* Between what was learned and the plan that makes use of it, or without one. */
static int poll_runs(struct modbus_state *s, struct transport *t, struct modbus_block *b,
	uint64_t deadline_us, struct poll_result *ret)
{
	unsigned from, to, slack = 0;
	int r;

	tell_refused(s, b, ret);
	if (!ret->more || ret->n_raws == RAWS_MAX)
		return 0;
	from = b->next;
	to = from + 1;
	while (to < b->n_asked && b->parts[to].cut == CUT_NONE && b->parts[to].refused == 0)
		to++;
	ret->more = false;
	r = ask(s, t, b, from, to, &slack, deadline_us, ret);
	if (is_refusal(r, ret)) {
		/* It is no longer as it was. */
		modbus_learn_begin(b);
		return r;
	}
	if (r < 0)
		return ret->n_raws > 0 && r == -EAGAIN ? 0 : r;
	b->next = (uint16_t)to;
	tell_refused(s, b, ret);
	return 0;
}

/* Asks whether a hole is one still. 1 when that took the line, 0 when there was nothing to do. */
static int test(
	struct modbus_state *s, struct transport *t, uint64_t deadline_us, struct poll_result *ret)
{
	uint64_t now = clock_boottime_us(), until;
	uint8_t reply[MODBUS_PDU_MAX];
	struct modbus_request rq;
	struct modbus_hole *m = modbus_test_due(s, now, &rq);
	bool accepted = false;
	int r = 0;

	if (!m || (rq.count > 0 && shape_wanted(s, MODBUS_TEST_BLOCK, &rq, &until)))
		return 0;
	if (rq.count > 0 && shape_busy(t, &rq, &until)) {
		if (until != USEC_INFINITY)
			wait_for_shape(s, MODBUS_TEST_BLOCK, &rq, until);
		return 0;
	}
	if (rq.count > 0) {
		wait_is_over(s, MODBUS_TEST_BLOCK);
		r = request(s, t, &rq, deadline_us, reply, ret);
		accepted = r >= 0;
	}
	if (r == -EAGAIN)
		return 0;
	if (r < 0 && !is_refusal(r, ret)) {
		m->test_us = now + TEST_AGAIN_US;
		return r;
	}
	ret->learned = modbus_test_result(s, m, accepted || rq.count == 0, clock_boottime_us());
	return rq.count > 0;
}

int modbus_poll(void *state, struct transport *t, unsigned block, uint64_t deadline_us,
	struct poll_result *ret)
{
	struct modbus_state *s = state;
	struct modbus_block *b = &s->blocks[block];
	int r;

	ret->n_raws = 0;
	ret->more = ret->learned = false;
	if (b->next == 0 && b->mode != MODE_LEARN) {
		r = test(s, t, deadline_us, ret);
		if (r > 0)
			ret->more = true; /* the block itself at once */
		if (r != 0)
			return MIN(r, 0);
	}
	switch ((enum modbus_mode)b->mode) {
	case MODE_WHOLE:
		return poll_whole(s, t, b, deadline_us, ret);
	case MODE_LEARN:
		return poll_learn(s, t, b, deadline_us, ret);
	case MODE_RUNS:
		break;
	}
	return poll_runs(s, t, b, deadline_us, ret);
}
