/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl history: what the journal still knows of an attribute. */
#include "client.h"
#include "plot.h"

#include <math.h>
#include <time.h>

void history_done(struct history *h)
{
	free(h->v);
	*h = (struct history){0};
}

static int parse_reply(sd_bus_message *m, struct history *ret)
{
	const char *unit, *quality, *text;
	int complete, r = sd_bus_message_read(m, "sb", &unit, &complete);
	struct history h = {0};
	size_t size = 0;
	int64_t t;
	double v;

	if (r < 0)
		return r;
	h.complete = complete;
	(void)str_copy(h.unit, sizeof(h.unit), unit);
	r = sd_bus_message_enter_container(m, 'a', "(xsds)");
	while (r >= 0 && (r = sd_bus_message_read(m, "(xsds)", &t, &quality, &v, &text)) > 0) {
		if (h.n == size) {
			struct history_sample *p;

			size = MAX(size * 2, (size_t)256);
			p = reallocarray(h.v, size, sizeof(*p));
			if (!p) {
				r = -ENOMEM;
				break;
			}
			h.v = p;
		}
		h.v[h.n] = (struct history_sample){.t_us = t, .v = v};
		(void)str_copy(h.v[h.n].quality, sizeof(h.v->quality), quality);
		(void)str_copy(h.v[h.n++].text, sizeof(h.v->text), text);
	}
	if (r < 0) {
		history_done(&h);
		return r;
	}
	*ret = h;
	return 0;
}

