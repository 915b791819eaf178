import { describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { herald } from '../support/command-line.ts'
import { notifyCommand, openEventNames, openSender } from '../support/commands.ts'
import { connectDevice } from '../support/device.ts'
import { nodeEnvironment, until } from '../support/nodes.ts'
import { useRedis } from '../support/redis.ts'

const redis = useRedis()

/** A node, a sender, and the command line in the same environment. */
async function open(more: Readonly<Record<string, string>> = {}) {
  const env = { ...nodeEnvironment(redis.url()), ...more }
  const app = await startTestApp({ env })
  const sender = openSender({ url: redis.url(), prefix: env.REDIS_PREFIX })
  return { app, sender, dead: (...args: readonly string[]) => herald(['dead', ...args], env) }
}

describe('herald dead', () => {
  test('shows what was rejected, when and why', async () => {
    const { sender, dead } = await open()
    expect(await dead()).toEqual({ code: 0, stdout: 'No command was rejected.\n', stderr: '' })
    await sender.add({ type: 'retractNotifications', data: { ids: ['unknown'] } })
    await sender.idle()
    await sender.publish('\u001b[31mno JSON')
    await until(async () => (await sender.dead()).length === 2)
    const [first, second] = (await sender.dead()).map(({ id }) => id)
    const time = String.raw`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z`
    const { code, stdout } = await dead()
    expect(code).toBe(0)
    const lines = stdout.split('\n')
    expect(lines[0]).toMatch(new RegExp(`^${first}  ${time}  stream \\d+-\\d+  NOT_FOUND$`))
    expect(lines.slice(1, 3)).toEqual([
      '  Notification unknown not found.',
      '  {"type":"retractNotifications","data":{"ids":["unknown"]}}',
    ])
    expect(lines[3]).toMatch(new RegExp(`^${second}  ${time}  channel  BAD_USER_INPUT$`))
    expect(lines.slice(4)).toEqual(['  The command is not JSON in UTF-8.', '   [31mno JSON', ''])
    expect((await dead('--limit', '1')).stdout).toMatch(/\n… and 1 more\.\n$/)

    const json = (await dead('--json')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(json).toMatchObject([
      { id: first, from: 'stream', code: 'NOT_FOUND', isCut: false },
      { id: second, from: 'channel', command: '\u001b[31mno JSON' },
    ])
  })

  test('sends commands again, and takes them off the list', async () => {
    const { app, sender, dead } = await open()
    const agent = await connectDevice(app, 'bob', 'agent')
    for (const ticketId of ['7', '8'])
      await sender.add({ type: 'sendToTicket', data: { ticketId, event: `to ${ticketId}` } })
    await sender.idle()
    const [first] = await sender.dead()
    // What was missing comes later.
    await sender.add({ type: 'upsertTicket', data: { id: '7' } })
    await sender.add({ type: 'upsertTicket', data: { id: '8' } })
    await sender.idle()
    const namesOf = await openEventNames(
      agent.subscribe('subscription { customEvent(ticketId: "7") { name } }'),
      (event) => sender.add({ type: 'sendToTicket', data: { ticketId: '7', event } }),
    )

    expect(await dead('--replay', first?.['id'] ?? '')).toEqual({
      code: 0,
      stdout: 'Sent 1 command again.\n',
      stderr: '',
    })
    expect(await namesOf(1)).toEqual(['to 7'])
    expect(await dead('--replay', 'all')).toEqual({ code: 0, stdout: 'Sent 1 command again.\n', stderr: '' })
    await sender.idle()
    expect(await sender.dead()).toEqual([])
  })

  test('deletes commands', async () => {
    const { sender, dead } = await open()
    for (let n = 0; n < 150; n++) await sender.add('no JSON')
    await sender.idle()
    const [, second] = await sender.dead()
    expect(await dead('--delete', second?.['id'] ?? '')).toEqual({
      code: 0,
      stdout: 'Deleted 1 command.\n',
      stderr: '',
    })
    expect((await sender.dead()).map(({ id }) => id)).not.toContain(second?.['id'])
    expect((await dead('--delete', 'all')).stdout).toBe('Deleted 149 commands.\n')
    expect(await sender.dead()).toEqual([])
  })

  test('keeps of a command that was too large the beginning, and does not send it again', async () => {
    const { sender, dead } = await open({ MAX_REQUEST_BYTES: '5000' })
    await sender.add(notifyCommand('alice', 'x'.repeat(6_000)))
    await sender.idle()
    const [{ id, command, cut } = { id: '' }] = await sender.dead()
    expect([command?.length, cut]).toEqual([4_096, '1'])
    const { code, stdout, stderr } = await dead('--replay', 'all')
    expect([code, stdout]).toEqual([1, 'Sent 0 commands again.\n'])
    expect(stderr).toBe(`${id} was too large and is not kept whole, so it cannot be sent again.\n`)
    expect(await sender.dead()).toHaveLength(1)
  })

  test('keeps the newest MAX_DEAD_COMMANDS', async () => {
    const { sender } = await open({ MAX_DEAD_COMMANDS: '3' })
    for (let n = 0; n < 10; n++) await sender.add({ type: `unknown ${n}`, data: {} })
    await sender.idle()
    const kept = (await sender.dead()).map(({ command }) => JSON.parse(command ?? '').type)
    expect(kept).toHaveLength(3)
  })

  test('says what is wrong', async () => {
    const { dead } = await open()
    expect(await dead('--delete', '1-1')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'There is no rejected command 1-1.\n',
    })
    expect((await dead('--delete', 'some')).stderr).toMatch(/^An id looks like .* this is "some"/)
    const away = await herald(['dead'], { REDIS_URL: 'redis://127.0.0.1:1' })
    expect(away).toMatchObject({ code: 1, stdout: '' })
    expect(away.stderr).toMatch(/REDIS_URL: Redis cannot be used \(.*ECONNREFUSED.*\)/)
    expect(await herald(['dead'])).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'REDIS_URL is not set. Without Redis there are no commands from it. For events to your backend: herald dead --events\n',
    })
  })
})
