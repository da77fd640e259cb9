/* SPDX-License-Identifier: Apache-2.0 */
/* What a gate keeps across restarts, as bytes: a version, then records. Names of sources and
 * attributes rather than indexes, for profiles change. The store checks the sum of it; a record that
 * does not fit is an error of the whole. */
#include "gate-internal.h"

#define VERSION 1

struct out {
	uint8_t *p;
	size_t n, size;
};

static void put(struct out *o, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++, o->n++)
		if (o->n < o->size)
			o->p[o->n] = (uint8_t)(v >> 8 * i);
}

static void put_text(struct out *o, const char *s)
{
	size_t n = MIN(strlen(s), (size_t)255);

	put(o, n, 1);
	for (size_t i = 0; i < n; i++)
		put(o, (uint8_t)s[i], 1);
}

static void put_raw(struct out *o, const struct write_raw *r)
{
	uint64_t bits;

	memcpy(&bits, &r->num, sizeof(bits));
	put(o, (uint64_t)r->raw, 8);
	put(o, bits, 8);
}

int gate_save(const struct gate *g, uint8_t *dst, size_t size)
{
	struct out o = {dst, 0, size};

	put(&o, VERSION, 1);
	for (size_t i = 0; i < g->n_entries; i++) {
		const struct entry *e = &g->entries[i];

		if (!e->written && !e->active)
			continue;
		put(&o, 'E', 1);
		put_text(&o, g->sources[e->source].name);
		put_text(&o, e->w->attribute);
		put(&o, e->last_us, 8);
		put(&o,
			(e->written ? 1U : 0U) | (e->active ? 2U : 0U) | (e->has_safe ? 4U : 0U) |
				(e->put_back ? 8U : 0U),
			1);
		put(&o, e->n_slots, 1);
		for (unsigned k = 0; k < e->n_slots; k++) {
			put(&o, e->slots[k].t_us, 8);
			put(&o, e->slots[k].n, 2);
		}
		if (!e->active)
			continue;
		put_raw(&o, &e->set);
		put_raw(&o, &e->safe);
		put(&o, e->until_us, 8);
	}
	for (size_t i = 0; i < g->n_cells; i++) {
		const struct cell *c = &g->cells[i];

		put(&o, 'C', 1);
		put_text(&o, g->sources[c->source].name);
		put(&o, (c->coil ? 1U : 0U) | (c->relative ? 2U : 0U), 1);
		put(&o, (uint16_t)c->device, 2);
		put(&o, c->address, 2);
		put(&o, c->count, 4);
	}
	return o.n <= o.size ? (int)o.n : -E2BIG;
}

struct in {
	const uint8_t *p;
	size_t n, at;
	bool bad;
};

static uint64_t get(struct in *in, unsigned bytes)
{
	uint64_t v = 0;

	if (in->n - in->at < bytes) {
		in->bad = true;
		in->at = in->n;
		return 0;
	}
	for (unsigned i = 0; i < bytes; i++)
		v |= (uint64_t)in->p[in->at++] << 8 * i;
	return v;
}

static void get_text(struct in *in, char dst[256])
{
	size_t n = (size_t)get(in, 1);

	if (in->n - in->at < n) {
		in->bad = true;
		n = 0;
	}
	memcpy(dst, in->p + in->at, n);
	dst[n] = '\0';
	in->at += n;
}

static void get_raw(struct in *in, struct write_raw *ret)
{
	uint64_t bits;

	ret->raw = (int64_t)get(in, 8);
	bits = get(in, 8);
	memcpy(&ret->num, &bits, sizeof(bits));
}

static int source_by_name(const struct gate *g, const char *name)
{
	for (size_t i = 0; i < g->n_sources; i++)
		if (streq(g->sources[i].name, name))
			return (int)i;
	return -ENOENT;
}

/* Times of another boot say nothing: everything counts as done just now. */
static uint64_t time_of(uint64_t saved, uint64_t now, bool same_boot)
{
	return same_boot ? MIN(saved, now) : now;
}

