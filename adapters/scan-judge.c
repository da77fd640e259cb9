/* SPDX-License-Identifier: Apache-2.0 */
/* Which profile fits the answers of a unit, and how certainly. */
#include "scan-internal.h"

#include <math.h>

/* A profile that its probes prove this much needs no further points read. */
#define PROVEN 75
/* A probe of this score that fails rules the profile out by itself; of weaker ones two do. */
#define IDENTITY 50
/* Points read of a profile that has no proof, and what each good one proves; together they never make
 * more than PLAUSIBLE_MAX: many registers hold small numbers. */
#define POINTS_MAX    5
#define POINT_SCORE   9
#define PLAUSIBLE_MAX 45
/* What one point outside its range, or refused, leaves of it. */
#define SPOILS 0.35
/* Two whose certainty is this close are not told apart. */
#define ALIKE 5

static const uint8_t device_id[4] = {MODBUS_DEVICE_ID, 14, 1, 0};
static const uint8_t report_id[1] = {MODBUS_REPORT_ID};

const struct scan_answer *scan_recall(const struct scan_memory *m, const uint8_t *pdu, size_t n)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->v[i].n == n && memcmp(m->v[i].pdu, pdu, n) == 0)
			return &m->v[i];
	return NULL;
}

static bool read_of(const struct profile *p, const char *read, enum point_type type,
	uint8_t string_len, struct modbus_point *ret_point, uint8_t ret[MODBUS_READ_PDU])
{
	char text[200];

	if (modbus_point_parse(
		    read, p->addressing, type, string_len, ret_point, text, sizeof(text)) < 0)
		return false;
	modbus_request_pdu(&(struct modbus_request){.function = ret_point->function,
				   .address = ret_point->first,
				   .count = ret_point->n},
		ret);
	return true;
}

/* What nearly every home has in these, in units of the model: 0 says nothing, all else speaks against
 * it. Mains are 100 to 240 V and 50 or 60 Hz, within 10 %; between phases 400 V. */
static const struct {
	const char *attribute;
	double min, max;
} homely[] = {{"frequency", 45, 66}, {"rms_voltage", 85, 480}};

static bool homely_range(const struct point *pt, double *ret_min, double *ret_max)
{
	for (size_t i = 0; pt->attribute && i < ARRAY_SIZE(homely); i++)
		if (streq(pt->attribute, homely[i].attribute)) {
			*ret_min = homely[i].min;
			*ret_max = homely[i].max;
			return true;
		}
	return false;
}

/* Points worth reading to see whether the map fits: numbers, best those with a range or names. */
static bool readable(const struct point *pt)
{
	return pt->read && !pt->when && !pt->hidden && !pt->device_absolute && pt->device == 0 &&
	       pt->type != POINT_STRING && pt->type != POINT_STRING_2 && pt->type != POINT_BIT &&
	       pt->type != POINT_NATIVE;
}

static bool telling(const struct point *pt)
{
	double min, max;

	return !isnan(pt->possible_min) || !isnan(pt->possible_max) ||
	       (pt->n_enums > 0 && !pt->bits) || homely_range(pt, &min, &max);
}

static size_t telling_points(const struct profile *p, uint16_t ret[POINTS_MAX])
{
	size_t all = 0, k = 0, n = 0;

	for (size_t i = 0; i < p->n_points; i++)
		all += readable(&p->points[i]) && telling(&p->points[i]);
	/* Spread over the map. */
	for (size_t i = 0; i < p->n_points && n < POINTS_MAX; i++) {
		if (!readable(&p->points[i]) || !telling(&p->points[i]))
			continue;
		if (k * POINTS_MAX >= n * MAX(all, POINTS_MAX))
			ret[n++] = (uint16_t)i;
		k++;
	}
	for (size_t i = 0; i < p->n_points && n < POINTS_MAX; i++)
		if (readable(&p->points[i]) && !telling(&p->points[i]))
			ret[n++] = (uint16_t)i;
	return n;
}

/* ---- what the answers say of one profile */

struct verdict {
	double unproven; /* 1: nothing speaks for it */
	double plausible, spoilt;
	unsigned probes, values, refused, wrong;
	bool excluded, asks; /* .asks: next is in .pdu */
	bool all_zero, all_ones;
	uint8_t pdu[MODBUS_READ_PDU];
	char proof[120];
};

static void ask(struct verdict *v, const uint8_t pdu[MODBUS_READ_PDU])
{
	v->asks = true;
	memcpy(v->pdu, pdu, MODBUS_READ_PDU);
}

