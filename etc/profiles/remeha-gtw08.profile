# SPDX-License-Identifier: CC0-1.0
# Remeha GTW-08: the Modbus interface of Remeha, De Dietrich and Baxi boilers and heat pumps. The unit identifier is a
# rotary switch, speed and parity are DIP switches: the source here does not state them. Part of the maker's tables
# only.
#
# Possible= is what such sensors can tell; the source has no limits. An error is shown in hexadecimal as it comes, for
# how the panel writes it is not in the source. The bits service_required, reset_needed and water_pressure_low are
# reported as faults under their register and bit. Left unwritable: what the gateway does when nobody talks to it
# (holding 21020 to 21023).
[Profile]
Maker=Remeha
Model=GTW-08 (Remeha, De Dietrich, Baxi)
Kind=boiler
Name=Boiler
Name[zh_CN]=锅炉
Source=Remeha GTW-08 Modbus configuration manual 7854678 v01 p.9, 11, 24, 26
Confidence=medium
Version=1
WhenGatewayGone=falls-back

[Setting boards]
Values=1..8
Default=1
Label=How many boards the boiler has
Label[zh_CN]=锅炉有几块控制板

[Repeat board]
Count=setting.boards
Step=6

[Repeat board_error]
Count=setting.boards
Step=2

[Point device_count]
Read=holding:128
Type=u16
Unit=count
Period=1h
Label=Boards found
Label[zh_CN]=已发现控制板数

[Point board_{n}_type]
Repeat=board
Read=holding:129
Type=u16
Format={8:8:x}.{0:8:x}
Period=1h
Label=Board {n}, type
Label[zh_CN]=控制板{n}类型

[Point board_{n}_error]
Repeat=board_error
Read=holding:532
Type=u16
Absent=0xFFFE
Fault=code
NoFault=0xFFFF
Code=0x%04X
Attribute=fault_code
Label=Board {n}, error
Label[zh_CN]=控制板{n}故障

[Point board_{n}_error_class]
Repeat=board_error
Read=holding:533
Type=u16
Enum=0:locking 3:blocking 6:warning
Label=Board {n}, error class
Label[zh_CN]=控制板{n}故障级别

[Point power_request]
Read=holding:272
Type=u16
Unit=%
Label=Power requested
Label[zh_CN]=请求功率

[Point direct_zones_allowed]
Read=holding:275.0
Type=bit
Period=30s
Label=Direct circuits may heat
Label[zh_CN]=直接回路允许

[Point mixing_circuits_allowed]
Read=holding:275.1
Type=bit
Period=30s
Label=Mixed circuits may heat
Label[zh_CN]=混水回路允许

[Point all_valves_open]
Read=holding:275.2
Type=bit
Period=30s
Label=All valves open
Label[zh_CN]=全部阀门打开

[Point manual_heat_demand]
Read=holding:275.3
Type=bit
Period=30s
Label=Manual heat demand
Label[zh_CN]=手动热需求

[Point cooling_allowed]
Read=holding:275.4
Type=bit
Period=30s
Label=Cooling allowed
Label[zh_CN]=允许制冷

[Point hot_water_allowed]
Read=holding:275.5
Type=bit
Period=30s
Label=Hot water allowed
Label[zh_CN]=允许热水

[Point heat_engine_active]
Read=holding:275.6
Type=bit
Period=30s
Label=Heat source active
Label[zh_CN]=热源运行

# The source does not say how it is coded.
[Point error_list_all]
Read=holding:277
Type=u16
Label=Errors of all boards (raw)
Label[zh_CN]=全部故障（原始值）
Confidence=medium

[Point flame]
Read=holding:279.0
Type=bit
Attribute=flame

[Point heat_pump_on]
Read=holding:279.1
Type=bit
Period=30s
Label=Heat pump on
Label[zh_CN]=热泵运行

[Point backup_1_on]
Read=holding:279.2
Type=bit
Period=30s
Label=First backup heater
Label[zh_CN]=辅助热源1

[Point backup_2_on]
Read=holding:279.3
Type=bit
Period=30s
Label=Second backup heater
Label[zh_CN]=辅助热源2

