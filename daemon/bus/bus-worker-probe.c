/* SPDX-License-Identifier: Apache-2.0 */
/* What people look at a line with: the tap, and probes of units that are not configured. */
#include "bus-worker-internal.h"

/* A probe that finds no gap long enough takes the first moment in which nothing is due after this: it
 * may then delay a block by its time-out, no more often than so. */
#define PROBE_PATIENCE_US (2 * USEC_PER_SEC)
/* On a line that is never free it goes before the schedule after this. */
#define PROBE_FORCED_US (10 * USEC_PER_SEC)

static void on_trace(void *userdata, bool to_appliance, uint64_t t_us, const uint8_t *p, size_t n)
{
	bus_worker_tell_frame(userdata, to_appliance, p, n, t_us);
}

void bus_worker_tap(struct bus_worker *w, bool on)
{
	w->frames_lost = 0;
	if (w->env->line->set_trace)
		w->env->line->set_trace(w->line, on ? on_trace : NULL, w);
}

static bool same_line(const struct bus_probe *p)
{
	return p->baud == 0;
}

void bus_worker_take_probe(struct bus_worker *w, const struct bus_cmd *c, uint64_t now)
{
	const struct bus_probe *p = &c->probe;
	int r = 0;

	if (w->listen)
		r = -EPERM;
	else if (!w->env->line->probe)
		r = -EOPNOTSUPP;
	else if (w->probing)
		r = -EBUSY;
	else if (!same_line(p) && w->n > 0)
		r = -EPERM;
	else if (p->len > sizeof(p->pdu) || p->timeout_us > BUS_PROBE_TIMEOUT_MAX_US)
		r = -EINVAL;
	if (r < 0) {
		bus_worker_answer(w, c, r, now);
		return;
	}
	w->probe = *c;
	w->probing = true;
	w->probe_since = now;
	w->probe_at = 0;
}

/* 0 or an errno of the line; the transport opens an RTU line anew for it. */
static int set_line(struct bus_worker *w, const struct bus_probe *p)
{
	if (same_line(p) || !w->env->line->set_line)
		return 0;
	return w->env->line->set_line(w->line, p->baud, p->parity, p->stop_bits);
}

static void probe_ends(struct bus_worker *w, const struct bus_done *d, uint64_t now)
{
	uint32_t tag = w->probe.tag;

	w->probing = false;
	bus_worker_tell_done(w, tag, d, now);
}

/* False when the line wants it later. */
static bool exchange(struct bus_worker *w, uint64_t now)
{
	const struct bus_probe *p = &w->probe.probe;
	struct bus_done d = {.id = w->probe.id, .type = BUS_CMD_PROBE};
	/* Silence and drain go before the request. */
	uint64_t quiet = 4 * w->env->line->char_us(w->line) + 50 * USEC_PER_MSEC;
	uint64_t end;
	int r = set_line(w, p);

	if (r == 0)
		r = w->env->line->probe(w->line, p->unit, p->pdu, p->len, 0, BUS_PROBE_LATE_US,
			now + quiet + p->timeout_us, d.pdu, &d.exception);
	end = w->env->now();
	if (r == -EAGAIN && end < w->probe.until_us) {
		w->probe_at = end + 20 * USEC_PER_MSEC;
		return false;
	}
	w->worked = true;
	d.result = MIN(r, 0);
	d.len = r > 0 ? (uint16_t)r : 0;
	d.sent = r != -EAGAIN && r != -EINVAL && r != -EOPNOTSUPP;
	d.took_us = end - now;
	probe_ends(w, &d, end);
	return true;
}

bool bus_worker_probe_overdue(const struct bus_worker *w, uint64_t now)
{
	return w->probing && now >= MIN(w->probe_since + PROBE_FORCED_US, w->probe.until_us);
}

bool bus_worker_run_probe(struct bus_worker *w, uint64_t next, uint64_t now, uint64_t *ret_wake)
{
	const struct bus_cmd *c = &w->probe;
	uint64_t need;

	if (!w->probing)
		return false;
	if (now >= c->until_us || (!w->up && w->line_known)) {
		probe_ends(w,
			&(struct bus_done){.id = c->id,
				.type = BUS_CMD_PROBE,
				.result = now >= c->until_us ? -ETIMEDOUT : -ENODEV},
			now);
		return true;
	}
	*ret_wake = MIN(*ret_wake, c->until_us);
	if (!w->up)
		return false;
	if (now < w->probe_at) {
		*ret_wake = MIN(*ret_wake, w->probe_at);
		return false;
	}
	need = c->probe.timeout_us;
	if (next < now + need && now < w->probe_since + PROBE_PATIENCE_US) {
		*ret_wake = MIN(*ret_wake, w->probe_since + PROBE_PATIENCE_US);
		return false;
	}
	if (exchange(w, now))
		return true;
	*ret_wake = MIN(*ret_wake, w->probe_at);
	return false;
}
