/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <math.h>

/* Units of one dimension convert into each other: base = value * factor + offset. Factors are exact
 * by definition (SI, 1 bar = 100 kPa, 1 cal is not used anywhere). */
enum dimension {
	DIM_TEMPERATURE,
	DIM_DIFFERENCE,
	DIM_POWER,
	DIM_APPARENT,
	DIM_REACTIVE,
	DIM_ENERGY,
	DIM_REACTIVE_ENERGY,
	DIM_VOLTAGE,
	DIM_CURRENT,
	DIM_FREQUENCY,
	DIM_RATIO,
	DIM_FRACTION, /* ppm, ppb: of volume; never mixed with % on purpose */
	DIM_DENSITY,
	DIM_PRESSURE,
	DIM_FLOW,
	DIM_VOLUME,
	DIM_TIME,
	DIM_SPEED,
	DIM_STEPS,
	DIM_COUNT,
	DIM_LUX,
	DIM_SOUND,
	DIM_SIGNAL,
	DIM_RESISTANCE,
	DIM_VIBRATION,
	DIM_MASS,
	DIM_LENGTH,
	DIM_INTEGRAL,
	DIM_CONDUCTIVITY,
};

struct unit {
	const char *name;
	enum dimension dimension;
	double factor, offset;
	const char *aliases; /* separated by one blank */
};

/* daemon/model/model-gen.py reads the order of these rows: one row a line, name first. */
static const struct unit units[] = {
	{"", DIM_COUNT, 1, 0, ""}, /* UNIT_NONE, never matched by name */
	{"°C", DIM_TEMPERATURE, 1, 0, "degC C ℃ Cel"},
	{"°F", DIM_TEMPERATURE, 5.0 / 9, -160.0 / 9, "degF F ℉"},
	{"K", DIM_DIFFERENCE, 1, 0, "kelvin"},
	{"W", DIM_POWER, 1, 0, ""},
	{"kW", DIM_POWER, 1e3, 0, ""},
	{"mW", DIM_POWER, 1e-3, 0, ""},
	{"VA", DIM_APPARENT, 1, 0, "va"},
	{"kVA", DIM_APPARENT, 1e3, 0, ""},
	{"var", DIM_REACTIVE, 1, 0, "VAr VAR"},
	{"kvar", DIM_REACTIVE, 1e3, 0, "kVAr kVAR"},
	{"kWh", DIM_ENERGY, 1, 0, ""},
	{"Wh", DIM_ENERGY, 1e-3, 0, ""},
	{"MWh", DIM_ENERGY, 1e3, 0, ""},
	{"MJ", DIM_ENERGY, 1 / 3.6, 0, ""},
	{"kvarh", DIM_REACTIVE_ENERGY, 1, 0, "kVArh kVARh"},
	{"V", DIM_VOLTAGE, 1, 0, ""},
	{"mV", DIM_VOLTAGE, 1e-3, 0, ""},
	{"A", DIM_CURRENT, 1, 0, ""},
	{"mA", DIM_CURRENT, 1e-3, 0, ""},
	{"µA", DIM_CURRENT, 1e-6, 0, "uA μA"},
	{"Hz", DIM_FREQUENCY, 1, 0, ""},
	{"kHz", DIM_FREQUENCY, 1e3, 0, ""},
	{"%", DIM_RATIO, 1e-2, 0, "percent %RH"},
	{"ratio", DIM_RATIO, 1, 0, ""},
	{"‰", DIM_RATIO, 1e-3, 0, "permille"},
	{"ppm", DIM_FRACTION, 1, 0, ""},
	{"ppb", DIM_FRACTION, 1e-3, 0, ""},
	{"µg/m³", DIM_DENSITY, 1, 0, "ug/m3 µg/m3 μg/m³ μg/m3"},
	{"mg/m³", DIM_DENSITY, 1e3, 0, "mg/m3"},
	{"Pa", DIM_PRESSURE, 1, 0, ""},
	{"hPa", DIM_PRESSURE, 1e2, 0, "mbar"},
	{"kPa", DIM_PRESSURE, 1e3, 0, ""},
	{"MPa", DIM_PRESSURE, 1e6, 0, ""},
	{"bar", DIM_PRESSURE, 1e5, 0, ""},
	{"psi", DIM_PRESSURE, 6894.757293168361, 0, ""},
	{"m³/h", DIM_FLOW, 1, 0, "m3/h"},
	{"L/min", DIM_FLOW, 0.06, 0, "l/min"},
	{"L/s", DIM_FLOW, 3.6, 0, "l/s"},
	{"L/h", DIM_FLOW, 1e-3, 0, "l/h"},
	{"m³", DIM_VOLUME, 1e3, 0, "m3"},
	{"L", DIM_VOLUME, 1, 0, "l"},
	{"mL", DIM_VOLUME, 1e-3, 0, "ml"},
	{"s", DIM_TIME, 1, 0, "sec"},
	{"ms", DIM_TIME, 1e-3, 0, ""},
	{"min", DIM_TIME, 60, 0, ""},
	{"h", DIM_TIME, 3600, 0, "hours"},
	{"d", DIM_TIME, 86400, 0, "days"},
	{"rpm", DIM_SPEED, 1, 0, "1/min r/min"},
	{"rps", DIM_SPEED, 60, 0, "1/s r/s"},
	{"steps", DIM_STEPS, 1, 0, "step pulses"},
	{"count", DIM_COUNT, 1, 0, ""},
	{"lux", DIM_LUX, 1, 0, "lx"},
	{"dB", DIM_SOUND, 1, 0, ""},
	{"dBm", DIM_SIGNAL, 1, 0, ""},
	{"Ω", DIM_RESISTANCE, 1, 0, "ohm Ω"},
	{"kΩ", DIM_RESISTANCE, 1e3, 0, "kohm kΩ"},
	{"mm/s", DIM_VIBRATION, 1, 0, ""},
	{"kg", DIM_MASS, 1, 0, ""},
	{"g", DIM_MASS, 1e-3, 0, ""},
	{"t", DIM_MASS, 1e3, 0, ""},
	{"m", DIM_LENGTH, 1, 0, ""},
	{"cm", DIM_LENGTH, 1e-2, 0, ""},
	{"mm", DIM_LENGTH, 1e-3, 0, ""},
	{"°C·min", DIM_INTEGRAL, 1, 0, "degree-minutes K·min"},
	{"µS/cm", DIM_CONDUCTIVITY, 1, 0, "uS/cm μS/cm"},
	{"mS/cm", DIM_CONDUCTIVITY, 1e3, 0, ""},
};
_Static_assert(ARRAY_SIZE(units) <= UINT8_MAX, "unit_id is a byte");

