untrusted comment: verify with k.pub
RWRkSQKrIwAHyWGuwqE2+1ycN9biY4iR9j2bZ4e9KHDRp+KE9CyEgNedA/z8MVaANnlP1XV6YDuwhQzQ2gCOF6jlWecEMCGDHgU=
[Directory]
Publisher=example
Version=7
Issued=2026-11-01
Expires=2027-05-01

[Service a]
Name=Example
Name[zh_CN]=示例
Phone=+86 10 5550 100
Web=https://a.example/x
Mail=help@a.example
Makers=Midea Gree
Kinds=heat_pump
Regions=CN
