/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of CN105 frames: where each is and how its bytes become a value. */
#include "mitsubishi-cn105.h"

static void good(struct cn105_value *ret, double num, int64_t raw)
{
	*ret = (struct cn105_value){.state = CN105_GOOD, .num = num, .raw = raw};
}

static void bad(struct cn105_value *ret, int64_t raw)
{
	*ret = (struct cn105_value){.state = CN105_BAD, .raw = raw};
}

static void absent(struct cn105_value *ret)
{
	*ret = (struct cn105_value){.state = CN105_ABSENT};
}

/* Encoding B: half degrees from -64 °C. */
void cn105_half_degrees(uint8_t b, struct cn105_value *ret)
{
	good(ret, (b - 128) / 2.0, b);
}

void cn105_setpoint(uint8_t a, uint8_t b, struct cn105_value *ret)
{
	if (b != 0)
		cn105_half_degrees(b, ret);
	else if (a & 0xE0)
		bad(ret, a);
	else
		good(ret, 31 - (a & 0x0F) + (a & 0x10 ? 0.5 : 0.0), a);
}

static void get_byte(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	good(ret, p[f->at], p[f->at]);
}

static void get_word(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	good(ret, be16(p + f->at), be16(p + f->at));
}

static void get_low_nibble(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	good(ret, p[f->at] & 0x0F, p[f->at] & 0x0F);
}

static void get_flag(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	if (p[f->at] > 1)
		bad(ret, p[f->at]);
	else
		good(ret, p[f->at], p[f->at]);
}

static void get_not_zero(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	if (p[f->at] == 0)
		absent(ret);
	else
		get_byte(p, f, ret);
}

static void get_ten_minutes(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	good(ret, p[f->at] * 10, p[f->at]);
}

/* i-See at work is said by adding 8 to the mode: 8 itself is plain automatic. */
static bool isee(const uint8_t *p)
{
	return p[4] > 8;
}

static void get_mode(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	int mode = isee(p) ? p[4] - 8 : p[4];

	good(ret, mode, mode);
}

static void get_isee(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	good(ret, isee(p), isee(p));
}

static void get_setpoint(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	cn105_setpoint(p[5], p[11], ret);
}

static void get_wide_adjust(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	good(ret, (p[10] & 0xF0) == 0x80, (p[10] & 0xF0) == 0x80);
}

/* Both vanes as a set: bit 0 up and down, bit 1 left and right. */
static void get_swing(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	int64_t swing = (p[7] == 7 ? 1 : 0) | ((p[10] & 0x0F) == 0x0C ? 2 : 0);

	good(ret, (double)swing, swing);
}

static void get_airflow(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	if (p[10] == 0x80 && isee(p))
		get_byte(p, f, ret);
	else
		absent(ret);
}

static void get_room(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	if (p[6] != 0)
		cn105_half_degrees(p[6], ret);
	else if (p[3] > 0x1F)
		bad(ret, p[3]);
	else
		good(ret, p[3] + 10, p[3]);
}

/* 0 means no value; one project throws 1 (-63.5 °C) away too. */
static void get_outdoor(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	if (p[5] <= 1)
		absent(ret);
	else
		cn105_half_degrees(p[5], ret);
}

static void get_runtime(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	int64_t minutes = (int64_t)p[11] << 16 | p[12] << 8 | p[13];

	good(ret, (double)minutes, minutes);
}

/* Four BCD digits: 8000 = no error. The word counts, never its high byte alone. */
static void get_error(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	uint16_t word = be16(p + 4);
	int64_t code = 0;

	for (int shift = 12; shift >= 0; shift -= 4) {
		int digit = word >> shift & 0x0F;

		if (digit > 9) {
			bad(ret, word);
			return;
		}
		code = code * 10 + digit;
	}
	good(ret, (double)code, code);
}

/* Letter and digit of the panel: "" = none. One project reads bytes 6 and 7 as two indexes
 * instead; nobody has shown a capture with a fault. */
