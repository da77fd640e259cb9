/* SPDX-License-Identifier: Apache-2.0 */
/* A command as it comes from a broker: first byte the way (bit 0: names in the topic, bit 1: a bare value,
 * bit 2: it says it is deflated, bits 4-5: the verb), then a topic up to the first NUL, then the payload. */
#include "daemon/control/command.h"
#include "daemon/report/deflate.h"
#include "daemon/upstream/downlink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *s, size_t size)
{
	if (strlen(s) >= size || !utf8_valid(s, strlen(s)))
		abort();
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			abort();
}

static void check(const struct command *c, const char *wrong)
{
	struct command_answer a = {.id = c->id,
		.verb = c->verb,
		.appliance = c->appliance,
		.attribute = c->attribute,
		.result = "refused",
		.word = "",
		.reason = "",
		.value = "",
		.first = ""};
	char topic[256], *json;
	size_t n;

	/* Whatever is wrong, all that an answer or a log names is clean. */
	check_text(c->id, sizeof(c->id));
	check_text(c->actor, sizeof(c->actor));
	check_text(c->reason, sizeof(c->reason));
	check_text(c->client, sizeof(c->client));
	check_text(c->appliance, sizeof(c->appliance));
	check_text(c->attribute, sizeof(c->attribute));
	check_text(c->value, sizeof(c->value));
	if (strpbrk(c->id, "/+#") || strpbrk(c->client, "/+#") || strpbrk(c->attribute, "/+#"))
		abort();
	if (*c->appliance && !id_valid(c->appliance))
		abort();
	if (!wrong && !c->plain && (!*c->id || c->expires_us <= 0 || !*c->actor))
		abort();
	if (wrong && !streq(command_refusal(wrong)->word, wrong))
		abort();
	if (wrong) {
		a.word = wrong;
		a.reason = command_refusal(wrong)->en;
	}
	if (command_answer_compose(&a, &json, &n) < 0 || n > 1024)
		abort();
	free(json);
	if (!command_reply_topic(
		    "hearth/v1/gw", c->value, c->verb, c->client, topic, sizeof(topic)))
		abort();
	check_text(topic, sizeof(topic));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct downlink_levels l = {};
	const char *payload, *wrong, *appliance = NULL, *attribute = NULL;
	enum command_verb verb;
	struct command c;
	char topic[256];
	void *plain = NULL;
	size_t n;

	if (size < 2 || size > 17 * 1024)
		return 0;
	verb = (enum command_verb)((data[0] >> 4 & 3) % 3);
	n = strnlen((const char *)data + 1, MIN(size - 1, sizeof(topic) - 1));
	memcpy(topic, data + 1, n);
	topic[n] = 0;
	payload = (const char *)data + MIN(1 + n + 1, size);
	n = size - (size_t)(payload - (const char *)data);
	if (data[0] & 3) {
		if (!downlink_match("a/+/set/+", topic, &l))
			return 0;
		appliance = l.v[0];
		attribute = l.v[1];
	}
	if (data[0] & 2) {
		wrong = command_parse_plain(payload, n, appliance, attribute, &c);
		check(&c, wrong);
		return 0;
	}
	if (data[0] & 4) {
		if (inflate_bytes(payload, n, NULL, 0, COMMAND_INFLATED_MAX, &plain, &n) < 0)
			return 0;
		if (n > COMMAND_INFLATED_MAX)
			abort();
		payload = plain;
	}
	wrong = command_parse(payload, n, verb, appliance, attribute, &c);
	check(&c, wrong);
	free(plain);
	return 0;
}
