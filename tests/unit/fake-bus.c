/* SPDX-License-Identifier: Apache-2.0 */
#include "fake-bus.h"

#include "daemon/base/clock.h"

struct fake_unit fake_units[FAKE_UNITS];
struct fake_line fake_lines[FAKE_UNITS];
_Atomic uint64_t fake_now;

static char adapter_name[] = "fake", profile_id[] = "fake-profile";
struct profile fake_profile = {.refs = 1,
	.id = profile_id,
	.adapter = adapter_name,
	.n_points = 256,
	.line = {.baud = 19200}};

struct state {
	unsigned unit;
	uint64_t period_us;
};

static uint64_t virtual_now(void)
{
	return atomic_load(&fake_now);
}

static int fake_configure(void *state, const struct profile *profile,
	const struct source_config *config, struct blocks *ret, struct errdetail *reterr)
{
	struct fake_unit *u = &fake_units[config->unit];
	struct state *s = state;

	s->unit = (unsigned)config->unit;
	u->listen_only = config->listen_only;
	u->n_holes = config->n_holes;
	u->turnaround_us = config->turnaround_us;
	if (u->configure < 0) {
		if (u->configure == -EINVAL) {
			(void)str_copy(reterr->key, sizeof(reterr->key), "Point x.Read");
			(void)str_copy(reterr->text, sizeof(reterr->text), "no such register");
		}
		return u->configure;
	}
	ret->v = calloc(u->blocks, sizeof(*ret->v));
	for (unsigned k = 0; k < u->blocks; k++) {
		struct block *b = &ret->v[k];

		*b = (struct block){.period_us = u->period_us,
			.cost_us = u->cost_us,
			.timeout_us = u->timeout_us,
			.needs = u->needs[k],
			.flags = u->flags[k]};
		ret->n = k + 1;
		if (b->flags & (BLOCK_HANDSHAKE | BLOCK_KEEPALIVE))
			continue;
		b->points = calloc(u->points, sizeof(*b->points));
		b->n_points = (uint16_t)u->points;
		for (unsigned i = 0; i < u->points; i++)
			b->points[i] = (uint16_t)(k * u->points + i);
	}
	return 0;
}

static void fake_done(void *state)
{
	struct fake_unit *u = &fake_units[((struct state *)state)->unit];

	if (u->done_fd >= 0)
		(void)!write(u->done_fd, "d", 1);
}

static void take(uint64_t us)
{
	atomic_fetch_add(&fake_now, us);
}

static int fake_poll(void *state, struct transport *t, unsigned block, uint64_t deadline,
	struct poll_result *ret)
{
	struct fake_unit *u = &fake_units[((struct state *)state)->unit];
	int r = atomic_load(&u->result[block]);
	struct fake_line *line = (struct fake_line *)t;
	struct raw *raw = &ret->raws[0];
	uint64_t took;
	char c;

	atomic_fetch_add(&u->polls[block], 1);
	if (u->hang_fd >= 0)
		(void)!read(u->hang_fd, &c, 1);
	if (!line->is_open)
		return -ENODEV;
	line->rx_bytes += line->noise;
	took = r == -ETIMEDOUT ? MIN(u->timeout_us, deadline - virtual_now())
	       : r == -EAGAIN  ? 0
			       : u->cost_us;
	take(took);
	if (r == -ETIMEDOUT && u->n_failed < ARRAY_SIZE(u->failed_us))
		u->failed_us[u->n_failed++] = took;
	line->requests += r != -EAGAIN;
	if (r == 0) {
		line->replies++;
		line->busy_us += took;
	}
	ret->learned = r == 0 && u->learns;
	ret->session_lost = u->session_lost;
	ret->exception = (uint8_t)atomic_load(&u->exception);
	ret->retry_at_us = u->retry_at_us;
	if (u->closes)
		line->is_open = false;
	if (r < 0 || u->mute)
		return r;
	ret->n_raws = 1;
	ret->more = u->more > 0;
	u->more -= ret->more;
	raw->block = (uint16_t)block;
	raw->t_us = virtual_now();
	raw->len = 2;
	raw->data[0] = (uint8_t)((struct state *)state)->unit;
	raw->data[1] = (uint8_t)u->points;
	return 0;
}

