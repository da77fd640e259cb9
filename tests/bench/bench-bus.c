/* SPDX-License-Identifier: Apache-2.0 */
/* What a sweep of the bench household costs on its lines: the daemon's own worker, plan and Modbus
 * adapter on virtual time, against lines that answer as the household would.
 *
 *   bench-bus HOME-DIR     (map.tsv and layout.tsv)
 *
 * One line of JSON. Line time as HOME's figures: 10 bits a character at 9600 baud, 3.5 characters of
 * silence around each frame, 20 ms until the appliance answers; 2 ms a request on TCP. The linker
 * sends the adapter's transport_modbus() and clock to the functions here. */
#include "adapters/adapter.h"
#include "daemon/bus/bus-worker.h"

#include <math.h>
#include <sys/socket.h>
#include <time.h>

#define POINTS_MAX 64
#define RANGES_MAX 16
#define UNITS_MAX  16
#define SWEEP_US   (10 * USEC_PER_SEC)
#define SWEEPS     360 /* an hour */

#define CHAR_US       1042
#define TURNAROUND_US (20 * USEC_PER_MSEC)
#define TCP_US        (2 * USEC_PER_MSEC)
#define TIMEOUT_US    (300 * USEC_PER_MSEC)
#define DOUBLED_US    (500 * USEC_PER_MSEC)

struct unit {
	bool rtu, dead;
	uint8_t unit;
	unsigned max_read;
	struct read_range ranges[RANGES_MAX]; /* what answers */
	size_t n_ranges;
	struct point points[POINTS_MAX];
	char texts[POINTS_MAX][24];
	uint16_t address[POINTS_MAX];
	struct profile profile;
	/* The last request of it, and when a shape (registers) was used last, for which address. */
	uint16_t last_address, last_count;
	uint64_t used_us[126];
	uint16_t used_for[126];
	struct read_range whole;
	uint64_t good, bad, wrong;
	uint64_t first_us[POINTS_MAX], last_us[POINTS_MAX], n_good[POINTS_MAX];
	uint64_t gap_max; /* between two readings of one point */
};

struct transport {
	bool rtu, open;
	uint64_t requests, refused, busy_us;
	struct transport_stats stats;
};

static struct unit units[UNITS_MAX];
static size_t n_units;
static uint64_t now_us = 1000 * USEC_PER_SEC;

/* ---- the line */

static uint16_t register_at(const struct unit *u, uint16_t address)
{
	return (uint16_t)(u->unit * 1000 + address);
}

static struct unit *unit_of(bool rtu, uint8_t unit)
{
	for (size_t i = 0; i < n_units; i++)
		if (units[i].rtu == rtu && units[i].unit == unit)
			return &units[i];
	return NULL;
}

static bool readable(const struct unit *u, unsigned first, unsigned last)
{
	for (size_t i = 0; i < u->n_ranges; i++)
		if (first >= u->ranges[i].first && last <= u->ranges[i].last)
			return true;
	return false;
}

uint64_t __wrap_clock_boottime_us(void);
uint64_t __wrap_clock_boottime_us(void)
{
	return now_us;
}

static void spend(struct transport *t, uint64_t us)
{
	now_us += us;
	t->busy_us += us;
}

static uint64_t shape_free_at(const struct unit *u, uint16_t address, uint16_t count)
{
	return u->used_us[count] == 0 || u->used_for[count] == address
		       ? 0
		       : u->used_us[count] + DOUBLED_US;
}

int __wrap_transport_modbus(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n,
	uint64_t quiet_us, uint64_t late_us, uint64_t deadline_us, uint8_t ret[MODBUS_PDU_MAX],
	uint8_t *ret_exception);
