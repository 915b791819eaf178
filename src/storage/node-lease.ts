import { setTimeout } from 'node:timers/promises'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { newEpoch } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { pollEvery } from '../lib/poller.ts'
import { StartError } from '../lib/start-error.ts'
import { thisProcess } from './node-machine.ts'
import { type NodeRow, type NodeSelf, readStrangers, removeNode, renewNode, takeNode } from './node-rows.ts'
import type { Storage } from './storage.ts'

/** Which database the lease is for, and how the node knows its bus. */
export interface NodeLeaseOptions {
  readonly storage: Storage
  /** Where the database is, in words for an operator. */
  readonly where: string
  /** The configuration key that says where the database is. */
  readonly key: 'DATA_DIR' | 'DATABASE_URL'
  /**
   * Resolves to the id of the bus, a part of Redis that nodes share; undefined while Redis does not answer. Left out: this node shares no
   * bus.
   */
  readonly readBusId?: (() => Promise<string | undefined>) | undefined
  /** For a process that imports, and wants the database for itself alone. Left out: it serves. */
  readonly isImporting?: boolean
  readonly clock: Clock
  readonly log: Log
}

/** The right of this node to serve from a database. It has the database alone, or together with nodes on the same bus. */
export interface NodeLease {
  /** Rejects with SERVICE_UNAVAILABLE while another node that is not on the same bus has the database. */
  check(): Promise<void>
  /** Says in the database that this node is about to stop. A node that starts then waits for that, instead of giving up. */
  drain(): void
  /** Gives the lease up, so that another node can have the database at once. Takes two seconds at most. */
  close(): Promise<void>
}

/** The state of a process that imports into the database. */
const IMPORTING = 'importing'
/** How often a node says that it still serves, in milliseconds. */
const RENEWAL_MS = 2_000
/** How often a node that starts looks whether the nodes in its way have gone, in milliseconds. */
const LOOK_MS = 100
/** How long `close` waits for the database to answer, in milliseconds. After that the lease is left to run out. */
const LEAVE_MS = 2_000
/** A node in the way that renews its lease so often does serve, and the start fails. */
const RENEWALS_ALONE = 1
/** As `RENEWALS_ALONE`, when both nodes have a Redis: one of them may need a moment to say which. */
const RENEWALS_WITH_REDIS = 3
/** After so many renewals in a row that found nodes of another bus, this node reports them. */
const LOOKS_BEFORE_ALARM = 3

function nameOf({ host, pid }: NodeRow): string {
  return `process ${pid} on ${host}`
}

function describeStranger(row: NodeRow, { bus_id, state }: NodeSelf, { where, key }: NodeLeaseOptions): string {
  if (row.state === IMPORTING) {
    return `"herald import" (${nameOf(row)}) writes to the database ${where}. Wait until it has ended.`
  }
  if (state === IMPORTING) {
    return `A Herald (${nameOf(row)}) serves from the database ${where}. Stop it, and all others that do, and import then.`
  }
  const which = `Another Herald (${nameOf(row)}) serves from the database ${where}`
  const other = `or give this one another ${key}`
  if (row.bus_id === null && bus_id === null) {
    return `${which}, and neither would get the events of the other. Set REDIS_URL for both, ${other}.`
  }
  if (row.bus_id === null)
    return `${which} without REDIS_URL. Set the REDIS_URL of this one for that one, too, ${other}.`
  if (bus_id === null)
    return `${which} with a REDIS_URL. Set the same REDIS_URL and REDIS_PREFIX for this one, ${other}.`
  return `${which} with another Redis. Set the same REDIS_URL and REDIS_PREFIX for both, ${other}.`
}

/**
 * Returns a function that says whether a node in the way certainly serves. It counts how often each has renewed its lease since the first
 * call.
 */
