# SPDX-License-Identifier: CC0-1.0
# Dimplex heat pumps with the WPM controller, through the NWPM module over Modbus TCP. The numbers of status, lock and
# fault mean different things with software H and J than with L and M: the software is a setting (the controller shows
# it). The register of failed sensors belongs to L and M.
#
# To be verified on a real unit: the tables count from 1 and the source sends the same number on the wire; the bank may
# be input instead of holding.
[Profile]
Maker=Dimplex
Model=WPM with software H, J, L or M, NWPM
Kind=heat_pump
Name=Heat pump
Name[zh_CN]=热泵
Source=nb3rt/DimplexModbusHACS const.py, error.md, lock.md, status.md, sensor_errors.md
Confidence=medium
Version=2

[Setting software]
Values=H J L M
Default=L
Label=Software of the heat pump manager (first letter of its version)
Label[zh_CN]=热泵控制器软件版本（版本号首字母）

[Line]
Unit=1

[Point outdoor_temperature]
Read=holding:1
Type=s16
Scale=0.1
Unit=°C
Attribute=outdoor_temperature

[Point return_temperature]
Read=holding:2
Type=s16
Scale=0.1
Unit=°C
Attribute=return.temperature

[Point dhw_temperature]
Read=holding:3
Type=s16
Scale=0.1
Unit=°C
Attribute=tank.temperature

[Point flow_temperature]
Read=holding:5
Type=s16
Scale=0.1
Unit=°C
Attribute=flow.temperature

[Point return_setpoint_temperature]
Read=holding:53
Type=s16
Scale=0.1
Unit=°C
Label=Return setpoint
Label[zh_CN]=回水设定温度

[Point status_code]
Read=holding:103
Type=u16
Enum=switch(setting.software, 0:off 1:heating 2:heating 3:swimming_pool 4:domestic_hot_water 5:heating_with_second_source 6:pool_with_second_source 7:hot_water_with_second_source 8:primary_pump_pre_run 9:heating_purge 10:lock_see_lock_register 11:lower_operating_limit 12:low_pressure_limit 13:low_pressure_shutdown 14:high_pressure_safety 15:anti_short_cycling_lock 16:minimum_standstill_time 17:grid_load_limitation 18:flow_monitoring 19:second_heat_generator 20:low_pressure_heat_source 21:defrost 22:upper_operating_limit 23:external_lock 24:cooling 25:frost_protection_cooling 26:flow_temperature_limit 27:dew_point_monitor 28:dew_point, 0:off 1:heating 2:heating 3:swimming_pool 4:domestic_hot_water 5:heating_with_second_source 6:pool_with_second_source 7:hot_water_with_second_source 8:primary_pump_pre_run 9:heating_purge 10:lock_see_lock_register 11:lower_operating_limit 12:low_pressure_limit 13:low_pressure_shutdown 14:high_pressure_safety 15:anti_short_cycling_lock 16:minimum_standstill_time 17:grid_load_limitation 18:flow_monitoring 19:second_heat_generator 20:low_pressure_heat_source 21:defrost 22:upper_operating_limit 23:external_lock 24:cooling 25:frost_protection_cooling 26:flow_temperature_limit 27:dew_point_monitor 28:dew_point, 0:off 1:off 2:heating 3:swimming_pool 4:domestic_hot_water 5:cooling 10:defrost 11:flow_monitoring 24:operating_mode_switch_delay 29:passive_cooling 30:lock_see_lock_register, 0:off 1:off 2:heating 3:swimming_pool 4:domestic_hot_water 5:cooling 10:defrost 11:flow_monitoring 24:operating_mode_switch_delay 29:passive_cooling 30:lock_see_lock_register)
Label=Status
Label[zh_CN]=状态

[Point defrosting]
Value=status_code == defrost
Attribute=defrosting

