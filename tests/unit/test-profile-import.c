/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "ctl/profile-import.h"

#define HEAD \
	"name,register_type,address_0based,type,word_order,scale,offset,unit,access,min,max,enum,notes\n"
#define FAULTS "code,meaning_en,meaning_zh,component,household_can_fix,source\n"

static struct import_result result;

static int run(const char *csv, const char *faults)
{
	struct import_options o = {.file = "t.csv",
		.faults_file = "f.csv",
		.id = "t",
		.kind = model_kind_by_name("heat_pump")};

	import_result_done(&result);
	return import_run(csv, strlen(csv), faults, faults ? strlen(faults) : 0, &o, &result);
}

static int done(void **state)
{
	import_result_done(&result);
	return 0;
}

/* The keys of [Point NAME], from its header to the next section or comment. */
static const char *section(const char *header)
{
	static char text[2048];
	const char *p = result.text ? strstr(result.text, header) : NULL;
	size_t n = 0;

	if (!p)
		fail_msg("no %s in:\n%s", header, result.text ? result.text : "(nothing)");
	while (p[n] && !(p[n] == '\n' && (p[n + 1] == '\n' || p[n + 1] == '#' || !p[n + 1])))
		n++;
	assert_true(n < sizeof(text));
	memcpy(text, p, n);
	text[n] = '\0';
	return text;
}

/* One row, taken, and without anything left out. */
static const char *taken(const char *row)
{
	char csv[2048];
	int r;

	(void)snprintf(csv, sizeof(csv), "%s%s\n", HEAD, row);
	r = run(csv, NULL);
	if (r != 0 || result.left_out != 0)
		fail_msg("%s: %d, %s", row, r, result.n_reports ? result.reports[0].text : "");
	return section("[Point ");
}

static bool reported(unsigned line, const char *column, const char *word)
{
	for (size_t i = 0; i < result.n_reports; i++)
		if (result.reports[i].line == line && streq_ptr(result.reports[i].column, column) &&
			strstr(result.reports[i].text, word))
			return true;
	return false;
}

/* One row that is left out as a whole for COLUMN, while a good one beside it stays. */
static void dropped(const char *row, const char *column, const char *word)
{
	char csv[4096];

	(void)snprintf(csv, sizeof(csv), "%s%s\ngood,holding,900,u16,,,,,ro,,,,\n", HEAD, row);
	assert_int_equal(run(csv, NULL), 0);
	if (result.points != 1 || result.left_out != 1 || !reported(2, column, word))
		fail_msg("%s: %zu points, %s: %s", row, result.points,
			result.n_reports ? result.reports[0].column : "",
			result.n_reports ? result.reports[0].text : "");
	(void)section("[Point good]");
}

/* One cell that is left out, the point stays: its keys. */
static const char *without(const char *row, const char *column, const char *word)
{
	char csv[2048];

	(void)snprintf(csv, sizeof(csv), "%s%s\n", HEAD, row);
	assert_int_equal(run(csv, NULL), 0);
	if (result.points != 1 || result.left_out != 1 || !reported(2, column, word))
		fail_msg("%s: %zu left out, %s", row, result.left_out,
			result.n_reports ? result.reports[0].text : "");
	return section("[Point ");
}

static void has(const char *text, const char *word)
{
	if (!strstr(text, word))
		fail_msg("no %s in:\n%s", word, text);
}

static void has_no(const char *text, const char *word)
{
	if (strstr(text, word))
		fail_msg("%s in:\n%s", word, text);
}

