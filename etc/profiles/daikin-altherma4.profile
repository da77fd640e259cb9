# SPDX-License-Identifier: CC0-1.0
# Daikin Altherma 4 air-to-water heat pumps through the Home Hub EKRHH, Modbus TCP. The maker's numbers begin at 1;
# addresses here are those on the wire, one less. 32766 says that there is no such value.
#
# A fault is two characters in one register and a number behind them, as the heat pump's display shows it (U4-01). The
# source has no list of them.
#
# Possible= is what such a sensor can tell; the source has no limits.
[Profile]
Maker=Daikin
Model=Altherma 4, Home Hub EKRHH
Kind=heat_pump
Name=Heat pump
Name[zh_CN]=热泵
Source=joklee/ha_daikin_altherma4_modbus const.py; evcc-io/evcc daikin-homehub.yaml
Confidence=high
Version=1

[Point unit_abnormality]
Read=input:20
Type=s16
Absent=32766
Enum=0:none 1:fault 2:warning
Label=Abnormality
Label[zh_CN]=异常状态

# Has a meaning only while there is an abnormality.
[Point unit_abnormality_code]
Read=input:21
When=unit_abnormality != none
Type=string2
Length=1
Attribute=fault_code
Fault=code
Detail=unit_abnormality_sub_code

[Point unit_abnormality_sub_code]
Read=input:22
Type=u16
Absent=32766
Hidden=yes

[Point three_way_valve]
Read=input:36
Type=u16
Absent=32766
Enum=0:space_heating 1:hot_water
Label=Three-way valve
Label[zh_CN]=三通阀

[Point operation_mode]
Read=input:37
Type=u16
Absent=32766
Enum=0:off 1:heat 2:cool
Attribute=running_mode

[Point leaving_water_temperature_phe]
Read=input:39
Type=s16
Scale=0.01
Unit=°C
Absent=32766
Possible=-40..130
Label=Flow temperature, heat exchanger
Label[zh_CN]=板换出水温度

[Point leaving_water_temperature_buh]
Read=input:40
Type=s16
Scale=0.01
Unit=°C
Absent=32766
Possible=-40..130
Attribute=flow.temperature

[Point return_water_temperature]
Read=input:41
Type=s16
Scale=0.01
Unit=°C
Absent=32766
Possible=-40..130
Attribute=return.temperature

[Point dhw_temperature]
Read=input:42
Type=s16
Scale=0.01
Unit=°C
Absent=32766
Possible=-40..130
Attribute=tank.temperature

[Point outside_air_temperature]
Read=input:43
Type=s16
Scale=0.01
Unit=°C
Absent=32766
Possible=-60..80
Attribute=outdoor_temperature

[Point flow_rate]
Read=input:48
Type=u16
Scale=0.01
Unit=L/min
Absent=32766
Attribute=flow.rate

[Point heat_pump_power_consumption]
Read=input:50
Type=u16
Scale=10
Unit=W
Absent=32766
Attribute=active_power

[Point dhw_normal_operation]
Read=input:51
Type=u16
Absent=32766
Enum=0:idle 1:operating
Label=Hot water operation
Label[zh_CN]=热水运行

[Point space_heating_cooling_normal_operation]
Read=input:52
Type=u16
Absent=32766
Enum=0:idle 1:operating
Label=Heating or cooling operation
Label[zh_CN]=供暖制冷运行

[Point leaving_water_main_heating_setpoint_lower]
Read=input:53
Type=s16
Scale=0.01
Unit=°C
Absent=32766
Attribute=min_heating_setpoint
Period=5min

[Point leaving_water_main_heating_setpoint_upper]
Read=input:54
Type=s16
Scale=0.01
Unit=°C
Absent=32766
Attribute=max_heating_setpoint
Period=5min

[Point leaving_water_main_cooling_setpoint_lower]
Read=input:55
Type=s16
Scale=0.01
Unit=°C
Absent=32766
Attribute=min_cooling_setpoint
Period=5min

