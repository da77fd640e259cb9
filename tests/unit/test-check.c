/* SPDX-License-Identifier: Apache-2.0 */
/* adapters/check over configurations in a folder of its own. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "adapters/check.h"

#include <sys/stat.h>

static char dir[] = "/tmp/hearthd-check-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

#define PROFILE \
	"[Profile]\nKind=heat_pump\nName=a\nSource=b\n[Line]\nUnit=1\nReadable=holding:0-99\n" \
	"[Point t]\nType=s16\nUnit=°C\nAttribute=flow.temperature\n"

/* How many appliances are usable, and that the only problem, or none for NULL, is SAYS. */
static size_t check(const char *says)
{
	struct problems p = {0};
	struct config *c = NULL;
	char line[1024], *at;
	size_t n;

	assert_int_equal(config_load(dir, "/nonexistent", &p, &c), 0);
	n = check_config(c, &p);
	if (says) {
		assert_int_equal(p.n, 1);
		problem_format(line, sizeof(line), &p.v[0]);
		at = strstr(line, dir);
		if (!at || !streq(at + strlen(dir) + 1, says))
			fail_msg("%s\ninstead of %s", line, says);
	}
	assert_int_equal(p.n, says ? 1 : 0);
	problems_done(&p);
	config_free(c);
	return n;
}

static void test_profile(void **state)
{
	put("hearthd.conf", "[Bus b]\nDevice=tcp:localhost\n");
	put("appliances.d/a.conf", "[Source]\nBus=b\nProfile=p\n");
	put("appliances.d/c.conf", "[Source]\nBus=b\nUnit=2\nProfile=p\n");
	put("profiles/p.profile", PROFILE "Read=holding:9\n");
	assert_int_equal(check(NULL), 2);
	/* Once, although two appliances have it. */
	put("profiles/p.profile", PROFILE "Read=40001\n");
	assert_int_equal(
		check("profiles/p.profile:12: Point t.Read: error: \"40001\": must be "
		      "holding:ADDRESS, input:ADDRESS, coil:ADDRESS or discrete:ADDRESS; 40001 and the "
		      "like need Addressing=modicon"),
		0);
	/* In the file that says so. */
	put("profiles/p.profile", PROFILE "Read=holding:9\n");
	put("profiles/p.profile.d/x.conf", "[Point t]\nRead=holding:70000\n");
	assert_int_equal(check("profiles/p.profile.d/x.conf:2: Point t.Read: error: "
			       "\"holding:70000\": the address must be 0 to 65535"),
		0);
	put("profiles/p.profile.d/x.conf",
		"[Fault E1]\nRead=holding:12.3\n[Fault E2]\nRead=holding:100.3\n");
	assert_int_equal(
		check("profiles/p.profile.d/x.conf:4: Point fault.holding_100.Read: warning: "
		      "holding:100 lies outside Readable= of [Line]; widen the range or mend the "
		      "address"),
		2);
	put("profiles/p.profile.d/x.conf", "");
	put("appliances.d/c.conf", "");
}

static void test_line(void **state)
{
	put("profiles/p.profile", PROFILE "Read=holding:9\n");
	put("hearthd.conf", "[Bus b]\nDevice=tcp:localhost\nListen=yes\n");
	assert_int_equal(check("appliances.d/a.conf:1: Source main: error: [Bus b] has Listen=yes, "
			       "but modbus has to ask"),
		0);
	put("hearthd.conf", "[Bus b]\nDevice=serial:/dev/null\n");
	assert_int_equal(
		check("appliances.d/a.conf:1: Source main: error: profile p speaks modbus, "
		      "and [Bus b] is serial:/dev/null; it needs a bus with rtu:, tcp: or "
		      "rtutcp:"),
		0);
	put("profiles/p.profile",
		"[Profile]\nKind=heat_pump\nName=a\nSource=b\nAdapter=mitsubishi-cn105\n"
		"[Point t]\nRead=settings.power\nAttribute=on_off\nEnum=0:false 1:true\n");
	assert_int_equal(check(NULL), 1);
	/* The bus is wrong, and not that there is no Unit=. */
	put("hearthd.conf", "[Bus b]\nDevice=rtu:/dev/null\n");
	assert_int_equal(
		check("appliances.d/a.conf:1: Source main: error: profile p speaks "
		      "mitsubishi-cn105, and [Bus b] is rtu:/dev/null; it needs a bus with "
		      "serial: or serialtcp:"),
		0);
}

static int setup(void **state)
{
	static const char *const below[] = {"appliances.d", "profiles", "profiles/p.profile.d"};
	char path[256];

	if (!mkdtemp(dir))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(below); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, below[i]);
		if (mkdir(path, 0700) < 0)
			return -1;
	}
	return 0;
}

static int teardown(void **state)
{
	static const char *const below[] = {"hearthd.conf", "appliances.d/a.conf",
		"appliances.d/c.conf", "appliances.d", "profiles/p.profile.d/x.conf",
		"profiles/p.profile.d", "profiles/p.profile", "profiles", "."};
	char path[256];

	for (size_t i = 0; i < ARRAY_SIZE(below); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, below[i]);
		(void)remove(path);
	}
	(void)rmdir(dir);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_line),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
