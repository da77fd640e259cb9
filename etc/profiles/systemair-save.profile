# SPDX-License-Identifier: CC0-1.0
# Systemair SAVE ventilation units. Register numbers are the maker's, which begin at 1. Alarms are registers: 1 is
# active, 2 counting up to an alarm, 3 acknowledged; the source has no panel codes, so an alarm's code is its register.
#
# Remaining times are joined as 65535·high + low, as the maker's formula says. Signed temperatures: the maker's rule
# (raw above 60000 means raw − 65536) is two's complement for all that can be.
#
# Left out: the commands that clear alarms (1 to the register after an alarm's).
[Profile]
Maker=Systemair
Model=SAVE
Kind=ventilation_unit
Name=Ventilation unit
Name[zh_CN]=新风机
Source=Systemair SAVE Modbus variable list rev36 2021-03-01 (AN3Orik/systemair docs)
Confidence=high
Version=2
Addressing=1
FaultPeriod=1min

[Line]
Baud=115200
Parity=none
StopBits=1

[Point manual_fan_level]
Read=holding:1131
Type=u16
Enum=0:off 2:low 3:normal 4:high
Period=1min
Label=Fan level
Label[zh_CN]=风量档位

[Point user_mode_request]
Read=holding:1162
Type=u16
Enum=1:auto 2:manual 3:crowded 4:refresh 5:fireplace 6:away 7:holiday
Period=5min
Label=Mode requested
Label[zh_CN]=请求的模式

# 9 to 11 are the digital inputs 1 to 3.
[Point user_mode]
Read=input:1161
Type=u16
Enum=0:auto 1:manual 2:crowded 3:refresh 4:fireplace 5:away 6:holiday 7:cooker_hood 8:vacuum_cleaner 9:external_input 10:external_input 11:external_input 12:pressure_guard
Attribute=mode

[Point user_mode_remaining_time]
Value=65535 * user_mode_remaining_time_high + user_mode_remaining_time_low
Unit=s
Label=Time left in this mode
Label[zh_CN]=当前模式剩余时间

[Point user_mode_remaining_time_low]
Read=input:1111
Type=u16
Unit=s
Hidden=yes

[Point user_mode_remaining_time_high]
Read=input:1112
Type=u16
Unit=s
Hidden=yes

[Point holiday_days]
Read=holding:1101
Type=u16
Unit=d
Period=1h
Label=Holiday lasts
Label[zh_CN]=度假时长

[Point away_hours]
Read=holding:1102
Type=u16
Unit=h
Period=1h
Label=Away lasts
Label[zh_CN]=外出时长

[Point fireplace_minutes]
Read=holding:1103
Type=u16
Unit=min
Period=1h
Label=Fireplace lasts
Label[zh_CN]=壁炉模式时长

[Point refresh_minutes]
Read=holding:1104
Type=u16
Unit=min
Period=1h
Label=Refresh lasts
Label[zh_CN]=换气时长

[Point crowded_hours]
Read=holding:1105
Type=u16
Unit=h
Period=1h
Label=Crowded lasts
Label[zh_CN]=聚会时长

[Point temperature_setpoint]
Read=holding:2001
Type=s16
Scale=0.1
Unit=°C
Attribute=temperature_setpoint
Period=1min

[Point fans_running]
Read=input:1351
Type=u16
Attribute=on_off

[Point supply_fan_output]
Read=input:14001
Type=u16
Unit=%
Attribute=supply.fan_percent

[Point extract_fan_output]
Read=input:14002
Type=u16
Unit=%
Attribute=extract.fan_percent

[Point supply_fan_rpm]
Read=input:12401
Type=u16
Unit=rpm
Attribute=supply.fan_speed

[Point extract_fan_rpm]
Read=input:12402
Type=u16
Unit=rpm
Attribute=extract.fan_speed

[Point frost_protection_temperature]
Read=input:12101
Type=s16
Scale=0.1
Unit=°C
Label=Frost protection temperature
Label[zh_CN]=防冻温度

[Point outdoor_air_temperature]
Read=input:12102
Type=s16
Scale=0.1
Unit=°C
Attribute=outdoor_temperature

[Point supply_air_temperature]
Read=input:12103
Type=s16
Scale=0.1
Unit=°C
Attribute=supply.temperature

[Point room_air_temperature]
Read=input:12104
Type=s16
Scale=0.1
Unit=°C
Attribute=local_temperature

