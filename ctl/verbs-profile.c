/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl profile …: no daemon needed. */
#include "ctl.h"
#include "profile-check.h"
#include "profile-play.h"
#include "profile-show.h"
#include "scan-port.h"

#include "adapters/check.h"
#include "daemon/config/ini.h"

#include <dirent.h>
#include <strings.h>

#define PROFILES_MAX 1024 /* files looked at in both directories */

struct dirs {
	char etc[512], vendor[512];
	const char *v[3];
};

static void dirs_init(struct dirs *d, const struct ctl_options *o)
{
	(void)snprintf(d->etc, sizeof(d->etc), "%s/profiles", o->etc);
	(void)snprintf(d->vendor, sizeof(d->vendor), "%s/profiles", o->vendor);
	d->v[0] = d->etc;
	d->v[1] = d->vendor;
	d->v[2] = NULL;
}

/* A path where it has a slash or the ending, else a name in the directories. */
static int load(const struct ctl_options *o, const char *name,
	const struct profile_choices *choices, struct problems *problems, struct profile **ret)
{
	struct dirs d;

	if (strchr(name, '/') || endswith(name, ".profile"))
		return profile_load_file_with(name, choices, problems, ret);
	dirs_init(&d, o);
	return profile_load_with(d.v, name, choices, problems, ret);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of all profiles, sorted, each once; the caller frees them. */
static size_t find_profiles(const struct ctl_options *o, char **names)
{
	struct dirs d;
	size_t n = 0, kept = 0;

	dirs_init(&d, o);
	for (size_t i = 0; d.v[i]; i++) {
		DIR *dir = opendir(d.v[i]);
		struct dirent *e;

		while (dir && (e = readdir(dir)) && n < PROFILES_MAX) {
			size_t len = strlen(e->d_name);

			if (e->d_name[0] == '.' || !endswith(e->d_name, ".profile"))
				continue;
			names[n] = strndup(e->d_name, len - strlen(".profile"));
			if (names[n] && id_valid(names[n]))
				n++;
			else
				free(names[n]);
		}
		if (dir)
			(void)closedir(dir);
	}
	qsort(names, n, sizeof(*names), compare_names);
	for (size_t i = 0; i < n; i++) {
		if (kept > 0 && streq(names[kept - 1], names[i]))
			free(names[i]);
		else
			names[kept++] = names[i];
	}
	return kept;
}

size_t ctl_load_profiles(const struct ctl_options *o, struct profile **ret, size_t max)
{
	char *names[PROFILES_MAX + 1];
	size_t n = find_profiles(o, names), kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct problems problems = {0};

		/* One with errors is not for an appliance; "profile check" says which. */
		if (kept < max && load(o, names[i], NULL, &problems, &ret[kept]) == 0)
			kept++;
		problems_done(&problems);
		free(names[i]);
	}
	return kept;
}

static int no_profile(const struct ctl_options *o, const char *given)
{
	char *names[PROFILES_MAX + 1];
	size_t n = find_profiles(o, names);
	const char *near;
	int r;

	names[n] = NULL;
	near = ini_nearest(given, (const char *const *)names);
	if (near)
		r = ctl_error(o, CTL_FAILURE, "hearthctl profile list",
			"there is no profile \"%s\"; did you mean \"%s\"?", given, near);
	else
		r = ctl_error(o, CTL_FAILURE, "hearthctl profile list",
			"there is no profile \"%s\"", given);
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	return r;
}

/* The same with what went wrong said to people. */
static int load_or_say(const struct ctl_options *o, const char *name,
	const struct profile_choices *choices, struct profile **ret)
{
	struct problems problems = {0};
	int r = load(o, name, choices, &problems, ret);

	for (size_t i = 0; i < problems.n; i++)
		problem_print(stderr, &problems.v[i]);
	problems_done(&problems);
	if (r == -ENOENT)
		return -no_profile(o, name);
	if (r < 0 && r != -EINVAL)
		return -ctl_error(o, CTL_FAILURE, NULL, "%s: %s", name, ctl_strerror(o, -r));
	return r < 0 ? -CTL_FAILURE : 0;
}

static int only_arguments(int argc, char **argv, const struct ctl_options *o, int least, int most)
{
	for (int i = 1; i < argc; i++)
		if (argv[i][0] == '-' && argv[i][1])
			return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[i]);
	if (argc - 1 < least)
		return ctl_usage(o, argv[0], "too few arguments");
	if (most >= 0 && argc - 1 > most)
		return ctl_usage(o, argv[0], "too many arguments");
	return CTL_OK;
}

