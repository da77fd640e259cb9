/* SPDX-License-Identifier: Apache-2.0 */
/* Everything but the report: event, birth, info, status, meta, state, the dictionary of names. */
#include "report-internal.h"

static void write_member_unsigned(struct writer *w, const char *key, uint64_t v)
{
	write_key(w, key);
	write_unsigned(w, v);
}

static const char *not_empty(const char *s)
{
	return s && *s ? s : NULL;
}

/* ---- event */

static const char *change_name(enum finding_change c)
{
	switch (c) {
	case FINDING_RAISED:
		return "raised";
	case FINDING_CHANGED:
		return "changed";
	case FINDING_CLEARED:
		return "cleared";
	}
	return "changed";
}

/* {"t": …} of a moment in the record; left out where nobody knows it any more. */
static void write_moment(struct writer *w, const char *key, const struct event_text *e,
	uint64_t t_us, int64_t wall_us)
{
	struct stamp t = {.boot_id = e->boot_id, .t_us = t_us, .wall_us = wall_us};

	if (!wall_us && (e->f->restored || !t_us))
		return;
	if (e->privacy) {
		if (wall_us && wall_us < e->privacy->names_since_us)
			return;
		t = stamp_reduce(e->privacy->level, t);
	}
	write_key(w, key);
	write_open(w, '{');
	write_stamp(w, &t);
	write_close(w, '}');
}

void write_steps_done(struct writer *w, const struct finding *f)
{
	if (f->n_steps == 0)
		return;
	write_key(w, "steps_done");
	write_open(w, '[');
	for (size_t i = 0; i < f->n_steps; i++) {
		write_open(w, '{');
		write_member(w, "cause", f->steps[i].cause);
		write_member_unsigned(w, "step", f->steps[i].step);
		write_member(w, "by", f->steps[i].seen ? "readings" : "person");
		if (f->steps[i].wall_us > 0)
			write_member_unsigned(
				w, "at", (uint64_t)f->steps[i].wall_us / USEC_PER_SEC);
		write_close(w, '}');
	}
	write_close(w, ']');
}

static void write_frame(struct writer *w, const struct event_text *e)
{
	const struct finding *f = e->f;

	write_key(w, "frame");
	write_open(w, '{');
	for (size_t i = 0; i < f->n_freeze; i++) {
		const struct frozen *z = &f->freeze[i];
		bool good = z->quality == QUALITY_GOOD;
		struct frozen less;

		if (e->privacy) {
			if (!frozen_reduce(e->privacy->level, e->kind, z, &less))
				continue;
			z = &less;
		}

		write_key(w, z->name);
		write_open(w, '{');
		write_key(w, "v");
		write_value(w, good && *z->value ? z->type : VALUE_NONE, z->value);
		if (*z->before) {
			write_key(w, "before");
			write_value(w, z->type, z->before);
		}
		if (*z->after) {
			write_key(w, "after");
			write_value(w, z->type, z->after);
		}
		write_member(w, "unit", not_empty(z->unit));
		if (!good)
			write_member(w, "q", quality_name(z->quality));
		write_close(w, '}');
	}
	write_close(w, '}');
}

int write_record(struct writer *w, const struct event_text *e, bool cleared)
{
	const struct finding *f = e->f;
	_cleanup_free_ char *diagnosis = NULL;
	char id[17];
	int r;

	if (f->diagnosis && e->privacy) {
		r = diagnosis_reduce(e->privacy->level, e->kind, f->diagnosis, &diagnosis);
		if (r < 0 && r != -EBADMSG)
			return r; /* a damaged record goes without it */
	}
	(void)snprintf(id, sizeof(id), "%016llx",
		(unsigned long long)(e->privacy ? e->privacy->id : f->id));
	write_member(w, "id", id);
	write_member(w, "appliance", e->appliance);
	write_member(w, "subject", e->subject);
	write_member(w, "kind", e->kind);
	write_member(w, "code", f->code);
	if (f->meaning_en || f->meaning_zh)
		write_both(w, "meaning", f->meaning_en, f->meaning_zh);
	else {
		write_key(w, "meaning");
		write_null(w);
	}
	write_member(w, "severity", severity_name(f->severity));
	write_member(w, "class", fault_class_name(f->class));
	write_member(w, "confidence", confidence_name(f->confidence));
	write_member(w, "component", not_empty(f->component));
	write_member(w, "source", not_empty(f->source));
	if (f->household >= 0) {
		write_key(w, "household");
		write_bool(w, f->household > 0);
	}
	write_member(w, "state", cleared ? "cleared" : "active");
	write_moment(w, "first", e, f->first_us, f->first_wall_us);
	write_moment(w, "last", e, f->last_us, f->last_wall_us);
	if (cleared)
		write_moment(w, "cleared", e, f->cleared_us, f->cleared_wall_us);
	write_member_unsigned(w, "times", f->times);
	write_list(w, "causes", f->causes, ' ');
	if (!e->privacy || e->privacy->level == LEVEL_FULL)
		write_steps_done(w, f);
	write_member(w, "common", not_empty(f->common));
	if (f->diagnosis && (diagnosis || !e->privacy)) {
		write_key(w, "diagnosis");
		write_token(w, diagnosis ? diagnosis : f->diagnosis); /* diagnosis_compose()'s */
	}
	if (f->repair) /* who did it stays in the house */
		write_member(w, "repair", repair_state_name(f->repair->state));
	write_frame(w, e);
	return 0;
}

