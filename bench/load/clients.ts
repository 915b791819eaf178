import type { Kind, Peer, Step } from '../peers/peer.ts'
import { openRawSocket } from './sockets.ts'

/** What a client receives. */
export interface Ears {
  /** A message is `data` from `start` to `end`, valid only during the call. Whether it was an event. */
  readonly onText: (client: number, data: Buffer, start: number, end: number) => boolean
  readonly onClose: () => void
}

/** A server that does not answer a step of a greeting for so long never will. */
const TIMEOUT_MS = 60_000

/** Keeps what a client was told until somebody waits for it. */
function createReplies() {
  const received: string[] = []
  let wake = (): void => {}
  return {
    add: (text: string): void => {
      received.push(text)
      wake()
    },
    /** Resolves when a message with this part has come; rejects when it does not in time. */
    waitFor: async (part: string): Promise<void> => {
      while (!received.some((text) => text.includes(part))) {
        const { promise, resolve, reject } = Promise.withResolvers<void>()
        wake = resolve
        const timer = setTimeout(
          () => reject(new Error(`No ${part} came, but ${received.join(' ') || 'nothing'}`)),
          TIMEOUT_MS,
        )
        await promise.finally(() => clearTimeout(timer))
      }
      received.length = 0
    },
  }
}

/** Connects one client and has it say its greeting; resolves when the last step is said. */
async function openClient(
  { peer, url, ears }: { peer: Peer; url: URL; ears: Ears },
  client: number,
  steps: readonly Step[],
): Promise<void> {
  let receiving: ReturnType<typeof createReplies> | undefined = createReplies()
  const { waitFor } = receiving
  let send = (_text: string): void => {}
  const socket = await openRawSocket({
    url,
    protocol: peer.protocol,
    onText: (data, start, end) => {
      if (ears.onText(client, data, start, end)) return
      const text = data.toString('utf8', start, end)
      const answer = peer.answer(text)
      if (answer === undefined) receiving?.add(text)
      else send(answer)
    },
    onClose: ears.onClose,
  })
  send = socket.send
  for (const { say, receive } of steps) {
    if (say !== undefined) send(say)
    if (receive !== undefined) await waitFor(receive)
  }
  receiving = undefined
}

/** What each client says when it connects, and says again when it comes back. */
export async function makeGreetings(peer: Peer, kind: Kind, clients: number): Promise<readonly (readonly Step[])[]> {
  const greetings: (readonly Step[])[] = []
  for (let client = 0; client < clients; client += 1) greetings.push(await peer.greet(kind, client))
  return greetings
}

/** Whom to connect, and where. */
export interface Connecting {
  readonly peer: Peer
  /** Nodes of one product, which get clients in turn. */
  readonly urls: readonly string[]
  readonly greetings: readonly (readonly Step[])[]
  /** Connections under way at a time. */
  readonly atOnce: number
}

/** Connects a client per greeting; resolves when all have said theirs. */
export async function openClients({ peer, urls, greetings, atOnce }: Connecting, ears: Ears): Promise<void> {
  const places = urls.map((url) => new URL(peer.path, url))
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < greetings.length) {
      const client = next++
      const url = places[client % places.length]
      if (url) await openClient({ peer, url, ears }, client, greetings[client] ?? [])
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
