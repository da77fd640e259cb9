/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"

/* Broken into lines on a terminal: AT columns of the first one are taken, the others begin at INDENT. */
static void put_plain(const struct page *p, const char *s, size_t at, size_t indent)
{
	size_t size = 4 * strlen(s) + 1;
	_cleanup_free_ char *safe = malloc(size);
	const char *rest = safe;

	if (!safe)
		return;
	str_escape(safe, size, s, strlen(s));
	while (p->f == stdout && p->o->columns > indent + 20 &&
		at + utf8_columns(rest) > p->o->columns) {
		size_t n = ctl_fit(rest, p->o->columns - MIN(at, p->o->columns - 1)), shown = n;

		while (shown > 0 && rest[shown - 1] == ' ')
			shown--;
		fprintf(p->f, "%.*s\n%*s", (int)shown, rest, (int)indent, "");
		rest += n;
		at = indent;
	}
	fputs(rest, p->f);
}

static void put_text(const struct page *p, const char *s)
{
	if (!p->html) {
		put_plain(p, s, 0, 0);
		return;
	}
	for (; *s; s++)
		switch (*s) {
		case '<':
			fputs("&lt;", p->f);
			break;
		case '>':
			fputs("&gt;", p->f);
			break;
		case '&':
			fputs("&amp;", p->f);
			break;
		case '"':
			fputs("&quot;", p->f);
			break;
		case '\'':
			fputs("&#39;", p->f);
			break;
		default:
			fputc((unsigned char)*s < ' ' ? ' ' : *s, p->f);
		}
}

static void table(struct page *p, bool open)
{
	if (p->html && p->table != open)
		fputs(open ? "<table>\n" : "</table>\n", p->f);
	p->table = open;
}

void page_begin(struct page *p, const char *title, const char *lead)
{
	if (p->html) {
		fprintf(p->f,
			"<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><title>",
			p->o->zh ? "zh-CN" : "en");
		put_text(p, title);
		fputs("</title><style>body{font-family:sans-serif;max-width:45em;margin:2em}"
		      "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.15em .5em .15em 0}"
		      "th{width:14em;font-weight:600}h2{border-bottom:1px solid #888;margin-top:1.5em}"
		      "@media print{body{margin:0;max-width:none}tr{break-inside:avoid}h2{break-after:avoid}}"
		      "</style></head><body>\n"
		      "<h1>",
			p->f);
	}
	put_text(p, title);
	fputs(p->html ? "</h1>\n" : "\n\n", p->f);
	if (!lead)
		return;
	fputs(p->html ? "<p><strong>" : "", p->f);
	put_text(p, lead);
	fputs(p->html ? "</strong></p>\n" : "\n", p->f);
}

void page_heading(struct page *p, const char *heading)
{
	table(p, false);
	fputs(p->html ? "<h2>" : "\n", p->f);
	put_text(p, ctl_tr(p->o, heading));
	fputs(p->html ? "</h2>\n" : "\n", p->f);
}

void page_row_raw(struct page *p, const char *label, const char *value)
{
	if (isempty(value))
		return;
	table(p, true);
	fputs(p->html ? "<tr><th>" : "", p->f);
	put_text(p, label);
	fputs(p->html ? "</th><td>" : p->o->zh ? "：" : ": ", p->f);
	if (p->html)
		put_text(p, value);
	else
		put_plain(p, value, utf8_columns(label) + 2, 2);
	fputs(p->html ? "</td></tr>\n" : "\n", p->f);
}

void page_row(struct page *p, const char *label, const char *value)
{
	page_row_raw(p, ctl_tr(p->o, label), value);
}

void page_text(struct page *p, const char *text)
{
	if (isempty(text))
		return;
	table(p, false);
	fputs(p->html ? "<p>" : "", p->f);
	put_text(p, text);
	fputs(p->html ? "</p>\n" : "\n", p->f);
}

void page_end(struct page *p)
{
	table(p, false);
	fputs(p->html ? "</body></html>\n" : "", p->f);
}
