/* SPDX-License-Identifier: Apache-2.0 */
/* What would leave next, made by the same functions that make what leaves, for a feed that has a sink
 * instead of an upstream: it can send nothing. */
#include "manager-feed-internal.h"
#include "manager-privacy.h"
#include "daemon/report/report-internal.h"

#include "build-config.h"

#define EVENTS_SHOWN 4
#define PREVIEW_GW   "random-name"

struct preview {
	struct feed feed;
	struct feed_sink sink; /* of feed */
	struct upstream_config conf;
	const struct feed *real; /* NULL: it is off */
	bool same_names;         /* those of the real one */
	struct writer w;
	unsigned shown; /* enum plane bits of the messages that were */
};

/* PAYLOAD is JSON, or a text that is written as one; WIRE: its size as it leaves. */
static void message(struct preview *p, const char *topic, bool retained, bool json,
	const char *payload, size_t wire)
{
	write_open(&p->w, '{');
	write_member(&p->w, "topic", topic);
	write_key(&p->w, "retained");
	write_bool(&p->w, retained);
	write_key(&p->w, "bytes");
	write_unsigned(&p->w, wire);
	write_key(&p->w, "payload");
	if (json)
		write_token(&p->w, payload);
	else
		write_string(&p->w, payload);
	write_close(&p->w, '}');
}

static void document(
	void *userdata, const struct retained_doc *d, const char *text, size_t n, size_t wire)
{
	struct preview *p = userdata;
	_cleanup_free_ char *copy = strndup(text, n);
	char topic[2 * RELAY_TOPIC_MAX];

	if (!copy)
		return;
	if (d->suffix[0] == '/')
		(void)str_copy(topic, sizeof(topic), d->suffix + 1);
	else
		(void)snprintf(topic, sizeof(topic), "%s/%s", p->sink.base, d->suffix);
	message(p, topic, true, streq(d->content_type, "application/json"), copy, wire);
}

/* Takes JSON over. */
static void take(
	struct preview *p, enum plane plane, const char *suffix, bool packed, char *json, size_t n)
{
	char topic[2 * RELAY_TOPIC_MAX];
	struct compose_out out = {0};
	char *copy = packed ? strdup(json) : NULL;

	if (copy && feed_pack(&p->feed, copy, n, plane == PLANE_REPORT, &out) >= 0)
		n = out.n;
	free(out.payload);
	(void)snprintf(topic, sizeof(topic), "%s/%s", p->sink.base, suffix);
	message(p, topic, false, true, json, n);
	free(json);
	p->shown |= plane;
}

static struct message_head head(struct preview *p)
{
	return (struct message_head){
		.gw = p->sink.gw, .epoch = p->sink.epoch, .seq = ++p->sink.status.last_seq};
}

/* Findings that stand, as they would be raised. */
static void events_of(struct preview *p, enum subject_kind kind, const char *subject,
	const struct findings *findings, unsigned *shown)
{
	struct stamp at = {
		.boot_id = p->feed.manager->boot_id, .t_us = clock_boottime_us(), .wall_us = 0};

	for (size_t k = 0; k < findings->n && *shown < EVENTS_SHOWN; k++) {
		const struct finding *v = findings->v[k];
		struct message_head h;
		char *json;
		size_t n;

		if (!finding_is_active(v) || v->held || !feed_event_may(&p->feed, kind, subject, v))
			continue;
		h = head(p);
		if (feed_compose_event(
			    &p->feed, &h, at, kind, subject, v, FINDING_RAISED, &json, &n) < 0)
			continue;
		take(p, PLANE_EVENT, "event", false, json, n);
		++*shown;
	}
}

static void events(struct preview *p)
{
	const struct manager *m = p->feed.manager;
	unsigned shown = 0;

	for (size_t i = 0; i < m->n_units; i++)
		events_of(p, SUBJECT_APPLIANCE, m->units[i].appliance->conf->id,
			&m->units[i].diagnose.findings, &shown);
	for (size_t i = 0; i < m->n_lines; i++)
		events_of(p, SUBJECT_BUS, m->lines[i].conf->id, &m->lines[i].findings, &shown);
}

static int by_time(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return x->t_us < y->t_us ? -1 : x->t_us > y->t_us;
}

/* What U has read since the last flush, as the journal will have it. */
static int recent(const struct unit *u, struct decoded_block *ret)
{
	_cleanup_free_ struct sample *v = calloc(MAX(u->n_samples, 1u), sizeof(*v));
	_cleanup_free_ void *blob = NULL;
	uint64_t t0 = u->samples_t0_us;
	size_t n;
	int r;

	if (!v)
		return -ENOMEM;
	memcpy(v, u->samples, u->n_samples * sizeof(*v));
	qsort(v, u->n_samples, sizeof(*v), by_time);
	if (u->n_samples > 0)
		t0 = MIN(t0, v[0].t_us);
	r = block_encode(u->appliance, v, u->n_samples, t0, &blob, &n);
	return r < 0 ? r : block_decode(blob, n, t0, ret);
}

