/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus-rig.h"
#include "profile-text.h"

#include "daemon/base/clock.h"

struct profile *rig_profile(const char *line, const char *points)
{
	char text[8192];

	(void)snprintf(text, sizeof(text),
		"[Profile]\nName=Test\nSource=a test\nKind=heat_pump\n%s\n%s", line, points);
	return profile_of(text);
}

void rig_open(struct rig *g, const char *line, const char *points)
{
	struct source_config c = {.unit = 9, .char_us = 1042};

	*g = (struct rig){0};
	g->profile = rig_profile(line, points);
	g->r = adapter_modbus.configure(&g->state, g->profile, &c, &g->blocks, &g->error);
}

void rig_close(struct rig *g)
{
	adapter_modbus.done(&g->state);
	adapter_modbus.done(&g->state); /* idempotent */
	blocks_done(&g->blocks);
	profile_unref(g->profile);
}

static int fake_modbus(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n,
	uint64_t quiet_us, uint64_t late_us, uint64_t deadline_us, uint8_t ret[MODBUS_PDU_MAX],
	uint8_t *ret_exception)
{
	struct fake *f = (struct fake *)t;
	unsigned address = be16(pdu + 1), count = be16(pdu + 3);

	assert_int_equal(unit, 9);
	assert_int_equal(n, 5);
	assert_true(f->requests < 64);
	f->address[f->requests] = (uint16_t)address;
	f->count[f->requests++] = (uint16_t)count;
	f->before_address = (uint16_t)address;
	f->before_count = (uint16_t)count;
	if (f->always ||
		(f->bad_last && address <= f->bad_last && address + count > f->bad_first)) {
		*ret_exception = 2;
		return -EREMOTEIO;
	}
	if ((f->apart > 0 && address < f->apart && address + count > f->apart) ||
		(f->max > 0 && count > f->max)) {
		*ret_exception = 3;
		return -EREMOTEIO;
	}
	ret[0] = pdu[0];
	ret[1] = (uint8_t)(2 * count);
	for (unsigned i = 0; i < count; i++)
		put_be16(ret + 2 + 2 * i, (uint16_t)(address + i));
	return (int)(2 + 2 * count);
}

static bool fake_busy(const struct transport *t, uint8_t unit, uint8_t function, uint16_t address,
	uint16_t count, uint64_t now_us, uint64_t *ret_until_us)
{
	const struct fake *f = (const struct fake *)t;

	if (f->busy[count]) {
		*ret_until_us = now_us + 1000;
		return true;
	}
	*ret_until_us = USEC_INFINITY;
	return !f->blind && f->before_count == count && f->before_address != address;
}

static const struct transport_ops fake_ops = {.modbus = fake_modbus, .shape_busy = fake_busy};

void fake_init(struct fake *f)
{
	*f = (struct fake){.t = {.ops = &fake_ops, .kind = TRANSPORT_MODBUS, .open = true}};
}

int poll_block(struct rig *g, struct fake *f, unsigned block, struct poll_result *ret)
{
	return adapter_modbus.poll(
		&g->state, &f->t, block, clock_boottime_us() + USEC_PER_SEC, ret);
}
