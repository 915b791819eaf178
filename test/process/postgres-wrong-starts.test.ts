import { expect, inject, test } from 'vitest'
import { explainPostgresStart } from '../../src/storage/postgres-start.ts'
import { type Env, herald } from '../support/command-line.ts'
import { NOBODYS_PORT } from '../support/proxy.ts'
import { tempFolder } from '../support/temp.ts'

type Case = readonly [name: string, make: () => Promise<{ readonly url: string; readonly sentence: string | RegExp }>]

/** The server of the tests by another URL. */
function server(change: (url: URL) => void): { readonly url: string; readonly at: string } {
  const url = new URL(inject('postgres').url)
  change(url)
  return { url: url.href, at: `${url.hostname}:${url.port}` }
}

const CASES: readonly Case[] = [
  [
    'a Postgres that is not there',
    async () => {
      const port = NOBODYS_PORT
      const sentence = `no Postgres answers at 127.0.0.1:${port} (ECONNREFUSED). Start it, or correct DATABASE_URL.`
      return { url: `postgres://herald:hunter2@127.0.0.1:${port}/herald`, sentence }
    },
  ],
  [
    'a database that does not exist',
    async () => {
      const { url, at } = server((to) => {
        to.pathname = '/nothing'
      })
      return {
        url,
        sentence: `Postgres at ${at} has no database "nothing". Make it with createdb, or correct DATABASE_URL.`,
      }
    },
  ],
  [
    'a user who does not exist',
    async () => {
      const { url, at } = server((to) => {
        to.username = 'nobody'
      })
      return {
        url,
        sentence: `Postgres at ${at} lets the user "nobody" not in (role "nobody" does not exist). Allow it, or correct DATABASE_URL.`,
      }
    },
  ],
  [
    'a Postgres without TLS',
    async () => {
      const { url, at } = server((to) => to.searchParams.set('sslmode', 'verify-full'))
      return { url, sentence: `Postgres at ${at} offers no TLS. Turn it on, or leave sslmode out of DATABASE_URL.` }
    },
  ],
  [
    'a machine that nobody knows',
    async () => ({
      url: 'postgres://herald@nowhere.invalid/herald',
      sentence: 'no machine is known by the name in nowhere.invalid:5432. Start it, or correct DATABASE_URL.',
    }),
  ],
]

test.each(CASES)('a start with %s ends with one sentence', async (_, make) => {
  const { url, sentence } = await make()
  const env: Env = { PORT: '0', DATA_DIR: tempFolder(), DATABASE_URL: url, LOG_LEVEL: 'error' }
  const { code, stdout, stderr } = await herald(['start'], env)
  expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: `DATABASE_URL: ${sentence}\n` })
})

function refusal(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

test.each([
  [refusal('28P01', 'password authentication failed'), /refuses the password of the user "herald"/],
  [
    refusal('42501', 'permission denied for schema public'),
    /may not make tables in "shop" at db:5432\. Grant it CREATE/,
  ],
  [refusal('25006', 'cannot execute CREATE TABLE in a read-only transaction'), /takes no writes: it is a standby/],
  [refusal('53300', 'sorry, too many clients already'), /has no connection left\. Raise max_connections/],
  [
    refusal('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'),
    /is not trusted .* sslrootcert/,
  ],
])('what Postgres answers is explained: %s', (error, sentence) => {
  const explained = explainPostgresStart(error, 'postgres://herald:hunter2@db/shop')
  expect(explained).toMatchObject({ name: 'StartError', message: expect.stringMatching(sentence) })
  expect(explained).toMatchObject({ message: expect.not.stringContaining('hunter2') })
})
