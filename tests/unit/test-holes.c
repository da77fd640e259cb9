/* SPDX-License-Identifier: Apache-2.0 */
/* Holes as the journal keeps them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/manager/manager-bus.h"

static void test_there_and_back(void **state)
{
	struct hole v[HOLES_MAX], back[HOLES_MAX];
	uint8_t blob[HOLES_BLOB_MAX];
	size_t n, k = 99;

	for (size_t i = 0; i < HOLES_MAX; i++)
		v[i] = (struct hole){(uint8_t)(1 + i % 3), (uint8_t)(i + 190), (uint8_t)(1 + i % 4),
			(uint8_t)(i * 4), (uint16_t)(i * 1000), (uint16_t)(i * 1000 + 7)};
	n = holes_pack("a-profile", v, HOLES_MAX, blob);
	assert_int_equal(n, 2 + 9 + 8 * HOLES_MAX);
	assert_int_equal(holes_unpack(blob, n, "a-profile", back, &k), 0);
	assert_int_equal(k, HOLES_MAX);
	for (size_t i = 0; i < k; i++) {
		assert_int_equal(back[i].kind, v[i].kind);
		assert_int_equal(back[i].unit, v[i].unit);
		assert_int_equal(back[i].function, v[i].function);
		assert_int_equal(back[i].tests, v[i].tests);
		assert_int_equal(back[i].first, v[i].first);
		assert_int_equal(back[i].last, v[i].last);
	}
	/* Of another profile they say nothing. */
	assert_int_equal(holes_unpack(blob, n, "a-profilf", back, &k), -ESTALE);
	assert_int_equal(holes_unpack(blob, n, "a-profile2", back, &k), -ESTALE);
	n = holes_pack("", NULL, 0, blob);
	assert_int_equal(holes_unpack(blob, n, "", back, &k), 0);
	assert_int_equal(k, 0);
}

static void test_damaged(void **state)
{
	static const struct hole v[2] = {{1, 9, 3, 1, 100, 101}, {2, 9, 3, 1, 110, 120}};
	struct hole back[HOLES_MAX];
	uint8_t blob[HOLES_BLOB_MAX + 8] = {0};
	size_t n = holes_pack("p", v, 2, blob), k = 77;

	for (size_t i = 0; i < n; i++) {
		int r = holes_unpack(blob, i, "p", back, &k);

		/* Cut between two holes it is a shorter list. */
		assert_int_equal(r, i == 3 || i == 11 ? 0 : -EBADMSG);
	}
	blob[0] = 2;
	k = 77;
	assert_int_equal(holes_unpack(blob, n, "p", back, &k), -EBADMSG);
	blob[0] = 1;
	assert_int_equal(holes_unpack(blob, 3 + 8 * (HOLES_MAX + 1), "p", back, &k), -EBADMSG);
	blob[1] = 200;
	assert_int_equal(holes_unpack(blob, n, "p", back, &k), -EBADMSG);
	assert_int_equal(k, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
