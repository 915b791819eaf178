import type { RedisAddress } from '../lib/address.ts'
import { codeOfError } from '../lib/start-error.ts'

/** Why Redis cannot be used, in texts for an operator, which never contain a password. */
export interface RedisTrouble {
  /** The reason, with the hosts. */
  readonly reason: string
  /** What to do, as a sentence. */
  readonly remedy: string
  /** Whether the cause may pass by itself, such as a Redis that is still starting. */
  readonly mayPass: boolean
}

const CORRECT = 'Correct REDIS_URL.'

/** What to tell operators, by the text of the error. Without a `reason` here, the text itself is the reason. */
const TROUBLES: readonly (readonly [RegExp, Partial<RedisTrouble> & Pick<RedisTrouble, 'remedy'>])[] = [
  [
    /All sentinels are unreachable/,
    { reason: 'no Sentinel answers', remedy: 'Start them, or correct REDIS_URL.', mayPass: true },
  ],
  [/^MOVED/, { reason: 'the server belongs to a Redis Cluster, so begin with redis+cluster://', remedy: CORRECT }],
  [
    /cluster support disabled/,
    { reason: 'the server belongs to no Redis Cluster, so begin with redis://', remedy: CORRECT },
  ],
  [/WRONGPASS|NOAUTH|AUTH failed|invalid password/i, { remedy: 'Correct the name and password in REDIS_URL.' }],
  [/^NOPERM/, { remedy: 'Allow its user the keys and channels that begin with REDIS_PREFIX.' }],
  [/DB index|database index/i, { remedy: 'Correct the number at the end of REDIS_URL.' }],
  [/certificate|CERT_|SELF_SIGNED/i, { remedy: 'Set REDIS_CA_FILE to the certificates of its authority.' }],
  [/wrong version number|EPROTO/, { remedy: 'Begin REDIS_URL with redis:// where it speaks no TLS.' }],
  [
    /^(LOADING|CLUSTERDOWN|MASTERDOWN)|E(CONN|TIMEDOUT|NOTFOUND|AI_AGAIN|HOSTUNREACH|NETUNREACH)|ETIMEDOUT|not ready|Connection is closed/,
    { remedy: 'Start it, or correct REDIS_URL.', mayPass: true },
  ],
]

function innermost(error: unknown): unknown {
  if (error instanceof AggregateError) return innermost(error.errors[0])
  if (error instanceof Error && 'lastNodeError' in error && error.lastNodeError) return innermost(error.lastNodeError)
  // The answer of Redis is the cause of the AppError that it led to.
  return error instanceof Error && error.name === 'AppError' && error.cause ? innermost(error.cause) : error
}

/** Explains an error of connecting to Redis or of its first commands. */
export function explainRedisError(error: unknown, { masterName, hosts }: RedisAddress): RedisTrouble {
  const cause = innermost(error)
  const message = cause instanceof Error ? cause.message : String(cause)
  const where = hosts.map(({ host, port }) => `${host}:${port}`).join(', ')
  if (/No such master|invalid reply: null/.test(message)) {
    const reason = `no Sentinel knows a master called ${masterName}; at ${where}`
    return { reason, remedy: 'Correct the name at the end of REDIS_URL.', mayPass: false }
  }
  const text = `${message} ${codeOfError(cause) ?? ''}`
  const [, found] = TROUBLES.find(([pattern]) => pattern.test(text)) ?? []
  const { reason = message.replace(/\.$/, ''), remedy = CORRECT, mayPass = false } = found ?? {}
  return { reason: `${reason}; at ${where}`, remedy, mayPass }
}
