import type { Env } from './command-line.ts'

/** What is wrong, and the one sentence that is printed. */
export interface Wrong {
  readonly env: Env
  readonly sentence: string | RegExp
}

/** A set-up that cannot start. */
export type Case = readonly [name: string, make: () => Wrong | Promise<Wrong>]

/** Good enough for a start. */
const KEY = 'a-secret-for-tests-on-loopback-only-32'
const REMEDY = 'Set JWT_SECRET (at least 32 bytes, such as the output of: openssl rand -base64 32) or JWT_JWKS_URL.'

function mistake(env: Env, sentence: string) {
  return (): Wrong => ({
    env,
    sentence: `Herald cannot start with this configuration:\n  - ${sentence}`,
  })
}

/** Set-ups that are wrong whatever the machine. */
export const CONFIGURATIONS: readonly Case[] = [
  ['a port that is none', mistake({ PORT: '70000' }, 'PORT must be a whole number from 0 to 65535.')],
  ['a secret that is short', mistake({ JWT_SECRET: 'short' }, 'JWT_SECRET must have at least 32 bytes.')],
  [
    'two keys for tokens',
    mistake(
      { JWT_SECRET: KEY, JWT_JWKS_URL: 'https://id.example/keys' },
      'JWT_SECRET and JWT_JWKS_URL are both set; use one of them.',
    ),
  ],
  [
    'a demo without a secret of its own',
    mistake(
      { DEMO: 'true', JWT_SECRET: '', JWT_JWKS_URL: 'https://id.example/keys' },
      'DEMO is set, and Herald can sign no tokens for it, since JWT_JWKS_URL has the keys. Leave DEMO out.',
    ),
  ],
  [
    'a demo that may not send its documents',
    mistake(
      { DEMO: 'true', TRUSTED_DOCUMENTS: 'documents.json', TRUSTED_ONLY: 'customer' },
      'DEMO and TRUSTED_ONLY are both set, and the demo sends documents of its own. Leave one of them out.',
    ),
  ],
  [
    'production written with a capital',
    mistake({ NODE_ENV: 'Production' }, 'NODE_ENV must be written production; it is "Production".'),
  ],
  ['production cut short', mistake({ NODE_ENV: 'prod' }, 'NODE_ENV must be written production; it is "prod".')],
  [
    'production in quotes',
    mistake({ NODE_ENV: '"production"' }, 'NODE_ENV must be written production; it is ""production"".'),
  ],
  [
    'production with a slip',
    mistake({ NODE_ENV: 'producton' }, 'NODE_ENV must be written production; it is "producton".'),
  ],
  [
    'production without a key',
    mistake({ NODE_ENV: 'production', JWT_SECRET: '' }, `Production needs a key to check tokens with. ${REMEDY}`),
  ],
  [
    'a host that others can reach, without a key',
    mistake(
      { HOST: '0.0.0.0', JWT_SECRET: '' },
      `HOST is 0.0.0.0, which others can reach, so a key to check tokens with is needed. ${REMEDY}`,
    ),
  ],
  [
    'workers without a Redis',
    mistake(
      { WORKERS: '2' },
      'WORKERS is 2, and several workers need a Redis for what they tell each other. Set REDIS_URL, or leave WORKERS out.',
    ),
  ],
  [
    'a webhook without a secret',
    mistake(
      { HANDOFF_URL: 'http://127.0.0.1:3000/' },
      'HANDOFF_URL and HANDOFF_SECRET belong together: set both, or neither.',
    ),
  ],
  [
    'rules without a way to the backend',
    mistake(
      { HANDOFF_CATEGORIES: 'billing=5m:SEEN' },
      'HANDOFF_CATEGORIES is set, and there is no way to the backend. Set HANDOFF_URL or REDIS_URL.',
    ),
  ],
  [
    'messages that are seen rather than read',
    mistake(
      { HANDOFF_TICKETS: 'customer=5m:SEEN', REDIS_URL: 'redis://127.0.0.1' },
      'HANDOFF_TICKETS must have READ or READ+ONLINE behind each time, because messages are read or not.',
    ),
  ],
  [
    'messages that are delivered rather than read',
    mistake(
      { HANDOFF_TICKETS: 'agent=5m:READ+DELIVERED', REDIS_URL: 'redis://127.0.0.1' },
      'HANDOFF_TICKETS must have READ or READ+ONLINE behind each time, because messages are read or not.',
    ),
  ],
  ['no number of workers', mistake({ WORKERS: 'all' }, 'WORKERS must be auto or a whole number from 1 to 256.')],
  [
    'a database of another kind',
    mistake(
      { DATABASE_URL: 'mysql://db/herald' },
      'DATABASE_URL must be an address such as postgres://user:password@127.0.0.1:5432/herald.',
    ),
  ],
  [
    'a Sentinel without a master',
    mistake(
      { REDIS_URL: 'redis+sentinel://127.0.0.1:26379' },
      'REDIS_URL must name the master behind the hosts, as in redis+sentinel://host1,host2/master-name.',
    ),
  ],
  [
    'certificates for a Redis without TLS',
    mistake(
      { REDIS_URL: 'redis://127.0.0.1', REDIS_CA_FILE: 'ca.pem' },
      'REDIS_CA_FILE is set, but REDIS_URL does not begin with rediss.',
    ),
  ],
  ['a limit of nothing', mistake({ MAX_PAGE_SIZE: '0' }, 'MAX_PAGE_SIZE must be a whole number from 1 to 1073741824.')],
  ['a switch that is neither on nor off', mistake({ GRAPHIQL: 'yes' }, 'GRAPHIQL must be true or false.')],
  [
    'a level of the log that does not exist',
    mistake({ LOG_LEVEL: 'verbose' }, 'LOG_LEVEL must be trace, debug, info, warn, error, fatal or silent.'),
  ],
]
