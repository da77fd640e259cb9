/* SPDX-License-Identifier: Apache-2.0 */
/* What real register maps demand of the language of profiles: one test for each of the twelve groups of
 * "WHAT MAPS DEMAND" in hearthd.profile(5), with registers of real appliances. Facts as in the
 * profiles that are shipped, which name their sources. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "profile-text.h"

#include "adapters/modbus.h"
#include "daemon/model/compute.h"
#include "daemon/profile/write-rule.h"

/* ---- an appliance of registers */

struct rig {
	struct profile *profile;
	struct modbus_state state;
	struct blocks blocks;
	struct compute *compute;
	struct reading *readings;
	uint64_t now_us;
};

/* Units 1 and 2; banks by function code. */
static uint16_t memory[2][5][65536];

static void rig_open(
	struct rig *g, const char *header, const char *setting, const char *value, const char *body)
{
	struct source_config config = {.unit = 1, .char_us = 1042};
	struct profile_choice choice = {setting, value};
	struct profile_choices choices = {&choice, setting ? 1 : 0};
	struct errdetail error = {0};
	char text[8192];
	int n, r;

	memset(memory, 0, sizeof(memory));
	*g = (struct rig){.now_us = USEC_PER_SEC};
	n = snprintf(text, sizeof(text), "[Profile]\nName=Test\nSource=a test\nKind=%s\n%s", header,
		body);
	assert_true(n > 0 && (size_t)n < sizeof(text));
	g->profile = profile_of_with(text, &choices);
	r = adapter_modbus.configure(&g->state, g->profile, &config, &g->blocks, &error);
	if (r < 0)
		fail_msg("%s: %s", error.key, error.text);
	assert_int_equal(compute_new(g->profile, 0, &g->compute), 0);
	g->readings = calloc(g->profile->n_points, sizeof(*g->readings));
	assert_non_null(g->readings);
	for (size_t i = 0; i < g->profile->n_points; i++)
		g->readings[i] = (struct reading){.point = (uint16_t)i, .quality = _QUALITY_MAX};
}

static void rig_close(struct rig *g)
{
	adapter_modbus.done(&g->state);
	blocks_done(&g->blocks);
	compute_free(g->compute);
	free(g->readings);
	profile_unref(g->profile);
}

/* Reads every block once. */
static void rig_read(struct rig *g)
{
	static struct reading in[256], out[256 + PROFILE_DERIVED_MAX];

	g->now_us += USEC_PER_SEC;
	for (size_t b = 0; b < g->blocks.n; b++) {
		const struct modbus_block *block = &g->state.blocks[b];
		const uint16_t *from = memory[block->unit - 1][block->function];
		struct modbus_raw h = {.function = block->function,
			.address = block->first,
			.count = (uint16_t)(block->last - block->first + 1)};
		struct raw raw = {.block = (uint16_t)b, .t_us = g->now_us};
		uint8_t data[256] = {0};
		size_t bytes = modbus_reply_bytes(h.function, h.count), k;
		int n;

		for (unsigned i = 0; i < h.count; i++)
			if (h.function <= MODBUS_READ_DISCRETE)
				data[i / 8] |= (uint8_t)((from[h.address + i] & 1) << i % 8);
			else
				put_be16(data + 2 * i, from[h.address + i]);
		modbus_raw_put(&raw, &h, data, bytes);
		n = adapter_modbus.decode(&g->state, &raw, in, ARRAY_SIZE(in));
		assert_true(n >= 0);
		if (g->compute)
			k = compute_apply(g->compute, in, (size_t)n, false, out);
		else
			memcpy(out, in, (k = (size_t)n) * sizeof(*in));
		for (size_t i = 0; i < k; i++)
			g->readings[out[i].point] = out[i];
	}
}

static unsigned point(const struct rig *g, const char *name)
{
	int i = profile_point_by_name(g->profile, name);

	if (i < 0)
		fail_msg("no point %s", name);
	return (unsigned)i;
}

static const struct modbus_point *place(const struct rig *g, const char *name)
{
	return &g->state.points[point(g, name)];
}

