/* SPDX-License-Identifier: Apache-2.0 */
#include "manager-assist.h"

#include "daemon/base/log.h"
#include "daemon/manager/feed/manager-feed-internal.h"
#include "daemon/report/report-internal.h"

#define KEY "assist"

struct assists {
	struct assist v[ASSISTS_MAX];
	uint64_t read_us[ASSISTS_MAX];
	size_t n;
	bool loaded;
	uint64_t saved_us;
};

static int64_t now_s(struct manager *m)
{
	return manager_clock(m).wall_us / (int64_t)USEC_PER_SEC;
}

static struct feed *feed_of(struct manager *m, const char *upstream)
{
	for (size_t i = 0; i < m->n_feeds; i++)
		if (streq(m->feeds[i]->conf->id, upstream))
			return m->feeds[i];
	return NULL;
}

const struct assist *manager_assist(
	const struct manager *m, const char *upstream, const char *appliance)
{
	for (size_t i = 0; m->assists && i < m->assists->n; i++) {
		const struct assist *a = &m->assists->v[i];

		if (streq(a->upstream, upstream) && (!appliance || streq(a->appliance, appliance)))
			return a;
	}
	return NULL;
}

uint64_t manager_assist_flush_us(const struct manager *m)
{
	return m->assists && m->assists->n > 0 ? ASSIST_FLUSH_US : USEC_INFINITY;
}

void manager_assists_save(struct manager *m)
{
	char text[ASSIST_RECORD];
	size_t n;

	if (!m->assists || !m->assists->loaded)
		return;
	n = m->assists->n == 0 ? 0
			       : assist_pack(m->assists->v, m->assists->n, m->boot_id,
					 clock_boottime_us(), now_s(m), text);
	if (journal_put_meta(m->journal, KEY, text, n, NULL, NULL) < 0)
		log_error("assistance is not stored");
	m->assists->saved_us = clock_boottime_us();
}

static int nothing(struct manager *m, const char *upstream, void *userdata)
{
	return 0;
}

/* What UPSTREAM may see of APPLIANCE has changed. It begins anew, as at a reload: history from before stays in the
 * house, and what waits is looked through before anything leaves (manager-feed-withdraw). */
static void changed(struct manager *m, const char *upstream, const char *appliance)
{
	struct feed *f = feed_of(m, upstream);
	struct unit *u = manager_unit(m, appliance);

	if (f && !m->wiping && feed_renew(f, nothing, NULL) < 0)
		log_error("upstream %s could not begin anew", upstream);
	f = feed_of(m, upstream);
	if (f)
		manager_dbus_feed_changed(f);
	if (u)
		manager_dbus_unit_changed(u);
}

static void on_loaded(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	struct manager *m = userdata;
	struct assists *a = m->assists;

	if (!a)
		return;
	a->loaded = true;
	if (error < 0)
		return;
	if (assist_unpack(blob, n, m->boot_id, clock_boottime_us(), now_s(m), a->v, &a->n) < 0) {
		log_warning("what was kept of assistance cannot be read: it has ended");
		return;
	}
	for (size_t i = 0; i < a->n; i++) {
		log_notice("assistance goes on: upstream %s sees all of %s for %llu s more",
			a->v[i].upstream, a->v[i].appliance,
			(unsigned long long)((a->v[i].until_us - clock_boottime_us()) /
					     USEC_PER_SEC));
		changed(m, a->v[i].upstream, a->v[i].appliance);
	}
	manager_assists_save(m);
}

int manager_assists_start(struct manager *m)
{
	m->assists = calloc(1, sizeof(*m->assists));
	if (!m->assists)
		return -ENOMEM;
	return journal_get_meta(m->journal, KEY, on_loaded, m);
}

void manager_assists_free(struct manager *m)
{
	free(TAKE_PTR(m->assists));
}

static void end(struct manager *m, size_t i, const char *why)
{
	struct assists *a = m->assists;
	struct assist gone = a->v[i];

	a->n--;
	memmove(&a->v[i], &a->v[i + 1], (a->n - i) * sizeof(*a->v));
	log_notice("assistance has ended (%s): upstream %s and %s", why, gone.upstream,
		gone.appliance);
	changed(m, gone.upstream, gone.appliance);
	manager_assists_save(m);
}

/* ---- faster: one read out of turn, of what was read longest ago */

