import type { Client } from 'graphql-ws'
import { signTestToken, type TestApp, type TokenRole } from './app.ts'
import type { Data } from './device.ts'
import { pick } from './histories.ts'
import type { Network } from './proxy.ts'
import { openStockSocket } from './stock-clients.ts'

/** How a device loses its socket: by a RST, by a FIN without a farewell, or because it gives it up itself. */
export const CUTS = ['reset', 'end', 'terminated'] as const

/** What a device does with what it follows. */
export interface SocketApp {
  /** With a variable `$after`. */
  readonly log: string
  readonly variables?: Readonly<Record<string, unknown>>
  /** A state that it follows over the same socket. */
  readonly state?: string
  /** Of what it has loaded. */
  readonly cursor: string
  readonly applyLog: (data: Data) => void
  readonly applyState?: (data: Data) => void
}

/** A device with the stock client, whose network fails again and again. */
export interface SocketFollower {
  /** Begins a new subscription, from the cursor that it was given so many before the last one, wherever it got to since. */
  follow(back: number): void
  /** Loses the socket. The client comes back by itself, with the same subscriptions. */
  cut(how: (typeof CUTS)[number]): void
  /** Its subscriptions have begun: a query is answered only then. */
  begun(): Promise<void>
  /** Resolves when it is so; rejects with what went wrong, or when it has not become so within ten seconds. */
  waitFor(what: string, isSo: () => boolean): Promise<void>
  /** What its subscriptions were told of having missed something. */
  readonly missed: number
  close(): Promise<void>
}

/** Opens a device that follows from the cursor of what it has loaded. */
export async function openSocketFollower(
  network: Network,
  [userId, role]: readonly [string, TokenRole],
  { log, variables, state, cursor, applyLog, applyState }: SocketApp,
): Promise<SocketFollower> {
  const client: Client = openStockSocket(
    `ws://127.0.0.1:${network.port}/graphql`,
    await signTestToken(userId, role),
    {},
  )
  let cursors = [cursor]
  let failure: Error | undefined
  let missed = 0
  let isClosed = false
  let wake = (): void => {}
  let stopLog = (): void => {}

  const fail = (what: unknown): void => {
    failure ??= what instanceof Error ? what : new Error(JSON.stringify(what))
    wake()
  }
  const subscribe = (query: string, values: Record<string, unknown>, apply: (data: Data) => void): (() => void) => {
    let isOver = false
    const stop = client.subscribe<Data>(
      { query, variables: values },
      {
        next: ({ data, errors, extensions }) => {
          if (isOver) return fail('A result came after the end')
          if (errors || !data) return fail(errors ?? 'A result without data')
          const { cursor: behind, resume } = (extensions ?? {}) as Record<string, unknown>
          if (resume) missed += 1
          if (typeof behind === 'string' && behind !== cursors.at(-1)) cursors.push(behind)
          try {
            apply(data)
          } catch (error) {
            fail(error)
          }
          wake()
        },
        error: fail,
        complete: () => isOver || isClosed || fail(`The subscription has ended: ${query}`),
      },
    )
    return () => {
      isOver = true
      stop()
    }
  }
  const follow = (back: number): void => {
    stopLog()
    const after = pick(cursors.toReversed(), back) ?? ''
    // What comes again is as it was then: whoever stops in between must not go on behind what was shown before.
    cursors = cursors.slice(0, cursors.lastIndexOf(after) + 1)
    stopLog = subscribe(log, { ...variables, after }, applyLog)
  }

  if (state !== undefined) subscribe(state, {}, applyState ?? (() => {}))
  follow(0)
  return {
    follow,
    cut: (how) => (how === 'terminated' ? client.terminate() : network[how]()),
    begun: async () => {
      for await (const { errors } of client.iterate({ query: '{ unreadCount { count } }' })) if (errors) fail(errors)
    },
    waitFor: async (what, isSo) => {
      const late = setTimeout(() => fail(`Waited in vain for ${what}`), 60_000)
      try {
        while (!failure && !isSo()) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      } finally {
        clearTimeout(late)
      }
      if (failure) throw failure
    },
    get missed() {
      return missed
    },
    close: async () => {
      isClosed = true
      await client.dispose()
    },
  }
}

/** What happens to a device in a history. Numbers pick one of what there is then. */
type DeviceStep =
  | { readonly do: 'cut'; readonly device: number; readonly how: (typeof CUTS)[number] }
  | { readonly do: 'follow'; readonly device: number; readonly back: number }
  | { readonly do: 'begun'; readonly device: number }
  | { readonly do: 'settle' }

interface Walk<Step> {
  /** Does what a step says of anything but devices. */
  readonly act: (step: Step) => unknown
  /** Waits until the devices show what is stored. */
  readonly settle: () => Promise<void>
  readonly afterEach?: () => Promise<void>
}

/** Lets a history happen to devices, and closes them. At the end each of them begins anew from a cursor of before. */
export async function walk<Step extends { readonly do: string }>(
  followers: readonly SocketFollower[],
  steps: readonly Step[],
  { act, settle, afterEach }: Walk<Step>,
): Promise<void> {
  const move = async (step: DeviceStep): Promise<void> => {
    if (step.do === 'cut') pick(followers, step.device)?.cut(step.how)
    else if (step.do === 'follow') pick(followers, step.device)?.follow(step.back)
    else if (step.do === 'begun') await pick(followers, step.device)?.begun()
    else if (step.do === 'settle') await settle()
  }
  try {
    for (const step of steps) {
      await act(step)
      // The others move none.
      await move(step as unknown as DeviceStep)
      await afterEach?.()
    }
    await settle()
    for (const [index, follower] of followers.entries()) follower.follow(index * 3 + steps.length)
    await settle()
  } finally {
    for (const { close } of followers) await close()
  }
}

/** Asks Herald over HTTP as a user; throws its errors. */
export async function openAsk(
  app: TestApp,
  userId: string,
  role?: TokenRole,
): Promise<(query: string, variables?: Record<string, unknown>) => Promise<Data>> {
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${await signTestToken(userId, role)}`,
  }
  return async (query, variables) => {
    const body = JSON.stringify({ query, variables })
    const { data, errors } = await (await fetch(app.url, { method: 'POST', headers, body })).json()
    if (errors) throw Object.assign(new Error(errors[0].message), errors[0].extensions)
    return data
  }
}
