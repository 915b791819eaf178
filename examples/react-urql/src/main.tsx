import { createHeraldExchange, heraldGraphcache } from '@herald/client/urql'
import { cacheExchange } from '@urql/exchange-graphcache'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Client, Provider } from 'urql'
import { App } from './app.tsx'
import './style.css'

const user = new URLSearchParams(location.search).get('user') ?? 'alice'
const url = import.meta.env['VITE_HERALD_URL'] ?? 'http://127.0.0.1:4000/graphql'

const { exchange, herald } = createHeraldExchange({
  url,
  // Asks the shop's own backend. It is called for each connection, so no token gets old.
  token: async () => {
    const response = await fetch(`/token?user=${user}`)
    if (!response.ok) throw new Error(await response.text())
    return response.text()
  },
  // What is said without a network is sent when it is back, in its order.
  queries: 'connection',
  cache: cacheExchange(heraldGraphcache),
})
const client = new Client({ url, preferGetMethod: false, exchanges: [exchange] })

createRoot(document.querySelector('#root') as Element).render(
  <StrictMode>
    <Provider value={client}>
      <App user={user} connection={herald.connection} />
    </Provider>
  </StrictMode>,
)