static void get_error_short(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	static const char first[] = "AbEFJLPU", second[] = "0123456789ABCDEFOHJLPU";

	if ((p[6] & 0x1F) >= sizeof(second) - 1) {
		bad(ret, p[6]);
		return;
	}
	good(ret, p[6], p[6]);
	if (p[6] != 0) {
		ret->text[0] = first[p[6] >> 5];
		ret->text[1] = second[p[6] & 0x1F];
	}
}

/* The frequency byte is noise while the compressor stands. */
static void get_frequency(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	int hz = p[4] != 0 ? p[3] : 0;

	good(ret, hz, hz);
}

/* 0.1 kWh in 16 bits: starts again at 0 after 6553.5 kWh. */
static void get_energy(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	uint16_t raw = be16(p + f->at);

	good(ret, raw / 10.0, raw);
}

#define STAGE_FILTER  0x01
#define STAGE_DEFROST 0x02
#define STAGE_PREHEAT 0x04
#define STAGE_STANDBY 0x08

static void get_stage_bit(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret);

#define NO CN105_EVER_NONE
const struct cn105_field cn105_fields[] = {
	{"settings.power", CN105_SETTINGS, 3, NO, FIELD_INT, "", get_byte},
	{"settings.mode", CN105_SETTINGS, 4, NO, FIELD_INT, "", get_mode},
	{"settings.isee", CN105_SETTINGS, 4, NO, FIELD_BOOL, "", get_isee},
	{"settings.setpoint", CN105_SETTINGS, 5, NO, FIELD_NUMBER, "°C", get_setpoint},
	{"settings.fan", CN105_SETTINGS, 6, NO, FIELD_INT, "", get_byte},
	{"settings.vane", CN105_SETTINGS, 7, NO, FIELD_INT, "", get_byte},
	{"settings.lock", CN105_SETTINGS, 8, NO, FIELD_INT, "", get_byte},
	{"settings.wide_vane", CN105_SETTINGS, 10, NO, FIELD_INT, "", get_low_nibble},
	{"settings.wide_vane_adjust", CN105_SETTINGS, 10, NO, FIELD_BOOL, "", get_wide_adjust},
	{"settings.swing", CN105_SETTINGS, 7, NO, FIELD_INT, "", get_swing},
	{"settings.target_humidity", CN105_SETTINGS, 12, NO, FIELD_NUMBER, "%", get_not_zero},
	{"settings.airflow", CN105_SETTINGS, 14, NO, FIELD_INT, "", get_airflow},

	{"temperatures.room", CN105_TEMPERATURES, 3, NO, FIELD_NUMBER, "°C", get_room},
	{"temperatures.outdoor", CN105_TEMPERATURES, 5, NO, FIELD_NUMBER, "°C", get_outdoor},
	{"temperatures.runtime", CN105_TEMPERATURES, 11, NO, FIELD_NUMBER, "min", get_runtime},

	{"error.code", CN105_ERROR, 4, NO, FIELD_INT, "", get_error},
	{"error.short", CN105_ERROR, 6, NO, FIELD_TEXT, "", get_error_short},

	{"timers.mode", CN105_TIMERS, 3, NO, FIELD_INT, "", get_byte},
	{"timers.on_set", CN105_TIMERS, 4, NO, FIELD_NUMBER, "min", get_ten_minutes},
	{"timers.off_set", CN105_TIMERS, 5, NO, FIELD_NUMBER, "min", get_ten_minutes},
	{"timers.on_left", CN105_TIMERS, 6, NO, FIELD_NUMBER, "min", get_ten_minutes},
	{"timers.off_left", CN105_TIMERS, 7, NO, FIELD_NUMBER, "min", get_ten_minutes},

	{"operation.compressor_frequency", CN105_OPERATION, 3, NO, FIELD_NUMBER, "Hz",
		get_frequency},
	{"operation.operating", CN105_OPERATION, 4, NO, FIELD_BOOL, "", get_flag},
	{"operation.power", CN105_OPERATION, 5, 0, FIELD_NUMBER, "W", get_word},
	{"operation.energy", CN105_OPERATION, 7, 1, FIELD_NUMBER, "kWh", get_energy},

	{"stage.flags", CN105_STAGE, 3, NO, FIELD_INT, "", get_byte},
	{"stage.filter", CN105_STAGE, STAGE_FILTER, NO, FIELD_BOOL, "", get_stage_bit},
	{"stage.defrost", CN105_STAGE, STAGE_DEFROST, NO, FIELD_BOOL, "", get_stage_bit},
	{"stage.preheat", CN105_STAGE, STAGE_PREHEAT, NO, FIELD_BOOL, "", get_stage_bit},
	{"stage.standby", CN105_STAGE, STAGE_STANDBY, NO, FIELD_BOOL, "", get_stage_bit},
	{"stage.fan", CN105_STAGE, 4, NO, FIELD_INT, "", get_byte},

	{"options.purifier", CN105_OPTIONS, 1, NO, FIELD_BOOL, "", get_flag},
	{"options.night_mode", CN105_OPTIONS, 2, NO, FIELD_BOOL, "", get_flag},
	{"options.circulator", CN105_OPTIONS, 3, NO, FIELD_BOOL, "", get_flag},
};
const size_t cn105_n_fields = ARRAY_SIZE(cn105_fields);

