/* SPDX-License-Identifier: Apache-2.0 */
#include "profile-load.h"

#include <ctype.h>

const struct ini_name loader_confidences[] = {{"low", CONFIDENCE_LOW},
	{"medium", CONFIDENCE_MEDIUM}, {"high", CONFIDENCE_HIGH}, {NULL, 0}};

int loader_bad(struct loader *l, const struct ini_section *s, const struct ini_entry *e,
	const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	l->failed = true;
	if (e)
		(void)ini_problem(l->problems, PROBLEM_ERROR, e, "%s", text);
	else
		(void)ini_problem_section(l->problems, PROBLEM_ERROR, s, "%s", text);
	return -EINVAL;
}

void loader_note(struct loader *l, int r)
{
	if (r < 0)
		l->failed = true;
}

char *loader_strdup(struct loader *l, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		l->failed = true;
	return copy;
}

void loader_check_keys(struct loader *l, const struct ini_section *s, const char *const *known)
{
	for (const struct ini_entry *e = s->entries; e; e = e->next) {
		const char *near;
		size_t i = 0;

		while (known[i] && !streq(known[i], e->key))
			i++;
		if (known[i] || startswith(e->key, "X-"))
			continue;
		if (!*e->value && (streq(e->key, "Repeat") || streq(e->key, "When")))
			continue; /* was followed */
		near = ini_nearest(e->key, known);
		if (near)
			(void)loader_bad(l, s, e, "unknown key; did you mean %s=?", near);
		else
			(void)loader_bad(l, s, e,
				"unknown key; hearthd.profile(5) lists those of [%s]", s->type);
	}
}

void loader_string(struct loader *l, struct ini_section *s, const char *key, char **ret)
{
	struct ini_entry *e = ini_get(s, key, NULL);

	if (!e)
		return;
	free(*ret);
	*ret = loader_strdup(l, e->value);
}

void loader_place(struct loader *l, const struct ini_entry *read, struct point *pt)
{
	if (!read)
		return;
	pt->line = read->line;
	if (!streq(read->file, l->profile->path))
		pt->file = loader_strdup(l, read->file);
}

void loader_text(struct loader *l, struct ini_section *s, const char *key, struct text *ret)
{
	struct ini_entry *en = ini_get(s, key, NULL), *zh = ini_get(s, key, "zh_CN");

	if (en)
		ret->en = loader_strdup(l, en->value);
	if (zh)
		ret->zh = loader_strdup(l, zh->value);
}

void loader_enum(struct loader *l, struct ini_section *s, const char *key,
	const struct ini_name *names, int *ret)
{
	loader_note(l, ini_get_enum(s, key, names, l->problems, ret));
}

int loader_parse_raw(const char *text, int64_t *ret)
{
	uint64_t u;

	if (parse_i64(text, INT64_MIN, INT64_MAX, ret) == 0)
		return 0;
	if (parse_u64(text, 0, UINT64_MAX, &u) < 0)
		return -EINVAL;
	*ret = (int64_t)u;
	return 0;
}

int loader_type(struct loader *l, struct ini_section *s, enum point_type *ret, uint8_t *ret_len)
{
	static const struct ini_name names[] = {{"bit", POINT_BIT}, {"u16", POINT_U16},
		{"s16", POINT_S16}, {"u32", POINT_U32}, {"s32", POINT_S32}, {"u64", POINT_U64},
		{"s64", POINT_S64}, {"f32", POINT_F32}, {"f64", POINT_F64}, {"bcd16", POINT_BCD16},
		{"bcd32", POINT_BCD32}, {"string", POINT_STRING}, {"string2", POINT_STRING_2},
		{"native", POINT_NATIVE}, {NULL, 0}};
	struct ini_entry *e = ini_get(s, "Type", NULL), *length = ini_get(s, "Length", NULL);
	int type = POINT_NATIVE, r;
	uint64_t n = 0;
	bool string;

	r = ini_get_enum(s, "Type", names, l->problems, &type);
	loader_note(l, r);
	if (r < 0)
		return r;
	if (r == 0 && l->modbus)
		return loader_bad(l, s, NULL, "Type= is missing, for instance Type=s16");
	if (l->modbus && type == POINT_NATIVE)
		return loader_bad(l, s, e, "Modbus registers need a type such as u16 or f32");
	if (!l->modbus && type != POINT_NATIVE && type != POINT_STRING)
		return loader_bad(l, s, e,
			"the adapter %s knows its fields' types; leave Type= out",
			l->profile->adapter);
	string = type == POINT_STRING || type == POINT_STRING_2;
	r = ini_get_u64(s, "Length", 1, 64, l->problems, &n);
	loader_note(l, r);
	if (r < 0)
		return r;
	if (r > 0 && !(string && l->modbus))
		return loader_bad(l, s, length, "only string and string2 of Modbus have a length");
	if (r == 0 && string && l->modbus)
		return loader_bad(
			l, s, NULL, "Length= is missing: the registers of the string, 1 to 64");
	*ret = (enum point_type)type;
	*ret_len = (uint8_t)n;
	return 0;
}

