/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <jansson.h>
#include <math.h>

static const char *const verbs[] = {
	[COMMAND_SET] = "set", [COMMAND_CLEAR] = "clear", [COMMAND_REFRESH] = "refresh"};

const char *command_verb_name(enum command_verb v)
{
	return verbs[v];
}

bool command_verb_by_name(const char *s, enum command_verb *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (streq(s, verbs[i])) {
			*ret = (enum command_verb)i;
			return true;
		}
	return false;
}

/* ---- refusals */

static const struct command_refusal refusals[] = {
	{"refused", "refused", "已拒绝"},
	{"too-large", "larger than a command may be", "命令过大"},
	{"not-deflated", "not readable: it says deflated and is not", "无法解压"},
	{"too-deep", "objects and lists are nested more than 8 deep", "JSON 嵌套超过 8 层"},
	{"not-json", "not one JSON object without doubled members", "不是有效的 JSON 对象"},
	{"schema", "schema is not hearth.command/1", "schema 不是 hearth.command/1"},
	{"unknown-member", "it has a member that hearth.command/1 does not know",
		"含有 hearth.command/1 未定义的成员"},
	{"bad-id", "id is not 1 to 64 of A-Z a-z 0-9 . _ : -", "id 无效"},
	{"bad-expires", "expires is not a whole number of Unix seconds", "expires 无效"},
	{"bad-actor", "actor is not a text of 1 to 63 bytes without control bytes", "actor 无效"},
	{"bad-name", "appliance or attribute is not a name", "电器或属性名称无效"},
	{"bad-value", "value is not a number, true, false or a text of up to 128 bytes",
		"value 无效"},
	{"bad-member", "a member has the wrong type or size", "某成员的类型或长度不对"},
	{"retained", "a retained message is no command", "保留消息不能作为命令"},
	{"clock-unset", "the gateway does not know the time", "网关时间未校准"},
	{"expired", "it has expired", "命令已过期"},
	{"too-far-ahead", "it expires more than 24 hours ahead", "有效期超过 24 小时"},
	{"stale", "it is of another epoch, or as old as commands that are forgotten already",
		"命令已失效"},
	{"repeated", "a command of this id was taken before", "该 id 的命令已处理过"},
	{"outcome-unknown", "hearthd stopped before the result was known; it is not done again",
		"hearthd 在结果未知时停止；不会再次执行"},
	{"too-many-ids", "too many commands that have not expired", "未过期的命令过多"},
	{"queue-full", "too many commands are waiting", "等待的命令过多"},
	{"too-many", "too many commands came; from now on one a minute is taken",
		"命令过多；目前每分钟只接受一条"},
	{"not-granted", "this upstream may not change it", "未授权该上游更改"},
	{"no-such-appliance", "there is no such appliance here", "没有该电器"},
	{"no-such-verb", "there is no such command", "没有该命令"},
	{"not-set", "it is not set for a time: there is nothing to put back", "没有可恢复的设定"},
	{"being-put-back", "it is being put back already", "正在恢复"},
	{"journal", "it cannot be stored now that it was taken, so it is not done",
		"目前无法记录命令，因此未执行"},
	{"session-ended", "the connection it came by has ended", "收到该值的连接已断开"},
	{"superseded", "a newer value came before it was done", "已有更新的值"},
	{"stopping", "hearthd stops or reads its configuration anew",
		"hearthd 正在停止或重新读取配置"},
};

const struct command_refusal *command_refusal(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		if (streq(refusals[i].word, word))
			return &refusals[i];
	return &refusals[0];
}

/* ---- bytes */

/* jansson has a bound of 2048 and allocates on the way there. */
static bool depth_ok(const char *p, size_t n)
{
	unsigned depth = 0;
	bool text = false;

	for (size_t i = 0; i < n; i++) {
		if (text) {
			if (p[i] == '\\')
				i++;
			else if (p[i] == '"')
				text = false;
		} else if (p[i] == '"') {
			text = true;
		} else if (p[i] == '{' || p[i] == '[') {
			if (++depth > COMMAND_DEPTH_MAX)
				return false;
		} else if ((p[i] == '}' || p[i] == ']') && depth > 0) {
			depth--;
		}
	}
	return true;
}

bool command_is_object(const void *payload, size_t n)
{
	const char *p = payload;
	size_t i = 0;

	while (i < n && (p[i] == ' ' || p[i] == '\t' || p[i] == '\n' || p[i] == '\r'))
		i++;
	return i < n && p[i] == '{';
}

/* 1 to SIZE - 1 bytes of UTF-8, without what a terminal or a log would act upon. */
static bool text_of(const char *p, size_t n, char *dst, size_t size)
{
	if (n == 0 || n >= size || !utf8_valid(p, n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (utf8_acting(p + i, n - i))
			return false;
	memcpy(dst, p, n);
	dst[n] = 0;
	return true;
}

static bool name_of(const char *p, size_t n, const char *more, char *dst, size_t size)
{
	if (n == 0 || n >= size)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= 'A' && p[i] <= 'Z') ||
			    (p[i] >= '0' && p[i] <= '9') || (p[i] && strchr(more, p[i]))))
			return false;
	memcpy(dst, p, n);
	dst[n] = 0;
	return true;
}

