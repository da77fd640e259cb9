/* SPDX-License-Identifier: Apache-2.0 */
/* [Identify NAME]: registers that tell this family from others, and those of them that stay watched. */
#include "profile-load.h"

#include <math.h>

/* Equals= of a probe on a number: one raw value or LOW..HIGH. */
static bool parse_equals(const char *text, int64_t *ret_low, int64_t *ret_high)
{
	const char *dots = strstr(text, "..");
	char low[32];

	if (!dots) {
		if (loader_parse_raw(text, ret_low) < 0)
			return false;
		*ret_high = *ret_low;
		return true;
	}
	if ((size_t)(dots - text) >= sizeof(low))
		return false;
	memcpy(low, text, (size_t)(dots - text));
	low[dots - text] = '\0';
	return loader_parse_raw(low, ret_low) == 0 && loader_parse_raw(dots + 2, ret_high) == 0 &&
	       *ret_low <= *ret_high;
}

/* The hidden point by which a watched probe is read again. */
static void watch_probe(struct loader *l, struct ini_section *s, struct identify *probe)
{
	struct profile *p = l->profile;
	struct point *pt = &p->points[p->n_points];
	char name[49];

	if (p->n_points == PROFILE_POINTS_MAX) {
		(void)loader_bad(l, s, NULL, "there are more than %u points", PROFILE_POINTS_MAX);
		return;
	}
	(void)snprintf(name, sizeof(name), "identify.%s", probe->name);
	for (char *c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	*pt = (struct point){.name = loader_strdup(l, name),
		.read = loader_strdup(l, probe->read),
		.type = probe->type,
		.string_len = probe->string_len,
		.scale = 1,
		.possible_min = NAN,
		.possible_max = NAN,
		.attr = -1,
		.hidden = true,
		.period_us = PROFILE_WATCH_US,
		.confidence = p->confidence};
	probe->point = (int16_t)p->n_points++;
	loader_place(l, ini_get(s, "Read", NULL), pt);
}

static void load_probe(struct loader *l, struct ini_section *s)
{
	static const char *const known[] = {
		"Read", "Type", "Length", "Equals", "Score", "Watch", NULL};
	struct profile *p = l->profile;
	struct identify *probe;
	struct ini_entry *e;
	uint64_t score = 0;
	bool watch = false;
	int r;

	if (p->n_probes == PROFILE_PROBES_MAX) {
		(void)loader_bad(l, s, NULL, "there are more than %u probes", PROFILE_PROBES_MAX);
		return;
	}
	probe = &p->probes[p->n_probes++];
	loader_check_keys(l, s, known);
	probe->name = loader_strdup(l, s->arg);
	if (!id_valid(s->arg))
		(void)loader_bad(
			l, s, NULL, "a probe needs a name of a-z 0-9 _ -: [Identify signature]");
	loader_string(l, s, "Read", &probe->read);
	if (!probe->read)
		(void)loader_bad(l, s, NULL, "Read= is missing");
	(void)loader_type(l, s, &probe->type, &probe->string_len);
	loader_string(l, s, "Equals", &probe->equals);
	e = ini_get(s, "Equals", NULL);
	if (!e)
		(void)loader_bad(l, s, NULL, "Equals= is missing: what must come");
	else if (probe->type != POINT_STRING && probe->type != POINT_STRING_2 &&
		 probe->type != POINT_NATIVE && !parse_equals(e->value, &probe->low, &probe->high))
		(void)loader_bad(l, s, e,
			"\"%.64s\" is no raw value or range; write 5 or 0x80..0x89", e->value);
	r = ini_get_u64(s, "Score", 1, 100, l->problems, &score);
	loader_note(l, r);
	if (r == 0)
		(void)loader_bad(l, s, NULL, "Score= is missing: 1 to 100");
	probe->score = (int)score;
	probe->point = -1;
	loader_note(l, ini_get_bool(s, "Watch", l->problems, &watch));
	if (watch && probe->name && probe->read)
		watch_probe(l, s, probe);
}

static size_t count_sections(const struct ini *ini, const char *type)
{
	size_t n = 0;

	for (struct ini_section *s = NULL; (s = ini_section_next(ini, type, s));)
		n++;
	return n;
}

void loader_probes(struct loader *l)
{
	size_t n = MIN(count_sections(l->ini, "Identify"), (size_t)PROFILE_PROBES_MAX);

	l->profile->probes = calloc(n ? n : 1, sizeof(*l->profile->probes));
	if (!l->profile->probes) {
		l->failed = true;
		return;
	}
	for (struct ini_section *s = NULL; (s = ini_section_next(l->ini, "Identify", s));)
		load_probe(l, s);
}
