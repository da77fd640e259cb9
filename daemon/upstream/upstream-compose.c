/* SPDX-License-Identifier: Apache-2.0 */
/* A message on its way into the outbox:
 *
 *   IDLE → job picked → out_lost → LOST → compose fn → out_put → PUT → durable, job done → IDLE
 *                                                                 ↘ error → out_open → CHECK: was it
 *                                                                   stored after all? else again later
 * One at a time, because each needs the seq and prev of the one before. */
#include "upstream-internal.h"

static void queue_push(struct job_queue *q, struct job *j)
{
	if (!q->tail)
		q->tail = &q->head;
	j->next = NULL;
	*q->tail = j;
	q->tail = &j->next;
	q->n++;
}

static void queue_push_front(struct job_queue *q, struct job *j)
{
	if (!q->head)
		q->tail = &j->next;
	j->next = q->head;
	q->head = j;
	q->n++;
}

static struct job *queue_pop(struct job_queue *q)
{
	struct job *j = q->head;

	if (j) {
		q->head = j->next;
		if (!q->head)
			q->tail = &q->head;
		q->n--;
	}
	return j;
}

static void job_end(struct upstream *u, struct job *j, int error, uint64_t seq)
{
	if (j->done)
		j->done(u, error, seq, j->job);
	free(j);
}

int upstream_compose(struct upstream *u, enum out_class class, const char *suffix,
	upstream_compose_fn fn, upstream_done_fn done, void *job)
{
	struct job *j;
	size_t n = u->current ? 1 : 0;

	for (size_t i = 0; i < _OUT_CLASS_MAX; i++)
		n += u->jobs[i].n;
	if (n >= UPSTREAM_JOBS_MAX)
		return -ENOBUFS;
	j = calloc(1, sizeof(*j));
	if (!j)
		return -ENOMEM;
	if (!str_copy(j->suffix, sizeof(j->suffix), suffix)) {
		free(j);
		return -EINVAL;
	}
	j->class = class;
	j->fn = fn;
	j->done = done;
	j->job = job;
	queue_push(&u->jobs[class], j);
	upstream_run(u);
	return 0;
}

size_t upstream_jobs(const struct upstream *u, enum out_class class)
{
	return u->jobs[class].n + (u->current && u->current->class == class ? 1 : 0);
}

void compose_abandon(struct upstream *u)
{
	struct job *j;

	for (size_t i = 0; i < _OUT_CLASS_MAX; i++)
		while ((j = queue_pop(&u->jobs[i])))
			job_end(u, j, -ECANCELED, 0);
	/* What the store is just writing ends with its answer: told as cancelled, it would be sent a
	 * second time under another number. */
	if (u->current && u->phase != COMPOSE_PUT)
		job_end(u, TAKE_PTR(u->current), -ECANCELED, 0);
	if (u->phase == COMPOSE_LOST)
		u->phase = COMPOSE_IDLE;
}

/* --- numbers */

static uint64_t prev_of(const struct upstream *u, const char *topic)
{
	for (size_t i = 0; i < u->out.n_topics; i++)
		if (streq(u->out.topics[i].topic, topic))
			return u->out.topics[i].last_seq;
	return 0;
}

static void prev_set(struct upstream *u, const char *topic, uint64_t seq)
{
	struct out_topic *t = NULL;

	for (size_t i = 0; i < u->out.n_topics; i++) {
		if (streq(u->out.topics[i].topic, topic)) {
			u->out.topics[i].last_seq = seq;
			return;
		}
		if (!t || u->out.topics[i].last_seq < t->last_seq)
			t = &u->out.topics[i];
	}
	if (u->out.n_topics < OUT_TOPICS_MAX)
		t = &u->out.topics[u->out.n_topics++];
	(void)str_copy(t->topic, sizeof(t->topic), topic);
	t->last_seq = seq;
}

/* --- the end of a put */

static void current_stored(struct upstream *u)
{
	struct job *j = TAKE_PTR(u->current);
	const struct out_message *m = &u->current_message;
	enum out_class class = m->class;

	u->phase = COMPOSE_IDLE;
	u->more_generation++;
	if (class != OUT_REPORT)
		u->throttle_until_us = 0;
	if (j) /* NULL: abandoned meanwhile */
		job_end(u, j, 0, m->seq);
}

static void current_again(struct upstream *u, int error)
{
	struct job *j = TAKE_PTR(u->current);

	u->phase = COMPOSE_IDLE;
	if (error != 0)
		u->compose_after_us = upstream_store_failed(u, error);
	if (j)
		queue_push_front(&u->jobs[j->class], j);
}

static void on_put(int error, void *userdata)
{
	struct upstream *u = userdata;
	const struct out_message *m = &u->current_message;

	if (u->dead) {
		if (u->current)
			job_end(u, TAKE_PTR(u->current), error ? -ECANCELED : 0, m->seq);
		upstream_unref(u);
		return;
	}
	if (error == 0) {
		upstream_store_worked(u);
		u->out.last_seq = m->seq;
		u->out.cursor = u->current_cursor;
		u->out.waiting[m->class]++;
		u->out.waiting_bytes += m->n;
		prev_set(u, m->topic, m->seq);
		/* Something had to give way: how much, the store knows. */
		bool full = u->out.waiting_bytes > u->config->max_bytes;

		current_stored(u);
		if (full)
			compose_open(u);
	} else {
		/* Perhaps it is on disk and only the answer failed. Asked, not guessed: the same
		 * message under two numbers would be a duplicate that no receiver can see. */
		u->phase = COMPOSE_CHECK;
		u->open_after_us = upstream_store_failed(u, error);
	}
	upstream_run(u);
	upstream_unref(u);
}

