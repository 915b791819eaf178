import { type Client, type ClientOptions, createClient } from 'graphql-ws'

/** In milliseconds. */
const TIMES = { ping: 15_000, pong: 5_000, connecting: 10_000, retry: 500, longestRetry: 20_000 }
/** What says that the network or the page is back. */
const WAKING = ['online', 'pageshow', 'visibilitychange']

/** Connects to Herald, and again whatever happens to the network or to Herald. One client serves a whole app and one user. */
export const connect = (
  url: string,
  freshToken: () => Promise<string>,
  { times = TIMES, page = globalThis as Partial<EventTarget>, ...options }: Partial<ClientOptions> & Surroundings = {},
): Client => {
  let socket: WebSocket | undefined
  let deadline: ReturnType<typeof setTimeout> | undefined
  let retryNow = (): void => {}
  const relax = (): void => clearTimeout(deadline)
  const expectAnswer = (ms: number): void => {
    relax()
    deadline = setTimeout(() => client.terminate(), ms)
  }

  const client = createClient({
    url,
    // A function: each connection gets a token that is still good.
    connectionParams: async () => ({ authorization: `Bearer ${await freshToken()}` }),
    // By default all subscriptions end for good when Herald is not back at the first retry.
    shouldRetry: () => true,
    retryAttempts: Infinity,
    // Bounded, at another moment for each client, and at once when the network or the page is back.
    retryWait: (retries) =>
      new Promise((resolve) => {
        retryNow = resolve
        setTimeout(resolve, times.retry + Math.random() * Math.min(times.longestRetry, times.retry * 2 ** retries))
      }),
    // A path can die without a word: who gets no answer goes, without waiting for the other side to say goodbye.
    keepAlive: times.ping,
    on: {
      connecting: () => expectAnswer(times.connecting),
      connected: (opened) => {
        relax()
        socket = opened as WebSocket
      },
      ping: (isFromHerald) => isFromHerald || expectAnswer(times.pong),
      pong: (isFromHerald) => isFromHerald && relax(),
      error: relax,
      closed: () => {
        relax()
        socket = undefined
      },
    },
    ...options,
  })

  const wake = (): void => {
    retryNow()
    if (socket?.readyState !== 1) return
    socket.send('{"type":"ping"}')
    expectAnswer(times.pong)
  }
  for (const event of WAKING) page.addEventListener?.(event, wake)
  const dispose = async (): Promise<void> => {
    for (const event of WAKING) page.removeEventListener?.(event, wake)
    // It rejects when it was about to connect and cannot, which is well then.
    await Promise.resolve(client.dispose()).catch(() => {})
  }
  return { ...client, dispose }
}

/** What a test replaces. */
interface Surroundings {
  readonly times?: typeof TIMES
  readonly page?: Partial<EventTarget>
}
