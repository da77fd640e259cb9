# SPDX-License-Identifier: CC0-1.0
# Intesis MH-RC-MBS-1: a gateway between Modbus RTU and the remote controller line of Mitsubishi Heavy air
# conditioners. The manual lists protocol addresses, which are those here, and PLC addresses, which are one more. Line
# settings and unit identifier are set by DIP switches, and so is the scale of all temperatures.
#
# The codes 1 to 38 are the maker's; the source is cut off at E39, so that later ones are shown as unknown. -1 and -4
# are states of the gateway itself. Registers 0 to 3 are those of a sibling table: check them on a real unit.
[Profile]
Maker=Mitsubishi Heavy
Model=Intesis MH-RC-MBS-1
Kind=room_air_conditioner
Name=Air conditioner
Name[zh_CN]=空调
Source=IntesisBox MH-RC-MBS-1 User Manual r6.3
Confidence=medium
Version=1

[Setting temperature_scale]
Values=tenths whole fahrenheit
Default=tenths
Label=How the DIP switches set temperatures: tenths of °C, whole °C, or °F
Label[zh_CN]=拨码开关设定的温度单位：0.1 °C、1 °C 或 °F

[Point on_off]
Read=holding:0
Type=u16
Enum=0:off 1:on
Attribute=on_off

[Point mode]
Read=holding:1
Type=u16
Enum=0:auto 1:heat 2:dry 3:fan_only 4:cool
Attribute=system_mode

[Point fan_speed]
Read=holding:2
Type=u16
Enum=0:auto 1:low 2:medium 3:high
Attribute=fan_mode

# What its numbers mean is not in the source.
[Point vane_position]
Read=holding:3
Type=u16
Period=1min
Label=Vane position number
Label[zh_CN]=导风板位置编号

# One target temperature: it is the setpoint of both modes.
[Point temperature_setpoint]
Read=holding:4
Type=s16
Scale=switch(setting.temperature_scale, 0.1, 1, 1)
Unit=switch(setting.temperature_scale, °C, °C, °F)
Unavailable=-32768
Attribute=cooling_setpoint

[Point temperature_setpoint_heating]
Read=holding:4
Type=s16
Scale=switch(setting.temperature_scale, 0.1, 1, 1)
Unit=switch(setting.temperature_scale, °C, °C, °F)
Unavailable=-32768
Attribute=heating_setpoint

[Point temperature_reference]
Read=holding:5
Type=s16
Scale=switch(setting.temperature_scale, 0.1, 1, 1)
Unit=switch(setting.temperature_scale, °C, °C, °F)
Unavailable=-32768
Attribute=local_temperature

[Point window_contact]
Read=holding:6
Type=u16
Enum=0:closed 1:open
Period=1min
Label=Window contact
Label[zh_CN]=窗户触点

# Kept when the power is off.
[Point adapter_disable]
Read=holding:7
Type=u16
Enum=0:no 1:yes
Period=5min
Label=Gateway switched off
Label[zh_CN]=网关停用

[Point remote_controller_disable]
Read=holding:8
Type=u16
Enum=0:no 1:yes
Period=5min
Label=Remote controller locked
Label[zh_CN]=线控器锁定

[Point operation_time]
Read=holding:9
Type=u16
Unit=h
Attribute=operating_hours
Period=5min

[Point alarm_status]
Read=holding:10
Type=u16
Enum=0:no 1:yes
Label=Any error
Label[zh_CN]=有故障

[Point error_code]
Read=holding:11
Type=s16
Attribute=fault_code
Fault=code

# What a gateway told it; -32768 until then.
[Point external_ambient_temperature]
Read=holding:22
Type=s16
Scale=switch(setting.temperature_scale, 0.1, 1, 1)
Unit=switch(setting.temperature_scale, °C, °C, °F)
Unavailable=-32768
Period=1min
Label=Room temperature from outside
Label[zh_CN]=外部给定室温

[Fault -1]
Value=-1
Of=error_code
Meaning=No communication between adapter or remote controller and AC
Meaning[zh_CN]=网关与空调通信中断
Component=wiring
Causes=any.adapter ac.unit_link
Severity=care
Household=yes

[Fault -4]
Value=-4
Of=error_code
Meaning=Adapter initialising
Meaning[zh_CN]=网关初始化中
Component=adapter
Severity=info
Class=information
Household=yes

[Fault 1]
Value=1
Of=error_code
Meaning=Remote controller communication error
Meaning[zh_CN]=线控器通信故障
Component=remote controller
Causes=ac.unit_link

[Fault 2]
Value=2
Of=error_code
Meaning=Duplicated indoor unit address
Meaning[zh_CN]=室内机地址重复
Component=configuration
Causes=any.configuration

