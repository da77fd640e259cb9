/* SPDX-License-Identifier: Apache-2.0 */
/* org.hearthd.Upstream1: an upstream, its connection and what waits for it. */
#include "daemon/manager/repair/manager-assist.h"
#include "manager-dbus.h"

static int append_planes(sd_bus_message *reply, unsigned planes)
{
	char s[64] = "";
	size_t used = 0;

	if (planes & PLANE_EVENT)
		(void)str_appendf(s, sizeof(s), &used, " event");
	if (planes & PLANE_REPORT)
		(void)str_appendf(s, sizeof(s), &used, " report");
	if (planes & PLANE_STATE)
		(void)str_appendf(s, sizeof(s), &used, " state");
	if (planes & PLANE_SUMMARY)
		(void)str_appendf(s, sizeof(s), &used, " summary");
	if (planes & PLANE_REPAIR)
		(void)str_appendf(s, sizeof(s), &used, " repair");
	if (planes & PLANE_DISCOVERY)
		(void)str_appendf(s, sizeof(s), &used, " discovery");
	return sd_bus_message_append(reply, "s", used ? s + 1 : s);
}

DBUS_GETTER(feed_get_text)
{
	struct feed *f = userdata;
	struct upstream_status s;

	upstream_get_status(f->up, &s);
	if (streq(property, "Id"))
		return sd_bus_message_append(reply, "s", f->conf->id);
	if (streq(property, "Url"))
		return sd_bus_message_append(reply, "s", f->conf->url);
	if (streq(property, "Level"))
		return sd_bus_message_append(reply, "s", privacy_level_name(f->conf->level));
	if (streq(property, "Planes"))
		return append_planes(reply, f->conf->planes);
	if (streq(property, "Assist")) {
		char names[33 * ASSISTS_MAX + 1];

		manager_assist_names(f->manager, f->conf->id, NULL, names, sizeof(names));
		return sd_bus_message_append(reply, "s", names);
	}
	if (streq(property, "State"))
		return sd_bus_message_append(reply, "s", upstream_state_name(s.state));
	if (streq(property, "Reason"))
		return sd_bus_message_append(reply, "s", s.reason);
	if (streq(property, "Text"))
		return sd_bus_message_append(reply, "s", s.text);
	if (streq(property, "Epoch"))
		return sd_bus_message_append(reply, "s", upstream_epoch(f->up));
	return sd_bus_message_append(reply, "s", upstream_gw(f->up)); /* Gateway */
}

DBUS_GETTER(feed_get_number)
{
	struct feed *f = userdata;
	struct upstream_status s;
	uint64_t v;

	upstream_get_status(f->up, &s);
	if (streq(property, "LastStored"))
		v = s.last_seq;
	else if (streq(property, "LastAcked"))
		v = s.last_acked;
	else if (streq(property, "WaitingUrgent"))
		v = s.waiting[OUT_URGENT];
	else if (streq(property, "WaitingEvents"))
		v = s.waiting[OUT_EVENT];
	else if (streq(property, "WaitingReports"))
		v = s.waiting[OUT_REPORT];
	else if (streq(property, "WaitingBytes"))
		v = s.waiting_bytes;
	else if (streq(property, "Unreceipted"))
		v = s.unreceipted;
	else if (streq(property, "Lost"))
		v = s.lost + f->events_lost;
	else
		v = s.connections;
	return sd_bus_message_append(reply, "t", v);
}

DBUS_GETTER(feed_get_aliases)
{
	struct feed *f = userdata;
	int r = sd_bus_message_open_container(reply, 'a', "(ss)");

	for (size_t i = 0; r >= 0 && i < f->manager->n_units; i++)
		r = sd_bus_message_append(
			reply, "(ss)", f->manager->units[i].appliance->conf->id, f->aliases[i]);
	for (size_t i = 0; r >= 0 && i < f->manager->n_lines; i++) {
		char id[40]; /* apart from an appliance of the same name */

		snprintf(id, sizeof(id), "bus:%s", f->manager->lines[i].conf->id);
		r = sd_bus_message_append(reply, "(ss)", id, f->bus_aliases[i]);
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

const sd_bus_vtable manager_upstream_vtable[] = {
	SD_BUS_VTABLE_START(0),
	DBUS_PROPERTY("Id", "s", feed_get_text, SD_BUS_VTABLE_PROPERTY_CONST),
	DBUS_PROPERTY("Url", "s", feed_get_text, SD_BUS_VTABLE_PROPERTY_CONST),
	DBUS_PROPERTY("Level", "s", feed_get_text, DBUS_CHANGES),
	DBUS_PROPERTY("Planes", "s", feed_get_text, DBUS_CHANGES),
	DBUS_PROPERTY("Assist", "s", feed_get_text, DBUS_CHANGES),
	DBUS_PROPERTY("State", "s", feed_get_text, DBUS_CHANGES),
	DBUS_PROPERTY("Reason", "s", feed_get_text, DBUS_CHANGES),
	DBUS_PROPERTY("Text", "s", feed_get_text, DBUS_CHANGES),
	DBUS_PROPERTY("Epoch", "s", feed_get_text, 0),
	DBUS_PROPERTY("Gateway", "s", feed_get_text, 0),
	DBUS_PROPERTY("LastStored", "t", feed_get_number, 0),
	DBUS_PROPERTY("LastAcked", "t", feed_get_number, 0),
	DBUS_PROPERTY("WaitingUrgent", "t", feed_get_number, 0),
	DBUS_PROPERTY("WaitingEvents", "t", feed_get_number, 0),
	DBUS_PROPERTY("WaitingReports", "t", feed_get_number, 0),
	DBUS_PROPERTY("WaitingBytes", "t", feed_get_number, 0),
	DBUS_PROPERTY("Unreceipted", "t", feed_get_number, 0),
	DBUS_PROPERTY("Lost", "t", feed_get_number, 0),
	DBUS_PROPERTY("Connections", "t", feed_get_number, 0),
	DBUS_PROPERTY("Aliases", "a(ss)", feed_get_aliases, 0),
	SD_BUS_VTABLE_END,
};
