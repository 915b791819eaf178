import { ApolloClient, InMemoryCache } from '@apollo/client'
import { createHeraldLink, type HeraldLinkOptions, heraldCache } from '@herald/client/apollo'

/** Opens an Apollo Client for a user: `openApollo({ url: '/graphql', token: fetchToken })`. */
export const openApollo = (options: HeraldLinkOptions) => {
  const link = createHeraldLink(options)
  const client = new ApolloClient({ link, cache: new InMemoryCache(heraldCache) })
  const signOut = (): void => {
    client.stop()
    link.herald.dispose()
  }
  return { client, connection: link.herald.connection, signOut }
}
