import { z } from 'zod'
import { secretsIn } from './auth/secrets.ts'
import { nodeEnv, origins, readBy, redisUrl, trustedProxies, webhookUrl } from './config-values.ts'
import { webhookSecretsIn } from './handoff/webhook-address.ts'
import { MAX_DAYS, parseDuration } from './lib/duration.ts'
import { handOffRulesIn, ticketRulesIn } from './lib/hand-off-rule.ts'
import { DEFAULT_EVENTS_DAYS, DEFAULT_RETENTION, DEFAULT_TYPING, LIMITS, type LimitKey } from './lib/limits.ts'

/** One configuration key of the environment: its parser, its default, and a sentence about it for docs/configuration.md and `--help`. */
interface Key<Value> {
  readonly schema: z.ZodType<Value, string>
  /** The text that counts when the key is not set. Undefined: the key has no value then. */
  readonly fallback: string | undefined
  readonly meaning: string
}

function required<Value>(fallback: string | number, schema: z.ZodType<Value, string>, meaning: string): Key<Value> {
  return { schema, fallback: String(fallback), meaning }
}

function optional<Value>(schema: z.ZodType<Value, string>, meaning: string): Key<Value | undefined> {
  return { schema, fallback: undefined, meaning }
}

const MIN_METRICS_TOKEN = 16