void loader_device(struct loader *l, struct ini_section *s, struct point *pt)
{
	struct ini_entry *e = ini_get(s, "Device", NULL);
	bool relative = e && *e->value == '+';
	uint64_t v;

	if (!e)
		return;
	if (!l->modbus)
		(void)loader_bad(l, s, e, "only modbus has unit identifiers");
	else if (parse_u64(e->value + relative, 0, 255, &v) < 0)
		(void)loader_bad(l, s, e,
			"\"%.32s\" is no unit identifier; write 3, or +1 counted from the source's",
			e->value);
	else {
		pt->device_absolute = !relative;
		pt->device = (int16_t)v;
	}
}

static void load_kind(struct loader *l, struct ini_section *s)
{
	struct ini_entry *e = ini_get(s, "Kind", NULL);
	const char *names[64] = {NULL};

	if (!e) {
		(void)loader_bad(l, s, NULL, "Kind= is missing, for instance Kind=heat_pump");
		return;
	}
	l->profile->kind = model_kind_by_name(e->value);
	if (l->profile->kind)
		return;
	for (size_t i = 0; i < model_n_kinds && i + 1 < ARRAY_SIZE(names); i++)
		names[i] = model_kinds[i].name;
	if (ini_nearest(e->value, names))
		(void)loader_bad(l, s, e, "there is no kind \"%.64s\"; did you mean %s?", e->value,
			ini_nearest(e->value, names));
	else
		(void)loader_bad(l, s, e,
			"there is no kind \"%.64s\"; \"hearthctl profile kinds\" lists them",
			e->value);
}

static void load_profile(struct loader *l, struct ini_section *s)
{
	static const char *const known[] = {"Maker", "Model", "Kind", "Name", "Source",
		"Confidence", "Version", "Adapter", "Addressing", "FaultPeriod", "WhenGatewayGone",
		"WhenGatewayGoneAfter", NULL};
	static const struct ini_name gones[] = {{"continues", WHEN_GONE_CONTINUES},
		{"falls-back", WHEN_GONE_FALLS_BACK}, {"stops", WHEN_GONE_STOPS}, {NULL, 0}};
	static const struct ini_name addressings[] = {{"0", ADDRESSING_ZERO}, {"1", ADDRESSING_ONE},
		{"modicon", ADDRESSING_MODICON}, {NULL, 0}};
	struct profile *p = l->profile;
	int confidence = CONFIDENCE_MEDIUM, addressing = ADDRESSING_ZERO, gone = WHEN_GONE_UNKNOWN;
	uint64_t version = 1;

	loader_check_keys(l, s, known);
	loader_string(l, s, "Maker", &p->maker);
	loader_string(l, s, "Model", &p->model);
	loader_string(l, s, "Source", &p->source);
	loader_string(l, s, "Adapter", &p->adapter);
	loader_text(l, s, "Name", &p->name);
	load_kind(l, s);
	loader_enum(l, s, "Confidence", loader_confidences, &confidence);
	loader_enum(l, s, "Addressing", addressings, &addressing);
	loader_note(l, ini_get_u64(s, "Version", 1, UINT32_MAX, l->problems, &version));
	loader_note(l, ini_get_duration(s, "FaultPeriod", 100 * USEC_PER_MSEC, 7 * USEC_PER_DAY,
			       l->problems, &l->fault_period_us));
	loader_enum(l, s, "WhenGatewayGone", gones, &gone);
	loader_note(l, ini_get_duration(s, "WhenGatewayGoneAfter", USEC_PER_SEC, 365 * USEC_PER_DAY,
			       l->problems, &p->when_gone_us));
	p->when_gone = (enum when_gone)gone;
	if (p->when_gone_us && gone == WHEN_GONE_UNKNOWN)
		(void)loader_bad(l, s, ini_get(s, "WhenGatewayGoneAfter", NULL),
			"needs WhenGatewayGone=: what it does then");
	p->confidence = (enum confidence)confidence;
	p->addressing = (enum addressing)addressing;
	p->version = (unsigned)version;
	if (!p->name.en)
		(void)loader_bad(l, s, NULL, "Name= is missing: what a household calls it");
	if (!p->source)
		(void)loader_bad(l, s, NULL, "Source= is missing: where these facts come from");
	if (!p->adapter)
		p->adapter = loader_strdup(l, "modbus");
	l->modbus = streq_ptr(p->adapter, "modbus");
	if (!l->modbus && addressing != ADDRESSING_ZERO)
		(void)loader_bad(l, s, ini_get(s, "Addressing", NULL),
			"only the modbus adapter has register numbers");
}

