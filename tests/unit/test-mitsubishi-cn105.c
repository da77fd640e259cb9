/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>

#include "../../adapters/mitsubishi-cn105.h"
#include "cn105-frames.h"

/* ---- a line and a clock of our own: the linker sends these calls here */

static uint64_t now_us;
static struct {
	uint8_t sent[16][MITSUBISHI_FRAME_MAX];
	uint64_t sent_at[16];
	size_t n_sent;
	struct {
		uint64_t at_us;
		uint8_t byte;
	} rx[512];
	size_t n_rx, pos;
	uint32_t baud[16];
	size_t n_baud;
	int send_error;
	uint64_t char_us;
} line;

uint64_t __wrap_clock_boottime_us(void)
{
	return now_us;
}

int __wrap_transport_send(struct transport *t, const uint8_t *p, size_t n, uint64_t deadline_us)
{
	if (line.send_error)
		return line.send_error;
	assert_in_range(line.n_sent, 0, ARRAY_SIZE(line.sent) - 1);
	assert_in_range(n, 1, MITSUBISHI_FRAME_MAX);
	memcpy(line.sent[line.n_sent], p, n);
	line.sent_at[line.n_sent++] = now_us;
	return 0;
}

int __wrap_transport_recv(struct transport *t, uint8_t *p, size_t size, uint64_t deadline_us)
{
	size_t n = 0;

	assert_true(size > 0);
	if (line.pos == line.n_rx || line.rx[line.pos].at_us > MAX(deadline_us, now_us)) {
		now_us = MAX(now_us, deadline_us);
		return -ETIMEDOUT;
	}
	now_us = MAX(now_us, line.rx[line.pos].at_us);
	while (line.pos < line.n_rx && n < size && line.rx[line.pos].at_us <= now_us)
		p[n++] = line.rx[line.pos++].byte;
	return (int)n;
}

int __wrap_transport_drain(struct transport *t, uint64_t silence_us, uint64_t deadline_us)
{
	int n = 0;

	while (line.pos < line.n_rx && line.rx[line.pos].at_us <= now_us) {
		line.pos++;
		n++;
	}
	return n;
}

int __wrap_transport_set_line(struct transport *t, uint32_t baud, char parity, uint8_t stop_bits)
{
	assert_int_equal(parity, 'E');
	assert_int_equal(stop_bits, 1);
	line.baud[line.n_baud++ % ARRAY_SIZE(line.baud)] = baud;
	return 0;
}

uint64_t __wrap_transport_char_us(const struct transport *t)
{
	return line.char_us;
}

static void line_reset(void)
{
	memset(&line, 0, sizeof(line));
	now_us = 1000 * USEC_PER_SEC;
}

/* HEX arrives from AFTER_US on, GAP_US between bytes. */
static void arrives(const char *hex, uint64_t after_us, uint64_t gap_us)
{
	uint8_t buf[128];
	int n = hex_decode(hex, buf, sizeof(buf));

	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		line.rx[line.n_rx].at_us = now_us + after_us + (uint64_t)i * gap_us;
		line.rx[line.n_rx++].byte = buf[i];
	}
}

/* ---- a profile */

#define POINTS_MAX 40
static struct profile profile;
static struct point points[POINTS_MAX];

static void point_add(const char *read, const char *unit)
{
	struct point *p = &points[profile.n_points++];

	*p = (struct point){
		.name = (char *)read,
		.read = (char *)read,
		.type = POINT_NATIVE,
		.scale = 1,
		.possible_min = NAN,
		.possible_max = NAN,
		.attr = -1,
	};
	if (*unit)
		assert_int_equal(unit_by_name(unit, &p->unit), 0);
}

static void profile_reset(void)
{
	profile = (struct profile){.points = points, .adapter = (char *)"mitsubishi-cn105"};
}

static void profile_all(void)
{
	profile_reset();
	for (size_t i = 0; i < cn105_n_fields; i++) {
		point_add(cn105_fields[i].name, cn105_fields[i].unit);
		if (cn105_fields[i].type == FIELD_TEXT)
			points[i].type = POINT_STRING;
	}
}

static struct cn105 state;
static struct blocks blocks;

static void configure(uint64_t char_us)
{
	struct source_config config = {.unit = -1, .char_us = char_us};
	struct errdetail err;

	memset(&state, 0, sizeof(state));
	assert_int_equal(
		adapter_mitsubishi_cn105.configure(&state, &profile, &config, &blocks, &err), 0);
	line.char_us = char_us;
}

static int teardown(void **u)
{
	adapter_mitsubishi_cn105.done(&state);
	adapter_mitsubishi_cn105.done(&state);
	blocks_done(&blocks);
	return 0;
}

static unsigned block_of(uint8_t query)
{
	for (unsigned i = 0; i < blocks.n; i++)
		if (state.queries[i] == query)
			return i;
	fail();
	return 0;
}

