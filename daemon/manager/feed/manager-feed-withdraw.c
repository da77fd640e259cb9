/* SPDX-License-Identifier: Apache-2.0 */
/* The terms under which messages were made for an upstream, kept in the small value "terms.UPSTREAM":
 * its level, and by appliance the level, what of its history may be told, and from which row on. When a
 * feed begins with tighter ones, everything that waits is looked through before anything may leave
 * (upstream_hold()): what is above the new level is deleted, an event is made again with less in it.
 * Only then the new terms are stored; a crash before that begins anew. Loosening begins now: rows of
 * history from before stay where they are. */
#include "daemon/report/deflate.h"
#include "daemon/base/log.h"
#include "manager-feed-internal.h"

#define PAGE     32 /* messages looked through at once */
#define RETRY_US (5 * USEC_PER_SEC)

/* ASSIST: reports too, but only for the time of assistance; what is read behind it is not for them. */
enum reach { REACH_REPORT = 1, REACH_SUMMARY = 2, REACH_STATE = 4, REACH_ASSIST = 8 };

struct sweep {
	struct feed *feed;
	bool *tighter;        /* of each unit */
	bool any, lower;      /* something is; the upstream's own level */
	enum out_class class; /* looked through up to this one */
	uint64_t after, end;  /* messages made since are as they should be */
	unsigned jobs;        /* events being made again */
	uint64_t drop[PAGE];
	size_t n_drop;
	bool last_page;
	uint64_t n_withdrawn, n_reduced;
	char *stored; /* the terms as they were */
};

struct reduce_job {
	struct sweep *sweep;
	enum privacy_level level;
	uint64_t seq;
	size_t n;
	char json[];
};

/* P of N bytes, terminated. */
static char *text_of(const void *p, size_t n)
{
	char *s = malloc(n + 1);

	if (!s)
		return NULL;
	if (n > 0)
		memcpy(s, p, n);
	s[n] = '\0';
	return s;
}

static void sweep_free(struct sweep *w)
{
	if (!w)
		return;
	free(w->tighter);
	free(w->stored);
	free(w);
}

static void terms_key(const struct feed *f, char *dst, size_t size)
{
	(void)snprintf(dst, size, "terms.%s", f->conf->id);
}

static unsigned reach_of(const struct feed *f, const struct unit *u)
{
	bool lasting =
		feed_may_conf(f, PLANE_REPORT) &&
		privacy_level_of(f->manager->config, f->conf, u->appliance->conf) == LEVEL_FULL;

	return (!feed_may_unit(f, u, PLANE_REPORT) ? 0
		       : lasting                   ? REACH_REPORT
						   : REACH_ASSIST) |
	       (feed_may_unit(f, u, PLANE_SUMMARY) ? REACH_SUMMARY : 0) |
	       (feed_may_unit(f, u, PLANE_STATE) ? REACH_STATE : 0);
}

bool feed_may_row(const struct feed *f, const struct unit *u, enum plane plane, uint64_t row)
{
	return feed_may_unit(f, u, plane) && row > f->since[u - f->manager->units];
}

/* The store cannot do it now. */
static void failed(struct feed *f, struct sweep *w, int error)
{
	log_warning("upstream %s: nothing leaves until what waits has been looked through: %s",
		f->conf->id, strerror(-error));
	sweep_free(w);
	f->terms_asked = false;
	f->terms_retry_us = clock_boottime_us() + RETRY_US;
}

/* ---- the end: the new terms hold */

static void settle(struct feed *f)
{
	const struct manager *m = f->manager;
	uint64_t since = UINT64_MAX;

	for (size_t i = 0; i < m->n_units; i++)
		if (feed_may_unit(f, &m->units[i], PLANE_REPORT))
			since = MIN(since, f->since[i]);
	if (since != UINT64_MAX) /* what is for nobody is not read */
		f->read_after = MAX(f->read_after, since);
	f->terms_settled = true;
	upstream_forget(f->up); /* what waits is not what it was */
	upstream_hold(f->up, false);
	feed_complete(f);
}

