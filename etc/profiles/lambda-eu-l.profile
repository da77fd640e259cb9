# SPDX-License-Identifier: CC0-1.0
# Lambda EU-L heat pumps over Modbus TCP. Every module has a thousand of its own, every further instance a hundred more:
# heat pumps from 1000, hot water tanks from 2000, buffers from 3000, solar from 4000, heating circuits from 5000. A
# module that is not there does not answer: how many there are is asked once. Possible= is what such sensors can tell;
# the source has no limits. The order of the words of the 32-bit counters differs with the firmware.
#
# The controller wants to be asked within a minute. Its error numbers have no list in the source: heat pump 1 shows them
# as they are, the others behind the name of their module. The source reads the counters (1020 to 1023), 1050 to 1060
# and 5007 one by one, because a longer read gives wrong words there; here every value is read by itself. Requests to
# the heat pump from outside (1015 to 1018) and the output limits of the installer (1051 to 1059) are shown and not
# written. 5007 stands twice in the source, once writable: read-only here.
[Profile]
Maker=Lambda
Model=EU-L series
Kind=heat_pump
Name=Heat pump
Name[zh_CN]=热泵
Source=GuidoJeuken-6512/lambda_heat_pumps const_sensor.py, const_base.py, README.md
Confidence=high
Version=1

[Setting heat_pumps]
Values=1..3
Default=1
Label=How many heat pumps
Label[zh_CN]=热泵数量

[Setting tanks]
Values=0..5
Default=1
Label=How many hot water tanks
Label[zh_CN]=热水箱数量

[Setting buffers]
Values=0..5
Default=0
Label=How many buffer tanks
Label[zh_CN]=缓冲水箱数量

[Setting solar]
Values=0..2
Default=0
Label=How many solar modules
Label[zh_CN]=太阳能模块数量

[Setting circuits]
Values=0..12
Default=1
Label=How many heating circuits
Label[zh_CN]=供暖回路数量

[Setting word_order]
Values=high_first low_first
Default=high_first
Label=Order of the words of long counters (low_first when the energies are absurd)
Label[zh_CN]=长计数器的字顺序（电量明显不对时选 low_first）

[Repeat hp]
Count=setting.heat_pumps
Step=100

[Repeat boil]
Count=setting.tanks
Step=100

[Repeat buff]
Count=setting.buffers
Step=100

[Repeat sol]
Count=setting.solar
Step=100

[Repeat hc]
Count=setting.circuits
Step=100

[Line]
Unit=1
Timeout=10s
BlockReads=no
LeastPeriod=30s

[Point hp{n}_error_state]
Repeat=hp
Read=holding:1000
Type=u16
Enum=0:none 1:message 2:warning 3:alarm 4:fault
Label=Heat pump {n}, error state
Label[zh_CN]=热泵{n}：故障级别

[Point hp{n}_error_number]
Repeat=hp
Read=holding:1001
Type=s16
Fault=code
NoFault=0
Code=%d
Attribute=fault_code
Label=Heat pump {n}, error
Label[zh_CN]=热泵{n}：故障代码

[Point hp{n}_state]
Repeat=hp
Read=holding:1002
Type=u16
Enum=0:init 1:reference 2:restart_block 3:ready 4:start_pumps 5:start_compressor 6:pre_regulation 7:regulation 9:cooling 10:defrosting 20:stopping 30:fault_lock 31:alarm_block 40:error_reset
Label=Heat pump {n}, state
Label[zh_CN]=热泵{n}：状态

[Point hp{n}_operating_state]
Repeat=hp
Read=holding:1003
Type=u16
Enum=0:standby 1:central_heating 2:hot_water 3:central_cooling 4:circulate 5:defrost 6:off 7:frost 8:standby_frost 10:summer 11:holiday 12:error 13:warning 14:info_message 15:time_block 16:release_block 17:minimum_temperature_block 18:firmware_download
Label=Heat pump {n}, operating state
Label[zh_CN]=热泵{n}：运行状态

[Point hp_defrosting]
Value=hp1_state == defrosting
Attribute=defrosting

[Point hp_hot_water]
Value=hp1_operating_state == hot_water
Attribute=hot_water_heating

[Point hp{n}_flow_temperature]
Repeat=hp
Read=holding:1004
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Attribute=flow.temperature
Label=Heat pump {n}, flow temperature
Label[zh_CN]=热泵{n}：供水温度

