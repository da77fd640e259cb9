/* SPDX-License-Identifier: Apache-2.0 */
/* A request for a repair as a page: what a service desk is told, or will be. */
#include "client.h"
#include "names.h"
#include "page.h"

static double real(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

static void number(char *dst, size_t size, double v)
{
	(void)snprintf(dst, size, "%.6g", v);
}

static void time_at(const struct page *p, char *dst, size_t size, json_int_t t_s)
{
	*dst = '\0';
	if (t_s > 0)
		show_time(p->o, dst, size, t_s * (json_int_t)USEC_PER_SEC);
}

static void time_row(struct page *p, const char *label, json_int_t t_s)
{
	char text[64];

	time_at(p, text, sizeof(text), t_s);
	page_row(p, label, text);
}

/* {"t":…} with "clk":"boot" is no date. */
static void moment_row(struct page *p, const char *label, const json_t *moment)
{
	if (moment && !json_object_get(moment, "clk"))
		time_row(p, label, json_int(moment, "t"));
}

/* "21.8 °C", a text, yes or no. */
static void value_text(
	const struct page *p, const json_t *v, const char *unit, char *dst, size_t size)
{
	char n[32];

	*dst = '\0';
	if (json_is_number(v)) {
		number(n, sizeof(n), json_number_value(v));
		(void)snprintf(dst, size, "%s%s%s", n, *unit ? " " : "", unit);
	} else if (json_is_boolean(v))
		(void)str_copy(dst, size, ctl_tr(p->o, json_is_true(v) ? "yes" : "no"));
	else if (json_is_string(v))
		show_words(p->o, json_string_value(v), dst, size);
}

/* ---- its parts */

static void appliance(struct page *p, const json_t *a)
{
	const json_t *sources = json_object_get(a, "sources");
	char text[256];

	page_heading(p, "Appliance");
	page_row(p, "Known there as", json_str(a, "id"));
	page_row(p, "Name", care_words(p->o, a, "label"));
	page_row(p, "Location", json_str(a, "location"));
	page_row(p, "Kind", show_kind(p->o, json_str(a, "kind")));
	for (size_t i = 0; i < json_array_size(sources); i++) {
		const json_t *s = json_array_get(sources, i);

		(void)snprintf(text, sizeof(text), "%s %s (%s)", json_str(s, "maker"),
			json_str(s, "model"), json_str(s, "profile"));
		page_row(p, "Maker and model", text);
	}
	page_row(p, "Installed", json_str(a, "installed"));
	if (json_object_get(a, "age_years")) {
		(void)snprintf(
			text, sizeof(text), ctl_tr(p->o, "%.1f years"), real(a, "age_years"));
		page_row(p, "Age", text);
	}
	page_row(p, "Answers now",
		ctl_tr(p->o, json_is_true(json_object_get(a, "online")) ? "yes" : "no"));
}

static void frame(struct page *p, const json_t *frame_)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)frame_, name, v)
	{
		char now[128], was[128], text[320];
		const char *unit = json_str(v, "unit");

		value_text(p, json_object_get(v, "v"), unit, now, sizeof(now));
		value_text(p, json_object_get(v, "before"), unit, was, sizeof(was));
		if (*json_str(v, "q"))
			(void)str_copy(now, sizeof(now), ctl_tr(p->o, json_str(v, "q")));
		if (*was && !streq(was, now))
			(void)snprintf(text, sizeof(text), ctl_tr(p->o, "%s, before %s"), now, was);
		else
			(void)str_copy(text, sizeof(text), now);
		page_row_raw(p, names_attribute(p->names, name), text);
	}
}

static void evidence(struct page *p, const json_t *diagnosis)
{
	const json_t *all = json_object_get(json_object_get(diagnosis, "evidence"), "comparisons");
	char value[64], limit[64], what[400], text[600];

	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *c = json_array_get(all, i);

		value_text(
			p, json_object_get(c, "value"), json_str(c, "unit"), value, sizeof(value));
		value_text(p, json_object_get(c, "threshold"), json_str(c, "unit"), limit,
			sizeof(limit));
		names_expression(p->names, json_str(c, "of"), what, sizeof(what));
		(void)snprintf(text, sizeof(text), ctl_tr(p->o, "%s is %s (a fault: %s %s)"), what,
			*value ? value : "?", json_str(c, "op"),
			*limit ? limit : json_str(c, "limit"));
		page_row(p, "Comparison", text);
	}
}

/* Names of rules, as people call them. */
static void rules_row(struct page *p, const char *label, const json_t *list)
{
	char text[512] = "", one[160];
	size_t used = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		names_rule_text(p->names, json_string_value(json_array_get(list, i)) ?: "", one,
			sizeof(one));
		(void)str_appendf(text, sizeof(text), &used, "%s%s",
			!i         ? ""
			: p->o->zh ? "、"
				   : ", ",
			one);
	}
	page_row(p, label, text);
}

