/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "scratch.h"

#include "daemon/config/config.h"

#include <sys/stat.h>
#include <syslog.h>

static char root[64], etc[80], vendor[80];

static void drop(const char *path)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", root, path);
	assert_int_equal(unlink(full), 0);
}

#define PROFILE(kind, line, unit, attribute) \
	"[Profile]\nKind=" kind "\nName=Test\nSource=made up for this test\n[Line]\n" line \
	"\n[Point p]\nRead=holding:1\nType=u16\nUnit=" unit "\nAttribute=" attribute "\n"

static int make_root(void **state)
{
	scratch_new(root);
	snprintf(etc, sizeof(etc), "%s/etc", root);
	snprintf(vendor, sizeof(vendor), "%s/usr", root);
	scratch_put(root, "usr/profiles/meter.profile",
		PROFILE("electrical_meter", "Baud=9600\nParity=none\nStopBits=1", "V",
			"rms_voltage"));
	scratch_put(root, "usr/profiles/even.profile",
		PROFILE("electrical_meter", "Baud=19200\nParity=even\nUnit=7", "V", "rms_voltage"));
	scratch_put(root, "usr/profiles/probe.profile",
		PROFILE("temperature_humidity_sensor", "Unit=1", "°C", "temperature"));
	scratch_put(root, "usr/profiles/broken.profile", "[Profile]\nKind=nothing\n");
	return 0;
}

static int remove_root(void **state)
{
	return scratch_done(root);
}

static struct config *load_ok(size_t n_problems, struct problems *p)
{
	struct config *c = NULL;
	int r = config_load(etc, vendor, p, &c);

	if (r < 0 || p->n != n_problems)
		for (size_t i = 0; i < p->n; i++)
			problem_print(stderr, &p->v[i]);
	assert_int_equal(r, 0);
	assert_int_equal(p->n, n_problems);
	return c;
}

/* One problem at FILE:LINE with KEY that says PART is among those of P. */
static void expect(const struct problems *p, enum problem_level level, const char *file,
	unsigned line, const char *key, const char *part)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].level == level && endswith(p->v[i].file, file) &&
			p->v[i].line == line && streq_ptr(p->v[i].key, key) &&
			strstr(p->v[i].text, part))
			return;
	for (size_t i = 0; i < p->n; i++)
		problem_print(stderr, &p->v[i]);
	fail_msg("no problem %s:%u %s \"%s\"", file, line, key ? key : "", part);
}

static void test_empty(void **state)
{
	struct problems p = {0};
	struct config *c = load_ok(0, &p);

	assert_false(c->zh);
	assert_int_equal(c->clock, CLOCK_TRUST_AUTO);
	assert_int_equal(c->log_level, LOG_INFO);
	assert_int_equal(c->flush_us, 300 * USEC_PER_SEC);
	assert_int_equal(c->journal_max_bytes, 64 << 20);
	assert_int_equal(c->n_buses + c->n_upstreams + c->n_appliances, 0);
	assert_null(config_free(c));
	assert_null(config_free(NULL));
}

