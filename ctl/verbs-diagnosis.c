/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl diagnose ID: a check of now, that ends in one sentence; hearthctl findings show N: all that
 * is known of one finding. Words follow sureness. */
#include "client.h"
#include "plot.h"

#include "daemon/knowledge.h"
#include "daemon/model.h"

#include <math.h>
#include <time.h>

/* Around a finding in its picture. */
#define BEFORE_US (6 * (int64_t)USEC_PER_HOUR)
#define DAY_US    (24 * (int64_t)USEC_PER_HOUR)
#define MOST_US   (48 * (int64_t)USEC_PER_HOUR)

static struct knowledge *load_knowledge(const struct ctl_options *o)
{
	char etc[512], vendor[512];
	const char *const dirs[] = {etc, vendor, NULL};
	struct problems problems = {0};
	struct knowledge *k = NULL;

	(void)snprintf(etc, sizeof(etc), "%s/knowledge", o->etc);
	(void)snprintf(vendor, sizeof(vendor), "%s/knowledge", o->vendor);
	if (knowledge_load(dirs, NULL, &problems, &k) < 0)
		k = NULL;
	problems_done(&problems); /* "hearthctl knowledge check" tells them */
	return k;
}

static const struct cause *find_cause(
	const struct knowledge *k, const struct model_kind *kind, const char *word)
{
	const struct cause *c = k ? knowledge_cause(k, word) : NULL;

	return c || !k ? c : knowledge_resolve(k, kind, word);
}

static int get_record(const struct ctl_options *o, sd_bus *bus, uint64_t id, json_t **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	const char *text = NULL;
	int r;

	r = sd_bus_call_method(bus, HEARTHD_NAME, HEARTHD_ROOT, HEARTHD_NAME ".Findings1", "Get",
		&e, &reply, "t", id);
	if (r >= 0)
		r = sd_bus_message_read(reply, "s", &text);
	if (r < 0)
		return client_failed(o, r, &e);
	*ret = json_loads(text, 0, NULL);
	return *ret ? CTL_OK : ctl_error(o, CTL_FAILURE, NULL, "%s", strerror(EBADMSG));
}

/* ---- pieces of a record */

static const char *meaning_of(const struct ctl_options *o, const json_t *record)
{
	const json_t *m = json_object_get(record, "meaning");
	const char *s = json_str(m, o->zh ? "zh" : "en");

	return *s ? s : *json_str(m, "en") ? json_str(m, "en") : json_str(m, "zh");
}

static void number_text(char *dst, size_t size, const json_t *v, const char *unit)
{
	if (!json_is_number(v)) {
		(void)str_copy(dst, size, "-");
		return;
	}
	(void)snprintf(dst, size, "%.5g%s%s", json_number_value(v), *unit ? " " : "", unit);
}

static void show_comparisons(const struct ctl_options *o, const json_t *evidence)
{
	static const char *const headers[] = {"COMPARED", ">VALUE", "", ">LIMIT", "HOLDS", NULL};
	const json_t *list = json_object_get(evidence, "comparisons");
	_cleanup_(table_freep) struct table *t = table_new(o, headers);
	char text[64];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *c = json_array_get(list, i), *holds = json_object_get(c, "holds");

		table_cell(t, PLAIN, json_str(c, "of"));
		number_text(text, sizeof(text), json_object_get(c, "value"), json_str(c, "unit"));
		table_cell(t, BOLD, text);
		table_cell(t, PLAIN, json_str(c, "op"));
		number_text(
			text, sizeof(text), json_object_get(c, "threshold"), json_str(c, "unit"));
		table_cell(t, PLAIN, text);
		table_cell(t, json_is_true(holds) ? YELLOW : PLAIN,
			ctl_tr(o, json_is_true(holds)    ? "yes"
				  : json_is_false(holds) ? "no"
							 : "not known"));
	}
	if (table_rows(t) > 0)
		table_print(t);
}

