/* SPDX-License-Identifier: Apache-2.0 */
#include "profile-import-internal.h"

#include <ctype.h>
#include <math.h>
#include <strings.h>

struct reading_rows {
	struct import *im;
	int at[_COLUMN_MAX]; /* index of the cell, -1 = the table has no such column */
	size_t columns;
	size_t room; /* of im->points */
};

static const char *cell(const struct reading_rows *w, const struct csv_record *rec, enum column c)
{
	int i = w->at[c];

	return i >= 0 && (size_t)i < rec->n ? w->im->csv.cells[rec->first + (size_t)i] : "";
}

/* Reports COLUMN of the row and leaves the row out. */
static int drop(const struct reading_rows *w, const struct csv_record *rec, enum column c,
	const char *wrong)
{
	char shown[80], name[80];
	const char *text = cell(w, rec, c);

	import_clean(name, sizeof(name), cell(w, rec, COLUMN_NAME));
	import_clean(shown, sizeof(shown), text);
	if (*text == '\0' && c == COLUMN_ORDER)
		wrong = "is missing; a value of several registers needs big (high word first) or little";
	else if (*text == '\0' && c != COLUMN_ADDRESS && c != COLUMN_TYPE && c != COLUMN_BANK)
		wrong = "is missing";
	import_tell(w->im, false, rec->line, import_columns[c], true,
		"\"%s\" %s; the point%s%s is left out", shown, wrong, *name ? " " : "", name);
	return -EINVAL;
}

static void cell_out(
	struct reading_rows *w, const struct csv_record *rec, enum column c, const char *wrong)
{
	char shown[200];

	import_clean(shown, sizeof(shown), cell(w, rec, c));
	import_tell(w->im, false, rec->line, import_columns[c], true, "\"%s\" %s; left out", shown,
		wrong);
}

static int read_header(struct reading_rows *w, const struct csv_record *rec)
{
	struct import *im = w->im;
	char missing[160] = "";
	size_t used = 0;
	bool bad = false;

	for (size_t i = 0; i < _COLUMN_MAX; i++)
		w->at[i] = -1;
	w->columns = rec->n;
	for (size_t k = 0; k < rec->n; k++) {
		const char *text = im->csv.cells[rec->first + k];
		char shown[80], word[80];
		size_t i = 0;

		import_clean(shown, sizeof(shown), text);
		(void)import_slug(word, sizeof(word), text); /* "Register Type" too */
		while (i < _COLUMN_MAX && !streq(import_columns[i], word))
			i++;
		if (i == _COLUMN_MAX && *shown) {
			import_tell(im, false, rec->line, NULL, true,
				"\"%s\" is no column of the form; left out", shown);
		} else if (i < _COLUMN_MAX && w->at[i] >= 0) {
			import_tell(im, false, rec->line, import_columns[i], true,
				"the column stands twice; name each once");
			bad = true;
		} else if (i < _COLUMN_MAX) {
			w->at[i] = (int)k;
		}
	}
	for (size_t i = 0; i < _COLUMN_MAX; i++) {
		if (w->at[i] >= 0)
			continue;
		if (i > COLUMN_TYPE) {
			(void)str_appendf(
				missing, sizeof(missing), &used, " %s", import_columns[i]);
			continue;
		}
		bad = true;
		import_tell(im, false, rec->line, import_columns[i], true,
			"the first line does not name this column; the form is "
			"name,register_type,address_0based,type,word_order,scale,offset,unit,access,"
			"min,max,enum,notes");
	}
	if (used > 0 && !bad)
		import_tell(im, false, rec->line, NULL, false,
			"columns that the table does not have are taken as empty:%s", missing);
	return bad ? -EINVAL : 0;
}

/* Another row of the same table's head, a comment, nothing at all. */
static bool is_no_row(const struct reading_rows *w, const struct csv_record *rec)
{
	bool empty = true;

	for (size_t i = 0; i < rec->n; i++)
		empty = empty && *w->im->csv.cells[rec->first + i] == '\0';
	if (rec->n == 0 || empty)
		return true;
	return *w->im->csv.cells[rec->first] == '#' ||
	       (strcasecmp(cell(w, rec, COLUMN_NAME), "name") == 0 &&
		       strcasecmp(cell(w, rec, COLUMN_BANK), "register_type") == 0);
}

