<?php
// Tells a user something, with PHP and its standard library alone. With the extension "redis":
//   $redis->xAdd('herald:commands', '*', ['command' => json_encode($command)]);
//   $redis->publish('herald:commands', json_encode($command));
declare(strict_types=1);

$url = parse_url(getenv('REDIS_URL') ?: 'redis://127.0.0.1:6379');
$prefix = getenv('REDIS_PREFIX') ?: 'herald:';
$user = getenv('USER_ID') ?: 'alice';
$connection = stream_socket_client('tcp://' . $url['host'] . ':' . ($url['port'] ?? 6379));

/** Sends one command in the protocol of Redis and returns its answer. */
$redis = function (string ...$args) use ($connection): string {
    $parts = array_map(fn (string $arg): string => '$' . strlen($arg) . "\r\n$arg\r\n", $args);
    fwrite($connection, '*' . count($args) . "\r\n" . implode('', $parts));
    $answer = trim(fgets($connection));
    if ($answer[0] === '-') {
        throw new RuntimeException($answer);
    }
    return $answer[0] === '$' ? trim(fgets($connection)) : $answer;
};

// In the stream it waits while Herald is away.
$notification = ['type' => 'billing.invoice.paid', 'title' => 'Paid, says PHP', 'data' => ['invoice' => 4711]];
$stored = ['type' => 'notify', 'id' => 'php-invoice-4711-paid', 'data' => ['userIds' => [$user], 'notification' => $notification]];
echo $redis('XADD', $prefix . 'commands', '*', 'command', json_encode($stored, JSON_THROW_ON_ERROR)), "\n";

// On the channel it is for now or never.
$signal = ['type' => 'sendToUser', 'data' => ['userId' => $user, 'event' => 'invoice.paid', 'data' => ['from' => 'PHP']]];
echo $redis('PUBLISH', $prefix . 'commands', json_encode($signal, JSON_THROW_ON_ERROR)), "\n";
