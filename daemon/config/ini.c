/* SPDX-License-Identifier: Apache-2.0 */
#include "ini.h"

#include <search.h>
#include <strings.h>

/* The text of one file, cut up in place: keys and values point into it. */
struct ini_file {
	struct ini_file *next;
	char *name, *text;
};

static int section_compare(const void *pa, const void *pb)
{
	const struct ini_section *a = pa, *b = pb;
	int r = strcmp(a->type, b->type);

	return r ? r : strcmp(a->arg, b->arg);
}

static int entry_compare(const void *pa, const void *pb)
{
	const struct ini_entry *a = pa, *b = pb;
	int r;

	if (a->section != b->section)
		return (uintptr_t)a->section < (uintptr_t)b->section ? -1 : 1;
	r = strcmp(a->key, b->key);
	if (r || a->locale == b->locale)
		return r;
	if (!a->locale || !b->locale)
		return a->locale ? 1 : -1;
	return strcmp(a->locale, b->locale);
}

int ini_new(struct ini **ret)
{
	struct ini *ini = calloc(1, sizeof(*ini));

	if (!ini)
		return -ENOMEM;
	*ret = ini;
	return 0;
}

static void keep_key(void *key)
{
	/* The lists own what the index points to. */
}

struct ini *ini_free(struct ini *ini)
{
	if (!ini)
		return NULL;
	tdestroy(ini->section_index, keep_key);
	tdestroy(ini->entry_index, keep_key);
	while (ini->sections) {
		struct ini_section *s = ini->sections;

		while (s->entries) {
			struct ini_entry *e = s->entries;

			s->entries = e->next;
			free(e);
		}
		ini->sections = s->next;
		free(s);
	}
	while (ini->files) {
		struct ini_file *f = ini->files;

		ini->files = f->next;
		free(f->name);
		free(f->text);
		free(f);
	}
	free(ini);
	return NULL;
}

struct ini_section *ini_section(const struct ini *ini, const char *type, const char *arg)
{
	struct ini_section key = {.type = type, .arg = arg ? arg : ""};
	void *found = tfind(&key, (void *const *)&ini->section_index, section_compare);

	return found ? *(struct ini_section **)found : NULL;
}

struct ini_section *ini_section_next(
	const struct ini *ini, const char *type, const struct ini_section *last)
{
	struct ini_section *s = last ? last->next : ini->sections;

	while (s && !streq(s->type, type))
		s = s->next;
	return s;
}

static struct ini_entry *entry_find(
	const struct ini *ini, struct ini_section *s, const char *key, const char *locale)
{
	struct ini_entry k = {.section = s, .key = key, .locale = locale};
	void *found = tfind(&k, (void *const *)&ini->entry_index, entry_compare);

	return found ? *(struct ini_entry **)found : NULL;
}

struct ini_entry *ini_get(struct ini_section *s, const char *key, const char *locale)
{
	struct ini_entry *e = s ? entry_find(s->ini, s, key, locale) : NULL;

	if (!e)
		return NULL;
	e->used = true;
	return *e->value ? e : NULL;
}

/* Both of these link a copy of what is given. */
static int section_add(struct ini *ini, const struct ini_section *from, struct ini_section **ret)
{
	struct ini_section *s = malloc(sizeof(*s));

	if (!s)
		return -ENOMEM;
	*s = (struct ini_section){.type = from->type,
		.arg = from->arg,
		.file = from->file,
		.line = from->line,
		.ini = ini};
	if (!tsearch(s, &ini->section_index, section_compare)) {
		free(s);
		return -ENOMEM;
	}
	if (ini->sections_tail)
		ini->sections_tail->next = s;
	else
		ini->sections = s;
	ini->sections_tail = s;
	ini->n_sections++;
	*ret = s;
	return 0;
}

static int entry_add(struct ini_section *s, const struct ini_entry *from)
{
	struct ini_entry *e = malloc(sizeof(*e));

	if (!e)
		return -ENOMEM;
	*e = (struct ini_entry){.section = s,
		.key = from->key,
		.locale = from->locale,
		.value = from->value,
		.file = from->file,
		.line = from->line};
	if (!tsearch(e, &s->ini->entry_index, entry_compare)) {
		free(e);
		return -ENOMEM;
	}
	if (s->entries_tail)
		s->entries_tail->next = e;
	else
		s->entries = e;
	s->entries_tail = e;
	s->ini->n_entries++;
	return 0;
}

