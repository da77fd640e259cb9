# SPDX-License-Identifier: CC0-1.0
# Nilan ventilation units with a CTS602 controller, some of which have a heat pump and hot water. Which points exist
# depends on the model, which register 1000 tells: the lists of models behind When= are those of the source
# (device_map.py). A model that is not among them shows what all have.
#
# The alarm list keeps the number in the low seven bits; the panel writes it E and two or three digits. The date and the
# time of an alarm are packed in a way the source does not tell: they are shown as raw numbers. Possible= is what such
# sensors can tell; the source has no limits. cooling_offset is a number of a step (+0 to +10 K), as the source's select
# list has it.
#
# Left out: the text of the old panel (input 2002 and 2003), two characters a register with the low byte first, which
# shows the same alarms; the register that clears the alarms of the heat pump (holding 1603).
[Profile]
Maker=Nilan
Model=CTS602
Kind=ventilation_unit
Name=Ventilation unit
Name[zh_CN]=新风机
Source=veista/nilan registers.py, device_map.py, climate.py, strings.json
Confidence=high
Version=1
FaultPeriod=30s

[Line]
Unit=30

[Point control_type]
Read=holding:1000
Type=u16
Enum=2:comfort_light 3:comfort_polar 4:vpl_15c 10:compact_s 11:vp_18_comp 12:vp_18c_com 13:comfort 19:vp_18c 20:vp_18ek 21:vp_18cek 25:vpl_25c 26:vpm_28ec 28:vp_18c_cob 30:compact_n 31:comfort_n 33:combi_300_n 35:combi_302 36:combi_302_t 38:vgu_180_ek 42:ventec 44:compact_p
Period=10min
Label=Unit model
Label[zh_CN]=机型

[Point bus_version]
Read=input:0
Type=u16
Period=1h
Label=Protocol version
Label[zh_CN]=通信协议版本

[Point app_version_major]
Read=input:1
Type=u16
Attribute=software_version
Period=1h

[Point app_id]
Read=input:4
Type=u16
Period=1h
Label=Software id
Label[zh_CN]=软件标识

[Point input_air_filter]
Read=input:101
Type=u16
Enum=0:off 1:on
Period=1min
Label=Filter input
Label[zh_CN]=滤网输入

[Point input_door_open]
Read=input:102
Type=u16
Enum=0:off 1:on
Period=1min
Label=Inspection door input
Label[zh_CN]=检修门输入

[Point input_smoke]
Read=input:103
Type=u16
Enum=0:off 1:on
Period=1min
Label=Smoke input
Label[zh_CN]=烟雾输入

[Point input_frost_overheat]
Read=input:105
Type=u16
Enum=0:off 1:on
Period=1min
Label=Frost or overheat thermostat input
Label[zh_CN]=防冻/过热温控输入

[Point input_high_pressure]
Read=input:107
Type=u16
Enum=0:off 1:on
Period=1min
Label=High pressure input
Label[zh_CN]=高压输入

[Point input_low_pressure]
Read=input:108
Type=u16
Enum=0:off 1:on
Period=1min
Label=Low pressure input
Label[zh_CN]=低压输入

[Point input_boiler]
Read=input:109
Type=u16
Enum=0:off 1:on
Period=1min
Label=Hot water overheat input
Label[zh_CN]=热水超温输入

[Point t1_intake]
Read=input:201
When=control_type != comfort_light and control_type != comfort_polar and control_type != comfort and control_type != vp_18c_cob and control_type != comfort_n
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Attribute=outdoor_temperature

# No model of the source's list has it.
[Point t2_inlet]
Read=input:202
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Period=1min
Label=Inlet air (T2)
Label[zh_CN]=送风温度 (T2)
Confidence=medium

[Point t3_exhaust]
Read=input:203
When=control_type == comfort_light or control_type == comfort_polar or control_type == comfort or control_type == comfort_n
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Attribute=extract.temperature

[Point t4_outlet]
Read=input:204
When=control_type != vpl_15c and control_type != vp_18_comp and control_type != vp_18c and control_type != vp_18ek and control_type != vp_18cek and control_type != vpl_25c and control_type != vpm_28ec and control_type != vp_18c_cob and control_type != vgu_180_ek and control_type != ventec
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Attribute=exhaust.temperature

