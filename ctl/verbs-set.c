/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl set: change a value of an appliance, see what can be changed, and what was. */
#include "client.h"

#include "daemon/model/value-words.h"

/* Longer than the longest ReadBackAfter= and what the line takes. */
#define SET_TIMEOUT_US (12 * USEC_PER_MIN)
#define LOG_DEFAULT    20

struct set_args {
	const char *id, *attribute, *value, *reason;
	uint64_t for_us;
	bool log, clear;
};

static int call(const struct ctl_options *o, sd_bus *bus, const char *id, const char *member,
	sd_bus_message **ret)
{
	_cleanup_free_ char *path = NULL;
	int r = sd_bus_path_encode(HEARTHD_ROOT "/appliance", id, &path);

	return r < 0 ? r
		     : sd_bus_message_new_method_call(
			       bus, ret, HEARTHD_NAME, path, HEARTHD_NAME ".Control1", member);
}

/* ---- what can be set */

static const char *pick(
	const struct ctl_options *o, const json_t *v, const char *en, const char *zh)
{
	return json_str(v, o->zh ? zh : en);
}

/* Words as they have to be typed, with what they mean. */
static void choices_text(const struct ctl_options *o, const char *choices, char *dst, size_t size)
{
	size_t used = 0;

	*dst = '\0';
	for (const char *p = choices; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		char name[64];
		const char *word;

		(void)snprintf(name, sizeof(name), "%.*s", (int)MIN(n, sizeof(name) - 1), p);
		word = n < sizeof(name) ? value_word(name, o->zh) : name;
		(void)str_appendf(dst, size, &used, "%s%.*s", used ? " " : "", (int)n, p);
		if (n < sizeof(name) && !streq(word, name))
			(void)str_appendf(dst, size, &used, "（%s）", word);
		p += n;
	}
}

static void bounds_text(const struct ctl_options *o, const json_t *v, char *dst, size_t size)
{
	if (*json_str(v, "min") || *json_str(v, "max"))
		(void)snprintf(dst, size, "%s … %s", json_str(v, "min"), json_str(v, "max"));
	else
		choices_text(o, json_str(v, "choices"), dst, size);
}

static void left_text(char *dst, size_t size, json_int_t us)
{
	json_int_t s = us / (json_int_t)USEC_PER_SEC;

	if (s >= 3600)
		(void)snprintf(
			dst, size, "%lldh%02lldmin", (long long)s / 3600, (long long)s % 3600 / 60);
	else if (s >= 60)
		(void)snprintf(dst, size, "%lldmin", (long long)s / 60);
	else
		(void)snprintf(dst, size, "%llds", (long long)s);
}

static const char *control_off_hint(
	const struct ctl_options *o, const char *id, char *dst, size_t size)
{
	(void)snprintf(dst, size,
		ctl_tr(o,
			"Control=yes in [Appliance] of %s/appliances.d/%s.conf; hearthctl reload"),
		o->etc, id);
	return dst;
}

/* Each reason once, with the attributes that it is for unless it is for all. */
static void show_refusals(const struct ctl_options *o, const json_t *list, const char *id)
{
	size_t n = o->no_legend ? 0 : json_array_size(list);
	bool off = false;
	char hint[512];

	for (size_t i = 0; i < n; i++) {
		const json_t *v = json_array_get(list, i);
		const char *why = pick(o, v, "why", "why_zh");
		char text[1024] = "";
		size_t used = 0, same = 0, before = 0;

		if (!*json_str(v, "refused"))
			continue;
		off = off || streq(json_str(v, "refused"), "control-off");
		for (size_t k = 0; k < n; k++) {
			const json_t *other = json_array_get(list, k);

			if (!streq(pick(o, other, "why", "why_zh"), why))
				continue;
			before += k < i;
			(void)str_appendf(text, sizeof(text), &used, "%s%s",
				same++ ? o->zh ? "、" : ", " : "", json_str(other, "attribute"));
		}
		if (before > 0)
			continue;
		if (same == n)
			used = 0;
		(void)str_appendf(
			text, sizeof(text), &used, "%s%s", used ? o->zh ? "：" : ": " : "", why);
		ctl_print_wrapped(o, 0, 0, text);
	}
	if (off)
		ctl_say(o, "Try: %s", control_off_hint(o, id, hint, sizeof(hint)));
}

