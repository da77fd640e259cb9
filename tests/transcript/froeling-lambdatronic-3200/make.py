# SPDX-License-Identifier: Apache-2.0
READS = (
    "coil 0-1,coil 1000,coil 1030,discrete 0-3,holding 0+2,holding 1031-1032,holding 1035+2,"
    "holding 1631+2,holding 8046+2,input 0-7,input 9+2,input 19+2,input 20-22,input 21+2,input 24+2,"
    "input 25+2,input 27+2,input 32+2,input 34+2,input 55+2,input 67+2,input 81-86,input 88+2,"
    "input 3000-3019,input 4000-4001"
)


def traces():
    empty = {"input:%d" % a: 65535 for a in range(3000, 3020)}
    yield Trace("froeling-lambdatronic-3200", "fault-slots", "rtu", 1, READS,
                "Half degrees, a divisor of 207, twenty fault slots of which 65535 is empty and 0 is a fault.").step(
        {**empty, "coil:1030": 1, "discrete:0": 1, "discrete:3": 1, "input:0": 143, "input:1": 168, "input:2": 81,
         "input:3": 97, "input:4": 55, "input:5": 20, "input:6": 1480, "input:9": 121, "input:19": 1250,
         "input:20": 4321, "input:21": 12420, "input:22": 987, "input:25": 42, "input:27": 150, "input:32": s16(-35),
         "input:34": 1000, "input:55": 612, "input:67": 80, "input:83": 305, "input:84": 96, "input:85": 51234,
         "input:86": 12, "input:88": 612, "input:4000": 2, "input:4001": 3, "holding:0": 160, "holding:1031": 80,
         "holding:1032": 130, "holding:1035": 42, "holding:1631": 110, "holding:8046": 1},
        {"vendor.fault_message": "false", "vendor.heating_circuit_0_pump": "false",
         "vendor.heating_circuit_1_pump": "true", "vendor.door_contact": "true", "flow.temperature": 71.5,
         "flue.temperature": 168, "vendor.board_temperature": 40.5, "flue.oxygen": 9.7, "vendor.primary_air": 55,
         "fan_speed": 1480, "return.temperature": 60.5, "vendor.discharge_screw_current": 1.25,
         "operating_hours": 4321, "fuel_level": 60, "burner_starts": 987, "flow_setpoint": 75,
         "vendor.furnace_underpressure": -35, "vendor.grate_motor_position": 100, "vendor.pellets_total": 30.5,
         "vendor.heat_total": 51234, "vendor.hours_to_ash_warning": 12, "fault_code": "",
         "vendor.system_state": "automatic", "vendor.boiler_state": "heating", "flame": "true",
         "vendor.boiler_setpoint_parameter": 80, "vendor.circuit_1_flow_at_plus_10": 40,
         "vendor.circuit_1_flow_at_minus_10": 65, "heating_setpoint": 21, "hot_water.setpoint": 55}, []).step(
        {**empty, "coil:0": 1, "coil:1": 1, "input:3000": 0, "input:3001": 169, "input:3002": 250, "input:3019": 14,
         "input:3": 260, "input:4001": 0, "input:4000": 5},
        {"vendor.fault_message": "true", "fault_code": "0", "flue.oxygen": "suspect:range",
         "vendor.boiler_state": "fault", "flame": "false", "vendor.system_state": "off"}, ["0", "169", "250", "14"])
