import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from '../report/figures.ts'

const HERALD = join(import.meta.dirname, '../../src/cli/herald.js')

/** Milliseconds from starting the process to its ready line, on an empty and then on the same data folder. */
export async function measureStart(): Promise<{ readonly first: number; readonly again: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'herald-bench-'))
  const run = async (): Promise<number> => {
    const started = performance.now()
    const child = spawn(process.execPath, [HERALD, 'start'], {
      env: { ...process.env, PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'silent' },
    })
    await once(child.stdout, 'data')
    const ms = performance.now() - started
    child.kill('SIGKILL')
    await once(child, 'exit')
    return ms
  }
  const first = await run()
  const again = [await run(), await run(), await run()]
  rmSync(folder, { recursive: true })
  return { first, again: median(again) }
}
