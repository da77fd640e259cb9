/* SPDX-License-Identifier: Apache-2.0 */
/* Notes are sentences. Taken from them are only phrases of a known form: a raw value that is none
 * ("0x7FFF = not available"), a list of two names ("on=1 off=0"), words of doubt. */
#include "profile-import-internal.h"

#include <ctype.h>
#include <math.h>
#include <strings.h>

bool list_add(char *list, size_t size, const char *word)
{
	size_t used = strlen(list), n = strlen(word);

	for (const char *p = list; *p;) {
		size_t m = strcspn(p, " ");

		if (m == n && memcmp(p, word, n) == 0)
			return true;
		p += m + strspn(p + m, " ");
	}
	return str_appendf(list, size, &used, "%s%s", used ? " " : "", word);
}

struct number {
	char text[24];
	bool hex, nan, fraction;
	double v;
	int64_t raw;
};

static const char *skip(const char *s)
{
	return s + strspn(s, " \t");
}

/* A number in front of S, or NULL; the rest otherwise. */
static const char *take_number(const char *s, struct number *ret)
{
	size_t n = 0;

	*ret = (struct number){0};
	if (strncasecmp(s, "nan", 3) == 0 && !isalnum((unsigned char)s[3])) {
		ret->nan = true;
		(void)str_copy(ret->text, sizeof(ret->text), "nan");
		return s + 3;
	}
	if (*s == '-' || *s == '+')
		n++;
	if (s[n] == '0' && (s[n + 1] == 'x' || s[n + 1] == 'X')) {
		ret->hex = true;
		n += 2;
		while (isxdigit((unsigned char)s[n]))
			n++;
	} else {
		if (!isdigit((unsigned char)s[n]))
			return NULL;
		while (isdigit((unsigned char)s[n]))
			n++;
		if (s[n] == '.' && isdigit((unsigned char)s[n + 1])) {
			ret->fraction = true;
			n++;
			while (isdigit((unsigned char)s[n]))
				n++;
		}
	}
	if (n >= sizeof(ret->text) || isalnum((unsigned char)s[n]) || s[n] == '_' ||
		(s[n] == '.' && s[n + 1] == '.'))
		return NULL;
	memcpy(ret->text, s + (*s == '+'), n - (*s == '+'));
	if (ret->hex ? parse_i64(ret->text, INT64_MIN, INT64_MAX, &ret->raw) < 0
		     : parse_double(ret->text, &ret->v) < 0)
		return NULL;
	if (!ret->hex && !ret->fraction &&
		parse_i64(ret->text, INT64_MIN, INT64_MAX, &ret->raw) < 0)
		return NULL;
	return s + n;
}

static const char *take_connective(const char *s)
{
	static const char *const words[] = {"=", ":", "->", "\xe2\x86\x92", "means ", "is ",
		"when ", "if ", "indicates ", "says ", "for "};

	s = skip(s);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strncasecmp(s, words[i], strlen(words[i])) == 0)
			return skip(s + strlen(words[i]));
	return s;
}

/* "(= -20.0)" behind the raw value: what it would be in the unit; "(32767)" or "(0x7FFF)": the same
 * raw value once more, *RET_AGAIN. */
static const char *take_value(const char *s, bool *ret_given, double *ret, struct number *ret_again)
{
	struct number v;
	const char *rest = skip(s);
	bool equals;

	if (*rest != '(')
		return s;
	rest = skip(rest + 1);
	equals = *rest == '=';
	rest = take_number(skip(rest + equals), &v);
	if (!rest || v.nan || (equals && v.hex))
		return s;
	if (!equals && (v.fraction || *skip(rest) != ')'))
		return s;
	rest = strchr(rest, ')');
	if (!rest)
		return s;
	if (equals) {
		*ret_given = true;
		*ret = v.v;
	} else {
		*ret_again = v;
	}
	return rest + 1;
}

#define NUMBERS_MAX 4 /* of one phrase */

