import type { Kysely, RawBuilder, Transaction } from 'kysely'
import type { WITHOUT_WAITING } from './held.ts'
import type { Tables } from './tables.ts'

/** A transaction: everything in it happens, or nothing. */
export type Tx = Transaction<Tables>

/** Runs single statements, within a transaction or without one. */
export type Db = Kysely<Tables>

/** The database. Everything that Herald promises to keep is in here. */
export interface Storage {
  /** Names the database. It was made when the database was created, and no two databases share it. */
  readonly epoch: string
  /** SQL for the time by the clock of the database, in milliseconds since 1970. */
  readonly now: RawBuilder<number>
  /** Runs reads in one transaction, so that all of them see the same snapshot. */
  read<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** Runs a read of one statement without a transaction. That takes one round trip instead of three. */
  readOne<T>(work: (db: Db) => Promise<T>): Promise<T>
  /** `read` for what a write needs to know before it begins. It may wait for other writes, but not for a crowd that reads. */
  readForWrite<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * Runs a command in one transaction, and resolves to its result once it is on disk. When it rejects, nothing was stored. One exception:
   * `mayBeStored` in the details of the error says that the connection was lost during the commit. Throws SERVICE_UNAVAILABLE when the disk
   * is full or the database is away.
   *
   * `work` can run more than once, so all that it does it does in the transaction. Commands of this node that name the same `stream` happen
   * in the order of coming. Give the stream that the command writes to first, or another name for what it changes.
   *
   * Rows that another transaction holds are waited for, about 15 seconds at most. With `WITHOUT_WAITING` instead of a stream it throws
   * HeldError soon, and `findHeld` says which streams are held.
   */
  write<T>(work: (tx: Tx) => Promise<T>, stream?: string | typeof WITHOUT_WAITING): Promise<T>
  /** Which of these streams another transaction holds at this moment. With SQLite none ever is. */
  findHeld(streams: readonly string[]): Promise<ReadonlySet<string>>
  /**
   * `write` for what may be gone after a power failure without harm: it need not wait for the disk. A crash of the process alone does not
   * lose it. Once a later `write` has resolved, it is on disk.
   */
  note<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * Takes the lock of this name until the transaction ends. Resolves to false when another node has it. For work that one node at a time
   * does and the others leave to it.
   */
  tryLock(tx: Tx, name: string): Promise<boolean>
  /** Resolves when the database answers; rejects when it does not. */
  ping(): Promise<void>
  /** Closes all connections. Work that is under way fails. */
  close(): Promise<void>
}
