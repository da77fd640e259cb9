# SPDX-License-Identifier: CC0-1.0
# Komfovent ventilation units with the C6 or C6M controller. Register numbers are the manual's, which begin at 1. The
# manual asks for no more than a request each 500 ms, each second with several units on a line.
#
# Flows are in m³/h or l/s as flow_unit says: each stands here twice, and the one whose unit it is counts.
[Profile]
Maker=Komfovent
Model=C6, C6M
Kind=ventilation_unit
Name=Ventilation unit
Name[zh_CN]=新风机
Source=Komfovent C6/C6M Modbus manual M-C6/C6M_24-10 (lnagel/hass-komfovent docs/MODBUS_C6_2025.pdf)
Confidence=high
Version=2
Addressing=1

[Line]
Baud=19200
Parity=even
StopBits=1
Gap=500ms

[Point firmware_version]
Read=holding:1000
Type=u32
Format={24:8}.{20:4}.{12:8}.{0:12}
Attribute=software_version
Period=1h

[Point power]
Read=holding:1
Type=u16
Attribute=on_off

[Point auto_mode_control]
Read=holding:2
Type=u16
Enum=0:scheduling 1:air_quality
Period=5min
Label=Automatic mode follows
Label[zh_CN]=自动模式依据

[Point eco_mode]
Read=holding:3
Type=u16
Enum=0:off 1:on
Period=5min
Label=Eco mode
Label[zh_CN]=节能模式

[Point auto_mode]
Read=holding:4
Type=u16
Enum=0:off 1:on
Period=5min
Label=Automatic mode
Label[zh_CN]=自动模式

[Point current_mode]
Read=holding:5
Type=u16
Enum=0:standby 1:away 2:normal 3:intensive 4:boost 5:kitchen 6:fireplace 7:override 8:holiday 9:air_quality 10:off
Attribute=mode

[Point scheduler_mode]
Read=holding:6
Type=u16
Enum=0:stay_at_home 1:working_week 2:office 3:custom
Period=5min
Label=Schedule
Label[zh_CN]=日程

[Point next_mode]
Read=holding:7
Type=u16
Enum=0:standby 1:away 2:normal 3:intensive 4:boost 5:kitchen 6:fireplace 7:override 8:holidays
Period=5min
Label=Next mode
Label[zh_CN]=下一模式

[Point next_mode_start]
Read=holding:8
Type=u16
Unit=min
Period=5min
Label=Next mode starts (minute of the day)
Label[zh_CN]=下一模式开始（当日分钟）

[Point next_mode_weekday]
Read=holding:9
Type=u16
Enum=0:none 1:mo 2:tu 3:we 4:th 5:fr 6:sa 7:su
Period=5min
Label=Next mode on
Label[zh_CN]=下一模式星期

# 2 and 3 are the other way round in one public integration.
[Point temperature_control]
Read=holding:11
Type=u16
Enum=0:supply 1:extract 2:balance 3:room
Period=5min
Label=Controlled temperature
Label[zh_CN]=控温对象
Confidence=low

[Point flow_control]
Read=holding:12
Type=u16
Enum=0:cav 1:vav 2:dcv 3:off
Period=5min
Label=Flow control
Label[zh_CN]=风量控制

[Point max_supply_flow]
Read=holding:13
When=flow_unit != l_per_s
Type=u32
Unit=m³/h
Period=1h
Label=Largest supply flow
Label[zh_CN]=最大送风量

[Point max_supply_flow_ls]
Read=holding:13
When=flow_unit == l_per_s
Type=u32
Unit=L/s
Period=1h
Label=Largest supply flow
Label[zh_CN]=最大送风量

[Point max_extract_flow]
Read=holding:15
When=flow_unit != l_per_s
Type=u32
Unit=m³/h
Period=1h
Label=Largest extract flow
Label[zh_CN]=最大排风量

[Point max_extract_flow_ls]
Read=holding:15
When=flow_unit == l_per_s
Type=u32
Unit=L/s
Period=1h
Label=Largest extract flow
Label[zh_CN]=最大排风量

