// Tells a user something by mutations, with Node.js alone. HERALD_TOKEN: npm run -s herald -- token --user shop --role backend
const { HERALD_URL = 'http://127.0.0.1:4000/graphql', HERALD_TOKEN, USER_ID = 'alice' } = process.env

const send = async (query, variables) => {
  const headers = { authorization: `Bearer ${HERALD_TOKEN}`, 'content-type': 'application/json' }
  const response = await fetch(HERALD_URL, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
  const { data, errors } = await response.json()
  if (errors) throw new Error(errors[0].message)
  return data
}

// With a key it can be sent again, such as after a time-out.
const notification = { type: 'billing.invoice.paid', title: 'Paid, says Node', data: { invoice: 4711 } }
const input = { userIds: [USER_ID], notification, idempotencyKey: 'node-invoice-4711-paid' }
console.log(await send('mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }', { input }))

const event = { to: USER_ID, data: { from: 'Node' } }
console.log(
  await send(
    'mutation ($to: ID!, $data: JSON) { sendToUser(userId: $to, event: "invoice.paid", data: $data) { id } }',
    event,
  ),
)
