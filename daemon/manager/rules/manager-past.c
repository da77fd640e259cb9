/* SPDX-License-Identifier: Apache-2.0 */
/* The appliance's own list of past codes (History= of its profile): what stood in it when the gateway was
 * attached, and what has come since. Neither is ever a finding. Kept with the state of the rules. */
#include "manager-rules.h"
#include "daemon/report/report-internal.h"

#include <math.h>

static bool is_past(const struct attribute *attr)
{
	return attr->point && attr->point->history;
}

int manager_past_new(struct unit_rules *x)
{
	const struct appliance *a = x->unit->appliance;
	uint32_t points = 0;
	bool any = false;

	for (size_t i = 0; i < a->n_attrs; i++)
		if (is_past(&a->attrs[i])) {
			any = true;
			points = crc32c(points, a->attrs[i].name, strlen(a->attrs[i].name) + 1);
		}
	if (!any)
		return 0;
	x->past = calloc(1, sizeof(*x->past));
	if (!x->past)
		return -ENOMEM;
	x->past->points = points;
	return 0;
}

static bool codes_good(const struct past_code *v, uint32_t n)
{
	if (n > PAST_MAX)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!memchr(v[i].code, 0, sizeof(v[i].code)) ||
			!utf8_valid(v[i].code, strlen(v[i].code)) || isinf(v[i].at))
			return false;
	return true;
}

bool manager_past_good(const struct past_list *p)
{
	return codes_good(p->before, p->n_before) && codes_good(p->after, p->n_after);
}

#define APART_MOST (10 * USEC_PER_SEC)

/* The attribute of HistoryAt=, NULL. */
static const struct attribute *at_of(const struct appliance *a, const struct attribute *attr)
{
	int at = attr->point->history_at
			 ? a->sources[attr->source].attr_of_point[attr->point->history_at - 1]
			 : -1;

	return at >= 0 ? &a->attrs[at] : NULL;
}

/* Code and moment are of one look at the list: between two it may have shifted. */
static bool is_read(const struct appliance *a, const struct attribute *attr)
{
	const struct attribute *at = at_of(a, attr);

	if (!attr->seen || attr->value.quality != QUALITY_GOOD)
		return false;
	if (!at)
		return true;
	return at->seen &&
	       (at->value.quality == QUALITY_GOOD || at->value.quality == QUALITY_ABSENT) &&
	       at->value.t_us + APART_MOST >= attr->value.t_us &&
	       attr->value.t_us + APART_MOST >= at->value.t_us;
}

/* The code that ATTR shows, in the words of the point that carries the present one; false: none. */
static bool shown(const struct appliance *a, const struct attribute *attr, struct past_code *ret)
{
	const struct attribute *at = at_of(a, attr);
	const struct fault *fault;
	struct reading r = attr->value;

	r.point = (uint16_t)(attr->point->history - 1);
	if (!profile_fault_shown(a->sources[attr->source].conf->profile, &r, NULL, &fault,
		    ret->code, sizeof(ret->code)))
		return false;
	ret->at = at && at->value.quality == QUALITY_GOOD ? at->value.num : NAN;
	return true;
}

static bool same(const struct past_code *a, const struct past_code *b)
{
	return streq(a->code, b->code) && (a->at == b->at || (isnan(a->at) && isnan(b->at)));
}

static uint32_t count(const struct past_code *v, uint32_t n, const struct past_code *c)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < n; i++)
		found += same(&v[i], c);
	return found;
}

/* V may hold C once more; what does not fit is not kept. */
static void add(struct past_code *v, uint32_t *n, const struct past_code *c)
{
	if (*n < PAST_MAX)
		v[(*n)++] = *c;
}

/* A list shifts when something comes into it, so a code is new when it stands there more often than is known
 * of it, wherever. A slot that was never read before holds what was before. */
void manager_past_step(struct unit_rules *x)
{
	const struct appliance *a = x->unit->appliance;
	struct past_list *p = x->past;
	struct past_code now[PAST_MAX];
	uint32_t n = 0, k = 0, fresh = 0;

	for (size_t i = 0; i < a->n_attrs && k < PAST_MAX; i++) {
		const struct attribute *attr = &a->attrs[i];

		if (!is_past(attr))
			continue;
		if (is_read(a, attr)) {
			now[n] = (struct past_code){.at = NAN};
			n += shown(a, attr, &now[n]);
			fresh |= ~p->read & 1u << k;
		}
		k++;
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t known = count(p->before, p->n_before, &now[i]) +
				 count(p->after, p->n_after, &now[i]);

		if (count(now, n, &now[i]) <= known)
			continue;
		if (fresh)
			add(p->before, &p->n_before, &now[i]);
		else
			add(p->after, &p->n_after, &now[i]);
		x->save_due = true;
	}
	p->read |= fresh;
}

static const struct fault *meaning_of(const struct appliance *a, const char *code)
{
	for (size_t s = 0; s < a->n_sources; s++) {
		const struct profile *p = a->sources[s].conf->profile;

		for (size_t i = 0; i < p->n_faults; i++)
			if (streq(p->faults[i].code, code))
				return &p->faults[i];
	}
	return NULL;
}

static void write_codes(struct writer *w, const struct appliance *a, const char *key,
	const struct past_code *v, uint32_t n)
{
	write_key(w, key);
	write_open(w, '[');
	for (uint32_t i = 0; i < n; i++) {
		const struct fault *fault = meaning_of(a, v[i].code);

		write_open(w, '{');
		write_member(w, "code", v[i].code);
		if (fault && fault->meaning.en)
			write_member(w, "meaning", fault->meaning.en);
		if (fault && fault->meaning.zh)
			write_member(w, "meaning_zh", fault->meaning.zh);
		if (!isnan(v[i].at)) {
			write_key(w, "at");
			write_decimal(w, v[i].at, 3);
		}
		write_close(w, '}');
	}
	write_close(w, ']');
}

/* Unit of the moments: that of the first HistoryAt=. */
static const char *unit_of_at(const struct appliance *a)
{
	for (size_t i = 0; i < a->n_attrs; i++) {
		const struct attribute *at = is_past(&a->attrs[i]) ? at_of(a, &a->attrs[i]) : NULL;

		if (at)
			return unit_name(at->unit);
	}
	return "";
}

void manager_past_write(const struct unit *u, struct writer *w)
{
	const struct past_list *p = u->rules->past;

	if (!p || !p->read)
		return;
	write_key(w, "past");
	write_open(w, '{');
	write_member(w, "unit", unit_of_at(u->appliance));
	write_codes(w, u->appliance, "before", p->before, p->n_before);
	write_codes(w, u->appliance, "after", p->after, p->n_after);
	write_close(w, '}');
}
