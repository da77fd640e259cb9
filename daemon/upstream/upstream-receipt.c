/* SPDX-License-Identifier: Apache-2.0 */
/* The receiver's own word (Receipts=yes): events and repair packets stay in the outbox until it has come,
 * because a broker may acknowledge and then lose its memory. When they go out again is the store's matter
 * (journal_out_fetch()); here it is asked now and then, and told what the receiver has. */
#include "upstream-internal.h"

bool receipt_wanted(const struct upstream *u, enum out_class class)
{
	return u->config->receipts && class != OUT_REPORT;
}

/* At the relay, not acknowledged: its PUBACK ends it then. */
static bool note_in_flight(struct upstream *u, uint64_t seq)
{
	for (size_t i = 0; i < SLOTS_MAX; i++)
		if (u->slots[i].kind == SLOT_SENT && u->slots[i].id == seq) {
			u->slots[i].heard = true;
			return true;
		}
	return false;
}

void upstream_receipt(struct upstream *u, const char *epoch, const uint64_t *seqs, size_t n)
{
	if (!u->ready || !u->config->receipts || !streq(epoch, u->out.epoch)) {
		u->bad_receipts += n;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		bool known = false;

		for (size_t k = 0; k < u->n_heard; k++)
			known |= u->heard[k] == seqs[i];
		if (seqs[i] == 0 || seqs[i] > u->out.last_seq ||
			(!known && u->n_heard == OUT_RECEIPT_MAX)) {
			u->bad_receipts++;
			continue;
		}
		u->receipts++;
		/* What is in flight may wait in the store too, from an earlier copy. */
		(void)note_in_flight(u, seqs[i]);
		if (!known)
			u->heard[u->n_heard++] = seqs[i];
	}
	upstream_run(u);
}

static void on_heard(int error, void *userdata)
{
	struct upstream *u = userdata;

	if (!u->dead) {
		if (error == 0) {
			upstream_store_worked(u);
			u->n_heard -= u->n_posted;
			memmove(u->heard, u->heard + u->n_posted, u->n_heard * sizeof(u->heard[0]));
			u->forget_receipts = false;
			compose_open(u); /* what is waiting now? */
		} else {
			u->heard_after_us = upstream_store_failed(u, error);
		}
		u->n_posted = 0;
		u->posting = false;
		upstream_run(u);
	}
	upstream_unref(u);
}

void receipt_run(struct upstream *u, uint64_t now)
{
	int r;

	if (!u->ready)
		return;
	u->forget_receipts = !u->config->receipts && u->out.unreceipted > 0 && u->n_heard == 0;
	if (!u->posting && (u->n_heard > 0 || u->forget_receipts) && u->heard_after_us <= now) {
		u->posting = true;
		u->n_posted = u->n_heard;
		upstream_ref(u);
		r = u->env.out_receipt(
			u->env.store, u->config->id, u->heard, u->n_posted, on_heard, u);
		if (r < 0) {
			u->refs--;
			u->posting = false;
			u->n_posted = 0;
			u->heard_after_us = upstream_store_failed(u, r);
		}
	}
	if (u->out.unreceipted > 0 && now >= u->due_check_us) {
		u->due_check_us = now + RECEIPT_CHECK_US;
		u->more_generation++;
	}
}

uint64_t receipt_next_us(const struct upstream *u)
{
	uint64_t at = USEC_INFINITY;

	if (u->ready && !u->posting && (u->n_heard > 0 || u->forget_receipts))
		at = u->heard_after_us;
	if (u->ready && u->out.unreceipted > 0)
		at = MIN(at, u->due_check_us);
	return at;
}
