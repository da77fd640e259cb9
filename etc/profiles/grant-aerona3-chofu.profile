# SPDX-License-Identifier: CC0-1.0
# Grant Aerona3, made by Chofu: air-to-water heat pumps, Modbus RTU. "Parameter 21 02" is the number of a setting on
# the remote controller. A temperature sensor of a terminal that is not fitted reads -200, which is also -20.0 °C.
#
# Registers 21 to 31 are thought to be the present error and the ten before it; how they are coded is unknown (32381
# was seen with no error), so that no fault is told from them.
#
# What 1 means for coils 2 to 5, 14 and 15 is cut off in the source; the settings beside them say it.
#
# Nothing is written: the source has no limits for the room and hot water temperatures, and the rest are settings of
# the installer. Left out, because it is a command: coil 0 (erases the error history).
#
# Possible= is what such a sensor can tell; the source has no limits.
[Profile]
Maker=Grant
Model=Aerona3 (Chofu)
Kind=heat_pump
Name=Heat pump
Name[zh_CN]=热泵
Source=aerona-chofu-ashp/modbus *.tsv, README.md
Confidence=high
Version=1

[Line]
Baud=19200
Parity=none
StopBits=2
Unit=1

[Point return_water_temperature]
Read=input:0
Type=s16
Unit=°C
Possible=-40..130
Attribute=return.temperature

[Point compressor_operating_frequency]
Read=input:1
Type=s16
Unit=Hz
Attribute=compressor_frequency

[Point discharge_temperature]
Read=input:2
Type=s16
Unit=°C
Possible=-80..200
Attribute=discharge_temperature

[Point current_consumption_value]
Read=input:3
Type=s16
Scale=100
Unit=W
Attribute=active_power

[Point fan_control_number_of_rotation]
Read=input:4
Type=s16
Scale=10
Unit=rpm
Attribute=fan_speed

[Point defrost_temperature]
Read=input:5
Type=s16
Unit=°C
Possible=-80..200
Attribute=outdoor_coil_temperature

[Point outdoor_air_temperature]
Read=input:6
Type=s16
Unit=°C
Possible=-60..80
Attribute=outdoor_temperature

[Point water_pump_control_number_of_rotation]
Read=input:7
Type=s16
Scale=100
Unit=rpm
Label=Water pump speed
Label[zh_CN]=水泵转速

[Point suction_temperature]
Read=input:8
Type=s16
Unit=°C
Possible=-80..200
Attribute=suction_temperature

[Point outgoing_water_temperature]
Read=input:9
Type=s16
Unit=°C
Possible=-40..130
Attribute=flow.temperature

[Point selected_operating_mode]
Read=input:10
Type=s16
Enum=0:off 1:heat 2:cool
Attribute=system_mode

[Point room_target_zone1]
Read=input:11
Type=s16
Scale=0.1
Unit=°C
Period=1min
Label=Room target, zone 1
Label[zh_CN]=1区室温目标

[Point room_target_zone2]
Read=input:12
Type=s16
Scale=0.1
Unit=°C
Period=1min
Label=Room target, zone 2
Label[zh_CN]=2区室温目标

[Point selected_dhw_operating_mode]
Read=input:13
Type=s16
Enum=0:disable 1:comfort 2:economy 3:force
Period=1min
Label=Hot water mode
Label[zh_CN]=热水模式

[Point weekday]
Read=input:14
Type=s16
Enum=0:monday 1:tuesday 2:wednesday 3:thursday 4:friday 5:saturday 6:sunday
Period=1h
Label=Weekday
Label[zh_CN]=星期

[Point dhw_tank_temperature_terminal_7_8]
Read=input:16
Type=s16
Scale=0.1
Unit=°C
Absent=-200
Possible=-40..130
Attribute=tank.temperature

[Point outdoor_air_temperature_terminal_9_10]
Read=input:17
Type=s16
Scale=0.1
Unit=°C
Absent=-200
Possible=-60..80
Label=Outdoor temperature, second sensor
Label[zh_CN]=室外温度（附加传感器）

[Point buffer_tank_temperature_terminal_11_12]
Read=input:18
Type=s16
Scale=0.1
Unit=°C
Absent=-200
Possible=-40..130
Attribute=buffer.temperature

