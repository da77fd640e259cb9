/* SPDX-License-Identifier: Apache-2.0 */
/* The protocols: what there is, and single frames decoded without a daemon or an appliance. */
#include "ctl.h"

#include "adapters/adapter.h"
#include "daemon/appliance/appliance.h"

#include <math.h>

#define CHUNK_MAX 4096 /* bytes of one argument, or of neighbouring one-byte arguments */

static const char *transport_words(const struct adapter *a)
{
	switch (a->transport) {
	case TRANSPORT_MODBUS:
		return "rtu: tcp: rtutcp:";
	case TRANSPORT_BYTES:
		return "serial: serialtcp:";
	}
	return "";
}

static const char *field_type_name(enum field_type t)
{
	switch (t) {
	case FIELD_NUMBER:
		return "number";
	case FIELD_INT:
		return "integer";
	case FIELD_BOOL:
		return "bool";
	case FIELD_TEXT:
		return "string";
	case FIELD_ABSENT:
		break;
	}
	return "";
}

static int no_adapter(const struct ctl_options *o, const char *verb, const char *name)
{
	char names[200] = "";
	size_t used = 0;

	for (size_t i = 0; adapters[i]; i++)
		(void)str_appendf(
			names, sizeof(names), &used, "%s%s", used ? ", " : "", adapters[i]->name);
	return ctl_usage(o, verb, "no protocol \"%s\"; there are %s", name, names);
}

/* ---- adapter list [PROTOCOL] */

static json_t *fields_json(const struct adapter *a)
{
	json_t *list = json_array();
	struct field f;

	for (size_t i = 0; a->field && a->field(i, &f); i++) {
		json_t *j =
			json_pack("{s:s, s:s}", "name", f.name, "type", field_type_name(f.type));

		if (*f.unit)
			(void)json_object_set_new(j, "unit", json_string(f.unit));
		(void)json_array_append_new(list, j);
	}
	return list;
}

static int list_fields(const struct ctl_options *o, const struct adapter *a)
{
	static const char *const headers[] = {"FIELD", "TYPE", "UNIT", NULL};
	_cleanup_(table_freep) struct table *t = NULL;
	struct field f;

	if (o->json != JSON_OFF)
		return ctl_print_json(o, fields_json(a));
	t = table_new(o, headers);
	for (size_t i = 0; a->field && a->field(i, &f); i++) {
		table_cell(t, BOLD, f.name);
		table_cell(t, PLAIN, field_type_name(f.type));
		table_cell(t, PLAIN, f.unit);
	}
	if (table_rows(t) == 0)
		ctl_say(o, "This protocol has no named fields; see hearthd.profile(5).");
	else
		table_print(t);
	return CTL_OK;
}

static int verb_list(int argc, char **argv, const struct ctl_options *o)
{
	static const char *const headers[] = {"PROTOCOL", "DEVICE", ">FIELDS", NULL};
	_cleanup_(table_freep) struct table *t = NULL;
	json_t *list;

	if (argc > 2)
		return ctl_usage(o, argv[0], "too many arguments");
	if (argc == 2) {
		const struct adapter *a = adapter_by_name(argv[1]);

		return a ? list_fields(o, a) : no_adapter(o, argv[0], argv[1]);
	}
	if (o->json != JSON_OFF) {
		list = json_array();
		for (size_t i = 0; adapters[i]; i++)
			(void)json_array_append_new(
				list, json_pack("{s:s, s:s, s:o}", "name", adapters[i]->name,
					      "device", transport_words(adapters[i]), "fields",
					      fields_json(adapters[i])));
		return ctl_print_json(o, list);
	}
	t = table_new(o, headers);
	for (size_t i = 0; adapters[i]; i++) {
		struct field f;
		size_t n = 0;

		while (adapters[i]->field && adapters[i]->field(n, &f))
			n++;
		table_cell(t, BOLD, adapters[i]->name);
		table_cell(t, PLAIN, transport_words(adapters[i]));
		table_cellf(t, PLAIN, n ? "%zu" : "-", n);
	}
	table_print(t);
	return CTL_OK;
}

/* ---- adapter decode */

