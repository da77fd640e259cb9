/* SPDX-License-Identifier: Apache-2.0 */
/* Steps 8 and 9: what each upstream may know, in its own names. Its life, its aliases, and the only
 * place where the privacy level is applied. */
#include "daemon/report/deflate.h"
#include "daemon/base/log.h"
#include "daemon/manager/manager-command.h"
#include "manager-down.h"
#include "daemon/manager/repair/manager-assist.h"
#include "manager-feed-internal.h"
#include "daemon/manager/repair/manager-repair.h"

#include "build-config.h"

#define STATE_REFRESH_US (5 * USEC_PER_SEC) /* least time between two states of one appliance */

/* ---- the journal's answers may come after a reload has stopped the feed */

static void feed_free(struct feed *f)
{
	report_state_free(f->told);
	summary_free(f->summary);
	free(f->aliases);
	free(f->bus_aliases);
	free(f->since);
	free(f->dict);
	free(f);
}

/* False: the feed is gone, touch nothing of it. */
bool feed_answered(struct feed *f)
{
	f->pending--;
	if (f->stopped && f->pending == 0)
		feed_free(f);
	else
		return !f->stopped;
	return false;
}

/* ---- names and moments */

bool feed_may_conf(const struct feed *f, enum plane plane)
{
	return f->conf->level != LEVEL_OFF && f->conf->planes & plane &&
	       f->conf->level >= privacy_plane_level(plane);
}

/* Assistance opens reports of the appliances it is about, to this upstream, for its time. */
static const struct assist *assist_of(const struct feed *f, const struct unit *u)
{
	if (f->conf->level == LEVEL_OFF || (u && u->appliance->conf->level == LEVEL_OFF))
		return NULL;
	return manager_assist(f->manager, f->conf->id, u ? u->appliance->conf->id : NULL);
}

bool feed_may(const struct feed *f, enum plane plane)
{
	return feed_may_conf(f, plane) || (plane == PLANE_REPORT && assist_of(f, NULL));
}

enum privacy_level feed_level(const struct feed *f, const struct unit *u)
{
	enum privacy_level level = f->conf->level;

	if (u)
		level = privacy_level_of(f->manager->config, f->conf, u->appliance->conf);
	return u && level != LEVEL_OFF && assist_of(f, u) ? LEVEL_FULL : level;
}

/* An appliance's own level tightens the upstream's, never loosens it. */
bool feed_may_unit(const struct feed *f, const struct unit *u, enum plane plane)
{
	if (plane == PLANE_REPORT && !feed_may_conf(f, plane))
		return feed_level(f, u) == LEVEL_FULL && assist_of(f, u);
	return feed_may_conf(f, plane) && feed_level(f, u) >= privacy_plane_level(plane);
}

bool feed_may_name(const struct feed *f)
{
	return feed_may(f, PLANE_STATE);
}

bool feed_is_complete(const struct feed *f)
{
	return f->aliases_missing == 0 && upstream_ready(f->up) && f->terms_settled &&
	       !f->rotation && !f->wiping;
}

const char *feed_alias(const struct feed *f, const struct unit *u)
{
	return f->aliases[u - f->manager->units];
}

uint64_t feed_name(const struct feed *f, uint64_t number)
{
	const struct privacy_key key = privacy_key_from(f->key_names[0], f->key_names[1]);

	return privacy_name(&key, number);
}

struct stamp feed_stamp_at(
	const struct feed *f, enum privacy_level level, uint64_t t_us, int64_t wall_us)
{
	struct manager *m = f->manager;
	uint64_t now = clock_boottime_us();

	if (wall_us == 0 && t_us != 0 && t_us <= now && clock_is_set(m->config->clock))
		wall_us = clock_realtime_us() - (int64_t)(now - t_us);
	/* From an earlier run: only the wall time is known, and it is enough. */
	if (t_us == 0 && wall_us != 0)
		t_us = 1;
	return stamp_reduce(level,
		(struct stamp){
			.boot_id = feed_name(f, m->boot_id), .t_us = t_us, .wall_us = wall_us});
}

struct stamp feed_stamp_now(const struct feed *f)
{
	return feed_stamp_at(f, f->conf->level, clock_boottime_us(), 0);
}

/* A message without a date waits for the offset of its boot, and hearthd may be another process by then.
 * In the journal's order this comes before the message. */
static void undated_key(const struct feed *f, char *dst, size_t size)
{
	(void)snprintf(dst, size, "undated.%s", f->conf->id);
}

