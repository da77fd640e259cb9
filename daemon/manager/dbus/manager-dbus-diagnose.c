/* SPDX-License-Identifier: Apache-2.0 */
/* org.hearthd.Diagnose1 of an appliance: what its rules say now, and what they cannot say. */
#include "daemon/manager/rules/manager-check.h"
#include "manager-dbus.h"
#include "daemon/manager/rules/manager-rules.h"

static int method_run(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	int r = manager_check_start(userdata, call);

	if (r == -EBUSY)
		return sd_bus_error_setf(
			e, "org.hearthd.Error.Busy", "others wait for a check of it already");
	return r < 0 ? r : 1;
}

#define READINESS "(sssbss)"

/* name, class, state, judged, why, severity */
static int method_readiness(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct unit *u = userdata;
	const struct unit_rules *x = u->rules;
	sd_bus_message *reply = NULL;
	int r = sd_bus_message_new_method_return(call, &reply);

	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', READINESS);
	for (unsigned i = 0; r >= 0 && x && i < rules_count(x->engine); i++) {
		enum rule_state s = rules_state(x->engine, i);
		char why[256];

		rules_why(x->engine, i, why, sizeof(why));
		r = sd_bus_message_append(reply, READINESS, rules_name(x->engine, i),
			rule_kind_name(rules_kind(x->engine, i)), rule_state_name(s),
			(int)(s != RULE_NOT_READY && s != RULE_NOT_EVALUABLE), why,
			severity_name(rules_severity(x->engine, i)));
	}
	return manager_dbus_end_list(reply, r);
}

static int method_forget(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	int r = manager_rules_forget(userdata, "somebody asked for it");

	if (r == -ENODATA)
		return sd_bus_error_setf(e, "org.hearthd.Error.Busy",
			"what was learned before has not been read from the journal yet");
	return r < 0 ? r : sd_bus_reply_method_return(call, "");
}

static int method_learned(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	int r = manager_learned_reply(userdata, call);

	if (r == -ENODATA)
		return sd_bus_error_setf(e, "org.hearthd.Error.Busy",
			"what was learned before has not been read from the journal yet");
	return r < 0 ? r : 1;
}

static int diagnose_get(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
	const struct unit *u = userdata;

	if (strcmp(property, "Health") == 0)
		return sd_bus_message_append(reply, "s", unit_health(u));
	return sd_bus_message_append(reply, "b", (int)unit_problem(u)); /* Problem */
}

const sd_bus_vtable manager_diagnose_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Health", "s", diagnose_get, 0, 0),
	SD_BUS_PROPERTY("Problem", "b", diagnose_get, 0, 0),
	SD_BUS_METHOD("Run", "", "s", method_run, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Readiness", "", "a" READINESS, method_readiness, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Learned", "", "ss", method_learned, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Forget", "", "", method_forget, 0),
	SD_BUS_VTABLE_END,
};