[Point flow_unit]
Read=holding:28
Type=u16
Enum=0:m3_per_h 1:l_per_s
Period=1h
Label=Flow unit
Label[zh_CN]=风量单位

[Point clock]
Read=holding:29
Type=u16
Format={8:8:02}:{0:8:02}
Period=1min
Label=Clock
Label[zh_CN]=时钟

# Month and day; 0x020C is the twelfth of February.
[Point date]
Read=holding:31
Type=u16
Format={8:8:02}-{0:8:02}
Period=10min
Label=Date (month and day)
Label[zh_CN]=日期（月-日）

# Seconds since 1970.
[Point epoch_time]
Read=holding:33
Type=u32
Unit=s
Period=10min
Label=Clock in seconds since 1970
Label[zh_CN]=时钟（1970年起的秒数）

[Point fire_alarm_restart]
Read=holding:42
Type=u16
Enum=0:manual 1:auto
Period=1h
Label=Restart after fire alarm
Label[zh_CN]=火警后重启

[Point normal_supply_flow]
Read=holding:106
When=flow_unit != l_per_s
Type=u32
Unit=m³/h
Period=5min
Label=Supply flow in normal mode
Label[zh_CN]=普通模式送风量

[Point normal_supply_flow_ls]
Read=holding:106
When=flow_unit == l_per_s
Type=u32
Unit=L/s
Period=5min
Label=Supply flow in normal mode
Label[zh_CN]=普通模式送风量

[Point normal_extract_flow]
Read=holding:108
When=flow_unit != l_per_s
Type=u32
Unit=m³/h
Period=5min
Label=Extract flow in normal mode
Label[zh_CN]=普通模式排风量

[Point normal_extract_flow_ls]
Read=holding:108
When=flow_unit == l_per_s
Type=u32
Unit=L/s
Period=5min
Label=Extract flow in normal mode
Label[zh_CN]=普通模式排风量

[Point normal_setpoint]
Read=holding:110
Type=s16
Scale=0.1
Unit=°C
Attribute=temperature_setpoint
Period=5min

[Point normal_heater]
Read=holding:111
Type=u16
Enum=0:off 1:on
Period=5min
Label=Heater in normal mode
Label[zh_CN]=普通模式加热

[Point active_alarm_count]
Read=holding:600
Type=u16
Label=Active alarms
Label[zh_CN]=报警数量

# Ten slots; bit 7 tells a warning (W) from a fault (F).
[Point active_alarm_1]
Read=holding:601
Type=u16
Fault=code
Code=0x%02X
Attribute=fault_code

[Point active_alarm_2]
Read=holding:602
Type=u16
Fault=code
Code=0x%02X
Hidden=yes

[Point active_alarm_3]
Read=holding:603
Type=u16
Fault=code
Code=0x%02X
Hidden=yes

[Point active_alarm_4]
Read=holding:604
Type=u16
Fault=code
Code=0x%02X
Hidden=yes

[Point active_alarm_5]
Read=holding:605
Type=u16
Fault=code
Code=0x%02X
Hidden=yes

[Point active_alarm_6]
Read=holding:606
Type=u16
Fault=code
Code=0x%02X
Hidden=yes

[Point active_alarm_7]
Read=holding:607
Type=u16
Fault=code
Code=0x%02X
Hidden=yes

[Point active_alarm_8]
Read=holding:608
Type=u16
Fault=code
Code=0x%02X
Hidden=yes

[Point active_alarm_9]
Read=holding:609
Type=u16
Fault=code
Code=0x%02X
Hidden=yes

[Point active_alarm_10]
Read=holding:610
Type=u16
Fault=code
Code=0x%02X
Hidden=yes

[Point supply_temperature]
Read=holding:902
Type=s16
Scale=0.1
Unit=°C
Possible=-50..120
Attribute=supply.temperature

[Point extract_temperature]
Read=holding:903
Type=s16
Scale=0.1
Unit=°C
Possible=-50..120
Attribute=extract.temperature

