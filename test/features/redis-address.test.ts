import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'

function addressOf(url: string) {
  return loadConfig({ REDIS_URL: url }).redis?.address
}

function mistakeOf(env: Record<string, string>): string {
  try {
    loadConfig(env)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return ''
}

describe('REDIS_URL', () => {
  test('names one server, with a user, a password and a database', () => {
    expect(addressOf('redis://cache')).toMatchObject({
      kind: 'server',
      hosts: [{ host: 'cache', port: 6379 }],
      database: 0,
      isTls: false,
      username: undefined,
      password: undefined,
    })
    expect(addressOf('rediss://herald:p%40ss%2Fw%3Ard@[::1]:6380/3')).toMatchObject({
      hosts: [{ host: '::1', port: 6380 }],
      database: 3,
      isTls: true,
      username: 'herald',
      password: 'p@ss/w:rd',
    })
    expect(addressOf('redis://:secret@cache/')).toMatchObject({ username: undefined, password: 'secret', database: 0 })
  })

  test('takes a password as it is, where that leaves no doubt', () => {
    expect(addressOf('redis://:a/b@c#d?e@cache')).toMatchObject({
      password: 'a/b@c#d?e',
      hosts: [{ host: 'cache', port: 6379 }],
    })
  })

  test('names Sentinels and the master behind them', () => {
    expect(addressOf('redis+sentinel://herald:secret@one,two:26380/main/2?sentinelPassword=other')).toMatchObject({
      kind: 'sentinel',
      hosts: [
        { host: 'one', port: 26379 },
        { host: 'two', port: 26380 },
      ],
      masterName: 'main',
      database: 2,
      username: 'herald',
      password: 'secret',
      sentinelUsername: undefined,
      sentinelPassword: 'other',
    })
  })

  test('names some servers of a cluster', () => {
    expect(addressOf('rediss+cluster://:secret@one:7000,two:7001')).toMatchObject({
      kind: 'cluster',
      hosts: [
        { host: 'one', port: 7000 },
        { host: 'two', port: 7001 },
      ],
      isTls: true,
      password: 'secret',
    })
  })

  test.each([
    ['http://:hunter2@cache', 'must be an address such as redis://'],
    ['redis+ring://cache', 'must be an address such as redis://'],
    ['redis://', 'must name hosts as host or host:port'],
    ['redis://:hunter2', 'must name hosts as host or host:port'],
    ['redis://cache:70000', 'must name hosts as host or host:port'],
    ['redis+cluster://one,,two', 'must name hosts as host or host:port'],
    ['redis://one,two', 'must begin with redis+sentinel:// or redis+cluster:// when it names several hosts'],
    ['redis://herald@cache', 'must give a password with the name'],
    ['redis://:hunter2%@cache', 'must write special characters of a name or password in percent encoding'],
    ['redis://cache/hunter2', 'must have nothing but the number of a database at its end'],
    ['redis://cache?database=1', 'must not have the parameter database'],
    ['redis://cache#hunter2', 'must have no part that begins with #'],
    ['redis+sentinel://one,two', 'must name the master behind the hosts'],
    ['redis+sentinel://one/main/0/hunter2', 'must end after the name of the master and the number of the database'],
    ['redis+cluster://one/1', 'must not name a database, because a Redis Cluster has only one'],
  ])('%s is refused in plain words', (url, mistake) => {
    expect(mistakeOf({ REDIS_URL: url })).toContain(`REDIS_URL ${mistake}`)
    expect(mistakeOf({ REDIS_URL: url })).not.toContain('hunter2')
  })

  test('goes with certificates only when it speaks TLS', () => {
    expect(mistakeOf({ REDIS_URL: 'redis://cache', REDIS_CA_FILE: 'ca.pem' })).toContain('does not begin with rediss')
    expect(loadConfig({ REDIS_URL: 'rediss://cache', REDIS_CA_FILE: 'ca.pem' }).redis?.caFile).toBe('ca.pem')
  })
})

test('REDIS_PREFIX has no braces, because they decide where a cluster keeps a key', () => {
  expect(mistakeOf({ REDIS_PREFIX: '{herald}:' })).toContain('REDIS_PREFIX must have no braces')
})
