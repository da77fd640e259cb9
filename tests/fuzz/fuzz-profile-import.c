/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a table of registers and, behind a line "%%", one of fault codes: what comes out loads
 * without an error and writes nothing, or there is a reason why nothing comes. */
#include "adapters/check.h"
#include "ctl/profile-import.h"
#include "daemon/profile/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *csv = (const char *)data, *faults = memmem(data, size, "\n%%\n", 4);
	size_t len = faults ? (size_t)(faults - csv) : size;
	struct import_options o = {.file = "fuzz.csv",
		.faults_file = "faults.csv",
		.id = "fuzz",
		.kind = model_kind_by_name(size % 2 ? "heat_pump" : "electrical_meter")};
	struct import_result result;
	struct problems problems = {0};
	struct profile *p = NULL;
	int r = import_run(
		csv, len, faults ? faults + 4 : NULL, faults ? size - len - 4 : 0, &o, &result);

	must((r == 0) == (result.text != NULL));
	must(r == 0 || result.n_reports > 0 || r == -ENODATA);
	for (size_t i = 0; i < result.n_reports; i++)
		must(result.reports[i].text && *result.reports[i].text);
	if (r == 0) {
		must(strlen(result.text) == result.len && !strstr(result.text, "\n[Write"));
		must(profile_load_buffer(result.text, result.len, "fuzz.profile", &problems, &p) ==
			0);
		must(check_profile(p, NULL, &problems, NULL) == 0 && problems.n_errors == 0);
		must(p->n_points >= result.points && p->n_faults == result.faults);
	}
	profile_unref(p);
	problems_done(&problems);
	import_result_done(&result);
	return 0;
}
