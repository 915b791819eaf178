import { createHeraldExchange, type HeraldExchangeOptions, heraldGraphcache } from '@herald/client/urql'
import { Client } from '@urql/core'
import { cacheExchange } from '@urql/exchange-graphcache'

/** Opens an urql client for a user: `openUrql({ url: '/graphql', token: fetchToken })`. */
export const openUrql = (options: HeraldExchangeOptions) => {
  const { exchange, herald } = createHeraldExchange({ ...options, cache: cacheExchange(heraldGraphcache) })
  const client = new Client({ url: options.url, preferGetMethod: false, exchanges: [exchange] })
  return { client, connection: herald.connection, signOut: () => herald.dispose() }
}
