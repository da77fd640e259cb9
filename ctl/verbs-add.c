/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl add: from an address on a line to an appliance, by what it says. */
#include "add-internal.h"
#include "install-file.h"

#include "adapters/check.h"

#include <dirent.h>

static int parse(struct add *a, int argc, char **argv)
{
	const struct ctl_options *o = a->o;

	for (int i = 1; i < argc; i++) {
		const char *w = argv[i], *equals = strchr(w, '=');
		char *value = i + 1 < argc ? argv[i + 1] : NULL, name[16], *split;

		if (w[0] != '-') {
			if (a->address)
				return ctl_usage(o, "add", "too many words: \"%s\"", w);
			a->address = w;
			continue;
		}
		(void)snprintf(name, sizeof(name), "%.*s", equals ? (int)(equals - w) : 15, w);
		if (streq(name, "--yes")) {
			a->yes = true;
			continue;
		}
		if (!streq(name, "--profile") && !streq(name, "--label") && !streq(name, "--id") &&
			!streq(name, "--setting"))
			return ctl_usage(o, "add", "unknown option \"%s\"", w);
		if (equals)
			value = argv[i] + (equals - w) + 1;
		else
			i++;
		if (!value || !*value)
			return ctl_usage(o, "add", "option %s needs a value", name);
		if (streq(name, "--profile"))
			a->profile_name = value;
		else if (streq(name, "--label"))
			a->label = value;
		else if (streq(name, "--id"))
			a->id = value;
		else {
			split = strchr(value, '=');
			if (!split || a->n_choices == PROFILE_SETTINGS_MAX)
				return ctl_usage(o, "add", "\"%s\" is no SETTING=VALUE", value);
			*split = '\0';
			a->choices[a->n_choices++] = (struct profile_choice){value, split + 1};
		}
	}
	if (!a->address ||
		scan_address_parse(a->address, a->where, sizeof(a->where), &a->line, &a->unit) < 0)
		return ctl_usage(o, "add",
			"needs an address as scan shows it: BUS:UNIT, rtu:/dev/...:UNIT, tcp:host:502:UNIT");
	if (a->id && !id_valid(a->id))
		return ctl_usage(o, "add", "an id is 1 to 32 of a-z 0-9 - _, not \"%s\"", a->id);
	if (a->label && !add_label_valid(a->label))
		return ctl_usage(o, "add", LABEL_RULE);
	if (!a->yes && !a->interactive)
		return ctl_usage(
			o, "add", "not at a terminal: say --yes to add without a question");
	return CTL_OK;
}

/* ---- which profile */

static int recognise(struct add *a, struct profile **profiles, size_t n, struct scan **ret)
{
	struct scan_options scan = {.tcp = a->port.tcp && !a->port.rtutcp};

	scan.units[a->unit] = true;
	if (a->line.baud)
		scan.lines[scan.n_lines++] = a->line;
	else if (a->port.fixed || a->port.tcp)
		scan.lines[scan.n_lines++] = (struct scan_line){0};
	else if (a->port.line.baud)
		scan.lines[scan.n_lines++] = a->port.line;
	if (scan_new(&scan, (const struct profile *const *)profiles, n, ret) < 0)
		return ctl_error(a->o, CTL_FAILURE, NULL, "out of memory");
	return ctl_run_scan(&a->port, *ret, false, NULL);
}

/* One of several that cannot be told apart: the person knows the label on the box. */
static int choose_match(struct add *a, const struct scan_found *f, const struct profile **ret)
{
	char line[16];
	uint64_t k;

	if (f->alike == 1 && f->matches[0].certainty >= 30) {
		*ret = f->matches[0].profile;
		return CTL_OK;
	}
	if (a->yes || !a->interactive)
		return ctl_error(a->o, CTL_FAILURE, "hearthctl add ADDRESS --profile NAME",
			"what it is cannot be told for certain; say which profile");
	for (size_t i = 0; i < f->n; i++)
		printf("  %zu  %s  %s\n", i + 1, f->matches[i].profile->id,
			text_get(&f->matches[i].profile->name, a->o->zh));
	printf(ctl_tr(a->o, "Which one is it? 1 to %zu, empty for none:"), f->n);
	putchar(' ');
	if (!install_read(line, sizeof(line)) || parse_u64(line, 1, f->n, &k) < 0)
		return ctl_error(
			a->o, CTL_FAILURE, "hearthctl profile search TEXT", "nothing was added");
	*ret = f->matches[k - 1].profile;
	return CTL_OK;
}

