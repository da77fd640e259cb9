/* SPDX-License-Identifier: Apache-2.0 */
/* Care counted from the readings of each appliance, remembered over restarts. */
#include "manager-care.h"

#include "daemon/base/log.h"
#include "manager-rules.h"

#include <math.h>

#define STEP_US       USEC_PER_MIN
#define SAVE_US       USEC_PER_HOUR
#define SAVE_LEAST_US USEC_PER_MIN

static const char *id_of(const struct unit_care *c)
{
	return c->unit->appliance->conf->id;
}

/* ---- values */

static double enum_number(const struct attribute *attr)
{
	const struct point *p = attr->point;

	/* Words of lists that only the profile has are known by their names. */
	if (attr->model->n_values == 0 && p)
		for (size_t i = 0; i < p->n_enums; i++)
			if (p->enums[i].value == attr->value.code)
				return (double)knowledge_word(NULL, p->enums[i].name);
	return (double)attr->value.code;
}

static struct expr_value value_of(const struct attribute *attr)
{
	const struct reading *r = &attr->value;

	if (!attr->seen)
		return expr_unknown(QUALITY_UNAVAILABLE, REASON_NO_REPLY);
	if (r->reason == REASON_UNSUPPORTED)
		return expr_unknown(QUALITY_ABSENT, REASON_UNSUPPORTED);
	if (r->quality != QUALITY_GOOD)
		return expr_unknown((enum quality)r->quality, (enum reason)r->reason);
	switch ((enum value_type)r->type) {
	case VALUE_NUMBER:
		return expr_good(r->num);
	case VALUE_ENUM:
		return expr_good(enum_number(attr));
	case VALUE_BOOL:
	case VALUE_BITS:
		return expr_good((double)r->code);
	case VALUE_NONE:
	case VALUE_STRING:
		break;
	}
	return expr_unknown(QUALITY_UNAVAILABLE, REASON_DECODE);
}

void manager_care_values(const struct unit *u, struct expr_value *ret)
{
	const struct appliance *a = u->appliance;
	const struct model_kind *kind = a->conf->kind;
	int reachable = model_attr_index(kind, "reachable");

	for (size_t i = 0; i < kind->n_attrs; i++)
		ret[i] = expr_unknown(QUALITY_ABSENT, REASON_NONE);
	for (size_t i = 0; i < a->n_attrs; i++) {
		int k = a->attrs[i].model ? model_attr_index(kind, a->attrs[i].name) : -1;

		if (k >= 0)
			ret[k] = value_of(&a->attrs[i]);
	}
	if (reachable >= 0)
		ret[reachable] = expr_good(appliance_reachable(a));
}

/* ---- memory */

static void save(struct unit_care *c, uint64_t now)
{
	_cleanup_free_ uint8_t *p = NULL;
	char key[64];
	size_t n;
	int r;

	if (!c->loaded || c->stepped_us == 0)
		return;
	c->saved_us = now;
	c->save_due = false;
	(void)snprintf(key, sizeof(key), MANAGER_CARE_KEY "%s", id_of(c));
	r = maintenance_save(c->maintenance, &p, &n);
	if (r >= 0)
		r = journal_put_meta(c->manager->journal, key, p, n, NULL, NULL);
	if (r < 0) {
		c->save_due = true;
		log_warning(
			"%s: the counts of its care are not stored: %s", id_of(c), strerror(-r));
	}
}

void manager_care_save_all(struct manager *m)
{
	for (size_t i = 0; i < m->n_units; i++)
		if (m->units[i].care)
			save(m->units[i].care, clock_boottime_us());
}

static void release(struct unit_care *c)
{
	if (c->unit || c->pending > 0)
		return;
	maintenance_free(c->maintenance);
	free(c->values);
	free(c);
}

struct unit_care *manager_care_free(struct unit_care *c)
{
	if (!c)
		return NULL;
	c->unit = NULL;
	c->maintenance = maintenance_free(c->maintenance); /* before the knowledge it is made of */
	release(c);
	return NULL;
}

static void on_loaded(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	struct unit_care *c = userdata;
	int r;

	c->pending--;
	if (!c->unit) {
		release(c);
		return;
	}
	c->load_asked = false;
	if (c->loaded || (error < 0 && error != -ENOENT))
		return; /* taken over from before a reload; or asked again in a second */
	r = error == 0 ? maintenance_load(c->maintenance, blob, n) : 0;
	if (r < 0)
		log_warning("%s: the counts of its care cannot be read (%s): they begin anew",
			id_of(c), strerror(-r));
	c->loaded = true;
}

static void ask_state(struct unit_care *c)
{
	char key[64];

	if (c->loaded || c->load_asked || !c->manager->journal)
		return;
	(void)snprintf(key, sizeof(key), MANAGER_CARE_KEY "%s", id_of(c));
	if (journal_get_meta(c->manager->journal, key, on_loaded, c) < 0)
		return;
	c->load_asked = true;
	c->pending++;
}

/* ---- life */