static void on_kept(int error, void *userdata)
{
	struct feed *f = userdata;

	if (!feed_answered(f))
		return;
	if (error < 0)
		failed(f, NULL, error);
	else
		settle(f);
}

static void keep_terms(struct feed *f, struct sweep *w)
{
	struct manager *m = f->manager;
	char key[64], text[CONFIG_APPLIANCES_MAX * 64 + 64];
	size_t used = 0;
	bool same;
	int r;

	if (w->n_withdrawn > 0 || w->n_reduced > 0)
		log_notice("upstream %s: the level was tightened: %llu waiting messages withdrawn, "
			   "%llu events made again with less in them",
			f->conf->id, (unsigned long long)w->n_withdrawn,
			(unsigned long long)w->n_reduced);
	(void)str_appendf(
		text, sizeof(text), &used, "1 %d %u\n", (int)f->conf->level, f->conf->planes);
	for (size_t i = 0; i < m->n_units; i++)
		(void)str_appendf(text, sizeof(text), &used, "%s %d %u %llu\n",
			m->units[i].appliance->conf->id, (int)feed_level(f, &m->units[i]),
			reach_of(f, &m->units[i]), (unsigned long long)f->since[i]);
	/* A store that takes no writes does not keep anybody from going on as before. */
	same = w->stored && streq(w->stored, text);
	sweep_free(w);
	if (same) {
		settle(f);
		return;
	}
	terms_key(f, key, sizeof(key));
	r = journal_put_meta(m->journal, key, text, used, on_kept, f);
	if (r < 0)
		failed(f, NULL, r);
	else
		f->pending++;
}

/* ---- one page after another */

static void next_page(struct sweep *w);

static bool names(const char *text, const char *before, const char *alias, const char *behind)
{
	char needle[64];

	(void)snprintf(needle, sizeof(needle), "%s\"%s\"%s", before, alias, behind);
	return strstr(text, needle) != NULL;
}

/* Of M, as text: keys and aliases hold no character that JSON would write another way. */
static bool tells_of_withdrawn(const struct sweep *w, const char *text, enum plane plane)
{
	const struct feed *f = w->feed;

	for (size_t i = 0; i < f->manager->n_units; i++)
		if (w->tighter[i] && !feed_may_unit(f, &f->manager->units[i], plane) &&
			names(text, "", f->aliases[i], ""))
			return true;
	return false;
}

static int compose_reduced(
	struct upstream *u, const struct compose_in *in, void *userdata, struct compose_out *ret)
{
	struct reduce_job *j = userdata;
	struct message_head head = feed_head_of(in);
	char *json;
	int r = event_reduce(&head, j->level, j->json, j->n, &json, &ret->n);

	if (r < 0)
		return r;
	ret->payload = json;
	ret->replaces = j->seq;
	return 0;
}

static void end_page(struct sweep *w);

static void reduced(struct upstream *u, int error, uint64_t seq, void *userdata)
{
	struct reduce_job *j = userdata;
	struct sweep *w = j->sweep;

	/* What cannot be made again goes. */
	if (error < 0 && error != -ECANCELED && w->n_drop < PAGE)
		w->drop[w->n_drop++] = j->seq;
	w->n_reduced += error == 0;
	w->jobs--;
	free(j);
	if (!feed_answered(w->feed)) {
		if (w->jobs == 0)
			sweep_free(w);
		return;
	}
	if (w->jobs == 0)
		end_page(w);
}

static void reduce(struct sweep *w, const struct out_message *m, enum privacy_level level)
{
	struct reduce_job *j = malloc(sizeof(*j) + m->n + 1);

	if (j) {
		*j = (struct reduce_job){.sweep = w, .level = level, .seq = m->seq, .n = m->n};
		memcpy(j->json, m->payload, m->n);
		j->json[m->n] = '\0';
		if (upstream_compose(w->feed->up, m->class, "event", compose_reduced, reduced, j) >=
			0) {
			w->feed->pending++;
			w->jobs++;
			return;
		}
	}
	free(j);
	w->drop[w->n_drop++] = m->seq;
}

