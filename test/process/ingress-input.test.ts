import { describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { openSender, type Sender } from '../support/commands.ts'
import { nodeEnvironment, until } from '../support/nodes.ts'
import { useRedis } from '../support/redis.ts'

const redis = useRedis()

async function open() {
  const env = nodeEnvironment(redis.url())
  await startTestApp({ env })
  return openSender({ url: redis.url(), prefix: env.REDIS_PREFIX })
}

const WAYS_IN = {
  stream: (sender: Sender, command: string) => sender.add(command),
  channel: (sender: Sender, command: string) => sender.publish(command),
}

function notify(userIds: string, more = ''): string {
  return `{"type":"notify","data":{"userIds":${userIds},"notification":{"type":"a.b","title":"Hi"${more}}}}`
}

const BAD: readonly (readonly [string, string, RegExp])[] = [
  [
    'a user id as a large number',
    notify('["bob",1234567890123456781]'),
    /^data\.userIds\[1\] is 1234567890123456781, .*send it as a string\.$/,
  ],
  ['a single large number', notify('9007199254740993'), /^data\.userIds is 9007199254740993, /],
  [
    'a ticket id as a large number',
    '{"type":"upsertTicket","data":{"id":1234567890123456781}}',
    /^data\.id is 1234567890123456781, /,
  ],
  ['a large number in data', notify('["bob"]', ',"data":{"n":9007199254740993}'), /^data\.notification\.data\.n is /],
  ['infinity in data', notify('["bob"]', ',"data":{"n":[1e400]}'), /^data\.notification\.data\.n\[0\] is 1e400, /],
  [
    'a day that does not exist',
    notify('["bob"]', ',"expiresAt":"2327-02-30T00:00:00Z"'),
    /at "input\.notification\.expiresAt"; A DateTime must be RFC 3339 and a moment that exists/,
  ],
  ['the same key twice', notify('["bob"]', ',"title":"Ho"'), /^data\.notification\.title is there twice\.$/],
  [
    '400,000 levels',
    notify('["bob"]', `,"data":{"n":${'['.repeat(400_000)}${']'.repeat(400_000)}}`),
    /^data\.notification\.data\.n\[0\].* is nested deeper than 64 levels\.$/,
  ],
]

describe.each(Object.entries(WAYS_IN))('a command in the %s', (_name, send) => {
  test.each(BAD)('with %s is a dead letter that says so', async (_what, command, reason) => {
    const sender = await open()
    await send(sender, command)
    await until(async () => (await sender.dead()).length === 1)
    const [letter] = await sender.dead()
    expect(letter).toMatchObject({ code: 'BAD_USER_INPUT', reason: expect.stringMatching(reason) })
  })
})