static void test_full(void **state)
{
	struct problems p = {0};
	struct config *c;
	struct appliance_config *a;

	scratch_put(root, "usr/hearthd.conf", "[Daemon]\nLanguage=en\nFlushInterval=1min\n");
	scratch_put(root, "etc/hearthd.conf",
		"[Daemon]\nLanguage=zh_CN\nClock=trusted\nLogLevel=debug\nFindingHoldOff=0\n"
		"[Journal]\nMaxSize=8M\n"
		"[Bus rs485-0]\nDevice=rtu:/dev/serial/by-id/x\n"
		"[Bus set]\nDevice=rtu:/dev/ttyS9\nBaud=115200\nParity=odd\nStopBits=2\nListen=yes\n"
		"[Bus net]\nDevice=tcp:192.0.2.1\n"
		"[Bus ac]\nDevice=serialtcp:[2001:db8::1]:4001\n"
		"[Upstream cloud]\nUrl=mqtts://broker.example\n"
		"[Upstream home]\nUrl=mqtt://[::1]:1883\nMqttVersion=3.1.1\nLevel=full\n"
		"Planes=event report state\nCompression=none\nPrefix=my/house\nClientId=gw\n"
		"Username=u\nReportInterval=1min\nKeepAlive=30s\nMaxSize=1M\nWindow=16\nBirth=no\n");
	scratch_put(root, "etc/hearthd.conf.d/50-log.conf",
		"[Daemon]\nLogLevel=\n[Upstream cloud]\nWindow=2\n");
	scratch_put(root, "etc/appliances.d/fridge-kitchen.conf",
		"[Appliance]\nKind=refrigerator\nLabel=Fridge\nLabel[zh_CN]=厨房冰箱\n"
		"Location=kitchen\nInstalled=2014\nLevel=faults\n"
		"[Source meter]\nBus=rs485-0\nUnit=5\nProfile=meter\nPeriod=30s\n"
		"[Source probe]\nBus=rs485-0\nProfile=probe\n"
		"[Map]\nactive_power=meter.p\nambient_temperature=probe.temperature\n");
	scratch_put(
		root, "etc/appliances.d/meter.conf", "[Source]\nBus=net\nUnit=255\nProfile=even\n");
	scratch_put(root, "etc/appliances.d/note.txt", "not read\n");
	c = load_ok(0, &p);
	assert_true(c->zh);
	assert_int_equal(c->clock, CLOCK_TRUST_YES);
	assert_int_equal(c->log_level, LOG_INFO);          /* reset by the drop-in */
	assert_int_equal(c->flush_us, 300 * USEC_PER_SEC); /* the vendor's file is hidden whole */
	assert_int_equal(c->finding_holdoff_us, 0);
	assert_int_equal(c->journal_max_bytes, 8 << 20);

	assert_int_equal(c->n_buses, 4);
	assert_string_equal(c->buses[0].device, "rtu:/dev/serial/by-id/x");
	assert_int_equal(c->buses[0].baud, 0); /* the profiles' */
	assert_int_equal(c->buses[1].baud, 115200);
	assert_int_equal(c->buses[1].parity, 'O');
	assert_int_equal(c->buses[1].stop_bits, 2);
	assert_true(c->buses[1].listen);
	assert_false(c->buses[2].listen);

	assert_int_equal(c->n_upstreams, 2);
	assert_int_equal(c->upstreams[0].mqtt_version, 5);
	assert_int_equal(c->upstreams[0].level, LEVEL_FAULTS);
	assert_int_equal(c->upstreams[0].planes, PLANE_EVENT);
	assert_int_equal(c->upstreams[0].compression, COMPRESSION_DEFLATE);
	assert_string_equal(c->upstreams[0].prefix, "hearth/v1");
	assert_int_equal(c->upstreams[0].window, 2);
	assert_null(c->upstreams[0].username);
	assert_false(c->upstreams[0].birth);
	assert_int_equal(c->upstreams[1].mqtt_version, 4);
	assert_int_equal(c->upstreams[1].level, LEVEL_FULL);
	assert_int_equal(c->upstreams[1].planes, PLANE_EVENT | PLANE_REPORT | PLANE_STATE);
	assert_int_equal(c->upstreams[1].compression, COMPRESSION_NONE);
	assert_string_equal(c->upstreams[1].prefix, "my/house");
	assert_string_equal(c->upstreams[1].client_id, "gw");
	assert_int_equal(c->upstreams[1].report_interval_us, 60 * USEC_PER_SEC);
	assert_int_equal(c->upstreams[1].max_bytes, 1 << 20);
	assert_false(c->upstreams[1].birth);

	assert_int_equal(c->n_appliances, 2);
	a = &c->appliances[0];
	assert_string_equal(a->id, "fridge-kitchen");
	assert_string_equal(a->kind->name, "refrigerator");
	assert_string_equal(text_get(&a->label, true), "厨房冰箱");
	assert_int_equal(a->level, LEVEL_FAULTS);
	assert_int_equal(a->n_sources, 2);
	assert_int_equal(a->sources[0].unit, 5);
	assert_int_equal(a->sources[0].period_us, 30 * USEC_PER_SEC);
	assert_int_equal(a->sources[1].unit, 1); /* the profile's */
	assert_int_equal(a->n_maps, 2);
	assert_string_equal(a->maps[1].source, "probe");
	assert_string_equal(a->maps[1].point, "temperature");
	assert_int_equal(a->maps[1].line, 18);
	a = &c->appliances[1];
	assert_string_equal(a->kind->name, "electrical_meter");
	assert_string_equal(a->sources[0].name, "main");
	assert_int_equal(a->sources[0].unit, 255);
	assert_int_equal(a->level, LEVEL_FULL);
	assert_ptr_not_equal(a->sources[0].profile, c->appliances[0].sources[0].profile);
	config_free(c);
	problems_done(&p);
}

