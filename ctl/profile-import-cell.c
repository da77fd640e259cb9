/* SPDX-License-Identifier: Apache-2.0 */
#include "profile-import-internal.h"

#include <ctype.h>
#include <math.h>
#include <strings.h>

const char *const import_columns[_COLUMN_MAX] = {"name", "register_type", "address_0based", "type",
	"word_order", "scale", "offset", "unit", "access", "min", "max", "enum", "notes"};
const char *const import_banks[_BANK_MAX] = {"coil", "discrete", "input", "holding"};

/* Lower case without blanks, '_' and '-': "Discrete Inputs" is discreteinputs. */
static void squeeze(char *dst, size_t size, const char *s)
{
	size_t n = 0;

	for (; *s && n + 1 < size; s++)
		if (*s != ' ' && *s != '_' && *s != '-')
			dst[n++] = (char)tolower((unsigned char)*s);
	/* What is longer than any word of these tables must not match by its beginning. */
	if (*s)
		n = 0;
	dst[n] = '\0';
}

/* Whether TEXT is one of WORDS, which blanks separate. */
static bool one_of(const char *text, const char *words)
{
	size_t n = strlen(text);

	for (const char *p = words; n > 0 && *p;) {
		size_t m = strcspn(p, " ");

		if (m == n && memcmp(p, text, n) == 0)
			return true;
		p += m + strspn(p + m, " ");
	}
	return false;
}

bool cell_bank(const char *s, enum bank *ret)
{
	static const char *const words[_BANK_MAX] = {"coil coils coilregister coilregisters",
		"discrete discreteinput discreteinputs",
		"input inputs inputregister inputregisters ir",
		"holding holdings holdingregister holdingregisters hr"};
	char text[32];

	squeeze(text, sizeof(text), s);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (one_of(text, words[i])) {
			*ret = (enum bank)i;
			return true;
		}
	return false;
}

bool cell_access(const char *s, enum access *ret)
{
	static const char *const words[] = {
		"ro r read readonly", "rw r/w wr readwrite read/write", "wo w write writeonly"};
	char text[32];

	squeeze(text, sizeof(text), s);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (one_of(text, words[i])) {
			*ret = (enum access)i;
			return true;
		}
	return false;
}

bool cell_order(const char *s, const char **ret)
{
	static const struct {
		const char *order, *words;
	} orders[] = {{"big", "big bigendian highfirst hifirst mswfirst highwordfirst abcd hilo"},
		{"little", "little lowfirst lofirst lswfirst lowwordfirst cdab lohi"},
		{"big-swap", "bigswap badc"}, {"little-swap", "littleswap dcba"}};
	char text[32];

	squeeze(text, sizeof(text), s);
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
		if (one_of(text, orders[i].words)) {
			*ret = orders[i].order;
			return true;
		}
	return false;
}

/* "string[8]", "string(8)", "string[8 chars]", "string". */
static int string_type(const char *s, struct cell_type *ret, const char **ret_wrong)
{
	unsigned long n = 0;
	char *end;

	ret->type = POINT_STRING;
	if (*s == '\0')
		return 0;
	if ((*s != '[' && *s != '(') || !isdigit((unsigned char)s[1]))
		goto wrong;
	n = strtoul(s + 1, &end, 10);
	if (startswith(end, "char")) {
		ret->chars = true;
		end += strspn(end, "acehrst");
	} else if (startswith(end, "reg")) {
		end += strspn(end, "egirst");
	}
	if ((*end != ']' && *end != ')') || end[1])
		goto wrong;
	if (n < 1 || n > (ret->chars ? 128 : 64)) {
		*ret_wrong = "a string has 1 to 64 registers";
		return -EINVAL;
	}
	ret->length = (unsigned)n;
	return 0;
wrong:
	*ret_wrong = "write string[n] with the number of registers";
	return -EINVAL;
}

