import { createHeraldClient } from '@herald/client'
import { HeraldProvider } from '@herald/client/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import './style.css'

const user = new URLSearchParams(location.search).get('user') ?? 'alice'

const herald = createHeraldClient({
  url: import.meta.env['VITE_HERALD_URL'] ?? 'http://127.0.0.1:4000/graphql',
  // Asks the shop's own backend. It is called for each connection, so no token gets old.
  token: async () => {
    const response = await fetch(`/token?user=${user}`)
    if (!response.ok) throw new Error(await response.text())
    return response.text()
  },
})

createRoot(document.querySelector('#root') as Element).render(
  <StrictMode>
    <HeraldProvider client={herald}>
      <App user={user} />
    </HeraldProvider>
  </StrictMode>,
)
