/* SPDX-License-Identifier: Apache-2.0 */
/* [Fault CODE] of a profile, and the points that carry codes. */
#include "profile-load.h"

#include <ctype.h>
#include <math.h>
#include <search.h>

/* Where a fault's bit is: "holding:2074.3" → register "holding:2074", shift 3, width 1. */
struct place {
	char read[84]; /* of the point that carries it */
	bool whole;    /* the point itself is the bit or value */
	unsigned shift, width;
};

/* A point by its Device= and the text of its Read=, so that faults of one register share one point. */
struct carrier {
	const char *read;
	int16_t device;
	bool device_absolute;
	int point;
};

struct faults {
	struct loader *l;
	void *carriers; /* tsearch() of struct carrier */
	struct carrier v[PROFILE_POINTS_MAX];
	size_t n;
	bool texts; /* some code is a text, so that a fault needs no raw value */
};

static int compare_carrier(const void *a, const void *b)
{
	const struct carrier *x = a, *y = b;

	if (x->device_absolute != y->device_absolute)
		return x->device_absolute ? 1 : -1;
	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return strcmp(x->read, y->read);
}

static void no_free(void *node)
{
}

static void add_carrier(struct faults *f, const struct point *pt, int point)
{
	struct carrier *c = &f->v[f->n];

	*c = (struct carrier){pt->read, pt->device, pt->device_absolute, point};
	/* The first point with this Read= carries it. */
	if (!tfind(c, &f->carriers, compare_carrier) && tsearch(c, &f->carriers, compare_carrier))
		f->n++;
}

static int parse_place(const struct loader *l, const char *read, struct place *ret)
{
	const char *dot = l->modbus ? strchr(read, '.') : NULL;
	uint64_t shift = 0, width = 1;
	char bit[8] = "";

	*ret = (struct place){.whole = !dot, .width = 1};
	if (!str_copy(ret->read, sizeof(ret->read), read))
		return -EINVAL;
	if (!dot)
		return 0;
	ret->read[dot - read] = '\0';
	if (!str_copy(bit, sizeof(bit), dot + 1))
		return -EINVAL;
	if (strchr(bit, ':')) {
		char *colon = strchr(bit, ':');

		*colon = '\0';
		if (parse_u64(colon + 1, 1, 16, &width) < 0)
			return -EINVAL;
	}
	if (parse_u64(bit, 0, 15, &shift) < 0 || shift + width > 16)
		return -EINVAL;
	ret->shift = (unsigned)shift;
	ret->width = (unsigned)width;
	return 0;
}

/* A hidden point for PLACE, named after its Read=: "fault.holding_2074". */
static int new_carrier(struct faults *f, const struct place *place, const struct point *device,
	bool bit, const struct ini_entry *read)
{
	struct loader *l = f->l;
	struct profile *p = l->profile;
	struct point *pt;
	char name[49];
	size_t n;

	if (p->n_points == PROFILE_POINTS_MAX)
		return -ENOSPC;
	n = (size_t)MIN(snprintf(name, sizeof(name), "fault.%s", place->read), 48);
	for (size_t i = 0; i < n; i++) {
		name[i] = (char)tolower((unsigned char)name[i]);
		if (!islower((unsigned char)name[i]) && !isdigit((unsigned char)name[i]) &&
			name[i] != '.')
			name[i] = '_';
	}
	pt = &p->points[p->n_points];
	*pt = (struct point){.name = loader_strdup(l, name),
		.read = loader_strdup(l, place->read),
		.type = !l->modbus ? POINT_NATIVE
			: bit      ? POINT_BIT
				   : POINT_U16,
		.scale = 1,
		.possible_min = NAN,
		.possible_max = NAN,
		.attr = -1,
		.hidden = true,
		.device = device->device,
		.device_absolute = device->device_absolute,
		.period_us = l->fault_period_us,
		.confidence = p->confidence};
	p->n_points++;
	loader_place(l, read, pt);
	if (!pt->name || !pt->read)
		return -ENOMEM;
	add_carrier(f, pt, (int)p->n_points - 1);
	return (int)p->n_points - 1;
}

static bool may_carry(const struct point *pt)
{
	return pt->type == POINT_BIT || pt->type == POINT_U16 || pt->type == POINT_S16 ||
	       pt->type == POINT_NATIVE;
}

