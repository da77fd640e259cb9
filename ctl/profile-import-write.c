/* SPDX-License-Identifier: Apache-2.0 */
#include "profile-import-internal.h"

#include <ctype.h>
#include <strings.h>

struct out {
	char *p;
	size_t n, size;
	unsigned line; /* of the next byte, from 1 */
	bool failed;
};

static void put(struct out *o, const char *fmt, ...) _printf_(2, 3);
static void put(struct out *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	for (;;) {
		size_t room = o->size - o->n;

		va_start(ap, fmt);
		n = vsnprintf(o->p ? o->p + o->n : NULL, room, fmt, ap);
		va_end(ap);
		if (n < 0 || o->failed) {
			o->failed = true;
			return;
		}
		if ((size_t)n < room)
			break;
		o->size = MAX(2 * o->size, o->n + (size_t)n + 4096);
		char *more = realloc(o->p, o->size);

		if (!more) {
			o->failed = true;
			return;
		}
		o->p = more;
	}
	for (const char *p = o->p + o->n; *p; p++)
		o->line += *p == '\n';
	o->n += (size_t)n;
}

/* KEY= and what TEXT is on one line. */
static void put_text(struct out *o, const char *key, const char *text)
{
	char clean[1500];

	import_clean(clean, sizeof(clean), text);
	if (*clean)
		put(o, "%s=%s\n", key, clean);
}

/* Comments of 100 columns at most, broken at blanks. */
static void put_comment(struct out *o, const char *text)
{
	char clean[2048];

	import_clean(clean, sizeof(clean), text);
	for (const char *p = clean; *p;) {
		size_t n = strlen(p);

		if (n > 116) {
			n = 116;
			while (n > 40 && p[n] != ' ')
				n--;
			if (p[n] != ' ')
				n = strcspn(p, " ");
		}
		put(o, "# %.*s\n", (int)n, p);
		p += n;
		p += strspn(p, " ");
	}
}

static bool has_cjk(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if (*p >= 0xe3 && *p <= 0xe9)
			return true;
	return false;
}

/* outlet_water_temperature → "Outlet water temperature"; what people wrote with blanks stays. */
static void make_label(const char *given, char *dst, size_t size)
{
	static const char *const upper[] = {"dhw", "co2", "cop", "eer", "pwm", "dc", "ac", "rh",
		"id", "pv", "ch", "hc1", "hc2", "sg", "mcu", "led", "voc", "pm2", "ui", "rpm"};
	size_t n = 0;

	import_clean(dst, size, given);
	if (strchr(dst, ' '))
		return;
	for (char *p = dst; *p; p++)
		if (*p == '_')
			*p = ' ';
	for (char *p = dst; *p;) {
		n = strcspn(p, " ");
		for (size_t i = 0; i < ARRAY_SIZE(upper); i++)
			if (strlen(upper[i]) == n && strncmp(p, upper[i], n) == 0)
				for (size_t k = 0; k < n; k++)
					p[k] = (char)toupper((unsigned char)p[k]);
		p += n;
		p += strspn(p, " ");
	}
	dst[0] = (char)toupper((unsigned char)dst[0]);
}

static void make_read(const struct point_row *p, char *dst, size_t size)
{
	size_t used = 0;

	(void)str_appendf(dst, size, &used, "%s:%u", import_banks[p->bank], p->place.first);
	if (p->place.bit >= 0)
		(void)str_appendf(dst, size, &used, ".%d", p->place.bit);
	if (p->place.bit >= 0 && p->place.width > 0)
		(void)str_appendf(dst, size, &used, ":%u", p->place.width);
}

static void put_enum(struct out *o, const char *prefix, const struct point_row *p)
{
	if (p->n_enums == 0)
		return;
	put(o, "%s%s=", prefix, p->type.set ? "Bits" : "Enum");
	for (size_t i = 0; i < p->n_enums; i++)
		put(o, "%s%lld:%s", i ? " " : "", (long long)p->enums[i].raw, p->enums[i].name);
	put(o, "\n");
}

/* Type to Unit, with "#" in front for a proposal. */
static void put_coding(struct out *o, const char *prefix, const struct point_row *p)
{
	put(o, "%sType=%s\n", prefix, point_type_name(p->type.type));
	if (p->type.type == POINT_STRING || p->type.type == POINT_STRING_2)
		put(o, "%sLength=%u\n", prefix, p->type.length);
	if (p->order)
		put(o, "%sOrder=%s\n", prefix, p->order);
	if (*p->scale)
		put(o, "%sScale=%s\n", prefix, p->scale);
	if (*p->divide)
		put(o, "%sDivide=%s\n", prefix, p->divide);
	if (*p->offset)
		put(o, "%sOffset=%s\n", prefix, p->offset);
	if (p->unit != UNIT_NONE && p->n_enums == 0)
		put(o, "%sUnit=%s\n", prefix, unit_name(p->unit));
}

