/* SPDX-License-Identifier: Apache-2.0 */
/* The adapter "modbus": function codes 1-4 over TRANSPORT_MODBUS. Every appliance is only a profile.
 * modbus.c plans, modbus-poll.c asks, modbus-learn.c keeps what exceptions teach, modbus-decode.c turns replies
 * into readings and is pure, modbus-write.c writes. */
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
enum modbus_cut {
	CUT_NONE,
	CUT_HOLE,  /* a request begins here: what lies before may not be passed over */
	CUT_LIMIT, /* the same, for the request would be too long */
};
struct modbus_part {
	uint16_t first, last;
	uint8_t refused; /* times in a row, alone: not asked for but by a test */
	uint8_t cut;
};

enum modbus_mode {
	MODE_WHOLE, /* one request */
	MODE_LEARN, /* the whole was refused: which of its parts are not? */
	MODE_RUNS,  /* learned, and not planned anew yet: a request for each run of parts */
};

/* What was found is believed only of an appliance that accepts, refuses and accepts again. */
enum modbus_verify {
	VERIFY_NOT,
	VERIFY_GOOD,  /* is what was accepted accepted now? */
	VERIFY_WHOLE, /* is the whole still refused? */
	VERIFY_STILL, /* and what was accepted still accepted? */
};

struct modbus_block {
	uint8_t unit, function;
	uint16_t first, last, slack;
	/* The first N_ASKED parts are what the request is for. Those behind are refused for themselves,
	 * are not within FIRST…LAST and only told. */
	uint16_t n_parts, n_asked, n_points;
	struct modbus_part *parts;
	uint16_t *points;   /* indexes in profile->points, by address */
	uint8_t exceptions; /* 2 or 3 in a row for the whole */
	uint8_t mode;
	uint16_t next; /* part at which the next request of this turn begins */
	/* MODE_LEARN: LOW parts from FROM on were accepted together, HIGH refused; HIGH 0: nothing is
	 * known of what is left. PAIR: next are the last of the accepted and the one behind it. */
	uint16_t from, low, high;
	uint16_t limit; /* found: so many addresses in one read; 0: none */
	bool pair, heard;
	uint8_t verify;          /* enum modbus_verify: the search is over */
	uint64_t learn_after_us; /* everything was refused: not again before */
	uint8_t futile;          /* searches in a row in which it was */
};

struct modbus_hole {
	struct hole h;
	uint64_t test_us; /* asked again then */
};

#define MODBUS_TEST_BLOCK UINT32_MAX /* the test of a hole */

struct modbus_state {
	const struct profile *profile;
	uint8_t unit;
	uint64_t gap_us, late_us;
	struct modbus_point *points; /* as profile->points */
	struct modbus_block *blocks;
	size_t n_blocks;
	struct modbus_hole holes[HOLES_MAX];
	size_t n_holes;
	uint64_t test_after_us; /* tests do not come in a bunch */
	/* A read that was put back twice until its shape is free gets it before others use it again: else
	 * one that comes round faster than a shape is free again would keep it for ever. */
	struct modbus_wait {
		unsigned block;
		uint8_t unit, function;
		uint16_t count;
		uint64_t until_us;
		unsigned times; /* it was put back; 0: nobody waits */
	} wait;
	uint16_t write_word; /* of a write that changes bits: the register as read */
};

/* ---- modbus-learn.c: which addresses an appliance refuses. Exception 2 or 3 costs no neighbour: a
 * block refused as a whole is searched, by halves, for the longest beginning that is accepted; what
 * stands behind it is refused itself, or may not be read together with it, or makes the read too long,
 * and one read of the two alone tells which. In the end the whole is asked for once more,
 * between two reads that are accepted: where the whole is accepted too, or these are refused too, the
 * appliance refused everything for a while, and nothing was learned. Every accepted read on the way
 * brings its values. What was learned is tested again after 30 s, then at doubling pauses up to a day. */
#define MODBUS_REFUSED_FOR_GOOD 3

/* Takes over what still fits the points of S. */
void modbus_holes_load(struct modbus_state *s, const struct hole *holes, size_t n, uint64_t now_us);
size_t modbus_holes(const void *state, struct hole *ret, size_t max);
void modbus_learn_begin(struct modbus_block *b);
/* The parts the next request is for: [*ret_from, *ret_to). */
void modbus_learn_range(const struct modbus_block *b, unsigned *ret_from, unsigned *ret_to);
/* NOTHING: nothing is refused any more; FUTILE: everything is. */
enum modbus_learned { LEARN_GOES_ON, LEARN_DONE, LEARN_NOTHING, LEARN_FUTILE };
enum modbus_learned modbus_learn_result(
	struct modbus_state *s, struct modbus_block *b, bool accepted, uint64_t now_us);
/* The request that tests a hole which is due, or NULL. A HOLE_LIMIT comes with count 0: it is only
 * forgotten. */
struct modbus_hole *modbus_test_due(
	struct modbus_state *s, uint64_t now_us, struct modbus_request *ret);
/* True when the hole is gone. */
bool modbus_test_result(
	struct modbus_state *s, struct modbus_hole *hole, bool accepted, uint64_t now_us);
/* ---- modbus-poll.c */
int modbus_poll(void *state, struct transport *t, unsigned block, uint64_t deadline_us,
	struct poll_result *ret);

/* The value of a point in the N data bytes of a reply that begins at M: false for what is no such number
 * (BCD with a digit above 9). Pure. */
bool modbus_value(const struct point *pt, const struct modbus_point *m, const uint8_t *data,
	struct raw_value *ret);
int modbus_decode(const void *state, const struct raw *raw, struct reading *ret, size_t max);
/* modbus-write.c. The value's registers; the request of one step, WORD being the register as read
 * where bits are changed, 0 behind the last step. */
struct write_rule;
size_t modbus_write_pdu(const struct write_rule *w, const struct write *write, unsigned step,
	uint16_t word, uint8_t ret[MODBUS_FRAME_PDU_MAX]);
int modbus_write(void *state, struct transport *t, const struct write *write, uint64_t deadline_us,
	struct write_result *ret);

int modbus_decode_frame(const void *state, const uint8_t *p, size_t n, enum frame_direction dir,
	struct frame_info *ret, struct errdetail *reterr);

extern const struct adapter adapter_modbus;

#endif
