# SPDX-License-Identifier: CC0-1.0
# Mitsubishi Electric Procon A1M / MelcoBEMS MINI, at an air conditioner. The same adapter also serves Ecodan heat
# pumps and Lossnay ventilation: holding register 13 says which it found. Line settings and unit identifier are set by
# DIP switches.
#
# Only parts of the maker's tables are in the source, so much that the adapter can say is not here. Its codes are the
# four digits that the unit's own display shows; of those only 6999 is explained.
#
# There are two register maps, by the adapter's firmware. That of firmware 1 has the air conditioner's values; of that
# of firmware 2 the source has only what tells the state of the adapter and the code.
[Profile]
Maker=Mitsubishi Electric
Model=Procon A1M / MelcoBEMS MINI with air conditioners
Kind=room_air_conditioner
Name=Air conditioner
Name[zh_CN]=空调
Source=Procon A1M Installation Manual p.10-11 (manualshive 239861), p.32, p.76 (manualslib 1399461)
Confidence=medium
Version=1

[Setting firmware]
Values=v1 v2
Default=v1
Label=Main number of the adapter's firmware
Label[zh_CN]=适配器固件主版本

[Point ata_drive_on_off]
Read=coil:0
When=setting.firmware == v1
Type=bit
Attribute=on_off

[Point ata_room_temperature]
Read=input:0
When=setting.firmware == v1
Type=s16
Scale=0.1
Unit=°C
Attribute=local_temperature

# Its hexadecimal digits are the code: 0x8000 is no error.
[Point ata_fault_code]
Read=input:1
When=setting.firmware == v1
Type=bcd16
Attribute=fault_code
Fault=code
NoFault=8000
Code=%04d

[Point ata_drive_mode]
Read=holding:0
When=setting.firmware == v1
Type=u16
Enum=1:heat 2:dry 3:cool 7:fan_only 8:auto 9:heat 10:dry 11:cool
Attribute=system_mode

[Point ata_drive_mode_exact]
Read=holding:0
When=setting.firmware == v1
Type=u16
Enum=1:heat 2:dry 3:cool 7:fan 8:auto 9:i_see_heat 10:i_see_dry 11:i_see_cool
Label=Mode, exact
Label[zh_CN]=详细模式

# One target temperature: it is the setpoint of both modes.
[Point ata_temperature_setpoint]
Read=holding:1
When=setting.firmware == v1
Type=s16
Scale=0.1
Unit=°C
Attribute=cooling_setpoint

[Point ata_temperature_setpoint_heating]
Read=holding:1
When=setting.firmware == v1
Type=s16
Scale=0.1
Unit=°C
Attribute=heating_setpoint

# Four speeds onto the three of the common model; ata_fan_speed_exact has them all.
[Point ata_fan_speed]
Read=holding:2
When=setting.firmware == v1
Type=u16
Enum=0:auto 2:low 3:low 5:medium 6:high
Attribute=fan_mode

[Point ata_fan_speed_exact]
Read=holding:2
When=setting.firmware == v1
Type=u16
Enum=0:auto 2:quiet 3:weak 5:strong 6:very_strong
Label=Fan speed
Label[zh_CN]=风速

[Point ata_air_direction]
Read=holding:3
When=setting.firmware == v1
Type=u16
Enum=0:auto 1:position_1 2:position_2 3:position_3 4:position_4 5:position_5 7:swing
Period=1min
Label=Vane up-down
Label[zh_CN]=上下导风板

# The hexadecimal digits are the code: 0x8000 is no error.
[Point fault_code_hex]
Read=holding:9
When=setting.firmware == v2
Type=bcd16
Label=Fault code, digits
Label[zh_CN]=故障代码（数字）

[Point a1m_firmware_version]
Read=holding:10
When=setting.firmware == v2
Type=u16
Period=1h
Label=Adapter firmware
Label[zh_CN]=适配器固件版本

# Counts valid requests.
[Point modbus_comms_counter]
Read=holding:11
When=setting.firmware == v2
Type=u16
Period=1min
Label=Requests counted
Label[zh_CN]=通信计数

[Point fault_code_decimal]
Read=holding:12
When=setting.firmware == v2
Type=u16
Attribute=fault_code
Fault=code
NoFault=8000
Code=%04d

[Point system_type_detected]
Read=holding:13
When=setting.firmware == v2
Type=u16
Enum=0:air_to_air 1:air_to_water 2:lossnay 255:undetermined
Period=1h
Label=Connected to
Label[zh_CN]=所接设备类型

[Fault 6999]
Value=6999
Meaning=Bad communication between adapter and unit
Meaning[zh_CN]=适配器与机组通信异常
Component=wiring
Causes=any.adapter
Severity=care
Household=yes

[Identify system_type]
Read=holding:13
Type=u16
Equals=0
Score=20

# Both codes while there is no fault.
[Identify no_fault_digits]
Read=holding:9
Type=u16
Equals=0x8000
Score=30

[Identify no_fault_decimal]
Read=holding:12
Type=u16
Equals=8000
Score=30

# The same of firmware 1.
[Identify no_fault_firmware_1]
Read=input:1
Type=u16
Equals=0x8000
Score=30

# Writes. The manual states no endurance of the memory behind these registers: Budget= is a cautious assumption. The
# temperature is not written: the source has no limits for it. Nor are the values 9 to 11 of the mode, which can only
# be read.
[Write on_off]
To=coil:0
Type=bit
If=setting.firmware == v1
PerHour=20
Budget=100000

[Write system_mode]
To=holding:0
Type=u16
Enum=1:heat 2:dry 3:cool 7:fan_only 8:auto
If=setting.firmware == v1
PerHour=20
Budget=100000

[Write fan_mode]
To=holding:2
Type=u16
Enum=0:auto 3:low 5:medium 6:high
If=setting.firmware == v1
PerHour=20
Budget=100000
