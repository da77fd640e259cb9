/* SPDX-License-Identifier: Apache-2.0 */
/* Writes on the wire: what is taken for their answer, and how a rule becomes requests. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "profile-text.h"

#include "../../adapters/modbus.h"
#include "daemon/profile/write-rule.h"

static const uint8_t set[] = {6, 0x00, 0x8A, 0x00, 0x15};
static const uint8_t coil[] = {5, 0x00, 0x05, 0xFF, 0x00};
static const uint8_t two[] = {16, 0x00, 0x10, 0x00, 0x02, 4, 1, 2, 3, 4};
static const uint8_t coils[] = {15, 0x00, 0x10, 0x00, 0x09, 2, 0xFF, 0x01};
static const uint8_t mask[] = {22, 0x00, 0x04, 0xFF, 0xF0, 0x00, 0x05};

static size_t rtu(uint8_t unit, const uint8_t *pdu, size_t n, uint8_t *ret)
{
	uint16_t crc;

	ret[0] = unit;
	memcpy(ret + 1, pdu, n);
	crc = modbus_crc16(ret, n + 1);
	ret[n + 1] = (uint8_t)crc;
	ret[n + 2] = (uint8_t)(crc >> 8);
	return n + 3;
}

static void test_parse(void **state)
{
	struct modbus_request rq;
	uint8_t pdu[260] = {16, 0, 0, 0, 123, 246};

	assert_int_equal(modbus_request_parse(1, set, sizeof(set), &rq), 0);
	assert_int_equal(rq.address, 0x8A);
	assert_int_equal(rq.count, 1);
	assert_int_equal(modbus_reply_len(&rq), 5);
	assert_int_equal(modbus_request_parse(1, mask, sizeof(mask), &rq), 0);
	assert_int_equal(modbus_reply_len(&rq), 7);
	assert_int_equal(modbus_request_parse(1, coils, sizeof(coils), &rq), 0);
	assert_int_equal(rq.count, 9);
	assert_int_equal(modbus_request_parse(1, pdu, 6 + 246, &rq), 0);
	/* Lengths and counts that lie. */
	assert_int_equal(modbus_request_parse(1, set, 4, &rq), -EINVAL);
	assert_int_equal(modbus_request_parse(1, mask, 5, &rq), -EINVAL);
	assert_int_equal(modbus_request_parse(1, two, sizeof(two) - 1, &rq), -EINVAL);
	assert_int_equal(modbus_request_parse(1, coils, 5, &rq), -EINVAL);
	pdu[4] = 124;
	pdu[5] = 248;
	assert_int_equal(modbus_request_parse(1, pdu, 6 + 248, &rq), -EINVAL);
	assert_int_equal(
		modbus_request_parse(1, (const uint8_t[]){5, 0, 1, 0, 1}, 5, &rq), -EINVAL);
	assert_int_equal(modbus_request_parse(1,
				 (const uint8_t[]){16, 0xFF, 0xFF, 0, 2, 4, 0, 0, 0, 0}, 10, &rq),
		-EINVAL);
	assert_int_equal(
		modbus_request_parse(1, (const uint8_t[]){23, 0, 1, 0, 1}, 5, &rq), -EOPNOTSUPP);
}

/* One reply to REQUEST; with and without the request coming back before it. */
static enum modbus_verdict judge(const uint8_t *request, size_t n_request, const uint8_t *reply,
	size_t n_reply, bool echoes, bool echo_sent)
{
	uint8_t rx[600];
	struct modbus_request rq;
	struct modbus_found f;
	size_t n = 0;

	assert_int_equal(modbus_request_parse(9, request, n_request, &rq), 0);
	rq.echoes = echoes;
	if (echo_sent)
		n += rtu(9, request, n_request, rx);
	if (reply)
		n += rtu(9, reply, n_reply, rx + n);
	return modbus_rtu_scan(&rq, rx, n, &f);
}

