/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs about appliances: what there is, how it is, what it says, what is wrong with it. */
#include "client.h"

#include "daemon/config/ini.h"

#define NO_APPLIANCES "hearthctl scan"

/* 4 when one of them has an active fault. */
static int fault_code(json_t *appliances)
{
	for (size_t i = 0; i < json_array_size(appliances); i++)
		if (streq(json_str(json_array_get(appliances, i), "state"), "fault"))
			return CTL_FAULT;
	return CTL_OK;
}

static int too_many(const struct ctl_options *o, int argc, char **argv, int max)
{
	if (argc <= max)
		return CTL_OK;
	return ctl_usage(o, argv[0],
		argv[max][0] == '-' ? "unknown option \"%s\"" : "too many words: \"%s\"",
		argv[max]);
}

/* Why a source says nothing; "" when it does. */
static const char *show_source(const struct ctl_options *o, const json_t *source)
{
	const char *reason = json_str(source, "reason");

	if (*reason && !streq(reason, "none"))
		return show_reason(o, reason);
	return streq(json_str(source, "state"), "unknown") ? ctl_tr(o, "not read yet") : "";
}

/* Codes of the active findings of SUBJECT, or why it cannot be reached. */
static void remark(const struct ctl_options *o, const json_t *appliance, const json_t *findings,
	char *dst, size_t size)
{
	const json_t *sources = json_object_get(appliance, "sources");
	size_t used = 0;

	*dst = '\0';
	/* Who sees more than the configuration says comes before everything else. */
	if (*json_str(appliance, "assist"))
		(void)str_appendf(dst, size, &used, ctl_tr(o, "assistance: %s sees all of it"),
			json_str(appliance, "assist"));
	for (size_t i = 0; i < json_array_size(findings); i++) {
		const json_t *f = json_array_get(findings, i);

		if (!streq(json_str(f, "subject"), json_str(appliance, "id")) ||
			!streq(json_str(f, "subject_kind"), "appliance"))
			continue;
		(void)str_appendf(dst, size, &used, "%s%s %s", used ? o->zh ? "；" : "; " : "",
			json_str(f, "code"), show_meaning(o, f));
	}
	for (size_t i = 0; i < json_array_size(sources); i++) {
		const json_t *s = json_array_get(sources, i);

		const char *text = show_source(o, s);

		if (!*text)
			continue;
		if (used)
			(void)str_appendf(dst, size, &used, "%s", o->zh ? "；" : "; ");
		/* The only source needs no name. */
		if (json_array_size(sources) > 1)
			(void)str_appendf(
				dst, size, &used, o->zh ? "%s：" : "%s: ", json_str(s, "name"));
		(void)str_appendf(dst, size, &used, "%s", text);
	}
}

static void show_appliances(const struct ctl_options *o, json_t *appliances, json_t *findings)
{
	static const char *const headers[] = {
		"APPLIANCE", "LABEL", "KIND", "STATE", "REMARK", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);

	for (size_t i = 0; i < json_array_size(appliances); i++) {
		const json_t *a = json_array_get(appliances, i);
		const char *state = json_str(a, "state");
		char text[512];

		remark(o, a, findings, text, sizeof(text));
		table_cell(t, BOLD, json_str(a, "id"));
		table_cell(t, PLAIN, show_label(o, a));
		table_cell(t, PLAIN, show_kind(o, json_str(a, "kind")));
		table_cell(t, show_state_colour(state), ctl_tr(o, state));
		table_cell(t, PLAIN, text);
	}
	table_print(t);
}

/* Findings are for the group; whoever may not have them still sees the states. */
static json_t *findings_if_allowed(sd_bus *bus, const struct ctl_options *o)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	json_t *v = NULL;

	if (sd_bus_call_method(bus, HEARTHD_NAME, HEARTHD_ROOT, HEARTHD_NAME ".Findings1", "List",
		    &e, &reply, "sb", "", 0) < 0)
		return json_array();
	return client_findings(o, bus, "", false, &v) == CTL_OK ? v : json_array();
}

