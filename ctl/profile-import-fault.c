/* SPDX-License-Identifier: Apache-2.0 */
/* The table of fault codes: code,meaning_en,meaning_zh,component,household_can_fix,source. A code says
 * where it is read ("coil:5", "2074.3", "discrete:16") or which raw value it is ("31", "F1 (0x01)");
 * one that says neither stays out. */
#include "profile-import-internal.h"

#include <ctype.h>
#include <strings.h>

enum fault_column {
	FAULT_CODE,
	FAULT_MEANING,
	FAULT_MEANING_ZH,
	FAULT_COMPONENT,
	FAULT_HOUSEHOLD,
	FAULT_SOURCE,
	_FAULT_COLUMN_MAX,
};
static const char *const columns[_FAULT_COLUMN_MAX] = {
	"code", "meaning_en", "meaning_zh", "component", "household_can_fix", "source"};

struct reading_faults {
	struct import *im;
	int at[_FAULT_COLUMN_MAX];
};

static const char *cell(
	const struct reading_faults *w, const struct csv_record *rec, enum fault_column c)
{
	int i = w->at[c];
	const char *text =
		i >= 0 && (size_t)i < rec->n ? w->im->faults_csv.cells[rec->first + (size_t)i] : "";

	return utf8_valid(text, strlen(text)) ? text : "";
}

static bool read_header(struct reading_faults *w, const struct csv_record *rec)
{
	struct import *im = w->im;

	for (size_t i = 0; i < _FAULT_COLUMN_MAX; i++) {
		w->at[i] = -1;
		for (size_t k = 0; k < rec->n && !rec->wrong; k++)
			if (strcasecmp(im->faults_csv.cells[rec->first + k], columns[i]) == 0)
				w->at[i] = (int)k;
	}
	if (w->at[FAULT_CODE] >= 0)
		return true;
	import_tell(im, true, 1, "code", true,
		"the first line does not name this column; the form is code,meaning_en,meaning_zh,"
		"component,household_can_fix,source");
	return false;
}

/* "12" or "12.3" or "12.3:2" behind a bank; canonical in RET. */
static bool take_place(enum bank bank, const char *s, char ret[48])
{
	struct cell_place p;
	const char *wrong;
	bool bits = bank == BANK_COIL || bank == BANK_DISCRETE;

	if (cell_place(s, &p, &wrong) < 0 || p.last != p.first || (bits && p.bit >= 0) ||
		(!bits && (p.bit < 0 || p.bit > 15)) || p.width > 1)
		return false;
	if (bits)
		(void)snprintf(ret, 48, "%s:%u", import_banks[bank], p.first);
	else
		(void)snprintf(ret, 48, "%s:%u.%d", import_banks[bank], p.first, p.bit);
	return true;
}

/* "217=1": a whole register that has a certain value. */
static bool take_whole(enum bank bank, const char *s, struct fault_row *f)
{
	const char *sign = strchr(s, '=');
	struct cell_place p;
	const char *wrong;
	char place[16];
	int64_t raw;

	if (!sign || (size_t)(sign - s) >= sizeof(place))
		return false;
	memcpy(place, s, (size_t)(sign - s));
	place[sign - s] = '\0';
	if (cell_place(place, &p, &wrong) < 0 || p.bit >= 0 || p.last != p.first ||
		parse_i64(sign + 1, 0, 65535, &raw) < 0)
		return false;
	(void)snprintf(f->read, sizeof(f->read), "%s:%u", import_banks[bank], p.first);
	(void)snprintf(f->value, sizeof(f->value), "%lld", (long long)raw);
	return true;
}

