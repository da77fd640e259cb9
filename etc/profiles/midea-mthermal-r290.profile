# SPDX-License-Identifier: CC0-1.0
# Midea M-thermal R290 air-to-water heat pumps and their rebrands, the Modbus of the wired controller. 0x7FFF says
# that a value is not there. Some registers hold several settings: those are changed by reading, changing the bits and
# writing back. The map has holes.
#
# Faults are numbers without a table: the display shows the code.
#
# Possible= is what such a sensor can tell; the source has no limits.
[Profile]
Maker=Midea
Model=M-thermal R290
Kind=heat_pump
Name=Heat pump
Name[zh_CN]=热泵
Source=Mosibi/Midea-heat-pump-ESPHome models/R290-generic.yaml
Confidence=high
Version=1

[Line]
Baud=9600
Parity=none
StopBits=1
Unit=1

[Point power_room_temp_control]
Read=holding:0.0
Type=bit
Period=1min
Label=Room temperature control
Label[zh_CN]=室温控制

# The switches of room temperature control, of both zones and of hot water are bits of one register. Zone 1 stands for
# the whole.
[Point power_zone1_flow_control]
Read=holding:0.1
Type=bit
Attribute=on_off
Period=1min

[Point power_dhw_t5s]
Read=holding:0.2
Type=bit
Attribute=hot_water_enabled
Period=1min

[Point power_zone2_flow_control]
Read=holding:0.3
Type=bit
Period=1min
Label=Zone 2
Label[zh_CN]=2区

[Point operational_mode_set]
Read=holding:1
Type=u16
Enum=1:auto 2:cool 3:heat
Attribute=system_mode
Period=1min

# Two zones in one register.
[Point set_water_temp_t1s_zone1]
Read=holding:2.0:8
Type=u16
Unit=°C
Attribute=flow_setpoint
Period=1min

[Point set_water_temp_t1s_zone2]
Read=holding:2.8:8
Type=u16
Unit=°C
Period=1min
Label=Flow setpoint, zone 2
Label[zh_CN]=2区供水设定

[Point air_temperature_set_ts]
Read=holding:3
Type=u16
Scale=0.5
Unit=°C
Attribute=heating_setpoint
Period=1min

[Point dhw_tank_set_t5s]
Read=holding:4
Type=u16
Unit=°C
Attribute=tank.setpoint
Period=1min

# Holiday, disinfection, silent, eco, weather compensation and more; which bit is which is not in the source.
[Point function_setting_bits]
Read=holding:5
Type=u16
Period=5min
Label=Function switches
Label[zh_CN]=功能开关位

[Point weather_curve_zone1]
Read=holding:6.0:8
Type=u16
Period=5min
Label=Heating curve, zone 1
Label[zh_CN]=1区气候曲线

[Point weather_curve_zone2]
Read=holding:6.8:8
Type=u16
Period=5min
Label=Heating curve, zone 2
Label[zh_CN]=2区气候曲线

# 1 is on and 2 is off.
[Point forced_tank_heating]
Read=holding:7
Type=u16
Enum=1:on 2:off
Period=1min
Label=Heat the tank now
Label[zh_CN]=强制加热水箱

[Point forced_tank_backup_heater]
Read=holding:8
Type=u16
Enum=1:on 2:off
Period=1min
Label=Tank heater now
Label[zh_CN]=强制水箱电加热

[Point operating_mode]
Read=holding:101
Type=u16
Enum=0:off 2:cooling 3:heating 5:hot_water
Label=Operating state
Label[zh_CN]=热泵运行状态

[Point running_mode]
Read=holding:101
Type=u16
Enum=0:off 2:cool 3:heat 5:off
Attribute=running_mode

[Point forced_hydraulic_module_rear_electric_heater_1]
Read=holding:9
Type=u16
Period=5min
Label=Backup heater now
Label[zh_CN]=强制辅助电热

[Point t_sg_max]
Read=holding:10
Type=u16
Unit=h
Period=1h
Label=Longest SG Ready operation
Label[zh_CN]=SG Ready 最长运行时间

[Point compressor_operating_frequency]
Read=holding:100
Type=u16
Unit=Hz
Attribute=compressor_frequency

[Point fan_speed]
Read=holding:102
Type=u16
Unit=rpm
Attribute=fan_speed

# 0 to 480 steps.
[Point pmv_openness]
Read=holding:103
Type=u16
Unit=steps
Possible=0..480
Attribute=expansion_valve_steps

[Point water_inlet_temperature]
Read=holding:104
Type=s16
Unit=°C
Absent=0x7FFF
Possible=-40..130
Attribute=return.temperature

[Point water_outlet_temperature]
Read=holding:105
Type=s16
Unit=°C
Absent=0x7FFF
Possible=-40..130
Attribute=flow.temperature

[Point condenser_temperature_t3]
Read=holding:106
Type=s16
Unit=°C
Absent=0x7FFF
Possible=-80..200
Attribute=outdoor_coil_temperature

[Point outdoor_ambient_temperature]
Read=holding:107
Type=s16
Unit=°C
Absent=0x7FFF
Possible=-60..80
Attribute=outdoor_temperature

[Point discharge_temperature]
Read=holding:108
Type=s16
Unit=°C
Absent=0x7FFF
Possible=-80..200
Attribute=discharge_temperature

