import { type Kysely, sql } from 'kysely'
import { codeOfError, StartError } from '../lib/start-error.ts'
import { ForeignSchema } from './migrate.ts'
import { isConnectionLost } from './postgres-errors.ts'
import type { Tables } from './tables.ts'

const OLDEST = 15
/** The oldest version that Herald works with, as the server numbers it. */
const OLDEST_NUMBER = OLDEST * 10_000

function whoAndWhere(url: string) {
  const { hostname, port, pathname, username, searchParams } = new URL(url)
  const host = searchParams.get('host') ?? hostname
  return {
    server: `${host || 'localhost'}:${port || 5_432}`,
    user: decodeURIComponent(username) || (searchParams.get('user') ?? ''),
    database: decodeURIComponent(pathname.slice(1)),
  }
}

/** Throws a StartError when the server is older than Postgres 15. */
export async function requireVersion(db: Kysely<Tables>, url: string): Promise<void> {
  const { rows } = await sql<{ number: string; name: string }>`
    SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS name
  `.execute(db)
  const [version] = rows
  if (!version || Number(version.number) >= OLDEST_NUMBER) return
  const { server } = whoAndWhere(url)
  throw new StartError(
    `DATABASE_URL: Postgres at ${server} is version ${version.name}, and Herald needs ${OLDEST} or newer. Update it, or set another DATABASE_URL.`,
  )
}

function messageOf(error: unknown): string {
  // The name of the host has several addresses, and all refused.
  if (error instanceof AggregateError) return messageOf(error.errors[0])
  return error instanceof Error ? error.message : String(error)
}

function sentenceOf(error: unknown, url: string): string | undefined {
  const { server, user, database } = whoAndWhere(url)
  const code = codeOfError(error) ?? ''
  const message = messageOf(error)
  const correct = 'correct DATABASE_URL.'
  if (/ENOTFOUND|EAI_AGAIN/.test(code)) return `no machine is known by the name in ${server}. Start it, or ${correct}`
  if (code === '28P01' || /password must be a string|SASL/.test(message)) {
    return `Postgres at ${server} refuses the password of the user "${user}". Set the right one, or ${correct}`
  }
  if (code === '28000')
    return `Postgres at ${server} lets the user "${user}" not in (${message}). Allow it, or ${correct}`
  if (code === '3D000')
    return `Postgres at ${server} has no database "${database}". Make it with createdb, or ${correct}`
  if (code === '42501')
    return `the user "${user}" may not make tables in "${database}" at ${server}. Grant it CREATE, or ${correct}`
  if (code === '25006')
    return `Postgres at ${server} takes no writes: it is a standby or read-only. Name the primary, or ${correct}`
  if (code === '53300') return `Postgres at ${server} has no connection left. Raise max_connections, or ${correct}`
  if (message.includes('does not support SSL'))
    return `Postgres at ${server} offers no TLS. Turn it on, or leave sslmode out of DATABASE_URL.`
  if (/CERT|SIGNATURE|SELF_SIGNED/.test(code)) {
    return `the certificate of Postgres at ${server} is not trusted (${message}). Name its authority with sslrootcert in DATABASE_URL.`
  }
  if (isConnectionLost(error)) return `no Postgres answers at ${server} (${code || message}). Start it, or ${correct}`
  return undefined
}

/** Explains why Postgres could not be opened. Returns a StartError when the reason is a known one, and otherwise the error itself. */
export function explainPostgresStart(error: unknown, url: string): unknown {
  if (error instanceof StartError) return error
  if (error instanceof ForeignSchema) {
    const { server, database } = whoAndWhere(url)
    return new StartError(`DATABASE_URL: the database "${database}" at ${server} ${error.what}`, { cause: error })
  }
  const cause = error instanceof AggregateError ? error.errors[0] : error
  const sentence = sentenceOf(cause, url)
  const mayPass = isConnectionLost(cause) || codeOfError(cause) === '25006'
  return sentence ? new StartError(`DATABASE_URL: ${sentence}`, { mayPass, cause: error }) : error
}
