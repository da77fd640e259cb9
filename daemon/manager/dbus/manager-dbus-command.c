/* SPDX-License-Identifier: Apache-2.0 */
/* org.hearthd.Commands1 of an upstream: what it may change, and what came of what it asked for. */
#include "daemon/manager/manager-command.h"

static int get_forms(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
	const struct feed *f = userdata;
	unsigned c = f->conf->commands;

	return sd_bus_message_append(reply, "s",
		c == (COMMANDS_JSON | COMMANDS_PLAIN) ? "json plain"
		: c & COMMANDS_JSON                   ? "json"
		: c & COMMANDS_PLAIN                  ? "plain"
						      : "");
}

static int get_number(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
	const struct feed *f = userdata;
	struct commands_counts c = {0};
	uint64_t v = 0;

	if (f->commands)
		c = commands_counts(f->commands);
	if (streq(property, "CommandsDone"))
		v = c.done;
	else if (streq(property, "CommandsRefused"))
		v = c.refused;
	else if (streq(property, "CommandsUnknown"))
		v = c.unknown;
	else
		v = f->commands ? commands_waiting(f->commands) : 0;
	return sd_bus_message_append(reply, "t", v);
}

static int get_not_taken(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
	const struct feed *f = userdata;
	int r = sd_bus_message_open_container(reply, 'a', "(st)");

	for (int i = DOWN_TAKEN + 1; r >= 0 && i < _DOWN_FATE_MAX; i++)
		if (f->down.counts[i] > 0)
			r = sd_bus_message_append(reply, "(st)", down_fate_name((enum down_fate)i),
				f->down.counts[i]);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_grants(sd_bus_message *reply, const struct feed *f, const struct unit *u,
	char *const *v, size_t n, enum commands_form form)
{
	const struct appliance_config *a = u->appliance->conf;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++)
		if (config_granted(a, f->conf, v[i], form))
			r = sd_bus_message_append(reply, "(sss)", a->id, v[i],
				form == COMMANDS_JSON ? "json" : "plain");
	return r;
}

static int get_grants(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
	const struct feed *f = userdata;
	const struct manager *m = f->manager;
	int r = sd_bus_message_open_container(reply, 'a', "(sss)");

	for (size_t i = 0; i < m->n_units; i++) {
		const struct appliance_config *a = m->units[i].appliance->conf;

		for (size_t k = 0; r >= 0 && k < a->n_grants; k++) {
			const struct grant_conf *g = &a->grants[k];

			if (!streq(g->upstream, f->conf->id))
				continue;
			r = append_grants(
				reply, f, &m->units[i], g->json, g->n_json, COMMANDS_JSON);
			if (r >= 0)
				r = append_grants(reply, f, &m->units[i], g->plain, g->n_plain,
					COMMANDS_PLAIN);
		}
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

const sd_bus_vtable manager_commands_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("CommandForms", "s", get_forms, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("CommandsDone", "t", get_number, 0, 0),
	SD_BUS_PROPERTY("CommandsRefused", "t", get_number, 0, 0),
	SD_BUS_PROPERTY("CommandsUnknown", "t", get_number, 0, 0),
	SD_BUS_PROPERTY("CommandsWaiting", "t", get_number, 0, 0),
	SD_BUS_PROPERTY("MessagesNotTaken", "a(st)", get_not_taken, 0, 0),
	SD_BUS_PROPERTY("Grants", "a(sss)", get_grants, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_VTABLE_END,
};
