/* SPDX-License-Identifier: Apache-2.0 */
/* The one dialect of every file people write: hearthd.conf, appliances.d, profiles, knowledge.
 *
 *     # a comment is a whole line, # or ; first
 *     [Type rest of the line is the argument]
 *     Key=value
 *     Key[zh_CN]=value
 *
 * Blanks around header, key and value are trimmed; there is no quoting and no continuation; UTF-8
 * alone, LF or CRLF. A duplicate key of a section, a duplicate section of a file, a line that is no
 * key, NUL and a byte order mark are errors with their line. All errors of a file are reported, not
 * only the first. Drop-ins merge by key; each key remembers the file and line it came from. "Key="
 * is the same as no key: it takes back what a file of lower priority said. Keys and sections that
 * begin with "X-" are the people's own; nobody warns of them.
 *
 * A tree is owned by its caller; one thread. Every string in it lives as long as the tree. */
#ifndef HEARTHD_INI_H
#define HEARTHD_INI_H

#include "daemon/base/digest.h"
#include "daemon/base/problem.h"

#define INI_FILE_MAX     (1024u * 1024u) /* bytes of one file */
#define INI_LINE_MAX     4096u           /* bytes of one line without its end */
#define INI_SECTIONS_MAX 4096u           /* of a tree, drop-ins included */
#define INI_KEYS_MAX     32768u          /* of a tree, drop-ins included */
#define INI_DROPINS_MAX  256u /* files of one NAME.d or one suffix, all directories together */

struct ini_entry {
	struct ini_section *section;
	struct ini_entry *next; /* of the section, in file order */
	const char *key;        /* without the locale */
	const char *locale;     /* "zh_CN" or NULL */
	const char *value;      /* trimmed; "" was reset */
	const char *file;
	unsigned line;
	bool used; /* a getter took it, or the caller says so */
};

struct ini_section {
	struct ini_section *next; /* in file order; new ones of drop-ins follow */
	const char *type;         /* "Point" */
	const char *arg;          /* "outlet_water_temperature"; "" when the header has none */
	const char *file;         /* where the header stands first */
	unsigned line;
	struct ini *ini;
	struct ini_entry *entries, *entries_tail;
};

struct ini {
	struct ini_section *sections, *sections_tail;
	size_t n_sections, n_entries;
	/* inside */
	struct ini_file *files;
	void *section_index, *entry_index; /* tsearch() */
};

/* BUF needs no terminator. On -EINVAL every error is in PROBLEMS (which may be NULL). FILENAME is
 * copied, and goes into messages and origins as given. */
int ini_parse(const char *buf, size_t len, const char *filename, struct problems *problems,
	struct ini **ret);
/* -ENOENT and other errnos of opening are for the caller to explain; -EINVAL, -EFBIG and -EISDIR
 * are explained in PROBLEMS. */
int ini_load_file(const char *path, struct problems *problems, struct ini **ret);
/* Reads DIR/SUBDIR/ *.conf of all DIRS (NULL-terminated, highest priority first) in the order of
 * their file names over INI. A file hides those of its name in later directories; an empty file or
 * a link to /dev/null hides them and says nothing itself. */
int ini_merge_dropins(
	struct ini *ini, const char *const *dirs, const char *subdir, struct problems *problems);
/* The paths of those files in that order, without what is hidden; each and the array are the
 * caller's to free. */
int ini_list_dropins(const char *const *dirs, const char *subdir, struct problems *problems,
	char ***ret, size_t *ret_n);
/* NAME from the first of DIRS that has it (an empty file or /dev/null: -ENOENT), then the drop-ins
 * of NAME.d. -ENOENT when there is no such file: drop-ins alone make nothing. */
int ini_load(
	const char *const *dirs, const char *name, struct problems *problems, struct ini **ret);
/* Gives every NAME of DIRS that ends in SUFFIX to TAKE, in the order of the names, as ini_load() reads it; TAKE
 * owns the tree. A file with errors, which are told, is left out. What TAKE returns below 0 ends it. */
typedef int (*ini_take)(struct ini *ini, void *userdata);
int ini_load_all(const char *const *dirs, const char *suffix, struct problems *problems,
	ini_take take, void *userdata);