static const struct reading *reading_of(const char *read, const struct reading *r, int n)
{
	for (int i = 0; i < n; i++)
		if (streq(points[r[i].point].read, read))
			return &r[i];
	fail_msg("no reading of %s", read);
	return NULL;
}

/* ---- frames */

static void fields_text(const struct frame_info *info, char *dst, size_t size)
{
	size_t used = 0;

	dst[0] = '\0';
	for (size_t i = 0; i < info->n_fields; i++) {
		const struct field *f = &info->fields[i];
		char value[80];

		if (f->type == FIELD_ABSENT)
			(void)snprintf(value, sizeof(value), "-");
		else if (f->type == FIELD_TEXT)
			(void)snprintf(value, sizeof(value), "\"%s\"", f->text);
		else
			(void)snprintf(value, sizeof(value), "%.10g", f->num);
		assert_true(
			str_appendf(dst, size, &used, "%s%s=%s", used ? " " : "", f->name, value));
	}
}

static int decode(
	const char *hex, enum frame_direction dir, struct frame_info *info, struct errdetail *err)
{
	uint8_t buf[128];
	int n = hex_decode(hex, buf, sizeof(buf));

	assert_true(n > 0);
	memset(info, 0, sizeof(*info));
	*err = (struct errdetail){0};
	return adapter_mitsubishi_cn105.decode_frame(NULL, buf, (size_t)n, dir, info, err);
}

static void test_captured(void **u)
{
	static struct frame_info info;
	struct errdetail err;

	for (size_t i = 0; i < ARRAY_SIZE(captured); i++) {
		const struct captured *c = &captured[i];
		enum frame_direction right =
			c->from_appliance ? FRAME_FROM_APPLIANCE : FRAME_TO_APPLIANCE;
		char text[1024], offsets[64] = "";
		size_t used = 0;

		assert_int_equal(decode(c->hex, FRAME_EITHER, &info, &err), 0);
		assert_string_equal(info.kind, c->kind);
		assert_true(info.has_checksum);
		fields_text(&info, text, sizeof(text));
		assert_string_equal(text, c->fields);
		for (size_t k = 0; k < info.n_unknown; k++)
			(void)str_appendf(offsets, sizeof(offsets), &used, "%s%u", used ? " " : "",
				info.unknown[k]);
		assert_string_equal(offsets, c->unknown);
		assert_int_equal(info.len, (strlen(c->hex) + 1) / 3);

		assert_int_equal(decode(c->hex, right, &info, &err), 0);
		assert_int_equal(
			decode(c->hex,
				c->from_appliance ? FRAME_TO_APPLIANCE : FRAME_FROM_APPLIANCE,
				&info, &err),
			-EBADMSG);
		assert_non_null(startswith(err.text, "byte 1: type "));
		assert_int_equal(info.len, (strlen(c->hex) + 1) / 3);
	}
}