static void test_plain(void **state)
{
	assert_string_equal(taken("outlet_temp,input,2,s16,,0.1,,degC,ro,,,,"),
		"[Point outlet_temp]\nRead=input:2\nType=s16\nScale=0.1\nUnit=°C\nLabel=Outlet temp");
	assert_string_equal(taken("energy,holding,0x20,uint32,little,0.01,,kWh,ro,,,,"),
		"[Point energy]\nRead=holding:32\nType=u32\nOrder=little\nScale=0.01\nUnit=kWh\nLabel=Energy");
	assert_string_equal(taken("t4,holding,104,u16,,0.5,-15,degC,ro,-40,120,,"),
		"[Point t4]\nRead=holding:104\nType=u16\nScale=0.5\nOffset=-15\nUnit=°C\n"
		"Possible=-40..120\nLabel=T4");
	has(taken("v,input,0,float,ABCD,,,V,ro,,,,"), "Type=f32\nOrder=big\nUnit=V");
	has(taken("v,input,0,double,BADC,,,V,ro,,,,"), "Type=f64\nOrder=big-swap");
	has(taken("flap,input,22,s16,,1/207,,%,ro,,,,"), "Type=s16\nDivide=207\nUnit=%");
	has(taken("flap,input,22,s16,,207 (divisor),,%,ro,,,,"), "\nDivide=207\n");
	has(taken("flap,input,22,s16,,÷10,,%,ro,,,,"), "Type=s16\nDivide=10\nUnit=%");
	has(taken("f,input,22,s16,,5/9,,K,ro,,,,"), "Scale=5\nDivide=9");
	has(taken("code,holding,9,bcd,,,,,ro,,,,"), "Type=bcd16");
	has(taken("a,coil,9,bool,,,,,ro,,,0=off;1=on,"), "Read=coil:9\nType=bit\nEnum=0:off 1:on");
	has(taken("a,holding,9,bool,,,,,ro,,,0=off;1=on,"), "Type=u16\nEnum=0:off 1:on");
	assert_string_equal(taken("Ölstand Kessel 1,holding,9,u16,,,,%,ro,,,,"),
		"[Point lstand_kessel_1]\nRead=holding:9\nType=u16\nUnit=%\nLabel=Ölstand Kessel 1");
	/* A value that reaches the last register, and one that does not fit any more. */
	has(taken("last,holding,65534,u32,big,,,,ro,,,,"), "Read=holding:65534");
	dropped("last,holding,65535,u32,big,,,,ro,,,,", "address_0based", "last address");
}

static void test_fields(void **state)
{
	has(taken("p,holding,205.3,bit,,,,,ro,,,,"), "Read=holding:205.3\nType=bit");
	has(taken("p,holding,10.8:8,u8,,,,degC,ro,,,,"), "Read=holding:10.8:8\nType=u16\nUnit=°C");
	has(taken("p,holding,10.8-15,s8,,,,degC,ro,,,,"), "Read=holding:10.8:8\nType=s16");
	has(taken("p,holding,10.4:3,enum,,,,,ro,,,0=a;7=b,"),
		"Read=holding:10.4:3\nType=u16\nEnum=0:a 7:b");
	/* An 8-bit value of a register is its low byte, with its sign. */
	has(taken("p,input,1028,s8,,,,,ro,,,-1=off;5=on,"),
		"Read=input:1028.0:8\nType=s16\nEnum=-1:off 5:on");
	has(taken("p,input,1028,s8,,,,,ro,,,255=off;5=on,"), "Enum=-1:off 5:on");
	has(taken("p,holding,100-101,u32,big,,,,ro,,,,"), "Read=holding:100\nType=u32");
	has(taken("p,holding,100-107,string,,,,,ro,,,,"),
		"Read=holding:100\nType=string\nLength=8");
	has(taken("p,input,20,string[2 chars],,,,,ro,,,,two characters packed in one register"),
		"Type=string2\nLength=1\n");
	has(taken("p,input,20,string[12],,,,,ro,,,,one character per register"),
		"Type=string\nLength=12\n");
	dropped("p,holding,205,bit,,,,,ro,,,,", "address_0based", "which bit");
	dropped("p,holding,205.8,u8,,,,,ro,,,,", "address_0based", "one bit");
	dropped("p,holding,16.0,u16,,,,,ro,,,,", "address_0based", "one bit");
	dropped("p,holding,205.9:8,u8,,,,,ro,,,,", "address_0based", "beyond");
	dropped("p,holding,205.4:2,bit,,,,,ro,,,,", "address_0based", "single bit");
	dropped("p,holding,205.16,bit,,,,,ro,,,,", "address_0based", "single bit");
	dropped("p,coil,5.2,bit,,,,,ro,,,,", "address_0based", "is one bit");
	dropped("p,coil,5,u16,,,,,ro,,,,", "address_0based", "type is bit");
	dropped("p,holding,5.0:16,f32,big,,,,ro,,,,", "address_0based", "whole numbers");
	dropped("p,holding,100-109,u16,,,,,ro,,,,", "address_0based", "block");
	dropped("p,holding,100/101,u32,big,,,,ro,,,,", "address_0based", "several");
	dropped("p,holding,\"100,101\",u32,big,,,,ro,,,,", "address_0based", "several");
	dropped("p,holding,40001x,u16,,,,,ro,,,,", "address_0based", "no address");
	dropped("p,holding,400001,u16,,,,,ro,,,,", "address_0based", "65535");
	dropped("p,holding,-1,u16,,,,,ro,,,,", "address_0based", "no address");
	dropped("p,holding,,u16,,,,,ro,,,,", "address_0based", "no address");
}

