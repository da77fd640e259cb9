# SPDX-License-Identifier: CC0-1.0
# PHNIX pool heat pumps with one or two compressors, and the many brands built on them. Unit identifier 16 (0x10) in the
# maker's protocol; 99 was seen on a Bluetooth variant. Addresses outside the served blocks answer exception 1.
#
# Faults are bits of the registers 2074 to 2086; where the maker prints a panel code for a bit, that is the code here,
# else it is register.bit. On one model a failed ambient sensor reads 0xFFF6, which is also -1.0 °C: it is taken as a
# failure only where the setting says so.
#
# Left out: holding 5055 (clears locked faults; a command).
[Profile]
Maker=PHNIX
Model=single and dual compressor pool heat pumps, protocol V1.0
Kind=heat_pump
Name=Pool heat pump
Name[zh_CN]=泳池热泵
Source=PHNIX Modbus Protocol V1.0 2023-06-21 (a-teece/Thermotec-Mini-Heat-Pump-Home-Assistant-Integration, Source Documents)
Confidence=high
Version=2

[Setting compressors]
Values=1..2
Default=1
Label=How many compressors
Label[zh_CN]=压缩机数量

[Setting ambient_sensor]
Values=ordinary fff6_is_failure
Default=ordinary
Label=A failed ambient sensor reads (fff6_is_failure: one model shows -1.0 °C)
Label[zh_CN]=环境温度传感器故障的读数（fff6_is_failure：某型号显示 -1.0℃）

[Line]
Baud=9600
Parity=none
StopBits=1
Unit=16

[Point power]
Read=holding:5001
Type=u16
Attribute=on_off

[Point cooling_target]
Read=holding:5002
Type=s16
Scale=0.1
Unit=°C
Attribute=cooling_setpoint
Period=1min

[Point heating_target]
Read=holding:5003
Type=s16
Scale=0.1
Unit=°C
Attribute=heating_setpoint
Period=1min

[Point mode]
Read=holding:5005
Type=u16
Enum=0:cool 1:heat
Attribute=system_mode

[Point circulation_pump_mode]
Read=holding:5028
Type=u16
Enum=0:normal 1:special 2:intermittent
Period=5min
Label=Pump mode
Label[zh_CN]=循环泵模式

[Point pump_interval]
Read=holding:5029
Type=u16
Unit=min
Period=5min
Label=Pump interval
Label[zh_CN]=循环泵间隔

[Point pump_duration]
Read=holding:5030
Type=u16
Unit=min
Period=5min
Label=Pump duration
Label[zh_CN]=循环泵运行时长

[Point pump_advance]
Read=holding:5031
Type=u16
Unit=min
Period=5min
Label=Pump advance
Label[zh_CN]=循环泵提前时间

[Point heating_restart_difference]
Read=holding:5033
Type=s16
Scale=0.1
Unit=K
Period=5min
Label=Heating restart difference
Label[zh_CN]=制热回差

[Point cooling_restart_difference]
Read=holding:5034
Type=s16
Scale=0.1
Unit=K
Period=5min
Label=Cooling restart difference
Label[zh_CN]=制冷回差

# May be off while power is on: a protective stop.
[Point unit_state]
Read=holding:2011
Type=u16
Enum=0:off 1:on
Label=Running
Label[zh_CN]=运行状态

# 250 is a defrost, a part of heating; the next point says so.
[Point unit_mode]
Read=holding:2012
Type=u16
Enum=0:cool 1:heat 250:heat
Attribute=running_mode

[Point defrosting]
Read=holding:2012
Type=u16
Enum=0:false 1:false 250:true
Attribute=defrosting

[Point current_setpoint]
Read=holding:2013
Type=s16
Scale=0.1
Unit=°C
Label=Setpoint in force
Label[zh_CN]=当前设定温度

[Point inlet_water_temperature]
Read=holding:2016
Type=s16
Scale=0.1
Unit=°C
SensorFault=0x7FFF 0x7FFD
Attribute=return.temperature

[Point outlet_water_temperature]
Read=holding:2017
Type=s16
Scale=0.1
Unit=°C
SensorFault=0x7FFF 0x7FFD
Attribute=flow.temperature

