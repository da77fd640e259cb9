/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl add: what the appliance says, before it is one. */
#include "add-internal.h"

#include "daemon/model/reading.h"

#define TIMEOUT_MS     1000
#define TIMEOUT_MAX_MS 2000

static int read_span(struct add *a, size_t block, uint16_t first, uint16_t last, bool *ret_refused)
{
	const struct modbus_block *b = &a->state.blocks[block];
	const struct line_defaults *l = &a->profile->line;
	struct scan_request rq = {.unit = b->unit, .line = a->line, .n = MODBUS_READ_PDU};
	struct modbus_raw h = {
		.function = b->function, .address = first, .count = (uint16_t)(last - first + 1)};
	struct reading got[FRAME_READINGS_MAX];
	struct raw raw = {.block = (uint16_t)block};
	uint8_t pdu[MODBUS_PDU_MAX], exception = 0;
	uint64_t took;
	size_t n = 0;
	int r;

	rq.timeout_ms = (uint32_t)CLAMP(
		l->timeout_us ? l->timeout_us / USEC_PER_MSEC : TIMEOUT_MS, 50U, TIMEOUT_MAX_MS);
	modbus_request_pdu(
		&(struct modbus_request){
			.function = h.function, .address = first, .count = h.count},
		rq.pdu);
	if (l->gap_us)
		(void)usleep((useconds_t)MIN(l->gap_us, USEC_PER_SEC - 1));
	r = scan_port_ask(&a->port, &rq, pdu, &n, &exception, &took);
	if (r == -EIO || r == -EINTR)
		return r;
	*ret_refused = r == -EREMOTEIO && (exception == 2 || exception == 3);
	if (r == 0 &&
		(n < 2 || n != 2 + modbus_reply_bytes(h.function, h.count) || pdu[0] != h.function))
		r = -EBADMSG;
	a->refusals += r == -EREMOTEIO;
	a->lost += r < 0 && r != -EREMOTEIO;
	if (r < 0)
		return 0;
	modbus_raw_put(&raw, &h, pdu + 2, n - 2);
	r = modbus_decode(&a->state, &raw, got, FRAME_READINGS_MAX);
	for (int i = 0; i < r; i++)
		a->readings[got[i].point] = got[i];
	return 0;
}

static int read_all(struct add *a)
{
	int r = 0;

	for (size_t i = 0; i < a->state.n_blocks && r == 0; i++) {
		const struct modbus_block *b = &a->state.blocks[i];
		bool refused = false;

		r = read_span(a, i, b->first, b->last, &refused);
		/* A hole in the block: its values one by one. */
		for (size_t k = 0; refused && r == 0 && b->n_parts > 1 && k < b->n_parts; k++) {
			bool again;

			r = read_span(a, i, b->parts[k].first, b->parts[k].last, &again);
		}
		if (ctl_interrupted())
			r = -EINTR;
	}
	if (r == -EINTR)
		return ctl_error(a->o, CTL_FAILURE, NULL, "stopped; nothing was added");
	/* It answers, and has them not. */
	for (size_t i = 0; i < a->profile->n_points && a->refusals > 0 && a->lost == 0; i++)
		if (a->readings[i].quality == QUALITY_UNAVAILABLE)
			a->readings[i].reason = REASON_UNSUPPORTED;
	return r == 0 ? CTL_OK : CTL_FAILURE;
}

/* The point's own, else what the model calls its attribute, as hearthd does. */
static const char *point_label(const struct profile *p, const struct point *pt, bool zh)
{
	const struct model_attr *m = pt->attr >= 0 ? &p->kind->attrs[pt->attr] : NULL;
	const char *own = text_get(&pt->label, zh), *model;

	if (*own || !m)
		return own;
	model = zh ? m->label_zh : m->label_en;
	return model ? model : "";
}

static void show_values(struct add *a)
{
	static const char *const headers[] = {"", "POINT", ">VALUE", "UNIT", "LABEL", NULL};
	_cleanup_(table_freep) struct table *t = table_new(a->o, headers);

	for (size_t i = 0; i < a->profile->n_points; i++) {
		const struct point *pt = &a->profile->points[i];
		const struct reading *r = &a->readings[i];
		char value[READING_TEXT_MAX + 64];
		bool good = r->quality == QUALITY_GOOD, suspect = r->quality == QUALITY_SUSPECT;

		if (pt->hidden || !pt->read)
			continue;
		a->good += good;
		a->suspect += suspect;
		a->silent += r->quality == QUALITY_UNAVAILABLE;
		show_reading(a->o, a->profile, r, value, sizeof(value));
		if (!good && !suspect)
			(void)str_copy(value, sizeof(value),
				r->quality == QUALITY_ABSENT
					? ctl_tr(a->o, "absent")
					: reason_text((enum reason)r->reason, a->o->zh));
		table_cell(t,
			good      ? GREEN
			: suspect ? RED
				  : GREY,
			good      ? "✓"
			: suspect ? "?"
				  : "–");
		table_cell(t, BOLD, pt->name);
		table_cell(t, good ? PLAIN : GREY, value);
		table_cell(t, PLAIN, trace_unit(a->profile, r));
		table_cell(t, PLAIN, point_label(a->profile, pt, a->o->zh));
	}
	table_print(t);
	if (a->good > 0 && a->suspect + a->silent == 0)
		printf(ctl_tr(a->o, "All %zu values are plausible.\n"), a->good);
	else
		printf(ctl_tr(a->o, "%zu values are plausible, %zu are not, %zu did not come.\n"),
			a->good, a->suspect, a->silent);
}

int add_read_values(struct add *a)
{
	struct source_config config = {.unit = (int16_t)a->unit};
	struct errdetail detail = {0};
	const struct scan_line *l = a->line.baud ? &a->line : &a->port.line;
	int r;

	if (!a->port.tcp)
		config.char_us = 11 * USEC_PER_SEC / (l->baud ? l->baud : 9600);
	r = adapter_modbus.configure(&a->state, a->profile, &config, &a->blocks, &detail);
	if (r < 0)
		return ctl_error(a->o, CTL_FAILURE, "hearthctl profile check", "%s: %s: %s",
			a->profile->id, detail.key, detail.text);
	a->readings = calloc(a->profile->n_points + 1, sizeof(*a->readings));
	if (!a->readings)
		return ctl_error(a->o, CTL_FAILURE, NULL, "out of memory");
	for (size_t i = 0; i < a->profile->n_points; i++)
		a->readings[i] = (struct reading){.point = (uint16_t)i,
			.quality = QUALITY_UNAVAILABLE,
			.reason = REASON_NO_REPLY};
	ctl_catch_interrupt();
	r = read_all(a);
	if (r == CTL_OK)
		show_values(a);
	return r;
}