[Point hot_water_backup_on]
Read=holding:279.4
Type=bit
Period=30s
Label=Hot water backup heater
Label[zh_CN]=热水辅助加热

[Point service_required]
Read=holding:279.5
Type=bit
Period=1min
Label=Service required
Label[zh_CN]=需要保养

[Point reset_needed]
Read=holding:279.6
Type=bit
Label=Reset needed
Label[zh_CN]=需要复位

[Point water_pressure_low]
Read=holding:279.7
Type=bit
Label=Water pressure low
Label[zh_CN]=水压过低

[Point pump]
Read=holding:280.0
Type=bit
Attribute=pump

[Point three_way_valve_open]
Read=holding:280.1
Type=bit
Period=30s
Label=Three-way valve is open
Label[zh_CN]=三通阀已开

[Point three_way_valve]
Read=holding:280.2
Type=bit
Period=30s
Label=Three-way valve
Label[zh_CN]=三通阀

[Point three_way_valve_closed]
Read=holding:280.3
Type=bit
Period=30s
Label=Three-way valve is closed
Label[zh_CN]=三通阀已关

[Point hot_water_active]
Read=holding:280.4
Type=bit
Attribute=hot_water_active

[Point heating_active]
Read=holding:280.5
Type=bit
Attribute=heating_active

[Point cooling_active]
Read=holding:280.6
Type=bit
Period=30s
Label=Cooling
Label[zh_CN]=正在制冷

# The resolution is taken from the other temperatures.
[Point outdoor_temperature]
Read=holding:384
Type=s16
Scale=0.01
Unit=°C
Possible=-60..80
Attribute=outdoor_temperature
Confidence=low

# The source gives no meaning of its values.
[Point season_mode]
Read=holding:385
Type=u16
Period=10min
Label=Season
Label[zh_CN]=季节模式

[Point flow_temperature]
Read=holding:400
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Attribute=flow.temperature

[Point return_temperature]
Read=holding:401
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Attribute=return.temperature

[Point flue_gas_temperature]
Read=holding:402
Type=s16
Scale=0.01
Unit=°C
Possible=-60..600
Attribute=flue.temperature

[Point heat_pump_flow_temperature]
Read=holding:403
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Label=Heat pump flow temperature
Label[zh_CN]=热泵供水温度

[Point cop]
Read=holding:9230
Type=u16
Scale=0.001
Unit=ratio
Period=30s
Label=COP
Label[zh_CN]=能效比

[Point cop_threshold]
Read=holding:9231
Type=u16
Scale=0.001
Unit=ratio
Period=1h
Label=COP threshold
Label[zh_CN]=能效比阈值

[Point fallback_mode]
Read=holding:21020
Type=u16
Enum=0:fallback 1:fallback_heat_demand
Period=1h
Label=When the gateway is silent
Label[zh_CN]=网关失联时

[Point fallback_config]
Read=holding:21021
Type=u16
Enum=0:cancel_directly 1:never_cancel 2:maintain_fallback
Period=1h
Label=How the fallback ends
Label[zh_CN]=失联处理方式

[Point fallback_period]
Read=holding:21022
Type=u16
Unit=min
Period=1h
Label=Demand is dropped after silence of
Label[zh_CN]=失联后取消需求时间

[Point fallback_power]
Read=holding:21023
Type=u16
Unit=%
Period=1h
Label=Fallback power
Label[zh_CN]=失联时功率

[Fault holding:279.5]
Read=holding:279.5
Meaning=Service required
Meaning[zh_CN]=需要保养
Causes=boiler.service_due
Class=maintenance

[Fault holding:279.6]
Read=holding:279.6
Meaning=Reset needed
Meaning[zh_CN]=需要复位
Causes=boiler.lockout

[Fault holding:279.7]
Read=holding:279.7
Meaning=Water pressure low
Meaning[zh_CN]=水压过低
Component=water circuit
Causes=boiler.pressure_low boiler.leak
Severity=care

# Category of the first board: gas, oil, EHC, MKI, SCB, EEC or gateway (0x00 to 0x1E).
[Identify first_board]
Read=holding:129.8:8
Type=u16
Equals=0x00..0x1E
Score=5
