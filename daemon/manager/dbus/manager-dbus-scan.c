/* SPDX-License-Identifier: Apache-2.0 */
/* org.hearthd.Scan1 of a bus: one request that only reads, to a unit that is not configured, in a gap of
 * the schedule. What to ask next is the caller's (adapters/scan.h), so that hearthd does not hold every
 * profile there is. A line without appliances has no worker of its own: one is lent to it until nobody
 * has asked for a while. */
#include "daemon/manager/manager-tap.h"

#include <sys/epoll.h>

#define LENT_US     (30 * USEC_PER_SEC)
#define UNTIL_US    (30 * USEC_PER_SEC) /* a probe that found no gap until then is given up */
#define TIMEOUT_MIN 10                  /* ms */
#define TIMEOUT_MAX (BUS_PROBE_TIMEOUT_MAX_US / USEC_PER_MSEC)

struct scan_port {
	struct line *line;
	struct bus *lent;
	sd_event_source *idle;
	sd_bus_message *call; /* waits for its answer */
	uint64_t id;
};

static void on_readings(struct bus *b, uint32_t tag, const struct reading *r, size_t n, void *u)
{
}

static void on_source_state(
	struct bus *b, uint32_t tag, bool answering, enum reason reason, uint8_t detail, void *u)
{
}

static void on_line_state(struct bus *b, bool up, int error, void *u)
{
}

static void on_done(struct bus *b, uint32_t tag, const struct bus_done *d, void *u)
{
	manager_scan_on_done(u, d);
}

static const struct bus_ops lent_ops = {.readings = on_readings,
	.source_state = on_source_state,
	.line_state = on_line_state,
	.done = on_done};

static void call_fail(struct scan_port *p, const char *name, const char *text)
{
	if (!p->call)
		return;
	(void)sd_bus_reply_method_errorf(p->call, name, "bus %s: %s", p->line->conf->id, text);
	p->call = sd_bus_message_unref(p->call);
}

void manager_scan_move(struct line *to, struct line *from)
{
	struct scan_port *p = to->scan = TAKE_PTR(from->scan);

	if (!p)
		return;
	p->line = to;
	(void)sd_event_source_set_userdata(p->idle, to);
	if (p->lent)
		bus_set_userdata(p->lent, to);
}

void manager_scan_done(struct line *l)
{
	struct scan_port *p = l->scan;

	if (!p)
		return;
	call_fail(p, "org.hearthd.Error.LineDown", "hearthd reads its configuration anew or stops");
	manager_end_bus(l->manager, TAKE_PTR(p->lent));
	sd_event_source_disable_unref(p->idle);
	free(p);
	l->scan = NULL;
}

static int on_idle(sd_event_source *s, uint64_t usec, void *userdata)
{
	manager_scan_done(userdata);
	return 0;
}

static const char *result_word(int r)
{
	switch (r) {
	case 0:
		return "";
	case -ETIMEDOUT:
		return "no-reply";
	case -EREMOTEIO:
		return "exception";
	default:
		return "bad-frame";
	}
}

static void reply(struct scan_port *p, const struct bus_done *d)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_return(p->call, &m);

	if (r >= 0)
		r = sd_bus_message_append(
			m, "syt", result_word(d->result), d->exception, d->took_us);
	if (r >= 0)
		r = sd_bus_message_append_array(m, 'y', d->pdu, MIN(d->len, sizeof(d->pdu)));
	if (r >= 0)
		(void)sd_bus_send(NULL, m, NULL);
	p->call = sd_bus_message_unref(p->call);
}

void manager_scan_on_done(struct line *l, const struct bus_done *d)
{
	struct scan_port *p = l->scan;

	if (!p || !p->call || d->id != p->id)
		return;
	if (d->result == -ENODEV)
		call_fail(p, "org.hearthd.Error.LineDown", "its line is down");
	else if (d->result == -EPERM)
		call_fail(p, "org.hearthd.Error.NotAllowed",
			"its line only listens, or has appliances whose settings stay");
	else if (d->result == -EINVAL || d->result == -EOPNOTSUPP)
		call_fail(p, "org.hearthd.Error.BadRequest",
			"the line cannot be set so, or the request is none that only reads");
	else if (d->result == -EBUSY || d->result == -EAGAIN ||
		 (d->result == -ETIMEDOUT && !d->sent))
		call_fail(p, "org.hearthd.Error.Busy", "there was no time for it on the line");
	else
		reply(p, d);
}

