/* SPDX-License-Identifier: Apache-2.0 */
/* Requests for a repair as JSON: org.hearthd.Repair1 hands it over, hearthctl words it. Never with a visit code,
 * which is not known here. */
#include "manager-repair.h"
#include "daemon/report/report-internal.h"

static void write_moment(struct writer *w, const char *key, int64_t t_s)
{
	if (t_s == 0)
		return;
	write_key(w, key);
	write_signed(w, t_s);
}

static void write_text(struct writer *w, const char *key, const char *s)
{
	write_member(w, key, isempty(s) ? NULL : s);
}

static void write_answer(struct writer *w, const struct repair_answer *a)
{
	write_open(w, '{');
	write_member(w, "status", repair_phase_name(a->status));
	write_moment(w, "t", a->t_s);
	write_moment(w, "at", a->at_s);
	write_moment(w, "from", a->from_s);
	write_moment(w, "to", a->to_s);
	if (*a->text_en || *a->text_zh) {
		write_key(w, "text");
		write_open(w, '{');
		write_text(w, "en", a->text_en);
		write_text(w, "zh", a->text_zh);
		write_close(w, '}');
	}
	write_text(w, "who", a->who);
	write_text(w, "reference", a->reference);
	write_close(w, '}');
}

static void write_request(struct writer *w, const struct repair_request *r)
{
	write_open(w, '{');
	write_key(w, "number");
	write_unsigned(w, r->number);
	write_member(w, "request", r->id);
	write_member(w, "appliance", r->appliance);
	write_member(w, "upstream", r->upstream);
	write_member(w, "state", repair_phase_name(r->phase));
	write_key(w, "open");
	write_bool(w, repair_is_open(r));
	write_moment(w, "made", r->made_s);
	write_key(w, "wrong_codes");
	write_unsigned(w, r->wrong);
	write_key(w, "code_locked");
	write_bool(w, repair_visit_locked(r));
	write_key(w, "visited");
	if (r->visited_s == 0)
		write_null(w);
	else
		write_signed(w, MAX(r->visited_s, 0));
	write_key(w, "answers");
	write_open(w, '[');
	for (unsigned i = 0; i < r->n_answers; i++)
		write_answer(w, &r->answers[i]);
	write_close(w, ']');
	write_close(w, '}');
}

static int by_number(const void *a, const void *b)
{
	const struct repair_request *x = *(struct repair_request *const *)a,
				    *y = *(struct repair_request *const *)b;

	return x->number < y->number ? -1 : x->number > y->number;
}

int manager_repair_list(struct manager *m, char **ret)
{
	const struct repair_request *v[REPAIR_KEPT_MAX];
	struct writer w = {0};
	size_t n = 0;

	for (size_t i = 0; i < REPAIR_KEPT_MAX; i++)
		if (m->repairs->v[i].number)
			v[n++] = &m->repairs->v[i];
	qsort(v, n, sizeof(*v), by_number);
	write_open(&w, '{');
	write_key(&w, "requests");
	write_open(&w, '[');
	for (size_t i = 0; i < n; i++)
		write_request(&w, v[i]);
	write_close(&w, ']');
	write_close(&w, '}');
	return writer_take(&w, ret, &n);
}

int manager_repair_show(const struct repair_request *r, const char *packet, size_t n, char **ret)
{
	struct writer w = {0};

	write_open(&w, '{');
	write_key(&w, "request");
	write_request(&w, r);
	if (n > 0) {
		write_key(&w, "packet");
		write_token(&w, packet); /* writer made it */
	}
	write_close(&w, '}');
	return writer_take(&w, ret, &n);
}
