/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl findings show N, below what everybody reads: tables for who repairs it. */
#include "finding-details.h"

#include "client.h"
#include "plot.h"

#include <time.h>

/* Around a finding in its picture. */
#define BEFORE_US (6 * (int64_t)USEC_PER_HOUR)
#define DAY_US    (24 * (int64_t)USEC_PER_HOUR)
#define MOST_US   (48 * (int64_t)USEC_PER_HOUR)
#define PICTURES  2 /* a difference has two sides */

void finding_words(const struct ctl_options *o, const char *title, const char *text)
{
	if (!*text)
		return;
	title = ctl_tr(o, title);
	ctl_print(o, BOLD, title);
	ctl_print_wrapped(o, utf8_columns(title), 2, text);
}

/* ---- evidence */

static void show_comparisons(struct names *names, const json_t *evidence)
{
	static const char *const headers[] = {"COMPARED", ">VALUE", "", ">LIMIT", "HOLDS", NULL};
	const json_t *list = json_object_get(evidence, "comparisons");
	_cleanup_(table_freep) struct table *t = table_new(names->o, headers);
	char text[512];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *c = json_array_get(list, i), *holds = json_object_get(c, "holds");
		const char *unit = json_str(c, "unit");

		names_expression(names, json_str(c, "of"), text, sizeof(text));
		table_cell(t, PLAIN, text);
		show_number(text, sizeof(text), json_object_get(c, "value"), unit);
		table_cell(t, BOLD, text);
		table_cell(t, PLAIN, json_str(c, "op"));
		show_number(text, sizeof(text), json_object_get(c, "threshold"), unit);
		table_cell(t, PLAIN, text);
		table_cell(t, json_is_true(holds) ? YELLOW : PLAIN,
			ctl_tr(names->o, json_is_true(holds)    ? "yes"
					 : json_is_false(holds) ? "no"
								: "not known"));
	}
	if (table_rows(t) > 0)
		table_print(t);
}

/* What was learned here, and what is now. */
static void show_normal(struct names *names, const json_t *list)
{
	static const char *const headers[] = {
		"NORMAL HERE", ">NOW", ">MEAN", ">SPREAD", ">SAMPLES", ">DAYS", NULL};
	static const char *const keys[] = {"value", "mean", "spread"};
	_cleanup_(table_freep) struct table *t = table_new(names->o, headers);
	char text[512];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);

		names_expression(names, json_str(v, "of"), text, sizeof(text));
		table_cell(t, PLAIN, text);
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
			const char *unit = json_str(v, "unit");

			show_number(text, sizeof(text), json_object_get(v, keys[k]),
				k == 2 && streq(unit, "°C") ? "K" : unit);
			table_cell(t, k == 0 ? BOLD : PLAIN, text);
		}
		table_cellf(t, PLAIN, "%lld", (long long)json_int(v, "samples"));
		table_cellf(t, PLAIN, "%lld", (long long)json_int(v, "days"));
	}
	if (table_rows(t) > 0) {
		putchar('\n');
		table_print(t);
	}
}

/* What speaks for and against each cause. */
static void show_signs(struct names *names, const json_t *list)
{
	static const char *const headers[] = {"CAUSE", "", "SIGN", "HOLDS", NULL};
	_cleanup_(table_freep) struct table *t = table_new(names->o, headers);
	char text[512];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);
		bool against = *json_str(v, "against");
		bool holds = json_is_true(json_object_get(v, "holds"));
		const struct cause *c = names_cause(names, json_str(v, "cause"));

		table_cell(t, PLAIN, c ? words_in(&c->name, names->o->zh) : json_str(v, "cause"));
		table_cell(t, PLAIN, ctl_tr(names->o, against ? "against" : "for"));
		names_expression(
			names, json_str(v, against ? "against" : "for"), text, sizeof(text));
		table_cell(t, PLAIN, text);
		table_cell(t, holds != against ? YELLOW : PLAIN,
			ctl_tr(names->o, holds ? "yes" : "no"));
	}
	if (table_rows(t) > 0) {
		putchar('\n');
		table_print(t);
	}
}

