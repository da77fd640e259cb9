/* SPDX-License-Identifier: Apache-2.0 */
#include "profile-import-internal.h"

#include <ctype.h>
#include <strings.h>

static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	n = strlen(s);
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	s[n] = '\0';
	return s;
}

static bool is_raw(const char *s, int64_t *ret)
{
	return parse_i64(s, INT64_MIN, INT64_MAX, ret) == 0;
}

/* The name of a value as it travels; false when the text has nothing that could. */
static bool value_name(const char *text, char name[41])
{
	char rest[256];
	const char *prefix = "";

	/* A sign or comparison in front is half of the meaning. */
	if ((*text == '-' || *text == '+' || *text == '<' || *text == '>') &&
		isdigit((unsigned char)text[1])) {
		prefix = *text == '-'   ? "minus_"
			 : *text == '+' ? "plus_"
			 : *text == '<' ? "below_"
					: "above_";
		text++;
	}
	(void)snprintf(rest, sizeof(rest), "%s%s", prefix, text);
	(void)import_slug(name, 41, rest);
	return *name != '\0';
}

static int add_pair(struct point_row *p, int64_t raw, const char *text, const char **ret_wrong)
{
	struct enum_pair *pair, *pairs;

	if (p->n_enums == PROFILE_ENUMS_MAX) {
		*ret_wrong = "has more than 256 values";
		return -EINVAL;
	}
	if (p->type.set) {
		if (raw < 0 || raw >= (int64_t)MIN(row_bits(p), 63u)) {
			*ret_wrong = "names a bit that the value does not have";
			return -EINVAL;
		}
	} else if (row_raw(p, &raw) < 0) {
		*ret_wrong = "names a raw value that its type cannot have";
		return -EINVAL;
	}
	for (size_t i = 0; i < p->n_enums; i++)
		if (p->enums[i].raw == raw) {
			*ret_wrong = "gives one raw value two names";
			return -EINVAL;
		}
	pairs = reallocarray(p->enums, p->n_enums + 1, sizeof(*pairs));
	if (!pairs)
		return -ENOMEM;
	p->enums = pairs;
	pair = &pairs[p->n_enums];
	*pair = (struct enum_pair){.raw = raw};
	(void)str_copy(pair->text, sizeof(pair->text), text);
	if (!value_name(text, pair->name)) {
		*ret_wrong = "has a name without Latin letters and digits; names of values travel "
			     "as a-z 0-9 _";
		return -EINVAL;
	}
	p->n_enums++;
	return 0;
}

/* "3=auto" or "3:auto", "bit3=auto" of a set; or the other way round. */
static int take_pair(
	struct point_row *p, char *part, char mark, bool reversed, const char **ret_wrong)
{
	char *sign = strchr(part, mark), *left, *right;
	int64_t raw;

	if (!sign || strpbrk(sign + 1, mark == ':' ? ":=" : "=")) {
		*ret_wrong = "is no list of raw=name; write 0=off;1=on";
		return -EINVAL;
	}
	*sign = '\0';
	left = trim(part);
	right = trim(sign + 1);
	if (reversed) {
		char *swap = left;

		left = right;
		right = swap;
	}
	if (p->type.set && strncasecmp(left, "bit", 3) == 0)
		left = trim(left + 3);
	else if (p->type.set && (*left == 'b' || *left == 'B'))
		left++;
	if (!is_raw(left, &raw) || *right == '\0') {
		*ret_wrong = "is no list of raw=name; write 0=off;1=on";
		return -EINVAL;
	}
	return add_pair(p, raw, right, ret_wrong);
}

/* Whether every part of TEXT, cut at SEPARATORS, is one pair; its number left or right. */
static bool pairs_fit(const char *text, const char *separators, char mark, bool reversed)
{
	size_t pairs = 0;

	for (const char *p = text; *p;) {
		size_t n = strcspn(p, separators);
		const char *sign = memchr(p, mark, n);
		char number[32];
		const char *from = p;
		size_t len;
		int64_t raw;

		if (n > strspn(p, " ")) {
			if (!sign || memchr(sign + 1, mark, n - (size_t)(sign + 1 - p)))
				return false;
			from = reversed ? sign + 1 : p;
			len = reversed ? (size_t)(p + n - from) : (size_t)(sign - p);
			if (len >= sizeof(number))
				return false;
			memcpy(number, from, len);
			number[len] = '\0';
			if (!is_raw(trim(number), &raw))
				return false;
			pairs++;
		}
		p += n;
		p += *p != '\0';
	}
	return pairs > 0;
}

