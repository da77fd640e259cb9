/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl knowledge list|show|check: the files of hearthd.knowledge(5), without a daemon. */
#include "ctl.h"
#include "names.h"

#include "daemon/config/ini.h"
#include "daemon/knowledge/knowledge.h"
#include "daemon/diagnosis/rule.h"

struct base {
	struct rule_set *rules;
	struct knowledge *k;
	struct problems problems;
};

static bool rule_known(void *userdata, const char *name)
{
	const struct base *b = userdata;

	for (size_t i = 0; i < rule_set_count(b->rules); i++)
		if (streq(rule_set_name(b->rules, i), name))
			return true;
	return false;
}

static void base_done(struct base *b)
{
	knowledge_free(b->k);
	rule_set_free(b->rules);
	problems_done(&b->problems);
}

/* FILE NULL: all that hearthd would read. Problems of rules are for "diagnose check". */
static int base_load(struct base *b, const char *file, const struct ctl_options *o)
{
	char etc[512], vendor[512];
	const char *dirs[] = {etc, vendor, NULL};
	const struct knowledge_rules known = {rule_known, b};
	struct problems ignored = {0};
	int k;

	(void)snprintf(etc, sizeof(etc), "%s/rules", o->etc);
	(void)snprintf(vendor, sizeof(vendor), "%s/rules", o->vendor);
	k = rule_set_load(dirs, &ignored, &b->rules);
	problems_done(&ignored);
	(void)snprintf(etc, sizeof(etc), "%s/knowledge", o->etc);
	(void)snprintf(vendor, sizeof(vendor), "%s/knowledge", o->vendor);
	if (k >= 0)
		k = file ? knowledge_load_file(file, &known, &b->problems, &b->k)
			 : knowledge_load(dirs, &known, &b->problems, &b->k);
	if (k < 0 && k != -EINVAL)
		return ctl_error(
			o, CTL_FAILURE, NULL, "%s: %s", file ? file : vendor, ctl_strerror(o, -k));
	return k;
}

static const char *kinds_text(
	const struct knowledge_kinds *v, const struct ctl_options *o, char *dst, size_t size)
{
	size_t used = 0;

	dst[0] = 0;
	if (v->all)
		return o->zh ? "所有电器" : "every appliance";
	for (size_t i = 0; i < v->n; i++)
		if (!str_appendf(dst, size, &used, "%s%s", used ? (o->zh ? "、" : ", ") : "",
			    o->zh ? v->v[i]->label_zh : v->v[i]->label_en))
			break;
	return dst;
}

static json_t *kinds_json(const struct knowledge_kinds *v)
{
	json_t *list = json_array();

	if (v->all)
		json_array_append_new(list, json_string("*"));
	for (size_t i = 0; i < v->n; i++)
		json_array_append_new(list, json_string(v->v[i]->name));
	return list;
}

static json_t *words_json(const struct words *w)
{
	return w->en ? json_pack("{s:s,s:s}", "en", w->en, "zh", w->zh) : json_null();
}

/* --- list --- */

static json_t *cause_row(const struct cause *c)
{
	return json_pack("{s:s,s:o,s:o,s:s,s:s,s:i,s:i,s:b}", "id", c->id, "kinds",
		kinds_json(&c->kinds), "name", words_json(&c->name), "who", who_word(c->who),
		"danger", danger_word(c->danger), "minutes", (int)c->minutes, "steps",
		(int)c->n_steps, "unconfirmed", c->unconfirmed);
}

static json_t *item_row(const struct maintenance_item *m)
{
	json_t *j = json_pack("{s:s,s:o,s:o,s:o,s:o,s:s,s:s,s:i,s:b,s:s}", "id", m->id, "kinds",
		kinds_json(&m->kinds), "name", words_json(&m->name), "part", words_json(&m->part),
		"text", words_json(&m->text), "who", who_word(m->who), "danger",
		danger_word(m->danger), "minutes", (int)m->minutes, "unconfirmed", m->unconfirmed,
		"sources", m->sources);

	if (m->every)
		json_object_set_new(j, "every", json_string(m->every));
	if (m->calendar_us)
		json_object_set_new(j, "calendar_days",
			json_integer((json_int_t)(m->calendar_us / USEC_PER_DAY)));
	return j;
}

