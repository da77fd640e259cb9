/* SPDX-License-Identifier: Apache-2.0 */
/* Points that every rule may count on, by kind: what the model does not have as an attribute because it
 * follows from others. A file's own [Let KIND] of the same name comes first. hearthd.rules(5) lists them. */
#include "rule-internal.h"

const char rule_known_points[] =
	/* where the caller has a point of that name (a recording's column); without, the lines below hold */
	"[Let heat_pump room_air_conditioner]\n"
	"run=compressor\n"
	"[Let heat_pump]\n"
	"run=default(compressor_running, default(compressor_frequency > 0 Hz, active_power > 300 W))\n"
	"compressor=run\n"
	"hz=compressor_frequency\n"
	"defrost=default(defrosting, false)\n"
	"dhw=default(hot_water_heating, false)\n"
	"coil=outdoor_coil_temperature\n"
	"pump_running=circulation_pump\n"
	"[Let room_air_conditioner]\n"
	/* an inverter at its least trembles about any threshold: without its speed a pause shorter than this is none */
	"run=default(compressor_frequency > 0 Hz, max(active_power,10 min) > 150 W)\n"
	"compressor=run\n"
	"hz=compressor_frequency\n"
	"defrost=default(defrosting, false)\n"
	"dhw=false\n"
	"coil=coil_temperature\n"
	/* where no mode is told, or one that may be either: a coil that is colder than the room cools */
	"cooling=run and default(running_mode == cool, default(system_mode == cool or (system_mode == auto "
	"and coil_temperature < local_temperature - 3 K), coil_temperature < local_temperature - 3 K))\n"
	"[Let boiler]\n"
	"run=default(flame, modulation > 0 %)\n"
	"compressor=run\n"
	"defrosting=false\n"
	"defrost=false\n"
	"dhw=default(hot_water_active, false)\n"
	"pump_running=pump\n"
	"[Let water_heater]\n"
	"run=active_power > 500 W\n"
	"heating=default(has(heat_demand, immersion_element1) or has(heat_demand, immersion_element2), run)\n"
	"[Let refrigerator]\n"
	"run=default(compressor_running, active_power > 40 W)\n"
	"door=default(fridge.door_open, false)\n"
	"[Let laundry_washer laundry_dryer dishwasher]\n"
	"programme=default(operational_state == running, active_power > 10 W)\n"
	"run=programme\n"
	"[Let water_purifier]\n"
	"run=pump\n";