/* No single wrong bit and no missing end of any captured frame passes. */
static void test_damaged(void **u)
{
	static struct frame_info info;
	struct errdetail err;
	uint8_t buf[64];

	for (size_t i = 0; i < ARRAY_SIZE(captured); i++) {
		int n = hex_decode(captured[i].hex, buf, sizeof(buf));

		for (int bit = 0; bit < n * 8; bit++) {
			buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(
				cn105_decode_frame(NULL, buf, (size_t)n, FRAME_EITHER, &info, &err),
				-EBADMSG);
			assert_in_range(info.len, 1, n);
			buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		for (int k = 0; k < n; k++)
			assert_int_equal(
				cn105_decode_frame(NULL, buf, (size_t)k, FRAME_EITHER, &info, &err),
				-EBADMSG);
	}
	assert_int_equal(decode("FC 62 01 30 10 02 00 00 01 01 1A 03 02 00 00 03 AB 00 00 00 00 8D",
				 FRAME_EITHER, &info, &err),
		-EBADMSG);
	assert_string_equal(err.text, "byte 21: checksum 8D, computed 8C");
	assert_int_equal(decode("FC 62 01 30 10 02 00", FRAME_EITHER, &info, &err), -EBADMSG);
	assert_string_equal(err.text, "byte 7: the frame ends here, 22 bytes announced");
	assert_int_equal(decode("00 FC 7A 01 30 01 00 54", FRAME_EITHER, &info, &err), -EBADMSG);
	assert_string_equal(err.text, "byte 0: 00, a frame starts with FC");
	assert_int_equal(info.len, 1); /* the good frame is behind */
	assert_int_equal(decode("FC 7A 02 7A 01 00 09", FRAME_EITHER, &info, &err), -EBADMSG);
	assert_string_equal(err.text, "byte 2: 02 7A, an air-to-water frame; air-to-air has 01 30");
	assert_int_equal(decode("FC 62 01 30 11 00", FRAME_EITHER, &info, &err), -EBADMSG);
	assert_string_equal(err.text, "byte 4: length 11, must be 01 to 10");
	assert_int_equal(decode("FC 62 01 30 00 6D", FRAME_EITHER, &info, &err), -EBADMSG);
}

static void test_more_kinds(void **u)
{
	static struct frame_info info;
	struct errdetail err;
	char text[512];
	uint8_t frame[MITSUBISHI_FRAME_MAX], payload[16] = {0};
	size_t n;

	n = mitsubishi_build(frame, MITSUBISHI_SET_REPLY, MITSUBISHI_HEADER_AIR, payload, 16);
	assert_int_equal(cn105_decode_frame(NULL, frame, n, FRAME_EITHER, &info, &err), 0);
	assert_string_equal(info.kind, "set accepted");
	payload[0] = 0xFF;
	n = mitsubishi_build(frame, MITSUBISHI_SET_REPLY, MITSUBISHI_HEADER_AIR, payload, 16);
	assert_int_equal(cn105_decode_frame(NULL, frame, n, FRAME_EITHER, &info, &err), 0);
	assert_string_equal(info.kind, "set rejected");

	/* Installer settings: code in bits 2-6, value in bits 0-1, 0 = the unit lacks it. */
	memset(payload, 0, sizeof(payload));
	payload[0] = CN105_FUNCTIONS_1;
	payload[1] = 1 << 2 | 2;
	payload[2] = 2 << 2 | 3;
	payload[3] = 27 << 2 | 0;
	payload[15] = 1;
	n = mitsubishi_build(frame, MITSUBISHI_GET_REPLY, MITSUBISHI_HEADER_AIR, payload, 16);
	assert_int_equal(cn105_decode_frame(NULL, frame, n, FRAME_EITHER, &info, &err), 0);
	fields_text(&info, text, sizeof(text));
	assert_string_equal(text, "function.101=2 function.102=3 function.127=-");
	assert_int_equal(info.n_unknown, 1);
	assert_int_equal(info.unknown[0], 20);

	/* Bytes that no control bit gates are ignored by the unit and are no fields. */
	memset(payload, 0, sizeof(payload));
	payload[0] = 0x01;
	payload[1] = 0x08;
	payload[2] = 0x01;
	payload[3] = 1; /* power, not gated */
	payload[6] = 5;
	payload[13] = 0x83;
	n = mitsubishi_build(frame, MITSUBISHI_SET, MITSUBISHI_HEADER_AIR, payload, 16);
	assert_int_equal(cn105_decode_frame(NULL, frame, n, FRAME_EITHER, &info, &err), 0);
	fields_text(&info, text, sizeof(text));
	assert_string_equal(
		text, "set.control=\"fan\" set.control2=\"wide_vane\" set.fan=5 set.wide_vane=3");
	assert_int_equal(info.n_unknown, 1);
	assert_int_equal(info.unknown[0], 8);

	/* A remote sensor given back: 80 is not -0 °C. */
	memset(payload, 0, sizeof(payload));
	payload[0] = 0x07;
	payload[3] = 0x80;
	n = mitsubishi_build(frame, MITSUBISHI_SET, MITSUBISHI_HEADER_AIR, payload, 16);
	assert_int_equal(cn105_decode_frame(NULL, frame, n, FRAME_EITHER, &info, &err), 0);
	fields_text(&info, text, sizeof(text));
	assert_string_equal(text, "set.remote_temperature_used=0");

	/* A short reply has no fields to read past its end. */
	payload[0] = CN105_SETTINGS;
	n = mitsubishi_build(frame, MITSUBISHI_GET_REPLY, MITSUBISHI_HEADER_AIR, payload, 4);
	assert_int_equal(cn105_decode_frame(NULL, frame, n, FRAME_EITHER, &info, &err), 0);
	assert_int_equal(info.n_fields, 0);
}

/* ---- the parser */

static size_t parse_all(const uint8_t *p, size_t n, size_t step, bool at_end, uint8_t *types)
{
	struct mitsubishi_parser s = {0};
	struct mitsubishi_frame f;
	size_t found = 0;

	while (n > 0) {
		size_t k = mitsubishi_parser_push(&s, p, MIN(step, n));

		assert_true(k > 0);
		p += k;
		n -= k;
		while (mitsubishi_parser_next(
			&s, MITSUBISHI_HEADER_AIR, at_end && n == 0, &f, NULL, NULL))
			types[found++] = f.payload[0];
	}
	return found;
}

static void test_resync(void **u)
{
	/* Noise, a frame cut short, a start byte alone, FC in the payload, a whole header in the
	 * payload, a wrong checksum, and good frames between: 03 06 09 04. */
	static const char hex[] =
		"00 FF FC FC 62 01"
		"FC 62 01 30 10 03 00 00 0E 00 94 B0 B0 FE 42 00 01 0A 64 00 00 A9"
		"FC 62 01 30 10 02 00 00 01 01"
		"FC 62 01 30 10 06 FC 62 01 30 10 00 00 00 00 00 00 00 00 00 00 B4"
		"FC 62 01 30 10 02 00 00 01 01 1A 03 02 00 00 03 AB 00 00 00 00 8D"
		"FC 62 01 30 10 09 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 53"
		"FC"
		"FC 62 01 30 10 04 00 00 00 80 00 00 00 00 00 00 00 00 00 00 00 D9"
		"FC 62 01 30 10";
	uint8_t buf[256], types[16];
	int n = hex_decode(hex, buf, sizeof(buf));

	assert_true(n > 0);
	/* The third frame's checksum is computed here, not copied. */
	buf[6 + 22 + 10 + 21] = mitsubishi_checksum(buf + 6 + 22 + 10, 21);
	for (size_t step = 1; step <= (size_t)n; step++) {
		assert_int_equal(parse_all(buf, (size_t)n, step, false, types), 4);
		assert_memory_equal(types, ((uint8_t[]){0x03, 0x06, 0x09, 0x04}), 4);
	}
	/* Cut behind a candidate that waits for more: at the end what hides behind it is found. */
	n = hex_decode("FC 62 01 30 10 02 FC 7A 01 30 01 00 54", buf, sizeof(buf));
	assert_int_equal(parse_all(buf, (size_t)n, 1, false, types), 0);
	assert_int_equal(parse_all(buf, (size_t)n, 1, true, types), 1);
}

/* ---- fields: every trap of the protocol */

static void test_fields(void **u)
{
	static const struct {
		const char *field;
		const char *payload;
		const char *value; /* "-" absent, "?" no table explains it */
	} cases[] = {
		{"settings.setpoint", "02 00 00 01 01 00 00 00 00 00 00 00", "31"},
		{"settings.setpoint", "02 00 00 01 01 0F 00 00 00 00 00 00", "16"},
		{"settings.setpoint", "02 00 00 01 01 1A 00 00 00 00 00 00", "21.5"},
		{"settings.setpoint", "02 00 00 01 01 10 00 00 00 00 00 00", "31.5"},
		{"settings.setpoint", "02 00 00 01 01 20 00 00 00 00 00 00", "?"},
		{"settings.setpoint", "02 00 00 01 01 0F 00 00 00 00 00 AB", "21.5"}, /* B wins */
		{"settings.setpoint", "02 00 00 01 01 FF 00 00 00 00 00 94", "10"},
		{"settings.mode", "02 00 00 01 08", "8"}, /* automatic, no i-See */
		{"settings.isee", "02 00 00 01 08", "0"},
		{"settings.mode", "02 00 00 01 09", "1"},
		{"settings.isee", "02 00 00 01 09", "1"},
		{"settings.mode", "02 00 00 01 10", "8"},
		{"settings.isee", "02 00 00 01 10", "1"},
		{"settings.mode", "02 00 00 01 00", "0"}, /* left to the profile to call unknown */
		{"settings.power", "02 00 00 02", "2"},
		{"settings.wide_vane", "02 00 00 00 00 00 00 00 00 00 8C", "12"},
		{"settings.wide_vane_adjust", "02 00 00 00 00 00 00 00 00 00 8C", "1"},
		{"settings.wide_vane_adjust", "02 00 00 00 00 00 00 00 00 00 0C", "0"},
		{"settings.swing", "02 00 00 00 00 00 00 07 00 00 03", "1"},
		{"settings.swing", "02 00 00 00 00 00 00 02 00 00 8C", "2"},
		{"settings.swing", "02 00 00 00 00 00 00 07 00 00 0C", "3"},
		{"settings.airflow", "02 00 00 00 0B 00 00 00 00 00 80 00 00 00 02", "2"},
		{"settings.airflow", "02 00 00 00 03 00 00 00 00 00 80 00 00 00 02", "-"},
		{"settings.airflow", "02 00 00 00 0B 00 00 00 00 00 83 00 00 00 02", "-"},
		{"settings.target_humidity", "02 00 00 00 00 00 00 00 00 00 00 00 37", "55"},
		{"settings.target_humidity", "02", "-"},
		{"temperatures.room", "03 00 00 0E 00 00 00", "24"},
		{"temperatures.room", "03 00 00 00 00 00 00", "10"},
		{"temperatures.room", "03 00 00 20 00 00 00", "?"},
		{"temperatures.room", "03 00 00 0E 00 00 AD", "22.5"}, /* B wins */
		{"temperatures.outdoor", "03 00 00 00 00 00", "-"},
		{"temperatures.outdoor", "03 00 00 00 00 01", "-"},
		{"temperatures.outdoor", "03 00 00 00 00 76", "-5"},
		{"temperatures.runtime", "03 00 00 00 00 00 00 00 00 00 00 FF FF FF", "16777215"},
		{"error.code", "04 00 00 00 80 00", "8000"},
		{"error.code", "04 00 00 00 69 99", "6999"},
		{"error.code", "04 00 00 00 80 01", "8001"}, /* the high byte alone says nothing */
		{"error.code", "04 00 00 00 51 02", "5102"},
		{"error.code", "04 00 00 00 00 0A", "?"},
		{"error.code", "04 00 00 00 F0 00", "?"},
		{"error.short", "04 00 00 00 80 00 00", "\"\""},
		{"error.short", "04 00 00 00 80 00 A0", "\"L0\""}, /* A0 raw is not "none" */
		{"error.short", "04 00 00 00 80 00 C6", "\"P6\""},
		{"error.short", "04 00 00 00 80 00 01", "\"A1\""},
		{"error.short", "04 00 00 00 80 00 F5", "\"UU\""},
		{"error.short", "04 00 00 00 80 00 F6", "?"},
		{"timers.mode", "05 00 00 03", "3"},
		{"timers.on_set", "05 00 00 03 06 0C 05 0B", "60"},
		{"timers.off_left", "05 00 00 03 06 0C 05 0B", "110"},
		{"operation.compressor_frequency", "06 00 00 2A 01", "42"},
		{"operation.compressor_frequency", "06 00 00 2A 00", "0"}, /* noise at rest */
		{"operation.operating", "06 00 00 00 02", "?"},
		{"operation.power", "06 00 00 00 01 04 D2", "1234"},
		{"operation.power", "06 00 00 00 01 00 00 00 01", "-"}, /* never non-zero */
		{"operation.energy", "06 00 00 00 01 00 00 FF FF", "6553.5"},
		{"operation.energy", "06 00 00 00 01 00 01 00 00", "-"},
		{"stage.flags", "09 00 00 0B", "11"},
		{"stage.filter", "09 00 00 0B", "1"},
		{"stage.defrost", "09 00 00 0B", "1"}, /* bits, not equality */
		{"stage.preheat", "09 00 00 0B", "0"},
		{"stage.standby", "09 00 00 0B", "1"},
		{"stage.fan", "09 00 00 00 05 FF", "5"},
		{"options.purifier", "42 01 00 00", "1"},
		{"options.night_mode", "42 01 01 00", "1"},
		{"options.circulator", "42 01 01 07", "?"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct cn105_field *f = cn105_field_by_name(cases[i].field);
		uint8_t payload[16] = {0};
		struct cn105_value v;
		char text[32];

		assert_non_null(f);
		assert_true(hex_decode(cases[i].payload, payload, sizeof(payload)) > 0);
		assert_int_equal(payload[0], f->query);
		cn105_field_get(f, payload, NULL, &v);
		if (v.state == CN105_ABSENT)
			(void)snprintf(text, sizeof(text), "-");
		else if (v.state == CN105_BAD)
			(void)snprintf(text, sizeof(text), "?");
		else if (f->type == FIELD_TEXT)
			(void)snprintf(text, sizeof(text), "\"%s\"", v.text);
		else
			(void)snprintf(text, sizeof(text), "%.10g", v.num);
		if (!streq(text, cases[i].value))
			fail_msg("%s of %s: %s, must be %s", cases[i].field, cases[i].payload, text,
				cases[i].value);
	}
}

/* ---- configure */

static void test_configure(void **u)
{
	struct source_config config = {.unit = -1, .char_us = 4584};
	struct errdetail err = {0};

	profile_reset();
	point_add("settings.power", "");
	point_add("settings.setpoint", "°C");
	point_add("error.code", "");
	points[0].period_us = 20 * USEC_PER_SEC;
	points[1].period_us = 3 * USEC_PER_SEC;
	configure(4584);
	assert_int_equal(blocks.n, 3); /* connect, 02, 04: nothing nobody wants */
	assert_int_equal(blocks.v[0].flags, BLOCK_HANDSHAKE);
	assert_int_equal(blocks.v[0].needs, -1);
	assert_int_equal(blocks.v[0].n_points, 0);
	assert_int_equal(state.queries[1], 0x02);
	assert_int_equal(blocks.v[1].needs, 0);
	assert_int_equal(blocks.v[1].period_us, 3 * USEC_PER_SEC); /* the most urgent point's */
	assert_int_equal(blocks.v[1].n_points, 2);
	assert_string_equal(blocks.v[1].label, "query 0x02 settings");
	assert_int_equal(state.queries[2], 0x04);
	assert_int_equal(blocks.v[2].period_us, 30 * USEC_PER_SEC);
	assert_int_equal(blocks.v[2].points[0], 2);
	assert_true(blocks.v[1].timeout_us >= 1200000 && blocks.v[1].timeout_us < 1300000);
	assert_true(blocks.v[1].cost_us > 200000);
	(void)teardown(NULL);

	config.period_us = 60 * USEC_PER_SEC;
	assert_int_equal(
		adapter_mitsubishi_cn105.configure(&state, &profile, &config, &blocks, &err), 0);
	assert_int_equal(blocks.v[1].period_us, 60 * USEC_PER_SEC);
	(void)teardown(NULL);

	points[0].read = (char *)"settings.colour";
	assert_int_equal(
		adapter_mitsubishi_cn105.configure(&state, &profile, &config, &blocks, &err),
		-EINVAL);
	assert_string_equal(err.key, "Point settings.power.Read");
	assert_non_null(startswith(err.text, "unknown field; settings has power mode isee"));
	points[0].read = (char *)"holding:1";
	assert_int_equal(
		adapter_mitsubishi_cn105.configure(&state, &profile, &config, &blocks, &err),
		-EINVAL);
	assert_non_null(strstr(err.text, "must be settings.…"));
	points[0].read = (char *)"settings.power";
	points[0].type = POINT_U16;
	assert_int_equal(
		adapter_mitsubishi_cn105.configure(&state, &profile, &config, &blocks, &err),
		-EINVAL);
	assert_non_null(strstr(err.text, "Type=native"));
	points[0].type = POINT_NATIVE;
	points[1].unit = UNIT_NONE;
	assert_int_equal(
		adapter_mitsubishi_cn105.configure(&state, &profile, &config, &blocks, &err),
		-EINVAL);
	assert_string_equal(err.text, "the field is in °C; must be Unit=°C");
	config.listen_only = true;
	assert_int_equal(
		adapter_mitsubishi_cn105.configure(&state, &profile, &config, &blocks, &err),
		-EOPNOTSUPP);
}

/* ---- exchanges */

static struct poll_result result;

static int poll_block(unsigned block)
{
	memset(&result, 0, sizeof(result));
	return adapter_mitsubishi_cn105.poll(
		&state, NULL, block, now_us + blocks.v[block].timeout_us, &result);
}

#define SETTINGS       "FC 62 01 30 10 02 00 00 01 01 1A 03 02 00 00 03 AB 00 00 00 00 8C"
#define TEMPERATURES   "FC 62 01 30 10 03 00 00 0E 00 94 B0 B0 FE 42 00 01 0A 64 00 00 A9"
#define OPERATION      "FC 62 01 30 10 06 00 00 00 01 00 08 05 50 00 00 42 00 00 00 00 B7"
#define OPERATION_ZERO "FC 62 01 30 10 06 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 56"
#define CONNECTED      "FC 7A 01 30 01 00 54"

static void connect_now(void)
{
	arrives(CONNECTED, 150000, 4584);
	assert_int_equal(poll_block(0), 0);
	now_us += USEC_PER_SEC;
}

static void test_connect(void **u)
{
	uint8_t want[16];
	int n = hex_decode("FC 5A 01 30 02 CA 01 A8", want, sizeof(want));

	line_reset();
	profile_all();
	configure(4584);
	connect_now();
	assert_int_equal(line.n_sent, 1);
	assert_memory_equal(line.sent[0], want, (size_t)n);
	assert_int_equal(result.n_raws, 0);
	assert_int_equal(line.baud[0], 2400);
}

/* 2400, 9600, 2400 …; what came at the other speed is not mistaken for silence of the line. */
static void test_speeds(void **u)
{
	line_reset();
	profile_all();
	configure(4584);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(poll_block(0), -ETIMEDOUT);
		assert_int_equal(line.baud[i], i % 2 ? 9600 : 2400);
		now_us += 10 * USEC_PER_SEC;
	}
	connect_now();
	assert_int_equal(line.baud[4], 2400);
	(void)teardown(NULL);

	/* A line set up for 9600 starts there. */
	line_reset();
	configure(1146);
	assert_int_equal(poll_block(0), -ETIMEDOUT);
	assert_int_equal(line.baud[0], 9600);
	(void)teardown(NULL);

	/* TCP, and a speed that someone chose: never touched. */
	line_reset();
	configure(0);
	assert_int_equal(poll_block(0), -ETIMEDOUT);
	now_us += 10 * USEC_PER_SEC;
	assert_int_equal(poll_block(0), -ETIMEDOUT);
	(void)teardown(NULL);
	configure(573);
	assert_int_equal(poll_block(0), -ETIMEDOUT);
	assert_int_equal(line.n_baud, 0);
}

/* A unit may take 10 s to answer a connect; the exchange itself waits 2 s. */
static void test_late_connect(void **u)
{
	line_reset();
	profile_all();
	configure(4584);
	arrives(CONNECTED, 7 * USEC_PER_SEC, 4584);
	assert_int_equal(poll_block(0), -ETIMEDOUT);
	now_us += 8 * USEC_PER_SEC;
	assert_int_equal(poll_block(0), 0);
	assert_int_equal(line.n_sent, 1);
	assert_int_equal(line.n_baud, 1);
}

static void test_exchange(void **u)
{
	uint8_t want[32];
	struct reading r[POINTS_MAX];
	int n = hex_decode("FC 42 01 30 10 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 7B",
		want, sizeof(want));
	unsigned settings;

	line_reset();
	profile_all();
	configure(4584);
	settings = block_of(0x02);
	connect_now();

	/* One byte at a time, behind noise and behind a late reply to another query. */
	arrives("55 FC 00", 20000, 1000);
	arrives(TEMPERATURES, 30000, 4584);
	arrives(SETTINGS, 300000, 4584);
	assert_int_equal(poll_block(settings), 0);
	assert_memory_equal(line.sent[1], want, (size_t)n);
	assert_int_equal(result.n_raws, 2);
	assert_int_equal(result.raws[0].block, RAW_UNASKED);
	assert_int_equal(result.raws[1].block, settings);
	assert_int_equal(result.raws[1].len, 22);
	assert_int_equal(result.raws[1].t_us, now_us);

	n = adapter_mitsubishi_cn105.decode(&state, &result.raws[0], r, POINTS_MAX);
	assert_int_equal(n, 3);
	assert_true(reading_of("temperatures.room", r, n)->num == 24.0);
	assert_int_equal(reading_of("temperatures.room", r, n)->quality, QUALITY_GOOD);
	n = adapter_mitsubishi_cn105.decode(&state, &result.raws[1], r, POINTS_MAX);
	assert_int_equal(n, 12);
	assert_true(reading_of("settings.setpoint", r, n)->num == 21.5);
	assert_int_equal(reading_of("settings.setpoint", r, n)->t_us, result.raws[1].t_us);
	assert_int_equal(reading_of("settings.target_humidity", r, n)->quality, QUALITY_ABSENT);
	assert_int_equal(adapter_mitsubishi_cn105.decode(&state, &result.raws[1], r, 4), 4);

	/* A reply under another block's number is no reply of that block. */
	result.raws[1].block = (uint16_t)block_of(0x03);
	assert_int_equal(
		adapter_mitsubishi_cn105.decode(&state, &result.raws[1], r, POINTS_MAX), -EBADMSG);
	result.raws[1].block = 99;
	assert_int_equal(
		adapter_mitsubishi_cn105.decode(&state, &result.raws[1], r, POINTS_MAX), -EBADMSG);
	result.raws[1].block = (uint16_t)settings;
	result.raws[1].len = 21;
	assert_int_equal(
		adapter_mitsubishi_cn105.decode(&state, &result.raws[1], r, POINTS_MAX), -EBADMSG);
	result.raws[1].len = UINT16_MAX;
	assert_int_equal(
		adapter_mitsubishi_cn105.decode(&state, &result.raws[1], r, POINTS_MAX), -EBADMSG);
}

static void test_pacing(void **u)
{
	uint64_t sent;

	line_reset();
	profile_all();
	configure(4584);
	arrives(CONNECTED, 50000, 4584);
	assert_int_equal(poll_block(0), 0);
	sent = line.sent_at[0];
	assert_int_equal(poll_block(1), -EAGAIN);
	assert_int_equal(result.retry_at_us, sent + USEC_PER_SEC);
	assert_int_equal(line.n_sent, 1);
	now_us = result.retry_at_us;
	arrives(SETTINGS, 50000, 4584);
	assert_int_equal(poll_block(1), 0);
	assert_int_equal(line.n_sent, 2);
}

static void test_session(void **u)
{
	line_reset();
	profile_all();
	configure(4584);
	connect_now();
	/* Quick failures: the fifth in a row ends the session. */
	for (unsigned i = 1; i <= 5; i++) {
		assert_int_equal(poll_block(1), -ETIMEDOUT);
		assert_int_equal(result.session_lost, i == 5);
	}
	connect_now();
	/* A query that the unit does not know, others answered between: the session stays. */
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(poll_block(block_of(0x42)), -ETIMEDOUT);
		assert_false(result.session_lost);
		now_us += 60 * USEC_PER_SEC;
		arrives(SETTINGS, 50000, 4584);
		assert_int_equal(poll_block(1), 0);
		now_us += USEC_PER_SEC;
	}
	/* Slow polling: the second failure that is 10 s behind the first one. */
	assert_int_equal(poll_block(1), -ETIMEDOUT);
	assert_false(result.session_lost);
	now_us += 30 * USEC_PER_SEC;
	assert_int_equal(poll_block(1), -ETIMEDOUT);
	assert_true(result.session_lost);
}

