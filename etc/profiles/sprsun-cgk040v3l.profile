# SPDX-License-Identifier: CC0-1.0
# Sprsun CGK040V3L heat pump with a Carel controller, usually behind an RTU-to-TCP bridge. The maker writes alarms AL
# and three digits; each is a discrete input.
#
# In the source the numbers of the alarms jump: AL002 stands at input 15, and input 48 is used twice. The inputs of
# AL002 to AL034 may therefore be one lower: to be verified on a real unit; AL035 and AL036, the two at input 48, are
# left out, and so are AL107 to AL113, which the source calls reserved. There is no AL156 to AL164. The texts are
# translated. Coil 1 is called compressor heater and casing heater there.
#
# Possible= is what such sensors can tell; the source has no limits. operation_mode says more than the common model can:
# hot water alone has no name there.
[Profile]
Maker=Sprsun
Model=CGK040V3L
Kind=heat_pump
Name=Heat pump
Name[zh_CN]=热泵
Source=ArmenVanlasso/Sprsun-Heat-Pump-modbus-integration models/CGK040V3L/*.py
Confidence=medium
Version=1
FaultPeriod=30s

[Point return_temperature]
Read=holding:188
Type=s16
Scale=0.1
Unit=°C
Possible=-60..150
Attribute=return.temperature

[Point flow_temperature]
Read=holding:189
Type=s16
Scale=0.1
Unit=°C
Possible=-60..150
Attribute=flow.temperature

[Point outdoor_temperature]
Read=holding:190
Type=s16
Scale=0.1
Unit=°C
Possible=-60..150
Attribute=outdoor_temperature

[Point discharge_gas_temperature]
Read=holding:191
Type=s16
Scale=0.1
Unit=°C
Possible=-60..200
Attribute=discharge_temperature

[Point suction_temperature]
Read=holding:192
Type=s16
Scale=0.1
Unit=°C
Possible=-60..150
Attribute=suction_temperature

[Point discharge_pressure]
Read=holding:193
Type=u16
Scale=0.1
Unit=bar
Attribute=refrigerant.high_pressure

[Point suction_pressure]
Read=holding:194
Type=u16
Scale=0.1
Unit=bar
Attribute=refrigerant.low_pressure

[Point hot_water_temperature]
Read=holding:195
Type=s16
Scale=0.1
Unit=°C
Possible=-60..150
Attribute=tank.temperature

[Point evaporator_temperature]
Read=holding:196
Type=s16
Scale=0.1
Unit=°C
Possible=-60..150
Attribute=outdoor_coil_temperature

[Point fan1_command]
Read=holding:199
Type=u16
Unit=%
Period=30s
Label=Fan 1 asked for
Label[zh_CN]=风机1目标

[Point fan1_measured]
Read=holding:200
Type=u16
Unit=%
Period=30s
Label=Fan 1
Label[zh_CN]=风机1实际

[Point fan2_command]
Read=holding:201
Type=u16
Unit=%
Period=30s
Label=Fan 2 asked for
Label[zh_CN]=风机2目标

[Point fan2_measured]
Read=holding:202
Type=u16
Unit=%
Period=30s
Label=Fan 2
Label[zh_CN]=风机2实际

[Point requested_capacity]
Read=holding:203
Type=u16
Unit=%
Period=30s
Label=Capacity asked for
Label[zh_CN]=请求能力

[Point actual_capacity]
Read=holding:204
Type=u16
Unit=%
Attribute=compressor_load

[Point compressor_speed]
Read=holding:207
Type=u16
Unit=Hz
Attribute=compressor_frequency

[Point status_2]
Read=holding:209
Type=u16
Enum=0:ok 1:control 2:limit
Period=30s
Label=Control state
Label[zh_CN]=调节状态

[Point protection]
Read=holding:210
Type=u16
Enum=0:ok 1:ok 2:low_superheat 3:low_pressure 4:high_pressure 5:high_condenser_temperature
Period=30s
Label=Protection
Label[zh_CN]=保护状态

[Point superheat]
Read=holding:211
Type=s16
Scale=0.1
Unit=K
Label=Superheat
Label[zh_CN]=过热度

[Point pump_working_mode]
Read=holding:215
Type=u16
Enum=0:stop 1:running 2:control 3:manual
Period=30s
Label=Pump state
Label[zh_CN]=水泵状态

# A second register of that name; discharge_gas_temperature feeds the common model.
[Point discharge_temperature_2]
Read=holding:216
Type=s16
Scale=0.1
Unit=°C
Possible=-60..200
Period=30s
Label=Discharge temperature, second register
Label[zh_CN]=排气温度（第二寄存器）

[Point status]
Read=holding:217
Type=u16
Enum=0:preparing 1:running 2:alarm_stop 3:timer_stop 4:service_stop 5:control_stop 6:stop 7:manual 8:anti_freeze 9:ac_linkage_stop 10:mode_change
Label=Status
Label[zh_CN]=状态

[Point software_version_1]
Read=holding:325
Type=u16
Period=1h
Label=Software version, part 1
Label[zh_CN]=软件版本第1段

[Point software_version_2]
Read=holding:326
Type=u16
Period=1h
Label=Software version, part 2
Label[zh_CN]=软件版本第2段

[Point software_version_3]
Read=holding:327
Type=u16
Period=1h
Label=Software version, part 3
Label[zh_CN]=软件版本第3段

[Point model_1]
Read=holding:328
Type=u16
Period=1h
Label=Model number, part 1
Label[zh_CN]=型号第1段

[Point model_2]
Read=holding:329
Type=u16
Period=1h
Label=Model number, part 2
Label[zh_CN]=型号第2段

[Point model_3]
Read=holding:330
Type=u16
Period=1h
Label=Model number, part 3
Label[zh_CN]=型号第3段

[Point power_consumption]
Read=holding:333
Type=u16
Unit=W
Attribute=active_power

[Point inverter_voltage]
Read=holding:334
Type=u16
Unit=V
Period=30s
Label=Inverter voltage
Label[zh_CN]=变频器电压

[Point inverter_current]
Read=holding:335
Type=u16
Unit=A
Attribute=compressor_current

[Point power]
Read=discrete:0
Type=bit
Enum=0:off 1:on
Period=30s
Label=Power input
Label[zh_CN]=电源输入

[Point flow_switch]
Read=discrete:1
Type=bit
Attribute=flow_switch

[Point phase_monitor]
Read=discrete:4
Type=bit
Enum=0:off 1:on
Period=30s
Label=Phase monitor
Label[zh_CN]=相序监测

[Point fan_high_speed]
Read=discrete:5
Type=bit
Enum=0:off 1:on
Period=30s
Label=Fan at high speed
Label[zh_CN]=风机高速

[Point fan_low_speed]
Read=discrete:6
Type=bit
Enum=0:off 1:on
Period=30s
Label=Fan at low speed
Label[zh_CN]=风机低速

[Point four_way_valve]
Read=discrete:7
Type=bit
Enum=0:off 1:on
Period=30s
Label=Four-way valve
Label[zh_CN]=四通阀

[Point casing_heater]
Read=discrete:9
Type=bit
Enum=0:off 1:on
Period=30s
Label=Casing heater
Label[zh_CN]=底盘加热

[Point crankcase_heater]
Read=discrete:10
Type=bit
Enum=0:off 1:on
Period=30s
Label=Crankcase heater
Label[zh_CN]=曲轴箱加热

[Point three_way_valve]
Read=discrete:11
Type=bit
Enum=0:off 1:on
Period=30s
Label=Three-way valve
Label[zh_CN]=三通阀

[Point electric_heater]
Read=discrete:12
Type=bit
Attribute=backup_heater

[Point circulation_pump]
Read=discrete:178
Type=bit
Attribute=circulation_pump

[Point compressor]
Read=discrete:179
Type=bit
Attribute=compressor_running

[Point fan]
Read=discrete:180
Type=bit
Enum=0:off 1:on
Period=30s
Label=Fan
Label[zh_CN]=风机

[Point heating_input]
Read=discrete:182
Type=bit
Enum=0:off 1:on
Period=30s
Label=Heating input
Label[zh_CN]=制热输入

[Point circulation_pump_2]
Read=discrete:183
Type=bit
Enum=0:off 1:on
Period=30s
Label=Second circulation pump
Label[zh_CN]=第二循环泵

# 0 to 80; the source gives no unit.
[Point night_compressor_speed]
Read=holding:263
Type=u16
Period=1h
Label=Night limit of the compressor
Label[zh_CN]=夜间压缩机限速

# 0 to 1000; the source gives no unit.
[Point night_fan_speed]
Read=holding:264
Type=u16
Period=1h
Label=Night limit of the fan
Label[zh_CN]=夜间风机限速

[Point operation_mode]
Read=holding:0
Type=u16
Enum=0:cooling 1:heating 2:hot_water 3:cooling_and_hot_water 4:heating_and_hot_water
Period=30s
Label=Operating mode
Label[zh_CN]=运行模式

[Point system_mode]
Read=holding:0
Type=u16
Enum=0:cool 1:heat 3:cool 4:heat
Attribute=system_mode
Period=30s

[Point fan_mode]
Read=holding:12
Type=u16
Enum=0:day 1:night 2:heating_curve 3:service
Period=5min
Label=Fan mode
Label[zh_CN]=风机模式

[Point circulation_pump_mode]
Read=holding:11
Type=u16
Enum=0:continuous 1:external_control 2:interval
Period=5min
Label=Circulation pump mode
Label[zh_CN]=循环泵模式

[Point electric_heater_mode]
Read=holding:323
Type=u16
Enum=0:off 1:hot_water_only 2:heating_only 3:hot_water_and_heating
Period=5min
Label=Electric heater used for
Label[zh_CN]=电加热用途

[Point unit_on_off]
Read=coil:40
Type=bit
Attribute=on_off

[Point auto_start]
Read=coil:2
Type=bit
Enum=0:off 1:on
Period=1h
Label=Start by itself after a power cut
Label[zh_CN]=来电自启动

[Point hot_water_mode]
Read=coil:42
Type=bit
Attribute=hot_water_enabled
Period=1min

[Point compressor_heater]
Read=coil:1
Type=bit
Enum=0:off 1:on
Period=5min
Label=Compressor or casing heater
Label[zh_CN]=压缩机/底盘加热
Confidence=low

[Point weekly_plan]
Read=coil:38
Type=bit
Enum=0:off 1:on
Period=5min
Label=Weekly plan
Label[zh_CN]=周计划

[Point hourly_plan]
Read=coil:39
Type=bit
Enum=0:off 1:on
Period=5min
Label=Hourly plan
Label[zh_CN]=小时计划

[Point auto_heat_cool_switchover]
Read=coil:47
Type=bit
Enum=0:off 1:on
Period=5min
Label=Change between heating and cooling by itself
Label[zh_CN]=冷热自动切换

# A command in the source: what reads back is not told.
[Point defrost]
Read=coil:36
Type=bit
Enum=0:off 1:on
Period=1min
Label=Defrost asked for
Label[zh_CN]=手动除霜
Confidence=medium

[Fault AL001]
Read=discrete:13
Meaning=Alarm log full
Meaning[zh_CN]=报警记录已满
Component=controller
Severity=info
Class=information
Household=no

[Fault AL002]
Read=discrete:15
Confidence=low
Meaning=Memory write error
Meaning[zh_CN]=存储写入错误
Component=controller
Causes=any.electronics
Household=no

[Fault AL003]
Read=discrete:16
Confidence=low
Meaning=Return temperature sensor
Meaning[zh_CN]=回水温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault AL004]
Read=discrete:17
Confidence=low
Meaning=Flow temperature sensor
Meaning[zh_CN]=出水温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault AL005]
Read=discrete:18
Confidence=low
Meaning=Outdoor temperature sensor
Meaning[zh_CN]=室外温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault AL006]
Read=discrete:19
Confidence=low
Meaning=Condenser temperature
Meaning[zh_CN]=冷凝器温度
Component=refrigerant circuit
Household=no

[Fault AL007]
Read=discrete:20
Confidence=low
Meaning=Water flow switch
Meaning[zh_CN]=水流开关
Component=water circuit
Causes=heat.low_flow heat.strainer heat.pump
Severity=care
Household=yes

[Fault AL008]
Read=discrete:21
Confidence=low
Meaning=Phase monitor alarm
Meaning[zh_CN]=相序报警
Component=power supply
Causes=any.supply_phase
Household=no

[Fault AL009]
Read=discrete:22
Confidence=low
Meaning=Unit hours warning
Meaning[zh_CN]=机组运行时间提醒
Component=maintenance
Class=maintenance
Household=no

[Fault AL010]
Read=discrete:23
Confidence=low
Meaning=Circulation pump hours warning
Meaning[zh_CN]=循环泵运行时间提醒
Component=maintenance
Class=maintenance
Household=no

[Fault AL011]
Read=discrete:24
Confidence=low
Meaning=Compressor hours warning
Meaning[zh_CN]=压缩机运行时间提醒
Component=maintenance
Class=maintenance
Household=no

[Fault AL012]
Read=discrete:25
Confidence=low
Meaning=Fan hours warning
Meaning[zh_CN]=风机运行时间提醒
Component=maintenance
Class=maintenance
Household=no

[Fault AL013]
Read=discrete:26
Confidence=low
Meaning=Low superheat, valve A
Meaning[zh_CN]=A阀过热度低
Component=refrigerant circuit
Causes=hp.expansion_valve

[Fault AL014]
Read=discrete:27
Confidence=low
Meaning=Low superheat, valve B
Meaning[zh_CN]=B阀过热度低
Component=refrigerant circuit
Causes=hp.expansion_valve

[Fault AL015]
Read=discrete:28
Confidence=low
Meaning=Low evaporation pressure (LOP), valve A
Meaning[zh_CN]=A阀蒸发压力过低 (LOP)
Component=refrigerant circuit
Causes=hp.low_pressure hp.refrigerant_leak

[Fault AL016]
Read=discrete:29
Confidence=low
Meaning=Low evaporation pressure (LOP), valve B
Meaning[zh_CN]=B阀蒸发压力过低 (LOP)
Component=refrigerant circuit
Causes=hp.low_pressure hp.refrigerant_leak

[Fault AL017]
Read=discrete:30
Confidence=low
Meaning=High evaporation pressure (MOP), valve A
Meaning[zh_CN]=A阀蒸发压力过高 (MOP)
Component=refrigerant circuit

[Fault AL018]
Read=discrete:31
Confidence=low
Meaning=High evaporation pressure (MOP), valve B
Meaning[zh_CN]=B阀蒸发压力过高 (MOP)
Component=refrigerant circuit

[Fault AL019]
Read=discrete:32
Confidence=low
Meaning=Valve A drive fault
Meaning[zh_CN]=A阀驱动故障
Component=expansion valve driver
Causes=hp.expansion_valve

[Fault AL020]
Read=discrete:33
Confidence=low
Meaning=Valve B drive fault
Meaning[zh_CN]=B阀驱动故障
Component=expansion valve driver
Causes=hp.expansion_valve

[Fault AL021]
Read=discrete:34
Confidence=low
Meaning=Low suction temperature, valve A
Meaning[zh_CN]=A阀吸气温度低
Component=refrigerant circuit
Causes=hp.low_pressure hp.refrigerant_leak

[Fault AL022]
Read=discrete:35
Confidence=low
Meaning=Low suction temperature, valve B
Meaning[zh_CN]=B阀吸气温度低
Component=refrigerant circuit
Causes=hp.low_pressure hp.refrigerant_leak

[Fault AL023]
Read=discrete:36
Confidence=low
Meaning=High condenser temperature
Meaning[zh_CN]=冷凝温度高
Component=refrigerant circuit
Causes=hp.high_pressure heat.low_flow

[Fault AL024]
Read=discrete:37
Confidence=low
Meaning=Probe S1 fault
Meaning[zh_CN]=S1探头故障
Component=sensor
Causes=any.sensor_open_or_short

[Fault AL025]
Read=discrete:38
Confidence=low
Meaning=Probe S2 fault
Meaning[zh_CN]=S2探头故障
Component=sensor
Causes=any.sensor_open_or_short

[Fault AL026]
Read=discrete:39
Confidence=low
Meaning=Probe S3 fault
Meaning[zh_CN]=S3探头故障
Component=sensor
Causes=any.sensor_open_or_short

[Fault AL027]
Read=discrete:40
Confidence=low
Meaning=Probe S4 fault
Meaning[zh_CN]=S4探头故障
Component=sensor
Causes=any.sensor_open_or_short

[Fault AL028]
Read=discrete:41
Confidence=low
Meaning=Battery discharged
Meaning[zh_CN]=电池电量低
Component=controller
Household=no

[Fault AL029]
Read=discrete:42
Confidence=low
Meaning=EEPROM fault
Meaning[zh_CN]=EEPROM故障
Component=controller
Causes=any.electronics
Household=no

[Fault AL030]
Read=discrete:43
Confidence=low
Meaning=Expansion valve did not close fully
Meaning[zh_CN]=电子膨胀阀未完全关闭
Component=expansion valve driver
Causes=hp.expansion_valve

[Fault AL031]
Read=discrete:44
Confidence=low
Meaning=Emergency closing of the expansion valve
Meaning[zh_CN]=电子膨胀阀紧急关闭
Component=expansion valve driver
Causes=hp.expansion_valve

[Fault AL032]
Read=discrete:45
Confidence=low
Meaning=Firmware of the valve driver is not compatible
Meaning[zh_CN]=膨胀阀驱动固件不兼容
Component=expansion valve driver
Causes=any.software

[Fault AL033]
Read=discrete:46
Confidence=low
Meaning=Configuration fault of the valve driver
Meaning[zh_CN]=膨胀阀驱动配置错误
Component=expansion valve driver
Causes=hp.expansion_valve

[Fault AL034]
Read=discrete:47
Confidence=low
Meaning=Valve driver offline
Meaning[zh_CN]=膨胀阀驱动离线
Component=expansion valve driver
Causes=hp.expansion_valve

[Fault AL037]
Read=discrete:49
Meaning=Compressor drive: transmission fault
Meaning[zh_CN]=压缩机驱动：通信故障
Component=compressor
Causes=cool.inverter

[Fault AL038]
Read=discrete:50
Meaning=Compressor drive: start failed
Meaning[zh_CN]=压缩机驱动：启动失败
Component=compressor
Causes=cool.compressor

[Fault AL039]
Read=discrete:51
Meaning=Compressor drive: start fault
Meaning[zh_CN]=压缩机驱动：启动故障
Component=compressor
Causes=cool.compressor

[Fault AL040]
Read=discrete:52
Meaning=Compressor drive: pressure difference too low
Meaning[zh_CN]=压缩机驱动：压差过低
Component=compressor

[Fault AL041]
Read=discrete:53
Meaning=Compressor drive: refrigerant too hot
Meaning[zh_CN]=压缩机驱动：制冷剂温度过高
Component=compressor
Causes=hp.discharge_hot

[Fault AL042]
Read=discrete:54
Meaning=Envelope: compressor output too high
Meaning[zh_CN]=运行范围：压缩机出力过高
Component=compressor

[Fault AL043]
Read=discrete:55
Meaning=Envelope: discharge pressure too high
Meaning[zh_CN]=运行范围：排气压力过高
Component=compressor
Causes=hp.high_pressure heat.low_flow

[Fault AL044]
Read=discrete:56
Meaning=Envelope: current too high
Meaning[zh_CN]=运行范围：电流过高
Component=compressor
Causes=cool.compressor

[Fault AL045]
Read=discrete:57
Meaning=Envelope: suction pressure too high
Meaning[zh_CN]=运行范围：吸气压力过高
Component=compressor

[Fault AL046]
Read=discrete:58
Meaning=Envelope: compressor output too low
Meaning[zh_CN]=运行范围：压缩机出力过低
Component=compressor

[Fault AL047]
Read=discrete:59
Meaning=Envelope: pressure difference too low
Meaning[zh_CN]=运行范围：压差过低
Component=compressor

[Fault AL048]
Read=discrete:60
Meaning=Envelope: discharge pressure too low
Meaning[zh_CN]=运行范围：排气压力过低
Component=compressor

[Fault AL049]
Read=discrete:61
Meaning=Envelope: suction pressure too low
Meaning[zh_CN]=运行范围：吸气压力过低
Component=compressor
Causes=hp.low_pressure hp.refrigerant_leak

[Fault AL050]
Read=discrete:62
Meaning=Envelope: discharge temperature too high
Meaning[zh_CN]=运行范围：排气温度过高
Component=compressor
Causes=hp.discharge_hot

[Fault AL051]
Read=discrete:63
Meaning=Inverter overcurrent
Meaning[zh_CN]=变频器过流
Component=inverter
Causes=cool.inverter
Household=no

[Fault AL052]
Read=discrete:64
Meaning=Motor overload
Meaning[zh_CN]=电机过载
Component=inverter
Causes=cool.compressor
Household=no

[Fault AL053]
Read=discrete:65
Meaning=DC bus overvoltage
Meaning[zh_CN]=直流母线过压
Component=inverter
Causes=cool.inverter
Household=no

[Fault AL054]
Read=discrete:66
Meaning=DC bus undervoltage
Meaning[zh_CN]=直流母线欠压
Component=inverter
Causes=cool.inverter
Household=no

[Fault AL055]
Read=discrete:67
Meaning=Drive overtemperature
Meaning[zh_CN]=驱动器过热
Component=inverter
Causes=cool.inverter
Household=no

[Fault AL056]
Read=discrete:68
Meaning=Drive too cold
Meaning[zh_CN]=驱动器温度过低
Component=inverter
Causes=cool.inverter

[Fault AL057]
Read=discrete:69
Meaning=Drive overcurrent (hardware)
Meaning[zh_CN]=驱动器过流（硬件）
Component=inverter
Causes=cool.inverter

[Fault AL058]
Read=discrete:70
Meaning=Motor overtemperature
Meaning[zh_CN]=电机过热
Component=inverter
Causes=cool.compressor
Household=no

[Fault AL059]
Read=discrete:71
Meaning=IGBT module fault
Meaning[zh_CN]=IGBT模块故障
Component=inverter
Causes=cool.inverter

[Fault AL060]
Read=discrete:72
Meaning=Drive main board fault
Meaning[zh_CN]=驱动主板故障
Component=inverter
Causes=cool.inverter

[Fault AL061]
Read=discrete:73
Meaning=Drive back to default parameters
Meaning[zh_CN]=驱动参数恢复默认
Component=inverter
Causes=any.software

[Fault AL062]
Read=discrete:74
Meaning=DC bus ripple
Meaning[zh_CN]=直流母线纹波
Component=inverter
Causes=cool.inverter

[Fault AL063]
Read=discrete:75
Meaning=Inverter communication lost
Meaning[zh_CN]=变频器通信中断
Component=inverter
Causes=cool.inverter
Household=no

[Fault AL064]
Read=discrete:76
Meaning=Drive thermistor fault
Meaning[zh_CN]=驱动热敏电阻故障
Component=inverter
Causes=cool.inverter

[Fault AL065]
Read=discrete:77
Meaning=Drive autotuning fault
Meaning[zh_CN]=驱动自整定故障
Component=inverter
Causes=cool.inverter

[Fault AL066]
Read=discrete:78
Meaning=Drive disabled
Meaning[zh_CN]=驱动未启用
Component=inverter

[Fault AL067]
Read=discrete:79
Meaning=Motor phase fault
Meaning[zh_CN]=电机缺相
Component=inverter
Causes=cool.inverter

[Fault AL068]
Read=discrete:80
Meaning=Drive fan fault
Meaning[zh_CN]=驱动散热风扇故障
Component=inverter
Causes=cool.inverter

[Fault AL069]
Read=discrete:81
Meaning=Speed fault
Meaning[zh_CN]=转速故障
Component=inverter
Causes=cool.inverter

[Fault AL070]
Read=discrete:82
Meaning=PFC module fault
Meaning[zh_CN]=PFC模块故障
Component=inverter
Causes=cool.inverter

[Fault AL071]
Read=discrete:83
Meaning=PFC overvoltage
Meaning[zh_CN]=PFC过压
Component=inverter
Causes=cool.inverter

[Fault AL072]
Read=discrete:84
Meaning=PFC undervoltage
Meaning[zh_CN]=PFC欠压
Component=inverter
Causes=cool.inverter

[Fault AL073]
Read=discrete:85
Meaning=Safe torque off fault
Meaning[zh_CN]=安全断开 (STO) 故障
Component=inverter

[Fault AL074]
Read=discrete:86
Meaning=Safe torque off fault
Meaning[zh_CN]=安全断开 (STO) 故障
Component=inverter

[Fault AL075]
Read=discrete:87
Meaning=No earth
Meaning[zh_CN]=接地缺失
Component=inverter
Causes=any.supply_phase

[Fault AL076]
Read=discrete:88
Meaning=Internal fault 1
Meaning[zh_CN]=内部故障1
Component=inverter
Causes=cool.inverter

[Fault AL077]
Read=discrete:89
Meaning=Internal fault 2
Meaning[zh_CN]=内部故障2
Component=inverter
Causes=cool.inverter

[Fault AL078]
Read=discrete:90
Meaning=Drive overload
Meaning[zh_CN]=驱动器过载
Component=inverter
Causes=cool.inverter

[Fault AL079]
Read=discrete:91
Meaning=Safety controller fault
Meaning[zh_CN]=安全控制器故障
Component=inverter
Causes=cool.inverter

[Fault AL080]
Read=discrete:92
Meaning=Unexpected restart
Meaning[zh_CN]=意外重启
Component=inverter

[Fault AL081]
Read=discrete:93
Meaning=Unexpected stop
Meaning[zh_CN]=意外停止
Component=inverter

[Fault AL082]
Read=discrete:94
Meaning=Drive safety 01: current measurement
Meaning[zh_CN]=驱动安全01：电流测量
Component=inverter
Causes=cool.inverter

[Fault AL083]
Read=discrete:95
Meaning=Drive safety 02: unbalanced current
Meaning[zh_CN]=驱动安全02：电流不平衡
Component=inverter
Causes=cool.inverter

[Fault AL084]
Read=discrete:96
Meaning=Drive safety 03: overload
Meaning[zh_CN]=驱动安全03：过载
Component=inverter
Causes=cool.inverter

[Fault AL085]
Read=discrete:97
Meaning=Drive safety 04: safe torque off
Meaning[zh_CN]=驱动安全04：安全断开 (STO)
Component=inverter

[Fault AL086]
Read=discrete:98
Meaning=Drive safety 05: safe torque off board
Meaning[zh_CN]=驱动安全05：STO板
Component=inverter

[Fault AL087]
Read=discrete:99
Meaning=Drive safety 06: no supply
Meaning[zh_CN]=驱动安全06：无供电
Component=inverter
Causes=any.supply_phase

[Fault AL088]
Read=discrete:100
Meaning=Drive safety 07: HV command buffer
Meaning[zh_CN]=驱动安全07：高压命令缓冲
Component=inverter
Causes=cool.inverter

[Fault AL089]
Read=discrete:101
Meaning=Drive safety 08: HV heater
Meaning[zh_CN]=驱动安全08：高压加热
Component=inverter
Causes=cool.inverter

[Fault AL090]
Read=discrete:102
Meaning=Drive safety 09: communication
Meaning[zh_CN]=驱动安全09：通信
Component=inverter
Causes=cool.inverter

[Fault AL091]
Read=discrete:103
Meaning=Drive safety 10: compressor stopped
Meaning[zh_CN]=驱动安全10：压缩机停止
Component=inverter

[Fault AL092]
Read=discrete:104
Meaning=Drive safety 11: DC bus overload
Meaning[zh_CN]=驱动安全11：直流母线过载
Component=inverter
Causes=cool.inverter

[Fault AL093]
Read=discrete:105
Meaning=Drive safety 12: DC bus current (hardware)
Meaning[zh_CN]=驱动安全12：直流母线电流（硬件）
Component=inverter
Causes=cool.inverter

[Fault AL094]
Read=discrete:106
Meaning=Drive safety 13: DC bus voltage
Meaning[zh_CN]=驱动安全13：直流母线电压
Component=inverter
Causes=cool.inverter

[Fault AL095]
Read=discrete:107
Meaning=Drive safety 14: DC bus voltage (hardware)
Meaning[zh_CN]=驱动安全14：直流母线电压（硬件）
Component=inverter
Causes=cool.inverter

[Fault AL096]
Read=discrete:108
Meaning=Drive safety 15: input voltage
Meaning[zh_CN]=驱动安全15：输入电压
Component=inverter
Causes=any.supply_phase

[Fault AL097]
Read=discrete:109
Meaning=Drive safety 16: input voltage (hardware)
Meaning[zh_CN]=驱动安全16：输入电压（硬件）
Component=inverter
Causes=any.supply_phase

[Fault AL098]
Read=discrete:110
Meaning=Drive safety 17: DC bus supply
Meaning[zh_CN]=驱动安全17：直流母线供电
Component=inverter
Causes=cool.inverter

[Fault AL099]
Read=discrete:111
Meaning=Drive safety 18: supply (hardware)
Meaning[zh_CN]=驱动安全18：供电（硬件）
Component=inverter
Causes=cool.inverter

[Fault AL100]
Read=discrete:112
Meaning=Drive safety 19: temperature exceeded
Meaning[zh_CN]=驱动安全19：温度超限
Component=inverter
Causes=cool.inverter

[Fault AL101]
Read=discrete:113
Meaning=Drive safety 20: temperature too low
Meaning[zh_CN]=驱动安全20：温度过低
Component=inverter
Causes=cool.inverter

[Fault AL102]
Read=discrete:114
Meaning=Drive safety 21: temperature sensor
Meaning[zh_CN]=驱动安全21：温度传感器
Component=inverter
Causes=any.sensor_open_or_short

[Fault AL103]
Read=discrete:115
Meaning=Drive safety 22: synchronization (hardware)
Meaning[zh_CN]=驱动安全22：同步（硬件）
Component=inverter
Causes=cool.inverter

[Fault AL104]
Read=discrete:116
Meaning=Drive safety 23: parameter missing
Meaning[zh_CN]=驱动安全23：参数缺失
Component=inverter
Causes=any.software

[Fault AL105]
Read=discrete:117
Meaning=Drive safety 24: firmware
Meaning[zh_CN]=驱动安全24：固件
Component=inverter
Causes=any.software

[Fault AL106]
Read=discrete:118
Meaning=Drive safety 25: hardware
Meaning[zh_CN]=驱动安全25：硬件
Component=inverter
Causes=cool.inverter

[Fault AL114]
Read=discrete:126
Meaning=Drive not connected
Meaning[zh_CN]=驱动器未连接
Component=inverter
Causes=cool.inverter

[Fault AL115]
Read=discrete:127
Meaning=EEV low superheat
Meaning[zh_CN]=电子膨胀阀过热度低
Component=refrigerant circuit
Causes=hp.expansion_valve
Household=no

[Fault AL116]
Read=discrete:128
Meaning=Expansion valve: low evaporation pressure (LOP)
Meaning[zh_CN]=膨胀阀：蒸发压力过低 (LOP)
Component=expansion valve
Causes=hp.low_pressure hp.refrigerant_leak

[Fault AL117]
Read=discrete:129
Meaning=Expansion valve: high evaporation pressure (MOP)
Meaning[zh_CN]=膨胀阀：蒸发压力过高 (MOP)
Component=expansion valve

[Fault AL118]
Read=discrete:130
Meaning=Expansion valve: high condenser temperature
Meaning[zh_CN]=膨胀阀：冷凝温度高
Component=expansion valve
Causes=hp.high_pressure heat.low_flow

[Fault AL119]
Read=discrete:131
Meaning=Expansion valve: low condenser temperature
Meaning[zh_CN]=膨胀阀：冷凝温度低
Component=expansion valve

[Fault AL120]
Read=discrete:132
Meaning=Expansion valve: motor fault
Meaning[zh_CN]=膨胀阀：电机故障
Component=expansion valve
Causes=hp.expansion_valve

[Fault AL121]
Read=discrete:133
Meaning=Expansion valve: self-tuning
Meaning[zh_CN]=膨胀阀：自整定
Component=expansion valve

[Fault AL122]
Read=discrete:134
Meaning=Expansion valve: emergency closing
Meaning[zh_CN]=膨胀阀：安全关闭
Component=expansion valve
Causes=hp.expansion_valve

[Fault AL123]
Read=discrete:135
Meaning=Expansion valve: temperature difference
Meaning[zh_CN]=膨胀阀：温差
Component=expansion valve

[Fault AL124]
Read=discrete:136
Meaning=Expansion valve: pressure difference
Meaning[zh_CN]=膨胀阀：压差
Component=expansion valve

[Fault AL125]
Read=discrete:137
Meaning=Expansion valve: parameter range
Meaning[zh_CN]=膨胀阀：参数范围
Component=expansion valve

[Fault AL126]
Read=discrete:138
Meaning=Expansion valve: service position
Meaning[zh_CN]=膨胀阀：维护位置
Component=expansion valve

[Fault AL127]
Read=discrete:139
Meaning=Expansion valve: wrong valve id
Meaning[zh_CN]=膨胀阀：阀编号错误
Component=expansion valve

[Fault AL128]
Read=discrete:140
Meaning=Low pressure
Meaning[zh_CN]=低压
Component=refrigerant circuit
Causes=hp.low_pressure hp.refrigerant_leak
Severity=service
Household=no

[Fault AL129]
Read=discrete:141
Meaning=High pressure
Meaning[zh_CN]=高压
Component=refrigerant circuit
Causes=hp.high_pressure heat.low_flow
Household=no

[Fault AL130]
Read=discrete:142
Meaning=Discharge temperature sensor error
Meaning[zh_CN]=排气温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault AL131]
Read=discrete:143
Meaning=Suction temperature sensor error
Meaning[zh_CN]=吸气温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault AL132]
Read=discrete:144
Meaning=Discharge pressure sensor error
Meaning[zh_CN]=高压传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault AL133]
Read=discrete:145
Meaning=Suction pressure sensor error
Meaning[zh_CN]=低压传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault AL134]
Read=discrete:146
Meaning=DHW tank sensor error
Meaning[zh_CN]=水箱温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault AL135]
Read=discrete:147
Meaning=EVI suction temperature sensor error
Meaning[zh_CN]=EVI吸气温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short

[Fault AL136]
Read=discrete:148
Meaning=EVI pressure sensor error
Meaning[zh_CN]=EVI压力传感器故障
Component=sensor
Causes=any.sensor_open_or_short

[Fault AL137]
Read=discrete:149
Meaning=Flow switch alarm
Meaning[zh_CN]=水流报警
Component=water circuit
Causes=heat.low_flow heat.strainer heat.pump
Severity=care
Household=yes

[Fault AL138]
Read=discrete:150
Meaning=High temperature alarm
Meaning[zh_CN]=高温报警
Household=no

[Fault AL139]
Read=discrete:151
Meaning=Low temperature alarm
Meaning[zh_CN]=低温报警
Household=no

[Fault AL140]
Read=discrete:152
Meaning=Temperature difference alarm
Meaning[zh_CN]=温差报警
Component=water circuit
Causes=heat.low_flow
Household=no

[Fault AL141]
Read=discrete:153
Meaning=EVI: parameter range
Meaning[zh_CN]=EVI：参数范围
Component=EVI valve

[Fault AL142]
Read=discrete:154
Meaning=EVI: low superheat
Meaning[zh_CN]=EVI：过热度低
Component=EVI valve
Causes=hp.expansion_valve

[Fault AL143]
Read=discrete:155
Meaning=EVI: low evaporation pressure (LOP)
Meaning[zh_CN]=EVI：蒸发压力过低 (LOP)
Component=EVI valve
Causes=hp.low_pressure hp.refrigerant_leak

[Fault AL144]
Read=discrete:156
Meaning=EVI: high evaporation pressure (MOP)
Meaning[zh_CN]=EVI：蒸发压力过高 (MOP)
Component=EVI valve

[Fault AL145]
Read=discrete:157
Meaning=EVI: high condenser temperature
Meaning[zh_CN]=EVI：冷凝温度高
Component=EVI valve
Causes=hp.high_pressure heat.low_flow

[Fault AL146]
Read=discrete:158
Meaning=EVI: low suction pressure
Meaning[zh_CN]=EVI：吸气压力低
Component=EVI valve
Causes=hp.low_pressure hp.refrigerant_leak

[Fault AL147]
Read=discrete:159
Meaning=EVI: motor fault
Meaning[zh_CN]=EVI：电机故障
Component=EVI valve
Causes=hp.expansion_valve

[Fault AL148]
Read=discrete:160
Meaning=EVI: self-tuning
Meaning[zh_CN]=EVI：自整定
Component=EVI valve

[Fault AL149]
Read=discrete:161
Meaning=EVI: emergency closing
Meaning[zh_CN]=EVI：安全关闭
Component=EVI valve
Causes=hp.expansion_valve

[Fault AL150]
Read=discrete:162
Meaning=EVI: service position
Meaning[zh_CN]=EVI：维护位置错误
Component=EVI valve

[Fault AL151]
Read=discrete:163
Meaning=EVI: wrong valve id
Meaning[zh_CN]=EVI：阀编号错误
Component=EVI valve

[Fault AL152]
Read=discrete:164
Meaning=Supply fault
Meaning[zh_CN]=供电故障
Component=power supply
Causes=any.supply_phase

[Fault AL153]
Read=discrete:165
Meaning=Fan 1 fault
Meaning[zh_CN]=风机1故障
Component=fan
Causes=hp.outdoor_fan

[Fault AL154]
Read=discrete:166
Meaning=Fan 2 fault
Meaning[zh_CN]=风机2故障
Component=fan
Causes=hp.outdoor_fan

[Fault AL155]
Read=discrete:167
Meaning=Fans disconnected
Meaning[zh_CN]=风机断开
Component=fan

[Fault AL165]
Read=discrete:168
Meaning=Slave 1 disconnected
Meaning[zh_CN]=从机1断开
Component=controller

[Fault AL166]
Read=discrete:169
Meaning=Master disconnected
Meaning[zh_CN]=主机断开
Component=controller

[Fault AL167]
Read=discrete:170
Meaning=Slave 2 disconnected
Meaning[zh_CN]=从机2断开
Component=controller

[Fault AL168]
Read=discrete:171
Meaning=Slave 3 disconnected
Meaning[zh_CN]=从机3断开
Component=controller

[Fault AL169]
Read=discrete:172
Meaning=Slave 4 disconnected
Meaning[zh_CN]=从机4断开
Component=controller

[Fault AL170]
Read=discrete:173
Meaning=Slave 5 disconnected
Meaning[zh_CN]=从机5断开
Component=controller

[Fault AL171]
Read=discrete:174
Meaning=Slave 6 disconnected
Meaning[zh_CN]=从机6断开
Component=controller

[Fault AL172]
Read=discrete:175
Meaning=Slave 7 disconnected
Meaning[zh_CN]=从机7断开
Component=controller

[Fault AL173]
Read=discrete:176
Meaning=Slave 8 disconnected
Meaning[zh_CN]=从机8断开
Component=controller

[Fault AL174]
Read=discrete:177
Meaning=Slave 9 disconnected
Meaning[zh_CN]=从机9断开
Component=controller

# The source names no endurance of the memory behind it; the budget is cautious.
[Write on_off]
Budget=100000
LeastInterval=5min

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.operation_mode]
Enum=0:cooling 1:heating 2:hot_water 3:cooling_and_hot_water 4:heating_and_hot_water
Budget=100000
LeastInterval=5min

# The source names no endurance of the memory behind it; the budget is cautious.
[Write hot_water_enabled]
Budget=100000
LeastInterval=1min

# Service is not offered. The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.fan_mode]
Enum=0:day 1:night 2:heating_curve
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.weekly_plan]
Enum=0:off 1:on
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.hourly_plan]
Enum=0:off 1:on
Budget=100000

[Identify status]
Read=holding:217
Type=u16
Equals=0..10
Score=10

[Identify operation_mode]
Read=holding:0
Type=u16
Equals=0..4
Score=5

[Identify fan_mode]
Read=holding:12
Type=u16
Equals=0..3
Score=5