/* "outside_temp" and "outdoor.temperature" become one, to be compared. */
static void canonical(const char *name, char *dst, size_t size)
{
	static const char *const same[][2] = {{"temp", "temperature"}, {"outside", "outdoor"},
		{"external", "outdoor"}, {"current", ""}, {"actual", ""}, {"measured", ""},
		{"supply", "flow"}, {"leaving", "flow"}, {"domestic", ""}, {"air", ""},
		{"water", ""}, {"active", ""}, {"line", ""}};
	size_t used = 0;

	*dst = '\0';
	for (const char *p = name; *p;) {
		size_t n = strcspn(p, "_.");
		char word[49];

		(void)snprintf(word, sizeof(word), "%.*s", (int)n, p);
		for (size_t i = 0; i < ARRAY_SIZE(same); i++)
			if (streq(word, same[i][0]))
				(void)str_copy(word, sizeof(word), same[i][1]);
		if (*word)
			(void)str_appendf(dst, size, &used, "%s%s", used ? "_" : "", word);
		p += n;
		p += strspn(p, "_.");
	}
}

/* The attribute of the kind that has this name and a unit the point's converts to; -1 when there is
 * none or more than one. Numbers alone: of a mode the names would have to be matched as well. */
static int find_attribute(const struct model_kind *k, const struct point_row *p)
{
	char want[64], have[64];
	int found = -1;

	if (!k || p->unit == UNIT_NONE || p->n_enums > 0 || p->fault_code)
		return -1;
	canonical(p->name, want, sizeof(want));
	for (size_t i = 0; i < k->n_attrs; i++) {
		const struct model_attr *a = &k->attrs[i];

		if (a->type != ATTR_NUMBER || a->origin == ORIGIN_HEARTHD ||
			!unit_convertible(p->unit, a->unit))
			continue;
		if (streq(a->name, p->name))
			return (int)i;
		canonical(a->name, have, sizeof(have));
		if (!streq(want, have))
			continue;
		if (found >= 0)
			return -1;
		found = (int)i;
	}
	return found;
}

static void put_point(struct out *o, const struct import *im, struct point_row *p)
{
	char read[48] = "", label[160];
	int attr = find_attribute(im->o->kind, p);

	put(o, "\n");
	if (!streq(p->given, p->name)) {
		char clean[200];

		import_clean(clean, sizeof(clean), p->given);
		put(o, "# In the table: %s\n", clean);
	}
	put_comment(o, p->notes);
	if (p->odd_unit) {
		char clean[80];

		import_clean(clean, sizeof(clean), p->odd_unit);
		put(o, "# Unit in the table: %s\n", clean);
	}
	make_read(p, read, sizeof(read));
	p->text_first = o->line;
	put(o, "[Point %s]\nRead=%s\n", p->name, read);
	put_coding(o, "", p);
	put_enum(o, "", p);
	if (*p->absent)
		put(o, "Absent=%s\n", p->absent);
	if (*p->unavailable)
		put(o, "Unavailable=%s\n", p->unavailable);
	if (*p->sensor_fault)
		put(o, "SensorFault=%s\n", p->sensor_fault);
	if (*p->min && p->access == ACCESS_RO && p->n_enums == 0 && !p->fault_code)
		put(o, "Possible=%s..%s\n", p->min, p->max);
	if (p->fault_code)
		put(o, "Fault=code\n");
	if (p->fault_code && *p->no_fault)
		put(o, "NoFault=%s\n", p->no_fault);
	/* Settings hardly change; what an id says never does. */
	if (p->setup || p->fingerprint || p->type.type == POINT_STRING ||
		p->type.type == POINT_STRING_2)
		put(o, "Period=10min\n");
	else if (p->access == ACCESS_RW)
		put(o, "Period=1min\n");
	make_label(p->given, label, sizeof(label));
	if (has_cjk(label))
		put(o, "Label[zh_CN]=%s\n", label);
	else if (*label)
		put(o, "Label=%s\n", label);
	if (p->low)
		put(o, "Confidence=low\n");
	p->text_last = o->line - 1;
	if (attr >= 0)
		put(o, "# Attribute=%s ?\n", im->o->kind->attrs[attr].name);
}

/* What a person may make of a point that can be written: never in force by itself. */
static bool put_write(struct out *o, const struct point_row *p)
{
	char read[48] = "";
	bool bounds = *p->min && p->n_enums == 0;

	if (p->access == ACCESS_RO)
		return false;
	if (p->low) {
		put(o, "%s# %s can be %swritten, and is doubtful: nothing is proposed.\n",
			p->access == ACCESS_WO ? "\n" : "", p->name,
			p->access == ACCESS_WO ? "only " : "");
		return false;
	}
	if (p->access == ACCESS_RW && !bounds && p->n_enums == 0 && p->type.type != POINT_BIT)
		return false;
	if (text_has_word(p->notes, "do not write")) {
		put(o, "# The notes of %s say that it must not be written: nothing is proposed.\n",
			p->name);
		return false;
	}
	if (p->access == ACCESS_WO) {
		char clean[200];

		put(o, "\n");
		import_clean(clean, sizeof(clean), p->given);
		put(o, "# Write-only, never read: %s\n", clean);
		put_comment(o, p->notes);
	}
	if (text_has_word(p->notes, "read-only") || text_has_word(p->notes, "may be written"))
		put(o, "# By the notes not everything may be written: shorten what follows.\n");
	make_read(p, read, sizeof(read));
	put(o, "#[Write vendor.%s]\n", p->name);
	if (p->access == ACCESS_WO) {
		put(o, "#To=%s\n", read);
		put_coding(o, "#", p);
	}
	if (p->access == ACCESS_WO && p->n_enums == 1)
		put(o, "#Fixed=%lld\n", (long long)p->enums[0].raw);
	else
		put_enum(o, "#", p);
	if (bounds)
		put(o, "#Min=%s\n#Max=%s\n", p->min, p->max);
	if (!bounds && p->n_enums == 0 && p->type.type != POINT_BIT)
		put(o, "# Min= and Max= have to be found first: the table has none.\n");
	if (p->access == ACCESS_WO)
		put(o, "#ReadBack=none\n");
	put(o, "#Confidence=low\n");
	return true;
}

