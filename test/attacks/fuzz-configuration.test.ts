import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConfigError, loadConfig } from '../../src/config.ts'
import { CONFIG_KEYS } from '../../src/config-keys.ts'
import { tryAtRandom } from '../support/seed.ts'

// Whatever is configured is understood, or refused in a sentence that names the key and no secret.

const KEYS = Object.keys(CONFIG_KEYS)
const SECRET = 'hunter2-hunter2-hunter2-hunter2-hunter2'

const VALUES = [
  '',
  ' ',
  '0',
  '-1',
  '1.5',
  '1e9',
  '99999999999999999999',
  'true',
  'TRUE',
  'auto',
  'null',
  'NaN',
  '4000 ',
  '\u0000',
  '\n',
  '127.0.0.1',
  '::',
  '0.0.0.0',
  'localhost',
  'https://a.example',
  'https://*.a.example,*',
  'capacitor://localhost',
  'ftp://a',
  'http://',
  `postgres://u:${SECRET}@h:1/d`,
  `postgres://u:${SECRET}@`,
  `redis://:${SECRET}@h:99999/x`,
  `redis+sentinel://:${SECRET}@a,b:1,:2/`,
  `redis+cluster://:${SECRET}@[::1]:1,`,
  `https://u:${SECRET}@h/jwks`,
  SECRET,
  `${SECRET},${SECRET}`,
  ',',
  'a'.repeat(10_000),
  '{',
  '__proto__',
]

/** Keys that have secrets in their values. What is said of others may show their value. */
const SECRET_KEYS = ['JWT_SECRET', 'JWT_JWKS_URL', 'DATABASE_URL', 'REDIS_URL', 'METRICS_TOKEN']

function isSecretWhereSecretsAre(env: Readonly<Record<string, string>>): boolean {
  return Object.entries(env).every(([key, value]) => SECRET_KEYS.includes(key) || !value.includes(SECRET))
}

test('random values of every key', async () => {
  const value = fc.oneof(fc.constantFrom(...VALUES), fc.string({ unit: 'binary', maxLength: 40 }))
  await tryAtRandom(
    fc.property(fc.dictionary(fc.constantFrom(...KEYS), value, { minKeys: 1, maxKeys: 4 }), (env) => {
      try {
        loadConfig(env)
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError)
        const { message } = error as ConfigError
        expect(
          Object.keys(env).some((key) => message.includes(key)),
          message,
        ).toBe(true)
        if (isSecretWhereSecretsAre(env)) expect(message).not.toContain(SECRET)
      }
    }),
    5_000,
  )
})
