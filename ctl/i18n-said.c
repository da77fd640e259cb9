/* SPDX-License-Identifier: Apache-2.0 */
/* Errors that hearthd words itself and sends over D-Bus, in English. Those that a person meets at the usual verbs
 * are known here by their shape: a * stands for what is filled in, and comes again in the Chinese text. */
#include "ctl.h"

static const struct {
	const char *en, *zh;
} table[] = {
	{"there is no appliance '*': 'hearthctl list' names them",
		"没有电器 '*'：'hearthctl list' 列出全部电器"},
	{"there is no upstream '*' that is on: 'hearthctl upstream list' names them",
		"没有已启用的上行目标 '*'：'hearthctl upstream list' 列出全部上行目标"},
	{"there is no upstream '*': 'hearthctl upstream list' names them",
		"没有上行目标 '*'：'hearthctl upstream list' 列出全部上行目标"},
	{"there is no assistance for '*': 'hearthctl assist list' shows it",
		"'*' 没有正在进行的协助：见 'hearthctl assist list'"},
	{"there is no finding *: 'hearthctl findings --all' lists them",
		"没有编号为 * 的故障记录：'hearthctl findings --all' 列出全部记录"},
	{"no appliance has a finding *: 'hearthctl findings --all' lists them",
		"没有编号为 * 的故障记录：'hearthctl findings --all' 列出全部记录"},
	{"there is no request *: 'hearthctl repair list' shows them",
		"没有编号为 * 的报修：'hearthctl repair list' 列出全部报修"},
	{"no request is open, or several are: say which, 'hearthctl repair list' shows them",
		"没有进行中的报修，或有多个：请指明编号，见 'hearthctl repair list'"},
	{"no upstream takes requests: add 'repair' to Planes= of one",
		"没有接受报修的上行目标：请在其中一个的 Planes= 中加上 'repair'"},
	{"upstream * takes no requests: add 'repair' to its Planes=",
		"上行目标 * 不接受报修：请在其 Planes= 中加上 'repair'"},
};

bool ctl_said_zh(char *dst, size_t size, const char *en)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const char *star = strchr(table[i].en, '*'), *zh_star = strchr(table[i].zh, '*');
		size_t n = strlen(en), before, after;

		if (!star || !zh_star) {
			if (!streq(en, table[i].en))
				continue;
			(void)snprintf(dst, size, "%s", table[i].zh);
			return true;
		}
		before = (size_t)(star - table[i].en);
		after = strlen(star + 1);
		if (n < before + after || strncmp(en, table[i].en, before) != 0 ||
			!streq(en + n - after, star + 1))
			continue;
		(void)snprintf(dst, size, "%.*s%.*s%s", (int)(zh_star - table[i].zh), table[i].zh,
			(int)(n - before - after), en + before, zh_star + 1);
		return true;
	}
	return false;
}
