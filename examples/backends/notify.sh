#!/bin/sh
# Tells a user something, with redis-cli: in the stream, where it waits while Herald is away, and on the channel.
: "${REDIS_URL:=redis://127.0.0.1:6379}" "${REDIS_PREFIX:=herald:}" "${USER_ID:=alice}"

redis-cli -u "$REDIS_URL" XADD "${REDIS_PREFIX}commands" '*' command '{
  "type": "notify",
  "id": "shell-invoice-4711-paid",
  "data": {
    "userIds": ["'"$USER_ID"'"],
    "notification": { "type": "billing.invoice.paid", "title": "Paid, says the shell", "data": { "invoice": 4711 } }
  }
}'

redis-cli -u "$REDIS_URL" PUBLISH "${REDIS_PREFIX}commands" '{
  "type": "sendToUser",
  "data": { "userId": "'"$USER_ID"'", "event": "invoice.paid", "data": { "from": "the shell" } }
}'