static int find_profile(struct add *a)
{
	_cleanup_free_ struct profile **profiles = calloc(SCAN_PROFILES_MAX, sizeof(*profiles));
	_cleanup_(scan_freep) struct scan *s = NULL;
	const struct profile *chosen = NULL;
	const struct scan_found *f;
	size_t n;
	int r;

	if (!profiles)
		return ctl_error(a->o, CTL_FAILURE, NULL, "out of memory");
	n = ctl_load_profiles(a->o, profiles, SCAN_PROFILES_MAX);
	r = recognise(a, profiles, n, &s);
	f = r == CTL_OK ? scan_found(s, 0) : NULL;
	if (r == CTL_OK && !f)
		r = ctl_error(
			a->o, CTL_FAILURE, "hearthctl scan", "%s does not answer", a->address);
	if (r == CTL_OK) {
		a->line = f->line;
		ctl_show_found(&a->port, f);
		if (f->n == 0)
			r = ctl_error(a->o, CTL_FAILURE, "hearthctl profile search TEXT",
				"no profile fits; say --profile NAME, or make one with \"profile new\"");
		else
			r = choose_match(a, f, &chosen);
	}
	if (r == CTL_OK) {
		(void)str_copy(a->own_profile, sizeof(a->own_profile), chosen->id);
		a->profile_name = a->own_profile;
	}
	for (size_t i = 0; i < n; i++)
		(void)profile_unref(profiles[i]);
	return r;
}

static int ask_setting(struct add *a, const struct setting *s)
{
	char line[64];

	printf("%s (", *text_get(&s->label, a->o->zh) ? text_get(&s->label, a->o->zh) : s->name);
	for (size_t i = 0; i < s->n_values && i < 12; i++)
		printf("%s%s", i ? ", " : "", s->values[i]);
	printf("%s) [%s]: ", s->n_values > 12 ? ", …" : "", s->values[s->preset]);
	while (install_read(line, sizeof(line))) {
		int v = *line ? setting_value(s, line) : (int)s->preset;

		if (v >= 0) {
			char(*kept)[64] = a->asked[a->n_choices];

			(void)str_copy(kept[0], sizeof(kept[0]), s->name);
			(void)str_copy(kept[1], sizeof(kept[1]), s->values[v]);
			a->choices[a->n_choices++] = (struct profile_choice){kept[0], kept[1]};
			return CTL_OK;
		}
		printf(ctl_tr(a->o, "\"%s\" is none of them:"), line);
		putchar(' ');
	}
	return CTL_FAILURE;
}

/* What the map depends on and cannot tell by itself. */
static int ask_settings(struct add *a)
{
	for (size_t i = 0; i < a->profile->n_settings; i++) {
		const struct setting *s = &a->profile->settings[i];
		bool given = false;

		for (size_t k = 0; k < a->n_choices; k++)
			given = given || streq(a->choices[k].setting, s->name);
		if (!given && a->interactive && !a->yes && a->n_choices < PROFILE_SETTINGS_MAX &&
			ask_setting(a, s) != CTL_OK)
			return CTL_FAILURE;
	}
	return CTL_OK;
}

static int load_profile(struct add *a)
{
	struct profile_choices choices = {a->choices, 0};
	int r = ctl_load_profile(a->o, a->profile_name, &choices, &a->profile);

	if (r != CTL_OK)
		return r;
	if (!streq(a->profile->adapter, "modbus"))
		return ctl_error(a->o, CTL_FAILURE, NULL,
			"profile %s speaks %s; write its file by hand as hearthd.conf(5) shows",
			a->profile->id, a->profile->adapter);
	if (a->profile->n_settings == 0 && a->n_choices == 0)
		return CTL_OK;
	r = ask_settings(a);
	if (r != CTL_OK)
		return r;
	choices.n = a->n_choices;
	a->profile = profile_unref(a->profile);
	return ctl_load_profile(a->o, a->profile_name, &choices, &a->profile);
}

/* ---- names */

static bool id_taken(const struct add *a, const char *id)
{
	char path[600];

	(void)snprintf(path, sizeof(path), "%s/appliances.d/%s.conf", a->o->etc, id);
	if (access(path, F_OK) == 0)
		return true;
	for (size_t i = 0; a->config && i < a->config->n_appliances; i++)
		if (streq(a->config->appliances[i].id, id))
			return true;
	return false;
}

