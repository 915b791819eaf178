import type { KyselyPlugin } from 'kysely'
import type { Storage } from '../../src/storage/storage.ts'

/** What was read of a database. */
export interface Read {
  rows: number
  /** Characters of all texts in those rows. */
  characters: number
  /** The names of the columns. */
  readonly columns: Set<string>
}

function nothing(): Read {
  return { rows: 0, characters: 0, columns: new Set() }
}

/** Notes what comes back from the database. */
export function reading(storage: Storage): { readonly storage: Storage; take(): Read } {
  let read = nothing()
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      for (const row of result.rows) {
        read.rows += 1
        for (const [column, value] of Object.entries(row)) {
          read.columns.add(column)
          if (typeof value === 'string') read.characters += value.length
        }
      }
      return result
    },
  }
  return {
    storage: {
      ...storage,
      read: (work) => storage.read((tx) => work(tx.withPlugin(plugin))),
      readOne: (work) => storage.readOne((db) => work(db.withPlugin(plugin))),
      readForWrite: (work) => storage.readForWrite((tx) => work(tx.withPlugin(plugin))),
      write: (work, stream) => storage.write((tx) => work(tx.withPlugin(plugin)), stream),
    },
    take: () => {
      const taken = read
      read = nothing()
      return taken
    },
  }
}
