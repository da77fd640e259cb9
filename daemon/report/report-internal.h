/* SPDX-License-Identifier: Apache-2.0 */
/* Inside report: a growing text with a JSON writer on it. Own and small instead of a tree of jansson
 * values, because numbers are printed at their attribute's resolution, because a report is cut at a
 * size that must be known while it grows, and because a tree of 5,000 values is 500 kB. What is
 * written here is read back by jansson in the tests (docs/decisions/0013-json-writer.md). */
#ifndef HEARTHD_REPORT_INTERNAL_H
#define HEARTHD_REPORT_INTERNAL_H

#include "report.h"

struct writer {
	char *p; /* NUL-terminated once something was written */
	size_t n, size;
	bool failed; /* out of memory: everything after is ignored */
};
void writer_done(struct writer *w);
/* Hands the text over: 0, or -ENOMEM when anything failed. */
int writer_take(struct writer *w, char **ret, size_t *ret_n);
void writer_raw(struct writer *w, const void *p, size_t n);
void writer_text(struct writer *w, const char *s);

/* JSON. Commas come by themselves: before an element unless it is the first, or behind a key. */
void write_open(struct writer *w, char bracket); /* '{' or '[' */
void write_close(struct writer *w, char bracket);
void write_key(struct writer *w, const char *key);
void write_string(struct writer *w, const char *s); /* NULL: null */
void write_unsigned(struct writer *w, uint64_t v);
void write_signed(struct writer *w, int64_t v);
void write_bool(struct writer *w, bool v);
void write_null(struct writer *w);
void write_decimal(struct writer *w, double v, int decimals); /* null when it is not finite */
/* Text that is a JSON token already. */
void write_token(struct writer *w, const char *token);
/* "key": "s", nothing when S is NULL. */
void write_member(struct writer *w, const char *key, const char *s);
/* "key": {"en": …, "zh": …}, nothing when there is neither. */
void write_both(struct writer *w, const char *key, const char *en, const char *zh);

/* The members of a finding's record, from "id" to "frame": of an event, of a request for a repair. -ENOMEM. */
int write_record(struct writer *w, const struct event_text *e, bool cleared);

/* "key": ["WORD", ...]; nothing when there is none. */
void write_list(struct writer *w, const char *key, const char *words, char separator);

/* Members every message may have. */
void write_stamp(struct writer *w, const struct stamp *t); /* "t", and "clk", "boot" */
void write_head(struct writer *w, const char *schema, const struct message_head *head);
void write_head_rest(struct writer *w, const struct message_head *head); /* boots lost withheld */
void write_boots(struct writer *w, const struct boot_offset *v, size_t n);
int64_t stamp_seconds(const struct stamp *t); /* rounded down */
/* A value as attribute_format() wrote it. */
void write_value(struct writer *w, uint8_t type, const char *text);
const char *value_type_name(const struct attribute *a);

/* ---- report-column.c: the columns of hearth.report/2. */
struct column_value {
	int64_t t; /* seconds */
	double value;
	int64_t n; /* of its steps */
};
struct report_column {
	const char *name;
	double step; /* of the register, > 0 */
	const struct column_value *v;
	size_t n;                 /* values, in time order; 0: not this one */
	bool known;               /* the receiver holds FROM */
	struct column_value from; /* .t does not matter */
	bool anchor;              /* say value and step themselves */
	int64_t slope; /* its last change, where its last column told such; out: the next */
	bool told;     /* out: it is in what was written; else its times fit no group */
};
/* How many steps of STEP V is; false when it is no whole number of them. */
bool column_steps(double v, double step, int64_t *ret);
/* The elements of an array: groups of columns, times relative to T. */
void columns_write(struct writer *w, int64_t t, struct report_column *v, size_t n);

#define COLUMN_SLOTS_MAX 4096 /* moments of one group */
struct column_group {
	int64_t t[COLUMN_SLOTS_MAX]; /* seconds, rising */
	unsigned slots;
};
/* What a receiver holds of an attribute. */
struct column_held {
	double value, step; /* step 0: no column has named it */
	int64_t slope;      /* its last change, where its last column was of changes of changes */
};
typedef int (*column_value_fn)(int64_t t, const struct column_held *held, void *userdata);
/* One column: FN for each value that changed, and for the one an anchor names. -EBADMSG; -ENODATA: it
 * goes on from a message that HELD knows nothing of; or what FN returned below 0. */
int column_read(const struct column_group *g, const char *p, size_t n, struct column_held *held,
	column_value_fn fn, void *userdata);

/* report-message.c: "steps_done" of a finding, where there are any. */
void write_steps_done(struct writer *w, const struct finding *f);

#endif