/* What was learned here, and what is now. */
static void show_normal(const struct ctl_options *o, const json_t *list)
{
	static const char *const headers[] = {
		"NORMAL HERE", ">NOW", ">MEAN", ">SPREAD", ">SAMPLES", ">DAYS", NULL};
	static const char *const keys[] = {"value", "mean", "spread"};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);
	char text[64];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);

		table_cell(t, PLAIN, json_str(v, "of"));
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
			const char *unit = json_str(v, "unit");

			number_text(text, sizeof(text), json_object_get(v, keys[k]),
				k == 2 && streq(unit, "°C") ? "K" : unit);
			table_cell(t, k == 0 ? BOLD : PLAIN, text);
		}
		table_cellf(t, PLAIN, "%lld", (long long)json_int(v, "samples"));
		table_cellf(t, PLAIN, "%lld", (long long)json_int(v, "days"));
	}
	if (table_rows(t) > 0)
		table_print(t);
}

/* What speaks for and against each cause. */
static void show_signs(const struct ctl_options *o, const json_t *list)
{
	static const char *const headers[] = {"CAUSE", "", "SIGN", "HOLDS", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);
		bool against = *json_str(v, "against"),
		     holds = json_is_true(json_object_get(v, "holds"));

		table_cell(t, PLAIN, json_str(v, "cause"));
		table_cell(t, PLAIN, ctl_tr(o, against ? "against" : "for"));
		table_cell(t, PLAIN, json_str(v, against ? "against" : "for"));
		table_cell(t, holds != against ? YELLOW : PLAIN, ctl_tr(o, holds ? "yes" : "no"));
	}
	if (table_rows(t) > 0)
		table_print(t);
}

/* Numbers of the episode before: that it came back, and how far. */
static void show_earlier(const struct ctl_options *o, const json_t *earlier)
{
	char when[32];

	if (!earlier)
		return;
	putchar('\n');
	if (json_int(earlier, "first") > 0) {
		show_time(o, when, sizeof(when),
			json_int(earlier, "first") * (json_int_t)USEC_PER_SEC);
		printf(ctl_tr(o, "It was there before, first seen %s, with these numbers:\n"),
			when);
	} else {
		puts(ctl_tr(o, "It was there before, with these numbers:"));
	}
	show_comparisons(o, earlier);
}

static void show_words(const struct ctl_options *o, const char *title, const json_t *words)
{
	if (json_array_size(words) == 0)
		return;
	printf("%s", ctl_tr(o, title));
	for (size_t i = 0; i < json_array_size(words); i++)
		printf("%s%s", i ? (o->zh ? "、" : ", ") : "",
			json_string_value(json_array_get(words, i)) ?: "");
	putchar('\n');
}

static void show_cause(const struct ctl_options *o, const struct knowledge *k,
	const struct model_kind *kind, const char *id, double share)
{
	const struct cause *c = find_cause(k, kind, id);

	if (isfinite(share))
		printf("  %3.0f %%  ", 100 * share);
	else
		printf("  ");
	ctl_print(o, BOLD, c ? words_in(&c->name, o->zh) : id);
	if (c)
		printf(o->zh ? "（%s；%s）" : " (%s; %s)", id, who_name(c->who, o->zh));
	putchar('\n');
}

static void show_causes(const struct ctl_options *o, const struct knowledge *k,
	const struct model_kind *kind, const json_t *record)
{
	const json_t *inferred = json_object_get(json_object_get(record, "diagnosis"), "causes");
	const json_t *codes = json_object_get(record, "causes"), *first;
	const struct cause *c;

	if (json_array_size(inferred) + json_array_size(codes) == 0)
		return;
	putchar('\n');
	puts(ctl_tr(o, "Causes:"));
	for (size_t i = 0; i < json_array_size(inferred); i++) {
		const json_t *v = json_array_get(inferred, i);

		show_cause(o, k, kind, json_str(v, "id"),
			json_number_value(json_object_get(v, "share")));
	}
	for (size_t i = 0; i < json_array_size(codes); i++)
		show_cause(o, k, kind, json_string_value(json_array_get(codes, i)) ?: "", NAN);
	first = json_array_size(inferred) > 0 ? json_array_get(inferred, 0) : NULL;
	c = find_cause(k, kind,
		first ? json_str(first, "id")
		      : json_string_value(json_array_get(codes, 0)) ?: "");
	if (c && words_in(&c->decide, o->zh)) {
		const char *title = ctl_tr(o, "What would decide: ");

		printf("%s", title);
		ctl_print_wrapped(o, utf8_columns(title), 2, words_in(&c->decide, o->zh));
	}
}

