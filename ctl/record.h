/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of one Modbus appliance, as they come, made into a trace that "profile test" plays (trace.h).
 * The bytes are taken apart into registers and written as the requests of the profile's own plan: on the
 * line a request may have been a register longer, or been cut, to look unlike the one before. */
#ifndef HEARTHD_CTL_RECORD_H
#define HEARTHD_CTL_RECORD_H

#include "adapters/modbus.h"

struct record;

/* STATE is configured and outlives the record. */
int record_new(const struct modbus_state *state, bool tcp, struct record **ret);
struct record *record_free(struct record *r);
DEFINE_CLEANUP(struct record *, record_free);
/* A sound reply to a read. */
void record_reply(struct record *r, uint8_t unit, uint8_t function, uint16_t address,
	uint16_t count, const uint8_t *data);
/* An exception to a read of the whole of a block. */
void record_exception(struct record *r, uint8_t unit, uint8_t function, uint16_t address,
	uint16_t count, uint8_t exception);
size_t record_missing(const struct record *r); /* blocks that were not seen yet */
/* -EEXIST: the file is there already. */
int record_write(const struct record *r, const char *path);

#endif