static bool has_alias(const char *aliases, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = aliases; *p;) {
		size_t m = strcspn(p, " ");

		if (m == n && memcmp(p, name, n) == 0)
			return true;
		p += m;
		p += strspn(p, " ");
	}
	return false;
}

int unit_by_name(const char *name, unit_id *ret)
{
	if (isempty(name))
		return -ENOENT;
	for (size_t i = 1; i < ARRAY_SIZE(units); i++)
		if (streq(units[i].name, name) || has_alias(units[i].aliases, name)) {
			*ret = (unit_id)i;
			return 0;
		}
	return -ENOENT;
}

const char *unit_name(unit_id u)
{
	return u < ARRAY_SIZE(units) ? units[u].name : "";
}

bool unit_convertible(unit_id from, unit_id to)
{
	if (from == to)
		return from < ARRAY_SIZE(units);
	if (from == UNIT_NONE || to == UNIT_NONE)
		return false;
	if (from >= ARRAY_SIZE(units) || to >= ARRAY_SIZE(units))
		return false;
	return units[from].dimension == units[to].dimension;
}

double unit_convert(double v, unit_id from, unit_id to)
{
	const struct unit *f, *t;

	if (from == to || !unit_convertible(from, to))
		return v;
	f = &units[from];
	t = &units[to];
	if (f->offset == 0 && t->offset == 0) {
		double k = f->factor / t->factor;

		/* 12 Wh is 0.012 kWh: dividing by 1000 rounds once, multiplying by 0.001 twice. */
		return k < 1 ? v / (t->factor / f->factor) : v * k;
	}
	return (v * f->factor + f->offset - t->offset) / t->factor;
}

