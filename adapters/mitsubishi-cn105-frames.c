/* SPDX-License-Identifier: Apache-2.0 */
/* Single frames for people: every type, both directions. */
#include "mitsubishi-cn105.h"

static void put(struct frame_info *i, const char *name, enum field_type type, double num,
	const char *unit, const char *text)
{
	struct field *f;

	if (i->n_fields >= FRAME_FIELDS_MAX)
		return;
	f = &i->fields[i->n_fields++];
	*f = (struct field){.type = type, .num = num};
	(void)str_copy(f->name, sizeof(f->name), name);
	(void)str_copy(f->unit, sizeof(f->unit), unit);
	(void)str_copy(f->text, sizeof(f->text), text);
}

static void put_int(struct frame_info *i, const char *name, int64_t v)
{
	put(i, name, FIELD_INT, (double)v, "", "");
}

static void put_value(struct frame_info *i, const char *name, enum field_type type,
	const char *unit, const struct cn105_value *v)
{
	switch (v->state) {
	case CN105_GOOD:
		put(i, name, type, v->num, unit, v->text);
		return;
	case CN105_ABSENT:
		put(i, name, FIELD_ABSENT, 0, "", "");
		return;
	case CN105_BAD:
		return; /* listed among the unknown bytes */
	}
}

/* Bytes not zero whose bit in KNOWN is not set. */
static void unknown(struct frame_info *i, const struct mitsubishi_frame *f, uint32_t known)
{
	for (uint8_t k = 0; k < f->n && i->n_unknown < FRAME_UNKNOWN_MAX; k++)
		if (f->payload[k] != 0 && !(known >> k & 1))
			i->unknown[i->n_unknown++] = (uint16_t)(5U + k);
}

/* "power|mode" of the bits set; a bit nobody names as its number. */
static void put_bits(
	struct frame_info *i, const char *name, uint8_t bits, const char *const names[8])
{
	char text[READING_TEXT_MAX * 2] = "";
	size_t used = 0;

	for (unsigned k = 0; k < 8; k++) {
		if (!(bits >> k & 1))
			continue;
		if (names[k])
			(void)str_appendf(
				text, sizeof(text), &used, "%s%s", used ? "|" : "", names[k]);
		else
			(void)str_appendf(text, sizeof(text), &used, "%sbit%u", used ? "|" : "", k);
	}
	put(i, name, FIELD_TEXT, 0, "", text);
}

/* Installer settings: code and value packed in a byte; value 0 = the unit lacks it. */
static uint32_t put_functions(struct frame_info *i, const struct mitsubishi_frame *f)
{
	for (unsigned k = 1; k <= 14; k++) {
		char name[24];
		bool twice = false;

		if (f->payload[k] == 0)
			continue;
		for (unsigned j = 1; j < k; j++)
			twice = twice || f->payload[j] >> 2 == f->payload[k] >> 2;
		if (twice)
			continue;
		(void)snprintf(
			name, sizeof(name), "function.%u", (f->payload[k] >> 2 & 0x1FU) + 100U);
		if ((f->payload[k] & 3) == 0)
			put(i, name, FIELD_ABSENT, 0, "", "");
		else
			put_int(i, name, f->payload[k] & 3);
	}
	return 0x7FFF;
}

static void get_reply(const struct cn105 *s, const struct mitsubishi_frame *f, struct frame_info *i)
{
	uint8_t query = f->payload[0];
	const char *name = cn105_query_name(query);
	uint32_t known = cn105_query_known(query);

	(void)snprintf(
		i->kind, sizeof(i->kind), "get reply 0x%02X %s", query, name ? name : "unknown");
	if (f->n != MITSUBISHI_PAYLOAD) {
		unknown(i, f, 1);
		return;
	}
	if (query == CN105_FUNCTIONS_1 || query == CN105_FUNCTIONS_2)
		known = put_functions(i, f);
	for (size_t k = 0; k < cn105_n_fields; k++) {
		const struct cn105_field *field = &cn105_fields[k];
		struct cn105_value v;

		if (field->query != query)
			continue;
		cn105_field_get(field, f->payload, s ? s->ever : NULL, &v);
		put_value(i, field->name, field->type, field->unit, &v);
		if (v.state == CN105_BAD && query != CN105_STAGE)
			known &= ~(1U << field->at);
	}
	unknown(i, f, known);
	if (!s)
		return;
	for (unsigned k = 0; k < s->profile->n_points && i->n_readings < FRAME_READINGS_MAX; k++)
		if (s->fields[k] && s->fields[k]->query == query)
			cn105_reading(s, (uint16_t)k, f->payload, &i->readings[i->n_readings++]);
}

