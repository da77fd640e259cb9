/* SPDX-License-Identifier: Apache-2.0 */
/* Care that is soon due or due, as a finding of the class maintenance: told in the house and upstream like
 * any other, at most one message a day and appliance, and gone when somebody has done it. */
#include "manager-care.h"
#include "manager-rules.h"

static void make_key(char *dst, size_t size, const struct maintenance_item *item)
{
	(void)snprintf(dst, size, MANAGER_CARE_PREFIX "%s", item->id);
}

bool manager_care_has_key(const struct unit *u, const char *key)
{
	const char *item = startswith(key, MANAGER_CARE_PREFIX);

	return item && u->care && maintenance_find(u->care->maintenance, item) >= 0;
}

static char *meaning(const struct maintenance_status *s, bool zh)
{
	const char *name = words_in(&s->item->name, zh), *text = words_in(&s->item->text, zh);
	bool due = s->state == MAINTENANCE_DUE;
	char *ret = NULL;

	if (asprintf(&ret, zh ? "%s：%s。%s" : "%s: %s. %s", name,
		    zh ? (due ? "已到期" : "即将到期") : (due ? "due" : "due soon"), text) < 0)
		return NULL;
	return ret;
}

struct told {
	struct unit *unit;
	const struct finding_clock *clock;
};

static void on_finding(
	struct findings *f, struct finding *v, enum finding_change change, void *userdata)
{
	struct told *t = userdata;

	if (change == FINDING_RAISED)
		v->held = !manager_rules_may_tell(t->unit, v, t->clock);
	manager_unit_finding(f, v, change, t->unit);
}

void manager_care_tell(struct unit *u, unsigned i)
{
	struct finding_clock clock = manager_clock(u->manager);
	struct told t = {u, &clock};
	struct maintenance_status s;
	_cleanup_free_ char *en = NULL, *zh = NULL;
	char key[112];

	maintenance_status(u->care->maintenance, i, &s);
	make_key(key, sizeof(key), s.item);
	if (s.state == MAINTENANCE_NOT_KNOWN)
		return;
	if (s.state == MAINTENANCE_OK) {
		findings_observe(
			&u->diagnose.findings, key, OBSERVED_ABSENT, NULL, &clock, on_finding, &t);
		return;
	}
	en = meaning(&s, false);
	zh = meaning(&s, true);
	findings_observe(&u->diagnose.findings, key, OBSERVED_PRESENT,
		&(struct finding_template){.code = s.item->id,
			.meaning_en = en,
			.meaning_zh = zh,
			.component = s.item->part.en,
			.source = s.item->sources,
			.severity = s.state == MAINTENANCE_DUE ? SEVERITY_CARE : SEVERITY_INFO,
			.class = CLASS_MAINTENANCE,
			.confidence = s.item->unconfirmed ? CONFIDENCE_LOW : CONFIDENCE_MEDIUM,
			.household = s.item->who == WHO_HOUSEHOLD,
			.at_once = true},
		&clock, on_finding, &t);
}
