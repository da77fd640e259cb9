/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of whoever puts appliances on a line and looks at it. */
#include "client.h"

const struct verb verbs_install[] = {
	{"scan", "[BUS|DEVICE] [--units 1-247] [--baud 9600,19200] [--parity N,E] [--quick]",
		"Find the appliances on a Modbus line", "查找 Modbus 线路上的电器", verb_scan,
		"DEVICE is rtu:/dev/serial/by-id/..., tcp:host or rtutcp:host:port. It only reads, in the gaps of\n"
		"what hearthd reads, and leaves configured appliances alone. Ctrl-C keeps what was found.",
		"DEVICE 为 rtu:/dev/serial/by-id/...、tcp:主机 或 rtutcp:主机:端口。只读取，在 hearthd 的空隙中进行，\n"
		"不打扰已配置的电器。按 Ctrl-C 结束，保留已找到的结果。"},
	{"add", "ADDRESS [--profile P] [--label NAME] [--id ID] [--setting K=V] [--yes]",
		"Show what an appliance says and add it", "显示电器的数据并接入", verb_add,
		"ADDRESS as scan shows it: BUS:UNIT, rtu:/dev/...,9600,8N1:UNIT, tcp:host:502:UNIT.",
		"ADDRESS 为 scan 显示的地址：总线:单元、rtu:/dev/...,9600,8N1:单元、tcp:主机:502:单元。"},
	{"remove", "ID [--yes]", "Take an appliance out; its history stays", "移除电器，保留其历史",
		verb_remove, NULL, NULL},
	{"rename", "ID LABEL", "Give an appliance another label", "修改电器的名称", verb_rename,
		NULL, NULL},
	{"bus monitor", "BUS [--unit N] [--count N] [--raw] [--record FILE --appliance ID]",
		"Show the frames of a line, decoded", "显示线路上的报文及其含义", verb_bus_monitor,
		"> was sent to an appliance, < came from it. --record writes what an appliance answers as a\n"
		"trace for \"profile test\".",
		"> 是发给电器的，< 是收到的。--record 把一台电器的应答写成可供 \"profile test\" 使用的记录。"},
	{0},
};
