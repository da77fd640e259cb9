/* SPDX-License-Identifier: Apache-2.0 */
/* A request's life, hostile answers of desks, the visit code and where it must not be; base64. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/base/base64.h"
#include "daemon/repair/repair.h"

#define ID "0123456789abcdef0123456789abcdef"

static struct repair_request request(void)
{
	struct repair_request r = {
		.number = 7, .phase = REQUEST_SENT, .made_s = 1795001200, .seq = 12};

	strcpy(r.id, ID);
	strcpy(r.appliance, "pool");
	strcpy(r.upstream, "cloud");
	strcpy(r.epoch, "7f3a91c2");
	memset(r.salt, 0x5a, sizeof(r.salt));
	return r;
}

static void test_base64(void **s)
{
	/* RFC 4648, section 10. */
	static const struct {
		const char *plain, *text;
	} v[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
		{"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
	static const char *const bad[] = {"Zg=", "Zg", "Zh==", "Zm9=", "Z===", "====", "Zm 9v",
		"Zm9v\n", "Zg==Zg==", "Zm9_", "Z=9v"};
	char text[32];
	uint8_t raw[32];

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		base64_encode(text, v[i].plain, strlen(v[i].plain));
		assert_string_equal(text, v[i].text);
		assert_int_equal(base64_decode(text, strlen(text), raw), strlen(v[i].plain));
		assert_memory_equal(raw, v[i].plain, strlen(v[i].plain));
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(base64_decode(bad[i], strlen(bad[i]), raw), -EBADMSG);
}

static int answer(const char *text, struct repair_answer *a, const char **why)
{
	char id[REPAIR_ID_SIZE];

	return repair_answer_parse(text, strlen(text), a, id, why);
}

#define ANSWER(status, t, more) \
	"{\"schema\":\"hearth.progress/1\",\"request\":\"" ID "\",\"status\":\"" status \
	"\",\"t\":" #t more "}"

static void test_answers(void **s)
{
	struct repair_request r = request();
	struct repair_answer a;
	const char *why;

	assert_int_equal(answer(ANSWER("accepted", 100, ",\"reference\":\"A-1\""), &a, &why), 0);
	assert_string_equal(a.reference, "A-1");
	assert_int_equal(repair_answer_apply(&r, &a), 0);
	assert_int_equal(r.phase, REQUEST_ACCEPTED);
	assert_int_equal(repair_answer_apply(&r, &a), -ESTALE); /* again */
	assert_int_equal(
		answer(ANSWER("appointment", 200,
			       ",\"appointment\":{\"from\":300,\"to\":400},\"who\":\"Li\\u0007\","
			       "\"text\":{\"en\":\"Morning\",\"zh\":\"上午\"}"),
			&a, &why),
		0);
	assert_int_equal(a.from_s, 300);
	assert_string_equal(a.who, "Li ");
	assert_int_equal(
		answer(ANSWER("accepted", 200, ",\"who\":\"a\\u009b31mb\\u00a0\""), &a, &why), 0);
	assert_string_equal(a.who, "a  31mb\u00a0"); /* C1 commands a terminal too */
	assert_int_equal(
		answer(ANSWER("accepted", 200, ",\"who\":\"a\\u202eb\\u2067\""), &a, &why), 0);
	assert_string_equal(a.who, "a   b   "); /* and nothing reads backwards */
	assert_int_equal(
		answer(ANSWER("appointment", 200,
			       ",\"appointment\":{\"from\":300,\"to\":400},\"text\":{\"en\":"
			       "\"Morning\",\"zh\":\"上午\"}"),
			&a, &why),
		0);
	assert_string_equal(a.text_zh, "上午");
	assert_int_equal(repair_answer_apply(&r, &a), 0);
	assert_int_equal(answer(ANSWER("accepted", 150, ""), &a, &why), 0);
	assert_int_equal(repair_answer_apply(&r, &a), -ESTALE); /* overtaken */
	assert_int_equal(r.phase, REQUEST_APPOINTMENT);
	for (int64_t t = 201; t < 230; t++) {
		a.t_s = t;
		assert_int_equal(repair_answer_apply(&r, &a), 0);
		assert_true(r.n_answers <= REPAIR_ANSWERS_MAX);
	}
	assert_int_equal(r.answers[REPAIR_ANSWERS_MAX - 1].t_s, 229);
	assert_int_equal(answer(ANSWER("closed", 300, ""), &a, &why), 0);
	assert_int_equal(repair_answer_apply(&r, &a), 0);
	assert_false(repair_is_open(&r));
	a.t_s = 400;
	assert_int_equal(repair_answer_apply(&r, &a), -EPERM); /* it is over */
	r.phase = REQUEST_CANCELLED;
	assert_int_equal(repair_answer_apply(&r, &a), -EPERM);
}

static void test_hostile_answers(void **s)
{
	static const char *const bad[] = {"", "{", "[]", "null", "{}", ANSWER("cancelled", 1, ""),
		ANSWER("sent", 1, ""), ANSWER("preparing", 1, ""), ANSWER("", 1, ""),
		ANSWER("accepted", 0, ""), ANSWER("accepted", -5, ""), ANSWER("accepted", 1.5, ""),
		ANSWER("accepted", 99999999999999, ""), ANSWER("accepted", 1, ",\"t\":2"),
		("{\"schema\":\"hearth.answer/2\",\"request\":\"" ID
		 "\",\"status\":\"closed\",\"t\":1}"),
		("{\"schema\":\"hearth.progress/1\",\"request\":\"../../etc/passwd\",\"status\":\"closed\","
		 "\"t\":1}"),
		"{\"schema\":\"hearth.progress/1\",\"request\":7,\"status\":\"closed\",\"t\":1}"};
	char *large = malloc(REPAIR_ANSWER_MAX + 2), text[512];
	struct repair_answer a;
	const char *why;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		why = NULL;
		assert_int_equal(answer(bad[i], &a, &why), -EBADMSG);
		assert_non_null(why);
	}
	memset(large, ' ', REPAIR_ANSWER_MAX + 1);
	large[REPAIR_ANSWER_MAX + 1] = '\0';
	memcpy(large, ANSWER("closed", 1, ""), strlen(ANSWER("closed", 1, "")));
	assert_int_equal(answer(large, &a, &why), -EBADMSG);
	free(large);
	/* Words that do not fit are cut between characters. */
	size_t used = (size_t)snprintf(text, sizeof(text),
		"{\"schema\":\"hearth.progress/1\",\"request\":\"" ID
		"\",\"status\":\"closed\",\"t\":1,\"who\":\"");
	for (int i = 0; i < 40; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "家");
	(void)snprintf(text + used, sizeof(text) - used, "\"}");
	assert_int_equal(answer(text, &a, &why), 0);
	assert_true(strlen(a.who) < sizeof(a.who) && strlen(a.who) % 3 == 0 && strlen(a.who) > 80);
}