[Point t5_condenser]
Read=input:205
When=control_type != comfort_light and control_type != comfort_polar and control_type != comfort and control_type != comfort_n
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Label=Condenser temperature (T5)
Label[zh_CN]=冷凝器温度 (T5)

[Point t6_evaporator]
Read=input:206
When=control_type != comfort_light and control_type != comfort_polar and control_type != comfort and control_type != comfort_n
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Label=Evaporator temperature (T6)
Label[zh_CN]=蒸发器温度 (T6)

[Point t7_inlet]
Read=input:207
When=control_type != vgu_180_ek and control_type != ventec
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Attribute=supply.temperature

[Point t8_outdoor]
Read=input:208
When=control_type == comfort_light or control_type == comfort_polar or control_type == comfort or control_type == vp_18c_cob or control_type == comfort_n
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Attribute=outdoor_temperature

# No model of the source's list has it.
[Point t9_heater]
Read=input:209
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Period=1min
Label=Heater temperature (T9)
Label[zh_CN]=加热器温度 (T9)
Confidence=medium

[Point t11_top]
Read=input:211
When=control_type != comfort_light and control_type != comfort_polar and control_type != vpl_15c and control_type != comfort and control_type != vpl_25c and control_type != vpm_28ec and control_type != comfort_n and control_type != combi_300_n and control_type != combi_302 and control_type != combi_302_t
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Attribute=tank_top.temperature

[Point t12_bottom]
Read=input:212
When=control_type != comfort_light and control_type != comfort_polar and control_type != vpl_15c and control_type != comfort and control_type != vpl_25c and control_type != vpm_28ec and control_type != comfort_n and control_type != combi_300_n and control_type != combi_302 and control_type != combi_302_t
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Attribute=tank_bottom.temperature

[Point t15_room]
Read=input:215
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Attribute=local_temperature

[Point room_temperature_used]
Read=input:1203
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Period=1min
Label=Room temperature used for control
Label[zh_CN]=控制用室温

[Point humidity]
Read=input:221
Type=u16
Scale=0.01
Unit=%
Attribute=relative_humidity

[Point co2]
Read=input:222
Type=u16
Unit=ppm
Attribute=carbon_dioxide

# The count is in the low two bits.
[Point alarm_count]
Read=input:400.0:2
Type=u16
Unit=count
Label=Active alarms
Label[zh_CN]=当前报警数

[Point alarm_1]
Read=input:401.0:7
Type=u16
Fault=code
Code=E%02d
Attribute=fault_code

[Point alarm_1_date]
Read=input:402
Type=u16
Period=1min
Label=Date of the first alarm (raw)
Label[zh_CN]=首个报警日期（原始值）
Confidence=low

[Point alarm_1_time]
Read=input:403
Type=u16
Period=1min
Label=Time of the first alarm (raw)
Label[zh_CN]=首个报警时间（原始值）
Confidence=low

[Point alarm_2]
Read=input:404.0:7
Type=u16
Fault=code
Code=E%02d
Hidden=yes

[Point alarm_3]
Read=input:407.0:7
Type=u16
Fault=code
Code=E%02d
Hidden=yes

[Point running]
Read=input:1000
Type=u16
Attribute=on_off

[Point mode_actual]
Read=input:1001
Type=u16
Enum=0:off 1:heat 2:cool 3:auto
Label=Mode
Label[zh_CN]=当前模式

[Point control_state]
Read=input:1002
Type=u16
Enum=0:off 1:shift 2:stop 3:start 4:standby 5:ventilation_stop 6:ventilation 7:heating 8:cooling 9:hot_water 10:legionella 11:cooling_and_hot_water 12:central_heating 13:defrost 14:frost_protection 15:service 16:alarm 17:heating_and_hot_water
Label=State
Label[zh_CN]=运行状态

[Point defrosting]
Value=control_state == defrost
Attribute=defrosting

[Point seconds_in_state]
Read=input:1003
Type=u16
Unit=s
Label=In this state for
Label[zh_CN]=当前状态已持续

