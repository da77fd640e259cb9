/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl findings show N: what is wrong, how sure that is, why, and what to do, in the order in which a person
 * asks; below it what a technician wants (finding-details.c). Words follow sureness. */
#include "client.h"
#include "finding-details.h"

#include <math.h>

#define CAUSES_SHOWN   4
#define COMPARED_SHOWN 3

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

void finding_title(struct names *names, const json_t *record, char *dst, size_t size)
{
	const json_t *d = json_object_get(record, "diagnosis");
	const char *meaning = finding_meaning(names->o, record), *rule;
	size_t used = 0;

	*dst = '\0';
	if (!d) {
		(void)snprintf(dst, size, names->o->zh ? "%s：%s" : "%s: %s",
			json_str(record, "code"),
			*meaning ? meaning : ctl_tr(names->o, "no source says what it means"));
		return;
	}
	rule = names_rule(names, json_str(d, "rule"));
	(void)str_appendf(dst, size, &used, "%s",
		rule
			?: *meaning ? rule ?: meaning
				    : json_str(d, "rule"));
	if (rule && *json_str(d, "point"))
		(void)str_appendf(dst, size, &used, names->o->zh ? "：%s" : ": %s",
			names_attribute(names, json_str(d, "point")));
}

void finding_why(struct names *names, const json_t *record, char *dst, size_t size)
{
	const json_t *evidence = json_object_get(json_object_get(record, "diagnosis"), "evidence");
	const json_t *list = json_object_get(evidence, "comparisons");
	size_t used = 0, shown = 0;

	*dst = '\0';
	for (size_t i = 0; i < json_array_size(list) && shown < COMPARED_SHOWN; i++) {
		const json_t *c = json_array_get(list, i);
		double value = json_number_value(json_object_get(c, "value"));
		double limit = json_number_value(json_object_get(c, "threshold"));
		const char *unit = json_str(c, "unit");
		char what[400];

		if (!json_is_true(json_object_get(c, "holds")) ||
			!json_is_number(json_object_get(c, "value")))
			continue;
		/* Seconds say little where hours are meant. */
		if (streq(unit, "s") && fabs(limit) >= 120) {
			value /= 60;
			limit /= 60;
			unit = "min";
		}
		names_expression(names, json_str(c, "of"), what, sizeof(what));
		(void)str_appendf(dst, size, &used,
			ctl_tr(names->o, "%s%s is %.4g%s%s (a fault: %s %.4g%s%s)"),
			shown++ ? (names->o->zh ? "；" : "; ") : "", what, value, *unit ? " " : "",
			unit, json_str(c, "op"), limit, *unit ? " " : "", unit);
	}
}

/* ---- what a person asks */

static void show_head(
	struct names *names, uint64_t id, const json_t *record, const json_t *appliance)
{
	const struct ctl_options *o = names->o;
	enum colour colour = show_state_colour(json_str(record, "severity"));
	const char *subject = json_str(record, "appliance");
	char title[512];

	ctl_print(o, colour, "● ");
	ctl_print(o, BOLD, *subject ? subject : json_str(record, "subject"));
	if (appliance)
		printf(o->zh ? " - %s（%s）" : " - %s (%s)", show_label(o, appliance),
			show_kind(o, json_str(record, "kind")));
	printf(ctl_tr(o, ", finding %llu\n"), (unsigned long long)id);
	finding_title(names, record, title, sizeof(title));
	ctl_print_coloured(o, colour == GREY ? BOLD : colour, 0, 2, title);
	putchar('\n');
}

