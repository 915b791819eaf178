# Tells a user something by mutations, with Ruby and its standard library alone.
# HERALD_TOKEN: npm run -s herald -- token --user shop --role backend
require 'json'
require 'net/http'
require 'uri'

url = URI(ENV.fetch('HERALD_URL', 'http://127.0.0.1:4000/graphql'))
token = ENV.fetch('HERALD_TOKEN')
user = ENV.fetch('USER_ID', 'alice')

# Executes a mutation and returns its data.
send_to_herald = lambda do |query, variables|
  headers = { 'authorization' => "Bearer #{token}", 'content-type' => 'application/json' }
  response = Net::HTTP.post(url, JSON.generate({ query: query, variables: variables }), headers)
  answer = JSON.parse(response.body)
  raise answer['errors'][0]['message'] if answer['errors']

  answer['data']
end

# With a key it can be sent again, such as after a time-out.
notification = { type: 'billing.invoice.paid', title: 'Paid, says Ruby', data: { invoice: 4711 } }
input = { userIds: [user], notification: notification, idempotencyKey: 'ruby-invoice-4711-paid' }
puts send_to_herald.call('mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }', { input: input })

event = 'mutation ($to: ID!, $data: JSON) { sendToUser(userId: $to, event: "invoice.paid", data: $data) { id } }'
puts send_to_herald.call(event, { to: user, data: { from: 'Ruby' } })
