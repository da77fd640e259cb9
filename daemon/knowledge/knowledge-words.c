/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the knowledge: what is said first, and what a household is never told to do. The check of
 * words is a second line behind Who=, Danger= and Touches=; it rather refuses a harmless text. */
#include "knowledge.h"

static const char *const who_words[_WHO_MAX] = {
	[WHO_HOUSEHOLD] = "household",
	[WHO_ELECTRICIAN] = "electrician",
	[WHO_GAS_FITTER] = "gas-fitter",
	[WHO_REFRIGERATION] = "refrigeration",
	[WHO_PLUMBER] = "plumber",
	[WHO_MANUFACTURER] = "manufacturer",
};
static const struct words who_names[_WHO_MAX] = {
	[WHO_HOUSEHOLD] = {"you", "您自己"},
	[WHO_ELECTRICIAN] = {"an electrician", "电工"},
	[WHO_GAS_FITTER] = {"a gas fitter", "燃气维修人员"},
	[WHO_REFRIGERATION] = {"a refrigeration technician", "制冷维修人员"},
	[WHO_PLUMBER] = {"a plumber", "水暖工"},
	[WHO_MANUFACTURER] = {"the maker's service", "厂家售后"},
};
static const char *const danger_words[_DANGER_MAX] = {
	[DANGER_NONE] = "none",
	[DANGER_GAS] = "gas",
	[DANGER_CO] = "co",
	[DANGER_FIRE] = "fire",
	[DANGER_ELECTRIC] = "electric",
	[DANGER_REFRIGERANT] = "refrigerant",
	[DANGER_SCALD] = "scald",
	[DANGER_PRESSURE] = "pressure",
	[DANGER_FLOOD] = "flood",
	[DANGER_FOOD] = "food",
};
static const struct words first_words[_DANGER_MAX] = {
	[DANGER_GAS] = {"If you smell gas: no flame, touch no switch or plug, open windows, leave the "
			"house, and call the gas emergency number from outside.",
		"如果闻到燃气味：不要用明火，不要碰任何开关和插头，打开窗户，离开房屋，到室外再拨打燃气抢修电话。"},
	[DANGER_CO] = {"If a carbon monoxide alarm sounds, or people feel dizzy or sick: everybody out "
		       "into fresh air now, then call the emergency number.",
		"如果一氧化碳报警器响，或有人头晕恶心：所有人立即到室外通风处，然后拨打急救电话。"},
	[DANGER_FIRE] = {"If it smokes, sparks or smells of burning: switch its circuit breaker off if "
			 "you can reach it safely, keep away, and call the fire service if it goes on.",
		"如果冒烟、打火或有焦味：能安全够到时断开对应的断路器，远离电器；若未停止，拨打火警电话。"},
	[DANGER_ELECTRIC] =
		{"If the appliance or water from it tingles: do not touch it, switch its "
		 "circuit breaker off, and leave it off.",
			"如果接触电器或其出水有麻电感：不要触碰，断开对应的断路器并保持断开。"},
	[DANGER_REFRIGERANT] =
		{"If it hisses or smells by the unit: no flame, no switch, open windows, "
		 "leave the room.",
			"如果机器旁有嘶嘶声或异味：不要用明火，不要碰开关，打开窗户，离开房间。"},
	[DANGER_SCALD] =
		{"The water may scald: open cold water first, and keep children away from the "
		 "hot tap.",
			"出水可能烫伤：先开冷水，不要让儿童接触热水龙头。"},
	[DANGER_PRESSURE] =
		{"Keep away from the relief valve and its pipe: hot water or steam may come "
		 "out at any time.",
			"远离安全阀及其排水管：随时可能喷出热水或蒸汽。"},
	[DANGER_FLOOD] =
		{"If water runs out: close the stop valve, and keep away from wet sockets and "
		 "plugs.",
			"如果漏水：关闭进水阀，不要接触潮湿的插座和插头。"},
	[DANGER_FOOD] =
		{"Do not eat food that may have been warm for hours, and do not taste it to "
		 "find out.",
			"不要食用可能已变暖数小时的食物，也不要靠尝味道判断。"},
};

const char *who_word(enum who w)
{
	return w < _WHO_MAX ? who_words[w] : "";
}

const char *danger_word(enum danger d)
{
	return d < _DANGER_MAX ? danger_words[d] : "";
}

const char *who_name(enum who w, bool zh)
{
	return w < _WHO_MAX ? words_in(&who_names[w], zh) : "";
}

size_t knowledge_first_words(
	const struct model_kind *kind, enum danger d, bool zh, const char *ret[3])
{
	bool burns =
		kind && (streq(kind->name, "boiler") || streq(kind->name, "gas_leak_detector") ||
				streq(kind->name, "smoke_co_alarm"));
	size_t n = 0;

	if (burns || d == DANGER_GAS || d == DANGER_CO) {
		ret[n++] = words_in(&first_words[DANGER_GAS], zh);
		ret[n++] = words_in(&first_words[DANGER_CO], zh);
	}
	if (d > DANGER_CO && d < _DANGER_MAX)
		ret[n++] = words_in(&first_words[d], zh);
	return n;
}

/* --- what must not be said --- */

