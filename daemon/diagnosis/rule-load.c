/* SPDX-License-Identifier: Apache-2.0 */
/* Rule files: the keys of [Rule NAME] that need no appliance. Expressions are parsed when a set is bound
 * to the points of one (rule-bind.c). */
#include "rule-internal.h"

#include <math.h>

#define RULES_OF_SET 512 /* of all kinds together */

static const struct ini_name kind_names[] = {
	{"fault", RULE_FAULT},
	{"warning", RULE_WARNING},
	{"maintenance", RULE_MAINTENANCE},
	{"information", RULE_INFORMATION},
	{"context", RULE_CONTEXT},
	{"sensor", RULE_SENSOR},
	{NULL, 0},
};
static const struct ini_name severity_names[] = {
	{"info", SEVERITY_INFO},
	{"care", SEVERITY_CARE},
	{"service", SEVERITY_SERVICE},
	{"urgent", SEVERITY_URGENT},
	{"danger", SEVERITY_DANGER},
	{NULL, 0},
};
static const struct ini_name latch_names[] = {
	{"auto", LATCH_AUTO}, {"user", LATCH_USER}, {"repair", LATCH_REPAIR}, {NULL, 0}};
/* A promise that scores are held against (tests/diagnosis); here the word alone is looked at. */
static const struct ini_name delay_names[] = {
	{"danger", 0},
	{"urgent", 0},
	{"service", 0},
	{"slow", 0},
	{NULL, 0},
};
static const struct ini_name unit_names[] = {
	{"sessions", CONFIRM_SESSIONS},
	{"cycles", CONFIRM_CYCLES},
	{"days", CONFIRM_DAYS},
	{NULL, 0},
};

static const char *name_of(const struct ini_name *names, int value)
{
	for (; names->name; names++)
		if (names->value == value)
			return names->name;
	return "";
}

const char *rule_kind_name(enum rule_kind k)
{
	return name_of(kind_names, (int)k);
}

bool rule_is_for(const struct rule_record *rec, const char *kind)
{
	for (size_t i = 0; i < rec->n_on; i++)
		if (streq(rec->on[i], "*") || streq(rec->on[i], kind))
			return true;
	return false;
}

static bool name_good(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return n > 0 && n <= RULE_NAME_MAX && s[n] == 0 && !(s[0] >= '0' && s[0] <= '9');
}

/* "10 min", "2 h": the words of expressions, with a blank, or those of other files. */
static int get_time(struct ini_section *s, const char *key, struct problems *p, double *ret)
{
	struct ini_entry *e = ini_get(s, key, NULL);
	char buf[32];
	size_t n = 0;
	uint64_t us;

	if (!e)
		return 0;
	for (const char *c = e->value; *c && n < sizeof(buf) - 1; c++)
		if (*c != ' ' && *c != '\t')
			buf[n++] = *c;
	buf[n] = 0;
	if (parse_duration(buf, &us) < 0 || us > 90 * USEC_PER_DAY)
		return ini_problem(p, PROBLEM_ERROR, e,
			"\"%s\" is no time; write one such as 20 min or 2 h, at most 90 d",
			e->value);
	*ret = (double)us / 1e6;
	return 1;
}

static int get_names(
	struct ini_section *s, const char *key, struct problems *p, char ***ret, size_t *n)
{
	return ini_get_list(s, key, RULE_LIST_MAX, p, ret, n);
}

/* "3 sessions within 5" */
static int get_confirm(struct ini_section *s, struct problems *p, struct rule_record *rec)
{
	struct ini_entry *e = ini_get(s, "Confirm", NULL);
	char unit[16], within[16];
	unsigned n, m;
	int got, end = 0;

	if (!e)
		return 0;
	got = sscanf(e->value, "%2u %15s%n %15s %2u%n", &n, unit, &end, within, &m, &end);
	if (got == 2)
		m = n;
	rec->confirm_unit = CONFIRM_NONE;
	for (const struct ini_name *u = unit_names; got >= 2 && u->name; u++)
		if (streq(u->name, unit))
			rec->confirm_unit = (enum confirm_unit)u->value;
	if ((got != 2 && got != 4) || (got == 4 && !streq(within, "within")) || e->value[end] ||
		rec->confirm_unit == CONFIRM_NONE || n < 1 || m < n || m > 31)
		return ini_problem(p, PROBLEM_ERROR, e,
			"\"%s\" is not understood; write N sessions, cycles or days, then perhaps \"within M\" "
			"(1 <= N <= M <= 31)",
			e->value);
	rec->confirm_n = n;
	rec->confirm_within = m;
	return 1;
}

