/* SPDX-License-Identifier: Apache-2.0 */
#include "mapfit.h"

#include <math.h>

#define FAR_KELVIN 5.0
#define FAR_VOLTS  20.0

enum kind {
	KIND_NONE, /* nothing with a value came yet */
	KIND_ZERO,
	KIND_FFFF, /* every bit of the register set */
	KIND_OTHER,
};

void mapfit_done(struct mapfit *m)
{
	free(TAKE_PTR(m->points));
}

static bool is_float(enum point_type t)
{
	return t == POINT_F32 || t == POINT_F64;
}

/* A whole register that holds a quantity: its being 0 says something. */
static bool is_number(const struct point *pt)
{
	/* What is read under a condition may be something else just now. */
	return pt->read && !pt->when && !pt->format && pt->type != POINT_BIT &&
	       pt->type != POINT_STRING && pt->type != POINT_STRING_2 && pt->n_enums == 0 &&
	       !pt->fault_code;
}

static bool has_unit(const struct point *pt, const char *name)
{
	unit_id u;

	return pt->offset == 0 && unit_by_name(name, &u) == 0 && pt->unit == u;
}

/* What does not go to 0 in one step: in the unit of the point, NAN where there is no such thing. */
static float far_of(const struct point *pt)
{
	return has_unit(pt, "V") ? FAR_VOLTS : has_unit(pt, "°C") ? FAR_KELVIN : NAN;
}

static bool has_range(const struct point *pt)
{
	return !isnan(pt->possible_min) || !isnan(pt->possible_max);
}

int mapfit_init(struct mapfit *m, const struct profile *profile)
{
	struct mapfit_point *points =
		calloc(profile->n_points ? profile->n_points : 1, sizeof(*points));

	if (!points)
		return -ENOMEM;
	for (size_t i = 0; i < profile->n_points; i++)
		points[i] = (struct mapfit_point){.probe = -1,
			.number = is_number(&profile->points[i]),
			.far_from = far_of(&profile->points[i])};
	for (size_t i = 0; i < profile->n_probes; i++)
		if (profile->probes[i].point >= 0)
			points[profile->probes[i].point].probe = (int8_t)i;
	*m = (struct mapfit){.profile = profile, .points = points, .probe = -1};
	return 0;
}

/* Every bit set of a register, or of the bits of it that are read ("holding:7.8:8"). Of what an adapter
 * makes itself nothing is known: a byte or more of ones. */
static bool all_ones(const struct point *pt, int64_t raw)
{
	const char *field = strchr(pt->read, '.'), *width = field ? strchr(field, ':') : NULL;
	unsigned bits = width ? (unsigned)strtoul(width + 1, NULL, 10) : point_type_bits(pt->type);

	if (raw == -1)
		return true;
	if (pt->type != POINT_NATIVE && bits >= 8 && bits < 64)
		return raw == (INT64_C(1) << bits) - 1;
	return pt->type == POINT_NATIVE && raw >= UINT8_MAX && (raw & (raw + 1)) == 0;
}

/* Sentinels count by what stood in the register: a table of 7fff is not the matter here. */
static enum kind kind_of(const struct point *pt, const struct reading *r)
{
	if (is_float(pt->type)) {
		if (r->quality == QUALITY_SUSPECT && r->reason == REASON_DECODE)
			return KIND_FFFF; /* not a number: ffff ffff is one */
		return r->type == VALUE_NUMBER && r->num == 0 ? KIND_ZERO : KIND_OTHER;
	}
	/* Of a serial protocol integers alone have a raw value. */
	if (r->raw == 0)
		return pt->type == POINT_NATIVE && (r->type != VALUE_NUMBER || r->num != 0)
			       ? KIND_OTHER
			       : KIND_ZERO;
	return all_ones(pt, r->raw) ? KIND_FFFF : KIND_OTHER;
}

static bool probe_differs(const struct identify *probe, const struct reading *r)
{
	struct raw_value v = {.kind = RAW_INT, .i = r->raw};

	if (probe->type == POINT_STRING || probe->type == POINT_STRING_2) {
		v.kind = RAW_TEXT;
		if (r->type == VALUE_STRING)
			(void)str_copy(v.text, sizeof(v.text), r->text);
	} else if (is_float(probe->type)) {
		v.kind = RAW_FLOAT;
		v.f = r->type == VALUE_NUMBER ? r->num : NAN;
	}
	return !identify_match(probe, &v);
}

static bool no_value(const struct reading *r)
{
	return r->quality == QUALITY_UNAVAILABLE || r->quality == QUALITY_STALE;
}

static void look(struct mapfit *m, const struct reading *r)
{
	const struct point *pt = &m->profile->points[r->point];
	struct mapfit_point *s = &m->points[r->point];
	bool out = r->quality == QUALITY_SUSPECT && r->reason == REASON_RANGE;

	if (no_value(r))
		return;
	if (s->probe >= 0) {
		bool differs = probe_differs(&m->profile->probes[s->probe], r);

		s->mismatches = differs ? (uint8_t)MIN(s->mismatches + 1, MAPFIT_TWICE) : 0;
		s->kind = KIND_OTHER;
		return;
	}
	s->kind = (uint8_t)kind_of(pt, r);
	s->since = true;
	s->varied = s->varied || s->kind == KIND_OTHER;
	s->far = s->kind == KIND_OTHER &&
		 fabs((is_float(pt->type) || pt->type == POINT_NATIVE
				 ? r->num
				 : (double)r->raw * pt->scale)) >= s->far_from;
	s->out = out ? (uint8_t)MIN(s->out + 1, MAPFIT_TWICE) : 0;
}

