/* SPDX-License-Identifier: Apache-2.0 */
#include "scan-internal.h"

/* Beside the characters on the wire: how long a unit may think. Most answer within 50 ms. */
#define PRESENCE_MS     200
#define PRESENCE_TCP_MS 500
#define DETAIL_MS       500
#define DETAIL_TCP_MS   1000
/* A unit that has answered is waited for as long as its slowest answer suggests: a short time-out finds
 * a gap on a busy line. */
#define DETAIL_LEAST_MS 150
#define SLOWEST_FACTOR  3
/* A unit that was there and answers nothing for so many requests is done with. */
#define SILENT_MAX 3
/* On TCP: so many in a row with the same words are one device that does not look at the unit. */
#define ANY_UNIT_AFTER 4
/* What is asked to see whether anybody is there. */
#define PRESENCE_MAX 4

enum phase { PHASE_LIKELY, PHASE_REST, PHASE_OVER };

struct scan {
	struct scan_options o;
	const struct profile **profiles;
	size_t n_profiles;
	uint8_t likely[256], rest[256];
	size_t n_likely, n_rest;

	enum phase phase;
	size_t line, at; /* in the lines, in the units of the phase */
	bool answered[SCAN_LINES_MAX], seen[256];
	unsigned presence; /* which question */
	bool present;      /* and being looked at */
	struct scan_request request;
	bool asked;
	struct scan_memory memory;

	struct scan_found *found;
	uint32_t *prints; /* of what each said */
	size_t n_found;
	unsigned done, garbled;
	uint64_t silent_us;  /* what a silent unit costs, as seen */
	uint64_t slowest_us; /* answer of this unit */
};

/* ---- which lines and units */

size_t scan_likely_lines(
	const struct profile *const *profiles, size_t n, struct scan_line ret[SCAN_LINES_MAX])
{
	unsigned votes[SCAN_LINES_MAX] = {1};
	size_t k = 1;

	ret[0] = (struct scan_line){9600, 'N', 1};
	for (size_t i = 0; i < n; i++) {
		const struct line_defaults *l = &profiles[i]->line;
		struct scan_line v = {l->baud ? l->baud : 9600, l->parity ? l->parity : 'N',
			l->stop_bits ? l->stop_bits : 1};
		size_t j = 0;

		if (!streq(profiles[i]->adapter, "modbus") || (!l->baud && !l->parity))
			continue;
		while (j < k && (ret[j].baud != v.baud || ret[j].parity != v.parity ||
					ret[j].stop_bits != v.stop_bits))
			j++;
		if (j == SCAN_LINES_MAX)
			continue;
		if (j == k) {
			ret[k] = v;
			votes[k++] = 0;
		}
		votes[j]++;
	}
	for (size_t i = 1; i < k; i++)
		for (size_t j = i; j > 1 && votes[j] > votes[j - 1]; j--) {
			struct scan_line v = ret[j];
			unsigned w = votes[j];

			ret[j] = ret[j - 1];
			votes[j] = votes[j - 1];
			ret[j - 1] = v;
			votes[j - 1] = w;
		}
	return k;
}

static bool wanted(const struct scan *s, unsigned unit)
{
	return s->o.units[unit] && !s->o.skip[unit];
}

static void order_units(struct scan *s)
{
	bool listed[256] = {false};

	for (size_t i = 0; i < s->n_profiles; i++) {
		int unit = s->profiles[i]->line.unit;

		if (unit >= 0 && wanted(s, (unsigned)unit) && !listed[unit]) {
			listed[unit] = true;
			s->likely[s->n_likely++] = (uint8_t)unit;
		}
	}
	for (unsigned u = 0; u < 256; u++) {
		if (!wanted(s, u) || listed[u])
			continue;
		if (u <= 10)
			s->likely[s->n_likely++] = (uint8_t)u;
		else
			s->rest[s->n_rest++] = (uint8_t)u;
	}
	if (s->o.quick)
		s->n_rest = 0;
}

int scan_new(const struct scan_options *options, const struct profile *const *profiles, size_t n,
	struct scan **ret)
{
	_cleanup_(scan_freep) struct scan *s = calloc(1, sizeof(*s));
	bool any = false;

	if (!s)
		return -ENOMEM;
	if (n > SCAN_PROFILES_MAX || options->n_lines > SCAN_LINES_MAX)
		return -EINVAL;
	s->o = *options;
	s->profiles = calloc(n + 1, sizeof(*s->profiles));
	s->found = calloc(SCAN_FOUND_MAX, sizeof(*s->found));
	s->prints = calloc(SCAN_FOUND_MAX, sizeof(*s->prints));
	s->memory.v = calloc(ANSWERS_MAX, sizeof(*s->memory.v));
	if (!s->profiles || !s->found || !s->prints || !s->memory.v)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (streq(profiles[i]->adapter, "modbus"))
			s->profiles[s->n_profiles++] = profiles[i];
	if (s->o.tcp) {
		s->o.n_lines = 1;
		s->o.lines[0] = (struct scan_line){0};
	} else if (s->o.n_lines == 0) {
		s->o.n_lines = scan_likely_lines(profiles, n, s->o.lines);
	}
	for (unsigned u = 0; u < 256; u++)
		any = any || s->o.units[u];
	for (unsigned u = 1; !any && u <= 247; u++)
		s->o.units[u] = true;
	if (!s->o.tcp)
		s->o.units[0] = false; /* a broadcast */
	order_units(s);
	*ret = TAKE_PTR(s);
	return 0;
}

