/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/model/reading.h"

static void test_names(void **state)
{
	assert_string_equal(quality_name(QUALITY_GOOD), "good");
	assert_string_equal(quality_name(QUALITY_SUSPECT), "suspect");
	assert_string_equal(quality_name((enum quality)200), "unknown");
	for (unsigned i = 0; i < _REASON_MAX; i++) {
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(reason_name(i), reason_name(k));
		assert_true(utf8_valid(reason_text(i, true), strlen(reason_text(i, true))));
		assert_string_not_equal(reason_text(i, true), reason_text(i, false));
		assert_int_equal(strspn(reason_name(i), "abcdefghijklmnopqrstuvwxyz-"),
			strlen(reason_name(i)));
	}
	assert_string_equal(reason_name((enum reason)99), "unknown");
	assert_string_equal(reason_text((enum reason)99, true), "原因不明");
}

static void test_errno(void **state)
{
	assert_int_equal(reason_from_errno(0), REASON_NONE);
	assert_int_equal(reason_from_errno(-ETIMEDOUT), REASON_NO_REPLY);
	assert_int_equal(reason_from_errno(ETIMEDOUT), REASON_NO_REPLY);
	assert_int_equal(reason_from_errno(-EREMOTEIO), REASON_EXCEPTION);
	assert_int_equal(reason_from_errno(-EBADMSG), REASON_BAD_FRAME);
	assert_int_equal(reason_from_errno(-ENODEV), REASON_LINE_DOWN);
	assert_int_equal(reason_from_errno(-ECONNREFUSED), REASON_LINE_DOWN);
	assert_int_equal(reason_from_errno(-EACCES), REASON_LINE_DOWN);
	assert_int_equal(reason_from_errno(-EAGAIN), REASON_SKIPPED);
}

static void test_exceptions(void **state)
{
	assert_string_equal(modbus_exception_name(1), "illegal function");
	assert_string_equal(modbus_exception_name(2), "illegal data address");
	assert_string_equal(modbus_exception_name(11), "gateway target device failed to respond");
	/* 7 was taken out of the specification, 9 never was in it. */
	assert_string_equal(modbus_exception_name(7), "undefined exception code");
	assert_string_equal(modbus_exception_name(9), "undefined exception code");
	assert_string_equal(modbus_exception_name(0), "undefined exception code");
	assert_string_equal(modbus_exception_name(255), "undefined exception code");
}

static void test_vendor_codes(void **state)
{
	assert_true(enum_code_is_vendor(ENUM_CODE_VENDOR | 0));
	assert_true(enum_code_is_vendor(ENUM_CODE_VENDOR | 0xffffffff));
	assert_false(enum_code_is_vendor(0xffffffff));
	assert_false(enum_code_is_vendor(-1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_errno),
		cmocka_unit_test(test_exceptions),
		cmocka_unit_test(test_vendor_codes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
