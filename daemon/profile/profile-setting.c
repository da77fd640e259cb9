/* SPDX-License-Identifier: Apache-2.0 */
/* What a register map depends on and cannot tell by itself, and the choice made of it: from here on the
 * tree reads as if it had been written for this one appliance. */
#include "profile-load.h"

#define SUBSTITUTIONS_MAX 16 /* of one value: a choice may hold another */

static bool name_valid(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return n >= 1 && n <= 32 && name[n] == '\0';
}

static int add_value(struct loader *l, struct setting *st, const char *value)
{
	st->values[st->n_values] = loader_strdup(l, value);
	if (!st->values[st->n_values])
		return -ENOMEM;
	st->n_values++;
	return 0;
}

/* "0..5" written out; -ENOENT when it is no range. */
static int load_range(
	struct loader *l, struct ini_section *s, struct ini_entry *e, struct setting *st)
{
	const char *dots = strstr(e->value, "..");
	int64_t low, high;
	char text[24];

	if (!dots || strpbrk(e->value, " \t"))
		return -ENOENT;
	(void)snprintf(text, sizeof(text), "%.*s", (int)MIN(dots - e->value, 20), e->value);
	if (parse_i64(text, -32768, 65535, &low) < 0 ||
		parse_i64(dots + 2, low, 65535, &high) < 0 ||
		high - low >= PROFILE_SETTING_VALUES_MAX)
		return loader_bad(l, s, e,
			"\"%.64s\" is no range of at most %u integers; write 0..5", e->value,
			PROFILE_SETTING_VALUES_MAX);
	for (int64_t v = low; v <= high; v++) {
		(void)snprintf(text, sizeof(text), "%lld", (long long)v);
		if (add_value(l, st, text) < 0)
			return -ENOMEM;
	}
	st->type = SETTING_NUMBERS;
	return 0;
}

/* Numbers when all are; a switch when they are yes and no. */
static enum setting_type type_of_values(const struct setting *st)
{
	bool x, y;
	int64_t v;
	size_t i = 0;

	while (i < st->n_values && parse_i64(st->values[i], INT32_MIN, INT32_MAX, &v) == 0)
		i++;
	if (i == st->n_values)
		return SETTING_NUMBERS;
	return st->n_values == 2 && parse_bool(st->values[0], &x) == 0 &&
			       parse_bool(st->values[1], &y) == 0 && x != y
		       ? SETTING_SWITCH
		       : SETTING_NAMES;
}

static int load_values(struct loader *l, struct ini_section *s, struct setting *st)
{
	struct ini_entry *e = ini_get(s, "Values", NULL);
	_cleanup_free_ char **words = NULL;
	size_t n = 0;
	int r;

	if (!e)
		return loader_bad(l, s, NULL, "Values= is missing, for instance Values=big little");
	st->values = calloc(PROFILE_SETTING_VALUES_MAX, sizeof(*st->values));
	if (!st->values) {
		l->failed = true;
		return -ENOMEM;
	}
	r = load_range(l, s, e, st);
	if (r != -ENOENT)
		return r;
	r = ini_get_list(s, "Values", PROFILE_SETTING_VALUES_MAX, l->problems, &words, &n);
	loader_note(l, r);
	if (r <= 0)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		/* Also a word of expressions, where "-" would be a minus. */
		size_t len = strspn(words[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					      "0123456789_");

		if (words[i][len] || len > 40)
			return loader_bad(l, s, e,
				"\"%.64s\" is no name; use letters, digits and _, with blanks between",
				words[i]);
		if (setting_value(st, words[i]) >= 0)
			return loader_bad(l, s, e, "\"%s\" stands twice", words[i]);
		if (add_value(l, st, words[i]) < 0)
			return -ENOMEM;
	}
	st->type = type_of_values(st);
	for (size_t i = 1; i < n && st->type == SETTING_NUMBERS; i++)
		for (size_t k = 0; k < i; k++)
			if (strtoll(st->values[i], NULL, 0) == strtoll(st->values[k], NULL, 0))
				return loader_bad(l, s, e, "\"%s\" stands twice", words[i]);
	return 0;
}

