/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "adapters/modbus-identify.h"

static const uint8_t device_id[] = {0x2B, 0x0E, 0x01, 0x00}, report_id[] = {0x11};
/* Modbus application protocol V1.1b3, 6.21, the example's shape. */
static const uint8_t reply[] = {0x2B, 0x0E, 0x01, 0x01, 0x00, 0x00, 0x03, 0x00, 0x03, 'A', 'b', 'c',
	0x01, 0x02, 'X', '1', 0x02, 0x04, 'V', '2', '.', '1'};

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

static void test_valid(void **state)
{
	static const uint8_t write[] = {0x06, 0, 0, 0}, mei13[] = {0x2B, 0x0D, 1, 0},
			     code5[] = {0x2B, 0x0E, 5, 0}, long17[] = {0x11, 0};

	assert_true(modbus_identify_valid(device_id, 4));
	assert_true(modbus_identify_valid(report_id, 1));
	assert_false(modbus_identify_valid(write, 4));
	assert_false(modbus_identify_valid(mei13, 4));
	assert_false(modbus_identify_valid(code5, 4));
	assert_false(modbus_identify_valid(long17, 2));
	assert_false(modbus_identify_valid(device_id, 3));
	assert_false(modbus_identify_valid(device_id, 0));
}

static void test_rtu(void **state)
{
	uint8_t buf[512], sent[MODBUS_IDENTIFY_PDU + 3];
	struct modbus_found f;
	size_t n, at;

	/* Noise, our own echo, another unit's answer, then ours, byte by byte. */
	n = modbus_identify_rtu(5, device_id, 4, sent);
	assert_int_equal(n, 7);
	buf[0] = 0xFE;
	memcpy(buf + 1, sent, n);
	at = 1 + n;
	at += rtu(6, reply, sizeof(reply), buf + at);
	n = at + rtu(5, reply, sizeof(reply), buf + at);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(
			modbus_identify_rtu_scan(5, device_id, 4, buf, i, &f), MODBUS_MORE);
	assert_int_equal(modbus_identify_rtu_scan(5, device_id, 4, buf, n, &f), MODBUS_REPLY);
	assert_int_equal(f.pdu, at + 1);
	assert_int_equal(f.pdu_len, sizeof(reply));
	buf[at + 9] ^= 1;
	assert_int_equal(modbus_identify_rtu_scan(5, device_id, 4, buf, n, &f), MODBUS_MORE);
	n = rtu(5, (const uint8_t[]){0x91, 0x01}, 2, buf);
	assert_int_equal(modbus_identify_rtu_scan(5, report_id, 1, buf, n, &f), MODBUS_EXCEPTION);
	assert_int_equal(f.exception, 1);
	assert_int_equal(modbus_identify_rtu_scan(5, device_id, 4, buf, n, &f), MODBUS_MORE);
	n = rtu(5, (const uint8_t[]){0x11, 0x03, 0x10, 0xFF, 0x07}, 5, buf);
	assert_int_equal(modbus_identify_rtu_scan(5, report_id, 1, buf, n, &f), MODBUS_REPLY);
	assert_int_equal(f.pdu_len, 5);
}

static void test_tcp(void **state)
{
	uint8_t buf[64] = {0x12, 0x34, 0, 0, 0, 1 + sizeof(reply), 7}, sent[16];
	size_t n = 7 + sizeof(reply);
	struct modbus_found f;

	assert_int_equal(modbus_identify_tcp(7, report_id, 1, 0x1234, sent), 8);
	assert_memory_equal(sent, ((uint8_t[]){0x12, 0x34, 0, 0, 0, 2, 7, 0x11}), 8);
	memcpy(buf + 7, reply, sizeof(reply));
	for (size_t i = 0; i < n; i++)
		assert_int_equal(
			modbus_identify_tcp_check(7, device_id, 0x1234, buf, i, &f), MODBUS_MORE);
	assert_int_equal(modbus_identify_tcp_check(7, device_id, 0x1234, buf, n, &f), MODBUS_REPLY);
	assert_int_equal(modbus_identify_tcp_check(7, device_id, 0x1235, buf, n, &f), MODBUS_BAD);
	assert_int_equal(modbus_identify_tcp_check(8, device_id, 0x1234, buf, n, &f), MODBUS_BAD);
	assert_int_equal(
		modbus_identify_tcp_check(7, device_id, 0x1234, buf, n + 1, &f), MODBUS_BAD);
	buf[5]--; /* an object cut off by its own header */
	assert_int_equal(
		modbus_identify_tcp_check(7, device_id, 0x1234, buf, n - 1, &f), MODBUS_BAD);
}

static void test_objects(void **state)
{
	const uint8_t *p;
	uint8_t lying[sizeof(reply)];
	size_t n;

	assert_int_equal(modbus_device_object(reply, sizeof(reply), 1, &p, &n), 0);
	assert_int_equal(n, 2);
	assert_memory_equal(p, "X1", 2);
	assert_int_equal(modbus_device_object(reply, sizeof(reply), 2, &p, &n), 0);
	assert_int_equal(n, 4);
	assert_int_equal(modbus_device_object(reply, sizeof(reply), 3, &p, &n), -ENOENT);
	memcpy(lying, reply, sizeof(reply));
	lying[8] = 200;
	assert_int_equal(modbus_device_object(lying, sizeof(lying), 0, &p, &n), -ENOENT);
	assert_int_equal(modbus_device_object(lying, 3, 0, &p, &n), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_rtu),
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