static int get_repair_for(struct ini_section *s, struct problems *p, struct rule_record *rec)
{
	struct ini_entry *e = ini_get(s, "RepairFor", NULL);
	char unit[16];
	unsigned n;
	int end = 0;

	rec->repair_unit = CONFIRM_NONE;
	rec->repair_for_s = rec->for_s;
	if (!e) {
		if (ini_get(s, "While", NULL)) {
			rec->repair_unit = CONFIRM_SESSIONS;
			rec->repair_n = 1;
		}
		return 0;
	}
	if (sscanf(e->value, "%2u %15s%n", &n, unit, &end) == 2 && e->value[end] == 0 && n >= 1)
		for (const struct ini_name *u = unit_names; u->name; u++)
			if (streq(u->name, unit) && u->value != CONFIRM_DAYS) {
				rec->repair_unit = (enum confirm_unit)u->value;
				rec->repair_n = n;
				return 1;
			}
	return get_time(s, "RepairFor", p, &rec->repair_for_s);
}

static int get_blame(struct ini_section *s, struct problems *p, struct rule_record *rec)
{
	struct ini_entry *e = ini_get(s, "Blame", NULL);
	char **words = NULL, key[RULE_NAME_MAX + 8];
	size_t n = 0;
	int r;

	r = ini_get_list(s, "Blame", RULE_CAUSES_MAX, p, &words, &n);
	if (r <= 0)
		return r;
	for (size_t i = 0; i < n && r >= 0; i++) {
		char *colon = strchr(words[i], ':');
		double w = 0;

		if (colon)
			*colon = 0;
		if (!colon || parse_double(colon + 1, &w) < 0 || w <= 0 || w > 1000 ||
			!name_good(words[i]))
			r = ini_problem(p, PROBLEM_ERROR, e,
				"\"%s\" is not understood; write CAUSE:WEIGHT with a weight above 0",
				words[i]);
		if (r < 0)
			break;
		(void)str_copy(rec->causes[i].id, sizeof(rec->causes[i].id), words[i]);
		rec->causes[i].weight = w;
		(void)snprintf(key, sizeof(key), "Sign.%s", words[i]);
		rec->causes[i].sign = ini_get(s, key, NULL);
		(void)snprintf(key, sizeof(key), "Not.%s", words[i]);
		rec->causes[i].not = ini_get(s, key, NULL);
		rec->n_causes++;
	}
	free(words);
	return r;
}

static void record_done(struct rule_record *rec)
{
	free(rec->on);
	free(rec->needs);
	free(rec->helped);
	free(rec->each);
	free(rec->unless);
	free(rec->freeze);
	free(rec->name_en);
	free(rec->name_zh);
}

static int bad(int r, int *worst)
{
	if (r < 0)
		*worst = r;
	return r;
}

static bool has_prefix_key(const struct ini_entry *e)
{
	return startswith(e->key, "Let.") || startswith(e->key, "Param.") ||
	       startswith(e->key, "Sign.") || startswith(e->key, "Not.");
}

static void mark_expressions(struct ini_section *s)
{
	static const char *const keys[] = {"Fault", "Clear", "While", "Repair", "Source"};

	for (struct ini_entry *e = s->entries; e; e = e->next) {
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
			if (streq(e->key, keys[i]))
				e->used = true;
		if (startswith(e->key, "Let.") || startswith(e->key, "Param."))
			e->used = true;
	}
}

/* Signs without a cause are a slip of the pen. */
static int check_signs(struct ini_section *s, const struct rule_record *rec, struct problems *p)
{
	int r = 0;

	for (struct ini_entry *e = s->entries; e; e = e->next) {
		const char *cause = startswith(e->key, "Sign.");
		bool found = false;

		if (!cause)
			cause = startswith(e->key, "Not.");

		if (!cause)
			continue;
		for (size_t i = 0; i < rec->n_causes; i++)
			found = found || streq(rec->causes[i].id, cause);
		if (!found)
			r = ini_problem(p, PROBLEM_ERROR, e,
				"no cause \"%s\" in Blame=; write one that is there", cause);
	}
	return r;
}

