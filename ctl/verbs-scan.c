/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl scan: who is on a line, and what is it? */
#include "scan-port.h"

#include <signal.h>

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
	interrupted = 1;
}

bool ctl_interrupted(void)
{
	return interrupted;
}

void ctl_catch_interrupt(void)
{
	struct sigaction sa = {.sa_handler = on_interrupt, .sa_flags = SA_RESETHAND};

	(void)sigaction(SIGINT, &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);
}

/* ---- options */

struct wish {
	const char *where;
	struct scan_options scan;
	uint32_t bauds[16];
	size_t n_bauds;
	char parities[4];
};

/* "1-10,33" */
static int take_units(const char *s, bool units[256])
{
	char part[16];

	while (*s) {
		size_t n = strcspn(s, ",");
		char *dash;
		uint64_t a, b;

		if (n >= sizeof(part))
			return -EINVAL;
		(void)snprintf(part, sizeof(part), "%.*s", (int)n, s);
		dash = strchr(part, '-');
		if (dash)
			*dash = '\0';
		if (parse_u64(part, 0, 255, &a) < 0 ||
			parse_u64(dash ? dash + 1 : part, a, 255, &b) < 0)
			return -EINVAL;
		for (; a <= b; a++)
			units[a] = true;
		s += n + (s[n] == ',');
	}
	return 0;
}

static int take_bauds(const char *s, struct wish *w)
{
	char part[16];
	uint64_t v;

	while (*s) {
		size_t n = strcspn(s, ",");

		if (n >= sizeof(part) || w->n_bauds == ARRAY_SIZE(w->bauds))
			return -EINVAL;
		(void)snprintf(part, sizeof(part), "%.*s", (int)n, s);
		if (parse_u64(part, 110, 1000000, &v) < 0)
			return -EINVAL;
		w->bauds[w->n_bauds++] = (uint32_t)v;
		s += n + (s[n] == ',');
	}
	return 0;
}

/* "none,even", or N, E, O. */
static int take_parities(const char *s, struct wish *w)
{
	size_t k = 0;

	while (*s) {
		size_t n = strcspn(s, ",");
		char c = (char)(s[0] & ~0x20);

		if (n == 0 || !strchr("NEO", c) || k == 3 ||
			(n > 1 && strncmp(s, "none", n) != 0 && strncmp(s, "even", n) != 0 &&
				strncmp(s, "odd", n) != 0))
			return -EINVAL;
		w->parities[k++] = c;
		s += n + (s[n] == ',');
	}
	return 0;
}

static int parse(struct wish *w, int argc, char **argv, const struct ctl_options *o)
{
	static const char verb[] = "scan";

	for (int i = 1; i < argc; i++) {
		const char *a = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
		const char *equals = strchr(a, '=');
		char name[16];
		int r;

		if (a[0] != '-') {
			if (w->where)
				return ctl_usage(o, verb, "too many words: \"%s\"", a);
			w->where = a;
			continue;
		}
		(void)snprintf(name, sizeof(name), "%.*s", equals ? (int)(equals - a) : 15, a);
		if (streq(name, "--quick")) {
			w->scan.quick = true;
			continue;
		}
		if (!streq(name, "--units") && !streq(name, "--baud") && !streq(name, "--parity"))
			return ctl_usage(o, verb, "unknown option \"%s\"", a);
		if (equals)
			value = equals + 1;
		else
			i++;
		if (!value)
			return ctl_usage(o, verb, "option %s needs a value", name);
		r = streq(name, "--units")  ? take_units(value, w->scan.units)
		    : streq(name, "--baud") ? take_bauds(value, w)
					    : take_parities(value, w);
		if (r < 0)
			return ctl_usage(o, verb,
				streq(name, "--units")  ? "%s \"%s\": write 1-10,33, of 0 to 255"
				: streq(name, "--baud") ? "%s \"%s\": write 9600,19200"
							: "%s \"%s\": write N, E or O",
				name, value);
	}
	return CTL_OK;
}

