/* SPDX-License-Identifier: Apache-2.0 */
/* org.hearthd.Appliance1: an appliance, its state and its readings. */
#include "daemon/manager/repair/manager-assist.h"
#include "manager-dbus.h"

static const char *source_state_name(enum source_state s)
{
	static const char *const names[] = {"unknown", "answering", "silent", "line-down"};

	return (size_t)s < ARRAY_SIZE(names) ? names[s] : "?";
}

static int append_sources(sd_bus_message *reply, const struct appliance *a)
{
	int r = sd_bus_message_open_container(reply, 'a', "(ssssss)");

	for (size_t i = 0; r >= 0 && i < a->n_sources; i++) {
		const struct source *s = &a->sources[i];
		char unit[8] = "";
		int number = s->conf->unit >= 0 ? s->conf->unit : s->conf->profile->line.unit;

		if (number >= 0)
			snprintf(unit, sizeof(unit), "%d", number);
		r = sd_bus_message_append(reply, "(ssssss)", s->conf->name, s->conf->bus,
			s->conf->profile->id, unit, source_state_name(s->state),
			s->state == SOURCE_ANSWERING ? "" : reason_name((enum reason)s->reason));
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

DBUS_GETTER(unit_get)
{
	struct unit *u = userdata;
	const struct appliance_config *c = u->appliance->conf;

	if (streq(property, "Id"))
		return sd_bus_message_append(reply, "s", c->id);
	if (streq(property, "Kind"))
		return sd_bus_message_append(reply, "s", c->kind->name);
	if (streq(property, "Label"))
		return sd_bus_message_append(reply, "s", c->label.en ? c->label.en : c->id);
	if (streq(property, "LabelZh"))
		return sd_bus_message_append(reply, "s",
			c->label.zh   ? c->label.zh
			: c->label.en ? c->label.en
				      : c->id);
	if (streq(property, "Location"))
		return sd_bus_message_append(reply, "s", c->location ? c->location : "");
	if (streq(property, "Assist")) {
		char names[33 * ASSISTS_MAX + 1];

		manager_assist_names(
			u->manager, NULL, u->appliance->conf->id, names, sizeof(names));
		return sd_bus_message_append(reply, "s", names);
	}
	if (streq(property, "State"))
		return sd_bus_message_append(reply, "s", unit_state(u));
	if (streq(property, "Reachable"))
		return sd_bus_message_append(reply, "b", (int)appliance_reachable(u->appliance));
	if (streq(property, "Findings"))
		return sd_bus_message_append(
			reply, "u", (uint32_t)findings_active(&u->diagnose.findings, NULL, NULL));
	return append_sources(reply, u->appliance); /* Sources */
}

#define READING "(ssssssstss)"

static int append_reading(sd_bus_message *m, const struct attribute *attr, uint64_t now)
{
	static const char *const types[] = {"none", "number", "bool", "enum", "bits", "string"};
	const struct reading *r = &attr->value;
	char value[256] = "", clean[256];
	const char *detail = "";

	if (r->quality == QUALITY_GOOD ||
		(r->quality == QUALITY_SUSPECT && r->type != VALUE_NONE) ||
		(r->quality == QUALITY_STALE && r->type != VALUE_NONE))
		attribute_format(attr, r, value, sizeof(value));
	str_escape(clean, sizeof(clean), value, strlen(value));
	if (r->reason == REASON_EXCEPTION)
		detail = modbus_exception_name(r->detail);
	return sd_bus_message_append(m, READING, attr->name,
		r->type < ARRAY_SIZE(types) ? types[r->type] : "?", clean, unit_name(attr->unit),
		quality_name((enum quality)r->quality),
		r->reason == REASON_NONE ? "" : reason_name((enum reason)r->reason), detail,
		now > r->t_us ? now - r->t_us : (uint64_t)0, attribute_label(attr, false),
		attribute_label(attr, true));
}

static int method_get_readings(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct unit *u = userdata;
	uint64_t now = clock_boottime_us();
	sd_bus_message *reply = NULL;
	int r;

	r = sd_bus_message_new_method_return(call, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', READING);
	for (size_t i = 0; r >= 0 && i < u->appliance->n_attrs; i++)
		if (u->appliance->attrs[i].seen)
			r = append_reading(reply, &u->appliance->attrs[i], now);
	return manager_dbus_end_list(reply, r);
}

const sd_bus_vtable manager_appliance_vtable[] = {
	SD_BUS_VTABLE_START(0),
	DBUS_PROPERTY("Id", "s", unit_get, SD_BUS_VTABLE_PROPERTY_CONST),
	DBUS_PROPERTY("Kind", "s", unit_get, SD_BUS_VTABLE_PROPERTY_CONST),
	DBUS_PROPERTY("Label", "s", unit_get, SD_BUS_VTABLE_PROPERTY_CONST),
	DBUS_PROPERTY("LabelZh", "s", unit_get, SD_BUS_VTABLE_PROPERTY_CONST),
	DBUS_PROPERTY("Location", "s", unit_get, SD_BUS_VTABLE_PROPERTY_CONST),
	DBUS_PROPERTY("State", "s", unit_get, DBUS_CHANGES),
	DBUS_PROPERTY("Reachable", "b", unit_get, DBUS_CHANGES),
	DBUS_PROPERTY("Findings", "u", unit_get, DBUS_CHANGES),
	DBUS_PROPERTY("Assist", "s", unit_get, DBUS_CHANGES),
	DBUS_PROPERTY("Sources", "a(ssssss)", unit_get, DBUS_CHANGES),
	SD_BUS_METHOD(
		"GetReadings", "", "a" READING, method_get_readings, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL("ReadingsChanged", "a" READING, 0),
	SD_BUS_VTABLE_END,
};

void manager_dbus_readings(struct unit *u, struct attribute *const *attrs, size_t n)
{
	_cleanup_free_ char *path = NULL;
	sd_bus_message *signal = NULL;
	uint64_t now = clock_boottime_us();
	int r;

	if (!manager_dbus_may_signal(u->manager) ||
		manager_dbus_path("appliance", u->appliance->conf->id, &path) < 0)
		return;
	r = sd_bus_message_new_signal(
		u->manager->dbus, &signal, path, DBUS_NAME ".Appliance1", "ReadingsChanged");
	if (r >= 0)
		r = sd_bus_message_open_container(signal, 'a', READING);
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = append_reading(signal, attrs[i], now);
	if (r >= 0)
		r = sd_bus_message_close_container(signal);
	if (r >= 0)
		(void)sd_bus_send(u->manager->dbus, signal, NULL);
	sd_bus_message_unref(signal);
}
