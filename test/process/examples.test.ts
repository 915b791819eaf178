import { execFile, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { signTestToken, startTestApp } from '../support/app.ts'
import { openSender } from '../support/commands.ts'
import { connectDevice } from '../support/device.ts'
import { nodeEnvironment } from '../support/nodes.ts'
import { useRedis } from '../support/redis.ts'

const FOLDER = resolve(import.meta.dirname, '../../examples/backends')
const run = promisify(execFile)
const redis = useRedis()

/** Examples that receive; `handoff-examples.test.ts` tries them. */
const RECEIVERS = ['handoff.mjs', 'handoff.py']
/** What needs a package; `packages.test.ts` tries it. */
const WITH_PACKAGE = ['library.mjs', 'package.json']

/** Each example: what it calls itself, what runs it, and how to see that this is here. */
const EXAMPLES = [
  ['notify.sh', 'the shell', ['sh'], ['redis-cli', '--version']],
  ['notify-curl.sh', 'curl', ['sh'], ['curl', '--version']],
  ['notify.mjs', 'Node', [process.execPath], [process.execPath, '--version']],
  ['notify.py', 'Python', ['python3'], ['python3', '--version']],
  ['notify.php', 'PHP', ['php'], ['php', '--version']],
  ['notify.rb', 'Ruby', ['ruby'], ['ruby', '--version']],
  ['notify.go', 'Go', ['go', 'run'], ['go', 'version']],
  ['mutation.mjs', 'Node', [process.execPath], [process.execPath, '--version']],
  ['mutation.py', 'Python', ['python3'], ['python3', '--version']],
  ['mutation.php', 'PHP', ['php'], ['php', '--version']],
  ['mutation.rb', 'Ruby', ['ruby'], ['ruby', '--version']],
  ['mutation.go', 'Go', ['go', 'run'], ['go', 'version']],
] as const

function isHere([, , , [tool, how]]: (typeof EXAMPLES)[number]): boolean {
  return spawnSync(tool, [how]).status === 0
}

describe('the example', () => {
  test('files are all known here', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(
      [...EXAMPLES.map(([file]) => file), ...RECEIVERS, ...WITH_PACKAGE].sort(),
    )
    const missing = EXAMPLES.filter((example) => !isHere(example)).map(([file]) => file)
    if (missing.length > 0) process.stderr.write(`Examples that are not tried on this machine: ${missing.join(', ')}\n`)
  })

  test.for(EXAMPLES.filter(isHere))(
    '%s reaches a user: %s',
    { timeout: 300_000 },
    async ([file, name, [program, ...args]]) => {
      const env = nodeEnvironment(redis.url())
      const app = await startTestApp({ env })
      const alice = await connectDevice(app, 'alice')
      const added = alice.subscribe('subscription { notificationAdded { type title data } }')
      const events = alice.subscribe('subscription { customEvent { name data } }')
      await alice.run('{ me { id } }')
      const settings = { HERALD_URL: app.url, HERALD_TOKEN: await signTestToken('shop', 'backend') }

      const send = () =>
        run(program, [...args, resolve(FOLDER, file)], { env: { ...process.env, ...env, ...settings } })
      await send()
      expect(await events.next()).toEqual({ customEvent: { name: 'invoice.paid', data: { from: name } } })
      // Again, as after a time-out: the notification has an id.
      await send()
      const paid = { type: 'billing.invoice.paid', title: `Paid, says ${name}`, data: { invoice: 4711 } }
      expect(await added.next()).toEqual({ notificationAdded: paid })
      const sender = openSender({ url: redis.url(), prefix: env.REDIS_PREFIX })
      await sender.idle()
      await alice.run('{ me { id } }')
      expect([added.waiting, await sender.dead()]).toEqual([[], []])
    },
  )
})
