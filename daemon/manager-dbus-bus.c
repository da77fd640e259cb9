/* SPDX-License-Identifier: Apache-2.0 */
/* org.hearthd.BusStatus1 of a bus: who uses the line for what, and what would make it fit. */
#include "manager-bus.h"

static int append_number(sd_bus_message *m, const char *key, const char *type, ...)
{
	va_list ap;
	int r = sd_bus_message_open_container(m, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", key);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', type);
	va_start(ap, type);
	if (r >= 0)
		r = sd_bus_message_appendv(m, type, ap);
	va_end(ap);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_source(sd_bus_message *m, const char *name, const struct bus_use *u)
{
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {
		{"Blocks", u->blocks},
		{"Holes", u->holes},
		{"Replies", u->replies},
		{"Timeouts", u->timeouts},
		{"BadFrames", u->bad_frames},
		{"Exceptions", u->exceptions},
		{"P50Us", u->p50_us},
		{"P99Us", u->p99_us},
		{"TurnaroundUs", u->turnaround_us},
		{"TimeoutUs", u->timeout_us},
		{"SuggestedTimeoutUs", u->suggest_us},
		{"PeriodUs", u->period_us},
		{"SuggestedPeriodUs", u->slower_us},
		{"LateUs", u->late_us},
	};
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0)
		r = append_number(m, "Source", "s", name);
	if (r >= 0)
		r = append_number(m, "Demand", "d", u->demand);
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(numbers); i++)
		r = append_number(m, numbers[i].key, "t", numbers[i].value);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int method_get_status(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	const struct line *l = userdata;
	struct bus_status s = {0};
	struct bus_use use;
	const char *name;
	int r;

	r = sd_bus_message_new_method_return(call, &m);
	if (r < 0)
		return r;
	if (l->bus)
		bus_get_status(l->bus, &s);
	r = sd_bus_message_append(m, "a{sv}", 4, "Id", "s", l->conf->id, "Demand", "d", s.demand,
		"Load", "d", s.load, "LateUs", "t", s.late_us);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "a{sv}");
	for (size_t i = 0; r >= 0 && l->bus && bus_get_use(l->bus, i, &use, &name); i++)
		r = append_source(m, name, &use);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_send(NULL, m, NULL);
}

const sd_bus_vtable manager_bus_status_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD(
		"GetStatus", "", "a{sv}aa{sv}", method_get_status, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};