/* The label where it is of those letters, else the kind: "kitchen-fridge", "heat-pump-2". */
static void make_id(struct add *a)
{
	const char *from = a->profile->kind->name;
	char base[28] = "";
	size_t n = 0;

	for (const char *c = a->label; c && *c; c++)
		if ((unsigned char)*c >= 0x80)
			break;
		else if (!c[1])
			from = a->label;
	for (; *from && n < sizeof(base) - 1; from++) {
		char c = *from >= 'A' && *from <= 'Z' ? (char)(*from | 0x20) : *from;

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			base[n++] = c;
		else if (n > 0 && base[n - 1] != '-')
			base[n++] = '-';
	}
	while (n > 0 && base[n - 1] == '-')
		n--;
	base[n] = '\0';
	if (n == 0)
		(void)str_copy(base, sizeof(base), "appliance");
	(void)str_copy(a->own_id, sizeof(a->own_id), base);
	for (unsigned k = 2; id_taken(a, a->own_id) && k < 1000; k++)
		(void)snprintf(a->own_id, sizeof(a->own_id), "%s-%u", base, k);
	a->id = a->own_id;
}

/* The name that lasts: of the adapter, not of the order in which they were plugged in. */
static void lasting_device(const char *device, char *dst, size_t size)
{
	static const char dir[] = "/dev/serial/by-id";
	const char *path = strchr(device, '/');
	char real[4096], other[4096], link[600];
	DIR *d = path && startswith(device, "rtu:") && realpath(path, real) ? opendir(dir) : NULL;
	struct dirent *e;

	(void)str_copy(dst, size, device);
	while (d && (e = readdir(d))) {
		(void)snprintf(link, sizeof(link), "%s/%s", dir, e->d_name);
		if (e->d_name[0] != '.' && realpath(link, other) && streq(real, other))
			(void)snprintf(dst, size, "rtu:%.250s", link);
	}
	if (d)
		(void)closedir(d);
}

static void make_bus(struct add *a)
{
	const char *base = a->port.tcp ? "tcp" : "rs485";

	lasting_device(a->port.device, a->own_device, sizeof(a->own_device));
	for (unsigned k = 0; k < CONFIG_BUSES_MAX + 1; k++) {
		char path[600];
		bool taken = false;

		(void)snprintf(a->own_bus, sizeof(a->own_bus), "%s-%u", base, k);
		(void)snprintf(
			path, sizeof(path), "%s/hearthd.conf.d/%s.conf", a->o->etc, a->own_bus);
		for (size_t i = 0; a->config && i < a->config->n_buses; i++)
			taken = taken || streq(a->config->buses[i].id, a->own_bus);
		if (!taken && access(path, F_OK) < 0)
			return;
	}
}

/* ---- what is written */

static int cannot_write(struct add *a, const char *path, int r)
{
	if (r == -EACCES || r == -EPERM)
		return ctl_error(
			a->o, CTL_FAILURE, "sudo hearthctl add ...", "%s: no permission", path);
	return ctl_error(
		a->o, CTL_FAILURE, NULL, "cannot write %s: %s", path, ctl_strerror(a->o, -r));
}

static int write_bus(struct add *a)
{
	char dir[600], path[700], name[64], text[600];
	size_t used = 0;
	int r;

	(void)snprintf(dir, sizeof(dir), "%s/hearthd.conf.d", a->o->etc);
	(void)snprintf(name, sizeof(name), "%s.conf", a->own_bus);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)str_appendf(text, sizeof(text), &used,
		"# Written by hearthctl add.\n[Bus %s]\nDevice=%s\n", a->own_bus, a->own_device);
	if (a->line.baud)
		(void)str_appendf(text, sizeof(text), &used, "Baud=%u\nParity=%s\nStopBits=%u\n",
			a->line.baud,
			a->line.parity == 'E'   ? "even"
			: a->line.parity == 'O' ? "odd"
						: "none",
			a->line.stop_bits);
	r = install_file(dir, name, text, false);
	return r < 0 ? cannot_write(a, path, r) : CTL_OK;
}

static int write_appliance(struct add *a, char *path, size_t size)
{
	char dir[600], name[64], text[4096];
	size_t used = 0;
	int r;

	(void)snprintf(dir, sizeof(dir), "%s/appliances.d", a->o->etc);
	(void)snprintf(name, sizeof(name), "%s.conf", a->id);
	(void)snprintf(path, size, "%s/%s", dir, name);
	(void)str_appendf(text, sizeof(text), &used,
		"# Written by hearthctl add.\n[Appliance]\nKind=%s\n", a->profile->kind->name);
	if (a->label)
		(void)str_appendf(text, sizeof(text), &used, "Label=%s\n", a->label);
	(void)str_appendf(text, sizeof(text), &used, "\n[Source]\nBus=%s\nUnit=%u\nProfile=%s\n",
		*a->port.bus_id ? a->port.bus_id : a->own_bus, a->unit, a->profile->id);
	for (size_t i = 0; i < a->n_choices; i++)
		(void)str_appendf(text, sizeof(text), &used, "%s%s=%s\n", i ? "" : "\n[Settings]\n",
			a->choices[i].setting, a->choices[i].value);
	r = install_file(dir, name, text, false);
	return r < 0 ? cannot_write(a, path, r) : CTL_OK;
}

