# SPDX-License-Identifier: CC0-1.0
# Peacefair PZEM-016 (and PZEM-014) meter board: 32-bit values with the low word first beside 16-bit ones. One count of
# energy is 1 Wh (the maker's specification; one public template has it ten times too small).
[Profile]
Maker=Peacefair
Model=PZEM-014, PZEM-016
Kind=electrical_meter
Name=Meter module
Name[zh_CN]=电量计量模块
Source=wirenboard/wb-mqtt-serial templates/config-pzem-016.json; energy: maker's PZEM-014/016 specification (manualslib 3810945)
Confidence=high
Version=1

[Line]
Gap=100ms
Readable=input:0-8

[Point voltage]
Read=input:0
Type=u16
Scale=0.1
Unit=V
Attribute=rms_voltage

[Point current]
Read=input:1
Type=u32
Order=little
Scale=0.001
Unit=A
Attribute=rms_current

[Point power]
Read=input:3
Type=u32
Order=little
Scale=0.1
Unit=W
Attribute=active_power

[Point energy]
Read=input:5
Type=u32
Order=little
Scale=0.001
Unit=kWh
Attribute=energy_imported
Period=1min

[Point frequency]
Read=input:7
Type=u16
Scale=0.1
Unit=Hz
Attribute=frequency

[Point power_factor]
Read=input:8
Type=u16
Scale=0.01
Unit=ratio
Possible=0..1
Attribute=power_factor

# 45.0 to 65.0 Hz.
[Identify frequency]
Read=input:7
Type=u16
Equals=450..650
Score=15

# 80 to 300 V.
[Identify voltage]
Read=input:0
Type=u16
Equals=800..3000
Score=10
