/* SPDX-License-Identifier: Apache-2.0 */
/* The value of a tree: one pass over its nodes, every node once, no allocation. */
#include "expr-internal.h"

#include <math.h>

struct expr_value expr_unknown(enum quality q, enum reason r)
{
	return (struct expr_value){.v = NAN, .quality = (uint8_t)q, .reason = (uint8_t)r};
}

struct expr_value expr_of_reading(const struct reading *r)
{
	struct expr_value v = {.v = NAN, .quality = r->quality, .reason = r->reason};

	switch ((enum value_type)r->type) {
	case VALUE_NUMBER:
		v.v = r->num;
		break;
	case VALUE_BOOL:
	case VALUE_ENUM:
	case VALUE_BITS:
		v.v = (double)r->code;
		break;
	case VALUE_STRING:
	case VALUE_NONE:
		break;
	}
	return v;
}

/* How much worse than good; the value of a sum is as bad as its worst part. */
static unsigned rank(uint8_t quality)
{
	static const uint8_t ranks[] = {
		[QUALITY_GOOD] = 0,
		[QUALITY_ABSENT] = 1,
		[QUALITY_SUSPECT] = 2,
		[QUALITY_STALE] = 3,
		[QUALITY_UNAVAILABLE] = 4,
	};

	return quality < ARRAY_SIZE(ranks) ? ranks[quality] : 4;
}

/* The worse of two qualities: unavailable, then stale, suspect, absent, good. */
static struct expr_value worse_of(struct expr_value a, struct expr_value b)
{
	return rank(b.quality) > rank(a.quality) ? b : a;
}

/* A number that came out, or why there is none. Suspect operands give a suspect number, to show. */
static struct expr_value number(struct expr_value worst, double v)
{
	if (worst.quality == QUALITY_GOOD)
		return isfinite(v) ? expr_good(v) : expr_unknown(QUALITY_SUSPECT, REASON_DECODE);
	if (worst.quality == QUALITY_SUSPECT)
		return (struct expr_value){isfinite(v) ? v : NAN, worst.quality, worst.reason};
	return expr_unknown(worst.quality, worst.reason);
}

static struct expr_value truth(struct expr_value worst, bool v)
{
	if (worst.quality == QUALITY_GOOD)
		return expr_good(v);
	return expr_unknown(worst.quality, worst.reason);
}

static bool compare(enum expr_op op, double a, double b)
{
	if (op == EXPR_OP_LT)
		return a < b;
	if (op == EXPR_OP_LE)
		return a <= b;
	if (op == EXPR_OP_GT)
		return a > b;
	if (op == EXPR_OP_GE)
		return a >= b;
	return op == EXPR_OP_EQ ? a == b : a != b;
}

static double arithmetic(enum expr_op op, double a, double b)
{
	if (op == EXPR_OP_ADD)
		return a + b;
	if (op == EXPR_OP_SUB)
		return a - b;
	return op == EXPR_OP_MUL ? a * b : a / b;
}

/* Kleene: one false settles "and", one true settles "or". */
static struct expr_value kleene(enum expr_op op, struct expr_value a, struct expr_value b)
{
	double settles = op == EXPR_OP_OR;

	if (a.quality == QUALITY_GOOD && (a.v != 0) == (settles != 0))
		return a;
	if (b.quality == QUALITY_GOOD && (b.v != 0) == (settles != 0))
		return b;
	return truth(worse_of(a, b), op == EXPR_OP_AND);
}

static struct expr_value extreme(
	const struct expr_node *n, const uint16_t *args, const struct expr_value *v)
{
	struct expr_value worst = v[args[0]];
	double m = worst.v;

	for (unsigned i = 1; i < n->n_args; i++) {
		const struct expr_value *x = &v[args[i]];

		worst = worse_of(worst, *x);
		if (n->op == EXPR_OP_MIN ? !(m <= x->v) : !(m >= x->v))
			m = x->v;
	}
	return number(worst, m);
}

static struct expr_value choose(
	const struct expr_node *n, const uint16_t *args, const struct expr_value *v)
{
	const struct expr_value *i = &v[args[0]];

	if (i->quality != QUALITY_GOOD)
		return expr_unknown(i->quality, i->reason);
	if (!(i->v >= 0 && i->v < n->n_args - 1) || i->v != floor(i->v))
		return expr_unknown(QUALITY_SUSPECT, REASON_DECODE);
	return v[args[1 + (unsigned)i->v]];
}

