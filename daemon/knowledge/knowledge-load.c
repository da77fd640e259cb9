/* SPDX-License-Identifier: Apache-2.0 */
/* One [Cause] with its [Step]s, one [Maintenance]: keys, expressions, and what is refused. */
#include "knowledge-internal.h"

#define NAME_TEXT_MAX 96
#define TEXT_MAX      600

static const struct ini_name who_names[] = {
	{"household", WHO_HOUSEHOLD},
	{"electrician", WHO_ELECTRICIAN},
	{"gas-fitter", WHO_GAS_FITTER},
	{"refrigeration", WHO_REFRIGERATION},
	{"plumber", WHO_PLUMBER},
	{"manufacturer", WHO_MANUFACTURER},
	{NULL, 0},
};
static const struct ini_name danger_names[] = {
	{"none", DANGER_NONE},
	{"gas", DANGER_GAS},
	{"co", DANGER_CO},
	{"fire", DANGER_FIRE},
	{"electric", DANGER_ELECTRIC},
	{"refrigerant", DANGER_REFRIGERANT},
	{"scald", DANGER_SCALD},
	{"pressure", DANGER_PRESSURE},
	{"flood", DANGER_FLOOD},
	{"food", DANGER_FOOD},
	{NULL, 0},
};
static const struct ini_name touch_names[] = {
	{"none", TOUCH_NONE},
	{"controls", TOUCH_CONTROLS},
	{"plug", TOUCH_PLUG},
	{"breaker", TOUCH_BREAKER},
	{"tap", TOUCH_TAP},
	{"filter", TOUCH_FILTER},
	{"outside", TOUCH_OUTSIDE},
	{"door", TOUCH_DOOR},
	{"drain", TOUCH_DRAIN},
	{"filling", TOUCH_FILLING},
	{"gas", TOUCH_GAS},
	{"mains", TOUCH_MAINS},
	{"refrigerant", TOUCH_REFRIGERANT},
	{"cover", TOUCH_COVER},
	{"flue", TOUCH_FLUE},
	{"safety", TOUCH_SAFETY},
	{NULL, 0},
};
/* Whatever the danger, these are not a household's. */
#define TOUCH_SKILLED \
	(TOUCH_GAS | TOUCH_MAINS | TOUCH_REFRIGERANT | TOUCH_COVER | TOUCH_FLUE | TOUCH_SAFETY)

static int bad(int r, int *worst)
{
	if (r < 0)
		*worst = r;
	return r;
}

/* --- expressions over the attributes of a kind --- */

int64_t knowledge_word(const void *list, const char *name)
{
	/* FNV-1a, above all numbers that lists give: as the rules do */
	uint32_t h = 2166136261u;

	for (const char *c = name; *c; c++)
		h = (h ^ (uint8_t)*c) * 16777619u;
	return ((int64_t)1 << 33) + h;
}

static int resolve_attr(void *userdata, const char *name, struct expr_symbol *ret)
{
	static const enum expr_type types[] = {
		[ATTR_NUMBER] = EXPR_NUMBER,
		[ATTR_BOOL] = EXPR_BOOL,
		[ATTR_ENUM] = EXPR_ENUM,
		[ATTR_BITS] = EXPR_BITS,
	};
	const struct model_kind *kind = userdata;
	int i = model_attr_index(kind, name);
	const struct model_attr *a;

	if (i < 0 || kind->attrs[i].type > ATTR_BITS)
		return -ENOENT;
	a = &kind->attrs[i];
	*ret = (struct expr_symbol){
		.type = types[a->type],
		.unit = expr_unit_of(a->unit),
		.names = {.at = expr_names_model,
			.list = a->values,
			.n = a->n_values,
			.intern = a->n_values == 0 ? knowledge_word : NULL},
		.ref = (uint32_t)i,
	};
	return 0;
}

static const char *attr_at(void *userdata, size_t i)
{
	const struct model_kind *kind = userdata;

	return i < kind->n_attrs ? kind->attrs[i].name : NULL;
}

int knowledge_parse(const struct model_kind *kind, const char *text, const struct expr_want *want,
	struct expr **ret, struct expr_error *reterr)
{
	/* the scope hands it back unchanged */
	union {
		const struct model_kind *in;
		void *out;
	} u = {.in = kind};
	struct expr_scope scope = {.userdata = u.out, .resolve = resolve_attr, .name_at = attr_at};

