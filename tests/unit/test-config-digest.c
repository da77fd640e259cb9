/* SPDX-License-Identifier: Apache-2.0 */
/* Which change of which file is a change of which bus, upstream and appliance: each row of the table is one
 * edit and what must notice it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "scratch.h"

#include "daemon/config/config.h"

#include <sys/stat.h>

static char root[64], etc[80], vendor[80];

#define MAIN \
	"[Daemon]\nFlushInterval=60s\n[Bus a]\nDevice=tcp:127.0.0.1:1\n[Bus b]\nDevice=tcp:127.0.0.1:2\n" \
	"[Upstream x]\nUrl=mqtt://127.0.0.1:1\nLevel=full\nPlanes=state\n[Upstream y]\nUrl=mqtt://127.0.0.1:2\n"
#define ONE "[Appliance]\nLabel=One\n[Source]\nBus=a\nUnit=1\nProfile=meter\n"
#define TWO "[Appliance]\nLabel=Two\n[Source]\nBus=b\nUnit=1\nProfile=meter2\n"
#define PROFILE \
	"[Profile]\nKind=electrical_meter\nName=Test\nSource=made up for this test\n" \
	"[Point p]\nRead=holding:1\nType=u16\nUnit=V\nAttribute=rms_voltage\n"

static void reset(void)
{
	scratch_put(root, "etc/hearthd.conf", MAIN);
	scratch_put(root, "etc/hearthd.conf.d/10.conf", NULL);
	scratch_put(root, "etc/appliances.d/one.conf", ONE);
	scratch_put(root, "etc/appliances.d/two.conf", TWO);
	scratch_put(root, "etc/appliances.d/three.conf", NULL);
	scratch_put(root, "usr/profiles/meter.profile", PROFILE);
	scratch_put(root, "usr/profiles/meter2.profile", PROFILE);
	scratch_put(root, "etc/profiles/meter.profile.d/10.conf", NULL);
}

static int make_root(void **state)
{
	scratch_new(root);
	snprintf(etc, sizeof(etc), "%s/etc", root);
	snprintf(vendor, sizeof(vendor), "%s/usr", root);
	return 0;
}

static int remove_root(void **state)
{
	return scratch_done(root);
}

static struct config *load(void)
{
	struct problems p = {0};
	struct config *c = NULL;

	assert_int_equal(config_load(etc, vendor, &p, &c), 0);
	assert_int_equal(p.n_errors, 0);
	problems_done(&p);
	return c;
}

/* "a b x y one two ONE TWO": those that are not the same; capitals are shapes. */
static void differences(const struct config *c, const struct config *d, char *dst, size_t size)
{
	size_t used = 0;

	*dst = '\0';
	for (size_t i = 0; i < c->n_buses; i++) {
		const struct bus_config *o = config_bus(d, c->buses[i].id);

		if (!o || !digest_same(&o->digest, &c->buses[i].digest))
			(void)str_appendf(dst, size, &used, " %s", c->buses[i].id);
	}
	for (size_t i = 0; i < c->n_upstreams; i++) {
		const struct upstream_config *o = config_upstream(d, c->upstreams[i].id);

		if (!o || !digest_same(&o->digest, &c->upstreams[i].digest))
			(void)str_appendf(dst, size, &used, " %s", c->upstreams[i].id);
	}
	for (size_t i = 0; i < c->n_appliances; i++) {
		const struct appliance_config *o = config_appliance(d, c->appliances[i].id);

		if (!o || !digest_same(&o->digest, &c->appliances[i].digest))
			(void)str_appendf(dst, size, &used, " %s", c->appliances[i].id);
		if (!o || !digest_same(&o->shape, &c->appliances[i].shape))
			(void)str_appendf(dst, size, &used, " shape-%s", c->appliances[i].id);
	}
}