[Point return_air_temperature]
Read=holding:109
Type=s16
Unit=°C
Absent=0x7FFF
Possible=-80..200
Attribute=suction_temperature

[Point total_water_outlet_temperature_t1]
Read=holding:110
Type=s16
Unit=°C
Absent=0x7FFF
Possible=-40..130
Label=Flow temperature behind the heater (T1)
Label[zh_CN]=总出水温度 T1

[Point system_total_water_outlet_temperature_t1b]
Read=holding:111
Type=s16
Unit=°C
Absent=0x7FFF
Possible=-40..130
Label=Flow temperature behind the second heat source (T1B)
Label[zh_CN]=系统总出水温度 T1B

[Point refrigerant_liquid_side_temperature_t2]
Read=holding:112
Type=s16
Unit=°C
Absent=0x7FFF
Possible=-80..200
Label=Refrigerant liquid temperature (T2)
Label[zh_CN]=冷媒液侧温度 T2

[Point refrigerant_gas_side_temperature_t2b]
Read=holding:113
Type=s16
Unit=°C
Absent=0x7FFF
Possible=-80..200
Label=Refrigerant gas temperature (T2B)
Label[zh_CN]=冷媒气侧温度 T2B

[Point room_temperature_ta]
Read=holding:114
Type=s16
Unit=°C
Absent=0x7FFF
Possible=-50..80
Attribute=local_temperature

[Point water_tank_temperature_t5]
Read=holding:115
Type=s16
Unit=°C
Absent=0x7FFF
Possible=-40..130
Attribute=tank.temperature

[Point outdoor_unit_high_pressure]
Read=holding:116
Type=u16
Unit=kPa
Attribute=refrigerant.high_pressure

[Point outdoor_unit_low_pressure]
Read=holding:117
Type=u16
Unit=kPa
Attribute=refrigerant.low_pressure

[Point outdoor_unit_current]
Read=holding:118
Type=u16
Unit=A
Label=Outdoor unit current
Label[zh_CN]=室外机电流

[Point outdoor_unit_voltage]
Read=holding:119
Type=u16
Unit=V
Period=1min
Label=Outdoor unit voltage
Label[zh_CN]=室外机电压

[Point tbt1]
Read=holding:120
Type=u16
Unit=°C
Absent=0x7FFF
Attribute=buffer.temperature

[Point tbt2]
Read=holding:121
Type=u16
Unit=°C
Absent=0x7FFF
Label=Buffer tank temperature, lower (Tbt2)
Label[zh_CN]=缓冲水箱下部温度 Tbt2

[Point compressor_operation_time]
Read=holding:122
Type=u16
Unit=h
Attribute=compressor_hours
Period=5min

# kWh in the source; by its meaning kW.
[Point unit_capacity]
Read=holding:123
Type=u16
Unit=kW
Period=1h
Label=Unit capacity
Label[zh_CN]=机组能力
Confidence=low

# A number from 0 to 143; how it belongs to the codes of the display (E, P, H) differs by model and is not in the
# source.
[Point current_fault]
Read=holding:124
Type=u16
Attribute=fault_code
Fault=code

[Point fault_1]
Read=holding:125
Type=u16
Period=1h
Label=Fault before, 1
Label[zh_CN]=历史故障1

[Point fault_2]
Read=holding:126
Type=u16
Period=1h
Label=Fault before, 2
Label[zh_CN]=历史故障2

[Point fault_3]
Read=holding:127
Type=u16
Period=1h
Label=Fault before, 3
Label[zh_CN]=历史故障3

[Point software_version]
Read=holding:130
Type=u16
Attribute=software_version
Period=1h

[Point wired_controller_version_number]
Read=holding:131
Type=u16
Period=1h
Label=Controller version
Label[zh_CN]=线控器版本

[Point compressor_target_frequency]
Read=holding:132
Type=u16
Unit=Hz
Label=Compressor frequency target
Label[zh_CN]=压缩机目标频率

[Point dc_bus_current]
Read=holding:133
Type=u16
Unit=A
Period=1min
Label=DC bus current
Label[zh_CN]=直流母线电流

[Point dc_bus_voltage]
Read=holding:134
Type=u16
Scale=10
Unit=V
Period=1min
Label=DC bus voltage
Label[zh_CN]=直流母线电压

[Point tf_module_temperature]
Read=holding:135
Type=s16
Unit=°C
Absent=0x7FFF
Possible=-80..200
Period=1min
Label=Power module temperature
Label[zh_CN]=功率模块温度

[Point climate_curve_t1s_calculated_value_1]
Read=holding:136
Type=s16
Unit=°C
Absent=0x7FFF
Period=1min
Label=Flow target of the curve, zone 1
Label[zh_CN]=1区曲线供水目标

[Point climate_curve_t1s_calculated_value_2]
Read=holding:137
Type=s16
Unit=°C
Absent=0x7FFF
Period=1min
Label=Flow target of the curve, zone 2
Label[zh_CN]=2区曲线供水目标

[Point water_flow]
Read=holding:138
Type=u16
Scale=0.01
Unit=m³/h
Attribute=flow.rate

# kW in the source, which a limit of current cannot have.
[Point limit_scheme_of_outdoor_unit_current]
Read=holding:139
Type=u16
Period=1h
Label=Current limit scheme
Label[zh_CN]=室外机限流方案
Confidence=low

