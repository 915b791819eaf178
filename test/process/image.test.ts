import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { TEST_SECRET } from '../support/app.ts'
import { buildInFolder } from '../support/dockerfile.ts'
import { copyClone, startIn, WITH_NPM, WITH_THIS_NODE } from '../support/packages.ts'
import { freePort } from '../support/proxy.ts'
import { tempFolder } from '../support/temp.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** What a Dockerfile does to the system of its container. */
const OF_THE_SYSTEM = ['apt-get update', 'install -d -o node']

test('the image, made in a folder by the steps of its Dockerfile, starts, is healthy, and stops on SIGTERM', {
  timeout: 300_000,
}, async () => {
  const [clone, context] = [tempFolder(), tempFolder()]
  copyClone(clone)
  const allowed = readFileSync(join(clone, '.dockerignore'), 'utf8').match(/(?<=^!).+/gm) ?? []
  for (const name of ['Dockerfile', ...allowed]) cpSync(join(clone, name), join(context, name), { recursive: true })
  const installed: string[] = []
  const image = buildInFolder({
    context,
    folder: tempFolder(),
    env: WITH_NPM,
    instead: (command, workdir) => {
      if (OF_THE_SYSTEM.some((start) => command.startsWith(start))) return true
      // The run has done this, with the same lock file.
      if (!command.startsWith('npm ci') || command.includes('--omit=dev')) return false
      installed.push(command)
      symlinkSync(join(ROOT, 'node_modules'), join(workdir, 'node_modules'))
      return true
    },
  })
  expect(installed).toHaveLength(1)
  expect(existsSync(join(image.workdir, 'src'))).toBe(false)
  expect(existsSync(join(image.workdir, 'node_modules/typescript'))).toBe(false)
  const { LD_PRELOAD, HOST, ...env } = image.env
  expect([LD_PRELOAD, HOST]).toEqual(['libjemalloc.so.2', '0.0.0.0'])
  const inFolder = {
    ...env,
    DATA_DIR: join(image.folder, 'data'),
    PORT: String(await freePort()),
    JWT_SECRET: TEST_SECRET,
  }
  const { url, stop } = await startIn(image.workdir, image.command, inFolder)
  const [program, ...args] = image.healthCheck
  const health = spawn(program!, args, { env: { ...WITH_THIS_NODE, ...inFolder }, stdio: 'inherit' })
  expect((await once(health, 'exit'))[0]).toBe(0)
  expect(await (await fetch(new URL('/ready', url))).json()).toMatchObject({ status: 'ready' })
  expect(await stop()).toBe(0)
})
