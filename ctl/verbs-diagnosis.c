/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl diagnose ID: a check of now, that ends in one sentence. */
#include "client.h"
#include "names.h"

#include "daemon/model/reading.h"

/* ---- a check of now */

/* "still learning base(x) by k: 3 of 12 samples, 1 of 4 days"; false: it is not that. */
static bool learning_text(struct names *names, const char *why, char *dst, size_t size)
{
	static const char *const ends[] = {" by ", " ~ ", " floor "};
	const char *of = startswith(why, "still learning "), *colon = of ? strrchr(of, ':') : NULL;
	unsigned samples, samples_of, days, days_of;
	char text[256], what[400];

	if (!colon || sscanf(colon, ": %u of %u samples, %u of %u days", &samples, &samples_of,
			      &days, &days_of) != 4)
		return false;
	(void)snprintf(
		text, sizeof(text), "%.*s", (int)MIN((size_t)(colon - of), sizeof(text) - 1), of);
	/* What it is held against says little to a person. */
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (strstr(text, ends[i]))
			*strstr(text, ends[i]) = '\0';
	names_expression(names, text, what, sizeof(what));
	(void)snprintf(dst, size,
		ctl_tr(names->o,
			"still learning what is normal: %s (%u of %u samples, %u of %u days)"),
		what, samples, samples_of, days, days_of);
	return true;
}

/* "needs active_power rms_voltage": by the names people know. */
static const char *why_text(struct names *names, const char *why, char *dst, size_t size)
{
	const struct ctl_options *o = names->o;
	const char *points = startswith(why, "needs ");
	char one[128];
	size_t used = 0;

	if (learning_text(names, why, dst, size))
		return dst;
	if (!points)
		return ctl_tr(o, why);
	(void)str_appendf(dst, size, &used, "%s", ctl_tr(o, "needs "));
	for (size_t n; *points; points += n + (points[n] == ' ')) {
		n = strcspn(points, " ");
		(void)snprintf(one, sizeof(one), "%.*s", (int)MIN(n, sizeof(one) - 1), points);
		(void)str_appendf(dst, size, &used, "%s%s%s", names_attribute(names, one),
			points[n] && points[n + 1] ? (o->zh ? "、" : ", ") : "", "");
	}
	return dst;
}

static void show_rules(struct names *names, const json_t *rules)
{
	const struct ctl_options *o = names->o;
	static const char *const headers[] = {
		"WHAT", "STATE", "SEVERITY", ">FINDING", "RULE", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);
	char text[256];

	for (size_t i = 0; i < json_array_size(rules); i++) {
		const json_t *v = json_array_get(rules, i);
		const char *state = json_str(v, "state");
		bool confirmed = streq(state, "confirmed");

		if (!confirmed && !streq(state, "pending"))
			continue;
		names_rule_text(names, json_str(v, "rule"), text, sizeof(text));
		table_cell(t, BOLD, text);
		table_cell(t, confirmed ? RED : YELLOW, ctl_tr(o, confirmed ? "found" : state));
		table_cell(t, show_state_colour(json_str(v, "severity")),
			ctl_tr(o, json_str(v, "severity")));
		if (json_int(v, "finding") > 0)
			table_cellf(t, PLAIN, "%lld", (long long)json_int(v, "finding"));
		else
			table_cell(t, PLAIN, "");
		table_cell(t, GREY, json_str(v, "rule"));
	}
	if (table_rows(t) > 0) {
		table_print(t);
		putchar('\n');
	}
}

static void show_unjudged(struct names *names, const json_t *rules)
{
	static const char *const headers[] = {"NOT JUDGED", "WHY", "RULE", NULL};
	_cleanup_(table_freep) struct table *t = table_new(names->o, headers);
	char text[600];

	for (size_t i = 0; i < json_array_size(rules); i++) {
		const json_t *v = json_array_get(rules, i);

		if (json_is_true(json_object_get(v, "judged")))
			continue;
		names_rule_text(names, json_str(v, "rule"), text, sizeof(text));
		table_cell(t, PLAIN, text);
		table_cell(t, PLAIN, why_text(names, json_str(v, "why"), text, sizeof(text)));
		table_cell(t, GREY, json_str(v, "rule"));
	}
	if (table_rows(t) > 0) {
		table_print(t);
		putchar('\n');
	}
}

