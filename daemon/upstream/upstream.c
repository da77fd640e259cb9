/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream-internal.h"

/* Retained documents set before any connect are bounded by UPSTREAM_RETAINED_MAX, jobs by
 * UPSTREAM_JOBS_MAX, slots by SLOTS_MAX; nothing else grows. */

const char *upstream_state_name(enum upstream_state s)
{
	static const char *const names[] = {
		[UPSTREAM_OPENING] = "opening",
		[UPSTREAM_NO_RELAY] = "no-relay",
		[UPSTREAM_DISCONNECTED] = "disconnected",
		[UPSTREAM_CONNECTING] = "connecting",
		[UPSTREAM_SYNCING] = "syncing",
		[UPSTREAM_CONNECTED] = "connected",
	};

	return names[s];
}

/* --- life */

int upstream_new(const struct upstream_config *config, const struct upstream_env *env,
	const struct upstream_ops *ops, void *userdata, struct upstream **ret)
{
	struct upstream *u = calloc(1, sizeof(*u));

	if (!u)
		return -ENOMEM;
	u->config = config;
	u->env = *env;
	if (ops)
		u->ops = *ops;
	u->userdata = userdata;
	u->refs = 1;
	u->store_retry_us = RETRY_MIN_US;
	u->open_after_us = USEC_INFINITY;
	u->tokens = DRAIN_BURST;
	u->tokens_us = u->since_us = upstream_now(u);
	for (size_t i = 0; i < SLOTS_MAX; i++)
		u->slots[i].u = u;
	compose_open(u);
	upstream_run(u);
	*ret = u;
	return 0;
}

void upstream_unref(struct upstream *u)
{
	if (--u->refs > 0)
		return;
	retained_free_all(u);
	answer_free_all(u);
	for (size_t i = 0; i < u->n_filters; i++)
		free(u->filters[i]);
	free(u);
}

struct upstream *upstream_free(struct upstream *u)
{
	if (!u)
		return NULL;
	u->env.wake(u->env.io, USEC_INFINITY);
	u->dead = true;
	compose_abandon(u);
	upstream_unref(u);
	return NULL;
}

/* --- small things */

uint64_t upstream_store_failed(struct upstream *u, int error)
{
	uint64_t at = upstream_now(u) + u->store_retry_us;

	u->store_error = error;
	u->store_retry_us = MIN(u->store_retry_us * 2, RETRY_MAX_US);
	/* It does not know us any more: a new one has begun, and with it a new epoch. */
	if (error == -ENOENT)
		u->open_after_us = MIN(u->open_after_us, at);
	return at;
}

void upstream_store_worked(struct upstream *u)
{
	u->store_error = 0;
	u->store_retry_us = RETRY_MIN_US;
}

bool upstream_topic(const struct upstream *u, const char *suffix, char *ret, size_t size)
{
	int n;

	if (isempty(suffix))
		return false;
	if (*suffix == '/')
		n = snprintf(ret, size, "%s", suffix + 1);
	else
		n = snprintf(ret, size, "%s/%s", u->base, suffix);
	return n > 0 && (size_t)n < size;
}

/* Nothing is sent before the manager has set all it wants to. */
void upstream_call(struct upstream *u, void (*fn)(struct upstream *u, void *userdata))
{
	bool running = u->running;

	if (!fn)
		return;
	u->running = true;
	fn(u, u->userdata);
	u->running = running;
}

void upstream_text_set(char *dst, size_t size, const char *p, size_t n)
{
	str_escape(dst, size, p ? p : "", n);
}

static void set_state(
	struct upstream *u, enum upstream_state s, const char *reason, const char *text)
{
	if (u->state != s) {
		u->state = s;
		u->since_us = upstream_now(u);
		u->changed = true;
	}
	if (!streq(u->reason, reason) || !streq(u->text, text)) {
		(void)str_copy(u->reason, sizeof(u->reason), reason);
		(void)str_copy(u->text, sizeof(u->text), text);
		u->changed = true;
	}
}

int upstream_send(struct upstream *u, const struct relay_msg *m, const void *p1, const void *p2,
	const void *p3)
{
	int r;

	if (!u->relay_here || u->blocked)
		return -EAGAIN;
	r = u->env.send(u->env.io, m, p1, p2, p3);
	/* Any other error: the relay is gone, and upstream_on_relay_gone() comes. */
	if (r < 0)
		u->blocked = true;
	return r;
}

