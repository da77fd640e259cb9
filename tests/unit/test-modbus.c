/* SPDX-License-Identifier: Apache-2.0 */
/* Registers to readings, the requests of a block, and frames as people see them. */
#include "modbus-rig.h"

#include <math.h>

/* What the only point of a profile becomes when its registers hold HEX. */
static struct reading value(const char *point, const char *hex)
{
	struct rig g;
	char text[1024];
	struct raw raw = {.t_us = 77};
	struct reading r[2];
	uint8_t data[256];
	int n = hex_decode(hex, data, sizeof(data));
	struct modbus_raw h = {0};

	(void)snprintf(text, sizeof(text), "[Point x]\nHidden=yes\n%s\n", point);
	rig_open(&g, "", text);
	assert_int_equal(g.r, 0);
	assert_int_equal(g.blocks.n, 1);
	h = (struct modbus_raw){.function = g.state.blocks[0].function,
		.address = g.state.blocks[0].first,
		.count = (uint16_t)(g.state.blocks[0].last - g.state.blocks[0].first + 1)};
	modbus_raw_put(&raw, &h, data, (size_t)n);
	assert_int_equal(adapter_modbus.decode(&g.state, &raw, r, 2), 1);
	assert_int_equal(r[0].point, 0);
	assert_int_equal(r[0].t_us, 77);
	rig_close(&g);
	return r[0];
}

static double number(const char *point, const char *hex)
{
	struct reading r = value(point, hex);

	assert_int_equal(r.quality, QUALITY_GOOD);
	assert_int_equal(r.type, VALUE_NUMBER);
	return r.num;
}

#define assert_near(a, b) assert_true(fabs((a) - (b)) < 1e-6)

static void test_types(void **state)
{
	assert_near(number("Read=holding:7\nType=u16", "FFFE"), 65534);
	assert_near(number("Read=holding:7\nType=s16", "FFFE"), -2);
	assert_near(number("Read=holding:7\nType=s16\nScale=0.1", "00EB"), 23.5);
	assert_near(number("Read=holding:7\nType=u32", "00010002"), 65538);
	assert_near(number("Read=holding:7\nType=s32", "FFFFFFFE"), -2);
	assert_near(number("Read=holding:7\nType=u64", "0000000100000002"), 4294967298.0);
	assert_near(number("Read=holding:7\nType=u64", "8000000000000000"), 9223372036854775808.0);
	assert_near(number("Read=holding:7\nType=s64", "FFFFFFFFFFFFFFFE"), -2);
	assert_near(number("Read=input:7\nType=f32", "436B8000"), 235.5);
	assert_near(number("Read=input:7\nType=f64", "406D700000000000"), 235.5);
	assert_near(number("Read=holding:7\nType=bcd16", "1234"), 1234);
	assert_near(number("Read=holding:7\nType=bcd32", "12345678"), 12345678);
}

static void test_orders(void **state)
{
	/* 0x12345678 in the four orders; 235.5 = 436B8000. */
	assert_near(number("Read=holding:7\nType=u32\nOrder=big", "12345678"), 0x12345678);
	assert_near(number("Read=holding:7\nType=u32\nOrder=little", "56781234"), 0x12345678);
	assert_near(number("Read=holding:7\nType=u32\nOrder=big-swap", "34127856"), 0x12345678);
	assert_near(number("Read=holding:7\nType=u32\nOrder=little-swap", "78563412"), 0x12345678);
	assert_near(number("Read=holding:7\nType=f32\nOrder=little", "8000436B"), 235.5);
	assert_near(number("Read=holding:7\nType=f32\nOrder=little-swap", "00806B43"), 235.5);
	assert_near(number("Read=holding:7\nType=u64\nOrder=little", "0004000300020001"),
		(double)0x0001000200030004);
	assert_near(number("Read=holding:7\nType=f64\nOrder=little", "000000007000406D"), 235.5);
	assert_near(number("Read=holding:7\nType=bcd32\nOrder=little", "56781234"), 12345678);
	/* One register has no order. */
	assert_near(number("Read=holding:7\nType=u16\nOrder=big-swap", "0102"), 0x0102);
}