static int64_t wall_s(const struct manager *m)
{
	return clock_is_set(m->config->clock) ? clock_realtime_us() / (int64_t)USEC_PER_SEC : 0;
}

static void on_item(struct maintenance *m, unsigned i, enum maintenance_state from,
	enum maintenance_state to, void *userdata)
{
	struct unit_care *c = userdata;
	struct maintenance_status s;

	maintenance_status(m, i, &s);
	c->save_due = true;
	if (to == MAINTENANCE_DUE)
		log_notice(
			"%s: %s is due", id_of(c), words_in(&s.item->name, c->manager->config->zh));
	manager_care_tell(c->unit, i);
}

static void tick(struct unit_care *c, uint64_t now)
{
	ask_state(c);
	if (now >= c->looked_us + STEP_US) {
		c->looked_us = now;
		manager_care_look(c->unit);
	}
	if (!c->loaded || maintenance_count(c->maintenance) == 0)
		return;
	if (c->stepped_us == 0 || now >= c->stepped_us + STEP_US) {
		manager_care_values(c->unit, c->values);
		maintenance_step(c->maintenance, now, wall_s(c->manager), c->values, on_item, c);
		for (unsigned i = 0; !c->told && i < maintenance_count(c->maintenance); i++)
			manager_care_tell(c->unit, i);
		c->told = true;
		if (c->stepped_us == 0)
			c->saved_us = now;
		c->stepped_us = now;
	}
	if (now >= c->saved_us + (c->save_due ? SAVE_LEAST_US : SAVE_US))
		save(c, now);
}

void manager_care_tick(struct manager *m)
{
	uint64_t now = clock_boottime_us();

	for (size_t i = 0; m->findings_loaded && i < m->n_units; i++)
		if (m->units[i].care)
			tick(m->units[i].care, now);
}

int manager_care_reset(struct unit *u, const char *item, enum who who, const char *by)
{
	struct unit_care *c = u->care;
	struct maintenance_status s;
	int i, r;

	if (!c || !c->loaded)
		return -ENODATA;
	i = maintenance_find(c->maintenance, item);
	if (i < 0)
		return i;
	maintenance_status(c->maintenance, (unsigned)i, &s);
	r = maintenance_reset(c->maintenance, (unsigned)i, who, by, wall_s(c->manager));
	if (r < 0)
		return r;
	log_notice("%s: %s done by %s (%s), at %.0f%% of its life", id_of(c), item, who_word(who),
		by, isnan(s.share) ? 0.0 : 100 * s.share);
	manager_care_tell(u, (unsigned)i);
	c->stepped_us = c->stepped_us ? c->stepped_us : clock_boottime_us();
	save(c, clock_boottime_us());
	return 0;
}

static int care_of_unit(struct manager *m, struct unit *u)
{
	const struct appliance *a = u->appliance;
	const struct model_kind *kind = a->conf->kind;
	_cleanup_free_ bool *present = calloc(kind->n_attrs, sizeof(*present));
	struct unit_care *c = calloc(1, sizeof(*c));
	int r = -ENOMEM;

	if (!c || !present)
		goto fail;
	c->manager = m;
	c->unit = u;
	for (size_t i = 0; i < a->n_attrs; i++) {
		int k = a->attrs[i].model ? model_attr_index(kind, a->attrs[i].name) : -1;

		if (k >= 0)
			present[k] = true;
	}
	c->values = calloc(kind->n_attrs, sizeof(*c->values));
	if (!c->values)
		goto fail;
	r = maintenance_new(
		m->knowledge, kind, present, (double)STEP_US / USEC_PER_SEC, &c->maintenance);
	if (r < 0)
		goto fail;
	u->care = c;
	return 0;
fail:
	if (c) {
		c->unit = NULL;
		release(c);
	}
	return r;
}

int manager_care_start(struct manager *m)
{
	char etc[512], vendor[512];
	const char *const dirs[] = {etc, vendor, NULL};
	const struct model_kind *kinds[MANAGER_KINDS_MAX];
	int r;

	(void)snprintf(etc, sizeof(etc), "%s/knowledge", m->options.etc);
	(void)snprintf(vendor, sizeof(vendor), "%s/knowledge", m->options.vendor);
	r = knowledge_load(dirs, NULL, &m->problems, &m->knowledge);
	if (r >= 0)
		r = knowledge_keep(m->knowledge, kinds, manager_kinds(m, kinds));
	for (size_t i = 0; r >= 0 && i < m->n_units; i++) {
		r = care_of_unit(m, &m->units[i]);
		if (r >= 0)
			ask_state(m->units[i].care);
	}
	return r;
}

void manager_care_take(struct unit *to, struct unit *from)
{
	struct unit_care *old = from->care, *c = to->care;
	_cleanup_free_ uint8_t *p = NULL;
	size_t n;

	if (!old || !c || !old->loaded || maintenance_save(old->maintenance, &p, &n) < 0 ||
		maintenance_load(c->maintenance, p, n) < 0)
		return;
	c->loaded = true;
	c->saved_us = old->saved_us;
	c->save_due = old->save_due;
}