struct scan *scan_free(struct scan *s)
{
	if (!s)
		return NULL;
	free(s->profiles);
	free(s->found);
	free(s->prints);
	free(s->memory.v);
	free(s);
	return NULL;
}

/* ---- what to ask */

static size_t n_units(const struct scan *s)
{
	return s->phase == PHASE_LIKELY ? s->n_likely : s->n_rest;
}

static uint8_t unit_now(const struct scan *s)
{
	return s->phase == PHASE_LIKELY ? s->likely[s->at] : s->rest[s->at];
}

/* Somebody answered at another setting: this one is not the line's. */
static bool line_dropped(const struct scan *s, size_t line)
{
	for (size_t i = 0; i < s->o.n_lines; i++)
		if (i != line && s->answered[i] && !s->answered[line])
			return true;
	return false;
}

/* To a unit that is still to be asked, or PHASE_OVER. */
static void settle(struct scan *s)
{
	while (s->phase != PHASE_OVER) {
		if (s->line >= s->o.n_lines) {
			s->phase++;
			s->line = s->at = 0;
		} else if (s->at >= n_units(s) || line_dropped(s, s->line)) {
			s->line++;
			s->at = 0;
		} else if (s->seen[unit_now(s)]) {
			s->at++;
		} else {
			return;
		}
	}
}

static void step(struct scan *s)
{
	s->at++;
	s->done++;
	s->presence = 0;
	s->present = false;
	s->memory.n = 0;
	s->memory.silent = 0;
	s->slowest_us = 0;
}

/* The K-th question whether anybody is there: registers that most have, then what the profiles of this
 * factory unit would read. */
static bool presence_pdu(const struct scan *s, unsigned k, uint8_t ret[MODBUS_READ_PDU])
{
	static const uint8_t common[2][MODBUS_READ_PDU] = {{3, 0, 0, 0, 1}, {4, 0, 0, 0, 1}};

	if (k < 2) {
		memcpy(ret, common[k], MODBUS_READ_PDU);
		return true;
	}
	if (s->phase != PHASE_LIKELY)
		return false;
	k -= 2;
	for (size_t i = 0; i < s->n_profiles; i++)
		if (s->profiles[i]->line.unit == unit_now(s) && k-- == 0)
			return scan_first_read(s->profiles[i], ret);
	return false;
}

/* Characters of a request and its reply, in ms, rounded up. */
static uint32_t wire_ms(const struct scan *s, size_t reply_bytes)
{
	const struct scan_line *l = &s->o.lines[s->line];
	uint32_t baud = l->baud ? l->baud : 9600;

	return s->o.tcp ? 0 : (uint32_t)((16 + reply_bytes) * 11 * 1000 / baud + 1);
}

bool scan_next(struct scan *s, struct scan_request *ret)
{
	struct scan_request *r = &s->request;
	uint32_t most;

	if (s->asked) {
		*ret = *r;
		return true;
	}
	settle(s);
	if (s->phase == PHASE_OVER)
		return false;
	r->unit = unit_now(s);
	r->line = s->o.lines[s->line];
	if (s->present) {
		/* scan_reply() has left off where there is something to ask. */
		if (!scan_judge_next(&s->memory, s->profiles, s->n_profiles, r->pdu, &r->n))
			return false;
		most = s->o.tcp ? DETAIL_TCP_MS : DETAIL_MS;
		r->timeout_ms = (uint32_t)(SLOWEST_FACTOR * s->slowest_us / USEC_PER_MSEC);
		r->timeout_ms = CLAMP(r->timeout_ms, DETAIL_LEAST_MS, most) + wire_ms(s, 40);
	} else {
		(void)presence_pdu(s, s->presence, r->pdu);
		r->n = MODBUS_READ_PDU;
		r->timeout_ms = (s->o.tcp ? PRESENCE_TCP_MS : PRESENCE_MS) + wire_ms(s, 8);
	}
	s->asked = true;
	*ret = *r;
	return true;
}

/* ---- what came */

static void remember(struct scan *s, int result, uint8_t exception, const uint8_t *pdu, size_t n)
{
	struct scan_memory *m = &s->memory;
	struct scan_answer *a;

	/* Many are silent to 43 and 17, which says nothing of their registers. */
	if (result != -ETIMEDOUT && result != -EBADMSG)
		m->silent = 0;
	else if (s->request.n == MODBUS_READ_PDU)
		m->silent++;
	if (m->n == ANSWERS_MAX || scan_recall(m, s->request.pdu, s->request.n))
		return;
	a = &m->v[m->n++];
	*a = (struct scan_answer){.n = s->request.n, .result = result, .exception = exception};
	memcpy(a->pdu, s->request.pdu, s->request.n);
	if (result == 0) {
		a->len = MIN(n, sizeof(a->reply));
		memcpy(a->reply, pdu, a->len);
	}
}