[Point fan_step]
Read=input:1100
Type=u16
Unit=count
Attribute=speed_current

[Point supply_fan_step]
Read=input:1101
Type=u16
Unit=count
Label=Supply fan step
Label[zh_CN]=送风机档位

[Point exhaust_fan_step]
Read=input:1102
Type=u16
Unit=count
Label=Extract fan step
Label[zh_CN]=排风机档位

[Point filter_days_used]
Read=input:1103
Type=u16
Unit=d
Period=1h
Label=Since the last filter change
Label[zh_CN]=距上次换滤网

[Point filter_days_left]
Read=input:1104
Type=u16
Unit=d
Attribute=filter.remaining
Period=1h

[Point efficiency]
Read=input:1204
When=control_type != vgu_180_ek and control_type != ventec
Type=u16
Scale=0.01
Unit=%
Attribute=heat_recovery_efficiency
Period=1min

[Point anode_state]
Read=input:1701
When=control_type == compact_s or control_type == vp_18_comp or control_type == vp_18c_com or control_type == vp_18c or control_type == vp_18ek or control_type == vp_18cek or control_type == vp_18c_cob
Type=u16
Enum=0:off 1:ok 2:service 3:error
Period=1h
Label=Tank anode
Label[zh_CN]=水箱阳极

[Point heat_pump_alarms_all]
Read=input:1600
When=control_type == compact_n or control_type == compact_p
Type=u16
Unit=count
Period=1min
Label=Heat pump alarms kept
Label[zh_CN]=热泵报警记录数

[Point heat_pump_alarms_active]
Read=input:1601
When=control_type == compact_n or control_type == compact_p
Type=u16
Unit=count
Label=Heat pump alarms active
Label[zh_CN]=热泵当前报警数

[Point heat_pump_alarm_1]
Read=input:1604
When=control_type == compact_n or control_type == compact_p
Type=u16
Fault=code
Code=E%02d
Hidden=yes

[Point heat_pump_alarm_2]
Read=input:1605
When=control_type == compact_n or control_type == compact_p
Type=u16
Fault=code
Code=E%02d
Hidden=yes

[Point heat_pump_alarm_3]
Read=input:1606
When=control_type == compact_n or control_type == compact_p
Type=u16
Fault=code
Code=E%02d
Hidden=yes

[Point bypass_open]
Read=input:3000
When=control_type != vpl_15c and control_type != vp_18_comp and control_type != vp_18c_com and control_type != vp_18c and control_type != vp_18ek and control_type != vp_18cek and control_type != vpl_25c and control_type != vpm_28ec and control_type != vgu_180_ek and control_type != ventec
Type=u16
Enum=0:closed 1:open
Period=30s
Label=Bypass
Label[zh_CN]=旁通风阀

[Point bus_address]
Read=holding:50
Type=u16
Period=1h
Label=Unit identifier
Label[zh_CN]=通信地址

[Point compressor]
Read=holding:109
When=control_type != comfort_light and control_type != comfort_polar and control_type != comfort and control_type != comfort_n
Type=u16
Attribute=compressor_running

[Point water_heater]
Read=holding:116
When=control_type != comfort_light and control_type != comfort_polar and control_type != vpl_15c and control_type != comfort and control_type != vpl_25c and control_type != vpm_28ec and control_type != comfort_n and control_type != combi_300_n and control_type != combi_302 and control_type != combi_302_t
Type=u16
Enum=0:off 1:on
Period=30s
Label=Electric hot water heating
Label[zh_CN]=热水电加热

[Point alarm_relay]
Read=holding:126
Type=u16
Enum=0:off 1:on
Period=30s
Label=Alarm relay
Label[zh_CN]=报警继电器

[Point extract_fan]
Read=holding:200
Type=u16
Scale=0.01
Unit=%
Attribute=extract.fan_percent

[Point supply_fan]
Read=holding:201
When=control_type != vgu_180_ek and control_type != ventec
Type=u16
Scale=0.01
Unit=%
Attribute=supply.fan_percent

# The source names no programmes.
[Point program]
Read=holding:500
Type=u16
Period=10min
Label=Weekly programme
Label[zh_CN]=周程序

