/* SPDX-License-Identifier: Apache-2.0 */
/* Holes as they come from the journal, and on into a plan. */
#include "daemon/manager/manager-bus.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char text[] =
		"[Profile]\nName=Fuzz\nSource=a test\nKind=heat_pump\n[Line]\nReadable=holding:90-140\n"
		"[Point a]\nHidden=yes\nRead=holding:100\nType=u16\n"
		"[Point b]\nHidden=yes\nRead=holding:101\nType=u32\n"
		"[Point c]\nHidden=yes\nRead=holding:110\nType=u16\n"
		"[Point d]\nHidden=yes\nRead=input:100\nType=u16\n";
	const struct adapter *modbus = adapter_by_name("modbus");
	struct source_config config = {.unit = 9, .char_us = 1042};
	struct hole holes[HOLES_MAX], again[HOLES_MAX];
	_cleanup_free_ void *state = NULL;
	struct problems problems = {0};
	struct profile *profile = NULL;
	struct errdetail detail;
	struct blocks blocks = {0};
	size_t points = 0;

	if (holes_unpack(p, n, "p", holes, &config.n_holes) < 0)
		return 0;
	config.holes = holes;
	if (profile_load_buffer(text, sizeof(text) - 1, "p.profile", &problems, &profile) < 0)
		abort();
	problems_done(&problems);
	state = calloc(1, modbus->state_size);
	if (!state || modbus->configure(state, profile, &config, &blocks, &detail) < 0)
		abort();
	/* Whatever is believed, no value is lost and something is asked. */
	for (size_t i = 0; i < blocks.n; i++)
		points += blocks.v[i].n_points;
	if (points != profile->n_points || modbus->holes(state, again, HOLES_MAX) > config.n_holes)
		abort();
	blocks_done(&blocks);
	modbus->done(state);
	(void)profile_unref(profile);
	return 0;
}
