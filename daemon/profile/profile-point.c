/* SPDX-License-Identifier: Apache-2.0 */
/* One [Point NAME] of a profile: type, encoding, attribute, period. */
#include "profile-load.h"

#include <math.h>

/* One [Point] while it is read. */
struct draft {
	struct loader *l;
	struct ini_section *s;
	struct point *pt;
	const struct model_attr *attr; /* NULL for vendor. and hidden */
	bool computed;                 /* Value= instead of Read= */
	unsigned width;                /* of a bit field of a register; 0 = the whole value */
};

static bool is_text(enum point_type t)
{
	return t == POINT_STRING || t == POINT_STRING_2;
}

static bool is_float(enum point_type t)
{
	return t == POINT_F32 || t == POINT_F64;
}

static unsigned int_bits(enum point_type t)
{
	switch (t) {
	case POINT_U16:
	case POINT_S16:
		return 16;
	case POINT_U32:
	case POINT_S32:
		return 32;
	case POINT_BIT:
	case POINT_U64:
	case POINT_S64:
	case POINT_F32:
	case POINT_F64:
	case POINT_BCD16:
	case POINT_BCD32:
	case POINT_STRING:
	case POINT_STRING_2:
	case POINT_NATIVE:
	case _POINT_TYPE_MAX:
		break;
	}
	return 0;
}

/* 0x8000 of an s16 is -32768, -1 of a u16 is 65535; -ERANGE when no register, or no field of WIDTH
 * bits, can hold it. */
static int normalise_raw(enum point_type t, unsigned width, int64_t *v)
{
	unsigned bits = int_bits(t);
	int64_t span;

	if (bits > 0 && width > 0)
		bits = MIN(bits, width);
	if (bits == 0)
		return 0;
	span = INT64_C(1) << bits;
	if (*v < -span / 2 || *v >= span)
		return -ERANGE;
	if ((t == POINT_S16 || t == POINT_S32) && *v >= span / 2)
		*v -= span;
	if ((t == POINT_U16 || t == POINT_U32) && *v < 0)
		*v += span;
	return 0;
}

static bool name_valid(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.");

	return n >= 1 && n <= 48 && name[n] == '\0';
}

/* Names of enum values travel on the wire. */
static bool value_name_valid(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return n >= 1 && n <= 40 && name[n] == '\0';
}

static void load_sentinels(
	struct draft *d, const char *key, enum quality quality, enum reason reason)
{
	struct ini_entry *e = ini_get(d->s, key, NULL);
	struct point *pt = d->pt;
	_cleanup_free_ char **words = NULL;
	struct sentinel *v;
	size_t n = 0;
	int r;

	if (!e)
		return;
	if ((is_text(pt->type) && (pt->string_len > 4 || !d->l->modbus)) || pt->type == POINT_BIT) {
		(void)loader_bad(d->l, d->s, e, "a %s%s has no such values",
			point_type_name(pt->type),
			is_text(pt->type) ? " of more than 4 registers" : "");
		return;
	}
	r = ini_get_list(d->s, key, PROFILE_SENTINELS_MAX, d->l->problems, &words, &n);
	loader_note(d->l, r);
	if (r <= 0)
		return;
	if (pt->n_sentinels + n > PROFILE_SENTINELS_MAX) {
		(void)loader_bad(d->l, d->s, e, "more than %u such values for one point",
			PROFILE_SENTINELS_MAX);
		return;
	}
	v = reallocarray(pt->sentinels, pt->n_sentinels + n, sizeof(*v));
	if (!v) {
		d->l->failed = true;
		return;
	}
	pt->sentinels = v;
	for (size_t i = 0; i < n; i++) {
		struct sentinel one = {.quality = (uint8_t)quality, .reason = (uint8_t)reason};

		if (is_float(pt->type)) {
			if (streq(words[i], "nan"))
				one.num = NAN;
			else if (parse_double(words[i], &one.num) < 0)
				r = -EINVAL;
		} else {
			r = loader_parse_raw(words[i], &one.raw);
			if (r == 0)
				r = normalise_raw(pt->type, d->width, &one.raw);
		}
		if (r < 0) {
			(void)loader_bad(d->l, d->s, e,
				"\"%.64s\" is no raw value of type %s; blanks stand between several",
				words[i], point_type_name(pt->type));
			return;
		}
		pt->sentinels[pt->n_sentinels++] = one;
	}
}

