import { SignJWT } from 'jose'

/** How the backend proves who it is: the secret of Herald, a token, or a function that gets one. */
export type TokenSource =
  | { readonly secret: string; readonly issuer?: string; readonly audience?: string; readonly subject?: string }
  | { readonly token: string | (() => string | Promise<string>) }

/** Gives the token for a request. `isRefused`: Herald refused the last one, so it gives another one if it can. */
export type Tokens = (isRefused: boolean) => Promise<string>

/** How long a token that is signed here is valid, in seconds. */
const TTL_S = 600
/** A token is not used for the last part of its time, in seconds, because clocks differ. */
const MARGIN_S = 60

type Signer = Extract<TokenSource, { readonly secret: string }>

/** The key that signs: of several secrets the first one, as in Herald. */
function keyOf(secret: string | undefined): Uint8Array {
  const first = secret?.split(',')[0]?.trim()
  if (!first) throw new TypeError('`secret` must be the JWT_SECRET of Herald. Without one, give a `token`.')
  return new TextEncoder().encode(first)
}

function sign({ issuer, audience, subject = 'backend' }: Signer, key: Uint8Array): Promise<string> {
  const now = Math.floor(Date.now() / 1_000)
  const token = new SignJWT({ role: 'backend' })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(subject)
    .setIssuedAt(now)
    .setExpirationTime(now + TTL_S)
    .setJti(crypto.randomUUID())
  if (issuer !== undefined) token.setIssuer(issuer)
  if (audience !== undefined) token.setAudience(audience)
  return token.sign(key)
}

/**
 * Tokens of a source. What is signed here is kept for nine minutes, and signed anew when Herald refuses it. Throws a TypeError when the source
 * has neither a token nor a secret.
 */
export function createTokens(source: TokenSource): Tokens {
  if ('token' in source && source.token) {
    const { token } = source
    return async () => (typeof token === 'function' ? token() : token)
  }
  const signer = source as Signer
  const key = keyOf(signer.secret)
  let kept: { readonly token: Promise<string>; readonly until: number } | undefined
  return (isRefused) => {
    if (!kept || isRefused || Date.now() > kept.until) {
      kept = { token: sign(signer, key), until: Date.now() + (TTL_S - MARGIN_S) * 1_000 }
    }
    return kept.token
  }
}
