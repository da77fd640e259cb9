/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a recorded series: refused, or rows whose cells and times keep their promises. */
#include <math.h>

#include "ctl/replay-csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *f = size > 0 ? fmemopen((void *)data, size, "r") : NULL;
	struct csv c;
	int r;

	if (!f)
		return 0;
	r = csv_open_stream(&c, f, "fuzz");
	while (r >= 0) {
		r = csv_next(&c);
		if (r == 0)
			break;
		if (r == -EBADMSG) { /* this row alone */
			r = 0;
			continue;
		}
		if (r > 0 && (!isfinite(c.t) || c.n_names == 0 || c.n_names > CSV_COLUMNS_MAX))
			abort();
		for (size_t i = 0; r > 0 && i < c.n_names; i++)
			if (!c.cells[i].text || isinf(c.cells[i].num) ||
				(!*c.cells[i].text && !isnan(c.cells[i].num)))
				abort();
		if (r > 0 && c.dated && !(c.local_hour >= 0 && c.local_hour < 24))
			abort();
	}
	csv_close(&c);
	return 0;
}
