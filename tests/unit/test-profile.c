/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "profile-text.h"
#include "scratch.h"
#include <dirent.h>
#include <math.h>
#include <sys/stat.h>
#include <time.h>

#include "daemon/profile/profile.h"

#define HEAD "[Profile]\nKind=heat_pump\nName=Pump\nSource=a test\n"

static void test_header(void **state)
{
	struct profile *p =
		profile_of("[Profile]\nMaker=PHNIX\nModel=A\nKind=heat_pump\nName=Pump\n"
			   "Name[zh_CN]=热泵\nName[de]=Wärmepumpe\nSource=doc\nConfidence=high\n"
			   "Version=7\nAddressing=1\nX-Note=ours\n"
			   "[Line]\nBaud=19200\nParity=even\nStopBits=2\nUnit=16\nTimeout=250ms\n"
			   "Gap=1s\nMaxRead=60\nMaxReadBits=500\nBlockReads=no\nLeastPeriod=2s\n"
			   "Readable=holding:1-117 input:58 coil:3-41\n");

	assert_string_equal(p->id, "test");
	assert_string_equal(p->path, "test.profile");
	assert_string_equal(p->adapter, "modbus");
	assert_string_equal(p->maker, "PHNIX");
	assert_string_equal(p->model, "A");
	assert_string_equal(p->kind->name, "heat_pump");
	assert_string_equal(text_get(&p->name, false), "Pump");
	assert_string_equal(text_get(&p->name, true), "热泵");
	assert_int_equal(p->confidence, CONFIDENCE_HIGH);
	assert_int_equal(p->version, 7);
	assert_int_equal(p->addressing, ADDRESSING_ONE);
	assert_int_equal(p->line.baud, 19200);
	assert_int_equal(p->line.parity, 'E');
	assert_int_equal(p->line.stop_bits, 2);
	assert_int_equal(p->line.unit, 16);
	assert_int_equal(p->line.timeout_us, 250000);
	assert_int_equal(p->line.gap_us, 1000000);
	assert_int_equal(p->line.max_read, 60);
	assert_int_equal(p->line.max_read_bits, 500);
	assert_false(p->line.block_reads);
	assert_int_equal(p->line.least_period_us, 2000000);
	assert_int_equal(p->n_ranges, 3);
	assert_string_equal(p->ranges[0].bank, "holding");
	assert_int_equal(p->ranges[0].first, 0); /* number 1 is address 0 */
	assert_int_equal(p->ranges[0].last, 116);
	assert_int_equal(p->ranges[1].first, 57);
	assert_int_equal(p->ranges[1].last, 57);
	assert_null(profile_unref(p));
	assert_null(profile_unref(NULL));

	p = profile_of(HEAD);
	assert_int_equal(p->line.unit, -1);
	assert_int_equal(p->line.parity, 0);
	assert_true(p->line.block_reads);
	assert_int_equal(p->version, 1);
	assert_int_equal(p->confidence, CONFIDENCE_MEDIUM);
	assert_string_equal(text_get(&p->name, true), "Pump"); /* zh falls back */
	assert_ptr_equal(profile_ref(p), p);
	assert_null(profile_unref(p));
	assert_int_equal(p->refs, 1);
	profile_unref(p);

	p = profile_of(HEAD
		"Addressing=modicon\n[Line]\nReadable=40001-40117 300058 00004-000042 10001\n");
	assert_int_equal(p->n_ranges, 4);
	assert_string_equal(p->ranges[0].bank, "holding");
	assert_int_equal(p->ranges[0].last, 116);
	assert_string_equal(p->ranges[1].bank, "input");
	assert_int_equal(p->ranges[1].first, 57);
	assert_string_equal(p->ranges[2].bank, "coil");
	assert_int_equal(p->ranges[2].first, 3);
	assert_int_equal(p->ranges[2].last, 41);
	assert_string_equal(p->ranges[3].bank, "discrete");
	profile_unref(p);
}

