import { createRemoteJWKSet, errors, type JWKSCacheInput, type JWTVerifyGetKey, jwksCache } from 'jose'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { createOnceAMinute } from '../lib/once-a-minute.ts'
import { createRate, take } from '../lib/rate.ts'
import { keysAway } from './token-errors.ts'

/** The keys that tokens are checked with, and the algorithms that they may be signed with. */
export interface Key {
  /** Finds the key of a token among those that are known now. Rejects with JWKSNoMatchingKey when there is none. */
  readonly get: JWTVerifyGetKey
  readonly algorithms: readonly string[]
  /** Another value once other keys serve. Asking is cheap, and makes old keys be loaded again. */
  readonly version: () => unknown
  /**
   * Loads the keys anew, for a token whose key is not known; undefined where there is nothing to load. At most one load a second, which
   * all who ask wait for. Resolves to whether it began after this call. Rejects with SERVICE_UNAVAILABLE when they cannot be had.
   */
  readonly refresh: (() => Promise<boolean>) | undefined
}

const MIN_SECRET_BYTES = 32
const REFRESH_MS = 600_000
/** Anybody can send tokens that name unknown keys: so many loads a second are what that can bring about; twice as many in a burst. */
const LOADS_PER_SECOND = 1
/** Tokens that wait for keys at a time; further ones are told to come again. */
const MAX_WAITING = 1_000

/** One secret that the issuer shares. Throws when it is shorter than what HS256 needs. */
export const secretKey = (secret: string): Key => {
  const bytes = new TextEncoder().encode(secret)
  if (bytes.length < MIN_SECRET_BYTES) throw new Error(`A token secret must have at least ${MIN_SECRET_BYTES} bytes`)
  const key = crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
  return { get: () => key, algorithms: ['HS256'], version: () => 0, refresh: undefined }
}

interface Loading {
  /** Begins to load, or joins those who wait for what is loaded already; resolves to whether it began. */
  load(waitForTurn: boolean): Promise<boolean>
}

/** One load at a time, whoever asks for it. */
const createLoading = (reload: () => Promise<void>, clock: Clock, log: Log): Loading => {
  const once = createOnceAMinute(clock, log)
  const rate = createRate(LOADS_PER_SECOND, clock.now())
  let underWay: Promise<void> | undefined
  let waiting = 0

  const turn = async (): Promise<void> => {
    for (let ms = take(rate, clock.now()); ms > 0; ms = take(rate, clock.now())) {
      await new Promise<void>((resolve) => void clock.after(ms, resolve))
    }
  }

  const begin = async (waitForTurn: boolean): Promise<void> => {
    if (waitForTurn) await turn()
    await reload().catch((err: unknown) => {
      const message = 'could not load the keys that tokens are checked with'
      once.warn({
        rule: 'keys',
        detail: String(err),
        fields: { err, advice: 'Check JWT_JWKS_URL and its server.' },
        message,
      })
      throw keysAway(err)
    })
  }

  return {
    load: async (waitForTurn) => {
      if (waiting >= MAX_WAITING) throw keysAway('too many wait for keys')
      const isOwn = underWay === undefined
      underWay ??= begin(waitForTurn).finally(() => {
        underWay = undefined
      })
      waiting += 1
      try {
        await underWay
      } finally {
        waiting -= 1
      }
      return isOwn
    },
  }
}

/**
 * The public keys that the issuer serves. They are loaded when first needed, again after ten minutes, and for a token whose key is
 * not among them; while the issuer cannot be reached, those loaded before still serve.
 */
export const remoteKeys = (url: string, clock: Clock, log: Log): Key => {
  const cache: JWKSCacheInput = {}
  // It loads nothing by itself: after an unknown key it would not do so for 30 seconds, which anybody could bring about.
  const never = { cacheMaxAge: Number.POSITIVE_INFINITY, cooldownDuration: Number.POSITIVE_INFINITY }
  const keys = createRemoteJWKSet(new URL(url), { ...never, [jwksCache]: cache })
  const loading = createLoading(keys.reload, clock, log)
  // That they cannot be had is said at the start, rather than to the first user.
  loading.load(false).catch(() => log.warn({ url }, 'JWT_JWKS_URL gives no keys now: tokens are refused until it does'))
  let refreshAt = clock.now() + REFRESH_MS

  const refreshWhenOld = (): void => {
    if (clock.now() < refreshAt || !keys.jwks()) return
    refreshAt = clock.now() + REFRESH_MS
    loading.load(false).catch(() => {})
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
    get: async (header, token) => {
      refreshWhenOld()
      if (!keys.jwks()) throw new errors.JWKSNoMatchingKey()
      return keys(header, token)
    },
    refresh: () => loading.load(true),
    // Public keys are public: were a shared-secret algorithm allowed, anybody could sign with one.
    algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
  }
}