[Point extract_air_temperature]
Read=input:12105
Type=s16
Scale=0.1
Unit=°C
Attribute=extract.temperature

[Point overheat_temperature]
Read=input:12108
Type=s16
Scale=0.1
Unit=°C
Period=1min
Label=Overheat sensor
Label[zh_CN]=过热传感器温度

[Point pdm_extract_temperature]
Read=input:12544
Type=s16
Scale=0.1
Unit=°C
Period=1min
Label=Internal extract temperature
Label[zh_CN]=内置排风温度

[Point extract_humidity]
Read=input:12136
Type=u16
Unit=%
Attribute=relative_humidity
Period=1min

[Point heating_active]
Read=input:3103
Type=u16
Enum=0:no 1:yes
Label=Heating
Label[zh_CN]=正在加热

[Point heat_recovery_active]
Read=input:3105
Type=u16
Enum=0:no 1:yes
Label=Heat recovery
Label[zh_CN]=热回收

[Point cooling_active]
Read=input:3101
Type=u16
Enum=0:no 1:yes
Period=1min
Label=Cooling
Label[zh_CN]=正在制冷

[Point defrosting_active]
Read=input:3104
Type=u16
Attribute=defrosting

[Point filter_period]
Read=holding:7001
Type=u16
Period=1h
Label=Filter interval in months
Label[zh_CN]=滤网更换周期（月）

[Point filter_remaining_time]
Value=65535 * filter_remaining_time_high + filter_remaining_time_low
Unit=s
Attribute=filter.remaining

[Point filter_remaining_time_low]
Read=input:7005
Type=u16
Unit=s
Hidden=yes
Period=1min

[Point filter_remaining_time_high]
Read=input:7006
Type=u16
Unit=s
Hidden=yes
Period=1min

[Point filter_replaced_raw]
Read=input:7002
Type=u32
Order=little
Hidden=yes
Period=1h

# The controller counts 760516096 seconds more than have passed since 1970.
[Point filter_replaced]
Value=filter_replaced_raw - 760516096
Attribute=filter.last_changed

[Point alarm_output]
Read=input:14003
Type=u16
Enum=0:off 1:on
Label=Alarm output
Label[zh_CN]=报警输出

[Fault IR15002]
Value=1
Read=input:15002
Meaning=Supply fan control
Meaning[zh_CN]=送风机控制
Component=fan
Causes=vent.supply_fan
Household=no

[Fault IR15009]
Value=1
Read=input:15009
Meaning=Extract fan control
Meaning[zh_CN]=排风机控制
Component=fan
Causes=vent.extract_fan
Household=no

[Fault IR15030]
Value=1
Read=input:15030
Meaning=Supply fan speed feedback
Meaning[zh_CN]=送风机转速反馈
Component=fan
Causes=vent.supply_fan
Household=no

[Fault IR15037]
Value=1
Read=input:15037
Meaning=Extract fan speed feedback
Meaning[zh_CN]=排风机转速反馈
Component=fan
Causes=vent.extract_fan
Household=no

[Fault IR15177]
Value=1
Read=input:15177
Meaning=Low supply air temperature
Meaning[zh_CN]=送风温度过低
Component=heating
Causes=vent.supply_cold
Household=no

[Fault IR15121]
Value=1
Read=input:15121
Meaning=Rotary heat exchanger rotation
Meaning[zh_CN]=转轮热交换器停转
Component=heat exchanger
Causes=vent.exchanger
Household=no

[Fault IR15128]
Value=1
Read=input:15128
Meaning=Plate exchanger bypass damper
Meaning[zh_CN]=旁通风阀
Component=damper
Causes=vent.damper
Household=no

[Fault IR15184]
Value=1
Read=input:15184
Meaning=Plate exchanger bypass damper feedback
Meaning[zh_CN]=旁通风阀反馈
Component=damper
Causes=vent.damper
Household=no

[Fault IR15023]
Value=1
Read=input:15023
Meaning=Defrosting
Meaning[zh_CN]=除霜
Component=heat exchanger
Causes=vent.exchanger_ice
Severity=info
Class=information
Household=no

[Fault IR15135]
Value=1
Read=input:15135
Meaning=Secondary air damper
Meaning[zh_CN]=二次风阀
Component=damper
Causes=vent.damper
Household=no