	return expr_parse(text, &scope, want, ret, reterr);
}

/* Whether KIND has every dotted or plain name of TEXT that any kind of the model has: a condition over
 * a point that only some of the kinds have is for those alone. */
bool knowledge_kind_has_names(const struct model_kind *kind, const char *text)
{
	const char *c = text;

	while (*c) {
		char name[EXPR_NAME_MAX + 1];
		size_t n;

		if (*c < 'a' || *c > 'z') {
			c++;
			continue;
		}
		n = strspn(c, "abcdefghijklmnopqrstuvwxyz0123456789_.");
		if (n < sizeof(name)) {
			memcpy(name, c, n);
			name[n] = 0;
			for (size_t i = 0; model_attr_index(kind, name) < 0 && i < model_n_kinds;
				i++)
				if (model_attr_index(&model_kinds[i], name) >= 0)
					return false;
		}
		c += n;
	}
	return true;
}

int knowledge_check_expr(struct loading *l, struct ini_section *s, const char *key,
	const struct knowledge_kinds *kinds, const struct expr_want *want, const char **ret)
{
	static const struct expr_want truth = {.type = EXPR_BOOL};
	struct ini_entry *e = ini_get(s, key, NULL);
	size_t n = kinds->all ? model_n_kinds : kinds->n, fit = 0;

	if (!e)
		return 0;
	for (size_t i = 0; i < n; i++) {
		const struct model_kind *kind = kinds->all ? &model_kinds[i] : kinds->v[i];
		_cleanup_(expr_freep) struct expr *x = NULL;
		struct expr_error err;
		int r;

		if (!knowledge_kind_has_names(kind, e->value))
			continue;
		r = knowledge_parse(kind, e->value, want ? want : &truth, &x, &err);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			return ini_problem(l->problems, PROBLEM_ERROR, e, "column %u: %s (for %s)",
				err.column, err.text, kind->name);
		fit++;
	}
	if (fit == 0)
		return ini_problem(l->problems, PROBLEM_ERROR, e,
			"none of the kinds has all these points; write attributes that one of them has");
	*ret = e->value;
	return 1;
}

/* --- what causes and items share --- */

static bool part_good(const char *s, size_t n)
{
	return n > 0 && n <= KNOWLEDGE_NAME_MAX &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") >= n && s[0] >= 'a' &&
	       s[0] <= 'z';
}

static bool id_good(const char *id)
{
	const char *dot = strchr(id, '.');

	return dot && part_good(id, (size_t)(dot - id)) && part_good(dot + 1, strlen(dot + 1));
}

static int get_text(struct loading *l, struct ini_section *s, const char *key, size_t max,
	bool required, struct words *ret)
{
	struct ini_entry *en = ini_get(s, key, NULL), *zh = ini_get(s, key, "zh_CN");

	if (!en && !zh && !required)
		return 0;
	if (!en)
		return ini_problem_section(
			l->problems, PROBLEM_ERROR, s, "%s= is missing; write it in English", key);
	if (!zh)
		return ini_problem_section(l->problems, PROBLEM_ERROR, s,
			"%s[zh_CN]= is missing; write it in Chinese", key);
	if (strlen(en->value) > max || strlen(zh->value) > max)
		return ini_problem(l->problems, PROBLEM_ERROR, strlen(en->value) > max ? en : zh,
			"longer than %zu bytes; say it shorter", max);
	*ret = (struct words){en->value, zh->value};
	return 1;
}

static int get_kinds(struct loading *l, struct ini_section *s, struct knowledge_kinds *ret)
{
	struct ini_entry *e = ini_get(s, "Kinds", NULL);
	_cleanup_free_ char **words = NULL;
	size_t n = 0;
	int r = ini_get_list(s, "Kinds", KNOWLEDGE_KINDS_MAX, l->problems, &words, &n);

	if (r < 0)
		return r;
	if (r == 0 || n == 0)
		return ini_problem_section(l->problems, PROBLEM_ERROR, s,
			"Kinds= is missing; write kinds of the common model, or *");
	if (n == 1 && streq(words[0], "*")) {
		ret->all = true;
		return 1;
	}
	for (size_t i = 0; i < n; i++) {
		const struct model_kind *kind = model_kind_by_name(words[i]);

		if (!kind)
			return ini_problem(l->problems, PROBLEM_ERROR, e,
				"there is no kind \"%s\"; write one of the common model, or * alone",
				words[i]);
		if (!knowledge_kinds_have(ret, kind))
			ret->v[ret->n++] = kind;
	}
	return 1;
}

