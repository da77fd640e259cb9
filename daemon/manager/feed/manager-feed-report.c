/* SPDX-License-Identifier: Apache-2.0 */
/* Reports: what the journal has that this upstream was not told yet. */
#include "daemon/report/deflate.h"
#include "daemon/base/log.h"
#include "manager-feed-internal.h"

#define REPORT_ROWS 32          /* history rows a report is composed from */
#define PAYLOAD_MAX (16 * 1024) /* of a report as it leaves: Paho is weak above it */

/* What was read from the history and is not told yet; one message after another is made of it. */
struct report_job {
	struct feed *feed;
	struct report_block v[REPORT_ROWS];
	struct decoded_block decoded[REPORT_ROWS];
	uint64_t rows[REPORT_ROWS]; /* row of v[i] */
	size_t n, first;            /* blocks, the first one not told whole */
	struct report_text text;    /* of the last composition; .json is gone */
	uint64_t last_row;          /* of the read, skipped ones included */
};

static struct report_job *report_job_free(struct report_job *j)
{
	if (!j)
		return NULL;
	for (size_t i = 0; i < j->n; i++)
		decoded_block_done(&j->decoded[i]);
	free(j);
	return NULL;
}

static uint64_t report_cursor(const struct report_job *j)
{
	size_t told = j->first + j->text.blocks_done;

	if (told == j->n)
		return j->last_row;
	return told > 0 ? j->rows[told - 1] : 0;
}

/* One message from as many blocks as fit; the cursor moves to the last one told whole. */
static int compose_report(
	struct upstream *u, const struct compose_in *in, void *userdata, struct compose_out *ret)
{
	struct report_job *j = userdata;
	struct feed *f = j->feed;
	struct boot_offset boot;
	struct message_head head = feed_head(f, in, &boot);
	struct report_limits limits = {.max_raw = REPORT_RAW_MAX, .lossless = f->conf->lossless};
	int r;

	if (f->retell)
		report_state_reset(f->told); /* values in what did not come are told again */
	for (;; limits.max_raw /= 2) {
		report_state_rollback(f->told);
		r = report_compose(
			f->told, &head, j->v + j->first, j->n - j->first, &limits, &j->text);
		if (r < 0)
			return r;
		if (!j->text.json)
			return -ENODATA;
		r = feed_pack(f, TAKE_PTR(j->text.json), j->text.n, true, ret);
		if (r < 0)
			return r;
		if (ret->n <= PAYLOAD_MAX || limits.max_raw <= PAYLOAD_MAX)
			break;
		free(TAKE_PTR(ret->payload));
	}
	ret->cursor = MAX(in->cursor, report_cursor(j));
	return 0;
}

static void report_done(struct upstream *u, int error, uint64_t seq, void *userdata);

static void submit_report(struct feed *f, struct report_job *j)
{
	f->report_job = true;
	if (upstream_compose(f->up, OUT_REPORT, "report", compose_report, report_done, j) < 0) {
		f->report_job = false;
		report_job_free(j); /* read and tried again after the next flush */
	} else
		f->pending++;
}

static void report_done(struct upstream *u, int error, uint64_t seq, void *userdata)
{
	struct report_job *j = userdata;
	struct feed *f = j->feed;
	size_t told = j->first + j->text.blocks_done;

	/* After a reload the next feed reads on from the cursor as stored. */
	if (!feed_answered(f) || error == -ECANCELED) {
		report_job_free(j);
		return;
	}
	f->report_job = false;
	f->retell = f->retell && error < 0;
	if (error == 0 && told < j->n) {
		report_state_commit(f->told);
		j->v[told].skip = (told == j->first ? j->v[told].skip : 0) + j->text.samples_done;
		j->first = told;
		submit_report(f, j);
		return;
	}
	if (error == 0 || error == -ENODATA)
		report_state_commit(
			f->told); /* nothing new: the cursor follows with the next message */
	else {
		report_state_rollback(f->told);
		log_error("upstream %s: a report could not be made: %s", f->conf->id,
			strerror(-error));
	}
	f->read_after = MAX(f->read_after, j->last_row);
	report_job_free(j);
	feed_read_history(f);
}

static int take_block(struct feed *f, struct report_job *j, const struct journal_block *b)
{
	struct unit *u = manager_unit(f->manager, b->appliance);
	_cleanup_free_ void *plain = NULL;
	size_t n;
	int r;

	if (!u || !feed_may_row(f, u, PLANE_REPORT, b->row))
		return 0;
	r = inflate_bytes(b->blob, b->n, NULL, 0, INFLATE_MAX, &plain, &n);
	if (r >= 0)
		r = block_decode(plain, n, b->t0_us, &j->decoded[j->n]);
	if (r < 0)
		return r;
	j->v[j->n] = (struct report_block){
		.appliance = feed_alias(f, u),
		.t0 = {.boot_id = feed_name(f, b->boot_id),
			.t_us = b->t0_us,
			.wall_us = b->wall_us},
		.t1_us = b->t1_us,
		.block = &j->decoded[j->n],
	};
	/* Of this boot: the clock may have been set since. */
	if (b->boot_id == f->manager->boot_id)
		j->v[j->n].t0 = feed_stamp_at(f, LEVEL_FULL, b->t0_us, b->wall_us);
	j->rows[j->n++] = b->row;
	return 0;
}

static void on_history(
	int error, const struct journal_block *v, size_t n, uint64_t last_row, void *userdata)
{
	struct feed *f = userdata;
	struct report_job *j;

	if (!feed_answered(f))
		return;
	f->reading = false;
	if (error < 0 || last_row <= f->read_after || f->aliases_missing > 0)
		return;
	j = calloc(1, sizeof(*j));
	if (!j)
		return;
	j->feed = f;
	j->last_row = last_row;
	for (size_t i = 0; i < n && j->n < REPORT_ROWS; i++)
		if (take_block(f, j, &v[i]) < 0)
			log_warning("history row %llu cannot be read, it is skipped",
				(unsigned long long)v[i].row);
	if (j->n == 0) {
		f->read_after = last_row;
		report_job_free(j);
		feed_read_history(f);
		return;
	}
	submit_report(f, j);
}

void feed_read_history(struct feed *f)
{
	if (f->reading || f->report_job || !feed_is_complete(f) || !feed_may(f, PLANE_REPORT))
		return;
	f->read_after = MAX(f->read_after, upstream_cursor(f->up));
	if (journal_read_blocks(f->manager->journal, f->read_after, REPORT_ROWS, on_history, f) < 0)
		return;
	f->reading = true;
	f->pending++;
}

void manager_feeds_history(struct manager *m)
{
	for (size_t i = 0; i < m->n_feeds; i++) {
		feed_read_history(m->feeds[i]);
		feed_read_summary(m->feeds[i]);
	}
}
