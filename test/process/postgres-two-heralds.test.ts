import { expect, inject, onTestFinished, test } from 'vitest'
import { herald } from '../support/command-line.ts'
import { makeDatabase } from '../support/postgres-databases.ts'
import { startProcess } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'

test('a second Herald on the Postgres of the first, without a Redis, ends with one sentence, and the first goes on', async () => {
  const { url: DATABASE_URL, drop } = await makeDatabase(inject('postgres'))
  onTestFinished(drop)
  const first = await startProcess({ DATA_DIR: tempFolder(), DATABASE_URL })
  const env = { DATA_DIR: tempFolder(), DATABASE_URL, PORT: '0', LOG_LEVEL: 'error' }
  const { code, stdout, stderr } = await herald(['start'], env)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(
    /^Another Herald \(process \d+ on \S+\) serves from the database .* Set REDIS_URL for both, or give this one another DATABASE_URL\.\n$/,
  )
  expect((await fetch(new URL('/ready', first.url))).status).toBe(200)
  expect(await first.stop('SIGTERM')).toBe(0)
})