/* Bytes that no control bit gates are ignored by the unit, so they are no fields here. */
static uint32_t set_settings(const struct mitsubishi_frame *f, struct frame_info *i)
{
	static const char *const bits1[8] = {
		"power", "mode", "temperature", "fan", "vane", NULL, "lock", NULL};
	static const char *const bits2[8] = {"wide_vane", NULL, NULL, NULL, NULL, NULL, NULL, NULL};
	const uint8_t *p = f->payload;
	uint32_t known = 0x07;
	struct cn105_value v;

	put_bits(i, "set.control", p[1], bits1);
	if (p[2] != 0)
		put_bits(i, "set.control2", p[2], bits2);
	if (p[1] & 0x01)
		put_int(i, "set.power", p[3]), known |= 1U << 3;
	if (p[1] & 0x02)
		put_int(i, "set.mode", p[4]), known |= 1U << 4;
	if (p[1] & 0x04) {
		cn105_setpoint(p[5], p[14], &v);
		put_value(i, "set.setpoint", FIELD_NUMBER, "°C", &v);
		known |= v.state == CN105_GOOD ? 1U << 5 | 1U << 14 : 0;
	}
	if (p[1] & 0x08)
		put_int(i, "set.fan", p[6]), known |= 1U << 6;
	if (p[1] & 0x10)
		put_int(i, "set.vane", p[7]), known |= 1U << 7;
	if (p[1] & 0x40)
		put_int(i, "set.lock", p[11]), known |= 1U << 11;
	if (p[2] & 0x01) {
		put_int(i, "set.wide_vane", p[13] & 0x0F);
		known |= 1U << 13;
	}
	return known;
}

static uint32_t set_remote(const struct mitsubishi_frame *f, struct frame_info *i)
{
	const uint8_t *p = f->payload;
	struct cn105_value v;

	put(i, "set.remote_temperature_used", FIELD_BOOL, p[1] != 0, "", "");
	if (p[1] == 0)
		return 0x0F;
	cn105_half_degrees(p[3], &v);
	put_value(i, "set.remote_temperature", FIELD_NUMBER, "°C", &v);
	return 0x0F;
}

static uint32_t set_run_state(const struct mitsubishi_frame *f, struct frame_info *i)
{
	const uint8_t *p = f->payload;
	uint32_t known = 0x07;

	if (p[1] & 0x01)
		put_int(i, "set.filter_reset", p[3]), known |= 1U << 3;
	if (p[1] & 0x20)
		put_int(i, "set.airflow", p[6]), known |= 1U << 6;
	if (p[2] & 0x04)
		put_int(i, "set.purifier", p[12]), known |= 1U << 12;
	if (p[2] & 0x08)
		put_int(i, "set.night_mode", p[13]), known |= 1U << 13;
	if (p[2] & 0x10)
		put_int(i, "set.circulator", p[14]), known |= 1U << 14;
	return known;
}

static void set_request(const struct mitsubishi_frame *f, struct frame_info *i)
{
	const char *name = "unknown";
	uint32_t known = 1;

	if (f->n == MITSUBISHI_PAYLOAD) {
		switch (f->payload[0]) {
		case 0x01:
			name = "settings";
			known = set_settings(f, i);
			break;
		case 0x07:
			name = "remote temperature";
			known = set_remote(f, i);
			break;
		case 0x08:
			name = "run state";
			known = set_run_state(f, i);
			break;
		case 0x1F:
		case 0x21:
			name = f->payload[0] == 0x1F ? "functions 1" : "functions 2";
			known = put_functions(i, f);
			break;
		}
	}
	(void)snprintf(i->kind, sizeof(i->kind), "set 0x%02X %s", f->payload[0], name);
	unknown(i, f, known);
}

