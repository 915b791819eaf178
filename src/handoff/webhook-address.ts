import { isIP } from 'node:net'
import { hostOf, isLoopbackHost, isPublic } from '../lib/public-address.ts'

/** The least and most bytes of a secret by Standard Webhooks. */
const MIN_BYTES = 24
const MAX_BYTES = 64
const MAX_SECRETS = 8
const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/

/**
 * What is wrong with the address of a webhook, as the end of a sentence; undefined when it is good. It begins with https, or with http on
 * this machine. A literal address must be public or of this machine; those of a name are checked with each request.
 */
export function mistakeInWebhookUrl(text: string): string | undefined {
  const url = URL.parse(text)
  const isHttp = url?.protocol === 'http:'
  if (!url || !(isHttp || url.protocol === 'https:'))
    return 'must be an https address, such as https://shop.example/herald'
  if (url.username !== '' || url.password !== '') return 'must contain no name or password'
  if (url.hash !== '') return 'must have no part that begins with #'
  const host = hostOf(url)
  if (isLoopbackHost(host)) return undefined
  if (isHttp) return 'must begin with https, or name this machine, as in http://127.0.0.1:3000/herald'
  return isIP(host) !== 0 && !isPublic(host) ? 'must have a public address or name this machine' : undefined
}

/**
 * The secrets in a text such as `whsec_new,whsec_old`, each as Standard Webhooks writes it: `whsec_` and 24 to 64 bytes in base64. Throws an
 * Error that says what is wrong, as the end of a sentence, without the secret.
 */
export function webhookSecretsIn(text: string): readonly string[] {
  const secrets = text.split(',').map((secret) => secret.trim())
  if (secrets.length > MAX_SECRETS) throw new Error(`must not have more than ${MAX_SECRETS} secrets`)
  for (const secret of secrets) {
    const base64 = SECRET.exec(secret)?.[1] ?? ''
    const bytes = Buffer.from(base64, 'base64')
    const isWhole = bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '')
    if (!isWhole || bytes.length < MIN_BYTES || bytes.length > MAX_BYTES) {
      throw new Error(
        `must be whsec_ and ${MIN_BYTES} to ${MAX_BYTES} bytes in base64, such as whsec_ with the output of: openssl rand -base64 32`,
      )
    }
  }
  return secrets
}
