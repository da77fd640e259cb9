/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl privacy show, preview: what leaves the house. */
#include "client.h"

/* ---- show */

static void words_of(const struct ctl_options *o, const json_t *list, char *dst, size_t size)
{
	const json_t *v;
	size_t i, used = 0;

	*dst = '\0';
	json_array_foreach(list, i, v)
	{
		(void)str_appendf(
			dst, size, &used, "%s%s", i ? " " : "", ctl_tr(o, json_string_value(v)));
	}
	if (!*dst)
		(void)str_copy(dst, size, ctl_tr(o, "nothing"));
}

static const char *level_text(const struct ctl_options *o, const char *level)
{
	return ctl_tr(o, streq(level, "off")      ? "off: nothing leaves"
			 : streq(level, "faults") ? "faults: what is wrong, nothing else"
			 : streq(level, "daily")
				 ? "daily: what is wrong, and one rounded summary a day"
				 : "full: readings too");
}

static void show_one(const struct ctl_options *o, const json_t *u)
{
	static const char *const headers[] = {
		"APPLIANCE", "NAME THERE", "LEVEL", "WHAT LEAVES", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);
	const json_t *a;
	char words[128];
	size_t i;

	ctl_print(o, BOLD, json_str(u, "id"));
	printf("  %s\n  %s\n", json_str(u, "url"), level_text(o, json_str(u, "level")));
	if (!json_is_true(json_object_get(u, "encrypted")))
		printf("  %s\n", ctl_tr(o, "The way there is not encrypted (mqtt://)."));
	if (json_is_true(json_object_get(u, "household_names")))
		printf("  %s\n", ctl_tr(o, "It sees the household's own names (state plane)."));
	if (*json_str(u, "gateway"))
		printf(ctl_tr(o, "  The gateway is called %s there.\n"), json_str(u, "gateway"));
	if (*json_str(u, "username") || *json_str(u, "client_id"))
		printf("  %s\n", ctl_tr(o, "It also knows the gateway by its user name or client "
					   "identifier, which rotate does not change."));
	if (json_int(u, "taking_back") > 0)
		printf(ctl_tr(o,
			       "  The broker still keeps %lld documents: they are being taken back.\n"),
			(long long)json_int(u, "taking_back"));
	json_array_foreach(json_object_get(u, "appliances"), i, a)
	{
		table_cell(t, BOLD, json_str(a, "id"));
		table_cell(t, PLAIN, *json_str(a, "alias") ? json_str(a, "alias") : "-");
		if (json_object_get(a, "assist_left_s"))
			table_cellf(t, YELLOW, ctl_tr(o, "%s for %lld min (assist)"),
				json_str(a, "level"),
				(long long)(json_int(a, "assist_left_s") + 59) / 60);
		else
			table_cell(t, PLAIN, json_str(a, "level"));
		words_of(o, json_object_get(a, "leaves"), words, sizeof(words));
		table_cell(t, PLAIN, words);
	}
	if (table_rows(t) > 0)
		table_print(t);
}

static int verb_show(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(json_decrefp) json_t *all = NULL;
	const json_t *u;
	bool any = false;
	size_t i;
	int r;

	if (argc > 2)
		return ctl_usage(o, argv[0], "too many words: \"%s\"", argv[2]);
	r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_call_json(o, bus, &all, "Privacy1.Show", "");
	if (r != CTL_OK)
		return r;
	if (o->json != JSON_OFF)
		return ctl_print_json(o, json_incref(json_object_get(all, "upstreams")));
	ctl_pager_open(o);
	json_array_foreach(json_object_get(all, "upstreams"), i, u)
	{
		if (argc == 2 && !streq(argv[1], json_str(u, "id")))
			continue;
		if (any)
			putchar('\n');
		any = true;
		show_one(o, u);
	}
	if (!any && argc == 2)
		return ctl_error(o, CTL_FAILURE, "hearthctl upstream list",
			"there is no upstream \"%s\"", argv[1]);
	if (!any)
		ctl_say(o, "No upstream is configured: nothing leaves the house.");
	return CTL_OK;
}

/* ---- preview */

static void show_connection(const struct ctl_options *o, const json_t *c)
{
	char *will;

	if (!c)
		return;
	ctl_say(o,
		*json_str(c, "username") ? "It connects to %s as client \"%s\", user \"%s\"."
					 : "It connects to %s as client \"%s\".",
		json_str(c, "url"), json_str(c, "client_id"), json_str(c, "username"));
	will = json_dumps(json_object_get(c, "will"), 0);
	ctl_say(o, "Should the connection break, the broker says at …/status: %s",
		will ? will : "");
	free(will);
}

