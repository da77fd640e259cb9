/* SPDX-License-Identifier: Apache-2.0 */
/* Knowledge files as a whole: which files, doubles between them, finding a cause by its names. */
#include "knowledge-internal.h"

bool knowledge_kinds_have(const struct knowledge_kinds *v, const struct model_kind *kind)
{
	if (v->all)
		return true;
	for (size_t i = 0; i < v->n; i++)
		if (v->v[i] == kind)
			return true;
	return false;
}

static bool goes_by(const struct cause *c, const char *name)
{
	if (streq(c->short_name, name))
		return true;
	for (size_t i = 0; i < c->n_aliases; i++)
		if (streq(c->aliases[i], name))
			return true;
	return false;
}

static bool share_kind(const struct knowledge_kinds *a, const struct knowledge_kinds *b)
{
	if (a->all || b->all) /* one that names the kind goes before one of all */
		return a->all && b->all;
	for (size_t i = 0; i < a->n; i++)
		if (knowledge_kinds_have(b, a->v[i]))
			return true;
	return false;
}

/* The name both go by, or NULL. */
static const char *same_name(const struct cause *a, const struct cause *b)
{
	if (goes_by(b, a->short_name))
		return a->short_name;
	for (size_t i = 0; i < a->n_aliases; i++)
		if (goes_by(b, a->aliases[i]))
			return a->aliases[i];
	return NULL;
}

static int check_doubles(struct loading *l, struct ini_section *s, const struct cause *cause)
{
	for (size_t i = 0; i < l->k->n_causes; i++) {
		const struct cause *o = &l->k->causes[i];
		const char *name;

		if (streq(o->id, cause->id))
			return ini_problem_section(l->problems, PROBLEM_ERROR, s,
				"a cause of this name is in %s:%u; write another name", o->file,
				o->line);
		if (!share_kind(&o->kinds, &cause->kinds))
			continue;
		name = same_name(o, cause);
		if (name)
			return ini_problem_section(l->problems, PROBLEM_ERROR, s,
				"%s goes by \"%s\" too, for the same kind (%s:%u); write another "
				"name",
				o->id, name, o->file, o->line);
	}
	return 0;
}

static int take_cause(struct loading *l, struct ini_section *s)
{
	struct knowledge *k = l->k;
	struct cause cause = {0}, *v;
	int r;

	if (k->n_causes >= KNOWLEDGE_CAUSES_MAX)
		return ini_problem_section(l->problems, PROBLEM_ERROR, s,
			"more than %d causes; write fewer", KNOWLEDGE_CAUSES_MAX);
	r = knowledge_load_cause(l, s, &cause);
	if (r >= 0)
		r = check_doubles(l, s, &cause);
	v = r < 0 ? NULL : realloc(k->causes, (k->n_causes + 1) * sizeof(*v));
	if (!v) {
		knowledge_cause_done(&cause);
		return r < 0 ? r : -ENOMEM;
	}
	k->causes = v;
	k->causes[k->n_causes++] = cause;
	return 0;
}

static int take_item(struct loading *l, struct ini_section *s)
{
	struct knowledge *k = l->k;
	struct maintenance_item item = {0}, *v;
	int r;

	if (k->n_items >= KNOWLEDGE_ITEMS_MAX)
		return ini_problem_section(l->problems, PROBLEM_ERROR, s,
			"more than %d items of maintenance; write fewer", KNOWLEDGE_ITEMS_MAX);
	for (size_t i = 0; i < k->n_items; i++)
		if (streq(k->items[i].id, s->arg))
			return ini_problem_section(l->problems, PROBLEM_ERROR, s,
				"an item of this name is in %s:%u; write another name",
				k->items[i].file, k->items[i].line);
	r = knowledge_load_item(l, s, &item);
	if (r < 0)
		return r;
	v = realloc(k->items, (k->n_items + 1) * sizeof(*v));
	if (!v)
		return -ENOMEM;
	k->items = v;
	k->items[k->n_items++] = item;
	return 0;
}

/* "ac.filter 2" whose cause is nowhere in the file. */
static void check_orphans(struct loading *l, struct ini *ini)
{
	for (struct ini_section *s = NULL; (s = ini_section_next(ini, "Step", s));) {
		char id[KNOWLEDGE_ID_MAX + 1];
		const char *blank = strchr(s->arg, ' ');
		size_t n = blank ? (size_t)(blank - s->arg) : strlen(s->arg);

		(void)snprintf(id, sizeof(id), "%.*s", (int)MIN(n, sizeof(id) - 1), s->arg);
		if (!ini_section(ini, "Cause", id))
			(void)ini_problem_section(l->problems, PROBLEM_ERROR, s,
				"there is no [Cause %s] in this file; write one, or the name of one "
				"that is there",
				id);
	}
}

