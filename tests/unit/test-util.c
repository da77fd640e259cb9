/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/base/util.h"

static void escaped(const char *text, const char *expected)
{
	char dst[200];

	str_escape(dst, sizeof(dst), text, strlen(text));
	assert_string_equal(dst, expected);
	assert_true(utf8_valid(dst, strlen(dst)));
	for (size_t i = 0; dst[i]; i++)
		assert_int_equal(utf8_acting(dst + i, strlen(dst + i)), 0);
}

/* A line of a log is one line, and reads as it is. */
static void test_escape(void **state)
{
	char dst[8];

	escaped("21.5 \u00b0C \u5ba2\u5385 \U0001f525", "21.5 \u00b0C \u5ba2\u5385 \U0001f525");
	escaped("a\nb\r\t\x1b[2J\x7f", "a\\x0ab\\x0d\\x09\\x1b[2J\\x7f");
	escaped("\xc2\x9b"
		"31m",
		"\\xc2\\x9b31m");
	escaped("no\u202egnp.exe", "no\\xe2\\x80\\xaegnp.exe");
	escaped("\u2028\u2066x\u2069", "\\xe2\\x80\\xa8\\xe2\\x81\\xa6x\\xe2\\x81\\xa9");
	/* Joiners and marks of direction belong to scripts. */
	escaped("\u200d\u200f", "\u200d\u200f");
	escaped("\xff\xc0\xaf\xed\xa0\x80\xe2\x80", "\\xff\\xc0\\xaf\\xed\\xa0\\x80\\xe2\\x80");
	/* Cut between characters, never within one or within an escape. */
	str_escape(dst, sizeof(dst), "abcd\u5ba2\u5385", 10);
	assert_string_equal(dst, "abcd\u5ba2");
	str_escape(dst, sizeof(dst), "abcde\n", 6);
	assert_string_equal(dst, "abcde");
	str_escape(dst, 1, "a", 1);
	assert_string_equal(dst, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