/* An indented document, or a text with what a terminal does not show escaped. */
static void show_payload(const json_t *payload)
{
	char *text = json_is_string(payload)
			     ? strdup(json_string_value(payload))
			     : json_dumps(payload,
				       JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
	size_t size = text ? 4 * strlen(text) + 1 : 1;
	_cleanup_free_ char *safe = malloc(size);

	if (safe && text && json_is_string(payload)) {
		str_escape(safe, size, text, strlen(text));
		puts(safe);
	} else
		puts(text ? text : "");
	free(text);
}

static void show_later(const struct ctl_options *o, const json_t *list)
{
	static const struct {
		const char *word, *text;
	} texts[] = {
		{"found", "when something is found, changes or is over"},
		{"read", "when readings have changed"},
		{"midnight", "after midnight"},
		{"asked", "when you ask for a repair: hearthctl repair request APPLIANCE --print"},
		{"commanded", "in answer to a command"},
	};
	const json_t *v;
	size_t i;

	if (json_array_size(list) > 0)
		printf("\n%s\n", ctl_tr(o, "Nothing to say now, but may leave later:"));
	json_array_foreach(list, i, v)
	{
		const char *when = json_str(v, "when");

		for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
			if (streq(texts[k].word, when))
				when = ctl_tr(o, texts[k].text);
		printf("  %s  %s\n", json_str(v, "topic"), when);
	}
}

static int verb_preview(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(json_decrefp) json_t *all = NULL;
	const char *id = NULL, *level = "";
	const json_t *m;
	size_t i;
	int r;

	for (int k = 1; k < argc; k++) {
		if (startswith(argv[k], "--level=")) {
			level = argv[k] + strlen("--level=");
		} else if (streq(argv[k], "--level")) {
			if (k + 1 >= argc)
				return ctl_usage(o, argv[0], "option %s needs a value", argv[k]);
			level = argv[++k];
		} else if (argv[k][0] == '-') {
			return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[k]);
		} else if (!id) {
			id = argv[k];
		} else {
			return ctl_usage(o, argv[0], "too many words: \"%s\"", argv[k]);
		}
	}
	if (!id)
		return ctl_usage(o, argv[0], "needs the name of an upstream");
	r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_call_json(o, bus, &all, "Privacy1.Preview", "ss", id, level);
	if (r != CTL_OK)
		return r;
	if (o->json != JSON_OFF)
		return ctl_print_json(o, TAKE_PTR(all));
	ctl_pager_open(o);
	if (!o->no_legend)
		printf(ctl_tr(o, "What %s gets at level %s, as it would leave now:\n"), id,
			json_str(all, "level"));
	if (!o->no_legend)
		show_connection(o, json_object_get(all, "connection"));
	json_array_foreach(json_object_get(all, "messages"), i, m)
	{
		putchar('\n');
		ctl_print(o, BOLD, json_str(m, "topic"));
		printf(ctl_tr(o, "  %lld bytes%s\n"), (long long)json_int(m, "bytes"),
			json_is_true(json_object_get(m, "retained"))
				? ctl_tr(o, ", kept by the broker")
				: "");
		show_payload(json_object_get(m, "payload"));
	}
	if (!o->no_legend)
		show_later(o, json_object_get(all, "later"));
	if (i == 0)
		ctl_say(o, "Nothing leaves.");
	else if (!o->no_legend && json_int(all, "waiting") > 0)
		printf(ctl_tr(o, "\n%lld messages made before wait to be sent: hearthctl privacy "
				 "ledger %s\n"),
			(long long)json_int(all, "waiting"), id);
	return CTL_OK;
}

const struct verb verbs_privacy[] = {
	{"privacy show", "[UPSTREAM]", "Show what may leave the house, to whom, under which names",
		"显示哪些数据可以离开家、发给谁、使用什么名称", verb_show, NULL, NULL},
	{"privacy preview", "UPSTREAM [--level LEVEL]",
		"Show the next messages as they would leave", "按实际发出的样子预览下一批消息",
		verb_preview,
		"--level: as if off, faults, daily or full were in force; names are then stand-ins where\n"
		"the upstream has none yet.",
		"--level：按 off、faults、daily 或 full 级别预览；上行目标尚无名称时用占位名。"},
	{0},
};
