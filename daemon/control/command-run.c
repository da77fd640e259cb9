/* SPDX-License-Identifier: Apache-2.0 */
#include "command-run.h"

#define SEPARATOR '\x1f'

enum phase { STORING, WAITING, DOING };

struct job {
	struct job *next;
	struct commands *owner;
	enum phase phase;
	struct command command;
	uint64_t session, came_us; /* of bare values */
	char response[256];
	unsigned char correlation[COMMANDS_DATA_MAX];
	size_t n_correlation;
};

struct commands {
	struct commands_env env;
	char upstream[33];
	unsigned refs; /* one of the owner, one for each completion still to come */
	bool dead, running, again;
	struct job *jobs; /* in the order they came */
	size_t n_jobs;
	struct downlink_bucket bucket; /* of ids stored */
	struct commands_counts counts;
};

static void unref(struct commands *c)
{
	if (--c->refs == 0)
		free(c);
}

static void job_free(struct job *j)
{
	struct commands *c = j->owner;
	struct job **at = &c->jobs;

	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	c->n_jobs--;
	free(j);
}

/* ---- what is kept of a command: texts between 0x1F, which none of them may hold */

struct record {
	const char *verb, *appliance, *attribute, *result, *response, *correlation, *client, *id;
};
#define RECORD_FIELDS 8
#define RECORD_MAX    1024

