# SPDX-License-Identifier: CC0-1.0
# Froeling pellet and wood boilers with a Lambdatronic 3200, over the RS-232 service port or a Modbus bridge. Unit
# identifier 1 to 247, RTU or ASCII are chosen in the boiler's menu; hearthd speaks RTU. At most 122 registers a
# request. An address inside a range that does not exist answers 65535 instead of an exception, so that only what is
# listed here is read.
#
# The fault texts are a selection of about 300 in the source, translated; a number that is not among them is shown as
# unknown. 0 is a fault, 65535 is none. pellet_container_level has the maker's divisor of 207. Possible= is what such
# sensors can tell; the source has no limits.
#
# Writing needs the 2014 protocol set in the boiler's menu. What is asked for over the remote registers (from 48001 on)
# is dropped two minutes after the last write, and on and off closer together than ten minutes are ignored: the remote
# flow setpoint is written that way. Left out: the remote registers that only the gateway writes (hot water 48019,
# release 48029) and cannot be read; operating_mode_1 has no list of meanings in the source. The points at flow +10 and
# −10 °C outdoors are the heating curve: for the installer.
[Profile]
Maker=Froeling
Model=Lambdatronic 3200
Kind=boiler
Name=Pellet boiler
Name[zh_CN]=颗粒锅炉
Source=Froeling B1200522_de, Modbus Lambdatronic 3200 V50.04 B05.19 (GyroGearl00se/ha_froeling_lambdatronic_modbus docs)
Confidence=high
Version=1
WhenGatewayGone=falls-back
WhenGatewayGoneAfter=2min

[Setting heating_circuits]
Values=0..18
Default=1
Label=How many heating circuits (beside circuit 0)
Label[zh_CN]=供暖回路数量（0号回路除外）

[Repeat circuit]
Count=setting.heating_circuits
From=1
Step=30

[Repeat circuit_mode]
Count=setting.heating_circuits
From=1
Step=1

[Repeat fault_slot]
Count=19
From=2
Step=1

[Line]
Baud=57600
Parity=none
StopBits=1
MaxRead=122

[Point fault_message]
Read=coil:0
Type=bit
Label=Fault message output
Label[zh_CN]=故障输出

[Point fault_contact]
Read=coil:1
Type=bit
Label=Fault contact
Label[zh_CN]=故障触点

[Point heating_circuit_0_pump]
Read=coil:1000
Type=bit
Label=Heating circuit 0, pump
Label[zh_CN]=供暖回路0水泵

[Point heating_circuit_{n}_pump]
Repeat=circuit
Read=coil:1030
Type=bit
Label=Heating circuit {n}, pump
Label[zh_CN]=供暖回路{n}水泵

[Point door_contact]
Read=discrete:0
Type=bit
Label=Door contact
Label[zh_CN]=炉门触点

[Point safety_thermostat]
Read=discrete:1
Type=bit
Label=Safety thermostat input
Label[zh_CN]=安全温控输入

[Point emergency_stop]
Read=discrete:2
Type=bit
Label=Emergency stop input
Label[zh_CN]=急停输入

[Point boiler_release]
Read=discrete:3
Type=bit
Label=Boiler release input
Label[zh_CN]=锅炉允许运行输入

[Point boiler_temperature]
Read=input:0
Type=s16
Scale=0.5
Unit=°C
Possible=-60..150
Attribute=flow.temperature

[Point flue_gas_temperature]
Read=input:1
Type=s16
Unit=°C
Possible=-60..600
Attribute=flue.temperature

[Point board_temperature]
Read=input:2
Type=s16
Scale=0.5
Unit=°C
Possible=-60..150
Period=1min
Label=Board temperature
Label[zh_CN]=主板温度

[Point residual_oxygen]
Read=input:3
Type=s16
Scale=0.1
Unit=%
Possible=0..25
Attribute=flue.oxygen

[Point primary_air]
Read=input:4
Type=s16
Unit=%
Label=Primary air flap
Label[zh_CN]=一次风门开度

[Point secondary_air]
Read=input:5
Type=s16
Unit=%
Label=Secondary air flap
Label[zh_CN]=二次风门开度

