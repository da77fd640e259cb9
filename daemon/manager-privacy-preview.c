/* SPDX-License-Identifier: Apache-2.0 */
/* What would leave next, made by the same functions that make what leaves, for a copy of the feed that
 * can send nothing. */
#include "manager-feed-internal.h"
#include "manager-privacy.h"
#include "report-internal.h"

#include "build-config.h"

#define EVENTS_SHOWN 4
#define PREVIEW_GW   "random-name"

struct preview {
	struct feed feed;
	struct upstream_config conf;
	struct feed_names names;
	const struct feed *real; /* NULL: it is off */
	struct writer w;
	uint64_t seq;
};

/* PAYLOAD is JSON; WIRE: its size as it leaves. */
static void message(
	struct preview *p, const char *suffix, bool retained, const char *json, size_t wire)
{
	char topic[RELAY_TOPIC_MAX];

	(void)snprintf(topic, sizeof(topic), "%s/%s/%s", p->conf.prefix, p->names.gw, suffix);
	write_open(&p->w, '{');
	write_member(&p->w, "topic", topic);
	write_key(&p->w, "retained");
	write_bool(&p->w, retained);
	write_key(&p->w, "bytes");
	write_unsigned(&p->w, wire);
	write_key(&p->w, "payload");
	write_token(&p->w, json);
	write_close(&p->w, '}');
}

static void take(struct preview *p, const char *suffix, bool retained, bool packed, int r,
	char *json, size_t n)
{
	struct compose_out out = {0};

	if (r < 0)
		return;
	if (packed && p->real) {
		char *copy = strdup(json);

		if (copy && feed_pack((struct feed *)p->real, copy, n, true, &out) >= 0)
			n = out.n;
		free(out.payload);
	}
	message(p, suffix, retained, json, n);
	free(json);
}

static struct message_head head(struct preview *p)
{
	return (struct message_head){.gw = p->names.gw, .epoch = p->names.epoch, .seq = ++p->seq};
}

static void documents(struct preview *p)
{
	struct feed *f = &p->feed;
	struct manager *m = f->manager;
	char *json = NULL;
	size_t n = 0;
	int r;

	r = status_compose(true, feed_stamp_at(f, f->conf->level, m->started_us, 0),
		HEARTHD_VERSION, &json, &n);
	take(p, "status", true, false, r, json, n);
	r = feed_compose_info(f, &p->names, &json, &n);
	take(p, "info", true, false, r, json, n);
	if (feed_may(f, PLANE_REPORT) && f->conf->birth) {
		r = feed_compose_birth(f, &p->names, &json, &n);
		take(p, "birth", true, true, r, json, n);
	}
}

static void state_documents(struct preview *p)
{
	struct appliance_text texts[CONFIG_APPLIANCES_MAX];
	size_t k = feed_texts(&p->feed, PLANE_STATE, texts), n = 0;
	char suffix[64], *json = NULL;
	int r;

	for (size_t i = 0; i < k; i++) {
		r = meta_compose(&texts[i], &json, &n);
		(void)snprintf(suffix, sizeof(suffix), "a/%s/meta", texts[i].id);
		take(p, suffix, true, false, r, json, n);
		r = state_compose(&texts[i], &json, &n);
		(void)snprintf(suffix, sizeof(suffix), "a/%s/state", texts[i].id);
		take(p, suffix, true, false, r, json, n);
		(void)snprintf(suffix, sizeof(suffix), "a/%s/availability", texts[i].id);
		message(p, suffix, true, texts[i].online ? "\"online\"" : "\"offline\"",
			texts[i].online ? 6 : 7);
	}
}

