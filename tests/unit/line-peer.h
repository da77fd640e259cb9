/* SPDX-License-Identifier: Apache-2.0 */
/* The other end of a Modbus line, in a thread of its own: right, late, wrong or hostile, as its mode says. */
#ifndef TESTS_LINE_PEER_H
#define TESTS_LINE_PEER_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "adapters/transport.h"

#include <pthread.h>
#include <stdatomic.h>

#define UNIT       7
#define LATE_MS    5     /* how late the peer's replies may be, as the client is told */
#define PATIENT_MS 30000 /* where an answer is expected: never reached */
/* Registers that a reply has too many. On a busy machine it may come later than the client is told, when
 * that asks for something else: never for so many (ask()). */
#define TOO_MANY 60U

enum mode {
	GOOD,
	SILENT,
	LATE,
	DUP_NOW,
	DUP_LATER,
	OFF_BY_ONE,
	UNASKED,
	WRONG_UNIT,
	WRONG_FUNCTION,
	FEWER,
	MORE,
	BAD_CRC,
	TRUNCATED,
	OVERSIZE,
	LYING_COUNT,
	FLOOD,
	FLOOD_OF_REPLIES,
	DRIBBLE,
	SPLIT,
	ECHOED,
	ECHO_ONLY,
	NOISE_BEFORE,
	NOISE_AFTER,
	STRANGER_BEFORE,
	OTHER_MASTER,
	CONTRADICTION,
	EXCEPTION,
	EXCEPTION_BARE,
	EXCEPTION_LONG,
	EXCEPTION_FOREIGN,
	/* TCP */
	WRONG_TRANSACTION,
	WRONG_PROTOCOL,
	LENGTH_SHORT,
	LENGTH_LONG,
	CLOSE_AFTER,
	CLOSE_BEFORE,
};

enum kind { RTU, TCP, RTUTCP };

struct peer {
	pthread_t thread;
	int listener, fd, stop[2];
	char link[64]; /* to the terminal */
	bool tcp;
	atomic_int mode;
	atomic_uint exception, seen, connections;
	uint8_t last[260]; /* the reply before, for OFF_BY_ONE and UNASKED */
	size_t n_last;
};

/* Starts it, and opens a line to it. */
void peer_start(struct peer *p, enum kind kind, struct transport **ret);
void peer_stop(struct peer *p, struct transport *t);

uint16_t value_of(unsigned address); /* what its registers hold */
void pause_ms(unsigned ms);

#endif
