<?php
// Prints a token for a user, good for ten minutes. With the package firebase/php-jwt: JWT::encode($claims, $secret, 'HS256').
$encode = fn (string $data): string => rtrim(strtr(base64_encode($data), '+/', '-_'), '=');
$now = time();
$claims = ['sub' => $argv[1], 'role' => 'customer', 'name' => 'Alice', 'iat' => $now, 'exp' => $now + 600, 'jti' => bin2hex(random_bytes(16))];
$content = $encode(json_encode(['alg' => 'HS256', 'typ' => 'JWT'])) . '.' . $encode(json_encode($claims));
$signature = hash_hmac('sha256', $content, getenv('JWT_SECRET'), true);
echo $content . '.' . $encode($signature) . "\n";
