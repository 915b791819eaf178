# Tells a user something, with Ruby and its standard library alone. With the gem "redis":
#   redis.xadd('herald:commands', { command: JSON.generate(command) })
#   redis.publish('herald:commands', JSON.generate(command))
require 'json'
require 'socket'
require 'uri'

url = URI(ENV.fetch('REDIS_URL', 'redis://127.0.0.1:6379'))
prefix = ENV.fetch('REDIS_PREFIX', 'herald:')
user = ENV.fetch('USER_ID', 'alice')
connection = TCPSocket.new(url.host, url.port || 6379)

# Sends one command in the protocol of Redis and returns its answer.
redis = lambda do |*args|
  parts = args.map { |arg| "$#{arg.bytesize}\r\n#{arg}\r\n" }
  connection.write("*#{args.size}\r\n#{parts.join}")
  answer = connection.gets.strip
  raise answer if answer.start_with?('-')

  answer.start_with?('$') ? connection.gets.strip : answer
end

# In the stream it waits while Herald is away.
notification = { type: 'billing.invoice.paid', title: 'Paid, says Ruby', data: { invoice: 4711 } }
stored = { type: 'notify', id: 'ruby-invoice-4711-paid', data: { userIds: [user], notification: notification } }
puts redis.call('XADD', "#{prefix}commands", '*', 'command', JSON.generate(stored))

# On the channel it is for now or never.
signal = { type: 'sendToUser', data: { userId: user, event: 'invoice.paid', data: { from: 'Ruby' } } }
puts redis.call('PUBLISH', "#{prefix}commands", JSON.generate(signal))