/* Numbers of the episode before: that it came back, and how far. */
static void show_earlier(struct names *names, const json_t *earlier)
{
	const struct ctl_options *o = names->o;
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
		ctl_say(o, "It was there before, with these numbers:");
	}
	show_comparisons(names, earlier);
}

static void list_of_names(struct names *names, const char *title, const json_t *list,
	void (*name)(struct names *names, const char *word, char *dst, size_t size))
{
	char text[1024] = "", one[256];
	size_t used = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		name(names, json_string_value(json_array_get(list, i)) ?: "", one, sizeof(one));
		(void)str_appendf(text, sizeof(text), &used, "%s%s",
			i ? (names->o->zh ? "、" : ", ") : "", one);
	}
	finding_words(names->o, title, text);
}

static void attribute_name(struct names *names, const char *word, char *dst, size_t size)
{
	(void)str_copy(dst, size, names_attribute(names, word));
}

static void cause_name(struct names *names, const char *word, char *dst, size_t size)
{
	const struct cause *c = names_cause(names, word);

	(void)str_copy(dst, size, c ? words_in(&c->name, names->o->zh) : word);
}

static void show_diagnosis(struct names *names, const json_t *d)
{
	const struct ctl_options *o = names->o;
	const json_t *evidence = json_object_get(d, "evidence");
	char text[1400];

	(void)snprintf(text, sizeof(text), "%s: %s", json_str(d, "rule"),
		json_str(evidence, "expression"));
	finding_words(o, "Rule: ", text);
	show_comparisons(names, evidence);
	if (json_int(evidence, "shown_in") > 1)
		printf(ctl_tr(o, "It showed %lld times (in runs, cycles or days).\n"),
			(long long)json_int(evidence, "shown_in"));
	list_of_names(
		names, "Points without a value: ", json_object_get(d, "points"), attribute_name);
	show_normal(names, json_object_get(evidence, "normal"));
	show_signs(names, json_object_get(evidence, "signs"));
	show_earlier(names, json_object_get(d, "earlier"));
	list_of_names(names, "Not that: ", json_object_get(d, "excluded"), cause_name);
	list_of_names(names,
		"Looked at, and does not explain it: ", json_object_get(d, "not_explained_by"),
		names_rule_text);
	list_of_names(names, "Not known, and would decide: ", json_object_get(d, "not_known"),
		names_rule_text);
}

/* ---- readings */

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

static bool has(const json_t *frame, const char *key)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)frame, name, v) if (json_object_get(v, key)) return true;
	return false;
}

/* Columns that would be empty are left out. */
static void show_frame(struct names *names, const json_t *frame)
{
	static const char *const keys[] = {"before", "v", "after", "q"};
	static const char *const titles[] = {">5 MIN BEFORE", ">THEN", ">5 MIN AFTER", "QUALITY"};
	const char *headers[7] = {"READING"};
	_cleanup_(table_freep) struct table *t = NULL;
	const char *name;
	bool shown[4];
	size_t n = 1;
	json_t *v;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		shown[i] = i == 1 || has(frame, keys[i]);
		if (shown[i])
			headers[n++] = titles[i];
	}
	headers[n] = "ATTRIBUTE";
	t = table_new(names->o, headers);
	json_object_foreach((json_t *)frame, name, v)
	{
		char text[96];

		table_cell(t, PLAIN, names_attribute(names, name));
		for (size_t i = 0; i < ARRAY_SIZE(keys) - 1; i++) {
			if (!shown[i])
				continue;
			value_text(names->o, text, sizeof(text), json_object_get(v, keys[i]),
				json_str(v, "unit"));
			table_cell(t, i == 1 ? BOLD : PLAIN, text);
		}
		if (shown[3])
			table_cell(t, YELLOW, ctl_tr(names->o, json_str(v, "q")));
		table_cell(t, GREY, name);
	}
	if (table_rows(t) == 0)
		return;
	putchar('\n');
	table_print(t);
}

/* ---- pictures */

/* The number in the frame that stands first in TEXT, from *AT on, which moves behind it; the longest of several that
 * begin there. */