static void test_header_errors(void **state)
{
	profile_bad("", "there is no [Profile] section");
	profile_bad("[Profile x]\n", "f:1: Profile x: error: [Profile] takes no name");
	profile_bad("[Profile]\nName=a\nSource=b\n", "f:1: Profile: error: Kind= is missing");
	profile_bad("[Profile]\nKind=heatpump\nName=a\nSource=b\n",
		"f:2: Profile.Kind: error: there is no kind "
		"\"heatpump\"; did you mean heat_pump?");
	profile_bad("[Profile]\nKind=samovar\nName=a\nSource=b\n", "there is no kind \"samovar\"");
	profile_bad("[Profile]\nKind=heat_pump\nSource=b\n", "Name= is missing");
	profile_bad("[Profile]\nKind=heat_pump\nName=a\n", "Source= is missing");
	profile_bad(HEAD "Addressing=2\n", "f:5: Profile.Addressing");
	profile_bad(HEAD "Confidence=sure\n", "f:5: Profile.Confidence");
	profile_bad(HEAD "Versoin=2\n",
		"f:5: Profile.Versoin: error: unknown key; did you mean Version=?");
	profile_bad(HEAD "Adapter=x10a\nAddressing=1\n", "only the modbus adapter");
	profile_bad(HEAD "[Pont a]\n", "f:5: Pont a: error: unknown section");
	profile_bad(HEAD "[Line]\nParity=mark\n", "f:6: Line.Parity");
	profile_bad(HEAD "[Line]\nMaxRead=126\n", "f:6: Line.MaxRead");
	profile_bad(HEAD "[Line]\nUnit=256\n", "f:6: Line.Unit");
	profile_bad(HEAD "[Line]\nReadable=holding:7-3\n",
		"f:6: Line.Readable: error: \"holding:7-3\" is no range");
	profile_bad(HEAD "[Line]\nReadable=registers:1-3\n", "is no range");
	profile_bad(HEAD "[Line]\nReadable=holding:1-65536\n", "is no range");
	profile_bad(HEAD "Addressing=1\n[Line]\nReadable=holding:0-3\n", "is no range");
	profile_bad(HEAD "Addressing=modicon\n[Line]\nReadable=40001-30005\n", "is no range");
	profile_bad(HEAD "Addressing=modicon\n[Line]\nReadable=20001\n", "is no range");
	/* All errors are told, not only the first. */
	profile_bad(HEAD "[Line]\nUnit=256\n[Point a]\nRead=x\nType=u17\n[Fault E1]\n",
		"f:9: Point a.Type");
	profile_bad(HEAD "[Line]\nUnit=256\n[Point a]\nRead=x\nType=u17\n[Fault E1]\n",
		"f:10: Fault E1: error");
}