[Point lock_code]
Read=holding:104
Type=u16
Enum=switch(setting.software, 0:no_lock 2:bivalent_alternative 3:bivalent_regenerative 4:return_temperature 5:domestic_hot_water 6:system_check 7:utility_evu_lockout, 0:no_lock 1:outdoor_temperature 2:heat_pump_operating_limit 3:regenerative 5:domestic_hot_water_post_heating 6:system_check 7:utility_evu_lockout 9:high_pressure 10:low_pressure 11:flow 12:soft_starter 36:pump_pre_run 37:minimum_standstill_time 38:grid_load_limitation 39:anti_short_cycling_lock 40:heat_source_operating_limit 41:external_lock 42:second_heat_generator 43:fault_see_fault_register, 0:no_lock 1:high_temperature_operating_limit 2:volume_flow 5:function_check 6:high_temperature_operating_limit 7:system_check 8:delay_switching_to_cooling 9:pump_pre_run 10:minimum_standstill_time 11:grid_load_limitation 12:anti_short_cycling_lock 13:domestic_hot_water_post_heating 14:regenerative 15:utility_evu_lockout 16:soft_starter 17:flow 18:heat_pump_operating_limit 19:high_pressure 20:low_pressure 21:heat_source_operating_limit 23:system_limit 24:primary_circuit_load 25:external_lock 29:inverter 31:warm_up 33:evd_initialization 34:second_heat_generator_enabled 35:fault_see_fault_register, 0:no_lock 1:high_temperature_operating_limit 2:volume_flow 5:function_check 6:high_temperature_operating_limit 7:system_check 8:delay_switching_to_cooling 9:pump_pre_run 10:minimum_standstill_time 11:grid_load_limitation 12:anti_short_cycling_lock 13:domestic_hot_water_post_heating 14:regenerative 15:utility_evu_lockout 16:soft_starter 17:flow 18:heat_pump_operating_limit 19:high_pressure 20:low_pressure 21:heat_source_operating_limit 23:system_limit 24:primary_circuit_load 25:external_lock 29:inverter 31:warm_up 33:evd_initialization 34:second_heat_generator_enabled 35:fault_see_fault_register)
Label=Lock
Label[zh_CN]=锁定原因

[Point fault_code]
Read=holding:105
Type=u16
Fault=code
Code=fault %d
Attribute=fault_code

[Point sensor_error_code]
Read=holding:106
When=setting.software == L or setting.software == M
Type=u16
Fault=code
Code=sensor %d
Hidden=yes

[Point sg_ready_mode]
Read=holding:5167
Type=u16
Enum=0:hardware 10:yellow 11:green 12:red 13:deep_green
Period=5min
Label=SG Ready
Label[zh_CN]=SG Ready 模式

[Fault fault 1]
Value=1
Of=fault_code
Meaning=Fault N17.1
Meaning[zh_CN]=模块N17.1故障
Household=no
When=setting.software == L or setting.software == M

[Fault fault 2]
Value=2
Of=fault_code
Meaning=Fault N17.2
Meaning[zh_CN]=模块N17.2故障
Household=no
When=setting.software == L or setting.software == M

[Fault fault 3]
Value=3
Of=fault_code
Meaning=Fault N17.3
Meaning[zh_CN]=模块N17.3故障
Household=no
When=setting.software == L or setting.software == M

[Fault fault 4]
Value=4
Of=fault_code
Meaning=Fault N17.4
Meaning[zh_CN]=模块N17.4故障
Household=no
When=setting.software == L or setting.software == M

[Fault fault 6]
Value=6
Of=fault_code
Meaning=Electronic expansion valve
Meaning[zh_CN]=电子膨胀阀
Causes=hp.expansion_valve
Household=no
When=setting.software == L or setting.software == M

[Fault fault 10]
Value=10
Of=fault_code
Meaning=WPIO
Meaning[zh_CN]=WPIO模块
Household=no
When=setting.software == L or setting.software == M

[Fault fault 12]
Value=12
Of=fault_code
Meaning=Inverter
Meaning[zh_CN]=变频器
Causes=cool.inverter
Household=no
When=setting.software == L or setting.software == M

[Fault fault 13]
Value=13
Of=fault_code
Meaning=WQIF
Meaning[zh_CN]=WQIF模块
Household=no
When=setting.software == L or setting.software == M