static int get_word(struct loading *l, struct ini_section *s, const char *key,
	const struct ini_name *names, int *ret)
{
	int r = ini_get_enum(s, key, names, l->problems, ret);

	if (r == 0)
		return ini_problem_section(l->problems, PROBLEM_ERROR, s,
			"%s= is missing; write one of hearthd.knowledge(5)", key);
	return r;
}

int knowledge_check_words(struct loading *l, struct ini_section *s, const char *key,
	const struct words *text, bool household)
{
	const char *found = knowledge_forbidden(text, !household);

	if (!found)
		return 0;
	return ini_problem(l->problems, PROBLEM_ERROR, ini_get(s, key, NULL),
		household ? "\"%s\" is nothing for a household; forbid it, or hand it to somebody "
			    "(\"Do not ...\", \"Ask ...\"), at the beginning of its clause"
			  : "\"%s\": nobody is told to defeat a safety device; leave it out",
		found);
}

/* Who may mend what is dangerous. */
static bool who_may(enum danger d, enum who w)
{
	switch (d) {
	case DANGER_GAS:
	case DANGER_CO:
		return w == WHO_GAS_FITTER || w == WHO_MANUFACTURER;
	case DANGER_FIRE:
	case DANGER_ELECTRIC:
		return w != WHO_HOUSEHOLD && w != WHO_PLUMBER;
	case DANGER_REFRIGERANT:
		return w == WHO_REFRIGERATION || w == WHO_MANUFACTURER;
	case DANGER_NONE:
	case DANGER_SCALD:
	case DANGER_PRESSURE:
	case DANGER_FLOOD:
	case DANGER_FOOD:
	case _DANGER_MAX:
		break;
	}
	return true;
}

int knowledge_load_head(struct loading *l, struct ini_section *s, const struct entry_head *h)
{
	int worst = 0, value = 0;
	uint64_t minutes = 0;

	if (!id_good(s->arg))
		return ini_problem_section(l->problems, PROBLEM_ERROR, s,
			"\"%s\" is no name; write GROUP.NAME of a-z, 0-9 and _, each at most %d",
			s->arg, KNOWLEDGE_NAME_MAX);
	bad(get_kinds(l, s, h->kinds), &worst);
	bad(get_text(l, s, "Name", NAME_TEXT_MAX, true, h->name), &worst);
	bad(get_text(l, s, "Part", NAME_TEXT_MAX, true, h->part), &worst);
	bad(get_text(l, s, "Text", TEXT_MAX, true, h->text), &worst);
	if (bad(get_word(l, s, "Who", who_names, &value), &worst) >= 0)
		*h->who = (enum who)value;
	value = 0;
	if (bad(get_word(l, s, "Danger", danger_names, &value), &worst) >= 0)
		*h->danger = (enum danger)value;
	if (bad(ini_get_u64(s, "Minutes", 1, 1440, l->problems, &minutes), &worst) == 0)
		bad(ini_problem_section(l->problems, PROBLEM_ERROR, s,
			    "Minutes= is missing; write how long mending takes"),
			&worst);
	*h->minutes = (unsigned)minutes;
	if (ini_get_string(s, "Sources", h->sources) <= 0)
		bad(ini_problem_section(l->problems, PROBLEM_ERROR, s,
			    "Sources= is missing; write where this comes from"),
			&worst);
	bad(ini_get_bool(s, "Unconfirmed", l->problems, h->unconfirmed), &worst);
	if (worst < 0)
		return worst;
	if (!who_may(*h->danger, *h->who))
		bad(ini_problem(l->problems, PROBLEM_ERROR, ini_get(s, "Who", NULL),
			    "%s may not mend what has Danger=%s; write somebody trained for it",
			    who_word(*h->who), danger_word(*h->danger)),
			&worst);
	return worst;
}

