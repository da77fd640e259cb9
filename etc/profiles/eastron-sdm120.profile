# SPDX-License-Identifier: CC0-1.0
# Eastron SDM120 single-phase meter: floats, high word first, at even input registers. Speed, parity and unit identifier
# are set on the meter and not stated by the source; nor is what lies between the registers, so nothing there is read.
# Possible= is what a mains meter can hold, wide enough for any: a float beyond it was assembled wrongly.
[Profile]
Maker=Eastron
Model=SDM120
Kind=electrical_meter
Name=Electricity meter
Name[zh_CN]=单相电表
Source=wirenboard/wb-mqtt-serial templates/config-sdm120.json
Confidence=high
Version=1

[Point voltage]
Read=input:0
Type=f32
Unit=V
Possible=0..1000
Attribute=rms_voltage

[Point current]
Read=input:6
Type=f32
Unit=A
Attribute=rms_current

[Point active_power]
Read=input:12
Type=f32
Unit=W
Attribute=active_power

[Point apparent_power]
Read=input:18
Type=f32
Unit=VA
Attribute=apparent_power

[Point reactive_power]
Read=input:24
Type=f32
Unit=var
Attribute=reactive_power

[Point power_factor]
Read=input:30
Type=f32
Unit=ratio
Possible=-1.01..1.01
Attribute=power_factor

[Point line_frequency]
Read=input:70
Type=f32
Unit=Hz
Possible=0..1000
Attribute=frequency

# The meter adds both directions; where nothing feeds back this is the energy used.
[Point total_active_energy]
Read=input:342
Type=f32
Unit=kWh
Attribute=energy_imported
Period=1min

# 45 to 65 Hz as a float.
[Identify frequency]
Read=input:70
Type=u32
Equals=0x42340000..0x42820000
Score=20

# 80 to 300 V as a float.
[Identify voltage]
Read=input:0
Type=u32
Equals=0x42A00000..0x43960000
Score=15