static void judge_probes(const struct scan_memory *m, const struct profile *p, struct verdict *v)
{
	size_t used = 0;

	for (size_t i = 0; i < p->n_probes && !v->excluded && !v->asks; i++) {
		const struct identify *probe = &p->probes[i];
		struct point pt = {.type = probe->type, .string_len = probe->string_len};
		const struct scan_answer *a;
		struct modbus_point mp;
		struct raw_value value;
		uint8_t pdu[MODBUS_READ_PDU];

		if (!read_of(p, probe->read, probe->type, probe->string_len, &mp, pdu))
			continue;
		a = scan_recall(m, pdu, sizeof(pdu));
		if (!a) {
			ask(v, pdu);
			return;
		}
		if (a->result == -ETIMEDOUT || a->result == -EBADMSG)
			continue;
		if (a->result < 0 || !modbus_value(&pt, &mp, a->reply + 2, &value) ||
			!identify_match(probe, &value)) {
			/* A limit of a setting may be another in this model; an identity is not. */
			v->wrong++;
			v->spoilt *= SPOILS;
			v->excluded = probe->score >= IDENTITY || v->wrong >= 2;
			continue;
		}
		v->probes++;
		v->unproven *= 1 - probe->score / 100.0;
		if (value.kind == RAW_TEXT)
			(void)str_appendf(v->proof, sizeof(v->proof), &used, "%s%s \"%.24s\"",
				used ? ", " : "", probe->name, probe->equals);
		else if (strstr(probe->equals, "..")) /* raw, and of floats in hexadecimal */
			(void)str_appendf(v->proof, sizeof(v->proof), &used, "%s%s in its range",
				used ? ", " : "", probe->name);
		else
			(void)str_appendf(v->proof, sizeof(v->proof), &used, "%s%s %.24s",
				used ? ", " : "", probe->name, probe->equals);
	}
}

static void judge_point(const struct profile *p, unsigned point, const struct modbus_point *mp,
	const struct scan_answer *a, struct verdict *v)
{
	const struct point *pt = &p->points[point];
	struct reading r = {.point = (uint16_t)point};
	struct raw_value value;
	double min, max;
	bool known, homes;

	if (a->result < 0) {
		v->refused++;
		v->spoilt *= SPOILS;
		return;
	}
	for (size_t i = 2; i < a->len; i++) {
		v->all_zero = v->all_zero && a->reply[i] == 0;
		v->all_ones = v->all_ones && a->reply[i] == 0xFF;
	}
	if (!modbus_value(pt, mp, a->reply + 2, &value)) {
		v->wrong++;
		v->spoilt *= SPOILS;
		return;
	}
	point_convert(p, point, &value, &r);
	known = r.type != VALUE_ENUM || !enum_code_is_vendor(r.code);
	if (r.quality == QUALITY_SUSPECT || !known) {
		v->wrong++;
		v->spoilt *= SPOILS;
	} else if (r.quality == QUALITY_GOOD) {
		homes = homely_range(pt, &min, &max);
		if (homes && r.type == VALUE_NUMBER && r.raw != 0 && (r.num < min || r.num > max)) {
			v->wrong++;
			v->spoilt *= SPOILS;
			return;
		}
		v->values++;
		/* A zero, and a number that may be any, fit nearly everywhere. */
		v->plausible += r.raw == 0 || !telling(pt) ? POINT_SCORE / 3.0
				: homes                    ? 2 * POINT_SCORE
							   : POINT_SCORE;
	}
}

static void judge_points(const struct scan_memory *m, const struct profile *p, struct verdict *v)
{
	uint16_t points[POINTS_MAX];
	size_t n = telling_points(p, points);

	v->all_zero = v->all_ones = n > 0;
	for (size_t i = 0; i < n && !v->asks; i++) {
		const struct point *pt = &p->points[points[i]];
		const struct scan_answer *a;
		struct modbus_point mp;
		uint8_t pdu[MODBUS_READ_PDU];

		if (!read_of(p, pt->read, pt->type, pt->string_len, &mp, pdu))
			continue;
		a = scan_recall(m, pdu, sizeof(pdu));
		if (!a) {
			ask(v, pdu);
			return;
		}
		judge_point(p, points[i], &mp, a, v);
		/* Most of it is not there, or not so: it is another map. A module that is not fitted
		 * may refuse its own. */
		if (v->refused > POINTS_MAX / 2 || v->wrong >= 2)
			v->excluded = v->probes == 0;
		if (v->excluded)
			return;
	}
}

static struct verdict judge_profile(const struct scan_memory *m, const struct profile *p)
{
	struct verdict v = {.unproven = 1, .spoilt = 1};

	if (!streq(p->adapter, "modbus")) {
		v.excluded = true;
		return v;
	}
	judge_probes(m, p, &v);
	if (!v.excluded && !v.asks && 100 * (1 - v.unproven) < PROVEN)
		judge_points(m, p, &v);
	return v;
}

static int certainty(const struct verdict *v)
{
	double proven = 1 - v->unproven;
	double plausible = MIN(v->plausible, PLAUSIBLE_MAX) / 100 * v->spoilt;

	if (v->excluded || (v->probes == 0 && v->values == 0))
		return 0;
	if (v->values + v->wrong > 0 && (v->all_zero || v->all_ones))
		plausible = 0.01;
	/* Probes that came out well, and points that do not: something moved. */
	proven *= 0.5 + 0.5 * v->spoilt;
	return (int)lround(100 * (1 - (1 - proven) * (1 - plausible)));
}

