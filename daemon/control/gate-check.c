/* SPDX-License-Identifier: Apache-2.0 */
/* A wish against its rule: conditions, bounds and steps, intervals, budgets. */
#include "gate-internal.h"

#include "daemon/expr/expr.h"

#include <math.h>

bool gate_refuse(struct gate_answer *a, enum write_outcome outcome, const char *word,
	const char *en, const char *zh)
{
	a->outcome = outcome;
	a->word = word;
	(void)str_copy(a->en, sizeof(a->en), en);
	(void)str_copy(a->zh, sizeof(a->zh), zh);
	return false;
}

static bool refusef(const struct check *c, const char *word, const char *en, const char *zh, ...)
	_printf_(3, 5) _printf_(4, 5);
static bool refusef(const struct check *c, const char *word, const char *en, const char *zh, ...)
{
	char text[2][240];
	va_list ap;

	for (unsigned i = 0; i < 2; i++) {
		va_start(ap, zh);
		(void)vsnprintf(text[i], sizeof(text[i]), i ? zh : en, ap);
		va_end(ap);
	}
	return gate_refuse(c->answer, WRITE_REFUSED, word, text[0], text[1]);
}

/* ---- expressions over what was read last */

static struct expr_value value_of(void *userdata, uint32_t ref)
{
	const struct check *c = userdata;
	const struct reading *r = c->env->reading(c->env->userdata, c->e->source, ref);

	if (!r)
		return expr_unknown(QUALITY_UNAVAILABLE, REASON_NONE);
	if (r->quality != QUALITY_GOOD)
		return expr_unknown((enum quality)r->quality, (enum reason)r->reason);
	switch ((enum value_type)r->type) {
	case VALUE_NUMBER:
		return expr_good(r->num);
	case VALUE_BOOL:
	case VALUE_ENUM:
	case VALUE_BITS:
		return expr_good((double)r->code);
	case VALUE_NONE:
	case VALUE_STRING:
		break;
	}
	return expr_unknown(QUALITY_UNAVAILABLE, REASON_NONE);
}

static struct expr_value eval(const struct check *c, const struct expr *e)
{
	const struct expr_env env = {.userdata = (void *)c, .value = value_of};

	return expr_eval(e, &env);
}

const struct reading *gate_reading(const struct check *c)
{
	const struct reading *r =
		c->e->w->point >= 0
			? c->env->reading(c->env->userdata, c->e->source, (unsigned)c->e->w->point)
			: NULL;

	return r && r->quality == QUALITY_GOOD ? r : NULL;
}

bool gate_condition(const struct check *c)
{
	const struct write_rule *w = c->e->w;
	struct expr_value v;

	if (!w->condition)
		return true;
	v = eval(c, w->condition);
	if (v.quality != QUALITY_GOOD)
		return refusef(c, "interlock-unknown",
			"it is not known whether \"%.120s\" holds, so nothing is written",
			"无法确定条件“%.120s”是否成立，因此不写入", w->condition->text);
	if (v.v == 0)
		return refusef(c, "interlock", "only while \"%.120s\" holds, which it does not now",
			"仅在“%.120s”成立时允许，目前不成立", w->condition->text);
	return true;
}

static bool bound(const struct check *c, const struct write_bound *b, const char *key, double *ret)
{
	struct expr_value v;

	*ret = b->value;
	if (!b->expr)
		return true;
	v = eval(c, b->expr);
	if (v.quality != QUALITY_GOOD || !isfinite(v.v))
		return refusef(c, "bound-unknown",
			"the bound %s= is not known now (%.120s), so nothing is written",
			"当前无法得知限值 %s=（%.120s），因此不写入", key, b->expr->text);
	*ret = v.v;
	return true;
}

bool gate_bounds(const struct check *c, double *ret_min, double *ret_max)
{
	return bound(c, &c->e->w->min, "Min", ret_min) && bound(c, &c->e->w->max, "Max", ret_max);
}

