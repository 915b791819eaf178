// Tells a user something by mutations, with Go and its standard library alone.
// HERALD_TOKEN: npm run -s herald -- token --user shop --role backend
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

type object = map[string]any

const notify = `mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }`
const event = `mutation ($to: ID!, $data: JSON) { sendToUser(userId: $to, event: "invoice.paid", data: $data) { id } }`

var client = http.Client{Timeout: 10 * time.Second}

func main() {
	user := setting("USER_ID", "alice")

	// With a key it can be sent again, such as after a time-out.
	notification := object{"type": "billing.invoice.paid", "title": "Paid, says Go", "data": object{"invoice": 4711}}
	input := object{"userIds": []string{user}, "notification": notification, "idempotencyKey": "go-invoice-4711-paid"}
	fmt.Println(send(notify, object{"input": input}))

	fmt.Println(send(event, object{"to": user, "data": object{"from": "Go"}}))
}

// Executes a mutation and returns its data.
func send(query string, variables object) object {
	body, err := json.Marshal(object{"query": query, "variables": variables})
	check(err)
	request, err := http.NewRequest("POST", setting("HERALD_URL", "http://127.0.0.1:4000/graphql"), bytes.NewReader(body))
	check(err)
	request.Header.Set("authorization", "Bearer "+os.Getenv("HERALD_TOKEN"))
	request.Header.Set("content-type", "application/json")
	response, err := client.Do(request)
	check(err)
	defer response.Body.Close()
	var answer struct {
		Data   object
		Errors []struct{ Message string }
	}
	check(json.NewDecoder(response.Body).Decode(&answer))
	if len(answer.Errors) > 0 {
		log.Fatal(answer.Errors[0].Message)
	}
	return answer.Data
}

func setting(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
