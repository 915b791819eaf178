import type { ExecutionResult } from 'graphql'
import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice } from '../support/device.ts'
import { HTTP_CLIENTS } from '../support/http-clients.ts'
import { openProxy } from '../support/proxy.ts'

const EVENTS = 40
/** After so many, the connection is cut. */
const CUT_EVERY = 7

const FOLLOW = 'subscription($after: Cursor) { notificationAdded(after: $after) { title } }'
const NOTIFY = `mutation($title: String!) {
  notify(input: { userIds: ["ann"], notification: { type: "x", title: $title } }) { notificationId }
}`

function titleIn({ data }: ExecutionResult): string | undefined {
  return (data?.['notificationAdded'] as { readonly title: string } | undefined)?.title
}

test.each(HTTP_CLIENTS)('%s goes on where it was, and misses nothing when it is cut', async (_, client, repeats) => {
  const app = await startTestApp()
  const network = await openProxy(Number(new URL(app.url).port))
  const [backend, ann] = [await connectDevice(app, 'shop', 'backend'), await connectDevice(app, 'ann')]
  const { notifications } = await ann.run('{ notifications { resumeCursor } }')
  const got: string[] = []
  const url = `http://127.0.0.1:${network.port}/graphql`
  const authorization = `Bearer ${await app.token('ann')}`
  client(
    { url, authorization },
    {
      query: FOLLOW,
      after: notifications.resumeCursor,
      onResult: (result) => {
        const title = titleIn(result)
        if (title !== undefined) got.push(title)
      },
    },
  )
  const titles = Array.from({ length: EVENTS }, (_, n) => `${n}`)
  for (const [n, title] of titles.entries()) {
    await backend.run(NOTIFY, { title })
    await expect.poll(() => got).toContain(title)
    if (n % CUT_EVERY === CUT_EVERY - 1) network[n % 2 === 0 ? 'reset' : 'end']()
  }
  expect([...new Set(got)]).toEqual(titles)
  if (!repeats) expect(got).toEqual(titles)
})
