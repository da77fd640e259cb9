# SPDX-License-Identifier: CC0-1.0
# Thermia ground source heat pumps with the Genesis controller, over Modbus TCP, which is to be chosen in the controller
# (BMC): models with an inverter compressor (Diplomat Inverter), and Mega. Reads that touch a hole fail, so the readable
# ranges of each are given; an s16 of 32767 is no value. Each alarm is one discrete input; the source has no panel
# codes, so the code is its address.
#
# What the Mega has beyond the inverter models has no unit or meaning of numbers in the source but that of its name.
# Its inputs 3, 4 and 83 to 86 lie outside the ranges that the source reads, and are left out.
#
# The source does not spell out TWC and HGW, so nor do the texts here.
#
# The power of the three phases has no unit in the source and stays without. Heating curve, gears, valve openings and
# enables of equipment are the installer's and are not written.
[Profile]
Maker=Thermia
Model=Genesis: Diplomat Inverter and other inverter models, Mega
Kind=heat_pump
Name=Ground source heat pump
Name[zh_CN]=地源热泵
Source=CJNE/pythermiagenesis pythermiagenesis/const.py
Confidence=high
Version=2

[Setting model]
Values=inverter mega
Default=inverter
Label=Model
Label[zh_CN]=机型

[Line]
Readable=switch(setting.model, coil:3-41 discrete:0-3 discrete:9-45 discrete:46-83 discrete:199-247 holding:0-116 holding:199-217 holding:239-257 holding:299-305, coil:3-59 discrete:0-3 discrete:9-83 discrete:199-247 holding:0-116 holding:199-217 holding:239-257 holding:299-321)

[Point enable_internal_additional_heater]
Read=coil:4
When=setting.model == inverter
Type=bit
Period=5min
Label=Enable internal additional heater
Label[zh_CN]=允许内置辅助加热

[Point enable_external_additional_heater]
Read=coil:5
Type=bit
Period=5min
Label=Enable external additional heater
Label[zh_CN]=允许外置辅助加热

[Point enable_hgw]
Read=coil:6
When=setting.model == inverter
Type=bit
Period=5min
Label=Enable HGW
Label[zh_CN]=启用 HGW

[Point enable_flow_switch_pressure_switch]
Read=coil:7
Type=bit
Period=5min
Label=Enable flow switch pressure switch
Label[zh_CN]=启用水流/压力开关

[Point enable_tap_water]
Read=coil:8
Type=bit
Attribute=hot_water_enabled
Period=5min

[Point enable_heat]
Read=coil:9
Type=bit
Period=5min
Label=Heating enabled
Label[zh_CN]=允许供暖

[Point enable_active_cooling]
Read=coil:10
Type=bit
Period=5min
Label=Active cooling enabled
Label[zh_CN]=允许主动制冷

[Point enable_mix_valve_1]
Read=coil:11
Type=bit
Period=5min
Label=Enable mix valve 1
Label[zh_CN]=启用混水阀1

[Point enable_twc]
Read=coil:12
Type=bit
Period=5min
Label=Enable TWC
Label[zh_CN]=启用 TWC

[Point enable_mix_valve_2]
Read=coil:16
Type=bit
Period=5min
Label=Enable mix valve 2
Label[zh_CN]=启用混水阀2

[Point enable_mix_valve_3]
Read=coil:17
Type=bit
Period=5min
Label=Enable mix valve 3
Label[zh_CN]=启用混水阀3

[Point enable_mix_valve_4]
Read=coil:18
Type=bit
Period=5min
Label=Enable mix valve 4
Label[zh_CN]=启用混水阀4

[Point enable_mix_valve_5]
Read=coil:19
Type=bit
Period=5min
Label=Enable mix valve 5
Label[zh_CN]=启用混水阀5

[Point enable_brine_out_monitoring]
Read=coil:20
Type=bit
Period=5min
Label=Enable brine out monitoring
Label[zh_CN]=启用盐水出口监测

[Point enable_brine_pump_continuous_operation]
Read=coil:21
Type=bit
Period=5min
Label=Enable brine pump continuous operation
Label[zh_CN]=启用盐水泵连续运行

[Point enable_system_circulation_pump]
Read=coil:22
Type=bit
Period=5min
Label=Enable system circulation pump
Label[zh_CN]=启用系统循环泵

[Point enable_anti_legionella]
Read=coil:24
When=setting.model == inverter
Type=bit
Period=5min
Label=Disinfection enabled
Label[zh_CN]=允许杀菌

[Point enable_additional_heater_only]
Read=coil:25
Type=bit
Period=5min
Label=Enable additional heater only
Label[zh_CN]=仅用辅助加热器

[Point enable_current_limitation]
Read=coil:26
When=setting.model == inverter
Type=bit
Period=5min
Label=Enable current limitation
Label[zh_CN]=启用电流限制

[Point enable_pool]
Read=coil:28
Type=bit
Period=5min
Label=Pool enabled
Label[zh_CN]=允许泳池

[Point enable_external_additional_heater_for_pool]
Read=coil:31
Type=bit
Period=5min
Label=Enable external additional heater for pool
Label[zh_CN]=泳池启用外部辅助加热器

[Point enable_internal_additional_heater_for_pool]
Read=coil:32
When=setting.model == inverter
Type=bit
Period=5min
Label=Enable internal additional heater for pool
Label[zh_CN]=泳池启用内部辅助加热器

[Point enable_passive_cooling]
Read=coil:33
Type=bit
Period=5min
Label=Passive cooling enabled
Label[zh_CN]=允许被动制冷

[Point enable_variable_speed_mode_for_condenser_pump]
Read=coil:34
Type=bit
Period=5min
Label=Enable variable speed mode for condenser pump
Label[zh_CN]=启用冷凝器泵变速

[Point enable_variable_speed_mode_for_brine_pump]
Read=coil:35
Type=bit
Period=5min
Label=Enable variable speed mode for brine pump
Label[zh_CN]=启用盐水泵变速

[Point enable_cooling_mode_for_mixing_valve_1]
Read=coil:36
Type=bit
Period=5min
Label=Enable cooling mode for mixing valve 1
Label[zh_CN]=启用混水阀1制冷

[Point enable_outdoor_temp_dependent_for_cooling_with_m]
Read=coil:37
Type=bit
Period=5min
Label=Enable outdoor temp dependent for cooling with mixing valve 1
Label[zh_CN]=混水阀1制冷随室外温度调节

[Point enable_internal_brine_pump_to_start_when_cooling]
Read=coil:38
Type=bit
Period=5min
Label=Enable internal brine pump to start when cooling is active for m
Label[zh_CN]=制冷时启动内部盐水泵

[Point enable_outdoor_temp_dependent_for_external_heate]
Read=coil:39
Type=bit
Period=5min
Label=Enable outdoor temp dependent for external heater
Label[zh_CN]=外部加热器随室外温度调节

[Point enable_brine_in_monitoring]
Read=coil:40
Type=bit
Period=5min
Label=Enable brine in monitoring
Label[zh_CN]=启用盐水进口监测

[Point alarm_active_class_a]
Read=discrete:0
Type=bit
Label=Alarm of class A
Label[zh_CN]=A类报警

[Point alarm_active_class_b]
Read=discrete:1
Type=bit
Label=Alarm of class B
Label[zh_CN]=B类报警

[Point alarm_active_class_c]
Read=discrete:2
Type=bit
Label=Alarm of class C
Label[zh_CN]=C类报警

[Point operating_pressure_limit_indication]
Read=discrete:12
Type=bit
Label=Operating pressure limit
Label[zh_CN]=运行压力限制