/* --- causes --- */

void knowledge_cause_done(struct cause *c)
{
	free(c->aliases);
	free(c->expect_after);
	free(c->steps);
}

static int get_names(
	struct loading *l, struct ini_section *s, const char *key, char ***ret, size_t *ret_n)
{
	int r = ini_get_list(s, key, KNOWLEDGE_LIST_MAX, l->problems, ret, ret_n);

	for (size_t i = 0; r > 0 && i < *ret_n; i++)
		if (!part_good((*ret)[i], strlen((*ret)[i])))
			return ini_problem(l->problems, PROBLEM_ERROR, ini_get(s, key, NULL),
				"\"%s\" is no name; write a-z, 0-9 and _", (*ret)[i]);
	return r;
}

/* Steps of a danger that leave the household no more than switching off. */
static unsigned household_may(enum danger d)
{
	switch (d) {
	case DANGER_GAS:
	case DANGER_CO:
	case DANGER_REFRIGERANT:
		return TOUCH_CONTROLS;
	case DANGER_FIRE:
	case DANGER_ELECTRIC:
		return TOUCH_CONTROLS | TOUCH_BREAKER;
	case DANGER_NONE:
	case DANGER_SCALD:
	case DANGER_PRESSURE:
	case DANGER_FLOOD:
	case DANGER_FOOD:
	case _DANGER_MAX:
		break;
	}
	return ~(unsigned)TOUCH_SKILLED;
}

static int get_touches(struct loading *l, struct ini_section *s, unsigned *ret)
{
	_cleanup_free_ char **words = NULL;
	struct ini_entry *e = ini_get(s, "Touches", NULL);
	size_t n = 0;
	int r = ini_get_list(s, "Touches", 8, l->problems, &words, &n);

	if (r < 0)
		return r;
	if (r == 0 || n == 0)
		return ini_problem_section(l->problems, PROBLEM_ERROR, s,
			"Touches= is missing; write what hands are laid on, or none");
	for (size_t i = 0; i < n; i++) {
		const struct ini_name *t = touch_names;

		while (t->name && !streq(t->name, words[i]))
			t++;
		if (!t->name || (t->value == TOUCH_NONE && n > 1))
			return ini_problem(l->problems, PROBLEM_ERROR, e,
				"\"%s\" is not understood; write words of hearthd.knowledge(5), or "
				"none alone",
				words[i]);
		*ret |= (unsigned)t->value;
	}
	return 1;
}

static int check_touches(
	struct loading *l, struct ini_section *s, const struct cause *c, const struct step *step)
{
	const struct ini_name *t = touch_names;
	unsigned wrong;

	if (step->who != WHO_HOUSEHOLD)
		return 0;
	wrong = step->touches & ~household_may(c->danger);
	if (!wrong)
		return 0;
	while (t->name && !(wrong & (unsigned)t->value))
		t++;
	return ini_problem(l->problems, PROBLEM_ERROR, ini_get(s, "Touches", NULL),
		"a household does not touch %s%s%s; write somebody trained for it in Who=, or "
		"another step",
		t->name ? t->name : "that", c->danger ? " where there is danger of " : "",
		c->danger ? danger_word(c->danger) : "");
}

static int load_step(
	struct loading *l, struct ini_section *s, const struct cause *c, struct step *step)
{
	static const char *const known[] = {
		"Text", "Touches", "Who", "Check", "CheckFor", "Stop", NULL};
	int worst = 0, value = WHO_HOUSEHOLD;

	step->file = s->file;
	step->line = s->line;
	bad(get_text(l, s, "Text", TEXT_MAX, true, &step->text), &worst);
	bad(ini_get_enum(s, "Who", who_names, l->problems, &value), &worst);
	step->who = (enum who)value;
	if (bad(get_touches(l, s, &step->touches), &worst) > 0)
		bad(check_touches(l, s, c, step), &worst);
	bad(knowledge_check_expr(l, s, "Check", &c->kinds, NULL, &step->check), &worst);
	bad(knowledge_check_expr(l, s, "Stop", &c->kinds, NULL, &step->stop), &worst);
	bad(ini_get_duration(s, "CheckFor", 0, USEC_PER_DAY, l->problems, &step->check_for_us),
		&worst);
	if (step->text.en)
		bad(knowledge_check_words(l, s, "Text", &step->text, step->who == WHO_HOUSEHOLD),
			&worst);
	ini_warn_unused(s, known, l->problems);
	return worst;
}

