/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl diagnose replay: recorded series through the rule engine, on virtual time. No daemon. */
#include "ctl.h"
#include "replay-csv.h"

#include "daemon/ini.h"
#include "daemon/profile.h"
#include "daemon/rule.h"

#include <math.h>

#define REPLAY_FILES_MAX 1024
#define REPLAY_MAPS_MAX  128
#define REPLAY_STATE_MAX (1024 * 1024)
/* What lies between two recordings whose times do not say it. */
#define REPLAY_GAP_S 3600.0

struct map {
	const char *text; /* as given */
	char name[EXPR_NAME_MAX + 1];
	const char *expression;
};

struct source {         /* of one point, for the file at hand */
	struct expr *e; /* over columns; NULL: the column itself */
	int column;     /* -1 = none */
};

struct replay {
	const struct ctl_options *o;
	const char *csv[REPLAY_FILES_MAX];
	size_t n_csv;
	struct map maps[REPLAY_MAPS_MAX];
	size_t n_maps;
	const char *profile_name, *kind_name, *rules_path, *state_in, *state_out;
	double period_s;
	bool summary;

	struct profile *profile;
	const struct model_kind *kind;
	struct rule_set *set;
	struct rules *rules;
	struct rule_point points[RULES_POINTS_MAX];
	size_t n_points;
	struct source sources[RULES_POINTS_MAX];
	struct expr_value values[RULES_POINTS_MAX];

	struct csv in;
	uint64_t clock_us;
	unsigned long rows, late, doubled, restarts, bad;
	unsigned confirmed[RULES_INSTANCES_MAX];
	bool dated_before;
	double last_dated_t;
	int worst;
};

static const char *const state_file_hint = "write it anew with --state-out";

/* --- arguments --- */

static int add_map(struct replay *r, const char *text)
{
	const char *equals = strchr(text, '=');
	struct map *m = &r->maps[r->n_maps];
	size_t n;

	if (r->n_maps >= REPLAY_MAPS_MAX)
		return ctl_usage(
			r->o, "diagnose replay", "more than %d times --map", REPLAY_MAPS_MAX);
	n = equals ? (size_t)(equals - text) : 0;
	while (n > 0 && text[n - 1] == ' ')
		n--;
	if (n == 0 || n > EXPR_NAME_MAX)
		return ctl_usage(r->o, "diagnose replay",
			"--map wants ATTRIBUTE=EXPRESSION, not \"%s\"", text);
	m->text = text;
	memcpy(m->name, text, n);
	m->name[n] = 0;
	m->expression = equals + 1;
	r->n_maps++;
	return 0;
}

static int take_option(struct replay *r, const char *name, const char *value)
{
	if (streq(name, "--profile"))
		r->profile_name = value;
	else if (streq(name, "--kind"))
		r->kind_name = value;
	else if (streq(name, "--rules"))
		r->rules_path = value;
	else if (streq(name, "--state-in"))
		r->state_in = value;
	else if (streq(name, "--state-out"))
		r->state_out = value;
	else if (streq(name, "--map"))
		return add_map(r, value);
	else if (streq(name, "--csv")) {
		if (r->n_csv >= REPLAY_FILES_MAX)
			return ctl_usage(r->o, "diagnose replay", "more than %d times --csv",
				REPLAY_FILES_MAX);
		r->csv[r->n_csv++] = value;
	} else if (streq(name, "--period")) {
		if (parse_double(value, &r->period_s) < 0 ||
			!(r->period_s > 0 && r->period_s <= 86400))
			return ctl_usage(r->o, "diagnose replay",
				"--period wants seconds, not \"%s\"", value);
	} else {
		return ctl_usage(r->o, "diagnose replay", "unknown option \"%s\"", name);
	}
	return 0;
}

