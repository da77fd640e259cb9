# SPDX-License-Identifier: CC0-1.0
# Danfoss ERC 213 refrigeration controller, in refrigerators and cold cabinets. It answers one value a request, wants 12
# ms of silence between frames and answers within 100 ms. Line settings are made on the controller.
#
# Possible= is what such sensors can tell; the source has no limits. Temperatures are °F while holding 104 is not 0:
# this profile is for controllers set to °C, and writes nothing while they are not. Parameters keep the maker's
# designations (r01, A13, d03). controller_state has no list of meanings in the source and is shown as a number.
[Profile]
Maker=Danfoss
Model=ERC 213
Kind=refrigerator
Name=Refrigerator controller
Name[zh_CN]=冷柜控制器
Source=wirenboard/wb-mqtt-serial templates/config-danfoss-erc-213-wb-ref.json
Confidence=high
Version=1

[Line]
BlockReads=no
Gap=12ms
Timeout=200ms

[Point actual_temperature_setpoint]
Read=holding:2500
Type=s16
Scale=0.01
Unit=°C
Period=1min
Label=Setpoint in force
Label[zh_CN]=当前生效设定温度

[Point air_temperature_sensor]
Read=holding:2529
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Attribute=fridge.temperature

[Point defrost_temperature_sensor]
Read=holding:1010
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Attribute=evaporator.temperature
Period=30s

[Point condenser_temperature_sensor]
Read=holding:2646
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Period=30s
Label=Condenser temperature
Label[zh_CN]=冷凝器温度

[Point controller_state]
Read=holding:2006
Type=u16
Period=30s
Label=Controller state
Label[zh_CN]=控制器状态

[Point night_mode_active]
Read=holding:2532
Type=u16
Enum=0:off 1:on
Period=1min
Label=Night mode
Label[zh_CN]=夜间模式

[Point di1_status]
Read=holding:2001
Type=u16
Enum=0:off 1:on
Period=30s
Label=Digital input 1
Label[zh_CN]=数字输入1

[Point di2_status]
Read=holding:2555
Type=u16
Enum=0:off 1:on
Period=30s
Label=Digital input 2
Label[zh_CN]=数字输入2

[Point compressor_relay_status]
Read=holding:2509
Type=u16
Attribute=compressor_running

[Point fan_relay_status]
Read=holding:2510
Type=u16
Attribute=fan_running
Period=30s

[Point defrost_relay_status]
Read=holding:2511
Type=u16
Attribute=defrosting

[Point alarm_relay_status]
Read=holding:2582
Type=u16
Enum=0:off 1:on
Label=Alarm relay
Label[zh_CN]=报警继电器

[Point relay_1_turn_on_counter]
Read=holding:2034
Type=u16
Scale=100
Unit=count
Total=yes
Period=1h
Label=Relay 1 switched on
Label[zh_CN]=继电器1吸合次数

[Point relay_2_turn_on_counter]
Read=holding:2035
Type=u16
Scale=100
Unit=count
Total=yes
Period=1h
Label=Relay 2 switched on
Label[zh_CN]=继电器2吸合次数

[Point relay_3_turn_on_counter]
Read=holding:2036
Type=u16
Scale=100
Unit=count
Total=yes
Period=1h
Label=Relay 3 switched on
Label[zh_CN]=继电器3吸合次数

[Point temperature_setpoint]
Read=holding:99
Type=s16
Scale=0.01
Unit=°C
Attribute=fridge.setpoint
Period=1min

[Point controller_start]
Read=holding:116
Type=u16
Attribute=on_off
Period=1min

[Point temperature_unit]
Read=holding:104
Type=u16
Enum=0:celsius
Period=10min
Label=Temperature unit
Label[zh_CN]=温度单位

[Point controller_firmware_version]
Read=holding:2002
Type=u16
Scale=0.01
Attribute=software_version
Period=1h

[Point differential_r01]
Read=holding:100
Type=s16
Scale=0.01
Unit=K
Period=1h
Label=Switching difference (r01)
Label[zh_CN]=温控回差 (r01)

[Point minimum_temperature_setpoint_r02]
Read=holding:102
Type=s16
Scale=0.01
Unit=°C
Period=1h
Label=Lowest setpoint (r02)
Label[zh_CN]=最低设定温度 (r02)

[Point maximum_temperature_setpoint_r03]
Read=holding:101
Type=s16
Scale=0.01
Unit=°C
Period=1h
Label=Highest setpoint (r03)
Label[zh_CN]=最高设定温度 (r03)

[Point display_temperature_offset_r04]
Read=holding:103
Type=s16
Scale=0.01
Unit=K
Period=1h
Label=Display correction (r04)
Label[zh_CN]=显示温度修正 (r04)

[Point calibration_of_sair_r09]
Read=holding:112
Type=s16
Scale=0.01
Unit=K
Period=1h
Label=Air sensor correction (r09)
Label[zh_CN]=空气传感器校正 (r09)

[Point night_setback_mode_r13]
Read=holding:124
Type=s16
Scale=0.01
Unit=K
Period=1h
Label=Night setback (r13)
Label[zh_CN]=夜间温度偏移 (r13)

