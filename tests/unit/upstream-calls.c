/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream-calls.h"

static struct op ops[256];
static size_t head, tail;

struct op *op_first(void)
{
	return head == tail ? NULL : &ops[head % ARRAY_SIZE(ops)];
}

bool op_take(struct op *ret)
{
	if (head == tail)
		return false;
	*ret = ops[head++ % ARRAY_SIZE(ops)];
	return true;
}

static int post(const struct op *op)
{
	int r = op_refuse(op);

	if (r < 0)
		return r;
	assert_true(tail - head < ARRAY_SIZE(ops));
	ops[tail++ % ARRAY_SIZE(ops)] = *op;
	return 0;
}

static int out_open(void *s, const char *up, journal_out_state_fn fn, void *x)
{
	return post(&(struct op){.kind = OP_OPEN, .fn = (void (*)(void))fn, .userdata = x});
}

static int out_put(void *s, const char *up, struct out_message *m, uint64_t cursor,
	uint64_t max_bytes, journal_done_fn fn, void *x)
{
	struct op op = {.kind = OP_PUT,
		.message = *m,
		.cursor = cursor,
		.max_bytes = max_bytes,
		.fn = (void (*)(void))fn,
		.userdata = x};
	int r;

	m->payload = NULL;
	r = post(&op);
	if (r < 0)
		free(op.message.payload);
	return r;
}

static int out_fetch(void *s, const char *up, const uint64_t *in_flight, size_t n, size_t max,
	uint64_t now_us, uint64_t session_us, journal_out_fetch_fn fn, void *x)
{
	struct op op = {.kind = OP_FETCH,
		.n_seqs = n,
		.max = max,
		.now_us = now_us,
		.session_us = session_us,
		.fn = (void (*)(void))fn,
		.userdata = x};

	assert_true(n <= ARRAY_SIZE(op.seqs) && max > 0 && max <= UPSTREAM_WINDOW_MAX);
	memcpy(op.seqs, in_flight, n * sizeof(*in_flight));
	return post(&op);
}

static int out_acked(
	void *s, const char *up, uint64_t seq, uint64_t await_us, journal_done_fn fn, void *x)
{
	return post(&(struct op){.kind = OP_ACKED,
		.seq = seq,
		.now_us = await_us,
		.fn = (void (*)(void))fn,
		.userdata = x});
}

static int out_receipt(
	void *s, const char *up, const uint64_t *seqs, size_t n, journal_done_fn fn, void *x)
{
	struct op op = {.kind = OP_RECEIPT, .n_seqs = n, .fn = (void (*)(void))fn, .userdata = x};

	assert_true(n <= ARRAY_SIZE(op.seqs));
	memcpy(op.seqs, seqs, n * sizeof(*seqs));
	return post(&op);
}

static int out_drop(void *s, const char *up, uint64_t seq, journal_done_fn fn, void *x)
{
	return post(
		&(struct op){.kind = OP_DROP, .seq = seq, .fn = (void (*)(void))fn, .userdata = x});
}

static int out_lost(void *s, const char *up, journal_lost_fn fn, void *x)
{
	return post(&(struct op){.kind = OP_LOST, .fn = (void (*)(void))fn, .userdata = x});
}

void upstream_env_calls(struct upstream_env *env)
{
	env->out_open = out_open;
	env->out_put = out_put;
	env->out_fetch = out_fetch;
	env->out_acked = out_acked;
	env->out_receipt = out_receipt;
	env->out_drop = out_drop;
	env->out_lost = out_lost;
}
