/* SPDX-License-Identifier: Apache-2.0 */
#include "directory.h"

#include "daemon/config/ini.h"

#include <strings.h>
#include <time.h>

#define TEXT_MAX 200

/* ---- values */

/* Begin of the day, UTC; -EINVAL. */
static int date_of(const char *s, int64_t *ret)
{
	struct tm tm = {0}, back;
	time_t t;
	int n = 0;

	if (strlen(s) != 10 ||
		sscanf(s, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &n) != 3 ||
		n != 10 || strspn(s, "0123456789-") != 10)
		return -EINVAL;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	back = tm;
	t = timegm(&back);
	if (back.tm_mday != tm.tm_mday || back.tm_mon != tm.tm_mon || t <= 0)
		return -EINVAL;
	*ret = t;
	return 0;
}

static int get_date(struct ini_section *s, const char *key, struct problems *p, int64_t *ret)
{
	struct ini_entry *e = ini_get(s, key, NULL);

	if (!e)
		return ini_problem_section(p, PROBLEM_ERROR, s, "%s= is missing", key);
	if (date_of(e->value, ret) < 0)
		return ini_problem(
			p, PROBLEM_ERROR, e, "\"%s\" is no date; write 2026-06-30", e->value);
	return 0;
}

static bool phone_good(const char *s)
{
	return strlen(s) <= 40 && strspn(s, "0123456789+-()/. ,") == strlen(s) &&
	       strpbrk(s, "0123456789");
}