static void test_block(void **state)
{
	assert_int_equal(run(HEAD "alarm,discrete,13-16,bit,,,,,ro,,,0=ok;1=alarm,\n", NULL), 0);
	assert_int_equal(result.points, 4);
	assert_int_equal(result.left_out, 0);
	has(section("[Point alarm_13]"), "Read=discrete:13\nType=bit\nEnum=0:ok 1:alarm");
	has(section("[Point alarm_16]"), "Read=discrete:16\n");
	assert_int_equal(run(HEAD "s,holding,205.4-7,bit,,,,,ro,,,0=no;1=yes,\n", NULL), 0);
	assert_int_equal(result.points, 4);
	has(section("[Point s_4]"), "Read=holding:205.4\nType=bit\nEnum=0:no 1:yes");
	has(section("[Point s_7]"), "Read=holding:205.7\nType=bit");
	dropped("s,holding,205.9-16,bit,,,,,ro,,,,", "address_0based", "beyond the register");
	dropped("alarm,discrete,0-5000,bit,,,,,ro,,,,", "address_0based", "1024");
	dropped("alarm,discrete,17-13,bit,,,,,ro,,,,", "address_0based", "no block");
}

static void test_odd_cells(void **state)
{
	dropped("p,holding,1,u24,,,,,ro,,,,", "type", "16, 32 and 64");
	dropped("p,holding,1,int,,,,,ro,,,,", "type", "size and sign");
	dropped("p,holding,1,date,,,,,ro,,,,", "type", "date");
	dropped("p,holding,1,,,,,,ro,,,,", "type", "no type");
	dropped("p,holding,1,string[65],,,,,ro,,,,", "type", "64");
	dropped("p,holding,1,string,,,,,ro,,,,", "type", "how many");
	dropped("p,holding,1,string[8 chars],,,,,ro,,,,", "type", "one character or two");
	dropped("p,memory,1,u16,,,,,ro,,,,", "register_type", "none of");
	dropped("p,holding,1,u32,,,,,ro,,,,", "word_order", "is missing");
	dropped("p,holding,1,u32,middle,,,,ro,,,,", "word_order", "order");
	dropped("p,holding,1,u16,,\"0,1\",,,ro,,,,", "scale", "no factor");
	dropped("p,holding,1,u16,,0,,,ro,,,,", "scale", "no factor");
	dropped("p,holding,1,u16,,1/0,,,ro,,,,", "scale", "no factor");
	dropped("p,holding,1,u16,,nan,,,ro,,,,", "scale", "no factor");
	dropped("p,holding,1,u16,,10,,,ro,,,,the factor is a divisor", "scale", "divisor");
	dropped("p,holding,1,u16,,,x,,ro,,,,", "offset", "no number");
	dropped("p,input,1,u16,,,,,wo,,,,", "access", "bank");
	has_no(without("p,holding,1,u16,,,,furlong,ro,,,,", "unit", "no unit"), "Unit");
	has(result.text, "# Unit in the table: furlong\n");
	has_no(without("p,holding,1,u16,,,,°C,ro,5..35,,,", "min", "no number"), "Possible");
	(void)without("p,holding,1,u16,,,,°C,ro,5,,,", "min", "without max");
	(void)without("p,holding,1,u16,,,,°C,ro,35,5,,", "min", "not less");
	(void)without("p,holding,1,u16,little,,,,ro,,,,", "word_order", "one register");
	(void)without("p,coil,1,bit,,0.1,,,ro,,,,", "scale", "numbers");
	(void)without("p,holding,1,u16,,,,,maybe,,,,", "access", "only read");
	(void)without("p,input,1,u16,,,,,rw,,,,", "access", "bank");
	(void)without("p,holding,1,f32,big,,,,ro,,,0=off;1=on,", "enum", "whole number");
}