static void test_rtu(void **state)
{
	static const struct {
		const uint8_t *pdu;
		size_t n, n_reply;
	} shapes[] = {{set, sizeof(set), 5}, {coil, sizeof(coil), 5}, {two, sizeof(two), 5},
		{coils, sizeof(coils), 5}, {mask, sizeof(mask), 7}};

	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		const uint8_t *p = shapes[i].pdu;
		size_t n = shapes[i].n, m = shapes[i].n_reply;
		const uint8_t refusal[] = {p[0] | 0x80, 2};

		assert_int_equal(judge(p, n, p, m, false, false), MODBUS_REPLY);
		assert_int_equal(judge(p, n, refusal, 2, false, false), MODBUS_EXCEPTION);
		/* The line gives back what was sent on it, then the answer comes, or does not. */
		assert_int_equal(judge(p, n, p, m, true, true), MODBUS_REPLY);
		assert_int_equal(judge(p, n, refusal, 2, true, true), MODBUS_EXCEPTION);
		assert_int_equal(judge(p, n, NULL, 0, true, true), MODBUS_MORE);
		/* Confirmed with something else: never the answer. */
		for (size_t k = 1; k < m; k++) {
			uint8_t other[8];

			memcpy(other, p, m);
			other[k] ^= 0x01;
			assert_int_not_equal(judge(p, n, other, m, false, false), MODBUS_REPLY);
		}
	}
}

static void test_tcp(void **state)
{
	struct modbus_request rq;
	struct modbus_found f;
	uint8_t frame[MODBUS_FRAME_TCP_MAX];
	size_t n;

	assert_int_equal(modbus_request_parse(9, two, sizeof(two), &rq), 0);
	n = modbus_tcp_build(&rq, 77, frame);
	assert_int_equal(n, 7 + sizeof(two));
	assert_int_equal(be16(frame + 4), 1 + sizeof(two));
	/* The reply: five bytes of the PDU. */
	put_be16(frame + 4, 6);
	assert_int_equal(modbus_tcp_check(&rq, 77, frame, 12, &f), MODBUS_REPLY);
	frame[11] = 3;
	assert_int_equal(modbus_tcp_check(&rq, 77, frame, 12, &f), MODBUS_BAD);
	frame[11] = 2;
	frame[9] = 0x11;
	assert_int_equal(modbus_tcp_check(&rq, 77, frame, 12, &f), MODBUS_BAD);
	/* The request itself, thrown back. */
	n = modbus_tcp_build(&rq, 77, frame);
	assert_int_equal(modbus_tcp_check(&rq, 77, frame, n, &f), MODBUS_BAD);
	assert_int_equal(modbus_request_parse(9, set, sizeof(set), &rq), 0);
	n = modbus_tcp_build(&rq, 78, frame);
	assert_int_equal(modbus_tcp_check(&rq, 78, frame, n, &f), MODBUS_REPLY);
	frame[11] ^= 1;
	assert_int_equal(modbus_tcp_check(&rq, 78, frame, n, &f), MODBUS_BAD);
}

/* ---- from a rule to requests */

static struct profile *load(const char *writes)
{
	char text[2000];

	(void)snprintf(text, sizeof(text),
		"[Profile]\nKind=water_heater\nName=Tank\nSource=test\n[Line]\nUnit=9\n%s", writes);
	return profile_of(text);
}

/* The requests of a write in their order, "06 00 8A 00 01 | …". WORD: what the register holds. */
static void expect(const char *writes, struct write w, uint16_t word, const char *want)
{
	struct profile *p = load(writes);
	uint8_t pdu[MODBUS_FRAME_PDU_MAX];
	char got[400] = "";
	size_t used = 0, n;

	for (unsigned step = 0; step < 16; step++) {
		n = modbus_write_pdu(&p->writes[0], &w, step, word, pdu);
		if (n == 0)
			break;
		for (size_t i = 0; i < n; i++)
			(void)str_appendf(got, sizeof(got), &used, "%s%02X",
				i      ? " "
				: step ? " | "
				       : "",
				pdu[i]);
	}
	assert_string_equal(got, want);
	(void)profile_unref(p);
}