[Fault fault 15]
Value=15
Of=fault_code
Meaning=Sensor fault
Meaning[zh_CN]=传感器故障
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault fault 16]
Value=16
Of=fault_code
Meaning=Low pressure brine
Meaning[zh_CN]=盐水侧低压
Causes=hp.brine
Household=no
When=setting.software == L or setting.software == M

[Fault fault 19]
Value=19
Of=fault_code
Meaning=Primary circuit fault
Meaning[zh_CN]=热源回路故障
Causes=hp.brine
Household=no
When=setting.software == L or setting.software == M

[Fault fault 20]
Value=20
Of=fault_code
Meaning=Defrost fault
Meaning[zh_CN]=除霜故障
Causes=hp.defrost_fault
Household=no
When=setting.software == L or setting.software == M

[Fault fault 21]
Value=21
Of=fault_code
Meaning=Low pressure brine fault
Meaning[zh_CN]=盐水侧低压故障
Causes=hp.brine
Household=no
When=setting.software == L or setting.software == M

[Fault fault 22]
Value=22
Of=fault_code
Meaning=Domestic hot water fault
Meaning[zh_CN]=生活热水故障
Causes=hp.dhw
Household=no
When=setting.software == L or setting.software == M

[Fault fault 23]
Value=23
Of=fault_code
Meaning=Compressor load fault
Meaning[zh_CN]=压缩机负载故障
Causes=cool.compressor
Household=no
When=setting.software == L or setting.software == M

[Fault fault 24]
Value=24
Of=fault_code
Meaning=Coding fault
Meaning[zh_CN]=编码故障
Causes=any.configuration
Household=no
When=setting.software == L or setting.software == M

[Fault fault 25]
Value=25
Of=fault_code
Meaning=Low pressure fault
Meaning[zh_CN]=低压故障
Causes=hp.low_pressure
Household=no
When=setting.software == L or setting.software == M

[Fault fault 26]
Value=26
Of=fault_code
Meaning=Frost protection fault
Meaning[zh_CN]=防冻保护
Causes=hp.frost_protection
Household=no
When=setting.software == L or setting.software == M

[Fault fault 28]
Value=28
Of=fault_code
Meaning=High pressure fault
Meaning[zh_CN]=高压故障
Causes=hp.high_pressure heat.low_flow
Household=no
When=setting.software == L or setting.software == M

[Fault fault 29]
Value=29
Of=fault_code
Meaning=Temperature difference fault
Meaning[zh_CN]=温差异常
Causes=heat.low_flow
Household=no
When=setting.software == L or setting.software == M

[Fault fault 30]
Value=30
Of=fault_code
Meaning=Hot gas thermostat fault
Meaning[zh_CN]=排气温控器
Causes=hp.discharge_hot
Household=no
When=setting.software == L or setting.software == M

[Fault fault 31]
Value=31
Of=fault_code
Meaning=Flow fault
Meaning[zh_CN]=流量故障
Component=water circuit
Causes=heat.low_flow heat.strainer heat.pump
Severity=care
Household=yes
When=setting.software == L or setting.software == M

[Fault fault 32]
Value=32
Of=fault_code
Meaning=Warm-up fault
Meaning[zh_CN]=预热故障
Household=no
When=setting.software == L or setting.software == M

[Fault fault 1 (H/J)]
Code=fault 1
Value=1
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=Fault N17.1
Meaning[zh_CN]=模块N17.1故障
Household=no

[Fault fault 2 (H/J)]
Code=fault 2
Value=2
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=Fault N17.2
Meaning[zh_CN]=模块N17.2故障
Household=no

[Fault fault 3 (H/J)]
Code=fault 3
Value=3
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=Compressor load
Meaning[zh_CN]=压缩机负载
Causes=cool.compressor
Household=no

[Fault fault 4 (H/J)]
Code=fault 4
Value=4
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=Coding
Meaning[zh_CN]=编码
Causes=any.configuration
Household=no

[Fault fault 5 (H/J)]
Code=fault 5
Value=5
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=Low pressure
Meaning[zh_CN]=低压
Causes=hp.low_pressure
Household=no

[Fault fault 6 (H/J)]
Code=fault 6
Value=6
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=Frost protection
Meaning[zh_CN]=防冻保护
Causes=hp.frost_protection
Household=no