static void value_text(char *dst, size_t size, const json_t *v, const char *unit)
{
	if (json_is_number(v))
		number_text(dst, size, v, unit);
	else if (json_is_boolean(v))
		(void)str_copy(dst, size, json_is_true(v) ? "true" : "false");
	else
		(void)str_copy(dst, size, json_string_value(v) ?: "-");
}

static void show_frame(const struct ctl_options *o, json_t *frame)
{
	static const char *const headers[] = {
		"READING", ">BEFORE", ">THEN", ">AFTER", "QUALITY", NULL};
	static const char *const keys[] = {"before", "v", "after"};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);
	const char *name;
	json_t *v;

	json_object_foreach(frame, name, v)
	{
		char text[96];

		table_cell(t, PLAIN, name);
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
			value_text(text, sizeof(text), json_object_get(v, keys[i]),
				json_str(v, "unit"));
			table_cell(t, i == 1 ? BOLD : PLAIN, text);
		}
		table_cell(t, YELLOW, ctl_tr(o, json_str(v, "q")));
	}
	if (table_rows(t) == 0)
		return;
	putchar('\n');
	table_print(t);
}

/* The attribute that the first comparison speaks of. */
static const char *attribute_to_plot(const json_t *record)
{
	json_t *frame = json_object_get(record, "frame");
	const json_t *d = json_object_get(record, "diagnosis");
	const json_t *list = json_object_get(json_object_get(d, "evidence"), "comparisons");
	const char *name, *best = NULL;
	json_t *v;

	if (*json_str(d, "point"))
		return json_str(d, "point");
	for (size_t i = 0; i < json_array_size(list) && !best; i++)
		json_object_foreach(
			frame, name, v) if (json_is_number(json_object_get(v, "v")) &&
					    strstr(json_str(json_array_get(list, i), "of"), name) &&
					    (!best || strlen(name) > strlen(best))) best = name;
	return best;
}

static void show_picture(const struct ctl_options *o, sd_bus *bus, const json_t *record)
{
	const char *attribute = attribute_to_plot(record);
	const json_t *first = json_object_get(record, "first");
	int64_t now = (int64_t)time(NULL) * (int64_t)USEC_PER_SEC, since, until;
	struct history h;

	if (!attribute || !*json_str(record, "appliance"))
		return;
	since = now - DAY_US;
	until = now;
	/* How long ago, by one clock: that of the record and of the first sight. */
	if (first && streq(json_str(first, "boot"), json_str(record, "boot"))) {
		since = now - BEFORE_US -
			(json_int(record, "t") - json_int(first, "t")) * (int64_t)USEC_PER_SEC;
		until = MIN(now, since + MOST_US);
	}
	if (history_read(o, bus, json_str(record, "appliance"), attribute, since, until, &h) !=
		CTL_OK)
		return;
	putchar('\n');
	ctl_print(o, BOLD, attribute);
	putchar('\n');
	if (!history_plot(o, &h, since, until, 8))
		puts(ctl_tr(o, "Nothing of that time is kept."));
	history_done(&h);
}

static void show_steps_done(const struct ctl_options *o, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);
		bool seen = streq(json_str(v, "by"), "readings");

		printf(ctl_tr(o, "Step done: %s %lld (%s)\n"), json_str(v, "cause"),
			(long long)json_int(v, "step"),
			ctl_tr(o, seen ? "the readings showed it" : "a person said so"));
	}
}

static void show_when(const struct ctl_options *o, const char *title, const json_t *moment)
{
	char when[32];

	if (!moment || json_object_get(moment, "clk"))
		return;
	show_time(o, when, sizeof(when), json_int(moment, "t") * (json_int_t)USEC_PER_SEC);
	printf("%s%s\n", ctl_tr(o, title), when);
}

