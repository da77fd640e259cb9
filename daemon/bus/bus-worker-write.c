/* SPDX-License-Identifier: Apache-2.0 */
/* Writes and the reads that prove them, as main's gate has ordered them. A write runs step by step
 * through its adapter, before anything of the schedule; between its steps the schedule goes on.
 * Nothing is ever sent twice. */
#include "bus-worker-internal.h"

#include "daemon/profile/write-rule.h"

/* One step of a write where the source has no block to take a time-out from. */
#define STEP_US (2 * USEC_PER_SEC)

static struct wsource *source_of(struct bus_worker *w, uint32_t tag)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->sources[i].tag == tag && !w->sources[i].trouble)
			return &w->sources[i];
	return NULL;
}

static uint64_t step_deadline(const struct wsource *s, uint64_t now)
{
	uint64_t longest = 0;

	for (size_t i = 0; i < s->blocks.n; i++)
		if (!(s->blocks.v[i].flags & BLOCK_LISTEN))
			longest = MAX(longest, s->blocks.v[i].timeout_us);
	return now + (longest ? longest : STEP_US);
}

static void write_ends(struct bus_worker *w, const struct bus_cmd *c, int result,
	const struct write_result *wr, uint64_t now)
{
	const struct bus_done d = {.id = c->id,
		.type = c->type,
		.result = result,
		.sent = w->command.sent,
		.exception = wr ? wr->exception : 0,
		.took_us = now - w->command.begun_us};

	bus_worker_tell_done(w, c->tag, &d, now);
	w->command.running = false;
}

/* A write that waits for its next step with something switched on that has to be switched off. */
static bool in_pulse(const struct bus_worker *w, const struct wsource *s, const struct write *write)
{
	return w->command.running && w->command.sent && s && write->rule < s->profile->n_writes &&
	       s->profile->writes[write->rule].pulse_us > 0;
}

bool bus_worker_run_write(struct bus_worker *w, const struct bus_cmd *c, uint64_t now)
{
	struct wsource *s = source_of(w, c->tag);
	struct write write = c->write;
	struct write_result wr = {0};
	int r;

	if (!w->command.running) {
		w->command = (struct bus_command){.running = true, .begun_us = now};
		write.step = 0;
	}
	write.step = w->command.step;
	if (!s || !s->adapter->write) {
		write_ends(w, c, -EOPNOTSUPP, NULL, now);
		return true;
	}
	/* The time to begin has passed; what has begun is brought to its end. */
	if (now > c->until_us && !w->command.sent) {
		write_ends(w, c, -ETIMEDOUT, NULL, now);
		return true;
	}
	if (!w->up || w->listen) {
		write_ends(w, c, w->listen ? -EOPNOTSUPP : -ENODEV, NULL, now);
		return true;
	}
	r = s->adapter->write(s->state, w->line, &write, step_deadline(s, now), &wr);
	now = w->env->now();
	w->worked = true;
	w->command.sent = w->command.sent || wr.sent;
	if (r == -EAGAIN) {
		w->command.step = wr.step;
		w->command_at = MAX(wr.retry_at_us, now);
		return false;
	}
	write_ends(w, c, r, &wr, now);
	return true;
}

void bus_worker_finish_write(struct bus_worker *w)
{
	const struct bus_cmd *c = &w->commands[w->first_command];
	struct wsource *s;
	uint64_t now = w->env->now();

	if (w->n_commands == 0 || c->type != BUS_CMD_WRITE)
		return;
	s = source_of(w, c->tag);
	/* Main is ending: the rest of a pulse at once rather than never. */
	for (unsigned k = 0; k < 8 && in_pulse(w, s, &c->write); k++)
		if (bus_worker_run_write(w, c, now))
			break;
}

/* ---- reads out of turn */

static int block_of(const struct wsource *s, uint16_t point)
{
	for (size_t i = 0; i < s->blocks.n; i++)
		for (unsigned k = 0; k < s->blocks.v[i].n_points; k++)
			if (s->blocks.v[i].points[k] == point)
				return (int)i;
	return -ENOENT;
}

static void read_ends(struct bus_worker *w, const struct bus_cmd *c, int result, uint64_t now)
{
	const struct bus_done d = {.id = c->id,
		.type = c->type,
		.result = result,
		.sent = w->command.sent,
		.exception = w->command.exception,
		.took_us = now - w->command.begun_us};

	bus_worker_tell_done(w, c->tag, &d, now);
	w->command.running = false;
}

bool bus_worker_run_read(struct bus_worker *w, const struct bus_cmd *c, uint64_t now)
{
	struct wsource *s = source_of(w, c->tag);
	int block;

	if (!w->command.running) {
		w->command = (struct bus_command){.running = true, .begun_us = now};
		block = s ? block_of(s, c->point) : -ENOENT;
		if (block < 0) {
			read_ends(w, c, block, now);
			return true;
		}
		w->command.reads = true;
		w->command.source = (size_t)(s - w->sources);
		w->command.block = SIZE_MAX;
	}
	/* A plan made anew in between may have put the point elsewhere. */
	block = block_of(s, c->point);
	if (block >= 0 && (size_t)block != w->command.block) {
		w->command.block = (size_t)block;
		bus_plan_due_now(w->plan, w->command.source, (size_t)block, now);
	}
	if (w->command.read_done)
		read_ends(w, c, w->command.result, now);
	else if (!w->up)
		read_ends(w, c, -ENODEV, now);
	else if (now > c->until_us)
		read_ends(w, c, -ETIMEDOUT, now);
	else
		return false;
	return true;
}

void bus_worker_block_ran(struct bus_worker *w, size_t i, size_t block, int r)
{
	if (!w->command.running || !w->command.reads || w->command.source != i ||
		w->command.block != block)
		return;
	w->command.read_done = w->command.sent = true;
	w->command.result = r;
	w->command.exception = r == -EREMOTEIO ? w->result.exception : 0;
}