[Point sum_alarm]
Read=discrete:66
Type=bit
Label=Any alarm
Label[zh_CN]=综合报警

[Point external_stop_for_pool]
Read=discrete:77
Type=bit
Label=External stop for pool
Label[zh_CN]=外部停止泳池加热

[Point external_start_brine_pump]
Read=discrete:78
Type=bit
Label=External start brine pump
Label[zh_CN]=外部启动盐水泵

[Point compressor_control_signal]
Read=discrete:199
Type=bit
Attribute=compressor_running

[Point smart_grid_1]
Read=discrete:201
Type=bit
Label=Smart grid 1
Label[zh_CN]=智能电网1

[Point smart_grid_2]
Read=discrete:204
Type=bit
Label=Smart grid 2
Label[zh_CN]=智能电网2

[Point external_additional_heater_control_signal]
Read=discrete:206
Type=bit
Label=External additional heater control signal
Label[zh_CN]=外部辅助加热器控制

[Point mix_valve_1_circulation_pump_control_signal]
Read=discrete:209
Type=bit
Label=Mix valve 1 circulation pump control signal
Label[zh_CN]=混水阀1循环泵

[Point condenser_pump_on_off_control]
Read=discrete:210
Type=bit
Attribute=circulation_pump

[Point system_circulation_pump_control_signal]
Read=discrete:211
Type=bit
Label=System pump
Label[zh_CN]=系统循环泵

[Point brine_pump_on_off_control]
Read=discrete:218
Type=bit
Label=Brine pump
Label[zh_CN]=盐水泵

[Point external_heater_circulation_pump_control_signal]
Read=discrete:219
Type=bit
Label=External heater circulation pump control signal
Label[zh_CN]=外部加热器循环泵控制

[Point heating_season_active]
Read=discrete:220
Type=bit
Label=Heating season
Label[zh_CN]=供暖季

[Point external_additional_heater_active]
Read=discrete:221
Type=bit
Label=External heater
Label[zh_CN]=外置辅助加热

[Point internal_additional_heater_active]
Read=discrete:222
When=setting.model == inverter
Type=bit
Attribute=backup_heater

[Point hgw_regulation_control_signal]
Read=discrete:223
When=setting.model == inverter
Type=bit
Label=HGW regulation control signal
Label[zh_CN]=HGW 调节信号

[Point heat_pump_stopping]
Read=discrete:224
Type=bit
Label=Heat pump stopping
Label[zh_CN]=热泵正在停机

[Point heat_pump_ok_to_start]
Read=discrete:225
Type=bit
Label=May start
Label[zh_CN]=允许启动

[Point twc_supply_line_circulation_pump_control_signal]
Read=discrete:230
Type=bit
Label=TWC supply line circulation pump control signal
Label[zh_CN]=TWC 供水循环泵控制

[Point twc_end_tank_heater_control_signal]
Read=discrete:234
Type=bit
Label=TWC end tank heater control signal
Label[zh_CN]=TWC 末端水箱加热器控制

[Point pool_directional_valve_position]
Read=discrete:235
Type=bit
Label=Pool directional valve position
Label[zh_CN]=泳池换向阀位置

[Point pool_circulation_pump_control_signal]
Read=discrete:237
Type=bit
Label=Pool circulation pump control signal
Label[zh_CN]=泳池循环泵控制

[Point pool_regulation_control_signal]
Read=discrete:244
Type=bit
Label=Pool regulation control signal
Label[zh_CN]=泳池调节信号

[Point indication_when_mixing_valve_1_is_producing_pass]
Read=discrete:245
Type=bit
Label=Indication when mixing valve 1 is producing passive cooling
Label[zh_CN]=混水阀1被动制冷中

[Point compressor_is_unable_to_speed_up]
Read=discrete:246
Type=bit
Label=Compressor is unable to speed up
Label[zh_CN]=压缩机无法升速

[Point first_prioritised_demand]
Read=input:1
Type=u16
Enum=0:off 1:manual_operation 2:defrost 3:hot_water 4:heat 5:cool 6:pool 7:anti_legionella 98:standby 99:no_demand
Label=What it is doing
Label[zh_CN]=当前任务

[Point compressor_available_gears]
Read=input:4
Type=s16
Scale=0.01
Absent=0x7FFF
Label=Compressor available gears
Label[zh_CN]=压缩机可用档位

[Point compressor_speed_rpm]
Read=input:5
Type=s16
Unit=rpm
Absent=0x7FFF
Attribute=compressor_speed
Confidence=medium

[Point external_additional_heater_current_demand]
Read=input:6
Type=s16
Scale=0.01
Absent=0x7FFF
Label=External additional heater current demand
Label[zh_CN]=外部辅助加热器当前需求

# Possible= is what such a sensor can tell; the source has no limits.
[Point discharge_pipe_temperature]
Read=input:7
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Possible=-60..200
Attribute=discharge_temperature

[Point condenser_in_temperature]
Read=input:8
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Attribute=return.temperature

[Point condenser_out_temperature]
Read=input:9
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Attribute=flow.temperature

[Point brine_in_temperature]
Read=input:10
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Attribute=brine_in.temperature

[Point brine_out_temperature]
Read=input:11
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Attribute=brine_out.temperature

[Point system_supply_line_temperature]
Read=input:12
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Label=System supply temperature
Label[zh_CN]=系统供水温度

[Point outdoor_temperature]
Read=input:13
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Attribute=outdoor_temperature

[Point tap_water_top_temperature]
Read=input:15
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Attribute=tank_top.temperature

[Point tap_water_lower_temperature]
Read=input:16
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Attribute=tank_bottom.temperature

[Point tap_water_weighted_temperature]
Read=input:17
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Attribute=tank.temperature

[Point system_supply_line_calculated_set_point]
Read=input:18
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Attribute=flow_setpoint
Confidence=medium

[Point selected_heat_curve]
Read=input:19
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=Selected heat curve
Label[zh_CN]=供暖曲线

[Point heat_curve_x_coordinate_1]
Read=input:20
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Heat curve x coordinate 1
Label[zh_CN]=供暖曲线X1
Confidence=medium

[Point heat_curve_x_coordinate_2]
Read=input:21
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Heat curve x coordinate 2
Label[zh_CN]=供暖曲线X2
Confidence=medium

[Point heat_curve_x_coordinate_3]
Read=input:22
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Heat curve x coordinate 3
Label[zh_CN]=供暖曲线X3
Confidence=medium

[Point heat_curve_x_coordinate_4]
Read=input:23
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Heat curve x coordinate 4
Label[zh_CN]=供暖曲线X4
Confidence=medium

[Point heat_curve_x_coordinate_5]
Read=input:24
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Heat curve x coordinate 5
Label[zh_CN]=供暖曲线X5
Confidence=medium

[Point heat_curve_x_coordinate_6]
Read=input:25
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Heat curve x coordinate 6
Label[zh_CN]=供暖曲线X6
Confidence=medium

[Point heat_curve_x_coordinate_7]
Read=input:26
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Heat curve x coordinate 7
Label[zh_CN]=供暖曲线X7
Confidence=medium

[Point cooling_season_integral_value]
Read=input:36
Type=s16
Absent=0x7FFF
Label=Cooling season integral value
Label[zh_CN]=制冷季积分

[Point condenser_circulation_pump_speed]
Read=input:39
Type=s16
Scale=0.01
Unit=%
Absent=0x7FFF
Label=Condenser pump speed
Label[zh_CN]=冷凝侧泵转速
Confidence=medium

[Point mix_valve_1_supply_line_temperature]
Read=input:40
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Label=Mixing valve 1 supply temperature
Label[zh_CN]=混水阀1供水温度

