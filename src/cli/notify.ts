import { AppError } from '../lib/errors.ts'
import type { JsonObject } from '../lib/json.ts'
import { parseFaithfulJson } from '../lib/json-text.ts'
import { ask } from './ask.ts'
import { type Command, readOptions, requireOption, UsageError } from './command.ts'
import { tokenFor } from './credentials.ts'
import { endpointOf } from './endpoint.ts'

const help = `Usage: herald notify --to <ids> --title <text> [options]

Stores a notification for users and tells their devices.

Options:
  --to <ids>       Who to tell: user ids, separated by commas; may be repeated. Required.
  --title <text>   One line to show. Required.
  --type <name>    A machine name with dots. Default: message.
  --body <text>    More text to show.
  --data <json>    A JSON object for the client.
  --key <text>     Idempotency key: sending again with it sends nothing.
  --url <url>      Where Herald is. Default: http://127.0.0.1:4000/graphql, with PORT if that is set.
  --token <token>  A backend's token; better give it as HERALD_TOKEN in the environment. Without either,
                   one is signed as "herald token" does.
  --json           Print the answer as JSON.
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

const TOKEN_SECONDS = 60

const idsOf = (lists: readonly string[] = []): readonly string[] => {
  const ids = lists.flatMap((list) => list.split(',')).map((id) => id.trim())
  if (ids.length === 0 || ids.includes('')) throw new UsageError('--to needs user ids, separated by commas.')
  return ids
}

const objectOf = (text: string | undefined): JsonObject | undefined => {
  if (text === undefined) return undefined
  try {
    const value = parseFaithfulJson(text, { within: '--data' })
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  } catch (error) {
    if (error instanceof AppError) throw new UsageError(error.message)
  }
  throw new UsageError(`--data must be a JSON object such as {"order":7}; it is ${text}`)
}

const describe = ({ notificationId, recipients, isDuplicate }: Answer['notify']): string =>
  isDuplicate
    ? `Sent nothing: this key was used before, for ${notificationId}.`
    : `Told ${recipients} ${recipients === 1 ? 'user' : 'users'}: ${notificationId}.`

/** Sends a notification over HTTP, as a backend does. */
export const notify: Command = {
  help,
  run: async (args, env) => {
    const options = readOptions(args, {
      to: { type: 'string', multiple: true },
      title: { type: 'string' },
      type: { type: 'string', default: 'message' },
      body: { type: 'string' },
      data: { type: 'string' },
      key: { type: 'string' },
      url: { type: 'string' },
      token: { type: 'string' },
      json: { type: 'boolean', default: false },
    })
    const { type, body, key } = options
    const data = objectOf(options.data)
    const input = {
      userIds: idsOf(options.to),
      notification: { type, title: requireOption('title', options.title), body, data },
      idempotencyKey: key,
    }
    const url = endpointOf(options.url, env, 'http')
    const bearer = { userId: 'herald-cli', role: 'BACKEND', ttlSeconds: TOKEN_SECONDS } as const
    const token = await tokenFor(options.token, env, bearer)
    const answer = await ask<Answer>({ url, token, query: MUTATION, variables: { input } })
    process.stdout.write(`${options.json ? JSON.stringify(answer.notify) : describe(answer.notify)}\n`)
  },
}