struct decode {
	const struct ctl_options *o;
	const struct adapter *adapter;
	struct profile *profile; /* NULL: the protocol's own words */
	void *state;
	struct blocks blocks;
	enum frame_direction direction;
	struct frame_info info; /* .context goes from frame to frame */
	bool wrong;             /* a frame was */
};

static json_t *number_json(double v)
{
	if (!isfinite(v))
		return json_null();
	if (v == rint(v) && fabs(v) < 1e15)
		return json_integer((json_int_t)v);
	return json_real(v);
}

static json_t *field_json(const struct field *f)
{
	switch (f->type) {
	case FIELD_NUMBER:
	case FIELD_INT:
		return number_json(f->num);
	case FIELD_BOOL:
		return json_boolean(f->num != 0);
	case FIELD_TEXT:
		return json_string(f->text);
	case FIELD_ABSENT:
		break;
	}
	return json_null();
}

/* A value the profile does not trust is shown as what came and why it is not. */
static json_t *suspect_json(const struct reading *r, json_t *value)
{
	json_t *j = json_pack("{s:s, s:s, s:I}", "quality", quality_name(r->quality), "reason",
		reason_name(r->reason), "raw", (json_int_t)r->raw);

	if (value)
		(void)json_object_set_new(j, "value", value);
	return j;
}

static json_t *reading_json(const struct profile *p, const struct reading *r)
{
	const struct point *pt = &p->points[r->point];
	struct attribute attr = {.point = pt};
	char text[256];
	json_t *value = NULL;

	if (pt->attr >= 0)
		attr.model = &p->kind->attrs[pt->attr];
	switch ((enum value_type)r->type) {
	case VALUE_NONE:
		break;
	case VALUE_NUMBER:
		value = number_json(r->num);
		break;
	case VALUE_BOOL:
		value = json_boolean(r->code != 0);
		break;
	case VALUE_ENUM:
	case VALUE_BITS:
	case VALUE_STRING:
		attribute_format(&attr, r, text, sizeof(text));
		value = json_string(text);
		break;
	}
	if (r->quality == QUALITY_SUSPECT)
		return suspect_json(r, value);
	return value ? value : json_null();
}

static void add_fault(
	json_t *list, const struct ctl_options *o, const struct fault *f, const char *code)
{
	json_t *j = json_pack("{s:s}", "code", code);

	if (f && (f->meaning.en || f->meaning.zh))
		(void)json_object_set_new(j, "meaning", json_string(text_get(&f->meaning, o->zh)));
	if (f)
		(void)json_object_set_new(j, "class", json_string(fault_class_name(f->class)));
	(void)json_array_append_new(list, j);
}

static void faults_of_reading(const struct decode *d, const struct reading *r, json_t *list)
{
	const struct profile *p = d->profile;
	const struct point *pt = &p->points[r->point];

	const struct reading *detail = NULL;
	const struct fault *shown;
	char code[64];

	for (size_t i = 0; pt->has_detail && i < d->info.n_readings; i++)
		if (d->info.readings[i].point == pt->detail)
			detail = &d->info.readings[i];
	if (pt->fault_code && profile_fault_shown(p, r, detail, &shown, code, sizeof(code)))
		add_fault(list, d->o, shown, code);

	for (size_t i = 0; i < p->n_faults; i++) {
		const struct fault *f = &p->faults[i];

		if (f->by_bit && f->point == (int)r->point && fault_bit_state(p, f, r) > 0)
			add_fault(list, d->o, f, f->code);
	}
}

static json_t *frame_json(const struct decode *d)
{
	const struct frame_info *info = &d->info;
	json_t *readings = json_object(), *unknown = json_array(), *faults = NULL;
	json_t *j = json_object();

	(void)json_object_set_new(j, "checksum", json_string(info->has_checksum ? "ok" : "none"));
	(void)json_object_set_new(j, "kind", json_string(info->kind));
	if (d->profile) {
		faults = json_array();
		for (size_t i = 0; i < info->n_readings; i++) {
			const struct reading *r = &info->readings[i];
			const struct point *pt = &d->profile->points[r->point];

			faults_of_reading(d, r, faults);
			if (!pt->hidden && pt->attribute)
				(void)json_object_set_new(
					readings, pt->attribute, reading_json(d->profile, r));
		}
	} else {
		for (size_t i = 0; i < info->n_fields; i++)
			(void)json_object_set_new(
				readings, info->fields[i].name, field_json(&info->fields[i]));
	}
	(void)json_object_set_new(j, "readings", readings);
	if (faults)
		(void)json_object_set_new(j, "faults", faults);
	(void)json_object_set_new(j, "unknown", unknown);
	return j;
}

