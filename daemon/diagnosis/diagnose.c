/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose.h"

int diagnose_init(struct diagnose *d, const struct appliance *a)
{
	*d = (struct diagnose){.appliance = a};
	d->history = calloc(MAX(a->n_attrs, 1u) * HISTORY_MINUTES, sizeof(*d->history));
	if (!d->history)
		return -ENOMEM;
	for (size_t s = 0; s < a->n_sources; s++) {
		const struct profile *p = a->sources[s].conf->profile;

		size_t n = 0;

		for (size_t i = 0; i < p->n_points; i++)
			n += p->points[i].fault_code;
		d->codes[s] = calloc(MAX(n, 1u), sizeof(*d->codes[s]));
		if (!d->codes[s]) {
			diagnose_done(d);
			return -ENOMEM;
		}
		for (size_t i = 0; i < p->n_points; i++)
			if (p->points[i].fault_code)
				d->codes[s][d->n_codes[s]++].point = (uint16_t)i;
	}
	return 0;
}

void diagnose_done(struct diagnose *d)
{
	findings_done(&d->findings);
	for (size_t s = 0; s < CONFIG_SOURCES_MAX; s++)
		free(d->codes[s]);
	free(d->history);
	*d = (struct diagnose){0};
}

/* "main/E4": a code belongs to the source that showed it. False when it does not fit: two codes must
 * never share a finding. */
static bool make_key(
	char *dst, size_t size, const struct diagnose *d, unsigned source, const char *code)
{
	return (size_t)snprintf(
		       dst, size, "%s/%s", d->appliance->sources[source].conf->name, code) < size;
}

/* POINT carries the code; its findings go by KEY. */
static void observe(struct diagnose *d, unsigned source, const struct point *point,
	const char *code_key, const char *code, const struct fault *fault, enum observation o,
	const struct finding_clock *clock, finding_changed_fn changed, void *userdata)
{
	struct finding_template t = {
		.code = code,
		.severity = fault_severity_of(point, fault),
		.class = fault_class_of(point, fault),
		.confidence = CONFIDENCE_LOW,
		.household = -1,
	};
	char key[sizeof(((struct finding *)0)->key)];

	if (!make_key(key, sizeof(key), d, source, code_key))
		return;
	if (fault) {
		t.meaning_en = fault->meaning.en;
		t.meaning_zh = fault->meaning.zh;
		t.component = fault->component;
		t.source = fault->source;
		t.confidence = fault->confidence;
		t.household = fault->household;
		t.causes = fault->causes;
	}
	findings_observe(&d->findings, key, o, &t, clock, changed, userdata);
}

static void observe_bits(struct diagnose *d, unsigned source, const struct reading *r,
	const struct finding_clock *clock, finding_changed_fn changed, void *userdata)
{
	const struct profile *p = d->appliance->sources[source].conf->profile;

	for (size_t i = 0; i < p->n_faults; i++) {
		const struct fault *fault = &p->faults[i];
		int state;

		if (!fault->by_bit || fault->point != (int)r->point)
			continue;
		state = fault_bit_state(p, fault, r);
		if (state >= 0)
			observe(d, source, &p->points[r->point], fault_name(fault), fault->code,
				fault, state ? OBSERVED_PRESENT : OBSERVED_ABSENT, clock, changed,
				userdata);
	}
}

static bool is_bit_fault(const struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->n_faults; i++)
		if (p->faults[i].by_bit && streq(fault_name(&p->faults[i]), name))
			return true;
	return false;
}

/* The text of what slot C shows into TEXT, and what its finding goes by; false when it shows nothing
 * or is not known. */
static bool slot_code(const struct profile *p, const struct code_point *c,
	const struct fault **ret_fault, char *text, size_t size, const char **ret_key)
{
	if (!c->known || !profile_fault_shown(p, &c->code, c->detail_seen ? &c->detail : NULL,
				 ret_fault, text, size))
		return false;
	/* A sub code that no section names makes a finding of its own. */
	*ret_key = *ret_fault && streq((*ret_fault)->code, text) ? fault_name(*ret_fault) : text;
	return true;
}

