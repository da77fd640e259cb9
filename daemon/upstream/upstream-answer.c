/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to commands: small, soon, and worth nothing when they are late, so they are kept in memory
 * alone. What a command did is in the journal. */
#include "upstream-internal.h"

static struct answer *answer_free(struct answer *a)
{
	if (a) {
		free(a->topic);
		free(a->payload);
		free(a);
	}
	return NULL;
}

static void answer_remove(struct upstream *u, struct answer *a)
{
	struct answer **at = &u->answers;

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	u->n_answers--;
	/* Its acknowledgement may still come, and its place in the window is used until then. */
	for (size_t i = 0; i < SLOTS_MAX; i++)
		if (u->slots[i].answer == a)
			u->slots[i].answer = NULL;
	answer_free(a);
}

int upstream_answer(struct upstream *u, const char *topic, const void *correlation,
	size_t n_correlation, const void *payload, size_t n)
{
	struct answer *a, **at = &u->answers;

	if (!relay_topic_valid(topic, strlen(topic)))
		return -EINVAL;
	if (n_correlation > RELAY_CORRELATION_MAX || n > UPSTREAM_ANSWER_MAX)
		return -EMSGSIZE;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->topic = strdup(topic);
	a->payload = malloc(MAX(n, (size_t)1));
	if (!a->topic || !a->payload) {
		answer_free(a);
		return -ENOMEM;
	}
	memcpy(a->payload, payload, n);
	a->n = n;
	if (n_correlation > 0)
		memcpy(a->correlation, correlation, n_correlation);
	a->n_correlation = n_correlation;
	a->until_us = upstream_now(u) + UPSTREAM_ANSWER_US;
	if (u->n_answers == UPSTREAM_ANSWERS_MAX)
		answer_remove(u, u->answers);
	while (*at)
		at = &(*at)->next;
	*at = a;
	u->n_answers++;
	upstream_run(u);
	return 0;
}

/* All answers are one entry of the ledger: a topic of its own for each would let whoever asks fill it. */
static bool may_publish(struct upstream *u, const struct answer *a)
{
	char topic[RELAY_TOPIC_MAX];

	return !u->env.may_publish ||
	       (upstream_topic(u, "cmd/reply", topic, sizeof(topic)) &&
		       u->env.may_publish(u->env.io, topic, a->payload, a->n));
}

void answer_send(struct upstream *u, unsigned max)
{
	static const char type[] = "application/json";

	if (!u->synced)
		return;
	for (struct answer *a = u->answers; a && max > 0; a = a->next) {
		char extra[RELAY_EXTRA_MAX];
		struct slot *s;
		struct relay_msg m;
		uint64_t id;

		if (a->in_flight)
			continue;
		if (!may_publish(u, a))
			return;
		s = window_slot_free(u);
		if (!s)
			return;
		id = RETAINED_ID | (u->next_retained++ & (RETAINED_ID - 1));
		m = relay_msg_make(RELAY_PUBLISH, id, (uint32_t)u->session, RELAY_QOS1,
			strlen(a->topic), a->n,
			relay_extra_make(extra, type, a->correlation, a->n_correlation));
		if (upstream_send(u, &m, a->topic, a->payload, extra) < 0)
			return;
		*s = (struct slot){.u = u, .kind = SLOT_ANSWER, .id = id, .answer = a, .n = a->n};
		a->in_flight = true;
		max--;
	}
}

void answer_ended(struct upstream *u, struct slot *s)
{
	struct answer *a = s->answer;

	*s = (struct slot){.u = u};
	if (a)
		answer_remove(u, a);
}

void answer_lost(struct upstream *u)
{
	for (struct answer *a = u->answers; a; a = a->next)
		a->in_flight = false;
}

void answer_expire(struct upstream *u, uint64_t now)
{
	while (u->answers && u->answers->until_us <= now)
		answer_remove(u, u->answers);
}

uint64_t answer_next_us(const struct upstream *u)
{
	return u->answers ? u->answers->until_us : USEC_INFINITY;
}

void answer_free_all(struct upstream *u)
{
	while (u->answers)
		answer_remove(u, u->answers);
}
