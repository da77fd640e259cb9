/* SPDX-License-Identifier: Apache-2.0 */
/* Care as JSON, in both languages: org.hearthd.Care1 hands it over, hearthctl words it. */
#include "manager-care.h"
#include "daemon/report/report-internal.h"

#include <math.h>

static void write_known(struct writer *w, const char *key, double v, int decimals)
{
	if (!isfinite(v))
		return;
	write_key(w, key);
	write_decimal(w, v, decimals);
}

static void write_who(struct writer *w, enum who who)
{
	write_member(w, "who", who_word(who));
	write_both(w, "who_name", who_name(who, false), who_name(who, true));
}

static const char *reason_word(enum maintenance_reason r)
{
	switch (r) {
	case MAINTENANCE_BY_NONE:
		return NULL;
	case MAINTENANCE_BY_USE:
		return "use";
	case MAINTENANCE_BY_TIME:
		return "time";
	case MAINTENANCE_BY_OWN:
		return "own";
	}
	return NULL;
}

static void write_resets(struct writer *w, const struct maintenance *m, unsigned i)
{
	struct maintenance_record v[MAINTENANCE_RECORDS];
	size_t n = maintenance_records(m, i, v);

	write_key(w, "done");
	write_open(w, '[');
	for (size_t k = 0; k < n; k++) {
		write_open(w, '{');
		if (v[k].at_s > 0) {
			write_key(w, "at");
			write_signed(w, v[k].at_s);
		}
		write_who(w, v[k].who);
		write_member(w, "by", v[k].by);
		write_known(w, "share", v[k].share, 3);
		write_close(w, '}');
	}
	write_close(w, ']');
}

static void write_item(struct writer *w, const struct unit *u, unsigned i)
{
	const struct maintenance *m = u->care->maintenance;
	struct maintenance_status s;
	char unit[32];

	maintenance_status(m, i, &s);
	expr_unit_format(unit, sizeof(unit), &s.unit);
	write_open(w, '{');
	write_member(w, "appliance", u->appliance->conf->id);
	write_member(w, "item", s.item->id);
	write_both(w, "name", s.item->name.en, s.item->name.zh);
	write_both(w, "part", s.item->part.en, s.item->part.zh);
	write_both(w, "text", s.item->text.en, s.item->text.zh);
	write_who(w, s.item->who);
	write_member(w, "danger", danger_word(s.item->danger));
	write_key(w, "minutes");
	write_unsigned(w, s.item->minutes);
	write_member(w, "state", maintenance_state_name(s.state));
	write_member(w, "reason", reason_word(s.reason));
	write_known(w, "share", s.share, 3);
	if (isfinite(s.used)) {
		write_known(w, "used", s.used, 2);
		write_known(w, "every", s.every, 2);
		write_member(w, "unit", unit);
	}
	if (s.missing_h >= 0.1)
		write_known(w, "missing_h", s.missing_h, 1);
	write_known(w, "days_left", s.days_left, 1);
	if (s.since_s > 0) {
		write_key(w, "since");
		write_signed(w, s.since_s);
	}
	write_key(w, "calendar");
	write_bool(w, s.item->calendar_us > 0);
	write_key(w, "unconfirmed");
	write_bool(w, s.item->unconfirmed);
	write_member(w, "sources", s.item->sources);
	write_resets(w, m, i);
	write_close(w, '}');
}

int manager_care_items(struct manager *m, const char *appliance, char **ret)
{
	struct writer w = {0};
	size_t n;

	write_open(&w, '{');
	write_key(&w, "clock_set");
	write_bool(&w, clock_is_set(m->config->clock));
	write_key(&w, "items");
	write_open(&w, '[');
	for (size_t k = 0; k < m->n_units; k++) {
		const struct unit *u = &m->units[k];

		if (!u->care || (!isempty(appliance) && !streq(appliance, u->appliance->conf->id)))
			continue;
		for (unsigned i = 0; i < maintenance_count(u->care->maintenance); i++)
			write_item(&w, u, i);
	}
	write_close(&w, ']');
	write_close(&w, '}');
	return writer_take(&w, ret, &n);
}
