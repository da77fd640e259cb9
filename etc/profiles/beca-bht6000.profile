# SPDX-License-Identifier: CC0-1.0
# Beca BHT-6000 series thermostats for floor heating. Line settings and unit identifier are set on the thermostat and
# not stated by the source. Possible= is what a room sensor can tell; the source has no limits for reading.
[Profile]
Maker=Beca
Model=BHT-6000 series
Kind=thermostat
Name=Floor heating thermostat
Name[zh_CN]=地暖温控器
Source=wirenboard/wb-mqtt-serial templates/config-bht-6000-series.json
Confidence=high
Version=1

[Point power]
Read=holding:0
Type=s16
Enum=0:off 1:heat
Attribute=system_mode

[Point internal_sensor_temperature]
Read=holding:1
Type=s16
Scale=0.1
Unit=°C
Possible=-50..80
Attribute=local_temperature

[Point manual_mode]
Read=holding:2
Type=s16
Enum=0:off 1:on
Period=1min
Label=Manual mode
Label[zh_CN]=手动模式

[Point heating_status]
Read=holding:3
Type=s16
Enum=0:off 1:heat
Attribute=running_mode

[Point setting_temperature]
Read=holding:4
Type=s16
Scale=0.1
Unit=°C
Attribute=heating_setpoint
Period=1min

[Point weekly_program_setting_temperature]
Read=holding:5
Type=s16
Scale=0.1
Unit=°C
Period=1min
Label=Target of the weekly programme
Label[zh_CN]=周编程设定温度

[Point lock_buttons]
Read=holding:6
Type=s16
Enum=0:no_lockout 1:lockout1
Attribute=keypad_lockout
Period=1min

# The source names no endurance of the memory behind it; the budget is cautious.
[Write system_mode]
Enum=0:off 1:heat
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious. The source names no step; half a degree
# is what people set.
[Write heating_setpoint]
Min=5
Max=35
Step=0.5
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.manual_mode]
Enum=0:off 1:on
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write keypad_lockout]
Enum=0:no_lockout 1:lockout1
Budget=100000

# 5 to 35 °C, the limits of the setpoint.
[Identify target]
Read=holding:4
Type=s16
Equals=50..350
Score=15

[Identify programme_target]
Read=holding:5
Type=s16
Equals=50..350
Score=10

[Identify lock]
Read=holding:6
Type=s16
Equals=0..1
Score=5