static int decode_chunk(struct decode *d, const uint8_t *p, size_t n)
{
	char hex[3 * CHUNK_MAX + 1], text[24];

	while (n > 0) {
		struct errdetail err = {0};
		int r = d->adapter->decode_frame(d->state, p, n, d->direction, &d->info, &err);
		size_t used = CLAMP(d->info.len, 1U, n);
		json_t *line = json_object(), *rest;

		hex_encode(hex, sizeof(hex), p, used);
		(void)json_object_set_new(line, "frame", json_string(hex));
		if (r < 0) {
			d->wrong = true;
			(void)json_object_set_new(
				line, "error", json_string(*err.text ? err.text : "not a frame"));
		} else {
			rest = frame_json(d);
			for (size_t i = 0; i < d->info.n_unknown; i++) {
				(void)snprintf(text, sizeof(text), "byte %u: %02X",
					d->info.unknown[i], p[d->info.unknown[i]]);
				(void)json_array_append_new(
					json_object_get(rest, "unknown"), json_string(text));
			}
			(void)json_object_update(line, rest);
			json_decref(rest);
		}
		r = ctl_print_json(d->o, line);
		if (r != CTL_OK)
			return r;
		p += used;
		n -= used;
	}
	return CTL_OK;
}

/* Each argument is a frame or several; neighbours of one byte each belong together. */
static int decode_arguments(struct decode *d, const char *verb, char **hex, int n_hex)
{
	uint8_t chunk[CHUNK_MAX];
	size_t n = 0;
	bool single = false; /* CHUNK holds one-byte arguments so far */
	int r = CTL_OK;

	for (int i = 0; i < n_hex && r == CTL_OK; i++) {
		uint8_t bytes[CHUNK_MAX];
		int k = hex_decode(hex[i], bytes, sizeof(bytes));

		if (k == -ENOBUFS || (k == 1 && single && n == sizeof(chunk)))
			return ctl_usage(d->o, verb, "at most %d bytes at once", CHUNK_MAX);
		if (k <= 0)
			return ctl_usage(
				d->o, verb, "\"%s\" is no pairs of hexadecimal digits", hex[i]);
		if (n > 0 && (k > 1 || !single)) {
			r = decode_chunk(d, chunk, n);
			n = 0;
		}
		memcpy(chunk + n, bytes, (size_t)k);
		n += (size_t)k;
		single = k == 1;
	}
	if (r == CTL_OK && n > 0)
		r = decode_chunk(d, chunk, n);
	return r == CTL_OK && d->wrong ? CTL_FAILURE : r;
}

static int load_profile(const struct ctl_options *o, const char *name, struct profile **ret)
{
	_cleanup_free_ char *etc = NULL, *vendor = NULL;
	struct problems problems = {0};
	int r;

	if (strchr(name, '/')) {
		r = profile_load_file(name, &problems, ret);
	} else {
		if (asprintf(&etc, "%s/profiles", o->etc) < 0 ||
			asprintf(&vendor, "%s/profiles", o->vendor) < 0)
			return ctl_error(o, CTL_FAILURE, NULL, "out of memory");
		r = profile_load((const char *const[]){etc, vendor, NULL}, name, &problems, ret);
	}
	for (size_t i = 0; r < 0 && i < problems.n; i++)
		problem_print(stderr, &problems.v[i]);
	problems_done(&problems);
	if (r < 0)
		return ctl_error(o, CTL_FAILURE, NULL, "profile \"%s\": %s", name,
			r == -ENOENT ? "not found" : ctl_strerror(o, -r));
	return CTL_OK;
}

