/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file that a person wrote: parsed or refused with problems, never both or neither;
 * what was parsed answers every getter. */
#include "daemon/config/ini.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_everything(struct ini *ini, struct problems *p)
{
	static const struct ini_name names[] = {{"yes", 1}, {"no", 0}, {NULL, 0}};
	static const char *const known[] = {"Key", "Label", "Device", NULL};

	for (struct ini_section *s = ini->sections; s; s = s->next) {
		if (ini_section(ini, s->type, s->arg) != s)
			abort();
		for (struct ini_entry *e = s->entries; e; e = e->next) {
			bool b;
			uint64_t u;
			double d;
			int v;
			char **list = NULL;
			size_t n;

			if (!utf8_valid(e->value, strlen(e->value)) || !*e->key)
				abort();
			(void)ini_get_bool(s, e->key, p, &b);
			(void)ini_get_u64(s, e->key, 1, 247, p, &u);
			(void)ini_get_double(s, e->key, -1, 1, p, &d);
			(void)ini_get_duration(s, e->key, 0, USEC_PER_DAY, p, &u);
			(void)ini_get_size(s, e->key, 0, 1 << 20, p, &u);
			(void)ini_get_enum(s, e->key, names, p, &v);
			(void)ini_get_list(s, e->key, 16, p, &list, &n);
			free(list);
			if (e->locale && *e->value && ini_get(s, e->key, e->locale) != e)
				abort();
		}
		ini_warn_unused(s, known, p);
	}
	ini_warn_unknown_sections(ini, known, p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems p = {0};
	struct ini *ini = NULL;
	char line[256];
	int r = ini_parse((const char *)data, size, "fuzz", &p, &ini);

	if ((r == 0) != (ini != NULL) || (r == -EINVAL) != (p.n_errors > 0))
		abort();
	if (ini)
		take_everything(ini, &p);
	for (size_t i = 0; i < p.n; i++)
		problem_format(line, sizeof(line), &p.v[i]);
	problems_done(&p);
	ini_free(ini);
	return 0;
}