[Point leaving_water_main_cooling_setpoint_upper]
Read=input:56
Type=s16
Scale=0.01
Unit=°C
Absent=32766
Attribute=max_cooling_setpoint
Period=5min

[Point leaving_water_add_heating_setpoint_lower]
Read=input:57
Type=s16
Scale=0.01
Unit=°C
Absent=32766
Period=5min
Label=Additional zone, lowest heat setpoint
Label[zh_CN]=附加区制热下限

[Point leaving_water_add_heating_setpoint_upper]
Read=input:58
Type=s16
Scale=0.01
Unit=°C
Absent=32766
Period=5min
Label=Additional zone, highest heat setpoint
Label[zh_CN]=附加区制热上限

[Point leaving_water_add_cooling_setpoint_lower]
Read=input:59
Type=s16
Scale=0.01
Unit=°C
Absent=32766
Period=5min
Label=Additional zone, lowest cool setpoint
Label[zh_CN]=附加区制冷下限

[Point leaving_water_add_cooling_setpoint_upper]
Read=input:60
Type=s16
Scale=0.01
Unit=°C
Absent=32766
Period=5min
Label=Additional zone, highest cool setpoint
Label[zh_CN]=附加区制冷上限

[Point disinfection_state]
Read=input:62
Type=u16
Absent=32766
Enum=0:unsuccessful 1:successful 2:maintain 3:heat_up
Period=1min
Label=Disinfection state
Label[zh_CN]=杀菌状态

[Point holiday_mode]
Read=input:63
Type=u16
Absent=32766
Enum=0:off 1:on
Period=1min
Label=Holiday mode
Label[zh_CN]=假日模式

[Point demand_response_mode]
Read=input:64
Type=u16
Absent=32766
Enum=0:free 1:forced_off 2:forced_on 3:recommended_on 4:reduced
Period=1min
Label=Demand response
Label[zh_CN]=需求响应

[Point sg_ready]
Read=input:64
Type=u16
Absent=32766
Enum=0:normal 1:blocked 2:forced 3:recommended
Attribute=sg_ready
Period=1min

[Point bypass_valve_position]
Read=input:65
Type=u16
Unit=%
Absent=32766
Period=1min
Label=Bypass valve
Label[zh_CN]=旁通阀开度

[Point tank_valve_position]
Read=input:66
Type=u16
Unit=%
Absent=32766
Period=1min
Label=Tank valve
Label[zh_CN]=水箱阀开度

# A speed in L/min: the source's unit is in doubt.
[Point circulation_pump_speed]
Read=input:67
Type=u16
Unit=L/min
Absent=32766
Period=1min
Label=Circulation pump speed
Label[zh_CN]=循环泵转速
Confidence=low

[Point mixed_pump_pwm]
Read=input:68
Type=u16
Unit=%
Absent=32766
Period=1min
Label=Mixed circuit pump
Label[zh_CN]=混水回路水泵

[Point direct_pump_pwm]
Read=input:69
Type=u16
Unit=%
Absent=32766
Period=1min
Label=Direct circuit pump
Label[zh_CN]=直供回路水泵

[Point mixing_valve_position_in_mixing_kit]
Read=input:70
Type=u16
Unit=%
Absent=32766
Period=1min
Label=Mixing valve
Label[zh_CN]=混水阀开度

[Point mixing_leaving_water_temperature_in_mixing_kit]
Read=input:71
Type=s16
Scale=0.01
Unit=°C
Absent=32766
Possible=-40..130
Label=Mixed circuit flow temperature
Label[zh_CN]=混水回路供水温度

[Point mixing_kit_target_main_zone]
Read=input:72
Type=s16
Scale=0.01
Unit=°C
Absent=32766
Possible=-40..130
Label=Mixed circuit target, main zone
Label[zh_CN]=混水回路主区目标温度

[Point leaving_water_temperature_prephe_outdoor]
Read=input:73
Type=s16
Scale=0.01
Unit=°C
Absent=32766
Possible=-40..130
Label=Flow temperature, outdoor unit
Label[zh_CN]=室外机出水温度

