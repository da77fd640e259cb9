/* SPDX-License-Identifier: Apache-2.0 */
/* Taking leave of a broker: an upstream that is off, and one whose names are changed. What the broker
 * keeps is taken back under the names it was published with, and without a Last Will, so that nothing
 * is left behind. */
#include "daemon/base/log.h"
#include "manager-feed-internal.h"
#include "manager-privacy.h"

/* ---- Level=off */

struct leaving {
	struct manager *manager;
	const struct upstream_config *conf;
	struct manager_relay *relay; /* NULL: nothing to take back, or not known yet */
	struct upstream *up;
	char *topics; /* whole ones, a line each, then "dict/ID" */
	unsigned pending;
	bool stopped, done;
};

static void leaving_free(struct leaving *l)
{
	free(l->topics);
	free(l);
}

static bool answered(struct leaving *l)
{
	l->pending--;
	if (l->stopped && l->pending == 0)
		leaving_free(l);
	else
		return !l->stopped;
	return false;
}

static void put_value(struct leaving *l, const char *what, const char *text)
{
	char key[64];

	(void)snprintf(key, sizeof(key), "%s.%s", what, l->conf->id);
	(void)journal_put_meta(l->manager->journal, key, text, strlen(text), NULL, NULL);
}

/* What begins after it begins anew: nothing of the history from the time it was off. */
static void keep_terms(struct leaving *l)
{
	char text[CONFIG_APPLIANCES_MAX * 48 + 32];
	size_t used = 0;

	(void)str_appendf(text, sizeof(text), &used, "1 0 0\n");
	for (size_t i = 0; i < l->manager->n_units; i++)
		(void)str_appendf(text, sizeof(text), &used, "%s 0 0 0\n",
			l->manager->units[i].appliance->conf->id);
	put_value(l, "terms", text);
}

static void forget_dicts(struct leaving *l)
{
	for (const char *p = strstr(l->topics, "dict/"); p; p = strstr(p + 1, "dict/")) {
		char what[64];

		(void)snprintf(what, sizeof(what), "dict.%s.%.16s", l->conf->id, p + 5);
		(void)journal_put_meta(l->manager->journal, what, NULL, 0, NULL, NULL);
	}
	put_value(l, "dicts", "");
}

static void on_ready(struct upstream *u, void *userdata)
{
	struct leaving *l = userdata;

	for (const char *p = l->topics; *p;) {
		char topic[RELAY_TOPIC_MAX];
		size_t n = strcspn(p, "\n");

		/* Whole ones of the list; a dictionary's is below the base. */
		(void)snprintf(topic, sizeof(topic), "%s%.*s",
			strncmp(p, "dict/", 5) == 0 ? "" : "/", (int)n, p);
		(void)upstream_clear_retained(u, RETAINED_STATUS, topic);
		p += n + (p[n] == '\n');
	}
}

static const struct upstream_ops leave_ops = {.on_ready = on_ready};

static void connect_once(struct leaving *l)
{
	struct manager *m = l->manager;
	int r;

	if (isempty(l->topics)) {
		keep_terms(l);
		l->done = true;
		return;
	}
	r = manager_relay_new(
		m->event, m->journal, m->options.runtime, l->conf, &leave_ops, l, &l->relay);
	if (r < 0) {
		log_error("upstream %s cannot take back what the broker keeps: %s", l->conf->id,
			strerror(-r));
		return;
	}
	l->up = manager_relay_upstream(l->relay);
	log_notice("upstream %s is off: its retained topics are taken back first", l->conf->id);
}

static void add_topics(struct leaving *l, const char *before, const char *p, size_t n, char between)
{
	size_t used = l->topics ? strlen(l->topics) : 0;
	char *text = realloc(l->topics, used + n * (strlen(before) + 2) + 16);

	if (!text)
		return;
	l->topics = text;
	text[used] = '\0';
	while (n > 0) {
		size_t k = 0;

		while (k < n && p[k] != between)
			k++;
		if (k > 0)
			used += (size_t)sprintf(text + used, "%s%.*s\n", before, (int)k, p);
		p += k + (k < n);
		n -= k + (k < n);
	}
}

static void on_dicts(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	struct leaving *l = userdata;

	if (!answered(l) || (error < 0 && error != -ENOENT))
		return;
	if (error == 0)
		add_topics(l, "dict/", blob, n, ' ');
	connect_once(l);
}

static void on_topics(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	struct leaving *l = userdata;
	char dicts[64];

	if (!answered(l) || (error < 0 && error != -ENOENT))
		return;
	if (error == 0)
		add_topics(l, "", blob, n, '\n');
	(void)snprintf(dicts, sizeof(dicts), "dicts.%s", l->conf->id);
	if (journal_get_meta(l->manager->journal, dicts, on_dicts, l) >= 0)
		l->pending++;
}

static void withdraw(struct leaving *l);

static void on_withdrawn(int error, uint64_t n, bool more, void *userdata)
{
	struct leaving *l = userdata;
	char key[64];

	if (!answered(l))
		return;
	if (error < 0)
		return; /* the tick tries again */
	if (n > 0)
		log_notice("upstream %s is off: %llu waiting messages deleted", l->conf->id,
			(unsigned long long)n);
	if (more) {
		withdraw(l);
		return;
	}
	(void)snprintf(key, sizeof(key), "topics.%s", l->conf->id);
	if (journal_get_meta(l->manager->journal, key, on_topics, l) >= 0)
		l->pending++;
}