/* ---- members: NULL or the word of the refusal */

static bool string_of(const json_t *v, const char **ret, size_t *ret_n)
{
	if (!json_is_string(v))
		return false;
	*ret = json_string_value(v);
	*ret_n = json_string_length(v);
	return true;
}

static const char *take_schema(const json_t *v, struct command *c)
{
	return json_is_string(v) && streq(json_string_value(v), "hearth.command/1") ? NULL
										    : "schema";
}

static const char *take_id(const json_t *v, struct command *c)
{
	const char *p;
	size_t n;

	return string_of(v, &p, &n) && name_of(p, n, "._:-", c->id, sizeof(c->id)) ? NULL
										   : "bad-id";
}

static const char *take_expires(const json_t *v, struct command *c)
{
	json_int_t t = json_integer_value(v);

	if (!json_is_integer(v) || t <= 0 || t > INT64_MAX / 1000000)
		return "bad-expires";
	c->expires_us = (int64_t)t * 1000000;
	return NULL;
}

static const char *take_actor(const json_t *v, struct command *c)
{
	const char *p;
	size_t n;

	return string_of(v, &p, &n) && text_of(p, n, c->actor, sizeof(c->actor)) ? NULL
										 : "bad-actor";
}

static const char *take_reason(const json_t *v, struct command *c)
{
	const char *p;
	size_t n;

	return string_of(v, &p, &n) && (n == 0 || text_of(p, n, c->reason, sizeof(c->reason)))
		       ? NULL
		       : "bad-member";
}

static const char *take_client(const json_t *v, struct command *c)
{
	const char *p;
	size_t n;

	return string_of(v, &p, &n) && name_of(p, n, "_-", c->client, sizeof(c->client))
		       ? NULL
		       : "bad-member";
}

static const char *take_epoch(const json_t *v, struct command *c)
{
	const char *p;
	size_t n;

	return string_of(v, &p, &n) && n == 8 && name_of(p, n, "", c->epoch, sizeof(c->epoch))
		       ? NULL
		       : "bad-member";
}

static const char *take_appliance(const json_t *v, struct command *c)
{
	const char *p;
	size_t n;

	if (*c->appliance || !string_of(v, &p, &n) || strlen(p) != n || !id_valid(p))
		return "bad-name";
	(void)str_copy(c->appliance, sizeof(c->appliance), p);
	return NULL;
}

static const char *take_attribute(const json_t *v, struct command *c)
{
	const char *p;
	size_t n;

	if (*c->attribute || !string_of(v, &p, &n) || *p == '.' || *p == '-' ||
		!name_of(p, n, "._-", c->attribute, sizeof(c->attribute)))
		return "bad-name";
	return NULL;
}

static const char *take_value(const json_t *v, struct command *c)
{
	const char *p;
	size_t n;

	if (json_is_boolean(v))
		(void)str_copy(c->value, sizeof(c->value), json_is_true(v) ? "true" : "false");
	else if (json_is_integer(v))
		(void)snprintf(
			c->value, sizeof(c->value), "%lld", (long long)json_integer_value(v));
	else if (json_is_real(v) && isfinite(json_real_value(v)))
		(void)snprintf(c->value, sizeof(c->value), "%.15g", json_real_value(v));
	else if (!string_of(v, &p, &n) || !text_of(p, n, c->value, sizeof(c->value)))
		return "bad-value";
	return NULL;
}

/* Whole seconds, up to a year: what the rule allows is for the gate to say. */
static const char *take_for(const json_t *v, struct command *c)
{
	json_int_t t = json_integer_value(v);

	if (!json_is_integer(v) || t < 1 || t > 366 * 86400)
		return "bad-member";
	c->for_us = (uint64_t)t * USEC_PER_SEC;
	return NULL;
}

#define ON(verb) (1U << (verb))
#define ALL      (ON(COMMAND_SET) | ON(COMMAND_CLEAR) | ON(COMMAND_REFRESH))
static const struct {
	const char *name;
	unsigned verbs, needed; /* for which it is known, and has to be there */
	const char *(*take)(const json_t *v, struct command *c);
	const char *missing;
} members[] = {
	/* The id first: the answer to whatever is wrong behind it names it. */
	{"id", ALL, ALL, take_id, "bad-id"},
	{"client", ALL, 0, take_client, NULL},
	{"schema", ALL, ALL, take_schema, "schema"},
	{"expires", ALL, ALL, take_expires, "bad-expires"},
	{"actor", ALL, ALL, take_actor, "bad-actor"},
	{"reason", ALL, 0, take_reason, NULL},
	{"epoch", ALL, 0, take_epoch, NULL},
	{"appliance", ON(COMMAND_SET) | ON(COMMAND_CLEAR), 0, take_appliance, NULL},
	{"attribute", ON(COMMAND_SET) | ON(COMMAND_CLEAR), 0, take_attribute, NULL},
	/* Absent for attributes that are commands themselves ("reset the filter"). */
	{"value", ON(COMMAND_SET), 0, take_value, NULL},
	{"for", ON(COMMAND_SET), 0, take_for, NULL},
};