static void show_record(const struct ctl_options *o, sd_bus *bus, uint64_t id, json_t *record)
{
	struct knowledge *k = load_knowledge(o);
	const struct model_kind *kind = model_kind_by_name(json_str(record, "kind"));
	const json_t *d = json_object_get(record, "diagnosis");
	const json_t *evidence = json_object_get(d, "evidence");
	const char *subject = json_str(record, "appliance");

	printf("%llu ", (unsigned long long)id);
	ctl_print(o, BOLD, *subject ? subject : json_str(record, "subject"));
	printf(" ");
	ctl_print(o, show_state_colour(json_str(record, "severity")), json_str(record, "code"));
	putchar('\n');
	if (*meaning_of(o, record)) {
		printf("  ");
		ctl_print_wrapped(o, 2, 2, meaning_of(o, record));
	}
	printf(ctl_tr(o, "State: %s; severity: %s; sureness: %s; times: %lld\n"),
		ctl_tr(o, json_str(record, "state")), ctl_tr(o, json_str(record, "severity")),
		ctl_tr(o, json_str(record, "confidence")), (long long)json_int(record, "times"));
	show_when(o, "First seen: ", json_object_get(record, "first"));
	show_when(o, "Cleared: ", json_object_get(record, "cleared"));
	if (*json_str(record, "source"))
		printf("%s%s\n", ctl_tr(o, "Source: "), json_str(record, "source"));
	if (*json_str(record, "common"))
		printf(ctl_tr(o, "Another appliance told the same cause just before: %s\n"),
			json_str(record, "common"));
	show_words(o, "The appliance itself shows, which counts more: ",
		json_object_get(d, "outranked_by"));
	if (d) {
		putchar('\n');
		printf("%s%s\n", ctl_tr(o, "Rule: "), json_str(evidence, "expression"));
		show_comparisons(o, evidence);
		if (json_int(evidence, "shown_in") > 0)
			printf(ctl_tr(o, "Shown in %lld sessions, cycles or days.\n"),
				(long long)json_int(evidence, "shown_in"));
		show_words(o, "Points without a value: ", json_object_get(d, "points"));
		show_normal(o, json_object_get(evidence, "normal"));
		show_signs(o, json_object_get(evidence, "signs"));
		show_earlier(o, json_object_get(d, "earlier"));
	}
	show_causes(o, k, kind, record);
	show_words(o, "Not that: ", json_object_get(d, "excluded"));
	show_words(
		o, "Looked at, and does not explain it: ", json_object_get(d, "not_explained_by"));
	show_words(o, "Not known, and would decide: ", json_object_get(d, "not_known"));
	show_steps_done(o, json_object_get(record, "steps_done"));
	show_frame(o, json_object_get(record, "frame"));
	show_picture(o, bus, record);
	knowledge_free(k);
}

int verb_findings_show(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(json_decrefp) json_t *record = NULL;
	uint64_t id;
	int r;

	if (argc > 2)
		return ctl_usage(o, argv[0], "too many words: \"%s\"", argv[2]);
	if (argc < 2 || parse_u64(argv[1], 1, UINT64_MAX, &id) < 0)
		return ctl_usage(o, "findings show", "needs the number of a finding");
	r = client_open(o, &bus);
	if (r == CTL_OK)
		r = get_record(o, bus, id, &record);
	if (r != CTL_OK)
		return r;
	if (o->json != JSON_OFF)
		return ctl_print_json(o, TAKE_PTR(record));
	ctl_pager_open(o);
	show_record(o, bus, id, record);
	return CTL_OK;
}

/* ---- a check of now */

static const char *why_text(const struct ctl_options *o, const char *why, char *dst, size_t size)
{
	const char *points = startswith(why, "needs ");

	if (!points)
		return ctl_tr(o, why);
	(void)snprintf(dst, size, "%s%s", ctl_tr(o, "needs "), points);
	return dst;
}

