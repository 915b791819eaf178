// What processes that serve from the database say of themselves.

/** A process that serves from this database, for as long as it says so. */
export interface NodesTable {
  id: string
  /** Names the bus that it shares with other nodes, which is a part of a Redis; null: it is alone. */
  bus_id: string | null
  /** `serving`, or `draining` once it has been asked to stop. */
  state: string
  /** The name of its machine, for people. */
  host: string
  /** Names the machine and its list of processes, in which `pid` means something; empty when that is not known. */
  machine: string
  pid: number
  /** By the clock of the database. */
  expires_at: number
}

/** What a node wrote last; it knows it too, and so finds that the database has gone back to before. */
export interface WitnessesTable {
  node: string
  /** Grows by one with each time that the node wrote. */
  count: number
  /** Random, another one each time. */
  token: string
  at: number
}

/** A long work that was begun; see `tasks.ts`. */
export interface TasksTable {
  kind: 'erase' | 'retract'
  subject: string
  /** When somebody was last at it, by the clock of the database. */
  renewed_at: number
}