static void test_enums(void **state)
{
	has(taken("p,holding,1,u16,,,,,ro,,,on=1 off=0,"), "Enum=1:on 0:off");
	has(taken("p,holding,1,u16,,,,,ro,,,0=off 1=on,"), "Enum=0:off 1:on");
	has(taken("p,holding,1,u16,,,,,ro,,,\"0=off,1=on\","), "Enum=0:off 1:on");
	has(taken("p,holding,1,u16,,,,,ro,,,off=0;heat pump + heater=2,"),
		"Enum=0:off 2:heat_pump_heater");
	has(taken("p,holding,1,u16,,,,,ro,,,0:off;1:on,"), "Enum=0:off 1:on");
	has(taken("p,holding,1,u16,,,,,ro,,,\"0: off, 1: on\","), "Enum=0:off 1:on");
	has(taken("p,holding,1,u16,,,,,ro,,,0=time: auto;1=on,"), "Enum=0:time_auto 1:on");
	has(taken("p,holding,1,u16,,,,,ro,,,\"0=heater, end by time;1=gas, by time\","),
		"Enum=0:heater_end_by_time 1:gas_by_time");
	has(taken("p,holding,1,u16,,,,,ro,,,0=Off;1=Off;2=Heat Up,"), "Enum=0:off 1:off 2:heat_up");
	/* Different meanings stay different when the characters between are gone. */
	has(taken("p,holding,1,u16,,,,,ro,,,0=mode A;1=mode (A),"), "Enum=0:mode_a 1:mode_a_1");
	has(taken("p,holding,1,s16,,,,,ro,,,-1=-5;5=+5,"), "Enum=-1:minus_5 5:plus_5");
	has(taken("p,holding,1,u32,big,,,,ro,,,0x10000=three,"), "Enum=65536:three");
	/* Numbers of BCD are what stands in the register. */
	has(taken("p,holding,1,bcd16,,,,,ro,,,32768=ok;27033=bad,"), "Enum=8000:ok 6999:bad");
	has(taken("p,holding,1,bitfield,,,,,ro,,,bit0=pump;bit1=fan,"), "Bits=0:pump 1:fan");
	has(taken("p,holding,1,bitfield,,,,,ro,,,0=pump;1=fan;5=valve,"),
		"Bits=0:pump 1:fan 5:valve");
	has(taken("p,holding,1,u16,,,,,ro,,,,on=0 off=1; inverted coil"), "Enum=0:on 1:off");

	(void)without("p,holding,1,u16,,0.1,,degC,ro,,,,on=0 off=1", "notes", "no list of names");
	has_no(without("p,holding,1,u16,,,,,ro,,,0=disable1=Comfort2=Economy,", "enum", "no list"),
		"Enum");
	has_no(without("p,holding,1,u16,,,,,ro,,,0=off;1=on;more exist,", "enum", "no list"),
		"Enum");
	(void)without("p,holding,1,u16,,,,,ro,,,0=off,1=on", "enum", "go on in the notes");
	(void)without("p,holding,1,u16,,,,,ro,,,0=off;0=on,", "enum", "two names");
	(void)without("p,coil,1,bit,,,,,ro,,,0=off;2=on,", "enum", "cannot have");
	(void)without("p,holding,1,u16,,,,,ro,,,70000=off;1=on,", "enum", "cannot have");
	(void)without("p,holding,1,u16,,,,,ro,,,0=关;1=开,", "enum", "Latin");
	(void)without("p,holding,1,bitfield,,,,,ro,,,1=a;2=b;4=c,", "enum", "masks");
	(void)without("p,holding,1,bitfield,,,,,ro,,,0=a;16=c,", "enum", "bit");
	(void)without("p,holding,1,u16,,,,,ro,,,nothing,", "enum", "no list");
	(void)without("p,holding,1,u16,,,,min,ro,,,0=off,", "enum", "one or the other");
}

