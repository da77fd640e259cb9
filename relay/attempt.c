/* SPDX-License-Identifier: Apache-2.0 */
/* look-up → connect → up, and when it fails: why, and how long to wait. */
#include <netdb.h>

#include "daemon/base/clock.h"
#include "relay/internal.h"
#include "relay/probe.h"
#include "relay/resolve.h"
#include "relay/revocation.h"

#define BACKOFF_MIN_US USEC_PER_SEC
#define BACKOFF_MAX_US (10 * USEC_PER_MIN)
#define SLOW_US        (15 * USEC_PER_MIN) /* what only a person can mend */

static uint64_t backoff_us(const struct relay *r, enum relay_reason reason)
{
	uint64_t us = BACKOFF_MIN_US;
	uint32_t random = 0;

	/* By halves, so that an outage is followed by a pause of at most half its length. */
	for (unsigned i = 1; i < r->failures && us < BACKOFF_MAX_US; i++)
		us += us / 2;
	us = MIN(us, BACKOFF_MAX_US);
	switch (reason) {
	case RELAY_REASON_BAD_CREDENTIALS:
	case RELAY_REASON_NOT_AUTHORIZED:
	case RELAY_REASON_CLIENT_ID:
	case RELAY_REASON_VERSION:
	case RELAY_REASON_CREDENTIALS:
	case RELAY_REASON_LIMITS:
		us = SLOW_US;
		break;
	case RELAY_REASON_PORTAL:
	case RELAY_REASON_TAKEN_OVER: /* two of the same name throw each other out */
		us = MAX(us, USEC_PER_MIN);
		break;
	case RELAY_REASON_TLS_NOT_YET_VALID: /* over as soon as the clock is set */
		us = MIN(us, USEC_PER_MIN);
		break;
	case RELAY_REASON_OK:
	case RELAY_REASON_SETTINGS:
	case RELAY_REASON_DNS:
	case RELAY_REASON_REFUSED:
	case RELAY_REASON_UNREACHABLE:
	case RELAY_REASON_TIMEOUT:
	case RELAY_REASON_TLS:
	case RELAY_REASON_TLS_UNTRUSTED:
	case RELAY_REASON_TLS_HOST:
	case RELAY_REASON_TLS_EXPIRED:
	case RELAY_REASON_TLS_REVOKED:
	case RELAY_REASON_TLS_REVOCATION_LIST:
	case RELAY_REASON_TLS_WEAK:
	case RELAY_REASON_TLS_VERSION:
	case RELAY_REASON_TLS_CLIENT:
	case RELAY_REASON_BUSY:
	case RELAY_REASON_PROTOCOL:
	case RELAY_REASON_CLOSED:
	case RELAY_REASON_ACK_TIMEOUT:
	case RELAY_REASON_FORGET:
	case RELAY_REASON_STOPPING:
	case _RELAY_REASON_MAX:
		break;
	}
	/* Half of it at random: a street of gateways must not come back at the same second. */
	(void)random_bytes(&random, sizeof(random));
	return us / 2 + (uint64_t)(random >> 1) * (us / 2) / (UINT32_MAX >> 1);
}

void attempt_drop(struct relay *r)
{
	r->generation++; /* before the callbacks of link_close() */
	r->link = link_close(r->link);
	r->n_in_flight = 0;
}

void attempt_fail(struct relay *r, enum relay_reason reason, const char *text, uint64_t now)
{
	if (r->phase == PHASE_UP && (r->acked || now - r->up_us >= STABLE_US))
		r->failures = 0;
	attempt_drop(r);
	r->failures++;
	r->phase = PHASE_WAIT;
	r->deadline_us = now + backoff_us(r, reason);
	r->reason = reason;
	relay_report(r, RELAY_DISCONNECTED, text);
}

void attempt_start(struct relay *r, uint64_t now)
{
	char text[160] = "";
	int e;

	attempt_drop(r);
	e = credentials_find(
		r->options->credentials, r->options->name, &r->credentials, text, sizeof(text));
	if (e == 0)
		e = revocation_pin(r->tls ? r->credentials.crl : "", text, sizeof(text));
	if (e < 0) {
		attempt_fail(r, RELAY_REASON_CREDENTIALS, text, now);
		return;
	}
	r->contexts = revocation_contexts();
	e = resolve_start(r->host, r->pipe[1], r->generation);
	if (e < 0) {
		attempt_fail(r, RELAY_REASON_DNS,
			e == -EBUSY ? "the resolver does not answer" : strerror(-e), now);
		return;
	}
	r->phase = PHASE_RESOLVING;
	r->deadline_us = now + RESOLVE_BOUND_US;
	relay_report(r, RELAY_CONNECTING, "");
}