static bool source_shows(const struct diagnose *d, unsigned source, const char *name)
{
	const struct profile *p = d->appliance->sources[source].conf->profile;
	const struct fault *fault;
	const char *key;
	char text[48];

	for (size_t i = 0; i < d->n_codes[source]; i++)
		if (slot_code(p, &d->codes[source][i], &fault, text, sizeof(text), &key) &&
			streq(key, name))
			return true;
	return false;
}

/* A code may move from slot to slot, so it is gone only when no slot of the source shows it, and
 * only when every slot was readable. */
static void observe_codes(struct diagnose *d, unsigned source, const struct finding_clock *clock,
	finding_changed_fn changed, void *userdata)
{
	const struct profile *p = d->appliance->sources[source].conf->profile;
	const char *name = d->appliance->sources[source].conf->name;
	bool all_known = true;

	for (size_t i = 0; i < d->n_codes[source]; i++) {
		const struct code_point *c = &d->codes[source][i];
		const struct fault *fault;
		const char *key;
		char text[48];

		all_known = all_known && c->known;
		if (slot_code(p, c, &fault, text, sizeof(text), &key))
			observe(d, source, &p->points[c->point], key, text, fault, OBSERVED_PRESENT,
				clock, changed, userdata);
	}
	if (!all_known)
		return;
	for (size_t k = 0; k < d->findings.n; k++) {
		struct finding *v = d->findings.v[k];
		const char *rest = startswith(v->key, name);

		if (!rest || *rest != '/' || v->state == FINDING_GONE ||
			is_bit_fault(p, rest + 1) || source_shows(d, source, rest + 1) ||
			streq(rest + 1, reason_name(REASON_MAP))) /* no code of the appliance's */
			continue;
		findings_observe(
			&d->findings, v->key, OBSERVED_ABSENT, NULL, clock, changed, userdata);
	}
}

/* Readings of codes and sub codes to their slots; true when one of them is R. */
static bool take_code(struct diagnose *d, unsigned source, const struct reading *r)
{
	const struct profile *p = d->appliance->sources[source].conf->profile;
	bool any = false;

	for (size_t k = 0; k < d->n_codes[source]; k++) {
		struct code_point *c = &d->codes[source][k];
		const struct point *pt = &p->points[c->point];

		if (c->point == r->point) {
			c->code = *r;
			c->seen = any = true;
		} else if (pt->has_detail && pt->detail == r->point) {
			c->detail = *r;
			c->detail_seen = any = true;
		} else
			continue;
		/* A slot that is not fitted shows nothing; one with a sub code waits for it. */
		c->known = c->seen && (c->detail_seen || !pt->has_detail) &&
			   (c->code.quality == QUALITY_GOOD || c->code.quality == QUALITY_ABSENT);
	}
	return any;
}

void diagnose_apply(struct diagnose *d, unsigned source, const struct reading *r, size_t n,
	const struct finding_clock *clock, finding_changed_fn changed, void *userdata)
{
	const struct profile *p = d->appliance->sources[source].conf->profile;
	bool codes = false;

	for (size_t i = 0; i < n; i++) {
		if (r[i].point >= p->n_points)
			continue;
		codes = take_code(d, source, &r[i]) || codes;
		if (p->n_faults > 0)
			observe_bits(d, source, &r[i], clock, changed, userdata);
	}
	if (codes)
		observe_codes(d, source, clock, changed, userdata);
}

static struct kept_value kept_of(const struct reading *r)
{
	struct kept_value p = {.type = r->type};

	if (r->quality != QUALITY_GOOD || r->t_us == 0 || r->type == VALUE_STRING)
		return (struct kept_value){.type = VALUE_NONE};
	if (r->type == VALUE_NUMBER)
		p.num = r->num;
	else
		p.code = r->code;
	return p;
}