[Fault fault 7 (H/J)]
Code=fault 7
Value=7
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=Outdoor sensor short or open circuit
Meaning[zh_CN]=室外温度传感器断路或短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault fault 8 (H/J)]
Code=fault 8
Value=8
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=Return sensor short or open circuit
Meaning[zh_CN]=回水传感器断路或短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault fault 9 (H/J)]
Code=fault 9
Value=9
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=Domestic hot water sensor short or open circuit
Meaning[zh_CN]=生活热水传感器断路或短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault fault 10 (H/J)]
Code=fault 10
Value=10
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=Frost protection sensor short or open circuit
Meaning[zh_CN]=防冻传感器断路或短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault fault 11 (H/J)]
Code=fault 11
Value=11
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=2nd heating circuit sensor short or open circuit
Meaning[zh_CN]=第二供暖回路传感器断路或短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault fault 12 (H/J)]
Code=fault 12
Value=12
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=Anti-freeze sensor short or open circuit
Meaning[zh_CN]=防冻液传感器断路或短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault fault 13 (H/J)]
Code=fault 13
Value=13
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=Low pressure brine
Meaning[zh_CN]=盐水侧低压
Causes=hp.brine
Household=no

[Fault fault 14 (H/J)]
Code=fault 14
Value=14
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=Motor protection primary
Meaning[zh_CN]=热源侧电机保护
Household=no

[Fault fault 15 (H/J)]
Code=fault 15
Value=15
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=Flow
Meaning[zh_CN]=流量不足
Component=water circuit
Causes=heat.low_flow heat.strainer heat.pump
Severity=care
Household=yes

[Fault fault 16 (H/J)]
Code=fault 16
Value=16
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=Domestic hot water
Meaning[zh_CN]=生活热水
Causes=hp.dhw
Household=no

[Fault fault 17 (H/J)]
Code=fault 17
Value=17
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=High pressure
Meaning[zh_CN]=高压
Causes=hp.high_pressure heat.low_flow
Household=no

[Fault fault 19 (H/J)]
Code=fault 19
Value=19
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=Hot gas thermostat
Meaning[zh_CN]=排气温控器
Causes=hp.discharge_hot
Household=no

[Fault fault 20 (H/J)]
Code=fault 20
Value=20
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=Cooling operating limit
Meaning[zh_CN]=制冷运行限制
Causes=hp.operating_limit
Household=no

[Fault fault 23 (H/J)]
Code=fault 23
Value=23
Of=fault_code
When=setting.software == H or setting.software == J
Meaning=Temperature difference
Meaning[zh_CN]=温差
Causes=heat.low_flow
Household=no

