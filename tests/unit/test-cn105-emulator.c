/* SPDX-License-Identifier: Apache-2.0 */
/* Adapter, profile and transport against an air conditioner that shares no code with them:
 * tests/system/emulators/cn105.py, on a pseudo-terminal and on TCP. The pauses that the adapter
 * asks for are skipped by moving the clock; time-outs are short. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>

#include "../../adapters/mitsubishi-cn105.h"
#include "daemon/base/clock.h"

#define PYTHON "/usr/bin/python3"

static uint64_t skipped_us;
uint64_t __real_clock_boottime_us(void);
uint64_t __wrap_clock_boottime_us(void)
{
	return __real_clock_boottime_us() + skipped_us;
}

static struct {
	pid_t pid;
	FILE *in, *out;
	struct transport *t;
	struct profile *profile;
	struct cn105 state;
	struct blocks blocks;
	struct poll_result result;
	struct reading readings[64];
	int n;
} e;

static void tell(const char *command)
{
	char line[512];

	assert_true(fprintf(e.in, "%s\n", command) > 0);
	assert_int_equal(fflush(e.in), 0);
	assert_non_null(fgets(line, sizeof(line), e.out));
	assert_string_equal(line, "ok\n");
}

static int start(const char *a, const char *b)
{
	char script[512], line[300], device[sizeof(line) + 16];
	struct transport_config tc = {.baud = 2400, .parity = 'E', .stop_bits = 1};
	struct source_config sc = {.unit = -1};
	struct errdetail err;
	struct problems problems = {0};
	int in[2], out[2];
	const char *srcdir = getenv("SRCDIR");

	if (!srcdir || access(PYTHON, X_OK) < 0)
		skip();
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	(void)snprintf(script, sizeof(script), "%s/tests/system/emulators/cn105.py", srcdir);
	e.pid = fork();
	if (e.pid == 0) {
		(void)dup2(in[0], 0);
		(void)dup2(out[1], 1);
		for (int fd = 3; fd < 64; fd++)
			(void)close(fd);
		(void)execl(PYTHON, PYTHON, script, "--delay", "2", a, b, (char *)NULL);
		_exit(127);
	}
	(void)close(in[0]);
	(void)close(out[1]);
	e.in = fdopen(in[1], "w");
	e.out = fdopen(out[0], "r");
	assert_non_null(fgets(line, sizeof(line), e.out));
	line[strcspn(line, "\n")] = '\0';
	assert_non_null(startswith(line, "ready "));
	(void)snprintf(
		device, sizeof(device), "%s:%s", line[6] == '/' ? "serial" : "serialtcp", line + 6);

	(void)str_copy(tc.device, sizeof(tc.device), device);
	assert_int_equal(transport_new(&tc, &e.t), 0);
	assert_int_equal(transport_open(e.t, clock_boottime_us() + USEC_PER_SEC), 0);

	(void)snprintf(script, sizeof(script), "%s/etc/profiles/mitsubishi-cn105.profile", srcdir);
	assert_int_equal(profile_load_file(script, &problems, &e.profile), 0);
	assert_int_equal(problems.n, 0);
	e.profile->line.timeout_us = 150 * USEC_PER_MSEC;
	assert_int_equal(
		adapter_mitsubishi_cn105.configure(&e.state, e.profile, &sc, &e.blocks, &err), 0);
	assert_int_equal(e.blocks.n, 8);
	e.blocks.v[0].timeout_us = 150 * USEC_PER_MSEC;
	return 0;
}

static int stop(void **u)
{
	adapter_mitsubishi_cn105.done(&e.state);
	blocks_done(&e.blocks);
	e.profile = profile_unref(e.profile);
	e.t = transport_free(e.t);
	if (e.in)
		(void)fclose(e.in);
	if (e.out)
		(void)fclose(e.out);
	if (e.pid > 0) {
		(void)kill(e.pid, SIGKILL);
		(void)waitpid(e.pid, NULL, 0);
	}
	memset(&e, 0, sizeof(e));
	return 0;
}

/* The block of QUERY, 0 = connect; all readings that came are in e.readings. */
static int poll_query(uint8_t query)
{
	unsigned block = 0;
	int r;

	while (e.state.queries[block] != query)
		assert_true(++block < e.blocks.n);
	for (;;) {
		memset(&e.result, 0, sizeof(e.result));
		r = adapter_mitsubishi_cn105.poll(&e.state, e.t, block,
			clock_boottime_us() + e.blocks.v[block].timeout_us, &e.result);
		if (r != -EAGAIN)
			break;
		assert_true(e.result.retry_at_us > 0);
		skipped_us += e.result.retry_at_us - MIN(clock_boottime_us(), e.result.retry_at_us);
	}
	e.n = 0;
	for (size_t i = 0; i < e.result.n_raws; i++) {
		int n = adapter_mitsubishi_cn105.decode(&e.state, &e.result.raws[i],
			e.readings + e.n, ARRAY_SIZE(e.readings) - (size_t)e.n);

		assert_true(n >= 0);
		e.n += n;
	}
	return r;
}