/* "23.5", "heat", "E4", "absent"; of an attribute's own unit. */
static const char *shown(const struct rig *g, const char *name)
{
	static char text[80];
	const struct reading *r = &g->readings[point(g, name)];
	const struct point *pt = &g->profile->points[r->point];
	const struct model_attr *a = pt->attr >= 0 ? &g->profile->kind->attrs[pt->attr] : NULL;
	const char *found = NULL;

	if (r->quality == _QUALITY_MAX)
		return "never";
	if (r->quality != QUALITY_GOOD) {
		(void)snprintf(text, sizeof(text), "%s%s%s", quality_name(r->quality),
			r->reason ? ":" : "", r->reason ? reason_name(r->reason) : "");
		return text;
	}
	switch ((enum value_type)r->type) {
	case VALUE_NUMBER:
		(void)snprintf(text, sizeof(text), "%.10g", r->num);
		return text;
	case VALUE_BOOL:
		return r->code ? "true" : "false";
	case VALUE_ENUM:
		found = a && a->n_values > 0 ? model_value_name(a, r->code) : NULL;
		for (size_t i = 0; !found && i < pt->n_enums; i++)
			if (pt->enums[i].value == r->code)
				found = pt->enums[i].name;
		return found ? found : "vendor";
	case VALUE_STRING:
		(void)snprintf(text, sizeof(text), "%s", r->text);
		return text;
	case VALUE_BITS:
	case VALUE_NONE:
		break;
	}
	return "?";
}

/* All codes shown now, with their classes: "E4:fault U4-01:warning". */
static const char *faults(const struct rig *g)
{
	static char text[400];
	const struct profile *p = g->profile;
	const struct fault *f;
	size_t used = 0;
	char code[64];

	*text = '\0';
	for (size_t i = 0; i < p->n_points; i++) {
		const struct point *pt = &p->points[i];

		if (pt->fault_code && profile_fault_shown(p, &g->readings[i],
					      pt->has_detail ? &g->readings[pt->detail] : NULL, &f,
					      code, sizeof(code)))
			(void)str_appendf(text, sizeof(text), &used, "%s%s:%s%s", used ? " " : "",
				code, fault_class_name(fault_class_of(pt, f)), f ? "" : "?");
	}
	for (size_t i = 0; i < p->n_faults; i++)
		if (p->faults[i].by_bit &&
			fault_bit_state(p, &p->faults[i], &g->readings[p->faults[i].point]) == 1)
			(void)str_appendf(text, sizeof(text), &used, "%s%s:%s", used ? " " : "",
				p->faults[i].code, fault_class_name(p->faults[i].class));
	return text;
}

static void put_f32(uint16_t *at, float v, bool little)
{
	uint32_t u;

	memcpy(&u, &v, sizeof(u));
	at[little] = (uint16_t)(u >> 16);
	at[!little] = (uint16_t)u;
}

#define H memory[0][MODBUS_READ_HOLDING]
#define I memory[0][MODBUS_READ_INPUT]

/* ---- 1. addresses as makers write them */

static void test_addresses(void **state)
{
	struct rig g;

	/* Thermia: as on the wire, the bank apart. Komfovent C6: numbers from 1. NIBE S: 30143. */
	rig_open(&g, "heat_pump\n", NULL, NULL,
		"[Point a]\nRead=input:57\nType=u16\n[Point b]\nRead=discrete:9\nType=bit\n");
	assert_true(place(&g, "a")->function == 4 && place(&g, "a")->first == 57);
	assert_true(place(&g, "b")->function == 2 && place(&g, "b")->first == 9);
	rig_close(&g);
	rig_open(&g, "ventilation_unit\nAddressing=1\n", NULL, NULL,
		"[Point flow_unit]\nRead=holding:28\nType=u16\n");
	assert_int_equal(place(&g, "flow_unit")->first, 27);
	rig_close(&g);
	rig_open(&g, "heat_pump\nAddressing=modicon\n", NULL, NULL,
		"[Point alarm]\nRead=30143\nType=u16\n[Point reset]\nRead=40023\nType=u16\n");
	assert_true(place(&g, "alarm")->function == 4 && place(&g, "alarm")->first == 142);
	assert_true(place(&g, "reset")->function == 3 && place(&g, "reset")->first == 22);
	rig_close(&g);
}

/* ---- 2. parts of a register */

static void test_fields(void **state)
{
	struct rig g;

	/* OpenTherm through WBE2: bits of 205. Midea R290: two zones in one word, s8 limits. */
	rig_open(&g, "heat_pump\n", NULL, NULL,
		"[Point fault]\nRead=input:205.0\nType=bit\n"
		"[Point flame]\nRead=input:205.3\nType=bit\n"
		"[Point zone1]\nRead=holding:2.0:8\nType=u16\nUnit=°C\n"
		"[Point zone2]\nRead=holding:2.8:8\nType=u16\nUnit=°C\n"
		"[Point lower1]\nRead=holding:202.0:8\nType=s16\nUnit=°C\nAbsent=0x80\n"
		"[Point lower2]\nRead=holding:202.8:8\nType=s16\nUnit=°C\nAbsent=0x80\n"
		"[Point both]\nRead=holding:202\nType=s16\n");
	I[205] = 0x0008;
	H[2] = 0x1E2D;
	H[202] = 0x80FB; /* zone 2: -128, here taken as "not fitted"; zone 1: -5 */
	rig_read(&g);
	assert_string_equal(shown(&g, "fault"), "false");
	assert_string_equal(shown(&g, "flame"), "true");
	assert_string_equal(shown(&g, "zone1"), "45");
	assert_string_equal(shown(&g, "zone2"), "30");
	assert_string_equal(shown(&g, "lower1"), "-5");
	assert_string_equal(shown(&g, "lower2"), "absent");
	H[202] = 0x7F80;
	rig_read(&g);
	assert_string_equal(shown(&g, "lower1"), "absent");
	assert_string_equal(shown(&g, "lower2"), "127");
	rig_close(&g);
}