[Point hp{n}_return_temperature]
Repeat=hp
Read=holding:1005
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Attribute=return.temperature
Label=Heat pump {n}, return temperature
Label[zh_CN]=热泵{n}：回水温度

[Point hp{n}_flow_rate]
Repeat=hp
Read=holding:1006
Type=s16
Unit=L/h
Attribute=flow.rate
Label=Heat pump {n}, flow rate
Label[zh_CN]=热泵{n}：水流量

[Point hp{n}_source_in_temperature]
Repeat=hp
Read=holding:1007
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Label=Heat pump {n}, heat source temperature in
Label[zh_CN]=热泵{n}：热源进口温度

[Point hp{n}_source_out_temperature]
Repeat=hp
Read=holding:1008
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Label=Heat pump {n}, heat source temperature out
Label[zh_CN]=热泵{n}：热源出口温度

[Point hp{n}_source_flow_rate]
Repeat=hp
Read=holding:1009
Type=s16
Scale=0.01
Unit=L/min
Label=Heat pump {n}, heat source flow rate
Label[zh_CN]=热泵{n}：热源流量

[Point hp{n}_compressor_rating]
Repeat=hp
Read=holding:1010
Type=u16
Scale=0.01
Unit=%
Attribute=compressor_load
Label=Heat pump {n}, compressor load
Label[zh_CN]=热泵{n}：压缩机负荷

[Point hp_compressor_running]
Value=hp1_compressor_rating > 0 %
Attribute=compressor_running

[Point hp{n}_heating_capacity]
Repeat=hp
Read=holding:1011
Type=s16
Scale=0.1
Unit=kW
Attribute=thermal_power
Label=Heat pump {n}, heat output
Label[zh_CN]=热泵{n}：制热量

[Point hp{n}_inverter_power]
Repeat=hp
Read=holding:1012
Type=s16
Unit=W
Attribute=active_power
Label=Heat pump {n}, power
Label[zh_CN]=热泵{n}：功率

[Point hp{n}_cop]
Repeat=hp
Read=holding:1013
Type=s16
Scale=0.01
Unit=ratio
Attribute=cop
Label=Heat pump {n}, COP
Label[zh_CN]=热泵{n}：能效比

[Point hp{n}_request_type]
Repeat=hp
Read=holding:1015
Type=s16
Enum=0:no_request 1:flow_pump_circulation 2:central_heating 3:central_cooling 4:hot_water
Period=1min
Label=Heat pump {n}, request from outside
Label[zh_CN]=热泵{n}：外部请求

[Point hp{n}_requested_flow_temperature]
Repeat=hp
Read=holding:1016
Type=s16
Scale=0.1
Unit=°C
Period=1min
Label=Heat pump {n}, flow temperature asked for from outside
Label[zh_CN]=热泵{n}：外部请求供水温度

[Point hp{n}_requested_return_temperature]
Repeat=hp
Read=holding:1017
Type=s16
Scale=0.1
Unit=°C
Period=1min
Label=Heat pump {n}, return temperature asked for from outside
Label[zh_CN]=热泵{n}：外部请求回水温度

[Point hp{n}_requested_temperature_difference]
Repeat=hp
Read=holding:1018
Type=s16
Scale=0.1
Unit=K
Period=1min
Label=Heat pump {n}, difference asked for from outside
Label[zh_CN]=热泵{n}：外部请求温差

[Point hp{n}_second_stage]
Repeat=hp
Read=holding:1019
Type=s16
Enum=0:off 1:on
Period=30s
Label=Heat pump {n}, second heating stage
Label[zh_CN]=热泵{n}：第二级加热

[Point hp{n}_electric_energy]
Repeat=hp
Read=holding:1020
Type=s32
Order=switch(setting.word_order, big, little)
Unit=Wh
Attribute=energy_imported
Total=yes
Period=1min
Label=Heat pump {n}, energy used
Label[zh_CN]=热泵{n}：累计用电量

[Point hp{n}_heat_energy]
Repeat=hp
Read=holding:1022
Type=s32
Order=switch(setting.word_order, big, little)
Unit=Wh
Attribute=thermal_energy
Total=yes
Period=1min
Label=Heat pump {n}, heat produced
Label[zh_CN]=热泵{n}：累计制热量