[Point mix_water_temperature_terminal_13_14]
Read=input:19
Type=s16
Scale=0.1
Unit=°C
Absent=-200
Possible=-40..130
Label=Mixed water temperature
Label[zh_CN]=混水温度

[Point humidity_sensor_terminal_18_19]
Read=input:20
Type=s16
Unit=%
Possible=0..100
Attribute=relative_humidity

[Point current_error_code]
Read=input:21
Type=s16
Period=1min
Label=Error number
Label[zh_CN]=错误编号
Confidence=low

[Point error_code_once_before]
Read=input:22
Type=s16
Period=1h
Label=Error number, 1 before
Label[zh_CN]=错误编号（前一次）
Confidence=low

[Point error_code_twice_before]
Read=input:23
Type=s16
Period=1h
Label=Error number, 2 before
Label[zh_CN]=错误编号（前二次）
Confidence=low

[Point error_code_three_times_before]
Read=input:24
Type=s16
Period=1h
Label=Error number, 3 before
Label[zh_CN]=错误编号（前三次）
Confidence=low

[Point error_code_four_times_before]
Read=input:25
Type=s16
Period=1h
Label=Error number, 4 before
Label[zh_CN]=错误编号（前四次）
Confidence=low

[Point error_code_five_times_before]
Read=input:26
Type=s16
Period=1h
Label=Error number, 5 before
Label[zh_CN]=错误编号（前五次）
Confidence=low

[Point error_code_six_times_before]
Read=input:27
Type=s16
Period=1h
Label=Error number, 6 before
Label[zh_CN]=错误编号（前六次）
Confidence=low

[Point error_code_seven_times_before]
Read=input:28
Type=s16
Period=1h
Label=Error number, 7 before
Label[zh_CN]=错误编号（前七次）
Confidence=low

[Point error_code_eight_times_before]
Read=input:29
Type=s16
Period=1h
Label=Error number, 8 before
Label[zh_CN]=错误编号（前八次）
Confidence=low

[Point error_code_nine_times_before]
Read=input:30
Type=s16
Period=1h
Label=Error number, 9 before
Label[zh_CN]=错误编号（前九次）
Confidence=low

[Point error_code_ten_times_before]
Read=input:31
Type=s16
Period=1h
Label=Error number, 10 before
Label[zh_CN]=错误编号（前十次）
Confidence=low

[Point plate_heat_exchanger_temp]
Read=input:32
Type=s16
Unit=°C
Possible=-80..200
Label=Plate heat exchanger temperature
Label[zh_CN]=板式换热器温度

[Point indoor_master_temp_actual]
Read=input:33
Type=s16
Scale=0.1
Unit=°C
Possible=-50..80
Attribute=local_temperature
Confidence=medium

[Point indoor_slave_temp_actual]
Read=input:34
Type=s16
Scale=0.1
Unit=°C
Possible=-50..80
Label=Room temperature, zone 2
Label[zh_CN]=2区室内温度
Confidence=medium

# Parameter 21 01.
[Point zone1_fixed_flow_heating]
Read=holding:2
Type=s16
Scale=0.1
Unit=°C
Attribute=flow_setpoint
Period=1min
Label=Zone 1, fixed flow target for heating
Label[zh_CN]=1区制热固定供水设定

# Parameter 21 02.
[Point zone1_max_flow_heating]
Read=holding:3
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Zone 1, highest flow target for heating
Label[zh_CN]=1区制热最高供水温度

# Parameter 21 03.
[Point zone1_min_flow_heating]
Read=holding:4
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Zone 1, lowest flow target for heating
Label[zh_CN]=1区制热最低供水温度

# Parameter 21 04.
[Point zone1_outdoor_for_max_flow_heating]
Read=holding:5
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Zone 1, outdoor temperature for the highest flow target, heating
Label[zh_CN]=1区制热最高供水对应室外温度

# Parameter 21 05.
[Point zone1_outdoor_for_min_flow_heating]
Read=holding:6
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Zone 1, upper outdoor temperature of the heating curve
Label[zh_CN]=1区制热曲线室外温度上限

# Parameter 21 11.
[Point zone2_fixed_flow_heating]
Read=holding:7
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Zone 2, fixed flow target for heating
Label[zh_CN]=2区制热固定供水设定

# Parameter 21 12.
[Point zone2_max_flow_heating]
Read=holding:8
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Zone 2, highest flow target for heating
Label[zh_CN]=2区制热最高供水温度