[Point outdoor_temperature]
Read=holding:904
Type=s16
Scale=0.1
Unit=°C
Possible=-50..120
Attribute=outdoor_temperature

[Point water_temperature]
Read=holding:905
Type=s16
Scale=0.1
Unit=°C
Possible=-50..120
Label=Water temperature
Label[zh_CN]=水温

[Point exhaust_temperature]
Read=holding:961
Type=s16
Scale=0.1
Unit=°C
Possible=-50..120
Attribute=exhaust.temperature

[Point panel1_temperature]
Read=holding:946
Type=s16
Scale=0.1
Unit=°C
Possible=-50..120
Attribute=local_temperature

[Point supply_flow]
Read=holding:906
When=flow_unit != l_per_s
Type=u32
Unit=m³/h
Attribute=supply.flow

[Point supply_flow_ls]
Read=holding:906
When=flow_unit == l_per_s
Type=u32
Unit=L/s
Attribute=supply.flow

[Point extract_flow]
Read=holding:908
When=flow_unit != l_per_s
Type=u32
Unit=m³/h
Attribute=extract.flow

[Point extract_flow_ls]
Read=holding:908
When=flow_unit == l_per_s
Type=u32
Unit=L/s
Attribute=extract.flow

[Point supply_fan]
Read=holding:910
Type=u16
Scale=0.1
Unit=%
Attribute=supply.fan_percent

[Point extract_fan]
Read=holding:911
Type=u16
Scale=0.1
Unit=%
Attribute=extract.fan_percent

[Point heat_exchanger]
Read=holding:912
Type=u16
Scale=0.1
Unit=%
Attribute=heat_exchanger_percent

[Point electric_heater]
Read=holding:913
Type=u16
Scale=0.1
Unit=%
Attribute=heater_percent

[Point water_heater]
Read=holding:914
Type=u16
Scale=0.1
Unit=%
Label=Water heater
Label[zh_CN]=水加热器

[Point water_cooler]
Read=holding:915
Type=u16
Scale=0.1
Unit=%
Attribute=cooler_percent

[Point dx_unit]
Read=holding:916
Type=s16
Scale=0.1
Unit=%
Label=DX unit
Label[zh_CN]=直膨机组

# The register counts dirt, the common model what is left.
[Point filter_impurity]
Read=holding:917
Type=u16
Scale=-1
Offset=100
Unit=%
Attribute=filter.condition
Period=1min

[Point air_dampers]
Read=holding:918
Type=u16
Unit=%
Label=Air dampers
Label[zh_CN]=风阀

[Point power_consumption]
Read=holding:921
Type=u16
Unit=W
Attribute=active_power

[Point heater_power]
Read=holding:922
Type=u16
Unit=W
Attribute=heater_power

[Point heat_recovery]
Read=holding:923
Type=u16
Unit=W
Attribute=heat_recovery_power

[Point heat_exchanger_efficiency]
Read=holding:924
Type=u16
Unit=%
Attribute=heat_recovery_efficiency

[Point ahu_energy_day]
Read=holding:927
Type=u32
Scale=0.001
Unit=kWh
Period=1min
Label=Energy used today
Label[zh_CN]=今日用电量

[Point ahu_energy_month]
Read=holding:929
Type=u32
Scale=0.001
Unit=kWh
Period=1min
Label=Energy used this month
Label[zh_CN]=本月用电量

[Point ahu_energy_total]
Read=holding:931
Type=u32
Scale=0.001
Unit=kWh
Attribute=energy_imported
Period=1min

[Point heater_energy_total]
Read=holding:937
Type=u32
Scale=0.001
Unit=kWh
Period=1min
Label=Energy of the heater
Label[zh_CN]=加热器用电量

[Point recovered_energy_total]
Read=holding:943
Type=u32
Scale=0.001
Unit=kWh
Attribute=energy_recovered
Period=1min