[Fault IR15114]
Value=1
Read=input:15114
Meaning=Emergency thermostat
Meaning[zh_CN]=超温保护器
Component=electric heater
Causes=any.electric_heater
Severity=urgent
Household=no

[Fault IR15016]
Value=1
Read=input:15016
Meaning=Frost protection
Meaning[zh_CN]=防冻保护
Component=heating
Causes=vent.water_coil_cold
Household=no

[Fault IR15058]
Value=1
Read=input:15058
Meaning=Frost protection sensor
Meaning[zh_CN]=防冻传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault IR15065]
Value=1
Read=input:15065
Meaning=Outdoor air sensor
Meaning[zh_CN]=室外温度传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault IR15072]
Value=1
Read=input:15072
Meaning=Supply air sensor
Meaning[zh_CN]=送风温度传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault IR15079]
Value=1
Read=input:15079
Meaning=Room air sensor
Meaning[zh_CN]=室温传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault IR15086]
Value=1
Read=input:15086
Meaning=Extract air sensor
Meaning[zh_CN]=排风温度传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault IR15093]
Value=1
Read=input:15093
Meaning=Extra controller sensor
Meaning[zh_CN]=附加控制传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault IR15100]
Value=1
Read=input:15100
Meaning=Efficiency sensor
Meaning[zh_CN]=效率传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault IR15107]
Value=1
Read=input:15107
Meaning=Overheat sensor
Meaning[zh_CN]=过热传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault IR15516]
Value=1
Read=input:15516
Meaning=Internal extract sensor
Meaning[zh_CN]=内置排风温度传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault IR15509]
Value=1
Read=input:15509
Meaning=Internal humidity sensor
Meaning[zh_CN]=内置湿度传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault IR15142]
Value=1
Read=input:15142
Meaning=Filter change
Meaning[zh_CN]=更换滤网
Component=filter
Causes=vent.filter
Severity=care
Class=maintenance
Household=yes

[Fault IR15544]
Value=1
Read=input:15544
Meaning=Filter soon due
Meaning[zh_CN]=滤网即将到期
Component=filter
Causes=vent.filter
Severity=care
Class=maintenance
Household=yes

[Fault IR15163]
Value=1
Read=input:15163
Meaning=External humidity sensor
Meaning[zh_CN]=外部湿度传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault IR15170]
Value=1
Read=input:15170
Meaning=External CO2 sensor
Meaning[zh_CN]=外部CO2传感器
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault IR15156]
Value=1
Read=input:15156
Meaning=External stop
Meaning[zh_CN]=外部停止
Component=input
Causes=any.external_stop
Severity=info
Class=information
Household=yes

[Fault IR15537]
Value=1
Read=input:15537
Meaning=Fire alarm
Meaning[zh_CN]=火警
Component=safety
Causes=vent.fire_alarm
Severity=danger
Household=no

# About 200 000 writes wear the memory out, says the source.
[Write temperature_setpoint]
Min=12
Max=30
Step=0.5
Budget=200000

# Asked for at another register and with other numbers than it is read. About 200 000 writes wear the memory out, says
# the source.
[Write mode]
To=holding:1162
Enum=1:auto 2:manual 3:crowded 4:refresh 5:fireplace 6:away 7:holiday
ReadBackAfter=5s
Budget=200000

# Off is possible only while register 1353 is 1, and is not offered.
[Write vendor.manual_fan_level]
Enum=2:low 3:normal 4:high
Budget=200000

[Write vendor.holiday_days]
Min=1
Max=365
Step=1
Budget=200000

[Write vendor.away_hours]
Min=1
Max=72
Step=1
Budget=200000

[Write vendor.fireplace_minutes]
Min=1
Max=60
Step=1
Budget=200000

[Write vendor.refresh_minutes]
Min=1
Max=240
Step=1
Budget=200000

[Write vendor.crowded_hours]
Min=1
Max=8
Step=1
Budget=200000

[Identify fan_level]
Read=holding:1131
Type=u16
Equals=0..4
Score=10

[Identify mode]
Read=input:1161
Type=u16
Equals=0..12
Score=10

[Identify mode_request]
Read=holding:1162
Type=u16
Equals=1..7
Score=10

# 12 to 30 °C, the maker's limits.
[Identify setpoint]
Read=holding:2001
Type=s16
Equals=120..300
Score=15
