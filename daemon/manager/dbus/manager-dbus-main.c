/* SPDX-License-Identifier: Apache-2.0 */
/* org.hearthd.Manager1: hearthd as a whole. Reads only, but for Reload and SetLogLevel, which the bus policy and
 * the missing UNPRIVILEGED flag leave to root. */
#include "daemon/base/log.h"
#include "manager-dbus.h"

#include "build-config.h"

DBUS_GETTER(manager_get)
{
	struct manager *m = userdata;
	struct journal_status js;
	uint64_t lost = 0;

	journal_get_status(m->journal, &js);
	for (size_t i = 0; i < m->n_units; i++)
		lost += m->units[i].samples_lost;
	if (streq(property, "Version"))
		return sd_bus_message_append(reply, "s", HEARTHD_VERSION);
	if (streq(property, "Language"))
		return sd_bus_message_append(reply, "s", m->config->zh ? "zh_CN" : "en");
	if (streq(property, "State"))
		return sd_bus_message_append(reply, "s", m->status);
	if (streq(property, "Appliances"))
		return sd_bus_message_append(reply, "u", (uint32_t)m->n_units);
	if (streq(property, "Answering"))
		return sd_bus_message_append(reply, "u", (uint32_t)manager_answering(m));
	if (streq(property, "ConfigState"))
		return sd_bus_message_append(reply, "s",
			m->config_kept             ? "reload-refused"
			: m->problems.n_errors > 0 ? "errors"
						   : "ok");
	if (streq(property, "ClockSet"))
		return sd_bus_message_append(reply, "b", clock_is_set(m->config->clock));
	if (streq(property, "JournalState"))
		return sd_bus_message_append(reply, "s", js.degraded ? "degraded" : "ok");
	if (streq(property, "JournalText"))
		return sd_bus_message_append(reply, "s", js.text);
	if (streq(property, "JournalBytes"))
		return sd_bus_message_append(reply, "t", js.bytes);
	if (streq(property, "JournalWrittenBytes"))
		return sd_bus_message_append(reply, "t", js.written_bytes);
	if (streq(property, "JournalBadRows"))
		return sd_bus_message_append(reply, "t", js.bad_rows);
	if (streq(property, "JournalSetAside"))
		return sd_bus_message_append(reply, "t", js.set_aside);
	if (streq(property, "JournalLogLost"))
		return sd_bus_message_append(reply, "t", js.wal_lost);
	return sd_bus_message_append(reply, "t", lost); /* SamplesLost */
}

static int append_problems(struct manager *m, sd_bus_message *reply)
{
	int r = sd_bus_message_open_container(reply, 'a', "s");

	for (size_t i = 0; r >= 0 && i < m->problems.n; i++) {
		char raw[1024], line[1024];

		problem_format(raw, sizeof(raw), &m->problems.v[i]);
		/* D-Bus carries UTF-8 only; a file may hold anything. */
		str_escape(line, sizeof(line), raw, strlen(raw));
		r = sd_bus_message_append(reply, "s", line);
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

DBUS_GETTER(manager_get_problems)
{
	return append_problems(userdata, reply);
}

static int method_reload(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct manager *m = userdata;
	sd_bus_message *reply = NULL;
	int r;

	if (manager_reload(m) < 0)
		return sd_bus_error_setf(e, "org.hearthd.Error.BadConfiguration",
			"the configuration has errors, the old one stays: see 'hearthctl config check'");
	r = sd_bus_message_new_method_return(call, &reply);
	if (r >= 0)
		r = append_problems(m, reply);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r < 0 ? r : 1;
}

static int method_set_log_level(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	const char *text;
	int level, r = sd_bus_message_read(call, "s", &text);

	if (r < 0)
		return r;
	if (log_parse_level(text, &level) < 0)
		return sd_bus_error_setf(e, SD_BUS_ERROR_INVALID_ARGS,
			"log level '%s': choose err, warning, notice, info or debug", text);
	log_set_max_level(level);
	return sd_bus_reply_method_return(call, "");
}

const sd_bus_vtable manager_main_vtable[] = {
	SD_BUS_VTABLE_START(0),
	DBUS_PROPERTY("Version", "s", manager_get, SD_BUS_VTABLE_PROPERTY_CONST),
	DBUS_PROPERTY("Language", "s", manager_get, DBUS_CHANGES),
	DBUS_PROPERTY("State", "s", manager_get, DBUS_CHANGES),
	DBUS_PROPERTY("Appliances", "u", manager_get, DBUS_CHANGES),
	DBUS_PROPERTY("Answering", "u", manager_get, DBUS_CHANGES),
	DBUS_PROPERTY("ConfigState", "s", manager_get, DBUS_CHANGES),
	DBUS_PROPERTY("ConfigProblems", "as", manager_get_problems, 0),
	DBUS_PROPERTY("ClockSet", "b", manager_get, 0),
	DBUS_PROPERTY("JournalState", "s", manager_get, DBUS_CHANGES),
	DBUS_PROPERTY("JournalText", "s", manager_get, 0),
	DBUS_PROPERTY("JournalBytes", "t", manager_get, 0),
	DBUS_PROPERTY("JournalWrittenBytes", "t", manager_get, 0),
	DBUS_PROPERTY("JournalBadRows", "t", manager_get, 0),
	DBUS_PROPERTY("JournalSetAside", "t", manager_get, 0),
	DBUS_PROPERTY("JournalLogLost", "t", manager_get, 0),
	DBUS_PROPERTY("SamplesLost", "t", manager_get, 0),
	SD_BUS_METHOD("Reload", "", "as", method_reload, 0),
	SD_BUS_METHOD("SetLogLevel", "s", "", method_set_log_level, 0),
	SD_BUS_VTABLE_END,
};