# ppm, ppb or %RH, as the type of the sensor (213) says.
[Point air_quality_1]
Read=holding:952
Type=u16
Label=Air quality sensor
Label[zh_CN]=空气质量传感器

[Point status]
Read=holding:900
Type=u16
Bits=0:starting 1:stopping 2:fan 3:rotor 4:heating 5:cooling 6:heating_denied 7:cooling_denied 8:flow_down 9:free_heating 10:free_cooling 11:alarm_fault 12:alarm_warning
Label=Status
Label[zh_CN]=状态

[Fault F1]
Value=0x01
Meaning=Supply Flow Not Reached
Meaning[zh_CN]=送风量不足
Component=airflow
Causes=vent.low_air_flow vent.filter vent.supply_fan
Severity=care
Household=yes

[Fault F2]
Value=0x02
Meaning=Exhaust Flow Not Reached
Meaning[zh_CN]=排风量不足
Component=airflow
Causes=vent.low_air_flow vent.filter vent.extract_fan
Severity=care
Household=yes

[Fault F3]
Value=0x03
Meaning=Water Temp B5 Too Low
Meaning[zh_CN]=水温B5过低
Component=water heater
Causes=vent.water_coil_cold
Household=no

[Fault F4]
Value=0x04
Meaning=Low Supply Air Temperature
Meaning[zh_CN]=送风温度过低
Component=heating
Causes=vent.supply_cold
Household=no

[Fault F5]
Value=0x05
Meaning=High Supply Air Temperature
Meaning[zh_CN]=送风温度过高
Component=heating
Causes=vent.supply_cold
Household=no

[Fault F6]
Value=0x06
Meaning=Electric Heater Overheat
Meaning[zh_CN]=电加热过热
Component=electric heater
Causes=any.electric_heater
Severity=urgent
Household=no

[Fault F7]
Value=0x07
Meaning=Heat Exchanger Failure
Meaning[zh_CN]=热交换器故障
Component=heat exchanger
Causes=vent.exchanger
Household=no

[Fault F8]
Value=0x08
Meaning=Heat Exchanger Icing
Meaning[zh_CN]=热交换器结冰
Component=heat exchanger
Causes=vent.exchanger_ice
Household=no

[Fault F9]
Value=0x09
Meaning=Internal Fire
Meaning[zh_CN]=内部火警
Component=safety
Causes=vent.fire_alarm
Severity=danger
Household=no

[Fault F10]
Value=0x0A
Meaning=External Fire
Meaning[zh_CN]=外部火警
Component=safety
Causes=vent.fire_alarm
Severity=danger
Household=no

[Fault F11]
Value=0x0B
Meaning=Supply Air Temp B1 Short
Meaning[zh_CN]=温度传感器短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault F12]
Value=0x0C
Meaning=Supply Air Temp B1 Not Connected
Meaning[zh_CN]=温度传感器未连接
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault F13]
Value=0x0D
Meaning=Extract Air Temp B2 Short
Meaning[zh_CN]=温度传感器短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault F14]
Value=0x0E
Meaning=Extract Air Temp B2 Not Connected
Meaning[zh_CN]=温度传感器未连接
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault F15]
Value=0x0F
Meaning=Outdoor Air Temp B3 Short
Meaning[zh_CN]=温度传感器短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault F16]
Value=0x10
Meaning=Outdoor Air Temp B3 Not Connected
Meaning[zh_CN]=温度传感器未连接
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault F17]
Value=0x11
Meaning=Exhaust Air Temp B4 Short
Meaning[zh_CN]=温度传感器短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault F18]
Value=0x12
Meaning=Exhaust Air Temp B4 Not Connected
Meaning[zh_CN]=温度传感器未连接
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault F19]
Value=0x13
Meaning=Water Temp B5 Short
Meaning[zh_CN]=温度传感器短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault F20]
Value=0x14
Meaning=Water Temp B5 Not Connected
Meaning[zh_CN]=温度传感器未连接
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault F21]
Value=0x15
Meaning=Supply Temp After Hx B10 Short
Meaning[zh_CN]=温度传感器短路
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault F22]
Value=0x16
Meaning=Supply Temp After Hx B10 Not Connected
Meaning[zh_CN]=温度传感器未连接
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault F23]
Value=0x17
Meaning=Flash Fail
Meaning[zh_CN]=闪存故障
Component=controller
Causes=any.electronics
Household=no