/* The daemon's own sentence is in English; in Chinese the same is said from what it counts. */
static void state_text(const struct ctl_options *o, json_t *all, char *dst, size_t size)
{
	const json_t *manager = json_object_get(all, "manager");
	json_t *appliances = json_object_get(all, "appliances");
	size_t used = 0, answering = 0;

	if (!o->zh) {
		(void)str_copy(dst, size, json_str(manager, "state"));
		return;
	}
	*dst = '\0';
	for (size_t i = 0; i < json_array_size(appliances); i++) {
		const char *state = json_str(json_array_get(appliances, i), "state");

		answering += !streq(state, "unreachable") && !streq(state, "unknown");
	}
	if (streq(json_str(manager, "config_state"), "reload-refused"))
		(void)str_appendf(dst, size, &used, "%s", "新配置有错误，仍使用旧配置；");
	if (json_array_size(appliances) == 0)
		(void)str_appendf(dst, size, &used, "%s", "还没有电器");
	else
		(void)str_appendf(dst, size, &used, "%zu 台电器，%zu 台有应答",
			json_array_size(appliances), answering);
}

static void print_head(const struct ctl_options *o, json_t *all)
{
	const json_t *manager = json_object_get(all, "manager");
	const json_t *problems = json_object_get(manager, "config_problems");
	char line[64], state[1024];

	snprintf(line, sizeof(line),
		o->zh ? "hearthd %s：" : "hearthd %s: ", json_str(manager, "version"));
	ctl_print(o, BOLD, line);
	state_text(o, all, state, sizeof(state));
	ctl_print_wrapped(o, utf8_columns(line), 4, state);
	if (!streq(json_str(manager, "journal_state"), "ok")) {
		ctl_print(o, RED, ctl_tr(o, "Journal: "));
		puts(json_str(manager, "journal_text"));
	}
	if (json_array_size(problems) > 0 && !streq(json_str(manager, "config_state"), "ok")) {
		ctl_print(o, YELLOW, ctl_tr(o, "Configuration: "));
		ctl_problem(
			o, json_string_value(json_array_get(problems, 0)), state, sizeof(state));
		ctl_print_wrapped(o, utf8_columns(ctl_tr(o, "Configuration: ")), 4, state);
		if (json_array_size(problems) > 1)
			printf(ctl_tr(o, "  and %zu more; \"hearthctl config check\" shows all\n"),
				json_array_size(problems) - 1);
	}
}

static int verb_overview(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(json_decrefp) json_t *all = NULL, *findings = NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	json_t *appliances;
	int r = too_many(o, argc, argv, 1);

	if (r == CTL_OK)
		r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_objects(o, bus, &all);
	if (r != CTL_OK)
		return r;
	findings = findings_if_allowed(bus, o);
	appliances = json_object_get(all, "appliances");
	r = fault_code(appliances);
	if (o->json != JSON_OFF) {
		(void)json_object_set(all, "findings", findings);
		(void)ctl_print_json(o, TAKE_PTR(all));
		return r;
	}
	ctl_pager_open(o);
	if (!o->no_legend)
		print_head(o, all);
	if (json_array_size(appliances) > 0) {
		if (!o->no_legend)
			putchar('\n');
		show_appliances(o, appliances, findings);
	} else if (!o->no_legend)
		ctl_say(o, "Try: %s", ctl_tr(o, NO_APPLIANCES));
	if (json_array_size(json_object_get(all, "buses")) > 0) {
		putchar('\n');
		show_buses_short(o, json_object_get(all, "buses"));
	}
	if (json_array_size(json_object_get(all, "upstreams")) > 0) {
		putchar('\n');
		show_upstreams(o, json_object_get(all, "upstreams"));
	}
	return r;
}

static int verb_list(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(json_decrefp) json_t *all = NULL, *findings = NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	json_t *appliances;
	int r = too_many(o, argc, argv, 1);

	if (r == CTL_OK)
		r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_objects(o, bus, &all);
	if (r != CTL_OK)
		return r;
	appliances = json_object_get(all, "appliances");
	if (o->json != JSON_OFF)
		return ctl_print_json(o, json_incref(appliances));
	ctl_pager_open(o);
	findings = findings_if_allowed(bus, o);
	show_appliances(o, appliances, findings);
	if (!o->no_legend && json_array_size(appliances) == 0)
		ctl_say(o, "Try: %s", ctl_tr(o, NO_APPLIANCES));
	return CTL_OK;
}

