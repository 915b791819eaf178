import { type Environment, loadConfig } from '../config.ts'
import { type CliCommand, CommandError, readOptions, UsageError } from './command.ts'
import { type Letter, type Letters, openDeadCommands, openUnsentEvents } from './dead-letters.ts'

const help = `Usage: herald dead [options]

Shows the commands from Redis that were rejected, the oldest first: when, which, why, and the command itself. They are at
REDIS_URL, under REDIS_PREFIX. With --events it shows the events for your backend that could not be sent for a day; they are
in the database.

Options:
  --events         The events for your backend, instead of the commands from it.
  --replay <id>    Send one again, a command at the end of the stream, and take it off the list; "all" for all
                   of them. May be repeated.
  --delete <id>    Take one off the list; "all" for all of them. May be repeated.
  --limit <count>  Show at most so many. Default: 20.
  --json           One JSON object per line, with the whole command or event.
  -h, --help       Show this.

Examples:
  herald dead
  herald dead --replay 1795506071017-0
  herald dead --delete all
  herald dead --events --replay all
`

const MAX_SHOWN = 300

/** A text as one line of at most 300 characters, without control characters that a terminal would obey. */
function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line
}

function describe({ lines: [first = '', ...others] }: Letter): string {
  return [oneLine(first), ...others.map((line) => `  ${oneLine(line)}`)].join('\n')
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

const named = async function* (letters: Letters, ids: readonly string[]): AsyncGenerator<Letter> {
  const { pattern, example } = letters.idForm
  for (const id of ids) {
    if (!pattern.test(id)) throw new UsageError(`An id looks like ${example}, or is "all"; this is "${id}".`)
    const found = await letters.find(id)
    const kind = letters.noun === 'command' ? 'rejected command' : 'event that could not be sent,'
    if (found.length === 0) throw new CommandError(`There is no ${kind} ${id}.`)
    yield* found
  }
}

function chosen(letters: Letters, ids: readonly string[]): AsyncGenerator<Letter> {
  return ids.includes('all') ? letters.all() : named(letters, ids)
}

function counted(count: number, { noun }: Letters): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

async function replay(letters: Letters, ids: readonly string[]): Promise<void> {
  let count = 0
  for await (const letter of chosen(letters, ids)) {
    if (letter.obstacle !== undefined) {
      process.stderr.write(`${letter.obstacle}\n`)
      process.exitCode = 1
      continue
    }
    await letter.replay()
    count += 1
  }
  print(`Sent ${counted(count, letters)} again.`)
}

async function remove(letters: Letters, ids: readonly string[]): Promise<void> {
  let count = 0
  for await (const letter of chosen(letters, ids)) if (await letter.remove()) count += 1
  print(`Deleted ${counted(count, letters)}.`)
}

async function show(letters: Letters, limit: number, isJson: boolean): Promise<void> {
  let count = 0
  for await (const letter of letters.all()) {
    if (count === limit) break
    count += 1
    print(isJson ? JSON.stringify(letter.json) : describe(letter))
  }
  if (isJson) return
  const total = await letters.count()
  if (total === 0) print(letters.none)
  else if (total > count) print(`… and ${total - count} more.`)
}

function limitOf(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`--limit must be a whole number from 1; it is "${text}".`)
  return Number(text)
}

function openLetters(env: Environment, isAboutEvents: boolean): Promise<Letters> {
  return isAboutEvents ? openUnsentEvents(loadConfig(env)) : openDeadCommands(loadConfig(env))
}

/** The command `herald dead`: shows commands that were rejected, or events that could not be sent, sends them again, or deletes them. */
export const dead: CliCommand = {
  help,
  run: async (args, env) => {
    const options = readOptions(args, {
      events: { type: 'boolean', default: false },
      replay: { type: 'string', multiple: true },
      delete: { type: 'string', multiple: true },
      limit: { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
    })
    if (options.replay && options.delete) throw new UsageError('Give either --replay or --delete.')
    const limit = limitOf(options.limit)
    const letters = await openLetters(env, options.events)
    try {
      if (options.replay) await replay(letters, options.replay)
      else if (options.delete) await remove(letters, options.delete)
      else await show(letters, limit, options.json)
    } finally {
      await letters.close()
    }
  },
}
