import { AppError } from '../lib/errors.ts'
import type { JsonObject } from '../lib/json.ts'
import { parseFaithfulJson } from '../lib/json-text.ts'
import { ASKING_HELP, ASKING_OPTIONS, askAsBackend } from './ask.ts'
import { type CliCommand, readOptions, requireOption, UsageError } from './command.ts'

const help = `Usage: herald notify --to <ids> --title <text> [options]

Stores a notification for users and tells their devices.

Options:
  --to <ids>       Who to tell: user ids, separated by commas; may be repeated. Required.
  --title <text>   One line to show. Required.
  --type <name>    A machine name with dots. Default: message.
  --body <text>    More text to show.
  --data <json>    A JSON object for the client.
  --group <key>    While one with this key is unread, they are one entry.
  --key <text>     Idempotency key: sending again with it sends nothing.
${ASKING_HELP}
  -h, --help       Show this.

Example:
  herald notify --to alice,bob --type order.shipped --title "Your order is on its way" --data '{"order":7}'
`

const MUTATION = /* GraphQL */ `
  mutation Notify($input: NotifyInput!) {
    notify(input: $input) {
      notificationId
      recipients
      isDuplicate
    }
  }
`

interface Answer {
  readonly notify: { readonly notificationId: string; readonly recipients: number; readonly isDuplicate: boolean }
}

function idsOf(lists: readonly string[] = []): readonly string[] {
  const ids = lists.flatMap((list) => list.split(',')).map((id) => id.trim())
  if (ids.length === 0 || ids.includes('')) throw new UsageError('--to needs user ids, separated by commas.')
  return ids
}

function objectOf(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined
  try {
    const value = parseFaithfulJson(text, { within: '--data' })
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  } catch (error) {
    if (error instanceof AppError) throw new UsageError(error.message)
  }
  throw new UsageError(`--data must be a JSON object such as {"order":7}; it is ${text}`)
}

function describe({ notificationId, recipients, isDuplicate }: Answer['notify']): string {
  return isDuplicate
    ? `Sent nothing: this key was used before, for ${notificationId}.`
    : `Told ${recipients} ${recipients === 1 ? 'user' : 'users'}: ${notificationId}.`
}

/** The command `herald notify`: sends a notification over HTTP, as a backend. */
export const notify: CliCommand = {
  help,
  run: async (args, env) => {
    const options = readOptions(args, {
      to: { type: 'string', multiple: true },
      title: { type: 'string' },
      type: { type: 'string', default: 'message' },
      body: { type: 'string' },
      data: { type: 'string' },
      group: { type: 'string' },
      key: { type: 'string' },
      ...ASKING_OPTIONS,
    })
    const { type, body, key } = options
    const data = objectOf(options.data)
    const input = {
      userIds: idsOf(options.to),
      notification: { type, title: requireOption('title', options.title), body, data, groupKey: options.group },
      idempotencyKey: key,
    }
    const answer = await askAsBackend<Answer>(options, env, { query: MUTATION, variables: { input } })
    process.stdout.write(`${options.json ? JSON.stringify(answer.notify) : describe(answer.notify)}\n`)
  },
}
