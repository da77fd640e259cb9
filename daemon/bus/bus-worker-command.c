/* SPDX-License-Identifier: Apache-2.0 */
/* What main asks of a worker, beside the schedule: see enum bus_cmd_type. */
#include "bus-worker-internal.h"

#include <sys/socket.h>

void bus_worker_answer(struct bus_worker *w, const struct bus_cmd *c, int result, uint64_t now)
{
	const struct bus_done d = {.id = c->id, .type = c->type, .result = result};

	bus_worker_tell_done(w, c->tag, &d, now);
}

static void queue(struct bus_worker *w, const struct bus_cmd *c, uint64_t now)
{
	if (w->n_commands == BUS_COMMANDS_MAX) {
		bus_worker_answer(w, c, -EBUSY, now);
		return;
	}
	w->commands[(w->first_command + w->n_commands++) % BUS_COMMANDS_MAX] = *c;
}

void bus_worker_take_commands(struct bus_worker *w, uint64_t now)
{
	struct bus_cmd c;

	for (;;) {
		ssize_t r = recv(w->fd, &c, sizeof(c), MSG_DONTWAIT);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0 && errno == EAGAIN)
			return;
		if (r != (ssize_t)sizeof(c)) {
			w->end = true;
			return;
		}
		switch (c.type) {
		case BUS_CMD_TAP:
			bus_worker_tap(w, c.on);
			bus_worker_answer(w, &c, 0, now);
			break;
		case BUS_CMD_PROBE:
			bus_worker_take_probe(w, &c, now);
			break;
		case BUS_CMD_READ:
		case BUS_CMD_WRITE:
			queue(w, &c, now);
			break;
		}
	}
}

static void command_ends(struct bus_worker *w)
{
	w->first_command = (w->first_command + 1) % BUS_COMMANDS_MAX;
	w->n_commands--;
	w->command_at = 0;
}

bool bus_worker_run_command(struct bus_worker *w, uint64_t now, uint64_t *ret_wake)
{
	const struct bus_cmd *c = &w->commands[w->first_command];

	if (w->n_commands == 0)
		return false;
	if (now < w->command_at) {
		*ret_wake = MIN(*ret_wake, w->command_at);
		return false;
	}
	switch (c->type) {
	case BUS_CMD_PROBE: /* these two never wait in this ring */
	case BUS_CMD_TAP:
		break;
	case BUS_CMD_READ:
		if (!bus_worker_run_read(w, c, now))
			return false;
		break;
	case BUS_CMD_WRITE:
		if (!bus_worker_run_write(w, c, now))
			return true;
		break;
	}
	command_ends(w);
	return true;
}
