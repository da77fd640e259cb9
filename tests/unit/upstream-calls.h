/* SPDX-License-Identifier: Apache-2.0 */
/* What an upstream asks of the journal, as a queue: nothing is done before the test takes it out, and the test
 * does it. */
#ifndef TESTS_UPSTREAM_CALLS_H
#define TESTS_UPSTREAM_CALLS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/upstream/upstream.h"

enum op_kind { OP_OPEN, OP_PUT, OP_FETCH, OP_ACKED, OP_RECEIPT, OP_DROP, OP_LOST };

struct op {
	enum op_kind kind;
	struct out_message message; /* OP_PUT: its payload belongs to whoever takes it */
	uint64_t seq, seqs[OUT_RECEIPT_MAX], cursor, max_bytes;
	uint64_t now_us, session_us; /* OP_FETCH; OP_ACKED: now_us is its await_us */
	size_t n_seqs, max;
	void (*fn)(void); /* the callback, of the type that goes with KIND */
	void *userdata;
};

/* The test's own: below zero, and the upstream is told so at once. */
int op_refuse(const struct op *op);

struct op *op_first(void); /* NULL: there is none; it stays */
bool op_take(struct op *ret);

void upstream_env_calls(struct upstream_env *env); /* sets .out_* */

#endif