/* "0x7FFF", "0x7FFF (or 0x7FFD)", "0x7FFF/0x7FFD", "0x7FFF, 0x7FFD and 0x7FFE". */
static const char *take_numbers(const char *s, struct number *v, size_t *ret_n)
{
	static const char *const signs[] = {"(or ", "or ", "and ", "/", ",", "|"};
	const char *rest = take_number(s, &v[0]);
	size_t n = 0;

	if (!rest)
		return NULL;
	for (n = 1; n < NUMBERS_MAX; n++) {
		const char *p = skip(rest), *next = NULL;
		size_t i = 0;

		while (i < ARRAY_SIZE(signs) && strncasecmp(p, signs[i], strlen(signs[i])) != 0)
			i++;
		if (i < ARRAY_SIZE(signs))
			next = take_number(skip(p + strlen(signs[i])), &v[n]);
		if (!next || (i == 0 && *next != ')'))
			break;
		rest = next + (i == 0);
	}
	*ret_n = n;
	return rest;
}

static char *list_of(struct point_row *p, enum phrase phrase)
{
	switch (phrase) {
	case PHRASE_ABSENT:
		return p->absent;
	case PHRASE_UNAVAILABLE:
		return p->unavailable;
	case PHRASE_SENSOR:
		return p->sensor_fault;
	case PHRASE_NO_FAULT:
	case PHRASE_NONE:
		break;
	}
	return NULL;
}

/* The raw value as the loader wants it. NULL, or what is wrong. */
static const char *raw_of(const struct point_row *p, const struct number *v, bool value_given,
	double value, char word[24])
{
	int64_t raw = v->raw;
	double scaled;

	if (!row_is_integer(p)) {
		if (p->type.type != POINT_F32 && p->type.type != POINT_F64)
			return "a text has no such values";
		if (v->hex)
			return "of a float write the number, or nan";
		if (!v->nan && (p->scale_value != 1 || p->offset_value != 0))
			return "it is not said whether the number has the scale in it";
		(void)str_copy(word, 24, v->text);
		return NULL;
	}
	if (v->nan)
		return "a whole number is never nan";
	if (p->type.type == POINT_BIT)
		return "a bit has no such values";
	scaled = (double)raw * p->scale_value + p->offset_value;
	if (v->fraction) {
		/* No raw value has a fraction: it is in the unit. */
		scaled = (v->v - p->offset_value) / p->scale_value;
		if (fabs(scaled) > 1e15 || fabs(scaled - nearbyint(scaled)) > 1e-6)
			return "no raw value gives this number";
		raw = (int64_t)nearbyint(scaled);
	} else if (value_given && fabs(scaled - value) > 1e-6 * fmax(1, fabs(value))) {
		return "raw value and the value in brackets do not fit the scale";
	} else if (!v->hex && !value_given && (p->scale_value != 1 || p->offset_value != 0) &&
		   llabs(raw) < 32000) {
		/* Limits of 16 and 32 bits are raw; -999 of a register in tenths may be either. */
		return "it is not said whether the number has the scale in it; write it in "
		       "hexadecimal as it stands in the register";
	}
	scaled = (double)raw;
	if (row_raw(p, &raw) < 0)
		return "the type cannot have this raw value";
	if (v->hex && scaled >= 0 && p->place.width == 0 && p->type.type != POINT_BCD16 &&
		p->type.type != POINT_BCD32)
		(void)str_copy(word, 24, v->text); /* as it stands in the table */
	else
		(void)snprintf(word, 24, "%lld", (long long)raw);
	return NULL;
}

struct sentinel_part {
	struct number v[NUMBERS_MAX], again;
	size_t n;
	bool given;
	double value; /* where .given */
	enum phrase phrase;
};