/* A frame says which unit spoke; everybody may hear it. */
static int fake_decode(const void *state, const struct raw *raw, struct reading *ret, size_t max)
{
	const struct state *s = state;
	unsigned points = raw->data[1];
	unsigned first = raw->block == RAW_UNASKED ? 200 : raw->block * points;

	if (raw->block != RAW_UNASKED && raw->data[0] != s->unit)
		return 0;
	if (fake_units[s->unit].undecodable)
		return -EBADMSG;
	for (unsigned i = 0; i < points; i++)
		ret[i] = (struct reading){.point = (uint16_t)(first + i),
			.quality = QUALITY_GOOD,
			.type = VALUE_NUMBER,
			.t_us = raw->t_us,
			.num = s->unit * 1000.0 + first + i};
	return (int)points;
}

static size_t fake_holes(const void *state, struct hole *ret, size_t max)
{
	const struct state *s = state;

	if (!fake_units[s->unit].learns || max == 0)
		return 0;
	ret[0] = (struct hole){HOLE_REFUSED, (uint8_t)s->unit, 3, 1, 7, 8};
	return 1;
}

static int fake_write(void *state, struct transport *t, const struct write *write,
	uint64_t deadline, struct write_result *ret)
{
	struct fake_unit *u = &fake_units[((struct state *)state)->unit];

	*ret = (struct write_result){0};
	if (u->write_result == -EAGAIN) {
		ret->retry_at_us = atomic_load(&fake_now) + u->write_pause_us;
		ret->step = write->step;
		return -EAGAIN;
	}
	u->wrote_at[u->n_wrote++ % 16] = atomic_load(&fake_now);
	atomic_fetch_add(&fake_now, u->cost_us);
	ret->sent = true;
	if (write->step + 1U < u->write_steps) {
		ret->step = (uint8_t)(write->step + 1);
		ret->retry_at_us = atomic_load(&fake_now) + u->write_pause_us;
		return -EAGAIN;
	}
	ret->exception = u->write_result == -EREMOTEIO ? 3 : 0;
	return u->write_result;
}

static const struct adapter fake_adapter = {
	.name = adapter_name,
	.transport = TRANSPORT_MODBUS,
	.state_size = sizeof(struct state),
	.configure = fake_configure,
	.done = fake_done,
	.poll = fake_poll,
	.write = fake_write,
	.decode = fake_decode,
	.holes = fake_holes,
};

static const struct adapter *fake_by_name(const char *name)
{
	return streq(name, adapter_name) ? &fake_adapter : NULL;
}

static int line_make(const struct transport_config *config, struct transport **ret)
{
	char last = config->device[strlen(config->device) - 1];
	struct fake_line *l = &fake_lines[last >= '0' && last < '0' + FAKE_UNITS ? last - '0' : 0];

	if (streq(config->device, "wrong"))
		return -EINVAL;
	l->config = *config;
	*ret = (struct transport *)l;
	return 0;
}

static struct transport *line_free(struct transport *t)
{
	return NULL;
}

static int line_open(struct transport *t, uint64_t deadline)
{
	struct fake_line *l = (struct fake_line *)t;

	if (l->opens < ARRAY_SIZE(l->opened_at))
		l->opened_at[l->opens] = virtual_now();
	l->opens++;
	l->is_open = l->open_result == 0;
	return l->open_result;
}

static void line_close(struct transport *t)
{
	struct fake_line *l = (struct fake_line *)t;

	l->closes++;
	l->is_open = false;
}

static bool line_is_open(const struct transport *t)
{
	return ((const struct fake_line *)t)->is_open;
}

static void line_stats(const struct transport *t, struct transport_stats *ret)
{
	*ret = (struct transport_stats){.requests = 42 + ((const struct fake_line *)t)->requests,
		.replies = ((const struct fake_line *)t)->replies,
		.busy_us = ((const struct fake_line *)t)->busy_us,
		.rx_bytes = ((const struct fake_line *)t)->rx_bytes};
}