/* What people read first; both languages or none. */
static int get_label(struct ini_section *s, struct problems *p, struct rule_record *rec)
{
	struct ini_entry *en = ini_get(s, "Name", NULL), *zh = ini_get(s, "Name", "zh_CN");

	if (!en && !zh)
		return 0;
	if (!en || !zh)
		return ini_problem(p, PROBLEM_ERROR, en ? en : zh,
			"%s= is missing; write both languages", en ? "Name[zh_CN]" : "Name");
	if (strlen(en->value) > RULE_LABEL_MAX || strlen(zh->value) > RULE_LABEL_MAX)
		return ini_problem(p, PROBLEM_ERROR, strlen(en->value) > RULE_LABEL_MAX ? en : zh,
			"longer than %d bytes; say it shorter", RULE_LABEL_MAX);
	rec->name_en = strdup(en->value);
	rec->name_zh = strdup(zh->value);
	return rec->name_en && rec->name_zh ? 1 : -ENOMEM;
}

static int load_record(struct ini_section *s, struct problems *p, struct rule_record *rec)
{
	static const char *const known[] = {"On", "Kind", "Needs", "Helped", "Each", "While",
		"Settled", "SessionEnd", "Fault", "For", "Clear", "ClearFor", "Confirm", "Severity",
		"Latch", "Repair", "RepairFor", "Unless", "Blame", "Delay", "Freeze", "Raw",
		"Source", "Name", NULL};
	int value, worst = 0;

	rec->section = s;
	if (!name_good(s->arg))
		return ini_problem_section(p, PROBLEM_ERROR, s,
			"\"%s\" is no name of a rule; write a-z, 0-9 and _, at most %d", s->arg,
			RULE_NAME_MAX);
	(void)str_copy(rec->name, sizeof(rec->name), s->arg);
	rec->session_end_s = 600;
	value = RULE_FAULT;
	bad(ini_get_enum(s, "Kind", kind_names, p, &value), &worst);
	rec->kind = (enum rule_kind)value;
	value = -1;
	bad(ini_get_enum(s, "Severity", severity_names, p, &value), &worst);
	if (value < 0 && rec->kind != RULE_CONTEXT && worst == 0)
		bad(ini_problem_section(p, PROBLEM_ERROR, s,
			    "Severity= is missing; write info, care, service, urgent or danger"),
			&worst);
	rec->severity = (enum severity)MAX(value, 0);
	value = LATCH_AUTO;
	bad(ini_get_enum(s, "Latch", latch_names, p, &value), &worst);
	rec->latch = (enum rule_latch)value;
	bad(ini_get_enum(s, "Delay", delay_names, p, &value), &worst);
	bad(ini_get_bool(s, "Raw", p, &rec->raw), &worst);
	bad(get_time(s, "For", p, &rec->for_s), &worst);
	bad(get_time(s, "Settled", p, &rec->settled_s), &worst);
	bad(get_time(s, "SessionEnd", p, &rec->session_end_s), &worst);
	rec->clear_for_s = 3 * rec->for_s;
	rec->has_clear_for = bad(get_time(s, "ClearFor", p, &rec->clear_for_s), &worst) > 0;
	bad(get_confirm(s, p, rec), &worst);
	bad(get_repair_for(s, p, rec), &worst);
	bad(get_names(s, "On", p, &rec->on, &rec->n_on), &worst);
	bad(get_names(s, "Needs", p, &rec->needs, &rec->n_needs), &worst);
	bad(get_names(s, "Helped", p, &rec->helped, &rec->n_helped), &worst);
	bad(get_names(s, "Each", p, &rec->each, &rec->n_each), &worst);
	bad(get_names(s, "Unless", p, &rec->unless, &rec->n_unless), &worst);
	bad(get_names(s, "Freeze", p, &rec->freeze, &rec->n_freeze), &worst);
	bad(get_blame(s, p, rec), &worst);
	bad(check_signs(s, rec, p), &worst);
	bad(get_label(s, p, rec), &worst);
	mark_expressions(s);
	if (rec->n_on == 0 && worst == 0)
		bad(ini_problem_section(p, PROBLEM_ERROR, s,
			    "On= is missing; write the kinds of appliances it is for"),
			&worst);
	for (size_t i = 0; i < rec->n_on; i++)
		if (!streq(rec->on[i], "*") && !model_kind_by_name(rec->on[i]))
			bad(ini_problem(p, PROBLEM_ERROR, ini_get(s, "On", NULL),
				    "there is no kind \"%s\"; write one of the common model, or *",
				    rec->on[i]),
				&worst);
	if (!ini_get(s, "Fault", NULL))
		bad(ini_problem_section(
			    p, PROBLEM_ERROR, s, "Fault= is missing; write a condition"),
			&worst);
	if (rec->kind == RULE_SENSOR)
		rec->raw = true;
	for (struct ini_entry *e = s->entries; e; e = e->next)
		if (has_prefix_key(e))
			e->used = true;
	ini_warn_unused(s, known, p);
	return worst;
}