[Point buffer_tank_temperature]
Read=input:41
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Attribute=buffer.temperature

[Point mix_valve_1_position]
Read=input:43
Type=s16
Scale=0.01
Unit=%
Absent=0x7FFF
Label=Mixing valve 1
Label[zh_CN]=混水阀1开度
Confidence=medium

[Point brine_circulation_pump_speed]
Read=input:44
Type=s16
Scale=0.01
Unit=%
Absent=0x7FFF
Label=Brine pump speed
Label[zh_CN]=盐水泵转速
Confidence=medium

[Point hgw_supply_line_temperature]
Read=input:45
When=setting.model == inverter
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Label=HGW supply line temperature
Label[zh_CN]=HGW 供水温度

[Point compressor_operating_hours]
Read=input:48
Type=u32
Unit=h
Attribute=compressor_hours
Period=1min

[Point tap_water_operating_hours]
Read=input:50
Type=u32
Unit=h
Attribute=hot_water_hours
Period=1min

[Point external_additional_heater_operating_hours]
Read=input:52
Type=u32
Unit=h
Attribute=backup_heater_hours
Period=1min

[Point compressor_speed_percent]
Read=input:54
Type=s16
Scale=0.01
Unit=%
Absent=0x7FFF
Attribute=compressor_load
Confidence=medium

[Point second_prioritised_demand]
Read=input:55
Type=u16
Enum=0:off 1:manual_operation 2:defrost 3:hot_water 4:heat 5:cool 6:pool 7:anti_legionella 98:standby 99:no_demand
Label=Next demand
Label[zh_CN]=次要任务

[Point third_prioritised_demand]
Read=input:56
Type=u16
Enum=0:off 1:manual_operation 2:defrost 3:hot_water 4:heat 5:cool 6:pool 7:anti_legionella 98:standby 99:no_demand
Label=Third demand
Label[zh_CN]=第三任务

[Point software_version_major]
Read=input:57
Type=s16
Absent=0x7FFF
Period=1h
Label=Software version major
Label[zh_CN]=软件主版本

[Point software_version_minor]
Read=input:58
Type=s16
Absent=0x7FFF
Period=1h
Label=Software version minor
Label[zh_CN]=软件次版本

[Point software_version_micro]
Read=input:59
Type=s16
Absent=0x7FFF
Period=1h
Label=Software version micro
Label[zh_CN]=软件修订号

[Point compressor_temporarily_blocked]
Read=input:60
Type=s16
Absent=0x7FFF
Label=Compressor temporarily blocked
Label[zh_CN]=压缩机暂时锁定

[Point compressor_current_gear]
Read=input:61
Type=s16
Scale=0.01
Absent=0x7FFF
Label=Compressor current gear
Label[zh_CN]=压缩机当前档位

[Point queued_demand_first_priority]
Read=input:62
Type=u16
Enum=0:off 1:manual_operation 2:defrost 3:hot_water 4:heat 5:cool 6:pool 7:anti_legionella 98:standby 99:no_demand
Label=Queued demand first priority
Label[zh_CN]=排队任务1

[Point queued_demand_second_priority]
Read=input:63
Type=u16
Enum=0:off 1:manual_operation 2:defrost 3:hot_water 4:heat 5:cool 6:pool 7:anti_legionella 98:standby 99:no_demand
Label=Queued demand second priority
Label[zh_CN]=排队任务2

[Point queued_demand_third_priority]
Read=input:64
Type=u16
Enum=0:off 1:manual_operation 2:defrost 3:hot_water 4:heat 5:cool 6:pool 7:anti_legionella 98:standby 99:no_demand
Label=Queued demand third priority
Label[zh_CN]=排队任务3

[Point queued_demand_fourth_priority]
Read=input:65
Type=u16
Enum=0:off 1:manual_operation 2:defrost 3:hot_water 4:heat 5:cool 6:pool 7:anti_legionella 98:standby 99:no_demand
Label=Queued demand fourth priority
Label[zh_CN]=排队任务4

[Point queued_demand_fifth_priority]
Read=input:66
Type=u16
Enum=0:off 1:manual_operation 2:defrost 3:hot_water 4:heat 5:cool 6:pool 7:anti_legionella 98:standby 99:no_demand
Label=Queued demand fifth priority
Label[zh_CN]=排队任务5

[Point internal_additional_heater_current_step]
Read=input:67
When=setting.model == inverter
Type=s16
Absent=0x7FFF
Label=Internal additional heater current step
Label[zh_CN]=内置辅助加热级数

[Point buffer_tank_charge_set_point]
Read=input:68
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Label=Buffer tank charge set point
Label[zh_CN]=缓冲水箱设定
Confidence=medium

[Point electric_meter_l1_current]
Read=input:69
When=setting.model == inverter
Type=s16
Scale=0.01
Unit=A
Absent=0x7FFF
Label=Current L1
Label[zh_CN]=L1电流
Confidence=medium

[Point electric_meter_l2_current]
Read=input:70
When=setting.model == inverter
Type=s16
Scale=0.01
Unit=A
Absent=0x7FFF
Label=Current L2
Label[zh_CN]=L2电流
Confidence=medium

[Point electric_meter_l3_current]
Read=input:71
When=setting.model == inverter
Type=s16
Scale=0.01
Unit=A
Absent=0x7FFF
Label=Current L3
Label[zh_CN]=L3电流
Confidence=medium

[Point electric_meter_l1_0_voltage]
Read=input:72
When=setting.model == inverter
Type=s16
Scale=0.01
Unit=V
Absent=0x7FFF
Label=Voltage L1
Label[zh_CN]=L1电压
Confidence=medium

[Point electric_meter_l2_0_voltage]
Read=input:73
When=setting.model == inverter
Type=s16
Scale=0.01
Unit=V
Absent=0x7FFF
Label=Voltage L2
Label[zh_CN]=L2电压
Confidence=medium

[Point electric_meter_l3_0_voltage]
Read=input:74
When=setting.model == inverter
Type=s16
Scale=0.01
Unit=V
Absent=0x7FFF
Label=Voltage L3
Label[zh_CN]=L3电压
Confidence=medium

[Point electric_meter_l1_l2_voltage]
Read=input:75
When=setting.model == inverter
Type=s16
Scale=0.1
Unit=V
Absent=0x7FFF
Label=Voltage L1-L2
Label[zh_CN]=L1-L2电压
Confidence=medium

[Point electric_meter_l2_l3_voltage]
Read=input:76
When=setting.model == inverter
Type=s16
Scale=0.1
Unit=V
Absent=0x7FFF
Label=Voltage L2-L3
Label[zh_CN]=L2-L3电压
Confidence=medium

[Point electric_meter_l3_l1_voltage]
Read=input:77
When=setting.model == inverter
Type=s16
Scale=0.1
Unit=V
Absent=0x7FFF
Label=Voltage L3-L1
Label[zh_CN]=L3-L1电压
Confidence=medium

[Point electric_meter_l1_power]
Read=input:78
When=setting.model == inverter
Type=s16
Absent=0x7FFF
Label=Power L1
Label[zh_CN]=L1功率
Confidence=low

[Point electric_meter_l2_power]
Read=input:79
When=setting.model == inverter
Type=s16
Absent=0x7FFF
Label=Power L2
Label[zh_CN]=L2功率
Confidence=low

[Point electric_meter_l3_power]
Read=input:80
When=setting.model == inverter
Type=s16
Absent=0x7FFF
Label=Power L3
Label[zh_CN]=L3功率
Confidence=low

