import { join } from 'node:path'
import type { Role } from './auth/viewer.ts'
import { findContradictions } from './config-contradictions.ts'
import { CONFIG_KEYS, type ConfigValues, DEPRECATED_KEYS } from './config-keys.ts'
import type { RedisAddress } from './lib/address.ts'
import type { TrustedProxies } from './lib/client-address.ts'
import type { HandOffRule } from './lib/hand-off-rule.ts'
import { type Limits, limitsOf, type Retention, type TypingTimes } from './lib/limits.ts'

/** The environment variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The configuration of a process, checked. Times are in milliseconds, unless a name says otherwise. */
export interface Config {
  readonly isProduction: boolean
  /** Whether no key for tokens is configured, so that Herald signs them itself, for this machine alone. */
  readonly isDevelopment: boolean
  /** How many worker processes serve on this machine. `auto`: one for each core. */
  readonly workers: number | 'auto'
  /** A worker whose event loop hangs for this long is replaced. */
  readonly workerHangMs: number
  readonly server: {
    readonly host: string
    readonly port: number
    /** Whether only processes of this machine can connect. */
    readonly isLoopback: boolean
    /** The origins that browsers may come from. Undefined: that of the server, and on loopback any of this machine. */
    readonly origins: readonly string[] | undefined
    /** The proxies whose `X-Forwarded-For` is trusted; undefined: none. */
    readonly trustedProxies: TrustedProxies | undefined
    readonly introspection: boolean
    readonly graphiql: boolean
    /** Whether the demo is served outside development. */
    readonly demo: boolean
    /** The files of trusted documents, and the roles that may send no other documents. */
    readonly trusted: { readonly files: readonly string[]; readonly only: readonly Role[] } | undefined
    readonly drainMs: number
    readonly isProduction: boolean
    /** The token with which the metrics can be read. */
    readonly metricsToken: string | undefined
  }
  readonly dataDir: string
  /** The file of the embedded database. */
  readonly databaseFile: string
  /** The Postgres to use instead of the embedded database; undefined: none. */
  readonly postgres:
    | { readonly url: string; readonly poolSize: number; readonly readers: number | undefined }
    | undefined
  /** The Redis that several nodes share. Undefined: there is a single node. */
  readonly redis:
    | {
        readonly address: RedisAddress
        /** The file with certificates of authorities for Redis. Undefined: those of Node.js. */
        readonly caFile: string | undefined
        readonly prefix: string
        readonly canaryMs: number
        readonly leaseMs: number
      }
    | undefined
  readonly auth: {
    readonly secret: string | undefined
    readonly jwksUrl: string | undefined
    /** The longest life of a token, in seconds. */
    readonly maxTtlSeconds: number
    readonly issuer: string | undefined
    readonly audience: string | undefined
    readonly claims: {
      readonly userId: string
      readonly role: string
      readonly name: string
      readonly avatarUrl: string
    }
  }
  readonly log: { readonly level: string; readonly pretty: boolean | undefined }
  readonly typing: TypingTimes
  readonly presenceGraceMs: number
  readonly ticketGraceMs: number
  readonly reopenResolved: boolean
  readonly resumeTtlMs: number
  readonly retention: Retention
  readonly handoff: {
    /** The webhook of the backend. Undefined: there is none. */
    readonly webhook: { readonly url: string; readonly secrets: readonly string[] } | undefined
    /** When notifications of a category are handed off. */
    readonly categories: ReadonlyMap<string, HandOffRule>
    /** When unread messages of tickets are handed off, by role. */
    readonly roles: ReadonlyMap<string, HandOffRule>
    /** How long events for the backend are kept in Redis, and those that were given up. */
    readonly keepMs: number
  }
  readonly limits: Limits
}

/** Thrown when the configuration is not valid. The message lists every mistake in plain words. */
export class ConfigError extends Error {
  constructor(mistakes: readonly string[]) {
    super(`Herald cannot start with this configuration:\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`)
    this.name = 'ConfigError'
  }
}

const DAY_MS = 24 * 60 * 60 * 1000

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost'])

/** The name under which a key is set in the environment: its own name, or else a deprecated one that is set. */
function nameOf(key: string, env: Environment): string {
  if (env[key]) return key
  return Object.keys(DEPRECATED_KEYS).find((name) => DEPRECATED_KEYS[name] === key && env[name]) ?? key
}

