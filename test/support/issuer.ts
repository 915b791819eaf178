import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { onTestFinished } from 'vitest'

/** An issuer of tokens with keys of its own, served as a JWKS over HTTP. */
export interface Issuer {
  readonly jwksUrl: string
  /** The public key as PEM-like bytes: what an attacker would use as a shared secret. */
  readonly publicKey: CryptoKey
  sign(claims: Record<string, unknown>): Promise<string>
  /** Signs with a new key from now on, and serves it with the old one. */
  rotate(): Promise<void>
  /** Serves only the newest key from now on. */
  withdrawOldKeys(): void
  /** How often the keys were fetched. */
  readonly fetches: number
  /** Answers with an error from now on, or properly again. */
  setBroken(isBroken: boolean): void
  /** Takes requests and says nothing from now on, or answers again. */
  setSilent(isSilent: boolean): void
}

/** Starts an issuer; it is stopped when the test is over. `name` begins the ids of its keys; null: they have none. */
export async function startIssuer(alg = 'RS256', name: string | null = 'key'): Promise<Issuer> {
  const keys: { kid?: string; privateKey: CryptoKey; publicKey: CryptoKey }[] = []
  const rotate = async (): Promise<void> => {
    const id = name === null ? {} : { kid: `${name}-${keys.length}` }
    keys.unshift({ ...id, ...(await generateKeyPair(alg, { extractable: true })) })
  }
  await rotate()
  let fetches = 0
  let isBroken = false
  let isSilent = false

  const server = createServer(async (_request, response) => {
    fetches += 1
    if (isSilent) return
    if (isBroken) return void response.writeHead(500).end()
    const jwks = await Promise.all(
      keys.map(async ({ publicKey, privateKey: _, ...id }) => ({ ...(await exportJWK(publicKey)), ...id, alg })),
    )
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: jwks }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return {
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    publicKey: keys[0]!.publicKey,
    sign: (claims) => {
      const { privateKey, publicKey: _, ...id } = keys[0]!
      return new SignJWT(claims).setProtectedHeader({ alg, ...id }).sign(privateKey)
    },
    rotate,
    withdrawOldKeys: () => {
      keys.length = 1
    },
    get fetches() {
      return fetches
    },
    setBroken: (value) => {
      isBroken = value
    },
    setSilent: (value) => {
      isSilent = value
    },
  }
}
