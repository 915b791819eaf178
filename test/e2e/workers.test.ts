import { describe, expect, test } from 'vitest'
import { connectDevice, type Data } from '../support/device.ts'
import { parseMetrics } from '../support/metrics.ts'
import { NOTIFY, received } from '../support/nodes.ts'
import { post } from '../support/process.ts'
import { connectToBoth, startWorkers, workerPids } from '../support/workers.ts'

const ADDED = 'subscription { notificationAdded { title } }'

// Each test starts three processes, which takes its time on a busy machine.
describe('several workers', { timeout: 120_000 }, () => {
  test('serve one port together, and tell each other what happens', async () => {
    const herald = await startWorkers()
    expect(workerPids(herald)).toHaveLength(2)
    const devices = await connectToBoth(herald)
    const backend = await connectDevice(herald, 'shop', 'backend')
    for (const [index, device] of devices.entries()) {
      const stream = device.subscribe(ADDED)
      await received(
        stream,
        () => backend.run(NOTIFY, { to: `user-${index}` }),
        () => true,
      )
    }
    const { connectionStats }: Data = await backend.run('{ connectionStats { connections nodes { id connections } } }')
    expect(connectionStats.nodes).toHaveLength(2)
    expect(connectionStats.connections).toBe(devices.length + 1)
  })

  test('answer a scrape with the figures of all, whichever is asked', async () => {
    const herald = await startWorkers()
    await connectToBoth(herald)
    const token = await herald.token('user-0')
    await post(herald.url, token, '{ me { id } }')
    for (let n = 0; n < 4; n += 1) {
      const answer = await fetch(new URL('/metrics', herald.url), { headers: { connection: 'close' } })
      const { value, text } = parseMetrics(await answer.text())
      expect(value('herald_part_up{part="redis",worker="1"}')).toBe(1)
      expect(value('herald_part_up{part="redis",worker="2"}')).toBe(1)
      expect(text.match(/^process_resident_memory_bytes\{worker="[12]"\}/gm)).toHaveLength(2)
    }
  })
})
