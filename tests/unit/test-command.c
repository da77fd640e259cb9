/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <jansson.h>

#include "daemon/control/command.h"

static struct command c;

static const char *parse(const char *json)
{
	return command_parse(json, strlen(json), COMMAND_SET, NULL, NULL, &c);
}

#define HEAD \
	"\"schema\":\"hearth.command/1\",\"id\":\"01J:a.b-c_9\",\"expires\":1795001200,\"actor\":" \
	"\"app:anna\""
#define WHAT ",\"appliance\":\"ac-living\",\"attribute\":\"occupied_heating_setpoint\""

static void test_good(void **state)
{
	assert_null(parse("{" HEAD WHAT ",\"value\":21.5,\"for\":3600,\"reason\":\"cold\","
			  "\"client\":\"phone-1\",\"epoch\":\"7f3a91c2\"}"));
	assert_string_equal(c.id, "01J:a.b-c_9");
	assert_int_equal(c.expires_us, INT64_C(1795001200000000));
	assert_string_equal(c.actor, "app:anna");
	assert_string_equal(c.appliance, "ac-living");
	assert_string_equal(c.attribute, "occupied_heating_setpoint");
	assert_string_equal(c.value, "21.5");
	assert_int_equal(c.for_us, 3600 * USEC_PER_SEC);
	assert_string_equal(c.reason, "cold");
	assert_string_equal(c.client, "phone-1");
	assert_string_equal(c.epoch, "7f3a91c2");
	assert_false(c.plain);

	static const struct {
		const char *json, *text;
	} values[] = {{"true", "true"}, {"false", "false"}, {"\"heat\"", "heat"}, {"-7", "-7"},
		{"0.1", "0.1"}, {"1e3", "1000"}, {"\"\\u70ed\"", "\xe7\x83\xad"}};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		char json[512];

		(void)snprintf(json, sizeof(json), "{" HEAD WHAT ",\"value\":%s}", values[i].json);
		assert_null(parse(json));
		assert_string_equal(c.value, values[i].text);
	}
	/* A command attribute has none. */
	assert_null(parse("{" HEAD WHAT "}"));
	assert_string_equal(c.value, "");
}

static void test_names_in_the_topic(void **state)
{
	const char *json = "{" HEAD ",\"value\":1}";

	assert_null(command_parse(json, strlen(json), COMMAND_SET, "ac", "on_off", &c));
	assert_string_equal(c.appliance, "ac");
	assert_string_equal(c.attribute, "on_off");
	/* Not in both places, where they could differ. */
	json = "{" HEAD ",\"value\":1,\"appliance\":\"ac\"}";
	assert_string_equal(
		command_parse(json, strlen(json), COMMAND_SET, "ac", "on_off", &c), "bad-name");
	json = "{" HEAD ",\"value\":1,\"attribute\":\"x\"}";
	assert_string_equal(
		command_parse(json, strlen(json), COMMAND_SET, "ac", "on_off", &c), "bad-name");
	json = "{" HEAD ",\"value\":1}";
	assert_string_equal(
		command_parse(json, strlen(json), COMMAND_SET, "../etc", "x", &c), "bad-name");
	assert_string_equal(
		command_parse(json, strlen(json), COMMAND_SET, "ac", "a/b", &c), "bad-name");
}