[Fault F24]
Value=0x18
Meaning=Too Low 24V Supply Voltage
Meaning[zh_CN]=24V电压过低
Component=power supply
Causes=any.electronics
Household=no

[Fault F25]
Value=0x19
Meaning=Too High 24V Supply Voltage
Meaning[zh_CN]=24V电压过高
Component=power supply
Causes=any.electronics
Household=no

[Fault F26]
Value=0x1A
Meaning=24V Supply Voltage Overloaded
Meaning[zh_CN]=24V电源过载
Component=power supply
Causes=any.electronics
Severity=urgent
Household=no

[Fault F28]
Value=0x1C
Meaning=Room Temperature Sensor Fail
Meaning[zh_CN]=室温传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault F29]
Value=0x1D
Meaning=Room Humidity Sensor Fail
Meaning[zh_CN]=室内湿度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault F30]
Value=0x1E
Meaning=Humidity sensor failure
Meaning[zh_CN]=湿度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault F31]
Value=0x1F
Meaning=Impurity sensor failure
Meaning[zh_CN]=空气质量传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault F32]
Value=0x20
Meaning=Heat Exchanger Failure
Meaning[zh_CN]=热交换器故障
Component=heat exchanger
Causes=vent.exchanger
Household=no

[Fault F33]
Value=0x21
Meaning=Heat Exchanger Failure
Meaning[zh_CN]=热交换器故障
Component=heat exchanger
Causes=vent.exchanger
Household=no

[Fault F34]
Value=0x22
Meaning=Heat Exchanger Failure
Meaning[zh_CN]=热交换器故障
Component=heat exchanger
Causes=vent.exchanger
Household=no

[Fault F35]
Value=0x23
Meaning=Heat Exchanger Failure
Meaning[zh_CN]=热交换器故障
Component=heat exchanger
Causes=vent.exchanger
Household=no

[Fault F36]
Value=0x24
Meaning=Heat Exchanger Failure
Meaning[zh_CN]=热交换器故障
Component=heat exchanger
Causes=vent.exchanger
Household=no

[Fault F37]
Value=0x25
Meaning=Heat Exchanger Failure
Meaning[zh_CN]=热交换器故障
Component=heat exchanger
Causes=vent.exchanger
Household=no

[Fault F38]
Value=0x26
Meaning=Air flow sensor failure
Meaning[zh_CN]=风量传感器故障
Component=sensor
Causes=any.sensor_open_or_short

[Fault F39]
Value=0x27
Meaning=Air flow sensor failure
Meaning[zh_CN]=风量传感器故障
Component=sensor
Causes=any.sensor_open_or_short

[Fault F40]
Value=0x28
Meaning=Communication error
Meaning[zh_CN]=通信故障

[Fault F41]
Value=0x29
Meaning=Fire dampers failure
Meaning[zh_CN]=防火阀故障
Causes=vent.fire_alarm

[Fault F42]
Value=0x2A
Meaning=Fire damper failure
Meaning[zh_CN]=防火阀故障
Causes=vent.fire_alarm

[Fault F43]
Value=0x2B
Meaning=Fire damper failure
Meaning[zh_CN]=防火阀故障
Causes=vent.fire_alarm

[Fault F44]
Value=0x2C
Meaning=Fire damper failure
Meaning[zh_CN]=防火阀故障
Causes=vent.fire_alarm

[Fault F45]
Value=0x2D
Meaning=Fire damper failure
Meaning[zh_CN]=防火阀故障
Causes=vent.fire_alarm

