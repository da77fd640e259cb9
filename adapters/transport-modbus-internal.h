/* SPDX-License-Identifier: Apache-2.0 */
/* Inside transport-modbus: a line, how it is opened and written to (transport-modbus.c), and what is exchanged on
 * it (transport-modbus-exchange.c). */
#ifndef HEARTHD_TRANSPORT_MODBUS_INTERNAL_H
#define HEARTHD_TRANSPORT_MODBUS_INTERNAL_H

#include "modbus-shape.h"
#include "transport-internal.h"

struct line {
	struct _modbus *mb; /* RTU alone: libmodbus; owns fd then */
	int fd;             /* -1 while closed */
	bool connect;       /* sockets: closed after a mismatch, connect again at the next use */
	uint16_t transaction;
	bool echoes;        /* what was sent last came back: an adapter that hears itself */
	uint64_t active_us; /* when the last byte passed, as far as known */
	struct modbus_shapes shapes;
	size_t n_rx;
	uint8_t rx[2 * MODBUS_FRAME_TCP_MAX];
};

/* A connection that is out of step is dropped; to the caller the line stays open. Returns R. */
int line_out_of_step(struct transport *t, int r);
int line_connect_again(struct transport *t, uint64_t deadline_us); /* -ENODEV */
/* A request, with its CRC on RTU. 0 or -ENODEV. */
int line_send(struct transport *t, const uint8_t *frame, size_t n, uint64_t deadline_us);

/* Of transport_ops. */
int modbus_transaction(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n,
	uint64_t quiet_us, uint64_t late_us, uint64_t deadline_us, uint8_t ret[MODBUS_PDU_MAX],
	uint8_t *ret_exception);
int modbus_probe(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n, uint64_t quiet_us,
	uint64_t late_us, uint64_t deadline_us, uint8_t ret[MODBUS_PDU_MAX],
	uint8_t *ret_exception);

#endif
