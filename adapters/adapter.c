/* SPDX-License-Identifier: Apache-2.0 */
#include "mitsubishi-cn105.h"
#include "modbus.h"

/* A new protocol is one line here. */
const struct adapter *const adapters[] = {
	&adapter_mitsubishi_cn105,
	&adapter_modbus,
	NULL,
};

const struct adapter *adapter_by_name(const char *name)
{
	for (size_t i = 0; adapters[i]; i++)
		if (streq(adapters[i]->name, name))
			return adapters[i];
	return NULL;
}

void blocks_done(struct blocks *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->v[i].points);
	free(b->v);
	*b = (struct blocks){0};
}