static uint32_t print_of(const struct scan_memory *m)
{
	uint32_t c = 0;

	for (size_t i = 0; i < m->n; i++) {
		c = crc32c(c, m->v[i].pdu, m->v[i].n);
		c = crc32c(c, m->v[i].reply, m->v[i].len);
		c = crc32c(c, &m->v[i].exception, 1);
	}
	return c;
}

/* Several in a row with the very same words: one device, whatever unit it is asked as. */
static bool fold(struct scan *s)
{
	size_t n = s->n_found;

	if (!s->o.tcp || n < ANY_UNIT_AFTER)
		return false;
	for (size_t i = n - ANY_UNIT_AFTER + 1; i < n; i++)
		if (s->prints[i] != s->prints[n - ANY_UNIT_AFTER])
			return false;
	s->n_found = n - ANY_UNIT_AFTER + 1;
	s->found[s->n_found - 1].any_unit = true;
	s->phase = PHASE_OVER;
	return true;
}

static bool unit_done(struct scan *s)
{
	struct scan_found *f;

	s->seen[s->request.unit] = true;
	if (s->n_found < SCAN_FOUND_MAX) {
		f = &s->found[s->n_found];
		*f = (struct scan_found){.unit = s->request.unit, .line = s->request.line};
		scan_judge(&s->memory, s->profiles, s->n_profiles, f);
		s->prints[s->n_found++] = print_of(&s->memory);
	}
	step(s);
	return !fold(s);
}

static bool somebody(const struct scan *s, int result, uint8_t exception)
{
	/* 10 and 11: a gateway says that nobody is behind it. */
	return result == 0 || (result == -EREMOTEIO && exception != 10 && exception != 11);
}

bool scan_reply(struct scan *s, int result, uint8_t exception, const uint8_t *pdu, size_t n,
	uint64_t took_us)
{
	uint8_t next[MODBUS_READ_PDU];
	size_t n_next;

	if (!s->asked)
		return false;
	s->asked = false;
	if (result == 0 && !modbus_identify_valid(s->request.pdu, s->request.n)) {
		struct modbus_request rq;

		/* Whoever brings it, what is judged is a reply to what was asked. */
		if (modbus_request_parse(s->request.unit, s->request.pdu, s->request.n, &rq) < 0 ||
			modbus_pdu_check(&rq, pdu, n, &exception) != MODBUS_REPLY)
			result = -EBADMSG;
	} else if (result == 0 &&
		   modbus_identify_check(s->request.pdu, pdu, n, &exception) != MODBUS_REPLY) {
		result = -EBADMSG;
	}
	if (result == -EPERM) {
		step(s);
		return false;
	}
	if (!s->present && !somebody(s, result, exception)) {
		s->garbled += result == -EBADMSG;
		s->silent_us = s->silent_us ? (7 * s->silent_us + took_us) / 8 : took_us;
		/* A gateway's word, and a second question at a likely unit only. */
		if (result == -EREMOTEIO || ++s->presence >= PRESENCE_MAX ||
			!presence_pdu(s, s->presence, next))
			step(s);
		return false;
	}
	if (!s->present)
		s->answered[s->line] = true;
	s->present = true;
	if (result == 0 || result == -EREMOTEIO)
		s->slowest_us = MAX(s->slowest_us, took_us);
	remember(s, result, exception, pdu, n);
	if (s->memory.silent < SILENT_MAX &&
		scan_judge_next(&s->memory, s->profiles, s->n_profiles, next, &n_next))
		return false;
	return unit_done(s);
}

/* ---- for others to see */

size_t scan_n_found(const struct scan *s)
{
	return s->n_found;
}

const struct scan_found *scan_found(const struct scan *s, size_t i)
{
	return i < s->n_found ? &s->found[i] : NULL;
}

void scan_get_progress(const struct scan *s, struct scan_progress *ret)
{
	unsigned left = 0;
	uint64_t each = s->silent_us;

	*ret = (struct scan_progress){.done = s->done, .found = s->n_found, .garbled = s->garbled};
	for (size_t i = 0; s->phase != PHASE_OVER && i < s->o.n_lines; i++) {
		if (line_dropped(s, i))
			continue;
		if (s->phase == PHASE_LIKELY)
			left += (unsigned)(i > s->line    ? s->n_likely
					   : i == s->line ? s->n_likely - MIN(s->at, s->n_likely)
							  : 0);
		left += (unsigned)(s->phase == PHASE_LIKELY || i > s->line ? s->n_rest
				   : i == s->line ? s->n_rest - MIN(s->at, s->n_rest)
						  : 0);
	}
	ret->total = s->done + left;
	if (each == 0)
		each = (s->o.tcp ? PRESENCE_TCP_MS : PRESENCE_MS) * USEC_PER_MSEC;
	/* Two questions to a unit. */
	ret->remaining_us = 2 * each * left;
	ret->line = s->request.line;
	ret->unit = s->request.unit;
}
