/* SPDX-License-Identifier: Apache-2.0 */
/* One page about a repair: what was, what was done, what is. Text, or HTML with everything escaped. */
#include "client.h"
#include "names.h"
#include "page.h"

static const char *verdict_text(const json_t *v)
{
	const char *s = json_str(v, "verdict");
	const json_t *away = json_object_get(v, "away_since");

	if (streq(s, "verified"))
		return "Verified: the readings show that the repair has worked.";
	if (streq(s, "returned"))
		return "Returned: the fault is there again, or it never went.";
	if (streq(s, "only-reset"))
		return "Only reset, not repaired: the fault is shown no more, but its feature is still "
		       "off.";
	if (away && json_integer_value(away) > 0)
		return "The code has stayed away since. That alone is no proof of a repair.";
	if (away)
		return "The appliance still shows the code.";
	return "Not comparable yet: the appliance has not run under like conditions for long enough.";
}

static const json_t *find_of(const json_t *list, const char *of)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (streq(json_str(json_array_get(list, i), "of"), of))
			return json_array_get(list, i);
	return NULL;
}

static void number_text(const json_t *c, const char *key, char *dst, size_t size)
{
	const json_t *v = c ? json_object_get(c, key) : NULL;

	if (json_is_number(v))
		(void)snprintf(dst, size, "%.4g%s%s", json_number_value(v),
			*json_str(c, "unit") ? " " : "", json_str(c, "unit"));
	else
		(void)str_copy(dst, size, "-");
}

/* Before the repair, after it, and what is wanted: a line of each comparison. */
static void numbers(struct page *p, const json_t *v)
{
	const json_t *before = json_object_get(
		json_object_get(json_object_get(v, "record"), "evidence"), "comparisons");
	const char *const lists[] = {"after", "test"};
	char was[64], is[64], limit[64], what[400], line[700];

	for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
		const json_t *list = json_object_get(v, lists[k]);

		for (size_t i = 0; i < json_array_size(list); i++) {
			const json_t *c = json_array_get(list, i);

			number_text(find_of(before, json_str(c, "of")), "value", was, sizeof(was));
			number_text(c, "value", is, sizeof(is));
			number_text(c, "threshold", limit, sizeof(limit));
			names_expression(p->names, json_str(c, "of"), what, sizeof(what));
			if (k == 0)
				(void)snprintf(line, sizeof(line),
					ctl_tr(p->o, "%s: before %s, now %s; a fault where %s %s"),
					what, was, is, json_str(c, "op"), limit);
			else
				(void)snprintf(line, sizeof(line),
					ctl_tr(p->o, "%s: before %s, now %s; repaired where %s %s"),
					what, was, is, json_str(c, "op"), limit);
			page_row(p, k == 0 ? "Fault" : "Test", line);
		}
	}
}

static void progress(struct page *p, const json_t *v)
{
	char text[128];
	const char *unit = json_str(v, "unit");

	if (!json_object_get(v, "needed"))
		return;
	(void)snprintf(text, sizeof(text), ctl_tr(p->o, "passed %.0f of %.0f %s"),
		json_number_value(json_object_get(v, "passed")),
		json_number_value(json_object_get(v, "needed")), ctl_tr(p->o, unit));
	page_row(p, "Progress", text);
	if (!json_is_true(json_object_get(v, "own_test")))
		page_row(p, "Note",
			ctl_tr(p->o, "This rule has no test of its own: it is proven only that "
				     "the fault is gone."));
}

void repair_print(struct names *names, const json_t *appliance, const json_t *v, bool html, FILE *f)
{
	const struct ctl_options *o = names->o;
	struct page p = {.o = o, .html = html, .f = f, .names = names};
	const char *rule = names_rule(names, json_str(v, "code"));
	char text[300], title[128];

	(void)snprintf(title, sizeof(title), ctl_tr(o, "Repair of finding %lld"),
		(long long)json_int(v, "finding"));
	page_begin(&p, title, ctl_tr(o, verdict_text(v)));
	(void)str_copy(text, sizeof(text), json_str(v, "appliance"));
	if (appliance)
		(void)snprintf(text, sizeof(text), o->zh ? "%s（%s，%s）" : "%s (%s, %s)",
			show_label(o, appliance), show_kind(o, json_str(appliance, "kind")),
			json_str(v, "appliance"));
	page_row(&p, "Appliance", text);
	(void)str_copy(text, sizeof(text), json_str(v, "code"));
	if (rule)
		(void)snprintf(text, sizeof(text), o->zh ? "%s（%s）" : "%s (%s)", rule,
			json_str(v, "code"));
	page_row(&p, "Finding", text);
	page_row(&p, "Meaning", care_words(o, v, "meaning"));
	show_time(o, text, sizeof(text), json_int(v, "claimed_at"));
	page_row(&p, "Repair recorded", text);
	page_row(&p, "By", json_str(v, "by"));
	page_row(&p, "Part", json_str(v, "part"));
	page_row(&p, "Note", json_str(v, "note"));
	page_row(&p, "Still seen by the rule", json_str(v, "still_seen"));
	if (json_int(v, "away_since") > 0) {
		show_time(o, text, sizeof(text), json_int(v, "away_since"));
		page_row(&p, "Code away since", text);
	}
	numbers(&p, v);
	progress(&p, v);
	page_end(&p);
}
