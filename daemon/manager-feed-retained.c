/* SPDX-License-Identifier: Apache-2.0 */
/* Retained documents: what a subscriber finds when it comes. */
#include "deflate.h"
#include "log.h"
#include "manager-assist.h"
#include "manager-feed-internal.h"

#include "build-config.h"

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
	bool names = feed_may_name(f);

	return (struct appliance_text){
		.id = feed_alias(f, u),
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

size_t feed_texts(const struct feed *f, enum plane plane, struct appliance_text *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < f->manager->n_units; i++)
		if (feed_may_unit(f, &f->manager->units[i], plane))
			ret[n++] = unit_text(f, &f->manager->units[i]);
	return n;
}

void feed_set_status(struct feed *f)
{
	char *json;
	size_t n;

	if (status_compose(true, feed_stamp_at(f, f->conf->level, f->manager->started_us, 0),
		    HEARTHD_VERSION, &json, &n) < 0)
		return;
	set_retained(f, RETAINED_STATUS, "status", "application/json", json, n, false);
	free(json);
}

/* Of this upstream; RET has ASSISTS_MAX. */
static size_t feed_assists(const struct feed *f, struct info_assist *ret)
{
	uint64_t now = clock_boottime_us();
	size_t n = 0;

	for (size_t i = 0; i < f->manager->n_units && n < ASSISTS_MAX; i++) {
		const struct unit *u = &f->manager->units[i];
		const struct assist *a =
			manager_assist(f->manager, f->conf->id, u->appliance->conf->id);

		if (a && *feed_alias(f, u))
			ret[n++] = (struct info_assist){feed_alias(f, u),
				a->until_us > now ? (int64_t)((a->until_us - now) / USEC_PER_SEC)
						  : 0};
	}
	return n;
}

int feed_compose_info(
	const struct feed *f, const struct feed_names *names, char **ret, size_t *ret_n)
{
	struct manager *m = f->manager;
	struct journal_status js;
	struct upstream_status us;
	struct info_assist assists[ASSISTS_MAX];
	unsigned appliances = 0, answering = 0, open = 0, planes = 0;

	journal_get_status(m->journal, &js);
	us = (struct upstream_status){0};
	if (f->up)
		upstream_get_status(f->up, &us);
	for (unsigned plane = PLANE_EVENT; plane <= PLANE_DISCOVERY; plane <<= 1)
		planes |= feed_may(f, (enum plane)plane) ? plane : 0;
	for (size_t i = 0; i < m->n_units; i++) {
		const struct unit *u = &m->units[i];

		if (feed_level(f, u) == LEVEL_OFF)
			continue; /* nothing of it leaves, not even that it is there */
		appliances++;
		answering += appliance_reachable(u->appliance);
		open += (unsigned)findings_active(&u->diagnose.findings, NULL, NULL);
	}
	return info_compose(
		&(struct info_text){
			.gw = names->gw,
			.epoch = names->epoch,
			.version = HEARTHD_VERSION,
			.t = feed_stamp_now(f),
			.level = f->conf->level,
			.planes = planes,
			.dict = f->dict ? f->dict_id : NULL,
			.clock_set = clock_is_set(m->config->clock),
			.appliances = appliances,
			.answering = answering,
			.findings_open = open,
			.last_seq = us.last_seq,
			.lost_messages = us.lost + f->events_lost,
			.journal_degraded = js.degraded,
			.assists = assists,
			.n_assists = feed_assists(f, assists),
		},
		ret, ret_n);
}

void feed_set_info(struct feed *f)
{
	const struct feed_names names = {upstream_gw(f->up), upstream_epoch(f->up)};
	char *json;
	size_t n;

	if (feed_compose_info(f, &names, &json, &n) < 0)
		return;
	set_retained(f, RETAINED_INFO, "info", "application/json", json, n, false);
	free(json);
}

int feed_compose_birth(
	const struct feed *f, const struct feed_names *names, char **ret, size_t *ret_n)
{
	struct appliance_text texts[CONFIG_APPLIANCES_MAX];
	struct upstream_status us = {0};

	if (f->up)
		upstream_get_status(f->up, &us);
	return birth_compose(
		&(struct birth_text){
			.gw = names->gw,
			.epoch = names->epoch,
			.after = us.last_seq,
			.t = feed_stamp_now(f),
			.dict = f->dict ? f->dict_id : NULL,
			.appliances = texts,
			.n_appliances = feed_texts(f, PLANE_REPORT, texts),
		},
		ret, ret_n);
}

void feed_set_birth(struct feed *f)
{
	const struct feed_names names = {upstream_gw(f->up), upstream_epoch(f->up)};
	struct compose_out out = {0};
	char *json;
	size_t n;

	if (!feed_may(f, PLANE_REPORT) || !f->conf->birth)
		return;
	if (feed_compose_birth(f, &names, &json, &n) < 0)
		return;
	if (feed_pack(f, json, n, true, &out) < 0)
		return;
	set_retained(
		f, RETAINED_BIRTH, "birth", "application/json", out.payload, out.n, out.deflated);
	free(out.payload);
}

/* ---- dictionaries: the one of now, and older ones that reports still waiting were made with. Both
 * are kept in the journal, "dicts.UPSTREAM" holding the ids, so that a broker that lost its store is
 * given all it needs after a restart too. */