static void test_sentinels(void **state)
{
	has(taken("p,holding,1,s16,,0.1,,degC,ro,,,,0x7FFF (or 0x7FFD) = sensor failure"),
		"SensorFault=0x7FFF 0x7FFD");
	has(taken("p,holding,1,s16,,0.1,,degC,ro,,,,number 30002; 0x8000 = not available"),
		"Unavailable=0x8000");
	has(taken("p,holding,1,s16,,0.01,,degC,ro,,,,-32768 = not initialised"),
		"Unavailable=-32768");
	has(taken("p,holding,1,s16,,0.1,,degC,ro,,,,0x7FFF absent"), "Absent=0x7FFF");
	has(taken("p,holding,1,s16,,0.1,,degC,ro,,,,-200 (= -20.0) when sensor absent"),
		"Absent=-200");
	has(taken("p,holding,1,s16,,0.1,,degC,ro,,,,-99.9 = sensor fault"), "SensorFault=-999");
	has(taken("p,holding,1,s16,,,,degC,ro,,,,-99 = sensor fault"), "SensorFault=-99");
	has(taken("p,holding,1,f32,big,,,degC,ro,,,,NaN = no value; -1.0 = sensor not fitted"),
		"Absent=-1.0\nUnavailable=nan");
	has(taken("p,holding,1,s16,,0.1,,degC,ro,,,32767=not available,"), "Unavailable=32767");
	has_no(taken("p,holding,1,s16,,0.1,,degC,ro,,,32767=not available,"), "Enum");
	has(taken("p,holding,1,u16,,,,,ro,,,0=off;1=on;255=not available,"),
		"Enum=0:off 1:on 255:not_available");
	has(taken("p,holding,1,s16,,0.1,,degC,ro,,,,0x8000 (-32768) = n.a."), "Unavailable=0x8000");
	has(taken("p,holding,1,s16,,0.1,,degC,ro,,,,(0x7FFF = no sensor)"), "Absent=0x7FFF");
	has(taken("p,holding,1,s16,,0.1,,degC,ro,,,,\"signed, raw 0x7FFF means sensor not connected\""),
		"Absent=0x7FFF");
	(void)without(
		"p,holding,1,s16,,0.1,,degC,ro,,,,0x8000 (32767) = invalid", "notes", "another");
	(void)without("p,holding,1,s16,,0.1,,degC,ro,,,,0x7FFF = error", "notes", "not known");
	/* Neither these numbers. */
	has_no(taken("p,holding,1,u16,,,,degC,ro,,,,0 = pump off; writing 0x99C6 clears alarms"),
		"Absent");
	has_no(taken("p,holding,1,u16,,,,degC,ro,,,,turns negative above 32767; 65535 clears all"),
		"Unav");

	(void)without(
		"p,holding,1,s16,,0.1,,degC,ro,,,,-999 = sensor fault", "notes", "hexadecimal");
	(void)without("p,holding,1,s16,,0.1,,degC,ro,,,,-200 (= -2.0) when absent", "notes",
		"do not fit");
	(void)without("p,holding,1,u16,,,,degC,ro,,,,0x1FFFF = absent", "notes", "cannot have");
	(void)without("p,holding,1,u16,,,,degC,ro,,,,reads 0x7FFF when the sensor is missing",
		"notes", "not known");
	(void)without("p,coil,1,bit,,,,,ro,,,,1 = absent", "notes", "bit");
}

static void test_confidence(void **state)
{
	has(taken("p,holding,1,u16,,,,,ro,,,,doubtful: u16 in the source"), "Confidence=low");
	has(taken("p,holding,1,u16,,,,,ro,,,,only when mode==1"), "Confidence=low");
	has_no(taken("p,holding,1,u16,,,,,ro,,,,corrected: signed"), "Confidence");
	has_no(taken("p,input,1,u16,,,,,ro,,,,maker number 30002"), "Confidence");
	has(taken("p,holding,1,u16,,,,,ro,,,,write-only in mode 0"), "Confidence=low");
	/* The maker's number and the address contradict each other. */
	has(taken("p,input,2,u16,,,,,ro,,,,maker number 30002"), "Confidence=low");
	assert_true(reported(2, "address_0based", "30002"));
}

static void test_writes(void **state)
{
	has_no(taken("set,holding,4,s16,,0.1,,degC,rw,5,35,,"), "Possible");
	has(result.text, "\n#[Write vendor.set]\n#Min=5\n#Max=35\n#Confidence=low\n");
	assert_int_equal(result.proposals, 1);
	(void)taken("set,holding,4,s16,,0.1,,degC,rw,5,35,,doubtful");
	has_no(result.text, "#[Write");
	(void)taken("set,holding,4,s16,,0.1,,degC,rw,,,,");
	has_no(result.text, "#[Write");
	(void)taken("set,holding,4,s16,,0.1,,degC,rw,5,35,,installer configuration; do not write");
	has_no(result.text, "#[Write");
	(void)taken("m,holding,4,u16,,,,,rw,,,0=a;1=b;2=c,2 is a read-only value");
	has(result.text,
		"# By the notes not everything may be written: shorten what follows.\n#[Write vendor.m]");
	/* What is only written is never read. */
	assert_int_equal(
		run(HEAD "clear,holding,7,u16,,,,,wo,,,1=clear,\nb,coil,1,bit,,,,,ro,,,,\n", NULL),
		0);
	assert_int_equal(result.points, 1);
	assert_int_equal(result.write_only, 1);
	has(result.text, "\n#[Write vendor.clear]\n#To=holding:7\n#Type=u16\n#Fixed=1\n");
	has_no(result.text, "\n[Point clear]");
	assert_int_equal(run(HEAD "clear,holding,7,u16,,,,,wo,,,1=clear,\n", NULL), -ENODATA);
}

