/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "share/image.h"

#define SEC USEC_PER_SEC
#define T0  (1000 * SEC)

static struct image *m;

static void frame(enum tap_kind kind, uint64_t t, uint32_t lost, const uint8_t *p, size_t n)
{
	struct tap_frame f = {.kind = kind, .boot_us = t, .lost = lost, .len = (uint16_t)n};
	uint8_t buf[TAP_MAX];
	struct tap_frame back;

	memcpy(f.data, p, n);
	assert_int_equal(tap_decode(buf, tap_encode(&f, buf), &back), 0);
	assert_int_equal(back.kind, kind);
	assert_int_equal(back.boot_us, t);
	assert_int_equal(back.lost, lost);
	image_take(m, &back);
}

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

static void ask(uint64_t t, uint8_t unit, uint8_t function, uint16_t address, uint16_t count)
{
	struct modbus_request rq = {
		.unit = unit, .function = function, .address = address, .count = count};
	uint8_t pdu[MODBUS_READ_PDU], buf[16];

	modbus_request_pdu(&rq, pdu);
	frame(TAP_TO, t, 0, buf, rtu(unit, pdu, sizeof(pdu), buf));
}

static void reply(uint64_t t, uint8_t unit, uint8_t function, size_t n, ...)
{
	uint8_t pdu[64] = {function, (uint8_t)(2 * n)}, buf[80];
	va_list ap;

	va_start(ap, n);
	for (size_t i = 0; i < n; i++)
		put_be16(pdu + 2 + 2 * i, (uint16_t)va_arg(ap, int));
	va_end(ap);
	frame(TAP_FROM, t, 0, buf, rtu(unit, pdu, 2 + 2 * n, buf));
}

/* The exception, or -1 with the reply in PDU. */
static uint8_t pdu[MODBUS_FRAME_PDU_MAX];
static int answer(uint64_t now, uint8_t unit, uint8_t function, uint16_t address, uint16_t count)
{
	uint8_t rq[MODBUS_READ_PDU] = {function};
	size_t n;

	put_be16(rq + 1, address);
	put_be16(rq + 3, count);
	n = image_answer(m, unit, rq, sizeof(rq), now, pdu);
	if (n == 2 && (pdu[0] & 0x80)) {
		assert_int_equal(pdu[0], function | 0x80);
		return pdu[1];
	}
	assert_int_equal(n, 2 + modbus_reply_bytes(function, count));
	return -1;
}

static int setup(void **state)
{
	assert_int_equal(image_new(&m), 0);
	frame(TAP_HELLO, T0, 0, (const uint8_t *)"rtu rs485-0", 11);
	return 0;
}

static int teardown(void **state)
{
	m = image_free(m);
	return 0;
}

static void test_served(void **state)
{
	assert_int_equal(answer(T0, 5, 3, 100, 2), 10);
	ask(T0, 5, 3, 100, 3);
	reply(T0, 5, 3, 3, 11, 22, 33);
	assert_int_equal(answer(T0, 5, 3, 101, 2), -1);
	assert_int_equal(be16(pdu + 2), 22);
	assert_int_equal(be16(pdu + 4), 33);
	/* One of them was never read; another bank; another unit. */
	assert_int_equal(answer(T0, 5, 3, 102, 2), 11);
	assert_int_equal(answer(T0, 5, 4, 101, 2), 11);
	assert_int_equal(answer(T0, 6, 3, 101, 2), 10);
	assert_int_equal(image_cells(m), 3);
}

static void test_bits(void **state)
{
	uint8_t buf[16];

	ask(T0, 1, 1, 8, 10);
	frame(TAP_FROM, T0, 0, buf, rtu(1, (const uint8_t[]){1, 2, 0x05, 0x02}, 4, buf));
	assert_int_equal(answer(T0, 1, 1, 9, 9), -1);
	assert_int_equal(pdu[1], 2);
	assert_int_equal(pdu[2], 0x02); /* 10 alone */
	assert_int_equal(pdu[3], 0x01); /* 17 */
}

static void test_age(void **state)
{
	/* Read once: a minute. Each 10 s: 30 s. Each second: 5 s at least. Each hour: 10 min at most. */
	ask(T0, 5, 3, 0, 1);
	reply(T0, 5, 3, 1, 7);
	assert_int_equal(answer(T0 + 60 * SEC, 5, 3, 0, 1), -1);
	assert_int_equal(answer(T0 + 61 * SEC, 5, 3, 0, 1), 11);
	ask(T0 + 10 * SEC, 5, 3, 0, 1);
	reply(T0 + 10 * SEC, 5, 3, 1, 8);
	assert_int_equal(answer(T0 + 40 * SEC, 5, 3, 0, 1), -1);
	assert_int_equal(be16(pdu + 2), 8);
	assert_int_equal(answer(T0 + 41 * SEC, 5, 3, 0, 1), 11);
	ask(T0 + 11 * SEC, 5, 3, 0, 1);
	reply(T0 + 11 * SEC, 5, 3, 1, 9);
	assert_int_equal(answer(T0 + 16 * SEC, 5, 3, 0, 1), -1);
	assert_int_equal(answer(T0 + 17 * SEC, 5, 3, 0, 1), 11);
	ask(T0 + 3611 * SEC, 5, 3, 0, 1);
	reply(T0 + 3611 * SEC, 5, 3, 1, 9);
	assert_int_equal(answer(T0 + 4211 * SEC, 5, 3, 0, 1), -1);
	assert_int_equal(answer(T0 + 4212 * SEC, 5, 3, 0, 1), 11);
}