static void load_place(struct faults *f, struct ini_section *s, struct fault *fault)
{
	struct loader *l = f->l;
	struct ini_entry *read = ini_get(s, "Read", NULL), *value = ini_get(s, "Value", NULL),
			 *active = ini_get(s, "Active", NULL);
	struct point device = {0};
	struct carrier key, **found;
	struct place place;
	uint64_t on = 1, mask;
	int64_t equals = 0;

	fault->by_bit = true;
	if (ini_get(s, "Of", NULL))
		(void)loader_bad(l, s, ini_get(s, "Of", NULL), "Read= and Of= exclude each other");
	if (parse_place(l, read->value, &place) < 0) {
		(void)loader_bad(
			l, s, read, "\"%.64s\": write holding:2074.3 or discrete:9", read->value);
		return;
	}
	if (value && (active || loader_parse_raw(value->value, &equals) < 0)) {
		(void)loader_bad(l, s, value, "needs one raw value and no Active=");
		return;
	}
	if (place.width > 1 && !value) {
		(void)loader_bad(l, s, read, "a bit field needs Value=");
		return;
	}
	loader_note(l, ini_get_u64(s, "Active", 0, 1, l->problems, &on));
	loader_device(l, s, &device);
	key = (struct carrier){place.read, device.device, device.device_absolute, -1};
	found = tfind(&key, &f->carriers, compare_carrier);
	fault->point = found ? (*found)->point
			     : new_carrier(f, &place, &device, place.whole && !value, read);
	if (fault->point < 0) {
		(void)loader_bad(l, s, NULL,
			"there are more than %u points, those of [Fault] included",
			PROFILE_POINTS_MAX);
		return;
	}
	if (!may_carry(&l->profile->points[fault->point])) {
		(void)loader_bad(l, s, read,
			"[Point %s] reads this too, as %s; a fault needs bit or u16",
			l->profile->points[fault->point].name,
			point_type_name(l->profile->points[fault->point].type));
		return;
	}
	mask = (UINT64_C(1) << place.width) - 1;
	if (place.whole)
		mask = !value ? 1 : l->modbus ? 0xffff : UINT64_MAX;
	fault->mask = mask << place.shift;
	fault->match = (value ? (uint64_t)equals & mask : on) << place.shift;
	if (value && l->modbus && ((uint64_t)equals & mask) != (uint64_t)equals)
		(void)loader_bad(
			l, s, value, "%lld does not fit into %s", (long long)equals, read->value);
}

static void load_value(struct faults *f, struct ini_section *s, struct fault *fault)
{
	struct loader *l = f->l;
	struct ini_entry *value = ini_get(s, "Value", NULL);

	if (!value && f->texts) {
		fault->by_text = true;
		return;
	}
	if (!value) {
		(void)loader_bad(
			l, s, NULL, "Value= or Read= is missing: how the appliance says it");
		return;
	}
	if (ini_get(s, "Active", NULL))
		(void)loader_bad(l, s, ini_get(s, "Active", NULL), "belongs to Read=");
	if (loader_parse_raw(value->value, &fault->value) < 0)
		(void)loader_bad(l, s, value, "\"%.64s\" is no raw value", value->value);
}

/* Of=, once all points are there and sorted by name. */
static void resolve_of(struct loader *l, struct ini_section *s, struct fault *fault)
{
	struct ini_entry *of = ini_get(s, "Of", NULL);

	if (!of || fault->by_bit)
		return;
	fault->point = profile_point_by_name(l->profile, of->value);
	if (fault->point < 0) {
		fault->point = -1;
		(void)loader_bad(l, s, of, "there is no [Point %.64s]", of->value);
	} else if (!l->profile->points[fault->point].fault_code) {
		(void)loader_bad(l, s, of, "[Point %s] has no Fault=code", of->value);
	}
}

