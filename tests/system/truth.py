# SPDX-License-Identifier: Apache-2.0
"""What was published, held against what the simulated units were asked and answered."""
import harness

# id of the household: {attribute: (unit of the home, point of its facts, step)}. Two ways to the same
# quantity: the attribute comes out of a profile, the point out of facts/*.csv.
PAIRS = {
    "washer": {"rms_voltage": ("sdm120", "voltage", 0.2), "active_power": ("sdm120", "active_power", 1),
               "energy_imported": ("sdm120", "total_active_energy", 0.02)},
    "fridge": {"rms_voltage": ("pzem", "voltage", 0.1), "active_power": ("pzem", "power", 0.1)},
    "fridge-air": {"temperature": ("probe", "temperature", 0.1),
                   "relative_humidity": ("probe", "humidity", 0.1)},
    "boiler": {"local_temperature": ("dhw", "tank_top_temperature_t5u", 0.5)},
    "pool": {"flow.temperature": ("pool", "outlet_water_temperature", 0.1),
             "return.temperature": ("pool", "inlet_water_temperature", 0.1)},
    "vent": {"supply.temperature": ("vent", "supply_temperature", 0.1),
             "extract.temperature": ("vent", "extract_temperature", 0.1)},
}


def published(household, upstream="cloud"):
    """{(id, attribute): [(seconds, value), ...]} over all new reports, in the order of their numbers."""
    names = {alias: id_ for id_, alias in household.aliases(upstream).items()}
    chain, series = harness.Chain(), {}
    for m in sorted(household.subscriber.of("report"), key=lambda m: m.json["seq"]):
        if chain.add(m):
            for alias, attribute, t, value in harness.samples(m):
                series.setdefault((names[alias], attribute), []).append((t, value))
    return series, chain


def compare(household, ids=None, upstream="cloud"):
    """Every value published of PAIRS is one that the unit answered, and they come in the order in which
    it answered them. Gives the number compared; fails on the first that is not so."""
    series, chain = published(household, upstream)
    compared = 0
    for id_ in ids or household.ids:
        for attribute, (unit, point, step) in PAIRS[id_].items():
            if (id_, attribute) not in series:
                continue
            answered = household.home.tell("served", unit, point)
            at = 0
            for t, value in series[id_, attribute]:
                if value is None or isinstance(value, str):
                    continue
                while at < len(answered) and abs(answered[at][1] - value) > step / 2 + 1e-6:
                    at += 1
                assert at < len(answered), "%s %s: %r at %s was never answered by %s %s (after the one before)" % (
                    id_, attribute, value, t, unit, point)
                compared += 1
    return compared, chain


def answered_gaps(household, unit, point, since):
    """Seconds between the answers of POINT since a wall-clock moment."""
    times = [t for t, _ in household.home.tell("served", unit, point, since)]
    return [b - a for a, b in zip(times, times[1:])]