static const struct rule_record *find(const struct rule_set *set, const char *name)
{
	for (size_t i = 0; i < set->n_rules; i++)
		if (streq(set->rules[i].name, name))
			return &set->rules[i];
	return NULL;
}

/* The first file that says a rule counts: those of higher priority are read first. */
static int take_file(struct rule_set *set, struct ini *ini, struct problems *p)
{
	static const char *const sections[] = {"Rule", "Let", NULL};
	struct ini **files = realloc(set->files, (set->n_files + 1) * sizeof(*files));

	if (!files) {
		ini_free(ini);
		return -ENOMEM;
	}
	set->files = files;
	set->files[set->n_files++] = ini;
	ini_warn_unknown_sections(ini, sections, p);
	for (struct ini_section *s = NULL; (s = ini_section_next(ini, "Rule", s));) {
		struct rule_record rec = {0}, *rules;
		const struct rule_record *other = find(set, s->arg);

		if (other) {
			(void)ini_problem_section(p, PROBLEM_ERROR, s,
				"a rule of this name is in %s:%u; write another name",
				other->section->file, other->section->line);
			continue;
		}
		if (set->n_rules >= RULES_OF_SET) {
			(void)ini_problem_section(p, PROBLEM_ERROR, s,
				"more than %d rules; write fewer", RULES_OF_SET);
			break;
		}
		if (load_record(s, p, &rec) < 0) {
			record_done(&rec);
			continue;
		}
		rules = realloc(set->rules, (set->n_rules + 1) * sizeof(*rules));
		if (!rules) {
			record_done(&rec);
			return -ENOMEM;
		}
		set->rules = rules;
		set->rules[set->n_rules++] = rec;
	}
	return 0;
}

/* Names in Unless= once all files are read. */
static void check_unless(struct rule_set *set, struct problems *p)
{
	for (size_t i = 0; i < set->n_rules; i++) {
		struct rule_record *rec = &set->rules[i];
		const char *names[RULES_OF_SET + 1] = {0};

		for (size_t k = 0; k < set->n_rules; k++)
			names[k] = set->rules[k].name;
		for (size_t k = 0; k < rec->n_unless; k++) {
			const char *near;

			if (find(set, rec->unless[k]))
				continue;
			near = ini_nearest(rec->unless[k], names);
			(void)ini_problem(p, PROBLEM_ERROR, ini_get(rec->section, "Unless", NULL),
				"there is no rule \"%s\"%s%s%s", rec->unless[k],
				near ? "; is \"" : "; write one that is there", near ? near : "",
				near ? "\" meant?" : "");
			record_done(rec);
			memmove(rec, rec + 1, (set->n_rules - i - 1) * sizeof(*rec));
			set->n_rules--;
			i--;
			break;
		}
	}
}

/* What is known without any file, behind what files say. */
static int finish_set(struct rule_set *set, struct problems *p)
{
	struct ini *ini = NULL;
	int r = ini_parse(rule_known_points, strlen(rule_known_points), "built-in", p, &ini);

	set->pool = calloc(1, sizeof(*set->pool));
	if (!set->pool)
		r = -ENOMEM;
	if (r >= 0)
		r = take_file(set, ini, p);
	if (r < 0)
		return r;
	check_unless(set, p);
	return 0;
}

struct rule_set *rule_set_free(struct rule_set *s)
{
	if (!s)
		return NULL;
	for (size_t i = 0; i < s->n_rules; i++)
		record_done(&s->rules[i]);
	for (size_t i = 0; i < s->n_files; i++)
		ini_free(s->files[i]);
	rule_pool_free(s->pool);
	free(s->rules);
	free(s->files);
	free(s);
	return NULL;
}

int rule_set_load_buffer(const char *buf, size_t len, const char *name, struct problems *problems,
	struct rule_set **ret)
{
	_cleanup_(rule_set_freep) struct rule_set *set = calloc(1, sizeof(*set));
	struct ini *ini = NULL;
	int r;

