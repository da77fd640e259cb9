/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl: what the verbs share. One thread; everything here is for one run of one command.
 *
 * A verb file exports an array of struct verb that ends with a NULL name; main.c finds the verb,
 * has taken the options that every verb knows out of its arguments, and returns what it returns. */
#ifndef HEARTHD_CTL_H
#define HEARTHD_CTL_H

#include "daemon/base/util.h"

#include <jansson.h>

enum ctl_exit {
	CTL_OK = 0,
	CTL_FAILURE = 1,
	CTL_USAGE = 2,
	CTL_NO_DAEMON = 3,
	CTL_FAULT = 4, /* it worked, and an appliance has an active fault */
};

enum json_mode { JSON_OFF, JSON_SHORT, JSON_PRETTY };

struct ctl_options {
	enum json_mode json;
	bool zh;
	const char *bus;    /* D-Bus address; NULL = the system bus */
	const char *etc;    /* --config, default /etc/hearthd */
	const char *vendor; /* --vendor, default /usr/lib/hearthd */
	bool no_legend, no_pager;
	bool colour;      /* standard output is a terminal that wants it */
	unsigned columns; /* of that terminal; 0 = there is none */
};

struct verb {
	const char *name;              /* "list", or two words: "report decode" */
	const char *args;              /* "PROTOCOL [--profile P] HEX…"; "" for none */
	const char *help_en, *help_zh; /* one line */
	/* ARGV[0] is the name, as given for two words "report decode". Returns an enum ctl_exit. Options
	 * it does not know are CTL_USAGE by ctl_usage(). */
	int (*run)(int argc, char **argv, const struct ctl_options *o);
	const char *more_en, *more_zh; /* further lines of "VERB --help"; may be NULL */
};

extern const struct verb verbs_daemon[], verbs_config[], verbs_profile[], verbs_adapter[],
	verbs_report[], verbs_diagnose[], verbs_diagnosis[], verbs_history[], verbs_install[];

/* i18n.c. The Chinese text for an English one where O wants it and the table has it, else EN. For
 * formats both have the same conversions in the same order. */
const char *ctl_tr(const struct ctl_options *o, const char *en) __attribute__((format_arg(2)));
/* strerror() in that language, where the table has it. */
const char *ctl_strerror(const struct ctl_options *o, int error);
bool ctl_lang_zh(const char *lang); /* "zh_CN", "zh_CN.UTF-8", "zh" */

/* verbs-config.c. One a line, as hearthd writes them to the journal. */
struct problems;
void ctl_print_problems(const struct ctl_options *o, const struct problems *p);

/* "hearthctl: FMT" and, when NEXT is not NULL, a second line of what to try; both are translated.
 * Returns CODE. */
int ctl_error(const struct ctl_options *o, int code, const char *next, const char *fmt, ...)
	_printf_(4, 5);
/* Too few, too many or unknown arguments of VERB: says which and how it is called. */
int ctl_usage(const struct ctl_options *o, const char *verb, const char *fmt, ...) _printf_(3, 4);
/* Takes J over; to standard output as --json says (JSON_OFF prints as JSON_SHORT). */
int ctl_print_json(const struct ctl_options *o, json_t *j);
/* Sends what follows on standard output through $PAGER or less, when that is a terminal. Closed by
 * main. */
void ctl_pager_open(const struct ctl_options *o);

/* examples.c: lines that call VERB; NULL. */
const char *ctl_examples(const char *verb);

/* i18n-said.c. What hearthd said in English (its errors), in Chinese; false when it is none of those known. */
bool ctl_said_zh(char *dst, size_t size, const char *en);
/* LINE of problem_format(), "FILE:12: Bus a.Baud: error: ...", in O's language. */
void ctl_problem(const struct ctl_options *o, const char *line, char *dst, size_t size);

/* table.c: columns aligned by what a terminal shows, Chinese too. */
enum colour { PLAIN, BOLD, GREY, RED, YELLOW, GREEN };
struct table;
/* HEADERS: NULL-terminated, translated here; one that starts with '>' is aligned to the right, the cells of one
 * with '!' are kept in one piece where that can be, as those of the first column are.
 * NULL on no memory; all calls take a NULL table. */
struct table *table_new(const struct ctl_options *o, const char *const *headers);
struct table *table_free(struct table *t);
/* The next cell, row by row; TEXT is copied, control bytes are escaped. */
void table_cell(struct table *t, enum colour c, const char *text);
void table_cellf(struct table *t, enum colour c, const char *fmt, ...) _printf_(3, 4);
/* To standard output. Also prints the header unless --no-legend. Nothing when there is no row; a paragraph a row on
 * a terminal too narrow for columns. */
void table_print(const struct table *t);
size_t table_rows(const struct table *t);
DEFINE_CLEANUP(struct table *, table_free);
/* How many bytes of TEXT fit into COLUMNS, up to where a line may break. */
size_t ctl_fit(const char *text, size_t columns);
/* TEXT and a line end, the cursor being at column AT; further lines of a terminal begin at INDENT. */
void ctl_print_wrapped(const struct ctl_options *o, size_t at, size_t indent, const char *text);
/* The same in a colour. */
void ctl_print_coloured(
	const struct ctl_options *o, enum colour c, size_t at, size_t indent, const char *text);
/* A paragraph: FMT is translated, and broken at blanks. */
void ctl_say(const struct ctl_options *o, const char *fmt, ...) _printf_(2, 3);
/* TEXT with the escape sequences of C around it when O wants colours. */
void ctl_print(const struct ctl_options *o, enum colour c, const char *text);

#endif