/* A number of the map, what stands in it now, or KIND_NONE. */
static enum kind number_kind(const struct mapfit *m, const struct reading *r)
{
	if (r->point >= m->profile->n_points || no_value(r) || !m->points[r->point].number ||
		m->points[r->point].probe >= 0)
		return KIND_NONE;
	return kind_of(&m->profile->points[r->point], r);
}

bool mapfit_doubts(struct mapfit *m, const struct reading *r, size_t n)
{
	bool jumped = false, any = false;

	for (size_t i = 0; i < n; i++) {
		enum kind kind = number_kind(m, &r[i]);

		if (kind == KIND_NONE)
			continue;
		if (kind == KIND_OTHER) {
			m->doubting = false;
			return false;
		}
		any = true;
		if (m->points[r[i].point].kind != kind)
			jumped = jumped || kind == KIND_FFFF || m->points[r[i].point].far;
	}
	if (jumped && !m->doubting) {
		m->doubting = true;
		for (size_t i = 0; i < m->profile->n_points; i++)
			m->points[i].since = false;
	}
	return m->doubting && any;
}

/* ---- the three proofs */

static int differing_probe(const struct mapfit *m)
{
	for (size_t i = 0; i < m->profile->n_points; i++)
		if (m->points[i].mismatches >= MAPFIT_TWICE)
			return m->points[i].probe;
	return -1;
}

static size_t count_alike(const struct mapfit *m, enum kind *ret)
{
	size_t n = 0, n_since = 0, physical = 0, varied = 0;
	bool all = true;

	*ret = KIND_NONE;
	for (size_t i = 0; i < m->profile->n_points; i++) {
		const struct mapfit_point *s = &m->points[i];

		if (!s->number || s->kind == KIND_NONE || s->probe >= 0)
			continue;
		n_since += s->since;
		if (s->kind == KIND_OTHER) {
			all = false;
			continue;
		}
		if (*ret != KIND_NONE && s->kind != *ret)
			all = all && m->doubting;
		*ret = (enum kind)s->kind;
		n++;
		physical += !isnan(s->far_from);
		varied += s->varied;
	}
	if (m->doubting && n_since >= MAPFIT_ALIKE_MIN)
		return n_since;
	if (!all || n < MAPFIT_ALIKE_MIN)
		return 0;
	return physical >= MAPFIT_PHYSICAL || 2 * varied >= n ? n : 0;
}

static void count_ranges(const struct mapfit *m, size_t *ret_out, size_t *ret_of)
{
	*ret_out = *ret_of = 0;
	for (size_t i = 0; i < m->profile->n_points; i++) {
		if (!has_range(&m->profile->points[i]) || m->points[i].kind == KIND_NONE)
			continue;
		(*ret_of)++;
		*ret_out += m->points[i].out >= MAPFIT_TWICE;
	}
}

static enum misfit judge(struct mapfit *m)
{
	enum kind kind;
	size_t out, of;

	m->probe = (int16_t)differing_probe(m);
	if (m->probe >= 0)
		return FIT_IDENTITY;
	if (count_alike(m, &kind) > 0)
		return FIT_ALIKE;
	count_ranges(m, &out, &of);
	if (m->verdict == FIT_RANGES ? 4 * out >= of && out > 0
				     : out >= MAPFIT_RANGE_MIN && 2 * out >= of)
		return FIT_RANGES;
	return FIT_OK;
}

bool mapfit_apply(struct mapfit *m, const struct reading *r, size_t n)
{
	enum misfit before = m->verdict;
	int16_t probe = m->probe;

	for (size_t i = 0; i < n; i++)
		if (r[i].point < m->profile->n_points)
			look(m, &r[i]);
	m->verdict = judge(m);
	return m->verdict != before || m->probe != probe;
}

bool mapfit_proven(const struct mapfit *m)
{
	bool number = false;

	for (size_t i = 0; i < m->profile->n_points; i++) {
		const struct mapfit_point *s = &m->points[i];

		if (s->probe >= 0 && (s->kind == KIND_NONE || s->mismatches > 0))
			return false;
		number = number || (s->probe < 0 && s->kind == KIND_OTHER);
	}
	return m->verdict == FIT_OK && !m->doubting && number;
}

void mapfit_text(const struct mapfit *m, bool zh, char *dst, size_t size)
{
	const struct identify *probe = m->probe >= 0 ? &m->profile->probes[m->probe] : NULL;
	enum kind kind = KIND_NONE;
	size_t out, of, alike;

	dst[0] = '\0';
	switch (m->verdict) {
	case FIT_OK:
		return;
	case FIT_IDENTITY:
		(void)snprintf(dst, size,
			zh ? "设备标识 %s (%s) 不再是 %s" : "identity %s (%s) is no longer %s",
			probe ? probe->name : "?", probe ? probe->read : "?",
			probe ? probe->equals : "?");
		return;
	case FIT_ALIKE:
		alike = count_alike(m, &kind);
		(void)snprintf(dst, size, zh ? "全部 %zu 个数值都是 %s" : "all %zu numbers read %s",
			alike, kind == KIND_ZERO ? "0" : "ffff");
		return;
	case FIT_RANGES:
		count_ranges(m, &out, &of);
		(void)snprintf(dst, size,
			zh ? "%2$zu 个数值中有 %1$zu 个超出可能范围"
			   : "%1$zu of %2$zu values are outside of what is possible",
			out, of);
		return;
	}
}