static void test_fields(void **state)
{
	struct reading r;

	assert_near(number("Read=holding:10.8:8\nType=u16", "AB12"), 0xAB);
	assert_near(number("Read=holding:10.0:8\nType=u16", "AB12"), 0x12);
	assert_near(number("Read=holding:10.8:8\nType=s16", "FE12"), -2);
	assert_near(number("Read=holding:10.4:4\nType=u16", "AB72"), 7);
	assert_near(number("Read=holding:10.15\nType=u16", "8000"), 1);
	assert_near(number("Read=holding:10.8:8\nType=bcd16", "4512"), 45);
	assert_near(number("Read=holding:10.12:8\nType=u32", "000ABCDE"), 0xAB);
	assert_near(number("Read=holding:10.12:8\nType=u32\nOrder=little", "BCDE000A"), 0xAB);
	r = value("Read=holding:205.3\nType=bit", "0008");
	assert_int_equal(r.type, VALUE_BOOL);
	assert_int_equal(r.code, 1);
	r = value("Read=holding:205.3\nType=bit", "FFF7");
	assert_int_equal(r.code, 0);
	r = value("Read=coil:5\nType=bit", "01");
	assert_int_equal(r.code, 1);
	r = value("Read=discrete:9\nType=bit", "FE");
	assert_int_equal(r.code, 0);
	r = value("Read=coil:5\nType=bit\nEnum=0:off 1:on", "01");
	assert_int_equal(r.raw, 1);
}

static void test_sentinels(void **state)
{
	struct reading r;

	r = value("Read=holding:7\nType=s16\nAbsent=0x7FFF 0x7FFD", "7FFD");
	assert_int_equal(r.quality, QUALITY_ABSENT);
	r = value("Read=holding:7\nType=s16\nUnavailable=0x8000", "8000");
	assert_int_equal(r.quality, QUALITY_UNAVAILABLE);
	r = value("Read=holding:7\nType=u16\nSensorFault=32766", "7FFE");
	assert_int_equal(r.quality, QUALITY_SUSPECT);
	assert_int_equal(r.reason, REASON_SENSOR);
	r = value("Read=holding:7\nType=f32\nAbsent=-1", "BF800000");
	assert_int_equal(r.quality, QUALITY_ABSENT);
	/* Bad BCD is no number; the pattern a maker names may still say "not fitted". */
	r = value("Read=holding:7\nType=bcd16", "12A4");
	assert_int_equal(r.quality, QUALITY_SUSPECT);
	assert_int_equal(r.reason, REASON_DECODE);
	assert_int_equal(r.raw, 0x12A4);
	r = value("Read=holding:7\nType=bcd16\nAbsent=0xFFFF", "FFFF");
	assert_int_equal(r.quality, QUALITY_ABSENT);
	r = value("Read=holding:7\nType=f32", "7FC00000");
	assert_int_not_equal(r.quality, QUALITY_GOOD);
	r = value("Read=holding:7\nType=s16\nPossible=-50..50", "0064");
	assert_int_equal(r.reason, REASON_RANGE);
}

static void test_strings(void **state)
{
	struct reading r = value("Read=holding:7\nType=string\nLength=5", "0048004500410054FF00");

	assert_int_equal(r.type, VALUE_STRING);
	assert_string_equal(r.text, "HEAT");
	r = value("Read=holding:7\nType=string2\nLength=3", "4845415420FF");
	assert_string_equal(r.text, "HEAT");
	r = value("Read=holding:7\nType=string2\nLength=2\nOrder=big-swap", "45485441");
	assert_string_equal(r.text, "HEAT");
	r = value("Read=holding:7\nType=string2\nLength=2", "1B5B3242"); /* a terminal's escape */
	assert_string_equal(r.text, "\\x1b[2B");
	r = value("Read=holding:7\nType=string2\nLength=64",
		"4141414141414141414141414141414141414141414141414141414141414141"
		"4141414141414141414141414141414141414141414141414141414141414141"
		"4141414141414141414141414141414141414141414141414141414141414141"
		"4141414141414141414141414141414141414141414141414141414141414141");
	assert_true(strlen(r.text) < READING_TEXT_MAX);
}