int cell_type(const char *s, struct cell_type *ret, const char **ret_wrong)
{
	static const struct {
		const char *words;
		struct cell_type type;
	} types[] = {
		{"bit", {.type = POINT_BIT}},
		{"bool boolean", {.type = POINT_BIT, .whole_ok = true}},
		{"u8 uint8 uint8t byte ubyte unsigned8 usint", {.type = POINT_U16, .width = 8}},
		{"s8 int8 int8t i8 sint8 signed8 sint", {.type = POINT_S16, .width = 8}},
		{"u16 uint16 uint16t word ushort unsigned16 uint", {.type = POINT_U16}},
		{"s16 int16 int16t i16 sint16 signed16 short", {.type = POINT_S16}},
		{"u32 uint32 uint32t dword unsigned32 udint", {.type = POINT_U32}},
		{"s32 int32 int32t i32 sint32 signed32 dint", {.type = POINT_S32}},
		{"u64 uint64 uint64t lword unsigned64 ulint", {.type = POINT_U64}},
		{"s64 int64 int64t i64 sint64 signed64 lint", {.type = POINT_S64}},
		{"f32 float float32 real single ieee754", {.type = POINT_F32}},
		{"f64 double float64 lreal", {.type = POINT_F64}},
		{"bcd bcd16", {.type = POINT_BCD16}},
		{"bcd32", {.type = POINT_BCD32}},
		{"enum enum16", {.type = POINT_U16}},
		{"bitfield bitfield16 bitmap bitmap16 bitmask bitmask16 bits16 flags flags16",
			{.type = POINT_U16, .set = true}},
		{"bitfield32 bitmap32 bitmask32 bits32 flags32", {.type = POINT_U32, .set = true}},
	};
	char text[32];
	const char *rest;

	squeeze(text, sizeof(text), s);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (one_of(text, types[i].words)) {
			*ret = types[i].type;
			return 0;
		}
	*ret = (struct cell_type){0};
	rest = startswith(text, "string");
	if (!rest)
		rest = startswith(text, "ascii");
	if (!rest)
		rest = startswith(text, "str");
	if (rest && !strchr(s, '-'))
		return string_type(rest, ret, ret_wrong);
	if (one_of(text, "int integer signed unsigned number"))
		*ret_wrong = "does not say size and sign; write u16 or s16, u32 or s32";
	else if (one_of(text, "date time datetime timestamp clock"))
		*ret_wrong = "does not say how a date or time is coded; write the type of the "
			     "register, u16 or u32, and the coding in the notes";
	else if (one_of(text, "u24 s24 uint24 int24 i24 u48 s48 f16 float16 half u128"))
		*ret_wrong = "has a size that profiles do not have; theirs are 16, 32 and 64 bits";
	else
		*ret_wrong =
			"is no type; write bit, u8, s8, u16, s16, u32, s32, u64, s64, f32, f64, "
			"bcd16, bcd32 or string[n]";
	return -EINVAL;
}

static int take_number(const char **s, uint32_t max, uint32_t *ret)
{
	bool hex = (*s)[0] == '0' && ((*s)[1] == 'x' || (*s)[1] == 'X');
	const char *p = *s + (hex ? 2 : 0), *start = p;
	uint64_t v = 0;

	for (; hex ? isxdigit((unsigned char)*p) : isdigit((unsigned char)*p); p++) {
		int d = isdigit((unsigned char)*p) ? *p - '0'
						   : tolower((unsigned char)*p) - 'a' + 10;

		v = v * (hex ? 16 : 10) + (uint64_t)d;
		if (v > max)
			return -ERANGE;
	}
	if (p == start)
		return -EINVAL;
	*s = p;
	*ret = (uint32_t)v;
	return 0;
}

static const char *range_sign(const char *s)
{
	static const char *const signs[] = {"..", "-", "\xe2\x80\x93"}; /* the last an en dash */

	s += strspn(s, " ");
	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		const char *rest = startswith(s, signs[i]);

		if (rest)
			return rest + strspn(rest, " ");
	}
	return NULL;
}