[Point draught_fan_speed]
Read=input:6
Type=s16
Unit=rpm
Attribute=fan_speed

[Point sensor_1]
Read=input:7
Type=s16
Scale=0.5
Unit=°C
Possible=-60..150
Label=Sensor 1
Label[zh_CN]=传感器1温度

[Point return_temperature]
Read=input:9
Type=s16
Scale=0.5
Unit=°C
Possible=-60..150
Attribute=return.temperature

[Point discharge_screw_current]
Read=input:19
Type=s16
Scale=0.001
Unit=A
Label=Discharge screw current
Label[zh_CN]=出料螺旋电流

[Point operating_hours]
Read=input:20
Type=u16
Unit=h
Attribute=operating_hours
Period=10min

[Point pellet_container_level]
Read=input:21
Type=s16
Divide=207
Unit=%
Attribute=fuel_level
Period=1min

[Point burner_starts]
Read=input:22
Type=u16
Unit=count
Attribute=burner_starts
Period=10min

[Point hours_fire_hold]
Read=input:24
Type=u16
Unit=h
Total=yes
Period=10min
Label=Hours of fire hold
Label[zh_CN]=保火运行小时

[Point feed_rate]
Read=input:25
Type=s16
Unit=%
Label=Feed rate
Label[zh_CN]=给料率

[Point boiler_setpoint]
Read=input:27
Type=s16
Scale=0.5
Unit=°C
Attribute=flow_setpoint
Period=30s

[Point furnace_underpressure]
Read=input:32
Type=s16
Unit=Pa
Label=Furnace underpressure
Label[zh_CN]=炉膛负压

[Point grate_motor_position]
Read=input:34
Type=s16
Scale=0.1
Unit=%
Period=30s
Label=Grate position
Label[zh_CN]=炉排位置

[Point hours_since_maintenance]
Read=input:55
Type=u16
Unit=h
Period=10min
Label=Hours since maintenance
Label[zh_CN]=距上次保养小时

[Point load_pump_speed]
Read=input:67
Type=s16
Unit=%
Label=Boiler load pump
Label[zh_CN]=锅炉循环泵转速比

[Point pellets_kg]
Read=input:81
Type=u16
Unit=kg
Period=10min
Label=Pellets since reset, kg
Label[zh_CN]=颗粒用量（可清零，kg）

[Point pellets_t]
Read=input:82
Type=u16
Unit=t
Period=10min
Label=Pellets since reset, t
Label[zh_CN]=颗粒用量（可清零，t）

[Point pellets_total]
Read=input:83
Type=u16
Scale=0.1
Unit=t
Total=yes
Period=10min
Label=Pellets burnt in total
Label[zh_CN]=颗粒累计用量

[Point heat_today]
Read=input:84
Type=u16
Unit=kWh
Period=10min
Label=Heat produced today
Label[zh_CN]=今日制热量

[Point heat_total]
Read=input:85
Type=u16
Unit=kWh
Total=yes
Period=10min
Label=Heat produced in total
Label[zh_CN]=累计制热量

[Point hours_to_ash_warning]
Read=input:86
Type=u16
Unit=h
Period=10min
Label=Hours until the ash warning
Label[zh_CN]=距清灰提醒小时

[Point furnace_temperature]
Read=input:88
Type=s16
Unit=°C
Possible=-60..1600
Label=Furnace temperature
Label[zh_CN]=炉膛温度

[Point active_fault_1]
Read=input:3000
Type=u16
Fault=code
NoFault=65535
Attribute=fault_code

[Point active_fault_{n}]
Repeat=fault_slot
Read=input:3001
Type=u16
Fault=code
NoFault=65535
Hidden=yes

[Point system_state]
Read=input:4000
Type=u16
Enum=0:continuous_load 1:domestic_water 2:automatic 3:firewood 4:cleaning 5:off 6:extra_heating 7:chimney_sweep 8:cleaning
Label=Operating mode
Label[zh_CN]=运行模式