static void test_places(void **state)
{
	static const struct {
		const char *read;
		enum addressing addressing;
		enum point_type type;
		int function, first, bit, width;
	} good[] = {
		{"holding:2017", ADDRESSING_ZERO, POINT_S16, 3, 2017, 0, 0},
		{"holding:0x7E1", ADDRESSING_ZERO, POINT_S16, 3, 0x7E1, 0, 0},
		{"input:10.8:8", ADDRESSING_ZERO, POINT_U16, 4, 10, 8, 8},
		{"holding:205.3", ADDRESSING_ONE, POINT_BIT, 3, 204, 3, 1},
		{"coil:65536", ADDRESSING_ONE, POINT_BIT, 1, 65535, 0, 0},
		{"discrete:0", ADDRESSING_ZERO, POINT_BIT, 2, 0, 0, 0},
		{"holding:65532", ADDRESSING_ZERO, POINT_U64, 3, 65532, 0, 0},
		{"40001", ADDRESSING_MODICON, POINT_U16, 3, 0, 0, 0},
		{"400001", ADDRESSING_MODICON, POINT_U16, 3, 0, 0, 0},
		{"465536", ADDRESSING_MODICON, POINT_U16, 3, 65535, 0, 0},
		{"30012.15", ADDRESSING_MODICON, POINT_BIT, 4, 11, 15, 1},
		{"10009", ADDRESSING_MODICON, POINT_BIT, 2, 8, 0, 0},
		{"00001", ADDRESSING_MODICON, POINT_BIT, 1, 0, 0, 0},
	};
	static const struct {
		const char *read;
		enum addressing addressing;
		enum point_type type;
	} wrong[] = {
		{"", ADDRESSING_ZERO, POINT_U16},
		{"2017", ADDRESSING_ZERO, POINT_U16},
		{"holding:", ADDRESSING_ZERO, POINT_U16},
		{"holding:65536", ADDRESSING_ZERO, POINT_U16},
		{"holding:65535", ADDRESSING_ZERO, POINT_U32},
		{"holding:0", ADDRESSING_ONE, POINT_U16},
		{"holding:65537", ADDRESSING_ONE, POINT_U16},
		{"holding:-1", ADDRESSING_ZERO, POINT_U16},
		{"holding:1.16", ADDRESSING_ZERO, POINT_U16},
		{"holding:1.8:9", ADDRESSING_ZERO, POINT_U16},
		{"holding:1.8:0", ADDRESSING_ZERO, POINT_U16},
		{"holding:1.8:", ADDRESSING_ZERO, POINT_U16},
		{"holding:1.0:2", ADDRESSING_ZERO, POINT_BIT},
		{"holding:1", ADDRESSING_ZERO, POINT_BIT},
		{"holding:1.3", ADDRESSING_ZERO, POINT_F32},
		{"holding:1x", ADDRESSING_ZERO, POINT_U16},
		{"coil:1.3", ADDRESSING_ZERO, POINT_BIT},
		{"coil:1", ADDRESSING_ZERO, POINT_S32},
		{"holdings:1", ADDRESSING_ZERO, POINT_U16},
		{"holding:4294967297", ADDRESSING_ZERO, POINT_U16},
		{"holding:40001", ADDRESSING_MODICON, POINT_U16},
		{"40000", ADDRESSING_MODICON, POINT_U16},
		{"20001", ADDRESSING_MODICON, POINT_U16},
		{"4001", ADDRESSING_MODICON, POINT_U16},
		{"4000001", ADDRESSING_MODICON, POINT_U16},
		{"465537", ADDRESSING_MODICON, POINT_U16},
		{"holding:1", ADDRESSING_ZERO, POINT_NATIVE},
		{"holding:1", ADDRESSING_ZERO, POINT_STRING},
	};
	struct modbus_point m;
	char text[160];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		if (modbus_point_parse(good[i].read, good[i].addressing, good[i].type, 0, &m, text,
			    sizeof(text)) < 0)
			fail_msg("%s: %s", good[i].read, text);
		assert_int_equal(m.function, good[i].function);
		assert_int_equal(m.first, good[i].first);
		assert_int_equal(m.bit, good[i].bit);
		assert_int_equal(m.width, good[i].width);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		text[0] = '\0';
		if (modbus_point_parse(wrong[i].read, wrong[i].addressing, wrong[i].type, 0, &m,
			    text, sizeof(text)) == 0)
			fail_msg("%s was taken", wrong[i].read);
		assert_true(strlen(text) > 10);
	}
}