static void test_point_keys(void **state)
{
	struct profile *p = profile_of(HEAD
		"[Point out]\nRead=holding:2017\nType=s16\nScale=0.1\nUnit=degC\n"
		"Absent=0x7FFF 0x8000\nUnavailable=-2\nSensorFault=0x7FFD\nPossible=-50..120\n"
		"Attribute=flow.temperature\nPeriod=5s\nLabel=Out\nLabel[zh_CN]=出水\nConfidence=low\n"
		"[Point mode]\nRead=holding:2012\nType=u16\nAttribute=running_mode\nEnum=1:heat 0x00:cool\n"
		"Period=1h30min\n"
		"[Point total]\nRead=input:5\nType=u32\nOrder=little\nDivide=1000\nOffset=-3\nUnit=kWh\n"
		"[Point sw]\nRead=input:9\nType=string2\nLength=8\nAttribute=software_version\n"
		"[Point aux]\nRead=holding:1.8:8\nType=u16\nHidden=yes\n"
		"[Point state]\nRead=holding:7\nType=u16\nBits=0:fan 3:pump\n"
		"[Point relays]\nRead=holding:8\nType=u16\nBits=0:heat 4:fan\nAttribute=running_state\n");
	const struct point *pt = point_of(p, "out");

	assert_int_equal(p->n_points, 7);
	assert_string_equal(pt->read, "holding:2017");
	assert_int_equal(pt->type, POINT_S16);
	assert_true(pt->scale == 0.1 && pt->offset == 0);
	assert_string_equal(unit_name(pt->unit), "°C");
	assert_int_equal(pt->n_sentinels, 4);
	assert_int_equal(pt->sentinels[1].raw, -32768); /* the bit pattern 0x8000 */
	assert_int_equal(pt->sentinels[1].quality, QUALITY_ABSENT);
	assert_int_equal(pt->sentinels[2].quality, QUALITY_UNAVAILABLE);
	assert_int_equal(pt->sentinels[3].quality, QUALITY_SUSPECT);
	assert_int_equal(pt->sentinels[3].reason, REASON_SENSOR);
	assert_true(pt->possible_min == -50 && pt->possible_max == 120);
	assert_string_equal(pt->attribute, "flow.temperature");
	assert_int_equal(pt->attr, model_attr_index(p->kind, "flow.temperature"));
	assert_int_equal(pt->period_us, 5000000);
	assert_string_equal(text_get(&pt->label, true), "出水");
	assert_int_equal(pt->confidence, CONFIDENCE_LOW);
	assert_int_equal(pt->line, 6);
	assert_int_equal(profile_point_by_attr(p, pt->attr), profile_point_by_name(p, "out"));
	pt = point_of(p, "mode");
	assert_int_equal(pt->n_enums, 2);
	assert_int_equal(pt->enums[0].raw, 0);   /* sorted by raw */
	assert_int_equal(pt->enums[0].value, 3); /* Matter's number of cool */
	assert_int_equal(pt->enums[1].value, 4);
	assert_int_equal(pt->period_us, 5400000000);
	pt = point_of(p, "total");
	assert_int_equal(pt->order, ORDER_LITTLE);
	assert_true(pt->scale == 0.001 && pt->offset == -3);
	assert_string_equal(pt->attribute, "vendor.total");
	assert_int_equal(pt->attr, -1);
	assert_true(isnan(pt->possible_min));
	assert_int_equal(pt->period_us, 10000000);
	assert_int_equal(point_of(p, "sw")->string_len, 8);
	assert_true(point_of(p, "aux")->hidden);
	assert_null(point_of(p, "aux")->attribute);
	assert_true(point_of(p, "state")->bits);
	assert_int_equal(point_of(p, "state")->enums[1].value, 3);
	assert_int_equal(point_of(p, "relays")->enums[1].value, 2); /* Matter's fan bit */
	assert_int_equal(profile_point_by_name(p, "nothing"), -ENOENT);
	assert_int_equal(point_value_type(p, 0), VALUE_NUMBER);
	assert_int_equal(point_value_type(p, 1), VALUE_ENUM);
	assert_int_equal(point_value_type(p, 3), VALUE_STRING);
	assert_int_equal(point_value_type(p, 5), VALUE_BITS);
	profile_unref(p);
}

#define P HEAD "[Point a]\nRead=holding:1\n"

