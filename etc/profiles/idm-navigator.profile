# SPDX-License-Identifier: CC0-1.0
# iDM heat pumps with the Navigator controller, Modbus TCP. Numbers with a decimal point have the low word first; -1.0
# is said of what is not fitted. Registers of modules that are not there answer exception 2.
#
# Temperatures and the operation mode are kept in EEPROM by the controller, of which no endurance is stated, and the
# source has no limits for them: nothing is written. Surplus and production of photovoltaics come from an energy
# manager.
#
# Possible= is what such a sensor can tell; the source has no limits.
[Profile]
Maker=iDM
Model=Navigator
Kind=heat_pump
Name=Heat pump
Name[zh_CN]=热泵
Source=nymea/nymea-plugins-modbus idm/idm-registers.json; Xerolux/idm-heatpump-hass const.py, coordinator.py, docs/wiki/Modbus-Register.md
Confidence=medium
Version=1

[Line]
Unit=1

[Point current_pv_surplus]
Read=holding:74
Type=f32
Order=little
Unit=kW
Period=1min
Label=Solar surplus
Label[zh_CN]=光伏余电功率

[Point current_pv_production]
Read=holding:78
Type=f32
Order=little
Unit=kW
Period=1min
Label=Solar production
Label[zh_CN]=光伏发电功率

[Point outdoor_temperature]
Read=holding:1000
Type=f32
Order=little
Unit=°C
Absent=-1
Possible=-60..80
Attribute=outdoor_temperature

# The number that the controller shows.
[Point current_fault_number]
Read=holding:1004
Type=u16
Attribute=fault_code
Fault=code

[Point on]
Read=holding:1005
Type=u16
Enum=0:false 1:true 2:true 4:true 5:true
Attribute=on_off

[Point operation_mode]
Read=holding:1005
Type=u16
Enum=0:standby 1:automatic 2:away 4:hot_water_only 5:heating_cooling_only
Label=Operating mode
Label[zh_CN]=运行模式

# Newer controllers have a variable input here.
[Point smart_grid_status]
Read=holding:1006
Type=u16
Period=1min
Label=Smart grid status number
Label[zh_CN]=智能电网状态编号
Confidence=low

[Point heat_storage_temperature]
Read=holding:1008
Type=f32
Order=little
Unit=°C
Absent=-1
Possible=-40..130
Attribute=buffer.temperature

[Point target_hot_water_temperature]
Read=holding:1032
Type=u16
Unit=°C
Attribute=tank.setpoint
Period=1min

[Point heat_pump_operation_mode]
Read=holding:1090
Type=u16
Enum=0:off 1:heating 2:cooling 4:hot_water 8:defrost
Label=Operating state
Label[zh_CN]=热泵运行状态

[Point running]
Read=holding:1090
Type=u16
Enum=0:off 1:heat 2:cool 4:off 8:heat
Attribute=running_mode

[Point defrosting]
Read=holding:1090
Type=u16
Enum=0:false 1:false 2:false 4:false 8:true
Attribute=defrosting

[Point hot_water]
Read=holding:1090
Type=u16
Enum=0:false 1:false 2:false 4:true 8:false
Attribute=hot_water_heating

[Point room_temperature]
Read=holding:1364
Type=f32
Order=little
Unit=°C
Absent=-1
Possible=-50..80
Attribute=local_temperature

[Point room_target_temperature]
Read=holding:1415
Type=f32
Order=little
Unit=°C
Absent=-1
Attribute=heating_setpoint
Period=1min

[Point energy_heating]
Read=holding:1748
Type=f32
Order=little
Unit=kWh
Absent=-1
Total=yes
Period=5min
Label=Heat for heating
Label[zh_CN]=供暖制热量

[Point energy_total]
Read=holding:1750
Type=f32
Order=little
Unit=kWh
Absent=-1
Attribute=thermal_energy
Period=5min

[Point energy_cooling]
Read=holding:1752
Type=f32
Order=little
Unit=kWh
Absent=-1
Total=yes
Period=5min
Label=Cooling energy
Label[zh_CN]=制冷量

[Point energy_hot_water]
Read=holding:1754
Type=f32
Order=little
Unit=kWh
Absent=-1
Total=yes
Period=5min
Label=Heat for hot water
Label[zh_CN]=热水制热量

[Point current_power_consumption]
Read=holding:4122
Type=f32
Order=little
Unit=kW
Absent=-1
Attribute=active_power

# The high word of an outdoor temperature: 0.25 to 60 °C, or -0.25 to -50 °C.
[Identify outdoor_temperature_above_zero]
Read=holding:1001
Type=u16
Equals=0x3E80..0x4270
Score=10

[Identify outdoor_temperature_below_zero]
Read=holding:1001
Type=u16
Equals=0xBE80..0xC248
Score=10
