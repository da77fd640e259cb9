/* SPDX-License-Identifier: Apache-2.0 */
/* Where a [Write] goes: To=, what goes with it, before and after it, and the function code. */
#include "profile-write-internal.h"

#include <ctype.h>

/* Digits or 0x at *S; the end is the first character that is no digit. */
static int take_number(const char **s, uint32_t max, uint32_t *ret)
{
	bool hex = (*s)[0] == '0' && ((*s)[1] | 0x20) == 'x';
	const char *p = hex ? *s + 2 : *s, *start = p;
	uint32_t v = 0;

	for (; hex ? isxdigit((unsigned char)*p) : isdigit((unsigned char)*p); p++) {
		unsigned digit = isdigit((unsigned char)*p) ? (unsigned)(*p - '0')
							    : (unsigned)((*p | 0x20) - 'a') + 10;

		v = v * (hex ? 16 : 10) + digit;
		if (v > max)
			return -ERANGE;
	}
	if (p == start)
		return -EINVAL;
	*s = p;
	*ret = v;
	return 0;
}

/* "holding:138", "coil:5", with Addressing=modicon "40139", "00006": *S behind it. */
static int take_cell(const struct loader *l, const char **s, struct write_cell *ret)
{
	enum addressing a = l->profile->addressing;
	uint32_t base = a == ADDRESSING_ZERO ? 0 : 1, v;
	const char *p = *s;

	if (a == ADDRESSING_MODICON) {
		size_t digits = strspn(p, "0123456789");

		if ((digits != 5 && digits != 6) || (p[0] != '0' && p[0] != '4'))
			return -EINVAL;
		ret->coil = p[0] == '0';
		for (p++; *p == '0' && isdigit((unsigned char)p[1]);)
			p++;
	} else if (startswith(p, "holding:")) {
		ret->coil = false;
		p += strlen("holding:");
	} else if (startswith(p, "coil:")) {
		ret->coil = true;
		p += strlen("coil:");
	} else {
		return -EINVAL;
	}
	if (take_number(&p, 65535 + base, &v) < 0 || v < base)
		return -EINVAL;
	ret->address = (uint16_t)(v - base);
	*s = p;
	return 0;
}

static const char *cell_example(const struct loader *l)
{
	return l->profile->addressing == ADDRESSING_MODICON ? "40139" : "holding:138";
}

/* To=, or the place of the feeding point. */
int write_load_place(struct draft *d)
{
	struct write_rule *w = d->w;
	const char *key = ini_get(d->s, "To", NULL) ? "To" : NULL, *s;
	uint32_t bit, width = 1, bits;

	loader_string(d->l, d->s, "To", &w->to);
	if (!w->to && d->has_like && d->like.read)
		w->to = loader_strdup(d->l, d->like.read);
	if (!w->to)
		return write_bad(d, NULL, "To= is missing: no point is fed by %s; write To=%s",
			w->attribute, cell_example(d->l));
	if (!d->l->modbus)
		return 0;
	s = w->to;
	if (take_cell(d->l, &s, &w->cell) < 0)
		return write_bad(d, key,
			"\"%.64s\" cannot be written: name a holding register or coil, To=%s",
			w->to, cell_example(d->l));
	if (w->type == POINT_NATIVE && w->cell.coil)
		w->type = POINT_BIT;
	if (w->type == POINT_NATIVE &&
		(ini_get(d->s, "Fixed", NULL) || ini_get(d->s, "Pulse", NULL)))
		w->type = POINT_U16;
	w->n = (uint8_t)point_type_registers(w->type, 0);
	if (w->n == 0)
		return write_bad(d, ini_get(d->s, "Type", NULL) ? "Type" : NULL,
			"Type= is missing or a text: a register is written as u16, s32, f32 or the like");
	if (w->cell.coil && w->n != 1)
		return write_bad(d, "Type", "a coil has Type=bit");
	bits = 16U * w->n;
	if (*s == '.' && !w->cell.coil) {
		s++;
		if (w->type == POINT_F32 || w->type == POINT_F64)
			return write_bad(d, key, "only whole numbers have bits");
		if (take_number(&s, bits - 1, &bit) < 0)
			return write_bad(d, key, "the bit behind '.' must be 0 to %u", bits - 1);
		if (*s == ':') {
			s++;
			if (take_number(&s, bits - bit, &width) < 0 || width == 0)
				return write_bad(
					d, key, "the width behind ':' reaches beyond the value");
		}
		if (w->n > 1)
			return write_bad(
				d, key, "bits are written in one register; name that register");
		w->bit = (uint8_t)bit;
		w->width = (uint8_t)width;
	} else if (w->type == POINT_BIT && !w->cell.coil) {
		return write_bad(d, key, "a bit of a register is written %s.3", cell_example(d->l));
	}
	if (*s)
		return write_bad(d, key, "unexpected text \"%.32s\" behind the address", s);
	if (w->cell.address + w->n > 65536)
		return write_bad(d, key, "the value reaches beyond address 65535");
	return 0;
}