static const struct reading *reading(const char *point)
{
	int index = profile_point_by_name(e.profile, point);

	assert_true(index >= 0);
	for (int i = e.n - 1; i >= 0; i--)
		if (e.readings[i].point == index)
			return &e.readings[i];
	fail_msg("no reading of %s", point);
	return NULL;
}

static void number_is(const char *point, double v)
{
	const struct reading *r = reading(point);

	assert_int_equal(r->quality, QUALITY_GOOD);
	assert_int_equal(r->type, VALUE_NUMBER);
	if (r->num != v)
		fail_msg("%s is %g, must be %g", point, r->num, v);
}

static void name_is(const char *point, const char *name)
{
	const struct reading *r = reading(point);
	const struct point *p = &e.profile->points[r->point];

	assert_int_equal(r->quality, QUALITY_GOOD);
	for (size_t i = 0; i < p->n_enums; i++)
		if (p->enums[i].value == r->code && streq(p->enums[i].name, name))
			return;
	fail_msg("%s is %lld, must be %s", point, (long long)r->code, name);
}

static void test_values(void **u)
{
	const struct fault *fault;
	char text[64];

	start(NULL, NULL);
	/* Nothing before the handshake. */
	assert_int_equal(poll_query(0x02), -ETIMEDOUT);
	assert_int_equal(poll_query(0), 0);

	assert_int_equal(poll_query(0x02), 0);
	assert_int_equal(reading("power")->type, VALUE_BOOL);
	assert_int_equal(reading("power")->code, 1);
	name_is("mode", "cool");
	assert_int_equal(reading("mode")->code, 3); /* the model's number, not the unit's */
	number_is("setpoint_cooling", 24.0);
	number_is("setpoint_heating", 24.0);
	name_is("fan", "auto");
	name_is("wide_vane", "centre");
	assert_int_equal(poll_query(0x03), 0);
	number_is("room_temperature", 26.5);
	number_is("outdoor_temperature", 31.0);
	number_is("runtime", 68196 / 60.0); /* minutes to the model's hours */
	assert_int_equal(poll_query(0x05), 0);
	name_is("timer", "none");
	assert_int_equal(poll_query(0x06), 0);
	number_is("compressor_frequency", 42);
	number_is("active_power", 640);
	number_is("energy", 136.0);
	assert_int_equal(poll_query(0x09), 0);
	assert_int_equal(reading("defrost")->code, 0);
	name_is("fan_stage", "medium");
	assert_int_equal(poll_query(0x42), 0);
	name_is("purifier", "off");

	/* Every setting moves. */
	tell("set mode heat");
	tell("set isee 1");
	tell("set setpoint 21.5");
	tell("set fan 3");
	tell("set vane 7");
	tell("set wide_vane 12");
	tell("set power 0");
	assert_int_equal(poll_query(0x02), 0);
	assert_int_equal(reading("power")->code, 0);
	name_is("mode", "heat");
	name_is("isee", "on");
	number_is("setpoint_heating", 21.5);
	name_is("fan", "high");
	name_is("fan_speed", "speed_3");
	assert_int_equal(reading("swing")->type, VALUE_BITS);
	assert_int_equal(reading("swing")->code, 3); /* rock_left_right + rock_up_down */
	/* An old unit has encoding A alone, half degrees in bit 4. */
	tell("set coarse 1");
	assert_int_equal(poll_query(0x02), 0);
	number_is("setpoint_heating", 21.5);
	tell("set outdoor none");
	tell("set room 19");
	assert_int_equal(poll_query(0x03), 0);
	assert_int_equal(reading("outdoor_temperature")->quality, QUALITY_ABSENT);
	number_is("room_temperature", 19);
	tell("set operating 0");
	tell("set watts 0");
	assert_int_equal(poll_query(0x06), 0);
	number_is("compressor_frequency", 0);
	number_is("active_power", 0);
	tell("set flags 3");
	assert_int_equal(poll_query(0x09), 0);
	assert_int_equal(reading("defrost")->code, 1);

	/* The error word. */
	assert_int_equal(poll_query(0x04), 0);
	assert_int_equal(reading("error")->raw, 8000);
	tell("set error 6999");
	tell("set short P8");
	assert_int_equal(poll_query(0x04), 0);
	assert_int_equal(reading("error")->raw, 6999);
	assert_string_equal(reading("error_short")->text, "P8");
	profile_fault_lookup(e.profile, reading("error")->point, 6999, &fault, text, sizeof(text));
	assert_non_null(fault);
	assert_string_equal(fault->code, "6999");
	profile_fault_lookup(e.profile, reading("error")->point, 51, &fault, text, sizeof(text));
	assert_null(fault);
	assert_string_equal(text, "0051");
}