static int list_json(
	const struct base *b, const struct model_kind *kind, const struct ctl_options *o)
{
	json_t *causes = json_array(), *items = json_array();

	for (size_t i = 0; i < knowledge_n_causes(b->k); i++) {
		const struct cause *c = knowledge_cause_at(b->k, i);

		if (!kind || knowledge_kinds_have(&c->kinds, kind))
			json_array_append_new(causes, cause_row(c));
	}
	for (size_t i = 0; i < knowledge_n_items(b->k); i++) {
		const struct maintenance_item *m = knowledge_item_at(b->k, i);

		if (!kind || knowledge_kinds_have(&m->kinds, kind))
			json_array_append_new(items, item_row(m));
	}
	return ctl_print_json(o, json_pack("{s:o,s:o}", "causes", causes, "maintenance", items));
}

static int list_tables(
	const struct base *b, const struct model_kind *kind, const struct ctl_options *o)
{
	static const char *const heads[] = {"CAUSE", "NAME", "WHO", "DANGER", ">MINUTES", NULL};
	static const char *const item_heads[] = {"MAINTENANCE", "NAME", "WHO", ">MINUTES", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, heads), *u = table_new(o, item_heads);

	for (size_t i = 0; i < knowledge_n_causes(b->k); i++) {
		const struct cause *c = knowledge_cause_at(b->k, i);

		if (kind && !knowledge_kinds_have(&c->kinds, kind))
			continue;
		table_cell(t, PLAIN, c->id);
		table_cell(t, PLAIN, words_in(&c->name, o->zh));
		table_cell(t, PLAIN, who_name(c->who, o->zh));
		table_cell(t, c->danger ? RED : GREY,
			c->danger ? ctl_tr(o, danger_word(c->danger)) : "-");
		table_cellf(t, PLAIN, "%u", c->minutes);
	}
	for (size_t i = 0; i < knowledge_n_items(b->k); i++) {
		const struct maintenance_item *m = knowledge_item_at(b->k, i);

		if (kind && !knowledge_kinds_have(&m->kinds, kind))
			continue;
		table_cell(u, PLAIN, m->id);
		table_cell(u, PLAIN, words_in(&m->name, o->zh));
		table_cell(u, PLAIN, who_name(m->who, o->zh));
		table_cellf(u, PLAIN, "%u", m->minutes);
	}
	ctl_pager_open(o);
	table_print(t);
	if (table_rows(u) > 0) {
		puts("");
		table_print(u);
	}
	return CTL_OK;
}

static int find_kind(const char *name, const struct ctl_options *o, const struct model_kind **ret)
{
	const char *names[64] = {0};

	*ret = model_kind_by_name(name);
	if (*ret)
		return 0;
	for (size_t i = 0; i < model_n_kinds && i < ARRAY_SIZE(names) - 1; i++)
		names[i] = model_kinds[i].name;
	if (ini_nearest(name, names))
		return ctl_error(o, CTL_FAILURE, NULL,
			"there is no kind \"%s\"; did you mean \"%s\"?", name,
			ini_nearest(name, names));
	return ctl_error(
		o, CTL_FAILURE, "hearthctl profile kinds", "there is no kind \"%s\"", name);
}

static int verb_list(int argc, char **argv, const struct ctl_options *o)
{
	const struct model_kind *kind = NULL;
	struct base b = {0};
	int k;

	if (argc > 2 || (argc == 2 && argv[1][0] == '-'))
		return ctl_usage(o, argv[0],
			argc == 2 ? "unknown option \"%s\"" : "too many words: \"%s\"",
			argv[argc - 1]);
	k = argc == 2 ? find_kind(argv[1], o, &kind) : 0;
	if (k == 0)
		k = base_load(&b, NULL, o);
	if (k == 0)
		k = o->json == JSON_OFF ? list_tables(&b, kind, o) : list_json(&b, kind, o);
	base_done(&b);
	return k;
}

/* --- show --- */

