/** Host and port on which a Redis server listens. */
export interface RedisHost {
  readonly host: string
  readonly port: number
}

/** `REDIS_URL`, parsed: the servers to connect to, and the credentials. */
export interface RedisAddress {
  /** One server, Sentinels that know which server is the master, or some servers of a Redis Cluster. */
  readonly kind: 'server' | 'sentinel' | 'cluster'
  /** At least one host. When `kind` is `server`, exactly one. */
  readonly hosts: readonly RedisHost[]
  /** The name of the master among the Sentinels. Empty without Sentinels. */
  readonly masterName: string
  readonly database: number
  readonly isTls: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  /** The user name for the Sentinels themselves, which often need none. */
  readonly sentinelUsername: string | undefined
  readonly sentinelPassword: string | undefined
}

const FORM = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:(.*)@)?([^@/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?(#.*)?$/
const HOST = /^(\[[\da-fA-F:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/
const DEFAULT_PORTS = { server: 6_379, cluster: 6_379, sentinel: 26_379 } as const
const MAX_PORT = 65_535
const SENTINEL_KEYS: readonly string[] = ['sentinelUsername', 'sentinelPassword']

const FORMS =
  'must be an address such as redis://127.0.0.1:6379, redis+sentinel://host1:26379,host2:26379/master-name or ' +
  'redis+cluster://host1:6379,host2:6379, with rediss instead of redis for TLS'

/** A mistake in a URL of Redis. The message is the end of a sentence, and contains no password. */
class Mistake extends Error {}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Mistake('must write special characters of a name or password in percent encoding, such as %25 for %')
  }
}

function readHost(text: string, defaultPort: number): RedisHost {
  const [, host, port = defaultPort] = text.match(HOST) ?? []
  if (host === undefined || Number(port) < 1 || Number(port) > MAX_PORT) {
    // The wrong text is not repeated: it may be a password that was written without a host.
    throw new Mistake('must name hosts as host or host:port, separated by commas')
  }
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

function readUser(text: string | undefined): Pick<RedisAddress, 'username' | 'password'> {
  if (text === undefined || text === '') return { username: undefined, password: undefined }
  const [username = '', ...rest] = text.split(':')
  if (rest.length === 0 || rest.join(':') === '') {
    throw new Mistake('must give a password with the name, as in redis://name:password@host')
  }
  return { username: decode(username) || undefined, password: decode(rest.join(':')) }
}

function readDatabase(text: string): number {
  if (!/^\d*$/.test(text)) throw new Mistake('must have nothing but the number of a database at its end')
  return Number(text)
}

function readPath(kind: RedisAddress['kind'], path: string): Pick<RedisAddress, 'masterName' | 'database'> {
  if (kind === 'server') return { masterName: '', database: readDatabase(path) }
  const [first = '', database = '', ...more] = path.split('/')
  if (kind === 'cluster') {
    if (first !== '') throw new Mistake('must not name a database, because a Redis Cluster has only one')
    return { masterName: '', database: 0 }
  }
  if (first === '')
    throw new Mistake('must name the master behind the hosts, as in redis+sentinel://host1,host2/master-name')
  if (more.length > 0) throw new Mistake('must end after the name of the master and the number of the database')
  return { masterName: decode(first), database: readDatabase(database) }
}

function readQuery(
  kind: RedisAddress['kind'],
  query: string,
): Pick<RedisAddress, 'sentinelUsername' | 'sentinelPassword'> {
  const entries = new URLSearchParams(query)
  const known = kind === 'sentinel' ? SENTINEL_KEYS : []
  for (const key of entries.keys()) if (!known.includes(key)) throw new Mistake(`must not have the parameter ${key}`)
  return {
    sentinelUsername: entries.get('sentinelUsername') ?? undefined,
    sentinelPassword: entries.get('sentinelPassword') ?? undefined,
  }
}

function read(url: string): RedisAddress {
  const [, tls, form, user, hosts = '', path = '', query = '', fragment] = url.match(FORM) ?? []
  if (tls === undefined) throw new Mistake(FORMS)
  if (fragment !== undefined) throw new Mistake('must have no part that begins with #')
  const kind = form === 'sentinel' || form === 'cluster' ? form : 'server'
  const names = hosts.split(',')
  if (kind === 'server' && names.length > 1) {
    throw new Mistake('must begin with redis+sentinel:// or redis+cluster:// when it names several hosts')
  }
  return {
    kind,
    hosts: names.map((name) => readHost(name, DEFAULT_PORTS[kind])),
    isTls: tls === 's',
    ...readPath(kind, path),
    ...readUser(user),
    ...readQuery(kind, query),
  }
}

/**
 * Parses a URL of Redis. For one that is not valid it returns `mistake`: the end of a sentence that begins with the configuration key, such
 * as `must name hosts as host or host:port, separated by commas`.
 */
export function parseRedisUrl(url: string): RedisAddress | { readonly mistake: string } {
  try {
    return read(url)
  } catch (error) {
    if (error instanceof Mistake) return { mistake: error.message }
    throw error
  }
}
