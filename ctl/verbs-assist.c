/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl assist: one upstream sees one appliance in full for a while. */
#include "client.h"

struct words {
	const char *appliance, *upstream, *time;
};

static int parse(const struct ctl_options *o, int argc, char **argv, struct words *w)
{
	*w = (struct words){.upstream = ""};
	for (int i = 1; i < argc; i++) {
		const struct {
			const char *name;
			const char **dst;
		} options[] = {{"--upstream", &w->upstream}, {"--for", &w->time}};
		size_t k = 0;

		for (; k < ARRAY_SIZE(options); k++) {
			const char *rest = startswith(argv[i], options[k].name);

			if (!rest || (*rest && *rest != '='))
				continue;
			if (!*rest && i + 1 >= argc)
				return ctl_usage(o, argv[0], "option %s needs a value", argv[i]);
			*options[k].dst = *rest ? rest + 1 : argv[++i];
			break;
		}
		if (k < ARRAY_SIZE(options))
			continue;
		if (argv[i][0] == '-')
			return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[i]);
		if (w->appliance)
			return ctl_usage(o, argv[0], "too many words: \"%s\"", argv[i]);
		w->appliance = argv[i];
	}
	if (!w->appliance)
		return ctl_usage(o, argv[0], "needs an appliance; \"hearthctl list\" names them");
	return CTL_OK;
}

static int verb_start(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	struct words w;
	uint64_t for_us;
	int r = parse(o, argc, argv, &w);

	if (r != CTL_OK)
		return r;
	if (!*w.upstream || !w.time)
		return ctl_usage(o, argv[0], "needs --upstream and --for");
	if (parse_duration(w.time, &for_us) < 0)
		return ctl_usage(
			o, argv[0], "\"%s\" is no time; write 90s, 30min, 2h or 1d", w.time);
	r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_call(
			o, bus, NULL, "Assist1.Start", "sst", w.appliance, w.upstream, for_us);
	if (r == CTL_OK && !o->no_legend && o->json == JSON_OFF)
		ctl_say(o,
			"From now on %s sees all of %s, for %s. It ends by itself; \"hearthctl assist "
			"stop %s\" ends it before.",
			w.upstream, w.appliance, w.time, w.appliance);
	return r;
}

static int verb_stop(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	struct words w;
	int r = parse(o, argc, argv, &w);

	if (r == CTL_OK && w.time)
		return ctl_usage(o, argv[0], "unknown option \"%s\"", "--for");
	if (r == CTL_OK)
		r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_call(o, bus, NULL, "Assist1.Stop", "ss", w.appliance, w.upstream);
	if (r == CTL_OK && !o->no_legend && o->json == JSON_OFF)
		printf(ctl_tr(o, "Ended: of %s no more is seen than its level lets out.\n"),
			w.appliance);
	return r;
}

int assist_show(const struct ctl_options *o, sd_bus *bus, bool if_none)
{
	static const char *const headers[] = {"APPLIANCE", "UPSTREAM", ">LEFT", "UNTIL", NULL};
	_cleanup_(table_freep) struct table *t = NULL;
	_cleanup_(json_decrefp) json_t *list = NULL;
	int r = client_call_json(o, bus, &list, "Assist1.List", "");

	if (r != CTL_OK)
		return r;
	if (if_none && o->json != JSON_OFF)
		return ctl_print_json(o, TAKE_PTR(list));
	t = table_new(o, headers);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *a = json_array_get(list, i);
		char until[64];

		table_cell(t, BOLD, json_str(a, "appliance"));
		table_cell(t, YELLOW, json_str(a, "upstream"));
		table_cellf(t, PLAIN, "%lld min", (long long)(json_int(a, "left_s") + 59) / 60);
		show_time(o, until, sizeof(until), json_int(a, "until") * (json_int_t)USEC_PER_SEC);
		table_cell(t, PLAIN, until);
	}
	if (table_rows(t) > 0) {
		if (!if_none)
			ctl_say(o,
				"\nAssistance: these upstreams see all of these appliances for a time:");
		table_print(t);
	} else if (if_none && !o->no_legend)
		ctl_say(o, "No upstream is given assistance.");
	return CTL_OK;
}

static int verb_list(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	int r;

	if (argc > 1)
		return ctl_usage(o, argv[0], "too many words: \"%s\"", argv[1]);
	r = client_open(o, &bus);
	return r == CTL_OK ? assist_show(o, bus, true) : r;
}

const struct verb verbs_assist[] = {
	{"assist start", "APPLIANCE --upstream U --for TIME",
		"Let an upstream see all of an appliance for a while",
		"限时让一个上行目标查看一台电器的全部数据", verb_start,
		"TIME: 90s, 30min, 2h; a minute to a day. It ends by itself, over restarts too.",
		"TIME：90s、30min、2h；一分钟至一天。到时自动结束，重启后也不会延长。"},
	{"assist stop", "APPLIANCE [--upstream U]", "End it now", "立即结束", verb_stop, NULL,
		NULL},
	{"assist list", "", "Who sees what, and until when", "列出正在进行的协助及其期限",
		verb_list, NULL, NULL},
	{0},
};