static void test_point_errors(void **state)
{
	profile_bad(HEAD "[Point a]\nType=u16\n", "f:5: Point a: error: Read= is missing");
	profile_bad(HEAD "[Point]\nRead=x\nType=u16\n", "a point needs a name");
	profile_bad(HEAD "[Point Aa]\nRead=x\nType=u16\n", "a point needs a name");
	profile_bad(P, "Type= is missing");
	profile_bad(P "Type=u17\n", "f:7: Point a.Type");
	profile_bad(P "Type=native\n", "f:7: Point a.Type: error: Modbus registers need a type");
	profile_bad(P "Type=string\n", "Length= is missing");
	profile_bad(P "Type=string\nLength=65\n", "f:8: Point a.Length");
	profile_bad(P "Type=u16\nLength=2\n", "f:8: Point a.Length: error: only string");
	profile_bad(P "Type=u16\nOrder=middle\n", "f:8: Point a.Order");
	profile_bad(P "Type=u16\nScael=0.1\n",
		"f:8: Point a.Scael: error: unknown key; did you mean Scale=?");
	profile_bad(P "Type=u16\nScale=0\n", "f:8: Point a.Scale: error: must not be 0");
	profile_bad(P "Type=u16\nDivide=0\n", "f:8: Point a.Divide: error: must not be 0");
	profile_bad(P "Type=u16\nScale=1,5\n", "f:8: Point a.Scale");
	profile_bad(P "Type=u16\nUnit=furlong\n",
		"f:8: Point a.Unit: error: there is no unit \"furlong\"");
	profile_bad(P "Type=u16\nUnit=K\nAttribute=flow.temperature\n", "K does not convert to °C");
	profile_bad(P "Type=u16\nAttribute=flow.temperature\n",
		"Unit= is missing; flow.temperature is in °C");
	profile_bad(P "Type=u16\nUnit=°C\nAttribute=flow.temprature\n",
		"did you mean flow.temperature?");
	profile_bad(P "Type=u16\nAttribute=samovar\n", "without Attribute= it is vendor.a");
	profile_bad(P "Type=u16\nAttribute=reachable\n",
		"f:8: Point a.Attribute: error: reachable is made by");
	profile_bad(P "Type=u16\nAttribute=vendor.A b\n", "f:8: Point a.Attribute");
	profile_bad(
		P "Type=u16\nAttribute=on_off\nHidden=yes\n", "a hidden point has no attribute");
	profile_bad(P "Type=u16\nAbsent=65536\n",
		"f:8: Point a.Absent: error: \"65536\" is no raw value of type u16");
	profile_bad(P "Type=u16\nAbsent=x\n", "\"x\" is no raw value");
	profile_bad(P "Type=u16\nAbsent=nan\n", "\"nan\" is no raw value");
	profile_bad(P "Type=bit\nAbsent=1\n", "a bit has no such values");
	profile_bad(P "Type=u16\nAbsent=1 2 3 4 5 6 7 8 9\nSensorFault=10 11 12 13 14 15 16 17\n",
		"more than 16");
	profile_bad(P "Type=u16\nPossible=5\n", "\"5\" is no range; write -50..120");
	profile_bad(P "Type=u16\nPossible=5..5\n", "is no range");
	profile_bad(P "Type=u16\nPossible=5..x\n", "is no range");
	profile_bad(P "Type=u16\nEnum=0\n", "\"0\" is not raw:name");
	profile_bad(P "Type=u16\nEnum=0:a 0x0:b\n", "0 stands twice");
	profile_bad(P "Type=u16\nEnum=0:On\n", "\"On\" is no name");
	profile_bad(P "Type=u16\nEnum=70000:on\n", "\"70000\" is no raw value");
	profile_bad(P "Type=f32\nEnum=0:on\n", "needs an integer type");
	profile_bad(P "Type=u16\nEnum=0:a\nBits=0:a\n", "exclude each other");
	profile_bad(P "Type=u16\nBits=63:a\n", "\"63\" is no bit number");
	profile_bad(P "Type=u16\nEnum=0:a\nScale=2\n", "f:9: Point a.Scale: error: only numbers");
	profile_bad(P "Type=u16\nAttribute=running_mode\n", "Enum= is missing");
	profile_bad(P "Type=u16\nAttribute=running_mode\nEnum=0:defrost\n",
		"running_mode has no \"defrost\"; it has off cool heat");
	profile_bad(P "Type=u16\nAttribute=on_off\nEnum=0:closed\n", "on_off is true or false");
	profile_bad(
		P "Type=u16\nUnit=°C\nAttribute=flow.temperature\nEnum=0:a\n", "is no such list");
	profile_bad(P "Type=string\nLength=3\nUnit=°C\nAttribute=flow.temperature\n",
		"is a number, not a text");
	profile_bad(P "Type=f32\nAttribute=on_off\n", "on_off needs an integer type");
	profile_bad(P "Type=u16\nFault=bits\n", "must be \"code\"");
	profile_bad(P "Type=u16\nNoFault=1\n", "needs Fault=code");
	profile_bad(P "Type=u16\nHistory=b\n", "there is no [Point b]");
	profile_bad(P "Type=u16\nHistory=a\n", "[Point a] is this one");
	profile_bad(P "Type=u16\nHistory=b\n[Point b]\nRead=holding:1\nType=u16\n",
		"must be a Fault=code point");
	profile_bad(P
		"Type=u16\nHistory=b\n[Point b]\nRead=holding:1\nType=string\nLength=2\nFault=code\n",
		"must be a Fault=code point");
	profile_bad(P
		"Type=u16\nHistory=b\nHidden=yes\n[Point b]\nRead=holding:1\nType=u16\nFault=code\n",
		"not with History=");
	profile_bad(P "Type=u16\nHistoryAt=b\n[Point b]\nRead=holding:1\nType=u16\nUnit=h\n",
		"stands beside History=");
	profile_bad(P
		"Type=u16\nHistory=b\nHistoryAt=c\n[Point b]\nRead=holding:1\nType=u16\nFault=code\n"
		"[Point c]\nRead=holding:2\nType=string\nLength=2\n",
		"a point that gives a number");
	profile_bad(P "Type=u16\nFailuresOf=b\n[Point b]\nRead=holding:1\nType=string\nLength=2\n",
		"a point that gives a number");
	profile_bad(P "Type=u16\nFault=code\nCode=%s\n", "f:9: Point a.Code");
	profile_bad(P "Type=u16\nFault=code\nCode=%d%d\n", "f:9: Point a.Code");
	profile_bad(P "Type=u16\nFault=code\nCode=%\n", "f:9: Point a.Code");
	profile_bad(P "Type=u16\nFault=code\nCode=%100d\n", "f:9: Point a.Code");
	profile_bad(P "Type=u16\nPeriod=1ms\n", "f:8: Point a.Period");
	profile_bad(P "Type=u16\nPeriod=8d\n", "f:8: Point a.Period");
	profile_bad(P
		"Type=u16\nUnit=°C\nAttribute=flow.temperature\n[Point b]\nRead=x\nType=u16\nUnit=°C\n"
		"Attribute=flow.temperature\n",
		"Point b.Attribute: error: flow.temperature is given by [Point a] already");
	profile_bad(P "Type=u16\nAttribute=vendor.x\n[Point x]\nRead=y\nType=u16\n",
		"f:9: Point x: error: vendor.x");
	profile_bad(HEAD "Adapter=cn105\n[Point a]\nRead=y\nType=u16\n",
		"f:8: Point a.Type: error: the adapter cn105");
	profile_bad(
		"[Profile]\nKind=water_heater\nName=a\nSource=b\n[Point a]\nRead=x\nType=u16\nAttribute=boost\n",
		"boost is a command");
}

