/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks that repeat at equal distances: a section with Repeat= becomes one for each instance. */
#include "profile-load.h"

#include <ctype.h>

#define REPEAT_COUNT_MAX 64

static void load_repeat(struct loader *l, struct ini_section *s, struct repeat *rep)
{
	static const char *const known[] = {"Count", "From", "Step", NULL};
	struct ini_entry *count = ini_get(s, "Count", NULL);
	uint64_t from = 1, step = 0;
	int64_t n = 0;
	int r;

	*rep = (struct repeat){.name = loader_strdup(l, s->arg)};
	loader_check_keys(l, s, known);
	if (!id_valid(s->arg))
		(void)loader_bad(
			l, s, NULL, "a repeat needs a name of a-z 0-9 _ -: [Repeat circuit]");
	if (!count)
		(void)loader_bad(l, s, NULL, "Count= is missing: how many there are");
	else if (loader_setting_number(l, count->value, &n) < 0 &&
		 parse_i64(count->value, 0, REPEAT_COUNT_MAX, &n) < 0)
		(void)loader_bad(l, s, count,
			"\"%.64s\" is neither a number up to %d nor setting.NAME of numbers",
			count->value, REPEAT_COUNT_MAX);
	else if (n < 0 || n > REPEAT_COUNT_MAX)
		(void)loader_bad(l, s, count, "must be 0 to %d", REPEAT_COUNT_MAX);
	loader_note(l, ini_get_u64(s, "From", 0, 65535, l->problems, &from));
	r = ini_get_u64(s, "Step", 0, 65535, l->problems, &step);
	loader_note(l, r);
	if (r == 0)
		(void)loader_bad(l, s, NULL, "Step= is missing: the distance of their addresses");
	if (step > 0 && !l->modbus)
		(void)loader_bad(l, s, ini_get(s, "Step", NULL),
			"the adapter's fields have no addresses; write Step=0, and {n} in Read=");
	rep->count = (unsigned)MIN(MAX(n, 0), REPEAT_COUNT_MAX);
	rep->from = (unsigned)from;
	rep->step = (unsigned)step;
}

/* {n} in TEXT becomes N. */
static bool put_number(const char *text, unsigned n, char *dst, size_t size)
{
	size_t used = 0;
	const char *p;

	*dst = '\0';
	for (; (p = strstr(text, "{n}")); text = p + strlen("{n}"))
		if (!str_appendf(dst, size, &used, "%.*s%u", (int)(p - text), text, n))
			return false;
	return str_appendf(dst, size, &used, "%s", text);
}

/* "holding:100.3:2" + 50 → "holding:150.3:2"; the modicon number keeps its digits. */
static bool add_address(const char *read, unsigned offset, char *dst, size_t size)
{
	const char *colon = strchr(read, ':'), *dot = strchr(read, '.'), *p = read, *end;
	size_t used = 0;
	uint64_t v;
	char digits[16];

	if (colon && (!dot || colon < dot))
		p = colon + 1;
	end = p;
	while (isalnum((unsigned char)*end))
		end++;
	if (end == p || (size_t)(end - p) >= sizeof(digits))
		return false;
	memcpy(digits, p, (size_t)(end - p));
	digits[end - p] = '\0';
	if (startswith(digits, "0x") || startswith(digits, "0X")) {
		if (parse_u64(digits, 0, 65536, &v) < 0)
			return false;
	} else {
		/* Zeros in front are the bank of a coil. */
		for (const char *d = digits; *d; d++)
			if (!isdigit((unsigned char)*d))
				return false;
		v = strtoull(digits, NULL, 10);
	}
	*dst = '\0';
	return str_appendf(dst, size, &used, "%.*s%0*llu%s", (int)(p - read), read,
		startswith(digits, "0x") || startswith(digits, "0X") ? 0 : (int)(end - p),
		(unsigned long long)v + offset, end);
}

static bool is_place(const struct ini_entry *e)
{
	return streq(e->key, "Read") || streq(e->key, "To");
}