static const char *severity_text(const char *severity)
{
	static const struct {
		const char *severity, *text;
	} texts[] = {
		{"info", "for information, nothing has to be done"},
		{"care", "look after it in the next days"},
		{"service", "have it looked at by somebody who knows it"},
		{"urgent", "see to it today"},
		{"danger", "see to it now"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (streq(texts[i].severity, severity))
			return texts[i].text;
	return "";
}

/* How sure the rule is; of a code, how well its meaning is known. */
static const char *sureness_text(const json_t *record)
{
	const char *s = json_str(record, "confidence");

	if (!json_object_get(record, "diagnosis"))
		return streq(s, "high") ? "the appliance says so itself"
		       : streq(s, "medium")
			       ? "the appliance shows it; what the code means is likely"
			       : "the appliance shows it; what the code means is not sure";
	return streq(s, "high")     ? "nearly certain"
	       : streq(s, "medium") ? "likely, not proven"
				    : "a hint, no more";
}

static void show_answers(struct names *names, const json_t *record)
{
	const struct ctl_options *o = names->o;
	const json_t *first = json_object_get(record, "first");
	const json_t *cleared = json_object_get(record, "cleared");
	char text[1400], when[32];

	(void)snprintf(text, sizeof(text), o->zh ? "%s：%s" : "%s: %s",
		ctl_tr(o, json_str(record, "severity")),
		ctl_tr(o, severity_text(json_str(record, "severity"))));
	if (cleared)
		(void)str_copy(text, sizeof(text), ctl_tr(o, "it is gone"));
	finding_words(o, "How bad: ", text);
	(void)snprintf(text, sizeof(text), o->zh ? "%s：%s" : "%s: %s",
		ctl_tr(o, json_str(record, "confidence")), ctl_tr(o, sureness_text(record)));
	finding_words(o, "How sure: ", text);
	finding_why(names, record, text, sizeof(text));
	finding_words(o, "Why: ", text);
	if (first && !json_object_get(first, "clk")) {
		show_time(o, when, sizeof(when), json_int(first, "t") * (json_int_t)USEC_PER_SEC);
		if (json_int(record, "times") > 1)
			(void)snprintf(text, sizeof(text), ctl_tr(o, "%s, %lld times by now"), when,
				(long long)json_int(record, "times"));
		else
			(void)str_copy(text, sizeof(text), when);
		finding_words(o, "Since: ", text);
	}
	if (cleared && !json_object_get(cleared, "clk")) {
		show_time(o, when, sizeof(when), json_int(cleared, "t") * (json_int_t)USEC_PER_SEC);
		finding_words(o, "Gone since: ", when);
	}
	finding_words(o,
		"Another appliance told the same cause just before: ", json_str(record, "common"));
}

/* What the appliance shows itself outranks what a rule infers. */
static void show_outranked(const struct ctl_options *o, const json_t *list)
{
	char text[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < json_array_size(list); i++)
		(void)str_appendf(text, sizeof(text), &used, "%s%s", i ? (o->zh ? "、" : ", ") : "",
			json_string_value(json_array_get(list, i)) ?: "");
	finding_words(o, "The appliance itself shows, which counts more: ", text);
}

static void show_cause(struct names *names, const char *id, double share)
{
	const struct ctl_options *o = names->o;
	const struct cause *c = names_cause(names, id);
	char head[16] = "  ", text[400], who[96] = "";
	size_t at;

	if (isfinite(share))
		(void)snprintf(head, sizeof(head), "  %3.0f %%  ", 100 * share);
	at = strlen(head);
	if (c && c->who == WHO_HOUSEHOLD)
		(void)str_copy(who, sizeof(who), ctl_tr(o, "you can see to it yourself"));
	else if (c)
		(void)snprintf(who, sizeof(who), ctl_tr(o, "for %s"), who_name(c->who, o->zh));
	(void)snprintf(text, sizeof(text), *who ? (o->zh ? "%s（%s）" : "%s (%s)") : "%s%s",
		c ? words_in(&c->name, o->zh) : id, who);
	fputs(head, stdout);
	ctl_print_wrapped(o, at, at, text);
}

/* The likeliest cause, or NULL. */
static const struct cause *show_causes(struct names *names, const json_t *record)
{
	const struct ctl_options *o = names->o;
	const json_t *inferred = json_object_get(json_object_get(record, "diagnosis"), "causes");
	const json_t *codes = json_object_get(record, "causes"), *v;
	const struct cause *first = NULL;
	size_t shown = 0;

	if (json_array_size(inferred) + json_array_size(codes) == 0)
		return NULL;
	putchar('\n');
	ctl_print(o, BOLD, ctl_tr(o, "What it may be:"));
	putchar('\n');
	for (size_t i = 0; i < json_array_size(inferred) && shown < CAUSES_SHOWN; i++, shown++) {
		v = json_array_get(inferred, i);
		if (!first)
			first = names_cause(names, json_str(v, "id"));
		show_cause(
			names, json_str(v, "id"), json_number_value(json_object_get(v, "share")));
	}
	for (size_t i = 0; i < json_array_size(codes) && shown < CAUSES_SHOWN; i++, shown++) {
		v = json_array_get(codes, i);
		if (!first)
			first = names_cause(names, json_string_value(v));
		show_cause(names, json_string_value(v) ?: "", NAN);
	}
	if (first && words_in(&first->decide, o->zh))
		finding_words(o, "What would decide: ", words_in(&first->decide, o->zh));
	return first;
}

/* The first thing to do, and where the rest stands. */
static void show_to_do(struct names *names, uint64_t id, const json_t *record,
	const struct cause *first, bool repair)
{
	const struct ctl_options *o = names->o;
	const char *words[3], *step = NULL;
	size_t n = first ? knowledge_first_words(names->kind, first->danger, o->zh, words) : 0;
	char text[600];

	if (json_object_get(record, "cleared") || !names->kind)
		return;
	putchar('\n');
	for (size_t i = 0; i < n; i++)
		ctl_print_coloured(o, RED, 0, 2, words[i]);
	if (first && first->n_steps > 0 && first->steps[0].who == WHO_HOUSEHOLD)
		step = words_in(&first->steps[0].text, o->zh);
	if (step)
		finding_words(o, "First of all: ", step);
	else if (first && first->who != WHO_HOUSEHOLD) {
		(void)snprintf(
			text, sizeof(text), ctl_tr(o, "call %s"), who_name(first->who, o->zh));
		finding_words(o, "First of all: ", text);
	}
	(void)snprintf(text, sizeof(text), "hearthctl guide %llu", (unsigned long long)id);
	finding_words(o, "Step by step: ", text);
	(void)snprintf(
		text, sizeof(text), "hearthctl repair request %s", json_str(record, "appliance"));
	if (repair)
		finding_words(o, "Somebody to repair it: ", text);
	(void)snprintf(text, sizeof(text), "hearthctl repair done %llu", (unsigned long long)id);
	finding_words(o, "When it was repaired: ", text);
}

static bool takes_repairs(const json_t *upstreams)
{
	for (size_t i = 0; i < json_array_size(upstreams); i++)
		if (strstr(json_str(json_array_get(upstreams, i), "planes"), "repair"))
			return true;
	return false;
}

static void show_record(const struct ctl_options *o, sd_bus *bus, uint64_t id, json_t *record)
{
	_cleanup_(json_decrefp) json_t *all = NULL, *readings = NULL;
	const char *subject = json_str(record, "appliance");
	struct names names = {.o = o, .kind = model_kind_by_name(json_str(record, "kind"))};
	const json_t *list, *appliance = NULL;
	const struct cause *first;

	if (client_objects(o, bus, &all) != CTL_OK)
		return;
	list = json_object_get(all, "appliances");
	for (size_t i = 0; i < json_array_size(list); i++)
		if (streq(json_str(json_array_get(list, i), "id"), subject))
			appliance = json_array_get(list, i);
	names.readings = readings = client_labels(bus, subject);
	show_head(&names, id, record, appliance);
	show_answers(&names, record);
	show_outranked(o, json_object_get(json_object_get(record, "diagnosis"), "outranked_by"));
	first = show_causes(&names, record);
	show_to_do(&names, id, record, first, takes_repairs(json_object_get(all, "upstreams")));
	finding_details(&names, bus, record);
	names_done(&names);
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
