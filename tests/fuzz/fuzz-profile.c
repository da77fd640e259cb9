/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a profile: loaded or refused with problems; what was loaded keeps its promises and
 * converts any raw value. */
#include "daemon/model/compute.h"
#include "daemon/profile/profile.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check_reading(const struct profile *p, unsigned i, const struct raw_value *v)
{
	struct reading r = {.point = (uint16_t)i};
	const struct fault *f;
	char text[48];

	point_convert(p, i, v, &r);
	must(r.quality < _QUALITY_MAX && r.reason < _REASON_MAX);
	must(r.type == VALUE_NONE || r.type == point_value_type(p, i) || v->kind == RAW_TEXT);
	must(r.quality != QUALITY_GOOD || r.type != VALUE_NONE);
	if (r.type == VALUE_NUMBER)
		must(isfinite(r.num));
	if (r.type == VALUE_STRING)
		must(memchr(r.text, '\0', sizeof(r.text)) != NULL);
	profile_fault_lookup(p, i, v->i, &f, text, sizeof(text));
}

/* What comes out of computing keeps the promises of a decoded reading, and is no more than said. */
static void check_compute(const struct profile *p)
{
	static struct reading in[PROFILE_POINTS_MAX], out[PROFILE_POINTS_MAX + PROFILE_DERIVED_MAX];
	const struct fault *f;
	struct compute *c = NULL;
	char text[48];

	must(p->n_derived <= PROFILE_DERIVED_MAX && compute_new(p, 0, &c) == 0);
	must((c != NULL) == (p->n_derived > 0));
	for (unsigned round = 0; c && round < 4; round++) {
		struct raw_value v = {.kind = round % 2 ? RAW_FLOAT : RAW_INT,
			.i = round == 2 ? -1 : (int64_t)round,
			.f = 0.5 * round};
		size_t n = 0, k;

		for (unsigned i = 0; i < p->n_points; i++) {
			if (!p->points[i].read)
				continue;
			in[n] = (struct reading){.point = (uint16_t)i, .t_us = round * 1000000};
			point_convert(p, i, &v, &in[n++]);
		}
		k = compute_apply(c, in, n, false, out);
		must(k <= compute_room(c, n));
		for (size_t i = 0; i < k; i++) {
			must(out[i].point < p->n_points && out[i].quality < _QUALITY_MAX);
			must(out[i].quality != QUALITY_GOOD || out[i].type != VALUE_NONE);
			must(out[i].type != VALUE_NUMBER || isfinite(out[i].num));
			if (p->points[out[i].point].fault_code)
				(void)profile_fault_shown(
					p, &out[i], &in[0], &f, text, sizeof(text));
		}
		must(compute_expire(c, round * 100000000, out) <= p->n_derived);
		if (round == 2)
			compute_fail(c, REASON_NO_REPLY, 5);
	}
	compute_free(c);
}

/* Every setting at its last value: it loads, or is refused with a problem. */
static void check_choices(const uint8_t *data, size_t size, const struct profile *p)
{
	struct profile_choice v[PROFILE_SETTINGS_MAX];
	struct profile_choices choices = {v, p->n_settings};
	struct problems problems = {0};
	struct profile *varied = NULL;
	int r;

	must(p->n_settings <= PROFILE_SETTINGS_MAX && p->n_repeats <= PROFILE_REPEATS_MAX);
	for (size_t i = 0; i < p->n_settings; i++) {
		const struct setting *s = &p->settings[i];

		must(s->n_values > 0 && s->chosen < s->n_values && s->chosen == s->preset);
		v[i] = (struct profile_choice){s->name, s->values[s->n_values - 1]};
	}
	if (p->n_settings == 0)
		return;
	r = profile_load_buffer_with(
		(const char *)data, size, "fuzz.profile", &choices, &problems, &varied);
	must((r == 0) == (varied != NULL) && (r == 0 || problems.n_errors > 0));
	for (size_t i = 0; varied && i < varied->n_settings; i++)
		must(varied->settings[i].chosen == varied->settings[i].n_values - 1);
	if (varied)
		check_compute(varied);
	profile_unref(varied);
	problems_done(&problems);
}

static void check_profile(const struct profile *p)
{
	static const double floats[] = {0, -1, 1e30, 3276.7, NAN, INFINITY};
	static const int64_t ints[] = {0, 1, -1, 250, 0x7fff, -32768, 65535, INT64_MIN, INT64_MAX};
	struct raw_value v = {.kind = RAW_TEXT, .text = "ME-1"};

	must(p->n_points <= PROFILE_POINTS_MAX && p->n_faults <= PROFILE_FAULTS_MAX);
	must(p->kind && p->adapter && p->source && p->name.en);
	for (unsigned i = 0; i < p->n_points; i++) {
		const struct point *pt = &p->points[i];

		/* Names are unique but for those made for [Fault] sections. */
		must(!pt->read == (pt->value != NULL) && profile_point_by_name(p, pt->name) >= 0);
		must(pt->hidden == (pt->attribute == NULL));
		must(pt->attr < (int)p->kind->n_attrs);
		must(pt->period_us > 0 && isfinite(pt->scale) && pt->scale != 0);
		v.kind = RAW_INT;
		for (size_t k = 0; k < ARRAY_SIZE(ints); k++) {
			v.i = ints[k];
			check_reading(p, i, &v);
		}
		v.kind = RAW_FLOAT;
		for (size_t k = 0; k < ARRAY_SIZE(floats); k++) {
			v.f = floats[k];
			check_reading(p, i, &v);
		}
		v.kind = RAW_TEXT;
		check_reading(p, i, &v);
	}
	for (size_t i = 0; i < p->n_faults; i++) {
		must(p->faults[i].point < (int)p->n_points && p->faults[i].code);
		must(!p->faults[i].by_bit || p->faults[i].point >= 0);
		must((p->faults[i].match & ~p->faults[i].mask) == 0);
	}
	for (size_t i = 0; i < p->n_ranges; i++)
		must(p->ranges[i].first <= p->ranges[i].last && p->ranges[i].last <= 65535);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems problems = {0};
	struct profile *p = NULL;
	int r = profile_load_buffer((const char *)data, size, "fuzz.profile", &problems, &p);

	must((r == 0) == (p != NULL));
	must((r == -EINVAL) == (problems.n_errors > 0));
	if (p) {
		check_profile(p);
		check_compute(p);
		check_choices(data, size, p);
	}
	profile_unref(p);
	problems_done(&problems);
	return 0;
}
