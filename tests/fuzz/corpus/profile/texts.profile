# SPDX-License-Identifier: CC0-1.0
[Profile]
Kind=heat_pump
Name=Pump
Source=made up for the fuzzer
[Point letters]
Read=input:21
Type=string2
Length=1
Absent=0x7FFE
Fault=code
NoFault=00 --
Detail=sub
Class=warning
Severity=care
When=state == 2
[Point sub]
Read=input:22
Type=u16
Hidden=yes
[Point state]
Read=input:23
Type=u16
[Point packed]
Read=input:24
Type=u16
Fault=code
Format={8:8:c}{0:8:02}
NoFault=0
[Point clock]
Read=input:25
Type=u16
Format={8:8+20:02}:{0:8:X}
[Point when]
Read=input:26
Type=u32
Format=time
Offset=-760516096
[Point field]
Read=input:28.8:8
Type=s16
Absent=0x80
Unavailable=-127
[Fault U4]
Meaning=Transmission
[Fault U4-01]
Severity=urgent
[Fault one]
Code=E4
Read=holding:1.0
[Fault two]
Code=E4
Read=holding:1.1
