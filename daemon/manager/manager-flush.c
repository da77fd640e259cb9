/* SPDX-License-Identifier: Apache-2.0 */
/* Step 7: what changed goes to the journal, in a block an appliance each flush; findings at once. */
#include "daemon/report/deflate.h"
#include "daemon/base/log.h"
#include "manager.h"

/* A block with nothing in it says "all as before" this often, so that an unchanged value can be told
 * again and a gap can be told from quiet. */
#define EMPTY_BLOCK_US (15 * USEC_PER_MIN)

void manager_add_sample(struct unit *u, const struct attribute *attr)
{
	if (u->n_samples == UNIT_SAMPLES_MAX) {
		u->samples_lost++;
		return;
	}
	u->samples[u->n_samples++] = (struct sample){
		.attr = (uint16_t)(attr - u->appliance->attrs),
		.t_us = attr->value.t_us,
		.r = attr->value,
	};
}

static int by_time(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return x->t_us < y->t_us ? -1 : x->t_us > y->t_us;
}

static int64_t wall_of(const struct manager *m, uint64_t boot_us, uint64_t now_us)
{
	if (!clock_is_set(m->config->clock))
		return 0;
	return clock_realtime_us() - (int64_t)(now_us - boot_us);
}

static int flush_unit(struct unit *u, uint64_t now)
{
	struct manager *m = u->manager;
	_cleanup_free_ void *block = NULL;
	void *packed;
	size_t n, packed_n;
	int r;

	qsort(u->samples, u->n_samples, sizeof(*u->samples), by_time);
	/* A reading can be a little older than the flush before it. */
	if (u->n_samples > 0)
		u->samples_t0_us = MIN(u->samples_t0_us, u->samples[0].t_us);
	r = block_encode(u->appliance, u->samples, u->n_samples, u->samples_t0_us, &block, &n);
	if (r < 0)
		return r;
	r = deflate_bytes(block, n, NULL, &packed, &packed_n);
	if (r < 0)
		return r;
	return journal_append_block(m->journal, u->appliance->conf->id, m->boot_id,
		u->samples_t0_us, now, wall_of(m, u->samples_t0_us, now), packed, packed_n, NULL,
		NULL);
}

void manager_flush(struct manager *m)
{
	uint64_t now = clock_boottime_us();

	for (size_t i = 0; i < m->n_units; i++) {
		struct unit *u = &m->units[i];
		int r;

		if (u->n_samples == 0 && now - u->samples_t0_us < EMPTY_BLOCK_US)
			continue;
		r = flush_unit(u, now);
		if (r < 0) {
			log_debug("%s: block of %zu samples not stored: %s", u->appliance->conf->id,
				u->n_samples, strerror(-r));
			u->samples_lost += u->n_samples;
		}
		u->n_samples = 0;
		u->samples_t0_us = now;
	}
	m->last_flush_us = now;
	manager_feeds_history(m);
}

void manager_store_finding(struct manager *m, enum subject_kind kind, const char *subject,
	const struct finding *v, enum finding_change change)
{
	_cleanup_free_ char *record = NULL;
	size_t n;
	int r;

	r = finding_pack(v, kind == SUBJECT_APPLIANCE ? "appliance" : "bus", subject, &record, &n);
	if (r >= 0)
		r = manager_feeds_finding(m, kind, subject, v, change, record, n);
	if (r < 0)
		log_error(
			"finding %llu is not stored: %s", (unsigned long long)v->id, strerror(-r));
}