[Point ambient_temperature]
Read=holding:2019
Type=s16
Scale=0.1
Unit=°C
SensorFault=switch(setting.ambient_sensor, 0x7FFF 0x7FFD, 0x7FFF 0x7FFD 0xFFF6)
Attribute=outdoor_temperature

[Point compressor1_frequency]
Read=holding:2040
Type=u16
Unit=Hz
Attribute=compressor_frequency

[Point compressor2_frequency]
Read=holding:2041
When=setting.compressors == 2
Type=u16
Unit=Hz
Label=Compressor 2 frequency
Label[zh_CN]=压缩机2频率

[Point fan1_speed]
Read=holding:2044
Type=u16
Unit=rpm
Attribute=fan_speed

[Point fan1_state]
Read=holding:2070
Type=u16
Enum=0:off 1:high 2:low
Label=Fan 1
Label[zh_CN]=风机1

[Point hp_switch_1]
Read=holding:2069.0
Type=bit
Enum=0:closed 1:open
Label=High pressure switch 1
Label[zh_CN]=高压开关1

[Point hp_switch_2]
Read=holding:2069.1
When=setting.compressors == 2
Type=bit
Enum=0:closed 1:open
Label=High pressure switch 2
Label[zh_CN]=高压开关2

[Point lp_switch_1]
Read=holding:2069.4
Type=bit
Enum=0:closed 1:open
Label=Low pressure switch 1
Label[zh_CN]=低压开关1

[Point lp_switch_2]
Read=holding:2069.5
When=setting.compressors == 2
Type=bit
Enum=0:closed 1:open
Label=Low pressure switch 2
Label[zh_CN]=低压开关2

# Closed while water flows.
[Point flow_switch]
Read=holding:2069.8
Type=bit
Enum=0:true 1:false
Attribute=flow_switch

[Point compressor1_output]
Read=holding:2072.0
Type=bit
Attribute=compressor_running

[Point compressor2_output]
Read=holding:2072.1
When=setting.compressors == 2
Type=bit
Label=Compressor 2
Label[zh_CN]=压缩机2

[Point fan1_output]
Read=holding:2072.4
Type=bit
Label=Fan 1 output
Label[zh_CN]=风机1输出

[Point circulating_pump_output]
Read=holding:2072.8
Type=bit
Attribute=circulation_pump

[Point pan_heater]
Read=holding:2072.9
Type=bit
Label=Drain pan heater
Label[zh_CN]=接水盘加热

[Point electric_heater]
Read=holding:2072.11
Type=bit
Attribute=backup_heater

[Point crankcase_heater_1]
Read=holding:2072.12
Type=bit
Label=Crankcase heater 1
Label[zh_CN]=曲轴箱加热1

[Point crankcase_heater_2]
Read=holding:2072.13
When=setting.compressors == 2
Type=bit
Label=Crankcase heater 2
Label[zh_CN]=曲轴箱加热2

[Point four_way_valve_1]
Read=holding:2073.2
Type=bit
Label=Four-way valve 1
Label[zh_CN]=四通阀1

[Point four_way_valve_2]
Read=holding:2073.3
When=setting.compressors == 2
Type=bit
Label=Four-way valve 2
Label[zh_CN]=四通阀2

[Point alarm_output]
Read=holding:2073.7
Type=bit
Label=Alarm output
Label[zh_CN]=报警输出