static const char *next_attribute(const json_t *frame, const char *text, size_t *at)
{
	const char *name, *best = NULL, *first = NULL;
	json_t *v;

	json_object_foreach((json_t *)frame, name, v)
	{
		const char *p = strstr(text + *at, name);

		if (!p || !json_is_number(json_object_get(v, "v")))
			continue;
		if (!first || p < first || (p == first && strlen(name) > strlen(best))) {
			first = p;
			best = name;
		}
	}
	if (best)
		*at = (size_t)(first - text) + strlen(best);
	return best;
}

static size_t attributes_to_plot(const json_t *record, const char *ret[PICTURES])
{
	const json_t *frame = json_object_get(record, "frame");
	const json_t *d = json_object_get(record, "diagnosis");
	const json_t *list = json_object_get(json_object_get(d, "evidence"), "comparisons");
	const char *name;
	size_t n = 0;

	if (*json_str(d, "point")) {
		ret[0] = json_str(d, "point");
		return 1;
	}
	for (size_t i = 0; i < json_array_size(list) && n == 0; i++) {
		const char *text = json_str(json_array_get(list, i), "of");
		size_t at = 0;

		while (n < PICTURES && (name = next_attribute(frame, text, &at)))
			if (n == 0 || !streq(ret[0], name))
				ret[n++] = name;
	}
	return n;
}

static void show_picture(
	struct names *names, sd_bus *bus, const json_t *record, const char *attribute)
{
	const json_t *first = json_object_get(record, "first");
	int64_t now = (int64_t)time(NULL) * (int64_t)USEC_PER_SEC, since = now - DAY_US,
		until = now, mark = 0;
	struct history h;

	/* How long ago, by one clock: that of the record and of the first sight. */
	if (first && streq(json_str(first, "boot"), json_str(record, "boot"))) {
		mark = now - (json_int(record, "t") - json_int(first, "t")) * (int64_t)USEC_PER_SEC;
		since = mark - BEFORE_US;
		until = MIN(now, since + MOST_US);
	}
	if (history_read(names->o, bus, json_str(record, "appliance"), attribute, since, until,
		    &h) != CTL_OK)
		return;
	putchar('\n');
	ctl_print(names->o, BOLD, names_attribute(names, attribute));
	putchar('\n');
	if (!history_plot(names->o, &h, since, until, mark, 6))
		ctl_say(names->o, "Nothing of that time is kept.");
	history_done(&h);
}

/* ---- all of it */

static void show_steps_done(struct names *names, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);
		bool seen = streq(json_str(v, "by"), "readings");

		printf(ctl_tr(names->o, "Step done: %s %lld (%s)\n"), json_str(v, "cause"),
			(long long)json_int(v, "step"),
			ctl_tr(names->o, seen ? "the readings showed it" : "a person said so"));
	}
}

/* The maker's own list of past codes: how often this one stands in it. */
static void show_past(const struct ctl_options *o, const json_t *record)
{
	const json_t *past = json_object_get(record, "past");
	const char *const keys[] = {"before", "after"};
	long long n[2] = {0};

	for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
		const json_t *list = json_object_get(past, keys[k]);

		for (size_t i = 0; i < json_array_size(list); i++)
			n[k] += streq(json_str(json_array_get(list, i), "code"),
				json_str(record, "code"));
	}
	if (past && !json_object_get(record, "diagnosis"))
		ctl_say(o,
			"The appliance's own list of past codes has it %lld times from before the gateway was attached, and %lld times since.",
			n[0], n[1]);
}

void finding_details(struct names *names, sd_bus *bus, const json_t *record)
{
	const json_t *d = json_object_get(record, "diagnosis");
	const char *attributes[PICTURES];
	size_t n = attributes_to_plot(record, attributes);

	for (size_t i = 0; i < n && *json_str(record, "appliance"); i++)
		show_picture(names, bus, record, attributes[i]);
	putchar('\n');
	ctl_print(names->o, BOLD, ctl_tr(names->o, "For whoever repairs it"));
	putchar('\n');
	finding_words(names->o, "Source: ", json_str(record, "source"));
	show_past(names->o, record);
	if (d)
		show_diagnosis(names, d);
	show_steps_done(names, json_object_get(record, "steps_done"));
	show_frame(names, json_object_get(record, "frame"));
}
