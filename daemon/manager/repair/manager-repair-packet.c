/* SPDX-License-Identifier: Apache-2.0 */
/* hearth.repair/1: what a service desk needs before the visit. In the names of its upstream, and without who did
 * what: that stays in the house. */
#include "daemon/manager/rules/manager-care.h"
#include "daemon/manager/feed/manager-feed-internal.h"
#include "manager-repair.h"
#include "daemon/report/report-internal.h"

#include <math.h>
#include <time.h>

#define TOLD_MAX   8  /* of a packet; fewer where they are too large together */
#define LIKELY_MAX 6  /* causes */
#define PAST_MAX   16 /* closed findings, by code, in .life */

static void write_names(struct writer *w, const char *key, const char *en, const char *zh)
{
	write_both(w, key, isempty(en) ? NULL : en, isempty(zh) ? NULL : zh);
}

static void write_text(struct writer *w, const char *key, const char *s)
{
	write_member(w, key, isempty(s) ? NULL : s);
}

static void write_seconds(struct writer *w, const char *key, int64_t wall_us)
{
	if (wall_us <= 0)
		return;
	write_key(w, key);
	write_signed(w, wall_us / (int64_t)USEC_PER_SEC);
}

static void write_number(struct writer *w, const char *key, double v, int decimals)
{
	if (!isfinite(v))
		return;
	write_key(w, key);
	write_decimal(w, v, decimals);
}

static void id_text(const struct feed *f, const struct finding *v, char ret[static 17])
{
	(void)snprintf(ret, 17, "%016llx", (unsigned long long)feed_name(f, v->id));
}

/* ---- the appliance */

/* Years since "2014", "2014-06" or "2014-06-30"; NAN without a clock. */
static double age_years(const char *installed, int64_t wall_us)
{
	struct tm tm = {.tm_mday = 1};
	int year, month = 1, day = 1;

	if (isempty(installed) || wall_us <= 0 ||
		sscanf(installed, "%4d-%2d-%2d", &year, &month, &day) < 1)
		return NAN;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	return MAX((double)(wall_us / (int64_t)USEC_PER_SEC - timegm(&tm)) / (365.25 * 86400), 0.0);
}

static void write_appliance(struct writer *w, const struct feed *f, struct unit *u)
{
	const struct appliance_config *c = u->appliance->conf;
	bool names = feed_may_name(f);

	write_key(w, "appliance");
	write_open(w, '{');
	write_member(w, "id", feed_alias(f, u));
	write_member(w, "kind", c->kind->name);
	if (names) {
		write_names(w, "label", c->label.en, c->label.zh);
		write_text(w, "location", c->location);
	}
	write_text(w, "installed", c->installed);
	write_number(w, "age_years", age_years(c->installed, manager_clock(f->manager).wall_us), 1);
	write_key(w, "online");
	write_bool(w, appliance_reachable(u->appliance));
	write_key(w, "sources");
	write_open(w, '[');
	for (size_t i = 0; i < c->n_sources; i++) {
		const struct profile *p = c->sources[i].profile;

		write_open(w, '{');
		write_text(w, "maker", p->maker);
		write_text(w, "model", p->model);
		write_text(w, "profile", c->sources[i].profile_id);
		write_close(w, '}');
	}
	write_close(w, ']');
	write_close(w, '}');
}

/* ---- findings: active ones first, the gravest of them before; then the latest */