/* Masks or numbers of bits? Powers of two alone may be either, unless they are beyond the bits. */
static int check_set(struct point_row *p, const char *text, const char **ret_wrong)
{
	bool powers = p->n_enums > 0;

	for (size_t i = 0; i < p->n_enums; i++)
		powers = powers && p->enums[i].raw > 0 &&
			 (p->enums[i].raw & (p->enums[i].raw - 1)) == 0;
	if (!powers || strcasestr(text, "bit") || p->n_enums == 1)
		return 0;
	*ret_wrong = "may mean masks or numbers of bits; write bit0=name;bit1=name";
	return -EINVAL;
}

static int parse_parts(char *text, const char *separators, char mark, bool reversed,
	struct point_row *p, const char **ret_wrong)
{
	char *save = NULL;
	int r = 0;

	for (char *part = strtok_r(text, separators, &save); part && r == 0;
		part = strtok_r(NULL, separators, &save)) {
		part = trim(part);
		if (*part)
			r = take_pair(p, part, mark, reversed, ret_wrong);
	}
	return r;
}

/* Two meanings must not become one name by leaving characters out; two values of one meaning may. */
static void part_names(struct point_row *p)
{
	for (size_t i = 0; i < p->n_enums; i++)
		for (size_t k = 0; k < i; k++) {
			char raw[24];
			size_t n;

			if (!streq(p->enums[i].name, p->enums[k].name) ||
				strcasecmp(p->enums[i].text, p->enums[k].text) == 0)
				continue;
			(void)snprintf(raw, sizeof(raw), "_%s%llu", p->enums[i].raw < 0 ? "m" : "",
				p->enums[i].raw < 0 ? 0 - (unsigned long long)p->enums[i].raw
						    : (unsigned long long)p->enums[i].raw);
			n = MIN(strlen(p->enums[i].name), 40 - strlen(raw));
			(void)snprintf(
				p->enums[i].name + n, sizeof(p->enums[i].name) - n, "%s", raw);
			break;
		}
}

int enum_parse(const char *s, struct point_row *p, const char **ret_wrong)
{
	static const char *const separators[] = {";\n", ",\n", " \n"};
	_cleanup_free_ char *text = strdup(s);
	size_t form = 0; /* separator, mark, order */
	int r;

	if (!text)
		return -ENOMEM;
	while (form < 12 && !pairs_fit(s, separators[form / 4], form & 2 ? ':' : '=', form & 1))
		form++;
	if (form == 12)
		form = 0; /* "bit0=pump", or what is wrong */
	r = parse_parts(text, separators[form / 4], form & 2 ? ':' : '=', form & 1, p, ret_wrong);
	if (r == 0 && p->n_enums == 0) {
		*ret_wrong = "is no list of raw=name; write 0=off;1=on";
		r = -EINVAL;
	}
	if (r == 0 && p->type.set)
		r = check_set(p, s, ret_wrong);
	if (r < 0)
		p->n_enums = 0;
	part_names(p);
	return r;
}

bool text_has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = text; (p = strcasestr(p, word)); p++)
		if ((p == text || !isalnum((unsigned char)p[-1])) && !isalnum((unsigned char)p[n]))
			return true;
	return false;
}