static void note_undated(struct feed *f)
{
	char key[64];

	undated_key(f, key, sizeof(key));
	(void)journal_put_meta(f->manager->journal, key, &f->manager->boot_id,
		sizeof(f->manager->boot_id), NULL, NULL);
}

static void on_undated(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	struct feed *f = userdata;

	if (feed_answered(f) && error >= 0 && n == sizeof(f->manager->boot_id))
		f->told_undated |= memcmp(blob, &f->manager->boot_id, n) == 0;
}

static void ask_undated(struct feed *f)
{
	char key[64];

	undated_key(f, key, sizeof(key));
	if (journal_get_meta(f->manager->journal, key, on_undated, f) >= 0)
		f->pending++;
}

struct message_head feed_head_of(const struct compose_in *in)
{
	return (struct message_head){
		.gw = in->gw,
		.epoch = in->epoch,
		.seq = in->seq,
		.prev = in->prev,
		.lost = in->lost,
		.n_lost = in->n_lost,
		.withheld = in->withheld,
		.n_withheld = in->n_withheld,
	};
}

struct message_head feed_head(struct feed *f, const struct compose_in *in, struct boot_offset *boot)
{
	struct stamp now = feed_stamp_at(f, LEVEL_FULL, clock_boottime_us(), 0);
	struct message_head h = feed_head_of(in);

	/* An event may be what states it. */
	if (in->n_lost + in->n_withheld > 0)
		f->retell = true;
	if (now.wall_us == 0) {
		if (!f->told_undated)
			note_undated(f);
		f->told_undated = true;
	} else if (f->told_undated) {
		*boot = (struct boot_offset){now.boot_id, now.wall_us - (int64_t)now.t_us};
		boot->wall_us =
			privacy_seconds(f->conf->level, boot->wall_us / (int64_t)USEC_PER_SEC) *
			(int64_t)USEC_PER_SEC;
		h.boots = boot;
		h.n_boots = 1;
	}
	return h;
}

/* Deflates in place of JSON where the upstream wants it. Takes JSON over. */
int feed_pack(struct feed *f, char *json, size_t n, bool with_dict, struct compose_out *ret)
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
	if (r < 0)
		return r;
	ret->deflated = true;
	if (with_dict && f->dict)
		(void)str_copy(ret->dict, sizeof(ret->dict), f->dict_id);
	return 0;
}

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

static void ask_alias(struct feed *f, const char *kind, const char *id, char (*dst)[33])
{
	struct alias_job *j;
	char key[64];

	if (!isempty(*dst))
		return;
	if (feed_may_name(f) && !streq(kind, "key:")) {
		(void)str_copy(*dst, sizeof(*dst), id);
		f->aliases_missing--;
		return;
	}
	j = calloc(1, sizeof(*j));
	if (!j)
		return;
	*j = (struct alias_job){f, dst};
	snprintf(key, sizeof(key), "%s%s", kind, id);
	if (journal_alias(f->manager->journal, f->conf->id, key, on_alias, j) < 0)
		free(j);
	else
		f->pending++;
}

static void ask_aliases(struct feed *f)
{
	struct manager *m = f->manager;

	for (size_t i = 0; i < m->n_units; i++)
		ask_alias(f, "", m->units[i].appliance->conf->id, &f->aliases[i]);
	for (size_t i = 0; i < m->n_lines; i++)
		/* A bus may have the name of an appliance; here they must not share one. */
		ask_alias(f, "bus:", m->lines[i].conf->id, &f->bus_aliases[i]);
	for (size_t i = 0; i < ARRAY_SIZE(f->key_names); i++)
		ask_alias(f, "key:", i ? "b" : "a", &f->key_names[i]);
	if (f->aliases_missing == 0)
		feed_complete(f);
}

/* Numbers and names are known: everything that waited for them goes. */
void feed_complete(struct feed *f)
{
	if (f->aliases_missing == 0 && upstream_ready(f->up))
		feed_settle_terms(f);
	if (!feed_is_complete(f))
		return;
	feed_set_all(f);
	feed_clear_topics(f);
	feed_submit_waiting(f);
	feed_read_untold(f);
	feed_read_history(f);
	feed_read_summary(f);
}

static void set_will(struct feed *f)
{
	char *will;
	size_t n;

	/* Before the relay hears of anything: it would connect anew for another will. */
	if (status_compose(false, (struct stamp){0}, HEARTHD_VERSION, &will, &n) >= 0) {
		(void)upstream_set_will(f->up, will);
		free(will);
	}
}

void feed_restore(struct feed *f)
{
	set_will(f);
	feed_complete(f);
}

