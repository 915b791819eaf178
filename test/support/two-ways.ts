import { randomUUID } from 'node:crypto'
import { signTestToken, type TestApp, type TokenRole } from './app.ts'
import { openEventStream } from './event-stream.ts'
import { openRawSocket } from './raw-socket.ts'

/** One user who follows the same subscription in two ways: together with others over a socket, and alone over an event stream. */
export interface TwoWays {
  readonly userId: string
  readonly role: TokenRole
  /** The next result of both, as JSON. */
  next(): Promise<{ readonly shared: string; readonly alone: string }>
  /** Takes results of both until each had one with this text in it. */
  skipTo(text: string): Promise<void>
  /** What the socket has got since that was not taken. Everything that was sent to it is there. */
  rest(): Promise<readonly string[]>
  close(): void
}

// biome-ignore lint/suspicious/noExplicitAny: whatever a document asks for
type Result = any

/** In one order at the top, where the transports differ; everything within as it came. */
function toText({ data, errors, extensions }: Result): string {
  return JSON.stringify({ data, errors, extensions })
}

/** Subscribes a user in both ways. */
export async function followTwoWays(
  app: TestApp,
  userId: string,
  role: TokenRole,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<TwoWays> {
  const token = await signTestToken(userId, role)
  const socket = await openRawSocket(app.wsUrl)
  await socket.init({ authorization: `Bearer ${token}` })
  socket.subscribe(randomUUID(), query, { variables })
  const stream = await openEventStream(app, token, query, variables)

  const nextMessage = async (): Promise<Result> => {
    for (;;) {
      const message = await socket.next()
      // It asks for an acknowledgement about a second after each delivery.
      if (message['type'] === 'ping') continue
      if (message['type'] === 'error') throw new Error(JSON.stringify(message['payload']))
      return message
    }
  }

  const skip = async (next: () => Promise<string>, text: string): Promise<void> => {
    while (!(await next()).includes(text));
  }

  return {
    userId,
    role,
    next: async () => {
      const [message, alone] = await Promise.all([nextMessage(), stream.next()])
      return { shared: toText(message.payload), alone: toText(alone) }
    },
    close: () => {
      socket.ws.terminate()
      stream.close()
    },
    skipTo: async (text) => {
      await Promise.all([
        skip(async () => toText((await nextMessage()).payload), text),
        skip(async () => toText(await stream.next()), text),
      ])
    },
    rest: async () => {
      socket.send({ type: 'ping', payload: { barrier: true } })
      const texts: string[] = []
      for (;;) {
        const message = await nextMessage()
        if (message.type === 'pong') return texts
        texts.push(toText(message.payload))
      }
    },
  }
}