static int before(const void *a, const void *b)
{
	const struct finding *x = *(struct finding *const *)a, *y = *(struct finding *const *)b;
	bool ax = finding_is_active(x), ay = finding_is_active(y);

	if (ax != ay)
		return ax ? -1 : 1;
	if (ax && x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	return x->id > y->id ? -1 : x->id < y->id;
}

static size_t findings_of(const struct unit *u, struct finding **ret, size_t max)
{
	const struct findings *f = &u->diagnose.findings;
	size_t n = 0;

	for (size_t i = 0; i < f->n && n < max; i++)
		if (f->v[i]->id > 0 && !f->v[i]->held)
			ret[n++] = f->v[i];
	qsort(ret, n, sizeof(*ret), before);
	return n;
}

/* Whole, whatever the level of the upstream: the household has seen the page and said yes to it. Under the
 * names that events have there. */
static int write_findings(struct writer *w, const struct feed *f, const struct unit *u,
	struct finding *const *v, size_t n)
{
	write_key(w, "findings");
	write_open(w, '[');
	for (size_t i = 0; i < n; i++) {
		const struct event_privacy privacy = {
			.level = LEVEL_FULL,
			.id = feed_name(f, v[i]->id),
			.names_since_us = f->names_since_us,
		};
		int r;

		write_open(w, '{');
		r = write_record(w,
			&(struct event_text){
				.kind = u->appliance->conf->kind->name,
				.boot_id = feed_name(f, u->manager->boot_id),
				.f = v[i],
				.privacy = &privacy,
			},
			!finding_is_active(v[i]));
		if (r < 0)
			return r;
		write_close(w, '}');
	}
	write_close(w, ']');
	return 0;
}

/* ---- what may be behind it, and what would prove that wrong */

/* diagnosis_compose() wrote it: {"id":"X","share":0.6}, no blanks. */
static double share_of(const struct finding *v, const char *word)
{
	char member[KNOWLEDGE_ID_MAX + 32];
	const char *p;

	(void)snprintf(member, sizeof(member), "{\"id\":\"%.65s\",\"share\":", word);
	p = v->diagnosis ? strstr(v->diagnosis, member) : NULL;
	return p ? strtod(p + strlen(member), NULL) : NAN;
}

static void sureness_of(const struct finding *v, char *dst, size_t size)
{
	static const char member[] = "\"sureness\":\"";
	const char *p = v->diagnosis ? strstr(v->diagnosis, member) : NULL;

	(void)str_copy(dst, size, confidence_name(v->confidence));
	if (p)
		(void)snprintf(dst, size, "%.*s", (int)strcspn(p + sizeof(member) - 1, "\""),
			p + sizeof(member) - 1);
}

static void write_cause(struct writer *w, const struct feed *f, const struct finding *v,
	const char *word, const struct cause *c)
{
	char id[17], sureness[16];

	id_text(f, v, id);
	sureness_of(v, sureness, sizeof(sureness));
	write_open(w, '{');
	write_member(w, "finding", id);
	write_member(w, "cause", c->id);
	write_names(w, "name", c->name.en, c->name.zh);
	write_names(w, "part", c->part.en, c->part.zh);
	write_number(w, "share", share_of(v, word), 2);
	write_member(w, "sureness", sureness);
	write_key(w, "unconfirmed");
	write_bool(w, c->unconfirmed);
	write_member(w, "who", who_word(c->who));
	write_member(w, "danger", danger_word(c->danger));
	write_names(w, "decide", c->decide.en, c->decide.zh);
	if (c->n_expect_after > 0) {
		write_key(w, "expect_silent");
		write_open(w, '[');
		for (size_t i = 0; i < c->n_expect_after; i++)
			write_string(w, c->expect_after[i]);
		write_close(w, ']');
	}
	write_close(w, '}');
}

static void write_likely(struct writer *w, const struct feed *f, const struct unit *u,
	struct finding *const *v, size_t n)
{
	size_t written = 0;

	write_key(w, "likely");
	write_open(w, '[');
	for (size_t i = 0; i < n; i++) {
		char words[MANAGER_CARE_WORDS][KNOWLEDGE_ID_MAX + 1];
		size_t n_words = finding_is_active(v[i]) ? manager_care_words(v[i], words) : 0;

		for (size_t k = 0; k < n_words && written < LIKELY_MAX; k++) {
			const struct cause *c = manager_care_cause(u, words[k]);

			if (c) {
				write_cause(w, f, v[i], words[k], c);
				written++;
			}
		}
	}
	write_close(w, ']');
}

/* ---- what was tried already */

static void write_care_done(struct writer *w, const struct maintenance *m, unsigned i)
{
	struct maintenance_record v[MAINTENANCE_RECORDS];
	struct maintenance_status s;
	size_t n = maintenance_records(m, i, v);

	maintenance_status(m, i, &s);
	for (size_t k = 0; k < n; k++) {
		write_open(w, '{');
		write_member(w, "what", "care");
		write_member(w, "item", s.item->id);
		write_names(w, "name", s.item->name.en, s.item->name.zh);
		if (v[k].at_s > 0) {
			write_key(w, "t");
			write_signed(w, v[k].at_s);
		}
		write_member(w, "who", who_word(v[k].who));
		write_close(w, '}');
	}
}

static void write_tried(struct writer *w, const struct feed *f, const struct unit *u,
	struct finding *const *v, size_t n, const struct repair_set *sets, size_t n_sets)
{
	const struct maintenance *m = u->care ? u->care->maintenance : NULL;

	write_key(w, "tried");
	write_open(w, '[');
	for (size_t i = 0; i < n; i++) {
		char id[17];

		if (!v[i]->repair)
			continue;
		id_text(f, v[i], id);
		write_open(w, '{');
		write_member(w, "what", "repair");
		write_member(w, "finding", id);
		write_seconds(w, "t", v[i]->repair->wall_us);
		write_text(w, "part", v[i]->repair->part);
		write_member(w, "result", repair_state_name(v[i]->repair->state));
		write_close(w, '}');
	}
	for (unsigned i = 0; m && i < maintenance_count(m); i++)
		write_care_done(w, m, i);
	for (size_t i = 0; i < n_sets; i++) {
		write_open(w, '{');
		write_member(w, "what", "set");
		write_member(w, "attribute", sets[i].attribute);
		write_member(w, "value", sets[i].asked);
		write_seconds(w, "t", sets[i].wall_us);
		write_member(w, "result", sets[i].outcome);
		write_close(w, '}');
	}
	write_close(w, ']');
}

/* ---- the ledger of its life */

static void write_totals(struct writer *w, const struct appliance *a)
{
	write_key(w, "totals");
	write_open(w, '{');
	for (size_t i = 0; i < a->n_attrs; i++) {
		const struct attribute *x = &a->attrs[i];

		if (!x->total || !x->seen || x->value.quality != QUALITY_GOOD ||
			x->value.type != VALUE_NUMBER)
			continue;
		write_key(w, x->name);
		write_open(w, '{');
		write_key(w, "v");
		write_decimal(w, x->value.num, number_decimals(x->resolution, x->deadband));
		write_text(w, "unit", unit_name(x->unit));
		write_close(w, '}');
	}
	write_close(w, '}');
}

static void write_care(struct writer *w, const struct maintenance *m)
{
	write_key(w, "care");
	write_open(w, '[');
	for (unsigned i = 0; m && i < maintenance_count(m); i++) {
		struct maintenance_status s;
		struct maintenance_record last[MAINTENANCE_RECORDS];
		char unit[32];

		maintenance_status(m, i, &s);
		if (s.state == MAINTENANCE_NOT_KNOWN)
			continue;
		expr_unit_format(unit, sizeof(unit), &s.unit);
		write_open(w, '{');
		write_member(w, "item", s.item->id);
		write_names(w, "name", s.item->name.en, s.item->name.zh);
		write_member(w, "state", maintenance_state_name(s.state));
		write_number(w, "share", s.share, 2);
		if (isfinite(s.used)) {
			write_number(w, "used", s.used, 1);
			write_number(w, "every", s.every, 1);
			write_text(w, "unit", unit);
		}
		if (maintenance_records(m, i, last) > 0 && last[0].at_s > 0) {
			write_key(w, "last");
			write_signed(w, last[0].at_s);
		}
		write_close(w, '}');
	}
	write_close(w, ']');
}

static void write_life(struct writer *w, const struct unit *u, unsigned resets)
{
	struct finding *v[FINDINGS_MAX];
	size_t n = findings_of(u, v, ARRAY_SIZE(v)), written = 0;

	write_key(w, "life");
	write_open(w, '{');
	write_totals(w, u->appliance);
	write_care(w, u->care ? u->care->maintenance : NULL);
	write_key(w, "resets");
	write_unsigned(w, resets);
	write_key(w, "past");
	write_open(w, '[');
	for (size_t i = 0; i < n && written < PAST_MAX; i++) {
		if (finding_is_active(v[i]))
			continue;
		written++;
		write_open(w, '{');
		write_member(w, "code", v[i]->code);
		write_key(w, "times");
		write_unsigned(w, v[i]->times);
		write_seconds(w, "first", v[i]->first_wall_us);
		write_seconds(w, "last", v[i]->last_wall_us);
		write_close(w, '}');
	}
	write_close(w, ']');
	write_close(w, '}');
}

/* ---- the whole */

static void write_words(struct writer *w, const struct repair_words *v)
{
	write_text(w, "note", v->note);
	write_text(w, "when", v->when);
	if (!*v->name && !*v->phone && !*v->address && !*v->mail)
		return;
	write_key(w, "contact");
	write_open(w, '{');
	write_text(w, "name", v->name);
	write_text(w, "phone", v->phone);
	write_text(w, "address", v->address);
	write_text(w, "mail", v->mail);
	write_close(w, '}');
}

static void write_begin(struct writer *w, struct feed *f, const char *schema, const char *id)
{
	struct stamp now = feed_stamp_at(f, LEVEL_FULL, clock_boottime_us(), 0);

	write_open(w, '{');
	write_member(w, "schema", schema);
	write_member(w, "gw", upstream_gw(f->up));
	write_member(w, "request", id);
	write_stamp(w, &now);
}

int manager_repair_packet(struct feed *f, struct unit *u, const char *id,
	const struct repair_words *words, const struct repair_set *sets, size_t n_sets,
	unsigned resets, char **ret, size_t *ret_n)
{
	struct finding *v[FINDINGS_MAX];
	size_t n = MIN(findings_of(u, v, ARRAY_SIZE(v)), (size_t)TOLD_MAX);

	for (;; n--) {
		struct writer w = {0};
		char *p;
		int r;

		write_begin(&w, f, "hearth.repair/1", id);
		write_appliance(&w, f, u);
		r = write_findings(&w, f, u, v, n);
		if (r < 0) {
			writer_done(&w);
			return r;
		}
		write_likely(&w, f, u, v, n);
		write_tried(&w, f, u, v, n, sets, n_sets);
		write_life(&w, u, resets);
		write_words(&w, words);
		write_close(&w, '}');
		r = writer_take(&w, &p, ret_n);
		if (r < 0)
			return r;
		if (*ret_n <= REPAIR_PACKET_MAX) {
			*ret = p;
			return 0;
		}
		free(p);
		if (n == 0)
			return -E2BIG;
	}
}

int manager_repair_cancel_packet(
	struct feed *f, const struct repair_request *r, char **ret, size_t *ret_n)
{
	struct writer w = {0};

	write_begin(&w, f, "hearth.cancel/1", r->id);
	write_close(&w, '}');
	return writer_take(&w, ret, ret_n);
}
