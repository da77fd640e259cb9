/* SPDX-License-Identifier: Apache-2.0 */
/* One readable page: text, or HTML with everything escaped. */
#ifndef HEARTHD_CTL_PAGE_H
#define HEARTHD_CTL_PAGE_H

#include "ctl.h"

struct page {
	const struct ctl_options *o;
	bool html;
	FILE *f;
	struct names *names; /* what the appliance's parts are called */
	bool table;          /* one is open */
};

/* TITLE and LEAD (may be NULL, shown strongly) are ready texts. */
void page_begin(struct page *p, const char *title, const char *lead);
void page_heading(struct page *p, const char *heading); /* translated */
/* A line "LABEL: VALUE"; LABEL is translated. Nothing when VALUE is empty. */
void page_row(struct page *p, const char *label, const char *value);
/* The same with a label that is no text of ours. */
void page_row_raw(struct page *p, const char *label, const char *value);
void page_text(struct page *p, const char *text); /* a paragraph, ready */
void page_end(struct page *p);

#endif