/* [Step ID 1] ... without holes. */
static int load_steps(struct loading *l, struct ini_section *s, struct cause *c)
{
	struct ini_section *found[KNOWLEDGE_STEPS_MAX] = {0};
	size_t id_len = strlen(c->id), n = 0;
	int worst = 0;

	for (struct ini_section *t = NULL; (t = ini_section_next(s->ini, "Step", t));) {
		uint64_t number = 0;

		if (strncmp(t->arg, c->id, id_len) != 0 ||
			(t->arg[id_len] != ' ' && t->arg[id_len] != 0))
			continue;
		if (t->arg[id_len] != ' ' ||
			parse_u64(t->arg + id_len + 1, 1, KNOWLEDGE_STEPS_MAX, &number) < 0 ||
			found[number - 1]) {
			bad(ini_problem_section(l->problems, PROBLEM_ERROR, t,
				    "a step is called \"%s NUMBER\", each number from 1 to %d once",
				    c->id, KNOWLEDGE_STEPS_MAX),
				&worst);
			continue;
		}
		found[number - 1] = t;
		n = MAX(n, (size_t)number);
	}
	if (n == 0 && worst == 0)
		return ini_problem_section(l->problems, PROBLEM_ERROR, s,
			"has no [Step %s 1]; write at least one step", c->id);
	c->steps = calloc(MAX(n, 1U), sizeof(*c->steps));
	if (!c->steps)
		return -ENOMEM;
	c->n_steps = n;
	for (size_t i = 0; i < n; i++) {
		if (!found[i])
			bad(ini_problem_section(l->problems, PROBLEM_ERROR, s,
				    "[Step %s %zu] is missing; number steps 1, 2, 3 ... without holes",
				    c->id, i + 1),
				&worst);
		else
			bad(load_step(l, found[i], c, &c->steps[i]), &worst);
	}
	return worst;
}

static int check_rules(struct loading *l, struct ini_section *s, const struct cause *c)
{
	for (size_t i = 0; l->rules && i < c->n_expect_after; i++)
		if (!l->rules->known(l->rules->userdata, c->expect_after[i]))
			return ini_problem(l->problems, PROBLEM_ERROR,
				ini_get(s, "ExpectAfter", NULL),
				"there is no rule \"%s\"; write one that is there",
				c->expect_after[i]);
	return 0;
}

int knowledge_load_cause(struct loading *l, struct ini_section *s, struct cause *c)
{
	static const char *const known[] = {"Kinds", "Name", "Part", "Text", "Decide", "Alias",
		"Who", "Danger", "Minutes", "ExpectAfter", "Sources", "Unconfirmed", NULL};
	const struct entry_head head = {&c->kinds, &c->name, &c->part, &c->text, &c->who,
		&c->danger, &c->minutes, &c->sources, &c->unconfirmed};
	int worst = 0;

	c->id = s->arg;
	c->file = s->file;
	c->line = s->line;
	if (bad(knowledge_load_head(l, s, &head), &worst) == -ENOMEM)
		return worst;
	if (id_good(s->arg))
		c->short_name = strchr(s->arg, '.') + 1;
	bad(get_text(l, s, "Decide", TEXT_MAX, true, &c->decide), &worst);
	bad(get_names(l, s, "Alias", &c->aliases, &c->n_aliases), &worst);
	bad(get_names(l, s, "ExpectAfter", &c->expect_after, &c->n_expect_after), &worst);
	bad(check_rules(l, s, c), &worst);
	if (c->decide.en)
		bad(knowledge_check_words(l, s, "Decide", &c->decide, true), &worst);
	ini_warn_unused(s, known, l->problems);
	/* steps are checked against kinds and danger: without those nothing sensible can be said */
	if (c->short_name && (c->kinds.all || c->kinds.n > 0))
		bad(load_steps(l, s, c), &worst);
	return worst;
}
