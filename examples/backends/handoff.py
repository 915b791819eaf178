# Receives what nobody saw, checks that Herald sent it, and prints the mail that a backend would send. Python and its standard library
# alone; with the package "standardwebhooks": Webhook(secret).verify(body, headers)
#   HANDOFF_SECRET=whsec_... python3 handoff.py      and Herald with HANDOFF_URL=http://127.0.0.1:3000/herald and the same secret
import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

key = base64.b64decode(os.environ["HANDOFF_SECRET"].removeprefix("whsec_"))
# More than an event has, unless you set larger limits in Herald.
MAX_BYTES = 1_048_576
# Events that were taken. They can come twice, with the same id: a product asks its database, and keeps ids for a week.
known = set()


def is_genuine(headers, body):
    """Whether Herald signed this body in the last five minutes. One of several signatures is enough, while a secret is changed."""
    event_id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not at.isdigit() or abs(time.time() - int(at)) > 300:
        return False
    digest = hmac.new(key, f"{event_id}.{at}.".encode() + body, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(digest)
    signatures = headers.get("webhook-signature", "").encode("latin-1", "replace").split(b" ")
    return any(hmac.compare_digest(one, expected) for one in signatures)


def take(event):
    data = event["data"]
    if event["id"] in known:
        return
    if event["type"] == "inbox.unseen":
        print(f"To: {data['userId']}\nSubject: {data['total']} new notification{'' if data['total'] == 1 else 's'}\n")
        for one in data["notifications"]:
            print(f"* {one['title']}{': ' + one['body'] if one['body'] else ''}")
        print("", flush=True)
    if event["type"] == "ticket.unseen":
        print(f"To: {data['userId']}\nSubject: Re: {data['ticket']['subject'] or 'your request'}\n")
        for one in data["messages"]:
            # The author is null when that user was erased meanwhile.
            author = one["author"] or {"name": "Somebody"}
            files = [f"[{file['name']}]" for file in one["attachments"]]
            print(f"{author['name'] or author['userId']}: {' '.join([one['body'], *files]).strip()}")
        print("", flush=True)
    known.add(event["id"])


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        length = self.headers.get("content-length", "")
        # Anybody can send to this address, so nothing is taken for granted.
        if not length.isdecimal() or int(length) > MAX_BYTES:
            return self.send_error(413)
        body = self.rfile.read(int(length))
        genuine = is_genuine(self.headers, body)
        if genuine:
            take(json.loads(body))
        # Only now, when it is stored: what is not answered comes again.
        self.send_response(204 if genuine else 401)
        self.end_headers()

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "3000"))), Receiver)
print(f"ready: http://127.0.0.1:{server.server_port}/herald", flush=True)
server.serve_forever()
