import { createHeraldClient } from '@herald/client'
import { HeraldProvider } from '@herald/client/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import './style.css'

const user = new URLSearchParams(location.search).get('user') ?? 'alice'

/** Asks the shop's own backend who is signed in. It is called for each connection, so no token gets old. */
async function fetchToken(): Promise<string> {
  const response = await fetch(`/token?user=${user}`)
  if (!response.ok) throw new Error(await response.text())
  return response.text()
}

const herald = createHeraldClient({
  url: import.meta.env['VITE_HERALD_URL'] ?? 'http://127.0.0.1:4000/graphql',
  token: fetchToken,
})

createRoot(document.querySelector('#root') as Element).render(
  <StrictMode>
    <HeraldProvider client={herald}>
      <App user={user} />
    </HeraldProvider>
  </StrictMode>,
)