static void load_scale(struct draft *d, enum value_type type)
{
	static const char *const keys[] = {"Scale", "Divide", "Offset", "Possible", "Unit"};
	struct point *pt = d->pt;
	struct problems *problems = d->l->problems;
	double scale = 1, divide = 1;
	struct ini_entry *e;

	if (type != VALUE_NUMBER && !pt->format &&
		!(d->attr && (d->attr->type == ATTR_STRING || d->attr->type == ATTR_TIMESTAMP))) {
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
			e = ini_get(d->s, keys[i], NULL);
			if (e)
				(void)loader_bad(d->l, d->s, e, "only numbers have it");
		}
		return;
	}
	loader_note(d->l, ini_get_double(d->s, "Scale", -1e12, 1e12, problems, &scale));
	loader_note(d->l, ini_get_double(d->s, "Divide", -1e12, 1e12, problems, &divide));
	loader_note(d->l, ini_get_double(d->s, "Offset", -1e12, 1e12, problems, &pt->offset));
	if (scale == 0)
		(void)loader_bad(d->l, d->s, ini_get(d->s, "Scale", NULL), "must not be 0");
	else if (divide == 0)
		(void)loader_bad(d->l, d->s, ini_get(d->s, "Divide", NULL), "must not be 0");
	else
		pt->scale = scale / divide;
}

static void load_unit(struct draft *d)
{
	struct ini_entry *e = ini_get(d->s, "Unit", NULL);
	bool needed = d->attr && d->attr->type == ATTR_NUMBER;

	if (!e) {
		if (needed && !d->computed)
			(void)loader_bad(d->l, d->s, NULL, "Unit= is missing; %s is in %s",
				d->attr->name, unit_name(d->attr->unit));
		return;
	}
	if (unit_by_name(e->value, &d->pt->unit) < 0)
		(void)loader_bad(d->l, d->s, e,
			"there is no unit \"%.32s\"; known are °C, K, %%, W, kWh, V, A, Hz, bar, kPa, "
			"L/min, m³/h, h, rpm and others of the same kinds",
			e->value);
	else if (needed && !unit_convertible(d->pt->unit, d->attr->unit))
		(void)loader_bad(d->l, d->s, e, "%s does not convert to %s, the unit of %s",
			unit_name(d->pt->unit), unit_name(d->attr->unit), d->attr->name);
}

static void load_possible(struct draft *d)
{
	struct ini_entry *e = ini_get(d->s, "Possible", NULL);
	const char *dots;
	char low[64];

	if (!e)
		return;
	dots = strstr(e->value, "..");
	if (dots && (size_t)(dots - e->value) < sizeof(low)) {
		memcpy(low, e->value, (size_t)(dots - e->value));
		low[dots - e->value] = '\0';
		if (parse_double(low, &d->pt->possible_min) == 0 &&
			parse_double(dots + 2, &d->pt->possible_max) == 0 &&
			d->pt->possible_min < d->pt->possible_max)
			return;
	}
	(void)loader_bad(d->l, d->s, e, "\"%.64s\" is no range; write -50..120", e->value);
}

/* "rock_left_right+rock_up_down" or "none" → set of bits. */
static int parse_set(const struct model_attr *attr, const char *text, int64_t *ret)
{
	char name[64];
	int64_t bit, set = 0;

	if (streq(text, "none")) {
		*ret = 0;
		return 0;
	}
	for (const char *p = text;; p++) {
		size_t n = strcspn(p, "+");

		if (n >= sizeof(name))
			return -EINVAL;
		memcpy(name, p, n);
		name[n] = '\0';
		if (model_value_by_name(attr, name, &bit) < 0)
			return -EINVAL;
		set |= INT64_C(1) << bit;
		p += n;
		if (!*p)
			break;
	}
	*ret = set;
	return 0;
}

/* The model's number of NAME, or the raw value where the model has no list. */
static int enum_value(const struct draft *d, const char *name, int64_t raw, int64_t *ret)
{
	bool yes;

	*ret = raw;
	if (d->attr && d->attr->type == ATTR_BITS && !d->pt->bits)
		return parse_set(d->attr, name, ret);
	if (!value_name_valid(name))
		return -EINVAL;
	if (!d->attr)
		return 0;
	if (d->attr->type == ATTR_BOOL) {
		if (parse_bool(name, &yes) < 0)
			return -EINVAL;
		*ret = yes;
		return 0;
	}
	return d->attr->n_values > 0 ? model_value_by_name(d->attr, name, ret) : 0;
}