/* Changes */

/* A copy of TEXT that lives as long as the tree; NULL without memory. */
static char *keep_text(struct ini *ini, const char *text)
{
	struct ini_file *f = calloc(1, sizeof(*f));

	if (f)
		f->text = strdup(text);
	if (!f || !f->text) {
		free(f);
		return NULL;
	}
	f->next = ini->files;
	ini->files = f;
	return f->text;
}

int ini_set_value(struct ini_entry *e, const char *value)
{
	char *text = keep_text(e->section->ini, value);

	if (!text)
		return -ENOMEM;
	e->value = text;
	return 0;
}

int ini_copy_section(struct ini *ini, const struct ini_section *from, struct ini_section *after,
	const char *arg, struct ini_section **ret)
{
	struct ini_section header = *from, *s, *tail = ini->sections_tail;
	size_t n = 0;
	int r;

	for (const struct ini_entry *e = from->entries; e; e = e->next)
		n++;
	if (ini->n_sections >= INI_SECTIONS_MAX || ini->n_entries + n > INI_KEYS_MAX)
		return -E2BIG;
	if (ini_section(ini, from->type, arg))
		return -EEXIST;
	header.arg = keep_text(ini, arg);
	if (!header.arg)
		return -ENOMEM;
	r = section_add(ini, &header, &s);
	if (r < 0)
		return r;
	if (after && after != tail) { /* from the end to its place */
		tail->next = NULL;
		ini->sections_tail = tail;
		s->next = after->next;
		after->next = s;
	}
	for (const struct ini_entry *e = from->entries; e; e = e->next) {
		r = entry_add(s, e);
		if (r < 0)
			return r;
	}
	*ret = s;
	return 0;
}

struct ini_section *ini_drop_section(struct ini *ini, struct ini_section *s)
{
	struct ini_section *before = NULL, *next = s->next;

	for (struct ini_section *x = ini->sections; x != s; x = x->next)
		before = x;
	if (before)
		before->next = next;
	else
		ini->sections = next;
	if (!next)
		ini->sections_tail = before;
	(void)tdelete(s, &ini->section_index, section_compare);
	ini->n_sections--;
	while (s->entries) {
		struct ini_entry *e = s->entries;

		(void)tdelete(e, &ini->entry_index, entry_compare);
		s->entries = e->next;
		ini->n_entries--;
		free(e);
	}
	free(s);
	return next;
}

/* Parsing */

struct parser {
	struct ini *ini;
	struct problems *problems;
	const char *file;
	unsigned line;
	struct ini_section *section;
	bool lost;  /* the last header was bad: its keys are checked, and kept nowhere */
	bool error; /* at least one problem */
};

