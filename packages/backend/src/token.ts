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

function sign({ secret, issuer, audience, subject = 'backend' }: Extract<TokenSource, { readonly secret: string }>) {
  // Of several secrets the first one signs, as in Herald.
  const key = new TextEncoder().encode(secret.split(',')[0]?.trim())
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

/** Tokens of a source. What is signed here is kept for nine minutes, and signed anew when Herald refuses it. */
export function createTokens(source: TokenSource): Tokens {
  if ('token' in source) {
    const { token } = source
    return async () => (typeof token === 'function' ? token() : token)
  }
  let kept: { readonly token: Promise<string>; readonly until: number } | undefined
  return (isRefused) => {
    if (!kept || isRefused || Date.now() > kept.until) {
      kept = { token: sign(source), until: Date.now() + (TTL_S - MARGIN_S) * 1_000 }
    }
    return kept.token
  }
}
