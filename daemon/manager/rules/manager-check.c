/* SPDX-License-Identifier: Apache-2.0 */
#include "manager-check.h"

#include "manager-rules.h"

/* Ids of commands to buses are their senders' own; those of writes count from the clock's µs. */
#define ID_OF_CHECK (UINT64_C(1) << 62)

struct unit_check {
	struct unit *unit;
	sd_bus_message *calls[CHECK_CALLS_MAX];
	size_t n_calls;
	sd_event_source *timer;
	uint64_t begun_us, id;
	size_t next; /* attribute */
	unsigned asked, answered;
	bool waiting;
};

static uint64_t next_id;

struct unit_check *manager_check_free(struct unit_check *c)
{
	if (!c)
		return NULL;
	for (size_t i = 0; i < c->n_calls; i++) {
		(void)sd_bus_reply_method_errorf(c->calls[i], "org.hearthd.Error.Busy",
			"the configuration was read again meanwhile");
		sd_bus_message_unref(c->calls[i]);
	}
	sd_event_source_disable_unref(c->timer);
	free(c);
	return NULL;
}

static void finish(struct unit_check *c)
{
	struct unit *u = c->unit;
	struct check_reads reads = {c->asked, c->answered};
	char *json = NULL;
	int r;

	u->check = NULL;
	manager_rules_look(u);
	manager_own_update(u, clock_boottime_us());
	r = manager_rules_verdict(u, &reads, &json);
	for (size_t i = 0; i < c->n_calls; i++) {
		if (r >= 0)
			(void)sd_bus_reply_method_return(c->calls[i], "s", json);
		else
			(void)sd_bus_reply_method_errno(c->calls[i], r, NULL);
		sd_bus_message_unref(c->calls[i]);
	}
	free(json);
	c->n_calls = 0;
	(void)manager_check_free(c);
}

static bool is_seldom(const struct unit_check *c, const struct attribute *attr)
{
	const struct reading *r = &attr->value;
	uint64_t age = attr->seen && c->begun_us > r->t_us ? c->begun_us - r->t_us : 0;

	if (!attr->point || !attr->point->read || attr->period_us <= CHECK_SELDOM_US)
		return false;
	/* It will never answer; or its block was read since, with another point. */
	if (attr->seen && (r->reason == REASON_UNSUPPORTED || r->t_us >= c->begun_us))
		return false;
	if (attr->seen && age < CHECK_FRESH_US)
		return false;
	return c->unit->appliance->sources[attr->source].state == SOURCE_ANSWERING;
}

/* Asks for the next point; without one the check is over, and C with it. */
static void go_on(struct unit_check *c)
{
	struct appliance *a = c->unit->appliance;

	c->waiting = false;
	while (c->next < a->n_attrs && c->asked < CHECK_READS_MAX) {
		const struct attribute *attr = &a->attrs[c->next++];
		struct line *l;
		struct bus_cmd cmd = {.type = BUS_CMD_READ,
			.tag = (uint32_t)a->index << 8 | attr->source,
			.id = ID_OF_CHECK | ++next_id,
			.until_us = c->begun_us + CHECK_ALL_US,
			.point = attr->point_index};

		if (!is_seldom(c, attr))
			continue;
		l = manager_line(c->unit->manager, a->sources[attr->source].conf->bus);
		if (!l || !l->bus || bus_send(l->bus, &cmd) < 0)
			continue;
		c->id = cmd.id;
		c->asked++;
		c->waiting = true;
		return;
	}
	finish(c);
}

bool manager_check_done(struct unit *u, const struct bus_done *d)
{
	struct unit_check *c = u->check;

	if (!(d->id & ID_OF_CHECK))
		return false;
	if (!c || !c->waiting || d->id != c->id)
		return true; /* of one that has given up */
	if (d->result == 0)
		c->answered++;
	else if (d->result == -ENOENT) /* no register of its own */
		c->asked--;
	go_on(c);
	return true;
}

void manager_check_move(struct unit *to, struct unit *from)
{
	to->check = TAKE_PTR(from->check);
	if (to->check)
		to->check->unit = to;
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
	finish(userdata);
	return 0;
}

int manager_check_start(struct unit *u, sd_bus_message *call)
{
	struct unit_check *c = u->check;
	int r;

	if (c && c->n_calls >= CHECK_CALLS_MAX)
		return -EBUSY;
	if (c) {
		c->calls[c->n_calls++] = sd_bus_message_ref(call);
		return 0;
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->unit = u;
	c->begun_us = clock_boottime_us();
	r = sd_event_add_time_relative(
		u->manager->event, &c->timer, CLOCK_MONOTONIC, CHECK_ALL_US, 0, on_timer, c);
	if (r < 0) {
		free(c);
		return r;
	}
	c->calls[c->n_calls++] = sd_bus_message_ref(call);
	u->check = c;
	go_on(c);
	return 0;
}
