# SPDX-License-Identifier: Apache-2.0
"""What rules may be tuned on, and what they are scored on. Both halves are made here and nowhere else.

TUNE and SCORE share no climate, no size of an appliance and no seed: other volumes, powers, charges of gas, houses, other
people. Thresholds of etc/rules are changed by looking at TUNE runs alone (bench.py --half tune); docs/diagnosis-scores.md
is made of SCORE runs. Whoever looks into a single SCORE run to mend a rule has to give SCORE a new number in SCORE_SEED.
Recordings of real devices are split by device, never by row: see recordings.py.
"""
import datetime
import math

from sim.base import Climate, Fault, Impair, Run

TUNE_SEED, SCORE_SEED = "tune-1", "score-7"

TUNE_CLIMATES = {
    "cold": Climate("cold", 4.5, 14.0, 4.0, 3.0, 0.72, 8.0),
    "temperate": Climate("temperate", 12.0, 9.5, 3.8, 2.4, 0.74, 12.0),
    "hot": Climate("hot", 23.0, 6.0, 3.2, 1.6, 0.78, 21.0),
}
SCORE_CLIMATES = {
    "cold": Climate("cold", 5.2, 13.0, 3.6, 2.7, 0.75, 8.5),
    "temperate": Climate("temperate", 11.2, 8.8, 4.3, 2.8, 0.72, 11.5),
    "hot": Climate("hot", 25.2, 5.6, 2.9, 2.0, 0.80, 23.0),
}

# Sizes: lists of parameters over those of the simulator.
TUNE_SIZES = {
    "water_heater": [{}, {"volume": 50, "power": 1500, "loss": 1.3}, {"volume": 100, "power": 3000, "elements": 2, "loss": 1.9}],
    "refrigerator": [{}, {"ua_fridge": 0.8, "power": 70, "capacity": 125}, {"power": 110, "capacity": 185, "ua_freezer": 0.75}],
    "room_air_conditioner": [{}, {"q0": 2600, "air": 400, "ua_e": 230, "ua_c": 330, "ua_room": 70, "c_air": 0.27e6},
                             {"q0": 5000, "air": 700, "ua_e": 430, "ua_c": 640, "ua_room": 140, "c_air": 0.5e6}],
    "heat_pump": [{}, {"q": 9500, "loss": 210, "flow": 17, "emitter": 640, "least": 0.25}, {"q": 5000, "loss": 120, "flow": 10,
                  "emitter": 380, "water": 90}],
    "laundry_washer": [{}, {"heater": 1800, "water": 12, "loads": 0.6}, {"heater": 2200, "motor": 240, "loads": 1.2}],
    "boiler": [{}, {"q": 18000, "loss": 140, "circuit": 90, "vessel": 10}, {"q": 28000, "loss": 230, "circuit": 150, "vessel": 18,
               "cold_bar": 1.5, "emitter": 400}],
    "water_purifier": [{}, {"flow": 0.25, "reject": 0.94, "salt": 180}, {"flow": 0.5, "reject": 0.97, "salt": 420}],
    "ventilation_unit": [{}, {"flow": 250, "fan": 55, "ntu": 5.5}, {"constant_flow": False, "flow": 140}],
}
SCORE_SIZES = {
    "water_heater": [{"volume": 60, "power": 1750, "loss": 1.4, "volts": 231, "users": 3},
                     {"volume": 120, "power": 2500, "elements": 2, "loss": 2.1, "setpoint": 62},
                     {"volume": 90, "power": 2300, "loss": 1.55, "hysteresis": 6.0, "volts": 222}],
    "refrigerator": [{"ua_fridge": 0.95, "power": 84, "capacity": 150, "defrost_h": 9, "openings": 22},
                     {"ua_fridge": 0.82, "ua_freezer": 0.52, "power": 72, "capacity": 128, "defrost_w": 170, "hysteresis": 1.5},
                     {"ua_fridge": 1.08, "ua_freezer": 0.66, "power": 96, "capacity": 176, "food": 70e3}],
    "room_air_conditioner": [{"q0": 3000, "air": 440, "ua_e": 258, "ua_c": 375, "ua_room": 84, "setpoint": 25},
                             {"q0": 4300, "air": 620, "ua_e": 375, "ua_c": 545, "ua_room": 120, "c_air": 0.44e6},
                             {"q0": 2500, "air": 385, "ua_e": 222, "ua_c": 318, "ua_room": 72, "c_air": 0.29e6, "eta": 0.45}],
    "heat_pump": [{"q": 8200, "loss": 182, "flow": 15, "emitter": 560}, {"q": 6200, "loss": 140, "flow": 11.8, "emitter": 440,
                  "water": 110, "least": 0.26}, {"q": 9900, "loss": 222, "flow": 17.8, "emitter": 660, "tank": 240}],
    "laundry_washer": [{"heater": 2000, "water": 14, "loads": 0.95}, {"heater": 1850, "motor": 220, "loads": 0.75, "drain_s": 72},
                       {"heater": 2300, "water": 13, "loads": 1.15, "drain_s": 80}],
    "boiler": [{"q": 22000, "loss": 165, "circuit": 102, "vessel": 11.5, "cold_bar": 1.4}, {"q": 17500, "loss": 136, "circuit": 86,
               "vessel": 9.5, "emitter": 275}, {"q": 25500, "loss": 205, "circuit": 132, "vessel": 16, "emitter": 370}],
    "water_purifier": [{"flow": 0.3, "reject": 0.953, "salt": 230, "draws": 12}, {"flow": 0.43, "reject": 0.966, "salt": 280},
                       {"flow": 0.36, "reject": 0.957, "salt": 340, "draws": 15}],
    "ventilation_unit": [{"flow": 165, "fan": 47, "ntu": 4.4}, {"constant_flow": False, "flow": 220, "fan": 54, "ntu": 4.6},
                         {"flow": 260, "fan": 45, "ntu": 5.7}],
}