/* The bank in which the table of points has the register, or the only one it has at all. */
static bool bank_of(const struct import *im, const char *code, enum bank *ret)
{
	uint64_t address;
	char number[8];
	size_t n = strspn(code, "0123456789");
	bool here[_BANK_MAX] = {false};
	size_t banks = 0;

	if (n == 0 || n >= sizeof(number))
		return false;
	memcpy(number, code, n);
	number[n] = '\0';
	if (parse_u64(number, 0, 65535, &address) < 0)
		return false;
	for (size_t i = 0; i < im->n_points; i++) {
		const struct point_row *p = &im->points[i];

		if (p->bank >= BANK_INPUT && p->place.first == address)
			here[p->bank] = true;
	}
	if (here[BANK_INPUT] != here[BANK_HOLDING]) {
		*ret = here[BANK_INPUT] ? BANK_INPUT : BANK_HOLDING;
		return true;
	}
	if (here[BANK_INPUT])
		return false;
	for (size_t i = 0; i < im->n_points; i++)
		here[im->points[i].bank] = true;
	for (size_t i = 0; i < _BANK_MAX; i++)
		banks += here[i];
	*ret = here[BANK_INPUT] ? BANK_INPUT : BANK_HOLDING;
	return banks == 1 && (here[BANK_INPUT] || here[BANK_HOLDING]);
}

/* "IR15142": the maker's number of an input register. What address it is, only the notes of the
 * table of points can say: "register 15142". */
static bool input_number(const struct import *im, const char *code, uint32_t *ret)
{
	char words[2][40];

	(void)snprintf(words[0], sizeof(words[0]), "register %.20s", code);
	(void)snprintf(words[1], sizeof(words[1]), "number %.20s", code);
	for (size_t i = 0; i < im->n_points; i++) {
		const struct point_row *p = &im->points[i];

		if (p->bank != BANK_INPUT || p->place.bit >= 0 ||
			(!text_has_word(p->notes, words[0]) && !text_has_word(p->notes, words[1])))
			continue;
		*ret = p->place.first;
		return true;
	}
	return false;
}

/* The last "(...)" of TEXT when it ends with one. */
static bool in_brackets(const char *text, char *ret, size_t size)
{
	const char *open = strrchr(text, '(');
	size_t n = open ? strlen(open) : 0;

	if (n < 3 || open[n - 1] != ')' || n - 2 >= size)
		return false;
	memcpy(ret, open + 1, n - 2);
	ret[n - 2] = '\0';
	return true;
}

/* Fills .read or .value; NULL, or what is wrong. */
static const char *locate(const struct import *im, struct fault_row *f)
{
	static const char *const words[_BANK_MAX] = {"coil:", "discrete:", "input:", "holding:"};
	char inside[48];
	enum bank bank;
	uint32_t address;
	int64_t raw;

	for (size_t i = 0; i < _BANK_MAX; i++) {
		const char *rest = startswith(f->code, words[i]);

		if (!rest)
			continue;
		if (take_place((enum bank)i, rest, f->read) ||
			(i >= BANK_INPUT && take_whole((enum bank)i, rest, f)))
			return NULL;
		return i >= BANK_INPUT
			       ? "does not say which bit or value of the register means the "
				 "fault; write input:217.0 or input:217=1"
			       : "is no place; write coil:5 or discrete:16";
	}
	if (startswith(f->code, "IR") && isdigit((unsigned char)f->code[2])) {
		if (!input_number(im, f->code + 2, &address))
			return "is the maker's number of a register whose address the table of points "
			       "does not give; write input:15141.0";
		(void)snprintf(f->read, sizeof(f->read), "input:%u", address);
		(void)snprintf(f->value, sizeof(f->value), "1");
		return NULL;
	}
	if (parse_i64(f->code, INT32_MIN, UINT32_MAX, &raw) == 0) {
		(void)snprintf(f->value, sizeof(f->value), "%lld", (long long)raw);
		return NULL;
	}
	if (in_brackets(f->code, inside, sizeof(inside)) &&
		parse_i64(inside, INT32_MIN, UINT32_MAX, &raw) == 0) {
		(void)str_copy(f->value, sizeof(f->value), inside);
		return NULL;
	}
	if (isdigit((unsigned char)f->code[0])) { /* "2074.3", "2086.1 E064" */
		char place[24];
		size_t n = strcspn(f->code, " ");

		if (n >= sizeof(place))
			return "is no register.bit";
		memcpy(place, f->code, n);
		place[n] = '\0';
		if (!bank_of(im, place, &bank))
			return "does not say the bank, and the table of points has more than one; "
			       "write holding:2074.3";
		if (take_place(bank, place, f->read))
			return NULL;
		return "is no register.bit; write 2074.3";
	}
	if (in_brackets(f->meaning, inside, sizeof(inside))) {
		const char *rest = startswith(inside, "discrete input ");

		bank = BANK_DISCRETE;
		if (!rest) {
			rest = startswith(inside, "coil ");
			bank = BANK_COIL;
		}
		if (rest && take_place(bank, rest, f->read))
			return NULL;
	}
	return "says neither a place nor a raw value: what the panel shows cannot be found in the "
	       "registers; write holding:12.3, or E4 (0x04) for a raw value";
}

