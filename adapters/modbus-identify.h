/* SPDX-License-Identifier: Apache-2.0 */
/* The two requests by which a Modbus device says what it is: function 17 (report server id) and 43
 * with MEI type 14 (read device identification). Both only read. Their replies tell their length
 * themselves, so they are checked apart from the reads of modbus-frame.h. Pure, no state; bytes are
 * hostile. */
#ifndef HEARTHD_MODBUS_IDENTIFY_H
#define HEARTHD_MODBUS_IDENTIFY_H

#include "modbus-frame.h"

#define MODBUS_REPORT_ID    17
#define MODBUS_DEVICE_ID    43
#define MODBUS_IDENTIFY_PDU 4 /* the longest request */

/* A request of the two, and nothing else. */
bool modbus_identify_valid(const uint8_t *pdu, size_t n);
/* The frame to send; its length. */
size_t modbus_identify_rtu(
	uint8_t unit, const uint8_t *pdu, size_t n, uint8_t ret[MODBUS_IDENTIFY_PDU + 3]);
size_t modbus_identify_tcp(uint8_t unit, const uint8_t *pdu, size_t n, uint16_t transaction,
	uint8_t ret[MODBUS_IDENTIFY_PDU + 7]);
/* A whole reply PDU against its request. MODBUS_REPLY, MODBUS_EXCEPTION or MODBUS_BAD. */
enum modbus_verdict modbus_identify_check(
	const uint8_t *request, const uint8_t *pdu, size_t n, uint8_t *ret_exception);
/* As modbus_rtu_scan() and modbus_tcp_check(): .pdu, .pdu_len and .exception alone are filled. */
enum modbus_verdict modbus_identify_rtu_scan(uint8_t unit, const uint8_t *request, size_t n_request,
	const uint8_t *p, size_t n, struct modbus_found *ret);
enum modbus_verdict modbus_identify_tcp_check(uint8_t unit, const uint8_t *request,
	uint16_t transaction, const uint8_t *p, size_t n, struct modbus_found *ret);

/* Object ID of a sound 43/14 reply: its bytes, which are not text until escaped; -ENOENT. */
int modbus_device_object(
	const uint8_t *pdu, size_t n, uint8_t id, const uint8_t **ret, size_t *ret_n);

#endif