[Fault 2074.0]
Read=holding:2074.0
Meaning=Inlet water temp. failure
Meaning[zh_CN]=进水温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 2074.1]
Read=holding:2074.1
Meaning=Outlet water temp. failure
Meaning[zh_CN]=出水温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 2074.3]
Read=holding:2074.3
Meaning=Ambient temp. failure
Meaning[zh_CN]=环境温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 2074.4]
Read=holding:2074.4
Meaning=System 1 Suction temp. failure
Meaning[zh_CN]=系统1吸气温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 2074.5]
Read=holding:2074.5
Meaning=System 2 Suction temp. failure
Meaning[zh_CN]=系统2吸气温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 2074.8]
Read=holding:2074.8
Meaning=System 1 Exhaust temp. failure
Meaning[zh_CN]=系统1排气温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 2074.9]
Read=holding:2074.9
Meaning=System 2 Exhaust temp. failure
Meaning[zh_CN]=系统2排气温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 2075.4]
Read=holding:2075.4
Meaning=System 1 Anti-freeze temp. failure
Meaning[zh_CN]=系统1防冻温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 2075.5]
Read=holding:2075.5
Meaning=System 2 Anti-freeze temp. failure
Meaning[zh_CN]=系统2防冻温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 2075.8]
Read=holding:2075.8
Meaning=System 1 coil 1 temp. failure
Meaning[zh_CN]=系统1盘管1温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 2075.9]
Read=holding:2075.9
Meaning=System 1 coil 2 temp. failure
Meaning[zh_CN]=系统1盘管2温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 2075.10]
Read=holding:2075.10
Meaning=System 2 coil 1 temp. failure
Meaning[zh_CN]=系统2盘管1温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 2075.11]
Read=holding:2075.11
Meaning=System 2 coil 2 temp. failure
Meaning[zh_CN]=系统2盘管2温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 2076.0]
Read=holding:2076.0
Meaning=System 1 High pressure protection
Meaning[zh_CN]=系统1高压保护
Component=refrigerant circuit
Causes=hp.high_pressure heat.low_flow
Household=no

[Fault 2076.1]
Read=holding:2076.1
Meaning=System 2 High pressure protection
Meaning[zh_CN]=系统2高压保护
Component=refrigerant circuit
Causes=hp.high_pressure heat.low_flow
Household=no

[Fault 2076.4]
Read=holding:2076.4
Meaning=System 1 Low pressure protection
Meaning[zh_CN]=系统1低压保护
Component=refrigerant circuit
Causes=hp.low_pressure hp.refrigerant_leak
Household=no

[Fault 2076.5]
Read=holding:2076.5
Meaning=System 2 Low pressure protection
Meaning[zh_CN]=系统2低压保护
Component=refrigerant circuit
Causes=hp.low_pressure hp.refrigerant_leak
Household=no

[Fault 2076.8]
Read=holding:2076.8
Meaning=System 1 Anti-freeze protection
Meaning[zh_CN]=系统1防冻保护
Component=refrigerant circuit
Causes=hp.frost_protection
Household=no

[Fault 2076.9]
Read=holding:2076.9
Meaning=System 2 Anti-freeze protection
Meaning[zh_CN]=系统2防冻保护
Component=refrigerant circuit
Causes=hp.frost_protection
Household=no

[Fault 2076.12]
Read=holding:2076.12
Meaning=System 1 Exhaust over heat protection
Meaning[zh_CN]=系统1排气过热保护
Component=refrigerant circuit
Causes=hp.discharge_hot
Household=no

[Fault 2076.13]
Read=holding:2076.13
Meaning=System 2 Exhaust over heat protection
Meaning[zh_CN]=系统2排气过热保护
Component=refrigerant circuit
Causes=hp.discharge_hot
Household=no

[Fault 2077.0]
Read=holding:2077.0
Meaning=System 1 High pressure sensor failure
Meaning[zh_CN]=系统1高压传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 2077.1]
Read=holding:2077.1
Meaning=System 2 High pressure sensor failure
Meaning[zh_CN]=系统2高压传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 2077.4]
Read=holding:2077.4
Meaning=System 1 Low pressure sensor failure
Meaning[zh_CN]=系统1低压传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 2077.5]
Read=holding:2077.5
Meaning=System 2 Low pressure sensor failure
Meaning[zh_CN]=系统2低压传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 2077.12]
Read=holding:2077.12
Meaning=System 1 four-way valve switching abnormality
Meaning[zh_CN]=系统1四通阀换向异常
Component=refrigerant circuit
Causes=hp.four_way_valve
Household=no

[Fault 2077.13]
Read=holding:2077.13
Meaning=System 2 four-way valve switching abnormality
Meaning[zh_CN]=系统2四通阀换向异常
Component=refrigerant circuit
Causes=hp.four_way_valve
Household=no

[Fault 2078.0]
Read=holding:2078.0
Meaning=Winter primary anti-freeze protection
Meaning[zh_CN]=冬季一级防冻保护
Component=refrigerant circuit
Causes=hp.frost_protection
Severity=info
Class=information
Household=no