int cell_place(const char *s, struct cell_place *ret, const char **ret_wrong)
{
	struct cell_place p = {.bit = -1};
	const char *range;
	uint32_t v, to;
	int r = take_number(&s, 65535, &p.first);

	*ret_wrong = "is no address; write the number on the wire, 2017, 0x7E1, 205.3 for a bit or "
		     "10.8:8 for a bit field";
	if (r == -ERANGE)
		*ret_wrong = "lies beyond 65535; the column counts from 0 on the wire, without the "
			     "bank's digit";
	if (r < 0)
		return -EINVAL;
	p.last = p.first;
	range = range_sign(s);
	if (range) {
		s = range;
		r = take_number(&s, 65535, &p.last);
		if (r < 0 || *s || p.last < p.first) {
			*ret_wrong = "is no block of addresses; write 13-177";
			return -EINVAL;
		}
		*ret = p;
		return 0;
	}
	if (*s == '.') {
		s++;
		if (take_number(&s, 63, &v) < 0) {
			*ret_wrong = "has no bit number behind the dot; 0 is the lowest bit, 205.3";
			return -EINVAL;
		}
		p.bit = (int)v;
		range = range_sign(s);
		p.range = range != NULL;
		if (range) {
			s = range;
			if (take_number(&s, 63, &to) < 0 || to < v) {
				*ret_wrong =
					"is no range of bits; write 10.8:8 for 8 bits from bit 8";
				return -EINVAL;
			}
			p.width = to - v + 1;
		} else if (*s == ':') {
			s++;
			if (take_number(&s, 64, &p.width) < 0 || p.width == 0) {
				*ret_wrong = "has no width behind the colon; write 10.8:8";
				return -EINVAL;
			}
		}
	}
	if (*s == ',' || *s == '/' || *s == '+' || *s == '&' || *s == ' ')
		*ret_wrong = "names several addresses; write the first one, and in type how many "
			     "registers the value has, or a row for each";
	if (*s)
		return -EINVAL;
	*ret = p;
	return 0;
}

int cell_number(const char *s, char ret[32], double *ret_value)
{
	double v;

	if (*s == '+')
		s++;
	if (strlen(s) > 31 || parse_double(s, &v) < 0)
		return -EINVAL;
	(void)snprintf(ret, 32, "%s", s);
	*ret_value = v;
	return 0;
}

int cell_scale(const char *s, char scale[32], char divide[32], double *ret)
{
	static const char *const words[] = {"(divisor)", "divisor"};
	char text[64], *slash;
	double v, d = 1;
	size_t n;

	*scale = *divide = '\0';
	if (!str_copy(text, sizeof(text), s))
		return -EINVAL;
	n = strlen(text);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (endswith(text, words[i])) {
			n -= strlen(words[i]);
			while (n > 0 && text[n - 1] == ' ')
				n--;
			text[n] = '\0';
			if (cell_number(text, divide, ret) < 0 || *ret == 0)
				return -EINVAL;
			*ret = 1 / *ret;
			return 0;
		}
	s = text;
	if (startswith(s, "\xc3\xb7")) { /* the sign of division */
		text[0] = ' ';
		text[1] = '/';
		s = text + 1;
	} else if (*s == 'x' || *s == 'X' || *s == '*')
		s++;
	else if (startswith(s, "\xc3\x97")) /* the sign of multiplication */
		s += 2;
	s += strspn(s, " ");
	slash = strchr(s, '/');
	if (slash) {
		*slash = '\0';
		if (slash > s && cell_number(s, scale, &v) < 0)
			return -EINVAL;
		if (slash == s)
			v = 1;
		if (cell_number(slash + 1, divide, &d) < 0 || d == 0)
			return -EINVAL;
		if (v == 1)
			*scale = '\0';
	} else if (cell_number(s, scale, &v) < 0) {
		return -EINVAL;
	}
	*ret = v / d;
	return v != 0 && isfinite(*ret) && fabs(v) <= 1e12 && fabs(d) <= 1e12 ? 0 : -EINVAL;
}