static void put_fault(struct out *o, struct fault_row *f)
{
	put(o, "\n");
	f->text_first = o->line;
	put(o, "[Fault %s]\n", f->code);
	if (*f->read)
		put(o, "Read=%s\n", f->read);
	if (*f->value)
		put(o, "Value=%s\n", f->value);
	put_text(o, "Meaning", f->meaning);
	put_text(o, "Meaning[zh_CN]", f->meaning_zh);
	put_text(o, "Component", f->component);
	if (f->household >= 0)
		put(o, "Household=%s\n", f->household ? "yes" : "no");
	put_text(o, "Source", f->source);
	if (f->low)
		put(o, "Confidence=low\n");
	f->text_last = o->line - 1;
}

static void put_head(struct out *o, const struct import *im)
{
	const struct import_options *opt = im->o;
	const struct model_kind *k = opt->kind;
	const char *slash = strrchr(opt->file, '/');
	char file[200];

	import_clean(file, sizeof(file), slash ? slash + 1 : opt->file);
	put(o,
		"# SPDX-License-Identifier: CC0-1.0\n"
		"# Made from the table %s by \"hearthctl profile new\". What a person still has to do:\n"
		"#\n"
		"# - Source=: the document and its revision, or repository and file, behind the table.\n",
		file);
	if (!k)
		put(o, "# - Kind=: it was not given; heat_pump only stands here so that the file can be "
		       "checked.\n"
		       "#   \"hearthctl profile kinds\" lists the kinds.\n");
	put(o, "# - Maker=, Model=, Name= and Name[zh_CN]=: %s\n",
		opt->maker && opt->model ? "look whether a household would call it so."
					 : "what is missing of them.");
	put(o, "# - [Line]: speed, parity, unit and limits; Readable= lets one request serve several "
	       "points.\n"
	       "# - Attribute=: places in the common model; proposals are comments with a question "
	       "mark.\n"
	       "#   \"hearthctl profile kinds KIND\" lists the attributes. Without it a point is "
	       "vendor.NAME.\n"
	       "# - Label[zh_CN]= of each point that stays vendor.NAME.\n"
	       "# - [Write]: comments; needed are a real unit, bounds, and Budget= or Volatile=yes.\n"
	       "# - The end of this file: what was left out of the table, and why.\n\n");
	put(o, "[Profile]\n");
	if (opt->maker)
		put_text(o, "Maker", opt->maker);
	if (opt->model)
		put_text(o, "Model", opt->model);
	put(o, "Kind=%s\n", k ? k->name : "heat_pump");
	put(o, "Name=%s\n", k ? k->label_en : "Appliance");
	if (k)
		put(o, "Name[zh_CN]=%s\n", k->label_zh);
	put(o, "Source=%s\n", *file ? file : "table");
	put(o, "Confidence=medium\nVersion=1\n");
}

static void put_left_out(struct out *o, const struct import *im)
{
	const struct import_result *ret = im->ret;
	bool any = false;

	for (size_t i = 0; i < ret->n_reports; i++) {
		const struct import_report *r = &ret->reports[i];
		char text[1000];

		if (!r->left_out)
			continue;
		if (!any)
			put(o, "\n# Left out:\n");
		any = true;
		(void)snprintf(text, sizeof(text), "%s%u: %s%s%s", r->of_faults ? "faults " : "",
			r->line, r->column ? r->column : "", r->column ? ": " : "", r->text);
		put_comment(o, text);
	}
}

int import_write(struct import *im, char **ret, size_t *ret_len)
{
	struct out o = {.line = 1};

	im->ret->proposals = 0;
	put_head(&o, im);
	for (size_t i = 0; i < im->n_points; i++) {
		struct point_row *p = &im->points[i];

		if (p->dropped)
			continue;
		if (p->access != ACCESS_WO)
			put_point(&o, im, p);
		im->ret->proposals += put_write(&o, p);
	}
	for (size_t i = 0; i < im->n_faults; i++)
		if (!im->faults[i].dropped)
			put_fault(&o, &im->faults[i]);
	put_left_out(&o, im);
	if (o.failed) {
		free(o.p);
		return -ENOMEM;
	}
	*ret = o.p;
	*ret_len = o.n;
	return 0;
}