/* --- the relay's word */

/* A connection says something too, beside the address it comes from. */
static bool may_connect(struct upstream *u, const struct relay_settings *s)
{
	char topic[sizeof(s->url) + sizeof(s->client_id) + sizeof(s->username) +
		   sizeof(s->will_topic) + 32];

	if (!u->env.may_publish)
		return true;
	(void)snprintf(topic, sizeof(topic), "$connect %s client=%s%s%s%s%s", s->url, s->client_id,
		*s->username ? " user=" : "", s->username, *s->will_topic ? " will=" : "",
		s->will_topic);
	return u->env.may_publish(u->env.io, topic, NULL, 0);
}

static void run_settings(struct upstream *u)
{
	struct relay_settings s = {
		.mqtt_version = u->config->mqtt_version == 4 ? 4 : 5,
		.keepalive_s = (uint32_t)CLAMP(
			u->config->keepalive_us / USEC_PER_SEC, UINT64_C(5), UINT64_C(3600)),
		.window = window_size(u),
	};
	struct relay_msg m;

	if (!u->hello || !u->ready || u->held)
		return;
	if (u->settings_due) {
		/* Progress, not a round trip: any acknowledgement starts it anew. */
		s.ack_timeout_s = CLAMP(s.keepalive_s, 10U, 60U);
		(void)str_copy(s.url, sizeof(s.url), u->config->url);
		if (u->config->client_id)
			(void)str_copy(s.client_id, sizeof(s.client_id), u->config->client_id);
		else
			(void)snprintf(
				s.client_id, sizeof(s.client_id), "hearth-%s", u->out.gw_alias);
		if (u->config->username)
			(void)str_copy(s.username, sizeof(s.username), u->config->username);
		if (u->will[0]) {
			(void)upstream_topic(u, "status", s.will_topic, sizeof(s.will_topic));
			(void)str_copy(s.will_payload, sizeof(s.will_payload), u->will);
		}
		if (!may_connect(u, &s))
			return;
		m = relay_msg_make(RELAY_SETTINGS, 0, 0, 0, sizeof(s), 0, 0);
		if (upstream_send(u, &m, &s, NULL, NULL) < 0)
			return;
		u->settings_due = false;
		u->settings_sent = true;
		u->filters_sent = 0;
	}
	while (u->filters_sent < u->n_filters) {
		char topic[RELAY_TOPIC_MAX];
		const char *suffix = u->filters[u->filters_sent];

		if (upstream_topic(u, suffix, topic, sizeof(topic))) {
			m = relay_msg_make(RELAY_SUBSCRIBE, 0, 0, 0, strlen(topic), 0, 0);
			if (upstream_send(u, &m, topic, NULL, NULL) < 0)
				return;
		}
		u->filters_sent++;
	}
}

static void relay_reset(struct upstream *u)
{
	u->hello = u->settings_sent = u->blocked = false;
	u->settings_due = true;
	u->filters_sent = 0;
	u->link = RELAY_DISCONNECTED;
	u->session = 0;
	u->version[0] = 0;
	window_lost(u);
}

void upstream_on_relay_here(struct upstream *u)
{
	relay_reset(u);
	u->relay_here = true;
	set_state(u, UPSTREAM_DISCONNECTED, "starting", "the relay is starting");
	upstream_run(u);
}

static void set_no_relay(struct upstream *u)
{
	char text[RELAY_TEXT_MAX];

	(void)snprintf(text, sizeof(text), "hearth-relay@%s is not running", u->config->id);
	set_state(u, UPSTREAM_NO_RELAY, "no-relay", text);
}

void upstream_on_relay_gone(struct upstream *u)
{
	if (!u->relay_here)
		return;
	relay_reset(u);
	u->relay_here = false;
	if (u->ready)
		set_no_relay(u);
	else
		set_state(u, UPSTREAM_OPENING, "", "");
	upstream_run(u);
}

void upstream_on_writable(struct upstream *u)
{
	u->blocked = false;
	upstream_run(u);
}

