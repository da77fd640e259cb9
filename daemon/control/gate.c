/* SPDX-License-Identifier: Apache-2.0 */
#include "gate-internal.h"

#include <math.h>

const char *write_outcome_name(enum write_outcome o)
{
	switch (o) {
	case WRITE_CONFIRMED:
		return "confirmed";
	case WRITE_ACCEPTED:
		return "accepted";
	case WRITE_UNCHANGED:
		return "unchanged";
	case WRITE_NOT_CONFIRMED:
		return "not-confirmed";
	case WRITE_UNKNOWN:
		return "outcome-unknown";
	case WRITE_FAILED:
		return "failed";
	case WRITE_REFUSED:
		return "refused";
	}
	return "unknown";
}

const char *gate_kind_name(enum gate_kind k)
{
	switch (k) {
	case GATE_ASKED:
		return "set";
	case GATE_REFRESH:
		return "refresh";
	case GATE_PUT_BACK:
		return "put-back";
	}
	return "unknown";
}

/* ---- life */

int gate_new(const struct gate_source *sources, size_t n, bool control, struct gate **ret)
{
	_cleanup_(gate_freep) struct gate *g = calloc(1, sizeof(*g));
	size_t rules = 0;

	if (!g || n > GATE_SOURCES_MAX)
		return g ? -EINVAL : -ENOMEM;
	g->control = control;
	g->n_sources = n;
	for (size_t i = 0; i < n; i++) {
		g->sources[i] = sources[i];
		rules += sources[i].profile->n_writes;
	}
	g->entries = calloc(MAX(rules, (size_t)1), sizeof(*g->entries));
	g->cells = calloc(rules ? GATE_CELLS_MAX : 1, sizeof(*g->cells));
	if (!g->entries || !g->cells)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sources[i].profile->n_writes; k++)
			g->entries[g->n_entries++] = (struct entry){.source = (uint8_t)i,
				.rule = (uint16_t)k,
				.w = &sources[i].profile->writes[k]};
	*ret = TAKE_PTR(g);
	return 0;
}

struct gate *gate_free(struct gate *g)
{
	if (!g)
		return NULL;
	free(g->entries);
	free(g->cells);
	free(g);
	return NULL;
}

const struct profile *gate_profile_of(const struct gate *g, const struct entry *e)
{
	return g->sources[e->source].profile;
}

/* The first source that can write it. */
static struct entry *entry_by_name(const struct gate *g, const char *attribute)
{
	struct entry *found = NULL;

	for (size_t i = 0; i < g->n_entries; i++) {
		struct entry *e = &g->entries[i];

		if (!streq(e->w->attribute, attribute))
			continue;
		if (e->w->confidence != CONFIDENCE_LOW && g->sources[e->source].writable)
			return e;
		found = found ? found : e;
	}
	return found;
}

static bool fits(const struct check *c)
{
	return !c->env->fits || c->env->fits(c->env->userdata, c->e->source);
}

/* ---- a wish */

/* Why nothing of this entry may be written now, whatever the value. */
static bool may_write(const struct check *c)
{
	const struct gate *g = c->g;
	const struct entry *e = c->e;

	if (e->w->confidence == CONFIDENCE_LOW)
		return gate_refuse(c->answer, WRITE_REFUSED, "low-confidence",
			"the profile is not sure how this is written (Confidence=low)",
			"档案对其写法没有把握（Confidence=low）");
	if (!g->sources[e->source].writable)
		return gate_refuse(c->answer, WRITE_REFUSED, "not-writable",
			"this protocol only reads", "该协议只读");
	if (!g->control)
		return gate_refuse(c->answer, WRITE_REFUSED, "control-off",
			"control is off for this appliance; Control=yes in its file switches it on",
			"该电器的控制未启用；在其文件中写 Control=yes 即可启用");
	if (g->stopping)
		return gate_refuse(c->answer, WRITE_REFUSED, "stopping", "hearthd is stopping",
			"hearthd 正在停止");
	if (g->flight.on)
		return gate_refuse(c->answer, WRITE_REFUSED, "busy",
			"another write to this appliance is on its way",
			"对该电器的另一次写入正在进行");
	if (e->put_back)
		return gate_refuse(c->answer, WRITE_REFUSED, "busy",
			"the value is just being put back", "正在恢复原值");
	if (!c->env->reachable(c->env->userdata, e->source))
		return gate_refuse(c->answer, WRITE_REFUSED, "unreachable",
			"the appliance does not answer", "电器无应答");
	if (!fits(c))
		return gate_refuse(c->answer, WRITE_REFUSED, "map-misfit",
			"what it reads does not fit its profile: the register may be another one now",
			"读数与档案不符：该寄存器可能已不是原来的含义");
	return true;
}

