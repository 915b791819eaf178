import { developmentSecret } from '../auth/development-secret.ts'
import { signToken, type TokenOptions } from '../auth/sign-token.ts'
import type { Role } from '../auth/viewer.ts'
import { type Environment, loadConfig } from '../config.ts'
import { mistakeInAddress } from '../lib/address-rule.ts'
import { mistakeInText } from '../lib/text.ts'
import { NAME, PICTURE, USER_ID } from '../lib/values.ts'
import { CommandError, UsageError } from './command.ts'

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['customer', 'CUSTOMER'],
  ['agent', 'AGENT'],
  ['admin', 'ADMIN'],
  ['backend', 'BACKEND'],
])

/** The role for the value of `--role`. Throws a UsageError when there is no such role. */
export function roleOf(text: string): Role {
  const role = ROLES.get(text.toLowerCase())
  if (!role) throw new UsageError(`--role must be customer, agent, admin or backend; it is "${text}".`)
  return role
}

/** What to do when Herald refuses a token that a command has signed by itself. */
export const SIGNED_HERE =
  'This command signed it: run it with the JWT_SECRET and DATA_DIR that Herald was started with.'

/** The user of a token to sign, and how long it is valid. */
export type Bearer = Pick<TokenOptions, 'userId' | 'role' | 'name' | 'avatarUrl' | 'ttlSeconds'>

function requireBearer({ userId, name, avatarUrl }: Bearer): void {
  const mistakes = {
    user: mistakeInText(userId, USER_ID),
    name: name == null ? undefined : mistakeInText(name, NAME),
    'avatar-url': avatarUrl == null ? undefined : mistakeInAddress(avatarUrl, PICTURE),
  }
  for (const [option, mistake] of Object.entries(mistakes)) {
    if (mistake !== undefined) throw new UsageError(`--${option} ${mistake}.`)
  }
}

/**
 * Signs a token with the secret of the configuration: JWT_SECRET, or else the development secret in DATA_DIR, which is made when it is
 * missing. The token is valid for at most JWT_MAX_TTL. Throws a UsageError when Herald would refuse or ignore a value in it. Throws a
 * CommandError when only an identity provider can sign tokens.
 */
export async function signFromConfig(env: Environment, bearer: Bearer): Promise<string> {
  requireBearer(bearer)
  const { auth, dataDir } = loadConfig(env)
  if (auth.jwksUrl !== undefined) {
    throw new CommandError(
      'Tokens are checked with the keys of JWT_JWKS_URL here, so only your identity provider can sign one. ' +
        'Commands that need a token take one from HERALD_TOKEN or --token.',
    )
  }
  const { issuer, audience, claims, maxTtlSeconds } = auth
  const ttlSeconds = Math.min(bearer.ttlSeconds, maxTtlSeconds)
  const secret = auth.secret ?? developmentSecret(dataDir)
  return signToken({ ...bearer, ttlSeconds, secret, issuer, audience, claims })
}

/**
 * The token that the user of the command gave: as an option, or in HERALD_TOKEN; undefined when there is none. The environment is better,
 * since other users of the machine can see options. Throws a UsageError, without the token in it, for what cannot be sent.
 */
export function givenToken(option: string | undefined, env: Environment): string | undefined {
  const token = (option || env['HERALD_TOKEN'])?.trim()
  if (token && /[^!-~]/.test(token)) {
    throw new UsageError('The token has a character that no token has, such as a space or a line break.')
  }
  return token || undefined
}

/** The token that the user of the command gave (`givenToken`), or else one that is signed for `bearer`. */
export async function tokenFor(option: string | undefined, env: Environment, bearer: Bearer): Promise<string> {
  return givenToken(option, env) ?? signFromConfig(env, bearer)
}
