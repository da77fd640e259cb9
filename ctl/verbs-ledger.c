/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl privacy ledger: what has left the house. */
#include "client.h"

#include "daemon/report/deflate.h"

/* ---- ledger */

static const char *state_text(const struct ctl_options *o, const char *state)
{
	return ctl_tr(o, streq(state, "acknowledged") ? "sent"
			 : streq(state, "given-up")   ? "given up, may have left"
			 : streq(state, "waiting")    ? "waits, may be on its way"
						      : "kept by the broker");
}

/* What stands before is the same in every row; --json has it. */
static void topic_text(const char *topic, char *dst, size_t size)
{
	const char *behind = startswith(topic, "hearth/v1/"),
		   *slash = behind ? strchr(behind, '/') : NULL;

	(void)snprintf(dst, size, "%s%s", slash ? "…" : "", slash ? slash : topic);
}

static void show_entries(const struct ctl_options *o, const json_t *list)
{
	static const char *const headers[] = {
		">NO.", "WHEN", "WHERE", "TOPIC", ">TIMES", ">BYTES", "STATE", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);
	const json_t *v;
	char when[64], topic[256];
	size_t i;

	json_array_foreach(list, i, v)
	{
		json_int_t last = json_int(v, "last_us");

		if (json_int(v, "number") > 0)
			table_cellf(t, PLAIN, "%lld", (long long)json_int(v, "number"));
		else
			table_cell(t, GREY, "-");
		show_time(o, when, sizeof(when), last ? last : json_int(v, "time_us"));
		table_cell(t, PLAIN, when);
		table_cell(t, PLAIN, json_str(v, "upstream"));
		topic_text(json_str(v, "topic"), topic, sizeof(topic));
		table_cell(t, PLAIN, topic);
		table_cellf(t, PLAIN, "%lld",
			(long long)(json_object_get(v, "times") ? json_int(v, "times") : 1));
		table_cellf(t, PLAIN, "%lld", (long long)json_int(v, "bytes"));
		table_cell(t, streq(json_str(v, "state"), "acknowledged") ? PLAIN : GREY,
			state_text(o, json_str(v, "state")));
	}
	table_print(t);
	if (table_rows(t) == 0 && !o->no_legend)
		ctl_say(o, "Nothing has left.");
}

/* Microseconds since 1970 of "2026-11-01", "2026-11-01 18:30", or so long ago: "2h", "7d". */
static bool parse_since(const char *text, int64_t *ret)
{
	struct tm tm = {.tm_isdst = -1};
	const char *end;
	uint64_t us;

	if (parse_duration(text, &us) >= 0) {
		struct timespec now;

		(void)clock_gettime(CLOCK_REALTIME, &now);
		*ret = (int64_t)now.tv_sec * (int64_t)USEC_PER_SEC - (int64_t)us;
		return true;
	}
	end = strptime(text, "%Y-%m-%d", &tm);
	if (end && *end)
		end = strptime(end, " %H:%M", &tm);
	if (!end || *end)
		return false;
	*ret = (int64_t)mktime(&tm) * (int64_t)USEC_PER_SEC;
	return true;
}

/* NULL: hearthd does not say. */
static json_t *privacy_show(sd_bus *bus)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *text;

	if (sd_bus_call_method(bus, HEARTHD_NAME, HEARTHD_ROOT, HEARTHD_NAME ".Privacy1", "Show",
		    NULL, &reply, "") < 0 ||
		sd_bus_message_read(reply, "s", &text) < 0)
		return NULL;
	return json_loads(text, 0, NULL);
}

/* Dictionaries that reports of now are made with: preview shows them as they leave. */
static size_t dictionaries(sd_bus *bus, json_t *keep, struct dictionary *ret, size_t max)
{
	_cleanup_(json_decrefp) json_t *all = privacy_show(bus);
	const json_t *u, *m;
	const char *text;
	size_t n = 0, i, k;

	json_array_foreach(json_object_get(all, "upstreams"), i, u)
	{
		_cleanup_(sd_bus_message_unrefp) sd_bus_message *one = NULL;
		json_t *preview;

		if (sd_bus_call_method(bus, HEARTHD_NAME, HEARTHD_ROOT, HEARTHD_NAME ".Privacy1",
			    "Preview", NULL, &one, "ss", json_str(u, "id"), "") < 0 ||
			sd_bus_message_read(one, "s", &text) < 0)
			continue;
		preview = json_loads(text, 0, NULL);
		json_array_foreach(json_object_get(preview, "messages"), k, m)
		{
			const char *bytes = json_str(m, "payload");

			if (n < max && *bytes && strstr(json_str(m, "topic"), "/dict/"))
				ret[n++] = (struct dictionary){bytes, strlen(bytes)};
		}
		(void)json_array_append_new(keep, preview);
	}
	return n;
}

static void show_json(const struct ctl_options *o, const char *text, size_t n)
{
	json_error_t e;
	json_t *j = json_loadb(text, n, JSON_DECODE_ANY, &e);
	_cleanup_free_ char *pretty =
		j ? json_dumps(j, JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15))
		  : NULL;
	_cleanup_free_ char *safe = pretty ? NULL : malloc(4 * n + 1);

	/* Strings of JSON have no control bytes. */
	if (pretty)
		puts(pretty);
	else if (safe) {
		str_escape(safe, 4 * n + 1, text, n);
		puts(safe);
	}
	json_decref(j);
}

