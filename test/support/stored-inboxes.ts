import { expect } from 'vitest'
import type { Storage } from '../../src/storage/storage.ts'

/** All rows of inboxes in the order of arrival, and the streams of users. */
export async function readInboxes(storage: Storage) {
  return storage.read(async (tx) => ({
    inbox: await tx
      .selectFrom('inbox')
      .select(['user_id', 'notification_id', 'arrived_revision'])
      .orderBy('arrived_revision')
      .execute(),
    streams: await tx.selectFrom('streams').select(['stream', 'revision']).where('stream', 'like', 'user:%').execute(),
  }))
}

/** What is stored, as pairs of a user and a notification. */
export function pairsOf({ inbox }: Awaited<ReturnType<typeof readInboxes>>): ReadonlySet<string> {
  return new Set(inbox.map(({ user_id, notification_id }) => `${user_id} ${notification_id}`))
}

/** Expects that so many users have an inbox, each with a notification at every revision of its stream. */
export function expectNoHoles({ inbox, streams }: Awaited<ReturnType<typeof readInboxes>>, users: number): void {
  expect(streams).toHaveLength(users)
  for (const { stream, revision } of streams) {
    const revisions = inbox
      .filter(({ user_id }) => `user:${user_id}` === stream)
      .map(({ arrived_revision }) => arrived_revision)
    expect(revisions).toEqual(Array.from({ length: revision }, (_, index) => index + 1))
  }
}