static void line(const struct ctl_options *o, const char *label, const char *text)
{
	const char *name = ctl_tr(o, label);
	size_t at = utf8_columns(name) + 2;

	ctl_print(o, BOLD, name);
	fputs(o->zh ? "：" : ": ", stdout);
	ctl_print_wrapped(o, at, 2, text);
}

/* Of a cause for all kinds that burn something, too: who reads it may stand before one. */
static void first_words(
	const struct knowledge_kinds *kinds, enum danger d, const struct ctl_options *o)
{
	const struct model_kind *kind = kinds->n > 0 ? kinds->v[0] : NULL;
	const char *w[3];
	size_t n;

	for (size_t i = 0; i < kinds->n; i++)
		if (knowledge_first_words(kinds->v[i], DANGER_NONE, o->zh, w) > 0)
			kind = kinds->v[i];
	n = knowledge_first_words(kind, d, o->zh, w);
	for (size_t i = 0; i < n; i++) {
		ctl_print_coloured(o, RED, 0, 0, w[i]);
	}
	if (n > 0)
		puts("");
}

static void show_step(const struct ctl_options *o, const struct model_kind *kind, size_t number,
	const struct step *s)
{
	char head[96];

	(void)snprintf(head, sizeof(head), "%2zu. ", number);
	if (s->who != WHO_HOUSEHOLD)
		(void)snprintf(head, sizeof(head), o->zh ? "%2zu. （%s）" : "%2zu. (%s) ", number,
			who_name(s->who, o->zh));
	fputs(head, stdout);
	ctl_print_wrapped(o, utf8_columns(head), 4, words_in(&s->text, o->zh));
	if (s->check) {
		char text[600], check[400];
		struct names names = {.o = o, .kind = kind};
		uint64_t min = s->check_for_us / USEC_PER_MIN;

		names_expression(&names, s->check, check, sizeof(check));
		(void)snprintf(text, sizeof(text), ctl_tr(o, "done when %s for %u min"), check,
			(unsigned)min);
		fputs("    ", stdout);
		ctl_print_coloured(o, GREEN, 4, 4, text);
	}
	if (s->stop) {
		struct names names = {.o = o, .kind = kind};
		char stop[400];

		names_expression(&names, s->stop, stop, sizeof(stop));
		fputs("    ", stdout);
		line(o, "stop when", stop);
	}
}

static int show_cause(const struct cause *c, const struct ctl_options *o)
{
	char kinds[512], minutes[64];

	ctl_pager_open(o);
	ctl_print(o, BOLD, words_in(&c->name, o->zh));
	printf(o->zh ? "（%s）\n\n" : " (%s)\n\n", c->id);
	first_words(&c->kinds, c->danger, o);
	ctl_print_wrapped(o, 0, 0, words_in(&c->text, o->zh));
	puts("");
	line(o, "Appliances", kinds_text(&c->kinds, o, kinds, sizeof(kinds)));
	line(o, "Part", words_in(&c->part, o->zh));
	line(o, "Who may mend it", who_name(c->who, o->zh));
	(void)snprintf(minutes, sizeof(minutes), ctl_tr(o, "about %u min"), c->minutes);
	line(o, "Takes", minutes);
	if (c->decide.en)
		line(o, "What would decide", words_in(&c->decide, o->zh));
	puts("");
	for (size_t i = 0; i < c->n_steps; i++)
		show_step(o, c->kinds.n > 0 ? c->kinds.v[0] : NULL, i + 1, &c->steps[i]);
	puts("");
	line(o, "Sources", c->sources);
	if (c->unconfirmed)
		ctl_say(o, "No public source confirms the figures of this entry.");
	return CTL_OK;
}

