/* SPDX-License-Identifier: Apache-2.0 */
/* Spells in which an appliance refuses everything: worker, plan and Modbus adapter on virtual time.
 * Whenever a spell begins and ends, everything is read again within 90 s of its end. The linker sends
 * the adapter's transport_modbus() and clock to the functions here. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "adapters/adapter.h"
#include "daemon/bus/bus-worker.h"
#include "daemon/profile/profile.h"

#include <stdlib.h>
#include <sys/socket.h>

#define SEC     USEC_PER_SEC
#define MS      USEC_PER_MSEC
#define SEEDS   150
#define BACK_US (90 * SEC)
#define POINTS  64
#define DOUBLED \
	(500 * MS) /* as the transport: a shape is not used again sooner for another address */
#define ROUNDS 6

struct transport {
	bool rtu, open;
	struct transport_stats stats;
};

/* What can be read of each of the two units, which are alike. */
static const struct {
	uint8_t function;
	uint16_t first, last;
} ranges[] = {{3, 0, 9}, {3, 20, 25}, {3, 40, 47}, {3, 60, 60}, {4, 0, 3}, {4, 100, 112}};

static uint64_t now_us;
static uint8_t refuses; /* exception of unit 1, 0: none */
static uint64_t used_us[3][5][126], last_shape[3];
static uint16_t used_for[3][5][126], last_address[3];
static uint64_t good_us[2][POINTS]; /* when each value was read last */
static struct profile *profile;

/* ---- the line */

uint64_t __wrap_clock_boottime_us(void);
uint64_t __wrap_clock_boottime_us(void)
{
	return now_us;
}

static bool readable(uint8_t function, unsigned first, unsigned last)
{
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (function == ranges[i].function && first >= ranges[i].first &&
			last <= ranges[i].last)
			return true;
	return false;
}

int __wrap_transport_modbus(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n,
	uint64_t quiet_us, uint64_t late_us, uint64_t deadline_us, uint8_t ret[MODBUS_PDU_MAX],
	uint8_t *ret_exception);
int __wrap_transport_modbus(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n,
	uint64_t quiet_us, uint64_t late_us, uint64_t deadline_us, uint8_t ret[MODBUS_PDU_MAX],
	uint8_t *ret_exception)
{
	uint16_t address = be16(pdu + 1), count = be16(pdu + 3);

	assert_in_range(unit, 1, 2);
	assert_in_range(count, 1, 125);
	t->stats.requests++;
	now_us += t->rtu ? 30 * MS + 2 * MS * count : 2 * MS;
	used_us[unit][pdu[0]][count] = now_us;
	used_for[unit][pdu[0]][count] = address;
	last_shape[unit] = (uint64_t)pdu[0] << 16 | count;
	last_address[unit] = address;
	*ret_exception = !readable(pdu[0], address, address + count - 1U) ? 2 : 0;
	if (unit == 1 && refuses > 0)
		*ret_exception = refuses;
	if (*ret_exception > 0) {
		t->stats.exceptions++;
		return -EREMOTEIO;
	}
	t->stats.replies++;
	ret[0] = pdu[0];
	ret[1] = (uint8_t)(2 * count);
	for (uint16_t i = 0; i < count; i++)
		put_be16(ret + 2 + 2 * (size_t)i, (uint16_t)(address + i));
	return 2 + 2 * count;
}

bool __wrap_transport_modbus_shape_busy(const struct transport *t, uint8_t unit, uint8_t function,
	uint16_t address, uint16_t count, uint64_t at_us, uint64_t *ret_until_us);
bool __wrap_transport_modbus_shape_busy(const struct transport *t, uint8_t unit, uint8_t function,
	uint16_t address, uint16_t count, uint64_t at_us, uint64_t *ret_until_us)
{
	uint64_t used = used_us[unit][function][count];

	if (!t->rtu)
		return false;
	*ret_until_us =
		used == 0 || used_for[unit][function][count] == address ? 0 : used + DOUBLED;
	if (*ret_until_us > at_us)
		return true;
	*ret_until_us = USEC_INFINITY;
	return last_shape[unit] == ((uint64_t)function << 16 | count) &&
	       last_address[unit] != address;
}

static struct transport line;

static int line_make(const struct transport_config *config, struct transport **ret)
{
	line = (struct transport){.rtu = startswith(config->device, "rtu:") != NULL};
	*ret = &line;
	return 0;
}

static struct transport *line_free(struct transport *t)
{
	return NULL;
}

static int line_open(struct transport *t, uint64_t deadline_us)
{
	t->open = true;
	return 0;
}

static void line_close(struct transport *t)
{
	t->open = false;
}

static bool line_is_open(const struct transport *t)
{
	return t->open;
}

static void line_stats(const struct transport *t, struct transport_stats *ret)
{
	*ret = t->stats;
}