/* ---- 3. orders */

static void test_orders(void **state)
{
	static const char nibe[] = "[Setting word_swap]\nValues=off on\nDefault=off\n"
				   "[Point hours]\nRead=input:1087\nType=s32\nUnit=h\n"
				   "Order=switch(setting.word_swap, big, little)\n"
				   "[Point alarm]\nRead=input:1975\nType=s16\n";
	/* Lambda: s32 are low word first since a firmware that a register tells. */
	static const char lambda[] =
		"[Point firmware]\nRead=holding:900\nType=u16\nHidden=yes\n"
		"[Point new]\nRead=holding:1020\nType=s32\nOrder=little\nUnit=Wh\n"
		"Attribute=energy_imported\nWhen=firmware >= 300\n"
		"[Point old]\nRead=holding:1020\nType=s32\nUnit=Wh\n"
		"Attribute=energy_imported\nWhen=firmware < 300\n"
		"[Point energy]\nRead=holding:3203\nType=s64\nScale=0.001\nUnit=kWh\n";
	struct rig g;

	for (int on = 0; on < 2; on++) {
		rig_open(&g, "heat_pump\n", "word_swap", on ? "on" : "off", nibe);
		I[1087] = 1;
		I[1088] = 2;
		I[1975] = 0xFFFF; /* one register has no order */
		rig_read(&g);
		assert_string_equal(shown(&g, "hours"), on ? "131073" : "65538");
		assert_string_equal(shown(&g, "alarm"), "-1");
		rig_close(&g);
	}
	rig_open(&g, "heat_pump\n", NULL, NULL, lambda);
	H[1020] = 1;
	H[900] = 299;
	H[3205] = 1;
	H[3206] = 500;
	rig_read(&g);
	assert_string_equal(shown(&g, "old"), "65.536"); /* kWh */
	assert_string_equal(shown(&g, "new"), "absent");
	assert_string_equal(shown(&g, "energy"), "66.036");
	H[900] = 300;
	rig_read(&g);
	assert_string_equal(shown(&g, "old"), "absent");
	assert_string_equal(shown(&g, "new"), "0.001");
	rig_close(&g);
}

/* ---- 4. encodings */

static void test_encodings(void **state)
{
	static const char id[] = "ME-1-MB-B";
	struct rig g;

	rig_open(&g, "heat_pump\n", NULL, NULL,
		/* iDM: float, low word first. */
		"[Point outdoor]\nRead=holding:1100\nType=f32\nOrder=little\nUnit=°C\n"
		/* Procon A1M: the hexadecimal digits are the code as printed. */
		"[Point code]\nRead=input:1\nType=bcd16\n"
		/* ONOKOM: one character a register; Nilan and Daikin: two. */
		"[Point family]\nRead=input:290\nType=string\nLength=12\n"
		"[Point two]\nRead=input:20\nType=string2\nLength=1\nAbsent=0x7FFE\n"
		/* Komfovent C6: firmware packed in 32 bits, clock and date in words. */
		"[Point firmware]\nRead=holding:999\nType=u32\nFormat={24:8}.{20:4}.{12:8}.{0:12}\n"
		"[Point clock]\nRead=holding:28\nType=u16\nFormat={8:8:02}:{0:8:02}\n"
		"[Point date]\nRead=holding:30\nType=u16\nFormat={8:8:02}-{0:8:02}\n"
		"[Point hex]\nRead=holding:30\nType=u16\nFormat=0x{0:16:04X}\n"
		"[Point year]\nRead=holding:31.9:7\nType=u16\nFormat={0:7+2000}\n"
		"[Point letters]\nRead=holding:32\nType=u16\nFormat={8:8:c}{0:8:c}\n"
		/* Systemair: seconds minus 760516096 are Unix time, low word first. */
		"[Point replaced]\nRead=input:7001\nType=u32\nOrder=little\nFormat=time\n"
		"Offset=-760516096\n");
	put_f32(&H[1100], -3.5F, true);
	I[1] = 0x6999;
	for (size_t i = 0; id[i]; i++)
		I[290 + i] = (uint8_t)id[i];
	I[20] = 'U' << 8 | '4';
	H[999] = 0x0113;
	H[1000] = 0x0011;
	H[28] = 0x0C05;
	H[30] = 0x020C;
	H[31] = 25 << 9 | 0x1FF;
	H[32] = 'E' << 8;
	I[7001] = 0x9600;
	I[7002] = 0x8F6B;
	rig_read(&g);
	assert_string_equal(shown(&g, "outdoor"), "-3.5");
	assert_string_equal(shown(&g, "code"), "6999");
	assert_string_equal(shown(&g, "family"), "ME-1-MB-B");
	assert_string_equal(shown(&g, "two"), "U4");
	assert_string_equal(shown(&g, "firmware"), "1.1.48.17");
	assert_string_equal(shown(&g, "clock"), "12:05");
	assert_string_equal(shown(&g, "date"), "02-12");
	assert_string_equal(shown(&g, "hex"), "0x020C");
	assert_string_equal(shown(&g, "year"), "2025");
	assert_string_equal(shown(&g, "letters"), "E");
	assert_string_equal(shown(&g, "replaced"), "2022-02-24T04:22:24Z");
	I[1] = 0x8A00; /* no BCD */
	I[20] = 0x7FFE;
	rig_read(&g);
	assert_string_equal(shown(&g, "code"), "suspect:decode");
	assert_string_equal(shown(&g, "two"), "absent");
	rig_close(&g);
}

