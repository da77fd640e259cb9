/* SPDX-License-Identifier: Apache-2.0 */
/* Show, ledger and wipe. */
#include "manager-privacy.h"
#include "daemon/base/log.h"
#include "daemon/manager/repair/manager-assist.h"
#include "manager-feed-internal.h"
#include "daemon/report/report-internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

/* ---- show */

static const struct {
	enum plane plane;
	const char *name;
} planes[] = {{PLANE_EVENT, "event"}, {PLANE_SUMMARY, "summary"}, {PLANE_REPORT, "report"},
	{PLANE_STATE, "state"}, {PLANE_DISCOVERY, "discovery"}, {PLANE_REPAIR, "repair"}};

static const struct feed *feed_of(const struct manager *m, const char *id)
{
	for (size_t i = 0; i < m->n_feeds; i++)
		if (streq(m->feeds[i]->conf->id, id))
			return m->feeds[i];
	return NULL;
}

static void show_appliance(struct writer *w, struct manager *m, const struct feed *view,
	const struct feed *real, const struct unit *u)
{
	const char *alias = real ? real->aliases[u - m->units] : "";
	const struct assist *a = manager_assist(m, view->conf->id, u->appliance->conf->id);
	uint64_t now = clock_boottime_us();

	write_open(w, '{');
	write_member(w, "id", u->appliance->conf->id);
	write_member(w, "alias", isempty(alias) ? NULL : alias);
	write_member(w, "level", privacy_level_name(feed_level(view, u)));
	if (a) {
		write_key(w, "assist_left_s");
		write_unsigned(w, a->until_us > now ? (a->until_us - now) / USEC_PER_SEC : 0);
	}
	write_key(w, "leaves");
	write_open(w, '[');
	for (size_t i = 0; i < ARRAY_SIZE(planes); i++)
		if (feed_may_unit(view, u, planes[i].plane))
			write_string(w, planes[i].name);
	write_close(w, ']');
	write_close(w, '}');
}

static void show_upstream(struct writer *w, struct manager *m, const struct upstream_config *c)
{
	const struct feed *real = feed_of(m, c->id);
	const struct feed view = {.manager = m, .conf = c};

	write_open(w, '{');
	write_member(w, "id", c->id);
	write_member(w, "url", c->url);
	write_member(w, "level", privacy_level_name(c->level));
	write_key(w, "leaves");
	write_open(w, '[');
	for (size_t i = 0; i < ARRAY_SIZE(planes); i++)
		if (feed_may(&view, planes[i].plane))
			write_string(w, planes[i].name);
	write_close(w, ']');
	write_key(w, "encrypted");
	write_bool(w, startswith(c->url, "mqtts://") != NULL);
	write_key(w, "household_names");
	write_bool(w, feed_may_name(&view));
	write_member(w, "client_id", c->client_id);
	write_member(w, "username", c->username);
	if (real && upstream_ready(real->up)) {
		write_member(w, "gateway", upstream_gw(real->up));
		write_member(w, "epoch", upstream_epoch(real->up));
		write_key(w, "names_since");
		write_signed(w, real->names_since_us / (int64_t)USEC_PER_SEC);
		write_key(w, "settled");
		write_bool(w, real->terms_settled);
	}
	write_key(w, "taking_back");
	write_unsigned(w, manager_leaving(m, c->id));
	write_key(w, "appliances");
	write_open(w, '[');
	for (size_t i = 0; i < m->n_units; i++)
		show_appliance(w, m, &view, real, &m->units[i]);
	write_close(w, ']');
	write_close(w, '}');
}

int manager_privacy_show(struct manager *m, char **ret)
{
	struct writer w = {0};
	size_t n;

	write_open(&w, '{');
	write_key(&w, "upstreams");
	write_open(&w, '[');
	for (size_t i = 0; i < m->config->n_upstreams; i++)
		show_upstream(&w, m, &m->config->upstreams[i]);
	write_close(&w, ']');
	write_close(&w, '}');
	return writer_take(&w, ret, &n);
}

/* ---- ledger */

static const char *state_word(enum ledger_state s)
{
	static const char *const words[] = {"acknowledged", "given-up", "retained", "waiting"};

	return (size_t)s < ARRAY_SIZE(words) ? words[s] : "unknown";
}

static void write_entry(struct writer *w, const struct ledger_entry *v)
{
	char hash[65] = "";

	write_open(w, '{');
	write_key(w, "number");
	write_unsigned(w, v->row);
	write_member(w, "upstream", v->upstream);
	write_member(w, "state", state_word(v->state));
	write_member(w, "topic", v->topic);
	if (v->seq > 0) {
		write_member(w, "epoch", v->epoch);
		write_key(w, "seq");
		write_unsigned(w, v->seq);
	}
	write_key(w, "time_us");
	write_signed(w, v->wall_us);
	if (v->state == LEDGER_RETAINED) {
		write_key(w, "last_us");
		write_signed(w, v->end_us);
		write_key(w, "times");
		write_unsigned(w, v->times);
		for (size_t i = 0; i < sizeof(v->hash); i++)
			(void)snprintf(hash + 2 * i, 3, "%02x", v->hash[i]);
		write_member(w, "sha256", hash);
	}
	write_key(w, "bytes");
	write_unsigned(w, v->bytes);
	write_close(w, '}');
}