static const char *take_members(json_t *o, struct command *c)
{
	size_t known = 0;

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		const json_t *v = json_object_get(o, members[i].name);
		const char *wrong;

		if (v && members[i].verbs & ON(c->verb)) {
			known++;
			wrong = members[i].take(v, c);
			if (wrong)
				return wrong;
		} else if (!v && members[i].needed & ON(c->verb)) {
			return members[i].missing;
		}
	}
	/* A "for" with a slip of the pen would otherwise become "for ever". */
	if (known != json_object_size(o))
		return "unknown-member";
	if (c->verb != COMMAND_REFRESH && (!*c->appliance || !*c->attribute))
		return "bad-name";
	return NULL;
}

static const char *names_of_topic(const char *appliance, const char *attribute, struct command *c)
{
	if (appliance &&
		(!id_valid(appliance) || !str_copy(c->appliance, sizeof(c->appliance), appliance)))
		return "bad-name";
	if (attribute &&
		!name_of(attribute, strlen(attribute), "._-", c->attribute, sizeof(c->attribute)))
		return "bad-name";
	return NULL;
}

const char *command_parse(const void *json, size_t n, enum command_verb verb, const char *appliance,
	const char *attribute, struct command *ret)
{
	const char *wrong;
	json_t *o;

	*ret = (struct command){.verb = verb};
	if (n > COMMAND_INFLATED_MAX)
		return "too-large";
	if (!depth_ok(json, n))
		return "too-deep";
	wrong = names_of_topic(appliance, attribute, ret);
	if (wrong)
		return wrong;
	o = json_loadb(json, n, JSON_REJECT_DUPLICATES, NULL);
	wrong = json_is_object(o) ? take_members(o, ret) : "not-json";
	json_decref(o);
	return wrong;
}

const char *command_parse_plain(const void *value, size_t n, const char *appliance,
	const char *attribute, struct command *ret)
{
	const char *wrong;

	*ret = (struct command){.verb = COMMAND_SET, .plain = true};
	wrong = names_of_topic(appliance, attribute, ret);
	/* An empty message clears a retained one: whoever tidies up must not press a button. */
	if (!wrong && !text_of(value, n, ret->value, sizeof(ret->value)))
		wrong = "bad-value";
	if (streq(ret->value, "PRESS"))
		ret->value[0] = 0;
	return wrong;
}

/* ---- the answer */

static bool response_ok(const char *base, const char *response)
{
	const char *below, *gateway = strrchr(base, '/');
	char copy[512];

	if (isempty(response) || *response == '$' || startswith(response, "homeassistant/") ||
		!text_of(response, strlen(response), copy, sizeof(copy)))
		return false;
	if (gateway && strncmp(response, base, (size_t)(gateway + 1 - base)) != 0)
		return true;
	below = startswith(response, base);
	if (!below)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		char own[64];

		(void)snprintf(own, sizeof(own), "/cmd/%s/reply/", verbs[i]);
		if (startswith(below, own))
			return true;
	}
	return false;
}

bool command_reply_topic(const char *base, const char *response, enum command_verb verb,
	const char *client, char *dst, size_t size)
{
	int n;

	if (response_ok(base, response))
		n = snprintf(dst, size, "%s", response);
	else
		n = snprintf(dst, size, "%s/cmd/%s/reply/%s", base, command_verb_name(verb),
			isempty(client) ? "any" : client);
	return n > 0 && (size_t)n < size;
}

static int add(json_t *o, const char *key, const char *value)
{
	return isempty(value) ? 0 : json_object_set_new(o, key, json_string(value));
}

int command_answer_compose(const struct command_answer *a, char **ret, size_t *ret_n)
{
	char reason[COMMAND_REASON_MAX + 1];
	json_t *o = json_object();
	char *text = NULL;
	int r = o ? 0 : -1;

	(void)str_copy(reason, sizeof(reason), a->reason ? a->reason : "");
	if (r == 0)
		r = add(o, "schema", "hearth.answer/1");
	if (r == 0)
		r = add(o, "id", a->id);
	if (r == 0)
		r = add(o, "verb", command_verb_name(a->verb));
	if (r == 0)
		r = add(o, "appliance", a->appliance);
	if (r == 0)
		r = add(o, "attribute", a->attribute);
	if (r == 0)
		r = add(o, "result", a->result);
	if (r == 0)
		r = add(o, "word", a->word);
	if (r == 0)
		r = add(o, "reason", reason);
	if (r == 0)
		r = add(o, "value", a->value);
	if (r == 0)
		r = add(o, "first", a->first);
	if (r == 0)
		text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (!text)
		return -ENOMEM;
	*ret_n = strlen(text);
	*ret = text;
	return 0;
}
