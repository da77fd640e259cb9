/* SPDX-License-Identifier: Apache-2.0 */
#include "finding.h"

#include <inttypes.h>

static const char *const state_names[] = {
	[FINDING_PENDING] = "pending",
	[FINDING_ACTIVE] = "active",
	[FINDING_CLEARING] = "active",
	[FINDING_GONE] = "cleared",
};

const char *finding_state_name(enum finding_state s)
{
	return s < ARRAY_SIZE(state_names) ? state_names[s] : "?";
}

struct finding *finding_free(struct finding *v)
{
	if (!v)
		return NULL;
	free(v->meaning_en);
	free(v->meaning_zh);
	free(v->repair);
	free(v->steps);
	free(v->freeze);
	free(v->diagnosis);
	free(v);
	return NULL;
}
DEFINE_CLEANUP(struct finding *, finding_free);

int finding_step_done(
	struct finding *v, const char *cause, unsigned step, bool seen, int64_t wall_us)
{
	size_t i = 0;

	if (step < 1 || step > UINT8_MAX || strlen(cause) >= sizeof(v->steps->cause))
		return -EINVAL;
	if (!v->steps)
		v->steps = calloc(STEPS_DONE_MAX, sizeof(*v->steps));
	if (!v->steps)
		return -ENOMEM;
	while (i < v->n_steps && !(v->steps[i].step == step && streq(v->steps[i].cause, cause)))
		i++;
	if (i == STEPS_DONE_MAX)
		i = 0;
	if (i < v->n_steps) {
		memmove(&v->steps[i], &v->steps[i + 1], (v->n_steps - i - 1) * sizeof(*v->steps));
		v->n_steps--;
	}
	v->steps[v->n_steps] =
		(struct step_done){.step = (uint8_t)step, .seen = seen, .wall_us = wall_us};
	(void)str_copy(v->steps[v->n_steps++].cause, sizeof(v->steps->cause), cause);
	return 0;
}

void findings_done(struct findings *f)
{
	for (size_t i = 0; i < f->n; i++)
		finding_free(f->v[i]);
	*f = (struct findings){.refused = f->refused};
}

bool finding_is_active(const struct finding *v)
{
	return v->state == FINDING_ACTIVE || v->state == FINDING_CLEARING;
}

struct finding *findings_by_key(const struct findings *f, const char *key)
{
	for (size_t i = 0; i < f->n; i++)
		if (streq(f->v[i]->key, key))
			return f->v[i];
	return NULL;
}

struct finding *findings_by_id(const struct findings *f, uint64_t id)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i]->id == id)
			return f->v[i];
	return NULL;
}

size_t findings_active(
	const struct findings *f, enum fault_class *ret_class, enum severity *ret_severity)
{
	enum fault_class class = CLASS_INFORMATION;
	enum severity severity = SEVERITY_INFO;
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		if (!finding_is_active(f->v[i]))
			continue;
		n++;
		class = MIN(class, f->v[i]->class);
		severity = MAX(severity, f->v[i]->severity);
	}
	if (ret_class)
		*ret_class = class;
	if (ret_severity)
		*ret_severity = severity;
	return n;
}

static void remove_at(struct findings *f, size_t i)
{
	finding_free(f->v[i]);
	f->v[i] = f->v[--f->n];
}

/* Keeps the bound: cleared ones beyond FINDINGS_KEPT go, the longest cleared first. */
static void make_room(struct findings *f)
{
	size_t cleared = 0, oldest = SIZE_MAX;

	for (size_t i = 0; i < f->n; i++) {
		if (f->v[i]->state != FINDING_GONE)
			continue;
		cleared++;
		if (oldest == SIZE_MAX || f->v[i]->id < f->v[oldest]->id)
			oldest = i;
	}
	if (oldest != SIZE_MAX && (cleared >= FINDINGS_KEPT || f->n == FINDINGS_MAX))
		remove_at(f, oldest);
}

static int set_text(char **dst, const char *src)
{
	char *s = NULL;

	if (!isempty(src)) {
		s = strdup(src);
		if (!s)
			return -ENOMEM;
	}
	free(*dst);
	*dst = s;
	return 0;
}

