[Profile]
Kind=room_air_conditioner
Name=M
Source=s
Adapter=cn105
[Point v]
Read=settings.vane
Attribute=swing
Enum=0:none 1:rock_up_down+rock_left_right
[Fault x]
Read=stage.flags
Value=-3
