# SPDX-License-Identifier: CC0-1.0
# Wiren Board WBE2-I-OPENTHERM: an OpenTherm interface for gas boilers, firmware from 1.93, behind a Wiren Board
# controller. It wants 2.5 ms of silence between frames and answers within 200 ms.
#
# The control mode (holding 207) decides what holding 203, 205, 206 and 208 mean: the points say by When= in which. In
# the modes room_sensor and outdoor_sensor somebody must keep writing the room or outdoor temperature into 208; hearthd
# does not.
#
# fault_code is the number of the boiler's own display (the OpenTherm OEM code); its meaning is in the boiler's manual.
# Left unwritable: the raw OpenTherm commands (209 to 211), limits and parameters of the installer.
[Profile]
Maker=Wiren Board
Model=WBE2-I-OPENTHERM, firmware 1.93 and later
Kind=boiler
Name=Gas boiler
Name[zh_CN]=燃气壁挂炉
Source=wirenboard/wb-mqtt-serial templates/config-wbe2-i-opentherm-fw1.93.json
Confidence=high
Version=1

[Line]
Timeout=200ms
Gap=3ms

[Point control_mode]
Read=holding:207
Type=u16
Enum=0:direct 1:room_sensor 2:outdoor_sensor 3:heating_off
Period=1min
Label=Heating controlled by
Label[zh_CN]=供暖控制方式

[Point boiler_status]
Read=input:205
Type=u16
Bits=0:fault 1:heating 2:hot_water 3:flame 5:heating_2 8:heating_enabled 9:hot_water_enabled 11:outdoor_compensation 12:heating_2_enabled
Label=Boiler status
Label[zh_CN]=锅炉状态

[Point flame]
Read=input:205.3
Type=bit
Attribute=flame

[Point heating_enabled]
Read=input:205.8
Type=bit
Period=30s
Label=Heating enabled
Label[zh_CN]=供暖允许

[Point heating_active]
Read=input:205.1
Type=bit
Attribute=heating_active

[Point hot_water_enabled]
Read=input:205.9
Type=bit
Period=30s
Label=Hot water enabled
Label[zh_CN]=生活热水允许

[Point hot_water_active]
Read=input:205.2
Type=bit
Attribute=hot_water_active

[Point heating_2_enabled]
Read=input:205.12
Type=bit
Period=1min
Label=Second heating circuit enabled
Label[zh_CN]=第二供暖回路允许

[Point heating_2_active]
Read=input:205.5
Type=bit
Period=1min
Label=Heating the second circuit
Label[zh_CN]=第二供暖回路运行

[Point outdoor_compensation]
Read=input:205.11
Type=bit
Period=1min
Label=Outdoor compensation
Label[zh_CN]=气候补偿

[Point error_code]
Read=input:206
Type=u16
Fault=code
Code=%d
Attribute=fault_code

# The source gives neither unit nor meaning.
[Point heating_parameter_low]
Read=holding:214
Type=u16
Period=1h
Label=Heating, lowest value
Label[zh_CN]=供暖最小值
Confidence=low

# The source gives neither unit nor meaning.
[Point heating_parameter_high]
Read=holding:215
Type=u16
Period=1h
Label=Heating, highest value
Label[zh_CN]=供暖最大值
Confidence=low

[Point hot_water_temperature]
Read=input:208
Type=u16
Unit=°C
Possible=0..150
Attribute=hot_water.temperature

[Point solar_storage_temperature]
Read=input:220
Type=u16
Scale=0.1
Offset=-100
Unit=°C
Possible=-60..150
Period=1min
Label=Solar storage temperature
Label[zh_CN]=太阳能水箱温度

[Point solar_collector_temperature]
Read=input:221
Type=u16
Scale=0.1
Offset=-100
Unit=°C
Possible=-60..300
Period=1min
Label=Solar collector temperature
Label[zh_CN]=太阳能集热器温度

[Point heating_2_temperature]
Read=input:222
Type=u16
Unit=°C
Possible=0..150
Period=30s
Label=Second heating circuit, flow temperature
Label[zh_CN]=第二供暖回路供水温度