static bool plain(const char *s)
{
	for (const char *c = s; *c; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	return strlen(s) <= TEXT_MAX;
}

static bool web_good(const char *s)
{
	return plain(s) && startswith(s, "https://") && s[8] && !strpbrk(s, "\"<>\\^`{|}");
}

static bool mail_good(const char *s)
{
	const char *at = strchr(s, '@');

	return plain(s) && at && at > s && at[1] && !strchr(at + 1, '@') &&
	       !strpbrk(s, "\"<>()\\,;:");
}

static int get_text(struct ini_section *s, const char *key, const char *locale,
	bool (*good)(const char *), const char *wanted, struct problems *p, const char **ret)
{
	struct ini_entry *e = ini_get(s, key, locale);

	if (!e)
		return 0;
	if (strlen(e->value) > TEXT_MAX || (good && !good(e->value)))
		return ini_problem(p, PROBLEM_ERROR, e, "this is not %s", wanted);
	*ret = e->value;
	return 0;
}

static int get_words(
	struct ini_section *s, const char *key, struct problems *p, char ***ret, size_t *n)
{
	int r = ini_get_list(s, key, DIRECTORY_WORDS_MAX, p, ret, n);

	if (r == 0)
		return ini_problem_section(
			p, PROBLEM_ERROR, s, "%s= is missing; * stands for all", key);
	return r < 0 ? r : 0;
}

/* ---- sections */

static int load_head(struct directory *d, struct problems *p)
{
	struct ini_section *s = ini_section(d->ini, "Directory", "");
	struct ini_entry *e;
	int bad = 0;

	if (!s) {
		problem_add(p, PROBLEM_ERROR, NULL, 0, NULL, "there is no [Directory]");
		return -EINVAL;
	}
	e = ini_get(s, "Publisher", NULL);
	if (e && id_valid(e->value))
		d->publisher = e->value;
	else
		bad |= ini_problem_section(
			       p, PROBLEM_ERROR, s, "Publisher= is missing, or no name") < 0;
	if (ini_get_u64(s, "Version", 1, INT64_MAX, p, &d->version) == 0)
		bad |= ini_problem_section(p, PROBLEM_ERROR, s, "Version= is missing") < 0;
	bad |= d->version == 0;
	bad |= get_date(s, "Issued", p, &d->issued_s) < 0;
	bad |= get_date(s, "Expires", p, &d->expires_s) < 0;
	d->expires_s += 86400;
	e = ini_get(s, "NextKey", NULL);
	if (e) {
		d->has_next = signify_parse_key_line(e->value, strlen(e->value), &d->next) == 0;
		if (!d->has_next)
			bad |= ini_problem(p, PROBLEM_ERROR, e,
				       "this is not the second line of a public key of signify") <
			       0;
	}
	return bad ? -EINVAL : 0;
}

static int load_service(struct ini_section *s, struct problems *p, struct service *v)
{
	int bad = 0;

	if (!id_valid(s->arg))
		return ini_problem_section(
			p, PROBLEM_ERROR, s, "a service needs a name of a-z 0-9 _ -");
	v->id = s->arg;
	bad |= get_text(s, "Name", NULL, NULL, "short enough", p, &v->name) < 0;
	bad |= get_text(s, "Name", "zh_CN", NULL, "short enough", p, &v->name_zh) < 0;
	bad |= get_text(s, "Hours", NULL, NULL, "short enough", p, &v->hours) < 0;
	bad |= get_text(s, "Hours", "zh_CN", NULL, "short enough", p, &v->hours_zh) < 0;
	bad |= get_text(s, "Phone", NULL, phone_good, "a phone number", p, &v->phone) < 0;
	bad |= get_text(s, "Web", NULL, web_good, "an address that begins with https://", p,
		       &v->web) < 0;
	bad |= get_text(s, "Mail", NULL, mail_good, "a mail address", p, &v->mail) < 0;
	bad |= get_words(s, "Makers", p, &v->makers, &v->n_makers) < 0;
	bad |= get_words(s, "Kinds", p, &v->kinds, &v->n_kinds) < 0;
	bad |= get_words(s, "Regions", p, &v->regions, &v->n_regions) < 0;
	if (!v->name)
		bad |= ini_problem_section(p, PROBLEM_ERROR, s, "Name= is missing") < 0;
	if (!v->phone && !v->web && !v->mail)
		bad |= ini_problem_section(
			       p, PROBLEM_ERROR, s, "one of Phone=, Web= and Mail= is needed") < 0;
	return bad ? -EINVAL : 0;
}

int directory_parse(
	const char *text, size_t n, const char *name, struct problems *p, struct directory **ret)
{
	_cleanup_(directory_freep) struct directory *d = calloc(1, sizeof(*d));
	struct ini_section *s = NULL;
	int bad = 0, r;

	if (!d)
		return -ENOMEM;
	if (n > DIRECTORY_SIZE_MAX)
		return -EINVAL;
	r = ini_parse(text, n, name, p, &d->ini);
	if (r < 0)
		return r;
	bad |= load_head(d, p) < 0;
	d->v = calloc(DIRECTORY_SERVICES_MAX, sizeof(*d->v));
	if (!d->v)
		return -ENOMEM;
	while ((s = ini_section_next(d->ini, "Service", s))) {
		if (d->n == DIRECTORY_SERVICES_MAX) {
			(void)ini_problem_section(p, PROBLEM_ERROR, s, "more than %d services",
				DIRECTORY_SERVICES_MAX);
			return -EINVAL;
		}
		bad |= load_service(s, p, &d->v[d->n++]) < 0;
	}
	if (bad)
		return -EINVAL;
	*ret = TAKE_PTR(d);
	return 0;
}

struct directory *directory_free(struct directory *d)
{
	if (!d)
		return NULL;
	for (size_t i = 0; d->v && i < d->n; i++) {
		free(d->v[i].makers);
		free(d->v[i].kinds);
		free(d->v[i].regions);
	}
	free(d->v);
	ini_free(d->ini);
	free(d);
	return NULL;
}

/* ---- what is made of it */

const char *directory_refuse(const struct directory *d, uint64_t kept, int64_t now_s)
{
	if (now_s <= 0)
		return "the clock of the gateway is not set, so its expiry cannot be checked";
	if (d->expires_s <= now_s)
		return "it has expired";
	if (d->version < kept)
		return "it is older than the one accepted before";
	if (d->version == kept)
		return "this version was accepted before";
	return NULL;
}

static bool among(char *const *v, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (streq(v[i], "*") || (word && strcasecmp(v[i], word) == 0))
			return true;
	return false;
}

bool service_fits(const struct service *s, const char *maker, const char *kind, const char *region)
{
	if (!among(s->makers, s->n_makers, maker) || !among(s->kinds, s->n_kinds, kind))
		return false;
	if (isempty(region) || streq(region, "*"))
		return true;
	for (size_t i = 0; i < s->n_regions; i++) {
		size_t n = strlen(s->regions[i]);

		if (streq(s->regions[i], "*") || (strncasecmp(region, s->regions[i], n) == 0 &&
							 (region[n] == '\0' || region[n] == '-')))
			return true;
	}
	return false;
}
