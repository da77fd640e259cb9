# SPDX-License-Identifier: CC0-1.0
# Heat pump water heaters on Midea's RSJ-15/190RDN3-C controller (170 L; Chromagen, EcoSpring HP300 and others), usually
# behind an RTU-to-TCP bridge. Temperatures are raw × 0.5 − 15 °C. Writing a mode it does not have answers exception 3.
# Possible= is what the coding can say and water can have; the source has no limits.
[Profile]
Maker=Midea
Model=RSJ-15/190RDN3-C, Chromagen, EcoSpring HP300
Kind=water_heater
Name=Heat pump water heater
Name[zh_CN]=空气能热水器
Source=0xAHA/Midea-Heat-Pump-HA models/defaults/*.json, files/README_Modbus.md
Confidence=medium
Version=2

[Setting variant]
Values=ordinary ecospring_hp300
Default=ordinary
Label=EcoSpring HP300?
Label[zh_CN]=是否为 EcoSpring HP300

[Line]
Unit=1
Readable=holding:0-2 holding:3 holding:101-106 holding:108-109

[Point power]
Read=holding:0
Type=u16
Attribute=on_off

# eco, performance, electric in the maker's words.
[Point mode]
Read=holding:1
Type=u16
Enum=1:low_energy 2:max 4:electric
Attribute=water_heater_mode

[Point target_temperature]
Read=holding:2
Type=u16
Unit=°C
Attribute=heating_setpoint
Period=1min

# EcoSpring HP300 only.
[Point sterilize]
Read=holding:3
When=setting.variant == ecospring_hp300
Type=u16
Period=5min
Label=Disinfection
Label[zh_CN]=高温杀菌
Confidence=low

[Point tank_top_temperature_t5u]
Read=holding:101
Type=u16
Scale=0.5
Offset=-15
Unit=°C
Possible=-15..110
Attribute=local_temperature

[Point tank_bottom_temperature_t5l]
Read=holding:102
Type=u16
Scale=0.5
Offset=-15
Unit=°C
Possible=-15..110
Attribute=tank_bottom.temperature

[Point condenser_temperature_t3]
Read=holding:103
Type=u16
Scale=0.5
Offset=-15
Unit=°C
Attribute=condenser_temperature

[Point outdoor_temperature_t4]
Read=holding:104
Type=u16
Scale=0.5
Offset=-15
Unit=°C
Attribute=outdoor_temperature

# Not given as the model's discharge_temperature: one source has raw degrees, the other raw × 0.5 − 15.
[Point exhaust_temperature_tp]
Read=holding:105
Type=u16
Unit=°C
Label=Discharge temperature
Label[zh_CN]=排气温度
Confidence=low

[Point suction_temperature_th]
Read=holding:106
Type=u16
Scale=0.5
Offset=-15
Unit=°C
Attribute=suction_temperature

# EcoSpring HP300 only.
[Point heater_assist_substate]
Read=holding:108
When=setting.variant == ecospring_hp300
Type=u16
Enum=0:idle 2:sanitize_delayed 13:heater_assist_active
Label=Electric heating
Label[zh_CN]=电辅热状态
Confidence=low

# EcoSpring HP300 only.
[Point sanitize_substate]
Read=holding:109
When=setting.variant == ecospring_hp300
Type=u16
Enum=0:idle 2:heater_assist 32:sanitize_immediate 33:sanitize_delayed
Label=Disinfection state
Label[zh_CN]=杀菌状态
Confidence=low

# The source names no endurance of the memory behind it; the budget is cautious.
[Write on_off]
Budget=100000

# A mode the unit does not have answers exception 3. The source names no endurance of the memory behind it; the budget
# is cautious.
[Write water_heater_mode]
Enum=1:low_energy 2:max 4:electric
Budget=100000

# 60 to 65 °C in eco, to 70 °C in the others; the EcoSpring begins at 55 °C. The source names no endurance of the memory
# behind it; the budget is cautious.
[Write heating_setpoint]
Min=switch(setting.variant, 60, 55)
Max=switch(mode == low_energy, 70, 65)
Step=1
Budget=100000

[Identify mode]
Read=holding:1
Type=u16
Equals=1..4
Score=10

# The limits of the setpoint.
[Identify target]
Read=holding:2
Type=u16
Equals=55..70
Score=20