static void apply_template(struct finding *v, const struct finding_template *t)
{
	(void)str_copy(v->code, sizeof(v->code), t->code ? t->code : "");
	(void)str_copy(v->component, sizeof(v->component), t->component ? t->component : "");
	(void)str_copy(v->source, sizeof(v->source), t->source ? t->source : "");
	/* A finding without its words is still worth telling. */
	(void)set_text(&v->meaning_en, t->meaning_en);
	(void)set_text(&v->meaning_zh, t->meaning_zh);
	v->severity = t->severity;
	v->class = t->class;
	v->confidence = t->confidence;
	v->household = t->household;
	(void)str_copy(v->causes, sizeof(v->causes), t->causes ? t->causes : "");
	v->at_once = t->at_once;
	(void)set_text(&v->diagnosis, t->diagnosis);
}

static uint64_t holdoff(const struct finding *v, const struct finding_clock *c)
{
	return v->at_once ? 0 : c->holdoff_us;
}

static struct finding *add(struct findings *f, const char *key)
{
	struct finding *v;

	make_room(f);
	if (f->n == FINDINGS_MAX) {
		f->refused++;
		return NULL;
	}
	v = calloc(1, sizeof(*v));
	if (!v)
		return NULL;
	(void)str_copy(v->key, sizeof(v->key), key);
	v->state = FINDING_GONE;
	f->v[f->n++] = v;
	return v;
}

static void raise_finding(struct findings *f, struct finding *v, const struct finding_clock *c,
	finding_changed_fn changed, void *userdata)
{
	v->state = FINDING_ACTIVE;
	v->since_us = c->now_us;
	v->times++;
	if (v->id == 0)
		v->id = (*c->next_id)++;
	changed(f, v, FINDING_RAISED, userdata);
}

static void observe_present(struct findings *f, struct finding *v, const struct finding_clock *c,
	finding_changed_fn changed, void *userdata)
{
	v->restored = false;
	switch (v->state) {
	case FINDING_GONE: /* a new episode */
		v->state = FINDING_PENDING;
		v->since_us = v->first_us = c->now_us;
		v->first_wall_us = c->wall_us;
		v->cleared_us = 0;
		v->cleared_wall_us = 0;
		break;
	case FINDING_CLEARING:
		v->state = FINDING_ACTIVE;
		break;
	case FINDING_PENDING:
	case FINDING_ACTIVE:
		break;
	}
	v->last_us = c->now_us;
	v->last_wall_us = c->wall_us;
	/* Danger is told at once; the rest must stand for the hold-off. */
	if (v->state == FINDING_PENDING &&
		(v->severity == SEVERITY_DANGER || c->now_us - v->since_us >= holdoff(v, c)))
		raise_finding(f, v, c, changed, userdata);
}

void findings_observe(struct findings *f, const char *key, enum observation o,
	const struct finding_template *t, const struct finding_clock *c, finding_changed_fn changed,
	void *userdata)
{
	struct finding *v = findings_by_key(f, key);
	bool told;

	if (o == OBSERVED_UNKNOWN || (o == OBSERVED_ABSENT && !v))
		return;
	if (o == OBSERVED_ABSENT) {
		v->restored = false;
		if (v->state == FINDING_ACTIVE) {
			v->state = FINDING_CLEARING;
			v->since_us = c->now_us;
		} else if (v->state == FINDING_PENDING)
			v->state = FINDING_GONE; /* never told; times stays */
		(void)findings_tick(f, c, changed, userdata);
		return;
	}
	if (!v)
		v = add(f, key);
	if (!v)
		return;
	told = finding_is_active(v);
	if (t && told && (v->severity != t->severity || !streq(v->code, t->code ? t->code : ""))) {
		apply_template(v, t);
		changed(f, v, FINDING_CHANGED, userdata);
	} else if (t && !told)
		apply_template(v, t);
	observe_present(f, v, c, changed, userdata);
}