static void test_bad_replies(void **u)
{
	line_reset();
	profile_all();
	configure(4584);
	connect_now();
	/* wrong checksum */
	arrives("FC 62 01 30 10 02 00 00 01 01 1A 03 02 00 00 03 AB 00 00 00 00 8D", 50000, 4584);
	assert_int_equal(poll_block(1), -EBADMSG);
	assert_int_equal(result.n_raws, 0);
	/* cut short */
	arrives("FC 62 01 30 10 02 00 00 01 01 1A 03 02", 50000, 4584);
	assert_int_equal(poll_block(1), -EBADMSG);
	/* our own bytes come back: that is no reply */
	arrives("FC 42 01 30 10 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 7B", 50000, 4584);
	assert_int_equal(poll_block(1), -ETIMEDOUT);
	/* a late reply waiting on the line is thrown away before the request */
	arrives(TEMPERATURES, 0, 0);
	arrives(SETTINGS, 50000, 4584);
	assert_int_equal(poll_block(1), 0);
	assert_int_equal(result.n_raws, 1);
	/* a flood of other replies leaves room for the right one */
	now_us += USEC_PER_SEC;
	for (unsigned i = 0; i < 6; i++)
		arrives(TEMPERATURES, 10000 + i * 1000, 0);
	arrives(SETTINGS, 50000, 0);
	assert_int_equal(poll_block(1), 0);
	assert_int_equal(result.n_raws, RAWS_MAX);
	assert_int_equal(result.raws[RAWS_MAX - 1].block, 1);
	/* the port is gone */
	now_us += USEC_PER_SEC;
	line.send_error = -ENODEV;
	assert_int_equal(poll_block(1), -ENODEV);
	assert_false(result.session_lost);
	assert_int_equal(poll_block(99 % (unsigned)blocks.n), -EAGAIN);
}

