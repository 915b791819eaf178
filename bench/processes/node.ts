import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Core, spawnPinned } from './cores.ts'

/** A Node process of the benchmark that talks to this one; `file` is in `bench/`. */
export function startNode(core: Core, file: string, env: NodeJS.ProcessEnv): ChildProcess {
  return spawnPinned(core, process.execPath, ['--expose-gc', join(import.meta.dirname, '..', file)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}

/** Its next message; rejects when it ends instead. */
export async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const stopped = once(child, 'exit').then(() => Promise.reject(new Error('The process ended')))
  const [message] = (await Promise.race([once(child, 'message'), stopped])) as [Message]
  return message
}

/** Ends it as `kill -9` does. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
