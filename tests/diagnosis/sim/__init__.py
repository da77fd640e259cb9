# SPDX-License-Identifier: Apache-2.0
"""Simulated appliances: sim.make(run, path) writes the CSV of a run for `hearthctl diagnose replay`."""
from . import (boiler, heat_pump, laundry_washer, refrigerator, room_air_conditioner, ventilation_unit, water_heater,
               water_purifier)
from .base import Climate, Column, Fault, Impair, Run, write_csv

KINDS = {"boiler": boiler, "heat_pump": heat_pump, "laundry_washer": laundry_washer, "refrigerator": refrigerator,
         "room_air_conditioner": room_air_conditioner, "ventilation_unit": ventilation_unit, "water_heater": water_heater,
         "water_purifier": water_purifier}
__all__ = ["KINDS", "Climate", "Fault", "Impair", "Run", "make", "simulate", "columns"]


def simulate(run):
    """Rows of true values, one a poll. METER_ONLY: the power alone, whatever else the appliance has."""
    rows = KINDS[run.kind].simulate(run)
    if not (run.meter_only or run.read_as):
        return rows
    k = [c.name for c in KINDS[run.kind].columns(run)].index(run.read_as[2] if run.read_as else "active_power")
    return ((row[k],) for row in rows)


def columns(run):
    c = KINDS[run.kind].columns(run)
    if run.read_as:
        return [Column(run.read_as[1], x.noise, x.step) for x in c if x.name == run.read_as[2]]
    return [x for x in c if x.name == "active_power"] if run.meter_only else c


def make(run, path):
    write_csv(run, columns(run), simulate(run), path)
