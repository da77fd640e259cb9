/* SPDX-License-Identifier: Apache-2.0 */
/* Retained documents of an upstream: what the broker should hold, and what it is known to hold. */
#include "upstream-internal.h"

static struct doc *doc_free(struct doc *d)
{
	if (d) {
		free(d->topic);
		free(d->payload);
		free(d);
	}
	return NULL;
}

static struct doc *doc_find(struct upstream *u, const char *topic, size_t *ret_i)
{
	for (size_t i = 0; i < u->n_docs; i++)
		if (streq(u->docs[i]->topic, topic)) {
			*ret_i = i;
			return u->docs[i];
		}
	return NULL;
}

static void doc_remove(struct upstream *u, size_t i)
{
	u->doc_bytes -= u->docs[i]->n;
	doc_free(u->docs[i]);
	memmove(&u->docs[i], &u->docs[i + 1], (u->n_docs - i - 1) * sizeof(u->docs[0]));
	u->n_docs--;
}

/* Behind those of the same rank, so that the order of setting is kept within a rank. */
static int doc_add(struct upstream *u, enum retained_rank rank, const char *topic, struct doc **ret)
{
	struct doc *d;
	size_t i;

	if (u->n_docs == UPSTREAM_RETAINED_MAX)
		return -ENOBUFS;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->topic = strdup(topic);
	if (!d->topic) {
		doc_free(d);
		return -ENOMEM;
	}
	d->rank = rank;
	for (i = u->n_docs; i > 0 && u->docs[i - 1]->rank > rank; i--)
		u->docs[i] = u->docs[i - 1];
	u->docs[i] = d;
	u->n_docs++;
	*ret = d;
	return 0;
}

int upstream_set_retained(
	struct upstream *u, const struct retained_doc *doc, const void *payload, size_t n)
{
	char topic[RELAY_TOPIC_MAX];
	struct doc *d;
	size_t i, before = 0;
	void *copy;
	int r;

	if (!u->ready)
		return -EAGAIN;
	if (n == 0 || !upstream_topic(u, doc->suffix, topic, sizeof(topic)))
		return -EINVAL;
	if (n > RELAY_PAYLOAD_MAX)
		return -EMSGSIZE;
	d = doc_find(u, topic, &i);
	if (d) {
		if (d->n == n && d->payload && d->deflated == doc->deflated &&
			memcmp(d->payload, payload, n) == 0)
			return 0;
		before = d->n;
	}
	if (u->doc_bytes - before + n > UPSTREAM_RETAINED_BYTES_MAX)
		return -ENOBUFS;
	copy = malloc(n);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, payload, n);
	if (!d) {
		r = doc_add(u, doc->rank, topic, &d);
		if (r < 0) {
			free(copy);
			return r;
		}
	}
	free(d->payload);
	d->payload = copy;
	u->doc_bytes += n - before;
	d->n = n;
	d->content_type = doc->content_type;
	d->deflated = doc->deflated;
	d->dirty = true;
	upstream_run(u);
	return 0;
}

int upstream_clear_retained(struct upstream *u, enum retained_rank rank, const char *suffix)
{
	char topic[RELAY_TOPIC_MAX];
	struct doc *d;
	size_t i;
	int r;

	if (!u->ready)
		return -EAGAIN;
	if (!upstream_topic(u, suffix, topic, sizeof(topic)))
		return -EINVAL;
	d = doc_find(u, topic, &i);
	if (!d) {
		r = doc_add(u, rank, topic, &d);
		if (r < 0)
			return r;
	}
	free(d->payload);
	d->payload = NULL;
	u->doc_bytes -= d->n;
	d->n = 0;
	d->deflated = false;
	d->content_type = NULL;
	d->dirty = true;
	upstream_run(u);
	return 0;
}

void upstream_resend_retained(struct upstream *u, enum retained_rank from)
{
	for (size_t i = 0; i < u->n_docs; i++)
		if (u->docs[i]->rank >= from)
			u->docs[i]->dirty = true;
	upstream_run(u);
}

void upstream_clear_all_retained(struct upstream *u)
{
	for (size_t i = 0; i < u->n_docs; i++) {
		struct doc *d = u->docs[i];

		free(TAKE_PTR(d->payload));
		u->doc_bytes -= d->n;
		d->n = 0;
		d->deflated = false;
		d->content_type = NULL;
		d->dirty = true;
	}
	upstream_run(u);
}

void retained_reset(struct upstream *u)
{
	for (size_t i = 0; i < u->n_docs; i++) {
		u->docs[i]->dirty = true;
		u->docs[i]->in_flight = false;
		u->docs[i]->synced = false;
	}
}

void retained_lost(struct upstream *u)
{
	for (size_t i = 0; i < u->n_docs; i++)
		u->docs[i]->in_flight = false;
}

bool retained_synced(const struct upstream *u)
{
	for (size_t i = 0; i < u->n_docs; i++)
		if (!u->docs[i]->synced)
			return false;
	return true;
}

int retained_send(struct upstream *u, unsigned max)
{
	for (size_t i = 0; i < u->n_docs && max > 0; i++) {
		struct doc *d = u->docs[i];
		struct slot *s;
		uint64_t id;
		int r;

		if (!d->dirty || d->in_flight)
			continue;
		s = window_slot_free(u);
		if (!s)
			return 0;
		if (u->env.may_publish &&
			!u->env.may_publish(u->env.io, d->topic, d->payload, d->n))
			continue;
		id = RETAINED_ID | (u->next_retained++ & (RETAINED_ID - 1));
		r = upstream_send_publish(u, id, d->topic, d->payload, d->n, d->content_type,
			RELAY_RETAINED | RELAY_QOS1 | (d->deflated ? RELAY_DEFLATED : 0));
		if (r < 0)
			return r;
		*s = (struct slot){.u = u, .kind = SLOT_RETAINED, .id = id, .doc = d, .n = d->n};
		d->dirty = false;
		d->in_flight = true;
		u->last_was_retained = true;
		max--;
	}
	return 0;
}

void retained_answered(struct upstream *u, struct slot *s)
{
	struct doc *d = s->doc;

	*s = (struct slot){.u = u};
	d->in_flight = false;
	d->synced = true;
	if (!d->payload && !d->dirty) /* the broker has forgotten it; so can we */
		for (size_t i = 0; i < u->n_docs; i++)
			if (u->docs[i] == d) {
				doc_remove(u, i);
				break;
			}
}

void retained_free_all(struct upstream *u)
{
	for (size_t i = 0; i < SLOTS_MAX; i++)
		if (u->slots[i].kind == SLOT_RETAINED)
			u->slots[i] = (struct slot){.u = u};
	while (u->n_docs > 0)
		doc_remove(u, u->n_docs - 1);
}
