# Prints a token for a user, good for ten minutes. With the package PyJWT: jwt.encode(claims, secret, algorithm="HS256").
import base64, hashlib, hmac, json, os, sys, time, uuid

encode = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode()
now = int(time.time())
claims = {"sub": sys.argv[1], "role": "customer", "name": "Alice", "iat": now, "exp": now + 600, "jti": str(uuid.uuid4())}
content = ".".join(encode(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
signature = hmac.new(os.environ["JWT_SECRET"].encode(), content.encode(), hashlib.sha256).digest()
print(f"{content}.{encode(signature)}")
