/* SPDX-License-Identifier: Apache-2.0 */
/* The adapter "modbus": function codes 1-4 over TRANSPORT_MODBUS. Every appliance is only a profile.
 * modbus.c plans and polls, modbus-decode.c turns replies into readings and is pure. */
#ifndef HEARTHD_MODBUS_H
#define HEARTHD_MODBUS_H

#include "adapter.h"
#include "modbus-plan.h"

/* Where a point is, from its Read= and Type=. */
struct modbus_point {
	uint8_t unit; /* set by configure() */
	uint8_t function;
	uint16_t first;
	uint8_t n;     /* registers, or 1 bit */
	uint8_t bit;   /* of the whole value, 0 = lowest */
	uint8_t width; /* bits; 0 = all */
};
/* "holding:205", "holding:205.3", "input:10.8:8", "coil:5", "discrete:9"; with ADDRESSING_MODICON
 * "40206.3". -EINVAL with a sentence in RETERR. */
int modbus_point_parse(const char *read, enum addressing addressing, enum point_type type,
	uint8_t string_len, struct modbus_point *ret, char *reterr, size_t errsize);
const char *modbus_bank_name(uint8_t function); /* "holding" */
int modbus_bank_parse(const char *s, size_t n); /* function, or -EINVAL */

/* What poll() puts into a raw: the request, then the data of the reply as it came. */
#define MODBUS_RAW_HEADER 7
struct modbus_raw {
	uint8_t function;
	uint16_t address, count;
	uint8_t exception; /* not 0: no data, these addresses were refused */
	bool for_good;     /* several times in a row */
};
void modbus_raw_put(struct raw *raw, const struct modbus_raw *h, const uint8_t *data, size_t n);

/* Values that are read together, in the order of their addresses; learning cuts between them. */
struct modbus_part {
	uint16_t first, last;
	uint8_t refused; /* times in a row, alone */
	bool cut;        /* a request begins here */
};

struct modbus_block {
	uint8_t unit, function;
	uint16_t first, last, slack;
	uint16_t n_parts, n_points;
	struct modbus_part *parts;
	uint16_t *points;   /* indexes in profile->points, by address */
	uint8_t exceptions; /* 2 or 3 in a row for the whole */
	bool learned;       /* some part is cut: requests go part by part */
	uint16_t next;      /* part at which the next request begins */
	uint16_t rounds;    /* since the whole was last tried, saturating */
};

struct modbus_state {
	const struct profile *profile;
	uint8_t unit;
	uint64_t gap_us, late_us;
	struct modbus_point *points; /* as profile->points */
	struct modbus_block *blocks;
	size_t n_blocks;
};

int modbus_decode(const void *state, const struct raw *raw, struct reading *ret, size_t max);
int modbus_decode_frame(const void *state, const uint8_t *p, size_t n, enum frame_direction dir,
	struct frame_info *ret, struct errdetail *reterr);

extern const struct adapter adapter_modbus;

#endif