[Fault 2078.1]
Read=holding:2078.1
Meaning=Winter secondary class anti-freeze protection
Meaning[zh_CN]=冬季二级防冻保护
Component=refrigerant circuit
Causes=hp.frost_protection
Severity=info
Class=warning
Household=no

[Fault 2078.2]
Read=holding:2078.2
Meaning=Outlet water temp. over heat protection
Meaning[zh_CN]=出水温度过高保护
Component=water circuit
Causes=heat.low_flow
Household=no

[Fault 2078.3]
Read=holding:2078.3
Meaning=Outlet water temp. over low protection
Meaning[zh_CN]=出水温度过低保护
Component=water circuit
Household=no

[Fault 2078.4]
Read=holding:2078.4
Meaning=Low ambient temperature protection
Meaning[zh_CN]=环境温度过低保护
Component=refrigerant circuit
Causes=hp.operating_limit
Severity=info
Class=information
Household=yes

[Fault 2078.5]
Read=holding:2078.5
Meaning=Electric heating overload protection
Meaning[zh_CN]=电加热过载保护
Component=refrigerant circuit
Causes=any.electric_heater
Household=no

[Fault 2078.6]
Read=holding:2078.6
Meaning=Water flow protection
Meaning[zh_CN]=水流不足保护
Component=water circuit
Causes=heat.low_flow heat.strainer heat.pump
Severity=care
Household=yes

# The source's sentence is cut off.
[Fault 2078.7]
Read=holding:2078.7
Meaning=Temperature difference of inlet and outlet water too large
Meaning[zh_CN]=进出水温差过大
Component=water circuit
Causes=heat.low_flow
Household=no
Confidence=medium

[Fault 2078.10]
Read=holding:2078.10
Meaning=Abnormal power failure protection
Meaning[zh_CN]=异常断电保护
Component=refrigerant circuit
Severity=care
Household=yes

[Fault 2078.11]
Read=holding:2078.11
Meaning=Communication failure of main board and fan motor module
Meaning[zh_CN]=主板与风机模块通信故障
Component=fan
Causes=any.electronics
Household=no

[Fault 2078.13]
Read=holding:2078.13
Meaning=Low ambient temperature does not allow cooling protection
Meaning[zh_CN]=环境温度过低不允许制冷
Component=refrigerant circuit
Causes=hp.operating_limit
Severity=info
Class=information
Household=yes

[Fault 2079.0]
Read=holding:2079.0
Meaning=System 1 Exhaust over heat protection 3 times
Meaning[zh_CN]=系统1排气过热保护3次锁定
Component=refrigerant circuit
Causes=hp.discharge_hot
Household=no

[Fault 2079.1]
Read=holding:2079.1
Meaning=System 2 Exhaust over heat protection 3 times
Meaning[zh_CN]=系统2排气过热保护3次锁定
Component=refrigerant circuit
Causes=hp.discharge_hot
Household=no

[Fault 2079.4]
Read=holding:2079.4
Meaning=System 1 high pressure protection 3 times
Meaning[zh_CN]=系统1高压保护3次锁定
Component=refrigerant circuit
Causes=hp.high_pressure heat.low_flow
Household=no

[Fault 2079.5]
Read=holding:2079.5
Meaning=System 2 high pressure protection 3 times
Meaning[zh_CN]=系统2高压保护3次锁定
Component=refrigerant circuit
Causes=hp.high_pressure heat.low_flow
Household=no

[Fault 2079.8]
Read=holding:2079.8
Meaning=System 1 low pressure protection 3 times
Meaning[zh_CN]=系统1低压保护3次锁定
Component=refrigerant circuit
Causes=hp.low_pressure hp.refrigerant_leak
Household=no

[Fault 2079.9]
Read=holding:2079.9
Meaning=System 2 low pressure protection 3 times
Meaning[zh_CN]=系统2低压保护3次锁定
Component=refrigerant circuit
Causes=hp.low_pressure hp.refrigerant_leak
Household=no

[Fault 2079.12]
Read=holding:2079.12
Meaning=System 1 Anti-freeze protection 3 times
Meaning[zh_CN]=系统1防冻保护3次锁定
Component=refrigerant circuit
Causes=hp.frost_protection
Household=no

