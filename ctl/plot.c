/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of braille dots: 2 by 4 of them a character. */
#include "plot.h"

#include <math.h>
#include <time.h>

#define AXIS          10 /* columns of the numbers at the left, with a blank */
#define COLUMNS_LEAST 20
#define DOTS_MAX      (2 * 512)
#define ROWS_MAX      32

struct canvas {
	unsigned dots_x, dots_y;
	uint8_t cells[ROWS_MAX][DOTS_MAX / 2];
};

static void dot(struct canvas *c, unsigned x, unsigned y)
{
	static const uint8_t bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

	if (x < c->dots_x && y < c->dots_y)
		c->cells[y / 4][x / 2] |= bits[y % 4][x % 2];
}

/* 1, 2 or 5 times a power of ten, so that few digits say where a line is. */
static double nice_step(double span)
{
	double p = pow(10, floor(log10(span)));

	return span / p <= 1 ? p : span / p <= 2 ? 2 * p : span / p <= 5 ? 5 * p : 10 * p;
}

static bool range(const struct plot_sample *v, size_t n, double *ret_low, double *ret_high)
{
	double low = INFINITY, high = -INFINITY, step;

	for (size_t i = 0; i < n; i++)
		if (isfinite(v[i].v)) {
			low = fmin(low, v[i].v);
			high = fmax(high, v[i].v);
		}
	if (low > high)
		return false;
	step = nice_step(fmax(high - low, fmax(fabs(high) * 0.01, 1e-6)) / 4);
	*ret_low = floor(low / step) * step;
	*ret_high = ceil(high / step) * step;
	if (*ret_high <= *ret_low)
		*ret_high = *ret_low + step;
	return true;
}

/* Least and greatest value held in each column of dots, joined by a stroke. */
static void draw(struct canvas *c, const struct plot_sample *v, size_t n, int64_t from, int64_t to,
	double low, double high)
{
	size_t at = 0;
	double last = NAN;

	for (unsigned x = 0; x < c->dots_x; x++) {
		int64_t end = from + (int64_t)((double)(to - from) * (x + 1) / c->dots_x);
		double least = INFINITY, most = -INFINITY;

		if (isfinite(last))
			least = most = last;
		for (; at < n && v[at].t_us < end; at++) {
			last = v[at].v;
			if (isfinite(last)) {
				least = fmin(least, last);
				most = fmax(most, last);
			}
		}
		if (least > most)
			continue;
		for (unsigned y = (unsigned)lround((high - most) / (high - low) * (c->dots_y - 1));
			y <= (unsigned)lround((high - least) / (high - low) * (c->dots_y - 1)); y++)
			dot(c, x, y);
	}
}

static void print_axis(
	const struct ctl_options *o, int64_t from, int64_t to, int64_t mark, unsigned cells)
{
	time_t a = (time_t)(from / (int64_t)USEC_PER_SEC), b = (time_t)(to / (int64_t)USEC_PER_SEC);
	bool days = to - from > 36 * (int64_t)USEC_PER_HOUR;
	char left[32] = "", right[32] = "";
	struct tm tm;
	int gap;

	if (localtime_r(&a, &tm))
		(void)(days ? strftime(left, sizeof(left), "%m-%d %H:%M", &tm)
			    : strftime(left, sizeof(left), "%H:%M", &tm));
	if (localtime_r(&b, &tm))
		(void)(days ? strftime(right, sizeof(right), "%m-%d %H:%M", &tm)
			    : strftime(right, sizeof(right), "%H:%M", &tm));
	if (mark > from && mark < to)
		printf("%*s▲ %s\n",
			AXIS + (int)MIN((uint64_t)(mark - from) * cells / (uint64_t)(to - from),
				       (uint64_t)cells - 12),
			"", ctl_tr(o, "first seen"));
	gap = (int)cells - (int)strlen(left) - (int)strlen(right);
	printf("%*s%s%*s%s\n", AXIS, "", left, MAX(gap, 1), "", right);
}

bool plot_print(const struct ctl_options *o, const struct plot_sample *v, size_t n, int64_t from_us,
	int64_t to_us, int64_t mark_us, const char *unit, unsigned columns, unsigned rows)
{
	_cleanup_free_ struct canvas *c = calloc(1, sizeof(*c));
	unsigned cells = MIN(MAX(columns, COLUMNS_LEAST) - AXIS - 1, DOTS_MAX / 2u);
	double low, high;

	rows = CLAMP(rows | 1, 3u, (unsigned)ROWS_MAX - 1); /* odd: one is in the middle */
	if (!c || to_us <= from_us || !range(v, n, &low, &high))
		return false;
	c->dots_x = 2 * cells;
	c->dots_y = 4 * rows;
	draw(c, v, n, from_us, to_us, low, high);
	if (!isempty(unit))
		printf("%*s %s\n", AXIS - 1, "", unit);
	for (unsigned y = 0; y < rows; y++) {
		char label[32] = "";

		if (y == 0 || y == rows - 1 || y == rows / 2)
			(void)snprintf(label, sizeof(label), "%.5g",
				y == 0          ? high
				: y == rows - 1 ? low
						: (high + low) / 2);
		printf("%*s ", AXIS - 2, label);
		fputs("│", stdout);
		for (unsigned x = 0; x < cells; x++) {
			unsigned b = c->cells[y][x];

			/* U+2800 + B */
			putchar(0xe2);
			putchar((int)(0xa0 + (b >> 6)));
			putchar((int)(0x80 + (b & 0x3f)));
		}
		putchar('\n');
	}
	print_axis(o, from_us, to_us, mark_us, cells);
	return true;
}
