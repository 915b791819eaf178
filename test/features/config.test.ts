import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { developmentSecret } from '../../src/auth/development-secret.ts'
import { describeConfig, loadConfig } from '../../src/config.ts'
import { CONFIG_KEYS } from '../../src/config-keys.ts'
import { tempFolder } from '../support/temp.ts'

const SECRET = 'a-secret-of-more-than-thirty-two-bytes'

function mistakesOf(env: Record<string, string>): string {
  try {
    loadConfig(env)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return ''
}

describe('the configuration', () => {
  test('needs nothing on this machine alone', () => {
    expect(loadConfig({})).toMatchObject({
      isProduction: false,
      server: { host: '127.0.0.1', port: 4000, isLoopback: true, origins: undefined, introspection: true },
      auth: { secret: undefined },
      limits: { messageBytes: 65_536, dataBytes: 16_384, recipients: 10_000, pageSize: 100 },
    })
  })

  test('says how long what has had its time is kept', () => {
    const env = { RETENTION_READ_DAYS: '365', RETENTION_REMOVED_DAYS: '7' }
    expect(loadConfig({}).retention).toEqual({ readDays: 90, removedDays: 30 })
    expect(loadConfig(env).retention).toEqual({ readDays: 365, removedDays: 7 })
    expect(mistakesOf({ RETENTION_READ_DAYS: '0' })).toContain('RETENTION_READ_DAYS must be a whole number from 1')
  })

  test('tells every mistake at once, in plain words', () => {
    const message = mistakesOf({
      PORT: '70000',
      JWT_SECRET: 'short',
      JWT_JWKS_URL: 'ftp://keys',
      FRONTEND_URL: 'https://app.example.com/',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://herald:hunter2@db/herald',
      DATABASE_POOL_SIZE: '1',
      REDIS_URL: 'http://:hunter2@redis',
      REDIS_LEASE_MS: 'soon',
      MAX_PAGE_SIZE: '-1',
      GRAPHIQL: 'maybe',
    })
    for (const key of [
      'PORT',
      'JWT_SECRET',
      'JWT_JWKS_URL',
      'FRONTEND_URL',
      'LOG_LEVEL',
      'DATABASE_URL',
      'DATABASE_POOL_SIZE',
      'REDIS_URL',
      'REDIS_LEASE_MS',
      'MAX_PAGE_SIZE',
      'GRAPHIQL',
    ]) {
      expect(message).toContain(`- ${key} must`)
    }
    expect(message).toContain('JWT_SECRET and JWT_JWKS_URL are both set')
    expect(message).not.toContain('short')
    expect(message).not.toContain('hunter2')
  })

  test('refuses production without a key, and says what to set', () => {
    expect(mistakesOf({ NODE_ENV: 'production' })).toMatch(/JWT_SECRET .* or JWT_JWKS_URL/)
    expect(loadConfig({ NODE_ENV: 'production', JWT_SECRET: SECRET })).toMatchObject({
      isProduction: true,
      server: { introspection: false },
    })
  })

  test('refuses to be reachable by others without a key', () => {
    expect(mistakesOf({ HOST: '0.0.0.0' })).toContain('HOST is 0.0.0.0')
    expect(loadConfig({ HOST: '0.0.0.0', JWT_SECRET: SECRET }).server.isLoopback).toBe(false)
  })

  test('takes Postgres when it is told where', () => {
    expect(loadConfig({}).postgres).toBeUndefined()
    for (const url of ['postgres://herald:secret@db:5432/herald', 'postgresql://db/herald?sslmode=require']) {
      expect(loadConfig({ DATABASE_URL: url }).postgres).toEqual({ url, poolSize: 10 })
    }
  })

  test('reads a key under its deprecated name, unless the new one is set', () => {
    const countOf = (env: Record<string, string>) => loadConfig(env).limits.checkpointsPerUser
    expect(countOf({ MAX_POSITIONS_PER_USER: '5' })).toBe(5)
    expect(countOf({ MAX_POSITIONS_PER_USER: '5', MAX_CHECKPOINTS_PER_USER: '6' })).toBe(6)
    expect(mistakesOf({ MAX_POSITIONS_PER_USER: '-1' })).toContain('- MAX_POSITIONS_PER_USER must')
  })

  test('takes an empty value as not set', () => {
    expect(loadConfig({ PORT: '', JWT_SECRET: '', FRONTEND_URL: '' }).server.port).toBe(4000)
  })

  test('reads lists, numbers and switches', () => {
    const { server, limits } = loadConfig({
      FRONTEND_URL: 'https://app.example.com, http://localhost:5173',
      MAX_RECIPIENTS: '5',
      INTROSPECTION: 'false',
    })
    expect(server.origins).toEqual(['https://app.example.com', 'http://localhost:5173'])
    expect(server.introspection).toBe(false)
    expect(limits.recipients).toBe(5)
  })

  test('takes origins of any scheme, and says what is wrong with others', () => {
    const origins = ['capacitor://localhost', 'https://*.example.com', 'chrome-extension://abcdefghijklmnop']
    expect(loadConfig({ FRONTEND_URL: origins.join(', ') }).server.origins).toEqual(origins)
    for (const wrong of ['*', 'null', 'https://app.example.com/', 'https://*.com', 'https://app.example.com,,']) {
      expect(mistakesOf({ FRONTEND_URL: wrong })).toMatch(/FRONTEND_URL (has|must be) .+\.$/m)
    }
  })

  test('is described key by key', () => {
    const lines = describeConfig().split('\n')
    expect(lines.map((line) => line.trim().split(' ')[0])).toEqual(Object.keys(CONFIG_KEYS))
  })
})

describe('the development secret', () => {
  test('is made once, for its owner only', () => {
    const folder = join(tempFolder(), 'data')
    const secret = developmentSecret(folder)
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(developmentSecret(folder)).toBe(secret)
    expect(statSync(join(folder, 'development-secret')).mode & 0o777).toBe(0o600)
    expect(developmentSecret(join(folder, 'other'))).not.toBe(secret)
  })
})
