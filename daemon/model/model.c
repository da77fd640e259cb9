/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

const struct model_kind *model_kind_by_name(const char *name)
{
	for (size_t i = 0; i < model_n_kinds; i++)
		if (streq(model_kinds[i].name, name))
			return &model_kinds[i];
	return NULL;
}

int model_attr_index(const struct model_kind *k, const char *name)
{
	for (size_t i = 0; i < k->n_attrs; i++)
		if (streq(k->attrs[i].name, name))
			return (int)i;
	return -ENOENT;
}

int model_value_by_name(const struct model_attr *a, const char *name, int64_t *ret)
{
	for (size_t i = 0; i < a->n_values; i++)
		if (streq(a->values[i].name, name)) {
			*ret = a->values[i].value;
			return 0;
		}
	return -ENOENT;
}

const char *model_value_name(const struct model_attr *a, int64_t value)
{
	for (size_t i = 0; i < a->n_values; i++)
		if (a->values[i].value == value)
			return a->values[i].name;
	return NULL;
}

double model_unit_deadband(unit_id unit)
{
	double least = 0;

	for (size_t k = 0; unit != UNIT_NONE && k < model_n_kinds; k++)
		for (size_t i = 0; i < model_kinds[k].n_attrs; i++) {
			const struct model_attr *a = &model_kinds[k].attrs[i];
			double d;

			if (a->deadband <= 0 || !unit_convertible(a->unit, unit))
				continue;
			d = unit_convert(a->deadband, a->unit, unit) -
			    unit_convert(0, a->unit, unit);
			least = least > 0 ? MIN(least, d) : d;
		}
	return least;
}

const char *attr_type_name(enum attr_type type)
{
	switch (type) {
	case ATTR_NUMBER:
		return "number";
	case ATTR_BOOL:
		return "bool";
	case ATTR_ENUM:
		return "enum";
	case ATTR_BITS:
		return "bits";
	case ATTR_STRING:
		return "string";
	case ATTR_TIMESTAMP:
		return "timestamp";
	case ATTR_COMMAND:
		return "command";
	case _ATTR_TYPE_MAX:
		break;
	}
	return "";
}
