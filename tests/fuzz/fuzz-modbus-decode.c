/* SPDX-License-Identifier: Apache-2.0 */
/* What a Modbus appliance may say, through decode() with a profile of every type, and through
 * decode_frame(). First byte: 0 = a raw, else one frame, in the direction it says. */
#include "../../adapters/modbus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char profile_text[] =
	"[Profile]\nName=Test\nSource=a test\nKind=heat_pump\n"
	"[Point a]\nHidden=yes\nRead=holding:0\nType=u16\nAbsent=0x7FFF\n"
	"[Point b]\nHidden=yes\nRead=holding:1.8:8\nType=s16\n"
	"[Point c]\nHidden=yes\nRead=holding:2\nType=f32\nOrder=little\n"
	"[Point d]\nHidden=yes\nRead=holding:4\nType=u64\nOrder=big-swap\n"
	"[Point e]\nHidden=yes\nRead=holding:8\nType=f64\n"
	"[Point f]\nHidden=yes\nRead=holding:12\nType=bcd32\n"
	"[Point g]\nHidden=yes\nRead=holding:14\nType=string2\nLength=20\n"
	"[Point h]\nHidden=yes\nRead=holding:34\nType=string\nLength=4\n"
	"[Point i]\nHidden=yes\nRead=holding:38.3\nType=bit\n"
	"[Point j]\nHidden=yes\nRead=holding:39\nType=u16\nEnum=0:off 1:on\n"
	"[Point k]\nHidden=yes\nRead=holding:40\nType=u16\nBits=0:x 5:y\n"
	"[Point l]\nHidden=yes\nRead=coil:3\nType=bit\n"
	"[Point m]\nHidden=yes\nRead=discrete:11\nType=bit\n";

static struct modbus_state *state_get(void)
{
	static struct modbus_state state;
	static struct blocks blocks;
	struct source_config c = {.unit = 1, .char_us = 1042};
	struct errdetail e;
	struct profile *p = NULL;

	if (state.profile)
		return &state;
	if (profile_load_buffer(profile_text, sizeof(profile_text) - 1, "fuzz", NULL, &p) < 0 ||
		adapter_modbus.configure(&state, p, &c, &blocks, &e) < 0)
		abort();
	return &state;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct frame_info info;
	struct modbus_state *s = state_get();
	struct reading r[16];
	struct errdetail e;
	struct raw raw = {0};

	if (size < 2)
		return 0;
	if (data[0] != 0) {
		enum frame_direction dir = (enum frame_direction)(data[0] % 3);

		memset(info.context, 0, sizeof(info.context));
		for (size_t at = 1, n; at < size; at += n) {
			(void)adapter_modbus.decode_frame(s, data + at, size - at, dir, &info, &e);
			n = info.len;
			if (n < 1 || n > size - at || info.n_fields > FRAME_FIELDS_MAX ||
				info.n_readings > FRAME_READINGS_MAX)
				abort();
		}
		return 0;
	}
	raw.block = data[1] % 4;
	raw.len = (uint16_t)MIN(size - 2, sizeof(raw.data));
	memcpy(raw.data, data + 2, raw.len);
	if (adapter_modbus.decode(s, &raw, r, ARRAY_SIZE(r)) > (int)ARRAY_SIZE(r))
		abort();
	return 0;
}
