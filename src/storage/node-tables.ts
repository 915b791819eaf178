// Tables in which the processes that serve from a database say something of themselves.

/** A node: a process that serves from this database. Its row counts until it expires. */
export interface NodesTable {
  id: string
  /** Names the bus that it shares with other nodes, which is a part of a Redis. Null: it shares none. */
  bus_id: string | null
  /** `serving`, or `draining` once it has been asked to stop. `importing`: it does not serve, and nobody may meanwhile. */
  state: string
  /** The name of its machine, for people. */
  host: string
  /** Names the boot of its machine and the PID namespace, in which `pid` means something. Empty when that is not known. */
  machine: string
  pid: number
  /** When it is taken for dead unless it renews its row, by the clock of the database. */
  expires_at: number
}

/** What a node wrote last. The node knows it too, and so finds that the database has gone back in time. */
export interface WitnessesTable {
  node: string
  /** Grows by one with each time that the node writes this row. */
  count: number
  /** Random, and another one each time. */
  token: string
  at: number
}

/** A long piece of work that was begun; see `tasks.ts`. */
export interface TasksTable {
  kind: 'erase' | 'retract' | 'update' | 'delete-ticket'
  subject: string
  /** When a process last worked on the task, by the clock of the database. */
  renewed_at: number
}