# Parameter 21 13.
[Point zone2_min_flow_heating]
Read=holding:9
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Zone 2, lowest flow target for heating
Label[zh_CN]=2区制热最低供水温度

# Parameter 21 14.
[Point zone2_outdoor_for_max_flow_heating]
Read=holding:10
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Zone 2, outdoor temperature for the highest flow target, heating
Label[zh_CN]=2区制热最高供水对应室外温度

# Parameter 21 15.
[Point zone2_outdoor_for_min_flow_heating]
Read=holding:11
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Zone 2, upper outdoor temperature of the heating curve
Label[zh_CN]=2区制热曲线室外温度上限

# The source calls it zone 2 in heating, as register 7 is; by its place (parameter 21 21) it is zone 1 in cooling.
[Point zone1_fixed_flow_cooling]
Read=holding:12
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Zone 1, fixed flow target for cooling
Label[zh_CN]=1区制冷固定供水设定
Confidence=low

# Parameter 21 22.
[Point zone1_max_flow_cooling]
Read=holding:13
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Zone 1, highest flow target for cooling
Label[zh_CN]=1区制冷最高供水温度

# Parameter 21 23.
[Point zone1_min_flow_cooling]
Read=holding:14
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Zone 1, lowest flow target for cooling
Label[zh_CN]=1区制冷最低供水温度

# Parameter 21 24.
[Point zone1_outdoor_for_max_flow_cooling]
Read=holding:15
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Zone 1, lower outdoor temperature of the cooling curve
Label[zh_CN]=1区制冷曲线室外温度下限

# Parameter 21 25.
[Point zone1_outdoor_for_min_flow_cooling]
Read=holding:16
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Zone 1, upper outdoor temperature of the cooling curve
Label[zh_CN]=1区制冷曲线室外温度上限

# Parameter 21 31.
[Point zone2_fixed_flow_cooling]
Read=holding:17
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Zone 2, fixed flow target for cooling
Label[zh_CN]=2区制冷固定供水设定

# Parameter 21 32.
[Point zone2_max_flow_cooling]
Read=holding:18
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Zone 2, highest flow target for cooling
Label[zh_CN]=2区制冷最高供水温度

# Parameter 21 33.
[Point zone2_min_flow_cooling]
Read=holding:19
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Zone 2, lowest flow target for cooling
Label[zh_CN]=2区制冷最低供水温度

# Parameter 21 34.
[Point zone2_outdoor_for_max_flow_cooling]
Read=holding:20
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Zone 2, lower outdoor temperature of the cooling curve
Label[zh_CN]=2区制冷曲线室外温度下限

# Parameter 21 35.
[Point zone2_outdoor_for_min_flow_cooling]
Read=holding:21
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Zone 2, upper outdoor temperature of the cooling curve
Label[zh_CN]=2区制冷曲线室外温度上限

# Parameter 21 41.
[Point hysteresis_heating]
Read=holding:22
Type=s16
Scale=0.1
Unit=K
Period=1h
Label=Water hysteresis for heating and hot water
Label[zh_CN]=制热及热水回差

# Parameter 21 42.
[Point hysteresis_cooling]
Read=holding:23
Type=s16
Scale=0.1
Unit=K
Period=1h
Label=Water hysteresis for cooling
Label[zh_CN]=制冷回差

# Parameter 21 51.
[Point low_tariff_difference_heating]
Read=holding:24
Type=s16
Scale=0.1
Unit=K
Period=1h
Label=Low tariff, difference for heating
Label[zh_CN]=低谷电价制热差值

# Parameter 21 52.
[Point low_tariff_difference_cooling]
Read=holding:25
Type=s16
Scale=0.1
Unit=K
Period=1h
Label=Low tariff, difference for cooling
Label[zh_CN]=低谷电价制冷差值

# Parameter 31 01.
[Point dhw_priority]
Read=holding:26
Type=s16
Enum=0:no_hot_water 1:hot_water_first 2:heating_first
Period=1h
Label=Hot water priority
Label[zh_CN]=热水优先

# Parameter 31 02.
[Point dhw_heat_source]
Read=holding:27
Type=s16
Enum=0:heat_pump_and_heater 1:heat_pump 2:heater
Period=1h
Label=Hot water is heated by
Label[zh_CN]=热水加热方式

