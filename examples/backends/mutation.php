<?php
// Tells a user something by mutations, with PHP and its standard library alone.
// HERALD_TOKEN: npm run -s herald -- token --user shop --role backend
declare(strict_types=1);

$url = getenv('HERALD_URL') ?: 'http://127.0.0.1:4000/graphql';
$token = getenv('HERALD_TOKEN');
$user = getenv('USER_ID') ?: 'alice';

/** Executes a mutation and returns its data. */
$send = function (string $query, array $variables) use ($url, $token): array {
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => ["authorization: Bearer $token", 'content-type: application/json'],
        'content' => json_encode(['query' => $query, 'variables' => $variables], JSON_THROW_ON_ERROR),
        'ignore_errors' => true,
        'timeout' => 10,
    ]]);
    $answer = json_decode((string) file_get_contents($url, false, $context), true, 512, JSON_THROW_ON_ERROR);
    if (isset($answer['errors'])) {
        throw new RuntimeException($answer['errors'][0]['message']);
    }
    return $answer['data'];
};

// With a key it can be sent again, such as after a time-out.
$notification = ['type' => 'billing.invoice.paid', 'title' => 'Paid, says PHP', 'data' => ['invoice' => 4711]];
$input = ['userIds' => [$user], 'notification' => $notification, 'idempotencyKey' => 'php-invoice-4711-paid'];
$notify = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }';
echo json_encode($send($notify, ['input' => $input])), "\n";

$event = 'mutation ($to: ID!, $data: JSON) { sendToUser(userId: $to, event: "invoice.paid", data: $data) { id } }';
echo json_encode($send($event, ['to' => $user, 'data' => ['from' => 'PHP']])), "\n";