/* Exponents over m kg s A K and the factor of the dimension's base; .product: what a product comes to
 * may be called by units of this dimension. */
static const struct {
	int8_t dim[UNIT_DIMS];
	bool product;
	double factor;
} si[] = {
	[DIM_TEMPERATURE] = {{0, 0, 0, 0, 1}, false, 1},
	[DIM_DIFFERENCE] = {{0, 0, 0, 0, 1}, true, 1},
	[DIM_POWER] = {{2, 1, -3, 0, 0}, true, 1},
	[DIM_APPARENT] = {{2, 1, -3, 0, 0}, false, 1},
	[DIM_REACTIVE] = {{2, 1, -3, 0, 0}, false, 1},
	[DIM_ENERGY] = {{2, 1, -2, 0, 0}, true, 3.6e6},
	[DIM_REACTIVE_ENERGY] = {{2, 1, -2, 0, 0}, false, 3.6e6},
	[DIM_VOLTAGE] = {{2, 1, -3, -1, 0}, true, 1},
	[DIM_CURRENT] = {{0, 0, 0, 1, 0}, true, 1},
	[DIM_FREQUENCY] = {{0, 0, -1, 0, 0}, true, 1},
	[DIM_RATIO] = {{0}, false, 1},
	[DIM_FRACTION] = {{0}, false, 1e-6},
	[DIM_DENSITY] = {{-3, 1, 0, 0, 0}, true, 1e-9},
	[DIM_PRESSURE] = {{-1, 1, -2, 0, 0}, true, 1},
	[DIM_FLOW] = {{3, 0, -1, 0, 0}, true, 1 / 3600.0},
	[DIM_VOLUME] = {{3, 0, 0, 0, 0}, true, 1e-3},
	[DIM_TIME] = {{0, 0, 1, 0, 0}, true, 1},
	[DIM_SPEED] = {{0, 0, -1, 0, 0}, false, 1 / 60.0},
	[DIM_STEPS] = {{0}, false, 1},
	[DIM_COUNT] = {{0}, false, 1},
	[DIM_LUX] = {{0}, false, 1},
	[DIM_SOUND] = {{0}, false, 1},
	[DIM_SIGNAL] = {{0}, false, 1},
	[DIM_RESISTANCE] = {{2, 1, -3, -2, 0}, true, 1},
	[DIM_VIBRATION] = {{1, 0, -1, 0, 0}, false, 1e-3},
	[DIM_MASS] = {{0, 1, 0, 0, 0}, true, 1},
	[DIM_LENGTH] = {{1, 0, 0, 0, 0}, true, 1},
	[DIM_INTEGRAL] = {{0, 0, 1, 0, 1}, false, 60},
	[DIM_CONDUCTIVITY] = {{-3, -1, 3, 2, 0}, false, 1e-4},
};

void unit_si(unit_id u, int8_t dim[UNIT_DIMS], double *ret_factor)
{
	const struct unit *t = &units[u < ARRAY_SIZE(units) ? u : UNIT_NONE];

	memcpy(dim, si[t->dimension].dim, UNIT_DIMS);
	*ret_factor = t->factor * si[t->dimension].factor;
}

bool unit_is_absolute(unit_id u)
{
	return u < ARRAY_SIZE(units) && units[u].dimension == DIM_TEMPERATURE;
}

int unit_by_si(const int8_t dim[UNIT_DIMS], double factor, unit_id *ret)
{
	for (size_t i = 1; i < ARRAY_SIZE(units); i++) {
		double f = units[i].factor * si[units[i].dimension].factor;

		if (si[units[i].dimension].product && fabs(f - factor) <= 1e-12 * fabs(f) &&
			memcmp(si[units[i].dimension].dim, dim, UNIT_DIMS) == 0) {
			*ret = (unit_id)i;
			return 0;
		}
	}
	return -ENOENT;
}
