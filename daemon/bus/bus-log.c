/* SPDX-License-Identifier: Apache-2.0 */
/* What a bus logs: one line when something falls silent, one when it is back, and not too many of either. */
#include "bus-internal.h"

/* Edges of a thing that flaps: the first ones, then one a minute. */
#define LOG_BURST    10
#define LOG_EVERY_US USEC_PER_MIN

static int limited(struct log_limit *l, int level)
{
	uint64_t now = clock_boottime_us();
	uint64_t back = (now - l->since) / LOG_EVERY_US;

	if (back > 0) {
		l->used = back >= l->used ? 0 : l->used - (unsigned)back;
		l->since = l->since == 0 || l->used == 0 ? now : l->since + back * LOG_EVERY_US;
	}
	if (l->used < LOG_BURST) {
		l->used++;
		return level;
	}
	l->suppressed++;
	return LOG_DEBUG;
}

/* " (12 such messages were held back)", once. */
static const char *held_back(struct log_limit *l, int level, char *dst, size_t size)
{
	dst[0] = '\0';
	if (level != LOG_DEBUG && l->suppressed > 0) {
		(void)snprintf(dst, size, " (%u messages like this were held back)", l->suppressed);
		l->suppressed = 0;
	}
	return dst;
}

void bus_log_line(struct bus *b)
{
	char bus[64], device[300], error[32], more[80];
	const char *const fields[] = {bus, device, error, NULL};
	int level;

	if (b->up == !b->log_down)
		return;
	b->log_down = !b->up;
	(void)snprintf(bus, sizeof(bus), "HEARTHD_BUS=%s", b->id);
	(void)snprintf(device, sizeof(device), "HEARTHD_DEVICE=%s", b->device);
	(void)snprintf(error, sizeof(error), "ERRNO=%d", b->error);
	level = limited(&b->limit, b->up ? LOG_NOTICE : LOG_WARNING);
	(void)held_back(&b->limit, level, more, sizeof(more));
	if (b->up)
		log_full(level, MSG_LINE_UP, fields, "Bus %s is up on %s.%s", b->id, b->device,
			more);
	else
		log_full(level, MSG_LINE_DOWN, fields, "Bus %s is down: %s: %s. Trying again.%s",
			b->id, b->device, line_error_text(b->error, false), more);
}

void bus_log_source(struct bus *b, struct source_info *s)
{
	char bus[64], source[100], reason[64], more[80], detail[64] = "";
	const char *const fields[] = {bus, source, reason, NULL};
	int level;

	/* The line's own record says it for all that are on it. */
	if (s->answering ? !s->log_silent : s->log_silent || s->reason == REASON_LINE_DOWN)
		return;
	s->log_silent = !s->answering;
	(void)snprintf(bus, sizeof(bus), "HEARTHD_BUS=%s", b->id);
	(void)snprintf(source, sizeof(source), "HEARTHD_SOURCE=%s", s->name);
	(void)snprintf(reason, sizeof(reason), "HEARTHD_REASON=%s", reason_name(s->reason));
	level = limited(&s->limit, s->answering ? LOG_NOTICE : LOG_WARNING);
	(void)held_back(&s->limit, level, more, sizeof(more));
	if (s->reason == REASON_EXCEPTION)
		(void)snprintf(detail, sizeof(detail), " (%u)", s->detail);
	if (s->answering)
		log_full(level, MSG_SOURCE_BACK, fields, "%s on bus %s answers again.%s", s->name,
			b->id, more);
	else
		log_full(level, MSG_SOURCE_SILENT, fields,
			"%s on bus %s %s%s%s. It is asked less often until that changes.%s",
			s->name, b->id,
			s->reason == REASON_NO_REPLY ? "does not answer" : "gives nothing usable: ",
			s->reason == REASON_NO_REPLY ? "" : reason_text(s->reason, false), detail,
			more);
}

void bus_log_stuck(const struct bus *b)
{
	char bus[64];
	const char *const fields[] = {bus, NULL};

	(void)snprintf(bus, sizeof(bus), "HEARTHD_BUS=%s", b->id);
	log_full(LOG_ERR, MSG_WORKER_STUCK, fields,
		"Bus %s hangs in its driver for %llu s; its line counts as down until it comes back.",
		b->id, (unsigned long long)(b->silence / USEC_PER_SEC));
}
