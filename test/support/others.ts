import { expect } from 'vitest'
import type { TokenRole } from './app.ts'
import type { Device } from './device.ts'
import type { Acts } from './undisturbed.ts'

const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'
const LIST = '{ notifications(first: 20) { nodes { id title readAt } unread { count } } }'
const COUNT = '{ notifications(first: 1) { unread { count revision } } }'
const ADDED = 'subscription { notificationAdded { title } }'

/** Tells users something, as a backend. */
export async function tell(
  shop: Device,
  title: string,
  userIds: readonly string[],
  idempotencyKey?: string,
): Promise<void> {
  await shop.run(NOTIFY, { input: { userIds, notification: { type: 'a.b', title }, idempotencyKey } })
}

/** Those who have nothing to do with what goes on. */
export interface Others {
  readonly reads: Acts
  readonly writes: Acts
  /** Expects that what they were told came to their device, each once. */
  expectNothingLost(): Promise<void>
}

/** Connects one who is told something again and again, who reads, and who follows all the time. */
export async function openOthers(connect: (userId: string, role?: TokenRole) => Promise<Device>): Promise<Others> {
  const [shop, reader, follower] = [await connect('shop', 'backend'), await connect('other'), await connect('other')]
  const told: string[] = []
  const tellOther = (...more: readonly string[]): Promise<void> => {
    const title = `${told.length}`
    told.push(title)
    return tell(shop, title, ['other', ...more])
  }
  await reader.run(LIST)
  const added = follower.subscribe(ADDED)
  // A socket is answered in the order of asking: then it follows.
  await follower.run(COUNT)
  return {
    reads: { list: () => reader.run(LIST), count: () => reader.run(COUNT) },
    writes: { notify: () => tellOther(), 'notify several': () => tellOther('another', 'a-third') },
    expectNothingLost: async () => {
      const came = (await added.take(told.length)).map(({ notificationAdded }) => notificationAdded.title)
      expect(came.toSorted()).toEqual(told.toSorted())
      expect(added.waiting).toEqual([])
    },
  }
}
