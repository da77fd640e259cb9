/* SPDX-License-Identifier: Apache-2.0 */
/* A request as stored, and what desks send. */
#include "repair.h"

#include <jansson.h>

#define FORMAT 1

/* ---- text out of JSON; what is too long is cut, control bytes become blanks */

static void take_text(const json_t *o, const char *key, char *dst, size_t size)
{
	const char *s = json_string_value(json_object_get(o, key));

	*dst = '\0';
	if (!s)
		return;
	(void)str_copy(dst, size, s);
	for (size_t left = strlen(dst), acting; left > 0; dst++, left--) {
		acting = utf8_acting(dst, left);
		memset(dst, ' ', acting);
	}
}

static int64_t take_time(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	json_int_t t = json_is_integer(v) ? json_integer_value(v) : 0;

	/* Until the year 9999. */
	return t > 0 && t < 253402300800 ? t : 0;
}

static int take_phase(const json_t *o, const char *key, enum repair_phase first,
	enum repair_phase last, enum repair_phase *ret)
{
	const char *s = json_string_value(json_object_get(o, key));

	for (unsigned p = first; s && p <= (unsigned)last; p++)
		if (streq(s, repair_phase_name((enum repair_phase)p))) {
			*ret = (enum repair_phase)p;
			return 0;
		}
	return -EBADMSG;
}

static bool id_good(const char *s)
{
	return s && strlen(s) == REPAIR_ID_SIZE - 1 &&
	       strspn(s, "0123456789abcdef") == REPAIR_ID_SIZE - 1;
}

static int answer_from(const json_t *o, struct repair_answer *ret)
{
	const json_t *words = json_object_get(o, "text");
	const json_t *when = json_object_get(o, "appointment");

	*ret = (struct repair_answer){0};
	if (take_phase(o, "status", REQUEST_ACCEPTED, REQUEST_CLOSED, &ret->status) < 0)
		return -EBADMSG;
	ret->t_s = take_time(o, "t");
	ret->from_s = take_time(when, "from");
	ret->to_s = take_time(when, "to");
	take_text(words, "en", ret->text_en, sizeof(ret->text_en));
	take_text(words, "zh", ret->text_zh, sizeof(ret->text_zh));
	take_text(o, "who", ret->who, sizeof(ret->who));
	take_text(o, "reference", ret->reference, sizeof(ret->reference));
	return 0;
}

int repair_answer_parse(const void *p, size_t n, struct repair_answer *ret,
	char id[static REPAIR_ID_SIZE], const char **why)
{
	const char *schema, *request;
	json_t *o = NULL;
	int r = -EBADMSG;

	*why = "it is no JSON object, or too large";
	if (n <= REPAIR_ANSWER_MAX)
		o = json_loadb(p, n, JSON_REJECT_DUPLICATES, NULL);
	schema = json_string_value(json_object_get(o, "schema"));
	request = json_string_value(json_object_get(o, "request"));
	if (json_is_object(o))
		*why = "its schema is not hearth.progress/1";
	if (schema && streq(schema, "hearth.progress/1")) {
		*why = "request is not 32 hexadecimal digits";
		if (id_good(request)) {
			*why = "status is not accepted, appointment, declined or closed";
			r = answer_from(o, ret);
			if (r == 0 && ret->t_s == 0) {
				*why = "t is no time";
				r = -EBADMSG;
			}
		}
	}
	if (r == 0)
		(void)str_copy(id, REPAIR_ID_SIZE, request);
	json_decref(o);
	return r;
}

/* ---- stored */

static json_t *hex(const uint8_t *p, size_t n)
{
	char text[65];

	for (size_t i = 0; i < n && i < 32; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", p[i]);
	return json_string(text);
}

static bool unhex(const json_t *o, const char *key, uint8_t *ret, size_t n)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s && strlen(s) == 2 * n && hex_decode(s, ret, n) == (int)n;
}

