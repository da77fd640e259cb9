/* SPDX-License-Identifier: Apache-2.0 */
/* appliances.d/ID.conf: [Appliance], [Map], [Privacy], and the files themselves. A file with an error costs its own
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
		r = config_load_source(s, c, a, cache, p);
		if (r == -ENOMEM)
			return r;
		bad |= r < 0;
	}
	if (a->n_sources == 0)
		bad |= problem_add(p, PROBLEM_ERROR, a->file, 0, NULL,
			       "needs a [Source NAME] with Bus=, Unit= and Profile=") < 0;
	bad |= config_check_settings(ini, a, p) < 0;
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