static void test_shape(void **state)
{
	/* A mark, CRLF, columns in another order, semicolons, quotes with line ends inside. */
	assert_int_equal(run("\xef\xbb\xbftype;address_0based;name;register_type;notes;colour\r\n"
			     "u16;5;a;holding;\"one\r\ntwo \"\"three\"\"\";red\r\n\r\n"
			     "s16;6;b;input;;\r\n",
				 NULL),
		0);
	assert_int_equal(result.points, 2);
	has(result.text, "# one two \"three\"\n[Point a]\nRead=holding:5\nType=u16\n");
	has(section("[Point b]"), "Read=input:6");
	assert_true(reported(1, NULL, "colour"));
	assert_true(reported(1, NULL, "word_order scale offset"));
	/* A stray quote costs its row, not those behind it; lines are told as an editor counts them. */
	assert_int_equal(run(HEAD "\"a,holding,1,u16,,,,,ro,,,,\nb,holding,2,u16,,,,,ro,,,,\n"
				  "c,holding,x,u16,,,,,ro,,,,\n\"d\"x,holding,2,u16,,,,,ro,,,,\n",
				 NULL),
		0);
	assert_int_equal(result.points, 1);
	assert_true(reported(2, NULL, "quote"));
	assert_true(reported(4, "address_0based", "no address"));
	assert_true(reported(5, NULL, "quote"));
	/* One cell lost in the middle moves the others; empty ones lost at the end move none. */
	assert_int_equal(run(HEAD "a,holding,1,u16,,0.1,degC,ro,5,30,,\nb,holding,2,u16,,,,,ro\n"
				  "c,holding,3,u16,,,,,ro,,,0=off,1=on,x,y\n",
				 NULL),
		0);
	assert_int_equal(result.points, 1);
	assert_true(reported(2, NULL, "12 cells"));
	assert_true(reported(4, NULL, "has 15 cells"));
	/* Bytes of another encoding. */
	assert_int_equal(run(HEAD "a,holding,1,u16,,,,\xb0"
				  "C,ro,,,,\n",
				 NULL),
		0);
	assert_true(reported(2, "unit", "UTF-8"));
	assert_int_equal(run("name,type\na,u16\n", NULL), -EINVAL);
	assert_true(reported(1, "address_0based", "does not name"));
	assert_int_equal(run("", NULL), -EINVAL);
	assert_int_equal(run(HEAD, NULL), -ENODATA);
	assert_int_equal(import_run("a\0b", 3, NULL, 0,
				 &(struct import_options){.file = "x", .id = "x"}, &result),
		-EINVAL);
}

static void test_names(void **state)
{
	assert_int_equal(
		run(HEAD
			"a b,holding,1,u16,,,,,ro,,,,\na_b,holding,2,u16,,,,,ro,,,,\n"
			"室温,holding,3,u16,,,,,ro,,,,\n"
			"a_b,holding,2,u16,,,,,ro,,,,\n"
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,input,3,u16,,,,,ro,,,,\n",
			NULL),
		0);
	assert_int_equal(result.points, 4);
	assert_int_equal(result.left_out, 1);
	has(section("[Point a_b]"), "Read=holding:1");
	has(section("[Point a_b_2]"), "Read=holding:2");
	has(section("[Point holding_3]"), "Label[zh_CN]=室温");
	has(section("[Point aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]"), "Read=input:3");
	assert_true(reported(5, NULL, "same point"));
	/* What a cell says stays on its line, whatever it says. */
	assert_int_equal(run(HEAD "\"x]\n[Write vendor.x]\nTo=holding:1\",holding,1,u16,,,,,ro,,,,"
				  "\"note\n[Write vendor.x]\"\n",
				 NULL),
		0);
	has_no(result.text, "\n[Write");
}

