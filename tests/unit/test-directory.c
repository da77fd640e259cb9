/* SPDX-License-Identifier: Apache-2.0 */
/* Service directories: the forms of signify, what a list may say, which lists are refused. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/base/base64.h"
#include "daemon/repair/directory.h"

#define HEAD "[Directory]\nPublisher=example\nVersion=7\nIssued=2026-11-01\nExpires=2027-05-01\n"
#define SERVICE \
	"[Service a]\nName=A\nName[zh_CN]=甲\nPhone=+86 10 5550 100\nWeb=https://a.example/x\n" \
	"Mail=help@a.example\nMakers=Midea Gree\nKinds=heat_pump\nRegions=CN\n"

static int parse(const char *text, struct directory **ret, struct problems *p)
{
	return directory_parse(text, strlen(text), "x", p, ret);
}

static void test_good(void **s)
{
	struct directory *d;
	const struct service *v;

	assert_int_equal(parse(HEAD SERVICE, &d, NULL), 0);
	assert_string_equal(d->publisher, "example");
	assert_int_equal(d->version, 7);
	assert_int_equal(d->issued_s, 1793491200);
	assert_int_equal(d->expires_s, 1809216000); /* the day itself still counts */
	assert_false(d->has_next);
	assert_int_equal(d->n, 1);
	v = &d->v[0];
	assert_string_equal(v->name_zh, "甲");
	assert_true(service_fits(v, "midea", "heat_pump", "CN-31"));
	assert_true(service_fits(v, "Gree", "heat_pump", "cn"));
	assert_true(service_fits(v, "Gree", "heat_pump", ""));
	assert_false(service_fits(v, "Gree", "heat_pump", "CNX"));
	assert_false(service_fits(v, "Gree", "heat_pump", "DE"));
	assert_false(service_fits(v, "Gree", "boiler", "CN"));
	assert_false(service_fits(v, "Haier", "heat_pump", "CN"));
	assert_false(service_fits(v, NULL, "heat_pump", "CN"));

	assert_null(directory_refuse(d, 6, 1795001200));
	assert_null(directory_refuse(d, 0, d->expires_s - 1));
	assert_non_null(strstr(directory_refuse(d, 0, d->expires_s), "expired"));
	assert_non_null(strstr(directory_refuse(d, 0, 0), "clock"));
	assert_non_null(strstr(directory_refuse(d, 7, 1795001200), "before"));
	assert_non_null(strstr(directory_refuse(d, 8, 1795001200), "older"));
	directory_free(d);
	assert_int_equal(parse(HEAD, &d, NULL), 0); /* an empty one takes contacts back */
	assert_int_equal(d->n, 0);
	directory_free(d);
}

