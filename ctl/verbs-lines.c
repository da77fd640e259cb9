/* SPDX-License-Identifier: Apache-2.0 */
/* Buses, upstreams, and what is told to the daemon. */
#include "client.h"

/* What a household wants to know of them; "bus list" has the rest. */
void show_buses_short(const struct ctl_options *o, json_t *buses)
{
	static const char *const headers[] = {
		"BUS", "DEVICE", "STATE", ">ANSWERING", ">LOAD", "ERROR", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);

	for (size_t i = 0; i < json_array_size(buses); i++) {
		const json_t *b = json_array_get(buses, i);
		const char *state = json_str(b, "state");

		table_cell(t, BOLD, json_str(b, "id"));
		table_cell(t, PLAIN, json_str(b, "device"));
		table_cell(t, show_state_colour(state), ctl_tr(o, state));
		table_cellf(t, PLAIN, "%lld/%lld", (long long)json_int(b, "answering"),
			(long long)json_int(b, "sources"));
		table_cellf(t, PLAIN, "%.0f%%", 100 * json_real_value(json_object_get(b, "load")));
		table_cell(t, RED, ctl_tr(o, json_str(b, "error")));
	}
	table_print(t);
}

void show_buses(const struct ctl_options *o, json_t *buses)
{
	static const char *const headers[] = {"BUS", "DEVICE", "STATE", ">ANSWERING", ">LOAD",
		">LATE", ">ASKED", ">SILENT", ">REFUSED", ">BAD", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);

	for (size_t i = 0; i < json_array_size(buses); i++) {
		const json_t *b = json_array_get(buses, i);
		const char *state = json_str(b, "state");
		json_int_t late = json_int(b, "late_ms");

		table_cell(t, BOLD, json_str(b, "id"));
		table_cell(t, PLAIN, json_str(b, "device"));
		table_cell(t, show_state_colour(state), ctl_tr(o, state));
		table_cellf(t, PLAIN, "%lld/%lld", (long long)json_int(b, "answering"),
			(long long)json_int(b, "sources"));
		table_cellf(t, PLAIN, "%.0f%%", 100 * json_real_value(json_object_get(b, "load")));
		if (late < 1000)
			table_cellf(t, PLAIN, "%lldms", (long long)late);
		else
			table_cellf(t, PLAIN, "%.1fs", (double)late / 1000);
		table_cellf(t, PLAIN, "%lld", (long long)json_int(b, "requests"));
		table_cellf(t, PLAIN, "%lld", (long long)json_int(b, "timeouts"));
		table_cellf(t, PLAIN, "%lld", (long long)json_int(b, "exceptions"));
		table_cellf(t, PLAIN, "%lld", (long long)json_int(b, "bad_frames"));
	}
	table_print(t);
	/* Too long for a column. */
	for (size_t i = 0; i < json_array_size(buses) && !o->no_legend; i++) {
		const json_t *b = json_array_get(buses, i);
		char head[64];

		if (!*json_str(b, "error"))
			continue;
		snprintf(head, sizeof(head), o->zh ? "%s：" : "%s: ", json_str(b, "id"));
		putchar('\n');
		ctl_print(o, RED, head);
		ctl_print_wrapped(o, utf8_columns(head), 4, ctl_tr(o, json_str(b, "error")));
	}
}

static json_int_t waiting(const json_t *upstream)
{
	const json_t *w = json_object_get(upstream, "waiting");

	return json_int(w, "urgent") + json_int(w, "events") + json_int(w, "reports");
}

void show_upstreams(const struct ctl_options *o, json_t *upstreams)
{
	static const char *const headers[] = {"UPSTREAM", "URL", "LEVEL", "STATE", ">STORED",
		">ACKED", ">WAITING", "REMARK", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);

	for (size_t i = 0; i < json_array_size(upstreams); i++) {
		const json_t *u = json_array_get(upstreams, i);
		const char *state = json_str(u, "state");

		table_cell(t, BOLD, json_str(u, "id"));
		table_cell(t, PLAIN, json_str(u, "url"));
		table_cell(t, PLAIN, json_str(u, "level"));
		table_cell(t, show_state_colour(state), ctl_tr(o, state));
		table_cellf(t, PLAIN, "%lld", (long long)json_int(u, "last_stored"));
		table_cellf(t, PLAIN, "%lld", (long long)json_int(u, "last_acked"));
		table_cellf(t, PLAIN, "%lld", (long long)waiting(u));
		table_cell(t, PLAIN, json_str(u, "text"));
	}
	table_print(t);
}