/* How long the value may stand; 0 = it is not put back at all. */
static bool check_time(const struct check *c, uint64_t for_us, uint64_t *ret_until)
{
	const struct write_rule *w = c->e->w;
	char text[2][200];

	*ret_until = USEC_INFINITY;
	if (w->safe == SAFE_NONE && !w->expires_us) {
		if (for_us > 0)
			return gate_refuse(c->answer, WRITE_REFUSED, "no-for",
				"it cannot be set for a time: the profile names no value to put back",
				"不能限时设置：档案未给出要恢复的值");
		return true;
	}
	if (w->max_for_us && for_us > w->max_for_us) {
		(void)snprintf(text[0], sizeof(text[0]), "at most %llu min at a time (MaxFor=)",
			(unsigned long long)(w->max_for_us / USEC_PER_MIN));
		(void)snprintf(text[1], sizeof(text[1]), "每次最长 %llu 分钟（MaxFor=）",
			(unsigned long long)(w->max_for_us / USEC_PER_MIN));
		return gate_refuse(c->answer, WRITE_REFUSED, "for-too-long", text[0], text[1]);
	}
	if (for_us > 0 && for_us < w->least_interval_us) {
		(void)snprintf(text[0], sizeof(text[0]),
			"at least %llu s: sooner it could not be put back (LeastInterval=)",
			(unsigned long long)(w->least_interval_us / USEC_PER_SEC));
		(void)snprintf(text[1], sizeof(text[1]),
			"至少 %llu 秒：更短则无法恢复（LeastInterval=）",
			(unsigned long long)(w->least_interval_us / USEC_PER_SEC));
		return gate_refuse(c->answer, WRITE_REFUSED, "for-too-short", text[0], text[1]);
	}
	if (for_us == 0)
		for_us = w->max_for_us;
	if (for_us > 0)
		*ret_until = c->now_us + for_us;
	return true;
}

/* What will be put back, as it is now. */
static bool check_safe(const struct check *c, struct write_raw *ret)
{
	const struct write_rule *w = c->e->w;
	const struct reading *r = gate_reading(c);
	struct gate_answer unused = *c->answer;
	struct check quiet = *c;
	struct write_value v;

	*ret = (struct write_raw){w->safe_raw, w->safe_num};
	if (w->safe != SAFE_BEFORE)
		return true;
	if (c->e->active) {
		*ret = c->e->safe;
		return true;
	}
	quiet.answer = &unused;
	if (r && write_value_of_reading(r, &v) && v.type == write_rule_type(c->p, w) &&
		gate_check_value(&quiet, &v, ret))
		return true;
	return gate_refuse(c->answer, WRITE_REFUSED, "no-safe",
		"what it is now is not known or lies outside the bounds, so it could not be put back",
		"当前值未知或超出限值，之后无法恢复，因此不写入");
}

static bool same_raw(
	const struct write_rule *w, const struct write_raw *a, const struct write_raw *b)
{
	if (w->type == POINT_F32)
		return (float)a->num == (float)b->num;
	if (w->type == POINT_F64)
		return a->num == b->num;
	return a->raw == b->raw;
}

