# SPDX-License-Identifier: CC0-1.0
# Schneider iEM3000 series three-phase meters: floats, high word first, power in kW; energies are 64-bit counts of Wh.
# Line settings are made on the meter and not stated by the source.
#
# Possible= is what a mains meter can hold: a float beyond it was assembled wrongly.
[Profile]
Maker=Schneider Electric
Model=iEM3000 series
Kind=electrical_meter
Name=Three-phase electricity meter
Name[zh_CN]=三相电表
Source=volkszaehler/mbmd meters/rs485/iem3000.go
Confidence=high
Version=1

[Point current_l1]
Read=holding:2999
Type=f32
Unit=A
Attribute=l1.rms_current

[Point current_l2]
Read=holding:3001
Type=f32
Unit=A
Attribute=l2.rms_current

[Point current_l3]
Read=holding:3003
Type=f32
Unit=A
Attribute=l3.rms_current

[Point voltage_l1]
Read=holding:3027
Type=f32
Unit=V
Possible=0..1000
Attribute=l1.rms_voltage

[Point voltage_l2]
Read=holding:3029
Type=f32
Unit=V
Possible=0..1000
Attribute=l2.rms_voltage

[Point voltage_l3]
Read=holding:3031
Type=f32
Unit=V
Possible=0..1000
Attribute=l3.rms_voltage

[Point power_l1]
Read=holding:3053
Type=f32
Unit=kW
Attribute=l1.active_power

[Point power_l2]
Read=holding:3055
Type=f32
Unit=kW
Attribute=l2.active_power

[Point power_l3]
Read=holding:3057
Type=f32
Unit=kW
Attribute=l3.active_power

[Point active_power]
Read=holding:3059
Type=f32
Unit=kW
Attribute=active_power

[Point reactive_power]
Read=holding:3067
Type=f32
Unit=kvar
Attribute=reactive_power

[Point frequency]
Read=holding:3109
Type=f32
Unit=Hz
Possible=0..1000
Attribute=frequency

[Point energy_imported]
Read=holding:3203
Type=s64
Scale=0.001
Unit=kWh
Attribute=energy_imported
Period=1min

[Point energy_exported]
Read=holding:3207
Type=s64
Scale=0.001
Unit=kWh
Attribute=energy_exported
Period=1min

# 45 to 65 Hz as a float.
[Identify frequency]
Read=holding:3109
Type=u32
Equals=0x42340000..0x42820000
Score=40
