# SPDX-License-Identifier: CC0-1.0
# ONOKOM AIR-ME-1-MB-B: a gateway between Modbus RTU and the CN105 socket of Mitsubishi Electric air conditioners.
# Temperatures are × 100; strings have one character a register.
#
# The errors 1 to 24 are single bits that no source names; error_code says the same as the panel does, and alone is
# reported as a fault.
#
# Left out: the gateway's reboot command.
[Profile]
Maker=Mitsubishi Electric
Model=ONOKOM AIR-ME-1-MB-B on CN105
Kind=room_air_conditioner
Name=Air conditioner
Name[zh_CN]=空调
Source=wirenboard/wb-mqtt-serial templates/config-onokom-air-me-1-mb-b.json
Confidence=high
Version=2

[Repeat error]
Count=24
Step=1

[Line]
Baud=9600
Parity=none
StopBits=1

[Point active]
Read=coil:1
Type=bit
Attribute=on_off

[Point mode]
Read=holding:1
Type=u16
Enum=1:heat 2:cool 3:auto 4:dry 5:fan_only
Attribute=system_mode

[Point active_mode]
Read=holding:2
Type=u16
Enum=0:off 1:heat 2:cool 3:auto 4:dry 5:fan
Label=Mode, off included
Label[zh_CN]=运行模式

# Four speeds onto the three of the common model; smart_fan_speed has them all.
[Point fan_speed]
Read=holding:7
Type=u16
Enum=0:auto 1:low 2:medium 3:medium 4:high
Attribute=fan_mode

[Point smart_fan_speed]
Read=holding:8
Type=u16
Enum=0:auto 1:quiet 2:speed_1 3:speed_2 4:speed_3 5:speed_4
Label=Fan speed
Label[zh_CN]=风速

# Has a meaning only while coil 100 allows an external sensor.
[Point external_air_temperature]
Read=holding:30
When=allow_the_use_of_an_external_temperature_sensor
Type=s16
Scale=0.01
Unit=°C
Period=5min
Label=External sensor
Label[zh_CN]=外接传感器温度
Confidence=medium

# Possible= is what a room sensor can tell; the source has no limits for reading.
[Point indoor_air_temperature]
Read=holding:3
Type=s16
Scale=0.01
Unit=°C
Possible=-50..80
Attribute=local_temperature

# One target temperature: it is the setpoint of both modes.
[Point target_temperature]
Read=holding:5
Type=s16
Scale=0.01
Unit=°C
Attribute=cooling_setpoint

[Point target_temperature_heating]
Read=holding:5
Type=s16
Scale=0.01
Unit=°C
Attribute=heating_setpoint

# No scale in the source, while its neighbours are × 0.01.
[Point temperature_correction]
Read=holding:20
When=allow_the_use_of_an_external_temperature_sensor
Type=s16
Period=5min
Label=Temperature correction
Label[zh_CN]=温度校正
Confidence=low

[Point thermostat_state]
Read=holding:6
Type=u16
Enum=0:off 1:heat 2:cool
Attribute=running_mode

[Point horizontal_vanes]
Read=holding:9
Type=u16
Enum=0:stop 1:swing 2:lowest 3:low 4:middle 5:high 6:highest
Period=1min
Label=Vane up-down
Label[zh_CN]=上下导风板

[Point vanes_swing]
Read=holding:11
Type=u16
Enum=0:none 1:rock_left_right+rock_up_down 2:rock_up_down 3:rock_left_right
Attribute=swing

[Point vertical_vanes]
Read=holding:10
Type=u16
Enum=0:stop 1:swing 2:far_left 3:left 4:middle 5:right 6:far_right
Period=1min
Label=Vane left-right
Label[zh_CN]=左右导风板

[Point quiet_mode]
Read=coil:4
Type=bit
Period=1min
Attribute=quiet_mode

[Point fw_version]
Read=holding:250
Type=string
Length=16
Attribute=software_version
Period=1h

[Point hw_version]
Read=holding:200
Type=string
Length=20
Attribute=hardware_version
Period=1h

[Point mcu_temperature]
Read=input:124
Type=s16
Scale=0.1
Unit=°C
Period=1min
Label=Gateway temperature
Label[zh_CN]=网关温度

[Point proto_version]
Read=input:400
Type=string
Length=16
Period=1h
Label=Protocol version
Label[zh_CN]=协议版本

[Point serial]
Read=holding:270
Type=u32
Attribute=serial_number
Period=1h

[Point signature]
Read=input:290
Type=string
Length=12
Period=1h
Label=Gateway signature
Label[zh_CN]=网关标识

# The source gives no unit.
[Point uptime]
Read=input:104
Type=u32
Period=1min
Label=Gateway uptime
Label[zh_CN]=网关运行时间

# 8000 (and 0x8000) is what this maker prints for "no error" (Procon A1M manual); the source of this map gives no list.
[Point error_code]
Read=input:1
Type=u16
Fault=code
NoFault=0 8000 0x8000
Code=%04d
Attribute=fault_code

[Point errors]
Read=discrete:0
Type=bit
Label=Any error
Label[zh_CN]=有故障

[Point error_{n}]
Repeat=error
Read=discrete:1
Type=bit
Period=1min
Label=Error {n}
Label[zh_CN]=故障{n}

[Point ac_connected]
Read=coil:20
Type=bit
Label=Air conditioner connected
Label[zh_CN]=空调已连接

[Point allow_the_use_of_an_external_temperature_sensor]
Read=coil:100
Type=bit
Period=1h
Label=External sensor allowed
Label[zh_CN]=允许外接传感器

[Point gateway_baud]
Read=holding:110
Type=u16
Enum=96:baud_9600 192:baud_19200 384:baud_38400 576:baud_57600 1152:baud_115200
Period=1h
Label=Gateway line speed
Label[zh_CN]=网关波特率

[Point gateway_parity]
Read=holding:111
Type=u16
Enum=0:none 1:odd 2:even
Period=1h
Label=Gateway parity
Label[zh_CN]=网关校验

# The source names no endurance of the memory behind it; the budget is cautious.
[Write quiet_mode]
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write on_off]
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write system_mode]
Enum=1:heat 2:cool 3:auto 4:dry 5:fan_only
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write cooling_setpoint]
Min=16
Max=31
Step=0.5
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write heating_setpoint]
Min=16
Max=31
Step=0.5
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write fan_mode]
Enum=0:auto 1:low 2:medium 4:high
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.smart_fan_speed]
Enum=0:auto 1:quiet 2:speed_1 3:speed_2 4:speed_3 5:speed_4
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.horizontal_vanes]
Enum=0:stop 1:swing 2:lowest 3:low 4:middle 5:high 6:highest
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write vendor.vertical_vanes]
Enum=0:stop 1:swing 2:far_left 3:left 4:middle 5:right 6:far_right
Budget=100000

# The source names no endurance of the memory behind it; the budget is cautious.
[Write swing]
Enum=0:none 1:rock_left_right+rock_up_down 2:rock_up_down 3:rock_left_right
Budget=100000

[Identify signature]
Read=input:290
Type=string
Length=12
Equals=ME-1-MB-B
Score=90
Watch=yes