#define END "Min=0\nMax=10\nVolatile=yes\n"

static void test_shapes(void **state)
{
	/* One register, a coil, 32 bits in four orders, a float, BCD. */
	expect("[Write vendor.a]\nTo=holding:138\nType=s16\n" END, (struct write){.raw = -2}, 0,
		"06 00 8A FF FE");
	expect("[Write vendor.a]\nTo=coil:5\nType=bit\nVolatile=yes\n", (struct write){.raw = 1}, 0,
		"05 00 05 FF 00");
	expect("[Write vendor.a]\nTo=holding:1\nType=u32\n" END, (struct write){.raw = 0x01020304},
		0, "10 00 01 00 02 04 01 02 03 04");
	expect("[Write vendor.a]\nTo=holding:1\nType=u32\nOrder=little\n" END,
		(struct write){.raw = 0x01020304}, 0, "10 00 01 00 02 04 03 04 01 02");
	expect("[Write vendor.a]\nTo=holding:1\nType=u32\nOrder=big-swap\n" END,
		(struct write){.raw = 0x01020304}, 0, "10 00 01 00 02 04 02 01 04 03");
	expect("[Write vendor.a]\nTo=holding:1\nType=f32\nOrder=little\n" END,
		(struct write){.num = 1.5}, 0, "10 00 01 00 02 04 00 00 3F C0");
	expect("[Write vendor.a]\nTo=holding:1\nType=bcd16\n" END, (struct write){.raw = 1230}, 0,
		"06 00 01 12 30");
	expect("[Write vendor.a]\nTo=holding:1\nType=u16\nFunction=16\n" END,
		(struct write){.raw = 7}, 0, "10 00 01 00 01 02 00 07");
	/* A magic number; two registers in one request; unlock and lock. */
	expect("[Write vendor.a]\nTo=holding:99\nFixed=0x99C6\nVolatile=yes\n",
		(struct write){.raw = 0x99C6}, 0, "06 00 63 99 C6");
	expect("[Write vendor.a]\nTo=holding:4001\nType=u16\nWith=holding:4000=1\n" END,
		(struct write){.raw = 2}, 0, "10 0F A0 00 02 04 00 01 00 02");
	expect("[Write vendor.a]\nTo=coil:8\nType=bit\nWith=coil:9=1 coil:7=1\nVolatile=yes\n",
		(struct write){.raw = 0}, 0, "0F 00 07 00 03 01 05");
	expect("[Write vendor.a]\nTo=holding:2\nType=u16\nBefore=holding:138=1\n"
	       "After=holding:138=0\n" END,
		(struct write){.raw = 3}, 0, "06 00 8A 00 01 | 06 00 02 00 03 | 06 00 8A 00 00");
	/* Bits of a register: read twice, the other bits kept; or the mask function. */
	expect("[Write vendor.a]\nTo=holding:10.8:4\nType=u16\n" END, (struct write){.raw = 5},
		0xABCD, "03 00 0A 00 01 | 03 00 0A 00 01 | 06 00 0A A5 CD");
	expect("[Write vendor.a]\nTo=holding:10.8:4\nType=u16\nFunction=22\n" END,
		(struct write){.raw = 5}, 0, "16 00 0A F0 FF 05 00");
	/* Pulses, and a put-back that is the end of one. */
	expect("[Write vendor.a]\nTo=coil:7\nPulse=500ms\nVolatile=yes\n", (struct write){.raw = 1},
		0, "05 00 07 FF 00 | 05 00 07 00 00");
	expect("[Write vendor.a]\nTo=coil:7\nPulse=500ms\nVolatile=yes\n",
		(struct write){.raw = 1, .restore = true}, 0, "05 00 07 00 00");
	expect("[Write vendor.a]\nTo=holding:3.2\nPulse=1s\nVolatile=yes\n",
		(struct write){.raw = 1}, 0x00F0,
		"03 00 03 00 01 | 03 00 03 00 01 | 06 00 03 00 F4 | 06 00 03 00 F0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_rtu),
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