/* Readings that are not there, by reason: what cannot be seen cannot be judged. */
static void show_missing(struct names *names, const json_t *v)
{
	static const char *const headers[] = {"NO VALUE", "WHY", "ATTRIBUTE", NULL};
	const struct ctl_options *o = names->o;
	const json_t *list = json_object_get(v, "missing"), *read = json_object_get(v, "read_now");
	_cleanup_(table_freep) struct table *t = table_new(o, headers);

	if (json_int(read, "asked") > 0)
		printf(ctl_tr(o, "Read now, as it is read seldom: %lld blocks, %lld answered.\n\n"),
			(long long)json_int(read, "asked"), (long long)json_int(read, "answered"));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *m = json_array_get(list, i);
		const char *why = json_str(m, "why");
		enum reason reason = REASON_NONE;

		for (unsigned r = 0; r < _REASON_MAX; r++)
			if (streq(why, reason_name((enum reason)r)))
				reason = (enum reason)r;
		table_cell(t, PLAIN, names_attribute(names, json_str(m, "name")));
		table_cell(t, PLAIN,
			reason != REASON_NONE ? reason_text(reason, o->zh)
					      : ctl_tr(o, json_str(m, "q")));
		table_cell(t, GREY, json_str(m, "name"));
	}
	if (table_rows(t) > 0) {
		table_print(t);
		putchar('\n');
	}
}

/* The maker's own list of past codes. */
static void show_past(
	const struct ctl_options *o, const json_t *past, const char *key, const char *title)
{
	const json_t *list = json_object_get(past, key);

	if (json_array_size(list) > 0)
		printf("%s\n", ctl_tr(o, title));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);
		const char *meaning =
			json_str(v, o->zh && *json_str(v, "meaning_zh") ? "meaning_zh" : "meaning");
		const json_t *at = json_object_get(v, "at");

		printf("  %s", json_str(v, "code"));
		if (at)
			printf("  (%g %s)", json_number_value(at), json_str(past, "unit"));
		printf("  %s\n", meaning);
	}
}

/* "Is it the gateway?": faults before it was attached, and since. */
static void show_since(struct names *names, const json_t *since)
{
	const struct ctl_options *o = names->o;
	const json_t *list = json_object_get(since, "counters");
	const json_t *past = json_object_get(since, "past");
	bool any = json_array_size(list) + json_array_size(json_object_get(past, "before")) +
			   json_array_size(json_object_get(past, "after")) >
		   0;
	char when[32];

	if (json_int(since, "at") > 0 && json_int(since, "own_codes") > 0) {
		show_time(o, when, sizeof(when), json_int(since, "at") * (json_int_t)USEC_PER_SEC);
		printf(ctl_tr(o, "Codes it has shown since the gateway was attached (%s): %lld\n"),
			when, (long long)json_int(since, "own_codes"));
		any = true;
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);
		bool rose = json_is_true(json_object_get(v, "rose"));

		printf(ctl_tr(o,
			       "%s: %lld in %lld %s before the gateway was attached, %lld in %lld since: %s.\n"),
			names_attribute(names, json_str(v, "name")),
			(long long)json_int(v, "before"), (long long)json_int(v, "of_before"),
			names_attribute(names, json_str(v, "of")), (long long)json_int(v, "after"),
			(long long)json_int(v, "of_after"),
			ctl_tr(o, rose ? "more than before" : "not more than before"));
	}
	show_past(o, past, "before",
		"Codes in the appliance's own list from before the gateway was attached:");
	show_past(o, past, "after", "Codes that have come into the appliance's own list since:");
	if (any)
		putchar('\n');
}

/* One sentence, no surer than what it rests on. */
static void show_verdict(struct names *names, const json_t *v, const json_t *record)
{
	const struct ctl_options *o = names->o;
	long long judged = json_int(v, "judged"), of = json_int(v, "of");
	const char *word = json_str(v, "verdict");
	char text[1024], title[512] = "?", why[700] = "";
	enum colour colour = YELLOW;

	if (record) {
		finding_title(names, record, title, sizeof(title));
		finding_why(names, record, why, sizeof(why));
	}
	ctl_print(o, BOLD, ctl_tr(o, "Verdict: "));
	if (streq(word, "own-code"))
		(void)snprintf(
			text, sizeof(text), ctl_tr(o, "The appliance itself reports %s."), title);
	else if (streq(word, "confirmed"))
		(void)snprintf(text, sizeof(text), ctl_tr(o, "Found, and sure: %s."), title);
	else if (streq(word, "likely"))
		(void)snprintf(text, sizeof(text), ctl_tr(o, "Likely: %s."), title);
	else if (streq(word, "may"))
		(void)snprintf(text, sizeof(text), ctl_tr(o, "It may be: %s."), title);
	else if (streq(word, "nothing-wrong"))
		(void)snprintf(text, sizeof(text),
			ctl_tr(o, "Nothing is wrong with it, as far as all %lld rules can tell."),
			of);
	else if (streq(word, "nothing-seen"))
		(void)snprintf(text, sizeof(text),
			ctl_tr(o,
				"Nothing is wrong with what can be seen; %lld of %lld rules could not be judged."),
			of - judged, of);
	else if (streq(word, "unreachable"))
		(void)str_copy(text, sizeof(text), ctl_tr(o, "Cannot judge: it does not answer."));
	else if (of == 0)
		(void)str_copy(text, sizeof(text),
			ctl_tr(o, "Cannot judge: there are no rules for this kind of appliance."));
	else
		(void)snprintf(text, sizeof(text),
			ctl_tr(o, "Cannot judge: none of %lld rules has what it needs."), of);
	if (streq(word, "own-code") || streq(word, "confirmed"))
		colour = RED;
	else if (streq(word, "nothing-wrong") || streq(word, "nothing-seen"))
		colour = GREEN;
	ctl_print_coloured(o, colour, utf8_columns(ctl_tr(o, "Verdict: ")), 2, text);
	if (*why) {
		ctl_print(o, BOLD, ctl_tr(o, "Why: "));
		ctl_print_wrapped(o, utf8_columns(ctl_tr(o, "Why: ")), 2, why);
	}
}