static bool unit_configured(const struct line *l, unsigned unit)
{
	const struct manager *m = l->manager;

	for (size_t i = 0; i < m->n_units; i++)
		for (size_t k = 0; k < m->units[i].appliance->n_sources; k++) {
			const struct source_conf *s = m->units[i].appliance->sources[k].conf;

			if (streq(s->bus, l->conf->id) &&
				(s->unit >= 0 ? s->unit : s->profile->line.unit) == (int)unit)
				return true;
		}
	return false;
}

static int port_of(struct line *l, struct scan_port **ret)
{
	struct scan_port *p = l->scan;
	struct bus_config conf = *l->conf;
	int r = 0;

	if (!p) {
		p = calloc(1, sizeof(*p));
		if (!p)
			return -ENOMEM;
		p->line = l;
		l->scan = p;
		r = sd_event_add_time_relative(
			l->manager->event, &p->idle, CLOCK_MONOTONIC, LENT_US, 0, on_idle, l);
	}
	(void)sd_event_source_set_time_relative(p->idle, LENT_US);
	(void)sd_event_source_set_enabled(p->idle, SD_EVENT_ONESHOT);
	if (r >= 0 && !l->bus && !p->lent) {
		conf.baud = conf.baud ? conf.baud : 9600;
		conf.parity = conf.parity ? conf.parity : 'N';
		conf.stop_bits = conf.stop_bits ? conf.stop_bits : 1;
		r = bus_new(l->manager->event, &conf, NULL, 0, &lent_ops, l, &p->lent);
	}
	if (r < 0) {
		manager_scan_done(l);
		return r;
	}
	*ret = p;
	return 0;
}

static int read_probe(sd_bus_message *call, struct bus_probe *ret, sd_bus_error *e)
{
	const char *parity;
	const void *pdu;
	uint32_t timeout;
	size_t n;
	int r = sd_bus_message_read(
		call, "yusyu", &ret->unit, &ret->baud, &parity, &ret->stop_bits, &timeout);

	if (r >= 0)
		r = sd_bus_message_read_array(call, 'y', &pdu, &n);
	if (r < 0)
		return r;
	if (n < 1 || n > sizeof(ret->pdu) || timeout < TIMEOUT_MIN || timeout > TIMEOUT_MAX ||
		strlen(parity) > 1 || (ret->baud && (!*parity || !strchr("NEO", *parity))))
		return sd_bus_error_setf(e, "org.hearthd.Error.BadRequest",
			"parity is N, E or O, the time-out %d to %llu ms, the request 1 to %zu bytes",
			TIMEOUT_MIN, (unsigned long long)TIMEOUT_MAX, sizeof(ret->pdu));
	ret->parity = *parity;
	ret->timeout_us = timeout * USEC_PER_MSEC;
	ret->len = (uint8_t)n;
	memcpy(ret->pdu, pdu, n);
	return 0;
}

static int method_probe(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct line *l = userdata;
	struct bus_cmd c = {.type = BUS_CMD_PROBE, .until_us = clock_boottime_us() + UNTIL_US};
	struct scan_port *p;
	int r = read_probe(call, &c.probe, e);

	if (r < 0)
		return r;
	if (unit_configured(l, c.probe.unit))
		return sd_bus_error_setf(e, "org.hearthd.Error.Configured",
			"bus %s: unit %u is configured, and is asked by its own plan alone",
			l->conf->id, c.probe.unit);
	r = port_of(l, &p);
	if (r < 0)
		return sd_bus_error_setf(
			e, "org.hearthd.Error.LineDown", "bus %s: %s", l->conf->id, strerror(-r));
	if (p->call)
		return sd_bus_error_setf(
			e, "org.hearthd.Error.Busy", "bus %s: somebody else scans it", l->conf->id);
	c.id = ++p->id;
	r = bus_send(l->bus ? l->bus : p->lent, &c);
	if (r < 0)
		return sd_bus_error_setf(e, "org.hearthd.Error.Busy",
			"bus %s does not take requests now", l->conf->id);
	p->call = sd_bus_message_ref(call);
	return 1;
}

static int get_units(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply_message, void *userdata, sd_bus_error *e)
{
	const struct line *l = userdata;
	uint8_t units[256];
	size_t n = 0;

	for (unsigned u = 0; u < 256; u++)
		if (unit_configured(l, u))
			units[n++] = (uint8_t)u;
	return sd_bus_message_append_array(reply_message, 'y', units, n);
}

const sd_bus_vtable manager_scan_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("ConfiguredUnits", "ay", get_units, 0, 0),
	SD_BUS_METHOD("Probe", "yusyuay", "sytay", method_probe, 0),
	SD_BUS_VTABLE_END,
};