static void test_faults(void **state)
{
	struct profile *p = profile_of(HEAD
		"FaultPeriod=30s\n"
		"[Point reg]\nRead=holding:2075\nType=u16\n"
		"[Point code]\nRead=holding:9\nType=u16\nFault=code\nNoFault=0 0x8000\nCode=E%02d\n"
		"[Point code2]\nRead=holding:10\nType=u16\nFault=code\n"
		"[Fault E1]\nRead=holding:2074.0\nMeaning=Inlet\nMeaning[zh_CN]=进水\nComponent=sensor\n"
		"Severity=urgent\nClass=warning\nHousehold=no\nCauses=a b\nConfidence=low\nSource=page 3\n"
		"[Fault 2074.15 F2 (x)]\nRead=holding:2074.15\nActive=0\n"
		"[Fault E3]\nRead=holding:2075.3\nHousehold=yes\n"
		"[Fault E4]\nRead=discrete:9\n"
		"[Fault E5]\nRead=input:15001\nValue=1\n"
		"[Fault E6]\nRead=input:7.8:4\nValue=3\n"
		"[Fault E7]\nValue=7\n"
		"[Fault E7b]\nValue=0x7\nOf=code2\n");
	const struct fault *f = p->faults, *found;
	char text[64];
	int reg = profile_point_by_name(p, "reg"),
	    auto0 = profile_point_by_name(p, "fault.holding_2074");

	assert_int_equal(p->n_faults, 8);
	assert_int_equal(p->n_points, 7); /* 3 + 2074, discrete:9, input:15001, input:7 */
	assert_true(auto0 >= 3);
	assert_string_equal(p->points[auto0].read, "holding:2074");
	assert_int_equal(p->points[auto0].type, POINT_U16);
	assert_true(p->points[auto0].hidden && p->points[auto0].attr == -1);
	assert_int_equal(p->points[auto0].period_us, 30000000);
	assert_true(f[0].by_bit && f[0].point == auto0 && f[0].mask == 1 && f[0].match == 1);
	assert_string_equal(f[0].code, "E1");
	assert_string_equal(text_get(&f[0].meaning, true), "进水");
	assert_string_equal(f[0].component, "sensor");
	assert_int_equal(f[0].severity, SEVERITY_URGENT);
	assert_int_equal(f[0].class, CLASS_WARNING);
	assert_int_equal(f[0].household, 0);
	assert_string_equal(f[0].causes, "a b");
	assert_int_equal(f[0].confidence, CONFIDENCE_LOW);
	assert_string_equal(f[0].source, "page 3");
	assert_string_equal(f[1].code, "2074.15 F2 (x)");
	assert_true(f[1].point == auto0 && f[1].mask == 0x8000 && f[1].match == 0);
	assert_int_equal(f[1].severity, SEVERITY_SERVICE);
	assert_int_equal(f[1].household, -1);
	assert_string_equal(f[1].source, "a test");
	assert_true(f[2].point == reg && f[2].mask == 8 && f[2].match == 8);
	assert_int_equal(f[2].household, 1);
	assert_int_equal(p->points[f[3].point].type, POINT_BIT);
	assert_true(f[3].mask == 1 && f[3].match == 1);
	assert_true(f[4].mask == 0xffff && f[4].match == 1);
	assert_int_equal(p->points[f[4].point].type, POINT_U16);
	assert_true(f[5].mask == 0xf00 && f[5].match == 0x300);
	assert_false(f[6].by_bit);
	profile_fault_lookup(
		p, (unsigned)profile_point_by_name(p, "code"), 7, &found, text, sizeof(text));
	assert_ptr_equal(found, &f[6]);
	assert_string_equal(text, "E7");
	profile_fault_lookup(
		p, (unsigned)profile_point_by_name(p, "code2"), 7, &found, text, sizeof(text));
	assert_ptr_equal(found, &f[7]); /* Of= goes before any */
	profile_fault_lookup(
		p, (unsigned)profile_point_by_name(p, "code"), 8, &found, text, sizeof(text));
	assert_null(found);
	assert_string_equal(text, "E08");
	profile_fault_lookup(p, (unsigned)profile_point_by_name(p, "code2"), 41, &found, text, 2);
	assert_null(found);
	assert_int_equal(strlen(text), 1); /* cut, but whole */
	profile_unref(p);
}

