import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { eventCommand, openSender } from '../support/commands.ts'
import { connectDevice } from '../support/device.ts'
import { nodeEnvironment, until } from '../support/nodes.ts'
import { useRedis } from '../support/redis.ts'

const redis = useRedis()

/** Connections break whenever somebody subscribes over them to this channel, so often. */
function breakSubscribing(channel: string): { times: number } {
  const breaks = { times: 0 }
  const { sendCommand } = Redis.prototype
  Redis.prototype.sendCommand = function (this: Redis, command, stream) {
    if (breaks.times > 0 && command.name === 'subscribe' && String(command.args[0]) === channel) {
      breaks.times -= 1
      this.stream.destroy()
    }
    return sendCommand.call(this, command, stream)
  }
  onTestFinished(() => {
    Redis.prototype.sendCommand = sendCommand
  })
  return breaks
}

test('commands on the channel are received again, also when connections break while that is asked for', async () => {
  const env = nodeEnvironment(redis.url())
  const sender = openSender({ url: redis.url(), prefix: env.REDIS_PREFIX })
  const breaks = breakSubscribing(`${env.REDIS_PREFIX}commands`)
  const app = await startTestApp({ env })
  const device = await connectDevice(app, 'alice')
  const events = device.subscribe('subscription { customEvent { name } }')
  await device.run('{ me { id } }')
  const killer = new Redis(redis.url())
  onTestFinished(() => killer.disconnect())

  breaks.times = 3
  await killer.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
  await until(async () => breaks.times === 0)
  // What is sent until then is lost: that is what makes the channel quick.
  await until(async () => {
    await sender.publish(eventCommand('alice', 'again'))
    return events.waiting.length > 0
  })
  expect(await events.next()).toEqual({ customEvent: { name: 'again' } })
})