/* Bits are tested one by one: several may be set. .at is the mask. */
static void get_stage_bit(const uint8_t *p, const struct cn105_field *f, struct cn105_value *ret)
{
	good(ret, (p[3] & f->at) != 0, (p[3] & f->at) != 0);
}

const struct cn105_field *cn105_field_by_name(const char *name)
{
	for (size_t i = 0; i < cn105_n_fields; i++)
		if (streq(cn105_fields[i].name, name))
			return &cn105_fields[i];
	return NULL;
}

#define BYTE(n) (1U << (n))
static const struct {
	uint8_t query;
	const char *name;
	uint32_t known;
} queries[] = {
	{CN105_SETTINGS, "settings",
		BYTE(0) | BYTE(3) | BYTE(4) | BYTE(5) | BYTE(6) | BYTE(7) | BYTE(8) | BYTE(10) |
			BYTE(11) | BYTE(12) | BYTE(14)},
	{CN105_TEMPERATURES, "temperatures",
		BYTE(0) | BYTE(3) | BYTE(5) | BYTE(6) | BYTE(11) | BYTE(12) | BYTE(13)},
	{CN105_ERROR, "error", BYTE(0) | BYTE(4) | BYTE(5) | BYTE(6)},
	{CN105_TIMERS, "timers", BYTE(0) | BYTE(3) | BYTE(4) | BYTE(5) | BYTE(6) | BYTE(7)},
	{CN105_OPERATION, "operation",
		BYTE(0) | BYTE(3) | BYTE(4) | BYTE(5) | BYTE(6) | BYTE(7) | BYTE(8)},
	{CN105_STAGE, "stage", BYTE(0) | BYTE(3) | BYTE(4)},
	{CN105_FUNCTIONS_1, "functions 1", 0x7FFF},
	{CN105_FUNCTIONS_2, "functions 2", 0x7FFF},
	{CN105_OPTIONS, "options", BYTE(0) | BYTE(1) | BYTE(2) | BYTE(3)},
};

const char *cn105_query_name(uint8_t query)
{
	for (size_t i = 0; i < ARRAY_SIZE(queries); i++)
		if (queries[i].query == query)
			return queries[i].name;
	return NULL;
}

uint32_t cn105_query_known(uint8_t query)
{
	for (size_t i = 0; i < ARRAY_SIZE(queries); i++)
		if (queries[i].query == query)
			return queries[i].known;
	return 1;
}

void cn105_field_get(const struct cn105_field *f, const uint8_t payload[MITSUBISHI_PAYLOAD],
	const bool *ever, struct cn105_value *ret)
{
	f->get(payload, f, ret);
	if (f->ever != CN105_EVER_NONE && ret->state == CN105_GOOD && ret->raw == 0 &&
		!(ever && ever[f->ever]))
		absent(ret);
}