int __wrap_transport_modbus(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n,
	uint64_t quiet_us, uint64_t late_us, uint64_t deadline_us, uint8_t ret[MODBUS_PDU_MAX],
	uint8_t *ret_exception)
{
	struct unit *u = unit_of(t->rtu, unit);
	uint16_t address = be16(pdu + 1), count = be16(pdu + 3);
	uint64_t answer;

	if (t->rtu && shape_free_at(u, address, count) > now_us)
		abort(); /* the real one would refuse */
	t->requests++;
	t->stats.requests++;
	t->stats.tx_bytes += 8;
	if (u->dead || pdu[0] != 3) {
		spend(t, deadline_us - now_us);
		t->stats.timeouts++;
		return -ETIMEDOUT;
	}
	u->last_address = address;
	u->last_count = count;
	*ret_exception = count > u->max_read                           ? 3
			 : !readable(u, address, address + count - 1U) ? 2
								       : 0;
	/* 3.5 characters of silence before each frame; the appliance's are part of its turnaround. */
	answer = (13 + (*ret_exception ? 0U : 2U * count)) * CHAR_US + CHAR_US * 7 / 2 +
		 TURNAROUND_US;
	if (t->rtu)
		spend(t, answer + CHAR_US * 7 / 2);
	else
		spend(t, TCP_US);
	u->used_us[count] = now_us;
	u->used_for[count] = address;
	t->stats.busy_us += answer;
	t->stats.rx_bytes += 5 + (*ret_exception ? 0U : 2U * count);
	if (*ret_exception) {
		t->refused++;
		t->stats.exceptions++;
		return -EREMOTEIO;
	}
	t->stats.replies++;
	ret[0] = 3;
	ret[1] = (uint8_t)(2 * count);
	for (uint16_t i = 0; i < count; i++)
		put_be16(ret + 2 + 2 * (size_t)i, register_at(u, (uint16_t)(address + i)));
	return 2 + 2 * count;
}

bool __wrap_transport_modbus_shape_busy(const struct transport *t, uint8_t unit, uint8_t function,
	uint16_t address, uint16_t count, uint64_t at_us, uint64_t *ret_until_us);
bool __wrap_transport_modbus_shape_busy(const struct transport *t, uint8_t unit, uint8_t function,
	uint16_t address, uint16_t count, uint64_t at_us, uint64_t *ret_until_us)
{
	const struct unit *u = unit_of(t->rtu, unit);

	if (!t->rtu)
		return false;
	*ret_until_us = shape_free_at(u, address, count);
	if (*ret_until_us > at_us)
		return true;
	*ret_until_us = USEC_INFINITY;
	return u->last_count == count && u->last_address != address;
}

static int line_make(const struct transport_config *config, struct transport **ret)
{
	struct transport *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->rtu = startswith(config->device, "rtu:") != NULL;
	*ret = t;
	return 0;
}

static struct transport *line_free(struct transport *t)
{
	return NULL; /* the figures are read after the worker is gone */
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
	return t->rtu ? CHAR_US : 0;
}

static struct transport *line;
static int line_make_seen(const struct transport_config *config, struct transport **ret)
{
	int r = line_make(config, ret);

	line = r < 0 ? NULL : *ret;
	return r;
}

static const struct line_ops line_ops = {
	line_make_seen, line_free, line_open, line_close, line_is_open, line_stats, line_char_us};
static const struct bus_env env = {
	.adapter = adapter_by_name,
	.line = &line_ops,
	.now = __wrap_clock_boottime_us,
	.open_timeout_us = USEC_PER_SEC,
};

/* ---- the household */

static FILE *open_in(const char *dir, const char *name)
{
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	if (!f)
		fprintf(stderr, "bench-bus: %s: %s\n", path, strerror(errno));
	return f;
}

static struct unit *unit_get(const char *bus, unsigned unit)
{
	static char adapter[] = "modbus", id[] = "bench";
	struct unit *u = unit_of(streq(bus, "rtu"), (uint8_t)unit);