# Parameter 31 11.
[Point dhw_comfort_setpoint]
Read=holding:28
Type=s16
Scale=0.1
Unit=°C
Attribute=tank.setpoint
Period=1min

# Parameter 31 12.
[Point dhw_economy_setpoint]
Read=holding:29
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Hot water setpoint, economy
Label[zh_CN]=热水经济设定

# Parameter 31 13.
[Point dhw_hysteresis]
Read=holding:30
Type=s16
Scale=0.1
Unit=K
Period=1h
Label=Hot water hysteresis
Label[zh_CN]=热水回差

# Parameter 31 14.
[Point dhw_boost_setpoint]
Read=holding:31
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Hot water setpoint, boost
Label[zh_CN]=热水强力设定

# Parameter 31 21.
[Point dhw_max_time]
Read=holding:32
Type=s16
Unit=min
Period=1h
Label=Longest hot water heating
Label[zh_CN]=热水最长加热时间

# Parameter 31 31.
[Point dhw_heater_delay]
Read=holding:33
Type=s16
Unit=min
Period=1h
Label=Delay of the hot water heater
Label[zh_CN]=热水电加热延时

# Parameter 31 33.
[Point dhw_heater_outdoor]
Read=holding:34
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Hot water heater below outdoor temperature
Label[zh_CN]=热水电加热启用室外温度

# Parameter 31 34.
[Point dhw_heater_outdoor_hysteresis]
Read=holding:35
Type=s16
Scale=0.1
Unit=K
Period=1h
Label=Hot water heater, outdoor hysteresis
Label[zh_CN]=热水电加热室外回差

# Parameter 31 44.
[Point anti_legionella_setpoint]
Read=holding:36
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Disinfection temperature
Label[zh_CN]=高温杀菌温度

# Parameter 41 11.
[Point night_mode_max_frequency]
Read=holding:37
Type=s16
Unit=%
Period=1h
Label=Night mode, highest compressor frequency
Label[zh_CN]=夜间模式压缩机最高频率

# Parameter 41 21.
[Point compressor_min_time]
Read=holding:38
Type=s16
Unit=s
Period=1h
Label=Compressor, least on and off time
Label[zh_CN]=压缩机最短启停时间

# Parameter 41 22.
[Point pump_off_delay]
Read=holding:39
Type=s16
Unit=s
Period=1h
Label=Pump stops after the compressor
Label[zh_CN]=压缩机停后水泵延时

# Parameter 41 23.
[Point compressor_on_delay]
Read=holding:40
Type=s16
Unit=s
Period=1h
Label=Compressor starts after the pump
Label[zh_CN]=水泵启动后压缩机延时

# Parameter 42 00.
[Point main_pump_type]
Read=holding:41
Type=s16
Enum=0:always 1:by_buffer_tank 2:sniffing
Period=1h
Label=Main pump runs
Label[zh_CN]=主水泵运行方式

# Parameter 42 01.
[Point main_pump_sniffing_on]
Read=holding:42
Type=s16
Unit=min
Period=1h
Label=Main pump, sniffing time on
Label[zh_CN]=主水泵探测开启时间

# Parameter 42 02.
[Point main_pump_sniffing_off]
Read=holding:43
Type=s16
Unit=min
Period=1h
Label=Main pump, sniffing time off
Label[zh_CN]=主水泵探测关闭时间

# Parameter 42 03.
[Point main_pump_off_delay]
Read=holding:44
Type=s16
Unit=min
Period=1h
Label=Main pump stops after the compressor
Label[zh_CN]=压缩机停后主水泵延时

# Parameter 42 11.
[Point pump_unlock_after]
Read=holding:45
Type=s16
Unit=h
Period=1h
Label=Pump exercise after standing still
Label[zh_CN]=水泵防卡停机时长

# Parameter 42 12.
[Point pump_unlock_main]
Read=holding:46
Type=s16
Unit=s
Period=1h
Label=Pump exercise, main pump
Label[zh_CN]=主水泵防卡运行时间

# Parameter 42 13.
[Point pump_unlock_1]
Read=holding:47
Type=s16
Unit=s
Period=1h
Label=Pump exercise, pump 1
Label[zh_CN]=水泵1防卡运行时间

