# SPDX-License-Identifier: CC0-1.0
# Stiebel Eltron heat pumps with the WPM manager, through the Internet Service Gateway ISG web. 0x8000 in a
# temperature says that there is no such value.
#
# Energies are in two registers, 0 to 999 kWh and MWh; the sums are computed here. The bits of the system status and
# what the numbers of the smart grid status mean are not in the source.
#
# Possible= is what such a sensor can tell; the source has no limits.
[Profile]
Maker=Stiebel Eltron
Model=WPM with ISG web
Kind=heat_pump
Name=Heat pump
Name[zh_CN]=热泵
Source=nymea/nymea-plugins-modbus stiebel-eltron-registers.json, integrationpluginstiebeleltron.cpp; pail23/stiebel_eltron_isg_component
Confidence=medium
Version=1

[Line]
Unit=1

[Point outdoor_temperature]
Read=input:506
Type=s16
Scale=0.1
Unit=°C
Absent=0x8000
Possible=-60..80
Attribute=outdoor_temperature

[Point flow_temperature]
Read=input:514
Type=s16
Scale=0.1
Unit=°C
Absent=0x8000
Possible=-40..130
Attribute=flow.temperature

[Point hot_water_temperature]
Read=input:521
Type=s16
Scale=0.1
Unit=°C
Absent=0x8000
Possible=-40..130
Attribute=tank.temperature

[Point hot_gas_temperature_hp_1]
Read=input:543
Type=s16
Scale=0.1
Unit=°C
Absent=0x8000
Possible=-80..200
Attribute=discharge_temperature

[Point hot_gas_temperature_hp_2]
Read=input:550
Type=s16
Scale=0.1
Unit=°C
Absent=0x8000
Possible=-80..200
Label=Discharge temperature, heat pump 2
Label[zh_CN]=排气温度（热泵2）

# Another integration reads the source temperature at 535; 562 lies in the block of a fourth heat pump.
[Point source_temperature]
Read=input:562
Type=s16
Scale=0.1
Unit=°C
Absent=0x8000
Possible=-40..130
Label=Heat source temperature
Label[zh_CN]=热源温度
Confidence=low

[Point room_temperature_fek]
Read=input:502
Type=s16
Scale=0.1
Unit=°C
Absent=0x8000
Possible=-50..80
Attribute=local_temperature

[Point return_temperature]
Read=input:515
Type=s16
Scale=0.1
Unit=°C
Absent=0x8000
Possible=-40..130
Attribute=return.temperature

[Point solar_collector_temperature]
Read=input:527
Type=s16
Scale=0.1
Unit=°C
Absent=0x8000
Period=1min
Label=Solar collector temperature
Label[zh_CN]=太阳能集热器温度

[Point solar_storage_tank_temperature]
Read=input:528
Type=s16
Scale=0.1
Unit=°C
Absent=0x8000
Possible=-40..130
Period=1min
Label=Solar tank temperature
Label[zh_CN]=太阳能水箱温度

[Point storage_tank_temperature]
Read=input:517
Type=s16
Scale=0.1
Unit=°C
Absent=0x8000
Possible=-40..130
Attribute=buffer.temperature

[Point external_heat_source_temperature]
Read=input:530
Type=s16
Scale=0.1
Unit=°C
Absent=0x8000
Possible=-40..130
Period=1min
Label=External heat source temperature
Label[zh_CN]=外部热源温度

[Point heating_energy]
Read=input:3501
Type=u16
Unit=kWh
Hidden=yes
Period=5min

[Point heating_energy_mwh]
Read=input:3502
Type=u16
Unit=MWh
Hidden=yes
Period=5min

[Point hot_water_energy]
Read=input:3504
Type=u16
Unit=kWh
Hidden=yes
Period=5min

[Point hot_water_energy_mwh]
Read=input:3505
Type=u16
Unit=MWh
Hidden=yes
Period=5min

[Point consumed_energy_heating]
Read=input:3511
Type=u16
Unit=kWh
Hidden=yes
Period=5min

[Point consumed_energy_heating_mwh]
Read=input:3512
Type=u16
Unit=MWh
Hidden=yes
Period=5min

[Point consumed_energy_hot_water]
Read=input:3514
Type=u16
Unit=kWh
Hidden=yes
Period=5min

[Point consumed_energy_hot_water_mwh]
Read=input:3515
Type=u16
Unit=MWh
Hidden=yes
Period=5min

[Point heat_for_heating]
Value=heating_energy + heating_energy_mwh
Unit=kWh
Total=yes
Label=Heat for heating
Label[zh_CN]=供暖制热量

[Point heat_for_hot_water]
Value=hot_water_energy + hot_water_energy_mwh
Unit=kWh
Total=yes
Label=Heat for hot water
Label[zh_CN]=热水制热量

[Point heat_produced]
Value=heat_for_heating + heat_for_hot_water
Unit=kWh
Attribute=thermal_energy

[Point electricity_for_heating]
Value=consumed_energy_heating + consumed_energy_heating_mwh
Unit=kWh
Total=yes
Label=Electricity for heating
Label[zh_CN]=供暖用电量

[Point electricity_for_hot_water]
Value=consumed_energy_hot_water + consumed_energy_hot_water_mwh
Unit=kWh
Total=yes
Label=Electricity for hot water
Label[zh_CN]=热水用电量

[Point electricity]
Value=electricity_for_heating + electricity_for_hot_water
Unit=kWh
Attribute=energy_imported

# Standby stands for off.
[Point on]
Read=holding:1500
Type=u16
Enum=0:true 1:false 2:true 3:true 4:true 5:true
Attribute=on_off

[Point operating_mode]
Read=holding:1500
Type=u16
Enum=0:emergency 1:standby 2:program 3:comfort 4:eco 5:hot_water
Label=Operating mode
Label[zh_CN]=运行模式

[Point system_status]
Read=input:2500
Type=u16
Period=1min
Label=System status number
Label[zh_CN]=系统状态编号

[Point smart_grid_status]
Read=input:5000
Type=u16
Period=1min
Label=Smart grid status number
Label[zh_CN]=智能电网状态编号

[Point sg_ready_active]
Read=holding:4000
Type=u16
Period=5min
Label=SG Ready in use
Label[zh_CN]=SG Ready 启用

# Two inputs of SG Ready in one value, which must be written together.
[Point sg_ready_mode]
Read=holding:4001
Type=u32
Enum=1:blocked 0:normal 65536:recommended 65537:forced
Attribute=sg_ready
Period=1min

# Writes. Neither source states the endurance of the memory behind these registers: Budget= is a cautious assumption.
[Write sg_ready]
LeastInterval=1min
Budget=100000