/* The one text of all readings that are not good: then it is said once, below. */
static bool same_quality(const struct ctl_options *o, json_t *readings, char *dst, size_t size)
{
	size_t n = 0;
	char text[256];

	for (size_t i = 0; i < json_array_size(readings); i++) {
		show_quality(o, text, sizeof(text), json_array_get(readings, i));
		if (!*text)
			continue;
		if (n++ == 0)
			(void)str_copy(dst, size, text);
		else if (!streq(dst, text))
			return false;
	}
	return n > 2;
}

static void show_readings(const struct ctl_options *o, json_t *readings)
{
	static const char *const headers[] = {
		"ATTRIBUTE", ">VALUE", "UNIT", ">AGE", "LABEL", "", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);
	char all[256];
	bool once = !o->no_legend && same_quality(o, readings, all, sizeof(all));

	for (size_t i = 0; i < json_array_size(readings); i++) {
		const json_t *v = json_array_get(readings, i);
		bool good = streq(json_str(v, "quality"), "good");
		char age[32], quality[256], text[320];

		show_plain(o, text, sizeof(text), v);
		show_age(age, sizeof(age), json_int(v, "age_us"));
		show_quality(o, quality, sizeof(quality), v);
		table_cell(t, PLAIN, json_str(v, "attribute"));
		table_cell(t, good ? BOLD : GREY, text);
		table_cell(t, PLAIN, *json_str(v, "text") ? json_str(v, "unit") : "");
		table_cell(t, GREY, age);
		table_cell(t, PLAIN, json_str(v, o->zh ? "label_zh" : "label_en"));
		table_cell(
			t, YELLOW, once && *quality ? ctl_tr(o, json_str(v, "quality")) : quality);
	}
	table_print(t);
	if (once) {
		putchar('\n');
		ctl_print(o, YELLOW, all);
		putchar('\n');
	}
}

static void show_findings(const struct ctl_options *o, json_t *findings, bool all)
{
	static const char *const some[] = {
		">ID", "SUBJECT", "CODE", "SEVERITY", "SINCE", ">TIMES", "MEANING", NULL};
	static const char *const both[] = {
		">ID", "SUBJECT", "CODE", "SEVERITY", "STATE", "SINCE", ">TIMES", "MEANING", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, all ? both : some);

	for (size_t i = 0; i < json_array_size(findings); i++) {
		const json_t *f = json_array_get(findings, i);
		bool active = streq(json_str(f, "state"), "active");
		const char *severity = json_str(f, "severity");
		char since[32];

		show_time(
			o, since, sizeof(since), json_int(f, active ? "first_seen" : "cleared_at"));
		table_cellf(t, GREY, "%lld", (long long)json_int(f, "id"));
		table_cell(t, BOLD, json_str(f, "subject"));
		table_cell(t, active ? RED : PLAIN, json_str(f, "code"));
		table_cell(t, active ? show_state_colour(severity) : GREY, ctl_tr(o, severity));
		if (all)
			table_cell(t, PLAIN, ctl_tr(o, json_str(f, "state")));
		table_cell(t, PLAIN, since);
		table_cellf(t, PLAIN, "%lld", (long long)json_int(f, "times"));
		table_cell(t, PLAIN, show_meaning(o, f));
	}
	table_print(t);
}

static void show_status(
	const struct ctl_options *o, const json_t *a, json_t *findings, json_t *readings)
{
	const char *state = json_str(a, "state");
	const json_t *sources = json_object_get(a, "sources");

	ctl_print(o, show_state_colour(state), "● ");
	ctl_print(o, BOLD, json_str(a, "id"));
	printf(o->zh ? " - %s（%s）\n" : " - %s (%s)\n", show_label(o, a),
		show_kind(o, json_str(a, "kind")));
	printf("%s", ctl_tr(o, "    State: "));
	ctl_print(o, show_state_colour(state), ctl_tr(o, state));
	putchar('\n');
	if (*json_str(a, "assist")) {
		printf("%s", ctl_tr(o, "   Assist: "));
		ctl_print(o, YELLOW, json_str(a, "assist"));
		printf("%s\n", ctl_tr(o, " sees all of it for a time (hearthctl assist list)"));
	}
	if (*json_str(a, "location"))
		printf("%s%s\n", ctl_tr(o, " Location: "), json_str(a, "location"));
	for (size_t i = 0; i < json_array_size(sources); i++) {
		const json_t *s = json_array_get(sources, i);
		const char *unit = json_str(s, "unit");
		char head[400];

		(void)snprintf(head, sizeof(head),
			o->zh ? "%s%s（%s%s%s，%s）：" : "%s%s (%s%s%s, %s): ",
			ctl_tr(o, "   Source: "), json_str(s, "name"), json_str(s, "bus"),
			*unit ? " #" : "", unit, json_str(s, "profile"));
		/* On a narrow terminal what is said of it has lines of its own. */
		if (o->columns && utf8_columns(head) + 12 > o->columns) {
			ctl_print_wrapped(o, 0, 5, head);
			printf("     ");
			*head = '\0';
		}
		fputs(head, stdout);
		/* The reason says it better. */
		ctl_print_coloured(o, show_state_colour(json_str(s, "state")),
			*head ? utf8_columns(head) : 5, 5,
			*show_source(o, s) ? show_source(o, s) : ctl_tr(o, json_str(s, "state")));
	}
	if (json_array_size(findings) > 0) {
		putchar('\n');
		show_findings(o, findings, false);
	}
	if (json_array_size(readings) > 0) {
		putchar('\n');
		show_readings(o, readings);
	}
}

