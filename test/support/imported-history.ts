import { expect } from 'vitest'
import { signTestToken } from './app.ts'
import { type Env, herald } from './command-line.ts'
import { at, fileOf, told } from './imports.ts'
import { post, startProcess } from './process.ts'

/** Imports history by the command, starts a Herald over the same new database, and expects it there. */
export async function bringHistory(env: Env): Promise<void> {
  const file = fileOf([told('One', 1), told('Two', 2, { readAt: at(3) })])
  const { code, stdout, stderr } = await herald(['import', file], env)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^notification: 2 stored, 0 there already, 0 refused\.\n(.+\n)*Imported \S+: 2 lines\.\n$/)
  const { url, stop } = await startProcess(env)
  const list = '{ notifications { nodes { title } unread { count } } }'
  const { notifications } = await post(url, await signTestToken('ann'), list)
  expect(notifications).toEqual({ nodes: [{ title: 'Two' }, { title: 'One' }], unread: { count: 1 } })
  await stop('SIGTERM')
}
