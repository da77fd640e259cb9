/* SPDX-License-Identifier: Apache-2.0 */
/* Retained documents: what a subscriber finds when it comes. */
#include "daemon/report/deflate.h"
#include "daemon/base/log.h"
#include "daemon/manager/repair/manager-assist.h"
#include "manager-feed-internal.h"

#include "build-config.h"

const char *feed_gw(const struct feed *f)
{
	return f->sink ? f->sink->gw : upstream_gw(f->up);
}

const char *feed_base(const struct feed *f)
{
	return f->sink ? f->sink->base : upstream_base(f->up);
}

static const char *feed_epoch(const struct feed *f)
{
	return f->sink ? f->sink->epoch : upstream_epoch(f->up);
}

static char *copy_of(const void *p, size_t n)
{
	char *copy = malloc(n + 1);

	if (copy) {
		memcpy(copy, p, n);
		copy[n] = '\0';
	}
	return copy;
}

static void publish(struct feed *f, const struct retained_doc *d, const void *p, size_t n)
{
	int r = upstream_set_retained(f->up, d, p, n);

	if (r < 0)
		log_warning("upstream %s: %s is not published: %s", f->conf->id, d->suffix,
			strerror(-r));
}

void feed_retain(struct feed *f, struct retained_doc d, char *text, size_t n, bool packed)
{
	_cleanup_free_ char *plain = f->sink && text ? copy_of(text, n) : NULL;
	struct compose_out out = {.payload = text, .n = n};

	if (!text || (packed && feed_pack(f, text, n, true, &out) < 0))
		return;
	d.deflated = out.deflated;
	if (!f->sink)
		publish(f, &d, out.payload, out.n);
	else if (plain)
		f->sink->document(f->sink->userdata, &d, plain, n, out.n);
	free(out.payload);
}

static void set_json(struct feed *f, enum retained_rank rank, const char *suffix, char *json,
	size_t n, bool packed)
{
	feed_retain(f,
		(struct retained_doc){
			.rank = rank, .suffix = suffix, .content_type = "application/json"},
		json, n, packed);
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

static size_t appliance_texts(const struct feed *f, enum plane plane, struct appliance_text *ret)
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
	set_json(f, RETAINED_STATUS, "status", json, n, false);
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

static struct upstream_status status_of(const struct feed *f)
{
	struct upstream_status s = {0};

	if (f->sink)
		return f->sink->status;
	upstream_get_status(f->up, &s);
	return s;
}

void feed_set_info(struct feed *f)
{
	struct manager *m = f->manager;
	struct journal_status js;
	struct upstream_status us = status_of(f);
	struct info_assist assists[ASSISTS_MAX];
	unsigned appliances = 0, answering = 0, open = 0, planes = 0;
	char *json;
	size_t n;

	journal_get_status(m->journal, &js);
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
	if (info_compose(
		    &(struct info_text){
			    .gw = feed_gw(f),
			    .epoch = feed_epoch(f),
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
		    &json, &n) >= 0)
		set_json(f, RETAINED_INFO, "info", json, n, false);
}

void feed_set_birth(struct feed *f)
{
	struct appliance_text texts[CONFIG_APPLIANCES_MAX];
	char *json;
	size_t n;

	if (!feed_may(f, PLANE_REPORT) || !f->conf->birth)
		return;
	if (birth_compose(
		    &(struct birth_text){
			    .gw = feed_gw(f),
			    .epoch = feed_epoch(f),
			    .after = status_of(f).last_seq,
			    .t = feed_stamp_now(f),
			    .dict = f->dict ? f->dict_id : NULL,
			    .appliances = texts,
			    .n_appliances = appliance_texts(f, PLANE_REPORT, texts),
		    },
		    &json, &n) >= 0)
		set_json(f, RETAINED_BIRTH, "birth", json, n, true);
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
	feed_retain(f,
		(struct retained_doc){.rank = RETAINED_DICT,
			.suffix = suffix,
			.content_type = "application/octet-stream"},
		copy_of(p, n), n, false);
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

/* Makes the dictionary of names, and keeps those that waiting reports need; without reports none. */
static void set_dict(struct feed *f)
{
	struct appliance_text texts[CONFIG_APPLIANCES_MAX];

	free(TAKE_PTR(f->dict));
	if (feed_may(f, PLANE_REPORT) && f->conf->compression != COMPRESSION_NONE) {
		if (dictionary_compose(feed_gw(f), texts, appliance_texts(f, PLANE_REPORT, texts),
			    f->conf->lossless, &f->dict, &f->dict_n) < 0) {
			f->dict = NULL;
			return;
		}
		dictionary_id(f->dict, f->dict_n, f->dict_id);
		publish_dict(f, f->dict_id, f->dict, f->dict_n);
	}
	if (!f->sink)
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
		set_json(f, RETAINED_META, suffix, json, n, false);
	}
	if (state_compose(&t, &json, &n) >= 0) {
		snprintf(suffix, sizeof(suffix), "a/%s/state", t.id);
		set_json(f, RETAINED_STATE, suffix, json, n, false);
	}
	snprintf(suffix, sizeof(suffix), "a/%s/availability", t.id);
	feed_retain(f,
		(struct retained_doc){.rank = RETAINED_AVAILABILITY,
			.suffix = suffix,
			.content_type = "text/plain"},
		strdup(online), strlen(online), false);
	feed_set_health(f, u);
	if (with_meta)
		feed_set_discovery(f, u, &t);
}

void feed_set_all(struct feed *f)
{
	set_dict(f);
	feed_set_status(f);
	feed_set_info(f);
	feed_set_birth(f);
	for (size_t i = 0; i < f->manager->n_units; i++)
		if (feed_may_unit(f, &f->manager->units[i], PLANE_STATE))
			feed_set_unit(f, &f->manager->units[i], true);
}