/* True when the row has the shape of the table. */
static bool check_shape(struct reading_rows *w, const struct csv_record *rec)
{
	enum access access;

	if (rec->wrong) {
		import_tell(
			w->im, false, rec->line, NULL, true, "%s; the row is left out", rec->wrong);
		return false;
	}
	for (size_t i = w->columns; i < rec->n; i++)
		if (*w->im->csv.cells[rec->first + i]) {
			import_tell(w->im, false, rec->line, NULL, true,
				"has %zu cells, the first line %zu; write cells with the separator in "
				"double quotes; the row is left out",
				rec->n, w->columns);
			return false;
		}
	/* Editors drop empty cells at the end; one lost in the middle moves the others. */
	if (rec->n < w->columns && !cell_access(cell(w, rec, COLUMN_ACCESS), &access)) {
		import_tell(w->im, false, rec->line, NULL, true,
			"has %zu cells, the first line %zu; the row is left out", rec->n,
			w->columns);
		return false;
	}
	for (size_t i = 0; i < rec->n; i++) {
		char *text = w->im->csv.cells[rec->first + i];
		enum column c = 0;

		if (utf8_valid(text, strlen(text)))
			continue;
		while (c < _COLUMN_MAX && w->at[c] != (int)i)
			c++;
		if (c < _COLUMN_MAX)
			cell_out(w, rec, c, "is no UTF-8; save the table in UTF-8");
		*text = '\0';
	}
	return true;
}

/* Whether a point before has the name. */
static bool name_taken(const struct import *im, const char *name)
{
	for (size_t i = 0; i < im->n_points; i++)
		if (streq(im->points[i].name, name))
			return true;
	return false;
}

static void unique_name(struct import *im, struct point_row *p)
{
	char base[49];
	unsigned k = 2;

	(void)str_copy(base, sizeof(base), p->name);
	while (name_taken(im, p->name)) {
		char number[16];

		(void)snprintf(number, sizeof(number), "_%u", k++);
		(void)snprintf(p->name, sizeof(p->name), "%.*s%s", (int)(48 - strlen(number)), base,
			number);
	}
}

/* The same register, the same way, under the same name: written twice by mistake. */
static bool is_repeated(const struct import *im, const struct point_row *p)
{
	for (size_t i = 0; i < im->n_points; i++) {
		const struct point_row *q = &im->points[i];

		if (q->bank == p->bank && q->place.first == p->place.first &&
			q->place.bit == p->place.bit && q->place.width == p->place.width &&
			q->type.type == p->type.type && streq(q->given, p->given))
			return true;
	}
	return false;
}

static void read_name(struct reading_rows *w, const struct csv_record *rec, struct point_row *p)
{
	bool whole;

	p->given = cell(w, rec, COLUMN_NAME);
	whole = import_slug(p->name, sizeof(p->name), p->given);
	if (*p->name == '\0') {
		(void)snprintf(
			p->name, sizeof(p->name), "%s_%u", import_banks[p->bank], p->place.first);
		import_tell(w->im, false, rec->line, import_columns[COLUMN_NAME], false,
			"has no Latin letters and digits; the point is named %s", p->name);
	} else if (!whole) {
		import_tell(w->im, false, rec->line, import_columns[COLUMN_NAME], false,
			"is longer than 48 characters; the point is named %s", p->name);
	}
	if (name_taken(w->im, p->name)) {
		unique_name(w->im, p);
		import_tell(w->im, false, rec->line, import_columns[COLUMN_NAME], false,
			"stands twice; the second point is named %s", p->name);
	}
}

