/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as events, each in its own message, at once. */
#include "daemon/base/log.h"
#include "manager-feed-internal.h"

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

int feed_compose_event(const struct feed *f, const struct message_head *head, struct stamp at,
	enum subject_kind kind, const char *subject, const struct finding *v,
	enum finding_change change, char **ret, size_t *ret_n)
{
	const struct manager *m = f->manager;
	struct unit *unit = finding_unit(m, kind, subject, v);
	const struct line *line = kind == SUBJECT_BUS ? manager_line(m, subject) : NULL;
	const struct event_privacy privacy = {
		.level = feed_level(f, unit),
		.id = feed_name(f, v->id),
		.names_since_us = f->names_since_us,
	};

	/* It was told under other names: under these it never began. */
	if (change != FINDING_RAISED && v->first_wall_us &&
		v->first_wall_us < privacy.names_since_us)
		return -ENODATA;
	if (at.boot_id == m->boot_id) /* the clock may have been set since */
		at = feed_stamp_at(f, privacy.level, at.t_us, at.wall_us);
	else {
		at.boot_id = feed_name(f, at.boot_id);
		at = stamp_reduce(privacy.level, at);
	}
	return event_compose(head, at, change,
		&(struct event_text){
			.appliance = unit ? feed_alias(f, unit) : NULL,
			.subject = line ? f->bus_aliases[line - m->lines] : NULL,
			.kind = unit ? unit->appliance->conf->kind->name : NULL,
			.boot_id = feed_name(f, m->boot_id),
			.f = v,
			.privacy = &privacy,
		},
		ret, ret_n);
}

static int compose_event(
	struct upstream *u, const struct compose_in *in, void *userdata, struct compose_out *ret)
{
	struct finding_job *j = userdata;
	struct boot_offset boot;
	struct message_head head = feed_head(j->feed, in, &boot);
	struct stamp at = {.boot_id = j->boot_id, .t_us = j->at_us, .wall_us = j->wall_us};
	char *json;
	size_t n;
	int r;

	r = feed_compose_event(
		j->feed, &head, at, j->kind, j->subject, j->finding, j->change, &json, &n);
	if (r < 0)
		return r;
	ret->told = j->untold;
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
	bool lost = error < 0 && error != -ENODATA && error != -ECANCELED;

	if (feed_answered(j->feed)) {
		j->feed->events_lost += lost;
		if (error != -ECANCELED && j->feed->gap->open)
			feed_read_untold(j->feed);
	}
	if (error == -ECANCELED) {
		feed_keep_event(j);
		return;
	}
	if (error < 0)
		(void)journal_forget_untold(j->manager->journal, j->upstream, j->untold);
	if (lost)
		log_error("upstream %s: event of finding %llu is lost: %s", j->upstream,
			(unsigned long long)j->finding->id, strerror(-error));
	finding_job_free(j);
}

static void submit(struct feed *f, struct finding_job *j)
{
	enum out_class class = j->finding->severity >= SEVERITY_URGENT ? OUT_URGENT : OUT_EVENT;

	if (upstream_compose(f->up, class, "event", compose_event, event_done, j) < 0) {
		/* The journal has it. */
		f->gap->open = f->gap->grown = true;
		finding_job_free(j);
	} else
		f->pending++;
}

void feed_submit_waiting(struct feed *f)
{
	for (size_t i = 0; i < f->n_waiting; i++)
		submit(f, f->waiting[i]);
	f->n_waiting = 0;
}

bool feed_queue_event(struct feed *f, struct finding_job *j)
{
	j->feed = f;
	if (f->aliases_missing > 0 && f->n_waiting == ARRAY_SIZE(f->waiting)) {
		f->gap->open = f->gap->grown = true;
		finding_job_free(j);
		return false;
	}
	if (f->aliases_missing == 0)
		submit(f, j);
	else
		f->waiting[f->n_waiting++] = j;
	return !f->gap->open;
}

/* What an event is about may leave by F. */
bool feed_event_may(
	const struct feed *f, enum subject_kind kind, const char *subject, const struct finding *v)
{
	struct unit *u = finding_unit(f->manager, kind, subject, v);

	return u ? feed_may_unit(f, u, PLANE_EVENT) : feed_may(f, PLANE_EVENT);
}

static void feed_finding(struct feed *f, enum subject_kind kind, const char *subject,
	const struct finding *v, enum finding_change change, const struct journal_untold *untold)
{
	struct finding_job *j;

	if (f->gap->open) { /* behind those that wait in the journal */
		f->gap->grown = true;
		return;
	}
	j = calloc(1, sizeof(*j));
	if (j)
		*j = (struct finding_job){.manager = f->manager,
			.kind = kind,
			.change = change,
			.untold = untold->id,
			.boot_id = untold->boot_id,
			.at_us = untold->at_us,
			.finding = finding_copy(v, subject)};
	if (!j || !j->finding) {
		f->gap->open = f->gap->grown = true;
		finding_job_free(j);
		return;
	}
	(void)str_copy(j->upstream, sizeof(j->upstream), f->conf->id);
	(void)str_copy(j->subject, sizeof(j->subject), subject);
	(void)feed_queue_event(f, j);
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
		if (f && feed_event_may(f, j->kind, j->subject, j->finding)) {
			(void)feed_queue_event(f, j);
			continue;
		}
		(void)journal_forget_untold(m->journal, j->upstream, j->untold);
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

int manager_feeds_finding(struct manager *m, enum subject_kind kind, const char *subject,
	const struct finding *v, enum finding_change change, const char *record, size_t n)
{
	struct journal_untold untold = {
		.change = (uint8_t)change,
		.boot_id = m->boot_id,
		.at_us = clock_boottime_us(),
	};
	char names[CONFIG_UPSTREAMS_MAX * 33] = "";
	size_t used = 0;
	int r;

	for (size_t i = 0; !v->held && i < m->n_feeds; i++)
		if (feed_event_may(m->feeds[i], kind, subject, v))
			(void)str_appendf(names, sizeof(names), &used, "%s%s", used ? " " : "",
				m->feeds[i]->conf->id);
	if (clock_is_set(m->config->clock))
		untold.wall_us = clock_realtime_us();
	r = random_bytes(&untold.id, sizeof(untold.id));
	untold.id = (untold.id >> 1) | 1;
	if (r >= 0)
		r = journal_tell_finding(m->journal, v->id, subject, finding_is_active(v), record,
			n, &untold, names, NULL, NULL);
	for (size_t i = 0; !v->held && i < m->n_feeds; i++)
		if (feed_event_may(m->feeds[i], kind, subject, v)) {
			feed_finding(m->feeds[i], kind, subject, v, change, &untold);
			/* Neither in memory nor in the journal. */
			m->feeds[i]->events_lost += r < 0 && m->feeds[i]->gap->open;
		}
	return r;
}