[Fault 2079.13]
Read=holding:2079.13
Meaning=System 2 Anti-freeze protection 3 times
Meaning[zh_CN]=系统2防冻保护3次锁定
Component=refrigerant circuit
Causes=hp.frost_protection
Household=no

[Fault 2080.0]
Read=holding:2080.0
Meaning=Outlet water overtemp protection 3 times
Meaning[zh_CN]=出水温度过高保护3次锁定
Component=water circuit
Causes=heat.low_flow
Household=no

[Fault 2080.1]
Read=holding:2080.1
Meaning=Outlet water too low protection 3 times
Meaning[zh_CN]=出水温度过低保护3次锁定
Component=water circuit
Household=no

[Fault 2080.2]
Read=holding:2080.2
Meaning=Electric heater over heat protection 3 times
Meaning[zh_CN]=电加热过热保护3次锁定
Component=refrigerant circuit
Causes=any.electric_heater
Household=no

[Fault 2080.3]
Read=holding:2080.3
Meaning=Water flow protection 3 times
Meaning[zh_CN]=水流保护3次锁定
Component=water circuit
Causes=heat.low_flow heat.strainer heat.pump
Severity=care
Household=yes

[Fault 2080.4]
Read=holding:2080.4
Meaning=Temperature difference of inlet and outlet water too large, 3 times
Meaning[zh_CN]=进出水温差过大3次锁定
Component=water circuit
Causes=heat.low_flow
Household=no
Confidence=medium

[Fault 2080.6]
Read=holding:2080.6
Meaning=Fan motor 1 overload protection 3 times
Meaning[zh_CN]=风机1过载保护3次锁定
Component=fan
Causes=hp.outdoor_fan
Household=no

[Fault 2080.10]
Read=holding:2080.10
Meaning=Fan motor 1 overload protection
Meaning[zh_CN]=风机1过载保护
Component=fan
Causes=hp.outdoor_fan
Household=no

[Fault F151]
Read=holding:2081.0
Meaning=System 1 inverter board communication failure
Meaning[zh_CN]=系统1变频板通信故障
Component=inverter
Causes=cool.inverter
Household=no

[Fault F152]
Read=holding:2081.1
Meaning=System 1 compressor start failure
Meaning[zh_CN]=系统1压缩机启动失败
Component=compressor
Causes=cool.compressor
Household=no

[Fault F153]
Read=holding:2081.2
Meaning=System 1 compressor starts IPM protection
Meaning[zh_CN]=系统1压缩机启动IPM保护
Component=inverter
Causes=cool.inverter
Household=no

[Fault F154]
Read=holding:2081.3
Meaning=System 1 compressor running IPM protection
Meaning[zh_CN]=系统1压缩机运行IPM保护
Component=inverter
Causes=cool.inverter
Household=no

[Fault F156]
Read=holding:2081.4
Meaning=System 1 compressor overcurrent protection
Meaning[zh_CN]=系统1压缩机过流保护
Component=compressor
Causes=cool.compressor
Household=no

[Fault F155]
Read=holding:2081.5
Meaning=System 1 IPM over temp. protection
Meaning[zh_CN]=系统1IPM过热保护
Component=inverter
Causes=cool.inverter
Household=no

[Fault F157]
Read=holding:2081.6
Meaning=System 1 DC bus overvoltage protection
Meaning[zh_CN]=系统1直流母线过压保护
Component=inverter
Causes=cool.inverter
Household=no

[Fault F158]
Read=holding:2081.7
Meaning=System 1 DC bus undervoltage protection
Meaning[zh_CN]=系统1直流母线欠压保护
Component=inverter
Causes=cool.inverter
Household=no

[Fault F251]
Read=holding:2081.8
Meaning=System 2 inverter board communication failure
Meaning[zh_CN]=系统2变频板通信故障
Component=inverter
Causes=cool.inverter
Household=no

[Fault F252]
Read=holding:2081.9
Meaning=System 2 compressor start failure
Meaning[zh_CN]=系统2压缩机启动失败
Component=compressor
Causes=cool.compressor
Household=no