/* ---- 5. scales */

static void test_scales(void **state)
{
	struct rig g;

	rig_open(&g, "heat_pump\n", NULL, NULL,
		/* Midea 170 L: x·0.5 − 15. Fröling: a divisor of 207. WBE2: offset −100. */
		"[Point tank]\nRead=holding:3\nType=u16\nScale=0.5\nOffset=-15\nUnit=°C\n"
		"[Point share]\nRead=holding:4\nType=u16\nScale=100\nDivide=207\nUnit=%\n"
		"[Point room]\nRead=holding:208\nType=s16\nScale=0.1\nOffset=-100\nUnit=°C\n"
		/* Chint DTSU666: a float that still needs a factor. */
		"[Point volt]\nRead=holding:8192\nType=f32\nScale=0.1\nUnit=V\n"
		/* Systemair: 65535·H + L, low word first. */
		"[Point low]\nRead=input:1110\nType=u16\nHidden=yes\n"
		"[Point high]\nRead=input:1111\nType=u16\nHidden=yes\n"
		"[Point left]\nValue=65535*high + low\nUnit=s\n"
		/* Stiebel ISG: kWh up to 999, then MWh. */
		"[Point kwh]\nRead=input:3501\nType=u16\nUnit=kWh\nHidden=yes\n"
		"[Point mwh]\nRead=input:3502\nType=u16\nUnit=MWh\nHidden=yes\n"
		"[Point energy]\nValue=mwh + kwh\nUnit=kWh\nAttribute=energy_imported\nTotal=yes\n"
		/* A unit follows from the expression. */
		"[Point delta]\nValue=tank - room\n");
	H[3] = 131;
	H[4] = 207;
	H[208] = 1213;
	put_f32(&H[8192], 2301, false);
	I[1110] = 10;
	I[1111] = 2;
	I[3501] = 250;
	I[3502] = 3;
	rig_read(&g);
	assert_string_equal(shown(&g, "tank"), "50.5");
	assert_string_equal(shown(&g, "share"), "100");
	assert_string_equal(shown(&g, "room"), "21.3");
	assert_string_equal(shown(&g, "volt"), "230.1");
	assert_string_equal(shown(&g, "left"), "131080");
	assert_string_equal(shown(&g, "energy"), "3250");
	assert_string_equal(shown(&g, "delta"), "29.2");
	assert_string_equal(unit_name(g.profile->points[point(&g, "delta")].unit), "K");
	assert_null(g.profile->points[point(&g, "left")].read);
	rig_close(&g);
}

/* ---- 6. values that are none; three states survive a sum */