static int verb_status(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(json_decrefp) json_t *all = NULL, *readings = NULL, *findings = NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	json_t *a = NULL;
	int r = too_many(o, argc, argv, 2);

	if (r == CTL_OK && argc < 2)
		return verb_overview(argc, argv, o);
	if (r == CTL_OK)
		r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_objects(o, bus, &all);
	if (r == CTL_OK)
		r = client_find(o, json_object_get(all, "appliances"), "appliance", argv[1], &a);
	if (r == CTL_OK)
		r = client_findings(o, bus, argv[1], false, &findings);
	if (r == CTL_OK)
		r = client_readings(o, bus, argv[1], &readings);
	if (r != CTL_OK)
		return r;
	r = streq(json_str(a, "state"), "fault") ? CTL_FAULT : CTL_OK;
	if (o->json != JSON_OFF) {
		/* The count is what the list has. */
		(void)json_object_set(a, "findings", findings);
		(void)json_object_set(a, "readings", readings);
		(void)ctl_print_json(o, json_incref(a));
		return r;
	}
	ctl_pager_open(o);
	show_status(o, a, findings, readings);
	return r;
}

#define ATTRIBUTES_MAX 512 /* looked at for a name like the one given */

static int get_one(const struct ctl_options *o, json_t *readings, const char *id, const char *name)
{
	const char *names[ATTRIBUTES_MAX + 1] = {NULL}, *near;
	char value[384], quality[256], next[128];

	for (size_t i = 0; i < json_array_size(readings); i++) {
		json_t *v = json_array_get(readings, i);

		if (i < ATTRIBUTES_MAX)
			names[i] = json_str(v, "attribute");
		if (!streq(json_str(v, "attribute"), name))
			continue;
		if (o->json != JSON_OFF)
			return ctl_print_json(o, json_pack("[O]", v));
		/* As "set" takes it, for scripts. */
		(void)snprintf(value, sizeof(value), "%s%s%s", json_str(v, "text"),
			*json_str(v, "text") && *json_str(v, "unit") ? " " : "",
			*json_str(v, "text") ? json_str(v, "unit") : "");
		show_quality(o, quality, sizeof(quality), v);
		printf("%s%s%s\n", value, *value && *quality ? "  " : "", quality);
		return CTL_OK;
	}
	near = ini_nearest(name, names);
	for (size_t i = 0; !near && names[i]; i++)
		if (strlen(name) > 3 && strstr(names[i], name))
			near = names[i];
	(void)snprintf(next, sizeof(next), "hearthctl get %s", id);
	if (near)
		return ctl_error(o, CTL_FAILURE, next,
			"%s has no attribute \"%s\"; did you mean \"%s\"?", id, name, near);
	return ctl_error(o, CTL_FAILURE, next, "%s has no attribute \"%s\", or it was not read yet",
		id, name);
}