/* "VALUE = PHRASE" or "PHRASE = VALUE". */
static bool parse_sentinel(const char *part, struct sentinel_part *ret)
{
	static const char *const before[] = {"raw ", "value ", "a value of ", "reads "};
	struct sentinel_part s = {0};
	const char *rest, *sign;
	char text[48];

	for (size_t i = 0; i < ARRAY_SIZE(before); i++)
		if (strncasecmp(part, before[i], strlen(before[i])) == 0)
			part = skip(part + strlen(before[i]));
	rest = take_numbers(part, s.v, &s.n);
	if (rest) {
		rest = take_value(rest, &s.given, &s.value, &s.again);
		s.phrase = phrase_of(take_connective(rest));
	} else {
		sign = strpbrk(part, "=:");
		if (!sign || (size_t)(sign - part) >= sizeof(text))
			return false;
		memcpy(text, part, (size_t)(sign - part));
		text[sign - part] = '\0';
		s.phrase = phrase_of(text);
		rest = take_numbers(skip(sign + 1), s.v, &s.n);
		if (!rest)
			return false;
		rest = take_value(rest, &s.given, &s.value, &s.again);
		if (*skip(rest))
			return false;
	}
	*ret = s;
	return s.phrase == PHRASE_ABSENT || s.phrase == PHRASE_UNAVAILABLE ||
	       s.phrase == PHRASE_SENSOR;
}

/* The number in brackets must be the same raw value, 0x8000 (-32768). */
static bool same_raw(const struct point_row *p, const struct number *a, const struct number *b)
{
	int64_t x = a->raw, y = b->raw;

	if (*b->text == '\0')
		return true;
	return !a->fraction && !a->nan && row_is_integer(p) && row_raw(p, &x) == 0 &&
	       row_raw(p, &y) == 0 && x == y;
}

/* True when PART was one, taken or reported. */
static bool take_sentinel(struct import *im, struct point_row *p, const char *part)
{
	struct sentinel_part s;
	char word[24];

	if (!parse_sentinel(part, &s))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		const char *wrong = NULL;

		if (!same_raw(p, &s.v[i], &s.again))
			wrong = "the number in brackets is another";
		else if (*s.again.text && !s.v[i].hex)
			s.v[i] = s.again.hex ? s.again : s.v[i];
		if (!wrong)
			wrong = raw_of(p, &s.v[i], s.given && s.n == 1, s.value, word);
		if (!wrong && !list_add(list_of(p, s.phrase), sizeof(p->absent), word))
			wrong = "there are too many";
		if (wrong)
			import_tell(im, false, p->line, import_columns[COLUMN_NOTES], true,
				"\"%s\": %s; left out as a value that is none", part, wrong);
	}
	return true;
}

/* A number at the end of a type's range beside a word of the kind, in a form that is not known. */
static bool looks_like_sentinel(const char *part)
{
	static const char *const numbers[] = {
		"0x7ff", "0x8000", "0xfff", "32767", "32768", "32766", "32765", "65535", "65534"};
	static const char *const words[] = {"available", "unavailable", "absent", "fitted",
		"missing", "invalid", "sensor", "failure", "none", "connected", "installed",
		"error", "fault", "disconnected"};
	bool number = false, word = false;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		number = number || strcasestr(part, numbers[i]);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		word = word || text_has_word(part, words[i]);
	return number && word;
}

/* "on=1 off=0" as a part of its own, where the column enum is empty. */
static void take_names(struct import *im, struct point_row *p, const char *part)
{
	const char *wrong = NULL;
	const char *sign = strchr(part, '=');
	int r;

	if (p->n_enums > 0 || p->type.set || !sign || !strchr(sign + 1, '=') ||
		strstr(part, "==") || !isalpha((unsigned char)*part))
		return;
	/* Words of letters alone: a sentence with two equations is none. */
	for (const char *s = part; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("=_ -", *s))
			return;
	if (!row_is_integer(p) || row_is_number(p))
		r = -EINVAL;
	else
		r = enum_parse(part, p, &wrong);
	if (r == -ENOMEM)
		im->no_memory = true;
	if (r < 0)
		import_tell(im, false, p->line, import_columns[COLUMN_NOTES], true,
			"\"%s\" %s; left out", part,
			wrong ? wrong : "names values of what is no list of names");
}

