module peer

go 1.25

require github.com/negasus/haproxy-spoe-go v1.0.7
