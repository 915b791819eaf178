import { describe, expect, test } from 'vitest'
import { findWarnings } from '../../src/config-warnings.ts'

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
    expect(findWarnings({ [name]: 'x' })).toEqual([`${name} is set, which Herald does not know. Did you mean ${key}?`])
    expect(findWarnings({ [name]: 'x', [key]: 'y' })).toEqual([])
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
    expect(findWarnings({ [name]: value })).toEqual([])
  })

  test('that is deprecated is told with the new one, and which of them counts', () => {
    const now = 'MAX_POSITIONS_PER_USER is called MAX_CHECKPOINTS_PER_USER now;'
    expect(findWarnings({ MAX_POSITIONS_PER_USER: '5' })).toEqual([
      `${now} it still counts. Rename it: the old name will go.`,
    ])
    expect(findWarnings({ MAX_POSITIONS_PER_USER: '5', MAX_CHECKPOINTS_PER_USER: '6' })).toEqual([
      `${now} MAX_CHECKPOINTS_PER_USER is set, too, and counts. Rename it: the old name will go.`,
    ])
  })
})

test('a demo for others than this machine is told to whoever starts it', () => {
  expect(findWarnings({ DEMO: 'true', JWT_SECRET: 'x' })).toEqual([
    'DEMO is set: whoever has the link to the demo can do all that your backend can. Do not set it where Herald serves your users.',
  ])
  expect(findWarnings({ DEMO: 'true' })).toEqual([])
  expect(findWarnings({ DEMO: 'false', JWT_SECRET: 'x' })).toEqual([])
})
