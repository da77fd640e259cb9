/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl diagnose replay: recorded series through the rule engine, on virtual time. No daemon. */
#include "replay.h"

#include "daemon/config/ini.h"

#include <math.h>

static const char *const state_file_hint = "write it anew with --state-out";

/* --- arguments --- */

static int add_map(struct replay *r, const char *text)
{
	const char *equals = strchr(text, '=');
	struct replay_map *m = &r->maps[r->n_maps];
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
	size_t shared;
	char why[256];

	rules_costs(r->rules, &costs);
	shared = costs.state_bytes;
	for (unsigned i = 0; i < rules_count(r->rules); i++) {
		json_t *j = rule_json(rules_name(r->rules, i));
		enum rule_state s = rules_state(r->rules, i);
		bool ready = s != RULE_NOT_READY && s != RULE_NOT_EVALUABLE;

		json_object_set_new(j, "state", json_string(rule_state_name(s)));
		json_object_set_new(
			j, "class", json_string(rule_kind_name(rules_kind(r->rules, i))));
		json_object_set_new(j, "ready", json_boolean(ready));
		json_object_set_new(j, "confirmed", json_integer(r->confirmed[i]));
		json_object_set_new(
			j, "state_bytes", json_integer((json_int_t)rules_own_bytes(r->rules, i)));
		shared -= rules_own_bytes(r->rules, i);
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
		json_pack(
			"{s:b,s:s,s:f,s:{s:I,s:I,s:I,s:I,s:I},s:{s:i,s:i},s:{s:I,s:I,s:I,s:I},s:o}",
			"summary", 1, "kind", r->kind->name, "period_s", r->period_s, "rows",
			"read", (json_int_t)r->rows, "late", (json_int_t)r->late, "doubled",
			(json_int_t)r->doubled, "set_back", (json_int_t)r->restarts, "bad",
			(json_int_t)r->bad, "readiness", "judged", judged, "of", of, "costs",
			"nodes", (json_int_t)costs.nodes, "state_bytes",
			(json_int_t)costs.state_bytes, "shared_bytes", (json_int_t)shared,
			"instances", (json_int_t)costs.instances, "rules", list));
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
			r->rules_path ? r->rules_path : vendor, ctl_strerror(r->o, -k));
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
		return ctl_error(r->o, CTL_FAILURE, state_file_hint, "%s: %s", r->state_in,
			k == -EBADMSG ? "no state of diagnose replay" : ctl_strerror(r->o, -k));
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
		return ctl_error(
			r->o, CTL_FAILURE, NULL, "%s: %s", r->state_out, ctl_strerror(r->o, -k));
	f = fopen(r->state_out, "we");
	if (!f || fwrite(buf, 1, n, f) != n || fflush(f) != 0)
		return ctl_error(
			r->o, CTL_FAILURE, NULL, "%s: %s", r->state_out, ctl_strerror(r->o, errno));
	return 0;
}

static int run_file(struct replay *r, const char *path)
{
	double last = NAN;
	int k = csv_open(&r->in, path);

	if (k < 0)
		return ctl_error(r->o, CTL_FAILURE, NULL, "%s: %s", path,
			k == -EBADMSG ? "the first line is no list of columns"
				      : ctl_strerror(r->o, -k));
	k = csv_hold_slow(&r->in);
	if (k < 0)
		return ctl_error(r->o, CTL_FAILURE, NULL, "%s: %s", path, ctl_strerror(r->o, -k));
	k = replay_bind_columns(r);
	while (k == 0) {
		struct rules_clock clock;
		int got = csv_next(&r->in);

		if (got == 0)
			break;
		if (got < 0 && got != -EBADMSG)
			k = ctl_error(
				r->o, CTL_FAILURE, NULL, "%s: %s", path, ctl_strerror(r->o, -got));
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
		replay_read_values(r);
		rules_step(r->rules, &clock, r->values, changed, r);
	}
	r->dated_before = r->in.dated;
	r->last_dated_t = last;
	csv_close(&r->in);
	return k;
}

static int replay(struct replay *r)
{
	int k = replay_load_kind(r);

	if (k == 0)
		k = replay_add_mapped_points(r);
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
	replay_drop_sources(r);
	k = take_arguments(r, argc, argv);
	if (k == 0)
		k = replay(r);
	replay_drop_sources(r);
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
		return ctl_error(o, CTL_FAILURE, NULL, "%s: %s", argc == 2 ? argv[1] : vendor,
			ctl_strerror(o, -k));
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
		verb_replay,
		"--csv: the first column is the time, in seconds or RFC 3339; the others are attributes\n"
		"in the model's units; an empty cell is missing. Several files run one after the other,\n"
		"with one state. --map: an attribute by an expression over columns. --period: seconds\n"
		"between rows, else as the first file has them. --rules: instead of those installed.\n"
		"--state-in, --state-out: carry over what was learned. Each change of a rule's state is a\n"
		"line of JSON; --summary adds a last one with what could be judged, and why not.",
		"--csv：第一列为时间（秒或 RFC 3339），其余列为属性，使用模型的单位；空单元格表示缺失。"
		"多个文件依次运行，共用同一状态。--map：用列的表达式给出属性。--period：两行之间的秒数，"
		"默认取第一个文件的间隔。--rules：替代已安装的规则。--state-in、--state-out：延续已学到的内容。"
		"规则状态的每次变化输出一行 JSON；--summary 在最后加一行，说明哪些能判断、哪些不能以及原因。"},
	{"diagnose check", "[FILE]", "Check rule files", "检查规则文件", verb_check, NULL, NULL},
	{0},
};
