# SPDX-License-Identifier: CC0-1.0
[Profile]
Kind=heat_pump
Name=Pump
Source=made up for the fuzzer
[Setting twin]
Values=no yes
Default=no
[Point hi]
Read=holding:1
Type=u16
Hidden=yes
Absent=0xFFFF
[Point lo]
Read=holding:2
Type=u16
Hidden=yes
[Point hours]
Value=65535*hi + lo
Unit=h
[Point half]
Value=switch(setting.twin, hours, hours * 2) / 2 + default(hours, 0 h)
[Point mode]
Read=holding:5
Type=u16
Enum=0:off 1:heat
[Point t1]
Read=holding:6
Type=s16
Unit=°C
When=mode == heat
Attribute=return.temperature
[Point t2]
Read=holding:7
Type=s16
Unit=°F
When=not (mode == heat)
Attribute=return.temperature
[Point on]
Value=mode == heat and abs(t1 - t2) > 3 K or present(hi)
[Point sys]
Value=switch(lo, off, heat, cool)
Attribute=system_mode
[Point loop]
Value=hours > 1 h
[Point code]
Value=hi * 256 + lo
Hidden=yes
Fault=code
Code=E%03X
NoFault=0 5
[Point word]
Value=hi * 256 + lo
Enum=0:none 257:both
[Point version]
Value=hi * 65536 + lo
Format={24:8}.{16:8:02}.{0:16:04x}
[Fault E101]
Meaning=Both