static void test_bad_line(void **u)
{
	start(NULL, NULL);
	tell("corrupt 1");
	assert_int_equal(poll_query(0), -EBADMSG);
	assert_int_equal(poll_query(0), 0);
	tell("corrupt 1");
	assert_int_equal(poll_query(0x02), -EBADMSG);
	assert_int_equal(e.n, 0);
	tell("truncate 1");
	assert_int_equal(poll_query(0x02), -EBADMSG);
	tell("noise 1");
	assert_int_equal(poll_query(0x02), 0);
	number_is("setpoint_cooling", 24.0);
	tell("dribble 1");
	assert_int_equal(poll_query(0x02), 0);
	number_is("setpoint_cooling", 24.0);
	tell("dribble 0");
	/* The reply to the query before: used as what it is, and not as the one asked for. */
	assert_int_equal(poll_query(0x03), 0);
	tell("set room 22.5");
	tell("swap 1");
	assert_int_equal(poll_query(0x02), -ETIMEDOUT);
	assert_int_equal(e.result.n_raws, 1);
	assert_int_equal(e.result.raws[0].block, RAW_UNASKED);
	number_is("room_temperature", 22.5);
	/* A query that this unit does not know. */
	tell("mute 42");
	assert_int_equal(poll_query(0x42), -ETIMEDOUT);
	assert_false(e.result.session_lost);
	assert_int_equal(poll_query(0x02), 0);
}

static void test_power_cut(void **u)
{
	start(NULL, NULL);
	assert_int_equal(poll_query(0), 0);
	assert_int_equal(poll_query(0x02), 0);
	tell("forget");
	for (unsigned i = 1; i <= 5; i++) {
		assert_int_equal(poll_query(0x02), -ETIMEDOUT);
		assert_int_equal(e.result.session_lost, i == 5);
	}
	assert_int_equal(poll_query(0), 0);
	assert_int_equal(poll_query(0x02), 0);
	/* The emulator dies: the port is gone and let go. */
	(void)kill(e.pid, SIGKILL);
	(void)waitpid(e.pid, NULL, 0);
	e.pid = 0;
	assert_int_equal(poll_query(0x02), -ENODEV);
	assert_false(transport_is_open(e.t));
}

static void test_tcp(void **u)
{
	start("--tcp", "0");
	assert_int_equal(poll_query(0), 0);
	assert_int_equal(poll_query(0x03), 0);
	number_is("room_temperature", 26.5);
	tell("drop");
	assert_int_equal(poll_query(0x03), -ENODEV);
	assert_false(transport_is_open(e.t));
	assert_int_equal(transport_open(e.t, clock_boottime_us() + USEC_PER_SEC), 0);
	assert_int_equal(poll_query(0), 0);
	assert_int_equal(poll_query(0x03), 0);
	number_is("room_temperature", 26.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_values, stop),
		cmocka_unit_test_teardown(test_bad_line, stop),
		cmocka_unit_test_teardown(test_power_cut, stop),
		cmocka_unit_test_teardown(test_tcp, stop),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("cn105-emulator", tests, NULL, NULL);
}
