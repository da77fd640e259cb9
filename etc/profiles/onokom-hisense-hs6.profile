# SPDX-License-Identifier: CC0-1.0
# ONOKOM AIR-HS-6-MB-B: a gateway between Modbus RTU and air conditioners of Hisense. Temperatures are × 100; strings
# have one character a register. The map of the whole ONOKOM family is alike; what this gateway has not is not here.
# It has no error code: a fault of the unit is not seen.
#
# Left out: holding 120 reboots the gateway and can only be written.
[Profile]
Maker=Hisense
Model=ONOKOM AIR-HS-6-MB-B
Kind=room_air_conditioner
Name=Air conditioner
Name[zh_CN]=空调
Source=wirenboard/wb-mqtt-serial templates/config-onokom-air-hs-6-mb-b.json
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

[Point fan_speed]
Read=holding:7
Type=u16
Enum=0:auto 1:low 2:medium 3:high
Attribute=fan_mode

[Point smart_fan_speed]
Read=holding:8
Type=u16
Enum=0:auto 1:quiet 2:speed_1 3:speed_2 4:speed_3 5:turbo
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

[Point indoor_heat_exchanger_temperature]
Read=holding:23
Type=s16
Scale=0.01
Unit=°C
Possible=-60..120
Attribute=coil_temperature

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

[Point quiet_mode]
Read=coil:4
Type=bit
Attribute=quiet_mode
Period=1min

[Point sleep_mode]
Read=coil:8
Type=bit
Attribute=sleep_mode
Period=1min

[Point turbo_mode]
Read=coil:7
Type=bit
Attribute=turbo_mode
Period=1min

[Point current_compressor_power]
Read=holding:21
Type=u16
Unit=%
Possible=0..100
Label=Compressor load
Label[zh_CN]=压缩机负荷

# The source says rpm, and 1 to 3: more likely the number of the speed.
[Point current_fan_speed]
Read=holding:32
Type=u16
Label=Indoor fan speed now
Label[zh_CN]=室内风机当前档位
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
Equals=HS-6-MB-B
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

[Write sleep_mode]
PerHour=20
Budget=100000

[Write system_mode]
Enum=1:heat 2:cool 3:auto 4:dry 5:fan_only
PerHour=20
Budget=100000

[Write cooling_setpoint]
Min=16
Max=30
Step=1
PerHour=20
Budget=100000

[Write heating_setpoint]
Min=16
Max=30
Step=1
PerHour=20
Budget=100000

# One of the gateway's speeds for each of the common model.
[Write fan_mode]
Enum=0:auto 1:low 2:medium 3:high
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