static void test_members(void **state)
{
	static const struct {
		const char *json, *word;
	} bad[] = {
		{"", "not-json"},
		{"x", "not-json"},
		{"[]", "not-json"},
		{"null", "not-json"},
		{"{", "not-json"},
		{"{} x", "not-json"},
		{"{" HEAD WHAT ",\"id\":\"2\"}", "not-json"}, /* doubled */
		{"{" HEAD WHAT ",\"value\":NaN}", "not-json"},
		{"{" HEAD WHAT ",\"value\":1e999}", "not-json"},
		{"{" HEAD WHAT ",\"reason\":\"\\u0000\"}", "not-json"},
		{"{" HEAD WHAT ",\"reason\":\"\xff\"}", "not-json"},
		{"{" HEAD WHAT ",\"fro\":3600}", "unknown-member"},
		{"{\"id\":\"1\"}", "schema"},
		{"{\"schema\":\"hearth.command/2\",\"id\":\"1\"}", "schema"},
		{"{\"schema\":1,\"id\":\"1\"}", "schema"},
		{"{\"schema\":\"hearth.command/1\"}", "bad-id"},
		{"{\"id\":\"\"}", "bad-id"},
		{"{\"id\":\"a b\"}", "bad-id"},
		{"{\"id\":\"a/../b\"}", "bad-id"},
		{"{\"id\":\"a\\u001f\"}", "bad-id"},
		{"{\"id\":7}", "bad-id"},
		{"{\"id\":\"\uff4fnce\"}", "bad-id"}, /* a letter of full width */
		{"{\"id\":\"a\\u200b\"}", "bad-id"},
		{"{\"id\":\"1\",\"\\u0069d\":\"2\"}", "not-json"}, /* doubled, spelled otherwise */
		{"{\"id\":\"1\",\"id\\u0000\":\"2\"}", "not-json"},
		{"\xef\xbb\xbf{\"id\":\"1\"}", "not-json"}, /* a mark of byte order */
		{"{\"schema\":\"hearth.command/1\",\"id\":\"1\"}", "bad-expires"},
		{"{\"schema\":\"hearth.command/1\",\"id\":\"1\",\"expires\":\"now\"}",
			"bad-expires"},
		{"{\"schema\":\"hearth.command/1\",\"id\":\"1\",\"expires\":1.5}", "bad-expires"},
		{"{\"schema\":\"hearth.command/1\",\"id\":\"1\",\"expires\":0}", "bad-expires"},
		{"{\"schema\":\"hearth.command/1\",\"id\":\"1\",\"expires\":-1}", "bad-expires"},
		{"{\"schema\":\"hearth.command/1\",\"id\":\"1\",\"expires\":9223372036854775807}",
			"bad-expires"},
		{"{\"schema\":\"hearth.command/1\",\"id\":\"1\",\"expires\":1}", "bad-actor"},
		{"{\"schema\":\"hearth.command/1\",\"id\":\"1\",\"expires\":1,\"actor\":\"\"}",
			"bad-actor"},
		{"{\"schema\":\"hearth.command/1\",\"id\":\"1\",\"expires\":1,"
		 "\"actor\":\"a\\u001b[2J\"}",
			"bad-actor"},
		{"{\"schema\":\"hearth.command/1\",\"id\":\"1\",\"expires\":1,\"actor\":\"a\\u0085\"}",
			"bad-actor"},
		/* What turns the text behind it about would make a record read otherwise than it is. */
		{"{\"schema\":\"hearth.command/1\",\"id\":\"1\",\"expires\":1,\"actor\":\"a\\u202eb\"}",
			"bad-actor"},
		{"{\"schema\":\"hearth.command/1\",\"id\":\"1\",\"expires\":1.0}", "bad-expires"},
		{"{\"schema\":\"hearth.command/1\",\"id\":\"1\",\"expires\":9007199254740993}",
			"bad-expires"},
		{"{" HEAD "}", "bad-name"},
		{"{" HEAD ",\"appliance\":\"ac\"}", "bad-name"},
		{"{" HEAD ",\"attribute\":\"x\"}", "bad-name"},
		{"{" HEAD ",\"appliance\":\"../x\",\"attribute\":\"x\"}", "bad-name"},
		{"{" HEAD ",\"appliance\":\"A\",\"attribute\":\"x\"}", "bad-name"},
		{"{" HEAD ",\"appliance\":\"a\",\"attribute\":\"..\"}", "bad-name"},
		{"{" HEAD ",\"appliance\":\"a\",\"attribute\":\"a/b\"}", "bad-name"},
		{"{" HEAD ",\"appliance\":\"a\",\"attribute\":\"x\\n\"}", "bad-name"},
		{"{" HEAD ",\"appliance\":[],\"attribute\":\"x\"}", "bad-name"},
		{"{" HEAD WHAT ",\"value\":null}", "bad-value"},
		{"{" HEAD WHAT ",\"value\":[1]}", "bad-value"},
		{"{" HEAD WHAT ",\"value\":\"\"}", "bad-value"},
		{"{" HEAD WHAT ",\"value\":\"a\\nb\"}", "bad-value"},
		{"{" HEAD WHAT ",\"for\":0}", "bad-member"},
		{"{" HEAD WHAT ",\"for\":31622401}", "bad-member"},
		{"{" HEAD WHAT ",\"for\":1.5}", "bad-member"},
		{"{" HEAD WHAT ",\"reason\":1}", "bad-member"},
		{"{" HEAD WHAT ",\"reason\":\"\\u0007\"}", "bad-member"},
		{"{" HEAD WHAT ",\"client\":\"a/b\"}", "bad-member"},
		{"{" HEAD WHAT ",\"client\":\"\"}", "bad-member"},
		{"{" HEAD WHAT ",\"epoch\":\"7f3a\"}", "bad-member"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const char *word = parse(bad[i].json);

		if (!word || !streq(word, bad[i].word))
			fail_msg("%s: %s, not %s", bad[i].json, word ? word : "good", bad[i].word);
		/* Each is explained, in both languages, within what an answer may hold. */
		assert_string_equal(command_refusal(word)->word, word);
		assert_in_range(strlen(command_refusal(word)->en), 1, COMMAND_REASON_MAX);
		assert_in_range(strlen(command_refusal(word)->zh), 1, COMMAND_REASON_MAX);
	}
	/* The id is known to the answer, whatever is wrong behind it. */
	assert_non_null(parse("{" HEAD WHAT ",\"value\":[]}"));
	assert_string_equal(c.id, "01J:a.b-c_9");
}

/* A text member of N bytes. */
static const char *with_text(const char *name, size_t n)
{
	static char json[4096];
	size_t used = 0;

	(void)str_appendf(json, sizeof(json), &used,
		"{\"schema\":\"hearth.command/1\",\"expires\":1%s%s%s,\"%s\":\"",
		streq(name, "id") ? "" : ",\"id\":\"1\"",
		streq(name, "actor") ? "" : ",\"actor\":\"a\"",
		streq(name, "appliance")   ? ",\"attribute\":\"x\""
		: streq(name, "attribute") ? ",\"appliance\":\"a\""
					   : WHAT,
		name);
	memset(json + used, 'x', n);
	(void)snprintf(json + used + n, sizeof(json) - used - n, "\"}");
	return json;
}

static void test_lengths(void **state)
{
	static const struct {
		const char *name, *word;
		size_t max;
	} v[] = {{"id", "bad-id", 64}, {"actor", "bad-actor", 63}, {"value", "bad-value", 128},
		{"reason", "bad-member", 128}, {"client", "bad-member", 32},
		{"appliance", "bad-name", 32}, {"attribute", "bad-name", 63}};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		assert_null(parse(with_text(v[i].name, v[i].max)));
		assert_string_equal(parse(with_text(v[i].name, v[i].max + 1)), v[i].word);
	}
}

