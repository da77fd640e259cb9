/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl guide and repair: what to do about a finding, that it was done, and whether it helped. */
#include "client.h"
#include "names.h"

#include <poll.h>

static int finding_number(
	const struct ctl_options *o, const char *verb, const char *text, uint64_t *ret)
{
	if (!text || parse_u64(text, 1, UINT64_MAX, ret) < 0)
		return ctl_usage(o, verb, "needs the number of a finding");
	return CTL_OK;
}

/* ---- guide */

static void show_first(const struct ctl_options *o, const json_t *cause)
{
	const json_t *first = json_object_get(cause, "first");

	for (size_t i = 0; i < json_array_size(first); i++) {
		const json_t *w = json_array_get(first, i);

		ctl_print_coloured(o, RED, 0, 0, o->zh ? json_str(w, "zh") : json_str(w, "en"));
	}
}

static bool for_household(const json_t *step)
{
	return streq(json_str(step, "who"), "household");
}

static void show_step(const struct ctl_options *o, const json_t *step)
{
	printf("  %lld. ", (long long)json_int(step, "step"));
	/* How others do their work is no instruction for a household. */
	if (for_household(step))
		ctl_print_wrapped(o, 5, 5, care_words(o, step, "text"));
	else
		printf(ctl_tr(o, "Not for you: call %s.\n"), care_words(o, step, "who_name"));
}

static void show_cause(const struct ctl_options *o, const json_t *cause)
{
	const json_t *steps = json_object_get(cause, "steps");

	putchar('\n');
	ctl_print(o, BOLD, care_words(o, cause, "name"));
	printf(o->zh ? "（%s）\n" : " (%s)\n", json_str(cause, "cause"));
	show_first(o, cause);
	ctl_print_wrapped(o, 0, 0, care_words(o, cause, "text"));
	if (*care_words(o, cause, "decide")) {
		const char *title = ctl_tr(o, "What decides: ");

		printf("%s", title);
		ctl_print_wrapped(o, utf8_columns(title), 2, care_words(o, cause, "decide"));
	}
	for (size_t i = 0; i < json_array_size(steps); i++)
		show_step(o, json_array_get(steps, i));
}

/* 1: the person goes on; 0: STDIN said nothing for a second; negative: they stop. */
static int hear(void)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	char line[64];

	if (poll(&p, 1, 1000) <= 0)
		return 0;
	if (!fgets(line, sizeof(line), stdin) || line[0] == 'q')
		return -ECANCELED;
	return 1;
}

/* Goes into the finding's record; a guide that cannot write it is still a guide. */
static int step_done(const struct ctl_options *o, sd_bus *bus, uint64_t id, const char *cause,
	const json_t *step)
{
	(void)client_call(
		o, bus, NULL, "Care1.StepDone", "tsu", id, cause, (uint32_t)json_int(step, "step"));
	return CTL_OK;
}

/* How it was done the last time, NULL. */
static const char *done_before(const json_t *guide, const char *cause, const json_t *step)
{
	const json_t *list = json_object_get(guide, "steps_done");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);

		if (streq(json_str(v, "cause"), cause) &&
			json_int(v, "step") == json_int(step, "step"))
			return json_str(v, "by");
	}
	return NULL;
}