/* The raw value of "no fault": no code, but NoFault= of the points that carry codes. */
static bool is_none(const struct fault_row *f)
{
	return *f->value && *f->read == '\0' && phrase_of(f->meaning) == PHRASE_NO_FAULT;
}

static bool is_repeated(const struct import *im, const struct fault_row *f)
{
	for (size_t i = 0; i < im->n_faults; i++) {
		const struct fault_row *g = &im->faults[i];

		if (streq(g->code, f->code) ||
			(streq(g->read, f->read) && streq(g->value, f->value)))
			return true;
	}
	return false;
}

static const char *code_wrong(const char *code)
{
	if (*code == '\0')
		return "is missing";
	if (strlen(code) > 47)
		return "is longer than 47 bytes";
	for (const char *p = code; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return "has control characters";
	return NULL;
}

static void read_fault(struct reading_faults *w, const struct csv_record *rec)
{
	struct import *im = w->im;
	struct fault_row f = {.line = rec->line,
		.code = cell(w, rec, FAULT_CODE),
		.meaning = cell(w, rec, FAULT_MEANING),
		.meaning_zh = cell(w, rec, FAULT_MEANING_ZH),
		.component = cell(w, rec, FAULT_COMPONENT),
		.source = cell(w, rec, FAULT_SOURCE),
		.household = -1};
	const char *household = cell(w, rec, FAULT_HOUSEHOLD);
	const char *wrong = rec->wrong ? rec->wrong : code_wrong(f.code);
	char shown[80];

	import_clean(shown, sizeof(shown), f.code);
	if (!wrong)
		wrong = locate(im, &f);
	if (!wrong && is_repeated(im, &f))
		wrong = "is the same as a code before";
	if (wrong) {
		import_tell(im, true, rec->line, rec->wrong ? NULL : columns[FAULT_CODE], true,
			"\"%s\" %s; left out", shown, wrong);
		return;
	}
	if (strcasecmp(household, "y") == 0 || strcasecmp(household, "yes") == 0)
		f.household = 1;
	else if (strcasecmp(household, "n") == 0 || strcasecmp(household, "no") == 0)
		f.household = 0;
	else if (*household && strcasecmp(household, "unknown") != 0)
		import_tell(im, true, rec->line, columns[FAULT_HOUSEHOLD], true,
			"is none of y, n, unknown; left out");
	f.low = strcasestr(f.source, "doubtful") || strcasestr(f.source, "low confidence");
	im->faults[im->n_faults++] = f;
}

/* Whether point P can be what carries the codes that are raw values. */
static bool carries_codes(const struct import *im, const struct point_row *p)
{
	static const char *const things[] = {"fault", "error", "alarm", "lockout"};
	static const char *const codes[] = {"code", "number", "id"};
	char words[64];
	bool thing = false, code = false;
	size_t n;

	if (!row_is_integer(p) || p->type.type == POINT_BIT || row_is_number(p) ||
		p->access == ACCESS_WO || p->type.set || p->place.bit >= 0)
		return false;
	(void)str_copy(words, sizeof(words), p->name);
	for (char *c = words; *c; c++)
		if (*c == '_' || *c == '.')
			*c = ' ';
	for (size_t i = 0; i < ARRAY_SIZE(things); i++)
		thing = thing || text_has_word(words, things[i]);
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		code = code || text_has_word(words, codes[i]);
	n = strlen(words);
	while (n > 0 && isdigit((unsigned char)words[n - 1]))
		n--;
	code = code || (words[n] && n > 0 && words[n - 1] == ' '); /* active_fault_3 */
	if (!strcasestr(p->notes, "faults file") && (!thing || !code))
		return false;
	/* Its own list must say the same as the table: which raw value is "no fault". */
	for (size_t i = 0; i < p->n_enums; i++) {
		bool known = false, any = false;

		if (phrase_of(p->enums[i].text) != PHRASE_NO_FAULT)
			continue;
		for (size_t k = 0; k < im->n_faults; k++) {
			int64_t raw;

			if (!is_none(&im->faults[k]) ||
				parse_i64(im->faults[k].value, INT64_MIN, INT64_MAX, &raw) < 0)
				continue;
			any = true;
			known = known || raw == p->enums[i].raw;
		}
		if (any && !known)
			return false;
	}
	return true;
}

/* What its list says of codes is in the [Fault] sections then. */
static void make_carrier(struct import *im, struct point_row *p)
{
	bool all = true;

	p->fault_code = true;
	for (size_t k = 0; k < im->n_faults; k++)
		if (is_none(&im->faults[k]))
			(void)list_add(p->no_fault, sizeof(p->no_fault), im->faults[k].value);
	for (size_t i = 0; i < p->n_enums; i++) {
		bool found = false;
		char word[24];

		(void)snprintf(word, sizeof(word), "%lld", (long long)p->enums[i].raw);
		if (phrase_of(p->enums[i].text) == PHRASE_NO_FAULT)
			found = list_add(p->no_fault, sizeof(p->no_fault), word);
		for (size_t k = 0; k < im->n_faults && !found; k++)
			found = *im->faults[k].read == '\0' && streq(im->faults[k].value, word);
		all = all && found;
	}
	if (all)
		p->n_enums = 0;
	import_tell(im, false, p->line, import_columns[COLUMN_NAME], false,
		"%s is taken for the register of fault codes: Fault=code", p->name);
}

int faults_read(struct import *im)
{
	struct reading_faults w = {.im = im};
	const struct csv *csv = &im->faults_csv;
	bool by_value = false;
	size_t carriers = 0, kept = 0;

	if (csv->n_records == 0 || !read_header(&w, &csv->records[0]))
		return 0;
	im->faults = calloc(PROFILE_FAULTS_MAX, sizeof(*im->faults));
	if (!im->faults)
		return -ENOMEM;
	for (size_t i = 1; i < csv->n_records; i++) {
		const struct csv_record *rec = &csv->records[i];

		if (im->n_faults == PROFILE_FAULTS_MAX) {
			import_tell(im, true, rec->line, NULL, true,
				"a profile has 1024 faults at most; this one and those behind it are left "
				"out");
			break;
		}
		if (rec->wrong || rec->n > 1 || (rec->n == 1 && *csv->cells[rec->first]))
			read_fault(&w, rec);
	}
	for (size_t i = 0; i < im->n_faults; i++)
		by_value = by_value || *im->faults[i].read == '\0';
	for (size_t i = 0; by_value && i < im->n_points; i++)
		if (carries_codes(im, &im->points[i])) {
			make_carrier(im, &im->points[i]);
			carriers++;
		}
	for (size_t i = 0; i < im->n_faults; i++) {
		struct fault_row *f = &im->faults[i];

		if (*f->read == '\0' && carriers == 0)
			import_tell(im, true, f->line, columns[FAULT_CODE], true,
				"\"%s\" is a raw value, and no point of the table is sure to carry it; left "
				"out",
				f->code);
		else if (!is_none(f))
			im->faults[kept++] = *f;
	}
	im->n_faults = kept;
	return 0;
}
