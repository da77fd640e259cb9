/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file of rules: refused with problems, or an engine that holds its bounds, steps through
 * odd values and odd times, and takes back what it saved. The second half of the input, behind a NUL,
 * goes to rules_load() as a state. */
#include <math.h>

#include "daemon/diagnosis/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned n_changes;

static void changed(
	struct rules *r, unsigned i, enum rule_state from, enum rule_state to, void *userdata)
{
	struct rule_cause causes[RULE_CAUSES_MAX];
	struct rule_evidence ev;
	char why[64];

	if (from == to || i >= rules_count(r) || rules_kind(r, i) == RULE_CONTEXT)
		abort();
	rules_evidence(r, i, &ev);
	if (ev.n > RULE_ATOMS_MAX || rules_causes(r, i, causes) > RULE_CAUSES_MAX)
		abort();
	(void)rules_sureness(r, i);
	rules_why(r, i, why, sizeof(why));
	n_changes++;
}

static void drive(struct rules *r, size_t n_points, unsigned seed, unsigned steps)
{
	struct expr_value v[RULES_POINTS_MAX];
	struct rules_clock c = {.local_hour = NAN};

	for (unsigned i = 0; i < steps; i++) {
		for (size_t k = 0; k < n_points; k++) {
			unsigned h = (unsigned)(k * 31 + i * 7 + seed);

			v[k] = h % 11 == 0   ? expr_unknown(QUALITY_ABSENT + h % 4, REASON_NONE)
			       : h % 13 == 0 ? expr_good(1e300)
					     : expr_good((double)(h % 50) - 10);
		}
		c.t_us += i % 17 == 0 ? 7200000000u : 60000000u;
		if (i % 29 == 28)
			rules_new_recording(r, 1000000);
		rules_step(r, &c, v, changed, NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rule_point points[RULES_POINTS_MAX];
	struct rules_config c = {
		.kind = model_kind_by_name("boiler"), .points = points, .period_s = 60};
	const uint8_t *nul = memchr(data, 0, size);
	size_t n = nul ? (size_t)(nul - data) : size, saved_n;
	struct problems p = {0};
	struct rule_set *set = NULL;
	struct rules *r = NULL;
	struct rules_costs costs;
	uint8_t *saved = NULL;

	if (size > 16384)
		return 0;
	c.n_points = rule_points_of_kind(c.kind, points, RULES_POINTS_MAX, NULL);
	if (rule_set_load_buffer((const char *)data, n, "fuzz", &p, &set) < 0 && p.n_errors == 0)
		abort();
	if (set && rules_new(set, &c, &p, &r) == 0) {
		rules_costs(r, &costs);
		if (costs.rules > RULES_MAX || costs.instances > RULES_INSTANCES_MAX ||
			costs.nodes > RULES_NODES_MAX)
			abort();
		drive(r, c.n_points, (unsigned)size, 40);
		if (rules_save(r, &saved, &saved_n) < 0 ||
			rules_load(r, saved, saved_n, 1000000) != 0)
			abort();
		drive(r, c.n_points, 3, 10);
		if (nul)
			(void)rules_load(r, nul + 1, size - n - 1, 0);
		drive(r, c.n_points, 5, 10);
		free(saved);
	}
	rules_free(r);
	rule_set_free(set);
	problems_done(&p);
	return 0;
}
