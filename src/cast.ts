import { developmentLinkKey, developmentSecret } from './auth/development-secret.ts'
import { secretsIn } from './auth/secrets.ts'
import { signToken } from './auth/sign-token.ts'
import type { Role } from './auth/viewer.ts'
import type { Config } from './config.ts'
import type { Clock } from './lib/clock.ts'
import type { Cast, CastMember } from './server/cast.ts'

/** How long a token of these people is valid, in seconds. */
const TTL_S = 7 * 24 * 60 * 60

/** The secrets with which tokens are checked, of which the first signs. In development one is made. Undefined: a JWKS has the keys. */
export function secretOf({ auth, dataDir, isDevelopment }: Config): string | undefined {
  return isDevelopment ? developmentSecret(dataDir) : auth.secret
}

/**
 * The people of GraphiQL and of the demo. Undefined: neither is served here. Outside development their ids begin with `demo-`, so that none
 * is that of a user.
 */
export function openCast(config: Config, secret: string | undefined, clock: Clock): Cast | undefined {
  const { auth, isDevelopment, server } = config
  if (secret === undefined || !(isDevelopment ? server.graphiql : server.demo)) return undefined
  const ttlSeconds = Math.min(TTL_S, auth.maxTtlSeconds)
  const person = <Lower extends CastMember['role']>(plainId: string, name: string, role: Lower): CastMember => {
    const id = isDevelopment ? plainId : `demo-${plainId}`
    const claims = { userId: id, name, role: role.toUpperCase() as Uppercase<Lower> & Role }
    return { id, name, role, token: () => signToken({ ...auth, ...claims, secret, ttlSeconds, clock }) }
  }
  return {
    key: developmentLinkKey(secretsIn(secret)[0]),
    people: {
      customer: person('alice', 'Alice', 'customer'),
      otherCustomer: person('chen', 'Chen', 'customer'),
      agent: person('bob', 'Bob', 'agent'),
      backend: person('shop', 'Shop', 'backend'),
    },
  }
}

/** The links to pages that give tokens. The one that is printed last is where to begin. They work only with the key in them. */
export function linksTo(
  url: string,
  key: string,
  { isDevelopment }: Config,
): readonly { readonly title: string; readonly url: string }[] {
  const { origin } = new URL(url)
  if (!isDevelopment) return [{ title: 'The demo', url: `${origin}/demo?key=${key}` }]
  return [
    { title: 'GraphiQL as customer alice', url: `${url}?as=customer&key=${key}` },
    { title: 'GraphiQL as agent bob', url: `${url}?as=agent&key=${key}` },
    { title: 'GraphiQL as your backend', url: `${url}?as=backend&key=${key}` },
    { title: 'Start here', url: `${origin}/?key=${key}` },
  ]
}
