# SPDX-License-Identifier: CC0-1.0
[Profile]
Kind=heat_pump
Name=Pump
Source=made up for the fuzzer
[Setting a]
Values=5..0
Default=x
[Setting b]
Values=1 0x1 q-
Default=1
[Setting c]
Values=0..1
Default=0
[Repeat r]
Count=setting.b
Step=70000
[Repeat two]
Count=2
Step=10
[Point p]
Repeat=two
Read=holding:1
Type=switch(setting.c, u16
[Point q{n}]
Repeat=two
Read=holding:x
Type=switch(setting.c, u16, s16, u32)
[Point x]
Value=y + 1
[Point y]
Value=z
When=x == 1
[Point z]
Value=x
[Point t]
Value=((((1 °C + 1 °C
[Point f]
Read=holding:3
Type=u16
Format={0:17}{
Device=+300
[Fault E]
Read=holding:3.0
When=x > 1
