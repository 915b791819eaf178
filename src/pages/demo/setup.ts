/** Somebody in the demo. */
export interface SetupPerson {
  readonly id: string
  readonly name: string
  readonly role: 'customer' | 'agent' | 'backend'
  readonly token: string
}

/** What Herald has written into the page. */
export interface Setup {
  /** The path of the GraphQL endpoint. */
  readonly path: string
  /** Empty when the address of the page has no key. */
  readonly people: readonly SetupPerson[]
  /** Where to ask for a restart of Herald; null: it cannot be restarted from here. */
  readonly restart: string | null
}

/** Reads what Herald has written into the page. */
export function readSetup(): Setup {
  return JSON.parse(document.getElementById('setup')?.textContent ?? '')
}