static void compose_put(struct upstream *u, const struct seq_range *lost, size_t n_lost)
{
	struct job *j = u->current;
	struct out_message *m = &u->current_message;
	struct seq_range withheld[OUT_LOST_MAX], gone[OUT_LOST_MAX];
	struct compose_in in = {
		.epoch = u->out.epoch,
		.gw = u->out.gw_alias,
		.seq = u->out.last_seq + 1,
		.cursor = u->out.cursor,
		.lost = gone,
		.withheld = withheld,
	};
	struct compose_out out = {.cursor = u->out.cursor};
	int r;

	for (size_t i = 0; i < n_lost && i < OUT_LOST_MAX; i++) {
		if (lost[i].first & OUT_WITHHELD)
			withheld[in.n_withheld++] =
				(struct seq_range){lost[i].first & ~OUT_WITHHELD, lost[i].last};
		else
			gone[in.n_lost++] = lost[i];
	}
	*m = (struct out_message){.seq = in.seq, .class = j->class};
	r = upstream_topic(u, j->suffix, m->topic, sizeof(m->topic)) ? 0 : -ENAMETOOLONG;
	if (r == 0) {
		m->prev = in.prev = prev_of(u, m->topic);
		r = j->fn(u, &in, j->job, &out);
	}
	if (r == 0 && (out.n == 0 || out.n > OUT_PAYLOAD_MAX)) {
		free(out.payload);
		r = -EMSGSIZE;
	}
	if (r < 0) {
		u->phase = COMPOSE_IDLE;
		u->current = NULL;
		job_end(u, j, r, 0);
		return;
	}
	m->deflated = out.deflated;
	m->payload = out.payload;
	m->n = out.n;
	(void)str_copy(m->dict, sizeof(m->dict), out.dict);
	m->told = out.told;
	m->replaces = out.replaces;
	u->current_cursor = out.cursor;
	u->phase = COMPOSE_PUT;
	upstream_ref(u);
	r = u->env.out_put(
		u->env.store, u->config->id, m, out.cursor, u->config->max_bytes, on_put, u);
	m->payload = NULL; /* taken, even when refused */
	if (r < 0) {
		u->refs--;
		current_again(u, r);
	}
}

static void on_lost(int error, const struct seq_range *v, size_t n, void *userdata)
{
	struct upstream *u = userdata;

	if (!u->dead && u->phase == COMPOSE_LOST && u->current) {
		if (error == 0)
			compose_put(u, v, n);
		else
			current_again(u, error);
		upstream_run(u);
	}
	upstream_unref(u);
}

/* --- the store's view of the upstream */

static void on_open(int error, const struct out_state *s, void *userdata)
{
	struct upstream *u = userdata;
	uint64_t seq = u->current_message.seq;
	bool fresh;

	u->opening = false;
	if (u->dead) {
		upstream_unref(u);
		return;
	}
	if (error != 0) {
		u->open_after_us = upstream_store_failed(u, error);
		upstream_run(u);
		upstream_unref(u);
		return;
	}
	if (u->phase != COMPOSE_CHECK) /* readable is not yet writable */
		upstream_store_worked(u);
	fresh = !u->ready || !streq(u->out.epoch, s->epoch) || !streq(u->out.gw_alias, s->gw_alias);
	u->out = *s;
	u->open_after_us = USEC_INFINITY;
	if (u->phase == COMPOSE_CHECK) {
		if (!fresh && s->last_seq >= seq)
			current_stored(u);
		else
			current_again(u, 0);
	}
	if (fresh) {
		/* Of another epoch: an acknowledgement still to come would name a message of this
		 * one, so nothing leaves before the next session. */
		window_lost(u);
		window_forget_rows(u);
		u->link = RELAY_DISCONNECTED;
		retained_free_all(u);
		(void)snprintf(u->base, sizeof(u->base), "%s/%s", u->config->prefix, s->gw_alias);
		u->ready = true;
		u->settings_due = true;
		u->changed = true;
		upstream_call(u, u->ops.on_ready);
	}
	upstream_run(u);
	upstream_unref(u);
}

void compose_open(struct upstream *u)
{
	int r;

	if (u->opening)
		return;
	u->opening = true;
	u->open_after_us = USEC_INFINITY;
	upstream_ref(u);
	r = u->env.out_open(u->env.store, u->config->id, on_open, u);
	if (r < 0) {
		u->opening = false;
		u->refs--;
		u->open_after_us = upstream_store_failed(u, r);
	}
}

void compose_run(struct upstream *u, uint64_t now)
{
	int r;

	if (!u->opening && u->open_after_us <= now)
		compose_open(u);
	if (!u->ready || u->opening || u->phase != COMPOSE_IDLE || u->compose_after_us > now)
		return;
	for (size_t c = 0; c < _OUT_CLASS_MAX && !u->current; c++)
		u->current = queue_pop(&u->jobs[c]);
	if (!u->current)
		return;
	u->phase = COMPOSE_LOST;
	upstream_ref(u);
	r = u->env.out_lost(u->env.store, u->config->id, on_lost, u);
	if (r < 0) {
		u->refs--;
		current_again(u, r);
	}
}

uint64_t compose_next_us(const struct upstream *u)
{
	uint64_t at = u->opening ? USEC_INFINITY : u->open_after_us;
	size_t n = 0;

	for (size_t c = 0; c < _OUT_CLASS_MAX; c++)
		n += u->jobs[c].n;
	if (u->ready && !u->opening && u->phase == COMPOSE_IDLE && n > 0)
		at = MIN(at, u->compose_after_us);
	return at;
}