static int fill_instance(
	struct loader *l, struct ini_section *s, const struct repeat *rep, unsigned n)
{
	char text[INI_LINE_MAX + 64], moved[INI_LINE_MAX + 128];
	unsigned offset = (n - rep->from) * rep->step;
	bool first = n == rep->from;

	for (struct ini_entry *e = s->entries; e; e = e->next) {
		const char *value = text;

		if (!put_number(e->value, n, text, sizeof(text)))
			return loader_bad(l, s, e, "is too long");
		if (streq(e->key, "Repeat") ||
			/* One attribute has one point: the others become vendor.NAME. */
			(streq(e->key, "Attribute") && !first && !strstr(e->value, "{n}")))
			value = "";
		else if (is_place(e) && *e->value && offset > 0) {
			if (!add_address(text, offset, moved, sizeof(moved)))
				return loader_bad(l, s, e, "\"%.64s\" has no address to add %u to",
					text, offset);
			value = moved;
		}
		if (streq(value, e->value))
			continue;
		if (ini_set_value(e, value) < 0) {
			l->failed = true;
			return -ENOMEM;
		}
	}
	return 0;
}

/* Returns the section behind what S has become. */
static struct ini_section *expand(struct loader *l, struct ini_section *s, const struct repeat *rep)
{
	struct ini_section *after = s, *copy = NULL;
	char arg[INI_LINE_MAX + 64];
	int r = 0;

	for (unsigned n = rep->from; r == 0 && n < rep->from + rep->count; n++) {
		if (!put_number(s->arg, n, arg, sizeof(arg)))
			r = -E2BIG;
		else
			r = ini_copy_section(l->ini, s, after, arg, &copy);
		if (r == -EEXIST)
			(void)loader_bad(l, s, NULL,
				strstr(s->arg, "{n}") ? "[%s %.64s] stands in the file too"
						      : "needs {n} in its name: [%s %.60s_{n}]",
				s->type, strstr(s->arg, "{n}") ? arg : s->arg);
		else if (r == -E2BIG)
			(void)loader_bad(l, s, NULL, "makes the profile too large");
		else if (r < 0)
			l->failed = true;
		if (r < 0)
			break;
		r = fill_instance(l, copy, rep, n);
		after = copy;
	}
	copy = after->next;
	(void)ini_drop_section(l->ini, s);
	return copy;
}

static const struct repeat *find_repeat(struct loader *l, const char *name)
{
	for (size_t i = 0; i < l->profile->n_repeats; i++)
		if (streq_ptr(l->profile->repeats[i].name, name))
			return &l->profile->repeats[i];
	return NULL;
}

static void load_all(struct loader *l)
{
	struct profile *p = l->profile;
	size_t n = 0;

	for (struct ini_section *s = NULL; (s = ini_section_next(l->ini, "Repeat", s));)
		n++;
	if (n == 0)
		return;
	p->repeats = calloc(MIN(n, (size_t)PROFILE_REPEATS_MAX), sizeof(*p->repeats));
	if (!p->repeats) {
		l->failed = true;
		return;
	}
	for (struct ini_section *s = NULL; (s = ini_section_next(l->ini, "Repeat", s));) {
		if (p->n_repeats == PROFILE_REPEATS_MAX) {
			(void)loader_bad(
				l, s, NULL, "there are more than %u repeats", PROFILE_REPEATS_MAX);
			break;
		}
		load_repeat(l, s, &p->repeats[p->n_repeats++]);
	}
}

void loader_repeats(struct loader *l)
{
	static const char *const types[] = {"Point", "Fault", "Write"};

	load_all(l);
	for (struct ini_section *s = l->ini->sections; s;) {
		struct ini_entry *e = NULL;
		const struct repeat *rep;

		for (size_t i = 0; i < ARRAY_SIZE(types); i++)
			if (streq(s->type, types[i]))
				e = ini_get(s, "Repeat", NULL);
		if (!e) {
			s = s->next;
			continue;
		}
		rep = find_repeat(l, e->value);
		if (rep) {
			s = expand(l, s, rep);
			continue;
		}
		(void)loader_bad(l, s, e, "there is no [Repeat %.64s]", e->value);
		s = s->next;
	}
}
