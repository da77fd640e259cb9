/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl watch: each change as it comes. */
#include "client.h"

#include <signal.h>
#include <systemd/sd-event.h>
#include <time.h>

struct watch {
	const struct ctl_options *o;
	const char *id; /* NULL = all */
	sd_bus *bus;
	sd_event *event;
};

/* The appliance a signal is from, when it is one we show. */
static char *signal_appliance(const struct watch *w, sd_bus_message *m)
{
	char *id = NULL;

	if (sd_bus_path_decode(sd_bus_message_get_path(m), HEARTHD_ROOT "/appliance", &id) <= 0)
		return NULL;
	if (w->id && !streq(w->id, id)) {
		free(id);
		return NULL;
	}
	return id;
}

static void print_line(const struct watch *w, const char *id, const char *what, enum colour c,
	const char *value, const char *rest)
{
	char now[16], head[128];
	time_t t = time(NULL);
	struct tm tm;
	int pad;

	strftime(now, sizeof(now), "%H:%M:%S", localtime_r(&t, &tm));
	ctl_print(w->o, GREY, now);
	snprintf(head, sizeof(head), "  %s  %s", id, what);
	pad = (int)utf8_columns(head);
	printf("%s%*s  ", head, pad < 50 ? 50 - pad : 0, "");
	ctl_print(w->o, c, value);
	printf("%s%s\n", *value && *rest ? "  " : "", rest);
	fflush(stdout);
}

static void print_readings(const struct watch *w, const char *id, json_t *readings)
{
	for (size_t i = 0; i < json_array_size(readings); i++) {
		json_t *v = json_array_get(readings, i);
		char value[320], quality[256];

		if (w->o->json != JSON_OFF) {
			struct ctl_options line = *w->o;

			(void)json_object_set_new(v, "appliance", json_string(id));
			line.json = JSON_SHORT;
			(void)ctl_print_json(&line, json_incref(v));
			fflush(stdout);
			continue;
		}
		show_value(w->o, value, sizeof(value), v);
		show_quality(w->o, quality, sizeof(quality), v);
		print_line(w, id, json_str(v, "attribute"), *quality ? GREY : BOLD, value, quality);
	}
}

static int on_readings(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
	const struct watch *w = userdata;
	_cleanup_free_ char *id = signal_appliance(w, m);
	_cleanup_(json_decrefp) json_t *readings = NULL;

	if (id && client_parse_readings(m, &readings) >= 0)
		print_readings(w, id, readings);
	return 0;
}

static int on_finding(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
	const struct watch *w = userdata;
	_cleanup_(json_decrefp) json_t *findings = NULL;
	const char *state;
	uint64_t id;

	if (sd_bus_message_read(m, "ts", &id, &state) < 0)
		return 0;
	if (client_findings(w->o, w->bus, w->id ? w->id : "", true, &findings) != CTL_OK)
		return 0;
	for (size_t i = 0; i < json_array_size(findings); i++) {
		json_t *f = json_array_get(findings, i);
		char what[64];

		if (json_int(f, "id") != (json_int_t)id)
			continue;
		if (w->o->json != JSON_OFF) {
			struct ctl_options line = *w->o;

			line.json = JSON_SHORT;
			(void)ctl_print_json(&line, json_pack("{s:O}", "finding", f));
			fflush(stdout);
			continue;
		}
		snprintf(what, sizeof(what), "%s %s", ctl_tr(w->o, json_str(f, "class")),
			json_str(f, "code"));
		print_line(w, json_str(f, "subject"), what, streq(state, "active") ? RED : GREEN,
			ctl_tr(w->o, state), show_meaning(w->o, f));
	}
	return 0;
}

static int on_owner(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
	struct watch *w = userdata;
	const char *name, *before, *after;

	if (sd_bus_message_read(m, "sss", &name, &before, &after) < 0 || !streq(name, HEARTHD_NAME))
		return 0;
	if (!*after)
		(void)ctl_error(w->o, 0, NULL, "hearthd stopped; waiting for it to come back");
	else
		(void)ctl_error(w->o, 0, NULL, "hearthd is there");
	return 0;
}

static int subscribe(struct watch *w)
{
	int r = sd_bus_match_signal(w->bus, NULL, HEARTHD_NAME, NULL, HEARTHD_NAME ".Appliance1",
		"ReadingsChanged", on_readings, w);

	if (r >= 0)
		r = sd_bus_match_signal(w->bus, NULL, HEARTHD_NAME, HEARTHD_ROOT,
			HEARTHD_NAME ".Findings1", "Changed", on_finding, w);
	if (r >= 0)
		r = sd_bus_match_signal(w->bus, NULL, "org.freedesktop.DBus",
			"/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged",
			on_owner, w);
	return r;
}

static int run(struct watch *w)
{
	sigset_t mask;
	int r;

	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	r = sd_event_default(&w->event);
	if (r >= 0)
		r = sd_event_add_signal(w->event, NULL, SIGINT, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(w->event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_bus_set_exit_on_disconnect(w->bus, 1);
	if (r >= 0)
		r = sd_bus_attach_event(w->bus, w->event, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = sd_event_loop(w->event);
	sd_bus_detach_event(w->bus);
	w->event = sd_event_unref(w->event);
	if (r > 0)
		return client_failed(w->o, -ECONNRESET, NULL);
	return r < 0 ? client_failed(w->o, r, NULL) : CTL_OK;
}

int verb_watch(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(json_decrefp) json_t *all = NULL, *readings = NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	struct watch w = {.o = o, .id = argc > 1 ? argv[1] : NULL};
	json_t *a = NULL;
	int r;

	if (argc > 2)
		return ctl_usage(o, "watch", "too many words: \"%s\"", argv[2]);
	r = client_open(o, &bus);
	if (r != CTL_OK)
		return r;
	w.bus = bus;
	r = subscribe(&w);
	if (r < 0)
		return client_failed(o, r, NULL);
	r = client_objects(o, bus, &all);
	if (r == CTL_OK && w.id)
		r = client_find(o, json_object_get(all, "appliances"), "appliance", w.id, &a);
	if (r == CTL_OK && w.id)
		r = client_readings(o, bus, w.id, &readings);
	if (r != CTL_OK)
		return r;
	if (readings)
		print_readings(&w, w.id, readings);
	return run(&w);
}