[Point ability_of_hydraulic_module]
Read=holding:140
Type=u16
Scale=0.01
Unit=kW
Label=Heat output of the hydraulic module
Label[zh_CN]=水力模块能力

[Point tsolar]
Read=holding:141
Type=u16
Unit=°C
Absent=0x7FFF
Period=1min
Label=Solar temperature
Label[zh_CN]=太阳能温度

[Point electricity_consumption]
Read=holding:143
Type=u32
Scale=0.01
Unit=kWh
Attribute=energy_imported
Period=1min

[Point power_output]
Read=holding:145
Type=u32
Scale=0.01
Unit=kWh
Attribute=thermal_energy
Period=1min

[Point temperature_upper_limit_of_t1s_cooling_zone_1]
Read=holding:201.0:8
Type=s16
Unit=°C
Period=1h
Label=Highest flow setpoint for cooling, zone 1
Label[zh_CN]=1区制冷供水设定最高值

[Point temperature_upper_limit_of_t1s_cooling_zone_2]
Read=holding:201.8:8
Type=s16
Unit=°C
Period=1h
Label=Highest flow setpoint for cooling, zone 2
Label[zh_CN]=2区制冷供水设定最高值

[Point temperature_lower_limit_of_t1s_cooling_zone_1]
Read=holding:202.0:8
Type=s16
Unit=°C
Period=1h
Label=Lowest flow setpoint for cooling, zone 1
Label[zh_CN]=1区制冷供水设定最低值

[Point temperature_lower_limit_of_t1s_cooling_zone_2]
Read=holding:202.8:8
Type=s16
Unit=°C
Period=1h
Label=Lowest flow setpoint for cooling, zone 2
Label[zh_CN]=2区制冷供水设定最低值

[Point temperature_upper_limit_of_t1s_heating_zone_1]
Read=holding:203.0:8
Type=s16
Unit=°C
Period=1h
Label=Highest flow setpoint for heating, zone 1
Label[zh_CN]=1区制热供水设定最高值

[Point temperature_upper_limit_of_t1s_heating_zone_2]
Read=holding:203.8:8
Type=s16
Unit=°C
Period=1h
Label=Highest flow setpoint for heating, zone 2
Label[zh_CN]=2区制热供水设定最高值

[Point temperature_lower_limit_of_t1s_heating_zone_1]
Read=holding:204.0:8
Type=s16
Unit=°C
Period=1h
Label=Lowest flow setpoint for heating, zone 1
Label[zh_CN]=1区制热供水设定最低值

[Point temperature_lower_limit_of_t1s_heating_zone_2]
Read=holding:204.8:8
Type=s16
Unit=°C
Period=1h
Label=Lowest flow setpoint for heating, zone 2
Label[zh_CN]=2区制热供水设定最低值

[Point temperature_upper_limit_of_ts_setting]
Read=holding:205
Type=u16
Scale=0.5
Unit=°C
Period=1h
Label=Highest room setpoint
Label[zh_CN]=室温设定最高值

[Point temperature_lower_limit_of_ts_setting]
Read=holding:206
Type=u16
Scale=0.5
Unit=°C
Period=1h
Label=Lowest room setpoint
Label[zh_CN]=室温设定最低值

[Point temperature_upper_limit_of_water_heating]
Read=holding:207
Type=u16
Unit=°C
Period=1h
Label=Highest hot water setpoint
Label[zh_CN]=热水设定最高值

[Point temperature_lower_limit_of_water_heating]
Read=holding:208
Type=u16
Unit=°C
Period=1h
Label=Lowest hot water setpoint
Label[zh_CN]=热水设定最低值

# Heat output, power and COP have registers for each mode: what the heat pump does now says which are the common
# model's.
[Point real_time_heating_capacity]
Read=holding:148
When=operating_mode == heating
Type=u16
Scale=0.01
Unit=kW
Attribute=thermal_power

[Point real_time_renewable_heating_capacity]
Read=holding:149
Type=u16
Scale=0.01
Unit=kW
Period=1min
Label=Renewable part of the heat in heating
Label[zh_CN]=制热可再生热功率

[Point real_time_heating_power_consumption]
Read=holding:150
When=operating_mode == heating
Type=u16
Scale=0.01
Unit=kW
Attribute=active_power

[Point real_time_heating_cop]
Read=holding:151
When=operating_mode == heating
Type=u16
Scale=0.01
Unit=ratio
Attribute=cop

[Point total_heating_energy_produced_system]
Read=holding:152
Type=u32
Scale=0.01
Unit=kWh
Total=yes
Period=5min
Label=Heat for heating, whole system
Label[zh_CN]=系统累计制热量

[Point total_renewable_heating_energy_system]
Read=holding:154
Type=u32
Scale=0.01
Unit=kWh
Total=yes
Period=5min
Label=Renewable heat for heating, whole system
Label[zh_CN]=系统累计可再生制热量

[Point total_heating_power_consumed_system]
Read=holding:156
Type=u32
Scale=0.01
Unit=kWh
Total=yes
Period=5min
Label=Electricity for heating, whole system
Label[zh_CN]=系统累计制热用电量

[Point total_heating_power_produced]
Read=holding:158
Type=u32
Scale=0.01
Unit=kWh
Total=yes
Period=5min
Label=Heat for heating
Label[zh_CN]=累计制热量（供暖）

