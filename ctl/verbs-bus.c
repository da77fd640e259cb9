/* SPDX-License-Identifier: Apache-2.0 */
/* bus status: who uses a line for what, how its appliances answer, and what would make it fit. */
#include "client.h"

/* Not more than this of a line is asked for by one that fits; see PLAN_FULL of the daemon. */
#define FULL 0.92
/* Columns that all of it takes with a source's name of usual length. */
#define WIDE 116

static void duration(char *dst, size_t size, json_int_t us)
{
	if (us <= 0)
		(void)str_copy(dst, size, "-");
	else if (us < 10 * (json_int_t)USEC_PER_MSEC)
		(void)snprintf(dst, size, "%.1fms", (double)us / USEC_PER_MSEC);
	else if (us < 10 * (json_int_t)USEC_PER_SEC && us % (json_int_t)USEC_PER_SEC != 0)
		(void)snprintf(dst, size, "%lldms", (long long)(us / (json_int_t)USEC_PER_MSEC));
	else
		(void)snprintf(dst, size, "%llds", (long long)(us / (json_int_t)USEC_PER_SEC));
}

static void cell_duration(struct table *t, const json_t *s, const char *key)
{
	char text[32];

	duration(text, sizeof(text), json_int(s, key));
	table_cell(t, PLAIN, text);
}

static double real(const json_t *o, const char *key)
{
	return json_real_value(json_object_get(o, key));
}

/* "Period=3s for boiler/main, meter/main; Period=12s for …" */
static void show_advice(const struct ctl_options *o, const json_t *b)
{
	const json_t *sources = json_object_get(b, "sources");
	char text[4096] = "", period[32];
	size_t used = 0;
	json_int_t last = 0;

	if (real(b, "demand") <= FULL)
		return;
	(void)str_appendf(text, sizeof(text), &used, "%s",
		ctl_tr(o, "Over-full: every read comes late by the same share. To make it fit: "));
	for (size_t i = 0; i < json_array_size(sources); i++) {
		const json_t *s = json_array_get(sources, i);
		json_int_t us = json_int(s, "suggested_period_us");

		if (us == 0)
			continue;
		duration(period, sizeof(period), us);
		if (us == last)
			(void)str_appendf(text, sizeof(text), &used, "%s%s", o->zh ? "、" : ", ",
				json_str(s, "source"));
		else
			(void)str_appendf(text, sizeof(text), &used,
				o->zh ? "%sPeriod=%s 用于 %s" : "%sPeriod=%s for %s",
				last == 0 ? ""
				: o->zh   ? "；"
					  : "; ",
				period, json_str(s, "source"));
		last = us;
	}
	(void)str_appendf(text, sizeof(text), &used, "%s%s", o->zh ? "；" : "; ",
		ctl_tr(o, "in the file of the appliance, [Source NAME]."));
	putchar('\n');
	ctl_print_wrapped(o, 0, 0, text);
}

/* What is asked for and how late it comes, or how it is answered; both in one row where there is room. */
static void show_sources(
	const struct ctl_options *o, const json_t *sources, bool schedule, bool answers)
{
	static const char *const both[] = {"SOURCE", ">WANTS", ">PERIOD", ">LATE", ">HOLES",
		">TIMEOUT", ">BETTER", ">ANSWERS", ">SILENT", ">BAD", ">REFUSED", ">P50", ">P99",
		NULL};
	static const char *const first[] = {
		"SOURCE", ">WANTS", ">PERIOD", ">LATE", ">HOLES", ">TIMEOUT", ">BETTER", NULL};
	static const char *const second[] = {
		"SOURCE", ">ANSWERS", ">SILENT", ">BAD", ">REFUSED", ">P50", ">P99", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, schedule && answers ? both
							      : schedule          ? first
										  : second);

	for (size_t i = 0; i < json_array_size(sources); i++) {
		const json_t *s = json_array_get(sources, i);

		table_cell(t, BOLD, json_str(s, "source"));
		if (schedule) {
			table_cellf(t, PLAIN, "%.1f%%", 100 * real(s, "demand"));
			cell_duration(t, s, "period_us");
			cell_duration(t, s, "late_us");
			table_cellf(t, PLAIN, "%lld", (long long)json_int(s, "holes"));
			cell_duration(t, s, "timeout_us");
			cell_duration(t, s, "suggested_timeout_us");
		}
		if (!answers)
			continue;
		table_cellf(t, PLAIN, "%lld", (long long)json_int(s, "replies"));
		table_cellf(t, json_int(s, "timeouts") ? YELLOW : PLAIN, "%lld",
			(long long)json_int(s, "timeouts"));
		table_cellf(t, json_int(s, "bad_frames") ? YELLOW : PLAIN, "%lld",
			(long long)json_int(s, "bad_frames"));
		table_cellf(t, PLAIN, "%lld", (long long)json_int(s, "exceptions"));
		cell_duration(t, s, "p50_us");
		cell_duration(t, s, "p99_us");
	}
	table_print(t);
}

