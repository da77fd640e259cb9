/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/relay.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "build-config.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/notify.h"
#include "relay/internal.h"

int relay_parse_url(const char *url, char *host, size_t size, uint16_t *ret_port, bool *ret_tls)
{
	const char *p, *end;
	uint64_t port;
	bool tls;
	size_t n;

	if ((p = startswith(url, "mqtts://")))
		tls = true;
	else if ((p = startswith(url, "mqtt://")))
		tls = false;
	else
		return -EINVAL;
	if (*p == '[') {
		end = strchr(++p, ']');
		if (!end)
			return -EINVAL;
		n = (size_t)(end++ - p);
	} else {
		n = strcspn(p, ":/");
		end = p + n;
	}
	if (n == 0 || n >= size)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'a' && p[i] <= 'z') ||
			    (p[i] >= 'A' && p[i] <= 'Z') || strchr(".-_:%", p[i])))
			return -EINVAL;
	port = tls ? 8883 : 1883;
	if (*end == ':') {
		if (parse_u64(end + 1, 1, 65535, &port) < 0)
			return -EINVAL;
	} else if (*end) {
		return -EINVAL;
	}
	memcpy(host, p, n);
	host[n] = 0;
	*ret_port = (uint16_t)port;
	*ret_tls = tls;
	return 0;
}

/* --- words to hearthd and to systemd */

static void say(struct relay *r, enum relay_msg_type type, uint64_t id, uint32_t a, unsigned flags,
	const char *p1, const char *p2)
{
	size_t n1 = p1 ? strlen(p1) : 0, n2 = p2 ? strlen(p2) : 0;
	struct relay_msg m = relay_msg_make(type, id, a, (uint16_t)flags, n1, n2, 0);

	(void)local_send(r->local, &m, p1, p2, NULL);
}

void relay_report(struct relay *r, enum relay_state state, const char *text)
{
	const char *word = relay_reason_word(r->reason);
	char cut[RELAY_TEXT_MAX];

	(void)str_copy(cut, sizeof(cut), text);
	switch (state) {
	case RELAY_DISCONNECTED:
		say(r, RELAY_STATE, 0, RELAY_DISCONNECTED, 0, word, cut);
		notify_service("STATUS=Not connected (%s): %s", word, cut);
		if (r->reason != r->logged)
			log_warning("Not connected to %s (%s): %s", r->host, word, cut);
		r->logged = r->reason;
		break;
	case RELAY_CONNECTING:
		say(r, RELAY_STATE, 0, RELAY_CONNECTING, 0, NULL, NULL);
		notify_service("STATUS=Connecting to %s port %u", r->host, r->port);
		break;
	case RELAY_CONNECTED:
		say(r, RELAY_STATE, r->session, RELAY_CONNECTED, 0, NULL, NULL);
		notify_service("STATUS=Connected to %s port %u", r->host, r->port);
		log_notice("Connected to %s port %u", r->host, r->port);
		r->logged = RELAY_REASON_OK;
		break;
	}
}

void relay_up(struct relay *r, uint64_t now)
{
	r->phase = PHASE_UP;
	r->session++;
	r->reason = RELAY_REASON_OK;
	r->acked = false;
	r->up_us = r->progress_us = now;
	r->ending_us = 0;
	r->n_in_flight = 0;
	for (size_t i = 0; i < r->n_filters; i++)
		(void)link_subscribe(r->link, r->filters[i]);
	relay_report(r, RELAY_CONNECTED, "");
}

/* --- the end of a session on our own word */

/* The broker publishes the will only for a connection that breaks, and Paho's destroy ends it properly:
 * so "offline" is said here when hearthd or the relay goes away. */
static void farewell(struct relay *r, uint64_t now)
{
	if (r->phase == PHASE_UP && r->settings.will_topic[0] &&
		link_publish(r->link, FAREWELL_ID, r->settings.will_topic, r->settings.will_payload,
			strlen(r->settings.will_payload), NULL, NULL, 0, RELAY_RETAINED) == 0) {
		r->phase = PHASE_FAREWELL;
		r->deadline_us = now + FAREWELL_BOUND_US;
		return;
	}
	attempt_drop(r);
	r->phase = PHASE_IDLE;
}

static void farewell_done(struct relay *r)
{
	attempt_drop(r);
	r->phase = PHASE_IDLE;
}

static void filters_clear(struct relay *r)
{
	while (r->n_filters > 0)
		free(r->filters[--r->n_filters]);
}

static void hearthd_gone(struct relay *r, uint64_t now)
{
	local_close(r->local, now);
	filters_clear(r);
	if (r->phase != PHASE_IDLE)
		farewell(r, now);
	notify_service("STATUS=Waiting for hearthd");
}