[Point leaving_water_temperature_tank_valve]
Read=input:74
Type=s16
Scale=0.01
Unit=°C
Absent=32766
Possible=-40..130
Label=Flow temperature, tank valve
Label[zh_CN]=水箱阀出水温度

[Point domestic_hot_water_upper_temperature]
Read=input:75
Type=s16
Scale=0.01
Unit=°C
Absent=32766
Possible=-40..130
Attribute=tank_top.temperature

[Point domestic_hot_water_lower_temperature]
Read=input:76
Type=s16
Scale=0.01
Unit=°C
Absent=32766
Possible=-40..130
Attribute=tank_bottom.temperature

[Point water_pressure]
Read=input:78
Type=s16
Scale=0.01
Unit=bar
Absent=32766
Attribute=water.pressure

[Point unit_operation_mode]
Read=input:82
Type=u16
Absent=32766
Enum=0:stop 1:tank_heat_up 2:space_heating 3:space_cooling 4:actuator
Label=Operating state
Label[zh_CN]=热泵运行状态

# Flow temperatures of the main zone.
[Point main_heating_setpoint]
Read=holding:0
Type=s16
Unit=°C
Attribute=heating_setpoint
Period=1min

[Point main_cooling_setpoint]
Read=holding:1
Type=s16
Unit=°C
Attribute=cooling_setpoint
Period=1min

[Point room_thermostat_heating_setpoint_main]
Read=holding:5
Type=s16
Unit=°C
Period=1min
Label=Room target for heating
Label[zh_CN]=室温制热设定

[Point room_thermostat_cooling_setpoint_main]
Read=holding:6
Type=s16
Unit=°C
Period=1min
Label=Room target for cooling
Label[zh_CN]=室温制冷设定

[Point dhw_reheat_setpoint]
Read=holding:8
Type=s16
Unit=°C
Attribute=tank.setpoint
Period=1min

[Point weather_dependent_mode_heating_main]
Read=holding:67
Type=u16
Enum=0:constant 1:weather_dependent
Period=5min
Label=Heating follows the weather
Label[zh_CN]=制热气候补偿

[Point weather_dependent_mode_cooling_main]
Read=holding:68
Type=u16
Enum=0:constant 1:weather_dependent
Period=5min
Label=Cooling follows the weather
Label[zh_CN]=制冷气候补偿

[Point thermostat_request_main]
Read=holding:73
Type=u16
Enum=0:none 1:heating 2:cooling
Period=1min
Label=Thermostat request, main zone
Label[zh_CN]=主区温控器请求

[Point thermostat_request_additional]
Read=holding:74
Type=u16
Enum=0:none 1:heating 2:cooling
Period=1min
Label=Thermostat request, additional zone
Label[zh_CN]=附加区温控器请求

[Point dhw_keep_warm_setpoint]
Read=holding:9
Type=s16
Unit=°C
Period=5min
Label=Hot water keep-warm setpoint
Label[zh_CN]=热水保温设定

[Point dhw_boost_setpoint_powerful]
Read=holding:12
Type=s16
Scale=0.01
Unit=°C
Period=5min
Label=Hot water boost setpoint
Label[zh_CN]=热水强力设定

[Point dhw_powerful_additional_setpoint]
Read=holding:13
Type=s16
Scale=0.01
Unit=°C
Period=5min
Label=Hot water boost setpoint, second register
Label[zh_CN]=热水强力附加设定

[Point dhw_single_heat_up_setpoint_manual]
Read=holding:14
Type=s16
Scale=0.01
Unit=°C
Period=5min
Label=Hot water setpoint for one heating
Label[zh_CN]=热水单次加热设定

[Point dhw_single_heat_up_setpoint_manual_2]
Read=holding:15
Type=s16
Scale=0.01
Unit=°C
Period=5min
Label=Hot water setpoint for one heating, second register
Label[zh_CN]=热水单次加热设定（第二寄存器）