static void on_ready(struct upstream *u, void *userdata)
{
	struct feed *f = userdata;

	set_will(f);
	feed_commands_start(f);
	report_state_reset(f->told);
	f->read_after = 0;
	feed_complete(f);
	manager_dbus_feed_changed(f);
}

static void on_connect(struct upstream *u, void *userdata)
{
	struct feed *f = userdata;

	if (!feed_is_complete(f))
		return;
	feed_set_status(f);
	feed_set_info(f);
	feed_set_birth(f);
}

static void on_message(struct upstream *u, const struct upstream_message *message, void *userdata)
{
	struct feed *f = userdata;

	/* Before its names are known nothing can be meant. */
	if (feed_is_complete(f))
		(void)feed_down_message(f, message);
}

static void on_changed(struct upstream *u, void *userdata)
{
	struct feed *f = userdata;

	manager_dbus_feed_changed(f);
}

static void on_gone(struct upstream *u, uint64_t seq, bool acked, void *userdata)
{
	struct feed *f = userdata;

	manager_repair_gone(f->manager, f->conf->id, seq, acked);
}

static const struct upstream_ops feed_ops = {
	.on_ready = on_ready,
	.on_connect = on_connect,
	.on_changed = on_changed,
	.on_message = on_message,
	.on_gone = on_gone,
};

void manager_feeds_tick(struct manager *m)
{
	uint64_t now = clock_boottime_us();

	feed_adopt_events(m);
	manager_leave_tick(m);
	for (size_t i = 0; i < m->n_feeds; i++) {
		manager_relay_tick(m->feeds[i]->relay);
		feed_tick_rotation(m->feeds[i]);
	}
	/* The journal could not answer before; it has nothing of theirs to do now. */
	for (size_t i = 0; i < m->n_feeds; i++)
		if (m->feeds[i]->aliases_missing > 0 && m->feeds[i]->pending == 0)
			ask_aliases(m->feeds[i]);
		else if (!m->feeds[i]->terms_settled)
			feed_complete(m->feeds[i]);
		else if (feed_is_complete(m->feeds[i])) {
			feed_tick_topics(m->feeds[i]);
			feed_tick_discovery(m->feeds[i]);
			feed_read_untold(m->feeds[i]);
			feed_tick_summary(m->feeds[i]);
		}
	/* All feeds at one time: who is not ready gets everything in feed_complete(). */
	if (now - m->dirty_us < STATE_REFRESH_US)
		return;
	m->dirty_us = now;
	for (size_t k = 0; k < m->n_units; k++) {
		struct unit *u = &m->units[k];

		for (size_t i = 0; u->retained_dirty && i < m->n_feeds; i++)
			if (feed_may_unit(m->feeds[i], u, PLANE_STATE) &&
				feed_is_complete(m->feeds[i]))
				feed_set_unit(m->feeds[i], u, false);
		u->retained_dirty = false;
	}
}

/* ---- life */

static void on_names_since(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	struct feed *f = userdata;
	char text[32];

	if (!feed_answered(f) || error < 0 || n >= sizeof(text))
		return;
	memcpy(text, blob, n);
	text[n] = '\0';
	f->names_since_us = strtoll(text, NULL, 10);
}

/* The journal answers in order: before the aliases, and so before the first message. */
static void ask_names_since(struct feed *f)
{
	char key[64];

	(void)snprintf(key, sizeof(key), "names.%s", f->conf->id);
	if (journal_get_meta(f->manager->journal, key, on_names_since, f) >= 0)
		f->pending++;
}

static int feed_start(struct manager *m, struct feed *f, const struct upstream_config *conf)
{
	int r;

	*f = (struct feed){
		.manager = m,
		.conf = conf,
		.aliases = calloc(MAX(m->n_units, 1u), sizeof(*f->aliases)),
		.bus_aliases = calloc(MAX(m->n_lines, 1u), sizeof(*f->bus_aliases)),
		.aliases_missing = m->n_units + m->n_lines + ARRAY_SIZE(f->key_names),
		.told = report_state_new(),
		.since = calloc(MAX(m->n_units, 1u), sizeof(*f->since)),
	};
	if (!f->aliases || !f->bus_aliases || !f->told || !f->since)
		return -ENOMEM;
	feed_find_gap(f);
	r = manager_relay_new(
		m->event, m->journal, m->options.runtime, conf, &feed_ops, f, &f->relay);
	if (r < 0)
		return r;
	f->up = manager_relay_upstream(f->relay);
	upstream_hold(f->up, true); /* until the terms are settled */
	upstream_grant(f->up, manager_assist(m, conf->id, NULL) ? PLANE_REPORT : 0);
	feed_down_subscribe(f);
	ask_names_since(f);
	ask_undated(f);
	ask_aliases(f);
	return 0;
}