[Point total_renewable_heating_power_produced]
Read=holding:160
Type=u32
Scale=0.01
Unit=kWh
Total=yes
Period=5min
Label=Renewable heat for heating
Label[zh_CN]=累计可再生制热量（供暖）

[Point total_heating_power_consumed]
Read=holding:162
Type=u32
Scale=0.01
Unit=kWh
Total=yes
Period=5min
Label=Electricity for heating
Label[zh_CN]=累计供暖用电量

[Point total_cop_in_heating_mode]
Read=holding:164
Type=u16
Scale=0.01
Unit=ratio
Period=5min
Label=Mean COP in heating
Label[zh_CN]=制热平均能效比

[Point total_cooling_energy_produced]
Read=holding:165
Type=u32
Scale=0.01
Unit=kWh
Total=yes
Period=5min
Label=Cooling energy
Label[zh_CN]=累计制冷量

[Point total_cooling_renewable_energy_produced]
Read=holding:167
Type=u32
Scale=0.01
Unit=kWh
Total=yes
Period=5min
Label=Renewable cooling energy
Label[zh_CN]=累计可再生制冷量

[Point total_cooling_power_consumed]
Read=holding:169
Type=u32
Scale=0.01
Unit=kWh
Total=yes
Period=5min
Label=Electricity for cooling
Label[zh_CN]=累计制冷用电量

[Point total_cop_in_cooling_mode]
Read=holding:171
Type=u16
Scale=0.01
Unit=ratio
Period=5min
Label=Mean COP in cooling
Label[zh_CN]=制冷平均能效比

[Point total_dhw_energy_produced]
Read=holding:172
Type=u32
Scale=0.01
Unit=kWh
Total=yes
Period=5min
Label=Heat for hot water
Label[zh_CN]=累计热水制热量

[Point total_dhw_renewable_energy_produced]
Read=holding:174
Type=u32
Scale=0.01
Unit=kWh
Total=yes
Period=5min
Label=Renewable heat for hot water
Label[zh_CN]=累计热水可再生制热量

[Point total_dhw_power_consumed]
Read=holding:176
Type=u32
Scale=0.01
Unit=kWh
Total=yes
Period=5min
Label=Electricity for hot water
Label[zh_CN]=累计热水用电量

[Point total_cop_in_dhw_mode]
Read=holding:178
Type=u16
Scale=0.01
Unit=ratio
Period=5min
Label=Mean COP of hot water
Label[zh_CN]=热水平均能效比

[Point real_time_renewable_cooling_capacity]
Read=holding:179
Type=u16
Scale=0.01
Unit=kW
Period=1min
Label=Renewable part of the cooling
Label[zh_CN]=制冷可再生功率

[Point real_time_cooling_capacity]
Read=holding:180
When=operating_mode == cooling
Type=u16
Scale=0.01
Unit=kW
Attribute=thermal_power

[Point real_time_cooling_power_consumption]
Read=holding:181
When=operating_mode == cooling
Type=u16
Scale=0.01
Unit=kW
Attribute=active_power

[Point real_time_cooling_eer]
Read=holding:182
When=operating_mode == cooling
Type=u16
Scale=0.01
Unit=ratio
Attribute=cop

[Point real_time_dhw_heating_capacity]
Read=holding:183
When=operating_mode == hot_water
Type=u16
Scale=0.01
Unit=kW
Attribute=thermal_power

[Point real_time_renewable_dhw_heating_capacity]
Read=holding:184
Type=u16
Scale=0.01
Unit=kW
Period=1min
Label=Renewable part of the heat for hot water
Label[zh_CN]=热水可再生热功率

[Point real_time_dhw_heating_power_consumption]
Read=holding:185
When=operating_mode == hot_water
Type=u16
Scale=0.01
Unit=kW
Attribute=active_power

[Point real_time_dhw_heating_cop]
Read=holding:186
When=operating_mode == hot_water
Type=u16
Scale=0.01
Unit=ratio
Attribute=cop

[Point tl_outdoor_refrigerant_pipe_temperature]
Read=holding:191
Type=s16
Unit=°C
Absent=0x7FFF
Possible=-80..200
Period=1min
Label=Outdoor refrigerant pipe temperature (TL)
Label[zh_CN]=室外冷媒管温度 TL

[Point pump_internal_pwm]
Read=holding:192
Type=u16
Scale=0.1
Unit=%
Period=1min
Label=Internal pump
Label[zh_CN]=内置水泵转速

[Point t9i_second_phe_inlet_temperature]
Read=holding:193
Type=s16
Scale=0.1
Unit=°C
Absent=0x7FFF
Possible=-80..200
Period=1min
Label=Second heat exchanger, inlet (T9i)
Label[zh_CN]=第二板换进口温度 T9i

[Point t9o_second_phe_outlet_temperature]
Read=holding:194
Type=s16
Scale=0.1
Unit=°C
Absent=0x7FFF
Possible=-80..200
Period=1min
Label=Second heat exchanger, outlet (T9o)
Label[zh_CN]=第二板换出口温度 T9o

[Point exv2_expansion_valve_openness]
Read=holding:195
Type=u16
Unit=steps
Period=1min
Label=Expansion valve 2
Label[zh_CN]=电子膨胀阀2开度

[Point exv3_expansion_valve_openness]
Read=holding:196
Type=u16
Unit=steps
Period=1min
Label=Expansion valve 3
Label[zh_CN]=电子膨胀阀3开度

