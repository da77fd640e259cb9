# SPDX-License-Identifier: CC0-1.0
# Haier YCJ-A002: a Modbus adapter for split and duct air conditioners of Haier. It wants about 10 ms of silence
# before a request and takes up to 100 ms to answer. The source states neither the line settings nor the unit
# identifier.
#
# The numbers of mode (1 to 5), fan speed (1 to 4) and lock (1 to 4) are not explained by the source: they are shown
# as numbers and not written. Nor does it list the alarm numbers, or say which one means none: 0 is taken for that.
[Profile]
Maker=Haier
Model=YCJ-A002
Kind=room_air_conditioner
Name=Air conditioner
Name[zh_CN]=空调
Source=wirenboard/wb-mqtt-serial templates/config-haier-ycj-a002.json
Confidence=medium
Version=1

[Line]
Gap=10ms

[Point power]
Read=coil:0
Type=bit
Attribute=on_off

[Point air_conditioner_mode]
Read=holding:1
Type=u16
Label=Mode number
Label[zh_CN]=模式编号

[Point indoor_temperature]
Read=input:0
Type=s16
Unit=°C
Possible=-50..80
Attribute=local_temperature

# One target temperature: it is the setpoint of both modes.
[Point temperature_setpoint]
Read=holding:0
Type=s16
Unit=°C
Attribute=cooling_setpoint

[Point temperature_setpoint_heating]
Read=holding:0
Type=s16
Unit=°C
Attribute=heating_setpoint

[Point fan_speed]
Read=holding:2
Type=u16
Label=Fan speed number
Label[zh_CN]=风速编号

[Point indoor_unit_blocking_mode]
Read=holding:3
Type=u16
Period=5min
Label=Lock number
Label[zh_CN]=锁定方式编号

[Point alarm_code]
Read=input:1
Type=u16
Attribute=fault_code
Fault=code
Confidence=low

# The source says no more of it: it cannot identify the adapter.
[Point device_number]
Read=input:2
Type=u16
Period=1h
Label=Device number
Label[zh_CN]=设备编号

# Writes. The source gives no endurance of the memory behind these registers: Budget= is a cautious assumption.
[Write on_off]
PerHour=20
Budget=100000

[Write cooling_setpoint]
Min=16
Max=30
Step=1
PerHour=20
Budget=100000

[Write heating_setpoint]
Min=16
Max=30
Step=1
PerHour=20
Budget=100000