/* Units without a meter hold power and energy at zero. */
static void test_ever(void **u)
{
	struct reading r[POINTS_MAX];
	unsigned b;
	int n;

	line_reset();
	profile_all();
	configure(4584);
	b = block_of(0x06);
	connect_now();
	arrives(OPERATION_ZERO, 50000, 4584);
	assert_int_equal(poll_block(b), 0);
	n = adapter_mitsubishi_cn105.decode(&state, &result.raws[0], r, POINTS_MAX);
	assert_int_equal(reading_of("operation.power", r, n)->quality, QUALITY_ABSENT);
	assert_int_equal(reading_of("operation.energy", r, n)->quality, QUALITY_ABSENT);
	now_us += USEC_PER_SEC;
	arrives(OPERATION, 50000, 4584);
	assert_int_equal(poll_block(b), 0);
	n = adapter_mitsubishi_cn105.decode(&state, &result.raws[0], r, POINTS_MAX);
	assert_true(reading_of("operation.power", r, n)->num == 8.0);
	assert_true(reading_of("operation.energy", r, n)->num == 136.0);
	now_us += USEC_PER_SEC;
	arrives(OPERATION_ZERO, 50000, 4584);
	assert_int_equal(poll_block(b), 0);
	n = adapter_mitsubishi_cn105.decode(&state, &result.raws[0], r, POINTS_MAX);
	assert_int_equal(reading_of("operation.power", r, n)->quality, QUALITY_GOOD);
	assert_true(reading_of("operation.power", r, n)->num == 0.0);
	assert_int_equal(reading_of("operation.energy", r, n)->quality, QUALITY_GOOD);
}