# When a kind works: the season its runs begin in, by half, so that even the days differ.
STARTS = {"tune": {"room_air_conditioner": "2025-06-20", "heat_pump": "2025-01-08", "boiler": "2025-01-12",
                   "ventilation_unit": "2025-02-01", None: "2025-03-10"},
          "score": {"room_air_conditioner": "2022-07-02", "heat_pump": "2022-12-18", "boiler": "2022-12-12",
                    "ventilation_unit": "2023-01-14", None: "2022-11-08"}}
# What starts too often does so on mild days, and not where all its power is needed: such a fault begins in the spring, on the
# day on which the year's curve of the climate passes this (°C). There are healthy runs over the same days.
MILD = {"tune": (2025, 9.0), "score": (2023, 8.4)}
CYCLING = {"heat_pump": "min_power", "boiler": "setting"}

# fault: (rules that may say it, causes that are right). A cause is written without its group.
FAULTS = {
    "water_heater": {
        "element": ({"ewh_element_open", "ewh_stays_cold"}, {"element", "element_open", "cut_out"}),
        "one_element": ({"ewh_element_half"}, {"one_element", "element"}),
        "scale": ({"ewh_scale"}, {"scale"}),
        "relay_welded": ({"ewh_overheat"}, {"relay_welded", "thermostat"}),
        "hot_tap_drips": ({"ewh_night_loss", "ewh_night_energy", "ewh_rests_short"}, {"hot_tap_drips", "check_valve"}),
    },
    "refrigerator": {
        "door_seal": ({"fridge_duty"}, {"door_seal"}),
        "condenser_dust": ({"fridge_duty", "fridge_capacity"}, {"condenser_dust"}),
        "refrigerant": ({"fridge_duty", "fridge_capacity", "fridge_warm"}, {"refrigerant", "refrigerant_leak"}),
        "defrost_heater": ({"fridge_no_defrost"}, {"defrost_heater"}),
        "compressor": ({"fridge_warm", "fridge_duty", "fridge_capacity", "fridge_stands_still"}, {"compressor"}),
    },
    "room_air_conditioner": {
        "filter": ({"ac_filter"}, {"filter", "filter_blocked", "room_sensor"}),
        "refrigerant_leak": ({"ac_charge_low"}, {"refrigerant_leak"}),
        "outdoor_coil": ({"ac_outdoor_coil", "ac_outdoor_fan", "ac_outdoor_peak"}, {"outdoor_coil_dirty"}),
        "outdoor_fan": ({"ac_outdoor_fan", "ac_outdoor_coil", "ac_outdoor_peak"}, {"outdoor_fan"}),
    },
    "heat_pump": {
        "strainer": ({"hp_low_flow", "hp_flow_falls"}, {"strainer", "pump", "valves_closed"}),
        "refrigerant_leak": ({"hp_weak", "hp_outdoor", "hp_discharge", "hp_defrost_often", "hp_defrost_more"}, {"refrigerant_leak"}),
        "outdoor_fan": ({"hp_weak", "hp_outdoor", "hp_discharge", "hp_defrost_often", "hp_defrost_more"}, {"outdoor_fan"}),
        "min_power": ({"short_cycling"}, {"oversized_or_min_power"}),
        "coil_sensor": ({"sensor_stuck"}, {"coil_sensor"}),
    },
    "laundry_washer": {
        "heater": ({"washer_no_heat", "washer_heat_gone"}, {"heater"}),
        "drain_filter": ({"washer_drain_slow"}, {"drain_filter"}),
    },
    "boiler": {
        "leak": ({"boiler_losing_water", "boiler_pressure_low"}, {"leak", "slow_leak"}),
        "bled_radiator": ({"boiler_pressure_low", "boiler_losing_water"}, {"bled_radiator", "leak", "slow_leak"}),
        "expansion_vessel": ({"boiler_vessel"}, {"expansion_vessel", "vessel"}),
        "electrode": ({"boiler_ignition"}, {"electrode"}),
        "strainer": ({"boiler_flow_falls", "boiler_low_flow"}, {"strainer", "pump", "valves_closed"}),
        "setting": ({"short_cycling"}, {"setting", "oversized_or_min_power"}),
    },
    "water_purifier": {
        "membrane": ({"purifier_membrane"}, {"membrane"}),
        "prefilter": ({"purifier_clog"}, {"prefilter"}),
    },
    "ventilation_unit": {
        "filter": ({"ventilation_filter"}, {"filter"}),
        "exchanger": ({"ventilation_recovery"}, {"exchanger_dirty"}),
        "bypass": ({"ventilation_recovery"}, {"bypass"}),
        "supply_fan": ({"ventilation_filter"}, {"supply_fan"}),
    },
}
# Behind a meter alone the same appliances have fewer faults that show at all, and causes that cannot be told apart.
METER = " behind a meter"
FAULTS.update({
    "refrigerator" + METER: {
        "condenser_dust": ({"fridge_capacity"}, {"condenser_dust"}),
        "refrigerant": ({"fridge_capacity"}, {"refrigerant", "refrigerant_leak"}),
        "compressor": ({"fridge_capacity", "fridge_stands_still"}, {"compressor"}),
        "defrost_heater": ({"fridge_no_defrost"}, {"defrost_heater"}),
    },
    "water_heater" + METER: {
        "relay_welded": ({"ewh_by_cut_out"}, {"relay_welded", "thermostat"}),
        "hot_tap_drips": ({"ewh_rests_short"}, {"hot_tap_drips", "check_valve"}),
    },
    "laundry_washer" + METER: {
        "heater": ({"washer_heat_gone"}, {"heater"}),
    },
})
# The same appliances read by something that does not know them.
FAULTS.update({
    "electrical_meter": {
        "condenser_dust": ({"meter_cycles_long"}, {"consumes_more"}),
        "refrigerant": ({"meter_cycles_long"}, {"consumes_more"}),
        "one_element": ({"meter_power_lower"}, {"power_lower"}),
    },
    "temperature_humidity_sensor": {
        "compressor": ({"probe_fridge_warm", "probe_freezer_warm"}, {"place_warm"}),
    },
})
DUMB = {
    "refrigerator": (("electrical_meter", "active_power", "active_power", ("condenser_dust", "refrigerant")),
                     ("temperature_humidity_sensor", "temperature", "fridge.temperature", ("compressor",)),
                     ("temperature_humidity_sensor", "temperature", "freezer.temperature", ("compressor",))),
    "water_heater": (("electrical_meter", "active_power", "active_power", ("one_element",)),),
    "laundry_washer": (("electrical_meter", "active_power", "active_power", ()),),
    "room_air_conditioner": (("electrical_meter", "active_power", "active_power", ()),),
}
# Faults without a degree: there or not.
WHOLE = {"relay_welded", "coil_sensor", "one_element", "bypass", "min_power"}
RAMPS = {"scale": 10, "filter": 6, "condenser_dust": 6, "door_seal": 0, "membrane": 8, "prefilter": 8, "outdoor_coil": 6,
         "strainer": 4, "expansion_vessel": 3, "exchanger": 6}
