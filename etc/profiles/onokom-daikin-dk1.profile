# SPDX-License-Identifier: CC0-1.0
# ONOKOM AIR-DK-1-MB-B: a gateway between Modbus RTU and air conditioners of Daikin. Temperatures are × 100; strings
# have one character a register. The map of the whole ONOKOM family is alike; what this gateway has not is not here.
# It has no error code: a fault of the unit is not seen.
#
# Left out: holding 120 reboots the gateway and can only be written.
[Profile]
Maker=Daikin
Model=ONOKOM AIR-DK-1-MB-B
Kind=room_air_conditioner
Name=Air conditioner
Name[zh_CN]=空调
Source=wirenboard/wb-mqtt-serial templates/config-onokom-air-dk-1-mb-b.json
Confidence=high
Version=1

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

# Five speeds onto the three of the common model; smart_fan_speed has them all.
[Point fan_speed]
Read=holding:7
Type=u16
Enum=0:auto 1:low 2:low 3:medium 4:high 5:high
Attribute=fan_mode

[Point smart_fan_speed]
Read=holding:8
Type=u16
Enum=0:auto 1:quiet 2:speed_1 3:speed_2 4:speed_3 5:speed_4 6:speed_5 7:turbo
Label=Fan speed
Label[zh_CN]=风速

# Has a meaning only while coil 100 allows an external sensor: the gateway is then told the room temperature.
[Point external_air_temperature]
Read=holding:30
When=allow_the_use_of_an_external_temperature_sensor == yes
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

[Point outdoor_air_temperature]
Read=holding:4
Type=s16
Scale=0.01
Unit=°C
Possible=-60..80
Attribute=outdoor_temperature

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
When=allow_the_use_of_an_external_temperature_sensor == yes
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
Enum=0:stop 1:swing
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
Enum=0:stop 1:swing
Period=1min
Label=Vane left-right
Label[zh_CN]=左右导风板

[Point eco_mode]
Read=coil:6
Type=bit
Attribute=eco_mode
Period=1min

[Point ionization]
Read=coil:9
Type=bit
Attribute=ionizer
Period=1min

[Point outdoor_quiet_mode]
Read=coil:16
Type=bit
Period=1min
Label=Quiet outdoor unit
Label[zh_CN]=室外机静音

[Point quiet_mode]
Read=coil:4
Type=bit
Attribute=quiet_mode
Period=1min

[Point turbo_mode]
Read=coil:7
Type=bit
Attribute=turbo_mode
Period=1min

[Point screen_light]
Read=coil:2
Type=bit
Attribute=display_light
Period=1min

[Point screen_low_bright]
Read=coil:3
Type=bit
Period=5min
Label=Dim display
Label[zh_CN]=屏幕低亮度

# The source says rpm and 0 to 200 for both: a fan of a split unit turns faster, so the unit is in doubt.
[Point current_fan_speed]
Read=holding:32
Type=u16
Unit=rpm
Label=Indoor fan speed
Label[zh_CN]=室内风机转速
Confidence=low

[Point target_fan_speed]
Read=holding:31
Type=u16
Unit=rpm
Label=Indoor fan speed target
Label[zh_CN]=室内风机目标转速
Confidence=low

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

[Point ac_connected]
Read=coil:20
Type=bit
Label=Air conditioner connected
Label[zh_CN]=空调已连接

[Point allow_the_use_of_an_external_temperature_sensor]
Read=coil:100
Type=bit
Enum=0:no 1:yes
Period=1h
Label=External sensor allowed
Label[zh_CN]=允许外接传感器

[Point baud_rate]
Read=holding:110
Type=u16
Enum=96:b9600 192:b19200 384:b38400 576:b57600 1152:b115200
Period=1h
Label=Gateway baud rate
Label[zh_CN]=网关波特率

[Point parity_bit]
Read=holding:111
Type=u16
Enum=0:none 1:odd 2:even
Period=1h
Label=Gateway parity
Label[zh_CN]=网关校验位

[Identify signature]
Read=input:290
Type=string
Length=12
Equals=DK-1-MB-B
Score=90
Watch=yes

# Writes. The source gives no endurance of the memory behind these registers: Budget= is a cautious assumption. Nor
# does it give a step: whole degrees suit every unit.
[Write on_off]
PerHour=20
Budget=100000

[Write quiet_mode]
PerHour=20
Budget=100000

[Write turbo_mode]
PerHour=20
Budget=100000

[Write eco_mode]
PerHour=20
Budget=100000

[Write ionizer]
PerHour=20
Budget=100000

[Write display_light]
PerHour=20
Budget=100000

[Write vendor.outdoor_quiet_mode]
PerHour=20
Budget=100000

[Write system_mode]
Enum=1:heat 2:cool 3:auto 4:dry 5:fan_only
PerHour=20
Budget=100000

[Write cooling_setpoint]
Min=16
Max=32
Step=1
PerHour=20
Budget=100000

[Write heating_setpoint]
Min=16
Max=32
Step=1
PerHour=20
Budget=100000

# One of the gateway's speeds for each of the common model.
[Write fan_mode]
Enum=0:auto 1:low 3:medium 5:high
PerHour=20
Budget=100000

[Write vendor.smart_fan_speed]
PerHour=20
Budget=100000

[Write swing]
PerHour=20
Budget=100000

[Write vendor.horizontal_vanes]
PerHour=20
Budget=100000

[Write vendor.vertical_vanes]
PerHour=20
Budget=100000
