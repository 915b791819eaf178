import { ApolloClient, InMemoryCache } from '@apollo/client'
import { ApolloProvider } from '@apollo/client/react'
import { createHeraldLink, heraldCache } from '@herald/client/apollo'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import './style.css'

const user = new URLSearchParams(location.search).get('user') ?? 'alice'

const link = createHeraldLink({
  url: import.meta.env['VITE_HERALD_URL'] ?? 'http://127.0.0.1:4000/graphql',
  // Asks the shop's own backend. It is called for each connection, so no token gets old.
  token: async () => {
    const response = await fetch(`/token?user=${user}`)
    if (!response.ok) throw new Error(await response.text())
    return response.text()
  },
  // What is said without a network is sent when it is back, in its order.
  queries: 'connection',
})
const client = new ApolloClient({ link, cache: new InMemoryCache(heraldCache) })

createRoot(document.querySelector('#root') as Element).render(
  <StrictMode>
    <ApolloProvider client={client}>
      <App user={user} connection={link.herald.connection} />
    </ApolloProvider>
  </StrictMode>,
)