void findings_retire(struct findings *f, bool (*has)(const char *key, void *userdata),
	void *subject, const struct finding_clock *c, finding_changed_fn changed, void *userdata)
{
	/* From behind, because a pending one goes at once and the last takes its place. */
	for (size_t i = f->n; i-- > 0;)
		if (i < f->n && f->v[i]->state != FINDING_GONE &&
			f->v[i]->state != FINDING_CLEARING && !has(f->v[i]->key, subject))
			findings_observe(
				f, f->v[i]->key, OBSERVED_ABSENT, NULL, c, changed, userdata);
}

uint64_t findings_tick(struct findings *f, const struct finding_clock *c,
	finding_changed_fn changed, void *userdata)
{
	uint64_t next = USEC_INFINITY;

	for (size_t i = 0; i < f->n; i++) {
		struct finding *v = f->v[i];

		/* Never told and gone again: nothing remains of it. */
		if (v->state == FINDING_GONE && v->id == 0) {
			remove_at(f, i--);
			continue;
		}
		if (v->state != FINDING_CLEARING)
			continue; /* pending ones are raised by an observation, never by time alone */
		if (c->now_us - v->since_us < holdoff(v, c)) {
			next = MIN(next, v->since_us + holdoff(v, c));
			continue;
		}
		v->state = FINDING_GONE;
		v->cleared_us = v->since_us;
		v->cleared_wall_us =
			c->wall_us ? c->wall_us - (int64_t)(c->now_us - v->since_us) : 0;
		changed(f, v, FINDING_CLEARED, userdata);
	}
	return next;
}

/* ---- the journal's record: "name value\n" lines; values escaped so that a line stays a line. */

static bool put(char **buf, size_t *size, size_t *used, const char *name, const char *value)
{
	size_t need = strlen(name) + 4 * strlen(value) + 3;

	if (*used + need > *size) {
		size_t grown = MAX(*size * 2, *used + need);
		char *p = realloc(*buf, grown);

		if (!p)
			return false;
		*buf = p;
		*size = grown;
	}
	*used += (size_t)sprintf(*buf + *used, "%s ", name);
	for (const char *s = value; *s; s++) {
		if (*s == '\\' || (unsigned char)*s < ' ' || *s == '|')
			*used += (size_t)sprintf(*buf + *used, "\\%02x", (unsigned char)*s);
		else
			(*buf)[(*used)++] = *s;
	}
	(*buf)[(*used)++] = '\n';
	(*buf)[*used] = '\0';
	return true;
}

static bool put_num(char **buf, size_t *size, size_t *used, const char *name, int64_t value)
{
	char s[24];

	snprintf(s, sizeof(s), "%lld", (long long)value);
	return put(buf, size, used, name, s);
}

