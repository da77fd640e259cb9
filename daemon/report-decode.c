/* SPDX-License-Identifier: Apache-2.0 */
/* The way back: a message's JSON, shown again, or a report's series as one record a value. */
#include "report-internal.h"
#include <inttypes.h>
#include <jansson.h>

#define DECODE_MAX (1024 * 1024) /* of a message, as receivers are told */

int report_to_from_string(const char *s, enum report_to *ret)
{
	static const char *const names[] = {
		[REPORT_TO_JSON] = "json",
		[REPORT_TO_SENML] = "senml",
		[REPORT_TO_LINE] = "line",
		[REPORT_TO_CSV] = "csv",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (streq(names[i], s)) {
			*ret = (enum report_to)i;
			return 0;
		}
	return -EINVAL;
}

struct output {
	struct writer w;
	enum report_to to;
	const char *gw, *boot; /* boot NULL: Unix time */
	bool any;
};

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ?: "";
}

/* Numbers as jansson reads them: integers whole, others with 15 digits, which is what was written. */
static void scalar_text(const json_t *v, char *dst, size_t size)
{
	if (json_is_integer(v))
		(void)snprintf(dst, size, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_real(v))
		(void)snprintf(dst, size, "%.15g", json_real_value(v));
	else
		str_copy(dst, size, json_is_true(v) ? "true" : json_is_false(v) ? "false" : "");
}

/* What would command a terminal is shown instead. */
static bool put_control(struct writer *w, char c)
{
	char text[8];

	if ((uint8_t)c >= 0x20 && c != 0x7f)
		return false;
	(void)snprintf(text, sizeof(text), "\\x%02x", (uint8_t)c);
	writer_text(w, text);
	return true;
}

/* Line protocol: blanks, commas and equal signs of names, quotes of texts. */
static void put_escaped(struct writer *w, const char *s, const char *which)
{
	for (; *s; s++) {
		if (put_control(w, *s))
			continue;
		if (strchr(which, *s))
			writer_raw(w, "\\", 1);
		writer_raw(w, s, 1);
	}
}

static void put_csv(struct writer *w, const char *s)
{
	bool quote = strpbrk(s, ",\"") != NULL;

	if (quote)
		writer_raw(w, "\"", 1);
	for (; *s; s++) {
		if (put_control(w, *s))
			continue;
		if (*s == '"')
			writer_raw(w, "\"", 1);
		writer_raw(w, s, 1);
	}
	if (quote)
		writer_raw(w, "\"", 1);
}

static void senml_record(struct output *o, const char *appliance, const char *name, int64_t t,
	const json_t *v, const char *quality)
{
	struct writer *w = &o->w;
	char n[256], text[40];

	(void)snprintf(
		n, sizeof(n), "%s/%s/%s%s", o->gw, appliance, name, quality ? "/quality" : "");
	write_open(w, '{');
	write_member(w, "n", n);
	write_key(w, "t");
	write_signed(w, t);
	if (quality)
		write_member(w, "vs", quality);
	else if (json_is_number(v)) {
		scalar_text(v, text, sizeof(text));
		write_key(w, "v");
		write_token(w, text);
	} else if (json_is_boolean(v)) {
		write_key(w, "vb");
		write_bool(w, json_is_true(v));
	} else
		write_member(w, "vs", json_string_value(v) ?: "");
	write_close(w, '}');
}

static void line_record(struct output *o, const char *appliance, const char *name, int64_t t,
	const json_t *v, const char *quality)
{
	struct writer *w = &o->w;
	char text[40];

	writer_text(w, "hearth,gw=");
	put_escaped(w, o->gw, ", =\\");
	writer_text(w, ",appliance=");
	put_escaped(w, appliance, ", =\\");
	writer_text(w, " ");
	put_escaped(w, name, ", =\\");
	if (quality)
		writer_text(w, ".quality");
	writer_text(w, "=");
	if (quality || json_is_string(v)) {
		writer_text(w, "\"");
		put_escaped(w, quality ?: json_string_value(v), "\"\\");
		writer_text(w, "\"");
	} else {
		scalar_text(v, text, sizeof(text));
		writer_text(w, text);
	}
	(void)snprintf(text, sizeof(text), " %" PRId64 "000000000\n", t);
	writer_text(w, text);
}

static void csv_record(struct output *o, const char *appliance, const char *name, int64_t t,
	const json_t *v, const char *quality)
{
	struct writer *w = &o->w;
	char text[40];

	(void)snprintf(text, sizeof(text), "%" PRId64 ",", t);
	writer_text(w, text);
	put_csv(w, o->boot ?: "");
	writer_text(w, ",");
	put_csv(w, o->gw);
	writer_text(w, ",");
	put_csv(w, appliance);
	writer_text(w, ",");
	put_csv(w, name);
	writer_text(w, ",");
	if (json_is_string(v))
		put_csv(w, json_string_value(v));
	else if (!quality) {
		scalar_text(v, text, sizeof(text));
		writer_text(w, text);
	}
	writer_text(w, ",");
	put_csv(w, quality ?: "good");
	writer_text(w, "\n");
}