[Point electric_meter_meter_value]
Read=input:81
When=setting.model == inverter
Type=s16
Absent=0x7FFF
Label=Electricity meter reading
Label[zh_CN]=电表读数

[Point comfort_mode]
Read=input:82
Type=s16
Absent=0x7FFF
Label=Comfort mode
Label[zh_CN]=舒适模式

[Point electric_meter_kwh_total]
Read=input:83
When=setting.model == inverter
Type=u32
Unit=kWh
Attribute=energy_imported
Period=1min

[Point twc_valve_position]
Read=input:86
Type=s16
Scale=0.01
Absent=0x7FFF
Label=TWC valve position
Label[zh_CN]=TWC 阀开度

[Point mix_valve_2_position]
Read=input:87
Type=s16
Scale=0.01
Absent=0x7FFF
Label=Mix valve 2 position
Label[zh_CN]=混水阀2开度

[Point mix_valve_3_position]
Read=input:88
Type=s16
Scale=0.01
Absent=0x7FFF
Label=Mix valve 3 position
Label[zh_CN]=混水阀3开度

[Point mix_valve_4_position]
Read=input:89
Type=s16
Scale=0.01
Absent=0x7FFF
Label=Mix valve 4 position
Label[zh_CN]=混水阀4开度

[Point mix_valve_5_position]
Read=input:90
Type=s16
Scale=0.01
Absent=0x7FFF
Label=Mix valve 5 position
Label[zh_CN]=混水阀5开度

[Point pool_supply_line_mix_valve_position]
Read=input:94
Type=s16
Scale=0.01
Absent=0x7FFF
Label=Pool supply line mix valve position
Label[zh_CN]=泳池供水混水阀开度

[Point twc_supply_line_temperature]
Read=input:95
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Label=TWC supply line temperature
Label[zh_CN]=TWC 供水温度

[Point twc_return_temperature]
Read=input:96
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Label=TWC return temperature
Label[zh_CN]=TWC 回水温度

[Point twc_end_tank_temperature]
Read=input:98
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Label=TWC end tank temperature
Label[zh_CN]=热水末端水箱温度

[Point mix_valve_2_supply_line_temperature]
Read=input:99
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Label=Mix valve 2 supply line temperature
Label[zh_CN]=混水阀2供水温度

[Point mix_valve_3_supply_line_temperature]
Read=input:100
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Label=Mix valve 3 supply line temperature
Label[zh_CN]=混水阀3供水温度

[Point operational_mode]
Read=holding:0
Type=s16
Absent=0x7FFF
Period=5min
Label=Operation mode
Label[zh_CN]=运行方式

[Point max_limitation]
Read=holding:3
Type=s16
Scale=0.01
Absent=0x7FFF
Period=5min
Label=Max limitation
Label[zh_CN]=最高限值

[Point min_limitation]
Read=holding:4
Type=s16
Scale=0.01
Absent=0x7FFF
Period=5min
Label=Min limitation
Label[zh_CN]=最低限值

[Point comfort_wheel_setting]
Read=holding:5
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=5min
Label=Comfort wheel
Label[zh_CN]=舒适度设定
Confidence=medium

[Point set_point_heat_curve_y_1]
Read=holding:6
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Set point heat curve y 1
Label[zh_CN]=供暖曲线Y1
Confidence=medium

[Point set_point_heat_curve_y_2]
Read=holding:7
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Set point heat curve y 2
Label[zh_CN]=供暖曲线Y2
Confidence=medium

[Point set_point_heat_curve_y_3]
Read=holding:8
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Set point heat curve y 3
Label[zh_CN]=供暖曲线Y3
Confidence=medium

[Point set_point_heat_curve_y_4]
Read=holding:9
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Set point heat curve y 4
Label[zh_CN]=供暖曲线Y4
Confidence=medium

[Point set_point_heat_curve_y_5]
Read=holding:10
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Set point heat curve y 5
Label[zh_CN]=供暖曲线Y5
Confidence=medium

[Point set_point_heat_curve_y_6]
Read=holding:11
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Set point heat curve y 6
Label[zh_CN]=供暖曲线Y6
Confidence=medium

[Point set_point_heat_curve_y_7]
Read=holding:12
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Set point heat curve y 7
Label[zh_CN]=供暖曲线Y7
Confidence=medium

[Point heating_season_stop_temperature]
Read=holding:16
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=5min
Label=Heating stops above
Label[zh_CN]=停止供暖温度

[Point start_temperature_tap_water]
Read=holding:22
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=5min
Label=Hot water start temperature
Label[zh_CN]=热水启动温度

[Point stop_temperature_tap_water]
Read=holding:23
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Attribute=tank.setpoint
Period=5min

[Point minimum_allowed_gear_in_heating]
Read=holding:26
Type=s16
Absent=0x7FFF
Period=1h
Label=Minimum allowed gear in heating
Label[zh_CN]=供暖最低档位

[Point maximum_allowed_gear_in_heating]
Read=holding:27
Type=s16
Absent=0x7FFF
Period=1h
Label=Maximum allowed gear in heating
Label[zh_CN]=供暖最高档位

[Point maximum_allowed_gear_in_tap_water]
Read=holding:28
Type=s16
Absent=0x7FFF
Period=1h
Label=Maximum allowed gear in tap water
Label[zh_CN]=热水最高档位

[Point minimum_allowed_gear_in_tap_water]
Read=holding:29
Type=s16
Absent=0x7FFF
Period=1h
Label=Minimum allowed gear in tap water
Label[zh_CN]=热水最低档位

[Point twc_mix_valve_set_point]
Read=holding:31
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=5min
Label=TWC mix valve set point
Label[zh_CN]=TWC 混水阀设定温度
Confidence=medium

[Point twc_mix_valve_lowest_allowed_opening_degree]
Read=holding:33
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=TWC mix valve lowest allowed opening degree
Label[zh_CN]=TWC 混水阀最小开度

[Point twc_mix_valve_highest_allowed_opening_degree]
Read=holding:34
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=TWC mix valve highest allowed opening degree
Label[zh_CN]=TWC 混水阀最大开度

[Point twc_start_temperature_immersion_heater]
Read=holding:35
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=5min
Label=TWC start temperature immersion heater
Label[zh_CN]=TWC 电加热启动温度

[Point twc_start_delay_immersion_heater]
Read=holding:36
Type=s16
Scale=0.01
Absent=0x7FFF
Period=5min
Label=TWC start delay immersion heater
Label[zh_CN]=TWC 电加热启动延时

[Point twc_stop_temperature_immersion_heater]
Read=holding:37
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=5min
Label=TWC stop temperature immersion heater
Label[zh_CN]=TWC 电加热停止温度

[Point mix_valve_2_lowest_allowed_opening_degree]
Read=holding:40
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=Mix valve 2 lowest allowed opening degree
Label[zh_CN]=混水阀2最小开度

[Point mix_valve_2_highest_allowed_opening_degree]
Read=holding:41
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=Mix valve 2 highest allowed opening degree
Label[zh_CN]=混水阀2最大开度

[Point mix_valve_3_lowest_allowed_opening_degree]
Read=holding:42
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=Mix valve 3 lowest allowed opening degree
Label[zh_CN]=混水阀3最小开度

[Point mix_valve_3_highest_allowed_opening_degree]
Read=holding:43
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=Mix valve 3 highest allowed opening degree
Label[zh_CN]=混水阀3最大开度

[Point mix_valve_4_lowest_allowed_opening_degree]
Read=holding:44
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=Mix valve 4 lowest allowed opening degree
Label[zh_CN]=混水阀4最小开度

[Point mix_valve_4_highest_allowed_opening_degree]
Read=holding:45
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=Mix valve 4 highest allowed opening degree
Label[zh_CN]=混水阀4最大开度