static void test_not_there(void **state)
{
	struct rig g;

	rig_open(&g, "heat_pump\n", NULL, NULL,
		/* PHNIX, Daikin, iDM, Grant, Intesis, Remeha, Fröling. */
		"[Point phnix]\nRead=holding:2017\nType=s16\nScale=0.1\nUnit=°C\n"
		"SensorFault=0x7FFF 0x7FFD\n"
		"[Point daikin]\nRead=input:40\nType=s16\nAbsent=32766\n"
		"[Point idm]\nRead=holding:1000\nType=f32\nOrder=little\nUnit=°C\nAbsent=-1.0\n"
		"[Point grant]\nRead=input:17\nType=s16\nScale=0.1\nUnit=°C\nAbsent=-200\n"
		"[Point intesis]\nRead=holding:5\nType=s16\nUnavailable=0x8000\n"
		"[Point remeha]\nRead=holding:532\nType=u16\nAbsent=0xFFFE\nFault=code\n"
		"NoFault=0xFFFF\n"
		"[Point hi]\nRead=holding:60\nType=u16\nAbsent=0xFFFF\nUnavailable=0xFFFE\n"
		"[Point lo]\nRead=holding:61\nType=u16\n"
		"[Point sum]\nValue=65536*hi + lo\n"
		"[Point more]\nValue=sum + lo\n"
		"[Point or_zero]\nValue=default(hi, 0) + lo\n"
		"[Point fitted]\nValue=present(hi)\n");
	H[2017] = 0x7FFD;
	I[40] = 32766;
	put_f32(&H[1000], -1, true);
	I[17] = (uint16_t)-200;
	H[5] = 0x8000;
	H[532] = 0xFFFE;
	H[60] = 0xFFFF;
	H[61] = 7;
	rig_read(&g);
	assert_string_equal(shown(&g, "phnix"), "suspect:sensor");
	assert_string_equal(shown(&g, "daikin"), "absent");
	assert_string_equal(shown(&g, "idm"), "absent");
	assert_string_equal(shown(&g, "grant"), "absent");
	assert_string_equal(shown(&g, "intesis"), "unavailable");
	assert_string_equal(faults(&g), "");
	/* An absent addend never turns a sum into a number. */
	assert_string_equal(shown(&g, "sum"), "absent");
	assert_string_equal(shown(&g, "more"), "absent");
	assert_string_equal(shown(&g, "or_zero"), "7");
	assert_string_equal(shown(&g, "fitted"), "false");
	H[60] = 0xFFFE;
	rig_read(&g);
	assert_string_equal(shown(&g, "sum"), "unavailable");
	assert_string_equal(shown(&g, "more"), "unavailable");
	assert_string_equal(shown(&g, "or_zero"), "unavailable");
	H[60] = 1;
	rig_read(&g);
	assert_string_equal(shown(&g, "sum"), "65543");
	assert_string_equal(shown(&g, "more"), "65550");
	assert_string_equal(shown(&g, "fitted"), "true");
	rig_close(&g);
}

/* ---- 7. shapes of faults */

static void test_faults(void **state)
{
	struct rig g;

	/* Procon A1M: one code. Komfovent C6: slots, bit 7 says warning. Fröling: slots, 0 is a fault.
	 * PHNIX: bits over registers, and a sensor's value. Thermia: one discrete each. Systemair: states
	 * of which two mean active. Nilan: a number under which the panel shows E03. */
	rig_open(&g, "heat_pump\n", NULL, NULL,
		"[Point code]\nRead=input:1\nType=bcd16\nFault=code\nNoFault=8000\nCode=%04d\n"
		"[Repeat slot]\nCount=3\nStep=1\n"
		"[Point warns{n}]\nRepeat=slot\nRead=holding:600.7\nType=bit\nHidden=yes\n"
		"[Point alarm{n}]\nRepeat=slot\nRead=holding:600.0:7\nType=u16\nHidden=yes\n"
		"Fault=code\nCode=F%d\nWhen=not warns{n}\n"
		"[Point warning{n}]\nRepeat=slot\nRead=holding:600.0:7\nType=u16\nHidden=yes\n"
		"Fault=code\nCode=W%d\nClass=warning\nWhen=warns{n}\n"
		"[Point boiler]\nRead=input:3000\nType=u16\nHidden=yes\nFault=code\nNoFault=65535\n"
		"[Point nilan]\nRead=input:401\nType=u16\nHidden=yes\nFault=code\nCode=E%02d\n"
		"[Point outlet]\nRead=holding:2017\nType=s16\nScale=0.1\nUnit=°C\n"
		"SensorFault=0x7FFF 0x7FFD\n"
		"[Fault 6999]\nValue=6999\nOf=code\nMeaning=Bad communication\n"
		"[Fault F1]\nMeaning=Supply flow not reached\n"
		"[Fault W1]\nMeaning=Service time\nClass=maintenance\n"
		"[Fault E03]\nMeaning=Fire alarm\nSeverity=danger\n"
		"[Fault 0]\nOf=boiler\nMeaning=Safety thermostat\n"
		"[Fault 2074.0]\nRead=holding:2074.0\nMeaning=Inlet water temp. failure\n"
		"[Fault 2074.3]\nRead=holding:2074.3\n"
		"[Fault P02]\nRead=holding:2017\nValue=0x7FFF\n"
		"[Fault P02 open]\nCode=P02\nRead=holding:2017\nValue=0x7FFD\n"
		"[Fault high pressure]\nRead=discrete:9\n"
		"[Fault supply fan]\nRead=input:15001.0\nMeaning=1 active, 3 acknowledged\n");
	I[1] = 0x8000;
	I[3000] = 65535;
	H[2017] = 250;
	rig_read(&g);
	assert_string_equal(faults(&g), "");
	I[1] = 0x6999;
	H[600] = 1;
	H[601] = 0x81;
	H[602] = 0x85;
	I[3000] = 0;
	I[401] = 3;
	H[2074] = 8;
	memory[0][MODBUS_READ_DISCRETE][9] = 1;
	I[15001] = 3;
	rig_read(&g);
	assert_string_equal(faults(&g),
		"6999:fault F1:fault W1:maintenance W5:warning? 0:fault E03:fault "
		"2074.3:fault high pressure:fault supply fan:fault");
	I[1] = 0x5101; /* an unknown code is shown as it is */
	memset(&H[600], 0, 3 * sizeof(H[0]));
	I[3000] = 65535;
	I[401] = 0;
	H[2074] = 0;
	memory[0][MODBUS_READ_DISCRETE][9] = 0;
	I[15001] = 2;
	H[2017] = 0x7FFD;
	rig_read(&g);
	assert_string_equal(faults(&g), "5101:fault? P02:fault");
	assert_string_equal(shown(&g, "outlet"), "suspect:sensor");
	rig_close(&g);
}