static int on_state(struct upstream *u, const struct relay_view *v)
{
	char reason[RELAY_REASON_MAX], text[RELAY_TEXT_MAX];
	bool was = u->link == RELAY_CONNECTED;

	upstream_text_set(reason, sizeof(reason), v->p1, v->msg.n1);
	upstream_text_set(text, sizeof(text), v->p2, v->msg.n2);
	switch ((enum relay_state)v->msg.a) {
	case RELAY_DISCONNECTED:
		if (was)
			window_lost(u);
		u->link = RELAY_DISCONNECTED;
		set_state(u, UPSTREAM_DISCONNECTED, reason, text);
		return 0;
	case RELAY_CONNECTING:
		if (was)
			window_lost(u);
		u->link = RELAY_CONNECTING;
		/* The reason of the last failure stands until it is overcome. */
		set_state(u, UPSTREAM_CONNECTING, u->reason, u->text);
		return 0;
	case RELAY_CONNECTED:
		/* Sessions rise, so that an answer for an older one cannot be taken for this one's. */
		if (!u->settings_sent || v->msg.id <= u->session || v->msg.id > UINT32_MAX)
			return -EPROTO;
		window_lost(u);
		u->link = RELAY_CONNECTED;
		u->session = v->msg.id;
		u->connections++;
		u->session_us = upstream_now(u);
		retained_reset(u);
		set_state(u, UPSTREAM_SYNCING, "", "");
		upstream_call(u, u->ops.on_connect);
		return 0;
	}
	return -EPROTO;
}

static void on_down(struct upstream *u, const struct relay_view *v)
{
	/* Shorter than RELAY_TOPIC_MAX: relay_msg_parse(). */
	char topic[RELAY_TOPIC_MAX], response[RELAY_TOPIC_MAX];
	struct upstream_message m = {
		.topic = topic,
		.payload = v->p2 ? v->p2 : "",
		.n = v->msg.n2,
		.retained = v->msg.flags & RELAY_RETAINED,
		.deflated = v->msg.flags & RELAY_DEFLATED,
		.response = response,
		.correlation = v->correlation,
		.n_correlation = v->n_correlation,
	};

	memcpy(topic, v->p1, v->msg.n1);
	topic[v->msg.n1] = 0;
	if (v->n_text > 0)
		memcpy(response, v->p3, v->n_text);
	response[v->n_text] = 0;
	m.suffix = startswith(topic, u->base);
	if (m.suffix)
		m.suffix = *m.suffix == '/' ? m.suffix + 1 : NULL;
	if (u->ops.on_message)
		u->ops.on_message(u, &m, u->userdata);
}

int upstream_on_relay_msg(struct upstream *u, const struct relay_view *v)
{
	int r = 0;

	if (v->msg.type == RELAY_HELLO) {
		if (u->hello || v->msg.a != RELAY_PROTOCOL)
			return -EPROTO;
		u->hello = true;
		upstream_text_set(u->version, sizeof(u->version), v->p1, v->msg.n1);
		upstream_run(u);
		return 0;
	}
	if (!u->hello)
		return -EPROTO;
	switch (v->msg.type) {
	case RELAY_STATE:
		r = on_state(u, v);
		break;
	case RELAY_ACK:
		window_ack(u, v->msg.id);
		break;
	case RELAY_REFUSED:
		window_refused(u, v);
		break;
	case RELAY_DOWN:
		on_down(u, v);
		break;
	default:
		return -EPROTO;
	}
	upstream_run(u);
	return r;
}

/* --- the pump */

static void run_once(struct upstream *u)
{
	uint64_t now = upstream_now(u);

	compose_run(u, now);
	window_run(u, now);
	receipt_run(u, now);
	answer_expire(u, now);
	run_settings(u);
	if (u->link == RELAY_CONNECTED && !u->held) {
		if (!u->synced && retained_synced(u)) {
			u->synced = true;
			set_state(u, UPSTREAM_CONNECTED, "", "");
		}
		window_send(u, now);
	}
	if (u->ready && u->state == UPSTREAM_OPENING)
		set_no_relay(u);
}

void upstream_run(struct upstream *u)
{
	if (u->dead)
		return;
	u->again = true;
	if (u->running)
		return;
	u->running = true;
	upstream_ref(u);
	/* A call from a callback asks for one more round; each round uses up what it acts on. */
	while (u->again && !u->dead) {
		u->again = false;
		run_once(u);
		if (u->changed) {
			u->changed = false;
			if (u->ops.on_changed)
				u->ops.on_changed(u, u->userdata);
		}
	}
	u->running = false;
	if (!u->dead)
		u->env.wake(u->env.io, MIN(MIN(compose_next_us(u), receipt_next_us(u)),
					       MIN(window_next_us(u), answer_next_us(u))));
	upstream_unref(u);
}

