/* SPDX-License-Identifier: Apache-2.0 */
/* Registers that a source has not got, kept in the journal for its next start. */
#include "manager-bus.h"

#define VERSION   1
#define HOLE_SIZE 8

/* One source; those without holes too, so that each is asked for once. At most one for each source
 * that was configured since the start. */
struct known_holes {
	char name[72];
	uint8_t *blob; /* as stored; NULL: none */
	size_t n_blob;
	struct hole v[HOLES_MAX]; /* of the last manager_holes_get() */
	struct known_holes *next;
};

size_t holes_pack(const char *profile, const struct hole *v, size_t n, uint8_t dst[HOLES_BLOB_MAX])
{
	size_t id = MIN(strlen(profile), 255), at = 2 + id;

	dst[0] = VERSION;
	dst[1] = (uint8_t)id;
	memcpy(dst + 2, profile, id);
	for (size_t i = 0; i < MIN(n, HOLES_MAX); i++, at += HOLE_SIZE) {
		dst[at] = v[i].kind;
		dst[at + 1] = v[i].unit;
		dst[at + 2] = v[i].function;
		dst[at + 3] = v[i].tests;
		put_be16(dst + at + 4, v[i].first);
		put_be16(dst + at + 6, v[i].last);
	}
	return at;
}

int holes_unpack(
	const uint8_t *p, size_t n, const char *profile, struct hole ret[HOLES_MAX], size_t *ret_n)
{
	size_t id, k;

	if (n < 2 || p[0] != VERSION)
		return -EBADMSG;
	id = p[1];
	if (n < 2 + id || (n - 2 - id) % HOLE_SIZE != 0 || (n - 2 - id) / HOLE_SIZE > HOLES_MAX)
		return -EBADMSG;
	if (id != strlen(profile) || memcmp(p + 2, profile, id) != 0)
		return -ESTALE;
	p += 2 + id;
	k = (n - 2 - id) / HOLE_SIZE;
	for (size_t i = 0; i < k; i++, p += HOLE_SIZE)
		ret[i] = (struct hole){p[0], p[1], p[2], p[3], be16(p + 4), be16(p + 6)};
	*ret_n = k;
	return 0;
}

static struct known_holes *find(const struct manager *m, const char *name)
{
	for (struct known_holes *k = m->holes; k; k = k->next)
		if (streq(k->name, name))
			return k;
	return NULL;
}

/* NULL on no memory: then they are learned again. */
static struct known_holes *add(struct manager *m, const char *name)
{
	struct known_holes *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	(void)str_copy(k->name, sizeof(k->name), name);
	k->next = m->holes;
	m->holes = k;
	return k;
}

static void set_blob(struct known_holes *k, const void *blob, size_t n)
{
	free(k->blob);
	k->blob = n > 0 && n <= HOLES_BLOB_MAX ? malloc(n) : NULL;
	k->n_blob = k->blob ? n : 0;
	if (k->blob)
		memcpy(k->blob, blob, n);
}

static void on_stored(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	struct manager *m = userdata;
	const char *name = error == 0 ? startswith(key, "holes/") : NULL;
	struct known_holes *k = name ? find(m, name) : NULL;

	/* What a worker has learned meanwhile is newer. */
	if (k && !k->blob)
		set_blob(k, blob, n);
}

static void source_name(const struct unit *u, size_t source, char *dst, size_t size)
{
	(void)snprintf(dst, size, "%s/%s", u->appliance->conf->id,
		u->appliance->sources[source].conf->name);
}

void manager_holes_load(struct manager *m)
{
	for (size_t i = 0; i < m->n_units; i++)
		for (size_t k = 0; k < m->units[i].appliance->n_sources; k++) {
			char name[72], key[80];

			source_name(&m->units[i], k, name, sizeof(name));
			if (find(m, name) || !add(m, name))
				continue;
			(void)snprintf(key, sizeof(key), "holes/%s", name);
			(void)journal_get_meta(m->journal, key, on_stored, m);
		}
}

void manager_holes_put(struct manager *m, uint32_t tag, const struct hole *v, size_t n)
{
	size_t unit = tag >> 8, source = tag & 0xFF, size;
	uint8_t blob[HOLES_BLOB_MAX];
	char name[72], key[80];
	struct known_holes *k;

	if (unit >= m->n_units || source >= m->units[unit].appliance->n_sources)
		return;
	source_name(&m->units[unit], source, name, sizeof(name));
	k = find(m, name);
	if (!k)
		k = add(m, name);
	if (!k)
		return;
	size = n == 0 ? 0
		      : holes_pack(m->units[unit].appliance->sources[source].conf->profile->id, v,
				n, blob);
	set_blob(k, blob, size);
	(void)snprintf(key, sizeof(key), "holes/%s", name);
	(void)journal_put_meta(m->journal, key, blob, size, NULL, NULL);
}

const struct hole *manager_holes_get(
	const struct manager *m, const char *name, const char *profile, size_t *ret_n)
{
	struct known_holes *k = find(m, name);

	*ret_n = 0;
	if (!k || !k->blob || holes_unpack(k->blob, k->n_blob, profile, k->v, ret_n) < 0)
		return NULL;
	return k->v;
}

void manager_holes_free(struct manager *m)
{
	while (m->holes) {
		struct known_holes *k = m->holes;

		m->holes = k->next;
		free(k->blob);
		free(k);
	}
}
