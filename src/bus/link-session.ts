import type { Clock } from '../lib/clock.ts'
import { createCanary } from './canary.ts'
import { type Defect, type Envelope, encodeEnvelope } from './envelope.ts'
import type { OpenTransport, Received, Transport } from './transport.ts'

export interface LinkSessionOptions {
  /** What the session is with, for operators. */
  readonly name: string
  readonly openTransport: OpenTransport
  /** This node and its database, as it signs what it sends. */
  readonly node: string
  readonly database: string
  readonly clock: Clock
  /** Begins the names of channels of this node's own. Through each a message goes out and back, again after so many milliseconds. */
  readonly canary: {
    readonly channel: string
    readonly ms: number
    /** All came back, the last one after so many milliseconds. */
    readonly onReturn: (lagMs: number) => void
  }
  /** A message came on a channel that was subscribed to; undefined: it is no envelope. */
  readonly onMessage: (channel: string, envelope: Envelope | undefined) => void
  /** Why it is none. */
  readonly onDefect: (defect: Defect) => void
  /** A node with another database published something, which is nobody's business here. */
  readonly onForeign: () => void
  /** The other side answers, but takes no writes, and says so in its own words; undefined: it takes them again. */
  readonly onWriting: (refusal: string | undefined) => void
  /** The session is over for good: a connection broke, or nothing passes any more. Told once. */
  readonly onEnd: (reason: unknown) => void
}

/** One life of the connections of a link. It does not come back: after it another one is opened. */
export interface LinkSession {
  /** Resolves when messages pass from here to the other side and back. Rejects when they do not in time. */
  readonly live: Promise<void>
  /** Resolves when messages on the channel are received, to what ends that; never when the session ends before. */
  subscribe(channel: string): Promise<number>
  unsubscribe(id: number): void
  /** Resolves when the other side has it. Rejects when that is not known, and at once when too much is under way. */
  publish(channel: string, event: unknown): Promise<void>
  end(): void
}

/** With so many bytes under way, messages go without their events, so that listeners look at the store. */
const MAX_BYTES_WITH_EVENTS = 16 * 1024 * 1024
/** With so many, none goes. */
const MAX_BYTES = 32 * 1024 * 1024
/** What a message takes beside its text. */
const MESSAGE_OVERHEAD = 512

/** Sends over a transport, as much at a time as is good for this process. */
function createSending(name: string, { pubsub }: Transport, sender: Omit<Envelope, 'event'>): LinkSession['publish'] {
  let underWay = 0
  return async (channel, event) => {
    if (underWay >= MAX_BYTES) throw new Error(`${name} takes no more messages.`)
    const text = encodeEnvelope(underWay < MAX_BYTES_WITH_EVENTS ? { ...sender, event } : sender)
    const bytes = text.length + MESSAGE_OVERHEAD
    underWay += bytes
    await pubsub.publish(channel, text).finally(() => {
      underWay -= bytes
    })
  }
}

/** Connects, proves that messages pass, and goes on proving it. */
export function openLinkSession(options: LinkSessionOptions): LinkSession {
  const { name, openTransport, node, database, clock, canary } = options
  const { onMessage, onDefect, onForeign, onWriting, onEnd } = options
  const live = Promise.withResolvers<void>()
  live.promise.catch(() => {})
  let isOver = false

  const end = (): void => {
    isOver = true
    proof.stop()
    transport.disconnect()
  }
  const fail = (reason: unknown): void => {
    if (isOver) return
    end()
    live.reject(reason)
    onEnd(reason)
  }
  const transport = openTransport({ node, canary: canary.channel }, fail)
  const send = createSending(name, transport, { node, database })
  const onReturn = (lagMs: number): void => {
    canary.onReturn(lagMs)
    live.resolve()
  }
  const onSilence = (): void => fail(new Error(`Messages no longer pass through ${name}.`))
  const proof = createCanary({ clock, ms: canary.ms, onReturn, onSilence })

  const own = new Set<string>()
  const receive = ({ channel, message }: Received): void => {
    if (isOver) return
    const isMalformed = 'defect' in message
    if (isMalformed) onDefect(message.defect)
    const envelope = isMalformed ? undefined : message
    if ((envelope?.database ?? database) !== database) onForeign()
    else if (!own.has(channel)) onMessage(channel, envelope)
    else if (envelope?.node === node) proof.returned(channel)
  }
  const subscribe: LinkSession['subscribe'] = (channel) => transport.pubsub.subscribe(channel, receive)
  const publish: LinkSession['publish'] = async (channel, event) => {
    if (isOver) throw new Error(`This session with ${name} is over.`)
    await send(channel, event)
  }
  const tryToWrite = async (key: string): Promise<void> => {
    const refusal = await transport.write(key).then(
      () => undefined,
      (error: Error) => error.message,
    )
    if (!isOver) onWriting(refusal)
  }
  const prove = async (): Promise<void> => {
    const channels = await transport.connect()
    for (const channel of channels) own.add(channel)
    await Promise.all(channels.map(subscribe))
    await Promise.all(channels.map(tryToWrite))
    if (isOver) return
    proof.start(channels, (channel) => {
      publish(channel, null).catch(() => {})
      void tryToWrite(channel)
    })
  }
  prove().catch(fail)
  return {
    live: live.promise,
    subscribe,
    unsubscribe: (id) => {
      if (!isOver) transport.pubsub.unsubscribe(id)
    },
    publish,
    end,
  }
}