/* "40001", "400001" → bank and address on the wire. */
static int split_modicon(const char *text, size_t n, const char **ret_bank, uint32_t *ret_address)
{
	char digits[8];
	uint64_t v;

	if (n < 5 || n > 6)
		return -EINVAL;
	memcpy(digits, text + 1, n - 1);
	digits[n - 1] = '\0';
	for (size_t i = 0; i + 1 < n; i++)
		if (!isdigit((unsigned char)digits[i]))
			return -EINVAL;
	while (digits[0] == '0' && digits[1])
		memmove(digits, digits + 1, strlen(digits));
	if (parse_u64(digits, 1, 65536, &v) < 0)
		return -EINVAL;
	switch (text[0]) {
	case '0':
		*ret_bank = "coil";
		break;
	case '1':
		*ret_bank = "discrete";
		break;
	case '3':
		*ret_bank = "input";
		break;
	case '4':
		*ret_bank = "holding";
		break;
	default:
		return -EINVAL;
	}
	*ret_address = (uint32_t)v - 1;
	return 0;
}

static int parse_number(const struct loader *l, const char *text, size_t n, uint32_t *ret)
{
	uint32_t base = l->profile->addressing == ADDRESSING_ONE ? 1 : 0;
	char digits[16];
	uint64_t v;

	if (n == 0 || n >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, n);
	digits[n] = '\0';
	if (parse_u64(digits, base, 65535 + base, &v) < 0)
		return -EINVAL;
	*ret = (uint32_t)v - base;
	return 0;
}

/* "holding:0-116", "input:57", modicon "40001-40117". */
static int parse_range(const struct loader *l, const char *word, const char **ret_bank,
	uint32_t *ret_first, uint32_t *ret_last)
{
	static const char *const banks[] = {"coil", "discrete", "input", "holding"};
	const char *colon = strchr(word, ':'), *dash = strchr(word, '-');
	const char *last = dash ? dash + 1 : NULL, *bank = NULL, *bank2;
	size_t first_len;

	if (l->profile->addressing == ADDRESSING_MODICON) {
		first_len = dash ? (size_t)(dash - word) : strlen(word);
		if (split_modicon(word, first_len, ret_bank, ret_first) < 0)
			return -EINVAL;
		*ret_last = *ret_first;
		bank2 = *ret_bank;
		if (last && split_modicon(last, strlen(last), &bank2, ret_last) < 0)
			return -EINVAL;
		return bank2 == *ret_bank && *ret_first <= *ret_last ? 0 : -EINVAL;
	}
	if (!colon)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(banks); i++)
		if (strlen(banks[i]) == (size_t)(colon - word) && startswith(word, banks[i]))
			bank = banks[i];
	if (!bank)
		return -EINVAL;
	first_len = dash ? (size_t)(dash - colon) - 1 : strlen(colon + 1);
	if (parse_number(l, colon + 1, first_len, ret_first) < 0)
		return -EINVAL;
	*ret_last = *ret_first;
	if (last && parse_number(l, last, strlen(last), ret_last) < 0)
		return -EINVAL;
	*ret_bank = bank;
	return *ret_first <= *ret_last ? 0 : -EINVAL;
}