# Parameter 42 14.
[Point pump_unlock_2]
Read=holding:48
Type=s16
Unit=s
Period=1h
Label=Pump exercise, pump 2
Label[zh_CN]=水泵2防卡运行时间

# Parameter 42 20.
[Point additional_pump_type]
Read=holding:49
Type=s16
Enum=0:disabled 1:as_main_pump 2:as_main_pump_not_in_hot_water 3:always_but_in_alarm_or_off 4:by_room_temperature
Period=1h
Label=Additional pump runs
Label[zh_CN]=附加水泵运行方式

# Parameter 43 01.
[Point frost_room_start]
Read=holding:50
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Frost protection, room temperature
Label[zh_CN]=防冻室温

# Parameter 43 02.
[Point frost_room_hysteresis]
Read=holding:51
Type=s16
Scale=0.1
Unit=K
Period=1h
Label=Frost protection, room hysteresis
Label[zh_CN]=防冻室温回差

# Parameter 43 03.
[Point frost_water]
Read=holding:52
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Frost protection, water temperature
Label[zh_CN]=防冻水温

# Parameter 43 04.
[Point frost_pump_delay]
Read=holding:53
Type=s16
Unit=s
Period=1h
Label=Frost protection, pump delay
Label[zh_CN]=防冻水泵延时

# Parameter 43 11.
[Point frost_outdoor_start]
Read=holding:54
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Frost protection, outdoor temperature
Label[zh_CN]=防冻室外温度

# Parameter 43 12.
[Point frost_outdoor_hysteresis]
Read=holding:55
Type=s16
Scale=0.1
Unit=K
Period=1h
Label=Frost protection, outdoor hysteresis
Label[zh_CN]=防冻室外回差

# Parameter 43 13.
[Point frost_heater_setpoint]
Read=holding:56
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Frost protection, backup heater target
Label[zh_CN]=防冻辅助电热设定

# Parameter 43 14.
[Point frost_flow_hysteresis]
Read=holding:57
Type=s16
Scale=0.1
Unit=K
Period=1h
Label=Frost protection, flow hysteresis
Label[zh_CN]=防冻供水回差

# Parameter 43 31.
[Point frost_tank_start]
Read=holding:58
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Frost protection, tank temperature
Label[zh_CN]=防冻水箱温度

# Parameter 43 32.
[Point frost_tank_hysteresis]
Read=holding:59
Type=s16
Scale=0.1
Unit=K
Period=1h
Label=Frost protection, tank hysteresis
Label[zh_CN]=防冻水箱回差

# Parameter 44 01.
[Point humidity_setting]
Read=holding:60
Type=s16
Unit=%
Period=1h
Label=Humidity setting
Label[zh_CN]=室内湿度设定

# Parameter 44 11.
[Point humidity_start]
Read=holding:61
Type=s16
Unit=%
Period=1h
Label=Humidity that raises the flow target
Label[zh_CN]=提高供水温度的起始湿度

# Parameter 44 12.
[Point humidity_max_raise]
Read=holding:62
Type=s16
Scale=0.1
Unit=K
Period=1h
Label=Highest raise of the flow target at 100 % humidity
Label[zh_CN]=湿度100 %时供水最大提高值

# Parameter 45 01.
[Point mixing_valve_runtime]
Read=holding:63
Type=s16
Scale=10
Unit=s
Period=1h
Label=Mixing valve, time to open
Label[zh_CN]=混水阀全行程时间

# Parameter 45 02.
[Point mixing_valve_integral]
Read=holding:64
Type=s16
Scale=10
Unit=s
Period=1h
Label=Mixing valve, integral factor
Label[zh_CN]=混水阀积分系数

# Parameter 45 03.
[Point mixing_max_water]
Read=holding:65
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Mixing circuit, highest water temperature
Label[zh_CN]=混水回路最高水温

# Parameter 45 11.
[Point three_way_valve_time]
Read=holding:66
Type=s16
Unit=s
Period=1h
Label=Three-way valve, time to change
Label[zh_CN]=三通阀切换时间

# Parameter 45 21.
[Point flow_switch_delay_start]
Read=holding:67
Type=s16
Unit=s
Period=1h
Label=Flow alarm delay at pump start
Label[zh_CN]=启动时水流报警延时

