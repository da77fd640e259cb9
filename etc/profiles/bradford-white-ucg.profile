# SPDX-License-Identifier: CC0-1.0
# Bradford White UCG gas water heaters behind their gateway. The page this was taken from states neither the bank nor
# whether its numbers count from 0 or 1: the function code is 03, so holding registers from 0 are read. Everything here
# has to be verified on a real unit, and some lists of values are cut off in the source. Nothing is written.
#
# firing_rate is in % or rpm, flame_signal in V or µA, as the unit is configured.
[Profile]
Maker=Bradford White
Model=UCG
Kind=water_heater
Name=Gas water heater
Name[zh_CN]=燃气热水器
Source=Bradford White UCG installation manual p.26 (manualshelf)
Confidence=low
Version=1

[Point demand_source]
Read=holding:6
Type=u16
Enum=0:unknown 1:none 2:central_heating 3:hot_water 4:lead_lag_slave 5:lead_lag_master 6:central_heating_frost 7:hot_water_frost 8:burner_switch_off 9:hot_water_storage 11:warm_weather_shutdown 12:hot_standby
Label=Demand
Label[zh_CN]=需求来源

[Point firing_rate]
Read=holding:8
Type=u16
Label=Firing rate (% or rpm)
Label[zh_CN]=燃烧负荷（% 或 rpm）

[Point fan_speed]
Read=holding:9
Type=u16
Unit=rpm
Label=Fan speed
Label[zh_CN]=风机转速

[Point flame_signal]
Read=holding:10
Type=u16
Scale=0.01
Label=Flame signal (V or µA)
Label[zh_CN]=火焰信号（V 或 µA）

[Point tank_temperature]
Read=holding:12
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=local_temperature

[Point setpoint]
Read=holding:17
Type=s16
Scale=0.1
Unit=°C
Attribute=heating_setpoint
Period=1min

[Point burner_status]
Read=holding:32
Type=u16
Enum=0:disabled 1:locked_out 4:anti_short_cycle 5:unconfigured_safety_data 34:standby_hold 35:standby_delay
Label=Burner
Label[zh_CN]=燃烧器状态

[Point lockout_code]
Read=holding:34
Type=u16
Fault=code
Code=%d
Attribute=fault_code

[Point alarm_reason]
Read=holding:35
Type=u16
Enum=0:none 1:lockout
Label=Alarm reason
Label[zh_CN]=报警原因

[Point appliance_status]
Read=holding:80
Type=u16
Enum=0:unknown 1:disabled 2:normal 3:suspended
Label=Appliance status
Label[zh_CN]=整机状态

[Point hot_water_priority_left]
Read=holding:82
Type=u16
Unit=s
Period=30s
Label=Hot water priority counter
Label[zh_CN]=热水优先计时

[Point burner_hours]
Read=holding:130
Type=u32
Unit=h
Total=yes
Period=10min
Label=Burner running hours
Label[zh_CN]=燃烧器运行小时

[Point operating_hours]
Read=holding:144
Type=u32
Unit=h
Attribute=operating_hours
Period=10min
