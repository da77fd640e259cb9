/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of profile-import.c: the table (-csv), single cells (-cell, -enum, -notes), rows (-row),
 * faults (-fault) and the text that comes out (-write). */
#ifndef HEARTHD_PROFILE_IMPORT_INTERNAL_H
#define HEARTHD_PROFILE_IMPORT_INTERNAL_H

#include "profile-import.h"

#include "daemon/profile/profile.h"

/* ---- profile-import-csv.c: records of a table, cut at commas, semicolons or tabs */

struct csv_record {
	unsigned line;     /* where it begins */
	size_t first, n;   /* in csv->cells */
	const char *wrong; /* why it cannot be read; NULL = it can */
};

struct csv {
	char *buf; /* cells, each ends with NUL; they lie where the table had them */
	char **cells;
	size_t n_cells, size_cells;
	struct csv_record *records;
	size_t n_records;
	char separator;
	bool more; /* records beyond IMPORT_ROWS_MAX are not there */
};

/* -EINVAL with *ret_wrong for what is no text in UTF-8; -ENOMEM. */
int csv_parse(const char *buf, size_t len, struct csv *ret, const char **ret_wrong);
void csv_done(struct csv *c);

/* ---- what a row becomes */

enum column {
	COLUMN_NAME,
	COLUMN_BANK,
	COLUMN_ADDRESS,
	COLUMN_TYPE,
	COLUMN_ORDER,
	COLUMN_SCALE,
	COLUMN_OFFSET,
	COLUMN_UNIT,
	COLUMN_ACCESS,
	COLUMN_MIN,
	COLUMN_MAX,
	COLUMN_ENUM,
	COLUMN_NOTES,
	_COLUMN_MAX,
};
extern const char *const import_columns[_COLUMN_MAX];

enum bank { BANK_COIL, BANK_DISCRETE, BANK_INPUT, BANK_HOLDING, _BANK_MAX };
extern const char *const import_banks[_BANK_MAX];
enum access { ACCESS_RO, ACCESS_RW, ACCESS_WO };

struct cell_type {
	enum point_type type;
	unsigned width;  /* 8: a byte of a register; else 0 */
	unsigned length; /* characters or registers of a string; 0 = the address says */
	bool chars;      /* LENGTH counts characters */
	bool set;        /* a bit set */
	bool whole_ok;   /* a bool may be a whole register */
};

struct cell_place {
	uint32_t first, last; /* registers or bits; first == last unless it is a block */
	int bit;              /* -1 = the whole */
	unsigned width;       /* of the field from .bit; 0 = not given */
	bool range;           /* bits from .bit on, written 10.8-15 */
};

struct enum_pair {
	int64_t raw;
	char name[41];
	char text[64]; /* as the table has it */
};

struct point_row {
	unsigned line;
	char name[49];
	const char *given, *notes; /* cells */
	enum bank bank;
	struct cell_place place;
	struct cell_type type;
	const char *order;                      /* "big"; NULL = none is needed */
	char scale[32], divide[32], offset[32]; /* as written; "" = not given */
	double scale_value, offset_value;
	unit_id unit;
	const char *odd_unit; /* cell that is no unit, for a comment */
	enum access access;
	char min[32], max[32]; /* both or none */
	struct enum_pair *enums;
	size_t n_enums;
	char absent[128], unavailable[128], sensor_fault[128], no_fault[128];
	bool fault_code;
	bool low, setup, fingerprint;
	bool dropped;                   /* the loader refused it */
	unsigned text_first, text_last; /* lines of its section, while the text is made */
};

struct fault_row {
	unsigned line;
	const char *code, *meaning, *meaning_zh, *component, *source;
	char read[48]; /* "" = by value */
	char value[24];
	int household; /* 1, 0, -1 not said */
	bool low, dropped;
	unsigned text_first, text_last;
};

struct import {
	const struct import_options *o;
	struct import_result *ret;
	struct csv csv, faults_csv;
	struct point_row *points;
	size_t n_points;
	struct fault_row *faults;
	size_t n_faults;
	bool no_memory;
};

/* ---- profile-import.c */

void import_tell(struct import *im, bool of_faults, unsigned line, const char *column,
	bool left_out, const char *fmt, ...) _printf_(6, 7);
/* TEXT on one line, without control bytes and what is no UTF-8, blanks joined; cut at SIZE. */
void import_clean(char *dst, size_t size, const char *text);
/* Lower case, a-z 0-9 _; at most SIZE - 1. False when something had to be cut off. */
bool import_slug(char *dst, size_t size, const char *text);

/* ---- profile-import-cell.c; *ret_wrong says what is wrong and what would be right */

bool cell_bank(const char *s, enum bank *ret);
int cell_type(const char *s, struct cell_type *ret, const char **ret_wrong);
int cell_place(const char *s, struct cell_place *ret, const char **ret_wrong);
bool cell_order(const char *s, const char **ret);
/* "0.1", "x0.1", "1/207", "207 (divisor)". DIVIDE stays "" unless there is one. */
int cell_scale(const char *s, char scale[32], char divide[32], double *ret);
int cell_number(const char *s, char ret[32], double *ret_value);
bool cell_unit(const char *s, unit_id *ret);
bool cell_access(const char *s, enum access *ret);
/* Registers a value of T fills. */
unsigned cell_registers(const struct cell_type *t);
/* Bits of the raw value. */
unsigned row_bits(const struct point_row *p);
bool row_is_integer(const struct point_row *p);
bool row_is_number(const struct point_row *p); /* it has a unit, a scale or a fraction */
/* A raw value as the loader wants it: bytes and BCD turned; -ERANGE when the value cannot have it. */
int row_raw(const struct point_row *p, int64_t *raw);

/* ---- profile-import-fit.c; NULL, or what is wrong */

/* Bytes, bits and blocks: what address and type say together. */
const char *row_fit_place(struct point_row *p);
/* Characters of a string: the notes say when two share a register. */
const char *row_fit_string(struct point_row *p);

/* ---- profile-import-enum.c */

/* Pairs of the cell to the row, or none. -EINVAL and *ret_wrong: the cell says nothing that is sure. */
int enum_parse(const char *s, struct point_row *p, const char **ret_wrong);
enum phrase { PHRASE_NONE, PHRASE_ABSENT, PHRASE_UNAVAILABLE, PHRASE_SENSOR, PHRASE_NO_FAULT };
enum phrase phrase_of(const char *text);
bool text_has_word(const char *text, const char *word); /* any case, on word bounds */

/* ---- profile-import-notes.c */

void notes_read(struct import *im, struct point_row *p);
/* Another raw value for LIST; false when it is full. */
bool list_add(char *list, size_t size, const char *word);

/* ---- profile-import-row.c, -fault.c, -write.c */

/* Rows to points, with reports. 0, -EINVAL, -ENOMEM. */
int rows_read(struct import *im);
int faults_read(struct import *im);
/* The text of all that is not dropped. */
int import_write(struct import *im, char **ret, size_t *ret_len);

#endif
