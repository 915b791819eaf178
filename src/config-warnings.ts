import type { Environment } from './config.ts'
import { CONFIG_KEYS, DEPRECATED_KEYS } from './config-keys.ts'
import { isNearMiss } from './lib/near-miss.ts'

const KEYS = Object.keys(CONFIG_KEYS)
const PREFIX = 'HERALD_'
const DEMO =
  'DEMO is set: whoever has the link to the demo can do all that your backend can. Do not set it where Herald serves your users.'
/** Matches values that Docker and Kubernetes set for a service of the name `herald`, such as `HERALD_PORT=tcp://10.0.0.7:4000`. */
const OF_A_SERVICE = /^tcp:\/\//

function isMeant(name: string, key: string): boolean {
  return name.toUpperCase() === key || name === `${PREFIX}${key}` || isNearMiss(name, key)
}

function deprecation(name: string, present: string, isSet: boolean): string {
  const what = isSet ? `${present} is set, too, and counts` : 'it still counts'
  return `${name} is called ${present} now; ${what}. Rename it: the old name will go.`
}

/**
 * Warnings about the environment, as sentences for operators. One kind is for deprecated names of keys. The other is for an unknown name
 * that is almost a key, such as `JWT_SECERT`, while that key is not set. Names that are less alike belong to other programs. A third is for
 * the demo, which is not for a Herald that serves users.
 */
export function findWarnings(env: Environment): readonly string[] {
  const ofNames = Object.entries(env).flatMap(([name, value]) => {
    if (!value) return []
    const present = DEPRECATED_KEYS[name]
    if (present) return [deprecation(name, present, Boolean(env[present]))]
    if (KEYS.includes(name) || OF_A_SERVICE.test(value)) return []
    const key = KEYS.find((known) => !env[known] && isMeant(name, known))
    return key ? [`${name} is set, which Herald does not know. Did you mean ${key}?`] : []
  })
  return env['DEMO'] === 'true' && env['JWT_SECRET'] ? [...ofNames, DEMO] : ofNames
}
