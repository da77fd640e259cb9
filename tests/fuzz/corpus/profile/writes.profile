[Profile]
Kind=water_heater
Name=Tank
Source=test

[Point mode]
Read=holding:1
Type=u16
Enum=1:eco 2:hybrid 4:heater

[Point target]
Read=holding:2
Type=u16
Scale=0.5
Offset=-15
Unit=°C

[Write vendor.mode]
Enum=1:eco 2:hybrid
Budget=100000
Safe=eco
MaxFor=2h

[Write vendor.target]
Min=38
Max=switch(mode, 38 °C, 55 °C, 65 °C)
Step=0.5
If=mode == eco
Before=holding:138=1
After=holding:138=0
Volatile=yes
Expires=2min
Safe=before

[Write vendor.sg]
To=holding:4001
Type=u16
With=holding:4000=1
Min=0
Max=3
Function=16
Volatile=yes
ReadBack=none

[Write vendor.field]
To=holding:10.8:8
Type=u16
Function=22
Min=0
Max=255
Budget=200000

[Write boost]
To=coil:7
Pulse=500ms
Volatile=yes
