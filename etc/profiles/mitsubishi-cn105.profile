# SPDX-License-Identifier: CC0-1.0
# Mitsubishi Electric room air conditioners on the red five-pin CN105 socket (5 V TTL): MSZ, MFZ, MLZ, SEZ, SLZ, PLA,
# PVA, PEAD and similar. Field names: hearthctl adapter list. Read-only.
[Profile]
Maker=Mitsubishi Electric
Model=MSZ, MFZ, MLZ, SEZ, SLZ, PLA, PVA, PEAD with CN105
Kind=room_air_conditioner
Adapter=mitsubishi-cn105
Name=Air conditioner
Name[zh_CN]=空调
Source=SwiCago/HeatPump src/HeatPump.cpp; echavet/MitsubishiCN105ESPHome components/cn105; muart-group it-protocol
Confidence=high
Version=1

# A few newer units speak 9600: the adapter tries both.
[Line]
Baud=2400
Parity=even
StopBits=1

# 2 is a test run.
[Point power]
Read=settings.power
Enum=0:false 1:true 2:true
Attribute=on_off
Period=5s

# What is set; on_off says whether it runs.
[Point mode]
Read=settings.mode
Enum=1:heat 2:dry 3:cool 7:fan_only 8:auto
Attribute=system_mode
Period=5s

# Possible= here and below is what a room unit can be set to and its sensors can tell; the sources have no limits.
# The unit has one target temperature. The common model has two, so that units with both fit in; this one stands in both,
# and system_mode says which of them is in force.
[Point setpoint_cooling]
Read=settings.setpoint
Unit=°C
Possible=5..40
Attribute=cooling_setpoint
Period=5s

[Point setpoint_heating]
Read=settings.setpoint
Unit=°C
Possible=5..40
Attribute=heating_setpoint
Period=5s

# Quiet and five speeds onto the three of the common model; fan_speed has them all. 4 is not used.
[Point fan]
Read=settings.fan
Enum=0:auto 1:low 2:low 3:medium 5:high 6:high
Attribute=fan_mode
Period=5s

[Point fan_speed]
Read=settings.fan
Enum=0:auto 1:quiet 2:speed_1 3:speed_2 5:speed_3 6:speed_4
Label=Fan speed set
Label[zh_CN]=设定风速
Period=5s

[Point swing]
Read=settings.swing
Bits=0:rock_up_down 1:rock_left_right
Attribute=swing
Period=5s

# From top to bottom.
[Point vane]
Read=settings.vane
Enum=0:auto 1:position_1 2:position_2 3:position_3 4:position_4 5:position_5 7:swing
Label=Vane
Label[zh_CN]=上下导风板
Period=5s

# 0 is automatic in one source, "not fitted or airflow control" in another.
[Point wide_vane]
Read=settings.wide_vane
Enum=0:none 1:far_left 2:left 3:centre 4:right 5:far_right 8:split 12:swing
Label=Wide vane
Label[zh_CN]=左右导风板
Confidence=low
Period=5s

[Point isee]
Read=settings.isee
Enum=0:off 1:on
Label=i-See sensor
Label[zh_CN]=人感传感器
Period=5s

[Point lock]
Read=settings.lock
Bits=0:power 1:mode 2:temperature
Label=Remote control lock
Label[zh_CN]=遥控锁定
Period=5s

[Point room_temperature]
Read=temperatures.room
Unit=°C
Possible=-20..60
Attribute=local_temperature
Period=10s

[Point outdoor_temperature]
Read=temperatures.outdoor
Unit=°C
Possible=-50..65
Attribute=outdoor_temperature
Period=10s

[Point runtime]
Read=temperatures.runtime
Unit=min
Attribute=operating_hours
Period=10s

[Point compressor_frequency]
Read=operation.compressor_frequency
Unit=Hz
Attribute=compressor_frequency
Period=10s

[Point operating]
Read=operation.operating
Enum=0:idle 1:operating
Label=Compressor
Label[zh_CN]=压缩机
Period=10s

# Power and energy come from newer units only and from one source; units without hold zero and are shown as absent.
[Point active_power]
Read=operation.power
Unit=W
Attribute=active_power
Confidence=medium
Period=10s

# 16 bits of 0.1 kWh: begins again at 0 after 6553.5 kWh.
[Point energy]
Read=operation.energy
Unit=kWh
Attribute=energy_imported
Confidence=medium
Period=10s

[Point defrost]
Read=stage.defrost
Enum=0:false 1:true
Attribute=defrosting
Period=10s

[Point preheat]
Read=stage.preheat
Enum=0:off 1:on
Label=Preheating
Label[zh_CN]=预热
Period=10s

[Point standby]
Read=stage.standby
Enum=0:off 1:on
Label=Standby
Label[zh_CN]=待机
Period=10s

[Point fan_stage]
Read=stage.fan
Enum=0:off 1:low 2:gentle 3:medium 4:moderate 5:high 6:diffuse
Label=Fan stage
Label[zh_CN]=实际风速
Period=10s

# The four digits of the error word. 8000 is "no error"; 0 is said to be for air-to-water units.
[Point error]
Read=error.code
Fault=code
NoFault=8000 0
Code=%04d
Hidden=yes
Period=15s

# Letter and digit; empty when there is none. No capture with a real fault was found, and one source reads it otherwise.
[Point error_short]
Read=error.short
Type=string
Label=Short error code
Label[zh_CN]=故障短码
Confidence=low
Period=15s

[Point timer]
Read=timers.mode
Enum=0:none 1:off 2:on 3:both
Label=Timer
Label[zh_CN]=定时
Period=60s

[Point timer_on_left]
Read=timers.on_left
Unit=min
Label=Time to switching on
Label[zh_CN]=定时开机剩余
Period=60s

[Point timer_off_left]
Read=timers.off_left
Unit=min
Label=Time to switching off
Label[zh_CN]=定时关机剩余
Period=60s

# Premium units only; the others leave the query without an answer or at zero.
[Point purifier]
Read=options.purifier
Enum=0:off 1:on
Label=Air purifier
Label[zh_CN]=空气净化
Period=60s

[Point night_mode]
Read=options.night_mode
Enum=0:off 1:on
Label=Night mode
Label[zh_CN]=夜间模式
Period=60s

[Point circulator]
Read=options.circulator
Enum=0:off 1:on
Label=Circulator
Label[zh_CN]=循环送风
Period=60s

[Fault 6999]
Value=6999
Meaning=Communication with the indoor unit is disturbed
Meaning[zh_CN]=与室内机通信异常
Causes=any.adapter
Severity=service
Confidence=medium
Source=arendst/Tasmota pull 25011

# Two sources call the bit "filter", one "warm-up": a reminder, never an alarm.
[Fault filter]
Read=stage.filter
Meaning=The filter is due for cleaning, says the unit
Meaning[zh_CN]=滤网提示清洁
Component=filter
Causes=ac.filter
Severity=care
Class=maintenance
Household=yes
Confidence=low
Source=muart-group it-protocol; F1p/Mitsubishi-CN105-Protocol-Decode
