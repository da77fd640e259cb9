# SPDX-License-Identifier: CC0-1.0
# Heat pumps of alpha innotec with the Luxtronik controller, Modbus TCP. The same address means different things in
# the holding and in the input bank.
#
# The source has all temperatures as unsigned, which cannot show frost; they are read as signed here, which is the
# same above zero. To be verified in frost on a real unit.
#
# Left out: the room setpoint of the RBE unit. The source gives it and the actual room temperature the same address,
# 24. There is no fault code in the source.
#
# Possible= is what such a sensor can tell; the source has no limits.
[Profile]
Maker=alpha innotec
Model=Luxtronik
Kind=heat_pump
Name=Heat pump
Name[zh_CN]=热泵
Source=nymea/nymea-plugins-modbus alphainnotec/alphainnotec-registers.json
Confidence=medium
Version=1

[Point flow]
Read=input:1
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=flow.temperature
Confidence=low

[Point return]
Read=input:2
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=return.temperature
Confidence=low

[Point external_return]
Read=input:3
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Label=External return temperature
Label[zh_CN]=外部回水温度
Confidence=low

[Point hot_water_temperature]
Read=input:4
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=tank.temperature
Confidence=low

[Point hot_gas_temperature]
Read=input:8
Type=s16
Scale=0.1
Unit=°C
Possible=-80..200
Attribute=discharge_temperature
Confidence=low

[Point heat_source_inlet_temperature]
Read=input:9
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=brine_in.temperature
Confidence=low

[Point heat_source_outlet_temperature]
Read=input:10
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=brine_out.temperature
Confidence=low

[Point room_remote_adjuster_1_temperature]
Read=input:11
Type=s16
Scale=0.1
Unit=°C
Possible=-50..80
Attribute=local_temperature
Confidence=low

[Point room_remote_adjuster_2_temperature]
Read=input:12
Type=s16
Scale=0.1
Unit=°C
Possible=-50..80
Label=Room temperature 2
Label[zh_CN]=室内温度2
Confidence=low

[Point room_remote_adjuster_3_temperature]
Read=input:13
Type=s16
Scale=0.1
Unit=°C
Possible=-50..80
Label=Room temperature 3
Label[zh_CN]=室内温度3
Confidence=low

[Point solar_collector_temperature]
Read=input:14
Type=s16
Scale=0.1
Unit=°C
Label=Solar collector temperature
Label[zh_CN]=太阳能集热器温度
Confidence=low

[Point solar_storage_tank_temperature]
Read=input:15
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Label=Solar tank temperature
Label[zh_CN]=太阳能水箱温度
Confidence=low

[Point external_energy_source_temperature]
Read=input:16
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Label=External heat source temperature
Label[zh_CN]=外部热源温度
Confidence=low

[Point supply_air_temperature]
Read=input:17
Type=s16
Scale=0.1
Unit=°C
Possible=-60..80
Label=Supply air temperature
Label[zh_CN]=送风温度
Confidence=low

[Point external_air_temperature]
Read=input:18
Type=s16
Scale=0.1
Unit=°C
Possible=-60..80
Label=External air temperature
Label[zh_CN]=外部空气温度
Confidence=low

# The source gives this address to two points.
[Point rbe_actual_room_temperature]
Read=input:24
Type=s16
Scale=0.1
Unit=°C
Possible=-50..80
Label=Room temperature, RBE unit
Label[zh_CN]=室内温度（RBE 室温控制器）
Confidence=low

[Point heating_pump_operating_hours]
Read=input:33
Type=u16
Unit=h
Attribute=operating_hours
Period=5min

[Point system_status]
Read=input:37
Type=u16
Enum=0:heating 1:hot_water 2:swimming_pool 3:utility_lock 4:defrost 5:off 6:external_energy_source 7:cooling
Label=Status
Label[zh_CN]=状态

[Point system_running]
Read=input:37
Type=u16
Enum=0:heat 1:off 2:off 3:off 4:heat 5:off 7:cool
Attribute=running_mode

[Point system_defrosting]
Read=input:37
Type=u16
Enum=0:false 1:false 2:false 3:false 4:true 5:false 6:false 7:false
Attribute=defrosting

[Point system_hot_water]
Read=input:37
Type=u16
Enum=0:false 1:true 2:false 3:false 4:false 5:false 6:false 7:false
Attribute=hot_water_heating

[Point heating_energy]
Read=input:38
Type=u32
Scale=0.1
Unit=kWh
Total=yes
Period=5min
Label=Heat for heating
Label[zh_CN]=供暖制热量

[Point water_heat_energy]
Read=input:40
Type=u32
Scale=0.1
Unit=kWh
Total=yes
Period=5min
Label=Heat for hot water
Label[zh_CN]=热水制热量

[Point total_energy]
Read=input:44
Type=u32
Scale=0.1
Unit=kWh
Attribute=thermal_energy
Period=5min

[Point outdoor_temperature]
Read=holding:0
Type=s16
Scale=0.1
Unit=°C
Possible=-60..80
Attribute=outdoor_temperature
Confidence=low

[Point return_setpoint_temperature]
Read=holding:1
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Period=1min
Label=Return setpoint
Label[zh_CN]=回水设定温度
Confidence=low

[Point hot_water_setpoint_temperature]
Read=holding:5
Type=s16
Scale=0.1
Unit=°C
Possible=-40..130
Attribute=tank.setpoint
Period=1min
Confidence=low

[Point smart_grid_control]
Read=holding:14
Type=u16
Enum=0:off 1:low 2:standard 3:high
Period=1min
Label=Smart grid
Label[zh_CN]=智能电网控制

# Writes. The source states no endurance of the memory behind these registers: Budget= is a cautious assumption. The
# temperatures are not written: the source has no limits for them.
[Write vendor.smart_grid_control]
LeastInterval=1min
Budget=100000