static void explain(const struct verdict *v, struct scan_match *ret)
{
	size_t used = 0;

	*ret->reason = '\0';
	if (v->probes > 0)
		(void)str_appendf(ret->reason, sizeof(ret->reason), &used, "%s", v->proof);
	if (v->values > 0)
		(void)str_appendf(ret->reason, sizeof(ret->reason), &used,
			"%s%u of %u values are possible", used ? "; " : "", v->values,
			v->values + v->wrong + v->refused);
	if (v->values > 0 && (v->all_zero || v->all_ones))
		(void)str_appendf(ret->reason, sizeof(ret->reason), &used, ", but all are %s",
			v->all_zero ? "0" : "FFFF");
	ret->probes = v->probes;
	ret->values = v->values;
}

/* ---- all of them */

bool scan_judge_next(const struct scan_memory *m, const struct profile *const *profiles, size_t n,
	uint8_t ret[MODBUS_READ_PDU], size_t *ret_n)
{
	const struct {
		const uint8_t *pdu;
		size_t n;
	} own[] = {{device_id, sizeof(device_id)}, {report_id, sizeof(report_id)}};

	const struct scan_answer *last;
	bool found = false;

	if (m->n >= ANSWERS_MAX)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (!scan_recall(m, own[i].pdu, own[i].n)) {
			memcpy(ret, own[i].pdu, own[i].n);
			*ret_n = own[i].n;
			return true;
		}
	/* Of two requests in a row that look alike the second waits: another one first, where there is. */
	last = &m->v[m->n - 1];
	for (size_t i = 0; i < n; i++) {
		struct verdict v = judge_profile(m, profiles[i]);
		bool alike = last->n == MODBUS_READ_PDU && v.pdu[0] == last->pdu[0] &&
			     be16(v.pdu + 3) == be16(last->pdu + 3);

		if (!v.asks || (found && alike))
			continue;
		memcpy(ret, v.pdu, sizeof(v.pdu));
		*ret_n = sizeof(v.pdu);
		found = true;
		if (!alike)
			break;
	}
	return found;
}

static void own_words(const struct scan_memory *m, struct scan_found *ret)
{
	const struct scan_answer *a = scan_recall(m, device_id, sizeof(device_id));
	char *const dst[] = {ret->vendor, ret->product, ret->version};
	const uint8_t *p;
	size_t n;

	for (uint8_t i = 0; a && a->result == 0 && i < ARRAY_SIZE(dst); i++)
		if (modbus_device_object(a->reply, a->len, i, &p, &n) == 0)
			str_escape(dst[i], sizeof(ret->vendor), (const char *)p, n);
	a = scan_recall(m, report_id, sizeof(report_id));
	/* Function 17's data are the maker's own; a text among them is worth showing. */
	if (a && a->result == 0 && a->len > 4 && !*ret->product) {
		size_t from = 2, len = 0;

		for (size_t i = 2, run = 0; i < a->len; i++) {
			run = a->reply[i] >= 0x20 && a->reply[i] < 0x7F ? run + 1 : 0;
			if (run > len) {
				len = run;
				from = i + 1 - run;
			}
		}
		if (len >= 3)
			str_escape(ret->product, sizeof(ret->product),
				(const char *)a->reply + from, len);
	}
}

void scan_judge(const struct scan_memory *m, const struct profile *const *profiles, size_t n,
	struct scan_found *ret)
{
	own_words(m, ret);
	ret->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct verdict v = judge_profile(m, profiles[i]);
		struct scan_match match = {.profile = profiles[i], .certainty = certainty(&v)};
		size_t at = ret->n;

		if (match.certainty <= 0)
			continue;
		explain(&v, &match);
		while (at > 0 && ret->matches[at - 1].certainty < match.certainty)
			at--;
		if (at == SCAN_MATCHES_MAX)
			continue;
		if (ret->n < SCAN_MATCHES_MAX)
			ret->n++;
		memmove(&ret->matches[at + 1], &ret->matches[at],
			(ret->n - 1 - at) * sizeof(match));
		ret->matches[at] = match;
	}
	ret->alike = 0;
	while (ret->alike < ret->n &&
		ret->matches[ret->alike].certainty + ALIKE > ret->matches[0].certainty)
		ret->alike++;
}

bool scan_first_read(const struct profile *p, uint8_t ret[MODBUS_READ_PDU])
{
	struct modbus_point mp;

	if (!streq(p->adapter, "modbus"))
		return false;
	for (size_t i = 0; i < p->n_probes; i++)
		if (read_of(p, p->probes[i].read, p->probes[i].type, p->probes[i].string_len, &mp,
			    ret))
			return true;
	for (size_t i = 0; i < p->n_points; i++)
		if (p->points[i].read && read_of(p, p->points[i].read, p->points[i].type,
						 p->points[i].string_len, &mp, ret))
			return true;
	return false;
}