[Point run_request]
Read=holding:1001
Type=u16
Enum=0:off 1:on
Period=1min
Label=Power requested
Label[zh_CN]=请求开关

[Point mode_request]
Read=holding:1002
Type=u16
Enum=0:off 1:heat 2:cool 3:auto
Period=1min
Label=Mode requested
Label[zh_CN]=请求的模式

[Point fan_step_request]
Read=holding:1003
Type=u16
Unit=count
Attribute=speed_setting
Period=1min

[Point temperature_request]
Read=holding:1004
Type=s16
Scale=0.01
Unit=°C
Attribute=temperature_setpoint
Period=1min

[Point filter_interval]
Read=holding:1105
Type=u16
Enum=1:days_30 2:days_90 3:days_180 4:days_360
Period=1h
Label=Filter interval
Label[zh_CN]=滤网更换周期

[Point hot_water_electric_setpoint]
Read=holding:1700
When=control_type != comfort_light and control_type != comfort_polar and control_type != vpl_15c and control_type != comfort and control_type != vpl_25c and control_type != vpm_28ec and control_type != comfort_n and control_type != combi_300_n and control_type != combi_302 and control_type != combi_302_t
Type=s16
Scale=0.01
Unit=°C
Period=1min
Label=Hot water setpoint of the electric heater (T11)
Label[zh_CN]=电加热热水设定 (T11)

[Point hot_water_setpoint]
Read=holding:1701
When=control_type != comfort_light and control_type != comfort_polar and control_type != vpl_15c and control_type != comfort and control_type != vpl_25c and control_type != vpm_28ec and control_type != comfort_n and control_type != combi_300_n and control_type != combi_302 and control_type != combi_302_t
Type=s16
Scale=0.01
Unit=°C
Attribute=tank.setpoint
Period=1min

[Point clock_hour]
Read=holding:302
Type=u16
Period=10min
Label=Clock, hour
Label[zh_CN]=时钟：时

[Point clock_minute]
Read=holding:301
Type=u16
Period=10min
Label=Clock, minute
Label[zh_CN]=时钟：分

[Point clock_year]
Read=holding:305
Type=u16
Period=10min
Label=Clock, year
Label[zh_CN]=时钟：年

[Point cooling_offset]
Read=holding:1200
When=control_type != comfort_light and control_type != comfort_polar and control_type != comfort and control_type != vp_18ek and control_type != comfort_n and control_type != vgu_180_ek and control_type != ventec
Type=u16
Enum=0:off 1:plus_0 2:plus_1 3:plus_2 4:plus_3 5:plus_4 6:plus_5 7:plus_7 8:plus_10
Period=10min
Label=Cooling begins above the setpoint by
Label[zh_CN]=制冷启动温差
Confidence=medium

[Point condenser_lowest]
Read=holding:1500
When=control_type != comfort_light and control_type != comfort_polar and control_type != comfort and control_type != comfort_n
Type=s16
Scale=0.01
Unit=°C
Period=1h
Label=Lowest condenser temperature
Label[zh_CN]=冷凝最低温度

[Fault E01]
Value=1
Meaning=Hardware Error
Meaning[zh_CN]=硬件错误
Component=controller
Causes=any.electronics
Household=no

[Fault E02]
Value=2
Meaning=Alarm Timeout
Meaning[zh_CN]=报警超时

[Fault E03]
Value=3
Meaning=Fire Alarm Activated
Meaning[zh_CN]=火警触发
Component=safety
Causes=vent.fire_alarm
Severity=danger
Household=no

[Fault E04]
Value=4
Meaning=Pressure Switch
Meaning[zh_CN]=压力开关动作
Component=refrigerant circuit
Household=no

[Fault E05]
Value=5
Meaning=Inspection Door Open
Meaning[zh_CN]=检修门打开
Component=door
Causes=vent.door_open
Severity=care
Household=yes

[Fault E06]
Value=6
Meaning=Error in De-Icing
Meaning[zh_CN]=除冰错误
Component=heat exchanger
Causes=vent.exchanger_ice
Household=no

[Fault E07]
Value=7
Meaning=Frost Thermostat
Meaning[zh_CN]=防冻温控动作
Component=heating
Causes=vent.water_coil_cold
Household=no