# What people do in a healthy run: none of it is a fault.
TRAPS = ["guests", "holiday", "setpoint", "door_open", "warm_food", "cold_programme", "heat_wave", "cold_morning",
         "low_pressure"]
ONSET, FAULT_DAYS, HEALTHY_DAYS = 24, 48, 60
# A repair is proven in weather like that of the fault, which may let wait for itself.
REPAIR, REPAIR_DAYS = ONSET + 18, 56


def _mild_start(half, climate):
    """The day ONSET days before that on which the year's curve passes MILD."""
    year, limit = MILD[half]
    day = next(d for d in range(1, 200) if climate.mean + climate.year * math.cos(2 * math.pi * (d - 200) / 365.25) >= limit)
    return (datetime.date(year, 1, 1) + datetime.timedelta(days=day - 1 - ONSET)).isoformat()


def _run(half, kind, variant, climate, name, elements=None, mild=False, **more):
    sizes, climates, seed = ((TUNE_SIZES, TUNE_CLIMATES, TUNE_SEED) if half == "tune" else
                             (SCORE_SIZES, SCORE_CLIMATES, SCORE_SEED))
    starts = STARTS[half]
    params = {**sizes[kind][variant], **({"elements": elements} if elements else {})}
    return Run(kind, f"{seed}/{kind}/{variant}/{climate}/{name}", climates[climate], params=params,
               start=_mild_start(half, climates[climate]) if mild else starts.get(kind, starts[None]), **more)


