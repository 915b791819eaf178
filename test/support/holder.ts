import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { onTestFinished } from 'vitest'

function source(file: string): string {
  return JSON.stringify(resolve(import.meta.dirname, '../../src/storage', file))
}

/** A process in the middle of a transaction that has locked a stream, and that was stopped there. */
export interface StoppedHolder {
  kill(): void
}

/** Opens the database in another process, and stops that when it has locked the stream. It is killed after the test. */
export async function openStoppedHolder(
  database: { readonly url: string } | { readonly file: string },
  stream: string,
): Promise<StoppedHolder> {
  const open = 'url' in database ? 'openPostgresStorage' : 'openSqliteStorage'
  const script = `
    const { ${open} } = await import(${source('url' in database ? 'postgres-storage.ts' : 'sqlite-storage.ts')})
    const { advanceStream } = await import(${source('streams.ts')})
    const storage = await ${open}(${JSON.stringify(database)})
    await storage.write(async (tx) => {
      await advanceStream(tx, ${JSON.stringify(stream)})
      process.stdout.write('locked')
      await new Promise((resolve) => setTimeout(resolve, 600_000))
    })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  await once(child.stdout, 'data')
  child.kill('SIGSTOP')
  return { kill: () => void child.kill('SIGKILL') }
}