static void test_fault_errors(void **state)
{
	profile_bad(HEAD "[Fault]\nRead=discrete:1\n", "a fault needs its code");
	profile_bad(
		HEAD "[Fault E1]\nMeaning=x\n", "f:5: Fault E1: error: Value= or Read= is missing");
	profile_bad(HEAD "[Fault E1]\nRead=holding:1.16\n", "f:6: Fault E1.Read");
	profile_bad(HEAD "[Fault E1]\nRead=holding:1.12:5\n", "f:6: Fault E1.Read");
	profile_bad(HEAD "[Fault E1]\nRead=holding:1.1:2\n", "a bit field needs Value=");
	profile_bad(HEAD "[Fault E1]\nRead=holding:1.0:2\nValue=4\n", "4 does not fit");
	profile_bad(HEAD "[Fault E1]\nRead=holding:1.0\nActive=2\n", "f:7: Fault E1.Active");
	profile_bad(HEAD "[Fault E1]\nRead=holding:1\nValue=1\nActive=1\n",
		"needs one raw value and no Active=");
	profile_bad(HEAD "[Fault E1]\nRead=holding:1.1\nOf=a\n", "Read= and Of= exclude");
	profile_bad(HEAD "[Fault E1]\nValue=1 2\n", "\"1 2\" is no raw value");
	profile_bad(HEAD "[Fault E1]\nValue=1\nOf=a\n", "there is no [Point a]");
	profile_bad(HEAD "[Point a]\nRead=holding:1\nType=u16\n[Fault E1]\nValue=1\nOf=a\n",
		"has no Fault=code");
	profile_bad(HEAD "[Point a]\nRead=holding:1\nType=f32\n[Fault E1]\nRead=holding:1.3\n",
		"a fault needs bit or u16");
	profile_bad(HEAD "[Fault E1]\nValue=1\n[Fault E2]\nValue=1\n",
		"[Fault E1] has the same Value=");
	profile_bad(HEAD "[Fault E1]\nRead=discrete:1\n[Fault E2]\nRead=discrete:1\n",
		"has the same Read=");
	profile_bad(HEAD "[Fault E1]\nValue=1\nSeverity=bad\n", "f:7: Fault E1.Severity");
	profile_bad(HEAD "[Fault E1]\nValue=1\n[Fault E1]\nValue=2\n", "f:7");
}