int event_compose(const struct message_head *head, struct stamp t, enum finding_change change,
	const struct event_text *e, char **ret, size_t *ret_n)
{
	struct writer w = {0};
	int r;

	write_open(&w, '{');
	write_head(&w, "hearth.event/1", head);
	write_stamp(&w, &t);
	write_head_rest(&w, head);
	write_member(&w, "event", change_name(change));
	r = write_record(&w, e, change == FINDING_CLEARED);
	if (r < 0) {
		writer_done(&w);
		return r;
	}
	write_close(&w, '}');
	return writer_take(&w, ret, ret_n);
}

/* ---- retained documents */

static void write_attribute_value(struct writer *w, const struct attribute *a)
{
	char text[256];

	if (!a->seen || a->value.quality != QUALITY_GOOD) {
		write_null(w);
		return;
	}
	if (a->value.type == VALUE_NUMBER) {
		write_decimal(w, a->value.num, number_decimals(a->resolution, a->deadband));
		return;
	}
	attribute_format(a, &a->value, text, sizeof(text));
	write_value(w, a->value.type, text);
}

static void write_attribute(struct writer *w, const struct attribute *a)
{
	write_key(w, a->name);
	write_open(w, '{');
	write_key(w, "v");
	write_attribute_value(w, a);
	write_member(w, "type", value_type_name(a));
	write_member(w, "unit", not_empty(unit_name(a->unit)));
	if (a->deadband > 0) {
		write_key(w, "deadband");
		write_decimal(w, a->deadband, 6);
	}
	if (a->seen && a->value.quality != QUALITY_GOOD) {
		write_member(w, "q", quality_name(a->value.quality));
		if (a->value.reason != REASON_NONE)
			write_member(w, "reason", reason_name(a->value.reason));
	} else if (!a->seen)
		write_member(w, "q", "unknown");
	write_close(w, '}');
}

int birth_compose(const struct birth_text *b, char **ret, size_t *ret_n)
{
	struct writer w = {0};

	write_open(&w, '{');
	write_member(&w, "schema", "hearth.birth/1");
	write_member(&w, "gw", b->gw);
	write_member(&w, "epoch", b->epoch);
	write_member_unsigned(&w, "after", b->after);
	write_stamp(&w, &b->t);
	write_member(&w, "dict", b->dict);
	write_key(&w, "a");
	write_open(&w, '{');
	for (size_t i = 0; i < b->n_appliances; i++) {
		const struct appliance_text *t = &b->appliances[i];

		write_key(&w, t->id);
		write_open(&w, '{');
		write_member(&w, "kind", t->a->conf->kind->name);
		write_key(&w, "online");
		write_bool(&w, t->online);
		write_key(&w, "attributes");
		write_open(&w, '{');
		for (size_t k = 0; k < t->a->n_attrs; k++)
			write_attribute(&w, &t->a->attrs[k]);
		write_close(&w, '}');
		write_close(&w, '}');
	}
	write_close(&w, '}');
	write_close(&w, '}');
	return writer_take(&w, ret, ret_n);
}