/* What it shows is what is wished for, and was read after the last write. */
static bool is_so_already(
	const struct check *c, const struct write_value *v, const struct write_raw *raw)
{
	const struct reading *r = gate_reading(c);
	struct write_value shown;
	struct write_raw other;
	double near;

	if (!r || v->type == VALUE_NONE || c->e->w->expires_us ||
		(c->e->written && r->t_us <= c->e->last_us) || !write_value_of_reading(r, &shown) ||
		shown.type != v->type)
		return false;
	return write_value_encode(c->p, c->e->w, &shown,
		       isnan(c->e->w->min.value) ? 0 : c->e->w->min.value, &other, &near) == 0 &&
	       same_raw(c->e->w, raw, &other);
}

static void old_value(const struct check *c, char *dst, size_t size)
{
	const struct reading *r = gate_reading(c);
	struct write_value v;

	dst[0] = '\0';
	if (r && write_value_of_reading(r, &v))
		write_value_format(c->p, c->e->w, &v, dst, size);
}

static void take_off(const struct check *c, enum gate_kind kind, const struct write_raw *raw,
	struct gate_order *ret)
{
	struct gate *g = c->g;
	struct entry *e = c->e;

	*ret = (struct gate_order){.kind = kind,
		.source = e->source,
		.raw = *raw,
		.rule = e->rule,
		.restore = kind == GATE_PUT_BACK,
		.attribute = e->w->attribute};
	old_value(c, ret->old, sizeof(ret->old));
	g->flight.on = true;
	g->flight.reading = g->flight.unknown = false;
	g->flight.e = e;
	g->flight.before = *e;
	g->flight.kind = kind;
	g->flight.has_value = write_raw_decode(c->p, e->w, raw, &g->flight.value);
	if (g->flight.has_value)
		write_value_format(c->p, e->w, &g->flight.value, ret->asked, sizeof(ret->asked));
	gate_charge(g, e, c->now_us, kind != GATE_REFRESH);
}

static struct check check_of(struct gate *g, struct entry *e, uint64_t now,
	const struct gate_env *env, struct gate_answer *answer)
{
	return (struct check){g, e, gate_profile_of(g, e), now, env, answer};
}

bool gate_ask(struct gate *g, uint64_t now_us, const struct gate_env *env, const char *attribute,
	const char *value, uint64_t for_us, struct gate_order *ret_order,
	struct gate_answer *ret_answer)
{
	struct entry *e = entry_by_name(g, attribute);
	struct write_raw raw, safe = {0};
	struct write_value v;
	char choices[160], text[240];
	uint64_t until;
	struct check c;
	bool holds;

	*ret_answer = (struct gate_answer){.word = ""};
	if (!e)
		return gate_refuse(ret_answer, WRITE_REFUSED, "no-such-attribute",
			"the appliance's profiles have no [Write] section for it: nothing may change it",
			"电器档案中没有对应的 [Write] 小节：不可更改");
	c = check_of(g, e, now_us, env, ret_answer);
	if (!may_write(&c))
		return false;
	if (write_value_parse(c.p, e->w, value, &v) < 0) {
		write_rule_choices(c.p, e->w, choices, sizeof(choices));
		if (!*choices)
			return gate_refuse(ret_answer, WRITE_REFUSED, "bad-value",
				"a command takes no value", "命令不带值");
		(void)snprintf(text, sizeof(text), "no value of it; may be: %s", choices);
		(void)gate_refuse(ret_answer, WRITE_REFUSED, "bad-value", text, text);
		(void)snprintf(
			ret_answer->zh, sizeof(ret_answer->zh), "不是有效值；可取：%s", choices);
		return false;
	}
	if (!check_time(&c, for_us, &until) || !gate_condition(&c) ||
		!gate_check_value(&c, &v, &raw) || !check_safe(&c, &safe))
		return false;
	holds = e->w->safe != SAFE_NONE || e->w->expires_us;
	if (is_so_already(&c, &v, &raw)) {
		/* What is held is held longer; what stands by itself and is to be put back to
		 * something else is held from now on. */
		if (!e->active && until != USEC_INFINITY && e->w->safe != SAFE_NONE &&
			!same_raw(e->w, &raw, &safe)) {
			if (!gate_check_budget(&c, false))
				return false;
			e->active = e->has_safe = ret_answer->begun = true;
			e->put_back = e->at_once = false;
			e->safe = safe;
			e->tries = 0;
			e->retry_at_us = 0;
			e->refresh_at_us = USEC_INFINITY;
		}
		if (e->active) {
			e->until_us = until;
			e->set = raw;
		}
		if (!e->active || !holds)
			return gate_refuse(ret_answer, WRITE_UNCHANGED, "",
				"it was so already; nothing was written", "已是该值，未写入");
		return gate_refuse(ret_answer, WRITE_UNCHANGED, "",
			"it was so already; it now stands until the new time",
			"已是该值，仅更新了期限");
	}
	if (!gate_check_rate(&c, e->w->safe != SAFE_NONE) ||
		!gate_check_budget(&c, e->w->safe != SAFE_NONE))
		return false;
	take_off(&c, GATE_ASKED, &raw, ret_order);
	if (holds || e->w->pulse_us) {
		e->active = true;
		e->has_safe = e->w->safe != SAFE_NONE || e->w->pulse_us;
		e->put_back = e->at_once = false;
		e->set = raw;
		e->safe = safe;
		e->tries = 0;
		e->retry_at_us = 0;
		e->until_us = until;
		e->refresh_at_us = e->w->expires_us ? now_us + e->w->expires_us / 3 : USEC_INFINITY;
	}
	return true;
}