static void show_writables(const struct ctl_options *o, const json_t *list, const char *id)
{
	static const char *const headers[] = {
		"ATTRIBUTE", "NAME", ">WRITES LEFT", "SET", "NOW", "MAY BE", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);
	char text[300], left[40];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);
		bool active = json_is_true(json_object_get(v, "active"));

		table_cell(t, BOLD, json_str(v, "attribute"));
		table_cell(t, PLAIN, pick(o, v, "label", "label_zh"));
		if (json_int(v, "budget") > 0)
			table_cellf(t, json_int(v, "left") == 0 ? RED : PLAIN, "%lld / %lld",
				(long long)json_int(v, "left"), (long long)json_int(v, "budget"));
		else
			table_cell(t, GREY, "-");
		if (active && json_int(v, "ends_in_us") > 0) {
			left_text(left, sizeof(left), json_int(v, "ends_in_us"));
			table_cellf(
				t, YELLOW, ctl_tr(o, "%s, for %s more"), json_str(v, "set"), left);
		} else {
			table_cell(t, active ? YELLOW : GREY, active ? json_str(v, "set") : "-");
		}
		table_cell(t, *json_str(v, "refused") ? GREY : GREEN,
			ctl_tr(o, *json_str(v, "refused") ? "refused" : "may be set"));
		bounds_text(o, v, text, sizeof(text));
		table_cell(t, PLAIN, *text ? text : ctl_tr(o, "a command"));
	}
	table_print(t);
	show_refusals(o, list, id);
}

/* What happens without us: to be known before control is switched on. */
static void show_when_gone(const struct ctl_options *o, sd_bus *bus, const char *id)
{
	_cleanup_free_ char *path = NULL, *text = NULL;

	if (sd_bus_path_encode(HEARTHD_ROOT "/appliance", id, &path) < 0 ||
		sd_bus_get_property_string(bus, HEARTHD_NAME, path, HEARTHD_NAME ".Control1",
			"WhenGatewayGone", NULL, &text) < 0)
		return;
	if (streq(text, "continues"))
		puts(ctl_tr(
			o, "When nobody talks to it any more, it goes on with what was set last."));
	else if (streq(text, "falls-back"))
		ctl_say(o,
			"When nobody talks to it any more, it falls back to settings of its own.");
	else if (streq(text, "stops"))
		ctl_say(o, "When nobody talks to it any more, it stops.");
	else
		ctl_say(o, "What it does when nobody talks to it any more is not known.");
}

static int list_writables(const struct ctl_options *o, sd_bus *bus, const struct set_args *a)
{
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
	_cleanup_(json_decrefp) json_t *list = json_array();
	const char *s[7], *set, *safe, *word, *en, *zh;
	uint64_t ends, max_for;
	uint32_t budget, left;
	int active, r = call(o, bus, a->id, "List", &m);

	if (r >= 0)
		r = sd_bus_call(bus, m, 0, &e, &reply);
	if (r >= 0)
		r = sd_bus_message_enter_container(reply, 'a', "(sssssssuubssttsss)");
	while (r >= 0 && (r = sd_bus_message_read(reply, "(sssssssuubssttsss)", &s[0], &s[1], &s[2],
				  &s[3], &s[4], &s[5], &s[6], &budget, &left, &active, &set, &safe,
				  &ends, &max_for, &word, &en, &zh)) > 0)
		(void)json_array_append_new(list,
			json_pack(
				"{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:b,s:s,s:s,s:I,s:I,s:s,s:s,s:s}",
				"attribute", s[0], "label", s[1], "label_zh", s[2], "choices", s[3],
				"min", s[4], "max", s[5], "step", s[6], "budget",
				(json_int_t)budget, "left", (json_int_t)left, "active", active,
				"set", set, "safe", safe, "ends_in_us", (json_int_t)ends,
				"max_for_us", (json_int_t)max_for, "refused", word, "why", en,
				"why_zh", zh));
	if (r < 0)
		return client_failed(o, r, &e);
	if (o->json != JSON_OFF)
		return ctl_print_json(o, json_incref(list));
	if (json_array_size(list) == 0) {
		ctl_say(o,
			"Nothing of this appliance can be set: its profiles have no [Write] section.");
		return CTL_OK;
	}
	ctl_pager_open(o);
	show_writables(o, list, a->id);
	if (!o->no_legend)
		show_when_gone(o, bus, a->id);
	return CTL_OK;
}

