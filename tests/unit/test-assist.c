/* SPDX-License-Identifier: Apache-2.0 */
/* Assistance is never longer than it was asked for: restarts, lost saves, clocks that jump. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/repair/assist.h"

#define T0   (1000 * USEC_PER_SEC)
#define WALL 1795001200
#define HOUR ((int64_t)3600)

static const struct assist two_hours = {"maker", "pool", T0 + 2 * USEC_PER_HOUR};

/* Saved at T0, read at NOW of BOOT with WALL_S: what is left in seconds; -1: nothing. */
static int64_t left(uint64_t boot, uint64_t now, int64_t saved_wall, int64_t wall_s)
{
	char text[ASSIST_RECORD];
	struct assist v[ASSISTS_MAX];
	size_t n = assist_pack(&two_hours, 1, 7, T0, saved_wall, text), got = 9;

	assert_int_equal(assist_unpack(text, n, boot, now, wall_s, v, &got), 0);
	if (got == 0)
		return -1;
	assert_string_equal(v[0].upstream, "maker");
	assert_string_equal(v[0].appliance, "pool");
	return (int64_t)((v[0].until_us - now) / USEC_PER_SEC);
}

static void test_left(void **s)
{
	/* The same start of the machine: to the second, whatever the wall clock says back. */
	assert_int_equal(left(7, T0, WALL, WALL), 2 * HOUR);
	assert_int_equal(left(7, T0 + USEC_PER_HOUR, WALL, WALL + HOUR), HOUR);
	assert_int_equal(left(7, T0 + USEC_PER_HOUR, 0, 0), HOUR);
	assert_int_equal(left(7, T0 + USEC_PER_HOUR, WALL, WALL - 100 * HOUR), HOUR);
	assert_int_equal(left(7, T0 + USEC_PER_HOUR, WALL, WALL + 100 * HOUR), -1);
	assert_int_equal(left(7, T0 + 2 * USEC_PER_HOUR, WALL, WALL), -1);
	assert_int_equal(left(7, T0 + 3 * USEC_PER_HOUR, 0, WALL), -1);
	/* Another one: what was left, a minute ahead; and not beyond the wall clock's end. */
	assert_int_equal(left(8, 5 * USEC_PER_SEC, 0, 0), 2 * HOUR - 60);
	assert_int_equal(left(8, 5 * USEC_PER_SEC, WALL, 0), 2 * HOUR - 60);
	assert_int_equal(left(8, 5 * USEC_PER_SEC, WALL, WALL - HOUR), 2 * HOUR - 60);
	assert_int_equal(left(8, 5 * USEC_PER_SEC, WALL, WALL + HOUR), HOUR);
	assert_int_equal(left(8, 5 * USEC_PER_SEC, WALL, WALL + 2 * HOUR), -1);
	assert_int_equal(left(8, 5 * USEC_PER_SEC, WALL, WALL + 1000 * HOUR), -1);
}

/* A machine that crashes each 59 s, a second before the next save, never has more than was asked for. */
static void test_crashes(void **s)
{
	struct assist v[ASSISTS_MAX] = {two_hours};
	char text[ASSIST_RECORD];
	uint64_t used = 0;
	size_t n = 1, size = assist_pack(v, 1, 0, T0, 0, text);

	for (uint64_t boot = 1; n == 1 && boot < 1000; boot++) {
		uint64_t now = USEC_PER_SEC;

		assert_int_equal(assist_unpack(text, size, boot, now, 0, v, &n), 0);
		if (n == 0)
			break;
		size = assist_pack(v, 1, boot, now, 0, text); /* stored at each start */
		used += MIN(59 * USEC_PER_SEC, v[0].until_us - now);
	}
	assert_int_equal(n, 0);
	assert_true(used <= 2 * USEC_PER_HOUR);
	assert_true(used > USEC_PER_HOUR);
}

static void test_bad(void **s)
{
	static const char *const bad[] = {"", "x", "hearthd assist 2\n",
		"hearthd assist 1\n0000000000000007\n", "hearthd assist 3\n0000000000000007\n",
		"hearthd assist 2\n0000000000000007\nmaker pool 2 3\n",
		"hearthd assist 2\n0000000000000007\n../x pool 2 3 4\n",
		"hearthd assist 2\n0000000000000007\nmaker pool 2 3 4"};
	struct assist v[ASSISTS_MAX], many[ASSISTS_MAX];
	char text[ASSIST_RECORD], longer[ASSIST_RECORD + 64];
	size_t n = 0, size;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(assist_unpack(bad[i], strlen(bad[i]), 7, T0, 0, v, &n), -EBADMSG);
	/* No record makes it longer than a day. */
	(void)snprintf(text, sizeof(text),
		"hearthd assist 2\n0000000000000007\nmaker pool 18446744073709551615 18446744073709551615 0\n");
	assert_int_equal(assist_unpack(text, strlen(text), 7, T0, 0, v, &n), 0);
	assert_int_equal(v[0].until_us - T0, ASSIST_MAX_US);
	assert_int_equal(assist_unpack(text, strlen(text), 8, T0, 0, v, &n), 0);
	assert_int_equal(v[0].until_us - T0, ASSIST_MAX_US);
	/* As many as there may be, with the longest names; and one more. */
	for (size_t i = 0; i < ASSISTS_MAX; i++) {
		many[i] = (struct assist){"", "", UINT64_MAX / 2};
		memset(many[i].upstream, 'u', 32);
		memset(many[i].appliance, 'a', 32);
	}
	size = assist_pack(many, ASSISTS_MAX, 7, T0, WALL, text);
	assert_int_equal(assist_unpack(text, size, 7, T0, WALL, v, &n), 0);
	assert_int_equal(n, ASSISTS_MAX);
	(void)snprintf(longer, sizeof(longer), "%.*su a 1 2 3 4\n", (int)size, text);
	assert_int_equal(assist_unpack(longer, strlen(longer), 7, T0, WALL, v, &n), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_left),
		cmocka_unit_test(test_crashes),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
