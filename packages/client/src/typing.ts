import type { Actor, Typing, Visibility } from './document-types.ts'

/** Somebody else who is typing. */
export interface TypingUser {
  readonly user: Actor
  /** Whether they write a message or an internal note. */
  readonly visibility: Visibility
  /** When the indicator goes by itself, on the clock of the client. */
  readonly until: number
}

/** Returns who is typing after Herald said something. Both moments are on a clock that never goes back. */
export function reduceTyping(
  typing: readonly TypingUser[],
  { user, visibility, isTyping }: Typing,
  until: number,
): readonly TypingUser[] {
  const isSame = (one: TypingUser): boolean => one.user.userId === user.userId && one.visibility === visibility
  if (!isTyping) return typing.some(isSame) ? typing.filter((one) => !isSame(one)) : typing
  const shown = Object.freeze({ user, visibility, until })
  return typing.some(isSame) ? typing.map((one) => (isSame(one) ? shown : one)) : [...typing, shown]
}

/** Returns who is still typing at a moment. The same array when all are. */
export function expireTyping(typing: readonly TypingUser[], now: number): readonly TypingUser[] {
  return typing.some(({ until }) => until <= now) ? typing.filter(({ until }) => until > now) : typing
}

/** Tells Herald of typing; resolves with how soon it wants to be told again, in milliseconds. */
export type TellTyping = (isTyping: boolean, visibility: Visibility) => Promise<number>

/** How long nothing is told again while there is no answer, in milliseconds. */
const UNANSWERED_MS = 1_000

/** Tells Herald that its user is typing: as seldom as Herald wants, and that it has ended when nothing more is typed. */
export class TypingSignal {
  readonly #tell: TellTyping
  readonly #now: () => number
  #visibility: Visibility | undefined
  #againAt = 0
  #idle: ReturnType<typeof setTimeout> | undefined

  constructor(tell: TellTyping, now: () => number) {
    this.#tell = tell
    this.#now = now
  }

  /** Something was typed. It ends after `idleMs` without another call. */
  typed(visibility: Visibility, idleMs: number): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.stop(), idleMs)
    if (this.#visibility === visibility && this.#now() < this.#againAt) return
    if (this.#visibility !== visibility) this.stop(idleMs)
    this.#visibility = visibility
    const at = this.#now()
    this.#againAt = at + UNANSWERED_MS
    this.#tell(true, visibility).then(
      (resendAfterMs) => {
        if (this.#visibility === visibility) this.#againAt = at + resendAfterMs
      },
      // An indicator is not worth an error: the next letter tries again.
      () => {},
    )
  }

  /** Nothing is typed any more. With `idleMs` something else is. */
  stop(idleMs?: number): void {
    if (idleMs === undefined) clearTimeout(this.#idle)
    if (this.#visibility) this.#tell(false, this.#visibility).catch(() => {})
    this.#visibility = undefined
  }

  /** A message was sent, with which Herald ends the indicator. */
  sent(visibility: Visibility): void {
    if (this.#visibility !== visibility) return
    clearTimeout(this.#idle)
    this.#visibility = undefined
  }
}