/* The appliance says that this is not fitted, or refuses it for good. */
static bool is_absent(struct expr_value v)
{
	return v.quality == QUALITY_ABSENT ||
	       (v.quality == QUALITY_UNAVAILABLE && v.reason == REASON_UNSUPPORTED);
}

static struct expr_value has(struct expr_value set, double bit)
{
	if (set.quality != QUALITY_GOOD)
		return expr_unknown(set.quality, set.reason);
	/* beyond 2^53 a double does not hold every bit */
	if (!(set.v >= 0 && set.v < 9007199254740992.0 && bit >= 0 && bit < 53))
		return expr_unknown(QUALITY_SUSPECT, REASON_DECODE);
	return expr_good(((uint64_t)set.v >> (unsigned)bit) & 1);
}

struct expr_value expr_eval_pure(
	const struct expr_node *n, const uint16_t *args, const struct expr_value *v)
{
	struct expr_value a = n->n_args > 0 ? v[args[0]] : expr_good(0);
	struct expr_value b = n->n_args > 1 ? v[args[1]] : expr_good(0);

	switch ((enum expr_op)n->op) {
	case EXPR_OP_CONST:
		return expr_good(n->num);
	case EXPR_OP_NEG:
		return number(a, -a.v);
	case EXPR_OP_ADD:
	case EXPR_OP_SUB:
	case EXPR_OP_MUL:
	case EXPR_OP_DIV:
		return number(worse_of(a, b), arithmetic((enum expr_op)n->op, a.v, b.v));
	case EXPR_OP_LT:
	case EXPR_OP_LE:
	case EXPR_OP_GT:
	case EXPR_OP_GE:
	case EXPR_OP_EQ:
	case EXPR_OP_NE:
		return truth(worse_of(a, b), compare((enum expr_op)n->op, a.v, b.v));
	case EXPR_OP_NOT:
		return truth(a, a.v == 0);
	case EXPR_OP_AND:
	case EXPR_OP_OR:
		return kleene((enum expr_op)n->op, a, b);
	case EXPR_OP_SCALE:
		return number(a, a.v * n->num);
	case EXPR_OP_CONVERT:
		return number(a, unit_convert(a.v, n->convert[0], n->convert[1]));
	case EXPR_OP_ABS:
		return number(a, fabs(a.v));
	case EXPR_OP_MIN:
	case EXPR_OP_MAX:
		return extreme(n, args, v);
	case EXPR_OP_SWITCH:
		return choose(n, args, v);
	case EXPR_OP_DEFAULT:
		return is_absent(a) ? b : a;
	case EXPR_OP_PRESENT:
		if (is_absent(a))
			return expr_good(0);
		if (a.quality == QUALITY_GOOD || a.quality == QUALITY_SUSPECT)
			return expr_good(1);
		return expr_unknown(a.quality, a.reason);
	case EXPR_OP_HAS:
		return has(a, n->num);
	case EXPR_OP_SAME:
		return a;
	case EXPR_OP_REF:
	case EXPR_OP_CALL:
	case _EXPR_OP_MAX:
		break;
	}
	return expr_unknown(QUALITY_SUSPECT, REASON_DECODE);
}

struct expr_value expr_eval_nodes(
	const struct expr *e, const struct expr_env *env, struct expr_value *ret)
{
	for (unsigned i = 0; i < e->n_nodes; i++) {
		const struct expr_node *n = &e->nodes[i];

		if (n->op == EXPR_OP_REF) {
			ret[i] = env->value(env->userdata, n->ref);
			/* What a decoder lets through must not break "good is finite". */
			if (ret[i].quality == QUALITY_GOOD && !isfinite(ret[i].v))
				ret[i] = expr_unknown(QUALITY_SUSPECT, REASON_DECODE);
		} else if (n->op == EXPR_OP_CALL) {
			ret[i] = env->call ? env->call(env->userdata, e, i, ret)
					   : expr_unknown(QUALITY_UNAVAILABLE, REASON_UNSUPPORTED);
		} else {
			ret[i] = expr_eval_pure(n, e->args + n->first, ret);
		}
	}
	return ret[e->n_nodes - 1];
}

struct expr_value expr_eval(const struct expr *e, const struct expr_env *env)
{
	struct expr_value v[EXPR_NODES_MAX]; /* 4 KB */

	return expr_eval_nodes(e, env, v);
}