static void test_not_believed(void **state)
{
	uint8_t buf[16];
	size_t n;

	reply(T0, 5, 3, 1, 7); /* nobody asked */
	ask(T0, 5, 3, 0, 1);
	reply(T0, 6, 3, 1, 7); /* somebody else */
	reply(T0, 5, 4, 1, 7);
	reply(T0, 5, 3, 2, 7, 8);
	assert_int_equal(image_cells(m), 0);
	ask(T0, 5, 3, 0, 1);
	n = rtu(5, (const uint8_t[]){3, 2, 0, 7}, 4, buf);
	buf[4] ^= 1;
	frame(TAP_FROM, T0, 0, buf, n);
	assert_int_equal(image_cells(m), 0);
	/* A frame was lost between request and reply: whose is it? */
	ask(T0, 5, 3, 0, 1);
	frame(TAP_FROM, T0, 1, buf, rtu(5, (const uint8_t[]){3, 2, 0, 7}, 4, buf));
	assert_int_equal(image_cells(m), 0);
	/* An exception brings nothing. */
	ask(T0, 5, 3, 0, 1);
	frame(TAP_FROM, T0, 0, buf, rtu(5, (const uint8_t[]){0x83, 2}, 2, buf));
	assert_int_equal(image_cells(m), 0);
	/* In pieces it is one. */
	ask(T0, 5, 3, 0, 1);
	n = rtu(5, (const uint8_t[]){3, 2, 0, 7}, 4, buf);
	frame(TAP_FROM, T0, 0, buf, 3);
	frame(TAP_FROM, T0 + 1, 0, buf + 3, n - 3);
	assert_int_equal(answer(T0, 5, 3, 0, 1), -1);
}

static void test_tcp(void **state)
{
	frame(TAP_HELLO, T0, 0, (const uint8_t *)"tcp pool", 8);
	frame(TAP_TO, T0, 0, (const uint8_t[]){0, 9, 0, 0, 0, 6, 1, 4, 0, 5, 0, 1}, 12);
	frame(TAP_FROM, T0, 0, (const uint8_t[]){0, 8, 0, 0, 0, 5, 1, 4, 2, 0, 1}, 11);
	assert_int_equal(image_cells(m), 0);
	frame(TAP_TO, T0, 0, (const uint8_t[]){0, 9, 0, 0, 0, 6, 1, 4, 0, 5, 0, 1}, 12);
	frame(TAP_FROM, T0, 0, (const uint8_t[]){0, 9, 0, 0, 0, 5, 1, 4, 2, 0x12, 0x34}, 11);
	assert_int_equal(answer(T0, 1, 4, 5, 1), -1);
	assert_int_equal(be16(pdu + 2), 0x1234);
}

static void test_refused(void **state)
{
	static const uint8_t functions[] = {0, 5, 6, 15, 16, 22, 23, 17, 43, 0x83, 0xFF};

	ask(T0, 5, 3, 0, 1);
	reply(T0, 5, 3, 1, 7);
	for (size_t i = 0; i < sizeof(functions); i++) {
		uint8_t rq[] = {functions[i], 0, 0, 0, 1};

		assert_int_equal(image_answer(m, 5, rq, sizeof(rq), T0, pdu), 2);
		assert_int_equal(pdu[0], functions[i] | 0x80);
		assert_int_equal(pdu[1], 1);
	}
	assert_int_equal(answer(T0, 5, 3, 0, 0), 3);
	assert_int_equal(answer(T0, 5, 3, 0, 126), 3);
	assert_int_equal(answer(T0, 5, 3, 65535, 2), 3);
	assert_int_equal(image_answer(m, 5, (const uint8_t[]){3, 0}, 2, T0, pdu), 2);
	assert_int_equal(pdu[1], 3);
	assert_int_equal(image_answer(m, 5, NULL, 0, T0, pdu), 2);
}

static void test_bound(void **state)
{
	/* 2 units of 65536 registers, a hundred at a time. */
	for (unsigned u = 1; u <= 2; u++)
		for (unsigned a = 0; a + 25 <= 65536; a += 25) {
			ask(T0, (uint8_t)u, 3, (uint16_t)a, 25);
			reply(T0, (uint8_t)u, 3, 25, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
				15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25);
		}
	assert_int_equal(image_cells(m), IMAGE_CELLS_MAX);
	assert_true(image_refused_cells(m) > 100000);
	assert_int_equal(answer(T0, 1, 3, 0, 25), -1);
	assert_int_equal(answer(T0, 2, 3, 0, 25), 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_served, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_age, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_believed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tcp, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bound, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