static json_t *answer_json(const struct repair_answer *a)
{
	return json_pack("{s:s, s:I, s:I, s:{s:I, s:I}, s:{s:s, s:s}, s:s, s:s}", "status",
		repair_phase_name(a->status), "t", (json_int_t)a->t_s, "at", (json_int_t)a->at_s,
		"appointment", "from", (json_int_t)a->from_s, "to", (json_int_t)a->to_s, "text",
		"en", a->text_en, "zh", a->text_zh, "who", a->who, "reference", a->reference);
}

int repair_pack(const struct repair_request *r, char **ret, size_t *ret_n)
{
	json_t *answers = json_array(), *o;

	for (unsigned i = 0; i < r->n_answers; i++)
		(void)json_array_append_new(answers, answer_json(&r->answers[i]));
	o = json_pack("{s:i, s:I, s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:o, s:o, s:i, s:I, s:o}",
		"format", FORMAT, "number", (json_int_t)r->number, "id", r->id, "appliance",
		r->appliance, "upstream", r->upstream, "phase", repair_phase_name(r->phase), "made",
		(json_int_t)r->made_s, "epoch", r->epoch, "seq", (json_int_t)r->seq, "salt",
		hex(r->salt, sizeof(r->salt)), "digest", hex(r->digest, sizeof(r->digest)), "wrong",
		(int)r->wrong, "visited", (json_int_t)r->visited_s, "answers", answers);
	*ret = o ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	if (!*ret)
		return -ENOMEM;
	*ret_n = strlen(*ret);
	return 0;
}

static int request_from(const json_t *o, struct repair_request *r)
{
	const json_t *answers = json_object_get(o, "answers");
	json_int_t number = json_integer_value(json_object_get(o, "number"));
	json_int_t wrong = json_integer_value(json_object_get(o, "wrong"));
	const json_t *visited = json_object_get(o, "visited");

	take_text(o, "id", r->id, sizeof(r->id));
	take_text(o, "appliance", r->appliance, sizeof(r->appliance));
	take_text(o, "upstream", r->upstream, sizeof(r->upstream));
	take_text(o, "epoch", r->epoch, sizeof(r->epoch));
	r->number = number > 0 ? (uint64_t)number : 0;
	r->made_s = take_time(o, "made");
	r->seq = (uint64_t)MAX(json_integer_value(json_object_get(o, "seq")), 0);
	r->wrong = (unsigned)CLAMP(wrong, 0, REPAIR_TRIES_MAX);
	r->visited_s = json_integer_value(visited) < 0 ? -1 : take_time(o, "visited");
	if (r->number == 0 || !id_good(r->id) || !id_valid(r->appliance) ||
		!id_valid(r->upstream) ||
		take_phase(o, "phase", REQUEST_PREPARING, REQUEST_UNSURE, &r->phase) < 0 ||
		!unhex(o, "salt", r->salt, sizeof(r->salt)) ||
		!unhex(o, "digest", r->digest, sizeof(r->digest)) ||
		json_array_size(answers) > REPAIR_ANSWERS_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < json_array_size(answers); i++) {
		const json_t *a = json_array_get(answers, i);

		if (answer_from(a, &r->answers[r->n_answers]) < 0)
			return -EBADMSG;
		r->answers[r->n_answers++].at_s = take_time(a, "at");
	}
	return 0;
}

int repair_unpack(const char *p, size_t n, struct repair_request *ret)
{
	struct repair_request r = {0};
	json_t *o = n <= REPAIR_RECORD_MAX ? json_loadb(p, n, 0, NULL) : NULL;
	json_int_t format = json_integer_value(json_object_get(o, "format"));
	int e = format > FORMAT ? -EPROTONOSUPPORT : format < 1 ? -EBADMSG : request_from(o, &r);

	json_decref(o);
	if (e < 0)
		return e;
	*ret = r;
	return 0;
}