/** Parses all keys. An empty value counts as not set, because that is how shells and compose files leave out a key. */
function readKeys(env: Environment): { readonly values: ConfigValues; readonly mistakes: readonly string[] } {
  const mistakes: string[] = []
  const values = Object.entries(CONFIG_KEYS).map(([key, { schema, fallback }]) => {
    const name = nameOf(key, env)
    const text = env[name] || fallback
    if (text === undefined) return [key, undefined]
    const { data, error } = schema.safeParse(text)
    if (error) mistakes.push(`${name} ${error.issues.map(({ message }) => message).join(', ')}.`)
    return [key, data]
  })
  return { values: Object.fromEntries(values), mistakes }
}

function trustedOf({ TRUSTED_DOCUMENTS: files, TRUSTED_ONLY: only = [] }: ConfigValues): Config['server']['trusted'] {
  return files && { files, only: only.map((role) => role.toUpperCase() as Uppercase<typeof role>) }
}

function handoffOf(values: ConfigValues): Config['handoff'] {
  return {
    webhook: values.HANDOFF_URL ? { url: values.HANDOFF_URL, secrets: values.HANDOFF_SECRET ?? [] } : undefined,
    categories: values.HANDOFF_CATEGORIES ?? new Map(),
    roles: values.HANDOFF_TICKETS ?? new Map(),
    keepMs: values.RETENTION_EVENTS_DAYS * DAY_MS,
  }
}

function typingOf(values: ConfigValues): TypingTimes {
  return {
    resendMs: values.TYPING_RESEND_MS,
    idleStopMs: values.TYPING_IDLE_STOP_MS,
    expiryMs: values.TYPING_EXPIRY_MS,
    throttleMs: values.TYPING_THROTTLE_MS,
  }
}

/** Reads the configuration from the environment. Throws a ConfigError that lists every mistake at once. */
export function loadConfig(env: Environment): Config {
  const { values, mistakes } = readKeys(env)
  const isLoopback = LOOPBACK.has(values.HOST)
  const all = [...mistakes, ...findContradictions(values, (key) => Boolean(env[key]), isLoopback)]
  if (all.length > 0) throw new ConfigError(all)
  const isProduction = values.NODE_ENV === 'production'

  return {
    isProduction,
    isDevelopment: values.JWT_SECRET === undefined && values.JWT_JWKS_URL === undefined,
    workers: values.WORKERS,
    workerHangMs: values.WORKER_HANG_MS,
    server: {
      host: values.HOST,
      port: values.PORT,
      isLoopback,
      origins: values.FRONTEND_URL,
      trustedProxies: values.TRUST_PROXY,
      introspection: values.INTROSPECTION ?? !isProduction,
      graphiql: values.GRAPHIQL,
      demo: values.DEMO,
      trusted: trustedOf(values),
      drainMs: values.DRAIN_MS,
      isProduction,
      metricsToken: values.METRICS_TOKEN,
    },
    dataDir: values.DATA_DIR,
    databaseFile: join(values.DATA_DIR, 'herald.db'),
    postgres: values.DATABASE_URL
      ? { url: values.DATABASE_URL, poolSize: values.DATABASE_POOL_SIZE, readers: values.DATABASE_READ_POOL_SIZE }
      : undefined,
    redis: values.REDIS_URL
      ? {
          address: values.REDIS_URL,
          caFile: values.REDIS_CA_FILE,
          prefix: values.REDIS_PREFIX,
          canaryMs: values.REDIS_CANARY_MS,
          leaseMs: values.REDIS_LEASE_MS,
        }
      : undefined,
    auth: {
      secret: values.JWT_SECRET,
      jwksUrl: values.JWT_JWKS_URL,
      maxTtlSeconds: values.JWT_MAX_TTL,
      issuer: values.JWT_ISSUER,
      audience: values.JWT_AUDIENCE,
      claims: {
        userId: values.JWT_CLAIM_USER_ID,
        role: values.JWT_CLAIM_ROLE,
        name: values.JWT_CLAIM_NAME,
        avatarUrl: values.JWT_CLAIM_AVATAR_URL,
      },
    },
    log: { level: values.LOG_LEVEL, pretty: values.LOG_PRETTY },
    typing: typingOf(values),
    presenceGraceMs: values.PRESENCE_GRACE_MS,
    ticketGraceMs: values.TICKET_GRACE_MS,
    reopenResolved: values.REOPEN_RESOLVED,
    resumeTtlMs: values.RESUME_TTL_MS,
    retention: { readDays: values.RETENTION_READ_DAYS, removedDays: values.RETENTION_REMOVED_DAYS },
    handoff: handoffOf(values),
    limits: limitsOf(values),
  }
}

/** The configuration keys as lines of text, for `--help`. */
export function describeConfig(): string {
  return Object.entries(CONFIG_KEYS)
    .map(([key, { fallback, meaning }]) => `  ${key.padEnd(30)} ${meaning}${fallback ? ` Default: ${fallback}.` : ''}`)
    .join('\n')
}