static void test_probes(void **state)
{
	struct profile *p = profile_of(
		HEAD "[Identify sig]\nRead=input:290\nType=string\nLength=12\n"
		     "Equals=ME-1-MB-B\nScore=90\n"
		     "[Identify group]\nRead=input:9997\nType=u16\nEquals=0x80..0x89\nScore=5\n");

	assert_int_equal(p->n_probes, 2);
	assert_string_equal(p->probes[0].name, "sig");
	assert_int_equal(p->probes[0].string_len, 12);
	assert_string_equal(p->probes[1].equals, "0x80..0x89");
	assert_int_equal(p->probes[1].score, 5);
	profile_unref(p);
	profile_bad(HEAD "[Identify a]\nType=u16\nEquals=1\nScore=1\n", "Read= is missing");
	profile_bad(HEAD "[Identify a]\nRead=x\nType=u16\nScore=1\n", "Equals= is missing");
	profile_bad(HEAD "[Identify a]\nRead=x\nType=u16\nEquals=1\n", "Score= is missing");
	profile_bad(HEAD "[Identify a]\nRead=x\nType=u16\nEquals=9..2\nScore=1\n",
		"is no raw value or range");
	profile_bad(HEAD "[Identify a]\nRead=x\nType=u16\nEquals=1\nScore=101\n",
		"f:9: Identify a.Score");
}

static void test_dropins(void **state)
{
	char etc[64], vendor[64];
	const char *dirs[] = {etc, vendor, NULL};
	struct problems problems = {0};
	struct profile *p = NULL;

	scratch_new(etc);
	scratch_new(vendor);
	scratch_put(vendor, "pump.profile",
		HEAD "[Point out]\nRead=holding:2017\nType=s16\nScale=0.1\nUnit=°C\n");
	assert_int_equal(profile_load(dirs, "other", NULL, &p), -ENOENT);
	assert_int_equal(profile_load(dirs, "../x", &problems, &p), -EINVAL);
	problems_done(&problems);
	scratch_put(etc, "pump.profile.d/local.conf",
		"[Point out]\nRead=holding:2018\nScale=\n[Point in]\nRead=input:3\nType=u16\n");
	assert_int_equal(profile_load(dirs, "pump", &problems, &p), 0);
	assert_int_equal(p->n_points, 2);
	assert_string_equal(p->id, "pump");
	assert_string_equal(point_of(p, "out")->read, "holding:2018");
	assert_true(point_of(p, "out")->scale == 1); /* reset */
	profile_unref(p);
	/* A mistake of the drop-in is told at the drop-in's line. */
	scratch_put(etc, "pump.profile.d/local.conf", "[Point out]\n\nType=u17\n");
	assert_int_equal(profile_load(dirs, "pump", &problems, &p), -EINVAL);
	assert_int_equal(problems.n, 1);
	assert_true(endswith(problems.v[0].file, "local.conf"));
	assert_int_equal(problems.v[0].line, 3);
	problems_done(&problems);
	assert_int_equal(scratch_done(etc), 0);
	assert_int_equal(scratch_done(vendor), 0);
}

