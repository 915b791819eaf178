import { type Environment, loadConfig } from '../config.ts'
import { describeDuration, MAX_DAYS, parseDuration } from '../lib/duration.ts'
import { type CliCommand, readOptions, requireOption, UsageError } from './command.ts'
import { roleOf, signFromConfig } from './credentials.ts'

const help = `Usage: herald token --user <id> [options]

Signs a token and prints it, and nothing else.

Options:
  --user <id>         Who the token is for. Required.
  --role <role>       customer, agent, admin or backend. Default: customer.
  --ttl <time>        How long it is valid: 30s, 15m, 1h, 7d; at most JWT_MAX_TTL. Default: 1h.
  --name <text>       A name to show.
  --avatar-url <url>  A picture to show.
  -h, --help          Show this.

It is signed with JWT_SECRET, of several with the first. Without one it is signed with the development secret in DATA_DIR (./data),
which a Herald that is started in the same folder uses too.

Example:
  herald token --user alice --role customer --ttl 1h
`

function secondsOf(text: string, env: Environment): number {
  const seconds = parseDuration(text)
  if (seconds === undefined) {
    throw new UsageError(`--ttl must be a time such as 30s, 15m, 1h or 7d, at most ${MAX_DAYS}d.`)
  }
  const { maxTtlSeconds } = loadConfig(env).auth
  if (seconds <= maxTtlSeconds) return seconds
  throw new UsageError(
    `--ttl must be at most ${describeDuration(maxTtlSeconds)}, the longest life of a token (JWT_MAX_TTL).`,
  )
}

/** The command `herald token`: prints a signed token on standard output. */
export const token: CliCommand = {
  help,
  run: async (args, env) => {
    const options = readOptions(args, {
      user: { type: 'string' },
      role: { type: 'string', default: 'customer' },
      ttl: { type: 'string', default: '1h' },
      name: { type: 'string' },
      'avatar-url': { type: 'string' },
    })
    const signed = await signFromConfig(env, {
      userId: requireOption('user', options.user),
      role: roleOf(options.role),
      ttlSeconds: secondsOf(options.ttl, env),
      name: options.name,
      avatarUrl: options['avatar-url'],
    })
    process.stdout.write(`${signed}\n`)
  },
}