/* ---- what was written */

static void show_log(const struct ctl_options *o, const json_t *list)
{
	static const char *const headers[] = {"TIME", "ATTRIBUTE", "OLD", "NEW", "BY", "WHAT",
		"RESULT", "READ BACK", "REASON", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);
	char when[64];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);
		const char *outcome = json_str(v, "outcome");

		show_time(o, when, sizeof(when), json_int(v, "time_us"));
		table_cell(t, GREY, when);
		table_cell(t, BOLD, json_str(v, "attribute"));
		table_cell(t, PLAIN, json_str(v, "old"));
		table_cell(t, PLAIN, json_str(v, "asked"));
		table_cell(t, PLAIN, json_str(v, "actor"));
		table_cell(t, PLAIN, ctl_tr(o, json_str(v, "kind")));
		table_cellf(t,
			streq(outcome, "confirmed") || streq(outcome, "accepted") ? GREEN
			: streq(outcome, "unchanged")                             ? PLAIN
										  : RED,
			"%s%s%s", ctl_tr(o, *outcome ? outcome : "outcome-unknown"),
			!*json_str(v, "word") ? ""
			: o->zh               ? "："
					      : ": ",
			json_str(v, "word"));
		table_cell(t, PLAIN, json_str(v, "read"));
		table_cell(t, PLAIN, json_str(v, "reason"));
	}
	if (table_rows(t) > 0)
		table_print(t);
	else if (!o->no_legend)
		ctl_say(o, "Nothing has been set.");
}

/* Newest first. An attempt has one row when it was refused, else two: as it was ordered and as it
 * ended; one that was only ordered was cut off by a crash. */
static void merge(json_t *list, json_t *row)
{
	bool ordered = streq(json_str(row, "phase"), "ordered");

	for (size_t i = 0; ordered && i < json_array_size(list); i++) {
		json_t *v = json_array_get(list, i);

		if (json_int(v, "number") != json_int(row, "number"))
			continue;
		(void)json_object_set(v, "ordered_us", json_object_get(row, "time_us"));
		json_decref(row);
		return;
	}
	(void)json_array_append_new(list, row);
}

static int show_records(const struct ctl_options *o, sd_bus *bus, const struct set_args *a)
{
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
	_cleanup_(json_decrefp) json_t *list = json_array();
	const char *appliance, *s[11];
	uint64_t number;
	int64_t wall;
	uint32_t row;
	int r = call(o, bus, a->id, "Log", &m);

	if (r >= 0)
		r = sd_bus_message_append(m, "u", 2 * LOG_DEFAULT);
	if (r >= 0)
		r = sd_bus_call(bus, m, 0, &e, &reply);
	if (r >= 0)
		r = sd_bus_message_enter_container(reply, 'a', "(ustxsssssssssss)");
	while (r >= 0 && (r = sd_bus_message_read(reply, "(ustxsssssssssss)", &row, &appliance,
				  &number, &wall, &s[0], &s[1], &s[2], &s[3], &s[4], &s[5], &s[6],
				  &s[7], &s[8], &s[9], &s[10])) > 0)
		merge(list,
			json_pack("{s:I,s:s,s:I,s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}",
				"row", (json_int_t)row, "appliance", appliance, "number",
				(json_int_t)number, "time_us", (json_int_t)wall, "phase", s[0],
				"kind", s[1], "actor", s[2], "reason", s[3], "attribute", s[4],
				"old", s[5], "asked", s[6], "raw", s[7], "outcome", s[8], "word",
				s[9], "read", s[10]));
	if (r < 0)
		return client_failed(o, r, &e);
	if (o->json != JSON_OFF)
		return ctl_print_json(o, json_incref(list));
	ctl_pager_open(o);
	show_log(o, list);
	return CTL_OK;
}

/* ---- set and clear */

