// An agent on negasus/haproxy-spoe-go, which does what the sample does with its messages: it reads their arguments, and sets
// variables. Arguments: addresses to listen on, a port of loopback or the path of a UNIX socket.
package main

import (
	"log"
	"net"
	"os"
	"strings"

	"github.com/negasus/haproxy-spoe-go/action"
	"github.com/negasus/haproxy-spoe-go/agent"
	"github.com/negasus/haproxy-spoe-go/logger"
	"github.com/negasus/haproxy-spoe-go/request"
)

var blocked = net.IPv4(198, 51, 100, 7)

func handle(request *request.Request) {
	for i := 0; i < request.Messages.Len(); i++ {
		message, err := request.Messages.GetByIndex(i)
		if err != nil {
			continue
		}
		switch message.Name {
		case "check-client-ip":
			value, _ := message.KV.Get("ip")
			ip, ok := value.(net.IP)
			score := 90
			if ok && ip.Equal(blocked) {
				score = 10
			}
			request.Actions.SetVar(action.ScopeSession, "ip_score", score)
		case "log-request":
			request.Actions.SetVar(action.ScopeTransaction, "my_var", "tequila")
		}
	}
}

func serve(address string) error {
	network := "unix"
	if !strings.Contains(address, "/") {
		network, address = "tcp", "127.0.0.1:"+address
	}
	listener, err := net.Listen(network, address)
	if err != nil {
		return err
	}
	return agent.New(handle, logger.NewNop()).Serve(listener)
}

func main() {
	ended := make(chan error)
	for _, address := range os.Args[1:] {
		go func() { ended <- serve(address) }()
	}
	log.Fatal(<-ended)
}