int finding_pack(const struct finding *v, const char *subject_kind, const char *subject, char **ret,
	size_t *ret_n)
{
	_cleanup_free_ char *buf = NULL;
	size_t size = 0, used = 0;
	bool ok;

	ok = put_num(&buf, &size, &used, "format", 1) &&
	     put(&buf, &size, &used, "kind", subject_kind) &&
	     put(&buf, &size, &used, "subject", subject) &&
	     put(&buf, &size, &used, "key", v->key) && put(&buf, &size, &used, "code", v->code) &&
	     put(&buf, &size, &used, "en", v->meaning_en ? v->meaning_en : "") &&
	     put(&buf, &size, &used, "zh", v->meaning_zh ? v->meaning_zh : "") &&
	     put(&buf, &size, &used, "component", v->component) &&
	     put(&buf, &size, &used, "source", v->source) &&
	     put_num(&buf, &size, &used, "id", (int64_t)v->id) &&
	     put_num(&buf, &size, &used, "severity", v->severity) &&
	     put_num(&buf, &size, &used, "class", v->class) &&
	     put_num(&buf, &size, &used, "confidence", v->confidence) &&
	     put_num(&buf, &size, &used, "household", v->household) &&
	     put_num(&buf, &size, &used, "state", v->state) &&
	     put_num(&buf, &size, &used, "first", v->first_wall_us) &&
	     put_num(&buf, &size, &used, "last", v->last_wall_us) &&
	     put_num(&buf, &size, &used, "cleared", v->cleared_wall_us) &&
	     put_num(&buf, &size, &used, "times", v->times);
	/* Left out where there is nothing to say: programs before rules read on. */
	if (v->diagnosis)
		ok = ok && put(&buf, &size, &used, "diagnosis", v->diagnosis) &&
		     put_num(&buf, &size, &used, "atonce", v->at_once) &&
		     put_num(&buf, &size, &used, "told", v->told_wall_us);
	if (v->held)
		ok = ok && put_num(&buf, &size, &used, "held", 1);
	if (*v->causes)
		ok = ok && put(&buf, &size, &used, "causes", v->causes);
	if (*v->common)
		ok = ok && put(&buf, &size, &used, "common", v->common);
	for (size_t i = 0; ok && i < v->n_freeze; i++) {
		const struct frozen *z = &v->freeze[i];

		ok = put(&buf, &size, &used, "fname", z->name) &&
		     put(&buf, &size, &used, "fvalue", z->value) &&
		     put(&buf, &size, &used, "fbefore", z->before) &&
		     put(&buf, &size, &used, "funit", z->unit) &&
		     put_num(&buf, &size, &used, "ftype", z->type) &&
		     put_num(&buf, &size, &used, "fquality", z->quality) &&
		     (isempty(z->after) || put(&buf, &size, &used, "fafter", z->after));
	}
	for (size_t i = 0; ok && i < v->n_steps; i++) {
		char text[128];

		(void)snprintf(text, sizeof(text), "%s %u %u %" PRId64, v->steps[i].cause,
			v->steps[i].step, v->steps[i].seen, v->steps[i].wall_us);
		ok = put(&buf, &size, &used, "step", text);
	}
	if (v->repair)
		ok = ok && put_num(&buf, &size, &used, "rstate", v->repair->state) &&
		     put_num(&buf, &size, &used, "rat", v->repair->wall_us) &&
		     put_num(&buf, &size, &used, "rtimes", v->repair->times) &&
		     put(&buf, &size, &used, "rby", v->repair->by) &&
		     put(&buf, &size, &used, "rpart", v->repair->part) &&
		     put(&buf, &size, &used, "rnote", v->repair->note);
	if (!ok)
		return -ENOMEM;
	*ret = TAKE_PTR(buf);
	*ret_n = used;
	return 0;
}

/* Reads one line "name value"; unescapes VALUE in place of the copy. False at the end or on
 * nonsense (*bad). */
static bool next_line(const char **p, const char *end, char *name, size_t name_size, char *value,
	size_t value_size, bool *bad)
{
	const char *nl, *space;
	size_t used = 0;

	if (*p == end)
		return false;
	*bad = true;
	nl = memchr(*p, '\n', (size_t)(end - *p));
	space = nl ? memchr(*p, ' ', (size_t)(nl - *p)) : NULL;
	if (!space || (size_t)(space - *p) >= name_size)
		return false;
	memcpy(name, *p, (size_t)(space - *p));
	name[space - *p] = '\0';
	for (const char *s = space + 1; s < nl; s++) {
		uint8_t c = (uint8_t)*s;

		if (c == '\\') {
			char hex[3] = {0};

			if (nl - s < 3)
				return false;
			memcpy(hex, s + 1, 2);
			if (hex_decode(hex, &c, 1) != 1 || c == 0)
				return false;
			s += 2;
		}
		if (c == 0 || used + 1 >= value_size)
			return false;
		value[used++] = (char)c;
	}
	value[used] = '\0';
	*p = nl + 1;
	*bad = false;
	return utf8_valid(value, used);
}

const char *repair_state_name(enum repair_state s)
{
	static const char *const names[] = {[REPAIR_CLAIMED] = "repair-claimed",
		[REPAIR_VERIFIED] = "verified",
		[REPAIR_RETURNED] = "returned",
		[REPAIR_ONLY_RESET] = "only-reset"};

	return (size_t)s < ARRAY_SIZE(names) ? names[s] : "";
}