/* --- acknowledgements */

static void progress(struct relay *r, uint64_t now)
{
	r->progress_us = now;
	r->ack_due_us = now + r->settings.ack_timeout_s * USEC_PER_SEC;
	r->heard = link_messages();
}

static void ack_late(struct relay *r, uint64_t now)
{
	bool coming = link_messages() != r->heard;

	if (coming && now - r->progress_us < 2 * r->settings.ack_timeout_s * USEC_PER_SEC) {
		r->ack_due_us = now + BEHIND_US;
		r->heard = link_messages();
		return;
	}
	attempt_fail(r, RELAY_REASON_ACK_TIMEOUT,
		coming ? "messages come, and nothing is acknowledged" : "nothing is acknowledged",
		now);
}

/* --- words from hearthd */

static int on_settings(struct relay *r, const struct relay_view *v, uint64_t now)
{
	attempt_drop(r);
	filters_clear(r);
	r->settings = v->settings;
	r->keepalive_s = LINK_KEEPALIVE(r->settings.keepalive_s);
	r->failures = 0;
	if (relay_parse_url(r->settings.url, r->host, sizeof(r->host), &r->port, &r->tls) < 0) {
		r->phase = PHASE_IDLE;
		r->reason = RELAY_REASON_SETTINGS;
		relay_report(r, RELAY_DISCONNECTED,
			"the URL is not mqtt://HOST[:PORT] or mqtts://HOST[:PORT]");
		return 0;
	}
	attempt_start(r, now);
	return 0;
}

/* Fixed header, topic length, packet id, properties: more than enough. */
static bool too_large(const struct relay *r, const struct relay_msg *m)
{
	return r->limits.packet_max > 0 &&
	       (uint64_t)m->n1 + m->n2 + m->n3 + 64 > r->limits.packet_max;
}

static int on_publish(struct relay *r, const struct relay_view *v, uint64_t now)
{
	char topic[RELAY_TOPIC_MAX], type[RELAY_CONTENT_TYPE_MAX];
	const struct relay_msg *m = &v->msg;
	int e;

	if (r->phase != PHASE_UP || r->ending_us > 0 || m->a != (uint32_t)r->session)
		return 0; /* hearthd did not know yet; it sends it again */
	if (m->id == FAREWELL_ID || r->n_in_flight >= r->settings.window)
		return -EPROTO;
	if (too_large(r, m)) {
		say(r, RELAY_REFUSED, m->id, 0x95, RELAY_FOR_GOOD,
			"larger than the broker's packets may be", NULL);
		return 0;
	}
	if (m->flags & RELAY_RETAINED && r->limits.no_retain) {
		say(r, RELAY_REFUSED, m->id, 0x9a, 0, "the broker retains nothing", NULL);
		return 0;
	}
	memcpy(topic, v->p1, m->n1);
	topic[m->n1] = 0;
	if (v->n_text > 0)
		memcpy(type, v->p3, v->n_text);
	type[v->n_text] = 0;
	e = link_publish(r->link, m->id, topic, v->p2, m->n2, type, v->correlation,
		v->n_correlation, m->flags);
	if (e < 0) {
		/* It has ended, and the broker's own word about it may still be under way. */
		r->ending_us = now;
		return 0;
	}
	if (r->n_in_flight == 0)
		progress(r, now);
	r->in_flight[r->n_in_flight++] = m->id;
	return 0;
}

static int on_subscribe(struct relay *r, const struct relay_view *v)
{
	char *filter;

	if (r->n_filters == RELAY_FILTERS_MAX)
		return -EPROTO;
	filter = strndup(v->p1, v->msg.n1);
	if (!filter)
		return -ENOMEM;
	r->filters[r->n_filters++] = filter;
	if (r->phase == PHASE_UP)
		(void)link_subscribe(r->link, filter);
	return 0;
}

static int on_forget(struct relay *r, uint64_t now)
{
	if (r->phase == PHASE_IDLE)
		return 0;
	r->reason = RELAY_REASON_FORGET;
	relay_report(r, RELAY_DISCONNECTED, "unsent messages were withdrawn");
	attempt_start(r, now);
	return 0;
}

static int on_word(struct relay *r, const struct relay_view *v, uint64_t now)
{
	switch (v->msg.type) {
	case RELAY_SETTINGS:
		return on_settings(r, v, now);
	case RELAY_PUBLISH:
		return on_publish(r, v, now);
	case RELAY_SUBSCRIBE:
		return on_subscribe(r, v);
	case RELAY_FORGET:
		return on_forget(r, now);
	default:
		return -EPROTO;
	}
}