static void read_one(struct manager *m, const struct assist *a)
{
	struct unit *u = manager_unit(m, a->appliance);
	const struct attribute *oldest = NULL;
	struct bus_cmd cmd = {.type = BUS_CMD_READ};
	const struct source *s;
	struct line *l;

	for (size_t i = 0; u && i < u->appliance->n_attrs; i++) {
		const struct attribute *x = &u->appliance->attrs[i];

		if (x->point && x->seen && x->value.quality == QUALITY_GOOD &&
			(!oldest || x->value.t_us < oldest->value.t_us))
			oldest = x;
	}
	if (!oldest || clock_boottime_us() - oldest->value.t_us < ASSIST_READ_US)
		return;
	s = &u->appliance->sources[oldest->source];
	l = manager_line(m, s->conf->bus);
	if (!l || !l->bus || s->state != SOURCE_ANSWERING)
		return;
	cmd.tag = (uint32_t)u->appliance->index << 8 | oldest->source;
	cmd.until_us = clock_boottime_us() + ASSIST_READ_US;
	cmd.point = oldest->point_index;
	(void)bus_send(l->bus, &cmd);
}

void manager_assists_tick(struct manager *m)
{
	struct assists *a = m->assists;
	uint64_t now = clock_boottime_us();

	for (size_t i = a->n; i-- > 0;) {
		if (a->v[i].until_us <= now)
			end(m, i, "its time is over");
		else if (!feed_of(m, a->v[i].upstream) || !manager_unit(m, a->v[i].appliance))
			end(m, i, "not configured any more");
		else if (now - a->read_us[i] >= ASSIST_READ_US) {
			a->read_us[i] = now;
			read_one(m, &a->v[i]);
		}
	}
	if (a->n > 0 && now - a->saved_us >= ASSIST_SAVE_US / 2)
		manager_assists_save(m);
}

/* ---- begun and ended by hand */

int manager_assist_start(
	struct manager *m, const char *upstream, const char *appliance, uint64_t for_us)
{
	struct feed *f = feed_of(m, upstream);
	struct unit *u = manager_unit(m, appliance);
	struct assists *all = m->assists;
	struct assist *a = (struct assist *)manager_assist(m, upstream, appliance);

	if (!u)
		return -ENOENT;
	if (!f)
		return -ENOTCONN;
	if (feed_level(f, u) == LEVEL_OFF)
		return -EACCES;
	if (for_us < ASSIST_MIN_US || for_us > ASSIST_MAX_US)
		return -ERANGE;
	if (!all->loaded || m->wiping || f->rotation)
		return -EAGAIN;
	if (!a && all->n == ASSISTS_MAX)
		return -E2BIG;
	if (a) {
		a->until_us = clock_boottime_us() + for_us;
		if (feed_is_complete(f))
			feed_set_info(f);
	} else {
		/* What was read before stays: it ends with this flush. */
		manager_flush(m);
		a = &all->v[all->n++];
		*a = (struct assist){.until_us = clock_boottime_us() + for_us};
		(void)str_copy(a->upstream, sizeof(a->upstream), upstream);
		(void)str_copy(a->appliance, sizeof(a->appliance), appliance);
		changed(m, a->upstream, a->appliance);
	}
	manager_assists_save(m);
	log_notice("assistance: upstream %s sees all of %s for %llu min", a->upstream, a->appliance,
		(unsigned long long)(for_us / USEC_PER_MIN));
	return 0;
}

unsigned manager_assist_stop(struct manager *m, const char *upstream, const char *appliance)
{
	unsigned n = 0;

	for (size_t i = m->assists->n; i-- > 0;) {
		const struct assist *a = &m->assists->v[i];

		if (!streq(a->appliance, appliance) || (*upstream && !streq(a->upstream, upstream)))
			continue;
		end(m, i, "by hand");
		n++;
	}
	return n;
}

void manager_assist_names(const struct manager *m, const char *upstream, const char *appliance,
	char *dst, size_t size)
{
	size_t used = 0;

	*dst = '\0';
	for (size_t i = 0; m->assists && i < m->assists->n; i++) {
		const struct assist *a = &m->assists->v[i];

		if (upstream && streq(a->upstream, upstream))
			(void)str_appendf(dst, size, &used, "%s%s", used ? " " : "", a->appliance);
		if (appliance && streq(a->appliance, appliance))
			(void)str_appendf(dst, size, &used, "%s%s", used ? " " : "", a->upstream);
	}
}

int manager_assist_list(struct manager *m, char **ret)
{
	uint64_t now = clock_boottime_us();
	int64_t wall = now_s(m);
	struct writer w = {0};
	size_t n;

	write_open(&w, '[');
	for (size_t i = 0; i < m->assists->n; i++) {
		const struct assist *a = &m->assists->v[i];
		uint64_t left = a->until_us > now ? (a->until_us - now) / USEC_PER_SEC : 0;

		write_open(&w, '{');
		write_member(&w, "appliance", a->appliance);
		write_member(&w, "upstream", a->upstream);
		write_key(&w, "left_s");
		write_unsigned(&w, left);
		write_key(&w, "until");
		write_signed(&w, wall > 0 ? wall + (int64_t)left : 0);
		write_close(&w, '}');
	}
	write_close(&w, ']');
	return writer_take(&w, ret, &n);
}