static int take_arguments(struct replay *r, int argc, char **argv)
{
	int k = 0;

	for (int i = 1; i < argc && k == 0; i++) {
		char name[32];
		const char *equals = strchr(argv[i], '=');

		if (streq(argv[i], "--summary")) {
			r->summary = true;
			continue;
		}
		if (!startswith(argv[i], "--"))
			return ctl_usage(
				r->o, "diagnose replay", "too many words: \"%s\"", argv[i]);
		if (equals) {
			(void)snprintf(name, sizeof(name), "%.*s", (int)MIN(equals - argv[i], 31),
				argv[i]);
			k = take_option(r, name, equals + 1);
		} else if (i + 1 >= argc) {
			return ctl_usage(
				r->o, "diagnose replay", "option %s needs a value", argv[i]);
		} else {
			k = take_option(r, argv[i], argv[i + 1]);
			i++;
		}
	}
	if (k != 0)
		return k;
	if (!r->profile_name == !r->kind_name)
		return ctl_usage(r->o, "diagnose replay", "give --profile or --kind");
	if (r->n_csv == 0)
		return ctl_usage(r->o, "diagnose replay", "--csv is missing");
	return 0;
}

/* --- points --- */

static const char *enum_map_at(const void *list, size_t i, int64_t *ret)
{
	const struct enum_map *m = list;

	*ret = m[i].value;
	return m[i].name;
}

static int find_point(const struct replay *r, const char *name)
{
	for (size_t i = 0; i < r->n_points; i++)
		if (streq(r->points[i].name, name))
			return (int)i;
	return -1;
}

/* What the profile has beyond the model: names of enums, and points under "vendor.". */
static void add_profile_points(struct replay *r)
{
	const struct profile *p = r->profile;

	for (size_t i = 0; i < r->n_points; i++)
		r->points[i].present = false;
	for (size_t i = 0; i < p->n_points; i++) {
		const struct point *pt = &p->points[i];
		enum value_type t = point_value_type(p, (unsigned)i);
		int k = pt->attribute ? find_point(r, pt->attribute) : -1;
		struct rule_point *v;

		if (!pt->attribute || t == VALUE_NONE || t == VALUE_STRING)
			continue;
		if (k < 0 && r->n_points >= RULES_POINTS_MAX)
			continue;
		if (k < 0) {
			k = (int)r->n_points++;
			r->points[k] = (struct rule_point){.name = pt->attribute,
				.unit = expr_unit_of(pt->unit),
				.type = t == VALUE_BOOL   ? EXPR_BOOL
					: t == VALUE_ENUM ? EXPR_ENUM
					: t == VALUE_BITS ? EXPR_BITS
							  : EXPR_NUMBER};
		}
		v = &r->points[k];
		v->present = true;
		if (pt->n_enums > 0 && v->names.n == 0)
			v->names = (struct expr_names){enum_map_at, pt->enums, pt->n_enums, NULL};
	}
}

static int load_kind(struct replay *r)
{
	char etc[512], vendor[512];
	const char *dirs[] = {etc, vendor, NULL}, *names[64] = {0};
	struct problems problems = {0};
	int k;

	if (r->kind_name) {
		r->kind = model_kind_by_name(r->kind_name);
		for (size_t i = 0; i < model_n_kinds && i < ARRAY_SIZE(names) - 1; i++)
			names[i] = model_kinds[i].name;
		if (!r->kind && ini_nearest(r->kind_name, names))
			return ctl_error(r->o, CTL_FAILURE, NULL,
				"there is no kind \"%s\"; did you mean \"%s\"?", r->kind_name,
				ini_nearest(r->kind_name, names));
		if (!r->kind)
			return ctl_error(
				r->o, CTL_FAILURE, NULL, "there is no kind \"%s\"", r->kind_name);
		r->n_points = rule_points_of_kind(r->kind, r->points, RULES_POINTS_MAX, NULL);
		for (size_t i = 0; i < r->n_points; i++)
			r->points[i].present = false;
		return 0;
	}
	(void)snprintf(etc, sizeof(etc), "%s/profiles", r->o->etc);
	(void)snprintf(vendor, sizeof(vendor), "%s/profiles", r->o->vendor);
	if (strchr(r->profile_name, '/') || endswith(r->profile_name, ".profile"))
		k = profile_load_file(r->profile_name, &problems, &r->profile);
	else
		k = profile_load(dirs, r->profile_name, &problems, &r->profile);
	if (k == -EINVAL)
		ctl_print_problems(r->o, &problems);
	problems_done(&problems);
	if (k < 0)
		return ctl_error(r->o, CTL_FAILURE, "hearthctl profile list", "profile %s: %s",
			r->profile_name, strerror(-k));
	r->kind = r->profile->kind;
	if (!r->kind)
		return ctl_error(
			r->o, CTL_FAILURE, NULL, "profile %s has no kind", r->profile_name);
	r->n_points = rule_points_of_kind(r->kind, r->points, RULES_POINTS_MAX, NULL);
	add_profile_points(r);
	return 0;
}

