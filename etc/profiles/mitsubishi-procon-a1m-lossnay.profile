# SPDX-License-Identifier: CC0-1.0
# Mitsubishi Electric Procon A1M / MelcoBEMS MINI, at a Lossnay ventilation unit. The same adapter also serves air
# conditioners and Ecodan heat pumps: holding register 13 says which it found. Line settings and unit identifier are
# set by DIP switches.
#
# Only parts of the maker's tables are in the source, so much that the adapter can say is not here. Its codes are the
# four digits that the unit's own display shows; of those only 6999 is explained.
[Profile]
Maker=Mitsubishi Electric
Model=Procon A1M / MelcoBEMS MINI with Lossnay
Kind=ventilation_unit
Name=Ventilation unit
Name[zh_CN]=新风机
Source=Procon A1M Installation Manual p.32, p.76 (manualslib 1399461)
Confidence=medium
Version=1

[Point lossnay_power]
Read=holding:300
Type=u16
Enum=0:off 1:on
Attribute=on_off

[Point lossnay_operating_mode]
Read=holding:301
Type=u16
Enum=1:heat 3:cool 7:fan 8:auto
Label=Operating mode
Label[zh_CN]=运行模式

[Point lossnay_ventilation_mode]
Read=holding:302
Type=u16
Enum=0:heat_exchange 1:bypass 2:auto
Label=Ventilation mode
Label[zh_CN]=换气模式

[Point lossnay_fan_speed]
Read=holding:303
Type=u16
Enum=0:auto 1:speed_1 2:speed_2 3:speed_3 4:speed_4
Label=Fan speed
Label[zh_CN]=风速

[Point lossnay_setpoint]
Read=holding:304
Type=s16
Scale=0.1
Unit=°C
Attribute=temperature_setpoint

[Point lossnay_supply_air_temperature]
Read=holding:305
Type=s16
Scale=0.1
Unit=°C
Attribute=supply.temperature

# The hexadecimal digits are the code: 0x8000 is no error.
[Point fault_code_hex]
Read=holding:9
Type=bcd16
Label=Fault code, digits
Label[zh_CN]=故障代码（数字）

[Point a1m_firmware_version]
Read=holding:10
Type=u16
Period=1h
Label=Adapter firmware
Label[zh_CN]=适配器固件版本

# Counts valid requests.
[Point modbus_comms_counter]
Read=holding:11
Type=u16
Period=1min
Label=Requests counted
Label[zh_CN]=通信计数

[Point fault_code_decimal]
Read=holding:12
Type=u16
Attribute=fault_code
Fault=code
NoFault=8000
Code=%04d

[Point system_type_detected]
Read=holding:13
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
Equals=2
Score=20
Watch=yes

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

# Writes. The manual states no endurance of the memory behind these registers: Budget= is a cautious assumption.
[Write on_off]
PerHour=20
Budget=100000

[Write vendor.lossnay_operating_mode]
PerHour=20
Budget=100000

[Write vendor.lossnay_ventilation_mode]
PerHour=20
Budget=100000

[Write vendor.lossnay_fan_speed]
PerHour=20
Budget=100000

[Write temperature_setpoint]
Min=0
Max=40
Step=1
PerHour=20
Budget=100000
