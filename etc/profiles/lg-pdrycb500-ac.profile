# SPDX-License-Identifier: CC0-1.0
# LG PDRYCB500: a dry contact gateway with Modbus for LG air conditioners. The maker's numbers are 3xxxx and 4xxxx
# with register base 0: 30003 is input register 2. There are holes between 30003 and 30100 and between 40002 and
# 40015.
#
# It says that there is an error, not which one: the code is on the unit's own display.
[Profile]
Maker=LG
Model=PDRYCB500
Kind=room_air_conditioner
Name=Air conditioner
Name[zh_CN]=空调
Source=LG PDRYCB500 submittal sheet
Confidence=high
Version=1

[Line]
Baud=9600
Parity=none
StopBits=1
Readable=input:2 input:99 holding:0-1 holding:14

[Point operation]
Read=coil:0
Type=bit
Attribute=on_off

# 10.0 to 40.0 is what the gateway can say.
[Point indoor_temperature]
Read=input:2
Type=u16
Scale=0.1
Unit=°C
Possible=10..40
Attribute=local_temperature

[Point error_alarm]
Read=input:99
Type=u16
Enum=0:no 1:yes
Label=Any error
Label[zh_CN]=有故障

# 1 is not listed; 3 is what LG calls AI.
[Point run_mode]
Read=holding:0
Type=u16
Enum=0:cool 2:fan_only 3:auto 4:heat
Attribute=system_mode

# One target temperature: it is the setpoint of both modes.
[Point set_temperature]
Read=holding:1
Type=u16
Scale=0.1
Unit=°C
Attribute=cooling_setpoint

[Point set_temperature_heating]
Read=holding:1
Type=u16
Scale=0.1
Unit=°C
Attribute=heating_setpoint

[Point fan_speed]
Read=holding:14
Type=u16
Enum=1:low 2:medium 3:high
Attribute=fan_mode

[Fault input:99]
Read=input:99
Value=1
Meaning=Error; the air conditioner's own display shows which
Meaning[zh_CN]=故障，具体代码见空调显示屏

# Writes. The source gives no endurance of the memory behind these registers: Budget= is a cautious assumption. Nor
# does it give a step of the temperature: whole degrees suit every unit.
[Write on_off]
PerHour=20
Budget=100000

[Write system_mode]
PerHour=20
Budget=100000

[Write cooling_setpoint]
Min=18
Max=30
Step=1
PerHour=20
Budget=100000

[Write heating_setpoint]
Min=18
Max=30
Step=1
PerHour=20
Budget=100000

[Write fan_mode]
PerHour=20
Budget=100000
