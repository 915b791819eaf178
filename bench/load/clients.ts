import type { Kind, Peer, Step } from '../peers/peer.ts'
import { openRawSocket } from './sockets.ts'

/** What a client hears. */
export interface Ears {
  /** A message is `data` from `start` to `end`, valid only during the call. Whether it was an event. */
  readonly onText: (client: number, data: Buffer, start: number, end: number) => boolean
  readonly onClose: () => void
}

/** Connections under way at a time. */
const AT_ONCE = 50
/** A server that does not answer a step of a greeting for so long never will. */
const PATIENCE_MS = 60_000

/** Keeps what a client was told until somebody waits for it. */
const createHearing = () => {
  const heard: string[] = []
  let wake = (): void => {}
  return {
    add: (text: string): void => {
      heard.push(text)
      wake()
    },
    /** Resolves when a message with this part has come; rejects when it does not in time. */
    waitFor: async (part: string): Promise<void> => {
      while (!heard.some((text) => text.includes(part))) {
        const { promise, resolve, reject } = Promise.withResolvers<void>()
        wake = resolve
        const timer = setTimeout(
          () => reject(new Error(`No ${part} came, but ${heard.join(' ') || 'nothing'}`)),
          PATIENCE_MS,
        )
        await promise.finally(() => clearTimeout(timer))
      }
      heard.length = 0
    },
  }
}

/** Connects one client and has it say its greeting; resolves when the last step is said. */
const openClient = async (
  { peer, url, ears }: { peer: Peer; url: URL; ears: Ears },
  client: number,
  steps: readonly Step[],
): Promise<void> => {
  let hearing: ReturnType<typeof createHearing> | undefined = createHearing()
  const { waitFor } = hearing
  let send = (_text: string): void => {}
  const socket = await openRawSocket({
    url,
    protocol: peer.protocol,
    onText: (data, start, end) => {
      if (ears.onText(client, data, start, end)) return
      const text = data.toString('utf8', start, end)
      const answer = peer.answer(text)
      if (answer === undefined) hearing?.add(text)
      else send(answer)
    },
    onClose: ears.onClose,
  })
  send = socket.send
  for (const { say, hear } of steps) {
    if (say !== undefined) send(say)
    if (hear !== undefined) await waitFor(hear)
  }
  hearing = undefined
}

/**
 * Connects all clients. Tokens are made before `begin`, so that only the server's part is between that and the end; resolves
 * with what `begin` returned.
 */
export const openClients = async <Begun>(
  { peer, url, kind, clients }: { peer: Peer; url: string; kind: Kind; clients: number },
  ears: Ears,
  begin: () => Begun,
): Promise<Begun> => {
  const greetings: (readonly Step[])[] = []
  for (let client = 0; client < clients; client += 1) greetings.push(await peer.greet(kind, client))
  const target = { peer, url: new URL(peer.path, url), ears }
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < clients) {
      const client = next++
      await openClient(target, client, greetings[client] ?? [])
    }
  }
  const begun = begin()
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return begun
}