/* --- columns --- */

static int resolve_column(void *userdata, const char *name, struct expr_symbol *ret)
{
	const struct csv *c = userdata;

	for (size_t i = 0; i < c->n_names; i++)
		if (streq(c->names[i], name)) {
			*ret = (struct expr_symbol){
				.type = EXPR_NUMBER, .unit = {.factor = 1}, .ref = (uint32_t)i};
			return 0;
		}
	return -ENOENT;
}

static const char *column_at(void *userdata, size_t i)
{
	const struct csv *c = userdata;

	return i < c->n_names ? c->names[i] : NULL;
}

static struct expr_value cell_value(const struct csv_cell *c)
{
	bool b;

	if (!*c->text || streq(c->text, "nan") || streq(c->text, "NaN") || streq(c->text, "null"))
		return expr_unknown(QUALITY_UNAVAILABLE, REASON_NO_REPLY);
	if (!isnan(c->num))
		return expr_good(c->num);
	if (parse_bool(c->text, &b) == 0)
		return expr_good(b);
	return expr_unknown(QUALITY_SUSPECT, REASON_DECODE);
}

static struct expr_value column_value(void *userdata, uint32_t ref)
{
	const struct csv *c = userdata;

	return cell_value(&c->cells[ref]);
}

static int column_of(const struct csv *c, const char *name)
{
	for (size_t i = 0; i < c->n_names; i++)
		if (streq(c->names[i], name))
			return (int)i;
	return -1;
}

/* A map over the columns of this file. A true-or-false point takes a number too: not 0. */
static int parse_map(
	struct replay *r, const struct map *m, const struct rule_point *pt, struct source *ret)
{
	const struct expr_scope scope = {
		.userdata = &r->in, .resolve = resolve_column, .name_at = column_at};
	struct expr_want want = {.any = !pt};
	struct expr_error err;
	char text[EXPR_TEXT_MAX + 16];
	int k;

	ret->column = -1;
	if (pt && (pt->type == EXPR_ENUM || pt->type == EXPR_BITS)) {
		ret->column = column_of(&r->in, m->expression + strspn(m->expression, " "));
		if (ret->column < 0)
			return ctl_error(r->o, CTL_FAILURE, NULL,
				"--map %s: %s has no column \"%s\"", m->text, r->in.path,
				m->expression);
		return 0;
	}
	if (pt) {
		want.type = pt->type;
		want.has_unit = want.plain_ok = pt->type == EXPR_NUMBER;
		want.unit = pt->unit;
	}
	k = expr_parse(m->expression, &scope, &want, &ret->e, &err);
	if (k == -EINVAL && pt && pt->type == EXPR_BOOL) {
		struct expr_error second;

		(void)snprintf(text, sizeof(text), "(%s) != 0", m->expression);
		k = expr_parse(text, &scope, &want, &ret->e, &second);
	}
	if (k < 0)
		return ctl_error(r->o, CTL_FAILURE, NULL, "--map %s: %s: column %u: %s", m->text,
			r->in.path, err.column, err.text);
	return 0;
}

static void drop_sources(struct replay *r)
{
	for (size_t i = 0; i < RULES_POINTS_MAX; i++) {
		r->sources[i].e = expr_free(r->sources[i].e);
		r->sources[i].column = -1;
	}
}

static int bind_columns(struct replay *r)
{
	drop_sources(r);
	for (size_t i = 0; i < r->n_points; i++)
		r->sources[i].column = column_of(&r->in, r->points[i].name);
	for (size_t i = 0; i < r->n_maps; i++) {
		int k = find_point(r, r->maps[i].name);

		if (k < 0)
			continue; /* made when the points were */
		k = parse_map(r, &r->maps[i], &r->points[k], &r->sources[k]);
		if (k != 0)
			return k;
	}
	return 0;
}