[Point fan2_speed]
Read=holding:197
Type=u16
Unit=rpm
Label=Fan speed, second fan
Label[zh_CN]=第二风机转速

[Point status_bit_1_defrosting]
Read=holding:128.1
Type=bit
Attribute=defrosting

[Point status_bit_1_anti_freezing]
Read=holding:128.2
Type=bit
Label=Frost protection
Label[zh_CN]=防冻

[Point status_bit_1_oil_return]
Read=holding:128.3
Type=bit
Label=Oil return
Label[zh_CN]=回油

[Point status_bit_1_remote_on_off]
Read=holding:128.4
Type=bit
Label=Remote switch
Label[zh_CN]=远程开关

[Point status_bit_1_outdoor_unit_test_mode_mark]
Read=holding:128.5
Type=bit
Period=5min
Label=Outdoor unit in test mode
Label[zh_CN]=室外机测试模式

[Point status_bit_1_heating_mode_set_by_room_thermostat]
Read=holding:128.6
Type=bit
Label=Room thermostat asks for heating
Label[zh_CN]=室温控制器制热请求

[Point status_bit_1_cooling_mode_set_by_room_thermostat]
Read=holding:128.7
Type=bit
Label=Room thermostat asks for cooling
Label[zh_CN]=室温控制器制冷请求

[Point status_bit_1_solar_energy_signal_input]
Read=holding:128.8
Type=bit
Label=Solar signal
Label[zh_CN]=太阳能信号

[Point status_bit_1_anti_freezing_of_tank]
Read=holding:128.9
Type=bit
Label=Frost protection of the tank
Label[zh_CN]=水箱防冻

[Point status_bit_1_sg]
Read=holding:128.10
Type=bit
Label=SG signal
Label[zh_CN]=SG 信号

[Point status_bit_1_euv]
Read=holding:128.11
Type=bit
Label=EVU signal
Label[zh_CN]=EVU 信号

# What the unit asks of its wired controller.
[Point status_bit_1_request_serial_number_code]
Read=holding:128.13
Type=bit
Period=1h
Label=Asks for the serial number
Label[zh_CN]=请求序列号

[Point status_bit_1_request_software_version]
Read=holding:128.14
Type=bit
Period=1h
Label=Asks for the software version
Label[zh_CN]=请求软件版本

[Point status_bit_1_request_operation_parameter]
Read=holding:128.15
Type=bit
Period=1h
Label=Asks for parameters
Label[zh_CN]=请求运行参数

[Point load_output_electric_heater_ibh_1]
Read=holding:129.0
Type=bit
Attribute=backup_heater

[Point load_output_electric_heater_ibh_2]
Read=holding:129.1
Type=bit
Label=Backup heater, second step
Label[zh_CN]=辅助电热第二级

[Point load_output_electric_heater_tbh]
Read=holding:129.2
Type=bit
Label=Tank heater
Label[zh_CN]=水箱电加热

[Point load_output_internal_circulation_pump_pump_i]
Read=holding:129.3
Type=bit
Attribute=circulation_pump

[Point load_output_sv_1]
Read=holding:129.4
Type=bit
Label=Valve SV1
Label[zh_CN]=阀门 SV1

[Point load_output_sv_2]
Read=holding:129.5
Type=bit
Label=Valve SV2
Label[zh_CN]=阀门 SV2

[Point load_output_external_circulation_pump_pump_o]
Read=holding:129.6
Type=bit
Label=External pump
Label[zh_CN]=外置循环泵

[Point load_output_water_return_water_pump_pump_d]
Read=holding:129.7
Type=bit
Label=Hot water return pump
Label[zh_CN]=热水回水泵

[Point load_output_mixed_water_pump_pump_c]
Read=holding:129.8
Type=bit
Label=Mixing circuit pump
Label[zh_CN]=混水泵

[Point load_output_sv_3]
Read=holding:129.9
Type=bit
Label=Valve SV3
Label[zh_CN]=阀门 SV3

[Point load_output_heat_4]
Read=holding:129.10
Type=bit
Label=Heater output 4
Label[zh_CN]=加热输出4

[Point load_output_solar_water_pump_pump_s]
Read=holding:129.11
Type=bit
Label=Solar pump
Label[zh_CN]=太阳能水泵

[Point load_output_alarm]
Read=holding:129.12
Type=bit
Label=Alarm output
Label[zh_CN]=报警输出

[Point load_output_run]
Read=holding:129.13
Type=bit
Label=Run output
Label[zh_CN]=运行输出

[Point load_output_auxiliary_heat_source]
Read=holding:129.14
Type=bit
Label=Second heat source
Label[zh_CN]=辅助热源

[Point load_output_defrost]
Read=holding:129.15
Type=bit
Label=Defrost output
Label[zh_CN]=除霜输出

[Point slave_unit_1_online_status]
Read=holding:142.1
Type=bit
Period=5min
Label=Further unit 1 online
Label[zh_CN]=从机1在线

[Point slave_unit_2_online_status]
Read=holding:142.2
Type=bit
Period=5min
Label=Further unit 2 online
Label[zh_CN]=从机2在线

[Point slave_unit_3_online_status]
Read=holding:142.3
Type=bit
Period=5min
Label=Further unit 3 online
Label[zh_CN]=从机3在线

