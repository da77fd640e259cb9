/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl findings show N: all that is known of one finding. Words follow sureness. */
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

int finding_record(const struct ctl_options *o, sd_bus *bus, uint64_t id, json_t **ret)
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
	return *ret ? CTL_OK : ctl_error(o, CTL_FAILURE, NULL, "%s", ctl_strerror(o, EBADMSG));
}

const char *finding_meaning(const struct ctl_options *o, const json_t *record)
{
	const json_t *m = json_object_get(record, "meaning");
	const char *s = json_str(m, o->zh ? "zh" : "en");

	return *s ? s : *json_str(m, "en") ? json_str(m, "en") : json_str(m, "zh");
}

void show_number(char *dst, size_t size, const json_t *v, const char *unit)
{
	if (!json_is_number(v)) {
		(void)str_copy(dst, size, "-");
		return;
	}
	(void)snprintf(dst, size, "%.5g%s%s", json_number_value(v), *unit ? " " : "", unit);
}

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

/* ---- pieces of a record */

static void show_comparisons(const struct ctl_options *o, const json_t *evidence)
{
	static const char *const headers[] = {"COMPARED", ">VALUE", "", ">LIMIT", "HOLDS", NULL};
	const json_t *list = json_object_get(evidence, "comparisons");
	_cleanup_(table_freep) struct table *t = table_new(o, headers);
	char text[64];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *c = json_array_get(list, i), *holds = json_object_get(c, "holds");

		table_cell(t, PLAIN, json_str(c, "of"));
		show_number(text, sizeof(text), json_object_get(c, "value"), json_str(c, "unit"));
		table_cell(t, BOLD, text);
		table_cell(t, PLAIN, json_str(c, "op"));
		show_number(
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

			show_number(text, sizeof(text), json_object_get(v, keys[k]),
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

/* TITLE, translated, and a text behind it that may take several lines. */
static void labelled(const struct ctl_options *o, const char *title, const char *text)
{
	if (!*text)
		return;
	title = ctl_tr(o, title);
	fputs(title, stdout);
	ctl_print_wrapped(o, utf8_columns(title), 2, text);
}

static void list_of_words(const struct ctl_options *o, const char *title, const json_t *words)
{
	char text[1024] = "";
	size_t used = 0;

	for (size_t i = 0; i < json_array_size(words); i++)
		(void)str_appendf(text, sizeof(text), &used, "%s%s", i ? (o->zh ? "、" : ", ") : "",
			json_string_value(json_array_get(words, i)) ?: "");
	labelled(o, title, text);
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
	if (c && words_in(&c->decide, o->zh))
		labelled(o, "What would decide: ", words_in(&c->decide, o->zh));
}

static void value_text(
	const struct ctl_options *o, char *dst, size_t size, const json_t *v, const char *unit)
{
	if (json_is_number(v))
		show_number(dst, size, v, unit);
	else if (json_is_boolean(v))
		(void)str_copy(dst, size, ctl_tr(o, json_is_true(v) ? "yes" : "no"));
	else
		show_words(o, json_string_value(v) ?: "-", dst, size);
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
			value_text(o, text, sizeof(text), json_object_get(v, keys[i]),
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
	if (*finding_meaning(o, record)) {
		printf("  ");
		ctl_print_wrapped(o, 2, 2, finding_meaning(o, record));
	}
	printf(ctl_tr(o, "State: %s; severity: %s; sureness: %s; times: %lld\n"),
		ctl_tr(o, json_str(record, "state")), ctl_tr(o, json_str(record, "severity")),
		ctl_tr(o, json_str(record, "confidence")), (long long)json_int(record, "times"));
	show_when(o, "First seen: ", json_object_get(record, "first"));
	show_when(o, "Cleared: ", json_object_get(record, "cleared"));
	labelled(o, "Source: ", json_str(record, "source"));
	labelled(o,
		"Another appliance told the same cause just before: ", json_str(record, "common"));
	list_of_words(o, "The appliance itself shows, which counts more: ",
		json_object_get(d, "outranked_by"));
	if (d) {
		putchar('\n');
		labelled(o, "Rule: ", json_str(evidence, "expression"));
		show_comparisons(o, evidence);
		if (json_int(evidence, "shown_in") > 0)
			printf(ctl_tr(o, "Shown in %lld sessions, cycles or days.\n"),
				(long long)json_int(evidence, "shown_in"));
		list_of_words(o, "Points without a value: ", json_object_get(d, "points"));
		show_normal(o, json_object_get(evidence, "normal"));
		show_signs(o, json_object_get(evidence, "signs"));
		show_earlier(o, json_object_get(d, "earlier"));
	}
	show_causes(o, k, kind, record);
	list_of_words(o, "Not that: ", json_object_get(d, "excluded"));
	list_of_words(
		o, "Looked at, and does not explain it: ", json_object_get(d, "not_explained_by"));
	list_of_words(o, "Not known, and would decide: ", json_object_get(d, "not_known"));
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
		r = finding_record(o, bus, id, &record);
	if (r != CTL_OK)
		return r;
	if (o->json != JSON_OFF)
		return ctl_print_json(o, TAKE_PTR(record));
	ctl_pager_open(o);
	show_record(o, bus, id, record);
	return CTL_OK;
}