int manager_ledger_json(const struct ledger_entry *v, size_t n, uint64_t last_row, char **ret)
{
	struct writer w = {0};
	size_t size;

	write_open(&w, '{');
	write_key(&w, "entries");
	write_open(&w, '[');
	for (size_t i = 0; i < n; i++)
		write_entry(&w, &v[i]);
	write_close(&w, ']');
	write_key(&w, "last");
	write_unsigned(&w, n > 0 && last_row <= INT64_MAX ? last_row : 0);
	write_close(&w, '}');
	return writer_take(&w, ret, &size);
}

/* ---- wipe */

#define WIPE_US (15 * USEC_PER_SEC) /* for the brokers to forget */

struct wiping {
	manager_wiped_fn fn;
	void *userdata;
	uint64_t until_us, leave_us;
};

static bool has_forgotten(const struct feed *f)
{
	struct upstream_status s;

	upstream_get_status(f->up, &s);
	return s.state == UPSTREAM_CONNECTED && s.retained == 0 && s.in_flight == 0;
}

static void list_files(struct writer *w, const char *state)
{
	DIR *d = opendir(state);
	struct dirent *de;

	write_key(w, "files");
	write_open(w, '[');
	while (d && (de = readdir(d)))
		if (!streq(de->d_name, ".") && !streq(de->d_name, ".."))
			write_string(w, de->d_name);
	if (d)
		(void)closedir(d);
	write_close(w, ']');
}

static void list_feeds(struct writer *w, struct manager *m, const char *key, bool forgotten)
{
	write_key(w, key);
	write_open(w, '[');
	for (size_t i = 0; i < m->n_feeds; i++)
		if (has_forgotten(m->feeds[i]) == forgotten)
			write_string(w, m->feeds[i]->conf->id);
	write_close(w, ']');
}

static void say(struct manager *m, struct wiping *x)
{
	struct writer w = {0};
	char *json = NULL;
	size_t n;
	int r;

	write_open(&w, '{');
	write_member(&w, "state", m->options.state);
	list_files(&w, m->options.state);
	list_feeds(&w, m, "forgotten", true);
	list_feeds(&w, m, "not_reached", false);
	write_member(&w, "config", m->options.etc);
	write_close(&w, '}');
	r = writer_take(&w, &json, &n);
	x->fn(r, json, x->userdata);
	free(json);
}

int manager_wipe(struct manager *m, manager_wiped_fn fn, void *userdata)
{
	if (m->wiping || m->stop_until_us)
		return -EALREADY;
	m->wiping = calloc(1, sizeof(*m->wiping));
	if (!m->wiping)
		return -ENOMEM;
	*m->wiping = (struct wiping){fn, userdata, clock_boottime_us() + WIPE_US, 0};
	for (size_t i = 0; i < m->n_feeds; i++) {
		struct feed *f = m->feeds[i];

		feed_stop_rotation(f);
		f->wiping = true;
		(void)upstream_set_will(f->up, "");
		upstream_clear_all_retained(f->up);
	}
	log_notice("everything is being deleted, as somebody asked");
	return 0;
}

void manager_wipe_tick(struct manager *m)
{
	struct wiping *x = m->wiping;
	uint64_t now = clock_boottime_us();
	bool all = true;

	if (!x)
		return;
	if (x->leave_us) {
		if (now >= x->leave_us) {
			m->wipe = true;
			manager_stop(m);
		}
		return;
	}
	for (size_t i = 0; i < m->n_feeds; i++)
		all = all && has_forgotten(m->feeds[i]);
	if (!all && now < x->until_us)
		return;
	say(m, x);
	x->leave_us = now + USEC_PER_SEC / 2; /* the answer must get out */
}

/* Regular files and what hearthd may have made below; links are removed, not followed. */
static int empty_directory(int dir_fd, unsigned depth)
{
	DIR *d = fdopendir(dir_fd);
	struct dirent *de;
	int r = 0;

	if (!d) {
		(void)close(dir_fd);
		return -errno;
	}
	while ((de = readdir(d))) {
		int fd;

		if (streq(de->d_name, ".") || streq(de->d_name, "..") ||
			unlinkat(dirfd(d), de->d_name, 0) == 0)
			continue;
		fd = depth > 0 ? openat(dirfd(d), de->d_name,
					 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
			       : -1;
		if (fd < 0 || empty_directory(fd, depth - 1) < 0 ||
			unlinkat(dirfd(d), de->d_name, AT_REMOVEDIR) < 0)
			r = -errno;
	}
	(void)fsync(dirfd(d));
	(void)closedir(d);
	return r;
}

int manager_wipe_files(const char *state)
{
	int fd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? -errno : empty_directory(fd, 3);

	if (r < 0)
		log_error("not everything in %s could be deleted: %s", state, strerror(-r));
	else
		log_notice("everything in %s was deleted", state);
	return r;
}
