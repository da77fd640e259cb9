/* SPDX-License-Identifier: Apache-2.0 */
/* appliances.d/ID.conf: [Appliance] [Source NAME] [Map]. A file with an error costs its own
 * appliance and no other. */
#include "config-internal.h"

#include <dirent.h>

#define LABEL_MAX 128 /* bytes */

void appliance_config_done(struct appliance_config *a)
{
	for (size_t i = 0; i < a->n_sources; i++) {
		struct source_conf *s = &a->sources[i];

		free(s->name);
		free(s->bus);
		free(s->profile_id);
		profile_unref(s->profile);
	}
	config_grants_done(a);
	for (size_t i = 0; i < a->n_maps; i++) {
		free(a->maps[i].attribute);
		free(a->maps[i].source);
		free(a->maps[i].point);
	}
	free(a->sources);
	free(a->maps);
	free(a->id);
	free(a->file);
	free(a->label.en);
	free(a->label.zh);
	free(a->location);
	free(a->installed);
	*a = (struct appliance_config){0};
}

/* Profiles of this load: each is read once for each set of choices, and a bad one is explained once. */
struct profile_cache {
	const char *dirs[3];
	struct problems *problems;
	struct {
		char *key; /* the id, and choices that are not the defaults: "id word_order=little" */
		struct profile *profile; /* NULL: cannot be used */
		int error;
	} v[2 * CONFIG_APPLIANCES_MAX * CONFIG_SOURCES_MAX]; /* defaults, and what was chosen */
	size_t n;
};

static int cached_profile(struct profile_cache *c, const char *id,
	const struct profile_choices *choices, struct profile **ret)
{
	char key[32 + PROFILE_SETTINGS_MAX * 80];
	size_t i, used = 0;

	(void)str_appendf(key, sizeof(key), &used, "%s", id);
	for (i = 0; i < choices->n; i++)
		if (!str_appendf(key, sizeof(key), &used, " %s=%s", choices->v[i].setting,
			    choices->v[i].value))
			return -ENOBUFS;
	for (i = 0; i < c->n && !streq(c->v[i].key, key); i++)
		;
	if (i == c->n) {
		if (c->n == ARRAY_SIZE(c->v))
			return -ENOBUFS;
		c->v[i].key = strdup(key);
		if (!c->v[i].key)
			return -ENOMEM;
		c->v[i].error =
			profile_load_with(c->dirs, id, choices, c->problems, &c->v[i].profile);
		c->n++;
	}
	if (c->v[i].error < 0)
		return c->v[i].error;
	*ret = profile_ref(c->v[i].profile);
	return 0;
}

#define NAMES_MAX 512 /* profiles among which a near name is looked for */

/* The profile whose name is nearest to ID, for "did you mean"; false when none is near. */
static bool nearest_profile(const struct profile_cache *c, const char *id, char *dst, size_t size)
{
	_cleanup_free_ const char **names = calloc(NAMES_MAX + 1, sizeof(*names));
	const char *near;
	size_t n = 0;
	bool found;

	for (size_t i = 0; names && c->dirs[i]; i++) {
		DIR *dp = opendir(c->dirs[i]);
		struct dirent *de;

		while (dp && (de = readdir(dp)) && n < NAMES_MAX) {
			if (!endswith(de->d_name, ".profile"))
				continue;
			names[n] = strndup(de->d_name, strlen(de->d_name) - strlen(".profile"));
			n += names[n] != NULL;
		}
		if (dp)
			(void)closedir(dp);
	}
	near = ini_nearest(id, names);
	found = near && str_copy(dst, size, near);
	for (size_t i = 0; i < n; i++)
		free((char *)names[i]);
	return found;
}

static int load_profile(struct ini_section *s, struct profile_cache *cache, struct source_conf *src,
	struct problems *p)
{
	struct ini_entry *e = ini_get(s, "Profile", NULL);
	char near[40];
	int r;

