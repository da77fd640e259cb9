/* SPDX-License-Identifier: Apache-2.0 */
/* The interface of a protocol. An adapter turns a profile's points into blocks, moves one block in
 * one bounded exchange, and decodes what came. Schedule, retries, back-off, quality of what did not
 * come, logging and the gate before writes are the core's. All calls for one source come from one
 * thread; configure() may come from another before that thread starts. */
#ifndef HEARTHD_ADAPTER_H
#define HEARTHD_ADAPTER_H

#include "daemon/profile/profile.h"
#include "transport.h"

/* One exchange's worth of bytes, by value: from poll() to decode(), and into traces. */
#define RAW_DATA_MAX 1504 /* the longest frame known: 1502 bytes of Samsung NASA */
struct raw {
	uint16_t block; /* index in blocks; RAW_UNASKED for frames nobody asked for */
	uint16_t len;
	uint64_t t_us; /* CLOCK_BOOTTIME when complete */
	uint8_t data[RAW_DATA_MAX];
};
#define RAW_UNASKED UINT16_MAX
#define RAWS_MAX    4 /* most raws one poll may return */

enum block_flags {
	/* The exchange only listens; it never transmits. What one source hears may be another's:
	 * where several sources on a bus share an adapter the core runs the LISTEN blocks of one of
	 * them and offers every raw to decode() of all. A time-out is no failure of the source. */
	BLOCK_LISTEN = 1 << 0,
	/* Carries no points; runs even when every point is backing off. May send, or wait for what
	 * the appliance asks and answer it; what came beside goes out as RAW_UNASKED. */
	BLOCK_KEEPALIVE = 1 << 1,
	/* Must have succeeded, since the line opened and since the last .session_lost, before its
	 * dependants run. Its period is the pause between attempts; it rests while the session
	 * lasts. */
	BLOCK_HANDSHAKE = 1 << 2,
	/* Carries fault codes: goes before what is due beside it. */
	BLOCK_ALARM = 1 << 3,
};

/* One read transaction (or listen, keep-alive, handshake). Made by configure(), then constant. */
struct block {
	uint64_t period_us;
	uint64_t cost_us;    /* expected line time, for the plan */
	uint64_t timeout_us; /* deadline of the whole exchange, counted from its start */
	uint16_t *points;    /* indexes in profile->points this block fills */
	uint16_t n_points;
	int16_t needs; /* index of a BLOCK_HANDSHAKE block, or -1 */
	uint8_t flags;
	uint32_t shape; /* blocks of one source whose replies look alike have one; 0: none does */
	char label[40]; /* "holding 2011-2019": for people and traces */
};
struct blocks {
	struct block *v;
	size_t n;
};
void blocks_done(struct blocks *b); /* idempotent */

/* What an appliance refuses, learned by asking it. Addresses are 0-based, as on the wire. */
enum hole_kind {
	HOLE_REFUSED = 1, /* FIRST…LAST are refused, also alone */
	HOLE_CUT,         /* no read may hold both FIRST and LAST: what lies between is refused */
	HOLE_LIMIT,       /* no read may be longer than LAST registers or bits */
};
#define HOLES_MAX 64 /* of a source; what is learned beyond is not remembered */
struct hole {
	uint8_t kind, unit, function;
	uint8_t tests; /* times it was found refused; saturates */
	uint16_t first, last;
};

/* What configure() may know beside the profile. */
struct source_config {
	int16_t unit;       /* unit identifier; -1 where the protocol has none */
	bool listen_only;   /* the bus never transmits: return LISTEN blocks or -EOPNOTSUPP */
	uint64_t char_us;   /* microseconds a character takes on this line; 0 on TCP */
	uint64_t period_us; /* least period the household asked for; 0 = the profile's */
	uint64_t
		turnaround_us; /* from the end of a request to the answer, as measured; 0: not yet */
	const struct hole *holes; /* learned before; copied */
	size_t n_holes;
};

/* A reason in words for the caller to log or show. */
struct errdetail {
	char key[64];
	char text[200];
};

struct identity {
	char vendor[READING_TEXT_MAX], product[READING_TEXT_MAX], version[READING_TEXT_MAX];
};

/* What poll() tells beside its return value. */
struct poll_result {
	struct raw raws[RAWS_MAX];
	size_t n_raws;
	uint8_t exception;    /* with -EREMOTEIO */
	uint64_t retry_at_us; /* with -EAGAIN: nothing was sent (another shape must pass first, or
			       * the appliance wants a pause between commands) */
	bool session_lost; /* with any result: the block's handshake must succeed again before its
			      * dependants run */
	bool learned;      /* .holes has changed: configure() with them makes a better plan */
	bool more;         /* complete frames are left: run this block again at once */
};

