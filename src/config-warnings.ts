import type { Environment } from './config.ts'
import { CONFIG_KEYS } from './config-keys.ts'
import { isNearMiss } from './lib/near-miss.ts'

const KEYS = Object.keys(CONFIG_KEYS)
const PREFIX = 'HERALD_'
/** What Docker and Kubernetes set for a service of the name `herald`, such as `HERALD_PORT=tcp://10.0.0.7:4000`. */
const OF_A_SERVICE = /^tcp:\/\//

function isMeant(name: string, key: string): boolean {
  return name.toUpperCase() === key || name === `${PREFIX}${key}` || isNearMiss(name, key)
}

/**
 * What in the environment is probably a mistake, in words: a name that Herald does not know and that is almost one of its keys, while that key is
 * not set. Names that are less alike belong to others.
 */
export function findNearMisses(env: Environment): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (!value || KEYS.includes(name) || OF_A_SERVICE.test(value)) return []
    const key = KEYS.find((known) => !env[known] && isMeant(name, known))
    return key ? [`${name} is set, which Herald does not know. Did you mean ${key}?`] : []
  })
}