static void on_local(struct relay *r, short revents, uint64_t now)
{
	struct relay_view v;
	int e = 0;

	if (revents & POLLOUT)
		e = local_flush(r->local, now);
	/* Bounded, so that acknowledgements come through as well. */
	for (unsigned i = 0; i < 2 * RELAY_WINDOW_MAX && e == 0 && r->phase != PHASE_FAREWELL;
		i++) {
		e = local_receive(r->local, &v);
		if (e <= 0)
			break;
		e = on_word(r, &v, now);
	}
	if (e < 0) {
		if (e == -EBADMSG || e == -EPROTO)
			log_warning("hearthd sent nonsense; its connection is closed");
		hearthd_gone(r, now);
	}
}

/* --- words from the threads */

static bool in_flight_end(struct relay *r, uint64_t id)
{
	for (size_t i = 0; i < r->n_in_flight; i++)
		if (r->in_flight[i] == id) {
			r->in_flight[i] = r->in_flight[--r->n_in_flight];
			return true;
		}
	return false;
}

static void on_refused(struct relay *r, const struct event *ev)
{
	static const struct {
		int code;
		bool for_good;
		const char *text;
	} words[] = {
		{0x80, false, "the broker gives no reason"},
		{0x83, false, "the broker cannot take it now"},
		{0x87, false, "not authorized for this topic"},
		{0x90, true, "the broker refuses this topic"},
		{0x95, true, "too large for the broker"},
		{0x97, false, "a quota is used up"},
		{0x99, true, "the broker refuses this payload"},
	};

	if (ev->code < 0) /* Paho's own: the connection is ending; the deadline sees to it */
		return;
	link_published(r->link, ev->id);
	if (!in_flight_end(r, ev->id))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].code == ev->code) {
			say(r, RELAY_REFUSED, ev->id, (uint32_t)ev->code,
				words[i].for_good ? RELAY_FOR_GOOD : 0, words[i].text, NULL);
			return;
		}
	say(r, RELAY_REFUSED, ev->id, (uint32_t)ev->code & 0xff, 0, "refused", NULL);
}

static void on_message(struct relay *r, const struct event *ev)
{
	const struct message *m = ev->data;
	const char *payload = m->bytes + m->n_topic;
	unsigned flags = (m->retained ? RELAY_RETAINED : 0) | (m->deflated ? RELAY_DEFLATED : 0);
	struct relay_msg msg =
		relay_msg_make(RELAY_DOWN, 0, 0, (uint16_t)flags, m->n_topic, m->n, m->n_extra);

	/* Commands may be lost on the way down, acknowledgements not. */
	if (local_queued(r->local) < LOCAL_QUEUE_MAX / 2)
		(void)local_send(r->local, &msg, m->bytes, payload, payload + m->n);
	else
		link_message_dropped();
}

/* What a broker says with the wrong packet is nothing to count on. */
static bool acked_by_another(struct relay *r, const struct event *ev, uint64_t now)
{
	if (link_acknowledged(r->link, ev->token))
		return false;
	if (r->phase == PHASE_FAREWELL)
		farewell_done(r);
	else
		attempt_fail(r, RELAY_REASON_PROTOCOL,
			"the broker answered a message with another packet than PUBACK", now);
	return true;
}

static void on_event(struct relay *r, struct event *ev, uint64_t now)
{
	if (ev->type == EVENT_MESSAGE)
		link_message_taken();
	if (ev->generation != r->generation)
		return;
	switch (ev->type) {
	case EVENT_ACK:
		if (acked_by_another(r, ev, now))
			break;
		progress(r, now);
		r->acked = true;
		link_published(r->link, ev->id);
		if (r->phase == PHASE_FAREWELL && ev->id == FAREWELL_ID)
			farewell_done(r);
		else if (in_flight_end(r, ev->id))
			say(r, RELAY_ACK, ev->id, 0, 0, NULL, NULL);
		break;
	case EVENT_REFUSED:
		if (ev->code >= 0 && acked_by_another(r, ev, now))
			break;
		progress(r, now);
		if (r->phase == PHASE_FAREWELL)
			farewell_done(r);
		else
			on_refused(r, ev);
		break;
	case EVENT_MESSAGE:
		if (r->phase == PHASE_UP)
			on_message(r, ev);
		break;
	case EVENT_DOWN:
		if (r->phase == PHASE_FAREWELL) {
			farewell_done(r);
			break;
		}
		attempt_event(r, ev, now);
		break;
	case EVENT_RESOLVED:
	case EVENT_UP:
	case EVENT_FAILED:
	case EVENT_PROBED:
		attempt_event(r, ev, now);
		break;
	}
}

static void on_pipe(struct relay *r, uint64_t now)
{
	struct event ev;

	for (unsigned i = 0; i < 64; i++) {
		if (read(r->pipe[0], &ev, sizeof(ev)) != (ssize_t)sizeof(ev))
			return;
		on_event(r, &ev, now);
		free(ev.data);
	}
}

