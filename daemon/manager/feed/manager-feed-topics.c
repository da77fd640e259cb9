/* SPDX-License-Identifier: Apache-2.0 */
/* What must not stay at the broker: documents of appliances that were removed, of a level or planes
 * that were tightened, below another prefix. The journal keeps the topics that were ever published,
 * "topics.UPSTREAM", a line each, until the broker has taken the empty payload that clears them. */
#include "daemon/report/discovery.h"
#include "manager-feed-internal.h"

#define TOPICS_BYTES_MAX (60 * 1024) /* what more there is, is not kept: a value of the journal */

struct topics {
	char *p; /* "TOPIC\n"… */
	size_t n;
};

static void topics_add(struct topics *t, const char *topic, size_t n)
{
	char *p;

	if (t->n + n + 2 > TOPICS_BYTES_MAX)
		return;
	p = realloc(t->p, t->n + n + 2);
	if (!p)
		return;
	memcpy(p + t->n, topic, n);
	p[t->n + n] = '\n';
	p[t->n + n + 1] = '\0';
	t->p = p;
	t->n += n + 1;
}

static bool topics_have(const struct topics *t, const char *topic, size_t n)
{
	for (const char *p = t->p, *end; p && *p; p = end + 1) {
		end = strchr(p, '\n');
		if ((size_t)(end - p) == n && memcmp(p, topic, n) == 0)
			return true;
	}
	return false;
}

static void want(const struct feed *f, struct topics *t, const char *fmt, ...) _printf_(3, 4);
static void want(const struct feed *f, struct topics *t, const char *fmt, ...)
{
	char topic[RELAY_TOPIC_MAX];
	size_t used = 0;
	va_list ap;

	(void)str_appendf(topic, sizeof(topic), &used, "%s/", upstream_base(f->up));
	va_start(ap, fmt);
	(void)vsnprintf(topic + used, sizeof(topic) - used, fmt, ap);
	va_end(ap);
	topics_add(t, topic, strlen(topic));
}

/* The topics that -retained.c sets, dictionaries aside: those have a list of their own. */
static struct topics wanted(const struct feed *f)
{
	struct topics t = {0};

	want(f, &t, "status");
	want(f, &t, "info");
	if (feed_may(f, PLANE_REPORT) && f->conf->birth)
		want(f, &t, "birth");
	for (size_t i = 0; i < f->manager->n_units; i++) {
		const struct unit *u = &f->manager->units[i];

		if (!feed_may_unit(f, u, PLANE_STATE))
			continue;
		want(f, &t, "a/%s/meta", feed_alias(f, u));
		want(f, &t, "a/%s/state", feed_alias(f, u));
		want(f, &t, "a/%s/availability", feed_alias(f, u));
		if (feed_may_discover(f, u)) {
			char topic[RELAY_TOPIC_MAX];

			want(f, &t, "a/%s/health", feed_alias(f, u));
			if (discovery_topic(
				    upstream_gw(f->up), feed_alias(f, u), topic, sizeof(topic)))
				topics_add(&t, topic, strlen(topic));
		}
	}
	return t;
}

static void keep(struct feed *f, const struct topics *t)
{
	char key[64];

	snprintf(key, sizeof(key), "topics.%s", f->conf->id);
	(void)journal_put_meta(f->manager->journal, key, t->p, t->n, NULL, NULL);
}

static void on_topics(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	struct feed *f = userdata;
	struct topics now, all = {0};
	const char *p = blob, *end;

	if (!feed_answered(f))
		return;
	if (error < 0 && error != -ENOENT) {
		f->topics_known = false; /* asked again by the next tick */
		return;
	}
	now = wanted(f);
	if (now.n > 0)
		topics_add(&all, now.p, now.n - 1);
	for (; n > 0 && (end = memchr(p, '\n', n)); n -= (size_t)(end + 1 - p), p = end + 1) {
		char topic[RELAY_TOPIC_MAX];
		int k = snprintf(topic, sizeof(topic), "/%.*s", (int)(end - p), p);

		if (topics_have(&now, p, (size_t)(end - p)) || k >= (int)sizeof(topic))
			continue;
		if (upstream_clear_retained(f->up, RETAINED_STATUS, topic) >= 0)
			f->clearing = true;
		topics_add(&all, p, (size_t)(end - p));
	}
	keep(f, &all);
	free(all.p);
	free(now.p);
}

void feed_clear_topics(struct feed *f)
{
	char key[64];

	snprintf(key, sizeof(key), "topics.%s", f->conf->id);
	f->clearing = false;
	f->topics_known = journal_get_meta(f->manager->journal, key, on_topics, f) >= 0;
	f->pending += f->topics_known;
}

void feed_tick_topics(struct feed *f)
{
	struct upstream_status s;
	struct topics now;

	if (!f->topics_known)
		feed_clear_topics(f);
	if (!f->clearing)
		return;
	upstream_get_status(f->up, &s);
	if (s.state != UPSTREAM_CONNECTED || s.retained_unacked > 0)
		return;
	f->clearing = false;
	now = wanted(f);
	keep(f, &now);
	free(now.p);
}
