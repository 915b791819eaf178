import type { Kysely, RawBuilder, Transaction } from 'kysely'
import type { WITHOUT_WAITING } from './held.ts'
import type { Tables } from './tables.ts'

/** A transaction: everything in it happens, or nothing. */
export type Tx = Transaction<Tables>

/** What a single statement needs: a transaction, or none. */
export type Db = Kysely<Tables>

/** The database. Everything that Herald promises to keep is in here. */
export interface Storage {
  /** Made when the database was created: two databases never share it. */
  readonly epoch: string
  /** What the time is by the clock of the database, in milliseconds since 1970, as a part of a statement. */
  readonly now: RawBuilder<number>
  /** Runs reads on one snapshot. */
  read<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** Runs a read of one statement, which needs no transaction to see one snapshot: one trip instead of three. */
  readOne<T>(work: (db: Db) => Promise<T>): Promise<T>
  /** `read` for what a write needs to know before it begins: it waits for other writes, and not for a crowd that reads. */
  readForWrite<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * Runs a command in one transaction. When the promise resolves, it is on disk. When it rejects, nothing happened, unless
   * `mayBeStored` in the details of the error says that the connection was lost while it was being committed. `work` can run
   * more than once, so all that it does it does in the transaction. Commands of this node that name the same `stream` happen in
   * the order of coming: give the one that the command begins with, or another name for what it changes. Throws SERVICE_UNAVAILABLE when the disk is full or the
   * database is away. Rows that somebody else holds are waited for, about as long as one who hangs is let live; with `WITHOUT_WAITING`
   * instead of a stream it throws HeldError at once, and `findHeld` says who can go on.
   */
  write<T>(work: (tx: Tx) => Promise<T>, stream?: string | typeof WITHOUT_WAITING): Promise<T>
  /** Which of these streams another transaction holds at this moment. */
  findHeld(streams: readonly string[]): Promise<ReadonlySet<string>>
  /**
   * `write` for what may be gone when the power fails, and then does no harm: it need not wait for the disk. The process alone can crash
   * without losing it, and once a later `write` has resolved it is on disk.
   */
  note<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * Takes the lock of this name until the transaction ends; false when another node has it. For work that one node at a time
   * does and the others leave to it.
   */
  tryLock(tx: Tx, name: string): Promise<boolean>
  /** Resolves when the database answers; rejects when it does not. */
  ping(): Promise<void>
  close(): Promise<void>
}
