/* SPDX-License-Identifier: Apache-2.0 */
/* The Modbus adapter with a profile of a few lines and unit 9, and a line that is only a function. */
#ifndef TESTS_MODBUS_RIG_H
#define TESTS_MODBUS_RIG_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "adapters/modbus.h"
#include "adapters/transport-internal.h"

struct rig {
	struct profile *profile;
	struct modbus_state state;
	struct blocks blocks;
	struct errdetail error;
	int r;
};

struct fake {
	struct transport t;
	uint8_t bad_first, bad_last; /* addresses that answer exception 2 */
	bool always;                 /* everything does */
	uint16_t apart;              /* no read may hold this address and the one before; 0: any */
	bool blind;                  /* looks alike or not: no matter */
	unsigned max;                /* longer reads answer exception 3; 0: none do */
	unsigned requests;
	uint16_t address[64], count[64];
	bool busy[126]; /* shapes, by count */
	uint16_t before_count, before_address;
};

/* LINE: more of [Profile], and [Line]; POINTS: their sections. What configuring said is in R and ERROR. */
struct profile *rig_profile(const char *line, const char *points);
void rig_open(struct rig *g, const char *line, const char *points);
void rig_close(struct rig *g);

void fake_init(struct fake *f);
int poll_block(struct rig *g, struct fake *f, unsigned block, struct poll_result *ret);

#endif