/* What decides how the bytes become a number: any of it wrong, and the value would be wrong. */
static int read_number(struct reading_rows *w, const struct csv_record *rec, struct point_row *p)
{
	const char *scale = cell(w, rec, COLUMN_SCALE), *offset = cell(w, rec, COLUMN_OFFSET),
		   *order = cell(w, rec, COLUMN_ORDER);
	bool plain = p->type.type == POINT_BIT || p->type.type == POINT_STRING ||
		     p->type.type == POINT_STRING_2 || p->type.set;

	p->scale_value = 1;
	if (*scale && (cell_scale(scale, p->scale, p->divide, &p->scale_value) < 0))
		return drop(
			w, rec, COLUMN_SCALE, "is no factor; write 0.1, or 1/207 for a divisor");
	if (text_has_word(p->notes, "divisor") && fabs(p->scale_value) > 1)
		return drop(w, rec, COLUMN_SCALE,
			"is a factor, and the notes speak of a divisor; write 1/207 for a divisor");
	if (*offset && (cell_number(offset, p->offset, &p->offset_value) < 0 ||
			       fabs(p->offset_value) > 1e12))
		return drop(w, rec, COLUMN_OFFSET, "is no number");
	if (plain && (p->scale_value != 1 || p->offset_value != 0)) {
		cell_out(w, rec, p->scale_value != 1 ? COLUMN_SCALE : COLUMN_OFFSET,
			"belongs to numbers, not to bits and texts");
		p->scale_value = 1;
		p->offset_value = 0;
	}
	if (p->scale_value == 1)
		*p->scale = *p->divide = '\0';
	if (p->offset_value == 0)
		*p->offset = '\0';
	if (*order && !cell_order(order, &p->order))
		return drop(w, rec, COLUMN_ORDER,
			"is no order of words; write big (high word first) or little");
	if (!plain && cell_registers(&p->type) > 1 && !p->order)
		return drop(w, rec, COLUMN_ORDER, "");
	if (p->order && (plain || cell_registers(&p->type) == 1)) {
		if (plain && cell_registers(&p->type) > 1 && !streq(p->order, "big"))
			return drop(w, rec, COLUMN_ORDER, "has no meaning for a text");
		if (!streq(p->order, "big"))
			cell_out(w, rec, COLUMN_ORDER, "has no meaning for one register");
		p->order = NULL;
	}
	return 0;
}

static void read_unit(struct reading_rows *w, const struct csv_record *rec, struct point_row *p)
{
	const char *unit = cell(w, rec, COLUMN_UNIT);

	if (*unit == '\0')
		return;
	if (p->type.type == POINT_BIT || p->type.type == POINT_STRING ||
		p->type.type == POINT_STRING_2 || p->type.set) {
		cell_out(w, rec, COLUMN_UNIT, "belongs to numbers, not to bits and texts");
		return;
	}
	if (cell_unit(unit, &p->unit))
		return;
	p->odd_unit = unit;
	cell_out(w, rec, COLUMN_UNIT,
		"is no unit that hearthd knows; known are degC, K, %, W, kWh, V, A, Hz, bar, kPa, "
		"l/min, m3/h, h, min, s, rpm and others of the same kinds");
}

static bool is_read_only(const char *text)
{
	enum access access;

	return *text == '\0' || (cell_access(text, &access) && access == ACCESS_RO);
}

static void read_bounds(struct reading_rows *w, const struct csv_record *rec, struct point_row *p)
{
	const char *min = cell(w, rec, COLUMN_MIN), *max = cell(w, rec, COLUMN_MAX);
	double low = 0, high = 0;
	int a = *min ? cell_number(min, p->min, &low) : -ENOENT;
	int b = *max ? cell_number(max, p->max, &high) : -ENOENT;

	if (a == -EINVAL)
		cell_out(w, rec, COLUMN_MIN, "is no number; write 5 in min and 35 in max");
	if (b == -EINVAL)
		cell_out(w, rec, COLUMN_MAX, "is no number; write 5 in min and 35 in max");
	if (a == 0 && b == -ENOENT)
		cell_out(w, rec, COLUMN_MIN, "stands without max; a range needs both");
	if (b == 0 && a == -ENOENT)
		cell_out(w, rec, COLUMN_MAX, "stands without min; a range needs both");
	if (a == 0 && b == 0 && low >= high) {
		cell_out(w, rec, COLUMN_MIN, "is not less than max");
		a = -EINVAL;
	}
	if (a == 0 && b == 0 && !row_is_integer(p) && !row_is_number(p)) {
		cell_out(w, rec, COLUMN_MIN, "belongs to numbers");
		a = -EINVAL;
	}
	/* What was meant as limits of a setting is no range of a sensor. */
	if (a < 0 || b < 0 ||
		(p->access == ACCESS_RO && !is_read_only(cell(w, rec, COLUMN_ACCESS))))
		*p->min = *p->max = '\0';
}

