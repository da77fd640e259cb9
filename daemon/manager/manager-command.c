/* SPDX-License-Identifier: Apache-2.0 */
#include "manager-command.h"

#include "daemon/base/clock.h"
#include "daemon/report/deflate.h"
#include "daemon/base/log.h"
#include "manager-control.h"
#include "daemon/manager/feed/manager-feed-internal.h"
#include "daemon/profile/write-rule.h"

#define LOG_EVERY_US USEC_PER_MIN /* of refusals, an upstream */

/* ---- who may what */

static struct unit *unit_of(const struct feed *f, const char *alias)
{
	struct manager *m = f->manager;

	for (size_t i = 0; i < m->n_units; i++)
		if (streq(f->aliases[i], alias))
			return feed_level(f, &m->units[i]) == LEVEL_OFF ? NULL : &m->units[i];
	return NULL;
}

static const char *may(void *userdata, const struct command *c)
{
	const struct feed *f = userdata;
	const struct unit *u;

	if (c->verb == COMMAND_REFRESH)
		return f->conf->commands & COMMANDS_JSON ? NULL : "not-granted";
	u = unit_of(f, c->appliance);
	if (!u)
		return "no-such-appliance";
	if (c->plain && !feed_may_unit(f, u, PLANE_STATE))
		return "not-granted";
	return config_granted(u->appliance->conf, f->conf, c->attribute,
		       c->plain ? COMMANDS_PLAIN : COMMANDS_JSON)
		       ? NULL
		       : "not-granted";
}

/* ---- doing it */

/* Outlives the feed: the gate answers when it is done. */
struct wish {
	command_done_fn fn;
	void *job;
	struct manager *manager;
	bool zh, tell; /* values of the appliance may be told to who asked */
};

static void on_gate(const struct gate_answer *a, void *userdata)
{
	struct wish *w = userdata;
	char value[4 * GATE_TEXT_MAX] = "";
	struct command_outcome o = {
		.result = write_outcome_name(a->outcome),
		.word = a->word ? a->word : "",
		/* The gate's reasons name readings. */
		.reason = a->outcome <= WRITE_UNCHANGED ? ""
			  : !w->tell                    ? (a->word ? a->word : "")
			  : w->zh                       ? a->zh
							: a->en,
		.value = value,
	};

	/* Who has changed something wants to see it, and not in five seconds. */
	if (a->outcome <= WRITE_UNCHANGED)
		w->manager->dirty_us = 0;
	if (w->tell)
		str_escape(value, sizeof(value), a->read, strlen(a->read));
	w->fn(&o, w->job);
	free(w);
}

static void done(command_done_fn fn, void *job, const char *word, bool zh)
{
	const struct command_refusal *r = word ? command_refusal(word) : NULL;

	fn(&(struct command_outcome){.result = word ? "refused" : "done",
		   .word = r ? r->word : "",
		   .reason = !r   ? ""
			     : zh ? r->zh
				  : r->en,
		   .value = ""},
		job);
}

static void set(struct feed *f, const struct command *c, command_done_fn fn, void *job)
{
	struct unit *u = unit_of(f, c->appliance);
	bool zh = f->manager->config->zh;
	struct wish *w = u ? calloc(1, sizeof(*w)) : NULL;
	char actor[64], reason[2 * COMMAND_TEXT_MAX];

	if (!w) {
		done(fn, job, u ? "refused" : "no-such-appliance", zh);
		return;
	}
	*w = (struct wish){fn, job, f->manager, zh,
		feed_may_unit(f, u, PLANE_STATE) || feed_may_unit(f, u, PLANE_REPORT)};
	(void)snprintf(actor, sizeof(actor), "upstream %s", f->conf->id);
	if (c->plain)
		(void)snprintf(reason, sizeof(reason), "a bare value");
	else
		(void)snprintf(reason, sizeof(reason), "claimed by %s%s%s", c->actor,
			*c->reason ? ": " : "", c->reason);
	manager_control_set(u, c->attribute, c->value, c->for_us, actor, reason, on_gate, w);
}

