/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules that are shipped cost, by kind of appliance with every point it may have: time to load,
 * bytes of state, nanoseconds a sample. One line of JSON a kind. The values are noise around a slow
 * swing with machines that go on and off: no path of the engine is spared. */
#include <linux/perf_event.h>
#include <math.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>

#include "daemon/diagnosis/rule.h"

#define SAMPLES 20000

static double now_s(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Instructions of this thread in user space; -1 where the kernel does not let us count. */
static int counter_open(void)
{
	struct perf_event_attr a = {.type = PERF_TYPE_HARDWARE,
		.size = sizeof(a),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1};

	return (int)syscall(SYS_perf_event_open, &a, 0, -1, -1, 0);
}

static double counter_read(int fd)
{
	uint64_t v;

	return fd >= 0 && read(fd, &v, sizeof(v)) == sizeof(v) ? (double)v : -1;
}

static uint32_t seed = 1;

static double noise(void)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) / (double)(1 << 24) - 0.5;
}

static void fill(const struct rule_point *p, size_t n, unsigned i, struct expr_value *v)
{
	for (size_t k = 0; k < n; k++) {
		double x = 0;

		switch (p[k].type) {
		case EXPR_BOOL:
			x = (i / (20 + k)) & 1;
			break;
		case EXPR_ENUM:
		case EXPR_BITS:
			x = (double)((i / 200 + k) % 4);
			break;
		case EXPR_NUMBER:
			x = 30 + 10 * sin(i / 3000.0 + (double)k) + noise();
			break;
		}
		v[k] = expr_good(x);
	}
}

static void measure(const struct rule_set *set, const struct model_kind *kind)
{
	struct rule_point points[RULES_POINTS_MAX];
	struct rules_config c = {.kind = kind, .points = points, .period_s = 10};
	struct expr_value v[RULES_POINTS_MAX];
	struct rules_clock clock = {.local_hour = NAN};
	struct problems p = {0};
	struct rules_costs costs;
	struct rules *r;
	uint8_t *saved = NULL;
	size_t n_saved = 0;
	double load = now_s(CLOCK_MONOTONIC), run, instructions;
	_cleanup_close_ int fd = counter_open();
	char counted[32] = "null";

	c.n_points = rule_points_of_kind(kind, points, RULES_POINTS_MAX, NULL);
	if (rules_new(set, &c, &p, &r) < 0)
		return;
	load = now_s(CLOCK_MONOTONIC) - load;
	rules_costs(r, &costs);
	run = now_s(CLOCK_PROCESS_CPUTIME_ID);
	for (unsigned i = 0; i < SAMPLES; i++) {
		fill(points, c.n_points, i, v);
		clock.t_us += 10000000;
		if (fd >= 0)
			(void)ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
		rules_step(r, &clock, v, NULL, NULL);
		if (fd >= 0)
			(void)ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
	}
	run = now_s(CLOCK_PROCESS_CPUTIME_ID) - run;
	instructions = counter_read(fd);
	if (instructions >= 0)
		(void)snprintf(counted, sizeof(counted), "%.0f", instructions / SAMPLES);
	(void)rules_save(r, &saved, &n_saved);
	printf("{\"kind\":\"%s\",\"rules\":%zu,\"instances\":%zu,\"nodes\":%zu,\"functions\":%zu,"
	       "\"state_bytes\":%zu,\"saved_bytes\":%zu,\"load_ms\":%.2f,\"ns_per_sample\":%.0f,"
	       "\"samples_per_s\":%.0f,\"instructions_per_sample\":%s}\n",
		kind->name, costs.rules, costs.instances, costs.nodes, costs.slots,
		costs.state_bytes, n_saved, load * 1e3, run / SAMPLES * 1e9, SAMPLES / run,
		counted);
	free(saved);
	rules_free(r);
	problems_done(&p);
}

int main(int argc, char **argv)
{
	const char *dirs[] = {argc > 1 ? argv[1] : "etc/rules", NULL};
	struct problems p = {0};
	struct rule_set *set;
	double load = now_s(CLOCK_MONOTONIC);

	if (rule_set_load(dirs, &p, &set) < 0)
		return 1;
	printf("{\"files_ms\":%.2f,\"rules\":%zu,\"problems\":%zu}\n",
		(now_s(CLOCK_MONOTONIC) - load) * 1e3, rule_set_count(set), p.n);
	for (size_t i = 0; i < model_n_kinds; i++)
		measure(set, &model_kinds[i]);
	rule_set_free(set);
	problems_done(&p);
	return 0;
}
