/* SPDX-License-Identifier: Apache-2.0 */
/* Modbus frames as bytes: built and checked. Pure, no state, no allocation: everything that decides
 * whether bytes from a line are the answer to a request is here and is fuzzed here. Functions are the
 * reads 1-4 and the writes 5, 6, 15, 16 and 22; a request of another function cannot be built. */
#ifndef HEARTHD_MODBUS_FRAME_H
#define HEARTHD_MODBUS_FRAME_H

#include "daemon/base/util.h"

/* Sizes of the specification: PDU 253 bytes, RTU frame unit + PDU + CRC, TCP frame MBAP + PDU. */
#define MODBUS_FRAME_PDU_MAX       253
#define MODBUS_FRAME_RTU_MAX       256
#define MODBUS_FRAME_TCP_MAX       260
#define MODBUS_READ_PDU            5                         /* function, address, count */
#define MODBUS_RTU_REQUEST         (1 + MODBUS_READ_PDU + 2) /* of a read */
#define MODBUS_TCP_REQUEST         (7 + MODBUS_READ_PDU)
#define MODBUS_REGISTERS_MAX       125
#define MODBUS_BITS_MAX            2000
#define MODBUS_WRITE_REGISTERS_MAX 123
#define MODBUS_WRITE_BITS_MAX      1968

enum modbus_function {
	MODBUS_READ_COILS = 1,
	MODBUS_READ_DISCRETE = 2,
	MODBUS_READ_HOLDING = 3,
	MODBUS_READ_INPUT = 4,
	MODBUS_WRITE_COIL = 5,
	MODBUS_WRITE_REGISTER = 6,
	MODBUS_WRITE_COILS = 15,
	MODBUS_WRITE_REGISTERS = 16,
	MODBUS_MASK_REGISTER = 22,
};

/* A request, and so everything its reply must match. */
struct modbus_request {
	uint8_t unit;
	uint8_t function;
	uint16_t address;   /* 0-based */
	uint16_t count;     /* registers or bits; 1 of functions 5, 6 and 22 */
	const uint8_t *pdu; /* a write's whole PDU, borrowed; NULL of a read */
	uint8_t pdu_len;
	/* The line is known to give back what is sent on it: the first copy of a request that its
	 * own reply repeats byte for byte (5, 6, 22) is not that reply. */
	bool echoes;
};

bool modbus_function_writes(uint8_t function);
/* From a request PDU, which a write's request borrows; -EOPNOTSUPP for functions other than those
 * above, -EINVAL for a length, count or range outside the specification. */
int modbus_request_parse(uint8_t unit, const uint8_t *pdu, size_t n, struct modbus_request *ret);
void modbus_request_pdu(
	const struct modbus_request *rq, uint8_t ret[MODBUS_READ_PDU]); /* a read's */
/* Bytes of data in a read's reply, behind function and byte count. */
size_t modbus_reply_bytes(uint8_t function, uint16_t count);
/* Length of the reply PDU. A write's reply is that many first bytes of its request. */
size_t modbus_reply_len(const struct modbus_request *rq);

uint16_t modbus_crc16(const uint8_t *p, size_t n); /* low byte goes first on the line */
/* Length of the frame. */
size_t modbus_rtu_build(const struct modbus_request *rq, uint8_t ret[MODBUS_FRAME_RTU_MAX]);
size_t modbus_tcp_build(
	const struct modbus_request *rq, uint16_t transaction, uint8_t ret[MODBUS_FRAME_TCP_MAX]);

enum modbus_verdict {
	MODBUS_MORE,      /* nothing decided yet */
	MODBUS_REPLY,     /* .pdu and .pdu_len */
	MODBUS_EXCEPTION, /* .exception, 1-255 */
	MODBUS_BAD,       /* not to be believed, and waiting will not help */
};

struct modbus_found {
	size_t pdu, pdu_len; /* of the reply or exception, in the bytes looked at */
	uint8_t exception;
	/* RTU alone: what the walk over the bytes so far met. */
	size_t drop;      /* leading bytes that are done with; frames below were in them */
	unsigned foreign; /* sound frames that are no answer to the request, in drop */
	unsigned echoes;  /* copies of the request itself, in drop */
	size_t noise;     /* bytes in drop that belong to no frame */
	bool mismatch;    /* one of the foreign frames came from the unit that was asked */
	bool corrupt;     /* what looked like the answer had a wrong CRC */
};

/* A reply PDU against its request. MODBUS_REPLY, MODBUS_EXCEPTION or MODBUS_BAD. */
enum modbus_verdict modbus_pdu_check(
	const struct modbus_request *rq, const uint8_t *pdu, size_t n, uint8_t *ret_exception);

/* Looks for the answer anywhere in the N bytes a line gave since the request went out. Sound frames
 * of others, copies of the request (adapters that hear themselves) and noise are passed over: the
 * caller forgets the first .drop bytes and calls again when there are more. MODBUS_BAD: two
 * different answers stand there, or somebody else asks the same unit, so that its next reply may be
 * theirs. */
enum modbus_verdict modbus_rtu_scan(
	const struct modbus_request *rq, const uint8_t *p, size_t n, struct modbus_found *ret);

/* The N bytes a connection gave since the request went out must be exactly one answer: any
 * difference in transaction, protocol, length, unit, function or byte count, and any byte behind
 * it, is MODBUS_BAD, as early as it can be known. */
enum modbus_verdict modbus_tcp_check(const struct modbus_request *rq, uint16_t transaction,
	const uint8_t *p, size_t n, struct modbus_found *ret);

#endif