static size_t record_make(const struct command *c, const char *result, const char *response,
	const unsigned char *correlation, size_t n_correlation, char dst[RECORD_MAX])
{
	char hex[2 * COMMANDS_DATA_MAX + 1] = "";
	const char *const v[RECORD_FIELDS] = {command_verb_name(c->verb), c->appliance,
		c->attribute, result, response, hex, c->client, c->id};
	size_t used = 0;

	for (size_t i = 0; i < n_correlation; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", correlation[i]);
	dst[0] = 0;
	for (size_t i = 0; i < RECORD_FIELDS; i++)
		if (!str_appendf(dst, RECORD_MAX, &used, i ? "\x1f%s" : "%s", v[i]))
			break;
	return used;
}

/* Cuts TEXT, terminated, into its fields. */
static bool record_parse(char *text, struct record *ret)
{
	char *f[RECORD_FIELDS];
	size_t k = 1;

	f[0] = text;
	for (char *p = text; *p; p++)
		if (*p == SEPARATOR) {
			if (k == RECORD_FIELDS)
				return false;
			*p = 0;
			f[k++] = p + 1;
		}
	*ret = (struct record){f[0], k > 1 ? f[1] : "", k > 2 ? f[2] : "", k > 3 ? f[3] : "",
		k > 4 ? f[4] : "", k > 5 ? f[5] : "", k > 6 ? f[6] : "", k > 7 ? f[7] : ""};
	return k == RECORD_FIELDS;
}

/* What only reads may be repeated. */
static bool is_stored(const struct command *c)
{
	return !c->plain && c->verb != COMMAND_REFRESH;
}

static void record_end(const struct job *j, const char *result)
{
	const struct commands *c = j->owner;
	char record[RECORD_MAX];
	size_t n = record_make(
		&j->command, result, j->response, j->correlation, j->n_correlation, record);

	(void)c->env.end(c->env.store, c->upstream, j->command.id, record, n);
}

/* ---- answers */

static void answer(struct commands *c, const struct command *command, const struct command_to *to,
	const struct command_outcome *o, const char *first)
{
	struct command_answer a = {
		.id = command->id,
		.verb = command->verb,
		.appliance = command->appliance,
		.attribute = command->attribute,
		.result = o->result,
		.word = o->word,
		.reason = o->reason,
		.value = o->value,
		.first = first,
	};

	if (streq(o->result, "refused"))
		c->counts.refused++;
	else if (streq(o->result, "unknown"))
		c->counts.unknown++;
	else
		c->counts.done++;
	if (!c->dead)
		c->env.answer(c->env.userdata, command, to, &a);
}

static void refuse(struct commands *c, const struct command *command, const struct command_to *to,
	const char *word, const char *first)
{
	const struct command_refusal *r = command_refusal(word);
	struct command_outcome o = {
		.result = streq(word, "outcome-unknown") ? "unknown" : "refused",
		.word = r->word,
		.reason = c->env.zh ? r->zh : r->en,
		.value = "",
	};

	answer(c, command, to, &o, first ? first : "");
}

static struct command_to to_of(const struct job *j)
{
	return (struct command_to){j->response, j->correlation, j->n_correlation};
}

/* Before it began. STORED: its id is on disk, and with it that nothing was done. */
static void job_refuse(struct job *j, const char *word, bool stored)
{
	struct command_to to = to_of(j);

	if (stored && is_stored(&j->command))
		record_end(j, "refused");
	refuse(j->owner, &j->command, &to, word, NULL);
	job_free(j);
}

/* ---- judging */

static const char *judge_time(const struct commands *c, const struct command *command)
{
	int64_t now;

	if (!c->env.wall(c->env.userdata, &now))
		return "clock-unset";
	if (command->plain)
		return NULL;
	if (command->expires_us <= now)
		return "expired";
	return command->expires_us - now > (int64_t)COMMAND_AHEAD_US ? "too-far-ahead" : NULL;
}

static const char *judge(const struct commands *c, const struct command *command)
{
	const char *wrong = judge_time(c, command);

	if (!wrong && *command->epoch && !streq(command->epoch, c->env.epoch(c->env.userdata)))
		wrong = "stale";
	if (!wrong)
		wrong = c->env.may(c->env.userdata, command);
	return wrong;
}

/* ---- doing */

static void run(struct commands *c);

static void on_done(const struct command_outcome *o, void *userdata)
{
	struct job *j = userdata;
	struct commands *c = j->owner;
	struct command_to to = to_of(j);

	/* We cannot tell it any more, and what we know is that it was begun. So it stays, and whoever reads it
	 * next tells that. */
	if (is_stored(&j->command) && !(c->dead && streq(o->result, "outcome-unknown")))
		record_end(j, o->result);
	answer(c, &j->command, &to, o, "");
	job_free(j);
	if (!c->dead)
		run(c);
	unref(c);
}

static void start(struct job *j)
{
	struct commands *c = j->owner;
	const char *wrong = judge(c, &j->command);

	if (!wrong && j->command.plain &&
		(j->session == 0 || j->session != c->env.session(c->env.userdata)))
		wrong = "session-ended";
	if (!wrong && j->command.plain &&
		c->env.now(c->env.userdata) - j->came_us > COMMANDS_PLAIN_US)
		wrong = "expired";
	if (wrong) {
		job_refuse(j, wrong, true);
		return;
	}
	j->phase = DOING;
	c->refs++;
	c->env.carry_out(c->env.userdata, &j->command, on_done, j);
}

/* The first one that nothing at its appliance is before. */
static struct job *next(const struct commands *c)
{
	for (struct job *j = c->jobs; j; j = j->next) {
		const struct job *k = c->jobs;

		if (j->phase != WAITING)
			continue;
		while (k != j && !streq(k->command.appliance, j->command.appliance))
			k = k->next;
		if (k == j)
			return j;
	}
	return NULL;
}

static void run(struct commands *c)
{
	struct job *j;

	/* carry_out() may answer at once, and that comes here again. */
	c->again = true;
	if (c->running)
		return;
	c->running = true;
	c->refs++;
	while (c->again && !c->dead) {
		c->again = false;
		while (!c->dead && (j = next(c)))
			start(j);
	}
	c->running = false;
	unref(c);
}

/* ---- the id */

static void on_repeated(struct job *j, const void *blob, size_t n)
{
	struct command_to to = to_of(j);
	struct commands *c = j->owner;
	char text[RECORD_MAX];
	struct record r = {.result = ""};

	(void)snprintf(text, sizeof(text), "%.*s", (int)MIN(n, sizeof(text) - 1),
		blob ? (const char *)blob : "");
	(void)record_parse(text, &r);
	for (const struct job *k = c->jobs; k; k = k->next)
		if (k != j && is_stored(&k->command) && streq(k->command.id, j->command.id)) {
			refuse(c, &j->command, &to, "repeated", "under-way");
			job_free(j);
			return;
		}
	/* It was begun and nobody knows how it ended, or what was kept of it is damaged. */
	if (!*r.result || streq(r.result, "unknown"))
		refuse(c, &j->command, &to, "outcome-unknown", NULL);
	else
		refuse(c, &j->command, &to, "repeated", r.result);
	job_free(j);
}

static void on_stored(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	struct job *j = userdata;
	struct commands *c = j->owner;

	if (c->dead) {
		if (error == 0)
			record_end(j, "refused"); /* nothing was done */
		job_free(j);
	} else if (error == -EEXIST) {
		on_repeated(j, blob, n);
	} else if (error < 0) {
		job_refuse(j,
			error == -ESTALE  ? "stale"
			: error == -E2BIG ? "too-many-ids"
					  : "journal",
			false);
	} else {
		j->phase = WAITING;
	}
	if (!c->dead)
		run(c); /* one that was refused made room too */
	unref(c);
}

static void job_store(struct job *j)
{
	struct commands *c = j->owner;
	char record[RECORD_MAX];
	int64_t now = 0;
	size_t n =
		record_make(&j->command, "", j->response, j->correlation, j->n_correlation, record);

	(void)c->env.wall(c->env.userdata, &now);
	c->refs++;
	if (c->env.put(c->env.store, c->upstream, j->command.id, now, j->command.expires_us, record,
		    n, on_stored, j) < 0) {
		c->refs--;
		job_refuse(j, "journal", false);
	}
}

/* A newer value for the same attribute: the older one, if it waits, would only be undone. */
static void supersede(struct commands *c, const struct command *command)
{
	for (struct job *j = c->jobs, *after; j; j = after) {
		after = j->next;
		if (j->phase == WAITING && j->command.plain &&
			streq(j->command.appliance, command->appliance) &&
			streq(j->command.attribute, command->attribute))
			job_refuse(j, "superseded", false);
	}
}

void commands_take(struct commands *c, const struct command *command, const char *wrong,
	bool retained, const struct command_to *to)
{
	struct job *j, **at = &c->jobs;

	/* First what cannot change: a retained one comes again with every connection. */
	if (retained)
		wrong = "retained";
	if (!wrong)
		wrong = judge(c, command);
	if (!wrong && command->plain)
		supersede(c, command);
	if (!wrong && c->n_jobs >= COMMANDS_MAX)
		wrong = "queue-full";
	if (!wrong && is_stored(command) &&
		!downlink_take(&c->bucket, COMMANDS_BURST, COMMANDS_PERIOD_US,
			c->env.now(c->env.userdata)))
		wrong = "too-many";
	j = wrong ? NULL : calloc(1, sizeof(*j));
	if (!j) {
		refuse(c, command, to, wrong ? wrong : "refused", NULL);
		return;
	}
	j->owner = c;
	j->command = *command;
	j->came_us = c->env.now(c->env.userdata);
	j->session = c->env.session(c->env.userdata);
	/* One with control bytes is never answered to (command_reply_topic()). */
	if (!strchr(to->response, SEPARATOR))
		(void)str_copy(j->response, sizeof(j->response), to->response);
	j->n_correlation = MIN(to->n_correlation, (size_t)COMMANDS_DATA_MAX);
	if (j->n_correlation > 0)
		memcpy(j->correlation, to->correlation, j->n_correlation);
	while (*at)
		at = &(*at)->next;
	*at = j;
	c->n_jobs++;
	if (is_stored(command)) {
		j->phase = STORING;
		job_store(j);
	} else {
		j->phase = WAITING;
		run(c);
	}
}

size_t commands_waiting(const struct commands *c)
{
	return c->n_jobs;
}

struct commands_counts commands_counts(const struct commands *c)
{
	return c->counts;
}

/* ---- those an earlier run did not end */

static void on_open(int error, uint64_t id, const char *upstream, bool open, const void *blob,
	size_t n, void *userdata)
{
	struct commands *c = userdata;
	unsigned char data[COMMANDS_DATA_MAX];
	char text[RECORD_MAX], ended[RECORD_MAX];
	struct command command = {};
	struct command_to to;
	struct record r;
	int n_data;

	if (id == 0) {
		unref(c);
		return;
	}
	if (c->dead || n >= sizeof(text))
		return;
	memcpy(text, blob, n);
	text[n] = 0;
	if (!record_parse(text, &r) || !command_verb_by_name(r.verb, &command.verb))
		return;
	(void)str_copy(command.id, sizeof(command.id), r.id);
	(void)str_copy(command.appliance, sizeof(command.appliance), r.appliance);
	(void)str_copy(command.attribute, sizeof(command.attribute), r.attribute);
	(void)str_copy(command.client, sizeof(command.client), r.client);
	/* One of this run, taken before the answer came. */
	for (const struct job *j = c->jobs; j; j = j->next)
		if (is_stored(&j->command) && streq(j->command.id, command.id))
			return;
	n_data = *r.correlation ? hex_decode(r.correlation, data, sizeof(data)) : 0;
	to = (struct command_to){r.response, data, n_data > 0 ? (size_t)n_data : 0};
	n = record_make(&command, "unknown", r.response, data, to.n_correlation, ended);
	(void)c->env.end(c->env.store, c->upstream, command.id, ended, n);
	refuse(c, &command, &to, "outcome-unknown", NULL);
}

int commands_new(const struct commands_env *env, const char *upstream, struct commands **ret)
{
	struct commands *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->env = *env;
	c->refs = 2;
	(void)str_copy(c->upstream, sizeof(c->upstream), upstream);
	/* Where the journal cannot tell now, a repetition is told when it comes. */
	if (c->env.read(c->env.store, c->upstream, on_open, c) < 0)
		c->refs--;
	*ret = c;
	return 0;
}

struct commands *commands_free(struct commands *c)
{
	if (!c)
		return NULL;
	for (struct job *j = c->jobs, *after; j; j = after) {
		after = j->next;
		if (j->phase == WAITING)
			job_refuse(j, "stopping", true);
	}
	c->dead = true;
	unref(c);
	return NULL;
}
