import type { Client, ExecutionResult } from 'graphql-ws'
import type { Environment } from '../config.ts'
import { systemClock } from '../lib/clock.ts'
import { type CliCommand, CommandError, readOptions, requireOption, UsageError } from './command.ts'
import { givenToken, roleOf, SIGNED_HERE, signFromConfig } from './credentials.ts'
import { endpointOf, URL_HELP } from './endpoint.ts'
import { openLastingClient, waitBeforeTry } from './lasting-client.ts'
import { STREAMS, type Stream } from './streams.ts'

const help = `Usage: herald listen --user <id> [options]

Shows what a user is told, as it happens: notifications, unread counts, activity in tickets and custom events.
Reconnects by itself and misses no notification meanwhile. Ctrl-C ends it.

Options:
  --user <id>      Whose events to show, with a token signed as "herald token" does.
  --role <role>    customer, agent, admin or backend. Default: customer.
  ${URL_HELP}
  --token <token>  Instead of --user and --role: a token; better give it as HERALD_TOKEN in the environment.
  --json           One JSON object per line: {"subscription": …, "data": …}.
  -h, --help       Show this.

Example:
  herald listen --user alice
`

const TOKEN_SECONDS = 3_600

type Results = AsyncIterable<ExecutionResult<Record<string, unknown>>>

type Show = (stream: Stream, item: unknown) => void

const showJson: Show = ({ field }, data) => {
  process.stdout.write(`${JSON.stringify({ subscription: field, data })}\n`)
}

const showLine: Show = ({ describe }, item) => {
  const time = new Date(systemClock.now()).toLocaleTimeString('en-GB')
  // The item has the type that `describe` expects, because both belong to one stream.
  process.stdout.write(`${time}  ${describe(item as never)}\n`)
}

function print(text: string): void {
  process.stderr.write(`${text}\n`)
}

function messagesOf(errors: readonly { readonly message: string }[]): string {
  return errors.map(({ message }) => message).join(' ')
}

/** Follows one subscription, and shows its items. Never resolves. Rejects when the connection is refused for good. */
async function followStream(client: Client, stream: Stream, show: Show): Promise<never> {
  let after: string | undefined
  // The client sends its variables again with each new connection. The getter lets it continue after the last item.
  const variables = Object.defineProperty({}, 'after', { enumerable: true, get: () => after })
  for (let failures = 0; ; failures++) {
    try {
      for await (const { data, errors } of client.iterate({ query: stream.query, variables }) as Results) {
        if (errors) print(`${stream.field}: ${messagesOf(errors)}`)
        const item = data?.[stream.field]
        if (item == null) continue
        failures = 0
        if (stream.isLog) after = (item as { readonly cursor: string }).cursor
        show(stream, item)
      }
    } catch (error) {
      if (!Array.isArray(error)) throw error
      print(`${stream.field}: ${messagesOf(error)}`)
      after = undefined
    }
    await waitBeforeTry(failures)
  }
}

function refused(error: unknown, isSignedHere: boolean): Error {
  if (error instanceof Error) return error
  const { code, reason } = error as { readonly code?: number; readonly reason?: string }
  const advice = isSignedHere && code === 4401 ? ` ${SIGNED_HERE}` : ''
  return new CommandError(
    `Herald refused the connection: ${reason?.replace(/\.$/, '') || 'no reason given'} (${code}).${advice}`,
  )
}

/** The function that gives the token to listen with. `--user` goes before a token in the environment. */
function tokenSource(options: { user?: string; role: string; token?: string }, env: Environment) {
  if (options.user !== undefined && options.token !== undefined) {
    throw new UsageError('Give either --user or --token: a token says who its user is.')
  }
  const given = options.user === undefined ? givenToken(options.token, env) : undefined
  if (given !== undefined) return async () => given
  const bearer = { userId: requireOption('user', options.user), role: roleOf(options.role), ttlSeconds: TOKEN_SECONDS }
  return () => signFromConfig(env, bearer)
}

/** Ends the process in good order on Ctrl-C and SIGTERM, and when the reader of its output has gone. */
function endOnSignals(client: Client): void {
  const end = (): void => {
    // Closes the connection if there is one. It is not waited for, since it never resolves without a connection.
    void client.dispose()
    setImmediate(() => process.exit(0))
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
  process.stdout.on('error', end)
}

/** The command `herald listen`: shows a user's events on standard output until it is stopped. */
export const listen: CliCommand = {
  help,
  run: async (args, env) => {
    const options = readOptions(args, {
      user: { type: 'string' },
      role: { type: 'string', default: 'customer' },
      url: { type: 'string' },
      token: { type: 'string' },
      json: { type: 'boolean', default: false },
    })
    const url = endpointOf(options.url, env, 'ws')
    const token = tokenSource(options, env)
    // Signed once ahead, so that a wrong configuration ends the command instead of being tried for ever.
    await token()
    const client = openLastingClient({ url, token, print })
    endOnSignals(client)
    const show = options.json ? showJson : showLine
    try {
      await Promise.all(STREAMS.map((stream) => followStream(client, stream, show)))
    } catch (error) {
      throw refused(error, options.user !== undefined)
    }
  },
}