static void load_entry(struct gate *g, struct in *in, uint64_t now, bool same_boot, bool restart)
{
	struct entry e = {.until_us = USEC_INFINITY, .refresh_at_us = USEC_INFINITY}, *to = NULL;
	char source[256], attribute[256];
	unsigned flags, n;
	int s;

	get_text(in, source);
	get_text(in, attribute);
	e.last_us = time_of(get(in, 8), now, same_boot);
	flags = (unsigned)get(in, 1);
	n = (unsigned)get(in, 1);
	if (n > SLOTS_MAX)
		in->bad = true;
	for (unsigned i = 0; i < n && !in->bad; i++) {
		e.slots[i].t_us = time_of(get(in, 8), now, same_boot);
		e.slots[i].n = (uint16_t)get(in, 2);
		e.n_slots = (uint8_t)(i + 1);
	}
	e.written = flags & 1;
	if (flags & 2) {
		e.active = true;
		e.has_safe = flags & 4;
		e.put_back = (flags & 8) || restart;
		e.at_once = restart;
		get_raw(in, &e.set);
		get_raw(in, &e.safe);
		e.until_us = get(in, 8);
	}
	s = source_by_name(g, source);
	for (size_t i = 0; i < g->n_entries && s >= 0 && !in->bad; i++)
		if (g->entries[i].source == s && streq(g->entries[i].w->attribute, attribute))
			to = &g->entries[i];
	if (!to) {
		if (e.has_safe && !in->bad)
			(void)str_copy(g->forsaken, sizeof(g->forsaken), attribute);
		return;
	}
	e.source = to->source;
	e.rule = to->rule;
	e.w = to->w;
	/* Without a safe value there is nothing to put back: the appliance forgets it. A rule that has
	 * changed into a command has no value either. */
	if (e.active && ((restart && !e.has_safe) || (e.w->fixed && !e.w->pulse_us))) {
		e.active = e.has_safe = e.put_back = e.at_once = false;
		e.until_us = USEC_INFINITY;
	}
	/* Nobody ends a pulse that was on its way. */
	if (e.active && e.w->pulse_us)
		e.put_back = e.at_once = true;
	if (e.active && e.w->expires_us && !e.put_back)
		e.refresh_at_us = now;
	*to = e;
}

static void load_cell(struct gate *g, struct in *in)
{
	struct cell c = {0}, *to = NULL;
	char source[256];
	unsigned flags;
	int s;

	get_text(in, source);
	flags = (unsigned)get(in, 1);
	c.coil = flags & 1;
	c.relative = flags & 2;
	c.device = (int16_t)get(in, 2);
	c.address = (uint16_t)get(in, 2);
	c.count = (uint32_t)get(in, 4);
	s = source_by_name(g, source);
	if (in->bad || s < 0)
		return;
	c.source = (uint8_t)s;
	for (size_t i = 0; i < g->n_cells; i++)
		if (g->cells[i].source == c.source && g->cells[i].coil == c.coil &&
			g->cells[i].relative == c.relative && g->cells[i].device == c.device &&
			g->cells[i].address == c.address)
			to = &g->cells[i];
	if (to)
		to->count = MAX(to->count, c.count);
	else if (g->n_cells < GATE_CELLS_MAX && g->n_entries > 0)
		g->cells[g->n_cells++] = c;
}

int gate_load(
	struct gate *g, uint64_t now_us, const uint8_t *p, size_t n, bool same_boot, bool restart)
{
	struct in in = {.p = p, .n = n};

	if (n == 0 || get(&in, 1) != VERSION)
		return -EBADMSG;
	/* Twice: first only looked at, so that half a file changes nothing. */
	for (unsigned pass = 0; pass < 2; pass++) {
		struct gate none = {0};

		in.at = 1;
		while (in.at < in.n && !in.bad) {
			switch (get(&in, 1)) {
			case 'E':
				load_entry(pass ? g : &none, &in, now_us, same_boot, restart);
				break;
			case 'C':
				load_cell(pass ? g : &none, &in);
				break;
			default:
				in.bad = true;
			}
		}
		if (in.bad)
			return -EBADMSG;
	}
	return 0;
}