static void look_at_event(struct sweep *w, const struct out_message *m)
{
	struct feed *f = w->feed;
	_cleanup_free_ char *text = text_of(m->payload, m->n);
	enum privacy_level level = f->conf->level;
	bool tighter = w->lower;

	for (size_t i = 0; text && i < f->manager->n_units; i++)
		if (names(text, "\"appliance\":", f->aliases[i], "")) {
			level = feed_level(f, &f->manager->units[i]);
			tighter = w->tighter[i];
		}
	if (!text || level == LEVEL_OFF)
		w->drop[w->n_drop++] = m->seq;
	else if (tighter && level < LEVEL_FULL)
		reduce(w, m, level);
}

static void look_at(struct sweep *w, const struct out_message *m)
{
	bool report = endswith(m->topic, "/report");
	_cleanup_free_ char *text = NULL;
	void *plain = NULL;
	size_t n;

	if (m->seq > w->end)
		return;
	if (endswith(m->topic, "/event")) {
		look_at_event(w, m);
		return;
	}
	if (!report && !endswith(m->topic, "/summary"))
		return;
	if (!m->deflated)
		text = text_of(m->payload, m->n);
	else if (inflate_bytes(m->payload, m->n, NULL, 0, INFLATE_MAX, &plain, &n) >= 0) {
		text = text_of(plain, n);
		free(plain);
	}
	/* What cannot be read (an older dictionary) may tell of anything. */
	if (!text || tells_of_withdrawn(w, text, report ? PLANE_REPORT : PLANE_SUMMARY))
		w->drop[w->n_drop++] = m->seq;
}

/* An answer of the journal. False: the sweep has ended, with its feed or by an error. */
static bool goes_on(struct sweep *w, int error)
{
	if (!feed_answered(w->feed))
		sweep_free(w);
	else if (error < 0)
		failed(w->feed, w, error);
	else
		return true;
	return false;
}

static void on_page(int error, const struct out_message *v, size_t n, void *userdata)
{
	struct sweep *w = userdata;

	if (!goes_on(w, error))
		return;
	w->last_page = n == 0;
	w->jobs = 1; /* none of them may end the page before all are made */
	for (size_t i = 0; i < n; i++) {
		look_at(w, &v[i]);
		w->class = v[i].class;
		w->after = v[i].seq;
	}
	w->jobs--;
	if (w->jobs == 0)
		end_page(w);
}

static void on_withdrawn(int error, uint64_t n, bool more, void *userdata)
{
	struct sweep *w = userdata;

	if (!goes_on(w, error))
		return;
	w->n_withdrawn += n;
	w->n_drop = 0;
	if (w->last_page)
		keep_terms(w->feed, w);
	else
		next_page(w);
}

static void end_page(struct sweep *w)
{
	struct feed *f = w->feed;
	int r;

	if (w->n_drop == 0) {
		if (w->last_page)
			keep_terms(f, w);
		else
			next_page(w);
		return;
	}
	r = journal_out_withdraw(
		f->manager->journal, f->conf->id, NULL, w->drop, w->n_drop, on_withdrawn, w);
	if (r < 0)
		failed(f, w, r);
	else
		f->pending++;
}

static void next_page(struct sweep *w)
{
	struct feed *f = w->feed;
	int r = journal_out_read(
		f->manager->journal, f->conf->id, w->class, w->after, PAGE, on_page, w);

	if (r < 0)
		failed(f, w, r);
	else
		f->pending++;
}

/* ---- the beginning: whole topics, without a look at each message */

static void withdraw_topics(struct sweep *w);

static void on_topics_withdrawn(int error, uint64_t n, bool more, void *userdata)
{
	struct sweep *w = userdata;

	if (!goes_on(w, error))
		return;
	w->n_withdrawn += n;
	if (more)
		withdraw_topics(w);
	else
		next_page(w);
}

