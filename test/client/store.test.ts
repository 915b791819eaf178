import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createStore, LINGER_MS } from '../../packages/client/src/store.ts'

interface Count {
  readonly count: number
}

/** A store of a number, and how often its source was opened and closed. */
function openCount() {
  const calls: string[] = []
  const { store, set } = createStore<Count>({ count: 0 }, () => {
    calls.push('open')
    return () => calls.push('close')
  })
  return { calls, store, set }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a store', () => {
  test('does nothing before somebody listens, and closes its source some time after the last one', () => {
    const { calls, store } = openCount()
    expect(calls).toEqual([])
    const stops = [store.subscribe(() => {}), store.subscribe(() => {})]
    for (const stop of stops) stop()
    vi.advanceTimersByTime(LINGER_MS - 1)
    expect(calls).toEqual(['open'])
    vi.advanceTimersByTime(1)
    expect(calls).toEqual(['open', 'close'])
    store.subscribe(() => {})
    expect(calls).toEqual(['open', 'close', 'open'])
  })

  test('opens its source once when who listens goes and comes at once, as StrictMode does', () => {
    const { calls, store } = openCount()
    store.subscribe(() => {})()
    store.subscribe(() => {})
    vi.advanceTimersByTime(10 * LINGER_MS)
    expect(calls).toEqual(['open'])
  })

  test('has the same frozen object until something changes, and calls nobody for the same one', () => {
    const { store, set } = openCount()
    const seen: Count[] = []
    store.subscribe((state) => seen.push(state))
    const first = store.getSnapshot()
    expect(store.getSnapshot()).toBe(first)
    set(first)
    set({ count: 1 })
    expect(seen).toEqual([{ count: 1 }])
    expect(store.getSnapshot()).toBe(seen[0])
    expect(Object.isFrozen(seen[0])).toBe(true)
    expect(store.getServerSnapshot()).toBe(first)
  })

  test('counts the same function twice, and stopping twice once', () => {
    const { store, set, calls } = openCount()
    const listener = vi.fn()
    const stop = store.subscribe(listener)
    store.subscribe(listener)
    stop()
    stop()
    set({ count: 1 })
    vi.advanceTimersByTime(LINGER_MS)
    expect(listener).toHaveBeenCalledTimes(1)
    expect(calls).toEqual(['open'])
  })
})
