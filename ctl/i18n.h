/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables of ctl_tr() are made of. */
#ifndef HEARTHD_CTL_I18N_H
#define HEARTHD_CTL_I18N_H

struct ctl_text {
	const char *en, *zh;
};
/* i18n-NAME.c; each ends with NULL. */
extern const struct ctl_text texts_diagnosis[], texts_files[], texts_privacy[], texts_repair[];
/* Patterns, as in i18n-said.c. */
extern const struct ctl_text texts_problem[];

#endif