static void load_readable(struct loader *l, struct ini_section *s)
{
	struct ini_entry *e = ini_get(s, "Readable", NULL);
	struct profile *p = l->profile;
	_cleanup_free_ char **words = NULL;
	size_t n = 0;
	int r;

	if (!e)
		return;
	r = ini_get_list(s, "Readable", PROFILE_RANGES_MAX, l->problems, &words, &n);
	loader_note(l, r);
	if (r <= 0)
		return;
	p->ranges = calloc(n, sizeof(*p->ranges));
	if (!p->ranges) {
		l->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct read_range *range = &p->ranges[p->n_ranges];
		const char *bank;

		if (!l->modbus ||
			parse_range(l, words[i], &bank, &range->first, &range->last) < 0) {
			(void)loader_bad(l, s, e, "\"%.64s\" is no range; write %s", words[i],
				p->addressing == ADDRESSING_MODICON ? "40001-40117"
								    : "holding:0-116");
			return;
		}
		range->bank = loader_strdup(l, bank);
		p->n_ranges++;
	}
}

static void load_line(struct loader *l, struct ini_section *s)
{
	static const char *const known[] = {"Baud", "Parity", "StopBits", "Unit", "Timeout", "Gap",
		"MaxRead", "MaxReadBits", "BlockReads", "LeastPeriod", "Readable", NULL};
	static const struct ini_name parities[] = {
		{"none", 'N'}, {"even", 'E'}, {"odd", 'O'}, {NULL, 0}};
	struct line_defaults *d = &l->profile->line;
	struct problems *problems = l->problems;
	uint64_t baud = 0, stop = 0, unit = 0, max = 0, max_bits = 0;
	int parity = 0, r;

	loader_check_keys(l, s, known);
	loader_note(l, ini_get_u64(s, "Baud", 300, 1000000, problems, &baud));
	loader_enum(l, s, "Parity", parities, &parity);
	loader_note(l, ini_get_u64(s, "StopBits", 1, 2, problems, &stop));
	r = ini_get_u64(s, "Unit", 0, 255, problems, &unit);
	loader_note(l, r);
	if (r > 0)
		d->unit = (int16_t)unit;
	loader_note(l, ini_get_duration(s, "Timeout", 10 * USEC_PER_MSEC, USEC_PER_MIN, problems,
			       &d->timeout_us));
	loader_note(l, ini_get_duration(s, "Gap", 0, USEC_PER_MIN, problems, &d->gap_us));
	loader_note(l, ini_get_u64(s, "MaxRead", 1, 125, problems, &max));
	loader_note(l, ini_get_u64(s, "MaxReadBits", 1, 2000, problems, &max_bits));
	loader_note(l, ini_get_bool(s, "BlockReads", problems, &d->block_reads));
	loader_note(l,
		ini_get_duration(s, "LeastPeriod", 0, USEC_PER_DAY, problems, &d->least_period_us));
	d->baud = (uint32_t)baud;
	d->parity = (char)parity;
	d->stop_bits = (uint8_t)stop;
	d->max_read = (uint16_t)max;
	d->max_read_bits = (uint16_t)max_bits;
	load_readable(l, s);
}

static void check_sections(struct loader *l)
{
	static const char *const known[] = {"Profile", "Line", "Setting", "Repeat", "Point",
		"Fault", "Identify", "Write", NULL};

	for (struct ini_section *s = l->ini->sections; s; s = s->next) {
		size_t i = 0;

		while (known[i] && !streq(known[i], s->type))
			i++;
		if (known[i]) {
			if (i < 2 && *s->arg)
				(void)loader_bad(l, s, NULL, "[%s] takes no name", known[i]);
			continue;
		}
		(void)loader_bad(l, s, NULL,
			"unknown section; a profile has [Profile], [Line], [Setting NAME], "
			"[Repeat NAME], [Point NAME], [Fault CODE], [Write ATTRIBUTE] and "
			"[Identify NAME]");
	}
}

static void make_digest(
	const struct ini *ini, const struct profile_choices *choices, struct digest *ret)
{
	struct digester d = {0};

	for (const struct ini_section *s = ini->sections; s; s = s->next)
		ini_digest(&d, s);
	for (size_t i = 0; choices && i < choices->n; i++) {
		digest_text(&d, choices->v[i].setting);
		digest_text(&d, choices->v[i].value);
	}
	digest_end(&d, ret);
}