static void test_bad(void **s)
{
	static const char *const bad[] = {
		"",
		SERVICE,
		"[Directory]\n",
		HEAD "Version=8\n",
		HEAD SERVICE SERVICE,
		"[Directory]\nPublisher=example\nVersion=0\nIssued=2026-11-01\nExpires=2027-05-01\n",
		"[Directory]\nPublisher=example\nVersion=-1\nIssued=2026-11-01\nExpires=2027-05-01\n",
		"[Directory]\nPublisher=../x\nVersion=1\nIssued=2026-11-01\nExpires=2027-05-01\n",
		"[Directory]\nPublisher=example\nVersion=1\nIssued=2026-11-31\nExpires=2027-05-01\n",
		"[Directory]\nPublisher=example\nVersion=1\nIssued=2026-11-01\nExpires=never\n",
		"[Directory]\nPublisher=example\nVersion=1\nIssued=2026-11-01\nExpires=2027-05-011\n",
		HEAD "NextKey=RWQ\n",
		HEAD "[Service a]\nName=A\nMakers=*\nKinds=*\nRegions=*\n", /* no way to call */
		HEAD "[Service a]\nPhone=1\nMakers=*\nKinds=*\nRegions=*\n",
		HEAD "[Service a]\nName=A\nPhone=call me\nMakers=*\nKinds=*\nRegions=*\n",
		HEAD "[Service a]\nName=A\nPhone=+\nMakers=*\nKinds=*\nRegions=*\n",
		HEAD "[Service a]\nName=A\nWeb=http://a.example\nMakers=*\nKinds=*\nRegions=*\n",
		HEAD "[Service a]\nName=A\nWeb=javascript:alert(1)\nMakers=*\nKinds=*\nRegions=*\n",
		HEAD
		"[Service a]\nName=A\nWeb=https://a.example/\"><b>\nMakers=*\nKinds=*\nRegions=*\n",
		HEAD "[Service a]\nName=A\nMail=nobody\nMakers=*\nKinds=*\nRegions=*\n",
		HEAD "[Service a]\nName=A\nPhone=1\nKinds=*\nRegions=*\n",
		HEAD "[Service A B]\nName=A\nPhone=1\nMakers=*\nKinds=*\nRegions=*\n",
	};
	struct directory *d = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct problems p = {0};

		assert_int_equal(parse(bad[i], &d, &p), -EINVAL);
		assert_true(p.n_errors > 0);
		problems_done(&p);
	}
	assert_null(d);
	/* At the bound of services, and one more. */
	char *text = malloc(64 * 1024);
	size_t used;

	for (size_t n = DIRECTORY_SERVICES_MAX; n <= DIRECTORY_SERVICES_MAX + 1; n++) {
		used = (size_t)sprintf(text, "%s", HEAD);
		for (size_t i = 0; i < n; i++)
			used += (size_t)sprintf(text + used,
				"[Service s%zu]\nName=A\nPhone=1\nMakers=*\nKinds=*\nRegions=*\n",
				i);
		assert_int_equal(directory_parse(text, used, "x", NULL, &d),
			n == DIRECTORY_SERVICES_MAX ? 0 : -EINVAL);
		if (n == DIRECTORY_SERVICES_MAX)
			assert_int_equal(d->n, n);
		d = directory_free(d);
	}
	memset(text, '#', DIRECTORY_SIZE_MAX + 1);
	assert_int_equal(directory_parse(text, DIRECTORY_SIZE_MAX + 1, "x", NULL, &d), -EINVAL);
	free(text);
}

/* The forms as signify(1) writes them: "Ed", eight bytes of number, key or signature. */
static void test_forms(void **s)
{
	uint8_t raw[74] = {'E', 'd', 1, 2, 3, 4, 5, 6, 7, 8, 9};
	char line[BASE64_SIZE(74)], text[512], other[520];
	struct signify_signed file;
	struct signify_key key;
	size_t n;

	base64_encode(line, raw, 42);
	n = (size_t)sprintf(text, "untrusted comment: test public key\n%s\n", line);
	assert_int_equal(signify_parse_key(text, n, &key), 0);
	assert_int_equal(key.number[7], 8);
	assert_int_equal(key.key[0], 9);
	for (size_t i = 0; i < n; i++) /* cut anywhere */
		assert_int_equal(signify_parse_key(text, i, &key), -EBADMSG);
	(void)sprintf(other, "%sx", text);
	assert_int_equal(signify_parse_key(other, n + 1, &key), -EBADMSG);
	raw[1] = 'x';
	base64_encode(line, raw, 42);
	(void)sprintf(other, "untrusted comment: test\n%s\n", line);
	assert_int_equal(signify_parse_key(other, strlen(other), &key), -EBADMSG);
	assert_int_equal(signify_parse_key(text + 1, n - 1, &key), -EBADMSG);

	raw[1] = 'd';
	base64_encode(line, raw, 74);
	n = (size_t)sprintf(text, "untrusted comment: x\n%s\nhello\n", line);
	assert_int_equal(signify_parse_signed(text, n, &file), 0);
	assert_int_equal(file.n, 6);
	assert_memory_equal(file.message, "hello\n", 6);
	assert_int_equal(file.signature[0], 9);
	assert_int_equal(signify_parse_key(text, n, &key), -EBADMSG);
	assert_int_equal(signify_parse_signed(text, n - 6, &file), 0);
	assert_int_equal(file.n, 0);
	assert_int_equal(signify_parse_signed(text, n - 7, &file), -EBADMSG);
	assert_int_equal(signify_parse_signed("hello", 5, &file), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