/* Until the check holds for its time or the person goes on. */
static int watch_step(const struct ctl_options *o, sd_bus *bus, uint64_t id, const char *cause,
	const json_t *step)
{
	json_int_t held = 0, needed = json_int(step, "check_for_s");
	uint32_t number = (uint32_t)json_int(step, "step");

	puts(ctl_tr(o, *json_str(step, "check") ? "     Watching; Enter goes on, q ends."
						: "     Enter goes on, q ends."));
	for (;;) {
		_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
		_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
		const char *check = "", *stop = "";
		int r = sd_bus_call_method(bus, HEARTHD_NAME, HEARTHD_ROOT, HEARTHD_NAME ".Care1",
			"Check", &e, &reply, "tsu", id, cause, number);

		if (r >= 0)
			r = sd_bus_message_read(reply, "ss", &check, &stop);
		if (r < 0)
			return client_failed(o, r, &e);
		if (streq(stop, "yes"))
			return ctl_error(o, CTL_FAULT, NULL,
				"Stop here: the readings say that it is dangerous to go on. Call %s.",
				ctl_tr(o, "a technician"));
		held = streq(check, "yes") ? held + 1 : 0;
		if (held > needed) {
			ctl_print(o, GREEN, ctl_tr(o, "     Done: the readings show it."));
			putchar('\n');
			return step_done(o, bus, id, cause, step);
		}
		r = hear();
		if (r < 0)
			return -1;
		if (r > 0)
			return step_done(o, bus, id, cause, step);
	}
}

static int walk(const struct ctl_options *o, sd_bus *bus, uint64_t id, const json_t *guide,
	const json_t *cause)
{
	const json_t *steps = json_object_get(cause, "steps");

	putchar('\n');
	ctl_print(o, BOLD, care_words(o, cause, "name"));
	putchar('\n');
	show_first(o, cause);
	for (size_t i = 0; i < json_array_size(steps); i++) {
		const json_t *step = json_array_get(steps, i);
		const char *before;
		int r;

		show_step(o, step);
		fflush(stdout);
		/* What comes after work that is not theirs is not theirs either. */
		if (!for_household(step))
			return CTL_OK;
		before = done_before(guide, json_str(cause, "cause"), step);
		if (before)
			puts(ctl_tr(o, streq(before, "readings")
					       ? "     It was done before; the readings showed it."
					       : "     It was done before, somebody said."));
		r = watch_step(o, bus, id, json_str(cause, "cause"), step);
		if (r != CTL_OK)
			return r < 0 ? CTL_OK : r;
	}
	return CTL_OK;
}

/* A step that is not for the household leads to somebody: to whom, where that is known for sure. */
static void show_contacts(const struct ctl_options *o, sd_bus *bus, const json_t *guide)
{
	_cleanup_(json_decrefp) json_t *list = service_contacts(bus, json_str(guide, "appliance"));
	char text[1024];

	if (json_array_size(list) == 0)
		return;
	putchar('\n');
	ctl_say(o, "Whom to call:");
	for (size_t i = 0; i < json_array_size(list); i++) {
		service_line(o, json_array_get(list, i), text, sizeof(text));
		printf("  ");
		ctl_print_wrapped(o, 2, 4, text);
	}
}

static int verb_guide(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(json_decrefp) json_t *g = NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	const json_t *causes;
	const char *number = NULL;
	bool list = !isatty(STDIN_FILENO);
	uint64_t id;
	int r;

	for (int i = 1; i < argc; i++)
		if (streq(argv[i], "--list"))
			list = true;
		else if (streq(argv[i], "--steps"))
			list = false;
		else if (argv[i][0] == '-')
			return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[i]);
		else
			number = argv[i];
	r = finding_number(o, argv[0], number, &id);
	if (r == CTL_OK)
		r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_call_json(o, bus, &g, "Care1.Guide", "t", id);
	if (r != CTL_OK)
		return r;
	if (o->json != JSON_OFF)
		return ctl_print_json(o, TAKE_PTR(g));
	causes = json_object_get(g, "causes");
	ctl_print(o, BOLD, json_str(g, "appliance"));
	fputs(o->zh ? "：" : ": ", stdout);
	ctl_print_wrapped(o, utf8_columns(json_str(g, "appliance")) + 2, 2,
		*care_words(o, g, "meaning") ? care_words(o, g, "meaning") : json_str(g, "code"));
	if (json_array_size(causes) == 0)
		ctl_say(o, "No source says what causes this: call the maker's service.");
	if (!list && json_array_size(causes) > 0)
		r = walk(o, bus, id, g, json_array_get(causes, 0));
	else
		for (size_t i = 0; i < json_array_size(causes); i++)
			show_cause(o, json_array_get(causes, i));
	show_contacts(o, bus, g);
	return r;
}