[Fault E08]
Value=8
Meaning=Frost Thermostat
Meaning[zh_CN]=防冻温控动作
Component=heating
Causes=vent.water_coil_cold
Household=no

[Fault E09]
Value=9
Meaning=Boiler Over Temperature
Meaning[zh_CN]=水箱超温
Component=water heater
Causes=vent.tank_overheat
Severity=urgent
Household=no

[Fault E10]
Value=10
Meaning=Over Temperature Electrical After-heating
Meaning[zh_CN]=后置电加热超温
Causes=any.electric_heater
Severity=urgent

[Fault E11]
Value=11
Meaning=Low Flow Over the Electrical Heating Element
Meaning[zh_CN]=电加热风量过低
Causes=vent.low_air_flow any.electric_heater
Severity=urgent

[Fault E12]
Value=12
Meaning=Ventilation Motor Thermal Switch
Meaning[zh_CN]=风机电机过热保护
Causes=vent.supply_fan vent.extract_fan

[Fault E13]
Value=13
Meaning=Electric Water Heater Over Temperature
Meaning[zh_CN]=热水电加热超温
Causes=vent.tank_overheat
Severity=urgent

[Fault E14]
Value=14
Meaning=Sensor Defective
Meaning[zh_CN]=传感器损坏
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E15]
Value=15
Meaning=Room Temperature Too Low
Meaning[zh_CN]=室温过低
Component=room

[Fault E16]
Value=16
Meaning=Software Error
Meaning[zh_CN]=软件错误
Causes=any.software
Household=no

[Fault E17]
Value=17
Meaning=Watchdog Warning
Meaning[zh_CN]=看门狗警告
Class=warning
Household=no

[Fault E18]
Value=18
Meaning=Contents of Database Changed
Meaning[zh_CN]=数据库内容已改变
Causes=any.software
Class=information

[Fault E19]
Value=19
Meaning=Change Air Filter
Meaning[zh_CN]=请更换空气滤网
Component=filter
Causes=vent.filter
Severity=care
Class=maintenance
Household=yes

[Fault E20]
Value=20
Meaning=Error in Legionella Treatment
Meaning[zh_CN]=杀菌（军团菌）处理出错
Causes=any.legionella
Household=no

[Fault E21]
Value=21
Meaning=Check Date and Time
Meaning[zh_CN]=检查日期时间
Component=clock
Causes=any.clock
Severity=care
Household=yes

[Fault E22]
Value=22
Meaning=Error in Air Temperature
Meaning[zh_CN]=空气温度错误
Household=no

[Fault E23]
Value=23
Meaning=Hot Water Temperature Error
Meaning[zh_CN]=热水温度错误
Household=no

[Fault E24]
Value=24
Meaning=Central Heating Temperature Error
Meaning[zh_CN]=集中供暖温度错误
Household=no

[Fault E25]
Value=25
Meaning=Communications Modem Error
Meaning[zh_CN]=调制解调器通信错误
Household=no

[Fault E26]
Value=26
Meaning=Communications Network Error
Meaning[zh_CN]=网络通信错误
Household=no

[Fault E27]
Value=27
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E28]
Value=28
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E29]
Value=29
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E30]
Value=30
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E31]
Value=31
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E32]
Value=32
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E33]
Value=33
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E34]
Value=34
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E35]
Value=35
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E36]
Value=36
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E37]
Value=37
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E38]
Value=38
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E39]
Value=39
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E40]
Value=40
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E41]
Value=41
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E42]
Value=42
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E43]
Value=43
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E44]
Value=44
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E45]
Value=45
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E46]
Value=46
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E47]
Value=47
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E48]
Value=48
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E49]
Value=49
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E50]
Value=50
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E51]
Value=51
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E52]
Value=52
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E53]
Value=53
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E54]
Value=54
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E55]
Value=55
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E56]
Value=56
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E57]
Value=57
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E58]
Value=58
Meaning=Error in Temperature Sensor
Meaning[zh_CN]=温度传感器错误
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E70]
Value=70
Meaning=Anode Error
Meaning[zh_CN]=阳极故障
Component=water tank anode
Causes=vent.anode
Class=maintenance
Household=no