	if (!e)
		return ini_problem_section(p, PROBLEM_ERROR, s,
			"needs Profile=; \"hearthctl profile search\" lists what there is");
	if (!id_valid(e->value))
		return ini_problem(p, PROBLEM_ERROR, e,
			"\"%s\" is no profile's name: 1 to 32 of a-z 0-9 _ -, without .profile",
			e->value);
	src->profile_id = strdup(e->value);
	if (!src->profile_id)
		return -ENOMEM;
	r = cached_profile(cache, e->value, &(struct profile_choices){0}, &src->profile);
	if (r == -ENOENT && nearest_profile(cache, e->value, near, sizeof(near)))
		return ini_problem(p, PROBLEM_ERROR, e, "there is no profile %s; did you mean %s?",
			e->value, near);
	if (r == -ENOENT)
		return ini_problem(p, PROBLEM_ERROR, e,
			"there is no %s.profile in %s or %s; \"hearthctl profile search\" lists "
			"what there is",
			e->value, cache->dirs[0], cache->dirs[1]);
	if (r == -EINVAL)
		return ini_problem(p, PROBLEM_ERROR, e,
			"profile %s has errors; \"hearthctl profile check %s\" shows them",
			e->value, e->value);
	if (r < 0 && r != -ENOMEM)
		return ini_problem(p, PROBLEM_ERROR, e, "profile %s cannot be read: %s", e->value,
			strerror(-r));
	return r;
}

static void unknown_setting(
	const struct profile *p, const struct ini_entry *e, struct problems *problems)
{
	const char *names[PROFILE_SETTINGS_MAX + 1] = {NULL}, *near;

	for (size_t i = 0; i < p->n_settings; i++)
		names[i] = p->settings[i].name;
	near = ini_nearest(e->key, names);
	if (near)
		(void)ini_problem(problems, PROBLEM_ERROR, e,
			"profile %s has no setting of this name; did you mean %s=?", p->id, near);
	else
		(void)ini_problem(problems, PROBLEM_ERROR, e,
			"profile %s has no setting of this name; \"hearthctl profile show %s\" lists "
			"those it has",
			p->id, p->id);
}

/* The answers of S to the settings of SRC's profile, which was loaded for their defaults. */
static int load_settings(struct ini_section *s, struct profile_cache *cache,
	struct source_conf *src, struct problems *problems)
{
	struct profile_choice v[PROFILE_SETTINGS_MAX];
	struct profile_choices choices = {.v = v};
	struct profile *p = src->profile, *chosen = NULL;
	int bad = 0, r;

	for (struct ini_entry *e = s ? s->entries : NULL; e; e = e->next) {
		bool known = !e->locale && profile_setting(p, e->key) >= 0;

		e->used = true;
		if (!known && *e->value && !startswith(e->key, "X-")) {
			unknown_setting(p, e, problems);
			bad = 1;
		}
	}
	/* In the order of the profile, so that the same choices share one instance. */
	for (size_t i = 0; s && i < p->n_settings; i++) {
		const struct setting *st = &p->settings[i];
		struct ini_entry *e = ini_get(s, st->name, NULL);
		int k = e ? setting_value(st, e->value) : (int)st->preset;
		char list[300] = "";
		size_t used = 0;

		if (k >= 0 && (unsigned)k != st->preset)
			v[choices.n++] = (struct profile_choice){st->name, st->values[k]};
		for (size_t j = 0; k < 0 && j < st->n_values; j++)
			if (!str_appendf(list, sizeof(list), &used, " %s", st->values[j]))
				break;
		if (k < 0) {
			(void)ini_problem(problems, PROBLEM_ERROR, e,
				"\"%.64s\" is none of its values:%s", e->value, list);
			bad = 1;
		}
	}
	if (bad)
		return -EINVAL;
	if (choices.n == 0)
		return 0;
	r = cached_profile(cache, p->id, &choices, &chosen);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return ini_problem_section(problems, PROBLEM_ERROR, s,
			"profile %s has errors with these settings; \"hearthctl profile check %s\" "
			"shows them",
			p->id, p->id);
	src->profile = chosen;
	profile_unref(p);
	return 0;
}

