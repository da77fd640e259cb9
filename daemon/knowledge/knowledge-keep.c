/* SPDX-License-Identifier: Apache-2.0 */
/* What a home needs of the knowledge: the entries for its kinds of appliances, their texts in one piece of
 * memory, and nothing of the files they came from. */
#include "knowledge-internal.h"

/* Two passes over all texts: the first counts, the second copies. */
struct keeper {
	char *p; /* NULL: count */
	size_t used;
};

static void keep_text(struct keeper *t, const char **s)
{
	size_t n;

	if (!*s)
		return;
	n = strlen(*s) + 1;
	if (t->p) {
		memcpy(t->p + t->used, *s, n);
		*s = t->p + t->used;
	}
	t->used += n;
}

static void keep_words(struct keeper *t, struct words *w)
{
	keep_text(t, &w->en);
	keep_text(t, &w->zh);
}

static void keep_cause(struct keeper *t, struct cause *c)
{
	ptrdiff_t name = c->short_name - c->id;

	keep_text(t, &c->id);
	c->short_name = c->id + name;
	keep_words(t, &c->name);
	keep_words(t, &c->part);
	keep_words(t, &c->text);
	keep_words(t, &c->decide);
	keep_text(t, &c->sources);
	keep_text(t, &c->file);
	for (size_t i = 0; i < c->n_steps; i++) {
		keep_words(t, &c->steps[i].text);
		keep_text(t, &c->steps[i].check);
		keep_text(t, &c->steps[i].stop);
		c->steps[i].file = c->file;
	}
}

static void keep_item(struct keeper *t, struct maintenance_item *m)
{
	keep_text(t, &m->id);
	keep_words(t, &m->name);
	keep_words(t, &m->part);
	keep_words(t, &m->text);
	keep_text(t, &m->sources);
	keep_text(t, &m->rate);
	keep_text(t, &m->total);
	keep_text(t, &m->left);
	keep_text(t, &m->every);
	keep_text(t, &m->file);
}

static void keep_all(struct keeper *t, struct knowledge *k)
{
	t->used = 0;
	for (size_t i = 0; i < k->n_causes; i++)
		keep_cause(t, &k->causes[i]);
	for (size_t i = 0; i < k->n_items; i++)
		keep_item(t, &k->items[i]);
}

static bool for_any(
	const struct knowledge_kinds *v, const struct model_kind *const *kinds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (knowledge_kinds_have(v, kinds[i]))
			return true;
	return false;
}

static void drop_others(struct knowledge *k, const struct model_kind *const *kinds, size_t n)
{
	size_t kept = 0;
	void *p;

	for (size_t i = 0; i < k->n_causes; i++) {
		if (for_any(&k->causes[i].kinds, kinds, n))
			k->causes[kept++] = k->causes[i];
		else
			knowledge_cause_done(&k->causes[i]);
	}
	k->n_causes = kept;
	p = kept > 0 ? realloc(k->causes, kept * sizeof(*k->causes)) : NULL;
	if (p)
		k->causes = p;
	kept = 0;
	for (size_t i = 0; i < k->n_items; i++)
		if (for_any(&k->items[i].kinds, kinds, n))
			k->items[kept++] = k->items[i];
	k->n_items = kept;
	p = kept > 0 ? realloc(k->items, kept * sizeof(*k->items)) : NULL;
	if (p)
		k->items = p;
}

int knowledge_keep(struct knowledge *k, const struct model_kind *const *kinds, size_t n)
{
	struct keeper t = {0};
	char *texts;

	drop_others(k, kinds, n);
	keep_all(&t, k);
	texts = malloc(MAX(t.used, (size_t)1));
	if (!texts)
		return -ENOMEM;
	t.p = texts;
	keep_all(&t, k);
	free(k->texts);
	k->texts = texts;
	for (size_t i = 0; i < k->n_files; i++)
		ini_free(k->files[i]);
	k->n_files = 0;
	return 0;
}