function whole(min: number, max: number) {
  return z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`)
}

const size = whole(1, 2 ** 30)
const duration = whole(0, 86_400_000)
const days = whole(1, 36_500)
const text = z.string()
// Trimmed, because files and shells add line breaks, and no claim begins or ends with one.
const word = z.string().trim()
const yesNo = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true')
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https address' })

const postgresUrl = z.url({
  protocol: /^postgres(ql)?$/,
  error: 'must be an address such as postgres://user:password@127.0.0.1:5432/herald',
})

// Without braces: a Redis Cluster keeps keys with the same text in braces together, and Herald chooses that text.
const redisPrefix = z.string().regex(/^[^{}]*$/, 'must have no braces')

const secret = readBy((text) => {
  secretsIn(text)
  return text
})

/** Parses a duration such as `12h` to seconds. */
const span = z.string().transform((text, context) => {
  const seconds = parseDuration(text)
  if (seconds !== undefined) return seconds
  context.addIssue(`must be a time such as 30m, 12h or 90d, at most ${MAX_DAYS}d`)
  return z.NEVER
})

const ROLES = ['customer', 'agent', 'admin', 'backend'] as const

const roles = z
  .string()
  .transform((list) => list.split(',').map((entry) => entry.trim().toLowerCase()))
  .pipe(z.array(z.enum(ROLES, `must be one or more of ${ROLES.join(', ')}`)))

const files = z.string().transform((list) => list.split(',').map((entry) => entry.trim()))

const workers = z.union([z.literal('auto'), whole(1, 256)], {
  error: 'must be auto or a whole number from 1 to 256',
})

const metricsToken = z
  .string()
  .regex(/^\S+$/, 'must not contain spaces')
  .min(MIN_METRICS_TOKEN, `must have at least ${MIN_METRICS_TOKEN} characters`)

const level = z.enum(
  ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
  'must be trace, debug, info, warn, error, fatal or silent',
)

const limitKeys = Object.fromEntries(
  Object.values(LIMITS).map(({ key, fallback, meaning }) => [key, required(fallback, size, meaning)]),
) as Readonly<Record<LimitKey, Key<number>>>

/** Every configuration key, in the order in which docs/configuration.md and `--help` list them. */
export const CONFIG_KEYS = {
  HOST: required('127.0.0.1', text, 'Address to listen on; `0.0.0.0` for all.'),
  PORT: required(4000, whole(0, 65_535), 'Port to listen on; 0 for any free one.'),
  WORKERS: required(
    1,
    workers,
    'Processes that serve the port together; `auto` for one per core. More than one need `REDIS_URL`.',
  ),
  WORKER_HANG_MS: required(30_000, whole(2_000, 600_000), 'One of several workers that hangs for so long is replaced.'),
  DATA_DIR: required('./data', text, 'Folder of the embedded database and of the development secret.'),
  DATABASE_URL: optional(postgresUrl, 'Database on a Postgres server (15 or newer), instead of the embedded one.'),
  DATABASE_POOL_SIZE: required(
    10,
    whole(2, 1_000),
    'Connections to Postgres at a time, for reads and writes together.',
  ),
  DATABASE_READ_POOL_SIZE: optional(
    whole(1, 999),
    'How many of them are for reads, which so do not wait for writes; by default half.',
  ),
  REDIS_URL: optional(
    redisUrl,
    'Redis that several nodes share: `redis://`, `redis+sentinel://` or `redis+cluster://`, with `rediss` for TLS.',
  ),
  REDIS_CA_FILE: optional(
    text,
    'File with the certificates (PEM) to check those of Redis with; by default those of Node.js.',
  ),
  REDIS_PREFIX: required(
    'herald:',
    redisPrefix,
    'Begins every key and channel in Redis: nodes with the same one belong together.',
  ),
  REDIS_CANARY_MS: required(5_000, whole(100, 60_000), 'How often it is tried whether messages pass through Redis.'),
  REDIS_LEASE_MS: required(
    25_000,
    whole(500, 600_000),
    'What a node held is given up when it was silent for this long.',
  ),
  JWT_SECRET: optional(
    secret,
    'Secret of HS256 tokens, at least 32 bytes; of several, separated by commas, the first signs and all verify.',
  ),
  JWT_JWKS_URL: optional(httpUrl, 'Where the public keys of your identity provider are; instead of `JWT_SECRET`.'),
  JWT_MAX_TTL: required(
    '90d',
    span,
    'The longest life of a token, from `iat` to `exp`; `30m`, `12h`, `90d`. What lives longer is refused.',
  ),
  JWT_ISSUER: optional(word, 'The `iss` that tokens must have.'),
  JWT_AUDIENCE: optional(word, 'The `aud` that tokens must have.'),
  JWT_CLAIM_USER_ID: required('sub', word, 'Claim with the user id.'),
  JWT_CLAIM_ROLE: required(
    'role',
    word,
    'Claim with `customer`, `agent`, `admin` or `backend`; customer when missing.',
  ),
  JWT_CLAIM_NAME: required('name', word, 'Claim with the name to show.'),
  JWT_CLAIM_AVATAR_URL: required('avatarUrl', word, 'Claim with the picture to show.'),
  FRONTEND_URL: optional(
    origins,
    'Origins that browsers may come from, separated by commas: `https://app.example.com`, `https://*.example.com`, `capacitor://localhost`.',
  ),
  TRUST_PROXY: optional(
    trustedProxies,
    'Proxies whose `X-Forwarded-For` is believed: how many there are, such as `1`, or their addresses and ranges, such as `10.0.0.0/8`.',
  ),
  NODE_ENV: optional(nodeEnv, '`production` refuses to start without `JWT_SECRET` or `JWT_JWKS_URL`.'),
  LOG_LEVEL: required('info', level, '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`.'),
  LOG_PRETTY: optional(yesNo, 'Lines for people (`true`) or JSON (`false`); by default people on a terminal.'),
  GRAPHIQL: required(
    'true',
    yesNo,
    'Serve GraphiQL at `/graphql`, and without `JWT_SECRET` and `JWT_JWKS_URL` a start page at `/`.',
  ),
  DEMO: required(
    'false',
    yesNo,
    'Serve the demo at `/demo` although `JWT_SECRET` is set, to whoever knows the link that Herald prints at the start.',
  ),
  INTROSPECTION: optional(yesNo, 'Answer introspection; by default everywhere but in production.'),
  TRUSTED_DOCUMENTS: optional(
    files,
    'Files with the documents of your frontends, separated by commas, which clients can name by their ids.',
  ),
  TRUSTED_ONLY: optional(
    roles,
    'Roles that may use no other documents, separated by commas, such as `customer,agent`; strangers count as customers.',
  ),
  METRICS_TOKEN: optional(
    metricsToken,
    'Bearer token for `/metrics`; without it, only this machine can read them, and in production nobody.',
  ),
  DRAIN_MS: required(5_000, duration, 'Time over which sockets are closed at a stop.'),
  RESUME_TTL_MS: required(600_000, duration, 'How long a subscription can be continued after its socket has gone.'),
  RETENTION_READ_DAYS: required(
    DEFAULT_RETENTION.readDays,
    days,
    'How long a notification is kept that was read or archived.',
  ),
  RETENTION_REMOVED_DAYS: required(
    DEFAULT_RETENTION.removedDays,
    days,
    'How long devices that were away learn that a notification left the inbox, or that a ticket is no longer theirs.',
  ),
  RETENTION_EVENTS_DAYS: required(
    DEFAULT_EVENTS_DAYS,
    days,
    'How long events for the backend stay in the Redis stream, and how long those are kept that could not be sent.',
  ),
  HANDOFF_URL: optional(
    webhookUrl,
    'Webhook of your backend, which is sent what nobody saw: an https address, or http on this machine.',
  ),
  HANDOFF_SECRET: optional(
    readBy(webhookSecretsIn),
    'Secret with which events are signed: `whsec_` and 24 to 64 bytes in base64; of several, separated by commas, each signs.',
  ),
  HANDOFF_CATEGORIES: optional(
    readBy(handOffRulesIn),
    'When notifications of a category are handed off to the backend, as in `billing=5m:SEEN,security=0:READ+ONLINE`; by default never.',
  ),
  HANDOFF_TICKETS: optional(
    readBy(ticketRulesIn),
    'When unread messages of tickets are handed off, by role, as in `customer=10m:READ,agent=15m:READ+ONLINE`; by default never.',
  ),
  PRESENCE_GRACE_MS: required(10_000, duration, 'How long a user stays online after the last connection has gone.'),
  TICKET_GRACE_MS: required(5_000, duration, 'How long somebody stays in a ticket after the last connection has gone.'),
  REOPEN_RESOLVED: required('true', yesNo, 'A message of a customer to a resolved ticket opens it again.'),
  TYPING_RESEND_MS: required(DEFAULT_TYPING.resendMs, duration, 'Clients repeat that they type after this.'),
  TYPING_IDLE_STOP_MS: required(DEFAULT_TYPING.idleStopMs, duration, 'Clients say that they stopped after this.'),
  TYPING_EXPIRY_MS: required(DEFAULT_TYPING.expiryMs, duration, 'A typing indicator ends by itself after this.'),
  TYPING_THROTTLE_MS: required(DEFAULT_TYPING.throttleMs, duration, 'At most one typing indicator per device in this.'),
  ...limitKeys,
} as const

/** The parsed values of all configuration keys. */
export type ConfigValues = {
  readonly [Name in keyof typeof CONFIG_KEYS]: (typeof CONFIG_KEYS)[Name] extends Key<infer Value> ? Value : never
}

/** Deprecated names of configuration keys, which are still read, with the present name of each. */
export const DEPRECATED_KEYS: Readonly<Record<string, keyof typeof CONFIG_KEYS>> = {
  MAX_POSITIONS_PER_USER: 'MAX_CHECKPOINTS_PER_USER',
}