static void test_main_errors(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *key, *part;
	} cases[] = {
		{"[Daemon]\nLanguage=de\n", 2, "Daemon.Language", "en or zh_CN"},
		{"[Daemon]\nFlushInterval=1s\n", 2, "Daemon.FlushInterval", "10s to 1h"},
		{"[Journal]\nMaxSize=1M\n", 2, "Journal.MaxSize", "4M to 16G"},
		{"[Bus Big]\nDevice=tcp:h\n", 1, "Bus Big", "a-z 0-9"},
		{"[Bus]\nDevice=tcp:h\n", 1, "Bus", "[Bus rs485-0]"},
		{"[Bus a]\n", 1, "Bus a", "needs Device="},
		{"[Bus a]\nDevice=/dev/ttyUSB0\n", 2, "Bus a.Device", "rtu:/dev/"},
		{"[Bus a]\nDevice=rtu:ttyUSB0\n", 2, "Bus a.Device", "absolute path"},
		{"[Bus a]\nDevice=rtutcp:host\n", 2, "Bus a.Device", "a port is needed"},
		{"[Bus a]\nDevice=tcp:host:0\n", 2, "Bus a.Device", "1 to 65535"},
		{"[Bus a]\nDevice=tcp:fe80::1\n", 2, "Bus a.Device", "brackets"},
		{"[Bus a]\nDevice=tcp:a b\n", 2, "Bus a.Device", "letters"},
		{"[Bus a]\nDevice=tcp::502\n", 2, "Bus a.Device", "is needed"},
		{"[Bus a]\nDevice=rtu:/dev/x\nBaud=9601\n", 3, "Bus a.Baud", "9600"},
		{"[Bus a]\nDevice=rtu:/dev/x\nParity=N\n", 3, "Bus a.Parity", "none, even or odd"},
		{"[Bus a]\nDevice=rtu:/dev/x\n[Bus b]\nDevice=serial:/dev/x\n", 4, "Bus b.Device",
			"[Bus a] has this line"},
		{"[Bus a]\nDevice=tcp:h\n[Bus b]\nDevice=tcp:H:502\n", 4, "Bus b.Device",
			"[Bus a] has this line"},
		{"[Upstream u]\n", 1, "Upstream u", "needs Url="},
		{"[Upstream u]\nUrl=http://x\n", 2, "Upstream u.Url", "mqtts://"},
		{"[Upstream u]\nUrl=mqtt://me:pw@x\n", 2, "Upstream u.Url", "Username="},
		{"[Upstream u]\nUrl=mqtt://x/y\n", 2, "Upstream u.Url", "follow the port"},
		{"[Upstream u]\nUrl=mqtt://x\nLevel=some\n", 3, "Upstream u.Level", "daily"},
		{"[Upstream u]\nUrl=mqtt://x\nPlanes=event all\n", 3, "Upstream u.Planes",
			"event, repair, summary, report, state and discovery"},
		{"[Upstream u]\nUrl=mqtt://x\nPrefix=a/#\n", 3, "Upstream u.Prefix", "no + and #"},
		{"[Upstream u]\nUrl=mqtt://x\nPrefix=a//b\n", 3, "Upstream u.Prefix", "not empty"},
		{"[Upstream u]\nUrl=mqtt://x\nWindow=17\n", 3, "Upstream u.Window", "1 to 16"},
		{"[Upstream u]\nUrl=mqtt://x\nMqttVersion=4\n", 3, "Upstream u.MqttVersion",
			"5 or 3.1.1"},
		{"words\n", 1, NULL, "neither"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct problems p = {0};
		struct config *c = (void *)1;

		scratch_put(root, "etc/hearthd.conf", cases[i].text);
		assert_int_equal(config_load(etc, vendor, &p, &c), -EINVAL);
		assert_ptr_equal(c, (void *)1);
		expect(&p, PROBLEM_ERROR, "etc/hearthd.conf", cases[i].line, cases[i].key,
			cases[i].part);
		assert_int_equal(p.n_errors, 1);
		problems_done(&p);
	}
}