/* Bounds hold, and a full profile loads in a moment: no step is quadratic in a way that shows. */
static void test_bounds(void **state)
{
	size_t size = 1 << 20, used = 0;
	char *text = malloc(size), *mark;
	struct problems problems = {0};
	struct profile *p = NULL;
	size_t before;

	assert_non_null(text);
	assert_true(str_appendf(text, size, &used, HEAD));
	for (unsigned i = 0; i < 512; i++)
		assert_true(str_appendf(text, size, &used,
			"[Point p%u]\nRead=holding:%u\nType=s16\nScale=0.1\nUnit=°C\nEnum=\n", i,
			i));
	for (unsigned i = 0; i < PROFILE_FAULTS_MAX; i++)
		assert_true(str_appendf(
			text, size, &used, "[Fault E%u]\nRead=input:%u.%u\n", i, i / 2, i % 2));
	before = used;
	assert_int_equal(profile_load_buffer(text, used, "big.profile", &problems, &p), 0);
	assert_int_equal(p->n_points, PROFILE_POINTS_MAX);
	assert_int_equal(p->n_faults, PROFILE_FAULTS_MAX);
	assert_int_equal(p->faults[1023].point, 1023);
	profile_unref(p);
	mark = text + before;
	used = before;
	assert_true(str_appendf(text, size, &used, "[Fault X]\nValue=1\n"));
	assert_int_equal(profile_load_buffer(text, used, "big", &problems, &p), -EINVAL);
	assert_non_null(strstr(problems.v[0].text, "more than 1024 faults"));
	problems_done(&problems);
	*mark = '\0';
	used = before;
	assert_true(str_appendf(text, size, &used, "[Point x]\nRead=coil:1\nType=bit\n"));
	assert_int_equal(profile_load_buffer(text, used, "big", &problems, &p), -EINVAL);
	assert_non_null(strstr(problems.v[0].text, "more than 1024 points"));
	problems_done(&problems);
	free(text);
}

/* What we ship loads without a word, and says everything twice that a household reads. */
static void test_shipped(void **state)
{
	char dir[512];
	struct dirent **names = NULL;
	int n, profiles = 0;

	snprintf(dir, sizeof(dir), "%s/etc/profiles", getenv("SRCDIR"));
	n = scandir(dir, &names, NULL, alphasort);
	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		struct problems problems = {0};
		struct profile *p = NULL;
		char path[1024];

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
		free(names[i]);
		if (!endswith(path, ".profile"))
			continue;
		if (profile_load_file(path, &problems, &p) < 0 || problems.n > 0) {
			problem_print(stderr, &problems.v[0]);
			fail();
		}
		profiles++;
		assert_non_null(p->name.zh);
		assert_true(strlen(p->source) > 10);
		for (size_t k = 0; k < p->n_points; k++)
			if (p->points[k].attr < 0 && !p->points[k].hidden)
				assert_non_null(p->points[k].label.en);
		for (size_t k = 0; k < p->n_faults; k++)
			assert_int_equal(
				p->faults[k].meaning.en != NULL, p->faults[k].meaning.zh != NULL);
		profile_unref(p);
	}
	free(names);
	assert_true(profiles >= 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_header_errors),
		cmocka_unit_test(test_point_keys),
		cmocka_unit_test(test_point_errors),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_fault_errors),
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_dropins),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_shipped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
