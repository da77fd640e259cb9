/* SPDX-License-Identifier: Apache-2.0 */
/* How verbs are called. Commands are the same in every language. */
#include "ctl.h"

static const struct {
	const char *verb, *lines;
} table[] = {
	{"overview", "  hearthctl\n"
		     "  hearthctl --json overview | jq .manager.answering"},
	{"list", "  hearthctl list\n"
		 "  hearthctl --json list | jq -r '.[] | select(.reachable | not) | .id'"},
	{"status", "  hearthctl status boiler"},
	{"get", "  hearthctl get boiler\n"
		"  hearthctl get boiler local_temperature"},
	{"watch", "  hearthctl watch\n"
		  "  hearthctl --json watch boiler"},
	{"findings", "  hearthctl findings\n"
		     "  hearthctl findings boiler --all"},
	{"findings show", "  hearthctl findings show 12"},
	{"set", "  hearthctl set boiler\n"
		"  hearthctl set boiler heating_setpoint 55 --for 2h --reason guests\n"
		"  hearthctl set boiler heating_setpoint --clear\n"
		"  hearthctl set boiler --log"},
	{"bus list", "  hearthctl bus list"},
	{"upstream list", "  hearthctl upstream list"},
	{"upstream show", "  hearthctl upstream show cloud"},
	{"log-level", "  hearthctl log-level debug"},
	{"reload", "  hearthctl reload"},
	{"doctor", "  hearthctl doctor\n"
		   "  hearthctl doctor --bundle /tmp/for-the-helper.txt"},
	{"maintenance", "  hearthctl maintenance\n"
			"  hearthctl maintenance boiler"},
	{"maintenance done",
		"  hearthctl maintenance done boiler ewh.anode_look --who plumber --note 'anode replaced'"},
	{"guide", "  hearthctl guide 12\n"
		  "  hearthctl guide 12 --list"},
	{"repair done", "  hearthctl repair done 12 --by 'the plumber' --part 'heating element'"},
	{"repair verify", "  hearthctl repair verify 12\n"
			  "  hearthctl repair verify 12 --print=html > proof.html"},
	{"repair request",
		"  hearthctl repair request boiler --print\n"
		"  hearthctl repair request boiler --note 'no hot water' --when 'evenings' --contact phone=555-0100"},
	{"repair list", "  hearthctl repair list"},
	{"repair show", "  hearthctl repair show 3\n"
			"  hearthctl repair show 3 --print=html > request.html"},
	{"repair cancel", "  hearthctl repair cancel 3"},
	{"repair verify-visit", "  hearthctl repair verify-visit\n"
				"  hearthctl repair verify-visit --request 3"},
	{"repair key", "  hearthctl repair key"},
	{"assist start", "  hearthctl assist start boiler --upstream cloud --for 2h"},
	{"assist stop", "  hearthctl assist stop boiler"},
	{"assist list", "  hearthctl assist list"},
	{"service list", "  hearthctl service list boiler\n"
			 "  hearthctl service list --region CN-31"},
	{"service check", "  hearthctl service check services.signed"},
	{"service import", "  sudo hearthctl service import services.signed"},
	{"privacy show", "  hearthctl privacy show\n"
			 "  hearthctl privacy show cloud"},
	{"privacy preview", "  hearthctl privacy preview cloud\n"
			    "  hearthctl privacy preview cloud --level daily"},
	{"privacy ledger", "  hearthctl privacy ledger\n"
			   "  hearthctl privacy ledger cloud --since 7d\n"
			   "  hearthctl privacy ledger --show 120"},
	{"privacy rotate", "  sudo hearthctl privacy rotate cloud"},
	{"wipe", "  sudo hearthctl wipe\n"
		 "  sudo hearthctl wipe --all --yes"},
	{"scan", "  hearthctl scan\n"
		 "  hearthctl scan rtu:/dev/serial/by-id/usb-adapter --baud 9600 --quick"},
	{"add", "  hearthctl add rs485:5 --label 'Kitchen fridge'\n"
		"  hearthctl add tcp:192.0.2.7:502:1 --profile lg-therma-v --yes"},
	{"remove", "  hearthctl remove boiler"},
	{"rename", "  hearthctl rename boiler 'Bathroom water heater'"},
	{"bus monitor", "  hearthctl bus monitor rs485 --unit 5 --count 20\n"
			"  hearthctl bus monitor rs485 --record boiler.trace --appliance boiler"},
	{"bus status", "  hearthctl bus status\n"
		       "  hearthctl bus status rs485"},
	{"config check", "  hearthctl config check\n"
			 "  hearthctl --config=/tmp/new config check"},
	{"config cat", "  hearthctl config cat\n"
		       "  hearthctl config cat boiler"},
	{"profile list", "  hearthctl profile list"},
	{"profile search", "  hearthctl profile search daikin"},
	{"profile show", "  hearthctl profile show pzem-016\n"
			 "  hearthctl profile show phnix-pool-heatpump compressors=2"},
	{"profile check", "  hearthctl profile check ./acme.profile"},
	{"profile test", "  hearthctl profile test acme acme.trace"},
	{"profile kinds", "  hearthctl profile kinds\n"
			  "  hearthctl profile kinds heat_pump"},
	{"profile new",
		"  hearthctl profile new --from-csv registers.csv --faults codes.csv --name acme-wp --kind heat_pump"},
	{"diagnose", "  hearthctl diagnose boiler\n"
		     "  sudo hearthctl diagnose boiler --forget"},
	{"history", "  hearthctl history boiler local_temperature --last 7d\n"
		    "  hearthctl history boiler local_temperature --csv > week.csv"},
	{"diagnose replay",
		"  hearthctl diagnose replay --kind water_heater --csv week.csv --map 'energy_imported=energy_wh/1000' --summary"},
	{"diagnose check", "  hearthctl diagnose check ./own.rules"},
	{"knowledge list", "  hearthctl knowledge list heat_pump"},
	{"knowledge show", "  hearthctl knowledge show sensor_open_or_short"},
	{"knowledge check", "  hearthctl knowledge check ./own.knowledge"},
	{"adapter list", "  hearthctl adapter list\n"
			 "  hearthctl adapter list mitsubishi-cn105"},
	{"adapter decode",
		"  hearthctl adapter decode mitsubishi-cn105 fc 62 01 30 10 02 00 00 01 08 07 00 00 00 00 03 aa 00 00 00 00 94"},
	{"report decode",
		"  mosquitto_sub -t 'hearth/v1/+/report' -C 1 -N | hearthctl report decode --dict dict.bin\n"
		"  hearthctl report decode --to=csv report-*.bin"},
	{"version", "  hearthctl version"},
};

const char *ctl_examples(const char *verb)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (streq(table[i].verb, verb))
			return table[i].lines;
	return NULL;
}