static void test_main_warnings(void **state)
{
	struct problems p = {0};

	scratch_put(root, "etc/hearthd.conf",
		"[Daemon]\nLangauge=en\n[Bsu a]\nX=1\n"
		"[Bus a]\nDevice=tcp:h\nBaud=9600\nX-note=mine\n"
		"[Upstream u]\nUrl=mqtt://x\nPlanes=report\n");
	config_free(load_ok(4, &p));
	assert_int_equal(p.n_errors, 0);
	expect(&p, PROBLEM_WARNING, "hearthd.conf", 2, "Daemon.Langauge", "Language=?");
	expect(&p, PROBLEM_WARNING, "hearthd.conf", 3, "Bsu a", "[Bus]?");
	expect(&p, PROBLEM_WARNING, "hearthd.conf", 7, "Bus a.Baud", "no effect");
	expect(&p, PROBLEM_WARNING, "hearthd.conf", 11, "Upstream u.Planes", "Level=full");
	problems_done(&p);
}

/* Bad files cost their own appliance; the good one between them stays. */
static void test_appliance_errors(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *key, *part;
	} cases[] = {
		{"", 0, NULL, NULL}, /* a mask: not a word */
		{"[Appliance]\n", 0, NULL, "needs a [Source NAME]"},
		{"[Appliance]\nKind=fridge\n[Source a]\nBus=b\nUnit=1\nProfile=meter\n", 2,
			"Appliance.Kind", "there is no kind \"fridge\""},
		{"[Appliance]\nKind=refrigerater\n[Source a]\nBus=b\nUnit=1\nProfile=meter\n", 2,
			"Appliance.Kind", "did you mean refrigerator?"},
		{"[Source a]\nUnit=1\nProfile=meter\n", 1, "Source a", "needs Bus="},
		{"[Source a]\nBus=c\nUnit=1\nProfile=meter\n", 2, "Source a.Bus", "no [Bus c]"},
		{"[Source a]\nBus=b\nUnit=1\n", 1, "Source a", "needs Profile="},
		{"[Source a]\nBus=b\nUnit=1\nProfile=none\n", 4, "Source a.Profile",
			"there is no none.profile"},
		{"[Source a]\nBus=b\nUnit=1\nProfile=../x\n", 4, "Source a.Profile",
			"no profile's name"},
		{"[Source a]\nBus=b\nUnit=248\nProfile=meter\n", 3, "Source a.Unit", "1 to 247"},
		{"[Source a]\nBus=b\nUnit=0\nProfile=meter\n", 3, "Source a.Unit", "1 to 247"},
		{"[Source a]\nBus=b\nProfile=meter\n", 1, "Source a", "needs Unit="},
		{"[Source A]\nBus=b\nUnit=1\nProfile=meter\n", 1, "Source A", "a-z 0-9"},
		{"[Source a]\nBus=b\nUnit=9\nProfile=meter\n", 1, "Source a",
			"appliance good reads unit 9 of b"},
		{"[Source a]\nBus=b\nUnit=1\nProfile=meter\n[Source c]\nBus=b\nUnit=2\n"
		 "Profile=probe\n",
			0, "Appliance.Kind", "is needed"},
		{"[Source a]\nBus=b\nUnit=1\nProfile=meter\n[Map]\nx=y\n", 6, "Map.x",
			"attribute=source.point"},
		{"[Source a]\nBus=b\nUnit=1\nProfile=meter\n[Map]\nx=y.z\n", 6, "Map.x",
			"no [Source y]"},
		{"[Appliance]\nInstalled=2014-13\n[Source a]\nBus=b\nUnit=1\nProfile=meter\n", 2,
			"Appliance.Installed", "2014-06"},
		{"[Appliance]\nLevel=some\n[Source a]\nBus=b\nUnit=1\nProfile=meter\n", 2,
			"Appliance.Level", "daily"},
		{"[Source a]\nBus=b\nUnit=1\nProfile=meter\n[Privacy]\ncloud=none\n", 6,
			"Privacy.cloud", "off, faults, daily or full"},
		{"garbage", 1, NULL, "neither"},
	};

	scratch_put(root, "etc/hearthd.conf",
		"[Bus b]\nDevice=rtu:/dev/x\n[Bus ser]\nDevice=serial:/dev/y\n");
	scratch_put(
		root, "etc/appliances.d/good.conf", "[Source m]\nBus=b\nUnit=9\nProfile=meter\n");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct problems p = {0};
		struct config *c = NULL;

		scratch_put(root, "etc/appliances.d/zz.conf", cases[i].text);
		assert_int_equal(config_load(etc, vendor, &p, &c), 0);
		if (cases[i].part)
			expect(&p, PROBLEM_ERROR, "etc/appliances.d/zz.conf", cases[i].line,
				cases[i].key, cases[i].part);
		assert_int_equal(p.n, cases[i].part ? 1 : 0);
		assert_int_equal(c->n_appliances, 1);
		assert_string_equal(c->appliances[0].id, "good");
		config_free(c);
		problems_done(&p);
	}
	{
		struct problems p = {0};
		struct config *c;

		/* A profile with errors is explained once, however many name it. */
		scratch_put(root, "etc/appliances.d/zz.conf",
			"[Source a]\nBus=b\nUnit=1\nProfile=broken\n");
		scratch_put(root, "etc/appliances.d/zy.conf",
			"[Source a]\nBus=b\nUnit=2\nProfile=broken\n");
		scratch_put(root, "etc/appliances.d/Bad name.conf", "[Source a]\n");
		assert_int_equal(config_load(etc, vendor, &p, &c), 0);
		assert_int_equal(c->n_appliances, 1);
		expect(&p, PROBLEM_ERROR, "zz.conf", 4, "Source a.Profile", "has errors");
		expect(&p, PROBLEM_ERROR, "zy.conf", 4, "Source a.Profile", "has errors");
		expect(&p, PROBLEM_ERROR, "Bad name.conf", 0, NULL, "appliance's id");
		expect(&p, PROBLEM_ERROR, "broken.profile", 2, "Profile.Kind", "");
		for (size_t i = 0, n = 0; i < p.n; i++)
			assert_true(!streq_ptr(p.v[i].key, "Profile.Kind") || ++n == 1);
		config_free(c);
		problems_done(&p);
	}
}

