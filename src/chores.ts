import type { Services } from './graphql/context.ts'
import type { Clock } from './lib/clock.ts'
import type { CloseStack } from './lib/close-stack.ts'
import type { Log } from './lib/log.ts'
import { pollEvery } from './lib/poller.ts'
import type { Storage } from './storage/storage.ts'
import { finishTasks } from './storage/tasks.ts'

/** How often expired notifications and old idempotency keys are removed, in milliseconds. */
const SWEEP_MS = 5_000
/** How often unfinished tasks of processes that have ended are looked for, in milliseconds. */
const TASKS_MS = 10_000
/** How often rows beyond their retention are deleted for good, in milliseconds. */
const PRUNE_MS = 10 * 60_000

/** What the chores of a node work on. */
interface Chores {
  readonly storage: Storage
  readonly services: Services
  readonly pruned: Parameters<typeof prune>[0]
  readonly clock: Clock
  readonly log: Log
}

/** Returns a function that runs the `prune` of each part, one after the other: they delete rows beyond their retention. */
function prune(parts: readonly { prune(): Promise<unknown> }[]) {
  return async (): Promise<void> => {
    for (const part of parts) await part.prune()
  }
}

/** Begins the chores of a node, which run again and again: sweeping, unfinished tasks, and pruning. */
export function addChores(closing: CloseStack, { storage, services, pruned, clock, log }: Chores): void {
  const { sweep, finishRetracting, finishUpdating } = services.notifications
  const kinds = {
    erase: services.eraseUser,
    retract: finishRetracting,
    update: finishUpdating,
    'delete-ticket': services.tickets.finishDeleting,
  }
  const finish = () => finishTasks(storage, kinds)
  const chores = [
    ['sweep', SWEEP_MS, sweep, 'the sweep failed'],
    ['tasks', TASKS_MS, finish, 'could not finish what another process began'],
    ['search', TASKS_MS, services.tickets.indexEarlier, 'could not index what an earlier version stored'],
    ['retention', PRUNE_MS, prune(pruned), 'could not delete what has had its time'],
  ] as const
  // A chore under way at a stop fails when the storage closes. Another node or the next start goes on with it.
  let isOver = false
  for (const [name, ms, chore, failure] of chores) {
    const onFailure = (err: unknown): void => log[isOver ? 'debug' : 'error']({ err }, failure)
    closing.add(
      name,
      // Each failure is logged, not only the first of several: none of them shows elsewhere.
      pollEvery(clock, ms, () => chore().catch(onFailure)),
    )
  }
  closing.add('chores', () => {
    isOver = true
  })
}