[Point boiler_state]
Read=input:4001
Type=u16
Enum=0:fault 1:off 2:heating_up 3:heating 4:fire_hold 5:fire_off 6:door_open 7:preparation 8:preheating 9:ignition 10:shutdown_wait 11:shutdown_wait_1 12:shutdown_feed_1 13:shutdown_wait_2 14:shutdown_feed_2 15:cleaning 16:wait_2_h 17:suction_heating 18:misfire 19:ready
Label=Boiler state
Label[zh_CN]=锅炉状态

# A fire burns for certain in these states; an ember may glow in others.
[Point flame]
Value=boiler_state == heating_up or boiler_state == heating or boiler_state == suction_heating
Attribute=flame
Confidence=medium

[Point boiler_setpoint_parameter]
Read=holding:0
Type=s16
Scale=0.5
Unit=°C
Period=5min
Label=Boiler setpoint
Label[zh_CN]=锅炉设定温度

[Point circuit_{n}_flow_at_plus_10]
Repeat=circuit
Read=holding:1031
Type=s16
Scale=0.5
Unit=°C
Period=1h
Label=Heating circuit {n}, flow at +10 °C outdoors
Label[zh_CN]=供暖回路{n}：室外+10℃时供水温度

[Point circuit_{n}_flow_at_minus_10]
Repeat=circuit
Read=holding:1032
Type=s16
Scale=0.5
Unit=°C
Period=1h
Label=Heating circuit {n}, flow at −10 °C outdoors
Label[zh_CN]=供暖回路{n}：室外−10℃时供水温度

[Point circuit_{n}_room_setpoint]
Repeat=circuit
Read=holding:1035
Type=s16
Scale=0.5
Unit=°C
Attribute=heating_setpoint
Period=5min
Label=Heating circuit {n}, room setpoint
Label[zh_CN]=供暖回路{n}室温设定

[Point circuit_{n}_operating_mode]
Repeat=circuit_mode
Read=holding:8046
Type=u16
Period=5min
Label=Heating circuit {n}, operating mode (number)
Label[zh_CN]=供暖回路{n}运行模式（编号）

[Point hot_water_setpoint]
Read=holding:1631
Type=s16
Scale=0.5
Unit=°C
Attribute=hot_water.setpoint
Period=5min

[Fault 0]
Value=0
Meaning=Safety thermostat tripped or emergency stop pressed
Meaning[zh_CN]=安全温控动作或急停
Component=safety
Causes=pellet.safety_stop
Severity=urgent
Household=no

[Fault 1]
Value=1
Meaning=Boiler temperature sensor faulty
Meaning[zh_CN]=锅炉温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 2]
Value=2
Meaning=Primary air flap blocked
Meaning[zh_CN]=一次风门卡住
Component=air flap
Causes=pellet.draught
Household=no

[Fault 3]
Value=3
Meaning=Secondary air flap blocked
Meaning[zh_CN]=二次风门卡住
Component=air flap
Causes=pellet.draught
Household=no

[Fault 4]
Value=4
Meaning=Boiler draws too much false air
Meaning[zh_CN]=漏风过大
Component=combustion
Causes=pellet.combustion
Household=no

[Fault 5]
Value=5
Meaning=Check furnace overpressure monitor
Meaning[zh_CN]=检查炉膛过压监测
Component=combustion
Causes=pellet.draught
Household=no

[Fault 6]
Value=6
Meaning=Burn-back gate does not close
Meaning[zh_CN]=防回火闸不关
Component=fuel feed
Causes=pellet.feed_jam
Severity=urgent
Household=no

[Fault 7]
Value=7
Meaning=Burn-back gate does not open
Meaning[zh_CN]=防回火闸不开
Component=fuel feed
Causes=pellet.feed_jam
Household=no

[Fault 8]
Value=8
Meaning=Grate drive defective
Meaning[zh_CN]=炉排驱动损坏
Component=grate
Household=no

[Fault 9]
Value=9
Meaning=Grate fault
Meaning[zh_CN]=炉排故障
Component=grate
Causes=pellet.cleaning
Household=no

[Fault 10]
Value=10
Meaning=Grate cleaning faulty
Meaning[zh_CN]=炉排清洁故障
Component=grate
Causes=pellet.cleaning
Household=no