static void test_bad_values(void **u)
{
	struct reading r[POINTS_MAX];
	struct raw raw = {.block = RAW_UNASKED, .t_us = 7};
	uint8_t payload[16] = {CN105_ERROR, 0, 0, 0, 0x80, 0xA0, 0xF6};
	int n;

	line_reset();
	profile_all();
	configure(0);
	raw.len = (uint16_t)mitsubishi_build(
		raw.data, MITSUBISHI_GET_REPLY, MITSUBISHI_HEADER_AIR, payload, 16);
	n = adapter_mitsubishi_cn105.decode(&state, &raw, r, POINTS_MAX);
	assert_int_equal(n, 2);
	assert_int_equal(r[0].quality, QUALITY_SUSPECT);
	assert_int_equal(r[0].reason, REASON_DECODE);
	assert_int_equal(r[0].raw, 0x80A0);
	assert_int_equal(r[1].quality, QUALITY_SUSPECT);
	/* a query that no point wants, a set, a foreign header */
	payload[0] = 0x10;
	raw.len = (uint16_t)mitsubishi_build(
		raw.data, MITSUBISHI_GET_REPLY, MITSUBISHI_HEADER_AIR, payload, 16);
	assert_int_equal(adapter_mitsubishi_cn105.decode(&state, &raw, r, POINTS_MAX), 0);
	raw.len = (uint16_t)mitsubishi_build(
		raw.data, MITSUBISHI_SET, MITSUBISHI_HEADER_AIR, payload, 16);
	assert_int_equal(adapter_mitsubishi_cn105.decode(&state, &raw, r, POINTS_MAX), -EBADMSG);
	raw.len = (uint16_t)mitsubishi_build(
		raw.data, MITSUBISHI_GET_REPLY, MITSUBISHI_HEADER_WATER, payload, 16);
	assert_int_equal(adapter_mitsubishi_cn105.decode(&state, &raw, r, POINTS_MAX), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_captured),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_more_kinds),
		cmocka_unit_test(test_resync),
		cmocka_unit_test(test_fields),
		cmocka_unit_test_teardown(test_configure, teardown),
		cmocka_unit_test_teardown(test_connect, teardown),
		cmocka_unit_test_teardown(test_speeds, teardown),
		cmocka_unit_test_teardown(test_late_connect, teardown),
		cmocka_unit_test_teardown(test_exchange, teardown),
		cmocka_unit_test_teardown(test_pacing, teardown),
		cmocka_unit_test_teardown(test_session, teardown),
		cmocka_unit_test_teardown(test_bad_replies, teardown),
		cmocka_unit_test_teardown(test_ever, teardown),
		cmocka_unit_test_teardown(test_bad_values, teardown),
	};

	return cmocka_run_group_tests_name("mitsubishi-cn105", tests, NULL, NULL);
}