/* Takes INI. Problems of the file as a whole name ID. */
static int load_tree(struct ini *tree, const char *id, const char *path,
	const struct profile_choices *choices, struct problems *problems, struct profile **ret)
{
	_cleanup_(ini_freep) struct ini *ini = tree;
	struct loader l = {.ini = ini,
		.problems = problems,
		.choices = choices,
		.fault_period_us = 10 * USEC_PER_SEC};
	struct ini_section *s;

	l.profile = calloc(1, sizeof(*l.profile));
	if (!l.profile)
		return -ENOMEM;
	l.profile->refs = 1;
	l.profile->id = strdup(id);
	l.profile->path = strdup(path);
	l.profile->line = (struct line_defaults){.unit = -1, .block_reads = true};
	s = ini_section(ini, "Profile", "");
	if (!l.profile->id || !l.profile->path) {
		(void)profile_unref(l.profile);
		return -ENOMEM;
	}
	make_digest(ini, choices, &l.profile->digest);
	check_sections(&l);
	if (!s) {
		(void)problem_add(problems, PROBLEM_ERROR, path, 0, NULL,
			"there is no [Profile] section; see hearthd.profile(5)");
		l.failed = true;
	} else {
		load_profile(&l, s);
	}
	/* Nothing behind it can be judged without a kind and an adapter. */
	if (s && l.profile->kind && l.profile->adapter) {
		loader_settings(&l);
		loader_choose(&l);
		loader_repeats(&l);
		loader_when(&l);
		s = ini_section(ini, "Line", "");
		if (s)
			load_line(&l, s);
		loader_points(&l);
		loader_probes(&l);
		loader_faults(&l);
		loader_writes(&l);
	}
	if (l.failed) {
		(void)profile_unref(l.profile);
		return -EINVAL;
	}
	*ret = l.profile;
	return 0;
}

int profile_load(
	const char *const *dirs, const char *id, struct problems *problems, struct profile **ret)
{
	return profile_load_with(dirs, id, NULL, problems, ret);
}

int profile_load_with(const char *const *dirs, const char *id,
	const struct profile_choices *choices, struct problems *problems, struct profile **ret)
{
	_cleanup_(ini_freep) struct ini *ini = NULL;
	char name[64], path[4096];
	const char *file;
	int r;

	if (!id_valid(id))
		return problem_add(problems, PROBLEM_ERROR, NULL, 0, NULL,
			"\"%.64s\" is no name of a profile: 1 to 32 of a-z 0-9 _ -", id);
	(void)snprintf(name, sizeof(name), "%s.profile", id);
	r = ini_load(dirs, name, problems, &ini);
	if (r < 0)
		return r;
	file = ini->sections ? ini->sections->file : name;
	if (!str_copy(path, sizeof(path), file))
		return -ENAMETOOLONG;
	return load_tree(TAKE_PTR(ini), id, path, choices, problems, ret);
}

/* The id in a path: the file's name without ".profile", or "profile" where that is no id. */
static void id_of_path(const char *path, char id[64])
{
	const char *base = strrchr(path, '/');
	size_t n;

	base = base ? base + 1 : path;
	n = strlen(base);
	if (endswith(base, ".profile"))
		n -= strlen(".profile");
	(void)snprintf(id, 64, "%.*s", (int)MIN(n, (size_t)63), base);
	if (!id_valid(id))
		(void)str_copy(id, 64, "profile");
}

int profile_load_file(const char *path, struct problems *problems, struct profile **ret)
{
	return profile_load_file_with(path, NULL, problems, ret);
}

int profile_load_file_with(const char *path, const struct profile_choices *choices,
	struct problems *problems, struct profile **ret)
{
	struct ini *ini = NULL;
	char id[64];
	int r = ini_load_file(path, problems, &ini);

	if (r < 0)
		return r;
	id_of_path(path, id);
	return load_tree(ini, id, path, choices, problems, ret);
}

int profile_load_buffer(const char *buf, size_t len, const char *name, struct problems *problems,
	struct profile **ret)
{
	return profile_load_buffer_with(buf, len, name, NULL, problems, ret);
}

int profile_load_buffer_with(const char *buf, size_t len, const char *name,
	const struct profile_choices *choices, struct problems *problems, struct profile **ret)
{
	struct ini *ini = NULL;
	char id[64];
	int r = ini_parse(buf, len, name, problems, &ini);

	if (r < 0)
		return r;
	id_of_path(name, id);
	return load_tree(ini, id, name, choices, problems, ret);
}