int ini_new(struct ini **ret); /* an empty tree to merge drop-ins into */
/* Lays what FROM says over INI; FROM's texts become INI's. */
int ini_merge(struct ini *ini, struct ini *from, struct problems *problems);
struct ini *ini_free(struct ini *ini);
DEFINE_CLEANUP(struct ini *, ini_free);

/* Changes of a tree, for loaders that expand it; texts are copied into the tree. The copy of FROM has
 * its keys and stands behind AFTER; -EEXIST when there is such a section, -E2BIG past the limits. */
int ini_copy_section(struct ini *ini, const struct ini_section *from, struct ini_section *after,
	const char *arg, struct ini_section **ret);
int ini_set_value(struct ini_entry *e, const char *value);
/* Its keys go with it. Returns the one behind it. */
struct ini_section *ini_drop_section(struct ini *ini, struct ini_section *s);

/* Its header and its keys, whatever file and line they stand in. S may be NULL. */
void ini_digest(struct digester *d, const struct ini_section *s);

/* True when a file is a mask: a link to /dev/null, or empty. False also when it cannot be looked
 * at. */
bool ini_file_is_mask(const char *path);

struct ini_section *ini_section(
	const struct ini *ini, const char *type, const char *arg); /* NULL */
/* Goes through sections of one type: START from NULL. */
struct ini_section *ini_section_next(
	const struct ini *ini, const char *type, const struct ini_section *last);

/* NULL when not given or reset; marks it used. LOCALE NULL = the key without locale. S may be NULL
 * in this and every getter: then nothing is given. */
struct ini_entry *ini_get(struct ini_section *s, const char *key, const char *locale);

/* Getters: 1 and *ret when given and good; 0 and *ret untouched when not given; -EINVAL and a
 * problem with position when bad. */
int ini_get_string(struct ini_section *s, const char *key, const char **ret);
int ini_get_bool(struct ini_section *s, const char *key, struct problems *p, bool *ret);
int ini_get_u64(struct ini_section *s, const char *key, uint64_t min, uint64_t max,
	struct problems *p, uint64_t *ret);
int ini_get_double(struct ini_section *s, const char *key, double min, double max,
	struct problems *p, double *ret);
int ini_get_duration(struct ini_section *s, const char *key, uint64_t min_us, uint64_t max_us,
	struct problems *p, uint64_t *ret_us);
int ini_get_size(struct ini_section *s, const char *key, uint64_t min, uint64_t max,
	struct problems *p, uint64_t *ret_bytes);

struct ini_name {
	const char *name; /* NULL ends a table */
	int value;
};
int ini_get_enum(struct ini_section *s, const char *key, const struct ini_name *names,
	struct problems *p, int *ret);

/* Words of a value, separated by blanks; *ret is an array of MAX words at most in one allocation,
 * the caller's to free(). */
int ini_get_list(struct ini_section *s, const char *key, size_t max, struct problems *p,
	char ***ret, size_t *ret_n);
/* The same for any text: 0, -ENOMEM, or -E2BIG past MAX words. */
int ini_split(const char *value, size_t max, char ***ret, size_t *ret_n);

/* A problem at the key's own file and line with "Type arg.Key" in front. E must not be
 * NULL: where a key is missing, name the section. */
int ini_problem(struct problems *p, enum problem_level level, const struct ini_entry *e,
	const char *fmt, ...) _printf_(4, 5);
int ini_problem_section(struct problems *p, enum problem_level level, const struct ini_section *s,
	const char *fmt, ...) _printf_(4, 5);

/* After all known keys were taken: one warning for each entry nobody used, with the nearest of
 * KNOWN (NULL-terminated) when it is near. */
void ini_warn_unused(const struct ini_section *s, const char *const *known, struct problems *p);
/* One warning for each section whose type is not in KNOWN. */
void ini_warn_unknown_sections(const struct ini *ini, const char *const *known, struct problems *p);
/* Whether TEXT has one of the characters that Chinese and Japanese input methods type for "=", "[",
 * ":", "5" and so on: U+FF01..U+FF5E, U+3000. */
bool ini_fullwidth(const char *text);
/* The nearest of NAMES by edit distance, or NULL when none is near enough to suggest. */
const char *ini_nearest(const char *word, const char *const *names);

#endif
