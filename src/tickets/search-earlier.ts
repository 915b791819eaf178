import { isLocking } from '../storage/locked-rows.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { addMessageText, addSubject } from './search-texts.ts'

// Texts that were stored by a version without a search are indexed afterwards, while Herald serves: from the first one to the last.

/** The lock of this work: one node does it. */
const NAME = 'search'
/** Texts that one step indexes, so that it holds up nobody. */
const TEXTS_PER_STEP = 100

type Table = 'tickets' | 'messages'

/** How far a table was indexed: the last id, with a letter before it; or all of it. */
const DONE = 'done'
const AFTER = '>'

function keyOf(table: Table): string {
  return `search_${table}`
}

async function readMark(tx: Tx, table: Table): Promise<string> {
  const row = await tx.selectFrom('meta').select('value').where('key', '=', keyOf(table)).executeTakeFirst()
  return row?.value ?? AFTER
}

async function writeMark(tx: Tx, table: Table, value: string): Promise<void> {
  await tx
    .insertInto('meta')
    .values({ key: keyOf(table), value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute()
}

/** Indexes some tickets. Their rows are locked, so that none is changed or deleted before its text is indexed. */
async function indexTickets(tx: Tx, after: string): Promise<readonly string[]> {
  const rows = await tx
    .selectFrom('tickets')
    .select(['id', 'subject', 'created_at'])
    .where('id', '>', after)
    .orderBy('id')
    .limit(TEXTS_PER_STEP)
    .$if(isLocking(tx), (query) => query.forUpdate())
    .execute()
  for (const row of rows) await addSubject(tx, row)
  return rows.map(({ id }) => id)
}

async function indexMessages(tx: Tx, after: string): Promise<readonly string[]> {
  const rows = await tx
    .selectFrom('messages')
    .select(['id', 'ticket_id', 'body', 'created_at', 'public_number'])
    .where('id', '>', after)
    .orderBy('id')
    .limit(TEXTS_PER_STEP)
    .$if(isLocking(tx), (query) => query.forUpdate())
    .execute()
  for (const row of rows) await addMessageText(tx, row)
  return rows.map(({ id }) => id)
}

/**
 * Creates `Tickets.indexEarlier`, which lets texts of earlier versions be found. It resolves when all can be, or when another node is at
 * it. Called again, it does nothing more.
 */
export function createIndexEarlier({ storage }: { readonly storage: Storage }) {
  let isDone = false

  const step = (table: Table): Promise<'done' | 'more' | 'elsewhere'> =>
    storage.write(async (tx) => {
      if (!(await storage.tryLock(tx, NAME))) return 'elsewhere'
      const mark = await readMark(tx, table)
      if (mark === DONE) return 'done'
      const after = mark.slice(AFTER.length)
      const ids = table === 'tickets' ? await indexTickets(tx, after) : await indexMessages(tx, after)
      const last = ids.at(-1)
      await writeMark(tx, table, last === undefined ? DONE : AFTER + last)
      return last === undefined ? 'done' : 'more'
    }, NAME)

  return async (): Promise<void> => {
    if (isDone) return
    for (const table of ['tickets', 'messages'] as const) {
      let became: Awaited<ReturnType<typeof step>>
      do became = await step(table)
      while (became === 'more')
      if (became === 'elsewhere') return
    }
    isDone = true
  }
}
