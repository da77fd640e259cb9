# SPDX-License-Identifier: CC0-1.0
# Eastron SDM630 three-phase meter, also sold by B+G E-Tech: floats, high word first, at even input registers. Speed,
# parity and unit identifier are set on the meter and not stated by the source; nor is what lies between the registers,
# so nothing there is read.
#
# Import and export of the phases: one source has them the other way round; here they are as in the maker's order.
# Possible= is what a mains meter can hold, wide enough for any: a float beyond it was assembled wrongly.
[Profile]
Maker=Eastron
Model=SDM630, B+G E-Tech SDM630
Kind=electrical_meter
Name=Three-phase electricity meter
Name[zh_CN]=三相电表
Source=nymea/nymea-plugins-modbus bgetech/sdm630-registers.json; volkszaehler/mbmd meters/rs485/sdm.go
Confidence=high
Version=1

[Point active_power]
Read=input:52
Type=f32
Unit=W
Attribute=active_power

[Point voltage_l1]
Read=input:0
Type=f32
Unit=V
Possible=0..1000
Attribute=l1.rms_voltage

[Point voltage_l2]
Read=input:2
Type=f32
Unit=V
Possible=0..1000
Attribute=l2.rms_voltage

[Point voltage_l3]
Read=input:4
Type=f32
Unit=V
Possible=0..1000
Attribute=l3.rms_voltage

[Point current_l1]
Read=input:6
Type=f32
Unit=A
Attribute=l1.rms_current

[Point current_l2]
Read=input:8
Type=f32
Unit=A
Attribute=l2.rms_current

[Point current_l3]
Read=input:10
Type=f32
Unit=A
Attribute=l3.rms_current

[Point power_l1]
Read=input:12
Type=f32
Unit=W
Attribute=l1.active_power

[Point power_l2]
Read=input:14
Type=f32
Unit=W
Attribute=l2.active_power

[Point power_l3]
Read=input:16
Type=f32
Unit=W
Attribute=l3.active_power

[Point frequency]
Read=input:70
Type=f32
Unit=Hz
Possible=0..1000
Attribute=frequency

[Point energy_imported]
Read=input:72
Type=f32
Unit=kWh
Attribute=energy_imported
Period=1min

[Point energy_exported]
Read=input:74
Type=f32
Unit=kWh
Attribute=energy_exported
Period=1min

[Point energy_imported_l1]
Read=input:346
Type=f32
Unit=kWh
Attribute=l1.energy_imported
Period=1min

[Point energy_imported_l2]
Read=input:348
Type=f32
Unit=kWh
Attribute=l2.energy_imported
Period=1min

[Point energy_imported_l3]
Read=input:350
Type=f32
Unit=kWh
Attribute=l3.energy_imported
Period=1min

[Point energy_exported_l1]
Read=input:352
Type=f32
Unit=kWh
Attribute=l1.energy_exported
Period=1min

[Point energy_exported_l2]
Read=input:354
Type=f32
Unit=kWh
Attribute=l2.energy_exported
Period=1min

[Point energy_exported_l3]
Read=input:356
Type=f32
Unit=kWh
Attribute=l3.energy_exported
Period=1min

# 45 to 65 Hz as a float. The SDM120 has it at the same place; it has no second phase.
[Identify frequency]
Read=input:70
Type=u32
Equals=0x42340000..0x42820000
Score=20

# 150 to 400 V as a float.
[Identify voltage_l2]
Read=input:2
Type=u32
Equals=0x43160000..0x43C80000
Score=20
