import { createRemoteJWKSet, errors, type JWKSCacheInput, jwksCache } from 'jose'
import type { Clock } from '../lib/clock.ts'
import { createCounts } from '../lib/counter.ts'
import type { Log } from '../lib/log.ts'
import { createOnceAMinute } from '../lib/once-a-minute.ts'
import { createRate, take } from '../lib/rate.ts'
import type { Key } from './key.ts'
import { keysAway } from './token-errors.ts'

const REFRESH_MS = 600_000
/** The most loads per second that tokens with unknown keys can cause, which anybody can send; twice as many in a burst. */
const LOADS_PER_SECOND = 1
/** How long a token waits for a load, in milliseconds. */
const WAIT_MS = 2_000
/**
 * The most tokens that wait for a load at a time; further ones are refused for now. Each holds one of MAX_HANDSHAKES handshakes. Strangers
 * with unknown keys must leave most of these to others.
 */
const MAX_WAITING = 100
/** The most tokens that wait for the first load: until then, all tokens have to wait. */
const MAX_WAITING_FOR_FIRST = 1_000
/** The part of the waiting tokens that one address may have, so that clients from other addresses find room. */
const PART_OF_ADDRESS = 1 / 4

/** A load of keys, from when it is asked for until it is done. */
interface Load {
  readonly done: Promise<void>
  /** Whether reading has begun. A key that was published before that will be among the keys. */
  hasBegun: boolean
}

interface Loading {
  /**
   * Waits for a load, for a token from `address`: the one that is under way, or a new one. Resolves to whether it began after this call.
   */
  load(maxWaiting: number, address: string | undefined): Promise<boolean>
  /** Loads at once, outside of the rate, or joins the load that is under way. */
  refresh(): Promise<void>
}

/** Runs one load at a time, and bounds how many tokens wait for it. */
function createLoading(reload: () => Promise<void>, clock: Clock, log: Log): Loading {
  const once = createOnceAMinute(clock, log)
  const rate = createRate(LOADS_PER_SECOND, clock.now())
  let current: Load | undefined
  const byAddress = createCounts()
  let waiting = 0

  const count = (address: string | undefined, by: 1 | -1): void => {
    waiting += by
    if (address !== undefined) byAddress.add(address, by)
  }

  const isFull = (maxWaiting: number, address: string | undefined): boolean =>
    waiting >= maxWaiting || (address !== undefined && byAddress.of(address) >= maxWaiting * PART_OF_ADDRESS)

  const turn = async (): Promise<void> => {
    for (let ms = take(rate, clock.now()); ms > 0; ms = take(rate, clock.now())) {
      await new Promise<void>((resolve) => void clock.after(ms, resolve))
    }
  }

  const failed = (err: unknown): never => {
    const message = 'could not load the keys that tokens are checked with'
    const fields = { err, advice: 'Check JWT_JWKS_URL and its server.' }
    once.warn({ rule: 'keys', detail: String(err), fields, message })
    throw keysAway(err)
  }

  const begin = (awaitTurn: () => Promise<void>): Load => {
    const run = async (): Promise<void> => {
      await awaitTurn()
      load.hasBegun = true
      await reload().catch(failed)
    }
    const load: Load = {
      done: Promise.resolve()
        .then(run)
        .finally(() => {
          current = undefined
        }),
      hasBegun: false,
    }
    current = load
    return load
  }

  const inTime = (done: Promise<void>): Promise<void> =>
    new Promise((resolve, reject) => {
      const cancel = clock.after(WAIT_MS, () => reject(keysAway('they were not loaded in time')))
      done.then(resolve, reject).finally(cancel)
    })

  return {
    load: async (maxWaiting, address) => {
      if (isFull(maxWaiting, address)) throw keysAway('too many wait for keys')
      const { done, hasBegun } = current ?? begin(turn)
      count(address, 1)
      try {
        await inTime(done)
      } finally {
        count(address, -1)
      }
      return !hasBegun
    },
    refresh: () => (current ?? begin(async () => {})).done,
  }
}

/** The allowed algorithms. None with a shared secret: the keys are public, so anybody could sign with one. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]

/**
 * The public keys that the issuer serves at `url`. They are loaded at once, again after ten minutes of use, and for a token whose key is
 * not among them. While the issuer cannot be reached, the keys that were loaded before still count.
 */
export function remoteKeys(url: string, clock: Clock, log: Log): Key {
  const cache: JWKSCacheInput = {}
  // jose must load nothing by itself: after an unknown key it would not load again for 30 seconds, and anybody could cause that.
  const never = { cacheMaxAge: Number.POSITIVE_INFINITY, cooldownDuration: Number.POSITIVE_INFINITY }
  const keys = createRemoteJWKSet(new URL(url), { ...never, [jwksCache]: cache })
  const loading = createLoading(keys.reload, clock, log)
  // Operators read at the start that the keys cannot be loaded, before the first user is refused.
  loading.refresh().catch(() => log.warn({ url }, 'JWT_JWKS_URL gives no keys now: tokens are refused until it does'))
  let refreshAt = clock.now() + REFRESH_MS

  const refreshWhenOld = (): void => {
    if (clock.now() < refreshAt || !keys.jwks()) return
    refreshAt = clock.now() + REFRESH_MS
    loading.refresh().catch(() => {})
  }

  let written: unknown
  let version = ''

  return {
    version: () => {
      refreshWhenOld()
      if (cache['jwks'] !== written) version = JSON.stringify(cache['jwks'])
      written = cache['jwks']
      return version
    },
    candidates: async (header) => {
      refreshWhenOld()
      if (!keys.jwks()) throw new errors.JWKSNoMatchingKey()
      try {
        return [await keys(header)]
      } catch (error) {
        if (error instanceof errors.JWKSMultipleMatchingKeys) return Array.fromAsync(error)
        throw error
      }
    },
    refresh: (address) => loading.load(keys.jwks() ? MAX_WAITING : MAX_WAITING_FOR_FIRST, address),
    algorithms: ALGORITHMS,
  }
}