/* On a terminal what an entry says, not its bytes. */
static int show_bytes(const struct ctl_options *o, sd_bus *bus, const void *p, size_t n)
{
	_cleanup_(json_decrefp) json_t *keep = json_array();
	_cleanup_free_ void *plain = NULL;
	struct dictionary dicts[8];
	size_t plain_n = 0;
	int r;

	ctl_pager_open(o);
	if (!deflate_is_stream(p, n)) {
		show_json(o, p, n);
		return CTL_OK;
	}
	r = inflate_bytes(p, n, NULL, 0, INFLATE_MAX, &plain, &plain_n);
	if (r == -ENOKEY)
		r = inflate_bytes(p, n, dicts, dictionaries(bus, keep, dicts, ARRAY_SIZE(dicts)),
			INFLATE_MAX, &plain, &plain_n);
	if (r < 0)
		return ctl_error(o, CTL_FAILURE,
			"write the bytes to a file, and: hearthctl report decode --dict DICTIONARY FILE",
			"%zu bytes, deflated with a dictionary of names that is not in use any more",
			n);
	if (!o->no_legend)
		printf(ctl_tr(o, "%zu bytes, deflated; they say:\n"), n);
	show_json(o, plain, plain_n);
	return CTL_OK;
}

static int print_bytes(const struct ctl_options *o, sd_bus *bus, const char *number)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const void *p;
	uint64_t row;
	size_t n;
	int r;

	if (parse_u64(number, 1, INT64_MAX, &row) < 0)
		return ctl_usage(o, "privacy ledger", "--show needs the number of an entry");
	r = client_call(o, bus, &reply, "Privacy1.LedgerBytes", "t", row);
	if (r != CTL_OK)
		return r;
	r = sd_bus_message_read_array(reply, 'y', &p, &n);
	if (r < 0)
		return client_failed(o, r, NULL);
	if (isatty(STDOUT_FILENO))
		return show_bytes(o, bus, p, n);
	(void)fwrite(p, 1, n, stdout);
	if (n > 0 && ((const char *)p)[0] == '{')
		putchar('\n');
	return CTL_OK;
}

#define LEDGER_PAGES 100

static int read_entries(
	const struct ctl_options *o, sd_bus *bus, const char *id, int64_t since, json_t **ret)
{
	json_t *all = json_array();
	uint64_t before = 0;

	for (unsigned page = 0; page < LEDGER_PAGES; page++) {
		_cleanup_(json_decrefp) json_t *one = NULL;
		int r = client_call_json(
			o, bus, &one, "Privacy1.Ledger", "sxtu", id, since, before, (uint32_t)256);

		if (r != CTL_OK) {
			json_decref(all);
			return r;
		}
		(void)json_array_extend(all, json_object_get(one, "entries"));
		before = (uint64_t)json_int(one, "last");
		if (before <= 1)
			break;
	}
	*ret = all;
	return CTL_OK;
}

/* One that is gone may still have entries; one without entries may be there. */
static bool known_upstream(sd_bus *bus, const char *id)
{
	_cleanup_(json_decrefp) json_t *all = privacy_show(bus);
	const json_t *u;
	size_t i;

	json_array_foreach(json_object_get(all, "upstreams"), i, u)
	{
		if (streq(json_str(u, "id"), id))
			return true;
	}
	return !all;
}

static int verb_ledger(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(json_decrefp) json_t *all = NULL;
	const char *id = "", *row = NULL;
	int64_t since = 0;
	int r;

	for (int k = 1; k < argc; k++) {
		const char *v = NULL;
		bool is_show = streq(argv[k], "--show") || startswith(argv[k], "--show=");

		if (is_show || streq(argv[k], "--since") || startswith(argv[k], "--since=")) {
			const char *equals = strchr(argv[k], '=');

			v = equals ? equals + 1 : k + 1 < argc ? argv[++k] : NULL;
			if (!v)
				return ctl_usage(o, argv[0], "option %s needs a value", argv[k]);
			if (is_show)
				row = v;
			else if (!parse_since(v, &since))
				return ctl_usage(o, argv[0],
					"--since takes 2h, 7d, 2026-11-01 or \"2026-11-01 18:30\"");
		} else if (argv[k][0] == '-') {
			return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[k]);
		} else if (!*id) {
			id = argv[k];
		} else {
			return ctl_usage(o, argv[0], "too many words: \"%s\"", argv[k]);
		}
	}
	r = client_open(o, &bus);
	if (r == CTL_OK && row)
		return print_bytes(o, bus, row);
	if (r == CTL_OK)
		r = read_entries(o, bus, id, since, &all);
	if (r != CTL_OK)
		return r;
	if (json_array_size(all) == 0 && *id && !known_upstream(bus, id))
		return ctl_error(o, CTL_FAILURE, "hearthctl privacy show",
			"there is no upstream \"%s\", and nothing has left to one of that name",
			id);
	if (o->json != JSON_OFF)
		return ctl_print_json(o, TAKE_PTR(all));
	ctl_pager_open(o);
	show_entries(o, all);
	return CTL_OK;
}

const struct verb verbs_ledger[] = {
	{"privacy ledger", "[UPSTREAM] [--since TIME] [--show NO.]",
		"Show what has left, when and where", "显示已发出的内容、时间和去向", verb_ledger,
		"--since: 2h, 7d, 2026-11-01, \"2026-11-01 18:30\". --show prints the bytes of an entry as they\n"
		"left; hearthctl report decode reads them.",
		"--since：2h、7d、2026-11-01、\"2026-11-01 18:30\"。--show 按原样输出一条记录的字节，\n"
		"可用 hearthctl report decode 解读。"},
	{0},
};
