import { useCallback, useEffect, useRef, useState } from 'react'
import type { Typing } from './documents.ts'

/** An indicator goes by itself when nothing more comes: a connection can be lost. In milliseconds, as the two below. */
const EXPIRY = 6_000
const RESEND = 3_000
const IDLE = 5_000

type User = Typing['user']

/** Who else is typing; `take` gets what Herald tells. */
export function useTypists(): { readonly typists: readonly User[]; readonly take: (typing: Typing) => void } {
  const [typists, setTypists] = useState<readonly User[]>([])
  const timers = useRef(new Map<string, ReturnType<typeof setTimeout>>())
  const take = useCallback(({ user, isTyping }: Typing) => {
    const leave = () => setTypists((all) => all.filter(({ userId }) => userId !== user.userId))
    clearTimeout(timers.current.get(user.userId))
    leave()
    if (!isTyping) return
    setTypists((all) => [...all, user])
    timers.current.set(user.userId, setTimeout(leave, EXPIRY))
  }, [])
  return { typists, take }
}

/** Tells that I am typing: at the first letter, seldom after it, and when nothing more is typed. Call `typed` with each letter, `sent` with a message. */
export function useTyped(tell: (isTyping: boolean) => void): { readonly typed: () => void; readonly sent: () => void } {
  const toldAt = useRef(0)
  const idle = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(idle.current), [])
  const sent = () => {
    clearTimeout(idle.current)
    toldAt.current = 0
  }
  const typed = () => {
    clearTimeout(idle.current)
    idle.current = setTimeout(() => {
      sent()
      tell(false)
    }, IDLE)
    if (Date.now() - toldAt.current < RESEND) return
    toldAt.current = Date.now()
    tell(true)
  }
  return { typed, sent }
}
