# SPDX-License-Identifier: CC0-1.0
# LG Therma V air-to-water heat pumps, their own Modbus (also through the gateway PAHCMW000). LG's manuals swap the
# names of functions 03 and 04: what stands there as 0x03 is read as input registers. The unit identifier, 33 or 1, is
# set on the panel.
#
# Trigger coils: 0 does nothing, 1 starts. 1 of the water flow status is the fault state.
#
# Target temperatures are whole degrees on some models and tenths on others: compare with the panel, and set
# target_temperature_scale. Until that was done on a real unit they are not written.
#
# Possible= is what such a sensor can tell; the source has no limits.
[Profile]
Maker=LG
Model=Therma V
Kind=heat_pump
Name=Heat pump
Name[zh_CN]=热泵
Source=LG installation manuals HM051MR, HN1639HC, PAHCMW000; evcc-io/evcc lg-therma.yaml; taphome.com lg-thermav-2021
Confidence=high
Version=1

[Line]
Baud=9600
Parity=none
StopBits=1

[Setting target_temperature_scale]
Values=whole tenths
Default=whole
Label=Target temperatures on Modbus are in whole degrees or in tenths
Label[zh_CN]=Modbus 目标温度的单位：整度或 0.1 度

[Point enable_heating_cooling]
Read=coil:0
Type=bit
Attribute=on_off
Period=1min

[Point enable_dhw]
Read=coil:1
Type=bit
Attribute=hot_water_enabled
Period=1min

[Point silent_mode_set]
Read=coil:2
Type=bit
Attribute=quiet_mode
Period=1min

[Point trigger_disinfection]
Read=coil:3
Type=bit
Period=5min
Label=Start disinfection
Label[zh_CN]=启动高温杀菌

[Point emergency_stop]
Read=coil:4
Type=bit
Enum=0:normal 1:stop
Period=1min
Label=Emergency stop
Label[zh_CN]=紧急停机

[Point trigger_emergency_operation]
Read=coil:5
Type=bit
Period=5min
Label=Start emergency operation
Label[zh_CN]=启动应急运行

[Point water_flow_status]
Read=discrete:0
Type=bit
Enum=0:true 1:false
Attribute=flow_switch

[Point water_pump]
Read=discrete:1
Type=bit
Attribute=circulation_pump

[Point external_water_pump]
Read=discrete:2
Type=bit
Label=External pump
Label[zh_CN]=外置水泵

[Point compressor]
Read=discrete:3
Type=bit
Attribute=compressor_running

[Point defrosting]
Read=discrete:4
Type=bit
Attribute=defrosting

[Point dhw_heating]
Read=discrete:5
Type=bit
Attribute=hot_water_heating

[Point dhw_disinfection]
Read=discrete:6
Type=bit
Attribute=disinfecting

[Point silent_mode_status]
Read=discrete:7
Type=bit
Label=Quiet now
Label[zh_CN]=静音运行中

[Point cooling_status]
Read=discrete:8
Type=bit
Label=Cooling
Label[zh_CN]=制冷中

[Point solar_pump]
Read=discrete:9
Type=bit
Label=Solar pump
Label[zh_CN]=太阳能水泵

[Point backup_heater_step1]
Read=discrete:10
Type=bit
Attribute=backup_heater

[Point backup_heater_step2]
Read=discrete:11
Type=bit
Label=Backup heater, second step
Label[zh_CN]=辅助电热第二级

[Point dhw_boost_heater]
Read=discrete:12
Type=bit
Label=Hot water booster heater
Label[zh_CN]=热水电加热

[Point error_status]
Read=discrete:13
Type=bit
Label=Any error
Label[zh_CN]=有故障

[Point emergency_operation_available_space]
Read=discrete:14
Type=bit
Period=5min
Label=Emergency heating possible
Label[zh_CN]=可应急供暖

[Point emergency_operation_available_dhw]
Read=discrete:15
Type=bit
Period=5min
Label=Emergency hot water possible
Label[zh_CN]=可应急供热水

[Point mix_pump]
Read=discrete:16
Type=bit
Label=Mixing circuit pump
Label[zh_CN]=混水泵

# The panel shows CH and the number.
[Point error_code]
Read=input:0
Type=u16
Attribute=fault_code
Fault=code
Code=CH%02d

[Point odu_operation_cycle]
Read=input:1
Type=u16
Enum=0:off 1:cool 2:heat
Attribute=running_mode

[Point water_inlet_temp]
Read=input:2
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=return.temperature

[Point water_outlet_temp]
Read=input:3
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=flow.temperature

[Point backup_heater_outlet_temp]
Read=input:4
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Label=Temperature behind the backup heater
Label[zh_CN]=辅助电热出口温度