[Point hp{n}_vda_rating]
Repeat=hp
Read=holding:1025
Type=u16
Scale=0.01
Unit=%
Period=30s
Label=Heat pump {n}, VdA rating
Label[zh_CN]=热泵{n}：VdA 开度

[Point hp{n}_hot_gas_temperature]
Repeat=hp
Read=holding:1026
Type=s16
Scale=0.01
Unit=°C
Possible=-60..200
Attribute=discharge_temperature
Label=Heat pump {n}, hot gas temperature
Label[zh_CN]=热泵{n}：排气温度

[Point hp{n}_subcooling_temperature]
Repeat=hp
Read=holding:1027
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Period=30s
Label=Heat pump {n}, subcooling temperature
Label[zh_CN]=热泵{n}：过冷温度

[Point hp{n}_suction_gas_temperature]
Repeat=hp
Read=holding:1028
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Attribute=suction_temperature
Label=Heat pump {n}, suction gas temperature
Label[zh_CN]=热泵{n}：吸气温度

[Point hp{n}_condensation_temperature]
Repeat=hp
Read=holding:1029
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Period=30s
Label=Heat pump {n}, condensation temperature
Label[zh_CN]=热泵{n}：冷凝温度

[Point hp{n}_evaporation_temperature]
Repeat=hp
Read=holding:1030
Type=s16
Scale=0.01
Unit=°C
Possible=-60..150
Period=30s
Label=Heat pump {n}, evaporation temperature
Label[zh_CN]=热泵{n}：蒸发温度

[Point hp{n}_eqm_rating]
Repeat=hp
Read=holding:1031
Type=u16
Scale=0.01
Unit=%
Period=30s
Label=Heat pump {n}, EqM rating
Label[zh_CN]=热泵{n}：EqM 开度

[Point hp{n}_expansion_valve]
Repeat=hp
Read=holding:1032
Type=u16
Scale=0.01
Unit=%
Period=30s
Label=Heat pump {n}, expansion valve opening
Label[zh_CN]=热泵{n}：膨胀阀开度

[Point hp{n}_hot_water_power_at_15]
Repeat=hp
Read=holding:1051
Type=u16
Scale=0.1
Unit=kW
Period=1h
Label=Heat pump {n}, hot water output at 15 °C
Label[zh_CN]=热泵{n}：15℃时热水功率

[Point hp{n}_heating_min_power_at_15]
Repeat=hp
Read=holding:1052
Type=u16
Scale=0.1
Unit=kW
Period=1h
Label=Heat pump {n}, least heating output at 15 °C
Label[zh_CN]=热泵{n}：15℃时最小制热功率

[Point hp{n}_heating_max_power_at_15]
Repeat=hp
Read=holding:1053
Type=u16
Scale=0.1
Unit=kW
Period=1h
Label=Heat pump {n}, most heating output at 15 °C
Label[zh_CN]=热泵{n}：15℃时最大制热功率

[Point hp{n}_heating_min_power_at_0]
Repeat=hp
Read=holding:1054
Type=u16
Scale=0.1
Unit=kW
Period=1h
Label=Heat pump {n}, least heating output at 0 °C
Label[zh_CN]=热泵{n}：0℃时最小制热功率

[Point hp{n}_heating_max_power_at_0]
Repeat=hp
Read=holding:1055
Type=u16
Scale=0.1
Unit=kW
Period=1h
Label=Heat pump {n}, most heating output at 0 °C
Label[zh_CN]=热泵{n}：0℃时最大制热功率

[Point hp{n}_heating_min_power_at_minus_15]
Repeat=hp
Read=holding:1056
Type=u16
Scale=0.1
Unit=kW
Period=1h
Label=Heat pump {n}, least heating output at −15 °C
Label[zh_CN]=热泵{n}：−15℃时最小制热功率

[Point hp{n}_heating_max_power_at_minus_15]
Repeat=hp
Read=holding:1057
Type=u16
Scale=0.1
Unit=kW
Period=1h
Label=Heat pump {n}, most heating output at −15 °C
Label[zh_CN]=热泵{n}：−15℃时最大制热功率

[Point hp{n}_cooling_min_power]
Repeat=hp
Read=holding:1058
Type=u16
Scale=0.1
Unit=kW
Period=1h
Label=Heat pump {n}, least cooling output
Label[zh_CN]=热泵{n}：最小制冷功率