# 0 to 3; what they mean is not in the source.
[Point smart_grid_operation_mode]
Read=holding:55
Type=u16
Period=1min
Label=Smart grid number
Label[zh_CN]=智能电网模式编号

[Point main_heating_offset]
Read=holding:53
Type=s16
Unit=K
Period=5min
Label=Main zone, heating correction
Label[zh_CN]=主区制热修正

[Point additional_heating_offset]
Read=holding:54
Type=s16
Unit=K
Period=5min
Label=Additional zone, heating correction
Label[zh_CN]=附加区制热修正

[Point imposed_power_limit]
Read=holding:57
Type=u16
Scale=0.001
Unit=kW
Period=1min
Label=Imposed power limit
Label[zh_CN]=功率上限

[Point additional_heating_setpoint]
Read=holding:62
Type=s16
Unit=°C
Period=5min
Label=Additional zone, heat to
Label[zh_CN]=附加区制热设定

[Point additional_cooling_setpoint]
Read=holding:63
Type=s16
Unit=°C
Period=5min
Label=Additional zone, cool to
Label[zh_CN]=附加区制冷设定

[Point weather_dependent_mode_add_vlt_heating_offset]
Read=holding:65
Type=s16
Unit=K
Period=5min
Label=Additional zone, heating correction, second register
Label[zh_CN]=附加区制热修正（第二寄存器）

[Point weather_dependent_mode_add_vlt_cooling_offset]
Read=holding:66
Type=s16
Unit=K
Period=5min
Label=Additional zone, cooling correction
Label[zh_CN]=附加区制冷修正

[Point room_thermostat_heating_setpoint_main_2]
Read=holding:75
Type=s16
Unit=°C
Period=5min
Label=Room target for heating, second register
Label[zh_CN]=室温制热设定（第二寄存器）

[Point room_thermostat_cooling_setpoint_main_2]
Read=holding:76
Type=s16
Unit=°C
Period=5min
Label=Room target for cooling, second register
Label[zh_CN]=室温制冷设定（第二寄存器）

[Point room_thermostat_heating_setpoint_additional]
Read=holding:77
Type=s16
Unit=°C
Period=5min
Label=Additional zone, room target for heating
Label[zh_CN]=附加区室温制热设定

[Point room_thermostat_cooling_setpoint_additional]
Read=holding:78
Type=s16
Unit=°C
Period=5min
Label=Additional zone, room target for cooling
Label[zh_CN]=附加区室温制冷设定

[Point space_heating_cooling]
Read=holding:2
Type=u16
Attribute=on_off
Period=1min

[Point shut_off_valve]
Read=discrete:0
Type=bit
Label=Shut-off valve
Label[zh_CN]=截止阀

[Point backup_heater_relay_1]
Read=discrete:1
Type=bit
Attribute=backup_heater

[Point backup_heater_relay_2]
Read=discrete:2
Type=bit
Label=Backup heater relay 2
Label[zh_CN]=辅助电热继电器2

[Point backup_heater_relay_3]
Read=discrete:3
Type=bit
Label=Backup heater relay 3
Label[zh_CN]=辅助电热继电器3

[Point backup_heater_relay_4]
Read=discrete:4
Type=bit
Label=Backup heater relay 4
Label[zh_CN]=辅助电热继电器4

[Point backup_heater_relay_5]
Read=discrete:5
Type=bit
Label=Backup heater relay 5
Label[zh_CN]=辅助电热继电器5

[Point backup_heater_relay_6]
Read=discrete:6
Type=bit
Label=Backup heater relay 6
Label[zh_CN]=辅助电热继电器6

[Point auxiliary_heating]
Read=discrete:7
Type=bit
Label=Auxiliary heating
Label[zh_CN]=辅助加热

[Point storage_tank]
Read=discrete:8
Type=bit
Label=Storage tank
Label[zh_CN]=储水箱