static void list_values(const struct setting *st, char *dst, size_t size)
{
	size_t used = 0;

	*dst = '\0';
	for (size_t i = 0; i < st->n_values; i++)
		if (!str_appendf(dst, size, &used, " %s", st->values[i]))
			break;
}

static void load_setting(struct loader *l, struct ini_section *s, struct setting *st)
{
	static const char *const known[] = {"Values", "Default", "Label", NULL};
	struct ini_entry *e = ini_get(s, "Default", NULL);
	char list[300];
	int v;

	*st = (struct setting){.line = s->line, .name = loader_strdup(l, s->arg)};
	loader_check_keys(l, s, known);
	loader_text(l, s, "Label", &st->label);
	if (!name_valid(s->arg))
		(void)loader_bad(l, s, NULL, "a setting needs a name of 1 to 32 of a-z 0-9 _");
	if (load_values(l, s, st) < 0)
		return;
	if (!e) {
		(void)loader_bad(
			l, s, NULL, "Default= is missing: the commonest or the safest value");
		return;
	}
	v = setting_value(st, e->value);
	list_values(st, list, sizeof(list));
	if (v < 0)
		(void)loader_bad(l, s, e, "\"%.64s\" is none of its values:%s", e->value, list);
	else
		st->chosen = st->preset = (unsigned)v;
}

static void apply_choices(struct loader *l)
{
	struct profile *p = l->profile;

	for (size_t i = 0; l->choices && i < l->choices->n; i++) {
		const struct profile_choice *c = &l->choices->v[i];
		int k = profile_setting(p, c->setting), v;
		char list[300];

		if (k < 0) {
			l->failed = true;
			(void)problem_add(l->problems, PROBLEM_ERROR, p->path, 0, NULL,
				"there is no [Setting %.64s]", c->setting);
			continue;
		}
		v = setting_value(&p->settings[k], c->value);
		list_values(&p->settings[k], list, sizeof(list));
		if (v < 0) {
			l->failed = true;
			(void)problem_add(l->problems, PROBLEM_ERROR, p->path, p->settings[k].line,
				NULL, "setting %s has no value \"%.64s\"; it has%s", c->setting,
				c->value, list);
			continue;
		}
		p->settings[k].chosen = (unsigned)v;
	}
}

void loader_settings(struct loader *l)
{
	struct profile *p = l->profile;
	size_t n = 0;

	for (struct ini_section *s = NULL; (s = ini_section_next(l->ini, "Setting", s));)
		n++;
	if (n > 0) {
		p->settings = calloc(MIN(n, (size_t)PROFILE_SETTINGS_MAX), sizeof(*p->settings));
		if (!p->settings) {
			l->failed = true;
			return;
		}
	}
	for (struct ini_section *s = NULL; (s = ini_section_next(l->ini, "Setting", s));) {
		if (p->n_settings == PROFILE_SETTINGS_MAX) {
			(void)loader_bad(l, s, NULL, "there are more than %u settings",
				PROFILE_SETTINGS_MAX);
			break;
		}
		load_setting(l, s, &p->settings[p->n_settings++]);
	}
	apply_choices(l);
}

int loader_setting_number(struct loader *l, const char *word, int64_t *ret)
{
	const char *name = startswith(word, "setting.");
	int i = name ? profile_setting(l->profile, name) : -ENOENT;
	const struct setting *st = i >= 0 ? &l->profile->settings[i] : NULL;

	if (!st || st->type != SETTING_NUMBERS || st->n_values == 0)
		return -ENOENT;
	return parse_i64(st->values[st->chosen], INT32_MIN, INT32_MAX, ret);
}

/* ---- switch(setting.NAME, first, second, ...) */

struct call {                    /* one in a text */
	const char *begin, *end; /* "switch(" … behind ")" */
	const char *name;
	size_t name_len;
	const char *choice; /* argument number CHOSEN, trimmed */
	size_t choice_len;
	size_t n; /* arguments */
};

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static void trim(const char **p, const char *end, size_t *ret_len)
{
	while (*p < end && blank(**p))
		(*p)++;
	while (end > *p && blank(end[-1]))
		end--;
	*ret_len = (size_t)(end - *p);
}

