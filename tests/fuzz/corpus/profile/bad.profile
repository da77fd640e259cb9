[Profile]
Kind=oven
Name=x
Source=y
[Point a]
Read=z
Type=string2
Length=65
Scale=0
Absent=1
[Fault ]
