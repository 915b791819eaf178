# Prints a token for a user, good for ten minutes. With the gem jwt: JWT.encode(claims, secret, 'HS256').
require 'json'
require 'openssl'
require 'securerandom'

encode = ->(data) { [data].pack('m0').tr('+/', '-_').delete('=') }
now = Time.now.to_i
claims = { sub: ARGV[0], role: 'customer', name: 'Alice', iat: now, exp: now + 600, jti: SecureRandom.uuid }
content = [{ alg: 'HS256', typ: 'JWT' }, claims].map { |part| encode.(JSON.generate(part)) }.join('.')
signature = OpenSSL::HMAC.digest('SHA256', ENV.fetch('JWT_SECRET'), content)
puts "#{content}.#{encode.(signature)}"