/* ---- check */

static json_t *problems_json(const struct problems *problems)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < problems->n; i++) {
		const struct problem *v = &problems->v[i];

		(void)json_array_append_new(list,
			json_pack("{s:s, s:s?, s:i, s:s?, s:s}", "level",
				v->level == PROBLEM_ERROR ? "error" : "warning", "file", v->file,
				"line", (int)v->line, "key", v->key, "text", v->text));
	}
	return list;
}

struct named { /* which profile profile_check_varied() loads again */
	const struct ctl_options *o;
	const char *name;
};

static int load_named(void *userdata, const struct profile_choices *choices,
	struct problems *problems, struct profile **ret)
{
	const struct named *n = userdata;

	return load(n->o, n->name, choices, problems, ret);
}

static int check_one(const struct ctl_options *o, const char *name, json_t *results)
{
	struct named named = {o, name};
	struct problems problems = {0};
	struct profile *p = NULL;
	struct blocks blocks = {0};
	int r = load(o, name, NULL, &problems, &p);

	if (r == -ENOENT && !results)
		return no_profile(o, name);
	if (r < 0 && problems.n == 0)
		(void)problem_add(&problems, PROBLEM_ERROR, name, 0, NULL, "%s", strerror(-r));
	if (p && check_profile(p, NULL, &problems, &blocks) == 0)
		profile_check_model(p, &problems);
	if (p)
		profile_check_varied(p, load_named, &named, &problems);
	if (results)
		(void)json_array_append_new(results,
			json_pack("{s:s, s:b, s:i, s:i, s:i, s:o}", "profile", p ? p->id : name,
				"ok", problems.n_errors == 0, "points", p ? (int)p->n_points : 0,
				"faults", p ? (int)p->n_faults : 0, "reads", (int)blocks.n,
				"problems", problems_json(&problems)));
	if (!results)
		ctl_print_problems(o, &problems);
	if (!results && problems.n_errors == 0)
		printf(ctl_tr(o, "%s: good; %zu points, %zu faults, %zu reads\n"), p->id,
			p->n_points, p->n_faults, blocks.n);
	r = problems.n_errors > 0 ? CTL_FAILURE : CTL_OK;
	blocks_done(&blocks);
	profile_unref(p);
	problems_done(&problems);
	return r;
}

static int verb_check(int argc, char **argv, const struct ctl_options *o)
{
	json_t *results = o->json != JSON_OFF ? json_array() : NULL;
	int r = only_arguments(argc, argv, o, 1, -1);

	if (r != CTL_OK) {
		json_decref(results);
		return r;
	}
	for (int i = 1; i < argc; i++) {
		int one = check_one(o, argv[i], results);

		r = MAX(r, one);
	}
	if (results && ctl_print_json(o, results) != CTL_OK)
		return CTL_FAILURE;
	return r;
}

/* ---- list, search, kinds */

static bool matches(const struct profile *p, const char *text)
{
	const char *in[] = {p->id, p->maker, p->model, p->name.en, p->name.zh, p->kind->name,
		p->kind->label_en, p->kind->label_zh, p->adapter};

	if (!text)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(in); i++)
		if (in[i] && strcasestr(in[i], text))
			return true;
	return false;
}

static int list(const struct ctl_options *o, const char *text)
{
	static const char *const headers[] = {
		"PROFILE", "MAKER", "NAME", ">POINTS", ">FAULTS", "CONFIDENCE", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);
	json_t *results = o->json != JSON_OFF ? json_array() : NULL;
	char *names[PROFILES_MAX];
	size_t n = find_profiles(o, names);
	int r = CTL_OK;

	for (size_t i = 0; i < n; i++) {
		struct profile *p = NULL;

		if (load(o, names[i], NULL, NULL, &p) < 0) {
			/* Told by check; here it must not hide the others. */
			r = ctl_error(o, CTL_FAILURE, "hearthctl profile check", "%s has errors",
				names[i]);
			free(names[i]);
			continue;
		}
		free(names[i]);
		if (matches(p, text) && results)
			(void)json_array_append_new(results, profile_json(p));
		else if (matches(p, text)) {
			table_cell(t, BOLD, p->id);
			table_cell(t, PLAIN, p->maker ? p->maker : "");
			table_cell(t, PLAIN, text_get(&p->name, o->zh));
			table_cellf(t, PLAIN, "%zu", p->n_points);
			table_cellf(t, PLAIN, "%zu", p->n_faults);
			table_cell(t, p->confidence == CONFIDENCE_LOW ? YELLOW : PLAIN,
				ctl_tr(o, confidence_name(p->confidence)));
		}
		profile_unref(p);
	}
	if (results) {
		int printed = ctl_print_json(o, results);

		return MAX(r, printed);
	}
	if (text && table_rows(t) == 0)
		return ctl_error(o, CTL_FAILURE, "hearthctl profile list",
			"no profile matches \"%s\"", text);
	table_print(t);
	return r;
}