static uint64_t line_char_us(const struct transport *t)
{
	return t->rtu ? 1042 : 0;
}

static const struct line_ops line_ops = {
	line_make, line_free, line_open, line_close, line_is_open, line_stats, line_char_us};
static const struct bus_env env = {
	.adapter = adapter_by_name,
	.line = &line_ops,
	.now = __wrap_clock_boottime_us,
	.open_timeout_us = SEC,
};

/* ---- the appliances */

static int setup(void **state)
{
	static char text[16384];
	struct problems problems = {0};
	size_t used = 0;
	unsigned n = 0;

	assert_true(str_appendf(text, sizeof(text), &used,
		"[Profile]\nKind=electrical_meter\nName=Spells\nSource=made for a test\n[Line]\n"
		"Timeout=150ms\n"));
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		for (unsigned a = ranges[i].first; a <= ranges[i].last; a++)
			assert_true(str_appendf(text, sizeof(text), &used,
				"[Point p%u]\nHidden=yes\nRead=%s:%u\nType=u16\nPeriod=400ms\n",
				n++, ranges[i].function == 3 ? "holding" : "input", a));
	assert_in_range(n, 1, POINTS);
	assert_int_equal(profile_load_buffer(text, used, "spells", &problems, &profile), 0);
	problems_done(&problems);
	return 0;
}

static int teardown(void **state)
{
	profile_unref(profile);
	return 0;
}

static void hear(int fd)
{
	static struct bus_msg m;

	while (recv(fd, &m, sizeof(m), MSG_DONTWAIT) > 0)
		if (m.type == BUS_READINGS)
			for (uint32_t i = 0; i < m.readings.n; i++)
				if (m.readings.v[i].quality == QUALITY_GOOD)
					good_us[m.tag][m.readings.v[i].point] =
						m.readings.v[i].t_us;
}

static void run_until(struct bus_worker *w, int fd, uint64_t until)
{
	uint64_t wake;

	for (; now_us < until; now_us = MAX(now_us, MIN(wake, until))) {
		assert_true(bus_worker_step(w, &wake));
		hear(fd);
	}
}

static bool all_read_since(uint64_t t)
{
	for (size_t u = 0; u < 2; u++)
		for (size_t i = 0; i < profile->n_points; i++)
			if (good_us[u][i] < t)
				return false;
	return true;
}

/* Microseconds after NOW until everything was read once more; BACK_US + 1: not within it. */
static uint64_t back(struct bus_worker *w, int fd)
{
	uint64_t since = now_us;

	while (!all_read_since(since)) {
		if (now_us > since + BACK_US)
			return BACK_US + 1;
		run_until(w, fd, now_us + 100 * MS);
	}
	return now_us - since;
}

static uint64_t spells(unsigned seed, char *device)
{
	static char id[] = "spells";
	struct bus_config conf = {.id = id, .device = device};
	struct bus_source s[2] = {{.tag = 0, .profile = profile}, {.tag = 1, .profile = profile}};
	struct bus_worker *w;
	uint64_t worst = 0;
	unsigned r = seed;
	int fds[2];

	now_us = 1000 * SEC;
	refuses = 0;
	memset(used_us, 0, sizeof(used_us));
	memset(last_shape, 0, sizeof(last_shape));
	memset(good_us, 0, sizeof(good_us));
	s[0].config.unit = 1;
	s[1].config.unit = 2;
	assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), errno);
	assert_int_equal(bus_worker_new(&conf, s, 2, &env, fds[1], &w), 0);
	run_until(w, fds[0], now_us + 3 * SEC);
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t took;

		/* One spell after another, the second in the midst of what the first set off. */
		for (unsigned i = 0; i <= rand_r(&r) % 3U; i++) {
			refuses = (uint8_t)(1 + rand_r(&r) % 3);
			run_until(w, fds[0], now_us + (unsigned)rand_r(&r) % (6 * SEC));
			refuses = 0;
			run_until(w, fds[0], now_us + (unsigned)rand_r(&r) % (3 * SEC));
		}
		took = back(w, fds[0]);
		worst = MAX(worst, took);
	}
	(void)bus_worker_free(w);
	(void)close(fds[0]);
	return worst;
}

static void spells_on(const char *name)
{
	char device[32];
	uint64_t worst = 0;

	(void)str_copy(device, sizeof(device), name);
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		uint64_t took = spells(seed, device);

		if (took > BACK_US)
			fail_msg("seed %u on %s: not everything is back", seed, name);
		worst = MAX(worst, took);
	}
	print_message("everything back after at most %.1f s\n", (double)worst / SEC);
}

static void test_serial(void **state)
{
	spells_on("rtu:/dev/fake");
}

static void test_network(void **state)
{
	spells_on("tcp:fake:502");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_serial),
		cmocka_unit_test(test_network),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