static void test_configure(void **state)
{
	static const char points[] =
		"[Point a]\nHidden=yes\nRead=holding:10\nType=u32\nPeriod=10s\n"
		"[Point b]\nHidden=yes\nRead=holding:12.0:8\nType=u16\nPeriod=10s\n"
		"[Point c]\nHidden=yes\nRead=holding:12.8:8\nType=u16\nPeriod=10s\n"
		"[Point d]\nHidden=yes\nRead=coil:3\nType=bit\nPeriod=2s\n"
		"[Point e]\nHidden=yes\nRead=holding:20\nType=u16\nPeriod=1min\n";
	struct source_config c = {.unit = 9, .char_us = 1042};
	struct rig g;

	rig_open(&g, "[Line]\nTimeout=300ms\nGap=50ms", points);
	assert_int_equal(g.r, 0);
	assert_int_equal(g.blocks.n, 3);
	assert_string_equal(g.blocks.v[0].label, "coil 3");
	assert_string_equal(g.blocks.v[1].label, "holding 10-12");
	assert_string_equal(g.blocks.v[2].label, "holding 20");
	assert_int_equal(g.blocks.v[0].period_us, 2 * USEC_PER_SEC);
	assert_int_equal(g.blocks.v[1].n_points, 3);
	/* Quiet, the request and the reply, 20 ms and the silence before it. */
	assert_int_equal(g.blocks.v[1].cost_us, 50000 + 19 * 1042 + 20000 + 3647);
	assert_in_range(g.blocks.v[1].timeout_us, 350000, 450000);
	assert_int_equal(g.blocks.v[2].needs, -1);
	rig_close(&g);

	rig_open(&g, "[Line]\nBlockReads=no\nLeastPeriod=5s", points);
	assert_int_equal(g.blocks.n, 4); /* b and c share a register */
	assert_int_equal(g.blocks.v[0].period_us, 5 * USEC_PER_SEC);
	rig_close(&g);

	rig_open(&g, "[Line]\nMaxRead=1", points);
	assert_int_equal(g.r, -EINVAL);
	assert_string_equal(g.error.key, "a");
	rig_close(&g);

	g = (struct rig){.profile = rig_profile("", points)};
	c.listen_only = true;
	assert_int_equal(adapter_modbus.configure(&g.state, g.profile, &c, &g.blocks, &g.error),
		-EOPNOTSUPP);
	c.listen_only = false;
	c.unit = -1;
	assert_int_equal(
		adapter_modbus.configure(&g.state, g.profile, &c, &g.blocks, &g.error), -EINVAL);
	assert_string_equal(g.error.key, "Unit");
	c.unit = 0; /* broadcast on a line, usual on TCP */
	assert_int_equal(
		adapter_modbus.configure(&g.state, g.profile, &c, &g.blocks, &g.error), -EINVAL);
	c.char_us = 0;
	assert_int_equal(adapter_modbus.configure(&g.state, g.profile, &c, &g.blocks, &g.error), 0);
	rig_close(&g);
}