[Point hp{n}_cooling_max_power]
Repeat=hp
Read=holding:1059
Type=u16
Scale=0.1
Unit=kW
Period=1h
Label=Heat pump {n}, most cooling output
Label[zh_CN]=热泵{n}：最大制冷功率

[Point boil{n}_error_number]
Repeat=boil
Read=holding:2000
Type=s16
Fault=code
Code=tank %d
Label=Tank {n}, error
Label[zh_CN]=热水箱{n}：故障代码

[Point boil{n}_operating_state]
Repeat=boil
Read=holding:2001
Type=u16
Enum=0:standby 1:hot_water 2:legionella 3:summer 4:frost 5:holiday 6:priority_stop 7:error 8:off 9:prompt_hot_water 10:trailing_stop 11:temperature_lock 12:standby_frost
Label=Tank {n}, operating state
Label[zh_CN]=热水箱{n}：运行状态

[Point boil{n}_top_temperature]
Repeat=boil
Read=holding:2002
Type=s16
Scale=0.1
Unit=°C
Possible=-60..150
Attribute=tank_top.temperature
Label=Tank {n}, temperature at the top
Label[zh_CN]=热水箱{n}：上部温度

[Point boil{n}_bottom_temperature]
Repeat=boil
Read=holding:2003
Type=s16
Scale=0.1
Unit=°C
Possible=-60..150
Attribute=tank_bottom.temperature
Label=Tank {n}, temperature at the bottom
Label[zh_CN]=热水箱{n}：下部温度

[Point boil{n}_circulation_temperature]
Repeat=boil
Read=holding:2004
Type=s16
Scale=0.1
Unit=°C
Possible=-60..150
Period=30s
Label=Tank {n}, circulation temperature
Label[zh_CN]=热水箱{n}：循环管温度

[Point boil{n}_circulation_pump]
Repeat=boil
Read=holding:2005
Type=s16
Enum=0:off 1:on
Period=30s
Label=Tank {n}, circulation pump
Label[zh_CN]=热水箱{n}：循环泵

[Point boil{n}_setpoint]
Repeat=boil
Read=holding:2050
Type=s16
Scale=0.1
Unit=°C
Attribute=tank.setpoint
Period=1min
Label=Tank {n}, setpoint
Label[zh_CN]=热水箱{n}：设定温度

[Point buff{n}_error_number]
Repeat=buff
Read=holding:3000
Type=s16
Fault=code
Code=buffer %d
Label=Buffer {n}, error
Label[zh_CN]=缓冲水箱{n}：故障代码

[Point buff{n}_operating_state]
Repeat=buff
Read=holding:3001
Type=u16
Enum=0:standby 1:heating 2:cooling 3:summer 4:frost 5:holiday 6:priority_stop 7:error 8:off 9:standby_frost
Label=Buffer {n}, operating state
Label[zh_CN]=缓冲水箱{n}：运行状态

[Point buff{n}_top_temperature]
Repeat=buff
Read=holding:3002
Type=s16
Scale=0.1
Unit=°C
Possible=-60..150
Attribute=buffer.temperature
Label=Buffer {n}, temperature at the top
Label[zh_CN]=缓冲水箱{n}：上部温度

[Point buff{n}_bottom_temperature]
Repeat=buff
Read=holding:3003
Type=s16
Scale=0.1
Unit=°C
Possible=-60..150
Label=Buffer {n}, temperature at the bottom
Label[zh_CN]=缓冲水箱{n}：下部温度

[Point buff{n}_top_setpoint]
Repeat=buff
Read=holding:3004
Type=s16
Scale=0.1
Unit=°C
Period=1min
Label=Buffer {n}, setpoint at the top
Label[zh_CN]=缓冲水箱{n}：上部设定温度

[Point buff{n}_request_type]
Repeat=buff
Read=holding:3005
Type=s16
Enum=-1:invalid_request 0:no_request 1:flow_pump_circulation 2:central_heating 3:central_cooling
Period=30s
Label=Buffer {n}, request
Label[zh_CN]=缓冲水箱{n}：请求类型

[Point buff{n}_flow_setpoint]
Repeat=buff
Read=holding:3006
Type=s16
Scale=0.1
Unit=°C
Period=30s
Label=Buffer {n}, flow setpoint
Label[zh_CN]=缓冲水箱{n}：供水设定温度

