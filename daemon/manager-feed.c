/* SPDX-License-Identifier: Apache-2.0 */
/* Steps 8 and 9: what each upstream may know, in its own names: events as they come, reports from the
 * journal, retained documents. The only place where the privacy level is applied. */
#include "deflate.h"
#include "log.h"
#include "manager.h"

#include "build-config.h"

#define STATE_REFRESH_US (5 * USEC_PER_SEC) /* least time between two states of one appliance */
#define REPORT_ROWS      32                 /* history rows a report is composed from */
#define PAYLOAD_MAX      (16 * 1024)        /* of a report as it leaves: Paho is weak above it */

/* ---- the journal's answers may come after a reload has stopped the feed */

static void feed_free(struct feed *f)
{
	report_state_free(f->told);
	free(f->aliases);
	free(f->bus_aliases);
	free(f->dict);
	free(f);
}

/* False: the feed is gone, touch nothing of it. */
static bool feed_answered(struct feed *f)
{
	f->pending--;
	if (f->stopped && f->pending == 0)
		feed_free(f);
	else
		return !f->stopped;
	return false;
}

/* ---- names and moments */

static bool feed_may(const struct feed *f, enum plane plane)
{
	if (f->conf->level == LEVEL_OFF || !(f->conf->planes & plane))
		return false;
	return plane == PLANE_EVENT || f->conf->level == LEVEL_FULL;
}

/* An appliance's own level tightens the upstream's, never loosens it. */
static bool unit_may(const struct feed *f, const struct unit *u, enum plane plane)
{
	enum privacy_level level = u->appliance->conf->level;

	return feed_may(f, plane) &&
	       (plane == PLANE_EVENT ? level != LEVEL_OFF : level == LEVEL_FULL);
}

static const char *unit_alias(const struct feed *f, const struct unit *u)
{
	return f->aliases[u - f->manager->units];
}

static struct stamp stamp_at(struct manager *m, uint64_t t_us, int64_t wall_us)
{
	uint64_t now = clock_boottime_us();

	if (wall_us == 0 && t_us != 0 && t_us <= now && clock_is_set(m->config->clock))
		wall_us = clock_realtime_us() - (int64_t)(now - t_us);
	/* From an earlier run: only the wall time is known, and it is enough. */
	if (t_us == 0 && wall_us != 0)
		t_us = 1;
	return (struct stamp){.boot_id = m->boot_id, .t_us = t_us, .wall_us = wall_us};
}

static struct stamp stamp_now(struct manager *m)
{
	return stamp_at(m, clock_boottime_us(), 0);
}

static struct message_head make_head(
	struct feed *f, const struct compose_in *in, struct boot_offset *boot)
{
	struct stamp now = stamp_now(f->manager);
	struct message_head h = {
		.gw = in->gw,
		.epoch = in->epoch,
		.seq = in->seq,
		.prev = in->prev,
		.lost = in->lost,
		.n_lost = in->n_lost,
	};

	if (now.wall_us == 0)
		f->told_undated = true;
	else if (f->told_undated) {
		*boot = (struct boot_offset){f->manager->boot_id, now.wall_us - (int64_t)now.t_us};
		h.boots = boot;
		h.n_boots = 1;
	}
	return h;
}

/* Deflates in place of JSON where the upstream wants it. Takes JSON over. */
static int pack_payload(
	struct feed *f, char *json, size_t n, bool with_dict, struct compose_out *ret)
{
	_cleanup_free_ char *text = json;
	struct dictionary dict = {f->dict, f->dict_n};
	int r;

	if (f->conf->compression == COMPRESSION_NONE) {
		ret->payload = TAKE_PTR(text);
		ret->n = n;
		return 0;
	}
	r = deflate_bytes(text, n, with_dict && f->dict ? &dict : NULL, &ret->payload, &ret->n);
	if (r >= 0)
		ret->deflated = true;
	return r;
}

/* ---- events */

