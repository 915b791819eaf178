// Prints a token for a user, good for ten minutes. With github.com/golang-jwt/jwt: jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(secret).
package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

func main() {
	encode := base64.RawURLEncoding.EncodeToString
	id := make([]byte, 16)
	rand.Read(id)
	now := time.Now().Unix()
	claims, _ := json.Marshal(map[string]any{"sub": os.Args[1], "role": "customer", "name": "Alice", "iat": now, "exp": now + 600, "jti": encode(id)})
	content := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode(claims)
	signature := hmac.New(sha256.New, []byte(os.Getenv("JWT_SECRET")))
	signature.Write([]byte(content))
	fmt.Println(content + "." + encode(signature.Sum(nil)))
}
