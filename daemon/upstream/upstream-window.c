/* SPDX-License-Identifier: Apache-2.0 */
/* The window: what the relay has, what the store has yet to hear of it, what is held back, and what
 * is fetched next. */
#include "upstream-internal.h"

unsigned window_count(const struct upstream *u, unsigned kinds)
{
	unsigned n = 0;

	for (size_t i = 0; i < SLOTS_MAX; i++)
		n += !!(kinds & 1U << u->slots[i].kind);
	return n;
}
#define IN_WINDOW \
	(1U << SLOT_RETAINED | 1U << SLOT_ANSWER | 1U << SLOT_SENT | 1U << SLOT_ACKED | \
		1U << SLOT_DROPPING)

unsigned window_size(const struct upstream *u)
{
	return CLAMP(u->config->window, 1U, (unsigned)UPSTREAM_WINDOW_MAX);
}

struct slot *window_slot_free(struct upstream *u)
{
	for (size_t i = 0; i < SLOTS_MAX; i++)
		if (u->slots[i].kind == SLOT_FREE)
			return &u->slots[i];
	return NULL;
}

int upstream_send_publish(struct upstream *u, uint64_t id, const char *topic, const void *payload,
	size_t n, const char *content_type, unsigned flags)
{
	size_t n3 = content_type ? strlen(content_type) : 0;
	struct relay_msg m = relay_msg_make(
		RELAY_PUBLISH, id, (uint32_t)u->session, (uint16_t)flags, strlen(topic), n, n3);

	return upstream_send(u, &m, topic, payload, content_type);
}

/* What the relay had without an acknowledgement is unsent again; what was acknowledged is not. */
void window_lost(struct upstream *u)
{
	for (size_t i = 0; i < SLOTS_MAX; i++) {
		struct slot *s = &u->slots[i];

		switch (s->kind) {
		case SLOT_RETAINED:
		case SLOT_ANSWER:
		case SLOT_SENT:
		case SLOT_HELD:
			*s = (struct slot){.u = u};
			break;
		case SLOT_FREE:
		case SLOT_ACKED:
		case SLOT_DROPPING:
			break;
		}
	}
	retained_lost(u);
	answer_lost(u);
	u->generation++;
	u->more_generation++;
	u->synced = false;
}

void window_forget_rows(struct upstream *u)
{
	for (size_t i = 0; i < SLOTS_MAX; i++)
		if (!u->slots[i].posted)
			u->slots[i] = (struct slot){.u = u};
}

static void on_row_gone(int error, void *userdata)
{
	struct slot *s = userdata;
	struct upstream *u = s->u;

	s->posted = false;
	if (!u->dead) {
		if (error == 0) {
			upstream_store_worked(u);
			if (s->kind == SLOT_ACKED && !s->heard && receipt_wanted(u, s->class)) {
				/* It stays; how many do, the store knows. */
				*s = (struct slot){.u = u};
				compose_open(u);
				upstream_run(u);
				upstream_unref(u);
				return;
			}
			if (u->out.waiting[s->class] > 0)
				u->out.waiting[s->class]--;
			u->out.waiting_bytes -= MIN(u->out.waiting_bytes, s->n);
			if (s->kind == SLOT_DROPPING)
				u->out.lost_messages++;
			*s = (struct slot){.u = u};
		} else {
			s->due_us = upstream_store_failed(u, error);
		}
		upstream_run(u);
	}
	upstream_unref(u);
}

static void run_rows(struct upstream *u, uint64_t now)
{
	for (size_t i = 0; i < SLOTS_MAX; i++) {
		struct slot *s = &u->slots[i];
		int r;

		if ((s->kind != SLOT_ACKED && s->kind != SLOT_DROPPING) || s->posted ||
			s->due_us > now)
			continue;
		s->posted = true;
		upstream_ref(u);
		if (s->kind == SLOT_ACKED)
			r = u->env.out_acked(u->env.store, u->config->id, s->id,
				receipt_wanted(u, s->class) && !s->heard ? MAX(now, 1) : 0,
				on_row_gone, s);
		else
			r = u->env.out_drop(u->env.store, u->config->id, s->id, on_row_gone, s);
		if (r < 0) {
			s->posted = false;
			u->refs--;
			s->due_us = upstream_store_failed(u, r);
		}
	}
}