/* Files of higher priority are read first. Takes INI over. */
static int take_file(struct loading *l, struct ini *ini)
{
	static const char *const sections[] = {"Cause", "Step", "Maintenance", NULL};
	struct knowledge *k = l->k;
	struct ini **files = realloc(k->files, (k->n_files + 1) * sizeof(*files));

	if (!files) {
		ini_free(ini);
		return -ENOMEM;
	}
	k->files = files;
	k->files[k->n_files++] = ini;
	ini_warn_unknown_sections(ini, sections, l->problems);
	check_orphans(l, ini);
	for (struct ini_section *s = NULL; (s = ini_section_next(ini, "Cause", s));)
		if (take_cause(l, s) == -ENOMEM)
			return -ENOMEM;
	for (struct ini_section *s = NULL; (s = ini_section_next(ini, "Maintenance", s));)
		if (take_item(l, s) == -ENOMEM)
			return -ENOMEM;
	return 0;
}

static int compare_causes(const void *a, const void *b)
{
	return strcmp(((const struct cause *)a)->id, ((const struct cause *)b)->id);
}

static int compare_items(const void *a, const void *b)
{
	return strcmp(
		((const struct maintenance_item *)a)->id, ((const struct maintenance_item *)b)->id);
}

static void finish(struct knowledge *k)
{
	if (k->n_causes > 1)
		qsort(k->causes, k->n_causes, sizeof(*k->causes), compare_causes);
	if (k->n_items > 1)
		qsort(k->items, k->n_items, sizeof(*k->items), compare_items);
}

struct knowledge *knowledge_free(struct knowledge *k)
{
	if (!k)
		return NULL;
	for (size_t i = 0; i < k->n_causes; i++)
		knowledge_cause_done(&k->causes[i]);
	for (size_t i = 0; i < k->n_files; i++)
		ini_free(k->files[i]);
	free(k->causes);
	free(k->items);
	free(k->files);
	free(k->texts);
	free(k);
	return NULL;
}

static int load_one(int r, struct ini *ini, const struct knowledge_rules *rules,
	struct problems *problems, struct knowledge **ret)
{
	_cleanup_(knowledge_freep) struct knowledge *k = NULL;
	struct loading l = {.rules = rules, .problems = problems};

	if (r < 0)
		return r;
	k = calloc(1, sizeof(*k));
	if (!k) {
		ini_free(ini);
		return -ENOMEM;
	}
	l.k = k;
	r = take_file(&l, ini);
	if (r < 0)
		return r;
	finish(k);
	*ret = TAKE_PTR(k);
	return 0;
}

int knowledge_load_buffer(const char *buf, size_t len, const char *name,
	const struct knowledge_rules *rules, struct problems *problems, struct knowledge **ret)
{
	struct ini *ini = NULL;
	int r = ini_parse(buf, len, name, problems, &ini);

	return load_one(r, ini, rules, problems, ret);
}

int knowledge_load_file(const char *path, const struct knowledge_rules *rules,
	struct problems *problems, struct knowledge **ret)
{
	struct ini *ini = NULL;
	int r = ini_load_file(path, problems, &ini);

	return load_one(r, ini, rules, problems, ret);
}

static int take_one(struct ini *ini, void *userdata)
{
	return take_file(userdata, ini);
}

int knowledge_load(const char *const *dirs, const struct knowledge_rules *rules,
	struct problems *problems, struct knowledge **ret)
{
	_cleanup_(knowledge_freep) struct knowledge *k = calloc(1, sizeof(*k));
	struct loading l = {.k = k, .rules = rules, .problems = problems};
	int r;

	if (!k)
		return -ENOMEM;
	r = ini_load_all(dirs, ".knowledge", problems, take_one, &l);
	if (r < 0)
		return r;
	finish(k);
	*ret = TAKE_PTR(k);
	return 0;
}

size_t knowledge_n_causes(const struct knowledge *k)
{
	return k->n_causes;
}

const struct cause *knowledge_cause_at(const struct knowledge *k, size_t i)
{
	return i < k->n_causes ? &k->causes[i] : NULL;
}

const struct cause *knowledge_cause(const struct knowledge *k, const char *id)
{
	struct cause key = {.id = id};

	return k->n_causes == 0
		       ? NULL
		       : bsearch(&key, k->causes, k->n_causes, sizeof(key), compare_causes);
}

const struct cause *knowledge_resolve(
	const struct knowledge *k, const struct model_kind *kind, const char *word)
{
	const struct cause *all = NULL;

	if (strchr(word, '.')) {
		const struct cause *c = knowledge_cause(k, word);

		return c && kind && !knowledge_kinds_have(&c->kinds, kind) ? NULL : c;
	}
	for (size_t i = 0; i < k->n_causes; i++) {
		const struct cause *c = &k->causes[i];

		if (!goes_by(c, word))
			continue;
		if (c->kinds.all)
			all = c;
		else if (kind && knowledge_kinds_have(&c->kinds, kind))
			return c;
	}
	return all;
}

size_t knowledge_n_items(const struct knowledge *k)
{
	return k->n_items;
}

const struct maintenance_item *knowledge_item_at(const struct knowledge *k, size_t i)
{
	return i < k->n_items ? &k->items[i] : NULL;
}
