/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of text that several verbs show. */
#include "client.h"
#include "profile-play.h"

#include "daemon/model/model.h"
#include "daemon/profile/profile.h"
#include "daemon/model/reading.h"
#include "daemon/model/value-words.h"

#include <math.h>
#include <time.h>

const char *show_label(const struct ctl_options *o, const json_t *object)
{
	return json_str(object, o->zh ? "label_zh" : "label");
}

const char *show_kind(const struct ctl_options *o, const char *kind)
{
	const struct model_kind *k = model_kind_by_name(kind);

	return k ? (o->zh ? k->label_zh : k->label_en) : kind;
}

enum colour show_state_colour(const char *state)
{
	static const struct {
		const char *state;
		enum colour colour;
	} colours[] = {{"ok", GREEN}, {"up", GREEN}, {"connected", GREEN}, {"answering", GREEN},
		{"fault", RED}, {"error", RED}, {"stuck", RED}, {"down", RED}, {"warning", YELLOW},
		{"unreachable", YELLOW}, {"silent", YELLOW}, {"line-down", RED},
		{"disconnected", YELLOW}, {"no-relay", YELLOW}, {"danger", RED}, {"urgent", RED},
		{"service", YELLOW}};

	for (size_t i = 0; i < ARRAY_SIZE(colours); i++)
		if (streq(colours[i].state, state))
			return colours[i].colour;
	return GREY;
}

const char *show_reason(const struct ctl_options *o, const char *reason)
{
	for (unsigned i = 0; i < _REASON_MAX; i++)
		if (streq(reason_name((enum reason)i), reason))
			return reason_text((enum reason)i, o->zh);
	return reason;
}

/* As hearthd shows it: a float in as many digits as tell it from its neighbours. */
void show_reading(const struct ctl_options *o, const struct profile *p, const struct reading *r,
	char *dst, size_t size)
{
	trace_format(p, r, dst, size);
	if (r->quality != QUALITY_GOOD)
		return;
	if (r->type == VALUE_BOOL)
		(void)str_copy(dst, size, ctl_tr(o, r->code ? "yes" : "no"));
	else if (r->type == VALUE_NUMBER && p->points[r->point].type == POINT_F32)
		for (int digits = 6; digits <= 9; digits++) {
			(void)snprintf(dst, size, "%.*g", digits, r->num);
			if (fabs(strtod(dst, NULL) - r->num) <= fabs(r->num) * 0x1p-25)
				break;
		}
}

void show_age(char *dst, size_t size, json_int_t us)
{
	uint64_t s = us > 0 ? (uint64_t)us / USEC_PER_SEC : 0;

	if (s < 60)
		snprintf(dst, size, "%us", (unsigned)s);
	else if (s < 3600)
		snprintf(dst, size, "%umin", (unsigned)(s / 60));
	else if (s < 86400)
		snprintf(dst, size, "%uh %umin", (unsigned)(s / 3600), (unsigned)(s / 60 % 60));
	else
		snprintf(dst, size, "%ud %uh", (unsigned)(s / 86400), (unsigned)(s / 3600 % 24));
}

void show_time(const struct ctl_options *o, char *dst, size_t size, json_int_t wall_us)
{
	time_t t = (time_t)(wall_us / (json_int_t)USEC_PER_SEC);
	struct tm tm;

	if (wall_us <= 0 || !localtime_r(&t, &tm) ||
		strftime(dst, size, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		(void)str_copy(dst, size, "-");
}

const char *show_meaning(const struct ctl_options *o, const json_t *finding)
{
	const json_t *meaning = json_object_get(finding, "meaning");
	const char *zh = json_str(meaning, "zh"), *en = json_str(meaning, "en");

	if (o->zh && *zh)
		return zh;
	if (*en)
		return en;
	return *zh ? zh : ctl_tr(o, "unknown code: the sources of the profile do not explain it");
}

void show_words(const struct ctl_options *o, const char *names, char *dst, size_t size)
{
	size_t used = 0;

	if (size > 0)
		*dst = '\0';
	for (const char *p = names + strspn(names, " "); *p;) {
		size_t n = strcspn(p, " ");
		char name[64];

		(void)snprintf(name, sizeof(name), "%.*s", (int)MIN(n, sizeof(name) - 1), p);
		/* A longer one is no name. */
		if (n < sizeof(name))
			(void)str_appendf(
				dst, size, &used, "%s%s", used ? " " : "", value_word(name, o->zh));
		else
			(void)str_appendf(dst, size, &used, "%s%.*s", used ? " " : "", (int)n, p);
		p += n + strspn(p + n, " ");
	}
}

void show_plain(const struct ctl_options *o, char *dst, size_t size, const json_t *reading)
{
	const char *text = json_str(reading, "text"), *type = json_str(reading, "type");

	if (streq(type, "bool") && *text)
		(void)str_copy(dst, size, ctl_tr(o, streq(text, "true") ? "yes" : "no"));
	else if (*text && (streq(type, "enum") || streq(type, "bits")))
		show_words(o, text, dst, size);
	else if (*text)
		(void)str_copy(dst, size, text);
	else
		(void)str_copy(dst, size,
			streq(json_str(reading, "quality"), "good") ? ctl_tr(o, "none") : "-");
}

void show_value(const struct ctl_options *o, char *dst, size_t size, const json_t *reading)
{
	const char *unit = json_str(reading, "unit");
	char text[320];

	show_plain(o, text, sizeof(text), reading);
	if (!*json_str(reading, "text") && !streq(json_str(reading, "quality"), "good"))
		*text = '\0';
	(void)snprintf(dst, size, "%s%s%s", text, *text && *unit ? " " : "", *text ? unit : "");
}

void show_quality(const struct ctl_options *o, char *dst, size_t size, const json_t *reading)
{
	const char *quality = json_str(reading, "quality"), *reason = json_str(reading, "reason");
	const char *detail = json_str(reading, "detail");
	size_t used = 0;

	*dst = '\0';
	if (streq(quality, "good"))
		return;
	(void)str_appendf(dst, size, &used, "%s", ctl_tr(o, quality));
	if (*reason)
		(void)str_appendf(
			dst, size, &used, o->zh ? "：%s" : ": %s", show_reason(o, reason));
	if (*detail)
		(void)str_appendf(dst, size, &used, o->zh ? "（%s）" : " (%s)", detail);
}
