/* SPDX-License-Identifier: Apache-2.0 */
/* What a receiver knows, as it is told, taken back and begun anew. */
#include "report-state.h"

struct report_state *report_state_new(void)
{
	struct report_state *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->table_size = 256;
	s->table = calloc(s->table_size, sizeof(*s->table));
	if (!s->table) {
		free(s);
		return NULL;
	}
	return s;
}

static void told_done(struct told *t)
{
	free(t->text);
	*t = (struct told){0};
}

struct report_state *report_state_free(struct report_state *s)
{
	if (!s)
		return NULL;
	for (uint32_t i = 0; i < s->n; i++) {
		told_done(&s->entries[i].told);
		told_done(&s->entries[i].staged);
		free(s->entries[i].alias);
	}
	free(s->entries);
	free(s->table);
	free(s);
	return NULL;
}

void report_state_commit(struct report_state *s)
{
	for (uint32_t i = 0; i < s->n; i++) {
		struct entry *e = &s->entries[i];

		if (!e->is_staged)
			continue;
		told_done(&e->told);
		e->told = e->staged;
		e->staged = (struct told){0};
		e->is_staged = false;
	}
}

void report_state_rollback(struct report_state *s)
{
	for (uint32_t i = 0; i < s->n; i++) {
		told_done(&s->entries[i].staged);
		s->entries[i].is_staged = false;
	}
}

void report_state_reset(struct report_state *s)
{
	report_state_rollback(s);
	for (uint32_t i = 0; i < s->n; i++)
		told_done(&s->entries[i].told);
}

static uint32_t hash(const char *alias, const char *name)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (const char *p = alias; *p; p++)
		h = (h ^ (uint8_t)*p) * 16777619u;
	h *= 16777619u;
	for (const char *p = name; *p; p++)
		h = (h ^ (uint8_t)*p) * 16777619u;
	return h;
}

static uint32_t *slot(struct report_state *s, const char *alias, const char *name)
{
	uint32_t i = hash(alias, name) & (s->table_size - 1);

	for (; s->table[i] != 0; i = (i + 1) & (s->table_size - 1)) {
		const struct entry *e = &s->entries[s->table[i] - 1];

		if (streq(e->alias, alias) && streq(e->name, name))
			break;
	}
	return &s->table[i];
}

static int grow_table(struct report_state *s)
{
	uint32_t *old = s->table;

	s->table = calloc((size_t)s->table_size * 2, sizeof(*s->table));
	if (!s->table) {
		s->table = old;
		return -ENOMEM;
	}
	s->table_size *= 2;
	for (uint32_t i = 0; i < s->n; i++)
		*slot(s, s->entries[i].alias, s->entries[i].name) = i + 1;
	free(old);
	return 0;
}

int report_state_find(struct report_state *s, const char *alias, const char *name, uint32_t *ret)
{
	uint32_t *at = slot(s, alias, name);
	size_t n = strlen(alias) + 1;
	char *key;

	if (*at != 0) {
		*ret = *at - 1;
		return 0;
	}
	if (s->n == REPORT_STATE_MAX)
		return -ENOSPC;
	if (s->n == s->size) {
		uint32_t size = MAX(64, s->size * 2);
		struct entry *p = reallocarray(s->entries, size, sizeof(*p));

		if (!p)
			return -ENOMEM;
		s->entries = p;
		s->size = size;
	}
	if (s->n * 2 >= s->table_size) {
		if (grow_table(s) < 0)
			return -ENOMEM;
		at = slot(s, alias, name);
	}
	key = malloc(n + strlen(name) + 1);
	if (!key)
		return -ENOMEM;
	memcpy(key, alias, n);
	memcpy(key + n, name, strlen(name) + 1);
	s->entries[s->n] = (struct entry){.alias = key, .name = key + n, .decimals = -1};
	*at = ++s->n;
	*ret = *at - 1;
	return 0;
}

struct told *entry_current(struct entry *e)
{
	return e->is_staged ? &e->staged : &e->told;
}

int entry_stage(struct entry *e)
{
	if (e->is_staged)
		return 0;
	e->staged = e->told;
	if (e->told.text) {
		e->staged.text = strdup(e->told.text);
		if (!e->staged.text)
			return -ENOMEM;
	}
	e->is_staged = true;
	return 0;
}