/* Findings that stand, as they would be raised. */
static void events(struct preview *p)
{
	struct feed *f = &p->feed;
	struct manager *m = f->manager;
	unsigned shown = 0;

	for (size_t i = 0; i < m->n_units; i++) {
		struct unit *u = &m->units[i];

		for (size_t k = 0; k < u->diagnose.findings.n && shown < EVENTS_SHOWN; k++) {
			const struct finding *v = u->diagnose.findings.v[k];
			const struct event_privacy privacy = {
				.level = feed_level(f, u),
				.id = feed_name(f, v->id),
				.names_since_us = f->names_since_us,
			};
			struct message_head h;
			char *json = NULL;
			size_t n = 0;
			int r;

			if (!finding_is_active(v) || !feed_may_unit(f, u, PLANE_EVENT))
				continue;
			h = head(p);
			r = event_compose(&h,
				feed_stamp_at(f, privacy.level, clock_boottime_us(), 0),
				FINDING_RAISED,
				&(struct event_text){.appliance = feed_alias(f, u),
					.kind = u->appliance->conf->kind->name,
					.boot_id = feed_name(f, m->boot_id),
					.f = v,
					.privacy = &privacy},
				&json, &n);
			take(p, "event", false, false, r, json, n);
			shown++;
		}
	}
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

static void report(struct preview *p, const struct recent *recent)
{
	struct report_state *state = report_state_new();
	struct report_text text = {0};
	struct message_head h = head(p);

	if (state && report_compose(state, &h, recent->v, recent->n, NULL, &text) >= 0 && text.json)
		take(p, "report", false, true, 0, text.json, text.n);
	report_state_free(state);
}

static void summary(struct preview *p, const struct recent *recent)
{
	struct summary *s = summary_new();
	struct message_head h = head(p);
	int64_t day, end = 0;
	size_t first = 0, n = 0;
	char *json = NULL;
	int r;

	for (size_t i = 0; s && i < recent->n; i++)
		(void)summary_add(s, recent->v[i].appliance, recent->v[i].block,
			recent->v[i].t0.t_us, recent->v[i].t1_us);
	day = summary_day(clock_realtime_us() / (int64_t)USEC_PER_SEC, &end);
	/* The day so far, where it is being collected; else what was read since the last flush. */
	r = s ? summary_compose(p->real && p->real->summary ? p->real->summary : s, &h, day,
			(unsigned)((end - day + 1800) / 3600), &first, &json, &n)
	      : -ENOMEM;
	take(p, "summary", false, true, r, json, n);
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

/* Names that UPSTREAM has, or stand-ins for those it would be given. */
static int names(struct preview *p)
{
	struct feed *f = &p->feed;
	struct manager *m = f->manager;
	bool real = p->real && !feed_may_name(p->real) && p->real->aliases_missing == 0;

	f->aliases = calloc(MAX(m->n_units, 1u), sizeof(*f->aliases));
	f->bus_aliases = calloc(MAX(m->n_lines, 1u), sizeof(*f->bus_aliases));
	if (!f->aliases || !f->bus_aliases)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_units; i++) {
		if (feed_may_name(f))
			(void)str_copy(f->aliases[i], sizeof(f->aliases[i]),
				m->units[i].appliance->conf->id);
		else if (real)
			(void)str_copy(f->aliases[i], sizeof(f->aliases[i]), p->real->aliases[i]);
		else
			(void)snprintf(f->aliases[i], sizeof(f->aliases[i]), "random-%zu", i + 1);
	}
	if (p->real && upstream_ready(p->real->up)) {
		p->names =
			(struct feed_names){upstream_gw(p->real->up), upstream_epoch(p->real->up)};
		memcpy(f->key_names, p->real->key_names, sizeof(f->key_names));
		f->names_since_us = p->real->names_since_us;
		f->up = p->real->up;
	} else
		p->names = (struct feed_names){PREVIEW_GW, "00000000"};
	return 0;
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
	struct upstream_status s = {0};
	uint64_t waiting = 0;

	write_open(&p->w, '{');
	write_member(&p->w, "upstream", p->conf.id);
	write_member(&p->w, "level", privacy_level_name(p->conf.level));
	if (p->feed.up) {
		upstream_get_status(p->feed.up, &s);
		p->seq = s.last_seq;
	}
	for (unsigned i = 0; i < _OUT_CLASS_MAX; i++)
		waiting += s.waiting[i];
	write_key(&p->w, "waiting");
	write_unsigned(&p->w, waiting);
	write_key(&p->w, "messages");
	write_open(&p->w, '[');
	if (p->conf.level != LEVEL_OFF) {
		documents(p);
		if (feed_may(&p->feed, PLANE_STATE))
			state_documents(p);
		messages(p);
	}
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
	p->feed = (struct feed){.manager = m, .conf = &p->conf};
	r = names(p);
	if (r >= 0) {
		write_all(p);
		r = writer_take(&p->w, ret, &n);
	}
	free(p->feed.aliases);
	free(p->feed.bus_aliases);
	free(p);
	return r;
}