static int configure(struct decode *d, const char *profile)
{
	struct source_config config = {0};
	struct errdetail err = {0};
	int r = load_profile(d->o, profile, &d->profile);

	if (r != CTL_OK)
		return r;
	if (!streq(d->profile->adapter, d->adapter->name))
		return ctl_error(d->o, CTL_FAILURE, NULL, "profile \"%s\" is for protocol %s",
			profile, d->profile->adapter);
	d->state = calloc(1, MAX(d->adapter->state_size, 1U));
	if (!d->state)
		return ctl_error(d->o, CTL_FAILURE, NULL, "out of memory");
	config.unit = d->profile->line.unit;
	r = d->adapter->configure(d->state, d->profile, &config, &d->blocks, &err);
	if (r < 0) {
		free(d->state);
		d->state = NULL;
		return ctl_error(d->o, CTL_FAILURE, NULL, "profile \"%s\": %s: %s", profile,
			err.key, err.text);
	}
	return CTL_OK;
}

static int verb_decode(int argc, char **argv, const struct ctl_options *o)
{
	static struct decode d; /* its frame_info is large */
	const char *profile = NULL, *protocol = NULL;
	char **hex = argv; /* the arguments that stay are moved to the front */
	int n_hex = 0, r;

	d = (struct decode){.o = o};
	for (int i = 1; i < argc; i++) {
		const char *v = NULL, *word = argv[i];
		bool is_profile;

		if (word[0] != '-') {
			if (!protocol)
				protocol = word;
			else
				hex[n_hex++] = argv[i];
			continue;
		}
		is_profile = streq(word, "--profile") || startswith(word, "--profile=");
		if (!is_profile && !streq(word, "--direction") && !startswith(word, "--direction="))
			return ctl_usage(o, "adapter decode", "unknown option \"%s\"", word);
		v = strchr(word, '=');
		if (v)
			v++;
		else if (++i < argc)
			v = argv[i];
		else
			return ctl_usage(o, "adapter decode", "option %s needs a value", word);
		if (is_profile)
			profile = v;
		else if (streq(v, "from-appliance"))
			d.direction = FRAME_FROM_APPLIANCE;
		else if (streq(v, "to-appliance"))
			d.direction = FRAME_TO_APPLIANCE;
		else
			return ctl_usage(o, "adapter decode",
				"--direction takes from-appliance or to-appliance, not \"%s\"", v);
	}
	if (!protocol || n_hex == 0)
		return ctl_usage(o, "adapter decode", "needs a protocol and the bytes of a frame");
	d.adapter = adapter_by_name(protocol);
	if (!d.adapter)
		return no_adapter(o, "adapter decode", protocol);
	if (!d.adapter->decode_frame)
		return ctl_error(o, CTL_FAILURE, NULL, "protocol %s cannot do this", protocol);
	r = profile ? configure(&d, profile) : CTL_OK;
	if (r == CTL_OK)
		r = decode_arguments(&d, "adapter decode", hex, n_hex);
	if (d.state)
		d.adapter->done(d.state);
	free(d.state);
	blocks_done(&d.blocks);
	(void)profile_unref(d.profile);
	return r;
}

const struct verb verbs_adapter[] = {
	{"adapter list", "[PROTOCOL]", "Show the protocols, or the fields of one",
		"列出协议，或某个协议的字段", verb_list,
		"The names of fields are what Read= of a profile takes.",
		"字段名用于设备档案中的 Read=。"},
	{"adapter decode", "PROTOCOL [--profile P] [--direction D] HEX…",
		"Decode frames, one line of JSON each", "解码报文，每帧输出一行 JSON", verb_decode,
		"Frames as they stood on the wire, with checksum; neighbouring arguments of one byte\n"
		"belong together. With --profile (a name or a file) readings are attributes of the\n"
		"common model, without it the protocol's own fields. D is from-appliance or\n"
		"to-appliance; without it the frame itself says. Exits with 1 when a frame was wrong.",
		"报文为线路上的原始字节，含校验和；相邻的单字节参数合为一段。给出 --profile（名称或\n"
		"文件）时读数为通用模型的属性，否则为协议自身的字段。D 为 from-appliance 或\n"
		"to-appliance；不给出时由报文自身判断。有错误报文时退出码为 1。"},
	{0},
};
