# SPDX-License-Identifier: CC0-1.0
# Carel IR33 refrigeration controller, in refrigerators and cold cabinets. It answers one value a request and wants 12
# ms of silence between frames; the addresses are scattered. Line settings are made on the controller.
#
# Temperatures are °F while the controller is set so (its parameter /5, coil 41, shown as temperature_units_5): that is
# a setting here, because a limit of 70 °F must not be taken for 70 °C.
#
# Parameters of the controller are the installer's and are not written.
[Profile]
Maker=Carel
Model=IR33
Kind=refrigerator
Name=Refrigerator controller
Name[zh_CN]=冷柜控制器
Source=wirenboard/wb-mqtt-serial templates/config-carel-ir33.json
Confidence=high
Version=2
FaultPeriod=30s

[Setting unit]
Values=celsius fahrenheit
Default=celsius
Label=Temperature unit of the controller (parameter /5)
Label[zh_CN]=控制器温度单位（参数 /5）

[Line]
BlockReads=no
Gap=12ms

[Point temperature_set_point]
Read=holding:404
Type=s16
Scale=0.1
Unit=switch(setting.unit, °C, °F)
Attribute=fridge.setpoint
Period=1min

# Inverted: 0 is on.
[Point unit_on_off]
Read=coil:54
Type=bit
Enum=0:true 1:false
Attribute=on_off

[Point defrost_command]
Read=coil:32
Type=bit
Period=1min
Label=Defrost requested
Label[zh_CN]=手动化霜

[Point light_on_off]
Read=coil:51
Type=bit
Attribute=light

[Point auxiliary_on_off]
Read=coil:60
Type=bit
Period=1min
Label=Auxiliary output requested
Label[zh_CN]=辅助输出开关

[Point continuous_cycle]
Read=coil:40
Type=bit
Period=1min
Label=Continuous cooling
Label[zh_CN]=连续制冷

# Possible= of the probes is what NTC sensors of such cabinets can tell; the source has no limits.
# Where the probes sit is up to the cabinet: 1 is taken for the cold space, 2 for the evaporator.
[Point probe_1_reading]
Read=input:403
Type=s16
Scale=0.1
Unit=switch(setting.unit, °C, °F)
Possible=switch(setting.unit, -60..110, -76..230)
Attribute=fridge.temperature
Confidence=medium

[Point probe_2_reading]
Read=input:412
Type=s16
Scale=0.1
Unit=switch(setting.unit, °C, °F)
Possible=switch(setting.unit, -60..110, -76..230)
Attribute=evaporator.temperature
Confidence=medium

[Point virtual_probe_reading]
Read=input:406
Type=s16
Scale=0.1
Unit=switch(setting.unit, °C, °F)
Label=Regulation probe
Label[zh_CN]=调节探头温度

[Point compressor_relay_status]
Read=discrete:7
Type=bit
Attribute=compressor_running

[Point defrost_relay_status]
Read=discrete:0
Type=bit
Period=1min
Label=Defrost heater
Label[zh_CN]=化霜加热

[Point fan_relay_status]
Read=discrete:13
Type=bit
Attribute=fan_running
Period=1min

[Point auxiliary_relay_status]
Read=discrete:8
Type=bit
Period=1min
Label=Auxiliary output
Label[zh_CN]=辅助输出

[Point defrost_status]
Read=discrete:18
Type=bit
Attribute=defrosting

[Point door_status]
Read=discrete:43
Type=bit
Attribute=fridge.door_open

[Point minimum_set_point_r1]
Read=holding:425
Type=s16
Scale=0.1
Unit=switch(setting.unit, °C, °F)
Period=1h
Label=Lowest setpoint (r1)
Label[zh_CN]=最低设定 (r1)

[Point maximum_set_point_r2]
Read=holding:422
Type=s16
Scale=0.1
Unit=switch(setting.unit, °C, °F)
Period=1h
Label=Highest setpoint (r2)
Label[zh_CN]=最高设定 (r2)

[Point working_temperature_differential_rd]
Read=holding:421
Type=s16
Scale=switch(setting.unit, 0.1, 1)
Divide=switch(setting.unit, 1, 18)
Unit=K
Period=1h
Label=Differential (rd)
Label[zh_CN]=控制回差 (rd)

[Point night_set_point_variation_r4]
Read=holding:419
Type=s16
Scale=switch(setting.unit, 0.1, 1)
Divide=switch(setting.unit, 1, 18)
Unit=K
Period=1h
Label=Night setpoint change (r4)
Label[zh_CN]=夜间设定偏移 (r4)

[Point temperature_units_5]
Read=coil:41
Type=bit
Enum=0:celsius 1:fahrenheit
Period=1h
Label=Temperature unit
Label[zh_CN]=温度单位

[Point minimum_compressor_on_time_c3]
Read=holding:467
Type=s16
Unit=min
Period=1h
Label=Minimum compressor on time c3
Label[zh_CN]=压缩机最短运行时间 (c3)

[Point minimum_compressor_off_time_c2]
Read=holding:470
Type=s16
Unit=min
Period=1h
Label=Minimum compressor off time c2
Label[zh_CN]=压缩机最短停机时间 (c2)

[Point minimum_interval_between_two_compressor_start_up]
Read=holding:473
Type=s16
Unit=min
Period=1h
Label=Minimum interval between two compressor start ups c1
Label[zh_CN]=压缩机两次启动最短间隔 (c1)

[Point compressor_and_fan_start_up_delay_at_power_on_c0]
Read=holding:469
Type=s16
Unit=min
Period=1h
Label=Compressor and fan start up delay at power on c0
Label[zh_CN]=上电后压缩机和风机启动延时 (c0)