static int verb_list(int argc, char **argv, const struct ctl_options *o)
{
	int r = only_arguments(argc, argv, o, 0, 0);

	return r != CTL_OK ? r : list(o, NULL);
}

static int verb_search(int argc, char **argv, const struct ctl_options *o)
{
	int r = only_arguments(argc, argv, o, 1, 1);

	return r != CTL_OK ? r : list(o, argv[1]);
}

static const char *expectation(enum attr_priority p)
{
	switch (p) {
	case ATTR_MANDATORY:
		return "expected";
	case ATTR_RECOMMENDED:
		return "recommended";
	case ATTR_OPTIONAL:
		break;
	}
	return "optional";
}

static int kind_attributes(const struct ctl_options *o, const struct model_kind *k)
{
	static const char *const headers[] = {
		"ATTRIBUTE", "TYPE", "UNIT", "", "LABEL", "VALUES", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);
	json_t *results = o->json != JSON_OFF ? json_array() : NULL;

	for (size_t i = 0; i < k->n_attrs; i++) {
		const struct model_attr *a = &k->attrs[i];
		char values[400] = "";
		size_t used = 0;

		for (size_t v = 0; v < a->n_values; v++)
			(void)str_appendf(values, sizeof(values), &used, "%s%s", v ? " " : "",
				a->values[v].name);
		if (results) {
			(void)json_array_append_new(
				results, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "attribute",
						 a->name, "type", attr_type_name(a->type), "unit",
						 unit_name(a->unit), "label", a->label_en,
						 "label_zh", a->label_zh, "values", values));
			continue;
		}
		table_cell(t, BOLD, a->name);
		table_cell(t, PLAIN, attr_type_name(a->type));
		table_cell(t, PLAIN, unit_name(a->unit));
		table_cell(t, GREY, expectation(a->priority));
		table_cell(t, PLAIN, o->zh ? a->label_zh : a->label_en);
		table_cell(t, PLAIN, values);
	}
	if (results)
		return ctl_print_json(o, results);
	table_print(t);
	return CTL_OK;
}

static int verb_kinds(int argc, char **argv, const struct ctl_options *o)
{
	static const char *const headers[] = {"KIND", "LABEL", ">ATTRIBUTES", NULL};
	_cleanup_(table_freep) struct table *t = NULL;
	json_t *results = NULL;
	int r = only_arguments(argc, argv, o, 0, 1);

	if (r != CTL_OK)
		return r;
	if (argc == 2) {
		const struct model_kind *k = model_kind_by_name(argv[1]);

		ctl_pager_open(o);
		return k ? kind_attributes(o, k)
			 : ctl_error(o, CTL_FAILURE, "hearthctl profile kinds",
				   "there is no kind \"%s\"", argv[1]);
	}
	t = table_new(o, headers);
	results = o->json != JSON_OFF ? json_array() : NULL;
	for (size_t i = 0; i < model_n_kinds; i++) {
		const struct model_kind *k = &model_kinds[i];

		if (results) {
			(void)json_array_append_new(
				results, json_pack("{s:s, s:s, s:s, s:i}", "kind", k->name, "label",
						 k->label_en, "label_zh", k->label_zh, "attributes",
						 (int)k->n_attrs));
			continue;
		}
		table_cell(t, BOLD, k->name);
		table_cell(t, PLAIN, o->zh ? k->label_zh : k->label_en);
		table_cellf(t, PLAIN, "%zu", k->n_attrs);
	}
	if (results)
		return ctl_print_json(o, results);
	table_print(t);
	return CTL_OK;
}

/* ---- show */

/* SETTING=VALUE arguments, cut up in place. */
static int take_choices(int argc, char **argv, const struct ctl_options *o,
	struct profile_choice v[PROFILE_SETTINGS_MAX], struct profile_choices *ret)
{
	*ret = (struct profile_choices){.v = v};
	for (int i = 2; i < argc; i++) {
		char *equals = strchr(argv[i], '=');

		if (!equals || ret->n == PROFILE_SETTINGS_MAX)
			return ctl_usage(o, argv[0], "\"%s\" is no SETTING=VALUE", argv[i]);
		*equals = '\0';
		v[ret->n++] = (struct profile_choice){argv[i], equals + 1};
	}
	return CTL_OK;
}