static int verb_get(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(json_decrefp) json_t *all = NULL, *readings = NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	json_t *a = NULL;
	int r = too_many(o, argc, argv, 3);

	if (r == CTL_OK && argc < 2)
		return ctl_usage(o, "get", "needs an appliance");
	if (r == CTL_OK)
		r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_objects(o, bus, &all);
	if (r == CTL_OK)
		r = client_find(o, json_object_get(all, "appliances"), "appliance", argv[1], &a);
	if (r == CTL_OK)
		r = client_readings(o, bus, argv[1], &readings);
	if (r != CTL_OK)
		return r;
	if (argc == 3)
		return get_one(o, readings, argv[1], argv[2]);
	if (o->json != JSON_OFF)
		return ctl_print_json(o, json_incref(readings));
	ctl_pager_open(o);
	show_readings(o, readings);
	return CTL_OK;
}

static int verb_findings(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(json_decrefp) json_t *findings = NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	const char *subject = "";
	bool all = false;
	int r;

	for (int i = 1; i < argc; i++)
		if (streq(argv[i], "--all"))
			all = true;
		else if (argv[i][0] == '-')
			return ctl_usage(o, "findings", "unknown option \"%s\"", argv[i]);
		else if (*subject)
			return ctl_usage(o, "findings", "too many words: \"%s\"", argv[i]);
		else
			subject = argv[i];
	r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_findings(o, bus, subject, all, &findings);
	if (r != CTL_OK)
		return r;
	if (o->json != JSON_OFF)
		return ctl_print_json(o, json_incref(findings));
	ctl_pager_open(o);
	if (json_array_size(findings) > 0)
		show_findings(o, findings, all);
	else if (!o->no_legend)
		puts(ctl_tr(o, all ? "No findings." : "No active findings."));
	return CTL_OK;
}

const struct verb verbs_daemon[] = {
	{"overview", "", "Everything at a glance; also without a verb", "总览；不带命令时相同",
		verb_overview, "Exit status 4 when an appliance has an active fault.",
		"有电器处于故障状态时退出码为 4。"},
	{"list", "", "List the appliances and their state", "列出电器及其状态", verb_list, NULL,
		NULL},
	{"status", "[ID]", "Show an appliance: sources, findings, readings",
		"显示一台电器：数据来源、故障和读数", verb_status,
		"Exit status 4 when the appliance has an active fault.",
		"该电器处于故障状态时退出码为 4。"},
	{"get", "ID [ATTRIBUTE]", "Print readings", "输出读数", verb_get, NULL, NULL},
	{"watch", "[ID]", "Print every change until Ctrl-C", "持续输出变化，按 Ctrl-C 结束",
		verb_watch, "With --json each change is one object on a line of its own.",
		"使用 --json 时每行一个变化。"},
	{"findings", "[ID] [--all]", "List what is wrong; --all: also what is over",
		"列出故障和提醒；--all 包括已消除的", verb_findings, NULL, NULL},
	{"findings show", "NUMBER", "Show all that is known of a finding", "显示一项故障的全部内容",
		verb_findings_show,
		"Numbers, causes, what would decide, the readings before, then and after, and a picture.",
		"数值、原因、如何判定、前中后的读数以及曲线图。"},
	{"set", "ID [ATTRIBUTE [VALUE]] [--for TIME] [--reason TEXT] [--clear] [--log]",
		"Change a value of an appliance, or show what can be changed",
		"更改电器的一个值，或显示可更改的内容", verb_set,
		"Without an attribute: what can be set, its bounds now, and the writes its memory has left.\n"
		"--for puts the old or safe value back after that time; --clear does so now. A command takes\n"
		"no value. --log shows what was written, by whom and with which result.",
		"不带属性时：列出可设置的内容、当前限值以及存储器剩余写入次数。\n"
		"--for 到时恢复原值或安全值；--clear 立即恢复。命令不带值。\n"
		"--log 显示写入记录：何人、何故、结果如何。"},
	{"bus list", "", "List the buses, their load and errors", "列出总线及其负载和错误",
		verb_bus_list, NULL, NULL},
	{"upstream list", "", "List the upstreams", "列出上行目标", verb_upstream_list, NULL, NULL},
	{"upstream show", "NAME", "Show what is stored, acknowledged, waiting for one",
		"显示一个上行目标已存储、已确认和等待的消息", verb_upstream_show, NULL, NULL},
	{"log-level", "LEVEL",
		"Set the log level of hearthd until it reads its configuration again",
		"设置 hearthd 的日志级别，直到它重新读取配置", verb_log_level, NULL, NULL},
	{"reload", "", "Make hearthd read its configuration again", "让 hearthd 重新读取配置",
		verb_reload, NULL, NULL},
	{0},
};