/* OLDER before H, which takes both. */
static int prepend(struct history *h, struct history *older)
{
	struct history_sample *v = reallocarray(older->v, older->n + h->n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	if (h->n > 0)
		memcpy(v + older->n, h->v, h->n * sizeof(*v));
	free(h->v);
	h->v = v;
	h->n += older->n;
	h->complete = older->complete;
	older->v = NULL;
	return 0;
}

int history_read(const struct ctl_options *o, sd_bus *bus, const char *id, const char *attribute,
	int64_t since_us, int64_t until_us, struct history *ret)
{
	_cleanup_free_ char *path = NULL;
	struct history h = {0};
	int r = sd_bus_path_encode(HEARTHD_ROOT "/appliance", id, &path);

	while (r >= 0) {
		_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
		_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
		struct history part = {0};

		r = sd_bus_call_method(bus, HEARTHD_NAME, path, HEARTHD_NAME ".History1", "Read",
			&e, &reply, "sxx", attribute, since_us, until_us);
		if (r < 0) {
			history_done(&h);
			return client_failed(o, r, &e);
		}
		r = parse_reply(reply, &part);
		if (r < 0)
			break;
		if (h.n == 0)
			(void)str_copy(h.unit, sizeof(h.unit), part.unit);
		r = prepend(&h, &part);
		history_done(&part);
		if (r < 0 || h.complete || h.n == 0 || h.n >= PLOT_SAMPLES_MAX ||
			h.v[0].t_us <= since_us)
			break;
		until_us = h.v[0].t_us - 1;
	}
	if (r < 0) {
		history_done(&h);
		return ctl_error(o, CTL_FAILURE, NULL, "%s", ctl_strerror(o, -r));
	}
	*ret = h;
	return CTL_OK;
}

bool history_plot(const struct ctl_options *o, const struct history *h, int64_t since_us,
	int64_t until_us, int64_t mark_us, unsigned rows)
{
	_cleanup_free_ struct plot_sample *v = calloc(h->n + 1, sizeof(*v));

	for (size_t i = 0; v && i < h->n; i++)
		v[i] = (struct plot_sample){
			h->v[i].t_us, streq(h->v[i].quality, "good") ? h->v[i].v : NAN};
	/* Half a picture of nothing helps nobody; the axis says where it begins. */
	if (h->n > 0 && h->v[0].t_us > since_us + (until_us - since_us) / 2)
		since_us = h->v[0].t_us;
	return v && plot_print(o, v, h->n, since_us, until_us, mark_us, h->unit,
			    o->columns ? MIN(o->columns, 120u) : 80, rows);
}

static void print_csv(const struct history *h)
{
	puts("time,quality,value");
	for (size_t i = 0; i < h->n; i++) {
		time_t s = (time_t)(h->v[i].t_us / (int64_t)USEC_PER_SEC);
		char when[32] = "";
		struct tm tm;

		if (gmtime_r(&s, &tm))
			(void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
		printf("%s.%dZ,%s,", when,
			(int)(h->v[i].t_us / (int64_t)(100 * USEC_PER_MSEC) % 10), h->v[i].quality);
		if (!isempty(h->v[i].text)) {
			putchar('"');
			for (const char *p = h->v[i].text; *p; p++)
				printf(*p == '"' ? "\"\"" : "%c", *p);
			puts("\"");
		} else if (isfinite(h->v[i].v))
			printf("%.10g\n", h->v[i].v);
		else
			putchar('\n');
	}
}

static json_t *to_json(const char *id, const char *attribute, const struct history *h)
{
	json_t *list = json_array();

	for (size_t i = 0; i < h->n; i++) {
		json_t *v = json_pack(
			"{s:I,s:s}", "time", (json_int_t)h->v[i].t_us, "quality", h->v[i].quality);

		json_object_set_new(v, "value",
			!isempty(h->v[i].text) ? json_string(h->v[i].text)
			: isfinite(h->v[i].v)  ? json_real(h->v[i].v)
					       : json_null());
		json_array_append_new(list, v);
	}
	return json_pack("{s:s,s:s,s:s,s:b,s:o}", "appliance", id, "attribute", attribute, "unit",
		h->unit, "complete", (int)h->complete, "samples", list);
}

/* Values that are no numbers, a line each. */
static void print_words(const struct ctl_options *o, const struct history *h)
{
	static const char *const headers[] = {"TIME", "VALUE", "QUALITY", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);

	for (size_t i = 0; i < h->n; i++) {
		char when[32];
		bool good = streq(h->v[i].quality, "good");

		show_time(o, when, sizeof(when), h->v[i].t_us);
		table_cell(t, GREY, when);
		table_cell(t, BOLD, h->v[i].text);
		table_cell(t, YELLOW, good ? "" : ctl_tr(o, h->v[i].quality));
	}
	table_print(t);
}

static void print_people(const struct ctl_options *o, const char *id, const char *attribute,
	const struct history *h, int64_t since_us, int64_t until_us)
{
	double least = INFINITY, most = -INFINITY;
	char line[128];

	if (h->n == 0) {
		ctl_say(o, "Nothing of that time is kept.");
		return;
	}
	for (size_t i = 0; i < h->n; i++)
		if (streq(h->v[i].quality, "good") && isfinite(h->v[i].v)) {
			least = fmin(least, h->v[i].v);
			most = fmax(most, h->v[i].v);
		}
	if (!isempty(h->v[h->n - 1].text) && !streq(h->v[h->n - 1].text, "true") &&
		!streq(h->v[h->n - 1].text, "false") && least > most) {
		print_words(o, h);
		return;
	}
	(void)snprintf(line, sizeof(line), "%s %s", id, attribute);
	ctl_print(o, BOLD, line);
	putchar('\n');
	if (!history_plot(o, h, since_us, until_us, 0, 12)) {
		print_words(o, h);
		return;
	}
	printf(ctl_tr(o, "%zu changes; least %.6g, greatest %.6g %s\n"), h->n, least, most,
		h->unit);
	if (!h->complete)
		ctl_say(o, "There is more than fits: ask for a shorter time.");
}

static int verb_history(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(json_decrefp) json_t *all = NULL;
	const char *id = NULL, *attribute = NULL, *last = "24h";
	struct history h = {0};
	uint64_t span;
	struct timespec ts;
	int64_t now;
	bool csv = false;
	json_t *a;
	int r;

	for (int i = 1; i < argc; i++)
		if (streq(argv[i], "--csv"))
			csv = true;
		else if (streq(argv[i], "--last") && i + 1 < argc)
			last = argv[++i];
		else if (startswith(argv[i], "--last="))
			last = argv[i] + strlen("--last=");
		else if (argv[i][0] == '-')
			return ctl_usage(o, "history", "unknown option \"%s\"", argv[i]);
		else if (!id)
			id = argv[i];
		else if (!attribute)
			attribute = argv[i];
		else
			return ctl_usage(o, "history", "too many words: \"%s\"", argv[i]);
	if (!attribute)
		return ctl_usage(o, "history", "needs an appliance and an attribute");
	if (parse_duration(last, &span) < 0 || span == 0 || span > 3660 * USEC_PER_DAY)
		return ctl_usage(
			o, "history", "\"%s\" is no time; write 90s, 30min, 2h or 1d", last);
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	now = (int64_t)ts.tv_sec * (int64_t)USEC_PER_SEC + ts.tv_nsec / 1000;
	r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_objects(o, bus, &all);
	if (r == CTL_OK)
		r = client_find(o, json_object_get(all, "appliances"), "appliance", id, &a);
	if (r == CTL_OK)
		r = history_read(o, bus, id, attribute, now - (int64_t)span, now, &h);
	if (r != CTL_OK)
		return r;
	if (h.n == 0 && isempty(h.unit) && !csv && o->json == JSON_OFF)
		r = ctl_error(o, CTL_FAILURE, "hearthctl get ID, for all it has",
			"nothing is kept of an attribute \"%s\" of %s", attribute, id);
	else if (csv)
		print_csv(&h);
	else if (o->json != JSON_OFF)
		r = ctl_print_json(o, to_json(id, attribute, &h));
	else
		print_people(o, id, attribute, &h, now - (int64_t)span, now);
	history_done(&h);
	return r;
}

const struct verb verbs_history[] = {
	{"history", "ID ATTRIBUTE [--last TIME] [--csv]", "Show an attribute over time",
		"显示一个属性随时间的变化", verb_history,
		"--last: 90s, 30min, 2h, 7d; 24h when nothing is given. Times of --csv are UTC.",
		"--last：90s、30min、2h、7d；默认 24h。--csv 的时间为 UTC。"},
	{0},
};