[Fault 3]
Value=3
Of=error_code
Meaning=Outdoor unit signal line error
Meaning[zh_CN]=室外机信号线故障
Component=wiring
Causes=ac.unit_link

[Fault 5]
Value=5
Of=error_code
Meaning=Communication error during operation
Meaning[zh_CN]=运行中通信故障
Component=wiring
Causes=ac.unit_link

[Fault 6]
Value=6
Of=error_code
Meaning=Indoor heat exchanger thermistor anomaly
Meaning[zh_CN]=室内换热器温度传感器异常
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 7]
Value=7
Of=error_code
Meaning=Indoor return air thermistor anomaly
Meaning[zh_CN]=室内回风温度传感器异常
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 8]
Value=8
Of=error_code
Meaning=Heating overload operation
Meaning[zh_CN]=制热过载
Component=refrigerant circuit / airflow
Causes=ac.filter ac.indoor_coil ac.indoor_fan
Severity=care
Household=yes

[Fault 9]
Value=9
Of=error_code
Meaning=Drain trouble
Meaning[zh_CN]=排水故障
Component=drain
Causes=ac.drain
Severity=care
Household=yes

[Fault 10]
Value=10
Of=error_code
Meaning=More than 17 indoor units on one remote controller
Meaning[zh_CN]=线控器所带室内机过多
Component=configuration
Causes=any.configuration

[Fault 12]
Value=12
Of=error_code
Meaning=Address setting error (mixed method)
Meaning[zh_CN]=地址设定错误
Component=configuration
Causes=any.configuration

[Fault 14]
Value=14
Of=error_code
Meaning=Master/slave indoor unit communication error
Meaning[zh_CN]=主从室内机通信故障
Component=wiring
Causes=ac.unit_link

[Fault 16]
Value=16
Of=error_code
Meaning=Indoor fan motor anomaly
Meaning[zh_CN]=室内风机电机异常
Component=fan motor
Causes=ac.indoor_fan
Household=no

[Fault 19]
Value=19
Of=error_code
Meaning=Indoor operation check / drain motor check setting error
Meaning[zh_CN]=室内机检查模式设定错误
Component=configuration
Causes=any.configuration

[Fault 28]
Value=28
Of=error_code
Meaning=Remote controller thermistor anomaly
Meaning[zh_CN]=线控器温度传感器异常
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 30]
Value=30
Of=error_code
Meaning=Indoor/outdoor unit mismatch
Meaning[zh_CN]=室内外机不匹配
Component=configuration
Causes=any.configuration
Household=no

[Fault 31]
Value=31
Of=error_code
Meaning=Duplicated outdoor unit address
Meaning[zh_CN]=室外机地址重复
Component=configuration
Causes=any.configuration
Household=no

[Fault 32]
Value=32
Of=error_code
Meaning=L3 phase open at primary side
Meaning[zh_CN]=电源缺相(L3)
Component=power supply
Causes=any.supply_phase
Household=no

[Fault 33]
Value=33
Of=error_code
Meaning=Inverter primary current error
Meaning[zh_CN]=变频器输入电流异常
Component=inverter
Causes=cool.inverter
Household=no

[Fault 35]
Value=35
Of=error_code
Meaning=Cooling overload operation
Meaning[zh_CN]=制冷过载
Component=refrigerant circuit / airflow
Causes=ac.outdoor_coil_dirty ac.outdoor_fan
Severity=care
Household=yes

[Fault 36]
Value=36
Of=error_code
Meaning=Discharge pipe temperature error
Meaning[zh_CN]=排气温度异常
Component=compressor
Causes=ac.refrigerant_leak ac.expansion_valve
Household=no

[Fault 37]
Value=37
Of=error_code
Meaning=Outdoor heat exchanger thermistor anomaly
Meaning[zh_CN]=室外换热器温度传感器异常
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 38]
Value=38
Of=error_code
Meaning=Outdoor ambient thermistor anomaly
Meaning[zh_CN]=室外环境温度传感器异常
Component=sensor
Causes=any.sensor_open_or_short
Household=no

# Writes. The manual states no endurance of the memory behind these registers: Budget= is a cautious assumption. It
# takes 16 °C while heating, 18 °C else.
[Write on_off]
PerHour=20
Budget=100000

[Write system_mode]
PerHour=20
Budget=100000

[Write fan_mode]
PerHour=20
Budget=100000

[Write cooling_setpoint]
Min=switch(setting.temperature_scale, 18, 18, 65)
Max=switch(setting.temperature_scale, 30, 30, 86)
Step=1
PerHour=20
Budget=100000

[Write heating_setpoint]
Min=switch(mode == heat, switch(setting.temperature_scale, 18, 18, 65), switch(setting.temperature_scale, 16, 16, 61))
Max=switch(setting.temperature_scale, 30, 30, 86)
Step=1
PerHour=20
Budget=100000
