/* SPDX-License-Identifier: Apache-2.0 */
/* What service desks say: hearth.progress/1 to cmd/repair. It changes what is shown of a request and nothing
 * else; what it says is never logged. */
#include "daemon/base/log.h"
#include "daemon/manager/feed/manager-down.h"
#include "manager-repair.h"

static bool wanted(const struct feed *f)
{
	return f->conf->level != LEVEL_OFF && f->conf->planes & PLANE_REPAIR;
}

static void refused(const struct feed *f, const char *why)
{
	log_notice("upstream %s: an answer to a request for a repair was not taken: %s",
		f->conf->id, why);
}

/* -repair-answer.c: a message to cmd/repair. */
static void answered(struct feed *f, const void *payload, size_t n)
{
	struct repairs *r = f->manager->repairs;
	char id[REPAIR_ID_SIZE];
	struct repair_answer a;
	const char *why = NULL;
	int e = -ENOENT;

	if (repair_answer_parse(payload, n, &a, id, &why) < 0) {
		refused(f, why);
		return;
	}
	a.at_s = manager_clock(f->manager).wall_us / (int64_t)USEC_PER_SEC;
	for (size_t i = 0; i < REPAIR_KEPT_MAX; i++)
		/* One desk does not answer what another was asked. */
		if (r->v[i].number && streq(r->v[i].id, id) &&
			streq(r->v[i].upstream, f->conf->id)) {
			e = repair_answer_apply(&r->v[i], &a);
			if (e < 0)
				break;
			manager_repair_changed(f->manager, &r->v[i]);
			log_info("repair %llu: the service desk says %s",
				(unsigned long long)r->v[i].number, repair_phase_name(a.status));
			return;
		}
	if (e == -ESTALE)
		return; /* delivered again, or late */
	refused(f, e == -EPERM ? "the request has ended" : "it names no request made there");
}

static void message(struct feed *f, const struct down_message *d)
{
	answered(f, d->raw->payload, d->raw->n);
}

const struct down_handler down_repair = {
	.filter = "cmd/repair",
	.max = REPAIR_ANSWER_MAX,
	/* Each that is taken is stored: a desk that never ends must not wear the flash. */
	.burst = 64,
	.period_us = 2 * USEC_PER_MIN,
	.wanted = wanted,
	.message = message,
};