int gate_clear(struct gate *g, uint64_t now_us, const char *attribute)
{
	struct entry *e = entry_by_name(g, attribute);

	if (!e || !e->active)
		return -ENOENT;
	if (e->put_back)
		return -EALREADY;
	e->until_us = now_us;
	return 0;
}

/* ---- what is due by itself */

static bool due_put_back(const struct check *c)
{
	const struct entry *e = c->e;

	if (!e->active || !e->has_safe)
		return false;
	if (e->w->pulse_us && !e->put_back)
		return false;
	if (!e->put_back && e->until_us > c->now_us)
		return false;
	if (c->now_us < e->retry_at_us)
		return false;
	if (!e->at_once && e->written && c->now_us < e->last_us + e->w->least_interval_us)
		return false;
	return gate_writes_in_hour(e, c->now_us) < e->w->per_hour &&
	       c->env->reachable(c->env->userdata, e->source);
}

void gate_entry_end(struct entry *e)
{
	e->active = e->has_safe = e->put_back = e->at_once = false;
	e->until_us = e->refresh_at_us = USEC_INFINITY;
}

static bool put_back(struct check *c, struct gate_order *ret)
{
	/* The share of the budget was kept; if it is not there, a file was changed by hand or the
	 * profile's Budget= was lowered: the bound on the memory stands. */
	if (!gate_check_budget(c, false) || c->e->tries >= GATE_TRIES_MAX) {
		(void)str_copy(c->g->forsaken, sizeof(c->g->forsaken), c->e->w->attribute);
		gate_entry_end(c->e);
		return false;
	}
	c->e->put_back = true;
	take_off(c, GATE_PUT_BACK, &c->e->safe, ret);
	return true;
}

bool gate_forsaken(struct gate *g, char *attribute)
{
	if (!*g->forsaken)
		return false;
	(void)str_copy(attribute, sizeof(g->forsaken), g->forsaken);
	g->forsaken[0] = '\0';
	return true;
}

static bool refresh(struct check *c, struct gate_order *ret)
{
	struct entry *e = c->e;
	struct write_value v;
	struct write_raw raw;

	if (!c->env->reachable(c->env->userdata, e->source))
		return false;
	/* What was allowed then need not be allowed now. */
	if (!c->g->control || !fits(c) || !gate_condition(c) ||
		!write_raw_decode(c->p, e->w, &e->set, &v) || !gate_check_value(c, &v, &raw) ||
		!gate_check_budget(c, e->has_safe)) {
		e->until_us = c->now_us;
		e->refresh_at_us = USEC_INFINITY;
		if (!e->has_safe)
			gate_entry_end(e);
		return false;
	}
	take_off(c, GATE_REFRESH, &e->set, ret);
	e->refresh_at_us = c->now_us + e->w->expires_us / 3;
	return true;
}

