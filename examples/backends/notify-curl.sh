#!/bin/sh
# Tells a user something by mutations, with curl. HERALD_TOKEN: npm run -s herald -- token --user shop --role backend
: "${HERALD_URL:=http://127.0.0.1:4000/graphql}" "${HERALD_TOKEN:?is not set}" "${USER_ID:=alice}"

send() {
  curl --fail --silent --show-error "$HERALD_URL" \
    -H "authorization: Bearer $HERALD_TOKEN" -H 'content-type: application/json' -d "$1"
  echo
}

send '{
  "query": "mutation ($input: NotifyInput!) { notify(input: $input) { notificationId isDuplicate } }",
  "variables": { "input": {
    "userIds": ["'"$USER_ID"'"],
    "notification": { "type": "billing.invoice.paid", "title": "Paid, says curl", "data": { "invoice": 4711 } },
    "idempotencyKey": "curl-invoice-4711-paid" } } }'

send '{
  "query": "mutation ($to: ID!, $data: JSON) { sendToUser(userId: $to, event: \"invoice.paid\", data: $data) { id } }",
  "variables": { "to": "'"$USER_ID"'", "data": { "from": "curl" } } }'
