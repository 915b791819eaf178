import type { Description, LogDescription } from '../../src/delivery/description.ts'
import { lastTerm } from '../../src/storage/stream-terms.ts'

/** Has the client of a log acknowledge what follows a revision, all but the last `less` revisions. Resolves when that is stored. */
export async function acknowledge(
  described: Promise<Description<unknown>>,
  { after, less = 0 }: { readonly after: number; readonly less?: number },
  store: { close(): Promise<void> },
): Promise<void> {
  const log = (await described) as LogDescription<unknown, unknown>
  log.acknowledged?.({ after, revision: log.head - less, term: lastTerm(log.terms) })
  await store.close()
}
