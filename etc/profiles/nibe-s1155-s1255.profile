# SPDX-License-Identifier: CC0-1.0
# NIBE S1155 and S1255 ground source heat pumps, Modbus TCP. The maker's numbers are 3xxxx and 4xxxx; addresses here
# are those on the wire, one less. Values of 8 bits have a register of their own; of those with a sign its low byte is
# read.
#
# The order of the two words of a long value is set in menu 5.3.11 of the heat pump (word swap): low word first when
# it is on.
#
# Left out, because they are commands: holding 22 (resets an alarm) and 2755 (resets an inverter fault). The source
# has no list of alarm numbers, nor what the numbers of some modes mean.
#
# Possible= is what such a sensor can tell; the source has no limits.
[Profile]
Maker=NIBE
Model=S1155, S1255
Kind=heat_pump
Name=Heat pump
Name[zh_CN]=热泵
Source=yozik04/nibe nibe/data/s1155_s1255.json and .csv
Confidence=high
Version=1

[Line]
Unit=1

[Setting word_swap]
Values=no yes
Default=yes
Label=Word swap in menu 5.3.11 is on
Label[zh_CN]=菜单 5.3.11 中的“字交换”已开启

[Point current_outdoor_temperature_bt1]
Read=input:1
Type=s16
Scale=0.1
Unit=°C
Possible=-60..80
Attribute=outdoor_temperature

[Point supply_line_bt2]
Read=input:5
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=flow.temperature

[Point return_line_bt3]
Read=input:7
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=return.temperature

[Point hot_water_top_bt7]
Read=input:8
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=tank_top.temperature

[Point hot_water_charging_bt6]
Read=input:9
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=tank.temperature

[Point brine_in_bt10]
Read=input:10
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=brine_in.temperature

[Point brine_out_bt11]
Read=input:11
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=brine_out.temperature

[Point condenser_bt12]
Read=input:12
Type=s16
Scale=0.1
Unit=°C
Possible=-80..200
Label=Condenser temperature
Label[zh_CN]=冷凝器温度

[Point discharge_bt14]
Read=input:13
Type=s16
Scale=0.1
Unit=°C
Possible=-80..200
Attribute=discharge_temperature

[Point liquid_line_bt15]
Read=input:14
Type=s16
Scale=0.1
Unit=°C
Possible=-80..200
Label=Liquid line temperature
Label[zh_CN]=液管温度

[Point suction_gas_bt17]
Read=input:16
Type=s16
Scale=0.1
Unit=°C
Possible=-80..200
Attribute=suction_temperature

[Point roomsensor_1_1]
Read=input:26
Type=s16
Scale=0.1
Unit=°C
Possible=-50..80
Attribute=local_temperature

[Point external_supply_line_bt25]
Read=input:39
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Label=External supply temperature
Label[zh_CN]=外部供水温度

[Point outgoing_hot_water_bt70]
Read=input:87
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Label=Hot water temperature, outgoing
Label[zh_CN]=出水热水温度

[Point requested_compressor_frequency]
Read=input:140
Type=u16
Unit=Hz
Label=Compressor frequency asked for
Label[zh_CN]=压缩机目标频率

[Point inverter_alarm_code]
Read=input:142
Type=u16
Fault=code
Code=inverter %d
Label=Inverter alarm number
Label[zh_CN]=变频器报警编号

[Point calculated_supply_climate_system_1]
Read=input:1017
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=flow_setpoint

[Point power_internal_additional_heat]
Read=input:1027
Type=s16
Scale=0.01
Unit=kW
Label=Backup heater power
Label[zh_CN]=辅助电热功率

[Point priority]
Read=input:1028
Type=u16
Enum=10:off 20:hot_water 30:heat 40:pool 60:cooling
Label=Priority
Label[zh_CN]=当前优先

[Point priority_running]
Read=input:1028
Type=u16
Enum=10:off 20:off 30:heat 40:off 60:cool
Attribute=running_mode

[Point priority_hot_water]
Read=input:1028
Type=u16
Enum=10:false 20:true 30:false 40:false 60:false
Attribute=hot_water_heating

[Point operating_mode_internal_add_heat]
Read=input:1029
Type=u16
Period=1min
Label=Backup heater mode number
Label[zh_CN]=辅助电热模式编号

[Point compressor_frequency_current]
Read=input:1046
Type=u16
Scale=0.1
Unit=Hz
Attribute=compressor_frequency

[Point compressor_power_input]
Read=input:1048
Type=u16
Unit=W
Label=Compressor power
Label[zh_CN]=压缩机功率

[Point current_compressor]
Read=input:1052
Type=s16
Unit=mA
Attribute=compressor_current

[Point compressor_frequency_2]
Read=input:1065
Type=u16
Unit=Hz
Label=Compressor frequency, second register
Label[zh_CN]=压缩机频率（第二寄存器）

[Point compressor_power_input_average]
Read=input:1075
Type=s16
Unit=W
Label=Compressor power, average
Label[zh_CN]=压缩机平均功率

[Point compressor_starter]
Read=input:1083
Type=s32
Order=switch(setting.word_swap, big, little)
Unit=count
Attribute=compressor_starts
Period=5min

[Point total_run_time_compressor]
Read=input:1087
Type=s32
Order=switch(setting.word_swap, big, little)
Unit=h
Attribute=compressor_hours
Period=5min

[Point total_run_time_compressor_hot_water]
Read=input:1091
Type=s32
Order=switch(setting.word_swap, big, little)
Unit=h
Attribute=hot_water_hours
Period=5min

