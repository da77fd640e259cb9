/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl maintenance: care that is due, and that it was done. */
#include "client.h"

#include "daemon/knowledge/knowledge.h"

#include <math.h>

const char *care_words(const struct ctl_options *o, const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);
	const char *zh = json_str(v, "zh");

	return o->zh && *zh ? zh : json_str(v, "en");
}

static double real(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

static enum colour item_colour(const char *state)
{
	return streq(state, "due")    ? RED
	       : streq(state, "soon") ? YELLOW
	       : streq(state, "ok")   ? GREEN
				      : GREY;
}

/* "due soon" and "not known" read better than the words of the wire. */
static const char *item_state(const struct ctl_options *o, const char *state)
{
	return ctl_tr(o, streq(state, "soon")        ? "due soon"
			 : streq(state, "not-known") ? "not known"
						     : state);
}

static void left_of(const struct ctl_options *o, const json_t *i, char *dst, size_t size)
{
	double days = real(i, "days_left");

	if (streq(json_str(i, "state"), "due") || !json_object_get(i, "days_left"))
		(void)str_copy(dst, size, "-");
	else if (days >= 60)
		(void)snprintf(dst, size, ctl_tr(o, "~%.0f months"), days / 30.4);
	else
		(void)snprintf(dst, size, ctl_tr(o, "~%.0f days"), days);
}

static void show_items(const struct ctl_options *o, const json_t *all)
{
	static const char *const headers[] = {
		"APPLIANCE", "WHAT", "WHO", "STATE", ">USED", ">LEFT", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);
	const json_t *items = json_object_get(all, "items");
	char text[64];

	for (size_t k = 0; k < json_array_size(items); k++) {
		const json_t *i = json_array_get(items, k);

		table_cell(t, BOLD, json_str(i, "appliance"));
		table_cell(t, PLAIN, care_words(o, i, "name"));
		table_cell(t, PLAIN, care_words(o, i, "who_name"));
		table_cell(
			t, item_colour(json_str(i, "state")), item_state(o, json_str(i, "state")));
		if (json_object_get(i, "share"))
			table_cellf(t, PLAIN, "%.0f%%", 100 * real(i, "share"));
		else
			table_cell(t, GREY, "-");
		left_of(o, i, text, sizeof(text));
		table_cell(t, PLAIN, text);
	}
	if (table_rows(t) > 0)
		table_print(t);
	else if (!o->no_legend)
		ctl_say(o, "Nothing is known about the care of these appliances.");
	if (!json_is_true(json_object_get(all, "clock_set")) && !o->no_legend)
		ctl_print_wrapped(o, 0, 0,
			ctl_tr(o,
				"The clock of the gateway is not set: what is due by time cannot be "
				"told now, and what is done gets no date."));
}

static void show_item_text(const struct ctl_options *o, const json_t *i)
{
	const json_t *done = json_object_get(i, "done");
	bool own = streq(json_str(i, "who"), "household");
	char text[256];

	putchar('\n');
	ctl_print(o, BOLD, care_words(o, i, "name"));
	printf(o->zh ? "（%s）\n  " : " (%s)\n  ", json_str(i, "item"));
	/* How others do their work is no instruction for a household. */
	(void)snprintf(text, sizeof(text), ctl_tr(o, "Not for you: have it done by %s."),
		care_words(o, i, "who_name"));
	ctl_print_wrapped(o, 2, 2, own ? care_words(o, i, "text") : text);
	if (json_object_get(i, "every"))
		ctl_say(o, "  Used %.3g of %.4g %s", floor(real(i, "used") * 10) / 10,
			real(i, "every"), json_str(i, "unit"));
	if (real(i, "missing_h") > 0)
		ctl_say(o, "  Not seen: %.0f h without readings", real(i, "missing_h"));
	for (size_t k = 0; k < json_array_size(done); k++) {
		const json_t *d = json_array_get(done, k);

		show_time(o, text, sizeof(text), json_int(d, "at") * (json_int_t)USEC_PER_SEC);
		ctl_say(o, "  Done %s: %s (%s), at %.0f%% of its life", text, json_str(d, "by"),
			care_words(o, d, "who_name"), 100 * real(d, "share"));
	}
	if (json_is_true(json_object_get(i, "unconfirmed")))
		ctl_say(o, "  The interval is general knowledge: the maker's manual goes "
			   "before it.");
	ctl_say(o, "  When it was done: hearthctl maintenance done %s %s", json_str(i, "appliance"),
		json_str(i, "item"));
}

static int verb_maintenance(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(json_decrefp) json_t *all = NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	const json_t *items;
	int r;

	if (argc > 2)
		return ctl_usage(o, argv[0], "too many words: \"%s\"", argv[2]);
	if (argc == 2 && argv[1][0] == '-')
		return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[1]);
	r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_call_json(
			o, bus, &all, "Care1.Maintenance", "s", argc == 2 ? argv[1] : "");
	if (r != CTL_OK)
		return r;
	if (o->json != JSON_OFF)
		return ctl_print_json(o, TAKE_PTR(all));
	ctl_pager_open(o);
	show_items(o, all);
	items = json_object_get(all, "items");
	if (argc < 2 && json_array_size(items) > 0 && !o->no_legend)
		ctl_say(o,
			"\"hearthctl maintenance APPLIANCE\" says how, and takes what was done.");
	for (size_t k = 0; argc == 2 && k < json_array_size(items); k++)
		show_item_text(o, json_array_get(items, k));
	return CTL_OK;
}

static int verb_maintenance_done(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	const char *id = NULL, *item = NULL, *note = "", *who = "";
	int r;

	for (int i = 1; i < argc; i++) {
		bool is_note = streq(argv[i], "--note");

		if (is_note || streq(argv[i], "--who")) {
			if (i + 1 >= argc)
				return ctl_usage(o, argv[0], "option %s needs a value", argv[i]);
			*(is_note ? &note : &who) = argv[i + 1];
			i++;
		} else if (startswith(argv[i], "--note=")) {
			note = argv[i] + strlen("--note=");
		} else if (startswith(argv[i], "--who=")) {
			who = argv[i] + strlen("--who=");
		} else if (argv[i][0] == '-') {
			return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[i]);
		} else if (!id) {
			id = argv[i];
		} else if (!item) {
			item = argv[i];
		} else {
			return ctl_usage(o, argv[0], "too many words: \"%s\"", argv[i]);
		}
	}
	if (!item)
		return ctl_usage(o, argv[0], "needs an appliance and an item");
	r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_call(o, bus, NULL, "Care1.MaintenanceDone", "ssss", id, item, who, note);
	if (r == CTL_OK && !o->no_legend && o->json == JSON_OFF)
		ctl_say(o, "%s of %s begins anew; it is in the record.", item, id);
	return r;
}

const struct verb verbs_care[] = {
	{"maintenance", "[ID]", "Show what care is due, and when", "显示到期和将到期的保养",
		verb_maintenance,
		"With an appliance: how it is done, by whom, and when it was done before.",
		"给出电器时：如何进行、由谁进行、以往何时做过。"},
	{"maintenance done", "ID ITEM [--who WHO] [--note TEXT]",
		"Say that it was done: the count begins anew", "登记已完成的保养，重新开始计数",
		verb_maintenance_done,
		"WHO: household (without it), electrician, gas-fitter, refrigeration, plumber, manufacturer.",
		"WHO：household（默认）、electrician、gas-fitter、refrigeration、plumber、manufacturer。"},
	{0},
};