[Point thermostat_reference_displacement_r40]
Read=holding:150
Type=s16
Scale=0.01
Unit=K
Period=1h
Label=Setpoint displacement (r40)
Label[zh_CN]=设定值偏移 (r40)

[Point pulldown_duration_r96]
Read=holding:213
Type=u16
Unit=min
Period=1h
Label=Longest pull-down (r96)
Label[zh_CN]=速冷时长 (r96)

[Point pulldown_limit_temperature_r97]
Read=holding:214
Type=s16
Scale=0.01
Unit=°C
Period=1h
Label=Pull-down limit (r97)
Label[zh_CN]=速冷下限温度 (r97)

[Point alarm_delay_during_normal_operation_a03]
Read=holding:10001
Type=u16
Unit=min
Period=1h
Label=Temperature alarm delay (A03)
Label[zh_CN]=温度报警延时 (A03)

[Point other_alarm_delay_a12]
Read=holding:10017
Type=u16
Unit=min
Period=1h
Label=Other alarm delay (A12)
Label[zh_CN]=其他报警延时 (A12)

[Point high_temperature_alarm_limit_a13]
Read=holding:10018
Type=s16
Scale=0.01
Unit=°C
Period=1h
Label=High temperature alarm (A13)
Label[zh_CN]=高温报警限 (A13)

[Point low_temperature_alarm_limit_a14]
Read=holding:10019
Type=s16
Scale=0.01
Unit=°C
Period=1h
Label=Low temperature alarm (A14)
Label[zh_CN]=低温报警限 (A14)

[Point di1_delay_a27]
Read=holding:10027
Type=u16
Unit=min
Period=1h
Label=Digital input 1 delay (A27)
Label[zh_CN]=数字输入1延时 (A27)

[Point di2_delay_a28]
Read=holding:10028
Type=u16
Unit=min
Period=1h
Label=Digital input 2 delay (A28)
Label[zh_CN]=数字输入2延时 (A28)

[Point condenser_alarm_temperature_limit_a37]
Read=holding:10037
Type=s16
Scale=0.01
Unit=°C
Period=1h
Label=Condenser alarm (A37)
Label[zh_CN]=冷凝器报警温度 (A37)

[Point condenser_stop_temperature_limit_a54]
Read=holding:10054
Type=s16
Scale=0.01
Unit=°C
Period=1h
Label=Condenser stop (A54)
Label[zh_CN]=冷凝器停机温度 (A54)

[Point voltage_protection_enabled_a72]
Read=holding:10083
Type=u16
Enum=0:no 1:yes
Period=1h
Label=Voltage protection (A72)
Label[zh_CN]=电压保护 (A72)

[Point compressor_minimum_start_voltage_a73]
Read=holding:10084
Type=u16
Unit=V
Period=1h
Label=Lowest voltage to start (A73)
Label[zh_CN]=压缩机最低启动电压 (A73)

[Point compressor_minimum_stop_voltage_a74]
Read=holding:10085
Type=u16
Unit=V
Period=1h
Label=Lowest voltage to run (A74)
Label[zh_CN]=压缩机最低运行电压 (A74)

[Point compressor_maximum_voltage_a75]
Read=holding:10086
Type=u16
Unit=V
Period=1h
Label=Highest voltage (A75)
Label[zh_CN]=压缩机最高电压 (A75)

[Point defrost_type_d01]
Read=holding:999
Type=u16
Enum=0:no 1:electrical 2:gas 3:brine
Period=1h
Label=Defrost type (d01)
Label[zh_CN]=化霜方式 (d01)

[Point def_stop_temperature_d02]
Read=holding:1000
Type=s16
Scale=0.01
Unit=°C
Period=1h
Label=Defrost stops at (d02)
Label[zh_CN]=化霜终止温度 (d02)

[Point defrost_interval_d03]
Read=holding:1001
Type=u16
Unit=h
Period=1h
Label=Time between defrosts (d03)
Label[zh_CN]=化霜间隔 (d03)

[Point maximum_defrost_time_d04]
Read=holding:1002
Type=u16
Unit=min
Period=1h
Label=Longest defrost (d04)
Label[zh_CN]=最长化霜时间 (d04)

[Point defrost_delay_at_power_up_or_di_signal_d05]
Read=holding:1003
Type=u16
Unit=min
Period=1h
Label=Defrost delay after power-up (d05)
Label[zh_CN]=上电化霜延时 (d05)

[Point drip_off_time_d06]
Read=holding:1004
Type=u16
Unit=min
Period=1h
Label=Drip-off time (d06)
Label[zh_CN]=滴水时间 (d06)

# The bounds are those set in the controller. The source names no endurance of the memory behind it; the budget is
# cautious.
[Write fridge.setpoint]
Min=minimum_temperature_setpoint_r02
Max=maximum_temperature_setpoint_r03
Step=0.1
If=temperature_unit == celsius
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious. A refrigerator that is switched off
# spoils food: whoever may write must mean it.
[Write on_off]
Enum=0:false 1:true
PerHour=2
Budget=100000

# 1.00 to 9.99.
[Identify firmware]
Read=holding:2002
Type=u16
Equals=100..999
Score=10

[Identify temperature_unit]
Read=holding:104
Type=u16
Equals=0..1
Score=5