[Fault sensor 1]
Value=1
Of=sensor_error_code
Meaning=Sensor error: Outdoor sensor (R1)
Meaning[zh_CN]=传感器故障：室外传感器 (R1)
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 2]
Value=2
Of=sensor_error_code
Meaning=Sensor error: Return sensor (R2)
Meaning[zh_CN]=传感器故障：回水传感器 (R2)
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 3]
Value=3
Of=sensor_error_code
Meaning=Sensor error: Domestic hot water sensor (R3)
Meaning[zh_CN]=传感器故障：生活热水传感器 (R3)
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 4]
Value=4
Of=sensor_error_code
Meaning=Sensor error: Coding (R7)
Meaning[zh_CN]=传感器故障：编码电阻 (R7)
Component=sensor
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 5]
Value=5
Of=sensor_error_code
Meaning=Sensor error: Flow sensor (R9)
Meaning[zh_CN]=传感器故障：供水传感器 (R9)
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 6]
Value=6
Of=sensor_error_code
Meaning=Sensor error: 2nd heating circuit sensor (R5)
Meaning[zh_CN]=传感器故障：第2供暖回路传感器 (R5)
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 7]
Value=7
Of=sensor_error_code
Meaning=Sensor error: 3rd heating circuit sensor (R13)
Meaning[zh_CN]=传感器故障：第3供暖回路传感器 (R13)
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 8]
Value=8
Of=sensor_error_code
Meaning=Sensor error: Regenerative sensor (R13)
Meaning[zh_CN]=传感器故障：可再生能源传感器 (R13)
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 9]
Value=9
Of=sensor_error_code
Meaning=Sensor error: Room sensor 1
Meaning[zh_CN]=传感器故障：室温传感器1
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 10]
Value=10
Of=sensor_error_code
Meaning=Sensor error: Room sensor 2
Meaning[zh_CN]=传感器故障：室温传感器2
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 11]
Value=11
Of=sensor_error_code
Meaning=Sensor error: Heat source outlet sensor (R6)
Meaning[zh_CN]=传感器故障：热源出口传感器 (R6)
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 12]
Value=12
Of=sensor_error_code
Meaning=Sensor error: Heat source inlet sensor (R24)
Meaning[zh_CN]=传感器故障：热源进口传感器 (R24)
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 14]
Value=14
Of=sensor_error_code
Meaning=Sensor error: Collector sensor (R23)
Meaning[zh_CN]=传感器故障：集热器传感器 (R23)
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 15]
Value=15
Of=sensor_error_code
Meaning=Sensor error: Low-pressure sensor (R25)
Meaning[zh_CN]=传感器故障：低压传感器 (R25)
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 16]
Value=16
Of=sensor_error_code
Meaning=Sensor error: High-pressure sensor (R26)
Meaning[zh_CN]=传感器故障：高压传感器 (R26)
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 17]
Value=17
Of=sensor_error_code
Meaning=Sensor error: Room humidity 1
Meaning[zh_CN]=传感器故障：室内湿度1
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 18]
Value=18
Of=sensor_error_code
Meaning=Sensor error: Room humidity 2
Meaning[zh_CN]=传感器故障：室内湿度2
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 19]
Value=19
Of=sensor_error_code
Meaning=Sensor error: Frost protection cooling sensor
Meaning[zh_CN]=传感器故障：制冷防冻传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 20]
Value=20
Of=sensor_error_code
Meaning=Sensor error: Hot gas
Meaning[zh_CN]=传感器故障：排气传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 21]
Value=21
Of=sensor_error_code
Meaning=Sensor error: Return sensor (R2.1)
Meaning[zh_CN]=传感器故障：回水传感器 (R2.1)
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 22]
Value=22
Of=sensor_error_code
Meaning=Sensor error: Swimming pool sensor (R20)
Meaning[zh_CN]=传感器故障：泳池传感器 (R20)
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 23]
Value=23
Of=sensor_error_code
Meaning=Sensor error: Flow sensor passive cooling (R11)
Meaning[zh_CN]=传感器故障：被动制冷供水传感器 (R11)
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 24]
Value=24
Of=sensor_error_code
Meaning=Sensor error: Return sensor passive cooling (R4)
Meaning[zh_CN]=传感器故障：被动制冷回水传感器 (R4)
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 26]
Value=26
Of=sensor_error_code
Meaning=Sensor error: Solar storage sensor (R22)
Meaning[zh_CN]=传感器故障：太阳能水箱传感器 (R22)
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 28]
Value=28
Of=sensor_error_code
Meaning=Sensor error: Heating demand sensor (R2.2)
Meaning[zh_CN]=传感器故障：供暖需求传感器 (R2.2)
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 29]
Value=29
Of=sensor_error_code
Meaning=Sensor error: RTM Econ
Meaning[zh_CN]=传感器故障：RTM Econ 温控器
Component=sensor
Household=no
When=setting.software == L or setting.software == M

[Fault sensor 30]
Value=30
Of=sensor_error_code
Meaning=Sensor error: Cooling demand sensor (R39)
Meaning[zh_CN]=传感器故障：制冷需求传感器 (R39)
Component=sensor
Causes=any.sensor_open_or_short
Household=no
When=setting.software == L or setting.software == M

# What each colour does is set in the controller; hardware gives the two wires their say again. The source names no
# endurance of the memory behind it; the budget is cautious.
[Write vendor.sg_ready_mode]
Enum=0:hardware 10:yellow 11:green 12:red 13:deep_green
Budget=100000
LeastInterval=10min
PerHour=6
Safe=before
MaxFor=1d