static bool doubtful(const char *part)
{
	static const char *const words[] = {"doubtful", "verify", "guessed", "guess", "unconfirmed",
		"uncertain", "not confirmed", "not verified", "unverified", "low confidence",
		"probably", "not stated", "models differ", "differs by model", "source differs",
		"unsure", "to be checked", "only when", "scale by DIP", "unknown encoding",
		"encoding unknown"};

	/* What is not stated of a price is its currency. */
	if (text_has_word(part, "currency"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (text_has_word(part, words[i]))
			return true;
	return false;
}

/* A Modicon number in the notes, "maker number 30002", against the address. */
static void check_modicon(struct import *im, struct point_row *p, const char *part)
{
	static const char digits[_BANK_MAX] = {'0', '1', '3', '4'};
	static const char *const words[] = {
		"maker number ", "maker register ", "maker ", "number "};
	const char *s = NULL;
	size_t n;
	uint64_t v;
	char text[8];

	for (size_t i = 0; i < ARRAY_SIZE(words) && !s; i++)
		s = startswith(part, words[i]);
	if (!s)
		return;
	n = strspn(s, "0123456789");
	if ((n != 5 && n != 6) || isalnum((unsigned char)s[n]) || s[0] != digits[p->bank])
		return;
	memcpy(text, s + 1, n - 1);
	text[n - 1] = '\0';
	if (parse_u64(text[0] == '0' ? text + strspn(text, "0") : text, 1, 65536, &v) < 0 ||
		v - 1 == p->place.first)
		return;
	p->low = true;
	import_tell(im, false, p->line, import_columns[COLUMN_ADDRESS], false,
		"the notes give %.*s, which is address %llu, and the cell %u; the cell is taken, with "
		"Confidence=low",
		(int)n, s, (unsigned long long)(v - 1), p->place.first);
}

/* The whole part, without brackets around it, or what stands behind its last comma or full stop. */
static bool take_any(struct import *im, struct point_row *p, char *part)
{
	size_t n = strlen(part);
	const char *tail = NULL;

	if (n > 2 && part[0] == '(' && part[n - 1] == ')') {
		part[n - 1] = '\0';
		part++;
	}
	if (take_sentinel(im, p, part))
		return true;
	for (const char *s = part; *s; s++)
		if ((*s == ',' || *s == '.') && s[1] == ' ')
			tail = s + 2;
	return tail && take_sentinel(im, p, tail);
}

static void check_write_only(struct import *im, struct point_row *p)
{
	if (p->access == ACCESS_WO || p->low)
		return;
	p->low = true;
	import_tell(im, false, p->line, import_columns[COLUMN_ACCESS], false,
		"the notes speak of write-only and the cell does not; the cell is taken, with "
		"Confidence=low");
}

void notes_read(struct import *im, struct point_row *p)
{
	_cleanup_free_ char *text = strdup(p->notes);
	char *save = NULL;

	if (!text) {
		im->no_memory = true;
		return;
	}
	for (char *part = strtok_r(text, ";\n", &save); part; part = strtok_r(NULL, ";\n", &save)) {
		char clean[512];

		import_clean(clean, sizeof(clean), part);
		p->low = p->low || doubtful(clean);
		p->setup = p->setup || strcasecmp(clean, "setup parameter") == 0;
		p->fingerprint = p->fingerprint || text_has_word(clean, "fingerprint");
		check_modicon(im, p, clean);
		take_names(im, p, clean);
		if (text_has_word(clean, "write-only") || text_has_word(clean, "write only"))
			check_write_only(im, p);
		if (!take_any(im, p, clean) && looks_like_sentinel(clean))
			import_tell(im, false, p->line, import_columns[COLUMN_NOTES], true,
				"\"%s\" seems to name a raw value that is none, in a form that is not "
				"known; left out; write 0x7FFF = not available",
				clean);
	}
}
