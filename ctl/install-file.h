/* SPDX-License-Identifier: Apache-2.0 */
/* Files that hearthctl writes into the configuration: whole or not at all. */
#ifndef HEARTHD_CTL_INSTALL_FILE_H
#define HEARTHD_CTL_INSTALL_FILE_H

#include "ctl.h"

/* DIR/NAME, 0644; DIR is made, 0755, where it is missing. What is there already is replaced with REPLACE
 * alone, else -EEXIST. */
int install_file(const char *dir, const char *name, const char *text, bool replace);
/* Prints what is wrong with PATH, a file of the configuration; CTL_OK when nothing is. */
int install_check(const struct ctl_options *o, const char *path);
/* Tells hearthd, or says that it does not run; PATH is what it should complain about. CTL_OK when it has
 * no errors in it. */
int install_reload(const struct ctl_options *o, const char *path);
/* The answer to a question on the terminal: its first letter, lower case; PRESET for an empty line, 0 at
 * the end of input. */
int install_ask(const struct ctl_options *o, int preset, const char *fmt, ...) _printf_(3, 4);
/* A line of text without its end, false at the end of input. */
bool install_read(char *dst, size_t size);

#endif