static void test_visit(void **s)
{
	static const uint8_t seed[VISIT_SEED] = {0x08, 0x64, 0x29, 0xff, 0xfe};
	struct repair_request r = request();
	char code[VISIT_SIZE], loose[32];

	repair_visit_make(&r, seed, code);
	assert_string_equal(code, "11J2-KZZY");
	assert_int_equal(repair_visit_try(&r, "", 50), -EINVAL);
	assert_int_equal(repair_visit_try(&r, "11J2-KZZ", 50), -EINVAL);
	assert_int_equal(repair_visit_try(&r, "11J2-KZZYY", 50), -EINVAL);
	assert_int_equal(repair_visit_try(&r, "11J2-KZZ!", 50), -EINVAL);
	assert_int_equal(r.wrong, 0); /* what no code can be is no try */
	for (unsigned i = 0; i < REPAIR_TRIES_MAX - 1; i++)
		assert_int_equal(repair_visit_try(&r, i % 2 ? "11J2-KZZZ" : "01J2-KZZY", 50), 0);
	assert_int_equal(r.wrong, REPAIR_TRIES_MAX - 1);
	assert_int_equal(r.visited_s, 0);
	(void)snprintf(loose, sizeof(loose), " iLj2 kzzy ");
	assert_int_equal(repair_visit_try(&r, loose, 50), 1);
	assert_int_equal(r.visited_s, 50);
	assert_int_equal(repair_visit_try(&r, "00000000", 60), 0);
	assert_true(repair_visit_locked(&r));
	assert_int_equal(repair_visit_try(&r, code, 70), -EPERM); /* right, and too late */
	/* The same code of another request is another digest. */
	struct repair_request other = request();

	other.salt[0] ^= 1;
	repair_visit_make(&other, seed, code);
	assert_memory_not_equal(r.digest, other.digest, sizeof(r.digest));
}

