import { parseTime } from '../lib/time.ts'
import { ASKING_HELP, ASKING_OPTIONS, askAsBackend } from './ask.ts'
import { type CliCommand, readOptions, UsageError } from './command.ts'

const help = `Usage: herald revoke --user <id> | --jti <id> [options]

Refuses tokens that have not ended, and closes what was opened with them. On all nodes within a second.

Options:
  --user <id>      Refuses the tokens of a user that were issued until now.
  --before <time>  With --user: those that were issued before this moment, such as 2026-03-14T09:26:53Z.
  --jti <id>       Refuses one token, by its claim "jti".
${ASKING_HELP}
  -h, --help       Show this.

Example:
  herald revoke --user alice
`

const TOKENS = /* GraphQL */ `
  mutation RevokeTokens($userId: ID!, $issuedBefore: DateTime) {
    revoked: revokeTokens(userId: $userId, issuedBefore: $issuedBefore) {
      issuedBefore
      closedConnections
    }
  }
`
const TOKEN = /* GraphQL */ `
  mutation RevokeToken($jti: ID!) {
    revoked: revokeToken(jti: $jti) {
      issuedBefore
      closedConnections
    }
  }
`

interface Answer {
  readonly revoked: { readonly issuedBefore: string | null; readonly closedConnections: number }
}

interface Asked {
  readonly user?: string | undefined
  readonly before?: string | undefined
  readonly jti?: string | undefined
}

function variablesOf({ user, before, jti }: Asked) {
  if ((user === undefined) === (jti === undefined)) throw new UsageError('Give either --user or --jti.')
  if (before === undefined) {
    return user === undefined ? { query: TOKEN, variables: { jti } } : { query: TOKENS, variables: { userId: user } }
  }
  if (user === undefined) throw new UsageError('--before goes with --user.')
  if (parseTime(before) === undefined) throw new UsageError('--before must be a moment such as 2026-03-14T09:26:53Z.')
  return { query: TOKENS, variables: { userId: user, issuedBefore: before } }
}

function describe({ issuedBefore, closedConnections: closed }: Answer['revoked']): string {
  const what =
    issuedBefore === null ? 'The token is refused' : `Tokens that were issued before ${issuedBefore} are refused`
  return `${what}; ${closed} ${closed === 1 ? 'connection was' : 'connections were'} closed.`
}

/** The command `herald revoke`: revokes tokens over HTTP, as a backend. */
export const revoke: CliCommand = {
  help,
  run: async (args, env) => {
    const options = readOptions(args, {
      user: { type: 'string' },
      before: { type: 'string' },
      jti: { type: 'string' },
      ...ASKING_OPTIONS,
    })
    const { revoked } = await askAsBackend<Answer>(options, env, variablesOf(options))
    process.stdout.write(`${options.json ? JSON.stringify(revoked) : describe(revoked)}\n`)
  },
}