static json_t *cause_json(const struct cause *c)
{
	json_t *j = cause_row(c), *steps = json_array(), *aliases = json_array(),
	       *expect = json_array(), *first = json_array();
	const char *en[3], *zh[3];
	const struct model_kind *kind = c->kinds.n > 0 ? c->kinds.v[0] : NULL;
	size_t n = knowledge_first_words(kind, c->danger, false, en);

	(void)knowledge_first_words(kind, c->danger, true, zh);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(first, json_pack("{s:s,s:s}", "en", en[i], "zh", zh[i]));
	for (size_t i = 0; i < c->n_aliases; i++)
		json_array_append_new(aliases, json_string(c->aliases[i]));
	for (size_t i = 0; i < c->n_expect_after; i++)
		json_array_append_new(expect, json_string(c->expect_after[i]));
	for (size_t i = 0; i < c->n_steps; i++) {
		const struct step *s = &c->steps[i];
		json_t *step = json_pack(
			"{s:o,s:s}", "text", words_json(&s->text), "who", who_word(s->who));

		if (s->check) {
			json_object_set_new(step, "check", json_string(s->check));
			json_object_set_new(step, "check_for_s",
				json_integer((json_int_t)(s->check_for_us / USEC_PER_SEC)));
		}
		if (s->stop)
			json_object_set_new(step, "stop", json_string(s->stop));
		json_array_append_new(steps, step);
	}
	json_object_set_new(j, "first", first);
	json_object_set_new(j, "part", words_json(&c->part));
	json_object_set_new(j, "text", words_json(&c->text));
	json_object_set_new(j, "decide", words_json(&c->decide));
	json_object_set_new(j, "alias", aliases);
	json_object_set_new(j, "expect_after", expect);
	json_object_set_new(j, "sources", json_string(c->sources));
	json_object_set_new(j, "steps", steps);
	return j;
}

static int show_item(const struct maintenance_item *m, const struct ctl_options *o)
{
	char kinds[512], text[64];

	if (o->json != JSON_OFF)
		return ctl_print_json(o, item_row(m));
	ctl_pager_open(o);
	ctl_print(o, BOLD, words_in(&m->name, o->zh));
	printf(o->zh ? "（%s）\n\n" : " (%s)\n\n", m->id);
	first_words(&m->kinds, m->danger, o);
	ctl_print_wrapped(o, 0, 0, words_in(&m->text, o->zh));
	puts("");
	line(o, "Appliances", kinds_text(&m->kinds, o, kinds, sizeof(kinds)));
	line(o, "Part", words_in(&m->part, o->zh));
	line(o, "Who may do it", who_name(m->who, o->zh));
	if (m->left)
		line(o, "Counted by the appliance", m->left);
	if (m->every)
		line(o, "Due after", m->every);
	if (m->calendar_us) {
		(void)snprintf(
			text, sizeof(text), "%u d", (unsigned)(m->calendar_us / USEC_PER_DAY));
		line(o, "Due at the latest after", text);
	}
	puts("");
	line(o, "Sources", m->sources);
	if (m->unconfirmed)
		ctl_say(o, "No public source confirms the figures of this entry.");
	return CTL_OK;
}

/* NAME of several groups: which are there. */
static int several(const struct base *b, const char *name, const struct ctl_options *o)
{
	char list[512] = "", best[KNOWLEDGE_ID_MAX + 1] = "";
	const char *ids[KNOWLEDGE_CAUSES_MAX + 1] = {0};
	size_t used = 0;

	for (size_t i = 0; i < knowledge_n_causes(b->k); i++) {
		const struct cause *c = knowledge_cause_at(b->k, i);

		ids[i] = c->id;
		if (streq(c->short_name, name))
			(void)str_appendf(
				list, sizeof(list), &used, "%s%s", used ? ", " : "", c->id);
	}
	if (used > 0)
		return ctl_error(o, CTL_FAILURE, NULL, "\"%s\" is one of: %s", name, list);
	if (ini_nearest(name, ids))
		(void)str_copy(best, sizeof(best), ini_nearest(name, ids));
	return *best ? ctl_error(o, CTL_FAILURE, NULL,
			       "there is no cause \"%s\"; did you mean \"%s\"?", name, best)
		     : ctl_error(o, CTL_FAILURE, "hearthctl knowledge list",
			       "there is no cause \"%s\"", name);
}