struct recent {
	struct decoded_block decoded[CONFIG_APPLIANCES_MAX];
	struct report_block v[CONFIG_APPLIANCES_MAX];
	size_t n;
};

static void read_recent(struct preview *p, enum plane plane, struct recent *ret)
{
	struct manager *m = p->feed.manager;
	uint64_t now = clock_boottime_us();

	for (size_t i = 0; i < m->n_units && ret->n < CONFIG_APPLIANCES_MAX; i++) {
		struct unit *u = &m->units[i];

		if (!feed_may_unit(&p->feed, u, plane) || u->n_samples == 0 ||
			recent(u, &ret->decoded[ret->n]) < 0)
			continue;
		ret->v[ret->n] = (struct report_block){
			.appliance = feed_alias(&p->feed, u),
			.t0 = feed_stamp_at(&p->feed, LEVEL_FULL, u->samples_t0_us, 0),
			.t1_us = now,
			.block = &ret->decoded[ret->n],
		};
		ret->n++;
	}
}

/* All that was read since the last flush: a report after a loss tells as much, the others what changed. */
static void report(struct preview *p, const struct recent *recent)
{
	const struct report_limits limits = {.lossless = p->conf.lossless};
	struct report_state *state = report_state_new();
	struct report_text text = {0};
	struct message_head h = head(p);

	if (state && report_compose(state, &h, recent->v, recent->n, &limits, &text) >= 0 &&
		text.json)
		take(p, PLANE_REPORT, "report", true, text.json, text.n);
	report_state_free(state);
}

static void summary(struct preview *p, const struct recent *recent)
{
	/* The day so far, where it is being collected; else what was read since the last flush. */
	const struct summary *day = p->same_names ? p->real->summary : NULL;
	struct summary *s = day ? NULL : summary_new();
	struct message_head h = head(p);
	int64_t begin, end = 0;
	size_t first = 0, n;
	char *json;

	for (size_t i = 0; s && i < recent->n; i++)
		(void)summary_add(s, recent->v[i].appliance, recent->v[i].block,
			recent->v[i].t0.t_us, recent->v[i].t1_us);
	begin = summary_day(clock_realtime_us() / (int64_t)USEC_PER_SEC, &end);
	if ((day || s) && summary_compose(day ? day : s, &h, begin,
				  (unsigned)((end - begin + 1800) / 3600), &first, &json, &n) >= 0)
		take(p, PLANE_SUMMARY, "summary", true, json, n);
	summary_free(s);
}

static void messages(struct preview *p)
{
	static const enum plane planes[] = {PLANE_REPORT, PLANE_SUMMARY};
	struct recent *recent;

	if (feed_may(&p->feed, PLANE_EVENT))
		events(p);
	for (size_t i = 0; i < ARRAY_SIZE(planes); i++) {
		if (!feed_may(&p->feed, planes[i]))
			continue;
		recent = calloc(1, sizeof(*recent));
		if (!recent)
			return;
		read_recent(p, planes[i], recent);
		if (planes[i] == PLANE_REPORT)
			report(p, recent);
		else
			summary(p, recent);
		for (size_t k = 0; k < recent->n; k++)
			decoded_block_done(&recent->decoded[k]);
		free(recent);
	}
}

/* What may leave too, and has nothing to say now. */
static void later(struct preview *p)
{
	static const struct {
		enum plane plane;
		const char *suffix, *when;
	} table[] = {
		{PLANE_EVENT, "event", "found"},
		{PLANE_REPORT, "report", "read"},
		{PLANE_SUMMARY, "summary", "midnight"},
		{PLANE_REPAIR, "repair", "asked"},
		{0, "cmd/VERB/reply/CLIENT", "commanded"},
	};
	char topic[2 * RELAY_TOPIC_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (table[i].plane ? !feed_may(&p->feed, table[i].plane) ||
					     p->shown & (unsigned)table[i].plane
				   : !(p->conf.commands & COMMANDS_JSON))
			continue;
		(void)snprintf(topic, sizeof(topic), "%s/%s", p->sink.base, table[i].suffix);
		write_open(&p->w, '{');
		write_member(&p->w, "topic", topic);
		write_member(&p->w, "when", table[i].when);
		write_close(&p->w, '}');
	}
}

/* What connecting says, before any message. */
static void connection(struct preview *p)
{
	char *will;
	size_t n;

	write_open(&p->w, '{');
	write_member(&p->w, "url", p->conf.url);
	write_key(&p->w, "client_id");
	if (p->conf.client_id) {
		write_string(&p->w, p->conf.client_id);
	} else {
		char id[64];

		(void)snprintf(id, sizeof(id), "hearth-%s", p->sink.gw);
		write_string(&p->w, id);
	}
	write_member(&p->w, "username", p->conf.username);
	if (status_compose(false, (struct stamp){0}, HEARTHD_VERSION, &will, &n) >= 0) {
		write_key(&p->w, "will");
		write_token(&p->w, will);
		free(will);
	}
	write_close(&p->w, '}');
}

