/* SPDX-License-Identifier: Apache-2.0 */
/* How a write went: refused, lost, taken, read back; and what that leaves to be put back. */
#include "gate-internal.h"

static void land(struct gate *g)
{
	g->flight.on = g->flight.reading = false;
	g->flight.e = NULL;
}

/* The put-back is done, or is tried again. */
static void put_back_ends(struct entry *e, uint64_t now, bool good, bool sent)
{
	if (good) {
		gate_entry_end(e);
		return;
	}
	e->put_back = true;
	if (sent)
		e->tries++;
	e->retry_at_us =
		now + (sent ? MAX(GATE_RETRY_US, e->w->least_interval_us) : 10 * USEC_PER_SEC);
}

void gate_abandon(struct gate *g, uint64_t now_us, struct gate_answer *ret_answer)
{
	struct entry *e = g->flight.e;

	if (!g->flight.on)
		return;
	gate_uncharge(g, e);
	*e = g->flight.before;
	if (g->flight.kind != GATE_ASKED) {
		e->retry_at_us = now_us + 10 * USEC_PER_SEC;
		e->refresh_at_us = e->refresh_at_us == USEC_INFINITY ? USEC_INFINITY
								     : now_us + 10 * USEC_PER_SEC;
	}
	(void)gate_refuse(ret_answer, WRITE_REFUSED, "journal",
		"the journal cannot record it now, so nothing is written",
		"日志目前无法记录，因此不写入");
	ret_answer->read[0] = '\0';
	land(g);
}

static void judge(struct gate *g, uint64_t now, bool good)
{
	struct entry *e = g->flight.e;

	if (g->flight.kind == GATE_PUT_BACK)
		put_back_ends(e, now, good, true);
	else if (e->w->pulse_us && good)
		gate_entry_end(e);
	else if (e->w->pulse_us) {
		/* It may still be switched on. */
		e->put_back = e->at_once = true;
		e->retry_at_us = now;
	}
	land(g);
}

static void not_sent(struct gate *g, uint64_t now, int result, struct gate_answer *a)
{
	struct entry *e = g->flight.e;
	enum gate_kind kind = g->flight.kind;

	gate_uncharge(g, e);
	*e = g->flight.before;
	if (kind == GATE_PUT_BACK)
		put_back_ends(e, now, false, false);
	else if (kind == GATE_REFRESH)
		e->refresh_at_us = now + MIN(10 * USEC_PER_SEC, e->w->expires_us / 6);
	(void)gate_refuse(a, WRITE_FAILED, reason_name(reason_from_errno(result)),
		"it did not leave: the line or the appliance was not to be had",
		"未能发出：线路或电器不可用");
	land(g);
}

bool gate_done(struct gate *g, uint64_t now_us, int result, bool sent, uint8_t exception,
	unsigned *ret_point, uint64_t *ret_at_us, struct gate_answer *ret_answer)
{
	struct entry *e = g->flight.e;
	char text[160], zh[160];

	*ret_answer = (struct gate_answer){.word = ""};
	if (!g->flight.on || g->flight.reading)
		return false;
	if (result < 0 && !sent) {
		not_sent(g, now_us, result, ret_answer);
		return false;
	}
	/* 5: "it takes me long", which is not no. */
	if (result == -EREMOTEIO && exception != 5) {
		bool pulse = e->w->pulse_us > 0;

		if (g->flight.kind == GATE_ASKED && !pulse) {
			/* It counts as written, but nothing was set. */
			struct entry was = g->flight.before;

			was.written = e->written;
			was.last_us = e->last_us;
			memcpy(was.slots, e->slots, sizeof(was.slots));
			was.n_slots = e->n_slots;
			*e = was;
		}
		(void)snprintf(text, sizeof(text), "the appliance refused it: %s (%u)",
			modbus_exception_name(exception), exception);
		(void)snprintf(zh, sizeof(zh), "电器拒绝：%s（%u）",
			modbus_exception_name(exception), exception);
		(void)gate_refuse(ret_answer, WRITE_FAILED, "exception", text, zh);
		judge(g, now_us, false);
		return false;
	}
	g->flight.unknown = result < 0;
	if (e->w->read_back >= 0 && g->flight.has_value && g->flight.kind != GATE_REFRESH) {
		g->flight.reading = true;
		*ret_point = (unsigned)e->w->read_back;
		*ret_at_us = now_us + e->w->read_back_us;
		return true;
	}
	if (result < 0)
		(void)gate_refuse(ret_answer, WRITE_UNKNOWN, reason_name(reason_from_errno(result)),
			"the answer was lost; whether it was done is not known",
			"应答丢失；是否已执行未知");
	else
		(void)gate_refuse(ret_answer, WRITE_ACCEPTED, "",
			"the appliance took it; nothing shows the result",
			"电器已接受；无回读点可确认");
	judge(g, now_us, result == 0);
	return false;
}

void gate_read(
	struct gate *g, uint64_t now_us, const struct reading *r, struct gate_answer *ret_answer)
{
	struct entry *e = g->flight.e;
	const struct profile *p;
	struct write_value v;
	char text[160], zh[160];

	*ret_answer = (struct gate_answer){.word = ""};
	if (!g->flight.on || !g->flight.reading)
		return;
	p = gate_profile_of(g, e);
	if (!r || !write_value_of_reading(r, &v)) {
		if (g->flight.unknown)
			(void)gate_refuse(ret_answer, WRITE_UNKNOWN, "no-read-back",
				"the answer was lost, and it could not be read back either",
				"应答丢失，也未能回读");
		else
			(void)gate_refuse(ret_answer, WRITE_NOT_CONFIRMED, "no-read-back",
				"the appliance took it, but it could not be read back",
				"电器已接受，但未能回读");
		judge(g, now_us, false);
		return;
	}
	write_value_format(p, e->w, &v, ret_answer->read, sizeof(ret_answer->read));
	if (write_value_equal(p, e->w, &g->flight.value, &v)) {
		(void)gate_refuse(
			ret_answer, WRITE_CONFIRMED, "", "done, and read back", "已执行，回读一致");
		judge(g, now_us, true);
		return;
	}
	(void)snprintf(text, sizeof(text), "read back %s instead", ret_answer->read);
	(void)snprintf(zh, sizeof(zh), "回读为 %s", ret_answer->read);
	(void)gate_refuse(ret_answer, WRITE_NOT_CONFIRMED, "differs", text, zh);
	judge(g, now_us, false);
}