/* Daikin Altherma 4: two letters, a sub code, and a register that says fault or warning; Lambda: a
 * state beside the number. */
static void test_sub_codes(void **state)
{
	struct rig g;

	rig_open(&g, "heat_pump\n", NULL, NULL,
		"[Point abnormality]\nRead=input:20\nType=s16\nAbsent=32766\nHidden=yes\n"
		"Enum=0:none 1:fault 2:warning\n"
		"[Point code]\nRead=input:21\nType=string2\nLength=1\nAbsent=0x7FFE\n"
		"Fault=code\nNoFault=00 --\nDetail=sub\nWhen=abnormality == fault\n"
		"[Point notice]\nRead=input:21\nType=string2\nLength=1\nAbsent=0x7FFE\n"
		"Fault=code\nNoFault=00 --\nDetail=sub\nWhen=abnormality == warning\n"
		"Class=warning\nSeverity=care\n"
		"[Point sub]\nRead=input:22\nType=u16\nAbsent=32766\nHidden=yes\n"
		"[Fault U4]\nMeaning=Transmission between indoor and outdoor unit\n"
		"[Fault U4-01]\nMeaning=The same, of the first unit\nSeverity=urgent\n"
		"[Fault A1]\nClass=fault\n");
	I[20] = 1;
	I[21] = 'U' << 8 | '4';
	I[22] = 1;
	rig_read(&g);
	assert_string_equal(faults(&g), "U4-01:fault");
	I[22] = 17;
	rig_read(&g);
	assert_string_equal(faults(&g), "U4-17:fault"); /* that of U4 */
	I[22] = 32766;
	I[20] = 2;
	rig_read(&g);
	assert_string_equal(faults(&g), "U4:warning");
	I[21] = 'E' << 8 | '7';
	rig_read(&g);
	assert_string_equal(faults(&g), "E7:warning?");
	I[21] = '0' << 8 | '0';
	rig_read(&g);
	assert_string_equal(faults(&g), "");
	I[21] = 0x7FFE;
	rig_read(&g);
	assert_string_equal(faults(&g), "");
	I[20] = 0;
	I[21] = 'U' << 8 | '4';
	rig_read(&g);
	assert_string_equal(faults(&g), "");
	rig_close(&g);
}

/* ---- 8. lists that differ */