int ctl_load_profile(const struct ctl_options *o, const char *name,
	const struct profile_choices *choices, struct profile **ret)
{
	int r = load_or_say(o, name, choices, ret);

	return r < 0 ? -r : CTL_OK;
}

static int verb_show(int argc, char **argv, const struct ctl_options *o)
{
	struct profile_choice v[PROFILE_SETTINGS_MAX];
	struct profile_choices choices;
	struct profile *p = NULL;
	int r = only_arguments(argc, argv, o, 1, -1);

	if (r == CTL_OK)
		r = take_choices(argc, argv, o, v, &choices);
	if (r != CTL_OK)
		return r;
	r = load_or_say(o, argv[1], &choices, &p);
	if (r < 0)
		return -r;
	r = profile_show(o, p);
	profile_unref(p);
	return r;
}

/* ---- test */

static int test_one(
	const struct ctl_options *o, const char *name, const char *path, json_t *results)
{
	_cleanup_(trace_freep) struct trace *t = NULL;
	struct trace_result result = {0};
	struct profile *p = NULL;
	char reason[2048] = "";
	int r = trace_load(path, &t, reason, sizeof(reason));

	if (r == 0) {
		r = load_or_say(o, name, &(struct profile_choices){t->choices, t->n_choices}, &p);
		if (r < 0)
			return -r;
		if (streq(t->profile, p->id))
			r = trace_play(t, p, &result, reason, sizeof(reason));
		else {
			(void)snprintf(reason, sizeof(reason),
				"%s: this is a trace of %s, not of %s", path, t->profile, p->id);
			r = -EINVAL;
		}
		profile_unref(p);
	}
	if (results)
		(void)json_array_append_new(results,
			json_pack("{s:s, s:b, s:s, s:i, s:i, s:i}", "trace", path, "ok", r == 0,
				"reason", reason, "exchanges", (int)result.exchanges, "values",
				(int)result.values, "faults", (int)result.faults));
	else if (r < 0)
		printf("%s\n", reason);
	else
		printf(ctl_tr(o, "%s: good; %zu exchanges, %zu values, %zu faults\n"), path,
			result.exchanges, result.values, result.faults);
	return r < 0 ? CTL_FAILURE : CTL_OK;
}

static int verb_test(int argc, char **argv, const struct ctl_options *o)
{
	json_t *results = o->json != JSON_OFF ? json_array() : NULL;
	int r = only_arguments(argc, argv, o, 2, -1);

	if (r != CTL_OK) {
		json_decref(results);
		return r;
	}
	for (int i = 2; i < argc; i++) {
		int one = test_one(o, argv[1], argv[i], results);

		r = MAX(r, one);
	}
	if (results && ctl_print_json(o, results) != CTL_OK)
		return CTL_FAILURE;
	return r;
}

const struct verb verbs_profile[] = {
	{"profile list", "", "Show the profiles there are", "列出设备档案", verb_list, NULL, NULL},
	{"profile search", "TEXT", "Show the profiles whose maker, model, name or kind has TEXT",
		"按制造商、型号、名称或类型查找设备档案", verb_search, NULL, NULL},
	{"profile show", "NAME|FILE [SETTING=VALUE…]",
		"Show a profile's settings, points and faults", "显示设备档案的设置、测点和故障",
		verb_show, NULL, NULL},
	{"profile check", "NAME|FILE…", "Check profiles and say every error with its line",
		"检查设备档案，逐行指出错误", verb_check,
		"A profile with settings is checked under every value of each, the others at their defaults.",
		"带有设置的档案会逐一检查每个设置的每个取值，其余设置取默认值。"},
	{"profile test", "NAME|FILE TRACE…", "Play recorded exchanges through a profile",
		"用记录的通信测试设备档案", verb_test,
		"A trace holds requests (>) and replies (<) as they stand on the wire, the readings (=) they\n"
		"must decode to and the fault codes (!) that must be active.",
		"记录文件包含线路上的请求 (>) 和应答 (<)、应得到的读数 (=) 以及应出现的故障代码 (!)。"},
	{"profile kinds", "[KIND]", "Show the kinds of the common model, or the attributes of one",
		"显示通用模型的电器类型，或某一类型的属性", verb_kinds, NULL, NULL},
	{0},
};
