/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy.h"

#include <math.h>

/* ---- levels */

enum privacy_level privacy_plane_level(enum plane plane)
{
	switch (plane) {
	case PLANE_EVENT:
	case PLANE_REPAIR:
		return LEVEL_FAULTS;
	case PLANE_SUMMARY:
		return LEVEL_DAILY;
	case PLANE_REPORT:
	case PLANE_STATE:
	case PLANE_DISCOVERY:
		return LEVEL_FULL;
	}
	return LEVEL_FULL;
}

enum privacy_level privacy_level_of(
	const struct config *c, const struct upstream_config *u, const struct appliance_config *a)
{
	enum privacy_level level = MIN(u->level, a->level);

	for (size_t i = 0; i < c->n_upstreams; i++)
		if (streq(c->upstreams[i].id, u->id))
			level = MIN(level, a->levels[i]);
	return level;
}

/* ---- readings */

/* What a record says at the level faults: the machine's inside at one moment. Not here, and so kept
 * back: set points and modes, rooms (temperature, humidity, air, occupancy), doors, what people chose,
 * and every count (energy, water, hours, starts) that tells of use by its difference. */
static const char *const machine[] = {
	"active_power",
	"backup_heater",
	"battery",
	"battery_alert",
	"brine_in.temperature",
	"brine_out.temperature",
	"buffer.temperature",
	"cavity.temperature",
	"coil_temperature",
	"compressor_current",
	"compressor_frequency",
	"compressor_load",
	"compressor_running",
	"compressor_speed",
	"condenser_temperature",
	"defrosting",
	"discharge_temperature",
	"evaporator.temperature",
	"exhaust.temperature",
	"exhaust_temperature",
	"expansion_valve_steps",
	"extract.fan_speed",
	"fan_speed",
	"filter.condition",
	"flame",
	"flow.rate",
	"flow.temperature",
	"flow_switch",
	"flue.oxygen",
	"flue.temperature",
	"freezer.temperature",
	"frequency",
	"fridge.temperature",
	"hardware_fault",
	"heat_exchanger_percent",
	"inlet.pressure",
	"inlet.temperature",
	"ionisation_current",
	"l1.rms_voltage",
	"l2.rms_voltage",
	"l3.rms_voltage",
	"leak",
	"link_quality",
	"modulation",
	"neutral_current",
	"operational_error",
	"outdoor_coil_temperature",
	"outdoor_temperature",
	"power_factor",
	"pump",
	"pump_status",
	"refrigerant.high_pressure",
	"refrigerant.low_pressure",
	"return.temperature",
	"rms_current",
	"rms_voltage",
	"sensor_fault",
	"suction_temperature",
	"supply.fan_speed",
	"supply.temperature",
	"supply_temperature",
	"tank.temperature",
	"tank_bottom.temperature",
	"tank_top.temperature",
	"valve_fault",
	"vibration",
	"water.pressure",
	"water_temperature",
};

/* Of kinds that measure the house instead of a machine, the mains alone. */
static const char *const house_kinds[] = {"electrical_meter", "temperature_humidity_sensor",
	"air_quality_sensor", "thermostat", "smoke_co_alarm"};
static const char *const mains[] = {"battery", "battery_alert", "frequency", "hardware_fault",
	"l1.rms_voltage", "l2.rms_voltage", "l3.rms_voltage", "link_quality", "rms_voltage",
	"sensor_fault"};

static bool is_one_of(const char *name, size_t len, const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(v[i]) == len && memcmp(v[i], name, len) == 0)
			return true;
	return false;
}

static bool is_machine(const char *kind, const char *name, size_t len)
{
	if (!kind || is_one_of(kind, strlen(kind), house_kinds, ARRAY_SIZE(house_kinds)))
		return is_one_of(name, len, mains, ARRAY_SIZE(mains));
	return is_one_of(name, len, machine, ARRAY_SIZE(machine));
}

bool privacy_may_reading(
	enum privacy_level level, const char *kind, const char *name, enum value_type type)
{
	switch (level) {
	case LEVEL_OFF:
		return false;
	case LEVEL_FAULTS:
		return type != VALUE_STRING && is_machine(kind, name, strlen(name));
	case LEVEL_DAILY:
		return type != VALUE_STRING; /* a text may be anything: a serial number, a name */
	case LEVEL_FULL:
		return true;
	}
	return false;
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.';
}