static void show_status(const struct ctl_options *o, const json_t *b)
{
	const json_t *sources = json_object_get(b, "sources");
	char late[32];

	duration(late, sizeof(late), json_int(b, "late_us"));
	if (!o->no_legend)
		printf(ctl_tr(o,
			       "%s: used %.0f%%, wanted %.0f%% of the line; worst delay of a read %s\n"),
			json_str(b, "id"), 100 * real(b, "load"), 100 * real(b, "demand"), late);
	if (o->columns && o->columns < WIDE) {
		show_sources(o, sources, true, false);
		putchar('\n');
		show_sources(o, sources, false, true);
	} else
		show_sources(o, sources, true, true);
	if (!o->no_legend)
		show_advice(o, b);
}

/* {"id":…, …, "sources":[…]} */
static int get_status(const struct ctl_options *o, sd_bus *bus, const char *id, json_t **ret)
{
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(json_decrefp) json_t *b = json_object();
	_cleanup_free_ char *path = NULL;
	json_t *sources = json_array();
	int r = sd_bus_path_encode(HEARTHD_ROOT "/bus", id, &path);

	if (r >= 0)
		r = sd_bus_call_method(bus, HEARTHD_NAME, path, HEARTHD_NAME ".BusStatus1",
			"GetStatus", &e, &reply, "");
	if (r >= 0)
		r = client_parse_properties(reply, b);
	(void)json_object_set_new(b, "sources", sources);
	if (r >= 0)
		r = sd_bus_message_enter_container(reply, 'a', "a{sv}");
	while (r >= 0 && !sd_bus_message_at_end(reply, false)) {
		json_t *s = json_object();

		r = client_parse_properties(reply, s);
		(void)json_array_append_new(sources, s);
	}
	if (r < 0)
		return client_failed(o, r, &e);
	*ret = TAKE_PTR(b);
	return CTL_OK;
}

static int verb_bus_status(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(json_decrefp) json_t *all = NULL, *out = json_array();
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	json_t *buses, *one;
	int r;

	if (argc > 2)
		return ctl_usage(o, argv[0], "too many words: \"%s\"", argv[2]);
	if (argc == 2 && argv[1][0] == '-')
		return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[1]);
	r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_objects(o, bus, &all);
	if (r != CTL_OK)
		return r;
	buses = json_object_get(all, "buses");
	if (argc == 2) {
		r = client_find(o, buses, "bus", argv[1], &one);
		if (r != CTL_OK)
			return r;
	}
	for (size_t i = 0; i < json_array_size(buses); i++) {
		const char *id = json_str(json_array_get(buses, i), "id");

		if (argc == 2 && !streq(id, argv[1]))
			continue;
		r = get_status(o, bus, id, &one);
		if (r != CTL_OK)
			return r;
		(void)json_array_append_new(out, one);
	}
	if (o->json != JSON_OFF)
		return ctl_print_json(o, TAKE_PTR(out));
	ctl_pager_open(o);
	for (size_t i = 0; i < json_array_size(out); i++) {
		if (i > 0)
			putchar('\n');
		show_status(o, json_array_get(out, i));
	}
	return CTL_OK;
}

const struct verb verbs_bus[] = {
	{"bus status", "[BUS]", "Show who uses a bus for what, how fast they answer, what is late",
		"显示各数据源对总线的占用、应答时间和延迟", verb_bus_status, NULL, NULL},
	{0},
};