static int confirm_and_write(struct add *a)
{
	bool bus = !*a->port.bus_id;
	char path[700];
	int r;

	if (!a->id)
		make_id(a);
	if (bus)
		make_bus(a);
	if (bus)
		printf(ctl_tr(a->o, "This line is new: it becomes bus %s (%s).\n"), a->own_bus,
			a->own_device);
	if (!a->yes &&
		(a->label ? install_ask(a->o, 'y', "Add it as %s (%s)? [Y/n]", a->id, a->label)
			  : install_ask(a->o, 'y', "Add it as %s? [Y/n]", a->id)) != 'y')
		return ctl_error(a->o, CTL_FAILURE, NULL, "nothing was added");
	r = bus ? write_bus(a) : CTL_OK;
	if (r == CTL_OK)
		r = write_appliance(a, path, sizeof(path));
	if (r != CTL_OK)
		return r;
	if (install_check(a->o, path) != CTL_OK) { /* hearthd would refuse it */
		(void)unlink(path);
		return ctl_error(a->o, CTL_FAILURE, NULL, "nothing was added");
	}
	scan_port_close(&a->port); /* hearthd takes the line over */
	printf(ctl_tr(a->o, "%s written.\n"), path);
	r = install_reload(a->o, path);
	if (r == CTL_OK && !a->o->no_legend && a->label)
		printf(ctl_tr(a->o, "Next: hearthctl status %s\n"), a->id);
	else if (r == CTL_OK && !a->o->no_legend)
		printf(ctl_tr(a->o, "Next: hearthctl status %s, or hearthctl rename %s LABEL\n"),
			a->id, a->id);
	return r;
}

static int configured_already(struct add *a)
{
	for (size_t i = 0; a->config && i < a->config->n_appliances; i++)
		for (size_t k = 0; k < a->config->appliances[i].n_sources; k++) {
			const struct source_conf *s = &a->config->appliances[i].sources[k];

			if (streq(s->bus, a->port.bus_id) && s->unit == (int)a->unit)
				return ctl_error(a->o, CTL_FAILURE, "hearthctl status",
					"%s is appliance %s already", a->address,
					a->config->appliances[i].id);
		}
	return ctl_error(
		a->o, CTL_FAILURE, "hearthctl list", "%s is configured already", a->address);
}

int verb_add(int argc, char **argv, const struct ctl_options *o)
{
	struct add a = {.o = o, .interactive = isatty(STDIN_FILENO)};
	struct problems problems = {0};
	int r = parse(&a, argc, argv);

	if (r != CTL_OK)
		return r;
	(void)config_load(o->etc, o->vendor, &problems, &a.config);
	problems_done(&problems);
	r = scan_port_open(o, a.where, a.config, &a.port);
	if (r == CTL_OK && a.port.configured[a.unit])
		r = configured_already(&a);
	if (r == CTL_OK && a.id && id_taken(&a, a.id))
		r = ctl_error(o, CTL_FAILURE, "hearthctl list",
			"there is an appliance \"%s\" already", a.id);
	if (r == CTL_OK && !a.profile_name)
		r = find_profile(&a);
	if (r == CTL_OK)
		r = load_profile(&a);
	/* Named, not recognised: the line as the profile wants it. */
	if (r == CTL_OK && !a.line.baud && !a.port.fixed && !a.port.tcp)
		a.line = a.port.line.baud
				 ? a.port.line
				 : (struct scan_line){
					   a.profile->line.baud ? a.profile->line.baud : 9600,
					   a.profile->line.parity ? a.profile->line.parity : 'N',
					   a.profile->line.stop_bits ? a.profile->line.stop_bits
								     : 1};
	if (r == CTL_OK)
		r = add_read_values(&a);
	if (r == CTL_OK && a.good + a.suspect == 0 && a.refusals > 0)
		r = ctl_error(o, CTL_FAILURE, "hearthctl scan",
			"%s answers, but has none of these registers: another product, or another unit",
			a.address);
	else if (r == CTL_OK && a.good + a.suspect == 0)
		r = ctl_error(o, CTL_FAILURE, "hearthctl scan", "%s gave no value", a.address);
	if (r == CTL_OK)
		r = confirm_and_write(&a);
	scan_port_close(&a.port);
	if (a.state.profile)
		adapter_modbus.done(&a.state);
	blocks_done(&a.blocks);
	free(a.readings);
	(void)profile_unref(a.profile);
	config_free(a.config);
	return r;
}