[Fault F46]
Value=0x2E
Meaning=External fire alarm
Meaning[zh_CN]=外部火警
Component=safety
Causes=vent.fire_alarm
Severity=danger
Household=no

[Fault F47]
Value=0x2F
Meaning=External fire alarm
Meaning[zh_CN]=外部火警
Component=safety
Causes=vent.fire_alarm
Severity=danger
Household=no

[Fault F48]
Value=0x30
Meaning=External fire alarm
Meaning[zh_CN]=外部火警
Component=safety
Causes=vent.fire_alarm
Severity=danger
Household=no

[Fault F49]
Value=0x31
Meaning=External fire alarm
Meaning[zh_CN]=外部火警
Component=safety
Causes=vent.fire_alarm
Severity=danger
Household=no

[Fault F50]
Value=0x32
Meaning=External fire alarm
Meaning[zh_CN]=外部火警
Component=safety
Causes=vent.fire_alarm
Severity=danger
Household=no

[Fault F51]
Value=0x33
Meaning=Electric heater failure
Meaning[zh_CN]=电加热器故障
Causes=any.electric_heater

[Fault F52]
Value=0x34
Meaning=Electric preheater failure
Meaning[zh_CN]=电预热器故障
Causes=any.electric_heater

[Fault W1]
Value=0x81
Meaning=Change Air Filter
Meaning[zh_CN]=请更换空气滤网
Component=filter
Causes=vent.filter
Severity=care
Class=maintenance
Household=yes

[Fault W2]
Value=0x82
Meaning=Service Mode
Meaning[zh_CN]=检修模式
Component=controller
Severity=info
Class=information

[Fault W3]
Value=0x83
Meaning=Water Temp B5 Too Low (Warning)
Meaning[zh_CN]=水温B5过低(警告)
Component=water heater
Causes=vent.water_coil_cold
Class=warning
Household=no

[Fault W4]
Value=0x84
Meaning=Humidity sensor failure
Meaning[zh_CN]=湿度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Class=warning
Household=no

[Fault W5]
Value=0x85
Meaning=Impurity sensor failure
Meaning[zh_CN]=空气质量传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Class=warning
Household=no

[Fault W6]
Value=0x86
Meaning=Low heat exchanger efficiency
Meaning[zh_CN]=热回收效率低
Component=heat exchanger
Causes=vent.low_efficiency vent.filter
Severity=care
Class=warning
Household=yes

# The source names no endurance of the memory behind it; the budget is cautious.
[Write on_off]
Budget=100000

# Only these four may be written; 2 and 3 are the other way round in one public integration. The source names no
# endurance of the memory behind it; the budget is cautious.
[Write mode]
Enum=1:away 2:normal 3:intensive 4:boost
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.eco_mode]
Enum=0:off 1:on
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.auto_mode]
Enum=0:off 1:on
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.scheduler_mode]
Enum=0:stay_at_home 1:working_week 2:office 3:custom
Budget=100000

# Of the normal mode. The source names no endurance of the memory behind it; the budget is cautious.
[Write temperature_setpoint]
Min=5
Max=40
Step=0.5
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.normal_heater]
Enum=0:off 1:on
Budget=100000

# Starts the filter counter anew. The source names no endurance of the memory behind it; the budget is cautious.
[Write filter.reset]
To=holding:1051
Type=u16
Fixed=1
ReadBack=none
PerHour=2
Budget=100000

# Clears the alarms and brings the former mode back. The source names no endurance of the memory behind it; the budget
# is cautious.
[Write alarm_reset]
To=holding:600
Type=u16
Fixed=0x99C6
ReadBack=none
PerHour=2
Budget=100000

[Identify mode]
Read=holding:5
Type=u16
Equals=0..10
Score=10

# 5 to 40 °C, the manual's limits.
[Identify setpoint]
Read=holding:110
Type=s16
Equals=50..400
Score=10

[Identify flow_unit]
Read=holding:28
Type=u16
Equals=0..1
Score=5

[Identify alarms]
Read=holding:600
Type=u16
Equals=0..10
Score=5