/* Raw values that are none, among names of values: "32767=not available". */
static void sift_enum(struct reading_rows *w, const struct csv_record *rec, struct point_row *p)
{
	size_t kept = 0, none = 0;
	bool number = row_is_number(p);

	for (size_t i = 0; i < p->n_enums; i++) {
		enum phrase phrase = phrase_of(p->enums[i].text);

		none += phrase == PHRASE_ABSENT || phrase == PHRASE_UNAVAILABLE ||
			phrase == PHRASE_SENSOR;
	}
	/* Of a list of names such a one is a name as any; on a number it is none. */
	if (!number && (none == 0 || none < p->n_enums))
		return;
	for (size_t i = 0; i < p->n_enums; i++) {
		enum phrase phrase = phrase_of(p->enums[i].text);
		char *list = phrase == PHRASE_ABSENT        ? p->absent
			     : phrase == PHRASE_UNAVAILABLE ? p->unavailable
			     : phrase == PHRASE_SENSOR      ? p->sensor_fault
							    : NULL;
		char word[24];

		(void)snprintf(word, sizeof(word), "%lld", (long long)p->enums[i].raw);
		if (list && p->type.type != POINT_BIT && list_add(list, sizeof(p->absent), word))
			continue;
		p->enums[kept++] = p->enums[i];
	}
	p->n_enums = kept;
	if (!number || kept == 0)
		return;
	cell_out(w, rec, COLUMN_ENUM,
		"names values of a number with unit or scale; a point is one or the other; what is "
		"a raw value that is none was taken, the rest is");
	p->n_enums = 0;
}

/* Whether the notes begin with what looks like the rest of a list, "1=on". */
static bool is_cut(const char *notes)
{
	size_t n = strspn(notes, "0123456789");

	return n > 0 && notes[n] == '=' && notes[n + 1] && notes[n + 1] != ' ' &&
	       phrase_of(notes + n + 1) == PHRASE_NONE;
}

static void read_enum(struct reading_rows *w, const struct csv_record *rec, struct point_row *p)
{
	const char *text = cell(w, rec, COLUMN_ENUM), *wrong = "";
	size_t bytes = 0;
	int r;

	if (*text == '\0') {
		if (p->type.set) {
			/* Without names of bits it is a plain number. */
			p->type.set = false;
		}
		return;
	}
	if (!row_is_integer(p)) {
		cell_out(w, rec, COLUMN_ENUM, "names values of a type that is no whole number");
		return;
	}
	if (is_cut(p->notes)) {
		cell_out(w, rec, COLUMN_ENUM,
			"seems to go on in the notes: write a list with the separator of the table in "
			"double quotes");
		return;
	}
	r = enum_parse(text, p, &wrong);
	if (r == -ENOMEM)
		w->im->no_memory = true;
	if (r < 0) {
		cell_out(w, rec, COLUMN_ENUM, wrong);
		p->type.set = false;
		return;
	}
	for (size_t i = 0; i < p->n_enums; i++)
		bytes += strlen(p->enums[i].name) + 22;
	if (bytes > 4000) { /* a line of a profile has 4096 */
		cell_out(w, rec, COLUMN_ENUM, "is longer than a line of a profile may be");
		p->n_enums = 0;
		p->type.set = false;
	}
}

static void read_access(struct reading_rows *w, const struct csv_record *rec, struct point_row *p)
{
	const char *text = cell(w, rec, COLUMN_ACCESS);

	if (!cell_access(text, &p->access)) {
		p->access = ACCESS_RO;
		if (*text)
			cell_out(w, rec, COLUMN_ACCESS,
				"is none of ro, rw, wo; the point is taken as one that is only read");
	}
	if (p->access == ACCESS_RW && (p->bank == BANK_DISCRETE || p->bank == BANK_INPUT)) {
		cell_out(w, rec, COLUMN_ACCESS,
			"does not fit: nothing can be written to this bank; the point is only read");
		p->access = ACCESS_RO;
		p->low = true;
	}
}

static int add_point(struct reading_rows *w, const struct point_row *p)
{
	struct import *im = w->im;

	if (im->n_points == w->room) {
		size_t room = w->room ? 2 * w->room : 256;
		struct point_row *points = reallocarray(im->points, room, sizeof(*points));

		if (!points)
			return -ENOMEM;
		im->points = points;
		w->room = room;
	}
	im->points[im->n_points++] = *p;
	return 0;
}

/* A block of coils, discrete inputs or bits of a register: a point for each, named by its number. */
static int add_block(
	struct reading_rows *w, const struct csv_record *rec, const struct point_row *p)
{
	bool bits = p->place.range;
	uint32_t n = bits ? p->place.width : p->place.last - p->place.first + 1;
	uint32_t from = bits ? (uint32_t)p->place.bit : p->place.first;
	char base[43];