# Parameter 45 22.
[Point flow_switch_delay_run]
Read=holding:68
Type=s16
Unit=s
Period=1h
Label=Flow alarm delay while running
Label[zh_CN]=运行时水流报警延时

# Parameter 45 23.
[Point retry_count]
Read=holding:69
Type=s16
Period=1h
Label=Retries before an alarm
Label[zh_CN]=报警前重试次数

# Parameter 45 24.
[Point retry_time]
Read=holding:70
Type=s16
Unit=min
Period=1h
Label=Time of retries before an alarm
Label[zh_CN]=报警前重试时间

# Parameter 46 00.
[Point backup_heater_type]
Read=holding:71
Type=s16
Enum=0:disabled 1:replacement 2:emergency 3:supplementary
Period=1h
Label=Backup heater is for
Label[zh_CN]=辅助电热用途

# Parameter 46 01.
[Point manual_water_setpoint]
Read=holding:72
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Manual water target
Label[zh_CN]=手动水温设定

# Parameter 46 02.
[Point manual_water_hysteresis]
Read=holding:73
Type=s16
Scale=0.1
Unit=K
Period=1h
Label=Manual water hysteresis
Label[zh_CN]=手动水温回差

# Parameter 46 03.
[Point heater_off_delay]
Read=holding:74
Type=s16
Unit=s
Period=1h
Label=Heater delay against flow alarms
Label[zh_CN]=防水流报警电热延时

# Parameter 46 04.
[Point heater_on_delay]
Read=holding:75
Type=s16
Unit=min
Period=1h
Label=Backup heater delay
Label[zh_CN]=辅助电热延时

# Parameter 46 05.
[Point heater_integration]
Read=holding:76
Type=s16
Period=1h
Label=Backup heater, integration time
Label[zh_CN]=辅助电热积分时间

# Parameter 46 11.
[Point heater_replace_outdoor]
Read=holding:77
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Backup heater instead of the compressor below
Label[zh_CN]=辅助电热替代压缩机室外温度

# Parameter 46 12.
[Point heater_replace_hysteresis]
Read=holding:78
Type=s16
Scale=0.1
Unit=K
Period=1h
Label=Backup heater instead of the compressor, hysteresis
Label[zh_CN]=辅助电热替代回差

# Parameter 46 13.
[Point heater_supplement_outdoor]
Read=holding:79
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Backup heater supplements below
Label[zh_CN]=辅助电热补充室外温度

# Parameter 46 14.
[Point heater_supplement_hysteresis]
Read=holding:80
Type=s16
Scale=0.1
Unit=K
Period=1h
Label=Backup heater supplements, hysteresis
Label[zh_CN]=辅助电热补充回差

# Parameter 46 20.
[Point freeze_protection]
Read=holding:81
Type=s16
Enum=0:disabled 1:at_start 2:in_defrost 3:at_start_and_in_defrost
Period=1h
Label=Freeze protection
Label[zh_CN]=冻结保护

# Parameter 46 21.
[Point start_flow_setpoint]
Read=holding:82
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Flow target at start
Label[zh_CN]=启动时供水设定

# Parameter 46 22.
[Point start_flow_hysteresis]
Read=holding:83
Type=s16
Scale=0.1
Unit=K
Period=1h
Label=Flow hysteresis at start
Label[zh_CN]=启动时供水回差

# Parameter 47 00.
[Point ehs_type]
Read=holding:84
Type=s16
Enum=0:disabled 1:replacement 2:supplementary
Period=1h
Label=External heat source is for
Label[zh_CN]=外部热源用途

# Parameter 47 02.
[Point ehs_replace_outdoor]
Read=holding:85
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=External heat source instead of the compressor below
Label[zh_CN]=外部热源替代室外温度

# Parameter 47 03.
[Point ehs_replace_hysteresis]
Read=holding:86
Type=s16
Scale=0.1
Unit=K
Period=1h
Label=External heat source instead of the compressor, hysteresis
Label[zh_CN]=外部热源替代回差

# Parameter 47 04.
[Point ehs_supplement_outdoor]
Read=holding:87
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=External heat source supplements below
Label[zh_CN]=外部热源补充室外温度

# Parameter 47 05.
[Point ehs_supplement_hysteresis]
Read=holding:88
Type=s16
Scale=0.1
Unit=K
Period=1h
Label=External heat source supplements, hysteresis
Label[zh_CN]=外部热源补充回差

