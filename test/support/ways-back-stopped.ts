import { expect } from 'vitest'
import type { TestApp } from './app.ts'
import { connectDevice, type Device } from './device.ts'
import { createSend, cursorNow, leave } from './ways-back.ts'
import { ADDED, EVENTS } from './ways-back-places.ts'

/** What a client has of a database: a cursor, and a subscription whose checkpoint is remembered. */
interface Held {
  readonly cursor: string
  /** Comes back to a node; resolves with `extensions.resume` of its first result. */
  readonly comeBack: (node: TestApp) => Promise<unknown>
}

/** Nodes over a database that was set back while they were stopped, and that have written 20 times since. */
export interface SetBack {
  readonly node: TestApp
  /** What alice got before the copy was made, and what she got of what is lost. */
  readonly early: Held
  readonly late: Held
  readonly again: Device
}

/** How nodes start, and what is kept and put back. */
export interface Stopped {
  /** Starts all nodes. */
  start(): Promise<readonly TestApp[]>
  keep(): unknown
  setBack(): unknown
}

/** Lets alice follow, sets the database back while nobody runs, and starts all nodes again. */
export async function setBackWhileStopped({ start, keep, setBack }: Stopped): Promise<SetBack> {
  const nodes = await start()
  const [first, last] = [nodes[0] as TestApp, nodes.at(-1) as TestApp]
  const alice = await connectDevice(first, 'alice')
  const send = createSend(await connectDevice(last, 'shop', 'backend'))
  await send(9)
  const early = { cursor: await cursorNow(alice), comeBack: await leave(first, send) }
  await keep()
  const comeBack = await leave(first, send)
  await send(15)
  const late = { cursor: await cursorNow(alice), comeBack }
  for (const node of nodes) await node.close()
  await setBack()
  const node = (await start()).at(-1) as TestApp
  await createSend(await connectDevice(node, 'shop', 'backend'))(20)
  return { node, early, late, again: await connectDevice(node, 'alice') }
}

/** A cursor does not continue. */
export async function expectExpired({ again }: SetBack, cursor: string): Promise<void> {
  for (const query of [EVENTS, ADDED]) {
    const old = again.subscribe(query, { after: cursor })
    await expect(old.next()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
  }
}

/** All of before has expired, also what screens still show. */
export async function expectAllExpired(back: SetBack): Promise<void> {
  for (const { cursor, comeBack } of [back.late, back.early]) {
    await expectExpired(back, cursor)
    expect(await comeBack(back.node)).toBe('expired')
  }
}

/** A cursor of what was kept goes on. */
export async function expectGoesOn({ again }: SetBack, cursor: string): Promise<void> {
  const kept = again.subscribe(EVENTS, { after: cursor })
  expect(await kept.next()).toMatchObject({ notificationEvents: { __typename: 'NotificationAdded' } })
}