static void clear(struct feed *f, const struct command *c, command_done_fn fn, void *job)
{
	struct unit *u = unit_of(f, c->appliance);
	char actor[64];
	int r;

	(void)snprintf(actor, sizeof(actor), "upstream %s", f->conf->id);
	r = u ? manager_control_clear(u, c->attribute, actor) : -ENOENT;
	done(fn, job,
		r == 0           ? NULL
		: r == -EALREADY ? "being-put-back"
				 : "not-set",
		f->manager->config->zh);
}

static void carry_out(void *userdata, const struct command *c, command_done_fn fn, void *job)
{
	struct feed *f = userdata;

	switch (c->verb) {
	case COMMAND_SET:
		set(f, c, fn, job);
		break;
	case COMMAND_CLEAR:
		clear(f, c, fn, job);
		break;
	case COMMAND_REFRESH:
		upstream_resend_retained(f->up, RETAINED_STATUS);
		done(fn, job, NULL, false);
		break;
	}
}

/* ---- the answer */

static void log_refusal(struct feed *f, const struct command *c, const struct command_answer *a)
{
	uint64_t now = clock_boottime_us();
	char upstream[80];
	const char *const fields[] = {upstream, NULL};
	bool quiet = f->commands_logged_us != 0 && now - f->commands_logged_us < LOG_EVERY_US;

	if (!streq(a->result, "refused"))
		return;
	(void)snprintf(upstream, sizeof(upstream), "HEARTHD_UPSTREAM=%s", f->conf->id);
	/* All of it is checked text: names, and words of ours. */
	log_full(quiet ? LOG_DEBUG : LOG_WARNING, NULL, fields,
		"Upstream %s: %s %s%s%s refused: %s", f->conf->id, command_verb_name(c->verb),
		c->appliance, *c->attribute ? " " : "", c->attribute, a->word);
	if (!quiet)
		f->commands_logged_us = now;
}

static void on_answer(void *userdata, const struct command *c, const struct command_to *to,
	const struct command_answer *a)
{
	struct feed *f = userdata;
	_cleanup_free_ char *json = NULL;
	char topic[RELAY_TOPIC_MAX];
	size_t n;

	log_refusal(f, c, a);
	/* Who sends bare values has named no place for an answer, unless MQTT 5 did. */
	if (c->plain && !*to->response)
		return;
	if (command_answer_compose(a, &json, &n) >= 0 &&
		command_reply_topic(upstream_base(f->up), to->response, c->verb, c->client, topic,
			sizeof(topic)))
		(void)upstream_answer(f->up, topic, to->correlation, to->n_correlation, json, n);
}

/* ---- from the broker */

static struct command_to to_of(const struct down_message *d)
{
	return (struct command_to){d->raw->response, d->raw->correlation, d->raw->n_correlation};
}

void feed_command_json(struct feed *f, const struct down_message *d, enum command_verb verb,
	const char *appliance, const char *attribute)
{
	const struct upstream_message *m = d->raw;
	struct command command = {.verb = verb};
	struct command_to to = to_of(d);
	_cleanup_free_ void *plain = NULL;
	const void *json = m->payload;
	const char *wrong = NULL;
	size_t n = m->n;
	int r = 0;

	if (!f->commands)
		return;
	if (!command_is_object(json, n) && (m->deflated || deflate_is_stream(json, n))) {
		r = inflate_bytes(json, n, NULL, 0, COMMAND_INFLATED_MAX, &plain, &n);
		json = plain;
	}
	if (r < 0)
		wrong = r == -E2BIG ? "too-large" : "not-deflated";
	else
		wrong = command_parse(json, n, verb, appliance, attribute, &command);
	commands_take(f->commands, &command, wrong, m->retained, &to);
}