[Point slave_unit_4_online_status]
Read=holding:142.4
Type=bit
Period=5min
Label=Further unit 4 online
Label[zh_CN]=从机4在线

[Point slave_unit_5_online_status]
Read=holding:142.5
Type=bit
Period=5min
Label=Further unit 5 online
Label[zh_CN]=从机5在线

[Point slave_unit_6_online_status]
Read=holding:142.6
Type=bit
Period=5min
Label=Further unit 6 online
Label[zh_CN]=从机6在线

[Point slave_unit_7_online_status]
Read=holding:142.7
Type=bit
Period=5min
Label=Further unit 7 online
Label[zh_CN]=从机7在线

[Point slave_unit_8_online_status]
Read=holding:142.8
Type=bit
Period=5min
Label=Further unit 8 online
Label[zh_CN]=从机8在线

[Point slave_unit_9_online_status]
Read=holding:142.9
Type=bit
Period=5min
Label=Further unit 9 online
Label[zh_CN]=从机9在线

[Point slave_unit_10_online_status]
Read=holding:142.10
Type=bit
Period=5min
Label=Further unit 10 online
Label[zh_CN]=从机10在线

[Point slave_unit_11_online_status]
Read=holding:142.11
Type=bit
Period=5min
Label=Further unit 11 online
Label[zh_CN]=从机11在线

[Point slave_unit_12_online_status]
Read=holding:142.12
Type=bit
Period=5min
Label=Further unit 12 online
Label[zh_CN]=从机12在线

[Point slave_unit_13_online_status]
Read=holding:142.13
Type=bit
Period=5min
Label=Further unit 13 online
Label[zh_CN]=从机13在线

[Point slave_unit_14_online_status]
Read=holding:142.14
Type=bit
Period=5min
Label=Further unit 14 online
Label[zh_CN]=从机14在线

[Point slave_unit_15_online_status]
Read=holding:142.15
Type=bit
Period=5min
Label=Further unit 15 online
Label[zh_CN]=从机15在线

[Point status_tbh_enabled]
Read=holding:198.15
Type=bit
Period=1h
Label=Tank heater fitted
Label[zh_CN]=水箱电加热启用

[Point status_ahs_enabled]
Read=holding:198.14
Type=bit
Period=1h
Label=Second heat source fitted
Label[zh_CN]=辅助热源启用

[Point status_t1b_enabled]
Read=holding:198.12
Type=bit
Period=1h
Label=Sensor T1B used
Label[zh_CN]=T1B 传感器启用

[Point status_ahs_mode]
Read=holding:198.11
Type=bit
Period=1h
Label=Second heat source mode
Label[zh_CN]=辅助热源模式

[Point status_ibh_enabled]
Read=holding:198.10
Type=bit
Period=1h
Label=Backup heater fitted
Label[zh_CN]=辅助电热启用

[Point status_t1_enabled]
Read=holding:198.9
Type=bit
Period=1h
Label=Sensor T1 used
Label[zh_CN]=T1 传感器启用

[Point status_energy_metering_enabled]
Read=holding:198.8
Type=bit
Period=1h
Label=Energy metering used
Label[zh_CN]=能耗计量启用

[Point status_dhw_operation]
Read=holding:198.5
Type=bit
Attribute=hot_water_heating

[Point status_heating_operation]
Read=holding:198.4
Type=bit
Label=Heating
Label[zh_CN]=供暖运行

[Point status_cooling_operation]
Read=holding:198.3
Type=bit
Label=Cooling
Label[zh_CN]=制冷运行

[Point dhw_pump_return_running_time]
Read=holding:209
Type=u16
Unit=min
Period=1h
Label=Hot water return pump, running time
Label[zh_CN]=热水回水泵运行时间

[Point dt5_on]
Read=holding:212
Type=u16
Unit=K
Period=1h
Label=Hot water starts below the setpoint by
Label[zh_CN]=热水启动温差

[Point dt1s5]
Read=holding:213
Type=u16
Unit=K
Period=1h
Label=Flow above the tank temperature for hot water
Label[zh_CN]=热水供水温差

[Point t4_dhw_max]
Read=holding:215
Type=u16
Unit=°C
Period=1h
Label=Hot water, highest outdoor temperature
Label[zh_CN]=热水最高室外温度

[Point t4_dhw_min]
Read=holding:216
Type=s16
Unit=°C
Period=1h
Label=Hot water, lowest outdoor temperature
Label[zh_CN]=热水最低室外温度

[Point t_tbh_delay]
Read=holding:217
Type=u16
Unit=min
Period=1h
Label=Tank heater delay
Label[zh_CN]=水箱电加热延时

[Point dt5_tbh_off]
Read=holding:218
Type=u16
Unit=K
Period=1h
Label=Tank heater stops above the setpoint by
Label[zh_CN]=水箱电加热停止温差

[Point t4_tbh_on]
Read=holding:219
Type=s16
Unit=°C
Period=1h
Label=Tank heater below outdoor temperature
Label[zh_CN]=水箱电加热启用室外温度

[Point temperature_for_disinfection_operation]
Read=holding:220
Type=u16
Unit=°C
Period=1h
Label=Disinfection temperature
Label[zh_CN]=高温杀菌温度

[Point maximum_disinfection_duration]
Read=holding:221
Type=u16
Unit=min
Period=1h
Label=Disinfection, longest time
Label[zh_CN]=杀菌最长时间