static void show_rules(const struct ctl_options *o, const json_t *rules)
{
	static const char *const headers[] = {"RULE", "STATE", "SEVERITY", ">FINDING", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);

	for (size_t i = 0; i < json_array_size(rules); i++) {
		const json_t *v = json_array_get(rules, i);
		const char *state = json_str(v, "state");
		bool confirmed = streq(state, "confirmed");

		if (!confirmed && !streq(state, "pending"))
			continue;
		table_cell(t, BOLD, json_str(v, "rule"));
		table_cell(t, confirmed ? RED : YELLOW, ctl_tr(o, confirmed ? "found" : state));
		table_cell(t, show_state_colour(json_str(v, "severity")),
			ctl_tr(o, json_str(v, "severity")));
		if (json_int(v, "finding") > 0)
			table_cellf(t, PLAIN, "%lld", (long long)json_int(v, "finding"));
		else
			table_cell(t, PLAIN, "");
	}
	if (table_rows(t) > 0) {
		table_print(t);
		putchar('\n');
	}
}

static void show_unjudged(const struct ctl_options *o, const json_t *rules)
{
	static const char *const headers[] = {"NOT JUDGED", "WHY", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);
	char text[320];

	for (size_t i = 0; i < json_array_size(rules); i++) {
		const json_t *v = json_array_get(rules, i);

		if (json_is_true(json_object_get(v, "judged")))
			continue;
		table_cell(t, PLAIN, json_str(v, "rule"));
		table_cell(t, GREY, why_text(o, json_str(v, "why"), text, sizeof(text)));
	}
	if (table_rows(t) > 0) {
		table_print(t);
		putchar('\n');
	}
}

/* Readings that are not there, by reason: what cannot be seen cannot be judged. */
static void show_missing(const struct ctl_options *o, const json_t *v)
{
	static const char *const headers[] = {"NO VALUE", "WHY", NULL};
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
		table_cell(t, PLAIN, json_str(m, "name"));
		table_cell(t, GREY,
			reason != REASON_NONE ? reason_text(reason, o->zh)
					      : ctl_tr(o, json_str(m, "q")));
	}
	if (table_rows(t) > 0) {
		table_print(t);
		putchar('\n');
	}
}

/* "Is it the gateway?": faults before it was attached, and since. */
static void show_since(const struct ctl_options *o, const json_t *since)
{
	const json_t *list = json_object_get(since, "counters");
	char when[32];

	if (json_int(since, "at") > 0 && json_int(since, "own_codes") > 0) {
		show_time(o, when, sizeof(when), json_int(since, "at") * (json_int_t)USEC_PER_SEC);
		printf(ctl_tr(o, "Since the gateway was attached (%s) it has shown %lld codes.\n"),
			when, (long long)json_int(since, "own_codes"));
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);
		bool rose = json_is_true(json_object_get(v, "rose"));

		printf(ctl_tr(o,
			       "%s: %lld in %lld %s before the gateway was attached, %lld in %lld since: %s.\n"),
			json_str(v, "name"), (long long)json_int(v, "before"),
			(long long)json_int(v, "of_before"), json_str(v, "of"),
			(long long)json_int(v, "after"), (long long)json_int(v, "of_after"),
			ctl_tr(o, rose ? "more than before" : "not more than before"));
	}
	if (json_array_size(list) > 0)
		putchar('\n');
}