uint64_t diagnose_tick(struct diagnose *d, const struct finding_clock *clock,
	finding_changed_fn changed, void *userdata)
{
	const struct appliance *a = d->appliance;
	uint64_t next = findings_tick(&d->findings, clock, changed, userdata);

	if (d->history_used == 0 || clock->now_us - d->history_us >= USEC_PER_MIN) {
		for (size_t i = 0; i < a->n_attrs; i++)
			d->history[d->history_head * a->n_attrs + i] = kept_of(&a->attrs[i].value);
		d->history_head = (d->history_head + 1) % HISTORY_MINUTES;
		d->history_used = MIN(d->history_used + 1, (size_t)HISTORY_MINUTES);
		d->history_us = clock->now_us;
	}
	return MIN(next, d->history_us + USEC_PER_MIN);
}

static void freeze_one(const struct diagnose *d, struct finding *v, size_t i)
{
	const struct appliance *a = d->appliance;
	const struct attribute *attr = &a->attrs[i];
	struct frozen *z = &v->freeze[v->n_freeze];
	size_t oldest = (d->history_head + HISTORY_MINUTES - d->history_used) % HISTORY_MINUTES;

	*z = (struct frozen){.type = attr->value.type, .quality = attr->value.quality};
	(void)str_copy(z->name, sizeof(z->name), attr->name);
	(void)str_copy(z->unit, sizeof(z->unit), unit_name(attr->unit));
	if (attr->value.quality == QUALITY_GOOD)
		attribute_format(attr, &attr->value, z->value, sizeof(z->value));
	if (d->history_used > 0) {
		const struct kept_value *p = &d->history[oldest * a->n_attrs + i];
		struct reading b = attr->value;

		b.quality = QUALITY_GOOD;
		b.type = p->type;
		if (p->type == VALUE_NUMBER)
			b.num = p->num;
		else
			b.code = p->code;
		if (p->type != VALUE_NONE)
			attribute_format(attr, &b, z->before, sizeof(z->before));
	}
	v->n_freeze++;
}

void diagnose_freeze_first(struct diagnose *d, const uint16_t *attrs, size_t n)
{
	d->n_first = MIN(n, (size_t)FREEZE_MAX);
	if (d->n_first > 0)
		memcpy(d->first, attrs, d->n_first * sizeof(*attrs));
}

static bool is_first(const struct diagnose *d, size_t attr)
{
	for (size_t i = 0; i < d->n_first; i++)
		if (d->first[i] == attr)
			return true;
	return false;
}

void diagnose_freeze(const struct diagnose *d, struct finding *v)
{
	const struct appliance *a = d->appliance;

	v->n_freeze = 0;
	if (!v->freeze)
		v->freeze = calloc(FREEZE_MAX, sizeof(*v->freeze));
	if (!v->freeze)
		return;
	for (size_t i = 0; i < d->n_first; i++)
		if (d->first[i] < a->n_attrs && a->attrs[d->first[i]].seen)
			freeze_one(d, v, d->first[i]);
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < a->n_attrs && v->n_freeze < FREEZE_MAX; i++)
			if (a->attrs[i].seen && !is_first(d, i) &&
				(a->attrs[i].model != NULL) == (pass == 0))
				freeze_one(d, v, i);
}

void diagnose_freeze_after(const struct diagnose *d, struct finding *v)
{
	for (size_t i = 0; i < v->n_freeze; i++) {
		struct frozen *z = &v->freeze[i];

		for (size_t k = 0; k < d->appliance->n_attrs; k++) {
			const struct attribute *attr = &d->appliance->attrs[k];

			if (!streq(attr->name, z->name))
				continue;
			if (attr->seen && attr->value.quality == QUALITY_GOOD)
				attribute_format(attr, &attr->value, z->after, sizeof(z->after));
			break;
		}
	}
}