# Parameter 47 06.
[Point ehs_delay]
Read=holding:89
Type=s16
Unit=min
Period=1h
Label=External heat source delay
Label[zh_CN]=外部热源延时

# Parameter 47 07.
[Point ehs_integration]
Read=holding:90
Type=s16
Period=1h
Label=External heat source, integration time
Label[zh_CN]=外部热源积分时间

# Parameter 51 20.
[Point terminal_20_21]
Read=holding:91
Type=s16
Enum=0:disabled 1:remote_on_off 2:external_heat_source_alarm
Period=1h
Label=Terminals 20-21
Label[zh_CN]=端子20-21

# Parameter 51 24.
[Point terminal_24_25]
Read=holding:92
Type=s16
Enum=0:disabled 1:closed_is_cooling 2:open_is_cooling
Period=1h
Label=Terminals 24-25
Label[zh_CN]=端子24-25

# Parameter 51 47.
[Point terminal_47]
Read=holding:93
Type=s16
Enum=0:disabled 1:alarm 2:ambient_temperature_reached
Period=1h
Label=Terminal 47
Label[zh_CN]=端子47

[Point roomstat_master_on_off]
Read=holding:95
Type=s16
Period=1min
Label=Room thermostat, zone 1
Label[zh_CN]=1区室温控制器

[Point roomstat_slave_on_off_unable_to_write]
Read=holding:96
Type=s16
Period=1min
Label=Room thermostat, zone 2
Label[zh_CN]=2区室温控制器

[Point room_set_point_target_master_c]
Read=holding:97
Type=s16
Scale=0.1
Unit=°C
Attribute=heating_setpoint
Period=1min

[Point room_set_point_target_slave_c]
Read=holding:98
Type=s16
Scale=0.1
Unit=°C
Period=1min
Label=Room target set, zone 2
Label[zh_CN]=2区室温设定

# Parameter 03 00.
[Point restart_after_blackout]
Read=coil:1
Type=bit
Period=1h
Label=Restarts after a blackout
Label[zh_CN]=停电后自动重启

# Parameter 21 00.
[Point zone1_heating_target]
Read=coil:2
Type=bit
Enum=0:fixed 1:by_weather
Period=1h
Label=Zone 1, flow target for heating
Label[zh_CN]=1区制热供水目标

# Parameter 21 10.
[Point zone2_heating_target]
Read=coil:3
Type=bit
Enum=0:fixed 1:by_weather
Period=1h
Label=Zone 2, flow target for heating
Label[zh_CN]=2区制热供水目标

# Parameter 21 20.
[Point zone1_cooling_target]
Read=coil:4
Type=bit
Enum=0:fixed 1:by_weather
Period=1h
Label=Zone 1, flow target for cooling
Label[zh_CN]=1区制冷供水目标

# Parameter 21 30.
[Point zone2_cooling_target]
Read=coil:5
Type=bit
Enum=0:fixed 1:by_weather
Period=1h
Label=Zone 2, flow target for cooling
Label[zh_CN]=2区制冷供水目标

# Parameter 31 40.
[Point anti_legionella]
Read=coil:6
Type=bit
Period=1h
Label=Disinfection allowed
Label[zh_CN]=高温杀菌功能

# Parameter 41 00.
[Point controlled_by]
Read=coil:7
Type=bit
Enum=0:room_target 1:water_target
Period=1h
Label=Heat pump follows
Label[zh_CN]=热泵启停依据

# Parameter 43 00.
[Point frost_by_room]
Read=coil:8
Type=bit
Period=1h
Label=Frost protection by room temperature
Label[zh_CN]=室温防冻

# Parameter 43 10.
[Point frost_by_outdoor]
Read=coil:9
Type=bit
Period=1h
Label=Frost protection by outdoor temperature
Label[zh_CN]=室外温度防冻

# Parameter 43 20.
[Point frost_by_flow]
Read=coil:10
Type=bit
Period=1h
Label=Frost protection by flow temperature
Label[zh_CN]=供水温度防冻

# Parameter 43 30.
[Point frost_of_tank]
Read=coil:11
Type=bit
Period=1h
Label=Frost protection of the tank
Label[zh_CN]=水箱防冻

# Parameter 43 40.
[Point frost_of_second_circuit]
Read=coil:12
Type=bit
Period=1h
Label=Frost protection of the second circuit
Label[zh_CN]=二次回路防冻

