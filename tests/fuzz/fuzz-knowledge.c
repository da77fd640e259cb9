/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file of causes and maintenance: what was loaded keeps the promises of knowledge.h, above
 * all those about what a household is told; and as the saved state of maintenance. */
#include "daemon/knowledge/knowledge.h"
#include "daemon/diagnosis/maintenance.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check_words(const struct words *w)
{
	must(w->en && w->zh);
}

static void check_cause(const struct knowledge *k, const struct cause *c)
{
	const unsigned skilled = TOUCH_GAS | TOUCH_MAINS | TOUCH_REFRIGERANT | TOUCH_COVER |
				 TOUCH_FLUE | TOUCH_SAFETY;

	must(knowledge_cause(k, c->id) == c);
	must(c->sources && *c->sources && c->minutes > 0);
	must(c->kinds.all || c->kinds.n > 0);
	check_words(&c->name);
	check_words(&c->part);
	check_words(&c->text);
	must(c->n_steps >= 1 && c->n_steps <= KNOWLEDGE_STEPS_MAX);
	must((c->danger != DANGER_GAS && c->danger != DANGER_CO) || c->who == WHO_GAS_FITTER ||
		c->who == WHO_MANUFACTURER);
	for (size_t i = 0; i < c->n_steps; i++) {
		const struct step *s = &c->steps[i];

		check_words(&s->text);
		must(s->who != WHO_HOUSEHOLD || !(s->touches & skilled));
		must(!knowledge_forbidden(&s->text, s->who != WHO_HOUSEHOLD));
	}
	for (size_t i = 0; i < model_n_kinds; i++)
		if (knowledge_kinds_have(&c->kinds, &model_kinds[i]))
			must(knowledge_resolve(k, &model_kinds[i], c->short_name) != NULL);
}

static void check_maintenance(const struct knowledge *k, const uint8_t *data, size_t size)
{
	struct expr_value v[256];

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		v[i] = i % 3 ? expr_good((double)i) : expr_unknown(QUALITY_STALE, REASON_NONE);
	for (size_t i = 0; i < model_n_kinds; i++) {
		struct maintenance *m = NULL;
		uint8_t *p = NULL;
		size_t n = 0;

		must(model_kinds[i].n_attrs <= ARRAY_SIZE(v));
		must(maintenance_new(k, &model_kinds[i], NULL, 60, &m) == 0);
		(void)maintenance_load(m, data, size);
		for (unsigned t = 0; t < 4; t++)
			maintenance_step(m, t * 60000000ULL, t * 864000, v, NULL, NULL);
		for (unsigned q = 0; q < maintenance_count(m); q++) {
			struct maintenance_status s;

			maintenance_status(m, q, &s);
			must(s.state <= MAINTENANCE_DUE && !(s.used < 0));
		}
		must(maintenance_save(m, &p, &n) == 0 && maintenance_load(m, p, n) == 0);
		free(p);
		maintenance_free(m);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems problems = {0};
	struct knowledge *k = NULL;
	int r = knowledge_load_buffer(
		(const char *)data, size, "fuzz.knowledge", NULL, &problems, &k);

	must((r == 0) == (k != NULL));
	must(r == 0 || problems.n_errors > 0);
	for (size_t i = 0; k && i < knowledge_n_causes(k); i++)
		check_cause(k, knowledge_cause_at(k, i));
	if (k && (knowledge_n_items(k) > 0 || size < 64))
		check_maintenance(k, data, size);
	knowledge_free(k);
	problems_done(&problems);
	return 0;
}