static int run_check(const struct ctl_options *o, sd_bus *bus, const char *id, json_t **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	_cleanup_free_ char *path = NULL;
	const char *text = NULL;
	int r = sd_bus_path_encode(HEARTHD_ROOT "/appliance", id, &path);

	if (r >= 0)
		r = sd_bus_call_method(
			bus, HEARTHD_NAME, path, HEARTHD_NAME ".Diagnose1", "Run", &e, &reply, "");
	if (r >= 0)
		r = sd_bus_message_read(reply, "s", &text);
	if (r < 0)
		return client_failed(o, r, &e);
	*ret = json_loads(text, 0, NULL);
	return *ret ? CTL_OK : ctl_error(o, CTL_FAILURE, NULL, "%s", ctl_strerror(o, EBADMSG));
}

static int forget(const struct ctl_options *o, sd_bus *bus, const char *id)
{
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	_cleanup_free_ char *path = NULL;
	int r = sd_bus_path_encode(HEARTHD_ROOT "/appliance", id, &path);

	if (r >= 0)
		r = sd_bus_call_method(
			bus, HEARTHD_NAME, path, HEARTHD_NAME ".Diagnose1", "Forget", &e, NULL, "");
	if (r < 0)
		return client_failed(o, r, &e);
	printf(ctl_tr(o, "%s: what was normal for it is learned anew; the old is kept aside\n"),
		id);
	return CTL_OK;
}

static void show_learned(struct names *names, const json_t *v)
{
	const struct ctl_options *o = names->o;
	static const char *const headers[] = {
		"NORMAL HERE", "RULE", ">MEAN", ">SPREAD", ">SAMPLES", ">DAYS", NULL};
	const json_t *list = json_object_get(v, "learned");
	_cleanup_(table_freep) struct table *t = table_new(o, headers);
	char text[512];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *b = json_array_get(list, i);
		const char *unit = json_str(b, "unit");

		names_expression(names, json_str(b, "of"), text, sizeof(text));
		table_cell(t, PLAIN, text);
		table_cell(t, GREY, json_str(b, "rule"));
		show_number(text, sizeof(text), json_object_get(b, "mean"), unit);
		table_cell(t, BOLD, text);
		show_number(text, sizeof(text), json_object_get(b, "spread"),
			streq(unit, "°C") ? "K" : unit);
		table_cell(t, PLAIN, text);
		table_cellf(t, PLAIN, "%lld", (long long)json_int(b, "samples"));
		table_cellf(t, PLAIN, "%lld", (long long)json_int(b, "days"));
	}
	if (table_rows(t) > 0)
		table_print(t);
	else
		ctl_say(o, "Nothing has been learned yet.");
}

