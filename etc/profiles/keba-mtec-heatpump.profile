# SPDX-License-Identifier: CC0-1.0
# M-TEC heat pumps with KEBA's KeEnergy controller, Modbus TCP. Addresses are in blocks by module: heating circuit
# from 1, hot water tank from 401, buffer tank from 601, heat pump from 700, system from 1500. Of each module the
# first is here: the source does not say how far the next one is.
#
# Running hours and energies are signed in the source, which would turn negative above 32767: they are read as
# unsigned.
#
# Possible= is what such a sensor can tell; the source has no limits.
[Profile]
Maker=M-TEC
Model=heat pumps with KEBA KeEnergy
Kind=heat_pump
Name=Heat pump
Name[zh_CN]=热泵
Source=johannesWen/KEBA-Heat-Pump-Modbus-Integration modbus_registers/*.json
Confidence=medium
Version=1

[Line]
Unit=1

# Hot water alone is off for the rooms; the next point has the exact mode.
[Point system_mode]
Read=holding:1500
Type=s16
Enum=0:off 1:off 2:heat 3:cool 4:auto
Attribute=system_mode
Period=1min

[Point system_operating_mode]
Read=holding:1500
Type=s16
Enum=0:standby 1:hot_water 2:auto_heat 3:auto_cool 4:full_auto
Period=1min
Label=Operating mode
Label[zh_CN]=运行模式

[Point system_exterior_temperature]
Read=holding:1502
Type=s16
Scale=0.1
Unit=°C
Possible=-60..80
Attribute=outdoor_temperature

[Point heat_pump_operating_hours]
Read=holding:700
Type=u16
Unit=h
Attribute=operating_hours
Period=5min
Confidence=low

[Point heat_pump_total_heating_energy]
Read=holding:701
Type=u16
Unit=kWh
Attribute=thermal_energy
Period=5min
Confidence=low

[Point heat_pump_total_electrical_energy]
Read=holding:702
Type=u16
Unit=kWh
Attribute=energy_imported
Period=5min
Confidence=low

[Point heat_pump_heat_pump_state]
Read=holding:703
Type=s16
Enum=0:standby 1:pre_run 2:auto 3:defrost 4:auto_cool 5:post_run 7:shutdown 8:error
Label=Heat pump state
Label[zh_CN]=热泵状态

[Point heat_pump_defrosting]
Read=holding:703
Type=s16
Enum=0:false 1:false 2:false 3:true 4:false 5:false 7:false 8:false
Attribute=defrosting

[Point heat_pump_flow_temperature]
Read=holding:705
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=flow.temperature

[Point heat_pump_heat_power_consumption]
Read=holding:706
Type=s16
Unit=W
Attribute=thermal_power

[Point heat_pump_electrical_power_consumption]
Read=holding:707
Type=s16
Unit=W
Attribute=active_power

[Point heat_pump_source_in_temperature]
Read=holding:708
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=brine_in.temperature

[Point heat_pump_source_out_temperature]
Read=holding:709
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=brine_out.temperature

[Point heat_pump_reflux_temperature]
Read=holding:710
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=return.temperature

[Point heat_pump_source_circulation_pump]
Read=holding:711
Type=s16
Unit=%
Period=1min
Label=Source pump
Label[zh_CN]=热源循环泵

[Point heat_pump_heat_circulation_pump]
Read=holding:712
Type=s16
Unit=%
Period=1min
Label=Heating pump
Label[zh_CN]=供暖循环泵

[Point heat_pump_on]
Read=holding:713
Type=s16
Enum=0:false 1:true 2:true
Attribute=on_off
Period=1min

[Point heat_pump_operating_mode]
Read=holding:713
Type=s16
Enum=0:off 1:on 2:backup
Period=1min
Label=Heat pump mode
Label[zh_CN]=热泵模式

[Point heat_pump_compressor]
Read=holding:718
Type=s16
Unit=%
Attribute=compressor_load

[Point heat_pump_set_temperature]
Read=holding:719
Type=s16
Scale=0.1
Unit=°C
Attribute=flow_setpoint

[Point dhw_tank_top_temperature]
Read=holding:401
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=tank_top.temperature

[Point dhw_tank_top_set_temperature]
Read=holding:402
Type=s16
Scale=0.1
Unit=°C
Attribute=tank.setpoint
Period=1min

[Point dhw_tank_enabled]
Read=holding:403
Type=s16
Enum=0:false 1:true 2:true 3:true
Attribute=hot_water_enabled
Period=1min

[Point dhw_tank_operating_mode]
Read=holding:403
Type=s16
Enum=0:off 1:auto 2:on 3:heat_up
Period=1min
Label=Hot water mode
Label[zh_CN]=热水模式

[Point dhw_tank_target_excess_energy_temperature]
Read=holding:404
Type=s16
Scale=0.1
Unit=°C
Period=5min
Label=Hot water target with surplus energy
Label[zh_CN]=余电时热水设定温度

[Point dhw_tank_heat_request]
Read=holding:405
Type=u16
Enum=0:off 1:on
Label=Hot water asks for heat
Label[zh_CN]=热水加热请求

# Scale 1 in the source, while its siblings have 0.1.
[Point dhw_tank_reduced_set_temperature]
Read=holding:407
Type=s16
Unit=°C
Period=5min
Label=Hot water target, reduced
Label[zh_CN]=热水节能设定温度
Confidence=low

[Point buffer_tank_top_temperature]
Read=holding:601
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=buffer.temperature

[Point buffer_tank_middle_temperature]
Read=holding:603
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Label=Buffer tank temperature, middle
Label[zh_CN]=缓冲水箱中部温度

[Point buffer_tank_backup_temperature]
Read=holding:604
Type=s16
Scale=0.1
Unit=°C
Period=5min
Label=Buffer tank backup temperature
Label[zh_CN]=缓冲水箱备用温度

[Point buffer_tank_min_temperature_set]
Read=holding:605
Type=s16
Scale=0.1
Unit=°C
Period=5min
Label=Buffer tank lowest temperature
Label[zh_CN]=缓冲水箱最低温度

[Point buffer_tank_cool_temperature_set]
Read=holding:606
Type=s16
Scale=0.1
Unit=°C
Period=5min
Label=Buffer tank cooling temperature
Label[zh_CN]=缓冲水箱制冷温度

[Point buffer_tank_heat_request]
Read=holding:607
Type=u16
Enum=0:off 1:on
Label=Buffer tank asks for heat
Label[zh_CN]=缓冲水箱加热请求

[Point buffer_tank_cool_request]
Read=holding:608
Type=u16
Enum=0:off 1:on
Label=Buffer tank asks for cooling
Label[zh_CN]=缓冲水箱制冷请求

[Point buffer_tank_target_excess_heat_temperature]
Read=holding:610
Type=s16
Scale=0.1
Unit=°C
Period=5min
Label=Buffer tank target with surplus energy
Label[zh_CN]=余电时缓冲水箱设定温度

[Point circuit_1_actual_room_temperature]
Read=holding:1
Type=s16
Scale=0.1
Unit=°C
Possible=-50..80
Attribute=local_temperature

[Point circuit_1_current_set_room_temperature]
Read=holding:2
Type=s16
Scale=0.1
Unit=°C
Period=1min
Label=Room target now
Label[zh_CN]=当前室温目标

[Point circuit_1_room_set_temperature]
Read=holding:4
Type=s16
Scale=0.1
Unit=°C
Attribute=heating_setpoint
Period=1min

[Point circuit_1_room_set_temperature_reduced]
Read=holding:5
Type=s16
Scale=0.1
Unit=°C
Period=5min
Label=Room target, reduced
Label[zh_CN]=室温节能设定

[Point circuit_1_room_offset_temperature]
Read=holding:6
Type=s16
Scale=0.1
Unit=K
Period=5min
Label=Room target correction
Label[zh_CN]=室温设定修正

[Point circuit_1_operating_mode]
Read=holding:7
Type=s16
Enum=0:standby 1:timer 2:day 3:night 4:vacation 5:party 8:extern
Period=1min
Label=Heating circuit mode
Label[zh_CN]=供暖回路模式

[Point circuit_1_heat_request]
Read=holding:8
Type=s16
Enum=0:off 1:on 2:off_return 3:paused
Label=Heating circuit asks for heat
Label[zh_CN]=供暖回路加热请求

[Point circuit_1_room_humidity]
Read=holding:10
Type=s16
Unit=%
Possible=0..100
Attribute=relative_humidity

[Point circuit_1_cool_request_set_external]
Read=holding:11
Type=s16
Enum=0:off 1:on
Period=1min
Label=Cooling asked for from outside
Label[zh_CN]=外部制冷请求

[Point circuit_1_heat_request_set_external]
Read=holding:12
Type=s16
Enum=0:off 1:on
Period=1min
Label=Heat asked for from outside
Label[zh_CN]=外部加热请求

[Point circuit_1_circuit_flow_temperature]
Read=holding:15
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Label=Heating circuit flow temperature
Label[zh_CN]=供暖回路供水温度

[Point circuit_1_circuit_reflux_temperature]
Read=holding:16
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Label=Heating circuit return temperature
Label[zh_CN]=供暖回路回水温度

[Point circuit_1_mixer_position]
Read=holding:17
Type=s16
Unit=%
Period=1min
Label=Mixing valve
Label[zh_CN]=混水阀开度

# What its numbers mean is not in the source.
[Point circuit_1_circuit_pump]
Read=holding:18
Type=s16
Period=1min
Label=Heating circuit pump
Label[zh_CN]=供暖回路水泵

[Fault Error]
Read=holding:703
Value=8
Meaning=The heat pump is in its error state; its display shows why
Meaning[zh_CN]=热泵处于故障状态，原因见其显示屏

# Writes. The source states no endurance of the memory behind these registers: Budget= is a cautious assumption. The
# heat pump itself (713) is not switched off from here: that would take its frost protection away.
[Write system_mode]
Enum=0:off 2:heat 3:cool 4:auto
LeastInterval=1min
Budget=100000

[Write vendor.system_operating_mode]
LeastInterval=1min
Budget=100000

[Write tank.setpoint]
Min=0
Max=55
Step=0.5
LeastInterval=1min
Budget=100000

[Write vendor.dhw_tank_operating_mode]
LeastInterval=1min
Budget=100000

[Write heating_setpoint]
Min=5
Max=30
Step=0.5
LeastInterval=1min
Budget=100000

[Write vendor.circuit_1_room_set_temperature_reduced]
Min=5
Max=30
Step=0.5
LeastInterval=1min
Budget=100000

[Write vendor.circuit_1_room_offset_temperature]
Min=-2.5
Max=2.5
Step=0.5
LeastInterval=1min
Budget=100000

[Write vendor.circuit_1_operating_mode]
Enum=0:standby 1:timer 2:day 3:night 4:vacation 5:party
LeastInterval=1min
Budget=100000