/* Limits of the setpoint in encoding B, zero on old units; the flag bits are one project's. */
static void capabilities(const struct mitsubishi_frame *f, struct frame_info *i)
{
	static const struct {
		uint8_t at;
		const char *name;
	} limits[] = {
		{10, "capabilities.cool_min"},
		{11, "capabilities.cool_max"},
		{12, "capabilities.heat_min"},
		{13, "capabilities.heat_max"},
		{14, "capabilities.auto_min"},
		{15, "capabilities.auto_max"},
	};
	const uint8_t *p = f->payload;

	(void)str_copy(i->kind, sizeof(i->kind), "capabilities");
	if (f->n != MITSUBISHI_PAYLOAD) {
		unknown(i, f, 1);
		return;
	}
	put(i, "capabilities.heat", FIELD_BOOL, !(p[7] & 0x02), "", "");
	put(i, "capabilities.vane", FIELD_BOOL, (p[7] & 0x20) != 0, "", "");
	put(i, "capabilities.swing", FIELD_BOOL, (p[7] & 0x40) != 0, "", "");
	put(i, "capabilities.dry", FIELD_BOOL, !(p[8] & 0x01), "", "");
	put(i, "capabilities.fan_only", FIELD_BOOL, !(p[8] & 0x02), "", "");
	put(i, "capabilities.auto_fan", FIELD_BOOL, !(p[8] & 0x10), "", "");
	for (size_t k = 0; k < ARRAY_SIZE(limits); k++) {
		struct cn105_value v = {.state = CN105_ABSENT};

		if (p[limits[k].at] != 0)
			cn105_half_degrees(p[limits[k].at], &v);
		put_value(i, limits[k].name, FIELD_NUMBER, "°C", &v);
	}
	unknown(i, f, 0xFD81);
}

static void facts(const struct cn105 *s, const struct mitsubishi_frame *f, struct frame_info *i)
{
	const char *name;

	switch ((enum mitsubishi_type)f->type) {
	case MITSUBISHI_CONNECT:
		(void)str_copy(i->kind, sizeof(i->kind), "connect request");
		unknown(i, f, 0x03);
		return;
	case MITSUBISHI_CONNECT_REPLY:
		(void)str_copy(i->kind, sizeof(i->kind),
			f->payload[0] == 0 ? "connect accepted" : "connect reply");
		unknown(i, f, 0);
		return;
	case MITSUBISHI_CONNECT_EXT:
		(void)str_copy(i->kind, sizeof(i->kind), "extended connect request");
		unknown(i, f, 0x03);
		return;
	case MITSUBISHI_CAPABILITIES:
		capabilities(f, i);
		return;
	case MITSUBISHI_GET:
		name = cn105_query_name(f->payload[0]);
		(void)snprintf(i->kind, sizeof(i->kind), "get 0x%02X %s", f->payload[0],
			name ? name : "unknown");
		unknown(i, f, 1);
		return;
	case MITSUBISHI_GET_REPLY:
		get_reply(s, f, i);
		return;
	case MITSUBISHI_SET:
		set_request(f, i);
		return;
	case MITSUBISHI_SET_REPLY:
		if (f->payload[0] == 0x00)
			(void)str_copy(i->kind, sizeof(i->kind), "set accepted");
		else if (f->payload[0] == 0xFF)
			(void)str_copy(i->kind, sizeof(i->kind), "set rejected");
		else
			(void)str_copy(i->kind, sizeof(i->kind), "set reply");
		unknown(i, f, f->payload[0] == 0xFF ? 1 : 0);
		return;
	}
}

static bool to_appliance(uint8_t type)
{
	return type == MITSUBISHI_SET || type == MITSUBISHI_GET || type == MITSUBISHI_CONNECT ||
	       type == MITSUBISHI_CONNECT_EXT;
}