static void test_lists(void **state)
{
	static const char dimplex[] =
		"[Setting software]\nValues=H J L M\nDefault=L\n"
		"[Point fault]\nRead=holding:105\nType=u16\nFault=code\n"
		"[Point status]\nRead=holding:103\nType=u16\n"
		"Enum=switch(setting.software, 0:off 1:heating, 0:off 1:heating, 0:off 2:heating, "
		"0:off 2:heating)\n"
		"[Fault LM 1]\nWhen=setting.software == L or setting.software == M\nCode=1\nValue=1\n"
		"Meaning=Fault N17.1\n"
		"[Fault HJ 5]\nWhen=setting.software == H or setting.software == J\nCode=5\nValue=5\n"
		"Meaning=Low pressure\n";
	struct rig g;

	rig_open(&g, "heat_pump\n", NULL, NULL, dimplex);
	assert_int_equal(g.profile->n_faults, 1);
	assert_string_equal(g.profile->faults[0].code, "1");
	assert_string_equal(fault_name(&g.profile->faults[0]), "LM 1");
	H[103] = 2;
	H[105] = 5;
	rig_read(&g);
	assert_string_equal(shown(&g, "status"), "heating");
	assert_string_equal(faults(&g), "5:fault?"); /* unknown here */
	rig_close(&g);
	rig_open(&g, "heat_pump\n", "software", "H", dimplex);
	H[103] = 2;
	H[105] = 5;
	rig_read(&g);
	assert_string_equal(shown(&g, "status"), "vendor");
	assert_string_equal(faults(&g), "5:fault");
	rig_close(&g);
	/* Systemair: requests are counted from 1, states from 0. Komfovent: the unit is a register. */
	rig_open(&g, "ventilation_unit\n", NULL, NULL,
		"[Point request]\nRead=holding:1161\nType=u16\nEnum=1:auto 2:manual 3:crowded\n"
		"[Point mode]\nRead=input:1160\nType=u16\nEnum=0:auto 1:manual 2:crowded\n"
		"Attribute=mode\n"
		"[Point flow_unit]\nRead=holding:27\nType=u16\nEnum=0:m3h 1:ls\n"
		"[Point supply_m3h]\nRead=holding:905\nType=u32\nUnit=m³/h\n"
		"Attribute=supply.flow\nWhen=flow_unit == m3h\n"
		"[Point supply_ls]\nRead=holding:905\nType=u32\nUnit=L/s\n"
		"Attribute=supply.flow\nWhen=flow_unit == ls\n");
	H[1161] = 3;
	I[1160] = 2;
	H[906] = 100;
	rig_read(&g);
	assert_string_equal(shown(&g, "request"), "crowded");
	assert_string_equal(shown(&g, "mode"), "crowded");
	assert_string_equal(shown(&g, "supply_m3h"), "100");
	assert_string_equal(shown(&g, "supply_ls"), "absent");
	H[27] = 1;
	rig_read(&g);
	assert_string_equal(shown(&g, "supply_m3h"), "absent");
	assert_string_equal(shown(&g, "supply_ls"), "360");
	H[27] = 7; /* neither */
	rig_read(&g);
	assert_string_equal(shown(&g, "supply_ls"), "absent");
	rig_close(&g);
}

/* ---- 9. writes: what test-profile-write.c does not have, how they meet the other groups */

static void test_writes(void **state)
{
	struct rig g;

	rig_open(&g, "heat_pump\n", "pool", "yes",
		"[Setting pool]\nValues=no yes\nDefault=no\n"
		"[Repeat tank]\nCount=2\nStep=100\n"
		"[Point tank{n}]\nRepeat=tank\nRead=holding:2002\nType=u16\nUnit=°C\n"
		"Attribute=vendor.tank{n}\n"
		"[Write vendor.tank{n}]\nRepeat=tank\nMin=switch(setting.pool, 40, 20)\nMax=65\n"
		"Budget=100000\n"
		"[Point heater]\nRead=holding:9\nType=u16\nWhen=not setting.pool\n"
		"[Write vendor.heater]\nMin=0\nMax=1\nBudget=1000\nWhen=not setting.pool\n");
	assert_int_equal(g.profile->n_writes, 2);
	assert_string_equal(g.profile->writes[1].attribute, "vendor.tank2");
	assert_int_equal(g.profile->writes[1].cell.address, 2102);
	assert_float_equal(g.profile->writes[1].min.value, 20, 0);
	rig_close(&g);
}

/* ---- 10. what may be read at once */

static void test_reads(void **state)
{
	static const char thermia[] =
		"[Setting model]\nValues=diplomat genesis\nDefault=diplomat\n"
		"[Line]\nGap=10ms\n"
		"Readable=switch(setting.model, discrete:9-45 discrete:46-83, discrete:9-83)\n"
		"[Point a]\nRead=discrete:45\nType=bit\n[Point b]\nRead=discrete:46\nType=bit\n";
	struct rig g;

	rig_open(&g, "heat_pump\n", NULL, NULL, thermia);
	assert_int_equal(g.blocks.n, 2);
	assert_int_equal(g.profile->line.gap_us, 10000);
	rig_close(&g);
	rig_open(&g, "heat_pump\n", "model", "genesis", thermia);
	assert_int_equal(g.blocks.n, 1);
	rig_close(&g);
	/* Carel IR33: one register a request. Fröling: holes answer −1. A value is never cut. */
	rig_open(&g, "refrigerator\n", NULL, NULL,
		"[Line]\nBlockReads=no\nLeastPeriod=30s\n[Point a]\nRead=holding:1\nType=u16\n"
		"[Point b]\nRead=holding:2\nType=u16\n[Point c]\nRead=holding:3\nType=s16\n"
		"Absent=-1\n");
	assert_int_equal(g.blocks.n, 3);
	assert_int_equal(g.blocks.v[0].period_us, 30 * USEC_PER_SEC);
	H[3] = 0xFFFF;
	rig_read(&g);
	assert_string_equal(shown(&g, "c"), "absent");
	rig_close(&g);
	rig_open(&g, "heat_pump\n", NULL, NULL,
		"[Line]\nMaxRead=2\n[Point a]\nRead=holding:1\nType=u16\n"
		"[Point b]\nRead=holding:2\nType=u32\n[Point c]\nRead=holding:4\nType=u16\n");
	for (size_t i = 0; i < g.blocks.n; i++) {
		assert_true(g.state.blocks[i].first != 3);
		assert_true(g.state.blocks[i].last != 2);
	}
	rig_close(&g);
}