static void on_resolved(struct relay *r, const struct event *ev, uint64_t now)
{
	struct link_target t = {
		.host = r->host,
		.port = r->port,
		.tls = r->tls,
		.settings = &r->settings,
		.credentials = &r->credentials,
		.event_fd = r->pipe[1],
		.generation = r->generation,
		.keepalive_s = r->keepalive_s,
	};
	char text[sizeof(r->host) + sizeof(ev->text) + 4];
	int e;

	if (ev->code != 0) {
		(void)snprintf(text, sizeof(text), "%s: %s", r->host, ev->text);
		attempt_fail(r, RELAY_REASON_DNS, text, now);
		return;
	}
	r->addresses = *(const struct addresses *)ev->data;
	/* Paho tries one address; the others have their turn at the next attempts. */
	r->address = r->failures % r->addresses.n;
	resolve_pin(r->host, r->addresses.v[r->address].text);
	e = link_open(&t, &r->link);
	if (e < 0) {
		(void)snprintf(text, sizeof(text), "cannot be tried: %s", strerror(-e));
		attempt_fail(
			r, e == -EIO ? RELAY_REASON_SETTINGS : RELAY_REASON_CREDENTIALS, text, now);
		return;
	}
	r->phase = PHASE_CONNECTING;
	r->deadline_us = now + CONNECT_BOUND_US;
}

/* The broker's own word in its CONNACK or DISCONNECT; false when it is none. The numbers of 3.1.1 are
 * refusals in a CONNACK of that version alone: in MQTT 5 what is below 0x80 is no error. */
static bool broker_reason(uint32_t version, int code, enum relay_reason *ret, const char **ret_text)
{
	static const struct {
		int code;
		enum relay_reason reason;
		const char *text;
	} words[] = {
		/* 3.1.1 */
		{1, RELAY_REASON_VERSION, "the broker does not speak MQTT 3.1.1"},
		{2, RELAY_REASON_CLIENT_ID, "the broker refuses the client identifier"},
		{3, RELAY_REASON_BUSY, "the broker is not available"},
		{4, RELAY_REASON_BAD_CREDENTIALS, "bad user name or password"},
		{5, RELAY_REASON_NOT_AUTHORIZED,
			"not authorized; is the user name, password or certificate right?"},
		/* 5 */
		{0x84, RELAY_REASON_VERSION, "the broker does not speak MQTT 5"},
		{0x85, RELAY_REASON_CLIENT_ID, "the broker refuses the client identifier"},
		{0x86, RELAY_REASON_BAD_CREDENTIALS, "bad user name or password"},
		{0x87, RELAY_REASON_NOT_AUTHORIZED,
			"not authorized; is the user name, password or certificate right?"},
		{0x88, RELAY_REASON_BUSY, "the broker is not available"},
		{0x89, RELAY_REASON_BUSY, "the broker is busy"},
		{0x8a, RELAY_REASON_NOT_AUTHORIZED, "banned"},
		{0x8b, RELAY_REASON_CLOSED, "the broker is shutting down"},
		{0x8c, RELAY_REASON_BAD_CREDENTIALS, "bad authentication method"},
		{0x8e, RELAY_REASON_TAKEN_OVER, "another client uses the same identifier"},
		{0x90, RELAY_REASON_SETTINGS, "the broker refuses a topic, or the will's"},
		{0x95, RELAY_REASON_LIMITS, "a packet was too large for the broker"},
		{0x96, RELAY_REASON_BUSY, "messages come too fast for the broker"},
		{0x97, RELAY_REASON_BUSY, "a quota is used up"},
		{0x98, RELAY_REASON_CLOSED, "ended by whoever runs the broker"},
		{0x9a, RELAY_REASON_LIMITS, "the broker retains nothing"},
		{0x9b, RELAY_REASON_LIMITS, "the broker has no QoS 1"},
		{0x9c, RELAY_REASON_BUSY, "the broker names another one"},
		{0x9d, RELAY_REASON_BUSY, "the broker has moved"},
		{0x9f, RELAY_REASON_BUSY, "connected too often"},
	};

	if (version == 5 && code < 0x80)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].code == code) {
			*ret = words[i].reason;
			*ret_text = words[i].text;
			return true;
		}
	return false;
}

static void find_out_why(
	struct relay *r, enum relay_reason if_all_well, const char *text, uint64_t now)
{
	struct probe_target t = {.port = r->port, .tls = r->tls, .credentials = r->credentials};

	attempt_drop(r);
	r->if_all_well = if_all_well;
	str_escape(r->failure, sizeof(r->failure), text, strlen(text));
	(void)str_copy(t.host, sizeof(t.host), r->host);
	(void)str_copy(t.address, sizeof(t.address), r->addresses.v[r->address].text);
	t.family = r->addresses.v[r->address].family;
	if (probe_start(&t, r->pipe[1], r->generation) < 0) {
		attempt_fail(r, RELAY_REASON_TIMEOUT, r->failure, now);
		return;
	}
	r->phase = PHASE_PROBING;
	r->deadline_us = now + PROBE_WAIT_US;
}

