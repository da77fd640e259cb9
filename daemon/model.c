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
