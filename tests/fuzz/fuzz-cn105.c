/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes on a CN105 line: what the parser calls a frame is one byte for byte, however the bytes
 * arrive; every decoder stays inside its bounds and agrees with the others. */
#include "adapters/mitsubishi-cn105.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct cn105 state;
static struct profile profile;
static struct point points[64];
static struct frame_info info;
static struct raw raw;

static void need(bool ok)
{
	if (!ok)
		abort();
}

static void setup(void)
{
	static struct blocks blocks;
	struct source_config config = {.unit = -1};

	if (state.profile)
		return;
	profile = (struct profile){.points = points};
	for (size_t i = 0; i < cn105_n_fields; i++) {
		struct point *p = &points[profile.n_points++];

		*p = (struct point){.name = (char *)cn105_fields[i].name,
			.read = (char *)cn105_fields[i].name,
			.type = cn105_fields[i].type == FIELD_TEXT ? POINT_STRING : POINT_NATIVE,
			.scale = 1,
			.possible_min = NAN,
			.possible_max = NAN,
			.attr = -1};
		if (*cn105_fields[i].unit)
			need(unit_by_name(cn105_fields[i].unit, &p->unit) == 0);
	}
	need(adapter_mitsubishi_cn105.configure(&state, &profile, &config, &blocks, NULL) == 0);
}

static void decode(const uint8_t *p, size_t n)
{
	struct reading r[64];
	int k, limited;

	raw.block = RAW_UNASKED;
	raw.len = (uint16_t)n;
	memcpy(raw.data, p, n);
	k = adapter_mitsubishi_cn105.decode(&state, &raw, r, ARRAY_SIZE(r));
	need(k == -EBADMSG || (k >= 0 && k <= (int)ARRAY_SIZE(r)));
	for (int i = 0; i < k; i++) {
		need(r[i].point < profile.n_points);
		for (int j = 0; j < i; j++)
			need(r[j].point != r[i].point);
	}
	limited = adapter_mitsubishi_cn105.decode(&state, &raw, r, 1);
	need(k < 0 ? limited == k : limited == MIN(k, 1));

	info.n_readings = 0;
	need(cn105_decode_frame(&state, p, n, FRAME_EITHER, &info, NULL) == 0);
	need(info.len == n);
	if (k >= 0)
		need((int)info.n_readings == k);
}

/* Frames in DATA, given to the parser STEP bytes at a time. */
static size_t parse(const uint8_t *data, size_t size, size_t step, bool look)
{
	struct mitsubishi_parser s = {0};
	uint8_t bytes[MITSUBISHI_FRAME_MAX], again[MITSUBISHI_FRAME_MAX];
	struct mitsubishi_frame f;
	size_t found = 0, len;

	while (size > 0) {
		size_t k = mitsubishi_parser_push(&s, data, MIN(step, size));

		need(k > 0);
		data += k;
		size -= k;
		while (mitsubishi_parser_next(
			&s, MITSUBISHI_HEADER_AIR, size == 0, &f, bytes, &len)) {
			found++;
			if (!look)
				continue;
			need(mitsubishi_build(
				     again, f.type, MITSUBISHI_HEADER_AIR, f.payload, f.n) == len);
			need(memcmp(again, bytes, len) == 0);
			decode(bytes, len);
		}
	}
	return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct errdetail err;
	size_t found;

	setup();
	found = parse(data, size, 1, true);
	need(parse(data, size, 7, false) == found);
	need(parse(data, size, 64, false) == found);

	memset(&info, 0, sizeof(info));
	for (size_t at = 0; at < size;) {
		int r = cn105_decode_frame(
			NULL, data + at, size - at, FRAME_FROM_APPLIANCE, &info, &err);

		need(r == 0 || r == -EBADMSG);
		need(info.len >= 1 && info.len <= size - at);
		need(info.n_fields <= FRAME_FIELDS_MAX && info.n_unknown <= FRAME_UNKNOWN_MAX);
		if (r < 0)
			need(utf8_valid(err.text, strlen(err.text)) && *err.text);
		at += info.len;
	}
	return 0;
}