/* ---- 11. structure */

static void test_structure(void **state)
{
	struct rig g;

	/* Lambda: module · 1000 + instance · 100 + point, as many as are fitted. */
	rig_open(&g, "heat_pump\n", "boilers", "2",
		"[Setting boilers]\nValues=0..5\nDefault=1\n"
		"[Repeat boiler]\nCount=setting.boilers\nStep=100\n"
		"[Point boil{n}.temperature]\nRepeat=boiler\nRead=holding:2002\nType=s16\nScale=0.1\n"
		"Unit=°C\nAttribute=tank.temperature\nLabel=Tank {n}\n"
		"[Point boil{n}.error]\nRepeat=boiler\nRead=holding:2000\nType=s16\nHidden=yes\n"
		"Fault=code\nCode=B{n} %d\n");
	H[2002] = 451;
	H[2102] = 382;
	H[2100] = 9;
	rig_read(&g);
	assert_string_equal(shown(&g, "boil1.temperature"), "45.1");
	assert_string_equal(shown(&g, "boil2.temperature"), "38.2");
	assert_string_equal(
		g.profile->points[point(&g, "boil1.temperature")].attribute, "tank.temperature");
	assert_string_equal(g.profile->points[point(&g, "boil2.temperature")].attribute,
		"vendor.boil2.temperature");
	assert_string_equal(faults(&g), "B2 9:fault?");
	rig_close(&g);
	/* Two units in one product: the same address in both. */
	rig_open(&g, "heat_pump\n", NULL, NULL,
		"[Point room]\nRead=holding:50\nType=u16\n"
		"[Point cellar]\nRead=holding:50\nType=u16\nDevice=+1\n"
		"[Fault pump]\nRead=holding:51.0\nDevice=2\n");
	assert_int_equal(g.blocks.n, 2);
	memory[0][MODBUS_READ_HOLDING][50] = 21;
	memory[1][MODBUS_READ_HOLDING][50] = 12;
	memory[1][MODBUS_READ_HOLDING][51] = 1;
	rig_read(&g);
	assert_string_equal(shown(&g, "room"), "21");
	assert_string_equal(shown(&g, "cellar"), "12");
	assert_string_equal(faults(&g), "pump:fault");
	rig_close(&g);
	/* WBE2-I-OPENTHERM: what holding 208 is depends on the control mode in 207. */
	rig_open(&g, "boiler\n", NULL, NULL,
		"[Point control]\nRead=holding:207\nType=u16\n"
		"Enum=0:direct 1:room_sensor 2:outdoor_sensor 3:off\n"
		"[Point room]\nRead=holding:208\nType=s16\nScale=0.1\nOffset=-100\nUnit=°C\n"
		"When=control == room_sensor\n"
		"[Point outdoor]\nRead=holding:208\nType=s16\nScale=0.1\nOffset=-100\nUnit=°C\n"
		"When=control == outdoor_sensor\n");
	H[207] = 1;
	H[208] = 1215;
	rig_read(&g);
	assert_string_equal(shown(&g, "room"), "21.5");
	assert_string_equal(shown(&g, "outdoor"), "absent");
	H[207] = 2;
	H[208] = 955;
	rig_read(&g);
	assert_string_equal(shown(&g, "room"), "absent");
	assert_string_equal(shown(&g, "outdoor"), "-4.5");
	H[207] = 0;
	rig_read(&g);
	assert_string_equal(shown(&g, "outdoor"), "absent");
	rig_close(&g);
}

/* ---- 12. when the gateway is gone */

static void test_gone(void **state)
{
	struct rig g;

	rig_open(&g, "boiler\nWhenGatewayGone=falls-back\nWhenGatewayGoneAfter=2min\n", NULL, NULL,
		"");
	assert_int_equal(g.profile->when_gone, WHEN_GONE_FALLS_BACK);
	assert_int_equal(g.profile->when_gone_us, 2 * USEC_PER_MIN);
	rig_close(&g);
	rig_open(&g, "boiler\n", NULL, NULL, "");
	assert_int_equal(g.profile->when_gone, WHEN_GONE_UNKNOWN);
	rig_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_scales),
		cmocka_unit_test(test_not_there),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_sub_codes),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_writes),
		cmocka_unit_test(test_reads),
		cmocka_unit_test(test_structure),
		cmocka_unit_test(test_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