[Fault 11]
Value=11
Meaning=Ignition attempt failed
Meaning[zh_CN]=点火失败
Component=ignition
Causes=pellet.ignition
Severity=care
Household=yes

[Fault 12]
Value=12
Meaning=Safety time expired, oxygen too high too long
Meaning[zh_CN]=安全时间超时:含氧过高
Component=combustion
Causes=pellet.fuel_empty pellet.combustion
Household=no

[Fault 13]
Value=13
Meaning=Safety time expired, flue gas too cold too long
Meaning[zh_CN]=安全时间超时:烟温过低
Component=combustion
Causes=pellet.fuel_empty pellet.combustion
Severity=care
Household=yes

[Fault 14]
Value=14
Meaning=Boiler door open too long
Meaning[zh_CN]=炉门打开过久
Component=door
Causes=pellet.door
Severity=care
Household=yes

[Fault 15]
Value=15
Meaning=Jam sensor covered more than 5 min
Meaning[zh_CN]=堵料传感器被遮挡
Component=fuel feed
Causes=pellet.feed_jam
Severity=care
Household=yes

[Fault 16]
Value=16
Meaning=Check room discharge
Meaning[zh_CN]=检查料仓出料
Component=fuel feed
Causes=pellet.fuel_empty pellet.feed_jam
Severity=care
Household=yes

[Fault 17]
Value=17
Meaning=Check store
Meaning[zh_CN]=检查料仓
Component=fuel store
Causes=pellet.fuel_empty
Severity=care
Household=yes

[Fault 18]
Value=18
Meaning=Return temperature sensor faulty
Meaning[zh_CN]=回水温度传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 19]
Value=19
Meaning=Return temperature too low for more than 30 min
Meaning[zh_CN]=回水温度过低
Component=hydraulics
Causes=heat.return_cold
Household=no

[Fault 20]
Value=20
Meaning=Remote control heating circuit 1 faulty
Meaning[zh_CN]=供暖回路1遥控器故障
Component=remote
Household=no

[Fault 21]
Value=21
Meaning=Flow sensor heating circuit 1 faulty
Meaning[zh_CN]=回路1供水传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 24]
Value=24
Meaning=Outdoor sensor faulty
Meaning[zh_CN]=室外传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 25]
Value=25
Meaning=Emergency stop contact operated
Meaning[zh_CN]=急停触点动作
Component=safety
Causes=pellet.safety_stop
Severity=care
Household=yes

[Fault 58]
Value=58
Meaning=A bus module failed before the power cut
Meaning[zh_CN]=断电前总线模块故障
Component=electronics
Causes=any.electronics
Household=no

[Fault 59]
Value=59
Meaning=Induced draught fan does not turn at full drive
Meaning[zh_CN]=引风机不转
Component=fan
Causes=pellet.draught
Household=no

[Fault 60]
Value=60
Meaning=DHW tank 1 sensor faulty
Meaning[zh_CN]=热水箱1传感器故障
Component=sensor
Causes=any.sensor_open_or_short
Household=no

[Fault 61]
Value=61
Meaning=Communication to pellet module faulty
Meaning[zh_CN]=颗粒模块通信故障
Component=electronics
Causes=any.electronics
Household=no

[Fault 107]
Value=107
Meaning=Discharge screw jammed at suction point
Meaning[zh_CN]=出料螺旋堵塞
Component=fuel feed
Causes=pellet.feed_jam
Severity=care
Household=yes

[Fault 109]
Value=109
Meaning=Ignition failed, light by hand
Meaning[zh_CN]=点火失败,请手动点火
Component=ignition
Causes=pellet.ignition
Severity=care
Household=yes

[Fault 110]
Value=110
Meaning=Motor protection induced draught tripped
Meaning[zh_CN]=引风机电机保护动作
Component=fan
Causes=pellet.draught
Household=no

[Fault 111]
Value=111
Meaning=Motor protection stoker tripped
Meaning[zh_CN]=给料电机保护动作
Component=fuel feed
Causes=pellet.feed_jam
Household=no

