# SPDX-License-Identifier: CC0-1.0
# Wiren Board WBE2-I-EBUS: an eBus interface for Vaillant and Protherm gas boilers, behind a Wiren Board controller. It
# wants a second between requests.
#
# How the heating is controlled cannot be read: it is a setting here, and decides what holding 203, 205 and 206 mean. In
# the modes room_sensor and outdoor_sensor somebody must keep writing the room or outdoor temperature into 206; hearthd
# does not.
#
# fault_code is the number of the boiler's own display; its meaning is in the boiler's manual.
[Profile]
Maker=Wiren Board
Model=WBE2-I-EBUS (Vaillant, Protherm)
Kind=boiler
Name=Gas boiler
Name[zh_CN]=燃气壁挂炉
Source=wirenboard/wb-mqtt-serial templates/config-wbe2-i-ebus.json
Confidence=high
Version=1

[Setting control]
Values=direct room_sensor outdoor_sensor heating_off
Default=room_sensor
Label=Heating controlled by
Label[zh_CN]=供暖控制方式

[Line]
Gap=1s

[Point error_code]
Read=input:205
Type=u16
Fault=code
Code=%d
Attribute=fault_code

[Point hot_water_temperature]
Read=input:207
Type=u16
Unit=°C
Possible=0..150
Attribute=hot_water.temperature

[Point external_storage_temperature]
Read=input:209
Type=u16
Unit=°C
Possible=-60..150
Period=1min
Label=External hot water tank
Label[zh_CN]=外置热水箱温度

[Point heating_temperature]
Read=input:206
Type=u16
Unit=°C
Possible=0..150
Attribute=flow.temperature

[Point return_temperature]
Read=input:208
Type=u16
Unit=°C
Possible=0..150
Attribute=return.temperature

[Point outdoor_temperature]
Read=input:210
Type=s16
Scale=0.1
Offset=-100
Unit=°C
Possible=-60..80
Attribute=outdoor_temperature

[Point hot_water_setpoint_highest]
Read=input:211
Type=u16
Unit=°C
Period=10min
Label=Highest hot water setpoint
Label[zh_CN]=生活热水设定上限

[Point water_pressure]
Read=input:212
Type=s16
Scale=0.001
Unit=bar
Possible=-1..25
Attribute=water.pressure

[Point burner_modulation]
Read=input:213
Type=s16
Scale=0.1
Unit=%
Attribute=modulation

# The source gives no meaning of its values.
[Point boiler_status]
Read=input:215
Type=u16
Label=Boiler circuits
Label[zh_CN]=锅炉回路状态

[Point hot_water_setpoint]
Read=holding:204
Type=u16
Unit=°C
Attribute=hot_water.setpoint
Period=1min

[Point firmware]
Read=input:204
Type=u16
Scale=0.01
Attribute=software_version
Period=1h

[Point sensor_type]
Read=holding:208
Type=u16
Enum=0:room 1:outdoor
Period=10min
Label=Temperature sensor given
Label[zh_CN]=温度传感器类型

[Point flow_setpoint]
Read=holding:203
Type=u16
Unit=°C
Attribute=flow_setpoint
Period=30s

[Point room_temperature]
Read=holding:206
When=setting.control == room_sensor
Type=s16
Scale=0.1
Offset=-100
Unit=°C
Possible=-50..50
Attribute=local_temperature

[Point outdoor_temperature_given]
Read=holding:206
When=setting.control == outdoor_sensor
Type=s16
Scale=0.1
Offset=-100
Unit=°C
Possible=-50..50
Label=Outdoor temperature given to the boiler
Label[zh_CN]=写入的室外温度

[Point room_setpoint]
Read=holding:205
When=setting.control == room_sensor
Type=u16
Unit=°C
Attribute=heating_setpoint
Period=1min

[Point heating_on]
Read=holding:205
When=setting.control == outdoor_sensor
Type=u16
Enum=0:off 1:on
Period=1min
Label=Heating
Label[zh_CN]=供暖开关

# 1 to 19.
[Point climate_curve]
Read=holding:207
When=setting.control == outdoor_sensor
Type=u16
Period=1h
Label=Climate curve
Label[zh_CN]=气候补偿曲线

[Fault input:214]
Read=input:214
Value=1
Meaning=No valid connection to the boiler
Meaning[zh_CN]=与锅炉的通信无效
Component=wiring
Causes=any.adapter any.wiring
Severity=care
Household=yes

# The source names no endurance of the memory behind it; the budget is cautious. In mode direct only.
[Write flow_setpoint]
Min=0
Max=85
Step=1
If=setting.control == direct
Budget=100000

# The upper bound is what the boiler tells; the source allows 0 to 85 °C. The source names no endurance of the memory
# behind it; the budget is cautious.
[Write hot_water.setpoint]
Min=0
Max=hot_water_setpoint_highest
Step=1
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write heating_setpoint]
To=holding:205
Type=u16
Unit=°C
Min=5
Max=35
Step=1
If=setting.control == room_sensor
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.heating_on]
To=holding:205
Type=u16
Enum=0:off 1:on
If=setting.control == outdoor_sensor
Budget=100000
