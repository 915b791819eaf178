import type { Cast } from '../../src/server/cast.ts'

/** People of pages whose tokens say who they are: `token-alice`. The key is `k-1`. */
export const TEST_CAST: Cast = {
  key: 'k-1',
  people: {
    customer: personOf('alice', 'customer'),
    otherCustomer: personOf('chen', 'customer'),
    agent: personOf('bob', 'agent'),
    backend: personOf('shop', 'backend'),
  },
}

type Person = Cast['people']['customer']

function personOf(id: string, role: Person['role']): Person {
  return { id, name: id, role, token: async () => `token-${id}` }
}

/** The same, where the token of one of them is another one. */
export function castWith(who: keyof Cast['people'], token: string): Cast {
  const { people } = TEST_CAST
  return { ...TEST_CAST, people: { ...people, [who]: { ...people[who], token: async () => token } } }
}