int info_compose(const struct info_text *i, char **ret, size_t *ret_n)
{
	static const char *const schemas[] = {"hearth.report/1", "hearth.report/2",
		"hearth.event/1", "hearth.birth/1", "hearth.info/1", "hearth.status/1",
		"hearth.meta/1", "hearth.state/1", "hearth.summary/1", "hearth.signed/1"};
	static const struct {
		enum plane plane;
		const char *name;
	} planes[] = {{PLANE_EVENT, "event"}, {PLANE_REPORT, "report"}, {PLANE_STATE, "state"},
		{PLANE_SUMMARY, "summary"}, {PLANE_REPAIR, "repair"},
		{PLANE_DISCOVERY, "discovery"}};
	struct writer w = {0};

	write_open(&w, '{');
	write_member(&w, "schema", "hearth.info/1");
	write_member(&w, "gw", i->gw);
	write_member(&w, "epoch", i->epoch);
	write_stamp(&w, &i->t);
	write_boots(&w, i->boots, i->n_boots);
	write_member(&w, "version", i->version);
	write_member(&w, "level", privacy_level_name(i->level));
	write_key(&w, "planes");
	write_open(&w, '[');
	for (size_t k = 0; k < ARRAY_SIZE(planes); k++)
		if (i->planes & planes[k].plane)
			write_string(&w, planes[k].name);
	write_close(&w, ']');
	write_key(&w, "schemas");
	write_open(&w, '[');
	for (size_t k = 0; k < ARRAY_SIZE(schemas); k++)
		write_string(&w, schemas[k]);
	write_close(&w, ']');
	write_member(&w, "dict", i->dict);
	write_member(&w, "clock", i->clock_set ? "set" : "unset");
	write_member_unsigned(&w, "appliances", i->appliances);
	write_member_unsigned(&w, "answering", i->answering);
	write_member_unsigned(&w, "findings", i->findings_open);
	write_member_unsigned(&w, "last_seq", i->last_seq);
	write_member_unsigned(&w, "lost_messages", i->lost_messages);
	write_member(&w, "journal", i->journal_degraded ? "degraded" : "ok");
	if (i->n_assists > 0) {
		write_key(&w, "assist");
		write_open(&w, '[');
		for (size_t k = 0; k < i->n_assists; k++) {
			write_open(&w, '{');
			write_member(&w, "appliance", i->assists[k].appliance);
			write_key(&w, "minutes_left");
			write_signed(&w, (i->assists[k].left_s + 59) / 60);
			write_close(&w, '}');
		}
		write_close(&w, ']');
	}
	write_close(&w, '}');
	return writer_take(&w, ret, ret_n);
}

int status_compose(bool online, struct stamp since, const char *version, char **ret, size_t *ret_n)
{
	struct writer w = {0};

	write_open(&w, '{');
	write_member(&w, "schema", "hearth.status/1");
	write_member(&w, "state", online ? "online" : "offline");
	if (since.t_us || since.wall_us) {
		write_key(&w, "since");
		write_open(&w, '{');
		write_stamp(&w, &since);
		write_close(&w, '}');
	}
	write_member(&w, "version", version);
	write_close(&w, '}');
	return writer_take(&w, ret, ret_n);
}

static void write_meta_values(struct writer *w, const struct attribute *a)
{
	if (!a->model || a->model->n_values == 0)
		return;
	write_key(w, "values");
	write_open(w, '[');
	for (size_t i = 0; i < a->model->n_values; i++)
		write_string(w, a->model->values[i].name);
	write_close(w, ']');
}

int meta_compose(const struct appliance_text *t, char **ret, size_t *ret_n)
{
	const struct model_kind *kind = t->a->conf->kind;
	struct writer w = {0};

	write_open(&w, '{');
	write_member(&w, "schema", "hearth.meta/1");
	write_member(&w, "id", t->id);
	write_member(&w, "kind", kind->name);
	write_both(&w, "kind_label", kind->label_en, kind->label_zh);
	write_both(&w, "label", t->label_en, t->label_zh);
	write_member(&w, "location", t->location);
	write_member(&w, "installed", t->installed);
	write_member(&w, "maker", t->maker);
	write_member(&w, "model", t->model);
	write_key(&w, "attributes");
	write_open(&w, '{');
	for (size_t i = 0; i < t->a->n_attrs; i++) {
		const struct attribute *a = &t->a->attrs[i];

		write_key(&w, a->name);
		write_open(&w, '{');
		write_both(&w, "label", not_empty(attribute_label(a, false)),
			not_empty(attribute_label(a, true)));
		write_member(&w, "type", value_type_name(a));
		write_member(&w, "unit", not_empty(unit_name(a->unit)));
		write_meta_values(&w, a);
		write_close(&w, '}');
	}
	write_close(&w, '}');
	write_close(&w, '}');
	return writer_take(&w, ret, ret_n);
}