struct finding_job {
	struct feed *feed;
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
	struct message_head head = make_head(j->feed, in, &boot);
	struct unit *unit = job_unit(j);
	const struct line *line = j->kind == SUBJECT_BUS ? manager_line(m, j->subject) : NULL;
	char *json;
	size_t n;
	int r;

	r = event_compose(&head, stamp_at(m, j->at_us, 0), j->change,
		&(struct event_text){
			.appliance = unit ? unit_alias(j->feed, unit) : NULL,
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

static void submit_event(struct feed *f, struct finding_job *j)
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
		submit_event(f, j);
}

void manager_feeds_finding(struct manager *m, enum subject_kind kind, const char *subject,
	const struct finding *v, enum finding_change change)
{
	struct unit *u = kind == SUBJECT_APPLIANCE ? manager_unit(m, subject) : NULL;

	for (size_t i = 0; i < m->n_feeds; i++) {
		struct feed *f = m->feeds[i];

		if (u ? unit_may(f, u, PLANE_EVENT) : feed_may(f, PLANE_EVENT))
			feed_finding(f, kind, subject, v, change);
	}
}

/* ---- reports */

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

static void feed_read_history(struct feed *f);

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
	struct message_head head = make_head(f, in, &boot);
	struct report_limits limits = {.max_raw = REPORT_RAW_MAX};
	int r;

	if (in->n_lost > 0)
		report_state_reset(f->told); /* what was lost is told again */
	for (;; limits.max_raw /= 2) {
		report_state_rollback(f->told);
		r = report_compose(
			f->told, &head, j->v + j->first, j->n - j->first, &limits, &j->text);
		if (r < 0)
			return r;
		if (!j->text.json)
			return -ENODATA;
		r = pack_payload(f, TAKE_PTR(j->text.json), j->text.n, true, ret);
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
	}
}

static void report_done(struct upstream *u, int error, uint64_t seq, void *userdata)
{
	struct report_job *j = userdata;
	struct feed *f = j->feed;
	size_t told = j->first + j->text.blocks_done;

	f->report_job = false;
	if (error == -ECANCELED) {
		report_job_free(j);
		return;
	}
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

	if (!u || !unit_may(f, u, PLANE_REPORT))
		return 0;
	r = inflate_bytes(b->blob, b->n, NULL, 0, INFLATE_MAX, &plain, &n);
	if (r >= 0)
		r = block_decode(plain, n, b->t0_us, &j->decoded[j->n]);
	if (r < 0)
		return r;
	j->v[j->n] = (struct report_block){
		.appliance = unit_alias(f, u),
		.t0 = {.boot_id = b->boot_id, .t_us = b->t0_us, .wall_us = b->wall_us},
		.t1_us = b->t1_us,
		.block = &j->decoded[j->n],
	};
	/* Of this boot: the clock may have been set since. */
	if (b->boot_id == f->manager->boot_id)
		j->v[j->n].t0 = stamp_at(f->manager, b->t0_us, b->wall_us);
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

static void feed_read_history(struct feed *f)
{
	if (f->reading || f->report_job || !upstream_ready(f->up) || f->aliases_missing > 0 ||
		!feed_may(f, PLANE_REPORT))
		return;
	f->read_after = MAX(f->read_after, upstream_cursor(f->up));
	if (journal_read_blocks(f->manager->journal, f->read_after, REPORT_ROWS, on_history, f) < 0)
		return;
	f->reading = true;
	f->pending++;
}

void manager_feeds_history(struct manager *m)
{
	for (size_t i = 0; i < m->n_feeds; i++)
		feed_read_history(m->feeds[i]);
}

/* ---- retained documents */

static void set_retained(struct feed *f, enum retained_rank rank, const char *suffix,
	const char *type, const void *p, size_t n, bool deflated)
{
	int r = upstream_set_retained(f->up,
		&(struct retained_doc){
			.rank = rank, .suffix = suffix, .content_type = type, .deflated = deflated},
		p, n);

	if (r < 0)
		log_warning(
			"upstream %s: %s is not published: %s", f->conf->id, suffix, strerror(-r));
}

static struct appliance_text unit_text(const struct feed *f, const struct unit *u)
{
	const struct appliance_config *c = u->appliance->conf;
	const struct profile *p = c->sources[0].profile;
	bool names = f->conf->planes & PLANE_STATE; /* names of the house stay on its own brokers */

	return (struct appliance_text){
		.id = unit_alias(f, u),
		.label_en = names ? c->label.en : NULL,
		.label_zh = names ? c->label.zh : NULL,
		.location = names ? c->location : NULL,
		.installed = names ? c->installed : NULL,
		.maker = p->maker,
		.model = p->model,
		.a = u->appliance,
		.online = appliance_reachable(u->appliance),
	};
}

static size_t feed_texts(const struct feed *f, enum plane plane, struct appliance_text *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < f->manager->n_units; i++)
		if (unit_may(f, &f->manager->units[i], plane))
			ret[n++] = unit_text(f, &f->manager->units[i]);
	return n;
}

static void refresh_status(struct feed *f)
{
	char *json;
	size_t n;

	if (status_compose(true, stamp_at(f->manager, f->manager->started_us, 0), HEARTHD_VERSION,
		    &json, &n) < 0)
		return;
	set_retained(f, RETAINED_STATUS, "status", "application/json", json, n, false);
	free(json);
}

static void refresh_info(struct feed *f)
{
	struct manager *m = f->manager;
	struct journal_status js;
	struct upstream_status us;
	unsigned open = 0;
	char *json;
	size_t n;

	journal_get_status(m->journal, &js);
	upstream_get_status(f->up, &us);
	for (size_t i = 0; i < m->n_units; i++)
		open += (unsigned)findings_active(&m->units[i].diagnose.findings, NULL, NULL);
	if (info_compose(
		    &(struct info_text){
			    .gw = upstream_gw(f->up),
			    .epoch = upstream_epoch(f->up),
			    .version = HEARTHD_VERSION,
			    .t = stamp_now(m),
			    .level = f->conf->level,
			    .planes = f->conf->planes,
			    .dict = f->dict ? f->dict_id : NULL,
			    .clock_set = clock_is_set(m->config->clock),
			    .appliances = (unsigned)m->n_units,
			    .answering = (unsigned)manager_answering(m),
			    .findings_open = open,
			    .last_seq = us.last_seq,
			    .lost_messages = us.lost,
			    .journal_degraded = js.degraded,
		    },
		    &json, &n) < 0)
		return;
	set_retained(f, RETAINED_INFO, "info", "application/json", json, n, false);
	free(json);
}

static void refresh_birth(struct feed *f)
{
	struct appliance_text texts[CONFIG_APPLIANCES_MAX];
	struct compose_out out = {0};
	struct upstream_status us;
	char *json;
	size_t n;

	if (!feed_may(f, PLANE_REPORT) || !f->conf->birth)
		return;
	upstream_get_status(f->up, &us);
	if (birth_compose(
		    &(struct birth_text){
			    .gw = upstream_gw(f->up),
			    .epoch = upstream_epoch(f->up),
			    .after = us.last_seq,
			    .t = stamp_now(f->manager),
			    .dict = f->dict ? f->dict_id : NULL,
			    .appliances = texts,
			    .n_appliances = feed_texts(f, PLANE_REPORT, texts),
		    },
		    &json, &n) < 0)
		return;
	if (pack_payload(f, json, n, true, &out) < 0)
		return;
	set_retained(
		f, RETAINED_BIRTH, "birth", "application/json", out.payload, out.n, out.deflated);
	free(out.payload);
}

static void refresh_dict(struct feed *f)
{
	struct appliance_text texts[CONFIG_APPLIANCES_MAX];
	char suffix[32];

	free(TAKE_PTR(f->dict));
	if (!feed_may(f, PLANE_REPORT) || f->conf->compression == COMPRESSION_NONE)
		return;
	if (dictionary_compose(upstream_gw(f->up), texts, feed_texts(f, PLANE_REPORT, texts),
		    &f->dict, &f->dict_n) < 0) {
		f->dict = NULL;
		return;
	}
	dictionary_id(f->dict, f->dict_n, f->dict_id);
	snprintf(suffix, sizeof(suffix), "dict/%s", f->dict_id);
	set_retained(
		f, RETAINED_DICT, suffix, "application/octet-stream", f->dict, f->dict_n, false);
}

static void refresh_unit(struct feed *f, const struct unit *u, bool with_meta)
{
	struct appliance_text t = unit_text(f, u);
	const char *online = t.online ? "online" : "offline";
	char suffix[64];
	char *json;
	size_t n;

	if (with_meta && meta_compose(&t, &json, &n) >= 0) {
		snprintf(suffix, sizeof(suffix), "a/%s/meta", t.id);
		set_retained(f, RETAINED_META, suffix, "application/json", json, n, false);
		free(json);
	}
	if (state_compose(&t, &json, &n) >= 0) {
		snprintf(suffix, sizeof(suffix), "a/%s/state", t.id);
		set_retained(f, RETAINED_STATE, suffix, "application/json", json, n, false);
		free(json);
	}
	snprintf(suffix, sizeof(suffix), "a/%s/availability", t.id);
	set_retained(f, RETAINED_AVAILABILITY, suffix, "text/plain", online, strlen(online), false);
}

static void feed_complete(struct feed *f);

/* ---- aliases: names of this upstream alone, or the house's own where it may see them */

struct alias_job {
	struct feed *feed;
	char (*dst)[33];
};

static void on_alias(int error, const char *alias, void *userdata)
{
	struct alias_job *j = userdata;
	struct feed *f = j->feed;

	if (feed_answered(f) && error >= 0 && isempty(*j->dst)) {
		(void)str_copy(*j->dst, sizeof(*j->dst), alias);
		if (--f->aliases_missing == 0)
			feed_complete(f);
	}
	free(j);
}

static void ask_alias(struct feed *f, const char *id, char (*dst)[33])
{
	struct alias_job *j;

	if (!isempty(*dst))
		return;
	if (f->conf->planes & PLANE_STATE) {
		(void)str_copy(*dst, sizeof(*dst), id);
		f->aliases_missing--;
		return;
	}
	j = calloc(1, sizeof(*j));
	if (!j)
		return;
	*j = (struct alias_job){f, dst};
	if (journal_alias(f->manager->journal, f->conf->id, id, on_alias, j) < 0)
		free(j);
	else
		f->pending++;
}

static void ask_aliases(struct feed *f)
{
	struct manager *m = f->manager;

	for (size_t i = 0; i < m->n_units; i++)
		ask_alias(f, m->units[i].appliance->conf->id, &f->aliases[i]);
	for (size_t i = 0; i < m->n_lines; i++)
		ask_alias(f, m->lines[i].conf->id, &f->bus_aliases[i]);
	f->aliases_asked = true;
	if (f->aliases_missing == 0)
		feed_complete(f);
}

/* Numbers and names are known: everything that waited for them goes. */
static void feed_complete(struct feed *f)
{
	char *will;
	size_t n;

	if (f->aliases_missing > 0 || !upstream_ready(f->up))
		return;
	if (status_compose(false, (struct stamp){0}, HEARTHD_VERSION, &will, &n) >= 0) {
		(void)upstream_set_will(f->up, will);
		free(will);
	}
	refresh_dict(f);
	refresh_status(f);
	refresh_info(f);
	refresh_birth(f);
	for (size_t i = 0; i < f->manager->n_units; i++)
		if (unit_may(f, &f->manager->units[i], PLANE_STATE))
			refresh_unit(f, &f->manager->units[i], true);
	for (size_t i = 0; i < f->n_waiting; i++)
		submit_event(f, f->waiting[i]);
	f->n_waiting = 0;
	feed_read_history(f);
}

static void on_ready(struct upstream *u, void *userdata)
{
	struct feed *f = userdata;

	report_state_reset(f->told);
	f->read_after = 0;
	feed_complete(f);
	manager_dbus_feed_changed(f);
}

static void on_connect(struct upstream *u, void *userdata)
{
	struct feed *f = userdata;

	if (f->aliases_missing > 0)
		return;
	refresh_status(f);
	refresh_info(f);
	refresh_birth(f);
}

static void on_changed(struct upstream *u, void *userdata)
{
	struct feed *f = userdata;

	manager_dbus_feed_changed(f);
}

static const struct upstream_ops feed_ops = {
	.on_ready = on_ready,
	.on_connect = on_connect,
	.on_changed = on_changed,
};

void manager_feeds_tick(struct manager *m)
{
	uint64_t now = clock_boottime_us();

	for (size_t i = 0; i < m->n_feeds; i++) {
		struct feed *f = m->feeds[i];

		if (f->aliases_missing > 0 && upstream_ready(f->up)) {
			ask_aliases(f); /* the journal could not answer before */
			continue;
		}
		if (!feed_may(f, PLANE_STATE) || !upstream_ready(f->up) ||
			now - f->state_us < STATE_REFRESH_US)
			continue;
		f->state_us = now;
		for (size_t k = 0; k < m->n_units; k++)
			if (m->units[k].retained_dirty && unit_may(f, &m->units[k], PLANE_STATE))
				refresh_unit(f, &m->units[k], false);
	}
	for (size_t k = 0; k < m->n_units && now - m->dirty_us >= STATE_REFRESH_US; k++)
		m->units[k].retained_dirty = false;
	if (now - m->dirty_us >= STATE_REFRESH_US)
		m->dirty_us = now;
}

/* ---- life */

static int feed_start(struct manager *m, struct feed *f, const struct upstream_config *conf)
{
	int r;

	*f = (struct feed){
		.manager = m,
		.conf = conf,
		.aliases = calloc(MAX(m->n_units, 1u), sizeof(*f->aliases)),
		.bus_aliases = calloc(MAX(m->n_lines, 1u), sizeof(*f->bus_aliases)),
		.aliases_missing = m->n_units + m->n_lines,
		.told = report_state_new(),
	};
	if (!f->aliases || !f->bus_aliases || !f->told)
		return -ENOMEM;
	r = manager_relay_new(
		m->event, m->journal, m->options.runtime, conf, &feed_ops, f, &f->relay);
	if (r < 0)
		return r;
	f->up = manager_relay_upstream(f->relay);
	ask_aliases(f);
	return 0;
}

static void feed_stop(struct feed *f)
{
	f->relay = manager_relay_free(f->relay);
	f->up = NULL;
	for (size_t i = 0; i < f->n_waiting; i++)
		finding_job_free(f->waiting[i]);
	f->n_waiting = 0;
	f->stopped = true;
	if (f->pending == 0)
		feed_free(f);
}

int manager_feeds_start(struct manager *m)
{
	m->flush_us = m->config->flush_us;
	for (size_t i = 0; i < m->config->n_upstreams; i++) {
		const struct upstream_config *c = &m->config->upstreams[i];
		struct feed *f;
		int r;

		if (c->level == LEVEL_OFF)
			continue;
		f = calloc(1, sizeof(*f));
		if (!f)
			return -ENOMEM;
		r = feed_start(m, f, c);
		if (r < 0) {
			log_error("upstream %s cannot start: %s", c->id, strerror(-r));
			feed_stop(f);
			continue; /* it costs that upstream alone */
		}
		/* A report is made from what was flushed. */
		if (feed_may(f, PLANE_REPORT))
			m->flush_us = MIN(m->flush_us, c->report_interval_us);
		m->feeds[m->n_feeds++] = f;
	}
	return 0;
}

void manager_feeds_stop(struct manager *m)
{
	for (size_t i = 0; i < m->n_feeds; i++)
		feed_stop(m->feeds[i]);
	m->n_feeds = 0;
}
