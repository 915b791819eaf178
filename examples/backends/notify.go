// Tells a user something, with Go and its standard library alone. With github.com/redis/go-redis:
//
//	client.XAdd(ctx, &redis.XAddArgs{Stream: "herald:commands", Values: []string{"command", string(command)}})
//	client.Publish(ctx, "herald:commands", command)
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/url"
	"os"
	"strings"
)

type object = map[string]any

func main() {
	address, err := url.Parse(setting("REDIS_URL", "redis://127.0.0.1:6379"))
	check(err)
	connection, err := net.Dial("tcp", address.Host)
	check(err)
	defer connection.Close()
	answers := bufio.NewReader(connection)

	// Sends one command in the protocol of Redis and returns its answer.
	redis := func(args ...string) string {
		_, err := fmt.Fprintf(connection, "*%d\r\n", len(args))
		for _, arg := range args {
			if err == nil {
				_, err = fmt.Fprintf(connection, "$%d\r\n%s\r\n", len(arg), arg)
			}
		}
		check(err)
		answer, err := answers.ReadString('\n')
		check(err)
		if strings.HasPrefix(answer, "-") {
			log.Fatal(answer)
		}
		if strings.HasPrefix(answer, "$") {
			answer, err = answers.ReadString('\n')
			check(err)
		}
		return strings.TrimSpace(answer)
	}

	name, user := setting("REDIS_PREFIX", "herald:")+"commands", setting("USER_ID", "alice")

	// In the stream it waits while Herald is away.
	notification := object{"type": "billing.invoice.paid", "title": "Paid, says Go", "data": object{"invoice": 4711}}
	data := object{"userIds": []string{user}, "notification": notification}
	fmt.Println(redis("XADD", name, "*", "command", text(object{"type": "notify", "id": "go-invoice-4711-paid", "data": data})))

	// On the channel it is for now or never.
	signal := object{"userId": user, "event": "invoice.paid", "data": object{"from": "Go"}}
	fmt.Println(redis("PUBLISH", name, text(object{"type": "sendToUser", "data": signal})))
}

func setting(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

func text(value object) string {
	written, err := json.Marshal(value)
	check(err)
	return string(written)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
