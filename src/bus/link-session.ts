import type { Clock } from '../lib/clock.ts'
import { createCanary } from './canary.ts'
import { type Defect, type Envelope, encodeEnvelope } from './envelope.ts'
import type { OpenTransport, Received, Transport } from './transport.ts'

export interface LinkSessionOptions {
  /** The other side of the session in texts for operators, such as `Redis`. */
  readonly name: string
  readonly openTransport: OpenTransport
  /** The id of this node, in every message that it sends. */
  readonly node: string
  /** The id of the database of this node, in every message that it sends. */
  readonly database: string
  readonly clock: Clock
  /** The test messages that prove that messages pass (see `Canary`). */
  readonly canary: {
    /** The beginning of the names of channels for test messages, which only this node uses. */
    readonly channel: string
    /** The time between two rounds, in milliseconds. */
    readonly ms: number
    /** Called when all messages of a round have come back. `lagMs` is how long the last one took. */
    readonly onReturn: (lagMs: number) => void
  }
  /** Called with each message on a channel that was subscribed to. `envelope` is undefined when the message is not valid. */
  readonly onMessage: (channel: string, envelope: Envelope | undefined) => void
  /** Called with the defect of each message that is no envelope. */
  readonly onDefect: (defect: Defect) => void
  /** Called for each message of a node with another database. The message is dropped. */
  readonly onForeign: () => void
  /** Called after each test write: with the error text of the other side when it takes no writes, with undefined when it does. */
  readonly onWriting: (refusal: string | undefined) => void
  /** Called once, when the session is over for good: a connection broke, or messages do not pass any more. */
  readonly onEnd: (reason: unknown) => void
}

/** The connections of a link, from opening to the first failure. A session does not reconnect: after it, another one is opened. */
export interface LinkSession {
  /** Resolves when messages pass from here to the other side and back. Rejects when they do not in time. */
  readonly live: Promise<void>
  /** Resolves when messages on the channel are received, to an id for `unsubscribe`. Never settles when the session ends before. */
  subscribe(channel: string): Promise<number>
  /** Stops receiving messages of a subscription, by its id. */
  unsubscribe(id: number): void
  /** Resolves when the other side has the event. Rejects when that is not known, and at once when 32 MiB are under way. */
  publish(channel: string, event: unknown): Promise<void>
  /** Closes the connections. `onEnd` is not called. */
  end(): void
}

/** While so many bytes are under way, messages are sent without their events, so that listeners read the store. */
const MAX_BYTES_WITH_EVENTS = 16 * 1024 * 1024
/** While so many bytes are under way, no message is sent. */
const MAX_BYTES = 32 * 1024 * 1024
/** About how many bytes of memory a message takes beside its text. */
const MESSAGE_OVERHEAD = 512

/** The `publish` of a session. It bounds the memory of messages that the other side has not taken yet. */
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

/** Opens a session: connects, and proves with test messages that messages pass, until the session is over. */
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