static void test_sources(void **state)
{
	struct problems p = {0};
	struct config *c;

	drop("etc/appliances.d/zy.conf");
	drop("etc/appliances.d/zz.conf");
	drop("etc/appliances.d/Bad name.conf");
	/* Profiles that want different settings on one line. */
	scratch_put(root, "etc/appliances.d/even.conf", "[Source m]\nBus=b\nProfile=even\n");
	/* A line with one appliance has no units. */
	scratch_put(root, "etc/appliances.d/serial.conf",
		"[Source m]\nBus=ser\nUnit=3\nProfile=meter\n");
	c = load_ok(2, &p);
	expect(&p, PROBLEM_ERROR, "hearthd.conf", 1, "Bus b",
		"even and meter want different Baud=");
	expect(&p, PROBLEM_WARNING, "serial.conf", 3, "Source m.Unit", "no effect");
	assert_int_equal(c->n_appliances, 3);
	assert_int_equal(c->buses[0].baud, 0);
	assert_int_equal(c->appliances[0].sources[0].unit, 7);
	assert_int_equal(c->appliances[2].sources[0].unit, -1);
	config_free(c);
	problems_done(&p);
	/* Said in [Bus], it is no question. */
	scratch_put(root, "etc/hearthd.conf",
		"[Bus b]\nDevice=rtu:/dev/x\nBaud=4800\nParity=even\n[Bus ser]\nDevice=serial:/dev/y\n");
	c = load_ok(1, &p);
	assert_int_equal(c->buses[0].baud, 4800);
	config_free(c);
	problems_done(&p);
}