[Fault E71]
Value=71
Meaning=Error De-icing Heat Exchanger
Meaning[zh_CN]=换热器除冰错误
Causes=vent.exchanger_ice
Household=no

[Fault E72]
Value=72
Meaning=Abnormally Low Evaporator Temperature
Meaning[zh_CN]=蒸发温度异常低

[Fault E90]
Value=90
Meaning=Slave IO
Meaning[zh_CN]=从机输入输出模块

[Fault E91]
Value=91
Meaning=Option Module Missing
Meaning[zh_CN]=选装模块缺失

[Fault E92]
Value=92
Meaning=Backup Error
Meaning[zh_CN]=备份错误
Household=no

[Fault E95]
Value=95
Meaning=Software Update Rejected
Meaning[zh_CN]=软件升级被拒绝
Causes=any.software
Household=no

[Fault E96]
Value=96
Meaning=Self-Test Damper Error
Meaning[zh_CN]=风阀自检错误
Causes=vent.damper
Household=no

[Fault E100]
Value=100
Meaning=THeatSup Open
Meaning[zh_CN]=供暖供水传感器断路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E101]
Value=101
Meaning=THeatSup Short
Meaning[zh_CN]=供暖供水传感器短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E102]
Value=102
Meaning=THeatRet Open
Meaning[zh_CN]=供暖回水传感器断路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E103]
Value=103
Meaning=THeatRet Short
Meaning[zh_CN]=供暖回水传感器短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E104]
Value=104
Meaning=TWaterTa Open
Meaning[zh_CN]=TWaterTa传感器断路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E105]
Value=105
Meaning=TWaterTa Short
Meaning[zh_CN]=TWaterTa传感器短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E106]
Value=106
Meaning=Tamb Open
Meaning[zh_CN]=室外温度传感器断路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E107]
Value=107
Meaning=Tamb Short
Meaning[zh_CN]=室外温度传感器短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E108]
Value=108
Meaning=Troom Open
Meaning[zh_CN]=室温传感器断路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E109]
Value=109
Meaning=Troom Short
Meaning[zh_CN]=室温传感器短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E110]
Value=110
Meaning=THeatTank Open
Meaning[zh_CN]=供暖水箱传感器断路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E111]
Value=111
Meaning=THeatTank Short
Meaning[zh_CN]=供暖水箱传感器短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E112]
Value=112
Meaning=TColdSup Open
Meaning[zh_CN]=冷侧供水传感器断路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E113]
Value=113
Meaning=TColdSup Short
Meaning[zh_CN]=冷侧供水传感器短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E114]
Value=114
Meaning=TColdRet Open
Meaning[zh_CN]=冷侧回水传感器断路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E115]
Value=115
Meaning=TColdRet Short
Meaning[zh_CN]=冷侧回水传感器短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E116]
Value=116
Meaning=Tevap Open
Meaning[zh_CN]=蒸发温度传感器断路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E117]
Value=117
Meaning=Tevap Short
Meaning[zh_CN]=蒸发温度传感器短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E122]
Value=122
Meaning=Tmixing Open
Meaning[zh_CN]=混水温度传感器断路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E123]
Value=123
Meaning=Tmixing Short
Meaning[zh_CN]=混水温度传感器短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E124]
Value=124
Meaning=SHW T-sensor Open
Meaning[zh_CN]=生活热水温度传感器断路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E125]
Value=125
Meaning=SHW T-sensor Short
Meaning[zh_CN]=生活热水温度传感器短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault E126]
Value=126
Meaning=SHW anode
Meaning[zh_CN]=生活热水阳极
Causes=vent.anode

[Fault E127]
Value=127
Meaning=TPres open
Meaning[zh_CN]=TPres传感器断路
Component=sensor
Causes=any.sensor_open_or_short

[Fault E128]
Value=128
Meaning=TPres short
Meaning[zh_CN]=TPres传感器短路
Component=sensor
Causes=any.sensor_open_or_short

[Fault E200]
Value=200
Meaning=LOM309 missing
Meaning[zh_CN]=LOM309模块缺失