	if (u)
		return u;
	if (n_units == UNITS_MAX)
		return NULL;
	u = &units[n_units++];
	u->rtu = streq(bus, "rtu");
	u->unit = (uint8_t)unit;
	u->profile = (struct profile){
		.refs = 1,
		.id = id,
		.adapter = adapter,
		.line = {.unit = -1, .timeout_us = TIMEOUT_US, .block_reads = true},
		.points = u->points,
		.ranges = u->ranges,
	};
	return u;
}

static int add_point(
	const char *bus, unsigned unit, unsigned address, const char *type, double scale)
{
	struct unit *u = unit_get(bus, unit);
	size_t i;

	if (!u || u->profile.n_points == POINTS_MAX)
		return -ENOBUFS;
	i = u->profile.n_points++;
	(void)snprintf(u->texts[i], sizeof(u->texts[i]), "holding:%u", address);
	u->address[i] = (uint16_t)address;
	u->points[i] = (struct point){
		.name = u->texts[i],
		.read = u->texts[i],
		.type = streq(type, "u32")   ? POINT_U32
			: streq(type, "i16") ? POINT_S16
					     : POINT_U16,
		.scale = scale,
		.possible_min = NAN,
		.possible_max = NAN,
		.attr = -1,
		.hidden = true,
		.period_us = SWEEP_US,
	};
	return 0;
}

static int add_range(const char *bus, unsigned unit, unsigned most, unsigned first, unsigned last)
{
	static char holding[] = "holding";
	struct unit *u = unit_get(bus, unit);

	if (!u || u->n_ranges == RANGES_MAX)
		return -ENOBUFS;
	u->max_read = most;
	u->ranges[u->n_ranges++] = (struct read_range){holding, first, last};
	u->whole.bank = holding;
	u->whole.first = u->n_ranges == 1 ? first : MIN(first, u->whole.first);
	u->whole.last = MAX(last, u->whole.last);
	return 0;
}

static int load(const char *dir)
{
	_cleanup_fclose_ FILE *map = open_in(dir, "map.tsv"), *layout = open_in(dir, "layout.tsv");
	unsigned unit, address, most, first, last;
	char text[256], bus[8], type[8];
	double scale;
	int r = 0;

	if (!map || !layout)
		return -ENOENT;
	while (r == 0 && fgets(text, sizeof(text), map))
		if (sscanf(text, "%*s %7s %u %u %7s %lf", bus, &unit, &address, type, &scale) == 5)
			r = add_point(bus, unit, address, type, scale);
	while (r == 0 && fgets(text, sizeof(text), layout))
		if (sscanf(text, "%7s %u %u %u %u", bus, &unit, &most, &first, &last) == 5)
			r = add_range(bus, unit, most, first, last);
	return r < 0 ? r : n_units == 0 ? -ENODATA : 0;
}

/* ---- a run */

static int64_t expected(const struct unit *u, size_t i)
{
	uint16_t first = register_at(u, u->address[i]);

	if (u->points[i].type == POINT_U32)
		return (int64_t)((uint32_t)first << 16 |
				 register_at(u, (uint16_t)(u->address[i] + 1)));
	return u->points[i].type == POINT_S16 ? (int16_t)first : first;
}

static void take(struct unit *u, const struct reading *r)
{
	size_t i = r->point;

	if (r->quality != QUALITY_GOOD) {
		u->bad++;
		return;
	}
	u->good++;
	u->wrong += r->raw != expected(u, i);
	if (u->n_good[i]++ == 0)
		u->first_us[i] = r->t_us;
	else
		u->gap_max = MAX(u->gap_max, r->t_us - u->last_us[i]);
	u->last_us[i] = r->t_us;
}

static struct bus_status status;
static unsigned holes_told;

static void hear(int fd, struct unit *const *sources)
{
	static struct bus_msg m;

	while (recv(fd, &m, sizeof(m), MSG_DONTWAIT) > 0) {
		holes_told += m.type == BUS_HOLES;
		if (m.type == BUS_STATUS)
			status = m.status;
		if (m.type == BUS_READINGS)
			for (uint32_t i = 0; i < m.readings.n; i++)
				take(sources[m.tag], &m.readings.v[i]);
	}
}