void feed_command_plain(
	struct feed *f, const struct down_message *d, const char *appliance, const char *attribute)
{
	struct command_to to = to_of(d);
	struct command command;
	const char *wrong;

	if (!f->commands)
		return;
	wrong = command_parse_plain(d->raw->payload, d->raw->n, appliance, attribute, &command);
	commands_take(f->commands, &command, wrong, d->raw->retained, &to);
}

static bool mode_has_off(const struct unit *u)
{
	for (size_t i = 0; i < u->appliance->n_sources; i++) {
		const struct profile *p = u->appliance->sources[i].conf->profile;

		for (size_t k = 0; k < p->n_writes; k++) {
			const struct write_rule *w = &p->writes[k];

			for (size_t e = 0; streq(w->attribute, "system_mode") && e < w->n_enums;
				e++)
				if (streq(w->enums[e].name, "off"))
					return true;
		}
	}
	return false;
}

void feed_command_mode(struct feed *f, const struct down_message *d, const char *appliance)
{
	const struct upstream_message *m = d->raw;
	const struct unit *u = unit_of(f, appliance);
	struct down_message power = *d;
	struct upstream_message raw = *m;
	const struct attribute *on;

	if (!u || mode_has_off(u) ||
		!config_granted(u->appliance->conf, f->conf, "on_off", COMMANDS_PLAIN)) {
		feed_command_plain(f, d, appliance, "system_mode");
		return;
	}
	power.raw = &raw;
	raw.payload = "true";
	raw.n = 4;
	if (m->n == 3 && memcmp(m->payload, "off", 3) == 0) {
		raw.payload = "false";
		raw.n = 5;
		feed_command_plain(f, &power, appliance, "on_off");
		return;
	}
	on = appliance_attr(u->appliance, "on_off");
	/* The answer is the mode's. */
	raw.response = "";
	if (on && on->seen && on->value.quality == QUALITY_GOOD && on->value.code == 0)
		feed_command_plain(f, &power, appliance, "on_off");
	feed_command_plain(f, d, appliance, "system_mode");
}

/* ---- life */

static int put(void *store, const char *upstream, const char *id, int64_t now_us,
	int64_t expires_us, const void *blob, size_t n, journal_meta_fn fn, void *userdata)
{
	return journal_put_command(store, upstream, id, now_us, expires_us, blob, n, fn, userdata);
}

static int end(void *store, const char *upstream, const char *id, const void *blob, size_t n)
{
	return journal_end_command(store, upstream, id, blob, n, NULL, NULL);
}

static int read_open(void *store, const char *upstream, journal_finding_fn fn, void *userdata)
{
	return journal_read_commands(store, upstream, fn, userdata);
}

static uint64_t now(void *userdata)
{
	return clock_boottime_us();
}

static bool wall(void *userdata, int64_t *ret_us)
{
	const struct feed *f = userdata;

	if (!clock_is_set(f->manager->config->clock))
		return false;
	*ret_us = clock_realtime_us();
	return true;
}

static uint64_t session(void *userdata)
{
	const struct feed *f = userdata;

	return upstream_session(f->up);
}

static const char *epoch(void *userdata)
{
	const struct feed *f = userdata;

	return upstream_epoch(f->up);
}

void feed_commands_start(struct feed *f)
{
	const struct commands_env env = {
		.store = f->manager->journal,
		.put = put,
		.end = end,
		.read = read_open,
		.userdata = f,
		.now = now,
		.wall = wall,
		.session = session,
		.epoch = epoch,
		.may = may,
		.carry_out = carry_out,
		.answer = on_answer,
		.zh = f->manager->config->zh,
	};

	if (f->conf->commands == 0 || f->commands)
		return;
	if (commands_new(&env, f->conf->id, &f->commands) < 0)
		log_error("upstream %s: its commands are not taken: no memory", f->conf->id);
}

void feed_commands_stop(struct feed *f)
{
	f->commands = commands_free(f->commands);
}