[Fault E600]
Value=600
Meaning=Hi Pres
Meaning[zh_CN]=高压
Component=refrigerant circuit
Household=no

[Fault E601]
Value=601
Meaning=Low pres.
Meaning[zh_CN]=低压
Component=refrigerant circuit
Causes=hp.refrigerant_leak
Household=no

[Fault E602]
Value=602
Meaning=Leakage
Meaning[zh_CN]=泄漏
Component=refrigerant circuit
Causes=hp.refrigerant_leak
Severity=urgent
Household=no

[Fault E603]
Value=603
Meaning=Hi press
Meaning[zh_CN]=高压

[Fault E604]
Value=604
Meaning=Frost protection
Meaning[zh_CN]=防冻保护

[Fault E605]
Value=605
Meaning=Heat pump overheat
Meaning[zh_CN]=热泵过热
Severity=urgent

[Fault E607]
Value=607
Meaning=Legionella failed
Meaning[zh_CN]=杀菌失败
Component=water tank
Causes=any.legionella
Household=no

[Fault E608]
Value=608
Meaning=FC alarm
Meaning[zh_CN]=变频器报警

[Fault E609]
Value=609
Meaning=FC alarm
Meaning[zh_CN]=变频器报警

[Fault E610]
Value=610
Meaning=Tevap Low
Meaning[zh_CN]=蒸发温度低

[Fault E611]
Value=611
Meaning=Tevap Low
Meaning[zh_CN]=蒸发温度低

[Fault E612]
Value=612
Meaning=TMIX to High
Meaning[zh_CN]=混水温度过高

[Fault E613]
Value=613
Meaning=Tmix High Rep
Meaning[zh_CN]=混水温度反复过高

[Fault E614]
Value=614
Meaning=Cooling low
Meaning[zh_CN]=制冷温度低

[Fault E615]
Value=615
Meaning=El heater
Meaning[zh_CN]=电加热器
Causes=any.electric_heater

[Fault E904]
Value=904
Meaning=Datalog
Meaning[zh_CN]=数据记录

[Fault E905]
Value=905
Meaning=Database
Meaning[zh_CN]=数据库
Causes=any.software

[Fault E907]
Value=907
Meaning=RTC err
Meaning[zh_CN]=时钟错误
Causes=any.clock

[Fault E908]
Value=908
Meaning=RTC inv
Meaning[zh_CN]=时钟无效
Causes=any.clock

[Fault E909]
Value=909
Meaning=LUP SW version
Meaning[zh_CN]=LUP软件版本

[Fault E910]
Value=910
Meaning=Slave communication error
Meaning[zh_CN]=从机通信错误
Household=no

[Fault E995]
Value=995
Meaning=SW Rejected
Meaning[zh_CN]=软件被拒绝
Causes=any.software

[Fault E998]
Value=998
Meaning=TestVer
Meaning[zh_CN]=测试版本
Severity=info
Class=information

[Fault E999]
Value=999
Meaning=Manual mode
Meaning[zh_CN]=手动模式
Severity=info
Class=information

# The source names no endurance of the memory behind it; the budget is cautious.
[Write on_off]
To=holding:1001
Type=u16
Enum=0:false 1:true
ReadBackAfter=30s
Function=16
Budget=100000

# All alarms at once; what is still there comes again. The source names no endurance of the memory behind it; the budget
# is cautious.
[Write alarm_reset]
To=holding:400
Type=u16
Fixed=255
ReadBack=none
PerHour=2
Function=16
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.mode_request]
Enum=1:heat 2:cool 3:auto
Function=16
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious. Step 0 stops the ventilation on the
# models that allow it.
[Write speed_setting]
Min=0
Max=4
Step=1
Function=16
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write temperature_setpoint]
Min=5
Max=30
Step=1
Function=16
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious. The bounds are the source's.
[Write tank.setpoint]
Min=5
Max=60
Step=1
Function=16
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious. The source allows 85 °C; above 65 °C
# water scalds at once.
[Write vendor.hot_water_electric_setpoint]
Min=5
Max=65
Step=1
Function=16
Budget=100000

# The number of the model.
[Identify control_type]
Read=holding:1000
Type=u16
Equals=2..44
Score=30
Watch=yes