/* The settings to try: those asked for, or where the line is used or stated, its own. */
static int choose_lines(struct wish *w, const struct scan_port *p, struct profile **profiles,
	size_t n, const struct ctl_options *o)
{
	struct scan_line likely[SCAN_LINES_MAX];
	size_t k = scan_likely_lines((const struct profile *const *)profiles, n, likely);
	const char *parities = *w->parities ? w->parities : "NE";

	if ((w->n_bauds || *w->parities) && (p->fixed || p->tcp))
		return ctl_error(o, CTL_FAILURE, NULL,
			p->tcp ? "%s: the settings of the line are made at its far end"
			       : "%s: appliances are on this line, its settings stay as they are",
			*p->bus_id ? p->bus_id : p->device);
	if (p->fixed || p->tcp) {
		w->scan.lines[w->scan.n_lines++] = (struct scan_line){0};
		return CTL_OK;
	}
	if (!w->n_bauds && !*w->parities) {
		if (p->line.baud && w->scan.quick) {
			w->scan.lines[w->scan.n_lines++] = p->line;
			return CTL_OK;
		}
		if (p->line.baud)
			w->scan.lines[w->scan.n_lines++] = p->line;
		for (size_t i = 0; i < k && w->scan.n_lines < SCAN_LINES_MAX; i++)
			if (memcmp(&likely[i], &p->line, sizeof(p->line)) != 0)
				w->scan.lines[w->scan.n_lines++] = likely[i];
		return CTL_OK;
	}
	for (size_t i = 0; i < MAX(w->n_bauds, 1U); i++)
		for (const char *c = parities; *c && w->scan.n_lines < SCAN_LINES_MAX; c++)
			w->scan.lines[w->scan.n_lines++] =
				(struct scan_line){w->n_bauds ? w->bauds[i] : 9600, *c, 1};
	return CTL_OK;
}

/* ---- what is shown */

static const char *match_reason(
	const struct ctl_options *o, const struct scan_match *m, char *dst, size_t size)
{
	size_t used = 0;

	if (!o->zh) {
		(void)str_copy(dst, size, m->reason);
		return dst;
	}
	*dst = '\0';
	if (m->probes > 0)
		(void)str_appendf(dst, size, &used, "%u 项身份特征相符", m->probes);
	if (m->values > 0)
		(void)str_appendf(dst, size, &used, "%s%u 个数值合理", used ? "；" : "", m->values);
	return dst;
}

static json_t *found_json(const struct scan_port *p, const struct scan_found *f)
{
	json_t *list = json_array();
	char address[320], line[32];

	for (size_t i = 0; i < f->n; i++)
		(void)json_array_append_new(
			list, json_pack("{s:s, s:i, s:s, s:s}", "profile",
				      f->matches[i].profile->id, "certainty",
				      f->matches[i].certainty, "reason", f->matches[i].reason,
				      "name", text_get(&f->matches[i].profile->name, p->o->zh)));
	scan_address(p, &f->line, f->unit, address, sizeof(address));
	return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:b, s:i, s:o}", "address", address,
		"unit", (int)f->unit, "line", scan_line_text(&f->line, line, sizeof(line)),
		"vendor", f->vendor, "product", f->product, "version", f->version, "any_unit",
		f->any_unit, "alike", (int)f->alike, "matches", list);
}

void ctl_show_found(const struct scan_port *p, const struct scan_found *f)
{
	const struct ctl_options *o = p->o;
	char address[320], reason[256], text[512];

	/* With the settings of the line, where they are not known of it. */
	scan_address(p, &f->line, f->unit, address, sizeof(address));
	ctl_print(o, BOLD, address);
	if (*f->vendor || *f->product || *f->version) {
		(void)snprintf(text, sizeof(text), "%s%s%s%s%s", f->vendor,
			*f->vendor && *f->product ? " " : "", f->product,
			*f->version && (*f->vendor || *f->product) ? " " : "", f->version);
		printf(ctl_tr(o, "  says: %s"), text);
	}
	if (f->any_unit)
		fputs(ctl_tr(o, "  answers to every unit"), stdout);
	putchar('\n');
	if (f->n == 0)
		printf("    %s\n", ctl_tr(o, "answers, but no profile fits"));
	for (size_t i = 0; i < MIN(f->n, MAX(f->alike, 3U)); i++) {
		const struct scan_match *m = &f->matches[i];

		printf("    %3d%%  ", m->certainty);
		ctl_print(o, i < f->alike ? GREEN : PLAIN, m->profile->id);
		(void)snprintf(text, sizeof(text), o->zh ? "  %s（%s）" : "  %s (%s)",
			text_get(&m->profile->name, o->zh),
			match_reason(o, m, reason, sizeof(reason)));
		ctl_print_wrapped(o, 10 + utf8_columns(m->profile->id), 10, text);
	}
	if (f->alike > 1)
		printf(ctl_tr(o,
			       "    the first %zu cannot be told apart from here: look at its label\n"),
			f->alike);
	fflush(stdout);
}

static void clear_progress(bool shown)
{
	if (shown)
		fputs("\r\033[K", stderr);
}

static void show_progress(const struct scan_port *p, const struct scan *s)
{
	struct scan_progress g;
	char line[32];
	unsigned left;

	scan_get_progress(s, &g);
	left = (unsigned)(g.remaining_us / USEC_PER_SEC);
	scan_line_text(&g.line, line, sizeof(line));
	fprintf(stderr, "\r\033[K");
	fprintf(stderr, ctl_tr(p->o, "%s unit %u  %u of %u  %u:%02u left  %zu found"), line, g.unit,
		g.done, g.total, left / 60, left % 60, g.found);
	fflush(stderr);
}

/* ---- the run */