static void run_held(struct upstream *u, uint64_t now)
{
	for (size_t i = 0; i < SLOTS_MAX; i++)
		if (u->slots[i].kind == SLOT_HELD && u->slots[i].due_us <= now) {
			u->slots[i] = (struct slot){.u = u};
			u->more_generation++;
		}
}

static void tokens_refill(struct upstream *u, uint64_t now)
{
	uint64_t n = (now - u->tokens_us) / DRAIN_PERIOD_US;

	u->tokens_us += n * DRAIN_PERIOD_US;
	u->tokens = (unsigned)MIN(u->tokens + n, (uint64_t)DRAIN_BURST);
}

static bool slot_has(const struct upstream *u, uint64_t seq)
{
	for (size_t i = 0; i < SLOTS_MAX; i++)
		if (u->slots[i].kind >= SLOT_SENT && u->slots[i].id == seq)
			return true;
	return false;
}

/* Composed before the household tightened the level or the planes. */
static bool withdrawn(const struct upstream *u, const struct out_message *m)
{
	static const struct {
		const char *suffix;
		enum plane plane;
		enum privacy_level level;
	} planes[] = {
		{"/report", PLANE_REPORT, LEVEL_FULL},
		{"/summary", PLANE_SUMMARY, LEVEL_DAILY},
	};

	for (size_t i = 0; i < ARRAY_SIZE(planes); i++)
		if (endswith(m->topic, planes[i].suffix))
			return !(u->granted & planes[i].plane) &&
			       (u->config->level < planes[i].level ||
				       !(u->config->planes & planes[i].plane));
	return u->config->level == LEVEL_OFF;
}

/* False: stop here, the rest is fetched again later. */
static bool send_message(struct upstream *u, const struct out_message *m, uint64_t now)
{
	struct slot *s = window_slot_free(u);
	int r;

	if (!s || window_count(u, IN_WINDOW) >= window_size(u))
		return false;
	if (slot_has(u, m->seq))
		return true;
	if (m->class == OUT_REPORT && u->tokens == 0) {
		u->throttle_until_us = u->tokens_us + DRAIN_PERIOD_US;
		return false;
	}
	if (m->n > RELAY_PAYLOAD_MAX || isempty(m->topic) || withdrawn(u, m)) {
		/* Not sent; and what no store of ours wrote must not stop the others. */
		*s = (struct slot){.u = u, .kind = SLOT_DROPPING, .id = m->seq, .class = m->class};
		return true;
	}
	r = upstream_send_publish(u, m->seq, m->topic, m->payload, m->n, "application/json",
		RELAY_QOS1 | (m->deflated ? RELAY_DEFLATED : 0));
	if (r < 0)
		return false;
	if (m->class == OUT_REPORT)
		u->tokens--;
	u->last_was_retained = false;
	*s = (struct slot){.u = u, .kind = SLOT_SENT, .id = m->seq, .class = m->class, .n = m->n};
	return true;
}

static void on_fetched(int error, const struct out_message *v, size_t n, void *userdata)
{
	struct upstream *u = userdata;
	uint64_t now;
	size_t i = 0;

	u->fetching = false;
	if (u->dead) {
		upstream_unref(u);
		return;
	}
	now = upstream_now(u);
	if (error != 0) {
		u->fetch_after_us = upstream_store_failed(u, error);
	} else if (u->fetch_generation == u->generation && u->synced) {
		tokens_refill(u, now);
		while (i < n && send_message(u, &v[i], now))
			i++;
		if (i == n && n < u->fetch_max)
			u->empty_generation = u->fetch_more;
	}
	upstream_run(u);
	upstream_unref(u);
}

static void run_fetch(struct upstream *u, uint64_t now)
{
	uint64_t seqs[SLOTS_MAX];
	size_t n_seqs = 0;
	unsigned used = window_count(u, IN_WINDOW);
	int r;

	if (!u->synced || u->fetching || u->blocked || used >= window_size(u) ||
		u->empty_generation == u->more_generation || u->fetch_after_us > now ||
		u->throttle_until_us > now)
		return;
	for (size_t i = 0; i < SLOTS_MAX; i++)
		if (u->slots[i].kind >= SLOT_SENT)
			seqs[n_seqs++] = u->slots[i].id;
	u->fetching = true;
	u->fetch_generation = u->generation;
	u->fetch_more = u->more_generation;
	/* No more rows are read than may leave now. */
	tokens_refill(u, now);
	u->fetch_max = MIN(window_size(u) - used, MAX(u->tokens, 1U));
	upstream_ref(u);
	r = u->env.out_fetch(u->env.store, u->config->id, seqs, n_seqs, u->fetch_max, now,
		u->session_us, on_fetched, u);
	if (r < 0) {
		u->fetching = false;
		u->refs--;
		u->fetch_after_us = upstream_store_failed(u, r);
	}
}