static void withdraw_topics(struct sweep *w)
{
	static const struct {
		enum plane plane;
		const char *suffix;
	} planes[] = {{PLANE_EVENT, "event"}, {PLANE_REPORT, "report"}, {PLANE_SUMMARY, "summary"}};
	struct feed *f = w->feed;
	char topics[3 * RELAY_TOPIC_MAX] = "";
	size_t used = 0;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(planes); i++)
		if (!feed_may(f, planes[i].plane))
			(void)str_appendf(topics, sizeof(topics), &used, "%s/%s\n",
				upstream_base(f->up), planes[i].suffix);
	r = journal_out_withdraw(f->manager->journal, f->conf->id,
		f->conf->level == LEVEL_OFF ? "*" : topics, NULL, 0, on_topics_withdrawn, w);
	if (r < 0)
		failed(f, w, r);
	else
		f->pending++;
}

/* ---- what was in force before */

/* TEXT: "ID LEVEL REACH SINCE\n"… */
static bool unit_terms(
	const char *text, const char *id, int *level, unsigned *reach, uint64_t *since)
{
	for (const char *p = text, *end; p && *p; p = end + 1) {
		char name[33];
		unsigned long long row;

		end = strchr(p, '\n');
		if (!end)
			return false;
		if (sscanf(p, "%32s %d %u %llu", name, level, reach, &row) == 4 &&
			streq(name, id)) {
			*since = row;
			return true;
		}
	}
	return false;
}

/* True: something is tighter than it was. */
static bool compare(struct sweep *w, const char *text)
{
	struct feed *f = w->feed;
	struct manager *m = f->manager;
	int format = 0, level = LEVEL_FULL;
	unsigned planes = ~0U;
	const char *units = strchr(text, '\n');
	bool known = sscanf(text, "%d %d %u", &format, &level, &planes) == 3 && units;

	w->lower = !known || (int)f->conf->level < level;
	w->any = w->lower || planes & ~f->conf->planes;
	for (size_t i = 0; i < m->n_units; i++) {
		const struct unit *u = &m->units[i];
		int was = LEVEL_FULL, now = (int)feed_level(f, u);
		unsigned could = ~0U, can = reach_of(f, u);

		f->since[i] = 0;
		if (known &&
			!unit_terms(units + 1, u->appliance->conf->id, &was, &could, &f->since[i]))
			could = 0; /* it is new: so is what may be told of it */
		if (can & ~could)
			f->since[i] = upstream_history(f->up);
		w->tighter[i] = now < was || could & ~can;
		w->any = w->any || w->tighter[i];
	}
	return w->any;
}

static void on_terms(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	struct sweep *w = userdata;
	struct feed *f = w->feed;
	_cleanup_free_ char *text = NULL;

	if (!feed_answered(f)) {
		sweep_free(w);
		return;
	}
	if (error < 0 && error != -ENOENT) {
		failed(f, w, error);
		return;
	}
	text = text_of(blob, error < 0 ? 0 : n);
	w->stored = text ? strdup(text) : NULL;
	if (!w->stored)
		failed(f, w, -ENOMEM);
	else if (compare(w, text))
		withdraw_topics(w);
	else
		keep_terms(f, w);
}

void feed_settle_terms(struct feed *f)
{
	struct sweep *w;
	struct upstream_status s;
	char key[64];

	if (f->terms_settled || f->terms_asked || clock_boottime_us() < f->terms_retry_us)
		return;
	w = calloc(1, sizeof(*w));
	if (!w)
		return;
	w->feed = f;
	w->tighter = calloc(MAX(f->manager->n_units, 1u), sizeof(*w->tighter));
	upstream_get_status(f->up, &s);
	w->end = s.last_seq;
	terms_key(f, key, sizeof(key));
	if (!w->tighter || journal_get_meta(f->manager->journal, key, on_terms, w) < 0) {
		sweep_free(w);
		return;
	}
	f->terms_asked = true;
	f->pending++;
}