static const struct bus_config *bus_by_id(const struct config *c, const char *id)
{
	for (size_t i = 0; i < c->n_buses; i++)
		if (c->buses[i].id && streq(c->buses[i].id, id))
			return &c->buses[i];
	return NULL;
}

static int load_bus_of(struct ini_section *s, const struct config *c, struct source_conf *src,
	const struct bus_config **ret, struct problems *p)
{
	struct ini_entry *e = ini_get(s, "Bus", NULL);
	const struct bus_config *bus;
	const char *ids[CONFIG_BUSES_MAX + 1] = {0}, *near;

	if (!e)
		return ini_problem_section(p, PROBLEM_ERROR, s,
			"needs Bus=, the name of a [Bus NAME] of hearthd.conf");
	bus = bus_by_id(c, e->value);
	if (!bus) {
		for (size_t i = 0; i < c->n_buses; i++)
			ids[i] = c->buses[i].id;
		near = ini_nearest(e->value, ids);
		if (near)
			return ini_problem(p, PROBLEM_ERROR, e,
				"hearthd.conf has no [Bus %s]; did you mean %s?", e->value, near);
		return ini_problem(p, PROBLEM_ERROR, e,
			"hearthd.conf has no [Bus %s]; add it there, with its Device=", e->value);
	}
	src->bus = strdup(e->value);
	*ret = bus;
	return src->bus ? 0 : -ENOMEM;
}

static int load_unit(struct ini_section *s, const struct bus_config *bus, struct source_conf *src,
	struct problems *p)
{
	const struct device_scheme *d = device_scheme(bus->device);
	uint64_t unit = 0;
	int r;

	if (src->profile && !streq(src->profile->adapter, "modbus") && d->modbus)
		return 0; /* the wrong bus for it, which the adapter's own check says better */
	if (!d->modbus) {
		if (ini_get(s, "Unit", NULL))
			(void)ini_problem(p, PROBLEM_WARNING, ini_get(s, "Unit", NULL),
				"has no effect on %s, a line with one appliance", d->prefix);
		src->unit = -1;
		return 0;
	}
	r = ini_get_u64(s, "Unit", d->unit_min, d->unit_max, p, &unit);
	if (r < 0)
		return r;
	if (r > 0)
		src->unit = (int16_t)unit;
	else if (!src->profile)
		return 0; /* it might have said; its own problem comes first */
	else if (src->profile->line.unit >= d->unit_min && src->profile->line.unit <= d->unit_max)
		src->unit = src->profile->line.unit;
	else
		return ini_problem_section(p, PROBLEM_ERROR, s,
			"needs Unit=, the appliance's number on the bus, %u to %u", d->unit_min,
			d->unit_max);
	return 0;
}

/* The same registers asked twice would cost the bus and tell nothing; the same unit under another
 * profile is two halves of one product, or more often a number that was not changed after copying. */
static int check_twin(const struct config *c, const struct appliance_config *a,
	const struct source_conf *src, const struct ini_section *s, struct problems *p)
{
	for (size_t i = 0; i <= c->n_appliances; i++) {
		const struct appliance_config *other = i < c->n_appliances ? &c->appliances[i] : a;

		for (size_t k = 0; k < other->n_sources; k++) {
			const struct source_conf *o = &other->sources[k];

			if (o == src || !o->bus || !o->profile_id || !streq(o->bus, src->bus) ||
				o->unit != src->unit)
				continue;
			if (!streq(o->profile_id, src->profile_id)) {
				if (other != a && o->unit >= 0)
					(void)ini_problem_section(p, PROBLEM_WARNING, s,
						"unit %d of %s is appliance %s too, as %s; two "
						"appliances on one line need two unit numbers",
						o->unit, o->bus, other->id, o->profile_id);
				continue;
			}
			return ini_problem_section(p, PROBLEM_ERROR, s,
				"appliance %s reads unit %d of %s with this profile "
				"already, as its source %s; give each its own Unit=",
				other->id, o->unit, o->bus, o->name);
		}
	}
	return 0;
}