/* Before the first sync retained documents have the whole window; afterwards half of it, so that an
 * appliance whose state changes all the time holds up no alarm. */
static void run_retained(struct upstream *u)
{
	unsigned used = window_count(u, IN_WINDOW),
		 room = window_size(u) - MIN(used, window_size(u));

	if (u->synced) {
		unsigned own = window_count(u, 1U << SLOT_RETAINED);
		unsigned half = MAX(window_size(u) / 2, 1U);

		if (window_size(u) == 1 && u->last_was_retained &&
			u->empty_generation != u->more_generation &&
			u->throttle_until_us <= upstream_now(u) &&
			u->fetch_after_us <= upstream_now(u))
			return; /* the only place goes to each in turn */
		room = MIN(room, half - MIN(own, half));
	}
	(void)retained_send(u, room);
}

static struct slot *slot_find(struct upstream *u, uint64_t id)
{
	for (size_t i = 0; i < SLOTS_MAX; i++)
		if ((u->slots[i].kind == SLOT_SENT || u->slots[i].kind == SLOT_RETAINED ||
			    u->slots[i].kind == SLOT_ANSWER) &&
			u->slots[i].id == id)
			return &u->slots[i];
	return NULL;
}

void window_ack(struct upstream *u, uint64_t id)
{
	struct slot *s = slot_find(u, id);

	if (!s) {
		u->bad_acks++;
		return;
	}
	u->last_acked_us = upstream_now(u);
	if (s->kind == SLOT_RETAINED) {
		retained_answered(u, s);
		return;
	}
	if (s->kind == SLOT_ANSWER) {
		answer_ended(u, s);
		return;
	}
	u->out.last_acked = MAX(u->out.last_acked, id);
	s->kind = SLOT_ACKED;
	s->due_us = 0;
	if (u->ops.on_gone)
		u->ops.on_gone(u, id, true, u->userdata);
}

void window_refused(struct upstream *u, const struct relay_view *v)
{
	struct slot *s = slot_find(u, v->msg.id);

	if (!s) {
		u->bad_acks++;
		return;
	}
	u->refused++;
	upstream_text_set(u->refusal, sizeof(u->refusal), v->p1, v->msg.n1);
	if (s->kind == SLOT_RETAINED) {
		/* Offered again when it changes or at the next connect. */
		retained_answered(u, s);
	} else if (s->kind == SLOT_ANSWER) {
		answer_ended(u, s); /* whoever asked may not hear it: once is enough */
	} else if (v->msg.flags & RELAY_FOR_GOOD) {
		s->kind = SLOT_DROPPING;
		s->due_us = 0;
		if (u->ops.on_gone)
			u->ops.on_gone(u, s->id, false, u->userdata);
	} else if (window_count(u, 1U << SLOT_HELD) < HELD_MAX) {
		s->kind = SLOT_HELD;
		s->due_us = upstream_now(u) + HELD_US;
	} else {
		/* So many are no accident of one message: the whole upstream waits. */
		*s = (struct slot){.u = u};
		u->fetch_after_us = upstream_now(u) + HELD_US;
		u->more_generation++;
	}
}

void window_run(struct upstream *u, uint64_t now)
{
	run_rows(u, now);
	run_held(u, now);
}

void window_send(struct upstream *u, uint64_t now)
{
	answer_send(u, window_size(u) - MIN(window_count(u, IN_WINDOW), window_size(u)));
	run_retained(u);
	run_fetch(u, now);
}

uint64_t window_next_us(const struct upstream *u)
{
	uint64_t at = USEC_INFINITY;

	for (size_t i = 0; i < SLOTS_MAX; i++) {
		const struct slot *s = &u->slots[i];

		if (s->kind == SLOT_HELD ||
			((s->kind == SLOT_ACKED || s->kind == SLOT_DROPPING) && !s->posted))
			at = MIN(at, s->due_us);
	}
	if (u->synced && !u->fetching && !u->blocked && u->empty_generation != u->more_generation &&
		window_count(u, IN_WINDOW) < window_size(u))
		at = MIN(at, MAX(u->fetch_after_us, u->throttle_until_us));
	return at;
}