static void feed_stop(struct feed *f)
{
	f->pending++; /* the jobs that end now must not free it */
	f->stopped = true;
	manager_repairs_forget_drafts(f->manager, f->conf->id);
	feed_stop_rotation(f);
	feed_commands_stop(f);
	f->relay = manager_relay_free(f->relay);
	f->up = NULL;
	for (size_t i = 0; i < f->n_waiting; i++)
		feed_keep_event(f->waiting[i]);
	f->n_waiting = 0;
	f->stopped = true;
	f->pending--;
	if (f->pending == 0)
		feed_free(f);
}

static int feed_new(struct manager *m, const struct upstream_config *conf, struct feed **ret)
{
	struct feed *f = calloc(1, sizeof(*f));
	int r = f ? feed_start(m, f, conf) : -ENOMEM;

	if (r < 0) {
		log_error("upstream %s cannot start: %s", conf->id, strerror(-r));
		if (f)
			feed_stop(f);
		return r;
	}
	*ret = f;
	return 0;
}

/* What others are to be told is nobody's business any more. */
static void keep_untold(struct manager *m)
{
	char names[CONFIG_UPSTREAMS_MAX * 33] = "";
	size_t used = 0;

	for (size_t i = 0; i < m->config->n_upstreams; i++)
		if (m->config->upstreams[i].level != LEVEL_OFF)
			(void)str_appendf(
				names, sizeof(names), &used, "%s ", m->config->upstreams[i].id);
	(void)journal_keep_untold(m->journal, names);
}

/* The one that a reload has left running, out of V; NULL. */
static struct feed *take_running(struct feed **v, size_t n, const struct upstream_config *c)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] && streq(v[i]->conf->id, c->id)) {
			struct feed *f = TAKE_PTR(v[i]);

			f->conf = c;
			manager_relay_set_config(f->relay, c);
			return f;
		}
	return NULL;
}

int manager_feeds_start(struct manager *m)
{
	struct feed *running[CONFIG_UPSTREAMS_MAX];
	size_t n_running = m->n_feeds;

	memcpy(running, m->feeds, n_running * sizeof(*running));
	m->n_feeds = 0;
	m->flush_us = m->config->flush_us;
	for (size_t i = 0; i < m->config->n_upstreams; i++) {
		const struct upstream_config *c = &m->config->upstreams[i];
		struct feed *f;
		int r;

		if (c->level == LEVEL_OFF) {
			manager_leave_start(m, c);
			continue;
		}
		f = take_running(running, n_running, c);
		r = f ? 0 : feed_new(m, c, &f);
		if (r < 0)
			continue; /* it costs that upstream alone */
		/* A report is made from what was flushed. */
		if (feed_may(f, PLANE_REPORT))
			m->flush_us = MIN(m->flush_us, c->report_interval_us);
		m->feeds[m->n_feeds++] = f;
	}
	keep_untold(m);
	feed_adopt_events(m);
	return 0;
}

int feed_renew(
	struct feed *old, int (*between)(struct manager *m, const char *id, void *u), void *u)
{
	struct manager *m = old->manager;
	const struct upstream_config *conf = old->conf;
	struct feed *f = calloc(1, sizeof(*f));
	size_t i = 0;
	int r, e;

	if (!f)
		return -ENOMEM;
	while (m->feeds[i] != old)
		i++;
	feed_stop(old);
	/* In the journal's order this comes before everything the new one asks for. */
	e = between(m, conf->id, u);
	r = feed_start(m, f, conf);
	if (r < 0) {
		log_error("upstream %s cannot start: %s", conf->id, strerror(-r));
		feed_stop(f);
		m->feeds[i] = m->feeds[--m->n_feeds];
		return r;
	}
	m->feeds[i] = f;
	return e;
}

void manager_feeds_stop(struct manager *m, const struct config *next)
{
	size_t n = 0;

	manager_leave_stop(m);
	for (size_t i = 0; i < m->n_feeds; i++) {
		struct feed *f = m->feeds[i];
		const struct upstream_config *c = next ? config_upstream(next, f->conf->id) : NULL;

		if (c && digest_same(&c->digest, &f->conf->digest))
			m->feeds[n++] = f;
		else
			feed_stop(f);
	}
	m->n_feeds = n;
}
