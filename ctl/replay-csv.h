/* SPDX-License-Identifier: Apache-2.0 */
/* A recorded series: first column the time (seconds, or RFC 3339), then one column a point; a line a
 * sample; an empty cell is missing. Read as a stream, in bounded memory. One thread. */
#ifndef HEARTHD_CTL_REPLAY_CSV_H
#define HEARTHD_CTL_REPLAY_CSV_H

#include "daemon/base/util.h"

#define CSV_COLUMNS_MAX 256
#define CSV_LINE_MAX    65536 /* bytes */

struct csv_cell {
	const char *text; /* in the reader's line; "" = missing */
	double num;       /* NAN where the text is no number */
};

/* A column that is read less often than the others: between its values it still has the last. */
struct csv_slow {
	double hold_s; /* 0: as often as the rows come */
	double t;      /* of the last value; NAN */
	char text[32];
};

struct csv {
	const char *path; /* borrowed */
	FILE *f;
	char *line;
	unsigned long row;            /* of the file, from 1; the header is 1 */
	char *names[CSV_COLUMNS_MAX]; /* without the time */
	size_t n_names;
	struct csv_cell cells[CSV_COLUMNS_MAX];
	struct csv_slow *slow; /* by column; NULL: not asked for */
	/* of the row at hand */
	const char *time_text;
	double t;          /* s; of an RFC 3339 time since 1970 */
	double local_hour; /* NAN for seconds */
	int64_t local_day;
	bool dated;
};

/* -EBADMSG: no header that is understood. */
int csv_open(struct csv *c, const char *path);
int csv_open_stream(struct csv *c, FILE *f, const char *path); /* takes F over */
void csv_close(struct csv *c);                                 /* idempotent */
/* 1 and the row; 0 at the end; -EBADMSG: this row is not understood (the next one may be). */
int csv_next(struct csv *c);
/* Finds the columns that are filled in every second row or less often, by the first rows of the file, and
 * from then on holds their values for three times as long as they usually last. */
int csv_hold_slow(struct csv *c);
/* The median spacing of the first rows, in s; 0 when there are fewer than two. */
double csv_spacing(const char *path);
/* "2026-01-31T12:00:00.5+08:00"; *ret_offset_s is that of local time. */
bool csv_parse_time(const char *s, double *ret, double *ret_offset_s);

#endif