def healthy(half, kind, variant, climate, mild=False):
    """A run without a fault, with people: each trap once, spread over the days after the teaching ones."""
    from sim.base import rng
    r = rng(half, kind, str(variant), climate, "people")
    people = []
    for what in TRAPS:
        if what in ("heat_wave", "cold_morning") and r.random() < 0.5:
            continue
        first = r.uniform(16, HEALTHY_DAYS - 6)
        people.append((what, first, first + {"holiday": 8, "cold_morning": 0.25, "setpoint": 6}.get(what, r.uniform(1, 3))))
    return _run(half, kind, variant, climate, "healthy-mild" if mild else "healthy", days=HEALTHY_DAYS, people=people, mild=mild)


def faulty(half, kind, variant, climate, fault, severity, repair=False):
    more = {"elements": 2} if fault == "one_element" else {}
    f = Fault(fault, severity, ONSET, RAMPS.get(fault, 0), REPAIR if repair else None)
    return _run(half, kind, variant, climate, f"{fault}-{severity}{'-repair' if repair else ''}",
                days=REPAIR_DAYS if repair else FAULT_DAYS, fault=f, mild=CYCLING.get(kind) == fault, **more)


def runs(half, kind):
    """All runs of a kind: (group, run); group: healthy, fault, repair, lossy (5 % lost polls and four gaps)."""
    climates = ("cold", "temperate", "hot")
    if kind in ("heat_pump", "boiler", "ventilation_unit"):  # where there is something to heat, and to recover
        climates = ("cold", "temperate", "cold")
    if kind == "room_air_conditioner":
        climates = ("hot", "temperate", "hot")
    for v in range(3):
        for c in sorted(set(climates) | ({"hot"} if kind == "ventilation_unit" else set())):
            yield "healthy", healthy(half, kind, v, c)
        if kind in CYCLING:
            yield "healthy", healthy(half, kind, v, climates[v], mild=True)
    for n, fault in enumerate(FAULTS[kind]):
        for severity in ((1.0,) if fault in WHOLE else (0.25, 0.5, 1.0)):
            for v in range(3):
                yield "fault", faulty(half, kind, v, climates[(v + n) % 3], fault, severity)
        yield "repair", faulty(half, kind, n % 3, climates[n % 3], fault, 1.0, repair=True)
        lossy = faulty(half, kind, (n + 1) % 3, climates[(1 + 2 * n) % 3], fault, 1.0)
        lossy.impair = Impair(0.05, 4)
        yield "lossy", lossy
    for n, fault in enumerate(FAULTS.get(kind + METER, ())):
        for severity in ((1.0,) if fault in WHOLE else (0.5, 1.0)):
            for v in range(3):
                meter = faulty(half, kind, v, climates[(v + n + 1) % 3], fault, severity)
                meter.seed, meter.meter_only = meter.seed + "-meter", True
                yield "meter", meter
    for v in range(3) if kind + METER in FAULTS else ():
        for c in sorted(set(climates)):
            meter = healthy(half, kind, v, c)
            meter.seed, meter.meter_only = meter.seed + "-meter", True
            yield "healthy", meter
    for n, (as_kind, attribute, column, faults) in enumerate(DUMB.get(kind, ())):
        dumb = [("dumb", faulty(half, kind, v, climates[(v + n) % 3], f, 1.0)) for f in faults for v in (0, 2)]
        dumb += [("healthy", healthy(half, kind, v, climates[v])) for v in range(3)]
        for group, run in dumb:
            run.seed, run.read_as = f"{run.seed}-{as_kind}-{column}", (as_kind, attribute, column)
            yield group, run
    lossy = healthy(half, kind, 0, climates[0])
    lossy.impair = Impair(0.05, 6)
    yield "lossy", lossy