static void test_settings(void **state)
{
	struct problems p = {0};
	struct config *c;

	scratch_put(root, "usr/profiles/set.profile",
		"[Profile]\nKind=electrical_meter\nName=Test\nSource=made up for this test\n"
		"[Setting order]\nValues=big little\nDefault=big\n"
		"[Point p]\nRead=holding:1\nType=u32\nOrder=switch(setting.order, big, little)\n"
		"Unit=V\nAttribute=rms_voltage\n");
	scratch_put(root, "etc/hearthd.conf", "[Bus one]\nDevice=tcp:host\n");
#define SRC(unit) "[Source]\nBus=one\nUnit=" unit "\nProfile=set\n"
	scratch_put(root, "etc/appliances.d/a.conf", "[Appliance]\nControl=yes\n" SRC("1"));
	scratch_put(root, "etc/appliances.d/b.conf", SRC("2") "[Settings]\norder=little\n");
	scratch_put(root, "etc/appliances.d/c.conf", SRC("3") "[Settings main]\norder=little\n");
	scratch_put(root, "etc/appliances.d/d.conf", SRC("4") "[Settings]\norder=big\n");
	c = load_ok(0, &p);
	assert_int_equal(c->n_appliances, 4);
	assert_true(c->appliances[0].control);
	assert_false(c->appliances[1].control);
	/* One instance for each set of choices, not one for each appliance. */
	assert_ptr_equal(c->appliances[0].sources[0].profile, c->appliances[3].sources[0].profile);
	assert_ptr_equal(c->appliances[1].sources[0].profile, c->appliances[2].sources[0].profile);
	assert_int_equal(c->appliances[0].sources[0].profile->points[0].order, ORDER_BIG);
	assert_int_equal(c->appliances[1].sources[0].profile->points[0].order, ORDER_LITTLE);
	config_free(c);
	problems_done(&p);

	p = (struct problems){0};
	scratch_put(root, "etc/appliances.d/b.conf", SRC("2") "[Settings]\nordr=little\n");
	scratch_put(root, "etc/appliances.d/c.conf", SRC("3") "[Settings main]\norder=middle\n");
	scratch_put(root, "etc/appliances.d/d.conf", SRC("4") "[Settings other]\norder=big\n");
	c = load_ok(3, &p);
	assert_non_null(strstr(p.v[0].text, "did you mean order=?"));
	assert_int_equal(p.v[0].line, 6);
	assert_non_null(strstr(p.v[1].text, "is none of its values: big little"));
	assert_non_null(strstr(p.v[2].text, "there is no [Source other]"));
	assert_int_equal(c->n_appliances, 1);
	config_free(c);
	problems_done(&p);
	for (char name[] = "etc/appliances.d/a.conf"; name[17] <= 'd'; name[17]++)
		drop(name);
	drop("usr/profiles/set.profile");
	drop("etc/hearthd.conf");
}