static int set_value(const struct ctl_options *o, sd_bus *bus, const struct set_args *a)
{
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
	const char *outcome, *word, *en, *zh, *read;
	char hint[512];
	int r = call(o, bus, a->id, "Set", &m);
	bool good;

	if (r >= 0)
		r = sd_bus_message_append(m, "ssts", a->attribute, a->value ? a->value : "",
			a->for_us, a->reason ? a->reason : "");
	if (r >= 0)
		r = sd_bus_call(bus, m, SET_TIMEOUT_US, &e, &reply);
	if (r >= 0)
		r = sd_bus_message_read(reply, "(sssss)", &outcome, &word, &en, &zh, &read);
	if (r < 0)
		return client_failed(o, r, &e);
	good = streq(outcome, "confirmed") || streq(outcome, "accepted") ||
	       streq(outcome, "unchanged");
	if (o->json != JSON_OFF) {
		r = ctl_print_json(o, json_pack("{s:s,s:s,s:s,s:s,s:s}", "outcome", outcome, "word",
					      word, "text", en, "text_zh", zh, "read", read));
		return r != CTL_OK ? r : good ? CTL_OK : CTL_FAILURE;
	}
	if (good) {
		printf(o->zh ? "%s %s%s%s：%s\n" : "%s %s%s%s: %s\n", a->id, a->attribute,
			a->value ? " " : "", a->value ? a->value : "", o->zh ? zh : en);
		return CTL_OK;
	}
	return ctl_error(o, CTL_FAILURE,
		streq(word, "control-off") ? control_off_hint(o, a->id, hint, sizeof(hint)) : NULL,
		"%s %s: %s: %s", a->id, a->attribute, ctl_tr(o, outcome), o->zh ? zh : en);
}

static int clear_value(const struct ctl_options *o, sd_bus *bus, const struct set_args *a)
{
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
	int r = call(o, bus, a->id, "Clear", &m);

	if (r >= 0)
		r = sd_bus_message_append(m, "s", a->attribute);
	if (r >= 0)
		r = sd_bus_call(bus, m, 0, &e, &reply);
	return r < 0 ? client_failed(o, r, &e) : CTL_OK;
}

static int take_args(int argc, char **argv, const struct ctl_options *o, struct set_args *a)
{
	const char **words[] = {&a->id, &a->attribute, &a->value};
	size_t n = 0;
	bool plain = false;

	for (int i = 1; i < argc; i++) {
		const char *w = argv[i];

		/* A negative number is a value. */
		if (plain || w[0] != '-' || (w[1] >= '0' && w[1] <= '9') || w[1] == '.') {
			if (n == ARRAY_SIZE(words))
				return ctl_usage(o, "set", "too many words: \"%s\"", w);
			*words[n++] = w;
		} else if (streq(w, "--")) {
			plain = true;
		} else if (streq(w, "--log")) {
			a->log = true;
		} else if (streq(w, "--clear")) {
			a->clear = true;
		} else if (streq(w, "--for") || streq(w, "--reason")) {
			if (i + 1 == argc)
				return ctl_usage(o, "set", "option %s needs a value", w);
			i++;
			if (streq(w, "--reason"))
				a->reason = argv[i];
			else if (parse_duration(argv[i], &a->for_us) < 0 || a->for_us == 0)
				return ctl_usage(o, "set",
					"\"%s\" is no time; write 90s, 30min, 2h or 1d", argv[i]);
		} else {
			return ctl_usage(o, "set", "unknown option \"%s\"", w);
		}
	}
	if (!a->id)
		return ctl_usage(o, "set", "needs an appliance; \"hearthctl list\" names them");
	if (a->clear && (!a->attribute || a->value || a->for_us))
		return ctl_usage(o, "set", "--clear takes an appliance and an attribute");
	if (a->log && a->attribute)
		return ctl_usage(o, "set", "--log takes an appliance");
	return CTL_OK;
}

int verb_set(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(json_decrefp) json_t *all = NULL;
	struct set_args a = {0};
	json_t *unit;
	int r = take_args(argc, argv, o, &a);

	if (r == CTL_OK)
		r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_objects(o, bus, &all);
	if (r == CTL_OK)
		r = client_find(o, json_object_get(all, "appliances"), "appliance", a.id, &unit);
	if (r != CTL_OK)
		return r;
	if (a.log)
		return show_records(o, bus, &a);
	if (!a.attribute)
		return list_writables(o, bus, &a);
	return a.clear ? clear_value(o, bus, &a) : set_value(o, bus, &a);
}