static uint64_t line_char_us(const struct transport *t)
{
	return 521;
}

static void line_set_trace(struct transport *t, transport_trace_fn fn, void *userdata)
{
	struct fake_line *l = (struct fake_line *)t;

	l->trace = fn;
	l->trace_userdata = userdata;
}

static int line_set_line(struct transport *t, uint32_t baud, char parity, uint8_t stop_bits)
{
	struct fake_line *l = (struct fake_line *)t;

	if (baud == 1)
		return -EINVAL;
	l->config.baud = baud;
	l->config.parity = parity;
	l->config.stop_bits = stop_bits;
	return 0;
}

/* Echoes the request as the reply. */
static int line_probe(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n,
	uint64_t quiet, uint64_t late, uint64_t deadline, uint8_t ret[MODBUS_PDU_MAX],
	uint8_t *ret_exception)
{
	struct fake_line *l = (struct fake_line *)t;

	if (l->probe_busy > 0) {
		l->probe_busy--;
		return -EAGAIN;
	}
	if (l->probes < ARRAY_SIZE(l->probed_at))
		l->probed_at[l->probes] = virtual_now();
	l->probes++;
	l->probe_unit = unit;
	if (l->trace)
		l->trace(l->trace_userdata, true, virtual_now(), pdu, n);
	take(l->probe_takes);
	if (l->probe_result == -EREMOTEIO)
		*ret_exception = 2;
	if (l->probe_result == -ENODEV)
		l->is_open = false;
	if (l->probe_result < 0)
		return l->probe_result;
	memcpy(ret, pdu, n);
	return (int)n;
}

static const struct line_ops line_ops = {line_make, line_free, line_open, line_close, line_is_open,
	line_stats, line_char_us, line_set_trace, line_set_line, line_probe};

const struct bus_env fake_env = {
	.adapter = fake_by_name,
	.line = &line_ops,
	.now = virtual_now,
	.open_timeout_us = USEC_PER_SEC,
};

const struct bus_env fake_env_real = {
	.adapter = fake_by_name,
	.line = &line_ops,
	.now = clock_boottime_us,
	.open_timeout_us = 50 * USEC_PER_MSEC,
	.stuck_grace_us = 50 * USEC_PER_MSEC,
	.watch_us = 10 * USEC_PER_MSEC,
	.stop_wait_us = 50 * USEC_PER_MSEC,
};

void fake_reset(void)
{
	memset(fake_units, 0, sizeof(fake_units));
	memset(fake_lines, 0, sizeof(fake_lines));
	atomic_store(&fake_now, 1000 * USEC_PER_SEC);
	for (unsigned i = 0; i < FAKE_UNITS; i++) {
		struct fake_unit *u = &fake_units[i];

		u->blocks = u->points = 2;
		u->period_us = USEC_PER_SEC;
		u->cost_us = 20 * USEC_PER_MSEC;
		u->timeout_us = 200 * USEC_PER_MSEC;
		u->hang_fd = u->done_fd = -1;
		for (unsigned k = 0; k < FAKE_BLOCKS; k++)
			u->needs[k] = -1;
	}
}

void fake_source(struct bus_source *s, unsigned unit)
{
	*s = (struct bus_source){.tag = 100 + unit, .profile = &fake_profile};
	s->config.unit = (int16_t)unit;
	(void)snprintf(s->name, sizeof(s->name), "unit%u/main", unit);
}

/* Where the profile loader is not linked. */
__attribute__((weak)) struct profile *profile_ref(struct profile *p)
{
	__atomic_add_fetch(&p->refs, 1, __ATOMIC_SEQ_CST);
	return p;
}

__attribute__((weak)) struct profile *profile_unref(struct profile *p)
{
	if (p)
		__atomic_sub_fetch(&p->refs, 1, __ATOMIC_SEQ_CST);
	return NULL;
}