[Point dhw_tank_temp]
Read=input:5
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=tank.temperature

[Point solar_collector_temp]
Read=input:6
Type=s16
Scale=0.1
Unit=°C
Label=Solar collector temperature
Label[zh_CN]=太阳能集热器温度

[Point room_air_temp_circuit1]
Read=input:7
Type=s16
Scale=0.1
Unit=°C
Possible=-50..80
Attribute=local_temperature

[Point flow_rate]
Read=input:8
Type=u16
Scale=0.1
Unit=L/min
Attribute=flow.rate

[Point flow_temp_circuit2]
Read=input:9
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Label=Flow temperature, circuit 2
Label[zh_CN]=回路2供水温度

[Point room_air_temp_circuit2]
Read=input:10
Type=s16
Scale=0.1
Unit=°C
Possible=-50..80
Label=Room temperature, circuit 2
Label[zh_CN]=回路2室内温度

[Point energy_state_input]
Read=input:11
Type=u16
Period=1min
Label=Energy state input
Label[zh_CN]=能源状态输入

[Point outdoor_air_temp]
Read=input:12
Type=s16
Scale=0.1
Unit=°C
Possible=-60..80
Attribute=outdoor_temperature

# Newer models only.
[Point water_pressure]
Read=input:13
Type=u16
Scale=0.1
Unit=bar
Attribute=water.pressure

# R290 Monobloc only; the source says that it reads too high.
[Point electrical_power]
Read=input:35
Type=u16
Unit=W
Attribute=active_power
Confidence=low

[Point product_group]
Read=input:9997
Type=u16
Period=1h
Label=Product group
Label[zh_CN]=产品组

[Point product_info]
Read=input:9998
Type=u16
Enum=0:split 3:monobloc 4:high_temp 5:medium_temp 6:system_boiler
Period=1h
Label=Construction
Label[zh_CN]=机型结构

[Point operation_mode]
Read=holding:0
Type=u16
Enum=0:cool 3:auto 4:heat
Attribute=system_mode
Period=1min

# Which temperature it controls; models differ.
[Point control_method]
Read=holding:1
Type=u16
Enum=0:water_outlet_temp 1:water_inlet_temp
Period=5min
Label=Controlled temperature
Label[zh_CN]=控温依据

[Point target_temp_circuit1]
Read=holding:2
Type=u16
Scale=switch(setting.target_temperature_scale, 1, 0.1)
Unit=°C
Attribute=flow_setpoint
Period=1min
Confidence=low

[Point auto_mode_shift]
Read=holding:4
Type=s16
Unit=K
Period=1min
Label=Automatic mode correction
Label[zh_CN]=自动模式修正
Confidence=medium

[Point dhw_target_temp]
Read=holding:8
Type=u16
Scale=switch(setting.target_temperature_scale, 1, 0.1)
Unit=°C
Attribute=tank.setpoint
Period=1min
Confidence=low

# Needs the ESS type Modbus in the installer menu. What 0, 7 and 8 are in terms of SG Ready the source does not say.
[Point sg_ready]
Read=holding:9
Type=u16
Enum=1:blocked 2:normal 3:recommended 4:forced 5:forced 6:recommended
Attribute=sg_ready
Period=1min
Confidence=medium

[Point energy_state]
Read=holding:9
Type=u16
Enum=0:factory_default 1:forced_off 2:normal 3:on_recommended 4:on_command 5:on_command_adjustable 6:on_recommended_adjustable 7:saving 8:super_saving
Period=1min
Label=Energy state
Label[zh_CN]=能源状态
Confidence=medium

[Identify product_group]
Read=input:9997
Type=u16
Equals=0x80..0x89
Score=60
Watch=yes

[Identify product_info]
Read=input:9998
Type=u16
Equals=0..6
Score=15

# Writes. The manuals state no endurance of the memory behind these registers: Budget= is a cautious assumption. The
# emergency stop and emergency operation are not written.
[Write on_off]
Budget=100000

[Write hot_water_enabled]
Budget=100000

[Write quiet_mode]
Budget=100000

[Write system_mode]
LeastInterval=1min
Budget=100000

[Write flow_setpoint]
Min=5
Max=65
Step=1
LeastInterval=1min
Budget=100000
Confidence=low

[Write vendor.auto_mode_shift]
Min=-5
Max=5
Step=1
LeastInterval=1min
Budget=100000

[Write tank.setpoint]
Min=30
Max=65
Step=1
LeastInterval=1min
Budget=100000
Confidence=low

[Write sg_ready]
Enum=1:blocked 2:normal 3:recommended 4:forced
LeastInterval=1min
Budget=100000
