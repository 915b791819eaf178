import { describe, expect, inject, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { herald } from '../support/command-line.ts'
import { connectDevice } from '../support/device.ts'
import { startProcess } from '../support/process.ts'
import { newPrefix } from '../support/redis.ts'
import { tempFolder } from '../support/temp.ts'

describe('a second Herald on the folder of the first', () => {
  test('ends with one sentence, and the first goes on', async () => {
    const env = { DATA_DIR: tempFolder() }
    const first = await startProcess(env)
    const { code, stdout, stderr } = await herald(['start'], { ...env, PORT: '0', LOG_LEVEL: 'error' })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(
      /^Another Herald \(process \d+ on \S+\) serves from the database \S+herald\.db, .* Set REDIS_URL for both, or give this one another DATA_DIR\.\n$/,
    )
    expect((await fetch(new URL('/ready', first.url))).status).toBe(200)
    expect(await first.stop('SIGTERM')).toBe(0)
  })

  test('takes over at once when the first was killed', async () => {
    const env = { DATA_DIR: tempFolder() }
    const first = await startProcess(env)
    await first.stop('SIGKILL')
    const second = await startProcess({ ...env, LOG_LEVEL: 'warn' })
    expect((await fetch(new URL('/ready', second.url))).status).toBe(200)
  })

  test('serves when the first has drained', async () => {
    const env = { DATA_DIR: tempFolder(), DRAIN_MS: '3000' }
    const first = await startProcess(env)
    const devices = [await connectDevice(first, 'ann'), await connectDevice(first, 'bob')]
    for (const device of devices) await device.run('{ me { id } }')
    const stopped = first.stop('SIGTERM')
    const second = await startProcess(env)
    expect(await stopped).toBe(0)
    expect((await fetch(new URL('/ready', second.url))).status).toBe(200)
  })

  test('is refused when it has a Redis that the first does not know', async () => {
    const env = { DATA_DIR: tempFolder() }
    await startTestApp({ env })
    const shared = { ...env, REDIS_URL: inject('redis'), REDIS_PREFIX: newPrefix() }
    await expect(startTestApp({ env: shared })).rejects.toThrow('without REDIS_URL')
  })
})
