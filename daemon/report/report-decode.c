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

/* Of one gateway and epoch: "APPLIANCE/ATTRIBUTE": [value, step, slope]. */
struct report_decoder {
	json_t *held;
	char of[96];
	json_int_t seq;
	bool begun; /* CSV has its first line */
};

struct report_decoder *report_decoder_new(void)
{
	struct report_decoder *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->held = json_object();
	if (!d->held) {
		free(d);
		return NULL;
	}
	return d;
}

struct report_decoder *report_decoder_free(struct report_decoder *d)
{
	if (d)
		json_decref(d->held);
	free(d);
	return NULL;
}

struct output {
	struct report_decoder *d;
	size_t open;    /* columns that go on from what D has not seen */
	size_t records; /* of columns, bounded */
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

static void held_key(char *dst, size_t size, const char *appliance, const char *name);
static struct column_held held_get(const struct output *o, const char *key);
static int held_set(struct output *o, const char *key, const struct column_held *h);

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
		if (!quality && json_is_number(v)) {
			char key[256];
			struct column_held h;

			held_key(key, sizeof(key), appliance, name);
			h = held_get(o, key);
			h.value = json_number_value(v);
			h.slope = 0;
			if (held_set(o, key, &h) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

/* ---- columns */

#define RECORDS_MAX (1 << 20)

static void held_key(char *dst, size_t size, const char *appliance, const char *name)
{
	(void)snprintf(dst, size, "%s/%s", appliance, name);
}

static struct column_held held_get(const struct output *o, const char *key)
{
	const json_t *v = json_object_get(o->d->held, key);

	return (struct column_held){json_number_value(json_array_get(v, 0)),
		json_number_value(json_array_get(v, 1)), json_integer_value(json_array_get(v, 2))};
}

static int held_set(struct output *o, const char *key, const struct column_held *h)
{
	json_t *v = json_pack("[ffI]", h->value, h->step, (json_int_t)h->slope);

	return v && json_object_set_new(o->d->held, key, v) == 0 ? 0 : -ENOMEM;
}

struct column_of {
	struct output *o;
	const char *appliance, *name;
};

static int put_column_value(int64_t t, const struct column_held *h, void *userdata)
{
	const struct column_of *c = userdata;
	char text[64];
	json_t *v;

	if (++c->o->records > RECORDS_MAX)
		return -EBADMSG;
	number_format(text, sizeof(text), h->value, number_decimals(h->step, 0));
	v = json_real(strtod(text, NULL));
	if (!v)
		return -ENOMEM;
	put_record(c->o, c->appliance, c->name, t, v, NULL);
	json_decref(v);
	return 0;
}

/* The text of one of a list with commas between; NULL behind the last. */
static const char *next_part(const char **list, size_t *ret_n)
{
	const char *p = *list;

	if (!p)
		return NULL;
	*ret_n = strcspn(p, ",");
	*list = p[*ret_n] ? p + *ret_n + 1 : NULL;
	return p;
}

static int put_columns(struct output *o, const char *appliance, const struct column_group *g,
	const char *names, const char *columns)
{
	const char *name, *column;
	size_t name_n, column_n;

	while ((name = next_part(&names, &name_n))) {
		char key[256], own[128];
		struct column_of c = {o, appliance, own};
		struct column_held held;
		int e;

		column = next_part(&columns, &column_n);
		if (!column || name_n == 0 || name_n >= sizeof(own))
			return -EBADMSG;
		memcpy(own, name, name_n);
		own[name_n] = 0;
		held_key(key, sizeof(key), appliance, own);
		held = held_get(o, key);
		e = column_read(g, column, column_n, &held, put_column_value, &c);
		if (e == -ENODATA)
			o->open++;
		else if (e == 0)
			e = held_set(o, key, &held);
		if (e < 0 && e != -ENODATA)
			return e;
	}
	return columns ? -EBADMSG : 0;
}

static bool read_moments(const json_t *v, int64_t t, struct column_group *ret)
{
	size_t n = json_array_size(v);

	if (n < 1 || n > COLUMN_SLOTS_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		const json_t *dt = json_array_get(v, i);

		if (!json_is_integer(dt) || json_integer_value(dt) < (i > 0) ||
			json_integer_value(dt) > INT64_C(9000000000))
			return false;
		t += json_integer_value(dt);
		ret->t[i] = t;
	}
	ret->slots = (unsigned)n;
	return true;
}

/* "s": {APPLIANCE: [[[dt, …], "NAME,…", "COLUMN,…"], …], …} */
static int put_groups(struct output *o, const json_t *root, int64_t t, char *err, size_t err_size)
{
	json_t *part = json_object_get(root, "s"), *groups, *group;
	const char *appliance;
	size_t i;

	if (part && !json_is_object(part))
		return bad(err, err_size, "must be an object", "s");
	json_object_foreach(part, appliance, groups)
	{
		if (!json_is_array(groups))
			return bad(err, err_size, "must be an array of groups", appliance);
		json_array_foreach(groups, i, group)
		{
			const char *names = json_string_value(json_array_get(group, 1));
			const char *columns = json_string_value(json_array_get(group, 2));
			struct column_group g;
			int e = -EBADMSG;

			if (names && columns && json_array_size(group) == 3 &&
				read_moments(json_array_get(group, 0), t, &g))
				e = put_columns(o, appliance, &g, names, columns);
			if (e == -EBADMSG)
				return bad(err, err_size,
					"a group must be [[dt, …], \"NAME,…\", \"COLUMN,…\"]",
					appliance);
			if (e < 0)
				return e;
		}
	}
	return 0;
}

/* What D holds is of the report before this one. */
static void follow(struct output *o, const json_t *root)
{
	char of[sizeof(o->d->of)];

	(void)snprintf(of, sizeof(of), "%s/%s", text_of(root, "gw"), text_of(root, "epoch"));
	if (!streq(of, o->d->of) || json_integer_value(json_object_get(root, "prev")) != o->d->seq)
		(void)json_object_clear(o->d->held);
	(void)str_copy(o->d->of, sizeof(o->d->of), of);
	o->d->seq = json_integer_value(json_object_get(root, "seq"));
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
	if (o->to == REPORT_TO_CSV && !o->d->begun)
		writer_text(&o->w, "time,boot,gateway,appliance,attribute,value,quality\n");
	o->d->begun = true;
	follow(o, root);
	e = put_groups(o, root, start, err, err_size);
	if (e == 0)
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

static bool is_report(const json_t *root)
{
	const char *schema = text_of(root, "schema");

	return streq(schema, "hearth.report/1") || streq(schema, "hearth.report/2");
}

int report_decode(struct report_decoder *d, const void *json, size_t n, enum report_to to,
	char **ret, size_t *ret_n, size_t *ret_open, char *err, size_t err_size)
{
	struct output o = {.to = to, .d = d};
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
	else if (!json_is_object(root) || !is_report(root)) {
		(void)snprintf(err, err_size,
			"only hearth.report/1 and /2 hold series; show this one with --to=json");
		e = -EOPNOTSUPP;
	} else
		e = put_report(&o, root, err, err_size);
	if (ret_open)
		*ret_open = o.open;
	if (e == 0)
		e = writer_take(&o.w, ret, ret_n);
	else
		writer_done(&o.w);
	json_decref(root);
	return e;
}