[Point disinfection_high_temperature_duration]
Read=holding:222
Type=u16
Unit=min
Period=1h
Label=Disinfection, time at high temperature
Label[zh_CN]=杀菌高温保持时间

[Point dt1sc]
Read=holding:224
Type=u16
Unit=K
Period=1h
Label=Cooling restart difference, flow
Label[zh_CN]=供水制冷回差

[Point dtsc]
Read=holding:225
Type=u16
Unit=K
Period=1h
Label=Cooling restart difference, room
Label[zh_CN]=室温制冷回差

[Point t4cmax]
Read=holding:226
Type=u16
Unit=°C
Period=1h
Label=Cooling, highest outdoor temperature
Label[zh_CN]=制冷最高室外温度

[Point t4cmin]
Read=holding:227
Type=s16
Unit=°C
Period=1h
Label=Cooling, lowest outdoor temperature
Label[zh_CN]=制冷最低室外温度

[Point compressor_start_interval_heating]
Read=holding:228
Type=u16
Unit=min
Period=1h
Label=Compressor, least time between starts in heating
Label[zh_CN]=制热压缩机启动间隔

[Point dt1sh]
Read=holding:229
Type=u16
Unit=K
Period=1h
Label=Heating restart difference, flow
Label[zh_CN]=供水制热回差

[Point dtsh]
Read=holding:230
Type=u16
Unit=K
Period=1h
Label=Heating restart difference, room
Label[zh_CN]=室温制热回差

[Point t4hmax]
Read=holding:231
Type=u16
Unit=°C
Period=1h
Label=Heating, highest outdoor temperature
Label[zh_CN]=制热最高室外温度

[Point t4hmin]
Read=holding:232
Type=s16
Unit=°C
Period=1h
Label=Heating, lowest outdoor temperature
Label[zh_CN]=制热最低室外温度

[Point ibh_outdoor]
Read=holding:233
Type=s16
Unit=°C
Period=1h
Label=Backup heater below outdoor temperature
Label[zh_CN]=辅助电热启用室外温度

[Point ibh_difference]
Read=holding:234
Type=u16
Unit=K
Period=1h
Label=Backup heater, temperature difference
Label[zh_CN]=辅助电热启用温差

[Point ibh_delay]
Read=holding:235
Type=u16
Unit=min
Period=1h
Label=Backup heater delay
Label[zh_CN]=辅助电热延时

[Point ambient_temperature_trigger_for_ahs]
Read=holding:237
Type=s16
Unit=°C
Period=1h
Label=Second heat source below outdoor temperature
Label[zh_CN]=辅助热源启用室外温度

[Point ahs_difference]
Read=holding:238
Type=u16
Unit=K
Period=1h
Label=Second heat source, temperature difference
Label[zh_CN]=辅助热源启用温差

[Point delay_time_for_enabling_ahs]
Read=holding:240
Type=u16
Unit=min
Period=1h
Label=Second heat source delay
Label[zh_CN]=辅助热源延时

[Point water_heating_max_duration]
Read=holding:241
Type=u16
Unit=min
Period=1h
Label=Hot water, longest heating
Label[zh_CN]=热水最长加热时间

[Point t_dhwhp_restrict]
Read=holding:242
Type=u16
Unit=min
Period=1h
Label=Hot water, least pause
Label[zh_CN]=热水受限时间

[Point t4autocmin]
Read=holding:243
Type=u16
Unit=°C
Period=1h
Label=Automatic mode, cooling above outdoor temperature
Label[zh_CN]=自动模式制冷室外温度

[Point t4autohmax]
Read=holding:244
Type=u16
Unit=°C
Period=1h
Label=Automatic mode, heating below outdoor temperature
Label[zh_CN]=自动模式制热室外温度

[Point holiday_flow_setpoint]
Read=holding:245
Type=u16
Unit=°C
Period=1h
Label=Holiday, flow setpoint
Label[zh_CN]=假日供水设定

[Point holiday_hot_water_setpoint]
Read=holding:246
Type=u16
Unit=°C
Period=1h
Label=Holiday, hot water setpoint
Label[zh_CN]=假日热水设定

[Point temperature_rise_day_number]
Read=holding:255
Type=u16
Period=1h
Label=Screed drying, days of rise
Label[zh_CN]=地暖干燥升温天数

[Point drying_day_number]
Read=holding:256
Type=u16
Period=1h
Label=Screed drying, days at the top
Label[zh_CN]=地暖干燥保温天数

[Point temperature_drop_day_number]
Read=holding:257
Type=u16
Period=1h
Label=Screed drying, days of fall
Label[zh_CN]=地暖干燥降温天数

[Point highest_drying_temperature]
Read=holding:258
Type=s16
Unit=°C
Period=1h
Label=Screed drying, highest temperature
Label[zh_CN]=地暖干燥最高温度

[Point floor_preheating_time]
Read=holding:259
Type=u16
Unit=h
Period=1h
Label=Floor preheating, time
Label[zh_CN]=地暖预热时间

[Point t1s_of_floor_heating_for_the_first_time]
Read=holding:260
Type=u16
Unit=°C
Period=1h
Label=Floor preheating, flow setpoint
Label[zh_CN]=地暖预热供水设定