	if (n + w->im->n_points > PROFILE_POINTS_MAX) {
		(void)drop(w, rec, COLUMN_ADDRESS, "has more bits than a profile has points, 1024");
		return 0;
	}
	(void)snprintf(base, sizeof(base), "%.37s", p->name);
	for (uint32_t i = 0; i < n; i++) {
		struct point_row one = *p;
		int r;

		one.place.range = false;
		one.place.width = 0;
		if (bits)
			one.place.bit = (int)(from + i);
		else
			one.place.first = one.place.last = from + i;
		(void)snprintf(one.name, sizeof(one.name), "%s_%u", base, (from + i) & 0xffff);
		unique_name(w->im, &one);
		one.enums = NULL;
		if (p->n_enums > 0) {
			one.enums = calloc(p->n_enums, sizeof(*one.enums));
			if (!one.enums)
				return -ENOMEM;
			memcpy(one.enums, p->enums, p->n_enums * sizeof(*one.enums));
		}
		r = add_point(w, &one);
		if (r < 0) {
			free(one.enums);
			return r;
		}
	}
	import_tell(w->im, false, rec->line, import_columns[COLUMN_ADDRESS], false,
		"is a block of %u bits; each is a point of its own, %s_%u and so on", n, base,
		from);
	return 0;
}

static int read_row(struct reading_rows *w, const struct csv_record *rec)
{
	struct point_row p = {.line = rec->line, .notes = cell(w, rec, COLUMN_NOTES)};
	const char *wrong = "";
	int r;

	p.given = cell(w, rec, COLUMN_NAME);
	if (!cell_bank(cell(w, rec, COLUMN_BANK), &p.bank))
		return drop(w, rec, COLUMN_BANK, "is none of coil, discrete, input, holding");
	if (cell_type(cell(w, rec, COLUMN_TYPE), &p.type, &wrong) < 0)
		return drop(w, rec, COLUMN_TYPE, wrong);
	if (cell_place(cell(w, rec, COLUMN_ADDRESS), &p.place, &wrong) < 0)
		return drop(w, rec, COLUMN_ADDRESS, wrong);
	wrong = row_fit_string(&p);
	if (wrong)
		return drop(w, rec, COLUMN_TYPE, wrong);
	wrong = row_fit_place(&p);
	if (wrong)
		return drop(
			w, rec, p.type.type == POINT_STRING ? COLUMN_TYPE : COLUMN_ADDRESS, wrong);
	if (read_number(w, rec, &p) < 0)
		return -EINVAL;
	if (is_repeated(w->im, &p)) {
		import_tell(w->im, false, rec->line, NULL, true,
			"is the same point as a row before; left out");
		return -EINVAL;
	}
	read_access(w, rec, &p);
	if (p.access == ACCESS_WO && (p.bank == BANK_DISCRETE || p.bank == BANK_INPUT))
		return drop(
			w, rec, COLUMN_ACCESS, "does not fit: nothing can be written to this bank");
	read_name(w, rec, &p);
	read_unit(w, rec, &p);
	read_enum(w, rec, &p);
	notes_read(w->im, &p);
	sift_enum(w, rec, &p);
	read_bounds(w, rec, &p);
	if (p.place.last > p.place.first || (p.type.type == POINT_BIT && p.place.range)) {
		r = add_block(w, rec, &p);
		free(p.enums);
		return r;
	}
	r = add_point(w, &p);
	if (r < 0)
		free(p.enums);
	return r;
}

int rows_read(struct import *im)
{
	struct reading_rows w = {.im = im};

	if (im->csv.n_records == 0) {
		import_tell(im, false, 1, NULL, true, "the table is empty");
		return -EINVAL;
	}
	if (im->csv.records[0].wrong) {
		import_tell(im, false, 1, NULL, true, "%s", im->csv.records[0].wrong);
		return -EINVAL;
	}
	if (read_header(&w, &im->csv.records[0]) < 0)
		return -EINVAL;
	for (size_t i = 1; i < im->csv.n_records; i++) {
		const struct csv_record *rec = &im->csv.records[i];

		if ((!rec->wrong && is_no_row(&w, rec)) || !check_shape(&w, rec))
			continue;
		if (im->n_points >= PROFILE_POINTS_MAX) {
			import_tell(im, false, rec->line, NULL, true,
				"a profile has 1024 points at most; this row and those behind it are left "
				"out");
			break;
		}
		if (read_row(&w, rec) == -ENOMEM || im->no_memory)
			return -ENOMEM;
	}
	if (im->csv.more)
		import_tell(im, false, im->csv.records[im->csv.n_records - 1].line, NULL, true,
			"a table has 4096 rows at most; those behind it are left out");
	return 0;
}