# Parameter 44 10.
[Point humidity_compensation]
Read=coil:13
Type=bit
Period=1h
Label=Humidity compensation
Label[zh_CN]=湿度补偿

# Parameter 46 10.
[Point backup_heater_condition]
Read=coil:14
Type=bit
Enum=0:always 1:by_outdoor_temperature
Period=1h
Label=Backup heater allowed
Label[zh_CN]=辅助电热条件

# Parameter 47 01.
[Point ehs_condition]
Read=coil:15
Type=bit
Enum=0:always 1:by_outdoor_temperature
Period=1h
Label=External heat source allowed
Label[zh_CN]=外部热源条件

# Parameter 51 01.
[Point terminal_1_2_3]
Read=coil:16
Type=bit
Period=1h
Label=Terminals 1-3, remote controller
Label[zh_CN]=端子1-3 遥控器

# Parameter 51 04.
[Point terminal_4_5_6]
Read=coil:17
Type=bit
Period=1h
Label=Terminals 4-6, mixing valve
Label[zh_CN]=端子4-6 混水阀

# Parameter 51 07.
[Point terminal_7_8]
Read=coil:18
Type=bit
Period=1h
Label=Terminals 7-8, hot water sensor
Label[zh_CN]=端子7-8 热水温度传感器

# Parameter 51 09.
[Point terminal_9_10]
Read=coil:19
Type=bit
Period=1h
Label=Terminals 9-10, second outdoor sensor
Label[zh_CN]=端子9-10 附加室外传感器

# Parameter 51 11.
[Point terminal_11_12]
Read=coil:20
Type=bit
Period=1h
Label=Terminals 11-12, buffer tank sensor
Label[zh_CN]=端子11-12 缓冲水箱传感器

# Parameter 51 13.
[Point terminal_13_14]
Read=coil:21
Type=bit
Period=1h
Label=Terminals 13-14, mixed water sensor
Label[zh_CN]=端子13-14 混水传感器

# Parameter 51 15.
[Point terminal_15_16_32]
Read=coil:22
Type=bit
Period=1h
Label=Terminals 15, 16 and 32, Modbus
Label[zh_CN]=端子15、16、32 Modbus

# Parameter 51 17.
[Point terminal_17_18]
Read=coil:23
Type=bit
Period=1h
Label=Terminals 17-18, humidity sensor
Label[zh_CN]=端子17-18 湿度传感器

# Parameter 51 19.
[Point terminal_19_18]
Read=coil:24
Type=bit
Period=1h
Label=Terminals 19-18, hot water contact
Label[zh_CN]=端子19-18 热水远程触点

# Parameter 51 22.
[Point terminal_22_23]
Read=coil:25
Type=bit
Period=1h
Label=Terminals 22-23, dual target
Label[zh_CN]=端子22-23 双设定

# Parameter 51 26.
[Point terminal_26_27]
Read=coil:26
Type=bit
Period=1h
Label=Terminals 26-27, flow switch
Label[zh_CN]=端子26-27 水流开关

# Parameter 51 28.
[Point terminal_28_29]
Read=coil:27
Type=bit
Period=1h
Label=Terminals 28-29, night mode
Label[zh_CN]=端子28-29 夜间模式

# Parameter 51 30.
[Point terminal_30_31]
Read=coil:28
Type=bit
Period=1h
Label=Terminals 30-31, low tariff
Label[zh_CN]=端子30-31 低谷电价

# Parameter 51 41.
[Point terminal_41_42]
Read=coil:29
Type=bit
Period=1h
Label=Terminals 41-42, external heat source
Label[zh_CN]=端子41-42 外部热源

# Parameter 51 43.
[Point terminal_43_44]
Read=coil:30
Type=bit
Period=1h
Label=Terminals 43-44, heating or cooling output
Label[zh_CN]=端子43-44 制热制冷输出

# Parameter 51 45.
[Point terminal_45]
Read=coil:31
Type=bit
Period=1h
Label=Terminal 45, dehumidifier
Label[zh_CN]=端子45 除湿机

# Parameter 51 46.
[Point terminal_46]
Read=coil:32
Type=bit
Period=1h
Label=Terminal 46, heater
Label[zh_CN]=端子46 电加热
