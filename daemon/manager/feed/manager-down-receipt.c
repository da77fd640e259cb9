/* SPDX-License-Identifier: Apache-2.0 */
/* receipt: the receiver's own word that it has messages (Receipts=yes). What is wrong with one is counted
 * and not answered: whoever counts on it hears the message again. */
#include "manager-down.h"
#include "daemon/upstream/receipt.h"

static bool wanted(const struct feed *f)
{
	return f->conf->receipts;
}

static void on_message(struct feed *f, const struct down_message *d)
{
	struct receipt r;

	if (receipt_parse(d->raw->payload, d->raw->n, &r) == 0)
		upstream_receipt(f->up, r.epoch, r.seqs, r.n);
	else
		upstream_receipt(f->up, "", &(uint64_t){0}, 1); /* counted as refused */
}

const struct down_handler down_receipt = {
	.filter = "receipt",
	.max = RECEIPT_BYTES_MAX,
	.burst = 128,
	.period_us = 50 * USEC_PER_MSEC,
	.wanted = wanted,
	.message = on_message,
};