#define DICTS_MAX 5

struct dict_job {
	struct feed *feed;
	char ids[DICTS_MAX][17]; /* known ones, newest first */
	size_t n;
	bool needed[DICTS_MAX];
	unsigned pending; /* answers still to come */
};

static void dict_key(const struct feed *f, const char *id, char *dst, size_t size)
{
	snprintf(dst, size, "dict.%s.%s", f->conf->id, id);
}

static void publish_dict(struct feed *f, const char *id, const void *p, size_t n)
{
	char suffix[32];

	snprintf(suffix, sizeof(suffix), "dict/%s", id);
	set_retained(f, RETAINED_DICT, suffix, "application/octet-stream", p, n, false);
}

static void dict_job_unref(struct dict_job *j)
{
	if (--j->pending == 0)
		free(j);
}

static void on_old_dict(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	struct dict_job *j = userdata;

	if (feed_answered(j->feed) && error >= 0 && n > 0)
		publish_dict(j->feed, strrchr(key, '.') + 1, blob, n);
	dict_job_unref(j);
}

/* Older ones: published while a report waits that needs them, else forgotten everywhere. */
static void settle_dicts(struct dict_job *j)
{
	struct feed *f = j->feed;
	struct journal *journal = f->manager->journal;
	char list[DICTS_MAX * 17] = "", key[64], suffix[32];
	size_t used = 0;

	if (f->dict)
		(void)str_appendf(list, sizeof(list), &used, "%s", f->dict_id);
	for (size_t i = 0; i < j->n; i++) {
		if (f->dict && streq(j->ids[i], f->dict_id))
			continue;
		dict_key(f, j->ids[i], key, sizeof(key));
		if (j->needed[i] && feed_may(f, PLANE_REPORT) &&
			str_appendf(
				list, sizeof(list), &used, "%s%s", used ? " " : "", j->ids[i])) {
			if (journal_get_meta(journal, key, on_old_dict, j) >= 0) {
				f->pending++;
				j->pending++;
			}
			continue;
		}
		snprintf(suffix, sizeof(suffix), "dict/%s", j->ids[i]);
		(void)upstream_clear_retained(f->up, RETAINED_DICT, suffix);
		(void)journal_put_meta(journal, key, NULL, 0, NULL, NULL);
	}
	if (f->dict) {
		dict_key(f, f->dict_id, key, sizeof(key));
		(void)journal_put_meta(journal, key, f->dict, f->dict_n, NULL, NULL);
	}
	snprintf(key, sizeof(key), "dicts.%s", f->conf->id);
	(void)journal_put_meta(journal, key, list, used, NULL, NULL);
}

static void on_needed(int error, const char (*ids)[17], size_t n, void *userdata)
{
	struct dict_job *j = userdata;

	if (feed_answered(j->feed)) {
		/* Not known which are needed: then all are. */
		for (size_t i = 0; i < j->n; i++) {
			j->needed[i] = error < 0;
			for (size_t k = 0; error >= 0 && k < n; k++)
				j->needed[i] = j->needed[i] || streq(j->ids[i], ids[k]);
		}
		settle_dicts(j);
	}
	dict_job_unref(j);
}

static void on_known(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	struct dict_job *j = userdata;
	struct feed *f = j->feed;

	if (feed_answered(f)) {
		const char *p = blob;

		for (; error >= 0 && n >= 16 && j->n < DICTS_MAX;
			p += MIN(n, 17u), n -= MIN(n, 17u)) {
			memcpy(j->ids[j->n], p, 16);
			j->n += strspn(j->ids[j->n], "0123456789abcdef") == 16;
		}
		if (journal_out_dicts(f->manager->journal, f->conf->id, on_needed, j) >= 0) {
			f->pending++;
			j->pending++;
		}
	}
	dict_job_unref(j);
}

static void look_after_dicts(struct feed *f)
{
	struct dict_job *j = calloc(1, sizeof(*j));
	char key[64];

	if (!j)
		return;
	j->feed = f;
	j->pending = 1;
	snprintf(key, sizeof(key), "dicts.%s", f->conf->id);
	if (journal_get_meta(f->manager->journal, key, on_known, j) >= 0)
		f->pending++;
	else
		free(j);
}

void feed_set_dict(struct feed *f)
{
	struct appliance_text texts[CONFIG_APPLIANCES_MAX];

	free(TAKE_PTR(f->dict));
	if (feed_may(f, PLANE_REPORT) && f->conf->compression != COMPRESSION_NONE) {
		if (dictionary_compose(upstream_gw(f->up), texts,
			    feed_texts(f, PLANE_REPORT, texts), f->conf->lossless, &f->dict,
			    &f->dict_n) < 0) {
			f->dict = NULL;
			return;
		}
		dictionary_id(f->dict, f->dict_n, f->dict_id);
		publish_dict(f, f->dict_id, f->dict, f->dict_n);
	}
	look_after_dicts(f);
}

void feed_set_unit(struct feed *f, const struct unit *u, bool with_meta)
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
	feed_set_health(f, u);
	if (with_meta)
		feed_set_discovery(f, u, &t);
}