/* What is known beforehand: ranges and longest read of each unit, or one range over all of it. */
static void tell_ranges(struct unit *u, bool known, uint64_t period_us)
{
	u->profile.ranges = known ? u->ranges : &u->whole;
	u->profile.n_ranges = known ? u->n_ranges : 1;
	u->profile.line.max_read = known ? (uint16_t)u->max_read : 0;
	for (size_t i = 0; i < u->profile.n_points; i++)
		u->points[i].period_us = period_us;
}

struct scenario {
	char *device;
	struct unit *const *sources;
	size_t n;
	bool unknown;       /* holes and limits are to be learned */
	uint64_t period_us; /* 0: 10 s */
	uint64_t warm_us;   /* figures begin after this */
};

static void forget(struct unit *u)
{
	u->good = u->bad = u->wrong = u->gap_max = 0;
	memset(u->n_good, 0, sizeof(u->n_good));
}

static uint64_t learning_requests, learning_us; /* until the last new plan */

/* Steps until UNTIL. */
static int steps(struct bus_worker *w, int fd, const struct scenario *x, uint64_t until)
{
	uint64_t wake;

	for (; now_us < until; now_us = MAX(now_us, MIN(wake, until))) {
		unsigned told = holes_told;

		if (!bus_worker_step(w, &wake))
			return -EPIPE;
		hear(fd, x->sources);
		if (holes_told != told) {
			learning_requests = line->requests;
			learning_us = now_us;
		}
	}
	return 0;
}

static int run(const struct scenario *x)
{
	static char id[] = "bench";
	struct bus_config conf = {.id = id, .device = x->device};
	uint64_t period = x->period_us ? x->period_us : SWEEP_US, start;
	struct bus_source s[UNITS_MAX];
	struct bus_worker *w;
	int fds[2], r;

	for (size_t i = 0; i < x->n; i++) {
		struct unit *u = x->sources[i];

		tell_ranges(u, !x->unknown, period);
		s[i] = (struct bus_source){.tag = (uint32_t)i, .profile = &u->profile};
		s[i].config.unit = u->unit;
		forget(u);
		u->last_count = 0;
		memset(u->used_us, 0, sizeof(u->used_us));
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	r = bus_worker_new(&conf, s, x->n, &env, fds[1], &w);
	if (r < 0)
		return r;
	for (size_t i = 0; i < x->n; i++)
		if (bus_worker_trouble(w, i)) {
			fprintf(stderr, "bench-bus: %s\n", bus_worker_trouble(w, i));
			return -EINVAL;
		}
	start = now_us;
	r = steps(w, fds[0], x, start + x->warm_us);
	if (x->warm_us > 0) {
		line->requests = line->refused = line->busy_us = 0;
		for (size_t i = 0; i < x->n; i++)
			forget(x->sources[i]);
	}
	if (r == 0)
		r = steps(w, fds[0], x, now_us + SWEEPS * SWEEP_US);
	learning_us -= MIN(learning_us, start);
	(void)bus_worker_free(w);
	(void)close(fds[0]);
	return r;
}

/* Mean of the points' mean periods. */
static double mean_period_s(struct unit *const *sources, size_t n)
{
	double sum = 0;
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < sources[i]->profile.n_points; j++)
			if (sources[i]->n_good[j] > 1) {
				sum += (double)(sources[i]->last_us[j] - sources[i]->first_us[j]) /
				       (double)(sources[i]->n_good[j] - 1);
				k++;
			}
	return k ? sum / (double)k / USEC_PER_SEC : NAN;
}

static uint64_t longest_gap(struct unit *const *sources, size_t n)
{
	uint64_t gap = 0;

	for (size_t i = 0; i < n; i++)
		gap = MAX(gap, sources[i]->gap_max);
	return gap;
}