/* ---- repair */

static int verb_repair_done(int argc, char **argv, const struct ctl_options *o)
{
	static const char *const names[] = {"--by", "--part", "--note"};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	const char *number = NULL, *values[3] = {"", "", ""};
	uint64_t id;
	int r;

	for (int i = 1; i < argc; i++) {
		size_t k = 0;

		for (; k < ARRAY_SIZE(names); k++) {
			const char *rest = startswith(argv[i], names[k]);

			if (!rest || (*rest && *rest != '='))
				continue;
			if (!*rest && i + 1 >= argc)
				return ctl_usage(o, argv[0], "option %s needs a value", argv[i]);
			values[k] = *rest ? rest + 1 : argv[++i];
			break;
		}
		if (k < ARRAY_SIZE(names))
			continue;
		if (argv[i][0] == '-')
			return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[i]);
		number = argv[i];
	}
	r = finding_number(o, argv[0], number, &id);
	if (r == CTL_OK)
		r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_call(o, bus, NULL, "Care1.RepairDone", "tsss", id, values[0], values[1],
			values[2]);
	if (r == CTL_OK && !o->no_legend && o->json == JSON_OFF)
		ctl_say(o,
			"Recorded. hearthctl repair verify %llu says whether the readings bear it out.",
			(unsigned long long)id);
	return r;
}

static int verb_repair_verify(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(json_decrefp) json_t *v = NULL, *all = NULL, *readings = NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	const char *number = NULL, *print = "text";
	struct names names = {.o = o};
	json_t *appliance = NULL, *a;
	size_t k;
	uint64_t id;
	int r;

	for (int i = 1; i < argc; i++)
		if (startswith(argv[i], "--print="))
			print = argv[i] + strlen("--print=");
		else if (streq(argv[i], "--print") && i + 1 < argc)
			print = argv[++i];
		else if (argv[i][0] == '-')
			return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[i]);
		else
			number = argv[i];
	if (!streq(print, "text") && !streq(print, "html"))
		return ctl_usage(o, argv[0], "--print is text or html, not \"%s\"", print);
	r = finding_number(o, argv[0], number, &id);
	if (r == CTL_OK)
		r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_call_json(o, bus, &v, "Care1.RepairVerify", "t", id);
	if (r != CTL_OK)
		return r;
	if (o->json != JSON_OFF)
		return ctl_print_json(o, TAKE_PTR(v));
	r = client_objects(o, bus, &all);
	if (r != CTL_OK)
		return r;
	json_array_foreach(json_object_get(all, "appliances"), k,
		a) if (streq(json_str(a, "id"), json_str(v, "appliance"))) appliance = a;
	names.kind = appliance ? model_kind_by_name(json_str(appliance, "kind")) : NULL;
	names.readings = readings = client_labels(bus, json_str(v, "appliance"));
	repair_print(&names, appliance, v, streq(print, "html"), stdout);
	names_done(&names);
	return CTL_OK;
}

const struct verb verbs_repair[] = {
	{"guide", "NUMBER [--list] [--steps]", "What to do about a finding, step by step",
		"逐步说明如何处理一项故障", verb_guide,
		"One step at a time; hearthd watches the readings to see whether it worked. --list, or\n"
		"input that is no terminal: all causes and steps. --steps: one at a time all the same.",
		"一次一步，hearthd 观察读数判断是否有效。--list 或非终端输入：列出全部原因和步骤。\n"
		"--steps：仍然一次一步。"},
	{"repair done", "NUMBER [--by WHO] [--part PART] [--note TEXT]",
		"Record that a finding was repaired", "登记一项故障已维修", verb_repair_done, NULL,
		NULL},
	{"repair verify", "NUMBER [--print=text|html]",
		"Whether the readings bear the repair out, on one page",
		"用读数核实维修是否真实，输出一页", verb_repair_verify, NULL, NULL},
	{0},
};