static void enum_bad_name(struct draft *d, const struct ini_entry *e, const char *name)
{
	char list[300] = "";
	size_t used = 0;

	if (d->attr && d->attr->type == ATTR_BOOL) {
		(void)loader_bad(
			d->l, d->s, e, "\"%.64s\": %s is true or false", name, d->attr->name);
		return;
	}
	if (!d->attr || d->attr->n_values == 0) {
		(void)loader_bad(d->l, d->s, e,
			"\"%.64s\" is no name; use a-z 0-9 _, and blanks between pairs", name);
		return;
	}
	for (size_t i = 0; i < d->attr->n_values; i++)
		if (!str_appendf(list, sizeof(list), &used, " %s", d->attr->values[i].name))
			break;
	(void)loader_bad(d->l, d->s, e, "%s has no \"%.64s\"; it has%s", d->attr->name, name, list);
}

static int compare_enum(const void *a, const void *b)
{
	const struct enum_map *x = a, *y = b;

	return x->raw < y->raw ? -1 : x->raw > y->raw;
}

static void parse_enum_words(struct draft *d, const struct ini_entry *e, char **words, size_t n)
{
	struct point *pt = d->pt;

	for (size_t i = 0; i < n; i++) {
		struct enum_map *m = &pt->enums[pt->n_enums];
		char *colon = strchr(words[i], ':');

		if (!colon) {
			(void)loader_bad(d->l, d->s, e,
				"\"%.64s\" is not raw:name, as in 0:off 1:on", words[i]);
			return;
		}
		*colon = '\0';
		if (loader_parse_raw(words[i], &m->raw) < 0 ||
			(pt->bits ? m->raw < 0 || m->raw > 62
				  : normalise_raw(pt->type, d->width, &m->raw) < 0)) {
			(void)loader_bad(d->l, d->s, e, "\"%.64s\" is no %s", words[i],
				pt->bits ? "bit number (0 to 62)" : "raw value of this type");
			return;
		}
		if (enum_value(d, colon + 1, m->raw, &m->value) < 0) {
			enum_bad_name(d, e, colon + 1);
			return;
		}
		m->name = loader_strdup(d->l, colon + 1);
		pt->n_enums++;
	}
	qsort(pt->enums, pt->n_enums, sizeof(*pt->enums), compare_enum);
	for (size_t i = 1; i < pt->n_enums; i++)
		if (pt->enums[i].raw == pt->enums[i - 1].raw)
			(void)loader_bad(
				d->l, d->s, e, "%lld stands twice", (long long)pt->enums[i].raw);
}

static void load_enum(struct draft *d)
{
	struct ini_entry *e = ini_get(d->s, "Enum", NULL), *bits = ini_get(d->s, "Bits", NULL);
	struct point *pt = d->pt;
	_cleanup_free_ char **words = NULL;
	enum attr_type type = d->attr ? d->attr->type : ATTR_ENUM;
	size_t n = 0;
	int r;

	if (e && bits) {
		(void)loader_bad(d->l, d->s, bits, "Enum= and Bits= exclude each other");
		return;
	}
	pt->bits = bits != NULL;
	if (!e && !bits) {
		if (d->attr && !d->computed &&
			(type == ATTR_BITS || (type == ATTR_ENUM && d->attr->n_values > 0)))
			(void)loader_bad(d->l, d->s, NULL,
				"Enum= is missing: which raw value is which name of %s",
				d->attr->name);
		return;
	}
	if (bits)
		e = bits;
	if (type == ATTR_NUMBER || type == ATTR_STRING || type == ATTR_TIMESTAMP ||
		(bits && type == ATTR_BOOL) || (bits && d->attr && type == ATTR_ENUM)) {
		(void)loader_bad(d->l, d->s, e, "%s is no such list", d->attr->name);
		return;
	}
	if (is_float(pt->type) || is_text(pt->type)) {
		(void)loader_bad(
			d->l, d->s, e, "needs an integer type, not %s", point_type_name(pt->type));
		return;
	}
	r = ini_get_list(d->s, e->key, PROFILE_ENUMS_MAX, d->l->problems, &words, &n);
	loader_note(d->l, r);
	if (r <= 0)
		return;
	pt->enums = calloc(n ? n : 1, sizeof(*pt->enums));
	if (!pt->enums) {
		d->l->failed = true;
		return;
	}
	parse_enum_words(d, e, words, n);
}