static void count(
	struct unit *const *sources, size_t n, uint64_t *good, uint64_t *bad, uint64_t *wrong)
{
	for (size_t i = 0; i < n; i++) {
		*good += sources[i]->good;
		*bad += sources[i]->bad;
		*wrong += sources[i]->wrong;
	}
}

#define LEAST_REQUESTS 57
#define LEAST_US       3396000.0

static int sweep(struct unit *const *rtu, size_t n, char *device)
{
	int r = run(&(struct scenario){.device = device, .sources = rtu, .n = n});

	if (r < 0)
		return r;
	printf("{\"rtu_requests_a_sweep\":%.2f,\"rtu_least_requests_for_least_time\":%d,"
	       "\"rtu_line_s_a_sweep\":%.3f,\"rtu_least_line_s\":%.3f,\"rtu_line_to_least\":%.4f,"
	       "\"rtu_load\":%.3f,\"rtu_refused\":%llu,\"rtu_mean_period_s\":%.4f,"
	       "\"rtu_longest_period_s\":%.3f,\"rtu_worst_late_ms\":%.1f",
		(double)line->requests / SWEEPS, LEAST_REQUESTS,
		(double)line->busy_us / USEC_PER_SEC / SWEEPS, LEAST_US / USEC_PER_SEC,
		(double)line->busy_us / SWEEPS / LEAST_US, status.load,
		(unsigned long long)line->refused, mean_period_s(rtu, n),
		(double)longest_gap(rtu, n) / USEC_PER_SEC, (double)status.late_us / USEC_PER_MSEC);
	free(line);
	return 0;
}

/* Nothing is known of holes and longest reads. Requests until the last new plan, and what they cost
 * beyond sweeps of the least time; then the sweeps with what was learned. */
static int learn(struct unit *const *rtu, size_t n, char *device)
{
	uint64_t good = 0, bad = 0, wrong = 0;
	int r = run(&(struct scenario){.device = device,
		.sources = rtu,
		.n = n,
		.unknown = true,
		.warm_us = 300 * USEC_PER_SEC});

	if (r < 0)
		return r;
	count(rtu, n, &good, &bad, &wrong);
	printf(",\"holes_learned_after_s\":%.1f,\"holes_requests_until_learned\":%llu,"
	       "\"holes_requests_beyond_sweeps\":%.0f,\"holes_then_requests_a_sweep\":%.2f,\"holes_then_line_to_least\":%.4f,"
	       "\"holes_values_bad\":%llu,\"holes_values_wrong\":%llu",
		(double)learning_us / USEC_PER_SEC, (unsigned long long)learning_requests,
		(double)learning_requests - (double)learning_us / SWEEP_US * LEAST_REQUESTS,
		(double)line->requests / SWEEPS, (double)line->busy_us / SWEEPS / LEAST_US,
		(unsigned long long)bad, (unsigned long long)wrong);
	free(line);
	return 0;
}

/* Everything wanted each second: points a second against what the least sweep would allow. */
static int saturate(struct unit *const *rtu, size_t n, char *device)
{
	uint64_t good = 0, bad = 0, wrong = 0;
	size_t points = 0;
	int r = run(&(struct scenario){.device = device,
		.sources = rtu,
		.n = n,
		.period_us = USEC_PER_SEC,
		.warm_us = 60 * USEC_PER_SEC});

	if (r < 0)
		return r;
	count(rtu, n, &good, &bad, &wrong);
	for (size_t i = 0; i < n; i++)
		points += rtu[i]->profile.n_points;
	printf(",\"saturated_share_of_possible\":%.4f,\"saturated_demand\":%.2f,"
	       "\"saturated_values_wrong\":%llu",
		(double)good / SWEEPS / (SWEEP_US / LEAST_US * (double)points), status.demand,
		(unsigned long long)wrong);
	free(line);
	return 0;
}