/* [Settings NAME], or [Settings] where there is one source alone. */
static struct ini_section *settings_of(const struct ini *ini, const char *source)
{
	struct ini_section *s = ini_section(ini, "Settings", source), *first;

	first = ini_section_next(ini, "Source", NULL);
	if (!s && !ini_section_next(ini, "Source", first))
		s = ini_section(ini, "Settings", "");
	return s;
}

/* A [Settings] section that belongs to no source would be answers nobody hears. */
static int check_settings(
	const struct ini *ini, const struct appliance_config *a, struct problems *p)
{
	int bad = 0;

	for (struct ini_section *s = NULL; (s = ini_section_next(ini, "Settings", s));) {
		size_t i = 0;

		while (i < a->n_sources &&
			!(a->sources[i].name && *s->arg && streq(a->sources[i].name, s->arg)))
			i++;
		if (i < a->n_sources || (!*s->arg && a->n_sources == 1))
			continue;
		bad |= ini_problem_section(p, PROBLEM_ERROR, s,
			       *s->arg ? "there is no [Source %s] in this file"
				       : "which source? Write [Settings NAME]%s",
			       s->arg) < 0;
	}
	return bad ? -EINVAL : 0;
}

static int load_source(struct ini_section *s, struct config *c, struct appliance_config *a,
	struct profile_cache *cache, struct problems *p)
{
	static const char *const known[] = {"Bus", "Unit", "Profile", "Period", NULL};
	struct source_conf *src = &a->sources[a->n_sources++];
	const struct bus_config *bus = NULL;
	const char *name = *s->arg ? s->arg : "main";
	int bad = 0, r;

	src->line = s->line;
	if (!id_valid(name))
		return ini_problem_section(p, PROBLEM_ERROR, s,
			"needs a name of 1 to 32 of a-z 0-9 _ -, as in [Source meter]");
	for (size_t i = 0; i + 1 < a->n_sources; i++)
		if (a->sources[i].name && streq(a->sources[i].name, name))
			return ini_problem_section(
				p, PROBLEM_ERROR, s, "there is a source %s already", name);
	src->name = strdup(name);
	if (!src->name)
		return -ENOMEM;
	r = load_bus_of(s, c, src, &bus, p);
	bad |= r < 0;
	r = r == -ENOMEM ? r : load_profile(s, cache, src, p);
	bad |= r < 0;
	if (r == -ENOMEM)
		return r;
	if (src->profile) {
		r = load_settings(settings_of(s->ini, src->name), cache, src, p);
		bad |= r < 0;
		if (r == -ENOMEM)
			return r;
	}
	if (bus)
		bad |= load_unit(s, bus, src, p) < 0;
	else
		(void)ini_get(s, "Unit", NULL); /* known, only its range is not */
	bad |= ini_get_duration(s, "Period", USEC_PER_SEC / 10, USEC_PER_DAY, p, &src->period_us) <
	       0;
	ini_warn_unused(s, known, p);
	if (bad)
		return -EINVAL;
	return check_twin(c, a, src, s, p);
}

static int load_map(struct ini_section *s, struct appliance_config *a, struct problems *p)
{
	size_t n = 0;
	int bad = 0;

	for (struct ini_entry *e = s ? s->entries : NULL; e; e = e->next)
		n++;
	if (n == 0)
		return 0;
	a->maps = calloc(n, sizeof(*a->maps));
	if (!a->maps)
		return -ENOMEM;
	for (struct ini_entry *e = s->entries; e; e = e->next) {
		struct map_conf *m = &a->maps[a->n_maps];
		const char *dot = strchr(e->value, '.');
		size_t i;

		e->used = true;
		if (!*e->value)
			continue;
		if (e->locale || !dot || dot == e->value || !dot[1]) {
			bad |= ini_problem(p, PROBLEM_ERROR, e,
				       "write attribute=source.point, as in "
				       "active_power=meter.active_power") < 0;
			continue;
		}
		m->line = e->line;
		m->attribute = strdup(e->key);
		m->source = strndup(e->value, (size_t)(dot - e->value));
		m->point = strdup(dot + 1);
		a->n_maps++;
		if (!m->attribute || !m->source || !m->point)
			return -ENOMEM;
		for (i = 0; i < a->n_sources; i++)
			if (a->sources[i].name && streq(a->sources[i].name, m->source))
				break;
		if (i == a->n_sources)
			bad |= ini_problem(p, PROBLEM_ERROR, e,
				       "there is no [Source %s] in this file", m->source) < 0;
	}
	return bad ? -EINVAL : 0;
}