[Point heating_temperature]
Read=input:207
Type=u16
Unit=°C
Possible=0..150
Attribute=flow.temperature

# Computed in the modes room_sensor and outdoor_sensor, asked for in mode direct.
[Point flow_setpoint]
Read=holding:203
Type=u16
Unit=°C
Attribute=flow_setpoint
Period=30s

[Point return_temperature]
Read=input:216
Type=u16
Unit=°C
Possible=0..150
Attribute=return.temperature

[Point burner_modulation]
Read=input:209
Type=u16
Unit=%
Attribute=modulation

[Point water_pressure]
Read=input:210
Type=u16
Scale=0.1
Offset=-100
Unit=bar
Possible=-1..25
Attribute=water.pressure

[Point outdoor_temperature]
Read=input:211
Type=s16
Scale=0.1
Offset=-100
Unit=°C
Possible=-60..80
Attribute=outdoor_temperature

[Point hot_water_setpoint_lowest]
Read=input:213
Type=u16
Unit=°C
Period=10min
Label=Lowest hot water setpoint
Label[zh_CN]=生活热水设定下限

[Point hot_water_setpoint_highest]
Read=input:212
Type=u16
Unit=°C
Period=10min
Label=Highest hot water setpoint
Label[zh_CN]=生活热水设定上限

[Point heating_setpoint_lowest]
Read=input:215
Type=u16
Unit=°C
Period=10min
Label=Lowest heating setpoint
Label[zh_CN]=供暖设定下限

[Point heating_setpoint_highest]
Read=input:214
Type=u16
Unit=°C
Period=10min
Label=Highest heating setpoint
Label[zh_CN]=供暖设定上限

[Point command_type]
Read=holding:209
Type=u16
Period=1h
Label=OpenTherm command, type
Label[zh_CN]=OpenTherm 命令类型

[Point command_id]
Read=holding:210
Type=u16
Period=1h
Label=OpenTherm command, number
Label[zh_CN]=OpenTherm 命令编号

[Point command_data]
Read=holding:211
Type=u16
Period=1h
Label=OpenTherm command, data
Label[zh_CN]=OpenTherm 命令数据

# The source gives neither unit nor meaning.
[Point season_switch]
Read=holding:213
Type=u16
Period=1h
Label=Automatic season switch
Label[zh_CN]=自动季节切换
Confidence=low

[Point season]
Read=holding:212
Type=u16
Enum=0:standby 1:winter 2:summer 3:heating_only
Period=1min
Label=Season
Label[zh_CN]=季节模式

[Point master_id]
Read=holding:218
Type=u16
Period=1h
Label=OpenTherm master id
Label[zh_CN]=OpenTherm 主站编号

[Point modulation_limit]
Read=holding:222
Type=u16
Unit=%
Period=10min
Label=Highest burner modulation
Label[zh_CN]=燃烧负荷上限

# The source gives no meaning of its values.
[Point heating_handling]
Read=holding:216
Type=u16
Period=1h
Label=Heating handling
Label[zh_CN]=供暖处理方式

# The source gives no meaning of its values.
[Point hot_water_handling]
Read=holding:217
Type=u16
Period=1h
Label=Hot water handling
Label[zh_CN]=热水处理方式

[Point hot_water_setpoint]
Read=holding:204
Type=u16
Unit=°C
Attribute=hot_water.setpoint
Period=1min

[Point modulation_limited]
Read=input:226
Type=u16
Period=10min
Label=Modulation limit in use
Label[zh_CN]=负荷限制生效

[Point hot_water_override]
Read=input:218
Type=u16
Period=1h
Label=Hot water setpoint may be changed
Label[zh_CN]=热水设定可更改

[Point hot_water_transfer]
Read=input:219
Type=u16
Period=1h
Label=Hot water setpoint is transferred
Label[zh_CN]=热水设定可传送

[Point algorithm_type]
Read=input:225
Type=u16
Period=1h
Label=Algorithm in use
Label[zh_CN]=当前算法

[Point firmware]
Read=input:204
Type=u16
Scale=0.01
Attribute=software_version
Period=1h