/* DEAD units off: what it does to the others, with everything wanted each PERIOD. */
static int off(struct unit **rtu, size_t n, char *device, size_t dead, uint64_t period)
{
	uint64_t good = 0, bad = 0, wrong = 0, ignored = 0;
	double mean;
	int r;

	for (size_t i = 0; i < dead; i++)
		rtu[i]->dead = true;
	r = run(&(struct scenario){.device = device, .sources = rtu, .n = n, .period_us = period});
	for (size_t i = 0; i < dead; i++)
		rtu[i]->dead = false;
	if (r < 0)
		return r;
	count(rtu + dead, n - dead, &good, &bad, &wrong);
	count(rtu, dead, &wrong, &ignored, &wrong);
	mean = mean_period_s(rtu + dead, n - dead);
	printf(",\"off_%zu_of_%zu_at_%.0fs_others_rate\":%.4f,\"off_%zu_of_%zu_at_%.0fs_others_longest_s\":%.2f",
		dead, n, (double)period / USEC_PER_SEC, (double)period / USEC_PER_SEC / mean, dead,
		n, (double)period / USEC_PER_SEC,
		(double)longest_gap(rtu + dead, n - dead) / USEC_PER_SEC);
	if (wrong + bad > 0)
		printf(",\"off_%zu_values_wrong\":%llu", dead, (unsigned long long)(wrong + bad));
	free(line);
	return 0;
}

static int tcp(struct unit **units_tcp, size_t n, char *device)
{
	uint64_t requests = 0;

	for (size_t i = 0; i < n; i++) {
		int r = run(&(struct scenario){.device = device, .sources = &units_tcp[i], .n = 1});

		if (r < 0)
			return r;
		requests += line->requests;
		free(line);
	}
	printf(",\"tcp_requests_a_sweep\":%.2f,\"tcp_least_requests\":14",
		(double)requests / SWEEPS);
	return 0;
}

int main(int argc, char **argv)
{
	struct unit *rtu[UNITS_MAX] = {0}, *net[UNITS_MAX] = {0};
	char rtu_device[] = "rtu:/dev/bench", tcp_device[] = "tcp:bench:502";
	uint64_t good = 0, bad = 0, wrong = 0;
	size_t n_rtu = 0, n_tcp = 0;
	clock_t start = clock();
	int r;

	if (argc != 2 || load(argv[1]) < 0 || n_units == 0) {
		fprintf(stderr, "usage: bench-bus HOME-DIR\n");
		return 2;
	}
	for (size_t i = 0; i < n_units; i++)
		if (units[i].rtu)
			rtu[n_rtu++] = &units[i];
		else
			net[n_tcp++] = &units[i];
	r = sweep(rtu, n_rtu, rtu_device);
	if (r == 0)
		r = tcp(net, n_tcp, tcp_device);
	count(rtu, n_rtu, &good, &bad, &wrong);
	count(net, n_tcp, &good, &bad, &wrong);
	printf(",\"values\":%llu,\"values_bad\":%llu,\"values_wrong\":%llu,"
	       "\"worker_cpu_ms_per_1000_values\":%.3f",
		(unsigned long long)good, (unsigned long long)bad, (unsigned long long)wrong,
		(double)(clock() - start) * 1000.0 / CLOCKS_PER_SEC * 1000.0 /
			(double)MAX(good, 1ULL));
	if (r == 0)
		r = learn(rtu, n_rtu, rtu_device);
	if (r == 0)
		r = saturate(rtu, n_rtu, rtu_device);
	for (size_t dead = 1; r == 0 && dead <= 4; dead *= 2) {
		r = off(rtu, n_rtu, rtu_device, dead, 10 * USEC_PER_SEC);
		if (r == 0)
			r = off(rtu, n_rtu, rtu_device, dead, 4 * USEC_PER_SEC);
	}
	if (r == 0)
		r = off(rtu, n_rtu, rtu_device, 1, 3 * USEC_PER_SEC);
	if (r < 0) {
		fprintf(stderr, "bench-bus: %s\n", strerror(-r));
		return 1;
	}
	printf("}\n");
	return 0;
}
