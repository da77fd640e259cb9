[Profile]
Kind=electrical_meter
Name=M
Source=s
Addressing=modicon
[Line]
Readable=40001-40010 300058
[Point v]
Read=30001
Type=f32
Order=little-swap
Absent=nan -1
Unit=V
Attribute=rms_voltage