static void test_depth_and_size(void **state)
{
	static char big[COMMAND_INFLATED_MAX + 1];
	char json[256] = "";

	/* 8 deep is read (and then refused for what it is), 9 is not even that. */
	assert_string_equal(parse("[[[[[[[[]]]]]]]]"), "not-json");
	assert_string_equal(parse("[[[[[[[[[]]]]]]]]]"), "too-deep");
	assert_string_equal(parse("{\"a\":[{\"a\":[{\"a\":[{\"a\":[{}]}]}]}]}"), "too-deep");
	/* Brackets in texts, and behind a backslash, do not count. */
	(void)snprintf(json, sizeof(json), "{" HEAD WHAT ",\"reason\":\"[[[[[[[[[\\\"[[[\"}");
	assert_null(parse(json));
	memset(big, '[', sizeof(big));
	assert_string_equal(
		command_parse(big, sizeof(big), COMMAND_SET, NULL, NULL, &c), "too-large");
	assert_string_equal(
		command_parse(big, sizeof(big) - 1, COMMAND_SET, NULL, NULL, &c), "too-deep");
	memset(big, ' ', sizeof(big));
	memcpy(big, "{" HEAD WHAT "}", sizeof("{" HEAD WHAT "}") - 1);
	assert_null(command_parse(big, sizeof(big) - 1, COMMAND_SET, NULL, NULL, &c));
}

static void test_verbs(void **state)
{
	const char *json = "{" HEAD "}";
	enum command_verb v;

	assert_null(command_parse(json, strlen(json), COMMAND_REFRESH, NULL, NULL, &c));
	json = "{" HEAD WHAT "}";
	assert_null(command_parse(json, strlen(json), COMMAND_CLEAR, NULL, NULL, &c));
	assert_string_equal(command_parse(json, strlen(json), COMMAND_REFRESH, NULL, NULL, &c),
		"unknown-member");
	json = "{" HEAD WHAT ",\"value\":1}";
	assert_string_equal(
		command_parse(json, strlen(json), COMMAND_CLEAR, NULL, NULL, &c), "unknown-member");
	assert_true(command_verb_by_name("clear", &v));
	assert_int_equal(v, COMMAND_CLEAR);
	assert_false(command_verb_by_name("Set", &v));
	assert_false(command_verb_by_name("", &v));
}