/* Where Read= names bits of a register, how many; what is no such place is told by the adapter. */
static unsigned field_width(const struct loader *l, const char *read)
{
	const char *dot = l->modbus && read ? strchr(read, '.') : NULL, *colon;
	uint64_t width;

	if (!dot)
		return 0;
	colon = strchr(dot, ':');
	if (!colon)
		return 1;
	return parse_u64(colon + 1, 1, 64, &width) == 0 ? (unsigned)width : 0;
}

static void load_format(struct draft *d)
{
	static const char *const others[] = {
		"Enum", "Bits", "Scale", "Divide", "Offset", "Unit", "Possible"};
	struct ini_entry *e = ini_get(d->s, "Format", NULL);
	struct point *pt = d->pt;
	unsigned bits = d->width ? d->width : point_type_bits(pt->type);
	char text[256];
	bool time;

	if (!e)
		return;
	if (is_float(pt->type) || is_text(pt->type) || pt->type == POINT_BIT) {
		(void)loader_bad(
			d->l, d->s, e, "needs an integer type, not %s", point_type_name(pt->type));
		return;
	}
	time = streq(e->value, FORMAT_TIME);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (ini_get(d->s, others[i], NULL) && !(time && (i >= 2 && i <= 4)))
			(void)loader_bad(d->l, d->s, ini_get(d->s, others[i], NULL),
				"Format= makes a text, which has none");
	if (!time && !point_format(e->value, 0, bits, text, sizeof(text)))
		(void)loader_bad(d->l, d->s, e,
			"\"%.64s\" is no format of %u bits; write {8:8}.{0:8}, {0:8:02} or {9:7+2000}",
			e->value, bits);
	pt->format = loader_strdup(d->l, e->value);
}

const struct ini_name loader_severities[] = {{"info", SEVERITY_INFO}, {"care", SEVERITY_CARE},
	{"service", SEVERITY_SERVICE}, {"urgent", SEVERITY_URGENT}, {"danger", SEVERITY_DANGER},
	{NULL, 0}};
const struct ini_name loader_classes[] = {{"fault", CLASS_FAULT}, {"warning", CLASS_WARNING},
	{"maintenance", CLASS_MAINTENANCE}, {"information", CLASS_INFORMATION}, {NULL, 0}};

/* NoFault= of a text: words. */
static void take_none_texts(struct draft *d, char **words, size_t n)
{
	struct point *pt = d->pt;

	pt->no_fault_text = calloc(n, sizeof(*pt->no_fault_text));
	if (!pt->no_fault_text) {
		d->l->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		pt->no_fault_text[i] = loader_strdup(d->l, words[i]);
		pt->n_no_fault_text++;
	}
}

static void load_fault_code(struct draft *d)
{
	int class = -1, severity = -1;
	struct ini_entry *e = ini_get(d->s, "Fault", NULL), *none = ini_get(d->s, "NoFault", NULL),
			 *code = ini_get(d->s, "Code", NULL);
	static const char *const mine[] = {"NoFault", "Code", "Detail", "Class", "Severity"};
	struct point *pt = d->pt;
	_cleanup_free_ char **words = NULL;
	char text[64];
	size_t n = 0;
	int r;

	if (!e) {
		for (size_t i = 0; i < ARRAY_SIZE(mine); i++)
			if (ini_get(d->s, mine[i], NULL))
				(void)loader_bad(d->l, d->s, ini_get(d->s, mine[i], NULL),
					"needs Fault=code");
		return;
	}
	if (!streq(e->value, "code") || is_float(pt->type)) {
		(void)loader_bad(d->l, d->s, e,
			"must be \"code\", on a point of an integer type or a string");
		return;
	}
	pt->fault_code = true;
	loader_enum(d->l, d->s, "Class", loader_classes, &class);
	loader_enum(d->l, d->s, "Severity", loader_severities, &severity);
	pt->code_class = (uint8_t)(class + 1);
	pt->code_severity = (uint8_t)(severity + 1);
	if (code && (is_text(pt->type) || pt->format))
		(void)loader_bad(d->l, d->s, code, "the text is the code already");
	else if (code && !fault_code_format(code->value, -1, text, sizeof(text)))
		(void)loader_bad(d->l, d->s, code,
			"\"%.64s\" has more than one of %%d %%x %%X or another %%; write E%%02d",
			code->value);
	loader_string(d->l, d->s, "Code", &pt->code_format);
	r = ini_get_list(d->s, "NoFault", PROFILE_SENTINELS_MAX, d->l->problems, &words, &n);
	loader_note(d->l, r);
	if (r <= 0)
		return;
	if (is_text(pt->type)) {
		take_none_texts(d, words, n);
		return;
	}
	pt->no_fault = calloc(n, sizeof(*pt->no_fault));
	if (!pt->no_fault) {
		d->l->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (loader_parse_raw(words[i], &pt->no_fault[i]) < 0 ||
			normalise_raw(pt->type, d->width, &pt->no_fault[i]) < 0) {
			(void)loader_bad(d->l, d->s, none, "\"%.64s\" is no raw value", words[i]);
			return;
		}
		pt->n_no_fault++;
	}
}