/* Of a claim: its state comes first. -ENOENT: NAME is no part of one. */
static int unpack_repair(struct finding *v, const char *name, const char *value)
{
	bool number = streq(name, "rstate") || streq(name, "rat") || streq(name, "rtimes");
	struct finding_repair *p = v->repair;
	int64_t i = 0;

	if (!number && !streq(name, "rby") && !streq(name, "rpart") && !streq(name, "rnote"))
		return -ENOENT;
	if (number && parse_i64(value, 0, INT64_MAX, &i) < 0)
		return -EBADMSG;
	if (streq(name, "rstate")) {
		if (p || i > REPAIR_ONLY_RESET)
			return -EBADMSG;
		v->repair = calloc(1, sizeof(*v->repair));
		if (!v->repair)
			return -ENOMEM;
		v->repair->state = (enum repair_state)i;
	} else if (!p)
		return -EBADMSG;
	else if (streq(name, "rat"))
		p->wall_us = i;
	else if (streq(name, "rtimes"))
		p->times = (uint32_t)MIN(i, (int64_t)UINT32_MAX);
	else
		(void)str_copy(streq(name, "rby")     ? p->by
			       : streq(name, "rpart") ? p->part
						      : p->note,
			REPAIR_TEXT_MAX, value);
	return 0;
}

static int unpack_step(struct finding *v, const char *value)
{
	char cause[66];
	unsigned step, seen;
	int64_t wall;
	int end = 0;

	if (v->n_steps == STEPS_DONE_MAX ||
		sscanf(value, "%65[^ ] %3u %1u %19" SCNd64 "%n", cause, &step, &seen, &wall,
			&end) != 4 ||
		value[end] || seen > 1 || wall < 0)
		return -EBADMSG;
	return finding_step_done(v, cause, step, seen, wall) < 0 ? -EBADMSG : 0;
}

static int unpack_number(struct finding *v, const char *name, const char *value)
{
	int64_t i;

	if (parse_i64(value, INT64_MIN, INT64_MAX, &i) < 0)
		return -EBADMSG;
	if (streq(name, "format"))
		return i == 1 ? 0 : i > 1 ? -EPROTONOSUPPORT : -EBADMSG;
	if (streq(name, "id")) {
		if (i <= 0)
			return -EBADMSG;
		v->id = (uint64_t)i;
	} else if (streq(name, "severity")) {
		if (i < SEVERITY_INFO || i > SEVERITY_DANGER)
			return -EBADMSG;
		v->severity = (enum severity)i;
	} else if (streq(name, "class")) {
		if (i < CLASS_FAULT || i > CLASS_INFORMATION)
			return -EBADMSG;
		v->class = (enum fault_class)i;
	} else if (streq(name, "confidence")) {
		if (i < CONFIDENCE_LOW || i > CONFIDENCE_HIGH)
			return -EBADMSG;
		v->confidence = (enum confidence)i;
	} else if (streq(name, "household"))
		v->household = (int8_t)CLAMP(i, -1, 1);
	else if (streq(name, "state")) {
		if (i < FINDING_PENDING || i > FINDING_GONE)
			return -EBADMSG;
		v->state = (enum finding_state)i;
	} else if (streq(name, "first"))
		v->first_wall_us = i;
	else if (streq(name, "last"))
		v->last_wall_us = i;
	else if (streq(name, "cleared"))
		v->cleared_wall_us = i;
	else if (streq(name, "times"))
		v->times = (uint32_t)CLAMP(i, 0, (int64_t)UINT32_MAX);
	else if (streq(name, "atonce"))
		v->at_once = i == 1;
	else if (streq(name, "held"))
		v->held = i == 1;
	else if (streq(name, "told"))
		v->told_wall_us = i;
	else if (streq(name, "ftype") || streq(name, "fquality")) {
		if (v->n_freeze == 0 || i < 0 || i > 15)
			return -EBADMSG;
		if (streq(name, "ftype"))
			v->freeze[v->n_freeze - 1].type = (uint8_t)i;
		else
			v->freeze[v->n_freeze - 1].quality = (uint8_t)i;
	} else
		return -EBADMSG;
	return 0;
}

