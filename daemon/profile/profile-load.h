/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of profile loading, shared by profile-load.c (the file, [Profile], [Line]),
 * profile-identify.c, profile-point.c, profile-fault.c and profile-write.c. One loader lives for one load, on one
 * thread. */
#ifndef HEARTHD_PROFILE_LOAD_H
#define HEARTHD_PROFILE_LOAD_H

#include "daemon/config/ini.h"
#include "profile.h"

struct loader {
	struct ini *ini;
	struct problems *problems; /* may be NULL */
	struct profile *profile;
	const struct profile_choices *choices; /* NULL: the defaults */
	uint64_t fault_period_us;
	bool modbus; /* Read= has Modbus's form */
	bool failed; /* an error was found; loading goes on to find the others */
};

/* Records an error at the key, or at the section's header when E is NULL; returns -EINVAL. */
int loader_bad(struct loader *l, const struct ini_section *s, const struct ini_entry *e,
	const char *fmt, ...) _printf_(4, 5);
/* Notes a getter's result: errors of ini's getters are in the problems already. */
void loader_note(struct loader *l, int r);
/* Errors for keys that are not in KNOWN (NULL-terminated). */
void loader_check_keys(struct loader *l, const struct ini_section *s, const char *const *known);
/* Copies of a key's text; untouched where it is not given. */
void loader_string(struct loader *l, struct ini_section *s, const char *key, char **ret);
void loader_text(struct loader *l, struct ini_section *s, const char *key, struct text *ret);
void loader_enum(struct loader *l, struct ini_section *s, const char *key,
	const struct ini_name *names, int *ret);
/* Type= and Length= as points and probes have them; -EINVAL when told. */
int loader_type(struct loader *l, struct ini_section *s, enum point_type *ret, uint8_t *ret_len);
/* Device= into PT, which has the default. */
void loader_device(struct loader *l, struct ini_section *s, struct point *pt);
/* A copy of TEXT, or NULL with the loader failed. */
char *loader_strdup(struct loader *l, const char *text);
/* Where Read= of PT stands. */
void loader_place(struct loader *l, const struct ini_entry *read, struct point *pt);
/* "123", "0x7B", "-5", and unsigned values past INT64_MAX as their bit pattern. */
int loader_parse_raw(const char *text, int64_t *ret);

extern const struct ini_name loader_confidences[], loader_severities[], loader_classes[];

/* [Setting], and the choices made of them. */
void loader_settings(struct loader *l);
/* Every switch(setting.…) of the sections that may have one becomes the choice. */
void loader_choose(struct loader *l);
/* Sections with Repeat= become one for each instance. */
void loader_repeats(struct loader *l);
/* Sections whose When= is false for these settings go. */
void loader_when(struct loader *l);
/* Whether S had a When=, decided or not. */
bool loader_is_conditional(const struct ini_section *s);
/* Value= and When= of the points, SECTIONS their own. */
void loader_expressions(struct loader *l, struct ini_section *const *sections);
/* "setting.NAME" as a number of its chosen value; -ENOENT when it is no such word. */
int loader_setting_number(struct loader *l, const char *word, int64_t *ret);

void loader_point(struct loader *l, struct ini_section *s, struct point *pt); /* one [Point] */
void loader_points(struct loader *l);
/* Sorts points by name; again after points were added. */
int loader_index_points(struct loader *l);
void loader_probes(struct loader *l);
void loader_faults(struct loader *l);
void loader_writes(struct loader *l);
/* Enum=, Scale=, Divide=, Offset= and Unit= of a section over what PT has already; KEEP: a key that is
 * missing leaves it. */
void loader_point_encoding(struct loader *l, struct ini_section *s, const struct model_attr *attr,
	bool keep, struct point *pt);

struct expr;
struct expr_want;
/* The expression of a key: over points (.ref = index) and settings. -EINVAL when told. */
int loader_expr(struct loader *l, const struct ini_section *s, const struct ini_entry *e,
	const struct expr_want *want, struct expr **ret);

#endif
