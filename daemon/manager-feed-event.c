/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as events, each in its own message, at once. */
#include "log.h"
#include "manager-feed-internal.h"

struct finding_job {
	struct manager *manager;
	struct feed *feed;        /* NULL while it is kept for the next one */
	struct finding_job *next; /* of those kept */
	char upstream[33];
	enum subject_kind kind;
	char subject[33];
	enum finding_change change;
	uint64_t at_us;
	struct finding *finding; /* a copy: the table goes on */
};

static struct finding_job *finding_job_free(struct finding_job *j)
{
	if (j)
		finding_free(j->finding);
	free(j);
	return NULL;
}

static struct finding *finding_copy(const struct finding *v, const char *subject)
{
	_cleanup_free_ char *record = NULL;
	char kind[16], name[33];
	struct finding *copy;
	size_t n;

	if (finding_pack(v, "copy", subject, &record, &n) < 0 ||
		finding_unpack(record, n, kind, name, &copy) < 0)
		return NULL;
	copy->first_us = v->first_us;
	copy->last_us = v->last_us;
	copy->cleared_us = v->cleared_us;
	return copy;
}

/* The appliance a finding is about: itself, or the one whose silence the bus reports. */
static struct unit *finding_unit(const struct manager *m, enum subject_kind kind,
	const char *subject, const struct finding *v)
{
	char id[33];
	const char *slash;

	if (kind == SUBJECT_APPLIANCE)
		return manager_unit(m, subject);
	slash = strchr(v->key, '/');
	if (!slash || (size_t)(slash - v->key) >= sizeof(id))
		return NULL;
	memcpy(id, v->key, (size_t)(slash - v->key));
	id[slash - v->key] = '\0';
	return manager_unit(m, id);
}

static int compose_event(
	struct upstream *u, const struct compose_in *in, void *userdata, struct compose_out *ret)
{
	struct finding_job *j = userdata;
	struct manager *m = j->manager;
	struct boot_offset boot;
	struct message_head head = feed_head(j->feed, in, &boot);
	struct unit *unit = finding_unit(m, j->kind, j->subject, j->finding);
	const struct line *line = j->kind == SUBJECT_BUS ? manager_line(m, j->subject) : NULL;
	char *json;
	size_t n;
	int r;

	r = event_compose(&head, feed_stamp_at(m, j->at_us, 0), j->change,
		&(struct event_text){
			.appliance = unit ? feed_alias(j->feed, unit) : NULL,
			.subject = line ? j->feed->bus_aliases[line - m->lines] : NULL,
			.kind = unit ? unit->appliance->conf->kind->name : NULL,
			.boot_id = m->boot_id,
			.f = j->finding,
		},
		&json, &n);
	if (r < 0)
		return r;
	ret->payload = json; /* plain JSON: an event is read by people too */
	ret->n = n;
	return 0;
}

/* Its feed went with a reload before the event was stored: it waits for the next one. Bounded by what
 * the feeds had, UPSTREAM_JOBS_MAX and as many waiting. */
void feed_keep_event(struct finding_job *j)
{
	struct finding_job **at = &j->manager->kept_events;

	while (*at && (*at)->at_us <= j->at_us)
		at = &(*at)->next;
	j->feed = NULL;
	j->next = *at;
	*at = j;
}

static void event_done(struct upstream *u, int error, uint64_t seq, void *userdata)
{
	struct finding_job *j = userdata;

	(void)feed_answered(j->feed);
	if (error == -ECANCELED) {
		feed_keep_event(j);
		return;
	}
	if (error < 0 && error != -ENODATA)
		log_error("upstream %s: event of finding %llu is lost: %s", j->upstream,
			(unsigned long long)j->finding->id, strerror(-error));
	finding_job_free(j);
}

void feed_submit_event(struct feed *f, struct finding_job *j)
{
	enum out_class class = j->finding->severity >= SEVERITY_URGENT ? OUT_URGENT : OUT_EVENT;

	if (upstream_compose(f->up, class, "event", compose_event, event_done, j) < 0) {
		f->events_lost++;
		finding_job_free(j);
	} else
		f->pending++;
}

static void queue_event(struct feed *f, struct finding_job *j)
{
	j->feed = f;
	if (f->aliases_missing == 0)
		feed_submit_event(f, j);
	else if (f->n_waiting < ARRAY_SIZE(f->waiting))
		f->waiting[f->n_waiting++] = j;
	else {
		f->events_lost++;
		finding_job_free(j);
	}
}

static void feed_finding(struct feed *f, enum subject_kind kind, const char *subject,
	const struct finding *v, enum finding_change change)
{
	struct finding_job *j = calloc(1, sizeof(*j));

	if (j)
		*j = (struct finding_job){.manager = f->manager,
			.kind = kind,
			.change = change,
			.at_us = clock_boottime_us(),
			.finding = finding_copy(v, subject)};
	if (!j || !j->finding) {
		f->events_lost++;
		finding_job_free(j);
		return;
	}
	(void)str_copy(j->upstream, sizeof(j->upstream), f->conf->id);
	(void)str_copy(j->subject, sizeof(j->subject), subject);
	queue_event(f, j);
}

/* What an event is about may leave by F. */
static bool event_may(
	const struct feed *f, enum subject_kind kind, const char *subject, const struct finding *v)
{
	struct unit *u = finding_unit(f->manager, kind, subject, v);

	return u ? feed_may_unit(f, u, PLANE_EVENT) : feed_may(f, PLANE_EVENT);
}

/* Events kept over a reload go on, unless the household has withdrawn them with it. */
void feed_adopt_events(struct manager *m)
{
	struct finding_job *j, *next;

	for (j = TAKE_PTR(m->kept_events); j; j = next) {
		struct feed *f = NULL;

		next = j->next;
		for (size_t i = 0; i < m->n_feeds; i++)
			if (streq(m->feeds[i]->conf->id, j->upstream))
				f = m->feeds[i];
		if (f && event_may(f, j->kind, j->subject, j->finding))
			queue_event(f, j);
		else
			finding_job_free(j);
	}
}

void manager_feeds_free_kept(struct manager *m)
{
	struct finding_job *j, *next;

	for (j = TAKE_PTR(m->kept_events); j; j = next) {
		next = j->next;
		finding_job_free(j);
	}
}

bool manager_feeds_busy(const struct manager *m)
{
	for (size_t i = 0; i < m->n_feeds; i++) {
		const struct feed *f = m->feeds[i];

		if (f->n_waiting > 0 || upstream_jobs(f->up, OUT_URGENT) > 0 ||
			upstream_jobs(f->up, OUT_EVENT) > 0)
			return true;
	}
	return m->kept_events;
}

void manager_feeds_finding(struct manager *m, enum subject_kind kind, const char *subject,
	const struct finding *v, enum finding_change change)
{
	for (size_t i = 0; i < m->n_feeds; i++)
		if (event_may(m->feeds[i], kind, subject, v))
			feed_finding(m->feeds[i], kind, subject, v, change);
}