static void test_mask(void **s)
{
	for (size_t pad = 0; pad < 6; pad++) { /* each place base64 can have it in */
		char *packet = malloc(64), message[256], text[128];
		uint8_t raw[128];
		size_t n = (size_t)snprintf(packet, 64, "{\"note\":\"%.*s\"}", (int)pad, "xxxxxx");

		assert_int_equal(repair_packet_add_visit(&packet, &n, "11J2-KZZY"), 0);
		assert_int_equal(n, strlen(packet));
		assert_non_null(strstr(packet, "\",\"visit\":\"11J2-KZZY\"}"));
		base64_encode(text, packet, n);
		(void)snprintf(message, sizeof(message),
			"{\"seq\":1,\"payload\":\"%s\",\"sig\":\"AA==\"}", text);
		size_t was = strlen(message);

		repair_mask(message, was);
		assert_int_equal(strlen(message), was);
		char *at = strstr(message, "payload\":\"") + 10;
		int k = base64_decode(at, (size_t)(strchr(at, '"') - at), raw);

		assert_int_equal(k, n);
		assert_null(memmem(raw, (size_t)k, "11J2", 4));
		assert_null(memmem(raw, (size_t)k, "KZZY", 4));
		assert_non_null(memmem(raw, (size_t)k, "*********\"}", 11));
		repair_mask(packet, n);
		assert_null(strstr(packet, "11J2"));
		free(packet);
	}
	char odd[] = "{\"payload\":\"not base64!\"}", open[] = "{\"payload\":\"abc";

	repair_mask(odd, strlen(odd));
	assert_null(strstr(odd, "base64"));
	repair_mask(open, strlen(open));
	repair_mask(open, 0);
}

static void test_stored(void **s)
{
	struct repair_request r = request(), back;
	struct repair_answer a;
	char code[VISIT_SIZE], *p;
	const char *why;
	size_t n;

	repair_visit_make(&r, (const uint8_t *)"12345", code);
	r.wrong = 3;
	r.visited_s = -1;
	for (int64_t t = 1; t <= REPAIR_ANSWERS_MAX; t++) {
		assert_int_equal(
			answer(ANSWER("accepted", 1, ",\"text\":{\"zh\":\"上午\"}"), &a, &why), 0);
		a.t_s = t;
		a.at_s = 10 * t;
		memset(a.text_en, 'x', sizeof(a.text_en) - 1);
		assert_int_equal(repair_answer_apply(&r, &a), 0);
	}
	assert_int_equal(repair_pack(&r, &p, &n), 0);
	assert_true(n < REPAIR_RECORD_MAX);
	assert_null(strstr(p, code));
	assert_int_equal(repair_unpack(p, n, &back), 0);
	assert_int_equal(back.number, 7);
	assert_string_equal(back.id, ID);
	assert_int_equal(back.phase, REQUEST_ACCEPTED);
	assert_int_equal(back.visited_s, -1);
	assert_int_equal(back.wrong, 3);
	assert_int_equal(back.seq, 12);
	assert_int_equal(back.n_answers, REPAIR_ANSWERS_MAX);
	assert_int_equal(back.answers[7].at_s, 80);
	assert_string_equal(back.answers[7].text_zh, "上午");
	assert_int_equal(repair_visit_try(&back, code, 5), 1);
	for (size_t i = 0; i < n; i++) /* cut anywhere */
		assert_int_equal(repair_unpack(p, i, &back), -EBADMSG);
	char *format = strstr(p, "\"format\":1");

	format[9] = '9';
	assert_int_equal(repair_unpack(p, n, &back), -EPROTONOSUPPORT);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_hostile_answers),
		cmocka_unit_test(test_visit),
		cmocka_unit_test(test_mask),
		cmocka_unit_test(test_stored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