[Point buff{n}_return_setpoint]
Repeat=buff
Read=holding:3007
Type=s16
Scale=0.1
Unit=°C
Period=30s
Label=Buffer {n}, return setpoint
Label[zh_CN]=缓冲水箱{n}：回水设定温度

[Point buff{n}_difference_setpoint]
Repeat=buff
Read=holding:3008
Type=s16
Scale=0.1
Unit=K
Period=30s
Label=Buffer {n}, difference setpoint
Label[zh_CN]=缓冲水箱{n}：温差设定

[Point buff{n}_heating_capacity]
Repeat=buff
Read=holding:3009
Type=s16
Scale=0.1
Unit=kW
Period=30s
Label=Buffer {n}, heat output asked for
Label[zh_CN]=缓冲水箱{n}：请求制热量

[Point buff{n}_highest_temperature]
Repeat=buff
Read=holding:3050
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Buffer {n}, highest temperature
Label[zh_CN]=缓冲水箱{n}：最高温度

[Point sol{n}_error_number]
Repeat=sol
Read=holding:4000
Type=s16
Fault=code
Code=solar %d
Label=Solar {n}, error
Label[zh_CN]=太阳能{n}：故障代码

[Point sol{n}_operating_state]
Repeat=sol
Read=holding:4001
Type=u16
Enum=0:standby 1:heating 2:error 3:off
Label=Solar {n}, operating state
Label[zh_CN]=太阳能{n}：运行状态

[Point sol{n}_collector_temperature]
Repeat=sol
Read=holding:4002
Type=s16
Scale=0.1
Unit=°C
Possible=-60..300
Label=Solar {n}, collector temperature
Label[zh_CN]=太阳能{n}：集热器温度

[Point sol{n}_storage_temperature]
Repeat=sol
Read=holding:4003
Type=s16
Scale=0.1
Unit=°C
Possible=-60..150
Label=Solar {n}, storage temperature
Label[zh_CN]=太阳能{n}：储水温度

[Point sol{n}_power]
Repeat=sol
Read=holding:4004
Type=s16
Scale=0.1
Unit=kW
Label=Solar {n}, power
Label[zh_CN]=太阳能{n}：功率

[Point sol{n}_energy]
Repeat=sol
Read=holding:4005
Type=s32
Order=switch(setting.word_order, big, little)
Unit=kWh
Total=yes
Period=1min
Label=Solar {n}, heat produced
Label[zh_CN]=太阳能{n}：累计制热量

[Point sol{n}_highest_buffer_temperature]
Repeat=sol
Read=holding:4050
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Solar {n}, highest buffer temperature
Label[zh_CN]=太阳能{n}：缓冲水箱最高温度

[Point sol{n}_changeover_temperature]
Repeat=sol
Read=holding:4051
Type=s16
Scale=0.1
Unit=°C
Period=1h
Label=Solar {n}, buffer changeover temperature
Label[zh_CN]=太阳能{n}：缓冲切换温度

[Point hc{n}_error_number]
Repeat=hc
Read=holding:5000
Type=s16
Fault=code
Code=circuit %d
Label=Heating circuit {n}, error
Label[zh_CN]=供暖回路{n}：故障代码

[Point hc{n}_operating_state]
Repeat=hc
Read=holding:5001
Type=u16
Enum=0:heating 1:eco 2:cooling 3:floor_drying 4:frost 5:max_temperature 6:error 7:service 8:holiday 9:heating_summer 10:cooling_winter 11:priority_stop 12:off 13:release_off 14:time_off 15:standby 16:standby_heating 17:standby_eco 18:standby_cooling 19:standby_frost 20:standby_floor_drying
Label=Heating circuit {n}, operating state
Label[zh_CN]=供暖回路{n}：运行状态

[Point hc{n}_flow_temperature]
Repeat=hc
Read=holding:5002
Type=s16
Scale=0.1
Unit=°C
Possible=-60..150
Label=Heating circuit {n}, flow temperature
Label[zh_CN]=供暖回路{n}：供水温度

[Point hc{n}_return_temperature]
Repeat=hc
Read=holding:5003
Type=s16
Scale=0.1
Unit=°C
Possible=-60..150
Label=Heating circuit {n}, return temperature
Label[zh_CN]=供暖回路{n}：回水温度

