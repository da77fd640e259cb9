/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of whoever puts appliances on a line and looks at it. */
#include "client.h"

const struct verb verbs_install[] = {
	{"bus monitor", "BUS [--unit N] [--count N] [--raw] [--record FILE --appliance ID]",
		"Show the frames of a line, decoded", "显示线路上的报文及其含义", verb_bus_monitor,
		"> was sent to an appliance, < came from it. --record writes what an appliance answers as a\n"
		"trace for \"profile test\".",
		"> 是发给电器的，< 是收到的。--record 把一台电器的应答写成可供 \"profile test\" 使用的记录。"},
	{0},
};