[Point mix_valve_5_lowest_allowed_opening_degree]
Read=holding:46
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=Mix valve 5 lowest allowed opening degree
Label[zh_CN]=混水阀5最小开度

[Point mix_valve_5_highest_allowed_opening_degree]
Read=holding:47
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=Mix valve 5 highest allowed opening degree
Label[zh_CN]=混水阀5最大开度

[Point pool_charge_set_point]
Read=holding:58
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=5min
Label=Pool setpoint
Label[zh_CN]=泳池设定温度
Confidence=medium

[Point enable_wcs]
Read=coil:13
When=setting.model == mega
Type=bit
Period=5min
Label=Enable WCS
Label[zh_CN]=启用WCS

[Point enable_hot_gas_pump]
Read=coil:14
When=setting.model == mega
Type=bit
Period=5min
Label=Enable hot gas pump
Label[zh_CN]=启用热气泵

[Point enable_dew_point_calculation]
Read=coil:23
When=setting.model == mega
Type=bit
Period=5min
Label=Enable dew point calculation
Label[zh_CN]=启用露点计算

[Point enable_surplus_heat_chiller]
Read=coil:29
When=setting.model == mega
Type=bit
Period=5min
Label=Enable surplus heat to the chiller
Label[zh_CN]=启用余热（冷却器）

[Point enable_surplus_heat_borehole]
Read=coil:30
When=setting.model == mega
Type=bit
Period=5min
Label=Enable surplus heat to the borehole
Label[zh_CN]=启用余热（地埋孔）

[Point enable_fixed_system_supply_set_point]
Read=coil:41
When=setting.model == mega
Type=bit
Period=5min
Label=Enable fixed system supply setpoint
Label[zh_CN]=启用固定系统供水设定

[Point enable_evaporator_freeze_protection]
Read=coil:42
When=setting.model == mega
Type=bit
Period=5min
Label=Enable evaporator freeze protection
Label[zh_CN]=启用蒸发器防冻

[Point outdoor_dependent_cooling_mix_valve_2]
Read=coil:43
When=setting.model == mega
Type=bit
Period=5min
Label=Cooling by outdoor temperature, mix valve 2
Label[zh_CN]=混水阀2：制冷随室外温度

[Point enable_dew_point_calculation_mix_valve_2]
Read=coil:44
When=setting.model == mega
Type=bit
Period=5min
Label=Dew point calculation, mix valve 2
Label[zh_CN]=混水阀2：露点计算

[Point outdoor_dependent_heating_mix_valve_2]
Read=coil:45
When=setting.model == mega
Type=bit
Period=5min
Label=Heating by outdoor temperature, mix valve 2
Label[zh_CN]=混水阀2：供暖随室外温度

[Point outdoor_dependent_cooling_mix_valve_3]
Read=coil:46
When=setting.model == mega
Type=bit
Period=5min
Label=Cooling by outdoor temperature, mix valve 3
Label[zh_CN]=混水阀3：制冷随室外温度

[Point enable_dew_point_calculation_mix_valve_3]
Read=coil:47
When=setting.model == mega
Type=bit
Period=5min
Label=Dew point calculation, mix valve 3
Label[zh_CN]=混水阀3：露点计算

[Point outdoor_dependent_heating_mix_valve_3]
Read=coil:48
When=setting.model == mega
Type=bit
Period=5min
Label=Heating by outdoor temperature, mix valve 3
Label[zh_CN]=混水阀3：供暖随室外温度

[Point outdoor_dependent_cooling_mix_valve_4]
Read=coil:49
When=setting.model == mega
Type=bit
Period=5min
Label=Cooling by outdoor temperature, mix valve 4
Label[zh_CN]=混水阀4：制冷随室外温度

[Point enable_dew_point_calculation_mix_valve_4]
Read=coil:50
When=setting.model == mega
Type=bit
Period=5min
Label=Dew point calculation, mix valve 4
Label[zh_CN]=混水阀4：露点计算

[Point outdoor_dependent_heating_mix_valve_4]
Read=coil:51
When=setting.model == mega
Type=bit
Period=5min
Label=Heating by outdoor temperature, mix valve 4
Label[zh_CN]=混水阀4：供暖随室外温度

[Point outdoor_dependent_cooling_mix_valve_5]
Read=coil:52
When=setting.model == mega
Type=bit
Period=5min
Label=Cooling by outdoor temperature, mix valve 5
Label[zh_CN]=混水阀5：制冷随室外温度

[Point enable_dew_point_calculation_mix_valve_5]
Read=coil:53
When=setting.model == mega
Type=bit
Period=5min
Label=Dew point calculation, mix valve 5
Label[zh_CN]=混水阀5：露点计算

[Point outdoor_dependent_heating_mix_valve_5]
Read=coil:54
When=setting.model == mega
Type=bit
Period=5min
Label=Heating by outdoor temperature, mix valve 5
Label[zh_CN]=混水阀5：供暖随室外温度

[Point enable_brine_pump_when_cooling_mix_valve_2]
Read=coil:55
When=setting.model == mega
Type=bit
Period=5min
Label=Brine pump runs while mix valve 2 cools
Label[zh_CN]=混水阀2制冷时启动盐水泵

[Point enable_brine_pump_when_cooling_mix_valve_3]
Read=coil:56
When=setting.model == mega
Type=bit
Period=5min
Label=Brine pump runs while mix valve 3 cools
Label[zh_CN]=混水阀3制冷时启动盐水泵

[Point enable_brine_pump_when_cooling_mix_valve_4]
Read=coil:57
When=setting.model == mega
Type=bit
Period=5min
Label=Brine pump runs while mix valve 4 cools
Label[zh_CN]=混水阀4制冷时启动盐水泵

[Point enable_brine_pump_when_cooling_mix_valve_5]
Read=coil:58
When=setting.model == mega
Type=bit
Period=5min
Label=Brine pump runs while mix valve 5 cools
Label[zh_CN]=混水阀5制冷时启动盐水泵

[Point external_relay_brine_ground_water_pump]
Read=discrete:79
When=setting.model == mega
Type=bit
Period=30s
Label=External relay of the brine or ground water pump
Label[zh_CN]=盐水/地下水泵外部继电器

[Point hot_gas_circulation_pump]
Read=discrete:213
When=setting.model == mega
Type=bit
Period=30s
Label=Hot gas circulation pump
Label[zh_CN]=热气循环泵

[Point wcs_regulation]
Read=discrete:232
When=setting.model == mega
Type=bit
Period=30s
Label=WCS regulation
Label[zh_CN]=WCS调节

[Point wcs_circulation_pump]
Read=discrete:233
When=setting.model == mega
Type=bit
Period=30s
Label=WCS circulation pump
Label[zh_CN]=WCS循环泵

[Point cooling_circuit_circulation_pump]
Read=discrete:236
When=setting.model == mega
Type=bit
Period=30s
Label=Cooling circuit circulation pump
Label[zh_CN]=制冷回路循环泵

[Point surplus_heat_directional_valve]
Read=discrete:238
When=setting.model == mega
Type=bit
Period=30s
Label=Surplus heat directional valve
Label[zh_CN]=余热换向阀

[Point surplus_heat_circulation_pump]
Read=discrete:239
When=setting.model == mega
Type=bit
Period=30s
Label=Surplus heat circulation pump
Label[zh_CN]=余热循环泵

[Point cooling_circuit_regulation]
Read=discrete:240
When=setting.model == mega
Type=bit
Period=30s
Label=Cooling circuit regulation
Label[zh_CN]=制冷回路调节

