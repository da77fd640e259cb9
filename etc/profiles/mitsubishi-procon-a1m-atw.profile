# SPDX-License-Identifier: CC0-1.0
# Mitsubishi Electric Procon A1M / MelcoBEMS MINI, at an Ecodan heat pump. The same adapter also serves air
# conditioners and Lossnay ventilation: holding register 13 says which it found. Line settings and unit identifier are
# set by DIP switches.
#
# Only parts of the maker's tables are in the source, so much that the adapter can say is not here. Its codes are the
# four digits that the unit's own display shows; of those only 6999 is explained.
[Profile]
Maker=Mitsubishi Electric
Model=Procon A1M / MelcoBEMS MINI with Ecodan
Kind=heat_pump
Name=Heat pump
Name[zh_CN]=热泵
Source=Procon A1M Installation Manual p.32, p.76 (manualslib 1399461)
Confidence=medium
Version=1

[Point atw_system_on_off]
Read=holding:25
Type=u16
Enum=0:false 1:true 2:true 3:true
Attribute=on_off

[Point atw_system_state]
Read=holding:25
Type=u16
Enum=0:off 1:on 2:emergency_run 3:test_run
Label=Operation
Label[zh_CN]=运行状态

[Point atw_operating_mode]
Read=holding:26
Type=u16
Enum=0:stop 1:hot_water 2:heating 3:cooling 4:no_voltage_contact_hot_water 5:freeze_stat 6:legionella 7:heating_eco 8:mode_1 9:mode_2 10:mode_3 11:no_voltage_contact_heating
Label=Operating mode
Label[zh_CN]=运行模式

[Point atw_running_mode]
Read=holding:26
Type=u16
Enum=0:off 1:off 2:heat 3:cool 4:off 5:heat 6:off 7:heat 11:heat
Attribute=running_mode

[Point atw_hot_water]
Read=holding:26
Type=u16
Enum=0:false 1:true 2:false 3:false 4:true 5:false 6:true 7:false 11:false
Attribute=hot_water_heating

[Point atw_legionella]
Read=holding:26
Type=u16
Enum=0:false 1:false 2:false 3:false 4:false 5:false 6:true 7:false 8:false 9:false 10:false 11:false
Attribute=disinfecting

[Point atw_operating_mode_dhw]
Read=holding:27
Type=u16
Enum=0:normal 1:eco
Period=1min
Label=Hot water mode
Label[zh_CN]=热水模式

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
Equals=1
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

# Writes. The manual states no endurance of the memory behind these registers: Budget= is a cautious assumption. 2 and
# 3 of the switch, emergency and test run, can only be read.
[Write on_off]
Enum=0:false 1:true
LeastInterval=1min
Budget=100000

[Write vendor.atw_operating_mode_dhw]
LeastInterval=1min
Budget=100000