[Point defrost_type_d0]
Read=holding:477
Type=s16
Enum=0:heater_by_temperature 1:hot_gas_by_temperature 2:heater_by_time 3:hot_gas_by_time 4:heater_controlled_by_time
Period=1h
Label=Defrost type
Label[zh_CN]=化霜方式

[Point interval_between_defrosts_di]
Read=holding:464
Type=s16
Unit=h
Period=1h
Label=Defrost interval (dI)
Label[zh_CN]=化霜间隔 (dI)

[Point maximum_defrost_duration_dp1]
Read=holding:472
Type=s16
Unit=min
Period=1h
Label=Longest defrost (dP1)
Label[zh_CN]=最长化霜时间 (dP1)

[Point evaporator_defrost_end_temperature_dt1]
Read=holding:430
Type=s16
Scale=0.1
Unit=switch(setting.unit, °C, °F)
Period=1h
Label=Evaporator defrost end temperature dt1
Label[zh_CN]=蒸发器化霜终止温度 (dt1)

[Point dripping_time_after_defrost_dd]
Read=holding:489
Type=s16
Unit=min
Period=1h
Label=Dripping time after defrost dd
Label[zh_CN]=化霜后滴水时间 (dd)

[Point defrost_delay_at_power_on_d5]
Read=holding:468
Type=s16
Unit=min
Period=1h
Label=Defrost delay at power on d5
Label[zh_CN]=上电后化霜延时 (d5)

[Point fan_start_up_temperature_f1]
Read=holding:417
Type=s16
Scale=0.1
Unit=switch(setting.unit, °C, °F)
Period=1h
Label=Fan start up temperature f1
Label[zh_CN]=风机启动温度 (F1)

[Point fan_stop_temperature_f4]
Read=holding:420
Type=s16
Scale=0.1
Unit=switch(setting.unit, °C, °F)
Period=1h
Label=Fan stop temperature f4
Label[zh_CN]=风机停止温度 (F4)

[Point fan_off_time_after_defrost_fd]
Read=holding:501
Type=s16
Unit=min
Period=1h
Label=Fan off time after defrost fd
Label[zh_CN]=化霜后风机停转时间 (Fd)

[Point high_temperature_alarm_threshold_ah]
Read=holding:416
Type=s16
Scale=0.1
Unit=switch(setting.unit, °C, °F)
Period=1h
Label=High temperature alarm (AH)
Label[zh_CN]=高温报警阈值 (AH)

[Point low_temperature_alarm_threshold_al]
Read=holding:429
Type=s16
Scale=0.1
Unit=switch(setting.unit, °C, °F)
Period=1h
Label=Low temperature alarm (AL)
Label[zh_CN]=低温报警阈值 (AL)

[Point alarm_and_fan_differential_a0]
Read=holding:427
Type=s16
Scale=switch(setting.unit, 0.1, 1)
Divide=switch(setting.unit, 1, 18)
Unit=K
Period=1h
Label=Alarm and fan differential a0
Label[zh_CN]=报警和风机回差 (A0)

[Point low_and_high_temperature_alarm_delay_ad]
Read=holding:495
Type=s16
Unit=min
Period=1h
Label=Temperature alarm delay (Ad)
Label[zh_CN]=温度报警延时 (Ad)

[Point probe_1_calibration_c1]
Read=holding:413
Type=s16
Scale=switch(setting.unit, 0.1, 1)
Divide=switch(setting.unit, 1, 18)
Unit=K
Period=1h
Label=Probe 1 calibration c1
Label[zh_CN]=探头1校准 (/c1)

[Point probe_2_calibration_c2]
Read=holding:400
Type=s16
Scale=switch(setting.unit, 0.1, 1)
Divide=switch(setting.unit, 1, 18)
Unit=K
Period=1h
Label=Probe 2 calibration c2
Label[zh_CN]=探头2校准 (/c2)

[Fault coil:5]
Read=coil:5
Meaning=High temperature alarm
Meaning[zh_CN]=高温报警
Component=temperature
Causes=fridge.door fridge.frost fridge.compressor fridge.setting
Severity=urgent
Household=yes

[Fault coil:2]
Read=coil:2
Meaning=Low temperature alarm
Meaning[zh_CN]=低温报警
Component=temperature
Causes=fridge.too_cold
Severity=service
Household=no

[Fault coil:25]
Read=coil:25
Meaning=Condenser high temperature alarm
Meaning[zh_CN]=冷凝器高温
Component=condenser
Causes=fridge.condenser_dust
Severity=care
Household=yes

[Fault discrete:3]
Read=discrete:3
Meaning=Probe 1 fault
Meaning[zh_CN]=探头1故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:6]
Read=discrete:6
Meaning=Probe 2 fault
Meaning[zh_CN]=探头2故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:29]
Read=discrete:29
Meaning=Evaporator defrost timeout
Meaning[zh_CN]=化霜超时
Component=evaporator
Causes=fridge.defrost_heater fridge.defrost_sensor
Household=no

[Fault discrete:28]
Read=discrete:28
Meaning=Door open timeout
Meaning[zh_CN]=开门超时
Component=door
Causes=fridge.door
Severity=care
Class=warning
Household=yes

# Between the bounds set in the controller (r1, r2), and only while its unit is what the setting says. The source names
# no endurance of the memory behind it; the budget is cautious.
[Write fridge.setpoint]
Min=minimum_set_point_r1
Max=maximum_set_point_r2
Step=0.1
If=switch(setting.unit, temperature_units_5 == celsius, temperature_units_5 == fahrenheit)
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious. A refrigerator that is switched off
# spoils food: whoever may write must mean it.
[Write on_off]
PerHour=2
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write light]
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.defrost_command]
Budget=100000
PerHour=2

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.continuous_cycle]
Budget=100000
PerHour=2