[Fault F253]
Read=holding:2081.10
Meaning=System 2 compressor starts IPM protection
Meaning[zh_CN]=系统2压缩机启动IPM保护
Component=inverter
Causes=cool.inverter
Household=no

[Fault F254]
Read=holding:2081.11
Meaning=System 2 compressor running IPM protection
Meaning[zh_CN]=系统2压缩机运行IPM保护
Component=inverter
Causes=cool.inverter
Household=no

[Fault F256]
Read=holding:2081.12
Meaning=System 2 compressor overcurrent protection
Meaning[zh_CN]=系统2压缩机过流保护
Component=compressor
Causes=cool.compressor
Household=no

[Fault F255]
Read=holding:2081.13
Meaning=System 2 IPM over temp. protection
Meaning[zh_CN]=系统2IPM过热保护
Component=inverter
Causes=cool.inverter
Household=no

[Fault F257]
Read=holding:2081.14
Meaning=System 2 DC bus overvoltage protection
Meaning[zh_CN]=系统2直流母线过压保护
Component=inverter
Causes=cool.inverter
Household=no

[Fault F258]
Read=holding:2081.15
Meaning=System 2 DC bus undervoltage protection
Meaning[zh_CN]=系统2直流母线欠压保护
Component=inverter
Causes=cool.inverter
Household=no

[Fault F101]
Read=holding:2083.0
Meaning=Fan 1 output phase loss protection
Meaning[zh_CN]=风机1输出缺相保护
Component=fan
Causes=hp.outdoor_fan
Household=no

[Fault F102]
Read=holding:2083.1
Meaning=Fan 1 output no speed protection
Meaning[zh_CN]=风机1无转速保护
Component=fan
Causes=hp.outdoor_fan
Household=no

[Fault F103]
Read=holding:2083.2
Meaning=Fan 1 starts IPM protection
Meaning[zh_CN]=风机1启动IPM保护
Component=inverter
Causes=any.electronics
Household=no

[Fault F104]
Read=holding:2083.3
Meaning=Fan 1 running IPM protection
Meaning[zh_CN]=风机1运行IPM保护
Component=inverter
Causes=any.electronics
Household=no

[Fault F105]
Read=holding:2083.4
Meaning=Fan 1 over current protection
Meaning[zh_CN]=风机1过流保护
Component=fan
Causes=hp.outdoor_fan
Household=no

[Fault F106]
Read=holding:2083.5
Meaning=Fan 1 over heat protection
Meaning[zh_CN]=风机1过热保护
Component=fan
Causes=hp.outdoor_fan
Household=no

[Fault F107]
Read=holding:2083.6
Meaning=Fan 1 DC bus overvoltage protection
Meaning[zh_CN]=风机1直流母线过压保护
Component=inverter
Causes=any.electronics
Household=no

[Fault F108]
Read=holding:2083.7
Meaning=Fan 1 DC bus undervoltage protection
Meaning[zh_CN]=风机1直流母线欠压保护
Component=inverter
Causes=any.electronics
Household=no

[Fault F201]
Read=holding:2083.8
Meaning=Fan 2 output phase loss protection
Meaning[zh_CN]=风机2输出缺相保护
Component=fan
Causes=hp.outdoor_fan
Household=no

[Fault F202]
Read=holding:2083.9
Meaning=Fan 2 output no speed protection
Meaning[zh_CN]=风机2无转速保护
Component=fan
Causes=hp.outdoor_fan
Household=no

[Fault F203]
Read=holding:2083.10
Meaning=Fan 2 starts IPM protection
Meaning[zh_CN]=风机2启动IPM保护
Component=inverter
Causes=any.electronics
Household=no

[Fault F204]
Read=holding:2083.11
Meaning=Fan 2 running IPM protection
Meaning[zh_CN]=风机2运行IPM保护
Component=inverter
Causes=any.electronics
Household=no

[Fault F205]
Read=holding:2083.12
Meaning=Fan 2 over current protection
Meaning[zh_CN]=风机2过流保护
Component=fan
Causes=hp.outdoor_fan
Household=no

[Fault F206]
Read=holding:2083.13
Meaning=Fan 2 over heat protection
Meaning[zh_CN]=风机2过热保护
Component=fan
Causes=hp.outdoor_fan
Household=no