/* Names in --map that the model does not have become points of their own, of the type of their
 * expression: "compressor=comp_hz > 0". */
static int add_mapped_points(struct replay *r)
{
	struct source s = {.column = -1};
	int k = csv_open(&r->in, r->csv[0]);

	if (k < 0)
		return ctl_error(r->o, CTL_FAILURE, NULL, "%s: %s", r->csv[0],
			k == -EBADMSG ? "the first line is no list of columns" : strerror(-k));
	k = 0;
	for (size_t i = 0; i < r->n_maps && k == 0; i++) {
		int p = find_point(r, r->maps[i].name);

		if (p >= 0) {
			r->points[p].present = true;
			continue;
		}
		k = parse_map(r, &r->maps[i], NULL, &s);
		if (k == 0 && r->n_points >= RULES_POINTS_MAX)
			k = ctl_error(
				r->o, CTL_FAILURE, NULL, "more than %d points", RULES_POINTS_MAX);
		if (k == 0)
			r->points[r->n_points++] = (struct rule_point){.name = r->maps[i].name,
				.type = (enum expr_type)expr_root(s.e)->type,
				.unit = *expr_unit(s.e),
				.present = true};
		s.e = expr_free(s.e);
	}
	for (size_t i = 0; i < r->n_points; i++)
		if (column_of(&r->in, r->points[i].name) >= 0)
			r->points[i].present = true;
	csv_close(&r->in);
	return k;
}

static struct expr_value text_value(const struct rule_point *p, const struct csv_cell *c)
{
	int64_t code;

	if (!*c->text)
		return expr_unknown(QUALITY_UNAVAILABLE, REASON_NO_REPLY);
	if (!isnan(c->num))
		return expr_good(c->num);
	for (size_t i = 0; i < p->names.n; i++)
		if (streq(p->names.at(p->names.list, i, &code), c->text))
			return expr_good(
				(double)(p->type == EXPR_BITS ? INT64_C(1) << (code & 63) : code));
	if (p->names.intern)
		return expr_good((double)p->names.intern(p->names.list, c->text));
	return expr_unknown(QUALITY_SUSPECT, REASON_DECODE);
}

static void read_values(struct replay *r)
{
	const struct expr_env env = {.userdata = &r->in, .value = column_value};

	for (size_t i = 0; i < r->n_points; i++) {
		const struct source *s = &r->sources[i];
		const struct rule_point *p = &r->points[i];

		if (s->e)
			r->values[i] = expr_eval(s->e, &env);
		else if (s->column < 0)
			r->values[i] = expr_unknown(QUALITY_ABSENT, REASON_NONE);
		else if (p->type == EXPR_ENUM || p->type == EXPR_BITS)
			r->values[i] = text_value(p, &r->in.cells[s->column]);
		else
			r->values[i] = cell_value(&r->in.cells[s->column]);
		if (p->type == EXPR_BOOL && r->values[i].quality == QUALITY_GOOD)
			r->values[i].v = r->values[i].v != 0;
	}
}

/* --- output --- */