[Point hc{n}_room_temperature]
Repeat=hc
Read=holding:5004
Type=s16
Scale=0.1
Unit=°C
Possible=-60..150
Attribute=local_temperature
Label=Heating circuit {n}, room temperature
Label[zh_CN]=供暖回路{n}：室温

[Point hc{n}_flow_set]
Repeat=hc
Read=holding:5005
Type=s16
Scale=0.1
Unit=°C
Period=1min
Label=Heating circuit {n}, flow temperature asked for
Label[zh_CN]=供暖回路{n}：请求供水温度

[Point hc{n}_mode]
Repeat=hc
Read=holding:5006
Type=s16
Enum=-1:unknown 0:off 1:manual 2:automatic 3:auto_heating 4:auto_cooling 5:frost 6:summer 7:floor_drying
Period=1min
Label=Heating circuit {n}, mode
Label[zh_CN]=供暖回路{n}：模式

# Heating circuit 1, where the common model has the mode.
[Point system_mode]
Read=holding:5006
When=setting.circuits > 0
Type=s16
Enum=0:off 2:auto 3:heat 4:cool
Attribute=system_mode
Period=1min

[Point hc{n}_flow_setpoint]
Repeat=hc
Read=holding:5007
Type=s16
Scale=0.1
Unit=°C
Attribute=flow_setpoint
Period=30s
Label=Heating circuit {n}, flow setpoint
Label[zh_CN]=供暖回路{n}：供水设定温度
Confidence=medium

[Point hc{n}_flow_offset]
Repeat=hc
Read=holding:5050
Type=s16
Scale=0.1
Unit=K
Period=10min
Label=Heating circuit {n}, flow offset
Label[zh_CN]=供暖回路{n}：供水温度偏移

[Point hc{n}_room_setpoint]
Repeat=hc
Read=holding:5051
Type=s16
Scale=0.1
Unit=°C
Attribute=heating_setpoint
Period=1min
Label=Heating circuit {n}, room setpoint, heating
Label[zh_CN]=供暖回路{n}：制热室温设定

[Point hc{n}_cooling_room_setpoint]
Repeat=hc
Read=holding:5052
Type=s16
Scale=0.1
Unit=°C
Attribute=cooling_setpoint
Period=1min
Label=Heating circuit {n}, room setpoint, cooling
Label[zh_CN]=供暖回路{n}：制冷室温设定

# Tank 1, within the source's limits. The source names no endurance of the memory behind it; the budget is cautious.
[Write tank.setpoint]
To=holding:2050
Type=s16
Scale=0.1
Unit=°C
If=setting.tanks > 0
Min=25
Max=65
Step=0.5
Budget=100000

# Heating circuit 1, within the source's limits. The source names no endurance of the memory behind it; the budget is
# cautious.
[Write heating_setpoint]
To=holding:5051
Type=s16
Scale=0.1
Unit=°C
If=setting.circuits > 0
Min=15
Max=35
Step=0.5
Budget=100000

# Heating circuit 1, within the source's limits. The source names no endurance of the memory behind it; the budget is
# cautious.
[Write cooling_setpoint]
To=holding:5052
Type=s16
Scale=0.1
Unit=°C
If=setting.circuits > 0
Min=15
Max=35
Step=0.5
Budget=100000

# Heating circuit 1. The source names no endurance of the memory behind it; the budget is cautious.
[Write system_mode]
To=holding:5006
Type=s16
If=setting.circuits > 0
Enum=0:off 2:auto 3:heat 4:cool
Budget=100000

# Heating circuit 1. Floor drying, manual and frost protection are the installer's. The source names no endurance of the
# memory behind it; the budget is cautious.
[Write vendor.hc1_mode]
To=holding:5006
Type=s16
If=setting.circuits > 0
Enum=0:off 2:automatic 3:auto_heating 4:auto_cooling 6:summer
Budget=100000

# A state of the first heat pump.
[Identify heat_pump_1]
Read=holding:1002
Type=u16
Equals=0..40
Score=10

[Identify heat_pump_1_operating_state]
Read=holding:1003
Type=u16
Equals=0..18
Score=10

[Identify heating_circuit_1_mode]
Read=holding:5006
Type=s16
Equals=-1..7
Score=10
