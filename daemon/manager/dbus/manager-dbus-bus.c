/* SPDX-License-Identifier: Apache-2.0 */
/* org.hearthd.Bus1: a bus and what its line has seen; and BusStatus1: who uses the line for what, and what would
 * make it fit. */
#include "daemon/manager/manager-bus.h"
#include "manager-dbus.h"

/* ---- Bus1 */

DBUS_GETTER(line_get)
{
	struct line *l = userdata;
	struct bus_status s = {0};
	static const struct {
		const char *name;
		size_t offset;
	} counters[] = {
#define COUNTER(name, field) {name, offsetof(struct transport_stats, field)}
		COUNTER("Requests", requests),
		COUNTER("Replies", replies),
		COUNTER("Timeouts", timeouts),
		COUNTER("BadFrames", bad_frames),
		COUNTER("Exceptions", exceptions),
		COUNTER("Foreign", foreign),
		COUNTER("TxBytes", tx_bytes),
		COUNTER("RxBytes", rx_bytes),
#undef COUNTER
	};

	if (l->bus)
		bus_get_status(l->bus, &s);
	if (streq(property, "Id"))
		return sd_bus_message_append(reply, "s", l->conf->id);
	if (streq(property, "Device"))
		return sd_bus_message_append(reply, "s", l->conf->device);
	if (streq(property, "State"))
		return sd_bus_message_append(reply, "s",
			!l->bus               ? (l->waits                  ? "down"
							: isempty(l->text) ? "unused"
									   : "error")
			: !l->alive           ? "stuck"
			: bus_line_up(l->bus) ? "up"
					      : "down");
	if (streq(property, "Error"))
		return sd_bus_message_append(reply, "s",
			!l->bus ? l->text
			: bus_line_error(l->bus) != 0
				? line_error_text(bus_line_error(l->bus), false)
				: "");
	if (streq(property, "Load"))
		return sd_bus_message_append(reply, "d", s.load);
	if (streq(property, "LateMs"))
		return sd_bus_message_append(reply, "t", s.late_us / USEC_PER_MSEC);
	if (streq(property, "Sources"))
		return sd_bus_message_append(reply, "u", s.n_sources);
	if (streq(property, "Answering"))
		return sd_bus_message_append(reply, "u", s.n_answering);
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		if (streq(property, counters[i].name))
			return sd_bus_message_append(reply, "t",
				*(const uint64_t *)((const char *)&s.transport +
						    counters[i].offset));
	return -ENOENT;
}

const sd_bus_vtable manager_bus_vtable[] = {
	SD_BUS_VTABLE_START(0),
	DBUS_PROPERTY("Id", "s", line_get, SD_BUS_VTABLE_PROPERTY_CONST),
	DBUS_PROPERTY("Device", "s", line_get, SD_BUS_VTABLE_PROPERTY_CONST),
	DBUS_PROPERTY("State", "s", line_get, DBUS_CHANGES),
	DBUS_PROPERTY("Error", "s", line_get, DBUS_CHANGES),
	DBUS_PROPERTY("Load", "d", line_get, 0),
	DBUS_PROPERTY("LateMs", "t", line_get, 0),
	DBUS_PROPERTY("Requests", "t", line_get, 0),
	DBUS_PROPERTY("Replies", "t", line_get, 0),
	DBUS_PROPERTY("Timeouts", "t", line_get, 0),
	DBUS_PROPERTY("BadFrames", "t", line_get, 0),
	DBUS_PROPERTY("Exceptions", "t", line_get, 0),
	DBUS_PROPERTY("Foreign", "t", line_get, 0),
	DBUS_PROPERTY("TxBytes", "t", line_get, 0),
	DBUS_PROPERTY("RxBytes", "t", line_get, 0),
	DBUS_PROPERTY("Sources", "u", line_get, 0),
	DBUS_PROPERTY("Answering", "u", line_get, 0),
	SD_BUS_VTABLE_END,
};

/* ---- BusStatus1 */

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
