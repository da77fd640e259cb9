/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of the common model that no register has: health and problem of each appliance, from its
 * findings. They go the way of all others: history, reports, states, D-Bus. */
#include "daemon/manager/rules/manager-rules.h"

static const struct model_attr *model_of(const struct unit *u, const char *name)
{
	const struct model_kind *kind = u->appliance->conf->kind;
	int i = model_attr_index(kind, name);

	return i >= 0 && kind->attrs[i].origin == ORIGIN_HEARTHD ? &kind->attrs[i] : NULL;
}

int manager_own_init(struct unit *u)
{
	static const char *const names[] = {"health", "problem"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct model_attr *model = model_of(u, names[i]);
		int r = model ? appliance_add_own(u->appliance, model) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

static int64_t code_of(const struct unit *u, const struct model_attr *model)
{
	const char *health = unit_health(u);

	if (model->type == ATTR_BOOL)
		return unit_problem(u);
	for (size_t i = 0; i < model->n_values; i++)
		if (streq(model->values[i].name, health))
			return model->values[i].value;
	return 0;
}

void manager_own_update(struct unit *u, uint64_t now)
{
	struct appliance *a = u->appliance;
	struct attribute *changed[2];
	size_t n = 0;

	for (size_t i = 0; i < a->n_attrs; i++) {
		struct attribute *attr = &a->attrs[i];
		int64_t code;

		if (attr->point)
			continue;
		code = code_of(u, attr->model);
		if (attr->seen && attr->value.code == code) {
			attr->value.t_us = now; /* still true */
			continue;
		}
		attr->value = (struct reading){.quality = QUALITY_GOOD,
			.type = attr->model->type == ATTR_BOOL ? VALUE_BOOL : VALUE_ENUM,
			.t_us = now,
			.code = code};
		attr->seen = true;
		attr->changed_us = now;
		manager_add_sample(u, attr);
		u->retained_dirty = true;
		if (n < ARRAY_SIZE(changed))
			changed[n++] = attr;
	}
	if (n > 0)
		manager_dbus_readings(u, changed, n);
}