/* --- for the manager */

const struct upstream_config *upstream_config(const struct upstream *u)
{
	return u->config;
}

void upstream_set_config(struct upstream *u, const struct upstream_config *config)
{
	u->config = config;
}

bool upstream_ready(const struct upstream *u)
{
	return u->ready;
}

const char *upstream_epoch(const struct upstream *u)
{
	return u->out.epoch;
}

const char *upstream_gw(const struct upstream *u)
{
	return u->out.gw_alias;
}

const char *upstream_base(const struct upstream *u)
{
	return u->base;
}

uint64_t upstream_history(const struct upstream *u)
{
	return u->out.history;
}

uint64_t upstream_cursor(const struct upstream *u)
{
	return u->out.cursor;
}

uint64_t upstream_session(const struct upstream *u)
{
	return u->link == RELAY_CONNECTED ? u->connections : 0;
}

int upstream_set_will(struct upstream *u, const char *payload)
{
	if (strlen(payload) >= sizeof(u->will))
		return -EMSGSIZE;
	if (streq(u->will, payload))
		return 0;
	(void)str_copy(u->will, sizeof(u->will), payload);
	u->settings_due = true;
	upstream_run(u);
	return 0;
}

int upstream_subscribe(struct upstream *u, const char *suffix)
{
	for (size_t i = 0; i < u->n_filters; i++)
		if (streq(u->filters[i], suffix))
			return 0;
	if (u->n_filters == RELAY_FILTERS_MAX)
		return -ENOBUFS;
	u->filters[u->n_filters] = strdup(suffix);
	if (!u->filters[u->n_filters])
		return -ENOMEM;
	u->n_filters++;
	upstream_run(u);
	return 0;
}

void upstream_hold(struct upstream *u, bool hold)
{
	u->held = hold;
	upstream_run(u);
}

void upstream_grant(struct upstream *u, unsigned planes)
{
	u->granted = planes;
}

void upstream_forget(struct upstream *u)
{
	struct relay_msg m = relay_msg_make(RELAY_FORGET, 0, 0, 0, 0, 0, 0);

	window_lost(u);
	compose_open(u); /* what is waiting now? */
	if (u->link == RELAY_CONNECTED) {
		/* A full socket must not keep what the household has withdrawn: losing hearthd makes
		 * the relay forget as well. */
		if (u->env.send(u->env.io, &m, NULL, NULL, NULL) < 0)
			u->env.drop(u->env.io);
		u->link = RELAY_DISCONNECTED;
		set_state(u, UPSTREAM_DISCONNECTED, relay_reason_word(RELAY_REASON_FORGET),
			"unsent messages were withdrawn");
	}
	upstream_run(u);
}

void upstream_get_status(const struct upstream *u, struct upstream_status *ret)
{
	struct upstream_status s = {
		.state = u->state,
		.since_us = u->since_us,
		.last_seq = u->out.last_seq,
		.last_acked = u->out.last_acked,
		.last_acked_us = u->last_acked_us,
		.waiting_bytes = u->out.waiting_bytes,
		.lost = u->out.lost_messages,
		.refused = u->refused,
		.connections = u->connections,
		.bad_acks = u->bad_acks,
		.unreceipted = u->out.unreceipted,
		.receipts = u->receipts,
		.bad_receipts = u->bad_receipts,
		.in_flight =
			window_count(u, 1U << SLOT_RETAINED | 1U << SLOT_ANSWER | 1U << SLOT_SENT),
		.retained = (unsigned)u->n_docs,
		.store_error = u->store_error,
	};

	(void)str_copy(s.reason, sizeof(s.reason), u->reason);
	(void)str_copy(s.text, sizeof(s.text), u->text);
	(void)str_copy(s.relay_version, sizeof(s.relay_version), u->version);
	(void)str_copy(s.refusal, sizeof(s.refusal), u->refusal);
	memcpy(s.waiting, u->out.waiting, sizeof(s.waiting));
	for (size_t i = 0; i < u->n_docs; i++)
		s.retained_unacked += !u->docs[i]->synced || u->docs[i]->dirty;
	for (size_t c = 0; c < _OUT_CLASS_MAX; c++)
		s.jobs += (unsigned)upstream_jobs(u, (enum out_class)c);
	*ret = s;
}