static void test_edits(void **state)
{
	static const struct {
		const char *path, *text, *expected;
	} rows[] = {
		{"etc/hearthd.conf", MAIN, ""},
		{"etc/hearthd.conf", "# a comment\n" MAIN, ""},
		{"etc/hearthd.conf.d/10.conf", "[Bus a]\nListen=yes\n", " a"},
		{"etc/hearthd.conf.d/10.conf", "[Bus b]\nDevice=tcp:127.0.0.1:3\n", " b"},
		{"etc/hearthd.conf.d/10.conf", "[Upstream y]\nWindow=2\n", " y"},
		{"etc/hearthd.conf.d/10.conf", "[Daemon]\nLanguage=zh_CN\n", " x y"},
		/* A bus that nobody is on is still one more name to be told. */
		{"etc/hearthd.conf.d/10.conf", "[Bus c]\nDevice=tcp:127.0.0.1:4\n", " x y"},
		{"etc/hearthd.conf.d/10.conf", "[Upstream z]\nUrl=mqtt://127.0.0.1:3\n", ""},
		/* Words about it are no matter of the bus; those who may show them are told, others do not even
		 * connect anew. */
		{"etc/appliances.d/one.conf",
			"[Appliance]\nLabel=Uno\n[Source]\nBus=a\nUnit=1\nProfile=meter\n",
			" x one"},
		{"etc/appliances.d/one.conf",
			"[Appliance]\nLabel=One\nLabel[zh_CN]=一\nLocation=Here\n[Source]\nBus=a\nUnit=1\nProfile=meter\n",
			" x one"},
		{"etc/appliances.d/one.conf",
			"[Appliance]\nLabel=One\nInstalled=2020-01-01\n[Source]\nBus=a\nUnit=1\nProfile=meter\n",
			" x y one"},
		{"etc/appliances.d/one.conf",
			"[Appliance]\nLabel=One\nLevel=faults\n[Source]\nBus=a\nUnit=1\nProfile=meter\n",
			" x y one"},
		{"etc/appliances.d/one.conf", ONE "[Privacy]\ny=off\n", " x y one"},
		{"etc/appliances.d/one.conf",
			"[Appliance]\nLabel=One\n[Source]\nBus=a\nUnit=2\nProfile=meter\n",
			" a x y one shape-one"},
		{"etc/appliances.d/one.conf",
			"[Appliance]\nLabel=One\n[Source]\nBus=a\nUnit=1\nProfile=meter\nPeriod=9s\n",
			" a x y one shape-one"},
		{"etc/appliances.d/one.conf", ONE "[Map]\nrms_voltage=main.p\n",
			" a x y one shape-one"},
		{"etc/appliances.d/one.conf",
			"[Appliance]\nLabel=One\n[Source]\nBus=b\nUnit=2\nProfile=meter\n",
			" a b x y one shape-one"},
		{"etc/appliances.d/one.conf", NULL, " a x y"},
		{"etc/appliances.d/three.conf",
			"[Appliance]\n[Source]\nBus=b\nUnit=3\nProfile=meter\n",
			" b x y three shape-three"},
		/* A profile is known by what it says, wherever that stands. */
		{"usr/profiles/meter.profile", "# another comment\n" PROFILE, ""},
		{"usr/profiles/meter.profile", PROFILE "Scale=0.1\n", " a x y one shape-one"},
		{"etc/profiles/meter.profile.d/10.conf", "[Point p]\nPeriod=1s\n",
			" a x y one shape-one"},
	};
	struct config *before, *after;
	size_t upstreams, buses;
	char seen[128];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		reset();
		before = load();
		scratch_put(root, rows[i].path, rows[i].text);
		after = load();
		upstreams = after->n_upstreams;
		buses = after->n_buses;
		after->n_upstreams = MIN(upstreams, before->n_upstreams); /* the new one is new */
		after->n_buses = MIN(buses, before->n_buses);
		differences(after, before, seen, sizeof(seen));
		after->n_upstreams = upstreams;
		after->n_buses = buses;
		if (!streq(seen, rows[i].expected))
			print_error("row %zu: %s\n", i, rows[i].text ? rows[i].text : "gone");
		assert_string_equal(seen, rows[i].expected);
		config_free(before);
		config_free(after);
	}
}

/* A name in [Privacy] that is no upstream's holds for all of them: so that others notice when one goes. */
static void test_levels_of_others(void **state)
{
	struct config *before, *after;

	reset();
	scratch_put(root, "etc/appliances.d/one.conf", ONE "[Privacy]\ny=faults\n");
	before = load();
	scratch_put(root, "etc/hearthd.conf",
		"[Daemon]\nFlushInterval=60s\n[Bus a]\nDevice=tcp:127.0.0.1:1\n[Bus b]\n"
		"Device=tcp:127.0.0.1:2\n"
		"[Upstream x]\nUrl=mqtt://127.0.0.1:1\nLevel=full\n");
	after = load();
	assert_int_equal(before->appliances[0].level, LEVEL_FULL);
	assert_int_equal(after->appliances[0].level, LEVEL_FAULTS);
	assert_true(digest_same(&before->appliances[0].shape, &after->appliances[0].shape));
	assert_false(digest_same(&before->upstreams[0].digest, &after->upstreams[0].digest));
	config_free(before);
	config_free(after);
}

/* What was built of the old one stands on what the new one now owns. */
static void test_exchange(void **state)
{
	struct config *before, *after;
	const struct source_conf *sources;
	const struct profile *profile;

	reset();
	before = load();
	scratch_put(root, "etc/appliances.d/one.conf",
		"[Appliance]\nLabel=Uno\n[Source]\nBus=a\nUnit=1\nProfile=meter\n");
	after = load();
	sources = before->appliances[0].sources;
	profile = sources[0].profile;
	assert_ptr_not_equal(after->appliances[0].sources[0].profile, profile);
	config_exchange_shape(&after->appliances[0], &before->appliances[0]);
	assert_ptr_equal(after->appliances[0].sources, sources);
	config_free(before);
	assert_string_equal(after->appliances[0].label.en, "Uno");
	assert_ptr_equal(after->appliances[0].sources[0].profile, profile);
	assert_int_equal(profile->refs, 1);
	assert_string_equal(profile->id, "meter");
	config_free(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_edits, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_levels_of_others, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_exchange, make_root, remove_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