static void load_extras(
	struct draft *d, const char *key, struct write_cell v[WRITE_EXTRAS_MAX], uint8_t *ret_n)
{
	struct ini_entry *e = ini_get(d->s, key, NULL);
	_cleanup_free_ char **words = NULL;
	size_t n = 0;
	int r;

	if (!e)
		return;
	if (!d->l->modbus) {
		(void)write_bad(d, key, "only the modbus adapter has registers");
		return;
	}
	r = ini_get_list(d->s, key, WRITE_EXTRAS_MAX, d->l->problems, &words, &n);
	loader_note(d->l, r);
	for (size_t i = 0; r > 0 && i < n; i++) {
		const char *s = words[i];
		int64_t raw;

		if (take_cell(d->l, &s, &v[i]) < 0 || *s != '=' ||
			loader_parse_raw(s + 1, &raw) < 0 || raw < -32768 || raw > 65535 ||
			(v[i].coil && (raw < 0 || raw > 1))) {
			(void)write_bad(d, key, "\"%.64s\" is no register and value; write %s=1",
				words[i], cell_example(d->l));
			return;
		}
		v[i].value = (uint16_t)raw;
	}
	*ret_n = (uint8_t)n;
}

/* With= goes into the same request: together with the value one run of neighbours. */
static void check_with(struct draft *d)
{
	const struct write_rule *w = d->w;
	uint32_t first = w->cell.address, last = first + w->n - 1U;

	if (w->n_with == 0)
		return;
	if (w->width || w->pulse_us) {
		(void)write_bad(
			d, "With", "goes with whole registers or coils alone, and without Pulse=");
		return;
	}
	for (unsigned i = 0; i < w->n_with; i++) {
		if (w->with[i].coil != w->cell.coil) {
			(void)write_bad(d, "With", "must be of the same bank as To=");
			return;
		}
		for (unsigned k = 0; k < i; k++)
			if (w->with[k].address == w->with[i].address) {
				(void)write_bad(d, "With", "names an address twice");
				return;
			}
		if (w->with[i].address >= w->cell.address &&
			w->with[i].address < w->cell.address + w->n) {
			(void)write_bad(d, "With", "names the address of To= itself");
			return;
		}
		first = MIN(first, (uint32_t)w->with[i].address);
		last = MAX(last, (uint32_t)w->with[i].address);
	}
	if (last - first + 1 != (uint32_t)w->n + w->n_with)
		(void)write_bad(d, "With",
			"must be neighbours of To= without a gap, one request writes them");
}

static void load_function(struct draft *d)
{
	struct write_rule *w = d->w;
	uint64_t f = 0;
	bool ok;
	int r = ini_get_u64(d->s, "Function", 1, 255, d->l->problems, &f);

	loader_note(d->l, r);
	if (r < 0)
		return;
	if (!d->l->modbus) {
		if (r > 0)
			(void)write_bad(
				d, "Function", "only the modbus adapter has function codes");
		return;
	}
	if (r == 0) {
		if (w->cell.coil)
			f = w->n_with ? 15 : 5;
		else
			f = w->n > 1 || w->n_with ? 16 : 6;
	}
	w->function = (uint8_t)f;
	switch (f) {
	case 5:
		ok = w->cell.coil && w->n_with == 0;
		break;
	case 15:
		ok = w->cell.coil;
		break;
	case 6:
		ok = !w->cell.coil && w->n == 1 && w->n_with == 0;
		break;
	case 16:
		ok = !w->cell.coil;
		break;
	case 22:
		ok = w->width > 0;
		break;
	default:
		(void)write_bad(d, "Function", "must be 5, 6, 15, 16 or 22");
		return;
	}
	if (!ok)
		(void)write_bad(d, "Function",
			"%llu does not write this: 5 is one coil, 15 coils, 6 one register, 16 registers, "
			"22 bits of a register",
			(unsigned long long)f);
}

void write_load_neighbours(struct draft *d)
{
	struct write_rule *w = d->w;

	load_extras(d, "Before", w->before, &w->n_before);
	load_extras(d, "With", w->with, &w->n_with);
	load_extras(d, "After", w->after, &w->n_after);
	load_function(d);
	if (d->l->modbus)
		check_with(d);
}
