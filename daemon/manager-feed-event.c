/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as events, each in its own message, at once. */
#include "log.h"
#include "manager-feed-internal.h"

struct finding_job {
	struct feed *feed;
	enum subject_kind kind;
	char subject[33];
	enum finding_change change;
	uint64_t at_us;
	struct finding *finding; /* a copy: the table goes on */
};

struct finding_job *finding_job_free(struct finding_job *j)
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
static struct unit *job_unit(const struct finding_job *j)
{
	char id[33];
	const char *slash;

	if (j->kind == SUBJECT_APPLIANCE)
		return manager_unit(j->feed->manager, j->subject);
	slash = strchr(j->finding->key, '/');
	if (!slash || (size_t)(slash - j->finding->key) >= sizeof(id))
		return NULL;
	memcpy(id, j->finding->key, (size_t)(slash - j->finding->key));
	id[slash - j->finding->key] = '\0';
	return manager_unit(j->feed->manager, id);
}

static int compose_event(
	struct upstream *u, const struct compose_in *in, void *userdata, struct compose_out *ret)
{
	struct finding_job *j = userdata;
	struct manager *m = j->feed->manager;
	struct boot_offset boot;
	struct message_head head = feed_head(j->feed, in, &boot);
	struct unit *unit = job_unit(j);
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

static void event_done(struct upstream *u, int error, uint64_t seq, void *userdata)
{
	struct finding_job *j = userdata;

	if (error < 0 && error != -ECANCELED && error != -ENODATA)
		log_error("upstream %s: event of finding %llu is lost: %s", j->feed->conf->id,
			(unsigned long long)j->finding->id, strerror(-error));
	finding_job_free(j);
}

void feed_submit_event(struct feed *f, struct finding_job *j)
{
	enum out_class class = j->finding->severity >= SEVERITY_URGENT ? OUT_URGENT : OUT_EVENT;

	if (upstream_compose(f->up, class, "event", compose_event, event_done, j) < 0) {
		f->events_lost++;
		finding_job_free(j);
	}
}

static void feed_finding(struct feed *f, enum subject_kind kind, const char *subject,
	const struct finding *v, enum finding_change change)
{
	struct finding_job *j = calloc(1, sizeof(*j));

	if (!j)
		return;
	*j = (struct finding_job){.feed = f,
		.kind = kind,
		.change = change,
		.at_us = clock_boottime_us(),
		.finding = finding_copy(v, subject)};
	(void)str_copy(j->subject, sizeof(j->subject), subject);
	if (!j->finding || f->n_waiting == ARRAY_SIZE(f->waiting)) {
		f->events_lost++;
		finding_job_free(j);
	} else if (f->aliases_missing > 0)
		f->waiting[f->n_waiting++] = j;
	else
		feed_submit_event(f, j);
}

void manager_feeds_finding(struct manager *m, enum subject_kind kind, const char *subject,
	const struct finding *v, enum finding_change change)
{
	struct unit *u = kind == SUBJECT_APPLIANCE ? manager_unit(m, subject) : NULL;

	for (size_t i = 0; i < m->n_feeds; i++) {
		struct feed *f = m->feeds[i];

		if (u ? feed_may_unit(f, u, PLANE_EVENT) : feed_may(f, PLANE_EVENT))
			feed_finding(f, kind, subject, v, change);
	}
}