/* Sets d->attr; false when nothing more can be said of this point. */
static bool load_attribute(struct draft *d)
{
	struct ini_entry *e = ini_get(d->s, "Attribute", NULL);
	const struct model_kind *kind = d->l->profile->kind;
	struct point *pt = d->pt;
	const char *names[256] = {NULL}, *near;
	char name[64];

	loader_note(d->l, ini_get_bool(d->s, "Hidden", d->l->problems, &pt->hidden));
	loader_note(d->l, ini_get_bool(d->s, "Total", d->l->problems, &pt->total));
	if (pt->hidden) {
		if (e)
			(void)loader_bad(d->l, d->s, e, "a hidden point has no attribute");
		return true;
	}
	if (!e) {
		(void)snprintf(name, sizeof(name), "vendor.%s", pt->name);
		pt->attribute = loader_strdup(d->l, name);
		return true;
	}
	pt->attribute = loader_strdup(d->l, e->value);
	if (startswith(e->value, "vendor.")) {
		if (!name_valid(e->value + strlen("vendor.")))
			(void)loader_bad(d->l, d->s, e, "use a-z 0-9 _ and dot");
		return true;
	}
	pt->attr = model_attr_index(kind, e->value);
	if (pt->attr >= 0) {
		d->attr = &kind->attrs[pt->attr];
		if (d->attr->origin != ORIGIN_HEARTHD && d->attr->type != ATTR_COMMAND)
			return true;
		(void)loader_bad(d->l, d->s, e, "%s is %s", d->attr->name,
			d->attr->type == ATTR_COMMAND ? "a command" : "made by hearthd itself");
		return false;
	}
	pt->attr = -1;
	for (size_t i = 0; i < kind->n_attrs && i + 1 < ARRAY_SIZE(names); i++)
		names[i] = kind->attrs[i].name;
	near = ini_nearest(e->value, names);
	if (near)
		(void)loader_bad(d->l, d->s, e,
			"a %s has no %.64s in the common model; did you mean %s?", kind->name,
			e->value, near);
	else
		(void)loader_bad(d->l, d->s, e,
			"a %s has no %.64s in the common model; without Attribute= it is vendor.%s",
			kind->name, e->value, pt->name);
	return false;
}

static void load_meaning(struct draft *d)
{
	struct point *pt = d->pt;
	enum value_type type =
		point_value_type(d->l->profile, (unsigned)(pt - d->l->profile->points));

	if (d->attr && d->attr->type == ATTR_NUMBER && is_text(pt->type))
		(void)loader_bad(d->l, d->s, ini_get(d->s, "Type", NULL),
			"%s is a number, not a text", d->attr->name);
	if (d->attr && d->attr->type != ATTR_STRING && d->attr->type != ATTR_TIMESTAMP &&
		pt->format)
		(void)loader_bad(
			d->l, d->s, ini_get(d->s, "Format", NULL), "%s is no text", d->attr->name);
	if (is_float(pt->type) && type != VALUE_NUMBER && type != VALUE_STRING)
		(void)loader_bad(d->l, d->s, ini_get(d->s, "Type", NULL),
			"%s needs an integer type", d->attr ? d->attr->name : "it");
	load_scale(d, type);
	if (type == VALUE_NUMBER) {
		load_unit(d);
		load_possible(d);
	}
}

