import { type Environment, loadConfig } from '../config.ts'
import { createDeadLetters, type DeadLetters, type KeptLetter } from '../ingress/redis-dead-letters.ts'
import { systemClock } from '../lib/clock.ts'
import { openRedis } from '../redis/redis-start.ts'
import { type CliCommand, CommandError, readOptions, UsageError } from './command.ts'

const help = `Usage: herald dead [options]

Shows the commands from Redis that were rejected, the oldest first: when, which, why, and the command itself. They are at
REDIS_URL, under REDIS_PREFIX.

Options:
  --replay <id>    Send a command again, to the end of the stream, and take it off the list; "all" for all of
                   them. May be repeated.
  --delete <id>    Take a command off the list; "all" for all of them. May be repeated.
  --limit <count>  Show at most so many. Default: 20.
  --json           One JSON object per line, with the whole command.
  -h, --help       Show this.

Examples:
  herald dead
  herald dead --replay 1795506071017-0
  herald dead --delete all
`

const PAGE = 100
const MAX_SHOWN = 300

/** A text as one line of at most 300 characters, without control characters that a terminal would obey. */
function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line
}

function describe({ id, at, from, entry, code, reason, command, isCut }: KeptLetter): string {
  return [
    `${id}  ${new Date(at).toISOString()}  ${from}${entry ? ` ${oneLine(entry)}` : ''}  ${oneLine(code)}`,
    `  ${oneLine(reason)}`,
    `  ${oneLine(command)}${isCut ? ' (only its beginning is kept)' : ''}`,
  ].join('\n')
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Yields all dead letters that are there at the first step, the oldest first. Later ones are left out. */
const all = async function* (letters: DeadLetters): AsyncGenerator<KeptLetter> {
  const last = await letters.last()
  for (let after: string | undefined; last !== undefined; ) {
    const page = await letters.list(after, PAGE)
    for (const letter of page) {
      yield letter
      if (letter.id === last) return
    }
    after = page.at(-1)?.id
    if (after === undefined) return
  }
}

const named = async function* (letters: DeadLetters, ids: readonly string[]): AsyncGenerator<KeptLetter> {
  for (const id of ids) {
    if (!/^\d+-\d+$/.test(id)) throw new UsageError(`An id looks like 1795506071017-0, or is "all"; this is "${id}".`)
    const letter = await letters.find(id)
    if (!letter) throw new CommandError(`There is no rejected command ${id}.`)
    yield letter
  }
}

function chosen(letters: DeadLetters, ids: readonly string[]): AsyncGenerator<KeptLetter> {
  return ids.includes('all') ? all(letters) : named(letters, ids)
}

function commands(count: number): string {
  return `${count} ${count === 1 ? 'command' : 'commands'}`
}

async function replay(letters: DeadLetters, ids: readonly string[]): Promise<void> {
  let count = 0
  for await (const letter of chosen(letters, ids)) {
    if (letter.isCut) {
      process.stderr.write(`${letter.id} was too large and is not kept whole, so it cannot be sent again.\n`)
      process.exitCode = 1
      continue
    }
    await letters.replay(letter)
    count += 1
  }
  print(`Sent ${commands(count)} again.`)
}

async function remove(letters: DeadLetters, ids: readonly string[]): Promise<void> {
  let count = 0
  for await (const { id } of chosen(letters, ids)) if (await letters.remove(id)) count += 1
  print(`Deleted ${commands(count)}.`)
}

async function show(letters: DeadLetters, limit: number, isJson: boolean): Promise<void> {
  let count = 0
  for await (const letter of all(letters)) {
    if (count === limit) break
    count += 1
    print(isJson ? JSON.stringify({ ...letter, at: new Date(letter.at).toISOString() }) : describe(letter))
  }
  if (isJson) return
  const total = await letters.count()
  if (total === 0) print('No command was rejected.')
  else if (total > count) print(`… and ${total - count} more.`)
}

function limitOf(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`--limit must be a whole number from 1; it is "${text}".`)
  return Number(text)
}

async function openLetters(env: Environment) {
  const { redis, limits } = loadConfig(env)
  if (!redis) throw new CommandError('REDIS_URL is not set. Without Redis there are no commands from it.')
  const { client } = await openRedis(redis, 'herald-dead')
  const options = { ...redis, client, clock: systemClock, max: limits.deadCommands, maxBytes: limits.requestBytes }
  return { letters: createDeadLetters(options), close: () => client.disconnect() }
}

/** The command `herald dead`: shows commands from Redis that were rejected, sends them again, or deletes them. */
export const dead: CliCommand = {
  help,
  run: async (args, env) => {
    const options = readOptions(args, {
      replay: { type: 'string', multiple: true },
      delete: { type: 'string', multiple: true },
      limit: { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
    })
    if (options.replay && options.delete) throw new UsageError('Give either --replay or --delete.')
    const limit = limitOf(options.limit)
    const { letters, close } = await openLetters(env)
    try {
      if (options.replay) await replay(letters, options.replay)
      else if (options.delete) await remove(letters, options.delete)
      else await show(letters, limit, options.json)
    } finally {
      close()
    }
  },
}
