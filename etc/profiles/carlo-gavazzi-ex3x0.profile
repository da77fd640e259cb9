# SPDX-License-Identifier: CC0-1.0
# Carlo Gavazzi EM and ET three-phase meters, 3x0 series: integers, 32 bits with the low word first. Line settings are
# made on the meter and not stated by the source.
[Profile]
Maker=Carlo Gavazzi
Model=EM and ET, 3x0 series
Kind=electrical_meter
Name=Three-phase electricity meter
Name[zh_CN]=三相电表
Source=volkszaehler/mbmd meters/rs485/carlogavazzi-ex3x0.go
Confidence=high
Version=1

[Point voltage_l1]
Read=input:0
Type=s32
Order=little
Scale=0.1
Unit=V
Possible=0..1000
Attribute=l1.rms_voltage

[Point voltage_l2]
Read=input:2
Type=s32
Order=little
Scale=0.1
Unit=V
Possible=0..1000
Attribute=l2.rms_voltage

[Point voltage_l3]
Read=input:4
Type=s32
Order=little
Scale=0.1
Unit=V
Possible=0..1000
Attribute=l3.rms_voltage

[Point current_l1]
Read=input:12
Type=s32
Order=little
Scale=0.001
Unit=A
Attribute=l1.rms_current

[Point current_l2]
Read=input:14
Type=s32
Order=little
Scale=0.001
Unit=A
Attribute=l2.rms_current

[Point current_l3]
Read=input:16
Type=s32
Order=little
Scale=0.001
Unit=A
Attribute=l3.rms_current

[Point power_l1]
Read=input:18
Type=s32
Order=little
Scale=0.1
Unit=W
Attribute=l1.active_power

[Point power_l2]
Read=input:20
Type=s32
Order=little
Scale=0.1
Unit=W
Attribute=l2.active_power

[Point power_l3]
Read=input:22
Type=s32
Order=little
Scale=0.1
Unit=W
Attribute=l3.active_power

[Point active_power]
Read=input:40
Type=s32
Order=little
Scale=0.1
Unit=W
Attribute=active_power

[Point power_factor]
Read=input:49
Type=s16
Scale=0.001
Unit=ratio
Possible=-1.01..1.01
Attribute=power_factor

[Point frequency]
Read=input:51
Type=s16
Scale=0.1
Unit=Hz
Possible=0..1000
Attribute=frequency

[Point energy_imported]
Read=input:52
Type=s32
Order=little
Scale=0.1
Unit=kWh
Attribute=energy_imported
Period=1min

[Point energy_exported]
Read=input:78
Type=s32
Order=little
Scale=0.1
Unit=kWh
Attribute=energy_exported
Period=1min

# 45.0 to 65.0 Hz.
[Identify frequency]
Read=input:51
Type=s16
Equals=450..650
Score=20