static void test_hostile_raw(void **state)
{
	struct rig g;
	struct reading r[8];
	struct raw raw = {0};

	rig_open(&g, "",
		"[Point a]\nHidden=yes\nRead=holding:10\nType=u32\n[Point b]\nHidden=yes\n"
		"Read=holding:12\nType=u16\n");
	modbus_raw_put(&raw, &(struct modbus_raw){.function = 3, .address = 10, .count = 3},
		(const uint8_t *)"\0\1\0\2\0\3", 6);
	assert_int_equal(adapter_modbus.decode(&g.state, &raw, r, 8), 2);
	assert_int_equal(r[1].raw, 3);
	assert_int_equal(adapter_modbus.decode(&g.state, &raw, r, 1), 1);
	raw.block = 1;
	assert_int_equal(adapter_modbus.decode(&g.state, &raw, r, 8), -EBADMSG);
	raw.block = RAW_UNASKED;
	assert_int_equal(adapter_modbus.decode(&g.state, &raw, r, 8), -EBADMSG);
	raw.block = 0;
	/* Every length but the right one. */
	for (unsigned n = 0; n < RAW_DATA_MAX + 10; n++) {
		raw.len = (uint16_t)n;
		assert_int_equal(
			adapter_modbus.decode(&g.state, &raw, r, 8), n == 13 ? 2 : -EBADMSG);
	}
	raw.len = 13;
	raw.data[0] = 6;
	assert_int_equal(adapter_modbus.decode(&g.state, &raw, r, 8), -EBADMSG);
	raw.data[0] = 4; /* another bank: no point of ours */
	assert_int_equal(adapter_modbus.decode(&g.state, &raw, r, 8), 0);
	raw.data[0] = 3;
	raw.data[2] = 11; /* begins in the middle of a */
	assert_int_equal(adapter_modbus.decode(&g.state, &raw, r, 8), 1);
	raw.data[1] = 0xFF; /* runs past the last address */
	raw.data[2] = 0xFF;
	assert_int_equal(adapter_modbus.decode(&g.state, &raw, r, 8), 0);
	rig_close(&g);
}

static void test_shape_varies(void **state)
{
	struct poll_result res;
	struct fake f;
	struct rig g;

	fake_init(&f);
	rig_open(&g, "[Line]\nReadable=holding:0-40",
		"[Point a]\nHidden=yes\nRead=holding:10\nType=u16\n[Point b]\nHidden=yes\nRead=holding:39\nType=u16\n");
	assert_int_equal(g.blocks.n, 2);
	/* a: 10 alone, and 11 and 12 are known readable; b: 39 and 40. */
	f.busy[1] = true;
	assert_int_equal(poll_block(&g, &f, 0, &res), 0);
	assert_int_equal(f.count[0], 2);
	f.busy[2] = true;
	assert_int_equal(poll_block(&g, &f, 0, &res), 0);
	assert_int_equal(f.count[1], 3);
	assert_int_equal(poll_block(&g, &f, 1, &res), -EAGAIN); /* not past 40 */
	assert_true(res.retry_at_us > 0 && res.retry_at_us != USEC_INFINITY);
	assert_int_equal(f.requests, 2);
	f.busy[1] = f.busy[2] = false;
	/* Neighbours of one shape and different addresses: the count gives way. */
	assert_int_equal(poll_block(&g, &f, 0, &res), 0);
	assert_int_equal(poll_block(&g, &f, 1, &res), 0);
	assert_int_equal(f.count[2], 1);
	assert_int_equal(f.count[3], 2);
	rig_close(&g);
}

/* No register may be read behind either of two blocks alike: another shape goes between. */
static void test_separator(void **state)
{
	struct poll_result res;
	struct fake f;
	struct rig g;

	fake_init(&f);
	rig_open(&g, "",
		"[Point a]\nHidden=yes\nRead=holding:10\nType=u32\n[Point b]\nHidden=yes\n"
		"Read=holding:40\nType=u32\n");
	assert_int_equal(poll_block(&g, &f, 0, &res), 0);
	assert_int_equal(poll_block(&g, &f, 1, &res), -EAGAIN);
	assert_int_equal(f.requests, 2);
	assert_int_equal(f.count[1], 1);
	assert_int_equal(poll_block(&g, &f, 1, &res), 0);
	assert_int_equal(f.address[2], 40);
	assert_int_equal(f.count[2], 2);
	rig_close(&g);
}