[Point room_temperature]
Read=holding:208
When=control_mode == room_sensor
Type=s16
Scale=0.1
Offset=-100
Unit=°C
Possible=-50..60
Attribute=local_temperature

[Point outdoor_temperature_given]
Read=holding:208
When=control_mode == outdoor_sensor
Type=s16
Scale=0.1
Offset=-100
Unit=°C
Possible=-50..60
Label=Outdoor temperature given to the boiler
Label[zh_CN]=写入的室外温度

[Point room_setpoint]
Read=holding:205
When=control_mode == room_sensor
Type=u16
Unit=°C
Attribute=heating_setpoint
Period=1min

[Point heating_on]
Read=holding:205
When=control_mode == outdoor_sensor
Type=u16
Enum=0:off 1:on
Period=1min
Label=Heating
Label[zh_CN]=供暖开关

[Point heating_curve_mode]
Read=holding:224
When=control_mode == room_sensor
Type=u16
Enum=0:linear 1:constant_highest
Period=1h
Label=How the flow temperature is chosen
Label[zh_CN]=供水温度方式

[Point climate_curve]
Read=holding:206
When=control_mode == outdoor_sensor
Type=u16
Period=1h
Label=Climate curve
Label[zh_CN]=气候补偿曲线

[Point algorithm]
Read=holding:219
Type=u16
Enum=0:fixed_interval 1:standard 2:fixed_interval_with_synchronization
Period=1h
Label=Exchange with the boiler
Label[zh_CN]=通信算法

[Point boiler_make]
Read=holding:223
Type=u16
Enum=0:baxi_ampera 1:immergas 2:zota_x_line_100e 3:another
Period=1h
Label=Boiler make
Label[zh_CN]=锅炉品牌

[Fault input:205.0]
Read=input:205.0
Meaning=Boiler fault indication
Meaning[zh_CN]=锅炉故障
Component=boiler

[Fault input:229.2]
Read=input:229.2
Meaning=Low water pressure
Meaning[zh_CN]=水压过低
Component=water circuit
Causes=boiler.pressure_low boiler.leak
Severity=care
Household=yes

[Fault input:229.3]
Read=input:229.3
Meaning=Gas or flame fault
Meaning[zh_CN]=燃气/火焰故障
Component=burner
Causes=boiler.flame_fault boiler.gas_supply
Severity=urgent
Household=no

[Fault input:229.4]
Read=input:229.4
Meaning=Air pressure fault
Meaning[zh_CN]=风压故障
Component=fan / flue
Causes=boiler.air_pressure
Household=no

[Fault input:229.5]
Read=input:229.5
Meaning=Water overtemperature
Meaning[zh_CN]=水温过高
Component=heat exchanger
Causes=boiler.overheat
Severity=urgent
Household=no

[Fault input:217]
Read=input:217
Value=1
Meaning=No valid OpenTherm connection
Meaning[zh_CN]=OpenTherm通信无效
Component=wiring
Causes=any.adapter any.wiring
Severity=care
Household=yes

# The source names no endurance of the memory behind it; the budget is cautious. In mode direct only: in the others the
# interface computes it.
[Write flow_setpoint]
Min=0
Max=80
Step=1
If=control_mode == direct
Budget=100000

# The bounds are those the boiler tells. The source names no endurance of the memory behind it; the budget is cautious.
[Write hot_water.setpoint]
Min=hot_water_setpoint_lowest
Max=hot_water_setpoint_highest
Step=1
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write heating_setpoint]
Min=5
Max=35
Step=1
If=control_mode == room_sensor
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.heating_on]
Enum=0:off 1:on
If=control_mode == outdoor_sensor
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious. The source offers it in mode direct
# only.
[Write vendor.season]
Enum=0:standby 1:winter 2:summer 3:heating_only
If=control_mode == direct
Budget=100000

# Version 1.93 and later.
[Identify firmware]
Read=input:204
Type=u16
Equals=193..399
Score=10

[Identify control_mode]
Read=holding:207
Type=u16
Equals=0..3
Score=10
