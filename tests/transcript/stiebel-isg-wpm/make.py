# SPDX-License-Identifier: Apache-2.0
READS = (
    "holding 1500,input 543,input 550,input 562,input 514-515,input 502,input 506,input 517,input 521,"
    "holding 4001-4002,input 5000,input 527-528,input 530,input 2500,holding 4000,input 3501-3502,input 3504-3505,"
    "input 3511-3512,input 3514-3515"
)


def traces():
    yield Trace("stiebel-isg-wpm", "energies", "tcp", 1, READS,
                "Energies from two registers and their sums; values that are not there, which make no sum; SG Ready as a pair.").step(
        {"input:502": 213, "input:506": s16(-123), "input:514": [352, 301], "input:517": 412, "input:521": 487,
         "input:527": [s16(-55)[0], 350], "input:530": 0x8000, "input:543": 712, "input:550": 0x8000, "input:562": 91,
         "input:2500": 7, "input:3501": [345, 12], "input:3504": [678, 3], "input:3511": [901, 3], "input:3514": [250, 0],
         "input:5000": 3, "holding:1500": 2, "holding:4000": [1, 1, 0]},
        {"local_temperature": 21.3, "outdoor_temperature": -12.3, "flow.temperature": 35.2, "return.temperature": 30.1,
         "buffer.temperature": 41.2, "tank.temperature": 48.7, "vendor.solar_collector_temperature": -5.5,
         "vendor.solar_storage_tank_temperature": 35, "vendor.external_heat_source_temperature": "absent",
         "discharge_temperature": 71.2, "vendor.hot_gas_temperature_hp_2": "absent", "vendor.source_temperature": 9.1,
         "vendor.system_status": 7, "vendor.heat_for_heating": 12345, "vendor.heat_for_hot_water": 3678,
         "thermal_energy": 16023, "vendor.electricity_for_heating": 3901, "vendor.electricity_for_hot_water": 250,
         "energy_imported": 4151, "vendor.smart_grid_status": 3, "vendor.operating_mode": "program", "on_off": "true",
         "vendor.sg_ready_active": 1, "sg_ready": "recommended"}, []).step(
        {"holding:4000": [0, 0, 1], "holding:1500": 6, "input:514": [0x8000, 1301]},
        {"sg_ready": "blocked", "vendor.operating_mode": "vendor_6", "flow.temperature": "absent",
         "return.temperature": "suspect:range", "thermal_energy": "unavailable:exception",
         "vendor.heat_for_hot_water": "unavailable:exception", "energy_imported": 0},
        [], {"input:3504": 2}).step(
        {"holding:4000": [1, 1, 1], "holding:1500": 1}, {"sg_ready": "forced", "on_off": "false", "thermal_energy": 0}).step(
        {"holding:4000": [1, 0, 0]}, {"sg_ready": "normal"})