/* ---- frames for people */

static int frame(const void *state, const char *hex, enum frame_direction dir, struct frame_info *f,
	struct errdetail *e)
{
	uint8_t p[300];
	int n = hex_decode(hex, p, sizeof(p));

	assert_true(n >= 0);
	return adapter_modbus.decode_frame(state, p, (size_t)n, dir, f, e);
}

static void test_frames(void **state)
{
	static struct frame_info f;
	struct errdetail e;
	struct rig g;

	rig_open(&g, "", "[Point a]\nHidden=yes\nRead=holding:107\nType=s16\nScale=0.1\n");
	/* The specification's example: unit 17 reads holding 107-109. */
	assert_int_equal(frame(&g.state, "11 03 00 6B 00 03 76 87", FRAME_EITHER, &f, &e), 0);
	assert_string_equal(f.kind, "read holding request");
	assert_int_equal(f.len, 8);
	assert_true(f.has_checksum);
	assert_int_equal(f.fields[1].num, 107);
	assert_int_equal(
		frame(&g.state, "11 03 06 02 2B 00 00 00 64 C8 BA", FRAME_EITHER, &f, &e), 0);
	assert_string_equal(f.kind, "read holding reply");
	assert_int_equal(f.len, 11);
	assert_int_equal(f.n_fields, 4);
	assert_string_equal(f.fields[1].name, "register.107");
	assert_int_equal(f.fields[1].num, 0x22B);
	assert_int_equal(f.n_readings, 1);
	assert_near(f.readings[0].num, 55.5);
	/* Without its request a reply does not say where it belongs. */
	memset(f.context, 0, sizeof(f.context));
	assert_int_equal(frame(NULL, "11 03 06 02 2B 00 00 00 64 C8 BA", FRAME_EITHER, &f, &e), 0);
	assert_string_equal(f.kind, "read holding reply, request unknown");
	assert_int_equal(f.n_readings, 0);
	assert_int_equal(frame(NULL, "11 83 02 C1 34", FRAME_EITHER, &f, &e), 0);
	assert_non_null(strstr(f.kind, "exception"));
	/* Which byte is wrong. */
	assert_int_equal(frame(NULL, "11 03 00 6B 00 03 76 88", FRAME_EITHER, &f, &e), -EBADMSG);
	assert_string_equal(e.text, "byte 6: checksum 76 88, computed 76 87");
	assert_int_equal(f.len, 8);
	assert_int_equal(frame(NULL, "11 03", FRAME_EITHER, &f, &e), -EBADMSG);
	assert_int_equal(f.len, 2);
	assert_int_equal(frame(NULL, "", FRAME_EITHER, &f, &e), -EBADMSG);
	assert_int_equal(f.len, 1);
	/* TCP. */
	assert_int_equal(
		frame(NULL, "00 01 00 00 00 06 11 03 00 6B 00 01", FRAME_EITHER, &f, &e), 0);
	assert_string_equal(f.kind, "read holding request");
	assert_int_equal(f.len, 12);
	assert_false(f.has_checksum);
	assert_int_equal(
		frame(&g.state, "00 01 00 00 00 05 11 03 02 02 2B", FRAME_EITHER, &f, &e), 0);
	assert_int_equal(f.n_readings, 1);
	rig_close(&g);
}

/* The arithmetic everything stands on. */
static void test_crc(void **state)
{
	assert_int_equal(modbus_crc16((const uint8_t *)"123456789", 9), 0x4B37);
	assert_int_equal(modbus_crc16(NULL, 0), 0xFFFF);
	assert_ptr_equal(adapter_by_name("modbus"), &adapter_modbus);
	assert_null(adapter_by_name("modbu"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_sentinels),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_configure),
		cmocka_unit_test(test_hostile_raw),
		cmocka_unit_test(test_shape_varies),
		cmocka_unit_test(test_separator),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_crc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