/* [Privacy]: UPSTREAM=level. A name that is no upstream must not loosen by a slip of the pen: what it
 * says then holds for all of them. */
static int load_privacy(struct ini_section *s, const struct config *c, struct appliance_config *a,
	struct problems *p)
{
	int bad = 0;

	for (size_t i = 0; i < ARRAY_SIZE(a->levels); i++)
		a->levels[i] = LEVEL_FULL;
	for (struct ini_entry *e = s ? s->entries : NULL; e; e = e->next) {
		const char *ids[CONFIG_UPSTREAMS_MAX + 1] = {NULL}, *near;
		const struct ini_name *n = config_level_names;
		size_t i;

		e->used = true;
		if (!*e->value || startswith(e->key, "X-"))
			continue;
		while (n->name && !streq(n->name, e->value))
			n++;
		if (!n->name || e->locale) {
			bad |= ini_problem(p, PROBLEM_ERROR, e,
				       "write UPSTREAM=off, faults, daily or full") < 0;
			continue;
		}
		for (i = 0; i < c->n_upstreams; i++) {
			ids[i] = c->upstreams[i].id;
			if (streq(ids[i], e->key))
				break;
		}
		if (i < c->n_upstreams) {
			a->levels[i] = (enum privacy_level)n->value;
			continue;
		}
		near = ini_nearest(e->key, ids);
		(void)ini_problem(p, PROBLEM_WARNING, e,
			near ? "there is no [Upstream %s]; %s holds for every upstream until this is "
			       "mended; did you mean %s?"
			     : "there is no [Upstream %s]; %s holds for every upstream until this is "
			       "mended",
			e->key, e->value, near);
		a->level = MIN(a->level, (enum privacy_level)n->value);
	}
	return bad ? -EINVAL : 0;
}

/* "2014", "2014-06" or "2014-06-30". */
static bool date_valid(const char *s)
{
	static const char *const shapes[] = {"0000", "0000-00", "0000-00-00"};
	int month = 1, day = 1;

	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		size_t k;

		if (strlen(s) != strlen(shapes[i]))
			continue;
		for (k = 0; s[k]; k++)
			if (shapes[i][k] == '0' ? s[k] < '0' || s[k] > '9' : s[k] != '-')
				return false;
		if (k > 4)
			month = (s[5] - '0') * 10 + s[6] - '0';
		if (k > 7)
			day = (s[8] - '0') * 10 + s[9] - '0';
		return month >= 1 && month <= 12 && day >= 1 && day <= 31;
	}
	return false;
}

static int load_card(struct ini_section *s, struct appliance_config *a, struct problems *p)
{
	static const char *const known[] = {
		"Kind", "Label", "Location", "Installed", "Level", "Control", NULL};
	struct ini_entry *e;
	int bad = 0;

	a->level = LEVEL_FULL;
	e = ini_get(s, "Kind", NULL);
	if (e) {
		a->kind = model_kind_by_name(e->value);
		if (!a->kind) {
			_cleanup_free_ const char **names =
				calloc(model_n_kinds + 1, sizeof(*names));
			const char *near;

			for (size_t i = 0; names && i < model_n_kinds; i++)
				names[i] = model_kinds[i].name;
			near = ini_nearest(e->value, names);
			bad |= ini_problem(p, PROBLEM_ERROR, e,
				       near ? "there is no kind \"%s\"; did you mean %s?"
					    : "there is no kind \"%s\"; hearthd.conf(5) lists them",
				       e->value, near) < 0;
		}
	}
	bad |= config_get_text(s, "Label", NULL, LABEL_MAX, p, &a->label.en) < 0;
	bad |= config_get_text(s, "Label", "zh_CN", LABEL_MAX, p, &a->label.zh) < 0;
	bad |= config_get_text(s, "Location", NULL, LABEL_MAX, p, &a->location) < 0;
	bad |= config_get_text(s, "Installed", NULL, LABEL_MAX, p, &a->installed) < 0;
	if (a->installed && !date_valid(a->installed))
		bad |= ini_problem(p, PROBLEM_ERROR, ini_get(s, "Installed", NULL),
			       "\"%s\" is no date; write 2014, 2014-06 or 2014-06-30",
			       a->installed) < 0;
	bad |= config_get_level(s, p, &a->level) < 0;
	bad |= ini_get_bool(s, "Control", p, &a->control) < 0;
	ini_warn_unused(s, known, p);
	return bad ? -EINVAL : 0;
}