static int open_objects(const struct ctl_options *o, sd_bus **bus, json_t **ret)
{
	int r = client_open(o, bus);

	return r == CTL_OK ? client_objects(o, *bus, ret) : r;
}

static int list_of(int argc, char **argv, const struct ctl_options *o, const char *list,
	const char *next, void (*show)(const struct ctl_options *, json_t *))
{
	_cleanup_(json_decrefp) json_t *all = NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	json_t *objects;
	int r;

	if (argc > 1)
		return ctl_usage(o, argv[0],
			argv[1][0] == '-' ? "unknown option \"%s\"" : "too many words: \"%s\"",
			argv[1]);
	r = open_objects(o, &bus, &all);
	if (r != CTL_OK)
		return r;
	objects = json_object_get(all, list);
	if (o->json != JSON_OFF)
		return ctl_print_json(o, json_incref(objects));
	ctl_pager_open(o);
	show(o, objects);
	if (!o->no_legend && json_array_size(objects) == 0)
		ctl_say(o, "Try: %s", ctl_tr(o, next));
	return CTL_OK;
}

int verb_bus_list(int argc, char **argv, const struct ctl_options *o)
{
	return list_of(argc, argv, o, "buses",
		"add a [Bus NAME] with its Device= to /etc/hearthd/hearthd.conf, then hearthctl reload",
		show_buses);
}

int verb_upstream_list(int argc, char **argv, const struct ctl_options *o)
{
	return list_of(argc, argv, o, "upstreams",
		"add an [Upstream NAME] with its Url= to /etc/hearthd/hearthd.conf, then hearthctl reload",
		show_upstreams);
}

static void label_cell(struct table *t, const struct ctl_options *o, const char *label)
{
	table_cellf(t, PLAIN, o->zh ? "%s：" : "%s:", ctl_tr(o, label));
}

/* What it may change here, and what came of what it asked for. */
static void show_commands(const struct ctl_options *o, struct table *t, const json_t *u)
{
	static const char *const numbers[][2] = {{"commands_done", "Commands done"},
		{"commands_refused", "Commands refused"}, {"commands_unknown", "Outcome unknown"},
		{"commands_waiting", "Commands waiting"}};
	const json_t *grants = json_object_get(u, "grants"),
		     *none = json_object_get(u, "messages_not_taken");

	if (!*json_str(u, "command_forms"))
		return;
	label_cell(t, o, ("Commands"));
	table_cell(t, YELLOW, json_str(u, "command_forms"));
	for (size_t i = 0; i < json_array_size(grants); i++) {
		const json_t *g = json_array_get(grants, i);

		label_cell(t, o, ("May change"));
		table_cellf(t, YELLOW, "%s %s (%s)", json_string_value(json_array_get(g, 0)),
			json_string_value(json_array_get(g, 1)),
			json_string_value(json_array_get(g, 2)));
	}
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		label_cell(t, o, (numbers[i][1]));
		table_cellf(t, PLAIN, "%lld", (long long)json_int(u, numbers[i][0]));
	}
	for (size_t i = 0; i < json_array_size(none); i++) {
		const json_t *n = json_array_get(none, i);

		table_cellf(t, PLAIN, ctl_tr(o, "Not taken (%s):"),
			json_string_value(json_array_get(n, 0)));
		table_cellf(t, PLAIN, "%lld", (long long)json_integer_value(json_array_get(n, 1)));
	}
}

/* Appliances, then lines, each by name. */
static void show_aliases(const struct ctl_options *o, json_t *aliases)
{
	static const char *const headers[] = {"APPLIANCE OR LINE", "NAME THERE", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);
	json_t *alias;
	const char *id;

	for (int lines = 0; lines < 2; lines++)
		json_object_foreach(aliases, id, alias)
		{
			const char *line = startswith(id, "bus:");

			if (!line != !lines)
				continue;
			table_cell(t, PLAIN, line ? line : id);
			table_cell(t, PLAIN, json_string_value(alias));
		}
	if (table_rows(t) > 0) {
		putchar('\n');
		table_print(t);
	}
}