static json_t *real(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *evidence_json(const struct rule_evidence *ev)
{
	json_t *j = json_pack("{s:s,s:[]}", "expression", ev->expression, "comparisons");
	json_t *list = json_object_get(j, "comparisons");

	for (size_t i = 0; i < ev->n; i++) {
		const struct rule_atom *a = &ev->atoms[i];
		json_t *o = json_pack("{s:s,s:o,s:s,s:s,s:o,s:s}", "of", a->text, "value",
			real(a->value), "op", a->op, "limit", a->limit, "threshold",
			real(a->threshold), "unit", a->unit);

		json_object_set_new(o, "holds", a->known ? json_boolean(a->holds) : json_null());
		json_array_append_new(list, o);
	}
	if (ev->n_baselines > 0) {
		list = json_array();
		for (size_t i = 0; i < ev->n_baselines; i++) {
			const struct rule_baseline *b = &ev->baselines[i];

			json_array_append_new(
				list, json_pack("{s:s,s:o,s:o,s:o,s:s,s:i,s:i}", "of", b->text,
					      "value", real(b->value), "mean", real(b->mean),
					      "spread", real(b->spread), "unit", b->unit, "samples",
					      (int)b->samples, "days", (int)b->days));
		}
		json_object_set_new(j, "baselines", list);
	}
	if (ev->trips > 0)
		json_object_set_new(j, "shown_in", json_integer(ev->trips));
	json_object_set_new(j, "coverage", json_real(floor(ev->coverage * 1000 + 0.5) / 1000));
	if (*ev->not_judged)
		json_object_set_new(j, "not_judged", json_string(ev->not_judged));
	return j;
}

static json_t *rule_json(const char *name)
{
	const char *slash = strchr(name, '/');

	if (!slash)
		return json_pack("{s:s}", "rule", name);
	return json_pack("{s:s%,s:s}", "rule", name, (size_t)(slash - name), "point", slash + 1);
}

static void changed(
	struct rules *rules, unsigned i, enum rule_state from, enum rule_state to, void *userdata)
{
	struct replay *r = userdata;
	struct rule_cause causes[RULE_CAUSES_MAX];
	struct rule_evidence ev;
	bool fault = to == RULE_PENDING || to == RULE_CONFIRMED;
	size_t n = rules_causes(rules, i, causes);
	json_t *j = json_object(), *list = json_array();
	char why[256];

	if (to == RULE_CONFIRMED)
		r->confirmed[i]++;
	json_object_set_new(j, "file", json_string(r->in.path));
	json_object_set_new(
		j, "t", r->in.dated ? json_string(r->in.time_text) : json_real(r->in.t));
	json_object_update_new(j, rule_json(rules_name(rules, i)));
	json_object_set_new(j, "state", json_string(rule_state_name(to)));
	json_object_set_new(j, "before", json_string(rule_state_name(from)));
	json_object_set_new(j, "class", json_string(rule_kind_name(rules_kind(rules, i))));
	json_object_set_new(j, "severity", json_string(severity_name(rules_severity(rules, i))));
	json_object_set_new(j, "sureness",
		fault ? json_string(rule_sureness_name(rules_sureness(rules, i))) : json_null());
	for (size_t k = 0; k < n && fault; k++)
		json_array_append_new(list, json_pack("{s:s,s:f}", "id", causes[k].id, "share",
						    floor(causes[k].share * 1000 + 0.5) / 1000));
	json_object_set_new(j, "cause", list);
	rules_evidence(rules, i, &ev);
	json_object_set_new(j, "evidence", evidence_json(&ev));
	rules_why(rules, i, why, sizeof(why));
	if (*why)
		json_object_set_new(j, "why", json_string(why));
	r->worst |= ctl_print_json(r->o, j);
}

static int print_summary(struct replay *r)
{
	json_t *list = json_array();
	unsigned judged = 0, of = 0;
	struct rules_costs costs;
	char why[256];

	rules_costs(r->rules, &costs);
	for (unsigned i = 0; i < rules_count(r->rules); i++) {
		json_t *j = rule_json(rules_name(r->rules, i));
		enum rule_state s = rules_state(r->rules, i);
		bool ready = s != RULE_NOT_READY && s != RULE_NOT_EVALUABLE;

		json_object_set_new(j, "state", json_string(rule_state_name(s)));
		json_object_set_new(
			j, "class", json_string(rule_kind_name(rules_kind(r->rules, i))));
		json_object_set_new(j, "ready", json_boolean(ready));
		json_object_set_new(j, "confirmed", json_integer(r->confirmed[i]));
		rules_why(r->rules, i, why, sizeof(why));
		if (*why)
			json_object_set_new(j, "why", json_string(why));
		json_array_append_new(list, j);
		if (rules_kind(r->rules, i) != RULE_CONTEXT) {
			judged += ready;
			of++;
		}
	}
	return ctl_print_json(r->o,
		json_pack("{s:b,s:s,s:f,s:{s:I,s:I,s:I,s:I,s:I},s:{s:i,s:i},s:{s:I,s:I,s:I},s:o}",
			"summary", 1, "kind", r->kind->name, "period_s", r->period_s, "rows",
			"read", (json_int_t)r->rows, "late", (json_int_t)r->late, "doubled",
			(json_int_t)r->doubled, "set_back", (json_int_t)r->restarts, "bad",
			(json_int_t)r->bad, "readiness", "judged", judged, "of", of, "costs",
			"nodes", (json_int_t)costs.nodes, "state_bytes",
			(json_int_t)costs.state_bytes, "instances", (json_int_t)costs.instances,
			"rules", list));
}

/* --- run --- */

static int load_rules(struct replay *r)
{
	char etc[512], vendor[512];
	const char *dirs[] = {etc, vendor, NULL};
	const struct rules_config c = {.kind = r->kind,
		.points = r->points,
		.n_points = r->n_points,
		.period_s = r->period_s};
	struct problems problems = {0};
	bool bad;
	int k;

	(void)snprintf(etc, sizeof(etc), "%s/rules", r->o->etc);
	(void)snprintf(vendor, sizeof(vendor), "%s/rules", r->o->vendor);
	k = r->rules_path ? rule_set_load_file(r->rules_path, &problems, &r->set)
			  : rule_set_load(dirs, &problems, &r->set);
	if (k >= 0)
		k = rules_new(r->set, &c, &problems, &r->rules);
	ctl_print_problems(r->o, &problems);
	bad = problems.n_errors > 0;
	problems_done(&problems);
	if (k < 0)
		return ctl_error(r->o, CTL_FAILURE, NULL, "rules of %s: %s",
			r->rules_path ? r->rules_path : vendor, strerror(-k));
	if (rules_count(r->rules) == 0)
		return ctl_error(r->o, CTL_FAILURE, "--rules FILE",
			"there are no rules for %s in %s", r->kind->name,
			r->rules_path ? r->rules_path : vendor);
	/* What was left out would be silent: nobody wants that of a test. */
	return bad ? CTL_FAILURE : 0;
}

static int state_in(struct replay *r)
{
	_cleanup_free_ char *buf = NULL;
	size_t n;
	int k;

	if (!r->state_in)
		return 0;
	k = read_file(r->state_in, REPLAY_STATE_MAX, &buf, &n);
	if (k >= 0)
		k = rules_load(r->rules, (const uint8_t *)buf, n, (uint64_t)(REPLAY_GAP_S * 1e6));
	if (k < 0)
		return ctl_error(
			r->o, CTL_FAILURE, state_file_hint, "%s: %s", r->state_in, strerror(-k));
	if (k > 0)
		fprintf(stderr, "hearthctl: %s: %d parts belong to other rules and were left out\n",
			r->state_in, k);
	return 0;
}

static int state_out(struct replay *r)
{
	_cleanup_free_ uint8_t *buf = NULL;
	_cleanup_fclose_ FILE *f = NULL;
	size_t n;
	int k;

	if (!r->state_out)
		return 0;
	k = rules_save(r->rules, &buf, &n);
	if (k < 0)
		return ctl_error(r->o, CTL_FAILURE, NULL, "%s: %s", r->state_out, strerror(-k));
	f = fopen(r->state_out, "we");
	if (!f || fwrite(buf, 1, n, f) != n || fflush(f) != 0)
		return ctl_error(r->o, CTL_FAILURE, NULL, "%s: %s", r->state_out, strerror(errno));
	return 0;
}

static int run_file(struct replay *r, const char *path)
{
	double last = NAN;
	int k = csv_open(&r->in, path);

	if (k < 0)
		return ctl_error(r->o, CTL_FAILURE, NULL, "%s: %s", path,
			k == -EBADMSG ? "the first line is no list of columns" : strerror(-k));
	k = bind_columns(r);
	while (k == 0) {
		struct rules_clock clock;
		int got = csv_next(&r->in);

		if (got == 0)
			break;
		if (got < 0 && got != -EBADMSG)
			k = ctl_error(r->o, CTL_FAILURE, NULL, "%s: %s", path, strerror(-got));
		if (got < 0) {
			if (r->bad++ == 0)
				fprintf(stderr, "hearthctl: %s:%lu: not understood, left out\n",
					path, r->in.row);
			continue;
		}
		r->rows++;
		if (r->in.t == last) {
			r->doubled++;
			continue;
		}
		if (r->in.t < last && last - r->in.t <= 3 * r->period_s) {
			r->late++;
			continue;
		}
		if (r->in.t < last) {
			/* Time never runs back: a clock that was set begins a new recording. */
			r->restarts++;
			last = NAN;
		}
		if (isnan(last)) {
			double gap = r->in.dated && r->dated_before ? r->in.t - r->last_dated_t
								    : REPLAY_GAP_S;

			rules_new_recording(r->rules, (uint64_t)(MAX(gap, REPLAY_GAP_S) * 1e6));
			r->clock_us = 0;
		} else {
			r->clock_us += (uint64_t)((r->in.t - last) * 1e6 + 0.5);
		}
		last = r->in.t;
		clock = (struct rules_clock){.t_us = r->clock_us,
			.local_hour = r->in.local_hour,
			.local_day = r->in.local_day};
		read_values(r);
		rules_step(r->rules, &clock, r->values, changed, r);
	}
	r->dated_before = r->in.dated;
	r->last_dated_t = last;
	csv_close(&r->in);
	return k;
}

static int replay(struct replay *r)
{
	int k = load_kind(r);

	if (k == 0)
		k = add_mapped_points(r);
	if (k == 0 && !(r->period_s > 0)) {
		r->period_s = csv_spacing(r->csv[0]);
		if (!(r->period_s > 0))
			k = ctl_error(r->o, CTL_FAILURE, "--period S", "%s: fewer than two rows",
				r->csv[0]);
		else
			fprintf(stderr, ctl_tr(r->o, "period: %g s (median of %s)\n"), r->period_s,
				r->csv[0]);
	}
	if (k == 0)
		k = load_rules(r);
	if (k == 0)
		k = state_in(r);
	for (size_t i = 0; i < r->n_csv && k == 0; i++)
		k = run_file(r, r->csv[i]);
	if (k == 0 && r->late + r->doubled > 0)
		fprintf(stderr, ctl_tr(r->o, "left out: %lu late rows, %lu doubled ones\n"),
			r->late, r->doubled);
	if (k == 0)
		k = state_out(r);
	if (k == 0 && r->summary)
		k = print_summary(r);
	return k ? k : r->worst;
}

static int verb_replay(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_free_ struct replay *r = calloc(1, sizeof(*r));
	int k;

	if (!r)
		return ctl_error(o, CTL_FAILURE, NULL, "out of memory");
	r->o = o;
	drop_sources(r);
	k = take_arguments(r, argc, argv);
	if (k == 0)
		k = replay(r);
	drop_sources(r);
	csv_close(&r->in);
	rules_free(r->rules);
	rule_set_free(r->set);
	profile_unref(r->profile);
	return k;
}

static int verb_check(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(rule_set_freep) struct rule_set *set = NULL;
	char etc[512], vendor[512];
	const char *dirs[] = {etc, vendor, NULL};
	struct problems problems = {0};
	bool bad;
	int k;

	if (argc > 2)
		return ctl_usage(o, argv[0], "too many words: \"%s\"", argv[2]);
	(void)snprintf(etc, sizeof(etc), "%s/rules", o->etc);
	(void)snprintf(vendor, sizeof(vendor), "%s/rules", o->vendor);
	k = argc == 2 ? rule_set_load_file(argv[1], &problems, &set)
		      : rule_set_load(dirs, &problems, &set);
	if (k >= 0)
		(void)rule_set_check(set, &problems);
	ctl_print_problems(o, &problems);
	bad = problems.n_errors > 0;
	problems_done(&problems);
	if (k < 0 && k != -EINVAL)
		return ctl_error(
			o, CTL_FAILURE, NULL, "%s: %s", argc == 2 ? argv[1] : vendor, strerror(-k));
	if (k < 0 || bad)
		return CTL_FAILURE;
	printf(ctl_tr(o, "%zu rules, no errors\n"), rule_set_count(set));
	return CTL_OK;
}

const struct verb verbs_diagnose[] = {
	{"diagnose replay",
		"(--profile P | --kind K) --csv FILE… [--map 'ATTRIBUTE=EXPRESSION'…] [--period S] "
		"[--rules FILE] [--state-in F] [--state-out F] [--summary]",
		"Run recorded series through the diagnostic rules", "用诊断规则回放录制的数据",
		verb_replay, NULL, NULL},
	{"diagnose check", "[FILE]", "Check rule files", "检查规则文件", verb_check, NULL, NULL},
	{0},
};
