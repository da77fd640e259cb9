/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl profile new: a table of registers, and one of fault codes, made into a profile that a
 * person then edits. Pure: bytes in, a text and a list of reports out; one thread, nothing is kept.
 *
 * What a cell says is taken as it stands or left out and reported, never guessed: a wrong type, order
 * or scale would publish wrong values. The result has been through the loader and the protocol's own
 * check; a point that they refuse is left out and reported too. */
#ifndef HEARTHD_PROFILE_IMPORT_H
#define HEARTHD_PROFILE_IMPORT_H

#include "daemon/model/model.h"

#define IMPORT_FILE_MAX    (1024u * 1024u) /* bytes of a table */
#define IMPORT_ROWS_MAX    4096u           /* records of a table, the header included */
#define IMPORT_COLUMNS_MAX 64u             /* cells of a record */
#define IMPORT_CELL_MAX    4096u           /* bytes of a cell */
#define IMPORT_REPORTS_MAX 16384u          /* beyond: counted in .dropped */

struct import_options {
	const char *file;               /* as messages name it */
	const char *faults_file;        /* NULL: no faults */
	const struct model_kind *kind;  /* NULL: not given */
	const char *id, *maker, *model; /* the last two NULL: not given */
};

struct import_report {
	char *file, *text;
	const char *column; /* static; NULL = the whole row */
	unsigned line;      /* from 1, as editors count */
	bool left_out;      /* something of the table is not in the profile */
	bool of_faults;
};

struct import_result {
	char *text; /* the profile; NULL when nothing was usable */
	size_t len;
	size_t points;     /* [Point] sections */
	size_t faults;     /* [Fault] sections */
	size_t proposals;  /* [Write] sections, all commented out; those of write-only rows too */
	size_t write_only; /* rows */
	size_t left_out;   /* reports with .left_out */
	struct import_report *reports; /* in the order of the files and lines */
	size_t n_reports, dropped;
};

/* FAULTS may be NULL. 0; -ENODATA when no point is left, -EINVAL when CSV is no table of the form (the
 * reports say why), -ENOMEM. RET is the caller's to import_result_done() in every case. */
int import_run(const char *csv, size_t len, const char *faults, size_t faults_len,
	const struct import_options *o, struct import_result *ret);
void import_result_done(struct import_result *r);
/* "…/Maker Model.csv" → "maker-model": an id of id_valid(), or "". */
void import_id(const char *path, char ret[33]);

#endif