[Fault 117]
Value=117
Meaning=Lambda probe defective
Meaning[zh_CN]=氧传感器损坏
Component=sensor
Causes=pellet.combustion
Household=no

[Fault 134]
Value=134
Meaning=Discharge screw chute cover open
Meaning[zh_CN]=落料口盖打开
Component=fuel feed
Severity=care
Household=yes

[Fault 139]
Value=139
Meaning=Clean and check burner
Meaning[zh_CN]=清洁并检查燃烧器
Component=burner
Causes=pellet.cleaning
Severity=care
Class=maintenance
Household=yes

[Fault 162]
Value=162
Meaning=Lambda probe defective
Meaning[zh_CN]=氧传感器损坏
Component=sensor
Causes=pellet.combustion
Household=no

[Fault 168]
Value=168
Meaning=Fuel container empty, refill pellets
Meaning[zh_CN]=料箱空,请加颗粒
Component=fuel store
Causes=pellet.fuel_empty
Severity=care
Class=maintenance
Household=yes

[Fault 169]
Value=169
Meaning=Ash box full, empty it
Meaning[zh_CN]=灰盒已满,请清空
Component=ash box
Causes=pellet.ash_box
Severity=care
Class=maintenance
Household=yes

[Fault 173]
Value=173
Meaning=Ash box full, empty it
Meaning[zh_CN]=灰盒已满,请清空
Component=ash box
Causes=pellet.ash_box
Severity=care
Household=yes

[Fault 174]
Value=174
Meaning=Stoker motor not plugged in or not working
Meaning[zh_CN]=给料电机未连接或不工作
Component=fuel feed
Causes=pellet.feed_jam
Household=no

[Fault 178]
Value=178
Meaning=Conveyor screw not plugged in or not working
Meaning[zh_CN]=输送螺旋未连接或不工作
Component=fuel feed
Causes=pellet.feed_jam
Household=no

[Fault 179]
Value=179
Meaning=Ash box open or removed too long
Meaning[zh_CN]=灰盒打开过久
Component=ash box
Causes=pellet.ash_box
Severity=care
Household=yes

[Fault 180]
Value=180
Meaning=Underpressure too low while preparing
Meaning[zh_CN]=准备阶段负压过低
Component=combustion
Causes=pellet.draught
Severity=care
Household=yes

[Fault 202]
Value=202
Meaning=Water temperature in pellet burner too high
Meaning[zh_CN]=燃烧器水温过高
Component=burner
Severity=urgent
Household=no

[Fault 217]
Value=217
Meaning=Minimum pellet stock reached
Meaning[zh_CN]=颗粒库存低于设定
Component=fuel store
Causes=pellet.fuel_empty
Severity=care
Class=maintenance
Household=yes

# Heating circuit 1, over the remote register 48001: the boiler drops it two minutes after the last write, hearthd
# refreshes it, and nothing has to be put back. Function 06 only. On and off closer than ten minutes are ignored by the
# boiler.
[Write flow_setpoint]
To=holding:8000
Type=s16
Scale=0.5
Unit=°C
Function=6
Min=0
Max=75
Step=0.5
ReadBack=none
Expires=2min
LeastInterval=10s
PerHour=120
MaxFor=1d
Volatile=yes

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.boiler_setpoint_parameter]
Min=70
Max=90
Step=0.5
Function=6
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious. The source allows 10 to 100 °C; above
# 65 °C water scalds at once.
[Write hot_water.setpoint]
Min=10
Max=65
Step=0.5
Function=6
Budget=100000

# Heating circuit 1. The source names no endurance of the memory behind it; the budget is cautious.
[Write heating_setpoint]
To=holding:1035
Type=s16
Scale=0.5
Unit=°C
If=setting.heating_circuits > 0
Min=10
Max=30
Step=0.5
Function=6
Budget=100000

# 70 to 90 °C, the limits of the setpoint.
[Identify boiler_setpoint]
Read=holding:0
Type=s16
Equals=140..180
Score=20

[Identify system_state]
Read=input:4000
Type=u16
Equals=0..8
Score=10
