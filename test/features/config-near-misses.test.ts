import { describe, expect, test } from 'vitest'
import { findNearMisses } from '../../src/config-warnings.ts'

describe('a name in the environment', () => {
  test.each([
    ['JWT_SECERT', 'JWT_SECRET'],
    ['JWT_SECRETS', 'JWT_SECRET'],
    ['jwt_secret', 'JWT_SECRET'],
    ['HERALD_JWT_SECRET', 'JWT_SECRET'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['REDIS_URI', 'REDIS_URL'],
    ['FRONTEND_URLS', 'FRONTEND_URL'],
    ['DATADIR', 'DATA_DIR'],
    ['MAX_RECIPIENT', 'MAX_RECIPIENTS'],
    ['HERALD_PORT', 'PORT'],
  ])('%s was probably meant to be %s', (name, key) => {
    expect(findNearMisses({ [name]: 'x' })).toEqual([
      `${name} is set, which Herald does not know. Did you mean ${key}?`,
    ])
    expect(findNearMisses({ [name]: 'x', [key]: 'y' })).toEqual([])
  })

  test.each([
    ['HOME', '/root'],
    ['HOSTNAME', 'web-1'],
    ['POST', 'x'],
    ['LOGNAME', 'root'],
    ['NODE_PATH', '/usr/lib'],
    ['NODE_OPTIONS', '--inspect'],
    ['XDG_DATA_DIRS', '/usr/share'],
    ['PGHOST', 'db'],
    ['REDIS_PASSWORD', 'x'],
    ['POSTGRES_PASSWORD', 'x'],
    ['HERALD_TOKEN', 'x'],
    ['HERALD_WORKER', '1'],
    ['HERALD_PORT', 'tcp://10.0.0.7:4000'],
    ['JWT_SECERT', ''],
  ])('%s=%s is the business of others', (name, value) => {
    expect(findNearMisses({ [name]: value })).toEqual([])
  })
})