/* Where the next frame may begin behind a wrong one: a good frame, else the next start byte. */
static size_t resume(const uint8_t *p, size_t n, size_t claimed)
{
	struct mitsubishi_frame f;
	size_t len, at;

	for (size_t k = 1; k < n; k++)
		if (mitsubishi_parse(p + k, n - k, MITSUBISHI_HEADER_AIR, &f, &len, &at) ==
			MITSUBISHI_OK)
			return k;
	for (size_t k = MAX(claimed, 1U); k < n; k++)
		if (p[k] == MITSUBISHI_START)
			return k;
	return n;
}

static void say_wrong(enum mitsubishi_wrong w, const uint8_t *p, size_t n, size_t at,
	enum frame_direction dir, char *dst, size_t size)
{
	static const char *const types[] = {
		[FRAME_EITHER] = "41, 42, 5A, 5B, 61, 62, 7A or 7B",
		[FRAME_FROM_APPLIANCE] = "61, 62, 7A or 7B",
		[FRAME_TO_APPLIANCE] = "41, 42, 5A or 5B",
	};

	switch (w) {
	case MITSUBISHI_OK:
		break;
	case MITSUBISHI_SHORT:
		if (n < 5)
			(void)snprintf(dst, size, "byte %zu: the frame ends here", at);
		else
			(void)snprintf(dst, size,
				"byte %zu: the frame ends here, %u bytes announced", at,
				MITSUBISHI_OVERHEAD + p[4]);
		break;
	case MITSUBISHI_NO_START:
		(void)snprintf(dst, size, "byte %zu: %02X, a frame starts with FC", at, p[at]);
		break;
	case MITSUBISHI_BAD_TYPE:
		(void)snprintf(dst, size, "byte %zu: type %02X, must be %s", at, p[at], types[dir]);
		break;
	case MITSUBISHI_BAD_HEADER:
		if (n >= 4 && be16(p + 2) == MITSUBISHI_HEADER_WATER)
			(void)snprintf(dst, size,
				"byte 2: 02 7A, an air-to-water frame; air-to-air has 01 30");
		else
			(void)snprintf(dst, size, "byte %zu: %02X, must be %s", at, p[at],
				at == 2 ? "01" : "30");
		break;
	case MITSUBISHI_BAD_LENGTH:
		(void)snprintf(dst, size, "byte %zu: length %02X, must be 01 to %02X", at, p[at],
			MITSUBISHI_PAYLOAD_MAX);
		break;
	case MITSUBISHI_BAD_CHECKSUM:
		(void)snprintf(dst, size, "byte %zu: checksum %02X, computed %02X", at, p[at],
			mitsubishi_checksum(p, at));
		break;
	}
}

int cn105_decode_frame(const void *state, const uint8_t *p, size_t n, enum frame_direction dir,
	struct frame_info *ret, struct errdetail *reterr)
{
	uint8_t context[sizeof(ret->context)];
	struct mitsubishi_frame f;
	enum mitsubishi_wrong w;
	size_t len = 0, at;

	memcpy(context, ret->context, sizeof(context));
	*ret = (struct frame_info){.has_checksum = true};
	memcpy(ret->context, context, sizeof(context));

	w = mitsubishi_parse(p, n, MITSUBISHI_HEADER_AIR, &f, &len, &at);
	if (w == MITSUBISHI_OK && dir != FRAME_EITHER &&
		to_appliance(f.type) != (dir == FRAME_TO_APPLIANCE)) {
		w = MITSUBISHI_BAD_TYPE;
		at = 1;
	}
	if (w != MITSUBISHI_OK) {
		size_t claimed = 1;

		if (w == MITSUBISHI_BAD_CHECKSUM || (w == MITSUBISHI_BAD_TYPE && len != 0))
			claimed = MITSUBISHI_OVERHEAD + (size_t)p[4];
		ret->len = resume(p, n, claimed);
		if (reterr)
			say_wrong(w, p, n, at, dir, reterr->text, sizeof(reterr->text));
		return -EBADMSG;
	}
	ret->len = len;
	facts(state, &f, ret);
	return 0;
}