/* Aliases that UPSTREAM has, or stand-ins for those it would be given. */
static int aliases(struct preview *p)
{
	struct feed *f = &p->feed;
	struct manager *m = f->manager;
	bool own = feed_may_name(f);

	p->same_names = p->real && p->real->aliases_missing == 0 && feed_may_name(p->real) == own;
	f->aliases = calloc(MAX(m->n_units, 1u), sizeof(*f->aliases));
	f->bus_aliases = calloc(MAX(m->n_lines, 1u), sizeof(*f->bus_aliases));
	if (!f->aliases || !f->bus_aliases)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_units; i++)
		if (own)
			(void)str_copy(f->aliases[i], sizeof(f->aliases[i]),
				m->units[i].appliance->conf->id);
		else if (p->same_names)
			(void)str_copy(f->aliases[i], sizeof(f->aliases[i]), p->real->aliases[i]);
		else
			(void)snprintf(f->aliases[i], sizeof(f->aliases[i]), "random-%zu", i + 1);
	for (size_t i = 0; i < m->n_lines; i++)
		if (own)
			(void)str_copy(
				f->bus_aliases[i], sizeof(f->bus_aliases[i]), m->lines[i].conf->id);
		else if (p->same_names)
			(void)str_copy(f->bus_aliases[i], sizeof(f->bus_aliases[i]),
				p->real->bus_aliases[i]);
		else
			(void)snprintf(f->bus_aliases[i], sizeof(f->bus_aliases[i]),
				"random-line-%zu", i + 1);
	return 0;
}

static int names(struct preview *p)
{
	struct feed *f = &p->feed;
	int r = aliases(p);

	if (p->real && upstream_ready(p->real->up)) {
		p->sink.gw = upstream_gw(p->real->up);
		p->sink.epoch = upstream_epoch(p->real->up);
		upstream_get_status(p->real->up, &p->sink.status);
		memcpy(f->key_names, p->real->key_names, sizeof(f->key_names));
		f->names_since_us = p->real->names_since_us;
		f->events_lost = p->real->events_lost;
	}
	if (snprintf(p->sink.base, sizeof(p->sink.base), "%s/%s", p->conf.prefix, p->sink.gw) >=
		(int)sizeof(p->sink.base))
		r = -ENAMETOOLONG;
	return r;
}

static void set_level(struct upstream_config *c, enum privacy_level level)
{
	c->level = level;
	c->planes |= PLANE_EVENT | (level == LEVEL_DAILY ? PLANE_SUMMARY : 0) |
		     (level == LEVEL_FULL ? PLANE_REPORT : 0);
	c->birth = level == LEVEL_FULL;
}

static void write_all(struct preview *p)
{
	uint64_t waiting = 0;
	bool on = p->conf.level != LEVEL_OFF;

	write_open(&p->w, '{');
	write_member(&p->w, "upstream", p->conf.id);
	write_member(&p->w, "level", privacy_level_name(p->conf.level));
	for (unsigned i = 0; i < _OUT_CLASS_MAX; i++)
		waiting += p->sink.status.waiting[i];
	write_key(&p->w, "waiting");
	write_unsigned(&p->w, waiting);
	if (on) {
		write_key(&p->w, "connection");
		connection(p);
	}
	write_key(&p->w, "messages");
	write_open(&p->w, '[');
	if (on) {
		feed_set_all(&p->feed);
		messages(p);
	}
	write_close(&p->w, ']');
	write_key(&p->w, "later");
	write_open(&p->w, '[');
	if (on)
		later(p);
	write_close(&p->w, ']');
	write_close(&p->w, '}');
}

int manager_privacy_preview(
	struct manager *m, const char *upstream, const enum privacy_level *level, char **ret)
{
	const struct upstream_config *conf = NULL;
	struct preview *p;
	size_t n;
	int r;

	for (size_t i = 0; i < m->config->n_upstreams; i++)
		if (streq(m->config->upstreams[i].id, upstream))
			conf = &m->config->upstreams[i];
	if (!conf)
		return -ENOENT;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->conf = *conf;
	if (level)
		set_level(&p->conf, *level);
	for (size_t i = 0; i < m->n_feeds; i++)
		if (streq(m->feeds[i]->conf->id, upstream))
			p->real = m->feeds[i];
	p->sink = (struct feed_sink){
		.gw = PREVIEW_GW,
		.epoch = "00000000",
		.document = document,
		.userdata = p,
	};
	p->feed = (struct feed){.manager = m, .conf = &p->conf, .sink = &p->sink};
	r = names(p);
	if (r >= 0) {
		write_all(p);
		r = writer_take(&p->w, ret, &n);
	}
	free(p->feed.aliases);
	free(p->feed.bus_aliases);
	free(p->feed.dict);
	free(p);
	return r;
}