static void put_record(struct output *o, const char *appliance, const char *name, int64_t t,
	const json_t *v, const char *quality)
{
	o->any = true;
	switch (o->to) {
	case REPORT_TO_JSON:
		return;
	case REPORT_TO_SENML:
		senml_record(o, appliance, name, t, v, quality);
		return;
	case REPORT_TO_LINE:
		line_record(o, appliance, name, t, v, quality);
		return;
	case REPORT_TO_CSV:
		csv_record(o, appliance, name, t, v, quality);
		return;
	}
}

static int bad(char *err, size_t size, const char *text, const char *where)
{
	char name[96];

	str_escape(name, sizeof(name), where, strlen(where));
	(void)snprintf(err, size, "%s: %s", name, text);
	return -EBADMSG;
}

/* [dt, value, dt, value, …] */
static int put_series(struct output *o, const char *appliance, const char *name, int64_t t,
	const json_t *series, bool quality, char *err, size_t err_size)
{
	size_t n = json_array_size(series);

	if (!json_is_array(series) || n % 2 != 0)
		return bad(err, err_size, "a series must be [dt, value, dt, value, …]", name);
	for (size_t i = 0; i < n; i += 2) {
		const json_t *dt = json_array_get(series, i), *v = json_array_get(series, i + 1);

		if (!json_is_integer(dt) || json_integer_value(dt) < 0 ||
			__builtin_add_overflow(t, (int64_t)json_integer_value(dt), &t) ||
			t > INT64_C(9000000000))
			return bad(err, err_size, "dt must be whole seconds, not negative", name);
		if (quality ? !json_is_string(v)
			    : json_is_array(v) || json_is_object(v) || json_is_null(v))
			return bad(err, err_size,
				quality ? "a quality must be a text"
					: "a value must be a number, a text, true or false",
				name);
		put_record(o, appliance, name, t, quality ? NULL : v,
			quality ? json_string_value(v) : NULL);
	}
	return 0;
}

static int put_part(struct output *o, const json_t *root, const char *key, int64_t t, char *err,
	size_t err_size)
{
	json_t *part = json_object_get(root, key), *series, *attributes;
	const char *appliance, *name;

	if (part && !json_is_object(part))
		return bad(err, err_size, "must be an object", key);
	json_object_foreach(part, appliance, attributes)
	{
		if (!json_is_object(attributes))
			return bad(err, err_size, "must be an object", appliance);
		json_object_foreach(attributes, name, series)
		{
			int e = put_series(
				o, appliance, name, t, series, *key == 'q', err, err_size);

			if (e < 0)
				return e;
		}
	}
	return 0;
}

static int put_report(struct output *o, const json_t *root, char *err, size_t err_size)
{
	const json_t *t = json_object_get(root, "t");
	int64_t start;
	int e;

	o->gw = text_of(root, "gw");
	if (streq(text_of(root, "clk"), "boot"))
		o->boot = text_of(root, "boot");
	if (o->boot && o->to != REPORT_TO_CSV) {
		(void)snprintf(err, err_size,
			"its times are seconds since a boot, not dates: try --to=csv or --to=json");
		return -EOPNOTSUPP;
	}
	if (t && (!json_is_integer(t) || json_integer_value(t) < 0 ||
			 json_integer_value(t) > INT64_C(9000000000)))
		return bad(err, err_size, "must be whole seconds", "t");
	start = json_integer_value(t);
	if (o->to == REPORT_TO_SENML)
		write_open(&o->w, '[');
	if (o->to == REPORT_TO_CSV)
		writer_text(&o->w, "time,boot,gateway,appliance,attribute,value,quality\n");
	e = put_part(o, root, "a", start, err, err_size);
	if (e == 0)
		e = put_part(o, root, "q", start, err, err_size);
	if (o->to == REPORT_TO_SENML)
		writer_text(&o->w, "]\n");
	else if (o->w.n == 0)
		writer_raw(&o->w, "", 0);
	return e;
}

static int put_json(struct output *o, const json_t *root)
{
	char *text =
		json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15));

	if (!text)
		return -ENOMEM;
	writer_text(&o->w, text);
	writer_text(&o->w, "\n");
	free(text);
	return 0;
}

int report_decode(const void *json, size_t n, enum report_to to, char **ret, size_t *ret_n,
	char *err, size_t err_size)
{
	struct output o = {.to = to};
	json_error_t error;
	json_t *root;
	int e;

	if (n > DECODE_MAX) {
		(void)snprintf(err, err_size, "larger than 1 MiB");
		return -EBADMSG;
	}
	root = json_loadb(json, n, JSON_REJECT_DUPLICATES, &error);
	if (!root) {
		char text[JSON_ERROR_TEXT_LENGTH * 2];

		str_escape(text, sizeof(text), error.text, strlen(error.text));
		(void)snprintf(err, err_size, "not a message: line %d: %s", error.line, text);
		return -EBADMSG;
	}
	if (to == REPORT_TO_JSON)
		e = put_json(&o, root);
	else if (!json_is_object(root) || !streq(text_of(root, "schema"), "hearth.report/1")) {
		(void)snprintf(err, err_size,
			"only hearth.report/1 holds series; show this one with --to=json");
		e = -EOPNOTSUPP;
	} else
		e = put_report(&o, root, err, err_size);
	if (e == 0)
		e = writer_take(&o.w, ret, ret_n);
	else
		writer_done(&o.w);
	json_decref(root);
	return e;
}