static double clamp_to(double v, double step, double min, double max)
{
	while (step > 0 && v > max + step / 1e6)
		v -= step;
	while (step > 0 && v < min - step / 1e6)
		v += step;
	return v;
}

bool gate_check_value(const struct check *c, const struct write_value *v, struct write_raw *ret)
{
	const struct write_rule *w = c->e->w;
	double min = NAN, max = NAN, x, near = 0, anchor;
	unit_id unit = write_rule_unit(c->p, w);
	char a[60], b[60];
	int r;

	if (v->type == VALUE_NUMBER) {
		if (!gate_bounds(c, &min, &max))
			return false;
		x = v->num;
		if (unit != w->unit && unit_convertible(unit, w->unit))
			x = unit_convert(x, unit, w->unit);
		write_number_format(c->p, w, min, a, sizeof(a));
		write_number_format(c->p, w, max, b, sizeof(b));
		/* Written so that NAN is refused too. */
		if (!(x >= min - 1e-9))
			return refusef(c, "below-min", "below the least allowed value, %s",
				"低于允许的最小值 %s", a);
		if (!(x <= max + 1e-9))
			return refusef(c, "above-max", "above the greatest allowed value, %s",
				"高于允许的最大值 %s", b);
	}
	anchor = isnan(w->min.value) ? 0 : w->min.value;
	r = write_value_encode(c->p, w, v, anchor, ret, &near);
	if (r == -EDOM) {
		near = clamp_to(near, write_rule_step(w), min, max);
		write_number_format(c->p, w, near, a, sizeof(a));
		return refusef(c, "step", "between two steps; the nearest allowed value is %s",
			"不在步进值上；最接近的允许值为 %s", a);
	}
	if (r < 0)
		return refusef(c, "out-of-range",
			"the appliance's register %s cannot hold this value",
			"电器寄存器 %s 无法容纳该值", w->to);
	return true;
}

/* ---- rates */

unsigned gate_writes_in_hour(const struct entry *e, uint64_t now)
{
	unsigned n = 0;

	for (unsigned i = 0; i < e->n_slots; i++)
		if (e->slots[i].t_us + USEC_PER_HOUR > now)
			n += e->slots[i].n;
	return n;
}

/* Seconds until, rounded up. */
static unsigned long long left_s(uint64_t at, uint64_t now)
{
	return at > now ? (at - now + USEC_PER_SEC - 1) / USEC_PER_SEC : 0;
}

bool gate_check_rate(const struct check *c, bool reserve)
{
	const struct entry *e = c->e;
	unsigned n = gate_writes_in_hour(e, c->now_us);

	if (e->written && c->now_us < e->last_us + e->w->least_interval_us)
		return refusef(c, "too-soon",
			"written a moment ago; LeastInterval= allows the next write in %llu s",
			"刚刚写过；按 LeastInterval= 还需 %llu 秒",
			left_s(e->last_us + e->w->least_interval_us, c->now_us));
	if (n + 1 + (reserve ? 1 : 0) > e->w->per_hour)
		return refusef(c, "too-often",
			"%u writes in the last hour; PerHour= allows %u, one of them to put the value back",
			"最近一小时已写 %u 次；PerHour= 允许 %u 次（含恢复原值一次）", n,
			e->w->per_hour);
	return true;
}

static void slot_add(struct entry *e, uint64_t now)
{
	unsigned share = (e->w->per_hour + SLOTS_MAX - 1) / SLOTS_MAX, keep = 0;

	for (unsigned i = 0; i < e->n_slots; i++)
		if (e->slots[i].t_us + USEC_PER_HOUR > now)
			e->slots[keep++] = e->slots[i];
	e->n_slots = (uint8_t)keep;
	if (keep > 0 && (e->slots[keep - 1].n < share || keep == SLOTS_MAX)) {
		e->slots[keep - 1].n++;
		e->slots[keep - 1].t_us = now;
		return;
	}
	e->slots[e->n_slots++] = (struct slot){now, 1};
}

