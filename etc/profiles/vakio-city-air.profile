# SPDX-License-Identifier: CC0-1.0
# Vakio City Air 250/500 supply ventilation. Line settings are not stated by the source. Alarms are coils, and the
# source has no panel codes: an alarm's code is its coil.
#
# incoming_air_temperature has neither unit nor sign in the source; it is read with a sign here, because air from
# outside is below 0 °C in winter. To be verified on a real unit.
[Profile]
Maker=Vakio
Model=City Air 250/500
Kind=ventilation_unit
Name=Ventilation unit
Name[zh_CN]=新风机
Source=wirenboard/wb-mqtt-serial templates/config-vakio-city-air-250-500.json
Confidence=medium
Version=1

[Point state]
Read=coil:0
Type=bit
Attribute=on_off

# Inflow runs at the step asked for, smart by itself.
[Point mode]
Read=coil:1
Type=bit
Enum=0:manual 1:auto
Attribute=mode

[Point air_heater]
Read=coil:3
Type=bit
Enum=0:off 1:on
Period=1min
Label=Air heater
Label[zh_CN]=空气加热

[Point fan_speed_setpoint]
Read=holding:0
Type=u16
Unit=count
Attribute=speed_setting
Period=1min

[Point current_fan_speed]
Read=holding:3
Type=u16
Unit=count
Attribute=speed_current

[Point incoming_air_temperature]
Read=holding:4
Type=s16
Unit=°C
Possible=-60..150
Attribute=outdoor_temperature
Confidence=low

[Point heating_temperature_setpoint]
Read=holding:1
Type=u16
Unit=°C
Attribute=temperature_setpoint
Period=1min

[Point air_damper_position]
Read=holding:2
When=air_damper == installed
Type=u16
Enum=0:closed 1:open 2:opening 3:closing
Label=Air damper
Label[zh_CN]=风阀

# Set up by the installer.
[Point air_damper]
Read=coil:2
Type=bit
Enum=0:not_installed 1:installed
Period=1h
Label=Air damper fitted
Label[zh_CN]=已装风阀

[Fault coil:4]
Read=coil:4
Meaning=Temperature sensor
Meaning[zh_CN]=温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault coil:5]
Read=coil:5
Meaning=Fan
Meaning[zh_CN]=风机故障
Component=fan
Causes=vent.supply_fan
Household=no

[Fault coil:6]
Read=coil:6
Meaning=Underheating
Meaning[zh_CN]=加热不足
Component=heater
Causes=vent.supply_cold
Household=no

[Fault coil:7]
Read=coil:7
Meaning=Overheating
Meaning[zh_CN]=过热
Component=heater
Causes=vent.supply_cold
Severity=urgent
Household=no

[Fault coil:8]
Read=coil:8
Meaning=Low inlet temperature
Meaning[zh_CN]=进风温度过低
Component=air
Household=no

[Fault coil:9]
Read=coil:9
Meaning=High outlet temperature
Meaning[zh_CN]=出风温度过高
Component=air
Household=no

[Fault coil:10]
Read=coil:10
Meaning=Fire
Meaning[zh_CN]=火警
Component=safety
Causes=vent.fire_alarm
Severity=danger
Household=no

# The source names no endurance of the memory behind it; the budget is cautious.
[Write on_off]
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write speed_setting]
Min=1
Max=7
Step=1
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write temperature_setpoint]
Min=10
Max=25
Step=1
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.air_heater]
Enum=0:off 1:on
Budget=100000

# The seven steps.
[Identify fan_speed]
Read=holding:0
Type=u16
Equals=1..7
Score=10

# 10 to 25 °C.
[Identify setpoint]
Read=holding:1
Type=u16
Equals=10..25
Score=15

[Identify damper]
Read=holding:2
Type=u16
Equals=0..3
Score=5
