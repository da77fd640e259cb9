/* SPDX-License-Identifier: Apache-2.0 */
/* What a profile says of one thing that may be changed ([Write ATTRIBUTE] of hearthd.profile(5)), and
 * a person's value turned into what goes into the register. Part of an immutable profile; pure, any
 * thread. Whether a write may happen now is gate.h's question. */
#ifndef HEARTHD_WRITE_RULE_H
#define HEARTHD_WRITE_RULE_H

#include "profile.h"

struct expr;

#define PROFILE_WRITES_MAX 128
#define WRITE_EXTRAS_MAX   4 /* of Before=, With=, After= each */
#define WRITE_CELLS_MAX    (4 + 3 * WRITE_EXTRAS_MAX)

/* A place of Modbus: a coil or holding register, 0-based as on the wire. */
struct write_cell {
	bool coil;
	uint16_t address;
	uint16_t value; /* of Before=, With=, After= */
};

/* A bound: a number, or an expression over the profile's points. In the rule's unit. */
struct write_bound {
	struct expr *expr; /* NULL: .value */
	double value;      /* NAN: there is none */
};

enum write_safe {
	SAFE_NONE,
	SAFE_VALUE,  /* .safe_raw, .safe_num */
	SAFE_BEFORE, /* what it had before the first write */
};

struct write_rule {
	char *attribute; /* model name or "vendor.NAME" */
	int attr;        /* index in kind->attrs, or -1 */
	int point;       /* that feeds the attribute, or -1 */
	int read_back;   /* point, or -1: none */
	char *to;        /* the adapter's words */
	/* Where, of the adapter modbus. */
	struct write_cell cell;
	uint8_t n;          /* registers; 1 for a coil */
	uint8_t bit, width; /* of the value; width 0 = all of it */
	uint8_t function;   /* 5, 6, 15, 16 or 22; 0 with a field: read, change, write */
	int16_t device;     /* Device=, as of a point */
	bool device_relative;

	enum point_type type;
	enum word_order order;
	double scale, offset;
	unit_id unit;
	struct enum_map *enums; /* what may be written; sorted by raw */
	size_t n_enums;
	bool bits; /* .enums are bits of a set */

	struct write_bound min, max;
	double step; /* in .unit; 0 = one step of the register, or none for floats */
	struct expr *condition;
	bool fixed; /* a command: .fixed_raw and no value of a person */
	int64_t fixed_raw;
	uint64_t pulse_us;
	struct write_cell before[WRITE_EXTRAS_MAX], with[WRITE_EXTRAS_MAX], after[WRITE_EXTRAS_MAX];
	uint8_t n_before, n_with, n_after;

	uint64_t read_back_us;
	double tolerance; /* in .unit */
	uint64_t least_interval_us;
	unsigned per_hour;
	uint32_t budget; /* 0 = volatile */
	uint64_t expires_us;
	enum write_safe safe;
	int64_t safe_raw;
	double safe_num;
	uint64_t
		max_for_us; /* 0 = no bound, or .safe and .expires_us both unset: no --for at all */

	enum confidence confidence;
	char *source;
	unsigned line;
	char *file; /* NULL = profile->path */
};

/* A value in the terms of the attribute: numbers in its unit, enums by the model's number. */
struct write_value {
	uint8_t type; /* enum value_type: NUMBER, BOOL, ENUM, BITS; NONE: a command */
	union {
		double num;
		int64_t code;
	};
};
/* What goes into the register; .num for f32 and f64. */
struct write_raw {
	int64_t raw;
	double num;
};

enum value_type write_rule_type(const struct profile *p, const struct write_rule *w);
/* Unit in which people give and see the value. */
unit_id write_rule_unit(const struct profile *p, const struct write_rule *w);
double write_rule_step(const struct write_rule *w); /* in w->unit; 0 = any value */

/* -EINVAL: is no value of this attribute; write_rule_choices() says what would be. */
int write_value_parse(const struct profile *p, const struct write_rule *w, const char *text,
	struct write_value *ret);
/* "off heat cool", "true or false", "a number in °C", "" for a command. */
void write_rule_choices(
	const struct profile *p, const struct write_rule *w, char *dst, size_t size);
void write_value_format(const struct profile *p, const struct write_rule *w,
	const struct write_value *v, char *dst, size_t size);
/* A number of w->unit as people see it. */
void write_number_format(
	const struct profile *p, const struct write_rule *w, double v, char *dst, size_t size);

/* In the register's terms. -EDOM: between two steps, *ret_near is the nearest allowed one (in
 * w->unit); -ERANGE: the register cannot hold it. */
int write_value_encode(const struct profile *p, const struct write_rule *w,
	const struct write_value *v, double anchor, struct write_raw *ret, double *ret_near);
/* And back; false when no value has this raw. */
bool write_raw_decode(const struct profile *p, const struct write_rule *w,
	const struct write_raw *raw, struct write_value *ret);
/* A reading of the feeding or read-back point in the same terms. False: not good. */
bool write_value_of_reading(const struct reading *r, struct write_value *ret);
bool write_value_equal(const struct profile *p, const struct write_rule *w,
	const struct write_value *a, const struct write_value *b);

/* Every register or coil one write touches, each named once with how often it is written; at most
 * WRITE_CELLS_MAX. */
struct write_touch {
	bool coil;
	uint16_t address;
	uint8_t times;
};
size_t write_rule_touches(const struct write_rule *w, struct write_touch ret[WRITE_CELLS_MAX]);

void write_rule_done(struct write_rule *w);

#endif