int state_compose(const struct appliance_text *t, char **ret, size_t *ret_n)
{
	struct writer w = {0};

	write_open(&w, '{');
	for (size_t i = 0; i < t->a->n_attrs; i++) {
		write_key(&w, t->a->attrs[i].name);
		write_attribute_value(&w, &t->a->attrs[i]);
	}
	write_close(&w, '}');
	return writer_take(&w, ret, ret_n);
}

/* ---- the dictionary */

/* What every report begins and ends with; deflate finds near matches cheapest, so it stands last. */
static void dictionary_tail(struct writer *w, const char *gw, bool columns)
{
	writer_text(w, "unavailable:line-down\",0,\"unavailable:no-reply\",\"stale\"]},\"q\":{"
		       "\"lost\":[[,\"clk\":\"boot\",\"boot\":\"");
	writer_text(w, columns ? "{\"schema\":\"hearth.report/2\",\"gw\":\""
			       : "{\"schema\":\"hearth.report/1\",\"gw\":\"");
	writer_text(w, gw);
	writer_text(w, "\",\"epoch\":\"\",\"seq\":,\"prev\":,\"t\":,\"");
	writer_text(w, columns ? "s\":{\"" : "a\":{");
}

static bool add_once(struct writer *w, const char *fragment, size_t max)
{
	size_t n = strlen(fragment);

	if (w->n + n > max)
		return false;
	if (w->p && strstr(w->p, fragment))
		return true;
	writer_raw(w, fragment, n);
	return true;
}

static bool in_columns(const struct attribute *a)
{
	return a->resolution > 0;
}

/* "NAME,NAME,…" of what comes in columns, as columns_write() names it. */
static bool add_column_names(struct writer *w, const struct appliance *a, size_t max)
{
	struct writer names = {0};
	bool room = true;

	for (size_t i = 0; i < a->n_attrs; i++) {
		if (!in_columns(&a->attrs[i]))
			continue;
		writer_text(&names, names.n > 0 ? "," : ",\"");
		writer_text(&names, a->attrs[i].name);
	}
	if (names.n > 0) {
		writer_text(&names, "\",\"");
		room = names.p && add_once(w, names.p, max);
	}
	w->failed = w->failed || names.failed;
	writer_done(&names);
	return room;
}

static bool add_enums(struct writer *w, const struct attribute *a, size_t max)
{
	char text[80];

	for (size_t i = 0; a->model && i < a->model->n_values; i++) {
		(void)snprintf(text, sizeof(text), ",\"%s\"", a->model->values[i].name);
		if (!add_once(w, text, max))
			return false;
	}
	return true;
}

int dictionary_compose(const char *gw, const struct appliance_text *v, size_t n, bool columns,
	char **ret, size_t *ret_n)
{
	struct writer tail = {0}, names = {0}, w = {0};
	bool room = true;
	char text[80];
	size_t max;

	/* Names first: they must fit; words of enums take what is left, in front. */
	dictionary_tail(&tail, gw, columns);
	max = DICTIONARY_MAX - MIN(tail.n, DICTIONARY_MAX);
	for (size_t i = 0; i < n && room; i++) {
		(void)snprintf(text, sizeof(text),
			columns ? "\"]],\"%s\":[[[0,10,10,10,10,10,10,10,10,10,10,10,10]"
				: "},\"%s\":{",
			v[i].id);
		room = add_once(&names, text, max);
		if (columns && room)
			room = add_column_names(&names, v[i].a, max);
		for (size_t k = 0; k < v[i].a->n_attrs && room; k++) {
			if (columns && in_columns(&v[i].a->attrs[k]))
				continue;
			(void)snprintf(text, sizeof(text), "],\"%s\":[", v[i].a->attrs[k].name);
			room = add_once(&names, text, max);
		}
	}
	for (size_t i = 0; i < n && room; i++)
		for (size_t k = 0; k < v[i].a->n_attrs && room; k++)
			room = add_enums(&w, &v[i].a->attrs[k], max - names.n);
	writer_raw(&w, names.p ? names.p : "", names.n);
	writer_raw(&w, tail.p ? tail.p : "", tail.n);
	if (names.failed || tail.failed)
		w.failed = true;
	writer_done(&names);
	writer_done(&tail);
	return writer_take(&w, ret, ret_n);
}