function createWatch(self: NodeSelf) {
  const seen = new Map<string, { expiresAt: number; renewals: number }>()
  return (row: NodeRow): boolean => {
    const known = seen.get(row.id) ?? { expiresAt: row.expires_at, renewals: 0 }
    if (row.expires_at > known.expiresAt) known.renewals += 1
    known.expiresAt = row.expires_at
    seen.set(row.id, known)
    const needed = row.bus_id !== null && self.bus_id !== null ? RENEWALS_WITH_REDIS : RENEWALS_ALONE
    return row.state !== 'draining' && known.renewals >= needed
  }
}

/**
 * Takes the lease once no other node is in the way: nodes that stop end, and the leases of nodes that died run out. Throws a StartError
 * when a node serves that is not on the same bus.
 */
async function take(self: NodeSelf, options: NodeLeaseOptions, checkBusId: () => Promise<void>): Promise<void> {
  const { storage, where, log } = options
  const serves = createWatch(self)
  let isWaiting = false
  for (;;) {
    await checkBusId()
    const strangers = await takeNode(storage, self)
    if (strangers?.length === 0) return
    const [first] = strangers ?? []
    const stubborn = strangers?.find(serves)
    if (stubborn) throw new StartError(describeStranger(stubborn, self, options))
    if (first && !isWaiting) {
      log.warn(
        { other: nameOf(first), state: first.state },
        `waiting for another Herald to leave the database ${where}`,
      )
      isWaiting = true
    }
    await setTimeout(LOOK_MS)
  }
}

/** Renews a lease until it is closed. Takes it again when it was lost and the database is free. */
function keep(self: NodeSelf, options: NodeLeaseOptions, checkBusId: () => Promise<void>) {
  const { storage, clock, log } = options
  let problem: string | undefined
  let looks = 0
  let isOver = false

  const blame = (stranger: NodeRow): void => {
    const text = describeStranger(stranger, self, options)
    if (problem !== text) log.error({ other: nameOf(stranger) }, text)
    problem = text
  }
  const renew = async (): Promise<void> => {
    await checkBusId()
    const isKept = await renewNode(storage, self)
    if (isOver) return
    const strangers = isKept ? await readStrangers(storage, self) : await takeNode(storage, self)
    looks = strangers?.length === 0 ? 0 : looks + 1
    const [stranger] = strangers ?? []
    // The other nodes may be about to say that they are on the same bus. A node that took over a lost lease certainly is not.
    if (stranger && (!isKept || looks >= LOOKS_BEFORE_ALARM)) blame(stranger)
    if (strangers?.length !== 0) return
    if (problem) log.info('this node has its database to itself again')
    problem = undefined
  }
  // Other parts find and report that the database is away.
  const cancel = pollEvery(clock, RENEWAL_MS, renew)
  return {
    check: async (): Promise<void> => {
      if (problem) throw new AppError('SERVICE_UNAVAILABLE', problem)
    },
    close: async (): Promise<void> => {
      isOver = true
      cancel()
      const leaving = removeNode(storage, self).catch((err: unknown) =>
        log.debug({ err }, 'could not leave the database'),
      )
      await Promise.race([leaving, setTimeout(LEAVE_MS, undefined, { ref: false })])
    },
  }
}

/**
 * Takes the lease of the database for this node. Waits while another node stops. Waits also for the lease of a node that died to run out, 5
 * seconds at most. Throws a StartError when a node serves that is not on the same bus.
 */
export async function openNodeLease(options: NodeLeaseOptions): Promise<NodeLease> {
  const { storage, readBusId } = options
  const self: { -readonly [Key in keyof NodeSelf]: NodeSelf[Key] } = {
    ...thisProcess(),
    id: newEpoch(),
    // An id that no other node has, until Redis says the right one.
    bus_id: readBusId ? newEpoch() : null,
    state: options.isImporting ? IMPORTING : 'serving',
  }
  const checkBusId = async (): Promise<void> => {
    const busId = await readBusId?.()
    if (busId !== undefined) self.bus_id = busId
  }
  await take(self, options, checkBusId)
  const kept = keep(self, options, checkBusId)
  return {
    check: kept.check,
    drain: () => {
      self.state = 'draining'
      renewNode(storage, self).catch(() => {})
    },
    close: kept.close,
  }
}