[Fault F207]
Read=holding:2083.14
Meaning=Fan 2 DC bus overvoltage protection
Meaning[zh_CN]=风机2直流母线过压保护
Component=inverter
Causes=any.electronics
Household=no

[Fault F208]
Read=holding:2083.15
Meaning=Fan 2 DC bus undervoltage protection
Meaning[zh_CN]=风机2直流母线欠压保护
Component=inverter
Causes=any.electronics
Household=no

[Fault F112]
Read=holding:2085.0
Meaning=Fan 1 current sampling failure
Meaning[zh_CN]=风机1电流采样故障
Component=fan
Causes=hp.outdoor_fan
Household=no

[Fault F212]
Read=holding:2085.1
Meaning=Fan 2 current sampling failure
Meaning[zh_CN]=风机2电流采样故障
Component=fan
Causes=hp.outdoor_fan
Household=no

[Fault F109]
Read=holding:2085.4
Meaning=Fan 1 overspeed protection
Meaning[zh_CN]=风机1超速保护
Component=fan
Causes=hp.outdoor_fan
Household=no

[Fault F209]
Read=holding:2085.5
Meaning=Fan 2 overspeed protection
Meaning[zh_CN]=风机2超速保护
Component=fan
Causes=hp.outdoor_fan
Household=no

[Fault F110]
Read=holding:2085.8
Meaning=Fan 1 stall protection
Meaning[zh_CN]=风机1堵转保护
Component=fan
Causes=hp.outdoor_fan
Household=no

[Fault F210]
Read=holding:2085.9
Meaning=Fan 2 stall protection
Meaning[zh_CN]=风机2堵转保护
Component=fan
Causes=hp.outdoor_fan
Household=no

[Fault F088]
Read=holding:2085.12
Meaning=Compressor Type Error
Meaning[zh_CN]=压缩机型号错误
Component=compressor
Causes=any.configuration
Household=no

[Fault E064]
Read=holding:2086.0
Meaning=Temperature difference of inlet and outlet water
Meaning[zh_CN]=进出水温差异常
Component=water circuit
Causes=heat.low_flow
Household=no
Confidence=medium

[Fault E064-3]
Read=holding:2086.1
Meaning=Temperature difference of inlet and outlet water, 3 times
Meaning[zh_CN]=进出水温差异常3次锁定
Component=water circuit
Causes=heat.low_flow
Household=no
Confidence=medium

[Fault E121-3]
Read=holding:2086.4
Meaning=System 1 four-way valve switching abnormality 3 times
Meaning[zh_CN]=系统1四通阀换向异常3次锁定
Component=refrigerant circuit
Causes=hp.four_way_valve
Household=no

[Fault E221-3]
Read=holding:2086.5
Meaning=System 2 four-way valve switching abnormality 3 times
Meaning[zh_CN]=系统2四通阀换向异常3次锁定
Component=refrigerant circuit
Causes=hp.four_way_valve
Household=no

# The source names no endurance of the memory behind it; the budget is cautious.
[Write on_off]
Budget=100000
LeastInterval=5min

# The bounds are those the source gives for the maker's Bluetooth variant (R01, R06). The source names no endurance of
# the memory behind it; the budget is cautious.
[Write heating_setpoint]
Min=15
Max=40
Step=0.5
Budget=100000

# The bounds are those the source gives for the maker's Bluetooth variant (R01, R06). The source names no endurance of
# the memory behind it; the budget is cautious.
[Write cooling_setpoint]
Min=10
Max=35
Step=0.5
Budget=100000

# One model wants two registers here: to be seen on a real unit. The source names no endurance of the memory behind it;
# the budget is cautious.
[Write system_mode]
Enum=0:cool 1:heat
Budget=100000
LeastInterval=5min

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.circulation_pump_mode]
Enum=0:normal 1:special 2:intermittent
Budget=100000

[Identify power]
Read=holding:5001
Type=u16
Equals=0..1
Score=5

[Identify mode]
Read=holding:5005
Type=u16
Equals=0..1
Score=5

[Identify pump_mode]
Read=holding:5028
Type=u16
Equals=0..2
Score=10

# The maker's limits.
[Identify pump_interval]
Read=holding:5029
Type=u16
Equals=1..120
Score=10
