/* SPDX-License-Identifier: Apache-2.0 */
/* [Source NAME] and [Settings NAME] of an appliance: its bus, its unit and its profile. */
#include "config-internal.h"

#include <dirent.h>

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

int config_check_settings(
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

int config_load_source(struct ini_section *s, struct config *c, struct appliance_config *a,
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