static int bad(struct parser *p, const char *fmt, ...) _printf_(2, 3);
static int bad(struct parser *p, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->error = true;
	return problem_add(p->problems, PROBLEM_ERROR, p->file, p->line, NULL, "%s", text);
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static char *trim(char *s, char *end)
{
	while (s < end && blank(*s))
		s++;
	while (end > s && blank(end[-1]))
		end--;
	*end = '\0';
	return s;
}

/* A value in a message: enough of it to be recognised. */
#define SHOWN_MAX         48
#define shown(buf, value) str_abbreviate(buf, sizeof(buf), value)

bool ini_fullwidth(const char *text)
{
	for (const uint8_t *s = (const uint8_t *)text; *s; s++)
		if ((s[0] == 0xef && ((s[1] == 0xbc && s[2] >= 0x81) ||
					     (s[1] == 0xbd && s[2] >= 0x80 && s[2] <= 0x9e))) ||
			(s[0] == 0xe3 && s[1] == 0x80 && s[2] == 0x80))
			return true;
	return false;
}

/* A line that is nothing, and what its writer may have meant. */
static int bad_line(struct parser *p, const char *s)
{
	const char *colon = strchr(s, ':');
	char show[SHOWN_MAX];

	if (ini_fullwidth(s))
		return bad(p,
			"\"%s\" has full-width characters; type the line with the input method off: "
			"[Section] or Key=value",
			shown(show, s));
	if (startswith(s, "//") || startswith(s, "--"))
		return bad(p, "\"%s\": a comment begins with #", shown(show, s));
	if (colon && colon > s && strcspn(s, " \t\"[") >= (size_t)(colon - s))
		return bad(p, "\"%s\": write %.*s= and then the value", shown(show, s),
			(int)MIN(colon - s, 40), s);
	return bad(
		p, "\"%s\" is neither a [Section], a Key=value, nor a # comment", shown(show, s));
}

static int parse_header(struct parser *p, char *s, char *end)
{
	char show[SHOWN_MAX];
	struct ini_section *old, header = {.file = p->file, .line = p->line};
	size_t n;
	int r;

	p->section = NULL;
	p->lost = true;
	if (end[-1] != ']')
		return bad(p, "a section header ends with \"]\", and nothing may follow it");
	s = trim(s + 1, end - 1);
	n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");
	if (n == 0 || *s == '-' || (s[n] && !blank(s[n])))
		return bad(p, "\"[%s]\" is no section header; write [Type] or [Type name]",
			shown(show, s));
	header.type = s;
	header.arg = s + n;
	if (s[n]) {
		s[n] = '\0';
		header.arg = trim(s + n + 1, s + n + 1 + strlen(s + n + 1));
	}
	old = ini_section(p->ini, header.type, header.arg);
	if (old)
		return bad(p, "section [%s%s%s] stands already in line %u; put its keys there",
			header.type, *header.arg ? " " : "", shown(show, header.arg), old->line);
	if (p->ini->n_sections >= INI_SECTIONS_MAX)
		return bad(p, "more than %u sections", INI_SECTIONS_MAX);
	r = section_add(p->ini, &header, &p->section);
	if (r == 0)
		p->lost = false;
	return r;
}

static int parse_key(struct parser *p, char *s, char *end)
{
	static const char key_chars[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	char show[SHOWN_MAX];
	char *equals = memchr(s, '=', (size_t)(end - s));
	struct ini_entry *old, e = {.file = p->file, .line = p->line};
	size_t n;

	if (!equals)
		return bad_line(p, s);
	e.value = trim(equals + 1, end);
	e.key = trim(s, equals);
	n = strspn(e.key, key_chars);
	if (n > 0 && e.key[n] == '[') {
		char *locale = (char *)e.key + n;
		size_t m = strspn(locale + 1, key_chars);

		if (m >= 1 && m <= 16 && streq(locale + 1 + m, "]")) {
			*locale = '\0';
			locale[1 + m] = '\0';
			e.locale = locale + 1;
		}
	}
	if ((n == 0 || e.key[n]) && ini_fullwidth(e.key))
		return bad_line(p, e.key);
	if (n == 0 || e.key[n])
		return bad(p, "\"%s\" is no key; write Key=value or Key[zh_CN]=value",
			shown(show, e.key));
	if (p->lost)
		return 0;
	if (!p->section)
		return bad(p, "%s= stands before the first [Section]", shown(show, e.key));
	old = entry_find(p->ini, p->section, e.key, e.locale);
	if (old)
		return bad(p, "%s= stands already in line %u; keep one of them", shown(show, e.key),
			old->line);
	if (p->ini->n_entries >= INI_KEYS_MAX)
		return bad(p, "more than %u keys", INI_KEYS_MAX);
	return entry_add(p->section, &e);
}

static bool has_control(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)s[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return true;
		/* U+0080..U+009F */
		if (c == 0xc2 && i + 1 < n && (uint8_t)s[i + 1] < 0xa0)
			return true;
	}
	return false;
}

static int parse_line(struct parser *p, char *s, char *end)
{
	if (end - s > (ptrdiff_t)INI_LINE_MAX)
		return bad(p, "the line has more than %u bytes", INI_LINE_MAX);
	if (memchr(s, '\0', (size_t)(end - s)))
		return bad(p, "a NUL byte; this must be a text file in UTF-8");
	if (!utf8_valid(s, (size_t)(end - s)))
		return bad(p, "not valid UTF-8; save the file as UTF-8");
	if (has_control(s, (size_t)(end - s)))
		return bad(p, "a control character; only tab, LF and CRLF are allowed");
	s = trim(s, end);
	end = s + strlen(s);
	if (s == end || *s == '#' || *s == ';')
		return 0;
	return *s == '[' ? parse_header(p, s, end) : parse_key(p, s, end);
}

/* TEXT has one writable byte behind LEN and is cut up in place. */
static int parse_text(struct parser *p, char *text, size_t len)
{
	char *s = text, *last = text + len;
	int r;

	if (len > INI_FILE_MAX)
		return bad(p, "larger than %u KiB, the most a file may have", INI_FILE_MAX / 1024);
	p->line = 1;
	if (len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0) {
		(void)bad(p, "a byte order mark; save the file as UTF-8 without one");
		s += 3;
	}
	if (last - s >= 2 && (memcmp(s, "\xff\xfe", 2) == 0 || memcmp(s, "\xfe\xff", 2) == 0))
		return bad(p, "the file is UTF-16; save it as UTF-8");
	for (; s < last; p->line++) {
		char *end = memchr(s, '\n', (size_t)(last - s));
		char *next = end ? end + 1 : last;

		if (!end)
			end = last;
		else if (end > s && end[-1] == '\r')
			end--;
		r = parse_line(p, s, end);
		if (r == -ENOMEM)
			return r;
		if (p->ini->n_entries >= INI_KEYS_MAX && r < 0)
			break;
		s = next;
	}
	return p->error ? -EINVAL : 0;
}

/* Takes TEXT over in any case. */
static int parse_owned(
	char *text, size_t len, const char *filename, struct problems *problems, struct ini **ret)
{
	_cleanup_(ini_freep) struct ini *ini = NULL;
	struct parser p = {.problems = problems};
	struct ini_file *f = calloc(1, sizeof(*f));
	int r;

	if (f)
		f->name = strdup(filename ? filename : "");
	if (!f || !f->name || ini_new(&ini) < 0) {
		free(text);
		if (f)
			free(f->name);
		free(f);
		return -ENOMEM;
	}
	f->text = text;
	ini->files = f;
	p.ini = ini;
	p.file = f->name;
	r = parse_text(&p, text, len);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(ini);
	return 0;
}

int ini_parse(const char *buf, size_t len, const char *filename, struct problems *problems,
	struct ini **ret)
{
	char *text;

	if (len > INI_FILE_MAX)
		return problem_add(problems, PROBLEM_ERROR, filename, 0, NULL,
			"larger than %u KiB, the most a file may have", INI_FILE_MAX / 1024);
	text = malloc(len + 1);
	if (!text)
		return -ENOMEM;
	memcpy(text, buf, len);
	text[len] = '\0';
	return parse_owned(text, len, filename, problems, ret);
}

int ini_load_file(const char *path, struct problems *problems, struct ini **ret)
{
	char *text = NULL;
	size_t len = 0;
	int r = read_file(path, INI_FILE_MAX, &text, &len);

	if (r == -EFBIG)
		(void)problem_add(problems, PROBLEM_ERROR, path, 0, NULL,
			"larger than %u KiB, the most a file may have", INI_FILE_MAX / 1024);
	else if (r == -EISDIR || r == -EINVAL)
		return problem_add(problems, PROBLEM_ERROR, path, 0, NULL,
			"not a regular file; put a text file there, or remove it");
	if (r < 0)
		return r;
	return parse_owned(text, len, path, problems, ret);
}

int ini_merge(struct ini *ini, struct ini *from, struct problems *problems)
{
	struct ini_file *f;
	int r = 0;

	for (struct ini_section *s = from->sections; s && r == 0; s = s->next) {
		struct ini_section *to = ini_section(ini, s->type, s->arg);

		if (!to && ini->n_sections >= INI_SECTIONS_MAX)
			r = ini_problem_section(problems, PROBLEM_ERROR, s, "more than %u sections",
				INI_SECTIONS_MAX);
		else if (!to)
			r = section_add(ini, s, &to);
		for (struct ini_entry *e = s->entries; e && r == 0; e = e->next) {
			struct ini_entry *old = entry_find(ini, to, e->key, e->locale);

			if (old) {
				old->value = e->value;
				old->file = e->file;
				old->line = e->line;
			} else if (ini->n_entries >= INI_KEYS_MAX)
				r = ini_problem(problems, PROBLEM_ERROR, e, "more than %u keys",
					INI_KEYS_MAX);
			else
				r = entry_add(to, e);
		}
	}
	/* Even after an error: what was linked already points into them. */
	f = from->files;
	while (f && f->next)
		f = f->next;
	if (f) {
		f->next = ini->files;
		ini->files = from->files;
		from->files = NULL;
	}
	return r;
}