static void withdraw(struct leaving *l)
{
	if (journal_out_withdraw(l->manager->journal, l->conf->id, "*", NULL, 0, on_withdrawn, l) >=
		0)
		l->pending++;
}

void manager_leave_start(struct manager *m, const struct upstream_config *conf)
{
	struct leaving *l = calloc(1, sizeof(*l));

	for (size_t i = 0; l && i < ARRAY_SIZE(m->leaving); i++)
		if (!m->leaving[i]) {
			m->leaving[i] = l;
			*l = (struct leaving){.manager = m, .conf = conf};
			withdraw(l);
			return;
		}
	free(l);
}

static void leave_stop(struct leaving *l)
{
	l->relay = manager_relay_free(l->relay);
	l->stopped = true;
	if (l->pending == 0)
		leaving_free(l);
}

void manager_leave_stop(struct manager *m)
{
	for (size_t i = 0; i < ARRAY_SIZE(m->leaving); i++)
		if (m->leaving[i])
			leave_stop(TAKE_PTR(m->leaving[i]));
}

void manager_leave_tick(struct manager *m)
{
	for (size_t i = 0; i < ARRAY_SIZE(m->leaving); i++) {
		struct leaving *l = m->leaving[i];
		struct upstream_status s;

		if (!l || l->done || l->pending > 0)
			continue;
		if (!l->relay) {
			withdraw(l); /* the journal could not do it before */
			continue;
		}
		manager_relay_tick(l->relay);
		upstream_get_status(l->up, &s);
		if (s.state != UPSTREAM_CONNECTED || s.retained > 0)
			continue;
		log_notice("upstream %s is off: the broker keeps nothing of it", l->conf->id);
		l->relay = manager_relay_free(l->relay);
		l->up = NULL;
		forget_dicts(l);
		put_value(l, "topics", "");
		keep_terms(l);
		l->done = true;
	}
}

unsigned manager_leaving(const struct manager *m, const char *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(m->leaving); i++)
		if (m->leaving[i] && streq(m->leaving[i]->conf->id, id) && m->leaving[i]->relay) {
			struct upstream_status s;

			upstream_get_status(m->leaving[i]->up, &s);
			return MAX(s.retained, 1u);
		}
	return 0;
}

/* ---- new names */

#define ROTATION_US (20 * USEC_PER_SEC) /* for the broker to forget the old ones */

struct rotation {
	bool leave, discard;
	uint64_t until_us;
	manager_rotated_fn fn;
	void *userdata;
	int error;
};

static void on_rotated(int error, void *userdata)
{
	struct rotation *r = userdata;

	r->fn(error, r->userdata);
	free(r);
}

static int rotate(struct manager *m, const char *id, void *userdata)
{
	struct rotation *r = userdata;
	int64_t wall_us = clock_is_set(m->config->clock) ? clock_realtime_us() : 0;
	int e = journal_out_rotate(m->journal, id, wall_us, r->discard, on_rotated, r);

	if (e < 0)
		on_rotated(e, r);
	return 0;
}

static void end_rotation(struct feed *f, int error)
{
	struct rotation *r = TAKE_PTR(f->rotation);

	if (error < 0) {
		r->fn(error, r->userdata);
		free(r);
		if (!f->stopped)
			feed_restore(f);
		return;
	}
	log_notice("upstream %s gets new names", f->conf->id);
	if (feed_renew(f, rotate, r) < 0)
		log_error("upstream %s could not begin anew", f->conf->id);
}

void feed_tick_rotation(struct feed *f)
{
	struct upstream_status s;

	if (!f->rotation)
		return;
	upstream_get_status(f->up, &s);
	if (s.state == UPSTREAM_CONNECTED && s.retained == 0 && s.in_flight == 0)
		end_rotation(f, 0);
	else if (clock_boottime_us() >= f->rotation->until_us)
		end_rotation(f, f->rotation->leave ? 0 : -ETIMEDOUT);
}

void feed_stop_rotation(struct feed *f)
{
	if (f->rotation)
		end_rotation(f, -ECANCELED);
}

int manager_rotate(struct manager *m, const char *id, bool leave, bool discard,
	manager_rotated_fn fn, void *userdata)
{
	struct feed *f = NULL;
	struct upstream_status s;

	for (size_t i = 0; i < m->n_feeds; i++)
		if (streq(m->feeds[i]->conf->id, id))
			f = m->feeds[i];
	if (!f)
		return -ENOENT;
	if (f->rotation || !feed_is_complete(f))
		return -EALREADY;
	upstream_get_status(f->up, &s);
	if (!discard && s.waiting[OUT_URGENT] + s.waiting[OUT_EVENT] > 0)
		return -ENOTEMPTY;
	if (!leave && s.state != UPSTREAM_CONNECTED)
		return -ENOTCONN;
	f->rotation = calloc(1, sizeof(*f->rotation));
	if (!f->rotation)
		return -ENOMEM;
	*f->rotation = (struct rotation){
		.leave = leave,
		.discard = discard,
		.until_us = clock_boottime_us() + (s.state == UPSTREAM_CONNECTED ? ROTATION_US : 0),
		.fn = fn,
		.userdata = userdata,
	};
	/* Connected anew for it: the will would put the old status back. */
	(void)upstream_set_will(f->up, "");
	upstream_clear_all_retained(f->up);
	return 0;
}