	if (!set)
		return -ENOMEM;
	r = ini_parse(buf, len, name, problems, &ini);
	if (r >= 0)
		r = take_file(set, ini, problems);
	if (r >= 0)
		r = finish_set(set, problems);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(set);
	return 0;
}

int rule_set_load_file(const char *path, struct problems *problems, struct rule_set **ret)
{
	_cleanup_(rule_set_freep) struct rule_set *set = calloc(1, sizeof(*set));
	struct ini *ini = NULL;
	int r;

	if (!set)
		return -ENOMEM;
	r = ini_load_file(path, problems, &ini);
	if (r >= 0)
		r = take_file(set, ini, problems);
	if (r >= 0)
		r = finish_set(set, problems);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(set);
	return 0;
}

struct taking {
	struct rule_set *set;
	struct problems *problems;
};

static int take_one(struct ini *ini, void *userdata)
{
	const struct taking *t = userdata;

	return take_file(t->set, ini, t->problems);
}

int rule_set_load(const char *const *dirs, struct problems *problems, struct rule_set **ret)
{
	_cleanup_(rule_set_freep) struct rule_set *set = calloc(1, sizeof(*set));
	struct taking t = {.set = set, .problems = problems};
	int r;

	if (!set)
		return -ENOMEM;
	r = ini_load_all(dirs, ".rules", problems, take_one, &t);
	if (r >= 0)
		r = finish_set(set, problems);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(set);
	return 0;
}

static bool record_is_for_any(
	const struct rule_record *rec, const struct model_kind *const *kinds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rule_is_for(rec, kinds[i]->name))
			return true;
	return false;
}

void rule_set_keep(struct rule_set *s, const struct model_kind *const *kinds, size_t n)
{
	size_t kept = 0;
	void *p;

	for (size_t i = 0; i < s->n_rules; i++) {
		if (record_is_for_any(&s->rules[i], kinds, n))
			s->rules[kept++] = s->rules[i];
		else
			record_done(&s->rules[i]);
	}
	s->n_rules = kept;
	p = kept > 0 ? realloc(s->rules, kept * sizeof(*s->rules)) : NULL;
	if (p)
		s->rules = p;
}

void rule_set_strip(struct rule_set *s)
{
	for (size_t i = 0; i < s->n_rules; i++) {
		s->rules[i].section = NULL;
		for (size_t k = 0; k < s->rules[i].n_causes; k++)
			s->rules[i].causes[k].sign = s->rules[i].causes[k].not = NULL;
	}
	for (size_t i = 0; i < s->n_files; i++)
		ini_free(s->files[i]);
	s->n_files = 0;
}

size_t rule_set_count(const struct rule_set *s)
{
	return s->n_rules;
}

const char *rule_set_name(const struct rule_set *s, size_t i)
{
	return i < s->n_rules ? s->rules[i].name : NULL;
}

const char *rule_set_label(const struct rule_set *s, size_t i, bool zh)
{
	return i >= s->n_rules ? NULL : zh ? s->rules[i].name_zh : s->rules[i].name_en;
}

static bool all_kinds(const struct rule_set *s)
{
	for (size_t i = 0; i < s->n_rules; i++)
		if (rule_is_for(&s->rules[i], "*"))
			return true;
	return false;
}

int rule_set_check(const struct rule_set *s, struct problems *problems)
{
	struct problems own = {0};
	int ret = 0;

	for (size_t i = 0; i < model_n_kinds; i++) {
		struct rule_point points[RULES_POINTS_MAX];
		struct rules_config c = {.kind = &model_kinds[i], .points = points, .period_s = 10};
		struct rules *r = NULL;
		bool wanted = all_kinds(s);

		for (size_t k = 0; k < s->n_rules && !wanted; k++)
			wanted = rule_is_for(&s->rules[k], model_kinds[i].name);
		if (!wanted)
			continue;
		c.n_points = rule_points_of_kind(c.kind, points, ARRAY_SIZE(points), NULL);
		if (rules_new(s, &c, &own, &r) < 0)
			ret = -EINVAL;
		rules_free(r);
	}
	for (size_t i = 0; i < own.n; i++)
		(void)problem_add(problems, own.v[i].level, own.v[i].file, own.v[i].line,
			own.v[i].key, "%s", own.v[i].text);
	if (own.n_errors > 0)
		ret = -EINVAL;
	problems_done(&own);
	return ret;
}