static void load_fault(struct faults *f, struct ini_section *s, struct fault *fault)
{
	static const char *const known[] = {"Value", "Of", "Read", "Active", "Meaning", "Component",
		"Severity", "Class", "Household", "Causes", "Confidence", "Source", "Repeat",
		"Device", "Code", "When", NULL};
	struct loader *l = f->l;
	int severity = SEVERITY_SERVICE, class = CLASS_FAULT,
	    confidence = (int)l->profile->confidence;
	struct ini_entry *e;
	bool household;
	int r;

	*fault = (struct fault){.point = -1, .household = -1, .line = s->line};
	loader_check_keys(l, s, known);
	fault->code = loader_strdup(l, s->arg);
	if (isempty(s->arg) || strlen(s->arg) > 47)
		(void)loader_bad(l, s, NULL, "a fault needs its code, 1 to 47 bytes: [Fault E4]");
	e = ini_get(s, "Code", NULL);
	if (e && !streq(e->value, s->arg)) {
		if (strlen(e->value) > 47)
			(void)loader_bad(l, s, e, "is longer than 47 bytes");
		fault->name = fault->code;
		fault->code = loader_strdup(l, e->value);
	}
	loader_text(l, s, "Meaning", &fault->meaning);
	loader_string(l, s, "Component", &fault->component);
	loader_string(l, s, "Causes", &fault->causes);
	loader_string(l, s, "Source", &fault->source);
	if (!fault->source)
		fault->source = loader_strdup(l, l->profile->source ? l->profile->source : "");
	loader_enum(l, s, "Severity", loader_severities, &severity);
	loader_enum(l, s, "Class", loader_classes, &class);
	loader_enum(l, s, "Confidence", loader_confidences, &confidence);
	r = ini_get_bool(s, "Household", l->problems, &household);
	loader_note(l, r);
	if (r > 0)
		fault->household = household;
	fault->own_class = ini_get(s, "Class", NULL);
	fault->own_severity = ini_get(s, "Severity", NULL);
	fault->severity = (enum severity)severity;
	fault->class = (enum fault_class) class;
	fault->confidence = (enum confidence)confidence;
	if (ini_get(s, "Read", NULL))
		load_place(f, s, fault);
	else
		load_value(f, s, fault);
}

struct meaning { /* what makes two faults the same */
	struct fault *fault;
	struct ini_section *s;
};

static int compare_meaning(const void *a, const void *b)
{
	const struct fault *x = ((const struct meaning *)a)->fault,
			   *y = ((const struct meaning *)b)->fault;

	if (x->by_bit != y->by_bit)
		return x->by_bit ? 1 : -1;
	if (x->point != y->point)
		return x->point < y->point ? -1 : 1;
	if (x->mask != y->mask)
		return x->mask < y->mask ? -1 : 1;
	if (x->match != y->match)
		return x->match < y->match ? -1 : 1;
	if (x->by_text != y->by_text)
		return x->by_text ? 1 : -1;
	if (x->by_text)
		return strcmp(x->code, y->code);
	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return 0;
}

static void check_same(struct loader *l, struct meaning *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare_meaning);
	for (size_t i = 1; i < n; i++)
		if (compare_meaning(&v[i], &v[i - 1]) == 0)
			(void)loader_bad(l, v[i].s, NULL, "[Fault %s] has the same %s",
				fault_name(v[i - 1].fault),
				v[i].fault->by_bit    ? "Read="
				: v[i].fault->by_text ? "text"
						      : "Value=");
}

void loader_faults(struct loader *l)
{
	struct profile *p = l->profile;
	_cleanup_free_ struct faults *f = calloc(1, sizeof(*f));
	_cleanup_free_ struct meaning *meanings = calloc(PROFILE_FAULTS_MAX, sizeof(*meanings));
	struct point *points;
	size_t n = 0;

	for (struct ini_section *s = NULL; (s = ini_section_next(l->ini, "Fault", s));)
		n++;
	p->faults = calloc(MIN(n, (size_t)PROFILE_FAULTS_MAX) + 1, sizeof(*p->faults));
	if (!f || !meanings || !p->faults || !p->points || !p->by_name) {
		l->failed = true;
		return;
	}
	f->l = l;
	for (size_t i = 0; i < p->n_points; i++) {
		const struct point *pt = &p->points[i];

		f->texts = f->texts ||
			   (pt->fault_code &&
				   (pt->has_detail || pt->format || pt->code_format ||
					   pt->type == POINT_STRING || pt->type == POINT_STRING_2));
		if (pt->read && pt->period_us < PROFILE_WATCH_US)
			add_carrier(f, pt, (int)i);
	}
	for (struct ini_section *s = NULL; (s = ini_section_next(l->ini, "Fault", s));) {
		if (p->n_faults == PROFILE_FAULTS_MAX) {
			(void)loader_bad(
				l, s, NULL, "there are more than %u faults", PROFILE_FAULTS_MAX);
			break;
		}
		load_fault(f, s, &p->faults[p->n_faults]);
		meanings[p->n_faults] = (struct meaning){&p->faults[p->n_faults], s};
		p->n_faults++;
	}
	tdestroy(f->carriers, no_free);
	/* by_name was sorted before the carriers came. */
	if (loader_index_points(l) < 0) {
		l->failed = true;
		return;
	}
	for (size_t i = 0; i < p->n_faults; i++)
		resolve_of(l, meanings[i].s, meanings[i].fault);
	check_same(l, meanings, p->n_faults);
	points = reallocarray(p->points, p->n_points + 1, sizeof(*points));
	if (points)
		p->points = points;
}
