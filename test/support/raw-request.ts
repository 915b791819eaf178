import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A connection on which a test writes HTTP by hand: half of a request, or a byte now and then. */
export interface RawRequest {
  readonly tcp: Socket
  write(text: string): void
  /** What came back so far. */
  readonly text: string
  /** Resolves to the status of the answer. */
  readonly status: Promise<number>
  /** Resolves to all that came when the server has ended the connection. */
  readonly ended: Promise<string>
}

/** Connects to the server of a URL; the connection is closed when the test is over. */
export async function openRawRequest(url: string): Promise<RawRequest> {
  const { hostname, port } = new URL(url)
  const tcp = connect(Number(port), hostname)
  onTestFinished(() => void tcp.destroy())
  let text = ''
  const status = Promise.withResolvers<number>()
  const ended = Promise.withResolvers<string>()
  tcp.on('data', (data) => {
    text += data
    const [, code] = /^HTTP\/1\.1 (\d{3})/.exec(text) ?? []
    if (code !== undefined) status.resolve(Number(code))
  })
  // A reset is an end, too.
  tcp.on('error', () => {})
  tcp.on('close', () => ended.resolve(text))
  await new Promise((resolve) => tcp.once('connect', resolve))
  return {
    tcp,
    write: (part) => void tcp.write(part),
    get text() {
      return text
    },
    status: status.promise,
    ended: ended.promise,
  }
}

/** The head of a request with a JSON body. */
export function headOf(headers: Readonly<Record<string, string | number>>, method = 'POST'): string {
  const lines = { host: 'localhost', 'content-type': 'application/json', ...headers }
  return `${method} /graphql HTTP/1.1\r\n${Object.entries(lines)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`
}
