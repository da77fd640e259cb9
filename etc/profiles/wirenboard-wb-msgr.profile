# SPDX-License-Identifier: CC0-1.0
# Wiren Board WB-MSGR: a resistive gas sensor with a relay, for combustible or for organic gases. It answers one value a
# request. Speed, parity and stop bits are the maker's factory settings (page of the WB-MSGR in the maker's wiki).
#
# The source tells no alarm state: the sensor's resistance falls with more gas, and hearthd calls it a leak while the
# ratio is below the lower threshold kept in the device. That is a rule made from the datasheet of such sensors and not
# from the source: low confidence, and no substitute for a certified alarm.
#
# Thresholds and the reference resistance are calibration: not writable. The relay may close a valve: it is shown, and
# whether it may be switched has to be seen on a real unit.
[Profile]
Maker=Wiren Board
Model=WB-MSGR
Kind=gas_leak_detector
Name=Gas sensor
Name[zh_CN]=燃气传感器
Source=wirenboard/wb-mqtt-serial templates/config-wb-msgr.json
Confidence=high
Version=1

[Line]
Baud=9600
Parity=none
StopBits=2
BlockReads=no

[Point relay]
Read=coil:0
Type=bit
Attribute=relay

[Point sensor_resistance]
Read=input:51
Type=u16
Scale=10
Unit=Ω
Label=Sensor resistance
Label[zh_CN]=传感器电阻

[Point reference_resistance]
Read=holding:60
Type=u16
Scale=10
Unit=Ω
Period=1h
Label=Sensor resistance in the reference gas
Label[zh_CN]=传感器基准电阻

[Point resistance_ratio]
Read=input:52
Type=u16
Scale=0.001
Unit=ratio
Label=Sensor resistance over its reference
Label[zh_CN]=传感器电阻比

[Point high_threshold]
Read=holding:61
Type=u16
Scale=0.001
Unit=ratio
Period=10min
Label=Upper threshold
Label[zh_CN]=上限阈值

[Point low_threshold]
Read=holding:62
Type=u16
Scale=0.001
Unit=ratio
Period=10min
Label=Lower threshold
Label[zh_CN]=下限阈值

[Point gas_leak]
Value=resistance_ratio < low_threshold
Attribute=gas_leak
Confidence=low

[Point supply_voltage]
Read=input:121
Type=u16
Scale=0.001
Unit=V
Period=1min
Label=Supply voltage
Label[zh_CN]=供电电压

[Point uptime]
Read=input:104
Type=u32
Unit=s
Period=1min
Label=Running since
Label[zh_CN]=已运行时间

# What the relay switches is not known.
[Write relay]
Budget=100000
Confidence=low