/* Without Kind= it is what the only source is, or all of them are. */
static int settle_kind(struct appliance_config *a, struct problems *p)
{
	if (a->kind)
		return 0;
	for (size_t i = 0; i < a->n_sources; i++)
		if (a->sources[i].profile->kind != a->sources[0].profile->kind)
			return problem_add(p, PROBLEM_ERROR, a->file, a->line, "Appliance.Kind",
				"is needed, since the profiles of its sources differ in kind; "
				"write what the appliance itself is, as in Kind=refrigerator");
	a->kind = a->sources[0].profile->kind;
	return 0;
}

static int load_appliance(struct ini *ini, struct config *c, struct appliance_config *a,
	struct profile_cache *cache, struct problems *p)
{
	static const char *const types[] = {
		"Appliance", "Source", "Settings", "Map", "Privacy", "Control", NULL};
	struct ini_section *s;
	int bad = 0, r;

	s = ini_section(ini, "Appliance", NULL);
	a->line = s ? s->line : 0;
	r = load_card(s, a, p);
	bad |= r < 0;
	bad |= load_privacy(ini_section(ini, "Privacy", NULL), c, a, p) < 0;
	a->sources = calloc(CONFIG_SOURCES_MAX, sizeof(*a->sources));
	if (!a->sources)
		return -ENOMEM;
	for (s = NULL; (s = ini_section_next(ini, "Source", s));) {
		if (a->n_sources == CONFIG_SOURCES_MAX) {
			bad |= ini_problem_section(p, PROBLEM_ERROR, s, "more than %d sources",
				       CONFIG_SOURCES_MAX) < 0;
			break;
		}
		r = load_source(s, c, a, cache, p);
		if (r == -ENOMEM)
			return r;
		bad |= r < 0;
	}
	if (a->n_sources == 0)
		bad |= problem_add(p, PROBLEM_ERROR, a->file, 0, NULL,
			       "needs a [Source NAME] with Bus=, Unit= and Profile=") < 0;
	bad |= check_settings(ini, a, p) < 0;
	r = load_map(ini_section(ini, "Map", NULL), a, p);
	if (r == -ENOMEM)
		return r;
	bad |= r < 0;
	ini_warn_unknown_sections(ini, types, p);
	if (!bad)
		bad |= settle_kind(a, p) < 0;
	if (!bad) {
		r = config_load_grants(ini, c, a, p);
		if (r == -ENOMEM)
			return r;
		bad |= r < 0;
	}
	if (!bad)
		config_digest_appliance(a, ini);
	return bad ? -EINVAL : 0;
}

static int load_file(struct config *c, const char *const *dirs, const char *file_name,
	struct profile_cache *cache, struct problems *p)
{
	struct appliance_config a = {0};
	_cleanup_(ini_freep) struct ini *ini = NULL;
	_cleanup_free_ char *name = NULL;
	const char *const below[] = {dirs[0], dirs[1], NULL};
	int r;