static const struct upstream_config *upstream(const struct config *c, const char *id)
{
	for (size_t i = 0; i < c->n_upstreams; i++)
		if (streq(c->upstreams[i].id, id))
			return &c->upstreams[i];
	fail();
	return NULL;
}

#define WRITABLE \
	"[Profile]\nKind=thermostat\nName=Test\nSource=made up for this test\n" \
	"[Point p]\nRead=holding:1\nType=u16\nUnit=°C\nAttribute=heating_setpoint\n" \
	"[Point q]\nRead=holding:2\nType=u16\nEnum=0:off 4:heat\nAttribute=system_mode\n" \
	"[Write heating_setpoint]\nTo=holding:1\nMin=5\nMax=30\nStep=1\nVolatile=yes\n" \
	"[Write system_mode]\nTo=holding:2\nEnum=0:off 4:heat\nVolatile=yes\n"

static void test_grants(void **state)
{
	struct problems p = {0};
	struct config *c;
	const struct appliance_config *a;
	const struct upstream_config *home, *cloud;

	scratch_put(root, "usr/profiles/set.profile", WRITABLE);
#define UP(name, more) "[Upstream " name "]\nUrl=mqtt://h\n" more
	scratch_put(root, "etc/hearthd.conf",
		"[Bus one]\nDevice=tcp:host\n" UP("home", "Level=full\nPlanes=state\n"
							  "Commands=json plain\n")
			UP("cloud", "Commands=json\n") UP("quiet", "Commands=no\n") UP("mute", ""));
	scratch_put(root, "etc/appliances.d/a.conf",
		"[Appliance]\nControl=yes\n" SRC(
			"1") "[Control home]\nAttributes=system_mode\n"
			     "Plain=heating_setpoint system_mode\n[Control cloud]\nAttributes=heating_setpoint\n");
	c = load_ok(0, &p);
	a = &c->appliances[0];
	home = upstream(c, "home");
	cloud = upstream(c, "cloud");
	assert_true(config_granted(a, home, "system_mode", COMMANDS_JSON));
	assert_true(config_granted(a, home, "system_mode", COMMANDS_PLAIN));
	assert_true(config_granted(a, home, "heating_setpoint", COMMANDS_PLAIN));
	assert_true(config_granted(a, cloud, "heating_setpoint", COMMANDS_JSON));
	/* Everything that is not written down: other attributes, forms, upstreams. */
	assert_false(config_granted(a, home, "heating_setpoint", COMMANDS_JSON));
	assert_false(config_granted(a, home, "keypad_lockout", COMMANDS_JSON));
	assert_false(config_granted(a, home, "", COMMANDS_PLAIN));
	assert_false(config_granted(a, cloud, "system_mode", COMMANDS_JSON));
	assert_false(config_granted(a, cloud, "heating_setpoint", COMMANDS_PLAIN));
	for (size_t i = 0; i < 2; i++) {
		const struct upstream_config *u = upstream(c, i ? "quiet" : "mute");

		assert_int_equal(u->commands, 0);
		assert_false(config_granted(a, u, "heating_setpoint", COMMANDS_JSON));
		assert_false(config_granted(a, u, "heating_setpoint", COMMANDS_PLAIN));
	}
	config_free(c);
	problems_done(&p);

	/* What grants nothing is said, and costs nothing else. */
	p = (struct problems){0};
	scratch_put(root, "etc/hearthd.conf",
		"[Bus one]\nDevice=tcp:host\n" UP("home", "Commands=plain\n"));
	scratch_put(root, "etc/appliances.d/a.conf",
		SRC("1") "[Control home]\nPlain=heating_setpoint\nAttribute=system_mode\n"
			 "[Control hme]\nAttributes=heating_setpint\n");
	c = load_ok(7, &p);
	expect(&p, PROBLEM_WARNING, "hearthd.conf", 5, "Upstream home.Commands", "state plane");
	expect(&p, PROBLEM_WARNING, "a.conf", 5, "Control home", "Commands=plain");
	expect(&p, PROBLEM_WARNING, "a.conf", 5, "Control home", "Control=yes");
	expect(&p, PROBLEM_WARNING, "a.conf", 7, "Control home.Attribute", "Attributes");
	expect(&p, PROBLEM_WARNING, "a.conf", 9, "Control hme.Attributes",
		"did you mean heating_setpoint?");
	expect(&p, PROBLEM_WARNING, "a.conf", 8, "Control hme", "did you mean home?");
	assert_int_equal(c->n_appliances, 1);
	assert_false(config_granted(
		&c->appliances[0], upstream(c, "home"), "heating_setpoint", COMMANDS_PLAIN));
	config_free(c);
	problems_done(&p);

	p = (struct problems){0};
	c = NULL;
	scratch_put(root, "etc/hearthd.conf",
		"[Bus one]\nDevice=tcp:host\n" UP("home", "Commands=yes\n"));
	assert_int_equal(config_load(etc, vendor, &p, &c), -EINVAL);
	expect(&p, PROBLEM_ERROR, "hearthd.conf", 5, "Upstream home.Commands", "json and plain");
	problems_done(&p);
	p = (struct problems){0};
	scratch_put(root, "etc/hearthd.conf", "[Bus one]\nDevice=tcp:host\n");
	scratch_put(
		root, "etc/appliances.d/a.conf", SRC("1") "[Control]\nPlain=heating_setpoint\n");
	assert_int_equal(config_load(etc, vendor, &p, &c), 0);
	expect(&p, PROBLEM_ERROR, "a.conf", 5, "Control", "name of an upstream");
	assert_int_equal(c->n_appliances, 0);
	config_free(c);
	problems_done(&p);
}

