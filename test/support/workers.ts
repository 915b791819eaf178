import { readFileSync } from 'node:fs'
import { inject } from 'vitest'
import type { TokenRole } from './app.ts'
import { connectDevice, type Device } from './device.ts'
import { newEnvironment } from './environment.ts'
import { scrape } from './metrics.ts'
import { until } from './nodes.ts'
import { type HeraldProcess, startProcess } from './process.ts'
import { newPrefix } from './redis.ts'

/** Starts a Herald of two workers, over the database of the set-up that this run is about. */
export async function startWorkers(env: Record<string, string> = {}, before?: string): Promise<HeraldProcess> {
  const base = { REDIS_URL: inject('redis'), REDIS_PREFIX: newPrefix(), WORKERS: '2' }
  return startProcess({ ...(await newEnvironment()), ...base, ...env } as Record<string, string>, before)
}

/** The process ids of the workers of a Herald, as the system knows them. */
export function workerPids({ child }: Pick<HeraldProcess, 'child'>): readonly number[] {
  return readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
    .trim()
    .split(/\s+/)
    .filter(Boolean)
    .map(Number)
}

/** How many WebSockets each of two workers has. */
export async function spread(herald: HeraldProcess): Promise<readonly number[]> {
  const { value } = await scrape(herald)
  return ['1', '2'].map((worker) => value(`herald_connections{transport="websocket",worker="${worker}"}`) ?? 0)
}

/** Connects devices of a user until one is at this worker (1 or 2), and closes the others. */
export async function connectToWorker(
  herald: HeraldProcess,
  worker: 1 | 2,
  userId: string,
  role?: TokenRole,
): Promise<Device> {
  for (;;) {
    const before = await spread(herald)
    const device = await connectDevice(herald, userId, role)
    await device.run('{ me { id } }')
    if ((await spread(herald))[worker - 1]! > before[worker - 1]!) return device
    await device.close()
    await until(async () => (await spread(herald)).join() === before.join())
  }
}

/** Connects devices of `user-0`, `user-1` and so on until both workers have one. */
export async function connectToBoth(herald: HeraldProcess): Promise<readonly Device[]> {
  const devices: Device[] = []
  await until(async () => {
    const device = await connectDevice(herald, `user-${devices.length}`, 'agent')
    await device.run('{ me { id } }')
    devices.push(device)
    return (await spread(herald)).every((count) => count > 0)
  })
  return devices
}
