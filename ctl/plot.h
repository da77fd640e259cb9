/* SPDX-License-Identifier: Apache-2.0 */
/* A series over time as a small picture of characters. Pure but for standard output. */
#ifndef HEARTHD_CTL_PLOT_H
#define HEARTHD_CTL_PLOT_H

#include "ctl.h"

struct plot_sample {
	int64_t t_us; /* rising */
	double v;     /* NAN: not known until the next one */
};
/* From FROM_US to TO_US, COLUMNS wide (axis included), ROWS high; each value holds until the next. MARK_US is pointed
 * at below, where it lies between them. False, and nothing printed, when there is no value. */
bool plot_print(const struct ctl_options *o, const struct plot_sample *v, size_t n, int64_t from_us,
	int64_t to_us, int64_t mark_us, const char *unit, unsigned columns, unsigned rows);

/* The history of an attribute, over D-Bus, of at most PLOT_SAMPLES_MAX samples. */
#define PLOT_SAMPLES_MAX 200000
struct sd_bus;
struct history_sample {
	int64_t t_us;
	double v;
	char quality[12], text[64];
};
struct history {
	struct history_sample *v;
	size_t n;
	char unit[16];
	bool complete;
};
void history_done(struct history *h);
int history_read(const struct ctl_options *o, struct sd_bus *bus, const char *id,
	const char *attribute, int64_t since_us, int64_t until_us, struct history *ret);
/* Draws it; false when there is no number in it. */
bool history_plot(const struct ctl_options *o, const struct history *h, int64_t since_us,
	int64_t until_us, int64_t mark_us, unsigned rows);

#endif
