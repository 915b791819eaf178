import { expect, test } from 'vitest'
import { openRawRequest } from '../support/raw-request.ts'
import { startSmallServer } from '../support/small-server.ts'

const GET = 'GET /live HTTP/1.1\r\nhost: localhost\r\n\r\n'

function statusesIn(text: string): readonly string[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, code]) => code!)
}

test('requests that come before others are answered are answered in order, up to eight; then the connection ends', async () => {
  const { url, lines } = await startSmallServer()
  const few = await openRawRequest(url)
  few.write(GET.repeat(7) + GET.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'))
  expect(statusesIn(await few.ended)).toEqual(Array.from({ length: 8 }, () => '200'))

  const many = await openRawRequest(url)
  many.write(GET.repeat(1_000))
  const text = await many.ended
  expect(statusesIn(text)).toEqual([...Array.from({ length: 8 }, () => '200'), '429'])
  expect(text).toContain('"code":"RATE_LIMITED"')
  expect(text).toMatch(/retry-after: 1/i)
  expect(lines.filter(({ msg }) => msg === 'refused')).toMatchObject([
    { answer: 429, reason: 'Too many requests of this connection wait for their answers.' },
  ])
})

test('requests of one connection one after the other are not counted together', async () => {
  const { url } = await startSmallServer()
  const one = await openRawRequest(url)
  for (let n = 1; n <= 20; n += 1) {
    one.write(GET)
    await expect.poll(() => statusesIn(one.text).length).toBe(n)
  }
  expect(statusesIn(one.text).every((status) => status === '200')).toBe(true)
})