[Point bivalent]
Read=discrete:9
Type=bit
Label=Second heat source
Label[zh_CN]=双热源运行

[Point compressor_running]
Read=discrete:10
Type=bit
Attribute=compressor_running

[Point quiet_mode_operation_active]
Read=discrete:11
Type=bit
Attribute=quiet_mode

[Point holiday_mode_active]
Read=discrete:12
Type=bit
Label=Holiday mode active
Label[zh_CN]=假日模式生效

[Point antifrost_status]
Read=discrete:13
Type=bit
Label=Frost protection
Label[zh_CN]=防冻

[Point water_pipe_freeze_prevention_status]
Read=discrete:14
Type=bit
Label=Pipe frost protection
Label[zh_CN]=水管防冻

[Point disinfection_operation]
Read=discrete:15
Type=bit
Attribute=disinfecting

[Point defrost]
Read=discrete:16
Type=bit
Attribute=defrosting

[Point hot_start]
Read=discrete:17
Type=bit
Label=Hot start
Label[zh_CN]=热启动

[Point dhw_running]
Read=discrete:18
Type=bit
Attribute=hot_water_heating

[Point main_zone_running]
Read=discrete:19
Type=bit
Label=Main zone running
Label[zh_CN]=主区运行

[Point additional_zone_running]
Read=discrete:20
Type=bit
Label=Additional zone running
Label[zh_CN]=附加区运行

[Point powerful_tank_heat_up_request]
Read=discrete:21
Type=bit
Label=Hot water boost asked for
Label[zh_CN]=热水强力加热请求

[Point manual_tank_heat_up_request]
Read=discrete:22
Type=bit
Label=Hot water heating asked for
Label[zh_CN]=热水手动加热请求

[Point emergency_active]
Read=discrete:23
Type=bit
Label=Emergency operation
Label[zh_CN]=应急运行

[Point circulation_pump_running]
Read=discrete:24
Type=bit
Attribute=circulation_pump

[Point imposed_limit_acceptance]
Read=discrete:25
Type=bit
Label=Power limit accepted
Label[zh_CN]=功率限制已接受

[Point domestic_hot_water_on_off]
Read=coil:0
Type=bit
Attribute=hot_water_enabled
Period=1min

[Point main_zone_on_off]
Read=coil:1
Type=bit
Period=1min
Label=Main zone
Label[zh_CN]=主区

[Point additional_zone_on_off]
Read=coil:2
Type=bit
Period=1min
Label=Additional zone
Label[zh_CN]=附加区

[Identify unit_abnormality]
Read=input:20
Type=u16
Equals=0..2
Score=5

# While there is no fault.
[Identify no_sub_code]
Read=input:22
Type=u16
Equals=32766
Score=20

# Writes. Neither source states the endurance of the memory behind these registers: Budget= is a cautious assumption.
# The limits of the flow temperatures are those that the heat pump itself reports.
[Write on_off]
LeastInterval=1min
Budget=100000

[Write hot_water_enabled]
LeastInterval=1min
Budget=100000

[Write vendor.main_zone_on_off]
LeastInterval=1min
Budget=100000

[Write vendor.additional_zone_on_off]
LeastInterval=1min
Budget=100000

[Write heating_setpoint]
Min=leaving_water_main_heating_setpoint_lower
Max=leaving_water_main_heating_setpoint_upper
Step=1
LeastInterval=1min
Budget=100000

[Write cooling_setpoint]
Min=leaving_water_main_cooling_setpoint_lower
Max=leaving_water_main_cooling_setpoint_upper
Step=1
LeastInterval=1min
Budget=100000

[Write vendor.room_thermostat_heating_setpoint_main]
Min=12
Max=30
Step=1
LeastInterval=1min
Budget=100000

[Write vendor.room_thermostat_cooling_setpoint_main]
Min=12
Max=35
Step=1
LeastInterval=1min
Budget=100000

[Write tank.setpoint]
Min=30
Max=85
Step=1
LeastInterval=1min
Budget=100000