[Point surplus_heat_regulation]
Read=discrete:241
When=setting.model == mega
Type=bit
Period=30s
Label=Surplus heat regulation
Label[zh_CN]=余热调节

[Point active_cooling_directional_valve]
Read=discrete:242
When=setting.model == mega
Type=bit
Period=30s
Label=Active cooling directional valve
Label[zh_CN]=主动制冷换向阀

[Point passive_active_cooling_directional_valve]
Read=discrete:243
When=setting.model == mega
Type=bit
Period=30s
Label=Passive or active cooling directional valve
Label[zh_CN]=被动/主动制冷换向阀

[Point hot_water_directional_valve_position]
Read=input:47
When=setting.model == mega
Type=s16
Absent=0x7FFF
Period=1min
Label=Hot water directional valve
Label[zh_CN]=热水换向阀

[Point wcs_valve_position]
Read=input:85
When=setting.model == mega
Type=s16
Scale=0.01
Absent=0x7FFF
Label=WCS valve position
Label[zh_CN]=WCS阀开度

[Point dew_point_room]
Read=input:91
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Possible=-60..150
Label=Dew point in the room
Label[zh_CN]=室内露点

[Point cooling_supply_line_mix_valve_position]
Read=input:92
When=setting.model == mega
Type=s16
Scale=0.01
Absent=0x7FFF
Label=Cooling supply mix valve position
Label[zh_CN]=制冷供水混水阀开度

[Point surplus_heat_fan_speed]
Read=input:93
When=setting.model == mega
Type=s16
Scale=0.01
Absent=0x7FFF
Label=Surplus heat fan speed
Label[zh_CN]=余热风机转速

[Point wcs_return_line_temperature]
Read=input:97
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Possible=-60..150
Label=WCS return temperature
Label[zh_CN]=WCS回水温度

[Point cooling_circuit_return_line_temperature]
Read=input:103
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Possible=-60..150
Label=Cooling circuit return temperature
Label[zh_CN]=制冷回路回水温度

[Point cooling_tank_temperature]
Read=input:104
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Possible=-60..150
Label=Cooling tank temperature
Label[zh_CN]=冷水箱温度

[Point cooling_tank_return_line_temperature]
Read=input:105
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Possible=-60..150
Label=Cooling tank return temperature
Label[zh_CN]=冷水箱回水温度

[Point cooling_circuit_supply_line_temperature]
Read=input:106
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Possible=-60..150
Label=Cooling circuit supply temperature
Label[zh_CN]=制冷回路供水温度

[Point surplus_heat_return_line_temperature]
Read=input:117
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Possible=-60..150
Label=Surplus heat return temperature
Label[zh_CN]=余热回水温度

[Point surplus_heat_supply_line_temperature]
Read=input:118
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Possible=-60..150
Label=Surplus heat supply temperature
Label[zh_CN]=余热供水温度

[Point available_secondaries_genesis]
Read=input:143
When=setting.model == mega
Type=s16
Absent=0x7FFF
Period=1min
Label=Genesis secondary units
Label[zh_CN]=Genesis从机数量

[Point available_secondaries_legacy]
Read=input:144
When=setting.model == mega
Type=s16
Absent=0x7FFF
Period=1min
Label=Older secondary units
Label[zh_CN]=旧型从机数量

[Point disconnect_hot_gas_end_tank]
Read=input:152
When=setting.model == mega
Type=s16
Absent=0x7FFF
Period=1min
Label=Hot gas end tank disconnected
Label[zh_CN]=热气末端水箱断开

[Point legacy_heat_pump_compressor_running]
Read=input:153
When=setting.model == mega
Type=s16
Absent=0x7FFF
Period=1min
Label=Older heat pump, compressor
Label[zh_CN]=旧型热泵压缩机

[Point legacy_heat_pump_reporting_alarm]
Read=input:154
When=setting.model == mega
Type=s16
Absent=0x7FFF
Period=1min
Label=Older heat pump, alarm
Label[zh_CN]=旧型热泵报警

[Point legacy_heat_pump_start_signal]
Read=input:155
When=setting.model == mega
Type=s16
Absent=0x7FFF
Period=1min
Label=Older heat pump, start
Label[zh_CN]=旧型热泵启动

[Point legacy_heat_pump_tap_water_signal]
Read=input:156
When=setting.model == mega
Type=s16
Absent=0x7FFF
Period=1min
Label=Older heat pump, hot water
Label[zh_CN]=旧型热泵热水

[Point primary_class_d_alarms]
Read=input:160
When=setting.model == mega
Type=s16
Absent=0x7FFF
Period=1min
Label=Primary unit: any class D alarm
Label[zh_CN]=主机：D级报警汇总

[Point primary_lost_communication]
Read=input:161
When=setting.model == mega
Type=s16
Absent=0x7FFF
Period=1min
Label=Primary unit: communication lost
Label[zh_CN]=主机：通信中断

[Point primary_class_a_on_secondary]
Read=input:162
When=setting.model == mega
Type=s16
Absent=0x7FFF
Period=1min
Label=Primary unit: class A alarm on a secondary
Label[zh_CN]=主机：从机A级报警

[Point primary_class_b_on_secondary]
Read=input:163
When=setting.model == mega
Type=s16
Absent=0x7FFF
Period=1min
Label=Primary unit: class B alarm on a secondary
Label[zh_CN]=主机：从机B级报警

[Point primary_class_e_alarms]
Read=input:170
When=setting.model == mega
Type=s16
Absent=0x7FFF
Period=1min
Label=Primary unit: any class E alarm
Label[zh_CN]=主机：E级报警汇总

[Point primary_legacy_alarm]
Read=input:171
When=setting.model == mega
Type=s16
Absent=0x7FFF
Period=1min
Label=Primary unit: alarm of an older heat pump
Label[zh_CN]=主机：旧型热泵报警

[Point primary_expansion_lost]
Read=input:173
When=setting.model == mega
Type=s16
Absent=0x7FFF
Period=1min
Label=Primary unit: no communication with the expansion
Label[zh_CN]=主机：与扩展模块通信中断

[Point cooling_mix_valve_set_point]
Read=holding:30
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Cooling mix valve setpoint
Label[zh_CN]=制冷混水阀设定

[Point wcs_return_line_set_point]
Read=holding:32
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=WCS return setpoint
Label[zh_CN]=WCS回水设定

[Point wcs_mix_valve_lowest]
Read=holding:38
When=setting.model == mega
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=WCS mix valve, least opening
Label[zh_CN]=WCS混水阀最小开度

[Point wcs_mix_valve_highest]
Read=holding:39
When=setting.model == mega
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=WCS mix valve, largest opening
Label[zh_CN]=WCS混水阀最大开度

[Point cooling_mix_valve_lowest]
Read=holding:49
When=setting.model == mega
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=Cooling supply mix valve, least opening
Label[zh_CN]=制冷供水混水阀最小开度

[Point cooling_mix_valve_highest]
Read=holding:50
When=setting.model == mega
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=Cooling supply mix valve, largest opening
Label[zh_CN]=制冷供水混水阀最大开度

[Point surplus_heat_start_fan_1]
Read=holding:51
When=setting.model == mega
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=Surplus heat: fan 1 starts at opening
Label[zh_CN]=余热：风机1启动开度

[Point surplus_heat_start_fan_2]
Read=holding:52
When=setting.model == mega
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=Surplus heat: fan 2 starts at opening
Label[zh_CN]=余热：风机2启动开度

[Point surplus_heat_stop_fan_1]
Read=holding:53
When=setting.model == mega
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=Surplus heat: fan 1 stops at opening
Label[zh_CN]=余热：风机1停止开度