int ctl_run_scan(struct scan_port *p, struct scan *s, bool progress,
	void (*found)(const struct scan_port *p, const struct scan_found *f))
{
	struct scan_request rq;
	uint64_t shown_us = 0;

	while (!interrupted && scan_next(s, &rq)) {
		uint8_t pdu[MODBUS_PDU_MAX], exception;
		size_t n, before = scan_n_found(s);
		uint64_t took;
		int r;

		if (progress && clock_boottime_us() > shown_us + 100 * USEC_PER_MSEC) {
			show_progress(p, s);
			shown_us = clock_boottime_us();
		}
		r = scan_port_ask(p, &rq, pdu, &n, &exception, &took);
		if (r == -EINTR)
			break;
		if (r == -EIO) {
			clear_progress(progress);
			return CTL_FAILURE;
		}
		if (scan_reply(s, r, exception, pdu, n, took) && found &&
			scan_n_found(s) > before) {
			clear_progress(progress);
			found(p, scan_found(s, before));
			shown_us = 0;
		}
	}
	clear_progress(progress);
	return CTL_OK;
}

static int conclude(const struct scan_port *p, const struct scan *s)
{
	const struct ctl_options *o = p->o;
	const struct scan_found *fits = NULL;
	struct scan_progress g;
	char address[320];

	scan_get_progress(s, &g);
	if (o->json != JSON_OFF) {
		json_t *list = json_array();

		for (size_t i = 0; i < scan_n_found(s); i++)
			(void)json_array_append_new(list, found_json(p, scan_found(s, i)));
		return ctl_print_json(
			o, json_pack("{s:b, s:i, s:i, s:i, s:o}", "complete", !interrupted, "done",
				   (int)g.done, "total", (int)g.total, "garbled", (int)g.garbled,
				   "found", list));
	}
	if (o->no_legend)
		return CTL_OK;
	if (interrupted)
		printf(ctl_tr(o, "Stopped after %u of %u.\n"), g.done, g.total);
	if (g.garbled > 0)
		printf(ctl_tr(o,
			       "%u answers could not be read: another speed, two devices with one "
			       "unit, or the wires A and B.\n"),
			g.garbled);
	if (scan_n_found(s) == 0) {
		ctl_say(o, "Nobody answered.");
		if (!interrupted)
			ctl_say(o, "Check A and B of the wires, the power of the appliance, and "
				   "that its Modbus is switched on.");
		return CTL_OK;
	}
	/* The first that something fits. */
	for (size_t i = 0; i < scan_n_found(s) && !fits; i++)
		if (scan_found(s, i)->n > 0)
			fits = scan_found(s, i);
	if (!fits) {
		printf(ctl_tr(o,
			       "%zu found, of no known map. Next: hearthctl profile search TEXT\n"),
			scan_n_found(s));
		return CTL_OK;
	}
	scan_address(p, &fits->line, fits->unit, address, sizeof(address));
	printf(ctl_tr(o, "%zu found. Next: hearthctl add %s\n"), scan_n_found(s), address);
	return CTL_OK;
}

int verb_scan(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_free_ struct profile **profiles = calloc(SCAN_PROFILES_MAX, sizeof(*profiles));
	_cleanup_(scan_freep) struct scan *s = NULL;
	struct problems problems = {0};
	struct config *config = NULL;
	struct scan_port port = {0};
	struct wish w = {0};
	bool progress = isatty(STDERR_FILENO) && o->json == JSON_OFF;
	size_t n = 0;
	int r = parse(&w, argc, argv, o);

	if (r != CTL_OK)
		return r;
	if (!profiles)
		return ctl_error(o, CTL_FAILURE, NULL, "out of memory");
	(void)config_load(o->etc, o->vendor, &problems, &config);
	problems_done(&problems);
	r = scan_port_open(o, w.where, config, &port);
	if (r == CTL_OK) {
		n = ctl_load_profiles(o, profiles, SCAN_PROFILES_MAX);
		r = choose_lines(&w, &port, profiles, n, o);
	}
	if (r == CTL_OK) {
		w.scan.tcp = port.tcp && !port.rtutcp;
		memcpy(w.scan.skip, port.configured, sizeof(w.scan.skip));
		if (scan_new(&w.scan, (const struct profile *const *)profiles, n, &s) < 0)
			r = ctl_error(o, CTL_FAILURE, NULL, "out of memory");
	}
	if (r == CTL_OK) {
		ctl_catch_interrupt();
		r = ctl_run_scan(&port, s, progress, o->json == JSON_OFF ? ctl_show_found : NULL);
	}
	/* What was found stays found, even when the line went away. */
	if (s && (r == CTL_OK || scan_n_found(s) > 0)) {
		int end = conclude(&port, s);

		r = MAX(r, end);
	}
	scan_port_close(&port);
	for (size_t i = 0; i < n; i++)
		(void)profile_unref(profiles[i]);
	config_free(config);
	return r;
}
