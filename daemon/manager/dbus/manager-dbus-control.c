/* SPDX-License-Identifier: Apache-2.0 */
/* org.hearthd.Control1 of an appliance: for root and members of the group hearthd-control, which the
 * bus's policy holds. Set answers when the result is known. */
#include "daemon/manager/manager-control.h"
#include "manager-dbus.h"

#define ANSWER   "(sssss)"
#define WRITABLE "(sssssssuubssttsss)"
#define RECORD   "(ustxsssssssssss)"

static int append_answer(sd_bus_message *reply, const struct gate_answer *a)
{
	char read[4 * GATE_TEXT_MAX];

	str_escape(read, sizeof(read), a->read, strlen(a->read));
	return sd_bus_message_append(reply, ANSWER, write_outcome_name(a->outcome),
		a->word ? a->word : "", a->en, a->zh, read);
}

static void on_answer(const struct gate_answer *a, void *userdata)
{
	sd_bus_message *call = userdata, *reply = NULL;

	if (sd_bus_message_new_method_return(call, &reply) >= 0 && append_answer(reply, a) >= 0)
		(void)sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	sd_bus_message_unref(call);
}

static int method_set(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct unit *u = userdata;
	const char *attribute, *value, *reason;
	uint64_t for_us;
	char actor[64];
	int r = sd_bus_message_read(call, "ssts", &attribute, &value, &for_us, &reason);

	if (r < 0)
		return r;
	if (strlen(attribute) > 64 || strlen(value) > 128 || strlen(reason) > 128)
		return sd_bus_error_setf(e, SD_BUS_ERROR_INVALID_ARGS,
			"an attribute has at most 64 bytes, a value and a reason 128");
	manager_dbus_actor(call, actor, sizeof(actor));
	manager_control_set(
		u, attribute, value, for_us, actor, reason, on_answer, sd_bus_message_ref(call));
	return 1;
}

static int method_clear(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	const char *attribute;
	char actor[64];
	int r = sd_bus_message_read(call, "s", &attribute);

	if (r < 0)
		return r;
	manager_dbus_actor(call, actor, sizeof(actor));
	r = manager_control_clear(userdata, attribute, actor);
	if (r == -EALREADY)
		return sd_bus_error_setf(
			e, "org.hearthd.Error.Busy", "it is being put back already");
	if (r < 0)
		return sd_bus_error_setf(e, "org.hearthd.Error.NotSet",
			"'%.64s' is not set for a time: there is nothing to put back", attribute);
	return sd_bus_reply_method_return(call, "");
}

static int append_writable(sd_bus_message *reply, struct unit *u, size_t i)
{
	uint64_t now = clock_boottime_us(), left = 0;
	const struct attribute *attr;
	const struct model_attr *model;
	struct gate_info info;
	const char *en, *zh;

	manager_control_describe(u, i, &info);
	attr = appliance_attr(u->appliance, info.attribute);
	model = info.rule->attr >= 0 ? &info.profile->kind->attrs[info.rule->attr] : NULL;
	en = attr ? attribute_label(attr, false) : model ? model->label_en : info.attribute;
	zh = attr ? attribute_label(attr, true) : model ? model->label_zh : info.attribute;
	if (info.active && info.until_us != USEC_INFINITY && info.until_us > now)
		left = info.until_us - now;
	return sd_bus_message_append(reply, WRITABLE, info.attribute, en, zh, info.choices,
		info.min, info.max, info.step, info.budget, info.left, (int)info.active, info.set,
		info.safe, left, info.max_for_us, info.now.word, info.now.en, info.now.zh);
}

static int method_list(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct unit *u = userdata;
	sd_bus_message *reply = NULL;
	size_t n = manager_control_rules(u);
	int r = sd_bus_message_new_method_return(call, &reply);

	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', WRITABLE);
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = append_writable(reply, u, i);
	return manager_dbus_end_list(reply, r);
}

/* ---- the record */

struct log_call {
	sd_bus_message *call, *reply;
	int error;
};

static void on_record(int error, uint64_t id, const char *appliance, bool open, const void *blob,
	size_t n, void *userdata)
{
	struct log_call *l = userdata;
	struct control_record v;
	_cleanup_free_ char *copy = NULL;

	if (id == 0) {
		if (error == 0)
			error = l->error;
		if (error >= 0)
			error = sd_bus_message_close_container(l->reply);
		if (error >= 0)
			(void)sd_bus_send(NULL, l->reply, NULL);
		else
			(void)sd_bus_reply_method_errorf(l->call, "org.hearthd.Error.Journal",
				"the journal cannot be read now: %s", strerror(-error));
		sd_bus_message_unref(l->reply);
		sd_bus_message_unref(l->call);
		free(l);
		return;
	}
	copy = malloc(n + 1);
	if (!copy || l->error < 0)
		return;
	memcpy(copy, blob, n);
	if (control_record_parse(copy, n, &v) < 0)
		return;
	l->error = sd_bus_message_append(l->reply, RECORD, (uint32_t)id, appliance, v.number,
		v.wall_us, v.phase, v.kind, v.actor, v.reason, v.attribute, v.old, v.asked, v.raw,
		v.outcome, v.word, v.read);
}

static int method_log(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct unit *u = userdata;
	struct log_call *l = calloc(1, sizeof(*l));
	uint32_t max;
	int r;

	if (!l)
		return -ENOMEM;
	r = sd_bus_message_read(call, "u", &max);
	if (r >= 0)
		r = sd_bus_message_new_method_return(call, &l->reply);
	if (r >= 0)
		r = sd_bus_message_open_container(l->reply, 'a', RECORD);
	if (r >= 0)
		r = journal_read_controls(
			u->manager->journal, u->appliance->conf->id, max, on_record, l);
	if (r < 0) {
		sd_bus_message_unref(l->reply);
		free(l);
		return r;
	}
	l->call = sd_bus_message_ref(call);
	return 1;
}

static int control_get(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
	const struct unit *u = userdata;

	if (streq(property, "WhenGatewayGone")) {
		enum when_gone w = WHEN_GONE_UNKNOWN;

		/* The worst of its sources that can be written. */
		for (size_t i = 0; i < u->appliance->n_sources; i++) {
			const struct profile *p = u->appliance->sources[i].conf->profile;

			if (p->n_writes > 0)
				w = MAX(w, p->when_gone);
		}
		return sd_bus_message_append(reply, "s", when_gone_name(w));
	}
	return sd_bus_message_append(reply, "b", (int)u->appliance->conf->control);
}

const sd_bus_vtable manager_control_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Control", "b", control_get, 0, 0),
	SD_BUS_PROPERTY("WhenGatewayGone", "s", control_get, 0, 0),
	SD_BUS_METHOD("Set", "ssts", ANSWER, method_set, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Clear", "s", "", method_clear, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("List", "", "a" WRITABLE, method_list, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Log", "u", "a" RECORD, method_log, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};