void loader_point(struct loader *l, struct ini_section *s, struct point *pt)
{
	static const char *const known[] = {"Read", "Type", "Order", "Length", "Scale", "Divide",
		"Offset", "Unit", "Absent", "Unavailable", "SensorFault", "Possible", "Enum",
		"Bits", "Attribute", "Hidden", "Total", "Fault", "NoFault", "Code", "Period",
		"Label", "Confidence", "Device", "Repeat", "Format", "Detail", "Class", "Severity",
		"When", "History", "HistoryAt", "FailuresOf", NULL};
	static const char *const known_computed[] = {"Value", "When", "Unit", "Possible", "Enum",
		"Bits", "Attribute", "Hidden", "Total", "Fault", "NoFault", "Code", "Detail",
		"Class", "Severity", "Format", "Label", "Confidence", "Repeat", "History",
		"HistoryAt", "FailuresOf", NULL};
	static const struct ini_name orders[] = {{"big", ORDER_BIG}, {"little", ORDER_LITTLE},
		{"big-swap", ORDER_BIG_SWAP}, {"little-swap", ORDER_LITTLE_SWAP}, {NULL, 0}};
	struct draft d = {.l = l, .s = s, .pt = pt, .computed = ini_get(s, "Value", NULL)};
	int order = ORDER_BIG, confidence = (int)l->profile->confidence;

	*pt = (struct point){.type = POINT_NATIVE,
		.scale = 1,
		.possible_min = NAN,
		.possible_max = NAN,
		.attr = -1,
		/* What is past changes seldom. */
		.period_us = ini_get(s, "History", NULL) ? USEC_PER_HOUR : 10 * USEC_PER_SEC,
		.line = s->line};
	loader_check_keys(l, s, d.computed ? known_computed : known);
	pt->name = loader_strdup(l, s->arg);
	if (!name_valid(s->arg))
		(void)loader_bad(
			l, s, NULL, "a point needs a name of 1 to 48 of a-z 0-9 _ and dot");
	if (!d.computed)
		loader_string(l, s, "Read", &pt->read);
	loader_place(l, ini_get(s, d.computed ? "Value" : "Read", NULL), pt);
	if (d.computed)
		pt->type = POINT_S64; /* until the expression is read */
	else if (!pt->read)
		(void)loader_bad(l, s, NULL, "Read= is missing%s",
			l->modbus ? ", for instance Read=holding:2017" : "");
	else if (strlen(pt->read) > 80)
		(void)loader_bad(l, s, ini_get(s, "Read", NULL), "is longer than 80 bytes");
	if (!d.computed && loader_type(l, s, &pt->type, &pt->string_len) < 0)
		return;
	loader_enum(l, s, "Order", orders, &order);
	loader_enum(l, s, "Confidence", loader_confidences, &confidence);
	loader_device(l, s, pt);
	pt->order = (enum word_order)order;
	pt->confidence = (enum confidence)confidence;
	loader_note(l, ini_get_duration(s, "Period", 100 * USEC_PER_MSEC, 7 * USEC_PER_DAY,
			       l->problems, &pt->period_us));
	loader_text(l, s, "Label", &pt->label);
	d.width = field_width(l, pt->read);
	load_format(&d);
	load_sentinels(&d, "Absent", QUALITY_ABSENT, REASON_NONE);
	load_sentinels(&d, "Unavailable", QUALITY_UNAVAILABLE, REASON_NONE);
	load_sentinels(&d, "SensorFault", QUALITY_SUSPECT, REASON_SENSOR);
	load_fault_code(&d);
	if (!load_attribute(&d))
		return;
	load_enum(&d);
	load_meaning(&d);
}

void loader_point_encoding(struct loader *l, struct ini_section *s, const struct model_attr *attr,
	bool keep, struct point *pt)
{
	struct draft d = {.l = l, .s = s, .pt = pt, .attr = attr};
	bool number =
		attr ? attr->type == ATTR_NUMBER : pt->n_enums == 0 && !ini_get(s, "Enum", NULL);
	double scale = pt->scale;

	if (ini_get(s, "Enum", NULL))
		load_enum(&d);
	load_scale(&d, number ? VALUE_NUMBER : VALUE_ENUM);
	if (!ini_get(s, "Scale", NULL) && !ini_get(s, "Divide", NULL))
		pt->scale = scale;
	if (number && (!keep || ini_get(s, "Unit", NULL)))
		load_unit(&d);
}
