# Tells a user something by mutations, with Python and its standard library alone.
# HERALD_TOKEN: npm run -s herald -- token --user shop --role backend
import json
import os
from urllib.request import Request, urlopen

url = os.environ.get("HERALD_URL", "http://127.0.0.1:4000/graphql")
token = os.environ["HERALD_TOKEN"]
user = os.environ.get("USER_ID", "alice")


def send(query, variables):
    """Executes a mutation and returns its data."""
    headers = {"authorization": "Bearer " + token, "content-type": "application/json"}
    body = json.dumps({"query": query, "variables": variables}).encode()
    with urlopen(Request(url, body, headers), timeout=10) as response:
        answer = json.load(response)
    if "errors" in answer:
        raise RuntimeError(answer["errors"][0]["message"])
    return answer["data"]


# With a key it can be sent again, such as after a time-out.
notification = {"type": "billing.invoice.paid", "title": "Paid, says Python", "data": {"invoice": 4711}}
data = {"userIds": [user], "notification": notification, "idempotencyKey": "python-invoice-4711-paid"}
print(send("mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }", {"input": data}))

event = "mutation ($to: ID!, $data: JSON) { sendToUser(userId: $to, event: \"invoice.paid\", data: $data) { id } }"
print(send(event, {"to": user, "data": {"from": "Python"}}))