[Point surplus_heat_stop_fan_2]
Read=holding:54
When=setting.model == mega
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=Surplus heat: fan 2 stops at opening
Label[zh_CN]=余热：风机2停止开度

[Point surplus_heat_lowest]
Read=holding:55
When=setting.model == mega
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=Surplus heat, least opening
Label[zh_CN]=余热最小开度

[Point surplus_heat_highest]
Read=holding:56
When=setting.model == mega
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=Surplus heat, largest opening
Label[zh_CN]=余热最大开度

[Point pool_mix_valve_lowest]
Read=holding:59
When=setting.model == mega
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=Pool mix valve, least opening
Label[zh_CN]=泳池混水阀最小开度

[Point pool_mix_valve_highest]
Read=holding:60
When=setting.model == mega
Type=s16
Scale=0.01
Absent=0x7FFF
Period=1h
Label=Pool mix valve, largest opening
Label[zh_CN]=泳池混水阀最大开度

[Point surplus_heat_chiller_set_point]
Read=holding:48
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Surplus heat chiller setpoint
Label[zh_CN]=余热冷却器设定

[Point hot_gas_pump_start]
Read=holding:71
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Hot gas pump starts at discharge temperature
Label[zh_CN]=热气泵启动排气温度

[Point hot_gas_pump_lower_stop]
Read=holding:72
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Hot gas pump, lower stop
Label[zh_CN]=热气泵下限停止温度

[Point hot_gas_pump_upper_stop]
Read=holding:73
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Hot gas pump, upper stop
Label[zh_CN]=热气泵上限停止温度

[Point mix_valve_2_mode]
Read=holding:305
When=setting.model == mega
Type=s16
Absent=0x7FFF
Period=1h
Label=Mix valve 2, mode (number)
Label[zh_CN]=混水阀2模式（编号）

[Point mix_valve_2_cooling_setpoint]
Read=holding:306
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Mix valve 2, cooling setpoint
Label[zh_CN]=混水阀2制冷设定

[Point mix_valve_2_cooling_season]
Read=holding:307
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Mix valve 2, cooling season above
Label[zh_CN]=混水阀2制冷季室外温度

[Point mix_valve_2_heating_season]
Read=holding:308
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Mix valve 2, heating season below
Label[zh_CN]=混水阀2供暖季室外温度

[Point mix_valve_3_mode]
Read=holding:309
When=setting.model == mega
Type=s16
Absent=0x7FFF
Period=1h
Label=Mix valve 3, mode (number)
Label[zh_CN]=混水阀3模式（编号）

[Point mix_valve_3_cooling_setpoint]
Read=holding:310
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Mix valve 3, cooling setpoint
Label[zh_CN]=混水阀3制冷设定

[Point mix_valve_3_cooling_season]
Read=holding:311
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Mix valve 3, cooling season above
Label[zh_CN]=混水阀3制冷季室外温度

[Point mix_valve_3_heating_season]
Read=holding:312
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Mix valve 3, heating season below
Label[zh_CN]=混水阀3供暖季室外温度

[Point mix_valve_4_mode]
Read=holding:313
When=setting.model == mega
Type=s16
Absent=0x7FFF
Period=1h
Label=Mix valve 4, mode (number)
Label[zh_CN]=混水阀4模式（编号）

[Point mix_valve_4_cooling_setpoint]
Read=holding:314
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Mix valve 4, cooling setpoint
Label[zh_CN]=混水阀4制冷设定

[Point mix_valve_4_cooling_season]
Read=holding:315
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Mix valve 4, cooling season above
Label[zh_CN]=混水阀4制冷季室外温度

[Point mix_valve_4_heating_season]
Read=holding:316
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Mix valve 4, heating season below
Label[zh_CN]=混水阀4供暖季室外温度

[Point mix_valve_5_mode]
Read=holding:317
When=setting.model == mega
Type=s16
Absent=0x7FFF
Period=1h
Label=Mix valve 5, mode (number)
Label[zh_CN]=混水阀5模式（编号）

[Point mix_valve_5_cooling_setpoint]
Read=holding:318
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Mix valve 5, cooling setpoint
Label[zh_CN]=混水阀5制冷设定

[Point mix_valve_5_cooling_season]
Read=holding:319
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Mix valve 5, cooling season above
Label[zh_CN]=混水阀5制冷季室外温度

[Point mix_valve_5_heating_season]
Read=holding:320
When=setting.model == mega
Type=s16
Scale=0.01
Unit=°C
Absent=0x7FFF
Period=1h
Label=Mix valve 5, heating season below
Label[zh_CN]=混水阀5供暖季室外温度

[Fault discrete:9]
Read=discrete:9
Meaning=High pressure switch alarm
Meaning[zh_CN]=高压开关
Component=refrigerant circuit
Causes=hp.high_pressure heat.low_flow
Household=no

[Fault discrete:10]
Read=discrete:10
Meaning=Low pressure level alarm
Meaning[zh_CN]=低压
Component=refrigerant circuit
Causes=hp.low_pressure hp.refrigerant_leak
Household=no

[Fault discrete:11]
Read=discrete:11
Meaning=High discharge pipe temperature alarm
Meaning[zh_CN]=排气管温度过高
Causes=hp.discharge_hot
Household=no

[Fault discrete:13]
Read=discrete:13
Meaning=Discharge pipe sensor alarm
Meaning[zh_CN]=排气管传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:14]
Read=discrete:14
Meaning=Liquid line sensor alarm
Meaning[zh_CN]=液管传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:15]
Read=discrete:15
Meaning=Suction gas sensor alarm
Meaning[zh_CN]=吸气传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:16]
Read=discrete:16
Meaning=Flow pressure switch alarm
Meaning[zh_CN]=水流/压力开关
Component=refrigerant circuit
Severity=care
Household=yes

[Fault discrete:22]
Read=discrete:22
Meaning=Power input phase detection alarm
Meaning[zh_CN]=电源相序检测
Causes=any.supply_phase
Household=no

[Fault discrete:23]
Read=discrete:23
Meaning=Inverter unit alarm
Meaning[zh_CN]=变频器
Component=inverter
Causes=cool.inverter
Household=no

[Fault discrete:24]
Read=discrete:24
Meaning=System supply low temperature alarm
Meaning[zh_CN]=供水温度过低
Household=no

[Fault discrete:25]
Read=discrete:25
Meaning=Compressor low speed alarm
Meaning[zh_CN]=压缩机转速过低
Component=compressor
Household=no

[Fault discrete:26]
Read=discrete:26
Meaning=Low super heat alarm
Meaning[zh_CN]=过热度过低
Component=refrigerant circuit
Causes=hp.expansion_valve
Household=no

[Fault discrete:27]
Read=discrete:27
Meaning=Pressure ratio out of range alarm
Meaning[zh_CN]=压比超范围
Component=refrigerant circuit
Household=no

[Fault discrete:28]
Read=discrete:28
Meaning=Compressor pressure outside envelope alarm
Meaning[zh_CN]=压缩机压力超包络
Component=compressor
Household=no

[Fault discrete:29]
Read=discrete:29
Meaning=Brine temperature out of range alarm
Meaning[zh_CN]=盐水温度超范围
Causes=hp.source_cold
Household=no