static void test_bounds(void **state)
{
	char text[8192], name[64];
	struct problems p = {0};
	struct config *c = NULL;
	size_t n = 0;

	for (unsigned i = 0; i < CONFIG_APPLIANCES_MAX + 2; i++) {
		snprintf(name, sizeof(name), "etc/appliances.d/m%03u.conf", i);
		snprintf(text, sizeof(text), "[Source m]\nBus=n\nUnit=%u\nProfile=meter\n", i);
		scratch_put(root, name, text);
	}
	scratch_put(root, "etc/hearthd.conf", "[Bus n]\nDevice=tcp:h\n");
	assert_int_equal(config_load(etc, vendor, &p, &c), 0);
	assert_int_equal(c->n_appliances, CONFIG_APPLIANCES_MAX);
	expect(&p, PROBLEM_ERROR, "m065.conf", 0, NULL, "more than 64");
	assert_int_equal(p.n_errors, 2);
	config_free(c);
	problems_done(&p);
	for (unsigned i = 0; i <= CONFIG_BUSES_MAX; i++)
		n += (size_t)sprintf(text + n, "[Bus b%u]\nDevice=tcp:h%u\n", i, i);
	scratch_put(root, "etc/hearthd.conf", text);
	assert_int_equal(config_load(etc, vendor, &p, &c), -EINVAL);
	assert_int_equal(p.n, 1);
	problems_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_empty, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_full, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_main_errors, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_main_warnings, make_root, remove_root),
		cmocka_unit_test_setup(test_appliance_errors, make_root),
		cmocka_unit_test_teardown(test_sources, remove_root),
		cmocka_unit_test_setup_teardown(test_settings, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_grants, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_bounds, make_root, remove_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