static const struct cause *only_one(const struct base *b, const char *name)
{
	const struct cause *found = knowledge_cause(b->k, name);
	size_t n = 0;

	for (size_t i = 0; !found && i < knowledge_n_causes(b->k); i++)
		n += streq(knowledge_cause_at(b->k, i)->short_name, name);
	for (size_t i = 0; !found && n == 1 && i < knowledge_n_causes(b->k); i++)
		if (streq(knowledge_cause_at(b->k, i)->short_name, name))
			return knowledge_cause_at(b->k, i);
	return found;
}

static int verb_show(int argc, char **argv, const struct ctl_options *o)
{
	const struct cause *c;
	struct base b = {0};
	int k;

	if (argc < 2)
		return ctl_usage(
			o, argv[0], "which cause? \"hearthctl knowledge list\" shows them");
	if (argc > 2)
		return ctl_usage(o, argv[0], "too many words: \"%s\"", argv[2]);
	k = base_load(&b, NULL, o);
	if (k < 0) {
		ctl_print_problems(o, &b.problems);
		k = CTL_FAILURE;
	}
	if (k == 0) {
		c = only_one(&b, argv[1]);
		if (c)
			k = o->json == JSON_OFF ? show_cause(c, o)
						: ctl_print_json(o, cause_json(c));
		else {
			const struct maintenance_item *m = NULL;

			for (size_t i = 0; i < knowledge_n_items(b.k) && !m; i++)
				if (streq(knowledge_item_at(b.k, i)->id, argv[1]))
					m = knowledge_item_at(b.k, i);
			k = m ? show_item(m, o) : several(&b, argv[1], o);
		}
	}
	base_done(&b);
	return k;
}

/* --- check --- */

/* Causes that rules blame and nobody knows: of the whole base alone. */
static size_t check_blame(struct base *b, const struct ctl_options *o)
{
	size_t missing = 0;

	for (size_t i = 0; i < model_n_kinds; i++) {
		struct rule_point points[RULES_POINTS_MAX];
		struct rules_config c = {.kind = &model_kinds[i], .points = points, .period_s = 10};
		struct problems ignored = {0};
		struct rules *r = NULL;

		c.n_points = rule_points_of_kind(c.kind, points, ARRAY_SIZE(points), NULL);
		if (rules_new(b->rules, &c, &ignored, &r) < 0)
			r = NULL;
		for (unsigned k = 0; r && k < rules_count(r); k++) {
			struct rule_cause v[RULE_CAUSES_MAX];
			size_t n = rules_causes(r, k, v);

			for (size_t j = 0; j < n; j++) {
				if (knowledge_resolve(b->k, c.kind, v[j].id))
					continue;
				missing++;
				printf(ctl_tr(o, "rule %s of %s blames %s, which is no cause\n"),
					rules_name(r, k), c.kind->name, v[j].id);
			}
		}
		rules_free(r);
		problems_done(&ignored);
	}
	return missing;
}

static int verb_check(int argc, char **argv, const struct ctl_options *o)
{
	struct base b = {0};
	size_t missing = 0;
	int k;

	if (argc > 2)
		return ctl_usage(o, argv[0], "too many words: \"%s\"", argv[2]);
	k = base_load(&b, argc == 2 ? argv[1] : NULL, o);
	ctl_print_problems(o, &b.problems);
	if (k == 0 && argc == 1)
		missing = check_blame(&b, o);
	if (k == 0 && b.problems.n_errors + missing == 0)
		printf(ctl_tr(o, "%zu causes, %zu items of maintenance, no errors\n"),
			knowledge_n_causes(b.k), knowledge_n_items(b.k));
	if (k != 0 || b.problems.n_errors + missing > 0)
		k = CTL_FAILURE;
	base_done(&b);
	return k;
}

const struct verb verbs_knowledge[] = {
	{"knowledge list", "[KIND]", "What hearthd knows of causes and maintenance",
		"列出已知的原因和保养项目", verb_list, NULL, NULL},
	{"knowledge show", "CAUSE", "One cause: what it means, who may mend it, the steps",
		"查看一个原因：含义、由谁处理、步骤", verb_show, NULL, NULL},
	{"knowledge check", "[FILE]", "Check files of causes and maintenance", "检查知识文件",
		verb_check, NULL, NULL},
	{0},
};
