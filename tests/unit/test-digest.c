/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/base/digest.h"
#include "daemon/base/sha256.h"

static struct digest of_texts(const char *a, const char *b)
{
	struct digester d = {0};
	struct digest ret;

	digest_text(&d, a);
	digest_text(&d, b);
	digest_end(&d, &ret);
	return ret;
}

/* The same bytes in other pieces are something else, and so is a text that is not there. */
static void test_pieces(void **state)
{
	const struct digest v[] = {of_texts("ab", "c"), of_texts("a", "bc"), of_texts("abc", ""),
		of_texts("abc", NULL), of_texts(NULL, "abc"), of_texts("", "abc"),
		of_texts("c", "ab"), of_texts(NULL, NULL)};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		for (size_t k = 0; k < ARRAY_SIZE(v); k++)
			assert_int_equal(digest_same(&v[i], &v[k]), i == k);
	assert_true(digest_same(&v[0], &(struct digest){0}) == 0);
	{
		const struct digest again = of_texts("ab", "c");

		assert_true(digest_same(&v[0], &again));
	}
}

/* Past the size of the buffer, and exactly at it: one byte anywhere is seen. */
static void test_long(void **state)
{
	static char text[3000];
	struct digest whole, other;

	for (size_t n = 440; n < sizeof(text); n += n < 560 ? 1 : 487) {
		struct digester d = {0};

		memset(text, 'x', sizeof(text));
		digest_add(&d, text, n);
		digest_end(&d, &whole);
		for (size_t at = 0; at < n; at += 211) {
			text[at] = 'y';
			digest_add(&d, text, n);
			digest_end(&d, &other);
			assert_false(digest_same(&whole, &other));
			text[at] = 'x';
		}
		digest_add(&d, text, n - 1);
		digest_end(&d, &other);
		assert_false(digest_same(&whole, &other));
		digest_add(&d, text, n);
		digest_end(&d, &other);
		assert_true(digest_same(&whole, &other));
	}
}

/* What it is made of is written down here, so that it can be counted by hand. */
static void test_known(void **state)
{
	static const uint8_t pieces[] = {0xac, 0x02, 3, 'a', 'b', 0, 2, 'c', 'd'};
	uint8_t bytes[32 + sizeof(pieces)] = {0}, expected[32];
	struct digester d = {0};
	struct digest ret;

	memcpy(bytes + 32, pieces, sizeof(pieces));
	sha256(bytes, sizeof(bytes), expected);
	for (unsigned again = 0; again < 2; again++) { /* an ended one begins anew */
		digest_number(&d, 300);
		digest_text(&d, "ab");
		digest_text(&d, NULL);
		digest_add(&d, "cd", 2);
		digest_end(&d, &ret);
		assert_memory_equal(ret.v, expected, sizeof(expected));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
