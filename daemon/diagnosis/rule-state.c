/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered, as bytes: a header, then a part for each point, rule and memory, each found by the
 * hash of what it belongs to, then a CRC. The parts are the structs of this machine: a file of a
 * program that lays them out otherwise has another signature and is refused. */
#include "rule-internal.h"

#include <math.h>

#define MAGIC     0x4c525248u /* "HRRL" */
#define FORMAT    1u
#define TIME_MOST 1e12 /* s: beyond it a clock has no digits left for parts of a second */

struct header {
	uint32_t magic, format, signature, n_parts;
	double now_s;
};
struct part {
	uint64_t id;
	uint32_t type, size; /* size: multiple of 8 */
};
enum { PART_POINT = 1, PART_LIFE, PART_SLOT };
struct point_part {
	double good_at, seen_at;
};

static uint32_t signature(void)
{
	const uint32_t sizes[] = {sizeof(struct life), sizeof(struct window), sizeof(struct runner),
		sizeof(struct cycle), sizeof(struct learner), sizeof(struct bin),
		sizeof(struct cusum), sizeof(struct fit), 0x01020304};

	return crc32c(0, sizes, sizeof(sizes));
}

static uint64_t hash(uint64_t h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (uint8_t)*s) * UINT64_C(1099511628211);
	return (h ^ 0xff) * UINT64_C(1099511628211);
}

static uint64_t point_id(const struct known_point *p)
{
	return hash(UINT64_C(14695981039346656037), p->name);
}

/* Another Fault is another rule. */
static uint64_t life_id(const struct instance *in)
{
	return hash(hash(UINT64_C(14695981039346656037), in->name), in->fault.e->text);
}

struct writer {
	uint8_t *p;
	size_t used;
};

static void put(struct writer *w, const void *p, size_t n)
{
	memcpy(w->p + w->used, p, n);
	w->used += n;
}

static void put_part(struct writer *w, uint32_t type, uint64_t id, const void *p, size_t n)
{
	const struct part head = {id, type, (uint32_t)n};

	put(w, &head, sizeof(head));
	put(w, p, n);
}

int rules_save(const struct rules *r, uint8_t **ret, size_t *ret_n)
{
	struct header h = {MAGIC, FORMAT, signature(),
		(uint32_t)(r->n_points + r->n_insts + r->n_slots), r->now_s};
	size_t size = sizeof(h) + h.n_parts * sizeof(struct part) +
		      r->n_points * sizeof(struct point_part) + r->n_insts * sizeof(struct life) +
		      r->arena_used + 4;
	struct writer w = {.p = malloc(size)};
	uint32_t crc;

	if (!w.p)
		return -ENOMEM;
	put(&w, &h, sizeof(h));
	for (size_t i = 0; i < r->n_points; i++) {
		const struct point_part p = {r->good_at[i], r->seen_at[i]};

		put_part(&w, PART_POINT, point_id(&r->points[i]), &p, sizeof(p));
	}
	for (size_t i = 0; i < r->n_insts; i++)
		put_part(&w, PART_LIFE, life_id(&r->insts[i]), &r->insts[i].l, sizeof(struct life));
	for (size_t i = 0; i < r->n_slots; i++)
		put_part(&w, PART_SLOT, r->slots[i].id, slot_state(r, &r->slots[i]),
			r->slots[i].size);
	crc = crc32c(0, w.p, w.used);
	put(&w, &crc, sizeof(crc));
	*ret = w.p;
	*ret_n = w.used;
	return 0;
}

/* Times are at most now; NAN where NAN_OK. */
static bool time_good(double t, double now, bool nan_ok)
{
	return isnan(t) ? nan_ok : fabs(t) <= TIME_MOST && t <= now + 1;
}

static bool learner_good(const struct slot *s, const struct learner *l)
{
	if (l->n_bins > s->max_bins)
		return false;
	for (uint32_t i = 0; i < l->n_bins; i++)
		if (!isfinite(l->bins[i].mean) || !isfinite(l->bins[i].dev) || l->bins[i].dev < 0)
			return false;
	return isfinite(l->acc.t) && isfinite(l->acc.sx) && isfinite(l->acc.last);
}

static bool slot_good(const struct slot *s, const void *p, double now)
{
	const struct window *w = p;
	const struct cycle *y = p;
	const struct fit *f = p;

	if (s->width > 0)
		return time_good(w->first, now, true) &&
		       (isnan(w->first) || (time_good(w->last, now, false) &&
						   time_good(w->head, now, false))) &&
		       w->at <= s->n_parts;
	switch ((enum rule_func)s->func) {
	case FUNC_BASE:
	case FUNC_Z:
		return learner_good(s, p);
	case FUNC_CUSUM:
		return isfinite(((const struct cusum *)p)->s) &&
		       time_good(((const struct cusum *)p)->unknown_since, now, true);
	case FUNC_CYCLE:
		return time_good(y->last, now, false) && time_good(y->on_at, now, false) &&
		       time_good(y->off_at, now, false) && y->after_state <= AFTER_KNOWN;
	case FUNC_FIT:
		for (unsigned i = 0; i < 4; i++)
			if (!isfinite(f->theta[i]) || !isfinite(f->p[i][i]))
				return false;
		return true;
	case FUNC_RUN:
	case FUNC_SINCE:
	case FUNC_HOLD:
		return time_good(((const struct runner *)p)->mark, now, true);
	case FUNC_EWMA:
		return isfinite(((const struct runner *)p)->value);
	case FUNC_MEAN:
	case FUNC_MIN:
	case FUNC_MAX:
	case FUNC_SPAN:
	case FUNC_SLOPE:
	case FUNC_SUM:
	case FUNC_ENERGY:
	case FUNC_DUTY:
	case FUNC_COUNT:
	case FUNC_STUCK:
	case FUNC_STEADY:
	case FUNC_DELTA:
	case FUNC_COVERAGE:
	case FUNC_AGE:
	case FUNC_LOST:
	case FUNC_TCF:
	case FUNC_LOCAL_HOUR:
	case FUNC_ALL:
		break;
	}
	return true;
}