static void test_plain(void **state)
{
	char long_one[COMMAND_TEXT_MAX];

	assert_null(command_parse_plain("22.5", 4, "ac", "on_off", &c));
	assert_true(c.plain);
	assert_string_equal(c.value, "22.5");
	/* What clears a retained message is no press of a button. */
	assert_string_equal(command_parse_plain("", 0, "ac", "filter.reset", &c), "bad-value");
	assert_string_equal(command_parse_plain("a\0b", 3, "ac", "x", &c), "bad-value");
	assert_string_equal(command_parse_plain("\n", 1, "ac", "x", &c), "bad-value");
	assert_string_equal(command_parse_plain("\xff", 1, "ac", "x", &c), "bad-value");
	assert_string_equal(command_parse_plain("\xc2\x9b", 2, "ac", "x", &c), "bad-value");
	memset(long_one, 'x', sizeof(long_one));
	assert_null(command_parse_plain(long_one, sizeof(long_one) - 1, "ac", "x", &c));
	assert_string_equal(
		command_parse_plain(long_one, sizeof(long_one), "ac", "x", &c), "bad-value");
	assert_null(command_parse_plain("PRESS", 5, "ac", "filter.reset", &c));
	assert_string_equal(c.value, "");
	assert_true(command_is_object(" \n{", 3));
	assert_false(command_is_object("22", 2));
	assert_false(command_is_object("", 0));
}

static void reply(const char *response, const char *client, const char *expected)
{
	char topic[256];

	assert_true(command_reply_topic(
		"hearth/v1/gw", response, COMMAND_SET, client, topic, sizeof(topic)));
	assert_string_equal(topic, expected);
}

static void test_reply_topic(void **state)
{
	static const char *const own = "hearth/v1/gw/cmd/set/reply/any";
	char topic[20];

	reply("", "", own);
	reply("", "phone", "hearth/v1/gw/cmd/set/reply/phone");
	reply("me/answers", "phone", "me/answers");
	reply("hearth/v1/gw/cmd/set/reply/x", "", "hearth/v1/gw/cmd/set/reply/x");
	reply("hearth/v1", "", "hearth/v1");
	reply("hearth/v2/gw/status", "", "hearth/v2/gw/status");
	/* Where others would take it for the gateway's word, or for another gateway's. */
	reply("hearth/v1/gw2/status", "", own);
	reply("hearth/v1/gw2/a/ac/availability", "", own);
	reply("hearth/v1/gw2/cmd/set/reply/x", "", own);
	reply("hearth/v1/g", "", own);
	reply("hearth/v1/gw/status", "", own);
	reply("hearth/v1/gw", "", own);
	reply("hearth/v1/gw/cmd/set", "", own);
	reply("hearth/v1/gw/a/ac/set/on_off", "", own);
	reply("homeassistant/status", "", own);
	reply("$SYS/x", "", own);
	reply("a\x1f"
	      "b",
		"", own);
	assert_false(
		command_reply_topic("hearth/v1/gw", "", COMMAND_SET, "", topic, sizeof(topic)));
}

static void test_answer(void **state)
{
	char *text, reason[400];
	size_t n;
	json_t *o;

	memset(reason, 'r', sizeof(reason));
	reason[COMMAND_REASON_MAX - 1] = '\xc3'; /* a letter of two bytes over the bound */
	reason[COMMAND_REASON_MAX] = '\xa9';
	reason[sizeof(reason) - 1] = 0;
	assert_int_equal(command_answer_compose(&(struct command_answer){.id = "7",
							.verb = COMMAND_SET,
							.appliance = "ac",
							.attribute = "on_off",
							.result = "refused",
							.word = "expired",
							.reason = reason,
							.value = "",
							.first = ""},
				 &text, &n),
		0);
	assert_int_equal(strlen(text), n);
	o = json_loads(text, 0, NULL);
	assert_non_null(o);
	assert_string_equal(json_string_value(json_object_get(o, "schema")), "hearth.answer/1");
	assert_string_equal(json_string_value(json_object_get(o, "id")), "7");
	assert_string_equal(json_string_value(json_object_get(o, "result")), "refused");
	assert_int_equal(
		strlen(json_string_value(json_object_get(o, "reason"))), COMMAND_REASON_MAX - 1);
	assert_null(json_object_get(o, "value"));
	json_decref(o);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_names_in_the_topic),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_depth_and_size),
		cmocka_unit_test(test_verbs),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_reply_topic),
		cmocka_unit_test(test_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
