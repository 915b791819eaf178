import type { Data, Stream } from './device.ts'
import { newPrefix } from './redis.ts'
import { tempFolder } from './temp.ts'

/** Configuration of nodes that belong together: one database, one Redis. */
export function nodeEnvironment(redisUrl: string) {
  return {
    DATA_DIR: tempFolder(),
    REDIS_URL: redisUrl,
    REDIS_PREFIX: newPrefix(),
    TYPING_THROTTLE_MS: '0',
  }
}

/** Notifies the user `to`. */
export const NOTIFY =
  'mutation ($to: ID!) { notify(input: { userIds: [$to], notification: { type: "a.b", title: "Hi" } }) { notificationId } }'
/** Makes ticket 42 of alice and carol. */
export const UPSERT =
  'mutation { upsertTicket(input: { id: "42", participants: [{ id: "alice" }, { id: "carol" }] }) { id } }'

/** Acts until there is a result as wanted, by default any: who has just subscribed may not receive the first time. */
export async function received(
  stream: Stream,
  act: () => Promise<unknown>,
  isWanted: (data: Data) => boolean = () => true,
): Promise<Data> {
  const search = async (): Promise<Data> => {
    for (;;) {
      const data = await stream.next()
      if (isWanted(data)) return data
    }
  }
  let found: Data | undefined
  const searching = search().then((data) => {
    found = data
    return data
  })
  searching.catch(() => {})
  while (!found) {
    await act()
    await Promise.race([searching, new Promise((resolve) => setTimeout(resolve, 20))])
  }
  return searching
}

/** Looks again and again until it is so. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
}
