# SPDX-License-Identifier: CC0-1.0
# Chint DTSU666 three-phase meter: floats, high word first, most of which still need a factor that the source applies:
# to be checked on a real unit against its display. Line settings are made on the meter and not stated by the source.
#
# Possible= is what a mains meter can hold: a voltage ten times too high shows a meter that needs no factor.
[Profile]
Maker=Chint
Model=DTSU666
Kind=electrical_meter
Name=Three-phase electricity meter
Name[zh_CN]=三相电表
Source=volkszaehler/mbmd meters/rs485/dtsu666.go
Confidence=high
Version=1

[Point energy_imported]
Read=holding:4126
Type=f32
Unit=kWh
Attribute=energy_imported
Period=1min

[Point energy_exported]
Read=holding:4136
Type=f32
Unit=kWh
Attribute=energy_exported
Period=1min

[Point voltage_l1]
Read=holding:8198
Type=f32
Scale=0.1
Unit=V
Possible=0..1000
Attribute=l1.rms_voltage
Confidence=medium

[Point voltage_l2]
Read=holding:8200
Type=f32
Scale=0.1
Unit=V
Possible=0..1000
Attribute=l2.rms_voltage
Confidence=medium

[Point voltage_l3]
Read=holding:8202
Type=f32
Scale=0.1
Unit=V
Possible=0..1000
Attribute=l3.rms_voltage
Confidence=medium

[Point current_l1]
Read=holding:8204
Type=f32
Scale=0.001
Unit=A
Attribute=l1.rms_current
Confidence=medium

[Point current_l2]
Read=holding:8206
Type=f32
Scale=0.001
Unit=A
Attribute=l2.rms_current
Confidence=medium

[Point current_l3]
Read=holding:8208
Type=f32
Scale=0.001
Unit=A
Attribute=l3.rms_current
Confidence=medium

[Point active_power]
Read=holding:8210
Type=f32
Scale=0.1
Unit=W
Attribute=active_power
Confidence=medium

[Point power_l1]
Read=holding:8212
Type=f32
Scale=0.1
Unit=W
Attribute=l1.active_power
Confidence=medium

[Point power_l2]
Read=holding:8214
Type=f32
Scale=0.1
Unit=W
Attribute=l2.active_power
Confidence=medium

[Point power_l3]
Read=holding:8216
Type=f32
Scale=0.1
Unit=W
Attribute=l3.active_power
Confidence=medium

[Point power_factor]
Read=holding:8234
Type=f32
Scale=0.001
Unit=ratio
Possible=-1.01..1.01
Attribute=power_factor
Confidence=medium

[Point frequency]
Read=holding:8260
Type=f32
Scale=0.01
Unit=Hz
Possible=0..1000
Attribute=frequency
Confidence=medium

# 4500 to 6500 as a float: hundredths of a hertz.
[Identify frequency]
Read=holding:8260
Type=u32
Equals=0x458CA000..0x45CB2000
Score=40
