/**
 * A token, or a function that gets one: called for each connection, with the token that Herald has refused or that has ended, if there is one,
 * so that a cache does not give the same again. Null is nobody.
 */
export type TokenOption = string | null | ((refused: string | null) => MaybeToken | Promise<MaybeToken>)

type MaybeToken = string | null | undefined

/** The tokens of a client. */
export interface Tokens {
  /** Asks for a token. Rejects when the function does. */
  readonly fresh: () => Promise<MaybeToken>
  /** The last token, or a fresh one when it was refused. */
  readonly held: () => Promise<MaybeToken>
  /** Drops the last token: Herald does not take it any more. */
  readonly refuse: () => void
  /** Drops the last token, which may be good: a fresh one is wanted. */
  readonly drop: () => void
}

/** The user of a JWT; undefined for what is no JWT. */
function subjectOf(token: MaybeToken): unknown {
  try {
    const [, payload = ''] = String(token).split('.')
    return JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))).sub
  } catch {
    return undefined
  }
}

/** Creates the tokens of a client. `onOtherUser` is called when a token is not of the same user as the first. */
export function createTokens(option: TokenOption, onOtherUser: () => void): Tokens {
  let last: MaybeToken
  let refused: string | null = null
  let subject: unknown
  const fresh = async (): Promise<MaybeToken> => {
    last = typeof option === 'function' ? await option(refused) : option
    const user = subjectOf(last)
    subject ??= user
    if (user !== undefined && user !== subject) {
      onOtherUser()
      throw new Error()
    }
    return last
  }
  const drop = (): void => {
    last = undefined
  }
  return {
    fresh,
    held: async () => last ?? fresh(),
    refuse: () => {
      refused = last ?? refused
      drop()
    },
    drop,
  }
}