bool gate_next(
	struct gate *g, uint64_t now_us, const struct gate_env *env, struct gate_order *ret_order)
{
	struct gate_answer unused = {.word = ""};

	if (g->flight.on)
		return false;
	for (size_t i = 0; i < g->n_entries; i++) {
		struct check c = check_of(g, &g->entries[i], now_us, env, &unused);

		if (due_put_back(&c) && put_back(&c, ret_order))
			return true;
	}
	for (size_t i = 0; i < g->n_entries && !g->stopping; i++) {
		struct entry *e = &g->entries[i];
		struct check c = check_of(g, e, now_us, env, &unused);

		if (!e->active || e->put_back)
			continue;
		/* Nothing to put back: it is left to expire. */
		if (!e->has_safe && e->until_us <= now_us)
			gate_entry_end(e);
		else if (e->until_us > now_us && e->refresh_at_us <= now_us &&
			 refresh(&c, ret_order))
			return true;
	}
	return false;
}

/* ---- the end */

void gate_stop(struct gate *g, uint64_t now_us)
{
	g->stopping = true;
	for (size_t i = 0; i < g->n_entries; i++) {
		struct entry *e = &g->entries[i];

		if (e->active && !e->has_safe)
			gate_entry_end(e);
		if (e->active && !(e->w->pulse_us && !e->put_back)) {
			e->put_back = e->at_once = true;
			e->retry_at_us = 0;
		}
	}
}

bool gate_settled(const struct gate *g)
{
	for (size_t i = 0; i < g->n_entries; i++)
		if (g->entries[i].active && g->entries[i].has_safe)
			return false;
	return !g->flight.on;
}

/* ---- for people */

size_t gate_rules(const struct gate *g)
{
	return g->n_entries;
}

void gate_describe(const struct gate *g, size_t i, uint64_t now_us, const struct gate_env *env,
	struct gate_info *ret)
{
	struct entry *e = &g->entries[i];
	struct check c = check_of((struct gate *)g, e, now_us, env, &ret->now);
	const struct write_rule *w = e->w;
	struct write_value v;
	double min = NAN, max = NAN;

	*ret = (struct gate_info){.attribute = w->attribute,
		.profile = c.p,
		.rule = w,
		.budget = w->budget,
		.active = e->active,
		.until_us = e->until_us,
		.max_for_us = w->max_for_us,
		.now = {.word = ""}};
	write_rule_choices(c.p, w, ret->choices, sizeof(ret->choices));
	if (write_rule_type(c.p, w) == VALUE_NUMBER) {
		if (gate_bounds(&c, &min, &max)) {
			write_number_format(c.p, w, min, ret->min, sizeof(ret->min));
			write_number_format(c.p, w, max, ret->max, sizeof(ret->max));
		}
		if (write_rule_step(w) > 0)
			(void)snprintf(ret->step, sizeof(ret->step), "%g", write_rule_step(w));
	}
	if (w->budget) {
		uint32_t used = gate_budget_used(g, e);

		ret->left = used < w->budget ? w->budget - used : 0;
	}
	if (e->active && write_raw_decode(c.p, w, &e->set, &v))
		write_value_format(c.p, w, &v, ret->set, sizeof(ret->set));
	if (e->active && e->has_safe && write_raw_decode(c.p, w, &e->safe, &v))
		write_value_format(c.p, w, &v, ret->safe, sizeof(ret->safe));
	ret->now = (struct gate_answer){.word = ""};
	if (may_write(&c) && gate_condition(&c) && gate_check_rate(&c, w->safe != SAFE_NONE) &&
		gate_check_budget(&c, w->safe != SAFE_NONE) &&
		(write_rule_type(c.p, w) != VALUE_NUMBER || gate_bounds(&c, &min, &max)))
		ret->now.outcome = WRITE_ACCEPTED;
	else
		ret->now.outcome = WRITE_REFUSED;
}