static int unpack_text(
	struct finding *v, const char *name, const char *value, char *kind, char *subject)
{
	struct frozen *z = v->n_freeze ? &v->freeze[v->n_freeze - 1] : NULL;

	if (streq(name, "kind"))
		(void)str_copy(kind, 16, value);
	else if (streq(name, "subject"))
		(void)str_copy(subject, 33, value);
	else if (streq(name, "key"))
		(void)str_copy(v->key, sizeof(v->key), value);
	else if (streq(name, "code"))
		(void)str_copy(v->code, sizeof(v->code), value);
	else if (streq(name, "component"))
		(void)str_copy(v->component, sizeof(v->component), value);
	else if (streq(name, "source"))
		(void)str_copy(v->source, sizeof(v->source), value);
	else if (streq(name, "en"))
		return set_text(&v->meaning_en, value);
	else if (streq(name, "zh"))
		return set_text(&v->meaning_zh, value);
	else if (streq(name, "causes"))
		(void)str_copy(v->causes, sizeof(v->causes), value);
	else if (streq(name, "common"))
		(void)str_copy(v->common, sizeof(v->common), value);
	else if (streq(name, "diagnosis"))
		return strlen(value) <= DIAGNOSIS_MAX ? set_text(&v->diagnosis, value) : -EBADMSG;
	else if (streq(name, "step"))
		return unpack_step(v, value);
	else if (streq(name, "fname")) {
		if (v->n_freeze == FREEZE_MAX)
			return -EBADMSG;
		if (!v->freeze)
			v->freeze = calloc(FREEZE_MAX, sizeof(*v->freeze));
		if (!v->freeze)
			return -ENOMEM;
		(void)str_copy(v->freeze[v->n_freeze++].name, sizeof(z->name), value);
	} else if (z && streq(name, "fvalue"))
		(void)str_copy(z->value, sizeof(z->value), value);
	else if (z && streq(name, "fbefore"))
		(void)str_copy(z->before, sizeof(z->before), value);
	else if (z && streq(name, "fafter"))
		(void)str_copy(z->after, sizeof(z->after), value);
	else if (z && streq(name, "funit"))
		(void)str_copy(z->unit, sizeof(z->unit), value);
	else {
		int r = unpack_repair(v, name, value);

		return r == -ENOENT ? unpack_number(v, name, value) : r;
	}
	return 0;
}

int finding_unpack(const char *p, size_t n, char kind[16], char subject[33], struct finding **ret)
{
	_cleanup_(finding_freep) struct finding *v = calloc(1, sizeof(*v));
	const char *end = p + n;
	char name[16], value[4096]; /* a meaning is a line of a profile at most */
	bool bad = false;
	int r;

	if (!v)
		return -ENOMEM;
	*kind = *subject = '\0';
	while (next_line(&p, end, name, sizeof(name), value, sizeof(value), &bad)) {
		r = unpack_text(v, name, value, kind, subject);
		if (r < 0)
			return r;
	}
	if (bad || p != end || v->id == 0 || isempty(v->key) || isempty(kind) || !id_valid(subject))
		return -EBADMSG;
	*ret = TAKE_PTR(v);
	return 0;
}

int findings_restore(struct findings *f, struct finding *v)
{
	for (size_t i = 0; i < f->n; i++)
		if (streq(f->v[i]->key, v->key)) {
			if (f->v[i]->id >= v->id) {
				finding_free(v);
				return -EEXIST;
			}
			remove_at(f, i);
			break;
		}
	make_room(f);
	if (f->n == FINDINGS_MAX) {
		finding_free(v);
		return -ENOSPC;
	}
	/* A restart is no observation: what was clearing must be seen gone again. */
	if (v->state == FINDING_CLEARING || v->state == FINDING_PENDING)
		v->state = FINDING_ACTIVE;
	v->restored = true;
	f->v[f->n++] = v;
	return 0;
}
