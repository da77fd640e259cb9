/* SPDX-License-Identifier: Apache-2.0 */
#include "repair.h"

#include "daemon/base/base64.h"
#include "daemon/base/sha256.h"

#include <ctype.h>

const char *repair_phase_name(enum repair_phase p)
{
	switch (p) {
	case REQUEST_PREPARING:
		return "preparing";
	case REQUEST_QUEUED:
		return "queued";
	case REQUEST_SENT:
		return "sent";
	case REQUEST_ACCEPTED:
		return "accepted";
	case REQUEST_APPOINTMENT:
		return "appointment";
	case REQUEST_DECLINED:
		return "declined";
	case REQUEST_CLOSED:
		return "closed";
	case REQUEST_CANCELLED:
		return "cancelled";
	case REQUEST_FAILED:
		return "failed";
	case REQUEST_UNSURE:
		return "unsure";
	case _REQUEST_PHASE_MAX:
		break;
	}
	return "";
}

bool repair_is_open(const struct repair_request *r)
{
	switch (r->phase) {
	case REQUEST_PREPARING:
	case REQUEST_QUEUED:
	case REQUEST_SENT:
	case REQUEST_ACCEPTED:
	case REQUEST_APPOINTMENT:
	case REQUEST_UNSURE:
		return r->number > 0;
	case REQUEST_DECLINED:
	case REQUEST_CLOSED:
	case REQUEST_CANCELLED:
	case REQUEST_FAILED:
	case _REQUEST_PHASE_MAX:
		break;
	}
	return false;
}

int repair_answer_apply(struct repair_request *r, const struct repair_answer *a)
{
	const struct repair_answer *last = r->n_answers ? &r->answers[r->n_answers - 1] : NULL;

	if (!repair_is_open(r))
		return -EPERM;
	if (last && (a->t_s < last->t_s || (a->t_s == last->t_s && a->status == last->status)))
		return -ESTALE;
	if (r->n_answers == REPAIR_ANSWERS_MAX)
		memmove(r->answers, r->answers + 1, --r->n_answers * sizeof(*r->answers));
	r->answers[r->n_answers++] = *a;
	r->phase = a->status;
	return 0;
}

/* ---- the visit code */

/* Without I, L, O and U: it is said and heard. */
static const char visit_digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
#define VISIT_DIGITS 8

static void visit_digest(const struct repair_request *r, const char digits[static VISIT_DIGITS],
	uint8_t ret[static 32])
{
	uint8_t text[sizeof(r->salt) + VISIT_DIGITS];

	memcpy(text, r->salt, sizeof(r->salt));
	memcpy(text + sizeof(r->salt), digits, VISIT_DIGITS);
	sha256(text, sizeof(text), ret);
	explicit_bzero(text, sizeof(text));
}

void repair_visit_make(struct repair_request *r, const uint8_t seed[static VISIT_SEED],
	char ret[static VISIT_SIZE])
{
	char digits[VISIT_DIGITS];
	uint64_t v = 0;

	for (size_t i = 0; i < VISIT_SEED; i++)
		v = v << 8 | seed[i];
	for (size_t i = 0; i < VISIT_DIGITS; i++)
		digits[i] = visit_digits[v >> (5 * (VISIT_DIGITS - 1 - i)) & 31];
	visit_digest(r, digits, r->digest);
	(void)snprintf(ret, VISIT_SIZE, "%.4s-%.4s", digits, digits + 4);
	explicit_bzero(digits, sizeof(digits));
}

static int visit_normal(const char *text, char digits[static VISIT_DIGITS])
{
	size_t n = 0;

	for (; *text; text++) {
		char c = (char)toupper((unsigned char)*text);

		if (c == ' ' || c == '-')
			continue;
		c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
		if (n == VISIT_DIGITS || !strchr(visit_digits, c))
			return -EINVAL;
		digits[n++] = c;
	}
	return n == VISIT_DIGITS ? 0 : -EINVAL;
}

bool repair_visit_locked(const struct repair_request *r)
{
	return r->wrong >= REPAIR_TRIES_MAX;
}

int repair_visit_try(struct repair_request *r, const char *text, int64_t now_s)
{
	char digits[VISIT_DIGITS];
	uint8_t digest[32];
	volatile uint8_t differs = 0; /* all of it is compared, however early it differs */
	int e = visit_normal(text, digits);

	if (e < 0)
		return e;
	if (repair_visit_locked(r))
		return -EPERM;
	visit_digest(r, digits, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		differs |= (uint8_t)(digest[i] ^ r->digest[i]);
	explicit_bzero(digits, sizeof(digits));
	r->wrong += differs != 0;
	if (differs == 0)
		r->visited_s = now_s > 0 ? now_s : -1;
	return differs == 0;
}

/* ---- where the code is */

#define VISIT_MEMBER ",\"visit\":\""
#define VISIT_TAIL   (sizeof(VISIT_MEMBER) - 1 + VISIT_SIZE - 1 + 2) /* ,"visit":"XXXX-XXXX"} */

int repair_packet_add_visit(char **p, size_t *n, const char *code)
{
	char *longer;

	if (*n < 2 || (*p)[*n - 1] != '}' || strlen(code) != VISIT_SIZE - 1)
		return -EINVAL;
	longer = realloc(*p, *n + VISIT_TAIL);
	if (!longer)
		return -ENOMEM;
	(void)snprintf(longer + *n - 1, VISIT_TAIL + 1, VISIT_MEMBER "%s\"}", code);
	*p = longer;
	*n += VISIT_TAIL - 1;
	return 0;
}

/* Of a packet itself. */
static void mask_packet(char *p, size_t n)
{
	if (n > VISIT_TAIL &&
		memcmp(p + n - VISIT_TAIL, VISIT_MEMBER, sizeof(VISIT_MEMBER) - 1) == 0)
		memset(p + n - VISIT_SIZE - 1, '*', VISIT_SIZE - 1);
}

void repair_mask(char *p, size_t n)
{
	static const char member[] = "\"payload\":\"";
	char *text = memmem(p, n, member, sizeof(member) - 1), *end, *encoded;
	uint8_t *raw;
	int n_raw;

	mask_packet(p, n);
	if (!text)
		return;
	text += sizeof(member) - 1;
	end = memchr(text, '"', n - (size_t)(text - p));
	if (!end)
		return;
	raw = malloc((size_t)(end - text) / 4 * 3 + 1);
	encoded = malloc((size_t)(end - text) + 1);
	n_raw = raw && encoded ? base64_decode(text, (size_t)(end - text), raw) : -ENOMEM;
	if (n_raw >= 0) {
		mask_packet((char *)raw, (size_t)n_raw);
		base64_encode(encoded, raw, (size_t)n_raw);
		memcpy(text, encoded, (size_t)(end - text));
	} else /* not to be looked into: then nothing of it is kept */
		memset(text, '*', (size_t)(end - text));
	if (raw)
		explicit_bzero(raw, (size_t)(end - text) / 4 * 3);
	free(raw);
	free(encoded);
}