static void findings(struct page *p, const json_t *list)
{
	char text[1600];

	page_heading(p, "What is wrong");
	if (json_array_size(list) == 0)
		page_text(p, ctl_tr(p->o, "The gateway has found nothing."));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *f = json_array_get(list, i), *d = json_object_get(f, "diagnosis");
		const char *meaning = care_words(p->o, f, "meaning");

		/* The panel's code comes first, the name of a rule last. */
		if (!*meaning)
			(void)str_copy(text, sizeof(text), json_str(f, "code"));
		else if (d)
			(void)snprintf(text, sizeof(text), p->o->zh ? "%s（%s）" : "%s (%s)",
				meaning, json_str(f, "code"));
		else
			(void)snprintf(text, sizeof(text), p->o->zh ? "%s：%s" : "%s: %s",
				json_str(f, "code"), meaning);
		page_row(p, d ? "Found by a rule" : "Shown by the appliance", text);
		(void)snprintf(text, sizeof(text), p->o->zh ? "%s，%s" : "%s, %s",
			ctl_tr(p->o, json_str(f, "severity")), ctl_tr(p->o, json_str(f, "state")));
		page_row(p, "Severity and state", text);
		page_row(p, "Component", ctl_tr(p->o, json_str(f, "component")));
		moment_row(p, "First seen", json_object_get(f, "first"));
		moment_row(p, "Last seen", json_object_get(f, "last"));
		(void)snprintf(text, sizeof(text), "%lld", (long long)json_int(f, "times"));
		page_row(p, "Times", text);
		evidence(p, d);
		rules_row(p, "Not known", json_object_get(d, "not_known"));
		frame(p, json_object_get(f, "frame"));
	}
}

static void likely(struct page *p, const json_t *list)
{
	char text[256];

	if (json_array_size(list) == 0)
		return;
	page_heading(p, "Likely causes and parts");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *c = json_array_get(list, i);
		size_t used = 0;

		(void)str_appendf(text, sizeof(text), &used, "%s", care_words(p->o, c, "name"));
		if (json_object_get(c, "share"))
			(void)str_appendf(
				text, sizeof(text), &used, " %.0f%%", 100 * real(c, "share"));
		page_row(p, "Cause", text);
		page_row(p, "Part", care_words(p->o, c, "part"));
		page_row(p, "Sureness", ctl_tr(p->o, json_str(c, "sureness")));
		if (json_is_true(json_object_get(c, "unconfirmed")))
			page_row(p, "Source", ctl_tr(p->o, "general knowledge, not the maker's"));
		page_row(p, "What decides", care_words(p->o, c, "decide"));
		rules_row(p, "Wrong if these are not silent afterwards",
			json_object_get(c, "expect_silent"));
	}
}

static void tried(struct page *p, const json_t *list)
{
	if (json_array_size(list) == 0)
		return;
	page_heading(p, "Tried already");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *t = json_array_get(list, i);
		char when[64], text[512];

		time_at(p, when, sizeof(when), json_int(t, "t"));
		if (streq(json_str(t, "what"), "repair")) {
			(void)snprintf(text, sizeof(text), p->o->zh ? "%s %s：%s" : "%s %s: %s",
				when, json_str(t, "part"), ctl_tr(p->o, json_str(t, "result")));
			page_row(p, "Repair", text);
		} else if (streq(json_str(t, "what"), "care")) {
			(void)snprintf(
				text, sizeof(text), "%s %s", when, care_words(p->o, t, "name"));
			page_row(p, "Care done", text);
		} else {
			(void)snprintf(text, sizeof(text),
				p->o->zh ? "%s %s = %s：%s" : "%s %s = %s: %s", when,
				json_str(t, "attribute"), json_str(t, "value"),
				ctl_tr(p->o, json_str(t, "result")));
			page_row(p, "Set", text);
		}
	}
}

static void life(struct page *p, const json_t *l)
{
	const json_t *care = json_object_get(l, "care"), *past = json_object_get(l, "past");
	const char *name;
	char text[256];
	json_t *v;

	page_heading(p, "Its life");
	json_object_foreach(json_object_get(l, "totals"), name, v)
	{
		value_text(p, json_object_get(v, "v"), json_str(v, "unit"), text, sizeof(text));
		page_row_raw(p, names_attribute(p->names, name), text);
	}
	for (size_t i = 0; i < json_array_size(care); i++) {
		const json_t *c = json_array_get(care, i);
		char when[64];
		size_t used = 0;

		time_at(p, when, sizeof(when), json_int(c, "last"));
		*text = '\0';
		if (json_object_get(c, "share"))
			(void)str_appendf(text, sizeof(text), &used,
				ctl_tr(p->o, "%.0f%% of its life used"), 100 * real(c, "share"));
		if (*when)
			(void)str_appendf(text, sizeof(text), &used, "%s%s %s", used ? ", " : "",
				ctl_tr(p->o, "last done"), when);
		page_row_raw(p, care_words(p->o, c, "name"), text);
	}
	(void)snprintf(text, sizeof(text), "%lld", (long long)json_int(l, "resets"));
	if (json_int(l, "resets") > 0)
		page_row(p, "Resets", text);
	for (size_t i = 0; i < json_array_size(past); i++) {
		const json_t *f = json_array_get(past, i);
		char when[64];

		time_at(p, when, sizeof(when), json_int(f, "last"));
		(void)snprintf(text, sizeof(text), "%s ×%lld %s", json_str(f, "code"),
			(long long)json_int(f, "times"), when);
		page_row(p, "Was there before", text);
	}
}

