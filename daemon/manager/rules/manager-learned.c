/* SPDX-License-Identifier: Apache-2.0 */
/* What is normal for an appliance: what its rules have learned now, and what they had learned before somebody
 * began it anew. Shown to people; the engine's own memory is bytes of another kind. */
#include "manager-rules.h"
#include "daemon/report/report-internal.h"

#define LEARNED_MAX 200 /* bins told; more than any shipped set of rules has */

struct list {
	struct writer *w;
	size_t n;
};

static void write_learned(void *userdata, const struct rule_learned *v)
{
	struct list *l = userdata;

	if (l->n++ >= LEARNED_MAX)
		return;
	write_open(l->w, '{');
	write_member(l->w, "rule", isempty(v->rule) ? NULL : v->rule);
	write_member(l->w, "of", v->text);
	write_key(l->w, "bin");
	write_unsigned(l->w, v->bin);
	write_key(l->w, "mean");
	write_decimal(l->w, v->mean, 4);
	write_key(l->w, "spread");
	write_decimal(l->w, v->spread, 4);
	write_member(l->w, "unit", isempty(v->unit) ? NULL : v->unit);
	write_key(l->w, "samples");
	write_unsigned(l->w, v->samples);
	write_key(l->w, "days");
	write_unsigned(l->w, v->days);
	write_close(l->w, '}');
}

int manager_learned_json(const struct unit *u, const char *why, char **ret, size_t *ret_n)
{
	struct finding_clock clock = manager_clock(u->manager);
	struct writer w = {0};
	struct list l = {&w, 0};

	write_open(&w, '{');
	if (clock.wall_us > 0) {
		write_key(&w, "at");
		write_unsigned(&w, (uint64_t)clock.wall_us / USEC_PER_SEC);
	}
	write_member(&w, "why", why);
	write_key(&w, "learned");
	write_open(&w, '[');
	rules_each_learned(u->rules->engine, write_learned, &l);
	write_close(&w, ']');
	write_close(&w, '}');
	return writer_take(&w, ret, ret_n);
}

struct asked {
	sd_bus_message *call;
	char *now;
};

static void on_was(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	struct asked *a = userdata;
	_cleanup_free_ char *was = error == 0 ? strndup(blob, n) : NULL;

	(void)sd_bus_reply_method_return(a->call, "ss", a->now, was ? was : "");
	sd_bus_message_unref(a->call);
	free(a->now);
	free(a);
}

int manager_learned_reply(struct unit *u, sd_bus_message *call)
{
	struct asked *a;
	char key[64];
	size_t n;
	int r;

	if (!u->rules || !u->rules->loaded)
		return -ENODATA;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	r = manager_learned_json(u, NULL, &a->now, &n);
	if (r >= 0) {
		a->call = sd_bus_message_ref(call);
		(void)snprintf(
			key, sizeof(key), MANAGER_RULES_WAS_KEY "%s", u->appliance->conf->id);
		r = journal_get_meta(u->manager->journal, key, on_was, a);
	}
	if (r < 0) {
		sd_bus_message_unref(a->call);
		free(a->now);
		free(a);
		return r;
	}
	return 0;
}