[Point operating_mode_compressor]
Read=input:1094
Type=u16
Period=1min
Label=Compressor mode number
Label[zh_CN]=压缩机模式编号

[Point compressor_status]
Read=input:1100
Type=u16
Enum=0:false 1:true
Attribute=compressor_running

[Point heating_medium_pump_speed_gp1]
Read=input:1102
Type=u16
Unit=%
Period=1min
Label=Heating pump speed
Label[zh_CN]=供暖泵转速

[Point brine_pump_speed_gp2]
Read=input:1104
Type=u16
Unit=%
Period=1min
Label=Brine pump speed
Label[zh_CN]=盐水泵转速

[Point operating_mode_sg_ready]
Read=input:1911
Type=u16
Enum=10:normal_price 20:high_price 30:low_price 40:free_electricity
Period=1min
Label=Electricity price by SG Ready
Label[zh_CN]=SG Ready 电价状态

[Point alarm_number]
Read=input:1975
Type=s16
Attribute=fault_code
Fault=code

[Point non_module_specific_alarm_numbers]
Read=input:1976
Type=s16
Period=1min
Label=Alarm number, general
Label[zh_CN]=通用报警编号

[Point class_1_alarm]
Read=input:2195
Type=u16
Enum=0:no 1:yes
Label=Alarm of class 1
Label[zh_CN]=一级报警

[Point instantaneous_used_power]
Read=input:2166
Type=u32
Order=switch(setting.word_swap, big, little)
Unit=W
Attribute=active_power

[Point energy_log_current_power_consumption]
Read=input:2305
Type=u32
Order=switch(setting.word_swap, big, little)
Scale=0.01
Unit=kW
Label=Power in the energy log
Label[zh_CN]=能耗记录功率

[Point current_power]
Read=input:2727
Type=u32
Order=switch(setting.word_swap, big, little)
Scale=0.01
Unit=kW
Label=Power now
Label[zh_CN]=当前功率

[Point hot_water_including_int_add_heat]
Read=input:1575
Type=u32
Order=switch(setting.word_swap, big, little)
Scale=0.1
Unit=kWh
Total=yes
Period=5min
Label=Heat for hot water with backup heater
Label[zh_CN]=热水制热量（含辅助电热）

[Point hot_water_compressor_only]
Read=input:1583
Type=u32
Order=switch(setting.word_swap, big, little)
Scale=0.1
Unit=kWh
Total=yes
Period=5min
Label=Heat for hot water from the compressor
Label[zh_CN]=热水制热量（压缩机）

[Point heating_compressor_only]
Read=input:1585
Type=u32
Order=switch(setting.word_swap, big, little)
Scale=0.1
Unit=kWh
Total=yes
Period=5min
Label=Heat for heating from the compressor
Label[zh_CN]=供暖制热量（压缩机）

[Point degree_minutes]
Read=holding:11
Type=s32
Order=switch(setting.word_swap, big, little)
Scale=0.1
Unit=°C·min
Period=1min
Label=Degree minutes
Label[zh_CN]=度分值

[Point heating_curve_climate_system_1]
Read=holding:26.0:8
Type=s16
Period=5min
Label=Heating curve
Label[zh_CN]=供暖曲线

[Point min_supply_climate_system_1]
Read=holding:34
Type=s16
Scale=0.1
Unit=°C
Period=5min
Label=Lowest supply temperature
Label[zh_CN]=最低供水温度

[Point max_supply_climate_system_1]
Read=holding:38
Type=s16
Scale=0.1
Unit=°C
Period=5min
Label=Highest supply temperature
Label[zh_CN]=最高供水温度

[Point hot_water_demand_mode]
Read=holding:56.0:8
Type=s16
Enum=0:small 1:medium 2:large 4:smart_control
Period=1min
Label=Hot water demand
Label[zh_CN]=热水需求

[Point hot_water_permitted]
Read=holding:195
Type=u16
Attribute=hot_water_enabled
Period=1min

# What its numbers mean is not in the source.
[Point more_hot_water]
Read=holding:697.0:8
Type=s16
Period=1min
Label=More hot water
Label[zh_CN]=增加热水

[Point hot_water_sg_ready]
Read=holding:762
Type=u16
Period=5min
Label=SG Ready acts on hot water
Label[zh_CN]=SG Ready 控制热水

[Point operating_mode]
Read=holding:2743
Type=u16
Period=1min
Label=Operating mode number
Label[zh_CN]=运行模式编号

[Point supply_air_fan_speed_normal_ers_1]
Read=holding:1042
Type=u16
Unit=%
Period=5min
Label=Supply fan speed, normal
Label[zh_CN]=送风机正常转速

# The source gives no unit; 1 to 24.
[Point time_between_filter_replacement]
Read=holding:119
Type=u16
Period=1h
Label=Time between filter changes
Label[zh_CN]=滤网更换间隔

[Point more_hot_water_status]
Read=input:1078
Type=u16
Period=1min
Label=More hot water now
Label[zh_CN]=增加热水状态

[Point pulse_energy_meter_be6]
Read=input:398
Type=u32
Order=switch(setting.word_swap, big, little)
Scale=0.01
Unit=kWh
Total=yes
Period=5min
Label=Pulse meter BE6
Label[zh_CN]=脉冲电表 BE6

# Writes. The source states no endurance of the memory behind these registers: Budget= is a cautious assumption.
[Write vendor.hot_water_demand_mode]
To=holding:56
Type=u16
LeastInterval=1min
Budget=100000

[Write hot_water_enabled]
LeastInterval=1min
Budget=100000
