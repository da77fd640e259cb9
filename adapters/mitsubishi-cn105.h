/* SPDX-License-Identifier: Apache-2.0 */
/* Mitsubishi Electric room air conditioners on the CN105 socket, read-only: adapter
 * "mitsubishi-cn105". We are master, 2400 baud 8E1 (9600 on a few newer units), one request
 * outstanding, at least a second between commands; the unit never speaks first. One block a query
 * that the profile's points need, each behind the connect handshake.
 *
 * Facts: SwiCago/HeatPump, echavet/MitsubishiCN105ESPHome, arendst/Tasmota pull 25011, muart-group
 * it-protocol, F1p/Mitsubishi-CN105-Protocol-Decode. Payload offsets count from payload[0]. */
#ifndef HEARTHD_MITSUBISHI_CN105_H
#define HEARTHD_MITSUBISHI_CN105_H

#include "adapter.h"
#include "mitsubishi-frame.h"

extern const struct adapter adapter_mitsubishi_cn105;

/* ---- shared by mitsubishi-cn105*.c and their tests */

enum cn105_query {
	CN105_SETTINGS = 0x02,
	CN105_TEMPERATURES = 0x03,
	CN105_ERROR = 0x04,
	CN105_TIMERS = 0x05,
	CN105_OPERATION = 0x06,
	CN105_STAGE = 0x09,
	CN105_FUNCTIONS_1 = 0x20, /* installer settings: decoded, never asked */
	CN105_FUNCTIONS_2 = 0x22,
	CN105_OPTIONS = 0x42,
};

/* What a field's bytes say before the profile gives them meaning. */
struct cn105_value {
	enum {
		CN105_GOOD,
		CN105_ABSENT, /* the unit says that it has none */
		CN105_BAD,    /* bytes no table explains; .raw has them */
	} state;
	double num;
	int64_t raw;
	char text[8];
};

/* A field that many units hold at zero because they lack it: absent until seen otherwise. */
#define CN105_EVER_MAX  2
#define CN105_EVER_NONE UINT8_MAX

struct cn105_field {
	const char *name; /* Read= of a profile's point */
	uint8_t query;    /* enum cn105_query */
	uint8_t at;       /* offset in the payload, for the simple ones */
	uint8_t ever;     /* index of the ever-non-zero memory, or CN105_EVER_NONE */
	enum field_type type;
	const char *unit;
	void (*get)(const uint8_t payload[MITSUBISHI_PAYLOAD], const struct cn105_field *f,
		struct cn105_value *ret);
};
extern const struct cn105_field cn105_fields[];
extern const size_t cn105_n_fields;

const struct cn105_field *cn105_field_by_name(const char *name); /* NULL */
/* "settings", or NULL for a query nobody knows. */
const char *cn105_query_name(uint8_t query);
/* Bytes of a query's reply that some field explains: bit n = payload[n]. */
uint32_t cn105_query_known(uint8_t query);

/* Temperatures come coarse (A) and, on newer units, in half degrees too (B); B wins where it is
 * not zero. */
void cn105_setpoint(uint8_t a, uint8_t b, struct cn105_value *ret);
void cn105_half_degrees(uint8_t b, struct cn105_value *ret);

/* The state of one source. */
struct cn105 {
	const struct profile *profile;
	const struct cn105_field **fields; /* one a point of the profile */
	uint8_t queries[8];                /* of each block; 0 = the handshake */
	size_t n_blocks;
	bool ever[CN105_EVER_MAX];
	struct mitsubishi_parser parser;
	uint8_t speed;     /* index in the list of speeds tried */
	bool probe;        /* the line was set to one of them: others may be tried */
	bool connecting;   /* a connect request is out, unanswered */
	unsigned failures; /* unanswered requests in a row */
	uint64_t first_failure_us;
	uint64_t next_command_us; /* nothing is sent before */
};

/* Decodes one frame; see adapter.h. */
int cn105_decode_frame(const void *state, const uint8_t *p, size_t n, enum frame_direction dir,
	struct frame_info *ret, struct errdetail *reterr);
/* The reading of POINT from a get reply's payload; fills all but t_us. */
void cn105_reading(const struct cn105 *s, uint16_t point, const uint8_t payload[MITSUBISHI_PAYLOAD],
	struct reading *ret);
/* Evaluates F, the ever-non-zero rule included; EVER may be NULL. */
void cn105_field_get(const struct cn105_field *f, const uint8_t payload[MITSUBISHI_PAYLOAD],
	const bool *ever, struct cn105_value *ret);

#endif
