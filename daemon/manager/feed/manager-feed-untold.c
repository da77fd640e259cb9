/* SPDX-License-Identifier: Apache-2.0 */
/* Events that only the journal has: what was found before a crash and not composed, and what came when
 * memory held no more. Read back in order, as many at a time as memory holds. */
#include "manager-feed-internal.h"

/* Of an upstream that this process has not had before, the journal may hold something. */
void feed_find_gap(struct feed *f)
{
	struct manager *m = f->manager;
	struct untold_gap *g = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(m->gaps); i++)
		if (streq(m->gaps[i].upstream, f->conf->id)) {
			f->gap = &m->gaps[i];
			return;
		}
	/* As many as there can be upstreams: one is free, or of an upstream that is gone. */
	for (size_t i = 0; !g && i < ARRAY_SIZE(m->gaps); i++) {
		bool used = false;

		for (size_t k = 0; k < m->config->n_upstreams; k++)
			used |= streq(m->config->upstreams[k].id, m->gaps[i].upstream);
		if (!used)
			g = &m->gaps[i];
	}
	*g = (struct untold_gap){.open = true};
	(void)str_copy(g->upstream, sizeof(g->upstream), f->conf->id);
	f->gap = g;
}

static struct finding_job *restore_job(struct feed *f, const struct journal_untold *u)
{
	struct finding_job *j = calloc(1, sizeof(*j));
	char kind[16];

	if (!j)
		return NULL;
	*j = (struct finding_job){
		.manager = f->manager,
		.change = (enum finding_change)u->change,
		.untold = u->id,
		.boot_id = u->boot_id,
		.at_us = u->at_us,
		.wall_us = u->wall_us,
	};
	(void)str_copy(j->upstream, sizeof(j->upstream), f->conf->id);
	if (u->change > FINDING_CLEARED ||
		finding_unpack(u->blob, u->n, kind, j->subject, &j->finding) < 0)
		return finding_job_free(j);
	j->kind = streq(kind, "appliance") ? SUBJECT_APPLIANCE : SUBJECT_BUS;
	return j;
}

static bool has_jobs(const struct feed *f)
{
	return f->n_waiting > 0 || upstream_jobs(f->up, OUT_URGENT) > 0 ||
	       upstream_jobs(f->up, OUT_EVENT) > 0;
}

/* Nothing was left to the journal since it was asked, and it has all it was given. */
static bool is_all(const struct feed *f)
{
	struct journal_status s;

	journal_get_status(f->manager->journal, &s);
	return !f->gap->grown && !s.degraded && !s.findings_queued;
}

/* False: memory holds no more. */
static bool take(struct feed *f, const struct journal_untold *u)
{
	struct finding_job *j = restore_job(f, u);

	/* Of an appliance that cannot be configured now: it stays there until it is back. */
	if (j && j->kind == SUBJECT_APPLIANCE && !manager_unit(f->manager, j->subject)) {
		finding_job_free(j);
		return true;
	}
	if (j && feed_event_may(f, j->kind, j->subject, j->finding))
		return feed_queue_event(f, j);
	(void)journal_forget_untold(f->manager->journal, f->conf->id, u->id);
	finding_job_free(j);
	return true;
}

static void on_untold(
	int error, const struct journal_untold *v, size_t n, uint64_t last_row, void *userdata)
{
	struct feed *f = userdata;
	bool room = true, any;

	if (!feed_answered(f))
		return;
	f->reading_untold = false;
	if (error < 0)
		return; /* asked again by the next tick */
	any = last_row > f->gap->after;
	f->gap->open = false;
	for (size_t i = 0; i < n && room; i++) {
		room = take(f, &v[i]);
		if (room)
			f->gap->after = v[i].row;
	}
	if (room)
		f->gap->after = last_row;
	/* Closed, what is found now goes right behind what was queued here. */
	if (any || !is_all(f))
		f->gap->open = true;
}

void feed_read_untold(struct feed *f)
{
	if (!f->gap->open || f->reading_untold || !feed_is_complete(f) || has_jobs(f))
		return;
	if (journal_read_untold(f->manager->journal, f->conf->id, f->gap->after, on_untold, f) < 0)
		return;
	f->gap->grown = false;
	f->reading_untold = true;
	f->pending++;
}
