/* SPDX-License-Identifier: Apache-2.0 */
#include "names.h"

#include "client.h"

#include "daemon/model/model.h"

#define DEPTH_MAX 6   /* calls within each other; what is deeper stays as it is written */
#define PART_MAX  256 /* bytes of an argument in words */

void names_done(struct names *n)
{
	n->knowledge = knowledge_free(n->knowledge);
	n->rules = rule_set_free(n->rules);
	n->knowledge_read = n->rules_read = false;
}

/* ---- files */

static void dirs_of(const struct ctl_options *o, const char *what, char (*dst)[512])
{
	(void)snprintf(dst[0], sizeof(dst[0]), "%s/%s", o->etc, what);
	(void)snprintf(dst[1], sizeof(dst[1]), "%s/%s", o->vendor, what);
}

const struct cause *names_cause(struct names *n, const char *word)
{
	const struct cause *c;

	if (!n->knowledge_read) {
		char paths[2][512];
		const char *const dirs[] = {paths[0], paths[1], NULL};
		struct problems problems = {0};

		dirs_of(n->o, "knowledge", paths);
		if (knowledge_load(dirs, NULL, &problems, &n->knowledge) < 0)
			n->knowledge = NULL;
		problems_done(&problems); /* "hearthctl knowledge check" tells them */
		n->knowledge_read = true;
	}
	if (!n->knowledge || isempty(word))
		return NULL;
	c = knowledge_cause(n->knowledge, word);
	return c ? c : knowledge_resolve(n->knowledge, n->kind, word);
}

const char *names_rule(struct names *n, const char *rule)
{
	if (!n->rules_read) {
		char paths[2][512];
		const char *dirs[] = {paths[0], paths[1], NULL};
		struct problems problems = {0};

		dirs_of(n->o, "rules", paths);
		if (rule_set_load(dirs, &problems, &n->rules) < 0)
			n->rules = NULL;
		problems_done(&problems); /* "hearthctl diagnose check" tells them */
		n->rules_read = true;
	}
	for (size_t i = 0; n->rules && i < rule_set_count(n->rules); i++)
		if (streq(rule_set_name(n->rules, i), rule))
			return rule_set_label(n->rules, i, n->o->zh);
	return NULL;
}

void names_rule_text(struct names *n, const char *rule, char *dst, size_t size)
{
	const char *slash = strchr(rule, '/'), *name;
	char head[128];

	(void)snprintf(head, sizeof(head), "%.*s",
		(int)MIN(slash ? (size_t)(slash - rule) : strlen(rule), sizeof(head) - 1), rule);
	name = names_rule(n, head) ?: head;
	if (slash)
		(void)snprintf(dst, size, n->o->zh ? "%s：%s" : "%s: %s", name,
			names_attribute(n, slash + 1));
	else
		(void)str_copy(dst, size, name);
}

/* ---- attributes */

/* Points that follow from others: hearthd.rules(5). */
static const struct {
	const char *name, *en, *zh;
} points[] = {
	{"coil", "coil temperature", "盘管温度"},
	{"compressor", "compressor running", "压缩机运行"},
	{"cooling", "cooling", "制冷"},
	{"defrost", "defrosting", "除霜"},
	{"dhw", "making hot water", "制生活热水"},
	{"door", "door open", "门开启"},
	{"heating", "heating", "加热"},
	{"hz", "compressor frequency", "压缩机频率"},
	{"programme", "programme running", "程序运行"},
	{"pump_running", "pump running", "水泵运行"},
	{"run", "running", "运行"},
};

const char *names_attribute(const struct names *n, const char *attribute)
{
	int i = n->kind ? model_attr_index(n->kind, attribute) : -1;
	const char *label;

	/* The profile's label first: it says which of several it is. */
	for (size_t k = 0; k < json_array_size(n->readings); k++) {
		const json_t *v = json_array_get(n->readings, k);

		label = json_str(v, n->o->zh ? "label_zh" : "label_en");
		if (streq(json_str(v, "attribute"), attribute) && *label)
			return label;
	}
	if (i >= 0)
		return n->o->zh ? n->kind->attrs[i].label_zh : n->kind->attrs[i].label_en;
	for (size_t k = 0; k < ARRAY_SIZE(points); k++)
		if (streq(points[k].name, attribute))
			return n->o->zh ? points[k].zh : points[k].en;
	return attribute;
}

/* ---- expressions. They were parsed by who wrote them down: here only names are replaced, and calls worded. */

