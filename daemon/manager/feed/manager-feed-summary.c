/* SPDX-License-Identifier: Apache-2.0 */
/* One summary a day, made of the journal's history. The row it was made up to is kept in the small
 * value "summary.UPSTREAM" once the summary is stored; after a restart the day is read again from there,
 * so a day may be told twice after a crash and is never left out. */
#include "daemon/report/deflate.h"
#include "daemon/base/log.h"
#include "manager-feed-internal.h"

#define SUMMARY_ROWS 32

struct summary_job {
	struct feed *feed;
	int64_t day_s;
	unsigned hours;
	size_t first, next; /* appliances told, and after the last composition */
	uint64_t row;       /* of the last block of the day */
};

static void key_of(const struct feed *f, char *dst, size_t size)
{
	(void)snprintf(dst, size, "summary.%s", f->conf->id);
}

/* The whole day has been told: from here on the next one is. */
static void keep_row(struct feed *f, uint64_t row)
{
	char key[64], text[32];
	int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)row);

	key_of(f, key, sizeof(key));
	(void)journal_put_meta(f->manager->journal, key, text, (size_t)n, NULL, NULL);
}

static int compose_summary(
	struct upstream *u, const struct compose_in *in, void *userdata, struct compose_out *ret)
{
	struct summary_job *j = userdata;
	struct feed *f = j->feed;
	struct boot_offset boot;
	struct message_head head = feed_head(f, in, &boot);
	char *json;
	size_t n;
	int r;

	j->next = j->first;
	r = summary_compose(f->summary, &head, j->day_s, j->hours, &j->next, &json, &n);
	return r < 0 ? r : feed_pack(f, json, n, false, ret);
}

static void summary_done(struct upstream *u, int error, uint64_t seq, void *userdata);

static void submit(struct feed *f, struct summary_job *j)
{
	f->summary_job = true;
	if (upstream_compose(f->up, OUT_REPORT, "summary", compose_summary, summary_done, j) < 0) {
		f->summary_job = false; /* the tick tries again */
		free(j);
	} else
		f->pending++;
}

static void summary_done(struct upstream *u, int error, uint64_t seq, void *userdata)
{
	struct summary_job *j = userdata;
	struct feed *f = j->feed;

	if (!feed_answered(f) || error == -ECANCELED) {
		free(j);
		return;
	}
	f->summary_job = false;
	if (error == 0 && j->next < summary_appliances(f->summary)) {
		j->first = j->next;
		submit(f, j);
		return;
	}
	if (error < 0)
		log_error("upstream %s: a summary could not be made: %s", f->conf->id,
			strerror(-error));
	keep_row(f, j->row);
	summary_next_day(f->summary);
	f->summary_day_s = 0;
	free(j);
	feed_read_summary(f);
}

/* The day is over: tell it. */
static void end_day(struct feed *f)
{
	struct summary_job *j = calloc(1, sizeof(*j));

	if (!j)
		return;
	*j = (struct summary_job){
		.feed = f,
		.day_s = f->summary_day_s,
		.hours = (unsigned)((f->summary_end_s - f->summary_day_s + 1800) / 3600),
		.row = f->summary_after,
	};
	submit(f, j);
}

/* False: the row is of a later day than the one that is open. */
static bool take_row(struct feed *f, const struct journal_block *b)
{
	struct unit *u = manager_unit(f->manager, b->appliance);
	struct decoded_block decoded;
	_cleanup_free_ void *plain = NULL;
	int64_t wall_us = b->wall_us, now_us;
	size_t n;

	if (wall_us == 0 && b->boot_id == f->manager->boot_id &&
		clock_is_set(f->manager->config->clock)) {
		now_us = clock_realtime_us();
		wall_us = now_us - (int64_t)(clock_boottime_us() - b->t0_us);
	}
	if (!u || !feed_may_row(f, u, PLANE_SUMMARY, b->row) || wall_us == 0)
		return true; /* what has no date belongs to no day */
	if (f->summary_day_s == 0)
		f->summary_day_s = summary_day(wall_us / (int64_t)USEC_PER_SEC, &f->summary_end_s);
	if (wall_us / (int64_t)USEC_PER_SEC >= f->summary_end_s)
		return false;
	if (inflate_bytes(b->blob, b->n, NULL, 0, INFLATE_MAX, &plain, &n) >= 0 &&
		block_decode(plain, n, b->t0_us, &decoded) >= 0) {
		(void)summary_add(f->summary, feed_alias(f, u), &decoded, b->t0_us, b->t1_us);
		decoded_block_done(&decoded);
	}
	return true;
}

static void on_rows(
	int error, const struct journal_block *v, size_t n, uint64_t last_row, void *userdata)
{
	struct feed *f = userdata;

	if (!feed_answered(f))
		return;
	f->summary_reading = false;
	if (error < 0 || last_row <= f->summary_after || !feed_is_complete(f))
		return;
	for (size_t i = 0; i < n; i++) {
		if (!take_row(f, &v[i])) {
			end_day(f);
			return;
		}
		f->summary_after = v[i].row;
	}
	f->summary_after = last_row;
	feed_read_summary(f);
}

static void on_row(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	struct feed *f = userdata;
	char text[32];
	uint64_t row = 0;

	if (!feed_answered(f))
		return;
	f->summary_reading = false;
	if (error < 0 && error != -ENOENT)
		return;
	(void)snprintf(text, sizeof(text), "%.*s", (int)MIN(n, sizeof(text) - 1),
		error < 0 ? "" : (const char *)blob);
	/* Without one, as far as reports have come: never from before this upstream was there. */
	if (parse_u64(text, 0, INT64_MAX, &row) < 0)
		row = upstream_cursor(f->up);
	f->summary_after = row;
	f->summary = summary_new();
	feed_read_summary(f);
}

void feed_read_summary(struct feed *f)
{
	char key[64];

	if (f->summary_reading || f->summary_job || !feed_is_complete(f) ||
		!feed_may(f, PLANE_SUMMARY))
		return;
	key_of(f, key, sizeof(key));
	if (f->summary)
		f->summary_reading = journal_read_blocks(f->manager->journal, f->summary_after,
					     SUMMARY_ROWS, on_rows, f) >= 0;
	else
		f->summary_reading = journal_get_meta(f->manager->journal, key, on_row, f) >= 0;
	f->pending += f->summary_reading;
}

/* Midnight has passed and everything of the day is in the journal. */
void feed_tick_summary(struct feed *f)
{
	int64_t late_s = (int64_t)(2 * f->manager->flush_us / USEC_PER_SEC) + 60;

	if (!f->summary || f->summary_job || f->summary_reading || f->summary_day_s == 0 ||
		!clock_is_set(f->manager->config->clock) ||
		clock_realtime_us() / (int64_t)USEC_PER_SEC < f->summary_end_s + late_s)
		return;
	end_day(f);
}
