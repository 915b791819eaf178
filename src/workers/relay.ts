import cluster, { type Worker } from 'node:cluster'
import { readWorkerMessage, type WorkerMessage } from './messages.ts'

function send(worker: Worker | undefined, message: WorkerMessage): void {
  // A worker that is ending takes no messages any more.
  if (worker?.isConnected()) worker.send(message, () => {})
}

/** Begins to relay, in the supervisor: passes a worker's request for reports to all workers, and their reports back to it. */
export function openRelay(): void {
  cluster.on('message', (sender, value) => {
    const message = readWorkerMessage(value)
    if (message?.kind === 'ask') {
      const all = Object.values(cluster.workers ?? {}).filter((worker) => worker?.isConnected())
      send(sender, { kind: 'asked', request: message.request, answers: all.length })
      for (const worker of all) send(worker, { ...message, from: sender.id })
    } else if (message?.kind === 'report') send(cluster.workers?.[message.to], message)
  })
}