static void from_household(struct page *p, const json_t *packet)
{
	const json_t *c = json_object_get(packet, "contact");

	if (!c && !json_object_get(packet, "note") && !json_object_get(packet, "when"))
		return;
	page_heading(p, "From the household");
	page_row(p, "Note", json_str(packet, "note"));
	page_row(p, "Wished time", json_str(packet, "when"));
	page_row(p, "Name", json_str(c, "name"));
	page_row(p, "Phone", json_str(c, "phone"));
	page_row(p, "Address", json_str(c, "address"));
	page_row(p, "Mail", json_str(c, "mail"));
}

/* ---- what became of it */

static void answers(struct page *p, const json_t *r)
{
	const json_t *list = json_object_get(r, "answers");
	char text[400], from[64], to[64];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *a = json_array_get(list, i);

		time_at(p, from, sizeof(from), json_int(a, "t"));
		(void)snprintf(text, sizeof(text), "%s %s%s%s", from,
			ctl_tr(p->o, json_str(a, "status")),
			!*care_words(p->o, a, "text") ? ""
			: p->o->zh                    ? "："
						      : ": ",
			care_words(p->o, a, "text"));
		page_row(p, "Service desk", text);
		time_at(p, from, sizeof(from), json_int(a, "from"));
		time_at(p, to, sizeof(to), json_int(a, "to"));
		if (*from) {
			(void)snprintf(text, sizeof(text), "%s%s%s", from, *to ? " – " : "", to);
			page_row(p, "Appointment", text);
		}
		page_row(p, "Who comes", json_str(a, "who"));
		page_row(p, "Reference", json_str(a, "reference"));
	}
}

static void state(struct page *p, const json_t *r)
{
	const json_t *visited = json_object_get(r, "visited");

	page_row(p, "State", ctl_tr(p->o, json_str(r, "state")));
	page_row(p, "Upstream", json_str(r, "upstream"));
	time_row(p, "Made", json_int(r, "made"));
	page_row(p, "Request", json_str(r, "request"));
	answers(p, r);
	if (json_is_integer(visited))
		page_row(p, "Visit code", ctl_tr(p->o, "the visitor knew it"));
	else if (json_is_true(json_object_get(r, "code_locked")))
		page_row(p, "Visit code", ctl_tr(p->o, "locked after too many wrong ones"));
}

static void contacts_of(struct page *p, const json_t *list)
{
	char text[1024];

	if (json_array_size(list) == 0)
		return;
	page_heading(p, "Whom to call (from signed lists; not part of what is sent)");
	for (size_t i = 0; i < json_array_size(list); i++) {
		service_line(p->o, json_array_get(list, i), text, sizeof(text));
		page_text(p, text);
	}
}

void request_print(struct names *names, const json_t *packet, const json_t *request,
	const json_t *contacts, const char *where, bool html, FILE *f)
{
	const struct ctl_options *o = names->o;
	struct page p = {.o = o, .html = html, .f = f, .names = names};
	char title[128], lead[300];

	names->kind = model_kind_by_name(json_str(json_object_get(packet, "appliance"), "kind"));
	(void)str_copy(title, sizeof(title), ctl_tr(o, "Request for a repair"));
	if (request)
		(void)snprintf(title, sizeof(title), ctl_tr(o, "Request %lld for a repair"),
			(long long)json_int(request, "number"));
	if (where)
		(void)snprintf(
			lead, sizeof(lead), ctl_tr(o, "This is what would be sent to %s:"), where);
	page_begin(&p, title, where ? lead : NULL);
	if (request)
		state(&p, request);
	if (packet) {
		appliance(&p, json_object_get(packet, "appliance"));
		findings(&p, json_object_get(packet, "findings"));
		likely(&p, json_object_get(packet, "likely"));
		tried(&p, json_object_get(packet, "tried"));
		life(&p, json_object_get(packet, "life"));
		from_household(&p, packet);
	}
	if (where) {
		page_heading(&p, "Visit code");
		page_text(&p,
			ctl_tr(o,
				"One is made when it is sent, and told to the service desk alone. "
				"Whoever comes has to say it; \"hearthctl repair verify-visit\" knows "
				"whether it is the right one."));
	}
	contacts_of(&p, contacts);
	page_end(&p);
}
