# Prints a token for a user, good for ten minutes. It needs openssl. Other programs of the machine can see the secret while it runs.
encode() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
now=$(date +%s)
claims=$(printf '{"sub":"%s","role":"customer","name":"Alice","iat":%d,"exp":%d,"jti":"%s"}' "$1" "$now" $((now + 600)) "$(openssl rand -hex 16)")
content=$(printf '{"alg":"HS256","typ":"JWT"}' | encode).$(printf '%s' "$claims" | encode)
signature=$(printf '%s' "$content" | openssl dgst -binary -sha256 -hmac "$JWT_SECRET" | encode)
echo "$content.$signature"
