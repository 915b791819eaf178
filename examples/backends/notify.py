# Tells a user something, with Python and its standard library alone. With the package "redis":
#   client.xadd("herald:commands", {"command": json.dumps(command)})
#   client.publish("herald:commands", json.dumps(command))
import json
import os
import socket
from urllib.parse import urlparse

url = urlparse(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379"))
prefix = os.environ.get("REDIS_PREFIX", "herald:")
user = os.environ.get("USER_ID", "alice")
connection = socket.create_connection((url.hostname, url.port or 6379))
answers = connection.makefile("rb")


def redis(*args):
    """Sends one command in the protocol of Redis and returns its answer."""
    parts = [arg.encode() for arg in args]
    body = b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
    connection.sendall(b"*%d\r\n%s" % (len(parts), body))
    answer = answers.readline().decode().strip()
    if answer.startswith("-"):
        raise RuntimeError(answer)
    return answers.readline().decode().strip() if answer.startswith("$") else answer


# In the stream it waits while Herald is away.
notification = {"type": "billing.invoice.paid", "title": "Paid, says Python", "data": {"invoice": 4711}}
stored = {"type": "notify", "id": "python-invoice-4711-paid", "data": {"userIds": [user], "notification": notification}}
print(redis("XADD", prefix + "commands", "*", "command", json.dumps(stored)))

# On the channel it is for now or never.
signal = {"type": "sendToUser", "data": {"userId": user, "event": "invoice.paid", "data": {"from": "Python"}}}
print(redis("PUBLISH", prefix + "commands", json.dumps(signal)))