[Point t1setc1]
Read=holding:261
Type=u16
Unit=°C
Period=1h
Label=Own curve cooling, flow setpoint 1
Label[zh_CN]=自定义制冷曲线供水1

[Point t1setc2]
Read=holding:262
Type=u16
Unit=°C
Period=1h
Label=Own curve cooling, flow setpoint 2
Label[zh_CN]=自定义制冷曲线供水2

[Point t4c1]
Read=holding:263
Type=s16
Unit=°C
Period=1h
Label=Own curve cooling, outdoor temperature 1
Label[zh_CN]=自定义制冷曲线室外1

[Point t4c2]
Read=holding:264
Type=s16
Unit=°C
Period=1h
Label=Own curve cooling, outdoor temperature 2
Label[zh_CN]=自定义制冷曲线室外2

[Point t1seth1]
Read=holding:265
Type=u16
Unit=°C
Period=1h
Label=Own curve heating, flow setpoint 1
Label[zh_CN]=自定义制热曲线供水1

[Point t1seth2]
Read=holding:266
Type=u16
Unit=°C
Period=1h
Label=Own curve heating, flow setpoint 2
Label[zh_CN]=自定义制热曲线供水2

[Point t4h1]
Read=holding:267
Type=s16
Unit=°C
Period=1h
Label=Own curve heating, outdoor temperature 1
Label[zh_CN]=自定义制热曲线室外1

[Point t4h2]
Read=holding:268
Type=s16
Unit=°C
Period=1h
Label=Own curve heating, outdoor temperature 2
Label[zh_CN]=自定义制热曲线室外2

[Point built_in_circulating_pump_delay]
Read=holding:271
Type=u16
Scale=0.5
Unit=min
Period=1h
Label=Internal pump delay
Label[zh_CN]=内置水泵延时

# Per kWh in a currency that is not stated, as is the next one.
[Point gas_price]
Read=holding:275
Type=u16
Scale=0.01
Period=1h
Label=Gas price
Label[zh_CN]=燃气价格

[Point electricity_price]
Read=holding:276
Type=u16
Scale=0.01
Period=1h
Label=Electricity price
Label[zh_CN]=电价

[Point valve_anti_lock_running_time]
Read=holding:279
Type=u16
Unit=s
Period=1h
Label=Valve exercise time
Label[zh_CN]=阀门防卡运行时间

[Point zone_2_t1setc1_custom_curve_cooling]
Read=holding:280
Type=s16
Unit=°C
Period=1h
Label=Zone 2 curve cooling, flow setpoint 1
Label[zh_CN]=2区制冷曲线供水1

[Point zone_2_t1setc2_custom_curve_cooling]
Read=holding:281
Type=s16
Unit=°C
Period=1h
Label=Zone 2 curve cooling, flow setpoint 2
Label[zh_CN]=2区制冷曲线供水2

[Point zone_2_t4c1_custom_curve_cooling]
Read=holding:282
Type=s16
Unit=°C
Period=1h
Label=Zone 2 curve cooling, outdoor temperature 1
Label[zh_CN]=2区制冷曲线室外1

[Point zone_2_t4c2_custom_curve_cooling]
Read=holding:283
Type=s16
Unit=°C
Period=1h
Label=Zone 2 curve cooling, outdoor temperature 2
Label[zh_CN]=2区制冷曲线室外2

[Point zone_2_t1seth1_custom_curve_heating]
Read=holding:284
Type=s16
Unit=°C
Period=1h
Label=Zone 2 curve heating, flow setpoint 1
Label[zh_CN]=2区制热曲线供水1

[Point zone_2_t1seth2_custom_curve_heating]
Read=holding:285
Type=s16
Unit=°C
Period=1h
Label=Zone 2 curve heating, flow setpoint 2
Label[zh_CN]=2区制热曲线供水2

[Point zone_2_t4h1_custom_curve_heating]
Read=holding:286
Type=s16
Unit=°C
Period=1h
Label=Zone 2 curve heating, outdoor temperature 1
Label[zh_CN]=2区制热曲线室外1

[Point zone_2_t4h2_custom_curve_heating]
Read=holding:287
Type=s16
Unit=°C
Period=1h
Label=Zone 2 curve heating, outdoor temperature 2
Label[zh_CN]=2区制热曲线室外2

[Point ta_adjustment_temperature]
Read=holding:288
Type=s16
Unit=K
Period=1h
Label=Room sensor correction
Label[zh_CN]=室温传感器修正

# Writes. The source states no endurance of the memory behind these registers: Budget= is a cautious assumption.
[Write on_off]
LeastInterval=1min
Budget=100000

[Write hot_water_enabled]
LeastInterval=1min
Budget=100000

[Write vendor.power_zone2_flow_control]
LeastInterval=1min
Budget=100000

[Write system_mode]
LeastInterval=1min
Budget=100000

[Write flow_setpoint]
Min=5
Max=60
Step=1
LeastInterval=1min
Budget=100000

[Write vendor.set_water_temp_t1s_zone2]
Min=5
Max=60
Step=1
LeastInterval=1min
Budget=100000

[Write heating_setpoint]
Min=17
Max=30
Step=0.5
LeastInterval=1min
Budget=100000

[Write tank.setpoint]
Min=20
Max=65
Step=1
LeastInterval=1min
Budget=100000

[Write vendor.forced_tank_heating]
LeastInterval=1min
Budget=100000