bool cell_unit(const char *s, unit_id *ret)
{
	/* Other ways to write the units of unit.h; none of them means two things. */
	static const char *const more[][2] = {{"hr", "h"}, {"hrs", "h"}, {"hour", "h"},
		{"Hours", "h"}, {"H", ""}, {"mins", "min"}, {"minute", "min"}, {"minutes", "min"},
		{"second", "s"}, {"seconds", "s"}, {"secs", "s"}, {"day", "d"}, {"Days", "d"},
		{"deg C", "°C"}, {"degc", "°C"}, {"DegC", "°C"}, {"deg_c", "°C"}, {"°c", "°C"},
		{"º C", "°C"}, {"ºC", "°C"}, {"° C", "°C"}, {"celsius", "°C"}, {"Celsius", "°C"},
		{"deg F", "°F"}, {"fahrenheit", "°F"}, {"Fahrenheit", "°F"}, {"Kelvin", "K"},
		{"kwh", "kWh"}, {"KWh", "kWh"}, {"KWH", "kWh"}, {"Kwh", "kWh"}, {"kw", "kW"},
		{"KW", "kW"}, {"wh", "Wh"}, {"WH", "Wh"}, {"hz", "Hz"}, {"HZ", "Hz"},
		{"Bar", "bar"}, {"kpa", "kPa"}, {"KPa", "kPa"}, {"l/hr", "L/h"}, {"L/hr", "L/h"},
		{"lpm", "L/min"}, {"l/m", ""}, {"m3/hr", "m³/h"}, {"m^3/h", "m³/h"},
		{"m³/hr", "m³/h"}, {"m^3", "m³"}, {"Ohm", "Ω"}, {"ohms", "Ω"}, {"RPM", "rpm"},
		{"volt", "V"}, {"Volt", "V"}, {"volts", "V"}, {"amp", "A"}, {"ampere", "A"},
		{"watt", "W"}, {"Watt", "W"}, {"litre", "L"}, {"liter", "L"}, {"litres", "L"},
		{"liters", "L"}, {"PPM", "ppm"}, {"pct", "%"}, {"Percent", "%"}, {"rH%", "%"},
		{"%rH", "%"}, {"% RH", "%"}, {"%rh", "%"}, {"Lux", "lux"}};

	if (unit_by_name(s, ret) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(more); i++)
		if (streq(more[i][0], s))
			return unit_by_name(more[i][1], ret) == 0;
	return false;
}

unsigned cell_registers(const struct cell_type *t)
{
	return point_type_registers(t->type, t->length);
}

unsigned row_bits(const struct point_row *p)
{
	if (p->type.type == POINT_BIT)
		return 1;
	return p->place.width ? p->place.width : 16 * cell_registers(&p->type);
}

bool row_is_integer(const struct point_row *p)
{
	switch (p->type.type) {
	case POINT_BIT:
	case POINT_U16:
	case POINT_S16:
	case POINT_U32:
	case POINT_S32:
	case POINT_U64:
	case POINT_S64:
	case POINT_BCD16:
	case POINT_BCD32:
		return true;
	case POINT_F32:
	case POINT_F64:
	case POINT_STRING:
	case POINT_STRING_2:
	case POINT_NATIVE:
	case _POINT_TYPE_MAX:
		break;
	}
	return false;
}

bool row_is_number(const struct point_row *p)
{
	return p->unit != UNIT_NONE || p->odd_unit || p->scale_value != 1 || p->offset_value != 0 ||
	       p->type.type == POINT_F32 || p->type.type == POINT_F64;
}

/* 0x8000 of BCD is 8000; false for what has a digit above 9. */
static bool from_bcd(int64_t raw, int64_t *ret)
{
	int64_t v = 0;

	if (raw < 0)
		return false;
	for (int shift = 28; shift >= 0; shift -= 4) {
		int digit = (int)(raw >> shift & 0xf);

		if (digit > 9)
			return false;
		v = 10 * v + digit;
	}
	*ret = v;
	return true;
}

int row_raw(const struct point_row *p, int64_t *raw)
{
	unsigned bits = row_bits(p);
	enum point_type t = p->type.type;
	bool is_signed = t == POINT_S16 || t == POINT_S32;
	int64_t span;

	if (bits >= 64)
		return 0;
	span = INT64_C(1) << bits;
	if (*raw >= span || *raw < (t == POINT_BIT ? 0 : -span / 2))
		return -ERANGE;
	if (is_signed && *raw >= span / 2)
		*raw -= span;
	if (!is_signed && *raw < 0)
		*raw += span;
	/* A pattern that is no BCD stays one: the decoder compares it so. */
	if (t == POINT_BCD16 || t == POINT_BCD32)
		(void)from_bcd(*raw, raw);
	return 0;
}