/* One write, as the gate has allowed it (profile.5 [Write]); by value. */
struct write {
	uint16_t rule; /* index in profile->writes */
	uint8_t step;  /* of a rule with several: what write() asked for with retry_at_us */
	bool restore;  /* the rule's safe value rather than a person's */
	int64_t raw;   /* what goes into the register, before masks and orders */
	double num;    /* f32 and f64: this */
};
struct write_result {
	bool sent;         /* a request has left: with an error, whether it was done is not known */
	uint8_t exception; /* with -EREMOTEIO */
	uint64_t retry_at_us; /* with -EAGAIN: call again then, with .step */
	uint8_t step;
};

/* ---- decode_frame: what one frame says in the protocol's own words; for people and tests. */
enum frame_direction { FRAME_EITHER, FRAME_FROM_APPLIANCE, FRAME_TO_APPLIANCE };

enum field_type {
	FIELD_NUMBER, /* .num */
	FIELD_INT,    /* .num without a fraction: counts, raw enums, bit sets */
	FIELD_BOOL,   /* .num 0 or 1 */
	FIELD_TEXT,   /* .text, printable UTF-8 */
	FIELD_ABSENT, /* the appliance says: not there */
};
struct field {
	char name[40]; /* "settings.mode", "register.0"; unique in the frame */
	enum field_type type;
	double num;
	char unit[8]; /* "" = none */
	char text[READING_TEXT_MAX];
};

#define FRAME_FIELDS_MAX   160 /* a Modbus reply holds 125 registers */
#define FRAME_READINGS_MAX 256
#define FRAME_UNKNOWN_MAX  64
struct frame_info {
	/* In and out: what one frame leaves for the next on the same line (a Modbus reply does not
	 * say which registers it holds, its request does). All zero before the first. */
	uint8_t context[16];
	/* Out. */
	size_t len; /* bytes of P used, at least 1, set with an error too: the next frame is behind */
	char kind[64];     /* "get reply 0x02 settings" */
	bool has_checksum; /* false: the protocol has none on this frame */
	struct field fields[FRAME_FIELDS_MAX];
	size_t n_fields;
	struct reading readings[FRAME_READINGS_MAX]; /* with a configured state alone */
	size_t n_readings;
	uint16_t unknown[FRAME_UNKNOWN_MAX]; /* offsets of bytes that are not zero and that nobody
					      * explains */
	size_t n_unknown;
};

struct adapter {
	const char *name; /* as in Adapter= */
	enum transport_kind transport;
	size_t state_size; /* the core allocates it zeroed and frees it after done() */

	/* Resolves every point's Read= and plans the blocks. -EINVAL with RETERR. PROFILE outlives
	 * the state. */
	int (*configure)(void *state, const struct profile *profile,
		const struct source_config *config, struct blocks *ret, struct errdetail *reterr);
	void (*done)(void *state); /* idempotent */
	/* Optional. */
	int (*identify)(
		void *state, struct transport *t, uint64_t deadline_us, struct identity *ret);
	/* One bounded exchange for BLOCK. 0 with raws, or -ETIMEDOUT -EREMOTEIO -EBADMSG -ENODEV,
	 * -EAGAIN (see retry_at_us). May change the state; never blocks past DEADLINE. */
	int (*poll)(void *state, struct transport *t, unsigned block, uint64_t deadline_us,
		struct poll_result *ret);
	/* Optional. One bounded exchange of a write: 0 when the appliance has confirmed it, or as
	 * poll(). Never tries again by itself. */
	int (*write)(void *state, struct transport *t, const struct write *write,
		uint64_t deadline_us, struct write_result *ret);
	/* Pure: no I/O, no clock, no allocation, no log. Number of readings (t_us = raw->t_us), or
	 * -EBADMSG. One point at most once. 0 for a frame of another source. Points of the block
	 * that a good raw does not mention are left as they are (main calls them stale in time);
	 * a point that is gone for good is returned ABSENT. */
	int (*decode)(const void *state, const struct raw *raw, struct reading *ret, size_t max);
	/* Optional: what was learned, for the next configure(); how many. */
	size_t (*holes)(const void *state, struct hole *ret, size_t max);
	/* Optional: the I-th name that Read= may hold, with type and unit, where the protocol has
	 * names; false past the last. */
	bool (*field)(size_t i, struct field *ret);
	/* Optional, for hearthctl adapter decode: the frame at the start of P as it stood on the
	 * wire. STATE may be NULL or configured (then .readings are filled too). 0, or -EBADMSG with
	 * RETERR->text "byte 21: checksum 8D, computed 8C". Pure. */
	int (*decode_frame)(const void *state, const uint8_t *p, size_t n, enum frame_direction dir,
		struct frame_info *ret, struct errdetail *reterr);
};

extern const struct adapter *const adapters[];           /* NULL-terminated, plain const array */
const struct adapter *adapter_by_name(const char *name); /* NULL */

#endif
