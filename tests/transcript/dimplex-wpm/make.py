# SPDX-License-Identifier: Apache-2.0
SETTINGS_J = [("software", "J")]
READS_J = (
    "holding 1-3,holding 5,holding 53,holding 103-105,holding 5167"
)


def traces():
    yield Trace("dimplex-wpm", "software-j", "tcp", 1, READS_J,
                "The same numbers as in the other trace mean other things; no register of failed sensors.", SETTINGS_J).step(
        {"holding:1": s16(-73), "holding:103": 10, "holding:104": 11, "holding:105": 15},
        {"outdoor_temperature": -7.3, "vendor.status_code": "lock_see_lock_register", "vendor.lock_code": "flow",
         "fault_code": "fault 15"}, ["fault 15"]).step(
        {"holding:103": 21, "holding:104": 43, "holding:105": 31},
        {"vendor.status_code": "defrost", "defrosting": "true", "vendor.lock_code": "fault_see_fault_register", "fault_code": "fault 31"},
        ["fault 31"])