static void on_failed(struct relay *r, const struct event *ev, uint64_t now)
{
	enum relay_reason reason;
	const char *text;

	if (broker_reason(r->settings.mqtt_version, ev->code, &reason, &text))
		attempt_fail(r, reason, text, now);
	else
		find_out_why(r, RELAY_REASON_CLOSED, ev->text[0] ? ev->text : "no connection", now);
}

static void on_probed(struct relay *r, const struct event *ev, uint64_t now)
{
	char text[sizeof(r->failure) + 64];

	if (ev->code != RELAY_REASON_OK) {
		str_escape(text, sizeof(text), ev->text, strlen(ev->text));
		attempt_fail(r, (enum relay_reason)ev->code, text, now);
		return;
	}
	(void)snprintf(
		text, sizeof(text), "the broker did not accept the connection (%s)", r->failure);
	attempt_fail(r, r->if_all_well, text, now);
}

static void on_down(struct relay *r, const struct event *ev, uint64_t now)
{
	enum relay_reason reason;
	const char *text;

	if (!broker_reason(r->settings.mqtt_version, ev->code, &reason, &text)) {
		reason = RELAY_REASON_CLOSED;
		text = "the connection ended";
	}
	attempt_fail(r, reason, text, now);
}

void attempt_deadline(struct relay *r, uint64_t now)
{
	switch (r->phase) {
	case PHASE_WAIT:
		attempt_start(r, now);
		break;
	case PHASE_RESOLVING:
		attempt_fail(r, RELAY_REASON_DNS, "the resolver does not answer", now);
		break;
	case PHASE_CONNECTING:
		find_out_why(r, RELAY_REASON_TIMEOUT, "no answer in time", now);
		break;
	case PHASE_PROBING:
		attempt_fail(r, RELAY_REASON_TIMEOUT, r->failure, now);
		break;
	case PHASE_IDLE:
	case PHASE_UP:
	case PHASE_FAREWELL:
		break;
	}
}

/* A shorter keep-alive than ours can only be had by a connection that begins with it. The first such
 * wish is met at once; a broker that has another one each time waits like any that fails. */
static void on_server_keepalive(struct relay *r, uint32_t keepalive_s, uint64_t now)
{
	bool first = r->keepalive_s == LINK_KEEPALIVE(r->settings.keepalive_s);

	r->keepalive_s = LINK_KEEPALIVE_SERVER(keepalive_s);
	if (first)
		attempt_start(r, now);
	else
		attempt_fail(r, RELAY_REASON_LIMITS,
			"the broker wants a shorter keep-alive each time", now);
}

static void on_up(struct relay *r, const struct event *ev, uint64_t now)
{
	const struct limits *l = &ev->limits;

	r->limits = *l;
	if (r->tls && r->credentials.crl[0] && revocation_contexts() == r->contexts) {
		attempt_fail(r, RELAY_REASON_CREDENTIALS,
			"the revocation list cannot be used on this system", now);
		return;
	}
	if (r->settings.mqtt_version == 5 && l->qos_max < 1)
		attempt_fail(r, RELAY_REASON_LIMITS, "the broker has no QoS 1", now);
	else if (l->takes_none)
		attempt_fail(r, RELAY_REASON_PROTOCOL,
			"the broker says that it takes no message at all", now);
	else if (l->keepalive_s > 0 && LINK_KEEPALIVE_SERVER(l->keepalive_s) < r->keepalive_s)
		on_server_keepalive(r, l->keepalive_s, now);
	else
		relay_up(r, now);
}

void attempt_event(struct relay *r, struct event *ev, uint64_t now)
{
	switch (ev->type) {
	case EVENT_RESOLVED:
		if (r->phase == PHASE_RESOLVING)
			on_resolved(r, ev, now);
		break;
	case EVENT_UP:
		if (r->phase == PHASE_CONNECTING)
			on_up(r, ev, now);
		break;
	case EVENT_FAILED:
		if (r->phase == PHASE_CONNECTING)
			on_failed(r, ev, now);
		break;
	case EVENT_DOWN:
		if (r->phase == PHASE_UP || r->phase == PHASE_CONNECTING)
			on_down(r, ev, now);
		break;
	case EVENT_PROBED:
		if (r->phase == PHASE_PROBING)
			on_probed(r, ev, now);
		break;
	case EVENT_ACK:
	case EVENT_REFUSED:
	case EVENT_MESSAGE:
		break; /* relay.c */
	}
}
