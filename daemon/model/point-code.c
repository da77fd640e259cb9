/* SPDX-License-Identifier: Apache-2.0 */
/* Fault codes and other texts that are made of raw values. */
#include "daemon/profile/profile.h"

bool point_is_no_fault(const struct point *pt, int64_t raw)
{
	for (size_t i = 0; i < pt->n_no_fault; i++)
		if (pt->no_fault[i] == raw)
			return true;
	return pt->n_no_fault == 0 && raw == 0;
}

unsigned point_type_bits(enum point_type t)
{
	switch (t) {
	case POINT_BIT:
		return 1;
	case POINT_U16:
	case POINT_S16:
	case POINT_BCD16:
		return 16;
	case POINT_U32:
	case POINT_S32:
	case POINT_F32:
	case POINT_BCD32:
		return 32;
	case POINT_U64:
	case POINT_S64:
	case POINT_F64:
	case POINT_STRING:
	case POINT_STRING_2:
	case POINT_NATIVE:
	case _POINT_TYPE_MAX:
		break;
	}
	return 64;
}

unsigned point_type_registers(enum point_type t, unsigned string_len)
{
	switch (t) {
	case POINT_BIT:
	case POINT_U16:
	case POINT_S16:
	case POINT_BCD16:
		return 1;
	case POINT_U32:
	case POINT_S32:
	case POINT_F32:
	case POINT_BCD32:
		return 2;
	case POINT_U64:
	case POINT_S64:
	case POINT_F64:
		return 4;
	case POINT_STRING:
	case POINT_STRING_2:
		return string_len;
	case POINT_NATIVE:
	case _POINT_TYPE_MAX:
		break;
	}
	return 0;
}

bool fault_code_format(const char *format, int64_t raw, char *dst, size_t size)
{
	bool seen = false;
	size_t used = 0;

	if (!format)
		format = "%d";
	for (const char *f = format; *f; f++) {
		int width = 0;

		if (*f != '%') {
			if (!str_appendf(dst, size, &used, "%c", *f))
				return false;
			continue;
		}
		f++;
		if (*f == '%') {
			if (!str_appendf(dst, size, &used, "%%"))
				return false;
			continue;
		}
		if (f[0] == '0' && f[1] >= '1' && f[1] <= '9') {
			width = f[1] - '0';
			f += 2;
		}
		if (seen)
			return false;
		seen = true;
		if (*f == 'd') {
			if (!str_appendf(dst, size, &used, "%0*lld", width, (long long)raw))
				return false;
		} else if (*f == 'x') {
			if (!str_appendf(
				    dst, size, &used, "%0*llx", width, (unsigned long long)raw))
				return false;
		} else if (*f == 'X') {
			if (!str_appendf(
				    dst, size, &used, "%0*llX", width, (unsigned long long)raw))
				return false;
		} else {
			return false;
		}
	}
	return true;
}

/* One {…} of a Format=, behind its brace. */
struct field {
	unsigned shift, width, digits;
	uint64_t add;
	char how; /* d x X c */
};

static bool take_number(const char **p, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (**p < '0' || **p > '9')
		return false;
	for (; **p >= '0' && **p <= '9'; (*p)++) {
		v = v * 10 + (uint64_t)(**p - '0');
		if (v > max)
			return false;
	}
	*ret = v;
	return true;
}

static bool take_field(const char **p, unsigned bits, struct field *f)
{
	uint64_t shift, width, digits = 0;

	*f = (struct field){.how = 'd'};
	if (!take_number(p, 63, &shift) || *(*p)++ != ':' || !take_number(p, 64, &width) ||
		width == 0 || shift + width > bits)
		return false;
	f->shift = (unsigned)shift;
	f->width = (unsigned)width;
	if (**p == '+') {
		(*p)++;
		if (!take_number(p, 1000000000, &f->add))
			return false;
	}
	if (**p == ':') {
		(*p)++;
		if (**p == '0' && !take_number(p, 16, &digits))
			return false;
		f->digits = (unsigned)digits;
		if (**p == 'x' || **p == 'X' || **p == 'c')
			f->how = *(*p)++;
		else if (digits == 0)
			return false;
	}
	return *(*p)++ == '}';
}

bool point_format(const char *format, uint64_t raw, unsigned bits, char *dst, size_t size)
{
	size_t used = 0;
	struct field f;
	uint64_t v;

	*dst = '\0';
	for (const char *p = format; *p;) {
		if (*p == '}')
			return false;
		if (*p != '{') {
			size_t n = strcspn(p, "{}");

			(void)str_appendf(dst, size, &used, "%.*s", (int)n, p);
			p += n;
			continue;
		}
		p++;
		if (!take_field(&p, bits, &f))
			return false;
		v = (f.width < 64 ? raw >> f.shift & ((UINT64_C(1) << f.width) - 1) : raw) + f.add;
		if (f.how == 'c') {
			/* A character that is none is left out: makers pad with NUL and blanks. */
			if (v > ' ' && v < 0x7f)
				(void)str_appendf(dst, size, &used, "%c", (int)v);
		} else if (f.how == 'd')
			(void)str_appendf(
				dst, size, &used, "%0*llu", (int)f.digits, (unsigned long long)v);
		else
			(void)str_appendf(dst, size, &used, f.how == 'x' ? "%0*llx" : "%0*llX",
				(int)f.digits, (unsigned long long)v);
	}
	return true;
}

/* ---- what a code means */

const char *fault_name(const struct fault *f)
{
	return f->name ? f->name : f->code;
}

