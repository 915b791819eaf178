import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openSqliteStorage } from '../../src/storage/sqlite-storage.ts'
import type { Tx } from '../../src/storage/storage.ts'
import { advanceStreams, readStream } from '../../src/storage/streams.ts'
import { prepareStorage } from '../support/storage.ts'
import { tempFolder } from '../support/temp.ts'

describe('storage on SQLite', () => {
  test('is migrated once when several processes start at the same time', async () => {
    const file = join(tempFolder(), 'herald.db')
    const script = `
      const { openSqliteStorage } = await import(${JSON.stringify(resolve(import.meta.dirname, '../../src/storage/sqlite-storage.ts'))})
      const storage = await openSqliteStorage({ file: ${JSON.stringify(file)} })
      process.stdout.write(storage.epoch)
      await storage.close()`
    const start = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
    const epochs = (await Promise.all([start(), start(), start(), start()])).map(({ stdout }) => stdout)
    expect(new Set(epochs).size).toBe(1)
    expect(epochs[0]).toHaveLength(11)
  })

  test('waits for the disk with every write, and not with notes alone', async () => {
    const storage = await openSqliteStorage({ file: join(tempFolder(), 'herald.db') })
    onTestFinished(() => storage.close())
    const look = async (tx: Tx): Promise<string> => {
      const { rows } = await sql<{ synchronous: number }>`PRAGMA synchronous`.execute(tx)
      return ['OFF', 'NORMAL', 'FULL'][rows[0]?.synchronous ?? 0] ?? ''
    }
    expect(await storage.write(look)).toBe('FULL')
    expect(await storage.note(look)).toBe('NORMAL')
    expect(await storage.write(look)).toBe('FULL')
    expect(await Promise.all([storage.note(look), storage.note(look)])).toEqual(['NORMAL', 'NORMAL'])
    expect(await Promise.all([storage.note(look), storage.write(look)])).toEqual(['FULL', 'FULL'])
  })

  test('answers SERVICE_UNAVAILABLE when the disk is full, keeps nothing by half, and goes on when there is room', async () => {
    const storage = await prepareStorage()()
    const grow = (limit: number) => storage.write((tx) => sql`PRAGMA max_page_count = ${sql.lit(limit)}`.execute(tx))
    await grow(1)
    const streams = Array.from({ length: 5_000 }, (_, index) => `user:${index}`)
    await expect(storage.write((tx) => advanceStreams(tx, streams))).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: 'The disk is full. Nothing was stored.',
    })
    expect(await storage.read((tx) => readStream(tx, 'user:0'))).toBeUndefined()
    await grow(1_000_000)
    await storage.write((tx) => advanceStreams(tx, streams))
    expect(await storage.read((tx) => readStream(tx, 'user:0'))).toMatchObject({ revision: 1 })
  })
})
