/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "modbus.h"

#include "daemon/appliance/appliance.h"

/* The point of "Point NAME.Key", or NULL. */
static const struct point *point_of(const struct profile *p, const char *key)
{
	const char *name = startswith(key, "Point "), *dot = name ? strrchr(name, '.') : NULL;
	char point[64];
	int i;

	if (!dot || (size_t)(dot - name) >= sizeof(point))
		return NULL;
	(void)snprintf(point, sizeof(point), "%.*s", (int)(dot - name), name);
	i = profile_point_by_name(p, point);
	return i >= 0 ? &p->points[i] : NULL;
}

static bool in_ranges(const struct profile *p, const struct modbus_point *m)
{
	bool any = false;

	for (size_t i = 0; i < p->n_ranges; i++) {
		const struct read_range *r = &p->ranges[i];

		if (modbus_bank_parse(r->bank, strlen(r->bank)) != m->function)
			continue;
		any = true;
		if (m->first >= r->first && m->first + m->n - 1u <= r->last)
			return true;
	}
	return !any;
}

/* Both lines were written by the same hand, and one of them is wrong. */
static void warn_outside(const struct profile *p, struct problems *problems)
{
	for (size_t i = 0; i < p->n_points; i++) {
		const struct point *pt = &p->points[i];
		struct modbus_point m;
		char text[160], key[96];

		if (!pt->read ||
			modbus_point_parse(pt->read, p->addressing, pt->type, pt->string_len, &m,
				text, sizeof(text)) < 0 ||
			in_ranges(p, &m))
			continue;
		(void)snprintf(key, sizeof(key), "Point %s.Read", pt->name);
		(void)problem_add(problems, PROBLEM_WARNING, pt->file ? pt->file : p->path,
			pt->line, key,
			"%s lies outside Readable= of [Line]; widen the range or mend the address",
			pt->read);
	}
}

int check_profile(const struct profile *profile, const struct source_config *config,
	struct problems *problems, struct blocks *ret_blocks)
{
	struct source_config own = {.unit = profile->line.unit >= 0 ? profile->line.unit : 1};
	const struct adapter *a = adapter_by_name(profile->adapter);
	_cleanup_free_ void *state = NULL;
	struct errdetail detail = {0};
	struct blocks blocks = {0};
	int r;

	if (!a)
		return problem_add(problems, PROBLEM_ERROR, profile->path, 0, "Profile.Adapter",
			"this version has no protocol \"%s\"; \"hearthctl adapter list\" shows "
			"those it has",
			profile->adapter);
	/* 10 bits a character: the plan is that of the appliance's own speed. */
	if (a->transport == TRANSPORT_MODBUS && profile->line.baud)
		own.char_us = 10 * USEC_PER_SEC / profile->line.baud;
	state = calloc(1, MAX(a->state_size, (size_t)1));
	if (!state)
		return -ENOMEM;
	r = a->configure(state, profile, config ? config : &own, &blocks, &detail);
	if (r == 0 && a->transport == TRANSPORT_MODBUS)
		warn_outside(profile, problems);
	if (r < 0 && r != -ENOMEM && r != -EOPNOTSUPP) {
		const struct point *pt = point_of(profile, detail.key);

		r = problem_add(problems, PROBLEM_ERROR, pt && pt->file ? pt->file : profile->path,
			pt ? pt->line : 0, *detail.key ? detail.key : NULL, "%s",
			*detail.text ? detail.text : strerror(-r));
	}
	if (r == 0 && ret_blocks) {
		*ret_blocks = blocks;
		blocks = (struct blocks){0};
	}
	blocks_done(&blocks);
	if (a->done)
		a->done(state);
	return r;
}

static const struct bus_config *bus_of(const struct config *c, const struct source_conf *s)
{
	for (size_t i = 0; i < c->n_buses; i++)
		if (streq(c->buses[i].id, s->bus))
			return &c->buses[i];
	return NULL;
}

int check_source(const struct config *c, const struct appliance_config *a,
	const struct source_conf *s, struct problems *problems)
{
	const struct adapter *adapter = adapter_by_name(s->profile->adapter);
	const struct bus_config *bus = bus_of(c, s);
	struct source_config config = {
		.unit = s->unit >= 0 ? s->unit : s->profile->line.unit, .period_us = s->period_us};
	enum transport_kind kind;
	char key[64], text[160];
	int r;

	(void)snprintf(key, sizeof(key), "Source %s", s->name);
	if (!bus || transport_parse(bus->device, &kind, text, sizeof(text)) < 0)
		return 0; /* said by the loader */
	if (adapter && kind != adapter->transport)
		return problem_add(problems, PROBLEM_ERROR, a->file, s->line, key,
			"profile %s speaks %s, and [Bus %s] is %s; it needs a bus with %s",
			s->profile_id, adapter->name, bus->id, bus->device,
			adapter->transport == TRANSPORT_MODBUS ? "rtu:, tcp: or rtutcp:"
							       : "serial: or serialtcp:");
	config.listen_only = bus->listen;
	r = check_profile(s->profile, &config, problems, NULL);
	if (r == -EOPNOTSUPP)
		return problem_add(problems, PROBLEM_ERROR, a->file, s->line, key,
			"[Bus %s] has Listen=yes, but %s has to ask", bus->id, adapter->name);
	return r;
}

static bool check_appliance(
	const struct config *c, const struct appliance_config *conf, struct problems *problems)
{
	struct appliance *a = NULL;
	bool good = appliance_new(conf, problems, &a) == 0;

	for (size_t i = 0; i < conf->n_sources; i++)
		good = check_source(c, conf, &conf->sources[i], problems) >= 0 && good;
	appliance_free(a);
	return good;
}

size_t check_config(const struct config *c, struct problems *problems)
{
	size_t good = 0;

	for (size_t i = 0; i < c->n_appliances; i++)
		good += check_appliance(c, &c->appliances[i], problems);
	return good;
}
