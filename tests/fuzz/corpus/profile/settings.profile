# SPDX-License-Identifier: CC0-1.0
[Profile]
Kind=heat_pump
Name=Pump
Source=made up for the fuzzer
WhenGatewayGone=falls-back
WhenGatewayGoneAfter=2min
[Setting order]
Values=big little
Default=big
Label=Which word first?
Label[zh_CN]=字序
[Setting gen]
Values=0..5
Default=2
[Setting pool]
Values=no yes
Default=no
[Line]
Unit=switch(setting.gen, 1, 2, 3, 4, 5, 6)
Gap=switch(setting.pool, , 50ms)
[Repeat circuit]
Count=setting.gen
Step=100
[Repeat slot]
Count=switch(setting.pool, 3, 4)
From=0
Step=0
[Point circuit{n}.flow]
Repeat=circuit
Read=input:1003.2:8
Type=s16
Unit=°C
Attribute=flow.temperature
Label=Circuit {n}
[Point other]
Read=holding:1
Type=u32
Order=switch(setting.order, big, switch(setting.pool, little, big-swap))
Device=+1
When=setting.gen >= 2 and not setting.pool
[Point gone]
Read=holding:1
Type=u32
Device=7
When=setting.order == little
[Fault A{n}]
Repeat=slot
Read=holding:50.{n}
When=setting.gen > 1
Device=2