static bool flag_good(uint8_t b)
{
	return b <= 1;
}

static bool life_good(const struct life *l)
{
	const double *d = &l->open_s;

	for (unsigned i = 0; i < 11; i++)
		if (!isfinite(d[i]) || fabs(d[i]) > TIME_MOST)
			return false;
	return l->state <= RULE_NOT_EVALUABLE && l->state != RULE_CLEARED &&
	       flag_good(l->gate_open) && flag_good(l->session) && flag_good(l->judged) &&
	       flag_good(l->tripped) && flag_good(l->ever_known) && flag_good(l->held) &&
	       flag_good(l->run_prev) && flag_good(l->released) && flag_good(l->fault_before) &&
	       flag_good(l->clear_before) && flag_good(l->clear_done) &&
	       flag_good(l->repair_held) && flag_good(l->claimed) && isfinite(l->claimed_s) &&
	       fabs(l->claimed_s) <= TIME_MOST && l->repair_before <= 2 &&
	       !(l->coverage < 0 || l->coverage > 1);
}

static bool take_point(struct rules *r, const struct part *head, const uint8_t *p, double now)
{
	struct point_part v;

	for (size_t i = 0; i < r->n_points; i++) {
		if (point_id(&r->points[i]) != head->id || head->size != sizeof(v))
			continue;
		memcpy(&v, p, sizeof(v));
		if (!time_good(v.good_at, now, true) || !time_good(v.seen_at, now, true))
			return false;
		r->good_at[i] = v.good_at;
		r->seen_at[i] = v.seen_at;
		return true;
	}
	return false;
}

static bool take_life(struct rules *r, const struct part *head, const uint8_t *p)
{
	struct life l;

	for (size_t i = 0; i < r->n_insts; i++) {
		if (life_id(&r->insts[i]) != head->id || head->size != sizeof(l))
			continue;
		memcpy(&l, p, sizeof(l));
		if (!life_good(&l))
			return false;
		r->insts[i].l = l;
		return true;
	}
	return false;
}

static bool take_slot(struct rules *r, const struct part *head, const uint8_t *p, double now)
{
	for (size_t i = 0; i < r->n_slots; i++) {
		const struct slot *s = &r->slots[i];
		_Alignas(8) uint8_t copy[8192];

		if (s->id != head->id || s->size != head->size || s->size > sizeof(copy))
			continue;
		/* The bytes need not be aligned where they come from. */
		memcpy(copy, p, s->size);
		if (!slot_good(s, copy, now))
			return false;
		memcpy(slot_state(r, s), copy, s->size);
		return true;
	}
	return false;
}

int rules_load(struct rules *r, const uint8_t *p, size_t n, uint64_t gap_us)
{
	struct header h;
	struct part head;
	size_t at = sizeof(h);
	uint32_t crc;
	int lost = 0;

	if (n < sizeof(h) + 4)
		return -EBADMSG;
	memcpy(&h, p, sizeof(h));
	memcpy(&crc, p + n - 4, sizeof(crc));
	if (h.magic != MAGIC)
		return -EBADMSG;
	if (h.format != FORMAT || h.signature != signature())
		return -EPROTONOSUPPORT;
	if (crc != crc32c(0, p, n - 4) || !isfinite(h.now_s) || fabs(h.now_s) > TIME_MOST)
		return -EBADMSG;
	n -= 4;
	/* All of it is looked at before any of it is taken. */
	for (uint32_t i = 0; i < h.n_parts; i++) {
		if (n - at < sizeof(head))
			return -EBADMSG;
		memcpy(&head, p + at, sizeof(head));
		at += sizeof(head);
		if (head.size > n - at)
			return -EBADMSG;
		at += head.size;
	}
	if (at != n)
		return -EBADMSG;
	at = sizeof(h);
	for (uint32_t i = 0; i < h.n_parts; i++) {
		bool taken = false;

		memcpy(&head, p + at, sizeof(head));
		at += sizeof(head);
		if (head.type == PART_POINT)
			taken = take_point(r, &head, p + at, h.now_s);
		else if (head.type == PART_LIFE)
			taken = take_life(r, &head, p + at);
		else if (head.type == PART_SLOT)
			taken = take_slot(r, &head, p + at, h.now_s);
		lost += !taken;
		at += head.size;
	}
	r->now_s = h.now_s;
	r->day = (int64_t)floor(h.now_s / 86400);
	r->hour = (int64_t)floor(h.now_s / 3600);
	r->started = true;
	rules_new_recording(r, gap_us);
	return lost;
}