/* ---- budget */

static struct cell *cell_of(
	const struct gate *g, const struct entry *e, const struct write_touch *t)
{
	for (size_t i = 0; i < g->n_cells; i++) {
		struct cell *c = &g->cells[i];

		if (c->source == e->source && c->coil == t->coil && c->address == t->address &&
			c->device == e->w->device && c->relative == e->w->device_relative)
			return c;
	}
	return NULL;
}

uint32_t gate_budget_used(const struct gate *g, const struct entry *e)
{
	struct write_touch touches[WRITE_CELLS_MAX];
	size_t n = write_rule_touches(e->w, touches);
	uint32_t used = 0;

	for (size_t i = 0; i < n; i++) {
		const struct cell *c = cell_of(g, e, &touches[i]);

		used = c ? MAX(used, c->count) : used;
	}
	return used;
}

/* A rule whose put-back is still owed for the same register keeps its share, whoever asks. */
static uint32_t owed(const struct gate *g, const struct entry *asking, const struct write_touch *t)
{
	uint32_t n = 0;

	for (size_t i = 0; i < g->n_entries; i++) {
		const struct entry *e = &g->entries[i];
		struct write_touch touches[WRITE_CELLS_MAX];
		size_t k = write_rule_touches(e->w, touches);

		if (e == asking || !e->active || !e->has_safe || e->source != asking->source ||
			e->w->device != asking->w->device ||
			e->w->device_relative != asking->w->device_relative)
			continue;
		while (k-- > 0)
			if (touches[k].coil == t->coil && touches[k].address == t->address)
				n += touches[k].times;
	}
	return n;
}

bool gate_check_budget(const struct check *c, bool reserve)
{
	struct write_touch touches[WRITE_CELLS_MAX];
	size_t n = write_rule_touches(c->e->w, touches);

	for (size_t i = 0; i < n && c->e->w->budget; i++) {
		const struct cell *cell = cell_of(c->g, c->e, &touches[i]);
		uint64_t used = cell ? cell->count : 0;

		if (used + touches[i].times * (reserve ? 2U : 1U) + owed(c->g, c->e, &touches[i]) >
			c->e->w->budget)
			return refusef(c, "budget-spent",
				"the memory of register %u has taken %llu of the %u writes of its life",
				"寄存器 %u 的存储器已写 %llu 次，寿命共 %u 次", touches[i].address,
				(unsigned long long)used, c->e->w->budget);
		if (!cell && c->g->n_cells + n > GATE_CELLS_MAX)
			return refusef(c, "budget-spent",
				"more than %u registers are counted already",
				"已计数的寄存器超过 %u 个", GATE_CELLS_MAX);
	}
	return true;
}

static void count(struct gate *g, const struct entry *e, int sign)
{
	struct write_touch touches[WRITE_CELLS_MAX];
	size_t n = write_rule_touches(e->w, touches);

	for (size_t i = 0; i < n && e->w->budget; i++) {
		struct cell *c = cell_of(g, e, &touches[i]);

		if (!c && g->n_cells < GATE_CELLS_MAX) {
			c = &g->cells[g->n_cells++];
			*c = (struct cell){.source = e->source,
				.coil = touches[i].coil,
				.address = touches[i].address,
				.device = e->w->device,
				.relative = e->w->device_relative};
		}
		if (c)
			c->count += (uint32_t)(sign * touches[i].times);
	}
}

void gate_charge(struct gate *g, struct entry *e, uint64_t now, bool counts_for_rate)
{
	count(g, e, 1);
	if (!counts_for_rate)
		return;
	e->written = true;
	e->last_us = now;
	slot_add(e, now);
}

void gate_uncharge(struct gate *g, const struct entry *e)
{
	count(g, e, -1);
}
