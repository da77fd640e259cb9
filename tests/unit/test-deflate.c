/* SPDX-License-Identifier: Apache-2.0 */
/* Streams that lie: bombs, truncated, trailing, the wrong dictionary. And the sums of FIPS 180-4. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/report/deflate.h"

static void check_sha(const char *text, size_t n, const char *hex)
{
	uint8_t h[32];
	char got[65];

	sha256(text, n, h);
	for (int i = 0; i < 32; i++)
		(void)snprintf(got + 2 * i, 3, "%02x", h[i]);
	assert_string_equal(got, hex);
}

static void test_sha256(void **s)
{
	char *million = malloc(1000000);
	char id[17];

	memset(million, 'a', 1000000);
	check_sha("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	check_sha("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	check_sha("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	check_sha(million, 1000000,
		"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	/* Where the padding needs a block of its own: independent values by hashlib. */
	check_sha(million, 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
	check_sha(million, 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
	dictionary_id("abc", 3, id);
	assert_string_equal(id, "ba7816bf8f01cfea");
	free(million);
}

static void test_round_trip(void **s)
{
	static const size_t sizes[] = {0, 1, 2, 100, 4096, 70000};
	struct dictionary dict = {"0123456789", 10};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		for (int with = 0; with < 2; with++) {
			size_t n = sizes[i], zn, bn;
			uint8_t *p = malloc(n + 1);
			void *z, *back;

			for (size_t k = 0; k < n; k++)
				p[k] = (uint8_t)(k * k >> 7);
			assert_int_equal(deflate_bytes(p, n, with ? &dict : NULL, &z, &zn), 0);
			assert_true(deflate_is_stream(z, zn));
			assert_int_equal(inflate_bytes(z, zn, &dict, 1, n, &back, &bn), 0);
			assert_int_equal(bn, n);
			assert_memory_equal(back, p, n);
			assert_int_equal(((char *)back)[n], 0);
			free(back);
			if (n > 0)
				assert_int_equal(
					inflate_bytes(z, zn, &dict, 1, n - 1, &back, &bn), -E2BIG);
			free(z);
			free(p);
		}
}

static void test_bomb(void **s)
{
	size_t n = 32 * 1024 * 1024, zn, bn;
	void *p = calloc(1, n), *z, *back;

	assert_int_equal(deflate_bytes(p, n, NULL, &z, &zn), 0);
	assert_true(zn < 64 * 1024);
	assert_int_equal(inflate_bytes(z, zn, NULL, 0, INFLATE_MAX, &back, &bn), -E2BIG);
	free(z);
	assert_int_equal(deflate_bytes(p, INFLATE_MAX, NULL, &z, &zn), 0);
	assert_int_equal(inflate_bytes(z, zn, NULL, 0, INFLATE_MAX, &back, &bn), 0);
	assert_int_equal(bn, INFLATE_MAX);
	free(back);
	free(z);
	free(p);
}

static void test_damage(void **s)
{
	static const char text[] =
		"{\"schema\":\"hearth.report/1\",\"gw\":\"k3v9\",\"epoch\":\"7f\"}";
	size_t zn, bn;
	uint8_t *z, *longer;
	void *p, *back = (void *)1;
	unsigned passed = 0;

	assert_int_equal(deflate_bytes(text, sizeof(text), NULL, &p, &zn), 0);
	z = p;
	for (size_t k = 0; k < zn; k++)
		assert_int_equal(inflate_bytes(z, k, NULL, 0, 1000, &back, &bn), -EBADMSG);
	for (size_t k = 0; k < zn; k++)
		for (int bit = 0; bit < 8; bit++) {
			int e;

			z[k] ^= (uint8_t)(1 << bit);
			e = inflate_bytes(z, zn, NULL, 0, 1000, &back, &bn);
			z[k] ^= (uint8_t)(1 << bit);
			/* The padding behind the last block carries nothing. */
			if (e == 0) {
				assert_string_equal(back, text);
				free(back);
				back = (void *)1;
				passed++;
			} else
				assert_true(e == -EBADMSG || e == -ENOKEY || e == -E2BIG);
		}
	assert_true(passed < 8);
	longer = calloc(1, zn + 1);
	memcpy(longer, z, zn);
	assert_int_equal(inflate_bytes(longer, zn + 1, NULL, 0, 1000, &back, &bn), -EBADMSG);
	assert_ptr_equal(back, (void *)1);
	free(longer);
	free(p);
	assert_int_equal(inflate_bytes("", 0, NULL, 0, 10, &back, &bn), -EBADMSG);
	assert_int_equal(inflate_bytes("{\"a\":1}", 7, NULL, 0, 10, &back, &bn), -EBADMSG);
	assert_false(deflate_is_stream("{\"a\":1}", 7));
	assert_false(deflate_is_stream("[1]", 3));
	assert_false(deflate_is_stream("x", 1));
}

static void test_dictionaries(void **s)
{
	static const char names[] = "\"local_temperature\":[\"system_mode\":[\"active_power\":[";
	static const char text[] = "{\"local_temperature\":[40,21.8],\"active_power\":[7,120]}";
	struct dictionary good = {names, sizeof(names) - 1}, bad = {names, sizeof(names) - 2};
	struct dictionary both[] = {bad, good};
	size_t zn, plain, bn;
	void *z, *back;

	assert_int_equal(deflate_bytes(text, sizeof(text) - 1, NULL, &z, &plain), 0);
	free(z);
	assert_int_equal(deflate_bytes(text, sizeof(text) - 1, &good, &z, &zn), 0);
	assert_true(zn + 20 < plain);
	assert_int_equal(inflate_bytes(z, zn, NULL, 0, 1000, &back, &bn), -ENOKEY);
	assert_int_equal(inflate_bytes(z, zn, &bad, 1, 1000, &back, &bn), -ENOKEY);
	assert_int_equal(inflate_bytes(z, zn, both, 2, 1000, &back, &bn), 0);
	assert_string_equal(back, text);
	free(back);
	free(z);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_dictionaries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