enum fault_class fault_class_of(const struct point *pt, const struct fault *fault)
{
	if (fault && (fault->own_class || !pt->code_class))
		return fault->class;
	return pt->code_class ? (enum fault_class)(pt->code_class - 1) : CLASS_FAULT;
}

enum severity fault_severity_of(const struct point *pt, const struct fault *fault)
{
	if (fault && (fault->own_severity || !pt->code_severity))
		return fault->severity;
	return pt->code_severity ? (enum severity)(pt->code_severity - 1) : SEVERITY_SERVICE;
}

int fault_bit_state(const struct profile *p, const struct fault *f, const struct reading *r)
{
	const struct point *pt = &p->points[r->point];
	uint64_t all = (UINT64_C(1) << MIN(point_type_bits(pt->type), 63u)) - 1;
	bool active = ((uint64_t)r->raw & f->mask) == f->match;

	switch ((enum quality)r->quality) {
	case QUALITY_GOOD:
		return active;
	case QUALITY_ABSENT:
	case QUALITY_SUSPECT:
	case QUALITY_UNAVAILABLE:
		/* The value that says "no value" may be the fault itself: 0x7FFF of a broken sensor.
		 * Its bits mean nothing. */
		if (r->reason == REASON_RANGE)
			return active;
		if ((r->reason == REASON_NONE || r->reason == REASON_SENSOR) &&
			(f->mask & all) == all && active && !pt->when)
			return 1;
		return r->quality == QUALITY_ABSENT || r->reason == REASON_SENSOR ? 0 : -1;
	case QUALITY_STALE:
	case _QUALITY_MAX:
		break;
	}
	return -1;
}

static const struct fault *by_raw(const struct profile *p, unsigned point, int64_t raw)
{
	const struct fault *any = NULL;

	for (size_t i = 0; i < p->n_faults; i++) {
		const struct fault *f = &p->faults[i];

		if (f->by_bit || f->by_text || f->value != raw)
			continue;
		if (f->point == (int)point)
			return f;
		if (f->point < 0 && !any)
			any = f;
	}
	return any;
}

static const struct fault *by_text(const struct profile *p, unsigned point, const char *text)
{
	const struct fault *any = NULL;

	for (size_t i = 0; i < p->n_faults; i++) {
		const struct fault *f = &p->faults[i];

		if (!f->by_text || !streq(f->code, text))
			continue;
		if (f->point == (int)point)
			return f;
		if (f->point < 0 && !any)
			any = f;
	}
	return any;
}

void profile_fault_lookup(const struct profile *p, unsigned point, int64_t raw,
	const struct fault **ret, char *text, size_t size)
{
	const struct point *pt = &p->points[point];
	unsigned bits = point_type_bits(pt->type);

	*ret = by_raw(p, point, raw);
	if (*ret) {
		(void)str_copy(text, size, (*ret)->code);
		return;
	}
	/* Hexadecimal shows the register's bits, not those of a longer negative number. */
	if (bits < 64 && pt->code_format &&
		(strchr(pt->code_format, 'x') || strchr(pt->code_format, 'X')))
		raw &= (INT64_C(1) << bits) - 1;
	if (!fault_code_format(pt->code_format, raw, text, size))
		(void)snprintf(text, size, "%lld", (long long)raw);
	*ret = by_text(p, point, text);
}

static bool text_is_no_fault(const struct point *pt, const char *text)
{
	for (size_t i = 0; i < pt->n_no_fault_text; i++)
		if (streq(pt->no_fault_text[i], text))
			return true;
	return *text == '\0';
}

/* The sub code as it stands behind the code; "" when there is none now. */
static void detail_text(const struct reading *detail, char *dst, size_t size)
{
	size_t used = 0;

	*dst = '\0';
	if (!detail || detail->quality != QUALITY_GOOD)
		return;
	switch ((enum value_type)detail->type) {
	case VALUE_NUMBER:
		(void)str_appendf(dst, size, &used, "-%02lld", (long long)detail->num);
		break;
	case VALUE_STRING:
		if (*detail->text)
			(void)str_appendf(dst, size, &used, "-%s", detail->text);
		break;
	case VALUE_BOOL:
	case VALUE_ENUM:
	case VALUE_BITS:
		(void)str_appendf(dst, size, &used, "-%lld", (long long)detail->raw);
		break;
	case VALUE_NONE:
		break;
	}
}

bool profile_fault_shown(const struct profile *p, const struct reading *reading,
	const struct reading *detail, const struct fault **ret, char *text, size_t size)
{
	const struct point *pt = &p->points[reading->point];
	bool is_text = pt->format || pt->type == POINT_STRING || pt->type == POINT_STRING_2;
	char full[96], sub[READING_TEXT_MAX + 2];
	const struct fault *exact;
	size_t used = 0;

	*ret = NULL;
	if (reading->quality != QUALITY_GOOD)
		return false;
	if (is_text && reading->type == VALUE_STRING) {
		if (text_is_no_fault(pt, reading->text) ||
			(pt->format && point_is_no_fault(pt, reading->raw)))
			return false;
		(void)str_copy(text, size, reading->text);
		*ret = by_text(p, reading->point, text);
	} else {
		if (point_is_no_fault(pt, reading->raw))
			return false;
		profile_fault_lookup(p, reading->point, reading->raw, ret, text, size);
	}
	detail_text(detail, sub, sizeof(sub));
	if (!*sub || !str_appendf(full, sizeof(full), &used, "%s%s", text, sub))
		return true;
	exact = by_text(p, reading->point, full);
	if (exact)
		*ret = exact;
	(void)str_copy(text, size, full);
	return true;
}