[Fault discrete:30]
Read=discrete:30
Meaning=Brine in sensor alarm
Meaning[zh_CN]=盐水进口传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:31]
Read=discrete:31
Meaning=Brine out sensor alarm
Meaning[zh_CN]=盐水出口传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:32]
Read=discrete:32
Meaning=Condenser in sensor alarm
Meaning[zh_CN]=冷凝器进口传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:33]
Read=discrete:33
Meaning=Condenser out sensor alarm
Meaning[zh_CN]=冷凝器出口传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:34]
Read=discrete:34
Meaning=Outdoor sensor alarm
Meaning[zh_CN]=室外传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:35]
Read=discrete:35
Meaning=System supply line sensor alarm
Meaning[zh_CN]=系统供水传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:36]
Read=discrete:36
Meaning=Mix valve 1 supply line sensor alarm
Meaning[zh_CN]=混水阀1 供水传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:37]
Read=discrete:37
Meaning=Mix valve 2 supply line sensor alarm
Meaning[zh_CN]=混水阀2 供水传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:38]
Read=discrete:38
Meaning=Mix valve 3 supply line sensor alarm
Meaning[zh_CN]=混水阀3 供水传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:39]
Read=discrete:39
Meaning=Mix valve 4 supply line sensor alarm
Meaning[zh_CN]=混水阀4 供水传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:40]
Read=discrete:40
Meaning=Mix valve 5 supply line sensor alarm
Meaning[zh_CN]=混水阀5 供水传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:45]
Read=discrete:45
Meaning=TWC supply line sensor alarm
Meaning[zh_CN]=TWC 供水传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:47]
Read=discrete:47
Meaning=Cooling supply line sensor alarm
Meaning[zh_CN]=制冷供水传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:49]
Read=discrete:49
Meaning=Brine delta out of range alarm
Meaning[zh_CN]=盐水温差超范围
Causes=hp.brine
Household=no

[Fault discrete:50]
Read=discrete:50
Meaning=Tap water mid sensor alarm
Meaning[zh_CN]=热水中部传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:51]
Read=discrete:51
Meaning=TWC circulation return sensor alarm
Meaning[zh_CN]=TWC 循环回水传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:52]
Read=discrete:52
When=setting.model == inverter
Meaning=HGW sensor alarm
Meaning[zh_CN]=HGW 传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:53]
Read=discrete:53
When=setting.model == inverter
Meaning=Internal additional heater alarm
Meaning[zh_CN]=内置辅助加热器
Causes=any.electric_heater
Household=no

[Fault discrete:55]
Read=discrete:55
Meaning=Brine in high temperature alarm
Meaning[zh_CN]=盐水进口温度过高
Causes=hp.source_cold
Household=no

[Fault discrete:56]
Read=discrete:56
Meaning=Brine in low temperature alarm
Meaning[zh_CN]=盐水进口温度过低
Causes=hp.source_cold
Household=no

[Fault discrete:57]
Read=discrete:57
Meaning=Brine out low temperature alarm
Meaning[zh_CN]=盐水出口温度过低
Causes=hp.source_cold
Household=no

[Fault discrete:58]
Read=discrete:58
Meaning=TWC circulation return low temperature alarm
Meaning[zh_CN]=TWC 循环回水温度过低
Household=no

[Fault discrete:59]
Read=discrete:59
Meaning=TWC supply low temperature alarm
Meaning[zh_CN]=TWC 供水温度过低
Household=no

[Fault discrete:60]
Read=discrete:60
Meaning=Mix valve 1 supply temperature deviation alarm
Meaning[zh_CN]=混水阀1 供水温度偏差
Causes=heat.mixer
Household=no

[Fault discrete:61]
Read=discrete:61
Meaning=Mix valve 2 supply temperature deviation alarm
Meaning[zh_CN]=混水阀2 供水温度偏差
Causes=heat.mixer
Household=no

[Fault discrete:62]
Read=discrete:62
Meaning=Mix valve 3 supply temperature deviation alarm
Meaning[zh_CN]=混水阀3 供水温度偏差
Causes=heat.mixer
Household=no

[Fault discrete:63]
Read=discrete:63
Meaning=Mix valve 4 supply temperature deviation alarm
Meaning[zh_CN]=混水阀4 供水温度偏差
Causes=heat.mixer
Household=no

[Fault discrete:64]
Read=discrete:64
Meaning=Mix valve 5 supply temperature deviation alarm
Meaning[zh_CN]=混水阀5 供水温度偏差
Causes=heat.mixer
Household=no

[Fault discrete:74]
Read=discrete:74
Meaning=Temperature room sensor alarm
Meaning[zh_CN]=室温传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:75]
Read=discrete:75
Meaning=Inverter unit communication alarm
Meaning[zh_CN]=变频器通信
Component=inverter
Causes=cool.inverter
Household=no

[Fault discrete:76]
Read=discrete:76
Meaning=Pool return line sensor alarm
Meaning[zh_CN]=泳池回水传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:81]
Read=discrete:81
Meaning=Tap water end tank sensor alarm
Meaning[zh_CN]=热水末端水箱传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:82]
Read=discrete:82
When=setting.model == inverter
Meaning=Maximum time for anti legionella exceeded alarm
Meaning[zh_CN]=杀菌超时
Causes=any.legionella
Household=no

[Fault discrete:202]
Read=discrete:202
Meaning=External alarm input
Meaning[zh_CN]=外部报警输入
Causes=any.external_stop
Household=no

[Fault discrete:44]
Read=discrete:44
When=setting.model == mega
Meaning=WCS return line sensor alarm
Meaning[zh_CN]=WCS回水传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:46]
Read=discrete:46
When=setting.model == mega
Meaning=Cooling tank sensor alarm
Meaning[zh_CN]=冷水箱传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:48]
Read=discrete:48
When=setting.model == mega
Meaning=Cooling circuit return line sensor alarm
Meaning[zh_CN]=制冷回路回水传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:65]
Read=discrete:65
When=setting.model == mega
Meaning=WCS return line temperature deviation alarm
Meaning[zh_CN]=WCS回水温度偏差
Household=no

[Fault discrete:67]
Read=discrete:67
When=setting.model == mega
Meaning=Cooling circuit supply line temperature deviation alarm
Meaning[zh_CN]=制冷回路供水温度偏差
Household=no

[Fault discrete:68]
Read=discrete:68
When=setting.model == mega
Meaning=Cooling tank temperature deviation alarm
Meaning[zh_CN]=冷水箱温度偏差
Household=no

[Fault discrete:69]
Read=discrete:69
When=setting.model == mega
Meaning=Surplus heat temperature deviation alarm
Meaning[zh_CN]=余热温度偏差
Household=no

[Fault discrete:70]
Read=discrete:70
When=setting.model == mega
Meaning=Humidity room sensor alarm
Meaning[zh_CN]=室内湿度传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:71]
Read=discrete:71
When=setting.model == mega
Meaning=Surplus heat supply line sensor alarm
Meaning[zh_CN]=余热供水传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:72]
Read=discrete:72
When=setting.model == mega
Meaning=Surplus heat return line sensor alarm
Meaning[zh_CN]=余热回水传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault discrete:73]
Read=discrete:73
When=setting.model == mega
Meaning=Cooling tank return line sensor alarm
Meaning[zh_CN]=冷水箱回水传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

# Where hot water stops. The source names no endurance of the memory behind it; the budget is cautious.
[Write tank.setpoint]
Min=start_temperature_tap_water + 2 K
Max=65
Step=1
Budget=100000

# All alarms at once; what is still there comes again. The source names no endurance of the memory behind it; the budget
# is cautious.
[Write alarm_reset]
To=coil:3
Type=bit
Fixed=1
ReadBack=none
PerHour=2
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write hot_water_enabled]
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.enable_heat]
Budget=100000

# The unit is a guess (°C room temperature); to be seen on a real unit.
[Write vendor.comfort_wheel_setting]
Confidence=low
Min=5
Max=30
Step=0.5
Budget=100000
