import { Agent, request } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

/** What is flooded, and with what. */
export interface Flood {
  readonly url: string
  readonly connections: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Asks again as soon as it is answered, over connections of its own, until it is told to stop; then tells how often each status came. */
const { url, connections, headers, body } = workerData as Flood
const statuses: Record<number, number> = {}
const agent = new Agent({ keepAlive: true, maxSockets: connections })
let isOver = false

function ask(): void {
  if (isOver) return
  const sent = request(url, { method: 'POST', agent, headers: { 'content-type': 'application/json', ...headers } })
  sent.on('response', (response) => {
    const { statusCode = 0 } = response
    statuses[statusCode] = (statuses[statusCode] ?? 0) + 1
    response.resume().on('end', ask)
  })
  sent.on('error', ask)
  sent.end(body)
}

for (let n = 0; n < connections; n += 1) ask()
parentPort?.once('message', () => {
  isOver = true
  agent.destroy()
  parentPort?.postMessage(statuses)
})
