/* SPDX-License-Identifier: Apache-2.0 */
#include "trace.h"

struct trace *trace_free(struct trace *t)
{
	if (!t)
		return NULL;
	for (size_t i = 0; i < t->n_expects; i++) {
		free(t->expects[i].name);
		free(t->expects[i].value);
	}
	free(t->expects);
	free(t->exchanges);
	free(t->passes);
	for (size_t i = 0; i < t->n_choices; i++) {
		free((char *)t->choices[i].setting);
		free((char *)t->choices[i].value);
	}
	free(t->path);
	free(t->profile);
	free(t);
	return NULL;
}

static void *grow(void *v, size_t n, size_t max, size_t size)
{
	/* Doubles at powers of two. */
	if (n >= max)
		return NULL;
	return n & (n - 1) ? v : reallocarray(v, n ? 2 * n : 1, size);
}

static struct trace_pass *current_pass(struct trace *t, bool exchange)
{
	struct trace_pass *p = t->n_passes ? &t->passes[t->n_passes - 1] : NULL;

	if (p && !(exchange && p->n_expects > 0))
		return p;
	p = grow(t->passes, t->n_passes, EXCHANGES_MAX, sizeof(*p));
	if (!p)
		return NULL;
	t->passes = p;
	p += t->n_passes++;
	*p = (struct trace_pass){.exchange = t->n_exchanges, .expect = t->n_expects};
	return p;
}

static const char *load_exchange(struct trace *t, char kind, const char *hex, unsigned line)
{
	struct trace_exchange *v;
	struct trace_pass *pass;
	int n;

	if (kind == '<') {
		v = t->n_exchanges ? &t->exchanges[t->n_exchanges - 1] : NULL;
		if (!v || v->n_reply > 0)
			return "a reply without its request";
		n = hex_decode(hex, v->reply, sizeof(v->reply));
		v->n_reply = n > 0 ? (size_t)n : 0;
		return n > 0 ? NULL : "no bytes in hexadecimal";
	}
	pass = current_pass(t, true);
	v = pass ? grow(t->exchanges, t->n_exchanges, EXCHANGES_MAX, sizeof(*v)) : NULL;
	if (!v)
		return "too many requests";
	t->exchanges = v;
	v += t->n_exchanges;
	*v = (struct trace_exchange){
		.line = line, .optional = *hex == '~', .alternative = *hex == '|'};
	if (v->alternative && pass->n_exchanges == 0)
		return "there is no request before it";
	hex += v->optional || v->alternative;
	n = hex_decode(hex, v->request, sizeof(v->request));
	if (n <= 0)
		return "no bytes in hexadecimal";
	v->n_request = (size_t)n;
	t->n_exchanges++;
	pass->n_exchanges++;
	return NULL;
}

static const char *load_expect(struct trace *t, char kind, char *text, unsigned line)
{
	struct trace_pass *pass = current_pass(t, false);
	struct trace_expect *v =
		pass ? grow(t->expects, t->n_expects, EXPECTS_MAX, sizeof(*v)) : NULL;
	char *value = text;

	if (!v)
		return "too many expectations";
	t->expects = v;
	v += t->n_expects;
	*v = (struct trace_expect){.line = line};
	if (kind == '=') {
		value = text + strcspn(text, " \t");
		if (*value)
			*value++ = '\0';
		value += strspn(value, " \t");
		if (!*text)
			return "write = name value";
		v->name = strdup(text);
	}
	v->value = strdup(value);
	t->n_expects++;
	pass->n_expects++;
	return v->value && (v->name || kind == '!') ? NULL : "out of memory";
}

/* "word_order little" */
static const char *load_setting(struct trace *t, const char *text)
{
	size_t n = strcspn(text, " \t"), blank = strspn(text + n, " \t");
	struct profile_choice *c = &t->choices[t->n_choices];

	if (n == 0 || !text[n + blank])
		return "a setting is its name and its value";
	if (t->n_choices == ARRAY_SIZE(t->choices))
		return "too many settings";
	t->n_choices++;
	c->setting = strndup(text, n);
	c->value = strdup(text + n + blank);
	return c->setting && c->value ? NULL : "out of memory";
}

static const char *load_header(struct trace *t, const char *line)
{
	const char *value;
	uint64_t unit;

	if ((value = startswith(line, "profile:"))) {
		value += strspn(value, " \t");
		free(t->profile);
		t->profile = strdup(value);
		return id_valid(value) ? NULL : "no name of a profile";
	}
	if ((value = startswith(line, "transport:"))) {
		value += strspn(value, " \t");
		if (streq(value, "rtu"))
			t->wire = WIRE_RTU;
		else if (streq(value, "tcp"))
			t->wire = WIRE_TCP;
		else if (streq(value, "serial"))
			t->wire = WIRE_SERIAL;
		else
			return "the transport is rtu, tcp or serial";
		return NULL;
	}
	if ((value = startswith(line, "unit:"))) {
		value += strspn(value, " \t");
		if (parse_u64(value, 0, 255, &unit) < 0)
			return "the unit is 0 to 255";
		t->unit = (int16_t)unit;
		return NULL;
	}
	if ((value = startswith(line, "setting:"))) {
		value += strspn(value, " \t");
		return load_setting(t, value);
	}
	return "expected profile:, transport:, unit:, setting:, >, <, =, ! or #";
}

static const char *load_line(struct trace *t, char *line, unsigned number)
{
	char *p = line + strspn(line, " \t");
	size_t n = strlen(p);

	while (n > 0 && strchr(" \t\r", p[n - 1]))
		p[--n] = '\0';
	if (!*p || *p == '#')
		return NULL;
	if (*p == '>' || *p == '<')
		return load_exchange(t, *p, p + 1, number);
	if (*p == '=' || *p == '!')
		return load_expect(t, *p, p + 1 + strspn(p + 1, " \t"), number);
	return load_header(t, p);
}

int trace_load(const char *path, struct trace **ret, char *reason, size_t size)
{
	_cleanup_(trace_freep) struct trace *t = calloc(1, sizeof(*t));
	_cleanup_free_ char *text = NULL;
	unsigned number = 0;
	size_t len;
	int r;

	if (!t)
		return -ENOMEM;
	t->unit = -1;
	t->path = strdup(path);
	r = read_file(path, TRACE_FILE_MAX, &text, &len);
	if (r < 0 || !t->path) {
		(void)snprintf(reason, size, "%s: %s", path, strerror(-r));
		return r < 0 ? r : -ENOMEM;
	}
	for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
		const char *wrong = load_line(t, line, ++number);

		if (wrong) {
			(void)snprintf(reason, size, "%s:%u: %s", path, number, wrong);
			return -EINVAL;
		}
	}
	if (!t->profile || t->n_exchanges == 0) {
		(void)snprintf(reason, size, "%s: %s", path,
			t->profile ? "there is no request" : "there is no profile: line");
		return -EINVAL;
	}
	*ret = TAKE_PTR(t);
	return 0;
}