/* $1 and $2 are the arguments in words. */
static const struct {
	const char *call, *en, *zh;
} calls[] = {
	{"abs", "size of $1", "$1的大小"},
	{"age", "age of $1", "$1距今时间"},
	{"all", "$1", "$1"},
	{"base", "normal $1", "$1的常态值"},
	{"count", "how often $1 began in $2", "$2内$1的次数"},
	{"coverage", "share of $2 with a value of $1", "$2内有$1数值的比例"},
	{"cusum", "$1, added up", "$1的累计"},
	{"cycle.after", "change of $2 after $1 ended", "$1结束后$2的变化"},
	{"cycle.len", "length of the last time of $1", "上次$1的时长"},
	{"cycle.max", "highest $2 in the last time of $1", "上次$1期间$2的最高值"},
	{"cycle.mean", "mean $2 in the last time of $1", "上次$1期间$2的均值"},
	{"cycle.min", "lowest $2 in the last time of $1", "上次$1期间$2的最低值"},
	{"cycle.rest", "pause before the last time of $1", "上次$1之前的间歇"},
	{"cycle.sum", "total of $2 in the last time of $1", "上次$1期间$2的累计"},
	{"default", "$1", "$1"},
	{"delta", "change of $1 in $2", "$2内$1的变化"},
	{"duty", "share of $2 with $1", "$2内$1的占比"},
	{"energy", "energy of $1 in $2", "$2内$1的电量"},
	{"ewma", "smoothed $1", "平滑后的$1"},
	{"fit", "$1 beyond what is normal here", "$1超出本机常态的部分"},
	{"hold", "$1", "$1"},
	{"local_hour", "hour of the day", "钟点"},
	{"lost", "share of values lost in $1", "$1内丢失数值的比例"},
	{"max", "highest $1 of $2", "$2内$1的最高值"},
	{"mean", "mean $1 of $2", "$2内$1的均值"},
	{"min", "lowest $1 of $2", "$2内$1的最低值"},
	{"present", "there is $1", "有$1"},
	{"run", "time of $1 without a break", "$1的持续时间"},
	{"since", "time since $1", "距上次$1的时间"},
	{"slope", "trend of $1 over $2", "$2内$1的变化速度"},
	{"span", "range of $1 in $2", "$2内$1的变动幅度"},
	{"sum", "total of $1 in $2", "$2内$1的累计"},
	{"z", "$1 off its normal, in spreads", "$1偏离常态的倍数"},
};

static const struct {
	const char *word, *en, *zh;
} keywords[] = {{"and", "and", "且"}, {"or", "or", "或"}, {"not", "not", "非"}};

struct pen {
	char *dst;
	size_t size, used;
};

static void put(struct pen *t, const char *s, size_t n)
{
	(void)str_appendf(t->dst, t->size, &t->used, "%.*s", (int)n, s);
}

static size_t name_length(const char *s)
{
	size_t n = 0;

	while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') || s[n] == '_' ||
		(n > 0 && s[n] >= '0' && s[n] <= '9') ||
		(n > 0 && s[n] == '.' && s[n + 1] > ' ' && !strchr("+-*/()", s[n + 1])))
		n++;
	return n;
}

/* Behind the bracket that closes the one at S; NULL: none does. */
static const char *closing(const char *s, const char *end)
{
	int open = 0;

	for (; s < end; s++) {
		open += (*s == '(') - (*s == ')');
		if (open == 0)
			return s + 1;
	}
	return NULL;
}

/* The end of the argument at S: a comma, or what a value is held against: "x by k1", "y ~ x1", "x floor 1 K". */
static const char *argument_end(const char *s, const char *end, bool also_by)
{
	int open = 0;

	for (; s < end; s++) {
		open += (*s == '(') - (*s == ')');
		if (open == 0 &&
			(*s == ',' || (also_by && (startswith(s, " by ") || startswith(s, " ~ ") ||
							  startswith(s, " floor ")))))
			return s;
	}
	return end;
}

static void in_words(
	const struct names *n, const char *s, const char *end, int depth, struct pen *t);

static bool put_call(const struct names *n, const char *name, const char *args, const char *end,
	int depth, struct pen *t)
{
	const char *pattern = NULL, *at = args;
	char words[2][PART_MAX] = {"", ""};

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (streq(calls[i].call, name))
			pattern = n->o->zh ? calls[i].zh : calls[i].en;
	if (!pattern || depth >= DEPTH_MAX)
		return false;
	for (size_t k = 0; k < 2 && at < end; k++) {
		struct pen part = {words[k], PART_MAX, 0};
		const char *stop = argument_end(at, end, k == 0);

		in_words(n, at, stop, depth + 1, &part);
		at = argument_end(stop, end, false);
		at += at < end;
		while (at < end && *at == ' ')
			at++;
	}
	for (; *pattern; pattern++)
		if (*pattern == '$') {
			pattern++;
			put(t, words[*pattern - '1'], PART_MAX);
		} else {
			put(t, pattern, 1);
		}
	return true;
}

static void in_words(
	const struct names *n, const char *s, const char *end, int depth, struct pen *t)
{
	bool number = false; /* what follows one is its unit */

	while (s < end) {
		size_t len = MIN(name_length(s), (size_t)(end - s));
		const char *behind = s + len, *close, *word = NULL;
		char name[96];

		if (len == 0) {
			number = (*s >= '0' && *s <= '9') || (number && (*s == ' ' || *s == '.'));
			put(t, s, 1);
			s++;
			continue;
		}
		(void)snprintf(name, sizeof(name), "%.*s", (int)MIN(len, sizeof(name) - 1), s);
		close = *behind == '(' ? closing(behind, end) : NULL;
		if (close) {
			const char *inside = behind + 1, *stop = close - 1;
			size_t accessor = *close == '.' && close < end ? name_length(close + 1) : 0;

			if (accessor > 0)
				(void)snprintf(name + MIN(len, sizeof(name) - 1),
					sizeof(name) - MIN(len, sizeof(name) - 1), ".%.*s",
					(int)accessor, close + 1);
			s = close + (accessor ? accessor + 1 : 0);
			if (!put_call(n, name, inside, stop, depth, t))
				put(t, behind - len, (size_t)(s - (behind - len)));
			number = false;
			continue;
		}
		for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
			if (streq(keywords[i].word, name))
				word = n->o->zh ? keywords[i].zh : keywords[i].en;
		if (!word)
			word = number ? name : names_attribute(n, name);
		put(t, word, strlen(word));
		number = false;
		s = behind;
	}
}

void names_expression(const struct names *n, const char *text, char *dst, size_t size)
{
	struct pen t = {dst, size, 0};

	*dst = '\0';
	in_words(n, text, text + strlen(text), 0, &t);
}