	if (asprintf(&name, "appliances.d/%s", file_name) < 0) {
		name = NULL;
		return -ENOMEM;
	}
	for (size_t i = 0; below[i] && !a.file; i++) {
		if (asprintf(&a.file, "%s/%s", below[i], name) < 0)
			return -ENOMEM;
		if (access(a.file, F_OK) < 0 && below[i + 1]) {
			free(a.file);
			a.file = NULL;
		}
	}
	a.id = strndup(file_name, strlen(file_name) - strlen(".conf"));
	r = a.id ? 0 : -ENOMEM;
	if (r == 0 && !id_valid(a.id))
		r = problem_add(p, PROBLEM_ERROR, a.file, 0, NULL,
			"the file's name is the appliance's id: 1 to 32 of a-z 0-9 _ -, then .conf");
	if (r == 0)
		r = ini_load(dirs, name, p, &ini);
	if (r == 0)
		r = load_appliance(ini, c, &a, cache, p);
	if (r == 0 && c->n_appliances == CONFIG_APPLIANCES_MAX)
		r = problem_add(p, PROBLEM_ERROR, a.file, 0, NULL,
			"not taken: more than %d appliances", CONFIG_APPLIANCES_MAX);
	if (r == 0)
		c->appliances[c->n_appliances++] = a;
	else
		appliance_config_done(&a);
	/* -ENOENT: masked. */
	return r == -ENOMEM ? r : 0;
}

#define FILES_MAX 256 /* in appliances.d; what is more is told and not read */

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_files(const char *const *dirs, char **names, size_t *n, struct problems *p)
{
	for (size_t i = 0; dirs[i]; i++) {
		_cleanup_free_ char *path = NULL;
		struct dirent *de;
		DIR *dp;

		if (asprintf(&path, "%s/appliances.d", dirs[i]) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		dp = opendir(path);
		if (!dp) {
			if (errno != ENOENT && errno != ENOTDIR)
				(void)problem_add(p, PROBLEM_ERROR, path, 0, NULL,
					"cannot be read: %s; check the rights of the directory",
					strerror(errno));
			continue;
		}
		while ((de = readdir(dp))) {
			if (de->d_name[0] != '.' && !strchr(de->d_name, '.')) {
				_cleanup_free_ char *file = NULL;

				if (asprintf(&file, "%s/%s", path, de->d_name) < 0)
					file = NULL;
				(void)problem_add(p, PROBLEM_WARNING, file ? file : path, 0, NULL,
					"not read: its name does not end with .conf");
			}
			if (de->d_name[0] == '.' || !endswith(de->d_name, ".conf"))
				continue;
			if (*n == FILES_MAX) {
				(void)problem_add(p, PROBLEM_ERROR, path, 0, NULL,
					"more than %d files; remove some", FILES_MAX);
				break;
			}
			names[*n] = strdup(de->d_name);
			if (!names[*n]) {
				(void)closedir(dp);
				return -ENOMEM;
			}
			(*n)++;
		}
		(void)closedir(dp);
	}
	return 0;
}

int config_load_appliances(struct config *c, const char *const *dirs, struct problems *problems)
{
	_cleanup_free_ struct profile_cache *cache = calloc(1, sizeof(*cache));
	_cleanup_free_ char **names = calloc(FILES_MAX, sizeof(*names));
	_cleanup_free_ char *etc = NULL, *vendor = NULL;
	size_t n = 0;
	int r = 0;

	c->appliances = calloc(CONFIG_APPLIANCES_MAX, sizeof(*c->appliances));
	if (!cache || !names || !c->appliances)
		return -ENOMEM;
	if (asprintf(&etc, "%s/profiles", dirs[0]) < 0 ||
		asprintf(&vendor, "%s/profiles", dirs[1]) < 0)
		return -ENOMEM;
	cache->dirs[0] = etc;
	cache->dirs[1] = vendor;
	cache->problems = problems;
	r = list_files(dirs, names, &n, problems);
	qsort(names, n, sizeof(*names), name_compare);
	for (size_t i = 0; i < n && r == 0; i++)
		if (i == 0 || !streq(names[i], names[i - 1]))
			r = load_file(c, dirs, names[i], cache, problems);
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	for (size_t i = 0; i < cache->n; i++) {
		free(cache->v[i].key);
		profile_unref(cache->v[i].profile);
	}
	return r;
}
