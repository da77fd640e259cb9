/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl privacy, hearthctl wipe: what leaves the house, and how to end it. */
#include "client.h"
#include "install-file.h"

#include <dirent.h>
#include <sys/stat.h>

/* ---- show */

static void words_of(const struct ctl_options *o, const json_t *list, char *dst, size_t size)
{
	const json_t *v;
	size_t i, used = 0;

	*dst = '\0';
	json_array_foreach(list, i, v)
	{
		(void)str_appendf(dst, size, &used, "%s%s", i ? " " : "", json_string_value(v));
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
		puts(ctl_tr(o, "No upstream is configured: nothing leaves the house."));
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
		puts(ctl_tr(o, "Nothing leaves."));
	else if (!o->no_legend && json_int(all, "waiting") > 0)
		printf(ctl_tr(o, "\n%lld messages made before wait to be sent: hearthctl privacy "
				 "ledger %s\n"),
			(long long)json_int(all, "waiting"), id);
	return CTL_OK;
}

/* ---- rotate */

static int verb_rotate(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	const char *id = NULL;
	bool leave = false, discard = false;
	int r;

	for (int k = 1; k < argc; k++) {
		if (streq(argv[k], "--leave"))
			leave = true;
		else if (streq(argv[k], "--discard"))
			discard = true;
		else if (argv[k][0] == '-')
			return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[k]);
		else if (!id)
			id = argv[k];
		else
			return ctl_usage(o, argv[0], "too many words: \"%s\"", argv[k]);
	}
	if (!id)
		return ctl_usage(o, argv[0], "needs the name of an upstream");
	r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_call(
			o, bus, NULL, "Privacy1.Rotate", "sbb", id, (int)leave, (int)discard);
	if (r != CTL_OK || o->no_legend || o->json != JSON_OFF)
		return r;
	printf(ctl_tr(o, "%s knows this house by new names now.\n"), id);
	ctl_say(o, "What still identifies it there: a client certificate or user name, a fixed "
		   "ClientId=, the internet address, and counters of appliances at level full.");
	if (leave)
		ctl_say(o, "The broker was not asked to forget the old names: what it kept under "
			   "them may still be there.");
	return r;
}

/* ---- wipe */

static void print_list(const struct ctl_options *o, const char *text, const json_t *list)
{
	const json_t *v;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	puts(ctl_tr(o, text));
	json_array_foreach(list, i, v)
	{
		printf("  %s\n", json_string_value(v));
	}
}

/* FILES of DIR, "" as DIR is no directory; the count of those that could not be deleted. */
static unsigned remove_files(const struct ctl_options *o, const char *dir, const char *suffix)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	unsigned failed = 0;

	while (d && (de = readdir(d))) {
		char path[4096];

		if (!endswith(de->d_name, suffix) || de->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, de->d_name);
		if (unlink(path) == 0)
			printf(ctl_tr(o, "deleted %s\n"), path);
		else if (errno != EISDIR && errno != EPERM) {
			fprintf(stderr, "%s: %s\n", path, strerror(errno));
			failed++;
		}
	}
	if (d)
		(void)closedir(d);
	return failed;
}

static int remove_config(const struct ctl_options *o)
{
	char path[4096];
	unsigned failed;

	(void)snprintf(path, sizeof(path), "%s/appliances.d", o->etc);
	failed = remove_files(o, path, ".conf");
	(void)snprintf(path, sizeof(path), "%s/hearthd.conf.d", o->etc);
	failed += remove_files(o, path, ".conf");
	(void)snprintf(path, sizeof(path), "%s/hearthd.conf", o->etc);
	if (unlink(path) == 0)
		printf(ctl_tr(o, "deleted %s\n"), path);
	else if (errno != ENOENT) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		failed++;
	}
	return failed ? CTL_FAILURE : CTL_OK;
}

static bool confirmed(const struct ctl_options *o, bool config)
{
	ctl_say(o,
		"This deletes for ever: history, findings, what was learned of the appliances, counts "
		"of care, records of changes, what waits to be sent, the names at every upstream, "
		"and the ledger. Budgets of writes to appliances begin anew.");
	if (config)
		printf(ctl_tr(o, "And the configuration in %s: appliances, lines, upstreams.\n"),
			o->etc);
	return install_ask(o, 'n', "%s", ctl_tr(o, "Delete all of it? [y/N] ")) == 'y';
}

static int verb_wipe(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(json_decrefp) json_t *all = NULL;
	bool yes = false, config = false;
	int r;

	for (int k = 1; k < argc; k++) {
		if (streq(argv[k], "--yes"))
			yes = true;
		else if (streq(argv[k], "--all"))
			config = true;
		else
			return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[k]);
	}
	if (!yes && !isatty(STDIN_FILENO))
		return ctl_error(o, CTL_USAGE, "hearthctl wipe --yes",
			"this deletes everything; without a terminal to ask on it needs --yes");
	if (!yes && !confirmed(o, config))
		return CTL_FAILURE;
	r = client_open(o, &bus);
	/* First, so that hearthd begins anew without it. */
	if (r == CTL_OK && config)
		r = remove_config(o);
	if (r == CTL_OK)
		r = client_call_json(o, bus, &all, "Privacy1.Wipe", "");
	if (r != CTL_OK)
		return r;
	if (o->json != JSON_OFF)
		return ctl_print_json(o, TAKE_PTR(all));
	printf(ctl_tr(o, "Deleted, in %s:\n"), json_str(all, "state"));
	print_list(o, "", json_object_get(all, "files"));
	print_list(o, "Brokers that were made to forget what they kept:",
		json_object_get(all, "forgotten"));
	print_list(o, "Brokers that could not be reached and may keep documents:",
		json_object_get(all, "not_reached"));
	if (!config)
		printf(ctl_tr(o, "Not deleted: the configuration in %s (hearthctl wipe --all).\n"),
			json_str(all, "config"));
	ctl_say(o, "Not deleted: credentials of the relays (systemd credentials), the system's "
		   "journal, and what receivers were told before.");
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
	{"privacy rotate", "UPSTREAM [--leave] [--discard]",
		"Give gateway and appliances new random names there",
		"为该上行目标更换网关和电器的随机名称", verb_rotate,
		"--leave goes on when the broker cannot be asked to forget the old names, --discard gives up\n"
		"events that wait under them. A client certificate still identifies the gateway.",
		"--leave：无法让服务器忘记旧名称时仍继续；--discard：放弃以旧名称等待的事件。\n"
		"客户端证书仍可识别网关。"},
	{"wipe", "[--yes] [--all]", "Delete everything hearthd has stored",
		"删除 hearthd 存储的全部数据", verb_wipe,
		"--all deletes the configuration too, --yes does not ask.",
		"--all 同时删除配置；--yes 不再询问。"},
	{0},
};
