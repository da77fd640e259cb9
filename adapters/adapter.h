/* SPDX-License-Identifier: Apache-2.0 */
/* The interface of a protocol. An adapter turns a profile's points into blocks, moves one block in
 * one bounded exchange, and decodes what came. Schedule, retries, back-off, quality of what did not
 * come, logging and the gate before writes are the core's. All calls for one source come from one
 * thread; configure() may come from another before that thread starts. */
#ifndef HEARTHD_ADAPTER_H
#define HEARTHD_ADAPTER_H

#include "../daemon/profile.h"
#include "transport.h"

/* One exchange's worth of bytes, by value: from poll() to decode(), and into traces. */
#define RAW_DATA_MAX 512
struct raw {
	uint16_t block;     /* index in blocks; RAW_UNASKED for frames nobody asked for */
	uint16_t len;
	uint64_t t_us;      /* CLOCK_BOOTTIME when complete */
	uint8_t data[RAW_DATA_MAX];
};
#define RAW_UNASKED UINT16_MAX
#define RAWS_MAX    4 /* most raws one poll may return */

enum block_flags {
	BLOCK_LISTEN = 1 << 0,    /* the exchange only listens; it never transmits */
	BLOCK_KEEPALIVE = 1 << 1, /* carries no points; runs even when every point is backing off */
	BLOCK_HANDSHAKE = 1 << 2, /* must have succeeded since the line opened before its dependants */
};

/* One read transaction (or listen, keep-alive, handshake). Made by configure(), then constant. */
struct block {
	uint64_t period_us;
	uint64_t cost_us;     /* expected line time, for the plan */
	uint64_t timeout_us;  /* deadline of the whole exchange, counted from its start */
	uint16_t *points;     /* indexes in profile->points this block fills */
	uint16_t n_points;
	int16_t needs;        /* index of a BLOCK_HANDSHAKE block, or -1 */
	uint8_t flags;
	char label[40];       /* "holding 2011-2019": for people and traces */
};
struct blocks {
	struct block *v;
	size_t n;
};
void blocks_done(struct blocks *b); /* idempotent */

/* What configure() may know beside the profile. */
struct source_config {
	int16_t unit;         /* unit identifier; -1 where the protocol has none */
	bool listen_only;     /* the bus never transmits: return LISTEN blocks or -EOPNOTSUPP */
	uint64_t char_us;     /* microseconds a character takes on this line; 0 on TCP */
	uint64_t period_us;   /* least period the household asked for; 0 = the profile's */
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
	uint8_t exception;   /* with -EREMOTEIO */
	uint64_t retry_at_us; /* with -EAGAIN: nothing was sent (another shape must pass first) */
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
	int (*identify)(void *state, struct transport *t, uint64_t deadline_us, struct identity *ret);
	/* One bounded exchange for BLOCK. 0 with raws, or -ETIMEDOUT -EREMOTEIO -EBADMSG -ENODEV,
	 * -EAGAIN (see retry_at_us). May change the state; never blocks past DEADLINE. */
	int (*poll)(void *state, struct transport *t, unsigned block, uint64_t deadline_us,
		struct poll_result *ret);
	/* Pure: no I/O, no clock, no allocation, no log. Number of readings (t_us = raw->t_us), or
	 * -EBADMSG. One point at most once. */
	int (*decode)(const void *state, const struct raw *raw, struct reading *ret, size_t max);
	/* Optional, for hearthctl adapter decode: one frame as it stood on the wire. Fills JSON-free
	 * facts; see adapter-decode in the adapter's header. */
	int (*decode_frame)(const void *state, const uint8_t *p, size_t n, bool from_appliance,
		struct reading *ret, size_t max, size_t *ret_n, struct errdetail *reterr);
};

extern const struct adapter *const adapters[]; /* NULL-terminated, plain const array */
const struct adapter *adapter_by_name(const char *name); /* NULL */

#endif
