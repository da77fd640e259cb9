/* SPDX-License-Identifier: Apache-2.0 */
/* Captured CN105 frames and what they say, with where each was published. */
#ifndef CN105_FRAMES_H
#define CN105_FRAMES_H

struct captured {
	const char *hex;
	bool from_appliance;
	const char *kind;
	const char *fields;  /* "name=value" separated by blanks; value "-" = absent; all of them */
	const char *unknown; /* offsets of bytes that are not explained */
};

static const struct captured captured[] = {
	/* echavet/MitsubishiCN105ESPHome tests/unit/test_real_frames.cpp */
	{"FC 5A 01 30 02 CA 01 A8", false, "connect request", "", ""},
	/* … tests/unit/test_frame_parser.cpp */
	{"FC 7A 01 30 01 00 54", true, "connect accepted", "", ""},
	/* esphome/esphome issue 17098 */
	{"FC 42 01 30 10 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 7B", false,
		"get 0x02 settings", "", ""},
	/* echavet … test_real_frames.cpp */
	{"FC 62 01 30 10 02 00 00 01 01 1A 03 02 00 00 03 AB 00 00 00 00 8C", true,
		"get reply 0x02 settings",
		"settings.power=1 settings.mode=1 settings.isee=0 settings.setpoint=21.5 "
		"settings.fan=3 settings.vane=2 settings.lock=0 settings.wide_vane=3 "
		"settings.wide_vane_adjust=0 settings.swing=0 settings.target_humidity=- settings.airflow=-",
		""},
	{"FC 62 01 30 10 02 00 00 01 07 1C 00 00 00 00 03 A7 00 00 00 00 8D", true,
		"get reply 0x02 settings",
		"settings.power=1 settings.mode=7 settings.isee=0 settings.setpoint=19.5 "
		"settings.fan=0 settings.vane=0 settings.lock=0 settings.wide_vane=3 "
		"settings.wide_vane_adjust=0 settings.swing=0 settings.target_humidity=- settings.airflow=-",
		""},
	/* echavet … components/cn105/hp_readings.cpp, comment */
	{"FC 62 01 30 10 03 00 00 0E 00 94 B0 B0 FE 42 00 01 0A 64 00 00 A9", true,
		"get reply 0x03 temperatures",
		"temperatures.room=24 temperatures.outdoor=10 temperatures.runtime=68196",
		"12 13 14"},
	/* the same comment, an MSZ-RW25VGHZ */
	{"FC 62 01 30 10 06 00 00 00 01 00 08 05 50 00 00 42 00 00 00 00 B7", true,
		"get reply 0x06 operation",
		"operation.compressor_frequency=0 operation.operating=1 operation.power=8 "
		"operation.energy=136",
		"16"},
	/* echavet … issue 646 */
	{"FC 62 01 30 10 04 00 00 00 80 00 00 00 00 00 00 00 00 00 00 00 D9", true,
		"get reply 0x04 error", "error.code=8000 error.short=\"\"", ""},
	/* echavet … issue 196 */
	{"FC 62 01 30 10 09 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 53", true,
		"get reply 0x09 stage",
		"stage.flags=0 stage.filter=0 stage.defrost=0 stage.preheat=0 stage.standby=0 "
		"stage.fan=1",
		""},
	/* echavet … test_real_frames.cpp */
	{"FC 41 01 30 10 01 07 00 01 07 00 00 00 00 00 00 00 00 00 A7 00 C7", false,
		"set 0x01 settings",
		"set.control=\"power|mode|temperature\" set.power=1 set.mode=7 set.setpoint=19.5",
		""},
	{"FC 41 01 30 10 07 01 1E AE 00 00 00 00 00 00 00 00 00 00 00 00 AA", false,
		"set 0x07 remote temperature",
		"set.remote_temperature_used=1 set.remote_temperature=23", ""},
	/* muart-group/muart-group.github.io issue 1, an MSZ-LN35VGW */
	{"FC 7B 01 30 10 C9 03 00 20 00 14 07 F5 8C 25 A0 BE 94 BE A0 BE 89", true, "capabilities",
		"capabilities.heat=1 capabilities.vane=1 capabilities.swing=1 capabilities.dry=1 "
		"capabilities.fan_only=1 capabilities.auto_fan=1 capabilities.cool_min=16 "
		"capabilities.cool_max=31 capabilities.heat_min=10 capabilities.heat_max=31 "
		"capabilities.auto_min=16 capabilities.auto_max=31",
		"6 8 10 11 14"},
};

#endif