/* One sentence, no surer than what it rests on. */
static void show_verdict(const struct ctl_options *o, const json_t *v, const json_t *record)
{
	long long judged = json_int(v, "judged"), of = json_int(v, "of");
	const char *word = json_str(v, "verdict"), *code = record ? json_str(record, "code") : "?";
	const char *meaning = record ? meaning_of(o, record) : "";
	enum colour colour = YELLOW;
	char text[1024];

	if (!*meaning)
		meaning = ctl_tr(o, "no source says what it means");
	ctl_print(o, BOLD, ctl_tr(o, "Verdict: "));
	if (streq(word, "own-code"))
		(void)snprintf(text, sizeof(text),
			ctl_tr(o, "The appliance itself reports %s: %s."), code, meaning);
	else if (streq(word, "confirmed"))
		(void)snprintf(
			text, sizeof(text), ctl_tr(o, "Found, and sure (%s): %s."), code, meaning);
	else if (streq(word, "likely"))
		(void)snprintf(text, sizeof(text), ctl_tr(o, "Likely (%s): %s."), code, meaning);
	else if (streq(word, "may"))
		(void)snprintf(text, sizeof(text), ctl_tr(o, "It may be (%s): %s."), code, meaning);
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
	ctl_print(o, colour, text);
	putchar('\n');
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
	return *ret ? CTL_OK : ctl_error(o, CTL_FAILURE, NULL, "%s", strerror(EBADMSG));
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

static void show_learned(const struct ctl_options *o, const json_t *v)
{
	static const char *const headers[] = {
		"NORMAL HERE", "RULE", ">MEAN", ">SPREAD", ">SAMPLES", ">DAYS", NULL};
	const json_t *list = json_object_get(v, "learned");
	_cleanup_(table_freep) struct table *t = table_new(o, headers);
	char text[64];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *b = json_array_get(list, i);
		const char *unit = json_str(b, "unit");

		table_cell(t, PLAIN, json_str(b, "of"));
		table_cell(t, GREY, json_str(b, "rule"));
		number_text(text, sizeof(text), json_object_get(b, "mean"), unit);
		table_cell(t, BOLD, text);
		number_text(text, sizeof(text), json_object_get(b, "spread"),
			streq(unit, "°C") ? "K" : unit);
		table_cell(t, PLAIN, text);
		table_cellf(t, PLAIN, "%lld", (long long)json_int(b, "samples"));
		table_cellf(t, PLAIN, "%lld", (long long)json_int(b, "days"));
	}
	if (table_rows(t) > 0)
		table_print(t);
	else
		puts(ctl_tr(o, "Nothing has been learned yet."));
}

static int learned(const struct ctl_options *o, sd_bus *bus, const char *id)
{
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
	show_learned(o, json_object_get(both, "now"));
	before = json_object_get(both, "before");
	if (!before)
		return CTL_OK;
	if (json_int(before, "at") > 0)
		show_time(o, when, sizeof(when), json_int(before, "at") * (json_int_t)USEC_PER_SEC);
	printf(ctl_tr(o, "\nBefore it was begun anew (%s: %s):\n"), when, json_str(before, "why"));
	show_learned(o, before);
	return CTL_OK;
}

static int verb_diagnose_one(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(json_decrefp) json_t *all = NULL, *v = NULL, *record = NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	const char *id = NULL, *word;
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
		return learned(o, bus, id);
	if (r == CTL_OK)
		r = run_check(o, bus, id, &v);
	if (r == CTL_OK && json_int(v, "finding") > 0)
		r = get_record(o, bus, (uint64_t)json_int(v, "finding"), &record);
	if (r != CTL_OK)
		return r;
	word = json_str(v, "verdict");
	r = streq(json_str(v, "state"), "fault") ? CTL_FAULT : CTL_OK;
	if (o->json != JSON_OFF) {
		(void)ctl_print_json(o, TAKE_PTR(v));
		return r;
	}
	ctl_print(o, show_state_colour(json_str(v, "state")), "● ");
	ctl_print(o, BOLD, id);
	printf(o->zh ? " - %s（%s）\n" : " - %s (%s)\n", show_label(o, a),
		show_kind(o, json_str(v, "kind")));
	printf(ctl_tr(o, "%lld of %lld readings are good; %lld of %lld rules could be judged.\n\n"),
		(long long)json_int(v, "good"), (long long)json_int(v, "readings"),
		(long long)json_int(v, "judged"), (long long)json_int(v, "of"));
	show_missing(o, v);
	show_since(o, json_object_get(v, "since_attached"));
	show_rules(o, json_object_get(v, "rules"));
	show_unjudged(o, json_object_get(v, "rules"));
	show_verdict(o, v, record);
	if (record && !streq(word, ""))
		printf(ctl_tr(o, "More: hearthctl findings show %lld\n"),
			(long long)json_int(v, "finding"));
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