enum phrase phrase_of(const char *text)
{
	static const struct {
		const char *text;
		enum phrase phrase;
	} phrases[] = {{"absent", PHRASE_ABSENT}, {"sensor absent", PHRASE_ABSENT},
		{"device absent", PHRASE_ABSENT}, {"not fitted", PHRASE_ABSENT},
		{"sensor not fitted", PHRASE_ABSENT}, {"not installed", PHRASE_ABSENT},
		{"sensor not installed", PHRASE_ABSENT}, {"not present", PHRASE_ABSENT},
		{"sensor not present", PHRASE_ABSENT}, {"not connected", PHRASE_ABSENT},
		{"sensor not connected", PHRASE_ABSENT}, {"no sensor", PHRASE_ABSENT},
		{"no sensor connected", PHRASE_ABSENT}, {"sensor missing", PHRASE_ABSENT},
		{"missing", PHRASE_ABSENT}, {"empty", PHRASE_ABSENT},
		{"not equipped", PHRASE_ABSENT}, {"not available", PHRASE_UNAVAILABLE},
		{"device not available", PHRASE_UNAVAILABLE},
		{"value not available", PHRASE_UNAVAILABLE}, {"n/a", PHRASE_UNAVAILABLE},
		{"na", PHRASE_UNAVAILABLE}, {"unavailable", PHRASE_UNAVAILABLE},
		{"no value", PHRASE_UNAVAILABLE}, {"no data", PHRASE_UNAVAILABLE},
		{"no reading", PHRASE_UNAVAILABLE}, {"invalid", PHRASE_UNAVAILABLE},
		{"invalid value", PHRASE_UNAVAILABLE}, {"not valid", PHRASE_UNAVAILABLE},
		{"undefined", PHRASE_UNAVAILABLE}, {"not initialised", PHRASE_UNAVAILABLE},
		{"not initialized", PHRASE_UNAVAILABLE}, {"not measured", PHRASE_UNAVAILABLE},
		{"n.a", PHRASE_UNAVAILABLE}, {"no measurement", PHRASE_UNAVAILABLE},
		{"invalid reading", PHRASE_UNAVAILABLE},
		{"sensor not available", PHRASE_UNAVAILABLE}, {"disconnected", PHRASE_ABSENT},
		{"sensor disconnected", PHRASE_ABSENT}, {"no probe", PHRASE_ABSENT},
		{"probe absent", PHRASE_ABSENT}, {"probe missing", PHRASE_ABSENT},
		{"no sensor fitted", PHRASE_ABSENT}, {"sensor failure", PHRASE_SENSOR},
		{"sensor fault", PHRASE_SENSOR}, {"sensor error", PHRASE_SENSOR},
		{"sensor failed", PHRASE_SENSOR}, {"sensor defect", PHRASE_SENSOR},
		{"sensor defective", PHRASE_SENSOR}, {"sensor broken", PHRASE_SENSOR},
		{"broken sensor", PHRASE_SENSOR}, {"sensor break", PHRASE_SENSOR},
		{"open circuit", PHRASE_SENSOR}, {"short circuit", PHRASE_SENSOR},
		{"sensor open", PHRASE_SENSOR}, {"sensor short", PHRASE_SENSOR},
		{"sensor open circuit", PHRASE_SENSOR}, {"sensor short circuit", PHRASE_SENSOR},
		{"sensor shorted", PHRASE_SENSOR}, {"probe failure", PHRASE_SENSOR},
		{"probe fault", PHRASE_SENSOR}, {"probe error", PHRASE_SENSOR},
		{"faulty sensor", PHRASE_SENSOR}, {"none", PHRASE_NO_FAULT},
		{"no fault", PHRASE_NO_FAULT}, {"no error", PHRASE_NO_FAULT},
		{"no alarm", PHRASE_NO_FAULT}, {"no active error", PHRASE_NO_FAULT},
		{"no active fault", PHRASE_NO_FAULT}, {"no active alarm", PHRASE_NO_FAULT},
		{"no lockout", PHRASE_NO_FAULT}, {"no faults", PHRASE_NO_FAULT},
		{"no errors", PHRASE_NO_FAULT}, {"normal", PHRASE_NO_FAULT},
		{"ok", PHRASE_NO_FAULT}, {"no failure", PHRASE_NO_FAULT},
		{"no alarms", PHRASE_NO_FAULT}, {"normal operation", PHRASE_NO_FAULT},
		{"no malfunction", PHRASE_NO_FAULT}};
	size_t n = strlen(text);

	while (n > 0 && (text[n - 1] == '.' || text[n - 1] == ' '))
		n--;
	for (size_t i = 0; i < ARRAY_SIZE(phrases); i++)
		if (strlen(phrases[i].text) == n && strncasecmp(phrases[i].text, text, n) == 0)
			return phrases[i].phrase;
	return PHRASE_NONE;
}
