[Profile]
Maker=M
Model=A
Kind=heat_pump
Name=Pump
Name[zh_CN]=热泵
Source=s
Confidence=low
Version=2
Adapter=modbus
Addressing=1
FaultPeriod=20s
[Line]
Baud=9600
Parity=even
StopBits=1
Unit=16
Timeout=1s
Gap=20ms
MaxRead=20
MaxReadBits=100
BlockReads=no
LeastPeriod=1s
Readable=holding:1-116 coil:4
[Point out]
Read=holding:2017
Type=s16
Order=big
Scale=0.1
Divide=2
Offset=-3
Unit=°C
Absent=0x7FFF
Unavailable=5
SensorFault=-4
Possible=-50..120
Attribute=flow.temperature
Period=1h30min
Label=Out
Confidence=high
[Point code]
Read=input:3.8:8
Type=u16
Fault=code
NoFault=0 3
Code=E%02X
[Point relays]
Read=holding:8
Type=u16
Bits=0:heat 4:fan
Attribute=running_state
[Point mode]
Read=holding:9
Type=u16
Enum=0:cool 1:heat
Attribute=running_mode
[Point name]
Read=holding:9
Type=string2
Length=4
Hidden=yes
[Fault E1]
Value=1
Of=code
Meaning=m
Meaning[zh_CN]=故障
Component=c
Severity=danger
Class=warning
Household=yes
Causes=a b
Source=x
[Fault 20.3]
Read=holding:20.3
Active=0
[Fault 21]
Read=input:21.4:4
Value=3
[Fault d]
Read=discrete:9
[Identify a]
Read=input:290
Type=u16
Equals=0x80..0x89
Score=50
