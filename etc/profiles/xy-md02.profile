# SPDX-License-Identifier: CC0-1.0
# Temperature and humidity boards sold as XY-MD01 and XY-MD02. The parity comes from one of the two sources alone: where
# the board does not answer try none; the bus has the last word.
# Possible= is wider than what such sensors can tell; the sources have no limits for reading.
[Profile]
Model=XY-MD01, XY-MD02
Kind=temperature_humidity_sensor
Name=Temperature and humidity sensor
Name[zh_CN]=温湿度传感器
Source=wirenboard/wb-mqtt-serial templates/config-xy-md0x-deprecated.json; groupsky/ya-modbus packages/driver-xymd1/README.md
Confidence=high
Version=1

[Line]
Baud=9600
Parity=even
StopBits=1
Unit=1
Readable=input:1-2 holding:259-260

[Point temperature]
Read=input:1
Type=s16
Scale=0.1
Unit=°C
Possible=-60..125
Attribute=temperature

[Point humidity]
Read=input:2
Type=u16
Scale=0.1
Unit=%
Possible=0..100
Attribute=relative_humidity

[Point temperature_correction]
Read=holding:259
Type=s16
Scale=0.1
Unit=K
Period=1h
Label=Temperature correction
Label[zh_CN]=温度校正
Confidence=medium

[Point humidity_correction]
Read=holding:260
Type=s16
Scale=0.1
Unit=%
Period=1h
Label=Humidity correction
Label[zh_CN]=湿度校正
Confidence=medium