int verb_upstream_show(int argc, char **argv, const struct ctl_options *o)
{
	static const char *const numbers[][2] = {{"last_stored", "Last stored"},
		{"last_acked", "Last acknowledged"}, {"unreceipted", "Without a receipt"},
		{"waiting_bytes", "Waiting bytes"}, {"lost", "Lost"},
		{"connections", "Connections"}};
	static const char *const texts[][2] = {{"url", "URL"}, {"level", "Level"},
		{"planes", "Planes"}, {"assist", "Sees in full for a time"}, {"state", "State"},
		{"reason", "Reason"}, {"text", "Remark"}, {"epoch", "Epoch"},
		{"gateway", "Gateway's alias"}};
	static const char *const headers[] = {">", "", NULL};
	_cleanup_(json_decrefp) json_t *all = NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(table_freep) struct table *t = NULL;
	struct ctl_options plain = *o;
	json_t *u = NULL, *w;
	int r;

	if (argc != 2)
		return ctl_usage(o, "upstream show", "needs the name of an upstream");
	r = open_objects(o, &bus, &all);
	if (r == CTL_OK)
		r = client_find(o, json_object_get(all, "upstreams"), "upstream", argv[1], &u);
	if (r != CTL_OK)
		return r;
	if (o->json != JSON_OFF)
		return ctl_print_json(o, json_incref(u));
	plain.no_legend = true;
	t = table_new(&plain, headers);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *text = json_str(u, texts[i][0]);

		if (!*text)
			continue;
		label_cell(t, o, (texts[i][1]));
		table_cell(t, streq(texts[i][0], "state") ? show_state_colour(text) : PLAIN,
			streq(texts[i][0], "planes") ? text : ctl_tr(o, text));
	}
	w = json_object_get(u, "waiting");
	label_cell(t, o, ("Waiting"));
	table_cellf(t, PLAIN, ctl_tr(o, "%lld urgent, %lld events, %lld reports"),
		(long long)json_int(w, "urgent"), (long long)json_int(w, "events"),
		(long long)json_int(w, "reports"));
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (!json_object_get(u, numbers[i][0]))
			continue;
		label_cell(t, o, (numbers[i][1]));
		table_cellf(t, PLAIN, "%lld", (long long)json_int(u, numbers[i][0]));
	}
	show_commands(o, t, u);
	table_print(t);
	show_aliases(o, json_object_get(u, "aliases"));
	return CTL_OK;
}

int verb_log_level(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	int r;

	if (argc != 2)
		return ctl_usage(o, "log-level", "needs err, warning, notice, info or debug");
	r = client_open(o, &bus);
	if (r != CTL_OK)
		return r;
	r = sd_bus_call_method(bus, HEARTHD_NAME, HEARTHD_ROOT, HEARTHD_NAME ".Manager1",
		"SetLogLevel", &e, NULL, "s", argv[1]);
	return r < 0 ? client_failed(o, r, &e) : CTL_OK;
}

int verb_reload(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(json_decrefp) json_t *problems = json_array();
	const char *line;
	int r;

	if (argc > 1)
		return ctl_usage(o, "reload", "too many words: \"%s\"", argv[1]);
	r = client_open(o, &bus);
	if (r != CTL_OK)
		return r;
	r = sd_bus_call_method(bus, HEARTHD_NAME, HEARTHD_ROOT, HEARTHD_NAME ".Manager1", "Reload",
		&e, &reply, NULL);
	if (r >= 0)
		r = sd_bus_message_enter_container(reply, 'a', "s");
	while (r >= 0 && (r = sd_bus_message_read(reply, "s", &line)) > 0)
		(void)json_array_append_new(problems, json_string(line));
	if (r < 0)
		return client_failed(o, r, &e);
	if (o->json != JSON_OFF)
		return ctl_print_json(o, json_pack("{s:O}", "problems", problems));
	for (size_t i = 0; i < json_array_size(problems); i++) {
		char text[1024];

		ctl_problem(o, json_string_value(json_array_get(problems, i)), text, sizeof(text));
		puts(text);
	}
	return CTL_OK;
}