static int learned(const struct ctl_options *o, sd_bus *bus, const json_t *appliance)
{
	const char *id = json_str(appliance, "id");
	struct names names = {.o = o, .kind = model_kind_by_name(json_str(appliance, "kind"))};
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	_cleanup_(json_decrefp) json_t *both = json_object();
	_cleanup_free_ char *path = NULL;
	const char *now = NULL, *was = NULL;
	const json_t *before;
	char when[32] = "-";
	int r = sd_bus_path_encode(HEARTHD_ROOT "/appliance", id, &path);

	if (r >= 0)
		r = sd_bus_call_method(bus, HEARTHD_NAME, path, HEARTHD_NAME ".Diagnose1",
			"Learned", &e, &reply, "");
	if (r >= 0)
		r = sd_bus_message_read(reply, "ss", &now, &was);
	if (r < 0)
		return client_failed(o, r, &e);
	json_object_set_new(both, "now", json_loads(now, 0, NULL));
	if (*was)
		json_object_set_new(both, "before", json_loads(was, 0, NULL));
	if (o->json != JSON_OFF)
		return ctl_print_json(o, TAKE_PTR(both));
	show_learned(&names, json_object_get(both, "now"));
	before = json_object_get(both, "before");
	if (!before)
		return CTL_OK;
	if (json_int(before, "at") > 0)
		show_time(o, when, sizeof(when), json_int(before, "at") * (json_int_t)USEC_PER_SEC);
	printf(ctl_tr(o, "\nBefore it was begun anew (%s: %s):\n"), when, json_str(before, "why"));
	show_learned(&names, before);
	return CTL_OK;
}

static void show_check(const struct ctl_options *o, sd_bus *bus, const json_t *appliance,
	const json_t *v, const json_t *record)
{
	_cleanup_(json_decrefp) json_t *readings = NULL;
	struct names names = {.o = o, .kind = model_kind_by_name(json_str(v, "kind"))};
	long long finding = (long long)json_int(v, "finding");

	names.readings = readings = client_labels(bus, json_str(appliance, "id"));
	ctl_print(o, show_state_colour(json_str(v, "state")), "● ");
	ctl_print(o, BOLD, json_str(appliance, "id"));
	printf(o->zh ? " - %s（%s）\n" : " - %s (%s)\n", show_label(o, appliance),
		show_kind(o, json_str(v, "kind")));
	ctl_say(o, "%lld of %lld readings are good; %lld of %lld rules could be judged.",
		(long long)json_int(v, "good"), (long long)json_int(v, "readings"),
		(long long)json_int(v, "judged"), (long long)json_int(v, "of"));
	putchar('\n');
	show_missing(&names, v);
	show_since(&names, json_object_get(v, "since_attached"));
	show_rules(&names, json_object_get(v, "rules"));
	show_unjudged(&names, json_object_get(v, "rules"));
	show_verdict(&names, v, record);
	if (record && *json_str(v, "verdict"))
		printf(ctl_tr(o,
			       "More: hearthctl findings show %lld; what to do: hearthctl guide %lld\n"),
			finding, finding);
	names_done(&names);
}

static int verb_diagnose_one(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(json_decrefp) json_t *all = NULL, *v = NULL, *record = NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	const char *id = NULL;
	bool anew = false, normal = false;
	json_t *a;
	int r;

	for (int i = 1; i < argc; i++)
		if (streq(argv[i], "--forget"))
			anew = true;
		else if (streq(argv[i], "--learned"))
			normal = true;
		else if (argv[i][0] == '-')
			return ctl_usage(o, "diagnose", "unknown option \"%s\"", argv[i]);
		else if (id)
			return ctl_usage(o, "diagnose", "too many words: \"%s\"", argv[i]);
		else
			id = argv[i];
	if (!id)
		return ctl_usage(o, "diagnose", "needs an appliance");
	r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_objects(o, bus, &all);
	if (r == CTL_OK)
		r = client_find(o, json_object_get(all, "appliances"), "appliance", id, &a);
	if (r == CTL_OK && anew)
		return forget(o, bus, id);
	if (r == CTL_OK && normal)
		return learned(o, bus, a);
	if (r == CTL_OK)
		r = run_check(o, bus, id, &v);
	if (r == CTL_OK && json_int(v, "finding") > 0)
		r = finding_record(o, bus, (uint64_t)json_int(v, "finding"), &record);
	if (r != CTL_OK)
		return r;
	r = streq(json_str(v, "state"), "fault") ? CTL_FAULT : CTL_OK;
	if (o->json != JSON_OFF) {
		(void)ctl_print_json(o, TAKE_PTR(v));
		return r;
	}
	show_check(o, bus, a, v, record);
	return r;
}

const struct verb verbs_diagnosis[] = {
	{"diagnose", "ID [--learned] [--forget]", "Check an appliance now", "立即诊断一台电器",
		verb_diagnose_one,
		"Says what was found, what could not be judged and why, and ends with one sentence.\n"
		"Exit status 4 when the appliance has an active fault. --learned: what is normal for it, and was\n"
		"before it was begun anew. --forget, for root, after an appliance was replaced: learn anew.",
		"说明发现了什么、哪些无法判断及原因，最后给出一句结论。\n"
		"该电器处于故障状态时退出码为 4。--learned：其正常状态，以及重新学习之前的。--forget（仅 root）用于更换电器后：重新学习其正常状态。"},
	{0},
};