/* The first call in TEXT and its argument number CHOSEN (SIZE_MAX: none yet). False: there is none
 * whole. */
static bool find_call(const char *text, size_t chosen, struct call *c)
{
	static const char open[] = "switch(setting.";
	const char *p = strstr(text, open), *arg;
	int depth = 0;

	if (!p)
		return false;
	*c = (struct call){.begin = p, .name = p + strlen(open)};
	c->name_len = strspn(c->name, "abcdefghijklmnopqrstuvwxyz0123456789_");
	p = c->name + c->name_len;
	while (blank(*p))
		p++;
	if (*p != ',' && *p != ')')
		return false;
	for (arg = p + 1; *p; p++) {
		bool ends = depth == 0 && (*p == ',' || *p == ')');

		if (ends && p >= arg) {
			if (c->n == chosen) {
				c->choice = arg;
				trim(&c->choice, p, &c->choice_len);
			}
			c->n++;
			arg = p + 1;
		}
		if (depth == 0 && *p == ')') {
			c->end = p + 1;
			return true;
		}
		depth += *p == '(';
		depth -= *p == ')';
	}
	return false;
}

/* Within an expression the choice is one operand, whatever operators it has. */
static bool is_expression(const struct ini_entry *e)
{
	const char *type = e->section->type;

	if (streq(e->key, "When") || streq(e->key, "If"))
		return true;
	return (streq(type, "Point") && streq(e->key, "Value")) ||
	       (streq(type, "Write") && (streq(e->key, "Min") || streq(e->key, "Max")));
}

/* 1: *TEXT has one call less; 0: it has none. */
static int choose_one(struct loader *l, struct ini_entry *e, char text[INI_LINE_MAX + 1])
{
	struct profile *p = l->profile;
	char out[INI_LINE_MAX + 1], name[40];
	const struct setting *st;
	size_t used = 0;
	struct call c;
	bool wrap;
	int i;

	if (!find_call(text, SIZE_MAX, &c))
		return 0;
	(void)snprintf(name, sizeof(name), "%.*s", (int)MIN(c.name_len, sizeof(name) - 1), c.name);
	i = profile_setting(p, name);
	if (i < 0)
		return loader_bad(l, e->section, e, "there is no [Setting %s]", name);
	st = &p->settings[i];
	if (st->n_values == 0)
		return -EINVAL; /* told at the setting */
	if (c.n != st->n_values)
		return loader_bad(l, e->section, e,
			"setting.%s has %zu values, and here stand %zu; one for each, with commas between",
			name, st->n_values, c.n);
	(void)find_call(text, st->chosen, &c);
	wrap = is_expression(e) && (c.begin > text || *c.end);
	if (!str_appendf(out, sizeof(out), &used, "%.*s%s%.*s%s%s", (int)(c.begin - text), text,
		    wrap ? "(" : "", (int)c.choice_len, c.choice, wrap ? ")" : "", c.end))
		return loader_bad(l, e->section, e, "is longer than %u bytes", INI_LINE_MAX);
	memcpy(text, out, used + 1);
	return 1;
}

static void choose_entry(struct loader *l, struct ini_entry *e)
{
	char text[INI_LINE_MAX + 1];
	int r = 1;

	if (!strstr(e->value, "switch(setting.") || !str_copy(text, sizeof(text), e->value))
		return;
	for (unsigned i = 0; r > 0 && i < SUBSTITUTIONS_MAX; i++)
		r = choose_one(l, e, text);
	if (r > 0) {
		(void)loader_bad(
			l, e->section, e, "has more than %u switch(setting.…)", SUBSTITUTIONS_MAX);
		return;
	}
	if (r == 0 && ini_set_value(e, text) < 0)
		l->failed = true;
}

void loader_choose(struct loader *l)
{
	static const char *const types[] = {
		"Line", "Point", "Fault", "Write", "Repeat", "Identify"};

	for (struct ini_section *s = l->ini->sections; s; s = s->next)
		for (size_t i = 0; i < ARRAY_SIZE(types); i++)
			for (struct ini_entry *e = streq(s->type, types[i]) ? s->entries : NULL; e;
				e = e->next)
				choose_entry(l, e);
}