/* --- the loop */

static void on_time(struct relay *r, uint64_t now)
{
	if (r->phase == PHASE_UP && r->ending_us > 0 && now - r->ending_us >= ENDING_US)
		attempt_fail(r, RELAY_REASON_CLOSED, "the connection ended", now);
	else if (r->phase == PHASE_UP && r->n_in_flight > 0 && now >= r->ack_due_us)
		ack_late(r, now);
	else if (r->phase == PHASE_FAREWELL && now >= r->deadline_us)
		farewell_done(r);
	else if (r->phase != PHASE_IDLE && r->phase != PHASE_UP && now >= r->deadline_us)
		attempt_deadline(r, now);
	if (r->phase == PHASE_IDLE && !r->stopping && local_run(r->local, now)) {
		say(r, RELAY_HELLO, 0, RELAY_PROTOCOL, 0, HEARTHD_VERSION, NULL);
		notify_service("STATUS=Waiting for hearthd's settings");
	}
	if (link_dropped_messages() > r->dropped_logged && now >= r->dropped_log_us) {
		log_warning("%llu messages from the broker were too many or too large and dropped",
			(unsigned long long)(link_dropped_messages() - r->dropped_logged));
		r->dropped_logged = link_dropped_messages();
		r->dropped_log_us = now + USEC_PER_HOUR;
	}
	if (r->watchdog_us > 0 && now - r->fed_us >= r->watchdog_us / 3) {
		notify_service("WATCHDOG=1");
		r->fed_us = now;
	}
}

static int timeout_ms(const struct relay *r, uint64_t now)
{
	uint64_t at = USEC_INFINITY;

	if (r->phase == PHASE_UP) {
		if (r->n_in_flight > 0)
			at = r->ack_due_us;
		if (r->ending_us > 0)
			at = MIN(at, r->ending_us + ENDING_US);
	} else if (r->phase != PHASE_IDLE) {
		at = r->deadline_us;
	}
	if (r->phase == PHASE_IDLE)
		at = MIN(at, local_next_us(r->local));
	if (r->watchdog_us > 0)
		at = MIN(at, r->fed_us + r->watchdog_us / 3);
	if (at == USEC_INFINITY)
		return -1;
	return at <= now ? 0 : (int)MIN((at - now) / USEC_PER_MSEC + 1, UINT64_C(3600000));
}

static void stop(struct relay *r, uint64_t now)
{
	if (r->stopping)
		return;
	r->stopping = true;
	notify_service("STOPPING=1\nSTATUS=Stopping");
	r->reason = RELAY_REASON_STOPPING;
	say(r, RELAY_STATE, 0, RELAY_DISCONNECTED, 0, relay_reason_word(r->reason), NULL);
	if (r->phase != PHASE_IDLE)
		farewell(r, now);
}

static void loop(struct relay *r)
{
	while (!r->stopping || r->phase == PHASE_FAREWELL) {
		struct pollfd p[3] = {
			{.fd = r->options->signal_fd, .events = POLLIN},
			{.fd = r->pipe[0], .events = POLLIN},
			{.fd = local_fd(r->local), .events = local_events(r->local)},
		};
		char buf[512];
		uint64_t now = clock_boottime_us();

		on_time(r, now);
		p[2].fd = r->phase == PHASE_FAREWELL ? -1 : local_fd(r->local);
		p[2].events = local_events(r->local);
		if (poll(p, ARRAY_SIZE(p), timeout_ms(r, now)) < 0 && errno != EINTR)
			return;
		now = clock_boottime_us();
		if (p[0].revents && read(r->options->signal_fd, buf, sizeof(buf)) > 0)
			stop(r, now);
		if (p[1].revents)
			on_pipe(r, now);
		if (p[2].revents && p[2].fd == local_fd(r->local) && !r->stopping)
			on_local(r, p[2].revents, now);
	}
}

int relay_run(const struct relay_options *options)
{
	struct relay r = {.options = options, .pipe = {-1, -1}};
	uint64_t usec = 0;
	int e = local_new(options->socket, &r.local);

	if (e < 0)
		return e;
	if (pipe2(r.pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
		e = -errno;
		goto out;
	}
	if (sd_watchdog_enabled(0, &usec) > 0)
		r.watchdog_us = usec;
	notify_service("READY=1\nSTATUS=Waiting for hearthd");
	loop(&r);
	attempt_drop(&r);
	filters_clear(&r);
	event_end(r.pipe[0]);
out:
	r.local = local_free(r.local);
	/* The pipe stays open: a look-up that hangs may still ask for it. */
	return e;
}