/* Words of the language of expressions that name no value. */
static bool is_word(const char *p, size_t n)
{
	static const char *const words[] = {"and", "or", "not", "true", "false", "is", "in"};

	return is_one_of(p, n, words, ARRAY_SIZE(words));
}

bool privacy_may_expression(enum privacy_level level, const char *kind, const char *text)
{
	bool any = false;

	if (level >= LEVEL_DAILY)
		return true;
	if (level == LEVEL_OFF)
		return false;
	for (const char *p = text; *p;) {
		size_t n = 0;

		while (is_name_char(p[n]))
			n++;
		if (n == 0) {
			p++;
			continue;
		}
		/* A number with or without a unit, or a function. */
		if (!(*p >= '0' && *p <= '9') && *p != '.' && p[n] != '(' && !is_word(p, n)) {
			if (!is_machine(kind, p, n))
				return false;
			any = true;
		}
		p += n;
	}
	return any;
}

/* ---- rounding */

static const struct {
	const char *unit;
	double step;
} steps[] = {
	{"°C", 1}, {"K", 1}, {"W", 50}, {"VA", 50}, {"var", 50}, {"A", 0.2}, /* 50 W at 230 V */
	{"kWh", 0.1}, /* an hour's 50 W is lost in it */
	{"L", 10},    /* a bath, not a glass */
	{"s", 3600},  /* times, as of the day */
};

double privacy_round(enum privacy_level level, double v, unit_id unit)
{
	double scale, x;
	unit_id to;

	if (level >= LEVEL_FULL || !isfinite(v) || v == 0)
		return v;
	for (size_t i = 0; unit != UNIT_NONE && i < ARRAY_SIZE(steps); i++)
		if (unit_by_name(steps[i].unit, &to) >= 0 && unit_convertible(unit, to)) {
			x = round(unit_convert(v, unit, to) / steps[i].step) * steps[i].step;
			x = unit_convert(x, to, unit);
			return x == 0 ? 0.0 : x; /* no -0 */
		}
	if (fabs(v) < 10 && v == round(v))
		return v; /* two digits it has not */
	scale = pow(10, floor(log10(fabs(v))) - 1);
	return round(v / scale) * scale;
}

int64_t privacy_seconds(enum privacy_level level, int64_t s)
{
	int64_t rest;

	if (level >= LEVEL_FULL)
		return s;
	rest = s % 3600;
	return s - (rest < 0 ? rest + 3600 : rest);
}

/* ---- names: SipHash-2-4, Aumasson and Bernstein, 2012 */

static uint64_t rotl(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] = rotl(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] = rotl(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t m)
{
	v[3] ^= m;
	sip_round(v);
	sip_round(v);
	v[0] ^= m;
}

uint64_t privacy_siphash(const uint64_t k[2], const void *p, size_t n)
{
	uint64_t v[4] = {k[0] ^ 0x736f6d6570736575, k[1] ^ 0x646f72616e646f6d,
		k[0] ^ 0x6c7967656e657261, k[1] ^ 0x7465646279746573};
	const uint8_t *b = p;
	uint64_t last = (uint64_t)n << 56;

	for (; n >= 8; n -= 8, b += 8) {
		uint64_t m = 0;

		for (unsigned i = 0; i < 8; i++)
			m |= (uint64_t)b[i] << 8 * i;
		sip_word(v, m);
	}
	for (unsigned i = 0; i < n; i++)
		last |= (uint64_t)b[i] << 8 * i;
	sip_word(v, last);
	v[2] ^= 0xff;
	for (unsigned i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t privacy_name(const struct privacy_key *key, uint64_t number)
{
	uint8_t b[8];

	for (unsigned i = 0; i < 8; i++)
		b[i] = (uint8_t)(number >> 8 * i);
	return privacy_siphash(key->k, b, sizeof(b));
}

struct privacy_key privacy_key_from(const char *a, const char *b)
{
	static const uint64_t zero[2] = {0x6865617274682d6b, 0x65792d66726f6d2d};

	return (struct privacy_key){
		{privacy_siphash(zero, a, strlen(a)), privacy_siphash(zero, b, strlen(b))}};
}
