import { CommandError } from './command.ts'

interface Question {
  readonly url: string
  readonly token: string
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
}

interface Answer<Data> {
  readonly data?: Data | null
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[]
}

const TIMEOUT_MS = 30_000

const post = async ({ url, token, query, variables }: Question): Promise<Response> => {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const reason = cause instanceof Error ? ('code' in cause ? cause.code : cause.message) : cause
    throw new CommandError(`Cannot reach ${url} (${reason}). Is Herald running there?`)
  }
}

/** Runs a query or mutation over HTTP. Throws CommandError when Herald cannot be reached or refuses it. */
export const ask = async <Data>(question: Question): Promise<Data> => {
  const response = await post(question)
  const text = await response.text()
  let answer: Answer<Data>
  try {
    answer = JSON.parse(text)
  } catch {
    throw new CommandError(`${question.url} answered with status ${response.status} and no JSON. Is Herald there?`)
  }
  const [error] = answer.errors ?? []
  if (error) throw new CommandError(`${error.extensions?.code ?? 'Refused'}: ${error.message}`)
  if (!answer.data) throw new CommandError(`${question.url} answered with status ${response.status} and no data.`)
  return answer.data
}