static void test_attributes(void **state)
{
	(void)taken("outside_temp,input,2,s16,,0.1,,degC,ro,,,,");
	has(result.text, "\n# Attribute=outdoor_temperature ?\n");
	has_no(result.text, "\nAttribute=");
	(void)taken("outside_temp,input,2,s16,,0.1,,kWh,ro,,,,");
	has_no(result.text, "# Attribute=outdoor_temperature ?");
}

static void test_faults(void **state)
{
	assert_int_equal(
		run(HEAD
			"fault_code,holding,1,u16,,,,,ro,,,0=no fault,\nst,holding,9,u16,,,,,ro,,,,\n",
			FAULTS
			"0,No fault,,,,s\n31,Low flow,水流不足,pump,y,Manual p.3\nF1 (0x0A),Fire,,,n,\n"
			"holding:9=7,Value,,,,s\n9.3,Bit,,,unknown,s\ncoil:5,Coil,,,,s\nE07,Panel only,,,,s\n31,Again,,,,s\n"
			"input:217,Whole,,,,s\ndiscrete:7,D,,,x,doubtful\nAL1,Full (discrete input 13),,,,s\n"),
		0);
	assert_int_equal(result.faults, 7);
	has(section("[Fault holding:9=7]"), "Read=holding:9\nValue=7");
	has(section("[Point fault_code]"), "Fault=code\nNoFault=0");
	has_no(section("[Point fault_code]"), "Enum");
	assert_string_equal(section("[Fault 31]"),
		"[Fault 31]\nValue=31\nMeaning=Low flow\n"
		"Meaning[zh_CN]=水流不足\nComponent=pump\nHousehold=yes\nSource=Manual p.3");
	has(section("[Fault F1 (0x0A)]"), "Value=0x0A\nMeaning=Fire\nHousehold=no");
	has(section("[Fault 9.3]"), "Read=holding:9.3");
	has(section("[Fault coil:5]"), "Read=coil:5");
	has(section("[Fault discrete:7]"), "Confidence=low");
	has(section("[Fault AL1]"), "Read=discrete:13");
	assert_true(reported(8, "code", "neither"));
	assert_true(reported(9, "code", "same"));
	assert_true(reported(10, "code", "which bit or value"));
	assert_true(reported(11, "household_can_fix", "none of"));
	/* Codes that no point carries. */
	assert_int_equal(run(HEAD "a,holding,1,u16,,,,,ro,,,,\n", FAULTS "31,Low flow,,,y,\n"), 0);
	assert_int_equal(result.faults, 0);
	assert_true(reported(2, "code", "no point"));
	/* The bank is not said, and the table has two. */
	assert_int_equal(run(HEAD "a,holding,1,u16,,,,,ro,,,,\nb,input,1,u16,,,,,ro,,,,\n",
				 FAULTS "7.1,x,,,,\n"),
		0);
	assert_true(reported(2, "code", "bank"));
}

static void test_limits(void **state)
{
	size_t size = 256 * 1024, n = 0;
	char *csv = malloc(size);

	assert_non_null(csv);
	n += (size_t)snprintf(csv, size, "%s", HEAD);
	for (unsigned i = 0; i < 1100; i++)
		n += (size_t)snprintf(csv + n, size - n, "p%u,holding,%u,u16,,,,,ro,,,,\n", i, i);
	assert_int_equal(run(csv, NULL), 0);
	assert_int_equal(result.points, 1024);
	assert_true(reported(1026, NULL, "1024 points"));
	free(csv);
}

static void test_id(void **state)
{
	char id[33];

	import_id("/x/y/Maker Model (2).csv", id);
	assert_string_equal(id, "maker-model-2");
	import_id("热泵.csv", id);
	assert_string_equal(id, "");
	import_id("0123456789012345678901234567890123456789.csv", id);
	assert_string_equal(id, "01234567890123456789012345678901");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_plain),
		cmocka_unit_test(test_fields), cmocka_unit_test(test_block),
		cmocka_unit_test(test_odd_cells), cmocka_unit_test(test_enums),
		cmocka_unit_test(test_sentinels), cmocka_unit_test(test_confidence),
		cmocka_unit_test(test_writes), cmocka_unit_test(test_shape),
		cmocka_unit_test(test_names), cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_faults), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_id)};

	return cmocka_run_group_tests(tests, NULL, done);
}
