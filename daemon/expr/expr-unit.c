/* SPDX-License-Identifier: Apache-2.0 */
/* Units of expressions: those of unit.h and what × and ÷ make of them. */
#include "expr-internal.h"

#include <math.h>

struct expr_unit expr_unit_of(unit_id id)
{
	struct expr_unit u = {.id = id, .absolute = unit_is_absolute(id)};

	unit_si(id, u.dim, &u.factor);
	return u;
}

static bool same_factor(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fabs(b);
}

static bool no_dim(const struct expr_unit *u)
{
	static const int8_t none[UNIT_DIMS];

	return memcmp(u->dim, none, sizeof(none)) == 0;
}

bool expr_unit_is_plain(const struct expr_unit *u)
{
	if (!no_dim(u) || u->absolute || u->factor != 1)
		return false;
	return u->id == UNIT_NONE || streq(unit_name(u->id), "count") ||
	       streq(unit_name(u->id), "ratio") || streq(unit_name(u->id), "steps");
}

bool expr_unit_convertible(
	const struct expr_unit *from, const struct expr_unit *to, double *ret_scale)
{
	if (from->absolute != to->absolute || memcmp(from->dim, to->dim, UNIT_DIMS) != 0)
		return false;
	/* W and VA, Hz and rpm have the same exponents and are not the same thing. */
	if (from->id != to->id && from->id != UNIT_NONE && to->id != UNIT_NONE &&
		!unit_convertible(from->id, to->id))
		return false;
	if (from->absolute)
		*ret_scale = from->id == to->id ? 1 : NAN;
	else
		*ret_scale = same_factor(from->factor, to->factor) ? 1 : from->factor / to->factor;
	return true;
}

struct expr_unit expr_unit_difference(const struct expr_unit *u)
{
	unit_id k;

	if (!u->absolute || unit_by_name("K", &k) < 0)
		return *u;
	return expr_unit_of(k);
}

struct expr_unit expr_unit_product(const struct expr_unit *a, const struct expr_unit *b, int sign)
{
	struct expr_unit u = {0};

	if (expr_unit_is_plain(b) && (sign > 0 || !no_dim(a) || a->factor != 1))
		return *a;
	if (expr_unit_is_plain(a) && sign > 0)
		return *b;
	for (unsigned i = 0; i < UNIT_DIMS; i++) {
		int e = a->dim[i] + sign * b->dim[i];

		/* Nothing anybody measures comes near; a wrong sum must not wrap round to a right
		 * one. */
		u.dim[i] = (int8_t)CLAMP(e, -100, 100);
	}
	u.factor = sign > 0 ? a->factor * b->factor : a->factor / b->factor;
	if (!no_dim(&u))
		(void)unit_by_si(u.dim, u.factor, &u.id);
	return u;
}

static bool is_quotient(const struct expr_unit *u, const struct expr_unit *x,
	const struct expr_unit *y, int sign, int power)
{
	if (x->absolute || y->absolute || no_dim(y))
		return false;
	for (unsigned i = 0; i < UNIT_DIMS; i++)
		if (u->dim[i] != x->dim[i] + sign * power * y->dim[i])
			return false;
	return same_factor(u->factor, x->factor * pow(y->factor, sign * power));
}

#define UNITS_TRIED 160 /* more than unit.h has */

/* Each unit is looked up once: pairs of them are many. */
static bool format_quotient(char *dst, size_t size, const struct expr_unit *u, int sign, int power)
{
	struct expr_unit units[UNITS_TRIED];
	unsigned n = 1;

	for (; n < UNITS_TRIED && *unit_name((unit_id)n); n++)
		units[n] = expr_unit_of((unit_id)n);
	for (unsigned a = 1; a < n; a++)
		for (unsigned b = 1; b < n; b++)
			if (is_quotient(u, &units[a], &units[b], sign, power)) {
				(void)snprintf(dst, size, "%s%s%s%s", unit_name((unit_id)a),
					sign > 0 ? "·" : "/", unit_name((unit_id)b),
					power == 2 ? "²" : "");
				return true;
			}
	return false;
}

/* W·s, which is also W/Hz: nobody calls it that. */
static bool is_joule(const struct expr_unit *u)
{
	static const int8_t energy[UNIT_DIMS] = {2, 1, -2, 0, 0};

	return memcmp(u->dim, energy, sizeof(energy)) == 0 && same_factor(u->factor, 1);
}

void expr_unit_format(char *dst, size_t size, const struct expr_unit *u)
{
	static const char *const base[UNIT_DIMS] = {"m", "kg", "s", "A", "K"};
	size_t used = 0;
	unit_id id;

	dst[0] = 0;
	if (u->id != UNIT_NONE || expr_unit_is_plain(u)) {
		(void)str_copy(dst, size, unit_name(u->id));
		return;
	}
	if (is_joule(u)) {
		(void)str_copy(dst, size, "J");
		return;
	}
	if (format_quotient(dst, size, u, -1, 1) || format_quotient(dst, size, u, -1, 2) ||
		format_quotient(dst, size, u, 1, 1))
		return;
	/* What a full stroke, speed or humidity would make of it: m³/h/% */
	if (unit_by_si(u->dim, u->factor / 100, &id) == 0) {
		str_appendf(dst, size, &used, "%s/%%", unit_name(id));
		return;
	}
	if (!same_factor(u->factor, 1))
		str_appendf(dst, size, &used, "%g", u->factor);
	for (unsigned i = 0; i < UNIT_DIMS; i++)
		if (u->dim[i] == 1)
			str_appendf(dst, size, &used, "%s%s", used ? "·" : "", base[i]);
		else if (u->dim[i] != 0)
			str_appendf(
				dst, size, &used, "%s%s^%d", used ? "·" : "", base[i], u->dim[i]);
}

const char *expr_names_model(const void *list, size_t i, int64_t *ret)
{
	const struct model_value *v = list;

	*ret = v[i].value;
	return v[i].name;
}

bool expr_names_find(const struct expr_names *names, const char *name, int64_t *ret)
{
	for (size_t i = 0; names && i < names->n; i++)
		if (streq_ptr(names->at(names->list, i, ret), name))
			return true;
	if (!names || !names->intern)
		return false;
	*ret = names->intern(names->list, name);
	return true;
}