/* Whole words in English (a trailing s is taken off), any place in Chinese. */
static const char *const hands_en[] = {"cover", "casing", "housing", "screw", "screwdriver",
	"unscrew", "spanner", "wrench", "multimeter", "wiring", "wire", "terminal", "solder",
	"capacitor", "electrode", "jumper", "fuse", "dismantle", "disassemble", "fitting", "flue",
	"chimney", "burner", "heat exchanger", "relief valve", "circuit board", "back panel",
	"rear panel", "side panel", "open the boiler", "open the heater", "open the appliance",
	"open the unit", "reset button", "press reset", "reset the boiler", "reset the burner",
	"reset the cut-out", "reset the safety", NULL};
static const char *const hands_zh[] = {"机盖", "外壳", "盖板", "后盖", "后板", "侧板", "面板拆",
	"螺丝", "扳手", "万用表", "接线", "电线", "端子", "焊", "电容", "电极", "熔断", "保险丝",
	"拆开", "拆下", "拆卸", "拆机", "打开机器", "打开锅炉", "烟道", "烟管", "燃烧器", "换热器",
	"安全阀", "电路板", "复位按钮", "复位键", "按复位", "复位锅炉", "复位保护", NULL};
static const char *const stuff_en[] = {"gas", "refrigerant", "recharge", "freon", "mains", NULL};
static const char *const stuff_zh[] = {
	"燃气", "煤气", "天然气", "制冷剂", "冷媒", "加氟", "氟利昂", "市电", NULL};
/* For nobody: a safety device that is defeated. */
static const char *const never_en[] = {"bypass", "bridge", "override", "short-circuit", "defeat",
	"clear the lockout", "reset the lockout", NULL};
static const char *const never_zh[] = {
	"短接", "跨接", "跳线", "旁路", "屏蔽", "强制启动", "解除锁定", NULL};

/* How a clause begins that forbids or hands over; and one that only looks. */
static const char *const forbids[] = {"do not ", "never ", "don't ", "call ", "ask ", "tell ",
	"不要", "请勿", "切勿", "严禁", "不得", "联系", "拨打", "告诉", "请师傅", "交给", NULL};
static const char *const looks[] = {"see whether ", "see if ", "look ", "read ", "watch ",
	"listen ", "note ", "看", "听", "观察", "查看", "记下", "如果", "if ", NULL};
/* What ends a clause besides punctuation. */
static const char *const joins[] = {
	" and ", " then ", " but ", " or else ", "然后", "再用", "并且", "但", NULL};
static const char *const stops[] = {".", ";", ":", ",", "!", "?", "。", "；", "：", "，", "！",
	"？", "\n", "(", ")", "（", "）", NULL};

/* A negation that asks for it after all: "do not hesitate to", "never mind". */
static const char *const after_all[] = {"hesitate", "forget", "mind", "worry", "afraid", "fail to",
	"只", "忘记", "犹豫", "害怕", "怕", "担心", NULL};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* WORD, which is in lower case, at S: its length, or 0. */
static size_t at(const char *s, const char *word)
{
	size_t n = 0;

	while (word[n] && lower(s[n]) == word[n])
		n++;
	return word[n] ? 0 : n;
}

static size_t starts_one(const char *s, const char *const *list)
{
	for (; *list; list++) {
		size_t n = at(s, *list);

		if (n > 0)
			return n;
	}
	return 0;
}

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* WORD in the clause [S, END): whole, but for a plural. */
static bool has_word(const char *s, const char *end, const char *word, bool whole)
{
	for (const char *c = s; c < end; c++) {
		size_t n = at(c, word);
		const char *after = c + n;

		if (n == 0 || after > end)
			continue;
		if (!whole)
			return true;
		if (c > s && letter(c[-1]))
			continue;
		if (after < end && (*after == 's' || *after == 'S'))
			after++;
		if (after >= end || !letter(*after))
			return true;
	}
	return false;
}

static const char *find_word(const char *s, const char *end, const char *const *list, bool whole)
{
	for (; *list; list++)
		if (has_word(s, end, *list, whole))
			return *list;
	return NULL;
}

static const char *check_clause(const char *s, const char *end, bool zh, bool anybody)
{
	const char *found;

	while (s < end && *s == ' ')
		s++;
	if (starts_one(s, forbids) && !find_word(s, end, after_all, !zh))
		return NULL;
	found = find_word(s, end, zh ? never_zh : never_en, !zh);
	if (found || anybody)
		return found;
	found = find_word(s, end, zh ? hands_zh : hands_en, !zh);
	if (found || starts_one(s, looks))
		return found;
	return find_word(s, end, zh ? stuff_zh : stuff_en, !zh);
}

static const char *check_text(const char *text, bool zh, bool anybody)
{
	const char *s = text, *c = text;

	while (*c) {
		size_t n = starts_one(c, stops);
		const char *found;

		if (n == 0)
			n = starts_one(c, joins);
		if (n == 0) {
			c++;
			continue;
		}
		found = check_clause(s, c, zh, anybody);
		if (found)
			return found;
		c += n;
		s = c;
	}
	return check_clause(s, c, zh, anybody);
}

const char *knowledge_forbidden(const struct words *text, bool anybody)
{
	const char *found = text->en ? check_text(text->en, false, anybody) : NULL;

	/* Chinese texts hold English words too */
	if (!found && text->zh)
		found = check_text(text->zh, true, anybody);
	if (!found && text->zh)
		found = check_text(text->zh, false, anybody);
	return found;
}
