/* SPDX-License-Identifier: Apache-2.0 */
#include "manager-down.h"

#include "daemon/base/clock.h"
#include "daemon/base/log.h"

/* The first that matches and is wanted. At most DOWN_HANDLERS_MAX. */
static const struct down_handler *const handlers[] = {
	&down_repair, /* before cmd/+ */
	&down_command,
	&down_set,
	&down_hass,
	&down_receipt,
	NULL,
};
_Static_assert(ARRAY_SIZE(handlers) - 1 <= DOWN_HANDLERS_MAX, "a filter for each handler");

const char *down_fate_name(enum down_fate fate)
{
	static const char *const names[] = {
		[DOWN_TAKEN] = "taken",
		[DOWN_UNKNOWN] = "unknown",
		[DOWN_RETAINED] = "retained",
		[DOWN_LARGE] = "large",
		[DOWN_RATE] = "rate",
	};

	return names[fate];
}

void feed_down_subscribe(struct feed *f)
{
	for (size_t i = 0; handlers[i]; i++)
		if (handlers[i]->wanted(f) && upstream_subscribe(f->up, handlers[i]->filter) < 0)
			log_warning("upstream %s: %s is not subscribed", f->conf->id,
				handlers[i]->filter);
}

static bool matches(
	const struct down_handler *h, const struct upstream_message *m, struct downlink_levels *ret)
{
	if (*h->filter == '/')
		return downlink_match(h->filter + 1, m->topic, ret);
	return m->suffix && downlink_match(h->filter, m->suffix, ret);
}

static enum down_fate judge(
	struct feed *f, size_t i, const struct upstream_message *m, uint64_t now)
{
	const struct down_handler *h = handlers[i];

	/* The rate first: what is refused costs too. */
	if (!downlink_take(&f->down.buckets[i], h->burst, h->period_us, now))
		return DOWN_RATE;
	if (m->retained && !h->retained)
		return DOWN_RETAINED;
	return m->n > (h->max ? h->max : RELAY_DOWN_MAX) ? DOWN_LARGE : DOWN_TAKEN;
}

enum down_fate feed_down_message(struct feed *f, const struct upstream_message *m)
{
	uint64_t now = clock_boottime_us();
	enum down_fate fate = DOWN_UNKNOWN;
	struct down_message d = {.raw = m};

	for (size_t i = 0; handlers[i] && fate == DOWN_UNKNOWN; i++)
		if (matches(handlers[i], m, &d.levels) && handlers[i]->wanted(f)) {
			fate = judge(f, i, m, now);
			if (fate == DOWN_TAKEN)
				handlers[i]->message(f, &d);
		}
	f->down.counts[fate]++;
	if (fate != DOWN_TAKEN &&
		(f->down.logged_us == 0 || now - f->down.logged_us >= USEC_PER_HOUR)) {
		char topic[2 * RELAY_TOPIC_MAX];

		str_escape(topic, sizeof(topic), m->topic, strlen(m->topic));
		log_warning("upstream %s: a message to %s was not taken (%s)", f->conf->id, topic,
			down_fate_name(fate));
		f->down.logged_us = now;
	}
	return fate;
}
